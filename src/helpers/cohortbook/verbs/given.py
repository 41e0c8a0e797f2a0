"""What a verb is given: a cohort under the choices of its arguments, or one of a data frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ..cohort.cohort import Cohort, cohort_of
from ..cohort.readers.cells import text_of
from ..errors import ParameterError
from ..study.names import nearest

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
    return _of_frame(data, by, time, event, unit, list(describe), list(adjust)).choose(**choices)


def one_endpoint(cohort: Cohort, endpoint: str | None) -> str:
    """Give the endpoint that is asked for, the study's first if none is; ParameterError if none."""
    if endpoint is None:
        return next(iter(cohort.study.endpoints))
    return next(iter(cohort.choose(endpoints=[endpoint]).study.endpoints))


def _of_frame(
    data: pd.DataFrame,
    by: str | None,
    time: str | None,
    event: str | None,
    unit: str,
    describe: list[str],
    adjust: list[str],
) -> Cohort:
    covariates = [_covariate(word, data) for word in adjust]
    adjust = [item["column"] for item in covariates]
    columns = [column for column in (by, time, event, *describe, *adjust) if column is not None]
    for column in columns:
        if column not in data:
            raise ParameterError(
                f"There is no column '{column}'{nearest(column, data)}.",
                mend="Columns: " + ", ".join(map(str, data))[:300] + ".",
            )
    if (time is None) != (event is None):
        raise ParameterError(
            "An endpoint needs both 'time' and 'event'.",
            mend="Name the columns of the time and of 1 = event, 0 = censored.",
        )
    names = {column: _name(column) for column in dict.fromkeys([*describe, *adjust])}
    said: dict[str, Any] = {
        "texts": {"title": "A data frame"},
        "columns": {"patient_id": ID, "arm": "arm_"},
        **_arms(data, by),
        "variables": {name: _variable(data[column], column) for column, name in names.items()},
        "baseline": [{"variable": names[column]} for column in describe],
    }
    table = {
        ID: [str(place) for place in range(1, len(data) + 1)],
        "arm_": _texts(data[by]) if by else "all",
    }
    table |= {column: _texts(data[column]) for column in names}
    if time is not None and event is not None:
        said["endpoints"] = {
            ENDPOINT: {
                "label": f"Time to {event}",
                "short": str(event)[:40],
                "time": "time_",
                "event": "event_",
                "event_label": "event",
                "unit": unit,
            }
        }
        table |= {"time_": _texts(data[time]), "event_": _texts(_as_flag(data[event]))}
        said["cox"] = {
            "covariates": [{"variable": names[item.pop("column")], **item} for item in covariates]
        }
    return cohort_of(said, {"patients": pd.DataFrame(table, dtype="object")})


def _covariate(word: str, data: pd.DataFrame) -> dict[str, Any]:
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


def _arms(data: pd.DataFrame, by: str | None) -> dict[str, Any]:
    values = ["all"] if by is None else [str(text_of(value)) for value in _values(data[by])]
    if len(values) > len(PALETTE):
        raise ParameterError(
            f"'{by}' has {len(values)} values; arms are one or two.",
            mend="Keep the rows of two of them, or name another column.",
        )
    arms = [
        {"code": value, "label": value if by else "All patients", "color": colour}
        for value, colour in zip(values, PALETTE, strict=False)
    ]
    return {"arms": arms, "reference_arm": values[0] if values else "all"}


def _values(column: pd.Series) -> list[Any]:
    """Give the values of a column: in the order of a categorical that occur, else sorted."""
    present = column.dropna().unique()
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [value for value in column.cat.categories if value in set(present)]
    return sorted(present, key=lambda value: (str(type(value)), value))


def _variable(column: pd.Series, label: str) -> dict[str, Any]:
    # numbers are continuous; true and false, and text, are levels
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return {"label": str(label), "kind": "continuous", "column": str(label)}
    levels = [{"code": str(text_of(value))} for value in _values(column)]
    return {"label": str(label), "kind": "categorical", "column": str(label), "levels": levels}


def _as_flag(column: pd.Series) -> pd.Series:
    return column.astype("Int64") if pd.api.types.is_bool_dtype(column) else column


def _texts(column: pd.Series) -> list[str | None]:
    return [None if pd.isna(value) else text_of(value) for value in column]


def _name(column: str) -> str:
    """Give a name as study files have them: lower case, letters first."""
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in str(column).lower())
    return ("v_" + plain if not plain[:1].isalpha() else plain)[:40]
