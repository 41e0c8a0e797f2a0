"""A finished DOCX made fit for print, and the same bytes every time."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

FIXED = (1980, 1, 1, 0, 0, 0)
ROW = re.compile(r"<w:tr(?: [^>]*)?>.*?</w:tr>", re.DOTALL)
DOCUMENT = "word/document.xml"


def finish_docx(path: Path) -> None:
    """Keep table rows whole over page ends, and rewrite the file with fixed dates."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts[DOCUMENT].decode("utf-8")
    parts[DOCUMENT] = keep_rows_whole(text).encode("utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, FIXED)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)


def keep_rows_whole(xml: str) -> str:
    """Mark every table row as not to be broken over two pages."""

    def whole(found: re.Match[str]) -> str:
        row = found[0]
        if "<w:cantSplit" in row:
            return row
        if "<w:trPr>" in row:
            return row.replace("<w:trPr>", "<w:trPr><w:cantSplit/>", 1)
        head, _, rest = row.partition(">")
        return f"{head}><w:trPr><w:cantSplit/></w:trPr>{rest}"

    return ROW.sub(whole, xml)
