"""The grid file of a sweep: what is varied, and how each point differs from the study."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from ..errors import Problem, StudyError
from ..study.expected import expected
from ..study.model import Code, Model, Name, Text
from ..study.study import read_keys, slug

MOST_POINTS = 1000


class Between(Model):
    """Values from `least` to `most`, both included."""

    least: float = Field(float("-inf"), description="The smallest value that is kept.")
    most: float = Field(float("inf"), description="The largest value that is kept.")


class CutOff(Model):
    """An earlier data cut-off: nobody is seen after it, and who began later is left out."""

    at: date = Field(description="The last day, yyyy-mm-dd.")
    start: Name = Field(description="Column of the patient table: the date from which times run.")


class Variant(Model):
    """One value of an axis: any of the ways in which a point may differ."""

    label: Text = Field(description="How the value is called on the overview.")
    set: dict[str, Any] = Field(
        default_factory=dict, description="Keys of study.yml by dotted path, and their values."
    )
    where: dict[str, list[Code] | Between] = Field(
        default_factory=dict, description="Columns of the patient table, and which rows are kept."
    )
    censor_after: dict[Name, float] = Field(
        default_factory=dict, description="Endpoints, and the time at which follow-up is cut off."
    )
    cut_off: CutOff | None = Field(
        None, description="An earlier data cut-off, for endpoints with a time column."
    )
    endpoint: Name | None = Field(None, description="The endpoint that is compared.")


class Axis(Model):
    """What is varied, such as the site or a cut-point."""

    name: Text
    values: list[Variant] = Field(min_length=1)


class Grid(Model):
    """Every combination of the axes' values is a point."""

    title: Text = ""
    endpoint: Name | None = Field(None, description="Endpoint compared; the study's first.")
    axes: list[Axis] = Field(min_length=1)


@dataclass(frozen=True)
class Point:
    """One point: `name` is fit for a file, `labels` gives each axis its value's label."""

    name: str
    labels: dict[str, str]
    settings: dict[str, Any] = field(default_factory=dict)
    where: dict[str, list[str] | Between] = field(default_factory=dict)
    censor_after: dict[str, float] = field(default_factory=dict)
    endpoint: str | None = None
    cut_off: CutOff | None = None

    @property
    def label(self) -> str:
        """The labels of all axes in one line."""
        return ", ".join(self.labels.values())


def read_grid(path: Path) -> Grid:
    """Read and check a grid file.

    Raises
    ------
    StudyError
        With every problem of the file.
    """
    if not path.is_file():
        raise StudyError([Problem(path.name, "a grid file", "Give its path.", "no file")])
    try:
        grid = Grid.model_validate(read_keys(path))
    except ValidationError as error:
        raise StudyError(
            [
                Problem(
                    path.name,
                    expected(item),
                    "Mend this key.",
                    column=".".join(map(str, item["loc"])),
                )
                for item in error.errors()
            ]
        ) from None
    count = 1
    for axis in grid.axes:
        count *= len(axis.values)
    if count > MOST_POINTS:
        raise StudyError(
            [
                Problem(
                    path.name,
                    f"at most {MOST_POINTS} points",
                    "Leave out values.",
                    f"{count} points",
                )
            ]
        )
    return grid


def points_of(grid: Grid) -> list[Point]:
    """Give the points of a grid, the last axis varying fastest."""
    found = []
    for number, values in enumerate(product(*(axis.values for axis in grid.axes)), start=1):
        labels = {axis.name: value.label for axis, value in zip(grid.axes, values, strict=True)}
        short = slug("-".join(labels.values()))[:40].strip("-")
        found.append(
            Point(
                f"{number:03d}-{short}",
                labels,
                _merged(value.set for value in values),
                _merged(value.where for value in values),
                _merged(value.censor_after for value in values),
                next((v.endpoint for v in reversed(values) if v.endpoint), grid.endpoint),
                next((v.cut_off for v in reversed(values) if v.cut_off), None),
            )
        )
    return found


def _merged(parts: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in parts:
        merged |= part
    return merged
