"""The results that a paper printed, as data: `published.yml`, read and checked.

The file is grouped as the paper is (a table, a paragraph), so that what belongs together stands
together; `Published.frame` gives it flat, one row a printed statistic, with the keys that our
own results have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from .errors import Problem, StudyError
from .printed import NONE, Printed, read_cell, read_number, read_spread
from .results import KEYS

OVERALL, DIFFERENCE = "overall", "difference"
Text = Annotated[str, Field(max_length=2000)]
Cells = dict[str, str]
TestName = Literal["paper", "fisher-extended", "fisher", "chi-squared", "yates", "any"]


@dataclass(frozen=True)
class Statistic:
    """One printed number: where it stands, the key and column of our own result, and itself."""

    where: str
    analysis: str
    statistic: str
    printed: Printed
    kind: str
    endpoint: str = ""
    population: str = "all"
    term: str = ""
    level: str = ""
    group: str = ""
    column: str = "estimate"

    @property
    def key(self) -> str:
        """A stable name: the key columns that are not empty, and the column if not the estimate."""
        parts = [getattr(self, name) for name in KEYS if getattr(self, name)]
        return "/".join(parts) + ("" if self.column == "estimate" else f":{self.column}")


class _Model(BaseModel):
    """Unknown keys are errors; numbers are read as the text they were printed as."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Counts(_Model):
    """Patients by level and group, and the P value of their comparison.

    `levels` gives one cell a group for each level; a bare `cells` is a single line without
    levels. `p` is one P value for all levels together, or one for each level against the rest.
    """

    term: str = ""
    levels: dict[str, Cells] = Field(default_factory=dict)
    cells: Cells = Field(default_factory=dict)
    p: str | dict[str, str] = ""
    partition: bool = Field(False, description="Every patient is in exactly one level.")
    levels_are_terms: bool = Field(False, description="Levels are terms of their own in our keys.")
    test: TestName | None = Field(None, description="Stated test, if not that of the block.")

    def lines(self) -> dict[str, Cells]:
        """Give the lines: level (empty for a bare line) and its cells."""
        return {**({"": self.cells} if self.cells else {}), **self.levels}

    def p_values(self) -> dict[str | None, str]:
        """Give the printed P values, by level (None: of all levels together)."""
        given = self.p if isinstance(self.p, dict) else {(None if self.levels else ""): self.p}
        return {level: text for level, text in given.items() if text not in NONE}


class Summary(_Model):
    """A continuous variable: "59 (48-71)" by group, and the P value of its comparison."""

    term: str
    form: Literal["median (min-max)", "median (q1-q3)", "mean (sd)"] = "median (min-max)"
    groups: Cells = Field(default_factory=dict)
    step: float | None = Field(None, gt=0, description="What values are multiples of, as 1 year.")
    p: str = ""


class Survival(_Model):
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
    logrank: str = ""


class Ratio(_Model):
    """A hazard ratio, "0.585 (0.155-0.992)", and its P value; either may be empty."""

    term: str
    level: str = ""
    hr: str = ""
    p: str = ""


class Block(_Model):
    """One table, paragraph or caption of the paper."""

    where: Text
    analysis: str = ""
    endpoint: str = ""
    population: str = "all"
    sizes: Cells = Field(default_factory=dict, description="Patients by group, printed here.")
    decimals: dict[Literal["percent", "p", "ratio", "time", "summary"], int] = Field(
        default_factory=dict, description="Decimals meant, where trailing zeros were dropped."
    )
    test: TestName = "any"
    counts: list[Counts] = Field(default_factory=list)
    summaries: list[Summary] = Field(default_factory=list)
    survival: list[Survival] = Field(default_factory=list)
    ratios: list[Ratio] = Field(default_factory=list)

    @field_validator("where")
    @classmethod
    def _not_empty(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("say where in the paper this stands")
        return value


class Sum(_Model):
    """Lines of counts that add up to another line, in every group."""

    analysis: str
    total: str
    parts: list[str] = Field(min_length=2)


class Published(_Model):
    """Everything that one paper printed and that is worth checking."""

    paper: dict[str, str] = Field(default_factory=dict)
    groups: dict[str, int] = Field(description="Patients in each arm, the reference arm first.")
    total: int | None = Field(None, description="Patients overall, if not the sum of the arms.")
    alpha: float = Field(0.05, gt=0, lt=0.5)
    conf_level: float = Field(0.95, gt=0.5, lt=1)
    arm_level: str = Field("", description="Arm that hazard ratios are about; the last if empty.")
    sums: list[Sum] = Field(default_factory=list)
    blocks: list[Block]

    @property
    def overall(self) -> int:
        """Patients in all."""
        return self.total if self.total is not None else sum(self.groups.values())

    def size(self, group: str) -> int | None:
        """Give the patients in a group, None for a group that is no arm."""
        return self.overall if group == OVERALL else self.groups.get(group)

    def statistics(self) -> list[Statistic]:
        """Give every printed statistic, in the order of the file."""
        return [item for block in self.blocks for item in statistics_of_block(block)]

    def frame(self) -> pd.DataFrame:
        """Give every printed statistic as a row.

        Returns
        -------
        DataFrame
            Columns `key`, `where`, `kind`, the key columns of results, `column` (which cell of
            our result row it is), `printed` (text), `relation`, `value`, `decimals`, `low` and
            `high` (the values that print so).
        """
        rows = []
        for item in self.statistics():
            row = asdict(item) | {"key": item.key}
            printed = item.printed
            row |= {
                "printed": printed.text,
                "relation": printed.relation,
                "value": printed.value,
                "decimals": printed.decimals,
                "low": printed.low,
                "high": printed.high,
            }
            rows.append(row)
        names = ["key", "where", "kind", *KEYS, "column", "printed", "relation", "value",
                 "decimals", "low", "high"]  # fmt: skip
        return pd.DataFrame(rows, columns=names)


def load_published(path: str | Path) -> Published:
    """Read and check a file of printed results.

    Parameters
    ----------
    path : path
        The file, or the folder that holds `published.yml`.

    Raises
    ------
    StudyError
        With every problem: unknown keys, texts that are not printed numbers.
    """
    path = Path(path)
    path = path / "published.yml" if path.is_dir() else path
    mend = "See docs/published.md and docs/published-template.yml."
    try:
        given = yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)
        published = Published.model_validate(given)
    except OSError as error:
        raise StudyError([Problem(path.name, "a readable file", mend, str(error))]) from error
    except yaml.YAMLError as error:
        raise StudyError([Problem(path.name, "valid YAML", mend, str(error))]) from error
    except ValidationError as error:
        raise StudyError(
            Problem(path.name, item["msg"], mend, column=".".join(map(str, item["loc"])))
            for item in error.errors()
        ) from error
    problems = list(_unreadable(published, path.name))
    if problems:
        raise StudyError(problems)
    return published


class _TextLoader(yaml.SafeLoader):
    """Reads every scalar as text, so that 0.380 keeps its zero and No stays No."""


_TextLoader.yaml_implicit_resolvers = {}


def _unreadable(published: Published, file: str) -> Iterator[Problem]:
    """Give a problem for each block with a text that is no printed number."""
    for block in published.blocks:
        try:
            statistics_of_block(block)
        except ValueError as error:
            yield Problem(file, "printed numbers", "Copy it as it is printed.", str(error),
                          column=block.where)  # fmt: skip


# -- from blocks to statistics --------------------------------------------------------------


def statistics_of_block(block: Block) -> list[Statistic]:
    """Give the printed statistics of one block."""
    out = [
        _statistic(block, "n", text, "count", analysis="flow", group=group)
        for group, text in block.sizes.items()
    ]
    for make, items in (
        (_of_counts, block.counts),
        (_of_summary, block.summaries),
        (_of_survival, block.survival),
        (_of_ratio, block.ratios),
    ):
        out += [statistic for item in items for statistic in make(block, item)]
    return out


def _statistic(block: Block, statistic: str, text: str, kind: str, **keys: str) -> Statistic:
    """Read one number with the decimals meant in its block."""
    meant = {"percent": "percent", "p_value": "p", "time": "time"}.get(kind)
    printed = read_number(text, block.decimals.get(meant) if meant else None)
    return _keyed(block, statistic, printed, kind, **keys)


def _keyed(block: Block, statistic: str, printed: Printed, kind: str, **keys: str) -> Statistic:
    """Put a printed number under its key; what the item does not say comes from the block."""
    given = {"analysis": block.analysis, "endpoint": block.endpoint,
             "population": block.population} | keys  # fmt: skip
    return Statistic(block.where, statistic=statistic, printed=printed, kind=kind, **given)


def line_key(item: Counts, level: str) -> dict[str, str]:
    """Give term and level of a line, as our own results name them."""
    if item.levels_are_terms and level:
        return {"term": level, "level": ""}
    return {"term": item.term, "level": level}


def _of_counts(block: Block, item: Counts) -> Iterator[Statistic]:
    safety = block.analysis in ("safety", "discontinuation", "procedure")
    names = {"count": "patients" if safety else "n", "percent": "percent"}
    for level, cells in item.lines().items():
        for group, text in cells.items():
            keys = line_key(item, level) | {"group": group}
            read = read_cell(text, block.decimals.get("percent"))
            for name in ("count", "percent"):
                if name in read:
                    yield _keyed(block, names[name], read[name], name, **keys)
            if "total" in read:
                yield _keyed(block, names["count"], read["total"], "count", column="n", **keys)
    for level, text in item.p_values().items():
        keys = line_key(item, level or "") | {"group": DIFFERENCE}
        yield _statistic(block, "p_value", text, "p_value", **keys)


def _of_summary(block: Block, item: Summary) -> Iterator[Statistic]:
    names = item.form.replace("(", "").replace(")", "").replace("-", " ").split()
    for group, text in item.groups.items():
        for name, printed in zip(names, read_summary(block, item, text), strict=False):
            if printed is not None:
                yield _keyed(block, name, printed, "number", term=item.term, group=group)
    if item.p not in NONE:
        yield _statistic(block, "p_value", item.p, "p_value", term=item.term, group=DIFFERENCE)


def read_summary(block: Block, item: Summary, text: str) -> list[Printed | None]:
    """Read the cell of a summary: centre and two ends, or mean and SD."""
    meant = block.decimals.get("summary")
    if item.form == "mean (sd)":
        mean, _, sd = text.partition("(")
        return [read_number(mean, meant), read_number(sd.rstrip(") "), meant)]
    return read_spread(text, meant)


def _of_survival(block: Block, item: Survival) -> Iterator[Statistic]:
    keys = {"analysis": "survival", "endpoint": item.endpoint, "population": item.population,
            "term": item.contrast}  # fmt: skip
    for group, text in item.median.items():
        spread = read_spread(text, block.decimals.get("time"))
        for column, printed in zip(("estimate", "conf_low", "conf_high"), spread, strict=False):
            if printed is not None:
                yield _keyed(block, "median", printed, "time", group=group, column=column, **keys)
    for group, text in item.events.items():
        yield _statistic(block, "events", text, "count", group=group, **keys)
    for months, cells in item.event_percent.items():
        for group, text in cells.items():
            yield _statistic(
                block, "event_percent", text, "percent", level=months, group=group, **keys
            )
    if item.logrank not in NONE:
        yield _statistic(
            block, "logrank", item.logrank, "p_value", group=DIFFERENCE, column="p_value", **keys
        )


def _of_ratio(block: Block, item: Ratio) -> Iterator[Statistic]:
    keys = {"term": item.term, "level": item.level, "group": DIFFERENCE}
    if item.hr not in NONE:
        columns = zip(("estimate", "conf_low", "conf_high"), read_ratio(block, item), strict=False)
        for column, printed in columns:
            if printed is not None:
                kind = "ratio" if column == "estimate" else "limit"
                yield _keyed(block, "hr", printed, kind, column=column, **keys)
    if item.p not in NONE:
        yield _statistic(block, "hr", item.p, "p_value", column="p_value", **keys)


def read_ratio(block: Block, item: Ratio) -> list[Printed | None]:
    """Read a hazard ratio and its limits (None where not printed)."""
    found = read_spread(item.hr, block.decimals.get("ratio")) if item.hr not in NONE else []
    return [*found, None, None, None][:3]
