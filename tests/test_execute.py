"""Notebooks run each in a kernel of its own; what fails is named; what is kept is repeatable."""

import json
import time

import nbformat
import pytest
from tiny import PARAMETERS, notebook

from cohortbook.build.notebooks import execute as module
from cohortbook.build.notebooks.execute import Place, Run, run_notebooks
from cohortbook.build.notebooks.notebooks import find_notebooks
from cohortbook.errors import NotebookError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def execute(tmp_path, name="run", **options):
    study, scratch = tmp_path / "data" / "tiny", tmp_path / f"scratch-{name}"
    scratch.mkdir()
    runs = [
        Run(n, tmp_path / name / n.name, options.pop(n.name, {}))
        for n in find_notebooks(tmp_path / "notebooks")
    ]
    hidden = {str(study): "../data/tiny", str(tmp_path): ".."}
    place = Place(study, "../data/tiny", scratch, tmp_path / "cache", hidden)
    run_notebooks(runs, place, **options)
    return runs


def outputs(run):
    cells = nbformat.read(run.executed, as_version=4).cells
    return "".join(o.get("text", "") for c in cells for o in c.get("outputs", []))


def test_two_runs_give_the_same_bytes_without_paths_and_addresses(tmp_path):
    shows = "import sys; print(study, results_dir, object()); print('e', file=sys.stderr)"
    path = notebook(tmp_path / "notebooks", "01-a", shows, "import os\nos.getcwd()")
    source = path.read_bytes()
    first, second = execute(tmp_path, "one")[0], execute(tmp_path, "two")[0]
    text = first.executed.read_text()
    assert text == second.executed.read_text()
    assert str(tmp_path) not in text
    assert "papermill" not in json.loads(text)["metadata"]
    assert "../data/tiny results <object object at 0x0>" in outputs(first)
    assert path.read_bytes() == source, "the source notebook was changed"


@pytest.mark.parametrize("name", ["helpers", "cohortbook"])
def test_a_module_beside_a_notebook_takes_no_name_from_the_package(tmp_path, name):
    cell = "from cohortbook.formats import months\nprint(months.__module__)"
    path = notebook(tmp_path / "notebooks", "01-a", cell)
    path.with_name(f"{name}.py").write_text("raise ImportError('the wrong one')\n")
    (run,) = execute(tmp_path)
    assert outputs(run) == "cohortbook.formats\n"


def test_a_notebook_may_import_a_module_called_helpers_of_its_own(tmp_path):
    cell = "import sys; sys.path.insert(0, '.')\nfrom helpers import mine\nprint(mine())"
    path = notebook(tmp_path / "notebooks", "01-a", cell)
    path.with_name("helpers.py").write_text("def mine():\n    return 'mine'\n")
    (run,) = execute(tmp_path)
    assert outputs(run) == "mine\n"


def test_each_value_knows_the_cell_that_said_it(tmp_path):
    says = (
        "from pathlib import Path\nfrom cohortbook.results import ResultBook\n"
        "book = ResultBook('01-a', Path(results_dir))",
        "1 + 1",
        "#| label: tbl-x\nbook.quote(**{'one': 'x'})",
        "book.quote(two='y')",
    )
    notebook(tmp_path / "notebooks", "01-a", *says)
    (run,) = execute(tmp_path)
    cells = nbformat.read(run.executed, as_version=4).cells
    counts = json.loads((run.results / "01-a.cells.json").read_text())
    said = {
        name: next(c.source for c in cells if c.get("execution_count") == count)
        for name, count in counts.items()
    }
    assert said == {"one": says[2], "two": says[3]}


def test_several_run_at_once_in_a_fixed_environment(tmp_path):
    shows = "import os; print(os.environ['PYTHONHASHSEED'], os.environ['OMP_NUM_THREADS'], depth)"
    for name in ("01-a", "02-b"):
        notebook(tmp_path / "notebooks", name, shows, parameters=PARAMETERS + "depth = 1\n")
    events = []
    options = {"02-b": {"depth": 2}}
    runs = execute(tmp_path, workers=2, progress=lambda *event: events.append(event), **options)
    assert [outputs(run) for run in runs] == ["0 1 1\n", "0 1 2\n"]
    assert {event[0] for event in events[:2]} == {"01-a", "02-b"}
    assert sorted(events) == [(n, s) for n in ("01-a", "02-b") for s in ("done", "started")]


def raised(tmp_path, *cells):
    notebook(tmp_path / "notebooks", "01-a", *cells)
    with pytest.raises(NotebookError) as caught:
        execute(tmp_path)
    return str(caught.value)


def test_a_cell_that_raises_is_named_by_notebook_label_and_line(tmp_path):
    message = raised(tmp_path, "#| label: tbl-x\n# why\nx = 1\nx = x / 0\ny = 2\n")
    assert "01-a: cell [3] tbl-x, line 4 raised: x = x / 0" in message
    assert "ZeroDivisionError: division by zero" in message


def test_the_line_of_a_statement_over_several_lines_is_the_one_that_failed(tmp_path):
    assert "cell [3], line 3 raised: 1 / 0," in raised(tmp_path, "x = [\n 1,\n 1 / 0,\n 2]")


def test_a_line_that_is_no_python_is_named(tmp_path):
    assert "cell [3], line 2 raised: y = = 2" in raised(tmp_path, "x = 1\ny = = 2\nz = 3")


def test_a_function_of_another_cell_is_named_beside_the_line_that_called_it(tmp_path):
    message = raised(tmp_path, "def f():\n    a = 1\n    return a / 0", "b = 1\nf()")
    assert "cell [4], line 2 raised: f()" in message
    assert "division by zero (in cell [3], line 3)" in message


def test_a_module_of_the_study_is_named_beside_the_line_that_called_it(tmp_path):
    (tmp_path / "data" / "tiny").mkdir(parents=True)
    (tmp_path / "data" / "tiny" / "mylib.py").write_text("def f():\n    return 1 / 0\n")
    message = raised(tmp_path, "import sys\nsys.path.insert(0, study)\nimport mylib\nmylib.f()")
    assert "cell [3], line 4 raised: mylib.f()" in message
    assert "(in ../data/tiny/mylib.py, line 2)" in message


def test_an_error_inside_a_library_names_the_line_of_the_cell(tmp_path):
    message = raised(tmp_path, "import json\n\njson.loads('{')")
    assert "cell [3], line 3 raised: json.loads('{')" in message and ".py" not in message


def test_the_line_is_found_below_the_magic_of_a_cell(tmp_path):
    assert "cell [3], line 3 raised: 1 / 0" in raised(tmp_path, "%%time\nx = 1\n1 / 0")


def test_an_error_of_the_study_speaks_without_traceback(tmp_path):
    raises = (
        "from cohortbook.errors import Problem, StudyError\n"
        "raise StudyError([Problem('patients.csv', 'an age', 'Correct it.', row=3)])"
    )
    notebook(tmp_path / "notebooks", "01-a", raises)
    with pytest.raises(NotebookError) as caught:
        execute(tmp_path)
    assert "patients.csv, row 3: expected an age. Correct it." in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_notebook_with_nothing_to_do_ends_early_and_says_so(tmp_path):
    ends = "from cohortbook.session.book import NothingToDo\nraise NothingToDo('No events here.')"
    notebook(tmp_path / "notebooks", "01-a", ends, "1 / 0")
    run = execute(tmp_path)[0]
    assert outputs(run) == "No events here.\n"


def test_an_output_stored_in_the_source_never_passes_for_a_new_one(tmp_path):
    path = notebook(tmp_path / "notebooks", "01-a", "x = 1")
    stored = nbformat.read(path, as_version=4)
    stored.cells[-1].outputs = [nbformat.v4.new_output("stream", text="old")]
    nbformat.write(stored, path)
    assert outputs(execute(tmp_path)[0]) == ""


def test_a_kernel_that_dies_is_reported(tmp_path):
    notebook(tmp_path / "notebooks", "01-a", "import os; os._exit(1)")
    with pytest.raises(NotebookError, match=r"01-a: cell \[3\] ran.*\n  The kernel failed"):
        execute(tmp_path)


def test_an_interrupted_build_ends_its_kernels_at_once(tmp_path, monkeypatch):
    notebook(tmp_path / "notebooks", "01-a", "import time; time.sleep(600)")

    def interrupted(futures):
        time.sleep(4)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_stop_at_first_error", interrupted)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        execute(tmp_path)
    assert time.monotonic() - started < 30


def test_the_longest_notebook_goes_first(tmp_path):
    for name, length in (("01-a", 1), ("02-b", 30), ("03-c", 10)):
        notebook(tmp_path / "notebooks", name, "x = 1\n" * length)
    begun = []
    execute(tmp_path, workers=1, progress=lambda name, state: begun.append(name))
    assert list(dict.fromkeys(begun)) == ["02-b", "03-c", "01-a"]
