"""The abstract: what the notebooks say for it, survival with the primary endpoint first."""

from __future__ import annotations

from collections.abc import Mapping

from ...study.study import Study

MODELS = "prognostic_factors"
LATE = "late_treatment"
Values = Mapping[str, Mapping[str, str]]
OWN = "abstract"
"""What somebody says under this name in a notebook stands in place of what it computes."""


def results(values: Values, study: Study) -> tuple[list[str], list[str]]:
    """Give the findings in two paragraphs: survival; response, harms and what notebooks add.

    The numbers of patients stand beside the events of each arm; where nothing is said of survival
    they come first. Adjusted is the hazard ratio of the primary endpoint alone; of the others the
    unadjusted ones are told, each with its interval.

    Parameters
    ----------
    values : mapping
        Notebook name in the manuscript to its values, by name.
    study : Study
        Its primary endpoint comes first.
    """
    survival = [
        *_said(values, "survival", "abstract_primary"),
        *_said(values, MODELS, f"abstract_adjusted_{study.primary_endpoint}"),
        *_said(values, LATE, "abstract_effects"),
        *(
            []
            if OWN in values.get("survival", {})
            else _said(values, "survival", "abstract_others")
        ),
    ]
    beside = [
        *_said(values, "response", "abstract_rates"),
        *_said(values, "safety", "abstract_harms"),
    ]
    computed = ("survival", MODELS, LATE, "response", "safety")
    beside += [text for name in values if name not in computed for text in _said(values, name)]
    patients = [] if any(survival) else _said(values, "cohort", "patients")
    told, rest = ([text for text in part if text] for part in (patients + survival, beside))
    return (told, rest) if any(survival) else (told + rest, [])


def conclusion(values: Values) -> list[str]:
    """Give the finding of the primary endpoint with its robustness, and the harms beside it.

    Of one arm, which is compared with nothing, its survival, response and harms.
    """
    finding = values.get("robustness", {}).get("conclusion", "")
    told = [
        values.get(name, {}).get("abstract_conclusion", "")
        for name in ("survival", "response", "safety")
    ]
    return list(filter(None, [finding, *told]))


def _said(values: Values, notebook: str, *names: str) -> list[str]:
    told = values.get(notebook, {})
    return [told[OWN]] if OWN in told else [told.get(name, "") for name in names]
