"""Table of three or more arms: each against the reference, and the tests of all and of pairs."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ... import formats
from ...analysis.several_arms import ADJUSTED
from ...results import pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..methods.settings import ADJUSTMENTS
from ..words import p_text
from .common import sentence


def several_arms_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out each endpoint (`analysis.several_arms.several_arms`); `study` has all arms."""
    conf, rows = formats.conf_label(study.statistics.conf_level), []
    adjusted = ADJUSTED in set(results["term"])
    for endpoint, spec in study.endpoints.items():
        part = pick(results, endpoint=endpoint)
        ratios = pick(part, statistic="hr")
        if ratios.empty:
            continue
        first = ratios.iloc[0]
        size = f": {first['n']:.0f} patients, {first['n_events']:.0f} events" if adjusted else ""
        rows.append(Row((f"{spec.label}{size}",), group=True))
        rows += _arms(part, study)
        rows += _tests(part, study)
    how = ADJUSTMENTS.get(study.robustness.p_adjustment, "")
    notes = ["Hazard ratios are of one Cox model of all arms"
             + (" with the covariates." if adjusted else ".")]  # fmt: skip
    if not adjusted:
        notes.append(
            "P of an arm is of its hazard ratio; of all arms and of each pair, of log-rank tests, "
            + (f"those of the pairs also adjusted {how}." if how else "without adjustment.")
        )
    columns = ["Arm or test", "Events / patients", f"HR ({conf})", "P value", "Adjusted P"]
    widths = [2.8, 1.3, 1.7, 0.8, 0.9]
    if adjusted:  # no tests, and one size for all
        rows = [row if row.group else replace(row, cells=row.cells[::2][:2] + row.cells[3:4])
                for row in rows]  # fmt: skip
        columns, widths = ["Arm", columns[2], columns[3]], [2.8, 1.7, 0.8]
    return Table(
        columns,
        rows,
        "All arms compared" + (", adjusted." if adjusted else "."),
        notes=notes,
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=widths,
    )


def _arms(part: pd.DataFrame, study: Study) -> list[Row]:
    sizes, rows = pick(part, statistic="events").set_index("group"), []
    for code in study.arm_codes:
        size = formats.EMPTY
        if code in sizes.index:
            size = f"{sizes.loc[code, 'n_events']:.0f} / {sizes.loc[code, 'n']:.0f}"
        text, p, notes = "1 (reference)", formats.EMPTY, ()
        for _, found in pick(part, statistic="hr", level=code).iterrows():
            text = formats.ratio_interval(*found[["estimate", "conf_low", "conf_high"]])
            p, notes = (
                p_text(found["p_value"], study),
                tuple(sentence(note) for note in [found["note"]] if note),
            )
        label = study.arm_label(code)
        rows.append(Row((label, size, Cell(text, notes), p, formats.EMPTY), indent=1))
    return rows


def _tests(part: pd.DataFrame, study: Study) -> list[Row]:
    rows = []
    for _, found in pick(part, statistic="global").iterrows():
        notes = (sentence(found["note"]),) if found["note"] else ()
        p = Cell(p_text(found["p_value"], study), notes)
        rows.append(Row(("All arms", formats.EMPTY, formats.EMPTY, p, formats.EMPTY), indent=1))
    for _, found in pick(part, statistic="pair").iterrows():
        keys = {"level": found["level"], "group": found["group"]}
        other = pick(part, statistic="pair_adjusted", **keys).iloc[0]
        name = f"{study.arm_label(found['level'])} and {study.arm_label(found['group'])}"
        shown = p_text(other["p_value"], study) if other["method"] != "none" else formats.EMPTY
        rows.append(Row((name, f"{found['n_events']:.0f} / {found['n']:.0f}", formats.EMPTY,
                         p_text(found["p_value"], study), shown), indent=1))  # fmt: skip
    return rows
