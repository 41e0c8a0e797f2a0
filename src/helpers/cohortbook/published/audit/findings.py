"""What an auditor's check gives back: one finding for one cause, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Literal

import pandas as pd

from .. import Statistic
from ..printed import Printed

Severity = Literal["conflict", "fits only if", "unusual", "rounding"]
COLUMNS = [
    "key", "where", "check", "severity", "printed", "implied", "implied_low", "implied_high",
    "gap", "mend", "message", "proof", "also", "subject",
]  # fmt: skip
SEVERITIES: tuple[Severity, ...] = ("conflict", "fits only if", "unusual", "rounding")


@dataclass(frozen=True)
class Finding:
    """What one cause did to one or more printed numbers.

    `severity` is "conflict" (no data at all give these numbers; `proof` says why in one line),
    "fits only if" (they fit under a condition that the message names: patients not recorded,
    another test, another denominator), "unusual" (possible, and seldom seen) or "rounding" (cut
    off, rounded up or rounded twice). `implied_low` and `implied_high` bound what is implied, the
    rounding of every printed number allowed for; `gap` is how far the printed number, its own
    rounding allowed for, is from that. `mend` is the smallest change that would make print agree.
    `also` holds the keys of the other printed numbers that have the same cause. `subject` names
    the row as the file does, where the message does not.
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
    proof: str = ""
    also: tuple[str, ...] = ()
    subject: str = ""


def as_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Give findings as a frame, the gravest first; the same finding at two places is one row."""
    merged: dict[tuple[str, str, str], Finding] = {}
    for item in findings:
        same = (item.key, item.check, item.printed)
        seen = merged.get(same)
        if seen is None:
            merged[same] = item
        elif item.where not in seen.where.split("; "):
            both = tuple(dict.fromkeys([*seen.also, *item.also]))
            merged[same] = replace(seen, where=f"{seen.where}; {item.where}", also=both)
    ordered = sorted(merged.values(), key=lambda item: SEVERITIES.index(item.severity))
    rows = [asdict(item) | {"also": "; ".join(item.also)} for item in ordered]
    return pd.DataFrame(rows, columns=COLUMNS)


def joined(found: Iterable[Finding], says: str, least: int = 3) -> list[Finding]:
    """Join findings of one place, check and severity, if they are so many that the cause is one.

    `says` opens the message; the count of findings goes before it.
    """
    out, groups = [], {}
    for item in found:
        groups.setdefault((item.where, item.check, item.severity), []).append(item)
    for same in groups.values():
        if len(same) < least:
            out += same
            continue
        told = "; ".join(f"{f.subject}: {f.printed}, implied {f.implied}" for f in same)
        keys = dict.fromkeys(key for f in same for key in (f.key, *f.also))
        first = same[0]
        out.append(replace(
            first, printed=listing((f.printed for f in same), 4),
            implied=listing((f.implied for f in same), 4), message=f"{len(same)} {says}: {told}.",
            mend="", also=tuple(key for key in keys if key != first.key), subject="",
        ))  # fmt: skip
    return out


def printed_elsewhere(printed: Printed, key: str, where: str, every: Iterable[Statistic]) -> str:
    """Say in which other place of the paper the same P value of three decimals or more stands."""
    if printed.decimals < 3 or printed.relation != "=":
        return ""
    for other in every:
        same = other.kind == "p_value" and other.where != where and other.key != key and (
            other.printed.value, other.printed.decimals, other.printed.relation
        ) == (printed.value, printed.decimals, "=")  # fmt: skip
        if same:
            names = [other.analysis, other.endpoint, other.term, other.level]
            what = " ".join(name.replace("_", " ") for name in names if name)
            return f" {printed.text} is also the P printed for {what} ({other.where})."
    return ""


def with_sign(text: str) -> str:
    """Print a printed number with its relation: = 0.031, < 0.001."""
    return f"{text[0]} {text[1:]}" if text[0] in "<>" else f"= {text}"


def span(low: float, high: float, decimals: int) -> str:
    """Print what is implied: one number, or two if they differ at these decimals."""
    first, last = (f"{value:.{decimals}f}" for value in (low, high))
    return first if first == last else f"{first} to {last}"


def p_span(low: float, high: float, decimals: int) -> str:
    """Print an implied P value: never as nought or one, but as below or above a bound."""
    first, last = p_text(low, decimals), p_text(high, decimals)
    return first if first == last else f"{first} to {last}"


def p_text(p: float, decimals: int) -> str:
    """Print a P value with these decimals; what would print as nought or one is a bound."""
    smallest = 10.0**-decimals
    if p < smallest / 2:
        return f"<{smallest:.{decimals}f}"
    return f">{1 - smallest:.{decimals}f}" if p > 1 - smallest / 2 else f"{p:.{decimals}f}"


def listing(words: Iterable[str], most: int = 6) -> str:
    """Join words for a message: a, b and c; what is beyond `most` is counted."""
    given = list(words)
    shown, rest = given[:most], len(given) - most
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
