"""Forest plot of prognostic factors: each alone and all together, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import pick
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, height_cm, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, INK, MUTED, SMALL
from ..words import lower, p_text
from .rows import ROW, Interval, column_head, forest_axes, hr_text, log_limits, rule, stripes

ARM = "arm"
HEAD, FOOT, GAP, P_WIDE = 0.95, 1.0, 0.2, 1.2
REFERENCE = "reference"
LIMITS = ["estimate", "conf_low", "conf_high"]
EDGE = 0.1


@dataclass(frozen=True)
class _Line:
    """One line of the figure: the name of a factor, or one of its levels with its results."""

    label: str
    term: str
    level: str = ""
    heading: bool = False
    tail: str = ""
    against: str = ""

    @property
    def bold(self) -> bool:
        """Whether it names a factor."""
        return self.heading or not self.level

    @property
    def text(self) -> str:
        """The whole line."""
        against = f" vs {clean(self.against)}" if self.against else ""
        return f"{clean(self.label)}{against}{self.tail}"


def forest_figure(
    crude: pd.DataFrame, adjusted: pd.DataFrame, study: Study, endpoint: str | None = None
) -> Figure:
    """Draw crude and adjusted hazard ratios with their text.

    Parameters
    ----------
    crude, adjusted : DataFrame
        Tidy results of the univariable models and of the multivariable model: statistic "hr" per
        term and level (level "" for a continuous term; note "reference" for reference levels);
        other statistics are ignored. Either may be empty.
    study : Study
    endpoint : str, optional
        Endpoint to draw; needed only if the frames hold several.

    Returns
    -------
    Figure
        A factor of two levels has one line under its name, "level vs reference".
    """
    crude, adjusted = (_ratios(frame, endpoint) for frame in (crude, adjusted))
    both = pd.concat([part for part in (crude, adjusted) if len(part)] or [crude])
    lines = _lines(both, study)
    widths = _widths(lines, (crude, adjusted))
    canvas = Canvas(DOUBLE_CM, HEAD + max(len(lines), 1) * ROW + FOOT, study)
    canvas.know(*(text for line in lines for text in (line.label, line.against) if text))
    stripes(canvas, HEAD, _groups(lines), DOUBLE_CM)
    column_head(canvas, EDGE, HEAD - 0.28, "Factor")
    for place, line in enumerate(lines):
        indent = 0 if line.bold else 0.3
        label = canvas.fit(
            line.label,
            widths[0] - 0.1 - indent,
            SMALL,
            line.bold,
            against=line.against,
            tail=line.tail,
        )
        canvas.text(
            EDGE + indent,
            HEAD + (place + 0.5) * ROW,
            label,
            size=SMALL,
            label="label",
            weight="bold" if line.bold else "normal",
        )
    intervals = _intervals(crude, lines) + _intervals(adjusted, lines)
    x, limits = widths[0], log_limits(intervals)
    for title, frame in (("Univariable", crude), ("Multivariable", adjusted)):
        _side(canvas, x, title, frame, lines, widths, study, limits)
        x += sum(widths[1:]) + GAP
    rule(canvas, HEAD - 0.02, color=INK)
    return Figure.of(
        canvas,
        _caption(both, study, limits),
        _alt(crude, adjusted, study),
        both.reset_index(drop=True),
    )


def _ratios(frame: pd.DataFrame, endpoint: str | None) -> pd.DataFrame:
    part = pick(frame, statistic="hr")
    return part if endpoint is None else pick(part, endpoint=endpoint)


def _lines(both: pd.DataFrame, study: Study) -> list[_Line]:
    lines: list[_Line] = []
    for term in dict.fromkeys(both["term"]):
        rows = both[both["term"] == term]
        name = _name(term, study)
        if set(rows["level"]) == {""}:
            lines.append(_Line(name, term, tail=_per(term, study)))
            continue
        lines.append(_Line(name, term, heading=True, tail=_unit(term, study)))
        reference = _reference(rows, term, study)
        levels = list(dict.fromkeys(rows.loc[rows["note"] != REFERENCE, "level"]))
        against = reference * (not _indicators(levels, study))
        lines += [
            _Line(_level(term, level, study), term, level, against=against) for level in levels
        ]
    return lines


def _indicators(levels: list[str], study: Study) -> bool:
    """Say whether the levels of a factor, alone, were each held against all the others."""
    coded = study.cox is not None and study.cox.univariable_coding == "indicator"
    return coded and len(levels) > 1


def _factor(term: str, study: Study) -> str:
    return _name(term, study) + _unit(term, study)


def _name(term: str, study: Study) -> str:
    if term == ARM:
        return study.exposure_label
    variable = study.variables.get(term)
    return variable.label if variable else term


def _unit(term: str, study: Study) -> str:
    variable = study.variables.get(term) if term != ARM else None
    return f" ({clean(variable.unit)})" if variable and variable.unit else ""


def _per(term: str, study: Study) -> str:
    """Say for how many units the ratio of a continuous term is."""
    return f" (per {clean(study.per_units(term))})" if term in study.variables else ""


def _level(term: str, level: str, study: Study) -> str:
    if term == ARM:
        return study.arm_label(level)
    return study.level_label(term, level) if term in study.variables else level


def _reference(rows: pd.DataFrame, term: str, study: Study) -> str:
    found = rows.loc[rows["note"] == REFERENCE, "level"]
    return _level(term, found.iloc[0], study) if len(found) else ""


def _groups(lines: list[_Line]) -> list[tuple[int, int]]:
    terms = list(dict.fromkeys(line.term for line in lines))
    places = {term: [i for i, line in enumerate(lines) if line.term == term] for term in terms}
    return [(found[0], found[-1]) for found in places.values()]


def _widths(lines: list[_Line], frames: tuple[pd.DataFrame, ...]) -> tuple[float, ...]:
    """Give the widths of label, plot, text and P: the plots share what the text leaves."""
    label = max((width_cm(li.text, SMALL, bold=True) for li in lines), default=2.0) + 0.5
    texts = [
        hr_text(*row)
        for frame in frames
        for row in frame.loc[frame["note"] != REFERENCE, LIMITS].to_numpy(float)
    ]
    text = max((width_cm(t, SMALL) for t in [*texts, "HR (95% CI)"]), default=2.5) + 0.15
    label = min(label, DOUBLE_CM - GAP - 2 * (text + P_WIDE + 1.9))
    plot = (DOUBLE_CM - label - GAP - EDGE) / 2 - text - P_WIDE
    return label, plot, text, P_WIDE


def _side(
    canvas: Canvas,
    x: float,
    title: str,
    frame: pd.DataFrame,
    lines: list[_Line],
    widths: tuple[float, ...],
    study: Study,
    limits: tuple[float, float],
) -> None:
    """Draw one model: intervals, their text and P."""
    _, plot, text, p_wide = widths
    conf = formats.conf_label(study.statistics.conf_level)
    canvas.text(x + 0.1, 0.2, title, weight="bold")
    column_head(canvas, x + plot + text / 2 + 0.1, HEAD - 0.28, f"HR ({conf})", ha="center")
    column_head(canvas, x + plot + text + p_wide, HEAD - 0.28, "P", ha="right", style="italic")
    canvas.line(x + 0.1, 0.42, x + plot + text + p_wide, 0.42)
    for place, row in _results(frame, lines):
        y = HEAD + (place + 0.5) * ROW
        canvas.text(
            x + plot + 0.1 + text / 2,
            y,
            hr_text(*row[LIMITS].astype(float)),
            size=SMALL,
            ha="center",
            label="hr",
        )
        canvas.text(
            x + plot + text + p_wide,
            y,
            p_text(row["p_value"], study),
            size=SMALL,
            ha="right",
            label="p",
            color=INK,
        )
    intervals = _intervals(frame, lines)
    if not intervals:
        canvas.text(x + plot / 2, HEAD + 0.5 * ROW, "Not fitted", size=SMALL, color=MUTED)
    room = max(plot - 0.35, 0.5)
    ax = forest_axes(canvas, x + 0.1, HEAD, room, max(len(lines), 1), intervals, limits)
    canvas.text(
        x + 0.1 + room / 2,
        HEAD + max(len(lines), 1) * ROW + 0.62 + height_cm(SMALL) / 4,
        "Hazard ratio",
        size=SMALL,
        ha="center",
    )
    ax.patch.set_visible(False)


def _results(frame: pd.DataFrame, lines: list[_Line]) -> Iterator[tuple[int, pd.Series]]:
    """Give the result that stands in each line, with the line's place."""
    told = frame[frame["note"] != REFERENCE]
    for place, line in enumerate(lines):
        rows = told[(told["term"] == line.term) & (told["level"] == line.level)]
        if not line.heading and len(rows):
            yield place, rows.iloc[0]


def _intervals(frame: pd.DataFrame, lines: list[_Line]) -> list[Interval]:
    return [Interval(place, *row[LIMITS].astype(float)) for place, row in _results(frame, lines)]


def _caption(both: pd.DataFrame, study: Study, limits: tuple[float, float]) -> str:
    endpoint = both["endpoint"].iloc[0] if len(both) else ""
    spec = study.endpoints.get(endpoint)
    name = lower(md(spec.label)) if spec else "the endpoint"
    conf = formats.conf_label(study.statistics.conf_level)
    text = (
        f"Hazard ratios of {name} for each factor alone and for all factors together. Squares are "
        f"estimates and lines their {conf}, on a logarithmic scale; values above 1 mean a higher "
        "hazard."
    )
    if (both["conf_low"] < limits[0]).any() or (both["conf_high"] > limits[1]).any():
        text += " Lines that end in an arrowhead go on beyond the axis."
    for term in dict.fromkeys(both["term"]):
        rows = both[both["term"] == term]
        levels = list(dict.fromkeys(rows.loc[rows["note"] != REFERENCE, "level"]))
        if _indicators(levels, study):
            reference = md(_reference(rows, term, study))
            text += (
                f" {md(_factor(term, study))}: each level alone against all others, "
                f"together against {reference}."
            )
    return text


def _alt(crude: pd.DataFrame, adjusted: pd.DataFrame, study: Study) -> str:
    parts = []
    for title, frame in (("alone", crude), ("together", adjusted)):
        rows = frame[frame["note"] != REFERENCE]
        told = [
            " ".join(
                filter(
                    None,
                    (
                        clean(_factor(row.term, study)),
                        clean(_level(row.term, row.level, study)),
                        hr_text(row.estimate, row.conf_low, row.conf_high),
                    ),
                )
            )
            for row in rows.itertuples()
        ]
        parts.append(f"Factors {title}: " + ("; ".join(told) if told else "not fitted"))
    return f"Forest plot of hazard ratios. {'. '.join(parts)}."
