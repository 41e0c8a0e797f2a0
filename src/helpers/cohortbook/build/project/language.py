"""The manuscript's own words in the study's language: frame, parts, and what the renderers add."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ...display.language.speech import Speech
from ..files.publish import replace_text
from .sources import read_text

LANGUAGE = "language.txt"  # in `_generated`: the language that the report is in
HEADING = re.compile(r"^(#{1,6}\s+)(.*?)(\s*\{[^{}]*\})?$")
REFERENCE = re.compile(r"(?<!\[)@((?:fig|tbl|sec)-[A-Za-z0-9_-]+)")
TITLE = re.compile(r'(?<=title=")[^"]*(?=")')
FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
LEFT = re.compile(r"^(?:\{\{<\s*(?:include|embed)\b[^\n]*|:::[^\n]*)$")
CONTENTS, ABSTRACT = "Contents", "Abstract"
WORDS_LUA = "return setmetatable({{\n{}}}, {{ __index = function(_, word) return word end }})\n"
OF_FILTERS = (
    "Figure",
    "Table",
    "Section",
    "Source:",
    "notebook",
    "Notebooks",
    "Computed in notebook",
    "Figures and tables as files",
    "as",
    "All tables (XLSX)",
    "Every statistic (JSON)",
    "Provenance (JSON)",
    "Conclusion",
    "Note",
    "(p. …)",
    "Skip to the report",
    "continued",
    ".",
)
OF_TEMPLATES = ("Skip to the report", CONTENTS)


def say_manuscript(project: Path, generated: Path, speech: Speech | None) -> None:
    """Put the words of a staged project into the language of the study.

    Parameters
    ----------
    project : Path
        Holds `_quarto.yml` and `report/`; nothing of the study's own is in it yet.
    generated : Path
        `_generated`, whose `sections/` are written.
    speech : Speech or None
        None, or one without words, leaves them in English.
    """
    if speech is None or not speech.language.words:
        return
    report = project / "report"
    (generated / LANGUAGE).write_text(speech.language.tag, encoding="utf-8")
    for path in sorted((generated / "sections").glob("*.qmd")):
        replace_text(path, said_manuscript(read_text(path, path.name), speech))
    frame = report / "index.qmd"
    replace_text(frame, said_manuscript(frame.read_text(encoding="utf-8"), speech))
    _settings(project / "_quarto.yml", speech)
    words = {word: speech.text(word) for word in OF_FILTERS}
    words[" "] = speech.language.between_sentences
    pairs = [[json.dumps(text, ensure_ascii=False) for text in pair] for pair in words.items()]
    lines = "".join(f"  [{one}] = {other},\n" for one, other in pairs)
    replace_text(report / "filters" / "words.lua", WORDS_LUA.format(lines))
    page = report / "templates" / "report.html"
    text = page.read_text(encoding="utf-8")
    for word in OF_TEMPLATES:
        text = re.sub(rf'(?<=[>"$]){word}(?=[<"$])', speech.text(word), text)
    replace_text(page, text)


def _said(text: str, speech: Speech) -> str:
    """Give Markdown in the language: headings, titles of notes and paragraphs."""
    blocks = []
    for block in re.split(r"\n{2,}", text.strip("\n")):
        blocks.append("\n".join(_lines(block, speech)))
    return "\n\n".join(blocks) + "\n"


def _lines(block: str, speech: Speech) -> list[str]:
    lines: list[str] = []
    waiting: list[str] = []

    def flush() -> None:
        if waiting:
            lines.append(_apart(speech.text(" ".join(waiting)), speech))
            waiting.clear()

    for line in block.split("\n"):
        heading = HEADING.match(line)
        if heading:
            flush()
            lines.append(f"{heading[1]}{speech.text(heading[2])}{heading[3] or ''}")
        elif LEFT.match(line.strip()):
            flush()
            lines.append(TITLE.sub(lambda found: speech.text(found[0]), line))
        elif line.strip():
            waiting.append(line.strip())
    flush()
    return lines


def _apart(text: str, speech: Speech) -> str:
    """Put references in brackets where no blanks do: a letter beside @ would be part of it."""
    blanks = speech.language.between_sentences
    return text if blanks else REFERENCE.sub(r"[@\1]", text)


def said_manuscript(text: str, speech: Speech) -> str:
    """Give a file of the manuscript in the language; the abstract may stand in its front matter."""
    front = FRONT.match(text)
    if front is None:
        return _said(text, speech)
    lines = [_of_front(line, speech) for line in front[1].splitlines()]
    return "\n".join(["---", *lines, "---", "", _said(text[front.end() :], speech)])


def _of_front(line: str, speech: Speech) -> str:
    """Give a line of the front matter: of the abstract, which is indented, or a key."""
    if line.startswith("  ") and line.strip():
        return f"  {speech.text(line.strip())}"
    return f"lang: {speech.language.tag}" if line.startswith("lang:") else line


def _settings(path: Path, speech: Speech) -> None:
    said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    said |= {
        "lang": speech.language.tag,
        "toc-title": speech.text(CONTENTS),
        "abstract-title": speech.text(ABSTRACT),
    }
    nouns = {"fig": "Figure", "tbl": "Table", "sec": "Section"}
    said["crossref"] = said.get("crossref", {}) | {
        f"{kind}-prefix": speech.text(noun) for kind, noun in nouns.items()
    }
    replace_text(path, yaml.safe_dump(said, allow_unicode=True, sort_keys=False))


def say_values(
    groups: Mapping[str, Mapping[str, str]], speech: Speech | None
) -> dict[str, dict[str, str]]:
    """Give values that no notebook has said in the language of the study.

    Those of the provenance keep their numbers: they are versions and dates.
    """
    if speech is None:
        return {group: dict(values) for group, values in groups.items()}
    return {
        group: {
            name: text if group == "provenance" and not speech.language.words else speech.text(text)
            for name, text in values.items()
        }
        for group, values in groups.items()
    }
