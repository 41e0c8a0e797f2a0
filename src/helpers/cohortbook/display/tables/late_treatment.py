"""Tables of a treatment that began during follow-up: the comparisons side by side, the weights."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.time_dependent import APPROACHES, CLONES, STATE, WITHIN, WITHOUT
from ...results import pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..sentences.late_treatment import MODELS, heading_of
from ..words import exposures, p_text
from .common import sentence
from .precision import resamples_told

ABBREVIATIONS = {"HR": "hazard ratio", "CI": "confidence interval"}
STRATEGIES = {WITHIN: "begin", WITHOUT: "do not begin"}


def late_treatment_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out the hazard ratio by each analysis, crude and adjusted (`time_dependent`)."""
    conf, models = formats.conf_label(study.statistics.conf_level), _models(results)
    rows = []
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        rows.append(Row((spec.label,), group=True))
        for level in APPROACHES:
            rows.append(_row(heading_of(level, study), pick(part, statistic="hr", level=level),
                             models, study))  # fmt: skip
            if level == STATE:
                test = pick(part, statistic="mantel_byar")
                rows.append(_row("Mantel-Byar test", test, models, study, ratio=False))
            if level == CLONES:
                drawn = pick(part, statistic="hr_bootstrap")
                rows.append(_row(f"{heading_of(level, study)}, bootstrap limits", drawn, models,
                                 study))  # fmt: skip
    header = [text for term in models for text in (f"{MODELS[term]} HR ({conf})", "P value")]
    return Table(
        ["Analysis", "Patients", *header],
        rows,
        f"The {exposures(study)} hazard ratio with and without the time before it began.",
        notes=[
            "By final group the time before the start counts as treated: that row is shown for "
            "comparison only. The others answer different questions and need not agree.",
            *resamples_told(
                pick(results, statistic="resamples")["estimate"],
                {"percentile": pick(results, statistic="limit_error")["estimate"]},
            ),
        ],
        abbreviations=study.texts.abbreviations | ABBREVIATIONS,
        widths=[2.7, 0.7, *([1.6, 0.7] * len(models))],
    )


def _models(results: pd.DataFrame) -> list[str]:
    return [term for term in MODELS if term in set(results["term"])]


def _row(
    name: str, found: pd.DataFrame, models: list[str], study: Study, ratio: bool = True
) -> Row:
    cells: list[Cell | str] = []
    for term in models:
        cells += _cells(pick(found, term=term), study, ratio)
    n = f"{found.iloc[0]['n']:.0f}" if len(found) else formats.EMPTY
    return Row((name, n, *cells), indent=1)


def _cells(found: pd.DataFrame, study: Study, ratio: bool) -> list[Cell | str]:
    """Print a hazard ratio with its doubts, and its P; a test has no ratio."""
    if found.empty:
        return [formats.EMPTY, formats.EMPTY]
    result = found.iloc[0]
    notes = (sentence(result["note"]),) if result["note"] else ()
    text = formats.EMPTY
    if ratio:
        text = formats.ratio_interval(result["estimate"], result["conf_low"], result["conf_high"])
    p = p_text(result["p_value"], study)
    return [Cell(text, notes if ratio else ()), Cell(p, () if ratio else notes)]


def clone_weights_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out the weights of clone-censor-weight by strategy."""
    rows, models = [], _models(results)
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint, level=CLONES)
        if pick(part, statistic="weight_mean").empty:
            continue
        rows.append(Row((spec.label,), group=True))
        for term in models:
            for group, name in STRATEGIES.items():
                own = pick(part, term=term, group=group).set_index("statistic")
                worth = own.loc["weight_effective"]
                rows.append(Row((
                    f"{MODELS[term]}, {name}",
                    f"{own.loc['artificially_censored', 'estimate']:.0f} of {_copies(own):.0f}",
                    formats.number(own.loc["weight_mean", "estimate"], 2),
                    formats.number(own.loc["weight_max", "estimate"], 1),
                    f"{formats.number(worth['estimate'], 1)} of {worth['n']:.0f}",
                ), indent=1))  # fmt: skip
    start = study.treatment_start
    grace = f"{start.grace:g}" if start else ""
    cut = f"Weights above their {100 * start.truncate:g}th percentile were set to it." if (
        start and start.truncate) else "Weights were not truncated."  # fmt: skip
    return Table(
        [
            "Models, strategy",
            "Copies censored",
            "Mean weight",
            "Largest",
            "Effective number at risk",
        ],
        rows,
        "Weights of clone-censor-weight.",
        notes=[
            f"Each patient is in both strategies: to begin by month {grace}, and not to. A copy is "
            "censored when the patient departs from the strategy.",
            "Effective number: what the weighted copies at risk after the grace period are worth, "
            f"of how many. {cut}",
        ],
        abbreviations=study.texts.abbreviations,
        widths=[2.0, 1.2, 1.0, 0.8, 1.6],
    )


def _copies(own: pd.DataFrame) -> float:
    """Give how many copies a strategy began with."""
    return float(own.loc["artificially_censored", "n"])
