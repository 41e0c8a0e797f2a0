"""What the report's sources refer to: values by name, and the labelled outputs of notebooks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...errors import RenderError
from ...study.yaml_in import YamlError, read_typed
from .report_copy import HTML, LABEL, MARKDOWN, PNG, SVG, joined
from .sources import flat, main_folder

VARIABLES = "_variables.yml"
FENCED_HTML = "```{=html}\n"


@dataclass(frozen=True)
class Output:
    """A labelled cell of a report copy: its options and what it shows (by MIME type)."""

    label: str
    caption: str
    alt: str
    data: dict[str, str]
    width_cm: float

    @property
    def is_figure(self) -> bool:
        return self.label.startswith("fig-")

    @property
    def table_html(self) -> str:
        """The table of a table cell; empty for a figure."""
        text = self.data.get(MARKDOWN, "")
        if text.startswith(FENCED_HTML):
            return text.removeprefix(FENCED_HTML).rpartition("\n```")[0]
        return ""

    @property
    def has_picture(self) -> bool:
        return SVG in self.data or PNG in self.data


@dataclass(frozen=True)
class Material:
    """Values and notebook outputs of a project, read once."""

    project: Path

    @cached_property
    def variables(self) -> dict[str, str]:
        """Values of `_variables.yml` by dotted name, as texts (inline Markdown)."""
        path = self.project / VARIABLES
        if not path.is_file():
            return {}
        try:
            content = read_typed(path.read_text(encoding="utf-8")) or {}
        except YamlError as error:
            raise RenderError(f"This is not YAML ({error}).", VARIABLES) from None
        return {name: "" if value is None else str(value) for name, value in flat(content)}

    @cached_property
    def _read(self) -> dict[Path, dict[str, Output]]:
        return {}

    def outputs(self, notebook: str) -> dict[str, Output] | None:
        """Give the labelled cells of a notebook, its path as an `embed` has it; None if missing."""
        path = (main_folder(self.project) / notebook).resolve()
        if path not in self._read:
            if not path.is_file():
                return None
            content = json.loads(path.read_text(encoding="utf-8"))
            cells = [_output(cell) for cell in content["cells"] if cell["cell_type"] == "code"]
            self._read[path] = {cell.label: cell for cell in cells if cell}
        return self._read[path]

    def output(self, target: str) -> Output | None:
        """Give the cell that `notebook.ipynb#label` means, or None."""
        notebook, _, label = target.partition("#")
        return (self.outputs(notebook) or {}).get(label)


def _output(cell: dict[str, Any]) -> Output | None:
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    found = LABEL.search(source)
    if not found:
        return None
    lines = [line[2:] for line in source.splitlines() if line.startswith("#|")]
    try:
        options = read_typed("\n".join(line.removeprefix(" ") for line in lines)) or {}
    except YamlError as error:
        raise RenderError(
            f"The lines '#|' of its cell are not YAML ({error.what}).", found[1]
        ) from None
    kind = "fig" if found[1].startswith("fig-") else "tbl"
    data, metadata = {}, {}
    for output in cell.get("outputs", []):
        if "data" in output:
            data = {
                mime: joined(value)
                for mime, value in output["data"].items()
                if mime in (SVG, PNG, HTML, MARKDOWN)
            }
            metadata = output.get("metadata", {})
            break
    caption = str(options.get(f"{kind}-cap") or "")
    if kind == "tbl":
        caption = caption.replace("\\\\", "\\")  # see report_copy.doubled
    width = metadata.get("cohortbook", {}).get("width_cm", 17.0)
    return Output(found[1], caption, str(options.get("fig-alt") or ""), data, float(width))
