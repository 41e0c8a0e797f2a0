"""Adverse events and measurements: rows of patients who are in the patient table."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...errors import Problem
from ...study.study import Study
from .checker import Checker, study_numbers
from .course import ROUNDED, death_of, end_of_life, last_contact
from .patients import YES_NO

GRADES = [f"{grade}{end}" for grade in range(1, 6) for end in ("", ".0")]
FATAL = 5
BASELINE = 12  # months before time zero in which a baseline may have been measured


class ChildTable(Checker):
    """A table with several rows a patient."""

    role: str
    keys: tuple[str, ...]

    def __init__(
        self,
        study: Study,
        table: pd.DataFrame,
        patients: pd.DataFrame | None,
        show_ids: bool = False,
    ) -> None:
        column = study.columns.patient_id
        numbers = pd.Series(float("nan"), index=table.index)
        if patients is not None and column in patients and column in table:
            of_id = study_numbers(study, patients).set_axis(patients[column])
            of_id = of_id[of_id.index.notna() & ~of_id.index.duplicated()]
            numbers = table[column].map(of_id)
        super().__init__(study, getattr(study.tables, self.role), table, numbers, show_ids)
        self.patients, self.spec = patients, getattr(study, self.role)

    def run(self) -> Iterator[Problem]:
        if self.spec is None:
            yield Problem(
                "study.yml",
                f"a section '{self.role}' that names the columns of {self.file}",
                f"Add it, or take {self.role} out of 'tables'.",
                column=f"tables.{self.role}",
            )
            return
        columns = [getattr(self.spec, key) for key in self.keys if getattr(self.spec, key)]
        yield from self.missing_columns([self.id_column, *columns])
        known = self.patients is not None and self.id_column in self.patients
        if known and self.has(self.id_column):
            yield from self.rows(
                self.patient_numbers.isna(),
                self.id_column,
                "a patient of the patient table",
                "Correct the id, or delete the row.",
            )
        yield from self.cells()

    def cells(self) -> Iterator[Problem]:
        """Give the problems of single cells."""
        raise NotImplementedError

    def after_death(self, column: str, months: pd.Series) -> Iterator[Problem]:
        """Give the rows that lie after the death of their patient."""
        death = death_of(self.study)
        life = None if self.patients is None else end_of_life(self.study, self.patients)
        if life is None or not self.has(self.id_column):
            return
        yield from self.rows(
            months > self.table[self.id_column].map(life) + ROUNDED,
            column,
            f"a time before the patient's death ({death.time})",
            f"Correct it, or {death.time} of the patient.",
        )
        if self.study.cutoff is None:  # rows after a cut-off are no contradiction
            seen = self.table[self.id_column].map(last_contact(self.study, self.patients))
            yield from self.rows(
                months > seen + ROUNDED,
                column,
                f"a time up to the patient's last contact ({death.time})",
                f"Correct it, or {death.time} of the patient: follow-up may be longer.",
                "warning",
            )


class EventChecks(ChildTable):
    """Adverse events: terms, grades, and when they were."""

    role = "adverse_events"
    keys = ("term", "grade", "onset_day", "relation", "procedure_hours")

    def cells(self) -> Iterator[Problem]:
        spec = self.spec
        yield from self.codes(spec.grade, GRADES, True)
        if spec.terms:
            yield from self.codes(spec.term, [*spec.terms, *spec.other_terms], True)
        elif self.has(spec.term):
            empty = self.table[spec.term].isna()
            yield from self.rows(empty, spec.term, "a term", "Fill the cell, or delete the row.")
        for column in (spec.onset_day, spec.procedure_hours):
            if column:
                yield from self.numbers(column)
        if self.has(spec.onset_day):
            months = self.number(spec.onset_day) * self.study.months_in("days")
            yield from self.after_death(spec.onset_day, months)
            yield from self.rows(
                months < 0,
                spec.onset_day,
                "a day not before time zero",
                "Correct it, unless events before treatment are meant to count.",
                "warning",
            )
        yield from self._fatal()
        yield from self._above_severe()
        yield from self._twice()

    def _fatal(self) -> Iterator[Problem]:
        death, patients = death_of(self.study), self.patients
        if death is None or patients is None or not self.has(self.id_column, self.spec.grade):
            return
        if not {death.event, self.id_column} <= set(patients):
            return
        status = pd.to_numeric(patients[death.event], errors="coerce")
        alive = self.table[self.id_column].isin(patients.loc[status == 0, self.id_column])
        yield from self.rows(
            alive & (self.number(self.spec.grade) == FATAL),
            self.spec.grade,
            "a grade below 5, for the patient is recorded as alive",
            "Correct the grade, or the patient's status.",
        )

    def _above_severe(self) -> Iterator[Problem]:
        """A fatal event is not among the severe ones unless the study file says so."""
        if self.has(self.spec.grade):
            highest = self.spec.highest_grade
            yield from self.rows(
                self.number(self.spec.grade) > highest,
                self.spec.grade,
                f"a grade up to {highest}, the highest that is called severe",
                "It counts under any grade and stands in a sentence of its own; "
                f"adverse_events.highest_grade: {FATAL} puts it among the severe ones.",
                "warning",
            )

    def _twice(self) -> Iterator[Problem]:
        yield from self.rows(
            self.table.duplicated(keep="first"),
            self.spec.term,
            "each event once",
            "See whether the row was entered twice.",
            "warning",
        )


class MeasurementChecks(ChildTable):
    """Serial measurements: numbers of 0 or more, none after death; a baseline may be earlier."""

    role = "measurements"
    keys = ("time", "size", "marker", "new_lesion")

    def cells(self) -> Iterator[Problem]:
        for column in filter(None, (self.spec.size, self.spec.marker)):
            yield from self.numbers(column, 0, what="0 or more")
        if self.spec.new_lesion:
            yield from self.codes(self.spec.new_lesion, YES_NO)
        yield from self.numbers(
            self.spec.time, -BASELINE, what=f"a time, at most {BASELINE} months before time zero"
        )
        if self.has(self.spec.time):
            yield from self.after_death(self.spec.time, self.number(self.spec.time))
