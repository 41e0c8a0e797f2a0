"""Competing risks of an endpoint: incidence by arm, Gray's test, and the two models."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.competing import CumulativeIncidence, cumulative_incidence, gray_test
from ..stats.cox import cox_fit
from ..stats.fine_gray import fine_gray
from .cox import hr_cells
from .design import ARM, Term, design, model_terms

ANALYSIS = "competing"
OVERALL, EVENT = "overall", "event"
CRUDE, ADJUSTED = "crude", "adjusted"
CURVE = ["time", "incidence", "conf_low", "conf_high", "n_risk", "n_event"]


def competing(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Summarise an endpoint whose events are of competing causes.

    Parameters
    ----------
    cohort : Cohort
    endpoint : str
        Whose study declares competing states (patients have `{endpoint}_competing`); otherwise the
        frame is empty.

    Returns
    -------
    DataFrame
        Tidy results, analysis "competing", level = "event", the endpoint's own, or the code of a
        competing state. Per group (overall and each
        arm): `incidence` in percent at each milestone (term = months, Aalen-Johansen) and `events`.
        Group "difference": `gray` (P; estimate = chi-squared); `cause_specific_hr` and
        `subdistribution_hr` (Fine-Gray) of the treatment, term "crude" and, if the study names
        covariates, "adjusted". Where patients enter late there is no `gray`, which takes
        no entry.
    """
    if not causes(cohort, endpoint):
        return frame([])
    rows = list(_incidences(cohort, endpoint))
    if cohort.study.compares:
        rows += _tests(cohort, endpoint)
        rows += _models(cohort, endpoint)
    return frame(rows)


def incidence_curves(cohort: Cohort, endpoint: str, by_arm: bool = True) -> pd.DataFrame:
    """Give the step functions of cumulative incidence.

    Returns
    -------
    DataFrame
        Columns endpoint, population, group, cause ("event" or a state's code), label, time (months,
        first row 0), incidence, conf_low, conf_high, n_risk (just before the time), n_event (of the
        cause). Empty for an endpoint without competing states.
    """
    parts = []
    for group, curve, _ in _fits(cohort, endpoint):
        if (group == OVERALL) == by_arm:
            continue
        for place, (code, label) in enumerate(causes(cohort, endpoint).items()):
            parts.append(_steps(curve, place).assign(group=group, cause=code, label=label))
    empty = pd.DataFrame(columns=[*CURVE, "group", "cause", "label"])
    out = pd.concat(parts, ignore_index=True) if parts else empty
    out = out.assign(endpoint=endpoint, population=cohort.population)
    return out[["endpoint", "population", "group", "cause", "label", *CURVE]]


def incidence_risk(
    cohort: Cohort, endpoint: str, times: list[float], by_arm: bool = True
) -> pd.DataFrame:
    """Count at given months: columns time, group, cause, n_risk (of all causes), n_events.

    `n_events` are those of the cause up to the time; `n_risk` whose time is not smaller, and who
    entered before it.
    """
    parts = []
    for group, curve, data in _fits(cohort, endpoint):
        if (group == OVERALL) == by_arm:
            continue
        at_risk = curve.n_risk_at(np.where(np.asarray(times) > 0, times, 0.0))
        for place, code in enumerate(causes(cohort, endpoint), start=1):
            own = data.loc[data["cause"] == place, "time"]
            parts.append(pd.DataFrame({
                "time": times, "group": group, "cause": code,
                "n_risk": at_risk,
                "n_events": [float((own <= t).sum()) for t in times],
            }))  # fmt: skip
    empty = pd.DataFrame(columns=["time", "group", "cause", "n_risk", "n_events"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def _steps(curve: CumulativeIncidence, place: int) -> pd.DataFrame:
    body = pd.DataFrame({
        "time": curve.time, "incidence": curve.incidence[place],
        "conf_low": curve.conf_low[place], "conf_high": curve.conf_high[place],
        "n_risk": curve.n_risk, "n_event": curve.n_event[place],
    })  # fmt: skip
    # a step function is drawn from time 0, when nothing has happened
    first = {"time": 0.0, "incidence": 0.0, "conf_low": 0.0, "conf_high": 0.0,
             "n_risk": curve.n_risk_at(0.0)[0], "n_event": 0.0}  # fmt: skip
    return pd.concat([pd.DataFrame([first]), body], ignore_index=True)


def _data(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    names = ["time", *(["entry"] if cohort.study.entry is not None else [])]
    columns = cohort.patients[["arm", *(f"{endpoint}_{name}" for name in names)]]
    columns = columns.set_axis(["arm", *names], axis=1)
    return columns.assign(cause=cause_numbers(cohort, endpoint)).dropna()


def causes(cohort: Cohort, endpoint: str) -> dict[str, str]:
    """Name the competing causes: the endpoint's own event first, then the states by their code.

    Empty where the study declares no competing state.
    """
    column, spec = f"{endpoint}_competing", cohort.study.endpoints[endpoint]
    if column not in cohort.patients:
        return {}
    declared = {str(state.code): state.printed for state in getattr(spec, "competing", ())}
    # a state that no study file declares (a plain data frame has none) still competes
    seen = sorted(set(cohort.patients[column].dropna().astype(str)))
    return (
        {EVENT: spec.event_label} | declared | {code: code for code in seen if code not in declared}
    )


def cause_numbers(cohort: Cohort, endpoint: str) -> np.ndarray:
    """Number of each patient's cause, in the order of `causes`; 0 = censored, NaN = unknown."""
    # a copy: the codes of states are written over the zeros of those censored at them
    cause = cohort.patients[f"{endpoint}_event"].to_numpy(float).copy()
    state = cohort.patients[f"{endpoint}_competing"]
    text = state.astype(object).where(state.notna(), None)
    for number, code in enumerate(causes(cohort, endpoint), start=1):
        if code != EVENT:
            cause[(text.map(str, na_action="ignore") == code).to_numpy()] = number
    return cause


def _fits(cohort: Cohort, endpoint: str) -> Iterator[tuple[str, CumulativeIncidence, pd.DataFrame]]:
    settings, named = cohort.study.statistics, causes(cohort, endpoint)
    if not named:
        return
    data, numbers = _data(cohort, endpoint), list(range(1, len(named) + 1))
    parts = [(OVERALL, data)]
    parts += [(code, data[data["arm"] == code]) for code in cohort.study.arm_codes]
    for group, part in parts:
        if len(part):
            yield (
                group,
                cumulative_incidence(
                    part["time"],
                    part["cause"],
                    numbers,
                    entry=part.get("entry"),
                    conf_level=settings.conf_level,
                    conf_type=settings.conf_type,
                ),
                part,
            )


def _incidences(cohort: Cohort, endpoint: str) -> Iterator[dict]:
    spec = cohort.study.endpoints[endpoint]
    for group, curve, data in _fits(cohort, endpoint):
        for place, code in enumerate(causes(cohort, endpoint)):
            events = int((data["cause"] == place + 1).sum())
            keys = {"endpoint": endpoint, "population": cohort.population, "group": group,
                    "level": code, "n": len(data), "n_events": events}  # fmt: skip
            yield row(ANALYSIS, "events", events, **keys)
            for months in spec.milestones:
                at, last = curve.at([months]), curve.time[-1]
                note = (
                    _all_gone(curve, months)
                    if months <= last
                    else f"follow-up ends at {last:g} months, the curve is carried on"
                )
                yield row(
                    ANALYSIS,
                    "incidence",
                    100 * at["incidence"][place, 0],
                    term=f"{months:g}",
                    conf_low=100 * at["conf_low"][place, 0],
                    conf_high=100 * at["conf_high"][place, 0],
                    method="Aalen-Johansen",
                    note=note,
                    **keys,
                )


def _all_gone(curve: CumulativeIncidence, months: float) -> str:
    """Say that all of the few who had entered had an event by a month; "" if they had not."""
    gone = (curve.survival <= 0) & (curve.time <= months) & (curve.time < curve.time[-1])
    if curve.entry is None or not gone.any():
        return ""
    return (
        f"all at risk at month {curve.time[gone][0]:g} had an event, so the curves are level from "
        "there on, though others came under observation later"
    )


def _tests(cohort: Cohort, endpoint: str) -> Iterator[dict]:
    data = _data(cohort, endpoint)
    if cohort.study.entry is not None:
        return  # Gray's test weighs by a censoring curve from time zero on
    for place, code in enumerate(causes(cohort, endpoint), start=1):
        test = gray_test(data["time"], data["cause"], data["arm"].astype(str), place)
        yield row(ANALYSIS, "gray", test.chi2, p_value=test.p, level=code, endpoint=endpoint,
                  population=cohort.population, group="difference", n=len(data),
                  n_events=int((data["cause"] == place).sum()), method="Gray's test",
                  note=test.note)  # fmt: skip


def _models(cohort: Cohort, endpoint: str) -> Iterator[dict]:
    study, settings = cohort.study, cohort.study.statistics
    covariates = study.covariates
    plans = {CRUDE: [Term(ARM, study.comparison_arm.code)]}
    if covariates:
        plans[ADJUSTED] = model_terms(cohort, covariates)
    for term, terms in plans.items():
        data = design(cohort, endpoint, terms, entry=True)
        cause = cause_numbers(cohort, endpoint)[data.rows]
        names, last = [one.name for one in data.terms], len(data.terms) - 1
        shared = {"names": names, "ties": settings.ties, "conf_level": settings.conf_level}
        for place, code in enumerate(causes(cohort, endpoint), start=1):
            keys = {"term": term, "level": code, "endpoint": endpoint,
                    "population": cohort.population, "group": "difference"}  # fmt: skip
            # who ended otherwise leaves the risk set there: the rate among those still without any
            # event; Fine and Gray keep them in it, and so model what share has this event
            happened = np.where(cause == place, 1.0, 0.0)
            alone = cox_fit(data.time, happened, data.x, entry=data.entry, **shared)
            cells = hr_cells(alone, last)
            yield row(
                ANALYSIS,
                "cause_specific_hr",
                **cells | {"method": f"cause-specific {cells['method']}"},
                **keys,
            )
            whole = fine_gray(data.time, cause, data.x, of=place, entry=data.entry, **shared)
            cells = hr_cells(whole, last)
            yield row(ANALYSIS, "subdistribution_hr",
                      **cells | {"method": f"Fine-Gray model, {settings.ties.title()} ties"},
                      **keys)  # fmt: skip
