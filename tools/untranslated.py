"""Which texts of finished notebooks have no words in a language: one line a text.

python tools/untranslated.py zh _output/wei2026/notebooks data/wei2026
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import yaml

from cohortbook import load_cohort
from cohortbook.build.project.language import OF_FILTERS, OF_TEMPLATES, said_manuscript
from cohortbook.cohort.cohort import Cohort
from cohortbook.display.checklist import checklist_table
from cohortbook.display.language.shown import table_in
from cohortbook.display.language.speech import Speech, speech_of
from cohortbook.display.methods.manuscript import study_values
from cohortbook.sections import SECTIONS

ROOT = Path(__file__).parents[1]
CELL = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.DOTALL)
DRAWN = re.compile(r"<!-- (.*?) -->")
SPACES = str.maketrans({"\u2007": "", "\u2008": "", "\u2003": "", "\u00a0": " "})


def texts_of(notebook: Path) -> Iterator[tuple[str, str]]:
    """Give what the outputs of a notebook say: (kind, text) of captions, cells, sentences, figures.

    A table's line of abbreviations, which the package puts together from meanings, is left out.
    """
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get("cohortbook")
            data = {kind: "".join(text) for kind, text in output.get("data", {}).items()}
            if about:
                yield "caption", about.get("caption", "")
                yield "alt", about.get("alt", "")
                for found in CELL.findall(data.get("text/html", "")):
                    inner = re.sub(r"<sup>.*?</sup>|<[^>]+>", "", found)
                    text = unescape(inner).translate(SPACES).strip()
                    if not re.fullmatch(r"[\w-]+, .*\.", text) or ";" not in text:
                        yield "cell", text
            yield from (
                ("drawn", unescape(t)) for t in DRAWN.findall(data.get("image/svg+xml", ""))
            )
            yield from (("said", t) for t in data.get("text/markdown", "").split("\n\n"))


def say_all(speech: Speech, notebooks: Path) -> None:
    """Say all that the notebooks of a folder hold."""
    for kind, text in sorted({t for path in notebooks.glob("*.ipynb") for t in texts_of(path)}):
        (speech.drawn if kind == "drawn" else speech.text)(text)


def say_frame(speech: Speech, cohort: Cohort) -> None:
    """Say what no notebook says: methods, frame and parts of the manuscript, checklists."""
    texts = [*study_values(cohort).values(), *OF_FILTERS, *OF_TEMPLATES]
    texts += [section.sentence for section in SECTIONS.values()]
    for text in texts:
        speech.text(text)
    for path in [ROOT / "report" / "index.qmd", *(ROOT / "report" / "sections").glob("*.qmd")]:
        said_manuscript(path.read_text("utf-8"), speech)
    for name in cohort.study.checklists:
        content = yaml.safe_load((ROOT / "report" / f"{name}.yml").read_text("utf-8"))
        table_in(checklist_table(content, cohort.study, {}), speech)


if __name__ == "__main__":
    language, folder, study = sys.argv[1:]
    of_study = load_cohort(study).with_study({"language": language})
    said = speech_of(of_study)
    say_all(said, Path(folder))
    say_frame(said, of_study)
    print("\n".join(sorted(said.missing)))
    sys.exit(bool(said.missing))
