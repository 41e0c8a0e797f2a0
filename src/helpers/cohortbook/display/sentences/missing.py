"""Sentences about missing covariates: in whom, and what imputation changes."""

from __future__ import annotations

import pandas as pd

from ... import formats
from ...analysis.missing import COMPLETE
from ...formats import markdown as md
from ...results import pick
from ...study.study import Study
from ..words import counted, exposures, hr_with_p, listed, lower


def told(results: pd.DataFrame, study: Study) -> dict[str, str]:
    """Give each part by its name."""
    return {
        "missing": missing(results, study),
        "imputed": " ".join(
            filter(None, (_imputed(results, key, study) for key in study.endpoints))
        ),
        "tipping": " ".join(
            filter(None, (_tipping(results, key, study) for key in study.endpoints))
        ),
    }


def missing(results: pd.DataFrame, study: Study) -> str:
    """Say how many patients lack a covariate, and which."""
    counts = pick(results, statistic="missing", group="overall")
    lacking = counts[counts["estimate"] > 0]
    if lacking.empty:
        return ""
    patterns = pick(results, statistic="pattern")
    some, n = patterns.loc[patterns["term"] != "", "estimate"].sum(), int(counts.iloc[0]["n"])
    each = [
        f"{lower(md(study.variables[found['term']].label))} in {int(found['estimate'])} "
        f"({formats.percent(found['estimate'], n)}%)"
        for _, found in lacking.iterrows()
    ]
    return f"Of {n} patients {int(some)} lacked a covariate: {listed(each)}."


def _imputed(results: pd.DataFrame, endpoint: str, study: Study) -> str:
    if not study.compares:
        return ""
    part = pick(results, endpoint=endpoint, term="arm")
    complete, whole = pick(part, statistic=COMPLETE), pick(part, statistic="hr")
    if complete.empty or whole.empty:
        return ""
    before, after = complete.iloc[0], whole.iloc[0]
    label = lower(md(study.endpoints[endpoint].label))
    shown = [
        hr_with_p(found, study) if pd.notna(found["estimate"]) else "not estimable"
        for found in (before, after)
    ]
    if not before["n"]:
        return (
            f"For {label} nobody had all covariates; with the missing values imputed the "
            f"{exposures(study)} adjusted hazard ratio was {shown[1]} in all {int(after['n'])}."
        )
    return (
        f"For {label} the {exposures(study)} adjusted hazard ratio was {shown[0]} in the "
        f"{counted(int(before['n']), 'patient')} who lacked nothing, and {shown[1]} in all "
        f"{int(after['n'])} with the missing values imputed."
    )


def _tipping(results: pd.DataFrame, endpoint: str, study: Study) -> str:
    """Give the range of the treatment's ratio as a covariate's imputed values are moved."""
    told, label = [], lower(md(study.endpoints[endpoint].label))
    moved = pick(results, endpoint=endpoint, statistic="hr_delta").dropna(subset=["estimate"])
    for variable, part in moved.groupby("group", sort=False):
        low, high = (formats.ratio(end) for end in (part["estimate"].min(), part["estimate"].max()))
        by = [f"{end:g}".replace("-", formats.MINUS) for end in _ends(part)]
        name = lower(md(study.variables[variable].label))
        if len(part) == 1:
            told.append(
                f"With the imputed values of {name} moved by {by[0]} the ratio for {label} was "
                f"{low}."
            )
            continue
        told.append(
            f"With the imputed values of {name} moved by {by[0]} to {by[1]} the ratio for {label} "
            f"ranged from {low} to {high}."
        )
    return " ".join(told)


def _ends(part: pd.DataFrame) -> tuple[float, float]:
    deltas = part["level"].astype(float)
    return deltas.min(), deltas.max()
