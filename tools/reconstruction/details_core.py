"""The core table (covariates and times): what it must satisfy before anything is built on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from cohortbook.errors import CohortbookError

from . import details_counts as paper

COLUMNS = [
    "id",
    "arm",
    "age",
    "sex",
    "ecog",
    "hbsag",
    "hcv",
    "afp400",
    "cnlc",
    "tbil_gt20",
    "alt_ge50",
    "ntum_2_3",
    "os",
    "os_event",
    "pfs",
    "pfs_event",
]


class CoreError(CohortbookError):
    """A core table that does not satisfy the published margins or contradicts itself."""


def read_core(path: Path) -> pd.DataFrame:
    """Read a core table, keep its core columns and check it (see `check_core`)."""
    table = pd.read_csv(path)
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise CoreError(f"columns missing: {', '.join(missing)}.", str(path))
    core = table[COLUMNS]
    problems = check_core(core)
    if problems:
        raise CoreError(
            "the core table cannot carry the published study.\n" + "\n".join(problems), str(path)
        )
    return core.assign(progression=progressed(core).astype(int))


def progressed(core: pd.DataFrame) -> pd.Series:
    """Tell progression from death: an event on the day of death is the death."""
    died = (core["os_event"] == 1) & (core["pfs"] >= core["os"])
    return (core["pfs_event"] == 1) & ~died


def check_core(core: pd.DataFrame) -> list[str]:
    """Give every contradiction between a core table and Table I, or within a patient's times.

    Parameters
    ----------
    core : DataFrame, one row per patient
        `os` and `pfs` in months; `os_event` and `pfs_event` 1 = event, 0 = censored; the other
        columns as in `COLUMNS`, with 1 = yes.
    """
    problems = []
    if core.isna().any().any() or core["id"].duplicated().any():
        problems.append("ids repeat or cells are empty")
    if set(core["arm"]) != set(paper.ARMS):
        return [*problems, f"arms are {sorted(set(core['arm']))}, not {sorted(paper.ARMS)}"]
    for arm, rows in core.groupby("arm"):
        problems += [f"{arm}: {text}" for text in _margins(arm, rows)]
    return problems + list(_times(core))


def _margins(arm: str, rows: pd.DataFrame) -> Iterator[str]:
    """Compare one arm with Table I."""
    if len(rows) != paper.SIZES[arm]:
        yield f"{len(rows)} patients, not {paper.SIZES[arm]}"
    for column, levels in paper.TABLE_1.items():
        for level, counts in levels.items():
            found, expected = int((rows[column] == level).sum()), paper.by_arm(counts, arm)
            if found != expected:
                yield f"{column} {level}: {found} patients, Table I has {expected}"
    age = rows["age"]
    found = (age.median(), age.min(), age.max())
    if found != paper.AGE_SUMMARY[arm]:
        yield f"age median, lowest, highest {found}, Table I has {paper.AGE_SUMMARY[arm]}"
    if (older := int((age >= 65).sum())) != paper.AGE_65_OR_MORE[arm]:
        yield f"age 65 or more: {older} patients, Table I has {paper.AGE_65_OR_MORE[arm]}"
    progressions = int(progressed(rows).sum())
    needed = paper.by_arm(paper.DISCONTINUED["progression"], arm)
    if progressions < needed:
        yield f"{progressions} progressions, but {needed} stopped treatment for progression"


def _times(core: pd.DataFrame) -> Iterator[str]:
    """Find times that no patient can have."""
    longest = (paper.CUTOFF - paper.FIRST_START).days / paper.DAYS_A_MONTH
    hundredths, flags = core[["os", "pfs"]] * 100, core[["os_event", "pfs_event"]]
    rules = {
        "pfs after os": core["pfs"] > core["os"],
        "pfs of less than half a month": core["pfs"] < 0.5,
        "a death that progression-free survival does not count": (core["os_event"] == 1)
        & (core["pfs_event"] == 0),
        f"os beyond the data cut-off ({longest:.1f} months)": core["os"] > longest,
        "times finer than a hundredth of a month": ~np.isclose(hundredths, hundredths.round()).all(
            axis=1
        ),
        "events coded other than 0 and 1": ~flags.isin([0, 1]).all(axis=1),
    }
    for text, broken in rules.items():
        if broken.any():
            yield f"{text}: id {', '.join(map(str, core.loc[broken, 'id']))}"
