"""Baseline values behind the core's categories: laboratory numbers, tumours, drug, dates."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from . import details_counts as paper

DRUGS = {
    "camrelizumab": 0.32,
    "sintilimab": 0.28,
    "tislelizumab": 0.22,
    "toripalimab": 0.12,
    "pembrolizumab": 0.06,
}


def baseline(core: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give the baseline columns of the patient table, in the order of the core.

    Numbers fall on the side of the cut-point that the core's category says; within it they are
    drawn from ranges usual in hepatocellular carcinoma and mean nothing more.
    """
    yes = core[["hbsag", "hcv"]].replace({0: "negative", 1: "positive"}).astype(str)
    two_or_three = np.where(rng.random(len(core)) < 0.65, 2, 3)
    status, starts = _follow_up(core, rng)
    return pd.DataFrame(
        {
            "patient_id": [f"P{number:02d}" for number in range(1, len(core) + 1)],
            "arm": core["arm"],
            "age": core["age"].astype(int),
            "sex": core["sex"],
            "ecog": core["ecog"],
            "hbsag": yes["hbsag"],
            "hcv": yes["hcv"],
            "afp_ng_ml": _either(core["afp400"], (420, 20000), (4, 380), rng).round(1),
            "cnlc_stage": core["cnlc"],
            "bilirubin_umol_l": _either(core["tbil_gt20"], (20.6, 42), (8, 19.8), rng).round(1),
            "alt_u_l": _either(core["alt_ge50"], (51, 150), (14, 48), rng).round().astype(int),
            "n_tumours": np.where(core["ntum_2_3"] == 1, two_or_three, 1),
            "pd1_inhibitor": rng.choice(list(DRUGS), len(core), p=list(DRUGS.values())),
            "start_date": [day.isoformat() for day in starts],
            "follow_up_status": status,
            "os_months": core["os"].astype(float),
            "os_event": core["os_event"],
            "pfs_months": core["pfs"].astype(float),
            "pfs_event": core["pfs_event"],
            "progression": core["progression"],
        }
    )


def _either(flag: pd.Series, if_yes: tuple, if_no: tuple, rng: np.random.Generator) -> pd.Series:
    """Draw log-uniformly from one of two ranges."""
    low = np.where(flag == 1, if_yes[0], if_no[0]).astype(float)
    high = np.where(flag == 1, if_yes[1], if_no[1]).astype(float)
    return pd.Series(low * (high / low) ** rng.random(len(flag)), index=flag.index)


def _follow_up(core: pd.DataFrame, rng: np.random.Generator) -> tuple[list[str], list[date]]:
    """Give each patient a status at the cut-off and a start date that agrees with it.

    Whoever was followed long enough to reach the cut-off from the last possible start is alive
    at the cut-off, and the start date follows; whoever was censored sooner was lost before it.
    """
    status, starts = [], []
    for months, died, draw in zip(core["os"], core["os_event"], rng.random(len(core)), strict=True):
        days = paper.in_days(months)
        at_cutoff = paper.CUTOFF - timedelta(days=days)
        if not died and at_cutoff <= paper.LAST_START:
            status.append("alive at cut-off")
            starts.append(at_cutoff)
            continue
        latest = min(paper.LAST_START, at_cutoff - timedelta(days=1))
        span = max((latest - paper.FIRST_START).days, 0)
        status.append("died" if died else "lost")
        starts.append(paper.FIRST_START + timedelta(days=int(draw * (span + 1))))
    return status, starts
