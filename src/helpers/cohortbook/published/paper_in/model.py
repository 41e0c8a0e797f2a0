"""A paper as it is read: tables as grids of cells, and paragraphs, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RawCell:
    """A cell as the file holds it: its text, and how many columns and rows it spans."""

    text: str
    columns: int = 1
    rows: int = 1
    indent: int = 0
    head: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell in its place. `copy`: it only repeats one that spans several places."""

    text: str
    row: int
    column: int
    indent: int = 0
    copy: bool = False


@dataclass
class PaperTable:
    """One table: its name and caption, its rows of equal length, and how many are heads."""

    where: str
    caption: str
    rows: list[list[Cell]]
    heads: int
    notes: str = ""
    page: int | None = None


@dataclass(frozen=True)
class Paragraph:
    """One paragraph: the section it stands in, and its text."""

    where: str
    text: str
    page: int | None = None


@dataclass
class Paper:
    """Everything that was read of a paper; `unread` names the tables that could not be."""

    about: dict[str, str] = field(default_factory=dict)
    tables: list[PaperTable] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def grid(rows: list[list[RawCell]]) -> list[list[Cell]]:
    """Put cells that span columns or rows into every place they cover."""
    taken: dict[tuple[int, int], Cell] = {}
    for i, row in enumerate(rows):
        j = 0
        for raw in row:
            while (i, j) in taken:
                j += 1
            for down in range(max(raw.rows, 1)):
                for right in range(max(raw.columns, 1)):
                    if i + down < len(rows):
                        copy = bool(down or right)
                        taken[i + down, j + right] = Cell(
                            raw.text, i + down, j + right, raw.indent, copy
                        )
            j += max(raw.columns, 1)
    width = max((j + 1 for _, j in taken), default=0)
    return [[taken.get((i, j), Cell("", i, j)) for j in range(width)] for i in range(len(rows))]
