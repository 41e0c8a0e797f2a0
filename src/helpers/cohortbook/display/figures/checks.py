"""One endpoint's findings under all their checks: a forest of estimates with intervals."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...results import pick
from ...study.study import Study
from ..drawing.canvas import Canvas, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, INK, MUTED, SMALL
from ..sentences.checks import REFITS, check_name, finding_name
from ..words import capital, lower
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


def checks_figure(results: pd.DataFrame, study: Study, endpoint: str | None = None) -> Figure:
    """Draw the hazard ratios of one endpoint: each finding, and under it its checks.

    Parameters
    ----------
    results : DataFrame
        From `analysis.robustness.verdict.verdict`.
    study : Study
    endpoint : str, optional
        The primary endpoint if not given. Checks that are no hazard ratios (restricted means,
        adjusted P values) are in the table only.
    """
    name = endpoint or study.primary_endpoint
    part = pick(results, endpoint=name)
    part = part[~part["group"].isin(["restricted", "multiplicity"]) & (part["term"] != "rate")]
    part = part.reset_index(drop=True)
    labels = [_label(row, study) for _, row in part.iterrows()]
    main = (part["statistic"] == "finding").to_numpy()
    texts = [hr_text(*row) for row in part[LIMITS].to_numpy(float)]
    conf = formats.conf_label(study.statistics.conf_level)
    text = max((width_cm(t, SMALL) for t in [*texts, f"HR ({conf})"]), default=2.5) + 0.3
    label = max((width_cm(t, SMALL, bold=True) for t in labels), default=2) + 0.6
    label = min(label, DOUBLE_CM - text - 5.0)
    n = max(len(part), 1)
    canvas = Canvas(DOUBLE_CM, HEAD + n * ROW + FOOT, study)
    starts = [place for place, first in enumerate(main) if first]
    ends = [*(place - 1 for place in starts[1:]), len(part) - 1]
    stripes(canvas, HEAD, list(zip(starts, ends, strict=False)), DOUBLE_CM)
    column_head(canvas, 0.1, HEAD - 0.28, "Finding and check")
    column_head(canvas, DOUBLE_CM - text / 2, HEAD - 0.28, f"HR ({conf})", ha="center")
    intervals = []
    for place, (told, first) in enumerate(zip(labels, main, strict=True)):
        y, indent = HEAD + (place + 0.5) * ROW, 0.0 if first else 0.3
        weight = "bold" if first else "normal"
        shown = canvas.fit(told, label - 0.15 - indent, SMALL, first)
        canvas.text(0.1 + indent, y, shown, size=SMALL, label="label", weight=weight)
        canvas.text(DOUBLE_CM - text / 2, y, texts[place], size=SMALL, ha="center", label="hr")
        judged = first or part.loc[place, "method"] != ""
        intervals.append(
            Interval(
                place,
                *part.loc[place, LIMITS].astype(float),
                size=6.5 if first else 4.5,
                marker="D" if first else "s",
                color=INK if judged else MUTED,
                hollow=not judged or part.loc[place, "group"] in REFITS,
            )
        )
    plot, limits = DOUBLE_CM - label - text, log_limits(intervals)
    ax = forest_axes(canvas, label + 0.1, HEAD, plot - 0.2, n, intervals, limits)
    ax.patch.set_visible(False)
    y = HEAD + n * ROW
    favours(canvas, ax, label + 0.1, plot - 0.2, y + 0.68, study)
    canvas.text(label + plot / 2, y + 1.05, "Hazard ratio", size=SMALL, ha="center")
    if part.empty:
        middle = label + plot / 2
        canvas.text(middle, HEAD + ROW / 2, "Nothing to draw", color=MUTED, ha="center")
    rule(canvas, HEAD - 0.02, color=INK)
    return Figure.of(canvas, _caption(study, name), _alt(labels, texts), part)


def _label(row: pd.Series, study: Study) -> str:
    if row["statistic"] == "finding":
        return finding_name(row, study)
    return capital(check_name(row["group"]))


def _caption(study: Study, name: str) -> str:
    spec = study.endpoints.get(name)
    what = lower(md(spec.label)) if spec else "the endpoint"
    conf = formats.conf_label(study.statistics.conf_level)
    return (
        f"Hazard ratio for {what}, {md(study.comparison_arm.label)} against "
        f"{md(study.reference.label)}, in the main analysis (diamonds) and under each check of it "
        f"(squares), with {conf}. Open black squares: the middle and the range of many refits, "
        "which is no interval. Open grey squares: not judged, as the check repeats the main "
        "analysis. The checks depend on one another."
    )


def _alt(labels: list[str], texts: list[str]) -> str:
    told = [f"{label}: HR {text}" for label, text in zip(labels, texts, strict=True)]
    return f"Forest plot of the checks of one endpoint. {'; '.join(told) or 'None'}."
