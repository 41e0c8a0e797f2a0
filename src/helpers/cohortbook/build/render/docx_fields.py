"""Word's own bookmarks and fields: captions that number themselves, references that follow them."""

from __future__ import annotations

import hashlib
import re

LONGEST = 40  # Word allows no longer name of a bookmark, and only letters, digits and underscores
NAME = re.compile(r'(<w:bookmarkStart [^>]*w:name="|<w:hyperlink [^>]*w:anchor=")([^"]+)(")')
PAGE = re.compile(r"( PAGEREF )([\w-]+)( )")
FLOAT_LINK = re.compile(
    r'(<w:hyperlink [^>]*w:anchor="((?:fig|tbl)_\w+)"[^>]*>)(.*?)(</w:hyperlink>)', re.DOTALL
)
CAPTION_ABOVE = re.compile(
    r'(<w:pStyle w:val="Caption" ?/>)((?:(?!</w:p>).)*</w:p>\s*<w:tbl>)', re.DOTALL
)
ABSTRACT = re.compile(r'(<w:pStyle w:val="AbstractTitle" ?/>.*?</w:pPr>)(.*?)(</w:p>)', re.DOTALL)
ABSTRACT_MARK = (
    '<w:bookmarkStart w:id="90000" w:name="sec_abstract"/>',
    '<w:bookmarkEnd w:id="90000"/>',
)


def with_fields(xml: str) -> str:
    """Make references to figures and tables REF fields, and keep table captions with their table.

    Captions are SEQ fields already (`report/filters/layout.lua`), each number in the bookmark that
    is named as the float is labelled.
    """
    xml = NAME.sub(lambda found: found[1] + word_name(found[2]) + found[3], xml)
    xml = PAGE.sub(lambda found: found[1] + word_name(found[2]) + found[3], xml)
    xml = FLOAT_LINK.sub(_reference, xml)
    xml = CAPTION_ABOVE.sub(r"\1<w:keepNext/>\2", xml)
    start, end = ABSTRACT_MARK
    return ABSTRACT.sub(rf"\1{start}\2{end}\3", xml, count=1)


def word_name(label: str) -> str:
    """Give the name that a label has as a bookmark in Word."""
    name = re.sub(r"\W", "_", label)
    if len(name) <= LONGEST:
        return name
    # cut alone, two long labels of one beginning would be one bookmark
    digest = hashlib.sha256(label.encode("utf-8")).hexdigest()[:8]
    return f"{name[: LONGEST - 9]}_{digest}"


def _reference(found: re.Match[str]) -> str:
    opens, name, runs, closes = found.groups()
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    code = f'<w:r><w:instrText xml:space="preserve"> REF {name} \\h </w:instrText></w:r>'
    middle = '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    return f"{opens}{begin}{code}{middle}{runs}{end}{closes}"
