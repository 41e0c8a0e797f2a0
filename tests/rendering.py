"""A small project for the tests of rendering: two executed notebooks, values, a report."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import matplotlib
import pytest

matplotlib.use("agg")
from matplotlib.figure import Figure as Drawing

from cohortbook.build.project.report_copy import write_report_copy
from cohortbook.build.project.stage import write_fonts
from cohortbook.build.render.quarto import find_quarto
from cohortbook.display.drawing.figure import Figure
from cohortbook.display.layout.table import Cell, Row, Table

NO_QUARTO = pytest.mark.skipif(not find_quarto(), reason="no quarto on PATH")
RENDERERS = ["pandoc", pytest.param("quarto", marks=NO_QUARTO)]
ROOT = Path(__file__).resolve().parents[1]
CITED, LISTED = " ADDIN ZOTERO_ITEM CSL_CITATION ", " CSL_BIBLIOGRAPHY "
FIXTURE = Path(__file__).parent / "render_fixture"
HOSTILE = [
    "<script>alert(1)</script>",
    '#import "x.typ": *',
    "=cmd|' /C calc'!A0",
    "{{< include ../secret.qmd >}}",
    "{{< var no.such >}}",
    "@fig-nowhere and [@nobody]",
    "*stars* _under_ `code` $x^2$",
    "```{=html}",
    "a | b \\ c ~ d ^ e",
    "]]> --> </table>",
    "&amp; &#60; <br>",
    "Zoë Ørsted 5 µg ≥ 2×",
    "\\u0000 \\n %s {}",
    "#pagebreak()",
]

HOSTILE_CAPTION = (
    r"Text from data: \{\{\< include x \>\}\}, \@fig-x, \*not bold\*, \<b\>, a\_b\_c, 5 \\ 6, "
    r"\"q\", \$x^2\$, 1\. \#import."
)


def citation_fields(document: str) -> list[dict]:
    """Give what the citation fields of a `document.xml` hold, in their order."""
    codes = map(unescape, re.findall(r"<w:instrText[^>]*>(.*?)</w:instrText>", document, re.DOTALL))
    return [json.loads(code.removeprefix(CITED)) for code in codes if code.startswith(CITED)]


def figure_output(width_cm: float, caption: str, alt: str = "A rising line.") -> dict:
    """Give the output of a cell that shows a figure."""
    drawing = Drawing(figsize=(width_cm / 2.54, width_cm / 2.54 * 0.6))
    axes = drawing.add_subplot()
    axes.plot([0, 12, 24], [1.0, 0.6, 0.4])
    axes.set(xlabel="Months", ylabel="Survival")
    with matplotlib.rc_context({"svg.hashsalt": "test", "svg.fonttype": "path"}):
        return output(Figure(drawing, caption, alt, data=None, publish=True))


def table_output(rows: int, caption: str, hostile: bool = False) -> dict:
    """Give the output of a cell that shows a table of three columns."""
    body = [Row(("Tumour",), group=True)]
    body += [
        Row(
            (
                f"Level {i}" + " of a rather long label that may need two lines" * (i % 7 == 3),
                f"{i} ({i / 3:.1f})",
                f"0.{i:03d}",
            ),
            indent=1 + (i % 5 == 4),
        )
        for i in range(rows)
    ]
    if hostile:
        body += [Row((text, text, "1")) for text in HOSTILE]
    columns = ["Characteristic", "ICI (n = 31)", Cell("P value", ("Fisher's exact test.",))]
    return output(Table(columns, body, caption, notes=["Values are n (%)."], widths=[3, 1.5, 1]))


def output(shown: Figure | Table) -> dict:
    """Give the output of a cell that shows a figure or a table."""
    data, metadata = shown._repr_mimebundle_()
    data = {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in data.items()}
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def cell(label: str, *outputs: dict) -> dict:
    """Give an executed code cell."""
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "id": label,
        "source": f"#| label: {label}\nbook.show(result)",
        "outputs": list(outputs),
    }


def notebook(*cells: dict) -> dict:
    """Give a notebook."""
    text = {"cell_type": "markdown", "id": "text", "metadata": {}, "source": "# Title"}
    return {"cells": [text, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def make_project(folder: Path) -> Path:
    """Lay out the fixture as a build does, with the project's own templates."""
    shutil.copytree(FIXTURE, folder)
    shutil.copyfile(ROOT / "_quarto.yml", folder / "_quarto.yml")
    for name in ("filters", "templates"):
        shutil.copytree(ROOT / "report" / name, folder / "report" / name)
    for name in ("styles.css", "vancouver.csl"):
        shutil.copyfile(ROOT / "report" / name, folder / "report" / name)
    first = notebook(
        cell("fig-wide", figure_output(17.0, "Overall survival, *by arm*, after [@kaplan1958].")),
        cell("fig-narrow", figure_output(8.0, "A column. See @tbl-short. " + HOSTILE_CAPTION)),
    )
    second = notebook(
        cell("tbl-short", table_output(4, "Baseline characteristics.")),
        cell("tbl-long", table_output(90, "A table over several pages.")),
        cell("tbl-hostile", table_output(2, HOSTILE_CAPTION, hostile=True)),
        cell("tbl-empty"),
    )
    target = folder / "_generated" / "notebooks"
    target.mkdir(parents=True)
    for name, content in {"01-cohort": first, "02-safety": second}.items():
        source = folder / f"{name}.ipynb"
        source.write_text(json.dumps(content), encoding="utf-8")
        write_report_copy(source, target / source.name)
        source.unlink()
    write_fonts(folder / "_generated" / "fonts")
    return folder


def tags(element: object) -> Iterator[str]:
    """Give the kinds of all structure elements of a PDF under one."""
    element = element.get_object()
    if isinstance(element, list):
        for child in element:
            yield from tags(child)
    elif isinstance(element, dict):
        if "/S" in element:
            yield str(element["/S"])
        if "/K" in element:
            yield from tags(element["/K"])
