"""What a study adds to the report: its notebooks and parts of the manuscript, where they say."""

import hashlib
import json
import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_raw_cell
from tiny import ROOT, contents, notebook, project

from cohortbook.build.notebooks.own_notebooks import copy_notebooks
from cohortbook.build.project.frame import Frame
from cohortbook.build.project.own_parts import own_parts
from cohortbook.build.report import Request, Watcher, build
from cohortbook.errors import NotebookError, RenderError

INDEX = """\
---
title: Tiny
---

# Methods {#sec-methods}

How.

# Results {#sec-results}

## Survival {#sec-survival}

{{< include ../_generated/sections/survival.qmd >}}

{{< include ../_generated/sections/survival_curves.qmd >}}

## Safety {#sec-safety}

{{< include ../_generated/sections/safety.qmd >}}

# Limitations {#sec-limitations}

Few patients.

# Provenance

{{< var provenance.data >}}
"""
START = "from cohortbook import start, km\ncohort, book = start('{}', study, results_dir)"
SHOWN = """\
#| label: fig-own
import matplotlib.pyplot as plt
fig, axes = plt.subplots()
axes.plot([1, 2, 3], [4, 5, 9])
book.show("fig-own", fig, caption="Mine.", alt="A line that rises.")"""
SAID = "book.say(summary=f'There are {len(cohort)} patients (@fig-own).')"
TABLE = """\
#| label: tbl-own
import pandas as pd
book.show("tbl-own", pd.DataFrame({"level": ["a", "b"], "n": [4, 2]}), caption="Levels.")"""


def first_cell(path, text):
    content = nbformat.read(path, as_version=4)
    content.cells.insert(0, new_raw_cell(text, id="front"))
    nbformat.write(content, path)


def add_notebook(study, name, *cells, front="", **more):
    path = notebook(study / "notebooks", name, START.format(name), *cells, **more)
    if front:
        first_cell(path, f"---\n{front}\n---")
    return path


def add_part(study, name, text):
    path = study / "report" / f"{name}.qmd"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def sectioned(root, *cells):
    """A project whose manuscript has sections, and is really rendered."""
    project(root, *cells)
    shutil.copyfile(ROOT / "_quarto.yml", root / "_quarto.yml")
    (root / "report" / "index.qmd").write_text(INDEX)
    for name in ("survival", "survival_curves", "safety"):
        (root / "report" / "sections" / f"{name}.qmd").write_text(f"Ours on {name}.\n")
    return root


@pytest.fixture
def place(tmp_path):
    root = sectioned(tmp_path / "project", "1")
    return root, root / "data" / "tiny"


def built(root, study, formats=("html",), **options):
    told = []
    report = build(
        Request(study, root, renderer="pandoc", formats=formats, **options),
        Watcher(tell=told.append),
    )
    html = (report.out / "report.html").read_text("utf-8")
    return report, re.sub(r'src="data:[^"]*"', "", html.partition(">How.<")[2]), told


def told_in(html):
    """The words of a page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>|\u2060", "", html).split())


def order(html, *words):
    at = [told_in(html).index(word) for word in words]
    assert at == sorted(at), dict(zip(words, at, strict=True))


def test_notebooks_and_parts_of_a_study_stand_in_the_report_where_they_say(place):
    root, study = place
    add_notebook(study, "08-mine", SAID, SHOWN, TABLE, front="after: survival\ntitle: My question")
    add_notebook(study, "09-text", "book.quote(n=str(len(cohort)))")
    add_part(study, "extra", "---\nadds-to: survival\n---\n\nAdded, n = {{< var text.n >}}.\n")
    add_part(study, "mishaps", "---\nreplaces: safety\n---\n\nOnly mine, see @tbl-own.\n")
    add_part(study, "end", "# Discussion\n\nMy end.\n")
    edited = copy_notebooks(root, study) / "02-second.ipynb"
    edited.write_text(edited.read_text("utf-8").replace("print(depth)", "print(depth * 7)"))
    report, html, told = built(root, study, ("html", "docx", "pdf"))
    order(
        html,
        "Ours on survival.",
        "Added, n =",
        "Ours on survival_curves.",
        "My question",
        "There are 6 patients",
        "Mine.",
        "Levels.",
        "Only mine",
        "Discussion",
        "My end.",
        "Limitations",
    )
    assert "did not record" not in told_in(html)
    # numbered and referred to by both numbers
    assert re.search(r"Figure.1", html) and re.search(r"see.*?Table.1", html, re.S)
    assert re.search(r"n = .{0,120}6", html, re.S)
    names = {path.name for path in (report.out / "figures").iterdir()}
    assert {"Figure_1.svg", "Figure_1.tiff"} <= names
    assert (report.out / "tables" / "Table_1.csv").is_file()
    assert (report.out / "report.pdf").stat().st_size and (report.out / "report.docx").is_file()
    facts = json.loads((report.out / "provenance.json").read_text("utf-8"))
    assert facts["added"] == {
        "notebooks": {
            "notebooks/08-mine.ipynb": "after survival",
            "notebooks/09-text.ipynb": "end of Results",
        },
        "parts": {
            "report/end.qmd": "end of Results",
            "report/extra.qmd": "adds-to survival",
            "report/mishaps.qmd": "replaces safety",
        },
    }
    assert {*facts["added"]["notebooks"], *facts["added"]["parts"]} <= set(
        facts["study"]["files_sha256"]
    )
    # Quarto at the root, whose main file is the project's, names what it does not show
    absent = json.loads((root / "_generated" / "parts.json").read_text("utf-8"))["absent"]
    added = {**facts["added"]["parts"], **facts["added"]["notebooks"]}
    assert absent == [f"STUDY/{file}" for file in added]
    # an edited notebook is named where the report says what it was made of, an unedited copy is not
    digest = hashlib.sha256(edited.read_bytes()).hexdigest()[:16]
    said = f"were run in place of the project’s: notebooks/02-second.ipynb {digest}"
    assert said in told_in(html), told_in(html)[-600:]
    assert "notebooks/01-first.ipynb" not in html
    assert "notebooks/02-second.ipynb" in facts["study"]["files_sha256"]
    said = "\n".join(told)
    assert "report/end.qmd does not say its place" in said
    assert "08-mine.ipynb does not" not in said
    assert (report.out / "notebooks" / "08-mine.html").is_file()


def test_own_notebooks_are_kept_like_ours_and_parts_do_not_run_them_again(place):
    root, study = place
    add_notebook(study, "08-mine", SAID.replace(" (@fig-own)", ""), front="after: survival")
    assert built(root, study)[0].reasons["08-mine"]
    add_part(study, "more", "---\nafter: survival\n---\n\nMore.\n")
    report, html, _ = built(root, study)
    assert report.reasons["08-mine"] == "" and "More." in html
    order(html, "There are 6 patients", "More.", "This study did not record")


def test_a_notebook_without_a_place_stands_at_the_end_of_results_and_this_is_said(place):
    root, study = place
    add_notebook(study, "08-mine", SAID.replace(" (@fig-own)", ""))
    _, html, told = built(root, study)
    order(html, "This study did not record", "There are 6 patients", "Limitations")
    assert any("08-mine.ipynb does not say its place" in text for text in told)


def test_what_a_part_lays_out_is_not_placed_a_second_time(place):
    root, study = place
    add_notebook(study, "08-mine", SHOWN, TABLE, SAID)
    add_part(
        study,
        "mine",
        "---\nafter: survival\n---\n\n{{< var mine.summary >}}\n\n"
        "{{< embed ../notebooks/08-mine.ipynb#fig-own >}}\n",
    )
    _, html, told = built(root, study)
    assert html.count('id="fig-own"') == 1 and told_in(html).count("There are 6 patients") == 1
    assert "notebooks/08-mine.ipynb: tbl-own is in no part of the report." in told


def test_a_notebook_with_an_endpoint_runs_for_each_and_its_cells_may_need(place):
    root, study = place
    more = "  pfs: {label: PFS, short: PFS, time: os_months, event: os_event}\n"
    text = (study / "study.yml").read_text("utf-8")
    (study / "study.yml").write_text(text + more, encoding="utf-8")
    path = notebook(
        study / "notebooks",
        "08-each",
        "from cohortbook import start\ncohort, book = start('08-each', study, results_dir, "
        "endpoint=endpoint)",
        "book.say(word=f'Depth {depth} for {endpoint}.')",
        "#| needs: safety\nbook.say(events='Events there are.')",
        parameters='study = ".."\nresults_dir = ""\nendpoint = None\ndepth = 3\n',
    )
    first_cell(path, "---\nafter: survival\n---")
    report, html, _ = built(root, study, settings={"08-each.depth": "5"})
    order(
        html,
        "Ours on survival_curves.",
        "Depth 5 for os.",
        "Depth 5 for pfs.",
        "This study did not record",
    )
    assert "Events there are" not in html
    assert [name for name in report.reasons if name.startswith("08")] == [
        "08-each-os",
        "08-each-pfs",
    ]


def test_a_part_with_stars_is_written_for_each_endpoint(place):
    root, study = place
    notebook(
        study / "notebooks",
        "08-each",
        "from cohortbook import start\ncohort, book = start('08-each', study, results_dir, "
        "endpoint=endpoint)",
        "book.quote(word=f'Word of {endpoint}')",
        parameters='study = ".."\nresults_dir = ""\nendpoint = None\n',
    )
    add_part(study, "each", "---\nafter: survival\n---\n\nIt is {{< var each.word_* >}}.\n")
    assert "It is Word of os." in told_in(built(root, study)[1])


def test_an_error_names_notebook_and_cell_and_leaves_the_last_report(place):
    root, study = place
    path = add_notebook(study, "08-mine", "print(1)", front="after: survival")
    before = contents(built(root, study)[0].out)
    path.write_text(path.read_text("utf-8").replace("print(1)", "1 / 0"), encoding="utf-8")
    with pytest.raises(NotebookError) as caught:
        built(root, study)
    assert "08-mine: cell [" in str(caught.value) and "1 / 0" in str(caught.value)
    assert contents(root / "_output" / "tiny") == before


def test_all_that_is_wrong_with_parts_is_told_at_once_before_anything_runs(place):
    root, study = place
    add_part(study, "a", "---\nafter: survivl\n---\n")
    add_part(study, "b", "---\nreplaces: safety\nafter: survival\n---\n")
    add_part(study, "c", "---\nreplace: safety\n---\n")
    add_part(study, "d", "---\nafter: survival\n---\n\n```{python}\n1\n```\n\n![x](y.png)\n")
    add_part(study, "e", "---\nafter: f\n---\n")
    add_part(study, "f", "---\nafter: e\n---\n")
    add_part(study, "g", "---\nafter: survival\n---\n\n# Too high\n")
    add_part(study, "h", "---\nafter: [1\n---\n")
    with pytest.raises(RenderError) as caught:
        built(root, study)
    said = str(caught.value)
    for line in (
        "STUDY/report/a.qmd: `after: survivl` names no section or part of the report. Did you mean "
        "'survival'?",
        "STUDY/report/b.qmd: `after` and `replaces` cannot both be.",
        "STUDY/report/c.qmd: There is no key 'replace'. Did you mean 'replaces'?",
        "STUDY/report/d.qmd:5: Code in a part of the manuscript is not run.",
        "STUDY/report/d.qmd:9: A picture stands in the report by way of a notebook.",
        "STUDY/report/e.qmd: `after: f` leads back to itself.",
        "STUDY/report/g.qmd:5: A heading here begins with ##",
        "STUDY/report/h.qmd:",
    ):
        assert line in said, line
    assert not (root / ".cache").exists() or not list((root / ".cache").glob("notebooks/runs/*"))


def test_a_mistake_in_a_part_is_named_by_the_line_of_its_file(place):
    root, study = place
    add_part(study, "mine", "---\nafter: survival\ntitle: Mine\n---\n\nSee {{< var no.such >}}.\n")
    with pytest.raises(
        RenderError, match=r"STUDY/report/mine\.qmd:6: There is no value 'no\.such'"
    ):
        built(root, study)


def test_lines_of_the_frame_keep_their_numbers(place):
    root, study = place
    (root / "report" / "index.qmd").write_text(INDEX + "\n@fig-nowhere\n")
    add_part(study, "mine", "---\nafter: survival\n---\n\nMine.\n")
    number = len(INDEX.splitlines()) + 2
    with pytest.raises(RenderError, match=rf"report/index\.qmd:{number}: Nothing has the label"):
        built(root, study)


def test_captions_may_be_given_as_quarto_gives_them(place):
    root, study = place
    cell = (
        '#| label: fig-plain\n#| fig-cap: "As Quarto has it."\n#| fig-alt: A line.\n'
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    )
    add_notebook(study, "08-mine", cell, front="after: survival")
    html = built(root, study)[1]
    assert "As Quarto has it." in html and 'alt="A line."' in html


def test_a_figure_that_no_cell_ends_with_is_told(place):
    root, study = place
    add_notebook(study, "08-mine", SHOWN.replace("#| label: fig-own\n", "") + ";", front="after: x")
    path = study / "notebooks" / "08-mine.ipynb"
    path.write_text(path.read_text("utf-8").replace("after: x", "after: survival"), "utf-8")
    told = built(root, study)[2]
    assert any("book.show made fig-own, and no cell ends with it" in text for text in told)


def test_the_studys_references_can_be_cited(place):
    root, study = place
    add_part(study, "mine", "---\nafter: survival\n---\n\nAs known [@mine2020].\n")
    (study / "report" / "mine.bib").write_text(
        "@article{mine2020, title={A paper}, author={Doe, J}, journal={J}, year={2020}}\n"
    )
    index = INDEX.replace("title: Tiny", "title: Tiny\nbibliography: references.bib")
    (root / "report" / "index.qmd").write_text(index + "\n::: {#refs}\n:::\n")
    assert "A Paper" in built(root, study)[1]


def test_the_project_that_quarto_sees_includes_the_parts(place, monkeypatch):
    """Both renderers read one staged project: one level of includes, paths of this project."""
    from cohortbook.build import report as module

    root, study = place
    add_notebook(study, "08-mine", SHOWN, front="after: survival")
    add_part(study, "mine", "---\nreplaces: safety\n---\n\nMine.\n")
    seen = {}

    def look(_request, project, *_more):
        seen.update(
            {
                path.relative_to(project).as_posix(): path.read_text("utf-8")
                for path in project.rglob("*.qmd")
            }
        )
        return [], ()

    monkeypatch.setattr(module, "_render", look)
    build(Request(study, root, renderer="pandoc"))
    includes = re.findall(r"include (\S+)", seen["report/index.qmd"])
    assert includes == [
        "../_generated/sections/survival.qmd",
        "../_generated/sections/survival_curves.qmd",
        "../_generated/own/notebooks/08-mine.qmd",
        "../_generated/own/report/mine.qmd",
    ]
    own = seen["_generated/own/notebooks/08-mine.qmd"]
    assert own == "{{< embed ../_generated/notebooks/08-mine.ipynb#fig-own >}}\n"
    assert "---" not in seen["_generated/own/report/mine.qmd"]


@pytest.mark.parametrize(
    ("kind", "target", "above", "below"),
    [
        ("after", "survival", "", "## Safety {#sec-safety}"),
        ("after", "survival_curves", "survival_curves.qmd >}}", ""),
        ("adds-to", "survival", "survival.qmd >}}", ""),
        ("replaces", "safety", "", "safety.qmd >}}"),
        ("replaces", "limitations", "# Limitations {#sec-limitations}", ""),
        ("adds-to", "methods", "", "# Results {#sec-results}"),
        ("after", "results", "", "# Limitations {#sec-limitations}"),
    ],
)
def test_places_in_the_frame(kind, target, above, below):
    lines, spot = INDEX.splitlines(), Frame(INDEX, "index").spot(kind, target)
    assert lines[spot.at - 1].endswith(above) and bool(above) == bool(lines[spot.at - 1])
    assert lines[spot.at].endswith(below) and bool(below) == bool(lines[spot.at])


def test_every_part_and_section_of_the_real_manuscript_can_be_named():
    frame = Frame((ROOT / "report" / "index.qmd").read_text("utf-8"), "index")
    parts = {path.stem for path in (ROOT / "report" / "sections").glob("*.qmd")}
    assert set(frame.parts) == parts
    for name in ("survival", "safety", "limitations", "patients", "results", "statistics"):
        assert frame.spot("after", name) and frame.spot("replaces", name)


def test_a_part_of_the_same_name_replaces_and_says_so(place):
    root, study = place
    add_part(study, "safety", "Mine.\n")
    own = own_parts(root, study, [])
    assert own.facts == {"report/safety.qmd": "replaces safety"}
    assert "report/safety.qmd stands in place of the project's part 'safety'." in own.told


def test_a_cell_of_parameters_without_its_tag_loses_nothing(place):
    root, study = place
    path = add_notebook(
        study,
        "08-mine",
        SAID.replace(" (@fig-own)", ""),
        SHOWN,
        front="after: survival",
        parameters='study = ".."\nresults_dir = ""\n',
    )
    content = nbformat.read(path, as_version=4)
    for cell in content.cells:
        cell.metadata.pop("tags", None)
    nbformat.write(content, path)
    report, html, _ = built(root, study)
    order(html, "Ours on survival", "There are 6 patients", "Mine.")
    assert (report.out / "figures" / "Figure_1.svg").is_file()
