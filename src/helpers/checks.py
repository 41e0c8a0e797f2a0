"""Checks of a study's tables against its study file: all problems at once, none mended silently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from .errors import Problem
from .study import Study, _nearest

SHOWN = 20  # rows named for one kind of problem; the rest are counted


def check_tables(study: Study, tables: dict[str, pd.DataFrame]) -> list[Problem]:
    """Check raw (text) tables.

    Parameters
    ----------
    study : Study
    tables : dict
        Any of `patients`, `adverse_events`, `measurements`, as read by `read_table`.

    Returns
    -------
    list of Problem
        Errors and warnings, in the order of the tables.
    """
    problems: list[Problem] = []
    patients = tables.get("patients")
    if patients is not None:
        problems += _PatientChecks(study, patients).run()
    for role in ("adverse_events", "measurements"):
        if role in tables:
            problems += _ChildChecks(study, role, tables[role], patients).run()
    return problems


class _Checker:
    """Shared by the tables: rows are counted as a spreadsheet counts them."""

    def __init__(self, study: Study, file: str, table: pd.DataFrame) -> None:
        self.study, self.file, self.table = study, file, table
        self.id_column = study.columns.patient_id
        self.ids = (
            table[self.id_column] if self.id_column in table else pd.Series("", index=table.index)
        )

    def missing_columns(self, needed: Iterable[str]) -> Iterator[Problem]:
        for column in dict.fromkeys(needed):
            if column not in self.table:
                yield Problem(
                    self.file, f"a column '{column}'",
                    "Add it, or mend its name in study.yml" + _nearest(column, self.table) + ".",
                    found="no such column", column=column,
                )

    def rows(
        self, bad: pd.Series | np.ndarray, column: str, expected: str, mend: str,
        severity: str = "error",
    ) -> Iterator[Problem]:
        where = np.flatnonzero(np.asarray(bad, dtype=bool))
        for position in where[:SHOWN]:
            patient = self.ids.iloc[position]
            cell = self.table[column].iloc[position] if column in self.table else ""
            yield Problem(
                self.file, expected, mend, str(cell)[:120], int(position) + 2,
                "" if pd.isna(patient) else str(patient)[:40], column, severity,
            )
        if len(where) > SHOWN:
            yield Problem(
                self.file, expected, mend, f"{len(where) - SHOWN} more rows like these",
                column=column, severity=severity,
            )

    def numbers(self, column: str, low: float = -np.inf, high: float = np.inf,
                what: str = "a number") -> Iterator[Problem]:
        if column not in self.table:
            return
        text = self.table[column]
        value = pd.to_numeric(text, errors="coerce")
        bad = text.notna() & (value.isna() | ~np.isfinite(value) | (value < low) | (value > high))
        yield from self.rows(bad, column, what, "Correct the cell, or leave it empty.")

    def codes(self, column: str, known: list[str], required: bool = False) -> Iterator[Problem]:
        if column not in self.table:
            return
        text = self.table[column]
        unknown = text.notna() & ~text.isin(known)
        expected = "one of " + ", ".join(known)
        yield from self.rows(unknown, column, expected, "Correct the cell, or add the level.")
        if required:
            yield from self.rows(text.isna(), column, expected, "Fill the cell.")


class _PatientChecks(_Checker):
    def __init__(self, study: Study, table: pd.DataFrame) -> None:
        super().__init__(study, study.tables.patients, table)

    def run(self) -> Iterator[Problem]:
        yield from self.missing_columns(self._needed())
        if self.id_column in self.table:
            yield from self._ids()
        yield from self._arms()
        yield from self._variables()
        yield from self._endpoints()
        yield from self._endpoint_order()
        yield from self._coded()

    def _needed(self) -> Iterator[str]:
        study = self.study
        yield study.columns.patient_id
        if study.columns.arm not in study.variables:
            yield study.columns.arm
        for name, variable in study.variables.items():
            if not variable.cut:
                yield variable.column or name
        for endpoint in study.endpoints.values():
            yield from (endpoint.time, endpoint.event)
        for part, keys in (
            (study.response, ("column", "change", "new_lesion")),
            (study.swimmer, ("treatment", "ongoing", "response_start", "response_end",
                             "progression")),
            (study.discontinuation, ("column",)),
            (study.measurements, ("procedure_time",)),
        ):
            yield from (getattr(part, key) for key in keys if part and getattr(part, key))

    def _ids(self) -> Iterator[Problem]:
        yield from self.rows(self.ids.isna(), self.id_column, "a patient id", "Fill the cell.")
        twice = self.ids.notna() & self.ids.duplicated(keep=False)
        yield from self.rows(
            twice, self.id_column, "one row a patient", "Keep one row for this patient."
        )

    def _arms(self) -> Iterator[Problem]:
        column, codes = self.study.columns.arm, self.study.arm_codes
        if column in self.study.variables or column not in self.table:
            return
        arm = self.table[column]
        others = sorted(set(arm.dropna()) - set(codes))
        if others:
            yield Problem(
                self.file, "two arms: " + ", ".join(codes),
                "Keep the rows of two arms, or name two of these arms in study.yml.",
                ", ".join(map(str, others))[:120], column=column,
            )
        yield from self.rows(arm.isna(), column, "an arm for each patient", "Fill the cell.")
        for code in codes:
            if not (arm == code).any():
                yield Problem(
                    self.file, f"at least one patient in arm '{code}'",
                    "Check the codes of the arms in study.yml.", "none", column=column,
                )

    def _variables(self) -> Iterator[Problem]:
        for name, variable in self.study.variables.items():
            column = variable.column or name
            if variable.cut:
                continue
            if variable.kind == "continuous":
                yield from self.numbers(column)
            else:
                yield from self.codes(column, self.study.levels(name))

    def _endpoints(self) -> Iterator[Problem]:
        for endpoint in self.study.endpoints.values():
            yield from self.numbers(endpoint.time, 0, what="a time of 0 or more")
            yield from self.codes(endpoint.event, ["0", "1", "0.0", "1.0"])
            for column in (endpoint.time, endpoint.event):
                if column in self.table:
                    yield from self.rows(
                        self.table[column].isna(), column, "a value",
                        "The patient is left out of this endpoint.", "warning",
                    )

    def _endpoint_order(self) -> Iterator[Problem]:
        """Progression-free survival ends at death at the latest."""
        ends = {key: self.study.endpoints.get(key) for key in ("pfs", "os")}
        if None in ends.values() or ends["pfs"].unit != ends["os"].unit:
            return
        columns = [ends["pfs"].time, ends["os"].time]
        if not set(columns) <= set(self.table):
            return
        pfs, os = (pd.to_numeric(self.table[c], errors="coerce") for c in columns)
        yield from self.rows(
            pfs > os + 1e-9, columns[0], f"at most {columns[1]}",
            "Correct one of the two times.",
        )

    def _coded(self) -> Iterator[Problem]:
        study = self.study
        if study.response:
            yield from self.codes(
                study.response.column, [level.code for level in study.response.categories], True
            )
            if study.response.change:
                yield from self.numbers(study.response.change, -100, what="-100 % or more")
        if study.discontinuation:
            yield from self.codes(
                study.discontinuation.column,
                [reason.code for reason in study.discontinuation.reasons],
            )
        if study.swimmer:
            s = study.swimmer
            for column in (s.treatment, s.response_start, s.response_end):
                if column:
                    yield from self.numbers(column, 0, what="a time of 0 or more")


class _ChildChecks(_Checker):
    """Adverse events and measurements: rows of patients who are in the patient table."""

    def __init__(self, study: Study, role: str, table: pd.DataFrame,
                 patients: pd.DataFrame | None) -> None:
        super().__init__(study, getattr(study.tables, role), table)
        self.role, self.patients = role, patients

    def run(self) -> Iterator[Problem]:
        spec = getattr(self.study, self.role)
        keys = {
            "adverse_events": ("term", "grade", "onset_day", "relation", "procedure_hours"),
            "measurements": ("time", "size", "marker"),
        }[self.role]
        columns = [getattr(spec, key) for key in keys if spec and getattr(spec, key)]
        yield from self.missing_columns([self.id_column, *columns])
        if self.patients is not None and self.id_column in self.table:
            known = set(self.patients.get(self.id_column, ()))
            yield from self.rows(
                ~self.ids.isin(known), self.id_column, "a patient of the patient table",
                "Correct the id, or delete the row.",
            )
        if self.role == "adverse_events" and spec:
            yield from self._events(spec)
        elif spec:
            for key in keys:
                if getattr(spec, key):
                    yield from self.numbers(getattr(spec, key), 0, what="0 or more")

    def _events(self, spec) -> Iterator[Problem]:
        yield from self.codes(spec.grade, [f"{g}{end}" for g in range(1, 6) for end in ("", ".0")])
        if spec.terms:
            yield from self.codes(spec.term, [*spec.terms, *spec.other_terms], True)
