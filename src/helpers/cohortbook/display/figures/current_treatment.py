"""Survival by the treatment that each patient has begun, with the numbers at risk in each state."""

from __future__ import annotations

from typing import Any

from ...formats import markdown as md
from ...results import frame
from ...study.study import Study
from ..drawing.figure import Figure
from ..words import lower, p_equals
from .km import Other, km_figure


def current_treatment_figure(panel: dict[str, Any], study: Study) -> Figure:
    """Draw Simon-Makuch curves of one endpoint.

    Parameters
    ----------
    panel : dict
        `curves` and `risk` with the reference arm's code for the time before the treatment, and the
        other's for the time from it on; `tests` (the row `mantel_byar`); `endpoint`, `population`.
    study : Study
    """
    treated = study.comparison_arm.label
    names = {
        study.reference_arm: f"{treated} not begun",
        study.comparison_arm.code: f"{treated} begun",
    }
    labelled = study.model_copy(
        update={"arms": [arm.model_copy(update={"label": names[arm.code]}) for arm in study.arms]}
    )
    tests, spec = panel.pop("tests"), study.endpoints[panel["endpoint"]]
    told = [f"Mantel-Byar {p_equals(p, study, 'P')}" for p in tests["p_value"].head(1)]
    given = panel | {"results": frame([]), "by_arm": True, "title": spec.label, "told": told}
    other = Other(
        f"{md(spec.label)} by the treatment that each patient has begun (Simon-Makuch curves).",
        (
            f"Patients move from one group to the other when {md(treated)} begins, so that the "
            "curves are not those of two fixed groups; the numbers at risk are by current "
            "treatment, and events stand where the patient was.",
            "The *P* value is of the Mantel-Byar test.",
        ),
        f"Simon-Makuch plot of {lower(md(spec.label))}",
    )
    return km_figure([given], labelled, medians=False, other=other)
