"""What all checks share: rows named as a spreadsheet counts them, patients by study number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd

from ...errors import Problem
from ...study.names import nearest
from ...study.study import Study
from .written import as_written

NAMED = 1000  # rows named for one kind of problem; the rest are counted
LONGEST = 120  # characters of a cell that are shown
LEVELS = 12  # codes that are listed


class Checker:
    """Checks of one table.

    Parameters
    ----------
    study : Study
    file : str
        Name of the table's file.
    table : DataFrame
        Cells as text.
    numbers : Series
        Study number of each row's patient (missing if the patient is unknown).
    show_ids : bool
        Name patients by their identifier.
    """

    def __init__(
        self, study: Study, file: str, table: pd.DataFrame, numbers: pd.Series, show_ids: bool
    ) -> None:
        self.study, self.file, self.table, self.show_ids = study, file, table, show_ids
        self.id_column = study.columns.patient_id
        self.patient_numbers = numbers

    def run(self) -> Iterator[Problem]:
        """Give every problem of the table."""
        raise NotImplementedError

    def has(self, *columns: str | None) -> bool:
        """Say whether the table has all these columns."""
        return all(column is not None and column in self.table for column in columns)

    def number(self, column: str) -> pd.Series:
        """Give a column as numbers; what is none is missing."""
        return pd.to_numeric(self.table[column], errors="coerce").astype(float)

    def line(self, position: int) -> int:
        """Give the row of the file in which a row of the table stood."""
        # where the reader left out empty rows or a title, it kept the numbers of the others
        rows = self.table.attrs.get("rows")
        return rows[position] if rows else int(position) + 2

    def missing_columns(self, needed: Iterable[str]) -> Iterator[Problem]:
        for column in dict.fromkeys(needed):
            if column not in self.table:
                yield Problem(
                    self.file,
                    f"a column '{column}'",
                    "Add it, or mend its name in study.yml" + nearest(column, self.table) + ".",
                    found="no such column",
                    column=column,
                )

    def rows(
        self,
        bad: pd.Series | np.ndarray,
        column: str,
        expected: str,
        mend: str | Callable[[str], str],
        severity: str = "error",
        beside: tuple[str, ...] = (),
    ) -> Iterator[Problem]:
        """Give a problem for each row where `bad` holds; `beside` names columns shown with it.

        `mend` may be a function of the cell.
        """
        where = np.flatnonzero(np.asarray(bad, dtype=bool))
        for position in where[:NAMED]:
            how = mend if isinstance(mend, str) else mend(self._cell(position, column))
            yield Problem(
                self.file,
                expected,
                how,
                self._found(position, column, beside),
                self.line(position),
                self._patient(position),
                column,
                severity,
            )
        if len(where) > NAMED:
            yield Problem(
                self.file,
                expected,
                "See the rows above.",
                column=column,
                severity=severity,
                times=len(where) - NAMED,
            )

    def column_problem(
        self, column: str, found: str, expected: str, mend: str, severity: str = "error"
    ) -> Problem:
        """Give a problem of a whole column."""
        return Problem(self.file, expected, mend, found, column=column, severity=severity)

    def numbers(
        self, column: str, low: float = -np.inf, high: float = np.inf, what: str = "a number"
    ) -> Iterator[Problem]:
        """Every cell is empty or a number from `low` to `high`."""
        if column not in self.table:
            return
        text = self.table[column]
        value = pd.to_numeric(text, errors="coerce").astype(float)
        bad = text.notna() & ~((value >= low) & (value <= high) & np.isfinite(value))
        yield from self.rows(bad, column, what, _mend_number)

    def codes(
        self, column: str, known: list[str], required: bool = False, mend: str = ""
    ) -> Iterator[Problem]:
        """Every cell is one of the known codes; empty only where not required."""
        if column not in self.table:
            return
        text = self.table[column]
        unknown = text.notna() & ~text.isin(known)
        more = f" and {len(known) - LEVELS} more" if len(known) > LEVELS else ""
        expected = "one of " + ", ".join(known[:LEVELS]) + more
        yield from self.rows(
            unknown,
            column,
            expected,
            mend or (lambda cell: f"Correct the cell, or add the level{_like(cell, known)}."),
        )
        if required:
            yield from self.rows(text.isna(), column, expected, "Fill the cell.")

    def _found(self, position: int, column: str, beside: tuple[str, ...]) -> str:
        if column == self.id_column and not self.show_ids:
            empty = pd.isna(self.table[column].iloc[position]) if column in self.table else True
            return "no id" if empty else "this id (shown with --ids)"
        if not beside:
            return self._cell(position, column)
        return ", ".join(
            f"{name} = {self._cell(position, name) or 'nothing'}" for name in (column, *beside)
        )

    def _cell(self, position: int, column: str) -> str:
        cell = self.table[column].iloc[position] if column in self.table else ""
        return "" if pd.isna(cell) else str(cell)[:LONGEST]

    def _patient(self, position: int) -> str:
        if self.show_ids and self.id_column in self.table:
            return self._cell(position, self.id_column)[:40]
        number = self.patient_numbers.iloc[position]
        return "" if pd.isna(number) else f"no. {int(number)}"


def _mend_number(cell: str) -> str:
    written = as_written(cell)
    if written:
        return f"If {written} is meant, write {written}."
    return "Correct the cell, or leave it empty."


def _like(cell: str, known: list[str]) -> str:
    return nearest(cell, known) or nearest(cell.casefold(), {code.casefold() for code in known})


def study_numbers(study: Study, patients: pd.DataFrame) -> pd.Series:
    """Give each row of the patient table its study number: 1 to n in the order of the table."""
    return pd.Series(range(1, len(patients) + 1), index=patients.index)
