"""Text of an SVG that is drawn as outlines, as text again: for a PDF whose words can be read.

matplotlib writes each line of text as a group of letters' outlines, with the words as a comment
before it. The words can stand in its place where one face of the main font drew them all on one
line; a formula, or letters of another font, stay outlines.
"""

from __future__ import annotations

import re

from .letters import MAIN

LINE = re.compile(
    r"<!-- (?P<words>[^\n]*?) -->\n"
    r' *<g(?P<look> style="[^"]*")?'
    r' transform="(?P<place>[^"]*)scale\((?P<size>[\d.]+) -(?P=size)\)">\n'
    r"(?P<inside>.*?)</g>",
    re.DOTALL,
)
DEFINED = re.compile(r"^ *<defs>.*?</defs>\n", re.DOTALL)
GLYPH = re.compile(
    r' *<use xlink:href="#(?P<face>[\w-]+)-[0-9a-f]+"'
    r'(?: transform="translate\([\d.]+ 0\)")?/>\n *'
)
OUTLINE_PT = 100  # type size of the outlines, before they are scaled
FACES = {
    "DejaVuSans": "",
    "DejaVuSans-Bold": ' font-weight="bold"',
    "DejaVuSans-Oblique": ' font-style="oblique"',
    "DejaVuSans-BoldOblique": ' font-weight="bold" font-style="oblique"',
}
ALTERED = "- -"  # two dashes, which no comment may hold


def with_text(svg: str) -> str:
    """Give an SVG of matplotlib with lines of text in place of outlines, wherever that can be."""
    return LINE.sub(_line, svg)


def _line(found: re.Match[str]) -> str:
    defined = DEFINED.match(found["inside"])
    kept = defined[0] if defined else ""
    face = _only_face(found["inside"][len(kept) :])
    if face is None or ALTERED in found["words"]:
        return found[0]
    size = found["size"]
    return (
        f'{kept}<text{found["look"] or ""} transform="{found["place"]}scale({size} {size})" '
        f'font-family="{MAIN}" font-size="{OUTLINE_PT}"{FACES[face]} xml:space="preserve">'
        f"{found['words']}</text>"
    )


def _only_face(letters: str) -> str | None:
    """Give the face of all letters; None if there are several, or anything but letters."""
    faces, end = set(), 0
    for glyph in GLYPH.finditer(letters):
        # anything between the letters, such as the bar of a fraction, would be lost
        if glyph.start() != end:
            return None
        faces.add(glyph["face"])
        end = glyph.end()
    return faces.pop() if end == len(letters) and len(faces) == 1 and faces <= set(FACES) else None
