"""A study's whole report as text: notebooks run in this process, nothing drawn on disk or rendered.

What a build does until it renders, with pictures left out: quick enough for hundreds of studies.
"""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import sentence_reader_abstract  # noqa: F401 (adds to what is read)
import sentence_reader_more  # noqa: F401 (adds to what is read)
from sentence_reader import Reader

from cohortbook.build import report as building
from cohortbook.build.output.exports import export_statistics
from cohortbook.build.project import stage
from cohortbook.build.project.checklist import not_chosen, write_checklists
from cohortbook.build.project.in_force import InForce
from cohortbook.build.project.merge import gather
from cohortbook.build.project.sources import SHORTCODE, Line, read_sources
from cohortbook.build.request import Request
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.drawing.figure import Figure
from cohortbook.results import COLUMNS
from cohortbook.session.book import NothingToDo
from cohortbook.session.cells import why_left_out

ROOT = Path(__file__).parents[1]


@dataclass
class Whole:
    """A report before it is rendered.

    Attributes
    ----------
    blocks : list of (part, text)
        Paragraphs in reading order, values filled in; part is the file that the text stands in.
    values : dict
        Each sentence that a notebook or the study gives, by its name in the manuscript.
    shown : dict
        Labels that the report embeds, in order, with caption, rows and notes, or alt and data.
    rows : list of dict
        The statistics of `results.json`.
    problems : list of str
        What the text refers to and is not there.
    """

    study: object
    blocks: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    shown: dict[str, dict] = field(default_factory=dict)
    rows: list[dict] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    sizes: list[dict] = field(default_factory=list)

    def text(self) -> str:
        """Give all of it to be read, tables as lines of cells."""
        told, part = [], ""
        for name, text in self.blocks:
            if name != part:
                told.append(f"[{name}]")
                part = name
            told.append(text)
        for label, one in self.shown.items():
            told.append(f"[{label}] {one['caption']}")
            told += [" | ".join(line) for line in one.get("rows", [])]
            told += [f"  note: {note}" for note in one.get("notes", [])]
            if "alt" in one:
                told.append(f"  alt: {one['alt']}")
        return "\n".join(told)


def whole_report(study: Path, work: Path) -> Whole:
    """Run all notebooks of a study in this process and stitch its manuscript."""
    cohort = load_cohort(study)
    runs = building._plan(Request(study, ROOT), cohort, work)
    shown: dict[str, dict] = {}
    with ExitStack() as stack:
        stack.enter_context(patch.object(Figure, "export", _only_note(shown)))
        stack.enter_context(patch.object(building, "provenance_values", lambda _facts: {}))
        for run in runs:
            _run(run, study)
        gathered = gather(runs, work / "results")
        gathered.omitted = {**gathered.omitted, **not_chosen(cohort.study)}
        in_force = InForce.of(cohort, runs, gathered)
        values = {**gathered.values, **building._values(cohort, gathered, {}, in_force, None)}
    whole = Whole(cohort.study)
    whole.values = {f"{group}.{name}": text for group, told in values.items()
                    for name, text in told.items()}  # fmt: skip
    project = work / "project"
    tables = (work / "results" / "tables").glob("*.json")
    labels = [*shown, *sorted(path.stem for path in tables)]
    _stage(project, runs, gathered, labels, list(cohort.study.endpoints))
    write_checklists(project, cohort.study, gathered.folder)
    for path in sorted((work / "results" / "tables").glob("*.json")):
        about = json.loads(path.read_text("utf-8"))
        shown[path.stem] = {"caption": about["caption"], "notes": about["notes"],
                            "rows": [about["columns"], *about["rows"]]}  # fmt: skip
    _read(whole, project, shown)
    export_statistics(runs, work / "results.json", in_force.alpha)
    whole.sizes = [
        {**dict.fromkeys(COLUMNS, ""), "analysis": "sizes", "statistic": "patients",
         "population": "all", "group": code, "estimate": n}
        for code, n in cohort.of_all_arms.n_by_arm.items()
    ]  # fmt: skip
    whole.rows = json.loads((work / "results.json").read_text("utf-8"))["statistics"]
    return whole


def _only_note(shown: dict[str, dict]):
    def export(figure: Figure, stem: Path) -> list[Path]:
        shown[stem.name] = {"caption": figure.caption, "alt": figure.alt, "data": figure.data}
        return []

    return export


def _run(run, study: Path) -> None:
    run.results.mkdir(parents=True)
    given = {"study": str(study), "results_dir": str(run.results), **run.parameters}
    space: dict = {"display": lambda *_: None}
    for cell in run.notebook.content["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            continue
        if "cohort" in space and why_left_out(source, space["cohort"]) is not None:
            continue
        try:
            exec(source, space)
        except NothingToDo:
            return
        if "parameters" in cell["metadata"].get("tags", []):
            space |= given


def _stage(project: Path, runs: list, gathered, labels: list[str], endpoints: list[str]) -> None:
    """Lay out the manuscript as a build does, without copies of executed notebooks."""
    with patch.object(stage, "write_report_copies", lambda _runs, _folder: labels):
        stage.stage(ROOT, project, runs, gathered, {}, endpoints)
    (project / stage.GENERATED / "notebooks").mkdir()


REFERENCE = re.compile(r"@((?:fig|tbl)-[\w-]+)")


def _read(whole: Whole, project: Path, shown: dict[str, dict]) -> None:
    paragraph: list[str] = []
    part, named = "", []

    def end() -> None:
        if text := " ".join(" ".join(paragraph).split()):
            whole.blocks.append((part, text))
            named.extend(REFERENCE.findall(text))
        paragraph.clear()

    for line in read_sources(project):
        text = line.text.strip()
        if line.kind == "front" and not text.startswith("**") and "abbreviations" not in text:
            continue
        if not text or text.startswith(":::") or line.file != part:
            end()
            part = line.file
        if text.startswith(":::"):
            continue
        for words in line.shortcodes:
            if words[0] == "embed":
                label = words[1].partition("#")[2]
                if label in shown:
                    whole.shown[label] = shown[label]
                else:
                    whole.problems.append(f"{line.file}: embeds {label}, which is not there")
        paragraph.append(_filled(whole, line))
    end()
    whole.problems += [f"names {label}, which is not shown" for label in dict.fromkeys(named)
                       if label not in whole.shown]  # fmt: skip
    whole.problems += [f"shows {label}, which no text names" for label in whole.shown
                       if label not in named]  # fmt: skip


def _filled(whole: Whole, line: Line) -> str:
    return SHORTCODE.sub(lambda found: _value(whole, found[1], line.file), line.text)


def _value(whole: Whole, words: str, file: str) -> str:
    kind, _, name = words.partition(" ")
    if kind != "var":
        return ""
    if name not in whole.values and not name.startswith("provenance."):
        whole.problems.append(f"{file}: there is no value {name}")
    return whole.values.get(name, "")


def reader_of(whole: Whole) -> Reader:
    """Give what reads the sentences of a report: its statistics and the names of its study file."""
    return Reader.of_study([*whole.rows, *whole.sizes], whole.study)


UNREAD = ("study.", "provenance.", "published_results.")
"""Values that tell no statistic of the cohort, or (print) what `published.yml` has."""


def sentences(whole: Whole) -> dict[str, tuple[str, str]]:
    """Give each value that tells statistics, by name, with the endpoint that it stands under."""
    ends = list(whole.study.endpoints)
    told = {}
    for name, text in whole.values.items():
        if not text.strip() or name.startswith(UNREAD):
            continue
        about = next((end for end in ends if name.startswith("prognostic_factors.")
                      and name.endswith(f"_{end}")), "")  # fmt: skip
        told[name] = text, about
    return told


FAULTS = {
    "a number that is none": r"\b(?:nan|NaN|NaT|inf|Inf|undefined)\b"
    r"|(?<![\w.])None(?! of\b)(?=[ .;,)]|$)",
    "a value that is not filled in": r"\{\{|\}\}|\{[a-z_]+\}",
    "a plural of one": r"(?<![\d.,/–])(?<![\d.,/–] )\b(?:1|one) (?:patients|events|deaths|models"
    r"|tests|comparisons|variables|subgroups|terms|responses|parameters)\b",
    "a word twice": r"(?i:\b([a-z]{2,}) \1\b)",
    "of nothing": r"\bof (?:0(?![.\d])|none|no)\b(?! (?:kind|use|single|everybody))|\b0/0\b",
    "brackets or stops without words": r"\(\s*\)|\.\.(?!\.)| [.,;](?=\s|$)|;;|: ?[.;]|, ?\.",
    "a word of cause": r"\b(?:caused by|causing|led to|leads to|improv(?:ed|es)|reduc(?:ed|es)"
    r"|prolong(?:ed|s)|prevent(?:ed|s)|benefit(?:ed|s)?|superior|inferior|efficacy|due to"
    r"|thanks to|(?:treatment|adjusted|crude) effect|effect of the)\b",
}
"""What no text of a report may have, whatever the data: name and pattern."""


def faults(whole: Whole) -> list[str]:
    """Find in all texts of a report, its tables and captions what no report may have."""
    texts = [(part, text) for part, text in whole.blocks if "checklist" not in part]
    for label, one in whole.shown.items():
        if label == "tbl-strobe":
            continue
        texts += [(label, one["caption"]), (label, one.get("alt", ""))]
        texts += [(label, note) for note in one.get("notes", [])]
        texts += [(label, cell) for line in one.get("rows", []) for cell in line if cell]
        texts += [(label, "0 of 0")] if "rows" in one and len(one["rows"]) < 2 else []
    found = []
    for where, text in texts:
        for name, pattern in FAULTS.items():
            for hit in re.finditer(pattern, text):
                around = text[max(hit.start() - 50, 0) : hit.end() + 30]
                found.append(f"{where}: {name}: …{around}…")
    return found


def empty_tables(whole: Whole) -> list[str]:
    """Name tables of results of which no cell beside the first column has a number."""
    found = []
    for label, one in whole.shown.items():
        rows = one.get("rows", [])[1:]
        cells = [cell for line in rows for cell in line[1:]]
        if rows and not any(letter.isdigit() for cell in cells for letter in cell):
            found.append(f"{label}: a table without a number")
        if "data" in one and not len(one["data"]):
            found.append(f"{label}: a figure of which nothing is drawn")
    return found


def alarms(whole: Whole) -> list[str]:
    """Say all that is wrong with a report: false, unread, empty or badly written; [] if nothing."""
    reader = reader_of(whole)
    told = [
        f"{name}: {problem}"
        for name, (text, about) in sentences(whole).items()
        for problem in reader.problems(text, about)
    ]
    return [*whole.problems, *told, *faults(whole), *empty_tables(whole)]
