"""The rules by which small counts of an endpoint are withheld: from its results and its curves.

One endpoint's patients, events, milestones, losses to follow-up and missing values are protected
together, since each is a sum over the same patients; the flow asks for the same marks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..results import OVERALL
from ..stats.small_counts import FEW, WITHHELD, Atoms, told
from .follow_up import followed
from .small_cells_marks import (
    Count,
    arms_of_groups,
    complements,
    hide,
    marked,
    protect_arms,
    whole_arms,
)

# patients of an arm: with the event, lost before the cut-off, otherwise censored
KINDS = ("event", "lost", "kept")
CENSORED = KINDS[1:]
MISSING = "missing"  # without time or status


@dataclass(frozen=True)
class Marks:
    """How the counts of one endpoint are shown: the marks of those that are not, by name and group.

    Names are "patients", "events", "missing", "lost", and "at M" of the survival percentage at a
    milestone of M months.
    """

    cohort: Cohort
    by_name: dict[tuple[str, str], str]

    def of(self, name: str, group: str) -> str | None:
        """Give the mark of a count (None: it is shown)."""
        return self.by_name.get((name, group))

    def printed(self, name: str, group: str) -> str:
        """Give the mark as it is printed; "" for a count that is shown."""
        return marked(self.of(name, group), self.cohort)


def survival_marks(cohort: Cohort, endpoint: str) -> Marks:
    """Protect what is shown of an endpoint.

    Patients and events come first. Losses to follow-up and milestones are added one by one where
    no small count is told, so that neither patients nor events are withheld for their sake.
    """
    months = sorted(cohort.study.endpoints[endpoint].milestones)
    patients, spans = _patients(cohort, endpoint, months), range(len(months) + 1)
    rest = [*((k, kind) for k in spans for kind in KINDS), MISSING]

    def count(arms: list[str], wanted: Iterable[str], where: Iterable[int] = spans) -> Count:
        kinds = [(k, kind) for k in where for kind in wanted if kind != MISSING]
        kinds += [MISSING] if MISSING in wanted else []
        inside = patients["arm"].isin(arms) & patients["kind"].isin(kinds)
        atoms = frozenset((arm, kind) for arm in arms for kind in kinds)
        return atoms, int(patients.loc[inside, "n"].sum())

    first: dict[tuple[str, str], Count] = {}
    further: dict[tuple[str, str], list[Count]] = {}
    hidden: list[Count] = []
    # the arms before all patients: they are compared, and all patients are their sum
    for group, arms in reversed(arms_of_groups(cohort).items()):
        first["events", group] = count(arms, ["event"])
        first["patients", group] = count(arms, KINDS)
        if cohort.study.leave_out_incomplete and group != OVERALL:
            first[MISSING, group] = count(arms, [MISSING])
        # patients less events: any reader subtracts
        hidden.append(count(arms, CENSORED))
        if lost_are_shown(cohort, endpoint):
            further["lost", group] = [count(arms, ["lost"])]
            hidden.append(count(arms, ["kept"]))
        for k, month in enumerate(months):
            # without censoring a survival percentage tells the events by then, and who is left
            by_then, left = (
                count(arms, ["event"], spans[: k + 1]),
                count(arms, KINDS, spans[k + 1 :]),
            )
            further[f"at {month:g}", group] = [by_then, left]
            hidden.append(count(arms, ["event"], [k]))  # from one milestone to the next
    hidden += complements(first.values(), cohort, rest)
    marks = protect_arms(cohort, first.values(), hidden, rest)
    named = {name: marks[atoms] for name, (atoms, _) in first.items() if atoms in marks}
    shown = Shown(whole_arms(cohort, rest), dict(first.values()), marks,
                  cohort.study.privacy.smallest_count)  # fmt: skip
    return Marks(cohort, named | shown.add(further, dict(hidden)))


@dataclass
class Shown:
    """Counts that are shown (with those that are marked), beside which others may be."""

    fixed: dict[Atoms, int]
    published: dict[Atoms, int]
    marks: dict[Atoms, str]
    smallest: int

    def add(
        self, further: dict[tuple[str, str], list[Count]], hidden: dict[Atoms, int]
    ) -> dict[tuple[str, str], str]:
        """Show what tells no small count, one after the other; give the marks of what is not.

        A single small count is marked as such; one of several makes all of them withheld.
        """
        every = self.published | hidden | dict(one for counts in further.values() for one in counts)
        secret = [atoms for atoms, n in every.items() if self._small(n)]
        found = {}
        for name, counts in further.items():
            # each is tried beside those already shown: what is safe alone may tell in company
            few = {atoms: FEW for atoms, n in counts if self._small(n)}
            published, marks = self.published | dict(counts), self.marks | few
            if (few and len(counts) > 1) or any(
                told(atoms, published, self.fixed, marks, self.smallest) for atoms in secret
            ):
                found[name] = WITHHELD
                continue
            self.published, self.marks = published, marks
            if few:
                found[name] = FEW
        return found

    def _small(self, n: int) -> bool:
        return 0 < n < self.smallest


def _patients(cohort: Cohort, endpoint: str, months: list[float]) -> pd.DataFrame:
    """Count patients by arm and kind: (the first milestone not before the time, what)."""
    data = cohort.survival(endpoint)
    lost = data["patient_id"].isin(followed(cohort, endpoint).query("early")["patient_id"])
    table = pd.DataFrame({
        "arm": data["arm"].astype("object"),
        # "left": a time at a milestone is before it, as the curve has fallen there
        "until": np.searchsorted(months, data["time"].astype(float)),
        "what": np.where(data["event"] == 1, "event", np.where(lost, "lost", "kept")),
    })  # fmt: skip
    seen = table.groupby(["arm", "until", "what"]).size().rename("n").reset_index()
    known = [(arm, (int(until), what), n) for arm, until, what, n in seen.itertuples(index=False)]
    gone = [
        (arm, MISSING, n - int((table["arm"] == arm).sum())) for arm, n in cohort.n_by_arm.items()
    ]
    return pd.DataFrame([*known, *gone], columns=["arm", "kind", "n"])


def lost_are_shown(cohort: Cohort, endpoint: str) -> bool:
    """Tell whether losses to follow-up are shown: only where everybody followed has a date.

    Otherwise their denominator would count those without one, which no rule protects.
    """
    if endpoint != cohort.study.followed_endpoint:
        return False
    dated = followed(cohort, endpoint)
    return len(dated) > 0 and len(dated) == len(cohort.survival(endpoint))


def withhold_survival(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Withhold the small counts of analysis "survival".

    Subgroups and what compares them are left out; so are competing states, a part of the
    censored that no rule protects.
    """
    shown = (results["population"] == "all") & ~results["statistic"].isin(
        ["competing", "interaction"]
    )
    results = results[shown].reset_index(drop=True)
    for endpoint in dict.fromkeys(results["endpoint"]):
        counts = survival_marks(cohort, endpoint)
        for group in arms_of_groups(cohort):
            _withhold_group(results, endpoint, group, counts)
        results = _withhold_lost(results, cohort, endpoint, counts)
    return results


def _withhold_group(results: pd.DataFrame, endpoint: str, group: str, counts: Marks) -> None:
    own = (results["endpoint"] == endpoint) & (results["group"] == group)
    shown = {"n_events": counts.printed("events", group), "n": counts.printed("patients", group)}
    timed = own & results["statistic"].isin(["survival", "event_percent"])
    for level in dict.fromkeys(results.loc[timed, "level"]):
        if counts.of(f"at {level}", group):
            hide(results, timed & (results["level"] == level))
    versus = (results["endpoint"] == endpoint) & (results["group"] == "difference")
    for column, mark in shown.items():
        if mark:
            results.loc[own, column] = np.nan
            notes = results.loc[own, "note"].str.replace(r"(?<=[^;])$", ";", regex=True)
            results.loc[own, "note"] = notes + f"{column} {mark};"
            results.loc[versus, ["n", "n_events"]] = np.nan
    if shown["n_events"]:
        hide(results, own & (results["statistic"] == "events"), shown["n_events"])
        # limits of a ratio are as wide as the events are few
        hide(results, versus)


def _withhold_lost(
    results: pd.DataFrame, cohort: Cohort, endpoint: str, counts: Marks
) -> pd.DataFrame:
    """Mark small losses to follow-up, or leave them out where their denominator is withheld."""
    told = (results["endpoint"] == endpoint) & results["statistic"].isin(["lost", "completeness"])
    groups = list(arms_of_groups(cohort))
    if not lost_are_shown(cohort, endpoint) or any(counts.of("patients", g) for g in groups):
        return results[~told].reset_index(drop=True)
    for group in groups:
        mark = counts.printed("lost", group)
        if mark:
            own = told & (results["group"] == group)
            hide(results, own & (results["statistic"] == "lost"), mark)
            # the months that were missed are those of the few
            hide(results, own & (results["statistic"] == "completeness"))
    return results


def coarse_panel(panel: dict[str, object], cohort: Cohort) -> dict[str, object]:
    """Make a Kaplan-Meier panel coarse where the study withholds small counts.

    Columns as of `survival.km_panel`; the results in it must have passed `withhold` already.
    """
    smallest = cohort.study.privacy.smallest_count
    if not smallest:
        return panel
    coarse = {"curves": coarse_curves(panel["curves"], smallest),
              "risk": coarse_risk(panel["risk"], smallest)}  # fmt: skip
    return panel | coarse


def coarse_curves(curves: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Let curves fall in steps of at least `smallest` events, without counts and censor marks.

    A curve ends at the last such step after which not few are left. Columns as of
    `survival.curves`.
    """
    parts = [curves.iloc[:0]]
    for _, curve in curves.groupby("group", sort=False):
        kept, since = [0], 0.0
        left = curve["n_risk"] - curve["n_event"] - curve["n_censor"]
        for place, events in enumerate(curve["n_event"]):
            since += events
            # a step of one is one patient's time of death; so is the last step if few are left
            # beyond it
            if since >= smallest and not 0 < left.iloc[place] < smallest:
                kept.append(place)
                since = 0.0
        part = curve.iloc[list(dict.fromkeys(kept))]
        parts.append(part.assign(n_risk=np.nan, n_event=0.0, n_censor=0.0))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def coarse_risk(risk: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Round the numbers at risk down to multiples of `smallest`; NaN is "fewer, not none".

    The censored and the events are left out: with them the three add up to the patients of the
    group, and where rounding has taken nothing off, a small one is told.
    """
    counts = risk["n_risk"].astype(float)
    rounded = np.floor(counts / smallest) * smallest
    kept = rounded.where((counts == 0) | (counts >= smallest))
    return risk.drop(columns=["n_censored", "n_events"]).assign(n_risk=kept)
