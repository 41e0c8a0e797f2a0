"""Curves, points and patients, of very many those that print can show."""

from __future__ import annotations

import numpy as np
import pandas as pd

MOST_ROWS = 2000  # a curve of fewer steps is drawn as it is
MOST_MARKS = 200
COLUMNS, LINES = 2000, 1000  # the page has this many places: under a hundredth of a centimetre
MARKS = 170  # one mark a millimetre of a figure over the whole width
MOST_VALUES = 4001  # of a variable and arm; so that the median and the quartiles are among them
MOST_BARS = 800  # of all arms: thinner bars are no longer told apart
MOST_LANES = 300  # of an arm
MOST_LINES = 400  # of an arm
HEIGHTS = ("survival", "conf_low", "conf_high")


def thinned(curve: pd.DataFrame, longest: float) -> pd.DataFrame:
    """Keep the first of the steps that fall on one place of the page, of curve and limits alike.

    No line moves by more than a place. Events and censorings of the steps left out are added to
    the step that is kept, so that their numbers stay.

    Parameters
    ----------
    curve : DataFrame
        One group, rising `time`; `survival`, `conf_low`, `conf_high` as proportions; counts.
    longest : float
        The end of the axis, in the unit of `time`.
    """
    if len(curve) <= MOST_ROWS:
        return curve
    places = [np.floor(curve["time"].to_numpy() / longest * COLUMNS)]
    places += [np.floor(curve[name].fillna(-1).to_numpy() * LINES) for name in HEIGHTS]
    moved = np.any([np.diff(place, prepend=np.nan) != 0 for place in places], axis=0)
    moved[-1] = True  # a curve ends where it ends
    kept = curve[moved].copy()
    block = np.cumsum(moved) - 1
    for count in ("n_event", "n_censor"):
        kept[count] = np.bincount(block, curve[count].to_numpy())
    return kept.reset_index(drop=True)


def marks(curve: pd.DataFrame, longest: float) -> pd.DataFrame:
    """Give the steps at which a censoring is marked: all, or of very many one a millimetre."""
    censored = curve[curve["n_censor"] > 0]
    if len(censored) <= MOST_MARKS:
        return censored
    place = np.floor(censored["time"].to_numpy() / longest * MARKS)
    return censored[np.diff(place, prepend=-1) > 0]


def evenly(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Keep so many of the rows, evenly spaced, the first and the last among them."""
    if len(rows) <= most:
        return rows
    return rows.iloc[np.linspace(0, len(rows) - 1, max(most, 2)).round().astype(int)]


def shown_of(drawn: int, everyone: int, order: str) -> str:
    """Say in a caption that not every patient is drawn, and which; nothing if all are."""
    if drawn == everyone:
        return ""
    return f"Of {everyone:,} patients {drawn:,} are drawn, evenly spaced in the order of {order}."
