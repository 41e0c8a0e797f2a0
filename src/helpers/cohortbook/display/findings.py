"""The auditor's findings on the terminal and as CSV."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .layout.csv_rows import write_sheet
from .sentences.published import SEVERITIES, counted_findings


def print_findings(findings: pd.DataFrame, numbers: int, console: Console | None = None) -> None:
    """Print one table of findings and a closing line.

    Parameters
    ----------
    findings : DataFrame
        From `audit.audit`.
    numbers : int
        How many printed numbers were read.
    console : Console, optional
        Where to print; the terminal if not given.
    """
    console = console or Console()
    if len(findings):
        table = Table(show_lines=True, pad_edge=False, expand=True)
        table.add_column("printed in", ratio=2)
        table.add_column("why, the proof, and the smallest change", ratio=5)
        for item in findings.to_dict("records"):
            # Text, not markup: a printed text may hold square brackets
            table.add_row(*map(Text, _cells(item)))
        console.print(table)
        for severity in dict.fromkeys(findings["severity"]):
            console.print(Text(f"{severity}: {SEVERITIES[severity]}"))
    console.print(
        f"{numbers} printed numbers read; {counted_findings(findings)}."
        if numbers
        else "No printed number was read, so nothing was compared."
    )


def _cells(item: dict) -> tuple[str, str]:
    place = f"{item['severity']}\n{item['where']}\nprinted: {item['printed']}"
    mend = f"\nChange: {item['mend']}." if item["mend"] else ""
    proof = f"\nProof: {item['proof']}." if item["proof"] else ""
    subject = f"{item['subject']}: " if item["subject"] else ""
    return f"{place}\nimplied: {item['implied']}", f"{subject}{item['message']}{proof}{mend}"


def write_findings(findings: pd.DataFrame, path: Path) -> None:
    """Write the findings as CSV; cells that look like formulas stay text in a spreadsheet."""
    rows = (
        ["" if pd.isna(x) else f"{x:.6g}" if isinstance(x, float) else str(x) for x in item]
        for item in findings.itertuples(index=False)
    )
    write_sheet(path, [list(findings.columns), *rows])
