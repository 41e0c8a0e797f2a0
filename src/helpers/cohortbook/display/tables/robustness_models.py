"""Tables of the effect under other models: covariates, estimators, patients, weights."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ... import formats
from ...analysis.robustness.weighting import ROBUST
from ...results import pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..words import exposures, p_text
from .common import sentence, variable_label, with_numbers
from .precision import resamples_told

MODELS = {"crude": "Crude", "adjusted": "Adjusted"}
ABBREVIATIONS = {"HR": "hazard ratio", "CI": "confidence interval"}


def added_covariates_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out the treatment's hazard ratio by covariates added (`analysis.robustness`)."""
    conf, endpoints = formats.conf_label(study.statistics.conf_level), list(study.endpoints)
    rows = []
    for term in dict.fromkeys(results["term"]):
        cells = []
        for endpoint in endpoints:
            found = pick(results, term=term, endpoint=endpoint).iloc[0]
            cells += [
                formats.ratio_interval(found["estimate"], found["conf_low"], found["conf_high"]),
                p_text(found["p_value"], study),
            ]
        label = (
            f"{study.exposure_label} alone" if term == "arm" else f"+ {study.variables[term].label}"
        )
        rows.append(Row((label, *cells)))
    header = [
        text
        for endpoint in endpoints
        for text in (f"{study.endpoints[endpoint].short}: HR ({conf})", "P value")
    ]
    return Table(
        columns=["Covariates in the model", *header],
        rows=with_numbers(rows),
        caption=f"The {exposures(study)} hazard ratio as covariates are added to the model.",
        notes=["Each row keeps the covariates above it."],
        abbreviations=study.texts.abbreviations | ABBREVIATIONS,
        widths=[2.2, *([1.5, 0.7] * len(endpoints))],
    )


def specification_table(summary: pd.DataFrame, study: Study) -> Table:
    """Lay out how each covariate moves the treatment's hazard ratio (`specification_summary`)."""
    rows = []
    for covariate in study.covariates:
        cells = []
        for endpoint in study.endpoints:
            part = pick(summary, endpoint=endpoint, term=covariate.variable)
            shift, share = pick(part, statistic="shift"), pick(part, statistic="significant")
            both = [
                formats.percentage(pick(share, level=level).iloc[0]["estimate"], 0)
                for level in ("with", "without")
            ]
            cells += [formats.ratio(shift.iloc[0]["estimate"]), " / ".join(both)]
        rows.append(Row((variable_label(study, covariate.variable, unit=False), *cells)))
    header = [
        text
        for spec in study.endpoints.values()
        for text in (f"{spec.short}: HR multiplied by", "P below level, with / without (%)")
    ]
    return Table(
        ["Covariate", *header],
        with_numbers(rows),
        f"How each covariate moves the {exposures(study)} adjusted hazard ratio, over all sets of "
        "the other covariates.",
        notes=[
            "HR multiplied by: geometric mean of the hazard ratio in the models with the "
            "covariate over that in the same models without it."
        ],
        abbreviations=study.texts.abbreviations | ABBREVIATIONS,
        widths=[2.0, *([1.1, 1.2] * len(study.endpoints))],
    )


def estimates_table(sparse: pd.DataFrame, bootstrap: pd.DataFrame, study: Study) -> Table:
    """Lay out one hazard ratio by several estimators (`sparse_data`, `bootstrap`)."""
    conf = formats.conf_label(study.statistics.conf_level)
    levels = [level for level in MODELS if level in set(sparse["level"])]
    names = {
        "likelihood": "Maximum likelihood, Wald limits",
        "firth": "Firth, profile limits",
        "percentile": "Bootstrap percentiles",
        "bca": "Bootstrap, BCa limits",
    }
    results = pick(pd.concat([sparse, bootstrap]), statistic="hr")
    rows = []
    for endpoint, spec in study.endpoints.items():
        rows.append(Row((spec.label,), group=True))
        for term, name in names.items():
            found = pick(results, endpoint=endpoint, term=term)
            cells = [cell for level in levels for cell in _effect(pick(found, level=level), study)]
            rows.append(Row((name, *cells), indent=1))
    header = [text for level in levels for text in (f"{MODELS[level]} HR ({conf})", "P value")]
    return Table(
        ["Estimator", *header],
        with_numbers(rows),
        f"The {exposures(study)} hazard ratio by several estimators.",
        notes=precision_notes(bootstrap),
        abbreviations=study.texts.abbreviations
        | ABBREVIATIONS
        | {"BCa": "bias-corrected and accelerated"},
        widths=[2.0, *([1.6, 0.7] * len(levels))],
    )


def precision_notes(results: pd.DataFrame) -> list[str]:
    """Say how many resamples were made, and to how much their limits are known; [] without any."""
    errors = pick(results, statistic="limit_error")
    kinds = {"percentile": errors[errors["term"] != "bca"], "BCa": pick(errors, term="bca")}
    # of the weights the estimate counts those that gave one, and `n` all
    return resamples_told(
        pick(results, statistic="resamples")["n"],
        {kind: part["estimate"] for kind, part in kinds.items()},
    )


def _effect(found: pd.DataFrame, study: Study) -> list[Cell]:
    """Print a hazard ratio with its doubts, and its P."""
    if found.empty:
        return [Cell(formats.EMPTY), Cell(formats.EMPTY)]
    result = found.iloc[0]
    text = formats.ratio_interval(result["estimate"], result["conf_low"], result["conf_high"])
    notes = (sentence(result["note"]),) if result["note"] else ()
    return [Cell(text, notes), Cell(p_text(result["p_value"], study))]


def _range(result: pd.Series, shown: Callable[[float], str]) -> str:
    """Print from what to what a number ranged; one text where both ends are printed alike."""
    low, high = shown(result["conf_low"]), shown(result["conf_high"])
    return low if low == high else f"{low} to {high}"


def leave_one_out_table(summary: pd.DataFrame, study: Study) -> Table:
    """Lay out the range of hazard ratio and P without one patient (`leave_one_out_summary`)."""
    rows = []
    for endpoint, spec in study.endpoints.items():
        for level in dict.fromkeys(pick(summary, endpoint=endpoint)["level"]):
            part = pick(summary, endpoint=endpoint, level=level).set_index("statistic")
            hr, p, decides = (part.loc[name] for name in ("hr_range", "p_range", "decides"))
            rows.append(
                Row(
                    (
                        f"{spec.short}, {MODELS[level].lower()}",
                        formats.ratio(hr["estimate"]),
                        _range(hr, formats.ratio),
                        p_text(p["estimate"], study),
                        _range(p, lambda value: p_text(value, study)),
                        f"{decides['estimate']:.0f} of {decides['n']:.0f}"
                        if decides["n"]
                        else formats.EMPTY,
                        f"no. {decides['term']} ({p_text(decides['p_value'], study)})"
                        if decides["term"]
                        else formats.EMPTY,
                    )
                )
            )
    notes = ["Patients are numbered in the order of the study's table."]
    notes += [sentence(note) for note in dict.fromkeys(summary["note"]) if note]
    return Table(
        [
            "Endpoint, model",
            "HR, all patients",
            "HR without one",
            "P, all patients",
            "P without one",
            "Patients who decide",
            "The one who moves P most (P without)",
        ],
        with_numbers(rows),
        f"The {exposures(study)} hazard ratio with "
        f"{'each patient' if all(summary['note'] == '') else 'single patients'} left out in turn.",
        notes=notes,
        abbreviations=study.texts.abbreviations | ABBREVIATIONS,
        widths=[1.5, 1.0, 1.5, 1.0, 1.5, 1.1, 1.5],
    )


def landmark_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out the effect among those event-free at each landmark (`landmarks`)."""
    conf = formats.conf_label(study.statistics.conf_level)
    models = [term for term in MODELS if term in set(results["term"])]
    rows = []
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        rows.append(Row((spec.label,), group=True))
        for level in dict.fromkeys(pick(part, statistic="hr")["level"]):
            rows.append(_landmark_row(pick(part, level=level), level, models, study))
    header = [text for term in models for text in (f"{MODELS[term]} HR ({conf})", "P value")]
    arms = " / ".join(study.arm_label(code) for code in study.arm_codes)
    return Table(
        ["Landmark (months)", f"Lost: {arms}", "Events / patients", *header],
        with_numbers(rows, 3),
        f"The {exposures(study)} hazard ratio among patients event-free and in follow-up beyond "
        "a landmark.",
        notes=["Lost: patients with an event, or whose follow-up ended, up to the landmark."],
        abbreviations=study.texts.abbreviations | ABBREVIATIONS,
        widths=[1.1, 1.2, 1.0, *([1.6, 0.7] * len(models))],
    )


def _landmark_row(part: pd.DataFrame, level: str, models: list[str], study: Study) -> Row:
    lost = [pick(part, statistic="lost", group=code).iloc[0] for code in study.arm_codes]
    effects = pick(part, statistic="hr")
    whole = effects.iloc[0]
    last = len(pick(part, statistic="last_procedure")) > 0
    label = Cell(level, ("The last patient had the procedure in this month.",) if last else ())
    cells = [cell for term in models for cell in _effect(pick(effects, term=term), study)]
    return Row(
        (
            label,
            " / ".join(f"{one['estimate']:.0f}" for one in lost),
            f"{whole['n_events']:.0f} / {whole['n']:.0f}",
            *cells,
        ),
        indent=1,
    )


def weights_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out what the propensity weights do: sizes, largest weights, effects (`weighting`)."""
    kinds = {"overlap": "Overlap weights", "inverse": "Inverse probability weights"}
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    for statistic, name in (
        ("effective_n", "Effective sample size"),
        ("largest_weight", "Largest weight (share of the arm)"),
    ):
        rows.append(Row((name,), group=True))
        for code in study.arm_codes:
            part = pick(results, group=code)
            cells = [_size(pick(part, level=kind), statistic) for kind in kinds]
            rows.append(Row((study.arm_label(code), *cells), indent=1))
    rows.append(Row((f"Weighted HR ({conf}); P value",), group=True))
    for endpoint, spec in study.endpoints.items():
        cells = []
        for kind in kinds:
            found = pick(results, endpoint=endpoint, level=kind, statistic="hr")
            hr, p = _effect(found, study)
            cells.append(Cell(f"{hr.text}; {p.text}", hr.notes))
        rows.append(Row((spec.label, *cells), indent=1))
    return Table(
        ["Measure", *kinds.values()],
        with_numbers(rows),
        "Propensity weights and the weighted hazard ratios.",
        notes=[_limits_of_weights(results), *precision_notes(results)],
        abbreviations=study.texts.abbreviations | ABBREVIATIONS,
        widths=[1.6, 1.5, 1.5],
    )


def _limits_of_weights(results: pd.DataFrame) -> str:
    if results["method"].str.contains(ROBUST).any():
        return "Limits and P by the robust variance; the cohort is too large for a bootstrap."
    return (
        "Limits by bootstrap percentiles with the propensity model fitted anew in each "
        "resample; P by the robust variance."
    )


def _size(part: pd.DataFrame, statistic: str) -> Cell:
    found = pick(part, statistic=statistic)
    if found.empty or pd.isna(found.iloc[0]["estimate"]):
        return Cell(formats.NOT_ESTIMABLE)
    result = found.iloc[0]
    if statistic == "effective_n":
        return Cell(f"{formats.number(result['estimate'], 1)} of {result['n']:.0f}")
    share = pick(part, statistic="largest_share").iloc[0]["estimate"]
    return Cell(f"{formats.number(result['estimate'], 2)} ({formats.percentage(share, 1)}%)")
