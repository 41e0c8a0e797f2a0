"""Effects that may change with time: arms compared without one hazard ratio for all of it."""

from __future__ import annotations

from collections.abc import Sequence

from ..analysis import nonproportional as analysis
from ..analysis.endpoints import each_endpoint
from ..cohort.cohort import Cohort
from ..display.sentences import changing as sentences
from ..display.tables.changing import changing_table, differences_table
from ..errors import ParameterError
from .given import takes
from .result import Result, shown


@takes("time event entry by unit", needed="time event by")
def changing_effects(
    cohort: Cohort,
    *,
    weighted_tests: Sequence[Sequence[float]] | None = None,
    periods: Sequence[float] | None = None,
    log_time: bool | None = None,
    differences: Sequence[str] | None = None,
    conf_level: float | None = None,
    seed: int | None = None,
) -> Result:
    """Compare the arms where hazards need not be proportional, as chosen in advance.

    Doors: `.table()`, `.table(differences=True)`, `.figure(endpoint)` (hazard ratio over time,
    differences with their bands), `.sentence()` (parts "tests", "ratios", "differences").

    >>> import pandas as pd
    >>> from cohortbook import changing_effects
    >>> people = pd.DataFrame({"months": [2, 5, 3, 9, 4, 8, 7, 12], "died": [1, 1, 1, 0] * 2})
    >>> people["care"] = ["old", "new"] * 4
    >>> found = changing_effects(people, time="months", event="died", by="care",
    ...                          weighted_tests=[[0, 0], [0, 1]], periods=[6]).frame
    >>> found.query("statistic == 'hr_period'").level.tolist()
    ['0-6', '6-']

    Returns
    -------
    Result
        `.frame`, analysis "nonproportional": `fleming_harrington`, `max_combo`, `hr_period`,
        `equal_periods`, `log_time`, `hr_at`, and differences at milestones;
        `.frames["differences"]` and `.frames["ratios"]`: the curves over time (months).

    Source
    ------
    Fleming and Harrington (1981), Karrison (2016), Parzen (1997), Zhao (2016). R: `survdiff`,
    `survSplit`, `coxph(tt = )`.
    """
    cohort = cohort.choose(weighted_tests=weighted_tests, periods=periods, log_time=log_time,
                           differences=differences, conf_level=conf_level, seed=seed)  # fmt: skip
    study = cohort.study
    if not study.compares:
        raise ParameterError("There is one arm, and nothing to compare.", mend="Name two arms.")
    ends = [key for key in study.endpoints if analysis.is_asked(cohort, key)]
    if not ends:
        raise ParameterError(
            "The study file asks this of no endpoint.", mend="Name one: non_proportional.endpoints."
        )
    results = shown(each_endpoint(analysis.nonproportional, cohort), cohort)

    frames = {
        "ratios": each_endpoint(analysis.ratio_curve, cohort),
        "differences": each_endpoint(analysis.difference_curves, cohort),
    }

    def table(differences: bool = False):
        return (differences_table if differences else changing_table)(results, study)

    def figure(endpoint: str | None = None):
        from ..display.figures.changing import changing_figure

        name = ends[0] if endpoint is None else endpoint
        if name not in ends:
            raise ParameterError(
                f"This is not asked of the endpoint '{name}'.", mend=f"Asked of {', '.join(ends)}."
            )
        return changing_figure(frames["ratios"], frames["differences"], results, study, name)

    return Result(
        "changing_effects",
        cohort,
        results,
        frames=frames,
        tables=table,
        figures=figure,
        sentences=lambda: sentences.told(results, study),
    )
