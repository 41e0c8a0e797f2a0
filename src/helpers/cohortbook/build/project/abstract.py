"""The abstract: what the notebooks say for it, survival with the primary endpoint first."""

from __future__ import annotations

from collections.abc import Mapping

from ...display.sentences.abstract.survival import IN_FULL
from ...study.study import Study

MODELS = "prognostic_factors"
Values = Mapping[str, Mapping[str, str]]
OWN = "abstract"
"""What somebody says under this name in a notebook stands in place of what it computes."""


def results(values: Values, study: Study) -> list[str]:
    """Give the findings: survival and models, response, harms, then what other notebooks say.

    Parameters
    ----------
    values : mapping
        Notebook name in the manuscript to its values, by name.
    study : Study
        Its primary endpoint comes first; of many endpoints the models are told of that one.
    """
    first = study.primary_endpoint
    told = [
        *_said(values, "survival", "abstract_primary"),
        *_said(values, MODELS, f"abstract_adjusted_{first}"),
        *_others(values, [key for key in study.endpoints if key != first]),
        *_said(values, "response", "abstract_rates"),
        *_said(values, "safety", "abstract_harms"),
        *_said(values, "late_treatment", "abstract_effects"),
    ]
    computed = ("survival", MODELS, "response", "safety", "late_treatment")
    told += [text for name in values if name not in computed for text in _said(values, name)]
    return list(filter(None, told))


def _others(values: Values, endpoints: list[str]) -> list[str]:
    """Give the adjusted hazard ratio of a second endpoint; of more the unadjusted ones."""
    if OWN in values.get(MODELS, {}) or OWN in values.get("survival", {}):
        return []
    in_full = endpoints if len(endpoints) < IN_FULL else []
    adjusted = _said(values, MODELS, *(f"abstract_adjusted_{key}" for key in in_full))
    return [*filter(None, adjusted)] or _said(values, "survival", "abstract_others")


def conclusion(values: Values) -> list[str]:
    """Give the finding of the primary endpoint with its robustness, and the harms beside it."""
    finding = values.get("robustness", {}).get("conclusion", "")
    harms = values.get("safety", {}).get("abstract_conclusion", "")
    return list(filter(None, [finding, harms]))


def _said(values: Values, notebook: str, *names: str) -> list[str]:
    told = values.get(notebook, {})
    return [told[OWN]] if OWN in told else [told.get(name, "") for name in names]
