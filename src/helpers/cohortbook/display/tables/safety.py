"""Tables of adverse events, discontinuation and events after the procedure."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...results import one, pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..words import capital, p_text
from .common import arm_header, n_percent_cell, of_one_arm, p_cell

ANY, SEVERE = "any", "severe"
FISHER = "P values by Fisher's exact test, two-sided, without adjustment for multiplicity."


def safety_table(results: pd.DataFrame, study: Study, n_by_arm: dict[str, int]) -> Table:
    """Lay out patients with each adverse event, any grade beside severe, by arm.

    Parameters
    ----------
    results : DataFrame
        From `analysis.safety.safety`.
    study : Study
    n_by_arm : dict
        Patients by arm code.
    """
    spec, shown = study.adverse_events, [arm.code for arm in study.arms]
    severe = capital(spec.severe_grades("–"))
    arms = [arm_header(study, code, n_by_arm[code]) for code in shown]
    grades = ("Any grade", severe)
    counted = {
        "Any of these" if term == "any_term" else term: [
            _counted(pick(results, term=term), level, shown, study) for level in (ANY, SEVERE)
        ]
        for term in dict.fromkeys(results["term"])
    }
    if len(shown) > 2:  # side by side they would be wider than a page
        rows = []
        for place, grade in enumerate(grades):
            rows.append(Row((grade,), group=True))
            rows += [Row((term, *cells[place]), indent=1) for term, cells in counted.items()]
        header, widths = [*arms, "P value"], [1.9, *[1.3] * len(shown), 0.8]
    else:
        rows = [Row((term, *cells[0], *cells[1])) for term, cells in counted.items()]
        header = [
            text for grade in grades for text in (*(f"{grade}: {arm}" for arm in arms), "P value")
        ]
        widths = [1.9, *([*[1.2] * len(shown), 0.8] * 2)]
    table = Table(
        columns=["Adverse event", *header],
        rows=rows,
        caption=f"Patients with adverse events by term{', grade and arm' * study.compares} "
        f"({formats.markdown(spec.criteria)}).",
        notes=[
            "Values are n (%) of all patients of the arm; a patient counts once a term, at the "
            "highest grade.",
            FISHER * study.compares,
        ],
        abbreviations=study.texts.abbreviations,
        widths=widths,
    )
    return of_one_arm(table, study, 2, 4)


def discontinuation_table(results: pd.DataFrame, study: Study, n_by_arm: dict[str, int]) -> Table:
    """Lay out the reasons for stopping treatment by arm (`analysis.safety.discontinuation`)."""
    shown = [arm.code for arm in study.arms]
    rows = [
        Row(
            (
                reason.printed,
                *(
                    n_percent_cell(results, statistic="patients", term=reason.code, group=arm)
                    for arm in shown
                ),
                p_cell(results, study, term=reason.code),
            )
        )
        for reason in study.discontinuation.reasons
    ]
    table = Table(
        columns=["Reason", *(arm_header(study, code, n_by_arm[code]) for code in shown), "P value"],
        rows=rows,
        caption="Permanent discontinuation of treatment by reason"
        + " and arm" * study.compares
        + ".",
        notes=["Values are n (%) of all patients of the arm."],
        abbreviations=study.texts.abbreviations,
    )
    return of_one_arm(table, study, 2)


def procedure_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out procedure-related events by time window (`analysis.safety.procedure_events`)."""
    spec = study.adverse_events
    rows = []
    for term in dict.fromkeys(results["term"]):
        part = pick(results, term=term)
        cells: list[str | Cell] = []
        for window in spec.windows:
            worst = one(part, statistic="highest_grade", level=window.name)["estimate"]
            cells += [
                n_percent_cell(part, statistic="patients", level=window.name),
                formats.number(worst, 0),
            ]
        rows.append(Row((term, *cells)))
    header = [text for window in spec.windows for text in (window.label, "Highest grade")]
    n = int(results["n"].max()) if len(results) else 0
    table = Table(
        columns=["Event", *header],
        rows=rows,
        caption=f"Events related to the {formats.markdown(spec.procedure_label)} by time window.",
        notes=[
            f"Values are n (%) of the {n} patients of the arm "
            f"{study.arm_label(spec.procedure_arm)}."
        ],
        abbreviations=study.texts.abbreviations,
    )
    return of_one_arm(table, study)


def _counted(part: pd.DataFrame, level: str, shown: list[str], study: Study) -> list[str]:
    """Give the counts of an event by arm, and its P value."""
    counts = [n_percent_cell(part, statistic="patients", level=level, group=arm) for arm in shown]
    return [*counts, _plain_p(part, level, study)]


def _plain_p(part: pd.DataFrame, level: str, study: Study) -> str:
    found = pick(part, statistic="p_value", level=level)
    return p_text(found.iloc[0]["p_value"], study) if len(found) else formats.EMPTY
