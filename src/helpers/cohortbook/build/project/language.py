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
TITLE = re.compile(r'(?<=title=")[^"]*(?=")')
FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
LEFT = re.compile(r"^(?:\{\{<\s*(?:include|embed)\b[^\n]*|:::[^\n]*)$")
CONTENTS, ABSTRACT = "Contents", "Abstract"
OF_FILTERS = ("Figure", "Table", "Section", "Source", "notebook", "Computed in notebook", "Files",
              "Conclusion", "Note", ".")  # fmt: skip
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
        replace_text(path, _said(read_text(path, path.name), speech))
    frame = report / "index.qmd"
    replace_text(frame, _framed(frame.read_text(encoding="utf-8"), speech))
    _settings(project / "_quarto.yml", speech)
    words = {word: speech.text(word) for word in OF_FILTERS}
    lines = "".join(f"  [{json.dumps(one)}] = {json.dumps(other, ensure_ascii=False)},\n"
                    for one, other in words.items())  # fmt: skip
    replace_text(report / "filters" / "words.lua", f"return {{\n{lines}}}\n")
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
            lines.append(speech.text(" ".join(waiting)))
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


def _framed(text: str, speech: Speech) -> str:
    """Do the same for the main file, whose abstract stands in its front matter."""
    front = FRONT.match(text)
    head = front[1] if front else ""
    lines = [
        re.sub(r"\S.*", lambda found: speech.text(found[0]), line, count=1)
        if line.startswith("  ") and line.strip()
        else line
        for line in head.splitlines()
    ]
    lines = [f"lang: {speech.language.tag}" if one.startswith("lang:") else one for one in lines]
    return (
        "---\n"
        + "\n".join(lines)
        + "\n---\n\n"
        + _said(text[front.end() if front else 0 :], speech)
    )


def _settings(path: Path, speech: Speech) -> None:
    said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    said |= {
        "lang": speech.language.tag,
        "toc-title": speech.text(CONTENTS),
        "abstract-title": speech.text(ABSTRACT),
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
