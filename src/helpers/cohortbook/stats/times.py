"""Survival times as every routine of this package sees them: tidied, checked, grouped.

Two decimal times that mean the same month (0.3 and 0.1 + 0.2) differ in the last bit. Left alone
they would be two event times, which changes risk sets, ties and every statistic that follows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

TIME_TOLERANCE = 1.5e-8
"""Gap, relative to the mean distinct time, below which two times are one (R: root of eps)."""

Array = NDArray[np.float64]


def tidy_times(time: ArrayLike, tolerance: float = TIME_TOLERANCE) -> Array:
    """Give equal values to times that differ only by floating point noise.

    Sorted distinct times closer than `tolerance` times the mean distinct absolute time form one
    run; each run takes its smallest value. The rule is relative, so the unit of time is immaterial.

    Parameters
    ----------
    time : array of shape (n,)
        Follow-up times; NaN (missing) passes through.
    tolerance : float
        Relative gap treated as noise.

    Returns
    -------
    array of shape (n,)

    Notes
    -----
    R's twin is ``aeqSurv`` (``timefix = TRUE``).
    """
    time = np.asarray(time, dtype=float)
    if are_small_integers(time, 2**20):
        # far enough apart, and no sorting needed
        return time.copy()
    if _are_apart(time, tolerance):
        return time.copy()
    distinct, inverse = np.unique(time, return_inverse=True)
    finite = distinct[np.isfinite(distinct)]
    if finite.size < 2:
        return time.copy()
    # the mean of the distinct times, not of all: the tolerance must not depend on how often a time
    # occurs (R's ``aeqSurv`` does the same, and takes each run's first value)
    starts_run = np.r_[True, np.diff(finite) > tolerance * np.abs(finite).mean()]
    if starts_run.all():
        return time.copy()
    run = np.cumsum(starts_run) - 1
    tidied = distinct.copy()
    tidied[np.isfinite(distinct)] = finite[starts_run][run]
    return tidied[inverse].reshape(time.shape)


def _are_apart(time: Array, tolerance: float) -> bool:
    """Say whether times are equal or further apart than their mean could ask: without a doubt."""
    if time.size < 2:
        return True
    ordered = np.sort(time, axis=None)
    gap = ordered[1:] - ordered[:-1]
    # the mean of the distinct times is not above the largest; NaN leaves it in doubt
    return bool((gap[gap != 0] > tolerance * max(-ordered[0], ordered[-1])).all())


def are_small_integers(time: Array, limit: int) -> bool:
    """Say whether times are whole numbers from 0 to below a limit, such as days or months."""
    return bool(
        time.size and time.min() >= 0 and time.max() < limit and (np.rint(time) == time).all()
    )


def survival_arrays(
    time: ArrayLike, event: ArrayLike, weights: ArrayLike | None = None
) -> tuple[Array, NDArray[np.bool_], Array | None, NDArray[np.bool_]]:
    """Check and tidy a pair of time and event arrays.

    Parameters
    ----------
    time : array of shape (n,)
        Follow-up times, not negative; NaN = missing.
    event : array of shape (n,)
        1 or True = event, 0 or False = censored; NaN = missing.
    weights : array of shape (n,), optional
        Not negative; NaN = missing.

    Returns
    -------
    time, event, weights, kept
        The rows without a missing value, times tidied, and the mask of rows kept.

    Raises
    ------
    ValueError
        Arrays of unlike length, a negative time or weight, an event that is not 0 or 1.
    """
    time = np.asarray(time, dtype=float)
    event = np.asarray(event, dtype=float)
    if time.ndim != 1 or event.shape != time.shape:
        raise ValueError(f"time {time.shape} and event {event.shape} must be one-dimensional twins")
    # what else is wrong with a row that is left out anyway is no error
    kept = np.isfinite(time) & np.isfinite(event)
    if weights is not None:
        weights = np.asarray(weights, dtype=float)
        if weights.shape != time.shape:
            raise ValueError(f"weights {weights.shape} must have the shape of time {time.shape}")
        kept &= np.isfinite(weights)
        weights = weights[kept]
        if (weights < 0).any():
            raise ValueError("weights must not be negative")
    time, event = tidy_times(time[kept]), event[kept]
    if (time < 0).any():
        raise ValueError("follow-up times must not be negative")
    if ((event != 0) & (event != 1)).any():
        raise ValueError("event must be 0 (censored) or 1 (event)")
    return time, event == 1, weights, kept


def counting_arrays(
    entry: ArrayLike, time: ArrayLike, event: ArrayLike, weights: ArrayLike | None = None
) -> tuple[Array, Array, NDArray[np.bool_], Array | None, NDArray[np.bool_]]:
    """Check and tidy rows that are at risk from just after their entry to their time.

    Parameters
    ----------
    entry : array of shape (n,)
        Not negative; NaN = missing. An entry of 0 is no truncation: such a row is at risk at time
        0 too.
    time, event, weights
        As in `survival_arrays`.

    Returns
    -------
    entry, time, event, weights, kept
        The rows without a missing value whose time is after their entry (or both are 0); entries
        and times tidied together, and the mask of rows kept. An entry of 0 is minus infinity, so
        that "at risk" is entry < t <= time without exception.

    Raises
    ------
    ValueError
        As `survival_arrays`; a negative entry.

    Notes
    -----
    R: ``Surv(entry, time, event)``, which also leaves out rows with time <= entry.
    """
    entry, time = np.asarray(entry, dtype=float), np.asarray(time, dtype=float)
    if entry.shape != time.shape:
        raise ValueError(f"entry {entry.shape} must have the shape of time {time.shape}")
    # together: whether an entry is before an event must not hang on a last bit
    both = tidy_times(np.r_[entry, time]) if entry.ndim == 1 else np.r_[entry, time]
    entry, time = both[: len(entry)], both[len(entry) :]
    if (entry < 0).any():
        raise ValueError("entry times must not be negative")
    # NaN stays, for survival_arrays to leave out
    never = (time <= entry) & (entry > 0)
    blank = np.where(never | ~np.isfinite(entry), np.nan, time)
    _, event, weights, kept = survival_arrays(blank, event, weights)
    entry, time = entry[kept], time[kept]
    return np.where(entry > 0, entry, -np.inf), time, event, weights, kept


def join_notes(*notes: str) -> str:
    """Join the notes that say something, each once, in order."""
    return "; ".join(dict.fromkeys(note for note in notes if note))


def left_out_note(kept: NDArray[np.bool_]) -> str:
    """Say how many rows were dropped for a missing value, or nothing."""
    dropped = int((~kept).sum())
    rows = "row" if dropped == 1 else "rows"
    return f"{dropped} {rows} with missing values left out" if dropped else ""
