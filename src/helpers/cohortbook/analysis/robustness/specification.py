"""Specification curve: the adjusted hazard ratio over all sets of the covariates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...cohort.cohort import Cohort
from ...results import frame, pick, row
from .model import ADJUSTED, TreatmentModel, batch_hr, column_mask, treatment_model, wanted

JOIN = "+"


def specification_curve(cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Fit the treatment beside every set of the covariates (Simonsohn et al., 2020).

    The dummies of a factor enter together. All sets use the patients who have all covariates, so
    that only the model differs. Above the study's limit a seeded sample of the sets is fitted, the
    empty and the full one among them, and the note says so.

    Returns
    -------
    DataFrame
        Tidy results, analysis "specification", statistic "hr", one row a set: term = its
        covariates joined by "+" (empty: the treatment alone), level = its number.
    """
    model = treatment_model(cohort, endpoint, ADJUSTED)
    sets, note = _sets(model)
    names = [covariate.variable for covariate in model.covariates]
    chosen = [[name for name, used in zip(names, one, strict=True) if used] for one in sets]
    masks = np.array([column_mask(model, set(variables)) for variables in chosen])
    # one batch: the sets share their risk sets
    found = batch_hr(model, model.refit(columns=masks))
    return frame(
        row(
            "specification",
            "hr",
            term=JOIN.join(variables),
            level=str(number + 1),
            note=note,
            method=f"Cox model, {cohort.study.statistics.ties.title()} ties",
            **{name: values[number] for name, values in found.items()},
            **model.keys,
            **model.counts,
        )
        for number, variables in enumerate(chosen)
    )


def _sets(model: TreatmentModel) -> tuple[np.ndarray, str]:
    """Give the sets of covariates as a mask (sets, covariates), and what was left out."""
    count, most = len(model.covariates), model.cohort.study.robustness.specifications
    if 2**count <= most:
        number = np.arange(2**count)
        return (number[:, None] >> np.arange(count) & 1).astype(bool), ""
    rng = wanted(0, model.cohort.study.robustness.seed)
    # each set as likely as any other: sizes then follow their number of sets
    drawn = np.unique(rng.random((most - 2, count)) < 0.5, axis=0)
    ends = np.vstack([np.zeros(count, bool), np.ones(count, bool)])
    inside = drawn[~(drawn.all(axis=1) | ~drawn.any(axis=1))]
    # the treatment alone first and the full model last, where the figure and the reader look
    sets = np.vstack([ends[:1], inside, ends[1:]])
    return sets, f"a sample of {len(sets)} of the {2**count} sets of covariates"


def specification_summary(curve: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Summarise specification curves, one endpoint after the other.

    Returns
    -------
    DataFrame
        Tidy results, analysis "specification_summary". Per endpoint: `hr_range` (estimate =
        median hazard ratio, limits = the smallest and largest), `significant` and `below_one`
        (per cent of the sets with an estimate; `n` = these sets). Per covariate (term): `shift`,
        the factor by which the hazard ratio is multiplied, on average over all other choices,
        when the covariate enters, and `significant` (level "with", "without").
    """
    rows: list[dict] = []
    for endpoint in dict.fromkeys(curve["endpoint"]):
        rows += _summary(pick(curve, endpoint=endpoint), cohort, endpoint)
    return frame(rows)


def _summary(curve: pd.DataFrame, cohort: Cohort, endpoint: str) -> Iterator[dict]:
    known = curve.dropna(subset=["estimate"])
    keys = {"endpoint": endpoint, "population": cohort.population, "group": "difference"}
    about = {"n": len(known), "note": curve["note"].iloc[0] if len(curve) else ""}
    hr = known["estimate"]
    yield row(
        "specification_summary",
        "hr_range",
        hr.median(),
        conf_low=hr.min(),
        conf_high=hr.max(),
        **keys,
        **about,
    )
    yield row("specification_summary", "sets", len(curve), **keys)
    below = known["p_value"] < cohort.study.statistics.alpha
    yield row("specification_summary", "significant", _percent(below), **keys, **about)
    yield row("specification_summary", "below_one", _percent(hr < 1), **keys, **about)
    names = [covariate.variable for covariate in cohort.study.covariates]
    inside = _membership(known, names)
    shifts = _shifts(inside, np.log(hr.to_numpy()))
    for name, used, shift in zip(names, inside.T, shifts, strict=True):
        yield row("specification_summary", "shift", shift, term=name, **keys)
        for level, part in (("with", below[used]), ("without", below[~used])):
            yield row(
                "specification_summary",
                "significant",
                _percent(part),
                term=name,
                level=level,
                n=len(part),
                **keys,
            )


def _percent(marks: pd.Series) -> float:
    return 100 * marks.mean() if len(marks) else float("nan")


def _membership(curve: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Mark which covariates each set holds: (sets, covariates)."""
    sets = [set(term.split(JOIN)) for term in curve["term"]]
    inside = [[name in one for name in names] for one in sets]
    return np.array(inside, dtype=bool).reshape(-1, len(names))


def _shifts(inside: np.ndarray, log_hr: np.ndarray) -> np.ndarray:
    """Give each covariate's main effect on the log hazard ratio, as a factor.

    Over all sets it is the mean difference between the sets with the covariate and the same sets
    without it; over a sample of the sets least squares estimate that mean.
    """
    if len(log_hr) <= inside.shape[1]:
        return np.full(inside.shape[1], np.nan)
    columns = np.column_stack([np.ones(len(log_hr)), inside])
    return np.exp(np.linalg.lstsq(columns, log_hr, rcond=None)[0][1:])


def specification_choices(curve: pd.DataFrame, cohort: Cohort, endpoint: str) -> pd.DataFrame:
    """Give one endpoint's curve as the figure reads it: one column a covariate, "in" or not."""
    part = pick(curve, endpoint=endpoint)
    names = [covariate.variable for covariate in cohort.study.covariates]
    inside = _membership(part, names)
    out = pd.DataFrame(
        {
            "specification": part["level"].astype(int).to_numpy(),
            **{
                name: part[name].to_numpy()
                for name in ("estimate", "conf_low", "conf_high", "p_value")
            },
            "primary": inside.all(axis=1),
        }
    )
    for name, used in zip(names, inside.T, strict=True):
        out[name] = used
    return out
