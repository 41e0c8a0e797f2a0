"""A witness as a folder: patients, how closely each number is met, and a study file.

Everything says that it is synthetic: the names of the files, each row, title and source of the
study. Of more than two arms there is no study file.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from ...scratch import scratch_folder
from .. import Published
from .find import Found
from .people import ARM

LABEL = "synthetic; searched to give printed numbers; no row is a patient"
PATIENTS, FIT = "synthetic-witness.csv", "synthetic-witness-fit.csv"
COLOURS = ("#2F6DB5", "#C8372D")


def write_witness(found: Found, published: Published, folder: Path) -> list[str]:
    """Write the nearest cohort into a new folder, whole or not at all; give the names of its files.

    Raises
    ------
    FileExistsError
        If the folder exists.
    """
    if folder.exists():
        raise FileExistsError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(parent=folder.parent) as scratch:
        made = scratch / "witness"
        made.mkdir()
        patients = patients_of(found)
        patients.to_csv(made / PATIENTS, index=False, float_format="%.6g", lineterminator="\n")
        found.fit.to_csv(made / FIT, index=False, float_format="%.6g", lineterminator="\n")
        names = [PATIENTS, FIT]
        if len(found.people.arms) <= 2:
            text = yaml.safe_dump(study_of(found, published), sort_keys=False, allow_unicode=True)
            (made / "study.yml").write_text(f"# {LABEL}.\n{text}", "utf-8")
            names.append("study.yml")
        shutil.move(made, folder)
    return names


def patients_of(found: Found) -> pd.DataFrame:
    """Give a row for each invented patient: arm, covariates, times, events, and that he is none."""
    people, state = found.people, found.run.best
    columns: dict[str, object] = {"patient_id": [f"W{k:04d}" for k in range(1, people.n + 1)]}
    for unit in people.units:
        own = state.x[:, unit.start : unit.stop]
        if len(unit.levels) > 1 or unit.term == ARM:
            columns[_name(unit.term)] = np.array(unit.levels)[own.argmax(1)]
        else:
            columns[_name(unit.term)] = own[:, 0]
    for k, endpoint in enumerate(found.scale.endpoints):
        columns[f"{_name(endpoint)}_months"] = np.round(state.t[k] * found.scale.step, 6)
        columns[f"{_name(endpoint)}_event"] = state.e[k]
    return pd.DataFrame(columns).assign(source=LABEL)


def study_of(found: Found, published: Published) -> dict[str, object]:
    """Give the study file of a witness."""
    title = published.paper.get("title") or "a paper"
    doi = published.paper.get("doi", "")
    arms = [{"code": arm, "label": arm, "color": color}
            for arm, color in zip(found.people.arms, COLOURS, strict=False)]  # fmt: skip
    variables = {}
    for unit in found.people.units[1:]:
        if len(unit.levels) > 1:
            levels = [{"code": level} for level in unit.levels]
            kind = {"kind": "categorical", "levels": levels}
        else:
            kind = {"kind": "continuous"}
        variables[_name(unit.term)] = {"label": unit.term, **kind}
    endpoints = {
        _name(x): {"label": x.upper(), "short": x.upper(), "time": f"{_name(x)}_months",
                   "event": f"{_name(x)}_event", "unit": "months"}
        for x in found.scale.endpoints
    }  # fmt: skip
    return {
        "synthetic": True,
        "texts": {
            "title": f"Synthetic witness of the survival table of: {title}",
            "source": f"invented patients, searched so that their analysis gives what {title}"
            f"{f' (doi {doi})' if doi else ''} printed. No row is a patient",
        },
        "tables": {"patients": PATIENTS},
        "arms": arms,
        "reference_arm": found.people.arms[0],
        "variables": variables,
        "endpoints": endpoints,
    }


def _name(text: str) -> str:
    """Give a name that a column can have."""
    return re.sub(r"\W+", "_", text.lower()).strip("_") or "x"
