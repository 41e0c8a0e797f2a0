"""Reporting checklists, filled in from the labels of the report and added to what it embeds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from ...display.checklist import checklist_table
from ...display.language.shown import table_in
from ...display.language.speech import Speech
from ...study.parts import CHECKLISTS
from ...study.study import Study
from .report_copy import report_copy
from .sources import Line, read_sources
from .stage import GENERATED, REPORT, labels_in_order

NOTEBOOK = "checklist.ipynb"
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*(?:\{([^}]*)\})?\s*$")
NAMED = re.compile(r"#([\w-]+)")
OF_MODELS = "tripod"


def not_chosen(study: Study) -> dict[str, str]:
    """Give the parts of the manuscript for checklists that a study does not use, without text."""
    left = [name for name in CHECKLISTS if name not in study.checklists]
    return {f"{kind}_{name}": "" for name in left for kind in ("checklist", "reporting")}


def suggested(study: Study) -> str:
    """Say which checklist a study might choose besides its own; "" where there is none."""
    if study.model is None or OF_MODELS in study.checklists:
        return ""
    chosen = ", ".join((*study.checklists, OF_MODELS))
    return (
        "The study has a prognostic model: TRIPOD+AI says what is to be reported of one "
        f"(checklists: [{chosen}])."
    )


def write_checklists(
    project: Path, study: Study, results: Path, speech: Speech | None = None
) -> None:
    """Write the checklists where the report embeds them, and among the tables that are exported.

    Parameters
    ----------
    project : Path
        The staged project; takes `_generated/notebooks/checklist.ipynb`.
    study : Study
        Names its checklists; `report/NAME.yml` has their items.
    results : Path
        The gathered results; its `tables/` takes CSV and JSON.
    speech : Speech, optional
        The language of the study, if that is not English.
    """
    named, cells = places(project), []
    for name in dict.fromkeys(study.checklists):
        content = yaml.safe_load((project / REPORT / f"{name}.yml").read_text(encoding="utf-8"))
        table = table_in(checklist_table(content, study, named), speech)
        table.export(results / "tables" / f"tbl-{name}")
        data, metadata = table._repr_mimebundle_()
        output = {"output_type": "display_data", "data": data, "metadata": metadata}
        cells.append(_cell(f"tbl-{name}", output))
    copy, _ = report_copy({"cells": cells}, NOTEBOOK)
    text = json.dumps(copy, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    target = project / GENERATED / "notebooks" / NOTEBOOK
    target.write_text(text, encoding="utf-8", newline="\n")


def _cell(label: str, output: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": f"#| label: {label}", "outputs": [output]}


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
