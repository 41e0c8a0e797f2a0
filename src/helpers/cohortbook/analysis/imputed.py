"""Missing covariates: who lacks what, the Cox model by multiple imputation, and a tipping point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats.cox import CoxFit, cox_fit
from ..stats.imputation import Incomplete, impute, missing_patterns, nelson_aalen
from ..stats.pooling import Pooled, pool_cox
from ..study.settings import FEWEST_COPIES, MOST_COPIES
from .cox import NO_REFERENCE
from .design import ARM, Term, has_level, known, model_terms, reference_level

IMPUTED, MISSING = "cox_imputed", "missing"
ROUNDS = 10


def missing_covariates(cohort: Cohort) -> pd.DataFrame:
    """Count missing covariates by arm, and the patterns in which they are missing.

    Returns
    -------
    DataFrame
        Tidy results, analysis "missing": `missing` (term = covariate, group = "overall" or arm,
        estimate = how many of `n`) and `pattern` (term = the covariates that these patients lack,
        joined by " + ", "" = complete; estimate = how many).
    """
    names = _covariates(cohort)
    if not names:
        return frame([])
    patients = cohort.patients[cohort.patients["arm"].notna()]
    rows = []
    parts = [("overall", patients)]
    parts += [(code, patients[patients["arm"] == code]) for code in cohort.study.arm_codes]
    for name in names:
        for group, part in parts:
            count = int(part[name].isna().sum())
            rows.append(row(MISSING, "missing", count, term=name, group=group, n=len(part),
                            population=cohort.population))  # fmt: skip
    variables = [Incomplete(name, *_values(cohort, patients, name)) for name in names]
    for one in missing_patterns(variables) if len(patients) else ():
        rows.append(row(MISSING, "pattern", one.count, term=" + ".join(one.missing),
                        n=len(patients), population=cohort.population))  # fmt: skip
    return frame(rows)


def imputed_factors(
    cohort: Cohort, endpoint: str, copies: int | None = None, rounds: int = ROUNDS
) -> pd.DataFrame:
    """Fit all factors together with what is missing of them imputed several times.

    Patients without time, status or arm are left out. Imputed from all covariates, the arm, the
    event and the Nelson-Aalen estimate; where patients enter late (left truncation), that of those
    at risk and the time of entry too, on which covariates may hang.

    Parameters
    ----------
    copies : int, optional
        Completed copies; if not given, as many as the study's `missing.precision` asks, from
        `FEWEST_COPIES` to `MOST_COPIES`.
    rounds : int
        Rounds of the chained equations in each.

    Returns
    -------
    DataFrame
        Tidy results, analysis "cox_imputed": `hr` per term and level, pooled by Rubin's rules, and
        `fmi`, the fraction of missing information in percent; `imputations`, the number of copies,
        and `copies_error`, the largest Monte Carlo standard error of a pooled coefficient in per
        cent of its standard error. Empty without covariates.
    """
    if not _covariates(cohort):
        return frame([])
    terms = model_terms(cohort, cohort.study.covariates)
    data = _outcome(cohort, endpoint)
    pooled, made = _pooled_precisely(cohort, data, terms, copies, rounds)
    return frame([*_rows(cohort, endpoint, terms, pooled, data, made),
                  *_number(cohort, endpoint, pooled, data, made)])  # fmt: skip


def tipping_point(
    cohort: Cohort, endpoint: str, variable: str, deltas: Sequence[float],
    copies: int = FEWEST_COPIES, rounds: int = ROUNDS,
) -> pd.DataFrame:  # fmt: skip
    """Repeat the treatment's pooled effect with one covariate's imputed values moved.

    Parameters
    ----------
    variable : str
        A covariate with missing values.
    deltas : sequence of float
        Added to imputed values of a continuous covariate, in its unit, or to the log odds of each
        level but the first.

    Returns
    -------
    DataFrame
        Tidy results, analysis "cox_imputed": `hr_delta` of the arm, level = the delta.
    """
    if variable not in _covariates(cohort):
        return frame([])
    terms, data = model_terms(cohort, cohort.study.covariates), _outcome(cohort, endpoint)
    rows = []
    for delta in deltas:
        fits = _fits(cohort, data, terms, copies, rounds, deltas={variable: delta})
        for one in _rows(cohort, endpoint, terms, _pooled(fits), data, copies):
            if one["statistic"] == "hr" and one["term"] == ARM:
                rows.append(one | {"statistic": "hr_delta", "group": variable,
                                   "level": f"{delta:g}"})  # fmt: skip
    return frame(rows)


def _covariates(cohort: Cohort) -> list[str]:
    return [c.variable for c in cohort.study.covariates]


def _values(cohort: Cohort, patients: pd.DataFrame, name: str) -> tuple[str, np.ndarray]:
    """Kind and numbers of a covariate: codes of levels that are there from 0, NaN = missing."""
    if cohort.study.variables[name].kind == "continuous":
        return "continuous", patients[name].to_numpy(float)
    # codes only number the levels: a multinomial model does not take them for an order
    here = _levels(patients, name)
    codes = patients[name].cat.set_categories(here).cat.codes.to_numpy(float)
    kind = "binary" if len(here) == 2 else "categorical"
    return kind, np.where(codes < 0, np.nan, codes)


def _levels(patients: pd.DataFrame, name: str) -> list[str]:
    """Give the levels that somebody has: nothing can be imputed from another, and none as it."""
    return list(patients[name].cat.remove_unused_categories().cat.categories)


class _Outcome(NamedTuple):
    """Patients with time, status and arm; their times, events, arms (0 or 1) and late entries."""

    patients: pd.DataFrame
    time: np.ndarray
    event: np.ndarray
    arm: np.ndarray
    entry: np.ndarray | None


def _outcome(cohort: Cohort, endpoint: str) -> _Outcome:
    patients = cohort.patients
    patients = patients[known(patients, [f"{endpoint}_time", f"{endpoint}_event", ARM])]
    time, event = (patients[f"{endpoint}_{part}"].to_numpy(float) for part in ("time", "event"))
    entry = None
    if cohort.study.entry is not None:
        entry = patients[f"{endpoint}_entry"].to_numpy(float)
    arm = np.zeros(len(patients))
    if cohort.study.compares:
        arm = (patients[ARM] == cohort.study.comparison_arm.code).to_numpy(float)
    return _Outcome(patients, time, event, arm, entry)


def _fits(cohort: Cohort, data: _Outcome, terms: list[Term], copies: int, rounds: int, *,
          skip: int = 0, deltas: Mapping[str, float] | None = None) -> list[CoxFit]:  # fmt: skip
    """Impute and fit; none where there is nothing to impute from, or no event."""
    variables = [
        Incomplete(name, *_values(cohort, data.patients, name), (deltas or {}).get(name, 0.0))
        for name in _covariates(cohort)
    ]
    if not data.event.any() or any(not np.isfinite(v.values).any() for v in variables):
        return []
    # the outcome is among the predictors: without it imputed values would show no relation to it
    fixed = [data.event, nelson_aalen(data.time, data.event, data.entry)]
    if data.entry is not None:
        fixed.append(data.entry)
    if cohort.study.compares:
        fixed.append(data.arm)
    done = impute(variables, np.column_stack(fixed), m=copies, skip=skip, iterations=rounds,
                  # one seed for all deltas: what moves between them is the delta, not chance
                  seed=cohort.study.robustness.seed)  # fmt: skip
    return [_fit(cohort, terms, done.names, one, data) for one in done.values]


def _pooled(fits: list[CoxFit]) -> Pooled | None:
    """Pool; None where no copy gave a finite estimate."""
    try:
        return pool_cox(fits)
    except ValueError:
        return None


def _pooled_precisely(cohort: Cohort, data: _Outcome, terms: list[Term], copies: int | None,
                      rounds: int) -> tuple[Pooled | None, int]:  # fmt: skip
    """Pool so many copies, or as many as the precision asks; and how many they were."""
    wanted = cohort.study.missing.precision
    fits = _fits(cohort, data, terms, copies or FEWEST_COPIES, rounds)
    pooled = _pooled(fits)
    while pooled and copies is None and len(fits) < MOST_COPIES:
        ratio = (np.nanmax(pooled.monte_carlo) / wanted) ** 2
        if ratio <= 1:
            break
        # of few copies the error is not well known itself: their number is at most doubled
        more = min(ceil(len(fits) * min(ratio - 1, 1.0)), MOST_COPIES - len(fits))
        fits += _fits(cohort, data, terms, more, rounds, skip=len(fits))
        pooled = _pooled(fits)
    return pooled, len(fits)


def _fit(cohort: Cohort, terms: list[Term], names, values, data: _Outcome) -> CoxFit:
    settings, columns = cohort.study.statistics, []
    for term in terms:
        if term.variable == ARM:
            columns.append(data.arm)
        elif term.level:
            codes = dict(map(reversed, enumerate(_levels(data.patients, term.variable))))
            given = values[:, names.index(term.variable)]
            columns.append((given == codes.get(term.level, -1)).astype(float))
        else:
            # in the unit of the table: the ratio is for `per` units, as in the complete cases
            columns.append(values[:, names.index(term.variable)] / term.per)
    fit = cox_fit(data.time, data.event, np.column_stack(columns), [t.name for t in terms],
                  entry=data.entry, ties=settings.ties, conf_level=settings.conf_level)  # fmt: skip
    # a note of one copy is not one of the pooled result
    return replace(fit, note="")


def _rows(
    cohort: Cohort, endpoint: str, terms: list[Term], pooled: Pooled | None, data: _Outcome,
    copies: int,
) -> Iterator[dict]:  # fmt: skip
    method = f"Cox model, {copies} imputations, Rubin's rules"
    adrift = _without_reference(cohort, data)
    for j, term in enumerate(terms):
        own = _keys(cohort, endpoint, data) | {"term": term.variable, "level": term.level,
                                               "method": method}  # fmt: skip
        if pooled is None:
            note = "no completed copy gave a finite estimate of every coefficient"
            yield row(IMPUTED, "hr", note=note, **own)
            continue
        why = NO_REFERENCE if term.variable in adrift else pooled.term_notes[j]
        if why:
            yield row(IMPUTED, "hr", note=why, **own)
            continue
        low, high = pooled.limits
        yield row(IMPUTED, "hr", pooled.hr[j], conf_low=np.exp(low[j]), conf_high=np.exp(high[j]),
                  p_value=pooled.p[j], note=pooled.note, **own)  # fmt: skip
        yield row(IMPUTED, "fmi", 100 * pooled.fmi[j], **own)


def _without_reference(cohort: Cohort, data: _Outcome) -> set[str]:
    """Name the factors whose reference level nobody has, and to whom none is imputed then."""
    return {
        c.variable
        for c in cohort.study.covariates
        if cohort.study.levels(c.variable)
        and not has_level(data.patients[c.variable], reference_level(cohort, c)).any()
    }


def _number(cohort, endpoint, pooled: Pooled | None, data, copies: int) -> Iterator[dict]:
    """Say how many copies there are, and what is left of chance in them."""
    if pooled is None:
        return
    keys = _keys(cohort, endpoint, data)
    yield row(IMPUTED, "imputations", copies, **keys)
    yield row(IMPUTED, "copies_error", 100 * np.nanmax(pooled.monte_carlo), **keys)


def _keys(cohort: Cohort, endpoint: str, data: _Outcome) -> dict:
    return {"endpoint": endpoint, "population": cohort.population, "n": len(data.time),
            "n_events": int(data.event.sum())}  # fmt: skip
