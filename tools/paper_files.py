"""Tables written as papers have them: JATS, HTML, DOCX and PDF, for the trial of the reader.

A table is (label, caption, head rows, body rows, notes); a cell is its text, with `|2` for two
columns and `__2` for two rows that it spans; an em space before a label sets it in.
"""

from __future__ import annotations

import html as escapes
import re
import zipfile
from pathlib import Path

import typst

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
Rows = list[list[str]]
Table = tuple[str, str, Rows, Rows, str]


def cell_tag(text: str, tag: str) -> str:
    """One cell: "text|2" spans two columns, "text_2" two rows."""
    text, _, columns = text.partition("|")
    text, _, rows = text.partition("__")
    spans = (f' colspan="{columns}"' if columns else "") + (f' rowspan="{rows}"' if rows else "")
    return f"<{tag}{spans}>{text}</{tag}>"


def rows_of(rows: Rows, tag: str = "td") -> str:
    """Give rows as HTML and JATS have them."""
    return "".join(f"<tr>{''.join(cell_tag(x, tag) for x in row)}</tr>" for row in rows)


def jats(path: Path, tables: list[Table], paragraphs: tuple[str, ...] = ()) -> Path:
    """Write a JATS article."""
    wraps = "".join(
        f"<table-wrap><label>{label}</label><caption><p>{caption}</p></caption><table>"
        f"<thead>{rows_of(heads, 'th')}</thead><tbody>{rows_of(body)}</tbody></table>"
        f"<table-wrap-foot><p>{notes}</p></table-wrap-foot></table-wrap>"
        for label, caption, heads, body, notes in tables
    )
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    path.write_text(
        f'<article xmlns:xlink="x"><front><article-meta><article-id pub-id-type="doi">10.1/x'
        f"</article-id></article-meta></front><body><sec><title>Results</title>{text}{wraps}</sec>"
        "</body></article>",
        "utf-8",
    )
    return path


def html(path: Path, tables: list[Table], paragraphs: tuple[str, ...] = ()) -> Path:
    """Write a page as a journal has it."""
    parts = "".join(
        f"<p>{label}. {caption}</p><table>{rows_of(heads, 'th')}{rows_of(body)}</table>"
        for label, caption, heads, body, _ in tables
    )
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    path.write_text(
        f"<html><head><meta charset='utf-8'></head><body><h2>Results</h2>{text}{parts}"
        "</body></html>",
        "utf-8",
    )
    return path


def docx(path: Path, tables: list[Table], paragraphs: tuple[str, ...] = ()) -> Path:
    """Write a manuscript as DOCX."""

    def paragraph(text: str) -> str:
        runs = text.replace("<sup>", "\0").replace("</sup>", "\0").split("\0")
        out = ""
        for k, run in enumerate(runs):
            high = '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>' if k % 2 else ""
            plain_ = escapes.escape(
                escapes.unescape(run.replace("<italic>", "").replace("</italic>", ""))
            )
            out += f'<w:r>{high}<w:t xml:space="preserve">{plain_}</w:t></w:r>'
        return f"<w:p>{out}</w:p>"

    def table(rows: Rows) -> str:
        out, going = "", {}
        for row in rows:
            cells, column = "", 0
            given = list(row)
            while given or column in going:
                if going.get(column, 0) > 0:
                    cells += f"<w:tc><w:tcPr><w:vMerge/></w:tcPr>{paragraph('')}</w:tc>"
                    going[column] -= 1
                    column += 1
                    if going.get(column - 1) == 0:
                        del going[column - 1]
                    continue
                text, _, columns = given.pop(0).partition("|")
                text, _, down = text.partition("__")
                span = int(columns or 1)
                about = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
                if down:
                    about += '<w:vMerge w:val="restart"/>'
                    going[column] = int(down) - 1
                cells += f"<w:tc><w:tcPr>{about}</w:tcPr>{paragraph(text)}</w:tc>"
                column += span
            out += f"<w:tr>{cells}</w:tr>"
        return f"<w:tbl>{out}</w:tbl>"

    body = "".join(paragraph(p) for p in paragraphs)
    for label, caption, heads, rows, _ in tables:
        body += paragraph(f"{label}. {caption}") + table([*heads, *rows])
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "word/document.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><w:document '
            f"{W}><w:body>{body}</w:body></w:document>",
        )
    return path


def pdf(path: Path, tables: list[Table], paragraphs: tuple[str, ...] = ()) -> Path:
    """Write a PDF with text, tables with three rules."""

    def cell(text: str) -> str:
        text, _, columns = text.partition("|")
        text, _, rows = text.partition("__")
        inset = "#h(8pt)" if text.startswith("\u2003") else ""
        marked = re.sub(
            r"<sup>(.*?)</sup>", "\0\\1\1", text.replace("<italic>", "").replace("</italic>", "")
        )
        safe = re.sub(r"([\\#$*_<>@\[\]`~=/-])", r"\\\1", escapes.unescape(marked).strip())
        body = inset + safe.replace("\0", "#super[").replace("\1", "]")
        spans = (f"colspan:{columns}," if columns else "") + (f"rowspan:{rows}," if rows else "")
        return f"table.cell({spans})[{body}]" if spans else f"[{body}]"

    parts = [
        "#set page(width: 595pt, height: 842pt, margin: 45pt)",
        "#set text(size: 8pt)\n#set super(typographic: false)",
    ]
    parts += [cell(p)[1:-1] for p in paragraphs]
    for label, caption, heads, body, notes in tables:
        width = sum(int(x.partition("|")[2] or 1) for x in heads[0])
        given = ", ".join(cell(x) for row in heads for x in row)
        rest = ", ".join(cell(x) for row in body for x in row)
        align = ", ".join(["left"] + ["center"] * (width - 1))
        parts.append(
            f"*{label}.* {cell(caption)[1:-1]}\n#block(breakable: false, table(columns: {width}, "
            f"stroke: none, inset: (x: 5pt, y: 3pt), align: ({align}), table.hline(), {given}, "
            f"table.hline(), {rest}, table.hline()))\n{cell(notes)[1:-1]}"
        )
    path.write_bytes(typst.compile("\n\n".join(parts).encode()))
    return path


MAKERS = {"xml": jats, "html": html, "docx": docx, "pdf": pdf}
