"""Small counts that a study withholds are in no output, and cannot be computed from the others."""

import itertools
import random
import re
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from run_cells import run_cells
from tiny import study_folder

from cohortbook.analysis.small_cells import withhold
from cohortbook.analysis.small_cells_survival import coarse_curves, coarse_risk
from cohortbook.cohort.cohort import load_cohort
from cohortbook.errors import CohortbookError, StudyError
from cohortbook.results import pick
from cohortbook.sections import omission
from cohortbook.session.book import Book, NothingToDo, start
from cohortbook.stats.small_counts import FEW, WITHHELD, feasible, protect

ROOT = Path(__file__).parents[1]
K = 5
LEVELS = ("a", "b", "c")


def compositions(total, parts):
    """Every way of writing a total as an ordered sum of so many counts."""
    for bars in itertools.combinations(range(total + parts - 1), parts - 1):
        edges = (-1, *bars, total + parts - 1)
        yield tuple(right - left - 1 for left, right in itertools.pairwise(edges))


def table(rows):
    """Counts by level and arm, and of both arms, with the arms' sizes as what is known."""
    published = {
        frozenset([(arm, level)]): n
        for arm, row in enumerate(rows)
        for level, n in zip(LEVELS, row, strict=True)
    }
    for level in LEVELS:
        both = frozenset((arm, level) for arm in (0, 1))
        published[both] = sum(published[frozenset([atom])] for atom in both)
    fixed = {frozenset((arm, level) for level in LEVELS): sum(row) for arm, row in enumerate(rows)}
    return published, fixed


def agrees(key, count, marks, published):
    """Whether a reader who knows the rules can believe in a count."""
    if key not in marks:
        return count == published[key]
    if marks[key] == FEW:
        return 0 < count < K
    return (FEW not in marks.values() and set(marks) == set(published)) or count >= K


@pytest.mark.parametrize("seed", range(8))
def test_by_trying_every_table_no_small_count_is_told(seed):
    rng = random.Random(seed)
    rows = [[rng.choice((0, 1, 2, 4, 5, 7)) for _ in LEVELS] for _ in range(2)]
    published, fixed = table(rows)
    marks = protect(published, fixed, K, {})
    assert {key for key, n in published.items() if 0 < n < K} <= set(marks)
    believed = {key: set() for key, n in published.items() if 0 < n < K}
    for first in compositions(sum(rows[0]), len(LEVELS)):
        for second in compositions(sum(rows[1]), len(LEVELS)):
            other, _ = table([first, second])
            if all(agrees(key, n, marks, published) for key, n in other.items()):
                for key, seen in believed.items():
                    seen.add(other[key])
    assert all(len(seen) > 1 for seen in believed.values()), (rows, marks)


def test_nothing_is_withheld_where_nothing_is_small():
    assert protect(*table([[9, 8, 7], [6, 5, 0]]), K, {}) == {}


def test_a_complement_is_as_secret_as_a_count():
    had, had_not = frozenset("a"), frozenset("b")
    marks = protect({had: 19}, {had | had_not: 20}, K, {had_not: 1})
    assert marks == {had: WITHHELD}
    assert feasible(had_not, {had: 19}, {had | had_not: 20}, marks, K) == (0, 20)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The default study with counts from 1 to 4 withheld."""
    folder = tmp_path_factory.mktemp("small") / "study"
    own = shutil.ignore_patterns("reconstruction", "README.md")
    shutil.copytree(ROOT / "data" / "wei2026", folder, ignore=own)
    text = (folder / "study.yml").read_text("utf-8")
    assert "smallest_count: null" in text
    (folder / "study.yml").write_text(text.replace("smallest_count: null", f"smallest_count: {K}"))
    return folder


class Outputs:
    """What notebooks show, keep and quote, without writing files."""

    def __init__(self):
        self.shown, self.frames, self.values = {}, {}, {}

    def run(self, name, study):
        """Run the cells of a notebook here."""
        (path,) = (ROOT / "notebooks").glob(f"{name}-*.ipynb")
        space = run_cells(path.name, study)
        self.frames |= space["book"].frames
        self.values |= space["book"].values
        plt.close("all")


@pytest.fixture(scope="module")
def outputs(study):
    """Those of the notebooks that a report of that study shows."""
    found = Outputs()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Book, "show", lambda _, label, shown, **_k: found.shown.setdefault(label, shown)
        )
        for name in ("01", "02", "03", "05"):
            found.run(name, study)
    return found


def test_no_exported_count_is_small(outputs):
    for name, frame in outputs.frames.items():
        if "statistic" in frame:
            counts = frame[frame["statistic"].isin(["n", "patients", "missing", "events"])]
            assert not counts["estimate"].between(1, K - 1).any(), name
            assert not frame[["n", "n_events"]].isin(range(1, K)).any(axis=None), name
        else:
            assert not frame["n"].astype(str).isin([str(n) for n in range(1, K)]).any(), name
    for label, shown in outputs.shown.items():
        text = shown.text() if label.startswith("tbl-") else f"{shown.caption} {shown.alt}"
        few = re.compile(r"(?<![\d.])[1-4] \(\d|\b[1-4] severe|\b[1-4] events")
        assert not few.search(text), (label, few.search(text))


def test_what_would_tell_a_count_is_withheld_with_it(outputs):
    frame = outputs.frames["baseline"]
    found = pick(frame, term="sex", statistic=["smd", "p_value"])
    assert found[["estimate", "p_value"]].isna().all(axis=None)
    counts, shares = (
        pick(frame, term="sex", statistic=name)["estimate"].isna().tolist()
        for name in ("n", "percent")
    )
    assert any(counts)
    assert counts == shares
    assert pick(frame, statistic=["min", "max"])["estimate"].isna().all()
    assert pick(frame, term="ecog", statistic="p_value")["p_value"].notna().all(), "none is small"


def test_table_and_flow_withhold_the_same(outputs):
    flow = outputs.frames["flow"]
    items = flow[flow["label"].str.startswith("Stopped: ")].set_index(["label", "arm"])["n"]
    for reason, *cells in (row[:3] for row in outputs.shown["tbl-discontinuation"].plain()[1:]):
        for arm, cell in zip(("ICI", "MWA+ICI"), cells, strict=True):
            assert cell.split(" ")[0] == str(items[f"Stopped: {reason}", arm])


def test_sentences_name_no_small_count(outputs):
    text = " ".join(outputs.values.values()).replace("\\", "")
    assert "<5 of 21" in text
    assert "an unstated number of" in text
    assert not re.search(r"\b[1-4]/\d", text)


def test_patients_and_parts_without_a_rule_are_left_out(study, outputs):
    cohort, book = start("x", study)
    assert "because counts below 5 are withheld" in omission(cohort, "waterfall")
    assert omission(cohort, "swimmer") == ""
    figures = {label for label in outputs.shown if label.startswith("fig-")}
    assert figures == {"fig-flow", "fig-survival-os", "fig-survival-pfs", "fig-safety"}
    for name in ("04", "06", "07"):
        with pytest.raises(NothingToDo, match="withheld"):
            Outputs().run(name, study)
    with pytest.raises(CohortbookError, match="no rule"):
        book.save("own", pd.DataFrame({"analysis": ["own"], "n": [1]}))


def test_curves_fall_in_large_steps_and_numbers_at_risk_are_round():
    curve = pd.DataFrame(
        {
            "group": "A",
            "time": range(9),
            "survival": [1 - i / 10 for i in range(9)],
            "n_risk": 9,
            "n_event": [0, *[1] * 8],
            "n_censor": 1.0,
        }
    )
    coarse = coarse_curves(curve, 3)
    assert list(coarse["time"]) == [0, 3, 6]
    assert coarse["n_risk"].isna().all()
    assert not coarse["n_censor"].any()
    risk = pd.DataFrame({"n_risk": [31, 9, 2], "n_censored": [0, 1, 5], "n_events": [0, 3, 4]})
    rounded = coarse_risk(risk, 3)
    assert rounded.to_dict("list")["n_risk"][:2] == [30, 9] and rounded["n_risk"].isna()[2]
    # 31 patients, of whom 30 are at risk and none is censored: one event
    assert list(rounded) == ["n_risk"]


def test_an_arm_that_is_too_small_is_an_error_and_without_the_key_all_is_shown(tmp_path):
    folder = study_folder(tmp_path / "study")
    cohort = load_cohort(folder)
    frame = pd.DataFrame({"analysis": ["own"]})
    assert withhold(frame, cohort) is frame
    with (folder / "study.yml").open("a") as file:
        file.write("privacy: {smallest_count: 4}\n")
    with pytest.raises(StudyError, match="3 patients in arm 'A'"):
        load_cohort(folder)
