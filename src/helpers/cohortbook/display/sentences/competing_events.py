"""Sentences about events that compete: how often each comes, by arm, and what the models find."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.competing import ADJUSTED, CRUDE, EVENT
from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import arm, clauses, hr_with_p, listed, lower, p_equals

MODELS = {
    "cause_specific_hr": "cause-specific hazard ratio",
    "subdistribution_hr": "subdistribution hazard ratio",
}


def cause_name(study: Study, endpoint: str, code: str) -> str:
    """Name a cause: the endpoint's own event, or a competing state by its label."""
    spec = study.endpoints[endpoint]
    if code == EVENT:
        return spec.event_label
    return next((s.printed for s in spec.competing if str(s.code) == code), code)


def told(results: pd.DataFrame, study: Study) -> dict[str, str]:
    """Give each part by its name."""
    ends = [key for key in study.endpoints if len(pick(results, endpoint=key))]
    return {
        "incidence": " ".join(filter(None, (_incidence(results, key, study) for key in ends))),
        "effects": " ".join(filter(None, (_effects(results, key, study) for key in ends))),
    }


def _incidence(results: pd.DataFrame, endpoint: str, study: Study) -> str:
    """Give the incidence of each cause at the last milestone that every arm was followed to."""
    part = pick(results, endpoint=endpoint, statistic="incidence")
    part = part[part["group"] != "overall"] if study.compares else pick(part, group="overall")
    whole = part[part["note"] == ""]
    groups = part["group"].nunique()
    months = [m for m in dict.fromkeys(whole["term"])
              if pick(whole, term=m)["group"].nunique() == groups]  # fmt: skip
    if not months:
        return ""
    last, conf = months[-1], formats.conf_label(study.statistics.conf_level)
    parts = []
    for cause in dict.fromkeys(whole["level"]):
        at = pick(whole, term=last, level=cause)
        shares = [_share(row, conf, study) for _, row in at.iterrows()]
        parts.append(f"{md(cause_name(study, endpoint, cause))} in {listed(shares)}")
    label = lower(md(study.endpoints[endpoint].label))
    return f"For {label} the cumulative incidence by month {last} was {clauses(parts)}."


def _share(row: pd.Series, conf: str, study: Study) -> str:
    low, high = (formats.percentage(row[name], 1) for name in ("conf_low", "conf_high"))
    # limits that meet, as where nobody had the event, tell nothing of how sure it is
    limits = f" ({conf} {low} to {high})" if row["conf_low"] < row["conf_high"] else ""
    who = f" with {arm(study, row['group'])}" if row["group"] != "overall" else ""
    return f"{formats.percentage(row['estimate'], 1)}%{limits}{who}"


def _effects(results: pd.DataFrame, endpoint: str, study: Study) -> str:
    """Give Gray's tests, where there are, and the hazard ratios of both models; "" without arms."""
    part = pick(results, endpoint=endpoint)
    causes = dict.fromkeys(pick(part, statistic="cause_specific_hr")["level"])
    if not causes:
        return ""
    model = ADJUSTED if len(pick(part, term=ADJUSTED)) else CRUDE
    ratios = []
    for cause in causes:
        named = md(cause_name(study, endpoint, cause))
        found = {name: one(part, statistic=statistic, term=model, level=cause)
                 for statistic, name in MODELS.items()}  # fmt: skip
        if all(pd.isna(ratio["estimate"]) for ratio in found.values()):
            ratios.append(f"of {named} none that could be estimated")
            continue
        both = []
        for name, ratio in found.items():
            value = hr_with_p(ratio, study) if pd.notna(ratio["estimate"]) else "not estimable"
            both.append(f"the {name} {value}")
        ratios.append(f"of {named} {listed(both)}")
    return (
        f"{_tests(part, endpoint, study)} {model} ratios of "
        f"{arm(study, study.comparison_arm.code)} against {arm(study, study.reference_arm)} were: "
        f"{clauses(ratios)}."
    )


def _tests(part: pd.DataFrame, endpoint: str, study: Study) -> str:
    """Give Gray's tests, to "The", with which the next sentence begins; none with late entry."""
    label, tests = lower(md(study.endpoints[endpoint].label)), pick(part, statistic="gray")
    if tests.empty:
        return f"For {label} the"
    names = [md(cause_name(study, endpoint, cause)) for cause in tests["level"]]
    pairs = list(zip(tests["p_value"], names, strict=True))
    shown = listed([f"{p_equals(p, study)} for {name}" for p, name in pairs if pd.notna(p)])
    lost = listed([name for p, name in pairs if pd.isna(p)])
    gave = [f"gave {shown}"] * bool(shown) + [f"could not be made for {lost}"] * bool(lost)
    return f"Gray's test of {label} {', and '.join(gave)}. The"
