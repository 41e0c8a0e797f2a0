"""Sparse data: maximum likelihood beside Firth's penalised likelihood, alone and adjusted."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...cohort.cohort import Cohort
from ...results import frame, row
from ...stats.firth import TOO_LARGE, FirthFit, firth_cox
from ..cox import fit_model, hr_cells
from .model import TreatmentModel, models


def sparse_data(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Estimate the treatment's hazard ratio with and without Firth's penalty.

    Returns
    -------
    DataFrame
        Tidy results, analysis "sparse", statistic "hr", term "likelihood" (Wald limits and P) or
        "firth" (profile penalised likelihood limits and P; Heinze and Schemper 2001), level
        "crude" or "adjusted".
    """
    rows: list[dict] = []
    for level, model in models(cohort, endpoint).items():
        rows += _both(model, level)
    return frame(rows)


def _both(model: TreatmentModel, level: str) -> Iterator[dict]:
    keys = {**model.keys, "level": level}
    yield row(
        "sparse",
        "hr",
        term="likelihood",
        **hr_cells(fit_model(model.cohort, model.data), model.arm) | keys,
    )
    settings, arm = model.cohort.study.statistics, model.arm
    fit = firth_cox(
        model.data.time,
        model.data.event,
        model.data.x,
        entry=model.data.entry,
        ties=settings.ties,
        conf_level=settings.conf_level,
        # a profile costs some ten fits: only the treatment's is shown
        only=[arm],
    )
    yield row(
        "sparse",
        "hr",
        fit.hr[arm],
        term="firth",
        conf_low=fit.conf_low[arm],
        conf_high=fit.conf_high[arm],
        p_value=fit.p[arm],
        n=fit.n,
        n_events=fit.events,
        method=f"Cox model with Firth's penalty, {settings.ties.title()} ties, profile limits",
        note=_doubt(fit),
        **keys,
    )


def _doubt(fit: FirthFit) -> str:
    if TOO_LARGE in fit.note:
        return TOO_LARGE
    return "" if fit.converged else "the penalised search did not converge"
