"""One cell of a typed file as text: numbers as a person would write them, dates as yyyy-mm-dd."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd

from .table import Column

WHOLE = 1e15  # below this a float that is whole is exact


def text_of(value: object) -> str | float:
    """Give a cell as text, NaN if it is missing.

    Floats keep fifteen digits, as a spreadsheet shows them: what is stored beyond is noise of
    arithmetic. Booleans are 1 and 0.
    """
    if value is None or value is pd.NaT or value is pd.NA:
        return math.nan
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return _number(float(value))
    if isinstance(value, dt.datetime):
        return _moment(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return str(value).strip()


def _number(value: float) -> str | float:
    if math.isnan(value):
        return math.nan
    if value == int(value) if math.isfinite(value) and abs(value) < WHOLE else False:
        return str(int(value))
    return f"{value:.15g}"


def _moment(value: dt.datetime) -> str:
    midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
    return value.date().isoformat() if midnight else value.replace(microsecond=0).isoformat(" ")


def text_column(values: pd.Series) -> Column:
    """Give a column as text (see `text_of`); single-precision numbers keep seven digits."""
    if values.dtype == np.float32:
        return _encoded(values.map(lambda value: text_of(float(f"{value:.7g}"))))
    return _encoded(pd.Series([text_of(value) for value in values], dtype=object))


def _encoded(texts: pd.Series) -> Column:
    return Column.of(texts.reset_index(drop=True).astype(object))
