"""Table of medians, milestones and the comparison of the arms."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...results import mark_of, one, pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..sentences import competing, entry
from ..words import capital, everybody, listed, p_text
from .common import of_one_arm, sentence

CONF_METHODS = {
    "log-log": "log-log transformed",
    "log": "log transformed",
    "plain": "Brookmeyer-Crowley, untransformed",
}


def median_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out events, medians, log-rank P and the crude hazard ratio, by endpoint and population.

    Parameters
    ----------
    results : DataFrame
        From `analysis.survival.survival`, any number of endpoints and populations stacked.
    study : Study
    """
    conf = formats.conf_label(study.statistics.conf_level)
    rows: list[Row] = []
    for (endpoint, population), part in results.groupby(["endpoint", "population"], sort=False):
        label = study.endpoints[endpoint].label
        rows.append(
            Row(
                (label if population == "all" else f"{label}, {_name(study, population)}",),
                group=True,
            )
        )
        rows += [_group_row(part, study, group) for group in _shown(part, study)]
    versus = " against ".join(study.arm_label(code) for code in reversed(study.arm_codes))
    difference = Cell(
        f"Hazard ratio ({conf})",
        (f"{versus}, Cox model without covariates, {study.statistics.ties.title()} ties.",),
    )
    table = Table(
        columns=[
            "Group",
            "Events / patients",
            f"Median, months ({conf})",
            difference,
            "Log-rank P",
        ],
        rows=rows,
        caption=_caption(results, study),
        notes=[
            f"Kaplan-Meier estimates; {CONF_METHODS[study.statistics.conf_type]} "
            "confidence limits.",
            *filter(
                None,
                [competing.plain_note(study, results["endpoint"]), entry.note(study, model=True)],
            ),
        ],
        abbreviations=study.texts.abbreviations
        | {"NR": "not reached", "CI": "confidence interval"},
        widths=[2.2, 1.1, 1.6, 1.7, 0.9],
    )
    return of_one_arm(table, study, 3, 4)


def _caption(results: pd.DataFrame, study: Study) -> str:
    by = ["endpoint"]
    by += ["arm"] * study.compares + (["subgroup"] if results["population"].nunique() > 1 else [])
    return f"Survival by {listed(by)}."


def _shown(part: pd.DataFrame, study: Study) -> list[str]:
    order = ["overall", *(arm.code for arm in study.arms if study.compares)]
    present = set(pick(part, statistic="median")["group"])
    return [group for group in order if group in present]


def _group_row(part: pd.DataFrame, study: Study, group: str) -> Row:
    median = one(part, statistic="median", group=group)
    label = capital(everybody(study)) if group == "overall" else study.arm_label(group)
    cells = [
        " / ".join(formats.count(median[c], mark_of(median, c)) for c in ("n_events", "n")),
        formats.months_interval(median["estimate"], median["conf_low"], median["conf_high"]),
    ]
    if group in ("overall", study.reference_arm):
        return Row((label, *cells, "", ""), indent=1)
    hazard, test = (one(part, statistic=name, group="difference") for name in ("hr", "logrank"))
    shown = formats.ratio_interval(hazard["estimate"], hazard["conf_low"], hazard["conf_high"])
    if hazard["note"] == formats.WITHHELD:
        return Row((label, *cells, formats.WITHHELD, formats.WITHHELD), indent=1)
    notes = tuple(sentence(note) for note in (hazard["note"],) if note)
    doubts = tuple(sentence(note) for note in (test["note"],) if note)
    return Row(
        (label, *cells, Cell(shown, notes), Cell(p_text(test["p_value"], study), doubts)), indent=1
    )


def _name(study: Study, population: str) -> str:
    return next((s.label for s in study.subgroups if s.name == population), population)
