"""Best response, treatment and its end, given out so that each patient's times allow them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from . import details_counts as paper
from .details_core import CoreError

FORBIDDEN = 1e6
LEAST_RESPONDER_PFS = 3.0  # months: one assessment shows the response, a later one its end
TWO_YEARS = 24.0  # months: the usual end of a course of a PD-1 inhibitor
Cost = Callable[[pd.Series, np.random.Generator], float]


def course(patients: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give best response, treatment time, its end and the ablation, one row per patient."""
    responses = _assign(patients, paper.RESPONSES, RESPONSE_COSTS, rng)
    known = patients.assign(best_response=responses)
    reasons = _assign(known, _with_rest(paper.DISCONTINUED), REASON_COSTS, rng)
    treated = [
        _treatment(row, reason, rng)
        for (_, row), reason in zip(known.iterrows(), reasons, strict=True)
    ]
    columns = ["treatment_months", "treatment_ongoing", "discontinuation_reason"]
    treatment = pd.DataFrame(treated, columns=columns, index=patients.index)
    ablation = _ablation(patients, rng)
    return pd.concat([known[["best_response"]], treatment, ablation], axis=1)


def _with_rest(counts: dict[str, tuple]) -> dict[str, tuple]:
    """Add the patients of whom the paper gives no reason."""
    given = np.sum(list(counts.values()), axis=0)
    rest = [paper.SIZES[arm] - n for arm, n in zip(paper.ARMS, given, strict=True)]
    return {**counts, "rest": tuple(rest)}


def _assign(
    patients: pd.DataFrame,
    counts: dict[str, tuple],
    costs: dict[str, Cost],
    rng: np.random.Generator,
) -> pd.Series:
    """Give each patient a category: exact counts by arm, at the least cost in all."""
    result = pd.Series("", index=patients.index, dtype=object)
    for arm in paper.ARMS:
        rows = patients[patients["arm"] == arm]
        slots = [name for name, n in counts.items() for _ in range(paper.by_arm(n, arm))]
        table = np.array(
            [
                [price[slot] for slot in slots]
                for _, row in rows.iterrows()
                for price in [{name: cost(row, rng) for name, cost in costs.items()}]
            ]
        )
        chosen, places = linear_sum_assignment(table)
        if table[chosen, places].max() >= FORBIDDEN:
            raise CoreError(
                f"{arm}: the times allow no {'/'.join(costs)} with the published counts.",
                mend="Progressions, deaths or censorings come too early or too late.",
            )
        result.loc[rows.index[chosen]] = [slots[place] for place in places]
    return result


def _complete(row: pd.Series, rng: np.random.Generator) -> float:
    if row["pfs_months"] < LEAST_RESPONDER_PFS:
        return FORBIDDEN
    return -1.3 * row["pfs_months"] - 0.1 * min(row["os_months"], 24) + rng.normal(0, 1.5)


def _partial(row: pd.Series, rng: np.random.Generator) -> float:
    if row["pfs_months"] < LEAST_RESPONDER_PFS:
        return FORBIDDEN
    return -row["pfs_months"] + rng.normal(0, 1.5)


def _stable(row: pd.Series, _: np.random.Generator) -> float:
    least = paper.FIRST_ASSESSMENT + (0.6 if row["progression"] else 0)
    if row["pfs_months"] < least:
        return FORBIDDEN
    return 3.0 if row["progression"] and row["pfs_months"] < 2 * paper.FIRST_ASSESSMENT else 0.0


def _progressive(row: pd.Series, _: np.random.Generator) -> float:
    if not row["progression"] or row["pfs_months"] > paper.LATEST_FIRST_PROGRESSION:
        return FORBIDDEN
    return 2 * max(0.0, row["pfs_months"] - 2)


def _not_evaluable(row: pd.Series, _: np.random.Generator) -> float:
    """Prefer the shortest follow-up; a progression would have had to be a clinical one."""
    return row["pfs_months"] + (2 if row["progression"] else -4)


RESPONSE_COSTS: dict[str, Cost] = {
    "CR": _complete,
    "PR": _partial,
    "SD": _stable,
    "PD": _progressive,
    "NE": _not_evaluable,
}


def _for_progression(row: pd.Series, rng: np.random.Generator) -> float:
    if not row["progression"]:
        return FORBIDDEN
    late = 2.0 * (row["follow_up_status"] == "alive at cut-off")
    return {"PD": -3.0, "SD": 0.0}.get(row["best_response"], 1.0) + late + rng.random()


def _for_toxicity(row: pd.Series, rng: np.random.Generator) -> float:
    if row["pfs_months"] < 1.2:
        return FORBIDDEN
    return 3.0 * (row["best_response"] == "PD") - 2.0 * (1 - row["progression"]) + rng.random()


def _rest(row: pd.Series, rng: np.random.Generator) -> float:
    return rng.random()


REASON_COSTS: dict[str, Cost] = {
    "progression": _for_progression,
    "toxicity": _for_toxicity,
    "rest": _rest,
}


def _treatment(row: pd.Series, reason: str, rng: np.random.Generator) -> tuple[float, int, str]:
    """Give months on treatment, whether it goes on at the cut-off, and why it stopped."""
    pfs, os = row["pfs_months"], row["os_months"]
    early, beyond = rng.uniform(0.45, 0.9), rng.uniform(0, 1)
    if reason == "progression":
        return min(os, max(pfs, round(pfs + 0.6 * beyond, 1))), 0, reason
    if reason == "toxicity":
        return min(pfs, max(0.7, round(early * pfs, 1))), 0, reason
    if row["follow_up_status"] == "alive at cut-off":
        # Treatment beyond progression or with another agent was allowed.
        return (os, 1, "") if os <= TWO_YEARS + 6 else (TWO_YEARS, 0, "other")
    return min(os, max(pfs, round(pfs + 2.2 * beyond, 1))), 0, "other"


def _ablation(patients: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Date the ablation 10 to 14 days after baseline imaging, of one or two lesions."""
    ablated = patients["arm"] == "MWA+ICI"
    days = rng.integers(10, 15, len(patients))
    lesions = np.minimum(patients["n_tumours"], np.where(rng.random(len(patients)) < 0.7, 2, 1))
    return pd.DataFrame(
        {
            "ablation_months": pd.Series(
                (days / paper.DAYS_A_MONTH).round(2), index=patients.index
            ).where(ablated),
            "n_ablated": pd.Series(lesions, index=patients.index).where(ablated).astype("Int64"),
        }
    )
