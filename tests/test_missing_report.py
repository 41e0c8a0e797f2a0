"""Missing covariates in the report: counted by hand, and complete cases as in notebook 04."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny
from edited import run

from cohortbook import cox, load_cohort, missing_data
from cohortbook.errors import ParameterError, StudyError
from cohortbook.results import one, pick
from cohortbook.sections import most_missing, omission


def study(folder, share=0.2, **said):
    """Give the gammopathies with haemoglobin missing in a share of patients."""
    tiny.gammopathy(folder, **said)
    table, rng = pd.read_csv(folder / "patients.csv"), np.random.default_rng(1)
    table.loc[rng.random(len(table)) < share, "hgb"] = np.nan
    table.loc[rng.random(len(table)) < share / 2, "mspike"] = np.nan
    table.to_csv(folder / "patients.csv", index=False)
    return folder


QUICK = {"copies": 3, "rounds": 2, "tipping": {"hgb": [-2, 2]}}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return load_cohort(study(tmp_path_factory.mktemp("missing") / "study", missing=QUICK))


def test_what_is_missing_is_counted_by_hand_and_complete_cases_are_the_usual_model(cohort):
    found = missing_data(cohort)
    table = cohort.patients
    for name in ("hgb", "mspike"):
        for arm in ("F", "M"):
            row = one(found.frame, statistic="missing", term=name, group=arm)
            assert row.estimate == table.loc[table["arm"] == arm, name].isna().sum()
    both = one(found.frame, statistic="pattern", term="mspike + hgb")
    assert both.estimate == (table["hgb"].isna() & table["mspike"].isna()).sum()
    usual = pick(cox(cohort, "dwm").frame, analysis="cox_multivariable", statistic="hr", term="arm")
    usual = one(usual, level="M")
    complete = one(found.frame, statistic="hr_complete", endpoint="dwm", term="arm")
    for name in ("estimate", "conf_low", "conf_high", "p_value"):
        assert complete[name] == pytest.approx(usual[name], rel=1e-9)
    assert complete.n == (table["hgb"].notna() & table["mspike"].notna()).sum()
    whole = one(found.frame, statistic="hr", endpoint="dwm", term="arm")
    assert whole.n == len(table)
    data = found.figure().data
    assert data["estimate"].sum() == len(table) and data["term"].iloc[0] == ""
    moved = pick(found.frame, statistic="hr_delta", endpoint="dwm")
    assert moved["level"].tolist() == ["-2", "2"]
    assert f"{int(table['hgb'].isna().sum())} (" in found.sentence()


def test_as_many_copies_are_made_as_the_stated_precision_asks(cohort):
    quick = cohort.with_study({"missing": {"rounds": 2, "tipping": {"hgb": [1]}}})
    quick = quick.choose(endpoints=["dwm"])
    rough = missing_data(quick.with_study({"missing.precision": 1.0})).frame
    few, error = (one(rough, statistic=name).estimate for name in ("imputations", "copies_error"))
    assert few == 20 and 10 < error < 100
    precise = missing_data(quick)
    many = one(precise.frame, statistic="imputations").estimate
    assert 20 < many <= 80
    assert one(precise.frame, statistic="copies_error").estimate <= 10
    assert f"Completed copies: {many:.0f}." in precise.table().text()
    for statistic in ("hr", "hr_delta"):
        found = pick(precise.frame, statistic=statistic)
        assert found["method"].str.contains(f"{many:.0f} imputations").all()
    assert one(missing_data(quick, imputations=5).frame, statistic="imputations").estimate == 5


def test_it_is_shown_unasked_beyond_the_stated_share_and_not_below(cohort):
    share = cohort.patients["hgb"].isna().mean()
    assert most_missing(cohort) == pytest.approx(share)
    assert omission(cohort, "missing_data") is None
    assert omission(cohort.with_study({"missing.over": share}), "missing_data") == ""
    plain = load_cohort(tiny.ROOT / "data" / "wei2026")
    assert omission(plain, "missing_data") == ""
    with pytest.raises(ParameterError, match="No covariate is missing"):
        missing_data(plain)
    assert "draft" in omission(cohort.with_study({"draft": True}), "missing_data")
    with pytest.raises(StudyError, match="'age' is no covariate"):
        cohort.with_study({"missing.tipping": {"age": [1]}})


def test_a_tipping_point_goes_with_its_covariate(cohort):
    """A choice of other covariates was refused where the study file has a tipping point."""
    kept = cohort.choose(covariates=["hgb"]).study
    assert kept.missing.tipping == {"hgb": [-2, 2]}
    others = cohort.choose(covariates=["mspike"])
    assert [one.variable for one in others.study.covariates] == ["mspike"]
    assert others.study.missing.tipping == {} and others.study.missing.copies == 3


def test_every_choice_of_the_notebook_changes_what_rests_on_it(cohort):
    before = run("10", study=cohort.folder)
    assert not before.error
    model = {"missing_data.csv", "say: imputed", "say: tipping", "tbl-imputed"}
    rest = {
        "endpoints": (["dwm"], model), "cut_points": ("old = 60", model), "seed": (5, model),
        "imputations": (5, model), "ties": ("breslow", model),
        "conf_level": (0.9, model - {"say: tipping"}),
        "covariates": (["hgb"], model | {"fig-missing", "say: missing"}),
    }  # fmt: skip
    for name, (value, wanted) in rest.items():
        after = run("10", study=cohort.folder, **{name: value})
        assert not after.error
        parts = {
            part if part.startswith("say") else part.split()[0]
            for part in after.differs(before)
            if not part.startswith(("methods", "omitted"))
        }
        assert parts == wanted, name
