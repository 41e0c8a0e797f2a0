"""The reporting checklist, filled in from the labels of the report and added to what it embeds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from ...display.checklist import checklist_table
from ...study.study import Study
from .report_copy import report_copy
from .sources import Line, read_sources
from .stage import GENERATED, REPORT, labels_in_order

FILE = "strobe.yml"
LABEL = "tbl-strobe"
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*(?:\{([^}]*)\})?\s*$")
NAMED = re.compile(r"#([\w-]+)")


def write_checklist(project: Path, study: Study, results: Path) -> None:
    """Write the checklist where the report embeds it, and among the tables that are exported.

    Parameters
    ----------
    project : Path
        The staged project; takes `_generated/notebooks/checklist.ipynb`.
    study : Study
    results : Path
        The gathered results; its `tables/` takes CSV and JSON.
    """
    items = yaml.safe_load((project / REPORT / FILE).read_text(encoding="utf-8"))
    table = checklist_table(items, study, places(project))
    table.export(results / "tables" / LABEL)
    data, metadata = table._repr_mimebundle_()
    output = {"output_type": "display_data", "data": data, "metadata": metadata}
    notebook = {"cells": [_cell(output)]}
    copy, _ = report_copy(notebook, FILE)
    text = json.dumps(copy, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    target = project / GENERATED / "notebooks" / "checklist.ipynb"
    target.write_text(text, encoding="utf-8", newline="\n")


def _cell(output: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": f"#| label: {LABEL}", "outputs": [output]}


def places(project: Path) -> dict[str, str]:
    """Give the words that name each label of the report: Section 1.1, Table 2, Figure 3."""
    named = {"sec-abstract": "Abstract"} | section_names(read_sources(project))
    for kind, noun in (("fig", "Figure"), ("tbl", "Table")):
        shown = [label for label in labels_in_order(project) if label.startswith(f"{kind}-")]
        named |= {label: f"{noun} {number}" for number, label in enumerate(shown, 1)}
    return named


def section_names(lines: Iterable[Line]) -> dict[str, str]:
    """Give the names of labelled sections, numbered as both renderers number them."""
    counts, named = [0] * 6, {}
    for line in lines:
        found = HEADING.match(line.text) if line.kind == "text" else None
        if not found or ".unnumbered" in (found[3] or ""):
            continue
        level = len(found[1])
        counts[level - 1] += 1
        counts[level:] = [0] * (6 - level)
        label = NAMED.search(found[3] or "")
        if label:
            named[label[1]] = "Section " + ".".join(map(str, counts[:level]))
    return named
