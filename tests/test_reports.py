"""Both studies built whole, and their documents opened as a reader opens them."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from page_fill import filled_shares
from PIL import Image
from rendering import tags
from tiny import contents

from cohortbook.build.report import Request, build

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
STUDIES = ("wei2026", "hcc-cxcl17")

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("reports")]


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    out = tmp_path_factory.mktemp("reports")
    for name in STUDIES:
        build(Request(ROOT / "data" / name, ROOT, out / name, renderer="pandoc"))
    return out


def counted(reports, name):
    """Figures and tables of a report, as the manifests of what was exported number them."""
    manifests = (("figures", "Figure_"), ("tables", "Table_"))
    return tuple(
        (reports / name / kind / f"{kind}.csv").read_text("utf-8").count(f",{noun}")
        for kind, noun in manifests
    )


def test_the_reports_hold_the_figures_and_tables_of_the_paper(reports):
    assert counted(reports, "wei2026") >= (12, 12)
    assert counted(reports, "hcc-cxcl17") >= (6, 7)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH")
@pytest.mark.parametrize("name", STUDIES)
def test_html_in_a_browser(reports, name):
    from playwright.sync_api import sync_playwright

    asked, complaints = [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((reports / name / "report.html").as_uri())
        figures = page.locator("figure img, figure svg").count()
        tables = page.locator("table").count()
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        without_alt = page.evaluate(
            "[...document.querySelectorAll('img')].filter(i => !i.alt).length"
        )
        browser.close()
    assert (figures, tables) == counted(reports, name)
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert wide <= 0
    assert without_alt == 0


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.skip("no Chromium on PATH")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize("page", ["report.html", "notebooks/01-cohort.html"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", STUDIES)
def test_axe_finds_nothing_serious(reports, browser, name, page, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    view = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    view.goto((reports / name / page).as_uri())
    only = {"resultTypes": ["violations"]}  # else it describes also each of the many that pass
    found = Axe().run(view, options=only).response["violations"]
    view.close()
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


@pytest.mark.browser
@pytest.mark.parametrize("name", STUDIES)
def test_a_figure_can_be_read_on_a_phone_and_fills_the_column_elsewhere(reports, browser, name):
    widths, stops = {}, {}
    for screen in (390, 1280):
        view = browser.new_page(viewport={"width": screen, "height": 844})
        view.goto((reports / name / "report.html").as_uri())
        assert view.evaluate("document.documentElement.scrollWidth") <= screen
        widths[screen] = view.evaluate(
            "[...document.querySelectorAll('main figure img')].map("
            "i => [i.clientWidth, i.closest('.figure-scroll').clientWidth])"
        )
        stops[screen] = view.evaluate(
            "document.querySelectorAll('.figure-scroll[tabindex=\"0\"]').length"
        )
        view.close()
    assert all(image >= 640 > room for image, room in widths[390]), "at its print size, to be moved"
    assert all(image == room > 640 for image, room in widths[1280])
    assert (stops[390], stops[1280]) == (len(widths[390]), 0), "the Tab key stops only to move"


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
@pytest.mark.parametrize("name", STUDIES)
def test_printed_from_the_browser_no_caption_is_left_alone(reports, browser, tmp_path, name):
    view = browser.new_page()
    view.goto((reports / name / "report.html").as_uri())
    view.pdf(path=tmp_path / "print.pdf", prefer_css_page_size=True)
    view.close()
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "print.pdf", "-"],
        capture_output=True,
        check=True,
        encoding="utf-8",
    ).stdout
    ends = [page.strip().splitlines()[-2:] for page in text.split("\f") if page.strip()]
    assert len(ends) > 10
    assert [line for end in ends for line in end if re.match(r"\s*Table\s\d+\. ", line)] == []
    notes = [line for line in text.splitlines() if line.strip().startswith("AFP, alpha")]
    assert len(notes) == (reports / name / "report.html").read_text("utf-8").count(">AFP, alpha")


@pytest.mark.browser
def test_a_reference_shows_what_it_names_to_pointer_and_keyboard(reports, browser):
    view = browser.new_page()
    view.goto((reports / "wei2026" / "report.html").as_uri())
    card, link = view.locator(".preview"), view.locator('main a[href="#tbl-baseline"]').first
    assert card.is_hidden()
    link.hover()
    card.wait_for(state="visible")
    assert card.locator("table").count() == 1
    assert card.locator("[id], [href]").count() == 0
    view.keyboard.press("Escape")
    assert card.is_hidden()
    view.keyboard.press("Tab")
    link.focus()
    card.wait_for(state="visible")
    view.close()


@pytest.mark.parametrize("name", STUDIES)
def test_every_link_of_the_report_leads_somewhere(reports, name):
    html = (reports / name / "report.html").read_text("utf-8")
    own = set(re.findall(r' id="([^"]+)"', html))
    links = {link for link in re.findall(r'<a [^>]*href="([^"]+)"', html) if "://" not in link}
    assert any(link.startswith("notebooks/") for link in links)
    assert any(link.startswith("tables/") for link in links)
    for link in sorted(links):
        file, _, part = link.partition("#")
        if not file:
            assert part in own, link
            continue
        assert (reports / name / file).is_file(), link
        if part:
            page = (reports / name / file).read_text("utf-8")
            assert f'id="{part}"' in page, link


@pytest.mark.parametrize("name", STUDIES)
def test_every_computed_sentence_names_its_cell(reports, name):
    html = (reports / name / "report.html").read_text("utf-8")
    sources = re.findall(r'<a class="source" href="([^"]+)"', html)
    assert len(sources) == html.count('<span class="computed">') > 10
    assert all(re.match(r"notebooks/[\w-]+\.html#.", link) for link in sources), sources
    assert sum("#cell-" in link for link in sources) > 10


@pytest.mark.parametrize("name", STUDIES)
def test_no_text_of_a_figure_or_panel_is_cut_short(reports, name):
    pictures = list((reports / name / "figures").glob("*.svg"))
    words = {path.name: re.findall(r"<!-- (.*?) -->", path.read_text("utf-8")) for path in pictures}
    assert len(words) > 20 and all(words.values()), "texts stand as comments in an SVG"
    cut = {file: [w for w in told if w.endswith("…")] for file, told in words.items()}
    assert {file: told for file, told in cut.items() if told} == {}


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
@pytest.mark.parametrize("name", STUDIES)
def test_pdf_text(reports, name):
    pdf = reports / name / "report.pdf"
    text = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True, encoding="utf-8"
    ).stdout
    assert ("Synthetic data" in text) == (name == "wei2026")
    assert not re.search(r"\?@|\?var|\{\{<|@fig-|@tbl-", text)
    figures, tables = counted(reports, name)
    for kind, count in (("Figure", figures), ("Table", tables)):
        assert {int(n) for n in re.findall(rf"{kind}\s(\d+)", text)} == set(range(1, count + 1))
    fonts = subprocess.run(
        ["pdffonts", pdf], capture_output=True, check=True, encoding="utf-8"
    ).stdout.splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts), "a font is not embedded"
    for kind, count in (("Figure", figures), ("Table", tables)):
        captions = [int(n) for n in re.findall(rf"^\s*{kind}\s(\d+)\. ", text, re.MULTILINE)]
        assert captions == list(range(1, count + 1))  # in the order of the pages


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")
@pytest.mark.parametrize("name", STUDIES)
def test_figures_and_tables_leave_no_half_empty_pages(reports, name, tmp_path):
    shares = filled_shares(reports / name / "report.pdf", tmp_path)[:-1]  # the last ends anywhere
    # the last page of the results too: no figure of theirs waits until after the limitations
    assert min(shares) > 0.65, shares
    assert sum(shares) / len(shares) > 0.93, shares


@pytest.mark.parametrize("name", STUDIES)
def test_the_main_text_is_short_and_its_figures_stand_before_the_limitations(reports, name):
    pypdf = pytest.importorskip("pypdf")
    pages = [page.extract_text() for page in pypdf.PdfReader(reports / name / "report.pdf").pages]
    text = "\f".join(pages)
    start = re.search(r"^\W*3\s+Limitations", text, re.MULTILINE).start()
    end = re.search(r"^\W*5\s+Supplement", text, re.MULTILINE).start()
    assert text[:end].count("\f") <= 14, "the main text, before the page of the supplement"
    captions = r"^\s*(?:Figure|Table)\s\d+\."
    # on the page on which the supplement begins a figure of its own may stand at the head
    until = max(start, text.rfind("\f", 0, end))
    assert not re.findall(captions, text[start:until], re.MULTILINE)


@pytest.mark.parametrize("name", STUDIES)
def test_pdf_is_tagged_for_readers_who_listen_and_for_archives(reports, name):
    pypdf = pytest.importorskip("pypdf")
    reader = pypdf.PdfReader(reports / name / "report.pdf")
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfuaid:part>1<", metadata)
    assert re.search(r"pdfaid:part>2<.*pdfaid:conformance>A<", metadata, re.DOTALL)
    kinds = set(tags(root["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/P", "/Figure", "/Table", "/TH", "/TD", "/Link", "/Caption"} <= kinds


@pytest.mark.parametrize("name", STUDIES)
def test_docx_tables_are_word_tables(reports, name):
    with zipfile.ZipFile(reports / name / "report.docx") as package:
        body = package.read("word/document.xml").decode("utf-8")
        pictures = [part for part in package.namelist() if part.startswith("word/media/")]
    figures, tables = counted(reports, name)
    assert body.count("<w:tbl>") == tables
    assert body.count("<w:tblHeader") >= tables
    assert sum(part.endswith(".png") for part in pictures) == figures


def test_outputs_are_there_and_numbered(reports):
    out = reports / "wei2026"
    figures, tables = counted(reports, "wei2026")
    for kind in ("svg", "pdf", "png", "tiff"):
        found = {path.name for path in (out / "figures").glob(f"Figure_*.{kind}")}
        assert found >= {f"Figure_{n}.{kind}" for n in range(1, figures + 1)}
    assert len(list((out / "tables").glob("*.csv"))) >= tables
    assert (out / "tables" / "tables.xlsx").is_file()
    statistics = json.loads((out / "results.json").read_text("utf-8"))
    assert len(statistics["statistics"] if isinstance(statistics, dict) else statistics) > 300
    facts = json.loads((out / "provenance.json").read_text("utf-8"))
    assert str(ROOT) not in json.dumps(facts)


def test_no_identifier_reaches_the_documents(reports):
    html = (reports / "hcc-cxcl17" / "report.html").read_text("utf-8")
    assert not re.search(r"\bH\d{3}\b", html)


def test_two_builds_give_the_same_bytes(reports, tmp_path):
    again = tmp_path / "hcc-cxcl17"
    build(Request(ROOT / "data" / "hcc-cxcl17", ROOT, again, renderer="pandoc", fresh=True))
    assert contents(again) == contents(reports / "hcc-cxcl17")


@pytest.mark.parametrize("name", STUDIES)
def test_no_path_of_this_machine_is_in_the_word_file(reports, name):
    with zipfile.ZipFile(reports / name / "report.docx") as package:
        for part in package.namelist():
            assert str(ROOT).encode() not in package.read(part), part


def numbers_by_label(report, kind):
    manifest = (report / kind / f"{kind}.csv").read_text("utf-8").split()
    return dict(line.split(",") for line in manifest[1:])


SIZES_ONLY = {
    "python": [
        sys.executable,
        "-c",
        """
import runpy, sys
from matplotlib.figure import Figure
def savefig(self, path, **_):
    with open(path, "w") as file:
        print(*self.get_size_inches(), file=file)
Figure.savefig, sys.argv = savefig, sys.argv[1:]
runpy.run_path(sys.argv[0])
""",
        "_build_plain.py",
    ],
    "R": [
        "Rscript",
        "-e",
        """
svg <- cairo_pdf <- png <- tiff <- function(file, width, height, ..., pointsize) {
  cat(width, height, file = file)
  pdf(NULL, width, height, pointsize = pointsize)
}
given <- commandArgs(trailingOnly = TRUE)
commandArgs <- function(...) given[-1]
source(given[1], encoding = "UTF-8")
""",
        "build.R",
    ],
}  # each script with a stub in the place of what draws: it writes the size of the figure, inches


@pytest.mark.parametrize("program", SIZES_ONLY)
def test_the_benchmark_scripts_write_the_figures_of_the_report(
    reports, tmp_path, monkeypatch, program
):
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks import _figure_files as figures
    from benchmarks.build import COMPARED, r_is_there

    if program == "R" and not r_is_there():
        pytest.skip("R, survival or png is not installed")
    *command, script = SIZES_ONLY[program]
    given = [ROOT / "benchmarks" / script, ROOT / "data" / "wei2026", tmp_path, "panels"]
    subprocess.run([*command, *given], check=True, capture_output=True)
    report = reports / "wei2026"
    notebooks = [
        path for path in (ROOT / "notebooks").glob("*.ipynb") if path.name.startswith(COMPARED)
    ]
    expected = figures.of_notebooks(figures.exported(report), notebooks)
    assert figures.written(tmp_path) == expected
    tables = {f"{label}.csv" for label in numbers_by_label(report, "tables")}
    assert {path.name for path in tmp_path.glob("tbl-*")} == figures.of_notebooks(tables, notebooks)
    for label, number in numbers_by_label(report, "figures").items():
        if f"{label}.png" in expected:
            with Image.open(report / "figures" / f"{number}.png") as picture:
                inches = [pixels / 300 for pixels in picture.size]
            written = (tmp_path / f"{label}.png").read_text("utf-8").split()
            assert [float(size) for size in written] == pytest.approx(inches, abs=0.02), label
