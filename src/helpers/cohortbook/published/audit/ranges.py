"""The range and median of a variable against the levels that the same variable was cut into."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .. import Published, key_of
from ..blocks import Block, Counts, read_summary
from ..printed import Printed
from .counts import CountBook
from .findings import Finding

_NUMBER = r"(\d+(?:\.\d+)?)"
_BELOW = re.compile(rf"(<|<=|≤|up to |under ){_NUMBER}")
_ABOVE = re.compile(rf"(>|>=|≥|over ){_NUMBER}")
_FROM_TO = re.compile(rf"{_NUMBER}\s*(?:-|–|to)\s*{_NUMBER}")
_SINGLE = ("solitary", "single", "one", "unifocal")
_COUNTED = ("lesions", "lesion", "number", "tumours", "tumors", "tumour", "tumor", "nodules",
            "metastases", "foci")  # fmt: skip
YES, NO = ("yes", "single", "solitary", "1", "present"), ("no", "multiple", "multi", ">1", "absent")


@dataclass(frozen=True)
class Band:
    """A level as an interval of values: from `low` to `high`, each end with or without itself."""

    level: str
    low: float
    high: float
    low_in: bool = True
    high_in: bool = True
    shown: str = ""

    @property
    def name(self) -> str:
        """The level as a message names it."""
        return self.shown or self.level

    def holds(self, printed: Printed, exact: bool) -> bool:
        """Tell whether a printed value can be in the band."""
        low, high = (printed.value, printed.value) if exact else (printed.low, printed.high)
        above = high > self.low or (self.low_in and high >= self.low)
        below = low < self.high or (self.high_in and low <= self.high)
        return above and below


def ranges(published: Published) -> Iterator[Finding]:
    """Check the least, greatest and middle value against the counts of the levels.

    A variable and its levels are known by their names: `age` beside `age_group` or `age`, with
    levels such as <65, 65-74 and >=75; or `lesions` beside `solitary`, yes and no.
    """
    book = CountBook(published)
    levels = [(block, item, bands) for block in published.blocks for item in block.counts
              if (bands := bands_of(item))]  # fmt: skip
    told: set[str] = set()
    for block in published.blocks:
        for item in block.summaries:
            for other, counts, bands in levels:
                if other.population != block.population or not _same(item.term, counts.term):
                    continue
                for group, text in item.groups.items():
                    read = dict(zip(_names(item.form), read_summary(block, item, text),
                                    strict=False))  # fmt: skip
                    cells = _counts(book, other, counts, bands, group)
                    for finding in _check(read, cells, item.step is not None, item.term) \
                            if cells else ():  # fmt: skip
                        name, printed, level, proof, n = finding
                        key = key_of(**block.keys, term=item.term, group=group, statistic=name)
                        if key not in told:
                            told.add(key)
                            yield _finding(key, block, other, printed, level, proof, n, item.term,
                                           group, name)  # fmt: skip


def _names(form: str) -> list[str]:
    return form.replace("(", "").replace(")", "").replace("-", " ").split()


def _same(summary: str, counts: str) -> bool:
    a, b = summary.lower(), counts.lower()
    named = a and (a == b or re.fullmatch(rf"{re.escape(a)}[ _-]?(group|class|level|cat).*", b))
    return bool(named) or (a in _COUNTED and b in _SINGLE)


def bands_of(item: Counts) -> list[Band]:
    """Read the levels of an item as intervals of one variable ([] if they are none)."""
    lines = item.lines()
    if item.term.lower() in (*_SINGLE, *_COUNTED) and len(lines) == 2:
        low = {x.lower(): x for x in lines}
        yes, no = (next((low[x] for x in names if x in low), None) for names in (YES, NO))
        if yes is not None and no is not None:
            named = f"{item.term} {{}}".format
            return [Band(yes, 1, 1, shown=named(yes)),
                    Band(no, 1, math.inf, low_in=False, shown=named(no))]  # fmt: skip
    bands = [band_of(level) for level in lines]
    if len(bands) < 2 or any(band is None for band in bands):
        return []
    return sorted(bands, key=lambda band: (band.low, band.high))


def band_of(level: str) -> Band | None:
    """Read one level: <65, 65-74, >=75, 3."""
    text = level.strip().lower()
    if found := _BELOW.fullmatch(text):
        strict = found[1] in ("<", "under ")
        return Band(level, -math.inf, float(found[2]), high_in=not strict)
    if found := _ABOVE.fullmatch(text):
        return Band(level, float(found[2]), math.inf, low_in=found[1] in (">=", "≥"))
    if found := _FROM_TO.fullmatch(text):
        return Band(level, float(found[1]), float(found[2]))
    return Band(level, float(text), float(text)) if re.fullmatch(_NUMBER, text) else None


def _counts(
    book: CountBook, block: Block, item: Counts, bands: list[Band], group: str
) -> list[tuple[Band, int]]:
    lines = item.lines()
    found = [(b, book.count(block, item, b.level, group) if group in lines[b.level] else None)
             for b in bands]  # fmt: skip
    return [] if any(n is None for _, n in found) else found


Check = tuple[str, Printed, str, str, int]


def _check(
    read: dict[str, Printed | None], cells: list[tuple[Band, int]], exact: bool, term: str
) -> Iterator[Check]:
    """Compare the least and greatest value with the lowest and highest level that has patients."""
    held = [(band, n) for band, n in cells if n > 0]
    if not held:
        return
    for name, (band, n), side in (("min", held[0], "lowest"), ("max", held[-1], "highest")):
        printed = read.get(name)
        # a whole value is printed as it is; other extremes stand for all that round to them
        if printed is not None and not band.holds(printed, exact):
            empty = [b.name for b, k in cells if k == 0 and b.holds(printed, exact)]
            why = f"nobody is in {empty[0]}" if empty else f"the {side} level with patients is"
            proof = f"{why}, and the {side} that has patients is {band.name}" if empty else \
                f"{why} {band.name}"  # fmt: skip
            yield name, printed, band.name, proof, n
            return
    median, total = read.get("median"), sum(n for _, n in held)
    if median is None:
        return
    middle = _middle(held, total)
    whole = Band("", middle[0].low, middle[-1].high, middle[0].low_in, middle[-1].high_in)
    if not whole.holds(median, exact=False):
        names = " to ".join(dict.fromkeys(b.name for b in (middle[0], middle[-1])))
        yield "median", median, names, f"the middle of {total} patients is in {names}", total


def _middle(held: list[tuple[Band, int]], total: int) -> list[Band]:
    """Give the levels of the one or two middle patients."""
    places = {(total + 1) // 2, total // 2 + 1}
    seen, found = 0, []
    for band, n in held:
        if any(seen < place <= seen + n for place in places):
            found.append(band)
        seen += n
    return found


def _finding(
    key: str, block: Block, other: Block, printed: Printed, level: str, proof: str, n: int,
    term: str, group: str, name: str,
) -> Finding:  # fmt: skip
    noun = {"min": "least value", "max": "greatest value", "median": "median"}[name]
    return Finding(
        key, block.where, "range and levels", printed.text, level,
        f"The {noun} is printed as {printed.text}; by the levels ({other.where}) it is in {level}.",
        "", "conflict", proof=proof, subject=f"{term}, {group}",
    )  # fmt: skip
