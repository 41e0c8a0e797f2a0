"""A DOCX that somebody changed: text comes back, numbers stay, nothing is lost."""

import base64
import json
import re
import shutil
import zipfile
import zlib
from xml.etree import ElementTree as ET

import pytest
from docx_edits import (
    W,
    build,
    comments_of,
    edited,
    missing_after,
    next_project,
    plain_docx,
    report,
    wrong_with,
)
from typer.testing import CliRunner

from cohortbook.build.render.docx_comments import with_comments
from cohortbook.build.render.docx_map import PART
from cohortbook.cli.main import app
from cohortbook.errors import CohortbookError
from cohortbook.word.operations import operations
from cohortbook.word.plan import plan, write
from cohortbook.word.reasons import reasons

MANY, FEW = 150, 6
INSIDE = re.compile(rb">([^<>]+)</origins>")
RESULTS = {
    "statistics": [
        {
            "key": "compare/os/all/p",
            "notebook": "01-cohort",
            "printed": "",
            "printed_p": "P = 0.050",
            "p_value": 0.04987,
            "estimate": None,
        }
    ]
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("word")
    project, study = report(folder)
    docx = build(project, folder / "out")
    (folder / "out" / "results.json").write_text(json.dumps(RESULTS))
    return project, study, docx


@pytest.fixture
def study(made, tmp_path):
    return shutil.copytree(made[1], tmp_path / "study")


def plain_of(paragraph):
    return "".join(one.text or "" for one in paragraph.iter(f"{W}t")).replace("\u00a0", " ")


def taken(made, study, tmp_path, before, after, name="edited.docx"):
    """The plan for the DOCX with some words replaced, wherever runs end."""

    def change(body, _parts):
        for paragraph in body.iter(f"{W}p"):
            texts = list(paragraph.iter(f"{W}t"))
            whole = plain_of(paragraph)
            if before in whole:
                at = whole.index(before)
                for one in texts:
                    begin = max(at, 0)
                    size = len(one.text or "")
                    stop = min(at + len(before), size)
                    if -len(before) < at < size:
                        first = at >= 0
                        one.text = (
                            (one.text or "")[:begin] + (after if first else "") + one.text[stop:]
                        )
                    at -= size
                return
        raise AssertionError(before)

    return plan(study, edited(made[2], tmp_path / name, change), made[2].parent)


def test_a_document_that_nobody_changed_asks_for_nothing(made, study):
    found = plan(study, made[2], made[2].parent)
    assert (found.findings, found.files, found.comments) == ([], {}, [])


def test_text_becomes_a_part_of_the_study(made, study, tmp_path):
    found = taken(made, study, tmp_path, "Nobody knew", "Hardly anybody knew")
    write(found.files)
    text = (study / "report" / "opening.qmd").read_text("utf-8")
    assert text.startswith("---\nreplaces: opening\n---\nThe question was asked")
    assert "Hardly anybody knew the answer." in text
    assert "[@kaplan1958], Cox [@cox1972]" in text and "*all* of it" in text


def test_a_number_is_refused_with_what_the_analysis_says(made, study, tmp_path):
    found = taken(made, study, tmp_path, "0.050", "0.05")
    assert found.files == {}
    (one,) = found.left
    assert (one.outcome, one.before, one.after) == (
        "refused",
        "differed, P\u00a0=\u00a00.050.",
        "differed, P\u00a0=\u00a00.05.",
    )
    assert "cohort.p is computed in notebook 01-cohort" in one.why
    assert "compare/os/all/p = P 0.04987" in one.why


def test_of_statistics_that_print_one_number_the_one_named_beside_it_is_told(tmp_path):
    rows = [
        {"key": key, "notebook": "x", "printed": "28.6", "estimate": 28.5714}
        for key in ("baseline/all/afp/percent", "response/all/MWA/percent")
    ]
    (tmp_path / "results.json").write_text(json.dumps({"statistics": rows}))
    said = reasons(tmp_path)("abstract.results", "28.6", "The objective response rate was 28.6%")
    assert "response/all/MWA/percent = 28.5714" in said and "baseline" not in said


@pytest.mark.parametrize("words", ["0.394", "0,394"])
def test_a_number_with_a_decimal_comma_is_found_in_the_results(words, tmp_path):
    rows = [
        {"key": key, "notebook": "x", "printed": printed, "estimate": estimate}
        for key, printed, estimate in (("missing", "0", 0), ("hr", "0.394 (0.161–0.967)", 0.3942))
    ]
    (tmp_path / "results.json").write_text(json.dumps({"statistics": rows}))
    assert reasons(tmp_path)("abstract.results", words).endswith(
        "The analysis says: hr = 0.3942 (printed 0.394 (0.161–0.967))."
    )


def test_a_number_after_chinese_is_one_word_and_each_letter_another():
    (one,) = operations("风险比为0.394。", "风险比为0.39。", [])
    assert (one.start, one.stop, one.begin, one.end) == (4, 9, 4, 8)
    (one,) = operations("患者存活至第2个月", "患者死亡于第2个月", [])
    assert (one.start, one.stop) == (2, 5)


def looking(made, study, tmp_path, *marks):
    """The plan for the DOCX with the run of P, and that of the words before it, made to look so."""

    def change(body, _parts):
        for run in body.iter(f"{W}r"):
            if "0.050" in (text := "".join(one.text or "" for one in run.iter(f"{W}t"))):
                about = run.find(f"{W}rPr")
                if about is None:
                    run.insert(0, about := ET.Element(f"{W}rPr"))
                for mark, value in marks:
                    ET.SubElement(about, f"{W}{mark}", {f"{W}val": value})
                return
        raise AssertionError(text)

    return plan(study, edited(made[2], tmp_path / "looks.docx", change), made[2].parent)


@pytest.mark.parametrize(
    ("mark", "value", "told"),
    [
        ("b", "1", "bold: "),
        ("strike", "1", "struck through: "),
        ("highlight", "yellow", "“"),
        ("u", "single", "“"),
    ],
)
def test_how_computed_words_were_made_to_look_is_listed(made, study, tmp_path, mark, value, told):
    found = looking(made, study, tmp_path, (mark, value))
    (one,) = found.findings
    assert one.outcome == "no place" and one.after.startswith(told) and "0.050" in one.after
    assert not found.files and not looking(made, study, tmp_path, (mark, "none")).findings


def test_a_new_item_of_a_list_is_said_to_become_a_paragraph(made, study, tmp_path):
    def change(body, _parts):
        place = next(k for k, one in enumerate(body) if "Nobody knew" in plain_of(one))
        new = ET.fromstring(
            f'<w:p xmlns:w="{W[1:-1]}"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
            "<w:r><w:t>An item of a list.</w:t></w:r></w:p>"
        )
        body.insert(place + 1, new)

    found = plan(study, edited(made[2], tmp_path / "list.docx", change), made[2].parent)
    (one,) = found.findings
    assert one.outcome == "change" and "item of a list" in one.why


def test_text_beside_a_refused_number_is_taken(made, study, tmp_path):
    found = taken(made, study, tmp_path, "differed, P = 0.050", "was unlike, P = 0.04")
    assert [one.outcome for one in found.findings] == ["refused", "change"]
    write(found.files)
    text = (study / "report" / "survival.qmd").read_text("utf-8")
    assert "Survival was unlike, {{< var cohort.p >}}. @fig-wide shows the **curves**" in text


def test_a_cell_is_refused_by_table_row_and_column(made, study, tmp_path):
    found = taken(made, study, tmp_path, "1 (0.3)", "2 (0.6)")
    (one,) = found.left
    assert (one.where, one.before, one.after) == (
        "Table 1, Level 1, ICI (n = 31)",
        "1 (0.3)",
        "2 (0.6)",
    )
    assert "computed" in one.why


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("Table 1 describes", "Table 2 describes", "numbered by the report"),
        ("Kaplan and Meier [1]", "Kaplan and Meier [2]", "numbered by the report"),
        ("Methods", "Patients and methods", "the frame"),
        ("Kaplan EL", "Kaplan ELX", "bibliography"),
        ("Baseline characteristics.", "Baseline data.", "caption"),
    ],
)
def test_what_the_report_numbers_or_names_is_refused(made, study, tmp_path, before, after, why):
    found = taken(made, study, tmp_path, before, after)
    assert found.files == {}
    assert why in found.left[0].why


def test_a_text_of_the_study_file_is_set_there_and_comments_stay(made, study, tmp_path):
    path = study / "study.yml"
    path.write_text("# kept\n" + path.read_text("utf-8"), "utf-8")
    found = taken(made, study, tmp_path, "one centre only", 'one "large" centre: ours')
    assert [one.where for one in found.changes] == ["texts.limitations.0"]
    write(found.files)
    text = path.read_text("utf-8")
    assert text.startswith("# kept\n")
    assert r'- "Patients came from one \"large\" centre: ours."' in text


def test_what_a_computed_sentence_adds_to_a_text_is_refused(made, study, tmp_path):
    found = taken(made, study, tmp_path, "Nothing was adjusted", "Everything was adjusted")
    assert "study.limitations is written from the study file" in found.left[0].why


def test_a_paragraph_with_a_number_is_not_deleted(made, study, tmp_path):
    def change(body, _):
        for paragraph in list(body.findall(f"{W}p")):
            words = "".join(one.text or "" for one in paragraph.iter(f"{W}t"))
            if words.startswith(("Survival differed", "They were followed")):
                body.remove(paragraph)

    found = plan(study, edited(made[2], tmp_path / "x.docx", change), made[2].parent)
    assert sorted((one.outcome, one.where) for one in found.findings) == [
        ("change", "part patients"),
        ("refused", "part survival"),
    ]
    write(found.files)
    assert "They were followed" not in (study / "report" / "patients.qmd").read_text("utf-8")


def test_the_same_document_twice_changes_nothing_more(made, study, tmp_path):
    write(taken(made, study, tmp_path, "Nobody knew", "Few knew").files)
    again = taken(made, study, tmp_path, "Nobody knew", "Few knew")
    assert (again.files, [one.outcome for one in again.findings]) == ({}, ["note"])


def test_a_text_of_the_study_file_twice_is_done_already(made, study, tmp_path):
    def again():
        return taken(made, study, tmp_path, "from one centre only", "from many centres")

    write(again().files)
    done = again()
    assert (done.files, [(one.outcome, one.where) for one in done.findings]) == (
        {},
        [("note", "texts.limitations.0")],
    )


def test_a_name_that_the_report_has_elsewhere_is_no_text_that_was_set(made, study, tmp_path):
    path = study / "study.yml"
    path.write_text(path.read_text("utf-8").replace("one centre only", "Kaplan"), "utf-8")
    path.write_text(path.read_text("utf-8").replace("Patients came from Kaplan.", "Kaplan"))
    found = taken(made, study, tmp_path, "Nothing was", "Kaplan was")
    assert [one.outcome for one in found.findings] == ["refused"]


def test_words_cut_from_a_caption_and_moved_are_no_new_paragraph(made, study, tmp_path):
    def change(body, _):
        caption = next(p for p in body.iter(f"{W}p") if plain_of(p).startswith("Figure 2."))
        for one in list(caption.iter(f"{W}t"))[:3]:
            one.text = ""
        new = ET.Element(f"{W}p")
        ET.SubElement(ET.SubElement(new, f"{W}r"), f"{W}t").text = "Figure 2."
        body.insert(len(body) - 1, new)

    found = plan(study, edited(made[2], tmp_path / "x.docx", change), made[2].parent)
    assert found.files == {}
    assert any(one.after == "Figure 2." and "were cut" in one.why for one in found.left)


def test_words_added_twice_stand_once(made, study, tmp_path):
    for _ in range(2):
        write(taken(made, study, tmp_path, "Thanks go to all.", "Thanks go to all. Really.").files)
    text = (study / "report" / "closing.qmd").read_text("utf-8")
    assert text.count("Really") == 1


def test_a_paragraph_with_blanks_that_do_not_break_is_added_once(made, study, tmp_path):
    def change(body, _):
        all_of_it = body.findall(f"{W}p")
        last = next(one for one in all_of_it if "Thanks go" in "".join(one.itertext()))
        new = ET.Element(f"{W}p")
        ET.SubElement(ET.SubElement(new, f"{W}r"), f"{W}t").text = "See page\u00a02 of all."
        body.insert(list(body).index(last) + 1, new)

    theirs = edited(made[2], tmp_path / "new.docx", change)
    first = plan(study, theirs, made[2].parent)
    write(first.files)
    again = plan(study, theirs, made[2].parent)
    assert [one.outcome for one in first.changes] == ["change"]
    assert (again.files, again.changes) == ({}, [])


def test_a_part_that_changed_meanwhile_is_left_alone(made, study, tmp_path):
    own = study / "report" / "opening.qmd"
    own.parent.mkdir()
    own.write_text("---\nreplaces: opening\n---\nQuite another text.\n", "utf-8")
    found = taken(made, study, tmp_path, "Nobody knew", "Few knew")
    assert found.files == {}
    assert "no longer as it was" in found.left[0].why


@pytest.fixture(scope="module")
def seeds(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeds")
    wrong = {}
    for seed in range(MANY):
        own = shutil.copytree(made[1], folder / f"study-{seed}")
        wrong[seed] = wrong_with(seed, made[2], own, folder)
    return wrong


def test_of_random_edits_nothing_is_lost_and_no_number_changes(seeds):
    assert {seed: wrong for seed, wrong in seeds.items() if wrong} == {}


@pytest.mark.parametrize("seed", range(1000, 1000 + FEW))
def test_every_accepted_edit_and_comment_stands_in_the_next_report(made, study, tmp_path, seed):
    assert missing_after(seed, made[2], study, made[0], tmp_path) == []


def test_a_comment_stands_at_its_words_again(made, study, tmp_path):
    def change(body, parts):
        for text in body.iter(f"{W}p"):
            if "Thanks go to all" in "".join(one.text or "" for one in text.iter(f"{W}t")):
                start = ET.Element(f"{W}commentRangeStart", {f"{W}id": "5"})
                text.insert(1, start)
                text.append(ET.Element(f"{W}commentRangeEnd", {f"{W}id": "5"}))
        parts["word/comments.xml"] = (
            f'<w:comments xmlns:w="{W.strip("{}")}"><w:comment w:id="5" w:author="Zoë &lt;Z&gt;">'
            "<w:p><w:r><w:t>Who &amp; why?</w:t></w:r></w:p></w:comment></w:comments>"
        ).encode()

    found = plan(study, edited(made[2], tmp_path / "c.docx", change), made[2].parent)
    assert [(one.author, one.text) for one in found.comments] == [("Zoë <Z>", "Who & why?")]
    write(found.files)
    next_docx = build(next_project(made[0], study, tmp_path / "next"), tmp_path / "out")
    assert comments_of(next_docx) == "Who & why?"
    with zipfile.ZipFile(next_docx) as archive:
        document = archive.read("word/document.xml").decode()
    inside = re.search(r"<w:commentRangeStart [^>]*/>(.*?)<w:commentRangeEnd", document, re.DOTALL)
    assert "Thanks go to all" in inside[1]
    again = plan(study, next_docx, made[2].parent)
    assert (again.comments, again.gone, again.findings) == ([], [], [])
    gone = plan(study, made[2], made[2].parent)
    assert [one["text"] for one in gone.gone] == ["Who & why?"] and gone.files == {}


def test_the_record_makes_no_difference_between_two_builds(made, tmp_path):
    again = build(made[0], tmp_path / "again")
    assert again.read_bytes() == made[2].read_bytes()
    with zipfile.ZipFile(again) as archive:
        assert b"w:cohortbook" not in archive.read("word/document.xml")
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                ET.fromstring(archive.read(name))


def test_without_its_record_a_document_needs_the_one_as_built(made, study, tmp_path):
    bare = tmp_path / "bare.docx"
    with zipfile.ZipFile(made[2]) as old, zipfile.ZipFile(bare, "w") as new:
        for name in old.namelist():
            if not name.startswith("customXml"):
                new.writestr(name, old.read(name))
    with pytest.raises(CohortbookError, match="Build the report first"):
        plan(study, bare, tmp_path)
    with pytest.raises(CohortbookError, match="no record"):
        plan(study, bare, tmp_path, bare)
    assert plan(study, bare, tmp_path, made[2]).findings == []
    assert plan(study, bare, made[2].parent).findings == []


HEAD = f'<w:document xmlns:w="{W.strip("{}")}"><w:body>'
HOSTILE = {
    "no zip": None,
    "no document": {"a.xml": b"<a/>"},
    "no xml": {"word/document.xml": b"<w:document"},
    "entities": {
        "word/document.xml": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    },
    "deep": {"word/document.xml": HEAD.encode() + b"<w:ins>" * 5000 + b"</w:ins>" * 5000},
    "bomb": {"word/document.xml": b"<a>" + b" " * (65 << 20) + b"</a>"},
    "tags": {"word/document.xml": b"<a>" + b"<b/>" * 2_000_001 + b"</a>"},
    "record": {
        "word/document.xml": (HEAD + "</w:body></w:document>").encode(),
        "customXml/item1.xml": b'<origins xmlns="https://cohortbook.invalid/origins">AAAA</origins>',
    },
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_document_is_a_message(kind, study, tmp_path):
    path = tmp_path / "x.docx"
    if HOSTILE[kind] is None:
        path.write_bytes(b"PK\x03\x04 no zip")
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in HOSTILE[kind].items():
                archive.writestr(name, content)
    with pytest.raises(CohortbookError) as error:
        plan(study, path, tmp_path)
    assert str(path) in str(error.value) and "passwd" not in str(error.value)


def forged(made, tmp_path, forge):
    """A DOCX whose record of origins was changed, and a word of its text."""
    path = tmp_path / "forged.docx"
    with zipfile.ZipFile(made[2]) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == PART:
                record = json.loads(zlib.decompress(base64.b64decode(INSIDE.search(content)[1])))
                forge(record)
                packed = base64.b64encode(zlib.compress(json.dumps(record).encode()))
                content = content.replace(INSIDE.search(content)[1], packed)
            new.writestr(name, content.replace(b"Nobody knew", b"Few knew"))
    return path


def of_opening(record):
    return next(one for one in record["paragraphs"] if one["text"].startswith("The question"))


@pytest.mark.parametrize(
    "forge",
    [
        lambda record: of_opening(record).update(part="../../evil"),
        lambda record: of_opening(record).update(lead="```{=html} x"),
        lambda record: record["blocks"][0].update(spans=[[0, 10_000, "value", "x"]]),
        lambda record: record["blocks"][0].update(sources=[[0, 10_000]]),
        lambda record: record.update(blocks="x"),
    ],
)
def test_a_record_of_another_form_is_a_message(made, study, tmp_path, forge):
    with pytest.raises(CohortbookError):
        plan(study, forged(made, tmp_path, forge), made[2].parent)


@pytest.mark.parametrize(
    "forge",
    [
        lambda record: record["parts"].update(opening="{{< include /etc/passwd >}}"),
        lambda record: of_opening(record).update(text="Something else."),
        lambda record: [
            block["spans"].append([0, 3, "reference", "{{< include /etc/passwd >}}"])
            for block in record["blocks"]
            if block.get("pieces") and block["pieces"][0][0].startswith("The question")
        ],
    ],
)
def test_what_a_forged_record_says_is_never_written(made, study, tmp_path, forge):
    found = plan(study, forged(made, tmp_path, forge), made[2].parent)
    assert "include" not in " ".join(found.files.values())
    assert all(path.parent in (study, study / "report") for path in found.files)


def test_nothing_is_half_written(study, tmp_path):
    blocked = study / "report"
    blocked.write_text("a file where the folder should be")
    before = (study / "study.yml").read_bytes()
    with pytest.raises(OSError):
        write({study / "study.yml": "new", blocked / "part.qmd": "x"})
    assert (study / "study.yml").read_bytes() == before
    assert sorted(path.name for path in study.iterdir()) == ["patients.csv", "report", "study.yml"]


def test_the_command_asks_before_it_writes_and_says_what_it_refused(made, study, tmp_path):
    taken(made, study, tmp_path, "Nobody knew", "Few knew", "text.docx")
    taken(made, study, tmp_path, "0.050", "0.05", "number.docx")
    run = CliRunner().invoke
    out = ["--out", str(made[2].parent)]
    waits = run(app, ["word", str(study), str(tmp_path / "text.docx"), *out])
    assert waits.exit_code == 3 and not (study / "report").exists()
    assert "+ The question was asked before the data were seen. Few knew" in waits.output
    assert run(app, ["word", str(study), str(tmp_path / "text.docx"), "--yes", *out]).exit_code == 0
    assert (study / "report" / "opening.qmd").is_file()
    refused = run(app, ["word", str(study), str(tmp_path / "number.docx"), "--yes", *out])
    assert refused.exit_code == 3 and "what was computed stays" in refused.output
    assert run(app, ["word", str(study), str(made[2]), *out]).exit_code == 0


def test_the_words_of_the_next_report_are_those_agreed_to(made, study, tmp_path):
    write(taken(made, study, tmp_path, "The first item is short", "Item *one* is #1 [sic]").files)
    next_docx = build(next_project(made[0], study, tmp_path / "next"), tmp_path / "out")
    assert "Item *one* is #1 [sic]." in plain_docx(next_docx)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("2026-03-01T10:00:00Z", ' w:date="2026-03-01T10:00:00Z"'),
        ("2026-03-01", ' w:date="2026-03-01T00:00:00Z"'),
        ("0-00-00T00:00:00Z", ""),  # LibreOffice, of a comment without a date
    ],
)
def test_a_comment_has_a_date_that_word_can_read_or_none(said, written):
    parts = {"[Content_Types].xml": b"<Types></Types>", "word/_rels/document.xml.rels": b""}
    with_comments(
        f"{HEAD}<w:p><w:r><w:t>Words.</w:t></w:r></w:p></w:body></w:document>",
        parts,
        [{"author": "A", "text": "Why?", "date": said, "on": "Words", "paragraph": "Words."}],
    )
    comment = parts["word/comments.xml"].decode()
    assert re.findall(r' w:date="[^"]*"', comment) == ([written] if written else [])


def test_a_report_of_another_study_is_refused(made, study, tmp_path, monkeypatch):
    monkeypatch.setattr("cohortbook.word.plan._paragraphs", lambda record: {str(id(record))})
    with pytest.raises(CohortbookError, match="no report of this study: 0 of its 1 paragraphs"):
        plan(study, made[2], made[2].parent)
    monkeypatch.undo()
    shutil.copy(made[2], tmp_path / "built.docx")

    def all_else(body, _parts):
        for one in body.iter(f"{W}t"):
            one.text = "其他" * len(one.text or "")

    other = edited(made[2], tmp_path / "other.docx", all_else)
    with pytest.raises(CohortbookError, match="no report of this study"):
        plan(study, other, made[2].parent, tmp_path / "built.docx")


def test_a_document_that_is_not_there_is_named(study, tmp_path):
    with pytest.raises(CohortbookError, match="There is no such file"):
        plan(study, tmp_path / "none.docx", tmp_path)
