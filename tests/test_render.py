"""Both renderers: the same sources, the same report in three formats, the same bytes twice."""

import base64
import re
import shutil
import subprocess
import zipfile
from html import unescape
from itertools import starmap

import pypandoc
import pytest
from rendering import HOSTILE, RENDERERS, ROOT, make_project, tags

from cohortbook.build.project.report_copy import harmless_table
from cohortbook.build.project.sources import Line
from cohortbook.build.render.docx import SHORT, fill_width, keep_ends, keep_rows_whole
from cohortbook.build.render.pandoc import assemble, compile_typst
from cohortbook.build.render.render import choose_renderer, render
from cohortbook.display.layout.table import Row, Table
from cohortbook.errors import RenderError


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("render") / "project")


@pytest.fixture(scope="module", params=RENDERERS)
def report(request, project, tmp_path_factory):
    """The folder of a rendered report."""
    out = tmp_path_factory.mktemp(request.param)
    result = render(project, out, request.param)
    assert [path.name for path in result.paths] == ["report.html", "report.pdf", "report.docx"]
    assert result.renderer == request.param
    return out


@pytest.fixture
def html(report):
    return (report / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def document(report):
    with zipfile.ZipFile(report / "report.docx") as archive:
        return archive.read("word/document.xml").decode("utf-8")


@pytest.fixture
def pdf_text(report):
    if not shutil.which("pdftotext"):
        pytest.skip("no pdftotext (poppler-utils)")
    done = subprocess.run(
        ["pdftotext", "-layout", report / "report.pdf", "-"], capture_output=True, check=True
    )
    return done.stdout.decode("utf-8").replace("\u2060", "")


def plain(markup):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).replace("\u2060", "").split())


def paragraphs(document, style):
    found = re.findall(r"<w:p>(?:(?!</w:p>).)*?</w:p>", document, re.DOTALL)
    text = [p for p in found if f'w:val="{style}"' in p]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", p)).strip() for p in text]


def test_html_holds_its_pictures(html):
    found = re.findall(r'<img [^>]*src="data:image/svg\+xml(;base64)?,([^"]{12})', html)
    assert [encoded for encoded, _ in found] == [";base64"] * 2
    assert all(base64.b64decode(start).startswith(b"<") for _, start in found)


def test_html_has_every_float_with_its_number_and_label(html):
    assert re.findall(r'<figure id="([\w-]+)"', html) == [
        "fig-wide",
        "tbl-short",
        "fig-narrow",
        "tbl-long",
        "tbl-hostile",
    ]
    assert re.findall(r"<figcaption>\s*<strong>(.*?)</strong>", html) == [
        "Figure\u00a01.",
        "Table\u00a01.",
        "Figure\u00a02.",
        "Table\u00a02.",
        "Table\u00a03.",
    ]


def test_html_references_are_links_to_what_they_name(html):
    links = dict(re.findall(r'<a href="#((?:fig|tbl|sec)-[\w-]+)"[^>]*>([^<]+)</a>', html))
    assert links["tbl-long"] == "Table\u00a02"
    assert links["fig-wide"] == "Figure\u00a01"
    assert unescape(links["sec-details"]).replace("\xa0", " ") == "Section 1.1"


def test_html_caption_stands_above_tables_and_below_figures(html):
    for figure in re.findall(r"<figure id=.*?</figure>", html, re.DOTALL):
        content = "<table" if 'id="tbl-' in figure else "<img"
        above = figure.index("<figcaption") < figure.index(content)
        assert above == ('id="tbl-' in figure)


def test_html_is_one_file_with_alternative_texts_and_semantic_tables(html):
    assert html.count('alt="A rising line."') == 2
    assert html.count("<thead>") == html.count("<tfoot>") == 3
    assert len(re.findall(r'<img[^>]*src="data:', html)) == 2


def test_html_values_are_read_as_markdown(html):
    assert "<em>P</em>\u00a0=\u00a00.050" in html
    assert re.search(r'<h1 class="title">Survival of <em>52</em> patients &amp; others</h1>', html)
    assert "<title>Survival of 52 patients &amp; others</title>" in html


def test_parts_of_a_paragraph_are_joined_where_it_begins(html, document, pdf_text):
    word = " ".join(unescape(re.sub(r"<[^>]+>", "", document)).split())
    for text in (plain(html), word, " ".join(pdf_text.split())):
        joined = re.search(r"see [^.]*Table.1 ?\. It goes on with [^.]*Figure.2 ?\.", text)
        assert joined and joined.start() < text.index("Here is a paragraph between.")


def test_citations_are_numbered_and_listed(html, pdf_text):
    text = plain(html)
    assert re.search(r"Cox \[ ?2 ?\] and others \[ ?1 ?– ?3 ?\]", text)
    assert "Kaplan EL, Meier P. Nonparametric estimation from incomplete observations." in text
    assert "1958;53(282):457–481." in text
    assert "Özil A, Bo B, Co C, Do D, Eo E, Fo F, et al." in text
    assert "Kaplan EL, Meier P." in pdf_text


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_cells_is_shown_as_it_is(html, document, text):
    shown = " ".join(text.split())
    assert plain(html).count(shown) >= 2
    assert plain(re.sub(r"</?w:(?:r|t|rPr)\b[^>]*>", "", document)).count(shown) >= 2


def test_text_of_cells_runs_nothing(html, report):
    quarto = r'<script id="quarto-html-after-body".*?</script>'
    assert "<script" not in re.sub(quarto, "", html, flags=re.DOTALL).split("<body", 1)[1]
    with zipfile.ZipFile(report / "report.docx") as archive:
        assert "=cmd" in archive.read("word/document.xml").decode("utf-8")


def test_hostile_caption_and_value_are_text_in_every_format(html, document, pdf_text):
    caption = '{{< include x >}}, @fig-x, *not bold*, <b>, a_b_c, 5 \\ 6, "q", $x^2$, 1. #import.'
    word = " ".join(unescape(re.sub(r"<[^>]+>", "", document)).replace("\u2060", "").split())
    for text in (plain(html), word, " ".join(pdf_text.split())):
        assert caption in text.replace("“", '"').replace("”", '"')
        assert "<script>alert(1)</script>, #import, {{< include x >}}, @nobody" in text


def test_pdf_has_numbered_captions_running_head_and_repeated_header(pdf_text):
    pages = pdf_text.split("\f")
    assert "Figure 1. Overall survival" in " ".join(pdf_text.split())
    assert sum("ICI (n = 31)" in page for page in pages) >= 3
    assert all("Survival of 52 patients" in page for page in pages[:-1])
    assert all(re.search(rf"\b{i} ?/ ?{len(pages) - 1}\b", p) for i, p in enumerate(pages[:-1], 1))
    for page in pages:  # a caption is never alone at the end of a page
        lines = [line for line in page.splitlines() if line.strip()]
        assert not (len(lines) > 1 and lines[-2].lstrip().startswith("Table "))


def test_pdf_embeds_its_fonts_and_knows_its_title(report):
    pypdf = pytest.importorskip("pypdf")
    reader = pypdf.PdfReader(report / "report.pdf")
    assert reader.metadata.title == "Survival of 52 patients & others"
    names = set()
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descriptor)
            names.add(inner["/BaseFont"].split("+")[-1].split("-")[0])
    assert names <= {"LibertinusSerif", "DejaVuSans", "DejaVuSansMono", "LibertinusMath"}


def test_words_in_figures_of_the_pdf_are_text(pdf_text):
    assert pdf_text.count("Months") == pdf_text.count("Survival\n") == 2


def test_docx_has_real_tables_and_no_wrapper(document):
    assert document.count("<w:tbl>") == 3
    assert "<w:tbl>" not in re.sub(r"<w:tbl>.*?</w:tbl>", "", document, flags=re.DOTALL)
    assert document.count("<w:tblHeader") == 3
    cells = re.findall(r"<w:tc>.*?</w:tc>", document, re.DOTALL)
    assert len(cells) > 200 and all(re.search(r"</w:p>|<w:p ?/>", one) for one in cells)
    assert document.count("<w:cantSplit/>") == document.count("<w:tr>")
    assert 'w:jc w:val="center"' in document


def test_docx_headings_have_their_number_and_a_tab(document):
    assert paragraphs(document, "Heading1")[:2] == ["1Methods", "2Results"]
    number = r'w:val="SectionNumber" ?/></w:rPr><w:t[^>]*>2</w:t></w:r><w:r><w:tab ?/></w:r>'
    assert re.search(number, document)


def test_a_value_that_is_empty_leaves_no_paragraph(html, document):
    assert "<p></p>" not in html
    outside = re.sub(r"<w:tbl>.*?</w:tbl>", "", document, flags=re.DOTALL)
    assert "" not in paragraphs(outside, "BodyText") + paragraphs(outside, "FirstParagraph")


def test_numbers_are_filled_up_alike_in_every_format(html, document, pdf_text):
    filled = "\u20070\u00a0(0.0)\u2007"
    assert filled in html.replace("&nbsp;", "\u00a0")
    assert filled in document
    assert re.search(r"[\u2007 ]0[\u00a0 ]\(0\.0\)", pdf_text)


def test_docx_captions_notes_and_pictures(document, report):
    captions = [re.sub(r"SEQ \w+ \\\* ARABIC ", "", p) for p in paragraphs(document, "Caption")]
    assert any(caption.startswith("Table 1. Baseline") for caption in captions)
    assert any(caption.startswith("Figure 1. Overall") for caption in captions)
    assert "Values are n (%)." in paragraphs(document, "TableNote")
    with zipfile.ZipFile(report / "report.docx") as archive:
        media = [name for name in archive.namelist() if "/media/" in name]
        assert sorted(name[-4:] for name in media) == [".png", ".png"]
    widths = [int(w) / 360000 for w in re.findall(r'<wp:extent [^>]*cx="(\d+)"', document)]
    assert widths == pytest.approx([17.0, 8.0], abs=0.05)


@pytest.mark.parametrize("name", RENDERERS)
def test_the_same_sources_give_the_same_bytes(project, tmp_path, name, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = [render(project, tmp_path / run, name).paths for run in ("a", "b")]
    for first, second in zip(*made, strict=True):
        assert first.read_bytes() == second.read_bytes(), first.name


def test_nothing_is_written_into_the_project(project, report):
    assert not list(project.rglob("report.*")) or [p.name for p in project.rglob("report.*")] == [
        p.name for p in (ROOT / "report").rglob("report.*")
    ]
    assert not (project / ".quarto").exists()


def test_one_format_alone(project, tmp_path):
    assert [p.name for p in render(project, tmp_path, "pandoc", ("docx",)).paths] == ["report.docx"]


def test_a_failed_gate_leaves_no_document(project, tmp_path):
    broken = shutil.copytree(project, tmp_path / "broken")
    with (broken / "report/index.qmd").open("a", encoding="utf-8") as file:
        file.write("\n@fig-nowhere\n")
    with pytest.raises(RenderError, match="fig-nowhere"):
        render(broken, tmp_path / "out", "pandoc")
    assert not (tmp_path / "out").exists()


def test_without_quarto_the_built_in_renderer_is_chosen(monkeypatch):
    monkeypatch.setenv("PATH", "")
    name, version = choose_renderer("auto")
    assert name == "pandoc"
    assert re.fullmatch(r"[\d.]+ and typst [\d.]+", version)
    with pytest.raises(RenderError, match="not installed"):
        choose_renderer("quarto")


def test_an_unknown_renderer_or_format_is_refused(project, tmp_path):
    with pytest.raises(RenderError, match="There is no renderer 'latex'"):
        render(project, tmp_path, "latex")
    with pytest.raises(RenderError, match="makes html, pdf, docx, pptx, not odt"):
        render(project, tmp_path, "pandoc", ("docx", "odt"))


def test_shortcodes_become_placeholders_outside_code():
    lines = [Line("{{< var a.b >}}", "x", 1), Line("{{< var a.b >}}", "x", 2, "code")]
    mark = "[]{.source-mark n=0}"
    assert assemble(lines) == f"{mark}[]{{.shortcode-var key=a.b}}\n{{{{< var a.b >}}}}\n"


def test_rows_are_kept_whole_once():
    once = keep_rows_whole("<w:tr><w:tc/></w:tr><w:tr><w:trPr><w:tblHeader/></w:trPr></w:tr>")
    assert once.count("<w:cantSplit/>") == 2
    assert keep_rows_whole(once) == once


def test_the_ends_of_a_table_stay_together():
    row = '<w:tr><w:tc><w:p><w:pPr><w:pStyle w:val="TableText" /></w:pPr></w:p></w:tc></w:tr>'
    long, short = SHORT + 4, SHORT
    kept = keep_ends(f"<w:tbl>{row * long}</w:tbl><w:tbl>{row * short}</w:tbl>")
    rows = ["keepNext" in r for r in re.findall(r"<w:tr>.*?</w:tr>", kept)]
    assert rows[:long] == [True] * 3 + [False] * (long - 5) + [True] * 2
    assert all(rows[long:]), "a short table is not broken"
    assert keep_ends(kept) == kept


def test_columns_are_stretched_to_the_text_width():
    page = '<w:pgSz w:w="1200" w:h="9"/><w:pgMar w:right="100" w:left="100"/>'
    grid = '<w:tblGrid><w:gridCol w:w="300" /><w:gridCol w:w="100" /></w:tblGrid>'
    assert re.findall(r'gridCol w:w="(\d+)"', fill_width(grid + page)) == ["750", "250"]


def test_the_reference_document_is_what_its_script_writes(tmp_path):
    import runpy

    script = runpy.run_path(str(ROOT / "tools" / "make_reference_docx.py"))
    script["write"](tmp_path / "x.docx")
    kept = ROOT / "report" / "templates" / "reference.docx"
    assert (tmp_path / "x.docx").read_bytes() == kept.read_bytes()


def test_text_without_a_letter_in_the_fonts_still_gives_a_pdf(tmp_path):
    source = tmp_path / "report.typ"
    source.write_text('#set document(title: "x")\n= \u60a3\u8005', encoding="utf-8")
    compile_typst(source, tmp_path / "report.pdf", tmp_path)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_a_fault_of_typst_itself_is_a_plain_error(tmp_path, monkeypatch):
    class PanicException(BaseException):
        """As pyo3 raises it: no Exception, so that nothing catches it by chance."""

    def panics(*_, **__):
        raise PanicException("called `Option::unwrap()` on a `None` value")

    monkeypatch.setattr("typst.compile", panics)
    (tmp_path / "report.typ").write_text("x", encoding="utf-8")
    with pytest.raises(RenderError, match="Typst stopped: called"):
        compile_typst(tmp_path / "report.typ", tmp_path / "report.pdf", tmp_path)


def test_a_table_on_one_page_has_no_cells_beyond_its_columns(tmp_path):
    """A reader who listens would hear an empty column; only longer tables need it, to bind rows."""
    pypdf = pytest.importorskip("pypdf")
    rows = "".join(f"table.cell()[a{i}], table.cell()[b{i}], report-bind(1)," for i in range(5))
    source = "\n".join(
        [
            typst_template(),
            '#show: doc => article(title: "T", doc)',
            f"#report-table(columns: (1fr, 1fr), header: ([A], [B]), notes: ([Note],), {rows})",
        ]
    )
    (tmp_path / "t.typ").write_text(source, encoding="utf-8")
    compile_typst(tmp_path / "t.typ", tmp_path / "t.pdf", tmp_path)
    root = pypdf.PdfReader(tmp_path / "t.pdf").trailer["/Root"]["/StructTreeRoot"]
    cells = list(tags(root))
    assert (cells.count("/TH"), cells.count("/TD")) == (2, 5 * 2 + 1)


def typst_template():
    """The template with its part, as pandoc puts them together."""
    folder = ROOT / "report" / "templates"
    floats = (folder / "typst-floats.typ").read_text("utf-8")
    text = (folder / "typst-template.typ").read_text("utf-8")
    parts = (folder / "typst-parts.typ").read_text("utf-8")
    return text.replace("$typst-floats.typ()$", floats) + parts


def test_a_label_stays_with_its_first_level_and_the_last_row_with_the_notes(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    rows = [
        Row((f"Variable {i}",)) if i % 3 == 0 else Row((f"level {i}", str(i)), indent=1)
        for i in range(150)
    ]
    table = Table(["Factor", "n"], rows, "", notes=["A note."] * 9)
    (tmp_path / "t.html").write_text(harmless_table(table.html()), encoding="utf-8")
    filters = ROOT / "report" / "filters" / "tables.lua"
    subprocess.run(
        [
            pypandoc.get_pandoc_path(),
            tmp_path / "t.html",
            "--to=typst",
            f"--lua-filter={filters}",
            f"--output={tmp_path / 't.typ'}",
        ],
        check=True,
    )
    template = typst_template()
    table = (tmp_path / "t.typ").read_text("utf-8")
    for lead in range(6):  # the page ends after another row each time
        source = f'{template}\n#show: doc => article(title: "T", doc)\n#v({lead}em)\n{table}'
        (tmp_path / "t.typ").write_text(source, encoding="utf-8")
        compile_typst(tmp_path / "t.typ", tmp_path / "t.pdf", tmp_path)
        pages = [page.extract_text().split() for page in pypdf.PdfReader(tmp_path / "t.pdf").pages]
        assert len(pages) > 2
        for words in pages:  # the page number is last: "1 / 3"
            assert words[:-3][-2] != "Variable", lead
        assert "149" in pages[-1] and "148" in pages[-1]


def typst_float(name, height):
    """A figure (F) or table (T) of a height in centimetres, which its caption names."""
    kind = "image" if name[0] == "F" else "table"
    return f"#figure(kind: {kind}, caption: [{name}], numbering: none, block(height: {height}cm))"


def pages_of(folder, names, *blocks):
    """Set blocks as an article; give the page of each name that is in its text."""
    pypdf = pytest.importorskip("pypdf")
    source = "\n\n".join(
        [typst_template(), '#show: doc => article(title: "Title", doc)', "#pagebreak()", *blocks]
    )
    (folder / "t.typ").write_text(source, encoding="utf-8")
    compile_typst(folder / "t.typ", folder / "t.pdf", folder)
    pages = [page.extract_text() for page in pypdf.PdfReader(folder / "t.pdf").pages]
    return {name: next(i for i, text in enumerate(pages) if name in text) for name in names}


def test_floats_are_packed_and_keep_their_order(tmp_path):
    heights = {"F1": 13, "F2": 13, "T1": 9, "T2": 9, "T3": 22, "F3": 5}  # cm; T3 is no float
    where = pages_of(
        tmp_path,
        [*heights, "Next"],
        "= Part",
        *starmap(typst_float, heights.items()),
        "= Next",
        typst_float("F4", 5),
    )
    # one figure and one table share a page; the floats of a part end before one with its own
    assert where["F1"] == where["T1"] < where["F2"] == where["T2"]
    assert where["F2"] <= where["T3"] <= where["F3"] <= where["Next"]


def test_no_float_waits_until_after_the_next_part(tmp_path):
    floats = [typst_float(name, 17) for name in ("T1", "T2", "T3")]
    where = pages_of(
        tmp_path,
        ["T2", "T3", "Limits", "Sources", "Last"],
        "= Part",
        *floats,
        "= Limits",
        "#lorem(150)",
        "#heading(level: 1, numbering: none)[Sources]",
        "= Last",
        typst_float("F4", 17),
    )
    assert where["T3"] <= where["Limits"], "no result stands after the limitations"
    assert where["T3"] <= where["Sources"], "the references begin when no float waits"


def test_the_last_page_of_floats_is_the_one_with_most_room(tmp_path):
    floats = [typst_float("T1", 10), typst_float("F1", 20)]
    where = pages_of(
        tmp_path,
        ["T1", "F1", "Next"],
        "= Part",
        "#pagebreak()",
        *floats,
        "= Next",
        typst_float("F4", 5),
    )
    assert where["F1"] < where["T1"] == where["Next"]


def test_the_first_float_of_a_part_stands_below_its_heading(tmp_path):
    """Above it, it would stand among the last lines of the part before."""
    where = pages_of(tmp_path, ["F1"], "#lorem(60)", "= Part", "Its text.", typst_float("F1", 6))
    assert where["F1"] == 1  # the title has the first
    text = pypdf_text(tmp_path, 1)
    assert text.index("Part") < text.index("Its text.") < text.index("F1")
    # one that the page has no room for goes to the next
    where = pages_of(tmp_path, ["Part", "F1"], "#v(15cm)", "= Part", "Text.", typst_float("F1", 12))
    assert (where["Part"], where["F1"]) == (1, 2)


def pypdf_text(folder, page):
    pypdf = pytest.importorskip("pypdf")
    return pypdf.PdfReader(folder / "t.pdf").pages[page].extract_text()


@pytest.mark.parametrize(("words", "lines"), [("false", 1), ("true", 2)])
def test_a_label_stays_whole_where_the_numbers_have_room(tmp_path, words, lines):
    label = "Restricted mean until 16.8 months"
    row = f"table.cell()[{label}], table.cell()[1.0 (0.5 to 2.0)], report-bind(1),"
    pages_of(tmp_path, [], f"#report-table(columns: (22fr, 78fr), words: {words}, {row})")
    text = pypdf_text(tmp_path, 1)
    found = [line for line in text.splitlines() if set(line.split()) & {"Restricted", "months"}]
    assert len(found) == lines, text
