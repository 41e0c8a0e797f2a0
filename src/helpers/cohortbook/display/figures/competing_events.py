"""Events that compete: cumulative incidence by cause and arm, and the causes of an arm stacked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ... import formats
from ...analysis.competing import CRUDE
from ...formats import markdown as md
from ...results import frame, one
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, labelled, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, INK, MUTED, SMALL, Arms, tint
from ..sentences import entry
from ..sentences.competing_events import cause_name
from ..words import capital, lower, p_equals
from .km import Other, km_figure

TITLE, PLOT, BELOW, LEFT, GAP, KEY = 0.7, 4.6, 1.1, 1.4, 1.2, 0.45
LETTERS = "ABCDEFGH"


def incidence_figure(
    curves: pd.DataFrame, risk: pd.DataFrame, results: pd.DataFrame, study: Study, endpoint: str
) -> Figure:
    """Draw the cumulative incidence of each cause of one endpoint, a panel a cause.

    Parameters
    ----------
    curves, risk : DataFrame
        From `analysis.competing.incidence_curves` and `incidence_risk`.
    results : DataFrame
        From `competing`, for Gray's tests.
    study : Study
    endpoint : str
    """
    panels = []
    for cause in dict.fromkeys(curves["cause"]):
        name = capital(cause_name(study, endpoint, cause))
        own = curves[curves["cause"] == cause]
        drawn = own.assign(survival=own["incidence"], n_censor=0.0).drop(columns=["incidence"])
        panels.append({
            "curves": drawn, "risk": risk[risk["cause"] == cause].drop(columns="cause"),
            "results": frame([]), "endpoint": endpoint, "title": name, "by_arm": study.compares,
            "axis": f"With {lower(name)}", "told": _corner(results, study, endpoint, cause),
        })  # fmt: skip
    spec = study.endpoints[endpoint]
    tests = " *P* values are of Gray's test." if study.compares and not study.entry else ""
    other = Other(
        f"Cumulative incidence of the events of {lower(md(spec.label))} that compete "
        "(Aalen-Johansen estimates).",
        (
            "Patients are at risk until the first event of any cause; the curves of all causes add "
            f"up to those who had one.{tests}",
            *filter(None, [entry.note(study, model=True)]),
        ),
        f"Cumulative incidence of {lower(clean(spec.label))}",
    )
    return km_figure(panels, study, medians=False, other=other)


def _corner(results: pd.DataFrame, study: Study, endpoint: str, cause: str) -> list[str]:
    if not study.compares:
        return []
    keys = {"endpoint": endpoint, "level": cause}
    ratio = one(results, statistic="subdistribution_hr", term=CRUDE, **keys)
    lines = []
    if np.isfinite(ratio["estimate"]):
        conf = formats.conf_label(study.statistics.conf_level)
        low, high = (formats.ratio(ratio[name]) for name in ("conf_low", "conf_high"))
        lines.append(f"Subdistribution HR {formats.ratio(ratio['estimate'])} ({conf} {low}–{high})")
    if study.entry:
        return lines
    p_value = one(results, statistic="gray", **keys)["p_value"]
    return [*lines, f"Gray's test {p_equals(p_value, study, 'P')}"]


def stacked_figure(curves: pd.DataFrame, study: Study, endpoint: str) -> Figure:
    """Draw for each arm how many have had each cause, one upon the other.

    Parameters
    ----------
    curves : DataFrame
        From `analysis.competing.incidence_curves`.
    study : Study
    endpoint : str
    """
    causes, groups = list(dict.fromkeys(curves["cause"])), list(dict.fromkeys(curves["group"]))
    arms = Arms.of(study)
    canvas = Canvas(DOUBLE_CM, TITLE + PLOT + BELOW + KEY, study)
    wide = (DOUBLE_CM - LEFT - 0.3 - GAP * (len(groups) - 1)) / max(len(groups), 1)
    longest = float(curves["time"].max()) if len(curves) else 1.0
    for place, group in enumerate(groups):
        left = LEFT + place * (wide + GAP)
        label = study.arm_label(group) if group in arms.codes else "All patients"
        letter = LETTERS[place] if len(groups) > 1 else ""
        canvas.panel_title(left, 0.25, letter, label, wide, left + wide)
        ax = canvas.axes(left, TITLE, wide, PLOT)
        part = curves[curves["group"] == group]
        times = np.sort(part["time"].unique())
        base = np.zeros(times.size)
        for number, cause in enumerate(causes):
            own = part[part["cause"] == cause].groupby("time")["incidence"].last()
            top = base + 100 * own.reindex(times).ffill().to_numpy()
            ax.fill_between(times, base, top, step="post", linewidth=0, label=f"cause-{number}",
                            color=_fill(number, arms.color(group)))  # fmt: skip
            base = top
        ax.set_xlim(0, max(longest, 1e-9))
        ax.set_ylim(0, 100)
        labelled(ax, "Time (months)", "" if place else "Patients (%)")
    own = [_fill(0, arms.color(group)) for group in groups]
    _key(canvas, [cause_name(study, endpoint, cause) for cause in causes], own)
    spec = study.endpoints[endpoint]
    caption = (
        f"Patients who have had each event of {lower(md(spec.label))} that competes, one upon the "
        "other; white is free of all. The endpoint's own event has the colour of the arm."
    )
    ends = []
    for group in groups:
        last = [float(_of(curves, group, cause)["incidence"].iloc[-1]) for cause in causes]
        told = [f"{cause_name(study, endpoint, cause)} {formats.percentage(100 * share, 1)}%"
                for cause, share in zip(causes, last, strict=True)]  # fmt: skip
        label = study.arm_label(group) if group in arms.codes else "All patients"
        ends.append(f"{clean(label)}: {', '.join(told)}")
    return Figure.of(canvas, caption, f"Stacked cumulative incidence. {'; '.join(ends)}.",
                     curves.reset_index(drop=True))  # fmt: skip


def _of(curves: pd.DataFrame, group: str, cause: str) -> pd.DataFrame:
    return curves[(curves["group"] == group) & (curves["cause"] == cause)]


def _fill(number: int, color: str) -> str:
    return tint(color, 0.75) if number == 0 else tint(MUTED, max(0.75 - 0.25 * (number - 1), 0.2))


def _key(canvas: Canvas, names: list[str], own: list[str]) -> None:
    """Name the fills; the endpoint's own event has one for each arm."""
    x, y = LEFT, TITLE + PLOT + BELOW + KEY / 2
    room = (DOUBLE_CM - LEFT) / max(len(names), 1) - 0.7
    for number, name in enumerate(names):
        fills = [_fill(number, INK)] if number else own
        for place, fill in enumerate(fills):
            width = 0.35 / len(fills)
            canvas.box(x + place * width, y - 0.12, width, 0.24, facecolor=fill)
        shown = canvas.fit(capital(name), room, SMALL)
        canvas.text(x + 0.45, y, shown, size=SMALL, label="key")
        x += 0.75 + width_cm(shown, SMALL) + 0.2
