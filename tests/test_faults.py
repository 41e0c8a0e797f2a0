"""Faults put into real builds: the last report stays whole, the message says why, the next resumes.

Each build is a process of its own, so that it can be killed, starved of memory or of disk.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny import contents, notebook, project, sentence_project

pytestmark = pytest.mark.skipif(os.name != "posix", reason="uses POSIX signals and limits")

# what stands before the build may put a fault into it
BUILD = """
import sys
from pathlib import Path
from cohortbook.build import report
from cohortbook.build.files import publish
from cohortbook.build.output import exports
from cohortbook.errors import CohortbookError
root = Path(sys.argv[1])
def die(*_given): import os, signal; os.kill(os.getpid(), signal.SIGKILL)
def full(*_given): raise OSError(28, "No space left on device", "report.html")
{fault}
request = report.Request(
    root / "data" / "tiny", root, renderer="pandoc", formats=("html",), workers=1,
    settings=dict(pair.split("=") for pair in sys.argv[2:]),
)
names = []
try:
    report.build(request, report.Watcher(plan=names.extend))
except CohortbookError as error:
    print(error, file=sys.stderr)
    sys.exit(1)
finally:
    print(" ".join(names))
"""
# no kernel is started: the notebooks are "run" by copying them
NO_KERNELS = """
import contextlib, shutil
def copy(runs, _place, _workers, progress, _template):
    for run in runs:
        progress(run.notebook.name, "started")
        run.results.mkdir(parents=True)
        shutil.copyfile(run.notebook.path, run.executed)
        progress(run.notebook.name, "done")
report.run_notebooks = copy
report.prepared = lambda *_given: contextlib.nullcontext()
"""


def start(root, fault="", *settings):
    command = [sys.executable, "-c", BUILD.replace("{fault}", fault), root, *settings]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process):
    out, err = process.communicate(timeout=300)
    return process.returncode, out.split(), err


def ran(root, fault="", *settings):
    """Build in a process; give its exit code, the notebooks that ran, and what it said."""
    return end(start(root, fault, *settings))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A project of two notebooks with a report; tests work on copies of it."""
    root = sentence_project(tmp_path_factory.mktemp("faults") / "project", "print(1)")
    notebook(root / "notebooks", "02-second", "print(2)")
    code, names, err = ran(root, NO_KERNELS)
    assert (code, names) == (0, ["01-first", "02-second"]), err
    return root


@pytest.fixture
def root(finished, tmp_path):
    """The finished project, with a change that makes both notebooks run again."""
    root = shutil.copytree(finished, tmp_path / "project", symlinks=True)
    note = root / "_output" / ".tiny.study.json"
    note.write_text(json.dumps({"study": str(root / "data" / "tiny")}))
    path = root / "data" / "tiny" / "patients.csv"
    path.write_text(path.read_text().replace("6,B,75", "6,B,76"))
    return root


MOMENTS = {
    "while notebooks run": "inner = report.run_notebooks\n"
    "def half(runs, place, workers, progress, template):\n"
    "    inner(runs[:1], place, workers, progress, template); die()\n"
    "report.run_notebooks = half",
    "while tables are written": "exports.export_tables = {how}",
    "while documents are rendered": "report.render = {how}",
    "before the new folder is in its place": "report.publish = {how}",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_build_killed_at_any_moment_leaves_the_last_report_and_the_next_resumes(root, moment):
    out = root / "_output" / "tiny"
    before = contents(out)
    code, _, _ = ran(root, NO_KERNELS + MOMENTS[moment].format(how="die"))
    assert code == -signal.SIGKILL
    assert contents(out) == before
    code, names, err = ran(root, NO_KERNELS)
    assert code == 0, err
    # what was finished before the kill is not run again
    assert names == (["02-second"] if moment == "while notebooks run" else [])
    assert contents(out) != before
    assert [p.name for p in (root / "_output").iterdir() if ".new-" in p.name] == []


def test_a_build_killed_right_after_the_exchange_leaves_the_new_report_whole(root):
    out = root / "_output" / "tiny"
    exchange = "inner = publish._swap\npublish._swap = lambda a, b: (inner(a, b), die())"
    assert ran(root, NO_KERNELS + exchange)[0] == -signal.SIGKILL
    made = contents(out)
    code, names, err = ran(root, NO_KERNELS)
    assert (code, names) == (0, []), err
    assert contents(out) == made


@pytest.mark.parametrize(
    "moment", ["while tables are written", "before the new folder is in its place"]
)
def test_a_full_disk_is_a_message_and_the_last_report_stays(root, moment):
    out = root / "_output" / "tiny"
    before = contents(out)
    code, _, err = ran(root, NO_KERNELS + MOMENTS[moment].format(how="full"))
    assert code == 1
    assert "No space left on device" in err
    assert "last finished report is unchanged" in err
    assert "Traceback" not in err
    assert contents(out) == before
    assert ran(root, NO_KERNELS)[:2] == (0, [])


def test_a_file_that_cannot_grow_is_a_message_too(root):
    """A limit of the system and not of the test: nothing larger than 2 kB can be written."""
    before = contents(root / "_output" / "tiny")
    limit = (
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
    )
    code, _, err = ran(root, NO_KERNELS + limit)
    assert code == 1
    assert "Traceback" not in err
    assert "File too large" in err
    assert contents(root / "_output" / "tiny") == before


def test_a_fault_after_the_report_is_in_its_place_says_so(root):
    before = contents(root / "_output" / "tiny")
    code, _, err = ran(root, NO_KERNELS + "report._publish_at_root = full")
    assert code == 1
    assert "The new report is in its place" in err
    assert contents(root / "_output" / "tiny") != before


HUNGRY = """\
#| label: tbl-hungry
import resource
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**26, used + 2**26))
table = bytearray(2**30)
"""
KILLED = "#| label: tbl-killed\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("cell", "said"),
    [(HUNGRY, "MemoryError"), (KILLED, "died"), ("#| label: tbl-wrong\n1 / 0", "ZeroDivision")],
)
def test_a_notebook_that_fails_is_named_with_its_cell_and_the_others_are_kept(root, cell, said):
    before = contents(root / "_output" / "tiny")
    # as a kernel's own threads say what they met
    noise = "import sys\nprint('Traceback of a thread', file=sys.__stderr__, flush=True)"
    notebook(root / "notebooks", "02-second", noise, cell)
    code, names, err = ran(root)
    assert (code, names) == (1, ["01-first", "02-second"])
    label = cell.splitlines()[0].removeprefix("#| label: ")
    assert "02-second" in err
    assert label in err
    assert said in err
    assert "Traceback" not in err
    assert contents(root / "_output" / "tiny") == before
    notebook(root / "notebooks", "02-second", "print('mended')")
    code, names, err = ran(root, NO_KERNELS)
    assert (code, names) == (0, ["02-second"]), err


def test_a_missing_renderer_is_a_message_before_anything_runs(root):
    before = contents(root / "_output" / "tiny")
    missing = (
        "import os; os.environ['PATH'] = ''\nrequest_type = report.Request\n"
        "report.Request = lambda *a, **k: request_type(*a, **{**k, 'renderer': 'quarto'})"
    )
    code, names, err = ran(root, NO_KERNELS + missing)
    assert (code, names) == (1, [])
    assert "not installed" in err
    assert contents(root / "_output" / "tiny") == before


def test_two_builds_at_once_do_not_mix(tmp_path):
    """Both are finished, one after the other; what stands is one of them, whole."""
    writes = (
        "import pathlib\npathlib.Path(results_dir, '01-first.values.json').write_text("
        '\'{"n": "%s"}\' % word)'
    )
    root = sentence_project(tmp_path / "project", writes)
    alone = {}
    for word in ("one", "two"):
        assert ran(root, "", f"word={word}")[0] == 0
        alone[word] = contents(root / "_output" / "tiny")
    shutil.rmtree(root / ".cache")
    both = [start(root, "", f"word={word}") for word in alone]
    assert [end(process)[0] for process in both] == [0, 0]
    assert contents(root / "_output" / "tiny") in alone.values()


def test_a_killed_build_leaves_no_kernel_behind(tmp_path):
    root = project(
        tmp_path / "project",
        f"import os, time; open({str(tmp_path / 'pid')!r}, 'w')"
        ".write(str(os.getpid())); time.sleep(600)",
    )
    process = start(root)
    note, limit = tmp_path / "pid", time.monotonic() + 120
    while not (note.is_file() and note.read_text()) and time.monotonic() < limit:
        time.sleep(0.1)
    process.kill()
    process.communicate()
    kernel = int(note.read_text())
    while _runs(kernel) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not _runs(kernel)


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # a process that has ended and that nobody has asked about is still listed
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
