"""Entry times become a key that is unsure; several rows a patient are refused, with what to do."""

import numpy as np
import pandas as pd
import pytest

from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.errors import CohortbookError
from cohortbook.intake import Wishes, create_study
from cohortbook.stats.cox import cox_fit
from cohortbook.study.study import load_study
from cohortbook.study.unconfirmed import told

N = 24
PLACE = np.arange(N)
END = PLACE % 11 + 9.0


def table(**columns):
    return pd.DataFrame({"id": PLACE + 1, "arm": np.where(PLACE % 2, "Drug", "Placebo"), **columns})


def create(tmp_path, frame, *more, wishes=None, name="s"):
    path = tmp_path / "export.csv"
    frame.to_csv(path, index=False)
    return create_study(tmp_path / name, [path], wishes)


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        ("start", "stop"),
        ("tstart", "tstop"),
        ("entry", "exit"),
        ("time1", "time2"),
        ("_t0", "_t"),
        ("start_time", "stop_time"),
        ("ageEntry", "ageExit"),
        ("eintritt", "austritt"),
        ("start (days)", "stop (days)"),
    ],
)
def test_intervals_that_begin_after_zero_become_an_entry_that_is_unsure(tmp_path, start, stop):
    frame = table(**{start: PLACE % 4 * 2.0, stop: END, "event": PLACE % 3 % 2})
    made = create(tmp_path, frame, wishes=Wishes(endpoints=(f"os:{stop}:event",)))
    study = load_study(made.folder)
    assert study.entry.column == start
    assert "entry" in made.unconfirmed
    assert f"that patients came under observation at '{start}'" in told(study)
    assert f"--without '{start}'" in " ".join(made.doubts)
    assert start not in study.variables
    cohort = load_cohort(made.folder)
    data = cohort.survival("os", entry=True)
    months = study.months_in(study.entry_unit)
    assert np.allclose(data["entry"], (PLACE % 4 * 2.0)[data.index] * months)


@pytest.mark.parametrize(("start", "stop"), [("left", "right"), ("lt", "rt"), ("L", "R")])
def test_bounds_that_may_be_of_an_event_are_refused(tmp_path, start, stop):
    frame = table(**{start: PLACE % 4 * 2.0, stop: END, "event": PLACE % 3 % 2})
    with pytest.raises(CohortbookError, match="their names do not say which") as told:
        create(tmp_path, frame)
    assert f"--without '{start}'" in str(told.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["export.csv"]


def test_a_start_of_zero_for_all_is_no_entry(tmp_path):
    made = create(tmp_path, table(start=0, stop=END, event=PLACE % 3 % 2))
    assert any("time 'stop'" in found for found in made.found)


def test_a_time_of_entry_beside_a_time_is_unsure_until_it_is_left_out(tmp_path):
    frame = table(time=END, entry=PLACE % 5, death=PLACE % 2)
    made = create(tmp_path, frame)
    assert load_study(made.folder).entry.column == "entry"
    assert "# UNSURE: 'entry' is taken for the time" in (made.folder / "study.yml").read_text()
    made = create(tmp_path, frame, wishes=Wishes(without=("entry",)), name="without")
    assert load_study(made.folder).entry is None
    assert "entry" not in pd.read_csv(made.folder / "patients.csv")
    with pytest.raises(CohortbookError, match=r"--without: There is no column 'entri'"):
        create(tmp_path, frame, wishes=Wishes(without=("entri",)), name="other")


def test_a_time_that_is_the_length_of_the_interval_counts_from_the_entry(tmp_path):
    entry = PLACE % 6 + 700.0
    made = create(tmp_path, table(entry=entry, exit=entry + END, time=END, death=PLACE % 2))
    assert any("time 'time'" in found for found in made.found)
    assert any("'entry' bounds an interval" in doubt for doubt in made.doubts)


def test_responses_that_start_and_end_are_no_interval_under_observation(tmp_path):
    frame = table(
        os_months=END + 20, os_event=PLACE % 2, response_start=PLACE % 3 + 1.0, response_end=END
    )
    assert create(tmp_path, frame).patients == N


@pytest.mark.parametrize(
    "more",
    [
        {"tstart": [0, 5], "tstop": [5, 9]},
        {"a": [0, 5], "b": [5, 9]},
        {"visit": [1, 2]},
        {"enum": [1, 2], "stop": [4, 9]},
        {"episode": [0, 1]},
    ],
)
def test_intervals_and_repeated_events_of_a_patient_are_refused(tmp_path, more):
    twice = pd.concat(
        [
            table(
                status=PLACE % 2,
                **{k: PLACE % 2 * (k != "tstart") * 0 + v[row] for k, v in more.items()},
            )
            for row in (0, 1)
        ]
    ).sort_values("id", kind="stable")
    with pytest.raises(
        CohortbookError,
        match=r"(?i)A patient has several rows.*several intervals of a patient are not read",
    ):
        create(tmp_path, twice)


def test_two_eyes_of_a_patient_are_no_two_endpoints(tmp_path):
    eyes = pd.concat(
        [
            table(eye=eye, time=END + shift, status=PLACE % 2)
            for shift, eye in enumerate(("left", "right"))
        ]
    )
    with pytest.raises(CohortbookError, match=r"one for each value of 'eye'\. Give a table"):
        create(tmp_path, eyes)


def test_check_names_an_entry_in_a_study_written_by_hand(tmp_path):
    made = create(tmp_path, table(time=END, death=PLACE // 2 % 2))
    patients = pd.read_csv(made.folder / "patients.csv").rename(columns={"time": "stop"})
    patients["start"] = PLACE % 4
    patients.to_csv(made.folder / "patients.csv", index=False)
    study = made.folder / "study.yml"
    study.write_text(study.read_text("utf-8").replace("time: time", "time: stop"), "utf-8")
    found = [p for p in read_study(made.folder).problems if p.severity == "error"]
    assert [p.found for p in found] == ["the end of an interval that begins at 'start'"]
    patients.rename(columns={"start": "entry", "stop": "stopp"}).to_csv(
        made.folder / "patients.csv", index=False
    )
    study.write_text(study.read_text("utf-8").replace("time: stop", "time: stopp"), "utf-8")
    found = read_study(made.folder).problems
    assert [(p.severity, p.found) for p in found] == [("warning", "an entry 'entry' before it")]


def test_counting_process_rows_give_the_hazard_ratio_of_r():
    """R: coxph(Surv(start, stop, event) ~ group) 1.21915; without the entry it is 0.58584."""
    start = np.r_[np.zeros(10), [6, 7, 8, 5, 9, 6, 7, 5, 8, 9]]
    stop = [3, 4, 6, 9, 12, 15, 5, 20, 8, 11, 8, 12, 11, 14, 10, 16, 9, 19, 13, 18]
    event = [1, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 0]
    group = np.repeat([0.0, 1.0], 10)
    with_entry = cox_fit(stop, event, group, entry=start, ties="efron")
    assert np.exp(with_entry.coef[0]) == pytest.approx(1.21915422895908, rel=1e-7)
    without = cox_fit(stop, event, group, ties="efron")
    assert np.exp(without.coef[0]) == pytest.approx(0.585836388680498, rel=1e-7)
