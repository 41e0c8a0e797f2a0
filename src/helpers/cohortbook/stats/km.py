"""The Kaplan-Meier curve: survival, its confidence limits, quantiles and numbers at risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from .times import Array, counting_arrays, join_notes, left_out_note, survival_arrays

ConfType = Literal["log-log", "log", "plain"]
MedianRule = Literal["r", "spss"]
_CURVE_TOLERANCE = 1.5e-8
"""A survival this close to a quantile's level sits on it (rounding of products, as R judges it)."""


class Quantile(NamedTuple):
    """A time with its limits; NaN = not reached."""

    estimate: float
    conf_low: float
    conf_high: float


class Rmst(NamedTuple):
    """Restricted mean survival time to `tau` and its Greenwood standard error."""

    estimate: float
    std_err: float
    tau: float
    note: str


@dataclass(frozen=True)
class KaplanMeier:
    """A Kaplan-Meier curve: one entry of each array per distinct time, censored times included.

    `n_risk` counts patients with time >= t; `std_err` is Greenwood's standard error of the survival
    (not of its logarithm); limits are NaN where the transformation does not define them.
    """

    time: Array
    n_risk: Array
    n_event: Array
    n_censor: Array
    survival: Array
    std_err: Array
    conf_low: Array
    conf_high: Array
    n: float
    events: float
    conf_level: float
    conf_type: ConfType
    note: str = ""
    entry: Array | None = None
    """Sorted entries of rows that were not at risk from the start, and their weights: (2, m)."""

    @property
    def emptied(self) -> float:
        """When the curve came to 0 while others were still to enter; NaN if it did not."""
        zero = np.flatnonzero(self.survival <= _CURVE_TOLERANCE)
        if self.entry is None or not zero.size or zero[0] == self.time.size - 1:
            return np.nan
        return float(self.time[zero[0]])

    @property
    def fewest(self) -> tuple[float, float]:
        """Fewest at risk at an event up to the last entry, and when; NaN without such an event."""
        early = self.n_event > 0
        if self.entry is not None:
            early &= self.time <= self.entry[0, -1]
        if self.entry is None or not early.any():
            return np.nan, np.nan
        place = np.flatnonzero(early)[np.argmin(self.n_risk[early])]
        return float(self.n_risk[place]), float(self.time[place])

    def quantile(self, p: float = 0.5, rule: MedianRule = "r") -> Quantile:
        """Time by which a share `p` of patients had the event, with limits; NaN = not reached.

        Limits invert the curve's pointwise interval (Brookmeyer and Crowley 1982, generalised to
        the transformation in force): the times at which the lower and upper limits cross 1 - p.

        Parameters
        ----------
        p : float
            0.5 = median, 0.25 and 0.75 = quartiles of the time to event.
        rule : {"r", "spss"}
            "r": where the curve lies exactly on 1 - p its midpoint (R: ``quantile.survfit``);
            "spss": the smallest time with survival <= 1 - p.
        """
        curves = (self.survival, self.conf_low, self.conf_high)
        return Quantile(*(_crossing(self.time, curve, 1 - p, rule) for curve in curves))

    def median(self, rule: MedianRule = "r") -> Quantile:
        """Median with its limits; NaN = not reached.

        Parameters
        ----------
        rule : {"r", "spss"}
            "r": what R prints (``print.survfit``, ``summary(fit)$table``), the first time with
            survival <= 1/2, or the midpoint of the stretch on which it is exactly 1/2 if it falls
            further. Where the curve ends on 1/2 that is the first time, unlike `quantile` and R's
            ``quantile.survfit``, which take half way to the last time, of a censored patient.
            "spss": the smallest time with survival <= 1/2.
        """
        cross = _printed_median if rule == "r" else _first_at_half
        curves = (self.survival, self.conf_low, self.conf_high)
        return Quantile(*(cross(self.time, curve) for curve in curves))

    def density_median(self, rule: MedianRule = "r", half_width: float = 0.05) -> Quantile:
        """Median with the limits that SPSS prints, t +- z * se(S) / f(t); NaN = not reached.

        The density f is the slope of the curve between the last event time with S >= 1/2 +
        `half_width` and the first with S <= 1/2 - `half_width` (Collett, Modelling Survival Data in
        Medical Research, section 2.4; SPSS Statistics Algorithms, KM). No limits where the curve
        does not reach that far.
        """
        estimate = self.median(rule).estimate
        # Collett's two times are times of events: a censored time on the same step would shorten
        # the stretch, make the curve look steeper and the limits too narrow
        events = self.n_event > 0
        above = np.flatnonzero(events & (self.survival >= 0.5 + half_width - _CURVE_TOLERANCE))
        below = np.flatnonzero(events & (self.survival <= 0.5 - half_width + _CURVE_TOLERANCE))
        if np.isnan(estimate) or not above.size or not below.size:
            return Quantile(estimate, np.nan, np.nan)
        up, low = above[-1], below[0]
        density = (self.survival[up] - self.survival[low]) / (self.time[low] - self.time[up])
        place = np.searchsorted(self.time, estimate, side="right") - 1
        half = _z(self.conf_level) * float(self.std_err[place]) / density
        return Quantile(estimate, estimate - half, estimate + half)

    def at(self, times: ArrayLike, tolerance: float = 0.0) -> dict[str, Array]:
        """Survival, standard error, limits and number at risk at given times.

        Parameters
        ----------
        times : array of shape (m,)
        tolerance : float
            Relative gap within which a curve's time counts as the time asked for. R's is 0: asked
            for 0.3 it does not see an event recorded at 0.30000000000000004. Round times on input,
            or pass 1e-9.

        Returns
        -------
        dict of arrays of shape (m,)
            time, n_risk, survival, std_err, conf_low, conf_high. Beyond the last time the last
            value is carried on (R: ``summary(fit, times, extend = TRUE)``).
        """
        times = np.atleast_1d(np.asarray(times, dtype=float))
        # "right": at the time of an event the curve has already fallen
        last = np.searchsorted(self.time, times * (1 + tolerance), side="right")
        step = {
            "survival": (1.0, self.survival),
            "std_err": (0.0, self.std_err),
            "conf_low": (1.0, self.conf_low),
            "conf_high": (1.0, self.conf_high),
        }
        values = {name: np.r_[start, curve][last] for name, (start, curve) in step.items()}
        return {"time": times, "n_risk": self.n_risk_at(times), **values}

    def reaches(self, time: float) -> bool:
        """Say whether the curve is known at a time: within follow-up, or once it has come to 0.

        Beyond that `at` carries the last value on.
        """
        return bool(time <= self.time[-1] or self.survival[-1] <= _CURVE_TOLERANCE)

    def n_risk_at(self, times: ArrayLike) -> Array:
        """Patients with time >= t, that is at risk just before t; with entries, entry < t."""
        times = np.atleast_1d(np.asarray(times, dtype=float))
        present = self.n - self._before(self.n_event + self.n_censor, times)
        if self.entry is not None:
            # n counts also those who are still to enter: they are not at risk yet
            late, weight = self.entry
            came = np.r_[0.0, np.cumsum(weight)]
            present -= came[-1] - came[np.searchsorted(late, times * (1 - 1e-9))]
        return present

    n_at_risk = n_risk_at

    def risk_table(self, times: ArrayLike) -> dict[str, Array]:
        """Number at risk, and censored and events before each time; they add up to n.

        The extended risk table of the KMunicate recommendation (Morris et al., BMJ Open 2019); with
        entries those who are still to enter are in none of the three. At time 0 everybody (with an
        entry of 0) is at risk, and who is censored or has the event at time 0 is counted as
        well (nothing comes before it, and the curve falls there): only these are counted twice.
        """
        times = np.atleast_1d(np.asarray(times, dtype=float))
        # nothing is before time 0: there the counts are those at it, so the first column shows the
        # fall
        after_start = np.maximum(times, np.finfo(float).tiny)
        return {
            "time": times,
            "at_risk": self.n_risk_at(times),
            "censored": self._before(self.n_censor, after_start),
            "events": self._before(self.n_event, after_start),
        }

    def _before(self, counts: Array, times: Array) -> Array:
        """Sum of counts at times strictly before each time."""
        # a time that is asked for may differ from the curve's in its last bit: without the slack
        # an event at that very time would count as one before it
        return np.r_[0.0, np.cumsum(counts)][np.searchsorted(self.time, times * (1 - 1e-9))]

    def rmst(self, tau: float) -> Rmst:
        """Mean event-free time within [0, tau]: the area under the curve, with Greenwood's SE.

        The variance is sum of A(t)^2 d / (n (n - d)) over event times t <= tau, A(t) the area from
        t to tau (R: ``summary(fit, rmean = tau)``; survRM2). A curve that ends censored before
        `tau` is carried on level, and the note says so.
        """
        inside = self.time <= tau
        if not self.time.size or not np.isfinite(tau) or tau <= 0:
            return Rmst(np.nan, np.nan, tau, "no patients" if tau > 0 else "tau must be positive")
        edges = np.r_[0.0, self.time[inside], tau]
        heights = np.r_[1.0, self.survival[inside]]
        pieces = np.diff(edges) * heights
        area_after = np.cumsum(pieces[::-1])[::-1][1:]
        n, d = self.n_risk[inside], self.n_event[inside]
        # where all at risk had the event the variance is infinite and the area after it 0: it adds
        # 0
        counts = (d > 0) & (n > d)
        hazard_var = d[counts] / (n[counts] * (n[counts] - d[counts]))
        std_err = float(np.sqrt((area_after[counts] ** 2 * hazard_var).sum()))
        note = ""
        if not self.reaches(tau):
            note = f"follow-up ends at {self.time[-1]:g}, the curve is carried on to tau = {tau:g}"
        return Rmst(float(pieces.sum()), std_err, float(tau), note)


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    conf_level: float = 0.95,
    conf_type: ConfType = "log-log",
    weights: ArrayLike | None = None,
    entry: ArrayLike | None = None,
) -> KaplanMeier:
    """Kaplan-Meier estimate of survival with Greenwood's variance.

    Parameters
    ----------
    time : array of shape (n,)
        Follow-up times; times equal to about 1e-8 are one time. NaN rows are left out.
    event : array of shape (n,)
        1 = event, 0 = censored. Events precede censorings at the same time.
    conf_level : float
        Coverage of the pointwise limits.
    conf_type : {"log-log", "log", "plain"}
        Transformation on which the limits are symmetric.
    weights : array of shape (n,), optional
        Counts of identical patients. With other weights the estimate is right but Greenwood's
        variance is not that of a weighted sample (`weighted_km` has that).
    entry : array of shape (n,), optional
        A row is at risk at t where entry < t <= time (left truncation). The curve is then survival
        given survival to the first entry, and it drops to 0 for good where all who are at risk have
        the event, however many enter later: the note says so.

    Returns
    -------
    KaplanMeier
        With no rows its arrays are empty and its note says so.

    Notes
    -----
    R: ``survfit(Surv(time, event) ~ 1, conf.type = ...)``.
    """
    if entry is None:
        time, event, weights, kept = survival_arrays(time, event, weights)
    else:
        entry, time, event, weights, kept = counting_arrays(entry, time, event, weights)
    if weights is not None:
        # a row that counts nothing would still add a time of its own to the curve
        used = weights > 0
        time, event, weights = time[used], event[used], weights[used]
        entry = None if entry is None else entry[used]
    distinct, group = np.unique(time, return_inverse=True)
    size = distinct.size
    total = np.bincount(group, weights, size).astype(float)
    n_event = np.bincount(group[event], None if weights is None else weights[event], size)
    n_event = n_event.astype(float)
    n_risk = np.cumsum(total[::-1])[::-1]
    late = None if entry is None else _late(entry, weights)
    if late is not None:
        came = np.r_[0.0, np.cumsum(late[1])]
        n_risk = n_risk - (came[-1] - came[np.searchsorted(late[0], distinct)])
    survival, std_err, log_se = _product_limit(n_risk, n_event)
    low, high = confidence_limits(survival, log_se, conf_level, conf_type)
    note = join_notes(
        left_out_note(kept),
        "no patients" if not size else "" if event.any() else "no events",
        "" if late is None else _emptied(distinct, n_risk, n_event),
    )
    return KaplanMeier(
        # at least 0: with fractional weights the two sums differ in their last bits
        distinct, n_risk, n_event, np.maximum(total - n_event, 0), survival, std_err, low, high,
        float(total.sum()), float(n_event.sum()), conf_level, conf_type, note, late,
    )  # fmt: skip


def _late(entry: Array, weights: Array | None) -> Array | None:
    """Sorted entries after the start, and their weights: (2, m); None where there are none."""
    # `counting_arrays` has made an entry of 0 minus infinity: no truncation
    after = np.isfinite(entry)
    if not after.any():
        return None
    weights = np.ones(entry.size) if weights is None else weights
    order = np.argsort(entry[after], kind="stable")
    return np.stack([entry[after][order], weights[after][order]])


def _emptied(time: Array, n_risk: Array, n_event: Array) -> str:
    """Say that a curve fell to 0 while others were still to enter."""
    # sums of weights: what is left of them may be rounding
    gone = np.flatnonzero((n_event > 0) & (n_risk - n_event <= 1e-9 * n_event))
    if not gone.size or gone[0] == time.size - 1:
        return ""
    return (f"all {n_risk[gone[0]]:g} at risk had the event at {time[gone[0]]:g}, before the last "
            "entries: the curve is 0 from there on")  # fmt: skip


def reverse_kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    conf_level: float = 0.95,
    conf_type: ConfType = "log-log",
    weights: ArrayLike | None = None,
    entry: ArrayLike | None = None,
) -> KaplanMeier:
    """Kaplan-Meier curve of follow-up: censoring is the event (Schemper and Smith 1996).

    Its median is the median follow-up. Parameters as in `kaplan_meier`.
    """
    # Who dies at a time counts as still in follow-up at it, because here the censorings are the
    # events, which come first (as R's ``Surv(time, 1 - event)``).
    event = 1.0 - np.asarray(event, dtype=float)
    return kaplan_meier(time, event, conf_level, conf_type, weights, entry)


def confidence_limits(
    survival: Array, log_se: Array, conf_level: float, conf_type: ConfType
) -> tuple[Array, Array]:
    """Pointwise limits of S from the standard error of log S, symmetric on the scale named."""
    half = _z(conf_level) * log_se
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if conf_type == "plain":
            low, high = survival * (1 - half), survival * (1 + half)
        elif conf_type == "log":
            low, high = survival * np.exp(-half), survival * np.exp(half)
        elif conf_type == "log-log":
            # by the delta method the standard error of log(-log S) is that of log S over -log S
            minus_log = -np.log(survival)
            low, high = (np.exp(-minus_log * np.exp(s * half / minus_log)) for s in (1, -1))
        else:
            raise ValueError(f"conf_type must be 'log-log', 'log' or 'plain', not {conf_type!r}")
        undefined = survival <= 0
        if conf_type == "log-log":
            undefined |= survival >= 1
    # at 0 the limits have no width to be transformed; the log of minus the log has none at 1 either
    low, high = np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)
    # "plain" leaves 0 to 1 at both ends, "log" at the upper one; R cuts them too
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def _product_limit(n_risk: Array, n_event: Array) -> tuple[Array, Array, Array]:
    """Survival, its Greenwood SE (NaN once survival is 0, as in R), SE of log survival."""
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - n_event / n_risk)
        hazard_var = np.where(n_event > 0, n_event / (n_risk * (n_risk - n_event)), 0.0)
        log_se = np.sqrt(np.cumsum(hazard_var))
        std_err = np.where(survival > 0, survival * log_se, np.nan)
    return survival, std_err, log_se


def _crossing(time: Array, curve: Array, level: float, rule: MedianRule) -> float:
    """First time a falling step curve is at or below `level`; NaN when it never is."""
    reached = np.flatnonzero(curve <= level + _CURVE_TOLERANCE)
    if not reached.size:
        return np.nan
    if rule == "spss":
        return float(time[reached[0]])
    # a confidence limit may rise again late; R then takes the step that lies closest below
    first = reached[np.argmax(curve[reached])]
    if curve[first] < level - _CURVE_TOLERANCE:
        return float(time[first])
    # exactly on the level: the midpoint of the flat stretch, which may run to the last time
    first = reached[0]
    below = np.flatnonzero(curve < level - _CURVE_TOLERANCE)
    end = time[below[np.argmax(curve[below])]] if below.size else time[-1]
    # a curve that ends on the level has no later step: R then goes half way to the last time
    return float((time[first] + end) / 2)


def _first_at_half(time: Array, curve: Array) -> float:
    return _crossing(time, curve, 0.5, "spss")


def _printed_median(time: Array, curve: Array) -> float:
    """Give what R prints as the median of a curve, or of one of its limits (its ``minmin``)."""
    reached = curve < 0.5 + _CURVE_TOLERANCE  # NaN is not
    if not reached.any():
        return np.nan
    time, curve = time[reached], curve[reached]
    lower = np.flatnonzero(curve < curve[0])
    if abs(curve[0] - 0.5) < _CURVE_TOLERANCE and lower.size:
        return float((time[0] + time[lower[0]]) / 2)
    return float(time[0])


def _z(conf_level: float) -> float:
    """Two-sided normal quantile."""
    return float(ndtri((1 + conf_level) / 2))
