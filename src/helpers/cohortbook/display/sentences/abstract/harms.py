"""Severe adverse events, and in which arm they were more frequent."""

from __future__ import annotations

import pandas as pd

from .... import formats
from ....results import one, pick
from ....study.study import Study
from ...words import arm, capital, hidden_share, listed, p_equals, significant
from .. import safety


def harms(results: pd.DataFrame, study: Study) -> str:
    """Give the patients with severe events by arm, and with events above those grades."""
    told = [_harm(results, study, level) for level in ("severe", "above")]
    return " ".join(filter(None, told))


def _harm(results: pd.DataFrame, study: Study, level: str) -> str:
    rows = pick(results, term="any_term", level=level)
    if rows.empty:
        return ""
    counts = pick(rows, statistic="patients").set_index("group", drop=False)
    shares = [_share(counts.loc[code], study) for code in reversed(study.arm_codes)]
    known = pick(rows, statistic="p_value")["p_value"].dropna()
    p = f" ({p_equals(known.iloc[0], study)})" if len(known) else ""
    above = f"Adverse events above grade {study.adverse_events.highest_grade}"
    what = above if level == "above" else capital(_severe(study))
    return f"{what} occurred in {listed(shares)}{p}."


def _severe(study: Study) -> str:
    """Name severe events, of a table of some terms as those listed there."""
    some = "listed " * safety.counts_listed(study)
    return f"{some}adverse events of {study.adverse_events.severe_grades()}"


def _share(found: pd.Series, study: Study) -> str:
    with_arm = f" with {arm(study, found['group'])}" if study.compares else ""
    if hidden_share(found):
        return f"{hidden_share(found)}{with_arm}"
    share = formats.percent(found["estimate"], found["n"])
    return f"{int(found['estimate'])}/{int(found['n'])} ({share}%){with_arm}"


def harms_concluded(results: pd.DataFrame, study: Study) -> str:
    """Say in which arm severe events were more frequent, or that it is not known.

    Of one arm their share of its patients. "" where the arms are not compared, or a count is
    withheld.
    """
    rows = pick(results, term="any_term", level="severe")
    test, counts = pick(rows, statistic="p_value"), pick(rows, statistic="patients")
    if counts.empty or counts["estimate"].isna().any() or (study.compares and test.empty):
        return ""
    if not counts["estimate"].sum():
        return f"No {_severe(study).replace('events', 'event')} occurred."
    if not study.compares:
        had = counts.iloc[0]
        share = formats.percent(had["estimate"], had["n"])
        return f"{share}% of patients had {_severe(study)}."
    found = significant(test.iloc[0]["p_value"], study)
    if not found:
        return f"Whether {_severe(study)} were more frequent in one arm remains open."
    if len(counts) > 2:
        shares = pick(rows, statistic="percent")
        most = shares[shares["estimate"] == shares["estimate"].max()]["group"]
        names = listed([arm(study, code) for code in most])
        return f"{capital(_severe(study))} were most frequent with {names}."
    share, other = (
        one(rows, statistic="percent", group=code)["estimate"]
        for code in (study.comparison_arm.code, study.reference_arm)
    )
    return (
        f"{capital(_severe(study))} were {'more' if share > other else 'less'} frequent with "
        f"{arm(study, study.comparison_arm.code)}."
    )
