"""What is asked of a build, and what it gives back: light, for a build that has nothing to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .files.commit import Source
from .where import kept_in, made_in, named, project_root

FORMATS = ("html", "pdf", "docx")
SLIDES = "pptx"  # made if asked for, by the built-in renderer
REPORT = Path("report")
__all__ = ["FORMATS", "REPORT", "SLIDES", "Report", "Request", "near", "project_root"]


@dataclass(frozen=True)
class Request:
    """What is to be built.

    Attributes
    ----------
    study : Path
        The study folder.
    root : Path
        The project: `notebooks/`, `report/`, `_quarto.yml`.
    out : Path or None
        Output folder; if not given `_output/<name of the study folder>`, in a clone or else
        beside the study.
    renderer : {"auto", "quarto", "pandoc"}
    formats : sequence of {"html", "pdf", "docx", "pptx"}
        And, with Quarto, any of its own.
    fresh : bool
        Run every notebook, whatever is kept from earlier builds.
    settings : mapping
        Notebook parameters by name, values as text.
    workers : int
        Notebooks run at a time; 0 is one a processor.
    source : Source or None
        The commit of the project, where `root` is a copy without its history.
    for_submission : bool
        The DOCX is double-spaced and its lines are numbered.
    journal : str
        Profile that figure files are checked against; that of the study file if empty.
    """

    study: Path
    root: Path
    out: Path | None = None
    renderer: str = "auto"
    formats: Sequence[str] = FORMATS
    fresh: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    workers: int = 0
    source: Source | None = None
    for_submission: bool = False
    journal: str = ""

    @property
    def final(self) -> Path:
        """The output folder as an absolute path.

        Raises
        ------
        CohortbookError
            If it has no name, as the root of the file system.
        """
        return named(self.out or made_in(self.root, self.study) / self.study.resolve().name)

    @property
    def work(self) -> Path:
        """The folder of `.cache` and `_build`: the project, or the user's cache folder."""
        return kept_in(self.root)


@dataclass(frozen=True)
class Report:
    """What was built: documents, renderer, why each notebook ran, what a journal would refuse.

    `reads` is what the notebooks opened, by name, with its state then; None if that is not known.
    """

    out: Path
    documents: list[Path]
    renderer: str
    reasons: dict[str, str]
    statistics: int
    misfits: tuple[str, ...] = ()
    reads: Mapping[str, str] | None = field(default_factory=dict)


def near(path: Path) -> str:
    """Give a path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
