"""Two reports as one DOCX with tracked changes: refused it is the old one, taken the new one."""

import random
import zipfile

import pytest
from lxml import etree
from test_review import NEW, OLD, written
from typer.testing import CliRunner

from cohortbook.build.render.docx_map import PART, with_map
from cohortbook.build.render.docx_text import blocks_of
from cohortbook.cli.main import app
from cohortbook.errors import CohortbookError
from cohortbook.review.tracked import write_tracked
from cohortbook.review.tracked_runs import said, without_open_fields

SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>'
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    "</Relationships>"
)
WORDS = "Median survival was 12.0 months in arm A &amp; 9.5 in B; hazard ratio 0.62 (0.40 to 0.96)."
FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> SEQ Table </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{}</w:t></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
)


def run(text, bold=False):
    about = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:r>{about}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs):
    return f'<w:p><w:pPr><w:pStyle w:val="BodyText"/></w:pPr>{"".join(runs)}</w:p>'


def table(rows):
    cells = ("".join(f"<w:tc><w:tcPr/>{paragraph(run(c))}</w:tc>" for c in row) for row in rows)
    return "<w:tbl><w:tblPr/>" + "".join(f"<w:tr>{one}</w:tr>" for one in cells) + "</w:tbl>"


def build_of(folder, *blocks, rows=OLD):
    folder = written(folder, rows)
    document = f"<w:document {SPACES}><w:body>{''.join(blocks)}<w:sectPr/></w:body></w:document>"
    parts = {
        "[Content_Types].xml": TYPES.encode(),
        "word/_rels/document.xml.rels": RELATIONS.encode(),
        "word/document.xml": document.encode(),
    }
    with_map(parts, {"of": "tests"})
    with zipfile.ZipFile(folder / "report.docx", "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return folder


def document_of(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("word/document.xml")


def told(document, which):
    """Give paragraphs and rows as a reader sees them who takes or refuses all changes."""
    found = []
    for block in blocks_of(document):
        if block.kind == "table":
            rows = block.rows if which == "new" else block.old_rows
            found += [tuple(" ".join(cell.split()) for cell in row) for row in rows]
        elif text := " ".join(getattr(block, which).split()):
            found.append(text)
    return found


def tracked(old, new, tmp_path):
    write_tracked(old, new, tmp_path / "tracked.docx")
    return document_of(tmp_path / "tracked.docx")


def test_a_changed_number_is_marked_alone(tmp_path):
    old = build_of(tmp_path / "old", paragraph(run("The ratio was "), run("0.62", True), run(".")))
    new = build_of(tmp_path / "new", paragraph(run("The ratio was "), run("0.58", True), run(".")))
    text = tracked(old, new, tmp_path).decode()
    assert text.count("<w:ins ") == text.count("<w:del ") == 1
    assert "<w:delText" in text and ">0.62<" in text and "The ratio was <" in text
    assert told(text.encode(), "old") == ["The ratio was 0.62."]
    assert told(text.encode(), "new") == ["The ratio was 0.58."]


def test_nothing_is_marked_where_nothing_changed_but_the_blanks_of_a_column(tmp_path):
    old = build_of(tmp_path / "old", table([["Male", "\u20075 (16)"]]), paragraph(run("So.")))
    new = build_of(tmp_path / "new", table([["Male", "5 (16)\u2007"]]), paragraph(run("So.")))
    text = tracked(old, new, tmp_path).decode()
    assert "<w:ins" not in text and "<w:del" not in text


def random_blocks(rng):
    """Give blocks of a report, some words of each left out, doubled or others."""
    blocks = []
    for number in range(rng.randrange(1, 7)):
        words = [w for w in WORDS.split() if rng.random() < 0.9] + [str(rng.randrange(99))]
        kind = rng.randrange(4)
        if kind == 0:
            shape = rng.randrange(1, 4), rng.randrange(2, 4)
            blocks.append(table([[rng.choice(words) for _ in range(shape[1])]
                                 for _ in range(shape[0])]))  # fmt: skip
        elif kind == 1:
            link = f'<w:hyperlink w:anchor="tbl">{run(f"Table {rng.randrange(3)}")}</w:hyperlink>'
            blocks.append(paragraph(run(" ".join(words)), run(" see "), link))
        elif kind == 2:
            blocks.append(paragraph(FIELD.format(number + rng.randrange(2)), run(" ".join(words))))
        else:
            cut = rng.randrange(len(words))
            runs = run(" ".join(words[:cut]) + " ", True), run(" ".join(words[cut:]))
            blocks.append(paragraph(*runs))
    return blocks


@pytest.mark.parametrize("seed", range(60))
def test_refused_it_is_the_old_report_and_taken_the_new_one(tmp_path, seed):
    rng = random.Random(seed)
    blocks = random_blocks(rng)
    others = random_blocks(rng)
    both = [*blocks[: len(blocks) // 2], *others, *blocks[len(blocks) // 2 + 1 :]]
    old, new = build_of(tmp_path / "old", *blocks), build_of(tmp_path / "new", *both)
    found = tracked(old, new, tmp_path)
    assert told(found, "new") == told(document_of(new / "report.docx"), "new")
    assert told(found, "old") == told(document_of(old / "report.docx"), "new")
    assert found == tracked(old, new, tmp_path)  # the same bytes each time


def test_the_document_cannot_be_taken_for_one_that_a_co_author_changed(tmp_path):
    old = build_of(tmp_path / "old", paragraph(run("One.")))
    new = build_of(tmp_path / "new", paragraph(run("Two.")))
    tracked(old, new, tmp_path)
    with zipfile.ZipFile(tmp_path / "tracked.docx") as archive:
        assert PART not in archive.namelist()
        said = b"".join(archive.read(name) for name in archive.namelist())
    assert b"rIdOrigins" not in said and b"itemProps7" not in said


def test_the_command_writes_it_and_says_where_there_is_no_document(tmp_path):
    old = build_of(tmp_path / "old", paragraph(run("One.")))
    new = build_of(tmp_path / "new", paragraph(run("Two.")), rows=NEW)
    made = tmp_path / "changes.docx"
    asked = ["diff", str(old / "results.json"), str(new), "--docx", str(made)]
    assert CliRunner().invoke(app, asked).exit_code == 3
    assert told(document_of(made), "old") == ["One."]
    before = made.read_bytes()
    (old / "report.docx").unlink()
    failed = CliRunner().invoke(app, asked)
    assert isinstance(failed.exception, CohortbookError)
    assert "no report.docx" in str(failed.exception) and made.read_bytes() == before


def test_of_a_field_over_paragraphs_no_half_is_left():
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    inside = paragraph(begin, run("1. One"), FIELD.format("2")) + paragraph(run("2. Two"), end)
    body = without_open_fields(etree.fromstring(f"<w:body {SPACES}>{inside}</w:body>"))
    assert [said(one) for one in body] == ["1. One2", "2. Two"]
    kinds = [one.values()[0] for one in body.iter("{*}fldChar")]
    assert kinds == ["begin", "separate", "end"]
