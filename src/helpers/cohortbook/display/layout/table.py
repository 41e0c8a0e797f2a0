"""A finished table: one small model that becomes semantic HTML, plain text, CSV and JSON."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...formats import seen, unescaped
from .abbreviations import explained, used
from .align import FIGURE, POINT, aligned, is_number
from .column_widths import needed, shares
from .csv_rows import write_sheet

INDENT = "\u2003"
LINE_ENDS = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
NUMBER = ' class="number"'  # not broken over two lines on a screen
WORDS = ' class="words"'  # cells of running text begin at the top of their row
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# in heads: "(95% CI)", "P value", "Log-rank P"
TOGETHER = re.compile(r"\([^()]{1,12}\)|\bP [a-z]+|[-\w]+ P$")


@dataclass(frozen=True)
class Cell:
    """A cell with footnotes, or with links into the report; a plain string has neither.

    `links` are (label, words) of sections, tables and figures, with `between` between them.
    """

    text: str
    notes: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    between: str = ", "

    @property
    def words(self) -> str:
        """Text and words of the links, without marks."""
        parts = (self.text, *(word for _, word in self.links))
        return self.between.join(part for part in parts if part)


@dataclass(frozen=True)
class Row:
    """One row. A group row is one bold label over the columns; indent is the level of the label."""

    cells: tuple[Cell | str, ...]
    indent: int = 0
    group: bool = False


@dataclass
class Table:
    """What a notebook cell shows for a table.

    Attributes
    ----------
    columns : list of str or Cell
        Header, one row.
    rows : list of Row
    caption : str
        Markdown.
    notes : list of str
        General notes under the table (method, denominators), plain text.
    abbreviations : dict
        Those that the table uses are explained under it, in alphabetical order.
    widths : list of float or None
        Relative widths of the columns, of which none gets too narrow for its numbers and words.
    left : tuple of int
        Columns set flush left (labels and text); the others are centred, their numbers aligned at
        the decimal point.
    """

    columns: list[Cell | str]
    rows: list[Row]
    caption: str
    notes: list[str] = field(default_factory=list)
    abbreviations: dict[str, str] = field(default_factory=dict)
    widths: list[float] | None = None
    publish: bool = False
    left: tuple[int, ...] = (0,)
    label: str = ""
    explained: str | None = None  # the line of abbreviations, where it was made before
    plain_numbers: Table | None = None  # with decimal points, for machines; itself if None

    def __post_init__(self) -> None:
        self.number_footnotes()

    def number_footnotes(self) -> None:
        """Give each footnote its letter, in the order of the cells."""
        self._footnotes: dict[str, str] = {}
        for cell in self._cells_in_order():
            for note in cell.notes:
                self._footnotes.setdefault(note, _letter(len(self._footnotes)))

    def _cells_in_order(self) -> Iterable[Cell]:
        for cell in self.columns:
            yield _cell(cell)
        for row in self.rows:
            yield from map(_cell, row.cells)

    def _marks(self, cell: Cell) -> str:
        return ",".join(self._footnotes[note] for note in cell.notes)

    @property
    def words(self) -> str:
        """All text of the table that may hold abbreviations."""
        return " ".join(
            [cell.text for cell in self._cells_in_order()] + [*self._footnotes, *self.notes]
        )

    def _used_abbreviations(self) -> str:
        if self.explained is not None:
            return self.explained
        return explained(used(self.words, self.abbreviations))

    @property
    def foot(self) -> list[tuple[str, str]]:
        """Lines under the table: (letter or empty, text)."""
        lines = [("", note) for note in self.notes if note]
        lines += [(letter, note) for note, letter in self._footnotes.items()]
        abbreviations = self._used_abbreviations()
        return [*lines, ("", abbreviations)] if abbreviations else lines

    def html(self) -> str:
        """Give one semantic HTML table; everything in it is escaped."""
        n = len(self.columns)
        head = "".join(
            f'<th scope="col" style="text-align:{self._align(i)}">'
            f"{self._inner(_cell(c), _header(c))}</th>"
            for i, c in enumerate(self.columns)
        )
        fillings = self._fillings()
        columns = "".join(f'<col style="width:{w:.1f}%">' for w in self._percent_widths(fillings))
        body = "\n".join(
            self._html_row(row, n, filled) for row, filled in zip(self.rows, fillings, strict=True)
        )
        foot = "\n".join(
            f'<tr><td colspan="{n}" style="text-align:left">'
            + (f"<sup>{letter}</sup>" if letter else "")
            + f"{html.escape(_one_line(text))}</td></tr>"
            for letter, text in self.foot
        )
        foot = f"<tfoot>\n{foot}\n</tfoot>\n" if foot else ""
        opening = f"<table{WORDS if max(self.left) > 0 else ''}>\n<colgroup>{columns}</colgroup>\n"
        return (
            f"{opening}<thead>\n<tr>{head}</tr>\n</thead>\n"
            f"<tbody>\n{body}\n</tbody>\n{foot}</table>"
        )

    def _fillings(self) -> list[list[tuple[str, str, bool]]]:
        """Give for each cell its text as it is set, spaces for marks, and whether it is a number.

        Numbers are aligned in each centred column; one without a footnote mark gets a raised space
        in its place where others have marks, since these would move their numbers.
        """
        filled = [[(_one_line(_cell(c).text), "", False) for c in row.cells] for row in self.rows]
        for i in range(len(self.columns)):
            if i in self.left:
                continue
            rows = [k for k, row in enumerate(self.rows) if not row.group and i < len(row.cells)]
            cells = [_cell(self.rows[k].cells[i]) for k in rows]
            marks = [len(self._marks(cell)) for cell in cells]
            texts = aligned([filled[k][i][0] for k in rows])
            for k, cell, text, mark in zip(rows, cells, texts, marks, strict=True):
                number = is_number(_one_line(cell.text))
                filled[k][i] = (text, FIGURE * (max(marks) - mark) * number, number)
        return filled

    def _html_row(self, row: Row, n: int, filled: list[tuple[str, str, bool]]) -> str:
        if row.group:
            label = self._inner(_cell(row.cells[0]))
            cell = f'<td colspan="{n}" style="text-align:left"><strong>{label}</strong></td>'
            return f"<tr>{cell}</tr>"
        cells = "".join(
            f'<td{NUMBER if filled[i][2] else ""} style="text-align:{self._align(i)}">'
            + (INDENT * row.indent if i == 0 else "")
            + self._inner(_cell(cell), *filled[i][:2])
            + "</td>"
            for i, cell in enumerate(row.cells)
        )
        return f"<tr>{cells}</tr>"

    def _inner(self, cell: Cell, text: str | None = None, gap: str = "") -> str:
        raised = self._marks(cell) + gap
        marks = f"<sup>{raised}</sup>" if raised else ""
        text = _one_line(cell.text) if text is None else text
        shown = text.rstrip(FIGURE + POINT)  # spaces that align the number follow its mark
        links = cell.between.join(
            f'<a class="place" href="#{html.escape(label)}">{html.escape(_unbroken(word))}</a>'
            for label, word in cell.links
        )
        return html.escape(shown) + links + marks + text[len(shown) :]

    def _align(self, column: int) -> str:
        return "left" if column in self.left else "center"

    def _percent_widths(self, fillings: list[list[tuple[str, str, bool]]]) -> list[float]:
        rows = [pair for pair in zip(self.rows, fillings, strict=True) if not pair[0].group]
        needs = []
        for i, column in enumerate(self.columns):
            cells = [filled[i][0] if i < len(filled) else "" for _, filled in rows]
            indents = [row.indent if i == 0 else 0 for row, _ in rows]
            needs.append(needed(_header(column), cells, i in self.left, indents))
        return shares(self.widths or [2.2] + [1.0] * (len(self.columns) - 1), needs)

    def plain(self) -> list[list[str]]:
        """Give header and rows as text cells, footnote letters in brackets."""

        def text(cell: Cell | str, indent: int = 0) -> str:
            cell = _cell(cell)
            marks = f" [{self._marks(cell)}]" if cell.notes else ""
            return "  " * indent + _one_line(cell.words) + marks

        lines = [[text(cell) for cell in self.columns]]
        for row in self.rows:
            cells = [text(cell, row.indent if i == 0 else 0) for i, cell in enumerate(row.cells)]
            lines.append(cells + [""] * (len(self.columns) - len(cells)))
        return lines

    def text(self) -> str:
        """Give the table as aligned plain text, for terminals and regression tests."""
        lines = self.plain()
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.columns))]
        shown = [
            "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        shown.insert(1, "-" * len(max(shown, key=len)))
        return "\n".join(shown + [f"{letter} {text}".strip() for letter, text in self.foot])

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html(), "text/plain": self.text()}, {"cohortbook": self._about()}

    def _about(self) -> dict[str, Any]:
        return {"kind": "table", "caption": self.caption, "label": self.label}

    def export(self, stem: Path) -> list[Path]:
        """Write the table as CSV and JSON beside `stem`; cells that look like formulas are text."""
        stem.parent.mkdir(parents=True, exist_ok=True)
        about = {
            "caption": unescaped(self.caption),
            "columns": self.plain()[0],
            "rows": self.plain()[1:],
            "machine_rows": (self.plain_numbers or self).plain()[1:],
            "notes": [f"{letter} {_one_line(text)}".strip() for letter, text in self.foot],
        }
        paths = [stem.with_suffix(".csv"), stem.with_suffix(".json")]
        write_sheet(paths[0], (self.plain_numbers or self).plain())
        paths[1].write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
        return paths


def _cell(cell: Cell | str) -> Cell:
    return cell if isinstance(cell, Cell) else Cell(cell)


def _letter(index: int) -> str:
    turn, place = divmod(index, len(LETTERS))
    return LETTERS[place] * (turn + 1)


def _header(cell: Cell | str) -> str:
    """Give a column's head, in which what belongs together is not broken over two lines."""
    return TOGETHER.sub(lambda found: _unbroken(found[0]), _one_line(_cell(cell).text))


def _unbroken(text: str) -> str:
    return text.replace(" ", "\u00a0")


def _one_line(text: str) -> str:
    return LINE_ENDS.sub(" ", seen(text))
