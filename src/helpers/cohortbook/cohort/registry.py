"""A registry larger than memory: DuckDB reads its Parquet file and types what the study names.

Into memory come one byte for each category and eight for each number of the columns that the study
names; the rest of the file stays on the disk, and no cell becomes text. What is wrong is counted,
with an example, where a smaller table would have each cell named.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..bounds import guarded, within
from ..errors import Problem
from ..scratch import scratch_folder
from ..study.names import nearest
from ..study.study import STUDY_FILE, Study
from .checks.patients import OLDEST, is_age, needed_columns
from .readers import PARQUET
from .readers.cells import text_of
from .readers.table import MISSING, UnreadableTable

LARGE = 2_000_000
"""Rows above which a table as text, and its checks, would not fit into a laptop."""
SAMPLE, COLUMNS_AT_ONCE = 2000, 20
ENGINE_MB, ENGINE_THREADS = 128, 4
"""Memory and threads of DuckDB, each of which needs some.

Its own limit is a share of the machine's memory, and knows nothing of what a process may have."""
VECTORS_AT_ONCE = 50
"""Pieces of 2,048 rows that are taken from it together."""
IDS_AT_ONCE = 2_000_000
"""Ids, each seen once, that it can count in this memory."""
NOT_HERE = ("treatment_start", "response", "swimmer", "adverse_events", "measurements",
            "discontinuation", "cases")  # fmt: skip


@dataclass(frozen=True)
class Registry:
    """What was read of a registry.

    `columns` are named as in the file: floats, or categoricals of the codes that the study names;
    a patient's id is the place in the file. They are None if columns are missing. `sample` holds
    evenly spaced rows of all columns as text. Problems are of whole columns.
    """

    columns: pd.DataFrame | None
    sample: pd.DataFrame
    problems: list[Problem]
    note: str


def is_registry(folder: Path, study: Study) -> bool:
    """Say whether the patient table is a Parquet file of very many rows."""
    path = folder / study.tables.patients
    if path.suffix.lower() not in PARQUET or not path.is_file():
        return False
    return _rows(path) > LARGE


def _rows(path: Path) -> int:
    """Give the rows of a Parquet file, 0 if it cannot be read: whoever reads it will say why."""
    try:
        import duckdb
    except ImportError:
        return _rows_by_arrow(path)
    # pyarrow would take a gigabyte of a limited address space for its allocator
    with _connected(duckdb) as connection:
        asked = f"SELECT sum(num_rows) FROM parquet_file_metadata({_literal(str(path))})"
        try:
            return connection.execute(asked).fetchone()[0]
        except duckdb.Error:
            return 0


def _rows_by_arrow(path: Path) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.read_metadata(path).num_rows
    except (pa.ArrowInvalid, OSError):
        return 0


def read_registry(folder: Path, study: Study) -> Registry:
    """Read and check the patient table of a registry.

    Parameters
    ----------
    folder : Path
    study : Study
        Of arms, variables, and endpoints with a time and a status; other sections are refused.

    Returns
    -------
    Registry
        In the order of the file.
    """
    file = study.tables.patients
    try:
        import duckdb
    except ImportError:
        missing = Problem(
            file,
            "DuckDB for a table of so many rows",
            'Install the extra "registry": uv sync --extra registry.',
            "none",
        )
        return Registry(None, pd.DataFrame(), [missing], "")
    try:
        with guarded(UnreadableTable, "a Parquet file", "Write it again."):
            return _read(duckdb, folder, study)
    except UnreadableTable as error:
        problem = Problem(file, error.expected, error.mend, error.found)
        return Registry(None, pd.DataFrame(), [problem], "")


def _read(duckdb: Any, folder: Path, study: Study) -> Registry:
    with _connected(duckdb) as connection:
        path = _literal(str((folder / study.tables.patients).resolve()))
        table = _Table(connection, f"read_parquet({path}, file_row_number=true)", study)
        within("parquet cells", table.rows * len(set(needed_columns(study))))
        problems = [*_refused(study), *table.missing()]
        columns = None
        if not problems:
            problems += table.checked()
            columns = table.columns()
        return Registry(columns, table.sample(), problems, table.note())


@contextmanager
def _connected(duckdb: Any) -> Iterator[Any]:
    """Open DuckDB with little memory and a folder of its own for what exceeds it."""
    with (
        scratch_folder() as scratch,
        duckdb.connect(
            config={
                "memory_limit": f"{ENGINE_MB}MiB",
                "temp_directory": str(scratch),
                "threads": min(ENGINE_THREADS, os.cpu_count() or 1),
            }
        ) as connection,
    ):
        yield connection


def _refused(study: Study) -> Iterator[Problem]:
    def no(what: str, column: str) -> Problem:
        return Problem(
            STUDY_FILE,
            "arms, variables and endpoints with a time and a status in a "
            f"study of more than {LARGE:,} patients",
            "Take it out, or derive it when the Parquet file is written.",
            what,
            column=column,
        )

    for key in NOT_HERE:
        if getattr(study, key):
            yield no("this section", key)
    if study.entry and study.entry.origin:
        yield no("an entry from dates", "entry")
    for name, endpoint in study.endpoints.items():
        if not endpoint.time:
            yield no("an endpoint from dates", f"endpoints.{name}")
        if endpoint.event_codes or endpoint.censored_codes or endpoint.competing_codes:
            yield no("a status that is not 1 and 0", f"endpoints.{name}")
    if study.other_arms == "exclude" or study.further_arms:
        yield no("arms that are to be left out", "other_arms")


class _Table:
    """The file as DuckDB sees it, and what the study asks of its columns."""

    def __init__(self, connection: Any, source: str, study: Study) -> None:
        self.connection, self.source, self.study = connection, source, study
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        self.kinds = {name: kind for name, kind, *_ in described if name != "file_row_number"}
        reading = study.reading("patients")
        self.none = ", ".join(map(_literal, (*MISSING, *reading.missing)))
        self.rows = connection.execute(f"SELECT count(*) FROM {source}").fetchone()[0]

    def note(self) -> str:
        return (
            f"{self.study.tables.patients}: Parquet by DuckDB; {self.rows} rows, "
            f"{len(self.kinds)} columns, of which {len(set(needed_columns(self.study)))} "
            "are read."
        )

    def missing(self) -> Iterator[Problem]:
        for column in dict.fromkeys(needed_columns(self.study)):
            if column not in self.kinds:
                yield Problem(
                    self.study.tables.patients,
                    f"a column '{column}'",
                    f"Add it, or mend its name in study.yml{nearest(column, self.kinds)}.",
                    "no such column",
                    column=column,
                )

    def checked(self) -> Iterator[Problem]:
        """Count in one pass what is wrong with each column."""
        rules = list(self._rules())
        identifier = _name(self.study.columns.patient_id)
        asked = [f"count({identifier})"]
        for column, bad, _, _ in rules:
            asked += [f"count_if({bad})", f"min({self._text(column)}) FILTER ({bad})"]
        found = self.connection.execute(f"SELECT {', '.join(asked)} FROM {self.source}").fetchone()
        yield from self._ids(found[0])
        for place, (column, _, expected, mend) in enumerate(rules, start=1):
            count, example = found[2 * place - 1 : 2 * place + 1]
            if count:
                such = "" if example is None else f", such as {str(example)[:60]}"
                yield Problem(
                    self.study.tables.patients,
                    expected,
                    mend,
                    f"{count} cells{such}",
                    column=column,
                )

    def columns(self) -> pd.DataFrame:
        """Give the columns that are used, typed.

        They come a piece at a time, so that they are held once, and in any order of the rows:
        each piece says which rows of the file it holds.
        """
        wanted = self._wanted()
        out = [
            np.empty(self.rows, float if codes is None else np.int16) for codes in wanted.values()
        ]
        asked = [self._asked(column, codes) for column, codes in wanted.items()]
        named = ", ".join(f"{sql} AS c{place}" for place, sql in enumerate(asked))
        found = self.connection.execute(f"SELECT file_row_number, {named} FROM {self.source}")
        while len(piece := found.fetch_df_chunk(VECTORS_AT_ONCE)):
            rows = piece["file_row_number"].to_numpy()
            for place, values in enumerate(out):
                values[rows] = piece[f"c{place}"].to_numpy()
        table = {self.study.columns.patient_id: np.arange(1, self.rows + 1)}
        for (column, codes), values in zip(wanted.items(), out, strict=True):
            table[column] = (
                values if codes is None else pd.Categorical.from_codes(values, codes, ordered=True)
            )
        return pd.DataFrame(table, copy=False)

    def _asked(self, column: str, codes: list[str] | None) -> str:
        """Ask for a number, or for the place of a cell among the codes, -1 for a missing one."""
        if codes is None:
            return f"coalesce({self._number(column)}, 'nan'::DOUBLE)"
        known = ", ".join(map(_literal, codes))
        return f"(coalesce(list_position([{known}], {self._text(column)}), 0) - 1)::SMALLINT"

    def sample(self) -> pd.DataFrame:
        """Give evenly spaced rows as text; of a wide file a few columns are read at a time."""
        step, names = max(1, self.rows // SAMPLE), list(self.kinds)
        texts: dict[str, list] = {}
        for some in (names[i : i + COLUMNS_AT_ONCE] for i in range(0, len(names), COLUMNS_AT_ONCE)):
            frame = self.connection.execute(
                f"SELECT {', '.join(map(_name, some))} FROM {self.source} "
                f"WHERE file_row_number % {step} = 0"
            ).df()
            texts |= {name: [text_of(value) for value in frame[name]] for name in frame}
        return pd.DataFrame(texts, dtype=object)

    def _ids(self, known: int) -> Iterator[Problem]:
        file, column = self.study.tables.patients, self.study.columns.patient_id
        if known < self.rows:
            yield Problem(
                file, "a patient id", "Fill the cells.", f"{self.rows - known} cells", column=column
            )
        parts = 1 + self.rows // IDS_AT_ONCE
        twice = sum(self._twice(_name(column), parts, part) for part in range(parts))
        if twice:
            yield Problem(
                file,
                "one row a patient",
                "Keep one row for each patient.",
                f"{twice} ids that stand in several rows",
                column=column,
            )

    def _twice(self, column: str, parts: int, part: int) -> int:
        """Count the values that stand in several rows, of those that fall to one part."""
        return self.connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {self.source} WHERE {column} IS NOT NULL "
            f"AND hash({column}) % {parts} = {part} GROUP BY {column} HAVING count(*) > 1)"
        ).fetchone()[0]

    def _wanted(self) -> dict[str, list[str] | None]:
        """Give the columns that are used, with their codes; None for numbers."""
        study, wanted = self.study, {}
        if study.columns.arm not in study.variables:
            wanted[study.columns.arm] = study.arm_codes
        for name, variable in study.variables.items():
            if not variable.cut:
                numbers = variable.kind == "continuous"
                wanted[variable.column or name] = None if numbers else study.levels(name)
        for endpoint in study.endpoints.values():
            wanted[endpoint.time] = None
            wanted[endpoint.event] = None
        if study.entry and study.endpoints:
            wanted[study.entry.column] = None
        return wanted

    def _rules(self) -> Iterator[tuple[str, str, str, str]]:
        """Give column, condition of a wrong cell, what is expected, and how to mend it."""
        study, mend = self.study, "Correct the cells, or leave them empty."
        ages = {v.column or name for name, v in study.variables.items() if is_age(name, v)}
        times = {endpoint.time for endpoint in study.endpoints.values()}
        times |= {study.entry.column} if study.entry else set()
        events = {endpoint.event for endpoint in study.endpoints.values()}
        for column, codes in self._wanted().items():
            text, number = self._text(column), self._number(column)
            if codes is not None:
                known = ", ".join(map(_literal, codes))
                yield (
                    column,
                    f"{text} NOT IN ({known})",
                    f"one of {', '.join(codes[:12])}",
                    "Correct the cells, or add the level.",
                )
                if column == study.columns.arm:
                    yield column, f"{text} IS NULL", "an arm for each patient", "Fill the cells."
                continue
            if study.entry and column == study.entry.column:
                yield column, f"{text} IS NULL", "an entry for each patient", "Fill the cells."
            low, high, what = -np.inf, np.inf, "a number"
            if column in ages:
                low, high, what = 0, OLDEST, f"an age from 0 to {OLDEST} years"
            elif column in times:
                low, what = 0, "a time of 0 or more"
            inside = f"isfinite({number})"
            if np.isfinite(low):
                inside += f" AND {number} >= {low}"
            if np.isfinite(high):
                inside += f" AND {number} <= {high}"
            if column in events:
                inside, what = f"{number} IN (0, 1)", "1 (event) or 0 (censored)"
            yield column, f"{text} IS NOT NULL AND NOT coalesce({inside}, false)", what, mend

    def _text(self, column: str) -> str:
        """Give a cell as the text that the study file would name it by; NULL if missing."""
        cell, kind = _name(column), self.kinds[column]
        if kind in ("FLOAT", "DOUBLE"):
            whole = f"{cell} = trunc({cell}) AND abs({cell}) < 1e15"
            cell = (
                f"CASE WHEN {whole} THEN {cell}::BIGINT::VARCHAR "
                f"WHEN NOT isnan({cell}) THEN {cell}::VARCHAR END"
            )
        elif kind == "BOOLEAN":
            cell = f"{cell}::TINYINT::VARCHAR"
        else:
            cell = f"trim({cell}::VARCHAR)"
        return f"(CASE WHEN {cell} NOT IN ({self.none}) THEN {cell} END)"

    def _number(self, column: str) -> str:
        if self.kinds[column] == "DOUBLE":
            return f"(CASE WHEN NOT isnan({_name(column)}) THEN {_name(column)} END)"
        return f"TRY_CAST({self._text(column)} AS DOUBLE)"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
