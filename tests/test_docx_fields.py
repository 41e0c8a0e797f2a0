"""The Word file's own fields: what Word renumbers by itself, and what a journal asks for."""

import re
import zipfile
from html import unescape

import pypandoc
import pytest
from rendering import CITED, RENDERERS, ROOT, citation_fields, make_project

from cohortbook.build.render.docx_fields import LONGEST, with_fields, word_name
from cohortbook.build.render.render import render
from cohortbook.build.render.submission import HIGHEST, double_spaced, line_numbered, lower_pictures

HOSTILE = """
@article{hostile, author={"</w:instrText>", Eve},
  title={A <b>& \\{"x":1\\} SEQ \\textbackslash{}u0000 5},
  journal={J}, year={2021}, url={https://example.org/?a=1&b="2"}, abstract={Not for print.},
  file={Full:/Users/me/Zotero/x.pdf:application/pdf}, note={Read it.}, keywords={mine}}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = make_project(tmp_path_factory.mktemp("fields") / "project")
    for name, more in (
        ("references.bib", HOSTILE),
        ("index.qmd", "\nCited [see @hostile, p. 7; @cox1972] and @kaplan1958.\n"),
    ):
        path = made / "report" / name
        path.write_text(path.read_text("utf-8") + more, "utf-8")
    return made


def parts_of(project, out, for_submission, renderer="pandoc"):
    render(project, out, renderer, ("docx",), for_submission)
    with zipfile.ZipFile(out / "report.docx") as archive:
        return [archive.read(f"word/{name}.xml").decode() for name in ("document", "styles")]


@pytest.fixture(scope="module", params=RENDERERS)
def document(request, project, tmp_path_factory):
    return parts_of(project, tmp_path_factory.mktemp("plain"), False, request.param)[0]


def test_captions_count_themselves(document):
    assert document.count(" SEQ Figure ") == 2
    assert document.count(" SEQ Table ") == 3


def test_every_field_names_a_bookmark_that_is_there_once(document):
    marks = re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', document)
    named = re.findall(r" (?:PAGE)?REF (\w+) ", document)
    assert {"tbl_long", "fig_wide"} <= set(named) <= set(marks)
    assert len(marks) == len(set(marks))
    assert all(re.fullmatch(r"[A-Za-z]\w{0,39}", name) for name in marks)


def test_fields_are_closed(document):
    kinds = re.findall(r'w:fldCharType="(\w+)"', document)
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end") > 5


def test_a_table_caption_stays_with_its_table(document):
    above = re.findall(r'<w:pStyle w:val="Caption" ?/><w:keepNext/>', document)
    assert len(above) == 3


def test_a_long_label_gets_a_name_that_word_takes():
    names = {word_name(f"tbl-{'long-' * 20}{end}") for end in "ab"}
    assert len(names) == 2
    assert max(map(len, names)) <= LONGEST


def test_only_references_to_floats_become_fields():
    link = '<w:hyperlink w:anchor="{0}"><w:r><w:t>x</w:t></w:r></w:hyperlink>'
    assert " REF fig_a " in with_fields(link.format("fig-a"))
    assert " REF " not in with_fields(link.format("sec-a"))


def test_for_submission_lines_are_numbered_and_double_spaced(project, tmp_path):
    document, styles = parts_of(project, tmp_path, True)
    assert document.count('<w:lnNumType w:countBy="1" w:restart="continuous"/>') == 1
    style = {
        found[1]: found[0]
        for found in re.finditer(r'<w:style [^>]*w:styleId="(\w+)".*?</w:style>', styles, re.DOTALL)
    }
    assert 'w:line="480"' in style["BodyText"]
    assert 'w:line="480"' in style["Caption"]
    assert 'w:line="480"' not in style["TableText"]


def test_a_tall_picture_leaves_room_for_its_caption_and_keeps_its_shape():
    picture = '<wp:extent cx="{0}" cy="{1}" /><a:xfrm><a:ext cx="{0}" cy="{1}" /></a:xfrm>'
    low = picture.format(6_000_000, HIGHEST)
    assert lower_pictures(low) == low
    assert lower_pictures(picture.format(6_000_000, 2 * HIGHEST)) == picture.format(
        3_000_000, HIGHEST
    )


def test_spacing_is_doubled_once():
    style = '<w:style w:styleId="BodyText"><w:spacing w:before="0" w:line="276" w:lineRule="auto"/>'
    once = double_spaced(style + "</w:style>")
    assert once.count("w:line=") == 1 and 'w:before="0" w:line="480"' in once
    assert line_numbered(line_numbered('<w:pgMar w:top="1"/>')).count("lnNumType") == 1


def shown(document, code):
    """What a field shows whose code begins so: the texts of its result, of each such field."""
    fields = re.findall(
        rf'<w:instrText [^>]*>{code}[^<]*</w:instrText><w:fldChar w:fldCharType="separate"/>'
        r'(.*?)<w:fldChar w:fldCharType="end"/>',
        document,
        re.DOTALL,
    )
    return ["".join(re.findall(r"<w:t[ >][^<]*|\t", one)) for one in fields]


def test_citations_are_fields_as_zotero_has_them(document):
    held = citation_fields(document)
    assert [[item["id"] for item in one["citationItems"]] for one in held] == [
        ["kaplan1958"],
        ["cox1972"],
        ["kaplan1958", "cox1972", "many2020"],
        ["kaplan1958"],
        ["hostile", "cox1972"],
        ["kaplan1958"],
    ]
    assert len({one["citationID"] for one in held}) == len(held)
    first = held[0]
    assert first["schema"].endswith("/csl-citation.json")
    assert first["properties"]["noteIndex"] == 0
    (item,) = first["citationItems"]
    assert item["uris"] == ["https://doi.org/10.1080/01621459.1958.10501452"]
    assert item["itemData"]["author"][1] == {"family": "Meier", "given": "P."}
    assert item["itemData"]["issued"] == {"date-parts": [[1958]]}
    assert held[1]["citationItems"][0]["uris"] == ["https://cohortbook.invalid/references#cox1972"]


def test_a_citation_field_shows_what_it_says_that_it_shows(document):
    """Zotero asks whether somebody changed a citation whose text is not its `plainCitation`."""
    texts = [re.sub(r"<w:t[^>]*>", "", one) for one in shown(document, CITED)]
    said = [one["properties"]["plainCitation"] for one in citation_fields(document)]
    assert [unescape(text) for text in texts] == said
    assert said[2] == "[1–3]"


def test_a_work_in_a_field_is_text_and_holds_what_is_printed(document):
    items = [item for one in citation_fields(document) for item in one["citationItems"]]
    (hostile,) = (item for item in items if item["id"] == "hostile")
    assert hostile["prefix"] == "see " and "suffix" not in hostile
    assert (hostile["label"], hostile["locator"]) == ("page", "7")
    work = hostile["itemData"]
    assert work["author"][0]["family"] == "</w:instrText>"
    assert '{"x":1} SEQ' in work["title"]
    assert hostile["uris"] == ['https://example.org/?a=1&b="2"']
    assert {"abstract", "note", "keyword", "file"}.isdisjoint(work)
    assert "/Users/me" not in document and "Not for print" not in document


CITATIONS = "package.path = [[{0}/?.lua;]] .. package.path\nPandoc = require('citations').set\n"


def written(text, tmp_path):
    """Give `document.xml` of a text that cites, in pandoc's own style: author and year."""
    (tmp_path / "set.lua").write_text(CITATIONS.format(ROOT / "report" / "filters"), "utf-8")
    references = ROOT / "tests" / "render_fixture" / "report" / "references.bib"
    options = [f"--bibliography={references}", f"--lua-filter={tmp_path / 'set.lua'}"]
    made = tmp_path / "text.docx"
    pypandoc.convert_text(text, "docx", "markdown", options, outputfile=str(made))
    with zipfile.ZipFile(made) as archive:
        return archive.read("word/document.xml").decode()


def test_an_author_named_in_the_sentence_stands_before_the_field(tmp_path):
    xml = written("As @kaplan1958 and @cox1972 [p. 5; @kaplan1958] said, [-@cox1972].", tmp_path)
    words = re.sub(r"<w:instrText.*?</w:instrText>", "#", xml, flags=re.DOTALL)
    assert (
        unescape(re.sub(r"<[^>]+>", "", words))
        .strip()
        .startswith(
            "As Kaplan and Meier #(1958) and Cox #(1972, 5; Kaplan and Meier 1958) said, #(1972)."
        )
    )
    held = citation_fields(xml)
    assert held[0]["properties"]["plainCitation"] == "(1958)"
    alone = [[item.get("suppress-author") for item in one["citationItems"]] for one in held]
    assert alone == [[True], [True, None], [True]]


@pytest.mark.parametrize(
    ("cited", "label", "locator", "suffix"),
    [
        (", p. 7 and elsewhere", "page", "7", " and elsewhere"),
        (", pp. 33--35, 38", "page", "33–35, 38", None),
        (" 33-35", "page", "33-35", None),
        (", chap. 3", "chapter", "3", None),
        (", p. xii", "page", "xii", None),
        (", {p. 5, A-D}, more", "page", "5, A-D", ", more"),
        (", {}33 years", None, None, "33 years"),
        (", and so on", None, None, ", and so on"),
        (" 33rd", None, None, " 33rd"),
        (", p. viewed", None, None, ", p. viewed"),
    ],
)
def test_a_place_in_a_work_is_told_from_what_follows(cited, label, locator, suffix, tmp_path):
    """As pandoc's manual says of citations; Zotero has a locator with a label for it."""
    (one,) = citation_fields(written(f"Text [@cox1972{cited}].", tmp_path))
    (item,) = one["citationItems"]
    given = (item.get("label"), item.get("locator"), item.get("suffix"))
    assert tuple(text and text.replace("\u00a0", " ") for text in given) == (label, locator, suffix)


def test_the_list_of_references_is_one_field(document):
    assert document.count(" ADDIN ZOTERO_BIBL ") == 1
    (text,) = shown(document, " ADDIN ZOTERO_BIBL")
    assert text.count("J Am Stat Assoc") == text.count("Lancet") == 1
