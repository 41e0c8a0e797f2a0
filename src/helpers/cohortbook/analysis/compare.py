"""The one rule for which test a row gets; each result names its test."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..stats.ranks import kruskal_wallis, mann_whitney
from ..stats.records import HypothesisTest
from ..stats.tables import choose_test


def cross_table(cohort: Cohort, column: str, levels: list[str]) -> np.ndarray:
    """Count patients by level (rows) and arm (columns, reference arm first).

    Patients with a missing level are left out.
    """
    patients = cohort.patients
    counts = pd.crosstab(patients[column].astype("object"), patients["arm"].astype("object"))
    # a level or an arm that nobody has keeps its row of zeros: the test drops it, and says so
    return counts.reindex(index=levels, columns=cohort.study.arm_codes, fill_value=0).to_numpy()


def compare_counts(cohort: Cohort, table: np.ndarray) -> HypothesisTest:
    """Test a table of levels by arm with the rule that the study's settings choose."""
    extended = cohort.study.statistics.fisher_beyond_2x2
    return choose_test(table, rule="fisher-extended" if extended else "paper")


def without_p(test: HypothesisTest) -> HypothesisTest:
    """Take the P from a test of fewer than two arms with anybody: there is none, not one of 1."""
    return replace(test, p_value=math.nan, note="no value in one of the arms")


def compare_values(cohort: Cohort, column: str) -> HypothesisTest:
    """Compare the values of two arms by the Mann-Whitney U test, of more by Kruskal and Wallis's.

    Asymptotic without continuity correction (as SPSS): of two arms both have the same P.
    """
    patients = cohort.patients.dropna(subset=[column, "arm"])
    groups = [
        patients.loc[patients["arm"] == code, column].to_numpy() for code in cohort.study.arm_codes
    ]
    return mann_whitney(*groups) if len(groups) == 2 else kruskal_wallis(groups)
