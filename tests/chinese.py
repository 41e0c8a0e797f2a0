"""A small study in Chinese: its own words are Chinese, as those of a Chinese author are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

STUDY = """\
language: zh
synthetic: true
texts:
  title: 消融联合免疫治疗与单纯免疫治疗晚期肝癌的比较
  short_title: 消融联合免疫治疗晚期肝癌
  design: 回顾性队列研究
  setting: 某肿瘤中心
  population: 晚期肝细胞癌
  time_zero: 免疫治疗开始
  enrolment: 2022年1月至2023年12月
  data_cutoff: 2025年6月
  source: 随机生成的合成数据
  style: significance
  limitations: [单中心回顾性研究，样本量小。]
arms:
  - {code: A, label: 单纯免疫治疗, color: "#2F6DB5"}
  - {code: B, label: 消融联合免疫治疗, color: "#C8372D"}
reference_arm: A
primary: os
endpoints:
  os: {label: 总生存期, short: OS, time: os_months, event: os_event, event_label: 死亡,
       events_label: 死亡, milestones: [6, 12]}
  pfs: {label: 无进展生存期, short: PFS, time: pfs_months, event: pfs_event,
        event_label: 进展或死亡, events_label: 进展或死亡, milestones: [6]}
variables:
  age: {label: 年龄, unit: 岁, kind: continuous}
  sex: {label: 性别, kind: categorical, levels: [{code: M, label: 男}, {code: F, label: 女}]}
  stage: {label: CNLC分期, kind: categorical,
          levels: [{code: "2", label: IIb期}, {code: "3", label: IIIa期}]}
baseline: [{variable: age}, {variable: sex}, {variable: stage}]
cox:
  covariates: [{variable: age}, {variable: sex, reference: M}, {variable: stage, reference: "2"}]
response:
  column: best
  categories:
    - {code: CR, label: 完全缓解}
    - {code: PR, label: 部分缓解}
    - {code: SD, label: 疾病稳定}
    - {code: PD, label: 疾病进展}
  objective: [CR, PR]
  control: [CR, PR, SD]
  criteria: mRECIST
robustness: {resamples: 200, landmarks: [2]}
"""


def study_folder(folder: Path, patients: int = 60, seed: int = 7) -> Path:
    """Write the study."""
    rng = np.random.default_rng(seed)
    arm = np.where(np.arange(patients) % 2, "B", "A")
    end = np.round(rng.exponential(np.where(arm == "B", 20.0, 12.0)) + 0.5, 1)
    first = np.round(end * rng.uniform(0.3, 0.9, patients), 1)
    limit = np.round(rng.uniform(8, 36, patients), 1)
    table = pd.DataFrame(
        {
            "patient_id": np.arange(1, patients + 1),
            "arm": arm,
            "age": rng.integers(38, 76, patients),
            "sex": rng.choice(["M", "F"], patients, p=[0.8, 0.2]),
            "stage": rng.choice(["2", "3"], patients),
            "os_months": np.minimum(end, limit),
            "os_event": (end <= limit).astype(int),
            "pfs_months": np.minimum(first, limit),
            "pfs_event": (first <= limit).astype(int),
            "best": rng.choice(["CR", "PR", "SD", "PD"], patients, p=[0.1, 0.25, 0.35, 0.3]),
        }
    )
    folder.mkdir(parents=True)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    table.to_csv(folder / "patients.csv", index=False)
    return folder
