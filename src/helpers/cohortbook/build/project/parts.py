"""Parts of the manuscript as they are included: as they stand, once an endpoint, or one sentence.

At the root of a clone Quarto includes what the last build wrote. Before it renders,
`report/filters/refresh.lua` asks for the parts again whose source in `report/sections/` was edited.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ...errors import RenderError
from ..files.publish import replace_text
from .sources import COPIES, GENERATED, PARTS, read_text

NOTE = "parts.json"  # in `_generated`: what the parts were made of, and how
EACH_LABEL = re.compile(r"[#@]((?:fig|tbl)-[\w-]*-)\*")
EACH_VALUE = re.compile(r"\{\{<\s*var\s+\S*[-_]\*\s*>\}\}")
EACH_NUMBER = re.compile(r"(?<=\w)([-_])\*")
LABEL = re.compile(r"(?:fig|tbl)-[\w-]+")
# before a sentence of a part, and around what stands on lines of its own
SENTENCE = re.compile(
    r"(?<=[.])(?=\s+(?:[A-Z@]|\{\{<))|(?<=>\}\})(?=\s+(?:[A-Z@]|\{\{<))|(?<=\n)(?=\s*:::)|(?<=\n)(?=\n)|(?<=:::\n)"
    r"|(?<=\}\n)"
)


def write_sections(
    project: Path,
    omitted: Mapping[str, str],
    labels: Sequence[str] = (),
    endpoints: Sequence[str] = (),
) -> None:
    """Write each section of the report: as it is, or the one sentence that stands in its place.

    A section that embeds `fig-case-*`, or names it, is written once for each of the labels
    fig-case-1, fig-case-2 and so on, or of fig-case-os and other endpoints, with the number or the
    endpoint in place of its stars.
    """
    folder = project / COPIES
    folder.mkdir(parents=True)
    for name in _sources(project):
        text = _section(project, name, omitted, labels, endpoints)
        (project / COPIES / Path(name).name).write_text(text, encoding="utf-8", newline="\n")


def _section(
    project: Path,
    name: str,
    omitted: Mapping[str, str],
    labels: Sequence[str],
    endpoints: Sequence[str],
) -> str:
    source = project / name
    text = read_text(source, name)
    if source.stem in omitted:
        return omitted[source.stem] + "\n"
    text = "\n".join(for_each_label(text, labels, endpoints))
    return without_labels(text, [label for label in omitted if LABEL.fullmatch(label)])


def without_labels(text: str, absent: Collection[str]) -> str:
    """Leave out of a text the sentences and embeds that name labels which have nothing to show.

    A sentence ends with a full stop, or with a value, before a capital, a value or a reference.
    Line breaks stay, so that each line keeps its number.
    """
    for label in absent:
        if label not in text:
            continue
        ends = re.compile(rf"[#@]{re.escape(label)}(?![\w-])")
        kept = [
            "\n" * part.count("\n") + " " * part.endswith(" ") if ends.search(part) else part
            for part in SENTENCE.split(text)
        ]
        text = "".join(kept)
    return text


def for_each_label(text: str, labels: Sequence[str], endpoints: Sequence[str]) -> list[str]:
    """Give a text once for each label, or endpoint, that its stars mean; once without stars."""
    stems = dict.fromkeys(EACH_LABEL.findall(text))
    if not stems and EACH_VALUE.search(text):
        return [EACH_NUMBER.sub(rf"\g<1>{end}", text) for end in endpoints]
    if not stems:
        return [text]
    # a part may name several labels of an endpoint, of which some have nothing to show
    named = {label[len(stem) :] for stem in stems for label in labels if label.startswith(stem)}
    numbers = sorted((end for end in named if end.isdigit()), key=int)
    ends = [*numbers, *(end for end in endpoints if end in named)]
    return [EACH_NUMBER.sub(rf"\g<1>{end}", text) for end in ends]


# Without a build -------------------------------------------------------------------------------


def note_sections(
    project: Path, omitted: Mapping[str, str], labels: Sequence[str], endpoints: Sequence[str]
) -> None:
    """Write down in `_generated/parts.json` how the parts were made, and of which sources.

    Parameters
    ----------
    project : Path
        A staged project, whose parts are in English: those of another language need its words.
    omitted, labels, endpoints
        See `write_sections`.
    """
    note = {
        "python": sys.executable,
        "sources": _sources(project),
        "given": [dict(omitted), list(labels), list(endpoints)],
    }
    replace_text(project / GENERATED / NOTE, json.dumps(note, ensure_ascii=False))


def note_absent(generated: Path, names: Sequence[str]) -> None:
    """Write down what the report has that Quarto does not find at the root: it is said there."""
    place = generated / NOTE
    note = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {"sources": {}}
    replace_text(place, json.dumps(note | {"absent": list(names)}, ensure_ascii=False))


def refresh_sections(root: Path) -> list[str]:
    """Write those parts in `_generated/` again whose source was edited since; give its name.

    Raises
    ------
    RenderError
        If a source is no text in UTF-8.
    """
    place = root / GENERATED / NOTE
    note = json.loads(place.read_text(encoding="utf-8"))
    now = _sources(root)
    edited = [name for name, found in now.items() if note["sources"].get(name) != found]
    for name in edited:
        replace_text(root / COPIES / Path(name).name, _section(root, name, *note["given"]))
    replace_text(place, json.dumps(note | {"sources": now}, ensure_ascii=False))
    return edited


def _sources(root: Path) -> dict[str, str]:
    """Give each part with its SHA-1, which the filter computes too."""
    return {
        f"{PARTS}{path.name}": hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()
        for path in sorted((root / PARTS).glob("*.qmd"))
    }


def main() -> int:
    """Refresh the parts of the project in this folder; 1 if one of them cannot be read."""
    try:
        refresh_sections(Path.cwd())
    except RenderError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
