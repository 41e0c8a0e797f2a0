"""Printed results made flat: one statistic a number, with the keys of our own results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .. import results
from ..results import KEYS
from .blocks import (
    DIFFERENCE,
    Block,
    Counts,
    Ratio,
    Summary,
    Survival,
    line_key,
    read_limits,
    read_ratio,
    read_summary,
)
from .printed import NONE, Printed, read_cell, read_number, read_spread


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
        """Its name, as `key_of` makes it."""
        return key_of(self.column, **{name: getattr(self, name) for name in KEYS})


def key_of(column: str = "estimate", **keys: str) -> str:
    """Name a printed number as our own results are named, with its column if not the estimate.

    Nothing else makes such names: one that leaves out the endpoint would take two numbers for
    one, and join what is found of them. `keys` are key columns of results (`Block.keys` and
    `Survival.keys` give those that a part of the file has); without a statistic they name a line.
    """
    name = results.key_of(dict.fromkeys(KEYS, "") | keys)
    return name if column == "estimate" else f"{name}:{column}"


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
    given = block.keys | keys
    return Statistic(block.where, statistic=statistic, printed=printed, kind=kind, **given)


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
    for level, text in item.smds().items():
        keys = line_key(item, level or "") | {"group": DIFFERENCE}
        yield _statistic(block, "smd", text, "number", **keys)
    for group, text in item.ci.items():
        keys = line_key(item, "") | {"group": group}
        for column, printed in zip(("conf_low", "conf_high"), read_limits(block, text),
                                   strict=True):  # fmt: skip
            yield _keyed(block, "percent", printed, "percent", column=column, **keys)
    for name, text in item.effects.items():
        keys = line_key(item, "") | {"group": DIFFERENCE}
        yield from _spread(block, name, text, "number" if name == "rd" else "ratio", **keys)


def _spread(block: Block, name: str, text: str, kind: str, **keys: str) -> Iterator[Statistic]:
    """Give an estimate and its limits."""
    meant = {"ratio": "ratio", "time": "time", "percent": "percent"}.get(kind)
    found = read_spread(text, block.decimals.get(meant) if meant else None)
    for column, printed in zip(("estimate", "conf_low", "conf_high"), found, strict=False):
        if printed is not None:
            one = "limit" if kind == "ratio" and column != "estimate" else kind
            yield _keyed(block, name, printed, one, column=column, **keys)


def _of_summary(block: Block, item: Summary) -> Iterator[Statistic]:
    names = item.form.replace("(", "").replace(")", "").replace("-", " ").split()
    for group, text in item.groups.items():
        for name, printed in zip(names, read_summary(block, item, text), strict=False):
            if printed is not None:
                yield _keyed(block, name, printed, "number", term=item.term, group=group)
    if item.p not in NONE:
        yield _statistic(block, "p_value", item.p, "p_value", term=item.term, group=DIFFERENCE)
    if item.smd not in NONE:
        yield _statistic(block, "smd", item.smd, "number", term=item.term, group=DIFFERENCE)


def _of_survival(block: Block, item: Survival) -> Iterator[Statistic]:
    keys = item.keys
    for group, text in item.median.items():
        yield from _spread(block, "median", text, "time", group=group, **keys)
    for group, text in item.events.items():
        yield _statistic(block, "events", text, "count", group=group, **keys)
    for name in ("event_percent", "survival_percent"):
        for months, cells in getattr(item, name).items():
            for group, text in cells.items():
                at = {"level": months, "group": group}
                yield from _spread(block, name, text, "percent", **at, **keys)
    for name in ("events_by", "at_risk"):
        for months, cells in getattr(item, name).items():
            for group, text in cells.items():
                yield _statistic(block, name, text, "count", level=months, group=group, **keys)
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
                yield _keyed(block, block.ratio_kind, printed, kind, column=column, **keys)
    if item.p not in NONE:
        yield _statistic(block, block.ratio_kind, item.p, "p_value", column="p_value", **keys)
