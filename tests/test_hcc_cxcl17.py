"""The real cohort gives back what its authors published (PLoS ONE 2014, e110064)."""

from pathlib import Path

import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test

FILE = Path(__file__).parents[1] / "data" / "hcc-cxcl17" / "patients.csv"


@pytest.fixture(scope="module")
def patients():
    return pd.read_csv(FILE)


@pytest.fixture(scope="module")
def halves(patients):
    low = patients["cxcl17_p"] <= patients["cxcl17_p"].median()
    return patients[low], patients[~low]


def test_every_patient_of_the_article_is_there_once_and_complete(patients):
    assert len(patients) == 227
    assert patients["patient_id"].is_unique
    assert not patients.isna().any().any()
    assert patients["os_event"].sum() == 97
    assert patients["rfs_event"].sum() == 143


def test_codings_are_those_of_the_dictionary(patients):
    assert set(patients["sex"]) == {"M", "F"}
    for column in ["hbsag", "cirrhosis", "vascular_invasion", "capsulation", "os_event"]:
        assert set(patients[column]) == {0, 1}, column
    for column in ["alt", "ast", "afp", "tumour_size", "differentiation", "multiplicity", "tnm"]:
        assert set(patients[column]) == {1, 2}, column


def test_five_year_recurrence_as_published(halves):
    recurrence = [
        1 - KaplanMeierFitter().fit(half["rfs_months"], half["rfs_event"]).predict(60)
        for half in halves
    ]
    assert [round(100 * value, 1) for value in recurrence] == [53.1, 77.7]


def test_log_rank_as_published(halves):
    low, high = halves
    os_p, rfs_p = (
        logrank_test(
            low[f"{e}_months"], high[f"{e}_months"], low[f"{e}_event"], high[f"{e}_event"]
        ).p_value
        for e in ["os", "rfs"]
    )
    assert round(os_p, 3) == 0.002
    assert rfs_p < 0.001
