"""Patients behind points that were clicked along a Kaplan-Meier curve, by the algorithm of Guyot.

Guyot P, Ades AE, Ouwens MJ, Welton NJ. Enhanced secondary analysis of survival data: reconstructing
the data from published Kaplan-Meier survival curves. BMC Med Res Methodol 2012; 12: 9. Between two
numbers at risk patients are censored evenly; how many follows from the number at risk after them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .curve import Curve
from .patients import Patients

ROUNDS = 50  # of changing the number censored in an interval until the next number at risk is met


@dataclass
class _Going:
    """Of each point: at risk before it, events at it, censored between it and the next."""

    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    level: float = 1.0  # the rebuilt curve so far


def guyot(curve: Curve, events: int | None = None) -> Patients:
    """Give patients whose curve goes through digitised points.

    Parameters
    ----------
    curve : Curve
        Points of one arm (times from nought, survival as a proportion that does not rise), and
        the numbers at risk that were printed, that at nought among them.
    events : int, optional
        Events of the whole arm, which tell the censored after the last number at risk.

    Returns
    -------
    Patients
        Times as clicked; `gap` is the largest distance from the points. Censored are put halfway
        between two points.
    """
    time, share = np.array([0.0, *curve.times]), np.array([1.0, *curve.survival])
    risk = {t: n for t, n in curve.at_risk.items() if t <= time[-1]}
    first = [int(np.searchsorted(time, t)) for t in risk]
    numbers, k = list(risk.values()), len(time)
    going = _Going(np.zeros(k + 1), np.zeros(k), np.zeros(k))
    first[0], going.at_risk[0] = 0, numbers[0]
    rates = []
    for i in range(len(first) - 1):
        low, high = first[i], first[i + 1]
        count = _interval(going, time, share, (low, high), numbers[i + 1])
        rates.append(count)
    _last(going, time, share, first, rates, events)
    return _rebuilt(going, time, share, numbers[0])


def _go(going: _Going, time: np.ndarray, share: np.ndarray, span: tuple[int, int],
        censored: int) -> float:  # fmt: skip
    """Go through the points of an interval with so many censored; give the level at its end."""
    low, high = span
    end = time[min(high, len(time) - 1)]
    places = time[low] + np.arange(1, censored + 1) * (end - time[low]) / (censored + 1)
    inside = np.searchsorted(time[low:high], places, side="right") - 1
    going.censored[low:high] = np.bincount(np.maximum(inside, 0), minlength=high - low)[
        : high - low
    ]
    level = going.level
    for k in range(low, high):
        n = going.at_risk[k]
        d = min(round(n * (1 - share[k] / level)), n) if level > 0 and n > 0 else 0
        level *= 1 - d / n if n > 0 else 1
        going.events[k] = d
        going.censored[k] = min(going.censored[k], n - d)
        going.at_risk[k + 1] = n - d - going.censored[k]
    return float(level)


def _interval(going: _Going, time: np.ndarray, share: np.ndarray, span: tuple[int, int],
              after: int) -> int:  # fmt: skip
    """Find how many are censored before the next number at risk, and go through the interval."""
    low, high = span
    if high <= low:
        return 0
    n, kept = going.at_risk[low], share[high] / share[low] if share[low] > 0 else 0.0
    most = max(int(n - after), 0)
    count = int(np.clip(round(n * kept - after), 0, most))
    tried: dict[int, float] = {}
    for _ in range(ROUNDS):
        if count in tried:
            break
        _go(going, time, share, span, count)
        tried[count] = going.at_risk[high] - after
        count = int(np.clip(count + tried[count], 0, most))
    best = min(tried, key=lambda c: (abs(tried[c]), c))
    going.level = _go(going, time, share, span, best)
    return best


def _last(going: _Going, time: np.ndarray, share: np.ndarray, first: list[int],
          rates: list[int], events: int | None) -> None:  # fmt: skip
    """Go through what follows the last number at risk."""
    low, high = first[-1], len(time)
    if high <= low:
        return
    n, before = int(going.at_risk[low]), int(going.events[:low].sum())
    known = time[low] - time[first[0]]
    rate = sum(rates) / known if known > 0 else 0.0
    count = int(np.clip(round(rate * (time[-1] - time[low])), 0, n))
    tried: dict[int, float] = {}
    for _ in range(ROUNDS if events is not None else 0):
        if count in tried:
            break
        _go(going, time, share, (low, high), count)
        tried[count] = before + going.events[low:].sum() - (events or 0)
        count = int(np.clip(count + tried[count], 0, n))
    best = min(tried, key=lambda c: (abs(tried[c]), c)) if tried else count
    going.level = _go(going, time, share, (low, high), best)


def _rebuilt(going: _Going, time: np.ndarray, share: np.ndarray, size: int) -> Patients:
    """Give a row for each patient, and how far their curve is from the points."""
    d, c = going.events.astype(int), going.censored.astype(int)
    halfway = (time + np.append(time[1:], time[-1])) / 2
    left = int(going.at_risk[-1])
    rows = np.concatenate([np.repeat(time, d), np.repeat(halfway, c), np.repeat(time[-1:], left)])
    had = np.concatenate([np.ones(d.sum()), np.zeros(c.sum() + left)]).astype(int)
    n = going.at_risk[:-1]
    built = np.cumprod(1 - np.divide(going.events, n, out=np.zeros(len(n)), where=n > 0))
    frame = pd.DataFrame({"time": rows, "event": had})
    frame = frame.sort_values(["time", "event"], ascending=[True, False]).reset_index(drop=True)
    return Patients(frame, size, float(np.abs(built - share).max()), 0)
