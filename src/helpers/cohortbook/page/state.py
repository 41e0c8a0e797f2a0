"""What the page works on: an export with the answers so far, and the study that they make."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ..errors import CohortbookError
from ..intake.again import confirmed_comments, draft_again
from ..intake.create import (
    TABLES,
    LeftOut,
    Settled,
    scratch_folder_beside,
    settle,
    what_was_read,
    write_folder,
)
from ..intake.draft import RIGHT, Wishes
from ..intake.endpoints import ADDED
from ..intake.questions import Answers, Place, nobody
from ..intake.tables import Source, read_sources, without
from ..study.edited import edited
from ..study.parts import Reading
from ..study.study import STUDY_FILE
from ..study.yaml_in import read_yaml

KEPT = 200  # answers that can be taken back


@dataclass
class Setup:
    """One page's study: read once, drafted again with each answer, written when it is saved.

    `said` is what the last step has to say, `wrong` whether it failed. A draft is written into a
    scratch folder beside the study and removed: nothing of the patients is kept anywhere else.
    """

    folder: Path
    files: Sequence[Path]
    wishes: Wishes
    reading: Reading
    answers: Answers = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    settled: Settled | None = None
    said: str = ""
    wrong: bool = False
    saved: str = ""
    unsaved: bool = True
    before: list[Answers] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> None:
        """Read the files and draft the study.

        Raises
        ------
        CohortbookError
            If the files hold no study that could be drafted.
        """
        self.sources = without(read_sources(self.files, self.reading), self.wishes.without)
        self.settled = self._settle(self.answers, None)

    is_new = True  # no study file yet
    by = "by its values"  # why a column is what it is, where nothing else says so

    @property
    def name(self) -> str:
        """What the study is made from."""
        return ", ".join(path.name for path in self.files)

    @property
    def read(self) -> tuple[str, ...]:
        """How each table was read."""
        return what_was_read(self.sources)

    def answer(self, place: Place, values: tuple[str, ...]) -> None:
        """Take an answer and draft the study again; one that cannot be is told and not taken."""
        with self.lock:
            question = self.settled.draft.questions.get(place)
            known = question is not None or place[:1] == (RIGHT,) or place in self.answers
            if not known:
                self._tell("This is not asked any more.", wrong=True)
            elif question is not None and not question.fits(values):
                self._tell(f"'{', '.join(values)}' does not answer: {question.text}", wrong=True)
            else:
                self._change({**self.answers, place: values}, "Updated.")

    def add_endpoint(self, ident: str, time: str, status: str) -> None:
        """Take two columns for a further endpoint."""
        with self.lock:
            place = ("endpoints", ident)
            if not ident.startswith(ADDED):
                self._tell("This is no new endpoint.", wrong=True)
                return
            more = {(*place, "time"): (time,), (*place, "status"): (status,)}
            self._change({**self.answers, **more}, "Added.")

    def take_back(self) -> None:
        """Undo the last answer."""
        with self.lock:
            if self.before:
                self._change(self.before[-1], "Taken back.", back=True)

    def _change(self, answers: Answers, said: str, back: bool = False) -> None:
        try:
            # what is left out is found anew: an answer may make it right again
            settled = self._settle(answers, None)
        except CohortbookError as error:
            self._tell(str(error), wrong=True)
            return
        self.before = self.before[:-1] if back else [*self.before[-KEPT:], self.answers]
        self.answers, self.settled, self.unsaved = answers, settled, True
        self._tell(said)

    def _settle(self, answers: Answers, left_out: LeftOut | None) -> Settled:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        names = [path.name for path in self.files]
        with scratch_folder_beside(self.folder) as scratch:
            return settle(
                scratch, self.sources, names, self.wishes, nobody, dict(answers), True, left_out
            )

    def _tell(self, said: str, wrong: bool = False) -> None:
        self.said, self.wrong = said, wrong

    def save(self) -> None:
        """Write the study folder, or write it again if nobody else has changed it since."""
        with self.lock:
            try:
                self._save()
            except (CohortbookError, OSError) as error:
                self._tell(str(error), wrong=True)
            else:
                self.unsaved = False
                self._tell(f"Saved in {self.folder}.")

    def _save(self) -> None:
        target, names = self.folder / STUDY_FILE, [path.name for path in self.files]
        if self.folder.exists() and (not self.saved or target.read_text("utf-8") != self.saved):
            raise CohortbookError(
                "This folder exists already, and was not written by this page as it is.",
                str(self.folder),
                f"To change it, end this page and run: cohortbook setup {self.folder}",
            )
        with scratch_folder_beside(self.folder) as scratch:
            made = scratch / "saved"
            write_folder(made, self.settled.draft, names)
            text = (made / STUDY_FILE).read_text("utf-8")
            if self.folder.exists():
                for name in TABLES.values():
                    if not (made / name).exists():
                        (self.folder / name).unlink(missing_ok=True)
                for path in made.iterdir():  # the study file last: it names the tables
                    if path.name != STUDY_FILE:
                        path.replace(self.folder / path.name)
                (made / STUDY_FILE).replace(target)
            else:
                made.rename(self.folder)
        self.saved = text


class SetupAgain(Setup):
    """The page of a study that exists: of its study file, only what is answered is changed."""

    is_new = False
    by = "in the study file"

    @property
    def name(self) -> str:
        """Which study it is."""
        return self.folder.name

    @property
    def read(self) -> tuple[str, ...]:
        """How each table was read."""
        return self.settled.study.notes

    def open(self) -> None:
        """Read the study.

        Raises
        ------
        CohortbookError
            If it cannot be used.
        """
        self.saved = (self.folder / STUDY_FILE).read_text("utf-8")
        self.settled = self._settle({}, None)
        self.unsaved = False

    def _settle(self, answers: Answers, left_out: LeftOut | None) -> Settled:
        self.keys, draft, files = draft_again(self.folder, answers)
        return Settled(self.folder, draft, files, left_out or LeftOut({}, {}))

    def _save(self) -> None:
        target = self.folder / STUDY_FILE
        if target.read_text("utf-8") != self.saved:
            raise CohortbookError(
                "The study file was changed elsewhere.", str(target), "Open the page again."
            )
        keys, _, _ = draft_again(self.folder, self.answers)
        wished = read_yaml(yaml.safe_dump(keys, allow_unicode=True, sort_keys=False))
        for key in set(keys.get("endpoints", {})) - set(read_yaml(self.saved).get("endpoints", {})):
            wished["endpoints"][key] = keys["endpoints"][key]  # its numbers as `new` writes them
        text = edited(self.saved, wished)
        text = confirmed_comments(text, wished.get("unconfirmed") or [])
        with scratch_folder_beside(self.folder) as scratch:
            made = scratch / STUDY_FILE
            made.write_text(text, "utf-8", newline="\n")
            made.replace(target)
        # the answers stand in the file now
        self.saved, self.answers, self.before = text, {}, []
        self.settled = self._settle({}, None)
