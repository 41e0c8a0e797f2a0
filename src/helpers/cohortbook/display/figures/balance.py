"""Balance (love) plot: standardised mean differences before and after weighting."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ... import formats
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, FAINT, INK, MUTED, SMALL
from ..words import lower
from .rows import ROW, draw_key, stripes

HEAD, FOOT, RIGHT, BALANCED = 0.6, 1.1, 0.5, 0.1
WEIGHTED = {
    "weighted": ("#01665E", "o", "Weighted"),
    "overlap": ("#01665E", "o", "Overlap weights"),
    "inverse": ("#C2410C", "D", "Inverse probability weights"),
    "treated": ("#C2410C", "D", "Weights to the comparison arm"),
    "matched": ("#6D28D9", "s", "Matching"),
}


def balance_figure(frame: pd.DataFrame, study: Study) -> Figure:
    """Draw absolute standardised mean differences of the baseline variables.

    Parameters
    ----------
    frame : DataFrame
        Columns term (a variable of the study, or a text), level (optional; "" for a continuous
        term), unweighted, and any of `WEIGHTED` (signed differences; NaN = none).
    study : Study

    Returns
    -------
    Figure
        Largest unweighted difference first; its data are the rows in drawing order.
    """
    data = frame.assign(level=frame.get("level", ""))
    data = data.assign(_size=data["unweighted"].abs())
    data = data.sort_values("_size", ascending=False, kind="stable", na_position="last")
    data = data.drop(columns="_size").reset_index(drop=True)
    names = [_name(row.term, row.level, study) for row in data.itertuples()]
    label = min(max((width_cm(clean(n), SMALL) for n in names), default=2) + 0.4, 7.0)
    n = max(len(data), 1)
    canvas = Canvas(DOUBLE_CM, HEAD + n * ROW + FOOT, study)
    stripes(canvas, HEAD, [(i, i) for i in range(n)], DOUBLE_CM)
    wide = DOUBLE_CM - label - RIGHT
    ax = canvas.axes(label, HEAD, wide, n * ROW)
    ax.patch.set_visible(False)
    _points(ax, data, wide)
    canvas.know(*names)
    for place, name in enumerate(names):
        canvas.text(
            0.1,
            HEAD + (place + 0.5) * ROW,
            canvas.fit(name, label - 0.25, SMALL),
            size=SMALL,
            label="label",
        )
    _legend(canvas, label, data)
    return Figure.of(canvas, _caption(data), _alt(data, names), data)


def _name(term: str, level: str, study: Study) -> str:
    variable = study.variables.get(term)
    if variable is None:
        return f"{term} {level}".strip()
    return variable.label + (f": {study.level_label(term, level)}" if level else "")


def _weighted(data: pd.DataFrame) -> list[str]:
    """Give the weightings that have differences."""
    return [kind for kind in WEIGHTED if kind in data and data[kind].notna().any()]


def _points(ax, data: pd.DataFrame, wide: float) -> None:
    y = np.arange(len(data))
    before = data["unweighted"].abs()
    shown = data[["unweighted", *_weighted(data)]].abs()
    ax.hlines(y, shown.min(axis=1), shown.max(axis=1), color=MUTED, linewidth=0.7, zorder=2)
    ax.plot(
        before,
        y,
        "o",
        markersize=4.5,
        markerfacecolor="white",
        markeredgecolor=INK,
        markeredgewidth=0.9,
        label="unweighted",
        zorder=3,
    )
    for kind in _weighted(data):
        color, marker, _ = WEIGHTED[kind]
        ax.plot(
            data[kind].abs(),
            y,
            marker,
            markersize=4.5 if marker == "o" else 3.8,
            color=color,
            markeredgewidth=0,
            linestyle="none",
            label="weighted",
            zorder=4,
            clip_on=False,
        )
    ax.axvline(0, color=INK, linewidth=0.6)
    ax.axvline(BALANCED, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)), label="balanced")
    values = [v for v in shown.to_numpy().ravel() if np.isfinite(v)]
    ax.set_xlim(0, max([*values, 0.2]) * 1.06)
    ax.set_ylim(max(len(data), 1) - 0.5, -0.5)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel("Absolute standardised mean difference", labelpad=2)


def _legend(canvas: Canvas, x: float, data: pd.DataFrame) -> None:
    entries = [("o", "white", INK, "Unweighted")]
    for kind in _weighted(data):
        color, marker, text = WEIGHTED[kind]
        entries.append((marker, color, color, text))
    draw_key(canvas, x, entries, 4.5, 0.9)


def _beyond(values: pd.Series) -> str:
    known = values.dropna().abs()
    return f"{int((known > BALANCED).sum())} of {len(known)}"


def _caption(data: pd.DataFrame) -> str:
    text = (
        "Absolute standardised mean differences between the arms. The broken line at "
        f"{BALANCED:g} is a common limit of balance; without weights {_beyond(data['unweighted'])} "
        "lie beyond it"
    )
    for kind in _weighted(data):
        name = "weights" if kind == "weighted" else lower(WEIGHTED[kind][2])
        text += f", with {name} {_beyond(data[kind])}"
    return text + "."


def _alt(data: pd.DataFrame, names: list[str]) -> str:
    told = []
    for name, (_, row) in zip(names, data.iterrows(), strict=True):
        text = f"{clean(name)} {formats.number(abs(row['unweighted']), 2)}"
        for kind in _weighted(data):
            if np.isfinite(row[kind]):
                text += f" to {formats.number(abs(row[kind]), 2)} {lower(WEIGHTED[kind][2])}"
        told.append(text)
    return f"Standardised mean differences. {'; '.join(told) if told else 'None'}."
