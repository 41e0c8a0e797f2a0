"""What is missing: covariates by the patterns in which patients lack them, and counts by arm."""

from __future__ import annotations

import pandas as pd

from ...formats import percent
from ...results import pick
from ...study.study import Study
from ..drawing.canvas import Canvas
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, FAINT, INK, SMALL
from .rows import ROW, column_head, rule

HEAD, FOOT, MOST, TILE = 1.0, 0.2, 12, 0.75


def missing_figure(results: pd.DataFrame, study: Study) -> Figure:
    """Draw a row a covariate and a column a pattern, dark where it is missing.

    Parameters
    ----------
    results : DataFrame
        From `analysis.imputed.missing_covariates`.
    study : Study
    """
    patterns = pick(results, statistic="pattern").sort_values("estimate", ascending=False)
    shown, counts = patterns.head(MOST), pick(results, statistic="missing")
    names = list(dict.fromkeys(counts["term"]))
    canvas = Canvas(DOUBLE_CM, HEAD + len(names) * ROW + FOOT, study)
    canvas.know(*(study.variables[name].label for name in names))
    codes = study.arm_codes if study.compares else []
    groups = [*codes, "overall"]
    room = 2.3
    label = DOUBLE_CM - len(shown) * TILE - len(groups) * room - 0.3
    column_head(canvas, 0.1, HEAD - 0.25, "Covariate")
    for place, (_, pattern) in enumerate(shown.iterrows()):
        x = label + (place + 0.5) * TILE
        canvas.text(x, HEAD - 0.25, f"{pattern['estimate']:.0f}", size=SMALL, ha="center")
        lacked = pattern["term"].split(" + ")
        for line, name in enumerate(names):
            canvas.box(label + place * TILE + 0.05, HEAD + line * ROW + 0.05, TILE - 0.1, ROW - 0.1,
                       facecolor=INK if name in lacked else FAINT)  # fmt: skip
    for place, group in enumerate(groups):
        x = label + len(shown) * TILE + 0.3 + (place + 0.5) * room
        head = study.arm_label(group) if group in codes else "All patients"
        head = canvas.fit(head, room - 0.1, SMALL, bold=True)
        column_head(canvas, x, HEAD - 0.25, head, ha="center")
        for line, name in enumerate(names):
            found = pick(counts, term=name, group=group).iloc[0]
            text = f"{found['estimate']:.0f} ({percent(found['estimate'], found['n'])}%)"
            canvas.text(
                x, HEAD + (line + 0.5) * ROW, text, size=SMALL, ha="center", label="missing"
            )
    for line, name in enumerate(names):
        told = canvas.fit(study.variables[name].label, max(label - 0.2, 1.0), SMALL)
        canvas.text(0.1, HEAD + (line + 0.5) * ROW, told, size=SMALL, label="label")
    canvas.text(label, HEAD - 0.7, "Patients with each pattern", size=SMALL)
    rule(canvas, HEAD - 0.02, color=INK)
    left = len(patterns) - len(shown)
    more = f" The {MOST} most frequent of {len(patterns)} patterns are drawn." if left > 0 else ""
    caption = (
        "Missing covariates. Each column is a pattern, dark where the covariate is missing, with "
        f"the number of patients who have it; on the right how many lack each covariate.{more}"
    )
    whole = pick(counts, group="overall").set_index("term")["estimate"]
    told = [f"{study.variables[name].label} {whole[name]:.0f}" for name in names]
    return Figure.of(canvas, caption, f"Missing covariates: {', '.join(told)}.",
                     patterns.reset_index(drop=True))  # fmt: skip
