"""What all checks share: rows named as a spreadsheet counts them, patients by study number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from ..errors import Problem
from ..study import Study, nearest
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

    def missing_columns(self, needed: Iterable[str]) -> Iterator[Problem]:
        for column in dict.fromkeys(needed):
            if column not in self.table:
                yield Problem(
                    self.file, f"a column '{column}'",
                    "Add it, or mend its name in study.yml" + nearest(column, self.table) + ".",
                    found="no such column", column=column,
                )

    def rows(
        self, bad: pd.Series | np.ndarray, column: str, expected: str, mend: str,
        severity: str = "error", beside: tuple[str, ...] = (),
    ) -> Iterator[Problem]:
        """Give a problem for each row where `bad` holds; `beside` names columns shown with it."""
        where = np.flatnonzero(np.asarray(bad, dtype=bool))
        # where the reader left out empty rows or a title, it kept the numbers of the others
        line = self.table.attrs.get("rows") or range(2, len(self.table) + 2)
        for position in where[:NAMED]:
            yield Problem(
                self.file, expected, mend, self._found(position, column, beside),
                line[position], self._patient(position), column, severity,
            )
        if len(where) > NAMED:
            yield Problem(
                self.file, expected, mend, column=column, severity=severity,
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
        if not bad.any():
            return
        meant = text[bad].map(as_written)
        plain = bad & ~bad.index.isin(meant.index[meant != ""])
        yield from self.rows(plain, column, what, "Correct the cell, or leave it empty.")
        for written in dict.fromkeys(meant[meant != ""]):
            same = bad & bad.index.isin(meant.index[meant == written])
            yield from self.rows(same, column, what, f"If {written} is meant, write {written}.")

    def codes(self, column: str, known: list[str], required: bool = False) -> Iterator[Problem]:
        """Every cell is one of the known codes; empty only where not required."""
        if column not in self.table:
            return
        text = self.table[column]
        unknown = text.notna() & ~text.isin(known)
        more = f" and {len(known) - LEVELS} more" if len(known) > LEVELS else ""
        expected = "one of " + ", ".join(known[:LEVELS]) + more
        for code in dict.fromkeys(text[unknown]):
            mend = f"Correct the cell, or add the level{self._like(code, known)}."
            yield from self.rows(unknown & (text == code), column, expected, mend)
        if required:
            yield from self.rows(text.isna(), column, expected, "Fill the cell.")

    def _like(self, code: str, known: list[str]) -> str:
        return nearest(str(code), known) or nearest(
            str(code).casefold(), {known_code.casefold() for known_code in known}
        )

    def _found(self, position: int, column: str, beside: tuple[str, ...]) -> str:
        if column == self.id_column and not self.show_ids:
            empty = pd.isna(self.table[column].iloc[position]) if column in self.table else True
            return "no id" if empty else "this id (shown with --ids)"
        if not beside:
            return self._cell(position, column)
        return ", ".join(f"{name} = {self._cell(position, name)}" for name in (column, *beside))

    def _cell(self, position: int, column: str) -> str:
        cell = self.table[column].iloc[position] if column in self.table else ""
        return "" if pd.isna(cell) else str(cell)[:LONGEST]

    def _patient(self, position: int) -> str:
        if self.show_ids and self.id_column in self.table:
            return self._cell(position, self.id_column)[:40]
        number = self.patient_numbers.iloc[position]
        return "" if pd.isna(number) else f"no. {int(number)}"


def study_numbers(study: Study, patients: pd.DataFrame) -> pd.Series:
    """Give each row of the patient table its study number: 1 to n in the order of the table."""
    return pd.Series(range(1, len(patients) + 1), index=patients.index)
