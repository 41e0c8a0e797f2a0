"""Codebooks: what a data dictionary says of the columns: labels, codes, free text, identifiers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..study.answers import answer
from .columns import Column
from .words import compact

NAMES = (
    "variablefieldname",
    "fieldname",
    "variable",
    "variablename",
    "varname",
    "field",
    "column",
    "columnname",
    "name",
    "feldname",
    "champ",
    "campo",
    "item",
)
LABELS = (
    "fieldlabel",
    "label",
    "variablelabel",
    "description",
    "question",
    "beschreibung",
    "bezeichnung",
    "libelle",
    "libellé",
    "etiqueta",
    "descripción",
    "etichetta",
    "descrizione",
    "meaning",
    "definition",
)
CHOICES = (
    "choicescalculationsorsliderlabels",
    "selectchoicesorcalculations",
    "choices",
    "values",
    "codes",
    "coding",
    "valuelabels",
    "levels",
    "options",
    "kodierung",
    "codierung",
    "codage",
    "modalites",
    "modalités",
    "valores",
    "codifica",
    "categories",
)
TYPES = ("fieldtype", "type")
IDENTIFIERS = ("identifier",)
UNITS = ("unit", "units", "einheit", "unité", "unidad", "unità")
MOST_ALIKE = 0.5  # of the names of a codebook are columns of another table
PAIR = re.compile(r"^\s*(-?[\w.]+)\s*(?:=|:|,|-|–|\t)\s*(.+?)\s*$")
WHOLE = re.compile(r"(?<=\d)\.0+$")  # a program wrote 1 as 1.0
CHECKBOX = re.compile(r"(.+?)___?(\w+)$")


@dataclass(frozen=True)
class Entry:
    """What a codebook says of one column."""

    label: str = ""
    levels: dict[str, str] = field(default_factory=dict)
    free_text: bool = False
    personal: bool = False


def codebook_of(
    columns: dict[str, Column], others: Sequence[dict[str, Column]]
) -> dict[str, Entry] | None:
    """Read a table as a codebook of other tables; None if it is none.

    It has a column of names, most of which are those of columns of the others (those of a REDCap
    export: also as checkboxes), and one of labels or codes.

    Parameters
    ----------
    columns : dict of Column
    others : sequence of dict of Column
    """
    by = {
        compact(name).removesuffix("s") if compact(name) not in LABELS else compact(name): c
        for name, c in columns.items()
    }
    by |= {compact(name): c for name, c in columns.items()}
    names = _first(by, NAMES)
    label, choices = _first(by, LABELS), _first(by, CHOICES)
    if names is None or (label is None and choices is None) or names.cells.duplicated().any():
        return None
    known = {base for other in others for name in other for base in (name, _base(name))}
    told = [str(cell) for cell in names.known]
    if not told or sum(cell in known for cell in told) < MOST_ALIKE * len(told):
        return None
    kind, identifier, unit = (_first(by, which) for which in (TYPES, IDENTIFIERS, UNITS))
    return {
        str(name): _entry(row, label, choices, kind, identifier, unit)
        for row, name in names.cells.items()
        if isinstance(name, str)
    }


def _first(by: dict[str, Column], names: Sequence[str]) -> Column | None:
    return next((by[name] for name in names if name in by), None)


def _base(name: str) -> str:
    found = CHECKBOX.fullmatch(name)
    return found[1] if found else name


def _entry(row, label, choices, kind, identifier, unit) -> Entry:
    def cell(column: Column | None) -> str:
        text = "" if column is None else column.cells[row]
        return text if isinstance(text, str) else ""

    text = re.sub(r"<[^>]*>", "", cell(label)).strip()
    if cell(unit) and cell(unit).casefold() not in text.casefold():
        text = f"{text} ({cell(unit)})"
    sort = cell(kind).casefold()
    levels = {} if sort in ("calc", "slider", "file") else choices_of(cell(choices))
    if sort == "yesno":
        levels = {"1": "Yes", "0": "No"}
    elif sort == "truefalse":
        levels = {"1": "True", "0": "False"}
    return Entry(
        text,
        levels,
        sort in ("notes", "file", "signature", "descriptive"),
        answer(cell(identifier)) is True,
    )


def choices_of(text: str) -> dict[str, str]:
    """Read codes and what they mean: `1, Male | 2, Female`, `0 = alive; 1 = dead`."""
    for between in ("|", "\n", ";", ","):
        parts = [part for part in text.split(between) if part.strip()]
        found = [PAIR.match(part) for part in parts]
        if len(parts) > 1 and all(found):
            return {match[1]: match[2] for match in found}
    return {}


def told_by(columns: dict[str, Column], book: dict[str, Entry]) -> dict[str, Column]:
    """Give columns with the labels and codes of a codebook.

    A checkbox of several choices (`symptoms___2`) is named by its choice. Where the cells are the
    labels already, the codes are of no use.
    """
    out = {}
    for name, given in columns.items():
        column = given
        entry, label, levels = book.get(name), "", {}
        box = CHECKBOX.fullmatch(name)
        if entry:
            label, levels = entry.label, entry.levels
        elif box and box[1] in book:
            entry = book[box[1]]
            label = f"{entry.label}: {entry.levels.get(box[2], box[2])}"
            levels = {"0": "No", "1": "Yes"}
        whole = {cell: WHOLE.sub("", cell) for cell in column.different}
        fits = levels and set(whole.values()) <= set(levels)
        if fits:
            column = replace(column, cells=column.cells.map(whole, na_action="ignore"))
        out[name] = replace(
            column,
            label=column.label or label,
            level_labels=column.level_labels or (levels if fits else {}),
        )
    return out


def not_copied(columns: dict[str, Column], book: dict[str, Entry]) -> tuple[list[str], list[str]]:
    """Name the columns that a codebook marks as identifiers, and those it marks as free text."""
    entries = {name: book.get(name, Entry()) for name in columns}
    return (
        [name for name, entry in entries.items() if entry.personal],
        [name for name, entry in entries.items() if entry.free_text and not entry.personal],
    )
