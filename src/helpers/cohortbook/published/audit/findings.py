"""What an auditor's check gives back: one finding a number that cannot stand with the others."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Literal

import pandas as pd

Severity = Literal["conflict", "drift", "unusual"]
COLUMNS = [
    "key", "where", "check", "severity", "printed", "implied", "implied_low", "implied_high",
    "gap", "mend", "message",
]  # fmt: skip
_ORDER = {"conflict": 0, "unusual": 1, "drift": 2}


@dataclass(frozen=True)
class Finding:
    """One printed number against what the other printed numbers imply.

    `severity` is "conflict" (no data can give both at the printed precision), "drift" (a P value
    off by less than 0.005 on the same side of alpha) or "unusual" (possible, but only under a
    condition that the message names). `implied_low` and `implied_high` bound what is implied,
    the rounding of every printed number allowed for; `gap` is how far the printed number, its
    own rounding allowed for, is from that. `mend` is the smallest change of one number that
    would make print agree.
    """

    key: str
    where: str
    check: str
    printed: str
    implied: str
    message: str
    mend: str = ""
    severity: Severity = "conflict"
    implied_low: float = math.nan
    implied_high: float = math.nan
    gap: float = math.nan


def as_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Give findings as a frame, the gravest first; the same finding at two places is one row."""
    merged: dict[tuple[str, str, str], Finding] = {}
    for item in findings:
        same = (item.key, item.check, item.printed)
        seen = merged.get(same)
        if seen is None:
            merged[same] = item
        elif item.where not in seen.where.split("; "):
            merged[same] = replace(seen, where=f"{seen.where}; {item.where}")
    rows = [asdict(item) for item in sorted(merged.values(), key=lambda f: _ORDER[f.severity])]
    return pd.DataFrame(rows, columns=COLUMNS)


def with_sign(text: str) -> str:
    """Print a printed number with its relation: = 0.031, < 0.001."""
    return f"{text[0]} {text[1:]}" if text[0] in "<>" else f"= {text}"


def span(low: float, high: float, decimals: int) -> str:
    """Print what is implied: one number, or two if they differ at these decimals."""
    first, last = (f"{value:.{decimals}f}" for value in (low, high))
    return first if first == last else f"{first} to {last}"
