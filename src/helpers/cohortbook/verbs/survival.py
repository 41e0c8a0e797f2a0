"""How long patients lived: curves, medians, milestones, log-rank tests."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ..analysis import survival as analysis
from ..analysis import survival_parts as parts
from ..analysis.small_cells import withhold_curves, withhold_panels
from ..cohort.cohort import Cohort
from ..display.sentences import follow_up
from ..display.sentences import survival as sentences
from ..display.sentences.abstract import survival as abstract
from ..display.tables.survival import median_table
from ..errors import ParameterError
from .given import one_endpoint, takes
from .result import Result, shown


@takes("time event entry by unit competing", needed="time event")
def km(
    cohort: Cohort,
    endpoint: str | None = None,
    *,
    conf_level: float | None = None,
    conf_type: str | None = None,
    median: str | None = None,
    milestones: Sequence[float] | None = None,
    risk_times: Sequence[float] | None = None,
    subgroups: Sequence[str] | None = None,
) -> Result:
    """Estimate survival to one endpoint by Kaplan and Meier, overall and by arm; compare the arms.

    Doors: `.table()`, `.figure()`, `.figure(subgroups=True)`, `.sentence()` (parts "overall",
    "arms", "abstract_primary").

    >>> import pandas as pd
    >>> from cohortbook import km
    >>> people = pd.DataFrame({"months": [2, 4, 6, 8], "died": [1, 1, 0, 1], "arm": list("aabb")})
    >>> found = km(people, time="months", event="died", by="arm").frame
    >>> found.query("statistic == 'median'")[["group", "estimate"]].values.tolist()
    [['overall', 6.0], ['a', 3.0], ['b', 8.0]]

    Parameters
    ----------
    data : Cohort or DataFrame
    endpoint : str, optional
        An endpoint of the study; its first if not given. A data frame has none.

    Returns
    -------
    Result
        `.frame`, analysis "survival": `median` (NaN = not reached), `survival` and
        `event_percent` (0 to 100) at milestones, `follow_up` by group, `logrank` and `hr` with
        group "difference"; times in months. `.frames["curves"]`: the step functions.

    Source
    ------
    Kaplan and Meier (1958), Brookmeyer and Crowley (1982). R: `survfit`, `survdiff`.
    """
    cohort = cohort.choose(
        conf_level=conf_level,
        conf_type=conf_type,
        median=median,
        milestones=milestones,
        risk_times=risk_times,
        subgroups=subgroups,
    )
    name = one_endpoint(cohort, endpoint)
    alone = cohort.choose(endpoints=[name])
    study, results = alone.study, shown(parts.survival_of_parts(alone), alone)

    def figure(subgroups: bool = False, **how: bool):
        from ..display.figures.km import km_figure

        if subgroups and not study.subgroups:
            raise ParameterError(
                "There are no subgroups to draw.", "km", 'Name some: subgroups=["sex=F"].'
            )
        panels = parts.subgroup_panels if subgroups else parts.main_panels
        return km_figure(withhold_panels(panels(cohort, name), cohort), cohort.study, **how)

    return Result(
        "km",
        cohort,
        results,
        name,
        {"curves": withhold_curves(analysis.curves(alone, name), alone)},
        tables=lambda: median_table(results, study),
        figures=figure,
        sentences=lambda: _told(results, study),
    )


@takes("time event entry by unit", needed="time event", section="survival")
def survival(
    cohort: Cohort,
    *,
    endpoints: Sequence[str] | None = None,
    subgroups: Sequence[str] | None = None,
    conf_level: float | None = None,
    conf_type: str | None = None,
    median: str | None = None,
    milestones: Sequence[float] | None = None,
) -> Result:
    """Summarise every endpoint, in all patients, by arm and in the subgroups.

    Doors: `.table()`, `.figure(endpoint)` (the first if not named), `.sentence()` (parts "overall",
    "arms", "subgroups", "abstract_primary", "abstract_others", of one arm "abstract_conclusion").

    >>> from cohortbook import load_cohort, survival
    >>> survival(load_cohort("data/hcc-cxcl17")).frame.endpoint.unique().tolist()
    ['os', 'rfs']

    Returns
    -------
    Result
        `.frame` as of `km`, endpoints and populations one below the other; times in months.

    Source
    ------
    As `km`.
    """
    cohort = cohort.choose(
        endpoints=endpoints,
        subgroups=subgroups,
        conf_level=conf_level,
        conf_type=conf_type,
        median=median,
        milestones=milestones,
    )
    study, results = cohort.study, shown(parts.survival_of_parts(cohort), cohort)
    return Result(
        "survival",
        cohort,
        results,
        tables=lambda: median_table(results, study),
        figures=lambda endpoint=None, **how: km(cohort, endpoint).figure(**how),
        sentences=lambda: _told(results, study),
    )


def _told(results: pd.DataFrame, study) -> dict[str, str]:
    arms = [sentences.by_arm(results, study), follow_up.by_arm(results, study)]
    told = {"overall": sentences.overall(results, study), "arms": " ".join(filter(None, arms))}
    if study.subgroups:
        told["subgroups"] = sentences.subgroups(results, study)
    return told | abstract.survival(results, study)
