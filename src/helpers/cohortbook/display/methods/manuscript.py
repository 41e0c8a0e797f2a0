"""Values of the manuscript that come from the study file and the settings, not from a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from unicodedata import east_asian_width

from ...cohort.cohort import Cohort
from ...formats import markdown as md
from ...sections import omission
from ...study.parts import Endpoint, counts_death
from ...study.study import Study
from ...study.unconfirmed import sentence
from ..sentences import competing, entry
from ..words import capital, counted, listed, lower, number_word, with_article
from .settings import (
    changing_methods,
    comparison_methods,
    competing_methods,
    cox_methods,
    families_methods,
    late_treatment_methods,
    level_methods,
    missing_methods,
    model_methods,
    response_methods,
    robustness_methods,
    safety_methods,
    spline_methods,
    survival_methods,
    weighted_methods,
)

RUNNING_HEAD = 80  # Latin letters that fit the page's width in every format
SYNTHETIC = (
    "Synthetic data. No row of this cohort is a patient; no result in this report is evidence "
    "about any treatment."
)


RUN_IN = {
    "outcomes": "Endpoints",
    "response_methods": "Response",
    "safety_methods": "Adverse events",
    "comparison_methods": "Baseline variables",
    "survival_methods": "Survival",
    "cox_methods": "Cox models",
    "robustness_methods": "Robustness",
    "spline_methods": "Continuous covariates",
    "changing_methods": "Effects that change with time",
    "missing_methods": "Missing values",
    "weighted_methods": "Groups made alike",
    "competing_methods": "Competing events",
    "model_methods": "Prognostic model",
    "late_treatment_methods": "Treatment begun during follow-up",
    "families_methods": "Families of tests",
    "level_methods": "Levels and conventions",
    "deviations": "Deviations",
}
"""Run-in headings of the Methods, by the value that each begins."""
DRAFT = "Draft for a first look: what resamples and refits is left out."


def study_values(
    cohort: Cohort,
    of: Callable[[str], Study] | None = None,
    deviations: Sequence[str] = (),
    levels: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, str]:
    """Give the manuscript's study values (Markdown), by name.

    Every name is always there; what the study file does not say is an empty text.

    Parameters
    ----------
    cohort : Cohort
        As the study file has it.
    of : function, optional
        Gives the study that was in force for a notebook, by its name in the manuscript; the study
        file's where it is not given.
    deviations : sequence of str
        What was made with other settings than the study file's.
    levels : mapping, optional
        Significance level and level of intervals of each section (`settings.level_methods`).
    """
    study = cohort.study
    of = of or (lambda _name: study)
    told = {
        "title": md(study.texts.title),
        "subtitle": _subtitle(study),
        "running_head": _running_head(study),
        "authors": md(listed(list(study.texts.authors))),
        "notice": _notice(study),
        "objective": _objective(study),
        "methods_in_brief": _methods_in_brief(study),
        "design": _design(study),
        "participants": _participants(cohort),
        "outcomes": _outcomes(study),
        "comparison_methods": comparison_methods(of("cohort")),
        "response_methods": response_methods(of("response")),
        "survival_methods": survival_methods(of("survival")) if study.endpoints else "",
        "cox_methods": cox_methods(of("prognostic_factors")),
        "robustness_methods": robustness_methods(of("robustness")),
        "competing_methods": competing_methods(of("competing_events")),
        "changing_methods": _if_shown(cohort, "changing", changing_methods(of("changing_effects"))),
        "spline_methods": _if_shown(cohort, "splines", spline_methods(of("changing_effects"))),
        "missing_methods": _if_shown(cohort, "missing_data", missing_methods(of("missing_data"))),
        "weighted_methods": _if_shown(cohort, "weighted", weighted_methods(of("weighted_curves"))),
        "model_methods": _if_shown(
            cohort, "prognostic_model", model_methods(of("prognostic_model"))
        ),
        "late_treatment_methods": late_treatment_methods(of("late_treatment")),
        "safety_methods": safety_methods(of("safety")),
        "level_methods": level_methods(study.statistics, levels),
        "families_methods": families_methods(of("robustness")),
        "deviations": f"Some parts were made with settings of their own. {' '.join(deviations)}"
        if deviations
        else "",
        **{f"endpoint_{key}": lower(md(spec.label)) for key, spec in study.endpoints.items()},
        "primary": lower(md(study.endpoints[study.primary_endpoint].label))
        if study.endpoints
        else "",
        "limitations": _limitations(cohort),
        "data_availability": _data_availability(study),
        "caveat": _caveat(study),
    }
    headed = {name: f"**{head}.** {told[name]}" for name, head in RUN_IN.items() if told[name]}
    return told | headed


def _if_shown(cohort: Cohort, section: str, text: str) -> str:
    """Give what the Methods say of a section; "" where the report leaves it out."""
    return text if omission(cohort, section) is None else ""


def _subtitle(study: Study) -> str:
    kind = capital(md(study.texts.design or "cohort study"))
    parts = [
        md(listed(list(study.texts.authors))),
        kind,
        "synthetic data" * study.synthetic,
        "not confirmed" * bool(study.unconfirmed),
        "draft" * study.draft,
    ]
    return " · ".join(part for part in parts if part)


def _running_head(study: Study) -> str:
    """Give what stands at the top of each page: one line, whatever the title's length."""
    text = " ".join((study.texts.short_title or study.texts.title).split())
    if _columns(text) <= RUNNING_HEAD:
        return md(text)
    cut = text
    while _columns(cut) > RUNNING_HEAD - 2:
        cut = cut[:-1]
    words = cut if text[len(cut)] == " " else cut.rpartition(" ")[0]
    # within a word where little would be left, as in Chinese, which has no blanks
    return md(f"{words if _columns(words) > RUNNING_HEAD / 2 else cut} …")


def _columns(text: str) -> int:
    """Give the width of a text in Latin letters; an East Asian one is as wide as two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _notice(study: Study) -> str:
    """Say what the data are, and what of the study file nobody has confirmed."""
    text = SYNTHETIC if study.synthetic else _real(study)
    text = f"{DRAFT} {text}" if study.draft else text
    doubt = md(sentence(study))
    return f"{text} **{doubt}**" if doubt else text


def _real(study: Study) -> str:
    return (
        f"Data: {md(study.texts.source)}."
        if study.texts.source
        else "The study file does not say where the data come from."
    )


def _objective(study: Study) -> str:
    others = ["tumour response"] * bool(study.response) + ["adverse events"] * bool(
        study.adverse_events
    )
    what = _endpoints(study) or listed(others) or "the patients"
    who = f" in patients with {md(study.texts.population)}" if study.texts.population else ""
    if not study.compares:
        return f"To describe {what}{who}."
    others = [arm for arm in study.all_arms if arm.code != study.reference_arm]
    names = listed([md(arm.label) for arm in [*others, study.reference]])
    return f"To compare {what} between {names}{who}."


def _endpoints(study: Study) -> str:
    """List the endpoints, and say which of several the study calls primary."""
    first = " (primary endpoint)" if study.primary and len(study.endpoints) > 1 else ""
    return listed(
        [
            lower(md(spec.label)) + first * (key == study.primary_endpoint)
            for key, spec in study.endpoints.items()
        ]
    )


def _methods_in_brief(study: Study) -> str:
    t = study.texts
    parts = [capital(md(t.design or "cohort study")) + (f" at {md(t.setting)}" * bool(t.setting))]
    if t.enrolment:
        parts.append(f"enrolment {md(t.enrolment)}")
    if t.data_cutoff:
        parts.append(f"data cut-off {md(t.data_cutoff)}")
    text = "; ".join(parts) + "."
    if study.endpoints:
        late = " Patients are at risk from their entry on (left truncation)."
        return f"{text} {_survival_in_brief(study)}{late if study.entry else ''}"
    if study.response:
        text += f" Response was assessed by {md(study.response.criteria)}."
    if study.adverse_events:
        text += f" Adverse events were graded by {md(study.adverse_events.criteria)}."
    return text


def _survival_in_brief(study: Study) -> str:
    if not study.compares:
        models = " and Cox models" * bool(cox_methods(study))
        return f"Time to event was analysed by Kaplan-Meier estimates{models}."
    if not study.cox:
        return "Arms were compared by the log-rank test."
    arms = f"{md(study.comparison_arm.label)} against {md(study.reference.label)}"
    many = counted(len(study.covariates), "covariate")
    adjusted = f", unadjusted and adjusted for {many}" if study.covariates else ""
    return f"Cox models gave hazard ratios ({arms}){adjusted}."


def _outcomes(study: Study) -> str:
    """Define each endpoint as the study file does: from when, to what."""
    start = md(study.texts.time_zero) or "time zero"
    ends = [_defined(spec) for spec in study.endpoints.values()]
    if not ends:
        others = study.response or study.adverse_events
        return "" if others else "The study file names no outcome."
    return (
        f"Endpoints are times from {start}: {listed(ends)}. Patients without the event are "
        f"censored at their last observation. {competing.definition(study)}".rstrip()
        + " Times are given in months."
    )


def _defined(spec: Endpoint) -> str:
    """Name an endpoint with its abbreviation and its event, unless its name says them already."""
    text, said = lower(md(spec.label)), spec.label.lower()
    if not said.endswith(spec.short.lower()):
        text += f" ({md(spec.short)})"
    return (
        text
        if said.endswith(f"to {spec.event_label.lower()}")
        else f"{text} to {md(spec.event_label)}"
    )


def _design(study: Study) -> str:
    t = study.texts
    design = md(t.design or "cohort study")
    parts = [f"This is {with_article(design)}"]
    if t.setting:
        parts.append(f" at {md(t.setting)}")
    text = "".join(parts) + "."
    if t.enrolment:
        text += f" Patients were enrolled from {md(t.enrolment)}."
    if t.data_cutoff:
        text += f" Data were cut off in {md(t.data_cutoff)}."
    if t.registration:
        text += f" Registration: {md(t.registration)}."
    if t.ethics:
        text += f" Ethics: {md(t.ethics)}."
    return text


def _participants(cohort: Cohort) -> str:
    study = cohort.study
    who = f" with {md(study.texts.population)}" if study.texts.population else ""
    n = len(cohort.patients)
    if not study.compares:
        return f"The cohort comprises {n} patients{who}, in one arm."
    arms = study.all_arms
    n, names = len(cohort.of_all_arms.patients), listed([md(arm.label) for arm in arms])
    return (
        f"The cohort comprises {n} patients{who}, in {number_word(len(arms))} arms: {names}. The "
        f"reference arm is {md(study.reference.label)}."
    )


def _limitations(cohort: Cohort) -> str:
    study = cohort.study
    own = [md(text) for text in [*study.texts.limitations, sentence(study)] if text]
    settled = [
        "One arm does not show what another treatment, or none, would have brought."
        if not study.compares
        else "Most comparisons were not adjusted for their number, and baseline variables that "
        "were not recorded cannot be adjusted for.",
        *_competing(cohort),
        *_several_censored(study),
        *entry.limitation(study),
    ]
    return " ".join([SYNTHETIC, *own, *settled] if study.synthetic else [*own, *settled])


def _competing(cohort: Cohort) -> list[str]:
    """Name the competing states, and count those who died without an endpoint's event.

    Both stand as censored. Where the study file declares no such state, deaths are known from
    overall survival.
    """
    study, told = cohort.study, []
    declared = [spec.short for spec in study.endpoints.values() if spec.competing]
    if declared:
        apart = "" if study.privacy.smallest_count else "; @sec-competing tells the events apart"
        told.append(
            f"Competing events of {md(listed(declared))} are censored in Kaplan-Meier estimates "
            "and Cox models: one minus the Kaplan-Meier estimate overestimates the share with the "
            f"event{apart}."
        )
    death = study.death_endpoint
    # what is unconfirmed may be no death, or its absence
    unnamed = {f"endpoints.{death}.label", f"endpoints.{death}.event"} & set(study.unconfirmed)
    if not death or unnamed:
        return told
    others = {
        key: spec
        for key, spec in study.endpoints.items()
        if key != death
        and not spec.competing
        and not counts_death(spec)
        and f"endpoints.{key}.event" not in study.unconfirmed
    }
    if study.privacy.smallest_count:
        names = listed([md(spec.short) for spec in others.values()])
        return told + [
            f"Patients who died without the event count in {names} as censored: death "
            "was not modelled as a competing event."
        ] * bool(others)
    return told + _died_without(cohort, death, others)


def _died_without(cohort: Cohort, death: str, others: dict[str, Endpoint]) -> list[str]:
    dead = cohort.survival(death, entry=True).set_index("patient_id")["event"].eq(1)
    told = []
    for key, spec in others.items():
        event = cohort.survival(key, entry=True).set_index("patient_id")["event"]
        count = int((event.eq(0) & dead.reindex(event.index, fill_value=False)).sum())
        if count:
            told.append(
                f"{counted(count, 'patient')} died without {md(spec.event_label)}"
                + (f" ({md(spec.short)})" if spec.short.lower() != spec.event_label.lower() else "")
            )
    if not told:
        return []
    verb = "counts" if told[0].startswith("one ") and len(told) == 1 else "count"
    return [
        f"{capital(listed(told))} and {verb} there as censored: death was not modelled as a "
        "competing event."
    ]


def _several_censored(study: Study) -> list[str]:
    """Name the states that count as censored where there are several: one may be an end too."""
    told = [
        f"{md(spec.short)} counts several states as censored "
        f"({md(listed(list(spec.censored_codes)))})"
        for spec in study.endpoints.values()
        if len(spec.censored_codes) > 1
    ]
    return [f"{listed(told)}; none of them was modelled as a competing event."] if told else []


def _data_availability(study: Study) -> str:
    text = (
        f"Data: {md(study.texts.source)}."
        if study.texts.source
        else "Availability of the data is for the authors to state."
    )
    return f"{text} Licence: {md(study.texts.licence)}." if study.texts.licence else text


def _caveat(study: Study) -> str:
    beside = "; associations with other factors are exploratory, not causes" * bool(study.cox)
    text = (
        "These are exploratory associations, not causes."
        if study.compares
        else f"One arm gives no comparison{beside}."
    )
    if study.synthetic:
        text += " The data are synthetic and are evidence about no treatment."
    return f"{text} {md(sentence(study))}".strip()
