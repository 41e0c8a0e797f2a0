"""The trial behind the rates of docs/audit.md: its papers, its damages, and its oracle."""

import importlib
import random
from pathlib import Path

import pytest

from cohortbook.published.audit import audit

TOOLS = Path(__file__).parents[1] / "tools"


@pytest.fixture(scope="module")
def trial():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOOLS))
        yield importlib.import_module("audit_trial")


@pytest.fixture(scope="module")
def bench():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOOLS))
        yield importlib.import_module("audit_bench")


def test_what_is_called_a_conflict_in_open_papers_is_one_and_every_true_cause_is_found(bench):
    folder = Path(__file__).parent / "audit_papers"
    found, numbers = bench.findings_of(folder)
    assert numbers > 1000
    assert "not judged" not in set(found["verdict"]), "judge it against the paper, in judged.csv"
    conflicts = found[found["severity"] == "conflict"]
    assert (conflicts["verdict"] == "true").mean() >= 0.95
    assert not found.loc[found["severity"] != "conflict", "proof"].any()
    assert (bench.causes_found(folder, found)["found"] != "not found").all()


def test_the_open_papers_were_copied_twice_and_both_copies_agree(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(TOOLS))
    twice = importlib.import_module("audit_twice")
    folder = Path(__file__).parent / "audit_papers"
    assert twice.differences(folder) == []
    for name in ("second.txt", "npc-pet.yml"):
        text = (folder / name).read_text("utf-8")
        (tmp_path / name).write_text(text, "utf-8")
    rows = (tmp_path / "second.txt").read_text("utf-8").split("# npc-pet\n")[1].split("\n#")[0]
    (tmp_path / "second.txt").write_text("# npc-pet\n" + rows.replace("17.1 0.41", "17.1 0.31"))
    assert len(twice.differences(tmp_path)) == 2, "a slip is told once for each copy"


@pytest.fixture(scope="module")
def papers(trial):
    return [trial.consistent_paper(seed) for seed in (1, 2, 3)]


def test_consistent_papers_raise_no_alarm(trial, papers):
    assert [len(audit(trial.readable(paper))) for paper in papers] == [0, 0, 0]


def test_what_the_oracle_can_see_the_auditor_finds_and_nothing_else(trial, papers):
    draw, told = random.Random(4), []
    for paper in papers:
        for _ in range(3):
            other, path, kind = trial.damaged(paper, draw)
            read = trial.readable(other)
            if read is not None:
                told.append((kind, trial.detectable(other, path), len(audit(read)) > 0))
    assert [row for row in told if row[1] != row[2]] == []
    assert {found for _, _, found in told} == {True, False}


def test_the_trial_ends_well_only_if_the_figures_asked_for_are_reached(trial, capsys, monkeypatch):
    assert trial.main(2, 1) == 0
    told = capsys.readouterr().out
    assert "false alarms of any severity in 10,000 numbers: 0.00 (asked: 1)" in told
    assert trial.detected({"a": [(True, True), (False, True)], "b": [(False, False)]}) == 0.5
    monkeypatch.setattr(trial, "detected", lambda seen: 0.89)
    assert trial.main(1, 1) == 1
