"""Adverse events: one row an event, or one column a term in the patient table."""

from __future__ import annotations

import re

import pandas as pd

from ..study.answers import NO, YES
from .columns import Column
from .draft import Draft
from .words import compact, words

TERM = (
    "aedecod",
    "aeterm",
    "term",
    "adverseevent",
    "ae",
    "event",
    "toxicity",
    "preferredterm",
    "aename",
    "aept",
    "aeevent",
    "nebenwirkung",
    "unerwünschtesereignis",
    "événementindésirable",
    "effetindésirable",
    "eventoadverso",
    "efectoadverso",
    "eventoavverso",
    "不良反应",
    "不良事件",
    "名称",
)
GRADE = (
    "aetoxgr",
    "atoxgr",
    "aegrade",
    "toxgrade",
    "toxicitygrade",
    "ctcgrade",
    "aeseverity",
    "aesev",
    "asev",
    "schweregrad",
    "grad",
    "grado",
    "gravité",
    "gravità",
    "gravedad",
    "ctcaegrade",
    "ctcae",
    "grade",
    "toxgr",
    "severity",
    "分级",
    "级别",
    "等级",
)
# in a longer name, where its cells are grades: Worst toxicity, Grade (CTCAE v5.0)
OF_GRADES = {"grade", "grades", "toxicity", "tox", "ctcae", "ctc", "severity", "grad", "grado"}
ONSET = ("onsetday", "astdy", "aestdy", "onset", "startday", "day", "发生天数")
RELATION = ("relation", "aerel", "related", "causality", "相关性")
WIDE = {"ae", "tox", "toxicity", "ctcae", "irae", "trae", "adverse"}
# a term is one of adverse events by its name alone
ADVERSE = {
    "aedecod",
    "aeterm",
    "adverseevent",
    "ae",
    "aename",
    "aept",
    "不良反应",
    "不良事件",
    "nebenwirkung",
    "unerwünschtesereignis",
    "événementindésirable",
    "effetindésirable",
    "eventoadverso",
    "efectoadverso",
    "eventoavverso",
}
CTCAE = "CTCAE"
CTCAE_NAME = re.compile(r"ctc|toxgr|nci", re.IGNORECASE)
SEVERITY_CRITERIA = "severity: 1 mild, 2 moderate, 3 severe"
SEVERITY = {
    "mild": "1",
    "moderate": "2",
    "severe": "3",
    "lifethreatening": "4",
    "fatal": "5",
    "轻度": "1",
    "中度": "2",
    "重度": "3",
    "leicht": "1",
    "mäßig": "2",
    "mässig": "2",
    "mittel": "2",
    "schwer": "3",
    "léger": "1",
    "modéré": "2",
    "sévère": "3",
    "leve": "1",
    "moderado": "2",
    "moderada": "2",
    "grave": "3",
    "severo": "3",
    "lieve": "1",
    "moderato": "2",
    "moderata": "2",
    "severa": "3",
}
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}


def is_event_table(columns: dict[str, Column]) -> bool:
    """Say whether a table holds one row an adverse event: a term and a grade."""
    term, grade = _named(columns, TERM, text=True), _grade_column(columns)
    of_events = term is not None and compact(term) in ADVERSE
    return bool(term) and (bool(grade) or of_events)


def _grade_column(columns: dict[str, Column]) -> str | None:
    """Name the column of grades: by its name, or by words in it where its cells are grades."""
    if named := _named(columns, GRADE):
        return named
    for column in columns.values():
        read = [_grade(column.shown(code)) for code in column.different]
        if words(column.name) & OF_GRADES and read and sum(map(bool, read)) * 2 > len(read):
            return column.name
    return None


def grade_name(column: Column) -> tuple[str, str]:
    """Give the name of a column of grades and its criteria: mild to severe is no CTCAE grade."""
    named = [compact(column.shown(code)) for code in column.different]
    if named and sum(cell in SEVERITY for cell in named) * 2 > len(named):
        return "severity", SEVERITY_CRITERIA
    return "ctcae_grade", ""


def event_table(
    columns: dict[str, Column], who: str
) -> tuple[pd.DataFrame, list[str], dict[str, str]]:
    """Give adverse events under the names of the default study, what was noticed, and keys.

    The keys are those of `adverse_events`: the column of the grade, and criteria that are not
    CTCAE.
    """
    term, grade = _named(columns, TERM, text=True), _grade_column(columns)
    onset, relation = _named(columns, ONSET), _named(columns, RELATION)
    out = pd.DataFrame(
        {
            "patient_id": columns[who].cells,
            "ae_term": columns[term].cells.map(columns[term].shown, na_action="ignore"),
        }
    )
    lost: list[str] = []
    name, criteria = grade_name(columns[grade]) if grade else ("ctcae_grade", "")
    if grade:
        out[name], lost = grades(columns[grade])
    else:
        out[name] = None
    if onset and columns[onset].is_number and onset not in (term, grade):
        out["onset_day"] = columns[onset].cells
    if relation:
        out["relation"] = columns[relation].cells.map(columns[relation].shown, na_action="ignore")
    noticed = (
        [f"cells of '{grade}' that are no grade are empty: {', '.join(lost[:5])}"] if lost else []
    )
    if not grade:
        noticed.append("no column was recognised as the grade, and all grades are empty")
    empty = out["ae_term"].isna()
    if empty.any():
        noticed.append(f"{int(empty.sum())} rows without a term are left out")
    if grade and not criteria and of_criteria([columns[grade]]):
        criteria = CTCAE
    keys = {"grade": name, **({"criteria": criteria} if criteria else {})}
    return out[~empty].reset_index(drop=True), noticed, keys


def of_criteria(graded: list[Column]) -> bool:
    """Say whether names or labels of the columns of grades say that they are of CTCAE."""
    return all(CTCAE_NAME.search(column.text) for column in graded)


def grades(column: Column) -> tuple[pd.Series, list[str]]:
    """Read grades 1 to 5 however they are written: 3, Grade 3, G3, III, severe, 3级."""
    known = {code: _grade(column.shown(code)) for code in column.different}
    lost = [code for code, grade in known.items() if grade is None]
    return column.cells.map(known, na_action="ignore").astype(object), lost


def _grade(text: str) -> str | None:
    plain = compact(text)
    if plain in SEVERITY:
        return SEVERITY[plain]
    bare = re.sub(r"^(grade|ctcae|gr|g)|(级|度)$", "", plain)
    if bare in ROMAN:
        return ROMAN[bare]
    return (
        bare
        if re.fullmatch("[0-5]", bare)
        else (bare[0] if re.fullmatch("[0-5]0", bare) and "." in text else None)
    )


def wide_events(draft: Draft, columns: dict[str, Column], who: pd.Series) -> pd.DataFrame | None:
    """Turn columns such as ae_rash or fatigue_grade into one row an event; None without any."""
    found = [c for c in columns.values() if c.name not in draft.used and _is_wide(c)]
    if len(found) < 2:
        return None
    parts = []
    for column in found:
        grade, _ = grades(column)
        yes = column.cells.str.casefold().isin(YES)
        happened = yes | pd.to_numeric(grade, errors="coerce").ge(1)
        parts.append(
            pd.DataFrame(
                {
                    "patient_id": who[happened],
                    "ae_term": _term(column),
                    "ctcae_grade": grade[happened & ~yes].reindex(who[happened].index),
                }
            )
        )
        draft.used.add(column.name)
    binary = [c.name for c in found if {x.casefold() for x in c.different} <= YES | NO | {"0", "1"}]
    if len(binary) == len(found):
        for part in parts:
            part["ctcae_grade"] = None
        draft.unsure(
            "adverse_events",
            text="the columns of adverse events say yes or no and no grade, so none is severe",
        )
    elif of_criteria(found):
        draft.adverse = {"criteria": CTCAE}
    others = [c.name for c in found if not words(c.name) & WIDE]
    if others:
        draft.unsure(
            "adverse_events",
            columns=others,
            text=f"{', '.join(others)}: taken for grades of adverse events, which no name says",
        )
    draft.found.append("adverse events: from the columns " + ", ".join(c.name for c in found))
    return pd.concat(parts, ignore_index=True)


def _is_wide(column: Column) -> bool:
    found = words(column.name)
    graded = (
        len(found) > 1
        and "grade" in found
        and not found & {"tumour", "tumor", "histologic", "who", "albi", "pathological"}
    )
    if not (found & WIDE and len(found) > 1) and not graded:
        return False
    cells = {cell.casefold() for cell in column.different}
    allowed = {"0", "1", "2", "3", "4", "5"} | YES | NO
    return cells <= allowed and (not graded or found & WIDE or bool(cells & {"0"}))


def _term(column: Column) -> str:
    if column.label:
        return column.label
    kept = [
        part
        for part in re.split(r"[\W_]+", column.name)
        if part.casefold() not in WIDE | {"grade", "gr", "g"}
    ]
    return " ".join(kept).capitalize()


def _named(columns: dict[str, Column], names, text: bool = False) -> str | None:
    for name in names:
        for column in columns.values():
            fits = compact(column.name) == name or (not name.isascii() and name in column.name)
            if fits and (not text or not column.is_number or column.level_labels):
                return column.name
    return None
