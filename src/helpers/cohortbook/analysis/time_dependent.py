"""A treatment that begins during follow-up: five comparisons side by side; the immortal time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import OVERALL, frame, row
from ..stats.clone_censor import CloneCensorWeight, clone_censor_weight
from ..stats.counting import follow_up, immortal_time, mantel_byar, simon_makuch
from ..stats.cox import CoxFit
from ..stats.km import KaplanMeier
from ..stats.late_treatment import cox_landmark, cox_naive, cox_time_dependent, sequential_trials
from ..stats.times import join_notes
from .cox import hr_cells
from .design import design, model_terms

ANALYSIS = "time_dependent"
CRUDE, ADJUSTED = "crude", "adjusted"
NAIVE, LANDMARK, STATE, CLONES, TRIALS = (
    "naive",
    "landmark",
    "time_dependent_cox",
    "clone_censor_weight",
    "sequential_trials",
)
_WORK, _MORE_WORK = 1e9, 2e8
"""Patients times event times times resamples: about a minute, and twelve seconds."""
FEWEST, USUAL = 200, 1_000
"""Resamples that are made in any case, that may take a minute; above them less must do."""
MOST_CELLS = 20_000_000
"""Patients times event times up to which copies and trials are made."""
TOO_LARGE = "not computed: too many patients times event times"
APPROACHES = (NAIVE, LANDMARK, STATE, CLONES, TRIALS)
UNTREATED, TREATED = "untreated", "treated"
WITHOUT, WITHIN = "without", "within"


@dataclass(frozen=True)
class Started:
    """Follow-up (n,) in months, starts of the treatment (NaN = never), and covariates (n, p)."""

    time: np.ndarray
    event: np.ndarray
    start: np.ndarray
    x: np.ndarray
    note: str

    @property
    def given(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What every analysis takes."""
        return self.time, self.event, self.start


def time_dependent(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Compare the treatment that begins during follow-up in five ways, one of them biased.

    Parameters
    ----------
    cohort : Cohort
        Of a study with `treatment_start`; otherwise the frame is empty.
    endpoint : str

    Returns
    -------
    DataFrame
        Tidy results, analysis "time_dependent". Group "difference", term "crude" and, if the study
        names covariates, "adjusted"; statistic "hr" with level "naive" (by final group from time
        zero), "landmark" (at the end of the grace period), "time_dependent_cox",
        "clone_censor_weight" (robust limits) and "sequential_trials"; `hr_bootstrap` of
        "clone_censor_weight" has percentile limits, of so many `resamples`, with `limit_error`,
        the larger of their Monte Carlo standard errors in per cent of them. `mantel_byar`:
        chi-squared and P. Of the weights, by group "without" and "within" (the two strategies):
        `weight_mean`, `weight_max`, `weight_effective` (effective size of those at risk after the
        grace period, `n` of them) and `artificially_censored`.
        Group "treated": `immortal_share` (percent of their person-time lived before the treatment,
        `n` = how many), `immortal_share_of_all`, `immortal_months` and `median_wait` in months;
        `last_start`, when the last of them began. Group "overall": `early_events`, how many of the
        `n_events` came by then; without any the time-dependent model is the naive one.
    """
    if cohort.study.treatment_start is None:
        return frame([])
    rows: list[dict] = []
    for term in _terms(cohort):
        data = started(cohort, endpoint, term)
        rows += _effects(cohort, endpoint, term, data)
    rows += _immortal(cohort, endpoint)
    return frame(rows)


def started(cohort: Cohort, endpoint: str, term: str = CRUDE) -> Started:
    """Gather the patients with time, status, covariates, and a known start of the treatment.

    A patient of the other arm without a start is left out: when the treatment began is not known.
    """
    covariates = cohort.study.covariates if term == ADJUSTED else []
    data = design(cohort, endpoint, model_terms(cohort, covariates, treatment=False))
    patients = cohort.patients.iloc[data.rows]
    start = patients["treatment_start"].to_numpy(float)
    other = (patients["arm"] == cohort.study.comparison_arm.code).to_numpy()
    # by what happened, not by the arm's name: who crossed over was treated from then on
    unknown, crossed = other & np.isnan(start), ~other & ~np.isnan(start)
    notes = []
    if unknown.any():
        notes.append(f"{int(unknown.sum())} in arm {cohort.study.comparison_arm.code} without a "
                     "start left out")  # fmt: skip
    if crossed.any():
        notes.append(f"{int(crossed.sum())} in arm {cohort.study.reference_arm} began the "
                     "treatment and count as treated from then on")  # fmt: skip
    keep = ~unknown
    return Started(data.time[keep], data.event[keep], start[keep], data.x[keep],
                   join_notes(*notes))  # fmt: skip


def simon_makuch_curves(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give the Simon-Makuch step functions: patients count by the treatment they have begun.

    Returns
    -------
    DataFrame
        Columns endpoint, population, group ("untreated", "treated"), time (months), survival,
        conf_low, conf_high, n_risk, n_event, n_censor (without those who begin). Empty without
        `treatment_start`.
    """
    columns = ["time", "survival", "conf_low", "conf_high", "n_risk", "n_event", "n_censor"]
    parts = [pd.DataFrame(columns=[*columns, "group"])]
    curves = _curves(cohort, endpoint)
    # a change of state looks like a censoring to the curve of the state that is left
    begun = waits(cohort, endpoint)["wait"] if curves else []
    for group, curve in curves:
        body = pd.DataFrame({name: getattr(curve, name) for name in columns})
        if group == UNTREATED:  # who goes on treated is not lost
            moved = [(begun == time).sum() for time in curve.time]
            body["n_censor"] = body["n_censor"] - moved
        first = {
            "time": 0.0,
            "survival": 1.0,
            "conf_low": 1.0,
            "conf_high": 1.0,
            "n_risk": float(curve.n_risk_at([0.0])[0]),
            "n_event": 0.0,
            "n_censor": 0.0,
        }
        parts.append(pd.concat([pd.DataFrame([first]), body], ignore_index=True).assign(
            group=group))  # fmt: skip
    out = pd.concat(parts[1:] or parts, ignore_index=True)
    out = out.assign(endpoint=endpoint, population=cohort.population)
    return out[["endpoint", "population", "group", *columns]]


def current_risk_table(cohort: Cohort, endpoint: str, times: list[float]) -> pd.DataFrame:
    """Count by current treatment at given months: columns time, group, n_risk, n_events.

    A patient moves from "untreated" to "treated" when the treatment begins, and an event is
    counted where the patient was; `n_events` are those up to the time.
    """
    parts = [
        pd.DataFrame({
            "time": times, "group": group, "n_risk": curve.n_risk_at(times),
            "n_events": [curve.n_event[curve.time <= time].sum() for time in times],
        })
        for group, curve in _curves(cohort, endpoint)
    ]  # fmt: skip
    empty = pd.DataFrame(columns=["time", "group", "n_risk", "n_events"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def waits(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give who was treated in follow-up: columns wait and time in months, the longest wait first.

    No column says who it is.
    """
    data = started(cohort, endpoint)
    found = follow_up(*data.given)
    own = found.treated
    lanes = pd.DataFrame({"wait": found.start[own], "time": found.time[own]})
    return lanes.sort_values(["wait", "time"], ascending=False, ignore_index=True)


def _curves(cohort: Cohort, endpoint: str) -> list[tuple[str, KaplanMeier]]:
    if cohort.study.treatment_start is None:
        return []
    settings = cohort.study.statistics
    found = simon_makuch(*started(cohort, endpoint).given, conf_level=settings.conf_level,
                         conf_type=settings.conf_type)  # fmt: skip
    both = ((UNTREATED, found.untreated), (TREATED, found.treated))
    return [(group, curve) for group, curve in both if curve.time.size]


def _terms(cohort: Cohort) -> list[str]:
    return [CRUDE, ADJUSTED] if cohort.study.covariates else [CRUDE]


def _effects(cohort: Cohort, endpoint: str, term: str, data: Started) -> Iterator[dict]:
    spec, settings = cohort.study.treatment_start, cohort.study.statistics
    shared: dict[str, Any] = {"ties": settings.ties, "conf_level": settings.conf_level}
    x = data.x if data.x.shape[1] else None
    keys = {"endpoint": endpoint, "population": cohort.population, "group": "difference",
            "term": term}  # fmt: skip

    def hr(level: str, fit: CoxFit, method: str, n: int, note: str = "") -> dict:
        cells = hr_cells(fit, len(fit.names) - 1)
        if level in (CLONES, TRIALS):  # one event may be in several copies or trials
            # patients' events: the fit counts an event once a copy
            cells["n_events"] = float(data.event.sum())
        said = join_notes(cells["note"], note, data.note)
        return row(ANALYSIS, "hr", level=level, **cells | {"method": method, "n": n, "note": said},
                   **keys)  # fmt: skip

    ties, n = settings.ties.title(), len(data.time)
    late = follow_up(*data.given).note
    yield hr(NAIVE, cox_naive(*data.given, x, **shared),
             f"Cox model by final group, {ties} ties", n, late)  # fmt: skip
    landmark = cox_landmark(*data.given, spec.grace, x, **shared)
    yield hr(LANDMARK, landmark, f"Cox model after {spec.grace:g} months, {ties} ties", landmark.n)
    state = cox_time_dependent(*data.given, x, **shared)
    yield hr(STATE, state, f"Cox model, time-dependent treatment, {ties} ties", n, late)
    cells = len(data.time) * np.unique(data.time[data.event > 0]).size
    if cells > MOST_CELLS:
        for level in (CLONES, TRIALS):
            yield row(ANALYSIS, "hr", level=level, n=n, note=TOO_LARGE, **keys)
    else:
        yield from _emulated(cohort, data, x, shared, hr, keys)
    if term == CRUDE:
        yield _byar(data, keys)


def _byar(data: Started, keys: dict) -> dict:
    test = mantel_byar(*data.given)
    return row(ANALYSIS, "mantel_byar", test.chi2, p_value=test.p, n=len(data.time),
               n_events=float(data.event.sum()), method="Mantel-Byar test",
               note=join_notes(test.note, data.note), **keys)  # fmt: skip


def _emulated(cohort: Cohort, data: Started, x, shared, hr, keys) -> Iterator[dict]:
    """Clone-censor-weight and sequential trials, whose work grows with patients times times."""
    spec, n, late = cohort.study.treatment_start, len(data.time), follow_up(*data.given).note
    clones = clone_censor_weight(
        *data.given,
        spec.grace,
        x,
        model=spec.weights,
        truncate=spec.truncate,
        resamples=_resamples(spec.resamples, data),
        precision=cohort.study.robustness.precision,
        seed=cohort.study.robustness.seed,
        **shared,
    )
    method = f"weighted Cox model, grace period {spec.grace:g} months"
    yield hr(CLONES, clones.fit, f"{method}, robust limits", n, clones.note)
    yield from _clone_rows(
        clones, n, float(data.event.sum()), f"{method}, percentile bootstrap", keys
    )
    trials = sequential_trials(*data.given, x, **shared)
    yield hr(TRIALS, trials.fit, f"pooled Cox model of {len(trials.start)} trials, robust limits",
             n, late)  # fmt: skip


def _resamples(wanted: int, data: Started) -> int:
    """Give how many bootstrap resamples are feasible: fewer in large cohorts."""
    cells = len(data.time) * max(np.unique(data.time[data.event > 0]).size, 1)
    return min(wanted, max(FEWEST, min(USUAL, int(_WORK / cells)), int(_MORE_WORK / cells)))


def _clone_rows(
    clones: CloneCensorWeight, n: int, events: float, method: str, keys: dict
) -> Iterator[dict]:
    """Bootstrap limits, and what the weights look like."""
    limits = clones.bootstrap
    yield row(ANALYSIS, "hr_bootstrap", clones.hr if np.isfinite(clones.fit.coef[0]) else np.nan,
              level=CLONES, conf_low=limits.conf_low, conf_high=limits.conf_high, n=n,
              n_events=events, method=method, note=limits.note, **keys)  # fmt: skip
    made = {"level": CLONES, "n": clones.draws.size}
    yield row(ANALYSIS, "resamples", clones.draws.size, **made, **keys)
    yield row(ANALYSIS, "limit_error", 100 * limits.error, **made, **keys)
    for group, summary, left in zip((WITHOUT, WITHIN), clones.weights, clones.censored,
                                    strict=True):  # fmt: skip
        own = keys | {"group": group, "level": CLONES}
        yield row(ANALYSIS, "weight_mean", summary.mean, n=n, **own)
        yield row(ANALYSIS, "weight_max", summary.maximum, n=n, **own)
        yield row(ANALYSIS, "weight_effective", summary.effective, n=summary.beyond, **own)
        yield row(ANALYSIS, "artificially_censored", left, n=n, **own)


def _immortal(cohort: Cohort, endpoint: str) -> Iterator[dict]:
    data = started(cohort, endpoint)
    found = immortal_time(*data.given)
    keys = {"endpoint": endpoint, "population": cohort.population, "group": TREATED,
            "n": found.n_treated, "note": data.note}  # fmt: skip
    yield row(ANALYSIS, "immortal_share", 100 * found.share_of_treated, **keys)
    yield row(ANALYSIS, "immortal_share_of_all", 100 * found.share_of_all, **keys)
    yield row(ANALYSIS, "immortal_months", found.waited, **keys)
    yield row(ANALYSIS, "median_wait", found.median_wait, **keys | {"n": found.n_waited})
    whole = follow_up(*data.given)
    last = float(whole.start[whole.treated].max()) if whole.treated.any() else np.nan
    yield row(ANALYSIS, "last_start", last, **keys)
    # only events while some still wait tell the time-dependent model from the naive one
    early = int(((whole.event > 0) & (whole.time <= last)).sum())
    yield row(ANALYSIS, "early_events", early, **keys | {"group": OVERALL, "n": whole.time.size,
              "n_events": float(whole.event.sum())})  # fmt: skip
