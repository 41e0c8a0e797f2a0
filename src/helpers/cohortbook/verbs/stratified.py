"""The treatment's effect within strata, and with limits that allow for clusters such as centres."""

from __future__ import annotations

from ..analysis import stratified as analysis
from ..analysis.endpoints import each_endpoint
from ..cohort.cohort import Cohort
from ..display.sentences.stratified import told
from ..display.tables.stratified import stratified_table
from .given import one_endpoint, takes
from .result import Result, shown


@takes("a study file with cox.strata or cox.cluster", section="strata", frames=False)
def stratified(
    cohort: Cohort,
    endpoint: str | None = None,
    *,
    adjusted: bool = False,
    strata: str | None = None,
    cluster: str | None = None,
) -> Result:
    """Compare the arms within strata, and with robust limits by cluster.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "stratified").

    >>> from cohortbook import load_cohort, stratified
    >>> cohort = load_cohort("data/wei2026").with_study({"cox.strata": "ecog"})
    >>> stratified(cohort, "os").frame.estimate.round(3).tolist()
    [2.0, 3.835, 0.41]

    Parameters
    ----------
    endpoint : str, optional
        An endpoint of the study; all of them if not given.
    adjusted : bool
        Beside the covariates of `cox`, without the strata's own; otherwise the treatment alone,
        with the log-rank tests.
    strata, cluster : str, optional
        Categorical variables; None is the study's.

    Returns
    -------
    Result
        `.frame`, analysis "stratified", by level ("strata", "clusters"): `groups` (how many),
        `hr` and, unadjusted, `logrank`; patients without a value are left out.

    Source
    ------
    Lin and Wei (1989). R: `coxph(... + strata(s))`, `coxph(..., cluster = s)`, `survdiff`.
    """
    cohort = cohort.choose(strata=strata, cluster=cluster)
    name = one_endpoint(cohort, endpoint) if endpoint else ""
    alone = cohort.choose(endpoints=[name]) if name else cohort
    term = analysis.ADJUSTED if adjusted else analysis.CRUDE
    study = alone.study
    results = shown(each_endpoint(lambda c, key: analysis.stratified(c, key, term), alone), alone)

    def figure():
        from ..display.figures.estimates import RATIO, estimates_figure

        words = {"strata": f"within strata of {study.cox.strata}",
                 "clusters": f"limits by {study.cox.cluster}",
                 "crude": "alone", "adjusted": "adjusted"}  # fmt: skip
        caption = (
            f"The {study.texts.exposure}'s hazard ratio within strata, and with limits by cluster."
        )
        return estimates_figure(results, study, RATIO, caption, words, statistic="hr")

    return Result(
        "stratified",
        cohort,
        results,
        name,
        tables=lambda: stratified_table(results, study),
        figures=figure,
        sentences=lambda: {"stratified": told(results, study)},
    )
