"""Sentences about the patients and the balance of the arms."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.rules import IMBALANCE
from ...formats import markdown as md
from ...results import mark_of, pick
from ...study.study import Study
from ..words import arm, calls_significant, counted, listed, lower, number_word


def patients(study: Study, n_by_arm: dict[str, int]) -> str:
    """Say how many patients there are in each arm."""
    parts = [f"{n_by_arm[a.code]} in {_the_arm(arm(study, a.code))}" for a in study.arms]
    total = sum(n_by_arm.values())
    kind = "synthetic patients" if study.synthetic else "patients"
    arms = f": {listed(parts)}" if study.compares else ""
    return f"The cohort comprised {total} {kind}{arms}."


def _the_arm(label: str) -> str:
    """Name an arm in a sentence; one called Arm A or Control group is not called an arm again."""
    said = {"arm", "group"} & set(label.casefold().split())
    return label if said else f"the {label} arm"


def balance(results: pd.DataFrame, study: Study) -> str:
    """Say how alike the arms were at baseline, by P values and standardised differences."""
    if not study.compares:
        return ""
    tests = pick(results, statistic="p_value").dropna(subset=["p_value"])
    low = tests[tests["p_value"] < study.statistics.alpha]
    smd = pick(results, statistic="smd").dropna(subset=["estimate"])
    size = smd["estimate"].abs()
    alpha = formats.level(study.statistics.alpha)
    many = len(study.arms) > 2
    of_all = f" of all {number_word(len(study.arms))} arms" if many else ""
    text = f"Of {counted(len(tests), 'baseline comparison')}{of_all}, {number_word(len(low))} "
    level = "the significance level" if calls_significant(study) else alpha
    of_alpha = f" of {alpha}" * calls_significant(study)
    text += f"had a *P* value below {level}{of_alpha}"
    text += f" ({listed(_labels(study, low))})." if len(low) else "."
    if size.empty:
        return text
    worst = smd.loc[size.idxmax()]
    above = int((size > IMBALANCE).sum())
    of_pair = " of the two arms that differ most" if many else ""
    return (
        f"{text} The absolute standardised mean difference{of_pair} exceeded "
        f"{formats.number(IMBALANCE, 1)} for {number_word(above)} of "
        f"{counted(len(smd), 'variable')}; it was "
        f"largest for {lower(md(study.variables[worst['term']].label))} "
        f"({formats.number(abs(worst['estimate']), 2)}). A *P* value above {level} "
        "does not show balance."
    )


def missing(results: pd.DataFrame, study: Study) -> str:
    """Count missing baseline values by variable and arm."""
    absent = pick(results, statistic="missing", group="overall")
    absent = absent[absent["estimate"] != 0]
    if absent.empty:
        return "No baseline value was missing."
    parts = [
        f"{lower(md(study.variables[r['term']].label))} "
        f"({_count(r)}{_by_arm(results, study, r['term'])})"
        for _, r in absent.iterrows()
    ]
    return (
        f"Baseline values were missing for {listed(parts)}; those patients are left out of the row."
    )


def _by_arm(results: pd.DataFrame, study: Study, term: str) -> str:
    """Say how the missing of a variable fall to the arms: ": 1 with ICIs and 2 with MWA"."""
    if not study.compares:
        return ""
    found = pick(results, statistic="missing", term=term).set_index("group", drop=False)
    shown = [f"{_count(found.loc[code])} with {arm(study, code)}" for code in study.arm_codes]
    return f": {listed(shown)}"


def _count(result: pd.Series) -> str:
    return md(formats.count(result["estimate"], mark_of(result)))


def _labels(study: Study, rows: pd.DataFrame) -> list[str]:
    return [lower(md(study.variables[term].label)) for term in rows["term"]]
