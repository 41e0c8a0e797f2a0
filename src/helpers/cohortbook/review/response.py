"""A point-by-point answer to reviewers, each claim in it checked against two builds.

In `reviews.md` a point is a heading of the second level or below, or a numbered line; the lines
that begin with `>` answer it. A claim stands in braces: `{changed: KEY}`, `{same: KEY}`,
`{new: KEY}`, `{gone: KEY}`, `{value: KEY}` with the key of a statistic of results.json (`*` stands
for anything), `{words: text}` for words that the new report has and the old one had not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

from ..bounds import Unreadable, file_within, guarded
from ..errors import CohortbookError
from .builds import Build
from .differences import CHANGED, GONE, NEW, Difference, differences

CLAIM = re.compile(r"\{(\w+):\s*([^{}]*?)\s*\}")
KINDS = ("changed", "same", "new", "gone", "value", "words")
HEADING = re.compile(r"#{1,6}\s")
POINT = re.compile(r"#{2,6}\s|\s{0,3}\d+[.)]\s")
COLUMNS = {
    "conf_low": "lower limit", "conf_high": "upper limit", "p_value": "P", "n_events": "events",
}  # fmt: skip
MOST = 6  # statistics that one claim spells out
BEFORE = "No earlier build is named to check it against; name one with --before."


@dataclass(frozen=True)
class Wrong:
    """A claim that does not hold, or a point without an answer."""

    line: int
    what: str
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}: {self.why}"


@dataclass
class Answer:
    """The text for the reviewers, what is wrong with it, and how many claims were checked."""

    text: str
    wrong: list[Wrong] = field(default_factory=list)
    claims: int = 0


def read_reviews(path: Path) -> str:
    """Read a file of reviews and answers.

    Raises
    ------
    CohortbookError
    """
    try:
        with guarded(Unreadable, "a text in UTF-8", "Save it as plain text in UTF-8."):
            file_within("yaml file", path)
            return path.read_text("utf-8-sig")
    except Unreadable as error:
        said = f"Found {error.found}; expected {error.expected}."
        raise CohortbookError(said, str(path), error.mend) from None


def respond(text: str, new: Build, old: Build | None = None) -> Answer:
    """Fill in the claims of a text, and check them.

    Parameters
    ----------
    text : str
        As `reviews.md` has it.
    new, old : Build
        The build that is sent, and the one that the reviewers had.

    Returns
    -------
    Answer
        Each claim in the text is replaced by what it says: the number before and after.
    """
    checker = _Checker(new, old)
    lines, wrong = [], []
    for number, line in enumerate(text.splitlines(), 1):
        answers = line.lstrip().startswith(">")
        written, place = [], 0
        for found in CLAIM.finditer(line):
            kind, what = found[1], found[2]
            if kind not in KINDS:
                wrong.append(Wrong(number, found[0], f"There is no '{kind}'; {_known()}"))
                continue
            if not answers:
                wrong.append(Wrong(number, found[0], "It stands outside of an answer (`>`)."))
            said, why = checker.claim(kind, what)
            if why:
                wrong.append(Wrong(number, found[0], why))
            written += [line[place : found.start()], said or found[0]]
            place = found.end()
        lines.append("".join([*written, line[place:]]))
    wrong += _unanswered(text)
    wrong.sort(key=lambda one: one.line)
    return Answer("\n".join(lines) + "\n", wrong, checker.count)


def _known() -> str:
    return f"there are {', '.join(KINDS)}."


class _Checker:
    """Says of a claim what it stands for, and what is wrong with it."""

    def __init__(self, new: Build, old: Build | None) -> None:
        self.new, self.old, self.count = new, old, 0
        self.found: dict[str, list[Difference]] = {}
        for one in differences(old, new) if old else []:
            if one.section not in ("patients", "events", "significance", "settings"):
                self.found.setdefault(one.name, []).append(one)
        self.keys = _keys(new)
        self.old_keys = _keys(old) if old else {}

    def claim(self, kind: str, what: str) -> tuple[str, str]:
        """Give the words of a claim, and why it does not hold (empty if it does)."""
        self.count += 1
        if not what:
            return "", "It names nothing."
        if kind == "value":
            return self._value(what)
        if self.old is None:
            return "", BEFORE
        return self._words(what) if kind == "words" else self._differs(kind, what)

    def _differs(self, kind: str, what: str) -> tuple[str, str]:
        known = self.old_keys if kind == "gone" else self.keys
        names = [key for key in known if fnmatchcase(key, what)]
        if not names:
            return "", self._nearest(what, known)
        if kind == "same":
            moved = [name for name in names if self.found.get(name)]
            return "unchanged", f"{_some(moved)} changed." if moved else ""
        wanted = {"changed": CHANGED, "new": NEW, "gone": GONE}[kind]
        held = {
            name: found
            for name in names
            if (found := [one for one in self.found.get(name, []) if one.kind == wanted])
        }
        if not held:
            return "", f"{_some(names)}: {self._as_it_is(names[0])}"
        return "; ".join(_spelled(held)), ""

    def _value(self, what: str) -> tuple[str, str]:
        names = [key for key in self.keys if fnmatchcase(key, what)]
        if not names:
            return "", self._nearest(what, self.keys)
        return "; ".join(f"{self.keys[name]} (`{name}`)" for name in names[:MOST]), ""

    def _words(self, what: str) -> tuple[str, str]:
        words = " ".join(what.strip("\"“”'").split())
        before, after = (build.words() if build else None for build in (self.old, self.new))
        if before is None or after is None:
            return "", "A build has neither report.docx nor report.html to look in."
        if words not in after:
            return "", "The new report does not have these words."
        if words in before:
            return "", "The old report has these words too."
        return f"“{words}”", ""

    def _as_it_is(self, name: str) -> str:
        if name not in self.old_keys:
            return "it is new, not changed."
        if self.found.get(name):
            return f"it is {self.found[name][0].kind}."
        return "it is the same in both builds."

    def _nearest(self, what: str, known: Mapping[str, str]) -> str:
        close = get_close_matches(what, list(known), n=1, cutoff=0.6)
        return "No statistic has this key" + (f"; near it is {close[0]}." if close else ".")


def _keys(build: Build) -> dict[str, str]:
    """Give the keys of a build, each with what it prints."""
    found: dict[str, str] = {}
    for row in build.statistics.values():
        p = f"P {row['printed_p']}" if row.get("printed_p") else ""
        text = ", ".join(part for part in (str(row.get("printed") or ""), p) if part)
        found.setdefault(str(row["key"]), text)
    return found


def _spelled(held: Mapping[str, list[Difference]]) -> Iterator[str]:
    for name, found in list(held.items())[:MOST]:
        printed = " ".join(one.after for one in found if one.column == "estimate")
        # an estimate is printed with its limits
        told = [one for one in found if "(" not in printed or not one.column.startswith("conf_")]
        texts = dict.fromkeys(
            _arrow(one) for one in told if one.before != one.after or len(told) == 1
        )
        yield f"{', '.join(texts)} (`{name}`)"
    if len(held) > MOST:
        yield f"and {len(held) - MOST} more"


def _arrow(one: Difference) -> str:
    column = COLUMNS.get(one.column, one.column)
    return f"{column} {one.before or '–'} → {one.after or '–'}".strip()


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def _unanswered(text: str) -> Iterator[Wrong]:
    """Find the points that no line with `>` follows before the next one.

    A heading above numbered points is a head, and no point itself.
    """
    waiting: tuple[int, str] | None = None
    for number, line in enumerate([*text.splitlines(), "# "], 1):
        if line.lstrip().startswith(">"):
            waiting = None
        elif POINT.match(line) or HEADING.match(line):
            numbered = not HEADING.match(line)
            if waiting and not (numbered and HEADING.match(waiting[1])):
                yield Wrong(*waiting, "It has no answer (a line that begins with `>`).")
            waiting = (number, line.strip()[:60]) if POINT.match(line) else None
