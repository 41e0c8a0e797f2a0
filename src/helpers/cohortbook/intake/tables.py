"""The tables of an export: what each is, and one row a patient from what they hold together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from ..cohort.readers import read_file
from ..cohort.readers.table import FileTable, UnreadableTable
from ..errors import CohortbookError
from ..study.parts import MONTHS_PER, Reading
from .adam import kind_of, upper
from .arms import find_id
from .columns import Column, columns_of, sort_key
from .draft import Draft
from .events import event_table, is_event_table
from .tidy import tidied
from .words import STATUS, TIME, compact, mentions, unit_named

SIZE = (
    "targetsum",
    "sumoftargets",
    "sld",
    "sumdiam",
    "sumofdiameters",
    "tumoursize",
    "tumorsize",
    "target",
    "size",
    "diameter",
    "病灶",
)
NOT_READ, MOST_NAMED = "(?)", 6
MOST_PARTS = 6
FEW_AGAIN = 0.1  # of the patients may stand in several rows by mistake


@dataclass(frozen=True)
class Source:
    """One table of the export: its name (file, and sheet if several), columns, how it was read."""

    name: str
    columns: dict[str, Column]
    facts: tuple[str, ...]
    doubts: tuple[str, ...]
    unsure: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return len(next(iter(self.columns.values())).cells)


def read_sources(paths: Sequence[Path], reading: Reading) -> list[Source]:
    """Read every table of the files; of a workbook, every sheet that holds one.

    Raises
    ------
    CohortbookError
        If a file cannot be read.
    """
    sources = []
    for path in paths:
        if not path.is_file():
            raise CohortbookError("There is no such file.", str(path), "Check --from.")
        try:
            first = _with_names(path, reading, read_file(path, reading))
        except UnreadableTable as error:
            raise CohortbookError(
                f"Found {error.found or path.suffix}, expected {error.expected}.",
                path.name,
                error.mend,
            ) from None
        sources.append(_source(path.name, first))
        for sheet in first.sheets[1:] if reading.sheet is None else ():
            try:
                more = read_file(path, reading.model_copy(update={"sheet": sheet}))
            except UnreadableTable:
                continue  # a sheet of notes
            sources.append(_source(f"{path.name}, sheet {sheet}", more))
    return sources


def _with_names(path: Path, reading: Reading, first: FileTable) -> FileTable:
    """Read a file again if identifiers such as 1.001 were taken for numbers."""
    who = find_id(columns_of(first), None)
    said = {*first.unsure, *first.wrong, *(who for fact in first.facts if f"'{who}'" in fact)}
    if who is None or who not in said:
        return first
    return read_file(path, reading.model_copy(update={"texts": [*reading.texts, who]}))


def _source(name: str, table: FileTable) -> Source:
    found, unlike = columns_of(table), []
    rows = table.frame.attrs.get("rows")
    for column, (places, expected) in table.wrong.items():
        found[column], said = _marked(found[column], places, expected, rows)
        unlike.append(said)
    columns, changed = tidied(found)
    doubts = (*table.doubts, *unlike, *changed)
    return Source(name, columns, table.facts, doubts, table.unsure)


def _marked(column: Column, places, expected: str, rows: list[int] | None) -> tuple[Column, str]:
    """Mark the numbers that are written unlike the others, so that nothing reads them as numbers."""
    cells = column.cells.copy()
    named = ", ".join(
        f"{cells.iloc[place]} in row {rows[place] if rows else place + 2}"
        for place in places[:MOST_NAMED]
    )
    cells.iloc[places] = [f"{cell} {NOT_READ}" for cell in cells.iloc[places]]
    more = len(places) - MOST_NAMED
    return replace(column, cells=cells), (
        f"'{column.name}': {named}{f' and {more} more' if more > 0 else ''}: not read, expected "
        f"{expected}; --decimal states the mark"
    )


def adam_parts(sources: Sequence[Source]) -> dict[str, dict[str, Column]]:
    """Give the ADaM tables among the sources by kind; empty if the patients are not in them."""
    found = {}
    for source in sources:
        kind = kind_of(source.columns)
        if kind and kind not in found:
            found[kind] = upper(source.columns)
    return found if {"ADSL", "ADTTE"} & set(found) else {}


def patient_columns(draft: Draft, sources: Sequence[Source]) -> dict[str, Column]:
    """Find the table of patients, join others of one row a patient to it, put the rest by role."""
    ids = {source.name: _id(draft, source) for source in sources}
    main = _main(draft, sources, ids)
    _refuse_no_table(main)
    who = ids[main.name]
    columns = dict(main.columns)
    if who is None:
        number = pd.Series(range(1, main.rows + 1)).astype(str)
        columns = {"patient_id": Column("patient_id", number), **columns}
        who = "patient_id"
        draft.unsure("columns", text="no column identifies the patients; they are numbered by row")
    if columns[who].cells.duplicated().any():
        columns = _widened(draft, columns, who, main.name)
    draft.study["columns"]["patient_id"] = who
    draft.used.add(who)
    for source in sources:
        if source is not main and len(source.columns) > 1:
            columns = _joined(draft, columns, who, source, ids[source.name])
    return columns


def _refuse_no_table(source: Source) -> None:
    """Refuse what was read as a table and is none: one column only, or no names of columns."""
    if len(source.columns) == 1:
        raise CohortbookError(
            f"All of it is one column, '{next(iter(source.columns))[:60]}'.",
            source.name,
            "State what separates the columns with --separator, or save the table as CSV.",
        )
    if all(sort_key(name)[0] == 0 for name in source.columns):
        raise CohortbookError(
            f"The columns have no names; the first row is {', '.join([*source.columns][:6])}.",
            source.name,
            "Write a row of names above the first row.",
        )


def _id(draft: Draft, source: Source) -> str | None:
    wish = draft.wishes.id
    return find_id(source.columns, wish if wish in source.columns else None)


def _main(draft: Draft, sources: Sequence[Source], ids: dict[str, str | None]) -> Source:
    wish = draft.wishes.id
    if wish and not any(wish in source.columns for source in sources):
        find_id(sources[0].columns, wish)

    def fitness(source: Source) -> tuple:
        who = ids[source.name]
        once = who is not None and not source.columns[who].cells.duplicated().any()
        return once, not is_event_table(source.columns), len(source.columns)

    return max(sources, key=fitness)


def _joined(draft: Draft, columns, who: str, source: Source, other: str | None):
    """Add what another table says: events, measurements, or further columns of the patients."""
    key = other or (who if who in source.columns else None)
    known = set(columns[who].cells)
    if key is None or not set(source.columns[key].known) & known:
        draft.doubts.append(f"{source.name} was not used: no column ties it to the patients")
    elif is_event_table(source.columns):
        _take(draft, "adverse_events", event_table(source.columns, key), source)
    elif not source.columns[key].cells.duplicated().any():
        return _merged(columns, who, source, key)
    elif (found := _measurements(source.columns, key)) is not None:
        _take(draft, "measurements", (found, []), source)
        draft.study["measurements"] = {"time": "month", "size": "target_sum_mm"}
    else:
        draft.doubts.append(
            f"{source.name} was not used: it has several rows a patient and was "
            "recognised as neither adverse events nor measurements"
        )
    return columns


def _take(draft: Draft, role: str, found: tuple[pd.DataFrame, list[str]], source: Source) -> None:
    draft.tables[role], noticed = found
    draft.found.append(f"{role.replace('_', ' ')}: {source.name}")
    for text in noticed:
        draft.unsure(role, text=text)


def _merged(columns, who: str, source: Source, key: str):
    more = {}
    for name, column in source.columns.items():
        if name == key or name in columns:
            continue
        cells = pd.Series(column.cells.to_numpy(), index=source.columns[key].cells)
        aligned = columns[who].cells.map(cells[~cells.index.duplicated()])
        more[name] = Column(name, aligned, column.label, column.level_labels, column.declared_date)
    return {**columns, **more}


def _measurements(columns: dict[str, Column], who: str) -> pd.DataFrame | None:
    time = next(
        (c for c in columns.values() if c.is_number and mentions(c.name, TIME) and c.name != who),
        None,
    )
    size = next(
        (
            c
            for c in columns.values()
            if c.is_number and c is not time and any(word in compact(c.name) for word in SIZE)
        ),
        None,
    )
    if time is None or size is None:
        return None
    months = (time.numbers * MONTHS_PER[unit_named(time.name) or "months"]).round(3)
    return pd.DataFrame(
        {
            "patient_id": columns[who].cells,
            "month": months.map("{:g}".format, na_action="ignore"),
            "target_sum_mm": size.cells,
        }
    )


def _widened(draft: Draft, columns, who: str, name: str):
    """Bring a table with a row a patient and endpoint (as R's colon) into one row a patient."""
    table = pd.DataFrame({key: column.cells for key, column in columns.items()})
    sizes = table.groupby(who).size()
    kinds = [
        key
        for key, column in columns.items()
        if key != who
        and not column.about(STATUS)
        and len(column.different) == sizes.iloc[0] <= MOST_PARTS
        and not table.duplicated([who, key]).any()
        and column.cells.notna().all()
    ]
    again = sizes[sizes > 1]
    if len(again) <= FEW_AGAIN * len(sizes):
        raise CohortbookError(
            f"'{who}' has the same value in several rows, in these patients only: "
            f"{', '.join(again.index[:5])}{' ...' * (len(again) > 5)}.",
            name,
            "Correct the identifiers, or delete the rows that are there twice.",
        )
    if sizes.nunique() != 1 or not kinds:
        raise CohortbookError(
            f"'{who}' has the same value in several rows.",
            name,
            "Give a table with one row a patient (of repeated events, the first), or name another "
            "column with --id.",
        )
    kind = columns[kinds[0]]
    same = table.groupby(who, sort=False).nunique(dropna=False).le(1).all()
    constant = [key for key in columns if key == who or (same.get(key))]
    varying = [key for key in columns if key not in constant and key != kind.name]
    first = table.drop_duplicates(who).reset_index(drop=True)
    out = {
        key: Column(key, first[key], columns[key].label, columns[key].level_labels)
        for key in constant
    }
    for code in kind.levels:
        part = table[table[kind.name] == code].set_index(who)
        for key in varying:
            new = f"{key}_{kind.shown(code)}"
            out[new] = Column(
                new, first[who].map(part[key]), columns[key].label, columns[key].level_labels
            )
            draft.varying.add(new)
    draft.unsure(
        "endpoints",
        text=f"{name} has {len(kind.levels)} rows a patient, one for each "
        f"value of '{kind.name}'; they became columns such as '{varying[0]}_"
        f"{kind.shown(kind.levels[0])}'. Say what each endpoint is",
    )
    return out
