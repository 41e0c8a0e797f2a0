"""A witness of a printed survival table: found where there is one, and why where there is none."""

import re

import numpy as np
import pytest
import yaml

pytest.importorskip("numba", reason="the search needs numba (extra 'search')")

from typer.testing import CliRunner

from cohortbook.cli.main import app
from cohortbook.published import Published, load_published
from cohortbook.published.audit import audit
from cohortbook.published.witness import descent
from cohortbook.published.witness.aims import table_of
from cohortbook.published.witness.find import find_witness
from cohortbook.published.witness.measure import measure
from cohortbook.published.witness.people import people_of
from cohortbook.published.witness.problem import problem_of, scale_of
from cohortbook.published.witness.proofs import proved
from cohortbook.published.witness.search import advance, begin, first_state, search
from cohortbook.published.witness.smallest import smallest
from cohortbook.stats.cox import cox_fit
from cohortbook.stats.km import kaplan_meier
from cohortbook.stats.logrank import logrank

ARMS = ("A", "B")
COX = {"analysis": "cox_univariable", "endpoint": "os"}


def printed(survival, ratios=(), groups=(20, 20), counts=()):
    """Give a paper of two arms with one survival paragraph and its crude rows."""
    blocks = [{"where": "Text", "survival": [{"endpoint": "os"} | survival]},
              {"where": "Table 2", **COX, "ratios": list(ratios)},
              {"where": "Table 1", "analysis": "baseline", "counts": list(counts)}]  # fmt: skip
    sizes = dict(zip(ARMS, groups, strict=True))
    return Published.model_validate({"groups": sizes, "blocks": blocks})


def known_table():
    """Print the survival table of a simulated cohort: 30 and 28 patients, sex, OS."""
    rng = np.random.default_rng(5)
    arm, sex = np.repeat([0, 1], (30, 28)), rng.integers(0, 2, 58)
    death = rng.exponential(12 * np.exp(0.5 * arm - 0.4 * sex))
    lost = rng.uniform(4, 36, 58)
    time, event = np.minimum(death, lost).round(1) + 0.1, (death <= lost).astype(int)
    survival = {"median": {}, "events": {}, "at_risk": {"6": {}}, "event_percent": {"6": {}}}
    for code, name in enumerate(ARMS):
        own = arm == code
        fit = kaplan_meier(time[own], event[own])
        survival["median"][name] = f"{fit.median().estimate:.1f}"
        survival["events"][name] = str(event[own].sum())
        survival["at_risk"]["6"][name] = str((time[own] >= 6).sum())
        failed = 100 * (1 - fit.at([6])["survival"][0])
        survival["event_percent"]["6"][name] = f"{failed:.0f}"
    survival["logrank"] = f"{logrank(time, event, arm).p:.2f}"
    ratios = []
    for term, level, x in (("arm", "B", arm), ("sex", "M", sex)):
        fit = cox_fit(time, event, x[:, None], ["x"])
        ratios.append({
            "term": term, "level": level, "p": f"{fit.p[0]:.2f}",
            "hr": f"{fit.hr[0]:.1f} ({fit.conf_low[0]:.1f}-{fit.conf_high[0]:.1f})",
        })  # fmt: skip
    levels = {name: {a: str(int(((sex == k) & (arm == i)).sum())) for i, a in enumerate(ARMS)}
              for k, name in enumerate("FM")}  # fmt: skip
    return printed(survival, ratios, (30, 28), [{"term": "sex", "levels": levels}])


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    path = tmp_path_factory.mktemp("paper") / "trial.yml"
    published = known_table().model_dump(exclude_defaults=True)
    path.write_text(yaml.safe_dump(published), "utf-8")
    return path


@pytest.fixture(scope="module")
def witness(paper):
    arguments = ["audit", str(paper), "--witness", "--evaluations", "3000000"]
    return CliRunner().invoke(app, arguments)


def test_a_table_of_a_cohort_has_a_witness(witness, paper):
    assert witness.exit_code == 0, witness.output
    assert re.search(r"gives all 17 printed numbers within their rounding", witness.output)
    folder = paper.with_suffix(".witness")
    assert sorted(x.name for x in folder.iterdir()) == [
        "study.yml", "synthetic-witness-fit.csv", "synthetic-witness.csv",
    ]  # fmt: skip


def test_a_witness_is_a_study_that_says_that_it_is_synthetic(witness, paper):
    folder = paper.with_suffix(".witness")
    study = yaml.safe_load((folder / "study.yml").read_text("utf-8"))
    assert study["synthetic"] is True
    assert study["texts"]["title"].startswith("Synthetic witness")
    assert "No row is a patient" in study["texts"]["source"]
    rows = (folder / "synthetic-witness.csv").read_text("utf-8").splitlines()
    assert len(rows) == 59
    assert all("no row is a patient" in row for row in rows[1:])
    checked = CliRunner().invoke(app, ["check", str(folder)])
    assert checked.exit_code == 0, checked.output


def test_a_witness_repeats_and_keeps_the_printed_margins(witness, paper):
    found = find_witness(load_published(paper), evaluations=3_000_000)
    lines = (paper.with_suffix(".witness") / "synthetic-witness.csv").read_text("utf-8")
    state, people = found.run.best, found.people
    assert f"{state.t[0, 0] / 10:g}" in lines.splitlines()[1]
    given = load_published(paper).blocks[-1].counts[0]
    for arm in ARMS:
        own = state.x[:, people.column("arm", arm)] == 1
        counts = {x: int(state.x[own, people.column("sex", x)].sum()) for x in "FM"}
        assert counts == {x: int(given.levels[x][arm]) for x in "FM"}


def test_a_folder_that_exists_is_not_written_into(witness, paper):
    again = CliRunner().invoke(app, ["audit", str(paper), "--witness"])
    assert again.exit_code == 1
    assert "exists" in str(again.exception)


AT_RISK = {"6": {"A": "10", "B": "18"}, "12": {"A": "4", "B": "15"}, "18": {"A": "1", "B": "13"}}
IMPOSSIBLE = [
    (printed({"events": {"A": "25", "B": "9"}, "at_risk": {"6": {"A": "10", "B": "12"}}}),
     ["os/all/A/events"], "one event at most"),
    (printed({"median": {"A": "5.0"}, "at_risk": {"12": {"A": "12", "B": "5"}}}),
     ["os/all/A/median", "os/all/12/A/at_risk"], "at most 8/(12 + 8)"),
    (printed({"median": {"A": "15.0"}, "events": {"A": "15"}, "at_risk": {"12": {"A": "4"}}}),
     ["os/all/A/median", "os/all/A/events", "os/all/12/A/at_risk"], "at least 11/20"),
    (printed({"median": {"A": "NR"}, "events": {"A": "12"}}),
     ["os/all/A/median", "os/all/A/events"], "at least 12/20"),
    (printed({"events": {"A": "15", "B": "5"}, "at_risk": AT_RISK},
             [{"term": "arm", "level": "B", "hr": "1.50 (0.55-4.10)"}]),
     ["difference/hr", "A/events", "B/events",
      *(f"{t}/{a}/at_risk" for t in AT_RISK for a in ARMS)],
     "it is 0 at the estimate"),
]  # fmt: skip


@pytest.mark.parametrize(("paper", "keys", "why"), IMPOSSIBLE)
def test_what_no_data_give_is_proved_with_the_numbers_that_it_needs(paper, keys, why):
    (clash,) = proved(paper, table_of(paper))
    assert [key for key, end in zip(clash.keys, keys, strict=True) if not key.endswith(end)] == []
    assert why in clash.why
    assert clash.keys[0] in clash.left_out


def test_the_side_of_a_hazard_ratio_follows_from_events_and_numbers_at_risk():
    off = audit(IMPOSSIBLE[-1][0])
    found = off[off["check"] == "hazard ratio and follow-up"].iloc[0]
    assert "Not even the side of 1" in found["message"]
    bound = float(found["implied"].split()[-1])
    assert 0 < bound < 1
    ratio = {"term": "arm", "level": "B", "hr": f"{bound - 0.01:.2f} (0.05-0.90)"}
    fits = audit(printed({"events": {"A": "15", "B": "5"}, "at_risk": AT_RISK}, [ratio]))
    assert "hazard ratio and follow-up" not in set(fits["check"])


def test_what_cannot_be_leaves_its_row_out_and_the_rest_is_searched():
    row = {"term": "arm", "level": "B", "hr": "1.50 (0.55-4.10)", "p": "0.43"}
    paper = printed({"events": {"A": "15", "B": "5"}, "at_risk": AT_RISK}, [row])
    found = find_witness(paper, evaluations=400_000)
    assert not found.complete
    assert found.fit.loc[found.fit["aimed"], "met"].all()
    left = found.fit.loc[~found.fit["aimed"], "key"]
    assert len(left) == 4
    assert left.str.startswith("cox_univariable/os/all/arm/B").all()
    assert found.unheld == []


def test_the_default_study_cannot_have_its_ratio_and_its_log_rank_p():
    published = load_published("data/wei2026")
    ratio, test = proved(published, table_of(published))
    crude = "cox_univariable/os/all/arm/MWA+ICI/difference/hr"
    assert ratio.keys == (crude, f"{crude}:conf_low", f"{crude}:conf_high")
    assert test.keys == ("survival/os/all/difference/logrank:p_value", *ratio.keys)


def test_a_table_of_many_numbers_is_neared_by_cooling_more_than_by_the_ladder(monkeypatch):
    published = load_published("data/wei2026")
    table = table_of(published)
    rng = np.random.default_rng(1)
    people, scale = people_of(published, table, rng), scale_of(table)
    problem = problem_of(table, people, scale)
    curves = problem_of(table, people, scale, table.of_covariates())
    start = first_state(table, people, scale, rng)
    for name, each in (("CURVES_EACH", 10), ("COVARIATES_EACH", 30), ("ALL_EACH", 30)):
        monkeypatch.setattr(descent, name, each)
    cooled = begin(problem, start, 1, descent.legs_of(problem, curves))
    assert [leg.problem is problem for leg in cooled.legs] == [False, True, True]
    while cooled.legs:
        advance(cooled)
    ladder = begin(problem, start, 1)
    search(ladder, cooled.done)
    assert cooled.cost < 0.8 * ladder.cost
    margins = [np.add.reduceat(x, people.first[:-1]) for x in (people.x, cooled.best.x)]
    sex = people.column("sex", "F")
    assert (margins[0][:, sex] == margins[1][:, sex]).all()
    fit = measure(table, people, scale, cooled.best)
    assert (fit.loc[fit["met"], "off"] == 0).all() and (fit.loc[~fit["met"], "off"] > 0).all()
    twice = begin(problem, start, 1, descent.legs_of(problem, curves))
    search(twice, cooled.done)
    assert (twice.best.t == cooled.best.t).all(), "the same seed gives the same cohort"


def test_the_smallest_set_is_the_one_that_fails_whatever_it_stands_with():
    units = [(str(k),) for k in range(12)]
    tried = []

    def met(keys):
        tried.append(keys)
        return not {"3", "10"} <= set(keys)

    assert smallest(units, {"10"}, met) == (["3", "10"], True)
    assert len(tried) < 20
    stopped, whole = smallest(units, {"10"}, lambda keys: None)
    assert (len(stopped), whole) == (12, False)


def test_a_paper_without_a_survival_table_is_refused(tmp_path):
    path = tmp_path / "published.yml"
    path.write_text("groups: {A: 3, B: 4}\nblocks: [{where: T, sizes: {A: 3}}]\n", "utf-8")
    found = CliRunner().invoke(app, ["audit", str(path), "--witness"])
    assert found.exit_code == 1
    assert "a survival table" in str(found.exception)
    assert not (tmp_path / "published.witness").exists()


def test_rows_of_which_it_is_not_clear_what_they_compare_are_counted_not_searched():
    rows = [{"term": "arm", "level": "new drug", "hr": "0.80"}, {"term": "age", "hr": "1.02"},
            {"term": "age", "level": ">60", "hr": "1.30"}]  # fmt: skip
    table = table_of(printed({}, rows))
    assert [row.level for model in table.models for row in model.rows] == [">60"]
    assert sum(count for said, count in table.left_out.items() if said.startswith("rows")) == 2
