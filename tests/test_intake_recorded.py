"""Nothing recorded, two times that are one, free text, and a missing time as one decision."""

import numpy as np
import pandas as pd
import pytest
import yaml

from cohortbook.analysis.flow import flow
from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.intake import create_study
from cohortbook.intake.columns import Column
from cohortbook.intake.nothing import says_nothing, sentinels, without_nothing

N = 48
PLACE = np.arange(N)
DEAD = PLACE % 3 > 0
DAYS = (PLACE * 37 % 900) + 30


def table(**columns):
    return pd.DataFrame(
        {
            "case_id": [f"c{i:03d}" for i in PLACE],
            "arm": np.where(PLACE % 2, "Drug", "Placebo"),
            **columns,
        }
    )


def made(tmp_path, frame, sep=","):
    path = tmp_path / ("export.tsv" if sep == "\t" else "export.csv")
    frame.to_csv(path, index=False, sep=sep)
    created = create_study(tmp_path / "s", [path])
    return created, yaml.safe_load((created.folder / "study.yml").read_text("utf-8"))


@pytest.mark.parametrize(
    "cell",
    [
        "'--",
        "--",
        "[Not Available]",
        "[Not Applicable]",
        "not reported",
        "Not Reported",
        "<NA>",
        "?",
        "Unknown",
        "(unknown)",
        "[Unknown]",
        "keine Angabe",
        "no consta",
        "non renseigné",
        "non noto",
        "[Discrepancy]",
        '"not available"',
        "N.A.",
        "不详",
    ],
)
def test_words_for_nothing_with_or_without_brackets(cell):
    assert says_nothing(cell)


@pytest.mark.parametrize("cell", ["No", "None", "negative", "-1.5", "stage I", "0", "NOS"])
def test_words_that_say_something(cell):
    assert not says_nothing(cell)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ("61 72 55 999 48 66", ["999"]),
        ("0.4 1.1 -9 0.8 2.0 0.9", ["-9"]),
        ("1 2 3 99 1 2", ["99"]),
        ("0 1 9 1 0 0", ["9"]),
        ("320 610 250 999 840 720", []),
        ("6 7 8 9 7 6", []),
        ("2 14 -3 9 -9 1", []),
        ("95 97 98 99 96 94", []),
        ("12 40 9999 8 31 77", ["9999"]),
        ("0 3 5 9 11 2", []),
        ("61 72 55 999.0 48 66", ["999.0"]),
    ],
)
def test_numbers_for_nothing_stand_out(cells, found):
    assert sentinels(Column("x", pd.Series(cells.split()))) == found


def test_nothing_recorded_is_told_once_for_a_file():
    columns = {
        name: Column(name, pd.Series(["a", "'--", "b", "Not Reported", "a", "b"]))
        for name in "pqrs"
    }
    out, told = without_nothing(columns)
    assert told == ["read as nothing recorded: '--, Not Reported, in 4 columns"]
    assert all(column.cells.isna().sum() == 2 for column in out.values())


def test_a_label_that_says_unknown_is_nothing_recorded():
    column = Column("x", pd.Series(list("1233")), "", {"1": "yes", "2": "no", "3": "Unknown"})
    out, _ = without_nothing({"x": column})
    assert out["x"].different == ["1", "2"] and out["x"].level_labels == {"1": "yes", "2": "no"}


def test_a_column_of_nothing_is_empty_and_no_variable(tmp_path):
    frame = table(
        os_days=DAYS,
        os_event=DEAD * 1,
        empty="'--",
        stage=np.resize(["I", "II", "[Not Available]"], N),
    )
    _, study = made(tmp_path, frame)
    assert list(study["variables"]) == ["stage"]
    assert [level["code"] for level in study["variables"]["stage"]["levels"]] == ["I", "II"]


@pytest.mark.parametrize(
    ("death", "last"),
    [
        ("days_to_death", "days_to_last_follow_up"),
        ("death_days_to", "last_contact_days_to"),
        ("Tage bis Tod", "Tage bis letzter Kontakt"),
        ("dias hasta muerte", "dias ultimo contacto"),
        ("délai décès (jours)", "délai dernières nouvelles (jours)"),
    ],
)
def test_days_to_death_and_to_last_contact_are_one_time(tmp_path, death, last):
    frame = table(
        vital_status=np.where(DEAD, "Dead", "Alive"),
        **{
            death: pd.Series(DAYS).where(DEAD).astype("Int64"),
            last: pd.Series(DAYS).where(~DEAD).astype("Int64"),
        },
    )
    created, study = made(tmp_path, frame)
    assert study["endpoints"]["os"]["unit"] == "days" and not study["variables"]
    assert not [p for p in created.problems if p.severity == "error"]
    cohort = load_cohort(created.folder)
    np.testing.assert_allclose(cohort.patients["os_time"] * 30.4375, DAYS, atol=1e-6)
    np.testing.assert_array_equal(cohort.patients["os_event"], DEAD)


def test_without_a_status_those_with_a_time_of_death_are_dead(tmp_path):
    frame = table(
        days_to_death=pd.Series(DAYS).where(DEAD).astype("Int64"), days_to_last_followup=DAYS - 3
    )
    created, _ = made(tmp_path, frame)
    np.testing.assert_array_equal(load_cohort(created.folder).patients["os_event"], DEAD)


def test_the_dead_without_a_time_of_death_have_no_time(tmp_path):
    death = pd.Series(DAYS).where(DEAD).astype("Int64")
    death[1] = pd.NA
    frame = table(
        vital_status=np.where(DEAD, "Dead", "Alive"),
        days_to_death=death,
        days_to_last_contact=DAYS - 3,
    )
    created, study = made(tmp_path, frame)
    assert study["leave_out_incomplete"] is True
    assert any("1 patients are dead without 'days_to_death'" in d for d in created.doubts)
    assert load_cohort(created.folder).patients["os_time"].isna().tolist() == [
        i == 1 for i in PLACE
    ]


def test_a_missing_time_is_one_decision_counted_in_the_flow(tmp_path):
    months = pd.Series(DAYS / 30).round(1)
    months[[4, 9, 10]] = np.nan
    created, study = made(tmp_path, table(os_months=months, os_event=DEAD * 1))
    assert study["leave_out_incomplete"] is True
    assert not [p for p in created.problems if p.severity == "error"]
    rows = flow(load_cohort(created.folder))
    left = rows[rows["label"] == "Without time or status of OS"]
    assert dict(zip(left["arm"], left["n"], strict=True)) == {"Placebo": 2, "Drug": 1}
    path = created.folder / "study.yml"
    path.write_text(path.read_text("utf-8").replace("incomplete: true", "incomplete: false"))
    errors = [p for p in read_study(created.folder).problems if p.severity == "error"]
    assert len(errors) == 3


def test_free_text_is_left_out_and_never_shown(tmp_path, capsys):
    from cohortbook.intake.command import _say

    secret = "the uncle of the patient, who lives in the third house, " * 5
    for place in ("arm_note", "PET"):
        frame = table(os_months=DAYS / 30, os_event=DEAD * 1, **{place: "no"})
        frame.loc[3, place] = secret
        folder = tmp_path / place
        folder.mkdir()
        created, _ = made(folder, frame)
        _say(created)
        assert "uncle" not in capsys.readouterr().out
        assert not any("uncle" in path.read_text("utf-8") for path in created.folder.iterdir())


def test_a_group_is_called_a_treatment_only_when_that_is_confirmed(tmp_path):
    frame = table(os_months=DAYS / 30, os_event=DEAD * 1).rename(columns={"arm": "cohort"})
    created, study = made(tmp_path, frame)
    assert "texts.exposure" in study["unconfirmed"]
    assert load_cohort(created.folder).study.texts.exposure == "group"
    path = created.folder / "study.yml"
    path.write_text(path.read_text("utf-8").replace("- texts.exposure\n", ""))
    assert load_cohort(created.folder).study.texts.exposure == "treatment"
