"""A tiny project for tests of the build: a study of six patients, notebooks of a cell or two."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pandas as pd
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[1]
STUDY = """\
synthetic: true
texts: {title: Tiny study}
arms:
  - {code: A, label: Arm A, color: "#112233"}
  - {code: B, label: Arm B, color: "#445566"}
reference_arm: A
variables:
  age: {label: Age, kind: continuous}
endpoints:
  os: {label: Overall survival, short: OS, time: os_months, event: os_event}
"""
PATIENTS = """\
patient_id,arm,age,os_months,os_event
1,A,50,10,1
2,A,60,12,0
3,A,70,8,1
4,B,55,20,0
5,B,65,15,1
6,B,75,18,0
"""
PARAMETERS = 'study = "../data/tiny"\nresults_dir = ""\n'

# writes what a real notebook writes, without pandas: a test's kernel should start fast
WRITES = """\
import json, pathlib
folder = pathlib.Path(results_dir)
(folder / "tables").mkdir(exist_ok=True)
(folder / "figures").mkdir(exist_ok=True)
(folder / "01-first.values.json").write_text(json.dumps({"n": "0.050"}))
(folder / "01-first.omitted.json").write_text(json.dumps({"safety": "No safety."}))
table = {"caption": "T", "columns": ["a"], "rows": [["=1+1"]], "notes": []}
(folder / "tables" / "tbl-one.json").write_text(json.dumps(table))
(folder / "tables" / "tbl-one.csv").write_text("a\\n'=1+1\\n")
for kind in ("svg", "pdf", "png", "tiff", "csv"):
    (folder / "figures" / f"fig-one.{kind}").write_text(kind)
"""


def study_folder(folder: Path) -> Path:
    """Write a valid study of six patients."""
    folder.mkdir(parents=True)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    (folder / "patients.csv").write_text(PATIENTS, encoding="utf-8")
    return folder


def notebook(folder: Path, name: str, *cells: str, parameters: str = PARAMETERS) -> Path:
    """Write a notebook: a title, a parameters cell, then the given cells."""
    given = new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]})
    code = [new_code_cell(text, id=f"cell-{number}") for number, text in enumerate(cells)]
    title = new_markdown_cell("# Title", id="title")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=[title, given, *code]), path)
    return path


def project(root: Path, *cells: str) -> Path:
    """Write a project with one study, two notebooks and a report of one section."""
    study_folder(root / "data" / "tiny")
    notebook(root / "notebooks", "01-first", *(cells or (WRITES,)))
    notebook(root / "notebooks", "02-second", "print(depth)", parameters=PARAMETERS + "depth = 3\n")
    (root / "_quarto.yml").write_text("project: {type: default}\n")
    own = shutil.ignore_patterns("sections", "index.qmd")
    shutil.copytree(ROOT / "report", root / "report", ignore=own)
    (root / "report" / "sections").mkdir()
    (root / "report" / "index.qmd").write_text(
        "{{< include ../_generated/sections/safety.qmd >}}\n\n"
        "{{< embed ../_generated/notebooks/01-first.ipynb#fig-one >}}\n\n"
        "{{< embed ../_generated/notebooks/01-first.ipynb#tbl-one >}}\n"
    )
    (root / "report" / "sections" / "safety.qmd").write_text("{{< var safety.summary >}}\n")
    return root


def sentence_project(root: Path, *cells: str) -> Path:
    """Write a project of one notebook, and a report of one sentence that is really rendered."""
    project(root)
    shutil.rmtree(root / "report")
    shutil.copytree(ROOT / "report", root / "report", ignore=shutil.ignore_patterns("sections"))
    shutil.copyfile(ROOT / "_quarto.yml", root / "_quarto.yml")
    (root / "report" / "index.qmd").write_text("---\ntitle: Tiny\n---\n\nOne sentence.\n")
    parameters = PARAMETERS + 'word = ""\n'
    notebook(root / "notebooks", "01-first", *cells, parameters=parameters)
    (root / "notebooks" / "02-second.ipynb").unlink()
    return root


def edit(folder: Path, change: Callable[[dict], object]) -> None:
    """Change what a study file says."""
    raw = yaml.safe_load((folder / "study.yml").read_text("utf-8"))
    change(raw)
    (folder / "study.yml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")


def contents(folder: Path) -> dict[str, str]:
    """Give the SHA-256 of every file under a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def gammopathy(folder: Path, **said) -> Path:
    """Write a study of real patients whose event, malignancy, competes with death.

    320 patients of `mgus2` of R's survival package (`reference/competing`), women against men;
    `said` are keys of the study file.
    """
    table = pd.read_csv(ROOT / "tests" / "reference" / "competing" / "competing.csv")
    folder.mkdir(parents=True)
    pd.DataFrame({
        "patient_id": [f"M{number:03}" for number in range(len(table))],
        "sex": table["male"].map({0: "F", 1: "M"}),
        "months": table["time"],
        "state": table["cause"],
        "death": (table["cause"] == 2).astype(int),
        "age": (10 * table["age"]).round(),
        "mspike": table["mspike"],
        "hgb": table["hgb"],
    }).to_csv(folder / "patients.csv", index=False)  # fmt: skip
    dead = "death without malignancy"
    study = {
        "texts": {"title": "Progression of a gammopathy", "exposure": "sex"},
        "columns": {"patient_id": "patient_id", "arm": "sex"},
        "arms": [{"code": "F", "label": "Women", "color": "#2F6DB5"},
                 {"code": "M", "label": "Men", "color": "#C8372D"}],
        "reference_arm": "F",
        "endpoints": {
            "ttm": {"label": "Time to malignancy", "short": "TTM", "time": "months",
                    "event": "state", "event_codes": ["1"], "censored_codes": ["0"],
                    "competing_codes": [{"code": "2", "label": dead}],
                    "event_label": "malignancy", "events_label": "malignancies",
                    "milestones": [24, 60]},
            "dwm": {"label": "Death without malignancy", "short": "DWM", "time": "months",
                    "event": "death", "event_label": dead,
                    "events_label": "deaths without malignancy", "milestones": [24, 60]},
        },
        "variables": {
            "age": {"label": "Age", "kind": "continuous", "unit": "years"},
            "old": {"label": "Age", "kind": "categorical", "cut": "age", "at": [70]},
            "mspike": {"label": "M spike", "kind": "continuous", "unit": "g/dl", "decimals": 1},
            "hgb": {"label": "Haemoglobin", "kind": "continuous", "unit": "g/dl", "decimals": 1},
        },
        "baseline": [{"variable": "age"}, {"variable": "mspike"}, {"variable": "hgb"}],
        "cox": {"covariates": [{"variable": "old"}, {"variable": "mspike"}, {"variable": "hgb"}]},
    }  # fmt: skip
    text = yaml.safe_dump(study | said, allow_unicode=True, sort_keys=False)
    (folder / "study.yml").write_text(text, encoding="utf-8")
    return folder


def lung(folder: Path, **said) -> Path:
    """Write a study of the patients of `reference/effects`, women (B) against men (A).

    Times are R's days, called months; `said` are keys of the study file.
    """
    table = pd.read_csv(ROOT / "tests" / "reference" / "effects" / "effects.csv")
    folder.mkdir(parents=True)
    table.assign(
        patient_id=[f"L{number:03}" for number in range(len(table))],
        arm=table["group"].map({0: "A", 1: "B"}),
        ecog=table["ecog"].map({0: "none", 1: "some", 2: "many"}),
        centre=table["inst"].map("C{:02}".format),
    ).drop(columns=["group", "inst", "w"]).to_csv(folder / "patients.csv", index=False)
    centres = sorted({f"C{number:02}" for number in table["inst"]})
    number = {"kind": "continuous"}
    study = {
        "texts": {"title": "Lung cancer", "exposure": "sex"},
        "arms": [{"code": "A", "label": "Men", "color": "#2F6DB5"},
                 {"code": "B", "label": "Women", "color": "#C8372D"}],
        "reference_arm": "A",
        "endpoints": {"os": {"label": "Overall survival", "short": "OS", "time": "time",
                             "event": "event", "event_label": "death", "events_label": "deaths",
                             "milestones": [100, 300, 500]}},
        "variables": {
            "age": {"label": "Age", **number}, "karno": {"label": "Karnofsky score", **number},
            "wt": {"label": "Weight loss", **number},
            "old": {"label": "Age group", "kind": "categorical", "cut": "age", "at": [65]},
            "ecog": {"label": "Symptoms", "kind": "categorical",
                     "levels": [{"code": code} for code in ("none", "some", "many")]},
            "centre": {"label": "Centre", "kind": "categorical",
                       "levels": [{"code": code} for code in centres]},
        },
        "cox": {"covariates": [{"variable": name} for name in ("age", "karno", "wt")]},
        "statistics": {"ties": "efron", "conf_type": "log"},
    }  # fmt: skip
    text = yaml.safe_dump(study | said, allow_unicode=True, sort_keys=False)
    (folder / "study.yml").write_text(text, encoding="utf-8")
    return folder


MANY_SYMPTOMS = {"code": "many", "label": "Many symptoms", "color": "#2E7D32"}
SYMPTOMS = {
    "columns": {"arm": "ecog"},
    "arms": [{"code": "none", "label": "No symptoms", "color": "#2F6DB5"},
             {"code": "some", "label": "Some symptoms", "color": "#C8372D"}],
    "reference_arm": "none",
    "further_arms": [MANY_SYMPTOMS],
}  # fmt: skip


def symptoms(folder: Path, **said) -> Path:
    """Write a study of the lung patients by symptoms: two arms, and a further one."""
    lung(folder, **SYMPTOMS | said)

    def change(raw):
        del raw["variables"]["ecog"]
        if not said:
            raw["cox"] = {"covariates": [{"variable": "age"}, {"variable": "karno"}]}

    edit(folder, change)
    return folder


def late_entry(folder: Path, more: dict | None = None, **said) -> Path:
    """Write a study whose patients enter late: `reference/followup/entry.csv`, arms 0 and 1.

    `more` are further columns of the table, `said` keys of the study file.
    """
    table = pd.read_csv(ROOT / "tests" / "reference" / "followup" / "entry.csv")
    folder.mkdir(parents=True)
    table = table.rename(columns={"id": "patient_id"}).assign(**more or {})
    table.to_csv(folder / "patients.csv", index=False)

    def levels(codes) -> list[dict[str, str]]:
        return [{"code": str(code)} for code in codes]

    study = {
        "synthetic": True,
        "texts": {"title": "A cohort that patients enter late"},
        "arms": [{"code": "0", "label": "Control", "color": "#2F6DB5"},
                 {"code": "1", "label": "New", "color": "#C8372D"}],
        "reference_arm": "0",
        "endpoints": {"os": {"label": "Overall survival", "short": "OS", "time": "time",
                             "event": "event", "event_label": "death", "events_label": "deaths",
                             "milestones": [6, 12]}},
        "entry": {"column": "entry"},
        "variables": {"x1": {"label": "Score", "kind": "continuous", "decimals": 2},
                      "x2": {"label": "Mutation", "kind": "categorical", "levels": levels((0, 1))},
                      "stratum": {"label": "Stage", "kind": "categorical",
                                  "levels": levels((1, 2, 3))},
                      "centre": {"label": "Centre", "kind": "categorical",
                                 "levels": levels(range(1, 16))}},
        "baseline": [{"variable": "x1"}, {"variable": "x2"}],
        "cox": {"covariates": [{"variable": "x1"}, {"variable": "x2"}],
                "strata": "stratum", "cluster": "centre"},
        "splines": {"x1": {}},
        "subgroups": [{"name": "mutant", "label": "Mutation", "variable": "x2", "level": "1"}],
    }  # fmt: skip
    text = yaml.safe_dump(study | said, allow_unicode=True, sort_keys=False)
    (folder / "study.yml").write_text(text, encoding="utf-8")
    return folder
