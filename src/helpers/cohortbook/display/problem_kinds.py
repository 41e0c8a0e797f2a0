"""Many problems on one screen: by kind, the worst first, with counts and the first of each."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from ..errors import Problem

NAMED = 6  # columns that are named
MOST = 20  # of one kind that are shown one by one
LINES = 40  # of a screen
# kinds of warnings that change results, the worst first
WORST = (
    ("bear out",),
    ("under observation", "time from time zero"),
    ("these look like", "times of"),
    ("events", "death", "progress"),
    ("time", "date", "cut-off"),
    (),
)
ALL = "--all shows each"


def kinds_of(problems: Sequence[Problem]) -> list[list[Problem]]:
    """Group problems by kind: errors in the order of the files, then warnings, the worst first.

    What a kind is does not depend on columns and numbers: values unlike the others in forty
    columns are one.
    """
    kinds: dict[tuple[str, str, str], list[Problem]] = {}
    for one in problems:
        kinds.setdefault((one.severity, one.file, _kind(one)), []).append(one)
    return sorted(kinds.values(), key=lambda members: _rank(members[0]))


def kinds_on_a_screen(problems: Sequence[Problem], width: int, room: int = LINES) -> list[str]:
    """Give lines that tell problems by kind, no more than `room` of them.

    Parameters
    ----------
    problems : sequence of Problem
    width : int
        Letters of a line.
    room : int
        Lines. Each kind has a heading with its count and its first problem; what room is left
        goes to further ones, the worst first; kinds for which there is none are counted.
    """
    kinds = kinds_of(problems)
    headings = [_heading(members, width) for members in kinds]
    shown, used = 0, 1
    for members, heading in zip(kinds, headings, strict=True):
        used += len(heading) + min(len(members), 2)  # its first, and how many more
        if used > room:
            break
        shown += 1
    taken = zip(kinds[:shown], headings, strict=False)
    left = room - 1 - sum(len(heading) + min(len(members), 2) for members, heading in taken)
    lines = []
    for members, heading in zip(kinds[:shown], headings, strict=False):
        each = 1 + max(0, min(left, MOST - 1, len(members) - 1))
        left -= each - 1
        lines += [*heading, *(_line(one, width) for one in members[:each])]
        if rest := members[each:]:
            lines.append(_rest(rest, width))
    if more := [one for members in kinds[shown:] for one in members]:
        number = len(kinds) - shown
        noun = "kind" if number == 1 else "kinds"
        lines.append(f"And {_total(more)} more of {number} other {noun}: {ALL}.")
    return lines


def _total(problems: Sequence[Problem]) -> int:
    return sum(one.times for one in problems)


def _heading(members: Sequence[Problem], width: int) -> list[str]:
    first = members[0]
    noun = first.severity + ("s" if _total(members) != 1 else "")
    expected = first.expected
    if len({one.expected for one in members}) > 1:  # a range is of one column only
        expected = re.sub(r"\s*\([^()]*\d[^()]*\)", "", expected)
    text = f"{_total(members)} {noun} in {first.file}: expected {expected}. {first.mend}"
    return textwrap.wrap(text, width, subsequent_indent="  ", break_on_hyphens=False)


def _line(one: Problem, width: int) -> str:
    place = [f"row {one.row}"] if one.row is not None else []
    place += [text for text in (one.patient, one.column) if text]
    told = ": ".join(text for text in (", ".join(place), one.found) if text)
    return _cut(f"  - {told}", width)


def _rest(rest: Sequence[Problem], width: int) -> str:
    columns = list(dict.fromkeys(one.column for one in rest if one.column))
    named = ", ".join(columns[:NAMED]) + (" ..." if len(columns) > NAMED else "")
    text = f"  - and {_total(rest)} more" + f" in {named}" * bool(named)
    return _cut(text, width - len(ALL) - 2) + f": {ALL}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 4] + " ..."


def _kind(one: Problem) -> str:
    """Give what is expected without the numbers and names of columns in it."""
    return re.sub(r"\(.*\)|'[^']*'|[-\d.,]+|\b[\w.]*_\w*\b", "", one.expected).strip()


def _rank(one: Problem) -> int:
    if one.severity == "error":
        return -1
    found = (place for place, words in enumerate(WORST) if any(w in one.expected for w in words))
    return next(found, len(WORST) - 1 if "like" not in one.expected else len(WORST))
