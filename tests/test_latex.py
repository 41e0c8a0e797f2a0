"""LaTeX of the report, for the templates of journals: letters, tables, figures, and a PDF of it.

What needs Quarto, or a TeX beside it, is skipped where there is none.
"""

import re
import shutil
from pathlib import Path

import pypandoc
import pytest
from rendering import ROOT, make_project

from cohortbook.build.project.stage import share_pdfs
from cohortbook.build.render.quarto import find_quarto
from cohortbook.build.render.render import render
from cohortbook.display.layout.table import Row, Table

FILTERS = ROOT / "report" / "filters"
NO_QUARTO = pytest.mark.skipif(not find_quarto(), reason="no quarto on PATH")
NO_TEX = pytest.mark.skipif(not shutil.which("xelatex"), reason="no xelatex on PATH")

# A journal as its users write it: a class, numbers in brackets, no packages of Quarto's.
JOURNAL = (
    "title: Mine\nauthor: A\nversion: 1.0.0\ncontributes:\n  formats:\n    pdf:\n"
    "      documentclass: article\n      papersize: a4\n      pdf-engine: xelatex\n"
)


def latex(html: str, tmp_path: Path) -> str:
    """Give what the filters make of HTML in LaTeX, as in `quarto.lua`: letters, then tables."""
    letters = tmp_path / "letters.lua"
    letters.write_text(
        f'package.path = "{FILTERS}/?.lua;" .. package.path\n'
        'return { { traverse = "topdown", Str = require("latex").letters } }\n',
        encoding="utf-8",
    )
    extra = [f"--lua-filter={path}" for path in (letters, FILTERS / "tables.lua")]
    return pypandoc.convert_text(html, "latex", "html", extra_args=[*extra, "--wrap=none"])


def table(rows: list[Row], tmp_path: Path, **about: object) -> str:
    made = Table(["Factor", "HR (95% CI)"], rows, "C.", notes=["A note."], widths=[2, 1], **about)
    html = re.sub(r"<td([^>]*)>\u2003", r'<td class="indent-1"\1>', made.html())
    return latex(html.replace("<table", '<table id="tbl-x"', 1), tmp_path)


def test_letters_that_a_font_may_lack_are_commands(tmp_path):
    text = latex("<p>−2.3 ≥400 µg, 2×10⁻³, β, \u2007\u20085, Ørsted\u2060</p>", tmp_path)
    assert text.strip() == (
        r"\ensuremath{-}2.3 \ensuremath{\geq}400 \ensuremath{\mu}g, 2\ensuremath{\times}10"
        r"\textsuperscript{-}\textsuperscript{3}, \ensuremath{\beta}, \phantom{0}\phantom{.}5, "
        "Ørsted"
    )


def test_a_short_table_floats_with_its_notes_and_rules(tmp_path):
    rows = [Row(("Sex", ""), group=True), Row(("Male", "0.394 (−2 to 3)"), indent=1)]
    text = table(rows, tmp_path)
    assert text.startswith("\\begin{table}") and text.endswith("\\end{table}\n")
    assert r"\caption{\label{tbl-x}" in text
    lines = text.splitlines()
    assert [line for line in lines if line.endswith("rule")] == ["\\toprule", "\\midrule"]
    group, male = (next(line for line in lines if word in line) for word in ("Sex", "Male"))
    assert group.startswith(r"\multicolumn{2}") and group.endswith(r"\\*")  # not left alone
    assert r"\leftskip=0.9em\relax{}Male" in male
    assert r"\ensuremath{-}2" in male and r"\centering" in male
    rule, note = (next(line for line in lines if word in line) for word in ("hrule", "A note."))
    assert lines.index(rule) + 1 == lines.index(note) == len(lines) - 3
    assert rule.count(r"\nobreak") == 3


def test_a_long_table_has_its_header_again_and_its_label_once(tmp_path):
    text = table([Row((f"Row {place}", "1")) for place in range(60)], tmp_path)
    assert "\\begin{longtable}" in text and text.count("\\label{tbl-x}") == 1
    assert text.count("\\textbf{Factor}") == 2 and r"\thetable, continued." in text
    assert re.search(r"^\\end\{longtable\}$", text, re.MULTILINE)  # Quarto looks for such a line


def test_text_of_data_opens_nothing(tmp_path):
    hostile = r"%cell% \input{x} & a_b $x$ {"
    text = table([Row((hostile, "1"))], tmp_path)
    assert r"\%cell\% \textbackslash input\{x\} \& a\_b \$x\$ \{" in text


def test_pdfs_of_figures_stand_beside_their_other_pictures(tmp_path):
    figures, pictures = tmp_path / "figures", tmp_path / "pictures"
    figures.mkdir()
    (figures / "fig-a.pdf").write_bytes(b"%PDF")
    share_pdfs(figures, ["fig-a", "fig-b", "tbl-c"], pictures)
    assert [path.name for path in pictures.iterdir()] == ["fig-a.pdf"]


@NO_QUARTO
def test_latex_of_quarto_is_ours_in_notes_tables_and_figures(tmp_path):
    """Quarto alone stops where no program makes a PDF of an SVG; its boxes need icons."""
    project = make_project(tmp_path / "project")
    drawn = project / "_generated" / "notebooks" / "pictures" / "fig-wide.pdf"
    drawn.write_bytes(b"%PDF-1.4 drawn by the build")
    made = render(project, tmp_path, "quarto", ("latex",)).paths[0]
    text = (made / "index.tex").read_text(encoding="utf-8")
    wide, narrow = re.findall(r"\\includegraphics\[([^\]]*)\]\{([^}]+)\}", text)
    assert "width=1\\linewidth" in wide[0] and "width=3.1" in narrow[0]
    assert (made / wide[1]).read_bytes() == drawn.read_bytes()
    assert narrow[1].endswith((".png", ".pdf")) and (made / narrow[1]).is_file()
    assert "tcolorbox" not in text and "fontawesome" not in text
    assert "This is a note" in text.partition(r"\begin{quote}")[2].partition(r"\end{quote}")[0]
    assert {rf"\label{{{label}}}" for label in ("tbl-short", "tbl-long")} <= set(
        re.findall(r"\\label\{[^}]+\}", text)
    )
    assert r"\multicolumn" in text and "\u2212" not in text.partition(r"\begin{document}")[2]


@NO_QUARTO
@NO_TEX
def test_the_latex_template_of_a_journal_makes_a_pdf_with_its_latex(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    project = make_project(tmp_path / "project")
    extension = project / "_extensions" / "mine" / "_extension.yml"
    extension.parent.mkdir(parents=True)
    extension.write_text(JOURNAL, encoding="utf-8")
    made = render(project, tmp_path, "quarto", ("mine-pdf",)).paths[0]
    pages = [page.extract_text() for page in pypdf.PdfReader(made / "index.pdf").pages]
    text = "\n".join(pages)
    assert "This is a note" in text and "Level 89" in text and "continued." in text
    assert "Zoë Ørsted" in text and "??" not in text
    assert {"index.tex", "references.bib"} <= {path.name for path in made.iterdir()}
    source = (made / "index.tex").read_text(encoding="utf-8")
    for picture in re.findall(r"\\includegraphics\[[^\]]*\]\{([^}]+)\}", source):
        assert (made / picture).is_file()
