"""What is asked of a build."""

from pathlib import Path

from helpers.build import request


def test_the_project_is_found_from_any_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert (request.project_root() / "pyproject.toml").is_file()
    assert request.project_root() == Path(request.__file__).resolve().parents[3]
