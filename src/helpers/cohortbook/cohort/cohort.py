"""The cohort: a study's tables read, checked, typed, with derived variables and endpoints."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from ..errors import CohortbookError, ParameterError, Problem, StudyError
from ..opened import STUDY
from ..results import running_cell
from ..study.changes import changed
from ..study.choices import study_with
from ..study.languages import language_files
from ..study.parts import Subgroup
from ..study.study import STUDY_FILE, Study, study_keys, study_of
from ..study.unconfirmed import sentence
from .checks import (
    Finding,
    check_tables,
    check_values,
    columns_of_numbers,
    columns_to_read,
    needed_columns,
    personal_columns,
    personal_problems,
)
from .derive import resolve
from .derive.arms import rows_kept
from .derive.date_columns import without_consequences
from .further_arms import studies_of, together
from .imaging.checks import check_cases, picture_files
from .registry import is_registry, read_registry
from .seal import MEND, Seal, refuse_changed
from .tables_in import read_table
from .typed import typed_events, typed_measurements, typed_patients, with_cut_labels

NOT_DERIVED_FROM = {
    "texts",
    "baseline",
    "cox",
    "primary",
    "subgroups",
    "journal",
    "statistics",
    "robustness",
    "weighting",
}
"""Parts of a study file that decide what is computed of the tables, not what is read of them."""


@dataclass(frozen=True)
class Kept:
    """The patients that were kept of a study's: their ids, of how many, and why."""

    ids: frozenset[str]
    of: int
    why: str


@dataclass(frozen=True)
class Cohort:
    """A checked cohort.

    Attributes
    ----------
    study : Study
        What the tables mean.
    patients : DataFrame
        One row a patient, in the file's order: `patient_id` (str), `arm` (ordered categorical,
        reference arm first), each variable of the study (float or ordered categorical of level
        codes), `{endpoint}_time` in months and `{endpoint}_event` (1 = event, 0 = censored, NaN =
        missing), `{endpoint}_competing` where the study declares competing states (the code of the
        state at which a patient is censored, None for all others), `{endpoint}_entry` (months) and
        `{endpoint}_unseen` (True: never at risk) where the study names an entry, and the raw
        columns that the study names elsewhere under their own names.
    adverse_events, measurements : DataFrame or None
        The other tables as read, ids as text.
    fingerprints : dict
        SHA-256 of each file read.
    population : str
        "all", or the name of a subgroup.
    warnings : tuple of Problem
        What `check` would warn about.
    personal : tuple of Finding
        Columns that look personal and that the study allows.
    folder : Path or None
        The study folder; None for a cohort made from tables in memory.
    said : mapping
        What the study file says, with the changes of `with_study`.
    kept : Kept or None
        Which patients were kept of those in the files, and why.
    tables : dict or None
        The tables as text, by role, of a cohort that has no folder.
    part : Subgroup or None
        The subgroup whose patients these are.
    seal : Seal or None
        What it was when it was derived (see `whole`).
    """

    study: Study
    patients: pd.DataFrame
    adverse_events: pd.DataFrame | None = None
    measurements: pd.DataFrame | None = None
    fingerprints: dict[str, str] = field(default_factory=dict)
    population: str = "all"
    warnings: tuple = ()
    personal: tuple[Finding, ...] = ()
    folder: Path | None = None
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    kept: Kept | None = None
    tables: dict[str, pd.DataFrame] | None = field(default=None, repr=False)
    part: Subgroup | None = field(default=None, repr=False)
    seal: Seal | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.patients)

    @cached_property
    def n_by_arm(self) -> dict[str, int]:
        """Patients in each arm, the reference arm first."""
        counts = self.patients["arm"].value_counts()
        return {code: int(counts.get(code, 0)) for code in self.study.arm_codes}

    @cached_property
    def of_all_arms(self) -> Cohort:
        """The patients of all arms, those of `further_arms` too (see `further_arms.together`)."""
        return together(self)

    def subgroup(self, subgroup: Subgroup) -> Cohort:
        """Keep the patients of one subgroup."""
        keep = self.patients["arm"].notna() & (
            self.patients[subgroup.variable].astype("object") == subgroup.level
        )
        patients = self.patients[keep].reset_index(drop=True)
        seal = self.seal and Seal.of(self.seal.study, self.seal.said, patients=patients)
        return replace(self, patients=patients, population=subgroup.name, part=subgroup, seal=seal)

    def with_study(self, changes: Mapping[str, Any]) -> Cohort:
        """Give the cohort as another study file would make it: read and derived anew.

        Parameters
        ----------
        changes : mapping
            Dotted paths of the study file to values: `{"statistics.ties": "efron"}`,
            `{"variables.afp.at": [200]}`. Nothing is written.

        Raises
        ------
        ParameterError
            If a path leads nowhere.
        StudyError
            If the changed study cannot be used, with every problem.
        """
        try:
            said = changed(self.said, changes)
        except KeyError as error:
            raise ParameterError(
                f"The study file has no '{error.args[0]}'.",
                STUDY_FILE,
                "Name keys with dots between them, such as statistics.ties.",
            ) from None
        return self._made_again(said, self.kept)

    def choose(self, **choices: Any) -> Cohort:
        """Give the cohort under other choices (`choices.CHOICES`); None is the study's own.

        Raises
        ------
        ParameterError
            Naming the choice, what it takes, and the nearest name where one is unknown.
        """
        made = {name: value for name, value in choices.items() if value is not None}
        return self._made_again(study_with(self.said, made), self.kept) if made else self

    def keep(
        self,
        which: Collection[str] | pd.Series | Callable[[pd.DataFrame], pd.Series],
        why: str = "",
    ) -> Cohort:
        """Keep some of the patients; everything is derived anew among them.

        Parameters
        ----------
        which : collection of str, Series of bool, or function
            Ids of patients, a mask over `patients`, or what gives one for them.
        why : str
            What the report says of it: "aged 60 or older". Needed.

        Raises
        ------
        ParameterError
            For an id that no patient has, without a reason, or if nobody is left.
        """
        mask = which(self.patients) if callable(which) else which
        ids = self.patients["patient_id"]
        if isinstance(mask, pd.Series) and pd.api.types.is_bool_dtype(mask):
            wanted = set(ids[mask.to_numpy(dtype=bool, na_value=False)])
        else:
            wanted = {str(one) for one in mask}
            unknown = sorted(wanted - set(ids))
            if unknown:
                raise ParameterError(
                    f"{len(unknown)} of these ids belong to no patient.",
                    "keep",
                    "Give ids of the patient table, or a mask over it.",
                )
        if not wanted or not why.strip():
            raise ParameterError(
                "Nobody is kept." if not wanted else "There is no reason.",
                "keep",
                "Say which patients are kept, and why: keep(mask, why=...).",
            )
        of = self.kept.of if self.kept else len(self)
        reasons = [self.kept.why, why] if self.kept else [why]
        return self._made_again(self.said, Kept(frozenset(wanted), of, "; ".join(reasons)))

    def drop(self, patients: Collection[str], why: str = "") -> Cohort:
        """Leave out patients by their ids, as `keep` keeps them."""
        left_out = {str(one) for one in patients}
        unknown = sorted(left_out - set(self.patients["patient_id"]))
        if unknown:
            raise ParameterError(
                f"{len(unknown)} of these ids belong to no patient.",
                "drop",
                "Give ids of the patient table.",
            )
        return self.keep(~self.patients["patient_id"].isin(left_out), why)

    def _made_again(self, said: Mapping[str, Any], kept: Kept | None) -> Cohort:
        refuse_changed(self)
        if self.tables is None and self.folder is None:
            raise ParameterError("This cohort has neither files nor tables to be derived from.")
        changes = self._without_deriving(study_of(dict(said))) if kept == self.kept else None
        if changes is not None:
            study = self.study.model_copy(update=changes)
            seal = self.seal and replace(self.seal, study=study, said=said)
            return replace(self, study=study, said=said, seal=seal)
        made = (
            cohort_of(said, self.tables, kept)
            if self.tables is not None
            else load_cohort(self.folder, said, kept)
        )
        made = replace(made, personal=self.personal)
        return made.subgroup(self._same_part(made.study)) if self.part else made

    def _without_deriving(self, study: Study) -> dict[str, Any] | None:
        """Give the parts in which a study differs; None if one of them decides what is derived."""
        before = study_of(dict(self.said))
        parts = {
            part: getattr(study, part)
            for part in Study.model_fields
            if _told_apart(getattr(before, part), getattr(study, part))
        }
        fewer = study.endpoints.items() <= before.endpoints.items()
        if fewer and "endpoints" in parts:
            # as they were resolved: their columns are there already
            parts["endpoints"] = {name: self.study.endpoints[name] for name in study.endpoints}
        # of endpoints that are left out nothing is unconfirmed any more
        free = NOT_DERIVED_FROM | ({"endpoints", "unconfirmed"} if fewer else set())
        free |= {"swimmer"} if study.swimmer is None else set()
        days = study.statistics.days_per_month != before.statistics.days_per_month
        return None if set(parts) - free or days else parts

    def _same_part(self, study: Study) -> Subgroup:
        """Give the subgroup of this cohort as a changed study has it.

        Raises
        ------
        ParameterError
            If its level is gone, by another cut-point.
        """
        part = next((one for one in study.subgroups if one.name == self.part.name), self.part)
        if part.level not in study.levels(part.variable):
            raise ParameterError(
                f"The subgroup '{part.label}' is not among the levels of '{part.variable}' now.",
                "subgroup",
                "Change the study first, then take the subgroup.",
            )
        return part

    def survival(self, endpoint: str, *, entry: bool = False) -> pd.DataFrame:
        """Give `arm`, `time` (months), `event` (0/1) of the patients who have all three.

        Parameters
        ----------
        endpoint : str
        entry : bool
            The caller counts nobody as at risk before the entry: where the study has one, a
            column `entry` (months) is there too.

        Raises
        ------
        ParameterError
            If patients enter late and the caller does not know of it.
        """
        if not entry:
            self.refuse_entry()
        names = ["time", "event", *(["entry"] if self.study.entry is not None else [])]
        columns = self.patients[["patient_id", "arm", *(f"{endpoint}_{name}" for name in names)]]
        columns = columns.set_axis(["patient_id", "arm", *names], axis=1)
        return columns.dropna(subset=["arm", *names])

    def refuse_entry(self) -> None:
        """Refuse a cohort whose patients enter late (ParameterError), for what cannot count so."""
        if self.study.entry is not None:
            raise ParameterError(
                "Patients come under observation after time zero, and this analysis would count "
                "them as at risk before.",
                mend="Ask for one that takes the entry, such as km or cox.",
            )

    def unseen(self, endpoint: str) -> pd.Series:
        """Mark the patients whose follow-up for an endpoint ended before they came into view."""
        if self.study.entry is None:
            return pd.Series(False, index=self.patients.index)
        return self.patients[f"{endpoint}_unseen"]

    def competing(self, endpoint: str) -> pd.Series:
        """Give the competing state (code) of those whom `survival` counts and who ended in one."""
        known = self.survival(endpoint, entry=True).index
        column = f"{endpoint}_competing"
        return (
            self.patients.loc[known, column].dropna()
            if column in self.patients
            else pd.Series([], dtype=object)
        )


def _refuse_set(_self: Cohort, name: str, *_given: Any) -> NoReturn:
    """Refuse `cohort.patients = ...`: what was derived of the cohort would no longer fit."""
    raise ParameterError(
        f"cohort.{name} is not set by hand: what was derived of the cohort would no longer fit.",
        "",
        MEND.get(name, "Make another: cohort = cohort.with_study({...}), or cohort.choose(...)."),
    )


Cohort.__setattr__ = Cohort.__delattr__ = _refuse_set  # type: ignore[method-assign]


def _told_apart(one: Any, other: Any) -> bool:
    """Say whether two parts differ; of endpoints and variables the order counts too."""
    ordered = isinstance(one, dict) and isinstance(other, dict) and list(one) != list(other)
    return one != other or ordered


def of_this_build(folder: str | Path) -> None:
    """Refuse another study in a notebook that a build runs: a report is of one.

    Raises
    ------
    CohortbookError
        Naming the cell.
    """
    wanted = os.environ.get(STUDY)
    if wanted and Path(folder).resolve() != Path(wanted).resolve():
        raise another_study(f"cell [{running_cell()}]", folder, wanted)


def another_study(where: str, found: str | Path, wanted: str | Path) -> CohortbookError:
    """Say that a notebook would mix two studies in one report."""
    return CohortbookError(
        f"found the study {found}; expected {wanted}, whose report this is.",
        where,
        "Leave `study` as it is and use the cohort that `start` gave; build the other study's "
        "report by itself.",
    )


def load_cohort(
    folder: str | Path, said: Mapping[str, Any] | None = None, kept: Kept | None = None
) -> Cohort:
    """Read a study folder into a checked cohort.

    >>> from cohortbook import load_cohort
    >>> load_cohort("data/wei2026").n_by_arm
    {'ICI': 31, 'MWA+ICI': 21}

    Parameters
    ----------
    folder : path
        A folder with `study.yml` and the tables it names.
    said : mapping, optional
        What is to stand in place of its study file's keys.
    kept : Kept, optional
        The patients that are kept.

    Returns
    -------
    Cohort

    Raises
    ------
    StudyError
        With all problems of all files at once.
    CohortbookError
        In the notebook of a report, for another study than the report's.
    """
    of_this_build(folder)
    read = read_study(folder, said=said, kept=kept)
    return replace(_cohort(read, kept), fingerprints=_fingerprints(read.folder, read.study))


def cohort_of(
    said: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], kept: Kept | None = None
) -> Cohort:
    """Make a cohort from tables in memory (text cells, by role) and the keys of a study file.

    Raises
    ------
    StudyError
        With all problems of keys and tables at once.
    """
    study = study_of(dict(said))
    read = _assembled(Path(), study, dict(tables), [], [], study.privacy.show_ids, kept)
    return replace(_cohort(replace(read, said=said), kept), folder=None, tables=dict(tables))


def _cohort(read: StudyFiles, kept: Kept | None) -> Cohort:
    errors = [problem for problem in read.problems if problem.severity == "error"]
    if errors:
        raise StudyError(errors)
    study, tables = read.study, read.tables
    events = typed_events(study, tables.get("adverse_events"))
    measurements = typed_measurements(study, tables.get("measurements"))
    return Cohort(
        study=study,
        patients=read.patients,
        adverse_events=events,
        measurements=measurements,
        seal=Seal.of(
            study,
            read.said,
            patients=read.patients,
            adverse_events=events,
            measurements=measurements,
        ),
        warnings=tuple(read.problems),
        personal=tuple(read.personal),
        folder=read.folder,
        said=read.said,
        kept=kept,
    )


@dataclass(frozen=True)
class StudyFiles:
    """A study as its files have it: tables as text by role, and every problem found in them.

    `patients` is the typed patient table, None if columns are missing; `notes` say how each file
    was read.
    """

    folder: Path
    study: Study
    tables: dict[str, pd.DataFrame]
    patients: pd.DataFrame | None
    problems: list[Problem]
    personal: list[Finding]
    notes: tuple[str, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_study(
    folder: str | Path,
    show_ids: bool | None = None,
    said: Mapping[str, Any] | None = None,
    kept: Kept | None = None,
) -> StudyFiles:
    """Read the files of a study and look for every problem, without stopping at one.

    Parameters
    ----------
    folder : path
    show_ids : bool or None
        Name patients in problems by their identifier; None does as `privacy.show_ids` says.
    said : mapping, optional
        What is to stand in place of the study file's keys.
    kept : Kept, optional
        The patients that are kept; rows of others are left out before anything is derived.

    Raises
    ------
    StudyError
        If the study file itself cannot be used.
    """
    folder = Path(folder)
    said = study_keys(folder) if said is None else said
    study = study_of(dict(said))
    show_ids = study.privacy.show_ids if show_ids is None else show_ids
    if is_registry(folder, study):
        if kept is not None:
            raise ParameterError(
                "Patients of a registry cannot be left out here.",
                "keep",
                "Write the rows that are wanted to a file of their own.",
            )
        return replace(_registry(folder, study, show_ids), said=said)
    tables, problems, notes = {}, [], []
    numbers = columns_of_numbers(study)
    for role, name in _named_tables(study):
        reading = study.reading(role)
        used = columns_to_read(study) if role == "patients" else []
        found = read_table(folder, name, reading, used, numbers[role])
        problems += found.problems
        if found.table is not None:
            tables[role] = found.table
            notes.append(found.note)
    read = _assembled(folder, study, dict(tables), problems, notes, show_ids, kept)
    return replace(read, said=said, problems=[*read.problems, *_of_further(read, tables, said)])


def _of_further(
    read: StudyFiles, tables: Mapping[str, pd.DataFrame], said: Mapping[str, Any]
) -> list[Problem]:
    """Give the errors of patients whose arm is beyond the two of the report."""
    found = [
        problem
        for study in studies_of(said, read.study)
        for problem in _assembled(
            read.folder, study, dict(tables), [], [], study.privacy.show_ids, None
        ).problems
        if problem.severity == "error"
    ]
    return [one for place, one in enumerate(found) if one not in [*read.problems, *found[:place]]]


def _assembled(
    folder: Path,
    study: Study,
    tables: dict[str, pd.DataFrame],
    problems: list[Problem],
    notes: list[str],
    show_ids: bool,
    kept: Kept | None,
) -> StudyFiles:
    """Check tables of text, derive what the study asks for, and type the patient table."""
    tables, study = _rows_kept(study, tables, kept), _cases_kept(study, kept)
    # before anything is derived or left out: it is the files that are passed on
    personal = personal_columns(study, tables)
    problems = [*problems, *personal_problems(study, tables, personal)]
    resolved = resolve(study, tables, show_ids)
    study, tables = resolved.study, resolved.tables
    problems += resolved.problems
    problems += without_consequences(resolved.problems, check_tables(study, tables, show_ids))
    raw, patients = tables.get("patients"), None
    if raw is not None and set(needed_columns(study)) <= set(raw):
        patients = typed_patients(study, raw)
        patients.attrs |= raw.attrs
        problems += check_values(study, patients, show_ids)
        study = with_cut_labels(study, patients)
    known = () if raw is None else raw.get(study.columns.patient_id, ())
    problems += check_cases(study, folder, set(known))
    unconfirmed = sentence(study)
    return StudyFiles(
        folder,
        study,
        tables,
        patients,
        problems,
        personal,
        (*notes, *resolved.notes, *([unconfirmed] if unconfirmed else [])),
    )


def _rows_kept(
    study: Study, tables: dict[str, pd.DataFrame], kept: Kept | None
) -> dict[str, pd.DataFrame]:
    """Leave out the rows of patients who are not kept, in every table that names patients."""
    if kept is None:
        return tables
    key = study.columns.patient_id
    return {
        role: rows_kept(table, table[key].isin(kept.ids)) if key in table else table
        for role, table in tables.items()
    }


def _cases_kept(study: Study, kept: Kept | None) -> Study:
    """Leave out the cases, and the series, of patients who are not kept."""
    if kept is None:
        return study
    cases = [case for case in study.cases if case.patient is None or case.patient in kept.ids]
    changes: dict[str, Any] = {"cases": cases} if cases != study.cases else {}
    if study.measurements is not None:
        shown = [one for one in study.measurements.cases if one in kept.ids]
        if shown != study.measurements.cases:
            changes["measurements"] = study.measurements.model_copy(update={"cases": shown})
    return study.model_copy(update=changes) if changes else study


def _registry(folder: Path, study: Study, show_ids: bool) -> StudyFiles:
    """Read a registry: its columns come typed, and its personal data are looked for in a sample."""
    read = read_registry(folder, study)
    sample = {"patients": read.sample}
    personal = personal_columns(study, sample)
    problems = [*personal_problems(study, sample, personal), *read.problems]
    if read.columns is None:
        return StudyFiles(folder, study, {}, None, problems, personal, (read.note,))
    patients = typed_patients(study, read.columns)
    problems += check_values(study, patients, show_ids)
    study = with_cut_labels(study, patients)
    return StudyFiles(
        folder, study, {"patients": read.columns}, patients, problems, personal, (read.note,)
    )


def _named_tables(study: Study) -> list[tuple[str, str]]:
    tables = study.tables
    named = [("patients", tables.patients)]
    if tables.adverse_events:
        named.append(("adverse_events", tables.adverse_events))
    if tables.measurements:
        named.append(("measurements", tables.measurements))
    return named


def _fingerprints(folder: Path, study: Study) -> dict[str, str]:
    names = ["study.yml", *(name for _, name in _named_tables(study)), *picture_files(study)]
    names += [path.name for path in language_files(study.language, folder) if path.parent == folder]
    return {name: _sha256(folder / name) for name in names}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:  # a piece at a time: a registry may be larger than memory
        return hashlib.file_digest(file, "sha256").hexdigest()
