"""The printed survival table of a paper: what a witness must give, each number once.

A number that the paper repeats is one aim. What the search cannot aim at (tests of three arms,
weighted models, limits of medians, ratios of another kind) is counted, so that nobody takes it for
met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from .. import Published
from ..blocks import DIFFERENCE, Block, Ratio, Survival, read_ratio
from ..printed import NONE, Printed, PrintedError, read_number, read_spread
from ..statistics import key_of

ALL = "all"
NOT_REACHED = ("NR", "NE", "∞")
FAR = 1e18  # an end that is not printed; the compiled code may assume that numbers are finite
MODELS = ("cox_univariable", "cox_multivariable")


@dataclass(frozen=True)
class Aim:
    """One printed number: the values between `low` and `high` print so."""

    key: str
    where: str
    text: str
    low: float
    high: float
    decimals: int = 0


@dataclass
class Curve:
    """What is printed of one endpoint, population and group (arm, or "overall")."""

    endpoint: str
    population: str
    group: str
    aims: dict[tuple[str, float], Aim] = field(default_factory=dict)
    """By kind ("median", "events", "events_by", "at_risk", "failed") and time (0 without)."""


@dataclass
class Test:
    """A log-rank P of two groups: the arms, or the levels of a term."""

    endpoint: str
    population: str
    contrast: str
    p: Aim


@dataclass
class Row:
    """A printed hazard ratio: the term, its level, and those of ratio, limits and P that stand."""

    term: str
    level: str
    reference: str
    parts: dict[str, Aim] = field(default_factory=dict)  # "estimate", "conf_low", "conf_high", "p"


@dataclass
class Model:
    """The rows of one Cox model."""

    analysis: str
    endpoint: str
    population: str
    conf_level: float
    block: Block = field(repr=False)
    rows: list[Row] = field(default_factory=list)


@dataclass
class Table:
    """A printed survival table; `left_out` counts what the search does not aim at, by its kind."""

    curves: list[Curve] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def aims(self) -> Iterator[Aim]:
        """Give every number that is aimed at, in the order of the table."""
        for curve in self.curves:
            yield from curve.aims.values()
        yield from (test.p for test in self.tests)
        for model in self.models:
            yield from (aim for row in model.rows for aim in row.parts.values())

    def of_covariates(self) -> set[str]:
        """Give the keys of what is not of the curves and arms alone: other tests and models."""
        tests = {test.p.key for test in self.tests if test.contrast}
        models = [model for model in self.models
                  if len(model.rows) > 1 or model.rows[0].term != "arm"]  # fmt: skip
        rows = [row for model in models for row in model.rows]
        return tests | {aim.key for row in rows for aim in row.parts.values()}

    def endpoints(self) -> list[str]:
        """Name the endpoints, in the order of the table."""
        parts = (*self.curves, *self.tests, *self.models)
        return list(dict.fromkeys(part.endpoint for part in parts))


def table_of(published: Published) -> Table:
    """Collect the survival table of a paper."""
    table = Table()
    for block in published.blocks:
        for item in block.survival:
            _of_survival(table, published, block, item)
    blocks = [block for block in published.blocks if block.ratios]
    for block in sorted(blocks, key=lambda block: -len(block.ratios)):  # a whole model first
        _of_ratios(table, published, block)
    table.models = [model for model in table.models if any(row.parts for row in model.rows)]
    return table


def _of_survival(table: Table, published: Published, block: Block, item: Survival) -> None:
    if item.contrast and any((item.median, item.events, item.survival_percent, item.at_risk,
                              item.event_percent, item.events_by)):  # fmt: skip
        table.left_out["curves by another grouping than the arms"] += 1
        return
    for curve, kind, time, printed, key in _of_curves(table, block, item):
        slot = (kind, time)
        aim = _aim(key, block, printed)
        old = curve.aims.get(slot)
        if old is None or aim.high - aim.low < old.high - old.low:
            curve.aims[slot] = aim
    if item.logrank in NONE:
        return
    if len(published.groups) != 2 and not item.contrast:
        table.left_out["log-rank P of other than two arms"] += 1
        return
    printed = read_number(item.logrank, block.decimals.get("p"))
    key = key_of("p_value", **item.keys, group=DIFFERENCE, statistic="logrank")
    same = [t for t in table.tests if t.p.key == key]
    if not same:
        aim = _aim(key, block, printed)
        table.tests.append(Test(item.endpoint, item.population, item.contrast, aim))


def _of_curves(
    table: Table, block: Block, item: Survival
) -> Iterator[tuple[Curve, str, float, Printed | str, str]]:
    """Give the numbers of curves, with the curve, their kind and time."""
    for group, text in item.median.items():
        curve, read = _curve(table, item, group), read_spread(text, block.decimals.get("time"))
        table.left_out["limits of medians"] += sum(x is not None for x in read[1:])
        first = text.split("(")[0].strip()
        printed = first if first in NOT_REACHED else read[0]
        if printed is not None:
            yield curve, "median", 0.0, printed, _key(item, group, "median")
    for group, text in item.events.items():
        printed = read_number(text)
        yield _curve(table, item, group), "events", 0.0, printed, _key(item, group, "events")
    for name in ("event_percent", "survival_percent"):
        for time, cells in _times(table, getattr(item, name)):
            for group, text in cells.items():
                read = read_spread(text, block.decimals.get("percent"))
                table.left_out["limits of percentages at a time"] += len(read) > 1
                if read[0] is None:
                    continue
                printed = read[0] if name == "event_percent" else _turned(read[0])
                key = _key(item, group, name, time)
                yield _curve(table, item, group), "failed", float(time), printed, key
    for name in ("events_by", "at_risk"):
        for time, cells in _times(table, getattr(item, name)):
            for group, text in cells.items():
                key = _key(item, group, name, time)
                yield _curve(table, item, group), name, float(time), read_number(text), key


def _times(table: Table, cells: dict[str, dict[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    for time, line in cells.items():
        try:
            float(time)
        except ValueError:
            table.left_out["times that are no numbers"] += len(line)
            continue
        yield time, line


def _key(item: Survival, group: str, statistic: str, time: str = "") -> str:
    return key_of(**item.keys, level=time, group=group, statistic=statistic)


def _curve(table: Table, item: Survival, group: str) -> Curve:
    wanted = (item.endpoint, item.population, group)
    for curve in table.curves:
        if (curve.endpoint, curve.population, curve.group) == wanted:
            return curve
    table.curves.append(Curve(*wanted))
    return table.curves[-1]


def _turned(printed: Printed) -> Printed:
    """Turn a percentage without the event into one with it."""
    relation = {"<": ">", ">": "<"}.get(printed.relation, "=")
    return Printed(printed.text, 100.0 - printed.value, printed.decimals, relation)


def _aim(key: str, block: Block, printed: Printed | str) -> Aim:
    if isinstance(printed, str):  # not reached: no finite median
        return Aim(key, block.where, printed, FAR, FAR)
    high = min(printed.high, FAR)
    return Aim(key, block.where, printed.text, printed.low, high, printed.decimals)


def _of_ratios(table: Table, published: Published, block: Block) -> None:
    """Take the rows of a block as one model each (univariable) or as rows of one model."""
    if block.analysis not in MODELS or block.weighted or block.ratio_kind != "hr":
        table.left_out["ratios of other models than Cox's, or weighted"] += len(block.ratios)
        return
    for item in block.ratios:
        said = _unclear(published, item)
        if said:
            table.left_out[said] += 1
            continue
        row = _row(published, block, item)
        model = _model(table, published, block, item, row)
        if model is None:
            table.left_out["rows of a model that is not printed whole"] += 1
            continue
        old = next((r for r in model.rows if (r.term, r.level) == (row.term, row.level)), None)
        if old is None:
            model.rows.append(row)
        else:
            old.parts = row.parts | old.parts


def _model(table: Table, published: Published, block: Block, item: Ratio, row: Row) -> Model | None:
    """Give the model of a row: levels of one term are in one, as are the rows of one block."""
    wanted = (block.analysis, block.endpoint, block.population)
    same = [m for m in table.models if (m.analysis, m.endpoint, m.population) == wanted]
    if block.analysis == "cox_univariable":
        # one level against all the others is a model of its own
        same = [
            m
            for m in same
            if m.rows
            and m.rows[0].term == item.term
            and (m.rows[0].level == row.level or (row.reference, m.rows[0].reference) == ("", ""))
        ]
    elif same:
        known = {(r.term, r.level) for r in same[0].rows}
        if same[0].block is not block and (row.term, row.level) not in known:
            return None
    if same:
        return same[0]
    level = block.conf_level or published.conf_level
    table.models.append(Model(*wanted, level, block))
    return table.models[-1]


def _unclear(published: Published, item: Ratio) -> str:
    """Say why it is not known what a row compares (empty: it is)."""
    if item.term == "arm":
        strange = item.level and item.level not in published.groups
        return "rows of an arm that is none of the groups" if strange else ""
    rows = [row for block in published.blocks for row in block.ratios if row.term == item.term]
    if not item.level and any(row.level for row in rows):
        return "rows without a level, of a term that has levels in others"
    return ""


def _row(published: Published, block: Block, item: Ratio) -> Row:
    """Read what stands of a row."""
    row = Row(item.term, item.level, item.reference)
    keys = {**block.keys, "term": item.term, "level": item.level, "group": DIFFERENCE}
    try:
        read = read_ratio(block, item)
    except PrintedError:
        read = [None, None, None]
    for name, printed in zip(("estimate", "conf_low", "conf_high"), read, strict=True):
        if printed is not None:
            key = key_of(name, **keys, statistic="hr")
            row.parts[name] = _aim(key, block, printed)
    if item.p not in NONE and block.p_kind in ("wald", "unknown"):
        printed = read_number(item.p, block.decimals.get("p"))
        row.parts["p"] = _aim(key_of("p_value", **keys, statistic="hr"), block, printed)
    return row
