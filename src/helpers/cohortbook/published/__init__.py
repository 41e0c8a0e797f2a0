"""The results that a paper printed, as data: `published.yml`, read and checked.

The file is grouped as the paper is (a table, a paragraph), so that what belongs together stands
together; `Published.frame` gives it flat, one row a printed statistic, with the keys that our
own results have.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import Field, ValidationError, field_validator, model_validator

from ..errors import StudyError
from ..results import KEYS
from .blocks import NO_SIZE, OVERALL, Block, Model, Sum, groups_of
from .problems import problems_of, read_texts
from .statistics import Statistic, key_of, statistics_of_block

__all__ = ["Published", "Statistic", "key_of", "load_published", "statistics_of_block"]

MOST_PATIENTS = 10_000_000


class Published(Model):
    """Everything that one paper printed and that is worth checking."""

    paper: dict[str, str] = Field(default_factory=dict)
    groups: dict[str, Annotated[int, Field(ge=1, le=MOST_PATIENTS)] | None] = Field(
        min_length=1,
        description="Patients in each arm, the reference arm first; null where none is printed.",
    )
    total: int | None = Field(
        None,
        ge=1,
        le=2 * MOST_PATIENTS,
        description="Patients overall, if not the sum of the arms.",
    )
    together: dict[str, Annotated[list[str], Field(min_length=2)]] = Field(
        default_factory=dict,
        description="Columns that are several arms together: {any dose: [low, high]}.",
    )
    alpha: float = Field(0.05, gt=0, lt=0.5)
    conf_level: float = Field(0.95, gt=0.5, lt=1)
    note: str = Field(
        "", description="What a reader should know of the comparison with our results: sentences."
    )
    sums: list[Sum] = Field(default_factory=list)
    populations: dict[str, Annotated[dict[str, str], Field(min_length=1, max_length=1)]] = Field(
        default_factory=dict,
        description="The level that makes a population: {afp_high: {afp: '>=400'}}.",
    )
    blocks: list[Block]

    @field_validator("groups", mode="before")
    @classmethod
    def _size_not_printed(cls, value: object) -> object:
        """Take null, which a file read as texts gives as a word, for no size."""
        if not isinstance(value, dict):
            return value
        return {name: None if size in NO_SIZE else size for name, size in value.items()}

    @model_validator(mode="after")
    def _names_agree(self) -> Published:
        known = {*self.groups, *self.together, OVERALL}
        twice = {*self.groups, OVERALL} & {*self.together}
        if twice:
            raise ValueError(f"together gives a name that is taken: {sorted(twice)}")
        strange = {x for parts in self.together.values() for x in parts} - {*self.groups}
        if strange:
            raise ValueError(f"together names what is no group: {sorted(strange)}")
        wrong = [
            f"{block.where}: '{group}' is not one of the groups {sorted(known)}"
            for block in self.blocks
            for group in sorted(groups_of(block) - known)
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def overall(self) -> int | None:
        """Patients in all (None if the size of an arm is not printed)."""
        if self.total is not None:
            return self.total
        sizes = list(self.groups.values())
        return None if None in sizes else sum(sizes)

    @property
    def spare(self) -> int | None:
        """Patients who are in no arm (None if the size of an arm is not printed)."""
        sizes = list(self.groups.values())
        return None if None in sizes or self.overall is None else self.overall - sum(sizes)

    def size(self, group: str) -> int | None:
        """Give the patients in a group, None for one whose size is not printed."""
        if group in self.together:
            sizes = [self.groups[part] for part in self.together[group]]
            return None if None in sizes else sum(sizes)
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
        With every problem: keys that do not exist or stand twice, texts that are not printed
        numbers.
    """
    path = Path(path)
    path = path / "published.yml" if path.is_dir() else path
    given = read_texts(path)
    errors: ValidationError | None = None
    try:
        published = Published.model_validate(given)
    except ValidationError as error:
        errors = error
    problems = problems_of(given, path.name, errors)
    if problems:
        raise StudyError(problems)
    return published
