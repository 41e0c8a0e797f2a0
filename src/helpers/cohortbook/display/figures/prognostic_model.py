"""The prognostic model: calibration and net benefit, its penalty, and its nomogram."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from ... import formats
from ...analysis.nomogram import RISK, TOTAL
from ...analysis.prediction import APPARENT, CORRECTED, Prediction
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..drawing.canvas import Canvas, axes_text, labelled, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, FAINT, INK, MUTED, RULE, SMALL
from ..words import lower

TITLE, PLOT, BELOW, LEFT, GAP = 0.7, 6.4, 1.2, 1.4, 1.7
LINE, APART = 1.05, 0.12
CORRECTED_COLOUR, APPARENT_COLOUR = "#0B5394", "#B8651B"
ALONE = "All patients"


def performance_figure(found: Prediction, study: Study) -> Figure:
    """Draw the calibration at the horizon (A) and the decision curve (B).

    Parameters
    ----------
    found : Prediction
        From `analysis.prediction.prediction`.
    study : Study
    """
    if found.calibration.empty:
        return _nothing(found.calibration)
    spec, end = study.model, study.endpoints[study.predicted_endpoint]
    canvas = Canvas(DOUBLE_CM, TITLE + PLOT + BELOW, study)
    wide = (DOUBLE_CM - 2 * LEFT - GAP + 0.9) / 2
    right = LEFT + wide + GAP
    canvas.panel_title(LEFT, 0.25, "A", "Calibration", wide, LEFT + wide)
    canvas.panel_title(right, 0.25, "B", "Decision curve", wide)
    groups = _groups(found.results)
    _calibration(canvas, LEFT, wide, groups, found.calibration, study)
    _decision(canvas, right, wide, found.decision)
    label = lower(md(end.label))
    caption = (
        f"Calibration and net benefit of the model of {label}, at month {spec.horizon:g}. A: "
        "observed against predicted risk, smoothed, in the patients who made the model (apparent) "
        f"and corrected for optimism by {spec.resamples:,} bootstrap resamples; points are "
        f"{len(groups)} groups of patients from the lowest to the highest predicted risk, with "
        f"{formats.conf_label(study.statistics.conf_level)}; on the dotted line both risks are "
        "equal. B: net benefit of acting on patients whose predicted risk is above a threshold, "
        "against acting on everybody or on nobody."
    )
    data = pd.concat(
        [groups.assign(drawn="group"), found.calibration.assign(drawn="calibration"),
         found.decision.assign(drawn="decision")], ignore_index=True,
    )  # fmt: skip
    slope = one(found.results, statistic="slope", group=CORRECTED)["estimate"]
    alt = f"Calibration and decision curves; corrected slope {formats.number(slope, 2)}."
    return Figure.of(canvas, caption, alt, data)


def _nothing(empty: pd.DataFrame) -> Figure:
    """Give a figure that is left out: there is no model to draw."""
    return Figure.of(Canvas(DOUBLE_CM, LINE), "", "Nothing is drawn.", empty)


def _groups(results: pd.DataFrame) -> pd.DataFrame:
    predicted = pick(results, statistic="predicted").set_index("group")["estimate"]
    observed = pick(results, statistic="observed").set_index("group")
    return pd.DataFrame({
        "predicted": predicted / 100, "observed": observed["estimate"] / 100,
        "conf_low": observed["conf_low"] / 100, "conf_high": observed["conf_high"] / 100,
        "n": observed["n"],
    }).reset_index(drop=True)  # fmt: skip


def _calibration(canvas: Canvas, left: float, wide: float, groups, curve, study: Study) -> None:
    ax = canvas.axes(left, TITLE, wide, PLOT)
    ends = groups["conf_high"].where(groups["conf_high"].notna(), groups["observed"])
    top = np.nanmax([*ends, *(100 * curve[[APPARENT, CORRECTED, "predicted"]].max() / 100)])
    top = min(100.0, 100 * top * 1.04)
    ax.plot([0, top], [0, top], color=MUTED, linestyle=":", linewidth=0.8)
    for name, colour, style in (
        (APPARENT, APPARENT_COLOUR, "--"),
        (CORRECTED, CORRECTED_COLOUR, "-"),
    ):
        ax.plot(100 * curve["predicted"], 100 * curve[name], style, color=colour, label=name)
    for group in groups.itertuples():
        if np.isfinite(group.conf_low):
            ends = [100 * group.conf_low, 100 * group.conf_high]
            ax.plot([100 * group.predicted] * 2, ends, color=INK, linewidth=0.8)
        ax.plot(100 * group.predicted, 100 * group.observed, "o", color=INK, markersize=4)
    ax.set_xlim(0, top)
    ax.set_ylim(0, top)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.yaxis.set_major_locator(MaxNLocator(6))
    labelled(ax, f"Predicted risk by month {study.model.horizon:g} (%)", "Observed risk (%)")
    _key(ax, [("apparent", APPARENT_COLOUR, "--"),
              ("corrected for optimism", CORRECTED_COLOUR, "-"),
              ("groups of patients", INK, "o")])  # fmt: skip


def _decision(canvas: Canvas, left: float, wide: float, decision: pd.DataFrame) -> None:
    ax = canvas.axes(left, TITLE, wide, PLOT)
    x = 100 * decision["threshold"]
    ax.axhline(0, color=MUTED, linewidth=0.8)
    ax.plot(x, decision["everybody"], color=MUTED, linestyle="-.", linewidth=1.0)
    ax.plot(x, decision[APPARENT], "--", color=APPARENT_COLOUR)
    ax.plot(x, decision[CORRECTED], "-", color=CORRECTED_COLOUR)
    top = max(float(np.nanmax(decision[[APPARENT, CORRECTED, "everybody"]])), 0.02)
    low = min(float(np.nanmin(decision[CORRECTED])), 0.0)
    ax.set_ylim(max(low, -0.5 * top) - 0.06 * top, 1.08 * top)
    ax.set_xlim(0, float(x.max()))
    ax.xaxis.set_major_locator(MaxNLocator(6))
    labelled(ax, "Threshold: risk above which one acts (%)", "Net benefit")
    _key(ax, [("model, apparent", APPARENT_COLOUR, "--"),
              ("model, corrected for optimism", CORRECTED_COLOUR, "-"),
              ("acting on everybody", MUTED, "-."), ("acting on nobody", MUTED, "-")],
         upper=True)  # fmt: skip


def _key(ax, entries: list[tuple[str, str, str]], upper: bool = False) -> None:
    """Draw the key in the corner that the lines leave free."""
    from matplotlib.lines import Line2D

    lines = [
        Line2D([], [], color=colour, marker="o", linestyle="none", markersize=4)
        if style == "o"
        else Line2D([], [], color=colour, linestyle=style, linewidth=1.2)
        for _, colour, style in entries
    ]
    place = "upper right" if upper else "upper left"
    ax.legend(lines, [name for name, _, _ in entries], loc=place, fontsize=SMALL, frameon=False,
              borderaxespad=0.2, handlelength=2.2)  # fmt: skip


def nomogram_figure(points: pd.DataFrame, study: Study) -> Figure:
    """Draw the nomogram: an axis a term from 0 to 100 points, the sum, and the risk.

    Parameters
    ----------
    points : DataFrame
        From `analysis.nomogram.nomogram`.
    study : Study
    """
    if points.empty:
        return _nothing(points)
    terms = [term for term in dict.fromkeys(points["term"]) if term not in (TOTAL, RISK)]
    names = {term: _name(study, term) for term in terms}
    canvas = Canvas(DOUBLE_CM, 1.1 + (len(terms) + 2) * LINE, study)
    canvas.know(*names.values())
    levels = [study.level_label(t, lv) for t, lv in _levels(points) if t != "arm"]
    canvas.know(*levels)
    spec = study.model
    risk_name = f"Risk by month {spec.horizon:g} (%)"
    widest = max(width_cm(text, SMALL, bold=True) for text in [*names.values(), risk_name])
    label = min(max(widest, 2.5) + 0.5, 6.0)
    room = DOUBLE_CM - label - 0.6
    y = 0.6
    _axis(canvas, label, room, y, "Points", [(p, f"{p}") for p in range(0, 101, 10)], 100)
    for term in terms:
        y += LINE
        own = points[points["term"] == term]
        marks = [(row.points, _mark(study, term, row)) for row in own.itertuples()]
        shown = canvas.fit(names[term], label - 0.4, SMALL)
        _axis(canvas, label, room, y, shown, marks, 100, factor=bool(own.iloc[0]["level"]))
    total = float(points.loc[points["term"] == TOTAL, "points"].max())
    y += LINE
    step = _round_step(total)
    sums = [(p, f"{p:g}") for p in np.arange(0, total + 1e-9, step)]
    _axis(canvas, label, room, y, "Total points", sums, total, whole=True)
    y += LINE
    risks = points[points["term"] == RISK].iloc[1:-1]
    marks = [(row.points, formats.number(100 * row.value, 0)) for row in risks.itertuples()]
    _axis(canvas, label, room, y, risk_name, marks, total)
    end = study.endpoints[study.predicted_endpoint]
    caption = (
        f"Nomogram of the model of {lower(md(end.label))}. The points of a patient's values, read "
        f"off the uppermost line, are added up; below their sum stands the predicted risk by month "
        f"{spec.horizon:g}."
    )
    told = [f"{names[term]} up to {points.loc[points['term'] == term, 'points'].max():.0f}"
            for term in terms]  # fmt: skip
    return Figure.of(canvas, caption, f"Nomogram; points: {', '.join(told)}.", points)


def _levels(points: pd.DataFrame) -> list[tuple[str, str]]:
    own = points[points["level"] != ""]
    return list(zip(own["term"], own["level"], strict=True))


def _mark(study: Study, term: str, row) -> str:
    if not row.level:
        return f"{row.value:.6g}".replace("-", formats.MINUS)
    return study.arm_label(row.level) if term == "arm" else study.level_label(term, row.level)


def _name(study: Study, term: str) -> str:
    if term == "arm":
        return study.exposure_label
    variable = study.variables[term]
    return f"{variable.label} ({variable.unit})" if variable.unit else variable.label


def _round_step(total: float) -> float:
    return next(step for step in (5, 10, 20, 25, 50, 100, 200, 500, 1000) if total / step <= 12)


def _axis(
    canvas: Canvas, left: float, room: float, y: float, name: str, marks: list[tuple[float, str]],
    most: float, factor: bool = False, whole: bool = False,
) -> None:  # fmt: skip
    """Draw one line of the nomogram with its marks; marks that would touch go below the line."""
    canvas.text(0.1, y, name, size=SMALL, weight="bold", label="label")
    places = [(left + room * points / most, text) for points, text in marks]
    if not places:
        return
    xs = [x for x, _ in places]
    end = left + room if whole else max(xs)
    canvas.line(min(xs), y, end, y, color=INK, linewidth=0.8)
    ends = {"above": -np.inf, "below": -np.inf}
    for place, (x, text) in enumerate(sorted(places)):
        shown = canvas.fit(text, 3.5, SMALL)
        half = width_cm(shown, SMALL) / 2
        sides = ("above", "below") if factor or place in (0, len(places) - 1) else ("above",)
        side = next((s for s in sides if x - half > ends[s] + APART), None)
        tick = -0.14 if side != "below" else 0.14
        canvas.line(x, y, x, y + tick, color=INK, linewidth=0.8)
        if side is None:
            continue
        ends[side] = x + half
        canvas.text(x, y + 2.3 * tick, shown, size=SMALL, ha="center", label="mark")


def penalty_figure(found: Prediction, study: Study) -> Figure:
    """Draw the coefficients at each penalty (A), and the deviance that chose one (B).

    Parameters
    ----------
    found : Prediction
    study : Study
    """
    path, spec = found.path, study.model
    if path.empty:
        return _nothing(path)
    canvas = Canvas(DOUBLE_CM, TITLE + PLOT + BELOW, study)
    wide = (DOUBLE_CM - 2 * LEFT - GAP + 0.9) / 2
    right = LEFT + wide + GAP
    canvas.panel_title(LEFT, 0.25, "A", "Coefficients", wide, LEFT + wide)
    canvas.panel_title(right, 0.25, "B", "Cross-validation", wide)
    ax = canvas.axes(LEFT, TITLE, wide, PLOT)
    chosen = path.loc[path["chosen"], "penalty"]
    ends = []
    for name, own in path.sort_values("penalty", kind="stable").groupby("name", sort=False):
        kept = bool((own.loc[own["chosen"], "coef"] != 0).any())
        ax.plot(
            own["penalty"], own["coef"], color=CORRECTED_COLOUR if kept else RULE, linewidth=1.0
        )
        ends.append((own.iloc[0]["coef"], name))
    _logged(ax, chosen, "Penalty (λ)", "Coefficient of one standard deviation")
    _ends(ax, ends, study)
    ax = canvas.axes(right, TITLE, wide, PLOT)
    own = path.drop_duplicates("penalty").sort_values("penalty")
    low, high = (own["deviance"] + sign * own["deviance_se"] for sign in (-1, 1))
    ax.fill_between(own["penalty"], low, high, color=FAINT, linewidth=0)
    ax.plot(own["penalty"], own["deviance"], color=CORRECTED_COLOUR)
    _logged(ax, chosen, "Penalty (λ)", "Deviance for each event")
    caption = (
        f"The penalty ({spec.penalty}). A: coefficients of one standard deviation of each term as "
        "the penalty grows from left to right; those that are not zero at the chosen penalty are "
        f"blue. B: deviance by {spec.folds}-fold cross-validation with its standard error; the "
        "upright line is where it is least, which is the penalty chosen."
    )
    kept = int((path.loc[path["chosen"], "coef"] != 0).sum())
    return Figure.of(canvas, caption, f"Penalised coefficients; {kept} are not zero.", path)


def _logged(ax, chosen: pd.Series, x: str, y: str) -> None:
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(10, subs=(1.0,), numticks=8))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    if len(chosen):
        ax.axvline(float(chosen.iloc[0]), color=INK, linewidth=0.8)
    labelled(ax, x, y)


def _ends(ax, ends: list[tuple[float, str]], study: Study) -> None:
    """Name the lines that are farthest from zero where the penalty is least."""
    ax.axhline(0, color=MUTED, linewidth=0.6)
    low, high = ax.get_ylim()
    named: list[float] = []
    for value, name in sorted(ends, key=lambda one: -abs(one[0]))[:6]:
        if not value or any(abs(value - other) < 0.06 * (high - low) for other in named):
            continue
        named.append(value)
        variable, _, level = name.partition("=")
        text = _name(study, variable).split(" (")[0]
        if level:
            shown = (
                study.arm_label(level) if variable == "arm" else study.level_label(variable, level)
            )
            text = f"{text}: {shown}"
        axes_text(ax, ax.get_xlim()[0], value, text[:28], ha="left", va="bottom")
