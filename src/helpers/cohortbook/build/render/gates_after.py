"""What must hold of finished documents: nothing unresolved in the text, nothing from outside."""

from __future__ import annotations

import re
import zipfile
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_to_bytes

from ...errors import Wrong
from .gates import LABEL_KINDS, raise_findings

# not "{{<": that may be text from data, and every shortcode was checked before rendering
UNRESOLVED = re.compile(rf"\?@(?:{LABEL_KINDS})-[\w-]+|\?(?:var|meta):[\w.-]+")
LOADED = {"src", "srcset", "poster", "data", "background", "action"}
IN_STYLE = re.compile(r"url\(\s*['\"]?\s*((?:https?:)?//[^'\")\s]+)|@import\s+['\"]([^'\"]+)")
OUTSIDE = re.compile(r"^\s*(?:https?:|ftp:|file:|//)", re.IGNORECASE)
TELL = "This is a fault of the report's sources or templates."


class _Reader(HTMLParser):
    """Collects the text outside tables, and every resource that a browser would load."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.loaded: list[tuple[str, str]] = []
        self._tables = 0
        self._raw = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._tables += tag == "table"
        self._raw = tag if tag in ("script", "style") else self._raw
        self.loaded += [(tag, value) for name, value in given.items() if name in LOADED]
        if tag == "link":
            self.loaded.append((tag, given.get("href", "")))
            self._style(tag, _style_in(given.get("href", "")))
        self._style(tag, given.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        self._tables -= tag == "table"
        self._raw = "" if tag == self._raw else self._raw

    def handle_data(self, data: str) -> None:
        if self._raw == "style":
            self._style("style", data)
        elif not self._raw and not self._tables:
            self.text.append(data)

    def _style(self, tag: str, css: str) -> None:
        self.loaded += [(tag, a or b) for a, b in IN_STYLE.findall(css)]


def _style_in(address: str) -> str:
    """Give the styles that an address holds itself, as `data:text/css,...`."""
    kind, _, text = address.partition(",")
    if not kind.strip().lower().startswith("data:text/css"):
        return ""
    held = unquote_to_bytes(text)
    return (b64decode(held + b"==") if kind.endswith(";base64") else held).decode(
        "utf-8", "replace"
    )


def check_documents(paths: list[Path]) -> None:
    """Check finished documents.

    Tables are not searched for unresolved references: their text is data and may hold anything.

    Raises
    ------
    RenderError
        If a reference or value was left unresolved, or the HTML would load something from outside.
    """
    findings: list[Wrong] = []
    for path in paths:
        if path.suffix == ".html":
            findings += check_html(path.read_text(encoding="utf-8"), path.name)
        elif path.suffix == ".docx":
            findings += check_text(docx_text(path), path.name)
    raise_findings(findings)


def check_html(html: str, name: str) -> list[Wrong]:
    """Give what is wrong with an HTML report."""
    reader = _Reader()
    reader.feed(html)
    outside = [
        Wrong(f"<{tag}> loads {value.strip()[:80]} from outside.", name, TELL)
        for tag, value in reader.loaded
        if OUTSIDE.match(value)
    ]
    return outside + check_text("".join(reader.text), name)


def check_text(text: str, name: str) -> list[Wrong]:
    """Give the references and values that a renderer left unresolved in a text."""
    return [
        Wrong(f"'{found}' was not resolved.", name, TELL)
        for found in dict.fromkeys(UNRESOLVED.findall(text))
    ]


def docx_text(path: Path) -> str:
    """Give the text of a DOCX outside its tables and the codes of its fields."""
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("word/document.xml").decode("utf-8")
    xml = re.sub(r"<w:tbl>.*?</w:tbl>|<w:instrText.*?</w:instrText>", "", xml, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", "", re.sub(r"</w:p>", "\n", xml))
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
