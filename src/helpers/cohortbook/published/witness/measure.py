"""How near a cohort comes to each printed number: computed anew, with nothing of the search."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...stats.cox import cox_fit
from ...stats.km import kaplan_meier
from ...stats.logrank import logrank
from .aims import ALL, FAR, Aim, Curve, Model, Table, Test
from .cost import State
from .people import ARM, People
from .problem import Scale

SLACK = 1e-9
COLUMNS = ["key", "where", "printed", "found", "met", "off"]


def measure(table: Table, people: People, scale: Scale, state: State) -> pd.DataFrame:
    """Compare a cohort with print.

    Returns
    -------
    DataFrame
        One row a number: `key`, `where`, `printed` (text), `found` (number; infinite for a median
        that is not reached), `met` (whether it rounds to print), `off` (how far it is from the
        nearest value that prints so, as a share of that; 0 if met, infinite if either is).
    """
    rows = []
    for curve in table.curves:
        rows += _of_curve(curve, people, scale, state)
    rows += [_of_test(test, people, scale, state) for test in table.tests]
    for model in table.models:
        rows += _of_model(model, people, scale, state)
    return pd.DataFrame(rows, columns=COLUMNS)


def _times(
    part: Curve | Test | Model, people: People, scale: Scale, state: State
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give times, events and who is inside of the population of a part."""
    k = scale.endpoints.index(part.endpoint)
    inside = np.ones(people.n, bool)
    if part.population != ALL:
        column, value = people.members[part.population]
        inside = state.x[:, column] == value
    return state.t[k] * scale.step, state.e[k], inside


def _of_curve(curve: Curve, people: People, scale: Scale, state: State) -> Iterator[list]:
    time, event, inside = _times(curve, people, scale, state)
    if curve.group in people.arms:
        inside = inside & (state.x[:, people.column(ARM, curve.group)] == 1)
    time, event = time[inside], event[inside]
    fit = kaplan_meier(time, event) if len(time) else None
    for (kind, at), aim in curve.aims.items():
        if kind == "median":
            found = [fit.quantile(0.5, rule).estimate for rule in ("r", "spss")] if fit else []
            found = [math.inf if math.isnan(x) else x for x in found]
        elif kind == "failed":
            held = fit.survival[fit.time <= at + SLACK] if fit else []
            found = [100 * (1 - (held[-1] if len(held) else 1.0))]
        elif kind == "at_risk":  # those whose time it is are counted or not
            found = [int((time > at - SLACK).sum()), int((time > at + SLACK).sum())]
        else:
            late = at + SLACK if kind == "events_by" else np.inf
            found = [int(event[time <= late].sum())]
        yield _row(aim, found)


def _of_test(test: Test, people: People, scale: Scale, state: State) -> list:
    time, event, inside = _times(test, people, scale, state)
    unit = people.unit(test.contrast or ARM)
    code = state.x[:, unit.start : unit.stop].argmax(1)
    return _row(test.p, [logrank(time[inside], event[inside], code[inside]).p])


def _of_model(model: Model, people: People, scale: Scale, state: State) -> Iterator[list]:
    time, event, inside = _times(model, people, scale, state)
    columns = []
    for row in model.rows:
        unit = people.unit(row.term)
        level = row.level or (unit.levels[-1] if unit.levels else "")
        columns.append(people.column(row.term, level))
    fit = cox_fit(
        time[inside], event[inside], state.x[np.ix_(inside, columns)],
        [f"x{k}" for k in range(len(columns))], ties="breslow", conf_level=model.conf_level,
    )  # fmt: skip
    for k, row in enumerate(model.rows):
        values = {"estimate": fit.hr[k], "conf_low": fit.conf_low[k],
                  "conf_high": fit.conf_high[k], "p": fit.p[k]}  # fmt: skip
        for name, aim in row.parts.items():
            yield _row(aim, [float(values[name])])


def _row(aim: Aim, found: list[float]) -> list:
    """Give key, place, print, what was found and whether it prints so; the nearest of several."""
    met = [value for value in found if _prints(aim, value)]
    nearest = (met or sorted(found, key=lambda value: abs(value - aim.low)) or [math.nan])[0]
    return [aim.key, aim.where, aim.text, nearest, bool(met), 0.0 if met else _off(aim, nearest)]


def _off(aim: Aim, value: float) -> float:
    bound = aim.low if value < aim.low else aim.high
    return abs(value - bound) / abs(bound) if bound and abs(value) + abs(bound) < FAR else math.inf


def _prints(aim: Aim, value: float) -> bool:
    if math.isnan(value):
        return False
    if math.isinf(value):
        return aim.high >= FAR
    return aim.low - SLACK <= value <= aim.high + SLACK and aim.low < FAR
