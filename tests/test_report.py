"""A build, with the renderer replaced by one that only notes what it was given."""

import json
import os
import shutil
import time
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from tiny import WRITES, contents, notebook, project

from cohortbook.build import report
from cohortbook.build.notebooks import cache
from cohortbook.build.project import stage
from cohortbook.build.report import Request, Watcher, build
from cohortbook.errors import CohortbookError, NotebookError, RenderError, StudyError

FIRST, SECOND = "01-first", "02-second"


@pytest.fixture
def root(tmp_path):
    return project(tmp_path / "project")


@pytest.fixture
def quick(monkeypatch):
    """No kernel is started: a notebook that "runs" is copied, and only who ran is looked at."""

    def copy(runs, _place, _workers, progress, _template):
        for run in runs:
            progress(run.notebook.name, "started")
            if "1 / 0" in run.notebook.code:
                raise NotebookError("1 / 0 raised", run.notebook.name)
            run.results.mkdir(parents=True)
            shutil.copyfile(run.notebook.path, run.executed)
            progress(run.notebook.name, "done")

    monkeypatch.setattr(report, "run_notebooks", copy)
    monkeypatch.setattr(report, "prepared", lambda *_given: nullcontext())


@pytest.fixture(autouse=True)
def renderer(monkeypatch):
    """Writes each document as the sections and values it was given; fails if told to."""
    seen = SimpleNamespace(fails=None, calls=0)

    def fake_render(folder, out, renderer="auto", formats=(), *_more):
        seen.calls += 1
        if seen.fails:
            raise seen.fails
        given = [folder / "_generated" / "sections" / "safety.qmd", folder / "_variables.yml"]
        text = "".join(path.read_text() for path in given)
        paths = []
        for kind in formats:
            paths.append(out / f"report.{kind}")
            paths[-1].write_text(text)
        return SimpleNamespace(paths=paths, renderer=renderer, version="1", said=())

    monkeypatch.setattr(report, "render", fake_render)
    monkeypatch.setattr(report, "check_figures", lambda *_given: [])  # they are words here
    monkeypatch.setattr(report, "choose_renderer", lambda *_: ("pandoc", "1"))
    monkeypatch.setattr(stage, "write_report_copy", lambda *pair: [shutil.copyfile(*pair).stem])
    # an editor may save a helper while the tests run
    monkeypatch.setattr(cache, "helper_sources", lambda _sources: {"study.py": "1"})
    return seen


def ran(root, **options):
    """Build; give the names of the notebooks that ran."""
    names = []
    request = Request(root / "data" / "tiny", root, **options)
    report = build(request, Watcher(plan=names.extend))
    assert sorted(n for n, reason in report.reasons.items() if reason) == names
    return names


def leftovers(root):
    hidden = [p.name for p in (root / "_output").iterdir() if ".new-" in p.name]
    return hidden + [p.name for p in (root / "_build").iterdir() if p.name.startswith("tiny-")]


def test_a_build_makes_every_output_and_nothing_else(root):
    assert ran(root) == [FIRST, SECOND]
    out = root / "_output" / "tiny"
    assert sorted(contents(out)) == [
        "figures/Figure_1.pdf",
        "figures/Figure_1.png",
        "figures/Figure_1.svg",
        "figures/Figure_1.tiff",
        "figures/figures.csv",
        "figures/journal_check.csv",
        "notebooks/01-first.html",
        "notebooks/01-first.ipynb",
        "notebooks/02-second.html",
        "notebooks/02-second.ipynb",
        "provenance.json",
        "report.docx",
        "report.html",
        "report.pdf",
        "results.json",
        "tables/Table_1.csv",
        "tables/tables.csv",
        "tables/tables.xlsx",
        "tables/tbl-strobe.csv",
    ]
    text = (out / "report.html").read_text()
    assert text.startswith("No safety.\n")
    assert '"n": "[0.050]{.computed' in text
    assert leftovers(root) == []
    assert (root / "_generated" / "sections" / "safety.qmd").read_text() == "No safety.\n"
    assert '"n": "[0.050]{.computed' in (root / "_variables.yml").read_text()
    everything = b"".join(p.read_bytes() for p in out.rglob("*") if p.is_file())
    assert str(root).encode() not in everything


def test_two_fresh_builds_have_the_same_bytes(root):
    ran(root)
    first = contents(root / "_output" / "tiny")
    assert ran(root, fresh=True) == [FIRST, SECOND]
    assert contents(root / "_output" / "tiny") == first
    assert ran(root) == []
    assert contents(root / "_output" / "tiny") == first


@pytest.mark.usefixtures("quick")
def test_exactly_the_notebooks_run_whose_inputs_changed(root, monkeypatch):
    """Each input is changed in turn; the page is rendered each time."""
    ran(root)
    (root / "report" / "sections" / "safety.qmd").write_text("Prose.\n")
    assert ran(root) == [], "only prose changed"
    parameters = 'study = ""\nresults_dir = ""\ndepth = 3\n'
    notebook(root / "notebooks", SECOND, "print(depth + 1)", parameters=parameters)
    assert ran(root) == [SECOND], "the source of one notebook"
    assert ran(root, settings={"depth": "5"}) == [SECOND], "a parameter that one notebook has"
    assert ran(root) == [], "back to what is kept"
    for name in ("study.yml", "patients.csv"):
        path = root / "data" / "tiny" / name
        path.write_text(path.read_text().replace("Tiny", "Small").replace("6,B,75", "6,B,76"))
        assert ran(root) == [FIRST, SECOND], name
    (root / "data" / "tiny" / "published.yml").write_text("a: 1\n")
    assert ran(root) == [FIRST, SECOND], "published results"
    study = root / "data" / "tiny" / "study.yml"
    study.write_text("# A comment\n" + study.read_text())
    assert ran(root) == [], "what the study file says is the same"
    study.write_text(study.read_text() + "\nflow: {excluded: []}\n")
    assert ran(root) == [FIRST, SECOND], "a key of the study file"
    monkeypatch.setattr(cache, "helper_sources", lambda _sources: {"study.py": "2"})
    assert ran(root) == [FIRST, SECOND], "a helper of both"
    monkeypatch.setattr(
        cache,
        "helper_sources",
        lambda sources: {"study.py": "2" if "depth" not in "".join(sources) else "3"},
    )
    assert ran(root) == [SECOND], "a helper that one notebook reaches"
    monkeypatch.setattr(cache, "installed", lambda: "numpy-99")
    report = build(Request(root / "data" / "tiny", root))
    assert report.reasons == dict.fromkeys([FIRST, SECOND], "changed: versions")


def fail_in_notebook(root, _renderer, _monkeypatch):
    notebook(root / "notebooks", FIRST, "#| label: tbl-x\n1 / 0")
    return NotebookError


def fail_in_renderer(_root, renderer, _monkeypatch):
    renderer.fails = RenderError("Quarto is missing.")
    return RenderError


def fail_on_full_disk(_root, renderer, _monkeypatch):
    renderer.fails = OSError(28, "No space left on device", "report.pdf")
    return CohortbookError


def fail_in_data(root, _renderer, _monkeypatch):
    (root / "data" / "tiny" / "patients.csv").write_text("patient_id\n1\n")
    return StudyError


def fail_in_publishing(_root, _renderer, monkeypatch):
    def stop(*_paths):
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "publish", stop)
    return KeyboardInterrupt


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "fault",
    [fail_in_notebook, fail_in_renderer, fail_on_full_disk, fail_in_data, fail_in_publishing],
)
def test_a_build_that_fails_leaves_the_last_output_whole(root, renderer, monkeypatch, fault):
    ran(root)
    before = contents(root / "_output" / "tiny"), contents(root / "_generated")
    expected = fault(root, renderer, monkeypatch)
    with pytest.raises(expected):
        ran(root)
    assert (contents(root / "_output" / "tiny"), contents(root / "_generated")) == before
    assert leftovers(root) == []


def test_the_notebook_that_raised_is_kept_to_be_opened(root):
    notebook(root / "notebooks", SECOND, "1 / 0")
    with pytest.raises(NotebookError) as caught:
        ran(root)
    kept = root / "_build" / "failed" / "tiny" / f"{SECOND}.ipynb"
    assert "ZeroDivisionError" in kept.read_text()
    assert f"The notebook as far as it ran: {kept}" in str(caught.value)
    notebook(root / "notebooks", SECOND, "1")
    assert ran(root) == [SECOND], "the next run resumes after the notebook that was finished"


@pytest.mark.usefixtures("quick")
def test_what_a_killed_build_left_is_cleared(root):
    ran(root)
    left = root / "_build" / f"tiny-{report.hash_of(str(root / '_output' / 'tiny'))}-x"
    left.mkdir()
    (root / "_output" / ".tiny.new-x").mkdir()
    ran(root)
    assert leftovers(root) == []


def test_a_study_outside_the_project_is_named_without_its_path(root, tmp_path):
    study = tmp_path / "elsewhere" / "mine"
    shutil.copytree(root / "data" / "tiny", study)
    built = build(Request(study, root))
    assert built.out == root / "_output" / "mine"
    text = (built.out / "notebooks" / f"{FIRST}.ipynb").read_text()
    assert "study = 'mine'" in text
    assert json.loads((built.out / "provenance.json").read_text())["study"]["name"] == "mine"


@pytest.mark.usefixtures("quick")
def test_another_folder_of_the_same_name_is_refused_unless_given_its_own_output(root, tmp_path):
    ran(root)
    study = tmp_path / "elsewhere" / "tiny"
    shutil.copytree(root / "data" / "tiny", study)
    with pytest.raises(CohortbookError, match="--out"):
        build(Request(study, root))
    build(Request(study, root, out=tmp_path / "its own"))
    assert (tmp_path / "its own" / "report.pdf").is_file()


def test_a_figure_of_two_notebooks_is_refused(root):
    notebook(root / "notebooks", SECOND, WRITES)
    with pytest.raises(RenderError, match="01-first and 02-second both wrote"):
        ran(root)


@pytest.mark.usefixtures("quick")
def test_documents_bear_the_date_that_is_asked_for(root, renderer, monkeypatch):
    seen = []
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "7")
    monkeypatch.setattr(report, "_render", lambda *given: seen.append(given[-1]) or ([], ()))
    ran(root)
    assert seen == ["7"]


def test_the_runs_used_last_are_kept(tmp_path):
    runs = tmp_path / "runs"
    for age, name in enumerate(["new", "old", "oldest", ".new-killed", ".new-busy"]):
        (runs / name).mkdir(parents=True)
        days = 0 if name == ".new-busy" else age + 2
        os.utime(runs / name, (time.time() - days * 86400,) * 2)
    cache.Cache(tmp_path).prune(most=2)
    assert sorted(path.name for path in runs.iterdir()) == [".new-busy", "new", "old"]


def test_a_run_that_another_build_drops_meanwhile_ends_no_build(tmp_path):
    runs = tmp_path / "runs"
    (runs / "kept").mkdir(parents=True)
    (runs / "gone").symlink_to("nowhere")  # listed, and no more there when it is looked at
    cache.Cache(tmp_path).prune()
    assert (runs / "kept").is_dir()


def while_it_runs(monkeypatch, change):
    """Let a file change while the notebooks run."""
    run_notebooks = report.run_notebooks

    def run(runs, *given):
        change()
        run_notebooks(runs, *given)

    monkeypatch.setattr(report, "run_notebooks", run)


@pytest.mark.usefixtures("quick")
def test_a_run_during_which_its_notebook_was_saved_is_not_kept(root, monkeypatch):
    with monkeypatch.context() as patch:
        while_it_runs(patch, lambda: notebook(root / "notebooks", FIRST, "'new'"))
        ran(root)
    notebook(root / "notebooks", FIRST, WRITES)
    assert ran(root) == [FIRST], "it might have been run as saved meanwhile"


@pytest.mark.usefixtures("quick")
def test_data_that_change_during_a_build_stop_it(root, monkeypatch):
    table = root / "data" / "tiny" / "patients.csv"
    while_it_runs(monkeypatch, lambda: table.write_text(table.read_text() + "7,B,76,18,0\n"))
    with pytest.raises(CohortbookError, match="changed while"):
        ran(root)
    assert not (root / "_output" / "tiny").exists()
