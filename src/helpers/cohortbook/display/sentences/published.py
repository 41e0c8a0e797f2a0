"""Sentences about agreement with print."""

from __future__ import annotations

import re

import pandas as pd

from ... import formats
from ...formats import markdown as md
from ...study.study import Study
from ..words import counted, listed

SEVERITIES = {
    "conflict": "Conflicts: no data at all can give these numbers together",
    "fits only if": "Fits only if: possible under the condition named",
    "unusual": "Unusual numbers: possible, and seldom seen",
    "rounding": "Rounding: cut off, rounded up or rounded twice",
}


def summary(compared: pd.DataFrame, study: Study, note: str = "") -> str:
    """Count the printed statistics that came out equal, nearly so, and otherwise.

    `note` is what `published.yml` says of the comparison.
    """
    counts = compared["verdict"].value_counts()
    total = len(compared)

    def share(name: str) -> str:
        count = int(counts.get(name, 0))
        return f"{count} ({formats.percent(count, total)}%)"

    text = (
        f"Of {total} printed statistics, {share('equal')} came out equal at the printed precision, "
        f"{share('rounding')} within one unit of the last printed digit, and {share('differs')} "
        f"differ; {share('absent')} have no counterpart here."
    )
    if study.synthetic:
        text += (
            " The cohort was generated to agree with these numbers, so agreement shows that the "
            "analysis is the one described in print and nothing about patients."
        )
    return f"{text} {md(note)}" if note else text


RESTS_ON = {  # what a setting of the notebook decides: statistics, and which of their cells
    "the handling of ties": (("hr",), ("estimate", "conf_low", "conf_high", "p_value")),
    "the scale of the limits of a Kaplan-Meier curve": (
        ("median", "survival", "event_percent", "survival_percent"),
        ("conf_low", "conf_high"),
    ),
    "the rule for a median at which a curve is level": (("median",), ("estimate",)),
    "how quartiles are computed": (("q1", "q3"), ("estimate",)),
}


def bearing(compared: pd.DataFrame) -> str:
    """Say on which of the notebook's settings nothing that was printed depends."""
    survival = compared["analysis"].isin(["survival", "cox_univariable", "cox_multivariable"])
    idle = [
        setting
        for setting, (statistics, columns) in RESTS_ON.items()
        if not (
            compared["statistic"].isin(statistics)
            & compared["column"].isin(columns)
            & (survival | compared["statistic"].isin(["q1", "q3"]))
        ).any()
    ]
    return f"Nothing that was printed depends on {listed(idle)}." if idle else ""


def tests(behind: pd.DataFrame) -> str:
    """Count the printed P values by the tests of the printed counts that give them."""
    if behind.empty:
        return "No printed *P* value has counts beside it from which it could be computed."
    giving = behind["giving"].str.split("; ")
    by_rule = sum(rule in names for rule, names in zip(behind["stated"], giving, strict=True))
    other = int((behind["giving"] != "").sum()) - by_rule
    none = len(behind) - by_rule - other
    return (
        f"Of {counted(len(behind), 'printed *P* value')} with counts beside "
        f"{'it' if len(behind) == 1 else 'them'}, {by_rule} came out by the test that the rule "
        f"chooses, {other} by another test, and {none} by none that was tried."
    )


def counted_findings(findings: pd.DataFrame) -> str:
    """Count the findings by severity: two conflicts, one unusual number and a slip of rounding."""
    counts = findings["severity"].value_counts()
    nouns = {
        "conflict": ("conflict", "conflicts"),
        "fits only if": (
            "number that fits under a condition only",
            "numbers that fit under a condition only",
        ),
        "unusual": ("unusual number", "unusual numbers"),
        "rounding": ("slip of rounding", "slips of rounding"),
    }
    told = [counted(int(counts[name]), *noun) for name, noun in nouns.items() if name in counts]
    return listed(told) or "nothing was found"


def findings(found: pd.DataFrame, compared: pd.DataFrame) -> str:
    """Say what the auditor found in print alone, and where there was nothing to find.

    Parameters
    ----------
    found : DataFrame
        From `audit.audit`.
    compared : DataFrame
        From `analysis.published.compare_with_print` (for the places and the count of numbers).
    """
    start = (
        f"The {len(compared)} printed numbers were also compared with one another, which needs no "
        "patient data"
    )
    if found.empty:
        return f"{start}: all of them can hold together."
    places = {place for where in found["where"] for place in where.split("; ")}
    tables = dict.fromkeys(w for w in compared["where"] if w.startswith("Table "))
    clean = [md(name) for name in tables if name not in places]
    text = f"{start}. There are {counted_findings(found)}; most such findings are slips of typing."
    return f"{text} Nothing was found in {listed(clean)}." if clean else text


def logrank_bound(found: pd.DataFrame) -> str:
    """Quote the findings about log-rank P values that their Cox rows exclude ("" if none)."""
    rows = found[(found["check"] == "log-rank and Cox") & (found["severity"] == "conflict")]
    told = [
        row.message.replace(" is printed.", f" is printed ({row.where}).", 1)
        for row in rows.itertuples()
    ]  # fmt: skip
    return re.sub(r"\bP\b", "*P*", " ".join(map(md, told)))
