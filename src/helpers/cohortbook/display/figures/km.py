"""Kaplan-Meier figure: one to four lettered panels, each with its own table of numbers at risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from ... import formats
from ...formats import markdown as md
from ...results import mark_of, pick
from ...study.study import Study
from ..drawing.canvas import Canvas, axes_text, clean, height_cm, labelled, width_cm
from ..drawing.figure import Figure
from ..drawing.place import Box, Steps, beside, corner
from ..drawing.style import DOUBLE_CM, INK, MUTED, POINT, RULE, SMALL, Arms
from ..sentences import competing
from ..words import capital, listed, lower, p_equals
from .thin import MOST_MARKS, marks, thinned

OVERALL, LOG_RANK = "overall", "Log-rank"
ROWS = {"n_risk": "At risk", "n_censored": "Censored", "n_events": "Events"}
LINE, AIR = 0.32, 0.12  # height of a row of the table and the space above each block, cm
CLEAR = 0.12  # between the comparison and the curves, cm
TITLE, BELOW, GUTTER, RIGHT, EDGE = 0.6, 0.98, 1.65, 0.35, 0.05
RIM = [withStroke(linewidth=2.0, foreground="white")]  # keeps words apart from bands and lines
LETTERS = "ABCDEFGH"


@dataclass
class _Panel:
    """One panel: what it draws, and where on the page."""

    curves: pd.DataFrame
    risk: pd.DataFrame
    results: pd.DataFrame
    endpoint: str
    population: str
    by_arm: bool
    title: str
    axis: str = ""
    told: list[str] | None = None
    letter: str = ""
    left: float = 0.0
    top: float = 0.0
    width: float = DOUBLE_CM
    plot: float = 5.0

    @property
    def groups(self) -> list[str]:
        """Groups in drawing order, those with a curve only."""
        return list(dict.fromkeys(self.curves["group"])) if len(self.curves) else []

    @property
    def rows(self) -> dict[str, str]:
        """Rows of the table: those that the numbers have."""
        return {name: label for name, label in ROWS.items() if name in self.risk}

    @property
    def height(self) -> float:
        """Height of title, plot and table."""
        blocks = max(len(self.groups), 1)
        block = (1 + len(self.rows)) * LINE + AIR
        return TITLE + self.plot + BELOW + blocks * block + 0.05

    @property
    def ticks(self) -> list[float]:
        """Months of the table, which are the ticks of the axis."""
        times = sorted({float(t) for t in self.risk["time"]}) if len(self.risk) else [0.0, 1.0]
        return self._thinned(times)

    def _thinned(self, times: list[float]) -> list[float]:
        """Leave out every second tick until the numbers have room."""
        numbers = (
            self.risk[list(self.rows)].to_numpy().ravel() if len(self.risk) else np.array([0.0])
        )
        widest = max((width_cm(_number(n), SMALL) for n in np.unique(numbers)), default=0.2) + 0.12
        room = self.width - GUTTER - RIGHT
        while len(times) > 2 and widest * (len(times) - 1) > room:
            times = times[::2]
        return times

    def of(self, group: str) -> pd.DataFrame:
        """Give one group's curve."""
        return self.curves[self.curves["group"] == group]

    def found(self, statistic: str, group: str) -> pd.Series | None:
        """Give one result of the panel, or None."""
        rows = pick(
            self.results,
            analysis="survival",
            endpoint=self.endpoint,
            population=self.population,
            statistic=statistic,
            group=group,
        )
        return rows.iloc[0] if len(rows) else None


@dataclass
class _Drawn:
    """What was drawn in any panel, so that the caption names it and nothing else."""

    bands: bool = False
    medians: bool = False
    ticks: bool = False


@dataclass(frozen=True)
class Other:
    """Words of a caption for curves that are not Kaplan-Meier's of the arms (Markdown).

    `lead` is its first sentence; `about` the sentences after what is said of marks and bands.
    """

    lead: str
    about: tuple[str, ...] = ()
    kind: str = "Plot"


def km_figure(
    panels: list[dict[str, Any]],
    study: Study,
    *,
    medians: bool = True,
    bands: bool = True,
    other: Other | None = None,
) -> Figure:
    """Draw Kaplan-Meier curves with the extended table of the KMunicate study.

    Parameters
    ----------
    panels : list of dict
        One to eight panels, each with the keys `curves` (columns endpoint, population, group,
        time, survival, conf_low, conf_high, n_risk, n_event, n_censor; times in months, survival
        as a proportion), `risk` (endpoint, population, group, time, n_risk, n_censored, n_events;
        the latter two cumulative, and a row for those there are), `results` (tidy results,
        analysis "survival"), `endpoint`, `population`, `by_arm` and `title`; for other curves also
        `axis` (what is drawn, for the upright axis) and `told` (lines of the corner).
    study : Study
        Labels, colours, confidence level.
    other : Other, optional
        Words for curves of another kind.
    medians : bool
        Draw a fine line from one half to each median that was reached.
    bands : bool
        Draw confidence bands.

    Returns
    -------
    Figure
        Its data are the curves of all panels, with a column `panel`.
    """
    laid = _lay_out([_Panel(**_given(panel)) for panel in panels])
    canvas = Canvas(DOUBLE_CM, max(p.top + p.height for p in laid), study)
    # figures of other endpoints stand beside this one: what is shortened differs from theirs too
    for endpoint in study.endpoints.values():
        canvas.know(endpoint.label, endpoint.share, endpoint.short)
    for panel in laid:
        canvas.know(panel.title, _share(panel, study))
    drawn = _Drawn()
    for panel in laid:
        _draw(canvas, panel, study, medians, bands, drawn)
    return Figure.of(
        canvas,
        _caption(laid, study, drawn, other),
        " ".join(_alt(p, study, other) for p in laid),
        _data(laid),
    )


def _given(panel: dict[str, Any]) -> dict[str, Any]:
    keys = {"population": "all", "by_arm": True, "title": ""} | panel
    for name in ("curves", "risk"):
        part = keys[name]
        if len(part):
            keys[name] = part[(part["group"] == OVERALL) != bool(keys["by_arm"])]
    curves = keys["curves"]
    if len(curves):
        longest = float(curves["time"].max())
        groups = [part for _, part in curves.groupby("group", sort=False)]
        keys["curves"] = pd.concat([thinned(part, longest) for part in groups], ignore_index=True)
    return keys


def _data(panels: list[_Panel]) -> pd.DataFrame:
    parts = [p.curves.assign(panel=p.letter or "A") for p in panels if len(p.curves)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _lay_out(panels: list[_Panel]) -> list[_Panel]:
    """Place panels in one column if there is one, otherwise in two, row by row."""
    many, gap = len(panels) > 1, 0.5
    top = 0.0
    for start in range(0, len(panels), 2 if many else 1):
        row = panels[start : start + (2 if many else 1)]
        for place, panel in enumerate(row):
            panel.letter = LETTERS[start + place] if many else ""
            panel.width = (DOUBLE_CM - EDGE - gap) / 2 if many else DOUBLE_CM - EDGE
            panel.plot = 5.0 if many else 7.2
            panel.left, panel.top = EDGE + place * (panel.width + gap), top
        top += max(panel.height for panel in row) + gap
    return panels


def _draw(
    canvas: Canvas, panel: _Panel, study: Study, medians: bool, bands: bool, drawn: _Drawn
) -> None:
    canvas.panel_title(panel.left, panel.top + 0.25, panel.letter, panel.title, panel.width)
    wide = panel.width - GUTTER - RIGHT
    ax = canvas.axes(panel.left + GUTTER, panel.top + TITLE, wide, panel.plot)
    endpoint = study.endpoints.get(panel.endpoint)
    name = _share(panel, study)
    y_label = (
        name
        if width_cm(clean(name) + " (%)") <= panel.plot or not endpoint or panel.axis
        else endpoint.short
    )
    labelled(ax, "Time (months)", canvas.fit(y_label, panel.plot + 0.4, tail=" (%)"))
    _scale(ax, panel)
    if not panel.groups:
        axes_text(ax, 0.5, 0.5, "No patients to follow", transform=ax.transAxes, ha="center")
        return
    arms = Arms.of(study)
    for group in panel.groups:
        _curve(ax, panel.of(group), arms, group, bands)
    drawn.bands |= bands and bool((panel.curves["conf_high"] > panel.curves["conf_low"]).any())
    drawn.ticks |= bool((panel.curves["n_censor"] > 0).any())
    lines = _median_lines(ax, panel, arms) if medians else []
    drawn.medians |= bool(lines)
    _label(canvas, ax, panel, study, arms, lines, wide)
    _table(canvas, panel, study, arms, wide)


def _share(panel: _Panel, study: Study) -> str:
    """Give what the curve shows, for its axis."""
    endpoint = study.endpoints.get(panel.endpoint)
    return panel.axis or (endpoint.share if endpoint else panel.endpoint)


def _scale(ax: Axes, panel: _Panel) -> None:
    longest = float(panel.curves["time"].max()) if len(panel.curves) else 0.0
    ticks = panel.ticks
    ax.set_xlim(0, max(ticks[-1], longest, 1e-9))
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.set_ylim(0, 103)
    ax.set_yticks(range(0, 101, 20))
    ax.spines["left"].set_bounds(0, 100)


def _curve(ax: Axes, curve: pd.DataFrame, arms: Arms, group: str, bands: bool) -> None:
    color = arms.color(group)
    if bands:
        ax.fill_between(
            curve["time"],
            100 * curve["conf_low"],
            100 * curve["conf_high"],
            step="post",
            color=color,
            alpha=0.13,
            linewidth=0,
            label=f"band-{_key(arms, group)}",
        )
    ax.plot(
        curve["time"],
        100 * curve["survival"],
        drawstyle="steps-post",
        color=color,
        linewidth=arms.width(group),
        label=f"curve-{_key(arms, group)}",
        clip_on=False,
        zorder=3,
        solid_joinstyle="miter",
        solid_capstyle="butt",
    )
    censored = marks(curve, ax.get_xlim()[1])
    ax.plot(
        censored["time"],
        100 * censored["survival"],
        "|",
        color=color,
        markersize=4.5,
        markeredgewidth=0.8,
        label=f"censored-{_key(arms, group)}",
        clip_on=False,
        zorder=4,
    )


def _key(arms: Arms, group: str) -> str:
    """Name a group without text from the study file."""
    return str(arms.codes.index(group)) if group in arms.codes else OVERALL


def _median_lines(ax: Axes, panel: _Panel, arms: Arms) -> list[float]:
    reached = {}
    for group in panel.groups:
        found = panel.found("median", group)
        if found is not None and np.isfinite(found["estimate"]):
            reached[group] = float(found["estimate"])
    style = {"color": MUTED, "linewidth": 0.6, "linestyle": (0, (2, 2)), "zorder": 2}
    if reached:
        ax.plot([0, max(reached.values())], [50, 50], label="half", **style)
    for group, time in reached.items():
        ax.plot([time, time], [0, 50], label=f"median-{_key(arms, group)}", **style)
    return list(reached.values())


def _label(
    canvas: Canvas,
    ax: Axes,
    panel: _Panel,
    study: Study,
    arms: Arms,
    medians: list[float],
    wide: float,
) -> None:
    """Write the comparison in a free corner, and the arms beside their curves where there is room.

    Places are sought in centimetres of the plot. Without room the table's headings, which carry a
    sample of each line, are the legend.
    """
    right, upper = ax.get_xlim()[1], ax.get_ylim()[1]
    plot = Box(0.1, 0.05, wide - 0.1, panel.plot - 0.05)

    def steps(curve: pd.DataFrame, column: str) -> Steps:
        y = 100 * curve[column].ffill() * panel.plot / upper
        last = curve["time"].iloc[-1]
        return Steps([*curve["time"] * wide / right, last * wide / right], [*y, y.iloc[-1]])

    lines = {group: steps(panel.of(group), "survival") for group in panel.groups}
    edges = [steps(panel.of(g), c) for g in panel.groups for c in ("conf_low", "conf_high")]
    drops = [Box(m * wide / right - 0.02, 0, 0.04, 50 * panel.plot / upper) for m in medians]
    taken = list(drops)
    text = _comparison(panel, study)
    if text:
        text, box = _roomiest(text, plot, [*lines.values()], edges, taken)
        taken.append(box)
        _write(ax, text, box, (wide, panel.plot))
    if panel.by_arm:
        _name_curves(canvas, ax, lines, arms, plot, taken, (wide, panel.plot))


def _roomiest(
    text: list[str], plot: Box, lines: list[Steps], edges: list[Steps], drops: list[Box]
) -> tuple[list[str], Box]:
    """Find the place that is freest, for the text as it is or with its limits on a line of their
    own: clear of curves, bands and medians; of curves and medians; of curves; at last without air.

    The last resort is the corner of a survival plot that is emptiest most often.
    """
    narrow = [part for line in text for part in line.replace(" (", "\n(").split("\n")]
    ways = (
        ([*lines, *edges], drops, CLEAR),
        (lines, drops, CLEAR),
        (lines, [], CLEAR),
        (lines, [], 0.0),
    )
    for keep_off, taken, margin in ways:
        for words in (text, narrow):
            box = corner(*_size(words), plot, keep_off, taken, margin)
            if box is not None:
                return words, box
    return text, Box(plot.left + 0.1, 0.1, *_size(text))


def _size(text: list[str]) -> tuple[float, float]:
    return max(width_cm(line, SMALL) for line in text), len(text) * height_cm(SMALL)


def _write(ax: Axes, text: list[str], box: Box, size: tuple[float, float]) -> None:
    """Write lines of text, the first on top, flush with the nearer side of the plot."""
    to_right = box.left + box.width / 2 > size[0] / 2
    for i, line in enumerate(text):
        y = box.top - (i + 0.5) * height_cm(SMALL)
        axes_text(
            ax,
            (box.right if to_right else box.left) / size[0],
            y / size[1],
            line,
            transform=ax.transAxes,
            va="center",
            ha="right" if to_right else "left",
            label="comparison",
            zorder=6,
            path_effects=RIM,
        )


def _name_curves(
    canvas: Canvas,
    ax: Axes,
    lines: dict[str, Steps],
    arms: Arms,
    plot: Box,
    taken: list[Box],
    size: tuple[float, float],
) -> None:
    for group, own in lines.items():
        label = canvas.labels.form(arms.labels[group], 0.6 * plot.width, POINT, bold=True)
        others = [line for name, line in lines.items() if name != group]
        shape = (width_cm(label, POINT, bold=True), height_cm(POINT))
        box = beside(*shape, own, others, plot, taken) or beside(
            *shape, own, others, plot, taken, clear=0.12
        )
        if box is None:
            continue
        canvas.labels.keep(arms.labels[group], label)
        taken.append(box)
        axes_text(
            ax,
            box.left / size[0],
            (box.bottom + box.height / 2) / size[1],
            label,
            size=POINT,
            transform=ax.transAxes,
            va="center",
            color=arms.color(group),
            weight="bold",
            label="name",
            zorder=6,
            path_effects=RIM,
        )


def _comparison(panel: _Panel, study: Study) -> list[str]:
    """Give hazard ratio and log-rank P as the lines of the corner."""
    if panel.told is not None:
        return panel.told
    lines = []
    hr, test = panel.found("hr", "difference"), panel.found("logrank", "difference")
    if not panel.by_arm or (hr is not None and hr["note"] == formats.WITHHELD):
        return lines
    if hr is not None and np.isfinite(hr["estimate"]):
        conf = formats.conf_label(study.statistics.conf_level)
        limits = f"{formats.ratio(hr['conf_low'])}–{formats.ratio(hr['conf_high'])}"
        lines.append(f"HR {formats.ratio(hr['estimate'])} ({conf} {limits})")
    elif hr is not None:
        lines.append("HR not estimable")
    if test is not None:
        lines.append(f"{LOG_RANK} {p_equals(test['p_value'], study, 'P')}")
    return lines


def _median_text(panel: _Panel, group: str, study: Study) -> str:
    found = panel.found("median", group)
    if found is None:
        return ""
    conf = formats.conf_label(study.statistics.conf_level)
    limits = formats.median_limits(found["estimate"], found["conf_low"], found["conf_high"])
    unit = " months" if np.isfinite(found["estimate"]) else ""
    return f"median {formats.months(found['estimate'])}{unit} ({conf} {limits})"


def _table(canvas: Canvas, panel: _Panel, study: Study, arms: Arms, wide: float) -> None:
    """Write at risk, censored and events under the ticks, a block for each group."""
    y = panel.top + TITLE + panel.plot + BELOW + LINE / 2
    right = max(panel.ticks[-1], float(panel.curves["time"].max()), 1e-9)
    for group in panel.groups:
        y += AIR
        _heading(canvas, panel, study, arms, group, y)
        rows = panel.risk[panel.risk["group"] == group].set_index("time")
        for column, label in panel.rows.items():
            y += LINE
            color = arms.color(group)
            canvas.text(panel.left, y, label, size=SMALL, color=color, label="row-label")
            for tick in panel.ticks:
                if tick in rows.index:
                    number = _number(rows.loc[tick, column], study)
                    edge = panel.left + panel.width - width_cm(number, SMALL) / 2
                    x = min(panel.left + GUTTER + wide * tick / right, edge)
                    canvas.text(
                        x, y, number, size=SMALL, ha="center", label=f"{column}-{_key(arms, group)}"
                    )
        y += LINE


def _number(count: float, study: Study | None = None) -> str:
    """Print a count of the table; NaN is one below the smallest that is shown."""
    smallest = study.privacy.smallest_count if study else None
    return f"<{smallest or 50}" if np.isnan(count) else f"{count:.0f}"


def _heading(canvas: Canvas, panel: _Panel, study: Study, arms: Arms, group: str, y: float) -> None:
    """Write a group's name with a sample of its line, and its median."""
    color, sample = arms.color(group), 0.55
    canvas.line(panel.left, y, panel.left + sample, y, color=color, linewidth=arms.width(group))
    label = arms.labels.get(group, "All patients")
    median = clean(_median_text(panel, group, study))
    start, gap = panel.left + sample + 0.12, 0.22
    room = panel.left + panel.width - start
    side = gap + width_cm(median, SMALL) if median else 0.0
    shown = canvas.fit(label, max(room - side, 1.0), SMALL, bold=True)
    canvas.text(start, y, shown, size=SMALL, color=color, weight="bold", label="heading")
    if median:
        after = start + width_cm(shown, SMALL, bold=True) + gap
        canvas.text(after, y, median, size=SMALL, color=INK, label="median")
    canvas.line(
        panel.left,
        y - LINE / 2 - 0.04,
        panel.left + panel.width,
        y - LINE / 2 - 0.04,
        color=RULE,
        linewidth=0.4,
    )


def _caption(panels: list[_Panel], study: Study, drawn: _Drawn, other: Other | None) -> str:
    names = list(
        dict.fromkeys(
            study.endpoints[p.endpoint].label if p.endpoint in study.endpoints else p.endpoint
            for p in panels
        )
    )
    conf = formats.conf_label(study.statistics.conf_level)
    estimates = f"Kaplan-Meier estimates of {listed([lower(md(n)) for n in names])}."
    parts = [other.lead if other else estimates]
    if len(panels) > 1:
        parts += [f"({p.letter}) {md(p.title)}{_who(p, panels)}." for p in panels]
    marks = [
        *[f"shaded areas are the pointwise {conf}"] * drawn.bands,
        *["vertical ticks are censored patients"] * drawn.ticks,
        *["broken lines show the medians that were reached"] * drawn.medians,
    ]
    if marks:
        # not `listed`: a comma before the last of two or more clauses
        told = marks[0] if len(marks) == 1 else f"{', '.join(marks[:-1])}, and {marks[-1]}"
        parts.append(f"{capital(told)}.")
    written = [] if other else [line for p in panels for line in _comparison(p, study)]
    tests = any(line.startswith(LOG_RANK) for line in written)
    if any(line.startswith("HR") for line in written):
        arm, reference = md(study.comparison_arm.label), md(study.reference.label)
        parts.append(
            f"Hazard ratios (HR) are from Cox models with {md(study.texts.exposure)} alone ({arm} "
            f"against {reference})" + ("; *P* values are two-sided." if tests else ".")
        )
        parts += [f"HR not estimable: {why}." for why in _no_ratio(panels)]
    elif tests:
        parts.append("*P* values are two-sided.")
    if any((p.of(g)["n_censor"] > 0).sum() > MOST_MARKS for p in panels for g in p.groups):
        parts.append("Of so many ticks, one a millimetre is drawn.")
    counts = [ROWS[name].lower() for name in ("n_censored", "n_events") if name in panels[0].rows]
    if any(p.groups for p in panels) and counts:
        counted = listed([name.replace("censored", "censored patients") for name in counts])
        parts.append(f"{capital(counted)} below each plot are cumulative.")
    if other:
        parts += other.about
    else:
        parts += _at_start(panels)
        parts += filter(None, [competing.note(study, [p.endpoint for p in panels])])
    smallest = study.privacy.smallest_count
    if smallest:
        parts.append(
            f"Small counts are withheld: a curve falls in steps of at least {smallest} events, "
            "ends with the last of them and has no ticks; the numbers below are rounded down to "
            f"multiples of {smallest}."
        )
    if study.texts.time_zero:
        parts.append(f"Time was counted from {md(study.texts.time_zero)}.")
    if any(_not_reached(p) for p in panels):
        parts.append(f"{formats.NOT_REACHED}, not reached.")
    return " ".join(parts)


def _at_start(panels: list[_Panel]) -> list[str]:
    """Say how those are counted whose time is 0, if a curve falls there."""
    falls = any(
        (curve["time"].eq(0) & curve["survival"].lt(1)).any()
        for p in panels
        for curve in (p.of(group) for group in p.groups)
    )
    return [
        "Events at time 0 are drawn as a fall at 0; in the column of 0 everybody is at risk, and "
        "those with an event at 0 are counted as well."
    ] * falls


def _counted(count: str, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != '1')}"


def _who(panel: _Panel, panels: list[_Panel]) -> str:
    """Tell panels of one title apart: the same curve of all patients together and by arm."""
    if [p.title for p in panels].count(panel.title) == 1:
        return ""
    return ", by arm" if panel.by_arm else ", all patients together"


def _no_ratio(panels: list[_Panel]) -> list[str]:
    """Give each reason for which a panel by arm prints no hazard ratio."""
    found = [panel.found("hr", "difference") for panel in panels if panel.by_arm]
    notes = [hr["note"] for hr in found if hr is not None and pd.isna(hr["estimate"])]
    return [note for note in dict.fromkeys(notes) if note not in ("", formats.WITHHELD)]


def _not_reached(panel: _Panel) -> bool:
    found = pick(
        panel.results,
        endpoint=panel.endpoint,
        population=panel.population,
        statistic="median",
        group=panel.groups,
    )
    numbers = found[["estimate", "conf_low", "conf_high"]].to_numpy(float)
    return any(formats.NOT_REACHED in formats.months_interval(*line) for line in numbers)


def _alt(panel: _Panel, study: Study, other: Other | None) -> str:
    """Say in words what a panel shows."""
    kind = other.kind if other else "Kaplan-Meier plot"
    lead = f"Panel {panel.letter}, {clean(panel.title)}:" if panel.letter else f"{kind},"
    name = study.endpoints[panel.endpoint].label if panel.endpoint in study.endpoints else ""
    parts = [] if panel.groups else ["no patients to follow"]
    for group in panel.groups:
        found = panel.found("median", group)
        label = study.arm_label(group) if group != OVERALL else "all patients"
        if found is not None:
            parts.append(
                f"{clean(label)} {_median_text(panel, group, study)}, "
                + " in ".join(
                    _counted(formats.count(found[column], mark_of(found, column)), noun)
                    for column, noun in (("n_events", "event"), ("n", "patient"))
                )
            )
        elif other:
            last = panel.of(group).dropna(subset=["survival"]).iloc[-1]
            share = formats.percentage(100 * last["survival"], 1)
            parts.append(f"{clean(label)} {share}% at {formats.months(last['time'])} months")
        else:
            parts.append(f"{clean(label)} median not given")
    parts += _comparison(panel, study)
    return f"{lead} {clean(name).lower()}. {'; '.join(parts)}."
