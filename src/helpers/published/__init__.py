"""The results that a paper printed, as data: `published.yml`, read and checked.

The file is grouped as the paper is (a table, a paragraph), so that what belongs together stands
together; `Published.frame` gives it flat, one row a printed statistic, with the keys that our
own results have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import yaml
from pydantic import Field, ValidationError, model_validator

from ..errors import Problem, StudyError
from ..results import KEYS
from .blocks import OVERALL, Block, Model, Sum, groups_of
from .statistics import Statistic, statistics_of_block

__all__ = ["Published", "Statistic", "load_published", "statistics_of_block"]


class Published(Model):
    """Everything that one paper printed and that is worth checking."""

    paper: dict[str, str] = Field(default_factory=dict)
    groups: dict[str, int] = Field(description="Patients in each arm, the reference arm first.")
    total: int | None = Field(None, description="Patients overall, if not the sum of the arms.")
    alpha: float = Field(0.05, gt=0, lt=0.5)
    conf_level: float = Field(0.95, gt=0.5, lt=1)
    sums: list[Sum] = Field(default_factory=list)
    blocks: list[Block]

    @model_validator(mode="after")
    def _names_agree(self) -> Published:
        known = {*self.groups, OVERALL}
        wrong = [
            f"{block.where}: '{group}' is not one of the groups {sorted(known)}"
            for block in self.blocks
            for group in sorted(groups_of(block) - known)
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

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
