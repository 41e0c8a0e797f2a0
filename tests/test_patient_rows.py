"""Rows of patients in the outputs of cells: found in every form, and nothing else is."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter

from cohortbook.build.notebooks.patient_rows import LEFT_OUT, Identifiers, guard, warning
from cohortbook.cohort.cohort import load_cohort

CODES = ["P01", "P02", "P03", "P04"]
NUMBERS = ["1", "2", "3", "4"]


def patients(ids) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": ids,
            "arm": list("ABAB"),
            "age": [50, 61, 72, 43],
            "os_time": [1.5, 2.0, 7.0, 8.0],
        }
    )


def shown(value) -> dict:
    """The output of a cell whose last line is a value, as Jupyter stores it."""
    data, metadata = DisplayFormatter().format(value)
    return {"output_type": "execute_result", "data": data, "metadata": metadata}


def printed(value) -> dict:
    return {"output_type": "stream", "name": "stdout", "text": f"{value}\n"}


@pytest.mark.parametrize("ids", [CODES, NUMBERS], ids=["codes", "numbers"])
@pytest.mark.parametrize(
    "form",
    [
        lambda p: shown(p.head(2)),
        lambda p: printed(p.head(2)),
        lambda p: shown(p.set_index("patient_id")),
        lambda p: printed(p.set_index("patient_id")),
        lambda p: shown(p.iloc[0]),
        lambda p: printed(p.iloc[1]),
        lambda p: shown(p.T),
        lambda p: shown(p["patient_id"]),
        lambda p: printed(p["patient_id"]),
        lambda p: printed(p.to_csv(index=False)),
        lambda p: printed(p.to_dict("records")[0]),
        lambda p: printed(p.to_string(index=False)),
        lambda p: shown(p.set_index(["patient_id", "arm"])),
        lambda p: shown(p.style.format(precision=1)),
    ],
)
def test_rows_of_patients_are_found_in_every_form(ids, form):
    frame = patients(ids)
    assert Identifiers(ids).within(form(frame))


@pytest.mark.parametrize(
    "form",
    [
        lambda p: shown(p.groupby("arm")["age"].mean()),
        lambda p: shown(p.drop(columns=["patient_id"]).describe()),
        lambda p: printed(list(p.columns)),
        lambda p: printed(p.dtypes),
        lambda p: shown(p.shape),
        lambda p: printed(p["age"].value_counts()),
        lambda p: shown(pd.crosstab(p["arm"], p["age"])),
        lambda p: printed("4 patients, HR 0.63 (1.2-3.4)"),
    ],
)
@pytest.mark.parametrize("ids", [CODES, NUMBERS], ids=["codes", "numbers"])
def test_counts_and_names_of_columns_are_not_taken_for_patients(ids, form):
    assert not Identifiers(ids).within(form(patients(ids)))


def test_identifiers_are_found_where_no_column_is_named():
    assert Identifiers(CODES).within(printed("The longest survivor is P03."))
    assert Identifiers(["20231", "20232"]).within(printed(["20231", "20232"]))
    assert not Identifiers(["20231", "20232"]).within(printed("20231 resamples"))  # may be a count
    assert not Identifiers(NUMBERS).within(printed("ECOG 1 or 2"))
    # the column as the study's own file calls it
    own = pd.DataFrame({"Fallnummer": NUMBERS, "age": [1, 2, 3, 4]})
    assert not Identifiers(NUMBERS).within(shown(own))
    assert Identifiers(NUMBERS, ["Fallnummer"]).within(shown(own))


def test_what_this_package_shows_itself_follows_its_own_rules():
    output = shown(patients(CODES))
    ours = output | {"metadata": {"cohortbook": {"kind": "table"}}}
    assert not Identifiers(CODES).within(ours)
    theirs = output | {"metadata": {"cohortbook": {"kind": "table", "own": True}}}
    assert Identifiers(CODES).within(theirs)


def executed(path, *outputs):
    cells = [{"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# P01"}]
    cells += [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "execution_count": i,
            "metadata": {},
            "source": "# a comment\ncohort.patients.head()",
            "outputs": [output],
        }
        for i, output in enumerate(outputs, 1)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def a_cohort(show_ids):
    privacy = SimpleNamespace(show_ids=show_ids)
    study = SimpleNamespace(privacy=privacy, columns=SimpleNamespace(patient_id="id"))
    return SimpleNamespace(patients=patients(CODES), study=study)


def test_without_show_ids_the_output_is_left_out_with_one_line(tmp_path):
    path = executed(tmp_path / "01-a.ipynb", printed("n = 4"), shown(patients(CODES).head(2)))
    kept = tmp_path / "kept.ipynb"
    kept.hardlink_to(path)
    before = kept.read_text()
    found = guard([path], a_cohort(False))
    assert [str(one) for one in found] == [
        "01-a, cell [2], cohort.patients.head(): the output holds rows of patients (2 identifiers)"
    ]
    after = json.loads(path.read_text(encoding="utf-8"))
    assert [cell["outputs"][0].get("text") for cell in after["cells"][1:]] == ["n = 4\n", LEFT_OUT]
    assert kept.read_text() == before  # what is kept for the next build is as it was
    told = warning(found, False)
    assert "01-a, cell [2]" in told and "Left out of the published notebook" in told


def test_with_show_ids_the_output_stays_and_is_told(tmp_path):
    path = executed(tmp_path / "01-a.ipynb", shown(patients(CODES).head(2)))
    before = path.read_text()
    found = guard([path], a_cohort(True))
    assert len(found) == 1 and path.read_text() == before
    assert "since privacy.show_ids is true" in warning(found, True)


@pytest.mark.parametrize("study", ["data/wei2026", "data/hcc-cxcl17"])
def test_the_projects_own_notebooks_show_nobody(study):
    from pathlib import Path

    identifiers = Identifiers.of(load_cohort(study))
    for path in sorted(Path("notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                assert not identifiers.within(output), path.name
