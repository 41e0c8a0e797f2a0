"""What every notebook starts with: the cohort, and the book its results are kept in."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from .analysis.small_cells import withhold
from .cohort import Cohort, load_cohort
from .errors import CohortbookError
from .results import ResultBook
from .sections import SECTIONS, omission


class NothingToDo(CohortbookError):
    """A notebook whose data the study lacks: not a failure, the notebook ends here."""

    def _render_traceback_(self):
        return [self.what]


class Sentence(str):
    """Computed prose (Markdown): shown as text in a notebook."""

    def _repr_markdown_(self) -> str:
        return str(self)


class Book(ResultBook):
    """A notebook's results, figures and tables; in a build they are also written to files."""

    cohort: Cohort | None = None

    def includes(self, section: str) -> bool:
        """Say whether the study has what a section needs; if not, print its one sentence."""
        sentence = omission(self.cohort, section)
        if sentence:
            print(sentence)
        return sentence is None

    def leave_out(self, **found: str) -> None:
        """Record which sections of the manuscript this study leaves out, and the sentences.

        `found` names sections that turned out to have nothing to show, each with its sentence.
        """
        if not self.folder:
            return
        sentences = {name: omission(self.cohort, name) for name in SECTIONS} | found
        left_out = {name: text for name, text in sentences.items() if text is not None}
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(left_out, ensure_ascii=False, sort_keys=True)
        (self.folder / f"{self.notebook}.omitted.json").write_text(text, encoding="utf-8")

    def show(self, label: str, shown: Any, caption: str = "", alt: str = "") -> Any:
        """Give a figure or table back for display, and in a build export it under its label.

        Parameters
        ----------
        label : str
            "fig-name" or "tbl-name".
        shown : Figure, Table, or a figure or table of your own
            A matplotlib Figure or Axes, a seaborn grid; a pandas DataFrame.
        caption, alt : str
            Caption (Markdown) and alternative text: needed for your own. Where they are given with
            a figure of this package they stand in place of its own.

        Raises
        ------
        CohortbookError
            For a label of another form, what is neither figure nor table, or words that lack.
        """
        from .display.own import prepared

        shown = prepared(label, shown, caption, alt)
        self._without_patients(label, shown)
        if self.folder:
            shown.publish = True
            kind = "figures" if label.startswith("fig-") else "tables"
            shown.export(self.folder / kind / label)
        return shown

    def _without_patients(self, label: str, shown: Any) -> None:
        """Refuse an own table that has a row a patient, unless the study shows identifiers."""
        if self.cohort is None or self.cohort.study.privacy.show_ids:
            return
        names = {"patient_id", self.cohort.study.columns.patient_id}
        if getattr(shown, "names", frozenset()) & names:
            raise CohortbookError(
                "The table names patients, and the study does not show identifiers.",
                f'book.show("{label}", ...)',
                'Leave the column out (.drop(columns="patient_id")), or set `privacy: {show_ids: '
                "true}` in the study file.",
            )

    def save(self, name: str, results: pd.DataFrame) -> pd.DataFrame:
        """Keep a frame, its small counts withheld where the study asks for it; give it back."""
        return super().save(name, withhold(results, self.cohort))

    def say(self, **sentences: str) -> Sentence:
        """Keep computed sentences for the manuscript and show them."""
        self.quote(**sentences)
        return Sentence("\n\n".join(text for text in sentences.values() if text))


def start(
    notebook: str, study: str, results_dir: str = "", needs: str | Sequence[str] = ()
) -> tuple[Cohort, Book]:
    """Load the study of a notebook and open its book.

    Parameters
    ----------
    notebook : str
        The notebook's name, such as "03-survival".
    study : str
        The study folder.
    results_dir : str
        Where a build keeps results; empty while editing, when nothing is written.
    needs : str or sequence of str
        The section that the whole notebook makes, or several, of which one is enough.

    Returns
    -------
    (Cohort, Book)

    Raises
    ------
    NothingToDo
        If the study lacks what each of the sections needs.
    """
    import matplotlib as mpl

    from .display.style import RC

    mpl.rcParams.update(RC)
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    _show_figures_made_without_pyplot()
    book = Book(notebook, Path(results_dir) if results_dir else None)
    book.cohort = _cohort(study)
    book.leave_out()
    sections = [needs] if isinstance(needs, str) else list(needs)
    sentences = [omission(book.cohort, section) for section in sections]
    if sentences and None not in sentences:
        raise NothingToDo(sentences[0])
    return book.cohort, book


def _show_figures_made_without_pyplot() -> None:
    """Let a bare matplotlib Figure or Axes be seen; for those of pyplot Jupyter does it itself."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return

    def picture(shown: Any) -> bytes | None:
        from IPython.core.pylabtools import print_figure

        drawing = shown.get_figure(root=True)
        return None if getattr(drawing, "number", None) else print_figure(drawing, "png")

    png = shell.display_formatter.formatters["image/png"]
    for module, name in (("matplotlib.figure", "Figure"), ("matplotlib.axes._axes", "Axes")):
        png.for_type_by_name(module, name, picture)


LARGEST_AHEAD = 20_000_000
"""Bytes of a study above which it is not read ahead: it is read by threads, which no copy has."""
_ahead: dict[Path, tuple[str, Cohort]] = {}


def read_ahead(study: str | Path) -> None:
    """Read a study before a notebook asks for it, in the process that kernels are copied from.

    One that cannot be read is left to the notebook, which says why.
    """
    folder = Path(study).resolve()
    if sum(path.stat().st_size for path in _files(folder)) > LARGEST_AHEAD:
        return
    with suppress(CohortbookError, OSError):
        before = _content(folder)
        _ahead[folder] = before, load_cohort(folder)


def _cohort(study: str | Path) -> Cohort:
    """Give the cohort that was read ahead, if no file of its folder differs from then."""
    before, cohort = _ahead.get(Path(study).resolve(), ("", None))
    return cohort if cohort and before == _content(cohort.folder) else load_cohort(study)


def _content(folder: Path) -> str:
    """Give one hash of the names and bytes of all files of a folder."""
    found = hashlib.sha256()
    for path in _files(folder):
        content = path.read_bytes()
        found.update(f"{path.relative_to(folder)} {len(content)} ".encode() + content)
    return found.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
