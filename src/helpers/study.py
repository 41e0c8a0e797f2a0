"""The study file: what a cohort's tables hold and what is asked of them, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from .errors import CohortbookError, Problem, StudyError
from .journals import DEFAULT as JOURNAL
from .study_cases import Case
from .study_model import Code, Colour, Column, Label, Model, Month, Name, Text
from .study_names import nearest, wrong_names
from .yaml_in import YamlError, read_yaml

STUDY_FILE = "study.yml"
MONTHS_PER = {"days": 12 / 365.25, "weeks": 7 * 12 / 365.25, "months": 1.0, "years": 12.0}


class Reading(Model):
    """How a table's file is read; what is not stated is found out, and `check` says what."""

    encoding: str | None = Field(None, description="Such as utf-8, gb18030 or latin-1.")
    separator: str | None = Field(
        None, min_length=1, max_length=1, description="Character between the cells of a text file."
    )
    decimal: Literal[".", ","] | None = Field(None, description="Decimal mark of its numbers.")
    sheet: str | None = Field(None, description="Sheet of a workbook; the first if not given.")
    dates: Literal["ymd", "dmy", "mdy"] | None = Field(
        None, description="Order of day, month and year in dates written with numbers."
    )
    missing: list[Code] = Field(
        default_factory=list, description="Further cells that mean that nothing is recorded."
    )


DEFAULT_READING = Reading()


class Tables(Model):
    """The study's files, relative to the study folder: CSV, Excel, SPSS, Stata, SAS, Parquet."""

    patients: Column = Field("patients.csv", description="One row a patient.")
    adverse_events: Column | None = Field(None, description="One row an adverse event.")
    measurements: Column | None = Field(None, description="One row a patient and time.")
    reading: dict[Literal["patients", "adverse_events", "measurements"], Reading] = Field(
        default_factory=dict, description="How a file is read, where that must be stated."
    )


class Columns(Model):
    """The two columns that every cohort has."""

    patient_id: Column = Field("patient_id", description="Column that identifies the patient.")
    arm: Column = Field("arm", description="Column, or derived variable, that gives the arm.")


class Arm(Model):
    """One of the two arms."""

    code: Code = Field(description="The value in the arm column.")
    label: Label = Field(description="How the arm is called in tables and figures.")
    color: Colour = Field(description="Colour of the arm in every figure, as #RRGGBB.")


class Level(Model):
    """One level of a categorical variable."""

    code: Code = Field(description="The value in the table (or the name of a derived level).")
    label: Label = Field("", description="How the level is printed; the code if empty.")

    @property
    def printed(self) -> str:
        """How the level is printed."""
        return self.label or self.code


class Variable(Model):
    """A baseline variable, read from a column or cut from another variable."""

    label: Label = Field(description="How the variable is printed.")
    kind: Literal["continuous", "categorical"] = Field(description="How it is summarised.")
    column: Column | None = Field(None, description="Column of patients; default: its name.")
    unit: Label = Field("", description="Unit, printed after the label.")
    decimals: int = Field(0, ge=0, le=6, description="Decimals of a continuous summary.")
    levels: list[Level] = Field(default_factory=list, description="Levels in printing order.")
    cut: Name | None = Field(None, description="Continuous variable that this one is cut from.")
    at: list[float | Literal["median"]] = Field(
        default_factory=list, description="Cut-points, rising; 'median' is the sample median."
    )
    cut_point_in: Literal["upper", "lower"] = Field(
        "upper", description="Which of two neighbouring levels a cut-point itself belongs to."
    )

    @model_validator(mode="after")
    def _levels_fit(self) -> Variable:
        if self.kind == "categorical" and not self.levels:
            raise ValueError("a categorical variable needs its levels")
        codes = [level.code for level in self.levels]
        if len(set(codes)) != len(codes):
            raise ValueError("two levels have the same code")
        if self.cut and len(self.levels) != len(self.at) + 1:
            raise ValueError(f"{len(self.at)} cut-points make {len(self.at) + 1} levels")
        if bool(self.cut) != bool(self.at):
            raise ValueError("'cut' and 'at' go together")
        if self.kind == "continuous" and (self.cut or self.levels):
            raise ValueError("a variable of kind continuous has neither levels nor 'cut'")
        if not rising([at for at in self.at if at != "median"]) or self.at.count("median") > 1:
            raise ValueError("cut-points do not rise, each above the one before it")
        return self

    def cut_points(self, values: Any) -> list[float]:
        """Give the cut-points, the median of `values` (a Series of numbers) in its place."""
        return [float(values.median() if at == "median" else at) for at in self.at]


class Endpoint(Model):
    """A time-to-event endpoint: a time and a status, or dates from which they are derived.

    Either `time` and `event`; or `start` and `end` with `event`, `event_dates` or both: the first
    of the dates is the event, and without one the status at `end` decides.
    """

    label: Label = Field(description="Full name, such as Overall survival.")
    short: Label = Field(description="Abbreviation, such as OS.")
    time: Column | None = Field(None, description="Column with the time from time zero.")
    event: Column | None = Field(None, description="Column with 1 = event, 0 = censored.")
    event_codes: list[Code] = Field(
        default_factory=list, description="Values of the event column that are events, if not 1."
    )
    censored_codes: list[Code] = Field(
        default_factory=list,
        description="Values that are censored; all but the event codes if not given.",
    )
    start: Column | None = Field(None, description="Column with the date of time zero.")
    end: Column | None = Field(None, description="Column with the date of last contact or event.")
    event_dates: list[Column] = Field(
        default_factory=list, description="Columns with dates of events; the first one counts."
    )
    event_label: Label = Field("event", description="What the event is, in the singular.")
    events_label: Label = Field("events", description="What the events are, in the plural.")
    unit: Literal["days", "weeks", "months", "years"] = Field(
        "months", description="Unit of the time column; the report uses months."
    )
    milestones: list[Month] = Field(
        default_factory=list, description="Months at which survival is reported."
    )

    @property
    def share(self) -> str:
        """What its curve shows the share of: a survival by its name, others by their event."""
        return self.label if "survival" in self.label.lower() else f"Without {self.event_label}"

    @model_validator(mode="after")
    def _is_defined(self) -> Endpoint:
        dates = bool(self.start and self.end)
        if bool(self.start) != bool(self.end):
            raise ValueError("'start' and 'end' go together")
        if dates == bool(self.time):
            raise ValueError("an endpoint needs 'time', or 'start' and 'end'")
        if not (self.event or self.event_dates) or (self.event_dates and not dates):
            raise ValueError("an endpoint needs 'event', or dates and 'event_dates'")
        return self


class BaselineRow(Model):
    """One variable of the baseline table."""

    variable: Name
    test: bool = Field(True, description="Whether a P value is given.")
    summary: Literal["median_range", "median_iqr", "mean_sd"] = "median_range"


class Covariate(Model):
    """One covariate of the Cox models."""

    variable: Name
    reference: Code | None = Field(None, description="Reference level; the first if not given.")
    per: float = Field(
        1, gt=0,
        description="Units of a continuous variable that the hazard ratio is for, such as 10.",
    )


class Cox(Model):
    """The regression models of the prognostic factors."""

    covariates: list[Covariate] = Field(description="Covariates beside the treatment.")
    univariable_coding: Literal["reference", "indicator"] = Field(
        "reference",
        description="Factors of several levels alone: each level against the reference level, "
        "or each level's indicator against all the rest.",
    )


class Subgroup(Model):
    """Patients with one level of a categorical variable."""

    name: Name
    label: Label
    variable: Name
    level: Code


class Recist(Model):
    """How best overall response follows from serial sums of the target lesions."""

    progression_from: Literal["nadir", "baseline"] = Field(
        "nadir", description="What growth is measured from: the smallest sum so far, or the first."
    )
    least_growth: float = Field(
        5, ge=0, description="Growth in mm that progression needs beside the percentage."
    )


class Response(Model):
    """Best overall response and its coding."""

    column: Column = Field(
        description="Column with the best overall response; derived if there is none such."
    )
    missing_is: Code | None = Field(None, description="Category of patients without an entry.")
    derived: Recist | None = Field(
        None, description="Derive it from `measurements.size` too, and compare or fill in."
    )
    criteria: Label = Field(description="The response criteria, such as mRECIST.")
    categories: list[Level] = Field(description="Categories from best to worst.")
    objective: list[Code] = Field(description="Categories that count as objective response.")
    control: list[Code] = Field(description="Categories that count as disease control.")
    not_evaluable: Code | None = Field(None, description="Category of those not evaluable.")
    confirmed: bool = Field(
        False, description="True if a response had to be confirmed by a second scan."
    )
    change: Column | None = Field(None, description="Column with the best change of targets, %.")
    new_lesion: Column | None = Field(None, description="Column with 1 = new lesion by then.")
    shrinkage: float = Field(-30, description="Change in % at or below which a lesion responds.")
    growth: float = Field(20, description="Change in % at or above which a lesion progresses.")


class Swimmer(Model):
    """Columns of the swimmer plot, times in months from time zero."""

    treatment: Column = Field(description="Column with the duration of treatment.")
    ongoing: Column | None = Field(None, description="Column with 1 = still on treatment.")
    response_start: Column | None = None
    response_end: Column | None = None
    survival: Name = Field("os", description="Endpoint that ends the lane.")
    progression: Column | None = Field(None, description="Column with 1 = progressed.")
    progression_time: Name | None = Field(None, description="Endpoint that times progression.")


class Window(Model):
    """A time window after the procedure, in hours; the upper limit is inside."""

    name: Name
    label: Label
    after: float = Field(description="Hours; events later than this count.")
    until: float = Field(description="Hours; events up to this count.")

    @model_validator(mode="after")
    def _has_hours(self) -> Window:
        if self.until <= self.after:
            raise ValueError("'until' is not later than 'after'")
        return self


class AdverseEvents(Model):
    """The table of adverse events and what is made of it."""

    term: Column = "ae_term"
    grade: Column = "ctcae_grade"
    onset_day: Column | None = None
    relation: Column | None = None
    terms: list[Code] = Field(default_factory=list, description="Terms in printing order.")
    other_terms: list[Code] = Field(
        default_factory=list, description="Known terms that are not in the main table."
    )
    severe_grade: int = Field(3, ge=2, le=5, description="Lowest grade called severe.")
    highest_grade: int = Field(4, ge=2, le=5, description="Highest grade called severe.")
    procedure_hours: Column | None = Field(None, description="Column: hours after the procedure.")
    procedure_arm: Code | None = Field(None, description="Arm that had the procedure.")
    procedure_label: Label = "procedure"
    windows: list[Window] = Field(default_factory=list)
    criteria: Label = "CTCAE"

    @model_validator(mode="after")
    def _grades_rise(self) -> AdverseEvents:
        if self.highest_grade < self.severe_grade:
            raise ValueError("'highest_grade' is below 'severe_grade'")
        return self

    def severe_grades(self, to: str = " to ") -> str:
        """Name the grades that are called severe: grade 3 to 4."""
        low, high = self.severe_grade, self.highest_grade
        return f"grade {low}" if low == high else f"grade {low}{to}{high}"


class Discontinuation(Model):
    """Why treatment was stopped for good."""

    column: Column
    reasons: list[Level]


class Measurements(Model):
    """Serial measurements, times in months from time zero."""

    time: Column
    size: Column | None = None
    size_label: Label = "Sum of target lesions (mm)"
    new_lesion: Column | None = Field(None, description="Column with 1 = new lesion at this visit.")
    marker: Column | None = None
    marker_label: Label = "Marker"
    procedure_time: Column | None = Field(None, description="Column of patients: its month.")
    cases: list[Code] = Field(default_factory=list, description="Patients shown one by one.")


class FlowBox(Model):
    """A number of the patient flow that only the authors know."""

    label: Label
    n: int = Field(ge=0)


class Flow(Model):
    """The patient flow before the cohort; the boxes from the cohort on are counted."""

    screened: FlowBox | None = None
    excluded: list[FlowBox] = Field(default_factory=list)


PRESETS: dict[str, dict[str, str]] = {
    "spss": {"ties": "breslow", "conf_type": "plain", "quartiles": "type 6", "median": "first"},
    "r": {"ties": "efron", "conf_type": "log", "quartiles": "type 7", "median": "midpoint"},
}


class Statistics(Model):
    """The settings in force; what is not given comes from the preset."""

    preset: Literal["spss", "r"] = Field("r", description="Whose defaults are followed.")
    alpha: float = Field(0.05, gt=0, lt=0.5)
    conf_level: float = Field(0.95, gt=0.5, lt=1)
    ties: Literal["breslow", "efron"] | None = None
    conf_type: Literal["log-log", "log", "plain"] | None = Field(
        None, description="Transformation of the Kaplan-Meier confidence limits."
    )
    quartiles: Literal["type 6", "type 7"] | None = None
    median: Literal["first", "midpoint"] | None = Field(
        None, description="Median where the curve is level at one half."
    )
    days_per_month: float = Field(
        30.4375, ge=28, le=31, description="Days that make a month; 365.25 / 12 by default."
    )
    fisher_beyond_2x2: bool = Field(
        False, description="Exact test also for sparse tables larger than 2 x 2."
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        name = given.get("preset") or "r"
        preset = PRESETS.get(name, {}) if isinstance(name, str) else {}
        return {**preset, **{key: value for key, value in given.items() if value is not None}}


class Robustness(Model):
    """How far the effect of the treatment is put to the test."""

    resamples: int = Field(
        10_000, ge=100, le=100_000, description="Bootstrap resamples; large cohorts draw fewer."
    )
    seed: int = Field(1, ge=0, description="Seed of every draw: the same seed, the same report.")
    specifications: int = Field(
        4096, ge=2, le=65_536,
        description="Most sets of covariates tried; beyond, a seeded sample of them.",
    )
    landmarks: list[Month] = Field(
        [1, 2, 3, 6], description="Months of the landmark analyses, rising."
    )
    p_adjustment: Literal["holm", "benjamini-hochberg", "none"] = Field(
        "holm", description="The adjusted P beside the unadjusted one in the table of all tests."
    )


class Texts(Model):
    """What only the authors can know."""

    title: Text
    short_title: Text = Field("", description="At the top of each page; default: the title.")
    authors: list[Text] = Field(default_factory=list)
    design: Text = ""
    setting: Text = ""
    population: Text = Field("", description="Who was eligible, as a phrase: 'patients with ...'.")
    exposure: Label = Field("treatment", description="What the arms differ in, as a noun in the "
                            "singular: 'the treatment's hazard ratio'.")
    time_zero: Text = Field("", description="From when time is counted.")
    enrolment: Text = ""
    data_cutoff: Text = ""
    registration: Text = ""
    ethics: Text = ""
    source: Text = Field("", description="Where the data come from.")
    licence: Text = ""
    limitations: list[Text] = Field(default_factory=list)
    abbreviations: dict[str, Label] = Field(default_factory=dict)


class Privacy(Model):
    """What may lie in the files and what may be shown; nothing personal unless it stands here."""

    allowed: list[Column] = Field(
        default_factory=list,
        description="Columns that look personal and may stay in the tables all the same.",
    )
    show_ids: bool = Field(
        False, description="True names patients by their identifier where problems are listed and "
        "in the figures that show them one by one."
    )
    smallest_count: int | None = Field(
        None, ge=2, le=50, description="Counts from 1 to below this one are not shown, nor what "
        "would give them away; parts of the report are left out. None shows all counts.",
    )


class Enrolled(Model):
    """When patients came in: what times that have no dates are checked against."""

    first: date | None = Field(None, description="Date at which the first patient can have begun.")
    last: date | None = Field(None, description="Date at which the last patient can have begun.")
    column: Column | None = Field(None, description="Column with the date of time zero.")


class Study(Model):
    """One study: its tables, its coding, the questions asked, and the settings."""

    synthetic: bool = Field(False, description="True labels every output as synthetic data.")
    texts: Texts
    tables: Tables = Tables()
    columns: Columns = Columns()
    arms: list[Arm] = Field(
        min_length=1, max_length=2, description="The two arms; one arm gives a report without "
        "comparisons.",
    )
    reference_arm: Code
    other_arms: Literal["refuse", "exclude"] = Field(
        "refuse",
        description="Patients of further arms, or of none: an error, or left out and counted.",
    )
    cutoff: date | None = Field(
        None, description="Data cut-off: endpoints derived from dates are censored at this date."
    )
    enrolled: Enrolled = Enrolled()
    after_cutoff: Literal["refuse", "censor"] = Field(
        "refuse", description="Events dated after the cut-off: an error, or censored at it."
    )
    endpoints: dict[Name, Endpoint] = Field(default_factory=dict)
    variables: dict[Name, Variable] = Field(default_factory=dict)
    baseline: list[BaselineRow] = Field(default_factory=list)
    cox: Cox | None = None
    subgroups: list[Subgroup] = Field(default_factory=list)
    response: Response | None = None
    swimmer: Swimmer | None = None
    adverse_events: AdverseEvents | None = None
    discontinuation: Discontinuation | None = None
    measurements: Measurements | None = None
    cases: list[Case] = Field(
        default_factory=list, max_length=9, description="Patients shown by pictures."
    )
    flow: Flow = Flow()
    journal: Code = Field(
        JOURNAL, description="Profile that exported figures are checked against."
    )
    statistics: Statistics = Statistics()
    privacy: Privacy = Privacy()
    robustness: Robustness = Robustness()

    @model_validator(mode="after")
    def _names_agree(self) -> Study:
        wrong = list(wrong_names(self))
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def months_in(self, unit: str) -> float:
        """Give the months in one day, week, month or year; a month has the days it is set to."""
        days = self.statistics.days_per_month
        return {"days": 1 / days, "weeks": 7 / days, "months": 1.0, "years": 12.0}[unit]

    @property
    def exposure_label(self) -> str:
        """What the arms differ in, as a label: Treatment."""
        return self.texts.exposure[:1].upper() + self.texts.exposure[1:]

    @property
    def comparison_arm(self) -> Arm:
        """The arm that is compared with the reference arm."""
        return next(arm for arm in self.arms if arm.code != self.reference_arm)

    @property
    def reference(self) -> Arm:
        """The reference arm: hazard ratios and differences are the other arm against it."""
        return next(arm for arm in self.arms if arm.code == self.reference_arm)

    @property
    def arm_codes(self) -> list[str]:
        """Codes of the arms, the reference arm first."""
        others = (arm.code for arm in self.arms if arm.code != self.reference_arm)
        return [self.reference_arm, *others]

    @property
    def compares(self) -> bool:
        """Whether there are two arms to compare."""
        return len(self.arms) > 1

    def arm_label(self, code: str) -> str:
        """Give the printed name of an arm, or `code` itself for anything else."""
        return next((arm.label for arm in self.arms if arm.code == code), code)

    def level_label(self, variable: str, code: str) -> str:
        """Give the printed name of a level."""
        for level in self.variables[variable].levels:
            if level.code == code:
                return level.printed
        return code

    def per(self, variable: str) -> float:
        """Give the units of a continuous covariate that its hazard ratio is for."""
        covariates = self.cox.covariates if self.cox else []
        return next((c.per for c in covariates if c.variable == variable), 1)

    def per_units(self, variable: str) -> str:
        """Print what the hazard ratio of a continuous covariate is for: year, 100 units."""
        unit, per = self.variables[variable].unit or "units", self.per(variable)
        one = unit.removesuffix("s") if len(unit) > 3 and unit.isalpha() else unit  # not m/s, ms
        return one if per == 1 else f"{per:g} {unit}"

    def levels(self, variable: str) -> list[str]:
        """Give the level codes of a categorical variable in printing order."""
        return [level.code for level in self.variables[variable].levels]


def load_study(folder: str | Path) -> Study:
    """Read and check `study.yml` of a study folder.

    Parameters
    ----------
    folder : path
        The study folder.

    Raises
    ------
    StudyError
        With every problem of the file: unknown keys (and the nearest known one), wrong types,
        names that refer to nothing.
    """
    path = Path(folder) / STUDY_FILE
    if not path.is_file():
        raise CohortbookError(
            f"No {STUDY_FILE} here.", str(folder), "Name a study folder, such as data/wei2026."
        )
    return study_of(read_keys(path))


def read_keys(path: Path) -> dict[str, Any]:
    """Read a YAML file of keys and values; StudyError says where it is not one."""
    try:
        raw = read_yaml(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CohortbookError(f"{error.strerror or error}.", str(path)) from None
    except (YamlError, UnicodeDecodeError) as error:
        raise StudyError([replace(_yaml_problem(error), file=path.name)]) from None
    if not isinstance(raw, dict):
        raise StudyError([Problem(path.name, "keys and values", "See data/wei2026/study.yml.")])
    return raw


def study_of(raw: dict[str, Any]) -> Study:
    """Check what a study file says; StudyError holds every problem."""
    try:
        return Study.model_validate(raw)
    except ValidationError as error:
        found = [problem for item in error.errors() for problem in _schema_problems(item)]
        raise StudyError(found) from None


def _yaml_problem(error: Exception) -> Problem:
    return Problem(
        STUDY_FILE, "valid YAML in UTF-8", "Check indentation, quotes and colons near this line.",
        found=str(error)[:200], row=getattr(error, "line", None),
    )


def _schema_problems(item: dict[str, Any]) -> Iterator[Problem]:
    """Turn one pydantic error into rows that a study's author can act on."""
    if item["type"] != "value_error":
        yield _schema_problem(item)
        return
    place = ".".join(map(str, item["loc"]))
    for line in item["msg"].removeprefix("Value error, ").split("\n"):
        yield Problem(STUDY_FILE, "keys that agree with one another", "Mend one of them.", line,
                      column=place)


def _schema_problem(item: dict[str, Any]) -> Problem:
    """Do the same for a key that is unknown, missing, or of another kind."""
    place = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        key = str(item["loc"][-1])
        return Problem(
            STUDY_FILE,
            "a key that exists",
            "Mend or delete it" + nearest(key, _keys_at(item["loc"])) + ".",
            found=key,
            column=place,
        )
    if item["type"] in ("too_long", "too_short") and item["loc"] == ("arms",):
        codes = ", ".join(_code_of(arm) for arm in item["input"])
        return Problem(
            STUDY_FILE, "two arms", "Name the two that are compared, and keep only their rows "
            "in the patient table.", codes[:120], column="arms",
        )
    shown = "" if isinstance(item.get("input"), dict | list) else repr(item.get("input"))
    if item["type"] == "missing":
        shown = "nothing"
    return Problem(STUDY_FILE, item["msg"], "Mend this key.", found=shown[:120], column=place)


def _code_of(arm: Any) -> str:
    return str(arm.get("code", "?")) if isinstance(arm, dict) else str(arm)


def _keys_at(location: tuple[Any, ...]) -> list[str]:
    """Give the keys known where an unknown one was found: all model keys, nearest model first."""
    model: Any = Study
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        field = getattr(model, "model_fields", {}).get(str(part))
        if field is not None:
            model = _model_in(field.annotation) or model
        # a name chosen by the study (an endpoint, a variable): the model stays
    return list(getattr(model, "model_fields", {}))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Find the model inside `list[M]`, `dict[str, M]` or `M | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found:
            return found
    return None


def rising(numbers: Sequence[float]) -> bool:
    """Say whether each number is above the one before it."""
    return all(one < next_one for one, next_one in pairwise(numbers))


def slug(text: str) -> str:
    """Give a file-name-safe form of a text."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "study"
