"""The renderer of choice where it is installed: Quarto itself, reading stored outputs only."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from ...errors import RenderError
from ...processes import run
from ..project.language import FRONT
from ..project.material import Material
from ..project.quarto_files import PROFILE, SETTINGS, profiles, settings
from ..project.sources import MAIN, by_source
from ..request import FORMATS

WRITERS = {"html": "html", "pdf": "typst", "docx": "docx"}
SECONDS = 600
WARNED = re.compile(r"^\W*(?:WARN(?:ING)?\b|\[W\b|warning:).*", re.MULTILINE)
# Typst itself refuses what breaks a standard; Quarto would have another program look again. Of the
# fonts for Chinese letters the template names those of several systems. Words of the documents are
# those of the study's language, not pandoc's.
IDLE = re.compile("verapdf is not installed|unknown font family|translation")
VAR = r"\{\{<\s*var\s+(\S+)\s*>\}\}"
GLUED = re.compile(rf"(?<=\S){VAR}|{VAR}(?=\S)")  # to a letter or another value
ERROR = re.compile(r"\b(?:FATAL|ERROR|Error)\b")
TRACE = re.compile(r"\t|stack traceback:|\s+at ")  # of Lua, of JavaScript
COLOUR = re.compile(r"\x1b\[[\d;]*m")


def find_quarto() -> str | None:
    """Give the path of `quarto`, or None."""
    return shutil.which("quarto")


@lru_cache(maxsize=4)
def quarto_version(program: str) -> str:
    """Ask a Quarto for its version; empty if it does not answer."""
    try:
        done = run([program, "--version"], timeout=60)
    except (OSError, subprocess.SubprocessError):
        return ""
    return "" if done.returncode else done.stdout.strip()


def render_quarto(
    project: Path, work: Path, formats: Iterable[str]
) -> tuple[list[Path], list[str]]:
    """Render copies of the project in `work` with Quarto, one for each format, side by side.

    Parameters
    ----------
    project, work : Path
        See `pandoc.render_pandoc`.
    formats : iterable of str
        "html", "pdf" (by Typst), "docx", or any that Quarto knows: its documents are in a folder
        with its name.

    Returns
    -------
    list of Path
        The documents, and the folders of other formats.
    list of str
        What Quarto warned of.

    Raises
    ------
    RenderError
        With the end of what Quarto said.
    """
    program = find_quarto()
    if program is None:
        raise RenderError(
            "Quarto is not installed.",
            "quarto",
            "Install it, or use the built-in renderer: --renderer pandoc.",
        )
    out = settings(project).get("project", {}).get("output-dir", ".")

    def make(name: str) -> tuple[Path, list[str]]:
        copy = work / f"{name}-project"
        # Quarto writes beside its sources
        shutil.copytree(project, copy, ignore=shutil.ignore_patterns("_output", ".*"))
        _with_values(copy)
        said = _run(program, copy, WRITERS.get(name, name))
        made = copy / out / "report"
        if name not in FORMATS:
            if not made.is_dir():
                raise RenderError(f"Quarto wrote nothing for {name}.", SETTINGS)
            _with_latex((copy / MAIN).parent, made)
            return made.replace(work / name), said
        path = made / f"report.{name}"
        if not path.is_file():
            raise RenderError(f"Quarto wrote no report.{name}.", SETTINGS, "Check output-file.")
        return path.replace(work / path.name), said

    names = list(formats)
    # two at a time: each takes a processor and half a gigabyte
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(make, names))
    return [path for path, _ in made], list(dict.fromkeys(s for _, said in made for s in said))


def _with_latex(report: Path, made: Path) -> None:
    """Put the LaTeX of a PDF beside it, with all that it needs: journals ask for it."""
    if not (report / "index.tex").is_file() or (made / "index.tex").exists():
        return
    for ending in ("*.tex", "*.cls", "*.bst", "*.sty", "*.bib"):
        for path in report.glob(ending):
            shutil.copyfile(path, made / path.name)
    shutil.copytree(report / "index_files", made / "index_files", dirs_exist_ok=True)


def _with_values(project: Path) -> None:
    """Put values into the abstract where no blanks are beside them: Quarto would lose those.

    It looks for shortcodes there word by word, and Chinese puts no blanks between sentences.
    """
    main = project / MAIN
    front = FRONT.match(text := main.read_text(encoding="utf-8"))
    if front is None:
        return
    values = Material(project).variables

    def value(found: re.Match[str]) -> str:
        return " ".join(values.get(found[1] or found[2], found[0]).split())

    lines = front[1].splitlines(keepends=True)
    said = "".join(GLUED.sub(value, one) if one.startswith("  ") else one for one in lines)
    main.write_text(f"---\n{said}---\n{text[front.end() :]}", encoding="utf-8", newline="\n")


def _run(program: str, project: Path, writer: str) -> list[str]:
    """Render one format; give the warnings."""
    command = [program, "render", "report/index.qmd", "--to", writer]
    if writer.endswith("pdf"):
        command += ["--metadata", "keep-tex:true"]
    # messages are searched: colours would stand between their words
    environment = os.environ | {"NO_COLOR": "1"}
    if active := profiles(project):
        environment[PROFILE] = ",".join(active)
    try:
        done = run(command, cwd=project, timeout=SECONDS, env=environment)
    except subprocess.TimeoutExpired:
        raise RenderError(f"Quarto took more than {SECONDS} s.", writer) from None
    said = COLOUR.sub("", done.stderr + done.stdout).replace(f"{project}{os.sep}", "").strip()
    if done.returncode:
        raise RenderError(by_source(f"Quarto stopped:\n{_reason(said)}"), writer)
    warned = [by_source(line.strip()) for line in WARNED.findall(said) if not IDLE.search(line)]
    return [f"Quarto ({writer}): {line}" for line in warned]


def _reason(said: str) -> str:
    """Give the end of what Quarto said, from its first error on; the rest of it is a trace."""
    lines = [line for line in said.splitlines() if not TRACE.match(line)]
    first = next((k for k, line in enumerate(lines) if ERROR.search(line)), len(lines) - 15)
    return "\n".join(lines[max(first, 0) :][:15])


def is_format(name: str) -> bool:
    """Say whether Quarto may know a format: one of pandoc's, or `journal-pdf` of an extension."""
    import pypandoc

    # extensions of pandoc's stand after a plus, and before a dash the journal of a template
    base = re.sub(r"\+.*", "", name).rpartition("-")[2]
    done = run([pypandoc.get_pandoc_path(), "--list-output-formats"])
    return base in {*done.stdout.split(), "pdf", "dashboard"}
