"""Waterfall plot: best change of target lesions of each patient, arms apart."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from ... import formats
from ...formats import markdown as md
from ...study.study import Study
from ..drawing.canvas import CM_PER_POINT, Canvas, at_most, axes_text, clean, labelled, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, INK, MUTED, POINT, SMALL, Arms, Look, response_looks
from ..words import capital, number_word
from . import thin

LEFT, RIGHT, GAP = 1.45, 0.85, 0.55
LEGEND, HEAD, PLOT, FOOT, BARE_FOOT, BELOW = 0.75, 0.55, 6.4, 0.6, 0.1, 0.4
LOWER, UPPER = -104.0, 8.0  # lower end of the axis, and its end above the round number, %
TALLEST = 100.0  # bars beyond are cut, marked and labelled with their value
DOT = "New lesion"
WIDEST = 2.6  # what an identifier may take under its bar, cm
NUMBER_PITCH = 0.24  # narrowest bar that can carry a study number, cm


def waterfall_figure(table: pd.DataFrame, study: Study) -> Figure:
    """Draw the waterfall plot.

    Parameters
    ----------
    table : DataFrame
        From `analysis.lesions.waterfall`: columns number, arm, response, change (percent, NaN = not
        measured), new_lesion; drawn in its order.
    study : Study

    Returns
    -------
    Figure
        Bars are coloured by best response; a dot marks progression by a new lesion. The data
        are the bars drawn, with a column `beyond` (1 = cut at the axis); of very many patients
        800 are drawn.
    """
    drawn = _drawn(table)
    drawn["beyond"] = (drawn["change"] > TALLEST).astype(int)
    longest = max((at_most(n, WIDEST, SMALL) for n in drawn["number"]), default=0)
    foot = max(FOOT, longest + 0.12) if _numbered(table) else BARE_FOOT
    canvas = Canvas(DOUBLE_CM, LEGEND + HEAD + PLOT + foot + BELOW, study)
    canvas.know(*drawn["number"], *(c.printed for c in study.response.categories))
    arms, looks = Arms.of(study), response_looks(study)
    counts = {code: int((drawn["arm"] == code).sum()) for code in arms.codes}
    shown = [code for code in arms.codes if counts[code]]
    _legend(canvas, drawn, study, looks)
    if not shown:
        canvas.text(
            DOUBLE_CM / 2,
            LEGEND + HEAD + PLOT / 2,
            "No change of target lesions was recorded",
            color=MUTED,
            ha="center",
        )
    room = DOUBLE_CM - LEFT - RIGHT - GAP * (len(shown) - 1)
    pitch = min(room / max(sum(counts.values()), 1), 0.9)
    x, top = LEFT, _upper(drawn)
    for place, code in enumerate(shown):
        ax = canvas.axes(x, LEGEND + HEAD, pitch * counts[code], PLOT)
        part = drawn[drawn["arm"] == code]
        _heading(canvas, ax, x, code, table, arms, pitch * counts[code])
        _bars(canvas, ax, part, looks, study, top, pitch)
        _frame(ax, study, top, first=place == 0)
        x += pitch * counts[code] + GAP
    if shown:
        _around(canvas, x - GAP, foot, study, top)
    return Figure.of(canvas, _caption(table, drawn, study), _alt(table, study), drawn)


def _drawn(table: pd.DataFrame) -> pd.DataFrame:
    """Give the bars that are drawn; of very many the same share of each arm."""
    measured = table[table["change"].notna()]
    share = min(1.0, thin.MOST_BARS / max(len(measured), 1))
    parts = [
        thin.evenly(part, math.ceil(share * len(part)))
        for _, part in measured.groupby("arm", sort=False, observed=True)
    ]
    return pd.concat(parts, ignore_index=True) if parts else measured.reset_index(drop=True)


def _upper(drawn: pd.DataFrame) -> float:
    """Give the upper end of the axis: a round number above the bars, at most the tallest."""
    highest = drawn["change"].max() if len(drawn) else 0
    return next((float(t) for t in (40, 60, 80) if highest <= t - 5), TALLEST)


def _heading(
    canvas: Canvas, ax: Axes, x: float, code: str, table: pd.DataFrame, arms: Arms, room: float
) -> None:
    everyone = table[table["arm"] == code]
    measured = int(everyone["change"].notna().sum())
    name = arms.labels[code]
    detail = f"{measured:,} of {len(everyone):,} patients"
    side = width_cm(detail, SMALL) + 0.2
    y = LEGEND + 0.2
    shown = canvas.fit(name, max(room - side, 0.5 * room), POINT, bold=True)
    canvas.text(x, y, shown, color=arms.color(code), weight="bold")
    after = width_cm(shown, POINT, bold=True) + 0.2
    if after + side - 0.2 <= room + GAP / 2:
        canvas.text(x + after, y, detail, size=SMALL, color=MUTED)
    canvas.line(x, LEGEND + 0.42, x + room, LEGEND + 0.42, color=arms.color(code), linewidth=1.4)


def _bars(
    canvas: Canvas,
    ax: Axes,
    part: pd.DataFrame,
    looks: dict[str, Look],
    study: Study,
    top: float,
    pitch: float,
) -> None:
    # bars thinner than their edges would all be black
    edge = 0.4 if pitch > 0.12 else 0.15 if pitch > 0.05 else 0.0
    for x, row in enumerate(part.itertuples()):
        look = looks.get(row.response, Look("#FFFFFF"))
        ax.bar(
            x,
            min(row.change, top),
            width=0.8 if edge else 1.0,
            color=look.color,
            edgecolor=look.edge,
            hatch=look.hatch if pitch > 0.12 else "",
            linewidth=edge,
            label="bar",
            zorder=3,
        )
        _marks(canvas, ax, x, row, study, top, pitch)
    ax.set_xlim(-0.6, len(part) - 0.4)
    ax.set_ylim(LOWER, top + UPPER)


def _marks(canvas: Canvas, ax: Axes, x: float, row, study: Study, top: float, pitch: float) -> None:
    """Mark a new lesion, a cut bar, and the study number where there is room."""
    above = min(max(row.change, 0), top)
    if row.change > top:
        label = f"↑ {formats.number(row.change, 0)}" if pitch >= 0.5 else "↑"
        axes_text(ax, x, top + 0.5, label, ha="center", va="bottom", label="beyond")
    elif _by_new_lesion(row, study):
        size = min(3.0, 0.7 * pitch / CM_PER_POINT)
        ax.plot(
            x,
            above + 3.5,
            "o",
            markersize=size,
            color=INK,
            markeredgewidth=0,
            label="new-lesion",
            zorder=5,
        )
    if pitch >= NUMBER_PITCH:
        axes_text(
            ax,
            x,
            -106,
            canvas.fit(row.number, WIDEST, SMALL),
            ha="center",
            va="top",
            rotation=90,
            color=MUTED,
            label="number",
        )


def _by_new_lesion(row, study: Study) -> bool:
    spec = study.response
    held = {*spec.objective, *spec.control, spec.not_evaluable}
    return row.new_lesion == 1 and row.response not in held


def _frame(ax: Axes, study: Study, top: float, first: bool) -> None:
    spec = study.response
    ax.axhline(0, color=INK, linewidth=0.6, zorder=4)
    for limit in (spec.growth, spec.shrinkage):
        ax.axhline(
            limit, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1, label="limit"
        )
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ticks = [t for t in range(-100, int(top) + 1, 20)]
    ax.set_yticks(ticks, [formats.number(t, 0) for t in ticks] if first else [""] * len(ticks))
    ax.spines["left"].set_bounds(-100, top)
    if first:
        labelled(ax, y="Best change of target lesions (%)")
    else:
        ax.spines["left"].set_visible(False)
        ax.tick_params(left=False)


def _around(canvas: Canvas, right: float, foot: float, study: Study, top: float) -> None:
    """Name the broken lines at their right ends, and what stands along the lower edge."""
    for limit in (study.response.growth, study.response.shrinkage):
        y = LEGEND + HEAD + PLOT * (top + UPPER - limit) / (top + UPPER - LOWER)
        text = ("+" if limit > 0 else "") + formats.number(limit, 0) + "%"
        canvas.text(right + 0.08, y, text, size=SMALL, color=MUTED, label="limit-name")
    canvas.text(
        (LEFT + right) / 2,
        LEGEND + HEAD + PLOT + foot + 0.15,
        "Patients",
        ha="center",
        label="x-label",
    )


def _legend(canvas: Canvas, drawn: pd.DataFrame, study: Study, looks: dict[str, Look]) -> None:
    """Name the categories that are drawn, in one line."""
    handles = []
    for category in study.response.categories:
        n = int((drawn["response"] == category.code).sum())
        if n:
            look = looks[category.code]
            handles.append(
                (
                    Patch(
                        facecolor=look.color, edgecolor=look.edge, hatch=look.hatch, linewidth=0.4
                    ),
                    category.printed,
                )
            )
    dots = [DOT] * any(_by_new_lesion(row, study) for row in drawn.itertuples())
    names = [*(label for _, label in handles), *dots]
    room, x = DOUBLE_CM - LEFT, LEFT
    if sum(width_cm(clean(name), SMALL) + 0.95 for name in names) > room:
        room /= len(names)
    for patch, label in handles:
        shown = canvas.fit(label, room - 0.95, SMALL)
        canvas.box(
            x,
            0.14,
            0.36,
            0.24,
            facecolor=patch.get_facecolor(),
            hatch=patch.get_hatch(),
            edgecolor=INK,
            linewidth=0.4,
        )
        canvas.text(x + 0.46, 0.26, shown, size=SMALL, label="legend")
        x += 0.46 + width_cm(shown, SMALL) + 0.45
    for name in dots:
        canvas.points(
            [x + 0.1],
            [0.26],
            marker="o",
            markersize=3,
            color=INK,
            linestyle="none",
            markeredgewidth=0,
        )
        canvas.text(x + 0.28, 0.26, canvas.fit(name, room - 0.3, SMALL), size=SMALL, label="legend")


def _caption(table: pd.DataFrame, drawn: pd.DataFrame, study: Study) -> str:
    spec, missing = study.response, int(table["change"].isna().sum())
    parts = [
        f"Best change of target lesions from baseline by {md(spec.criteria)}, one bar a patient, "
        f"coloured by best overall response. Broken lines: {formats.number(spec.growth, 0)}% and "
        f"{formats.number(spec.shrinkage, 0)}%."
    ]
    thinned = thin.shown_of(len(drawn), len(table) - missing, "their bars")
    parts += [thinned] if thinned else []
    if any(_by_new_lesion(row, study) for row in drawn.itertuples()):
        parts.append("Dots mark progression by a new lesion.")
    if drawn["beyond"].any():
        parts.append(f"Arrows mark bars cut at {formats.number(TALLEST, 0)}%.")
    if missing:
        plural = "patients are" if missing > 1 else "patient is"
        count = f"{missing:,}" if missing >= 1000 else capital(number_word(missing))
        parts.append(f"{count} {plural} not shown because no change was measured.")
    if _numbered(table):
        parts.append(
            "Under the bars stand the patients' identifiers."
            if study.privacy.show_ids
            else "Figures under the bars are study numbers."
        )
    return " ".join(parts)


def _numbered(table: pd.DataFrame) -> bool:
    n = int(table["change"].notna().sum())
    return bool(n) and (DOUBLE_CM - LEFT - RIGHT - GAP) / n >= NUMBER_PITCH


def _alt(table: pd.DataFrame, study: Study) -> str:
    parts = []
    for code in study.arm_codes:
        change = table.loc[table["arm"] == code, "change"].dropna()
        if change.empty:
            parts.append(f"{clean(study.arm_label(code))}: nobody measured")
            continue
        shrunk = int((change <= study.response.shrinkage).sum())
        grown = int((change >= study.response.growth).sum())
        parts.append(
            f"{clean(study.arm_label(code))}: {len(change)} patients from "
            f"{formats.number(change.max())}% to {formats.number(change.min())}%, {shrunk} at or "
            f"below {formats.number(study.response.shrinkage, 0)}% and {grown} at or above "
            f"{formats.number(study.response.growth, 0)}%"
        )
    return f"Waterfall plot of the best change of target lesions. {'; '.join(parts)}."
