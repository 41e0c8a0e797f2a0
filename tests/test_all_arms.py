"""Baseline, response and safety of three and four arms: against R, and two arms as their case."""

from __future__ import annotations

from itertools import combinations

import pandas as pd
import pytest
import tiny
from reference_values import close, values
from sentence_reader import Reader
from sentence_reader_abstract import HAD
from sentence_reader_more import HR_P

from cohortbook import baseline, discontinuation, flow, load_cohort, response, safety
from cohortbook.cohort.cohort import Cohort
from cohortbook.display.methods.manuscript import study_values
from cohortbook.errors import StudyError
from cohortbook.results import COLUMNS, OVERALL, one, pick, plain_number
from cohortbook.sections import omission
from cohortbook.stats.ranks import kruskal_wallis, mann_whitney

assert HAD and HR_P  # importing them adds to what is read
R = values("arms", "arms")
MORE = {"code": "more", "label": "More symptoms", "color": "#7B1FA2"}
NUMBERS = ("age", "karno", "wt")
CATEGORIES = [{"code": code} for code in ("CR", "PD", "NE")]
EVENT = {"term": "term", "grade": "grade", "terms": ["Fatigue", "Rash"], "highest_grade": 5}


def write(folder, arms=("none", "some"), further=("many",)):
    """Write the lung study by symptoms: who is 65 or older responds, stops, and has an event."""
    labels = {one["code"]: one for one in [*tiny.SYMPTOMS["arms"], tiny.MANY_SYMPTOMS, MORE]}
    path = tiny.symptoms(
        folder, arms=[labels[code] for code in arms], reference_arm=arms[0],
        further_arms=[labels[code] for code in further], other_arms="exclude")  # fmt: skip
    table = pd.read_csv(path / "patients.csv")
    if "more" in (*arms, *further):
        north = (table["centre"] > "C12") & (table["ecog"] == "some")
        table.loc[north, "ecog"] = "more"
    old = table["age"] >= 65
    table["best"], table["reason"] = old.map({True: "CR", False: "PD"}), old.map({True: "x"})
    table.to_csv(path / "patients.csv", index=False)
    ids = table.loc[old, "patient_id"]
    events = [(one, "Fatigue", grade) for one in ids for grade in (1, 3)]
    events.append((table.loc[table["ecog"] == "none", "patient_id"].iloc[0], "Rash", 1))
    pd.DataFrame(events, columns=["patient_id", "term", "grade"]).to_csv(
        path / "events.csv", index=False)  # fmt: skip

    def say(raw):
        raw["variables"]["karnof"] = {"label": "Karnofsky group", "kind": "categorical",
                                      "cut": "karno", "at": [71, 81]}  # fmt: skip
        raw["baseline"] = [{"variable": name} for name in (*NUMBERS, "old", "karnof")]
        raw["tables"] = {"patients": "patients.csv", "adverse_events": "events.csv"}
        raw["response"] = {"column": "best", "criteria": "RECIST 1.1", "categories": CATEGORIES,
                           "objective": ["CR"], "control": ["CR"],
                           "not_evaluable": "NE"}  # fmt: skip
        raw["adverse_events"] = EVENT
        raw["discontinuation"] = {
            "column": "reason",
            "reasons": [{"code": "x", "label": "Toxicity"}],
        }

    tiny.edit(path, say)
    return path


@pytest.fixture(scope="module")
def three(tmp_path_factory) -> Cohort:
    return load_cohort(write(tmp_path_factory.mktemp("all") / "three"))


@pytest.fixture(scope="module")
def four(tmp_path_factory) -> Cohort:
    folder = tmp_path_factory.mktemp("all") / "four"
    return load_cohort(write(folder, further=("many", "more")))


@pytest.fixture(scope="module")
def two(three) -> Cohort:
    return three.with_study({"further_arms": []})


@pytest.mark.parametrize("arms", ["ecog", "more"])
def test_all_arms_against_r(arms, three, four):
    cohort = three if arms == "ecog" else four
    found = baseline(cohort).frame
    for name in NUMBERS:
        test = one(found, term=name, statistic="p_value")
        assert test["method"] == "Kruskal-Wallis test"
        close(test["p_value"], R[f"{arms}_{name}_kruskal"][1])
        pairs = pick(found, term=name, statistic="smd_pair")["estimate"]
        close(pairs, R[f"{arms}_{name}_smd"])
        largest = max(R[f"{arms}_{name}_smd"], key=abs)
        close(one(found, term=name, statistic="smd")["estimate"], largest)
    exact = baseline(cohort, fisher_beyond_2x2=True).frame
    for name in ("old", "karnof"):
        close(one(found, term=name, statistic="p_value")["p_value"], R[f"{arms}_{name}_chisq"][1])
        small = one(exact, term=name, statistic="p_value")
        how = "fisher" if small["method"] == "Fisher's exact test" else "chisq"
        close(small["p_value"], R[f"{arms}_{name}_{how}"][-1])
    rates = response(cohort).frame
    own = pick(rates, term="ORR", statistic="percent", population="all")
    close(own[["estimate", "conf_low", "conf_high"]], 100 * R[f"{arms}_rates"])
    close(one(rates, term="ORR", statistic="p_value", population="all")["p_value"],
          R[f"{arms}_old_chisq"][1])  # fmt: skip
    close(pick(rates, term="ORR", statistic="pair", population="all")["p_value"],
          R[f"{arms}_pairs"])  # fmt: skip
    for how, suffix in (("holm", "_holm"), ("benjamini-hochberg", "_BH"), ("none", "")):
        changed = response(cohort.choose(p_adjustment=how)).frame
        adjusted = pick(changed, term="ORR", statistic="pair_adjusted", population="all")
        close(adjusted["p_value"], R[f"{arms}_pairs{suffix}"])
    for frame, keys in ((safety(cohort).frame, {"term": "Fatigue", "level": "severe"}),
                        (discontinuation(cohort).frame, {"term": "x"})):  # fmt: skip
        close(one(frame, statistic="p_value", **keys)["p_value"], R[f"{arms}_old_fisher"])


def test_two_arms_are_the_case_of_two(three, two):
    """A pair of three arms is what a report of those two finds, and so is each arm's own row."""
    assert two.of_all_arms is two
    pair = {"level": "some", "group": "none"}
    rates, alone = response(three).frame, response(two).frame
    for theirs, ours in (("p_value", "pair"), ("risk_difference", "pair_difference")):
        before = pick(alone, statistic=theirs, group="difference")
        after = pick(rates, statistic=ours, **pair)
        columns = ["estimate", "conf_low", "conf_high"] if theirs != "p_value" else ["p_value"]
        close(after[columns], before[columns], rel=0, abs_=0)
    for verb in (baseline, response, safety, discontinuation):
        after = verb(three).frame.set_index(COLUMNS[:7])["estimate"]
        before = verb(two).frame
        before = before[~before["group"].isin(["difference", OVERALL])].set_index(COLUMNS[:7])
        close(after.loc[before.index], before["estimate"], rel=0, abs_=0)
    smd = pick(baseline(three).frame, statistic="smd_pair", **pair)["estimate"]
    close(smd, pick(baseline(two).frame, statistic="smd")["estimate"], rel=0, abs_=0)
    numbers = [two.patients.loc[two.patients["arm"] == code, "karno"] for code in two.n_by_arm]
    close(kruskal_wallis(numbers).p_value, mann_whitney(*numbers).p_value, rel=1e-12)


def test_other_names_and_places_of_the_arms_change_their_order_alone(tmp_path, three):
    moved = load_cohort(write(tmp_path / "moved", arms=("many", "none"), further=("some",)))
    for verb in (baseline, response, safety, discontinuation):
        ours, theirs = verb(three).frame, verb(moved).frame
        keys = [name for name in COLUMNS[:7] if name != "group"]
        for statistic in ("p_value", "smd"):
            both = [
                pick(f, statistic=statistic, group="difference").set_index(keys)
                for f in (ours, theirs)
            ]
            column = "p_value" if statistic == "p_value" else "estimate"
            close(both[0][column].abs(), both[1].reindex(both[0].index)[column].abs(), rel=1e-12)
        of_arm = ["n", "percent", "median", "sd", "missing", "patients"]
        arms = [
            pick(f, statistic=of_arm).set_index(COLUMNS[:7])["estimate"] for f in (ours, theirs)
        ]
        close(arms[0], arms[1].reindex(arms[0].index), rel=1e-12)


def test_groups_without_values_and_equal_values_have_a_note():
    empty = kruskal_wallis([[1, 2], [], [3, float("nan")]])
    assert empty.note == "1 group(s) without values left out"
    assert empty.p_value == pytest.approx(mann_whitney([1, 2], [3]).p_value)
    assert pd.isna(kruskal_wallis([[1], []]).p_value)
    assert kruskal_wallis([[2, 2], [2], [2]]).p_value == 1


def test_every_table_and_figure_has_every_arm_in_its_colour(four):
    labels = [arm.label for arm in four.study.all_arms]
    colours = {arm.color.lower() for arm in four.study.all_arms}
    sizes = four.of_all_arms.n_by_arm
    assert sum(sizes.values()) == len(four.of_all_arms) > len(four)
    for verb in (flow, baseline, response, safety, discontinuation):
        found = verb(four)
        head = [getattr(cell, "text", cell) for cell in found.table().columns]
        if verb is not flow:
            for (_, n), label in zip(sizes.items(), labels, strict=True):
                assert any(f"{label} (n = {n})" in text for text in head)
        assert all(label in found.figure().alt for label in labels)
    names = [text.get_color() for text in flow(four).figure().drawing.findobj()
             if hasattr(text, "get_text") and text.get_text()]  # fmt: skip
    assert colours <= {str(name).lower() for name in names}
    pairs = [row.cells[0] for row in response(four).table(pairs=True).rows if not row.group]
    assert len(pairs) == 2 * len(list(combinations(labels, 2)))


def test_sentences_of_all_arms_are_read_back(three):
    frames = [verb(three).frame for verb in (baseline, response, safety, discontinuation)]
    rows = [{name: plain_number(row[name]) for name in COLUMNS}
            for row in pd.concat(frames).to_dict("records")]  # fmt: skip
    blank = dict.fromkeys(COLUMNS, "") | {"analysis": "sizes", "statistic": "patients"}
    rows += [blank | {"population": "all", "group": code, "estimate": n}
             for code, n in three.of_all_arms.n_by_arm.items()]  # fmt: skip
    reader = Reader.of_study(rows, three.study)
    told = [part for verb in (flow, baseline, response, safety, discontinuation)
            for part in verb(three).sentence().parts.items() if part[1]]  # fmt: skip
    for name, text in told:
        assert reader.problems(text) == [], name
        if "Many symptoms" in text:
            for old, new in (("Many", "More"), ("0", "1")):
                assert reader.problems(text.replace(old, new, 1)) != [] or old not in text, name
    assert sum("Many symptoms" in text for _, text in told) >= 7


def test_methods_say_what_is_of_all_arms_and_what_of_two(three, two):
    told, plain = study_values(three), study_values(two)
    assert (
        "of all three arms (No symptoms, Some symptoms and Many symptoms)"
        in told["comparison_methods"]
    )
    assert (
        "Kruskal-Wallis" in told["comparison_methods"]
        and "Mann-Whitney" in plain["comparison_methods"]
    )
    assert "every pair was also tested" in told["response_methods"]
    assert f"{len(three.of_all_arms)} patients" in told["participants"]
    assert "in three arms" in told["participants"] and "in two arms" in plain["participants"]


def test_small_counts_leave_the_further_arms_out(three):
    hidden = three.with_study({"privacy.smallest_count": 5})
    assert hidden.of_all_arms is hidden
    assert set(pick(baseline(hidden).frame, statistic="missing")["group"]) == {
        "none",
        "some",
        OVERALL,
    }
    assert omission(hidden, "response_pairs") == "" and omission(three, "response_pairs") is None


def test_what_only_a_further_arm_has_is_counted_and_what_is_wrong_there_is_told(tmp_path):
    path = write(tmp_path / "third")
    table = pd.read_csv(path / "patients.csv")
    many = table.index[table["ecog"] == "many"]
    table.loc[many[:2], "best"] = "NE"
    table.to_csv(path / "patients.csv", index=False)
    cohort = load_cohort(path)
    assert omission(cohort, "response_evaluable") is None
    assert omission(cohort.with_study({"further_arms": []}), "response_evaluable")
    assert one(response(cohort).frame, term="NE", group="many", statistic="n")["estimate"] == 2
    table.loc[many[0], "best"] = "better"
    table.to_csv(path / "patients.csv", index=False)
    with pytest.raises(StudyError) as told:
        load_cohort(path)
    assert [problem.row for problem in told.value.problems] == [many[0] + 2]
