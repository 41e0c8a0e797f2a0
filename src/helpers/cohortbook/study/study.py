"""The study file: what a cohort's tables hold and what is asked of them, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from ..errors import CohortbookError, Problem, StudyError
from .cases import Case
from .expected import expected
from .journals import DEFAULT as JOURNAL
from .languages import ENGLISH
from .model import Code, Model, Name
from .names import nearest, wrong_names
from .parts import (
    DEFAULT_READING,
    TREATMENT,
    AdverseEvents,
    Arm,
    BaselineRow,
    Checklist,
    Columns,
    Covariate,
    Cox,
    Discontinuation,
    Endpoint,
    Enrolled,
    Flow,
    LateEntry,
    Measurements,
    Privacy,
    Reading,
    Response,
    Subgroup,
    Swimmer,
    Tables,
    Texts,
    TreatmentStart,
    Variable,
    is_death,
)
from .settings import (
    Missing,
    NonProportional,
    PrognosticModel,
    Robustness,
    Spline,
    Statistics,
    Weighting,
)
from .unconfirmed import held_back
from .yaml_in import YamlError, read_yaml_file

STUDY_FILE = "study.yml"
LATE_ENTRY = ("entry", "entry_date", "left_truncation", "truncation")


class Study(Model):
    """One study: its tables, its coding, the questions asked, and the settings."""

    synthetic: bool = Field(False, description="True labels every output as synthetic data.")
    texts: Texts
    tables: Tables = Tables()
    columns: Columns = Columns()
    arms: list[Arm] = Field(
        min_length=1,
        max_length=2,
        description="The two arms; one arm gives a report without comparisons.",
    )
    reference_arm: Code
    further_arms: list[Arm] = Field(
        default_factory=list,
        max_length=6,
        description="Arms beyond the two that the models compare, such as a third treatment. "
        "Baseline characteristics, response and safety are shown of all arms, with one test of all "
        "and of response also of pairs; their survival is compared in a part of its own.",
    )
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
    leave_out_incomplete: bool = Field(
        False,
        description="Patients with a status and no time, or a time and no status: an error "
        "for each, or left out of the endpoint and counted in the flow.",
    )
    endpoints: dict[Name, Endpoint] = Field(default_factory=dict)
    entry: LateEntry | None = Field(
        None,
        description="When patients came under observation, where that was after time zero: they "
        "are at risk from then on (left truncation).",
    )
    primary: Name | None = Field(
        None, description="The primary endpoint; without it the report says that none was named."
    )
    variables: dict[Name, Variable] = Field(default_factory=dict)
    baseline: list[BaselineRow] = Field(default_factory=list)
    cox: Cox | None = None
    splines: dict[Name, Spline] = Field(
        default_factory=dict,
        description="Continuous covariates, or variables that covariates are cut from, whose "
        "hazard ratio is drawn as a curve.",
    )
    missing: Missing = Missing()
    weighting: Weighting | None = None
    non_proportional: NonProportional | None = None
    treatment_start: TreatmentStart | None = None
    model: PrognosticModel | None = None
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
        JOURNAL,
        description="Profile that exported figures are checked against, and whose "
        "decimals P values have.",
    )
    language: Code = Field(
        ENGLISH,
        description="Language of the report: en, zh (Chinese); de and fr print English words with "
        "decimal commas; or a file of the study folder, such as mine.yml.",
    )
    checklists: list[Checklist] = Field(
        default_factory=lambda: ["strobe"],
        min_length=1,
        description="Reporting checklists that are filled in: strobe (cohort studies), record "
        "(routinely collected data), target (target trials), remark (tumour markers), tripod "
        "(prediction models).",
    )
    statistics: Statistics = Statistics()
    privacy: Privacy = Privacy()
    robustness: Robustness = Robustness()
    draft: bool = Field(
        False,
        description="True leaves out what resamples and refits, for a first look; "
        "`report --draft` says so by itself.",
    )
    unconfirmed: list[Code] = Field(
        default_factory=list,
        description="What `new` could only guess and a report would print as fact: data, arms, "
        "texts.exposure, response.criteria, endpoints.KEY.label (or event, unit, time). Delete a "
        "line when it is confirmed.",
    )

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
    def entry_unit(self) -> str:
        """The unit of the time at which patients came under observation."""
        of_endpoints = next((spec.unit for spec in self.endpoints.values()), "months")
        return (self.entry and self.entry.unit) or of_endpoints

    def reading(self, role: str) -> Reading:
        """Give how a table's file is read: identifiers are names, also those such as 1.001."""
        stated = self.tables.reading.get(role, DEFAULT_READING)
        return stated.model_copy(update={"texts": [*stated.texts, self.columns.patient_id]})

    @property
    def compares_treatments(self) -> bool:
        """Whether the arms are treatments, which the study file need not say."""
        return self.texts.exposure == TREATMENT

    @property
    def exposure_label(self) -> str:
        """What the arms differ in, as a label: Treatment."""
        return self.texts.exposure[:1].upper() + self.texts.exposure[1:]

    @property
    def comparison_arm(self) -> Arm:
        """The arm that is compared with the reference arm."""
        return next(arm for arm in self.arms if arm.code != self.reference_arm)

    @property
    def all_arms(self) -> list[Arm]:
        """The arms and those of `further_arms`; not these where small counts are withheld."""
        return [*self.arms, *([] if self.privacy.smallest_count else self.further_arms)]

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
    def primary_endpoint(self) -> str:
        """The endpoint that stands first: the primary one, or the first; "" if there is none."""
        if self.primary in self.endpoints:
            return self.primary
        return next(iter(self.endpoints), "")

    @property
    def death_endpoint(self) -> str:
        """The first endpoint that is death from any cause; "" if there is none."""
        return next((key for key, spec in self.endpoints.items() if is_death(key, spec)), "")

    @property
    def followed_endpoint(self) -> str:
        """The endpoint whose follow-up is told: that of death, or the primary one."""
        return self.death_endpoint or self.primary_endpoint

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

    @property
    def covariates(self) -> list[Covariate]:
        """The covariates of the Cox models; none where the study names no models."""
        return self.cox.covariates if self.cox else []

    def cut_from(self, variable: str) -> list[str]:
        """Give the covariates that are cut from a variable."""
        names = [covariate.variable for covariate in self.covariates]
        return [name for name in names if self.variables[name].cut == variable]

    @property
    def continuous_covariates(self) -> list[str]:
        """Continuous covariates of the Cox models, and variables that covariates are cut from."""
        specs = [(c.variable, self.variables[c.variable]) for c in self.covariates]
        names = [spec.cut or (name if spec.kind == "continuous" else "") for name, spec in specs]
        return list(dict.fromkeys(filter(None, names)))

    @property
    def predictors(self) -> list[Covariate]:
        """The covariates of the prognostic model; none where the study asks for no model."""
        if self.model is None:
            return []
        return self.covariates if self.model.covariates is None else self.model.covariates

    @property
    def predicted_endpoint(self) -> str:
        """The endpoint of the prognostic model: the one it names, or the first."""
        return (self.model and self.model.endpoint) or self.primary_endpoint

    @property
    def weighted_endpoints(self) -> list[str]:
        """The endpoints whose arms are made alike: those that `weighting` names, or all."""
        named = self.weighting and self.weighting.endpoints
        return [key for key in self.endpoints if self.weighting and (not named or key in named)]

    def per(self, variable: str, covariates: list[Covariate] | None = None) -> float:
        """Give the units of a continuous covariate (of the Cox models) that its ratio is for."""
        known = self.covariates if covariates is None else covariates
        return next((c.per for c in known if c.variable == variable), 1)

    def per_units(self, variable: str, covariates: list[Covariate] | None = None) -> str:
        """Print what the hazard ratio of a continuous covariate is for: year, 100 units."""
        unit, per = self.variables[variable].unit or "units", self.per(variable, covariates)
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
    return study_of(study_keys(folder))


def study_keys(folder: str | Path) -> dict[str, Any]:
    """Give what `study.yml` of a study folder says, as it is written."""
    path = Path(folder) / STUDY_FILE
    if not path.is_file():
        raise CohortbookError(
            f"No {STUDY_FILE} here.", str(folder), "Name a study folder, such as data/wei2026."
        )
    return read_keys(path)


def read_keys(path: Path) -> dict[str, Any]:
    """Read a YAML file of keys and values; StudyError says where it is not one."""
    try:
        raw = read_yaml_file(path)
    except OSError as error:
        raise CohortbookError(f"{error.strerror or error}.", str(path)) from None
    except YamlError as error:
        raise StudyError([replace(_yaml_problem(error), file=path.name)]) from None
    if not isinstance(raw, dict):
        raise StudyError([Problem(path.name, "keys and values", "See data/wei2026/study.yml.")])
    return raw


def study_of(raw: dict[str, Any]) -> Study:
    """Check what a study file says; StudyError holds every problem."""
    try:
        return held_back(Study.model_validate(raw))
    except ValidationError as error:
        found = [problem for item in error.errors() for problem in _schema_problems(item)]
        raise StudyError(found) from None


def _yaml_problem(error: Exception) -> Problem:
    return Problem(
        STUDY_FILE,
        "valid YAML in UTF-8",
        "Check indentation, quotes and colons near this line.",
        found=str(error)[:200],
        row=getattr(error, "line", None),
    )


def _schema_problems(item: dict[str, Any]) -> Iterator[Problem]:
    """Turn one pydantic error into rows that a study's author can act on."""
    if item["type"] != "value_error":
        yield _schema_problem(item)
        return
    place = ".".join(map(str, item["loc"]))
    for line in item["msg"].removeprefix("Value error, ").split("\n"):
        yield Problem(
            STUDY_FILE, "keys that agree with one another", "Mend one of them.", line, column=place
        )


def _schema_problem(item: dict[str, Any]) -> Problem:
    """Do the same for a key that is unknown, missing, or of another kind."""
    place = ".".join(str(part) for part in item["loc"] if part != "[key]")  # a name is its place
    if item["type"] == "extra_forbidden":
        key = str(item["loc"][-1])
        if key in LATE_ENTRY and item["loc"][0] == "endpoints":
            return Problem(
                STUDY_FILE,
                "an entry of the study, of all its endpoints",
                "Write it once, beside the endpoints: entry: {column: NAME}.",
                found=key,
                column=place,
            )
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
            STUDY_FILE,
            "two arms",
            "Name the two that the models compare. Put others under further_arms: tables show all "
            "arms, and their survival is compared in a part of its own.",
            codes[:120],
            column="arms",
        )
    shown = "" if isinstance(item.get("input"), dict | list) else repr(item.get("input"))
    if item["type"] == "missing":
        shown = "nothing"
    return Problem(STUDY_FILE, expected(item), "Mend this key.", found=shown[:120], column=place)


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


def slug(text: str) -> str:
    """Give a file-name-safe form of a text."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "study"
