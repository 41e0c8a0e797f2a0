"""Write a study as large as a registry, to measure `check` on: patients by columns.

python tools/large_study.py FOLDER --patients 100000 --columns 200
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

STUDY = """\
synthetic: true
texts: {title: A large study}
columns: {patient_id: id}
arms:
  - {code: A, label: Arm A, color: "#112233"}
  - {code: B, label: Arm B, color: "#445566"}
reference_arm: A
variables:
  age: {label: Age, kind: continuous, unit: years}
  sex: {label: Sex, kind: categorical, levels: [{code: M}, {code: F}]}
baseline: [{variable: age}, {variable: sex}]
endpoints:
  os: {label: Overall survival, short: OS, time: os, event: dead}
  pfs: {label: Progression-free survival, short: PFS, time: pfs, event: event}
"""


def write(folder: Path, patients: int, columns: int) -> None:
    """Write `study.yml` and `patients.csv`; columns that the study does not use fill the table."""
    rng = np.random.default_rng(1)
    end = rng.exponential(20, patients).round(1)
    dead = rng.integers(0, 2, patients)
    pfs = (end * rng.uniform(0.3, 1, patients)).round(1)
    table = {
        "id": [f"S{n:06}" for n in range(patients)],
        "arm": rng.choice(["A", "B"], patients),
        "age": rng.integers(20, 90, patients),
        "sex": rng.choice(["M", "F"], patients),
        "os": end,
        "dead": dead,
        "pfs": pfs,
        "event": np.where(pfs < end, rng.integers(0, 2, patients), dead),
    }
    words = [f"remark {n}" for n in range(500)]
    makers = (
        lambda: rng.lognormal(2, 1, patients).round(3),
        lambda: rng.choice(["a", "b", "c", ""], patients),
        lambda: rng.integers(0, 1000, patients),
        lambda: rng.choice(words, patients),
    )
    for number in range(columns - len(table)):
        table[f"other_{number}"] = makers[number % len(makers)]()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    pd.DataFrame(table).to_csv(folder / "patients.csv", index=False)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=200)
    given = parser.parse_args()
    write(given.folder, given.patients, given.columns)


if __name__ == "__main__":
    main()
