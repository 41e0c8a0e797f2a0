"""Small pictures for the page, as SVG: Kaplan-Meier curves, histograms, shares of categories.

Colours are attributes and no styles: the page forbids inline styles. Text of the data is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

from ..stats.km import kaplan_meier

WIDE, HIGH = 420, 210
LEFT, RIGHT, TOP, BOTTOM = 40, 10, 10, 34
STEPS = (0.25, 0.5, 1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600, 1200)  # months between ticks
MOST_TICKS = 8
BAR_WIDE, BAR_HIGH, BINS = 150, 26, 24
SHADES = ("#1f4e79", "#5b8db8", "#9fc0dc", "#c98f3c", "#8a5200", "#7d8792")
INK, HAIR = "#1d232a", "#d5dae0"


def curves(frame: pd.DataFrame, arms: Sequence[tuple[str, str, str]], said: str) -> str:
    """Draw the Kaplan-Meier curve of each arm.

    Parameters
    ----------
    frame : DataFrame
        time (months), event (1 or 0), arm (code); one row a patient.
    arms : sequence of (str, str, str)
        Code, name and colour.
    said : str
        What the picture shows, for those who do not see it.
    """
    longest = float(frame["time"].max()) if len(frame) else 1.0
    longest = longest if longest > 0 else 1.0
    wide, high = WIDE - LEFT - RIGHT, HIGH - TOP - BOTTOM

    def x(month: float) -> float:
        return LEFT + wide * month / longest

    def y(share: float) -> float:
        return TOP + high * (1 - share)

    parts = [_axes(longest, x, y)]
    for code, _name, colour in arms:
        rows = frame[frame["arm"] == code]
        if len(rows):
            parts.append(_curve(rows, colour, x, y))
    return (
        f'<svg class="curves" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(said)}" '
        f'font-size="11">{"".join(parts)}</svg>'
    )


def _axes(longest: float, x, y) -> str:
    step = next((step for step in STEPS if longest / step <= MOST_TICKS), STEPS[-1])
    parts = [
        f'<path d="M{LEFT} {TOP}V{y(0):.1f}H{WIDE - RIGHT}" fill="none" stroke="{INK}"/>',
        f'<text x="{WIDE - RIGHT}" y="{HIGH - 4}" text-anchor="end" fill="{INK}">months</text>',
    ]
    for share in (0, 0.5, 1):
        parts.append(
            f'<path d="M{LEFT} {y(share):.1f}H{WIDE - RIGHT}" stroke="{HAIR}" stroke-width="0.7"/>'
            f'<text x="{LEFT - 5}" y="{y(share) + 4:.1f}" text-anchor="end" fill="{INK}">'
            f"{share * 100:.0f}%</text>"
        )
    for month in np.arange(0, longest, step):
        parts.append(
            f'<text x="{x(month):.1f}" y="{y(0) + 15:.1f}" text-anchor="middle" fill="{INK}">'
            f"{month:g}</text>"
        )
    return "".join(parts)


def _curve(rows: pd.DataFrame, colour: str, x, y) -> str:
    curve = kaplan_meier(rows["time"], rows["event"])
    path = [f"M{x(0):.1f} {y(1):.1f}"]
    for time, survival, events in zip(curve.time, curve.survival, curve.n_event, strict=True):
        if events:
            path.append(f"H{x(time):.1f}V{y(survival):.1f}")
    path.append(f"H{x(float(curve.time[-1])):.1f}")
    return f'<path d="{"".join(path)}" fill="none" stroke="{escape(colour)}" stroke-width="1.8"/>'


def histogram(values: pd.Series) -> str:
    """Draw where the numbers of a column lie; its range stands beside it as text."""
    counts, _ = np.histogram(values.dropna().astype(float), bins=BINS)
    wide, most = BAR_WIDE / BINS, max(int(counts.max()), 1)
    bars = "".join(
        f'<rect x="{place * wide:.1f}" y="{BAR_HIGH * (1 - count / most):.1f}" '
        f'width="{wide - 0.8:.1f}" height="{BAR_HIGH * count / most:.1f}" fill="{SHADES[1]}"/>'
        for place, count in enumerate(counts)
        if count
    )
    return _small(bars)


def shares(counts: Sequence[int]) -> str:
    """Draw the shares of categories as one bar; their counts stand beside it as text."""
    total, begun, bars = max(sum(counts), 1), 0.0, []
    for place, count in enumerate(counts):
        wide = BAR_WIDE * count / total
        bars.append(
            f'<rect x="{begun:.1f}" y="6" width="{max(wide - 0.8, 0.4):.1f}" '
            f'height="{BAR_HIGH - 12}" fill="{SHADES[place % len(SHADES)]}"/>'
        )
        begun += wide
    return _small("".join(bars))


def _small(inside: str) -> str:
    return (
        f'<svg class="small" viewBox="0 0 {BAR_WIDE} {BAR_HIGH}" width="{BAR_WIDE}" '
        f'height="{BAR_HIGH}" aria-hidden="true" focusable="false">{inside}</svg>'
    )
