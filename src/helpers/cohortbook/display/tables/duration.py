"""Table of the duration of response."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ...results import pick
from ...study.study import Study
from ..layout.table import Table
from .survival import median_table


def duration_table(results: pd.DataFrame, among: Study) -> Table:
    """Lay out events, medians and the comparison of the arms, of responders alone.

    Parameters
    ----------
    results : DataFrame
        From `analysis.duration.response_duration`.
    among : Study
        Of the responders (`analysis.responders`).
    """
    counted = results["statistic"].isin(["responders", "without_start"])
    table = median_table(results[~counted].assign(analysis="survival"), among)
    if pick(results, statistic="median").empty:
        return replace(table, rows=[])
    note = (
        "Responders alone, from their first response. They are not a randomised group and are "
        "selected after time zero: the comparison of the arms describes them."
        if among.compares
        else "Responders alone, from their first response."
    )
    return replace(table, caption="Duration of response.", notes=[note, *table.notes])
