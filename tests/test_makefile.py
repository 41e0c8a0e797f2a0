"""The Makefile: what it would run, and the messages of a machine that is not ready."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
TARGETS = ["report", "check", "lab", "test", "notebooks", "benchmark", "schema", "clean"]


@pytest.fixture
def clone(tmp_path):
    """The files of a fresh clone that make reads; there is no .venv."""
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    return tmp_path


def make(folder, *words, **options):
    return subprocess.run(
        ["make", *words], cwd=folder, capture_output=True, text=True, check=False, **options
    )


def test_make_alone_explains_every_target(clone):
    out = make(clone).stdout
    for target in TARGETS:
        assert f"  make {target} " in out


@pytest.mark.parametrize("target", TARGETS)
def test_each_target_has_a_plan(clone, target):
    assert make(clone, "-n", target).returncode == 0


def test_the_environment_is_installed_first_and_only_once(clone):
    plan = make(clone, "-n", "report").stdout
    assert plan.index("tools/install.sh") < plan.index("cohortbook report")
    (clone / ".venv").mkdir()
    (clone / ".venv" / "ready").touch()
    assert "install.sh" not in make(clone, "-n", "report").stdout
    # a file system's clock is coarse: say which file is newer
    newer = (clone / ".venv" / "ready").stat().st_mtime + 10
    os.utime(clone / "uv.lock", (newer, newer))
    assert "install.sh" in make(clone, "-n", "report").stdout


def test_lab_and_test_add_what_they_need(clone):
    assert "install.sh --extra lab" in make(clone, "-n", "lab").stdout
    plan = make(clone, "-n", "test").stdout
    assert "install.sh --group dev" in plan
    assert "--nbval" in plan


def test_the_study_may_be_any_folder(clone):
    plan = make(clone, "-n", "report", "STUDY=/data/my own study").stdout
    assert 'cohortbook report "/data/my own study"' in plan
    assert 'report "data/wei2026"' in make(clone, "-n", "report").stdout


def test_an_old_python_is_refused_in_plain_words(clone):
    bin_folder = clone / "bin"
    bin_folder.mkdir()
    for name in ("python3", "python", "python3.11", "python3.12", "python3.13"):
        old = bin_folder / name
        old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
        old.chmod(0o755)
    done = make(clone, "report", env={"PATH": f"{bin_folder}:/usr/bin:/bin"})
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert not (clone / ".venv").exists()


def test_clean_keeps_the_reports_and_the_environment(clone):
    plan = make(clone, "-n", "clean").stdout
    assert "_build" in plan
    assert "_output" not in plan
    assert ".venv" not in plan


@pytest.mark.parametrize("script", ["tools/install.sh", ".ci/run"])
def test_scripts_are_sound_and_executable(script):
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    shell = "bash" if ".ci" in script else "sh"
    assert subprocess.run([shell, "-n", str(path)], check=False).returncode == 0


def test_ci_ends_with_the_test_command():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert "set -euo pipefail" in lines
    assert lines[-1] == "make test"
