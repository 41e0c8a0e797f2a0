"""The choices of an analysis: what each is called, what it takes, and which keys it sets.

A choice is made in the cell of parameters of a notebook, by `report --set`, by `papermill -p`, or
as an argument of a verb; all four come here. None is the study's own.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..errors import ParameterError, StudyError
from .changes import changed
from .cut_levels import with_levels_of
from .study import Study, study_of


class Unfit(ValueError):
    """A value that a choice does not take; its text says which it takes."""


COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class Choice:
    """One choice.

    Attributes
    ----------
    says : str
        What it decides.
    takes : str
        What may be given.
    read : function
        Gives a plain value from what was given, a text included; raises `Unfit`.
    changes : function
        Gives the keys of the study file that a value sets, from the value, the study and what its
        file says; raises `Unfit` for names that the study does not have.
    """

    says: str
    takes: str
    read: Callable[[Any], Any]
    changes: Callable[[Any, Study, Mapping[str, Any]], dict[str, Any]]


def _words(given: Any) -> list[str]:
    """Read names: a list, or a text with commas between them."""
    if isinstance(given, str):
        given = _as_json(given) if given.lstrip().startswith("[") else given.split(",")
    if not isinstance(given, list | tuple):
        raise Unfit("a list")
    return [str(word).strip() for word in given if str(word).strip()]


def _numbers(given: Any) -> list[float]:
    given = [given] if isinstance(given, int | float) else given
    try:
        return [float(word) for word in _words(given)]
    except ValueError:
        raise Unfit("numbers") from None


def _months(given: Any) -> list[float]:
    found = _numbers(given)
    if sorted(set(found)) != found or (found and found[0] < 0):
        raise Unfit("months that rise")
    return found


def _as_json(text: str) -> Any:
    try:
        return json.loads(text.replace("'", '"'))
    except ValueError:
        raise Unfit("a list") from None


def _one_of(*options: str) -> Callable[[Any], str]:
    def read(given: Any) -> str:
        if given not in options:
            raise Unfit("one of these" + _nearest(str(given), options))
        return given

    return read


def _number(least: float, most: float, whole: bool = False) -> Callable[[Any], float]:
    def read(given: Any) -> float:
        try:
            value = float(given)
        except (TypeError, ValueError):
            raise Unfit("a number") from None
        if isinstance(given, bool) or not least <= value <= most or (whole and value % 1):
            raise Unfit(f"a {'whole ' * whole}number from {least:g} to {most:g}")
        return int(value) if whole else value

    return read


def _truth(given: Any) -> bool:
    known = {"true": True, "yes": True, "false": False, "no": False}
    if isinstance(given, bool):
        return given
    if str(given).lower() not in known:
        raise Unfit("True or False")
    return known[str(given).lower()]


def _pairs(given: Any) -> dict[str, str]:
    """Read names with values: a dictionary, or a text such as "afp = 200; age_group = 60, 70"."""
    if isinstance(given, Mapping):
        return {str(key): given[key] for key in given}
    parts = [part.split("=", 1) for part in str(given).split(";") if part.strip()]
    if not parts or any(len(part) < 2 for part in parts):
        raise Unfit("names with values")
    return {key.strip(): value.strip() for key, value in parts}


def _cut_points(given: Any) -> dict[str, list[float | str]]:
    def points(value: Any) -> list[float | str]:
        words = _words([value] if isinstance(value, int | float) else value)
        return [word if word == "median" else _numbers([word])[0] for word in words]

    return {name: points(value) for name, value in _pairs(given).items()}


def _colours(given: Any) -> list[str] | dict[str, str]:
    by_arm = isinstance(given, Mapping) or (isinstance(given, str) and "=" in given)
    found = _pairs(given) if by_arm else _words(given)
    if not all(COLOUR.fullmatch(str(one)) for one in (found.values() if by_arm else found)):
        raise Unfit("colours as #RRGGBB")
    return found


def _nearest(word: str, known: Iterable[str]) -> str:
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return (
        f"; did you mean '{close[0]}'?"
        if close
        else f": {', '.join(map(str, known))}"
        if known
        else ": there are none"
    )


def _check(names: Iterable[str], known: Iterable[str], what: str) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            raise Unfit(f"{what}, not '{name}'" + _nearest(name, known))


def _set(*paths: str) -> Callable[..., dict[str, Any]]:
    return lambda value, _study, _said: dict.fromkeys(paths, value)


def _endpoints(value: list[str], study: Study, said: Mapping[str, Any]) -> dict[str, Any]:
    _check(value, study.endpoints, "endpoints of the study")
    if not value:
        raise Unfit("at least one endpoint")
    keys: dict[str, Any] = {"endpoints": {name: said["endpoints"][name] for name in value}}
    if study.primary and study.primary not in value:
        keys["primary"] = None
    asked = study.non_proportional
    if asked and asked.endpoints and set(asked.endpoints) - set(value):
        kept = [name for name in asked.endpoints if name in value]
        keys["non_proportional.endpoints"] = kept
    if study.weighting and study.weighting.endpoints:
        kept = [name for name in study.weighting.endpoints if name in value]
        keys |= {"weighting.endpoints": kept} if kept else {"weighting": None}
    swimmer = study.swimmer
    if swimmer and not {swimmer.survival, swimmer.progression_time} - {None} <= set(value):
        keys["swimmer"] = None  # its lanes need an endpoint that is left out here
    lasting = study.response and study.response.duration
    if lasting and lasting.endpoint not in value:
        keys["response.duration"] = None  # nothing ends a response
    if study.model and study.model.endpoint and study.model.endpoint not in value:
        keys["model"] = None  # so does the prognostic model
    gone = {name for name in study.endpoints if name not in value}
    if gone:
        keys["unconfirmed"] = [
            place
            for place in study.unconfirmed
            if not (place.startswith("endpoints.") and place.split(".")[1] in gone)
        ]
    return keys


def _tests(given: Any) -> list[list[float]]:
    """Read pairs of exponents: a list of them, or a text such as "0, 0; 0, 1"."""
    if isinstance(given, str):
        text = given.strip()
        given = (
            _as_json(text) if text.startswith("[") else [p for p in text.split(";") if p.strip()]
        )
    if not isinstance(given, list | tuple):
        raise Unfit("pairs of numbers")
    pairs = [_numbers(list(pair) if isinstance(pair, tuple) else pair) for pair in given]
    if any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise Unfit("pairs of numbers, none below 0")
    return pairs


def _splines(value: list[str], study: Study, said: Mapping[str, Any]) -> dict[str, Any]:
    """Name continuous covariates; "age=60" has another reference value."""
    before, found = said.get("splines") or {}, {}
    for word in value:
        name, equals, reference = (part.strip() for part in word.partition("="))
        _check(
            [name], study.continuous_covariates, "continuous covariates, or what one is cut from"
        )
        found[name] = dict(before.get(name) or {})
        if equals:
            found[name]["reference"] = _numbers([reference])[0]
    return {"splines": found}


def _knots(value: int, study: Study, _said: Mapping[str, Any]) -> dict[str, Any]:
    if not study.splines:
        raise Unfit("nothing: the study file asks for no splines")
    return {f"splines.{name}.knots": value for name in study.splines}


def _milestones(value: list[float], study: Study, _said: Mapping[str, Any]) -> dict[str, Any]:
    return {f"endpoints.{name}.milestones": value for name in study.endpoints}


def _covariates(value: list[str], study: Study, said: Mapping[str, Any]) -> dict[str, Any]:
    """Name covariates as the study does; "ecog=1" has another reference, "age/10" another unit."""
    found = _covariates_of(value, study, (said.get("cox") or {}).get("covariates") or [])
    keys: dict[str, Any] = {"cox.covariates": found}
    if study.weighting and not found:
        keys["weighting"] = None  # nothing is left by which the arms could be made alike
    if study.model and study.model.covariates is None and not found:
        keys["model"] = None  # nor anything to predict from
    names = {item["variable"] for item in found}
    if set(study.missing.tipping) - names:
        # of a covariate that is left out nothing is imputed
        kept = {name: deltas for name, deltas in study.missing.tipping.items() if name in names}
        keys["missing.tipping"] = kept
    cut = {name: study.variables[name].cut for name in names}
    if set(study.splines) - {*names, *cut.values()}:
        keys["splines"] = {
            name: spec
            for name, spec in (said.get("splines") or {}).items()
            if name in {*names, *cut.values()}
        }
    return keys


def _predictors(value: list[str], study: Study, said: Mapping[str, Any]) -> dict[str, Any]:
    """Name the covariates of the prognostic model, as `_covariates` does."""
    if not study.model:
        raise Unfit(NO_MODEL)
    if not value:
        raise Unfit("at least one covariate")
    own, cox = said["model"].get("covariates"), (said.get("cox") or {}).get("covariates")
    return {"model.covariates": _covariates_of(value, study, [*(cox or []), *(own or [])])}


def _covariates_of(
    value: list[str], study: Study, known: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Give covariates as a study file has them; what it says of one already is kept."""
    before = {item["variable"]: item for item in known}
    found = []
    for word in value:
        name, _, reference = (part.strip() for part in word.partition("="))
        name, _, per = (part.strip() for part in name.partition("/"))
        _check([name], study.variables, "variables of the study")
        item = dict(before.get(name, {"variable": name}))
        if reference:
            _check([reference], study.levels(name), f"a level of {name}")
            item["reference"] = reference
        if per:
            item["per"] = _number(0.000001, 1e9)(per)
        found.append(item)
    return found


def _group(key: str) -> Callable[..., dict[str, Any]]:
    def changes(value: str, study: Study, _said: Mapping[str, Any]) -> dict[str, Any]:
        if not study.cox:
            raise Unfit("nothing: the study file has no 'cox'")
        factors = [name for name, one in study.variables.items() if one.levels]
        _check([value], factors, "a categorical variable of the study")
        return {f"cox.{key}": value}

    return changes


def _rows(value: list[str], study: Study, said: Mapping[str, Any]) -> dict[str, Any]:
    _check(value, study.variables, "variables of the study")
    before = {item["variable"]: item for item in said.get("baseline") or []}
    return {"baseline": [before.get(name, {"variable": name}) for name in value]}


def _summary(value: str, _study: Study, said: Mapping[str, Any]) -> dict[str, Any]:
    return {"baseline": [{**item, "summary": value} for item in said.get("baseline") or []]}


def _subgroups(value: list[str], study: Study, said: Mapping[str, Any]) -> dict[str, Any]:
    """Name subgroups of the study, or new ones by a level: "sex=F"."""
    before = {item["name"]: item for item in said.get("subgroups") or []}
    found = []
    for word in value:
        if word in before:
            found.append(before[word])
            continue
        variable, equals, level = (part.strip() for part in word.partition("="))
        if not equals:
            _check([word], before, "subgroups of the study, or variable=level")
        _check([variable], study.variables, "variables of the study")
        _check([level], study.levels(variable), f"a level of {variable}")
        label = _label_of_level(study, variable, level)
        plain = re.sub(r"[^a-z0-9]+", "_", level.lower()).strip("_") or "level"
        name = f"{variable}_{plain}"[:38]
        while any(item["name"] == name for item in [*before.values(), *found]):
            name += "x"
        found.append({"name": name, "label": label, "variable": variable, "level": level})
    return {"subgroups": found}


def _label_of_level(study: Study, variable: str, level: str) -> str:
    """Name the patients of a level: "AFP ≥400 ng/ml", "Sex: Female"."""
    spec, printed = study.variables[variable], study.level_label(variable, level)
    if spec.cut:
        return f"{spec.label} {printed} {spec.unit or ''}".strip()
    return f"{spec.label}: {printed}"


def _terms(value: list[str], _study: Study, said: Mapping[str, Any]) -> dict[str, Any]:
    spec = said.get("adverse_events")
    if not spec:
        raise Unfit("nothing: the study has no adverse events")
    known = [*(spec.get("terms") or []), *(spec.get("other_terms") or [])]
    if known:
        _check(value, known, "terms of the study")
    rest = [term for term in known if term not in value]
    return {"adverse_events.terms": value, "adverse_events.other_terms": rest}


def _windows(value: list[float], study: Study, _said: Mapping[str, Any]) -> dict[str, Any]:
    """Make windows between rising hours: 24, 720 gives up to 24 h, and from there to 720 h."""
    if not study.adverse_events or not study.adverse_events.procedure_hours:
        raise Unfit("nothing: the study has no hours after a procedure")
    limits = [0.0, *(hours for hours in value if hours > 0)]
    if sorted(set(limits)) != limits or len(limits) < 2:
        raise Unfit("hours that rise")
    after = study.adverse_events.procedure_label
    return {
        "adverse_events.windows": [
            # an event at the very end of the procedure, at hour zero, is in the first window
            {
                "name": f"h{until:g}".replace(".", "_"),
                "label": f"{begin:g}–{until:g} h after {after}",
                "after": begin if begin else -0.001,
                "until": until,
            }
            for begin, until in pairwise(limits)
        ]
    }


def _cut_changes(
    value: dict[str, list[float | str]], study: Study, said: Mapping[str, Any]
) -> dict[str, Any]:
    """Set cut-points; levels, references and subgroups follow (see `study_cut_levels`).

    Where the number of levels changes, the reference is the lowest level, and the subgroups of
    levels that are gone are left out.
    """
    known = [name for name, variable in study.variables.items() if variable.cut]
    _check(value, known, "variables that are cut from another")
    paths = {f"variables.{name}.at": points for name, points in value.items()}
    out = changed(said, paths)
    for name, points in value.items():
        if len(points) + 1 != len(study.levels(name)):
            if study.columns.arm == name:
                raise Unfit(f"one cut-point for {name}, which makes the two arms")
            _forget_levels(out, name)
    out = with_levels_of(out, paths)
    return {part: out.get(part) for part in out if out.get(part) != said.get(part)}


def _forget_levels(said: dict[str, Any], name: str) -> None:
    said["variables"][name].pop("levels", None)
    for part in ("cox", "model"):
        for covariate in (said.get(part) or {}).get("covariates") or []:
            if covariate.get("variable") == name:
                covariate.pop("reference", None)
    groups = said.get("subgroups") or []
    said["subgroups"] = [group for group in groups if group.get("variable") != name]


def _arm_colours(value: Any, study: Study, _said: Mapping[str, Any]) -> dict[str, Any]:
    codes = [arm.code for arm in study.arms]
    if isinstance(value, list):
        if len(value) != len(codes):
            raise Unfit(f"{len(codes)} colours, one an arm")
        value = dict(zip(codes, value, strict=True))
    _check(value, codes, "arms of the study")
    return {f"arms.{codes.index(code)}.color": colour for code, colour in value.items()}


def _not_evaluable(value: str, study: Study, _said: Mapping[str, Any]) -> dict[str, Any]:
    if not study.response or study.response.not_evaluable is None:
        raise Unfit("nothing: the study has no patients not evaluable")
    return {"response.not_evaluable_is": value}


def _start(path: str) -> Callable[..., dict[str, Any]]:
    def changes(value: Any, study: Study, _said: Mapping[str, Any]) -> dict[str, Any]:
        if not study.treatment_start:
            raise Unfit("nothing: the study file does not say when the treatment began")
        return {f"treatment_start.{path}": value}

    return changes


def _weights(path: str) -> Callable[..., dict[str, Any]]:
    def changes(value: Any, study: Study, _said: Mapping[str, Any]) -> dict[str, Any]:
        if not study.weighting:
            raise Unfit("nothing: the study file has no 'weighting'")
        if path.startswith("match.") and not study.weighting.match:
            raise Unfit("nothing: 'weighting' of the study file asks for no 'match'")
        return {f"weighting.{path}": value}

    return changes


NO_MODEL = "nothing: the study file asks for no prognostic model"


def _model_endpoint(value: str, study: Study, _said: Mapping[str, Any]) -> dict[str, Any]:
    _check([value], study.endpoints, "an endpoint of the study")
    return _of_model("endpoint")(value, study, _said)


def _of_model(key: str) -> Callable[..., dict[str, Any]]:
    def changes(value: Any, study: Study, _said: Mapping[str, Any]) -> dict[str, Any]:
        if not study.model:
            raise Unfit(NO_MODEL)
        return {f"model.{key}": value}

    return changes


def _needs_adverse_events(path: str) -> Callable[..., dict[str, Any]]:
    def changes(value: Any, study: Study, _said: Mapping[str, Any]) -> dict[str, Any]:
        if not study.adverse_events:
            raise Unfit("nothing: the study has no adverse events")
        keys = {path: value}
        if path.endswith("severe_grade") and value > study.adverse_events.highest_grade:
            keys["adverse_events.highest_grade"] = value
        return keys

    return changes


CHOICES: dict[str, Choice] = {
    "variables": Choice(
        "rows of the baseline table, in order", "names of variables", _words, _rows
    ),
    "summary": Choice(
        "how continuous variables are summarised",
        "median_range, median_iqr or mean_sd",
        _one_of("median_range", "median_iqr", "mean_sd"),
        _summary,
    ),
    "quartiles": Choice(
        "how quartiles are computed",
        "type 6 or type 7",
        _one_of("type 6", "type 7"),
        _set("statistics.quartiles"),
    ),
    "fisher_beyond_2x2": Choice(
        "exact tests of sparse tables larger than 2 x 2",
        "True or False",
        _truth,
        _set("statistics.fisher_beyond_2x2"),
    ),
    "endpoints": Choice("endpoints that are analysed", "names of endpoints", _words, _endpoints),
    "covariates": Choice(
        "covariates of the Cox models, in order",
        "names of variables; ecog=1 sets a reference level, age/10 a unit",
        _words,
        _covariates,
    ),
    "cut_points": Choice(
        "cut-points of derived variables",
        "names with cut-points: afp = 200; age_group = 60, 70",
        _cut_points,
        _cut_changes,
    ),
    "ties": Choice(
        "handling of ties in Cox models",
        "breslow or efron",
        _one_of("breslow", "efron"),
        _set("statistics.ties"),
    ),
    "univariable_coding": Choice(
        "levels of a factor alone: against the reference, or each against the rest",
        "reference or indicator",
        _one_of("reference", "indicator"),
        _set("cox.univariable_coding"),
    ),
    "strata": Choice(
        "variable within whose levels the arms are also compared",
        "a categorical variable",
        str,
        _group("strata"),
    ),
    "cluster": Choice(
        "variable whose patients may be alike, for robust limits",
        "a categorical variable",
        str,
        _group("cluster"),
    ),
    "alpha": Choice(
        "significance level",
        "a number from 0.0001 to 0.49",
        _number(0.0001, 0.49),
        _set("statistics.alpha"),
    ),
    "conf_level": Choice(
        "level of the confidence intervals",
        "a number from 0.51 to 0.999",
        _number(0.51, 0.999),
        _set("statistics.conf_level"),
    ),
    "conf_type": Choice(
        "scale of the Kaplan-Meier limits",
        "plain, log or log-log",
        _one_of("plain", "log", "log-log"),
        _set("statistics.conf_type"),
    ),
    "median": Choice(
        "the median where the curve is level at one half",
        "first or midpoint",
        _one_of("first", "midpoint"),
        _set("statistics.median"),
    ),
    "milestones": Choice("months at which survival is given", "months", _months, _milestones),
    "risk_times": Choice(
        "months of the table of numbers at risk",
        "months, rising",
        _months,
        _set("statistics.risk_times"),
    ),
    "subgroups": Choice(
        "subgroups in which survival is shown again",
        "names of subgroups, or variable=level",
        _words,
        _subgroups,
    ),
    "not_evaluable": Choice(
        "patients not evaluable in the main response rates",
        "failure or excluded",
        _one_of("failure", "excluded"),
        _not_evaluable,
    ),
    "terms": Choice("adverse events of the table, in order", "names of events", _words, _terms),
    "windows": Choice(
        "limits of the time windows after the procedure, in hours",
        "hours, rising",
        _numbers,
        _windows,
    ),
    "severe_grade": Choice(
        "lowest grade that is called severe",
        "a whole number from 2 to 5",
        _number(2, 5, whole=True),
        _needs_adverse_events("adverse_events.severe_grade"),
    ),
    "landmarks": Choice(
        "months of the landmark analyses", "months, rising", _months, _set("robustness.landmarks")
    ),
    "horizon": Choice(
        "month to which restricted means run",
        "months, above 0",
        _number(0.000001, 1200),
        _set("robustness.horizon"),
    ),
    "horizon_at_risk": Choice(
        "share of each arm that is at risk at the horizon of restricted means",
        "a number from 0.001 to 0.999",
        _number(0.001, 0.999),
        _set("robustness.horizon_at_risk"),
    ),
    "resamples": Choice(
        "bootstrap resamples, at most",
        "a whole number from 100 to 100000",
        _number(100, 100_000, whole=True),
        _set("robustness.resamples"),
    ),
    "seed": Choice(
        "seed of every draw",
        "a whole number from 0",
        _number(0, 2**31, whole=True),
        _set("robustness.seed"),
    ),
    "grace": Choice(
        "month by which the treatment should have begun",
        "months, above 0",
        _number(0.000001, 1200),
        _start("grace"),
    ),
    "weight_model": Choice(
        "model of the chance to begin, for the weights of clone-censor-weight",
        "cox or logistic",
        _one_of("cox", "logistic"),
        _start("weights"),
    ),
    "truncate": Choice(
        "quantile at which these weights are truncated",
        "a number from 0.501 to 0.9999",
        _number(0.501, 0.9999),
        _start("truncate"),
    ),
    "clone_resamples": Choice(
        "bootstrap resamples of clone-censor-weight, at most",
        "a whole number from 100 to 100000",
        _number(100, 100_000, whole=True),
        _start("resamples"),
    ),
    "estimand": Choice(
        "whose effect the arms are weighted for",
        "overlap, ate or att",
        _one_of("overlap", "ate", "att"),
        _weights("estimand"),
    ),
    "match_method": Choice(
        "how patients are matched",
        "nearest or optimal",
        _one_of("nearest", "optimal"),
        _weights("match.method"),
    ),
    "match_order": Choice(
        "whose turn is first where each gets the nearest",
        "closest, largest or data",
        _one_of("closest", "largest", "data"),
        _weights("match.order"),
    ),
    "caliper": Choice(
        "largest distance within a matched pair, in standard deviations of the logit",
        "a number from 0.000001 to 10",
        _number(0.000001, 10),
        _weights("match.caliper"),
    ),
    "match_ratio": Choice(
        "patients of the reference arm matched to each one",
        "a whole number from 1 to 10",
        _number(1, 10, whole=True),
        _weights("match.ratio"),
    ),
    "standardise": Choice(
        "whether standardised curves are shown",
        "True or False",
        _truth,
        _weights("standardise"),
    ),
    "standard_resamples": Choice(
        "bootstrap resamples of standardised curves, at most",
        "a whole number from 100 to 100000",
        _number(100, 100_000, whole=True),
        _weights("resamples"),
    ),
    "weighted_tests": Choice(
        "weighted log-rank tests, judged together by MaxCombo",
        "pairs of exponents rho, gamma: 0, 0; 0, 1",
        _tests,
        _set("non_proportional.weighted_tests"),
    ),
    "periods": Choice(
        "months at which periods with hazard ratios of their own end",
        "months, rising",
        _months,
        _set("non_proportional.periods"),
    ),
    "log_time": Choice(
        "whether a hazard ratio that changes with log time is fitted",
        "True or False",
        _truth,
        _set("non_proportional.log_time"),
    ),
    "differences": Choice(
        "differences between the arms that are drawn over time",
        "survival, restricted_mean, both or an empty list",
        _words,
        _set("non_proportional.differences"),
    ),
    "splines": Choice(
        "continuous covariates whose hazard ratio is drawn as a curve",
        "names of variables; age=60 sets the value whose ratio is one",
        _words,
        _splines,
    ),
    "knots": Choice(
        "knots of each spline",
        "a whole number from 3 to 5",
        _number(3, 5, whole=True),
        _knots,
    ),
    "model_endpoint": Choice(
        "endpoint of the prognostic model", "the name of an endpoint", str, _model_endpoint
    ),
    "predictors": Choice(
        "covariates of the prognostic model, in order",
        "names of variables; ecog=1 sets a reference level, age/10 a unit",
        _words,
        _predictors,
    ),
    "risk_month": Choice(
        "month by which the prognostic model predicts the risk",
        "months, above 0",
        _number(0.000001, 1200),
        _of_model("horizon"),
    ),
    "model_resamples": Choice(
        "bootstrap resamples that give the optimism of the prognostic model",
        "a whole number from 20 to 10000",
        _number(20, 10_000, whole=True),
        _of_model("resamples"),
    ),
    "penalty": Choice(
        "penalty of the prognostic model",
        "none, lasso, ridge or elastic net",
        _one_of("none", "lasso", "ridge", "elastic net"),
        _of_model("penalty"),
    ),
    "folds": Choice(
        "parts of the cross-validation that chooses the penalty",
        "a whole number from 3 to 50",
        _number(3, 50, whole=True),
        _of_model("folds"),
    ),
    "imputations": Choice(
        "completed copies of the data with missing covariates",
        "a whole number from 2 to 200",
        _number(2, 200, whole=True),
        _set("missing.copies"),
    ),
    "specifications": Choice(
        "sets of covariates tried, at most",
        "a whole number from 2 to 65536",
        _number(2, 65_536, whole=True),
        _set("robustness.specifications"),
    ),
    "p_adjustment": Choice(
        "adjustment of P values for the number of tests",
        "holm, benjamini-hochberg or none",
        _one_of("holm", "benjamini-hochberg", "none"),
        _set("robustness.p_adjustment"),
    ),
    "colours": Choice(
        "colours of the arms", "#RRGGBB for each arm, in their order", _colours, _arm_colours
    ),
}


def read_choice(name: str, given: Any, where: str = "") -> Any:
    """Give a plain value from what was given for a choice.

    Raises
    ------
    ParameterError
        For a name that is no choice, or a value that it does not take.
    """
    if name not in CHOICES:
        hint = _nearest(name, CHOICES)[2:]
        raise ParameterError(f"There is no choice '{name}'.", where, hint[:1].upper() + hint[1:])
    try:
        return CHOICES[name].read(given)
    except Unfit as error:
        raise _refused(name, given, error, where) from None


def _refused(name: str, given: Any, why: Exception, where: str) -> ParameterError:
    told = str(why)
    end = "" if told.endswith("?") else "."
    return ParameterError(
        f"'{name}' cannot be {given!r}: it takes {told}{end}",
        where,
        f"It sets {CHOICES[name].says}, and takes {CHOICES[name].takes}.",
    )


def study_with(
    said: Mapping[str, Any], choices: Mapping[str, Any], where: str = ""
) -> dict[str, Any]:
    """Give what a study file would say with these choices; None is the study's own.

    Parameters
    ----------
    said : mapping
        What the study file says.
    choices : mapping
        Names of `CHOICES` to values, or texts that give values.
    where : str
        The notebook, for messages.

    Raises
    ------
    ParameterError
        Naming the choice, what it takes, and the nearest name where one is unknown.
    """
    out, study = dict(said), None
    # one after another: covariates may name a level that the cut-points have just made
    for name in sorted(choices, key=lambda name: name != "cut_points"):
        given = choices[name]
        if given is None:
            continue
        value = read_choice(name, given, where)
        study = study or study_of(out)
        try:
            out = changed(out, CHOICES[name].changes(value, study, out))
            study = study_of(out)
        except Unfit as error:
            raise _refused(name, given, error, where) from None
        except StudyError as error:
            told = "; ".join(problem.found or problem.expected for problem in error.problems)
            raise ParameterError(
                f"'{name}' cannot be {given!r}: {told}.",
                where,
                f"It sets {CHOICES[name].says}, and takes {CHOICES[name].takes}.",
            ) from None
    return out
