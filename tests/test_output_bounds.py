"""What a notebook prints is bounded before it is rendered, whatever the kind, and it says so."""

import json

import nbformat
import pytest
from nbformat.v4 import new_output
from rendering import ROOT, cell, notebook
from test_execute import execute
from tiny import notebook as source

from cohortbook.build.notebooks import bounds
from cohortbook.build.notebooks.notebook_page import write_pages
from cohortbook.build.notebooks.tidy import joined_streams, tidy

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LINES = "".join(f"line {n}\n" for n in range(20_000))


def code(*outputs):
    return {
        "cell_type": "code",
        "id": "big",
        "execution_count": 1,
        "metadata": {},
        "source": "x",
        "outputs": list(outputs),
    }


def shown(kind, text, **about):
    return {"output_type": "display_data", "metadata": about, "data": {kind: text}}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


HTML = "<table>" + "<tr><td>1</td></tr>\n" * 20_000 + "</table>"
NESTED = "[" * 50_000
KINDS = {
    "stream": (stream(LINES), "19,801 lines left out"),
    "stderr": (stream(LINES, "stderr"), "19,801 lines left out"),
    "text": (shown("text/plain", LINES), "19,801 lines left out"),
    "traceback": (
        {"output_type": "error", "ename": "E", "evalue": "e", "traceback": LINES.splitlines()},
        "19,800 lines left out",
    ),
    "html": (shown("text/html", HTML), "20,001 lines left out"),
    "markdown": (shown("text/markdown", LINES), "19,801 lines left out"),
    "nested markdown": (shown("text/markdown", NESTED), "49,400 characters left out"),
    "a long line": (stream("a" * 1_000_600), "1,000,000 characters left out"),
    "json": (shown("application/json", {"a": 1}), "big"),
    "latex": (shown("text/latex", "$" * 100_000), "big"),
}


def page_of(folder, *outputs):
    content = json.dumps(notebook(code(*outputs), cell("fig-flow")))
    (folder / "01-cohort.ipynb").write_text(content, encoding="utf-8")
    write_pages([folder / "01-cohort.ipynb"], ROOT / "report", folder)
    return (folder / "01-cohort.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_shows_beginning_and_end_and_says_how_much_it_leaves_out(tmp_path, kind):
    output, said = KINDS[kind]
    page = page_of(tmp_path, output)
    assert said in page
    assert len(page) < 150_000
    if "lines" in said and kind != "html":
        assert "line 0\n" in page and "line 19999" in page


def test_many_small_outputs_are_bounded_too(tmp_path):
    page = page_of(tmp_path, *(shown("text/plain", f"output {n}") for n in range(10_000)))
    assert "9,950 outputs left out" in page
    assert "output 0<" in page and "output 9999<" in page and "output 5000<" not in page


def test_a_short_output_is_shown_whole_and_without_the_colours_of_a_terminal(tmp_path):
    page = page_of(tmp_path, stream("\x1b[31mred\x1b[0m & <b>\n"))
    assert "<code>red &amp; &lt;b&gt;</code>" in page


def test_the_executed_notebook_keeps_the_whole(tmp_path):
    prints = "for i in range(20_000): print('line', i)"
    source(
        tmp_path / "notebooks",
        "01-a",
        prints,
        "print('x' * 1_000_000)",
        "for i in range(3): print(i, end='\\r')",
        "for i in range(300): display(i)",
    )
    (run,) = execute(tmp_path)
    cells = nbformat.read(run.executed, as_version=4).cells[-4:]
    assert cells[0].outputs[0].text == LINES
    assert cells[1].outputs[0].text == "x" * 1_000_000 + "\n"
    assert cells[2].outputs[0].text == "2"
    assert len(cells[3].outputs) == 300


def test_what_grows_without_end_is_bounded_where_it_is_printed(tmp_path):
    prints = "for i in range(100): print('a' * 99_999)"
    source(tmp_path / "notebooks", "01-a", prints, "for i in range(3000): display(1)", "print(2)")
    (run,) = execute(tmp_path)
    first, second, third = nbformat.read(run.executed, as_version=4).cells[-3:]
    assert len(first.outputs[0].text) < bounds.KEPT + 100
    assert "[… 51 lines left out …]" in first.outputs[0].text
    assert "[… 2,500 outputs left out …]" in second.outputs[-1].text
    assert len(second.outputs) == bounds.KEPT_OUTPUTS + 1
    assert third.outputs[0].text == "2\n"


def test_streams_are_joined_however_they_were_cut():
    parts = [
        new_output("stream", name="stderr", text="e\n"),
        *(new_output("stream", name="stdout", text=text) for text in ("a", "b\r", "c\n")),
    ]
    joined = joined_streams([nbformat.from_dict(part) for part in parts])
    assert [(one.name, one.text) for one in joined] == [("stdout", "c\n"), ("stderr", "e\n")]


def test_a_text_that_is_cut_would_be_no_html(monkeypatch):
    monkeypatch.setattr("cohortbook.build.notebooks.tidy.KEPT", 10)
    monkeypatch.setattr(bounds.kept_text, "__defaults__", (10,))
    made = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                outputs=[
                    new_output(
                        "display_data", {"text/html": "<p>\n" * 20, "text/plain": "a\n" * 20}
                    )
                ]
            )
        ]
    )
    data = tidy(made, {}, {}).cells[0].outputs[0].data
    assert data["text/html"] == "[… 21 lines left out …]"
    assert data["text/plain"] == "a\na\na\na\na\n\n[… 15 lines left out …]\n"
