"""conda users get the versions of the lock file: environment.yml against the other two files."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
OTHER_NAME = {"matplotlib-base": "matplotlib", "python-duckdb": "duckdb"}
ONLY_IN_CONDA = {"python", "pip", "make", "quarto"}


def given():
    """Give name to version as environment.yml has it, and the names that pip installs."""
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    by_pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    conda = [re.split(r"[<>=]+", entry) for entry in entries if isinstance(entry, str)]
    pip = [entry.split("==") for entry in by_pip if not entry.startswith("-")]
    versions = {OTHER_NAME.get(name, name): (*rest, "")[0] for name, *rest in [*conda, *pip]}
    return versions, {name for name, _ in pip}, by_pip


def declared():
    """Give the names of all direct dependencies, those of extras and groups included."""
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = about["project"]
    lists = [
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *about["dependency-groups"].values(),
    ]
    return {re.match(r"[\w.-]+", text)[0] for texts in lists for text in texts}, project


def test_it_names_every_direct_dependency_and_no_other():
    versions, _, _ = given()
    assert set(versions) - ONLY_IN_CONDA == declared()[0]


def test_each_has_the_version_of_the_lock_file():
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    locked = {package["name"]: package.get("version") for package in packages}
    versions, _, _ = given()
    assert {n: v for n, v in versions.items() if n not in ONLY_IN_CONDA} == {
        name: locked[name] for name in declared()[0]
    }


def test_python_is_one_that_the_project_supports():
    versions, _, _ = given()
    least = declared()[1]["requires-python"].removeprefix(">=")
    assert [int(x) for x in versions["python"].split(".")] >= [int(x) for x in least.split(".")]


def test_the_project_itself_is_installed_last():
    assert given()[2][-1] == "--editable ."


@pytest.mark.parametrize("name", ["quarto"])
def test_it_brings_what_the_lock_file_cannot(name):
    assert name in given()[0]
