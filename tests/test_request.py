"""What is asked of a build."""

from pathlib import Path

import pytest

from cohortbook.build import request
from cohortbook.build.files.commit import Source
from cohortbook.errors import CohortbookError


def test_the_project_is_found_from_any_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert (request.project_root() / "pyproject.toml").is_file()
    assert request.project_root() == Path(request.__file__).resolve().parents[4]


def test_an_output_folder_without_a_name_is_refused(tmp_path):
    asked = request.Request(tmp_path, tmp_path, Path(tmp_path.anchor))
    with pytest.raises(CohortbookError, match="folder with a name"):
        _ = asked.final


@pytest.mark.parametrize("given", ["yesterday", "1.5", "-1", "٣"])
def test_a_date_of_the_documents_that_is_no_number_is_a_message(given, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    with pytest.raises(CohortbookError, match=r"SOURCE_DATE_EPOCH.*no number of seconds"):
        _ = Source().epoch
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert Source().epoch == "1700000000"
