"""The prognostic model in the report: its numbers, its nomogram, and what each setting changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny
from edited import run

from cohortbook import load_cohort, prognostic_model
from cohortbook.analysis.nomogram import RISK, TOTAL
from cohortbook.analysis.prediction import CORRECTED, NAMES, Prediction
from cohortbook.display.figures import prognostic_model as figures
from cohortbook.display.methods.settings import model_methods
from cohortbook.errors import ParameterError, StudyError
from cohortbook.results import one, pick
from cohortbook.sections import omission
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.prediction import predicted_risk

MODEL = {"endpoint": "dwm", "horizon": 100, "resamples": 20, "folds": 3,
         "covariates": [{"variable": "age", "per": 10}, {"variable": "hgb"},
                        {"variable": "mspike"}]}  # fmt: skip


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return load_cohort(tiny.gammopathy(tmp_path_factory.mktemp("model") / "study", model=MODEL))


@pytest.fixture(scope="module")
def found(cohort):
    return prognostic_model(cohort)


def matrix(cohort):
    """The covariates of the model, written out."""
    p = cohort.patients
    return np.column_stack([p["age"] / 10, p["hgb"], p["mspike"], p["arm"] == "M"]).astype(float)


def test_the_model_is_the_cox_model_of_what_was_named(cohort, found):
    fit = cox_fit(cohort.patients["dwm_time"], cohort.patients["dwm_event"], matrix(cohort),
                  ties="efron")  # fmt: skip
    ratios = pick(found.frame, statistic="hr")
    ratios = ratios[ratios["note"] != "reference"]
    assert ratios["term"].tolist() == ["age", "hgb", "mspike", "arm"]
    np.testing.assert_allclose(ratios["estimate"], np.exp(fit.coef), rtol=1e-9)
    size = one(found.frame, statistic="events_per_parameter")
    assert size.estimate == size.n_events / 4 == cohort.patients["dwm_event"].sum() / 4
    at_risk = one(found.frame, statistic="at_risk")
    assert at_risk.estimate == (cohort.patients["dwm_time"] >= 100).sum()
    assert pick(found.frame, statistic="predicted")["n"].sum() == len(cohort.patients)


def test_reading_the_points_gives_the_risk_of_the_model(cohort, found):
    points, patients = found.frames["points"], cohort.patients
    total = np.zeros(len(patients))
    for term in ("age", "hgb", "mspike", "arm"):
        own = points[points["term"] == term]
        if term == "arm":
            total += (
                patients["arm"].astype(str).map(own.set_index("level")["points"]).to_numpy(float)
            )
            continue
        own = own.sort_values("value")
        total += np.interp(patients[term], own["value"], own["points"])
    assert points.loc[points["term"] == "age", "points"].max() == pytest.approx(100)
    assert total.min() >= 0 and total.max() <= points.loc[points["term"] == TOTAL, "points"].max()
    scale = points[points["term"] == RISK]
    read = np.interp(total, scale["points"], np.log(-np.log1p(-scale["value"])))
    fit = cox_fit(patients["dwm_time"], patients["dwm_event"], matrix(cohort), ties="efron")
    risk = predicted_risk(fit, matrix(cohort), 100)
    np.testing.assert_allclose(-np.expm1(-np.exp(read)), risk, rtol=1e-6)
    # and so does whoever reads whole points off the figure, to within two per cent
    read = np.interp(np.round(total), scale["points"], np.log(-np.log1p(-scale["value"])))
    assert np.abs(-np.expm1(-np.exp(read)) - risk).max() < 0.02
    drawn = found.figure(kind="nomogram")
    assert drawn.data.equals(points) and "Age up to 100" in drawn.alt.replace(" (years)", "")


def test_the_table_and_the_sentences_have_the_results(found):
    rows = [[getattr(cell, "text", cell) for cell in row.cells] for row in found.table().rows]
    assert [row[0].split(" (")[0] for row in rows] == list(NAMES.values())
    slope = one(found.frame, statistic="slope", group=CORRECTED).estimate
    assert rows[2][1:] == ["1.000", rows[2][2], f"{slope:.3f}"]
    told = found.sentence().parts
    assert "four parameters and 204 events in 320 patients, 51.0 events" in told["size"]
    assert f"was {slope:.2f}:" in told["calibration"] and told["penalty"] == ""
    decision = found.frames["decision"]
    better = decision[CORRECTED] > np.maximum(decision["everybody"], 0)
    low = int(told["benefit"].split("from ")[1].split(" to")[0])
    assert better[(decision["threshold"] * 100).round() == low].all()


def test_a_model_of_few_events_and_one_that_competes_say_so(cohort):
    found = prognostic_model(cohort, model_endpoint="ttm")
    assert "6.5 events for each parameter: fewer than 10" in found.sentence().parts["size"]
    ratios = pick(found.frame, statistic="hr")
    assert set(ratios["method"]) == {"", "Fine-Gray model, Efron ties"}
    assert set(pick(found.frame, statistic="observed")["method"]) == {"Aalen-Johansen"}
    assert found.table(terms=True).notes[0].startswith("Subdistribution hazard")
    assert "is a Fine-Gray model of" in model_methods(found.study)
    with pytest.raises(ParameterError, match="without events that compete"):
        prognostic_model(cohort, model_endpoint="ttm", penalty="ridge")


def test_a_penalty_that_leaves_nothing_is_told_and_nothing_is_drawn(tmp_path):
    rng, n = np.random.default_rng(0), 60
    people = pd.DataFrame({"t": rng.exponential(10, n), "e": rng.integers(0, 2, n),
                           "x": rng.normal(size=n), "z": rng.normal(size=n)})  # fmt: skip
    asked = {"time": "t", "event": "e", "covariates": ["x", "z"], "risk_month": 8,
             "model_resamples": 20}  # fmt: skip
    found = prognostic_model(people, penalty="lasso", folds=5, **asked)
    assert "left no covariate" in found.sentence().parts["size"]
    assert found.figure().nothing and found.figure(kind="nomogram").nothing
    assert not found.figure(kind="penalty").nothing
    assert [row.cells[1].notes for row in found.table().rows] == [
        ("The penalty left no covariate in the model.",)
    ]
    plain = prognostic_model(people, **asked)
    assert plain.figure(kind="penalty").nothing
    slope = one(plain.frame, statistic="slope", group=CORRECTED).estimate
    assert slope < 0.9  # noise


def test_it_is_left_out_where_nobody_asks_and_refused_where_it_cannot_be(cohort, tmp_path):
    plain = load_cohort(tiny.ROOT / "data" / "wei2026")
    assert omission(plain, "prognostic_model") == ""
    with pytest.raises(ParameterError, match="the study has no prognostic model"):
        prognostic_model(plain)
    with pytest.raises(ParameterError, match="asks for no prognostic model"):
        plain.choose(penalty="lasso")
    assert "draft" in omission(cohort.with_study({"draft": True}), "prognostic_model")
    assert "withheld" in omission(
        cohort.with_study({"privacy.smallest_count": 5}), "prognostic_model"
    )
    assert cohort.choose(endpoints=["ttm"]).study.model is None
    wrong = {**MODEL, "endpoint": "pfs", "covariates": [{"variable": "agee"}]}
    with pytest.raises(StudyError) as error:
        load_cohort(tiny.gammopathy(tmp_path / "wrong", model=wrong))
    told = " ".join(problem.found for problem in error.value.problems)
    assert "model.endpoint: 'pfs'" in told and "no variable 'agee' (did you mean 'age'?)" in told


MAY = {"say: benefit", "say: calibration"}  # two printed digits may stay
PERFORMANCE = {"fig-model-performance", "prediction.csv", "say: calibration",
               "say: discrimination", "tbl-model-performance"}  # fmt: skip
ALL = PERFORMANCE | {"fig-nomogram", "say: size", "say: benefit", "tbl-model-terms"}
REST = {
    "model_endpoint": ("ttm", ALL),
    "predictors": (["age"], ALL - {"say: benefit"}),
    # the slope has no horizon, and a share that is printed may round to the same
    "risk_month": (60, ALL - {"say: calibration", "tbl-model-terms"}),
    "penalty": ("lasso", (ALL - {"say: size"}) | {"fig-model-penalty", "say: penalty"}),
    "model_resamples": (30, PERFORMANCE),
    "seed": (5, PERFORMANCE),
    "ties": ("breslow", (PERFORMANCE | {"tbl-model-terms", "fig-nomogram"}) - MAY),
    "conf_level": (0.9, {"fig-model-performance", "prediction.csv", "say: discrimination",
                         "tbl-model-performance", "tbl-model-terms"}),
}  # fmt: skip


def parts(after, before):
    return {
        part if part.startswith("say") else part.split()[0]
        for part in after.differs(before)
        if not part.startswith(("methods", "omitted"))
    }


@pytest.fixture(scope="module")
def before(cohort):
    told = run("13", study=cohort.folder)
    assert not told.error
    return told


@pytest.mark.parametrize("name", REST)
def test_every_choice_of_the_notebook_changes_what_rests_on_it(cohort, before, name):
    value, wanted = REST[name]
    after = run("13", study=cohort.folder, **{name: value})
    assert not after.error
    assert wanted - MAY <= parts(after, before) <= wanted | MAY
    if name not in ("ties", "conf_level", "seed"):
        assert after.parts["methods: model_methods"] != before.parts["methods: model_methods"]


def test_the_choices_that_need_another_study(tmp_path):
    cut = {
        **MODEL,
        "penalty": "elastic net",
        "covariates": [{"variable": "old"}, {"variable": "hgb"}],
    }
    folder = tiny.gammopathy(tmp_path / "cut", model=cut)
    first = run("13", study=folder)
    assert not first.error
    told = first.parts["say: penalty"]
    assert told.startswith("The elastic net, its penalty chosen by 3-fold cross-validation, kept")
    for name, value in {"folds": 4, "cut_points": "old = 60"}.items():
        after = run("13", study=folder, **{name: value})
        assert not after.error
        assert {"prediction.csv", "fig-model-penalty"} <= parts(after, first), name


def test_a_frame_finds_the_same(cohort):
    table = pd.read_csv(cohort.folder / "patients.csv")
    asked = {"covariates": ["age/10", "hgb", "mspike"], "risk_month": 100, "model_resamples": 20}
    own = prognostic_model(table, time="months", event="death", by="sex", **asked).frame
    ours = prognostic_model(cohort).frame
    numbers = ["estimate", "conf_low", "conf_high", "p_value", "n", "n_events"]
    pd.testing.assert_frame_equal(own[numbers], ours[numbers], rtol=1e-9)


def test_the_marks_of_a_nomogram_do_not_touch(found):
    drawn = found.figure(kind="nomogram").drawing
    drawn.canvas.draw()
    boxes = [text.get_window_extent() for text in drawn.texts if text.get_text()]
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])
    nothing = Prediction(*[pd.DataFrame()] * 5)
    assert figures.performance_figure(nothing, found.study).nothing
