"""Tables about print: statistics that agree with ours, and those that disagree with each other."""

from __future__ import annotations

import re

import pandas as pd

from ... import formats
from ...results import pick
from ...study.study import Study
from ..layout.table import Row, Table
from ..sentences.published import SEVERITIES
from ..statistic_names import statistic_name
from .common import sentence

VERDICTS = {
    "equal": "Equal",
    "rounding": "Within rounding",
    "differs": "Differs",
    "absent": "Not computed",
}
TESTS = {
    "fisher": "Fisher", "chi-squared": "chi-squared", "yates": "chi-squared, corrected",
    "likelihood-ratio": "likelihood ratio", "mann-whitney": "Mann-Whitney",
    "wilcoxon-corrected": "Wilcoxon, corrected", "kruskal-wallis": "Kruskal-Wallis",
    "linear": "linear-by-linear",
}  # fmt: skip
P_VALUE = "P value"
# another statistic that a finding names, and where it is printed
ELSEWHERE = re.compile(r"( is (?:also the P printed for|the P of) )(.+?) \(([^()]+)\)(?=[.:])")


def published_table(compared: pd.DataFrame) -> Table:
    """Lay out how many printed statistics agree, by where they are printed.

    Parameters
    ----------
    compared : DataFrame
        From `analysis.published.compare_with_print`: columns `where` and `verdict`.
    """
    rows = [
        Row((where, *_counts(pick(compared, where=where))))
        for where in dict.fromkeys(compared["where"])
    ]
    rows.append(Row(("All", *_counts(compared))))
    return Table(
        columns=["Printed in", "Statistics", *VERDICTS.values()],
        rows=rows,
        caption="Printed statistics beside those computed here.",
        notes=[
            "Equal: rounds to what was printed. Within rounding: one unit of the last printed "
            "digit away."
        ],
    )


def _counts(part: pd.DataFrame) -> list[str]:
    return [str(len(part)), *(str(int((part["verdict"] == key).sum())) for key in VERDICTS)]


def findings_table(findings: pd.DataFrame, compared: pd.DataFrame, study: Study) -> Table:
    """Lay out the printed numbers that cannot stand together, the gravest first.

    Parameters
    ----------
    findings : DataFrame
        From `audit.audit`.
    compared : DataFrame
        From `analysis.published.compare_with_print`: the key columns of each printed statistic.
    study : Study
    """
    printed = compared.to_dict("records")
    known = {item["key"]: statistic_name(item, study) for item in printed}
    named = _names_of_p(printed, known)
    rows: list[Row] = []
    for severity, part in findings.groupby("severity", sort=False):
        rows.append(Row((SEVERITIES[severity],), group=True))
        rows += [_finding(item, known, named) for item in part.to_dict("records")]
    return Table(
        columns=["Statistic (printed in)", "Printed", "Implied", "Off by", "Why"],
        rows=rows,
        caption="Printed numbers that do not stand beside the others as they are.",
        notes=[
            "Every printed number stands for all the values that round to it. Off by: the "
            "distance between what is printed and what the others imply, rounding allowed for.",
        ],
        abbreviations=study.texts.abbreviations | {"HR": "hazard ratio"},
        widths=[1.9, 0.7, 1.05, 0.7, 4.3],
        left=(0, 4),
    )


def tests_table(tests: pd.DataFrame, compared: pd.DataFrame, study: Study) -> Table:
    """Lay out which tests of the printed counts give each printed P value.

    Parameters
    ----------
    tests : DataFrame
        From `audit.tests_behind`: key, where, printed, stated, giving.
    compared : DataFrame
        From `analysis.published.compare_with_print`: the key columns of each printed statistic.
    study : Study
    """
    known = {item["key"]: statistic_name(item, study) for item in compared.to_dict("records")}
    rows = [
        Row((
            f"{known.get(item['key'], item['key'])} ({item['where']})", item["printed"],
            TESTS.get(item["stated"], "not stated"),
            ", ".join(TESTS[name] for name in item["giving"].split("; ") if name) or "none",
        ))
        for item in tests.to_dict("records")
    ]  # fmt: skip
    return Table(
        columns=["P value (printed in)", "Printed", "Test by the rule", "Tests that give it"],
        rows=rows,
        caption="Printed P values and the tests of the printed counts that give them.",
        abbreviations=study.texts.abbreviations,
        widths=[2.2, 0.7, 1.2, 2.4],
        left=(0, 2, 3),
    )


def _names_of_p(printed: list[dict], known: dict[str, str]) -> dict[tuple[str, str], str]:
    """Name P values by what the audit calls them and where they stand, if that means one alone."""
    found: dict[tuple[str, str], set[str]] = {}
    for item in printed:
        if known[item["key"]].endswith(P_VALUE):
            for raw in _raw_names(item):
                found.setdefault((raw, item["where"]), set()).add(known[item["key"]])
    return {key: names.pop().removesuffix(f": {P_VALUE}")
            for key, names in found.items() if len(names) == 1}  # fmt: skip


def _raw_names(item: dict) -> list[str]:
    """Give how the audit, which knows no labels, names a P value; that of a variable also alone."""
    names = [item[name].replace("_", " ") for name in ("analysis", "endpoint", "term", "level")]
    alone = [item["term"]] if not item["endpoint"] and not item["level"] else []
    return [" ".join(name for name in names if name), *alone]


def _finding(item: dict, known: dict[str, str], named: dict[tuple[str, str], str]) -> Row:
    name = known.get(item["key"], item["key"].replace("/", ", "))
    why = ELSEWHERE.sub(
        lambda found: f"{found[1]}{named.get((found[2], found[3]), found[2])} ({found[3]})",
        sentence(item["message"]),
    )
    why += f" Proof: {item['proof']}." if item["proof"] else ""
    why += f" Smallest change: {item['mend']}." if item["mend"] else ""
    off = formats.significant(item["gap"], 2)
    return Row((f"{name} ({item['where']})", item["printed"], item["implied"], off, why))
