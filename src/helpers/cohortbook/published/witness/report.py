"""What `audit --witness` says."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from .find import Found

MOST = 12  # numbers shown of a list
SHARES = (0.01, 0.02, 0.05)  # how near to print numbers are counted


def lines_of(found: Found, written: list[str], folder: str) -> Iterator[str]:
    """Give the lines: what no data give, what the search gave, and what it did not hold."""
    fit = found.fit
    printed = dict(zip(fit["key"], fit["printed"], strict=True))
    for clash in found.clashes:
        yield "No data give these together (proved):"
        yield from _numbers(clash.keys, printed)
        yield f"  Proof: {clash.why}."
    aimed = fit[fit["aimed"]]
    met = int(aimed["met"].sum())
    if found.complete:
        yield f"A synthetic cohort gives all {len(fit)} printed numbers within their rounding."
    elif met == len(aimed):
        yield (
            f"A synthetic cohort gives all other {met} printed numbers within their rounding: but "
            "for what is proved above, the table can be."
        )
    else:
        yield (
            f"The search did not find a cohort that gives all; this is no proof. Its nearest gives "
            f"{met} of {len(aimed)} numbers within their rounding, {_near(aimed)}."
        )
        if len(found.unheld) == len(aimed):
            yield "No smaller set is known: what short searches left over, a longer one met."
        else:
            tried, off = found.alone
            near = f"the nearest is within {100 * off:.2g} % of each" if off < 1 else "none is near"
            part = "" if found.whole else "; a part of them may do"
            yield f"No cohort was found for these alone, among {tried:,} ({near}{part}):"
            yield from _numbers(found.unheld, printed)
        yield "What the nearest cohort misses:"
        off = aimed[~aimed["met"]]
        for row in list(off.itertuples())[:MOST]:
            yield f"  {row.key}: {row.printed} printed, {row.found:.4g} found"
        if len(off) > MOST:
            yield f"  and {len(off) - MOST} more (in the file)"
    for what, count in found.table.left_out.items():
        if count:
            yield f"Not searched: {what} ({count})."
    for note in found.people.notes:
        yield f"Note: {note}."
    again = f"--evaluations {found.run.done}" if found.clock else "the same command"
    yield f"{found.run.done:,} cohorts were tried; {again} gives the same one."
    yield f"Synthetic, no row is a patient: {folder} ({', '.join(written)})"


def _near(aimed: pd.DataFrame) -> str:
    """Say how many numbers are how near to print."""
    counts = [f"{int((aimed['off'] <= share).sum())} within {share:.0%}" for share in SHARES]
    return ", ".join(counts).replace("%", " %") + " of print"


def _numbers(keys: list[str] | tuple[str, ...], printed: dict[str, str]) -> Iterator[str]:
    """Name numbers as they are printed."""
    for key in keys[:MOST]:
        yield f"  {key}: {printed.get(key, 'as printed')}"
    if len(keys) > MOST:
        yield f"  and {len(keys) - MOST} more"
