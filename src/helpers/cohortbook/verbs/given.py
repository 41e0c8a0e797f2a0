"""What a verb is given: a cohort under the choices of its arguments, or one of a data frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort, cohort_of
from ..cohort.readers.cells import text_of
from ..errors import ParameterError, StudyError
from ..study.names import nearest

UNITS = ("days", "weeks", "months", "years")
TAKEN = ("arm", "arm_", "patient_id", "time_", "event_")  # names of our own
PALETTE = ("#2F6DB5", "#C8372D")
ENDPOINT, ID = "endpoint", "patient_id"


def cohort_given(
    data: Cohort | pd.DataFrame,
    *,
    by: str | None = None,
    time: str | None = None,
    event: str | None = None,
    unit: str = "months",
    describe: Sequence[str] = (),
    adjust: Sequence[str] = (),
    **choices: Any,
) -> Cohort:
    """Give the cohort that a verb works with.

    Parameters
    ----------
    data : Cohort or DataFrame
        A cohort has its study file; of a data frame the columns are named.
    by : str, optional
        Column of the arms of a data frame: one or two values, the first one (in the order of a
        categorical, or sorted) is the reference. Without it everybody is in one arm.
    time, event : str, optional
        Columns of the time, and of 1 = event, 0 = censored (or True and False).
    unit : {"days", "weeks", "months", "years"}
        Unit of the time; results are in months.
    describe, adjust : sequence of str
        Columns that are baseline variables, and those that are covariates of the Cox models.
    **choices
        See `choices.CHOICES`.

    Raises
    ------
    ParameterError
        For a column that is not there, or a choice that cannot be.
    StudyError
        For columns that cannot be used as they are, with every problem.
    """
    if isinstance(data, Cohort):
        told = [name for name, value in (("time", time), ("event", event)) if value is not None]
        if told or by not in (None, "arm"):
            raise ParameterError(
                "A cohort has its columns in the study file.",
                "",
                f"Leave out {' and '.join(told or ['by'])}, or give a data frame.",
            )
        return data.choose(**choices)
    if not isinstance(data, pd.DataFrame):
        kind = type(data).__name__
        raise ParameterError(
            f"This is neither a cohort nor a data frame but a {kind}.",
            mend="Give load_cohort(folder), or a frame.",
        )
    return _of_frame(data, by, time, event, unit, listed(describe), listed(adjust)).choose(
        **choices
    )


def listed(names: Sequence[Any] | str) -> list[Any]:
    """Give names as a list; one alone may stand as it is."""
    return [names] if isinstance(names, str) else list(names)


def endpoint_given(cohort: Cohort, data: Cohort | pd.DataFrame, endpoint: str | None) -> str:
    """Give the endpoint that a verb is asked of; that of a data frame are two of its columns."""
    if isinstance(data, Cohort):
        return one_endpoint(cohort, endpoint)
    if endpoint is not None:
        raise ParameterError(
            "A data frame has no endpoints of a study.", mend="Name columns: time=..., event=..."
        )
    if not cohort.study.endpoints:
        raise ParameterError(
            "The columns of time and event are not named.",
            mend="As in km(data, time='months', event='died'): 1 = event, 0 = censored.",
        )
    return ENDPOINT


def one_endpoint(cohort: Cohort, endpoint: str | None) -> str:
    """Give the endpoint that is asked for, the study's first if none is; ParameterError if none."""
    if endpoint is None and cohort.study.endpoints:
        return next(iter(cohort.study.endpoints))
    if endpoint is None:
        raise ParameterError(
            "The study has no time-to-event endpoint.", mend="Add one to the study file."
        )
    return next(iter(cohort.choose(endpoints=[endpoint]).study.endpoints))


def _of_frame(
    data: pd.DataFrame,
    by: Any,
    time: Any,
    event: Any,
    unit: str,
    describe: list[Any],
    adjust: list[Any],
) -> Cohort:
    covariates = [_covariate(word, data) for word in adjust]
    used = dict.fromkeys([*describe, *(item["column"] for item in covariates)])
    _check_columns(data, [one for one in (by, time, event) if one is not None] + list(used))
    if (time is None) != (event is None):
        raise ParameterError(
            "An endpoint needs both 'time' and 'event'.",
            mend="Name the columns of the time and of 1 = event, 0 = censored.",
        )
    names = _names(used)
    variables = {name: _variable(data[column], column) for column, name in names.items()}
    for item in covariates:
        _check_covariate(item, variables[names[item["column"]]], data)
    said: dict[str, Any] = {
        "texts": {"title": "A data frame"},
        "columns": {"patient_id": ID, "arm": "arm_"},
        **_arms(data, by),
        "variables": variables,
        "baseline": [{"variable": names[column]} for column in dict.fromkeys(describe)],
    }
    table = {
        ID: [str(place) for place in range(1, len(data) + 1)],
        "arm_": "all" if by is None else _texts(data[by]),
    }
    for column, name in names.items():
        table[variables[name]["column"]] = _texts(data[column])
    if time is not None:
        said |= _endpoint(data, time, event, unit)
        table |= {"time_": _texts(data[time]), "event_": _texts(_as_flag(data[event]))}
        said["cox"] = {
            "covariates": [{"variable": names[item.pop("column")], **item} for item in covariates]
        }
    try:
        return cohort_of(said, {"patients": pd.DataFrame(table, dtype="object")})
    except StudyError as error:
        columns = {"time_": str(time), "event_": str(event), "arm_": str(by)}
        raise StudyError(
            [
                replace(found, file="data frame", column=columns.get(found.column, found.column))
                for found in error.problems
            ]
        ) from None


def _check_columns(data: pd.DataFrame, columns: list[Any]) -> None:
    if data.columns.nlevels > 1:
        raise ParameterError(
            "The columns of this frame have several levels.", mend="Give each one name."
        )
    for column in columns:
        if column not in data:
            raise ParameterError(
                f"There is no column '{column}'{nearest(str(column), map(str, data))}.",
                mend="Columns: " + ", ".join(map(str, data))[:300] + ".",
            )
        if (data.columns == column).sum() > 1:
            raise ParameterError(
                f"There are {(data.columns == column).sum()} columns '{column}'.",
                mend="Give each column a name of its own.",
            )
    if data.empty:
        raise ParameterError("The data frame has no rows.", mend="Give one row a patient.")


def _names(columns: Iterable[Any]) -> dict[Any, str]:
    """Give each column a name as study files have them, no two alike."""
    found: dict[Any, str] = {}
    for column in columns:
        name = plain = _name(column)
        number = 2
        while name in found.values() or name in TAKEN:
            name = f"{plain[:36]}_{number}"
            number += 1
        found[column] = name
    return found


def _endpoint(data: pd.DataFrame, time: Any, event: Any, unit: str) -> dict[str, Any]:
    """Give the endpoint of a frame; refuse columns that are no times and no events."""
    if unit not in UNITS:
        raise ParameterError(
            f"'unit' cannot be {unit!r}.", mend=f"It takes {', '.join(UNITS[:-1])} or {UNITS[-1]}."
        )
    for column in (time, event):
        missing = int(data[column].isna().sum())
        if missing:
            raise ParameterError(
                f"{missing} of {len(data)} rows have no '{column}'.",
                mend=f"Fill them, or leave them out: data.dropna(subset=[{column!r}]).",
            )
    if _is_date(data[time]):
        raise ParameterError(
            f"'{time}' holds dates or durations, not numbers.",
            mend="Give the time as a number, such as (end - start).dt.days with unit='days'.",
        )
    numbers = pd.to_numeric(data[time], errors="coerce")
    wrong = int((~(numbers >= 0) | np.isinf(numbers)).sum())
    if wrong:
        raise ParameterError(
            f"{wrong} of {len(data)} rows have a '{time}' that is no time of 0 or more.",
            mend="Correct them.",
        )
    flags = pd.to_numeric(data[event], errors="coerce")
    if not flags.isin([0, 1]).all():
        seen = ", ".join(map(str, data[event].drop_duplicates()[:5]))
        raise ParameterError(
            f"'{event}' has other values than 1 = event and 0 = censored: {seen}.",
            mend=f"Say which is the event, as in data[{event!r}] == {data[event].tolist()[0]!r}.",
        )
    return {
        "endpoints": {
            ENDPOINT: {
                "label": f"Time to {event}",
                "short": str(event)[:40],
                "time": "time_",
                "event": "event_",
                "event_label": "event",
                "unit": unit,
            }
        }
    }


def _covariate(word: Any, data: pd.DataFrame) -> dict[str, Any]:
    """Take a covariate apart: a column, with "=reference" or "/units" behind it."""
    if word in data:
        return {"column": word}
    column, _, reference = (part.strip() for part in str(word).partition("="))
    column, _, per = (part.strip() for part in column.partition("/"))
    return (
        {"column": column}
        | ({"reference": reference} if reference else {})
        | ({"per": per} if per else {})
    )


def _check_covariate(item: dict[str, Any], variable: dict[str, Any], data: pd.DataFrame) -> None:
    column, levels = item["column"], [level["code"] for level in variable.get("levels", [])]
    if data[column].nunique() < 2:
        raise ParameterError(
            f"'{column}' is the same in all rows, so that nothing can be estimated of it.",
            mend="Leave it out of the covariates.",
        )
    if "reference" in item and item["reference"] not in levels:
        raise ParameterError(
            f"'{item['reference']}' is no level of '{column}'.",
            mend=f"Levels: {', '.join(levels)[:300]}." if levels else "It holds numbers.",
        )
    if "per" in item:
        try:
            item["per"] = float(item["per"])
        except ValueError:
            raise ParameterError(
                f"'{column}' cannot be for {item['per']!r} units.", mend=f"As in '{column}/10'."
            ) from None


def _arms(data: pd.DataFrame, by: Any) -> dict[str, Any]:
    values = ["all"] if by is None else [str(text_of(value)) for value in _values(data[by])]
    if not 1 <= len(values) <= len(PALETTE):
        raise ParameterError(
            f"'{by}' has {len(values)} values; arms are one or two.",
            mend="Keep the rows of two of them, or name another column.",
        )
    missing = 0 if by is None else sum(text is None for text in _texts(data[by]))
    if missing:
        raise ParameterError(
            f"{missing} of {len(data)} rows have no '{by}'.",
            mend=f"Fill them, or leave them out: data.dropna(subset=[{by!r}]).",
        )
    arms = [
        {"code": value, "label": "All patients" if by is None else value, "color": colour}
        for value, colour in zip(values, PALETTE, strict=False)
    ]
    return {"arms": arms, "reference_arm": values[0]}


def _values(column: pd.Series) -> list[Any]:
    """Give the values of a column: in the order of a categorical that occur, else sorted."""
    try:
        present = column[[text is not None for text in _texts(column)]].unique()
    except TypeError:  # lists and the like
        raise ParameterError(
            f"'{column.name}' holds values that are no numbers, texts, or true and false.",
            mend="Leave it out, or make a column of its values.",
        ) from None
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [value for value in column.cat.categories if value in set(present)]
    return sorted(present, key=lambda value: (str(type(value)), value))


def _is_date(column: pd.Series) -> bool:
    kinds = pd.api.types
    return bool(
        kinds.is_datetime64_any_dtype(column)
        or kinds.is_timedelta64_dtype(column)
        or any(isinstance(value, date | timedelta) for value in column.dropna().head(1))
    )


def _variable(column: pd.Series, label: Any) -> dict[str, Any]:
    # numbers are continuous; true and false, and text, are levels
    kinds = pd.api.types
    if _is_date(column) or kinds.is_complex_dtype(column):
        raise ParameterError(
            f"'{label}' holds dates, durations or complex numbers, which are not described.",
            mend="Make numbers of them, such as years since a date, or name other columns.",
        )
    about = {"label": str(label), "column": f"{label}_" if str(label) in TAKEN else str(label)}
    if column.isna().all() or (kinds.is_numeric_dtype(column) and not kinds.is_bool_dtype(column)):
        return {**about, "kind": "continuous"}
    levels = [{"code": str(text_of(value))} for value in _values(column)]
    return {**about, "kind": "categorical", "levels": levels}


def _as_flag(column: pd.Series) -> pd.Series:
    return column.astype("Int64") if pd.api.types.is_bool_dtype(column) else column


def _texts(column: pd.Series) -> list[str | None]:
    """Give cells as text; None where one is missing, or empty as a cell of a file may be."""
    texts = [None if _missing(value) else str(text_of(value)) for value in column]
    return [text if text and text.strip() else None for text in texts]


def _missing(value: Any) -> bool:
    return bool(np.isscalar(value) or value is None or value is pd.NaT or value is pd.NA) and bool(
        pd.isna(value)
    )


def _name(column: Any) -> str:
    """Give a name as study files have them: lower case, letters first."""
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in str(column).lower())
    return ("v_" + plain if not plain[:1].isalpha() else plain)[:40]
