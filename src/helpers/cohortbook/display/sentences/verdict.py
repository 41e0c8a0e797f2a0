"""Sentences about response, the number of tests, and how the findings fare under all checks."""

from __future__ import annotations

import pandas as pd

from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import capital, counted, listed, number_beside, p_equals, p_text
from .checks import MULTIPLICITY, RATES, finding_name


def response(results: pd.DataFrame, study: Study) -> str:
    """Say whether the treatment of the not evaluable, or a few patients, decide the rates."""
    return " ".join(_rate(pick(results, term=term), name, study) for term, name in RATES.items())


def _rate(part: pd.DataFrame, name: str, study: Study) -> str:
    tests = pick(part, statistic="p_value")
    known = tests["p_value"].dropna()
    below = int((known < study.statistics.alpha).sum())
    if len(known) < 2:
        text = f"The {name} was compared in one way only."
    elif below in (0, len(known)):
        kind = "significant" if below else "not significant"
        text = f"The difference in {name} was {kind} in whichever way"
        text += f" the patients not evaluable were counted ({_between(known, study)})."
    else:
        text = (
            f"Whether the difference in {name} was significant depended on how the patients "
            f"not evaluable were counted ({_between(known, study)})."
        )
    return f"{text} {_fragility(one(part, statistic='fragility'))}".strip()


def _between(known: pd.Series, study: Study) -> str:
    """Print the span of several P values, between 0.029 and 0.034, or what all print alike."""
    low, high = (p_text(value, study) for value in (known.min(), known.max()))
    return f"*P* between {low} and {high}" if low != high else p_equals(known.min(), study)


def _fragility(found: pd.Series) -> str:
    if pd.isna(found["estimate"]):
        return ""
    return (
        f"By Fisher's exact test {counted(int(found['estimate']), 'patient')} with the other "
        "outcome would have turned the result."
    )


def adjustment(study: Study) -> str:
    """Say what stands beside the *P* values of all tests; nothing if they are not adjusted."""
    if study.robustness.p_adjustment == "none":
        return ""
    return "Each *P* value is given before and after adjustment for their number."


def multiplicity(results: pd.DataFrame, study: Study) -> str:
    """Say which tests stay significant after adjustment for their number."""
    asked, alpha = study.robustness.p_adjustment, study.statistics.alpha
    tests = pick(results, statistic="test")
    before = int((tests["p_value"] < alpha).sum())
    made = int(tests["p_value"].notna().sum())
    text = (
        f"Of {counted(made, 'test')} that compare{'s' * (made == 1)} the arms, "
        f"{number_beside(before, made)} had a *P* value below the significance level"
    )
    if asked == "none":
        return f"{text}."
    after = pick(results, statistic=asked.replace("-", "_"))
    kept = after[after["p_value"] < alpha]
    names = [md(finding_name(test, study)) for _, test in kept.iterrows()]
    named = f": {listed(names)}" if names else ""
    return (
        f"{text}, and {number_beside(len(kept), made)} after adjustment by "
        f"{MULTIPLICITY[asked]}'s method{named}."
    )


def _of_them(passed: int, made: int) -> str:
    return "every one" if passed == made else f"{passed or 'none'} of them"


def totals(results: pd.DataFrame, study: Study) -> str:
    """Say how many findings survive all checks, and which survive fewest."""
    survived = pick(results, statistic="survived")
    survived = survived[survived["n"] > 0]
    if survived.empty:
        return "No finding of the main analysis could be put to a check."
    whole = survived[survived["estimate"] == survived["n"]]
    made, passed = int(survived["n"].sum()), int(survived["estimate"].sum())
    text = (
        f"The {counted(len(survived), 'finding')} of the main analysis were held against "
        f"{counted(made, 'check')} in all and kept their conclusion under {_of_them(passed, made)}."
        if len(survived) > 1
        else f"The one finding of the main analysis was held against {counted(made, 'check')} and kept "
        f"its conclusion under {_of_them(passed, made)}."
    )
    lost = int(pick(results, statistic="check")["estimate"].isna().sum())
    text += f" {capital(counted(lost, 'check'))} could not be made." if lost else ""
    if len(whole) == len(survived):
        return text
    names = [md(finding_name(r, study)) for _, r in whole.iterrows()]
    text += (
        f" {capital(listed(names))} kept it under every check."
        if names
        else " None kept it under every check."
    )
    share = survived["estimate"] / survived["n"]
    weakest = [
        f"{md(finding_name(r, study))} ({r['estimate']:.0f} of {r['n']:.0f})"
        for _, r in survived[share == share.min()].iterrows()
    ]
    return f"{text} Least robust: {listed(weakest)}."
