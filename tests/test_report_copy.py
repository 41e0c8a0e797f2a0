"""Report copies: option lines, tables that nothing interprets, pictures beside them."""

import json

import pytest
import yaml
from rendering import HOSTILE_CAPTION, cell, figure_output, notebook, table_output

from cohortbook.build.project.material import _output
from cohortbook.build.project.report_copy import (
    defuse,
    harmless_table,
    report_copy,
    write_report_copy,
)
from cohortbook.errors import RenderError


def options(copied):
    lines = copied["source"].splitlines()
    assert all(line.startswith("#| ") for line in lines)
    return yaml.safe_load("\n".join(line[3:] for line in lines))


def test_only_labelled_cells_are_copied_and_their_code_is_not():
    plain = {"cell_type": "code", "id": "a", "metadata": {}, "source": "x = 1", "outputs": []}
    copy, _ = report_copy(notebook(plain, cell("tbl-a", table_output(2, "A."))), "x.ipynb")
    assert [c["id"] for c in copy["cells"]] == ["tbl-a"]
    assert "book.show" not in json.dumps(copy)


def test_caption_and_alt_become_quoted_options():
    shown = figure_output(8.0, 'A "quoted": caption # no comment', alt="Two: curves - 'apart'")
    copy, pictures = report_copy(notebook(cell("fig-a", shown)), "x.ipynb")
    assert options(copy["cells"][0]) == {
        "label": "fig-a",
        "fig-cap": 'A "quoted": caption # no comment',
        "fig-alt": "Two: curves - 'apart'",
    }
    assert pictures["fig-a.png"].startswith(b"\x89PNG")


def test_a_caption_keeps_the_blanks_that_are_not_broken():
    said = "10\u202f000 times, 95\u00a0% CI"
    shown = figure_output(8.0, said.replace(", ", ",\n  "), alt=said)
    copy, _ = report_copy(notebook(cell("fig-a", shown)), "x.ipynb")
    found = options(copy["cells"][0])
    assert (found["fig-cap"], found["fig-alt"]) == (said, said)


def test_a_figure_keeps_both_pictures_at_its_own_width():
    copy, _ = report_copy(notebook(cell("fig-a", figure_output(17.0, "A."))), "x.ipynb")
    output = copy["cells"][0]["outputs"][0]
    assert set(output["data"]) == {"image/svg+xml", "image/png"}
    assert output["metadata"]["image/svg+xml"]["width"] == 643  # 17 cm at 96 px an inch


def test_a_table_is_raw_html_and_no_text_html_is_left():
    copy, _ = report_copy(notebook(cell("tbl-a", table_output(2, "A."))), "x.ipynb")
    data = copy["cells"][0]["outputs"][0]["data"]
    assert set(data) == {"text/markdown"}
    assert data["text/markdown"].startswith("```{=html}\n<table>")
    assert data["text/markdown"].endswith("</table>\n```")


def test_a_table_holds_nothing_that_a_renderer_reads():
    html = harmless_table("<table><tr><td>{{&lt; var x &gt;}} ```</td></tr>\n\n</table>")
    assert "{{" not in html and "}}" not in html and "```" not in html and "\n\n" not in html


def test_em_spaces_become_a_level():
    html = harmless_table('<tr><td style="text-align:left">\u2003\u2003Male</td></tr>')
    assert html == '<tr><td class="indent-2" style="text-align:left">Male</td></tr>'


@pytest.mark.parametrize("text", ["{{< var x >}}", r"\{\{\< var x \>\}\}"])
def test_a_shortcode_in_text_from_data_is_broken_by_a_word_joiner(text):
    safe = defuse(text)
    assert safe.replace("\u2060", "") == text
    assert "{{<" not in safe.replace("\\", "") and ">}}" not in safe.replace("\\", "")
    assert defuse(safe) == safe


@pytest.mark.parametrize("label", ["fig-a", "tbl-a"])
def test_the_built_in_renderer_reads_the_caption_that_was_given(label):
    figure = label == "fig-a"
    made = (figure_output if figure else table_output)(8 if figure else 1, HOSTILE_CAPTION)
    copy, _ = report_copy(notebook(cell(label, made)), "x.ipynb")
    assert _output(copy["cells"][0]).caption == defuse(HOSTILE_CAPTION)


def test_a_cell_without_output_stays_without():
    copy, _ = report_copy(notebook(cell("tbl-a")), "x.ipynb")
    assert copy["cells"][0]["outputs"] == []


def test_printed_text_before_the_table_is_left_out():
    printed = {"output_type": "stream", "name": "stdout", "text": "hello"}
    copy, _ = report_copy(notebook(cell("tbl-a", printed, table_output(1, "A."))), "x.ipynb")
    assert "hello" not in json.dumps(copy)


@pytest.mark.parametrize(
    ("labels", "said"), [(("tbl-a", "tbl-a"), "Two cells"), (("plot",), "neither fig-")]
)
def test_bad_labels_are_refused(labels, said):
    content = notebook(*[cell(label, table_output(1, "A.")) for label in labels])
    with pytest.raises(RenderError, match=said):
        report_copy(content, "x.ipynb")


def test_the_same_notebook_gives_the_same_bytes(tmp_path):
    source = tmp_path / "in.ipynb"
    source.write_text(json.dumps(notebook(cell("fig-a", figure_output(8.0, "A.")))))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_report_copy(source, tmp_path / name / "x.ipynb")
    assert (tmp_path / "a/x.ipynb").read_bytes() == (tmp_path / "b/x.ipynb").read_bytes()
    assert (tmp_path / "a/pictures/fig-a.png").is_file()


def test_a_starred_label_numbers_every_figure_of_its_cell():
    shown = cell("fig-case-*", figure_output(8.0, "One."))
    shown["outputs"].append(figure_output(8.0, "Two."))
    copy, pictures = report_copy(notebook(shown), "x.ipynb")
    assert [options(c)["label"] for c in copy["cells"]] == ["fig-case-1", "fig-case-2"]
    assert [options(c)["fig-cap"] for c in copy["cells"]] == ["One.", "Two."]
    assert set(pictures) == {f"fig-case-{i}.{kind}" for i in (1, 2) for kind in ("png", "svg")}


def test_a_starred_label_may_not_meet_a_numbered_one():
    cells = cell("fig-case-*", figure_output(8.0, "A.")), cell("fig-case-1", figure_output(8, "B."))
    with pytest.raises(RenderError, match="fig-case-1"):
        report_copy(notebook(*cells), "x.ipynb")
