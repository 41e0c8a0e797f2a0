"""A second opinion on every build: the main estimates computed again by independent libraries."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.km import kaplan_meier
from ..stats.logrank import logrank
from .cox import fit_model
from .design import design, model_terms

LIFELINES, STATSMODELS = "lifelines", "statsmodels"
MOST = 20_000
"""Patients up to whom statsmodels is asked, for its time: it works through the event times one by
one. Nine parameters took 3 s of one processor where times were whole days (2,500 of them with
events), 10 s where no two were alike; of 100,000 patients 14 s and more than a minute, of a
million 45 s and 480 MB in whole days.
"""


_REFUSALS = (ValueError, ArithmeticError, LookupError, np.linalg.LinAlgError)
"""How a library says that it cannot do with the data."""


class _NothingToCompare(Exception):
    """An arm without patients, or patients without events: libraries answer that each their way."""


class _NothingFinite(Exception):
    """A coefficient of our model has no finite estimate that another could be compared with."""


class _NoEntries(Exception):
    """The library has no such test for patients who enter late."""


def second_opinion(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Compare our curves and log-rank test with lifelines and our Cox model with statsmodels.

    Returns
    -------
    DataFrame
        Tidy results, analysis "second_opinion", one row a comparison (terms "survival",
        "logrank", "cox"): statistic "largest_difference" (absolute for survival probabilities and
        P, relative for hazard ratios and standard errors), `method` = the library; NaN and a note
        where the library gives no answer, or is not asked in a very large cohort.
    """
    keys = {"endpoint": endpoint, "population": cohort.population}
    comparisons = (
        ("survival", LIFELINES, _curves),
        ("logrank", LIFELINES, _logrank),
        ("cox", STATSMODELS, _cox),
    )
    rows = []
    for term, library, compare in comparisons:
        if library == STATSMODELS and len(cohort) > MOST:
            rows.append(
                row(
                    "second_opinion",
                    "largest_difference",
                    term=term,
                    method=library,
                    note=f"not asked: more than {MOST} patients",
                    **keys,
                )
            )
            continue
        difference, note = _quietly(compare, cohort, endpoint)
        rows.append(
            row(
                "second_opinion",
                "largest_difference",
                difference,
                term=term,
                method=library,
                note=note,
                **keys,
            )
        )
    return frame(rows)


def _quietly(compare, cohort: Cohort, endpoint: str) -> tuple[float, str]:
    """Ask a library that may warn, or refuse data that ours accepts."""
    with warnings.catch_warnings():
        # what it warns of is not our result, and would stand in the notebook as if it were
        warnings.simplefilter("ignore")
        try:
            value = float(compare(cohort, endpoint))
        except _NothingFinite:
            return float("nan"), "not asked: the model has no finite estimate"
        except _NoEntries:
            return float("nan"), "not asked: the library's test takes no entry after time zero"
        except _NothingToCompare:
            return float("nan"), "not asked: there is no event or nobody in an arm"
        except Exception as error:
            # the errors of lifelines are of no kind but its own, and loading it takes a second
            if not isinstance(error, _REFUSALS) and "lifelines" not in type(error).__module__:
                raise
            return float("nan"), f"no answer: {type(error).__name__}"
    return value, "" if np.isfinite(value) else "no finite answer"


def _arms(cohort: Cohort, endpoint: str) -> Iterator[pd.DataFrame]:
    data = cohort.survival(endpoint, entry=True)
    for code in cohort.study.arm_codes:
        part = data[data["arm"] == code]
        if part.empty:
            raise _NothingToCompare
        yield part


def _curves(cohort: Cohort, endpoint: str) -> float:
    from lifelines import KaplanMeierFitter

    largest = 0.0
    for part in _arms(cohort, endpoint):
        late = part.get("entry")
        ours = kaplan_meier(part["time"], part["event"], entry=late)
        # the curve alone, not its limits: lifelines has one rule for these, the study chooses ours
        theirs = KaplanMeierFitter().fit(part["time"], part["event"], entry=late)
        at = theirs.survival_function_at_times(ours.time).to_numpy()
        largest = max(largest, float(np.abs(at - ours.survival).max()))
    return largest


def _logrank(cohort: Cohort, endpoint: str) -> float:
    from lifelines.statistics import logrank_test

    if cohort.study.entry:
        raise _NoEntries
    one, two = _arms(cohort, endpoint)
    theirs = logrank_test(one["time"], two["time"], one["event"], two["event"])
    data = pd.concat([one, two])
    ours = logrank(data["time"], data["event"], data["arm"].astype("object"))
    return abs(theirs.p_value - ours.p)


def _after(entry: np.ndarray) -> np.ndarray:
    """Move entries past the moment at which R counts nobody yet, and statsmodels does."""
    return np.where(entry > 0, np.nextafter(entry, np.inf), 0.0)


def _cox(cohort: Cohort, endpoint: str) -> float:
    from scipy.optimize import minimize
    from statsmodels.duration.hazard_regression import PHReg

    covariates = cohort.study.covariates
    data = design(cohort, endpoint, model_terms(cohort, covariates), entry=True)
    ours = fit_model(cohort, data)
    if not ours.events:
        raise _NothingToCompare
    if ours.infinite.any():
        raise _NothingFinite
    # statsmodels takes whole Newton steps, which can run away: they begin near the maximum.
    scale = data.x.std(axis=0)
    scale[scale == 0] = 1.0
    model = PHReg(
        data.time,
        (data.x - data.x.mean(axis=0)) / scale,
        status=data.event,
        entry=None if data.entry is None else _after(data.entry),
        ties=cohort.study.statistics.ties,
    )
    # by a search of another kind: a start that ours has found would not be a second opinion
    near = minimize(
        lambda b: -model.loglike(b), np.zeros(len(scale)), jac=lambda b: -model.score(b)
    ).x
    theirs = model.fit(start_params=near)
    gaps = (
        # relative: 0.001 is much of a ratio of 0.01 and little of one of 10
        np.abs(np.exp(theirs.params / scale - ours.coef) - 1),
        np.abs(theirs.bse / scale / ours.std_err - 1),
    )
    return max(gap.max() for gap in gaps)
