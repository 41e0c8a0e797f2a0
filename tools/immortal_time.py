"""How often each analysis of a treatment that begins in follow-up finds an effect where none is.

    python tools/immortal_time.py --cohorts 2000 --resamples 400

Cohorts of the default study's size in which the treatment does nothing. A covariate drives both
death and the start of the treatment, and every model has it. Prints a table in Markdown, which
docs/immortal-time.md holds.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from cohortbook.stats.clone_censor import clone_censor_weight
from cohortbook.stats.counting import immortal_time, mantel_byar
from cohortbook.stats.late_treatment import (
    cox_landmark,
    cox_naive,
    cox_time_dependent,
    sequential_trials,
)

SIZE, ALPHA = 52, 0.05
EFFECT = 0.5  # of the covariate, on the log hazard of both
NAMES = (
    "naive, by final group", "landmark", "time-dependent Cox", "Mantel-Byar (no covariate)",
    "clone-censor-weight, robust", "clone-censor-weight, bootstrap", "sequential trials",
)  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """Months: median survival, when the treatment begins, and the landmark and grace period."""

    name: str
    median: float
    wait: tuple[float, float]  # shortest, and mean beyond that
    landmark: float


SCENARIOS = (
    Scenario("starts spread over months", 8.0, (0.0, 6.0), 4.0),
    Scenario("starts within two weeks of each other, as in the default study", 8.0, (0.33, 0.06),
             0.46),
)  # fmt: skip


def cohort(scenario: Scenario, rng: np.random.Generator):
    """Draw times, events, starts and the covariate of one cohort without an effect."""
    x = rng.normal(size=SIZE)
    death = rng.exponential(scenario.median / np.log(2), SIZE) / np.exp(EFFECT * x)
    censor = rng.uniform(6, 30, SIZE)
    least, mean = scenario.wait
    start = least + rng.exponential(mean, SIZE) / np.exp(-EFFECT * x)
    start[rng.random(SIZE) < 0.4] = np.nan  # not meant for it
    return np.minimum(death, censor), death <= censor, start, x


def rejected(
    scenario: Scenario, seed: int, resamples: int
) -> tuple[list[float], list[float], float]:
    """Say which analyses reject in one cohort (NaN = no estimate), log ratios, share immortal."""
    time, event, start, x = cohort(scenario, np.random.default_rng(seed))
    fits = [
        cox_naive(time, event, start, x, ties="efron"),
        cox_landmark(time, event, start, scenario.landmark, x, ties="efron"),
        cox_time_dependent(time, event, start, x, ties="efron"),
    ]
    clones = clone_censor_weight(time, event, start, scenario.landmark, x, resamples=resamples,
                                 seed=seed)  # fmt: skip
    trials = sequential_trials(time, event, start, x)
    limits = clones.bootstrap
    outside = float(limits.conf_low > 1 or limits.conf_high < 1) if np.isfinite(
        limits.conf_low) else np.nan  # fmt: skip
    found = [_rejects(fit.p[-1]) for fit in fits]
    found += [_rejects(mantel_byar(time, event, start).p), _rejects(clones.fit.p[-1]), outside,
              _rejects(trials.fit.p[-1])]  # fmt: skip
    effects = [fit.coef[-1] for fit in fits]
    effects += [np.nan, clones.fit.coef[-1], clones.fit.coef[-1], trials.fit.coef[-1]]
    return found, effects, immortal_time(time, event, start).share_of_treated


def _rejects(p: float) -> float:
    return float(p < ALPHA) if np.isfinite(p) else np.nan


def table(scenario: Scenario, cohorts: int, resamples: int) -> str:
    """Run one scenario and put it in Markdown."""
    runs = [rejected(scenario, seed, resamples) for seed in range(cohorts)]
    found, effects = (np.array([run[i] for run in runs]) for i in (0, 1))
    share = np.nanmean([run[2] for run in runs])
    lines = [
        f"### {scenario.name.capitalize()}\n",
        f"{cohorts:,} cohorts of {SIZE}; {100 * share:.0f} % of the treated's person-time was "
        f"before the treatment. Landmark and grace period {scenario.landmark:g} months.\n",
        "| analysis | rejects at 5 % | Monte Carlo error | median hazard ratio |",
        "|---|---|---|---|",
    ]  # fmt: skip
    for name, column, effect in zip(NAMES, found.T, effects.T, strict=True):
        known = column[~np.isnan(column)]
        rate = known.mean()
        error = np.sqrt(rate * (1 - rate) / known.size)
        ratio = "" if np.isnan(effect).all() else f"{np.exp(np.nanmedian(effect)):.2f}"
        lines.append(f"| {name} | {100 * rate:.1f} % | {100 * error:.1f} % | {ratio} |")
    return "\n".join(lines)


def main() -> None:
    """Run all scenarios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohorts", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=400)
    asked = parser.parse_args()
    for scenario in SCENARIOS:
        print(table(scenario, asked.cohorts, asked.resamples), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
