"""Papers as JATS, the XML of PubMed Central and of most journals."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from ...errors import Problem, StudyError
from .model import Paper, PaperTable, Paragraph, RawCell, grid
from .texts import plain

_POWER = re.compile(r"(?:(?<![\d.,])10|mm|cm|\bm|χ|\bR|\br)$")
SKIPPED = ("xref", "fn", "label", "object-id")


def read_jats(path: Path) -> Paper:
    """Read a JATS file: its tables with their heads, and its paragraphs.

    Raises
    ------
    StudyError
        If it is no XML, or holds no article.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise StudyError([Problem(path.name, "XML", "Get the paper again.", "nothing readable")])
    for node in root.iter():
        if isinstance(node.tag, str) and "}" in node.tag and "MathML" not in node.tag:
            node.tag = node.tag.rpartition("}")[2]
    article = root if root.tag == "article" else root.find(".//article")
    if article is None:
        raise StudyError(
            [
                Problem(
                    path.name,
                    "a JATS article",
                    "Save it from PubMed Central or the journal as XML.",
                    f"<{root.tag}>",
                )
            ]
        )
    tables = [_table(node, i) for i, node in enumerate(article.iter("table-wrap"), start=1)]
    return Paper(_about(article), [t for t in tables if t is not None], _paragraphs(article))


def _about(article: etree._Element) -> dict[str, str]:
    def first(path: str) -> str:
        node = article.find(path)
        return plain(_text(node)) if node is not None else ""

    found = {
        "title": first(".//article-meta/title-group/article-title"),
        "journal": first(".//journal-meta//journal-title"),
        "year": first(".//article-meta/pub-date/year"),
        "doi": first(".//article-meta/article-id[@pub-id-type='doi']"),
    }
    return {key: value for key, value in found.items() if value}


def _table(wrap: etree._Element, number: int) -> PaperTable | None:
    tables = wrap.findall(".//table")
    if not tables:
        return None
    label = wrap.find("label")
    where = plain(_text(label)).rstrip(".: ") if label is not None else f"Table {number}"
    caption = wrap.find("caption")
    notes = " ".join(_text(foot) for foot in wrap.findall("table-wrap-foot"))
    raw, heads = [], 0
    for table in tables:
        for row in table.iter("tr"):
            cells = [_cell(cell) for cell in row if cell.tag in ("td", "th")]
            inside = any(parent.tag == "thead" for parent in row.iterancestors())
            all_heads = cells and all(cell.head for cell in cells) and len(raw) == heads
            heads += int(bool((inside or all_heads) and len(raw) == heads))
            raw.append(cells)
    return PaperTable(
        where, plain(_text(caption)) if caption is not None else "", grid(raw), heads, plain(notes)
    )


def _cell(node: etree._Element) -> RawCell:
    text = _text(node, cell=True)
    indent = len(re.match(r"[\s\u00a0\u2000-\u200a\u2003]*", text.lstrip("\n\t"))[0])
    style = node.get("style", "")
    padded = re.search(r"(?:padding-left|text-indent):\s*([\d.]+)", style)
    if padded and float(padded[1]) > 0:
        indent += 2
    return RawCell(
        plain(text),
        _whole(node.get("colspan")),
        _whole(node.get("rowspan")),
        indent,
        node.tag == "th",
    )


def _whole(text: str | None) -> int:
    return int(text) if text and text.strip().isdigit() else 1


def _text(node: etree._Element, cell: bool = False) -> str:
    """Give the text inside; marks of footnotes are left out, powers are kept (10^9)."""
    parts = [node.text or ""]
    for child in node:
        if not isinstance(child.tag, str):
            pass
        elif child.tag == "sup":
            inner = "".join(child.itertext()).strip()
            before = "".join(parts).rstrip()
            power = re.fullmatch(r"-?\d{1,2}", inner) and _POWER.search(before)
            parts.append(f"^{inner}" if power else "")
        elif child.tag == "break":
            parts.append(" ")
        elif child.tag in SKIPPED and not (child.tag == "xref" and not cell):
            pass
        else:
            parts.append(_text(child, cell))
            if child.tag in ("p", "title", "list-item"):
                parts.append(" ")
        parts.append(child.tail or "")
    return "".join(parts)


def _paragraphs(article: etree._Element) -> list[Paragraph]:
    found = []
    for node in article.iter("p"):
        parents = [parent.tag for parent in node.iterancestors()]
        if {"table-wrap", "ref-list", "fn", "back", "ack"} & set(parents):
            continue
        where = "Abstract" if "abstract" in parents else ""
        for parent in node.iterancestors():
            title = parent.find("title") if parent.tag in ("sec", "abstract") else None
            if title is not None and not where:
                where = plain(_text(title))
            if parent.tag == "fig":
                label = parent.find("label")
                where = f"{plain(_text(label))}, caption" if label is not None else "Figure"
                break
        found.append(Paragraph(where or "Text", plain(_text(node))))
    return found
