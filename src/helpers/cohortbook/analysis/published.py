"""Printed results beside those computed here, matched by key."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ..cohort.cohort import Cohort
from ..published import load_published
from ..results import KEYS, frame, row
from ..study.study import Study
from .baseline import baseline
from .cox import prognostic_factors
from .response import response
from .safety import discontinuation, procedure_events, safety
from .survival import survival

RATIO_COLUMNS = ["key", "agrees", "label", "quantity"] + [
    f"{source}{end}" for source in ("printed", "recomputed") for end in ("", "_low", "_high")
]
EQUAL, ROUNDING, DIFFERS, ABSENT = "equal", "rounding", "differs", "absent"


def statistics_of(cohort: Cohort) -> pd.DataFrame:
    """Compute every statistic that the report's main analyses give, in one tidy frame."""
    study = cohort.study
    parts = [_sizes(cohort), baseline(cohort)]
    populations = [cohort, *(cohort.subgroup(group) for group in study.subgroups)]
    parts += [survival(part, endpoint) for part in populations for endpoint in study.endpoints]
    if study.response:
        parts.append(response(cohort))
    if study.cox:
        parts += [prognostic_factors(cohort, endpoint) for endpoint in study.endpoints]
    if cohort.adverse_events is not None:
        parts.append(safety(cohort))
        if study.adverse_events.procedure_hours:
            parts.append(procedure_events(cohort))
    if study.discontinuation:
        parts.append(discontinuation(cohort))
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def compare_with_print(results: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Match each printed statistic with ours and say how near they are.

    Parameters
    ----------
    results : DataFrame
        From `statistics_of`.
    folder : Path
        The study folder, with `published.yml`.

    Returns
    -------
    DataFrame
        The columns of `Published.frame`, and `computed`, `difference` (computed minus printed),
        `relative` (ratio minus 1 where the printed value is not 0) and `verdict`: "equal" (rounds
        to what was printed), "rounding" (one unit of the last printed digit away), "differs" or
        "absent" (nothing of ours has this key).
    """
    printed = load_published(folder).frame()
    ours = results.drop_duplicates(KEYS).set_index(KEYS)
    computed = [_computed(ours, item) for item in printed.to_dict("records")]
    out = printed.assign(computed=pd.Series(computed, dtype=float))
    out["difference"] = out["computed"] - out["value"]
    out["relative"] = out["computed"] / out["value"].where(out["value"] != 0) - 1
    out["verdict"] = [_verdict(item) for item in out.to_dict("records")]
    return out


def ratios_in_print(compared: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Give each printed hazard ratio beside ours, limits included.

    Returns
    -------
    DataFrame
        Columns key, label, quantity (endpoint and model), scale, printed, printed_low,
        printed_high, recomputed, recomputed_low, recomputed_high, agrees (whether the estimate is
        the printed one to a unit of its last digit). What is printed several times counts once.
    """
    ratios = compared[(compared["statistic"] == "hr") & compared["column"].ne("p_value")]
    rows = []
    for keys, part in ratios.groupby(KEYS, sort=False):
        item = dict(zip(KEYS, keys, strict=True))
        # what is printed twice, as in text and table, counts once
        cells = part.assign(column=part["column"].replace("", "estimate")).groupby("column").last()
        if "estimate" not in cells.index:
            continue
        agrees = cells.loc["estimate", "verdict"] in (EQUAL, ROUNDING)
        rows.append(
            {"key": part.iloc[0]["key"], "agrees": agrees, **_ratio_names(item, study)}
            | {
                f"{name}{suffix}": cells[source].get(column, float("nan"))
                for name, source in (("printed", "value"), ("recomputed", "computed"))
                for suffix, column in (
                    ("", "estimate"),
                    ("_low", "conf_low"),
                    ("_high", "conf_high"),
                )
            }
        )
    return pd.DataFrame(rows, columns=RATIO_COLUMNS).assign(scale="log")


def spread_of_tests(tests: pd.DataFrame) -> pd.DataFrame:
    """Give each printed P with the smallest and the largest that a test of the counts gives.

    Parameters
    ----------
    tests : DataFrame
        From `audit.tests_behind`.

    Returns
    -------
    DataFrame
        Tidy results, analysis "tests": `p_value`, the key in `term` and the place in `level`.
    """
    of_tests = tests.drop(columns=["key", "where", "printed", "stated", "giving"]).astype(float)
    printed = pd.to_numeric(tests["printed"].str.strip("<> ="), errors="coerce")
    return frame(
        row("tests", "p_value", p, term=key, level=where, conf_low=low, conf_high=high)
        for p, key, where, low, high in zip(
            printed, tests["key"], tests["where"], of_tests.min(axis=1), of_tests.max(axis=1),
            strict=True,
        )
    )  # fmt: skip


def counted_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """Count what an audit found, by what was checked (`term`) and how grave it is (`level`)."""
    counts = findings.groupby(["severity", "check"], sort=False).size()
    return frame(
        row("findings", "count", n, term=check, level=severity)
        for (severity, check), n in counts.items()
    )


def _ratio_names(item: dict, study: Study) -> dict[str, str]:
    model = "multivariable" if item["analysis"] == "cox_multivariable" else "univariable"
    endpoint = study.endpoints.get(item["endpoint"])
    variable = study.variables.get(item["term"])
    label = variable.label if variable else study.exposure_label
    if item["level"] and variable:
        label += f": {study.level_label(item['term'], item['level'])}"
    return {"label": label, "quantity": f"{endpoint.short if endpoint else ''}, {model} HR"}


def _sizes(cohort: Cohort) -> pd.DataFrame:
    rows = [row("flow", "n", n, group=arm) for arm, n in cohort.n_by_arm.items()]
    return frame([*rows, row("flow", "n", len(cohort), group="overall")])


def _computed(ours: pd.DataFrame, item: dict) -> float:
    key = tuple(item[column] for column in KEYS)
    if key not in ours.index:
        return float("nan")
    return float(ours.loc[key, item["column"] or "estimate"])


def _verdict(item: dict) -> str:
    computed = item["computed"]
    if pd.isna(computed):
        return ABSENT
    if item["relation"] in ("<", ">"):
        beyond = computed < item["value"] if item["relation"] == "<" else computed > item["value"]
        return EQUAL if beyond else DIFFERS
    if item["low"] <= computed <= item["high"]:
        return EQUAL
    # a unit of the last digit is rounding of rounded numbers; beyond it is another result
    unit = 10.0 ** -item["decimals"]
    return ROUNDING if item["low"] - unit <= computed <= item["high"] + unit else DIFFERS
