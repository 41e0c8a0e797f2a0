"""A treatment that began during follow-up: a forest of its analyses, and who waited how long."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from ... import formats
from ...analysis.time_dependent import APPROACHES, CLONES, NAIVE, TREATED, UNTREATED
from ...formats import markdown as md
from ...results import frame, one, pick
from ...study.study import Study
from ..drawing.canvas import Canvas, clean, labelled, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, INK, MUTED, SMALL, Arms, tint
from ..sentences.late_treatment import MODELS, heading_of
from ..words import lower, p_equals
from .km import Other, km_figure
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

HEAD, FOOT = 0.55, 1.25
LIMITS = ["estimate", "conf_low", "conf_high"]
TITLE, PLOT, BELOW, LEFT, GAP = 0.7, 5.0, 1.2, 1.3, 1.5


def late_treatment_figure(results: pd.DataFrame, study: Study, endpoint: str) -> Figure:
    """Draw one endpoint's hazard ratios by each analysis, crude and adjusted.

    Parameters
    ----------
    results : DataFrame
        From `analysis.time_dependent.time_dependent`.
    study : Study
    endpoint : str
    """
    part = pick(results, endpoint=endpoint, statistic=["hr", "hr_bootstrap"])
    models = [term for term in MODELS if not pick(part, term=term).empty]
    rows = _forest_rows(part, study)
    conf = formats.conf_label(study.statistics.conf_level)
    shown = {term: [_shown(row.get(term)) for _, row in rows] for term in models}
    texts = [text for column in shown.values() for text in column]
    text = max((width_cm(t, SMALL) for t in [*texts, f"HR ({conf})"]), default=2.5) + 0.3
    label = max((width_cm(told, SMALL) for told, _ in rows), default=2) + 0.3
    plot = (DOUBLE_CM - label) / max(len(models), 1) - text
    end = HEAD + max(len(rows), 1) * ROW
    canvas = Canvas(DOUBLE_CM, end + FOOT, study)
    stripes(canvas, HEAD, [(place, place) for place in range(len(rows))], DOUBLE_CM)
    column_head(canvas, 0.1, HEAD - 0.28, "Analysis")
    for place, (told, _) in enumerate(rows):
        canvas.text(0.1, HEAD + (place + 0.5) * ROW, told, size=SMALL, label="label")
    limits = log_limits([one for term in models for one in _intervals(rows, term)])
    for number, term in enumerate(models):
        left = label + number * (plot + text)
        ax = forest_axes(
            canvas, left + 0.1, HEAD, plot - 0.2, len(rows), _intervals(rows, term), limits
        )
        ax.patch.set_visible(False)
        column_head(canvas, left + plot / 2, HEAD - 0.28, MODELS[term], ha="center")
        column_head(canvas, left + plot + text / 2, HEAD - 0.28, f"HR ({conf})", ha="center")
        for place, told in enumerate(shown[term]):
            y = HEAD + (place + 0.5) * ROW
            canvas.text(left + plot + text / 2, y, told, size=SMALL, ha="center", label="hr")
        favours(canvas, ax, left + 0.1, plot - 0.2, end + 0.68, study, beyond=text / 2)
        canvas.text(left + plot / 2, end + 1.05, "Hazard ratio", size=SMALL, ha="center")
    rule(canvas, HEAD - 0.02, color=INK)
    told = [f"{MODELS[term]}, {lower(name)}: HR {text}" for term in models
            for (name, _), text in zip(rows, shown[term], strict=True) if text]  # fmt: skip
    return Figure.of(
        canvas,
        _forest_caption(study, endpoint, part),
        f"Forest plot of the analyses of one endpoint. {'; '.join(told)}.",
        part.reset_index(drop=True),
    )


def _forest_rows(part: pd.DataFrame, study: Study) -> list[tuple[str, dict[str, pd.Series]]]:
    """Give each line of the forest: its name, and the row of each model that has one."""
    lines: list[tuple[str, dict[str, pd.Series]]] = []
    for level in APPROACHES:
        of = {row["term"]: row for _, row in pick(part, level=level, statistic="hr").iterrows()}
        lines.append((heading_of(level, study), of))
        drawn = pick(part, level=level, statistic="hr_bootstrap")
        if len(drawn):
            rows = {row["term"]: row for _, row in drawn.iterrows()}
            lines.append((f"{heading_of(level, study)}, bootstrap limits", rows))
    return lines


def _shown(row: pd.Series | None) -> str:
    return "" if row is None else hr_text(*row[LIMITS].astype(float))


def _intervals(rows: list[tuple[str, dict[str, pd.Series]]], term: str) -> list[Interval]:
    """Give the marks of one model; that of the analysis by final group is open and grey."""
    found = []
    for place, (_, of) in enumerate(rows):
        if term in of:
            naive = of[term]["level"] == NAIVE
            color = MUTED if naive else INK
            found.append(
                Interval(place, *of[term][LIMITS].astype(float), hollow=naive, color=color)
            )
    return found


def _forest_caption(study: Study, endpoint: str, part: pd.DataFrame) -> str:
    what, conf = lower(md(study.endpoints[endpoint].label)), formats.conf_label(
        study.statistics.conf_level
    )  # fmt: skip
    drawn = len(pick(part, level=CLONES, statistic="hr_bootstrap")) > 0
    limits = " Limits of clone-censor-weight are robust, and by bootstrap." * drawn
    return (
        f"Hazard ratio for {what}, {md(study.comparison_arm.label)} against "
        f"{md(study.reference.label)}, with {conf}. By final group (open, grey) the time before "
        "the treatment began counts as treated; the other analyses answer different questions and "
        f"need not agree.{limits}"
    )


def immortal_time_figure(
    lanes: pd.DataFrame, results: pd.DataFrame, study: Study, endpoint: str
) -> Figure:
    """Draw how long each of the treated lived before and after the treatment began.

    Parameters
    ----------
    lanes : DataFrame
        From `analysis.time_dependent.waits`: wait and time in months, the longest wait first.
    results : DataFrame
        From `time_dependent`, for the shares.
    study : Study
    endpoint : str
    """
    canvas = Canvas(DOUBLE_CM, TITLE + PLOT + BELOW, study)
    wide = (DOUBLE_CM - LEFT - GAP - 0.3) / 2
    grace = study.treatment_start.grace
    longest = max(float(lanes["time"].max()) if len(lanes) else 1.0, grace)
    most = max(float(lanes["wait"].max()) if len(lanes) else 1.0, grace)
    edges = np.arange(len(lanes) + 1)
    color = Arms.of(study).color(study.comparison_arm.code)
    titles = ("All follow-up of the treated", "Until the treatment began")
    for place, (letter, title, end) in enumerate(
        zip("AB", titles, (longest * 1.02, most * 1.1), strict=True)
    ):
        left = LEFT + place * (wide + GAP)
        canvas.panel_title(left, 0.25, letter, title, wide, left + wide)
        ax = canvas.axes(left, TITLE, wide, PLOT)
        for values, base, fill, name in (
            (lanes["time"], lanes["wait"], tint(color, 0.35), "treated"),
            (lanes["wait"], np.zeros(len(lanes)), MUTED, "waiting"),
        ):
            _lanes(ax, edges, base, values, fill, name)
        ax.axvline(grace, color=INK, linewidth=0.7, linestyle=(0, (2, 2)), label="grace")
        ax.set_xlim(0, end)
        ax.set_ylim(max(len(lanes), 1), 0)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        labelled(ax, "Time from time zero (months)", "" if place else "Patients treated")
    if lanes.empty:
        canvas.text(DOUBLE_CM / 2, 2, "Nobody began the treatment", color=MUTED, ha="center")
    share = one(results, endpoint=endpoint, statistic="immortal_share")["estimate"]
    shown = formats.percentage(share, 1)
    what = lower(md(study.endpoints[endpoint].label))
    caption = (
        f"Immortal time of the {len(lanes)} patients who began {md(study.comparison_arm.label)} "
        f"during follow-up for {what}, a lane each, the longest wait first: grey until the "
        f"treatment began, {shown}% of their follow-up, coloured from then on. (A) All follow-up. "
        f"(B) The wait alone. The broken line is the end of the grace period, month {grace:g}."
    )
    alt = (
        f"Lanes of {len(lanes)} treated patients; {shown}% of {clean(what)} follow-up was before "
        "the treatment began."
    )
    return Figure.of(canvas, caption, alt, lanes.assign(endpoint=endpoint))


def _lanes(ax, edges, base, values, fill: str, name: str) -> None:
    """Fill one lane a patient, as steps: as many as there are make one shape."""
    if not len(values):
        return
    ax.fill_betweenx(edges, np.r_[base, base.iloc[-1] if hasattr(base, "iloc") else base[-1]],
                     np.r_[values, values.iloc[-1]], step="post", color=fill, linewidth=0,
                     label=name)  # fmt: skip


def current_treatment_figure(
    curves: pd.DataFrame, risk: pd.DataFrame, results: pd.DataFrame, study: Study, endpoint: str
) -> Figure:
    """Draw survival by the treatment that each patient has begun (Simon-Makuch curves).

    Parameters
    ----------
    curves, risk : DataFrame
        From `analysis.time_dependent.simon_makuch_curves` and `current_risk_table`. The time before
        the treatment has the colour of the reference arm, the time from it on the other's.
    results : DataFrame
        From `time_dependent`, for the Mantel-Byar test.
    study : Study
    endpoint : str
    """
    treated = study.comparison_arm.label
    names = {
        study.reference_arm: f"{treated} not begun",
        study.comparison_arm.code: f"{treated} begun",
    }
    arms = [arm.model_copy(update={"label": names[arm.code]}) for arm in study.arms]
    codes = {UNTREATED: study.reference_arm, TREATED: study.comparison_arm.code}
    part, spec = pick(curves, endpoint=endpoint), study.endpoints[endpoint]
    test = one(results, endpoint=endpoint, statistic="mantel_byar")
    panel = {
        "curves": part.assign(group=part["group"].map(codes)),
        "risk": risk.assign(group=risk["group"].map(codes)),
        "results": frame([]),
        "endpoint": endpoint,
        "title": spec.label,
        "told": [f"Mantel-Byar {p_equals(test['p_value'], study, 'P')}"],
    }
    other = Other(
        f"{md(spec.label)} by the treatment that each patient has begun (Simon-Makuch curves).",
        (
            f"Patients move from one group to the other when {md(treated)} begins, so that the "
            "curves are not those of two fixed groups; the numbers at risk are by current "
            "treatment, and events stand where the patient was.",
            "The *P* value is of the Mantel-Byar test.",
        ),
        f"Simon-Makuch plot of {lower(clean(spec.label))}",
    )
    return km_figure([panel], study.model_copy(update={"arms": arms}), medians=False, other=other)
