"""Builds do not depend on the machine's fonts, nor on what libraries say on stderr."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import nbformat
import pytest
from tiny import notebook, sentence_project

from cohortbook.build.notebooks.chatter import users_own
from cohortbook.build.notebooks.execute import Place, Run, run_notebooks
from cohortbook.build.notebooks.fonts import own_fonts
from cohortbook.build.notebooks.notebooks import find_notebooks

ROOT = Path(__file__).parents[1]
CELL = "/tmp/ipykernel_4711/1234567.py"
LIBRARY = "/x/lib/python3.11/site-packages/pandas/core/frame.py"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"{CELL}:2: UserWarning: mine\n  warnings.warn('mine')\n", "UserWarning: mine\n"),
        (f"{CELL}:2: UserWarning: one\ntwo\n  warn(x)\n", "UserWarning: one\ntwo\n"),
        (f"../data/tiny/own.py:3: RuntimeWarning: a\n  f()\n{LIBRARY}:1: FutureWarning: b\n  g()\n",
         "RuntimeWarning: a\n"),
        (f"{LIBRARY}:10: PerformanceWarning: slow\n  self._frame()\n", ""),
        (f"{LIBRARY}:1: FutureWarning: old\n{CELL}:1: UserWarning: mine\n  x\n",
         "UserWarning: mine\n"),
        (f"{json.__file__}:10: DeprecationWarning: old\n  x\n", ""),
        ("Matplotlib is building the font cache; this may take a moment.\n", ""),
        ("Fontconfig error: cannot load default config file\nfont 3 of x.ttf: bad table\n", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_of_stderr_only_the_words_of_the_users_code_are_kept(said, kept):
    assert users_own(said) == kept


def test_a_cell_that_writes_to_stderr_on_purpose_keeps_all_but_warnings_of_libraries():
    said = f"line\n{LIBRARY}:1: FutureWarning: old\n  x\nother\n"
    assert users_own(said, meant=True) == "line\nother\n"


def executed(tmp_path, *cells):
    notebook(tmp_path / "notebooks", "01-a", *cells)
    (tmp_path / "scratch").mkdir()
    runs = [Run(n, tmp_path / "run") for n in find_notebooks(tmp_path / "notebooks")]
    place = Place(tmp_path, "tiny", tmp_path / "scratch", tmp_path / "cache")
    run_notebooks(runs, place)
    return nbformat.read(runs[0].executed, as_version=4).cells[2:]


def test_what_a_library_writes_is_not_kept_and_a_warning_of_a_cell_is(tmp_path):
    """As a library in C does: to the file descriptor, or through logging."""
    (tmp_path / "talks.py").write_text(
        "import logging, os\nos.write(2, b'bad glyph table\\n')\n"
        "logging.getLogger('x').warning('font not saved')\n"
    )
    cells = executed(
        tmp_path,
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})",
        "import talks",
        "import warnings\nwarnings.warn('look here')",
        "print('said', file=sys.stderr)",
    )
    outputs = [[(o.name, o.text) for o in cell.outputs] for cell in cells[-3:]]
    assert outputs == [[], [("stdout", "UserWarning: look here\n")], [("stdout", "said\n")]]


def damaged_home(tmp_path):
    """A home whose font folder has damaged copies of a font that comes with matplotlib."""
    home, fonts = tmp_path / "home", Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    (home / ".fonts").mkdir(parents=True)
    whole = (fonts / "DejaVuSans.ttf").read_bytes()
    (home / ".fonts" / "half.ttf").write_bytes(whole[: len(whole) // 2])
    (home / ".fonts" / "zeros.ttf").write_bytes(whole[:2000] + bytes(38_000) + whole[40_000:])
    (home / ".fonts" / "no.ttf").write_bytes(b"no font")
    return home


def test_the_list_of_fonts_holds_none_of_the_machine(tmp_path, monkeypatch):
    """A damaged font that bears the name of ours might be taken for it."""
    monkeypatch.setenv("HOME", str(damaged_home(tmp_path)))
    own_fonts(tmp_path / "list")
    (made,) = (tmp_path / "list").glob("fontlist-*.json")
    listed = json.loads(made.read_text("utf-8"))
    names = [Path(font["fname"]).name for font in listed["ttflist"]]
    assert "DejaVuSans.ttf" in names
    assert not {"half.ttf", "zeros.ttf", "no.ttf"} & set(names)
    before = made.stat().st_mtime_ns
    own_fonts(tmp_path / "list")
    assert made.stat().st_mtime_ns == before, "it is made once"


SHOWS = """\
import matplotlib.pyplot as plt
from matplotlib.font_manager import fontManager, findfont
names = [f.fname.rpartition("/")[2] for f in fontManager.ttflist]
print(sorted(names))
print(plt.figure().savefig(results_dir + "/x.png"), findfont("DejaVu Sans").rpartition("/")[2])
"""


def test_a_report_is_the_same_with_damaged_fonts_in_the_home(tmp_path, monkeypatch):
    cells = []
    for name in ("plain", "damaged"):
        if name == "damaged":
            monkeypatch.setenv("HOME", str(damaged_home(tmp_path)))
        (tmp_path / name).mkdir()
        cells.append(executed(tmp_path / name, SHOWS))
    assert cells[0] == cells[1]
    assert "zeros.ttf" not in str(cells)
    assert "None DejaVuSans.ttf" in str(cells)


def test_stored_outputs_are_compared_without_stderr(tmp_path):
    """A library that talks fails no notebook test, also in a home with damaged fonts."""
    root = sentence_project(tmp_path / "project")
    talks = "import os, time\nprint('kept')\nos.write(2, b'chatter\\n')\ntime.sleep(0.2);"
    path = notebook(root / "notebooks", "01-first", talks)
    stored = nbformat.read(path, as_version=4)
    for count, cell in enumerate(stored.cells[1:], start=1):
        cell.execution_count = count
    stored.cells[-1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="kept\n")]
    nbformat.write(stored, path)
    shutil.copyfile(ROOT / "conftest.py", root / "conftest.py")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--nbval",
            "--nbval-current-env",
            "-p",
            "no:cacheprovider",
            "-q",
            "notebooks",
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(damaged_home(tmp_path))},
    )
    assert done.returncode == 0, done.stdout
