"""Checks of the multivariable Cox model: effects over time, and patients who decide it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import norm

from ..cohort.cohort import Cohort
from ..formats import p_equals
from ..results import frame, pick, row
from ..stats.cox import CoxFit
from ..stats.schoenfeld_smooth import smooth_effect
from ..stats.spread import spread
from ..stats.zph import cox_zph
from ..study.study import Study
from .cox import MULTIVARIABLE, fit_model, hr_cells
from .design import ARM, Design, Term, design, model_terms

FEW_IN_LEVEL = 5  # events
MOST_SHOWN = 5
MOST_KEPT = 1000
"""Patients whose influence is kept one by one; in a larger cohort those who have the most."""
DECISIVE = 1.0  # standard errors by which one patient moves a coefficient


def schoenfeld(cohort: Cohort, endpoint: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the effect of each column of the multivariable model over time.

    Returns
    -------
    residuals : DataFrame
        Columns endpoint, term, level, time (of an event), transformed (the time as the test sees
        it: one minus the Kaplan-Meier curve), residual (scaled Schoenfeld residual plus the
        coefficient: a log hazard ratio) and constant (the coefficient itself). Of very many
        residuals of a column one of those that cover one another; the smooth curve is of all.
    smooth : DataFrame
        Columns endpoint, term, level, time, transformed, estimate, conf_low, conf_high (log
        hazard ratio); without rows for a column with too few event times. Columns without a
        finite estimate are left out of both.
    """
    data, fit = _model(cohort, endpoint)
    zph = cox_zph(fit, transform="km")
    # R draws two standard errors; here the band has the study's confidence, as all limits do
    z = float(norm.isf((1 - cohort.study.statistics.conf_level) / 2))
    points, curves = [], []
    for column, term in _finite(fit, data):
        keys = {"endpoint": endpoint, "term": term.variable, "level": term.level}
        residuals = pd.DataFrame(
            {
                "time": zph.time,
                "transformed": zph.transformed,
                "residual": zph.scaled_schoenfeld[:, column],
            }
        )
        drawn = spread(residuals, "transformed", "residual")
        points.append(drawn.assign(**keys, constant=fit.coef[column]))
        curve = smooth_effect(fit, zph, column)
        curves.append(
            pd.DataFrame(
                {
                    **keys,
                    "time": curve.time,
                    "transformed": curve.transformed,
                    "estimate": curve.estimate,
                    "conf_low": curve.estimate - z * curve.std_err,
                    "conf_high": curve.estimate + z * curve.std_err,
                }
            )
        )
    names = ["endpoint", "term", "level", "time", "transformed"]
    return (_stack(points, [*names, "residual", "constant"]),
            _stack(curves, [*names, "estimate", "conf_low", "conf_high"]))  # fmt: skip


def influence(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give how far each patient moves each coefficient of the multivariable model.

    Returns
    -------
    DataFrame
        Tidy results, analysis "influence", `group` = study number (place in the patient table):
        `dfbetas` per term and level (change of the coefficient by the patient, in standard
        errors); `time` (level = the patient's arm) and `event` of the patients who move a
        coefficient most, the farthest first; and for them `hr_without`, the treatment's adjusted
        hazard ratio in a model fitted again without the patient. Group "" has `hr_without` of
        nobody left out, and `threshold`, the usual 2 / sqrt(n). Of more than 1,000 patients only
        those are kept who move a coefficient farthest, and whoever moves one most. No `hr_without`
        with one arm.
    """
    data, fit = _model(cohort, endpoint)
    keys = {"endpoint": endpoint, "population": cohort.population}
    rows = list(_overall(data, fit, keys))
    columns = list(_finite(fit, data))
    if not columns:
        return frame(rows)
    moved = fit.dfbeta(standardised=True)
    if len(columns) < moved.shape[1]:
        # a column that ran away is moved by nothing, or by no number
        moved = moved[:, [column for column, _ in columns]]
    kept, farthest = _farthest(moved), np.abs(moved).max(axis=1)
    moved = moved[kept]  # of a registry the rest is not held while models are fitted again
    numbers = data.rows[fit.kept][kept] + 1
    for (_, term), changes in zip(columns, moved.T, strict=True):
        rows += [
            row("influence", "dfbetas", change, term=term.variable, level=term.level,
                group=str(number), **keys)
            for number, change in zip(numbers, changes, strict=True)
        ]  # fmt: skip
    rows += _without_the_most(cohort, data, fit, farthest, keys)
    return frame(rows)


def _farthest(moved: np.ndarray) -> np.ndarray:
    """Give the rows of dfbetas (n, columns) that are kept, in their order."""
    if len(moved) <= MOST_KEPT:
        return np.arange(len(moved))
    far = np.argpartition(-np.abs(moved).max(axis=1), MOST_KEPT)[:MOST_KEPT]
    # also whoever moves one coefficient most, though not among those who move any the farthest
    return np.union1d(far, np.abs(moved).argmax(axis=0))


def with_doubts(
    results: pd.DataFrame, zph: pd.DataFrame, moved: pd.DataFrame, study: Study
) -> pd.DataFrame:
    """Write the doubts about each hazard ratio into its note.

    Parameters
    ----------
    results : DataFrame
        From `cox.prognostic_factors`.
    zph : DataFrame
        From `cox.proportional_hazards`.
    moved : DataFrame
        From `influence`.
    study : Study

    Returns
    -------
    DataFrame
        `results` with longer notes on rows "hr": few events in a level or in its reference, and in
        the multivariable model hazards that are not proportional, and a coefficient that one
        patient moves by a standard error or more.
    """
    few = {
        (r.endpoint, r.analysis, r.term)
        for r in pick(results, statistic="hr", note="reference").itertuples()
        if r.n_events < FEW_IN_LEVEL
    }
    if study.cox.univariable_coding == "indicator":
        # alone, a level of a factor of several levels is compared with all others
        several = set(pick(results, statistic="factor_p")["term"])
        # the doubt is about the comparison that was made
        few = {key for key in few if key[1] == MULTIVARIABLE or key[2] not in several}
    notes = [
        item["note"] if item["statistic"] != "hr" or item["note"] == "reference"
        else " ".join([*_sentence(item["note"]), *_of_counts(item, few),
                       *_of_model(item, zph, moved, study.statistics.alpha)])
        for item in results.to_dict("records")
    ]  # fmt: skip
    return results.assign(note=notes)


def _sentence(note: str) -> list[str]:
    return [note if note.endswith(".") else f"{note}."] if note else []


def _of_counts(item: dict, few: set) -> Iterator[str]:
    if not item["level"] or str(item["note"]).startswith("no events"):
        return
    if item["n_events"] < FEW_IN_LEVEL:
        yield "Few patients with this level had the event."
    elif (item["endpoint"], item["analysis"], item["term"]) in few:
        yield "Few patients with the reference level had the event."


def _of_model(item: dict, zph: pd.DataFrame, moved: pd.DataFrame, alpha: float) -> Iterator[str]:
    if item["analysis"] != MULTIVARIABLE:
        return
    keys = {"endpoint": item["endpoint"], "term": item["term"]}
    tested = pick(zph, statistic="zph", **keys)
    if len(tested) and tested["p_value"].iloc[0] < alpha:
        shown = p_equals(tested["p_value"].iloc[0], "P", alpha)
        # A small P asks for a doubt, a large one is no proof: nothing is said where there is none.
        yield f"Evidence against proportional hazards ({shown}): the ratio is an average over time."
    changes = pick(moved, statistic="dfbetas", level=item["level"], **keys)["estimate"].abs()
    if len(changes) and changes.max() >= DECISIVE:
        yield "One patient moves this coefficient by a standard error or more."


def _model(cohort: Cohort, endpoint: str) -> tuple[Design, CoxFit]:
    data = design(cohort, endpoint, model_terms(cohort, cohort.study.covariates), entry=True)
    return data, fit_model(cohort, data)


def _finite(fit: CoxFit, data: Design) -> Iterator[tuple[int, Term]]:
    """Give the columns that have an estimate, with their terms."""
    if fit.likelihood is None:
        return
    for column, term in enumerate(data.terms):
        if np.isfinite(fit.coef[column]) and not fit.infinite[column] and not fit.aliased[column]:
            yield column, term


def _overall(data: Design, fit: CoxFit, keys: dict) -> Iterator[dict]:
    n = max(fit.n, 1)
    yield row("influence", "threshold", 2 / math.sqrt(n), n=fit.n, **keys)
    yield from _treatment_without(data, fit, keys)


def _treatment_without(data: Design, fit: CoxFit, keys: dict) -> Iterator[dict]:
    """Give the treatment's hazard ratio; nothing in a study of one arm."""
    if data.terms and data.terms[-1].variable == ARM:
        yield row("influence", "hr_without", term=ARM, level=data.terms[-1].level, **keys,
                  **hr_cells(fit, len(data.terms) - 1))  # fmt: skip


def _without_the_most(
    cohort: Cohort, data: Design, fit: CoxFit, farthest: np.ndarray, keys: dict
) -> Iterator[dict]:
    """Fit the model again without each of the patients who move a coefficient most.

    `farthest` (n,) is how far each patient moves one at most.
    """
    places = data.rows[fit.kept]
    # 2 / sqrt(n) is the usual threshold of dfbetas (Belsley, Kuh and Welsch 1980)
    chosen = [i for i in np.argsort(-farthest, kind="stable")[:MOST_SHOWN]
              if farthest[i] > 2 / math.sqrt(fit.n)]  # fmt: skip
    for i in chosen:
        keep = np.delete(np.arange(len(data.time)), np.flatnonzero(data.rows == places[i]))
        fitted = fit_model(cohort, data.only(keep))
        who = keys | {"group": str(places[i] + 1)}
        patient = cohort.patients.iloc[places[i]]
        yield row(
            "influence",
            "time",
            float(data.time[data.rows == places[i]][0]),
            level=str(patient[ARM]),
            **who,
        )
        yield row("influence", "event", float(data.event[data.rows == places[i]][0]), **who)
        yield from _treatment_without(data, fitted, who)


def _stack(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Stack frames; also without any row, the columns after the keys hold numbers."""
    filled = [part for part in parts if len(part)]
    out = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)
    # an empty frame's columns would be objects, not numbers
    return out[columns].astype(dict.fromkeys(columns[3:], float))
