"""Names in a study file that refer to nothing, stand twice, or would hide something else."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from .cuts import Bounds, contradicts, numbers_levels, plain
from .journals import journal_names
from .languages import OWN as OWN_LANGUAGE
from .languages import language_names
from .unconfirmed import wrong_places

WHOLE = "all"  # the population that is no subgroup


def wrong_names(study: Any) -> Iterator[str]:
    """Say of each name of a study file what is wrong with it: where it stands, and why.

    Parameters
    ----------
    study : Study
        Each of its parts is valid by itself.
    """
    for rule in (
        _arms,
        _primary,
        _entry,
        _cuts,
        _cut_labels,
        _used_variables,
        _strata,
        _per_of_levels,
        _response,
        _model,
        _others,
        _twice,
        _hidden,
        wrong_places,
    ):
        yield from rule(study)


def nearest(word: str, known: Iterable[str]) -> str:
    """Give " (did you mean 'x'?)" for the known word most like `word`; "" if none is."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean '{close[0]}'?)" if close else ""


def _arms(study: Any) -> Iterator[str]:
    codes, column = [arm.code for arm in study.arms], study.columns.arm
    for what in ("code", "label"):
        if len({getattr(arm, what) for arm in study.arms}) < len(codes):
            yield f"the two arms have the same {what}"
    further = [arm.code for arm in study.further_arms]
    for what in ("code", "label", "color"):
        named = [getattr(arm, what) for arm in [*study.arms, *study.further_arms]]
        for arm, one in zip(study.further_arms, named[len(codes) :], strict=True):
            if named.count(one) > 1:
                yield f"further_arms: the {what} of '{arm.code}' is that of another arm"
    if further and len(codes) < 2:
        yield "further_arms: name two arms first; these are beyond them"
    if further and column in study.variables:
        yield f"further_arms: the arms are not read but the variable {column}"
    if study.reference_arm not in codes:
        yield f"reference_arm '{study.reference_arm}' is not one of the arms {codes}"
    if column in study.variables:
        levels = study.levels(column)
        for code in codes:
            if code not in levels:
                yield f"arms: '{code}' is not a level of the variable {column} {levels}"


def _primary(study: Any) -> Iterator[str]:
    if study.primary is not None and study.primary not in study.endpoints:
        hint = nearest(study.primary, study.endpoints)
        yield f"primary '{study.primary}' is not one of the endpoints{hint}"


def _entry(study: Any) -> Iterator[str]:
    """Find an entry whose unit nobody said, or that other keys cannot go with."""
    spec = study.entry
    if spec is None:
        return
    if spec.origin and spec.unit:
        yield "entry.unit: dates have none; it goes with a time, and 'origin' with dates"
    units = {one.unit if one.time else "" for one in study.endpoints.values()}
    if not spec.origin and not spec.unit and (len(units) > 1 or "" in units):
        yield "entry.unit: the endpoints do not have one unit; say that of the entry"
    for key, one in study.endpoints.items():
        if spec.origin and one.start and one.start != spec.origin:
            yield (
                f"entry.origin: '{spec.origin}' is not '{one.start}', from which endpoints.{key} "
                "counts; times and entry need one time zero"
            )
    if study.privacy.smallest_count:
        yield (
            "entry: there is no rule by which small counts are withheld where patients enter late; "
            "take out 'entry' or privacy.smallest_count"
        )


def _cuts(study: Any) -> Iterator[str]:
    for key, variable in study.variables.items():
        if not variable.cut:
            continue
        place, source = f"variables.{key}.cut", study.variables.get(variable.cut)
        if source is None:
            yield f"{place}: no variable '{variable.cut}'{nearest(variable.cut, study.variables)}"
        elif source.kind != "continuous" or source.cut:
            yield f"{place}: '{variable.cut}' is not a continuous variable that is read"


def _cut_labels(study: Any) -> Iterator[str]:
    """Hold labels against cut-points; the median is known when the table has been read."""
    for key, variable in study.variables.items():
        if variable.cut and "median" not in variable.at:
            yield from wrong_cut_labels(study, key, [float(at) for at in variable.at])


def wrong_cut_labels(study: Any, name: str, points: list[float]) -> Iterator[str]:
    """Name the labels and codes that contradict the cut-points of a variable, and what to write.

    Parameters
    ----------
    study : Study
    name : str
        A variable that is cut.
    points : list of float
        Its cut-points, the median as a number.
    """
    variable = study.variables[name]
    bounds = dict(
        zip((level.code for level in variable.levels), variable.bounds(points), strict=True)
    )
    if all(contradicts(variable.label, of_level, strict=False) for of_level in bounds.values()):
        told = " or ".join(map(str, bounds.values()))
        yield (
            f"variables.{name}.label: '{variable.label}' contradicts the cut-points, by which "
            f"the levels are {told}"
        )
    if not numbers_only(variable.levels):
        for i, level in enumerate(variable.levels):
            yield from _wrong(f"variables.{name}.levels[{i}]", level, bounds[level.code])
    for i, group in enumerate(study.subgroups):
        if group.variable == name and group.level in bounds:
            yield from _contradiction(
                f"subgroups[{i}].label", group.label, bounds[group.level], strict=False
            )
    if study.columns.arm == name:
        for i, arm in enumerate(study.arms):
            if arm.code in bounds:
                yield from _contradiction(
                    f"arms[{i}].label", arm.label, bounds[arm.code], strict=False
                )


def numbers_only(levels: Any) -> bool:
    """Say whether the printed levels are no more than 0, 1, 2: they name no cut-point."""
    return numbers_levels([level.printed for level in levels])


def _wrong(place: str, level: Any, bounds: Bounds) -> Iterator[str]:
    key = "label" if level.label else "code"
    yield from _contradiction(f"{place}.{key}", level.printed, bounds)
    if level.label and not level.code.isdecimal():  # a number alone is a code, and not printed
        yield from _contradiction(f"{place}.code", level.code, bounds)


def _contradiction(place: str, text: str, bounds: Bounds, strict: bool = True) -> Iterator[str]:
    if contradicts(text, bounds, strict):
        mended = plain(str(bounds)) if place.endswith("code") else str(bounds)
        yield f"{place}: '{text}' contradicts the cut-points, by which it is {mended}"


def _used_variables(study: Any) -> Iterator[str]:
    used = [(f"baseline[{i}]", row.variable, None) for i, row in enumerate(study.baseline)]
    used += [
        (f"cox.covariates[{i}]", c.variable, c.reference) for i, c in enumerate(study.covariates)
    ]
    used += [(f"cox.{key}", name, None) for key, name in _groups(study)]
    used += [
        (f"model.covariates[{i}]", c.variable, c.reference)
        for i, c in enumerate((study.model and study.model.covariates) or ())
    ]
    used += [(f"subgroups[{i}]", s.variable, s.level) for i, s in enumerate(study.subgroups)]
    for place, name, level in used:
        if name not in study.variables:
            yield f"{place}: no variable '{name}'{nearest(name, study.variables)}"
        elif level is not None and level not in study.levels(name):
            yield f"{place}: '{level}' is not a level of {name} {study.levels(name)}"


def _groups(study: Any) -> list[tuple[str, str]]:
    """Give the variables of strata and clusters, with their key."""
    named = [(key, getattr(study.cox, key, None)) for key in ("strata", "cluster")]
    return [(key, name) for key, name in named if name is not None]


def _strata(study: Any) -> Iterator[str]:
    for key, name in _groups(study):
        if name in study.variables and not study.variables[name].levels:
            yield f"cox.{key}: '{name}' is continuous; strata and clusters are categorical"
        if len(study.arms) < 2:
            yield f"cox.{key}: the arms are compared by it, and there is one"


def _per_of_levels(study: Any) -> Iterator[str]:
    lists = {"cox": study.covariates, "model": (study.model and study.model.covariates) or ()}
    for place, covariates in lists.items():
        for i, c in enumerate(covariates):
            if c.per != 1 and c.variable in study.variables and study.variables[c.variable].levels:
                where = f"{place}.covariates[{i}]"
                yield f"{where}: 'per' is for continuous variables, not {c.variable}"


def _model(study: Any) -> Iterator[str]:
    spec = study.model
    if spec is None:
        return
    if spec.endpoint is not None and spec.endpoint not in study.endpoints:
        hint = nearest(spec.endpoint, study.endpoints)
        yield f"model.endpoint: '{spec.endpoint}' is not one of the endpoints{hint}"
    if not study.endpoints:
        yield "model: it predicts an endpoint, and there is none"
    if not study.predictors:
        yield "model: it has no covariates; give 'model.covariates' or 'cox.covariates'"
    end = study.endpoints.get(study.predicted_endpoint)
    if spec.penalty != "none" and end is not None and end.competing:
        yield (
            f"model.penalty: '{spec.penalty}' is for endpoints without events that compete, and "
            f"{end.short} has some; use none"
        )


def _response(study: Any) -> Iterator[str]:
    spec = study.response
    if spec is None:
        return
    codes = {level.code for level in spec.categories}
    named = {*spec.objective, *spec.control, spec.not_evaluable, spec.missing_is} - {None}
    for code in sorted(named - codes):
        yield f"response: '{code}' is not one of the categories"
    ends = spec.duration.endpoint if spec.duration else None
    if ends is not None and ends not in study.endpoints:
        hint = nearest(ends, study.endpoints)
        yield f"response.duration.endpoint: '{ends}' is not one of the endpoints{hint}"


def _others(study: Any) -> Iterator[str]:
    covariates = [one.variable for one in study.covariates]
    for name in study.missing.tipping:
        if name not in covariates:
            yield f"missing.tipping: '{name}' is no covariate{nearest(name, covariates)}"
    if study.weighting and not study.covariates:
        yield "weighting: it makes the arms alike by the covariates of cox, and there are none"
    if study.weighting and len(study.arms) < 2:
        yield "weighting: it compares two arms, and there is one"
    yield from _on_request(study)
    if study.treatment_start and len(study.arms) < 2:
        yield "treatment_start: it compares two arms, and there is one"
    if study.journal not in journal_names():
        hint = nearest(study.journal, journal_names())
        yield f"journal: no profile '{study.journal}'{hint}; there are {journal_names()}"
    if not study.language.endswith(OWN_LANGUAGE) and study.language not in language_names():
        hint = nearest(study.language, language_names())
        yield f"language: no '{study.language}'{hint}; there are {language_names()}, and *.yml"
    for key in ("survival", "progression_time"):
        name = getattr(study.swimmer, key, None)
        if name and name not in study.endpoints:
            yield f"swimmer.{key}: no endpoint '{name}'{nearest(name, study.endpoints)}"
    events = study.adverse_events
    if events and events.procedure_hours and events.windows:
        codes = [arm.code for arm in study.arms]
        if events.procedure_arm not in codes:
            yield f"adverse_events.procedure_arm '{events.procedure_arm}' is not one of {codes}"


def _on_request(study: Any) -> Iterator[str]:
    if study.non_proportional and len(study.arms) < 2:
        yield "non_proportional: it compares two arms, and there is one"
    for key in ("non_proportional", "weighting"):
        for name in getattr(getattr(study, key), "endpoints", None) or []:
            if name not in study.endpoints:
                yield f"{key}.endpoints: no endpoint '{name}'{nearest(name, study.endpoints)}"
    if any(c.variable not in study.variables for c in study.covariates):
        return  # that is told, and what is continuous is not known
    for name in study.splines:
        known = study.continuous_covariates
        if name not in known:
            yield (
                f"splines: '{name}' is no continuous covariate, and none is cut from it"
                f"{nearest(name, known)}"
            )


def _twice(study: Any) -> Iterator[str]:
    """Find what results are told apart by, and must therefore be different."""
    events, endpoints = study.adverse_events, study.endpoints
    lists = {
        "baseline": [row.variable for row in study.baseline],
        "cox.covariates": [c.variable for c in study.covariates],
        "model.covariates": [c.variable for c in (study.model and study.model.covariates) or ()],
        "subgroups": [WHOLE, *(group.name for group in study.subgroups)],
        "response.categories": [c.code for c in getattr(study.response, "categories", ())],
        "discontinuation.reasons": [r.code for r in getattr(study.discontinuation, "reasons", ())],
        "adverse_events.terms": [*events.terms, *events.other_terms] if events else [],
        "adverse_events.windows": [window.name for window in events.windows] if events else [],
        "endpoints, label": [endpoint.label for endpoint in endpoints.values()],
        "endpoints, short": [endpoint.short for endpoint in endpoints.values()],
    }
    lists |= {
        f"endpoints.{key}.milestones": [f"{month:g}" for month in endpoint.milestones]
        for key, endpoint in endpoints.items()
    }
    for place, names in lists.items():
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            yield (
                f"{place}: '{name}' stands for two things"
                if place == "subgroups"
                else f"{place}: '{name}' stands twice"
            )


def _hidden(study: Any) -> Iterator[str]:
    """Find variables whose name the patient table needs for something else."""
    taken = {"patient_id": "the identifier"}
    if study.treatment_start:
        taken["treatment_start"] = "the start of the treatment"
    if study.columns.arm != "arm":
        taken["arm"] = "the arm"
    for key, endpoint in study.endpoints.items():
        taken |= {
            f"{key}_time": f"the time of {endpoint.short}",
            f"{key}_event": f"the event of {endpoint.short}",
            f"{key}_entry": f"the entry of {endpoint.short}",
            f"{key}_unseen": f"who was never at risk of {endpoint.short}",
            f"{key}_competing": f"the competing state of {endpoint.short}",
        }
    for part, keys in (
        ("response", ("column", "change", "new_lesion")),
        ("swimmer", ("treatment", "ongoing", "response_start", "response_end", "progression")),
        ("discontinuation", ("column",)),
        ("measurements", ("procedure_time",)),
    ):
        taken |= {getattr(getattr(study, part), key, None): f"{part}.{key}" for key in keys}
    for name in study.variables:
        if name in taken:
            yield (
                f"variables.{name}: this name is that of {taken[name]}; choose another, and "
                f"give 'column: {name}'"
            )
