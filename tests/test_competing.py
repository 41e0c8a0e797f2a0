"""States that are neither event nor censored, in each way an endpoint can be defined.

The oracle is a count by hand of twelve patients: 2 with the event, 3 in the competing state 2, and
the rest censored; the estimates are those of the same table with the state written as 0.
"""

import pandas as pd
import pytest
import yaml
from tiny import study_folder

from cohortbook.analysis.cox import prognostic_factors
from cohortbook.analysis.robustness.restricted import restricted_means
from cohortbook.analysis.small_cells import withhold
from cohortbook.analysis.survival import survival
from cohortbook.analysis.survival_parts import main_panels, survival_of_parts
from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.cohort.derive.status import among
from cohortbook.display.figures.km import km_figure
from cohortbook.display.methods.manuscript import study_values
from cohortbook.display.sentences.survival import overall
from cohortbook.display.tables.cox import cox_table
from cohortbook.display.tables.robustness_results import restricted_table
from cohortbook.display.tables.survival import median_table
from cohortbook.errors import StudyError
from cohortbook.study.parts import Endpoint, counts_death, is_death

NAMES = {
    "label": "Time to progression",
    "short": "TTP",
    "event_label": "progression",
    "events_label": "progressions",
}
OTHER = "death without progression"
ROWS = [
    ("C", 10, 1),
    ("C", 20, 2),
    ("C", 30, 0),
    ("C", 40, 0),
    ("C", 50, 2),
    ("C", 60, 0),
    ("T", 15, 1),
    ("T", 25, 2),
    ("T", 35, 0),
    ("T", 45, 0),
    ("T", 55, 0),
    ("T", 65, 0),
]
WORDS = {0: "alive", 1: "progressed", 2: "dead"}


def folder_of(tmp_path, endpoint, state=str, **keys):
    """Write the twelve patients: time, state as written, and the dates that say the same."""
    folder = study_folder(tmp_path / "tiny")
    first = pd.Timestamp("2024-01-01")
    pd.DataFrame(
        {
            "patient_id": range(1, 13),
            "arm": ["AB"[arm == "T"] for arm, _, _ in ROWS],
            "age": range(50, 62),
            "t": [time for _, time, _ in ROWS],
            "state": [state(code) for _, _, code in ROWS],
            "start": first.date(),
            "last": [(first + pd.Timedelta(days=time)).date() for _, time, _ in ROWS],
            **{
                name: [
                    (first + pd.Timedelta(days=time)).date() if code == wanted else None
                    for _, time, code in ROWS
                ]
                for name, wanted in (("prog", 1), ("died", 2))
            },
        }
    ).to_csv(folder / "patients.csv", index=False)
    raw = yaml.safe_load((folder / "study.yml").read_text())
    raw |= {"endpoints": {"ttp": NAMES | endpoint}, "cox": {"covariates": [{"variable": "age"}]}}
    (folder / "study.yml").write_text(yaml.safe_dump(raw | keys, allow_unicode=True))
    return folder


TIME = {"time": "t", "event": "state", "unit": "days"}
DATES = {"start": "start", "end": "last"}
SECOND = [{"code": "2", "label": OTHER}]
WAYS = {
    "0 and 1": (TIME | {"competing_codes": SECOND}, str),
    "codes": (
        TIME | {"event_codes": ["1"], "censored_codes": ["0"], "competing_codes": SECOND},
        str,
    ),
    "one other code": (TIME | {"event_codes": ["1"], "competing_codes": SECOND}, "{}.0".format),
    "words": (
        TIME
        | {"event_codes": ["progressed"], "competing_codes": [{"code": "dead", "label": OTHER}]},
        WORDS.get,
    ),
    "dates and a status": (DATES | {"event": "state", "competing_codes": SECOND}, str),
    "event dates and a status": (
        DATES | {"event": "state", "event_dates": ["prog"], "competing_codes": SECOND},
        str,
    ),
    "event dates": (
        DATES | {"event_dates": ["prog"], "competing_dates": [{"code": "died", "label": OTHER}]},
        str,
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_declared_state_is_censored_and_told_everywhere(tmp_path, way):
    endpoint, state = WAYS[way]
    cohort = load_cohort(folder_of(tmp_path, endpoint, state))
    plain = load_cohort(folder_of(tmp_path / "plain", TIME, lambda code: str(int(code == 1))))
    found, wanted = survival(cohort, "ttp"), survival(plain, "ttp")
    count = found[found["statistic"] == "competing"].set_index("group")["estimate"]
    assert dict(count) == {"overall": 3, "A": 2, "B": 1}
    pd.testing.assert_frame_equal(
        found[found["statistic"] != "competing"].reset_index(drop=True), wanted
    )
    results = survival_of_parts(cohort)
    said = {
        "methods": study_values(cohort)["outcomes"],
        "table": " ".join(median_table(results, cohort.study).notes),
        "figure": km_figure(
            main_panels(cohort, next(iter(cohort.study.endpoints))), cohort.study
        ).caption,
        "models": " ".join(cox_table(prognostic_factors(cohort, "ttp"), cohort.study, "ttp").notes),
        "restricted means": " ".join(
            restricted_table(restricted_means(cohort, "ttp"), cohort.study).notes
        ),
        "results": overall(results, cohort.study),
    }
    for place, text in said.items():
        assert OTHER in text, (place, text)
    assert f"Three patients (2 with Arm A and 1 with Arm B) ended in {OTHER}" in said["results"]
    assert "overestimates how many have progression" in said["methods"]
    assert "TTP are censored" in study_values(cohort)["limitations"]
    assert any(
        "competing state (3 patients" in note
        for note in read_study(folder_of(tmp_path / "again", endpoint, state)).notes
    )


LEFT_OVER = {
    "0 and 1": (TIME, str, "2 (3)"),
    "events named": (TIME | {"event_codes": ["1"]}, str, "0 (7), 2 (3)"),
    "both named": (TIME | {"event_codes": ["1"], "censored_codes": ["0"]}, str, "2 (3)"),
    "words": (TIME | {"event_codes": ["progressed"]}, WORDS.get, "alive (7), dead (3)"),
    "dates": (DATES | {"event": "state", "event_codes": ["1"]}, str, "0 (7), 2 (3)"),
    "dates, 0 and 1": (DATES | {"event": "state"}, str, "2 (3)"),
    "event dates": (
        DATES | {"event": "state", "event_codes": ["1"], "event_dates": ["prog"]},
        str,
        "0 (7), 2 (3)",
    ),
}


@pytest.mark.parametrize("way", LEFT_OVER)
def test_a_value_that_is_left_over_is_an_error_with_its_count(tmp_path, way):
    endpoint, state, counts = LEFT_OVER[way]
    with pytest.raises(StudyError) as error:
        load_cohort(folder_of(tmp_path, endpoint, state))
    whole = [p for p in error.value.problems if p.found == counts]
    assert len(whole) == 1
    assert whole[0].column == "state"
    assert "competing_codes" in whole[0].mend
    assert "censored_codes" in whole[0].mend


def test_a_death_that_is_all_there_is_beside_the_event_is_not_taken_for_censored(tmp_path):
    endpoint = TIME | {"event_codes": ["progressed"]}
    folder = folder_of(tmp_path, endpoint, lambda code: "progressed" if code == 1 else "dead")
    with pytest.raises(StudyError, match="competing_codes"):
        load_cohort(folder)
    death = {"label": "Overall survival", "short": "OS", "event_label": "death"}
    folder = folder_of(
        tmp_path / "os",
        endpoint | {"event_codes": ["dead"]} | death,
        lambda code: "dead" if code == 2 else "alive",
    )
    assert load_cohort(folder).patients["ttp_event"].sum() == 3


def test_a_state_after_the_cut_off_has_not_happened_yet(tmp_path):
    endpoint = DATES | {"event_dates": ["prog"], "competing_dates": ["died"]}
    cohort = load_cohort(folder_of(tmp_path, endpoint, cutoff="2024-02-01"))  # day 31
    assert list(cohort.competing("ttp")) == ["died", "died"]
    assert cohort.patients["ttp_time"].max() * 30.4375 == pytest.approx(31, abs=1e-6)


def test_an_event_before_the_state_counts(tmp_path):
    endpoint = DATES | {"event_dates": ["prog"], "competing_dates": ["died"]}
    folder = folder_of(tmp_path, endpoint)
    table = pd.read_csv(folder / "patients.csv")
    table.loc[0, "died"] = table.loc[0, "last"] = "2024-03-01"  # progressed on day 10
    table.loc[1, "prog"] = "2024-02-20"  # died on day 20 already, whatever this says
    table.to_csv(folder / "patients.csv", index=False)
    patients = read_study(folder).patients
    assert list(patients["ttp_event"][:2]) == [1, 0]
    assert (patients["ttp_time"][:2] * 30.4375).round(6).tolist() == [10, 20]


def test_small_counts_of_a_state_are_withheld_and_the_state_is_told(tmp_path):
    cohort = load_cohort(
        folder_of(tmp_path, TIME | {"competing_codes": SECOND}, privacy={"smallest_count": 2})
    )
    results = withhold(survival(cohort, "ttp"), cohort)
    assert "competing" not in set(results["statistic"])
    assert "Patients who ended in " + OTHER in overall(results, cohort.study)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"competing_codes": ["1"]}, "two things"),
        ({"censored_codes": ["2"]}, "two things"),
        ({"competing_dates": ["died"]}, "start"),
        ({**DATES, "time": None, "event": None, "event_dates": ["d"]}, "goes with 'event'"),
    ],
)
def test_a_value_stands_for_one_thing(keys, said):
    with pytest.raises(ValueError, match=said):
        Endpoint(**{**NAMES, **TIME, "competing_codes": ["2"], **keys})


@pytest.mark.parametrize(
    ("label", "event", "death", "counts"),
    [
        ("Overall survival", "event", True, False),
        ("Survival", "death", True, True),
        ("Progression-free survival", "progression or death", False, True),
        ("Cancer-specific survival", "death", False, True),
        ("TTP", "progression", False, False),
        ("CSS", "death from cancer", False, False),
        ("DFS", "recurrence/death", False, True),
    ],
)
def test_endpoints_of_death_are_known_by_name_and_event(label, event, death, counts):
    spec = Endpoint(label=label, short="X", time="t", event="e", event_label=event)
    assert is_death("x", spec) == death
    assert counts_death(spec) == counts


def test_a_label_is_printed_as_it_stands(tmp_path):
    label = "death *without* <b>progression</b>"
    state = [{"code": "2", "label": label}]
    cohort = load_cohort(folder_of(tmp_path, TIME | {"competing_codes": state}))
    results = survival_of_parts(cohort)
    assert label in median_table(results, cohort.study).notes[-1]
    assert "death \\*without\\* \\<b\\>" in overall(results, cohort.study)


def test_a_code_that_is_no_number_matches_itself_alone():
    cells = pd.Series(["nan.", "x", "1.0", None], dtype=object)
    assert list(among(cells, ["nan"])) == [False] * 4
    assert list(among(cells, ["1", "x"])) == [False, True, True, False]
