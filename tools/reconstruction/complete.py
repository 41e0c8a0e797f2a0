"""From a core table (covariates and times) and a seed to the whole synthetic study as CSV files.

``python -m reconstruction.complete --core CORE.csv --out FOLDER --seed 2026``

The core decides covariates and survival times. Everything else is drawn so that Tables II and V
and the discontinuations of Wei et al. 2026 come out exactly and no patient contradicts himself.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from cohortbook.errors import CohortbookError

from .coherence import check_coherence
from .details_baseline import baseline
from .details_core import read_core
from .details_course import course
from .details_events import events
from .details_lesions import lesions

SEED = 2026
PATIENT_COLUMNS = [
    "patient_id",
    "arm",
    "age",
    "sex",
    "ecog",
    "hbsag",
    "hcv",
    "afp_ng_ml",
    "cnlc_stage",
    "bilirubin_umol_l",
    "alt_u_l",
    "n_tumours",
    "pd1_inhibitor",
    "start_date",
    "follow_up_status",
    "os_months",
    "os_event",
    "pfs_months",
    "pfs_event",
    "progression",
    "best_response",
    "best_change_pct",
    "pd_new_lesion",
    "response_start_months",
    "response_end_months",
    "treatment_months",
    "treatment_ongoing",
    "discontinuation_reason",
    "ablation_months",
    "n_ablated",
]


def complete(core: pd.DataFrame, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Complete a checked core table to the three tables of the study.

    Parameters
    ----------
    core : DataFrame
        As `read_core` gives it.
    seed : int
        Each part draws from its own stream, so that one part can change alone.

    Returns
    -------
    dict of DataFrame
        `patients`, `adverse_events` and `measurements`, free of contradictions.

    Raises
    ------
    CohortbookError
        If the times leave no way to the published counts, or a patient comes out incoherent.
    """
    streams = [np.random.default_rng([seed, part]) for part in range(4)]
    patients = baseline(core, streams[0])
    patients = patients.join(course(patients, streams[1]))
    measurements, read_off = lesions(patients, streams[2])
    patients = patients.join(read_off)[PATIENT_COLUMNS]
    tables = {
        "patients": patients,
        "adverse_events": events(patients, streams[3]),
        "measurements": measurements,
    }
    if problems := check_coherence(*tables.values()):
        raise CohortbookError("patients contradict themselves.\n" + "\n".join(problems))
    return tables


def write_study(tables: dict[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write each table as `<name>.csv`: commas, UTF-8, line feeds, empty = missing."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in tables.items():
        paths.append(folder / f"{name}.csv")
        table.to_csv(paths[-1], index=False, lineterminator="\n", encoding="utf-8")
    return paths


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code is 1 when the core cannot carry the study."""
    parser = argparse.ArgumentParser(
        prog="reconstruction.complete",
        description=("Complete a core table to the synthetic study of Wei et al. 2026."),
    )
    parser.add_argument("--core", type=Path, required=True, help="CSV with covariates and times")
    parser.add_argument("--out", type=Path, required=True, help="folder for the three CSV files")
    parser.add_argument("--seed", type=int, default=SEED, help="default: %(default)s")
    options = parser.parse_args(arguments)
    try:
        paths = write_study(complete(read_core(options.core), options.seed), options.out)
    except CohortbookError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(map(str, paths)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
