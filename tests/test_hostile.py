"""A study whose every text is hostile, built whole: all of it is shown as text, nothing runs."""

import csv
import json
import re
import shutil
import zipfile
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from hostile import MARK, TEXTS, hostile_study
from rendering import CITED, LISTED, citation_fields
from test_reports import CHROMIUM, FLAGS

from cohortbook.build.report import Request, build
from cohortbook.formats import visible

ROOT = Path(__file__).parents[1]
NUMBER = re.compile(r"[-+]?\d[\d.]*(e[-+]?\d+)?")
# characters that turn text round or that XML does not allow
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("hostile")]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The whole report of the hostile study; few resamples make its robustness quick."""
    root = tmp_path_factory.mktemp("hostile")
    for name in ("report", "notebooks"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copyfile(ROOT / "_quarto.yml", root / "_quarto.yml")
    study = hostile_study(root / "hostile")
    build(Request(study, root, root / "out", renderer="pandoc"))
    return root / "out"


def plain(markup):
    text = unescape(re.sub(r"<[^>]+>", "", markup)).replace("\u2060", "")
    return " ".join(text.replace("’", "'").replace("‘", "'").split())


def files(out, ending):
    found = sorted(out.rglob(f"*.{ending}"))
    assert found
    return found


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH")
def test_the_page_runs_nothing_and_shows_every_text(out):
    from playwright.sync_api import sync_playwright

    dialogs, asked, complaints = [], [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        # a page of six megabytes on a machine that is busy with other tests
        page.goto((out / "report.html").as_uri(), timeout=300_000)
        page.wait_for_load_state()
        text = page.evaluate("document.body.innerText")
        own = page.evaluate("document.querySelectorAll('b, [onerror], img[src=x]').length")
        links = page.evaluate("[...document.links].map(link => link.href)")
        browser.close()
    assert (dialogs, complaints, own) == ([], [], 0)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert not [link for link in links if "example.org" in link]
    text = " ".join(text.replace("’", "'").replace("‘", "'").replace("\u2060", "").split())
    missing = [hostile for hostile in TEXTS if visible(hostile) not in text]
    assert missing == []


def test_the_word_file_is_well_formed_and_shows_every_text(out):
    with zipfile.ZipFile(out / "report.docx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, content in parts.items():
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(content)
    document = parts["word/document.xml"].decode("utf-8")
    fields = re.findall(r"<w:instrText[^>]*>(.*?)</w:instrText>", document)
    own = re.compile(r" ?(SEQ|REF|PAGEREF) [\w-]+( \\[*h]( \w+)?)* ?")  # numbers of our captions
    others = [unescape(field) for field in fields if not own.fullmatch(unescape(field))]
    cited = [field for field in others if field.startswith(CITED)]
    listed = ' ADDIN ZOTERO_BIBL {"uncited":[],"omitted":[],"custom":[]}' + LISTED
    assert [field for field in others if field not in cited] == [listed]
    # works of our own list only: no text of the study is in a field
    held = citation_fields(document)
    assert len(held) == len(cited) > 0
    ours = set(re.findall(r"@\w+\{(\w+),", (ROOT / "report/references.bib").read_text("utf-8")))
    assert {item["id"] for one in held for item in one["citationItems"]} <= ours
    assert "example.org" not in parts["word/_rels/document.xml.rels"].decode("utf-8")
    text = plain(document)
    assert [hostile for hostile in TEXTS if visible(hostile) not in text] == []
    assert not UNSEEN.search(document)


def test_the_pdf_shows_every_text(out):
    if not shutil.which("pdftotext"):
        pytest.skip("no pdftotext (poppler-utils)")
    import subprocess

    done = subprocess.run(["pdftotext", out / "report.pdf", "-"], capture_output=True, check=True)
    text = done.stdout.decode("utf-8")
    dashes = re.compile(r"\s|\u00ad|[-−]|\u2060")  # line ends, and Typst's minus before a digit
    joined = dashes.sub("", text.replace("’", "'").replace("‘", "'"))
    for hostile in TEXTS:
        assert dashes.sub("", visible(hostile)) in joined, hostile


def test_no_cell_of_a_table_is_a_formula(out):
    for path in files(out, "csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        wrong = [
            c
            for c in cells
            if c.lstrip()[:1] in tuple("=+-@") and c.strip() and not NUMBER.fullmatch(c.strip())
        ]
        assert wrong == [], path.name
    for path in files(out, "xlsx"):
        cells = [
            c for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for c in row
        ]
        assert not [c.value for c in cells if c.data_type == "f" or UNSEEN.search(str(c.value))]


def test_drawings_are_well_formed_and_hold_no_script(out):
    for path in files(out, "svg"):
        for element in ElementTree.fromstring(path.read_bytes()).iter():
            assert not element.tag.endswith(("script", "foreignObject")), path.name
            assert not [name for name in element.attrib if name.lower().startswith("on")]
            assert "http" not in element.attrib.get("{http://www.w3.org/1999/xlink}href", "")


def test_notebooks_hold_no_live_markup(out):
    for path in files(out, "ipynb"):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                for kind in ("text/html", "text/markdown"):
                    text = "".join(output.get("data", {}).get(kind, ""))
                    assert not re.search(r"(?<!\\)<(script|img|b>)", text), path.name


def test_nothing_names_a_patient_or_an_unused_column(out):
    kinds = ("html", "csv", "json", "svg", "ipynb")
    everything = "\n".join(p.read_text("utf-8-sig") for kind in kinds for p in files(out, kind))
    assert "=1+1<b>P" not in everything
    assert "=1+1&lt;b" not in everything
    assert f"{MARK}12 a" not in plain((out / "report.html").read_text("utf-8"))
    assert not re.search(r"20(22|23)-\d\d-\d\d", everything), "a date of a patient"
