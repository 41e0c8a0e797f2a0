"""A study whose every free text is an attack or an accident: what the outputs must show as text."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pandas as pd
import yaml

DATA = Path(__file__).parents[1] / "data" / "wei2026"
MARK = "Zq"  # stands in each text, so that a test can find it again
TEXTS = [
    f"{MARK}0 <script>alert(1)</script><img src=x onerror=alert(2)>",
    f'{MARK}1 #import "x.typ": * #eval("1")',
    f"=cmd|' /C calc'!A0 {MARK}2",
    f"{MARK}3 {{{{< include ../secret.qmd >}}}}",
    f"{MARK}4 {{{{< var no.such >}}}} {{{{< embed x.ipynb#fig-y >}}}}",
    f"{MARK}5 [@nobody] @fig-nowhere @tbl-nowhere [x](http://example.org)",
    f"{MARK}6 ```{{=html}} <b>b</b> ``` ~~~ $x^2$ $ `c` \\input{{x}}",
    f"{MARK}7 | a \\ b ~ c ^ d * e _ f ]]> --> </table> &amp; %s {{}} \"q\" 'r'",
    f"{MARK}8 肝癌 \U0001f9ea µg ≥ 2× Zoë",
    f"{MARK}9 a\u202eb\u2066c\u200fd\u2069e\u200bf",
    f"{MARK}10 1. +2 -3 @4 ::: {{.x}} <!-- c --> #pagebreak() ---",
    f"{MARK}11 !!python/object/apply:os.system ['true'] &a *a %TAG",
]
CONTROL = f"{MARK}12 a\tb\x0bc\x1bd\x7fe"
LONG = f"{MARK}13 " + "long " * 1999


def hostile_study(folder: Path) -> Path:
    """Write the default study with hostile texts in the study file and hostile cells and codes."""
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("reconstruction", "README.md"))
    raw = yaml.safe_load((folder / "study.yml").read_text("utf-8"))
    texts = itertools.cycle(TEXTS)
    for mapping, key in [*_texts(raw)]:
        mapping[key] = next(texts)
    raw["texts"]["limitations"] = [*TEXTS, LONG]
    raw["texts"]["abbreviations"] |= {"ICI": TEXTS[0], "<i>x</i>": TEXTS[1]}
    raw["variables"]["sex"]["label"] = LONG
    raw["robustness"] = {"resamples": 100, "specifications": 8, "landmarks": [2]}
    raw["treatment_start"]["resamples"] = 100
    new = _codes(folder, raw)
    _published(folder, new)
    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False, width=10**6)
    (folder / "study.yml").write_text(text, encoding="utf-8")
    return folder


TEXT_KEYS = {
    "title",
    "short_title",
    "unit",
    "design",
    "setting",
    "population",
    "time_zero",
    "enrolment",
    "data_cutoff",
    "registration",
    "ethics",
    "source",
    "licence",
    "label",
    "short",
    "event_label",
    "events_label",
    "criteria",
    "procedure_label",
    "size_label",
    "marker_label",
    "alt",
    "text",
}
COLUMNS = {"progression", "column"}
UNITS = {"days", "weeks", "months", "years"}


def _texts(node):
    """Find every free text of a study file: the mapping it stands in, and its key."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in TEXT_KEYS and isinstance(value, str) and value not in UNITS:
                yield node, key
            else:
                yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _published(folder: Path, new: dict[str, str]) -> None:
    """Put hostile texts and the hostile codes into the printed results."""
    path = folder / "published.yml"
    raw = _renamed(yaml.safe_load(path.read_text("utf-8")), new)
    raw["paper"] |= {"title": TEXTS[1], "journal": TEXTS[3]}
    for block, text in zip(raw["blocks"], itertools.cycle(TEXTS), strict=False):
        block["where"] = text
    path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _renamed(node, new: dict[str, str]):
    if isinstance(node, dict):
        return {new.get(key, key): _renamed(value, new) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(value, new) for value in node]
    return new.get(node, node) if isinstance(node, str) else node


def _codes(folder: Path, raw: dict) -> dict[str, str]:
    """Put hostile codes, patient ids and columns that nobody uses into the tables; give codes."""
    patients = pd.read_csv(folder / "patients.csv", dtype=str, keep_default_na=False)
    events = pd.read_csv(folder / "adverse_events.csv", dtype=str, keep_default_na=False)
    measurements = pd.read_csv(folder / "measurements.csv", dtype=str, keep_default_na=False)
    new = {
        "MWA+ICI": TEXTS[0],
        "Fatigue": TEXTS[2],
        "Rash": TEXTS[4],
        "toxicity": TEXTS[6],
        "positive": TEXTS[3],
        "progression": CONTROL,
    }
    for table in (patients, events, measurements):
        # the column `progression` keeps its name
        table.replace(new, inplace=True)
        table["patient_id"] = "=1+1<b>" + table["patient_id"] + "</b>"
    patients["<script>alert(3)</script>"] = CONTROL
    for name, table in (
        ("patients", patients),
        ("adverse_events", events),
        ("measurements", measurements),
    ):
        table.to_csv(folder / f"{name}.csv", index=False)
    _rename(raw, new)
    for case in raw.get("cases", []):
        if "patient" in case:
            case["patient"] = "=1+1<b>" + case["patient"] + "</b>"
    return new


def _rename(node, new: dict[str, str]) -> None:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in [*items]:
        if isinstance(value, dict | list):
            _rename(value, new)
        elif isinstance(value, str) and value in new and (key == "code" or key not in COLUMNS):
            node[key] = new[value]
