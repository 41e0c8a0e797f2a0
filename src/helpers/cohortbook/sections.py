"""The sections of the report: what each needs from a study, and the sentence in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # read before pandas is loaded
    from .cohort.cohort import Cohort

PUBLISHED_FILE = "published.yml"


@dataclass(frozen=True)
class Section:
    """A part of the report.

    `parent` names the section it stands in and is left out with; `beside` one that it can do
    without, but whose sentence, where it is left out, says enough for both.
    """

    has: Callable[[Cohort], object]
    sentence: str
    parent: str = ""
    beside: str = ""


def _has_series(cohort: Cohort) -> bool:
    """Say whether a patient's measurements make a figure; those of an imaging case stand in its."""
    spec, ids = cohort.study.measurements, cohort.patients["patient_id"]
    shown = ids[ids.isin(spec.cases)]
    if not spec.cases and spec.procedure_time and not any(c.patient for c in cohort.study.cases):
        shown = ids[cohort.patients[spec.procedure_time].notna()]
    return bool(cohort.measurements["patient_id"].isin(shown).any())


def _has_levels(cohort: Cohort) -> bool:
    """Say whether a covariate has levels, within which the treatment's effect can be shown."""
    variables = cohort.study.variables
    return any(variables[c.variable].kind == "categorical" for c in cohort.study.covariates)


def _has_unknown(cohort: Cohort) -> bool:
    """Say whether somebody's response is not evaluable: only then there are two ways to count."""
    spec = cohort.study.response
    unknown = cohort.of_all_arms.patients[spec.column] == spec.not_evaluable
    return spec.not_evaluable is not None and bool(unknown.any())


def _has_models(cohort: Cohort) -> object:
    study = cohort.study
    return (study.cox or study.compares) and study.endpoints and not study.privacy.smallest_count


def most_missing(cohort: Cohort) -> float:
    """Give the largest share of patients (0 to 1) that lack one covariate; 0 if none is missing."""
    patients = cohort.patients[cohort.patients["arm"].notna()]
    names = [covariate.variable for covariate in cohort.study.covariates]
    return max((float(patients[name].isna().mean()) for name in names), default=0.0)


def _lacks_covariates(cohort: Cohort) -> bool:
    """Say whether some covariate is missing in more patients than the study lets pass."""
    study = cohort.study
    return bool(study.endpoints) and most_missing(cohort) > study.missing.over


def _has_strata(cohort: Cohort) -> object:
    cox = cohort.study.cox
    return cox and (cox.strata or cox.cluster) and cohort.study.compares


def _makes_alike(cohort: Cohort) -> object:
    study = cohort.study
    return study.weighting and study.covariates and study.endpoints and study.compares


def _asks_for_change(cohort: Cohort) -> bool:
    """Say whether the arms are compared where hazards need not be proportional."""
    asked = cohort.study.non_proportional
    named = asked and (asked.endpoints is None or asked.endpoints)
    return bool(named and cohort.study.endpoints and cohort.study.compares)


SECTIONS: dict[str, Section] = {
    "baseline": Section(
        lambda c: c.study.baseline, "The study file names no baseline variables to describe."
    ),
    "sources_survival": Section(lambda c: c.study.endpoints, ""),
    "sources_models": Section(_has_models, ""),
    "sources_response": Section(lambda c: c.study.response, ""),
    "sources_differences": Section(lambda c: c.study.compares, "", "sources_response"),
    "distributions": Section(
        lambda c: any(v.kind == "continuous" and not v.cut for v in c.study.variables.values()),
        "No continuous baseline variable was recorded.",
    ),
    "response": Section(
        lambda c: c.study.response,
        "This study did not record tumour response, so it is not reported.",
    ),
    "response_evaluable": Section(
        _has_unknown, "No patient was recorded as not evaluable.", "response"
    ),
    "response_pairs": Section(lambda c: c.study.further_arms, "", "response"),
    "response_duration": Section(lambda c: c.study.response.duration, "", "response"),
    "waterfall": Section(
        lambda c: c.study.response.change,
        "The change of target lesions was not recorded, so there is no waterfall plot.",
        "response",
    ),
    "swimmer": Section(
        lambda c: c.study.swimmer,
        "The duration of treatment was not recorded, so there is no swimmer plot.",
        beside="response",
    ),
    "lesions": Section(
        lambda c: c.measurements is not None and c.study.measurements.size,
        "Serial measurements were not recorded, so their course is not shown.",
        beside="response",
    ),
    "case": Section(lambda c: c.measurements is not None and _has_series(c), ""),
    "imaging": Section(lambda c: c.study.cases, ""),
    "survival": Section(lambda c: c.study.endpoints, "This study has no time-to-event endpoint."),
    "survival_curves": Section(lambda c: True, "", "survival"),
    "several_arms": Section(lambda c: c.study.further_arms, "", "survival"),
    "several_arms_adjusted": Section(
        lambda c: c.study.further_arms and c.study.covariates, "", "prognostic"
    ),
    "several_arms_each": Section(lambda c: True, "", "several_arms"),
    "sources_several_arms": Section(lambda c: c.study.further_arms, ""),
    "strata": Section(_has_strata, "", "survival"),
    "sources_strata": Section(lambda c: c.study.cox.cluster, "", "strata"),
    "strata_adjusted": Section(lambda c: _has_strata(c) and c.study.covariates, "", "prognostic"),
    "subgroups_curves": Section(lambda c: True, "", "subgroups"),
    "subgroups": Section(
        lambda c: c.study.subgroups and c.study.compares,
        "No subgroups were specified for survival.",
        "survival",
    ),
    "prognostic": Section(
        lambda c: c.study.cox and c.study.endpoints and (c.study.covariates or c.study.compares),
        "Without both covariates and an endpoint there is no analysis of prognostic factors.",
    ),
    "prognostic_subgroups": Section(
        lambda c: c.study.compares and _has_levels(c), "", "prognostic"
    ),
    "prognostic_checks_heading": Section(lambda c: True, "", "prognostic"),
    "prognostic_checks": Section(lambda c: True, "", "prognostic"),
    "response_evaluable_shown": Section(lambda c: True, "", "response_evaluable"),
    "lesions_shown": Section(lambda c: True, "", "lesions"),
    "subgroups_shown_heading": Section(lambda c: True, "", "subgroups"),
    "subgroups_curves_shown": Section(lambda c: True, "", "subgroups"),
    "prognostic_shown_heading": Section(lambda c: True, "", "prognostic"),
    "prognostic_shown": Section(lambda c: True, "", "prognostic"),
    "prognostic_subgroups_shown": Section(lambda c: True, "", "prognostic_subgroups"),
    "safety": Section(
        lambda c: c.adverse_events is not None,
        "This study did not record adverse events, so safety is not reported.",
    ),
    "safety_shown": Section(lambda c: True, "", "safety"),
    "procedure": Section(
        lambda c: c.study.adverse_events.procedure_hours and c.study.adverse_events.windows,
        "No events related to a procedure were recorded.",
        "safety",
    ),
    "discontinuation": Section(
        lambda c: c.study.discontinuation,
        "Reasons for stopping treatment were not recorded.",
        "safety",
    ),
    "robustness": Section(
        lambda c: (c.study.endpoints or c.study.response) and c.study.compares,
        "Without two arms and an endpoint there is no comparison to put to a check.",
    ),
    "robustness_none": Section(lambda c: omission(c, "robustness") is not None, ""),
    "robustness_survival": Section(
        lambda c: c.study.endpoints,
        "Without a time-to-event endpoint no hazard ratio was put to a check.",
        "robustness",
    ),
    "robustness_forest": Section(lambda c: True, "", "robustness_survival"),
    "robustness_specification": Section(
        lambda c: c.study.covariates,
        "Without covariates there are no other models to compare with and no propensity weights.",
        "robustness_survival",
    ),
    "robustness_models": Section(lambda c: True, "", "robustness_specification"),
    "robustness_weighting": Section(lambda c: True, "", "robustness_specification"),
    "robustness_response": Section(
        lambda c: c.study.response,
        "Without a record of response its rates were not put to a check.",
        "robustness",
    ),
    "robustness_tests": Section(lambda c: True, "", "robustness"),
    "competing": Section(
        lambda c: any(spec.competing for spec in c.study.endpoints.values()),
        "",
    ),
    "competing_shown": Section(lambda c: True, "", "competing"),
    "competing_each": Section(lambda c: True, "", "competing"),
    "sources_competing": Section(lambda c: True, "", "competing"),
    "sources_competing_test": Section(
        lambda c: c.study.compares and not c.study.entry, "", "competing"
    ),
    "sources_competing_models": Section(lambda c: c.study.compares, "", "competing"),
    "sources_competing_entry": Section(lambda c: c.study.entry, "", "sources_competing_models"),
    "missing_data": Section(_lacks_covariates, ""),
    "weighted": Section(_makes_alike, ""),
    "weighted_shown": Section(lambda c: True, "", "weighted"),
    "weighted_each": Section(lambda c: True, "", "weighted"),
    "sources_weighted": Section(lambda c: True, "", "weighted"),
    "changing": Section(_asks_for_change, ""),
    "changing_shown": Section(lambda c: True, "", "changing"),
    "changing_each": Section(lambda c: True, "", "changing"),
    "sources_changing_tests": Section(
        lambda c: c.study.non_proportional.weighted_tests, "", "changing"
    ),
    "sources_changing_bands": Section(
        lambda c: c.study.non_proportional.differences, "", "changing"
    ),
    "splines": Section(lambda c: c.study.splines and c.study.endpoints, ""),
    "splines_limitation": Section(lambda c: True, "", "splines"),
    "splines_shown": Section(lambda c: True, "", "splines"),
    "splines_each": Section(lambda c: True, "", "splines"),
    "sources_splines": Section(lambda c: True, "", "splines"),
    "prognostic_model": Section(lambda c: c.study.model, ""),
    "prognostic_model_shown": Section(lambda c: True, "", "prognostic_model"),
    "prognostic_model_penalty": Section(
        lambda c: c.study.model.penalty != "none", "", "prognostic_model"
    ),
    "sources_model": Section(lambda c: True, "", "prognostic_model"),
    "sources_penalty": Section(lambda c: True, "", "prognostic_model_penalty"),
    "late_treatment": Section(
        lambda c: c.study.treatment_start and c.study.endpoints and c.study.compares,
        "",
    ),
    "late_treatment_limitation": Section(lambda c: True, "", "late_treatment"),
    "late_treatment_shown": Section(lambda c: True, "", "late_treatment"),
    "late_treatment_each": Section(lambda c: True, "", "late_treatment"),
    "sources_late": Section(lambda c: True, "", "late_treatment"),
    "published": Section(
        lambda c: c.folder and (c.folder / PUBLISHED_FILE).is_file(),
        "There are no published results of this study to compare with.",
    ),
    # the notebook leaves it out where print holds together
    "published_findings": Section(lambda c: True, "", "published"),
    "published_ratios": Section(lambda c: c.study.cox, "", "published"),
}


# parts that show patients one by one, or counts for which `analysis.small_cells` has no rule
WITHOUT_SMALL_COUNTS = {
    "distributions": "Single values are not drawn",
    "response_evaluable": "",
    "response_duration": "The duration of response is not shown",
    "waterfall": "Patients are not drawn one by one",
    "swimmer": "",
    "lesions": "",
    "case": "",
    "imaging": "",
    "subgroups": "Subgroups are not compared",
    "prognostic": "Prognostic factors are not reported",
    "several_arms": "Further arms are not compared",
    "response_pairs": "",
    "sources_several_arms": "",
    "strata": "Arms are not compared within strata or by clusters",
    "robustness": "Checks of robustness are not reported",
    "competing": "Events that compete are not told apart",
    "missing_data": "Missing covariates are not shown",
    "weighted": "Arms are not weighted or matched",
    "changing": "Effects that may change with time are not shown",
    "splines": "Effects of continuous covariates are not drawn",
    "prognostic_model": "The prognostic model is not reported",
    "late_treatment": "The time before the treatment is not analysed",
    "published": "Published results are not compared",
}


NOT_IN_DRAFTS = {
    "robustness": "This is a draft: checks of robustness, which resample and refit, are left out.",
    "missing_data": "This is a draft: the imputation of missing covariates is left out.",
    "weighted": "This is a draft: weighted and matched arms are left out.",
    "prognostic_model": "This is a draft: the prognostic model, whose validation resamples, is "
    "left out.",
    "late_treatment": "This is a draft: the time before the treatment, whose analyses resample, is "
    "left out.",
}


WITHOUT_ENTRY = {
    "response_duration": "The duration of response is not shown",
    "robustness_weighting": "Arms were not weighted by propensity scores",
    "weighted": "Arms are not weighted or matched",
    "prognostic_model": "The prognostic model is not reported",
    "late_treatment": "The time before the treatment is not analysed",
}
"""Parts that count patients as at risk from time zero on: left out where they enter later."""
ENTERED_LATE = (
    ": patients came under observation after time zero, which that analysis does not allow for."
)


WITHOUT_EVENTS = {
    "prognostic": "Nobody had the event of any endpoint, so no model was fitted.",
    "robustness_survival": "Nobody had the event of any endpoint, so no hazard ratio was put to a "
    "check.",
    "changing": "",
    "splines": "",
}


def _has_events(cohort: Cohort) -> bool:
    return any(cohort.survival(key, entry=True)["event"].any() for key in cohort.study.endpoints)


def _is_seen(cohort: Cohort) -> bool:
    """Say whether somebody had the event that the prognostic model predicts."""
    return bool(cohort.survival(cohort.study.predicted_endpoint, entry=True)["event"].any())


def _began(cohort: Cohort) -> bool:
    """Say whether somebody began the treatment while in follow-up for an endpoint."""
    start = cohort.patients["treatment_start"]
    return any((start < cohort.patients[f"{key}_time"]).any() for key in cohort.study.endpoints)


def inside(name: str) -> list[str]:
    """Give the sections that stand in a section, however deep, and are left out with it."""
    found = [other for other, section in SECTIONS.items() if section.parent == name]
    return [part for other in found for part in (other, *inside(other))]


def omission(cohort: Cohort, name: str) -> str | None:
    """Say why a section is left out: None if it is not, "" if its parent says so already."""
    section = SECTIONS[name]
    if section.parent and omission(cohort, section.parent) is not None:
        return ""
    if cohort.study.draft and name in NOT_IN_DRAFTS and section.has(cohort):
        return NOT_IN_DRAFTS[name]
    found = _without(cohort, name)
    if found is None and name in WITHOUT_EVENTS and not _has_events(cohort):
        return WITHOUT_EVENTS[name]  # a verb that is asked gives its rows, not estimable
    if found is None and name == "prognostic_model" and not _is_seen(cohort):
        return "Nobody had the event that the prognostic model predicts, so there is no model."
    if found is None and name == "late_treatment" and not _began(cohort):
        return "Nobody began the treatment during follow-up, so no time was before it."
    return found


def lacks(cohort: Cohort, name: str) -> str | None:
    """Say what a verb lacks for a section, in a draft too; None if it lacks nothing."""
    parent = SECTIONS[name].parent
    found = lacks(cohort, parent) if parent else None
    return _without(cohort, name) if found is None else found


def _without(cohort: Cohort, name: str) -> str | None:
    section = SECTIONS[name]
    smallest, left_out = cohort.study.privacy.smallest_count, WITHOUT_SMALL_COUNTS.get(name)
    if not section.has(cohort):
        silent = section.beside and omission(cohort, section.beside) is not None
        return "" if silent else section.sentence
    if smallest and left_out is not None:
        return left_out and f"{left_out}, because counts below {smallest} are withheld."
    if cohort.study.entry and name in WITHOUT_ENTRY:
        return f"{WITHOUT_ENTRY[name]}{ENTERED_LATE}"
    return None
