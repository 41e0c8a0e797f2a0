"""How close a core table comes to print: every model fitted, nothing shared with the search.

``python -m reconstruction.score CORE.csv``
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2, mannwhitneyu, norm

from .details_core import check_core
from .targets import (
    ENDPOINTS,
    GROUPS,
    MODELS,
    POPULATIONS,
    PUBLISHED,
    TERMS,
    Z_975,
    Targets,
    load_targets,
)


def design(core: pd.DataFrame) -> np.ndarray:
    """Give the 11 covariates in the order of `TERMS`, shape (n, 11)."""
    columns = [
        core["age"],
        core["sex"] == "F",
        core["ecog"],
        core["hbsag"],
        core["afp400"],
        core["cnlc"] == "IIb",
        core["cnlc"] == "IIIb",
        core["tbil_gt20"],
        core["alt_ge50"],
        core["ntum_2_3"],
        core["arm"] == "MWA+ICI",
    ]
    return np.column_stack(columns).astype(float)


def score_and_information(
    beta: np.ndarray, x: np.ndarray, time: np.ndarray, event: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give U(b), shape (p,), and I(b), shape (p, p), of the Cox likelihood, ties as Breslow."""
    hazard = np.exp((x - x.mean(0)) @ beta)
    score, information = np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
    for moment in np.unique(time[event == 1]):
        here, risk = (time == moment) & (event == 1), time >= moment
        weight = hazard[risk] / hazard[risk].sum()
        mean = weight @ x[risk]
        spread = x[risk] - mean
        score += (x[here] - mean).sum(0)
        information += here.sum() * (spread.T * weight) @ spread
    return score, information


def cox(x: np.ndarray, time: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit a Cox model with Breslow ties by Newton's method; log HRs and standard errors, (p,)."""
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        score, information = score_and_information(beta, x, time, event)
        step = np.linalg.solve(information, score)
        beta = beta + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-10:
            break
    return beta, np.sqrt(np.diag(np.linalg.inv(score_and_information(beta, x, time, event)[1])))


def hazard_ratios(core: pd.DataFrame) -> np.ndarray:
    """Fit all models: HR, 95 % limits and Wald P as in `Targets.hr`, shape (2, 2, 11, 4).

    Univariable stage rows are one dummy against the rest, as in the paper.
    """
    x, found = design(core), np.empty((2, 2, len(TERMS), 4))
    for k, name in enumerate(ENDPOINTS):
        time, event = core[name].to_numpy(), core[f"{name}_event"].to_numpy()
        single = [cox(x[:, [c]], time, event) for c in range(len(TERMS))]
        beta = np.array([[b[0] for b, _ in single], [s[0] for _, s in single]])
        for m, (log_hr, se) in enumerate((beta, cox(x, time, event))):
            parts = (
                np.exp(log_hr),
                np.exp(log_hr - Z_975 * se),
                np.exp(log_hr + Z_975 * se),
                2 * norm.sf(np.abs(log_hr) / se),
            )
            found[k, m] = np.column_stack(parts)
    return found


def kaplan_meier_median(time: np.ndarray, event: np.ndarray) -> tuple[float, float]:
    """Give the median by the smallest time with S <= 1/2, and by R's midpoint rule."""
    moments, survival, curve = np.unique(time[event == 1]), 1.0, []
    for moment in moments:
        survival *= 1 - ((time == moment) & (event == 1)).sum() / (time >= moment).sum()
        curve.append(survival)
    reached = [k for k, s in enumerate(curve) if s <= 0.5 + 1e-9]
    if not reached:
        return np.nan, np.nan
    first = reached[0]
    flat = abs(curve[first] - 0.5) < 1e-9 and first + 1 < len(moments)
    return moments[first], (moments[first] + moments[first + 1]) / 2 if flat else moments[first]


def medians(core: pd.DataFrame) -> np.ndarray:
    """Give the medians of `GROUPS` by both rules, shape (2 endpoints, 5 groups, 2 rules)."""
    combination, high = (core["arm"] == "MWA+ICI").to_numpy(), (core["afp400"] == 1).to_numpy()
    groups = [
        combination | True,
        ~combination,
        combination,
        ~combination & high,
        combination & high,
    ]
    return np.array(
        [
            [
                kaplan_meier_median(core[name].to_numpy()[g], core[f"{name}_event"].to_numpy()[g])
                for g in groups
            ]
            for name in ENDPOINTS
        ]
    )


def logrank_p(time: np.ndarray, event: np.ndarray, arm: np.ndarray) -> float:
    """Give P of the log-rank test with the hypergeometric variance."""
    excess = variance = 0.0
    for moment in np.unique(time[event == 1]):
        risk, here = time >= moment, (time == moment) & (event == 1)
        n, d, share = risk.sum(), here.sum(), arm[risk].mean()
        excess += arm[here].sum() - d * share
        if n > 1:
            variance += d * share * (1 - share) * (n - d) / (n - 1)
    return float(chi2.sf(excess**2 / variance, 1)) if variance > 0 else np.nan


def logranks(core: pd.DataFrame) -> np.ndarray:
    """Give P between arms: all, AFP >= 400, AFP < 400; shape (2 endpoints, 3)."""
    high = (core["afp400"] == 1).to_numpy()
    arm = (core["arm"] == "MWA+ICI").to_numpy().astype(float)
    return np.array(
        [
            [
                logrank_p(
                    core[name].to_numpy()[rows], core[f"{name}_event"].to_numpy()[rows], arm[rows]
                )
                for rows in (high | True, high, ~high)
            ]
            for name in ENDPOINTS
        ]
    )


def age_p(core: pd.DataFrame) -> float:
    """Give P of the Mann-Whitney test of age between arms, asymptotic, uncorrected."""
    ages = [rows["age"] for _, rows in core.groupby("arm")]
    return float(mannwhitneyu(*ages, method="asymptotic", use_continuity=False).pvalue)


def largest_correlation(core: pd.DataFrame) -> float:
    """Give the largest absolute correlation of two covariates; two stages exclude each other."""
    size = np.abs(np.corrcoef(design(core), rowvar=False)) - np.eye(len(TERMS))
    stages = [TERMS.index("cnlc_IIb"), TERMS.index("cnlc_IIIb")]
    size[np.ix_(stages, stages)] = 0
    return float(size.max())


def logrank_holds(p: float, relation: str, printed: float) -> bool:
    """Tell whether a log-rank P is what print states, to three decimals where it is a number."""
    if relation in ("<", ">"):
        return p < printed if relation == "<" else p > printed
    return abs(p - printed) < 0.0005


def summary(core: pd.DataFrame, targets: Targets) -> dict[str, float]:
    """Score a core table against print, in the terms of the goals of the reconstruction.

    Returns
    -------
    dict
        Counts of the 44 HRs, 132 HRs and limits and 44 P; errors in per cent of the printed
        value; medians by both rules; log-rank statements that hold, of 6; problems with Table I.
    """
    goal, found = targets.hr, hazard_ratios(core)
    error = 100 * np.abs(found[..., :3] / goal[..., :3] - 1)
    p_error = np.abs(found[..., 3] - goal[..., 3])
    rounded = np.abs(found[..., :3] - goal[..., :3]) < 0.0005 + 1e-9
    tests = logranks(core)
    return {
        "hr_within_1.5": int((error[..., 0] <= 1.5).sum()),
        "exact": int(rounded.sum()),
        "within_1": int((error <= 1).sum()),
        "within_2": int((error <= 2).sum()),
        "within_5": int((error <= 5).sum()),
        "worst_hr": float(error[..., 0].max()),
        "worst": float(error.max()),
        "rms": float(np.sqrt((error**2).mean())),
        "p_side": int(((found[..., 3] < 0.05) == (goal[..., 3] < 0.05)).sum()),
        "p_within_0.02": int((p_error <= 0.02).sum()),
        "p_exact": int((p_error < 0.0005).sum()),
        "medians_both_rules": int(
            (np.abs(medians(core) - targets.medians[..., None]) < 0.01).all(-1).sum()
        ),
        "logrank": sum(
            logrank_holds(p, *printed)
            for row, goals in zip(tests, targets.logrank, strict=True)
            for p, printed in zip(row, goals, strict=True)
        ),
        **{
            f"logrank_{name}_{population}": float(p)
            for name, row in zip(ENDPOINTS, tests, strict=True)
            for population, p in zip(POPULATIONS, row, strict=True)
        },
        "age_p": age_p(core),
        "table_1_problems": len(check_core(core)) + int(core["age"].median() != 58.5),
        "deaths": int(core["os_event"].sum()),
        "pfs_events": int(core["pfs_event"].sum()),
        "lost_before_17_months": int(((core["os_event"] == 0) & (core["os"] < 17)).sum()),
        "correlation": largest_correlation(core),
    }


def report(core: pd.DataFrame, targets: Targets) -> str:
    """Give the whole comparison as text: each row beside print, then the summary."""
    goal, found, lines = targets.hr, hazard_ratios(core), []
    for k, name in enumerate(ENDPOINTS):
        for m, model in enumerate(MODELS):
            lines.append(f"\n{name.upper()}, {model}: found | printed | error of HR, limits in %")
            for c, term in enumerate(TERMS):
                f, g = found[k, m, c], goal[k, m, c]
                errors = " ".join(
                    f"{100 * (a / b - 1):6.2f}" for a, b in zip(f[:3], g[:3], strict=True)
                )
                lines.append(
                    f"  {term:15} {f[0]:6.3f} ({f[1]:.3f}-{f[2]:.3f}) P {f[3]:.3f} | "
                    f"{g[0]:6.3f} ({g[1]:.3f}-{g[2]:.3f}) P {g[3]:.3f} | {errors}"
                )
    lines += _curves(core, targets)
    lines += [
        f"{key:24} {value:.3f}" if isinstance(value, float) else f"{key:24} {value}"
        for key, value in summary(core, targets).items()
    ]
    return "\n".join(lines)


def _curves(core: pd.DataFrame, targets: Targets) -> Iterator[str]:
    """Give medians and log-rank tests beside print."""
    found, tests = medians(core), logranks(core)
    for k, name in enumerate(ENDPOINTS):
        yield f"\n{name.upper()} median, smallest time / midpoint rule (printed)"
        for group, (a, b), goal in zip(GROUPS, found[k], targets.medians[k], strict=True):
            yield f"  {group:20} {a:5.2f} / {b:5.2f} ({goal})"
        yield f"\n{name.upper()} log-rank P, all / AFP >= 400 / AFP < 400 (printed)"
        yield "  " + " / ".join(
            f"{p:.5f} ({relation}{goal})"
            for p, (relation, goal) in zip(tests[k], targets.logrank[k], strict=True)
        )
    yield ""


def main(arguments: list[str] | None = None) -> int:
    """Print the comparison of a core table with print."""
    parser = argparse.ArgumentParser(
        prog="reconstruction.score",
        description=("Fit every model to a core table and compare with print."),
    )
    parser.add_argument("core", type=Path)
    parser.add_argument("--published", type=Path, default=PUBLISHED, help="default: %(default)s")
    options = parser.parse_args(arguments)
    print(report(pd.read_csv(options.core), load_targets(options.published)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
