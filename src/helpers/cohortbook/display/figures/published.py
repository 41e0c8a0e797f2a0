"""Published against recomputed results: both with their intervals, disagreements marked."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ... import formats
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, height_cm, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, FAINT, INK, MAX_HEIGHT_CM, MUTED, SMALL
from .rows import (
    ROW,
    Interval,
    draw_estimate,
    draw_intervals,
    draw_key,
    log_axis,
    log_limits,
    stripes,
)

LEGEND, HEAD, FOOT, RIGHT, SHIFT = 0.6, 0.6, 0.95, 0.3, 0.17
AGREES, DIFFERS = "#01665E", "#C2410C"
MARKER = {True: "s", False: "D"}  # so that a grey copy tells them apart


def published_figure(frame: pd.DataFrame, study: Study) -> Figure:
    """Draw each published number beside the one computed from the data at hand.

    Parameters
    ----------
    frame : DataFrame
        Columns key, label (optional, as printed; the key if absent), quantity (optional, such as
        "Hazard ratio": one block of axes each), scale (optional, "log" or "linear"), printed,
        printed_low, printed_high, recomputed, recomputed_low, recomputed_high (limits may be NaN),
        agrees (bool: to a unit of the last printed digit).
    study : Study

    Returns
    -------
    Figure
    """
    data = _filled(frame)
    quantities = list(dict.fromkeys(data["quantity"]))
    label = min(max((width_cm(clean(v), SMALL) for v in data["label"]), default=2) + 0.4, 6.5)
    texts = [_told(row) for row in data.itertuples()]
    text = min(max((width_cm(t, SMALL) for t in texts), default=2) + 0.3, 6.2)
    fixed = LEGEND + (HEAD + FOOT) * len(quantities)
    row = max(min(ROW, (MAX_HEIGHT_CM - fixed) / max(len(data), 1)), height_cm(SMALL))
    canvas = Canvas(DOUBLE_CM, max(fixed + row * len(data), 3.0), study)
    canvas.know(*data["label"], *quantities)
    wide, top = DOUBLE_CM - label - text - RIGHT, LEGEND
    _legend(canvas, label, data)
    for quantity in quantities:
        rows = data[data["quantity"] == quantity]
        _block(canvas, rows, quantity, (label, wide, text), top, row)
        top += HEAD + FOOT + row * len(rows)
    if data.empty:
        canvas.text(DOUBLE_CM / 2, 1.8, "Nothing to compare", color=MUTED, ha="center")
    return Figure.of(canvas, _caption(data, study), _alt(data), data)


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    limits = ("printed_low", "printed_high", "recomputed_low", "recomputed_high")
    defaults = {"label": frame["key"], "quantity": "Value", "scale": "linear"}
    defaults |= dict.fromkeys(limits, np.nan)
    missing = {name: value for name, value in defaults.items() if name not in frame}
    return frame.assign(**missing).reset_index(drop=True)


def _number(value: float) -> str:
    if not np.isfinite(value):
        return formats.EMPTY
    return formats.number(value, 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 3)


def _told(row) -> str:
    return f"{_number(row.printed)} → {_number(row.recomputed)}"


def _block(
    canvas: Canvas,
    rows: pd.DataFrame,
    quantity: str,
    widths: tuple[float, float, float],
    top: float,
    high: float,
) -> None:
    label, wide, _ = widths
    canvas.text(
        0.1,
        top + HEAD - 0.27,
        canvas.fit(quantity, label + wide, SMALL + 1, True),
        weight="bold",
        label="quantity",
    )
    canvas.text(
        DOUBLE_CM - 0.1,
        top + HEAD - 0.27,
        "Published → recomputed",
        size=SMALL,
        weight="bold",
        ha="right",
    )
    stripes(canvas, top + HEAD, [(i, i) for i in range(len(rows))], DOUBLE_CM, high)
    ax = canvas.axes(label, top + HEAD, wide, high * len(rows))
    ax.patch.set_visible(False)
    _axis(ax, rows, wide)
    for place, row in enumerate(rows.itertuples()):
        y, color = top + HEAD + (place + 0.5) * high, AGREES if row.agrees else DIFFERS
        canvas.text(0.1, y, canvas.fit(row.label, label - 0.25, SMALL), size=SMALL, label="label")
        canvas.text(
            DOUBLE_CM - 0.1,
            y,
            _told(row),
            size=SMALL,
            color=color,
            ha="right",
            label="told",
            weight="normal" if row.agrees else "bold",
        )


def _intervals(rows: pd.DataFrame) -> list[Interval]:
    out = []
    for y, row in enumerate(rows.itertuples()):
        color = AGREES if row.agrees else DIFFERS
        out.append(
            Interval(
                y - SHIFT,
                row.printed,
                row.printed_low,
                row.printed_high,
                INK,
                4.2,
                hollow=True,
                marker="o",
            )
        )
        out.append(
            Interval(
                y + SHIFT,
                row.recomputed,
                row.recomputed_low,
                row.recomputed_high,
                color,
                4.2,
                marker=MARKER[bool(row.agrees)],
            )
        )
    return out


def _axis(ax: Axes, rows: pd.DataFrame, wide: float) -> None:
    intervals = _intervals(rows)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    if (rows["scale"] == "log").all():
        limits = log_limits(intervals)
        log_axis(ax, limits, wide)
        ax.axvline(1, color=MUTED, linewidth=0.7, zorder=1)
        draw_intervals(ax, intervals, limits)
    else:
        _linear(ax, intervals)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=FAINT, linewidth=0.6)
    ax.set_axisbelow(True)


def _linear(ax: Axes, intervals: list[Interval]) -> None:
    for one in intervals:
        if np.isfinite(one.low) and np.isfinite(one.high):
            ax.plot(
                [one.low, one.high],
                [one.y, one.y],
                color=one.color,
                linewidth=1.0,
                label="interval",
                zorder=3,
            )
        if np.isfinite(one.estimate):
            draw_estimate(ax, one)
    ax.margins(x=0.06)
    ax.locator_params(axis="x", nbins=6)


def _legend(canvas: Canvas, x: float, data: pd.DataFrame) -> None:
    """Name the marks that occur."""
    agrees = data["agrees"].astype(bool)
    entries = (
        ("o", "white", INK, "Published", len(data)),
        ("s", AGREES, AGREES, "Recomputed, agrees", agrees.any()),
        ("D", DIFFERS, DIFFERS, "Recomputed, differs", (~agrees).any()),
    )
    draw_key(canvas, x, [entry[:4] for entry in entries if entry[4]], 4.2, 0.8)


def _caption(data: pd.DataFrame, study: Study) -> str:
    conf = formats.conf_label(study.statistics.conf_level)
    same = int(data["agrees"].astype(bool).sum())
    return (
        f"Published results (circles) and the same computed from the data at hand (squares; "
        f"diamonds where they differ), with "
        f"{conf} where there is one. {same} of {len(data)} agree to one unit of the last printed "
        "digit."
    )


def _alt(data: pd.DataFrame) -> str:
    told = [
        f"{clean(row.label)}: published {_number(row.printed)}, recomputed "
        f"{_number(row.recomputed)}" + ("" if row.agrees else ", differs")
        for row in data.itertuples()
    ]
    return f"Published against recomputed results. {'; '.join(told) if told else 'None'}."
