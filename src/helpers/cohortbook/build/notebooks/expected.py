"""What a notebook is expected to find: all that it showed and saved, kept as text and compared.

Pictures are not compared, the data behind them are: numbers with a tolerance that covers how a sum
was rounded, everything else letter by letter. As in nbval, the outputs of a cell with
`# NBVAL_IGNORE_OUTPUT` or the tag `nbval-ignore-output` do not count.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from ...results import COLUMNS, KEYS
from ..files.commit import file_hash
from ..project.report_copy import (
    ABOUT,
    HTML,
    MARKDOWN,
    PNG,
    SVG,
    cell_name,
    joined,
    read_executed,
    shortened,
)
from .execute import Run
from .tidy import INJECTED

FORMAT = 1
MOST_ROWS = 5_000  # of one frame; of a longer one a digest is kept
SHORT = 80  # letters of a value in a message
RELATIVE, ABSOLUTE = 1e-9, 1e-12
IGNORED = re.compile(r"#\s*(?:NBVAL_IGNORE_OUTPUT|NBVAL_SKIP|PYTEST_VALIDATE_IGNORE_OUTPUT)\b")
IGNORED_TAGS = {"nbval-ignore-output", "nbval-skip"}
WITH_DIGEST = re.compile(r", data [0-9a-f]{12}>")
PLAIN = "text/plain"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was stored."""

    notebook: str
    cell: str
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        place = f"{self.notebook}, {self.cell}" if self.cell else self.notebook
        before, after = (shortened(text, SHORT) for text in (self.before, self.after))
        return f"{place}: {self.what}\n  before: {before}\n  after:  {after}"


def record(run: Run) -> dict[str, Any]:
    """Give what a finished run showed and saved, as it is stored.

    Returns
    -------
    dict
        `cells`: by identifier, each with its name and what it shows; `frames` and `figures`: by
        name or label, the cell, columns and rows (a line of CSV each); `values`: what is quoted.
    """
    cells, by_count, ignored = {}, {}, 0
    for number, cell in enumerate(read_executed(run.executed)["cells"]):
        if cell["cell_type"] != "code" or cell.get("id") == INJECTED:
            continue
        key = str(cell.get("id", number))
        name = cell_name(cell)
        by_count[cell.get("execution_count")] = name
        if _is_ignored(cell):
            ignored += 1
            continue
        cells[key] = {"name": name, "shows": _shown(cell)}
    folder, stem = run.results, run.notebook.name
    places = _json(folder / f"{stem}.places.json")
    counts = _json(folder / f"{stem}.cells.json")

    def place(kind: str, name: str) -> str:
        return by_count.get(places.get(kind, {}).get(name), "")

    frames = {
        path.stem.removeprefix(f"{stem}."): path for path in sorted(folder.glob(f"{stem}.*.csv"))
    }
    figures = {path.stem: path for path in sorted((folder / "figures").glob("*.csv"))}
    # of a figure of the user's own, the data are what stands in the drawing
    figures |= {path.stem: path for path in sorted((folder / "drawn").glob("*.csv"))}
    values = _json(folder / f"{stem}.values.json")
    return {
        "format": FORMAT,
        "cells": cells,
        "frames": {n: {"cell": place("frames", n), **_rows(p)} for n, p in frames.items()},
        "figures": {n: {"cell": place("shown", n), **_rows(p)} for n, p in figures.items()},
        "values": {
            name: {"cell": by_count.get(counts.get(name), ""), "says": text}
            for name, text in sorted(values.items())
        },
        "ignored": ignored,
    }


def as_text(found: Mapping[str, Any]) -> str:
    """Give a record as it is written: JSON, one row or line of text a line."""
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def differences(
    notebook: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Difference]:
    """Give all that differs between what was stored of a notebook and what it finds now."""
    found = [*_of_frames(before, after), *_of_values(before, after), *_of_cells(before, after)]
    return [Difference(notebook, *parts) for parts in found]


def _is_ignored(cell: Mapping[str, Any]) -> bool:
    tags = set(cell.get("metadata", {}).get("tags", []))
    return bool(IGNORED.search(joined(cell["source"])) or tags & IGNORED_TAGS)


# What a cell shows -----------------------------------------------------------------------------


def _shown(cell: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [dict(_output(output)) for output in cell.get("outputs", [])]


def _output(output: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give what an output says: words, the rows of a table, what a figure is called."""
    if output["output_type"] == "stream":
        yield "text", joined(output["text"]).splitlines()
        return
    if output["output_type"] == "error":
        yield "text", [f"{output.get('ename')}: {output.get('evalue')}"]
        return
    data, about = output.get("data", {}), output.get("metadata", {}).get(ABOUT, {})
    for name in ("label", "caption", "alt"):
        if about.get(name):
            yield name, [joined(about[name])]
    if HTML in data:
        # the cells, not the HTML: a change of style is no change of what was found
        parser = _Words()
        parser.feed(joined(data[HTML]))
        yield "table", [_line(row) for row in parser.rows]
        yield "text", [line for line in parser.lines if line]
    elif MARKDOWN in data:
        yield "text", joined(data[MARKDOWN]).splitlines()
    # what Python calls a figure says nothing that its data do not
    elif PLAIN in data and not about.get("alt"):
        yield "text", joined(data[PLAIN]).splitlines()
    if (
        not about
        and (PNG in data or SVG in data)
        and not WITH_DIGEST.search(joined(data.get(PLAIN, "")))
    ):
        yield "picture", [_picture(data)]


def _picture(data: Mapping[str, Any]) -> str:
    """Give a digest of a picture of which nothing else is known: of its points, not its file."""
    if PNG not in data:
        return hashlib.sha256(joined(data[SVG]).encode("utf-8")).hexdigest()[:12]
    from PIL import Image

    # the file also holds the version of the program that wrote it
    image = Image.open(io.BytesIO(base64.b64decode(joined(data[PNG])))).convert("RGBA")
    return hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()[:12]


class _Words(HTMLParser):
    """Collects the rows of the tables of a piece of HTML, and the words beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.lines: list[str] = []
        self._cell = self._silent = False

    def handle_starttag(self, tag: str, _attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append("")
            self._cell = True
        self._silent = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th", "tr", "table")
        self._silent = False

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if self._cell:
            self.rows[-1][-1] = f"{self.rows[-1][-1]} {text}".strip()
        elif text and not self._silent:
            self.lines.append(text)


# What is saved --------------------------------------------------------------------------------


def _rows(path: Path) -> dict[str, Any]:
    """Give a CSV file as columns and rows, each a line; only a digest of one that is long."""
    # text, never read as numbers: 1.0 and 1 are then two cells, which `same` compares
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    columns, rows = (rows[0], rows[1:]) if rows else ([], [])
    if len(rows) > MOST_ROWS:
        whole = file_hash(path)[:12]
        return {"columns": columns, "rows": [], "digest": f"{len(rows)} rows, digest {whole}"}
    return {"columns": columns, "rows": [_line(row) for row in rows]}


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(list(cells))
    return out.getvalue()


def _cells(line: str) -> list[str]:
    return next(csv.reader([line]), [])


# Comparison -----------------------------------------------------------------------------------

Found = tuple[str, str, str, str]  # cell, what, before, after
NOTHING = "(nothing)"


def _of_frames(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Found]:
    for kind, noun in (("frames", "saved as {}"), ("figures", "data behind {}")):
        old, new = before.get(kind, {}), after[kind]
        for name in dict.fromkeys([*old, *new]):
            what = noun.format(name)
            if name not in old or name not in new:
                one = old.get(name) or new[name]
                rows = one.get("digest") or f"{len(one['rows'])} rows"
                yield (one["cell"], what, *_one_side(rows, name in old))
            else:
                yield from _of_frame(old[name], new[name], what)


def _of_frame(old: Mapping[str, Any], new: Mapping[str, Any], what: str) -> Iterator[Found]:
    cell = new["cell"] or old["cell"]
    sizes = [one.get("digest") or f"{len(one['rows'])} rows" for one in (old, new)]
    if old["columns"] != new["columns"]:
        yield cell, f"{what}, columns", _line(old["columns"]), _line(new["columns"])
        return
    if "digest" in old or "digest" in new:
        if sizes[0] != sizes[1]:
            yield cell, what, *sizes
        return
    columns = new["columns"]
    if columns == COLUMNS:
        rows_old, rows_new = _by_key(old["rows"]), _by_key(new["rows"])
    else:
        rows_old, rows_new = _by_number(old["rows"]), _by_number(new["rows"])
        if sizes[0] != sizes[1]:
            yield cell, f"{what}, number of rows", *sizes
    for key in dict.fromkeys([*rows_old, *rows_new]):
        if key not in rows_old or key not in rows_new:
            if columns == COLUMNS:
                row = rows_old.get(key) or rows_new[key]
                yield (cell, f"{what}, {key}", *_one_side(_line(row), key in rows_old))
            continue
        for column, a, b in zip(columns, rows_old[key], rows_new[key], strict=False):
            if not same(a, b):
                yield cell, f"{what}, {key}, {column}", a or NOTHING, b or NOTHING


def _by_key(lines: Iterable[str]) -> dict[str, list[str]]:
    """Give tidy rows by what they are about, so that one more row does not move the others."""
    found: dict[str, list[str]] = {}
    for line in lines:
        row = _cells(line)
        key = "/".join(cell for cell in row[: len(KEYS)] if cell)
        number = 1
        while (name := key if number == 1 else f"{key} ({number})") in found:
            number += 1
        found[name] = row
    return found


def _by_number(lines: Iterable[str]) -> dict[str, list[str]]:
    return {f"row {number}": _cells(line) for number, line in enumerate(lines, start=1)}


def _of_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Found]:
    old, new = before.get("values", {}), after["values"]
    for name in dict.fromkeys([*old, *new]):
        texts = [one[name]["says"] if name in one else NOTHING for one in (old, new)]
        if texts[0] != texts[1]:
            cell = (new.get(name) or old[name])["cell"]
            yield (cell, f"quoted as {name}", *_apart(*texts))


def _of_cells(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Found]:
    old, new = before.get("cells", {}), after["cells"]
    for key in dict.fromkeys([*old, *new]):
        one, other = old.get(key), new.get(key)
        name = (other or one)["name"]
        if one is None or other is None:
            shows = (one or other)["shows"]
            if shows:  # a cell that shows nothing has nothing to compare
                yield (name, "the cell", *_one_side(_first(shows), one is not None))
            continue
        if len(one["shows"]) != len(other["shows"]):
            sizes = [f"{len(shows)}: {_first(shows)}" for shows in (one["shows"], other["shows"])]
            yield (name, "number of outputs", *sizes)
            continue
        for a, b in zip(one["shows"], other["shows"], strict=True):
            yield from ((name, *found) for found in _of_output(a, b))


def _of_output(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for kind in dict.fromkeys([*old, *new]):
        a, b = old.get(kind, []), new.get(kind, [])
        if kind == "table":
            yield from _of_table(a, b)
            continue
        for number in range(max(len(a), len(b))):
            one, other = (lines[number] if number < len(lines) else NOTHING for lines in (a, b))
            if not same(one, other):
                line = f", line {number + 1}" if max(len(a), len(b)) > 1 else ""
                yield (f"{kind}{line}", *_apart(one, other))


def _of_table(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    if len(old) != len(new):
        yield "table, number of rows", str(len(old)), str(len(new))
    head = _cells(new[0]) if new else []
    for number, (a, b) in enumerate(zip(old, new, strict=False), start=1):
        one, other = _cells(a), _cells(b)
        if len(one) != len(other):
            yield f"table, row {number}", a, b
            continue
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            if not same(left, right):
                column = head[place] if place < len(head) and head[place] else f"{place + 1}"
                row = f"row {number} ({other[0]})" if place and other[0] else f"row {number}"
                yield f"table, {row}, column {column}", left or NOTHING, right or NOTHING


def same(one: str, other: str) -> bool:
    """Say whether two cells are equal: as texts, or as numbers but for rounding."""
    if one == other:
        return True
    try:
        a, b = float(one), float(other)
    except ValueError:
        return False
    return (math.isnan(a) and math.isnan(b)) or math.isclose(
        a, b, rel_tol=RELATIVE, abs_tol=ABSOLUTE
    )


def _one_side(text: str, was: bool) -> tuple[str, str]:
    return (text, NOTHING) if was else (NOTHING, text)


def _first(shows: Sequence[Mapping[str, Any]]) -> str:
    lines = (line for output in shows for lines in output.values() for line in lines)
    return next(lines, NOTHING)


def _apart(one: str, other: str) -> tuple[str, str]:
    """Cut what is the same at the beginning of two long texts, so that the difference is seen."""
    if max(len(one), len(other)) <= SHORT:
        return one, other
    equal = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    # at a word: half a number would be read as another one
    start = one.rfind(" ", 0, max(equal - SHORT // 4, 0)) + 1
    mark = "… " if start else ""
    return mark + one[start:], mark + other[start:]


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
