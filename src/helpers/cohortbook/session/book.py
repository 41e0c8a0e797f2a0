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

from ..analysis.small_cells import withhold
from ..cohort.cohort import Cohort, another_study, load_cohort
from ..cohort.seal import refuse_changed
from ..display.language.speech import speech_of
from ..display.layout.table import Table
from ..errors import CohortbookError
from ..opened import RESULTS, unrecorded
from ..results import ResultBook, running_cell
from ..sections import SECTIONS, inside, omission
from ..study.study import STUDY_FILE
from ..verbs.result import Result, Sentences
from .cells import follow
from .used import used_by


class NothingToDo(CohortbookError):
    """A notebook whose data the study lacks: not a failure, the notebook ends here."""

    def _render_traceback_(self):
        return [self.what]


class Book(ResultBook):
    """A notebook's results, figures and tables; in a build they are also written to files."""

    base: Cohort | None = None
    """The cohort as the study file has it, without the choices of the notebook."""
    _cohort: Cohort | None = None
    _places: dict[str, dict[str, int]] | None = None

    @property
    def cohort(self) -> Cohort | None:
        """The cohort that this book is of; once it is set, that of another study is refused."""
        return self._cohort

    @cohort.setter
    def cohort(self, cohort: Cohort) -> None:
        self._same_study(cohort)
        self._cohort = cohort

    def _same_study(self, cohort: Cohort) -> None:
        if self._cohort is not None and _study_of(cohort) != _study_of(self._cohort):
            raise another_study(
                self._where(),
                cohort.folder or "without a folder",
                self._cohort.folder or "without a folder",
            )

    def _where(self) -> str:
        return f"{self.notebook}, cell [{running_cell()}]"

    def _of_one_study(self) -> None:
        """Refuse results while the notebook's `study` names another study than this book's."""
        given = _in_notebook("study")
        folder = self._cohort.folder if self._cohort else None
        if folder is None or not isinstance(given, str | Path):
            return
        other = Path(given).resolve()
        # a notebook may call something else `study`, such as a published one
        if other != folder.resolve() and (other / STUDY_FILE).is_file():
            raise another_study(self._where(), given, folder)

    def quote(self, **values: str) -> None:
        """Keep printed values for the prose, as Markdown."""
        self._of_one_study()
        super().quote(**values)

    def leave_out(self, **found: str) -> None:
        """Record which sections of the manuscript this study leaves out, and the sentences.

        `found` names sections that turned out to have nothing to show, each with its sentence.
        """
        if not self.folder:
            return
        self.found |= {part: "" for name in found for part in inside(name)} | found
        self._leave_out_of(self.cohort)

    def _leave_out_of(self, cohort: Cohort) -> None:
        if not self.folder or _study_of(cohort) != _study_of(self.cohort):
            return
        sentences = {name: omission(cohort, name) for name in SECTIONS} | self.found
        speech = speech_of(cohort)
        left_out = {
            name: speech.text(text) if speech else text
            for name, text in sentences.items()
            if text is not None
        }
        self._write("omitted", left_out)
        self._note_untranslated()

    def save(self, name: str, results: Result | pd.DataFrame) -> Result | pd.DataFrame:
        """Keep the frames of a result under a name, and the settings it was made with; give it
        back."""
        self._of_one_study()
        self._place("frames", name)
        if not isinstance(results, Result):
            return super().save(name, withhold(results, self.cohort))
        results.refuse_edited()
        self._note(name, results.cohort)
        super().save(name, results.frame)
        return results

    def show(self, label: str, shown: Any, caption: str = "", alt: str = "", part: str = "") -> Any:
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
        part : str
            The part of the manuscript that is left out where there is nothing to show. Without it
            only the sentences that name the label are.

        Raises
        ------
        CohortbookError
            For a label of another form, what is neither figure nor table, or words that lack.
        """
        from ..display.drawing.own import prepared

        self._of_one_study()
        made_from = getattr(shown, "made_from", None)
        shown = prepared(label, shown, caption, alt)
        self._note_untranslated()
        if not shown.rows if isinstance(shown, Table) else getattr(shown, "nothing", False):
            self.leave_out(**{label: "", **({part: ""} if part else {})})
            return Sentences({"": "There is nothing to show."})
        self._without_patients(label, shown)
        self._note(label, made_from)
        shown.label = label
        if self.folder:
            shown.publish = True
            kind = "figures" if label.startswith("fig-") else "tables"
            if kind == "figures" and self.cohort is not None:
                shown.fine = not self.cohort.study.draft
            shown.export(self.folder / kind / label)
            self._place("shown", label)
            if getattr(shown, "drawn", None) is not None:
                (self.folder / "drawn").mkdir(exist_ok=True)
                shown.drawn.to_csv(self.folder / "drawn" / f"{label}.csv", index=False)
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

    def say(self, *told: Sentences, **own: str) -> Sentences:
        """Keep computed sentences for the manuscript, and show them.

        Parameters
        ----------
        *told : Sentences
            From `.sentence()` of a result: its parts keep their names, with the endpoint behind
            where the result is about one (treatment_os).
        **own : str
            Sentences of your own (Markdown), by name; one of a name that was told replaces it.

        Raises
        ------
        CohortbookError
            For words of your own without a name.
        """
        if any(not isinstance(sentences, Sentences) for sentences in told):
            raise CohortbookError(
                "Words of your own have no name by which the manuscript could quote them.",
                "book.say",
                'Name them, book.say(mine="..."), and quote them in a part of the report.',
            )
        parts: dict[str, str] = {}
        for sentences in told:
            named = {
                f"{name}_{sentences.endpoint}" if sentences.endpoint else name: text
                for name, text in sentences.parts.items()
            }
            parts |= named
            for name in named:
                self._note(name, sentences.made_from)
        parts |= {name: str(text) for name, text in own.items()}
        self.quote(**parts)
        self._note_untranslated()
        for name, text in parts.items():
            if text.strip():
                self._place("said", name)
        return Sentences(parts)

    def _note_untranslated(self) -> None:
        """Keep which texts have no words in the study's language."""
        speech = speech_of(self.cohort) if self.cohort else None
        if self.folder and speech and speech.missing:
            self._write("untranslated", sorted(speech.missing))

    def _place(self, kind: str, name: str) -> None:
        """Keep in which cell something was said, shown or saved, by its execution count."""
        if self.folder:
            self._places = self._places or {}
            self._places.setdefault(kind, {})[name] = running_cell()
            self._write("places", self._places)

    def _note(self, output: str, cohort: Cohort | None) -> None:
        """Keep with which settings an output was made."""
        if cohort is None:
            return
        self._same_study(cohort)
        refuse_changed(cohort)
        if self.base is not None:
            self.used[output] = used_by(cohort, self.base)
            if self.folder:
                self._write("used", self.used)

    def _write(self, kind: str, content: object) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(content, ensure_ascii=False, default=str)
        (self.folder / f"{self.notebook}.{kind}.json").write_text(text, encoding="utf-8")


def start(
    notebook: str,
    study: str,
    results_dir: str = "",
    needs: str | Sequence[str] = (),
    endpoint: str | None = None,
    **choices: Any,
) -> tuple[Cohort, Book]:
    """Load the study of a notebook under its choices, and open its book.

    >>> from cohortbook import start
    >>> cohort, book = start("my-notebook", "data/wei2026", ties="efron")
    >>> cohort.study.statistics.ties
    'efron'

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
    endpoint : str, optional
        The endpoint that the notebook is asked of.
    **choices
        The parameters of the notebook (see `choices.CHOICES`); None is the study's.

    Returns
    -------
    (Cohort, Book)

    Raises
    ------
    NothingToDo
        If the study lacks what each of the sections needs.
    ParameterError
        For a choice that cannot be.
    CohortbookError
        If another study was begun in this notebook: a report is of one.
    """
    import matplotlib as mpl

    from ..display.drawing.style import RC

    mpl.rcParams.update(RC)
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    _show_figures_made_without_pyplot()
    with unrecorded():  # a cell of parameters that has no tag is not set by the build
        results_dir = results_dir or os.environ.get(RESULTS, "")
    book = Book(
        notebook + (f"-{endpoint}" if endpoint else ""), Path(results_dir) if results_dir else None
    )
    with unrecorded():  # the files of the study count in any case
        book.base = _cohort(study)
        book.cohort = book.base.choose(**choices)
        # says so where there is no such endpoint
        asked = book.cohort.choose(endpoints=[endpoint]) if endpoint else book.cohort
    if results_dir:
        place = notebook, str(Path(results_dir).resolve())
        first = _begun.setdefault(place, _study_of(book.cohort))
        if first != _study_of(book.cohort):
            raise another_study(book._where(), study, first)
    book.leave_out()
    sections = [needs] if isinstance(needs, str) else list(needs)
    sentences = [omission(asked, section) for section in sections]
    if sentences and None not in sentences:
        raise NothingToDo(sentences[0] or f"The study has nothing for '{sections[0]}'.")
    follow(book.cohort, book._leave_out_of)
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

    def words(shown: Any, printer: Any, _cycle: bool) -> None:
        # a picture is not compared with a stored one, what stands in it is: its digest says so
        from ..display.drawing.artists import digest_of as digest_of_data

        printer.text(f"{repr(shown)[:-1]}, data {digest_of_data(shown)}>")

    formatters = shell.display_formatter.formatters
    for module, name in (("matplotlib.figure", "Figure"), ("matplotlib.axes._axes", "Axes")):
        formatters["image/png"].for_type_by_name(module, name, picture)

    def add_words() -> None:
        formatters["text/plain"].for_type_by_name("matplotlib.figure", "Figure", words)

    add_words()
    if not getattr(shell, "_cohortbook_words", False):
        shell._cohortbook_words = True
        # pyplot, imported after this, drops what is known of figures before it shows its own
        shell.events.register("post_execute", add_words)


_begun: dict[tuple[str, str], Path] = {}
"""The study of each notebook whose results are kept, by its name and the folder of its results."""


def _study_of(cohort: Cohort) -> Path | None:
    return cohort.folder.resolve() if cohort.folder else None


def _in_notebook(name: str) -> Any:
    """Give a variable of the notebook that runs; None outside of one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell.user_ns.get(name) if shell else None


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
