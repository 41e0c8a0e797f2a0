"""Table of the treatment's effect within strata and with limits by clusters."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.stratified import ADJUSTED, CLUSTERS, STRATA
from ...results import pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..words import capital, p_text
from .common import sentence, variable_label


def stratified_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out tests and hazard ratios of each endpoint (`analysis.stratified.stratified`)."""
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    names = {STRATA: study.cox.strata, CLUSTERS: study.cox.cluster}
    how = {STRATA: "stratified by", CLUSTERS: "robust by"}
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        if len(part):
            rows.append(Row((spec.label,), group=True))
        for _, found in part[part["statistic"] != "groups"].iterrows():
            what = {"logrank": "log-rank test", "hr": "Cox model"}[found["statistic"]]
            if found["term"] == ADJUSTED:
                what = f"adjusted {what}"
            of = variable_label(study, names[found["level"]], unit=False)
            groups = pick(part, level=found["level"], statistic="groups").iloc[0]["estimate"]
            notes = (sentence(found["note"]),) if found["note"] else ()
            text = formats.EMPTY
            if found["statistic"] == "hr":
                text = formats.ratio_interval(*found[["estimate", "conf_low", "conf_high"]])
            rows.append(Row((
                f"{capital(what)}, {how[found['level']]} {of} ({groups:.0f})",
                f"{found['n_events']:.0f} / {found['n']:.0f}",
                Cell(text, notes if found["statistic"] == "hr" else ()),
                Cell(p_text(found["p_value"], study), () if found["statistic"] == "hr" else notes),
            ), indent=1))  # fmt: skip
    what = " and ".join(["within strata"] * bool(names[STRATA])
                        + ["with limits by clusters"] * bool(names[CLUSTERS]))  # fmt: skip
    return Table(
        ["Test or model", "Events / patients", f"HR ({conf})", "P value"],
        rows,
        f"The {study.texts.exposure}'s effect {what}.",
        notes=["In brackets: how many strata or clusters."],
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[3.2, 1.3, 1.7, 0.8],
    )
