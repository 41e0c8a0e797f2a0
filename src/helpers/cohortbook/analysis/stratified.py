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


def stratified(cohort: Cohort, endpoint: str, term: str = CRUDE) -> pd.DataFrame:
    """Compare the arms within the strata of `cox.strata`, and with limits by `cox.cluster`.

    Parameters
    ----------
    term : {"crude", "adjusted"}
        The treatment alone, or beside the covariates (without the strata's own variable).

    Returns
    -------
    DataFrame
        Tidy results, analysis "stratified", group "difference", level "strata" or "clusters":
        `groups` (how many strata or clusters), `hr` and, of the treatment alone, `logrank`
        (stratified, or with a robust variance). Patients without a value are left out. Robust
        limits by few clusters are too narrow: the note says so below 20. Empty for one arm.
    """
    asked = cohort.study.cox
    if not cohort.study.compares or asked is None:
        return frame([])
    rows: list[dict] = []
    for level, name in ((STRATA, asked.strata), (CLUSTERS, asked.cluster)):
        if name is not None:
            rows += _rows(cohort, endpoint, level, name, term)
    return frame(rows)


def _rows(cohort: Cohort, endpoint: str, level: str, name: str, term: str) -> Iterator[dict]:
    settings, data, label = cohort.study.statistics, *_model(cohort, endpoint, level, name, term)
    keys = {"endpoint": endpoint, "population": cohort.population, "group": "difference",
            "level": level, "term": term}  # fmt: skip
    counts = {"n": len(data.time), "n_events": int(data.event.sum())}
    note = _doubt(level, label, data.x[:, -1])
    yield row(ANALYSIS, "groups", np.unique(label).size, method=name, **keys | counts)
    if not counts["n_events"]:
        yield row(ANALYSIS, "hr", note="no events", **keys | counts)
        return
    if term == CRUDE:
        given = data.time, data.event, data.x[:, -1]
        if level == STRATA:
            test = logrank(*given, label, entry=data.entry)
            method = f"log-rank test stratified by {name}"
        else:
            test = weighted_logrank(*given, cluster=label, entry=data.entry)
            method = f"log-rank test, robust variance by {name}"
        yield row(ANALYSIS, "logrank", test.chi2, p_value=test.p, method=method,
                  note=test.note or note, **keys | counts)  # fmt: skip
    within = {"strata": label} if level == STRATA else {"cluster": label}
    fit = cox_fit(data.time, data.event, data.x, [t.name for t in data.terms],
                  entry=data.entry, ties=settings.ties, conf_level=settings.conf_level,
                  **within)  # fmt: skip
    cells = hr_cells(fit, len(data.terms) - 1)
    how = f"stratified by {name}" if level == STRATA else f"robust limits by {name}"
    cells |= {"method": f"{cells['method']}, {how}", "note": cells["note"] or note}
    yield row(ANALYSIS, "hr", **keys | cells)


def _doubt(level: str, label: np.ndarray, treated: np.ndarray) -> str:
    """Say that clusters are few, or how many strata have one arm only."""
    groups = np.unique(label)
    if level == CLUSTERS:
        few = groups.size < FEW_CLUSTERS
        return f"only {groups.size} clusters: robust limits are too narrow" if few else ""
    alone = sum(np.unique(treated[label == one]).size < 2 for one in groups)
    have = "has" if alone == 1 else "have"
    return f"{alone} of {groups.size} strata {have} one arm only and no part" if alone else ""


def _model(
    cohort: Cohort, endpoint: str, level: str, name: str, term: str
) -> tuple[Design, np.ndarray]:
    """Give the data of the model of the patients who have a label, and the labels."""
    terms = [Term(ARM, cohort.study.comparison_arm.code)]
    if term == ADJUSTED:
        covariates = cohort.study.covariates
        # within a stratum its own variable is constant
        terms = model_terms(
            cohort, [c for c in covariates if level == CLUSTERS or c.variable != name]
        )
    data = design(cohort, endpoint, terms, entry=True)
    data = data.only(known(cohort.patients, [name])[data.rows])
    return data, cohort.patients[name].cat.codes.to_numpy()[data.rows]
