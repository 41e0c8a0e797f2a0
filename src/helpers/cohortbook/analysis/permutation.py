"""A P value of the adjusted treatment effect that trusts no large sample: arms are shuffled.

The score of the treatment, given the covariates, is the sum over patients of what the covariates do
not say of their arm times the martingale residual of the model without the arm. Under no effect the
residuals could belong to any patient: they are shuffled (Kennedy, J Bus Econ Stat 1995; 13:85, for
least squares; DiRienzo and Lagakos, Biometrika 2001; 88:421, for the Cox model's score).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..cohort.cohort import Cohort
from ..results import row
from .design import ARM, Design
from .rules import FEW_EVENTS, PERMUTATIONS, PERMUTED_UP_TO

_STREAM = 3  # of the study's seed; the bootstrap and the weights have others


def permuted(cohort: Cohort, endpoint: str, data: Design, martingale: np.ndarray) -> Iterator[dict]:
    """Test the last column of a model, the treatment, by permutation.

    Parameters
    ----------
    cohort : Cohort
    endpoint : str
    data : Design
        Of the multivariable model, the treatment last.
    martingale : array of shape (n,)
        Residuals of the same model without the treatment.

    Returns
    -------
    iterator of dict
        One row, analysis "cox_multivariable", statistic "permutation": estimate = the number of
        permutations, `p_value` two-sided.
    """
    arm, rest = data.x[:, -1], np.column_stack([np.ones(len(data.x)), data.x[:, :-1]])
    # least squares also where columns are collinear: only the projection counts
    unsaid = arm - rest @ np.linalg.lstsq(rest, arm, rcond=None)[0]
    seen = abs(unsaid @ martingale)
    if not seen > 1e-9:  # nothing to be beyond: the covariates say the arm, or nobody had the event
        return
    # a stream of its own: more draws of the bootstrap must not change this P
    rng = np.random.default_rng([cohort.study.robustness.seed, _STREAM])
    draws = (abs(unsaid @ rng.permutation(martingale)) for _ in range(PERMUTATIONS))
    # a draw equal to what was seen counts, whatever the last bit of the sum
    beyond = sum(draw >= seen * (1 - 1e-9) for draw in draws)
    # the arms as they were are one of the arrangements, so that P is never 0 (Phipson and Smyth,
    # Stat Appl Genet Mol Biol 2010; 9:39)
    yield row(
        "cox_multivariable",
        "permutation",
        PERMUTATIONS,
        endpoint=endpoint,
        population=cohort.population,
        term=ARM,
        level=cohort.study.comparison_arm.code,
        group="difference",
        p_value=(1 + beyond) / (1 + PERMUTATIONS),
        n=len(data.time),
        n_events=int(data.event.sum()),
        method="permutation of martingale residuals",
    )


def worth_permuting(data: Design) -> bool:
    """Say whether events are few enough for a permutation test, and patients too."""
    events = float(data.event.sum())
    few = events / max(data.parameters, 1) < FEW_EVENTS
    return bool(few and events and len(data.time) <= PERMUTED_UP_TO and len(data.terms) > 1)


def without_treatment(data: Design) -> Design:
    """Give the same patients and covariates without the treatment, the last column."""
    return replace(data, x=data.x[:, :-1], terms=data.terms[:-1])
