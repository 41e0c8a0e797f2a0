# ruff: noqa: E501 (patterns of sentences are read best in one piece)
"""Every sentence that is read back agrees with the statistics, on more than sixty studies; corruption shows.

The studies: the two of this repository, and generated ones with extreme features. `sentence_reader`
shares no code with what writes the sentences.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import sentence_reader_abstract  # noqa: F401 (adds to what is read)
import yaml
from sentence_reader import WORDS, Reader
from tiny import gammopathy

import cohortbook as cb
from cohortbook.build.project import abstract
from cohortbook.build.project.merge import by_endpoint
from cohortbook.cohort.cohort import Cohort, load_cohort
from cohortbook.display.methods.manuscript import study_values
from cohortbook.display.sentences import cohort as of_cohort
from cohortbook.results import COLUMNS, plain_number
from cohortbook.sections import omission

DATA = Path(__file__).parents[1] / "data"
FOLDERS = tempfile.TemporaryDirectory(prefix="sentences-")  # a choice reads the study again
KINDS = (
    "plain",
    "no events",
    "one event",
    "separated arm",
    "separated factor",
    "all significant",
    "nothing significant",
    "reversed by adjustment",
    "many patients",
    "five endpoints",
    "arms that are no treatments",
    "one arm",
    "missing covariates",
    "significance",
    "another level",
    "late treatment",
    "late entry",
)
SEEDS = range(2)  # tools/words_bed.py tries whole reports of many more
STUDIES = [
    (kind, seed) for kind in KINDS for seed in SEEDS if kind != "many patients" or not seed
]  # and the two of the repository


def generated(kind: str, seed: int) -> Cohort:
    """Make a cohort with an extreme feature."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    n = {"many patients": 1001, "one event": 30}.get(kind, int(rng.integers(40, 160)))
    arm, x = rng.integers(0, 2, n), rng.normal(size=n).round(2)
    f = rng.choice(["u", "v", "w"], n)
    if kind == "reversed by adjustment":
        x = (2 * arm + rng.normal(scale=0.7, size=n)).round(2)
    effect = {"all significant": 2.5, "reversed by adjustment": -1.0}.get(kind, 0.0)
    factor = 1.4 * (f == "w") * (kind == "all significant") + 0.9 * x * (
        kind == "reversed by adjustment"
    )
    rate = 0.06 * np.exp(effect * arm + factor + 0.3 * rng.normal() * x)
    table = {"arm": np.where(arm, "B", "A"), "x": x, "f": f}
    ends = 5 if kind == "five endpoints" else 2
    for k in range(ends):
        death, end = rng.exponential(1 / (rate * (1 + k))), rng.uniform(5, 40, n)
        event = (death <= end).astype(int)
        if kind == "no events":
            event[:] = 0
        if kind == "one event":
            event[:] = 0
            event[int(rng.integers(n))] = 1
        if kind == "separated arm":
            event = np.where(arm == 1, 0, event)
        if kind == "separated factor":
            event = np.where(f == "v", 0, event)
        time = (np.minimum(death, end) + 0.1).round(1)
        if k:  # nothing happens after death, and what is not seen by then is the death or its lack
            later = time >= table["t0"]
            time, event = np.minimum(time, table["t0"]), np.where(later, table["e0"], event)
        table |= {f"t{k}": time.round(1), f"e{k}": event}
    frame = pd.DataFrame(table)
    if kind == "late treatment":  # of the second arm; some begin at once, some after their end
        frame["start"] = np.where(arm == 1, rng.exponential(1 + 2 * seed, n).round(1), np.nan)
    if kind == "late entry":  # among few at first, and of some after their end
        frame["came"] = (seed + rng.exponential(4, n)).round(1)
    if kind == "missing covariates":
        frame.loc[rng.random(n) < 0.3, "x"] = np.nan
    if kind == "one arm":
        frame["arm"] = "A"
    return _cohort(frame, kind, ends)


def _cohort(frame: pd.DataFrame, kind: str, ends: int) -> Cohort:
    codes = "A" if kind == "one arm" else "AB"
    labels = {"A": "Standard care", "B": "New care"}
    keys = ["os", "pfs", "dfs", "ttp", "efs"][:ends]
    names = ["Overall survival", "Progression-free survival", "Disease-free survival",
             "Time to progression", "Event-free survival"]  # fmt: skip
    study = {
        "texts": {"title": "Made for a test",
                  "style": "significance" if kind == "significance" else "estimation",
                  **({"exposure": "marker group"} if kind == "arms that are no treatments" else {})},
        "reference_arm": "A",
        "arms": [{"code": c, "label": labels[c], "color": "#112233"} for c in codes],
        "endpoints": {
            key: {"label": names[k], "short": key.upper(), "time": f"t{k}", "event": f"e{k}",
                  "event_label": "death" if k == 0 else f"event {'abcde'[k]}",
                  "events_label": "deaths" if k == 0 else f"events {'abcde'[k]}"}
            for k, key in enumerate(keys)
        },
        "variables": {
            "x": {"label": "Marker", "kind": "continuous", "unit": "units"},
            "f": {"label": "Grade", "kind": "categorical",
                  "levels": [{"code": c, "label": name} for c, name in (("u", "Low"), ("v", "Middle"), ("w", "High"))]},
        },
        "baseline": [{"variable": "x"}, {"variable": "f"}],
        "cox": {"covariates": [{"variable": "x"}, {"variable": "f", "reference": "v"}]},
        "robustness": {"resamples": 100},
        "missing": {"rounds": 2, "tipping": {"x": [-1, 0.5]}},
        "statistics": {"alpha": 0.01, "conf_level": 0.99} if kind == "another level" else {},
    }  # fmt: skip
    if kind == "late entry":
        study["entry"] = {"column": "came"}
    if kind == "late treatment":
        study["treatment_start"] = {"column": "start", "grace": 2, "resamples": 100}
    folder = Path(tempfile.mkdtemp(dir=FOLDERS.name))
    (folder / "study.yml").write_text(yaml.safe_dump(study, allow_unicode=True), encoding="utf-8")
    frame.assign(patient_id=[str(i) for i in range(len(frame))]).to_csv(
        folder / "patients.csv", index=False
    )
    return load_cohort(folder)


class Written(NamedTuple):
    """A reader of a study's statistics, as JSON has them, and the texts of its report with their endpoint.

    Beside them all sentences by notebook and name, as the abstract is put together from them.
    """

    reader: Reader
    told: tuple[tuple[str, str], ...]
    values: dict[str, dict[str, str]]
    cohort: Cohort


NOTEBOOKS = {"cox": "prognostic_factors", "verdict": "robustness"}


@cache
def written(kind: str, seed: int) -> Written:
    if kind in ("wei2026", "hcc-cxcl17"):
        cohort = load_cohort(DATA / kind).choose(resamples=100, specifications=32)
    elif kind == "gammopathy":
        folder = Path(tempfile.mkdtemp(dir=FOLDERS.name)) / "study"
        asked = {"non_proportional": {"periods": [24, 60]}, "splines": {"age": {}, "mspike": {}}}
        cohort = load_cohort(gammopathy(folder, **asked))
        cohort = cohort.choose(resamples=100)
    else:
        cohort = generated(kind, seed)
    study, told, frames, values = cohort.study, [], [], {}

    def add(result, *parts):
        sentences = result.sentence().parts
        named = {by_endpoint(part, result.endpoint) if result.endpoint else part: text
                 for part, text in sentences.items()}  # fmt: skip
        values.setdefault(NOTEBOOKS.get(result.verb, result.verb), {}).update(named)
        told.extend((sentences[part], result.endpoint) for part in parts or sentences)
        frames.append(result.frame)
        return result

    if study.baseline:
        base = cb.baseline(cohort)
        frames.append(base.frame)
        if study.compares:
            told.append((of_cohort.balance(base.frame, study), ""))
    told.append((of_cohort.patients(study, cohort.n_by_arm), ""))
    if study.subgroups:
        add(cb.survival(cohort), "arms")
    else:
        add(cb.survival(cohort), "overall", "arms")
    for endpoint in study.endpoints:
        models = add(cb.cox(cohort, endpoint))
        add(models.hazards)
        if study.compares:
            add(cb.subgroup_effects(cohort, endpoint))
    if study.response:
        add(cb.response(cohort), "orr", "dcr")
    if cohort.adverse_events is not None:
        add(cb.safety(cohort), "counts", "compared")
    if study.compares:
        evidence = [cb.specification_curve(cohort), cb.leave_one_out(cohort), cb.sparse_data(cohort),
                    cb.landmark(cohort), *_weighting(cohort), cb.restricted_means(cohort)]  # fmt: skip
        add(evidence[0], "specification")
        add(evidence[1])
        add(evidence[-1])
        add(cb.added_covariates(cohort))
        tests = add(cb.adjusted_tests(cohort))
        add(cb.verdict(cohort, tests, evidence))
    _on_request(cohort, add)
    rows = [
        {column: plain_number(row[column]) for column in COLUMNS}
        for frame in frames
        for row in frame.to_dict("records")
    ]
    rows += [
        {**dict.fromkeys(COLUMNS, ""), "analysis": "sizes", "statistic": "patients",
         "population": "all", "group": code, "estimate": n}
        for code, n in cohort.n_by_arm.items()
    ]  # fmt: skip
    rows = json.loads(json.dumps(rows))
    reader = Reader.of_study(rows, study)
    return Written(reader, tuple((text, about) for text, about in told if text), values, cohort)


def _weighting(cohort: Cohort) -> list:
    """Give the propensity weights, unless patients enter late."""
    return [] if omission(cohort, "robustness_weighting") else [cb.weighting(cohort)]


def _on_request(cohort: Cohort, add) -> None:
    """Add what only some studies ask for."""
    if any(spec.competing for spec in cohort.study.endpoints.values()):
        add(cb.competing_events(cohort))
    if omission(cohort, "missing_data") is None:
        add(cb.missing_data(cohort, imputations=2))
    if cohort.study.non_proportional:
        add(cb.changing_effects(cohort))
    if cohort.study.splines:
        add(cb.continuous_effects(cohort))
    if cohort.study.treatment_start:
        add(cb.late_treatment(cohort, clone_resamples=100))


REAL = [("wei2026", 0), ("hcc-cxcl17", 0), ("gammopathy", 0)]


@pytest.mark.parametrize("kind, seed", [*REAL, *STUDIES])
def test_every_sentence_is_read_back_and_holds(kind, seed):
    reader, told, *_ = written(kind, seed)
    wrong = {text: found for text, about in told if (found := reader.problems(text, about))}
    assert not wrong


LABELS = ["Objective.", "Methods.", "Results.", "Conclusion."]
LONGEST = 300
"""Words of an abstract at most, as The Lancet and PLOS ONE ask."""


@pytest.mark.parametrize("kind", ["wei2026", "hcc-cxcl17"])
def test_the_abstract_of_both_studies_is_as_short_as_journals_ask_and_holds(kind):
    """All that a journal counts, headings too; nothing but the sentences that are read back here."""
    reader, _, values, cohort = written(kind, 0)
    said, first = study_values(cohort), cohort.study.primary_endpoint
    found, beside = abstract.results(values, cohort.study)
    closing = abstract.conclusion(values)
    told = [said["objective"], said["methods_in_brief"], *found, *beside, *closing, said["caveat"]]
    assert (
        len([word for word in " ".join([*LABELS, *told]).split() if re.search(r"\w", word)])
        <= LONGEST
    )
    assert max(len(found), len(beside)) <= 6  # two short paragraphs
    for text in (*found, *beside, *closing):
        assert reader.problems(text) == []
    text = " ".join(found)
    wanted = [
        "Median follow-up",
        "Unadjusted, the hazard ratio",
        "Adjusted, the hazard ratio",
        "unadjusted hazard ratio was",
    ]
    assert sorted(wanted, key=text.index) == wanted
    assert (
        text.count("Adjusted") == 1 and f" {said['primary']} " in text and first in reader.endpoints
    )
    few = one_row(reader, "events_per_parameter", first)["estimate"]
    assert (f"only {few:.1f} events per parameter" in text) == (few < 10)
    assert bool(cohort.study.response) == any("objective response rate" in one for one in beside)
    assert (cohort.adverse_events is not None) == any(
        "dverse events of grade" in one for one in closing
    )


def one_row(reader, statistic, endpoint):
    return reader.one("cox_multivariable", statistic, endpoint)


TOLD = re.compile(r"\d[\d,]*(?:\.\d+)?|[<>](?=\d)|−(?=\d)")
OPPOSITES = [
    ("lower with", "higher with"), ("excludes", "includes"), ("was not ", "was "),
    ("*P* below", "*P* not below"), ("all of the models", "none of the models"),
    ("adjusted hazard ratio", "unadjusted hazard ratio"), ("crude", "adjusted"),
    ("both were", "neither was"), ("each of its checks: ", ""), ("came out alike", "differed"),
    ("same direction", "other direction"), ("held under", "was as uncertain under"),
    ("No other factor", "No factor"), ("could not be tested", "was tested"), ("; it differed", ""),
]  # fmt: skip


def corrupted(text: str, reader: Reader, rng: random.Random) -> str:
    """Change one bound thing of a text: a digit, a sign, a label, a direction, a number word."""
    ways = [_digit, _label, _direction, _word]
    rng.shuffle(ways)
    for way in ways:
        changed = way(text, reader, rng)
        if changed and changed != text:
            return changed
    return text


def _digit(text, _reader, rng):
    places = [m.start() for m in re.finditer(r"\d", text)]
    if not places:
        return None
    at = rng.choice(places)
    other = rng.choice([d for d in "0123456789" if d != text[at]])
    return text[:at] + other + text[at + 1 :]


def _label(text, reader, rng):
    """Put another arm, endpoint, variable or level in place of one that is named."""
    kinds = [
        [label for _, label in reader.arms],
        [names[0] for names in reader.endpoints.values()],
        [names[0] for names in reader.endpoints.values()],
        [label for label, *_ in reader.terms.values()],
    ]
    kinds += [list(levels.values()) for _, levels, *_ in reader.terms.values() if len(levels) > 1]
    found = []
    for kind in kinds:
        for label in dict.fromkeys(kind):
            for form in {label, label[:1].lower() + label[1:]}:
                pattern = rf"(?<![\w+]){re.escape(form)}(?![\w+])"
                for match in re.finditer(pattern, text):
                    others = [o for o in kind if o != label]
                    found += [(match, other[:1].lower() + other[1:] if form[0].islower() else other)
                              for other in others]  # fmt: skip
    if not found:
        return None
    match, other = rng.choice(found)
    return text[: match.start()] + other + text[match.end() :]


def _direction(text, _reader, rng):
    found = []
    for one, other in OPPOSITES:
        for a, b in ((one, other), (other, one)):
            if a:
                found += [(m.start(), a, b) for m in re.finditer(re.escape(a), text)]
    if not found:
        return None
    at, a, b = rng.choice(found)
    return text[:at] + b + text[at + len(a) :]


def _word(text, _reader, rng):
    pattern = rf"\b(?:{'|'.join(WORDS)})\b(?= (?:had|of|tests?|models?|patients|variables?|sub|comp|base))"
    found = list(re.finditer(pattern, text))
    if not found:
        return None
    match = rng.choice(found)
    other = rng.choice([word for word in WORDS if word != match[0]])
    return text[: match.start()] + other + text[match.end() :]


CORRUPTED = [("hcc-cxcl17", 0), ("gammopathy", 0), ("wei2026", 0), ("plain", 0), ("all significant", 1),
             ("reversed by adjustment", 2), ("significance", 0), ("missing covariates", 1),
             ("five endpoints", 0), ("late treatment", 1), ("another level", 3), ("one arm", 0)]  # fmt: skip


@pytest.mark.parametrize("kind, seed", CORRUPTED)
def test_whatever_is_corrupted_is_seen(kind, seed):
    """A thousand corruptions a study, twelve thousand in all: each makes a problem."""
    reader, told, *_ = written(kind, seed)
    rng, passed = random.Random(f"{kind} {seed}"), []
    for _ in range(1000):
        text, about = rng.choice(told)
        changed = corrupted(text, reader, rng)
        if changed != text and not reader.problems(changed, about):
            passed.append((text, changed))
    assert not passed, passed[:3]


def test_an_infinite_difference_is_read_and_another_number_in_its_place_is_seen():
    row = dict.fromkeys(COLUMNS, "") | {"analysis": "baseline", "population": "all", "term": "g"}
    rows = [
        row | {"statistic": "smd", "estimate": "Inf"},
        row | {"statistic": "p_value", "p_value": 0.2},
    ]
    reader = Reader(
        rows, {}, [("A", "A"), ("B", "B")], {"g": ("Grade", {}, 1, "")}, "", 0.05, 0.95, ""
    )
    text = ("Of one baseline comparison, none had a *P* value below 0.05. The absolute standardised mean "
            "difference exceeded 0.1 for one of one variable; it was largest for grade (∞). A *P* value "
            "above 0.05 does not show balance.")  # fmt: skip
    assert reader.problems(text) == []
    assert reader.problems(text.replace("∞", "2.00"))
