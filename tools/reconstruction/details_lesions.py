"""Serial target-lesion sums and AFP that lead to each patient's best response and progression."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import details_counts as paper

FIGURE_6 = (45.0, 22.0)  # mm before and after ablation, the patient of the paper's Figure 6
BEST = {"PR": (-68, -33), "SD": (-27, 14)}  # per cent of baseline, best value drawn from here
AFP_FLOOR = 3.0  # ng/ml


def lesions(patients: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the measurement table, and the patient columns that are read off it.

    Assessments come every 6 to 8 weeks in the first half year and then about every 3 months, the
    last one at progression or at the end of progression-free follow-up. A patient who was not
    evaluable has no lesion sum after baseline.
    """
    shown = _figure_6_patient(patients)
    tables, derived = [], []
    for index, row in patients.iterrows():
        months = _assessments(row, rng)
        new_lesion = _new_lesion(row, rng)
        sums = _sums(row, months, new_lesion, rng)
        if index == shown:
            sums = _like_figure_6(sums)
        afp = _afp(row, sums, new_lesion, rng, calm=index == shown)
        tables.append(
            pd.DataFrame(
                {
                    "patient_id": row["patient_id"],
                    "month": months,
                    "target_sum_mm": sums,
                    "afp_ng_ml": afp,
                }
            )
        )
        derived.append(_read_off(row, months, sums) | {"pd_new_lesion": new_lesion})
    return pd.concat(tables, ignore_index=True), pd.DataFrame(derived, index=patients.index)


def _figure_6_patient(patients: pd.DataFrame) -> int:
    """Choose one responder of the combination arm: one tumour, long without progression."""
    partial = patients[(patients["arm"] == "MWA+ICI") & (patients["best_response"] == "PR")]
    order = partial.assign(several=partial["n_tumours"] > 1, late=-partial["pfs_months"])
    return order.sort_values(["several", "late", "patient_id"]).index[0]


def _assessments(row: pd.Series, rng: np.random.Generator) -> np.ndarray:
    """Give the months of imaging, baseline (0) first."""
    end = row["pfs_months"]
    died = row["pfs_event"] == 1 and not row["progression"]
    if row["best_response"] == "PD":
        return np.array([0.0, end])
    if row["best_response"] == "NE":
        return np.array([0.0, min(end, 1.0)])
    months, gap = [0.0], 0.0 if died else 0.6
    month = max(paper.FIRST_ASSESSMENT, min(rng.uniform(paper.FIRST_ASSESSMENT, 1.8), end - gap))
    while month <= end - gap + 1e-9:
        months.append(float(np.floor(month * 10 + 1e-9) / 10))
        month += rng.uniform(1.4, 1.9) if month < 6 else rng.uniform(2.5, 3.1)
    return np.array(months if died else [*months, end])


def _new_lesion(row: pd.Series, rng: np.random.Generator) -> int:
    """Tell whether progression shows as a new lesion; after a response it always does."""
    draw = rng.random()
    if not row["progression"] or row["best_response"] == "NE":
        return 0
    return int(row["best_response"] in ("CR", "PR") or draw < 0.3)


def _sums(
    row: pd.Series, months: np.ndarray, new_lesion: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw the sum of target lesions (mm) at each assessment."""
    count = row["n_tumours"]
    low = 18 if count == 1 else 12
    start = round(float(rng.uniform(low, paper.LARGEST_LESION_MM - 2, count).sum()), 1)
    growth = rng.uniform(1.23, 1.6)
    if row["best_response"] == "NE":
        return np.array([start, np.nan])
    sums = start * np.array([1.0, *_path(row, len(months) - 1, rng)])
    if row["progression"] and not new_lesion:
        sums[-1] = start * growth
    return sums.round(1)


def _path(row: pd.Series, visits: int, rng: np.random.Generator) -> np.ndarray:
    """Give each later sum as a fraction of baseline, before any growth at progression."""
    response = row["best_response"]
    if response == "PD":
        return 1 + rng.uniform(-0.15, 0.15, visits)
    if response == "CR":
        return np.where(np.arange(visits) == 0, 0 if visits < 4 else 0.35, 0.0)
    best = rng.uniform(*BEST[response]) / 100
    # The last visit may be the progression, so the best value comes before it.
    deepest = max(1, min(visits - 1, int(rng.integers(2, 5))))
    steps = np.arange(1, visits + 1)
    fall = best * np.minimum(steps / deepest, 1.0) ** 0.6
    pace = rng.uniform(0.005, 0.02)
    if best > 0:  # a sum that only grows is best at its first visit, and stays short of PD
        return 1 + np.minimum(best + (steps - 1) * pace, 0.18)
    return 1 + fall + np.maximum(steps - deepest, 0) * pace


def _like_figure_6(sums: np.ndarray) -> np.ndarray:
    """Stretch one patient's course so that it runs from 45 mm down to 22 mm."""
    start, best = FIGURE_6
    share = (sums[0] - sums) / (sums[0] - sums.min())
    return (start - share * (start - best)).round(1)


def _afp(
    row: pd.Series, sums: np.ndarray, new_lesion: int, rng: np.random.Generator, calm: bool
) -> np.ndarray:
    """Let AFP follow the lesions, with noise; a new lesion raises it at the last visit."""
    share = np.nan_to_num(sums / sums[0], nan=1.0)
    noise = np.exp(rng.normal(0, 0.05 if calm else 0.2, len(sums)))
    afp = row["afp_ng_ml"] * share ** (2.5 if calm else 1.4) * noise
    if new_lesion:
        afp[-1] *= rng.uniform(1.3, 2.5)
    afp = np.maximum(afp, min(AFP_FLOOR, row["afp_ng_ml"]))
    afp[0] = row["afp_ng_ml"]
    return afp.round(1)


def _read_off(row: pd.Series, months: np.ndarray, sums: np.ndarray) -> dict[str, float]:
    """Read best change and the response period off the measurements."""
    change = 100 * (sums[1:] / sums[0] - 1)
    period = {"best_change_pct": np.nan if np.isnan(change).any() else round(change.min(), 1)}
    if row["best_response"] not in ("CR", "PR"):
        return period | {"response_start_months": np.nan, "response_end_months": np.nan}
    start = months[1:][change <= paper.SHRINKAGE][0]
    return period | {
        "response_start_months": start,
        "response_end_months": np.nan if still_followed(row) else row["pfs_months"],
    }


def still_followed(row: pd.Series) -> bool:
    """Tell whether a patient without progression was still being imaged at the cut-off."""
    return bool(
        not row["pfs_event"]
        and row["follow_up_status"] == "alive at cut-off"
        and row["os_months"] - row["pfs_months"] <= 3.5
    )
