"""Continuous baseline variables by arm: density, median and quartiles, every patient a dot."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ... import formats
from ...formats import markdown as md
from ...stats.ranks import quantiles
from ...study.study import Study
from ..drawing.canvas import Canvas, Labels, clean
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, FAINT, MUTED, SMALL, Arms, tint
from ..drawing.ticks import log_ticks
from ..words import capital
from . import thin

ACROSS, LINE, PLOT, BELOW, GUTTER, GAP = 3, 0.36, 3.9, 0.75, 1.5, 0.35
TITLE = 0.25  # above the axes, beside the lines of the titles
MOST = 12  # variables
DOT = 2.2  # points
FEW, IN_A_ROW = 5, 30  # values of a variable that is drawn as rows of dots, and dots of a row
CROWDED = 400  # patients of an arm beyond whom dots would be a stain
SPREAD = 50.0  # highest over lowest positive value from which an axis is logarithmic
LETTERS = "ABCDEFGHIJKL"


def distributions_figure(values: pd.DataFrame, study: Study) -> Figure:
    """Draw one panel a variable.

    Parameters
    ----------
    values : DataFrame
        From `analysis.baseline.measured`: columns variable, arm, value.
    study : Study

    Returns
    -------
    Figure
        The first twelve variables. Positive values that spread over more than fifty times stand on
        a logarithmic axis. The data are the values drawn: of very many, 4,001 of each arm, evenly
        spaced in their order.
    """
    names = list(dict.fromkeys(values["variable"]))[:MOST]
    across = 2 if len(names) in (2, 4) else ACROSS
    rows = math.ceil(max(len(names), 1) / across)
    wide = (DOUBLE_CM - GAP * (across - 1)) / across
    labels = Labels.of(study)
    labels.know(
        *(study.variables[name].label for name in names), *(_unit(name, study) for name in names)
    )
    titles = [labels.wrap(study.variables[name].label, wide - 0.5, bold=True) for name in names]
    title = TITLE + LINE * max(map(len, titles), default=1)
    names_below = _arm_names(study, labels, wide - GUTTER)
    below = BELOW + LINE * (max(map(len, names_below)) - 1)
    canvas = Canvas(DOUBLE_CM, rows * (title + PLOT + below), study, labels)
    drawn = []
    for place, name in enumerate(names):
        part = values[values["variable"] == name]
        drawn.append(_drawn(part))
        left = (place % across) * (wide + GAP)
        top = (place // across) * (title + PLOT + below)
        letter = LETTERS[place] if len(names) > 1 else ""
        canvas.panel_title(left + 0.05, top + 0.25, letter, titles[place][0], wide, left + wide)
        for line, text in enumerate(titles[place][1:], 1):
            canvas.text(
                left + (0.5 if letter else 0.05), top + 0.25 + line * LINE, text, weight="bold"
            )
        ax = canvas.axes(left + GUTTER, top + title, wide - GUTTER - 0.1, PLOT)
        _panel(ax, drawn[-1], part["arm"].value_counts(), study, names_below)
        canvas.y_label(left + 0.2, top + title, PLOT, _unit(name, study))
    if not names:
        canvas.text(DOUBLE_CM / 2, 2.5, "No continuous variable", color=MUTED, ha="center")
    shown = values[values["variable"].isin(names)]
    data = pd.concat(drawn, ignore_index=True) if drawn else shown.reset_index(drop=True)
    return Figure.of(canvas, _caption(shown, study), _alt(shown, study), data)


def _drawn(part: pd.DataFrame) -> pd.DataFrame:
    """Give the values of one variable that are drawn, as they are but for very many of an arm."""
    if part["arm"].value_counts().max() <= thin.MOST_VALUES:
        return part
    arms = part.groupby("arm", sort=False, observed=True)
    return pd.concat(thin.evenly(one.sort_values("value"), thin.MOST_VALUES) for _, one in arms)


def _title(name: str, study: Study) -> str:
    variable = study.variables[name]
    return f"{variable.label} ({variable.unit})" if variable.unit else variable.label


def _unit(name: str, study: Study) -> str:
    """Give what stands along the axis: the unit, with a capital if it begins with a word."""
    unit = study.variables[name].unit or ""
    word = unit.split(" ")[0]
    return capital(unit) if word.isalpha() and len(word) > 3 else unit


def _arm_names(study: Study, labels: Labels, wide: float) -> list[list[str]]:
    """Give the lines of each arm's name below its shape: one line of up to two arms, else two."""
    names = [study.arm_label(code) for code in study.arm_codes]
    room = wide / max(len(names), 2) - 0.1
    if len(names) > 2:
        return [labels.wrap(name, room, SMALL) for name in names]
    return [[labels.fit(name, room, SMALL)] for name in names]


def _panel(
    ax: Axes, part: pd.DataFrame, counts: pd.Series, study: Study, names: list[list[str]]
) -> None:
    import seaborn as sns  # a second to import: only where it draws

    arms = Arms.of(study)
    if logarithmic(part["value"]):
        log_ticks(ax, part["value"])
    if few_values(part):
        _rows_of_dots(ax, part, arms)
        return _finish(ax, part, names)
    common = {
        "x": "arm",
        "y": "value",
        "order": arms.codes,
        "hue": "arm",
        "hue_order": arms.codes,
        "legend": False,
        "ax": ax,
    }
    for one, smoothing in _smoothed(part, counts):
        drawn = len(ax.lines), len(ax.collections)
        sns.violinplot(
            data=one,
            **common,
            bw_method=smoothing,
            cut=0,
            inner="quart",
            linewidth=0.7,
            palette={code: tint(arms.color(code), 0.25) for code in arms.codes},
            linecolor=MUTED,
            density_norm="width",
            width=0.75,
        )
        _at_quartiles(ax, one, arms, study, *drawn)
    if counts.max() <= CROWDED:
        with _same_jitter():
            sns.stripplot(
                data=part,
                **common,
                palette=arms.colors,
                size=DOT,
                jitter=0.2,
                alpha=0.75,
                linewidth=0,
            )
    return _finish(ax, part, names)


def _at_quartiles(
    ax: Axes, part: pd.DataFrame, arms: Arms, study: Study, lines: int, bodies: int
) -> None:
    """Move the lines within each body to quartiles of the type in force; seaborn knows R's only."""
    kind = 6 if study.statistics.quartiles == "type 6" else 7
    if kind == 7:
        return
    groups = [part.loc[part["arm"] == code, "value"] for code in arms.codes]
    groups = [values for values in groups if len(values)]
    for place, values in enumerate(groups):
        three = ax.lines[lines + 3 * place : lines + 3 * place + 3]
        if len(three) < 3:  # a body of one value has no lines
            return
        outline = ax.collections[bodies + place].get_paths()[0].vertices
        center = (outline[:, 0].min() + outline[:, 0].max()) / 2
        right = outline[outline[:, 0] >= center]
        right = right[np.argsort(right[:, 1], kind="stable")]
        for line, at in zip(three, quantiles(values, [0.25, 0.5, 0.75], kind), strict=True):
            half = np.interp(at, right[:, 1], right[:, 0]) - center
            line.set_data([center - half, center + half], [at, at])


def few_values(part: pd.DataFrame) -> bool:
    """Say whether a variable has so few values that a smoothed distribution would invent others."""
    counts = part.groupby("arm", observed=True)["value"].value_counts()
    return bool(part["value"].nunique() <= FEW and len(counts) and counts.max() <= IN_A_ROW)


def _rows_of_dots(ax: Axes, part: pd.DataFrame, arms: Arms) -> None:
    """Draw the patients of each value side by side, and the median of each arm."""
    step = min(0.06, 0.75 / part.groupby("arm", observed=True)["value"].value_counts().max())
    for x, code in enumerate(arms.codes):
        values = part.loc[part["arm"] == code, "value"].sort_values()
        same = values.groupby(values)
        aside = same.cumcount() - (same.transform("size") - 1) / 2
        ax.scatter(
            x + step * aside,
            values,
            s=DOT**2,
            color=arms.color(code),
            alpha=0.75,
            linewidths=0,
            zorder=3,
        )
        ax.hlines(
            values.median(),
            x - 0.38,
            x + 0.38,
            color=MUTED,
            linewidth=0.7,
            linestyle=(0, (4, 2)),
            label="median",
            zorder=2,
        )
    ax.set_xlim(-0.5, len(arms.codes) - 0.5)
    ax.margins(y=0.12)


def _finish(ax: Axes, part: pd.DataFrame, names: list[list[str]]) -> None:
    ax.set_xticks(range(len(names)), ["\n".join(lines) for lines in names])
    if not logarithmic(part["value"]):
        whole = bool((part["value"] % 1 == 0).all())
        ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=whole))
    for label in ax.get_xticklabels():
        label.set_parse_math(False)
    ax.set_xlabel("")
    ax.set_ylabel("")
    ax.tick_params(axis="x", length=0)
    ax.grid(axis="y", color=FAINT, linewidth=0.6)
    ax.set_axisbelow(True)


def _smoothed(part: pd.DataFrame, counts: pd.Series) -> Iterator[tuple[pd.DataFrame, str | float]]:
    """Give what is smoothed together, and how far: by Scott's rule, for all patients of an arm."""
    if counts.sum() == len(part):
        yield part, "scott"
        return
    for code, one in part.groupby("arm", sort=False, observed=True):
        yield one, counts[code] ** -0.2


def logarithmic(values: pd.Series) -> bool:
    """Say whether values belong on a logarithmic axis: all positive, and far apart."""
    return bool(len(values) and values.min() > 0 and values.max() / values.min() > SPREAD)


@contextmanager
def _same_jitter() -> Iterator[None]:
    """Let seaborn move dots aside by the same chance each time; it has no setting for it."""
    before = np.random.get_state()
    np.random.seed(1)
    try:
        yield
    finally:
        np.random.set_state(before)


def _caption(values: pd.DataFrame, study: Study) -> str:
    few = [
        name
        for name, part in values.groupby("variable", sort=False, observed=True)
        if few_values(part)
    ]
    smoothed = set(values["variable"]) - set(few)
    what = "Continuous baseline variables" + " by arm" * study.compares
    parts = [
        f"{what}: smoothed distribution, with broken lines at "
        f"median and quartiles ({study.statistics.quartiles})."
        if smoothed or not few
        else f"{what}."
    ]
    counts = values.groupby(["variable", "arm"], observed=True).size()
    if len(values) and counts.max() <= CROWDED:
        parts.append("Each dot is a patient.")
    if few:
        names = ", ".join(md(study.variables[name].label) for name in few)
        parts.append(f"Of few values, with the median alone: {names}.")
    logs = [
        name
        for name, part in values.groupby("variable", sort=False, observed=True)
        if logarithmic(part["value"])
    ]
    if logs:
        names = ", ".join(md(study.variables[name].label) for name in logs)
        parts.append(f"On a logarithmic axis: {names}.")
    return " ".join(parts)


def _alt(values: pd.DataFrame, study: Study) -> str:
    told = []
    for name, part in values.groupby("variable", sort=False, observed=True):
        medians = [
            f"{clean(study.arm_label(code))} median "
            f"{formats.number(part.loc[part['arm'] == code, 'value'].median())}"
            for code in study.arm_codes
            if (part["arm"] == code).any()
        ]
        told.append(f"{clean(_title(name, study))}: {', '.join(medians)}")
    by = " by arm" * study.compares
    return f"Distributions of baseline variables{by}. {'; '.join(told) or 'No variable'}."
