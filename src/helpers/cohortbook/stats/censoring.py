"""The chance not to be censored, by which what is seen is weighted to stand for what is not."""

from __future__ import annotations

import numpy as np

from .times import Array


def censoring_curve(time: Array, event: Array, entry: Array | None = None) -> tuple[Array, Array]:
    """Kaplan-Meier curve of censoring, in which events come before censorings at the same time.

    Parameters
    ----------
    time, event : arrays of shape (n,)
        Complete and tidied; True = any event.
    entry : array of shape (n,), optional
        A row is at risk at t where entry < t <= time (left truncation).

    Returns
    -------
    at : array of shape (m,)
        Times of censoring.
    chance : array of shape (m + 1,)
        The chance to be uncensored before the first, and after each.
    """
    # Not Kaplan-Meier with the roles of event and censoring exchanged: that would keep those who
    # have an event at the time of a censoring at risk of it, and G would be too high.
    at, count = np.unique(time[~event], return_counts=True)
    ordered, events = np.sort(time), np.sort(time[event])
    # those who have an event at that very time have left the risk set of censoring
    at_risk = time.size - np.searchsorted(ordered, at, side="left")
    at_risk = at_risk - (np.searchsorted(events, at, "right") - np.searchsorted(events, at, "left"))
    if entry is not None:
        at_risk = at_risk - (entry.size - np.searchsorted(np.sort(entry), at))
    return at, np.r_[1.0, np.cumprod(1 - count / np.maximum(at_risk, 1))]


def entry_curve(time: Array, entry: Array) -> tuple[Array, Array]:
    """Give the chance to have entered by a time: Kaplan-Meier with time running backwards.

    Parameters
    ----------
    time, entry : arrays of shape (n,)
        Complete and tidied together; minus infinity = at risk from the beginning.

    Returns
    -------
    at : array of shape (m,)
        Times of entry.
    chance : array of shape (m + 1,)
        The chance to have entered before the first, and by each.

    Notes
    -----
    Geskus, Biometrics 2011; 67:39. R: in ``finegray``. Who ends at the time of an entry has ended
    before it.
    """
    at, count = np.unique(entry[np.isfinite(entry)], return_counts=True)
    at_risk = np.searchsorted(np.sort(entry), at, "right") - np.searchsorted(
        np.sort(time), at, "right"
    )
    return at, np.r_[np.cumprod((1 - count / at_risk)[::-1])[::-1], 1.0]
