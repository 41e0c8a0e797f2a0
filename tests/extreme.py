"""Studies with extreme features, written as folders: what a report must say rightly on any data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

KINDS = (
    "plain",
    "no events",
    "one event",
    "events in one arm",
    "separated factor",
    "all significant",
    "nothing significant",
    "reversed by adjustment",
    "many patients",
    "five endpoints",
    "arms that are no treatments",
    "one arm",
    "one arm without events",
    "missing covariates",
    "significance",
    "another level",
    "ties",
    "tiny arms",
    "zero times",
    "short names",
    "nobody responds",
    "everybody responds",
    "one adverse event",
    "crossing curves",
    "one covariate",
    "no covariates",
    "constant covariate",
    "everybody followed shortly",
    "response only",
    "all die at once",
    "competing events",
    "one competing event",
    "competing in one arm",
    "late treatment",
    "treated at once",
    "nobody treated",
    "half missing",
    "one missing value",
    "late entry",
    "few enter first",
    "three arms",
)
NAMES = ["Overall survival", "Progression-free survival", "Disease-free survival",
         "Time to progression", "Event-free survival"]  # fmt: skip
KEYS = ["os", "pfs", "dfs", "ttp", "efs"]
COMPETING = ("competing events", "one competing event", "competing in one arm")
ASKED = ("crossing curves", "events in one arm", "one event")
ENTRY = ("late entry", "few enter first")
LATE = ("late treatment", "treated at once", "nobody treated")
SIZES = {"many patients": 1001, "one event": 30, "tiny arms": 7}
EFFECTS = {"all significant": 2.5, "reversed by adjustment": -1.0, "significance": 0.9}
ONE_ARM = ("one arm", "one arm without events")
OTHERS = {kind: (1.0, "A") for kind in ONE_ARM} | {"three arms": (0.35, "C")}
THIRD = [{"code": "C", "label": "Best care", "color": "#227733"}]


def table(kind: str, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the patients of a study of a kind, one row each."""
    n = SIZES.get(kind, int(rng.integers(40, 160)))
    arm, x = rng.integers(0, 2, n), rng.normal(size=n).round(2)
    if kind == "tiny arms":
        arm = np.arange(n) % 2
    f = rng.choice(["u", "v", "w"], n)
    if kind == "reversed by adjustment":
        x = (2 * arm + rng.normal(scale=0.7, size=n)).round(2)
    if kind == "constant covariate":
        x[:] = 1.0
    worse = 1.4 * (f == "w") * (kind == "all significant") + 0.9 * x * (
        kind == "reversed by adjustment"
    )
    rate = 0.06 * np.exp(EFFECTS.get(kind, 0.0) * arm + worse + 0.3 * rng.normal() * x)
    found = {"arm": np.where(arm, "B", "A"), "x": x, "f": f,
             "site": rng.choice(["north", "south"], n, p=[0.8, 0.2])}  # fmt: skip
    for k in range(ends_of(kind)):
        found |= _times(kind, k, rate * (1 + k), arm, f, found, rng)
    _response(found, kind, rng)
    frame = pd.DataFrame(found)
    if kind == "missing covariates":
        frame.loc[rng.random(n) < 0.3, "x"] = np.nan
    if kind == "half missing":
        frame.loc[rng.random(n) < 0.5, "x"] = np.nan
        frame.loc[rng.random(n) < 0.2, "f"] = None
    if kind == "one missing value":
        frame.loc[0, "x"] = np.nan
    if kind in LATE:
        wait = {"late treatment": 4.0, "treated at once": 0.0, "nobody treated": 99.0}[kind]
        frame["start"] = np.where(arm == 1, rng.exponential(1, n).round(1) * wait, np.nan)
        if kind == "nobody treated":
            frame["start"] += 99
    if kind in ENTRY:  # some after the end of their follow-up
        first = 0.0 if kind == "late entry" else 0.5
        here = rng.random(n) < 0.3 * (kind == "late entry")
        frame["came"] = np.where(here, 0.0, first + rng.exponential(5, n)).round(1)
    if kind in COMPETING:
        _competing(frame, kind, rng)
    if kind in OTHERS:
        frame.loc[rng.random(n) < OTHERS[kind][0], "arm"] = OTHERS[kind][1]
    return frame.assign(patient_id=[f"S{i:04d}" for i in range(n)])


def ends_of(kind: str) -> int:
    """Give how many endpoints a study of a kind has."""
    return {"five endpoints": 5, "response only": 0}.get(kind, 2)


def _times(kind, k, rate, arm, f, before, rng):
    n = len(arm)
    death, end = rng.exponential(1 / rate), rng.uniform(5, 40, n)
    if kind == "crossing curves":
        death = np.where(arm == 1, rng.weibull(3, n) * 12, rng.weibull(0.6, n) * 12)
    if kind == "everybody followed shortly":
        end = rng.uniform(0.5, 2, n)
    event = (death <= end).astype(int)
    if kind in ("no events", "one event", "one arm without events"):
        event[:] = 0
    if kind == "one event":
        event[int(rng.integers(n))] = 1
    if kind == "events in one arm":
        event = np.where(arm == 1, 0, event)
    if kind == "separated factor":
        event = np.where(f == "v", 0, event)
    time = (np.minimum(death, end) + 0.1).round(1)
    if kind == "ties":
        time = np.ceil(time / 6) * 6
    if kind == "zero times":
        time[: n // 8] = 0.0
    if kind == "all die at once":
        time[:], event[:] = 3.0, 1
    if k:  # nothing happens after death, and what is not seen by then is the death or its lack
        later = time >= before["t0"]
        time, event = np.minimum(time, before["t0"]), np.where(later, before["e0"], event)
    return {f"t{k}": time.round(1), f"e{k}": event}


def _competing(frame, kind, rng):
    """Make a competing state of some who were censored for the second endpoint."""
    other = (frame["e1"] == 0) & (rng.random(len(frame)) < 0.5)
    if kind == "one competing event":
        other = frame.index == frame.index[frame["e1"] == 0][0]
    if kind == "competing in one arm":
        other &= frame["arm"] == "B"
    frame.loc[other, "e1"] = 2


def _response(found, kind, rng):
    n = len(found["x"])
    share = {"nobody responds": [0, 0, 0.2, 0.8, 0], "everybody responds": [0.5, 0.5, 0, 0, 0]}
    found["best"] = rng.choice(
        ["CR", "PR", "SD", "PD", "NE"], n, p=share.get(kind, [0.1, 0.2, 0.3, 0.3, 0.1])
    )
    found["stopped"] = rng.choice(["progression", "toxicity", ""], n, p=[0.6, 0.2, 0.2])


def events_table(kind: str, frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw adverse events, one row each."""
    rows = []
    for patient in frame["patient_id"]:
        for term in ("Fatigue", "Rash", "Nausea"):
            if (kind != "one adverse event" and rng.random() < 0.3) or not rows:
                rows.append((patient, term, int(rng.integers(1, 5))))
    return pd.DataFrame(rows, columns=["patient_id", "term", "grade"])


def study_keys(kind: str) -> dict:
    """Give what the study file of a kind says."""
    one_arm = kind in ONE_ARM
    labels = {"A": "Standard care", "B": "New care"}
    if kind == "short names":
        labels = {"A": "A", "B": "B"}
    texts = {"title": "Made for a test", "population": "a disease"}
    if kind == "significance":
        texts["style"] = "significance"
    if kind == "arms that are no treatments":
        texts["exposure"] = "marker group"
    covariates = [{"variable": "x"}, {"variable": "f", "reference": "v"}]
    if kind == "one covariate":
        covariates = covariates[:1]
    if kind == "no covariates":
        covariates = []
    keys = KEYS[: ends_of(kind)]
    study = {
        "texts": texts,
        "reference_arm": "A",
        "arms": [{"code": c, "label": labels[c], "color": "#112233" if c == "A" else "#AA3311"}
                 for c in ("A" if one_arm else "AB")],
        "endpoints": {
            key: {"label": NAMES[k], "short": key.upper(), "time": f"t{k}", "event": f"e{k}",
                  "event_label": "death" if k == 0 else f"event {'abcde'[k]}",
                  "events_label": "deaths" if k == 0 else f"events {'abcde'[k]}",
                  "milestones": [6, 12]}
            for k, key in enumerate(keys)
        },
        "variables": {
            "x": {"label": "Marker", "kind": "continuous", "unit": "units"},
            "f": {"label": "Grade", "kind": "categorical",
                  "levels": [{"code": c, "label": label}
                             for c, label in (("u", "Low"), ("v", "Middle"), ("w", "High"))]},
            "site": {"label": "Site", "kind": "categorical",
                     "levels": [{"code": "north", "label": "North"},
                                {"code": "south", "label": "South"}]},
        },
        "baseline": [{"variable": "x"}, {"variable": "f"}, {"variable": "site"}],
        "robustness": {"resamples": 100, "specifications": 32, "landmarks": [1, 3]},
        "statistics": {"alpha": 0.01, "conf_level": 0.99} if kind == "another level" else {},
        "non_proportional": {"periods": [3, 10]} if kind in ASKED else None,
        "splines": {"x": {"knots": 3}} if kind in ASKED else {},
        "entry": {"column": "came"} if kind in ENTRY else None,
        "further_arms": THIRD if kind == "three arms" else [],
    }  # fmt: skip
    if kind == "plain":
        study["primary"] = "pfs"
    if kind in COMPETING:
        study["endpoints"]["pfs"] |= {
            "event_codes": ["1"], "censored_codes": ["0"],
            "competing_codes": [{"code": "2", "label": "transplantation"}]}  # fmt: skip
    if kind in LATE:
        study["treatment_start"] = {"column": "start", "grace": 2, "resamples": 100}
    if kind in ("half missing", "one missing value"):
        study["missing"] = {"copies": 3, "rounds": 2, "tipping": {"x": [-1, 0.5]}}
    if keys:
        study["cox"] = {"covariates": covariates}
    if keys and not one_arm and kind != "no covariates":
        study["subgroups"] = [
            {"name": "low", "label": "low grade", "variable": "f", "level": "u"},
            {"name": "south", "label": "Site: South", "variable": "site", "level": "south"},
        ]
    if kind not in ("no covariates", "many patients"):
        study["tables"] = {"patients": "patients.csv", "adverse_events": "events.csv"}
        study["response"] = {
            "column": "best", "criteria": "RECIST 1.1", "objective": ["CR", "PR"],
            "control": ["CR", "PR", "SD"], "not_evaluable": "NE",
            "categories": [{"code": c, "label": label} for c, label in (
                ("CR", "Complete response"), ("PR", "Partial response"), ("SD", "Stable disease"),
                ("PD", "Progressive disease"), ("NE", "Not evaluable"))],
        }  # fmt: skip
        study["adverse_events"] = {"criteria": "CTCAE version 5.0", "term": "term",
                                   "grade": "grade", "severe_grade": 3, "highest_grade": 5,
                                   "terms": ["Fatigue", "Rash", "Nausea"]}  # fmt: skip
        study["discontinuation"] = {
            "column": "stopped",
            "reasons": [{"code": "progression", "label": "Disease progression"},
                        {"code": "toxicity", "label": "Toxicity"}],
        }  # fmt: skip
    return study


def write_study(kind: str, seed: int, folder: Path) -> Path:
    """Write a study of a kind into a folder; the same seed gives the same study."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    folder.mkdir(parents=True, exist_ok=True)
    frame, study = table(kind, rng), study_keys(kind)
    frame.to_csv(folder / "patients.csv", index=False)
    if "adverse_events" in study:
        events_table(kind, frame, rng).to_csv(folder / "events.csv", index=False)
    (folder / "study.yml").write_text(
        yaml.safe_dump(study, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return folder
