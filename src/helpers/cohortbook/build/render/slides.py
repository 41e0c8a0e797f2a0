"""Slides: pandoc's own for PowerPoint, with a layout that has text above a figure or table.

One for each figure and table (see `report/filters/slides.lua`), from the same sources as the report
and by the same filters, whichever renderer makes the rest.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape

from ...processes import run
from .docx import write_parts

NOTE, GROUP = "\u2063", "\u2064"  # as in slides.lua
LAYOUTS = "ppt/slideLayouts/"
WIDE = "Content with Caption"
# places on a slide of 9,144,000 x 5,143,500, in EMU: left, top, width, height
TITLE = (342900, 130000, 8458200, 520000)
TEXT = (342900, 660000, 8458200, 1000000)
CONTENT = (342900, 1680000, 8458200, 3280000)
WHOLE = (342900, 760000, 8458200, 4200000)
FIRST = (685800, 900000, 7772400, 2000000)
BELOW = (685800, 3000000, 7772400, 900000)
POINTS = 12700  # EMU
SMALLEST = 7  # points
BODY = 1100  # hundredths of a point: the text above a figure or table
GAP, HIGHEST = 127000, 1500000  # between the two, and what the text takes at most
COLOUR = "1F4E79"
SHAPE = re.compile(r"<p:sp>.*?</p:sp>", re.DOTALL)
MARGINS = '<a:tcPr marT="12700" marB="12700" marL="50800" marR="50800"/>'
DESCRIBED = re.compile(r'(<p:cNvPr descr=")([^"]*)(")')
PARAGRAPH = re.compile(r"<a:p>.*?</a:p>", re.DOTALL)
PICTURE = re.compile(
    r'(<p:pic>(?:(?!</p:pic>).)*?<a:xfrm>)<a:off x="(\d+)" y="(\d+)" ?/>\s*'
    r'<a:ext cx="(\d+)" cy="(\d+)" ?/>',
    re.DOTALL,
)
TABLE = re.compile(r"<p:graphicFrame>.*?</p:graphicFrame>", re.DOTALL)
ROW = re.compile(r"<a:tr [^>]*>.*?</a:tr>", re.DOTALL)


def reference(target: Path) -> Path:
    """Write the document that pandoc takes layouts from: its own, changed."""
    import pypandoc

    done = run(
        [
            pypandoc.get_pandoc_path(),
            f"--output={target}",  # before the next, which ends the program
            "--print-default-data-file=reference.pptx",
        ]
    )
    if done.returncode:
        raise OSError(done.stderr.strip() or "pandoc has no reference.pptx.")
    with zipfile.ZipFile(target) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, data in parts.items():
        if name.startswith(LAYOUTS) and name.endswith(".xml"):
            parts[name] = _layout(data.decode("utf-8")).encode("utf-8")
    write_parts(target, parts)
    return target


def _layout(xml: str) -> str:
    if f'name="{WIDE}"' in xml:
        places = {
            'type="title"': (TITLE, 1800),
            'idx="1"': (CONTENT, 1400),
            'idx="2"': (TEXT, BODY),
        }
    elif 'name="Title and Content"' in xml or 'name="Title Only"' in xml:
        places = {'type="title"': (TITLE, 1800), 'idx="1"': (WHOLE, 1600)}
    elif 'name="Title Slide"' in xml:
        places = {'type="ctrTitle"': (FIRST, 2800), 'type="subTitle"': (BELOW, 1600)}
    else:
        return xml

    def placed(found: re.Match[str]) -> str:
        shape = found[0]
        given = [
            value for key, value in places.items() if f"{key}" in shape.partition("<p:spPr")[0]
        ]
        return _at(shape, *given[0]) if given else shape

    return SHAPE.sub(placed, xml)


def _at(shape: str, place: tuple[int, int, int, int], size: int) -> str:
    """Put a placeholder of a layout where it belongs, with the size of its type (1/100 pt)."""
    left, top, width, height = place
    box = f'<a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
    shape = re.sub(
        r"<p:spPr ?/>|<p:spPr>.*?</p:spPr>", f"<p:spPr>{box}</p:spPr>", shape, flags=re.DOTALL
    )
    title = 'type="title"' in shape or 'type="ctrTitle"' in shape
    look = (
        '<a:lvl1pPr algn="l" marL="0" indent="0"><a:buNone/>'
        f'<a:defRPr sz="{size}" b="{int(title)}">'
        + (f'<a:solidFill><a:srgbClr val="{COLOUR}"/></a:solidFill>' if title else "")
        + "</a:defRPr></a:lvl1pPr>"
    )
    body = f'<a:bodyPr anchor="{"ctr" if title else "t"}"><a:normAutofit/></a:bodyPr>'
    return re.sub(
        r"<a:bodyPr[^>]*?(?:/>|>.*?</a:bodyPr>)\s*<a:lstStyle ?(?:/>|>.*?</a:lstStyle>)",
        f"{body}<a:lstStyle>{look}</a:lstStyle>",
        shape,
        count=1,
        flags=re.DOTALL,
    )


def finish_slides(path: Path, alternatives: Mapping[str, str]) -> None:
    """Set the type of tables and notes to what fits, and make the bytes the same every time.

    Parameters
    ----------
    path : Path
        The document, which is rewritten.
    alternatives : mapping
        Label of a figure to its text for readers who listen: pandoc would write where the picture
        lies on this machine.
    """
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, data in parts.items():
        if re.fullmatch(r"ppt/slides/slide\d+\.xml", name):
            text = _small_notes(data.decode("utf-8"))
            top, height = _room_below(text)
            text = TABLE.sub(partial(_table, top, height), text)
            text = PICTURE.sub(partial(_picture, top, height), text)
            text = DESCRIBED.sub(lambda found: _described(found, alternatives), text)
            parts[name] = text.encode("utf-8")
    write_parts(path, parts)


def _room_below(slide: str) -> tuple[int, int]:
    """Give where the text above a figure or table ends, and how much room is left below it."""
    _, top, width, _ = TEXT
    text = next((one for one in SHAPE.findall(slide) if ' idx="2"' in one), "")
    points = 0.0
    for paragraph in PARAGRAPH.findall(text):
        size = int((re.search(r' sz="(\d+)"', paragraph) or [0, BODY])[1]) / 100
        letters = len(re.sub(r"<[^>]*>", "", paragraph))
        points += math.ceil(letters * size * 0.56 * POINTS / width) * size * 1.25 + 3
    used = min(int(points * POINTS) + GAP, HIGHEST)
    return top + used, CONTENT[1] + CONTENT[3] - top - used


def _picture(top: int, height: int, found: re.Match[str]) -> str:
    """Let a picture fill the room below the text."""
    wide, high = int(found[4]), int(found[5])
    factor = min(CONTENT[2] / wide, height / high)
    wide, high = int(wide * factor), int(high * factor)
    left = CONTENT[0] + (CONTENT[2] - wide) // 2
    place = f'<a:off x="{left}" y="{top}"/><a:ext cx="{wide}" cy="{high}"/>'
    return f"{found[1]}{place}"


def _described(found: re.Match[str], alternatives: Mapping[str, str]) -> str:
    text = alternatives.get(found[2].rpartition("/")[2].removesuffix(".png"), "")
    return f"{found[1]}{escape(text, {chr(34): '&quot;'})}{found[3]}"


def _table(top: int, height: int, found: re.Match[str]) -> str:
    """Fill the room below the text with a table; its type is as large as its rows allow."""
    frame, (left, _, width, _) = found[0], CONTENT
    columns = [int(found) for found in re.findall(r'<a:gridCol w="(\d+)"', frame)]
    factor = width / (sum(columns) or width)
    rows = [re.findall(r"<a:tc>.*?</a:tc>", row, re.DOTALL) for row in ROW.findall(frame)]
    texts = [[re.sub(r"<[^>]*>", "", cell) for cell in row] for row in rows]
    widths = [column * factor / POINTS - 8 for column in columns]
    # estimated: no program here knows how PowerPoint will break a line
    sizes = range(12, SMALLEST, -1)
    size = next((s for s in sizes if _height(texts, widths, s) < height / POINTS), SMALLEST)
    frame = re.sub(
        r'<a:gridCol w="(\d+)"', lambda m: f'<a:gridCol w="{int(int(m[1]) * factor)}"', frame
    )
    frame = re.sub(r'<a:tr h="\d+"', f'<a:tr h="{int(size * 1.3 * POINTS)}"', frame)
    frame = re.sub(r"<a:tcPr ?/>", "", frame)
    frame = frame.replace("</a:txBody></a:tc>", f"</a:txBody>{MARGINS}</a:tc>")
    frame = re.sub(r"<a:rPr(?![^>]* sz=)", f'<a:rPr sz="{size * 100}"', frame)
    frame = re.sub(r"<a:endParaRPr ?/>", f'<a:endParaRPr sz="{size * 100}"/>', frame)
    frame = ROW.sub(lambda found: _grouped(found[0], len(columns)), frame)
    place = f'<a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/>'
    return re.sub(r"<a:off [^>]*/>\s*<a:ext [^>]*/>", place, frame, count=1)


def _height(rows: list[list[str]], widths: list[float], size: int) -> float:
    """Estimate how high a table is with type of a size: all in points."""
    lines = 0
    for row in rows:
        most = 1
        for text, width in zip(row, widths, strict=False):
            room = sum(widths) if GROUP in text else width
            most = max(most, math.ceil(len(text) * size * 0.56 / max(room, size)))
        lines += most * size * 1.25 + 3
    return lines


def _grouped(row: str, columns: int) -> str:
    """Let the label of a group of rows go over all columns."""
    if GROUP not in row:
        return row
    first, *rest = row.replace(GROUP, "").split("<a:tc>")[1:]
    head = row.partition("<a:tc>")[0]
    # PowerPoint asks for the covered cells too, marked as such
    cells = [f'<a:tc gridSpan="{columns}">{first}', *(f'<a:tc hMerge="1">{one}' for one in rest)]
    return head + "".join(cells)


def _small_notes(xml: str) -> str:
    def small(found: re.Match[str]) -> str:
        text = found[0]
        if NOTE not in text:
            return text
        size = 800 if len(re.sub(r"<[^>]*>", "", text)) < 500 else 650
        return re.sub(r"<a:rPr(?![^>]* sz=)", f'<a:rPr sz="{size}"', text.replace(NOTE, ""))

    return PARAGRAPH.sub(small, xml)
