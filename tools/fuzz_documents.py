"""Documents of a study and of its readers, whole and damaged, for `fuzz_readers`.

Papers that `audit` reads, the file of printed results, a DOCX that co-authors changed, an answer to
reviewers, parts of the manuscript, notebooks, stored comments and a grid of sweeps.
"""

from __future__ import annotations

import functools
import io
import json
import random
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import paper_files

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import docx_edits
from tiny import project as tiny_project

from cohortbook.build.notebooks.notebooks import asked
from cohortbook.build.notebooks.own_notebooks import added_notebooks, notebooks_of
from cohortbook.build.project.own_parts import own_parts
from cohortbook.build.render.docx_comments import comments_in
from cohortbook.published import load_published
from cohortbook.published.audit import audit
from cohortbook.published.paper_in import draft_of, read_paper
from cohortbook.review.builds import load_build
from cohortbook.review.response import read_reviews, respond
from cohortbook.sweep.grid import points_of, read_grid
from cohortbook.word.plan import plan

ROOT = Path(__file__).resolve().parents[1]
Damage = Callable[[bytes, random.Random], bytes]
HEADS = [["Variable", "Control (n = 40)", "Treated (n=1,238)", "<italic>P</italic>"]]
TABLES = [
    (
        "Table 1",
        "Baseline characteristics",
        HEADS,
        [
            ["Age, years, median (range)", "61 (23-90)", "62.5 (18–91)", "0.41"],
            ["Sex|4"],
            ["\u2003Male", "20 (50.0)", "613 (49.5%)", "0.952"],
            ["\u2003Female", "20 (50.0)", "625 (50.5%)", ""],
            ["AFP, mean ± SD", "12.3 ± 4.5", "11.9±4.4", "&lt;0.001"],
        ],
        "AFP, alpha-fetoprotein.",
    ),
    (
        "Table 2",
        "Cox regression of overall survival",
        [["Factor", "HR (95% CI)", "P value"]],
        [["Treatment", "0.63 (0.45-0.88)", "0.007"], ["Age__2", "1.01 (0.99–1.03)", "0.30"]],
        "HR, hazard ratio.",
    ),
]
PARAGRAPHS = (
    "Median overall survival was 12.3 months (95% CI, 9.8 to 15.1; log-rank P = 0.008).",
    "The objective response rate was 45.0% (18/40) against 30.1%.",
)
REVIEWS = """\
# Reviewer 1

1. Events are not counted by arm. Why was the P value not adjusted?

> They are now: {words: Nobody knew the answer.}. It was {value: compare/os/all/p}.

2. The second point, of {braces}.

> Response did not change: {same: compare/*}. {new: x} and {changed: compare/os/all/p}
"""
PART = """\
---
title: My part
adds-to: safety
needs: [adverse_events]
label: sec-mine
---

## A heading {#sec-mine}

Some words, {{< var cohort.n >}}, of @fig-km and [@key].

::: {.callout-note}
Note.
:::
"""
GRID = """\
title: How far the result depends on our choices
endpoint: os
axes:
  - name: patients
    values:
      - {label: all}
      - {label: under 60, where: {age: {most: 59}}}
  - name: endpoint
    values:
      - {label: OS to 24 months, endpoint: os, censor_after: {os: 24}}
      - {label: AFP 400, set: {variables.afp.at: [400]}}
"""
STORED = """\
- author: A reader
  date: "2024-03-31T10:00:00Z"
  text: "Is this so?"
  on: "Nobody knew"
  paragraph: "The question was asked before the data were seen. Nobody knew the answer."
"""
ROW = {
    "key": "compare/os/all/p",
    "notebook": "01-cohort",
    "frame": "compare",
    "analysis": "logrank",
    "printed": "",
    "printed_p": "P = 0.050",
    "p_value": 0.04987,
    "estimate": None,
    "n": 52,
    "n_events": 20,
}


@functools.cache
def place() -> Path:
    """Give a folder with a study, its built report and a small project; it ends with us."""
    kept = tempfile.TemporaryDirectory()
    _kept.append(kept)
    folder = Path(kept.name)
    project, study = docx_edits.report(folder)
    docx_edits.build(project, folder / "out")
    (folder / "out" / "results.json").write_text(json.dumps({"statistics": [ROW]}))
    assert study == folder / "study"
    tiny_project(folder / "tiny")
    return folder


_kept: list[tempfile.TemporaryDirectory] = []


def paper(ending: str) -> bytes:
    """Give a paper with two tables and two sentences."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"p.{ending}"
        paper_files.MAKERS[ending](path, TABLES, PARAGRAPHS)
        return path.read_bytes()


def built() -> bytes:
    """Give the DOCX of a report."""
    return (place() / "out" / "report.docx").read_bytes()


def printed() -> bytes:
    """Give printed results of every kind of block."""
    return (ROOT / "tests" / "audit_papers" / "npc-rct.yml").read_bytes()


def notebook() -> bytes:
    """Give a notebook of a study."""
    cells = [
        cell("markdown", "---\ntitle: Mine\nafter: safety\n---\n"),
        cell("code", "depth = 3\nnames = ['a', 'b']\nstudy = 'x'\n", ["parameters"]),
        cell("code", "#| label: fig-mine\n#| fig-cap: 'A'\nbook.show(1)\nstart(needs='safety')\n"),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    content = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1).encode()


def cell(kind: str, source: str, tags: tuple[str, ...] | list[str] = ()) -> dict:
    """Give a cell as a notebook file has it."""
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    lines = source.splitlines(keepends=True)
    return {"cell_type": kind, "id": "c1", "metadata": {"tags": [*tags]}, "source": lines} | code


def read_printed(path: Path) -> None:
    """Audit printed results."""
    audit(load_published(path))


def read_a_paper(path: Path) -> None:
    """Read a paper and audit what it prints."""
    audit(draft_of(read_paper(path)).published())


def read_edited(path: Path) -> None:
    """Plan what an edited DOCX changes."""
    plan(place() / "study", path, place() / "out")


def read_answers(path: Path) -> None:
    """Check an answer to reviewers."""
    build = load_build(place() / "out")
    respond(read_reviews(path), build, build)


def read_results(path: Path) -> None:
    """Read a build's results."""
    load_build(path)


def read_part(path: Path) -> None:
    """Read a part of the manuscript that a study adds."""
    target = place() / "tiny" / "data" / "tiny" / "report" / path.name
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(path.read_bytes())
    own_parts(place() / "tiny", target.parents[1], [])


def read_notebook(path: Path) -> None:
    """Read a notebook of a study, alone and as one that is added to the project's."""
    study = place() / "tiny" / "data" / "tiny"
    target = study / "notebooks" / path.name
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(path.read_bytes())
    notebooks = notebooks_of(place() / "tiny", study)
    for one in notebooks:
        _ = one.parameters, one.sources, one.sections, one.code
    list(asked(notebooks, {"depth": "3"}, {}))
    own_parts(place() / "tiny", study, added_notebooks(place() / "tiny", notebooks))


def read_a_grid(path: Path) -> None:
    """Read what a sweep varies."""
    points_of(read_grid(path))


def read_stored(path: Path) -> None:
    """Read the comments that co-authors left in a DOCX."""
    comments_in(path)


def damaged_archive(damaged_words: Damage, damaged_bytes: Damage, *often: str) -> Damage:
    """Damage one part inside a DOCX or a workbook (`often` those so named), or the file itself."""

    def damage(content: bytes, rng: random.Random) -> bytes:
        if rng.random() < 0.2:
            return damaged_bytes(content, rng)
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            main = [name for name in names if any(part in name for part in often)]
            chosen = rng.choice([*names, *main * 3])
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
                for name in names:
                    part = archive.read(name)
                    if name == chosen:
                        if rng.random() < 0.05:
                            continue
                        part = rng.choice([damaged_words, damaged_words, damaged_bytes])(part, rng)
                    new.writestr(name, part)
        return out.getvalue()

    return damage


def documents(damaged_bytes: Damage, damaged_words: Damage, damaged_yaml: Damage) -> dict:
    """Give the kinds: the name of a file, how it is made, damaged and read."""

    def text(content: bytes, rng: random.Random) -> bytes:
        return rng.choice([damaged_words, damaged_words, damaged_bytes])(content, rng)

    def front(content: bytes, rng: random.Random) -> bytes:
        head, mark, body = content.partition(b"---\n\n")
        return (
            damaged_yaml(head, rng) + b"\n" + mark + body
            if rng.random() < 0.7
            else text(content, rng)
        )

    archive = damaged_archive(damaged_words, damaged_bytes, "document", "comments")
    return {
        "jats": ("p.xml", lambda: paper("xml"), text, read_a_paper),
        "html": ("p.html", lambda: paper("html"), text, read_a_paper),
        "docx": ("p.docx", lambda: paper("docx"), archive, read_a_paper),
        "pdf": ("p.pdf", lambda: paper("pdf"), damaged_bytes, read_a_paper),
        "published": ("published.yml", printed, damaged_yaml, read_printed),
        "edited": ("edited.docx", built, archive,
                   read_edited),
        "reviews": ("reviews.md", REVIEWS.encode, text, read_answers),
        "results": ("results.json", lambda: json.dumps({"statistics": [ROW]}, indent=1).encode(),
                    text, read_results),
        "part": ("mine.qmd", PART.encode, front, read_part),
        "notebook": ("08-mine.ipynb", notebook, text, read_notebook),
        "grid": ("grid.yml", GRID.encode, damaged_yaml, read_a_grid),
        "comments": ("comments.yml", STORED.encode, damaged_yaml, read_stored),
    }  # fmt: skip
