"""How often limits hold what they should: imputation, bands, bootstrap, weights, pairs.

    python tools/interval_coverage.py --cohorts 2000

Cohorts drawn from a known model; prints a table in Markdown, which docs/analyses.md holds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from cohortbook.stats.bootstrap import bca_limits, percentile_limits, resample_counts
from cohortbook.stats.changing_effect import difference_over_time
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.cox_batch import cox_batch
from cohortbook.stats.imputation import Incomplete, impute, nelson_aalen
from cohortbook.stats.matching import matched_cox, nearest_matches, optimal_matches
from cohortbook.stats.pooling import pool_cox
from cohortbook.stats.propensity import inverse_weights, overlap_weights, propensity
from cohortbook.stats.standardised import standardised_curves

EFFECTS = np.array([-0.5, 0.5, 0.6])  # treatment, marker, performance status
AT = 10.0


def cohort(rng: np.random.Generator, n: int):
    """Draw times, events, and treatment, marker and status, of which the latter two go together."""
    treated = rng.integers(0, 2, n).astype(float)
    marker = rng.normal(size=n)
    status = (rng.random(n) < 1 / (1 + np.exp(-0.7 * marker))).astype(float)
    x = np.column_stack([treated, marker, status])
    death = rng.exponential(14, n) / np.exp(x @ EFFECTS)
    censor = rng.uniform(5, 40, n)
    return np.minimum(death, censor), death <= censor, x


def imputed(seed: int) -> list[bool]:
    """Whether pooled limits hold the three log hazard ratios, a third of the values missing."""
    rng = np.random.default_rng(seed)
    time, event, x = cohort(rng, 250)
    gone = rng.random(x.shape) < 1 / (1 + np.exp(1.2 - 0.8 * event[:, None]))
    gone[:, 0] = False
    lost = np.where(gone, np.nan, x)
    marker = Incomplete("marker", "continuous", lost[:, 1])
    status = Incomplete("status", "binary", lost[:, 2])
    done = impute(
        [marker, status],
        np.column_stack([x[:, 0], event, nelson_aalen(time, event)]), m=20, iterations=5, seed=seed,
    )  # fmt: skip
    found = pool_cox([cox_fit(time, event, np.column_stack([x[:, 0], one]), ties="efron")
                      for one in done.values])  # fmt: skip
    low, high = found.limits
    return list((low < EFFECTS) & (high > EFFECTS))


def banded(seed: int) -> list[bool]:
    """Whether the bands hold the whole true difference of survival, and of restricted means."""
    rng = np.random.default_rng(seed)
    treated = np.repeat([0.0, 1.0], 100)
    death = rng.exponential(np.where(treated > 0, 12.0, 8.0))
    censor = rng.uniform(5, 40, 200)
    time, event = np.minimum(death, censor), death <= censor
    out = []
    for of in ("survival", "rmst"):
        found = difference_over_time(time, event, treated, of=of, between=(1, 20), draws=500,
                                     seed=seed)  # fmt: skip
        t = found.time
        true = np.exp(-t / 12) - np.exp(-t / 8)
        if of == "rmst":
            true = 12 * (1 - np.exp(-t / 12)) - 8 * (1 - np.exp(-t / 8))
        out.append(bool(((found.band_low <= true) & (true <= found.band_high)).all()))
    return out


def true_difference() -> float:
    """Difference of survival at `AT` if everybody, or nobody, were treated."""
    _, _, x = cohort(np.random.default_rng(0), 2_000_000)
    arms = [np.exp(-AT / 14 * np.exp(arm * EFFECTS[0] + x[:, 1:] @ EFFECTS[1:])) for arm in (0, 1)]
    return float((arms[1] - arms[0]).mean())


def standardised(seed: int, true: float = np.nan) -> list[bool]:
    """Whether bootstrap limits hold the difference of the standardised curves."""
    time, event, x = cohort(np.random.default_rng(seed), 250)
    found = standardised_curves(time, event, x[:, 0], x[:, 1:], [AT], draws=400, seed=seed)
    low, high = found.limits()
    return [bool(low[0] <= true <= high[0])]


def confounded(rng: np.random.Generator, n: int):
    """Draw a cohort whose treatment does nothing and goes with the marker and the status."""
    _, _, x = cohort(rng, n)
    chance = 1 / (1 + np.exp(0.25 - 0.5 * x[:, 1] - 0.5 * x[:, 2]))
    x[:, 0] = rng.random(n) < chance
    death = rng.exponential(14, n) / np.exp(x[:, 1:] @ EFFECTS[1:])
    censor = rng.uniform(5, 40, n)
    return np.minimum(death, censor), death <= censor, x


def alike(seed: int) -> list[bool]:
    """Whether limits of weighted and matched comparisons hold a hazard ratio of one."""
    time, event, x = confounded(np.random.default_rng(seed), 250)
    treated = x[:, 0]
    score = propensity(treated, x[:, 1:]).score[0]
    fits = [cox_fit(time, event, treated, weights=weigh(treated, score), robust=True, ties="efron")
            for weigh in (overlap_weights, inverse_weights)]  # fmt: skip
    pairs = nearest_matches(np.log(score / (1 - score)), treated, caliper=0.2)
    fits += [matched_cox(time, event, treated, pairs, paired=paired, ties="efron")
             for paired in (False, True)]  # fmt: skip
    return [bool(fit.conf_low[0] <= 1 <= fit.conf_high[0]) for fit in fits]


def pairs(seed: int) -> list[bool]:
    """Whether limits of many pairs hold a hazard ratio of one, by who is matched first."""
    time, event, x = confounded(np.random.default_rng(seed), 1000)
    score = propensity(x[:, 0], x[:, 1:]).score[0]
    logit = np.log(score / (1 - score))
    found = [nearest_matches(logit, x[:, 0], caliper=0.2, order=order)
             for order in ("closest", "largest")]  # fmt: skip
    found.append(optimal_matches(logit, x[:, 0], caliper=0.2))
    fits = [matched_cox(time, event, x[:, 0], one, ties="efron") for one in found]
    return [bool(fit.conf_low[0] <= 1 <= fit.conf_high[0]) for fit in fits]


def resampled(seed: int) -> list[bool]:
    """Whether bootstrap limits hold an adjusted hazard ratio, and a weighted one."""
    rng = np.random.default_rng(seed)
    time, event, x = cohort(rng, 150)
    n = len(time)
    counts, without = resample_counts(n, 1000, rng), 1 - np.eye(n)
    draws, left_out = (cox_batch(time, event, x, weights, ties="efron").coef[:, 0]
                       for weights in (counts, without))  # fmt: skip
    estimate = float(cox_fit(time, event, x, ties="efron").coef[0])
    limits = [(percentile_limits(draws), EFFECTS[0]),
              (bca_limits(draws, estimate, left_out), EFFECTS[0])]  # fmt: skip
    time, event, x = confounded(rng, n)
    scores = propensity(x[:, 0], x[:, 1:], counts).score
    weights = np.where(counts > 0, counts * overlap_weights(x[:, 0], scores), 0.0)
    draws = cox_batch(time, event, x[:, :1], weights, replicates=False, ties="efron").coef[:, 0]
    limits.append((percentile_limits(draws), 0.0))
    return [bool(found.conf_low <= true <= found.conf_high) for found, true in limits]


TASKS: dict[str, tuple[Callable[..., list[bool]], tuple[str, ...]]] = {
    "imputation": (imputed, (
        "multiple imputation: treatment, complete", "multiple imputation: continuous, 35 % missing",
        "multiple imputation: binary, 35 % missing",
    )),
    "bands": (banded, ("band of the difference of survival", "band of the difference of "
                       "restricted means")),
    "alike": (alike, (
        "overlap weights, robust", "inverse probability weights, robust",
        "matched pairs within a caliper, pairs as clusters", "the same, pairs as strata",
    )),
    "pairs": (pairs, (
        "1,000 patients, about half of them treated: pairs within 0.2 SD, the closest first",
        "the same, the largest scores first", "the same, optimal pairs",
    )),
    "resampled": (resampled, (
        "adjusted hazard ratio, percentile bootstrap", "adjusted hazard ratio, BCa bootstrap",
        "overlap weights, percentile bootstrap with the score estimated anew",
    )),
    "standardised": (standardised, ("standardised curves, difference at 10 months, bootstrap",)),
}  # fmt: skip


def main() -> None:
    """Run all tasks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohorts", type=int, default=2000)
    parser.add_argument("--only", choices=TASKS)
    asked = parser.parse_args()
    print("| limits | hold the truth | Monte Carlo error |\n|---|---|---|")
    for name, (task, labels) in TASKS.items():
        if asked.only not in (None, name):
            continue
        more = {"true": true_difference()} if name == "standardised" else {}
        held = np.array([task(seed, **more) for seed in range(asked.cohorts)])
        for label, share in zip(labels, held.mean(axis=0), strict=True):
            error = np.sqrt(share * (1 - share) / len(held))
            print(f"| {label} | {100 * share:.1f} % | {100 * error:.1f} % |", flush=True)


if __name__ == "__main__":
    main()
