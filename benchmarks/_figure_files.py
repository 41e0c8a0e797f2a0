"""The figure files that programs wrote, named alike: fig-survival_A.png and so on."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

PANEL = re.compile(r"_[A-Z](?=_|\.)")
LABEL = re.compile(r"^#\| label: (\S+)", re.MULTILINE)


def written(folder: Path) -> set[str]:
    """Give the names of the figure files of a plain script."""
    return {path.name for path in folder.glob("fig-*.*")}


def exported(report: Path) -> set[str]:
    """Give the names of the figure files of a report, with labels in the place of numbers."""
    folder = report / "figures"
    with (folder / "figures.csv").open(encoding="utf-8", newline="") as file:
        labels = {row["file"]: row["label"] for row in csv.DictReader(file)}
    found = (re.match(r"(Figure_\d+)(.*)", path.name) for path in folder.glob("Figure_*"))
    return {labels[name[1]] + name[2] for name in found}


def of_notebooks(names: Iterable[str], notebooks: Sequence[Path]) -> set[str]:
    """Give the names of files that begin with the label of a cell of one of the notebooks."""
    cells = (
        cell for path in notebooks for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    )
    labels = [label for cell in cells for label in LABEL.findall("".join(cell["source"]))]
    return {
        name
        for name in names
        if any(fnmatchcase(re.split(r"[_.]", name)[0], label) for label in labels)
    }


def whole(names: Iterable[str]) -> set[str]:
    """Give the names of whole figures."""
    return {name for name in names if not PANEL.search(name)}
