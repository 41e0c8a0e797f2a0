"""Missing covariates: what is missing, and the model of complete cases beside an imputed one."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, pick, row
from ..study.settings import FEWEST_COPIES
from .cox import fit_model, hr_cells
from .design import design, model_terms
from .imputed import IMPUTED, imputed_factors, missing_covariates, tipping_point

COMPLETE = "hr_complete"


def missing_data(cohort: Cohort) -> pd.DataFrame:
    """Count what is missing, and fit each endpoint's model with and without imputation.

    Returns
    -------
    DataFrame
        Tidy results. Analysis "missing" as of `missing_covariates`; analysis "cox_imputed" by
        endpoint: `hr_complete` (of those who lack nothing), `hr` and `fmi` (per cent) of the
        imputed with their number, `imputations`, and `copies_error` (see `imputed_factors`),
        `hr_delta` of the study's tipping points.
    """
    settings = cohort.study.missing
    parts = [missing_covariates(cohort)]
    for endpoint in cohort.study.endpoints:
        parts.append(frame(_complete(cohort, endpoint)))
        imputed = imputed_factors(cohort, endpoint, settings.copies, settings.rounds)
        parts.append(imputed)
        made = pick(imputed, statistic="imputations")["estimate"]
        # as many copies as of the main result, so that only the moved values differ
        copies = int(made.iloc[0]) if len(made) else settings.copies or FEWEST_COPIES
        for variable, deltas in settings.tipping.items():
            parts.append(tipping_point(cohort, endpoint, variable, deltas, copies,
                                       settings.rounds))  # fmt: skip
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def _complete(cohort: Cohort, endpoint: str) -> Iterator[dict]:
    data = design(cohort, endpoint, model_terms(cohort, cohort.study.covariates), entry=True)
    fit = fit_model(cohort, data)
    for column, term in enumerate(data.terms):
        yield row(IMPUTED, COMPLETE, term=term.variable, level=term.level, endpoint=endpoint,
                  population=cohort.population, 
                  **hr_cells(fit, column, term.variable in data.adrift))  # fmt: skip
