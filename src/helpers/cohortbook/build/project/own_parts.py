"""Parts of the manuscript that a study adds: files of its `report/`, outputs of its notebooks.

A part is a `.qmd` that says where it stands. A notebook that no part lays out stands by itself, its
sentences, figures and tables in the order of its cells. All of them are included by the copy of
`report/index.qmd` that is rendered, so that both renderers read the same sources.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from ...errors import RenderError, Wrong
from ..files.commit import file_hash
from ..notebooks.execute import Run
from ..notebooks.front import Front, notebook_front, read_front
from ..notebooks.notebooks import Notebook
from ..notebooks.own_notebooks import MAIN_FILE, NAME
from ..notebooks.own_notebooks import REPORT as FOLDER
from .frame import Frame, Spot
from .merge import by_endpoint
from .quarto_files import SETTINGS
from .references import add_references, reference_files, wrong_references
from .report_copy import labelled_outputs, read_executed
from .sources import MAIN, ORIGIN, OWN, STUDY_SHOWN, marked, read_text, without_comments

EMBED = re.compile(r"(\{\{<\s*embed\s+)(\S+?)#(\S+?)(\s*>\}\})")
VALUE = re.compile(r"\{\{<\s*var\s+([\w-]+)\.(\S+?)\s*>\}\}")
CELL = re.compile(r"^\s{0,3}(?:`{3,}|~{3,})\s*\{\s*\w+[^}]*\}")
PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
HEADING = re.compile(r"^(#{1,6})\s+\S")
NOTEBOOKS, REFERENCES = "notebooks", "references.bib"


@dataclass(frozen=True)
class Part:
    """A part of the manuscript: a `.qmd` of the study, or what stands for a notebook.

    `file` is its name in the study folder; `text` has no front matter any more, but its lines.
    """

    name: str
    file: str
    front: Front
    text: str = ""
    implied: bool = False  # it has the name of a part of the project and says nothing else

    @property
    def staged(self) -> str:
        """The name of its copy, as the main file includes it."""
        return f"{Path(self.file).parent.as_posix()}/{self.name}.qmd"

    @property
    def where(self) -> str:
        """How messages name it."""
        return f"{STUDY_SHOWN}{self.file}"

    @property
    def placed(self) -> str:
        """Say where it stands."""
        return f"{self.front.kind} {self.front.target}" if self.front.kind else "end of Results"


@dataclass(frozen=True)
class OwnParts:
    """What a study adds to the manuscript of a project.

    `written` are its `.qmd` files, `notebooks` those that it adds, with what they say of their
    place, `bibliographies` its files of references.
    """

    frame: Frame
    written: tuple[Part, ...] = ()
    notebooks: tuple[Part, ...] = ()
    bibliographies: tuple[Path, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    wrong_references: tuple[Wrong, ...] = ()

    @property
    def facts(self) -> dict[str, str]:
        """Name each file that is stitched in, and where."""
        return {part.file: part.placed for part in self.written}

    @property
    def replaced(self) -> set[str]:
        """Names of the project's parts that do not stand in the report."""
        return {p.front.target for p in self.all if p.front.kind == "replaces"}

    @cached_property
    def all(self) -> tuple[Part, ...]:
        return (*self.written, *self.notebooks)

    def before(self, part: Part) -> Part | None:
        """Give the part of the study that a part stands behind, if it is one of these."""
        kind, target = part.front.kind, part.front.target
        if kind != "after" or self.frame.spot(kind, target) is not None:
            return None
        return next((other for other in self.all if other.name == target), None)

    def absent_at_root(self, study: Path, language: str) -> list[str]:
        """Name what of a study is in its report, and not where Quarto renders it at the root.

        The main file there is that of the project, whose words are in English.
        """
        files = [
            *(part.file for part in self.all),
            *(f"{FOLDER}/{p.name}" for p in self.bibliographies),
        ]
        files += [SETTINGS] if (study / SETTINGS).is_file() else []
        return [f"{STUDY_SHOWN}{file}" for file in files] + ([language] if language else [])

    @property
    def told(self) -> list[str]:
        """Say of each written part without a place where it stands."""
        said = [
            f"{part.file} does not say its place: it stands at the end of the Results. "
            "`after: survival` between two lines --- at its beginning would place it."
            for part in self.written
            if not part.front.kind
        ]
        return said + [
            f"{part.file} stands in place of the project's part '{part.name}'."
            for part in self.written
            if part.implied
        ]


def own_parts(root: Path, study: Path, notebooks: Sequence[Notebook]) -> OwnParts:
    """Read the parts that a study adds, and check what can be before a notebook runs.

    Parameters
    ----------
    root, study : Path
    notebooks : sequence of Notebook
        Those that the study adds.

    Raises
    ------
    RenderError
        With all that is wrong at once.
    """
    own = _read(root, study, notebooks)
    found = list(dict.fromkeys(_wrong(own)))
    if len(found) == 1:
        raise RenderError(found[0].what, found[0].where, found[0].mend)
    if found:
        raise RenderError("\n".join([f"{len(found)} problems of parts.", *map(str, found)]))
    return own


def wrong_parts(root: Path, study: Path, notebooks: Sequence[Notebook]) -> list[Wrong]:
    """Give all for which `own_parts` would refuse the parts of a study."""
    try:
        return list(dict.fromkeys(_wrong(_read(root, study, notebooks))))
    except RenderError as error:
        return [Wrong(error.what, error.where, error.mend)]


def _read(root: Path, study: Path, notebooks: Sequence[Notebook]) -> OwnParts:
    frame = Frame(read_text(root / MAIN, MAIN), MAIN)
    folder = study.resolve() / FOLDER
    found = [path for path in sorted(folder.glob("*.qmd")) if _counts(path)]
    written = tuple(_read_part(path, frame) for path in found)
    cited = reference_files(folder)
    added = tuple(Part(n.stem, f"{NOTEBOOKS}/{n.path.name}", notebook_front(n)) for n in notebooks)
    return OwnParts(
        frame,
        written,
        added,
        cited,
        {f"{FOLDER}/{path.name}": file_hash(path) for path in (*found, *cited)},
        tuple(wrong_references(root / FOLDER / REFERENCES, cited)),
    )


def _counts(path: Path) -> bool:
    return path.is_file() and path.stem != MAIN_FILE and not path.name.startswith(("_", "."))


def _read_part(path: Path, frame: Frame) -> Part:
    file = f"{FOLDER}/{path.name}"
    text = read_text(path, f"{STUDY_SHOWN}{file}")
    front = read_front(text, f"{STUDY_SHOWN}{file}")
    body = text.splitlines()[front.lines :]
    implied = not front.kind and path.stem in frame.parts
    if implied:
        front = replace(front, kind="replaces", target=path.stem)
    above = [""] * front.lines
    return Part(path.stem, file, front, "\n".join([*above, *body]) + "\n", implied)


def _wrong(own: OwnParts) -> Iterator[Wrong]:
    yield from own.wrong_references
    replaced: dict[str, str] = {}
    for part in own.all:
        yield from part.front.wrong
        if not NAME.fullmatch(part.name):
            yield Wrong(
                "The name of a part has letters (a to z), digits, - and _.",
                part.where,
                "Rename it.",
            )
        if part.front.kind and not part.front.wrong:
            yield from _wrong_place(own, part)
        if part.front.kind == "replaces":
            other = replaced.setdefault(part.front.target, part.file)
            if other != part.file:
                yield Wrong(f"{other} replaces the same.", part.where, "Keep one of them.")
        yield from _wrong_lines(own, part)


def _wrong_place(own: OwnParts, part: Part) -> Iterator[Wrong]:
    kind, target = part.front.kind, part.front.target
    if own.before(part):
        seen, at = {part.file}, own.before(part)
        while at is not None and at.file not in seen:
            seen.add(at.file)
            at = own.before(at)
        if at is not None:
            yield Wrong(
                f"`after: {target}` leads back to itself.", part.where, "Name a section of ours."
            )
    elif own.frame.spot(kind, target) is None:
        known = {*own.frame.parts, *own.frame.sections}
        known |= {other.name for other in own.all} if kind == "after" else set()
        close = difflib.get_close_matches(target, known, n=1, cutoff=0.5)
        yield Wrong(
            f"`{kind}: {target}` names no section or part of the report.",
            part.where,
            f"Did you mean '{close[0]}'?" if close else f"There are: {', '.join(sorted(known))}.",
        )


def _wrong_lines(own: OwnParts, part: Part) -> Iterator[Wrong]:
    """Find what a part cannot hold: code that nobody would run, pictures, headings too high."""
    spot = _spot(own, part)
    for line in marked(without_comments(part.text), part.where):
        heading = HEADING.match(line.text) if line.kind == "text" else None
        if line.kind == "code" and CELL.match(line.text):
            yield Wrong(
                "Code in a part of the manuscript is not run.",
                line.where,
                "Put it in a notebook of the study, and embed what it shows.",
            )
        elif line.kind == "text" and PICTURE.search(line.text):
            yield Wrong(
                "A picture stands in the report by way of a notebook.",
                line.where,
                "Show it there with book.show, and embed it.",
            )
        elif line.kind == "text" and any(words[:1] == ["include"] for words in line.shortcodes):
            yield Wrong("A part cannot include another.", line.where, "Write it in one file.")
        elif heading and spot and len(heading[1]) <= spot.under:
            level = "#" * (spot.under + 1)
            yield Wrong(
                f"A heading here begins with {level} or more, for it stands in a section.",
                line.where,
                f"Write {level} Heading.",
            )


def _spot(own: OwnParts, part: Part) -> Spot | None:
    """Find where a part stands; one that follows another part stands under the same section."""
    seen: set[str] = set()
    while (other := own.before(part)) is not None and part.file not in seen:
        seen.add(part.file)
        part = other
    if not part.front.kind:
        return own.frame.last
    return own.frame.spot(part.front.kind, part.front.target)


# What stands for a notebook -------------------------------------------------------------------


def lay_out(
    own: OwnParts, project: Path, runs: Sequence[Run], endpoints: Sequence[str], each
) -> list[str]:
    """Write the parts into a staged project, and include them in its main file.

    Parameters
    ----------
    own : OwnParts
    project : Path
        Has its report and the copies of its notebooks; takes `_generated/own/`.
    runs : sequence of Run
    endpoints : sequence of str
        Keys of the study's endpoints.
    each : function
        Writes a text with stars once for each label (see `stage.for_each_label`).

    Returns
    -------
    list of str
        What is to be told.
    """
    labels = {
        label: run.notebook.name
        for run in runs
        for label, _ in labelled_outputs(read_executed(run.executed), run.notebook.name)
    }
    parts, told = [], list(own.told)
    for part in own.written:
        text = "\n".join(each(part.text, list(labels), endpoints))
        parts.append(replace(part, text=_embedding(text, labels)))
    laid = _laid_out(parts)
    for part in own.notebooks:
        ran = [run for run in runs if run.notebook.stem == part.name]
        made, said = _of_notebook(part, ran, laid)
        told += said
        parts += [made] if made else []
    for part in parts:
        path = project / OWN / part.staged
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_with_title(own, part), encoding="utf-8", newline="\n")
        if part.file.startswith(FOLDER):  # stars repeat its lines: see `sources`
            (path.parent / f"{part.name}.lines").write_text(str(_length(own, part)))
    text, numbers = _included(own, parts)
    (project / MAIN).write_text(text, encoding="utf-8", newline="\n")
    (project / OWN).mkdir(parents=True, exist_ok=True)
    (project / OWN / ORIGIN).write_text(json.dumps(numbers), encoding="utf-8")
    add_references(project / FOLDER / REFERENCES, own.bibliographies)
    return told


def _length(own: OwnParts, part: Part) -> int:
    return next(p.text.count("\n") + 1 for p in own.written if p.name == part.name)


def _embedding(text: str, owner: Mapping[str, str]) -> str:
    """Let embeds name the copies of notebooks, whatever way the author's lead to them."""

    def named(found: re.Match[str]) -> str:
        notebook = owner.get(found[3], Path(found[2]).stem)
        return f"{found[1]}../_generated/notebooks/{notebook}.ipynb#{found[3]}{found[4]}"

    return EMBED.sub(named, text)


@dataclass(frozen=True)
class _Laid:
    """Labels that written parts embed, and the values that they quote (group, name)."""

    labels: set[str]
    values: set[tuple[str, str]]


def _laid_out(parts: Iterable[Part]) -> _Laid:
    text = "\n".join(without_comments(part.text) for part in parts)
    return _Laid({found[3] for found in EMBED.finditer(text)}, set(VALUE.findall(text)))


def _of_notebook(part: Part, runs: Sequence[Run], laid: _Laid) -> tuple[Part | None, list[str]]:
    """Give the part that stands for a notebook, None where there is nothing left to place."""
    file, pieces, told, any_laid = part.file, [], [], False
    for run in runs:
        group = run.notebook.variable
        shown, said, lost = _outputs(run)
        mine = {label for _, label in shown}
        any_laid |= bool(mine & laid.labels) or any(value[0] == group for value in laid.values)
        pieces += [(run, count, "label", label) for count, label in shown]
        pieces += [(run, count, "value", name) for count, name in said]
        told += [
            f"{file}: book.show made {label}, and no cell ends with it: it is not in the report."
            for label in lost
        ]
    left = [piece for piece in pieces if not _is_laid(piece, laid)]
    if any_laid and not part.front.kind:  # its author has laid it out
        told += [
            f"{file}: {label} is in no part of the report."
            for _, _, kind, label in left
            if kind == "label"
        ]
        return None, told
    if not left:
        if not pieces:
            told.append(f"{file} shows no labelled figure or table and says nothing to report.")
        return None, told
    if not part.front.kind:
        told.append(
            f"{file} does not say its place: it stands at the end of the Results. "
            "`after: survival` between two lines --- in a first cell of the kind raw would place "
            "it."
        )
    order = {run.notebook.name: number for number, run in enumerate(runs)}
    left.sort(key=lambda piece: (order[piece[0].notebook.name], piece[1], piece[2] == "label"))
    return replace(part, text=_text_of(left)), told


def _is_laid(piece: tuple[Run, int, str, str], laid: _Laid) -> bool:
    run, _, kind, name = piece
    if kind == "label":
        return name in laid.labels
    return (run.notebook.variable, name) in laid.values


def _outputs(run: Run) -> tuple[list[tuple[int, str]], list[tuple[int, str]], list[str]]:
    """Give labels and names of sentences with the count of their cell, and labels not shown."""
    content, shown = read_executed(run.executed), []
    for cell in content["cells"]:
        found = labelled_outputs({"cells": [cell]}, run.notebook.name)
        shown += [(cell.get("execution_count") or 0, label) for label, output in found if output]
    file = run.results / f"{run.notebook.name}.places.json"
    places = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    endpoint = run.notebook.endpoint
    said = [
        (count, by_endpoint(name, endpoint) if endpoint else name)
        for name, count in places.get("said", {}).items()
    ]
    visible = {label for _, label in shown}
    return shown, said, [label for label in places.get("shown", {}) if label not in visible]


def _text_of(pieces: Iterable[tuple[Run, int, str, str]]) -> str:
    """Give sentences of one cell as one paragraph, figures and tables behind them."""
    blocks: list[str] = []
    last: tuple[str, int] | None = None
    for run, count, kind, name in pieces:
        if kind == "label":
            blocks.append(
                f"{{{{< embed ../_generated/notebooks/{run.notebook.name}.ipynb#{name} >}}}}"
            )
            last = None
            continue
        words = f"{{{{< var {run.notebook.variable}.{name} >}}}}"
        if last == (run.notebook.name, count):
            blocks[-1] += f" {words}"
        else:
            blocks.append(words)
        last = run.notebook.name, count
    return "\n\n".join(blocks) + "\n"


def _with_title(own: OwnParts, part: Part) -> str:
    """Put a heading before a part that has a title; in the place of front matter, if there is."""
    title = part.front.title
    if not title:
        return part.text
    spot = _spot(own, part)
    label = "" if part.name in own.frame.sections else f" {{#sec-{part.name}}}"
    level = max(spot.under if spot else 0, 1) + 1
    heading = f"{'#' * level} {' '.join(title.split())}{label}"
    lines = part.text.splitlines()
    if part.front.lines > 1 and part.file.startswith(FOLDER):
        lines[0] = heading
        return "\n".join(lines) + "\n"
    return f"{heading}\n\n{part.text}"


def _included(own: OwnParts, parts: Sequence[Part]) -> tuple[str, list[int]]:
    """Give the main file with an include for each part, and the number of each line before."""
    frame = own.frame
    inserted: dict[int, list[str]] = {}
    gone: set[int] = set()
    for part in _in_order(own, parts):
        spot = _spot(own, part) or frame.last
        include = f"{{{{< include ../{OWN}{part.staged} >}}}}"
        inserted.setdefault(spot.at, []).append(include)
        if spot.until >= 0 and part.front.kind == "replaces":
            gone |= set(range(spot.at, spot.until))
    lines: list[tuple[str, int]] = []
    for at in range(len(frame.text) + 1):
        for include in inserted.get(at, []):
            lines += [(text, at + 1) for text in ("", include, "")]
        if at < len(frame.text) and at not in gone:
            lines.append((frame.text[at], at + 1))
    return "\n".join(text for text, _ in lines) + "\n", [number for _, number in lines]


def _in_order(own: OwnParts, parts: Sequence[Part]) -> list[Part]:
    """Put each part that follows another one behind it; what replaces comes first."""
    files = {part.file for part in parts}
    before = {part.file: found.file for part in parts if (found := own.before(part))}
    first = [part for part in parts if before.get(part.file) not in files]
    first.sort(key=lambda p: (p.front.kind != "replaces", p.front.kind != "adds-to", p.name))
    found: list[Part] = []

    def add(part: Part) -> None:
        found.append(part)
        for other in sorted(parts, key=lambda p: p.name):
            if before.get(other.file) == part.file:
                add(other)

    for part in first:
        add(part)
    return found
