"""What was read of a paper, on the terminal and as CSV: every cell accounted for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .layout.csv_rows import write_sheet

STATUSES = ("read", "not a statistic", "not understood")
MOST_SHOWN = 15


def print_account(
    account: pd.DataFrame, columns: pd.DataFrame, console: Console | None = None
) -> None:
    """Print how many cells of each table were read, what its columns hold, and what was not.

    Parameters
    ----------
    account : DataFrame
        From `paper_in.draft_of`: where, page, row, column, text, status, why, key.
    columns : DataFrame
        From `paper_in.draft_of`: where, column, head, holds, group.
    console : Console, optional
        Where to print; the terminal if not given.
    """
    console = console or Console()
    if account.empty:
        console.print("No table was found.")
        return
    table = Table(pad_edge=False)
    for name in ("table", *STATUSES, "columns taken for"):
        table.add_column(name, justify="right" if name in STATUSES else "left")
    for where, part in account.groupby("where", sort=False):
        counts = [str(int((part["status"] == status).sum())) for status in STATUSES]
        held = columns[columns["where"] == where]
        told = ", ".join(item.group or item.holds for item in held.itertuples())
        # Text, not markup: a printed text may hold square brackets
        table.add_row(Text(str(where)), *counts, Text(told))
    console.print(table)
    rest = account[account["status"] == "not understood"]
    for item in rest.head(MOST_SHOWN).itertuples():
        console.print(
            Text(
                f"not understood: {item.where}, row {item.row}, column {item.column}: "
                f"{item.text} ({item.why})"
            )
        )
    if len(rest) > MOST_SHOWN:
        console.print(f"and {len(rest) - MOST_SHOWN} more in the account of all cells.")


def write_account(account: pd.DataFrame, path: Path) -> None:
    """Write the account of all cells as CSV; cells that look like formulas stay text."""
    rows = (
        ["" if pd.isna(x) else str(x) for x in item] for item in account.itertuples(index=False)
    )
    write_sheet(path, [list(account.columns), *rows])
