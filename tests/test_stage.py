"""What is rendered: sections or their one sentence, and values that YAML cannot misread."""

import pytest
import yaml
from tiny import project

from cohortbook.build.notebooks.execute import Run
from cohortbook.build.notebooks.notebooks import find_notebooks
from cohortbook.build.project.merge import Gathered, gather
from cohortbook.build.project.stage import labels_in_order, variables_text, write_sections
from cohortbook.errors import RenderError


@pytest.fixture
def runs(tmp_path):
    notebooks = find_notebooks(project(tmp_path / "project") / "notebooks")
    made = [Run(n, tmp_path / "runs" / n.name) for n in notebooks]
    for run in made:
        (run.results / "figures").mkdir(parents=True)
    return made


@pytest.mark.parametrize(
    "value",
    [
        "0.050",
        "1e5",
        "yes",
        "null",
        "",
        "~",
        "2024-01-01",
        "a: b",
        "#x",
        "'\"",
        "line\nbreak",
        "{{< include /etc/passwd >}}",
        "患者 😀",
        "\u202e",
        "\x85\u2028",
        "- a",
        "!!python/object:x",
    ],
)
def test_every_value_stays_the_text_that_it_is(value):
    text = variables_text({"group": {"name": value}})
    assert yaml.safe_load(text) == {"group": {"name": value}}
    assert '"name": "' in text


def test_a_section_is_copied_or_replaced_by_its_sentence(tmp_path):
    sections = tmp_path / "report" / "sections"
    sections.mkdir(parents=True)
    for name in ("safety", "procedure", "survival"):
        (sections / f"{name}.qmd").write_text(f"text of {name}\n")
    write_sections(tmp_path, {"safety": "No safety.", "procedure": "", "unknown": "x"})
    made = {p.stem: p.read_text() for p in (tmp_path / "_generated" / "sections").iterdir()}
    assert made == {"safety": "No safety.\n", "procedure": "\n", "survival": "text of survival\n"}


def test_results_of_all_notebooks_are_gathered(tmp_path, runs):
    (runs[0].results / "01-first.values.json").write_text('{"n": "52"}')
    (runs[0].results / "01-first.omitted.json").write_text('{"a": "", "b": "Why b."}')
    (runs[1].results / "02-second.omitted.json").write_text('{"a": "Why a.", "b": ""}')
    (runs[1].results / "figures" / "fig-x.svg").write_text("x")
    gathered = gather(runs, tmp_path / "all")
    assert gathered == Gathered(
        tmp_path / "all",
        {"first": {"n": "52"}, "second": {}},
        {"a": "Why a.", "b": "Why b."},
        {"01-first": {}, "02-second": {}},
    )
    assert (tmp_path / "all" / "figures" / "fig-x.svg").read_text() == "x"


def test_one_label_in_two_notebooks_is_refused(tmp_path, runs):
    for run in runs:
        (run.results / "figures" / "fig-x.svg").write_text("x")
    with pytest.raises(RenderError, match=r"01-first and 02-second both wrote figures/fig-x.svg"):
        gather(runs, tmp_path / "all")


def test_labels_come_in_the_order_of_reading_through_includes(tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "index.qmd").write_text(
        "{{< embed n.ipynb#tbl-b >}}\n{{< include part.qmd >}}\n"
        "<!-- {{< embed n.ipynb#fig-hidden >}} -->\n{{< embed n.ipynb#fig-a >}}\n"
        "{{< embed n.ipynb#tbl-b >}}\n{{< var a.b >}}\n"
    )
    (tmp_path / "report" / "part.qmd").write_text("{{< embed n.ipynb#fig-z >}}")
    assert labels_in_order(tmp_path) == ["tbl-b", "fig-z", "fig-a"]


def test_an_include_that_is_missing_or_goes_round_is_refused(tmp_path):
    (tmp_path / "report").mkdir()
    main = tmp_path / "report" / "index.qmd"
    main.write_text("{{< include gone.qmd >}}")
    with pytest.raises(RenderError, match=r"no report/gone\.qmd"):
        labels_in_order(tmp_path)
    main.write_text("{{< include index.qmd >}}")
    with pytest.raises(RenderError, match="includes itself"):
        labels_in_order(tmp_path)


@pytest.mark.parametrize("count", [0, 1, 12])
def test_a_section_with_a_starred_label_is_written_for_each_number(tmp_path, count):
    sections = tmp_path / "report" / "sections"
    sections.mkdir(parents=True)
    text = "@fig-case-* shows {{< var x.case_* >}} *so*\n\n{{< embed ../a.ipynb#fig-case-* >}}\n"
    (sections / "case.qmd").write_text(text)
    numbers = range(1, count + 1)
    write_sections(tmp_path, {}, ["fig-case", *(f"fig-case-{n}" for n in numbers), "fig-case-b"])
    made = (tmp_path / "_generated" / "sections" / "case.qmd").read_text()
    assert made == "\n".join(
        f"@fig-case-{n} shows {{{{< var x.case_{n} >}}}} *so*\n\n"
        f"{{{{< embed ../a.ipynb#fig-case-{n} >}}}}\n"
        for n in numbers
    )
