"""Guesses of `new` on which results rest are marked UNSURE and stand under `unconfirmed`."""

import numpy as np
import pandas as pd
import pytest
import yaml

from cohortbook.cohort.cohort import read_study
from cohortbook.intake.create import create_study

N = 60
PLACE = np.arange(N)
DAY = pd.Timestamp("2020-01-01")


def dated(**more):
    """Give patients with dates of start and last contact, the dead followed for less long."""
    dead = PLACE % 2
    days = 300 - 200 * dead + PLACE
    return pd.DataFrame(
        {
            "id": PLACE + 1,
            "treatment": np.where(PLACE % 4 < 2, "A", "B"),
            "age": 40 + PLACE % 30,
            "start_date": (DAY + pd.to_timedelta(PLACE, "D")).strftime("%Y-%m-%d"),
            "last_contact": (DAY + pd.to_timedelta(PLACE + days, "D")).strftime("%Y-%m-%d"),
            **more,
        }
    )


def made(tmp_path, table, **others):
    """Draft a study from tables; give its file, the doubts printed and what check finds."""
    files = []
    for name, frame in {"patients": table, **others}.items():
        files.append(tmp_path / f"{name}.csv")
        frame.to_csv(files[-1], index=False)
    created = create_study(tmp_path / "study", files)
    return yaml.safe_load((created.folder / "study.yml").read_text()), created


def test_a_guessed_status_of_dates_is_unconfirmed(tmp_path):
    """1 and 2 say nothing of death: 2 is taken for it, and the report must not print it as fact."""
    study, created = made(tmp_path, dated(status=1 + PLACE % 2))
    assert study["endpoints"]["os"]["event_codes"] == ["2"]
    assert {"endpoints.os.event", "endpoints.os.time"} <= set(study["unconfirmed"])
    read = read_study(created.folder)
    assert "that 2 in 'status' is the event" in " ".join(read.notes)


def test_a_status_of_dates_in_words_is_sure(tmp_path):
    words = np.where(PLACE % 2, "Exitus", "am Leben")
    study, _ = made(tmp_path, dated(Vitalstatus=words))
    assert study["endpoints"]["os"]["event_codes"] == ["Exitus"]
    assert [place for place in study["unconfirmed"] if place.startswith("endpoints")] == []


def test_swapped_codes_of_a_status_of_dates_are_held_against_the_data(tmp_path):
    """Those with 1 are followed three times as long: 1 is not the death."""
    study, _ = made(tmp_path, dated(death=1 - PLACE % 2))
    assert "endpoints.os.event" in study["unconfirmed"]


def test_columns_of_two_tables_with_one_name_are_told(tmp_path):
    table = dated(status=np.where(PLACE % 2, "dead", "alive"))
    more = pd.DataFrame({"id": PLACE + 1, "age": 40 + PLACE % 30, "weight": 60 + PLACE % 17})
    more.loc[[3, 5], "age"] = 99
    more = pd.concat([more, pd.DataFrame({"id": [900], "age": [50], "weight": [70]})])
    study, created = made(tmp_path, table, labs=more)
    said = " ".join(guess.text for guess in created.guesses if not guess.sure)
    assert "'age' is in labs.csv too and differs from that of patients.csv" in said
    assert "in 2 patients" in said
    assert "labs.csv: 1 rows are of no patient of patients.csv" in said
    assert "weight" in study["variables"]


@pytest.mark.parametrize("name, guessed", [("visit_time", True), ("visit_time_weeks", False)])
def test_a_guessed_unit_of_measurements_is_unconfirmed(tmp_path, name, guessed):
    table = dated(status=np.where(PLACE % 2, "dead", "alive"))
    rows = pd.DataFrame(
        {"id": np.repeat(PLACE + 1, 2), name: [0, 2] * N, "target_sum": [50, 40] * N}
    )
    study, _ = made(tmp_path, table, scans=rows)
    assert study["measurements"]["time"] == "month"
    assert ("measurements.time" in study["unconfirmed"]) == guessed


def test_dates_of_two_readings_are_unconfirmed(tmp_path):
    table = dated(status=np.where(PLACE % 2, "dead", "alive"))
    days = pd.Series(1 + PLACE % 12).astype(str)
    table["start_date"] = "0" + days.str[-1] + "/0" + days.str[-1] + "/2019"
    study, _ = made(tmp_path, table)
    assert "tables.reading" in study["unconfirmed"]


@pytest.mark.parametrize(
    "died, progressed, alive",
    [
        ("Exitus", "Progreso", "Vivo"),
        ("Verstorben", "progredient", "lebt"),
        ("Décédé", "Progressé", "Vivant"),
        ("deceduto", "progredito", "vivente"),
        ("死亡", "进展", "存活"),
    ],
)
def test_progression_and_death_are_both_events_of_pfs(tmp_path, died, progressed, alive):
    state = np.where(PLACE % 3 == 0, died, np.where(PLACE % 3 == 1, progressed, alive))
    rows = {"id": PLACE + 1, "treatment": np.where(PLACE % 2, "A", "B"), "age": 40 + PLACE % 30}
    table = pd.DataFrame(rows | {"pfs_months": 1 + PLACE * 7 % 50, "pfs_status": state})
    study, _ = made(tmp_path, table)
    assert set(study["endpoints"]["pfs"]["event_codes"]) == {died, progressed}
    assert study["endpoints"]["pfs"]["censored_codes"] == [alive]
