"""The treatment's Cox model of one endpoint, and its refits to weights or fewer covariates."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from ...cohort.cohort import Cohort
from ...parallel import SCHEDULER, executor
from ...stats.bootstrap import PILOT
from ...stats.cox_batch import CoxBatch, cox_batch
from ...study.parts import Covariate
from ..cox import fit_model
from ..design import ARM, Design, design, model_terms

CRUDE, ADJUSTED = "crude", "adjusted"
_A_SECOND, _BESIDE = 1.1e7, 4
"""Patients x (columns + what is done beside them) x refits that take some second."""
_LONGEST = 20.0
"""Seconds on one core after which a model's resamples end, however precise they are."""
FEWEST_LEFT_OUT = 20
PART, PARTS = 2_000, 64
"""Refits done at a time; parts into which those that take long are cut."""
WORTH_SECONDS = 4.0
"""Work on one core that is worth the start of other processes."""
WORKERS = "COHORTBOOK_WORKERS"
"""Environment variables: a Dask scheduler's address, and how many processes on this machine."""


@dataclass(frozen=True)
class TreatmentModel:
    """The model of the treatment beside covariates; its last column is the treatment."""

    cohort: Cohort
    endpoint: str
    covariates: list[Covariate]
    data: Design

    @property
    def arm(self) -> int:
        """Column of the treatment."""
        return len(self.data.terms) - 1

    @property
    def keys(self) -> dict[str, str]:
        """Key cells of every result about this model."""
        return {
            "endpoint": self.endpoint,
            "population": self.cohort.population,
            "group": "difference",
        }

    @property
    def counts(self) -> dict[str, int]:
        """Patients and events in the model."""
        return {"n": len(self.data.time), "n_events": int(self.data.event.sum())}

    def refit(self, weights=None, columns=None, replicates: bool = True) -> CoxBatch:
        """Fit again for each row of weights, or with each row's columns only.

        In parts whose bounds do not depend on who computes them, so that the result is the same
        to the last bit on one core, on many, or on a cluster.
        """
        asked = weights if weights is not None else columns
        long = self._seconds(len(asked)) > WORTH_SECONDS
        # by the work alone, never by the cores: the same parts give the same sums everywhere
        size = -(-len(asked) // PARTS) if long else PART
        parts = [slice(start, start + size) for start in range(0, len(asked), size)]
        tasks = [
            (self.data, None if weights is None else weights[part],
             None if columns is None else columns[part],
             self.cohort.study.statistics.ties, replicates)
            for part in parts
        ]  # fmt: skip
        if long and len(parts) > 1:
            return _joined(_in_parallel(tasks))
        return _joined([_fit_part(task) for task in tasks])

    def estimate_and_influence(self) -> tuple[float, np.ndarray]:
        """Give the log hazard ratio, and how far each patient moves it (n,): dfbeta."""
        fit = fit_model(self.cohort, self.data)
        return float(fit.coef[self.arm]), fit.dfbeta()[:, self.arm]

    def resamples(self) -> int:
        """How many bootstrap resamples there may be: the study's number, fewer where it is long."""
        feasible = int(_LONGEST * _A_SECOND / self._work())
        return min(self.cohort.study.robustness.resamples, max(feasible, PILOT))

    def left_out(self, most: int) -> int:
        """How many patients are left out one by one: `most` of as many, and fewer of more.

        So that all refits together take no longer in a larger cohort.
        """
        return min(most, max(most * most // len(self.data.time), FEWEST_LEFT_OUT))

    def _work(self) -> float:
        """Patients x columns of one refit."""
        return max(len(self.data.time) * (len(self.data.terms) + _BESIDE), 1)

    def _seconds(self, refits: int) -> float:
        """About how long so many refits take on one core."""
        return refits * self._work() / _A_SECOND


def _fit_part(task: tuple) -> CoxBatch:
    """Fit one part of the refits, in this process or another."""
    data, weights, columns, ties, replicates = task
    return cox_batch(
        data.time,
        data.event,
        data.x,
        weights,
        columns,
        entry=data.entry,
        ties=ties,
        replicates=replicates,
    )


def _in_parallel(tasks: list[tuple]) -> list[CoxBatch]:
    """Fit the parts on this machine's cores, or on the cluster that the environment names."""
    runner = executor(os.environ.get(SCHEDULER) or None, int(os.environ.get(WORKERS) or 0))
    found = runner.run(_fit_part, tasks)
    # what a lost process did not do is done here
    return [
        outcome.value if not outcome.error else _fit_part(task)
        for outcome, task in zip(found, tasks, strict=True)
    ]


def _joined(parts: list[CoxBatch]) -> CoxBatch:
    """Put the parts of a batch together."""
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return CoxBatch(*(np.concatenate(arrays) for arrays in columns))


def treatment_model(cohort: Cohort, endpoint: str, level: str = ADJUSTED) -> TreatmentModel:
    """Gather the data of the treatment alone ("crude") or beside all covariates ("adjusted")."""
    covariates = cohort.study.covariates if level == ADJUSTED else []
    return TreatmentModel(
        cohort,
        endpoint,
        covariates,
        design(cohort, endpoint, model_terms(cohort, covariates), entry=True),
    )


def models(cohort: Cohort, endpoint: str) -> dict[str, TreatmentModel]:
    """Give the models that the study has: crude, and adjusted if it names covariates."""
    levels = [CRUDE, ADJUSTED] if cohort.study.covariates else [CRUDE]
    return {level: treatment_model(cohort, endpoint, level) for level in levels}


def column_mask(model: TreatmentModel, variables: set[str]) -> np.ndarray:
    """Mark the columns of some covariates, a factor's dummies together, and of the treatment."""
    return np.array(
        [term.variable in variables or term.variable == ARM for term in model.data.terms]
    )


def batch_hr(model: TreatmentModel, batch: CoxBatch) -> dict[str, np.ndarray]:
    """Give the treatment's hazard ratio, limits and P of each refit; NaN where not estimable."""
    # the treatment's column alone: a covariate that runs away need not take its estimate with it
    known = batch.estimable_column(model.arm)
    coef = np.where(known, batch.coef[:, model.arm], np.nan)
    se = np.where(known, batch.std_err[:, model.arm], np.nan)
    reach = ndtri((1 + model.cohort.study.statistics.conf_level) / 2) * se
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return {
            "estimate": np.exp(coef),
            "conf_low": np.exp(coef - reach),
            "conf_high": np.exp(coef + reach),
            "p_value": 2 * ndtr(-np.abs(coef / se)),
        }


def wanted(count: int, seed: int) -> np.random.Generator:
    """Give the generator of one analysis: `count` tells analyses with the same seed apart."""
    return np.random.default_rng([seed, count])
