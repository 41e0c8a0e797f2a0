"""Adverse events as a butterfly: one arm to the left, the other to the right, severe ones dark.

Three or more arms stand side by side, on the right of the terms.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ... import formats
from ...formats import markdown as md
from ...results import mark_of, pick
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, FAINT, INK, MUTED, POINT, SMALL, Arms, tint
from ..words import capital

ANY, SEVERE, ANY_TERM = "any", "severe", "any_term"
ROW, HEAD, FOOT, LABEL_MAX = 0.52, 1.2, 1.0, 4.6


def safety_butterfly_figure(results: pd.DataFrame, study: Study) -> Figure:
    """Draw the percentage of patients with each adverse event, by arm and grade.

    Parameters
    ----------
    results : DataFrame
        Tidy results, analysis "safety", statistic "patients": term, level "any" or "severe",
        group (arm code), estimate (count), n (denominator). Term "any_term" comes last, the others
        by frequency over all arms.
    study : Study

    Returns
    -------
    Figure
        Its data have the columns term, group, level, patients, n, mark, percent.
    """
    data = _shares(results)
    terms = _order(data)
    label = max((width_cm(clean(_name(t)), SMALL, bold=t == ANY_TERM) for t in terms), default=1)
    label = min(label + 0.4, LABEL_MAX)
    n = max(len(terms), 1)
    canvas = Canvas(DOUBLE_CM, HEAD + n * ROW + FOOT, study)
    canvas.know(*(_name(term) for term in terms))
    arms = Arms.of(study)
    wing = (DOUBLE_CM - label) / len(arms.codes) - 0.15
    longest = _longest(data)
    beside = max((width_cm(text, SMALL) for text in _counts(data).values()), default=1.0) + 0.2
    # one arm has its wing on the right, and the terms where the other wing would end
    butterfly = len(arms.codes) == 2
    middle = 0.15 + wing if butterfly else 0.0
    right = [middle + label + place * (wing + 0.15) for place in range(len(arms.codes))]
    lefts = [0.15, right[0]] if butterfly else right
    _legend(canvas, study, arms)
    for place, (code, left) in enumerate(zip(arms.codes, lefts, strict=True)):
        ax = canvas.axes(left, HEAD, wing, n * ROW)
        _wing(ax, data[data["group"] == code], terms, arms.color(code))
        mirrored = butterfly and place == 0
        _axis(ax, longest * wing / (wing - beside), longest, mirrored)
        _heading(canvas, code, data, arms, left, wing, mirrored)
    for place, term in enumerate(terms):
        shown = canvas.fit(_name(term), label - 0.2, SMALL, bold=term == ANY_TERM)
        canvas.text(
            middle + label / 2,
            HEAD + (place + 0.5) * ROW,
            shown,
            size=SMALL,
            ha="center",
            label="term",
            weight="bold" if term == ANY_TERM else "normal",
        )
    if not terms:
        canvas.text(DOUBLE_CM / 2, HEAD + ROW / 2, "No adverse events", color=MUTED, ha="center")
    return Figure.of(canvas, _caption(data, study), _alt(data, terms, study), data)


def _shares(results: pd.DataFrame) -> pd.DataFrame:
    part = pick(results, analysis="safety", statistic="patients", level=[ANY, SEVERE])
    out = (
        part[["term", "group", "level", "estimate", "n"]]
        .rename(columns={"estimate": "patients"})
        .assign(mark=[mark_of(row) for _, row in part.iterrows()])
    )
    percent = 100 * out["patients"] / out["n"].where(out["n"] > 0)
    return out.assign(percent=percent.fillna(0.0)).reset_index(drop=True)


def _order(data: pd.DataFrame) -> list[str]:
    """Order terms by how many patients had them; any event at all stands last."""
    counts = data[data["level"] == ANY].groupby("term", sort=False)["patients"].sum()
    counts = counts.drop(ANY_TERM, errors="ignore").sort_values(ascending=False, kind="stable")
    return [*counts.index, *([ANY_TERM] if (data["term"] == ANY_TERM).any() else [])]


def _name(term: str) -> str:
    return "Any of these" if term == ANY_TERM else term


def _longest(data: pd.DataFrame) -> float:
    highest = data["percent"].max() if len(data) else 0.0
    return next((float(t) for t in (10, 20, 30, 40, 50, 60, 80) if highest <= t), 100.0)


def _counts(data: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Print the counts that stand beside the bars, by arm and term."""
    severe = data[data["level"] == SEVERE].set_index(["group", "term"])
    out = {}
    for row in data[data["level"] == ANY].itertuples():
        key = (row.group, row.term)
        grave = _number(severe.loc[key]) if key in severe.index else "0"
        text = row.mark or formats.n_percent(row.patients, row.n)
        out[key] = text + (f" · {grave}" if grave != "0" else "")
    return out


def _number(row: pd.Series) -> str:
    return row["mark"] or f"{row['patients']:.0f}"


def _wing(ax: Axes, data: pd.DataFrame, terms: list[str], color: str) -> None:
    for level, fill in ((ANY, tint(color, 0.4)), (SEVERE, color)):
        rows = data[data["level"] == level].set_index("term")["percent"].reindex(terms).fillna(0)
        ax.barh(
            range(len(terms)),
            rows,
            height=0.64,
            color=fill,
            label=level,
            linewidth=0,
            zorder=2 if level == ANY else 3,
        )
    percent = data.groupby("term")["percent"].max()
    for (_, term), text in _counts(data).items():
        ax.annotate(
            text,
            (percent[term], terms.index(term)),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            label="count",
            annotation_clip=False,
        )
    ax.set_ylim(max(len(terms), 1) - 0.5, -0.5)


def _axis(ax: Axes, room: float, longest: float, mirrored: bool) -> None:
    """Set the axis up to `longest` percent, with room beyond for the count of the longest bar."""
    ax.set_xlim((room, 0) if mirrored else (0, room))
    step = 20 if longest > 50 else 10 if longest > 20 else 5
    ticks = list(range(0, int(longest) + 1, step))
    ax.set_xticks(ticks, [str(t) for t in ticks])
    ax.set_yticks([])
    ax.grid(axis="x", color=FAINT, linewidth=0.6, zorder=0)
    ax.set_axisbelow(True)
    ax.set_xlabel("Patients (%)", labelpad=2)
    middle = 0.5 * longest / room  # of the scale, which ends before the counts
    ax.xaxis.label.set_x(1 - middle if mirrored else middle)
    ax.spines["left"].set_visible(not mirrored)
    ax.spines["right"].set_visible(mirrored)
    ax.spines["bottom"].set_bounds(0, longest)
    if mirrored:
        ax.xaxis.label.set_horizontalalignment("center")
        for text in ax.texts:
            text.set_position((-3, 0))
            text.set_horizontalalignment("right")


def _heading(
    canvas: Canvas,
    code: str,
    data: pd.DataFrame,
    arms: Arms,
    left: float,
    wing: float,
    mirrored: bool,
) -> None:
    n = data.loc[data["group"] == code, "n"]
    total = f"n = {n.iloc[0]:.0f}" if len(n) else "n = 0"
    side = width_cm(total, SMALL) + 0.2
    name = canvas.fit(arms.labels[code], wing - side, POINT, bold=True)
    wide = width_cm(name, POINT, bold=True)
    y, x = HEAD - 0.25, left + wing if mirrored else left
    if mirrored:
        canvas.text(x, y, name, weight="bold", color=arms.color(code), ha="right")
        canvas.text(x - wide - 0.2, y, total, size=SMALL, color=MUTED, ha="right")
    else:
        canvas.text(x, y, name, weight="bold", color=arms.color(code))
        canvas.text(x + wide + 0.2, y, total, size=SMALL, color=MUTED)


def _severe_name(study: Study) -> str:
    return study.adverse_events.severe_grades("–") if study.adverse_events else "severe"


def _legend(canvas: Canvas, study: Study, arms: Arms) -> None:
    severe = _severe_name(study)
    entries = (("Any grade, n (%)", 0.4), (f"· {capital(severe)}, n", 1.0))
    total = sum(0.95 + width_cm(label, SMALL) for label, _ in entries) + 0.35
    x, y = (DOUBLE_CM - total) / 2, 0.3
    for label, share in entries:
        for code in arms.codes:
            canvas.box(x, y - 0.1, 0.3, 0.2, facecolor=tint(arms.color(code), share))
            x += 0.32
        canvas.text(x + 0.08, y, label, size=SMALL, color=INK)
        x += 0.08 + width_cm(label, SMALL) + 0.5


def _caption(data: pd.DataFrame, study: Study) -> str:
    severe = _severe_name(study)
    criteria = f" by {md(study.adverse_events.criteria)}" if study.adverse_events else ""
    text = (
        f"Patients with adverse events{criteria}, light bars for any grade and dark bars for "
        f"{severe}. A patient counts once an event, at the highest grade. Beside each bar: "
        "patients (%) with any grade"
    )
    if (data.loc[data["level"] == SEVERE, "patients"] != 0).any():
        text += f", and after the dot those with {severe}"
    text += ". No bar is drawn for a number that is withheld" * bool((data["mark"] != "").any())
    return text + "."


def _alt(data: pd.DataFrame, terms: list[str], study: Study) -> str:
    parts = []
    for term in terms:
        told = []
        for code in study.arm_codes:
            rows = data[(data["term"] == term) & (data["group"] == code)]
            counts = {row["level"]: row for _, row in rows.iterrows()}
            if ANY in counts:
                any_grade = counts[ANY]
                severe = _number(counts[SEVERE]) if SEVERE in counts else "0"
                share = any_grade["mark"] or formats.n_percent(
                    any_grade["patients"], any_grade["n"]
                )
                told.append(f"{clean(study.arm_label(code))} {share}, {severe} severe")
        parts.append(f"{clean(_name(term))}: {' against '.join(told)}")
    by = " by arm" * study.compares
    return f"Adverse events{by}. {'; '.join(parts) if parts else 'None recorded'}."
