"""Rows of patients that a cell prints: found in executed notebooks, told, and left out of pages.

A cell such as `cohort.patients.head()` is handy while one works and would be published with the
notebook. What is looked for are identifiers of the cohort: those that can be nothing else anywhere
in a text, others (1, 2, 3) only under or beside the name of their column.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from ...cohort.cohort import Cohort
from ..project.report_copy import ABOUT, cell_name, joined, read_executed

ID = "patient_id"  # what every table of a cohort calls its identifier
LEFT_OUT = "Left out: rows of patients (privacy.show_ids is not true in the study file).\n"
SURE, LIKELY = 3, 5  # letters of an identifier that is one wherever it stands, or beside another
TOKEN = re.compile(r"[\w./-]+")
APART = re.compile(r"[\s,;|]+")


@dataclass(frozen=True)
class Found:
    """One output that shows patients."""

    notebook: str
    cell: str
    identifiers: int

    def __str__(self) -> str:
        noun = "identifier" if self.identifiers == 1 else "identifiers"
        return (
            f"{self.notebook}, {self.cell}: the output holds rows of patients "
            f"({self.identifiers} {noun})"
        )


class Identifiers:
    """The identifiers of a cohort, and what their column is called."""

    def __init__(self, values: Iterable[object], names: Iterable[str] = ()) -> None:
        self.all = {str(value).strip() for value in values} - {"", "nan", "None"}
        self.names = {ID, *names}
        # letters with digits (P017) are hardly ever a word or a number of something else
        self._sure = {value for value in self.all if _mixed(value) and len(value) >= SURE}
        self._likely = {value for value in self.all if len(value) >= LIKELY}

    @classmethod
    def of(cls, cohort: Cohort) -> Identifiers:
        """Read them off the patients and off the names in the study file."""
        patients = cohort.patients
        values = patients.get(ID, patients.index)
        return cls(values, [cohort.study.columns.patient_id])

    def within(self, output: dict[str, Any]) -> set[str]:
        """Give the identifiers that an output of a cell shows."""
        if ABOUT in output.get("metadata", {}) and not output["metadata"][ABOUT].get("own"):
            return set()  # figures and tables of this package follow `privacy` themselves
        found: set[str] = set()
        for kind, text in _texts(output):
            words = [*TOKEN.findall(text), *APART.split(text)]
            tokens = {*words, *(word.strip("./-:'\"()[]") for word in words)}
            found |= tokens & self._sure
            likely = tokens & self._likely
            # one number may be a count that happens to be an identifier: two are no chance
            found |= likely if len(likely) > 1 else set()
            found |= self._in_html(text) if kind == "text/html" else self._in_lines(text)
        return found

    def _in_html(self, text: str) -> set[str]:
        parser = _Tables()
        parser.feed(text)
        found: set[str] = set()
        for rows in parser.tables:
            columns = {
                place for row in rows for place, cell in enumerate(row) if cell in self.names
            }
            for row in rows:
                found |= {cell for place, cell in enumerate(row) if place in columns} & self.all
                if row and row[0] in self.names:  # a patient a column
                    found |= set(row[1:]) & self.all
        return found

    def _in_lines(self, text: str) -> set[str]:
        """Look under the column's name in printed frames, beside it in records."""
        found: set[str] = set()
        lines = [APART.split(line.strip()) for line in text.splitlines()]
        for number, words in enumerate(lines):
            # as records print it: {'patient_id': 'P017', ...}
            bare = [word.strip("'\"{}[]():=") for word in words]
            for place, word in enumerate(bare):
                if word in self.names:
                    below = [
                        line[at]
                        for line in lines[number + 1 :]
                        # a frame's index moves the values one place to the right of their heads
                        for at in (place, place + 1)
                        if at < len(line)
                    ]
                    beside = bare[place + 1 : place + 2]
                    above = (
                        [line[-1] for line in lines[:number]] if bare[place - 1] == "Name" else []
                    )
                    found |= {one.strip("'\"") for one in (*below, *beside, *above)} & self.all
        return found


class _Tables(HTMLParser):
    """Collects the cells of each table of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._open = False

    def handle_starttag(self, tag: str, _attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            row = self.tables[-1][-1]
            row[-1] = f"{row[-1]}{data}".strip()


def guard(executed: Iterable[Path], cohort: Cohort) -> list[Found]:
    """Find the outputs that show patients; without `privacy.show_ids` replace them by one line.

    Parameters
    ----------
    executed : iterable of Path
        Executed notebooks; those with such an output are written again where it is left out.
    cohort : Cohort

    Returns
    -------
    list of Found
        In the order of reading.
    """
    identifiers, found = Identifiers.of(cohort), []
    for path in executed:
        content, before = read_executed(path), len(found)
        cells = [
            {
                **cell,
                "outputs": list(
                    _seen(cell, path.stem, identifiers, found, cohort.study.privacy.show_ids)
                ),
            }
            if cell["cell_type"] == "code"
            else cell
            for cell in content["cells"]
        ]
        if len(found) > before and not cohort.study.privacy.show_ids:
            text = json.dumps(
                {**content, "cells": cells}, ensure_ascii=False, indent=1, sort_keys=True
            )
            # written through the link, the kept run would change too
            path.unlink()  # it may be a link to the copy that is kept
            path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return found


def warning(found: Sequence[Found], shown: bool) -> str:
    """Tell what was found, and what to do."""
    does = (
        "Published with the notebook, since privacy.show_ids is true"
        if shown
        else "Left out of the published notebook"
    )
    lines = "\n".join(f"  {one}." for one in found)
    return (
        f"Warning: rows of patients in the notebooks.\n{lines}\n  {does}. Remove the output, "
        "or show counts in place of patients."
    )


def _seen(
    cell: dict[str, Any], notebook: str, identifiers: Identifiers, found: list[Found], shown: bool
) -> Iterator[dict[str, Any]]:
    """Give the outputs of a cell as they may be published, and note those that show patients."""
    for output in cell["outputs"]:
        here = identifiers.within(output)
        if here:
            found.append(Found(notebook, cell_name(cell), len(here)))
        if here and not shown:
            yield {"output_type": "stream", "name": "stdout", "text": LEFT_OUT}
        else:
            yield output


def _texts(output: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give what an output says in words, by its kind; pictures say nothing here."""
    if output["output_type"] == "stream":
        yield "text/plain", joined(output["text"])
    elif output["output_type"] == "error":
        yield "text/plain", "\n".join([output.get("evalue", ""), *output.get("traceback", [])])
    for kind, data in output.get("data", {}).items():
        if not kind.startswith("image/") or kind == "image/svg+xml":
            yield kind, joined(data) if isinstance(data, str | list) else json.dumps(data)


def _mixed(value: str) -> bool:
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
