"""From a cohort to a report: one verb an analysis, for notebooks of the project and of your own.

>>> from cohortbook import load_cohort, km
>>> km(load_cohort("data/wei2026"), "os").endpoint
'os'

Verbs are loaded when they are asked for, so that a notebook depends only on what it uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

EXPORTS = {
    "load_cohort": "cohort.cohort",
    "start": "session.book",
    **dict.fromkeys(("how", "settings"), "verbs.settings"),
    **dict.fromkeys(("baseline", "flow"), "verbs.patients"),
    **dict.fromkeys(
        ("imaging_cases", "lesion_course", "patient_course", "response", "swimmer", "waterfall"),
        "verbs.response",
    ),
    **dict.fromkeys(("km", "survival"), "verbs.survival"),
    **dict.fromkeys(
        ("cox", "influence", "proportional_hazards", "subgroup_effects"), "verbs.prognostic"
    ),
    **dict.fromkeys(("discontinuation", "procedure_events", "safety"), "verbs.safety"),
    **dict.fromkeys(
        (
            "added_covariates",
            "adjusted_tests",
            "bootstrap",
            "e_values",
            "landmark",
            "leave_one_out",
            "response_robustness",
            "restricted_means",
            "second_opinion",
            "sparse_data",
            "specification_curve",
            "verdict",
            "weighting",
        ),
        "verbs.robustness",
    ),
    "changing_effects": "verbs.changing",
    "competing_events": "verbs.competing",
    "continuous_effects": "verbs.continuous",
    "late_treatment": "verbs.late",
    "missing_data": "verbs.missing",
    "weighted_survival": "verbs.weighted",
    "stratified": "verbs.stratified",
    "response_duration": "verbs.duration",
    "prognostic_model": "verbs.prognostic_model",
    "several_arms": "verbs.several_arms",
    **dict.fromkeys(("compare_with_print", "print_findings", "tests_behind"), "verbs.published"),
}
"""What can be imported from the package itself, and the module that has it."""

if TYPE_CHECKING:  # for editors, which complete names without running anything
    from .cohort.cohort import load_cohort
    from .session.book import start
    from .verbs.changing import changing_effects
    from .verbs.competing import competing_events
    from .verbs.continuous import continuous_effects
    from .verbs.duration import response_duration
    from .verbs.late import late_treatment
    from .verbs.missing import missing_data
    from .verbs.patients import baseline, flow
    from .verbs.prognostic import cox, influence, proportional_hazards, subgroup_effects
    from .verbs.prognostic_model import prognostic_model
    from .verbs.published import compare_with_print, print_findings, tests_behind
    from .verbs.response import (
        imaging_cases,
        lesion_course,
        patient_course,
        response,
        swimmer,
        waterfall,
    )
    from .verbs.robustness import (
        added_covariates,
        adjusted_tests,
        bootstrap,
        e_values,
        landmark,
        leave_one_out,
        response_robustness,
        restricted_means,
        second_opinion,
        sparse_data,
        specification_curve,
        verdict,
        weighting,
    )
    from .verbs.safety import discontinuation, procedure_events, safety
    from .verbs.settings import how, settings
    from .verbs.several_arms import several_arms
    from .verbs.stratified import stratified
    from .verbs.survival import km, survival
    from .verbs.weighted import weighted_survival

__all__ = [  # noqa: PLE0604
    *EXPORTS,
]


def __getattr__(name: str) -> Any:
    if name not in EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{EXPORTS[name]}", __name__), name)


def __dir__() -> list[str]:
    """Give what an editor completes: the verbs, and not what this module imports for itself."""
    return sorted(EXPORTS)
