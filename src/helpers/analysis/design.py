"""The design matrix of a Cox model: treatment and covariates as columns with names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ..cohort import Cohort
from ..study import Covariate

ARM = "arm"


@dataclass(frozen=True)
class Term:
    """One column of the model: a level of a factor against its reference, or a number."""

    variable: str
    level: str = ""

    @property
    def name(self) -> str:
        """Column name."""
        return f"{self.variable}={self.level}" if self.level else self.variable


@dataclass(frozen=True)
class Design:
    """Data of one model: `time` (n,), `event` (n,) 0/1, `x` (n, p) with its `terms`.

    `rows` (n,) are the places of these patients in the patient table, from 0.
    """

    time: np.ndarray
    event: np.ndarray
    x: np.ndarray
    terms: tuple[Term, ...]
    dropped: int = 0
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))

    def only(self, rows: np.ndarray) -> Design:
        """Give the same model on some of the rows."""
        parts = {name: getattr(self, name)[rows] for name in ("time", "event", "x", "rows")}
        return replace(self, **parts)

    @property
    def factors(self) -> dict[str, list[int]]:
        """Columns of each variable."""
        out: dict[str, list[int]] = {}
        for column, term in enumerate(self.terms):
            out.setdefault(term.variable, []).append(column)
        return out


def model_terms(cohort: Cohort, covariates: list[Covariate], treatment: bool = True) -> list[Term]:
    """List the columns of a model: covariates in order, then the treatment.

    The other arm is coded 1 and the reference arm 0; factors have one column a level but the
    reference level.
    """
    terms: list[Term] = []
    for covariate in covariates:
        name = covariate.variable
        if cohort.study.variables[name].kind == "continuous":
            terms.append(Term(name))
        else:
            reference = reference_level(cohort, covariate)
            terms += [Term(name, code) for code in cohort.study.levels(name) if code != reference]
    return [*terms, Term(ARM, cohort.study.comparison_arm.code)] if treatment else terms


def reference_level(cohort: Cohort, covariate: Covariate) -> str:
    """Give the reference level of a factor: the study's, or the first."""
    return covariate.reference or cohort.study.levels(covariate.variable)[0]


def design(cohort: Cohort, endpoint: str, terms: list[Term]) -> Design:
    """Build the data of a model from patients with time, event and all covariates.

    Returns
    -------
    Design
        `dropped` counts the patients left out because a covariate is missing.
    """
    patients = cohort.patients
    needed = [f"{endpoint}_time", f"{endpoint}_event", *dict.fromkeys(t.variable for t in terms)]
    outcome = patients[[*needed[:2], ARM]].notna().all(axis=1)
    complete = patients[needed].notna().all(axis=1) & outcome
    kept = patients[complete]
    columns = [_column(kept, term) for term in terms]
    return Design(
        kept[needed[0]].to_numpy(float),
        kept[needed[1]].to_numpy(float),
        np.column_stack(columns) if columns else np.empty((len(kept), 0)),
        tuple(terms),
        int(outcome.sum() - complete.sum()),
        np.flatnonzero(complete),
    )


def _column(patients: pd.DataFrame, term: Term) -> np.ndarray:
    values = patients[term.variable]
    if not term.level:
        return values.to_numpy(float)
    return (values.astype("object") == term.level).to_numpy(float)
