"""The parts of a study file, each a model with its rules: tables, arms, endpoints, texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field, model_validator

from .cuts import Bounds, bounds_of, default_levels, written_points
from .model import Code, Colour, Column, Label, Model, Month, Name, Text

TREATMENT = "treatment"  # what arms differ in unless the study file says otherwise
MONTHS_PER = {"days": 12 / 365.25, "weeks": 7 * 12 / 365.25, "months": 1.0, "years": 12.0}


class Reading(Model):
    """How a table's file is read; what is not stated is found out, and `check` says what."""

    encoding: str | None = Field(None, description="Such as utf-8, gb18030 or latin-1.")
    separator: str | None = Field(
        None, min_length=1, max_length=1, description="Character between the cells of a text file."
    )
    decimal: Literal[".", ","] | None = Field(None, description="Decimal mark of its numbers.")
    decimal_in: dict[Column, Literal[".", ","]] = Field(
        default_factory=dict, description="Decimal mark of single columns that have another."
    )
    thousands: Literal[".", ",", " ", "'", "none"] | None = Field(
        None, description="Mark between groups of three digits; none: there are no such groups."
    )
    texts: list[Column] = Field(
        default_factory=list,
        description="Columns whose cells are names and no numbers, kept as "
        "they are written; the identifier always is.",
    )
    sheet: str | None = Field(None, description="Sheet of a workbook; the first if not given.")
    dates: Literal["ymd", "dmy", "mdy"] | None = Field(
        None, description="Order of day, month and year in dates written with numbers."
    )
    missing: list[Code] = Field(
        default_factory=list, description="Further cells that mean that nothing is recorded."
    )

    @model_validator(mode="after")
    def _two_marks(self) -> Reading:
        if self.decimal and self.decimal == self.thousands:
            raise ValueError(f"'{self.decimal}' is both decimal and thousands")
        return self


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
    levels: list[Level] = Field(
        default_factory=list,
        description="Levels in printing order. Those of a variable that is cut are named by its "
        "cut-points if not given; a label that names other numbers is an error, and one that names "
        "none is printed with the cut-points beside it.",
    )
    cut: Name | None = Field(None, description="Continuous variable that this one is cut from.")
    at: list[float | Literal["median"]] = Field(
        default_factory=list, description="Cut-points, rising; 'median' is the sample median."
    )
    cut_point_in: Literal["upper", "lower"] = Field(
        "upper", description="Which of two neighbouring levels a cut-point itself belongs to."
    )

    @model_validator(mode="before")
    @classmethod
    def _levels_of_cut_points(cls, given: Any) -> Any:
        """Name the levels of a variable that is cut, where the study file does not."""
        points = written_points(given.get("at")) if isinstance(given, dict) else None
        if points is None or given.get("levels") or not given.get("cut"):
            return given  # what is wrong with them is said where the key is read
        return {**given, "levels": default_levels(points, given.get("cut_point_in", "upper"))}

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

    def bounds(self, points: Sequence[float]) -> list[Bounds]:
        """Give the bounds of each level, of cut-points as `cut_points` gives them."""
        return bounds_of(points, self.cut_point_in, computed="median" in self.at)


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
        description="Values that are censored; 0, or the one other value, if not given.",
    )
    competing_codes: list[Code | Level] = Field(
        default_factory=list,
        description="Values of states after which the event cannot be seen or means another thing, "
        "such as death from another cause: {code: '2', label: death from another cause}. Patients "
        "are censored at them, and the report says so.",
    )
    start: Column | None = Field(None, description="Column with the date of time zero.")
    end: Column | None = Field(None, description="Column with the date of last contact or event.")
    event_dates: list[Column] = Field(
        default_factory=list, description="Columns with dates of events; the first one counts."
    )
    competing_dates: list[Column | Level] = Field(
        default_factory=list,
        description="Columns with dates of such states, as column or {code: column, label: ...}; "
        "the first one counts where no event came before it.",
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
    def survives(self) -> bool:
        """Whether its label, in English or Chinese, is that of a survival."""
        return any(word in self.label.lower() for word in ("survival", "生存"))

    @property
    def share(self) -> str:
        """What its curve shows the share of: a survival by its name, others by their event."""
        # Chinese has a word for the time and one for the share
        named = self.label.replace("生存期", "生存率")
        return named if self.survives else f"Without {self.event_label}"

    @property
    def competing_states(self) -> list[Level]:
        """The values that are competing states, with their labels."""
        return [_as_level(given) for given in self.competing_codes]

    @property
    def competing_date_columns(self) -> list[Level]:
        """The columns with dates of competing states, with their labels."""
        return [_as_level(given) for given in self.competing_dates]

    @property
    def competing(self) -> list[Level]:
        """Every competing state of the endpoint."""
        return [*self.competing_states, *self.competing_date_columns]

    @model_validator(mode="after")
    def _is_defined(self) -> Endpoint:
        dates = bool(self.start and self.end)
        if bool(self.start) != bool(self.end):
            raise ValueError("'start' and 'end' go together")
        if dates == bool(self.time):
            raise ValueError("an endpoint needs 'time', or 'start' and 'end'")
        if not (self.event or self.event_dates) or (self.event_dates and not dates):
            raise ValueError("an endpoint needs 'event', or dates and 'event_dates'")
        if self.competing_dates and not dates:
            raise ValueError("'competing_dates' goes with 'start' and 'end'")
        if self.competing_codes and not self.event:
            raise ValueError("'competing_codes' goes with 'event'")
        states = [state.code for state in self.competing_states]
        meant = [*(self.event_codes or ["1"]), *self.censored_codes, *states]
        for code in sorted({code for code in meant if meant.count(code) > 1}):
            raise ValueError(f"the status '{code}' stands for two things")
        return self


ANY_DEATH = re.compile(r"(?:any )?(?:death|died)(?: (?:from|of) any cause)?", re.IGNORECASE)
OVERALL_SURVIVAL = {"os", "overall survival"}


def is_death(name: str, endpoint: Endpoint) -> bool:
    """Say whether an endpoint is death from any cause, by its key, its names or its event."""
    names = {name.lower(), endpoint.short.strip().lower(), endpoint.label.strip().lower()}
    if names & OVERALL_SURVIVAL:
        return True
    specific = re.search(r"specific|related|free", endpoint.label, re.IGNORECASE)
    return bool(ANY_DEATH.fullmatch(endpoint.event_label.strip())) and not specific


def counts_death(endpoint: Endpoint) -> bool:
    """Say whether death from any cause is one of the events: progression or death."""
    parts = re.split(r",|/|;|\bor\b|\band\b", endpoint.event_label)
    return any(ANY_DEATH.fullmatch(part.strip()) for part in parts)


def _as_level(given: str | Level) -> Level:
    return given if isinstance(given, Level) else Level(code=given)


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
        1,
        gt=0,
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
    strata: Name | None = Field(
        None,
        description="Categorical variable within whose levels the arms are also compared, such as "
        "centre: stratified log-rank test and Cox models.",
    )
    cluster: Name | None = Field(
        None,
        description="Categorical variable whose patients may be alike, such as centre: robust "
        "limits and tests that allow for it.",
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


class ResponseDuration(Model):
    """How long responses lasted: an endpoint of the responders alone, from their first response."""

    start: Column = Field(
        description="Column with the time from time zero to the first response; empty without one."
    )
    unit: Literal["days", "weeks", "months", "years"] = Field(
        "months", description="Unit of that time."
    )
    endpoint: Name = Field(
        description="Endpoint that ends a response, such as pfs: progression or death."
    )
    milestones: list[Month] = Field(
        default_factory=list, description="Months from the response at which it is reported."
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
    not_evaluable_is: Literal["failure", "excluded"] = Field(
        "failure",
        description="In the main rates: a failure in the denominator, or left out. The "
        "other is the sensitivity analysis.",
    )
    confirmed: bool = Field(
        False, description="True if a response had to be confirmed by a second scan."
    )
    duration: ResponseDuration | None = Field(
        None, description="Duration of response among responders, where it is asked for."
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


class TreatmentStart(Model):
    """When the treatment of the other arm began, where patients had to live to it.

    With it the comparison of the arms is made also in ways that count nobody as treated before the
    treatment began.
    """

    column: Column = Field(
        description="Column with the time from time zero, or the date, at which the treatment that "
        "the arms differ in began; empty = never."
    )
    unit: Literal["days", "weeks", "months", "years"] = Field(
        "months", description="Unit of the time; not for dates."
    )
    origin: Column | None = Field(
        None, description="Column with the date of time zero, if `column` holds dates."
    )
    grace: Month = Field(
        description="Month by which the treatment should have begun: the grace period of "
        "clone-censor-weight, and the landmark beside it. Choose it before looking at the results."
    )
    weights: Literal["cox", "logistic"] = Field(
        "cox", description="Model of the chance to begin: Cox, or pooled logistic."
    )
    truncate: float | None = Field(
        None, gt=0.5, lt=1, description="Quantile at which weights are truncated, such as 0.99."
    )
    resamples: int = Field(
        10_000,
        ge=100,
        le=100_000,
        description="Bootstrap resamples of clone-censor-weight, at most; large cohorts draw "
        "fewer.",
    )


class LateEntry(Model):
    """When patients came under observation, where that was after time zero (left truncation).

    Who had the event before could not be in the cohort: a patient is at risk from the entry on, as
    in R's `Surv(entry, time, event)`.
    """

    column: Column = Field(
        description="Column with the time from time zero, or the date, at which the patient came "
        "under observation; 0 = from time zero on."
    )
    unit: Literal["days", "weeks", "months", "years"] | None = Field(
        None, description="Unit of the time, if not that of the endpoints; not for dates."
    )
    origin: Column | None = Field(
        None, description="Column with the date of time zero, if `column` holds dates."
    )


class FlowBox(Model):
    """A number of the patient flow that only the authors know."""

    label: Label
    n: int = Field(ge=0)


class Flow(Model):
    """The patient flow before the cohort; the boxes from the cohort on are counted."""

    screened: FlowBox | None = None
    excluded: list[FlowBox] = Field(default_factory=list)


CHECKLISTS = ("strobe", "record", "target", "remark", "tripod")
Checklist = Literal["strobe", "record", "target", "remark", "tripod"]


class Texts(Model):
    """What only the authors can know."""

    title: Text
    short_title: Text = Field("", description="At the top of each page; default: the title.")
    authors: list[Text] = Field(default_factory=list)
    design: Text = ""
    setting: Text = ""
    population: Text = Field("", description="Who was eligible, as a phrase: 'patients with ...'.")
    exposure: Label = Field(
        TREATMENT,
        description="What the arms differ in, as a noun in the "
        "singular: 'the treatment's hazard ratio'.",
    )
    time_zero: Text = Field("", description="From when time is counted.")
    enrolment: Text = ""
    data_cutoff: Text = ""
    registration: Text = ""
    ethics: Text = ""
    source: Text = Field("", description="Where the data come from.")
    licence: Text = ""
    style: Literal["estimation", "significance"] = Field(
        "estimation",
        description="estimation: effects and intervals, P as a number; significance: each test is "
        "also called significant or not.",
    )
    limitations: list[Text] = Field(default_factory=list)
    abbreviations: dict[str, Label] = Field(default_factory=dict)


class Privacy(Model):
    """What may lie in the files and what may be shown; nothing personal unless it stands here."""

    allowed: list[Column] = Field(
        default_factory=list,
        description="Columns that look personal and may stay in the tables all the same.",
    )
    show_ids: bool = Field(
        False,
        description="True names patients by their identifier where problems are listed and "
        "in the figures that show them one by one.",
    )
    smallest_count: int | None = Field(
        None,
        ge=2,
        le=50,
        description="Counts from 1 to below this one are not shown, nor what "
        "would give them away; parts of the report are left out. None shows all counts.",
    )


class Enrolled(Model):
    """When patients came in: what times that have no dates are checked against."""

    first: date | None = Field(None, description="Date at which the first patient can have begun.")
    last: date | None = Field(None, description="Date at which the last patient can have begun.")
    column: Column | None = Field(None, description="Column with the date of time zero.")


def rising(numbers: Sequence[float]) -> bool:
    """Say whether each number is above the one before it."""
    return all(one < next_one for one, next_one in pairwise(numbers))
