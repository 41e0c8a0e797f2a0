"""Table of events that compete: incidence by arm, Gray's test, both kinds of hazard ratio."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.competing import ADJUSTED, CRUDE, OVERALL
from ...results import pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..sentences import entry
from ..sentences.competing_events import MODELS, cause_name
from ..words import capital, p_text
from .common import sentence

TERMS = {CRUDE: "crude", ADJUSTED: "adjusted"}


def competing_table(results: pd.DataFrame, study: Study) -> Table:
    """Lay out each cause of each endpoint (`analysis.competing.competing`)."""
    groups = study.arm_codes if study.compares else [OVERALL]
    conf = formats.conf_label(study.statistics.conf_level)
    rows = []
    for endpoint in study.endpoints:
        for cause in dict.fromkeys(pick(results, endpoint=endpoint)["level"]):
            part = pick(results, endpoint=endpoint, level=cause)
            name = f"{study.endpoints[endpoint].label}: {cause_name(study, endpoint, cause)}"
            rows.append(Row((name,), group=True))
            rows += _rows(part, groups, study)
    heads = [study.arm_label(code) if code != OVERALL else "All patients" for code in groups]
    compared = [f"HR ({conf})", "P value"] if study.compares else []
    return Table(
        ["Cause and result", *heads, *compared],
        rows,
        "Events that compete, by cause.",
        notes=[
            "Incidence: per cent with the event of this cause by then (Aalen-Johansen), "
            f"{conf}. Patients with another cause are no longer at risk of it, and are not taken "
            "as if they could still have it.",
            *_of_models(study),
            *filter(None, [entry.note(study, model=True)]),
        ],
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[2.9, *([1.5] * len(groups)), *([1.6, 0.8] if study.compares else [])],
    )


def _of_models(study: Study) -> list[str]:
    """Say what the hazard ratios compare; nothing in a study of one arm."""
    if not study.compares:
        return []
    ratios = (
        "Cause-specific hazard ratios compare rates among those still free of every cause; "
        "subdistribution hazard ratios (Fine-Gray) compare the incidence itself."
    )
    untested = " Gray's test takes no late entry and was not made." * bool(study.entry)
    return [f"{ratios}{untested}"]


def _rows(part: pd.DataFrame, groups: list[str], study: Study) -> list[Row]:
    blank = [formats.EMPTY] * len(groups)
    rest = [formats.EMPTY, formats.EMPTY] if study.compares else []
    counts = pick(part, statistic="events").set_index("group")
    rows = [Row(("Events / patients", *(_count(counts, code) for code in groups), *rest), indent=1)]
    incidence = pick(part, statistic="incidence")
    for months in dict.fromkeys(incidence["term"]):
        at = pick(incidence, term=months).set_index("group")
        rows.append(Row((f"Incidence by month {months} (%)",
                         *(_incidence(at, code) for code in groups), *rest), indent=1))  # fmt: skip
    for _, test in pick(part, statistic="gray").iterrows():
        notes = (sentence(test["note"]),) if test["note"] else ()
        p = Cell(p_text(test["p_value"], study), notes)
        rows.append(Row(("Gray's test", *blank, formats.EMPTY, p), indent=1))
    for statistic, name in MODELS.items():
        for term, how in TERMS.items():
            for _, found in pick(part, statistic=statistic, term=term).iterrows():
                notes = (sentence(found["note"]),) if found["note"] else ()
                text = formats.ratio_interval(*found[["estimate", "conf_low", "conf_high"]])
                rows.append(Row((f"{capital(name)}, {how}", *blank, Cell(text, notes),
                                 p_text(found["p_value"], study)), indent=1))  # fmt: skip
    return rows


def _count(counts: pd.DataFrame, code: str) -> str:
    if code not in counts.index:
        return formats.EMPTY
    return f"{counts.loc[code, 'estimate']:.0f} / {counts.loc[code, 'n']:.0f}"


def _incidence(at: pd.DataFrame, code: str) -> Cell | str:
    if code not in at.index:
        return formats.EMPTY
    found = at.loc[code]
    numbers = [formats.percentage(found[name], 1) for name in ("estimate", "conf_low", "conf_high")]
    text = numbers[0]
    if found["conf_low"] < found["conf_high"]:  # limits that meet tell nothing
        text += f" ({numbers[1]}–{numbers[2]})"
    return Cell(text, (sentence(found["note"]),) if found["note"] else ())
