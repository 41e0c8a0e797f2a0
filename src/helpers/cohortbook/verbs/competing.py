"""Events that compete: whoever has one can no longer have the others."""

from __future__ import annotations

from collections.abc import Sequence

from ..analysis import competing as analysis
from ..analysis.endpoints import each_endpoint
from ..analysis.survival import tick_months
from ..cohort.cohort import Cohort
from ..display.sentences import competing_events as sentences
from ..display.tables.competing_events import competing_table
from ..errors import ParameterError
from .given import takes
from .result import Result, shown

FIGURES = ("curves", "stacked")


@takes(
    "time event entry by unit competing covariates",
    needed="time event competing",
    section="competing",
)
def competing_events(
    cohort: Cohort,
    *,
    milestones: Sequence[float] | None = None,
    conf_level: float | None = None,
) -> Result:
    """Estimate how often each competing event comes, and compare the arms by cause.

    Doors: `.table()`, `.figure(endpoint)` (a panel a cause, with numbers at risk),
    `.figure(endpoint, kind="stacked")`, `.sentence()` (parts "incidence", "effects").

    >>> import pandas as pd
    >>> from cohortbook import competing_events
    >>> people = pd.DataFrame({"months": [1, 2, 3, 4], "state": [1, 2, 0, 1]})
    >>> found = competing_events(people, time="months", event="state", competing=[2],
    ...                          milestones=[3]).frame
    >>> found.query("statistic == 'incidence' and group == 'overall'")[
    ...     ["level", "estimate"]].values.tolist()
    [['event', 25.0], ['2', 25.0]]

    Returns
    -------
    Result
        `.frame`, analysis "competing", level = "event" or the code of a competing state:
        `incidence` in per cent at milestones (months), `events`, `gray` (chi-squared and P),
        `cause_specific_hr` and `subdistribution_hr`. `.frames["curves"]`: the step functions.

    Source
    ------
    Gray (1988), Fine and Gray (1999), Aalen and Johansen (1978). R: `cuminc`, `finegray`, `coxph`.
    """
    cohort = cohort.choose(milestones=milestones, conf_level=conf_level)
    study = cohort.study
    results = shown(each_endpoint(analysis.competing, cohort), cohort)
    by_arm = study.compares

    def curves_of(one: Cohort, endpoint: str):
        return analysis.incidence_curves(one, endpoint, by_arm)

    def figure(endpoint: str | None = None, kind: str = "curves"):
        from ..display.figures import competing_events as figures

        name = _asked(cohort, endpoint)
        curves = curves_of(cohort, name)
        if kind == "stacked":
            return figures.stacked_figure(curves, study, name)
        if kind != "curves":
            told = f"There is no figure of {kind!r}."
            raise ParameterError(told, mend=f"One of {', '.join(FIGURES)}.")
        risk = analysis.incidence_risk(cohort, name, tick_months(cohort, name), by_arm)
        return figures.incidence_figure(curves, risk, results, study, name)

    return Result(
        "competing_events",
        cohort,
        results,
        frames={"curves": each_endpoint(curves_of, cohort)},
        tables=lambda: competing_table(results, study),
        figures=figure,
        sentences=lambda: sentences.told(results, study),
    )


def _asked(cohort: Cohort, endpoint: str | None) -> str:
    """Give the endpoint that is asked for; the first that has competing events if none is."""
    known = [key for key, spec in cohort.study.endpoints.items() if spec.competing]
    if endpoint is None:
        return known[0]
    if endpoint not in known:
        raise ParameterError(
            f"Nothing competes with the endpoint '{endpoint}'.",
            mend=f"Asked of {', '.join(known)}.",
        )
    return endpoint
