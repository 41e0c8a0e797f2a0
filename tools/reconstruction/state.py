"""A cohort as the arrays that the search changes in place, and back to a core table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from . import details_counts as paper
from .details_core import COLUMNS

N, WIDTH = 52, 12  # patients; columns of the design matrix, one of them padding
AGE_ORIGIN = 58
AGE, FEMALE, ECOG, HBSAG, AFP, IIB, IIIB, TBIL, ALT, TUMOURS, TREATED = range(11)
BINARY = {
    "ecog": ECOG,
    "hbsag": HBSAG,
    "afp400": AFP,
    "tbil_gt20": TBIL,
    "alt_ge50": ALT,
    "ntum_2_3": TUMOURS,
}


class State(NamedTuple):
    """Everything the search changes. Endpoint 0 is OS, 1 is PFS.

    x : (52, 12) covariates, age minus 58 first; t, e : (2, 52) tenths of a month and events;
    order : (2, 52) patients by time; deaths : (2, 52) events of a tie group at its first place;
    w : (2, 52) relative hazards of the multivariable model; costs : (2, 13) per endpoint the 11
    univariable rows, the multivariable model, the curves; course : (1,) cost of the courses;
    inverse : (2, 12, 12) inverted Cholesky factor of the multivariable information.
    """

    x: np.ndarray
    t: np.ndarray
    e: np.ndarray
    order: np.ndarray
    deaths: np.ndarray
    w: np.ndarray
    costs: np.ndarray
    course: np.ndarray
    inverse: np.ndarray


def from_core(core: pd.DataFrame) -> State:
    """Turn a core table (columns as in `COLUMNS`, ICI rows first) into a state without costs."""
    core = core.sort_values("arm", kind="stable")  # "ICI" sorts before "MWA+ICI"
    x = np.zeros((N, WIDTH))
    x[:, AGE] = core["age"] - AGE_ORIGIN
    x[:, FEMALE] = core["sex"] == "F"
    for name, column in BINARY.items():
        x[:, column] = core[name]
    x[:, IIB], x[:, IIIB] = core["cnlc"] == "IIb", core["cnlc"] == "IIIb"
    x[:, TREATED] = core["arm"] == paper.ARMS[1]
    t = np.array([np.rint(core[name] * 10) for name in ("os", "pfs")]).astype(np.int64)
    e = np.array([core[name] for name in ("os_event", "pfs_event")]).astype(np.int64)
    return State(
        x,
        t,
        e,
        np.argsort(t, axis=1, kind="stable"),
        np.zeros((2, N), np.int64),
        np.zeros((2, N)),
        np.zeros((2, 13)),
        np.zeros(1),
        np.zeros((2, WIDTH, WIDTH)),
    )


def to_core(state: State) -> pd.DataFrame:
    """Turn a state into a core table; whoever lacks HBsAg has hepatitis C antibodies."""
    x = state.x.astype(int)
    core = pd.DataFrame({name: x[:, column] for name, column in BINARY.items()})
    core["id"] = np.arange(1, N + 1)
    core["arm"] = np.where(x[:, TREATED] == 1, paper.ARMS[1], paper.ARMS[0])
    core["age"] = x[:, AGE] + AGE_ORIGIN
    core["sex"] = np.where(x[:, FEMALE] == 1, "F", "M")
    core["hcv"] = 1 - core["hbsag"]
    core["cnlc"] = np.select([x[:, IIB] == 1, x[:, IIIB] == 1], ["IIb", "IIIb"], "IIa")
    for row, name in enumerate(("os", "pfs")):
        core[name], core[f"{name}_event"] = state.t[row] / 10, state.e[row]
    return core[COLUMNS]


def copy(state: State) -> State:
    """Give an independent copy."""
    return State(*(part.copy() for part in state))
