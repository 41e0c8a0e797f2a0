"""A terminal sees a bar that names the notebooks; a log gets one line an event."""

import io
import time

from rich.console import Console

from cohortbook.build import heartbeat
from cohortbook.build.progress import watching


def follow(watcher):
    watcher.plan(["01-cohort", "02-response"])
    watcher.notebook("01-cohort", "started")
    watcher.notebook("02-response", "started")
    watcher.notebook("01-cohort", "done")
    watcher.notebook("02-response", "done")
    watcher.tell("Rendering.")


def test_a_terminal_sees_the_names_of_those_that_run():
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=100)
    with watching(console) as watcher:
        watcher.plan(["01-cohort"])
        watcher.notebook("01-cohort", "started")
    assert "01-cohort" in shown.getvalue()


def test_a_bar_that_is_interrupted_leaves_the_terminal_whole():
    console = Console(file=io.StringIO(), force_terminal=True)
    try:
        with watching(console) as watcher:
            follow(watcher)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert not console._live_stack


def test_a_log_gets_plain_lines(capsys):
    with watching(Console(file=io.StringIO(), force_terminal=False)) as watcher:
        follow(watcher)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Running 2 notebooks: 01-cohort, 02-response."
    assert lines[1].startswith("  01-cohort done in ")
    assert lines[-1] == "Rendering."


def test_nothing_to_run_says_nothing(capsys):
    with watching(Console(file=io.StringIO(), force_terminal=False)) as watcher:
        watcher.plan([])
    assert capsys.readouterr().err == ""


def test_no_step_is_silent_in_a_log(capsys, monkeypatch):
    monkeypatch.setattr(heartbeat.Heartbeat.__init__, "__defaults__", ("Working", 0.2))
    with watching(Console(file=io.StringIO(), force_terminal=False)) as watcher:
        time.sleep(0.5)
        watcher.plan(["01-cohort", "02-response"])
        watcher.notebook("01-cohort", "started")
        watcher.notebook("02-response", "started")
        time.sleep(0.5)
        watcher.notebook("01-cohort", "done")
        watcher.notebook("02-response", "done")
        watcher.tell("Rendering with pandoc.")
        watcher.tell("Warning: a label is long.")
        time.sleep(0.5)
    said = capsys.readouterr().err
    for step in ("Reading the study", "Running 01-cohort, 02-response", "Rendering with pandoc"):
        assert f"  {step} ... " in said, step


def test_a_busy_build_is_never_silent_for_ten_seconds():
    assert heartbeat.EVERY * 1.125 < 10


def test_a_terminal_sees_each_step():
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=100)
    with watching(console) as watcher:
        watcher.plan([])
        watcher.tell("Rendering with pandoc.")
        time.sleep(0.3)
    assert "Reading the study" in shown.getvalue()
    assert shown.getvalue().count("Rendering with pandoc") > 1, "printed, and as what is done"
