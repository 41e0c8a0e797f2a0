"""A printed survival table and its patients as the arrays of the compiled search."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from .aims import ALL, FAR, Aim, Curve, Model, Row, Table
from .people import ARM, People

CURVE, TEST, MODEL = 0, 1, 2
BEFORE, AT, EVENTS, AT_RISK = 0, 1, 2, 3  # survival before and at a time, events by it, at risk
RATIO_SCALE, Z_SCALE, SHARE_SCALE, EVENT_SCALE, RISK_SCALE = 0.01, 0.02, 0.01, 0.5, 1.0
HALF = 1e-6  # survival jumps over one half, not onto it: every rule gives the same median
INSIDE = 0.03  # of what prints as a ratio, at either end: one Newton step is not quite the fit
BEYOND = 1 << 40  # a tick after the end
STEPS = 4  # of Newton, where a coefficient is free
LEAST_TICKS = 12
PROGRESSION = ("pfs", "efs")  # endpoints that death ends
DEATH = "os"


class Problem(NamedTuple):
    """What does not change while the search runs.

    Attributes
    ----------
    first : (arms + 1,) first patient of each arm, and the end
    arm : (n,) arm of each patient
    units : (units, 3) first column, end, and move of the covariates
    parts : (parts, 4) endpoint, kind, place among its kind, column of its population (-1: all)
    needs : (parts, units) whether a part reads a unit
    curves : (curves, 5) arm (-1: all), its ticks from and to, its items from and to
    ticks : (ticks,) times of interest
    items : (items, 2) tick and what is read there
    item_goals : (items, 3) least, greatest, scale
    tests : (tests,) column of the second group
    test_goals : (tests, 2) least and greatest |z|
    models : (models, 4) its rows from and to; 1 where its one column is of noughts and ones; the
        Newton steps that it takes, 1 where every coefficient is aimed at
    quantiles : (models,) of the limits
    columns : (rows,) column of each row
    row_goals : (rows, 9) log ratio aimed at; least and greatest log ratio, limits, |z|
    marks, mark_places : printed times of each endpoint and where they begin
    longest : (endpoints,) the greatest time
    within : (endpoints,) the endpoint that no time of this one may exceed, or -1
    """

    first: np.ndarray
    arm: np.ndarray
    units: np.ndarray
    parts: np.ndarray
    needs: np.ndarray
    curves: np.ndarray
    ticks: np.ndarray
    items: np.ndarray
    item_goals: np.ndarray
    tests: np.ndarray
    test_goals: np.ndarray
    models: np.ndarray
    quantiles: np.ndarray
    columns: np.ndarray
    row_goals: np.ndarray
    marks: np.ndarray
    mark_places: np.ndarray
    longest: np.ndarray
    within: np.ndarray


@dataclass(frozen=True)
class Scale:
    """The endpoints of a table and the finest step of their times."""

    endpoints: list[str]
    step: float
    longest: dict[str, int]


def scale_of(table: Table) -> Scale:
    """Say how fine times are (as printed medians, at least tenths), and how long they may be."""
    decimals, latest = 1, dict.fromkeys(table.endpoints(), 0.0)
    for curve in table.curves:
        for (kind, time), aim in curve.aims.items():
            known = aim.high if kind == "median" and aim.high < FAR else time
            latest[curve.endpoint] = max(latest[curve.endpoint], known)
            decimals = max(decimals, aim.decimals if kind == "median" else 0)
    step = 10.0**-decimals
    usual = max(*latest.values(), LEAST_TICKS * step)
    longest = {name: math.ceil((2.5 * (far or usual)) / step) for name, far in latest.items()}
    if DEATH in longest:
        inside = [name for name in longest if name in PROGRESSION]
        longest |= dict.fromkeys([DEATH, *inside], max(longest[x] for x in (DEATH, *inside)))
    return Scale(list(longest), step, longest)


def problem_of(
    table: Table, people: People, scale: Scale, without: Collection[str] = ()
) -> Problem:
    """Turn a table into arrays; the numbers whose keys are in `without` are not aimed at."""
    make = _Maker(table, people, scale, set(without))
    for curve in table.curves:
        make.curve(curve)
    for test in table.tests:
        make.test(test.endpoint, test.population, test.contrast, test.p)
    for model in sorted(table.models, key=lambda model: len(model.rows)):
        make.model(model)
    return make.problem()


class _Maker:
    """Collects the parts one after the other."""

    def __init__(self, table: Table, people: People, scale: Scale, without: set[str]) -> None:
        self.people, self.scale, self.without = people, scale, without
        self.parts: list[tuple[int, int, int, int]] = []
        self.needs: list[set[int]] = []
        self.curves, self.ticks, self.items, self.item_goals = [], [], [], []
        self.tests, self.test_goals = [], []
        self.models, self.quantiles, self.columns, self.row_goals = [], [], [], []
        self.marks: dict[str, set[int]] = {name: set() for name in scale.endpoints}

    def curve(self, curve: Curve) -> None:
        """Add what is printed of a curve."""
        wanted = []
        for (kind, time), aim in curve.aims.items():
            if aim.key not in self.without:
                wanted += list(self._items(kind, time, aim))
        if not wanted:
            return
        ticks = sorted({tick for tick, *_ in wanted})
        start, first = len(self.ticks), len(self.items)
        self.ticks += ticks
        for tick, what, low, high, scale in wanted:
            self.items.append((start + ticks.index(tick), what))
            self.item_goals.append((low, high, scale))
        self.marks[curve.endpoint] |= {tick for tick in ticks if tick < BEYOND}
        arm = self.people.arms.index(curve.group) if curve.group in self.people.arms else -1
        self.curves.append((arm, start, len(self.ticks), first, len(self.items)))
        self._part(curve.endpoint, CURVE, len(self.curves) - 1, curve.population, [])

    def _items(
        self, kind: str, time: float, aim: Aim
    ) -> list[tuple[int, int, float, float, float]]:
        """Give tick, what is read there, its least and greatest value, and their scale."""
        at = round(time / self.scale.step)
        if kind == "median":
            if aim.low == FAR:
                return [(BEYOND, AT, 0.5 + HALF, 2.0, SHARE_SCALE)]
            low, high = aim.low / self.scale.step, aim.high / self.scale.step
            items = [(math.ceil(low - 1e-6), BEFORE, 0.5 + HALF, 2.0, SHARE_SCALE)]
            if aim.high < FAR:
                items += [(math.floor(high + 1e-6), AT, -1.0, 0.5 - HALF, SHARE_SCALE)]
            return items
        if kind == "failed":
            low, high = 1 - min(aim.high, 100.0) / 100, 1 - aim.low / 100
            return [(at, AT, low - 1e-9, high + 1e-9, SHARE_SCALE)]
        what = AT_RISK if kind == "at_risk" else EVENTS
        scale = RISK_SCALE if kind == "at_risk" else EVENT_SCALE
        return [(BEYOND if kind == "events" else at, what, aim.low, aim.high, scale)]

    def test(self, endpoint: str, population: str, contrast: str, p: Aim) -> None:
        """Add a log-rank test."""
        unit = self.people.unit(contrast or ARM)
        if p.key in self.without or len(unit.levels) != 2:
            return
        self.tests.append(unit.start + 1)
        self.test_goals.append(_z(p))
        self._part(endpoint, TEST, len(self.tests) - 1, population, [contrast or ARM])

    def model(self, model: Model) -> None:
        """Add the rows of a model; one that is not printed stays in it without a goal."""
        if not any(aim.key not in self.without for row in model.rows for aim in row.parts.values()):
            return
        start = len(self.columns)
        for row in model.rows:
            unit = self.people.unit(row.term)
            level = row.level or (unit.levels[-1] if unit.levels else "")
            self.columns.append(self.people.column(row.term, level))
            self.row_goals.append(_row_goal(row, self.without))
        one = len(model.rows) == 1 and bool(self.people.unit(model.rows[0].term).levels)
        aimed = all(self._known(row) for row in model.rows)
        self.models.append((start, len(self.columns), int(one), 1 if aimed else STEPS))
        self.quantiles.append(float(norm.isf((1 - model.conf_level) / 2)))
        terms = [row.term for row in model.rows]
        self._part(model.endpoint, MODEL, len(self.models) - 1, model.population, terms)

    def _known(self, row: Row) -> bool:
        """Tell whether the coefficient of a row follows from what is aimed at."""
        aimed = {name for name, aim in row.parts.items() if aim.key not in self.without}
        return "estimate" in aimed or {"conf_low", "conf_high"} <= aimed

    def _part(
        self, endpoint: str, kind: int, place: int, population: str, terms: list[str]
    ) -> None:
        inside = -1
        needed = {k for k, unit in enumerate(self.people.units) if unit.term in terms}
        if population != ALL:
            inside = self.people.members[population][0]
            needed |= {k for k, unit in enumerate(self.people.units)
                       if unit.start <= inside < unit.stop}  # fmt: skip
        self.parts.append((self.scale.endpoints.index(endpoint), kind, place, inside))
        self.needs.append(needed)

    def problem(self) -> Problem:
        """Give the arrays."""
        people, scale = self.people, self.scale
        needs = np.zeros((len(self.parts), len(people.units)), np.bool_)
        for row, needed in zip(needs, self.needs, strict=True):
            row[list(needed)] = True
        marks = [sorted(self.marks[name]) for name in scale.endpoints]
        places = np.concatenate([[0], np.cumsum([len(one) for one in marks])])
        within = [scale.endpoints.index(DEATH) if name in PROGRESSION and DEATH in scale.endpoints
                  else -1 for name in scale.endpoints]  # fmt: skip
        units = [(unit.start, unit.stop, unit.move) for unit in people.units]
        return Problem(
            people.first, np.repeat(np.arange(len(people.arms)), np.diff(people.first)),
            _whole(units, 3), _whole(self.parts, 4), needs, _whole(self.curves, 5),
            _whole(self.ticks), _whole(self.items, 2), _real(self.item_goals, 3),
            _whole(self.tests), _real(self.test_goals, 2), _whole(self.models, 4),
            _real(self.quantiles), _whole(self.columns), _real(self.row_goals, 9),
            _whole([tick for one in marks for tick in one]), _whole(places),
            _whole([scale.longest[name] for name in scale.endpoints]), _whole(within),
        )  # fmt: skip


def _whole(rows: object, width: int = 0) -> np.ndarray:
    made = np.array(rows, np.int64)
    return np.ascontiguousarray(made.reshape(-1, width) if width else made)


def _real(rows: object, width: int = 0) -> np.ndarray:
    made = np.array(rows, float)
    return np.ascontiguousarray(made.reshape(-1, width) if width else made)


def _z(p: Aim) -> tuple[float, float]:
    """Give the least and the greatest |z| of a P value."""
    return (float(norm.isf(min(p.high, 1.0) / 2)), float(norm.isf(p.low / 2)) if p.low > 0 else FAR)


def _row_goal(row: Row, without: set[str]) -> list[float]:
    """Give the log ratio aimed at, and the least and greatest of ratio, limits and |z|."""
    parts = {name: aim for name, aim in row.parts.items() if aim.key not in without}
    ends = []
    for name in ("estimate", "conf_low", "conf_high"):
        aim = parts.get(name)
        low, high = (_log(aim.low), _log(aim.high)) if aim else (-FAR, FAR)
        inside = INSIDE * (high - low) if low > -FAR and high < FAR else 0.0
        ends += [low + inside, high - inside]
    if "estimate" in parts and ends[0] > -FAR and ends[1] < FAR:
        middle = (ends[0] + ends[1]) / 2
    elif min(ends[2:6]) > -FAR and max(ends[2:6]) < FAR:
        middle = sum(ends[2:6]) / 4
    else:
        middle = 0.0
    return [middle, *ends, *(_z(parts["p"]) if "p" in parts else (0.0, FAR))]


def _log(value: float) -> float:
    return FAR if value >= FAR else math.log(value) if value > 0 else -FAR
