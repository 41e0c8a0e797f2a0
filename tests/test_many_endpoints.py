"""Five endpoints have five of everything that two have."""

import shutil
from collections import defaultdict
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import yaml
from run_cells import run_cells

from cohortbook.session.book import Book

WEI = Path(__file__).parents[1] / "data" / "wei2026"
KEYS = ["os", "pfs", "ttp", "ttf", "dss"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The default study with three endpoints more, of the same columns by other names."""
    folder = tmp_path_factory.mktemp("five") / "study"
    shutil.copytree(WEI, folder, ignore=shutil.ignore_patterns("reconstruction", "published.yml"))
    said = yaml.safe_load((folder / "study.yml").read_text("utf-8"))
    for key in KEYS[2:]:
        said["endpoints"][key] = said["endpoints"]["pfs"] | {
            "label": f"Time to {key}", "short": key.upper(),
        }  # fmt: skip
    said["robustness"] = {"resamples": 100, "specifications": 8}
    (folder / "study.yml").write_text(yaml.safe_dump(said, sort_keys=False), "utf-8")
    return folder


def labels_of(name, study, **names):
    """Give the labels that a notebook shows, and the names of what it says."""
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Book, "show", lambda _, label, made, **_k: shown.append(label) or made)
        space = run_cells(name, study, **names)
    plt.close("all")
    return shown, list(space["book"].values)


def ends(labels):
    """Sort labels that end in the key of an endpoint by what stands before it."""
    found = defaultdict(list)
    for label in labels:
        stem, _, key = label.replace("_", "-").rpartition("-")
        if key in KEYS:
            found[stem].append(key)
    return found


@pytest.mark.parametrize("name", ["03-survival.ipynb", "06-robustness.ipynb"])
def test_each_endpoint_has_what_the_others_have(study, name):
    shown, _ = labels_of(name, study)
    # what is shown of the primary endpoint alone is one
    found = {stem: keys for stem, keys in ends(shown).items() if keys != KEYS[:1]}
    assert found, shown
    assert all(keys == KEYS for keys in found.values()), found


def test_prognostic_factors_of_each_endpoint_are_alike(study):
    found = {key: labels_of("04-prognostic-factors.ipynb", study, endpoint=key) for key in KEYS}
    first = {label.removesuffix(KEYS[0]) for label in found[KEYS[0]][0]}
    assert "tbl-prognostic-" in first and "fig-schoenfeld-" in first
    for key, (shown, told) in found.items():
        assert {label.removesuffix(key) for label in shown} == first
        assert {f"treatment_{key}", f"factors_{key}"} <= set(told)
