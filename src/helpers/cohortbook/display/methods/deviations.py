"""Which parts of a report were made with other settings than the study file's, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...formats import conf_label, level
from ...formats import markdown as md
from ...study.parts import Covariate
from ...study.settings import NonProportional
from ...study.study import Study
from ..words import counted, listed, lower

NOBODY = "none"
ESTIMANDS = {
    "overlap": "overlap of the arms",
    "ate": "all patients",
    "att": "patients of the comparison arm",
}
WEIGHT_MODELS = {"cox": "Cox", "logistic": "pooled logistic"}


def _covariates(study: Study) -> str:
    return _named(study, study.covariates)


def _named(study: Study, covariates: Sequence[Covariate]) -> str:
    if not covariates:
        return NOBODY
    told = []
    for covariate in covariates:
        text = lower(md(study.variables[covariate.variable].label))
        if covariate.per != 1:
            text += f" (per {md(study.per_units(covariate.variable, [covariate]))})"
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


def _variable(study: Study, name: str | None) -> str:
    return lower(md(study.variables[name].label)) if name else NOBODY


def _milestones(study: Study) -> str:
    months = [_months(spec.milestones) for spec in study.endpoints.values()]
    return listed(list(dict.fromkeys(months))) or NOBODY


SUMMARIES = {
    "median_range": "median (range)",
    "median_iqr": "median (interquartile range)",
    "mean_sd": "mean (SD)",
}


def _summary(study: Study) -> str:
    """Say how the continuous rows of the baseline table are summarised."""
    rows = [row for row in study.baseline if study.variables[row.variable].kind == "continuous"]
    return listed([SUMMARIES[one] for one in dict.fromkeys(row.summary for row in rows)]) or NOBODY


def _months(months: Sequence[float]) -> str:
    return listed([f"{month:g}" for month in months]) or NOBODY


def _events(study: Study) -> str:
    return listed([md(term) for term in study.adverse_events.terms]) or "all that were recorded"


def _of(study: Study, of: Callable[[NonProportional], list[str]]) -> str:
    asked = study.non_proportional
    return listed(of(asked)) or NOBODY if asked else NOBODY


def _splines(study: Study) -> str:
    told = []
    for name, spec in study.splines.items():
        at = "" if spec.reference is None else f" (reference {spec.reference:g})"
        told.append(lower(md(study.variables[name].label)) + at)
    return listed(told) or NOBODY


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
    "cut_points": (("variables", "columns"), "cut-points", _cut_points),
    "covariates": (("cox.covariates", "cox"), "covariates", _covariates),
    "univariable_coding": (
        ("cox.univariable_coding",),
        "levels of a factor alone",
        lambda s: (
            "each against the rest"
            if s.cox.univariable_coding == "indicator"
            else "each against the reference level"
        ),
    ),
    "strata": (("cox.strata",), "strata", lambda s: _variable(s, s.cox.strata)),
    "cluster": (("cox.cluster",), "clusters", lambda s: _variable(s, s.cox.cluster)),
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
    "summary": (("baseline",), "continuous variables", _summary),
    "milestones": ((), "milestones (months)", _milestones),
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
    "grace": (
        ("treatment_start.grace",),
        "grace period (months)",
        lambda s: f"{s.treatment_start.grace:g}",
    ),
    "weight_model": (
        ("treatment_start.weights",),
        "model of the chance to begin",
        lambda s: WEIGHT_MODELS[s.treatment_start.weights],
    ),
    "truncate": (
        ("treatment_start.truncate",),
        "quantile at which weights are truncated",
        lambda s: f"{s.treatment_start.truncate:g}" if s.treatment_start.truncate else NOBODY,
    ),
    "clone_resamples": (
        ("treatment_start.resamples",),
        "bootstrap resamples of clone-censor-weight, at most",
        lambda s: f"{s.treatment_start.resamples:,}",
    ),
    "estimand": (
        ("weighting.estimand",),
        "estimand of the weights",
        lambda s: ESTIMANDS[s.weighting.estimand],
    ),
    "match_method": (("weighting.match.method",), "matching", lambda s: s.weighting.match.method),
    "match_order": (
        ("weighting.match.order",),
        "first to be matched",
        lambda s: s.weighting.match.order,
    ),
    "caliper": (
        ("weighting.match.caliper",),
        "caliper (SD)",
        lambda s: f"{s.weighting.match.caliper:g}" if s.weighting.match.caliper else NOBODY,
    ),
    "match_ratio": (
        ("weighting.match.ratio",),
        "matched to each one",
        lambda s: str(s.weighting.match.ratio),
    ),
    "standardise": (
        ("weighting.standardise",),
        "standardised curves",
        lambda s: "yes" if s.weighting.standardise else "no",
    ),
    "standard_resamples": (
        ("weighting.resamples",),
        "bootstrap resamples of standardised curves, at most",
        lambda s: f"{s.weighting.resamples:,}",
    ),
    "weighted_tests": (
        ("non_proportional.weighted_tests",),
        "weighted tests (rho, gamma)",
        lambda s: _of(s, lambda asked: [f"({a:g}, {b:g})" for a, b in asked.weighted_tests]),
    ),
    "periods": (
        ("non_proportional.periods", "non_proportional"),
        "ends of periods (months)",
        lambda s: _of(s, lambda asked: [f"{month:g}" for month in asked.periods]),
    ),
    "log_time": (
        ("non_proportional.log_time",),
        "hazard ratio by log time",
        lambda s: _of(s, lambda asked: ["fitted"] * asked.log_time),
    ),
    "differences": (
        ("non_proportional.differences",),
        "differences over time",
        lambda s: _of(s, lambda asked: [d.replace("_", " ") for d in asked.differences]),
    ),
    "splines": (("splines",), "splines", _splines),
    "knots": (
        (),
        "knots of splines",
        lambda s: (
            listed(list(dict.fromkeys(str(one.knots) for one in s.splines.values()))) or NOBODY
        ),
    ),
    "model_endpoint": (
        ("model.endpoint",),
        "endpoint of the prognostic model",
        lambda s: md(s.endpoints[s.predicted_endpoint].short),
    ),
    "predictors": (
        ("model.covariates", "model"),
        "covariates of the prognostic model",
        lambda s: _named(s, s.predictors),
    ),
    "risk_month": (
        ("model.horizon",),
        "month of the predicted risk",
        lambda s: f"{s.model.horizon:g}",
    ),
    "model_resamples": (
        ("model.resamples",),
        "bootstrap resamples of the prognostic model",
        lambda s: f"{s.model.resamples:,}",
    ),
    "penalty": (
        ("model.penalty",),
        "penalty of the prognostic model",
        lambda s: s.model.penalty,
    ),
    "folds": (("model.folds",), "parts of the cross-validation", lambda s: str(s.model.folds)),
    "imputations": (
        ("missing.copies",),
        "imputed copies",
        lambda s: str(s.missing.copies or "as many as their precision asks"),
    ),
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
            (len(key), name)  # `variables` tells of the summary of the same rows too
            for name, (keys, _, _) in SAID.items()
            for key in keys
            if name != "summary" and (path == key or path.startswith(f"{key}."))
        ]
        if path.endswith(".milestones"):
            fits = [(0, "milestones")]
        if path.startswith("splines.") and path.endswith(".knots"):
            fits = [(0, "knots")]
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
        texts, others = _told_of(name, paths, before, now)
        parts += texts
        if others:
            parts.append(f"`{', '.join(others)}` changed in the notebook")
    patients = used.get("patients")
    if patients:
        parts.append(
            f"{patients['n']} of {counted(patients['of'], 'patient')} ({md(patients['why'])})"
        )
    return "; ".join(parts)


def _told_of(name: str, paths: list[str], before: Study, now: Study) -> tuple[list[str], list[str]]:
    """Say in what a choice differs; give also those of its keys of which that says nothing."""
    if name == "cut_points":
        return _told_of_cuts(paths, before, now)
    if name == "colours":
        was, is_ = ([arm.color for arm in study.arms] for study in (before, now))
        others = [arm.model_dump(exclude={"color"}) for arm in before.arms] != [
            arm.model_dump(exclude={"color"}) for arm in now.arms
        ]
        text = _instead(SAID[name][1], in_words(now, name), in_words(before, name))
        return ([text] if was != is_ else []), paths * others
    if name == "variables":
        names = [_instead_of(one, before, now) for one in ("variables", "summary")]
        found = [text for text in names if text]
        return found, [] if found else paths
    if name in PLACES and PLACES[name](before) == PLACES[name](now):
        return [], [] if _cuts_that_differ(before, now) else paths
    return _told_of_one(name, paths, before, now)


def _told_of_one(
    name: str, paths: list[str], before: Study, now: Study
) -> tuple[list[str], list[str]]:
    if name == "reference_arm":
        text = _instead("reference arm", md(now.reference.label), md(before.reference.label))
    else:
        text = _instead_of(name, before, now) if name in SAID else ""
    return ([text], []) if text else ([], paths)


def _instead(what: str, now: str, before: str) -> str:
    return f"{what}: {now} instead of {before}"


def _instead_of(name: str, before: Study, now: Study) -> str:
    was, is_ = in_words(before, name), in_words(now, name)
    return _instead(SAID[name][1], is_, was) if was != is_ else ""


def _place(study: Study, variable: str, level: str | None) -> int | None:
    """Give the place of a level: another cut-point changes its name, and not its place."""
    levels = study.levels(variable)
    return levels.index(level) if level in levels else None


PLACES: dict[str, Callable[[Study], Any]] = {
    "covariates": lambda study: (
        study.cox
        and [(c.variable, _place(study, c.variable, c.reference), c.per) for c in study.covariates]
    ),
    "subgroups": lambda study: [
        (group.name, group.variable, _place(study, group.variable, group.level))
        for group in study.subgroups
    ],
}
"""What covariates and subgroups are, whatever their levels are called."""


def _cuts_that_differ(before: Study, now: Study) -> list[str]:
    return [
        name
        for name, variable in now.variables.items()
        if variable.cut
        and (name not in before.variables or before.variables[name].at != variable.at)
    ]


def _told_of_cuts(paths: list[str], before: Study, now: Study) -> tuple[list[str], list[str]]:
    names = _cuts_that_differ(before, now)
    texts = []
    for name in names:
        at = [listed([_at(point) for point in study.variables[name].at]) for study in (now, before)
              if name in study.variables]  # fmt: skip
        label = lower(md(now.variables[name].label))
        texts.append(f"cut-point of {label}: {' instead of '.join(at)}")
    others = [
        path for path in paths if not any(path.startswith(f"variables.{one}") for one in names)
    ]
    return texts, others
