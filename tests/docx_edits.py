"""A report in DOCX, and a generator of what co-authors do to one: seeded, tracked and untracked."""

from __future__ import annotations

import copy
import random
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import yaml
from rendering import make_project
from tiny import study_folder

from cohortbook.build.render.docx_comments import FILE, PLACE
from cohortbook.build.render.render import render
from cohortbook.word.align import plain
from cohortbook.word.changes import Edit, Wording
from cohortbook.word.plan import plan, write

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SECTIONS = "_generated/sections"
LIMITATION = "Patients came from one centre only."
PARTS = {
    "opening": "The question was asked before the data were seen. Nobody knew the answer.\n\n"
    "After Kaplan and Meier [@kaplan1958], Cox [@cox1972] and others, *all* of it was planned.\n",
    "patients": "{{< var cohort.median >}} @tbl-short describes the patients, who came from two "
    "wards.\n\nThey were followed for a long time. Most of them came back.\n\n"
    "{{< embed ../_generated/notebooks/02-safety.ipynb#tbl-short >}}\n",
    "survival": "Survival differed, {{< var cohort.p >}}. @fig-wide shows the **curves** of "
    "all.\n\n"
    "{{< embed ../_generated/notebooks/01-cohort.ipynb#fig-wide >}}\n\n"
    "A sentence follows the figure. It says little.\n",
    "first": '::: {.paragraph name="joined"}\nOne part begins here, {{< var cohort.p >}}.\n:::\n',
    "second": '::: {.paragraph name="joined"}\nAnother part goes on with @fig-narrow.\n:::\n\n'
    "{{< embed ../_generated/notebooks/01-cohort.ipynb#fig-narrow >}}\n",
    "items": "- The first item is short.\n- The second item is longer than the first one.\n",
    "limits": "{{< var study.limitations >}} Readers should bear this in mind.\n",
    "closing": "### Last words {#sec-last}\n\nThe end of the report is near. Thanks go to all.\n",
}
VALUES = {"12.0 months (95% CI 8.0–NR) in 52 patients": 2, "P = 0.050": 2}
CITED = re.compile(r"\[[\d,–]+\]")
INDEX = """\
---
title: "{{< var study.title >}}"
abstract: |
  **Results.** {{< var cohort.median >}}
bibliography: references.bib
csl: vancouver.csl
---

# Methods {#sec-methods}

%s

# References {.unnumbered}

::: {#refs}
:::
"""


def report(folder: Path) -> tuple[Path, Path]:
    """Lay out a project of several parts, and the study that it is of."""
    project = make_project(folder / "project")
    for name, text in PARTS.items():
        (project / SECTIONS / f"{name}.qmd").write_text(text, "utf-8")
    include = "\n\n".join(f"{{{{< include ../{SECTIONS}/{name}.qmd >}}}}" for name in PARTS)
    (project / "report" / "index.qmd").write_text(INDEX % include, "utf-8")
    values = yaml.safe_load((project / "_variables.yml").read_text("utf-8"))
    values["study"] |= {"title": "Tiny study", "limitations": f"{LIMITATION} Nothing was adjusted."}
    values["cohort"]["median"] = "The median was 12.0 months (95% CI 8.0–NR) in 52 patients."
    _write_values(project, values)
    study = study_folder(folder / "study")
    said = (study / "study.yml").read_text("utf-8")
    texts = f"texts:\n  title: Tiny study\n  limitations:\n    - >-\n      {LIMITATION}  # why\n"
    texts = texts.replace("  # why", "")
    (study / "study.yml").write_text(said.replace("texts: {title: Tiny study}\n", texts), "utf-8")
    return project, study


def _write_values(project: Path, values: dict) -> None:
    text = yaml.safe_dump(values, default_style='"', allow_unicode=True)
    (project / "_variables.yml").write_text(text, "utf-8")


def next_project(project: Path, study: Path, target: Path) -> Path:
    """Lay out the project as the next build does: the study's own parts, texts and comments."""
    shutil.copytree(project, target)
    own = [path.read_text("utf-8").split("---\n", 2) for path in (study / "report").glob("*.qmd")]
    own.sort(key=lambda one: "adds-to" in one[1])
    for _, front, body in own:
        said = yaml.safe_load(front)
        part = target / SECTIONS / f"{said.get('replaces') or said['adds-to']}.qmd"
        before = part.read_text("utf-8") + "\n" if "adds-to" in said else ""
        part.write_text(before + body, "utf-8")
    values = yaml.safe_load((target / "_variables.yml").read_text("utf-8"))
    texts = yaml.safe_load((study / "study.yml").read_text("utf-8"))["texts"]
    values["study"]["title"] = texts["title"]
    old = values["study"]["limitations"].replace(LIMITATION, texts["limitations"][0])
    values["study"]["limitations"] = old
    _write_values(target, values)
    if (study / FILE).is_file():
        shutil.copyfile(study / FILE, target / PLACE)
    return target


def build(project: Path, out: Path) -> Path:
    """Make the DOCX of a project."""
    render(project, out, "pandoc", ("docx",))
    return out / "report.docx"


def edited(
    source: Path, target: Path, change: Callable[[ET.Element, dict[str, bytes]], object]
) -> Path:
    """Write a DOCX in which the body was changed."""
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    root = ET.fromstring(parts["word/document.xml"])
    change(root.find(f"{W}body"), parts)
    parts["word/document.xml"] = ET.tostring(root, encoding="utf-8")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target


def text_of(element: ET.Element) -> str:
    """Give the words of an element, deleted ones left out."""
    return "".join(one.text or "" for one in element.iter(f"{W}t"))


def plain_docx(path: Path) -> str:
    """Give the words of a DOCX, blanks alike."""
    with zipfile.ZipFile(path) as archive:
        root = ET.fromstring(archive.read("word/document.xml"))
    return plain("\n".join(text_of(one) for one in root.iter(f"{W}p")))


def comments_of(path: Path) -> str:
    """Give the words of all comments of a DOCX."""
    with zipfile.ZipFile(path) as archive:
        if "word/comments.xml" not in archive.namelist():
            return ""
        return text_of(ET.fromstring(archive.read("word/comments.xml")))


def values_in(text: str) -> list[str]:
    """Give the values that a text of the sources quotes."""
    return sorted(re.findall(r"\{\{<[^>]*>\}\}", text))


def wrong_with(seed: int, docx: Path, study: Path, folder: Path) -> list[str]:
    """Edit a DOCX and take it back: say what was lost, and which number was changed.

    The plan is written, if nothing is wrong with it.
    """
    author = Coauthor(seed)
    taken = plan(study, edited(docx, folder / f"{seed}.docx", author.edit), docx.parent)
    said = " ".join(one.after for one in taken.findings)
    kept = " ".join(comment.text for comment in taken.comments)
    wrong = [f"lost: {word}" for word in author.words if word not in said]
    wrong += [f"comment lost: {text}" for text in author.comments if text not in kept]
    for one in taken.changes:
        if isinstance(one.write, Edit) and values_in(one.write.old) != values_in(one.write.new):
            wrong.append(f"value changed: {one.write}")
    if not wrong:
        write(taken.files)
    return wrong


def missing_after(seed: int, docx: Path, study: Path, project: Path, folder: Path) -> list[str]:
    """Edit, take back, build again: say what does not stand in the next DOCX as it should."""
    author = Coauthor(seed)
    theirs = edited(docx, folder / f"{seed}.docx", author.edit)
    taken = plan(study, theirs, docx.parent)
    write(taken.files)
    made = build(next_project(project, study, folder / f"next-{seed}"), folder / f"out-{seed}")
    now, comments = plain_docx(made), comments_of(made)
    # a star is a mark of what is said, or one of the text itself
    unnumbered = CITED.sub(
        "[]", now.replace("*", "")
    )  # a citation that was taken out numbers the others anew
    texts = [one.write for one in taken.changes if isinstance(one.write, Wording)]
    missing = []
    for one in taken.changes:
        words = plain(one.after.replace("*", ""))
        for text in texts:  # both of one paragraph may have changed
            words = words if text.new in words else words.replace(text.old, text.new)
        missing += [] if CITED.sub("[]", words) in unnumbered else [one.after]
    missing += [text for text in author.comments if text not in comments]
    again = plan(study, theirs, docx.parent)
    missing += [f"not done: {one}" for one in again.changes]
    return missing + [f"value: {value}" for value in VALUES if now.count(value) < VALUES[value]]


class Coauthor:
    """Makes random edits; each word put in is one of a kind, so that it can be looked for."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.words: list[str] = []
        self.comments: list[str] = []
        self.done: list[str] = []

    def edit(self, body: ET.Element, parts: dict[str, bytes]) -> None:
        """Make one to six edits."""
        kinds = [
            self.replaced_word, self.put_in, self.taken_out, self.new_paragraph, self.gone,
            self.moved, self.commented, self.number, self.cell, self.split, self.joined, self.bold,
        ]  # fmt: skip
        for _ in range(self.random.randint(1, 6)):
            kind = self.random.choice(kinds)
            kind(body)
            self.done.append(kind.__name__)
        if self.comments:
            comments = "".join(
                f'<w:comment w:id="{n}" w:author="Co Author" w:initials="CA"'
                f' w:date="2026-01-0{n % 9 + 1}T00:00:00Z">'
                f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:comment>"
                for n, text in enumerate(self.comments)
            )
            space = W.strip("{}")
            text = f'<w:comments xmlns:w="{space}">{comments}</w:comments>'
            parts["word/comments.xml"] = text.encode()

    def word(self) -> str:
        """Give a word that stands nowhere else."""
        letters = "".join(self.random.choice("bcdfghjklmnpqrstvwz") for _ in range(9))
        self.words.append(f"zq{letters}")
        return self.words[-1]

    def paragraphs(self, body: ET.Element) -> list[ET.Element]:
        """Give the paragraphs of the body that have words and are not ours to keep apart."""
        return [one for one in body.findall(f"{W}p") if len(text_of(one)) > 8]

    def run(self, body: ET.Element) -> tuple[ET.Element, ET.Element] | None:
        """Give a run of words directly in a paragraph, with the paragraph."""
        found = [
            (paragraph, run)
            for paragraph in self.paragraphs(body)
            for run in paragraph.findall(f"{W}r")
            if len(text_of(run)) > 3 and run.find(f"{W}t") is not None
        ]
        return self.random.choice(found) if found else None

    def replaced_word(self, body):
        """Put a word in place of another, untracked."""
        if found := self.run(body):
            text = found[1].find(f"{W}t")
            words = text.text.split(" ")
            words[self.random.randrange(len(words))] = self.word()
            text.text = " ".join(words)
            _keep_blanks(text)

    def _cut(self, body):
        """Cut a run in three at blanks; give paragraph and the middle."""
        found = self.run(body)
        if not found:
            return None
        paragraph, run = found
        text = run.find(f"{W}t").text
        ends = [0, *(m.end() for m in re.finditer(" ", text)), len(text)]
        low, high = sorted(self.random.choices(ends, k=2))
        at = list(paragraph).index(run)
        paragraph.remove(run)
        pieces = []
        for words in (text[:low], text[low:high], text[high:]):
            piece = copy.deepcopy(run)
            piece.find(f"{W}t").text = words
            _keep_blanks(piece.find(f"{W}t"))
            pieces.append(piece)
        for offset, piece in enumerate(pieces):
            paragraph.insert(at + offset, piece)
        return paragraph, pieces[1], at + 1

    def put_in(self, body):
        """Put words in, tracked."""
        if found := self._cut(body):
            paragraph, _, at = found
            paragraph.insert(at, _tracked("ins", _run(f"{self.word()} {self.word()} ")))

    def taken_out(self, body):
        """Take words out, tracked."""
        if found := self._cut(body):
            paragraph, piece, at = found
            if text_of(piece):
                self._forget(piece)
                paragraph.remove(piece)
                paragraph.insert(at, _tracked("del", _deleted(piece)))

    def new_paragraph(self, body):
        """Write a paragraph, tracked or not."""
        paragraph = ET.Element(f"{W}p")
        words = f"{self.word()} is a new thought, with 0.04 of {self.word()}."
        tracked = self.random.random() < 0.5
        if tracked:
            about = ET.SubElement(ET.SubElement(paragraph, f"{W}pPr"), f"{W}rPr")
            about.append(_tracked("ins"))
        paragraph.append(_tracked("ins", _run(words)) if tracked else _run(words))
        place = self.random.choice(self.paragraphs(body))
        body.insert(list(body).index(place) + self.random.randint(0, 1), paragraph)

    def gone(self, body):
        """Delete a paragraph, tracked or not."""
        paragraph = self.random.choice(self.paragraphs(body))
        if self.random.random() < 0.5:
            body.remove(paragraph)
            self._forget(paragraph)
            return
        self._forget(paragraph)
        for run in paragraph.findall(f"{W}r"):
            if run.find(f"{W}t") is not None:
                at = list(paragraph).index(run)
                paragraph.remove(run)
                paragraph.insert(at, _tracked("del", _deleted(run)))
        for kept in [*paragraph.findall(f"{W}ins"), *paragraph.findall(f"{W}hyperlink")]:
            paragraph.remove(kept)
        about = paragraph.find(f"{W}pPr")
        if about is None:
            about = ET.Element(f"{W}pPr")
            paragraph.insert(0, about)
        ET.SubElement(about, f"{W}rPr").append(_tracked("del"))

    def _forget(self, paragraph):
        """Forget words that this same co-author took out again: nobody reads them."""
        gone = "".join(one.text or "" for one in paragraph.iter() if one.tag.endswith("}t")
                       or one.tag.endswith("}delText"))  # fmt: skip
        self.words = [word for word in self.words if word not in gone]

    def moved(self, body):
        """Move a paragraph."""
        paragraph, place = self.random.sample(self.paragraphs(body), 2)
        body.remove(paragraph)
        body.insert(list(body).index(place) + 1, paragraph)

    def commented(self, body):
        """Comment on some words."""
        if found := self._cut(body):
            paragraph, _, at = found
            number = str(len(self.comments))
            self.comments.append(f"Is this so? {self.word()}")
            self.words.pop()
            paragraph.insert(at, ET.Element(f"{W}commentRangeStart", {f"{W}id": number}))
            paragraph.insert(at + 2, ET.Element(f"{W}commentRangeEnd", {f"{W}id": number}))
            run = ET.Element(f"{W}r")
            ET.SubElement(run, f"{W}commentReference", {f"{W}id": number})
            paragraph.insert(at + 3, run)

    def number(self, body):
        """Change a number, wherever it stands."""
        found = [one for one in body.iter(f"{W}t") if re.search(r"\d", one.text or "")]
        if found:
            one = self.random.choice(found)
            one.text = re.sub(r"\d+", "77", one.text, count=1)

    def cell(self, body):
        """Write into a cell of a table."""
        found = [one for table in body.iter(f"{W}tbl") for one in table.iter(f"{W}t") if one.text]
        one = self.random.choice(found)
        self.words = [word for word in self.words if word not in one.text]
        one.text = self.word()

    def split(self, body):
        """Break a paragraph in two."""
        if found := self._cut(body):
            paragraph, _, at = found
            rest = ET.Element(f"{W}p")
            about = paragraph.find(f"{W}pPr")
            if about is not None:
                rest.append(copy.deepcopy(about))
            for child in list(paragraph)[at:]:
                paragraph.remove(child)
                rest.append(child)
            body.insert(list(body).index(paragraph) + 1, rest)

    def joined(self, body):
        """Join a paragraph with the next."""
        paragraph = self.random.choice(self.paragraphs(body))
        at = list(body).index(paragraph)
        if at + 1 < len(body) and body[at + 1].tag == f"{W}p":
            after = body[at + 1]
            paragraph.append(_run(" "))
            for child in list(after):
                if child.tag != f"{W}pPr":
                    paragraph.append(child)
            body.remove(after)

    def bold(self, body):
        """Make words bold."""
        if found := self._cut(body):
            piece = found[1]
            about = piece.find(f"{W}rPr")
            if about is None:
                about = ET.Element(f"{W}rPr")
                piece.insert(0, about)
            ET.SubElement(about, f"{W}b")


def _run(words: str) -> ET.Element:
    run = ET.Element(f"{W}r")
    text = ET.SubElement(run, f"{W}t")
    text.text = words
    _keep_blanks(text)
    return run


def _keep_blanks(text: ET.Element) -> None:
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _tracked(kind: str, *runs: ET.Element) -> ET.Element:
    about = {f"{W}id": "7", f"{W}author": "Co Author", f"{W}date": "2026-01-01T00:00:00Z"}
    one = ET.Element(f"{W}{kind}", about)
    one.extend(runs)
    return one


def _deleted(run: ET.Element) -> ET.Element:
    gone = copy.deepcopy(run)
    for text in gone.iter(f"{W}t"):
        text.tag = f"{W}delText"
    return gone
