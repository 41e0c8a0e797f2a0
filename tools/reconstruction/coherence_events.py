"""Contradictions between a patient's adverse events, treatment, ablation and follow-up."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from . import details_counts as paper

TERMS = {*paper.TABLE_5, paper.PAIN}


def adverse_events(row: pd.Series, events: pd.DataFrame, own: pd.DataFrame) -> Iterator[str]:
    """Events are known terms of grade 1 to 4, within treatment and 90 days, resolved in order."""
    follow_up = paper.in_days(row["os_months"])
    window = min(follow_up, paper.in_days(row["treatment_months"]) + paper.SAFETY_DAYS)
    for _, event in events.iterrows():
        term, onset, end = event["ae_term"], event["onset_day"], event["resolved_day"]
        if term not in TERMS:
            yield f"unknown event {term}"
        if event["ctcae_grade"] not in (1, 2, 3, 4):
            yield f"{term} of grade {event['ctcae_grade']}"
        if not 0 <= onset <= window:
            yield f"{term} on day {onset}, outside treatment and {paper.SAFETY_DAYS} days after"
        if not pd.isna(end) and not onset <= end <= follow_up:
            yield f"{term} of day {onset} resolved on day {end} of {follow_up}"
    yield from _overlaps(events)


def _overlaps(events: pd.DataFrame) -> Iterator[str]:
    """A term comes back only after it has gone."""
    for term, same in events.sort_values("onset_day").groupby("ae_term"):
        gone = same["resolved_day"].shift()
        again = same["onset_day"].iloc[1:] > gone.iloc[1:]
        if not again.fillna(False).all():
            yield f"{term} recurs before it has resolved"


def procedure_events(row: pd.Series, events: pd.DataFrame, own: pd.DataFrame) -> Iterator[str]:
    """Only an ablation has procedure events: within 30 days, dated from it, none of them major."""
    for _, event in events.iterrows():
        term, hours = event["ae_term"], event["hours_after_procedure"]
        if event["relation"] not in ("treatment", "procedure"):
            yield f"{term} related to {event['relation']}"
        if (event["relation"] == "procedure") == pd.isna(hours):
            yield f"{term}: hours after the procedure go with procedure events and only with them"
        if event["relation"] != "procedure":
            if term == paper.PAIN:
                yield "post-ablation pain not related to the procedure"
            continue
        if pd.isna(row["ablation_months"]):
            yield f"{term} after a procedure that the patient did not have"
        elif not pd.isna(hours):
            expected = paper.in_days(row["ablation_months"]) + int(hours) // 24
            if not 0 <= hours <= paper.PROCEDURE_HOURS:
                yield f"{term} {hours} hours after the procedure"
            if event["onset_day"] != expected:
                yield f"{term} on day {event['onset_day']}, {hours} hours after the procedure"


def intolerable(row: pd.Series, events: pd.DataFrame) -> bool:
    """Tell whether treatment can have been stopped for one of these events."""
    before = events["onset_day"] <= paper.in_days(row["treatment_months"])
    from_treatment = (events["ctcae_grade"] >= 2) & (events["relation"] == "treatment")
    return bool((before & ((events["ctcae_grade"] >= 3) | from_treatment)).any())
