"""The synthetic study is what its command makes, and its counts are the paper's, cell by cell.

The expected counts are typed here from the printed tables of Wei et al. 2026, apart from
`published.yml`, which the generator reads.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml

from reconstruction import details_counts as paper
from reconstruction.complete import complete, main
from reconstruction.details_core import COLUMNS, CoreError, check_core, read_core

STUDY = Path(__file__).parents[1] / "data" / "wei2026"
CORE = STUDY / "reconstruction" / "core.csv"
NAMES = ["patients", "adverse_events", "measurements"]


@pytest.fixture(scope="module")
def patients():
    return pd.read_csv(STUDY / "patients.csv")


@pytest.fixture(scope="module")
def events(patients):
    table = pd.read_csv(STUDY / "adverse_events.csv")
    return table.merge(patients[["patient_id", "arm"]], on="patient_id")


def in_arms(patients, rows):
    """Count the patients of a selection in the arms (ICI, MWA + ICI)."""
    arms = patients.loc[rows, "arm"]
    return int((arms == "ICI").sum()), int((arms == "MWA+ICI").sum())


def test_the_command_makes_the_shipped_files_byte_for_byte(tmp_path, capsys):
    assert main(["--core", str(CORE), "--out", str(tmp_path), "--seed", "2026"]) == 0
    assert str(tmp_path / "patients.csv") in capsys.readouterr().out
    for name in NAMES:
        made, shipped = (folder / f"{name}.csv" for folder in (tmp_path, STUDY))
        assert made.read_bytes() == shipped.read_bytes(), name


def test_the_core_comes_through_unchanged(patients):
    core = pd.read_csv(CORE)
    same = {
        "arm": "arm",
        "age": "age",
        "sex": "sex",
        "ecog": "ecog",
        "cnlc": "cnlc_stage",
        "os": "os_months",
        "os_event": "os_event",
        "pfs": "pfs_months",
        "pfs_event": "pfs_event",
    }
    for old, new in same.items():
        assert (core[old] == patients[new]).all(), new
    assert ((core["afp400"] == 1) == (patients["afp_ng_ml"] >= 400)).all()
    assert ((core["tbil_gt20"] == 1) == (patients["bilirubin_umol_l"] > 20)).all()
    assert ((core["alt_ge50"] == 1) == (patients["alt_u_l"] >= 50)).all()
    assert ((core["ntum_2_3"] == 1) == (patients["n_tumours"] >= 2)).all()


TABLE_1 = {
    "age < 65": (21, 15),
    "age >= 65": (10, 6),
    "sex == 'M'": (26, 20),
    "sex == 'F'": (5, 1),
    "ecog == 0": (13, 12),
    "ecog == 1": (18, 9),
    "hbsag == 'negative'": (3, 3),
    "hbsag == 'positive'": (28, 18),
    "hcv == 'negative'": (28, 18),
    "hcv == 'positive'": (3, 3),
    "afp_ng_ml < 400": (13, 6),
    "afp_ng_ml >= 400": (18, 15),
    "cnlc_stage == 'IIa'": (5, 3),
    "cnlc_stage == 'IIb'": (12, 7),
    "cnlc_stage == 'IIIb'": (14, 11),
    "bilirubin_umol_l <= 20": (13, 9),
    "bilirubin_umol_l > 20": (18, 12),
    "alt_u_l < 50": (17, 8),
    "alt_u_l >= 50": (14, 13),
    "n_tumours == 1": (23, 15),
    "2 <= n_tumours <= 3": (8, 6),
}
TABLE_2 = {"CR": (1, 2), "PR": (2, 4), "SD": (13, 11), "PD": (13, 3), "NE": (2, 1)}
TABLE_5 = {  # any grade (ICI, MWA + ICI), grade 3-4 (ICI, MWA + ICI)
    "Fatigue": (2, 0, 0, 0),
    "Transaminitis": (11, 7, 0, 7),
    "Fever": (2, 4, 0, 0),
    "Diarrhea": (13, 8, 0, 0),
    "Pneumonitis": (2, 4, 0, 0),
    "Hyperbilirubinemia": (20, 18, 3, 5),
    "Hypothyroidism": (2, 0, 0, 0),
    "Pruritus": (11, 2, 0, 0),
    "Rash": (11, 2, 0, 0),
    "Hyperthyroidism": (1, 0, 0, 0),
    "Hypoalbuminemia": (11, 13, 0, 0),
    "Nausea": (1, 0, 0, 0),
}


def test_arms_have_31_and_21_patients(patients):
    assert in_arms(patients, patients.index) == (31, 21)


@pytest.mark.parametrize("level", TABLE_1)
def test_table_1_as_published(patients, level):
    assert in_arms(patients, patients.query(level).index) == TABLE_1[level]


def test_ages_as_published(patients):
    ages = patients.groupby("arm")["age"].agg(["median", "min", "max"])
    assert ages.loc["ICI"].tolist() == [59, 48, 71]
    assert ages.loc["MWA+ICI"].tolist() == [58, 47, 69]


@pytest.mark.parametrize("response", TABLE_2)
def test_table_2_as_published(patients, response):
    assert in_arms(patients, patients["best_response"] == response) == TABLE_2[response]


@pytest.mark.parametrize("term", TABLE_5)
def test_table_5_as_published(events, term):
    had = events[events["ae_term"] == term]
    found = [
        rows.loc[rows["arm"] == arm, "patient_id"].nunique()
        for rows in (had, had[had["ctcae_grade"].between(3, 4)])
        for arm in ("ICI", "MWA+ICI")
    ]
    assert tuple(found) == TABLE_5[term]


def test_discontinuations_as_published(patients):
    reason = patients["discontinuation_reason"]
    assert in_arms(patients, reason == "progression") == (19, 11)
    assert in_arms(patients, reason == "toxicity") == (5, 3)


def test_some_patients_have_a_term_twice_so_that_counting_events_would_show(events):
    assert events.duplicated(["patient_id", "ae_term"]).sum() >= 3


def test_fever_of_the_combination_arm_mostly_followed_the_ablation(events):
    fever = events.query("ae_term == 'Fever' and arm == 'MWA+ICI'")
    assert (fever["relation"] == "procedure").sum() > len(fever) / 2


def test_both_windows_after_ablation_hold_events(events):
    hours = events["hours_after_procedure"].dropna()
    assert (hours <= 24).any()
    assert (hours > 24).any()


def test_one_patient_runs_from_45_to_22_mm_as_in_figure_6(patients):
    measured = pd.read_csv(STUDY / "measurements.csv").merge(patients, on="patient_id")
    sums = measured.query("arm == 'MWA+ICI'").groupby("patient_id")["target_sum_mm"]
    (like,) = sums.first().index[(sums.first() == 45.0) & (sums.min() == 22.0)]
    # whom the report shows as the course of a patient who responded
    study = yaml.safe_load((STUDY / "study.yml").read_text("utf-8"))
    (shown,) = (case["patient"] for case in study["cases"] if "patient" in case)
    assert shown == like and patients.set_index("patient_id")["best_response"][like] == "PR"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_seeds_make_other_coherent_studies(seed, patients):
    tables = complete(read_core(CORE), seed)  # raises where a patient is incoherent
    assert not tables["patients"]["afp_ng_ml"].equals(patients["afp_ng_ml"])
    assert in_arms(tables["patients"], tables["patients"]["best_response"] == "PD") == (13, 3)


CONTRADICTIONS = {
    "sex F: 6 patients, Table I has 5": {"sex": "F"},
    "30 patients, not 31": {"arm": "MWA+ICI"},
    "age 65 or more": {"age": 65},
    "pfs after os": {"pfs": 50.0},
    "pfs of less than half a month": {"pfs": 0.3},
    "a death that progression-free survival does not count": {"os_event": 1, "pfs_event": 0},
    "os beyond the data cut-off": {"os": 42.1},
    "times finer than a hundredth": {"os": 8.1234},
    "events coded other than 0 and 1": {"os_event": 2},
}


@pytest.mark.parametrize("text", CONTRADICTIONS)
def test_a_core_that_cannot_be_is_refused_with_the_reason(text):
    core = pd.read_csv(CORE)
    for column, value in CONTRADICTIONS[text].items():
        core[column] = core[column].astype(object).where(core["id"] != 1, value).infer_objects()
    assert any(text in problem for problem in check_core(core))


def test_too_few_progressions_are_refused():
    core = pd.read_csv(CORE)
    core.loc[core["arm"] == "ICI", "pfs_event"] = 0
    assert any("19 stopped treatment for progression" in text for text in check_core(core))


def test_times_that_allow_no_published_response_are_refused():
    core = read_core(CORE)
    core.loc[core["arm"] == "ICI", "pfs"] = core["os"].clip(upper=2.5)
    with pytest.raises(CoreError, match="ICI: the times allow no CR/PR/SD/PD/NE"):
        complete(core)


def test_the_command_names_what_is_wrong(tmp_path, capsys):
    short = tmp_path / "core.csv"
    pd.read_csv(CORE)[COLUMNS[:-1]].to_csv(short, index=False)
    assert main(["--core", str(short), "--out", str(tmp_path)]) == 1
    assert "columns missing: pfs_event" in capsys.readouterr().err
    pd.read_csv(CORE).iloc[1:].to_csv(short, index=False)
    assert main(["--core", str(short), "--out", str(tmp_path)]) == 1
    assert "ICI: 30 patients, not 31" in capsys.readouterr().err
    assert not (tmp_path / "patients.csv").exists()


@pytest.mark.parametrize("name", NAMES)
def test_the_dictionary_describes_every_column(name):
    text = (STUDY / "README.md").read_text(encoding="utf-8")
    section = text.split(f"## {name}.csv")[1].split("\n## ")[0]
    described = [line.split("|")[1].strip() for line in section.splitlines() if line[:2] == "| "]
    assert described[1:] == list(pd.read_csv(STUDY / f"{name}.csv").columns)


def test_the_readme_says_loudly_that_nobody_is_a_patient():
    text = (STUDY / "README.md").read_text(encoding="utf-8")
    assert "SYNTHETIC" in text.splitlines()[0]
    assert "No row is a patient" in text
    assert "10.3892/ol.2026.15633" in text
    assert "CC0" in text


def test_the_generator_reads_the_paper_s_tables_from_published_yml():
    assert {term: (*any_, *severe) for term, (any_, severe) in paper.TABLE_5.items()} == TABLE_5
    assert paper.RESPONSES == TABLE_2
    assert (paper.SIZES, paper.AGE_SUMMARY["ICI"]) == ({"ICI": 31, "MWA+ICI": 21}, (59, 48, 71))
    read = [counts for levels in paper.TABLE_1.values() for counts in levels.values()]
    assert read == list(TABLE_1.values())[2:], "Table I but for the age"
    assert tuple(paper.AGE_65_OR_MORE.values()) == TABLE_1["age >= 65"]
