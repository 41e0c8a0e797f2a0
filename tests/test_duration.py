"""Duration of response: by hand among responders, and told as no comparison of treatments."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
import tiny
import yaml

from cohortbook import flow, load_cohort, response_duration
from cohortbook.display.methods.settings import response_methods
from cohortbook.errors import ParameterError, StudyError
from cohortbook.results import one, pick
from cohortbook.sections import omission

LASTING = {"start": "response_start_months", "endpoint": "pfs", "milestones": [3]}


@pytest.fixture(scope="module")
def plain():
    return load_cohort(tiny.ROOT / "data" / "wei2026")


@pytest.fixture(scope="module")
def cohort(plain):
    return plain.with_study({"response.duration": LASTING})


@pytest.fixture(scope="module")
def found(cohort):
    return response_duration(cohort)


def by_hand(cohort, arm=None):
    """Give times and events of the responders, written out."""
    table = pd.read_csv(cohort.folder / "patients.csv")
    p = cohort.patients.assign(start=table["response_start_months"].to_numpy())
    own = p[p[cohort.study.response.column].isin(cohort.study.response.objective)]
    own = own if arm is None else own[own["arm"] == arm]
    return (own["pfs_time"] - own["start"]).round(9).to_numpy(), own["pfs_event"].to_numpy()


def survival_at(time, event, at):
    left = 1.0
    for t in np.unique(time[(event == 1) & (time <= at)]):
        left *= 1 - ((time == t) & (event == 1)).sum() / (time >= t).sum()
    return left


def test_it_is_the_time_of_responders_alone_from_their_response(cohort, found):
    for group in ("overall", *cohort.study.arm_codes):
        time, event = by_hand(cohort, None if group == "overall" else group)
        row = one(found.frame, statistic="responders", group=group)
        assert row.estimate == time.size
        share = one(found.frame, statistic="survival", group=group, level="3")
        assert share.n == time.size and share.n_events == event.sum()
        assert share.estimate == pytest.approx(100 * survival_at(time, event, 3), rel=1e-9)
    assert one(found.frame, statistic="without_start", group="overall").estimate == 0
    differences = pick(found.frame, group="difference")
    assert len(differences) and differences["note"].str.startswith("among responders").all()


def test_table_figure_sentence_flow_and_methods_say_among_whom(cohort, found):
    table, figure, told = found.table(), found.figure(), found.sentence().parts
    assert "not a randomised group" in table.notes[0] and table.caption == "Duration of response."
    assert "Responders are selected after time zero" in figure.caption
    assert figure.data["n_risk"].max() == 9
    assert told["duration"].startswith("9 of 52 patients responded (6 of 21 with ")
    assert told["duration_by_arm"].startswith("Among responders: median duration of response was ")
    assert told["duration_by_arm"].endswith("is no effect of treatment.")
    boxes = flow(cohort).frame
    mine = boxes[boxes["label"] == "Duration of response (responders)"]
    assert mine["n"].tolist() == [3, 6] and set(mine["box"]) == {"analysed"}
    assert "among responders alone, by Kaplan and Meier's method" in response_methods(cohort.study)


def test_nothing_of_it_appears_where_nobody_asks(plain, cohort):
    assert (
        omission(plain, "response_duration") == "" and omission(cohort, "response_duration") is None
    )
    assert not flow(plain).frame["label"].str.contains("Duration").any()
    assert "uration of response" not in response_methods(plain.study)
    with pytest.raises(ParameterError, match="nothing to work with"):
        response_duration(plain)
    hidden = cohort.with_study({"privacy.smallest_count": 5})
    assert "is not shown" in omission(hidden, "response_duration")
    assert cohort.choose(endpoints=["os"]).study.response.duration is None


def test_what_cannot_be_is_refused(plain, tmp_path):
    with pytest.raises(StudyError, match="'pfz' is not one of the endpoints"):
        plain.with_study({"response.duration": {**LASTING, "endpoint": "pfz"}})
    folder = tmp_path / "study"
    shutil.copytree(plain.folder, folder, ignore=shutil.ignore_patterns("reconstruction"))
    said = yaml.safe_load((folder / "study.yml").read_text("utf-8"))
    said["response"]["duration"], said["swimmer"] = LASTING, None
    (folder / "study.yml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    table = pd.read_csv(folder / "patients.csv", dtype=str)
    started = table["response_start_months"].notna()
    table.loc[started.idxmax(), "response_start_months"] = "400"
    lacking = table.index[started][1]
    table.loc[lacking, "response_start_months"] = None
    table.to_csv(folder / "patients.csv", index=False)
    with pytest.raises(StudyError) as error:
        load_cohort(folder)
    told = [
        problem for problem in error.value.problems if problem.column == "response_start_months"
    ]
    assert len(told) == 1 and "at most pfs_months" in told[0].expected
    assert told[0].found.startswith("response_start_months = 400")
    table.loc[started.idxmax(), "response_start_months"] = "1"
    table.to_csv(folder / "patients.csv", index=False)
    found = response_duration(load_cohort(folder))
    assert one(found.frame, statistic="without_start", group="overall").estimate == 1
    assert "Of one responder the start or the end of the response was not known" in found.sentence()
