"""How long responses lasted."""

from __future__ import annotations

from collections.abc import Sequence

from ..analysis import duration as analysis
from ..analysis.responders import ENDPOINT, responders
from ..analysis.survival import curves
from ..analysis.survival_parts import main_panels
from ..cohort.cohort import Cohort
from ..display.sentences import duration as sentences
from ..display.tables.duration import duration_table
from .given import takes
from .result import Result, shown


@takes("a response with its start and its end", frames=False, section="response_duration")
def response_duration(
    cohort: Cohort,
    *,
    conf_level: float | None = None,
    conf_type: str | None = None,
    median: str | None = None,
    risk_times: Sequence[float] | None = None,
) -> Result:
    """Estimate how long responses lasted, among responders, from their first response.

    Doors: `.table()`, `.figure()`, `.sentence()` (parts "duration", "duration_by_arm").

    >>> from cohortbook import load_cohort, response_duration
    >>> lasting = {"start": "response_start_months", "endpoint": "pfs"}
    >>> cohort = load_cohort("data/wei2026").with_study({"response.duration": lasting})
    >>> found = response_duration(cohort).frame
    >>> found.query("statistic == 'responders'")[["group", "estimate"]].values.tolist()
    [['overall', 9.0], ['ICI', 3.0], ['MWA+ICI', 6.0]]

    Returns
    -------
    Result
        `.frame`, analysis "response_duration": `responders`, `without_start`, and as of `km`;
        months from the first response. `.frames["curves"]`: the step functions.

    Source
    ------
    Kaplan and Meier (1958); on responders, Anderson, Cain and Gelber (1983). R: `survfit`.
    """
    cohort = cohort.choose(
        conf_level=conf_level, conf_type=conf_type, median=median, risk_times=risk_times
    )
    among = responders(cohort)
    results = shown(analysis.response_duration(cohort), cohort)

    def figure():
        from ..display.figures.km import Other, km_figure

        other = Other(
            "Duration of response among responders, from their first response.",
            ("Responders are selected after time zero: the arms are not compared as treatments.",)
            if cohort.study.compares
            else (),
        )
        return km_figure(main_panels(among, ENDPOINT), among.study, other=other)

    return Result(
        "response_duration",
        cohort,
        results,
        ENDPOINT,
        {"curves": curves(among, ENDPOINT)},
        tables=lambda: duration_table(results, among.study),
        figures=figure,
        sentences=lambda: sentences.told(results, cohort.study, among.study),
    )
