"""A prognostic model: what it predicts, and how well."""

from __future__ import annotations

from collections.abc import Sequence

from ..analysis import prediction as analysis
from ..cohort.cohort import Cohort
from ..display.sentences import prognostic_model as sentences
from ..display.tables import prognostic_model as tables
from ..errors import ParameterError
from .given import takes
from .result import Result, shown

FIGURES = ("performance", "nomogram", "penalty")


@takes(
    "time event by unit competing covariates risk_month",
    needed="time event covariates risk_month",
    section="prognostic_model",
)
def prognostic_model(
    cohort: Cohort,
    *,
    model_endpoint: str | None = None,
    predictors: Sequence[str] | None = None,
    model_resamples: int | None = None,
    penalty: str | None = None,
    folds: int | None = None,
    seed: int | None = None,
    conf_level: float | None = None,
) -> Result:
    """Make a model that predicts the risk by a month, and judge it, corrected for optimism.

    Doors: `.table()` (how well it predicts), `.table(terms=True)`, `.figure()` (calibration and
    decision curve), `.figure(kind="nomogram")`, `.figure(kind="penalty")`, `.sentence()` (parts
    "size", "penalty", "discrimination", "calibration", "benefit").

    >>> import pandas as pd
    >>> from cohortbook import prognostic_model
    >>> people = pd.DataFrame({"months": range(1, 13), "died": [1, 1, 0] * 4,
    ...                        "x": [9, 7, 8, 9, 6, 3, 5, 6, 2, 4, 1, 3]})
    >>> found = prognostic_model(people, time="months", event="died", covariates=["x"],
    ...                          risk_month=6, model_resamples=20).frame
    >>> found.query("statistic == 'harrell_c' and group == 'apparent'").estimate.round(2).tolist()
    [0.9]

    Returns
    -------
    Result
        `.frame`, analysis "prediction": `events_per_parameter`, `hr` by term, and at the month
        (level) `harrell_c`, `uno_c`, `slope`, `observed_expected` and `brier`, group "apparent",
        "optimism" and "corrected"; `predicted` and `observed` risk in per cent by group of like
        risk. `.frames`: "calibration", "decision", "points" (the nomogram) and "path" (penalties).

    Source
    ------
    Harrell, Lee and Mark (1996), Uno et al. (2011), Vickers and Elkin (2006), Simon et al. (2011),
    Fine and Gray (1999). R: `rms::validate`, `survival::concordance`, `glmnet`.
    """
    cohort = cohort.choose(
        model_endpoint=model_endpoint, predictors=predictors, model_resamples=model_resamples,
        penalty=penalty, folds=folds, seed=seed, conf_level=conf_level,
    )  # fmt: skip
    study = cohort.study
    found = analysis.prediction(cohort)
    results = shown(found.results, cohort)

    def table(terms: bool = False):
        if terms:
            return tables.terms_table(results, found.points, study)
        return tables.performance_table(results, study)

    def figure(kind: str = "performance"):
        from ..display.figures import prognostic_model as figures

        if kind == "performance":
            return figures.performance_figure(found, study)
        if kind == "nomogram":
            return figures.nomogram_figure(found.points, study)
        if kind == "penalty":
            return figures.penalty_figure(found, study)
        raise ParameterError(
            f"There is no figure of {kind!r}.", mend=f"One of {', '.join(FIGURES)}."
        )

    return Result(
        "prognostic_model",
        cohort,
        results,
        frames={
            "calibration": found.calibration,
            "decision": found.decision,
            "points": found.points,
            "path": found.path,
        },
        tables=table,
        figures=figure,
        sentences=lambda: sentences.told(results, found.decision, study),
    )
