"""The built-in renderer, made of wheels only: pandoc, one Lua filter, and Typst for the PDF."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...errors import RenderError
from ...processes import run
from ..files.publish import share
from ..project.material import Material, Output
from ..project.paragraphs import paragraphs_of
from ..project.quarto_files import settings
from ..project.report_copy import PICTURES, PNG, SVG
from ..project.sources import SHORTCODE, Line, main_folder, read_sources
from ..request import SLIDES
from .slides import finish_slides, reference

METADATA = (
    "lang",
    "number-sections",
    "link-citations",
    "toc-title",
    "bibliography",
    "csl",
    "author",
    "date",
    "abstract-title",
)
EXTENSIONS = "markdown+emoji-implicit_figures"
TEMPLATES = Path("templates")
OFFICE = ("docx", SLIDES)
PANIC = "PanicException"  # a fault in Typst itself; as pyo3 raises it, it is no Exception
# an address that pandoc leaves as it is: the name of a file
PLACE = re.compile(r'src="data:(image/[\w+]+),([\w-]+\.\w+)"')
STANDARDS = ("ua-1", "a-2a")  # for readers who listen, and for archives


def pandoc_version() -> str:
    """Name the versions that the built-in renderer is made of."""
    import pypandoc

    return f"{pypandoc.get_pandoc_version()} and typst {version('typst')}"


def render_pandoc(
    project: Path, work: Path, formats: Iterable[str]
) -> tuple[list[Path], list[str]]:
    """Render a project with pandoc and Typst.

    Parameters
    ----------
    project : Path
        See `render.render`.
    work : Path
        An empty folder for what lies between source and document; the documents are made here.
    formats : iterable of {"html", "pdf", "docx", "pptx"}

    Returns
    -------
    list of Path
        The documents.
    list of str
        What a reader of the messages should know; always empty.

    Raises
    ------
    RenderError
        With pandoc's or Typst's own message.
    """
    lines, material = read_sources(project), Material(project)
    source = work / "report.md"
    source.write_text(assemble(lines), encoding="utf-8", newline="\n")
    options = settings(project)
    metadata = {key: options[key] for key in METADATA if key in options}
    (work / "metadata.json").write_text(json.dumps(metadata, default=str), encoding="utf-8")
    cells = _cells(lines, material)
    writers = {"html": _html, "pdf": _pdf, "docx": _docx, SLIDES: _pptx}

    def make(name: str) -> Path:
        folder = work / name
        folder.mkdir()
        _write_material(folder, material, cells, name)
        return writers[name](main_folder(project), folder, options)

    # the programs run beside each other; each format has a folder of its own
    # threads do: the work is that of other programs
    with ThreadPoolExecutor(len(writers)) as pool:
        return list(pool.map(make, formats)), []


def assemble(lines: Iterable[Line]) -> str:
    """Give the report as one Markdown text; its shortcodes become spans and divs for the filter.

    Each paragraph bears a mark with its number, which only the DOCX keeps (see `paragraphs`).
    """
    lines = list(lines)
    texts = [_without_shortcodes(line) for line in lines]
    for one in paragraphs_of(lines):
        mark = f"{one.lead}[]{{.source-mark n={one.number}}}"
        texts[one.first] = mark + texts[one.first][len(one.lead) :]
    return "\n".join(texts) + "\n"


def _without_shortcodes(line: Line) -> str:
    return line.text if line.kind == "code" else SHORTCODE.sub(_placeholder, line.text)


def _placeholder(found: re.Match[str]) -> str:
    name, *arguments = found[1].split()
    if name in ("var", "meta"):
        return f"[]{{.shortcode-{name} key={arguments[0]}}}"
    if name == "embed":
        return f"\n::: {{.shortcode-embed label={arguments[0].partition('#')[2]}}}\n:::\n"
    return "\n::: {.shortcode-pagebreak}\n:::\n"


def _cells(lines: Iterable[Line], material: Material) -> dict[str, tuple[Output, Path]]:
    """Give what is embedded, by label, each with the folder of its notebook."""
    found = {}
    for line in lines:
        for words in line.shortcodes:
            output = material.output(words[1]) if words[0] == "embed" else None
            if output:
                folder = (main_folder(material.project) / words[1].partition("#")[0]).parent
                found[output.label] = (output, folder.resolve())
    return found


def _write_material(
    work: Path, material: Material, cells: dict[str, tuple[Output, Path]], kind: str
) -> None:
    """Write what the Lua filter reads, and the pictures of this format."""
    described: dict[str, dict[str, Any]] = {}
    for label, (output, folder) in cells.items():
        cell: dict[str, Any] = {"caption": output.caption}
        if output.is_figure:
            cell |= {"alt": output.alt, "width_cm": f"{output.width_cm:g}"}
            cell["image"] = _picture(output, folder, work, kind)
        else:
            cell["html"] = output.table_html
        described[label] = cell
    text = json.dumps({"variables": material.variables, "cells": described}, ensure_ascii=False)
    (work / "material.json").write_text(text, encoding="utf-8")


def _picture(output: Output, folder: Path, work: Path, kind: str) -> str:
    """Give the file that a format shows: the drawing (SVG), or for DOCX the picture (PNG).

    For HTML its place is held: see `_with_picture`.
    """
    png = folder / PICTURES / f"{output.label}.png"
    if (kind in OFFICE or SVG not in output.data) and png.is_file():
        return png.as_posix() if kind in OFFICE else _held(PNG, kind) + _copied(png, work)
    if SVG not in output.data:
        raise RenderError(
            f"The picture {png.name} is missing.", output.label, "Write the report copies again."
        )
    path = work / f"{output.label}.svg"
    with_text = folder / PICTURES / path.name
    if kind == "pdf" and with_text.is_file():
        share(with_text, path)
    else:
        path.write_text(output.data[SVG], encoding="utf-8")
    return _held(SVG, kind) + path.name


def _held(mime: str, kind: str) -> str:
    return f"data:{mime}," if kind == "html" else ""


def _copied(png: Path, work: Path) -> str:
    (work / png.name).write_bytes(png.read_bytes())
    return png.name


def _pandoc(
    report: Path, work: Path, target: str, *options: str, filters: Sequence[str] = ()
) -> Path:
    """Run pandoc in the report's folder, where the bibliography and the style are."""
    import pypandoc

    made = work / target
    command = [
        pypandoc.get_pandoc_path(),
        str(work.parent / "report.md"),
        f"--from={EXTENSIONS}",
        "--standalone",
        f"--output={made}",
        f"--metadata-file={work.parent / 'metadata.json'}",
        f"--metadata=report-material:{work / 'material.json'}",
        "--wrap=none",
        *options,
    ]
    for name in ("report", "tables", "paragraphs", "links", *filters):
        command.append(f"--lua-filter={report / 'filters' / name}.lua")
    done = run(command, cwd=report)
    if done.returncode:
        raise RenderError(done.stderr.strip() or "pandoc stopped.", "pandoc")
    return made


def _html(report: Path, work: Path, options: dict[str, Any]) -> Path:
    of_html = options.get("format", {}).get("html", {})
    contents = ["--toc", f"--toc-depth={of_html.get('toc-depth', 2)}"] if of_html.get("toc") else []
    made = _pandoc(
        report,
        work,
        "report.html",
        "--to=html5",
        _template(report, "report.html"),
        "--embed-resources",
        "--mathml",
        "--section-divs",
        f"--include-in-header={report / TEMPLATES / 'preview.html'}",
        *_numbered(options),
        *contents,
    )
    text = PLACE.sub(partial(_with_picture, work), made.read_text(encoding="utf-8"))
    made.write_text(text, encoding="utf-8", newline="\n")
    return made


def _with_picture(work: Path, place: re.Match[str]) -> str:
    """Put a picture where its place is held: pandoc would read a page of megabytes to do so."""
    file = work / place[2]
    if not file.is_file():  # words of the report that look like it
        return place[0]
    code = base64.b64encode(file.read_bytes()).decode("ascii")
    return f'src="data:{place[1]};base64,{code}"'


def _docx(report: Path, work: Path, options: dict[str, Any]) -> Path:
    reference = report / TEMPLATES / "reference.docx"
    return _pandoc(
        report,
        work,
        "report.docx",
        "--to=docx",
        f"--reference-doc={reference}",
        *_numbered(options),
    )


def _pptx(report: Path, work: Path, options: dict[str, Any]) -> Path:
    made = _pandoc(
        report,
        work,
        f"report.{SLIDES}",
        f"--to={SLIDES}",
        f"--reference-doc={reference(work / 'reference.pptx')}",
        "--slide-level=2",
        *_numbered(options),
        filters=["slides"],
    )
    cells = json.loads((work / "material.json").read_text(encoding="utf-8"))["cells"]
    finish_slides(made, {label: cell.get("alt", "") for label, cell in cells.items()})
    return made


def _pdf(report: Path, work: Path, options: dict[str, Any]) -> Path:
    template = _template(report, "builtin.typ")
    source = _pandoc(report, work, "report.typ", "--to=typst-citations", template)
    return compile_typst(source, work / "report.pdf", report / "fonts")


def compile_typst(source: Path, target: Path, more_fonts: Path) -> Path:
    """Compile a Typst file to PDF/UA-1 and PDF/A-2a.

    Only fonts that come with Typst, matplotlib or the report are used; a font of the machine for
    letters that those lack, and only if there are such letters. The standards refuse a letter that
    no font has: such a PDF claims none of them.
    """
    import matplotlib
    import typst

    own = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    wider = _wider_fonts(source)
    folders = [str(folder) for folder in (own, more_fonts, wider) if folder.is_dir()]
    said = ""
    # once more without them, rather than no PDF: for letters that no font has
    for standards in (STANDARDS, ()):
        try:
            typst.compile(
                str(source),
                output=str(target),
                root=str(source.parent),
                font_paths=folders,
                # a font of this machine would set other lines, and another page, than on the next
                ignore_system_fonts=True,
                pdf_standards=list(standards),
                timestamp=int(os.environ.get("SOURCE_DATE_EPOCH", "0")),
            )
            return target
        except BaseException as error:
            if not isinstance(error, typst.TypstError) and type(error).__name__ != PANIC:
                raise
            said = said or str(error)
    raise RenderError(f"Typst stopped: {said}", source.name)


def _wider_fonts(source: Path) -> Path:
    """Give a folder with the font of the machine that the text needs; empty if it needs none."""
    from ...display.drawing.letters import foreign, wider_files

    folder = source.parent / "wider_fonts"
    folder.mkdir(exist_ok=True)
    if foreign(source.read_text(encoding="utf-8")):
        for file in wider_files():
            share(file, folder / file.name)
    return folder


def _template(report: Path, name: str) -> str:
    return f"--template={report / TEMPLATES / name}"


def _numbered(options: dict[str, Any]) -> list[str]:
    return ["--number-sections"] if options.get("number-sections") else []
