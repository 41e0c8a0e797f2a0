"""Who the patients were: the flow, and the baseline characteristics."""

from __future__ import annotations

from collections.abc import Sequence

from ..analysis import baseline as analysis
from ..analysis import flow as counting
from ..cohort.cohort import Cohort
from ..display.sentences import cohort as sentences
from ..display.tables.baseline import baseline_table
from ..display.tables.tidy import rows_table
from .given import takes
from .result import Result, shown

FLOW = {"box": "Box", "arm": "Arm", "label": "What", "n": "Patients"}


@takes("by time event unit best reason")
def flow(cohort: Cohort) -> Result:
    """Count the patient flow of all arms; numbers before the cohort are the study file's.

    Doors: `.table()`, `.figure()`, `.sentence()` (part "patients").

    >>> from cohortbook import flow, load_cohort
    >>> flow(load_cohort("data/wei2026")).sentence().parts["patients"][:38]
    'The cohort comprised 52 synthetic pati'

    Returns
    -------
    Result
        `.frame`, one row a box or a line in it: columns box, arm, role, label, n, note (see
        `analysis.flow.flow`).

    Source
    ------
    STROBE statement, item 13 (von Elm et al., 2007).
    """
    from ..display.figures.flow import flow_figure

    all_arms = cohort.of_all_arms
    boxes = shown(counting.flow(all_arms), cohort)
    return Result(
        "flow",
        cohort,
        boxes,
        tables=lambda: rows_table(boxes, all_arms.study, FLOW, "Patient flow."),
        figures=lambda: flow_figure(boxes, all_arms.study),
        sentences=lambda: {"patients": sentences.patients(all_arms.study, all_arms.n_by_arm)},
    )


@takes("by")
def baseline(
    cohort: Cohort,
    variables: Sequence[str] | None = None,
    *,
    summary: str | None = None,
    quartiles: str | None = None,
    fisher_beyond_2x2: bool | None = None,
    cut_points: object = None,
) -> Result:
    """Describe baseline variables by arm and overall, and compare the arms: Table 1.

    Three or more arms (`further_arms`) have a column each and one test of all.

    Doors: `.table()`, `.figure()` (distributions), `.sentence()` (parts "balance", "missing").

    >>> import pandas as pd
    >>> from cohortbook import baseline
    >>> people = pd.DataFrame({"arm": list("aabb"), "age": [50, 60, 55, 70], "sex": list("mfmf")})
    >>> found = baseline(people, ["age", "sex"], by="arm").frame
    >>> found.query("term == 'age' and statistic == 'median'").estimate.tolist()  # a, b, overall
    [55.0, 62.5, 57.5]

    Parameters
    ----------
    data : Cohort or DataFrame
    variables : sequence of str, optional
        Rows in order. Of a data frame columns: numbers are continuous, anything else has levels.

    Returns
    -------
    Result
        `.frame`, analysis "baseline": `n`, `percent` (of patients with a value), `median`, `q1`,
        `q3`, `min`, `max`, `mean`, `sd`, `missing` by group, `smd`, and `p_value` (Fisher's exact
        or chi-squared test, Mann-Whitney U, of three or more arms Kruskal-Wallis) with its method.

    Source
    ------
    R: `fisher.test`, `chisq.test`, `wilcox.test`, `kruskal.test`, `quantile`; standardised mean
    differences as Austin (2009).
    """
    from ..display.figures.distributions import distributions_figure

    cohort = cohort.choose(
        variables=variables,
        summary=summary,
        quartiles=quartiles,
        fisher_beyond_2x2=fisher_beyond_2x2,
        cut_points=cut_points,
    )
    all_arms = cohort.of_all_arms
    study, results = all_arms.study, shown(analysis.baseline(all_arms), cohort)
    return Result(
        "baseline",
        cohort,
        results,
        tables=lambda: baseline_table(results, study, all_arms.n_by_arm),
        figures=lambda: distributions_figure(analysis.measured(all_arms), study),
        sentences=lambda: {
            "balance": sentences.balance(results, study),
            "missing": sentences.missing(results, study),
        },
    )
