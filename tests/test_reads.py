"""What a notebook opened while it ran decides whether it is run again, whatever the kind."""

import json
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest
from tiny import WRITES, notebook, project

from cohortbook.build import report, unchanged
from cohortbook.build.notebooks.named import closed, may_read
from cohortbook.build.notebooks.notebooks import Notebook
from cohortbook.build.notebooks.reads import NEVER, Around, changed, settled
from cohortbook.build.report import Request, build

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(autouse=True)
def renderer(monkeypatch):
    """Documents are words: only who ran is looked at."""

    def fake(_project, out, _renderer="auto", formats=(), *_more):
        paths = [out / f"report.{kind}" for kind in formats]
        for path in paths:
            path.write_text("report")
        return SimpleNamespace(paths=paths, renderer="pandoc", version="1", said=())

    monkeypatch.setattr(report, "render", fake)
    monkeypatch.setattr(report, "check_figures", lambda *_given: [])
    monkeypatch.setenv("COHORT_TEST_WORD", "one")


SETUP = "import os, sys, glob, subprocess, pathlib\nfolder = pathlib.Path(study)\n"
KINDS = {
    "open": "open(folder / 'extra.csv').read()",
    "pandas": "import pandas; pandas.read_csv(folder / 'extra.csv')",
    "descriptor": "os.read(os.open(folder / 'extra.csv', os.O_RDONLY), 9)",
    "outside": "open(folder / '..' / 'outside.csv').read()",
    "outside named to C": "import pyarrow.csv; pyarrow.csv.read_csv('../data/outside.csv')",
    "outside by pattern": "import duckdb; duckdb.sql(\"from '../data/out*.csv'\").fetchall()",
    "C": "import pyarrow.csv; pyarrow.csv.read_csv(str(folder / 'extra.csv'))",
    "program": "print(subprocess.check_output(['cat', str(folder / 'extra.csv')]))",
    "shell": "!cat {study}/extra.csv",
    "hidden": "open(folder / '.hidden').read()",
    "module": "sys.path.insert(0, study)\nimport mylib",
    "module of a module": "sys.path.insert(0, study)\nimport package.part",
    "import by name": "import importlib\nsys.path.insert(0, study)\n"
    "importlib.import_module('my' + 'lib')",
    "listing": "os.listdir(folder / 'sub')",
    "glob": "glob.glob(str(folder / 'sub' / '*.csv'))",
    "pathlib": "list((folder / 'sub').iterdir())",
    "absent": "try: open(folder.parent / 'later.csv')\nexcept OSError: pass",
    "not there": "(folder.parent / 'later.csv').exists()",
    "variable": "os.environ['COHORT_TEST_WORD']",
    "getenv": "os.getenv('COHORT_' + 'TEST_WORD')",
    "database": "import sqlite3; sqlite3.connect(folder.parent / 'outside.db').close()",
}
CHANGES = {
    "extra.csv": ("extra.csv", "program", "shell", "C", "open", "pandas", "descriptor"),
    "../outside.csv": ("outside", "outside named to C", "outside by pattern"),
    ".hidden": ("hidden",),
    "mylib.py": ("module", "import by name"),
    "package/part.py": ("module of a module",),
    "sub/new.csv": ("listing", "glob", "pathlib"),
    "../later.csv": ("absent", "not there"),
    "../outside.db": ("database",),
}


def study_of(root):
    study = root / "data" / "tiny"
    (study / "sub").mkdir()
    (study / "package").mkdir()
    for name in ("extra.csv", "../outside.csv", ".hidden", "../outside.db"):
        (study / name).write_text("a,b\n1,2\n" if name.endswith("csv") else "")
    for name in ("mylib.py", "package/part.py"):
        (study / name).write_text("x = 1\n")
    return study


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A project with one notebook a kind, built once."""
    root = project(tmp_path_factory.mktemp("reads") / "project", WRITES)
    study = study_of(root)
    for number, (kind, code) in enumerate(KINDS.items(), 3):
        name = f"{number:02d}-{kind.replace(' ', '-')}"
        notebook(root / "notebooks", name, SETUP, code)
    return root, study


def reasons(root, study):
    return build(Request(study, root)).reasons


def test_what_was_opened_is_noticed_whatever_the_kind(built, monkeypatch):
    root, study = built
    first = reasons(root, study)
    names = {kind: f"{number:02d}-{kind.replace(' ', '-')}" for number, kind in enumerate(KINDS, 3)}
    assert all(first.values())
    second = reasons(root, study)
    assert {name: why for name, why in second.items() if why} == {}, "nothing has changed"
    assert unchanged.published(Request(study, root))

    for file in CHANGES:  # each alone is a reason to build again, and undone it is none
        with changed_file(study / file):
            assert unchanged.published(Request(study, root)) is None, file
        assert unchanged.published(Request(study, root)), file
    monkeypatch.setenv("COHORT_TEST_WORD", "two")
    assert unchanged.published(Request(study, root)) is None

    with ExitStack() as changes:
        for file in CHANGES:
            changes.enter_context(changed_file(study / file))
        ran = reasons(root, study)
    for file, kinds in CHANGES.items():
        for kind in kinds:
            if kind in names:
                assert file.removeprefix("../") in ran[names[kind]], (file, kind)
    for kind, why in ((kind, ran[name]) for kind, name in names.items()):
        assert ("COHORT_TEST_WORD" in why) == (kind in ("variable", "getenv")), (kind, why)
    assert ran["02-second"] == "", "which opens nothing"


@contextmanager
def changed_file(path):
    """Change a file, or make it, as long as the block lasts."""
    before = path.read_text() if path.exists() else None
    path.write_text((before or "") + ("# 3,4\n" if before is not None else ""))
    yield
    path.unlink() if before is None else path.write_text(before)


def around(tmp_path):
    return Around(tmp_path / "study", tmp_path / "study" / "out")


def test_a_file_that_changed_while_the_notebook_ran_is_not_known(tmp_path):
    (tmp_path / "study").mkdir()
    file = tmp_path / "study" / "a.csv"
    file.write_text("one")
    seen = file.stat()
    record = {"file": {str(file): [seen.st_mtime_ns, seen.st_size]}}
    (tmp_path / "opened.json").write_text(json.dumps(record))
    reads = settled(tmp_path, around(tmp_path))
    assert list(reads) == ["file a.csv"] and changed(reads, around(tmp_path)) == []
    file.write_text("longer")
    assert changed(reads, around(tmp_path)) == ["file a.csv"]
    assert settled(tmp_path, around(tmp_path)) is None


def test_what_comes_through_the_network_is_never_known(tmp_path):
    (tmp_path / "opened.json").write_text('{"network": {"10.0.0.1:80": null}}')
    reads = settled(tmp_path, around(tmp_path))
    assert reads == {"network 10.0.0.1:80": NEVER}
    assert changed(reads, around(tmp_path)) == ["network 10.0.0.1:80"]


def test_a_study_that_was_moved_is_looked_at_where_it_is(tmp_path):
    for name in ("study", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").write_text(name)
    reads = {"file a.csv": around(tmp_path).now("file a.csv")}
    moved = Around(tmp_path / "other", tmp_path / "out")
    assert changed(reads, around(tmp_path)) == [] and changed(reads, moved) == ["file a.csv"]


CELLS = {
    "from cohortbook import start\ncohort, book = start('a', study, results_dir)": True,
    "book.say(x='open')": True,
    "import pandas as pd": False,
    "from pathlib import Path": False,
    "open('x')": False,
    "from cohortbook.cohort.readers import read_table": False,
    "from cohortbook.cohort.cohort import load_cohort": False,
    "from cohortbook.session.book import pd": False,
    "%run other.ipynb": False,
    "!cat extra.csv": False,
    "().__class__": False,
}


@pytest.mark.parametrize("code", CELLS)
def test_only_a_notebook_that_calls_this_package_alone_reads_nothing_else(tmp_path, code):
    found = Notebook(notebook(tmp_path / "notebooks", "01-a", code))
    assert closed(found) is CELLS[code]
    study = tmp_path / "study"
    study.mkdir()
    (study / "extra.csv").write_text("")
    assert bool(may_read(found, study)) is not CELLS[code]
