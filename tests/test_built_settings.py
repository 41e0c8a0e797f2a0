"""One real build with settings of several notebooks and five endpoints, read as a reader would.

What was set is looked for in all that a report says: Methods, text, captions, notes, checklist,
provenance and `results.json`; and each endpoint has what the others have.
"""

import html
import json
import re
import shutil
from collections import defaultdict

import pytest
import yaml
from tiny import ROOT

from cohortbook.build.report import Request, build
from cohortbook.cli.options import pairs_in

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("built_settings")]
WEI = ROOT / "data" / "wei2026"
KEYS = ["os", "pfs", "ttp", "ttf", "dss"]
SET = [
    "01-cohort.summary=mean_sd",
    "01-cohort.alpha=0.2",
    "02-response.not_evaluable=excluded",
    "02-response.conf_level=0.9",
    "03-survival.conf_type=log-log",
    "03-survival.milestones=9",
    "04-prognostic-factors.covariates=age,ecog=1",
    "04-prognostic-factors.ties=efron",
    "05-safety.severe_grade=2",
    "06-robustness.landmarks=2",
    "06-robustness.covariates=age,sex",
]


def five_endpoints(folder):
    """Write the default study with three endpoints more, of the same columns by other names."""
    shutil.copytree(WEI, folder, ignore=shutil.ignore_patterns("reconstruction", "published.yml"))
    said = yaml.safe_load((folder / "study.yml").read_text("utf-8"))
    for key in KEYS[2:]:
        said["endpoints"][key] = said["endpoints"]["pfs"] | {
            "label": f"Time to {key}", "short": key.upper(),
        }  # fmt: skip
    said["robustness"] = {"resamples": 100, "specifications": 8}
    said["treatment_start"]["resamples"] = 100
    (folder / "study.yml").write_text(yaml.safe_dump(said, sort_keys=False), "utf-8")
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The report, as a folder, and its text without marks."""
    folder = five_endpoints(tmp_path_factory.mktemp("set") / "five")
    out = tmp_path_factory.mktemp("set") / "out"
    build(Request(folder, ROOT, out, renderer="pandoc", formats=("html",), settings=pairs_in(SET)))
    page = (out / "report.html").read_text("utf-8")
    plain = re.sub(r"<(script|style|svg).*?</\1>", " ", page, flags=re.S)
    text = html.unescape(re.sub(r"<[^>]+>", "", plain)).replace("’", "'")
    return out, " ".join(text.split()), page


@pytest.fixture(scope="module")
def results(made):
    return json.loads((made[0] / "results.json").read_text("utf-8"))


SAID = {  # in the Methods: which section used what
    "Patients": ["significance level: 0.20 instead of 0.05", "mean (SD) instead of median (range)"],
    "Response": ["intervals: 90% CI instead of 95% CI", "left out instead of failures"],
    "Survival": ["log-log scale instead of plain scale", "milestones (months): 9 instead of"],
    "Prognostic factors": [
        "covariates: age and ECOG performance status (reference 1) instead of",
        "Efron's handling instead of Breslow's handling",
    ],
    "Safety": ["severe events: grade 2 to 4 instead of grade 3 to 4"],
    "Robustness of the findings": [
        "covariates: age and sex (reference Male) instead of",
        "landmarks (months): 2 instead of 1, 2, 3 and 6",
    ],
}


@pytest.mark.parametrize("section", SAID)
def test_the_methods_say_which_section_used_what(made, section):
    begins = "|".join(f"{name}: " for name in SAID)
    (told,) = re.findall(rf"{section}: (?:(?!{begins}).)*? instead of .*?\. (?=[A-Z])", made[1])
    assert [words for words in SAID[section] if words not in told] == []


def test_methods_captions_notes_and_text_follow_what_was_set(made):
    text = made[1]
    for told in (
        "confidence limits on the log-log scale",
        "Efron's handling of ties",
        "without selection: age and ECOG performance status",
        "90% CI in Response",
        "years, mean (SD)",  # a row of the baseline table
        "Grade 2–4",  # a head of the table of adverse events
    ):
        assert told in text, told
    assert "Breslow's handling of ties" not in text
    assert not re.search(r"[Gg]rade 3(–| to )4", text.replace("instead of grade 3 to 4", ""))
    # only the landmark that was asked for, beside the start and the last procedure
    said = " ".join(re.findall(r"[Ll]andmarks? at months? [\d., and]+", text))
    assert not re.search(r"(?<![.\d])(1|3|6)(?![.\d]*\d)", said)
    assert re.search(r"(?<![.\d])2(?!\.?\d)", said)


def test_results_and_provenance_have_the_settings_of_each_notebook(made, results):
    facts = json.loads((made[0] / "provenance.json").read_text("utf-8"))
    assert results["settings"] == facts["settings_by_notebook"]
    choices = {name: found["choices"] for name, found in results["settings"].items()}
    assert choices["01-cohort"]["summary"] == "mean (SD)"
    assert choices["02-response"]["conf_level"] == "90% CI"
    assert choices["03-survival"]["conf_level"] == "95% CI"
    assert choices["03-survival"]["conf_type"] == "log-log scale"
    for key in KEYS:  # asked once of each endpoint, with the same choices
        one = choices[f"04-prognostic-factors-{key}"]
        assert one["covariates"] == "age and ECOG performance status (reference 1)"
        assert one["ties"] == "Efron's handling"
    assert choices["06-robustness"]["covariates"] == "age and sex (reference Male)"
    assert choices["06-robustness"]["ties"] == "Breslow's handling"
    assert facts["parameters"]["02-response"] == {"conf_level": 0.9, "not_evaluable": "excluded"}
    assert facts["parameters"]["04-prognostic-factors-os"]["ties"] == "efron"
    # the numbers of the same models are made with the handling of ties of their notebook
    methods = {
        (item["notebook"][:2], item["method"])
        for item in results["statistics"]
        if item["statistic"] == "hr" and item["method"].startswith("Cox model, ")
    }
    assert {("04", "Cox model, Efron ties"), ("06", "Cox model, Breslow ties")} <= methods
    assert ("04", "Cox model, Breslow ties") not in methods


def ends(labels):
    found = defaultdict(list)
    for label in labels:
        stem, _, key = label.rpartition("-")
        if key in KEYS:
            found[stem].append(key)
    return found


SEVERAL = {
    *("fig-survival", "fig-subgroups", "fig-specification", "fig-subgroup-forest"),
    *("tbl-prognostic", "fig-prognostic", "fig-schoenfeld", "tbl-influence", "tbl-interactions"),
}


def test_five_endpoints_have_five_of_everything_in_the_report(made):
    page = made[2]
    shown = list(dict.fromkeys(re.findall(r'id="((?:fig|tbl)-[\w-]+)"', page)))
    # what is shown of the primary endpoint alone is one
    several = {stem: keys for stem, keys in ends(shown).items() if keys != KEYS[:1]}
    assert set(several) >= SEVERAL
    assert all(sorted(keys) == sorted(KEYS) for keys in several.values()), several
    # nor does a notebook show of one what it does not show of the others
    told = [path.read_text("utf-8") for path in sorted((made[0] / "notebooks").glob("*.ipynb"))]
    labels = sorted(set(re.findall(r'"label": "((?:fig|tbl)-[\w-]+)"', " ".join(told))))
    in_notebooks = {stem for stem, keys in ends(labels).items() if keys != KEYS[:1]}
    assert in_notebooks == set(several)
    for stem in several:  # each is referred to in the text
        for key in KEYS:
            assert f'href="#{stem}-{key}"' in page, (stem, key)


DRAWN = {"bootstrap", "weighting", "verdict"}  # limits by draws, which differ with the name


def test_the_same_endpoint_by_another_name_has_the_same_numbers(results):
    """Four of the five are of the same columns: equal in all but what is drawn at random."""
    found = defaultdict(dict)
    for item in results["statistics"]:
        if item["endpoint"] in KEYS and item["analysis"] not in DRAWN:
            key = (
                item["notebook"][:2],
                item["frame"],
                item["key"].replace(item["endpoint"], "*", 1),
            )
            numbers = {name: item.get(name) for name in ("estimate", "conf_low", "conf_high", "n")}
            found[item["endpoint"]][key] = numbers
    assert len(found["pfs"]) > 300
    for key in KEYS[2:]:
        assert found[key] == found["pfs"]
    assert {key[:2] for key in found["os"]} == {key[:2] for key in found["pfs"]}
