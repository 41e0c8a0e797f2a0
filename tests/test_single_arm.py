"""A study of one arm: everything is described, nothing is compared, nothing crashes."""

from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import yaml
from lifelines import CoxPHFitter
from run_cells import run_cells
from tiny import study_folder

from cohortbook.analysis.baseline import baseline
from cohortbook.analysis.cox import prognostic_factors
from cohortbook.analysis.cox_checks import influence
from cohortbook.analysis.response import response
from cohortbook.analysis.safety import safety
from cohortbook.analysis.survival import survival
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.safety import safety_butterfly_figure
from cohortbook.display.methods.manuscript import study_values
from cohortbook.display.methods.settings import cox_methods
from cohortbook.display.sentences import cox as sentences
from cohortbook.display.tables.baseline import baseline_table
from cohortbook.display.tables.cox import influence_table
from cohortbook.display.tables.response import response_table
from cohortbook.display.tables.safety import safety_table
from cohortbook.display.tables.survival import median_table
from cohortbook.results import pick
from cohortbook.session.book import NothingToDo
from cohortbook.study.parts import Covariate, Cox

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
RESPONSE = {
    "column": "bor",
    "criteria": "RECIST 1.1",
    "objective": ["PR"],
    "control": ["PR", "SD"],
    "not_evaluable": "NE",
    "change": "change",
    "categories": [{"code": c} for c in ("PR", "SD", "PD", "NE")],
}
PATIENTS = """\
patient_id,age,sex,os_months,os_event,bor,change
1,50,M,10,1,PR,-40
2,60,F,12,0,SD,5
3,70,M,8,1,PD,30
4,55,F,20,0,PR,-35
5,65,M,15,1,NE,
"""
EVENTS = "patient_id,ae_term,ctcae_grade\n1,Rash,3\n2,Rash,1\n2,Fever,2\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = study_folder(tmp_path_factory.mktemp("one") / "study")
    raw = yaml.safe_load((folder / "study.yml").read_text())
    raw |= {
        "arms": raw["arms"][:1],
        "reference_arm": "A",
        "response": RESPONSE,
        "adverse_events": {},
        "tables": {"adverse_events": "ae.csv"},
        "baseline": [{"variable": "age"}, {"variable": "sex"}],
        "cox": {"covariates": [{"variable": "age"}]},
    }
    raw["variables"]["sex"] = {
        "label": "Sex",
        "kind": "categorical",
        "levels": [{"code": "M"}, {"code": "F"}],
    }
    raw["endpoints"]["os"]["milestones"] = [6, 12]
    (folder / "study.yml").write_text(yaml.safe_dump(raw))
    (folder / "patients.csv").write_text(PATIENTS)
    (folder / "ae.csv").write_text(EVENTS)
    return folder


@pytest.fixture(scope="module")
def cohort(folder):
    return load_cohort(folder)


def test_everybody_is_in_the_one_arm(cohort):
    assert cohort.n_by_arm == {"A": 5}


def test_no_result_compares(cohort):
    found = pd.concat([baseline(cohort), response(cohort), safety(cohort), survival(cohort, "os")])
    assert "difference" not in set(found["group"])
    assert found["p_value"].isna().all()


def test_tables_have_no_column_that_compares(cohort):
    study, n = cohort.study, cohort.n_by_arm
    shown = [
        baseline_table(baseline(cohort), study, n),
        response_table(response(cohort), study, n),
        safety_table(safety(cohort), study, n),
        median_table(survival(cohort, "os"), study),
    ]
    assert [len(table.columns) for table in shown] == [2, 2, 3, 3]
    for table in shown:
        assert {len(row.cells) for row in table.rows if not row.group} == {len(table.columns)}
        text = table.html()
        assert not any(word in text for word in ("P value", "SMD", "Log-rank", "Hazard", "by arm"))


def test_the_methods_speak_of_no_comparison(cohort):
    text = " ".join(study_values(cohort).values())
    assert "in one arm" in text
    assert "Kaplan-Meier estimates and Cox models" in text
    text = text.replace("Levels of a factor were compared with its reference level.", "")
    assert not any(word in text for word in ("log-rank", "Fisher", "two arms", "compare"))


def test_the_safety_figure_has_one_wing(cohort):
    drawing = safety_butterfly_figure(safety(cohort), cohort.study).drawing
    assert len(drawing.axes) - 1 <= 1
    plt.close(drawing)


@pytest.mark.parametrize(
    "name",
    [
        "01-cohort.ipynb",
        "02-response.ipynb",
        "03-survival.ipynb",
        "04-prognostic-factors.ipynb",
        "05-safety.ipynb",
    ],
)
def test_the_notebooks_run(folder, name):
    run_cells(name, folder)
    plt.close("all")


def test_the_notebook_about_the_treatment_effect_ends_with_a_sentence(folder):
    with pytest.raises(NothingToDo, match="two arms"):
        run_cells("06-robustness.ipynb", folder)


def test_prognostic_factors_of_one_arm_are_models_of_the_covariates_alone():
    whole = load_cohort(NOTEBOOKS.parent / "data" / "wei2026")
    keep = whole.patients["arm"] == "ICI"
    study = whole.study.model_copy(
        update={
            "arms": [arm for arm in whole.study.arms if arm.code == "ICI"],
            "cox": Cox(covariates=[Covariate(variable="age"), Covariate(variable="ecog")]),
        }
    )
    cohort = replace(whole, study=study, patients=whole.patients[keep].reset_index(drop=True))
    found = prognostic_factors(cohort, "pfs")
    assert set(pick(found, statistic="hr")["term"]) == {"age", "ecog"}
    # the same model by lifelines
    own = cohort.patients.assign(ecog1=(cohort.patients["ecog"] == "1").astype(float))
    fitter = CoxPHFitter().fit(
        own[["age", "ecog1", "pfs_time", "pfs_event"]], "pfs_time", "pfs_event"
    )
    adjusted = pick(found, analysis="cox_multivariable", statistic="hr")
    mine = adjusted[adjusted["note"] != "reference"].set_index("term")["estimate"]
    efron = replace(
        cohort,
        study=study.model_copy(
            update={"statistics": study.statistics.model_copy(update={"ties": "efron"})}
        ),
    )
    exact = pick(prognostic_factors(efron, "pfs"), analysis="cox_multivariable", statistic="hr")
    exact = exact[exact["note"] != "reference"].set_index("term")["estimate"]
    assert exact["age"] == pytest.approx(fitter.hazard_ratios_["age"], rel=1e-5)
    assert exact["ecog"] == pytest.approx(fitter.hazard_ratios_["ecog1"], rel=1e-5)
    assert mine["age"] == pytest.approx(exact["age"], rel=0.05), "Breslow and Efron are near"
    moved = influence(cohort, "pfs")
    assert "hr_without" not in set(moved["statistic"])
    table = influence_table(moved, study)
    assert len(table.columns) == 3
    told = sentences.model(found, study, "pfs")
    assert told["treatment"] == ""
    assert "treatment" not in " ".join([*told.values(), cox_methods(study)])
