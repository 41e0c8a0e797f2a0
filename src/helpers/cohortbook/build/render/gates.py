"""What must hold before and after rendering; a renderer would only warn, or say nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from ...errors import RenderError, Wrong
from ...sections import SECTIONS
from ...study.yaml_in import YamlError, read_typed
from ..project.material import VARIABLES, Material, Output
from ..project.references import KEY as BIB_KEY
from ..project.sources import FENCE, MAIN, Line, read_sources

KNOWN = ("include", "embed", "var", "meta", "pagebreak")
LABEL_KINDS = "fig|tbl|sec"
MOST_ROWS = 5_000  # of a table: renderers take minutes, readers give up
DEFINED = re.compile(rf"\{{#((?:{LABEL_KINDS})-[\w-]+)")
REFERRED = re.compile(r"(?<![\w\\.@])-?@([A-Za-z0-9_][\w:.#$%&+?<>~/-]*\w|\w)|-?@\{([^}]+)\}")
CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
DISPLAY_ONLY = re.compile(r"^\s*\{\{<\s*(embed|pagebreak)\b[^>]*>\}\}\s*$")


def check_sources(project: Path) -> None:
    """Check all that the report refers to, before a renderer is started.

    Parameters
    ----------
    project : Path
        Holds `_quarto.yml`, `_variables.yml`, `report/` and `_generated/`.

    Raises
    ------
    RenderError
        With every finding at once, each with file, line and what to do.
    """
    lines, material = read_sources(project), Material(project)
    findings = [
        *_check_closed(lines),
        *_check_shortcodes(lines, material),
        *_check_embeds(lines, material),
        *_check_labels(lines, material),
    ]
    raise_findings(findings)


def raise_findings(findings: Iterable[Wrong]) -> None:
    """Raise one error for all findings, if there are any."""
    # a value that is quoted three times is wrong once
    found = list(dict.fromkeys(findings))
    if len(found) == 1:
        raise RenderError(found[0].what, found[0].where, found[0].mend)
    if found:
        text = "\n".join(str(finding) for finding in found)
        raise RenderError(f"{len(found)} problems in the report's sources.\n{text}")


def _check_closed(lines: list[Line]) -> Iterator[Wrong]:
    """Find fences and divs that a file opens and does not close: they swallow what follows."""
    opened: dict[str, list[Line]] = {}
    fence: dict[str, Line] = {}
    for line in lines:
        text = line.text.strip()
        if line.kind == "code":
            if found := FENCE.match(line.text):
                begun = fence.get(line.file)
                if not begun:
                    fence[line.file] = line
                elif text == found[1] and found[1].startswith(FENCE.match(begun.text)[1]):
                    del fence[line.file]
        elif line.kind == "text" and re.fullmatch(r":{3,}", text):
            if not opened.get(line.file):
                yield Wrong("A div is closed that none opened.", line.where, "Remove the line.")
            else:
                opened[line.file].pop()
        elif line.kind == "text" and re.match(r":{3,}\s*\S", text):
            opened.setdefault(line.file, []).append(line)
    for line in [*fence.values(), *(line for left in opened.values() for line in left)]:
        noun, mend = ("code block", "```") if line.kind == "code" else ("div", ":::")
        yield Wrong(f"A {noun} is not closed.", line.where, f"Close it with a line {mend}.")


def _check_shortcodes(lines: list[Line], material: Material) -> Iterator[Wrong]:
    front = _front_matter(lines)
    for line in lines:
        if line.kind == "code":
            continue
        # what the pattern does not take for a shortcode would be printed as it stands
        if line.text.count("{{<") != len(line.shortcodes):
            yield Wrong("A shortcode is not closed.", line.where, "Write it on one line.")
        for words in line.shortcodes:
            yield from _check_shortcode(words, line, material, front)


def _check_shortcode(
    words: list[str], line: Line, material: Material, front: dict[str, object]
) -> Iterator[Wrong]:
    name, arguments = words[0] if words else "", words[1:]
    if name not in KNOWN:
        hint = "Known are " + ", ".join(KNOWN) + "."
        yield Wrong(f"The shortcode '{name}' is unknown.", line.where, hint)
    elif name != "pagebreak" and len(arguments) != 1:
        yield Wrong(f"'{name}' takes one argument.", line.where, "Correct the shortcode.")
    elif name == "include":
        yield Wrong("An include must be alone in its line.", line.where, "Move it.")
    elif name in ("embed", "pagebreak") and not DISPLAY_ONLY.match(line.text):
        yield Wrong(f"'{name}' must be alone in its paragraph.", line.where, "Move it.")
    elif name == "var" and arguments[0] not in material.variables:
        yield Wrong(
            f"There is no value '{arguments[0]}'.",
            line.where,
            _nearest(arguments[0], material.variables) or f"Quote a name of {VARIABLES}.",
        )
    elif name == "meta" and arguments[0] not in front:
        yield Wrong(
            f"The front matter has no '{arguments[0]}'.", line.where, "Add it, or correct the name."
        )


def _check_embeds(lines: list[Line], material: Material) -> Iterator[Wrong]:
    for line, target in _embeds(lines):
        notebook, _, label = target.partition("#")
        outputs = material.outputs(notebook)
        if outputs is None:
            yield Wrong(
                f"There is no notebook {notebook}.",
                line.where,
                "Correct the path (it is relative to report/), or build the report first.",
            )
        elif label not in outputs:
            yield Wrong(
                f"{Path(notebook).name} has no cell labelled '{label}'.",
                line.where,
                _mend_label(label, outputs, line),
            )
        else:
            yield from _check_output(outputs[label], notebook, line)


def _mend_label(label: str, outputs: Mapping[str, Output], line: Line) -> str:
    """Say how an embed finds its cell: of a part of ours, the cell was removed in the notebook."""
    part = Path(line.where.rpartition(":")[0])
    section = part.stem.removesuffix("_shown")
    if part.parent.name != "sections" or section not in SECTIONS:
        return _nearest(label, outputs) or "Label the cell with a line '#| label: ...'."
    return (
        "Put that cell back; or leave this part of the report out, with a cell "
        f'book.leave_out({section}="") in the notebook.'
    )


def _check_output(output: Output, notebook: str, line: Line) -> Iterator[Wrong]:
    cell = f"The cell '{output.label}' of {Path(notebook).name}"
    if not output.data:
        yield Wrong(
            f"{cell} has no output.",
            line.where,
            "Execute the notebook; end the cell with the figure or table.",
        )
        return
    if output.is_figure != output.has_picture:
        kind = "figure" if output.is_figure else "table"
        yield Wrong(f"{cell} does not show a {kind}.", line.where, "Correct its label.")
    rows = output.table_html.count("<tr")
    if rows > MOST_ROWS:
        yield Wrong(
            f"{cell} shows a table of {rows:,} rows; a report takes {MOST_ROWS:,}.",
            line.where,
            "Show fewer; the notebook keeps the whole.",
        )
    if not output.caption.strip():
        yield Wrong(f"{cell} has no caption.", line.where, "Give the table or figure a caption.")
    if output.is_figure and not output.alt.strip():
        yield Wrong(
            f"{cell} has no alternative text.",
            line.where,
            "Give the figure its alt text: readers of a screen reader, and PDF/UA, need it.",
        )


def _check_labels(lines: list[Line], material: Material) -> Iterator[Wrong]:
    defined = list(_defined(lines))
    count = Counter(label for label, _ in defined)
    for label, line in defined:
        if count[label] > 1:
            yield Wrong(
                f"The label '{label}' is used {count[label]} times.", line.where, "Rename one."
            )
    citations = _citation_keys(lines, material.project)
    for key, where in _referred(lines, material):
        # as Quarto tells them apart: by the beginning of the key alone
        if re.match(rf"(?:{LABEL_KINDS})-", key):
            if key not in count:
                mend = _nearest(key, count) or "Embed or label it, or remove the reference."
                yield Wrong(f"Nothing has the label '{key}'.", where, mend)
        elif key not in citations:
            mend = _nearest(key, citations) or "Add it to the bibliography."
            yield Wrong(f"The bibliography has no '{key}'.", where, mend)


def _embeds(lines: Iterable[Line]) -> Iterator[tuple[Line, str]]:
    for line in lines:
        for words in line.shortcodes:
            if len(words) == 2 and words[0] == "embed":
                yield line, words[1]


def _defined(lines: list[Line]) -> Iterator[tuple[str, Line]]:
    for line in lines:
        if line.kind == "text":
            yield from ((label, line) for label in DEFINED.findall(line.text))
    yield from ((target.partition("#")[2], line) for line, target in _embeds(lines))


def _referred(lines: list[Line], material: Material) -> Iterator[tuple[str, str]]:
    """Give the keys after `@` in prose, in quoted values and in captions, with their places."""
    for line in lines:
        if line.kind == "text":
            yield from ((key, line.where) for key in references_in(line.text))
        for words in line.shortcodes:
            if len(words) != 2:
                continue
            if words[0] == "var":
                text, where = material.variables.get(words[1], ""), f"{VARIABLES}: {words[1]}"
                yield from ((key, where) for key in references_in(text))
            elif words[0] == "embed" and (output := material.output(words[1])):
                yield from ((key, words[1]) for key in references_in(output.caption))


def references_in(text: str) -> list[str]:
    """Give the keys of references and citations in a line of Markdown."""
    # what stands between backticks is code, an @ in it no reference
    return [a or b for a, b in REFERRED.findall(CODE_SPAN.sub("", text))]


def _front_matter(lines: Iterable[Line]) -> dict[str, object]:
    text = "\n".join(line.text for line in lines if line.kind == "front")
    try:
        front = read_typed(text.strip().strip("-")) if text.strip() else {}
    except YamlError as error:
        where = f"{MAIN}:{error.line}" if error.line else MAIN
        raise RenderError(
            f"The front matter is not YAML ({error.what}).",
            where,
            "Correct that line.",
        ) from None
    return front if isinstance(front, dict) else {}


def _citation_keys(lines: Iterable[Line], project: Path) -> set[str]:
    named = _front_matter(lines).get("bibliography") or []
    keys: set[str] = set()
    for name in [named] if isinstance(named, str) else named:
        path = project / "report" / name
        if not path.is_file():
            raise RenderError(f"There is no report/{name}.", MAIN, "Correct the path.")
        keys.update(BIB_KEY.findall(path.read_text(encoding="utf-8")))
    return keys


def _nearest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean '{close[0]}'?" if close else ""
