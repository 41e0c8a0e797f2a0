"""What is said of a figure of curves: its caption, its text for readers who listen, its corner."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import mark_of, pick
from ...study.study import Study
from ..drawing.canvas import clean
from ..sentences import competing, entry
from ..words import capital, everybody, listed, lower, p_equals
from .km_panel import LOG_RANK, OVERALL, ROWS, Drawn, Other, Panel
from .thin import MOST_MARKS


def comparison(panel: Panel, study: Study) -> list[str]:
    """Give hazard ratio and log-rank P as the lines of the corner."""
    if panel.told is not None:
        return panel.told
    lines = []
    hr, test = panel.found("hr", "difference"), panel.found("logrank", "difference")
    if not panel.by_arm or (hr is not None and hr["note"] == formats.WITHHELD):
        return lines
    if hr is not None and np.isfinite(hr["estimate"]):
        conf = formats.conf_label(study.statistics.conf_level)
        limits = f"{formats.ratio(hr['conf_low'])}–{formats.ratio(hr['conf_high'])}"
        lines.append(f"HR {formats.ratio(hr['estimate'])} ({conf} {limits})")
    elif hr is not None:
        lines.append("HR not estimable")
    if test is not None:
        lines.append(f"{LOG_RANK} {p_equals(test['p_value'], study, 'P')}")
    return lines


def median_text(panel: Panel, group: str, study: Study) -> str:
    found = panel.found("median", group)
    if found is None:
        return ""
    conf = formats.conf_label(study.statistics.conf_level)
    limits = formats.median_limits(found["estimate"], found["conf_low"], found["conf_high"])
    unit = " months" if np.isfinite(found["estimate"]) else ""
    return f"median {formats.months(found['estimate'])}{unit} ({conf} {limits})"


def caption(panels: list[Panel], study: Study, drawn: Drawn, other: Other | None) -> str:
    names = list(
        dict.fromkeys(
            study.endpoints[p.endpoint].label if p.endpoint in study.endpoints else p.endpoint
            for p in panels
        )
    )
    conf = formats.conf_label(study.statistics.conf_level)
    estimates = f"Kaplan-Meier estimates of {listed([lower(md(n)) for n in names])}."
    parts = [other.lead if other else estimates]
    if len(panels) > 1:
        parts += [f"({p.letter}) {md(p.title)}{_who(p, panels)}." for p in panels]
    marks = [
        *[f"shaded areas are the pointwise {conf}"] * drawn.bands,
        *["vertical ticks are censored patients"] * drawn.ticks,
        *["broken lines show the medians that were reached"] * drawn.medians,
    ]
    if marks:
        # not `listed`: a comma before the last of two or more clauses
        told = marks[0] if len(marks) == 1 else f"{', '.join(marks[:-1])}, and {marks[-1]}"
        parts.append(f"{capital(told)}.")
    written = [] if other else [line for p in panels for line in comparison(p, study)]
    tests = any(line.startswith(LOG_RANK) for line in written)
    if any(line.startswith("HR") for line in written):
        arm, reference = md(study.comparison_arm.label), md(study.reference.label)
        parts.append(
            f"Hazard ratios (HR) are from Cox models with {md(study.texts.exposure)} alone ({arm} "
            f"against {reference})" + ("; *P* values are two-sided." if tests else ".")
        )
        parts += [f"HR not estimable: {why}." for why in _no_ratio(panels)]
    elif tests:
        parts.append("*P* values are two-sided.")
    if any((p.of(g)["n_censor"] > 0).sum() > MOST_MARKS for p in panels for g in p.groups):
        parts.append("Of so many ticks, one a millimetre is drawn.")
    counts = [ROWS[name].lower() for name in ("n_censored", "n_events") if name in panels[0].rows]
    if any(p.groups for p in panels) and counts:
        counted = listed([name.replace("censored", "censored patients") for name in counts])
        parts.append(f"{capital(counted)} below each plot are cumulative.")
    if other:
        parts += other.about
    else:
        parts += _at_start(panels)
        parts += filter(None, [competing.note(study, [p.endpoint for p in panels])])
        parts += filter(None, [entry.note(study), _emptied(panels, study)])
    smallest = study.privacy.smallest_count
    if smallest:
        parts.append(
            f"Small counts are withheld: a curve falls in steps of at least {smallest} events, "
            "ends with the last of them and has no ticks; the numbers below are rounded down to "
            f"multiples of {smallest}."
        )
    if study.texts.time_zero:
        parts.append(f"Time was counted from {md(study.texts.time_zero)}.")
    if any(_not_reached(p) for p in panels):
        parts.append(f"{formats.NOT_REACHED}, not reached.")
    return " ".join(parts)


def _at_start(panels: list[Panel]) -> list[str]:
    """Say how those are counted whose time is 0, if a curve falls there."""
    falls = any(
        (curve["time"].eq(0) & curve["survival"].lt(1)).any()
        for p in panels
        for curve in (p.of(group) for group in p.groups)
    )
    return [
        "Events at time 0 are drawn as a fall at 0; in the column of 0 everybody is at risk, and "
        "those with an event at 0 are counted as well."
    ] * falls


def _emptied(panels: list[Panel], study: Study) -> str:
    """Name the curves that came to 0 while others were still to come under observation."""
    found = [
        clean(study.arm_label(group) if group != OVERALL else "all patients")
        for panel in panels
        for group in panel.groups
        if panel.found("emptied", group) is not None
    ]
    if not found:
        return ""
    names = listed([md(name) for name in dict.fromkeys(found)])
    return f"The curve of {names} is 0 from where all of the few at risk had the event."


def _counted(count: str, noun: str) -> str:
    return f"{count} {noun}{'s' if count != '1' else ''}"


def _who(panel: Panel, panels: list[Panel]) -> str:
    """Tell panels of one title apart: the same curve of all patients together and by arm."""
    if [p.title for p in panels].count(panel.title) == 1:
        return ""
    return ", by arm" if panel.by_arm else ", all patients together"


def _no_ratio(panels: list[Panel]) -> list[str]:
    """Give each reason for which a panel by arm prints no hazard ratio."""
    found = [panel.found("hr", "difference") for panel in panels if panel.by_arm]
    notes = [hr["note"] for hr in found if hr is not None and pd.isna(hr["estimate"])]
    return [note for note in dict.fromkeys(notes) if note not in ("", formats.WITHHELD)]


def _not_reached(panel: Panel) -> bool:
    found = pick(
        panel.results,
        endpoint=panel.endpoint,
        population=panel.population,
        statistic="median",
        group=panel.groups,
    )
    numbers = found[["estimate", "conf_low", "conf_high"]].to_numpy(float)
    return any(formats.NOT_REACHED in formats.months_interval(*line) for line in numbers)


def alt_text(panel: Panel, study: Study, other: Other | None) -> str:
    """Say in words what a panel shows."""
    kind = other.kind if other else "Kaplan-Meier plot"
    lead = f"Panel {panel.letter}, {clean(panel.title)}:" if panel.letter else f"{kind},"
    name = study.endpoints[panel.endpoint].label if panel.endpoint in study.endpoints else ""
    parts = [] if panel.groups else ["no patients to follow"]
    for group in panel.groups:
        found = panel.found("median", group)
        label = study.arm_label(group) if group != OVERALL else everybody(study)
        if found is not None:
            parts.append(
                f"{clean(label)} {median_text(panel, group, study)}, "
                + " in ".join(
                    _counted(formats.count(found[column], mark_of(found, column)), noun)
                    for column, noun in (("n_events", "event"), ("n", "patient"))
                )
            )
        elif other:
            last = panel.of(group).dropna(subset=["survival"]).iloc[-1]
            share = formats.percentage(100 * last["survival"], 1)
            parts.append(f"{clean(label)} {share}% at {formats.months(last['time'])} months")
        else:
            parts.append(f"{clean(label)} median not given")
    parts += comparison(panel, study)
    return f"{lead} {clean(name).lower()}. {'; '.join(parts)}."
