"""Provenance says what a report was made of, and nothing of the machine it was made on."""

import json
import subprocess

import pytest
from tiny import project

from cohortbook.build.files.commit import NO_DATE, read_source
from cohortbook.build.output.provenance import provenance, provenance_values
from cohortbook.cohort.cohort import load_cohort


def git(root, *words):
    subprocess.run(
        ["git", "-C", str(root), "-c", "user.name=A", "-c", "user.email=a@b.c", *words],
        check=True,
        capture_output=True,
        env={"GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z", "PATH": "/usr/bin:/bin"},
    )


@pytest.fixture
def root(tmp_path):
    return project(tmp_path / "project")


def test_outside_a_checkout_there_is_no_commit_and_no_date(root):
    source = read_source(root)
    assert (source.commit, source.changed, source.date) == ("", False, NO_DATE)


def test_a_folder_inside_another_checkout_does_not_take_its_commit(root):
    git(root.parent, "init", "-q")
    git(root.parent, "commit", "-q", "--allow-empty", "-m", "x")
    assert read_source(root).commit == ""


def test_the_commit_and_whether_sources_differ_from_it(root, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "x")
    source = read_source(root)
    assert len(source.commit) == 40
    assert (source.changed, source.epoch) == (False, "1577836800")
    (root / "notes.txt").write_text("not a source")
    assert not read_source(root).changed
    (root / "notebooks" / "03-new.ipynb").write_text("{}")
    assert read_source(root).changed
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "5")
    assert source.epoch == "5"


def test_provenance_names_data_settings_versions_and_no_path(root):
    cohort = load_cohort(root / "data" / "tiny")
    given = {"01-first": {}, "02-second": {"depth": 4}}
    source, digests = read_source(root), {"published.yml": "f" * 64}
    facts = provenance(cohort, source, ("pandoc", "3.9"), given, digests)
    assert facts["study"]["data"] == "synthetic"
    assert list(facts["study"]["files_sha256"]) == ["patients.csv", "published.yml", "study.yml"]
    assert facts["parameters"] == {"02-second": {"depth": 4}}
    assert facts["settings"]["ties"] == "efron"
    assert str(root.parent) not in json.dumps(facts)
    values = provenance_values(facts)
    assert "synthetic" in values["data"]
    assert cohort.fingerprints["study.yml"][:16] in values["data"]
    assert "unknown commit" in values["software"]
    assert "rendered by pandoc 3\\.9" in values["software"] or "pandoc 3.9" in values["software"]
    assert "depth = 4 (02-second)" in values["settings"]
    assert "`ties efron`" in values["settings"] and "None" not in values["settings"]


def test_an_edited_notebook_is_named_with_its_fingerprint(root):
    cohort = load_cohort(root / "data" / "tiny")
    read = {"notebooks/01-first.ipynb": "a" * 64, "more/extra.csv": "b" * 64, "extra.csv": "c" * 64}
    facts = provenance(cohort, read_source(root), ("pandoc", "3.9"), {}, read)
    said = provenance_values(facts)["data"].replace("\\", "")
    assert "Edited notebooks of the study folder were run in place of the project's: " in said
    assert f"notebooks/01-first.ipynb `{'a' * 16}`" in said
    assert f"extra.csv `{'c' * 16}`" in said and "; 1 more in folders" in said
    none = provenance_values(provenance(cohort, read_source(root), ("p", "1"), {}, {}))["data"]
    assert "Edited" not in none


def test_provenance_lists_what_looks_personal_and_is_allowed(root):
    study = root / "data" / "tiny"
    table = (study / "patients.csv").read_text().splitlines()
    rows = [f"{row},+49 30 12345{n}" for n, row in enumerate(table[1:])]
    (study / "patients.csv").write_text("\n".join([table[0] + ",x[9]", *rows]) + "\n")
    with (study / "study.yml").open("a") as file:
        file.write('privacy: {allowed: ["x[9]"]}\n')
    facts = provenance(load_cohort(study), read_source(root), ("pandoc", "1"), {}, {})
    assert facts["privacy"]["allowed"] == [
        {"file": "patients.csv", "column": "x[9]", "looks_like": "telephone numbers"}
    ]
    assert "x\\[9\\] in patients.csv (telephone numbers)" in provenance_values(facts)["privacy"]


def test_provenance_says_that_ids_are_shown_and_small_counts_withheld(root):
    study = root / "data" / "tiny"
    with (study / "study.yml").open("a") as file:
        file.write("privacy: {show_ids: true, smallest_count: 2}\n")
    facts = provenance(load_cohort(study), read_source(root), ("pandoc", "1"), {}, {})
    assert (facts["privacy"]["show_ids"], facts["privacy"]["smallest_count"]) == (True, 2)
    text = provenance_values(facts)["privacy"]
    assert "by their identifiers" in text
    assert "study numbers" not in text
    assert "Counts from 1 to 1 are withheld" in text
