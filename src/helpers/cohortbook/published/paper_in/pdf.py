"""Papers as PDF with text: tables found by their captions and rules, columns by white space.

No picture is read and nothing is recognised optically: a scanned page has no words, and is told.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from ...errors import Problem, StudyError
from .model import Paper, PaperTable, Paragraph, RawCell, grid
from .texts import plain

CAPTION = re.compile(r"(?:supplementary\s+)?table", re.I)
NUMBER = re.compile(r"[sS]?\d+[A-Za-z]?[.:]?|[IVX]+[.:]?")
THIN = 2.5  # points: a filled rectangle so thin is a rule
LINE = 0.45  # of the type size: words so near in height stand in one line
GAP = 0.75  # of the type size: a gap so wide parts two cells
CLEAR = 2.0  # points of white between two columns
RAISED = 0.8  # of the type size: smaller letters are marks of footnotes
NEAR = 90.0  # points from a caption to its first rule


@dataclass(frozen=True)
class Rule:
    """A horizontal line."""

    left: float
    right: float
    top: float


@dataclass(frozen=True)
class Chunk:
    """Words of one line that stand together."""

    left: float
    right: float
    text: str

    @property
    def middle(self) -> float:
        """Its middle."""
        return (self.left + self.right) / 2


@dataclass(frozen=True)
class Region:
    """Where a table stands on its page: its caption, its rules, its borders."""

    label: str
    caption: str
    left: float
    right: float
    top: float
    bottom: float
    rules: tuple[Rule, ...]


def read_pdf(path: Path) -> Paper:
    """Read a PDF with text.

    Raises
    ------
    StudyError
        If it is no PDF, or has no text (a scan).
    """
    import pdfplumber
    from pdfplumber.utils.exceptions import PdfminerException

    paper, words = Paper(), 0
    try:
        with pdfplumber.open(path) as document:
            for page in document.pages:
                found = _words(page)
                words += len(found)
                _page(paper, page, found)
    except PdfminerException:
        raise StudyError([Problem(path.name, "a PDF file", "Get the paper again.")]) from None
    if not words:
        raise StudyError(
            [
                Problem(
                    path.name, "a PDF with text", "A scan cannot be read; get the text.", "pictures"
                )
            ]
        )
    return paper


def _words(page: Any) -> list[dict]:
    """Give the words of a page, without those set across it."""
    found = page.extract_words(
        x_tolerance_ratio=0.2,
        y_tolerance=2,
        extra_attrs=["size", "upright"],
        keep_blank_chars=False,
    )
    return [word for word in found if word["upright"]]


def _page(paper: Paper, page: Any, words: list[dict]) -> None:
    rules = _rules(page)
    regions = list(_regions(words, rules, page))
    named = [label for _, label in _captions(words)]
    seen = {region.label for region in regions}
    for label in dict.fromkeys(named):
        if label not in seen and not any(table.where == label for table in paper.tables):
            paper.unread.append(f"{label}, page {page.page_number}: no rules were found")
    for region in regions:
        table = _table(region, words, page)
        if table is None:
            paper.unread.append(f"{region.label}, page {page.page_number}: no columns were found")
            continue
        last = paper.tables[-1] if paper.tables else None
        width = len(table.rows[0])
        if last and last.where == table.where and last.rows and len(last.rows[0]) == width:
            _append(last, table)
        else:
            paper.tables.append(table)
    inside = [w for w in words if not any(_holds(region, w) for region in regions)]
    for text in _columns_of_text(inside, page):
        paper.paragraphs.append(Paragraph(f"Page {page.page_number}", text, page.page_number))


def _holds(region: Region, word: dict) -> bool:
    middle = (word["top"] + word["bottom"]) / 2
    return (
        region.left - 3 <= word["x0"] <= region.right + 3 and region.top <= middle <= region.bottom
    )


def _append(last: PaperTable, more: PaperTable) -> None:
    """Add the rows of a table that goes on on the next page; its heads stand there again."""
    rows = [
        [RawCell(cell.text, indent=cell.indent) for cell in row]
        for row in (*last.rows, *more.rows[more.heads :])
    ]
    last.rows = grid(rows)


# -- where tables stand ---------------------------------------------------------------------


def _rules(page: Any) -> list[Rule]:
    """Give the horizontal rules of a page; pieces on one height are one rule."""
    pieces = [
        (round(x["top"]), x["x0"], x["x1"], x["top"])
        for x in (*page.lines, *page.rects, *page.curves)
        if abs(x["bottom"] - x["top"]) <= THIN and x["x1"] - x["x0"] > 3
    ]
    # the upper and lower border of boxes that are cells of a full grid
    pieces += [
        (round(edge), x["x0"], x["x1"], edge)
        for x in page.rects
        if THIN < x["bottom"] - x["top"] < page.height / 2 and x.get("stroke")
        for edge in (x["top"], x["bottom"])
    ]
    found: list[Rule] = []
    for _, left, right, top in sorted(pieces):
        same = found[-1] if found else None
        if same and abs(same.top - top) <= 1.5 and left <= same.right + 3:
            found[-1] = Rule(same.left, max(same.right, right), same.top)
        else:
            found.append(Rule(left, right, top))
    return found


def _regions(words: list[dict], rules: list[Rule], page: Any) -> Iterator[Region]:
    """Give the tables of a page by their captions, and the rules that belong to them."""
    captions = [(word, follower) for word, follower in _captions(words)]
    for word, label in captions:
        below = [r for r in rules if word["top"] < r.top and r.left - 25 <= word["x0"] <= r.right]
        stops = [
            other["top"]
            for other, _ in captions
            if other["top"] > word["bottom"] + 5 and abs(other["x0"] - word["x0"]) < page.width / 3
        ]
        below = [r for r in below if r.top < min(stops, default=page.height)]
        if not below or below[0].top - word["bottom"] > NEAR:
            region = _without_rules(word, label, words, page, min(stops, default=page.height))
            if region is not None:
                yield region
            continue
        first = max(below[:1], key=lambda r: r.right - r.left)
        own = [r for r in below if r.left >= first.left - 8 and r.right <= first.right + 8]
        full = [r for r in own if r.right - r.left >= 0.9 * (first.right - first.left)]
        if len(full) < 2:
            continue
        caption = _between(words, first.left, first.right, word["top"] - 1, first.top)
        yield Region(
            label,
            caption,
            first.left,
            first.right,
            first.top,
            full[-1].top,
            tuple(own),
        )


def _without_rules(
    word: dict, label: str, words: list[dict], page: Any, stop: float
) -> Region | None:
    """Find a table without rules: the lines of several cells that follow its caption."""
    middle = page.width / 2
    right_side = word["x0"] > middle
    left, right = 0.0, page.width
    if _two_columns(words, page):
        left, right = (middle, page.width) if right_side else (0.0, middle)
    below = [
        w
        for w in words
        if left <= w["x0"] and w["x1"] <= right and word["top"] - 1 <= w["top"] < stop
    ]
    lines = [(line, _chunks(line)) for line in _lines(below)]
    first = next((i for i, (_, chunks) in enumerate(lines) if len(chunks) > 2), None)
    if first is None or first > 4:
        return None
    last, width = first, right - left
    for i in range(first + 1, len(lines)):
        line, chunks = lines[i]
        size = line[0]["size"]
        gap = _base(line) - _base(lines[i - 1][0])
        if gap > 3.2 * size or (
            len(chunks) == 1 and chunks[0].right - chunks[0].left > 0.5 * width
        ):
            break
        last = i
    inside = [w for line, _ in lines[first : last + 1] for w in line]
    if last - first < 2:
        return None
    return Region(
        label,
        plain(" ".join(w["text"] for line, _ in lines[:first] for w in line)),
        min(w["x0"] for w in inside),
        max(w["x1"] for w in inside),
        min(w["top"] for w in inside) - 1,
        max(w["bottom"] for w in inside) + 1,
        (),
    )


def _captions(words: list[dict]) -> Iterator[tuple[dict, str]]:
    """Give the words with which captions begin, and the names of their tables."""
    for i, word in enumerate(words[:-1]):
        follower = words[i + 1]
        if not CAPTION.fullmatch(word["text"]) or not NUMBER.fullmatch(follower["text"]):
            continue
        before = words[i - 1] if i else None
        same_line = before is not None and abs(before["bottom"] - word["bottom"]) < 3
        if same_line and 0 <= word["x0"] - before["x1"] < 8:
            continue
        yield word, f"Table {follower['text'].rstrip('.:')}"


def _between(words: list[dict], left: float, right: float, top: float, bottom: float) -> str:
    inside = [
        w
        for w in words
        if left - 3 <= w["x0"] <= right and top <= w["top"] and w["bottom"] <= bottom + 2
    ]
    return plain(" ".join(" ".join(w["text"] for w in line) for line in _lines(inside)))


# -- one table ------------------------------------------------------------------------------


def _lines(words: list[dict]) -> list[list[dict]]:
    """Put words in lines, from the top and from the left."""
    lines: list[list[dict]] = []
    for word in sorted(words, key=lambda w: (w["bottom"], w["x0"])):
        size = word["size"]
        if lines and abs(_base(lines[-1]) - word["bottom"]) <= LINE * size:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda w: w["x0"]) for line in lines]


def _base(line: list[dict]) -> float:
    return statistics.median(word["bottom"] for word in line)


def _chunks(line: list[dict]) -> list[Chunk]:
    """Join the words of a line that stand near one another."""
    found: list[Chunk] = []
    for word in line:
        if found and word["x0"] - found[-1].right <= GAP * word["size"]:
            last = found[-1]
            found[-1] = Chunk(last.left, word["x1"], f"{last.text} {word['text']}")
        else:
            found.append(Chunk(word["x0"], word["x1"], word["text"]))
    return found


def _table(region: Region, words: list[dict], page: Any) -> PaperTable | None:
    inside = [w for w in words if _holds(region, w)]
    if not inside:
        return None
    size = statistics.median(w["size"] for w in inside)
    inside = [w for w in inside if w["size"] >= RAISED * size]
    lines = [(_base(line), _chunks(line)) for line in _lines(inside)]
    full = [
        r.top
        for r in region.rules
        if r.right - r.left >= 0.9 * (region.right - region.left) and r.top > region.top + 2
    ]
    head_end = full[0] if full and full[0] < region.bottom - 2 else None
    heads = [c for base, c in lines if head_end is not None and base <= head_end + 1]
    body = [(base, c) for base, c in lines if head_end is None or base > head_end + 1]
    columns = _without_slivers(_columns([c for _, c in body]), [c for _, c in body], heads)
    if len(columns) < 2:
        return None
    parts = [r for r in region.rules if r.right - r.left < 0.9 * (region.right - region.left)]
    raw = [
        _head(chunks, columns, parts, below)
        for chunks, below in zip(heads, [*heads[1:], []], strict=False)
    ]
    left = min(c[0].left for _, c in body)
    rows = [_body(chunks, columns, left) for _, chunks in body]
    raw += _joined(rows, [base for base, _ in body])
    return PaperTable(region.label, region.caption, grid(raw), len(heads), page=page.page_number)


def _without_slivers(
    columns: list[tuple[float, float]], body: list[list[Chunk]], heads: list[list[Chunk]]
) -> list[tuple[float, float]]:
    """Join to the labels what only a wide gap between two words of few labels parts from them."""
    filled = [sum(any(_overlap(c, col) > 0 for c in chunks) for chunks in body) for col in columns]
    numbers = [
        any(re.search(r"\d", c.text) for chunks in body for c in chunks if _overlap(c, col) > 0)
        for col in columns
    ]
    headed = [
        any(_overlap(c, col) > 0 and c.left >= col[0] - 6 for chunks in heads for c in chunks)
        for col in columns
    ]
    last = 0
    for j in range(1, len(columns)):
        sliver = not numbers[j] and not headed[j] and filled[j] < 0.5 * max(len(body), 1)
        if not sliver:
            break
        last = j
    return [(columns[0][0], columns[last][1]), *columns[last + 1 :]] if columns else []


def _columns(body: list[list[Chunk]]) -> list[tuple[float, float]]:
    """Find the columns: bands of white that no line of several cells crosses."""
    spans = sorted((c.left, c.right) for chunks in body if len(chunks) > 1 for c in chunks)
    columns: list[list[float]] = []
    for left, right in spans:
        if columns and left <= columns[-1][1] + CLEAR:
            columns[-1][1] = max(columns[-1][1], right)
        else:
            columns.append([left, right])
    return [(left, right) for left, right in columns]


def _body(chunks: list[Chunk], columns: list[tuple[float, float]], left: float) -> list[RawCell]:
    """Put the cells of a body line in their columns."""
    cells = [""] * len(columns)
    for chunk in chunks:
        place = max(range(len(columns)), key=lambda j: _overlap(chunk, columns[j]))
        if _overlap(chunk, columns[place]) <= 0:
            place = min(range(len(columns)), key=lambda j: _distance(chunk, columns[j]))
        if len(chunks) == 1 and chunk.left <= columns[0][1]:
            place = 0
        cells[place] = f"{cells[place]} {chunk.text}".strip()
    indent = round((chunks[0].left - left) / 3) if chunks and chunks[0].left < columns[0][1] else 0
    return [RawCell(plain(text), indent=indent if j == 0 else 0) for j, text in enumerate(cells)]


def _head(
    chunks: list[Chunk],
    columns: list[tuple[float, float]],
    parts: list[Rule],
    below: list[Chunk],
) -> list[RawCell]:
    """Put the cells of a head line over the columns that they span.

    A column that has a head in the line below and none here stands under the nearest one here.
    """
    cells = [""] * len(columns)
    for chunk in chunks:
        for j in _spanned(chunk, columns, parts):
            cells[j] = f"{cells[j]} {chunk.text}".strip()
    under = {j for chunk in below for j in _spanned(chunk, columns, [])}
    spanning = [chunk for chunk in chunks if 0 not in _spanned(chunk, columns, [])]
    reach = 1.6 * (columns[-1][1] - columns[0][0]) / len(columns)
    for j in sorted(under - {0}):
        if not cells[j] and spanning:
            nearest = min(spanning, key=lambda chunk: _away(chunk, columns[j]))
            cells[j] = nearest.text if _away(nearest, columns[j]) <= reach else ""
    return [RawCell(plain(text), head=True) for text in cells]


def _spanned(chunk: Chunk, columns: list[tuple[float, float]], parts: list[Rule]) -> list[int]:
    """Give the columns under a head: those of the rule below it, or those that it is over."""
    for part in parts:
        if part.left - 6 <= chunk.left and chunk.right <= part.right + 6:
            middles = [(left + right) / 2 for left, right in columns]
            under = [j for j, x in enumerate(middles) if part.left - 4 <= x <= part.right + 4]
            if 1 < len(under) < len(columns) - 1:
                return under
    over = [j for j, column in enumerate(columns) if _overlap(chunk, column) > 0]
    if over:
        return over
    return [min(range(len(columns)), key=lambda j: _distance(chunk, columns[j]))]


def _away(chunk: Chunk, column: tuple[float, float]) -> float:
    """Give how far the middle of a column is from a head (0: below it)."""
    middle = (column[0] + column[1]) / 2
    return max(chunk.left - middle, middle - chunk.right, 0.0)


def _overlap(chunk: Chunk, column: tuple[float, float]) -> float:
    return min(chunk.right, column[1]) - max(chunk.left, column[0])


def _distance(chunk: Chunk, column: tuple[float, float]) -> float:
    return abs(chunk.middle - (column[0] + column[1]) / 2)


def _joined(rows: list[list[RawCell]], bases: list[float]) -> list[list[RawCell]]:
    """Join rows that were split: a label or cell that goes on in the next line.

    Lines of one row stand nearer to each other than rows do, where rows are set apart.
    """
    steps = [b - a for a, b in pairwise(bases)]
    usual = statistics.median(steps) if steps else 0.0
    out: list[list[RawCell]] = []
    for i, row in enumerate(rows):
        before = out[-1] if out else None
        near = i > 0 and steps[i - 1] < 0.88 * usual
        if before is not None and _goes_on(before, row, near):
            out[-1] = [
                RawCell(plain(f"{a.text} {b.text}"), indent=a.indent)
                for a, b in zip(before, row, strict=True)
            ]
        else:
            out.append(row)
    return out


def _goes_on(before: list[RawCell], row: list[RawCell], near: bool) -> bool:
    """Tell whether a row is the rest of the one above it."""
    cells = [cell.text for cell in row[1:] if cell.text]
    filled = any(cell.text for cell in before[1:])
    if not row[0].text:
        return bool(cells) and filled and all(text.startswith(("(", "[", "-")) for text in cells)
    open_ = before[0].text.count("(") > before[0].text.count(")")
    hangs = re.search(r"(?:[,/&-]|\b(?:and|or|of|the|to|with|vs\.?))$", before[0].text)
    if cells:
        return not filled and bool(open_ or hangs or near)
    lower = re.match(r"[a-z(%]", row[0].text) and row[0].indent > before[0].indent
    return bool(near or (filled and (open_ or hangs or lower)) or (not filled and (open_ or hangs)))


# -- text -----------------------------------------------------------------------------------


def _columns_of_text(words: list[dict], page: Any) -> list[str]:
    """Give the text of a page, column by column where it has two."""
    middle = page.width / 2
    sides = (
        [[w for w in words if w["x0"] < middle], [w for w in words if w["x0"] >= middle]]
        if _two_columns(words, page)
        else [words]
    )
    texts = [" ".join(" ".join(w["text"] for w in line) for line in _lines(side)) for side in sides]
    # a word parted at the end of a line is one word
    return [re.sub(r"(?<=[a-z])- (?=[a-z])", "", plain(text)) for text in texts if text]


def _two_columns(words: list[dict], page: Any) -> bool:
    """Tell whether the text of a page is set in two columns."""
    middle = page.width / 2
    across = [w for w in words if w["x0"] < middle - 4 and w["x1"] > middle + 4]
    return len(across) < 0.02 * max(len(words), 1)
