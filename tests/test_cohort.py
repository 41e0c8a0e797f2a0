"""The typed cohort: cut-points, units, near-equal times."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from cohortbook.cohort.cohort import load_cohort
from cohortbook.cohort.seal import digest_of

DATA = Path(__file__).parents[1] / "data"


def test_median_cut_puts_the_median_in_the_lower_arm():
    cohort = load_cohort(DATA / "hcc-cxcl17")
    values = cohort.patients["cxcl17_p"]
    low = cohort.patients["arm"] == "low"
    assert values[low].max() == values.median()
    assert cohort.n_by_arm == {"low": 114, "high": 113}


def test_cut_points_follow_their_side():
    patients = load_cohort(DATA / "wei2026").patients
    old = patients["age"] >= 65
    assert (patients["age_group"].astype(str) == np.where(old, ">=65", "<65")).all()
    above = patients["bilirubin_value"] > 20
    assert (patients["bilirubin"].astype(str) == np.where(above, ">20", "<=20")).all()


def test_days_become_months_and_near_ties_one_time(tmp_path):
    shutil.copytree(DATA / "hcc-cxcl17", tmp_path / "s")
    path = tmp_path / "s" / "study.yml"
    raw = yaml.safe_load(path.read_text("utf-8"))
    raw["endpoints"] = {"os": raw["endpoints"]["os"] | {"unit": "days"}}
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    table = pd.read_csv(tmp_path / "s" / "patients.csv", dtype=str)
    table.loc[0, "os_months"], table.loc[1, "os_months"] = "365.25", "365.2500000000001"
    table.to_csv(tmp_path / "s" / "patients.csv", index=False)
    months = load_cohort(tmp_path / "s").patients["os_time"]
    assert months[0] == months[1] == 12


def test_subgroup_keeps_only_its_level():
    cohort = load_cohort(DATA / "wei2026")
    part = cohort.subgroup(cohort.study.subgroups[0])
    assert len(part) == 33
    assert set(part.patients["afp"].astype(str)) == {">=400"}
    assert part.population == "afp_high"


def test_the_seal_of_a_table_sees_every_kind_of_value_that_changes():
    table = pd.DataFrame(
        {
            "number": [1.0, np.nan],
            "text": ["x", None],
            "level": pd.Categorical(["u", "v"]),
            "day": pd.to_datetime(["2020-01-01", None]),
            "whole": pd.array([1, None], dtype="Int64"),
            "yes": [True, False],
        }
    )
    sealed = digest_of(table, table)
    assert digest_of(table.copy(deep=True).assign(new=1), table) == sealed
    changed = {"number": 2.0, "text": "y", "level": "v", "day": pd.Timestamp("2021-01-01")}
    for column, value in {**changed, "whole": 3, "yes": False}.items():
        other = table.copy()
        other.loc[0, column] = value
        assert digest_of(other, table) != sealed, column
    assert digest_of(table.iloc[::-1], table) != sealed
