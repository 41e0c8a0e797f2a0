"""Events that compete, in the report: what is drawn, laid out and said is the results."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import tiny
from edited import run

from cohortbook import competing_events, load_cohort
from cohortbook.display.language.speech import speech_of
from cohortbook.display.methods.manuscript import study_values
from cohortbook.errors import ParameterError
from cohortbook.results import one, pick
from cohortbook.sections import omission


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return load_cohort(tiny.gammopathy(tmp_path_factory.mktemp("study") / "gammopathy"))


@pytest.fixture(scope="module")
def found(cohort):
    return competing_events(cohort)


def test_numbers_below_the_curves_are_counted_by_hand(cohort, found):
    table = cohort.patients
    figure = found.figure(endpoint="ttm")
    assert list(dict.fromkeys(figure.data["panel"])) == ["A", "B"]
    from cohortbook.analysis.competing import incidence_risk

    risk = incidence_risk(cohort, "ttm", [60.0]).set_index(["group", "cause"])
    for arm in ("F", "M"):
        own = table[table["arm"] == arm]
        state = np.where(own["ttm_event"] == 1, "event", own["ttm_competing"].astype(str))
        for cause in ("event", "2"):
            row = risk.loc[(arm, cause)]
            assert row["n_risk"] == (own["ttm_time"] >= 60).sum()
            assert row["n_events"] == ((state == cause) & (own["ttm_time"] <= 60)).sum()


def test_causes_stacked_are_those_who_had_any(found):
    data = found.figure(endpoint="ttm", kind="stacked").data
    for arm, deaths in (("F", 106), ("M", 124)):
        own = data[data["group"] == arm]
        last = own.groupby("cause")["incidence"].last().sum()
        assert last <= 1 + 1e-9
        assert own.groupby("cause")["n_event"].sum().sum() == deaths


def test_the_table_has_each_result(found):
    rows = [[getattr(cell, "text", cell) for cell in row.cells] for row in found.table().rows]
    assert ["Time to malignancy: malignancy"] in rows
    assert rows[1][:3] == ["Events / patients", "14 / 157", "12 / 163"]
    gray = one(found.frame, statistic="gray", level="event")
    tests = [row[-1] for row in rows if row[0] == "Gray's test"]
    assert tests[0] == f"{gray.p_value:.3f}"
    assert len([row for row in rows if "ubdistribution hazard ratio" in row[0]]) == 4


def test_it_is_left_out_where_nothing_competes(cohort, found):
    plain = cohort.choose(endpoints=["dwm"])
    assert omission(plain, "competing") == ""
    with pytest.raises(ParameterError, match="nothing to work with"):
        competing_events(plain)
    with pytest.raises(ParameterError, match="Nothing competes with the endpoint 'dwm'"):
        found.figure(endpoint="dwm")
    hidden = cohort.with_study({"privacy.smallest_count": 5})
    assert "withheld" in omission(hidden, "competing")


def test_every_choice_of_the_notebook_changes_what_rests_on_it(tmp_path):
    folder = tiny.gammopathy(tmp_path / "gammopathy")
    before = run("09", study=folder)
    assert not before.error
    changed = {
        "endpoints": ["ttm"], "covariates": ["hgb"], "cut_points": "old = 60", "ties": "breslow",
        "conf_level": 0.9, "conf_type": "plain", "milestones": [12], "risk_times": [0, 100, 200],
        "colours": ["#00AA00", "#AA00AA"],
    }  # fmt: skip
    rest = {
        "endpoints": set(), "covariates": {"competing.csv", "say: effects", "tbl-competing"},
        "cut_points": {"competing.csv", "say: effects", "tbl-competing"},
        "ties": {"competing.csv", "fig-incidence-ttm", "say: effects", "tbl-competing"},
        "conf_level": {"competing.csv", "fig-incidence-ttm", "fig-stacked-ttm", "say: effects",
                       "say: incidence", "tbl-competing"},
        "conf_type": {"competing.csv", "fig-incidence-ttm", "fig-stacked-ttm", "say: incidence",
                      "tbl-competing"},
        "milestones": {"competing.csv", "say: incidence", "tbl-competing"},
        "risk_times": {"fig-incidence-ttm"}, "colours": {"fig-incidence-ttm", "fig-stacked-ttm"},
    }  # fmt: skip
    for name, value in changed.items():
        after = run("09", study=folder, **{name: value})
        assert not after.error
        parts = {
            part if part.startswith("say") else part.split()[0]
            for part in after.differs(before)
            if not part.startswith(("methods", "omitted"))
        }
        assert parts == rest[name], name


def test_the_limitations_tell_that_the_events_are_told_apart(cohort):
    from cohortbook.display.methods.manuscript import study_values

    told = study_values(cohort)
    assert "@sec-competing tells the events apart" in told["limitations"]
    assert "Aalen-Johansen and compared by Gray's test" in told["competing_methods"]
    alone = pick(competing_events(cohort.choose(endpoints=["ttm"])).frame, statistic="gray")
    assert len(alone) == 2


def test_a_frame_finds_the_same(cohort):
    table = pd.read_csv(cohort.folder / "patients.csv")
    own = competing_events(table, time="months", event="state", competing=[2], by="sex",
                           covariates=["mspike", "hgb"], milestones=[24, 60]).frame  # fmt: skip
    ours = competing_events(cohort.choose(endpoints=["ttm"], covariates=["mspike", "hgb"])).frame
    keys = ["term", "level", "group", "statistic"]
    numbers = ["estimate", "conf_low", "conf_high", "p_value", "n", "n_events"]
    pd.testing.assert_frame_equal(
        *(found.set_index(keys)[numbers].sort_index() for found in (own, ours)), rtol=1e-9
    )


def test_in_chinese_the_reference_of_a_limitation_stands_apart(cohort):
    """A letter that follows the label without a blank would be part of it, and no part has that."""
    told = study_values(cohort)["limitations"]
    said = speech_of(cohort.with_study({"language": "zh"})).text(told)
    assert re.findall(r"(?<!\w)@[\w-]+", told) == ["@sec-competing"]
    assert re.findall(r"(?<!\w)@[\w-]+", said) == ["@sec-competing"]
