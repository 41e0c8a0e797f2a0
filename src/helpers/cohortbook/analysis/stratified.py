"""The treatment's effect within strata, and with limits that allow for clusters such as centres."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.cox import cox_fit
from ..stats.logrank import logrank
from ..stats.weighted_curves import weighted_logrank
from .cox import hr_cells
from .design import ARM, Design, Term, design, known, model_terms

ANALYSIS = "stratified"
CRUDE, ADJUSTED = "crude", "adjusted"
STRATA, CLUSTERS = "strata", "clusters"
FEW_CLUSTERS = 20


def stratified(
    cohort: Cohort, endpoint: str, strata: str | None = None, cluster: str | None = None
) -> pd.DataFrame:
    """Compare the arms within strata, or with robust limits by cluster.

    Parameters
    ----------
    strata, cluster : str, optional
        Categorical variables of the study. Patients without a value are left out.

    Returns
    -------
    DataFrame
        Tidy results, analysis "stratified", group "difference", level "strata" or "clusters":
        `logrank` (stratified, or with a robust variance) and `hr`, term "crude" and, if the study
        names covariates, "adjusted" (without the strata's own variable). Robust limits by few
        clusters are too narrow: the note says so below 20. Empty for one arm.

    Raises
    ------
    KeyError
        A variable that the study does not have, or that is not categorical.
    """
    if not cohort.study.compares:
        return frame([])
    rows: list[dict] = []
    for level, name in ((STRATA, strata), (CLUSTERS, cluster)):
        if name is not None:
            if not cohort.study.variables[name].levels:
                raise KeyError(f"{name} is not categorical")
            rows += _rows(cohort, endpoint, level, name)
    return frame(rows)


def _rows(cohort: Cohort, endpoint: str, level: str, name: str) -> Iterator[dict]:
    settings = cohort.study.statistics
    keys = {"endpoint": endpoint, "population": cohort.population, "group": "difference",
            "level": level}  # fmt: skip
    for term, data, label in _models(cohort, endpoint, level, name):
        n, events = len(data.time), int(data.event.sum())
        counts = {"n": n, "n_events": events}
        within = {"strata": label} if level == STRATA else {"cluster": label}
        few = np.unique(label).size
        note = ""
        if level == CLUSTERS and few < FEW_CLUSTERS:
            note = f"only {few} clusters: robust limits are too narrow"
        if term == CRUDE:
            given = data.time, data.event, data.x[:, -1]
            if level == STRATA:
                test, method = logrank(*given, label), f"log-rank test stratified by {name}"
            else:
                test = weighted_logrank(*given, cluster=label)
                method = f"log-rank test, robust variance by {name}"
            yield row(ANALYSIS, "logrank", test.chi2, p_value=test.p, method=method,
                      note=test.note or note, **keys | counts)  # fmt: skip
        fit = cox_fit(data.time, data.event, data.x, [t.name for t in data.terms],
                      ties=settings.ties, conf_level=settings.conf_level, **within)  # fmt: skip
        cells = hr_cells(fit, len(data.terms) - 1)
        how = f"stratified by {name}" if level == STRATA else f"robust limits by {name}"
        cells |= {"method": f"{cells['method']}, {how}", "note": cells["note"] or note}
        yield row(ANALYSIS, "hr", term=term, **keys | cells)


def _models(cohort: Cohort, endpoint: str, level: str, name: str
            ) -> Iterator[tuple[str, Design, np.ndarray]]:  # fmt: skip
    """The crude and the adjusted model of the patients who have a label, and the labels."""
    plans = {CRUDE: [Term(ARM, cohort.study.comparison_arm.code)]}
    covariates = cohort.study.covariates
    # within a stratum its own variable is constant
    covariates = [c for c in covariates if level == CLUSTERS or c.variable != name]
    if covariates:
        plans[ADJUSTED] = model_terms(cohort, covariates)
    has_label = known(cohort.patients, [name])
    for term, terms in plans.items():
        data = design(cohort, endpoint, terms)
        data = data.only(has_label[data.rows])
        yield term, data, cohort.patients[name].cat.codes.to_numpy()[data.rows]
