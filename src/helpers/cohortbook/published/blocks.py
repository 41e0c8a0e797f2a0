"""The parts of a file of printed results: tables and paragraphs, as they are written down."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from .printed import DASHES, NONE, Printed, PrintedError, read_number, read_spread

_LIMITS = re.compile(r"^\s*\(?([\d.]+)\s*%?\s*(?:-|–|,|;|to)\s*([\d.]+)\s*%?\)?\s*$")
OVERALL, DIFFERENCE = "overall", "difference"
NO_SIZE = (None, "null", "~", "")
Text = Annotated[str, Field(max_length=2000)]


def _printed_only(value: object) -> object:
    """Leave out the cells of a line that are not printed: a dash, or nothing."""
    if not isinstance(value, dict):
        return value
    return {group: text for group, text in value.items() if text not in DASHES}


Cells = Annotated[dict[str, str], BeforeValidator(_printed_only)]
Measure = Literal["hr", "or"]
Effect = Literal["or", "rr", "rd"]
PKind = Literal["wald", "score", "likelihood-ratio", "one-sided", "unknown"]
TestName = Literal["paper", "fisher-extended", "fisher", "chi-squared", "yates", "any"]


def whole_sizes(value: Cells) -> Cells:
    """Refuse sizes that are no whole numbers of patients."""
    if not all(text.strip().isdigit() for text in value.values()):
        raise ValueError("sizes are whole numbers of patients")
    return value


class Model(BaseModel):
    """Unknown keys are errors; numbers are read as the text they were printed as."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Counts(Model):
    """Patients by level and group, and the P value of their comparison.

    `levels` gives one cell a group for each level; a bare `cells` is a single line without
    levels. `p` is one P value for all levels together, or one for each level against the rest.
    """

    term: str = ""
    levels: dict[str, Cells] = Field(default_factory=dict)
    cells: Cells = Field(default_factory=dict)
    p: str | dict[str, str] = ""
    partition: bool = Field(False, description="Every patient is in exactly one level.")
    total: str = Field(
        "", description="The level that the others add up to, if it is not called any."
    )
    levels_are_terms: bool = Field(False, description="Levels are terms of their own in our keys.")
    test: TestName | None = Field(None, description="Stated test, if not that of the block.")
    smd: str | dict[str, str] = Field(
        "", description="Standardised mean difference of all levels, or of each level."
    )
    ci: Cells = Field(
        default_factory=dict, description="Limits of a line's percentage by group: 11.3-52.2."
    )
    effects: dict[Effect, str] = Field(
        default_factory=dict,
        description="Crude odds ratio, risk ratio or difference of the arms, with its limits.",
    )
    sizes: Cells = Field(
        default_factory=dict, description="Patients by group in whom this variable was recorded."
    )

    @field_validator("sizes")
    @classmethod
    def _whole(cls, value: Cells) -> Cells:
        return whole_sizes(value)

    @model_validator(mode="after")
    def _complete(self) -> Counts:
        if not self.levels and not self.cells:
            raise ValueError(f"'{self.term}' has neither levels nor cells that are printed")
        for name, given in (("p", self.p), ("smd", self.smd)):
            unknown = set(given) - set(self.levels) if isinstance(given, dict) else set()
            if unknown:
                raise ValueError(
                    f"{name} names levels that '{self.term}' does not have: {sorted(unknown)}"
                )
        if self.total and self.total not in self.levels:
            raise ValueError(f"total names a level that '{self.term}' does not have: {self.total}")
        if (self.ci or self.effects) and not self.cells:
            raise ValueError(f"'{self.term}': ci and effects stand beside cells, not levels")
        return self

    def lines(self) -> dict[str, Cells]:
        """Give the lines: level (empty for a bare line) and its cells."""
        return {**({"": self.cells} if self.cells else {}), **self.levels}

    def smds(self) -> dict[str | None, str]:
        """Give the printed SMDs, by level (None: of all levels together)."""
        given = self.smd if isinstance(self.smd, dict) else {None: self.smd}
        return {level: text for level, text in given.items() if text not in NONE}

    def p_values(self) -> dict[str | None, str]:
        """Give the printed P values, by level (None: of all levels together)."""
        given = self.p if isinstance(self.p, dict) else {(None if self.levels else ""): self.p}
        return {level: text for level, text in given.items() if text not in NONE}


class Summary(Model):
    """A continuous variable: "59 (48-71)" by group, and the P value of its comparison."""

    term: str
    form: Literal["median (min-max)", "median (q1-q3)", "mean (sd)"] = "median (min-max)"
    groups: Cells = Field(default_factory=dict)
    step: float | None = Field(None, gt=0, description="What values are multiples of, as 1 year.")
    p: str = ""
    smd: str = ""
    sizes: Cells = Field(
        default_factory=dict, description="Patients by group in whom this variable was recorded."
    )

    @field_validator("sizes")
    @classmethod
    def _whole(cls, value: Cells) -> Cells:
        return whole_sizes(value)


class Survival(Model):
    """Median times and event percentages by group, and the log-rank P of the difference.

    `contrast` names the grouping if it is not the arm.
    """

    endpoint: str
    population: str = "all"
    contrast: str = ""
    median: Cells = Field(default_factory=dict)
    events: Cells = Field(default_factory=dict)
    event_percent: dict[str, Cells] = Field(
        default_factory=dict, description="Per cent with the event by a time (key: months)."
    )
    survival_percent: dict[str, Cells] = Field(
        default_factory=dict, description="Per cent without the event at a time (key: months)."
    )
    events_by: dict[str, Cells] = Field(
        default_factory=dict, description="Patients with the event by a time (key: months)."
    )
    at_risk: dict[str, Cells] = Field(
        default_factory=dict, description="Patients at risk at a time (key: months)."
    )
    logrank: str = ""

    @property
    def keys(self) -> dict[str, str]:
        """What the keys of its numbers begin with."""
        return {"analysis": "survival", "endpoint": self.endpoint, "population": self.population,
                "term": self.contrast}  # fmt: skip


class Ratio(Model):
    """A hazard ratio, "0.585 (0.155-0.992)", and its P value; either may be empty."""

    term: str
    level: str = ""
    hr: str = ""
    p: str = ""
    reference: Literal["", "rest"] = Field(
        "", description="rest: the level is compared with all the others, not with one of them."
    )


class Block(Model):
    """One table, paragraph or caption of the paper."""

    where: Text
    analysis: str = ""
    endpoint: str = ""
    population: str = "all"
    sizes: Cells = Field(default_factory=dict, description="Patients by group, printed here.")
    no_size: tuple[str, ...] = Field(
        (), description="Groups of whom it is not known how many this table has (sizes: null)."
    )
    decimals: dict[Literal["percent", "p", "ratio", "time", "summary"], int] = Field(
        default_factory=dict, description="Decimals meant, where trailing zeros were dropped."
    )
    test: TestName = "any"
    measure: Measure | None = Field(
        None, description="What the ratios are: hr or or; by default the analysis says."
    )
    conf_level: float | None = Field(
        None, gt=0.5, lt=1, description="Of the intervals here, if not that of the paper."
    )
    weighted: bool = Field(False, description="SMD and P here are of weighted patients.")
    p_kind: PKind = Field("wald", description="The test behind the P values of the ratios here.")
    counts: list[Counts] = Field(default_factory=list)
    summaries: list[Summary] = Field(default_factory=list)
    survival: list[Survival] = Field(default_factory=list)
    ratios: list[Ratio] = Field(default_factory=list)

    @property
    def keys(self) -> dict[str, str]:
        """What the keys of its numbers begin with."""
        return {"analysis": self.analysis, "endpoint": self.endpoint,
                "population": self.population}  # fmt: skip

    @property
    def ratio_kind(self) -> Measure:
        """What the ratios are: odds ratios in logistic models, hazard ratios elsewhere."""
        logistic = bool(re.search(r"logistic|odds|(?:^|_)or(?:_|$)", self.analysis.lower()))
        return self.measure or ("or" if logistic else "hr")

    @model_validator(mode="before")
    @classmethod
    def _sizes_not_known(cls, value: object) -> object:
        """Keep the groups whose size is null apart from the sizes that are printed."""
        sizes = value.get("sizes") if isinstance(value, dict) else None
        if not isinstance(sizes, dict) or not any(x in NO_SIZE for x in sizes.values()):
            return value
        unknown = tuple(group for group, x in sizes.items() if x in NO_SIZE)
        known = {group: x for group, x in sizes.items() if x not in NO_SIZE}
        return value | {"sizes": known, "no_size": (*value.get("no_size", ()), *unknown)}

    @field_validator("sizes")
    @classmethod
    def _whole(cls, value: Cells) -> Cells:
        return whole_sizes(value)

    @field_validator("where")
    @classmethod
    def _not_empty(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("say where in the paper this stands")
        return value


class Sum(Model):
    """Lines of counts that add up to another line, in every group."""

    analysis: str
    total: str
    parts: list[str] = Field(min_length=2)


def groups_of(block: Block) -> set[str]:
    """Name the groups that have a cell in a block."""
    cells = [block.sizes, *(line for item in block.counts for line in item.lines().values())]
    cells += [item.sizes for item in (*block.counts, *block.summaries)]
    cells += [item.groups for item in block.summaries]
    for item in block.survival:
        cells += [item.median, item.events, *item.event_percent.values()]
        for times in (item.survival_percent, item.events_by, item.at_risk):
            cells += times.values()
    return {*block.no_size, *(group for line in cells for group in line)}


def line_key(item: Counts, level: str) -> dict[str, str]:
    """Give term and level of a line, as our own results name them."""
    if item.levels_are_terms and level:
        return {"term": level, "level": ""}
    return {"term": item.term, "level": level}


def read_summary(block: Block, item: Summary, text: str) -> list[Printed | None]:
    """Read the cell of a summary: centre and two ends, or mean and SD."""
    meant = block.decimals.get("summary")
    if item.form == "mean (sd)":
        mean, bracket, sd = text.partition("(")
        if not bracket:
            raise PrintedError(f"'{text}' is not of the form 61.2 (9.8)", text)
        return [read_number(mean, meant), read_number(sd.rstrip(") "), meant)]
    return read_spread(text, meant)


def read_ratio(block: Block, item: Ratio) -> list[Printed | None]:
    """Read a hazard ratio and its limits (None where not printed)."""
    found = read_spread(item.hr, block.decimals.get("ratio")) if item.hr not in NONE else []
    return [*found, None, None, None][:3]


def read_limits(block: Block, text: str) -> list[Printed]:
    """Read the limits of a percentage: "11.3-52.2" or "11.3% to 52.2%"."""
    found = _LIMITS.match(text)
    if not found:
        raise PrintedError(f"'{text}' is not limits such as 11.3-52.2", text)
    return [read_number(x, block.decimals.get("percent")) for x in found.groups()]
