"""Builds killed at random moments: nothing is left of them, and nothing of a report is lost.

A small part of what `tools/kill_builds.py` does.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import kill_builds
from cohortbook.build.files.leftovers import building
from cohortbook.errors import CohortbookError
from cohortbook.intake.create import create_study
from cohortbook.processes import run
from cohortbook.scratch import clear_abandoned, scratch_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
PATIENCE = 20  # seconds: a machine that runs tests is busy


@pytest.mark.build
def test_killed_builds_leave_nothing_and_lose_nothing(tmp_path, capsys):
    count = kill_builds.kill_builds(5, seed=5, folder=tmp_path, patience=PATIENCE)
    assert count["faults"] == 0, capsys.readouterr().out
    assert count["builds to the end"] > 0


def until(there, process):
    """Wait until something is so, or the process has ended; say whether it is."""
    end = time.monotonic() + 3 * PATIENCE
    while not (found := there()) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    return found


STAGES = {
    "before anything": "begun",
    "while it reads": "Running",
    "while a cell runs": "Running",
    "while pandoc runs": "Rendering",
}


@pytest.mark.build
@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c_ends_a_build_and_its_programs_at_every_stage(tmp_path, stage, monkeypatch):
    says = "obey_signals()\nprint('begun', file=sys.stderr, flush=True)\n"
    begun = kill_builds.START.replace("obey_signals()\n", says)
    monkeypatch.setattr(kill_builds, "START", begun)
    busy = tmp_path / "busy"
    cell = f"open({str(busy)!r}, 'w').close()\nimport time\ntime.sleep({{0}})"
    cell = cell.format(600 if stage == "while a cell runs" else 0)
    (tmp_path / "tmp").mkdir()
    field = kill_builds.Field(
        kill_builds.sentence_project(tmp_path / "project", cell), tmp_path / "tmp"
    )
    process = field.start()
    assert any(line.startswith(STAGES[stage]) for line in process.stderr)
    if stage == "while a cell runs":
        assert until(busy.exists, process)
    if stage == "while pandoc runs":
        assert until(lambda: any("pandoc" in name for name in field.alive()), process)
    os.kill(process.pid, signal.SIGINT)  # not to its group: a terminal's Ctrl-C is easier
    _, said = process.communicate(timeout=3 * PATIENCE)
    assert (process.returncode, "Stopped" in said, "Traceback" in said) == (130, True, False), said
    assert all(gone(int(one.split()[0])) for one in field.alive())
    assert not field.out.exists()


def started(code, *words, **more):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True, **more,
    )  # fmt: skip


def gone(pid, within=PATIENCE):
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


# a program that starts another, as Quarto does, and tells both their numbers
RUNS = """
import sys
from cohortbook.processes import obey_signals, run
obey_signals()
run(["sh", "-c", "sleep 600 & echo $! $$ > $0; wait", sys.argv[1]])
"""


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_programs_and_what_they_started_die_with_the_build(tmp_path, sent):
    process = started(RUNS, tmp_path / "pids")
    while not (tmp_path / "pids").is_file() or not (tmp_path / "pids").read_text().strip():
        time.sleep(0.02)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    os.kill(process.pid, sent)
    process.communicate()
    assert process.returncode == (-sent if sent == signal.SIGKILL else 128 + sent)
    assert all(gone(pid) for pid in pids)


# each is busy in another way when the signal comes; none gives Python's handlers a chance soon
BUSY = {
    "in C": "hashlib.pbkdf2_hmac('sha256', b'x', b'y', 80_000_000)",
    "in a thread that is waited for": "pool.submit(time.sleep, 600); pool.shutdown()",
    "swallowing every exception": "swallow()",
    "at a question": "input('Which arm? ')",
}
STOPS = """
import hashlib, sys, time
from concurrent.futures import ThreadPoolExecutor
from cohortbook.processes import obey_signals
def swallow():
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it
pool = ThreadPoolExecutor(1)
obey_signals()
print("ready", flush=True)
"""


@pytest.mark.parametrize("busy", BUSY.values(), ids=BUSY)
def test_ctrl_c_is_obeyed_whatever_is_being_done(busy):
    process = started(STOPS + busy, stdin=subprocess.PIPE)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGINT)
    process.wait(timeout=60)
    said = process.communicate()[1]
    assert (process.returncode, said) == (130, "Stopped.\n")


def test_a_signal_that_was_ignored_stays_ignored():
    ignores = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    process = started(ignores + STOPS + "time.sleep(1); print('done')")
    process.stdout.readline()
    os.kill(process.pid, signal.SIGHUP)
    assert process.communicate()[0] == "done\n"
    assert process.returncode == 0


def test_a_program_is_given_its_input_and_its_end_and_words_are_ours(tmp_path):
    (tmp_path / "in.txt").write_text("患者\n", encoding="utf-8")
    done = run(["sh", "-c", "cat; echo no >&2; exit 7"], stdin=tmp_path / "in.txt")
    assert (done.returncode, done.stdout, done.stderr) == (7, "患者\n", "no\n")
    assert run(["cat"]).stdout == ""
    assert run(["printf", "%s|", "a b", "$(x)", "'"]).stdout == "a b|$(x)|'|"
    with pytest.raises(FileNotFoundError):
        run(["no-such-program-here"])


def test_a_program_that_takes_too_long_is_ended_with_what_it_started(tmp_path):
    with pytest.raises(subprocess.TimeoutExpired):
        run(["sh", "-c", f"sleep 600 & echo $! > {tmp_path}/pid; wait"], timeout=1)
    assert gone(int((tmp_path / "pid").read_text()))


OWNS = """
import sys, time
from pathlib import Path
from cohortbook.scratch import scratch_folder
with scratch_folder(parent=Path(sys.argv[1])) as folder:
    print(folder, flush=True)
    time.sleep(600)
"""


def test_only_what_a_dead_owner_left_is_cleared(tmp_path):
    dead, living = started(OWNS, tmp_path), started(OWNS, tmp_path)
    left, used = (Path(p.stdout.readline().strip()) for p in (dead, living))
    (tmp_path / "cohortbook-notes").mkdir()
    (tmp_path / "cohortbook-notes" / "mine.txt").write_text("of somebody else")
    dead.kill()
    dead.communicate()
    with scratch_folder(parent=tmp_path) as ours:
        clear_abandoned(parent=tmp_path)
        assert not left.exists()
        assert used.is_dir() and ours.is_dir()
    assert (tmp_path / "cohortbook-notes" / "mine.txt").is_file()
    assert not ours.exists()
    living.kill()
    living.communicate()


def test_what_lies_in_the_project_is_cleared_while_nobody_else_builds(tmp_path):
    runs = tmp_path / ".cache" / "notebooks" / "runs"
    work = tmp_path / "_build" / "tiny-0123abcd-x1y2z3"
    kept = [runs / name for name in (".new-a", ".old-b", "whole")]
    for folder in (work, *kept, tmp_path / "_build" / "failed"):
        folder.mkdir(parents=True)
    with building(tmp_path):
        assert not work.exists()
        assert {p.name for p in runs.iterdir()} == {"whole"}
        assert (tmp_path / "_build" / "failed").is_dir()
        work.mkdir()
        with building(tmp_path):
            assert work.is_dir(), "another build is alive"


def test_a_kept_run_that_is_dropped_leaves_no_half_of_it(tmp_path, monkeypatch):
    """Killed while it removes one, a build must not leave it under its name."""
    from cohortbook.build.notebooks import cache

    folder = tmp_path / "runs" / "key"
    folder.mkdir(parents=True)
    monkeypatch.setattr(cache.shutil, "rmtree", lambda *_given, **_more: None)
    cache.Cache(tmp_path).forget("key")
    assert not folder.exists()


def test_a_killed_new_leaves_no_patients_behind(tmp_path):
    left = tmp_path / ".new-abc"
    left.mkdir()
    (left / ".owner").touch()
    (left / "patients.csv").write_text("id\n1\n")
    (tmp_path / "export.csv").write_text("id,arm\n1,A\n2,B\n")
    with contextlib.suppress(CohortbookError):
        create_study(tmp_path / "study", [tmp_path / "export.csv"])
    assert not left.exists()
