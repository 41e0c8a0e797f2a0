"""Whether the data bear out which value of a status is the event.

Swapped codes give a hazard ratio that looks like any other. What speaks against a coding: those
with the event are followed longer than the censored; progressive disease without a progression;
dates of death of patients without a death; a status in words that says the opposite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from ...errors import Problem
from ...study.answers import answer
from ...study.parts import Endpoint, is_death
from ...study.vital import says_death, vital
from ..derive.dates import looks_like_dates
from .course import named
from .meaning import category, is_response
from .patients import PatientTable

FEWEST = 8  # patients with, and without, the event
LONGER = 0.6  # chance that one with the event is followed longer than one without
DOUBT, CLEARLY = 0.05, 0.02
FEW_PROGRESSIVE, HALF = 5, 0.5
OPPOSITE = 0.5
PROGRESSION = {"pfs", "ttp", "efs", "dfs", "rfs", "ttr"}
MEND = "See whether event and censored are swapped in {0} (event_codes of this endpoint)."


def longer_with_event(time: pd.Series, event: pd.Series) -> str:
    """Say that those with the event are followed longer than the censored; "" if they are not.

    By the Mann-Whitney statistic: under a coding that is right, events come before the ends of
    follow-up in nearly every cohort.

    Parameters
    ----------
    time, event : Series of float
        Event coded 1 and 0; missing values are left out.
    """
    known = time.notna() & event.notna()
    with_event, without = time[known & (event == 1)], time[known & (event == 0)]
    if min(len(with_event), len(without)) < FEWEST:
        return ""
    m, n = len(with_event), len(without)
    ranks = pd.concat([with_event, without]).rank()
    share = (ranks.iloc[:m].sum() - m * (m + 1) / 2) / (m * n)
    if share < LONGER:
        return ""
    from scipy.stats import mannwhitneyu  # only where a check needs it: slow to import

    if mannwhitneyu(with_event, without, alternative="two-sided").pvalue >= CLEARLY:
        return ""
    return (
        f"those with the event are followed longer (median {with_event.median():g}) than the "
        f"censored ({without.median():g})"
    )


def progressive_without(
    time: pd.Series, event: pd.Series, best: pd.Series, of_progression: bool
) -> str:
    """Say that progressive disease as best response goes without the event; "" if it does not.

    `best` holds CR, PR, SD, PD or NE. Of progression-free survival most with progressive disease
    must have the event; of others they have it no less often than those who responded, and most
    of them are not followed for half as long without it.
    """
    known = event.notna() & best.notna()
    progressive, responded = known & (best == "PD"), known & best.isin(["CR", "PR"])
    count = int(progressive.sum())
    if count < FEW_PROGRESSIVE:
        return ""
    had = int((event[progressive] == 1).sum())
    if of_progression and had < HALF * count:
        return f"{count - had} of {count} with progressive disease as best response lack the event"
    others, theirs = int(responded.sum()), int((event[responded] == 1).sum())
    if others < FEW_PROGRESSIVE or had / count >= theirs / others:
        return ""
    short = time[progressive].median() < HALF * time[responded].median()
    if short and had < HALF * count:
        return (
            f"{count - had} of {count} with progressive disease lack the event, in half the "
            "follow-up of those with response"
        )
    from scipy.stats import fisher_exact

    if fisher_exact([[had, count - had], [theirs, others - theirs]]).pvalue >= DOUBT:
        return ""
    return (
        f"the event is rarer with progressive disease ({had} of {count}) than with response "
        f"({theirs} of {others})"
    )


def dates_without_death(event: pd.Series, columns: Mapping[str, pd.Series]) -> Iterator[str]:
    """Say of each column of death dates that most who have one lack the death."""
    for name, cells in columns.items():
        if not says_death(name) or cells.isna().mean() < 0.05 or not looks_like_dates(cells):
            continue
        dated = cells.notna() & event.notna()
        lacking = int((event[dated] == 0).sum())
        if dated.sum() >= FEW_PROGRESSIVE and lacking > HALF * dated.sum():
            yield f"{lacking} of {int(dated.sum())} with a date in '{name}' are read as alive"


def opposite_status(event: pd.Series, columns: Mapping[str, pd.Series]) -> Iterator[str]:
    """Say of each other status of death that it says the opposite in most patients."""
    for name, cells in columns.items():
        different = cells.dropna().unique()
        if not 2 <= len(different) <= 6:
            continue
        meant = {cell: vital(str(cell)) for cell in different}
        if says_death(name):
            said = {cell: answer(str(cell)) for cell in different}
            meant = {cell: meant[cell] if said[cell] is None else said[cell] for cell in different}
        if {True, False} - {*meant.values()}:
            continue
        dead = cells.map(meant)
        known = dead.notna() & event.notna()
        against = int((dead[known].astype(bool) != (event[known] == 1)).sum())
        if known.sum() >= FEWEST and against > OPPOSITE * known.sum():
            yield (
                f"'{name}' says dead or alive, and the opposite of it in {against} of "
                f"{int(known.sum())}"
            )


def speaks_against(
    time: pd.Series,
    event: pd.Series,
    columns: Mapping[str, pd.Series],
    *,
    of_death: bool,
    of_progression: bool,
) -> list[str]:
    """Give what speaks against a coding of one status, in phrases.

    Parameters
    ----------
    time, event : Series of float
        Event coded 1 = event, 0 = censored.
    columns : mapping of Series
        All other columns of the patients, as text.
    of_death, of_progression : bool
        What the endpoint is.
    """
    found = [longer_with_event(time, event)]
    for cells in columns.values():
        different = [str(cell) for cell in cells.dropna().unique()]
        if is_response(different):
            best = cells.map({cell: category(str(cell)) for cell in cells.dropna().unique()})
            found.append(progressive_without(time, event, best, of_progression))
    if of_death:
        found += [*dates_without_death(event, columns), *opposite_status(event, columns)]
    return [text for text in found if text]


class EvidenceChecks(PatientTable):
    """Warnings where the data speak against the coding of an endpoint's status."""

    def run(self) -> Iterator[Problem]:
        """Give one warning for each thing that speaks against a coding."""
        for key, endpoint in self.study.endpoints.items():
            if not self.has(endpoint.time, endpoint.event):
                continue
            found = speaks_against(
                self.number(endpoint.time),
                self.number(endpoint.event),
                self._others(endpoint),
                of_death=is_death(key, endpoint),
                of_progression=named(key, endpoint, PROGRESSION),
            )
            yield from self._warnings(endpoint, found)

    def _others(self, endpoint: Endpoint) -> dict[str, pd.Series]:
        """Give the other columns as they are in the file, the response in its own words."""
        own = {endpoint.time, endpoint.event}
        found = {
            str(name): self.table[name]
            for name in self.table.columns
            if name not in own and " (event of " not in str(name)
        }
        spec = self.study.response
        if spec and spec.column in found:
            words = {level.code: self._category(level.code) for level in spec.categories}
            found[spec.column] = self.table[spec.column].map(words)
        return found

    def _category(self, code: str) -> str:
        spec = self.study.response
        if code == spec.not_evaluable:
            return "NE"
        return "PR" if code in spec.objective else "SD" if code in spec.control else "PD"

    def _warnings(self, endpoint: Endpoint, found: Iterable[str]) -> Iterator[Problem]:
        for text in found:
            yield self.column_problem(
                str(endpoint.event),
                text,
                f"data that bear out the events of {endpoint.short}",
                MEND.format(endpoint.event),
                "warning",
            )
