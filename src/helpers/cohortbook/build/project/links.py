"""Links from the report to what made it, and to the files beside it; all of them relative."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..files.publish import share
from ..notebooks.execute import Run
from ..notebooks.notebook_page import FOLDER, anchor, anchors_by_count
from .merge import by_endpoint, values_said
from .report_copy import read_executed
from .stage import GENERATED

FILE = "links.json"
WHOLE = {
    "All tables (XLSX)": "tables/tables.xlsx",
    "Every statistic (JSON)": "results.json",
    "Provenance (JSON)": "provenance.json",
}
KINDS = ("svg", "pdf", "png", "tiff", "csv")
BESIDE = "beside"  # `resources` of _quarto.yml: Quarto puts them beside the report that it renders
BESIDE_KINDS = (".svg", ".pdf", ".png", ".csv", ".xlsx", ".json", ".html")  # no TIFF: 50 MB


def with_sources(
    values: Mapping[str, Mapping[str, str]], runs: Sequence[Run]
) -> dict[str, dict[str, str]]:
    """Mark each value that a notebook quotes with the cell that says it.

    Parameters
    ----------
    values : mapping
        Notebook name in the manuscript to its values (name to Markdown).
    runs : sequence of Run

    Returns
    -------
    dict
        The same, each text in a span of class `computed` that names page and cell.
    """
    marked, done = {group: dict(texts) for group, texts in values.items()}, set()
    for run in runs:
        group, cells = run.notebook.variable, _cells_of(run)
        for name in marked.get(group, {}).keys() & cells.keys():
            if (group, name) not in done:
                text = marked[group][name]
                marked[group][name] = _marked(text, run.notebook.name, cells[name])
                done.add((group, name))
    for run in runs:  # what no notebook is known to have said: its first page
        group = run.notebook.variable
        for name in marked.get(group, {}):
            if (group, name) not in done:
                marked[group][name] = _marked(marked[group][name], run.notebook.name, "")
                done.add((group, name))
    return marked


def _cells_of(run: Run) -> dict[str, str]:
    """Give for each value of a notebook the name of the cell that computed it, on its page.

    Of a notebook that is run for each endpoint also under the names that bear the endpoint.
    """
    counted = run.results / f"{run.notebook.name}.cells.json"
    cells = dict.fromkeys(values_said(run), "")
    if counted.is_file():
        anchors = anchors_by_count(read_executed(run.executed))
        counts = json.loads(counted.read_text(encoding="utf-8"))
        cells |= {name: anchors.get(count, "") for name, count in counts.items()}
    endpoint = run.notebook.endpoint
    of_it = {by_endpoint(name, endpoint): cell for name, cell in cells.items()} if endpoint else {}
    return cells | of_it


def _marked(text: str, notebook: str, cell: str) -> str:
    if not text.strip():
        return text
    page = f"{FOLDER}/{notebook}.html" + (f"#{cell}" if cell else "")
    return f'[{text}]{{.computed page="{page}" notebook="{notebook}"}}'


def write_links(project: Path, out: Path, runs: Sequence[Run], names: Mapping[str, str]) -> None:
    """Write for the filters where each figure and table comes from, and what can be downloaded.

    Parameters
    ----------
    project : Path
        The staged project; takes `_generated/links.json`.
    out : Path
        The output folder, whose `figures/` and `tables/` are finished.
    runs : sequence of Run
    names : mapping
        Label to file name without ending, in the order of the report.
    """
    anchors = {name for run in runs for name in _anchors(run)}
    made = {
        path.stem: run.notebook.name
        for run in runs
        for path in run.results.rglob("*")
        if path.parent.name in ("figures", "tables")
    }
    floats = {
        label: _float(label, name, made.get(label, ""), _cell(label, anchors), out)
        for label, name in names.items()
    }
    pages = [[run.notebook.name, f"{FOLDER}/{run.notebook.name}.html"] for run in runs]
    whole = [[words, path] for words, path in WHOLE.items()]
    text = json.dumps(
        {"order": list(names), "floats": floats, "notebooks": pages, "files": whole},
        ensure_ascii=False,
    )
    (project / GENERATED / FILE).write_text(text, encoding="utf-8", newline="\n")


def put_beside(final: Path, generated: Path) -> None:
    """Give a report that Quarto renders at the root, and publishes, the files that it links to.

    Parameters
    ----------
    final : Path
        The output folder of the build.
    generated : Path
        `_generated`, whose `links.json` then leads to `_generated/beside`.
    """
    for path in sorted(final.rglob("*")):
        inside = path.relative_to(final)
        if path.suffix in BESIDE_KINDS and not path.stem.startswith("report"):
            target = generated / BESIDE / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            share(path, target)
    written = generated / FILE
    found = json.loads(written.read_text(encoding="utf-8"))
    for one in found["floats"].values():
        one["files"] = [[kind, path] for kind, path in one["files"] if _is_beside(path)]
    found["base"] = f"../{GENERATED}/{BESIDE}/"
    written.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8", newline="\n")


def _is_beside(path: str) -> bool:
    return Path(path).suffix in BESIDE_KINDS


def _anchors(run: Run) -> list[str]:
    cells = read_executed(run.executed)["cells"]
    return [anchor(cell, position) for position, cell in enumerate(cells)]


def _cell(label: str, anchors: set[str]) -> str:
    """Give the cell of a label: its own, or the one that shows all of fig-name-1, fig-name-2."""
    return label if label in anchors else label.rpartition("-")[0]


def _float(label: str, name: str, notebook: str, cell: str, out: Path) -> dict[str, object]:
    folder = "figures" if label.startswith("fig-") else "tables"
    files = [
        [kind.upper(), f"{folder}/{name}.{kind}"]
        for kind in KINDS
        if (out / folder / f"{name}.{kind}").is_file()
    ]
    page = f"{FOLDER}/{notebook}.html#{cell}" if notebook else ""
    return {"name": name.replace("_", " "), "notebook": notebook, "page": page, "files": files}
