"""The table of a sweep: one row a point."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ... import formats
from ...results import pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..words import p_text
from .common import sentence


def sweep_table(results: Mapping[str, pd.DataFrame], study: Study) -> Table:
    """Lay out patients, events, medians by arm, hazard ratio and log-rank P of each point.

    Parameters
    ----------
    results : mapping
        Label of each point to tidy results, analysis "survival", of one endpoint.
    study : Study
    """
    conf = formats.conf_label(study.statistics.conf_level)
    medians = [f"Median (months), {study.arm_label(code)}" for code in study.arm_codes]
    return Table(
        columns=[
            "Point",
            "Endpoint",
            "Events / patients",
            *medians,
            f"Hazard ratio ({conf})",
            "Log-rank P",
        ],
        rows=[Row((label, *_cells(part, study))) for label, part in results.items()],
        caption="The points of the sweep.",
        notes=[
            f"Hazard ratio of {study.comparison_arm.label} against {study.reference.label}, "
            "Cox model without covariates.",
            "Points are compared by eye: no test corrects for how many there are.",
        ],
        abbreviations={"NR": "not reached", "CI": "confidence interval", "HR": "hazard ratio"},
        widths=[2.4, 0.9, 1.1, *[1.3] * len(medians), 1.7, 0.9],
    )


def _cells(part: pd.DataFrame, study: Study) -> list[str | Cell]:
    overall = pick(part, statistic="median", group="overall").iloc[0]
    hazard, test = (pick(part, statistic=name).iloc[0] for name in ("hr", "logrank"))
    ratio = formats.ratio_interval(hazard["estimate"], hazard["conf_low"], hazard["conf_high"])
    endpoint = study.endpoints.get(overall["endpoint"])
    return [
        endpoint.short if endpoint else str(overall["endpoint"]),
        f"{overall['n_events']:.0f} / {overall['n']:.0f}",
        *(_median(part, code) for code in study.arm_codes),
        Cell(ratio, tuple(map(sentence, filter(None, [hazard["note"]])))),
        Cell(p_text(test["p_value"], study), tuple(map(sentence, filter(None, [test["note"]])))),
    ]


def _median(part: pd.DataFrame, code: str) -> str:
    found = pick(part, statistic="median", group=code)
    return formats.months(found.iloc[0]["estimate"]) if len(found) else "no patients"
