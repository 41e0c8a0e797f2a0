"""Swimmer plot: a lane for each patient with treatment, response, progression and death."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ... import formats
from ...formats import markdown as md
from ...study.study import Study
from ..drawing.canvas import CM_PER_POINT, Canvas, at_most, clean, labelled, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, FAINT, INK, MAX_HEIGHT_CM, MUTED, POINT, SMALL, Arms, tint
from . import thin

LEGEND, HEAD, FOOT, NUMBERS, RIGHT = 1.05, 0.55, 1.0, 0.75, 0.3
WIDEST = 2.6  # what an identifier may take beside its lane, cm
LANE, STACK_UP_TO = 0.245, 15.0  # lane height and the tallest stack of lanes, cm
RESPONDING, PROGRESSING = "#01665E", "#E69F00"
MARKS = {
    "response_start": ("^", RESPONDING, RESPONDING, "Response starts"),
    "response_end": ("|", RESPONDING, RESPONDING, "Response ends"),
    "progression": ("D", PROGRESSING, INK, "Progression"),
    "death": ("X", INK, "white", "Death"),
}


@dataclass(frozen=True)
class _Block:
    """The lanes of one arm and where they stand."""

    code: str
    lanes: pd.DataFrame
    left: float
    top: float
    width: float
    lane: float


def swimmer_figure(table: pd.DataFrame, study: Study) -> Figure:
    """Draw the swimmer plot.

    Parameters
    ----------
    table : DataFrame
        From `analysis.lanes.lanes`: columns number, arm, response, treatment, ongoing,
        response_start, response_end, progression, end, died; months, drawn in its order.
    study : Study

    Returns
    -------
    Figure
        Arms stand one above the other, or side by side where there are too many lanes. Of very
        many patients 300 of each arm are drawn. The data are the lanes drawn.
    """
    arms = Arms.of(study)
    parts = {code: thin.evenly(table[table["arm"] == code], thin.MOST_LANES) for code in arms.codes}
    drawn = pd.concat(parts.values(), ignore_index=True)
    side = max((at_most(n, WIDEST, SMALL) for n in drawn["number"]), default=0) + 0.2
    side = max(NUMBERS, side)
    blocks, height = _blocks({code: part for code, part in parts.items() if len(part)}, side)
    canvas = Canvas(DOUBLE_CM, height, study)
    canvas.know(*drawn["number"])
    _legend(canvas, drawn, arms, side)
    longest = table[["treatment", "end", "progression", "response_end"]].max().max()
    longest = float(longest) if np.isfinite(longest) and longest > 0 else 1.0
    for block in blocks:
        last = block is blocks[-1] or blocks[-1].top == block.top
        _heading(canvas, block, arms, int((table["arm"] == block.code).sum()))
        _draw(canvas, block, arms, longest, last)
    if not blocks:
        canvas.text(DOUBLE_CM / 2, height / 2, "No patients", color=MUTED, ha="center")
    return Figure.of(canvas, _caption(table, drawn, study), _alt(table, study), drawn)


def _blocks(parts: dict[str, pd.DataFrame], side: float) -> tuple[list[_Block], float]:
    total = sum(map(len, parts.values()))
    wide = DOUBLE_CM - side - RIGHT
    out: list[_Block] = []
    if total * LANE <= STACK_UP_TO:
        lane, top = min(15.0 / max(total, 1), LANE if total > 12 else 0.4), LEGEND
        for code, part in parts.items():
            out.append(_Block(code, part, side, top + HEAD, wide, lane))
            top += HEAD + lane * (len(part) + 0.6)
        return out, top + FOOT
    room = MAX_HEIGHT_CM - LEGEND - HEAD - FOOT - 0.4
    lane = min(LANE, room / max(map(len, parts.values())))
    gap = side + 0.35
    width = (wide - gap * (len(parts) - 1)) / len(parts)
    for place, (code, part) in enumerate(parts.items()):
        out.append(_Block(code, part, side + place * (width + gap), LEGEND + HEAD, width, lane))
    tallest = lane * (max(map(len, parts.values())) + 0.6)
    return out, LEGEND + HEAD + tallest + FOOT


def _heading(canvas: Canvas, block: _Block, arms: Arms, everyone: int) -> None:
    y, count = block.top - HEAD + 0.3, len(block.lanes)
    name = canvas.fit(arms.labels[block.code], 0.75 * block.width, POINT, bold=True)
    canvas.text(block.left, y, name, color=arms.color(block.code), weight="bold")
    n = f"n = {count}" if count == everyone else f"{count} of {everyone:,}"
    canvas.text(block.left + width_cm(name, POINT, bold=True) + 0.2, y, n, size=SMALL, color=MUTED)


def _draw(canvas: Canvas, block: _Block, arms: Arms, longest: float, last: bool) -> None:
    n, color = len(block.lanes), arms.color(block.code)
    ax = canvas.axes(block.left, block.top, block.width, block.lane * (n + 0.6))
    ax.set_xlim(0, longest * 1.03)
    ax.set_ylim(n - 0.1, -0.7)
    ax.grid(axis="x", color=FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    _lanes(ax, block, color)
    _axis(canvas, ax, block, longest, last)


def _lanes(ax: Axes, block: _Block, color: str) -> None:
    """Draw follow-up as a line, treatment as a bar, response within it, and the marks."""
    rows, y = block.lanes, np.arange(len(block.lanes))
    pitch = block.lane / CM_PER_POINT
    size = min(5.2, 0.8 * pitch)
    ax.hlines(
        y,
        0,
        rows["end"].fillna(0),
        color=MUTED,
        linewidth=min(0.8, 0.16 * pitch),
        label="follow-up",
        zorder=2,
    )
    ax.barh(
        y,
        rows["treatment"].fillna(0),
        height=0.66,
        color=tint(color, 0.45),
        label="treatment",
        zorder=3,
    )
    until = rows["response_end"].fillna(rows["end"])
    responding = rows["response_start"].notna().to_numpy()
    ax.hlines(
        y[responding],
        rows["response_start"][responding],
        until[responding],
        color=RESPONDING,
        linewidth=min(1.8, 0.28 * pitch),
        label="response",
        zorder=4,
    )
    for name, (marker, face, edge, _) in MARKS.items():
        times = rows["end"].where(rows["died"] == 1) if name == "death" else rows[name]
        scale = {"D": 0.75, "|": 1.5}.get(marker, 1.0)
        ax.plot(
            times,
            y,
            marker,
            markersize=size * scale,
            markerfacecolor=face,
            markeredgecolor=edge,
            label=name,
            clip_on=False,
            zorder=6,
            markeredgewidth=min(1.8 if marker == "|" else 0.7, 0.2 * pitch),
        )
    going = (rows["ongoing"] == 1).to_numpy()
    ax.plot(
        rows["treatment"][going],
        y[going],
        ">",
        markersize=size * 1.1,
        color=color,
        markeredgewidth=0,
        label="ongoing",
        clip_on=False,
        zorder=5,
    )


def _axis(canvas: Canvas, ax: Axes, block: _Block, longest: float, last: bool) -> None:
    step = next(
        s for s in (1, 2, 3, 6, 12, 24, 60, 120, 600, 1e9) if longest / s <= block.width / 1.1
    )
    ticks = np.arange(0, longest * 1.03, step)
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks] if last else [""] * len(ticks))
    if last:
        labelled(ax, "Time (months)")
    else:
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(bottom=False)
    every = next(k for k in (1, 2, 5, 10, 20, 50, 1000) if block.lane * k >= 0.235)
    places = range(0 if every == 1 else every - 1, len(block.lanes), every)
    numbers = block.lanes["number"].tolist()
    names = [canvas.fit(numbers[p], WIDEST, SMALL) if every == 1 else str(p + 1) for p in places]
    ax.set_yticks(list(places), names, parse_math=False)
    ax.tick_params(axis="y", length=0, pad=2, labelcolor=MUTED)
    ax.spines["left"].set_linewidth(0.6)


def _legend(canvas: Canvas, table: pd.DataFrame, arms: Arms, side: float) -> None:
    """Name the marks in two lines, those that occur only."""
    x, y, middle = side, 0.22, 0.5
    for code in arms.codes:
        canvas.box(x, y - 0.09, 0.32, 0.18, facecolor=tint(arms.color(code), 0.45))
        x += 0.36
    x = _entry(canvas, x + 0.06, y, "On treatment")
    if (table["ongoing"] == 1).any():
        canvas.points([x + 0.1], [y], marker=">", markersize=5.4, color=INK, linestyle="none")
        x = _entry(canvas, x + 0.3, y, "Treatment ongoing")
    canvas.line(x, y, x + middle, y, color=MUTED, linewidth=0.8)
    x = _entry(canvas, x + middle + 0.1, y, "Follow-up")
    if table["response_start"].notna().any():
        canvas.line(x, y, x + middle, y, color=RESPONDING, linewidth=1.8)
        _entry(canvas, x + middle + 0.1, y, "In response")
    x, y = side + 0.1, 0.62
    for name, (marker, face, edge, label) in MARKS.items():
        there = (table["died"] == 1) if name == "death" else table[name].notna()
        if there.any():
            canvas.points(
                [x],
                [y],
                marker=marker,
                markersize=7 if marker == "|" else 5,
                linestyle="none",
                markerfacecolor=face,
                markeredgecolor=edge,
                markeredgewidth=1.8 if marker == "|" else 0.7,
            )
            x = _entry(canvas, x + 0.22, y, label) + 0.1


def _entry(canvas: Canvas, x: float, y: float, label: str) -> float:
    canvas.text(x, y, label, size=SMALL, label="legend")
    return x + width_cm(label, SMALL) + 0.45


def _caption(table: pd.DataFrame, drawn: pd.DataFrame, study: Study) -> str:
    parts = [
        "Course of each patient, the longest follow-up on top. Bars show the time on treatment, "
        "thin lines the follow-up until death or last contact"
    ]
    if drawn["response_start"].notna().any():
        parts[0] += ", thick lines the time in response"
    parts[0] += "; a line without a cross ends at the last contact alive."
    thinned = thin.shown_of(len(drawn), len(table), "their follow-up")
    parts += [thinned] if thinned else []
    if len(table) * LANE <= STACK_UP_TO:
        parts.append(
            "Patients are named by their identifiers."
            if study.privacy.show_ids
            else "Numbers are study numbers."
        )
    else:
        parts.append("Numbers count the lanes.")
    if study.texts.time_zero:
        parts.append(f"Time was counted from {md(study.texts.time_zero)}.")
    return " ".join(parts)


def _alt(table: pd.DataFrame, study: Study) -> str:
    parts = []
    for code in study.arm_codes:
        rows = table[table["arm"] == code]
        responders, ongoing = rows["response_start"].notna().sum(), (rows["ongoing"] == 1).sum()
        parts.append(
            f"{clean(study.arm_label(code))}: {len(rows)} patients, {responders} with a response, "
            f"{rows['progression'].notna().sum()} progressed, {(rows['died'] == 1).sum():.0f} died,"
            f" {ongoing} still treated, longest follow-up "
            f"{formats.number(rows['end'].max())} months"
        )
    return f"Swimmer plot. {'; '.join(parts)}."
