"""Nothing is done only if every input and every published file is what it was."""

import shutil
import subprocess
import sys
from types import MappingProxyType

import pytest
from tiny import project

from cohortbook.build import unchanged
from cohortbook.build.request import Report, Request
from cohortbook.build.watch import snapshot


@pytest.fixture
def request_(tmp_path):
    return Request(project(tmp_path / "p") / "data" / "tiny", tmp_path / "p")


@pytest.fixture
def noted(request_):
    """A report stands in the output folder and is noted as built from what is there."""
    return note(request_)


def note(request_, reads=MappingProxyType({})):
    given = unchanged.inputs(request_)
    request_.final.mkdir(parents=True)
    (request_.final / "report.html").write_text("Report")
    (request_.root / "_variables.yml").write_text("a: b")
    document = request_.final / "report.html"
    report = Report(request_.final, [document], "pandoc", {"01-first": "changed"}, 3, reads=reads)
    unchanged.note(request_, report, given)
    return request_


def test_the_report_that_stands_is_given_back(noted):
    found = unchanged.published(noted)
    assert found.documents == [noted.final / "report.html"]
    assert found.reasons == {"01-first": ""}
    assert found.statistics == 3


CHANGED = [
    "data/tiny/study.yml",
    "data/tiny/patients.csv",
    "report/index.qmd",
    "report/sections/safety.qmd",
    "_quarto.yml",
    "_variables.yml",
    "_output/tiny/report.html",
]


@pytest.mark.parametrize("name", CHANGED)
def test_any_file_that_changes_by_one_byte_makes_a_build(noted, name):
    path = noted.root / name
    path.write_text(path.read_text() + " ")
    assert unchanged.published(noted) is None
    path.write_text(path.read_text()[:-1])
    assert unchanged.published(noted) is not None, "content counts, not dates"


@pytest.mark.parametrize("name", ["data/tiny/published.yml", "_output/tiny/other.txt"])
def test_a_file_more_makes_a_build(noted, name):
    (noted.root / name).write_text("")
    assert unchanged.published(noted) is None


def test_a_report_within_the_study_folder_is_no_input(request_):
    inside = Request(request_.study, request_.root, request_.study / "report")
    assert unchanged.published(note(inside)) is not None


def test_a_file_that_is_gone_makes_a_build(noted):
    (noted.final / "report.html").unlink()
    assert unchanged.published(noted) is None


def test_the_source_of_a_notebook_counts_and_its_stored_outputs_do_not(noted):
    path = noted.root / "notebooks" / "01-first.ipynb"
    before = path.read_text()
    path.write_text(before.replace('"execution_count": null', '"execution_count": 1'))
    assert unchanged.published(noted) is not None
    path.write_text(before.replace("# Title", "# Other"))
    assert unchanged.published(noted) is None


@pytest.mark.parametrize(
    "asked",
    [{"formats": ("html",)}, {"renderer": "pandoc"}, {"settings": {"depth": "4"}}],
    ids=["formats", "renderer", "parameters"],
)
def test_another_request_makes_a_build(noted, asked):
    given = {"study": noted.study, "root": noted.root} | asked
    assert unchanged.published(Request(**given)) is None


def test_another_version_of_a_package_makes_a_build(noted, monkeypatch):
    monkeypatch.setattr(unchanged, "installed", lambda: "numpy-99")
    assert unchanged.published(noted) is None


def test_a_helper_counts(noted, monkeypatch, tmp_path):
    package = tmp_path / "package"
    shutil.copytree(unchanged.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(unchanged, "PACKAGE", package)
    assert unchanged.published(noted) is not None
    (package / "build" / "pandoc.py").write_text("")
    assert unchanged.published(noted) is None


def test_what_changed_while_it_was_built_is_not_noted(noted):
    before = unchanged.inputs(noted)
    (noted.study / "patients.csv").write_text("other")
    report = unchanged.published(noted) or Report(noted.final, [], "pandoc", {}, 0)
    unchanged.note(noted, report, before)
    assert not unchanged.beside(noted.final, "built.json").exists()


def test_a_damaged_note_makes_a_build(noted):
    unchanged.beside(noted.final, "built.json").write_text("{")
    assert unchanged.published(noted) is None


def test_finding_that_nothing_changed_loads_no_heavy_library(noted):
    code = (
        "import sys; from pathlib import Path\n"
        "from cohortbook.build.request import Request; import cohortbook.cli.main\n"
        "from cohortbook.build.unchanged import published\n"
        "root = Path(sys.argv[1])\n"
        "assert published(Request(root / 'data' / 'tiny', root))\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(noted.root)], capture_output=True, text=True, check=True
    )
    ours = {"cohortbook", "typer", "click", "annotated_doc", "shellingham"}
    ours |= {"sitecustomize", "usercustomize"}  # what a system adds to every Python
    light = ours | sys.stdlib_module_names
    loaded = {name for name in done.stdout.split() if not name.startswith("_")}
    assert loaded - light == set()


def test_a_file_elsewhere_that_a_notebook_opened_is_an_input(request_, tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text("a")
    name = f"file {outside}"
    around = unchanged.Around(request_.study, request_.final)
    note(request_, {name: around.now(name)})
    assert unchanged.published(request_).reads == {name: around.now(name)}
    assert str(outside) in snapshot(request_), "--watch looks at it too"
    outside.write_text("b")
    assert unchanged.published(request_) is None


def test_what_is_not_known_is_not_noted(request_):
    note(request_, None)
    assert not unchanged.beside(request_.final, "built.json").exists()
