"""Write report/templates/reference.docx, which holds the styles of the DOCX report.

Written from nothing, so that every style of the document is readable here; the zip carries a fixed
date, so that the same script gives the same bytes.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "report" / "templates" / "reference.docx"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
SERIF, SANS, MONO = "Cambria", "Calibri", "Consolas"
ACCENT, QUIET = "1F4E79", "59636E"


def paragraph(
    name: str,
    *,
    based: str = "Normal",
    after: str = "",
    font: str = "",
    size: float = 0,
    bold: bool = False,
    italic: bool = False,
    color: str = "",
    before: float = 0,
    below: float = 0,
    line: float = 0,
    left: float = 0,
    hanging: float = 0,
    keep_next: bool = False,
    align: str = "",
    level: int | None = None,
    border: str = "",
    shade: str = "",
    keep_lines: bool = False,
) -> str:
    """Give one paragraph style; sizes in points, indents in centimetres."""
    spacing = f'<w:spacing w:before="{before * 20:.0f}" w:after="{below * 20:.0f}"'
    spacing += f' w:line="{line * 240:.0f}" w:lineRule="auto"/>' if line else "/>"
    properties = [
        "<w:keepNext/>" if keep_next else "",
        "<w:keepLines/>" if keep_lines else "",
        f'<w:pBdr><w:left w:val="single" w:sz="18" w:space="8" w:color="{border}"/></w:pBdr>'
        if border
        else "",
        f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>' if shade else "",
        spacing,
        f'<w:ind w:left="{left * 567:.0f}" w:hanging="{hanging * 567:.0f}"/>'
        if left or hanging
        else "",
        f'<w:jc w:val="{align}"/>' if align else "",
        f'<w:outlineLvl w:val="{level}"/>' if level is not None else "",
    ]
    return (
        f'<w:style w:type="paragraph" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/>'
        + (f'<w:basedOn w:val="{based}"/>' if name != "Normal" else "")
        + (f'<w:next w:val="{after}"/>' if after else "")
        + f"<w:qFormat/><w:pPr>{''.join(properties)}</w:pPr>"
        + f"<w:rPr>{run(font, size, bold, italic, color)}</w:rPr></w:style>"
    )


def run(font: str, size: float, bold: bool = False, italic: bool = False, color: str = "") -> str:
    """Give the character properties of a style."""
    fonts = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:cs="{font}"/>' if font else ""
    sizes = f'<w:sz w:val="{size * 2:.0f}"/><w:szCs w:val="{size * 2:.0f}"/>' if size else ""
    return (
        fonts
        + ("<w:b/>" if bold else "")
        + ("<w:i/>" if italic else "")
        + (f'<w:color w:val="{color}"/>' if color else "")
        + sizes
    )


def character(name: str, properties: str) -> str:
    """Give one character style."""
    return (
        f'<w:style w:type="character" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/>'
        f"<w:rPr>{properties}</w:rPr></w:style>"
    )


def booktabs(name: str) -> str:
    """Give a table style with three rules: above and below the head, and at the end."""
    cell = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>'
        for side, width in (("top", 30), ("left", 70), ("bottom", 30), ("right", 70))
    )
    rules = "".join(
        f'<w:{side} w:val="single" w:sz="8" w:space="0" w:color="auto"/>'
        for side in ("top", "bottom")
    )
    head = '<w:bottom w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
    return (
        f'<w:style w:type="table" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/>'
        '<w:basedOn w:val="TableNormal"/><w:pPr><w:spacing w:before="0" w:after="0"/></w:pPr>'
        f"<w:tblPr><w:tblBorders>{rules}</w:tblBorders>"
        f"<w:tblCellMar>{cell}</w:tblCellMar></w:tblPr>"
        '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:trPr><w:tblHeader/></w:trPr>'
        f'<w:tcPr><w:tcBorders>{head}</w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr>'
        "</w:tblStylePr></w:style>"
    )


def styles() -> str:
    """Give all styles of the report."""
    body = dict(font=SERIF, size=11)
    heading = dict(font=SANS, bold=True, keep_next=True, keep_lines=True, after="BodyText")
    table = dict(font=SANS, size=9, line=1.0, below=0)
    listed = [
        paragraph("Normal", **body, line=1.15, below=6),
        paragraph("Body Text", line=1.15, below=7),
        paragraph("First Paragraph", based="BodyText", line=1.15, below=7, after="BodyText"),
        paragraph("Compact", based="BodyText", below=2, line=1.1),
        paragraph("Title", font=SANS, size=20, bold=True, color=ACCENT, below=4, after="Subtitle"),
        paragraph("Subtitle", font=SANS, size=13, color=QUIET, below=8, after="BodyText"),
        paragraph("Author", below=2),
        paragraph("Date", color=QUIET, size=10, below=8),
        paragraph(
            "Abstract Title",
            font=SANS,
            size=11,
            bold=True,
            color=ACCENT,
            before=10,
            below=3,
            keep_next=True,
            after="Abstract",
        ),
        paragraph("Abstract", size=10.5, line=1.1, below=10, after="BodyText"),
        paragraph("heading 1", size=16, color=ACCENT, before=22, below=6, level=0, **heading),
        paragraph("heading 2", size=13, before=16, below=4, level=1, **heading),
        paragraph("heading 3", size=11, before=12, below=3, level=2, **heading),
        paragraph("heading 4", size=11, italic=True, before=10, below=3, level=3, **heading),
        paragraph("caption", size=10, before=8, below=8, line=1.1, keep_lines=True),
        paragraph("Captioned Figure", before=14, below=4, align="center", keep_next=True),
        paragraph("Figure", before=14, below=4, align="center", keep_next=True),
        paragraph("Table Head", bold=True, keep_next=True, **table),
        paragraph("Table Text", **table),
        paragraph("Table Group", keep_next=True, **table),
        paragraph("Table Indent 1", left=0.35, **table),
        paragraph("Table Indent 2", left=0.7, **table),
        paragraph("Table Note", font=SANS, size=8.5, line=1.05, before=1, below=1, keep_next=True),
        paragraph("Table Note Last", font=SANS, size=8.5, line=1.05, before=1, below=14),
        paragraph(
            "Callout Title",
            font=SANS,
            size=10,
            bold=True,
            color=ACCENT,
            before=8,
            left=0.4,
            border=ACCENT,
            shade="F2F6FA",
            keep_next=True,
        ),
        paragraph(
            "Callout", size=10.5, left=0.4, below=10, line=1.1, border=ACCENT, shade="F2F6FA"
        ),
        paragraph("Bibliography", size=10, line=1.1, below=4, left=0.8, hanging=0.8),
        paragraph("Block Text", left=0.8, below=6),
        paragraph("Source Code", font=MONO, size=9),
        paragraph("Footnote Text", size=9, below=2),
        paragraph("header", font=SANS, size=8.5, color=QUIET),
        paragraph("footer", font=SANS, size=8.5, color=QUIET, align="center"),
        character("Hyperlink", f'<w:color w:val="{ACCENT}"/>'),
        character("Section Number", f'<w:color w:val="{QUIET}"/>'),
        character("Verbatim Char", run(MONO, 9.5)),
        character("Footnote Reference", '<w:vertAlign w:val="superscript"/>'),
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal">'
        '<w:name w:val="Normal Table"/>'
        '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/></w:tblPr></w:style>',
        booktabs("Table"),
    ]
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{run(SERIF, 11)}"
        '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
    )
    text = "".join(listed).replace('w:styleId="Normal"', 'w:default="1" w:styleId="Normal"', 1)
    # Word's own styles: a name in lower case, an identifier with a capital
    for name in ("heading1", "heading2", "heading3", "heading4", "header", "footer", "caption"):
        text = text.replace(f'styleId="{name}"', f'styleId="{name.capitalize()}"')
    return f"{HEAD}<w:styles {W}>{defaults}{text}</w:styles>"


def field(code: str) -> str:
    """Give a field that Word computes, such as the page number."""
    begin, separate, end = (
        f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")
    )
    name = f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
    return f"{begin}{name}{separate}<w:r><w:t>1</w:t></w:r>{end}"


def parts() -> dict[str, str]:
    """Give the files of the document."""
    slash = '<w:r><w:t xml:space="preserve"> / </w:t></w:r>'
    footer = '<w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>'
    footer += f"{field('PAGE')}{slash}{field('NUMPAGES')}</w:p>"
    header = f'<w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>{field("SUBJECT")}</w:p>'
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="rId10"/>'
        '<w:headerReference w:type="first" r:id="rId12"/>'
        '<w:footerReference w:type="default" r:id="rId11"/><w:footerReference '
        'w:type="first" r:id="rId11"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1304" '
        'w:right="1134" w:bottom="1304" w:left="1134" w:header="624" w:footer="624" w:gutter="0"/>'
        "<w:titlePg/></w:sectPr>"
    )
    kinds = {
        "document": "document.main",
        "styles": "styles",
        "settings": "settings",
        "header1": "header",
        "header2": "header",
        "footer1": "footer",
    }
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{TYPES}.{kind}+xml"/>'
        for name, kind in kinds.items()
    )
    links = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{name}.xml"/>'
        for key, kind, name in (
            ("rId1", "styles", "styles"),
            ("rId2", "settings", "settings"),
            ("rId10", "header", "header1"),
            ("rId11", "footer", "footer1"),
            ("rId12", "header", "header2"),
        )
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    return {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
        '.relationships+xml"/><Default '
        f'Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'{HEAD}<Relationships xmlns="{package}/relationships">'
        f"{links}</Relationships>",
        "word/document.xml": f"{HEAD}<w:document {W} {R}><w:body><w:p/>{section}</w:body>"
        "</w:document>",
        "word/styles.xml": styles(),
        "word/settings.xml": f'{HEAD}<w:settings {W}><w:defaultTabStop w:val="567"/></w:settings>',
        "word/header1.xml": f"{HEAD}<w:hdr {W}>{header}</w:hdr>",
        "word/header2.xml": f"{HEAD}<w:hdr {W}><w:p/></w:hdr>",
        "word/footer1.xml": f"{HEAD}<w:ftr {W}>{footer}</w:ftr>",
    }


def write(target: Path) -> None:
    """Write the document with a fixed date."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts().items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, text.encode("utf-8"))


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
