"""A registry of any size, drawn at random: 20 columns as Parquet and CSV, and its study file.

python -m benchmarks._registry_study FOLDER PATIENTS
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

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


def write_registry(folder: Path, n: int) -> None:
    """Write `study.yml`, and n rows as `patients.parquet` and `patients.csv`, about 40 % events.

    The hazard doubles from one stage to the next; the new arm's is 0.8 times the standard's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(11)
    arm, stage, ecog = rng.integers(0, 2, n), rng.integers(0, 3, n), rng.integers(0, 3, n)
    age, smoker = rng.normal(65, 9, n).clip(20, 95).round(), rng.integers(0, 2, n)
    rate = np.exp(np.log(0.8) * arm + np.log(2) * stage + 0.2 * ecog + 0.02 * (age - 65) - 8.6)
    death, end = rng.exponential(1 / rate), rng.uniform(30, 3650, n)
    table = pd.DataFrame({
        "patient_id": [f"R{i:08d}" for i in range(n)], "arm": arm.astype(str),
        "age": age, "bmi": rng.normal(26, 4, n).clip(14, 55).round(1),
        "albumin": rng.normal(40, 5, n).clip(15, 60).round(1),
        "sex": np.array(["F", "M"])[rng.integers(0, 2, n)],
        "stage": np.array(["I", "II", "III"])[stage], "ecog": ecog.astype(str),
        "smoker": np.array(["no", "yes"])[smoker],
        "region": np.array(["north", "south", "east", "west"])[rng.integers(0, 4, n)],
        "os_days": np.ceil(np.minimum(death, end)), "os_event": (death <= end).astype(int),
        **{f"lab_{i}": rng.normal(size=n).round(3) for i in range(8)},
    })
    table.to_parquet(folder / "patients.parquet", index=False)
    table.to_csv(folder / "patients.csv", index=False)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")


if __name__ == "__main__":
    write_registry(Path(sys.argv[1]), int(sys.argv[2]))
