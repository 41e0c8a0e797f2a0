"""The tutorial is true: its commands run from an empty folder and print what it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TUTORIAL = ROOT / "docs" / "tutorial.md"
MARK = "----- next command -----"
GRANTED = {". .venv/bin/activate"}  # the test's own environment takes its place


def commands():
    """Give the commands of the console blocks, each with the lines shown under it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", TUTORIAL.read_text("utf-8"), flags=re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line.rstrip())
    return [(command, shown) for command, shown in found if command not in GRANTED]


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Run all commands in one shell, its home an empty folder; give what each printed."""
    home = tmp_path_factory.mktemp("home")
    script = "".join(
        f"{command} 2>&1\necho '{MARK}'\n" if "2>" not in command else f"{command}\necho '{MARK}'\n"
        for command, _ in commands()
    )
    environment = {
        **os.environ,
        "HOME": str(home),
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash"],
        input=script,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return [part.strip("\n").splitlines() for part in done.stdout.split(f"{MARK}\n")]


@pytest.mark.build
@pytest.mark.parametrize("number", range(len(commands())), ids=[c[:60] for c, _ in commands()])
def test_the_tutorial_prints_what_it_shows(printed, number):
    _, shown = commands()[number]
    pattern = "\n".join("(?:.*\n?)*?" if line == "..." else re.escape(line) for line in shown)
    found = "\n".join(line.rstrip() for line in printed[number])
    assert re.fullmatch(pattern.replace("*?\n", "*?"), found), found
