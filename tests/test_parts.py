"""Parts of the manuscript: a broken one is named by the file to edit, an unused one is named."""

import json

import pytest
from rendering import ROOT, cell, notebook, table_output

from cohortbook.build.project.report_copy import write_report_copy
from cohortbook.build.project.sources import by_source
from cohortbook.build.project.stage import labels_in_order, unused_parts, write_sections
from cohortbook.build.render.gates import check_sources
from cohortbook.errors import RenderError


def staged(folder, part="Words.\n", front="title: T", labels=(), **more):
    """A staged project whose only part is report/sections/safety.qmd."""
    sections = folder / "report" / "sections"
    sections.mkdir(parents=True)
    (sections / "safety.qmd").write_bytes(part if isinstance(part, bytes) else part.encode())
    (folder / "report" / "index.qmd").write_text(
        f"---\n{front}\n---\n\n"
        + more.get("index", "{{< include ../_generated/sections/safety.qmd >}}\n")
    )
    (folder / "_variables.yml").write_text('a: "1"\n')
    write_sections(folder, {}, labels)
    return folder


BROKEN = {
    "an unknown value": ("One.\n\n{{< var no.such >}}\n", 3),
    "an unknown shortcode": ("One.\n\n{{< kbd x >}}\n", 3),
    "a shortcode that is not closed": ("{{< var a\n", 1),
    "an unknown label": ("One.\nSee @fig-nowhere.\n", 2),
    "an unknown notebook": ("\n{{< embed ../_generated/notebooks/x.ipynb#fig-x >}}\n", 2),
    "a fence that is not closed": ("One.\n\n```\ncode\n", 3),
    "a div that is not closed": ("::: {.paragraph}\nOne.\n", 1),
    "a div that none opened": ("One.\n\n:::\n", 3),
    "other bytes than UTF-8": ("One.\nZoë\n".encode("latin-1"), 2),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_part_is_named_by_the_file_to_edit(tmp_path, kind):
    part, line = BROKEN[kind]
    with pytest.raises(RenderError) as caught:
        check_sources(staged(tmp_path, part))
    said = str(caught.value)
    assert f"report/sections/safety.qmd:{line}" in said and "_generated/sections" not in said


def test_a_part_that_is_copied_for_each_case_keeps_its_lines(tmp_path):
    part = "#fig-case-*\n\n{{< var no.such >}}\n"
    with pytest.raises(RenderError) as caught:
        check_sources(staged(tmp_path, part, labels=("fig-case-1", "fig-case-2")))
    assert "report/sections/safety.qmd:3" in str(caught.value)
    assert ":7" not in str(caught.value)


@pytest.mark.parametrize("look", [check_sources, labels_in_order])
def test_a_part_that_is_missing_is_named(tmp_path, look):
    project = staged(tmp_path, index="{{< include ../_generated/sections/harms.qmd >}}\n")
    with pytest.raises(RenderError) as caught:
        look(project)
    assert "There is no report/sections/harms.qmd" in str(caught.value)
    assert "report/index.qmd" in str(caught.value)


def test_front_matter_that_is_no_yaml_is_named_with_its_line(tmp_path):
    with pytest.raises(RenderError, match=r"report/index\.qmd:4: The front matter is not YAML"):
        check_sources(staged(tmp_path, front="title: T\nkeywords: [a"))


def test_a_whole_part_is_no_problem(tmp_path):
    part = "::: {.paragraph}\n:::: {.inner}\n```\n::: {\n```\n::::\n:::\n"
    check_sources(staged(tmp_path, part))


def test_a_part_that_nothing_includes_is_named(tmp_path):
    project = staged(tmp_path)
    assert unused_parts(project) == []
    (project / "report" / "sections" / "saftey.qmd").write_text("Words.")
    (project / "report" / "discussion.qmd").write_text("Words.")
    assert unused_parts(project) == ["report/discussion.qmd", "report/sections/saftey.qmd"]


def test_the_projects_own_parts_are_all_used():
    assert unused_parts(ROOT) == []


def test_a_message_of_a_program_names_the_file_to_edit():
    said = by_source("ERROR: _generated/sections/safety.qmd:3 is bad")
    assert said == "ERROR: report/sections/safety.qmd:3 is bad"


def test_a_table_that_no_report_can_hold_is_refused_before_it_is_rendered(tmp_path):
    embed = "{{< embed ../_generated/notebooks/01-a.ipynb#tbl-long >}}\n"
    project = staged(tmp_path, embed)
    executed = tmp_path / "01-a.ipynb"
    content = notebook(cell("tbl-long", table_output(6000, "A table.")))
    executed.write_text(json.dumps(content), encoding="utf-8")
    (project / "_generated" / "notebooks").mkdir()
    write_report_copy(executed, project / "_generated" / "notebooks" / "01-a.ipynb")
    with pytest.raises(RenderError, match=r"safety\.qmd:1: .* a table of 6,00\d rows"):
        check_sources(project)
