"""The design matrix of a Cox model: treatment and covariates as columns with names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..study.parts import Covariate

ARM = "arm"


@dataclass(frozen=True)
class Term:
    """One column of the model: a level of a factor against its reference, or a number.

    A number is counted in `per` units.
    """

    variable: str
    level: str = ""
    per: float = 1.0

    @property
    def name(self) -> str:
        """Column name."""
        return f"{self.variable}={self.level}" if self.level else self.variable


@dataclass(frozen=True)
class Design:
    """Data of one model: `time` (n,), `event` (n,) 0/1, `x` (n, p) with its `terms`.

    `rows` (n,) are the places of these patients in the patient table, from 0; `entry` (n,) is when
    they came under observation (months), None where all did at time zero.
    """

    time: np.ndarray
    event: np.ndarray
    x: np.ndarray
    terms: tuple[Term, ...]
    dropped: int = 0
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    entry: np.ndarray | None = None

    def only(self, rows: np.ndarray) -> Design:
        """Give the same model on some of the rows."""
        parts = {name: getattr(self, name)[rows] for name in ("time", "event", "x", "rows")}
        parts["entry"] = None if self.entry is None else self.entry[rows]
        return replace(self, **parts)

    def without_rows(self) -> Design:
        """Give what is known of the model without the data: a registry is large."""
        return self.only(np.zeros(0, dtype=int))

    @property
    def factors(self) -> dict[str, list[int]]:
        """Columns of each variable."""
        out: dict[str, list[int]] = {}
        for column, term in enumerate(self.terms):
            out.setdefault(term.variable, []).append(column)
        return out

    @property
    def adrift(self) -> set[str]:
        """Factors whose reference level nobody in the model has.

        The levels that are left are then compared with the last of them, not with the reference:
        the model is the same, but these hazard ratios are not what their rows say.
        """
        return {
            name
            for name, columns in self.factors.items()
            if self.terms[columns[0]].level
            and len(self.x)
            and (self.x[:, columns].sum(axis=1) == 1).all()
        }

    @property
    def parameters(self) -> int:
        """How many coefficients there can be: the rank of the columns beside a constant.

        So a level that nobody has is no parameter, nor is one of a factor without its reference,
        nor what another column says already.
        """
        n = len(self.x)
        if not n:
            return len(self.terms)
        mean = self.x.mean(axis=0)
        # from products: a centred copy of a registry would take its memory again
        cov = self.x.T @ self.x / n - np.outer(mean, mean)
        own = np.diag(cov)
        varies = own > 1e-12 * (own + mean**2)
        if not varies.any():
            return 0
        size = np.sqrt(own[varies])
        return int(np.linalg.matrix_rank(cov[np.ix_(varies, varies)] / np.outer(size, size), 1e-8))


def model_terms(cohort: Cohort, covariates: list[Covariate], treatment: bool = True) -> list[Term]:
    """List the columns of a model: covariates in order, then the treatment.

    The other arm is coded 1 and the reference arm 0; factors have one column a level but the
    reference level. A study of one arm has no treatment to compare.
    """
    terms: list[Term] = []
    for covariate in covariates:
        name = covariate.variable
        if cohort.study.variables[name].kind == "continuous":
            terms.append(Term(name, per=covariate.per))
        else:
            reference = reference_level(cohort, covariate)
            terms += [Term(name, code) for code in cohort.study.levels(name) if code != reference]
    if not treatment or not cohort.study.compares:
        return terms
    # last: whoever reads a fit finds the treatment without counting the covariates
    return [*terms, Term(ARM, cohort.study.comparison_arm.code)]


def reference_level(cohort: Cohort, covariate: Covariate) -> str:
    """Give the reference level of a factor: the study's, or the first."""
    # the study file's first level, not the most frequent: it must not change with the data
    return covariate.reference or cohort.study.levels(covariate.variable)[0]


def design(cohort: Cohort, endpoint: str, terms: list[Term], *, entry: bool = False) -> Design:
    """Build the data of a model from patients with time, event and all covariates.

    Parameters
    ----------
    cohort : Cohort
    endpoint : str
    terms : list of Term
    entry : bool
        The model takes `Design.entry`: it counts nobody as at risk before the entry.

    Returns
    -------
    Design
        `dropped` counts the patients left out because a covariate is missing.

    Raises
    ------
    ParameterError
        If patients enter late and the model does not know of it.
    """
    if not entry:
        cohort.refuse_entry()
    patients = cohort.patients
    needed = [f"{endpoint}_time", f"{endpoint}_event", *dict.fromkeys(t.variable for t in terms)]
    # the arm too, where it is no term: patients without one are in no analysis
    outcome = known(patients, [*needed[:2], ARM])
    complete = outcome & known(patients, needed)
    # one array from the start: a stack of columns would hold a large cohort twice
    x = np.empty((int(complete.sum()), len(terms)))
    for place, term in enumerate(terms):
        x[:, place] = _column(patients[term.variable], term)[complete]
    return Design(
        patients[needed[0]].to_numpy(float)[complete],
        patients[needed[1]].to_numpy(float)[complete],
        x,
        tuple(terms),
        int(outcome.sum() - complete.sum()),
        np.flatnonzero(complete),
        patients[f"{endpoint}_entry"].to_numpy(float)[complete] if cohort.study.entry else None,
    )


def known(patients: pd.DataFrame, columns: Iterable[str]) -> np.ndarray:
    """Say of each patient whether there is a value in all these columns: no column is copied."""
    out = np.ones(len(patients), dtype=bool)
    for column in columns:
        out &= patients[column].notna().to_numpy()
    return out


def has_level(values: pd.Series, level: str) -> np.ndarray:
    """Say of each patient whether a categorical variable has this level."""
    place = values.cat.categories.get_indexer([level])[0]
    # a level that is no category equals nobody's code: -1 would find those with a missing value
    return values.cat.codes.to_numpy() == (place if place >= 0 else len(values.cat.categories))


def _column(values: pd.Series, term: Term) -> np.ndarray:
    return has_level(values, term.level) if term.level else values.to_numpy(float) / term.per
