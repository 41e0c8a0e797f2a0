"""Gates: what a renderer would only warn of, or pass over, is an error that names its place."""

import json
import shutil
import zipfile

import pytest
from rendering import cell, figure_output, make_project, notebook, table_output

from cohortbook.build.project.report_copy import write_report_copy
from cohortbook.build.render.gates import check_sources, references_in
from cohortbook.build.render.gates_after import check_documents, check_html
from cohortbook.errors import RenderError


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("gates") / "project")


@pytest.fixture
def project(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "project")


def add(project, text, file="report/index.qmd"):
    path = project / file
    path.write_text(path.read_text(encoding="utf-8") + "\n" + text + "\n", encoding="utf-8")
    return f"{file}:{len(path.read_text(encoding='utf-8').splitlines())}"


def test_the_fixture_passes(whole):
    check_sources(whole)


NOTEBOOK = "../_generated/notebooks/02-safety.ipynb"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("See @fig-wide2.", "Nothing has the label 'fig-wide2'. Did you mean 'fig-wide'"),
        ("See [@tbl-none; @tbl-long].", "Nothing has the label 'tbl-none'"),
        ("As shown [@kaplan1985].", "no 'kaplan1985'. Did you mean 'kaplan1958'"),
        ("# Again {#sec-results}", "The label 'sec-results' is used 2 times"),
        (f"{{{{< embed {NOTEBOOK}#tbl-long >}}}}", "The label 'tbl-long' is used 2 times"),
        ("{{< var cohort.medain >}}", "no value 'cohort.medain'. Did you mean 'cohort.median'"),
        ("{{< meta nothing >}}", "The front matter has no 'nothing'"),
        ("{{< video x >}}", "The shortcode 'video' is unknown"),
        ("{{< var cohort.p", "A shortcode is not closed"),
        ("{{< embed ../_generated/notebooks/none.ipynb#fig-x >}}", "There is no notebook"),
        (f"{{{{< embed {NOTEBOOK}#tbl-shirt >}}}}", "no cell labelled 'tbl-shirt'. Did you mean"),
        (f"{{{{< embed {NOTEBOOK}#tbl-empty >}}}}", "has no output"),
        (f"Text {{{{< embed {NOTEBOOK}#tbl-long >}}}}", "must be alone"),
    ],
)
def test_an_error_names_file_and_line(project, text, said):
    where = add(project, text)
    with pytest.raises(RenderError) as raised:
        check_sources(project)
    assert said in str(raised.value)
    assert where in str(raised.value)


def test_an_error_in_a_section_names_the_section(project):
    where = add(project, "{{< var no.such >}}", "_generated/sections/survival.qmd")
    with pytest.raises(RenderError, match=r"no value 'no\.such'") as raised:
        check_sources(project)
    assert raised.value.where == where.replace("_generated", "report")


def test_a_cell_that_was_removed_is_asked_back_or_its_part_left_out(project):
    text = f"{{{{< embed {NOTEBOOK}#tbl-gone >}}}}"
    where = add(project, text, "_generated/sections/survival.qmd")
    with pytest.raises(RenderError, match="no cell labelled 'tbl-gone'") as raised:
        check_sources(project)
    assert raised.value.where == where.replace("_generated", "report")
    assert "Put that cell back" in str(raised.value)
    assert 'book.leave_out(survival="") in the notebook' in str(raised.value)


def test_all_problems_are_said_at_once(project):
    add(project, "@fig-one {{< var two.three >}}")
    with pytest.raises(RenderError, match="2 problems") as raised:
        check_sources(project)
    assert "fig-one" in str(raised.value) and "two.three" in str(raised.value)


def test_a_reference_in_a_value_is_checked(project):
    path = project / "_variables.yml"
    path.write_text(path.read_text().replace("@tbl-short", "@tbl-shirt"))
    with pytest.raises(RenderError, match="tbl-shirt") as raised:
        check_sources(project)
    assert raised.value.where == "_variables.yml: cohort.median"


@pytest.mark.parametrize(
    ("label", "output", "said"),
    [
        ("fig-new", figure_output(8.0, "A.", alt=""), "no alternative text"),
        ("fig-new", figure_output(8.0, ""), "no caption"),
        ("fig-new", table_output(2, "A."), "does not show a figure"),
    ],
)
def test_what_is_embedded_is_complete(project, tmp_path, label, output, said):
    source = tmp_path / "new.ipynb"
    source.write_text(json.dumps(notebook(cell(label, output))))
    write_report_copy(source, project / "_generated/notebooks/new.ipynb")
    add(project, f"{{{{< embed ../_generated/notebooks/new.ipynb#{label} >}}}}")
    with pytest.raises(RenderError, match=said):
        check_sources(project)


def test_a_missing_include_names_the_line_that_includes_it(project):
    (project / "_generated/sections/survival.qmd").unlink()
    with pytest.raises(RenderError, match=r"no report/sections/survival\.qmd") as raised:
        check_sources(project)
    assert raised.value.where.startswith("report/index.qmd:")


def test_code_comments_and_escapes_are_not_read(project):
    add(project, "<!-- {{< var no.such >}} -->\n\n\\@fig-no `@x`")
    add(project, "```\n{{< var no.such >}} @fig-no\n```")
    check_sources(project)


def test_references_are_read_as_markdown_reads_them():
    text = r"@fig-a, [see @tbl-b; -@cox1972, p. 3], \@no me@mail.org `@code` @{odd key}."
    assert references_in(text) == ["fig-a", "tbl-b", "cox1972", "odd key"]


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://a.org/x.png">',
        '<script src="//cdn.net/x.js"></script>',
        '<link rel="stylesheet" href="http://a.org/x.css">',
        "<style>@import 'https://a.org';</style>",
        '<p style="background:url(https://a.org/x.png)">',
        '<link rel="stylesheet" href="data:text/css,%40import%20%22https%3A%2F%2Fa%2Eorg%22%3B">',
        '<link rel="stylesheet" href="data:text/css;base64,QGltcG9ydCAiaHR0cHM6Ly9hLm9yZyI7">',
    ],
)
def test_a_resource_from_outside_is_found(html):
    assert [f.where for f in check_html(html, "report.html")] == ["report.html"]


def test_a_link_and_an_embedded_picture_are_no_resource_from_outside():
    assert not check_html('<a href="https://a.org">a</a><img src="data:image/png;base64,AA">', "x")


def test_a_text_from_data_that_looks_a_little_like_a_reference_is_none():
    assert not check_html("<p>Why not home?@Berlin-2024</p>", "x")


@pytest.mark.parametrize("text", ["?@fig-x", "<b>?var:a.b</b>"])
def test_what_was_left_unresolved_is_found_but_not_in_a_table(text, tmp_path):
    assert check_html(f"<p>{text}</p>", "x")
    assert not check_html(f"<table><tr><td>{text}</td></tr></table>", "x")
    path = tmp_path / "report.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", f"<w:p><w:t>{text}</w:t></w:p>")
    with pytest.raises(RenderError, match="not resolved"):
        check_documents([path])
