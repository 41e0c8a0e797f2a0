"""The page that compares the points of a sweep: one HTML file that loads nothing."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ..display.figures.sweep import ACROSS, small_multiples_figure, sweep_forest_figure
from ..display.tables.sweep import sweep_table
from ..formats import unescaped
from ..parallel import Outcome
from ..study.study import Study
from .grid import Grid, Point
from .task import PointResult, write_files

PAGE = "overview.html"
FIGURES = {"fig-points": "Survival at each point", "fig-effect": "Hazard ratio at each point"}
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 Georgia, serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.25; } h2 { margin-top: 2.2em; }
table { border-collapse: collapse; width: 100%; font-size: 0.9em; }
th, td { padding: 0.3em 0.5em; border-bottom: 1px solid #bbb; vertical-align: top; }
tfoot td { border: 0; font-size: 0.9em; } .scroll { overflow-x: auto; }
figure { margin: 1rem 0; background: #fff; padding: 0.5rem; } figcaption { color: #333; }
svg { width: 100%; height: auto; } .failed { border-left: 4px solid #b8651b; padding: 0 1em; }
"""


def write_overview(
    folder: Path, grid: Grid, study: Study, points: Sequence[Point], outcomes: Sequence[Outcome]
) -> list[Path]:
    """Write the page, its figures and its numbers, and what each point made.

    Parameters
    ----------
    folder : Path
        Takes `overview.html`, `sweep.csv`, `figures/` and `points/<name>/`.
    grid : Grid
    study : Study
        Of the first point: labels and colours.
    points : sequence of Point
    outcomes : sequence of Outcome
        As many, in the same order; values are PointResult.

    Returns
    -------
    list of Path
        The page first.
    """
    built = [outcome.value for outcome in outcomes if not outcome.error]
    for one in built:
        write_files(one.files, folder / "points" / one.point.name)
    parts = [_head(grid, study, len(points), len(built)), *_failures(points, outcomes)]
    if built:
        labels = _labels(built)
        results = dict(zip(labels, (one.results for one in built), strict=True))
        curves = dict(zip(labels, (one.curves for one in built), strict=True))
        _numbers(built).to_csv(folder / "sweep.csv", index=False, lineterminator="\n")
        parts.append(f'<div class="scroll">{sweep_table(results, study).html()}</div>')
        figures = (
            small_multiples_figure(curves, results, study, _places(grid, outcomes)),
            sweep_forest_figure(results, study),
        )
        for (label, title), figure in zip(FIGURES.items(), figures, strict=True):
            figure.publish = True
            figure.export(folder / "figures" / label)
            parts.append(_figure(title, figure.render("svg").decode(), figure.caption, figure.alt))
        parts.append(_links(built, folder))
    page = folder / PAGE
    page.write_text(_page(grid, "\n".join(parts)), encoding="utf-8", newline="\n")
    return [page]


def _labels(built: Sequence[PointResult]) -> list[str]:
    """Give each point a label; equal ones get the point's number."""
    labels = [one.point.label for one in built]
    return [
        label if labels.count(label) == 1 else f"{label} ({one.point.name[:3]})"
        for label, one in zip(labels, built, strict=True)
    ]


def _places(grid: Grid, outcomes: Sequence[Outcome]) -> list[tuple[int, int]]:
    """Give row and column of each built point: an axis of a few values runs across the page."""
    last = len(grid.axes[-1].values)
    across = last if len(grid.axes) > 1 and last in (2, 3) else ACROSS
    built = [outcome.index for outcome in outcomes if not outcome.error]
    rows = sorted({index // across for index in built})
    if across == ACROSS != last:
        return [divmod(number, across) for number in range(len(built))]
    return [(rows.index(index // across), index % across) for index in built]


def _numbers(built: Sequence[PointResult]) -> pd.DataFrame:
    parts = []
    for one in built:
        axes = pd.DataFrame([one.point.labels] * len(one.results), index=one.results.index)
        parts.append(pd.concat([axes.add_prefix("axis: "), one.results], axis=1))
    return pd.concat(parts, ignore_index=True)


def _head(grid: Grid, study: Study, points: int, built: int) -> str:
    title = html.escape(grid.title or f"Sweep: {study.texts.title}")
    varied = "; ".join(
        f"{html.escape(axis.name)}: {html.escape(', '.join(v.label for v in axis.values))}"
        for axis in grid.axes
    )
    synthetic = "<p><em>Synthetic data.</em></p>" if study.synthetic else ""
    return (
        f"<h1>{title}</h1>{synthetic}<p>{built} of {points} points were built. "
        f"Varied: {varied}.</p>"
    )


def _failures(points: Sequence[Point], outcomes: Sequence[Outcome]) -> list[str]:
    failed: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.error:  # what several points have in common is said once
            failed.setdefault(outcome.error, []).append(points[outcome.index].label)
    items = "".join(
        f"<li><strong>{html.escape('; '.join(labels))}</strong>: {html.escape(said)}</li>"
        for said, labels in failed.items()
    )
    return [f'<div class="failed"><h2>Not built</h2><ul>{items}</ul></div>'] if failed else []


def _figure(title: str, svg: str, caption: str, alt: str) -> str:
    drawing = svg[svg.index("<svg") :]
    return (
        f'<h2>{html.escape(title)}</h2><figure role="img" aria-label="{html.escape(alt)}">'
        f"{drawing}<figcaption>{html.escape(unescaped(caption))}</figcaption></figure>"
    )


def _links(built: Sequence[PointResult], folder: Path) -> str:
    """Link the report of each point, where whole reports were built."""
    items = ""
    for one in built:
        report = f"points/{one.point.name}/report.html"
        if (folder / report).is_file():
            items += f'<li><a href="{report}">{html.escape(one.point.label)}</a></li>'
    return f"<h2>Reports</h2><ul>{items}</ul>" if items else ""


def _page(grid: Grid, body: str) -> str:
    title = html.escape(grid.title or "Sweep")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body><main>\n{body}\n"
        "</main></body></html>\n"
    )


def provenance_text(facts: dict[str, object]) -> str:
    """Give the provenance of a sweep as JSON."""
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
