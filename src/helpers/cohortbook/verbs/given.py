"""What a verb is given: a cohort, or a data frame whose columns are named.

`takes` is the one door: it adds the names of columns to a verb's arguments, makes a cohort of a
frame, says what is lacking, and writes the columns into the verb's help.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import pandas as pd

from ..cohort.cohort import Cohort
from ..errors import ParameterError
from ..sections import ENTERED_LATE, lacks
from ..study.choices import CHOICES, study_with
from ..study.names import nearest
from ..study.study import study_of
from .frame import LISTS, ROLES, cohort_of_frame, listed

ENDPOINT = """\
endpoint : str, optional
    An endpoint of the study; its first if not given. A data frame has none."""
RAISES = """\
Raises
------
ParameterError
    For names that are not there, choices and columns that cannot be, and data that are lacking:
    all at once. StudyError: for values that contradict one another, with every row."""
OTHERS = "Ask for an analysis that takes the entry, such as km or cox."
EXAMPLES = {
    "by": "'arm'",
    "time": "'months'",
    "event": "'died'",
    "best": "'bor'",
    "events": "ae_table",
}


def takes(
    roles: str, needed: str = "", section: str = "", frames: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a verb that works on a cohort take a data frame too.

    Parameters
    ----------
    roles : str
        Roles of columns (`frame.ROLES`) that the verb uses, with blanks between them.
    needed : str
        Those of them without which there is nothing to do.
    section : str
        The section (`sections.SECTIONS`) whose data the verb needs.
    frames : bool
        False: a data frame cannot be enough; `roles` is then what is needed, in words.
    """

    def decorate(verb: Callable[..., Any]) -> Callable[..., Any]:
        names = roles.split() if frames else []
        own = list(inspect.signature(verb).parameters.values())[1:]
        signature = _signature(own, names)

        @wraps(verb)
        def asked(*given: Any, **named: Any) -> Any:
            first = given[0] if given else named.get("data")
            if isinstance(first, pd.DataFrame) and not frames:
                raise ParameterError(
                    f"{verb.__name__} needs {roles}, which no data frame has.",
                    mend="Give a cohort: load_cohort(folder).",
                )
            data, arguments = _bound(verb.__name__, signature, given, named)
            inner = {name: arguments.pop(name) for name in [one.name for one in own]}
            if isinstance(data, pd.DataFrame):
                cohort = _of_frame(verb.__name__, data, arguments, inner, needed)
            else:
                cohort = _of_study(verb.__name__, data, arguments)
            if section:
                of_frame = _as_in(verb.__name__, names, needed) * isinstance(data, pd.DataFrame)
                require(cohort, section, verb.__name__, of_frame)
            return verb(cohort, **inner)

        asked.__signature__ = signature
        asked.__doc__ = _with_columns(verb, names)
        return asked

    return decorate


def require(cohort: Cohort, section: str, verb: str, mend: str = "") -> None:
    """Refuse a cohort that lacks what a section is made of (ParameterError)."""
    found = lacks(cohort, section)
    if found is not None:
        what = found or f"the study has no {section.replace('_', ' ')}."
        if what.endswith(ENTERED_LATE):
            raise ParameterError(what, mend=OTHERS)
        raise ParameterError(
            f"{verb} has nothing to work with: {what}", mend=mend or "Add it to the study file."
        )


def _signature(own: list[inspect.Parameter], names: list[str]) -> inspect.Signature:
    """Give a verb's own arguments, behind them the columns of a data frame."""
    data = inspect.Parameter(
        "data",
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        annotation="Cohort | pd.DataFrame",
    )
    known = {one.name for one in own}
    columns = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation="str | None",
        )
        for name in names
        if name not in known
    ]
    return inspect.Signature([data, *own, *columns])


def _bound(
    verb: str, signature: inspect.Signature, given: tuple[Any, ...], named: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """Give what a verb was called with: the data, and every argument by name."""
    unknown = [name for name in named if name not in signature.parameters]
    if unknown:
        told = [f"'{name}'{nearest(name, signature.parameters)}" for name in unknown]
        raise ParameterError(
            f"{verb} does not take {', '.join(told)}.",
            mend=f"It takes {', '.join(signature.parameters)}.",
        )
    try:
        bound = signature.bind(*given, **named)
    except TypeError as error:  # Python's own words, with the name of the verb
        raise TypeError(f"{verb}(): {error}") from None
    bound.apply_defaults()
    arguments = dict(bound.arguments)
    return arguments.pop("data"), arguments


def _of_study(verb: str, data: Any, columns: Mapping[str, Any]) -> Cohort:
    """Give the cohort itself; columns are those of its study file, but covariates may be chosen."""
    if not isinstance(data, Cohort):
        kind = type(data).__name__
        raise ParameterError(
            f"This is neither a cohort nor a data frame but a {kind}.",
            mend="Give load_cohort(folder), or a frame.",
        )
    choices = (*LISTS, "grace", "risk_month")
    chosen = {name: columns[name] for name in choices if columns.get(name) is not None}
    told = [name for name, value in columns.items() if value is not None and name not in choices]
    if columns.get("by") == "arm" and told == ["by"]:
        told = []
    if told:
        name = next(iter(data.study.endpoints), "os")
        by = columns.get("by") or "sex"
        times = f"time='{name}_time', event='{name}_event', " if "time" in columns else ""
        times += (
            f"entry='{name}_entry', " if data.study.entry is not None and "entry" in columns else ""
        )
        raise ParameterError(
            "A cohort has its columns in the study file.",
            "",
            f"Leave out {' and '.join(told)}; or, for other groups than its arms, give its "
            f"patients as a frame: {verb}(cohort.patients, {times}by={by!r}).",
        )
    return data.choose(**chosen)


def _of_frame(
    verb: str,
    data: pd.DataFrame,
    columns: Mapping[str, Any],
    inner: dict[str, Any],
    needed: str,
) -> Cohort:
    """Make the cohort of a frame; what the verb need not choose any more is taken from `inner`."""
    if inner.get("endpoint") is not None:
        raise ParameterError(
            "A data frame has no endpoints of a study.", mend="Name columns: time=..., event=..."
        )
    told = dict(columns) | {name: inner[name] for name in LISTS if inner.get(name) is not None}
    if "variables" in inner and not listed(told.get("variables")):
        used = [told[name] for name in ("by", "id") if told.get(name) is not None]
        told["variables"] = [column for column in data if column not in used]
    # one of two that go together is told with everything else that is wrong
    lacking = [role for role in needed.split() if told.get(role) is None]
    if lacking == needed.split() and lacking and not data.empty:
        of = "column" if len(lacking) == 1 else "columns"
        are = "is" if len(lacking) == 1 else "are"
        raise ParameterError(
            f"The {of} of {' and '.join(lacking)} {are} not named.",
            mend=_as_in(verb, [], needed),
        )
    cohort, names = cohort_of_frame(data, told)
    for name in ("variables", "covariates"):
        if name in inner:
            inner[name] = None
    if inner.get("subgroups") is not None:
        inner["subgroups"] = [_renamed(word, names) for word in listed(inner["subgroups"])]
    return cohort


def _renamed(word: Any, names: Mapping[Any, str]) -> str:
    """Write "Sex=F" with the name that the column became."""
    column, equals, level = str(word).partition("=")
    return f"{names.get(column.strip(), column)}{equals}{level}"


def _as_in(verb: str, names: list[str], needed: str) -> str:
    """Show how a verb is asked of a data frame."""
    roles = list(dict.fromkeys([*needed.split(), *(["by"] if "by" in names else [])]))
    told = ", ".join(f"{role}={EXAMPLES.get(role, repr(role))}" for role in roles)
    coding = ": 1 = event, 0 = censored" if "event" in roles else ""
    return f"As in {verb}(data, {told}){coding}."


def _with_columns(verb: Callable[..., Any], names: list[str]) -> str:
    """Give the help of a verb, with the columns of a data frame where it names its arguments."""
    text = inspect.getdoc(verb) or ""
    own = inspect.signature(verb).parameters
    untold = [name for name in own if name in CHOICES and f"\n{name} : " not in text]
    parts = []
    if "endpoint" in own and "\nendpoint : " not in text:
        parts += ["Parameters", "----------", ENDPOINT, ""]
    if names:
        parts += ["Of a data frame", "---------------"]
        parts += [f"{name} : {ROLES[name]}" for name in names]
    if untold:
        parts += ["", "Choices, None being the study's", "-------------------------------"]
        parts += [f"{name} : {CHOICES[name].says}; {CHOICES[name].takes}." for name in untold]
    before, mark, after = text.partition("\n\nReturns\n")
    told = "\n\n" + "\n".join(parts).strip() if parts else ""
    text = f"{before}{told}{mark}{after}"
    if "\nRaises\n" in text:
        return text
    before, mark, after = text.partition("\n\nSource\n")
    return f"{before}\n\n{RAISES}{mark}{after}"


def one_endpoint(cohort: Cohort, endpoint: str | None) -> str:
    """Give the endpoint that is asked for, the study's first if none is; ParameterError if none."""
    if endpoint is None and cohort.study.endpoints:
        return next(iter(cohort.study.endpoints))
    if endpoint is None:
        raise ParameterError(
            "The study has no time-to-event endpoint.", mend="Add one to the study file."
        )
    if endpoint in cohort.study.endpoints:
        return endpoint
    return next(iter(study_of(study_with(cohort.said, {"endpoints": [endpoint]})).endpoints))
