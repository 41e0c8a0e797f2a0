"""The study's own parts of the manuscript as `word` writes them; here alone their form is known.

`STUDY/report/NAME.qmd` with `replaces: NAME` stands in place of the project's part of that name;
one with `adds-to: NAME` follows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from .changes import Addition, Edit

FOLDER = "report"
FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
KEY = re.compile(r"^(replaces|adds-to|after):\s*[\"']?([\w-]+)", re.MULTILINE)


class Changed(Exception):
    """A part that is no longer as it was when the DOCX was made."""


class OwnParts:
    """The parts of a study with edits in them, until they are written.

    Parameters
    ----------
    study : Path
    parts : mapping
        The parts of the report that the DOCX was made from, by name.
    """

    def __init__(self, study: Path, parts: Mapping[str, str]) -> None:
        self.folder, self.parts = study / FOLDER, parts
        self.texts: dict[Path, str] = {}

    def edit(self, edit: Edit) -> bool:
        """Put a paragraph in place of another; give False if that was done before.

        Raises
        ------
        Changed
            If the paragraph does not stand there once.
        """
        path, text = self._part(edit.part)
        front = FRONT.match(text)
        head, body = (front[0], text[front.end() :]) if front else ("", text)
        # the same DOCX taken back twice: the sentence that was added would be added again
        if edit.new and edit.old in edit.new and _paragraph(edit.new).search(body):
            return False  # what it became holds what it was
        found = list(_paragraph(edit.old).finditer(body))
        if not found:
            if not edit.new or _paragraph(edit.new).search(body):
                return False
            raise Changed(f"{FOLDER}/{path.name}")
        first = found[0]
        body = body[: first.start()] + edit.new + body[first.end() :]
        self.texts[path] = head + re.sub(r"\n{3,}", "\n\n", body).strip("\n") + "\n"
        return True

    def add(self, addition: Addition) -> bool:
        """Write a paragraph after a part; give False if that was done before."""
        pattern = _paragraph(addition.text)
        if any(pattern.search(text) for text in self._all().values()):
            return False
        own = self._own(addition.after)
        path = own or self.folder / f"added-to-{addition.after}.qmd"
        text = self._all().get(path) or f"---\nadds-to: {addition.after}\n---\n"
        self.texts[path] = f"{text.rstrip()}\n\n{addition.text}\n"
        return True

    def _part(self, name: str) -> tuple[Path, str]:
        own = self._own(name)
        if own:
            return own, self._all()[own]
        if name not in self.parts:
            raise Changed(name)
        return self.folder / f"{name}.qmd", f"---\nreplaces: {name}\n---\n{self.parts[name]}"

    def _own(self, name: str) -> Path | None:
        """Find the study's own file that is a part, or stands in place of one."""
        for path, text in self._all().items():
            front = FRONT.match(text)
            said = dict(KEY.findall(front[1])) if front else {}
            if said.get("replaces") == name or path.stem == name:
                return path
        return None

    def _all(self) -> dict[Path, str]:
        found = {path: path.read_text("utf-8") for path in sorted(self.folder.glob("*.qmd"))}
        # with the edits so far: two of one part must not each begin from the file
        return found | self.texts


def _paragraph(text: str) -> re.Pattern[str]:
    """Find a paragraph whatever its lines are broken at, and whichever blanks it has."""
    words = r"[ \t]*\n(?:[ \t]*\n)+[ \t]*".join(
        r"(?:[^\S\n]+|[ \t]*\n[ \t]*)".join(map(re.escape, block.split()))
        for block in re.split(r"\n\s*\n", text.strip())
    )
    return re.compile(rf"(?m)^[ \t]*{words}[ \t]*$")
