"""Papers as HTML: a journal's page saved to a file."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import html

from .model import Paper, PaperTable, Paragraph, RawCell, grid
from .texts import plain

_LABEL = re.compile(r"\s*(table\s+[\w.-]*[\divxIVX]\w*)\s*[.:|]?\s*", re.I)
MOST_HEAD = 4096  # bytes in which a page says its encoding
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")


def read_html(path: Path) -> Paper:
    """Read an HTML page: its data tables with captions, and its paragraphs by heading."""
    root = html.fromstring(_decoded(path.read_bytes()) or b"<html/>")
    for node in root.xpath("//script|//style|//nav|//noscript|//footer"):
        node.drop_tree()
    about = {}
    for name, metas in (
        ("title", ("citation_title",)),
        ("journal", ("citation_journal_title",)),
        ("doi", ("citation_doi",)),
        ("year", ("citation_publication_date", "citation_date")),
    ):
        for meta in metas:
            found = root.xpath(f"//meta[@name='{meta}']/@content")
            if found:
                about[name] = plain(found[0])[:4] if name == "year" else plain(found[0])
                break
    tables = []
    for node in root.iter("table"):
        if node.xpath("ancestor::table") or len(node.xpath(".//tr")) < 2:
            continue
        tables.append(_table(node, len(tables) + 1))
    return Paper(about, tables, _paragraphs(root))


def _decoded(page: bytes) -> bytes | str:
    """Decode a page that does not say its encoding and is UTF-8, which parsers take for Latin-1."""
    if b"charset" in page[:MOST_HEAD].lower() or page.startswith(b"<?xml"):
        return page
    try:
        return page.decode("utf-8-sig")
    except UnicodeDecodeError:
        return page


def _table(node: html.HtmlElement, number: int) -> PaperTable:
    caption = _caption(node)
    found = _LABEL.match(caption)
    where = plain(found[1]).capitalize() if found else f"Table {number}"
    raw, heads = [], 0
    for row in node.iter("tr"):
        cells = [_cell(cell) for cell in row if cell.tag in ("td", "th")]
        inside = any(parent.tag == "thead" for parent in row.iterancestors())
        all_heads = cells and all(cell.head for cell in cells)
        heads += int(bool((inside or all_heads) and len(raw) == heads))
        raw.append(cells)
    notes = [plain(foot.text_content()) for foot in node.iter("tfoot")]
    return PaperTable(where, caption, grid(raw), heads, " ".join(notes))


def _caption(node: html.HtmlElement) -> str:
    own = node.find("caption")
    if own is not None:
        return plain(own.text_content())
    for parent in [node, *list(node.iterancestors())[:4]]:
        for near in parent.xpath(
            "./figcaption|./preceding-sibling::*|./*[contains(@class,'caption')]"
        )[-4:][::-1]:
            text = plain(near.text_content())
            if not _LABEL.match(text) or len(text) > 600:
                continue
            after = near.getnext()
            alone = _LABEL.fullmatch(text) and after is not None and after is not node
            if alone and after.find(".//table") is None:
                return f"{text} {plain(after.text_content())}"
            return text
    return ""


def _cell(node: html.HtmlElement) -> RawCell:
    text = _text(node)
    indent = len(re.match(r"[\u00a0\u2000-\u200a\u2003]*", text.strip("\n\t "))[0])
    padded = re.search(r"(?:padding-left|text-indent):\s*([\d.]+)", node.get("style", ""))
    if (padded and float(padded[1]) > 0) or re.search(r"indent", node.get("class", "")):
        indent += 2
    spans = [
        int(node.get(x)) if (node.get(x) or "").isdigit() else 1 for x in ("colspan", "rowspan")
    ]
    return RawCell(plain(text), *spans, indent, node.tag == "th")


def _text(node: html.HtmlElement) -> str:
    """Give the text inside; marks of footnotes are left out, powers are kept."""
    parts = [node.text or ""]
    for child in node:
        if child.tag == "sup":
            inner = plain(child.text_content())
            before = "".join(parts).rstrip()
            power = re.fullmatch(r"-?\d{1,2}", inner) and re.search(
                r"(?:(?<![\d.,])10|mm|cm|\bm)$", before
            )
            parts.append(f"^{inner}" if power else "")
        elif child.tag == "br":
            parts.append(" ")
        elif isinstance(child.tag, str):
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _paragraphs(root: html.HtmlElement) -> list[Paragraph]:
    where, found = "Text", []
    for node in root.iter(*_HEADINGS, "p"):
        text = plain(node.text_content())
        if node.tag in _HEADINGS:
            where = text[:80] or where
        elif text and not node.xpath("ancestor::table"):
            found.append(Paragraph(where, text))
    return found
