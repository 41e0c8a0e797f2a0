"""The renderer of choice where it is installed: Quarto itself, reading stored outputs only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from ...errors import RenderError
from ...processes import run
from ..project.sources import by_source
from .pandoc import QUARTO_FILE, read_settings

WRITERS = {"html": "html", "pdf": "typst", "docx": "docx"}
SECONDS = 600


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


def render_quarto(project: Path, work: Path, formats: Iterable[str]) -> list[Path]:
    """Render a copy of the project in `work` with Quarto; parameters as `pandoc.render_pandoc`.

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
    copy = work / "project"
    copy_project(project, copy)
    out = read_settings(project).get("project", {}).get("output-dir", ".")
    made = []
    for name in formats:
        _run(program, copy, WRITERS[name])
        path = copy / out / "report" / f"report.{name}"
        if not path.is_file():
            raise RenderError(f"Quarto wrote no report.{name}.", QUARTO_FILE, "Check output-file.")
        made.append(path.replace(work / path.name))
    return made


def copy_project(project: Path, copy: Path) -> None:
    """Copy what Quarto reads, and nothing else, for it writes beside its sources."""
    copy.mkdir(parents=True)
    for name in (QUARTO_FILE, "_variables.yml"):
        if (project / name).is_file():
            shutil.copyfile(project / name, copy / name)
    for name in ("report", "_generated"):
        if (project / name).is_dir():
            shutil.copytree(project / name, copy / name)


def _run(program: str, project: Path, writer: str) -> None:
    command = [program, "render", "report/index.qmd", "--to", writer]
    environment = os.environ | {"NO_COLOR": "1"}
    try:
        done = run(command, cwd=project, timeout=SECONDS, env=environment)
    except subprocess.TimeoutExpired:
        raise RenderError(f"Quarto took more than {SECONDS} s.", writer) from None
    if done.returncode:
        said = (done.stderr + done.stdout).strip().splitlines()
        raise RenderError(by_source("Quarto stopped:\n" + "\n".join(said[-15:])), writer)
