"""The whole tree is as `ruff format` lays it out, and `ruff check` finds nothing in it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_the_tree_is_clean(command):
    found = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "--quiet", "."],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
