"""Forest plot of the treatment effect within subgroups, with the P of each interaction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import pick
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, INK, MUTED, SMALL, Arms
from ..words import lower, p_equals, p_text
from .rows import (
    ROW,
    Interval,
    column_head,
    favours,
    forest_axes,
    hr_text,
    log_limits,
    rule,
    stripes,
)

ALL = "all"
HEAD, FOOT = 0.95, 1.15
P_WIDE = 2.0
ARM_WIDE = (1.3, 2.3)  # narrowest and widest column of an arm's counts, cm


@dataclass(frozen=True)
class _Line:
    label: str
    term: str
    result: pd.Series | None = None
    counts: tuple[str, ...] = ()
    p_value: float = np.nan
    heading: bool = False
    tail: str = ""

    @property
    def text(self) -> str:
        """Label with the unit of its variable."""
        return clean(self.label) + self.tail


def subgroup_forest_figure(
    results: pd.DataFrame, study: Study, endpoint: str | None = None
) -> Figure:
    """Draw the treatment's hazard ratio in all patients and in each subgroup.

    Parameters
    ----------
    results : DataFrame
        Tidy results, analysis "subgroup": statistic "hr" per term and level (term "all" for all
        patients) with n and n_events, statistic "events" there per arm (group) with n, and
        statistic "interaction" per term.
    study : Study
    endpoint : str, optional
        Endpoint to draw; needed only if the frame holds several.

    Returns
    -------
    Figure
        Squares grow with the number of events.
    """
    part = pick(results, analysis="subgroup")
    part = part if endpoint is None else pick(part, endpoint=endpoint)
    lines = _lines(part, study)
    texts = [hr_text(*_numbers(li.result)) for li in lines if li.result is not None]
    text = max((width_cm(t, SMALL) for t in [*texts, "HR (95% CI)"]), default=2.5) + 0.3
    label = max((width_cm(li.text, SMALL, bold=True) for li in lines), default=2) + 0.4
    arm = _arm_width(study)
    label = min(label, DOUBLE_CM - 2 * arm - text - P_WIDE - 3.5)
    n = max(len(lines), 1)
    canvas = Canvas(DOUBLE_CM, HEAD + n * ROW + FOOT, study)
    canvas.know(*(line.label for line in lines))
    stripes(canvas, HEAD, _groups(lines), DOUBLE_CM)
    plot = DOUBLE_CM - label - 2 * arm - text - P_WIDE
    lefts = (label, label + 2 * arm, label + 2 * arm + plot, DOUBLE_CM - 0.1)
    _heads(canvas, lefts, text, study)
    _texts(canvas, lines, lefts, text, label, study)
    canvas.line(lefts[0] + 0.1, 0.42, lefts[1] - 0.1, 0.42)
    _plot(canvas, lines, lefts[1], plot, study, part)
    rule(canvas, HEAD - 0.02, color=INK)
    return Figure.of(canvas, _caption(part, study), _alt(lines, study), part.reset_index(drop=True))


def _arm_width(study: Study) -> float:
    """Give the width of a column of counts: the arms' names, within bounds."""
    names = (width_cm(clean(arm.label), SMALL, bold=True) for arm in study.arms)
    return min(max(*names, ARM_WIDE[0] - 0.15) + 0.15, ARM_WIDE[1])


def _numbers(result: pd.Series) -> tuple[float, float, float]:
    return tuple(float(result[name]) for name in ("estimate", "conf_low", "conf_high"))


def _lines(part: pd.DataFrame, study: Study) -> list[_Line]:
    ratios, tests = pick(part, statistic="hr"), pick(part, statistic="interaction")
    lines: list[_Line] = []
    for term in dict.fromkeys(ratios["term"]):
        rows = ratios[ratios["term"] == term]
        if term == ALL:
            counts = _counts(part, rows.iloc[0], study)
            lines.append(_Line("All patients", term, rows.iloc[0], counts, heading=True))
            continue
        variable = study.variables.get(term)
        unit = f" ({clean(variable.unit)})" if variable and variable.unit else ""
        p = tests.loc[tests["term"] == term, "p_value"]
        lines.append(
            _Line(
                variable.label if variable else term,
                term,
                heading=True,
                tail=unit,
                p_value=float(p.iloc[0]) if len(p) else np.nan,
            )
        )
        for _, row in rows.iterrows():
            level = study.level_label(term, row["level"]) if variable else row["level"]
            lines.append(_Line(level, term, row, _counts(part, row, study)))
    return lines


def _counts(part: pd.DataFrame, result: pd.Series, study: Study) -> tuple[str, ...]:
    """Print events and patients of each arm in a subgroup, the reference arm first."""
    rows = pick(part, statistic="events", term=result["term"], level=result["level"])
    rows = rows.set_index("group")
    return tuple(
        f"{rows.loc[code, 'estimate']:.0f}/{rows.loc[code, 'n']:.0f}"
        if code in rows.index
        else formats.EMPTY
        for code in study.arm_codes
    )


def _groups(lines: list[_Line]) -> list[tuple[int, int]]:
    terms = dict.fromkeys(line.term for line in lines)
    places = [[i for i, line in enumerate(lines) if line.term == term] for term in terms]
    return [(found[0], found[-1]) for found in places]


def _heads(canvas: Canvas, lefts: tuple[float, ...], text: float, study: Study) -> None:
    conf, y = formats.conf_label(study.statistics.conf_level), HEAD - 0.28
    column_head(canvas, 0.1, y, "Subgroup")
    column_head(canvas, (lefts[0] + lefts[1]) / 2, 0.2, "Events/n", ha="center")
    arms, wide = Arms.of(study), (lefts[1] - lefts[0]) / 2
    for place, code in enumerate(arms.codes):
        name = canvas.fit(arms.labels[code], wide - 0.1, SMALL, bold=True)
        column_head(
            canvas, lefts[0] + (place + 0.5) * wide, y, name, ha="center", color=arms.color(code)
        )
    column_head(canvas, lefts[2] + text / 2, y, f"HR ({conf})", ha="center")
    column_head(canvas, lefts[3], y, "interaction", ha="right")
    after = lefts[3] - width_cm("interaction ", SMALL, bold=True)
    column_head(canvas, after, y, "P", ha="right", style="italic")


def _texts(
    canvas: Canvas,
    lines: list[_Line],
    lefts: tuple[float, ...],
    text: float,
    label: float,
    study: Study,
) -> None:
    for place, line in enumerate(lines):
        y = HEAD + (place + 0.5) * ROW
        indent = 0.0 if line.heading else 0.3
        shown = canvas.fit(line.label, label - 0.15 - indent, SMALL, line.heading, tail=line.tail)
        canvas.text(
            0.1 + indent,
            y,
            shown,
            size=SMALL,
            label="label",
            weight="bold" if line.heading else "normal",
        )
        if line.result is not None:
            for arm, counts in enumerate(line.counts):
                x = lefts[0] + (arm + 0.5) * (lefts[1] - lefts[0]) / 2
                canvas.text(x, y, counts, size=SMALL, ha="center", label="counts")
            canvas.text(
                lefts[2] + text / 2,
                y,
                hr_text(*_numbers(line.result)),
                size=SMALL,
                ha="center",
                label="hr",
            )
        elif line.heading:
            canvas.text(lefts[3], y, p_text(line.p_value, study), size=SMALL, ha="right", label="p")


def _count(value: float) -> str:
    return formats.EMPTY if not np.isfinite(value) else f"{value:.0f}"


def _plot(
    canvas: Canvas,
    lines: list[_Line],
    left: float,
    plot: float,
    study: Study,
    part: pd.DataFrame,
) -> None:
    most = max(
        (
            float(li.result["n_events"])
            for li in lines
            if li.result is not None and np.isfinite(li.result["n_events"])
        ),
        default=1.0,
    )
    intervals = []
    for place, line in enumerate(lines):
        if line.result is None:
            continue
        events = float(np.nan_to_num(line.result["n_events"]))
        size = 2.6 + 4.2 * np.sqrt(events / most) if most > 0 else 4.0
        overall = line.term == ALL
        intervals.append(
            Interval(
                place,
                *_numbers(line.result),
                size=7.5 if overall else size,
                marker="D" if overall else "s",
            )
        )
    limits, rows = log_limits(intervals), max(len(lines), 1)
    ax = forest_axes(canvas, left + 0.1, HEAD, plot - 0.2, rows, intervals, limits)
    ax.patch.set_visible(False)
    for one in intervals:
        if one.marker == "D" and one.drawn and limits[0] <= one.estimate <= limits[1]:
            ax.axvline(
                one.estimate,
                color=MUTED,
                linewidth=0.6,
                linestyle=(0, (3, 2)),
                zorder=1,
                label="overall",
            )
    y = HEAD + rows * ROW
    favours(canvas, ax, left + 0.1, plot - 0.2, y + 0.68, study)
    canvas.text(left + plot / 2, y + 1.02, "Hazard ratio", size=SMALL, ha="center")
    if not intervals:
        canvas.text(
            left + plot / 2, HEAD + ROW / 2, "Nothing to draw", size=SMALL, color=MUTED, ha="center"
        )


def _caption(part: pd.DataFrame, study: Study) -> str:
    spec = study.endpoints.get(part["endpoint"].iloc[0]) if len(part) else None
    name = lower(md(spec.label)) if spec else "the endpoint"
    arm, other = md(study.comparison_arm.label), md(study.reference.label)
    conf = formats.conf_label(study.statistics.conf_level)
    every = pick(part, statistic="hr", term=ALL)["estimate"]
    overall = " (diamond, broken line)" if every.gt(0).any() else ""
    return (
        f"Crude hazard ratio of {name}, {arm} against {other}, with events and patients of each "
        f"arm, in all patients{overall} and in subgroups (squares that grow with the events), "
        f"with {conf}. *P* "
        f"interaction: Wald test of {md(study.texts.exposure)} by factor. Subgroups were not "
        f"adjusted for multiplicity.{_missing(part)}"
    )


def _missing(part: pd.DataFrame) -> str:
    """Say why a subgroup has no hazard ratio and a factor no test."""
    without = part[part["estimate"].isna() & ~part["note"].isin(["", formats.WITHHELD])]
    told = ""
    for note, rows in without.groupby("note", sort=False):
        tests = "interaction" in set(rows["statistic"])
        told += f" Not estimable{f', or {formats.EMPTY} for *P* interaction' * tests}: {note}."
    return told


def _alt(lines: list[_Line], study: Study) -> str:
    parts, name = [], ""
    for line in lines:
        if line.result is None:
            name = line.text
            parts.append(f"{name}: interaction {p_equals(line.p_value, study, 'P')}")
        else:
            label = clean(line.label) if line.term == ALL else f"{name} {clean(line.label)}"
            events = _count(line.result["n_events"])
            counts = f"{events} event{'s' if events != '1' else ''} in {_count(line.result['n'])}"
            parts.append(f"{label}: HR {hr_text(*_numbers(line.result))}, {counts}")
    return f"Forest plot of hazard ratios in subgroups. {'; '.join(parts)}."
