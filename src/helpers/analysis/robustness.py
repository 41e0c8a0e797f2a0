"""Robustness of the treatment's effect: covariates added one by one, each patient left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from ..cohort import Cohort
from ..results import frame, row
from .cox import fit_model, hr_cells, treatment_effect
from .design import design, model_terms


def added_covariates(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give the treatment's hazard ratio as covariates are added in the study's order.

    Returns
    -------
    DataFrame
        Tidy results, analysis "added_covariates", statistic "hr": first row term "arm"
        (unadjusted); each next row's term is the covariate added to those above it.
    """
    keys = {"endpoint": endpoint, "population": cohort.population, "group": "difference"}
    rows = [row("added_covariates", "hr", **treatment_effect(cohort, endpoint)
                | {"term": "arm"} | keys)]
    covariates = cohort.study.cox.covariates if cohort.study.cox else []
    for count in range(1, len(covariates) + 1):
        cells = _adjusted(cohort, endpoint, covariates[:count])
        rows.append(row("added_covariates", "hr", term=covariates[count - 1].variable,
                        **cells | keys))
    return frame(rows)


def leave_one_out(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Refit the treatment alone and fully adjusted without each patient in turn.

    Returns
    -------
    DataFrame
        Tidy results, analysis "leave_one_out", statistic "hr", level "crude" or "adjusted", and
        term = number of the patient left out ("0" = nobody), counted from 1 in the table's order.
    """
    covariates = cohort.study.cox.covariates if cohort.study.cox else []
    rows = list(_without(cohort, endpoint, covariates, 0))
    for number in range(1, len(cohort) + 1):
        kept = cohort.patients.drop(index=number - 1).reset_index(drop=True)
        rows += _without(replace(cohort, patients=kept), endpoint, covariates, number)
    return frame(rows)


def _without(cohort: Cohort, endpoint: str, covariates: list, number: int) -> Iterator[dict]:
    keys = {"endpoint": endpoint, "population": cohort.population, "group": "difference",
            "term": str(number)}
    models = {"crude": []} | ({"adjusted": covariates} if covariates else {})
    for level, chosen in models.items():
        yield row("leave_one_out", "hr", level=level,
                  **_adjusted(cohort, endpoint, chosen) | keys)


def _adjusted(cohort: Cohort, endpoint: str, covariates: list) -> dict:
    """Give the treatment's row in the model with these covariates."""
    terms = model_terms(cohort, covariates)
    data = design(cohort, endpoint, terms)
    fit = fit_model(cohort, data)
    return hr_cells(fit, len(terms) - 1)
