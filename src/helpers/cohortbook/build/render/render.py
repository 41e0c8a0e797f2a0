"""One front for both renderers: check the sources, render, check and finish the documents."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...errors import RenderError
from ...scratch import scratch_folder
from ..project.language import LANGUAGE
from ..project.quarto_files import SETTINGS, settings
from ..project.sources import read_sources
from ..project.stage import GENERATED
from ..request import FORMATS, SLIDES
from .docx import finish_docx
from .docx_comments import read_comments
from .gates import check_sources
from .gates_after import check_documents
from .pandoc import pandoc_version, render_pandoc
from .quarto import find_quarto, quarto_version, render_quarto
from .unread import told

RENDERERS = {"quarto": render_quarto, "pandoc": render_pandoc}


@dataclass(frozen=True)
class RenderResult:
    """The documents (`report.html`, `report.pdf`, `report.docx`), and what made them.

    Other formats of Quarto's have a folder each. `said` are warnings.
    """

    paths: list[Path]
    renderer: str
    version: str
    said: tuple[str, ...] = ()


def choose_renderer(name: str = "auto", formats: Sequence[str] = FORMATS) -> tuple[str, str]:
    """Give the renderer that will be used, and its version.

    Parameters
    ----------
    name : {"auto", "quarto", "pandoc"}
        "auto" is Quarto where a working one is on PATH, otherwise the built-in renderer.
    formats : sequence of str
        What it has to make.

    Raises
    ------
    RenderError
        If there is no such renderer, it is not installed, or it does not make these formats.
    """
    if name not in ("auto", *RENDERERS):
        raise RenderError(f"There is no renderer '{name}'.", mend="Use auto, quarto or pandoc.")
    program = find_quarto() if name != "pandoc" else None
    version = quarto_version(program) if program else ""
    if version:
        return "quarto", version
    if name == "quarto":
        raise RenderError(
            "Quarto is not installed, or does not start.",
            mend="Install it, or use the built-in renderer: --renderer pandoc.",
        )
    others = [one for one in formats if one not in (*FORMATS, SLIDES)]
    if others:
        known = ", ".join((*FORMATS, SLIDES))
        raise RenderError(
            f"The built-in renderer makes {known}, not {', '.join(others)}.",
            "--formats",
            "Quarto does, where it is installed: https://quarto.org.",
        )
    return "pandoc", pandoc_version()


def render(
    project: Path,
    out_dir: Path,
    renderer: str = "auto",
    formats: Sequence[str] = FORMATS,
    for_submission: bool = False,
) -> RenderResult:
    """Render the report of a project.

    Parameters
    ----------
    project : Path
        Holds `_quarto.yml`, `_variables.yml`, `report/` and `_generated/`; nothing is written
        there.
    out_dir : Path
        Takes the documents.
    renderer : {"auto", "quarto", "pandoc"}
    formats : sequence of {"html", "pdf", "docx", "pptx"}
        And, with Quarto, any of its own.
    for_submission : bool
        Double spacing and line numbers in the DOCX.

    Returns
    -------
    RenderResult

    Raises
    ------
    RenderError
        If a gate before or after rendering fails, or the renderer does. No document is then
        written to `out_dir`.
    """
    name, version = choose_renderer(renderer, formats)
    _check_language(project)
    check_sources(project)
    with scratch_folder() as folder, _dated():
        made, said = _documents(name, project.resolve(), folder, formats)
        said += told(project) if name == "pandoc" else []
        for path in made:
            if path.suffix == ".docx":
                # Quarto puts values in before a filter could mark them
                lines = read_sources(project) if name == "pandoc" else []
                finish_docx(path, for_submission, lines, read_comments(project))
        # before they are put in place: a faulty document never replaces a good one
        check_documents(made)
        out_dir.mkdir(parents=True, exist_ok=True)
        paths = [_put(path, out_dir / path.name) for path in made]
    return RenderResult(paths, name, version, tuple(said))


def _check_language(project: Path) -> None:
    """Refuse a language of which a renderer would know a few words, and the report none."""
    language = str(settings(project).get("lang", "en"))
    said = project / GENERATED / LANGUAGE
    written = said.read_text(encoding="utf-8") if said.is_file() else "en"
    if language.partition("-")[0].lower() != written.partition("-")[0].lower():
        name = "English" if written == "en" else written
        raise RenderError(
            f"`lang: {language}`: the report is written in {name}.",
            SETTINGS,
            "Remove it: half of a report would be in another language. `language` of the study "
            "file sets that of all of it.",
        )


def _documents(
    name: str, project: Path, folder: Path, formats: Sequence[str]
) -> tuple[list[Path], list[str]]:
    """Make the documents with a renderer; slides with the built-in one, Quarto's are the report."""
    if name == "pandoc" or SLIDES not in formats:
        return RENDERERS[name](project, folder, formats)
    made, said = RENDERERS[name](project, folder, [one for one in formats if one != SLIDES])
    return made + RENDERERS["pandoc"](project, folder, (SLIDES,))[0], said


def _put(made: Path, target: Path) -> Path:
    return Path(shutil.copytree(made, target) if made.is_dir() else shutil.copyfile(made, target))


@contextmanager
def _dated() -> Iterator[None]:
    """Let documents bear a fixed date where the caller has set none."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = before or "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
