"""The treatment's hazard ratio as the covariates of the study are added one by one."""

from __future__ import annotations

import pandas as pd

from ...cohort.cohort import Cohort
from ...results import frame, row
from ..cox import fit_model, hr_cells, treatment_effect
from ..design import design, model_terms


def added_covariates(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give the treatment's hazard ratio as covariates are added in the study's order.

    Returns
    -------
    DataFrame
        Tidy results, analysis "added_covariates", statistic "hr": first row term "arm"
        (unadjusted); each next row's term is the covariate added to those above it.
    """
    keys = {"endpoint": endpoint, "population": cohort.population, "group": "difference"}
    rows = [
        row("added_covariates", "hr", **treatment_effect(cohort, endpoint) | {"term": "arm"} | keys)
    ]
    covariates = cohort.study.covariates
    # in the study's order, chosen before: an order chosen by what it does to the ratio shows what
    # one likes
    for count in range(1, len(covariates) + 1):
        cells = _adjusted(cohort, endpoint, covariates[:count])
        rows.append(
            row("added_covariates", "hr", term=covariates[count - 1].variable, **cells | keys)
        )
    return frame(rows)


def _adjusted(cohort: Cohort, endpoint: str, covariates: list) -> dict:
    """Give the treatment's row in the model with these covariates."""
    terms = model_terms(cohort, covariates)
    data = design(cohort, endpoint, terms, entry=True)
    return hr_cells(fit_model(cohort, data), len(terms) - 1)
