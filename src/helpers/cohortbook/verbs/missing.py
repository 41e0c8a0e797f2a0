"""Missing covariates: in whom, and what the models find when they are imputed."""

from __future__ import annotations

from ..analysis import missing as analysis
from ..cohort.cohort import Cohort
from ..display.sentences import missing as sentences
from ..display.tables.missing import imputed_table
from ..errors import ParameterError
from ..sections import most_missing
from .given import takes
from .result import Result, shown


@takes("time event entry by unit covariates", needed="time event covariates")
def missing_data(
    cohort: Cohort, *, imputations: int | None = None, seed: int | None = None
) -> Result:
    """Count missing covariates, and put multiple imputation beside the complete cases.

    Doors: `.table()`, `.figure()` (patterns), `.sentence()` (parts "missing", "imputed",
    "tipping").

    >>> import pandas as pd
    >>> from cohortbook import missing_data
    >>> people = pd.DataFrame({"months": range(1, 13), "died": [1, 1, 0] * 4})
    >>> people["x"] = [1, 3, None] * 4
    >>> found = missing_data(people, time="months", event="died", covariates=["x"], imputations=2)
    >>> found.frame.query("statistic == 'missing'").estimate.tolist()
    [4.0, 4.0]

    Returns
    -------
    Result
        `.frame`, analysis "missing": `missing` (counts) and `pattern`; analysis "cox_imputed":
        `hr_complete`, `hr` (pooled), `fmi` in per cent, `hr_delta` of tipping points.

    Source
    ------
    van Buuren and Groothuis-Oudshoorn (2011), Rubin (1987), Barnard and Rubin (1999). R: `mice`.
    """
    cohort = cohort.choose(imputations=imputations, seed=seed)
    study = cohort.study
    if not most_missing(cohort):
        raise ParameterError(
            "No covariate is missing in anybody.", mend="There is nothing to impute."
        )
    results = shown(analysis.missing_data(cohort), cohort)

    def figure():
        from ..display.figures.missing import missing_figure

        return missing_figure(results, study)

    return Result(
        "missing_data",
        cohort,
        results,
        tables=lambda: imputed_table(results, study),
        figures=figure,
        sentences=lambda: sentences.told(results, study),
    )
