"""A registry of any size, drawn at random: 20 columns as Parquet and CSV, and its study files.

python -m benchmarks._registry_study FOLDER PATIENTS

FOLDER/study.yml names twelve columns and one endpoint; FOLDER/whole/study.yml nineteen, with two
endpoints, a subgroup, response and treatment.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

STUDY = """\
synthetic: true
texts: {title: A synthetic registry, data_cutoff: "2025-12-31"}
tables: {patients: patients.parquet}
arms:
  - {code: "0", label: Standard, color: "#2166AC"}
  - {code: "1", label: New, color: "#B2182B"}
reference_arm: "0"
variables:
  age: {label: Age, kind: continuous, unit: years}
  bmi: {label: Body mass index, kind: continuous, decimals: 1}
  albumin: {label: Albumin, kind: continuous, decimals: 1, unit: g/l}
  sex: {label: Sex, kind: categorical, levels: [{code: F}, {code: M}]}
  stage: {label: Stage, kind: categorical, levels: [{code: I}, {code: II}, {code: III}]}
  ecog: {label: ECOG, kind: categorical, levels: [{code: "0"}, {code: "1"}, {code: "2"}]}
  smoker: {label: Smoker, kind: categorical, levels: [{code: "no"}, {code: "yes"}]}
  region: {label: Region, kind: categorical,
           levels: [{code: north}, {code: south}, {code: east}, {code: west}]}
endpoints:
  os: {label: Overall survival, short: OS, time: os_days, event: os_event, unit: days,
       milestones: [12, 36]}
baseline:
  - {variable: age}
  - {variable: bmi}
  - {variable: albumin}
  - {variable: sex}
  - {variable: stage}
  - {variable: ecog}
  - {variable: smoker}
  - {variable: region}
cox:
  covariates:
    - {variable: age}
    - {variable: albumin}
    - {variable: sex, reference: F}
    - {variable: stage, reference: I}
    - {variable: ecog, reference: "0"}
    - {variable: smoker, reference: "no"}
statistics: {preset: r}
"""

WHOLE = """\
  pfs: {label: Progression-free survival, short: PFS, time: pfs_days, event: pfs_event, unit: days,
        milestones: [6, 12]}
subgroups:
  - {name: stage_iii, label: Stage III, variable: stage, level: III}
response:
  column: best_response
  criteria: RECIST 1.1
  categories: [{code: CR}, {code: PR}, {code: SD}, {code: PD}, {code: NE}]
  objective: [CR, PR]
  control: [CR, PR, SD]
  not_evaluable: NE
  change: best_change
  new_lesion: new_lesion
swimmer: {treatment: treatment_months, ongoing: treatment_ongoing, survival: os,
          progression_time: pfs}
"""
CHANGES = {"CR": (-100, -100), "PR": (-99, -30), "SD": (-29, 19), "PD": (20, 90)}
"""Best response, and from where to where target lesions change with it, percent."""


AT_ONCE = 1_000_000
"""Rows that are drawn and written at a time."""


def write_registry(folder: Path, n: int) -> None:
    """Write both study files, and n rows as `patients.parquet` and `patients.csv`.

    About 40 % die. The hazard doubles from one stage to the next; the new arm's is 0.8 times the
    standard's.
    """
    whole, rng = folder / "whole", np.random.default_rng(11)
    whole.mkdir(parents=True, exist_ok=True)
    parts = (_patients(rng, first, min(AT_ONCE, n - first)) for first in range(0, n, AT_ONCE))
    _write(folder, parts)
    (whole / "patients.parquet").hardlink_to(folder / "patients.parquet")
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    before, after = STUDY.split("baseline:")
    (whole / "study.yml").write_text(f"{before}{WHOLE}baseline:{after}", encoding="utf-8")


def _write(folder: Path, parts: Iterator[pd.DataFrame]) -> None:
    """Write the parts of a table, one after the other, as one file of each kind."""
    first = next(parts)
    plain, schema = folder / "patients.csv", pa.Schema.from_pandas(first, preserve_index=False)
    first.to_csv(plain, index=False)
    with parquet.ParquetWriter(folder / "patients.parquet", schema) as file:
        file.write_table(pa.Table.from_pandas(first, schema))
        for part in parts:
            part.to_csv(plain, index=False, header=False, mode="a")
            file.write_table(pa.Table.from_pandas(part, schema))


def _patients(rng, first: int, n: int) -> pd.DataFrame:
    """Draw n patients, who are numbered from `first`."""
    arm, stage, ecog = rng.integers(0, 2, n), rng.integers(0, 3, n), rng.integers(0, 3, n)
    age, smoker = rng.normal(65, 9, n).clip(20, 95).round(), rng.integers(0, 2, n)
    rate = np.exp(np.log(0.8) * arm + np.log(2) * stage + 0.2 * ecog + 0.02 * (age - 65) - 8.6)
    death, end = rng.exponential(1 / rate), rng.uniform(30, 3650, n)
    return pd.DataFrame(
        {
            "patient_id": [f"R{i:08d}" for i in range(first, first + n)],
            "arm": arm.astype(str),
            "age": age,
            "bmi": rng.normal(26, 4, n).clip(14, 55).round(1),
            "albumin": rng.normal(40, 5, n).clip(15, 60).round(1),
            "sex": np.array(["F", "M"])[rng.integers(0, 2, n)],
            "stage": np.array(["I", "II", "III"])[stage],
            "ecog": ecog.astype(str),
            "smoker": np.array(["no", "yes"])[smoker],
            "region": np.array(["north", "south", "east", "west"])[rng.integers(0, 4, n)],
            "os_days": np.ceil(np.minimum(death, end)),
            "os_event": (death <= end).astype(int),
            **_course(rng, arm, rate, death, end),
            "lab": rng.normal(size=n).round(3),
        }
    )


def _course(rng, arm, rate, death, end) -> dict[str, np.ndarray]:
    """Give progression, best response and treatment, a value each patient."""
    n, until = len(arm), np.minimum(death, end)
    progression = rng.exponential(0.5 / rate)
    pfs = np.ceil(np.minimum(progression, until))
    bound = np.cumsum([0.04, 0.2, 0.36, 0.34, 0.06]) - 0.08 * (1 - arm)[:, None] * [1, 1, 1, 0, 0]
    category = (rng.uniform(size=n)[:, None] > bound[:, :4]).sum(axis=1)
    low, high = np.array([*CHANGES.values(), (np.nan, np.nan)])[category].T
    months, free = pfs / 30.4375, np.minimum(progression, death) > end
    treated = np.minimum(rng.exponential(12, n).round(1) + 0.1, months)
    return {
        "pfs_days": pfs,
        "pfs_event": (~free).astype(int),
        "best_response": np.array([*CHANGES, "NE"])[category],
        "best_change": (low + (high - low) * rng.uniform(size=n)).round(1),
        "new_lesion": ((category == 3) & (rng.uniform(size=n) < 0.3)).astype(int),
        "treatment_months": treated.round(1),
        "treatment_ongoing": ((treated == months) & free).astype(int),
    }


if __name__ == "__main__":
    write_registry(Path(sys.argv[1]), int(sys.argv[2]))
