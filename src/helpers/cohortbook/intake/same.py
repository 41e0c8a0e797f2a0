"""Columns that say the same as another: the arm once more, an age and a year of birth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .columns import Column

NEARLY = 0.9  # of the patients have the arm that another column says
LINKED, CLOSE = 0.99, 0.9  # correlation of what says the same, and of what is too near for a model
FEWEST = 10


def arm_again(column: Column, arm: pd.Series | None) -> tuple[int, int] | None:
    """Say in how many of the patients a column is the arm; None if it is another thing.

    Each value belongs to the arm in which most of those who have it are. A treatment as given is
    the arm in nearly all.

    Parameters
    ----------
    column : Column
        With the cells of the patients who are compared.
    arm : Series or None

    Returns
    -------
    (int, int) or None
        Patients whose value is that of their arm, and patients with both.
    """
    if arm is None or not 2 <= len(column.different) <= max(6, len(column.known) // 4):
        return None
    if column.is_number and len(column.different) > 6:
        return None
    counts = pd.crosstab(column.cells, arm)
    if counts.shape[1] < 2 or counts.to_numpy().sum() < FEWEST:
        return None
    mine = counts.idxmax(axis=1)
    if mine.nunique() < 2:
        return None
    alike, both = int(counts.max(axis=1).sum()), int(counts.to_numpy().sum())
    smaller = counts.sum().min()
    # the others are fewer than the smaller arm by far: no chance agreement of a rare value
    apart = both - alike <= (1 - NEARLY) * both and both - alike < smaller / 3
    return (alike, both) if apart and alike >= NEARLY * both else None


def same_as(column: Column, others: dict[str, Column]) -> str:
    """Give the first of other columns that says the same; "" if none does.

    Numbers that go with one another in a straight line, or categories of which each stands for
    one of the other's.
    """
    for key, other in others.items():
        if _same_numbers(column, other, LINKED) or _same_categories(column, other):
            return key
    return ""


def too_near(column: Column, other: Column) -> bool:
    """Say whether two columns go with one another too closely for one model.

    Numbers in a line or in the same order (a logarithm, an inverse), or categories of which one
    follows from the other (recent use, from no, former and recent use).
    """
    if _same_numbers(column, other, CLOSE) or _follows(column, other) or _follows(other, column):
        return True
    measured = _measured(column) and _measured(other)
    return measured and abs(column.numbers.corr(other.numbers, method="spearman")) >= LINKED


def _same_numbers(column: Column, other: Column, least: float) -> bool:
    if not (_measured(column) and _measured(other)):
        return False
    one, two = column.numbers, other.numbers
    both = one.notna() & two.notna()
    if both.sum() < FEWEST or both.sum() < one.notna().sum() / 2:
        return False
    if one[both].std() == 0 or two[both].std() == 0:
        return False
    return bool(abs(np.corrcoef(one[both], two[both])[0, 1]) >= least)


def _follows(column: Column, other: Column) -> bool:
    """Say whether each category of a column has one category of another only."""
    both = column.cells.notna() & other.cells.notna()
    if not (column.is_categorical and other.is_categorical) or both.sum() < FEWEST:
        return False
    return bool((other.cells[both].groupby(column.cells[both]).nunique() == 1).all())


def _measured(column: Column) -> bool:
    return column.is_number and not column.is_categorical and len(column.different) > FEWEST


def _same_categories(column: Column, other: Column) -> bool:
    if not (column.is_categorical and other.is_categorical):
        return False
    if len(column.different) != len(other.different):
        return False
    both = column.cells.notna() & other.cells.notna()
    if both.sum() < FEWEST or both.sum() < column.cells.notna().sum() * CLOSE:
        return False
    counts = pd.crosstab(column.cells[both], other.cells[both]).to_numpy()
    square = counts.shape[0] == counts.shape[1] == len(column.different)
    return bool(
        square and ((counts > 0).sum(axis=0) == 1).all() and ((counts > 0).sum(axis=1) == 1).all()
    )
