"""The patient table: columns, identifiers, arms, and each cell against its coding."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...errors import Problem
from ...study.parts import Variable
from ...study.study import Study
from .checker import Checker, study_numbers

OLDEST = 120  # years
ENOUGH_TO_DIFFER = 4  # columns beside the id; two patients may well agree in fewer
COMMONLY_ALIKE = 0.02  # share of rows like another above which it is not a copying error
AGE_UNITS = {"", "year", "years", "yr", "yrs", "y", "a"}


class PatientTable(Checker):
    """Checks of the patient table."""

    def __init__(self, study: Study, table: pd.DataFrame, show_ids: bool = False) -> None:
        super().__init__(study, study.tables.patients, table, study_numbers(study, table), show_ids)


class PatientChecks(PatientTable):
    """Structure and coding."""

    def run(self) -> Iterator[Problem]:
        yield from self.missing_columns(needed_columns(self.study))
        if not len(self.table):
            yield Problem(self.file, "one row a patient", "Add the patients.", "no rows")
            return
        if self.has(self.id_column):
            yield from self._ids()
        yield from self._arms()
        yield from self._variables()
        yield from self._coded()

    def _ids(self) -> Iterator[Problem]:
        ids = self.table[self.id_column]
        yield from self.rows(ids.isna(), self.id_column, "a patient id", "Fill the cell.")
        twice = ids.notna() & ids.duplicated(keep=False)
        yield from self.rows(
            twice, self.id_column, "one row a patient", "Keep one row for this patient."
        )
        yield from self._copied(twice)

    def _copied(self, twice: pd.Series) -> Iterator[Problem]:
        """Rows that differ in the id alone: a patient entered twice, or a copied row."""
        others = self.table.columns.drop(self.id_column)
        used = [column for column in needed_columns(self.study) if column in others]
        if len(others) < ENOUGH_TO_DIFFER:
            return
        alike = self.table[self.table.duplicated(used, keep=False) & ~twice]
        copied = self.table.index.isin(alike.index[alike.duplicated(list(others))])
        if copied.sum() > COMMONLY_ALIKE * len(self.table) + 1:
            # few columns, or coarse ones: that many agree by chance, and each is no news
            yield self.column_problem(
                self.id_column,
                f"{copied.sum()} of {len(copied)} rows like an earlier one",
                "rows that differ in more than the id",
                "If these are other patients with the same values, leave it.",
                "warning",
            )
            return
        yield from self.rows(
            copied,
            self.id_column,
            "a row unlike every other",
            "See whether it was copied.",
            "warning",
        )

    def _arms(self) -> Iterator[Problem]:
        column, codes = self.study.columns.arm, self.study.arm_codes
        if column in self.study.variables or column not in self.table:
            return
        arm = self.table[column]
        others = sorted(set(arm.dropna()) - set(codes))
        if others:
            yield self.column_problem(
                column,
                ", ".join(map(str, others))[:120],
                "two arms: " + ", ".join(codes),
                self._two_arms(arm),
            )
        yield from self.rows(arm.isna(), column, "an arm for each patient", "Fill the cell.")
        for code in codes:
            if not (arm == code).any():
                yield self.column_problem(
                    column,
                    "none",
                    f"at least one patient in arm '{code}'",
                    "Check the codes of the arms in study.yml.",
                )

    def _two_arms(self, arm: pd.Series) -> str:
        if set(self.study.arm_codes) <= set(arm.dropna()):
            return "Two arms are compared: delete the rows of the others, or correct the cells."
        return "Correct the cells, or write the codes of two of these arms into study.yml."

    def _variables(self) -> Iterator[Problem]:
        for name, variable in self.study.variables.items():
            column = variable.column or name
            if variable.cut:
                continue
            if variable.kind == "categorical":
                yield from self.codes(column, self.study.levels(name))
            elif is_age(name, variable):
                yield from self.numbers(column, 0, OLDEST, f"an age from 0 to {OLDEST} years")
            else:
                yield from self.numbers(column)

    def _coded(self) -> Iterator[Problem]:
        study = self.study
        if study.response:
            codes = [level.code for level in study.response.categories]
            yield from self.codes(study.response.column, codes, True)
            if study.response.change:
                yield from self.numbers(study.response.change, -100, what="-100 % or more")
            if study.response.new_lesion:
                yield from self.codes(study.response.new_lesion, YES_NO)
            if study.response.duration:
                yield from self.numbers(
                    study.response.duration.start, 0, what="a time of 0 or more"
                )
        if study.discontinuation:
            codes = [reason.code for reason in study.discontinuation.reasons]
            yield from self.codes(study.discontinuation.column, codes)
        if study.swimmer:
            s = study.swimmer
            for column in filter(None, (s.treatment, s.response_start, s.response_end)):
                yield from self.numbers(column, 0, what="a time of 0 or more")
            for column in filter(None, (s.ongoing, s.progression)):
                yield from self.codes(column, YES_NO)
        if study.measurements and study.measurements.procedure_time:
            yield from self.numbers(study.measurements.procedure_time)
        if study.treatment_start:
            yield from self._starts(study.treatment_start.column)

    def _starts(self, column: str) -> Iterator[Problem]:
        """The treatment's start against the arms: who never began is in the reference arm."""
        yield from self.numbers(column, 0, what="a time of 0 or more")
        arm = self.study.columns.arm
        if not self.has(column, arm) or arm in self.study.variables:
            return
        other, began = self.table[arm] == self.study.comparison_arm.code, self.table[column].notna()
        yield from self.rows(
            other & ~began,
            column,
            f"a start, for the patient is in arm {self.study.comparison_arm.code}",
            "Fill the cell, or the patient is left out of the analyses of the treatment's start.",
            "warning",
            (arm,),
        )
        yield from self.rows(
            (self.table[arm] == self.study.reference_arm) & began,
            column,
            f"no start, for the patient is in arm {self.study.reference_arm}",
            "Empty the cell, or the patient counts as treated from then on.",
            "warning",
            (arm,),
        )


YES_NO = ["0", "1", "0.0", "1.0"]


def needed_columns(study: Study) -> Iterator[str]:
    """Name the columns of the patient table that a study uses."""
    yield study.columns.patient_id
    if study.columns.arm not in study.variables:
        yield study.columns.arm
    for name, variable in study.variables.items():
        if not variable.cut:
            yield variable.column or name
    for endpoint in study.endpoints.values():
        yield from (endpoint.time, endpoint.event)
    if study.entry and study.endpoints:
        yield study.entry.column
    for part, keys in (
        (study.response, ("column", "change", "new_lesion")),
        (study.swimmer, ("treatment", "ongoing", "response_start", "response_end", "progression")),
        (study.discontinuation, ("column",)),
        (study.measurements, ("procedure_time",)),
        (study.treatment_start, ("column",)),
        (study.response and study.response.duration, ("start",)),
    ):
        yield from (getattr(part, key) for key in keys if part and getattr(part, key))


def columns_to_read(study: Study) -> list[str]:
    """Name those columns, and the ones from which others are derived; the id comes first."""
    dates = [
        column
        for endpoint in study.endpoints.values()
        for column in (
            endpoint.start,
            endpoint.end,
            *endpoint.event_dates,
            *(state.code for state in endpoint.competing_date_columns),
        )
    ]
    origins = [part.origin for part in (study.treatment_start, study.entry) if part]
    columns = (*needed_columns(study), *dates, study.enrolled.column, *origins)
    return [column for column in columns if column]


def columns_of_numbers(study: Study) -> dict[str, set[str]]:
    """Name, by table, the columns that a study reads as numbers."""
    s, r, m, e = study.swimmer, study.response, study.measurements, study.adverse_events
    patients = [
        variable.column or name
        for name, variable in study.variables.items()
        if variable.kind == "continuous" and not variable.cut
    ]
    patients += [endpoint.time for endpoint in study.endpoints.values()]
    patients += [s.treatment, s.response_start, s.response_end, s.progression] if s else []
    patients += [r.change] if r else []
    patients += [r.duration.start] if r and r.duration else []
    patients += [m.procedure_time] if m else []
    t = study.treatment_start
    patients += [t.column] if t and not t.origin else []
    patients += [study.entry.column] if study.entry and not study.entry.origin else []
    return {
        "patients": {column for column in patients if column},
        "adverse_events": {c for c in (e.grade, e.onset_day, e.procedure_hours) if c}
        if e
        else set(),
        "measurements": {c for c in (m.time, m.size, m.marker) if c} if m else set(),
    }


def is_age(name: str, variable: Variable) -> bool:
    """Say whether a variable is the patients' age in years."""
    words = {*name.lower().split("_"), *(variable.column or "").lower().split("_")}
    named = "age" in words or variable.label.lower().split()[:1] == ["age"]
    return named and variable.unit.strip().lower() in AGE_UNITS
