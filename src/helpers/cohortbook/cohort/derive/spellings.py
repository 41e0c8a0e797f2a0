"""Spellings of one code or term: Rash, rash and RASH are one event, and what was joined is said."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

import pandas as pd

from ...formats import seen
from ...study.study import Study
from .state import Resolved

DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
LISTED = 12  # spellings that a note lists


def join_spellings(state: Resolved) -> Resolved:
    """Write each cell of a coded column in the one spelling that the study file declares.

    Where adverse events have no declared terms, the most frequent spelling is kept (the first of
    equal ones). Spellings are one if they differ in case, blanks, dashes or Unicode form alone; two
    declared codes are never joined.
    """
    for role, column, codes in _coded(state.study):
        table = state.tables.get(role)
        if table is None or column not in table:
            continue
        kept = spellings(table[column], codes)
        if not kept:
            continue
        joined = table[column].map(lambda cell, kept=kept: kept.get(cell, cell), na_action="ignore")
        file = getattr(state.study.tables, role)
        state.notes.extend(_said(file, column, table[column], kept))
        out = table.assign(**{column: joined})
        out.attrs = dict(table.attrs)
        state = state.with_table(role, out)
    return state


def spellings(cells: pd.Series, codes: Iterable[str] | None = None) -> dict[str, str]:
    """Give for each spelling that is not kept the one that is.

    Parameters
    ----------
    cells : Series of str
    codes : iterable of str, optional
        The declared spellings; without them the most frequent ones are kept.
    """
    counts = cells.dropna().value_counts(sort=False)
    if codes is None:
        counts = counts.sort_values(ascending=False, kind="stable")
        kept: dict[str, str] = {}
        for cell in counts.index:
            kept.setdefault(folded(cell), _one_line(cell))
        return {cell: kept[folded(cell)] for cell in counts.index if cell != kept[folded(cell)]}
    declared = list(dict.fromkeys(codes))
    of_fold: dict[str, list[str]] = {}
    for code in declared:
        of_fold.setdefault(folded(code), []).append(code)
    found = {cell: of_fold.get(folded(cell), []) for cell in counts.index if cell not in declared}
    return {cell: those[0] for cell, those in found.items() if len(those) == 1}


def folded(text: object) -> str:
    """Give what all spellings of one text share: no case, single blanks, one kind of dash."""
    plain = unicodedata.normalize("NFKC", seen(text)).translate(DASHES)
    return " ".join(unicodedata.normalize("NFKC", plain.casefold()).split())


def _one_line(text: object) -> str:
    return " ".join(unicodedata.normalize("NFC", seen(text)).split())


def _coded(study: Study) -> Iterator[tuple[str, str, list[str] | None]]:
    """Give table, column and declared codes of each column that has some."""
    codes: dict[str, list[str]] = {}

    def add(column: str | None, known: Iterable[str]) -> None:
        known = list(known)
        if column and known:
            codes.setdefault(column, []).extend(known)

    if study.columns.arm not in study.variables:
        add(study.columns.arm, study.arm_codes)
    for name, variable in study.variables.items():
        if variable.levels and not variable.cut:
            add(variable.column or name, study.levels(name))
    for endpoint in study.endpoints.values():
        states = [state.code for state in endpoint.competing_states]
        add(endpoint.event, [*endpoint.event_codes, *endpoint.censored_codes, *states])
    if study.response:
        add(study.response.column, [level.code for level in study.response.categories])
    if study.discontinuation:
        add(study.discontinuation.column, [r.code for r in study.discontinuation.reasons])
    yield from (("patients", column, known) for column, known in codes.items())
    events = study.adverse_events
    if events:
        yield "adverse_events", events.term, [*events.terms, *events.other_terms] or None


def _said(file: str, column: str, cells: pd.Series, kept: dict[str, str]) -> Iterator[str]:
    counts = cells.value_counts()
    for one in dict.fromkeys(kept.values()):
        those = [f"'{cell}' ({counts[cell]})" for cell, other in kept.items() if other == one]
        more = f" and {len(those) - LISTED} more" if len(those) > LISTED else ""
        yield f"{file}: {column}: {', '.join(those[:LISTED])}{more} read as '{one}'."
