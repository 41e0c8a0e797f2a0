"""Which parts of a report were made with other settings than the study file's, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...formats import conf_label, level
from ...formats import markdown as md
from ...study.study import Study
from ..words import counted, listed, lower

NOBODY = "none"


def _covariates(study: Study) -> str:
    if study.cox is None or not study.cox.covariates:
        return NOBODY
    told = []
    for covariate in study.cox.covariates:
        text = lower(md(study.variables[covariate.variable].label))
        if covariate.reference is not None:
            text += f" (reference {md(study.level_label(covariate.variable, covariate.reference))})"
        told.append(text)
    return listed(told)


def _cut_points(study: Study) -> str:
    return (
        listed(
            [
                f"{lower(md(variable.label))} at {listed([_at(point) for point in variable.at])}"
                for variable in study.variables.values()
                if variable.cut
            ]
        )
        or NOBODY
    )


def _at(point: float | str) -> str:
    return "the median" if point == "median" else f"{point:g}"


def _months(months: Sequence[float]) -> str:
    return listed([f"{month:g}" for month in months]) or NOBODY


def _events(study: Study) -> str:
    return listed([md(term) for term in study.adverse_events.terms]) or "all that were recorded"


SAID: dict[str, tuple[tuple[str, ...], str, Callable[[Study], str]]] = {
    "alpha": (("statistics.alpha",), "significance level", lambda s: level(s.statistics.alpha)),
    "conf_level": (
        ("statistics.conf_level",),
        "intervals",
        lambda s: conf_label(s.statistics.conf_level),
    ),
    "ties": (
        ("statistics.ties",),
        "ties in Cox models",
        lambda s: f"{str(s.statistics.ties).title()}'s handling",
    ),
    "conf_type": (
        ("statistics.conf_type",),
        "limits of Kaplan-Meier curves",
        lambda s: f"{s.statistics.conf_type} scale",
    ),
    "median": (
        ("statistics.median",),
        "median of a curve that is level at one half",
        lambda s: str(s.statistics.median),
    ),
    "quartiles": (("statistics.quartiles",), "quartiles", lambda s: str(s.statistics.quartiles)),
    "fisher_beyond_2x2": (
        ("statistics.fisher_beyond_2x2",),
        "exact tests beyond 2 × 2",
        lambda s: "yes" if s.statistics.fisher_beyond_2x2 else "no",
    ),
    "risk_times": (
        ("statistics.risk_times",),
        "months of the numbers at risk",
        lambda s: _months(s.statistics.risk_times) if s.statistics.risk_times else "round months",
    ),
    "cut_points": (("variables", "columns", "reference_arm"), "cut-points", _cut_points),
    "covariates": (("cox.covariates", "cox"), "covariates", _covariates),
    "univariable_coding": (
        ("cox.univariable_coding",),
        "levels of a factor alone",
        lambda s: (
            f"each against {'the rest' if s.cox.univariable_coding == 'indicator' else 'the reference level'}"
        ),
    ),
    "endpoints": (
        ("endpoints", "swimmer"),
        "endpoints",
        lambda s: listed([md(spec.short) for spec in s.endpoints.values()]) or NOBODY,
    ),
    "subgroups": (
        ("subgroups",),
        "subgroups",
        lambda s: listed([md(group.label) for group in s.subgroups]) or NOBODY,
    ),
    "variables": (
        ("baseline",),
        "baseline variables",
        lambda s: (
            listed([lower(md(s.variables[row.variable].label)) for row in s.baseline]) or NOBODY
        ),
    ),
    "not_evaluable": (
        ("response.not_evaluable_is",),
        "patients not evaluable in the main rates",
        lambda s: "left out" if s.response.not_evaluable_is == "excluded" else "failures",
    ),
    "terms": (("adverse_events.terms", "adverse_events.other_terms"), "adverse events", _events),
    "windows": (
        ("adverse_events.windows",),
        "windows after the procedure",
        lambda s: listed([md(window.label) for window in s.adverse_events.windows]),
    ),
    "severe_grade": (
        ("adverse_events.severe_grade", "adverse_events.highest_grade"),
        "severe events",
        lambda s: s.adverse_events.severe_grades(),
    ),
    "horizon": (
        ("robustness.horizon",),
        "horizon of restricted means (months)",
        lambda s: "by rule" if s.robustness.horizon is None else f"{s.robustness.horizon:g}",
    ),
    "horizon_at_risk": (
        ("robustness.horizon_at_risk",),
        "share of each arm at risk at the horizon",
        lambda s: f"{s.robustness.horizon_at_risk:g}",
    ),
    "landmarks": (
        ("robustness.landmarks",),
        "landmarks (months)",
        lambda s: _months(s.robustness.landmarks),
    ),
    "resamples": (
        ("robustness.resamples",),
        "bootstrap resamples, at most",
        lambda s: f"{s.robustness.resamples:,}",
    ),
    "seed": (("robustness.seed",), "seed", lambda s: str(s.robustness.seed)),
    "specifications": (
        ("robustness.specifications",),
        "sets of covariates, at most",
        lambda s: f"{s.robustness.specifications:,}",
    ),
    "p_adjustment": (
        ("robustness.p_adjustment",),
        "adjustment for the number of tests",
        lambda s: s.robustness.p_adjustment,
    ),
    "colours": (
        ("arms",),
        "colours of the arms",
        lambda s: listed([f"{md(arm.label)} {arm.color}" for arm in s.arms]),
    ),
}
"""By choice: the keys of the study file that it sets, its name, and its value in words."""


def in_words(study: Study, name: str) -> str:
    """Give the value of a choice that is in force, in words; "" where the study has none such."""
    try:
        return SAID[name][2](study)
    except AttributeError:  # a study without response, adverse events or Cox models
        return ""


def differing(paths: Sequence[str]) -> dict[str, list[str]]:
    """Sort dotted paths of the study file by the choice that sets them; other keys stand alone."""
    found: dict[str, list[str]] = {}
    for path in paths:
        # the longest key that fits is the one that is meant: cox.covariates before cox
        fits = [
            (len(key), name)
            for name, (keys, _, _) in SAID.items()
            for key in keys
            if path == key or path.startswith(f"{key}.")
        ]
        if path.endswith(".milestones"):
            fits = [(0, "milestones")]
        found.setdefault(max(fits)[1] if fits else path, []).append(path)
    return found


def told(used: Mapping[str, Any], before: Study, now: Study) -> str:
    """Say in what the settings of an output differ from the study file's: "ties: Efron, not ...".

    Parameters
    ----------
    used : mapping
        From `used.used_by`.
    before, now : Study
        As the study file has it, and as it was for the output.
    """
    parts = []
    for name, paths in differing(used.get("paths", [])).items():
        if name == "milestones":
            parts.append(f"milestones {_milestones(now)} instead of {_milestones(before)}")
        elif name not in SAID:
            parts.append(f"`{', '.join(paths)}` changed in the notebook")
        else:
            was, is_ = in_words(before, name), in_words(now, name)
            if was != is_:
                parts.append(f"{SAID[name][1]}: {is_} instead of {was}")
            elif name != "colours":
                parts.append(f"`{', '.join(paths)}` changed in the notebook")
    patients = used.get("patients")
    if patients:
        parts.append(
            f"{patients['n']} of {counted(patients['of'], 'patient')} ({md(patients['why'])})"
        )
    return "; ".join(parts)


def _milestones(study: Study) -> str:
    months = [_months(spec.milestones) for spec in study.endpoints.values()]
    return listed(list(dict.fromkeys(months))) or NOBODY
