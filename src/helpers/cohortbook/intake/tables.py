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
from ..study.unconfirmed import MEASURED
from .adam import kind_of, upper
from .arms import find_id
from .codebook import Entry, codebook_of, not_copied, told_by
from .columns import Column, columns_of, sort_key
from .counting import frame_of, refuse_repeats
from .draft import Draft, Wishes
from .events import event_table, is_event_table
from .pairs import NAMELESS, pairs
from .redcap import instruments, is_redcap, one_row
from .tidy import tidied
from .two_times import join_times
from .vocabulary import STATUS, TIME
from .words import compact, mentions, stem, unit_named, words

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
SHOWN = 8  # columns that are named in a line
SHARED = 0.8  # of the keys of a table are patients
# names of a column that tells the endpoints of one patient apart
KINDS = {
    "etype",
    "eventtype",
    "endpoint",
    "endpoints",
    "outcome",
    "paramcd",
    "param",
    "parameter",
    "transition",
    "measure",
    "endpunkt",
    "critere",
    "desenlace",
}
FEW_AGAIN = 0.1  # of the patients may stand in several rows by mistake


@dataclass(frozen=True)
class Source:
    """One table of the export: its name (file, and sheet if several), columns, how it was read.

    `aside` names columns that were recorded more than once, also after time zero.
    """

    name: str
    columns: dict[str, Column]
    facts: tuple[str, ...]
    doubts: tuple[str, ...]
    unsure: dict[str, str] = field(default_factory=dict)
    aside: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(next(iter(self.columns.values())).cells)


def without(sources: Sequence[Source], names: Sequence[str]) -> list[Source]:
    """Take columns out of the tables, as if the export did not have them.

    Raises
    ------
    CohortbookError
        If no table has a column of that name.
    """
    for name in names:
        if not any(name in source.columns for source in sources):
            every = ", ".join(dict.fromkeys(key for source in sources for key in source.columns))
            raise CohortbookError(
                f"There is no column '{name}'.", "--without", f"There are: {every}."
            )
    return [
        replace(source, columns={k: c for k, c in source.columns.items() if k not in names})
        for source in sources
    ]


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
        several = len(first.sheets) > 1 and reading.sheet is None
        sources.append(
            _source(f"{path.name}, sheet {first.sheets[0]}" if several else path.name, first)
        )
        for sheet in first.sheets[1:] if reading.sheet is None else ():
            try:
                more = read_file(path, reading.model_copy(update={"sheet": sheet}))
            except UnreadableTable:
                continue  # a sheet of notes
            sources.append(_source(f"{path.name}, sheet {sheet}", more))
    return prepared(sources)


def prepared(sources: Sequence[Source]) -> list[Source]:
    """Apply codebooks, tell the instruments of REDCap apart, and tidy the cells."""
    rest, books = _codebooks(sources)
    out = []
    for source in rest:
        for part in _instruments(source):
            out.append(_told(part, books))
    if not out:
        raise CohortbookError(
            "There is no table of patients, only a codebook.",
            sources[0].name,
            "Give the data too, with another --from.",
        )
    return out


def _codebooks(sources: Sequence[Source]) -> tuple[list[Source], dict[str, Entry]]:
    rest, book = [], {}
    for source in sources:
        others = [other.columns for other in sources if other is not source]
        found = codebook_of(source.columns, others)
        if found is None:
            rest.append(source)
        else:
            book |= found
    return rest, book


def _instruments(source: Source) -> list[Source]:
    """Give the parts of a REDCap export: one row a record, and each repeating instrument."""
    if not is_redcap(source.columns):
        return [source]
    parts = instruments(source.columns)
    who = next(iter(source.columns))
    base, several = one_row(parts.pop(""), who)
    doubts = list(source.doubts)
    if several:
        listed = ", ".join(several[:SHOWN]) + (
            f" and {len(several) - SHOWN} more" if len(several) > SHOWN else ""
        )
        doubts.append(
            "recorded in several events, taken from the first (a status or time to an "
            f"event from the last): {listed}"
        )
    facts = (*source.facts, "REDCap, one row a record")
    more = [
        Source(f"{source.name}, instrument {name}", columns, ("REDCap",), ())
        for name, columns in parts.items()
    ]
    return [
        replace(source, columns=base, facts=facts, doubts=tuple(doubts), aside=tuple(several)),
        *more,
    ]


def _told(source: Source, book: dict[str, Entry]) -> Source:
    """Give a source with labels and codes of the codebook, its cells tidied."""
    personal, texts = not_copied(source.columns, book)
    dropped = {name: c for name, c in source.columns.items() if name not in {*personal, *texts}}
    columns, changed = tidied(told_by(dropped, book))
    doubts = [*source.doubts, *changed]
    for names, what in (
        (personal, "the codebook calls personal, not copied"),
        (texts, "the codebook calls free text, not copied"),
    ):
        if names:
            doubts.append(f"{what}: {', '.join(names[:SHOWN])}")
    return replace(source, columns=columns, doubts=tuple(doubts))


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
    return Source(name, found, table.facts, (*table.doubts, *unlike), table.unsure)


def _marked(column: Column, places, expected: str, rows: list[int] | None) -> tuple[Column, str]:
    """Mark the numbers that are written unlike the others, so that nothing reads them so."""
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
    draft.patients_from = main.name
    if len(sources) > 1:
        draft.found.append(f"patients: {main.name}")
    draft.aside |= dict.fromkeys(main.aside, "recorded more than once")
    if columns[who].cells.duplicated().any():
        columns = _one_row(draft, columns, who, main.name)
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
    known = set(columns[who].cells)
    key = other or (who if who in source.columns else None) or _shared(source, known)
    if "sampleid" in map(compact, source.columns) and key is not None:
        source = replace(source, columns=_first_samples(draft, source.columns, key, source.name))
    if key is None or not set(source.columns[key].known) & known:
        draft.unsure(
            "tables", text=f"{source.name} was not used: no column ties it to the patients"
        )
    elif is_event_table(source.columns) and "adverse_events" in draft.tables:
        draft.unsure("tables", text=f"{source.name} was not used: a second table of adverse events")
    elif is_event_table(source.columns):
        table, noticed, draft.adverse = event_table(source.columns, key)
        _take(draft, "adverse_events", (table, noticed), source)
    elif not source.columns[key].cells.duplicated().any():
        draft.found.append(f"joined by '{key}': {source.name}")
        return _merged(draft, columns, who, source, key)
    elif (found := _measurements(source.columns, key)) is not None and (
        "measurements" in draft.tables
    ):
        draft.unsure("tables", text=f"{source.name} was not used: a second table of measurements")
    elif found is not None:
        table, time = found
        _take(draft, "measurements", (table, []), source)
        if not _unit_of(time):
            draft.unsure(
                "measurements",
                kind="unit",
                columns=(time.name,),
                text=f"'{time.name}' is taken for months, which neither name nor label says",
                confirm=MEASURED,
            )
        draft.study["measurements"] = {"time": "month", "size": "target_sum_mm"}
    else:
        draft.unsure(
            "tables",
            text=f"{source.name} was not used: it has several rows a patient "
            "and was recognised as neither adverse events nor measurements",
        )
    return columns


def _shared(source: Source, known: set[str]) -> str | None:
    """Find a column nearly all of whose cells are identifiers of patients."""
    for name, column in source.columns.items():
        cells = set(column.known)
        if len(cells) > 2 and len(cells & known) >= SHARED * len(cells):
            return name
    return None


def _first_samples(
    draft: Draft, columns: dict[str, Column], who: str, name: str
) -> dict[str, Column]:
    """Keep one sample a patient: a primary one where the table says so, else the first."""
    patients = columns[who].cells
    if not patients.duplicated().any():
        return columns
    kind = next((c for c in columns.values() if compact(c.name) == "sampletype"), None)
    primary = (
        pd.Series(False, index=patients.index)
        if kind is None
        else kind.cells.str.casefold().str.contains("primary").eq(True)
    )
    order = primary.sort_values(ascending=False, kind="stable").index
    keep = sorted(patients[order].drop_duplicates().index)
    several = int(patients.value_counts().gt(1).sum())
    draft.unsure(
        "tables",
        kind="patients",
        text=f"{name}: {several} patients have several "
        "samples; a primary one is taken, else the first",
    )
    return {
        key: replace(c, cells=c.cells[keep].reset_index(drop=True)) for key, c in columns.items()
    }


def _one_row(draft: Draft, columns: dict[str, Column], who: str, name: str) -> dict[str, Column]:
    """Bring several rows of a patient into one, or refuse them."""
    if "sampleid" in map(compact, columns):
        return _first_samples(draft, columns, who, name)
    refuse_repeats(name, columns, who)
    table = frame_of(columns)
    varies = table.groupby(who, sort=False).nunique(dropna=False).gt(1).any()
    same = {key: c for key, c in columns.items() if key == who or not varies.get(key, False)}
    again = int(table[who].value_counts().gt(1).sum())
    by_mistake = again <= FEW_AGAIN * table[who].nunique() or len(same) == len(columns)
    if by_mistake or not _has_endpoint(same):
        return _widened(draft, columns, who, name)
    first = table[who].drop_duplicates().index
    lost = [key for key in columns if key not in same]
    listed = ", ".join(lost[:SHOWN]) + (
        f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
    )
    draft.unsure(
        "tables",
        kind="patients",
        columns=lost,
        text=f"{name} has several rows of some "
        f"patients; what differs between them is left out: {listed}",
    )
    return {key: replace(c, cells=c.cells[first].reset_index(drop=True)) for key, c in same.items()}


def _has_endpoint(columns: dict[str, Column]) -> bool:
    """Say whether columns that are the same in all rows of a patient hold a time and a status."""
    trial = Draft(Wishes())
    columns = join_times(trial, columns)
    return any(pair.fit >= NAMELESS for pair in pairs(trial, columns))


def _take(draft: Draft, role: str, found: tuple[pd.DataFrame, list[str]], source: Source) -> None:
    draft.tables[role], noticed = found
    draft.found.append(f"{role.replace('_', ' ')}: {source.name}")
    for text in noticed:
        draft.unsure(role, text=text)


def _merged(draft: Draft, columns: dict[str, Column], who: str, source: Source, key: str):
    more = {}
    for name, column in source.columns.items():
        if name == key:
            continue
        cells = pd.Series(column.cells.to_numpy(), index=source.columns[key].cells)
        aligned = columns[who].cells.map(cells[~cells.index.duplicated()])
        if name in columns:
            _name_twice(draft, source, columns[name], aligned)
            continue
        more[name] = Column(name, aligned, column.label, column.level_labels, column.declared_date)
    strangers = int((~source.columns[key].known.isin(columns[who].cells)).sum())
    if strangers:
        draft.unsure(
            "tables",
            kind="patients",
            text=f"{source.name}: {strangers} rows are of no patient of {draft.patients_from} and "
            "are left out",
        )
    return {**columns, **more}


def _name_twice(draft: Draft, source: Source, kept: Column, other: pd.Series) -> None:
    """Say of a column that two tables have whether they say the same of each patient."""
    differ = int((kept.cells.fillna("") != other.fillna("")).sum())
    if not differ:
        draft.found.append(f"'{kept.name}' is in {source.name} too, and the same")
        return
    draft.unsure(
        "tables",
        kind="cells",
        columns=(kept.name,),
        text=f"'{kept.name}' is in {source.name} too and differs from that of "
        f"{draft.patients_from}, which is used, in {differ} patients",
    )


def _measurements(columns: dict[str, Column], who: str) -> tuple[pd.DataFrame, Column] | None:
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
    months = (time.numbers * MONTHS_PER[_unit_of(time) or "months"]).round(3)
    table = pd.DataFrame(
        {
            "patient_id": columns[who].cells,
            "month": months.map("{:g}".format, na_action="ignore"),
            "target_sum_mm": size.cells,
        }
    )
    return table, time


def _unit_of(time: Column) -> str:
    return unit_named(time.name) or unit_named(time.label)


def _of_endpoints(column: Column) -> bool:
    """Say whether the values of a column are endpoints, by its name or by what they are called."""
    named = compact(column.name) in KINDS or bool(words(column.name) & KINDS)
    return named or all(stem(column.shown(code)) for code in column.different)


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
            f"{', '.join(again.index[:5])}{' ...' if len(again) > 5 else ''}.",
            name,
            "Correct the identifiers, or delete the rows that are there twice.",
        )
    of_endpoints = [key for key in kinds if _of_endpoints(columns[key])]
    if sizes.nunique() != 1 or not of_endpoints:
        apart = f", one for each value of '{kinds[0]}'" if kinds else ""
        raise CohortbookError(
            f"'{who}' has the same value in several rows{apart}.",
            name,
            "Give a table with one row a patient (of repeated events, the first; of eyes, lesions "
            "or visits, one), or name another column with --id.",
        )
    kind = columns[of_endpoints[0]]
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
