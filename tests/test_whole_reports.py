"""Whole reports of extreme studies raise no alarm, and what is wrong in one raises one.

`tools/words_bed.py` does two hundred; here are a few of the kinds, and corruptions of texts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from extreme import KINDS, write_study
from whole_report import Whole, alarms, empty_tables, faults, whole_report

SHORT = ("events in one arm", "no events", "one arm without events", "response only")


@cache
def whole(kind: str, folder: Path) -> Whole:
    return whole_report(write_study(kind, 0, folder / "study"), folder / "work")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    places = {kind: tmp_path_factory.mktemp("whole") for kind in SHORT}
    return lambda kind: whole(kind, places[kind])


@pytest.mark.parametrize("kind", SHORT)
def test_no_alarm_in_a_clean_report(report, kind):
    assert kind in KINDS
    assert alarms(report(kind)) == []


ABSTRACT = ("study.objective", "study.methods_in_brief", "abstract.results",
            "abstract.results_beside", "abstract.conclusion", "study.caveat")  # fmt: skip


@pytest.mark.parametrize("kind", SHORT)
def test_the_abstract_is_as_short_as_journals_ask(report, kind):
    told = " ".join(
        ["Objective Methods Results Conclusion", *(report(kind).values[name] for name in ABSTRACT)]
    )
    assert len([word for word in told.split() if re.search(r"\w", word)]) <= 300


def test_the_abstract_leads_with_the_primary_endpoint_and_has_one_finding_a_sentence(report):
    values = report("events in one arm").values
    told = f"{values['abstract.results']} {values['abstract.results_beside']}"
    order = ("Median follow-up", "Median overall survival", "Adjusted", "objective", "Adverse")
    places = [told.index(word) for word in order]
    assert places == sorted(places)
    assert max(len(one.split()) for one in re.split(r"(?<=[.])\s", told)) <= 45


def test_one_arm_concludes_what_it_shows_with_its_caveat(report):
    values = report("one arm without events").values
    told = values["abstract.conclusion"]
    assert told.startswith("No patient had the event of overall survival (death) during follow-up.")
    assert "The objective response rate was" in told and "% of patients had adverse events" in told
    assert values["study.caveat"].startswith("One arm gives no comparison; associations")


def test_the_report_of_one_arm_names_no_arms(report):
    """What is told of a table or figure is true of one arm too; the checklist stands apart."""
    found = report("one arm without events")
    texts = [text for part, text in found.blocks if "checklist" not in part]
    texts += [one["caption"] for label, one in found.shown.items() if label != "tbl-strobe"]
    assert not [text for text in texts if re.search(r"\b(?:by|and|the|compares the) arms?\b", text)]
    assert (
        "One arm does not show what another treatment, or none, would have brought." in found.text()
    )


def test_the_methods_have_run_in_headings_and_none_without_text(report):
    heads = re.findall(
        r"^\*\*([^*]+)\.\*\*", "\n".join(text for _, text in report("no events").blocks), re.M
    )
    assert heads.index("Endpoints") < heads.index("Survival") < heads.index("Cox models")
    assert {"Response", "Adverse events", "Robustness", "Levels and conventions", "Sources"} <= set(
        heads
    )
    assert "Competing events" not in heads and "Missing values" not in heads


def test_what_could_not_be_estimated_is_not_shown(report):
    found = report("no events")
    assert not [label for label in found.shown if "prognostic" in label or "specification" in label]
    assert "fig-checks" not in found.shown
    text = found.text()
    assert "no model was fitted" in text and "the arms could not be compared for it" in text
    assert "tbl-survival" in found.shown  # events, patients and follow-up are still there


def test_all_events_in_one_arm_are_a_finding_with_its_direction(report):
    """No finite ratio, a log-rank P, Firth's ratio: nothing of it is called uncertain."""
    told = report("events in one arm").values["abstract.conclusion"]
    assert "as all events were on one side (log-rank *P* < 0.001)" in told
    assert "Firth's penalised hazard ratio" in told
    verdict = report("events in one arm").values["robustness.verdict"]
    assert "does not show" not in verdict and "came out alike" in verdict


@pytest.mark.parametrize(
    "text",
    [
        "There were 1 patients.",
        "The the ratio was 2.",
        "The ratio was nan.",
        "It held in 3 of 0 sets.",
        "The treatment improved survival.",
        "It was () here.",
        "Of {names}.",
    ],
)
def test_bad_words_are_an_alarm(report, text):
    found = report("response only")
    assert faults(replace(found, blocks=[("part", text)]))


def test_an_empty_table_is_an_alarm(report):
    table = {"caption": "", "rows": [["Model", "HR"], ["Crude", "not estimable"]], "notes": []}
    assert empty_tables(replace(report("response only"), shown={"tbl-x": table}))
