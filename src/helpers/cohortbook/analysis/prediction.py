"""A prognostic model for those who ask: what it predicts, and how well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import frame, row
from ..stats import prediction as stats
from ..stats.cox import CoxFit, cox_fit
from ..stats.fine_gray import fine_gray
from ..stats.penalised import PenalisedPath, penalised_path
from ..stats.times import join_notes
from ..study.settings import PENALTIES
from .competing import cause_numbers, causes
from .cox import NO_REFERENCE, hr_cells
from .design import Design, Term, design, model_terms, reference_level
from .nomogram import nomogram
from .rules import FEW_EVENTS

ANALYSIS = "prediction"
APPARENT, OPTIMISM, CORRECTED = "apparent", "optimism", "corrected"
GROUPS, GRID, PATH, IN_RESAMPLES = 5, 41, 60, 20
THRESHOLDS = np.round(np.arange(0.02, 0.981, 0.02), 2)
NAMES = {
    "harrell_c": "Harrell's C",
    "uno_c": "Uno's C",
    "slope": "Calibration slope",
    "observed_expected": "Observed / predicted risk",
    "brier": "Brier score",
}
NONE_LEFT = "the penalty left no covariate in the model"
NO_MODEL = "the model has no finite estimate: it is not judged"


@dataclass(frozen=True)
class Prediction:
    """What was found: tidy `results`, and the frames that are drawn.

    `calibration` has predicted, apparent and corrected (risks); `decision` threshold, everybody,
    apparent and corrected (net benefit) and above (patients above the threshold); `points` is of
    `nomogram`; `path` has penalty, name, coef (of a standard deviation), deviance, deviance_se and
    chosen.
    """

    results: pd.DataFrame
    calibration: pd.DataFrame
    decision: pd.DataFrame
    points: pd.DataFrame
    path: pd.DataFrame


@dataclass(frozen=True)
class _Fitted:
    """The model of a cohort: its data, its cause by row, and what was fitted."""

    data: Design
    cause: np.ndarray
    model: stats.RiskModel | None
    fit: CoxFit | None = None
    path: PenalisedPath | None = None

    @property
    def usable(self) -> bool:
        """Whether it tells patients apart."""
        return self.model is not None and bool(np.any(stats.score(self.model, np.eye(self.width))))

    @property
    def width(self) -> int:
        """Number of coefficients."""
        return len(self.data.terms)


def prediction(cohort: Cohort) -> Prediction:
    """Fit the prognostic model of a study and judge it.

    Parameters
    ----------
    cohort : Cohort
        Whose study file has a `model`.

    Returns
    -------
    Prediction
        `results`, analysis "prediction": `events_per_parameter`; `hr` by term and level (hazard
        ratios, of subdistribution hazards where events compete; without limits if penalised); level
        = the horizon in months and group = "apparent", "optimism" and "corrected": `harrell_c`,
        `uno_c`, `slope`, `observed_expected`, `brier`; and group = 1, 2 and so on from the lowest
        risk: `predicted` and `observed` in per cent.

    Notes
    -----
    Limits of a corrected C are those of the apparent one, moved by the optimism (Noma et al., Stat
    Med 2021; 40:5691).
    """
    found = _fitted(cohort)
    rows = [*_size(cohort, found), *_coefficients(cohort, found)]
    if found.model is None or not found.usable:
        note = NO_MODEL if found.model is None else NONE_LEFT
        rows.append(row(ANALYSIS, "harrell_c", group=APPARENT, note=note, **_keys(cohort, found)))
        nothing = pd.DataFrame()
        return Prediction(frame(rows), nothing, nothing, nothing, _path(found))
    at = float(cohort.study.model.horizon)
    risk = stats.predicted_risk(found.model, found.data.x, at)
    grid = np.linspace(*np.quantile(risk, [0.02, 0.98]), GRID)
    shown = THRESHOLDS[: int((risk.max() > THRESHOLDS).sum()) + 1]
    judged = _judged(cohort, found, grid, shown)
    rows += [*_measures(cohort, found, judged), *_groups(cohort, found, risk)]
    return Prediction(
        frame(rows),
        pd.DataFrame({"predicted": grid, APPARENT: judged.curve[0], CORRECTED: judged.curve[2]}),
        _decision(found, risk, at, shown, judged),
        nomogram(cohort, found.data, found.model, at),
        _path(found),
    )


def predicted_terms(cohort: Cohort) -> list[Term]:
    """List the columns of the prognostic model: its covariates, then the arm if it is one."""
    study = cohort.study
    return model_terms(cohort, study.predictors, treatment=study.model.arm)


def _fitted(cohort: Cohort) -> _Fitted:
    study = cohort.study
    spec, endpoint = study.model, study.predicted_endpoint
    data = design(cohort, endpoint, predicted_terms(cohort))
    compete = bool(causes(cohort, endpoint))
    cause = cause_numbers(cohort, endpoint)[data.rows] if compete else data.event
    names, ties = [term.name for term in data.terms], study.statistics.ties
    if spec.penalty != "none":
        path = penalised_path(data.time, data.event, data.x, names, folds=spec.folds, ties=ties,
                              alpha=PENALTIES[spec.penalty], seed=study.robustness.seed,
                              size=PATH)  # fmt: skip
        model = stats.at_penalty(path, data.time, data.event, data.x)
        return _Fitted(data, cause, model, path=path)
    fit = (fine_gray if compete else cox_fit)(
        data.time, cause, data.x, names, ties=ties, conf_level=study.statistics.conf_level
    )
    finite = fit.events and not fit.infinite.any() and not fit.aliased.all()
    return _Fitted(data, cause, fit if finite else None, fit=fit)


def _keys(cohort: Cohort, found: _Fitted) -> dict[str, object]:
    study = cohort.study
    return {"endpoint": study.predicted_endpoint, "population": cohort.population,
            "level": f"{study.model.horizon:g}", "n": len(found.data.time),
            "n_events": int((found.cause == 1).sum())}  # fmt: skip


def _size(cohort: Cohort, found: _Fitted) -> Iterator[dict]:
    """Count the events for each parameter that was tried, whatever a penalty left of them."""
    keys = _keys(cohort, found)
    per = keys["n_events"] / max(found.data.parameters, 1)
    few = f"fewer than {FEW_EVENTS:g} events for each parameter" if per < FEW_EVENTS else ""
    out = found.data.dropped
    lost = f"{out} left out because a covariate is missing" if out else ""
    yield row(ANALYSIS, "events_per_parameter", per, note=join_notes(few, lost), **keys)
    # patients whose follow-up ended before the horizon say nothing of it but through others
    at = float(cohort.study.model.horizon)
    risk = np.sum(found.data.time >= at)
    by = np.sum((found.cause == 1) & (found.data.time <= at))
    yield row(ANALYSIS, "at_risk", float(risk), **keys | {"n_events": int(by)})


def _coefficients(cohort: Cohort, found: _Fitted) -> Iterator[dict]:
    study, seen = cohort.study, set()
    references = {c.variable: c for c in study.predictors}
    keys = {"endpoint": study.predicted_endpoint, "population": cohort.population}
    for column, term in enumerate(found.data.terms):
        if term.level and term.variable not in seen:
            seen.add(term.variable)
            known = references.get(term.variable)
            level = reference_level(cohort, known) if known else study.reference_arm
            yield row(
                ANALYSIS, "hr", 1.0, term=term.variable, level=level, note="reference", **keys
            )
        alone = term.variable in found.data.adrift
        cells = (
            hr_cells(found.fit, column, alone)
            if found.fit
            else _shrunken(cohort, found, column, alone)
        )
        if found.fit and (found.cause > 1).any():
            ties = study.statistics.ties.title()
            cells["method"] = f"Fine-Gray model, {ties} ties"
        yield row(ANALYSIS, "hr", term=term.variable, level=term.level, **cells, **keys)


def _shrunken(cohort: Cohort, found: _Fitted, column: int, adrift: bool) -> dict[str, object]:
    spec = cohort.study.model
    known = found.model is not None and not adrift
    ratio = float(np.exp(found.model.coef[column])) if known else np.nan
    return {
        "estimate": ratio,
        "method": f"{spec.penalty}, by {spec.folds}-fold cross-validation",
        "n": found.path.n,
        "n_events": found.path.events,
        "note": NO_REFERENCE if adrift else found.path.note,
    }


def _judged(cohort: Cohort, found: _Fitted, grid, thresholds) -> stats.Validation:
    study, spec = cohort.study, cohort.study.model
    ties, seed = study.statistics.ties, study.robustness.seed
    fit = (
        stats.unpenalised(ties)
        if spec.penalty == "none"
        else stats.penalised(PENALTIES[spec.penalty], spec.folds, seed, ties, IN_RESAMPLES)
    )
    return stats.validate(
        found.data.time, found.cause, found.data.x, float(spec.horizon), fit=fit,
        resamples=spec.resamples, seed=seed, ties=ties, grid=grid, thresholds=thresholds,
    )  # fmt: skip


def _measures(cohort: Cohort, found: _Fitted, judged: stats.Validation) -> Iterator[dict]:
    keys, at = _keys(cohort, found), float(cohort.study.model.horizon)
    eta = stats.score(found.model, found.data.x)
    limits = {
        "harrell_c": stats.harrell_c(found.data.time, found.cause, eta),
        "uno_c": stats.uno_c(found.data.time, found.cause, eta, at),
    }
    z = _z(cohort.study.statistics.conf_level)
    parts = {APPARENT: judged.apparent, OPTIMISM: judged.optimism, CORRECTED: judged.corrected}
    for group, values in parts.items():
        for statistic, value in values.items():
            ends = {}
            if statistic in limits and group != OPTIMISM:
                half = z * limits[statistic].std_err
                ends = {"conf_low": max(value - half, 0.0), "conf_high": min(value + half, 1.0)}
            drawn = group != APPARENT
            how = f", {judged.resamples} bootstrap resamples" * drawn
            yield row(ANALYSIS, statistic, value, group=group, note=judged.note * drawn,
                      method=NAMES[statistic] + how, **ends, **keys)  # fmt: skip


def _z(conf_level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + conf_level / 2))


def _groups(cohort: Cohort, found: _Fitted, risk: np.ndarray) -> Iterator[dict]:
    at, method = float(cohort.study.model.horizon), "Kaplan-Meier"
    if (found.cause > 1).any():
        method = "Aalen-Johansen"
    settings = cohort.study.statistics
    groups = stats.calibration(found.data.time, found.cause, risk, at, GROUPS,
                               settings.conf_level, settings.conf_type)  # fmt: skip
    for number, one in enumerate(groups, start=1):
        own = _keys(cohort, found) | {"group": str(number), "n": one.n, "n_events": np.nan}
        yield row(ANALYSIS, "predicted", 100 * one.predicted, **own)
        yield row(ANALYSIS, "observed", 100 * one.observed, conf_low=100 * one.conf_low,
                  conf_high=100 * one.conf_high, method=method, **own)  # fmt: skip


def _decision(found: _Fitted, risk, at: float, thresholds, judged) -> pd.DataFrame:
    everybody = stats.decision_curve(found.data.time, found.cause, risk, at, thresholds).everybody
    return pd.DataFrame({
        "threshold": thresholds, "everybody": everybody, APPARENT: judged.benefit[0],
        CORRECTED: judged.benefit[2],
        "above": [int((risk > threshold).sum()) for threshold in thresholds],
    })  # fmt: skip


def _path(found: _Fitted) -> pd.DataFrame:
    """Give the coefficients of one standard deviation at each penalty; empty without one."""
    path = found.path
    if path is None or not path.lambdas.size:
        return pd.DataFrame()
    coef = path.coef * found.data.x.std(axis=0)
    parts = [
        pd.DataFrame({
            "penalty": path.lambdas, "name": term.name, "coef": coef[:, column],
            "deviance": path.deviance, "deviance_se": path.deviance_se,
            "chosen": np.arange(path.lambdas.size) == path.chosen,
        })
        for column, term in enumerate(found.data.terms)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)
