"""Studies damaged at random: a problem is reported, or the counts are those made by hand."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import fuzz
from cohortbook.errors import CohortbookError


@pytest.mark.parametrize("seed", [20_001, 20_101])
def test_damaged_studies_give_no_traceback_no_wrong_number_and_lose_no_output(seed, capsys):
    outcomes = fuzz.fuzz(100, seed)
    assert outcomes["FAULT"] == 0, capsys.readouterr().out
    assert outcomes["reported"] > 30
    assert outcomes["same numbers"] > 3


def test_a_wrong_number_would_be_found(tmp_path, monkeypatch):
    files = {name: text.encode() for name, text in fuzz.small_study(random.Random(1)).items()}
    assert fuzz.outcome(files, tmp_path) == ("same numbers", "")
    counted = fuzz.found_counts
    monkeypatch.setattr(
        fuzz,
        "found_counts",
        lambda folder: {
            key: value + (key[0] == "events") for key, value in counted(folder).items()
        },
    )
    what, why = fuzz.outcome(files, tmp_path)
    assert what == "FAULT"
    assert "('events', 'os', 'A')" in why


def test_a_build_that_touches_the_last_report_would_be_found(tmp_path, monkeypatch):
    (tmp_path / "study").mkdir()
    root = tmp_path / "root"
    fuzz.project(root)

    def touches(_study):
        (root / "out" / "report.html").write_text("half a report")
        raise CohortbookError("The study has errors.")

    monkeypatch.setattr("cohortbook.build.report.load_cohort", touches)
    assert fuzz.loses_output(tmp_path / "study", root)
