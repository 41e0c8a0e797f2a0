"""`cohortbook test`: what notebooks found is stored, compared, and each difference named."""

import json
import shutil
import sys

import pytest
from test_own_parts import SHOWN, add_notebook, sectioned

from cohortbook.build.notebooks.expected import as_text, differences, same
from cohortbook.build.regression import compare_study
from cohortbook.build.report import Request, Watcher
from cohortbook.cli import main as cli
from cohortbook.errors import CohortbookError

CELLS = (
    "from cohortbook import km\nfound = book.save('km', km(cohort))\nfound",
    SHOWN,
    "book.say(summary=f'There are {len(cohort)} patients.')",
    "import pandas as pd\npd.DataFrame({'level': ['a', 'b'], 'n': [4, 2]})",
    "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [3, 1])\nplt.show()",
    "# NBVAL_IGNORE_OUTPUT\nimport time\nprint(time.time())",
    "print('depth', 1)",
)


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A study with a notebook of its own, tested once."""
    root = sectioned(tmp_path_factory.mktemp("expected") / "project", "print('ours')")
    study = root / "data" / "tiny"
    add_notebook(study, "08-mine", *CELLS, front="after: survival")
    return root, study, compare(root, study)


@pytest.fixture
def place(once, tmp_path):
    """A copy of it, with what is kept of its runs."""
    root = shutil.copytree(once[0], tmp_path / "project")
    return root, root / "data" / "tiny"


def compare(root, study, accept=False, **options):
    return compare_study(Request(study, root, **options), accept, Watcher())


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def lines(outcome):
    return [(d.notebook, d.what, d.before, d.after) for d in outcome.differences]


def test_the_first_time_all_is_stored_in_the_study_folder(once):
    _, study, outcome = once
    assert outcome.stored == ["01-first", "02-second", "08-mine"]
    assert (outcome.compared, outcome.differences, outcome.ignored) == ([], [], 1)
    stored = json.loads((study / "expected" / "08-mine.json").read_text("utf-8"))
    assert stored["values"]["summary"]["says"] == "There are 6 patients."
    # each median and number of events of the six patients is there, and the points of the line
    assert any("median" in row for row in stored["frames"]["km"]["rows"])
    assert [row for row in stored["figures"]["fig-own"]["rows"] if ",line," in row] == [
        "0,0,line,0,1.0,4.0,",
        "0,0,line,1,2.0,5.0,",
        "0,0,line,2,3.0,9.0,",
    ]
    assert "/tmp" not in (study / "expected" / "08-mine.json").read_text("utf-8")


def test_nothing_is_said_to_have_changed_when_nothing_has(place):
    outcome = compare(*place)
    assert outcome.differences == [] and outcome.stored == []
    assert outcome.compared == ["01-first", "02-second", "08-mine"]


def test_it_is_stable_under_another_machine(place, monkeypatch):
    workers = 3  # `tools/stable_tests.py` tries others
    for name, value in {
        "LC_ALL": "de_DE.UTF-8", "LANG": "tr_TR.UTF-8", "LC_NUMERIC": "de_DE.UTF-8",
        "TZ": "Asia/Tokyo", "PYTHONHASHSEED": str(workers), "COLUMNS": "31", "LINES": "9",
        "OMP_NUM_THREADS": "4", "TERM": "dumb", "FORCE_COLOR": "1", "MPLBACKEND": "svg",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    root, study = place
    before = {p.name: p.read_bytes() for p in (study / "expected").iterdir()}
    assert compare(root, study, fresh=True, workers=workers).differences == []
    compare(root, study, accept=True, fresh=True, workers=workers)
    assert {p.name: p.read_bytes() for p in (study / "expected").iterdir()} == before


def test_a_changed_patient_is_told_as_notebook_cell_before_and_after(place):
    root, study = place
    edit(study / "patients.csv", "6,B,75,18,0", "6,B,75,18,1")
    found = lines(compare(root, study))
    assert {notebook for notebook, *_ in found} == {"08-mine"}
    events = [one for one in found if "overall/events, estimate" in one[1]]
    # of six patients three had died, and now four
    assert events[0][2:] == ("3.0", "4.0")
    (cell,) = {d.cell for d in compare(root, study).differences if "saved as km" in d.what}
    assert cell == "cell [4], found"


@pytest.mark.parametrize(
    ("old", "new", "what", "before", "after"),
    [
        ("[4, 5, 9]", "[4, 6, 9]", "data behind fig-own, row 2, y", "5.0", "6.0"),
        ("Mine.", "Yours.", "caption", "Mine.", "Yours."),
        ("There are", "I count", "quoted as summary", "There are 6 patients.", "I count 6 pa"),
        ("'n': [4, 2]", "'n': [4, 3]", "table, row 3 (1), column n", "2", "3"),
        ("print('depth', 1)", "print('depth', 2)", "text", "depth 1", "depth 2"),
        ("[3, 1])", "[3, 2])", "text", "<Figure size", "<Figure size"),  # digest of the bars
    ],
)
def test_each_kind_of_change_is_named(place, old, new, what, before, after):
    root, study = place
    path = study / "notebooks" / "08-mine.ipynb"
    edit(path, old, new)
    found = lines(compare(root, study))
    assert any(
        (one[0], one[1]) == ("08-mine", what)
        and one[2].startswith(before)
        and one[3].startswith(after)
        for one in found
    ), found
    assert len(found) <= 2


def test_accept_stores_what_is_found_now(place):
    root, study = place
    edit(study / "notebooks" / "08-mine.ipynb", "print('depth', 1)", "print('depth', 2)")
    outcome = compare(root, study, accept=True)
    assert outcome.stored == ["08-mine"] and outcome.differences == []
    assert compare(root, study).differences == []


def test_a_new_notebook_is_stored_and_one_that_is_gone_is_a_difference(place):
    root, study = place
    (study / "notebooks" / "08-mine.ipynb").rename(study / "08-mine.txt")
    add_notebook(study, "09-other", "print(2)")
    outcome = compare(root, study)
    assert outcome.stored == ["09-other"]
    assert lines(outcome) == [("08-mine", "the notebook", "was run", "is not run any more")]
    compare(root, study, accept=True)
    assert not (study / "expected" / "08-mine.json").exists()


def test_an_edited_copy_of_ours_is_compared_as_ours_was(place):
    root, study = place
    shutil.copyfile(root / "notebooks" / "01-first.ipynb", study / "notebooks" / "01-first.ipynb")
    edit(study / "notebooks" / "01-first.ipynb", "print('ours')", "print('mine')")
    assert lines(compare(root, study)) == [("01-first", "text", "ours", "mine")]


def test_what_fails_leaves_what_is_stored(place):
    root, study = place
    before = (study / "expected" / "08-mine.json").read_bytes()
    edit(study / "notebooks" / "08-mine.ipynb", "print('depth', 1)", "1 / 0")
    with pytest.raises(CohortbookError, match=r"08-mine: cell \[10\].*1 / 0"):
        compare(root, study, accept=True)
    assert (study / "expected" / "08-mine.json").read_bytes() == before


def test_a_file_that_is_not_what_was_stored_is_named(place):
    root, study = place
    (study / "expected" / "01-first.json").write_text("<<<<<<< ours\n")
    with pytest.raises(CohortbookError, match=r"expected/01-first\.json: This is not what"):
        compare(root, study)


def test_what_is_stored_does_not_run_a_notebook_or_build_a_report_again(place):
    from cohortbook.build.notebooks.named import may_read
    from cohortbook.build.notebooks.notebooks import Notebook
    from cohortbook.build.unchanged import inputs

    root, study = place
    found = may_read(Notebook(study / "notebooks" / "08-mine.ipynb"), study)
    assert "patients.csv" in found and not any(name.startswith("expected") for name in found)
    assert not any("expected/" in name for name in inputs(Request(study, root)))


def test_the_command_ends_with_1_where_something_differs(place, monkeypatch, capsys):
    root, study = place
    monkeypatch.setattr("cohortbook.build.request.project_root", lambda: root)
    edit(study / "notebooks" / "08-mine.ipynb", "print('depth', 1)", "print('depth', 2)")

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["cohortbook", "test", str(study), *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capsys.readouterr().out

    code, said = run()
    assert code == 1
    assert (
        "08-mine, cell [10], print('depth', 2): text\n  before: depth 1\n  after:  depth 2" in said
    )
    assert "1 difference. Where they are meant: cohortbook test" in said
    code, said = run("--accept")
    assert code == 0 and ": 08-mine." in said
    assert run()[0] == 0


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("1.0", "1", True),
        ("0.1", "0.10000000000001", True),
        ("0.1", "0.1000001", False),
        ("nan", "nan", True),
        ("", "0", False),
        ("inf", "inf", True),
        ("a", "A", False),
        ("1e-300", "0", True),
    ],
)
def test_numbers_are_equal_but_for_rounding(one, other, equal):
    assert same(one, other) is equal


def test_a_row_more_of_tidy_results_does_not_move_the_others():
    from cohortbook.results import COLUMNS

    rows = [f"survival,os,all,,,{g},median,{n},,,,,,," for g, n in (("a", 1), ("c", 3))]
    more = [rows[0], "survival,os,all,,,b,median,2,,,,,,,", rows[1]]

    def stored(lines):
        frame = {"cell": "cell [1]", "columns": COLUMNS, "rows": lines}
        return {"cells": {}, "frames": {"x": frame}, "figures": {}, "values": {}}

    (found,) = differences("n", stored(rows), stored(more))
    assert found.what == "saved as x, survival/os/all/b/median" and found.before == "(nothing)"
    assert differences("n", json.loads(as_text(stored(rows))), stored(rows)) == []
