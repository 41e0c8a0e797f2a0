"""A sweep builds every point of a grid, here and on a cluster alike, and compares them."""

import hashlib
import os
import signal
import sys
from pathlib import Path

import pandas as pd
import pytest
from tiny import PARAMETERS, notebook, project

from cohortbook.cohort.cohort import load_cohort
from cohortbook.errors import CohortbookError, StudyError
from cohortbook.parallel import Outcome
from cohortbook.study.changes import changed
from cohortbook.study.study import load_study
from cohortbook.sweep.grid import Point, points_of, read_grid
from cohortbook.sweep.overview import _places
from cohortbook.sweep.run import SweepRequest, sweep
from cohortbook.sweep.variant import cut_off, write_variant

GRID = """\
title: Sites <b>
axes:
  - name: site
    values:
      - {label: all}
      - {label: older, where: {age: {least: 60}}}
      - {label: "arm A <i>", where: {arm: [A]}}
  - name: ties
    values:
      - {label: Efron, set: {statistics.ties: efron}}
      - {label: to 15 months, censor_after: {os: 15}}
"""
SHORT = """\
axes:
  - name: who
    values:
      - {label: all <b>}
      - {label: older <i>, where: {age: {least: 60}}}
"""
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def root(tmp_path):
    root = project(tmp_path / "project", "print(study)")
    (root / "grid.yml").write_text(GRID)
    return root


@pytest.fixture
def ask(root):
    return lambda **options: SweepRequest(
        root / "data" / "tiny", root / "grid.yml", root, **{"notebooks": [], "workers": 2} | options
    )


def contents(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def test_points_are_all_combinations_with_names_fit_for_files(root):
    points = points_of(read_grid(root / "grid.yml"))
    assert [point.label for point in points][:3] == [
        "all, Efron",
        "all, to 15 months",
        "older, Efron",
    ]
    assert points[4].name == "005-arm-a-i-efron"
    assert points[4].settings == {"statistics.ties": "efron"}


def test_every_mistake_of_a_grid_is_told_at_once(root):
    (root / "grid.yml").write_text(
        "axes:\n- name: a\n  values:\n  - {label: x, sett: {}}\n  - {where: {age: 3}}\n"
    )
    with pytest.raises(StudyError) as caught:
        read_grid(root / "grid.yml")
    places = {problem.column for problem in caught.value.problems}
    assert {"axes.0.values.0.sett", "axes.0.values.1.label"} <= places


def test_a_key_is_set_by_its_path_and_the_study_stays_as_it_was():
    raw = {"statistics": {"alpha": 0.05}, "arms": [{"code": "A"}, {"code": "B"}]}
    out = changed(raw, {"statistics.alpha": 0.1, "arms.1.code": "C", "cox.covariates": []})
    assert out == {
        "statistics": {"alpha": 0.1},
        "arms": [{"code": "A"}, {"code": "C"}],
        "cox": {"covariates": []},
    }
    assert raw["statistics"]["alpha"] == 0.05
    with pytest.raises(KeyError):
        changed(raw, {"arms.7.code": "C"})


def test_a_cut_off_censors_what_came_later(root):
    study = load_study(root / "data" / "tiny")
    table = pd.DataFrame({"os_months": ["10", "15", "20", None], "os_event": ["1", "1", "1", "0"]})
    out = cut_off(table, study.endpoints["os"], 15)
    assert out["os_months"].tolist()[:3] == ["10", "15", "15"]
    assert out["os_event"].tolist() == ["1", "1", "0", "0"]


def test_an_earlier_data_cut_off_ends_follow_up_on_a_day_and_leaves_out_who_began_later(
    root, tmp_path
):
    folder = root / "data" / "tiny"
    table = pd.read_csv(folder / "patients.csv")
    # from 1 July to 31 December 2023 are 183 days: 6.01 months of 30.4375 days
    table["began"] = ["2023-07-01"] * 4 + ["2022-12-31", "2024-01-01"]
    table.to_csv(folder / "patients.csv", index=False)
    cut = {"at": "2023-12-31", "start": "began"}
    (root / "grid.yml").write_text(f"axes:\n- name: a\n  values:\n  - {{label: x, cut_off: {cut}}}")
    write_variant(folder, points_of(read_grid(root / "grid.yml"))[0], tmp_path / "point")
    found = load_cohort(tmp_path / "point").patients
    assert found["os_time"].round(2).tolist() == [6.01, 6.01, 6.01, 6.01, 11.99]
    assert found["os_event"].tolist() == [0, 0, 0, 0, 0]


def test_a_point_keeps_the_rows_that_are_asked_for(root, tmp_path):
    point = points_of(read_grid(root / "grid.yml"))[2]
    write_variant(root / "data" / "tiny", point, tmp_path / "point")
    cohort = load_cohort(tmp_path / "point")
    assert cohort.patients["patient_id"].tolist() == ["2", "3", "5", "6"]
    assert cohort.study.statistics.ties == "efron"


@pytest.mark.parametrize(
    ("point", "said"),
    [
        (Point("p", {"a": "x"}, where={"no_column": ["1"]}), "no_column"),
        (Point("p", {"a": "x"}, where={"arm": ["C"]}), "at least one patient"),
    ],
)
def test_a_point_without_patients_or_column_says_so(root, tmp_path, point, said):
    with pytest.raises(StudyError, match=said):
        write_variant(root / "data" / "tiny", point, tmp_path / "point")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("set: {statistics.tise: efron}", "tise"),
        ("set: {arms.7.code: C}", "arms.7.code"),
        ("endpoint: pfs", "pfs"),
        ("censor_after: {pfs: 3}", "time column"),
        ("cut_off: {at: 2023-12-31}", "cut_off.start"),
    ],
)
def test_a_grid_that_does_not_fit_the_study_stops_before_anything_runs(root, ask, line, said):
    (root / "grid.yml").write_text(f"axes:\n- name: a\n  values:\n  - {{label: x, {line}}}\n")
    with pytest.raises(StudyError, match=said):
        sweep(ask())
    assert not ask().final.exists()


def test_a_notebook_that_does_not_exist_is_named(ask):
    with pytest.raises(CohortbookError, match="01-first"):
        sweep(ask(notebooks=["09-none"]))


def test_the_notebooks_of_the_study_folder_run_in_place_of_the_projects(root, ask):
    own = root / "data" / "tiny" / "notebooks"
    notebook(own, "02-second", "print('mine')", parameters='study = ".."\nresults_dir = ""\n')
    (root / "grid.yml").write_text(SHORT)
    done = sweep(ask(notebooks=["02-second"], workers=1))
    assert not done.failed
    for point in done.points:
        ran = done.page.parent / "points" / point.name / "notebooks" / "02-second.ipynb"
        assert "mine" in ran.read_text("utf-8")


@pytest.fixture(scope="module")
def address():
    """A scheduler and two workers, each a process started as a user starts them."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_gives_the_same_bytes_and_a_failed_point_stops_no_other(root, ask, address):
    # the notebook fails at the second point, whose table has other rows than a header and six
    code = "lines = open(f'{study}/patients.csv').readlines()\nlen(lines) == 7 or 1 / 0"
    notebook(root / "notebooks", "02-second", code, parameters=PARAMETERS)
    (root / "grid.yml").write_text(SHORT)
    told = {}
    here = sweep(
        ask(notebooks=["02-second"], workers=1),
        lambda point, error: told.setdefault(point.label, error),
    )
    assert told["all <b>"] == ""
    assert "ZeroDivisionError" in told["older <i>"]
    first = contents(here.page.parent)
    assert "points/001-all-b/notebooks/02-second.ipynb" in first
    there = sweep(ask(notebooks=["02-second"], scheduler=address))
    assert contents(there.page.parent) == first
    page = there.page.read_text("utf-8")
    assert "<strong>older &lt;i&gt;</strong>: " in page
    assert "ZeroDivisionError" in page
    assert "1 of 2 points were built" in page
    assert not any(mark in page for mark in ("<script", "<i>", "<b>", "src="))


def test_a_worker_killed_in_the_middle_of_a_sweep_loses_nothing(root, ask, address):
    distributed = pytest.importorskip("distributed")
    notebook(root / "notebooks", "02-second", "print(study)", parameters=PARAMETERS)
    (root / "grid.yml").write_text(
        SHORT + "  - name: ties\n    values:\n"
        "      - {label: Efron, set: {statistics.ties: efron}}\n"
        "      - {label: Breslow, set: {statistics.ties: breslow}}\n"
    )
    here = sweep(ask(notebooks=["02-second"]))
    killed, finished = [], []
    with distributed.Client(address, set_as_default=False) as client:
        processes = client.run(os.getpid)

        def tell(point, error):
            finished.append((point.label, error))
            busy = [worker for worker, tasks in client.processing().items() if tasks]
            if not killed and busy:
                killed.append(busy[0])
                os.kill(processes[busy[0]], signal.SIGKILL)

        there = sweep(ask(notebooks=["02-second"], scheduler=address), tell)
    assert killed, "a worker was killed while it had a point to build"
    assert sorted(finished) == sorted((point.label, "") for point in there.points)
    assert contents(there.page.parent) == contents(here.page.parent)


def test_points_that_fail_for_one_reason_share_a_line_and_an_axis_of_two_runs_across(root, ask):
    (root / "grid.yml").write_text(
        "axes:\n- name: who\n  values:\n  - {label: all}\n  - {label: none, where: {arm: [C]}}\n"
        "- name: ties\n  values:\n  - {label: e, set: {statistics.ties: efron}}\n  - {label: b}\n"
    )
    done = sweep(ask(workers=1))
    page = done.page.read_text("utf-8")
    assert "<strong>none, e; none, b</strong>" in page
    outcomes = [Outcome(0), Outcome(1, error="no"), Outcome(2), Outcome(3)]
    assert _places(read_grid(root / "grid.yml"), outcomes) == [(0, 0), (1, 0), (1, 1)]


def test_the_overview_holds_the_numbers_of_each_point(ask):
    done = sweep(ask(workers=1))
    numbers = pd.read_csv(done.page.parent / "sweep.csv")
    events = numbers[(numbers["statistic"] == "events") & (numbers["group"] == "overall")]
    counted = events.set_index("population")["estimate"].to_dict()
    # by hand: 3 events in all, 2 of them among those of 60 or more (8 and 15 months)
    assert counted["001-all-efron"] == 3
    assert counted["003-older-efron"] == 2
    assert (done.page.parent / "figures" / "fig-effect.svg").is_file()


def test_the_command_ends_with_1_if_a_point_failed(root, monkeypatch, capsys):
    from cohortbook.cli import main as cli

    monkeypatch.setattr("cohortbook.build.request.project_root", lambda: root)
    words = ["cohortbook", "sweep", str(root / "data" / "tiny"), str(root / "grid.yml")]
    (root / "grid.yml").write_text(
        "axes:\n- name: a\n  values:\n  - {label: none, where: {arm: [C]}}\n"
    )
    monkeypatch.setattr(sys, "argv", [*words, "--notebooks", "none", "--workers", "1"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "1 finished: none: " in said
    assert "1 of 1 points failed" in said
    assert Path(root / "_output" / "tiny-sweep" / "overview.html").is_file()


def test_a_study_that_withholds_small_counts_is_not_swept(root, ask):
    path = root / "data" / "tiny" / "study.yml"
    path.write_text(path.read_text() + "privacy: {smallest_count: 3}\n")
    with pytest.raises(CohortbookError, match="subtraction"):
        sweep(ask())
