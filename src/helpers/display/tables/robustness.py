"""Table of the treatment's effect as covariates are added."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...results import pick
from ...study import Study
from ..table import Row, Table


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
                formats.p_value(found["p_value"]),
            ]
        label = "Treatment alone" if term == "arm" else f"+ {study.variables[term].label}"
        rows.append(Row((label, *cells)))
    header = [
        text for endpoint in endpoints
        for text in (f"{study.endpoints[endpoint].short}: HR ({conf})", "P value")
    ]
    return Table(
        columns=["Covariates in the model", *header],
        rows=rows,
        caption="Hazard ratio of the treatment as covariates are added to the model.",
        notes=["Each row keeps the covariates above it."],
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[2.2, *([1.5, 0.7] * len(endpoints))],
    )
