"""A terminal sees a bar that names the notebooks; a log gets one line an event."""

import io

from rich.console import Console

from helpers.build.progress import watching


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
