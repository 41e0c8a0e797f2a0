"""Kernels are copies of one process that has imported everything once."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from tiny import notebook

from cohortbook.build.notebooks.environment import kernel_environment
from cohortbook.build.notebooks.execute import Place, Run, prepared, run_notebooks
from cohortbook.build.notebooks.notebooks import find_notebooks
from cohortbook.build.notebooks.template import AVAILABLE, Template, modules_of
from cohortbook.cohort.cohort import load_cohort as load
from cohortbook.errors import NotebookError
from cohortbook.session import book as session

pytestmark = [
    pytest.mark.skipif(not AVAILABLE, reason="kernels are copied on Linux only"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture
def template(tmp_path):
    with Template(kernel_environment(tmp_path, tmp_path), ["cohortbook.formats"]) as made:
        yield made


@pytest.fixture
def run(tmp_path):
    """Run two notebooks of these cells as copies, one after the other; give what they printed."""
    place = Place(tmp_path, "tiny", tmp_path, tmp_path)

    def in_turn(*cells):
        for name, code in zip(("01-a", "02-b"), cells, strict=True):
            notebook(tmp_path / "notebooks", name, code)
        runs = [Run(n, tmp_path / "runs" / n.name) for n in find_notebooks(tmp_path / "notebooks")]
        with prepared([run.notebook for run in runs], place.study, place.cache) as template:
            run_notebooks(runs, place, 1, template=template)
        outputs = [cell.get("outputs", []) for run in runs for cell in _cells(run)]
        return [output["text"] for found in outputs for output in found]

    return in_turn


def _cells(run):
    import nbformat

    return nbformat.read(run.executed, as_version=4).cells


def test_modules_are_imported_before_a_kernel_starts(run):
    cell = "import sys; print('cohortbook.formats' in sys.modules)\nimport cohortbook.formats"
    assert run(cell, cell) == ["True\n", "True\n"]


def test_kernels_do_not_see_what_the_others_did(run):
    seen = "hasattr(cohortbook, 'mark'), os.getcwd() == os.environ.get('X')"
    cell = f"import cohortbook, os; print({seen})"
    mark = "\ncohortbook.mark = 1; os.environ['X'] = os.getcwd()"
    assert run(cell + mark, cell + mark) == ["False False\n", "False False\n"]


def test_modules_are_all_that_the_notebooks_may_import_from_the_package():
    found = modules_of(["from cohortbook import km, start", "not Python (", "import pandas"])
    assert {"cohortbook.session.book", "cohortbook.verbs.survival", "scipy.stats"} <= set(found)
    assert "cohortbook.display.figures.km" in found, "imported when the figure is drawn"
    assert not {"cohortbook.verbs.safety", "cohortbook.cli.main", "cohortbook.intake"} & set(found)
    assert modules_of(["import pandas"]) == []


def test_verbs_are_loaded_before_a_kernel_starts(run):
    """Names that the package itself offers are loaded when asked for: where they lie is known."""
    names = ["verbs.survival", "session.book", "display.figures.km"]
    cell = f"import sys; print(*('cohortbook.' + n in sys.modules for n in {names}))\n"
    cell += "from cohortbook import km, start"
    assert run(cell, cell) == ["True True True\n", "True True True\n"]


def test_a_study_is_read_once_for_all_kernels_and_again_when_it_changes(tmp_path, monkeypatch):
    study = tmp_path / "study"
    shutil.copytree("data/wei2026", study)
    read = []
    monkeypatch.setattr(session, "load_cohort", lambda folder: read.append(1) or load(folder))
    monkeypatch.setattr(session, "_ahead", {})
    session.read_ahead(study)
    ahead, _ = session.start("01-cohort", str(study))
    assert len(read) == 1
    assert session.start("02-response", str(study))[0] is ahead
    table = study / "patients.csv"
    table.write_text(table.read_text("utf-8").replace(",M,", ",F,", 1), "utf-8")
    again, _ = session.start("01-cohort", str(study))
    assert len(read) == 2
    assert not again.patients.equals(ahead.patients)


@pytest.mark.parametrize(
    ("module", "light"),
    [
        ("cohortbook.build.notebooks.begin", {"numpy", "pandas", "matplotlib", "papermill"}),
        ("cohortbook.build.report", {"matplotlib.figure", "papermill"}),
    ],
)
def test_the_build_itself_does_not_load_what_only_others_need(module, light):
    """It loads beside the process that kernels are copied from, and must not be the slower one."""
    code = f"import sys, {module}; print(*sorted({light!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_what_is_too_large_or_cannot_be_read_is_left_to_the_notebook(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "_ahead", {})
    session.read_ahead(tmp_path)
    monkeypatch.setattr(session, "LARGEST_AHEAD", 10)
    session.read_ahead("data/wei2026")
    assert not session._ahead


def test_a_kernel_reads_tables_with_threads_that_the_process_it_copies_used_before(run, tmp_path):
    """Arrow reads text tables by threads, which a copied process does not have."""
    shutil.copytree("data/wei2026", tmp_path, dirs_exist_ok=True)
    cell = (
        "from cohortbook.session.book import _ahead, start\n"
        "from cohortbook.cohort.cohort import load_cohort\n"
        "cohort, _ = start('01', study)\n"
        "print(len(_ahead), load_cohort(study).patients.equals(cohort.patients))"
    )
    assert run(cell, cell) == ["1 True\n", "1 True\n"]


def test_a_template_that_has_died_says_so(template):
    os.kill(template.process.pid, signal.SIGKILL)
    template.process.wait()
    with pytest.raises(OSError):
        template.fork([], os.curdir)


def test_a_module_that_cannot_be_imported_fails_in_its_notebook_only(run):
    with pytest.raises(NotebookError, match=r"02-b.*\n?.*no_such_name"):
        run("print(1)", "from cohortbook.formats import no_such_name")


def test_kernels_end_with_the_build(tmp_path):
    """Its end is known from a pipe that only the kernel holds."""
    with Template(kernel_environment(tmp_path, tmp_path), []) as template:
        kernel = template.fork(["-f", str(tmp_path / "k.json")], str(tmp_path))
        assert kernel.poll() is None
        os.kill(template.process.pid, signal.SIGKILL)
    assert kernel.wait() == 0


def test_a_kernel_is_ended_by_a_signal_and_only_once(template, tmp_path):
    kernel = template.fork(["-f", str(tmp_path / "k.json")], str(tmp_path))
    kernel.kill()
    assert kernel.wait() == 0
    kernel.kill()
    assert kernel.poll() == 0
