"""Follow-up cut in two where the treatment begins, and the tests and curves that rest on it.

A patient counts as untreated until the treatment begins and as treated from then on, so that nobody
has to live to a treatment in order to be counted as treated from the start (immortal time).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .km import ConfType, KaplanMeier, kaplan_meier
from .logrank import Logrank, logrank
from .times import Array, join_notes, left_out_note, survival_arrays, tidy_times

UNTREATED, TREATED = 0, 1


@dataclass(frozen=True)
class FollowUp:
    """One row a patient: `start` (n,) is infinite for who was not treated in follow-up.

    `rows` (n,) are the places in the arrays given of those who are not left out.
    """

    time: Array
    event: Array
    start: Array
    rows: Array
    note: str = ""

    @property
    def treated(self) -> np.ndarray:
        """Who was treated in the end: (n,)."""
        return np.isfinite(self.start)


@dataclass(frozen=True)
class CountingProcess:
    """One row a patient and state: at risk from just after `entry` to `time`, all of shape (m,).

    `treated` is 0 or 1; `patient` numbers the patient as in `FollowUp`.
    """

    entry: Array
    time: Array
    event: Array
    treated: Array
    patient: Array


def follow_up(time: ArrayLike, event: ArrayLike, treatment_start: ArrayLike) -> FollowUp:
    """Tidy times and starts of treatment together.

    Parameters
    ----------
    time, event : arrays of shape (n,)
        Follow-up; 1 = event, 0 = censored. Rows with a missing value are left out.
    treatment_start : array of shape (n,)
        In the unit of `time` and from the same zero; NaN or infinite = never. A start that is not
        before the end of follow-up was not seen by it: the patient counts as never treated.

    Raises
    ------
    ValueError
        As `survival_arrays`; a negative start.
    """
    time, start = np.asarray(time, dtype=float), np.asarray(treatment_start, dtype=float)
    if start.shape != time.shape:
        raise ValueError(f"treatment_start {start.shape} must have the shape of time {time.shape}")
    if (start < 0).any():
        raise ValueError("treatment_start must not be negative")
    # together: a start on the day on which follow-up ends must be equal to it, to the last bit
    both = tidy_times(np.r_[time, np.where(np.isfinite(start), start, np.nan)])
    time, start = both[: time.size], both[time.size :]
    _, event, _, kept = survival_arrays(time, event)
    time, start = time[kept], start[kept]
    # who starts at 0 was treated from the first, even with a follow-up of 0
    late = np.isfinite(start) & (start >= time) & (start > 0)
    seen = np.isfinite(start) & ~late
    note = ""
    if late.any():
        note = (f"{int(late.sum())} began the treatment at or after the end of follow-up and "
                "count as untreated")  # fmt: skip
    return FollowUp(time, event, np.where(seen, start, np.inf), np.flatnonzero(kept),
                    join_notes(left_out_note(kept), note))  # fmt: skip


def counting_process(data: FollowUp) -> CountingProcess:
    """Cut each patient's follow-up at the start of treatment: (start, stop] rows by state.

    Who starts at 0 has one row, treated. At the time of a start the patient is still untreated, so
    that an event on that very day is one of the untreated. R: ``survival::tmerge``.
    """
    patient = np.arange(data.time.size)
    before = data.start > 0
    after = data.treated
    stop = np.minimum(data.time, data.start)
    return CountingProcess(
        np.r_[np.zeros(before.sum()), data.start[after]],
        np.r_[stop[before], data.time[after]],
        # the event is in a patient's last row alone: in both it would be two deaths
        np.r_[data.event[before] & ~after[before], data.event[after]],
        np.r_[np.zeros(before.sum(), dtype=int), np.ones(after.sum(), dtype=int)],
        np.r_[patient[before], patient[after]],
    )


def mantel_byar(time: ArrayLike, event: ArrayLike, treatment_start: ArrayLike,
                strata: ArrayLike | None = None) -> Logrank:  # fmt: skip
    """Log-rank test with the group that each patient is in at each time (Mantel and Byar 1974).

    Parameters
    ----------
    time, event, treatment_start : arrays of shape (n,)
        As in `follow_up`.
    strata : array of shape (n,), optional
        Labels within which events are compared before they are summed.

    Returns
    -------
    Logrank
        Groups 0 (untreated) and 1 (treated). `n` counts patients who were ever in the state.

    Notes
    -----
    J Am Stat Assoc 1974; 69:81. R: the score test of ``coxph(Surv(start, stop, event) ~ treated)``
    without ties.
    """
    data = follow_up(time, event, treatment_start)
    rows = counting_process(data)
    within = None if strata is None else np.asarray(strata, dtype=object)[data.rows][rows.patient]
    return logrank(rows.time, rows.event, rows.treated, within, levels=[UNTREATED, TREATED],
                   entry=rows.entry)  # fmt: skip


@dataclass(frozen=True)
class SimonMakuch:
    """Curves of the untreated and the treated state, both from time zero or the landmark."""

    untreated: KaplanMeier
    treated: KaplanMeier
    landmark: float
    note: str = ""


def simon_makuch(
    time: ArrayLike,
    event: ArrayLike,
    treatment_start: ArrayLike,
    landmark: float = 0.0,
    conf_level: float = 0.95,
    conf_type: ConfType = "log-log",
) -> SimonMakuch:
    """Survival by the state that each patient is in, with patients moving from one to the other.

    Parameters
    ----------
    time, event, treatment_start : arrays of shape (n,)
        As in `follow_up`.
    landmark : float
        Only those at risk after this time are drawn, from there on; the times are still counted
        from zero. A landmark where some have already been treated keeps the treated curve from
        resting on very few.
    conf_level, conf_type
        As in `kaplan_meier`.

    Returns
    -------
    SimonMakuch
        Numbers at risk are those by current treatment. The curve of the treated is not the survival
        of a fixed group of patients.

    Notes
    -----
    Simon and Makuch, Stat Med 1984; 3:35. R: ``survfit(Surv(start, stop, event) ~ treated)``.
    """
    data = follow_up(time, event, treatment_start)
    rows = counting_process(data)
    inside = rows.time > landmark if landmark > 0 else np.ones(rows.time.size, dtype=bool)
    # 0 is "no truncation": who is in the state at the landmark is at risk from the curve's start
    entry = np.where(rows.entry > landmark, rows.entry, 0.0)
    curves = []
    for state in (UNTREATED, TREATED):
        mine = inside & (rows.treated == state)
        curves.append(kaplan_meier(rows.time[mine], rows.event[mine], conf_level, conf_type,
                                   entry=entry[mine]))  # fmt: skip
    note = join_notes(
        data.note,
        *(
            f"{name}: {curve.note}" if curve.note else ""
            for name, curve in zip(("untreated", "treated"), curves, strict=True)
        ),
    )
    return SimonMakuch(*curves, float(landmark), note)


@dataclass(frozen=True)
class ImmortalTime:
    """Person-time, in the unit of time, that an analysis by final group counts as treated.

    `waited` is what the treated lived before their treatment; `share_of_treated` and
    `share_of_all` are that as a share of all time of the treated and of everybody. `median_wait`
    is the median time to treatment of those who were not treated from the start.
    """

    waited: float
    treated_total: float
    total: float
    n_treated: int
    n_waited: int
    median_wait: float

    @property
    def share_of_treated(self) -> float:
        """Misclassified share of the treated group's person-time; NaN where it has none."""
        return self.waited / self.treated_total if self.treated_total > 0 else float("nan")

    @property
    def share_of_all(self) -> float:
        """Misclassified share of all person-time; NaN where there is none."""
        return self.waited / self.total if self.total > 0 else float("nan")


def immortal_time(time: ArrayLike, event: ArrayLike, treatment_start: ArrayLike) -> ImmortalTime:
    """Add up the time that patients had to live to be counted as treated (Suissa 2008).

    Parameters as in `follow_up`. Am J Epidemiol 2008; 167:492.
    """
    data = follow_up(time, event, treatment_start)
    start = data.start[data.treated]
    waited = start[start > 0]
    return ImmortalTime(
        float(start.sum()), float(data.time[data.treated].sum()), float(data.time.sum()),
        int(start.size), int(waited.size), float(np.median(waited)) if waited.size else np.nan,
    )  # fmt: skip
