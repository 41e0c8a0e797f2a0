"""Table of printed statistics beside those computed here, counted by source."""

from __future__ import annotations

import pandas as pd

from ...results import pick
from ..table import Row, Table

VERDICTS = {"equal": "Equal", "rounding": "Within rounding", "differs": "Differs",
            "absent": "Not computed"}


def published_table(compared: pd.DataFrame) -> Table:
    """Lay out how many printed statistics agree, by where they are printed.

    Parameters
    ----------
    compared : DataFrame
        From `analysis.published.compare_with_print`: columns `where` and `verdict`.
    """
    rows = [
        Row((where, *_counts(pick(compared, where=where))))
        for where in dict.fromkeys(compared["where"])
    ]
    rows.append(Row(("All", *_counts(compared))))
    return Table(
        columns=["Printed in", "Statistics", *VERDICTS.values()],
        rows=rows,
        caption="Printed statistics beside those computed here.",
        notes=["Equal: rounds to what was printed. Within rounding: one unit of the last printed "
               "digit away."],
    )


def _counts(part: pd.DataFrame) -> list[str]:
    return [str(len(part)), *(str(int((part["verdict"] == key).sum())) for key in VERDICTS)]
