"""A manuscript as journals ask for it: double spacing and line numbers in the Word file."""

from __future__ import annotations

import re

DOUBLE = 480  # twentieths of a point times twelve, as Word counts lines
SPACED = ("Normal", "BodyText", "FirstParagraph", "Compact", "Abstract", "Bibliography", "Caption")
STYLE = re.compile(r'<w:style [^>]*w:styleId="(\w+)".*?</w:style>', re.DOTALL)
LINE = re.compile(r' w:line="\d+" w:lineRule="\w+"')
SPACING = re.compile(r"(<w:spacing [^>]*?)\s*/>")
MARGINS = re.compile(r"<w:pgMar [^>]*/>")
EXTENT = re.compile(r'(<(?:wp:extent|a:ext) [^>]*?\b)cx="(\d+)" cy="(\d+)"')
HIGHEST = int(16.5 * 360_000)  # 16.5 cm in Word's units: a caption of ten lines fits below
NUMBERED = '<w:lnNumType w:countBy="1" w:restart="continuous"/>'


def double_spaced(styles: str) -> str:
    """Set the styles of running text to double spacing; tables stay as they are."""

    def spaced(found: re.Match[str]) -> str:
        style = found[0]
        if found[1] not in SPACED:
            return style
        plain = LINE.sub("", style)
        return SPACING.sub(rf'\1 w:line="{DOUBLE}" w:lineRule="auto"/>', plain, count=1)

    return STYLE.sub(spaced, styles)


def lower_pictures(document: str) -> str:
    """Make tall pictures smaller, in proportion, so that each stays on the page of its caption."""

    def lower(found: re.Match[str]) -> str:
        start, wide, high = found[1], int(found[2]), int(found[3])
        share = min(1.0, HIGHEST / max(high, 1))
        return f'{start}cx="{round(wide * share)}" cy="{round(high * share)}"'

    return EXTENT.sub(lower, document)


def line_numbered(document: str) -> str:
    """Number the lines of the whole document."""
    if "<w:lnNumType" in document:
        return document
    # after the margins: the order of what a section holds is fixed, and Word repairs any other
    return MARGINS.sub(lambda found: found[0] + NUMBERED, document)
