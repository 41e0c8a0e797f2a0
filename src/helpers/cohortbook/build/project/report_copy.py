"""The report copy of an executed notebook: its labelled outputs, as both renderers embed them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...errors import RenderError

NAMED = 80  # characters of a line of code by which a cell is named
LABEL = re.compile(r"^#\|\s*label:\s*(\S+)\s*$", re.MULTILINE)
OPTION = re.compile(r"^#\|\s*((?:fig|tbl)-(?:cap|alt)):\s*(.+?)\s*$", re.MULTILINE)
LABEL_FORM = re.compile(r"(fig|tbl)-[A-Za-z0-9_-]+\*?")
EACH = "-*"
INDENTED = re.compile(r"(<td)( style=\"[^\"]*\")?>(\u2003+)")
GROUP_SIZE = re.compile(r"\bn = (?=\d)")
BLANKS = re.compile(r"[^\S\u00a0\u202f]+")  # but for those that are not broken
OPENS, CLOSES = re.compile(r"(\\?\{\\?\{)(?=\\?<)"), re.compile(r"(\\?>)(?=\\?\}\\?\})")
ABOUT = "cohortbook"
PICTURES = "pictures"
PX_PER_CM = 96 / 2.54
SVG, PNG, HTML, MARKDOWN = "image/svg+xml", "image/png", "text/html", "text/markdown"


def read_executed(path: Path) -> dict[str, Any]:
    """Read an executed notebook, several megabytes long, once for all who ask; not to be changed.

    A file that was written again is read again.
    """
    about = path.stat()
    return _parsed(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=16)
def _parsed(path: Path, _changed: int, _size: int) -> dict[str, Any]:
    return json.loads(path.read_bytes())


def write_report_copy(source: Path, target: Path) -> list[str]:
    """Write the report copy of an executed notebook.

    Parameters
    ----------
    source : Path
        An executed notebook. A labelled cell's output carries `{"cohortbook": {"kind", "caption",
        "alt", "width_cm"}}` in its metadata; `alt` and `width_cm` are a figure's.
    target : Path
        Takes the copy. Pictures that one format alone reads go to `pictures/` beside it, labels
        being unique in a report: `<label>.png` is for DOCX, and `<label>.svg`, whose words are text
        and no outlines, for PDF.

    Returns
    -------
    list of str
        The labels of the copy.

    Raises
    ------
    RenderError
        If a label is not `fig-...` or `tbl-...`, or occurs twice in the notebook.
    """
    notebook = read_executed(source)
    copy, pictures = report_copy(notebook, source.name)
    text = json.dumps(copy, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    target.write_text(text, encoding="utf-8", newline="\n")
    for name, data in pictures.items():
        path = target.parent / PICTURES / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return [label for label, _ in labelled_outputs(notebook, source.name)]


def report_copy(notebook: dict[str, Any], name: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Give the report copy of a notebook (as JSON), and its pictures by the names of files."""
    from ...display.drawing.svg_text import with_text

    cells, pictures, options = [], {}, quarto_options(notebook)
    for label, output in labelled_outputs(notebook, name):
        about = output["metadata"].get(ABOUT, {}) or options.get(label, {}) if output else {}
        cells.append(
            {
                "cell_type": "code",
                "execution_count": 1 if output else None,
                "id": label[:64],
                "metadata": {},
                "source": option_lines(label, about),
                "outputs": [_report_output(output, about)] if output else [],
            }
        )
        if output and PNG in output["data"]:
            pictures[f"{label}.png"] = base64.b64decode(joined(output["data"][PNG]))
        if output and SVG in output["data"]:
            pictures[f"{label}.svg"] = with_text(joined(output["data"][SVG])).encode()
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    copy = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return copy, pictures


def quarto_options(notebook: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Give caption and alternative text that a cell has in Quarto's way, by its label."""
    found = {}
    for cell in notebook["cells"]:
        source = joined(cell["source"])
        label = LABEL.search(source) if cell["cell_type"] == "code" else None
        if label:
            given = {option: text.strip().strip("\"'") for option, text in OPTION.findall(source)}
            kind = label[1].strip("\"'")[:3]
            about = {"caption": given.get(f"{kind}-cap", ""), "alt": given.get("fig-alt", "")}
            found[label[1].strip("\"'")] = {name: text for name, text in about.items() if text}
    return found


def labelled_outputs(
    notebook: dict[str, Any], name: str
) -> Iterable[tuple[str, dict[str, Any] | None]]:
    """Give what each cell shows for the report, with its label.

    What `book.show` gives back has the label with it. A cell may have one too, as Quarto reads it
    (`#| label: fig-case`): it must be the same, or end in `-*` for all that begin so. What has no
    label of its own, under such a cell, is numbered: fig-case-1, fig-case-2.
    """
    seen = set()
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        found = LABEL.search(joined(cell["source"]))
        label = found[1].strip("\"'") if found else ""
        for own, output in _labelled(label, shown_outputs(cell), name):
            if not LABEL_FORM.fullmatch(own):
                raise RenderError(
                    f"The label '{own}' is neither fig-... nor tbl-....",
                    name,
                    "Use letters, digits, - and _ after fig- or tbl-.",
                )
            if own in seen:
                raise RenderError(f"Two cells have the label '{own}'.", name, "Rename one of them.")
            seen.add(own)
            yield own, output


def _labelled(
    label: str, outputs: list[dict[str, Any]], name: str
) -> Iterable[tuple[str, dict[str, Any] | None]]:
    own = [output["metadata"].get(ABOUT, {}).get("label", "") for output in outputs]
    if label.endswith(EACH):
        own = [one or f"{label[:-1]}{number}" for number, one in enumerate(own, 1)]
        stray = [one for one in own if not one.startswith(label[:-1])]
    else:
        stray = [one for one in own if label and one and one != label]
    if stray:
        raise RenderError(
            f"The cell labelled '{label}' shows '{stray[0]}'.", name, "Give both the same label."
        )
    if label and not label.endswith(EACH) and not any(own):
        return [(label, next(iter(outputs), None))]
    return [(one, output) for one, output in zip(own, outputs, strict=True) if one]


def shown_outputs(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the outputs of a cell that the report can show; printed text is not shown."""
    shown = [out for out in cell.get("outputs", []) if "data" in out]
    ours = [out for out in shown if ABOUT in out.get("metadata", {})]
    return ours or [out for out in shown if {SVG, PNG, HTML, MARKDOWN} & set(out["data"])]


def option_lines(label: str, about: dict[str, Any]) -> str:
    """Give the `#|` lines of a cell: label, caption (Markdown) and alternative text, as YAML."""
    kind = "fig" if label.startswith("fig-") else "tbl"
    lines = [f"#| label: {label}"]
    if about.get("caption"):
        caption = defuse(_one_line(about["caption"]))
        # Quarto reads a table's caption twice, as an attribute and as Markdown; a figure's once
        caption = doubled(caption) if kind == "tbl" else caption
        lines.append(f"#| {kind}-cap: {_quoted(caption)}")
    if about.get("alt") and kind == "fig":
        lines.append(f"#| fig-alt: {_quoted(defuse(_one_line(about['alt'])))}")
    return "\n".join(lines)


def defuse(markdown: str) -> str:
    """Keep Quarto from reading a shortcode in Markdown that came from data, escaped or not.

    Quarto looks for shortcodes in captions and values after their escapes are resolved, and stops
    at an unknown one. An invisible word joiner (U+2060) breaks the braces.
    """
    return CLOSES.sub("\\1\u2060", OPENS.sub("\\1\u2060", markdown))


def doubled(markdown: str) -> str:
    """Double the backslashes of a table's caption; `material` halves them again."""
    return markdown.replace("\\", "\\\\")


def harmless_table(html: str) -> str:
    """Give a table's HTML such that neither shortcodes nor Markdown fences can be read in it.

    Leading em spaces, which mark the level of a row's label, become a class; a group's size is not
    broken over two lines.
    """
    table = INDENTED.sub(lambda m: f'<td class="indent-{len(m[3])}"{m[2] or ""}>', html.strip())
    table = GROUP_SIZE.sub("n\u00a0=\u00a0", table)
    table = table.replace("{{", "&#123;&#123;").replace("}}", "&#125;&#125;")
    table = table.replace("```", "&#96;&#96;&#96;")
    return re.sub(r"\n\s*\n", "\n", table)


def _report_output(output: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    data, metadata = output["data"], {ABOUT: about} if about else {}
    kept: dict[str, str] = {}
    if HTML in data:
        kept[MARKDOWN] = "```{=html}\n" + harmless_table(joined(data[HTML])) + "\n```"
    elif SVG in data or PNG in data:
        width = {"width": round(float(about.get("width_cm", 17.0)) * PX_PER_CM)}
        for kind in (SVG, PNG):
            if kind in data:
                kept[kind] = joined(data[kind]).strip()
                metadata[kind] = width
    elif MARKDOWN in data:
        kept[MARKDOWN] = defuse(joined(data[MARKDOWN]))
    return {"output_type": "display_data", "data": kept, "metadata": metadata}


def joined(value: str | list[str]) -> str:
    """Give a source or an output of a cell, which may be stored as a list of lines, as text."""
    return value if isinstance(value, str) else "".join(map(str, value))


def cell_title(source: str, count: int | None) -> str:
    """Name a cell by its number, and its label if it has one."""
    label = LABEL.search(source)
    return f"cell [{count or '-'}]" + (f" {label[1]}" if label else "")


def cell_name(cell: Mapping[str, Any]) -> str:
    """Name a cell by its number, its label if it has one, and its last line of code."""
    source = joined(cell["source"])
    lines = [line.strip() for line in source.splitlines()]
    code = [line for line in lines if line and not line.startswith("#")]
    name = cell_title(source, cell.get("execution_count"))
    return f"{name}, {shortened(code[-1], NAMED)}" if code else name


def shortened(text: str, most: int) -> str:
    """Give a text on one line, cut where it has more than `most` characters."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[:most]} …"


def _one_line(text: str) -> str:
    return BLANKS.sub(" ", text).strip()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
