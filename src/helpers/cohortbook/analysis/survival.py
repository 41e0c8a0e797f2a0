"""Survival by endpoint: curves, numbers at risk, medians, milestones, log-rank, follow-up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.km import KaplanMeier, Quantile, kaplan_meier, reverse_kaplan_meier
from ..stats.logrank import logrank
from ..study.settings import Statistics
from .cox import treatment_effect

OVERALL = "overall"
OF_CURVE = ["time", "survival", "conf_low", "conf_high", "n_risk", "n_event", "n_censor"]
OF_RISK = {"time": "time", "at_risk": "n_risk", "censored": "n_censored", "events": "n_events"}


def survival(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Summarise one endpoint overall and by arm, and compare the arms.

    Patients without time, event or arm are left out.

    Returns
    -------
    DataFrame
        Tidy results, analysis "survival". Per group (overall and each arm): `median` in months
        with limits (NaN = not reached), `survival` and `event_percent` (100 minus survival) at each
        milestone (level = months; the note says where follow-up ends before),
        `follow_up` (median by reverse Kaplan-Meier), each with `n` and `n_events`; where the study
        declares competing states, `competing` for each of them (level = its code): how many
        patients ended in it and are censored there. Where patients enter late, `late` (how many
        came under observation after time zero), `entry` (the median month of entry of all),
        `unseen` (left out: their follow-up ended before they came into view), `fewest` (the least
        number at risk at an event up to the last entry; level = its month) and, where all of so few
        had the event, `emptied` (the month from which the curve is 0, though others entered later).
        Group
        "difference": `logrank` (P; estimate = chi-squared) and `hr`, the crude hazard ratio.
    """
    rows = described(cohort, endpoint)
    if cohort.study.compares:
        rows += _contrast(cohort, endpoint)
    return frame(rows)


def described(cohort: Cohort, endpoint: str) -> list[dict]:
    """Give the rows of `survival` that compare nothing, of however many arms."""
    rows: list[dict] = []
    for group, fitted, data in _fits(cohort, endpoint):
        rows += _group_rows(cohort, endpoint, group, fitted, data)
        rows += _competing(cohort, endpoint, group, data)
        rows += _entries(cohort, endpoint, group, fitted, data) if cohort.study.entry else []
    return rows


def _competing(cohort: Cohort, endpoint: str, group: str, data: pd.DataFrame) -> Iterator[dict]:
    """Count the patients of a group who ended in each competing state."""
    states = cohort.competing(endpoint)
    states = states[states.index.isin(data.index)]
    for state in cohort.study.endpoints[endpoint].competing:
        yield row(
            "survival",
            "competing",
            int((states == state.code).sum()),
            level=state.code,
            endpoint=endpoint,
            population=cohort.population,
            group=group,
            n=len(data),
        )


def _entries(
    cohort: Cohort, endpoint: str, group: str, fitted: KaplanMeier, data: pd.DataFrame
) -> Iterator[dict]:
    """Describe who entered late, and on how few the beginning of the curve rests."""
    keys = {"endpoint": endpoint, "population": cohort.population, "group": group, "n": len(data)}
    yield row("survival", "late", int((data["entry"] > 0).sum()), **keys)
    yield row("survival", "entry", float(data["entry"].median()), **keys)
    inside = cohort.patients["arm"].isin(cohort.study.arm_codes if group == OVERALL else [group])
    yield row("survival", "unseen", int((cohort.unseen(endpoint) & inside).sum()), **keys)
    fewest, month = fitted.fewest
    if not np.isnan(fewest):
        yield row("survival", "fewest", fewest, level=f"{month:g}", **keys)
    if not np.isnan(fitted.emptied):
        yield row("survival", "emptied", fitted.emptied, note=_zero(fitted), **keys)


def _zero(fitted: KaplanMeier) -> str:
    """Say that a curve came to 0 before the last entries; "" where it did not."""
    if np.isnan(fitted.emptied):
        return ""
    there = fitted.time == fitted.emptied
    return (
        f"all {fitted.n_risk[there][0]:g} at risk at month {fitted.emptied:g} had the event, so "
        "the curve is 0 from there on, though others came under observation later"
    )


def curves(cohort: Cohort, endpoint: str, by_arm: bool = True) -> pd.DataFrame:
    """Give the Kaplan-Meier step functions.

    Returns
    -------
    DataFrame
        Columns endpoint, population, group, time (months), survival, conf_low, conf_high, n_risk
        (just before the time), n_event, n_censor. The first row is time 0 with survival 1; events
        at time 0 stand in a second row of that time. No row where nobody has a time and a status.
    """
    parts = [pd.DataFrame(columns=[*OF_CURVE, "group"])]
    for group, fitted, _ in _fits(cohort, endpoint):
        if (group == OVERALL) != by_arm:
            parts.append(_curve(fitted).assign(group=group))
    out = _stacked(parts).assign(endpoint=endpoint, population=cohort.population)
    first = ["endpoint", "population", "group"]
    return out[first + [column for column in out if column not in first]]


def risk_table(
    cohort: Cohort, endpoint: str, times: list[float], by_arm: bool = True
) -> pd.DataFrame:
    """Count at risk, censored and events (both cumulative) at given months, by group.

    At risk at a time are those whose own time is not smaller, and who entered before it; censored
    and events are those before it, and at time 0 those of time 0. The extended table of the
    KMunicate study (Morris et al., BMJ Open 2019).
    """
    parts = [pd.DataFrame(columns=[*OF_RISK.values(), "group"])]
    for group, fitted, _ in _fits(cohort, endpoint):
        if (group == OVERALL) != by_arm:
            counts = pd.DataFrame(fitted.risk_table(times))
            parts.append(counts.rename(columns=OF_RISK).assign(group=group))
    return _stacked(parts).assign(endpoint=endpoint, population=cohort.population)


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Stack frames, the first of which holds the columns and no row."""
    return pd.concat(parts[1:] or parts, ignore_index=True)


def tick_months(cohort: Cohort, endpoint: str) -> list[float]:
    """Give the months of the axis: the study's, or round ones over the longest follow-up.

    At most eight steps where the study names none.
    """
    if cohort.study.statistics.risk_times:
        return list(cohort.study.statistics.risk_times)
    longest = cohort.survival(endpoint, entry=True)["time"].max()
    # an axis needs a length also where nobody was followed
    longest = 1.0 if pd.isna(longest) or longest <= 0 else float(longest)
    # steps that divide a year, or years: other ones (5, 10 months) are not read off easily
    step = next(s for s in (1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600, 1e9) if longest / s <= 8)
    return [float(t) for t in np.arange(0, longest + step, step)][: int(longest // step) + 2]


def km_panel(cohort: Cohort, endpoint: str, by_arm: bool = True) -> dict[str, object]:
    """Gather what one Kaplan-Meier panel shows: curves, risk table and results."""
    by_arm = by_arm and cohort.study.compares
    return {
        "curves": curves(cohort, endpoint, by_arm),
        "risk": risk_table(cohort, endpoint, tick_months(cohort, endpoint), by_arm),
        "results": survival(cohort, endpoint),
        "endpoint": endpoint,
        "population": cohort.population,
        "by_arm": by_arm,
        "title": _panel_title(cohort, endpoint),
    }


def _panel_title(cohort: Cohort, endpoint: str) -> str:
    label = cohort.study.endpoints[endpoint].label
    named = {group.name: group.label for group in cohort.study.subgroups}
    within = named.get(cohort.population)
    return f"{label}, {within}" if within else label


def _fits(cohort: Cohort, endpoint: str) -> Iterator[tuple[str, KaplanMeier, pd.DataFrame]]:
    settings, data = cohort.study.statistics, cohort.survival(endpoint, entry=True)
    parts = [(OVERALL, data)]
    parts += [(code, data[data["arm"] == code]) for code in cohort.study.arm_codes]
    for group, part in parts:
        if len(part):
            yield (
                group,
                kaplan_meier(
                    part["time"],
                    part["event"],
                    conf_level=settings.conf_level,
                    conf_type=settings.conf_type,
                    entry=part.get("entry"),
                ),
                part,
            )


def _group_rows(
    cohort: Cohort, endpoint: str, group: str, fitted: KaplanMeier, data: pd.DataFrame
) -> Iterator[dict]:
    settings, study = cohort.study.statistics, cohort.study
    keys = {
        "endpoint": endpoint,
        "population": cohort.population,
        "group": group,
        "n": len(data),
        "n_events": int(data["event"].sum()),
    }
    median = _median(fitted, cohort)
    yield row(
        "survival",
        "median",
        median.estimate,
        conf_low=median.conf_low,
        conf_high=median.conf_high,
        method=f"Kaplan-Meier, {_scale(settings)}",
        note=_zero(fitted),
        **keys,
    )
    yield row("survival", "events", data["event"].sum(), **keys)
    yield from _milestone_rows(study.endpoints[endpoint].milestones, fitted, keys)
    # not the median of the times: deaths would cut it short (Schemper and Smith, Control Clin
    # Trials 1996; 17:343)
    reverse = reverse_kaplan_meier(
        data["time"],
        data["event"],
        conf_level=settings.conf_level,
        conf_type=settings.conf_type,
        entry=data.get("entry"),
    )
    follow_up = _median(reverse, cohort)
    yield row(
        "survival",
        "follow_up",
        follow_up.estimate,
        conf_low=follow_up.conf_low,
        conf_high=follow_up.conf_high,
        method="reverse Kaplan-Meier",
        **keys,
    )


def _milestone_rows(milestones: list[float], fitted: KaplanMeier, keys: dict) -> Iterator[dict]:
    for months in milestones:
        at = fitted.at([months])
        note = (
            _zero(fitted) * bool(months >= fitted.emptied)
            if fitted.reaches(months)
            else f"follow-up ends at {fitted.time[-1]:g} months, the curve is carried on"
        )
        yield row(
            "survival",
            "survival",
            100 * at["survival"][0],
            level=f"{months:g}",
            conf_low=100 * at["conf_low"][0],
            conf_high=100 * at["conf_high"][0],
            note=note,
            **keys,
        )
        yield row(
            "survival",
            "event_percent",
            100 - 100 * at["survival"][0],
            level=f"{months:g}",
            # the complement's limits change places
            conf_low=100 - 100 * at["conf_high"][0],
            conf_high=100 - 100 * at["conf_low"][0],
            note=note,
            **keys,
        )


def _median(fitted: KaplanMeier, cohort: Cohort) -> Quantile:
    """Give a curve's median with its limits, both by the settings in force."""
    settings = cohort.study.statistics
    # limits by the same rule as the median: R and SPSS each have one for both
    rule = "r" if settings.median == "midpoint" else "spss"
    by_density = settings.median_limits == "density"
    return fitted.density_median(rule) if by_density else fitted.median(rule)


def _scale(settings: Statistics) -> str:
    return "density" if settings.median_limits == "density" else settings.conf_type


def _contrast(cohort: Cohort, endpoint: str) -> Iterator[dict]:
    data = cohort.survival(endpoint, entry=True)
    keys = {
        "endpoint": endpoint,
        "population": cohort.population,
        "group": "difference",
        "n": len(data),
        "n_events": int(data["event"].sum()),
    }
    codes = cohort.study.arm_codes
    groups = data["arm"].astype("object").map(codes.index)
    test = logrank(data["time"], data["event"], groups, entry=data.get("entry"))
    yield row(
        "survival",
        "logrank",
        test.chi2,
        p_value=test.p,
        method="log-rank test",
        note=test.note,
        **keys,
    )
    yield row("survival", "hr", **treatment_effect(cohort, endpoint) | keys)


def _curve(fitted: KaplanMeier) -> pd.DataFrame:
    body = pd.DataFrame({name: getattr(fitted, name) for name in OF_CURVE})
    start = {
        "time": 0.0,
        "survival": 1.0,
        "conf_low": 1.0,
        "conf_high": 1.0,
        "n_risk": fitted.n_risk_at(0.0)[0],
        "n_event": 0.0,
        "n_censor": 0.0,
    }
    first = body.iloc[0]
    if first["time"] == 0 and not first["n_event"]:
        return body
    # an event at time 0 is a drop at 0: the curve starts at 1 all the same
    return pd.concat([pd.DataFrame([start]), body], ignore_index=True)
