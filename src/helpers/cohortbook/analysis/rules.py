"""The rules by which results are called few, wide, extreme or alike: each cut-off and fallback.

One place for all of them, so that a reader can judge them and an author can find them;
docs/rules.md is made from this list (`python -m cohortbook.analysis.rules`).
"""

from __future__ import annotations

from dataclasses import dataclass

from ..study.settings import AT_RISK, IMPUTED_PRECISION, PRECISION

OURS = "ours"


@dataclass(frozen=True)
class Rule:
    """A cut-off or fallback: its value, what it decides, and where it comes from."""

    value: float
    says: str
    source: str = OURS


FEW_EVENTS = 10.0
IMBALANCE = 0.1
WIDE = 10.0
EXTREME_WEIGHT = 10.0
HALF_SIZE = 0.5
AGREEING_SETS = 95.0
COMMON_OUTCOME = 0.15
PERMUTATIONS = 2000
BAND_PATHS = 2000
GRACE = 1.0
MOST_LOST = 50.0
PERMUTED_UP_TO = 2000
FEW_AT_RISK = 10
MOST_LEFT_OUT = 1000

RULES: dict[str, Rule] = {
    "Few events": Rule(
        FEW_EVENTS,
        "events for each parameter of a Cox model below which its estimates may be unstable; the "
        "number stands beside the adjusted ratio, and a permutation P beside Wald's",
        "Peduzzi et al., J Clin Epidemiol 1995; 48:1503",
    ),
    "Few at risk where patients enter late": Rule(
        FEW_AT_RISK,
        "at risk at an event, before the last patient has entered, below which the text says that "
        "the curve rests on few there",
    ),
    "Permutations": Rule(
        PERMUTATIONS,
        "draws of the permutation test of the adjusted ratio where events are few: arms are "
        "shuffled between patients; the least P that they can show is one over one more than them",
    ),
    "Band of a whole curve": Rule(
        BAND_PATHS, "simulated paths that the band of a difference over time rests on"
    ),
    "Permuted up to": Rule(
        PERMUTED_UP_TO, "patients; in a larger cohort no permutation test is made"
    ),
    "Precision of resampled limits": Rule(
        PRECISION,
        "of a ratio: draws of a bootstrap end when the Monte Carlo standard error of each "
        "percentile limit, seen in the order statistics beside it, is not above it "
        "(`robustness.precision`), or at the study's number of resamples; the number made and the "
        "error reached stand under the table",
    ),
    "Precision of imputations": Rule(
        IMPUTED_PRECISION,
        "of its standard error: completed copies are added (from 20 to 200) until the Monte Carlo "
        "standard error of each pooled coefficient, the root of the variance between copies over "
        "their number, is not above it (`missing.precision`)",
        "White, Royston and Wood, Stat Med 2011; 30:377; in stages: von Hippel, Sociol Methods Res "
        "2020; 49:699",
    ),
    "Left out one at a time": Rule(
        MOST_LEFT_OUT,
        "patients; in a larger cohort only those with the largest influence are left out in turn, "
        "and the text says how many",
    ),
    "Out of balance": Rule(
        IMBALANCE,
        "absolute standardised mean difference above which a variable is called out of balance",
        "Austin, Stat Med 2009; 28:3083",
    ),
    "Wide interval": Rule(
        WIDE, "times the lower limit: an upper limit above it is said to leave the size open"
    ),
    "Extreme weight": Rule(
        EXTREME_WEIGHT,
        "inverse probability weight above which it is called extreme, a propensity below a tenth",
        "Crump et al., Biometrika 2009; 96:187 (propensities outside 0.1 to 0.9)",
    ),
    "Resamples without an estimate": Rule(
        MOST_LOST,
        "per cent of the resamples: where more of them give no finite estimate, the bootstrap "
        "gives no interval",
    ),
    "Effective size": Rule(
        HALF_SIZE,
        "of an arm's patients: weights that leave a smaller effective size are called extreme",
    ),
    "Sets that agree": Rule(
        AGREEING_SETS,
        "per cent of the sets of covariates that must lead where the main analysis does",
    ),
    "Horizon of the restricted mean": Rule(
        AT_RISK,
        "of each arm still at risk: the restricted mean runs to the last month at which so many "
        "are (`robustness.horizon_at_risk`), or to `robustness.horizon` where that is given and "
        "both curves are known so far",
        "ours; that a horizon should not lie where few are at risk: Royston and Parmar, BMC Med "
        "Res Methodol 2013; 13:152",
    ),
    "Left follow-up": Rule(
        GRACE,
        "month before the cut-off: the last contact of a patient without the event that lies "
        "earlier counts as lost before it",
    ),
    "Common outcome": Rule(
        COMMON_OUTCOME,
        "share with the event above which the E-value takes the hazard ratio's square-root "
        "transformation",
        "VanderWeele and Ding, Ann Intern Med 2017; 167:268",
    ),
}

FALLBACKS: dict[str, str] = {
    "A factor of several levels": "is judged by the joint Wald test of its levels, never by one "
    "level; where a level has no finite estimate by the likelihood ratio test of the factor. "
    "Source: Heinze and Schemper, Biometrics 2001; 57:114.",
    "Limits of the bootstrap": "are BCa, and percentiles where BCa has a doubt. Source: Efron, "
    "J Am Stat Assoc 1987; 82:171; the fallback is ours.",
    "A landmark by which nobody had the event": "repeats the main analysis: all sets at risk are "
    "the same. It is shown and not judged. Ours.",
    "An adjustment for the number of tests": "is no check of a finding whose own P is not below "
    "the level: it cannot come out otherwise. Ours.",
    "Patients not evaluable": "counted another way are no check where there are none. Ours.",
    "A finding without a finite ratio": "(all events on one side) is judged by its log-rank P, and "
    "checks without an estimate are not judged. Ours.",
    "A ratio that is printed as 1.000": "lies on neither side of one. Ours.",
    "A finding": "is judged by checks of the same contrast: the adjusted ratio by adjusted "
    "models and by weights made of the same covariates, the unadjusted one by unadjusted "
    "estimates. Both by their own Wald test; the log-rank P stands beside. Ours.",
    "The crude ratio before the adjusted one": "is given again in the patients of the adjusted "
    "model where a missing covariate leaves some out. Ours.",
    "A cut-point hides a slope": "where the continuous variable beside its own levels has a "
    "likelihood ratio P below the level (`splines`). Ours.",
    "A band above or below zero": "is told from when to when, at times where it leaves and comes "
    "back; the interval at one time is never asked for that. Ours.",
    "The primary endpoint": "is the study's `primary`; without it the first endpoint of the file, "
    "and the report says that the file names none. Ours.",
}


def page() -> str:
    """Give the page of the documentation, as Markdown."""
    lines = [
        "# The rules of the report",
        "",
        "Where a sentence says few, wide, extreme, out of balance or unchanged, one of these "
        "rules stands behind it. They are in one module, `analysis/rules.py`, and this page is "
        "made from it: `python -m cohortbook.analysis.rules > docs/rules.md`.",
        "",
        "| rule | value | what it decides | source |",
        "|---|---|---|---|",
    ]
    lines += [f"| {name} | {rule.value:g} | {rule.says} | {rule.source} |"
              for name, rule in RULES.items()]  # fmt: skip
    lines += ["", "What is done where the usual way is not open, and what is not judged:", ""]
    lines += [f"- **{name}** {text}" for name, text in FALLBACKS.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
