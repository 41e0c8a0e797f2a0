"""No guess that is wrong and not UNSURE: events, units, pairs, and what follows time zero."""

import numpy as np
import pandas as pd
import pytest
import yaml

from cohortbook.cohort.checks.evidence import longer_with_event, progressive_without, speaks_against
from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.intake import Wishes, create_study
from cohortbook.intake.columns import Column
from cohortbook.intake.guess import FEW, Guess, grouped
from cohortbook.intake.questions import Option, Question
from cohortbook.intake.status import read_status
from cohortbook.intake.units import unit_by_dates
from cohortbook.intake.words import stem

N = 60
RNG = np.random.default_rng(7)
PLACE = np.arange(N)
ARM = np.where(PLACE % 2, "Drug", "Placebo")
DEAD = (RNG.permutation(N) < 35).astype(int)
MONTHS = np.where(DEAD == 1, RNG.uniform(1, 20, N), RNG.uniform(15, 40, N)).round(1)
AGE = RNG.integers(38, 81, N)


def table(**columns):
    return pd.DataFrame({"id": PLACE + 1, "arm": ARM, **columns})


def made(tmp_path, frame, wishes=None, **kw):
    path = tmp_path / "export.csv"
    frame.to_csv(path, index=False)
    created = create_study(tmp_path / "s", [path], wishes, **kw)
    return created, yaml.safe_load((created.folder / "study.yml").read_text("utf-8"))


def guess(created, *place):
    return next(g for g in created.guesses if g.place == place)


# which value is the event


@pytest.mark.parametrize(("happened", "none"), [(1, "0"), ("x", "no"), ("Yes", "no")])
def test_empty_cells_of_a_status_of_events_only_are_no_events_and_unsure(tmp_path, happened, none):
    cells = np.where(DEAD == 1, str(happened), "")
    created, study = made(tmp_path, table(os_months=MONTHS, death=cells))
    told = guess(created, "endpoints", "os", "event")
    assert not told.sure and f"only {happened} occurs: its 25 empty cells" in told.reason
    assert "endpoints.os.event" in study["unconfirmed"] and "leave_out_incomplete" not in study
    cohort = load_cohort(created.folder)
    assert (cohort.patients["os_event"].count(), cohort.patients["os_event"].sum()) == (60, 35)
    assert study["endpoints"]["os"].get("censored_codes", ["0"]) == [none]


def test_empty_cells_of_a_status_beside_dates_are_no_events_and_unsure(tmp_path):
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(PLACE, unit="D")
    dates = {"start_date": start, "last_fu": start + pd.to_timedelta(MONTHS * 30, unit="D")}
    cells = np.where(DEAD == 1, "1", "")
    created, study = made(tmp_path, table(**dates, death=cells))
    assert not guess(created, "endpoints", "os", "event").sure
    assert "endpoints.os.event" in study["unconfirmed"]
    cohort = load_cohort(created.folder)
    assert (cohort.patients["os_event"].count(), cohort.patients["os_event"].sum()) == (60, 35)


def test_one_empty_cell_of_a_status_is_not_known(tmp_path):
    cells = pd.Series(np.where(PLACE == 3, "", "1"))
    created, study = made(tmp_path, table(os_months=MONTHS, death=cells))
    assert study["leave_out_incomplete"] and guess(created, "endpoints", "os", "event").sure


@pytest.mark.parametrize(
    ("name", "cells", "events", "sure"),
    [
        ("os_event", "0 1", ["1"], True),
        ("death", "0 1", ["1"], True),
        ("Tod", "0 1", ["1"], True),
        ("décès", "0 1", ["1"], True),
        ("exitus", "0 1", ["1"], True),
        ("decesso", "sì no", ["sì"], True),
        ("overleden", "nee ja", ["ja"], True),
        ("vitale status", "overleden in_leven", ["overleden"], True),
        ("leeft", "0 1", ["0"], False),
        ("OS_status", "0 1", ["1"], False),
        ("fustat", "0 1", ["1"], False),
        ("OS_SOR", "Yes No", ["Yes"], False),
        ("status", "1 2", ["2"], False),
        ("OS_STATUS", "0:LIVING 1:DECEASED", ["1:DECEASED"], True),
        ("DSS_STATUS", "0:ALIVE,OR,DEAD,TUMOR,FREE 1:DEAD,WITH,TUMOR", ["1:DEAD,WITH,TUMOR"], True),
        ("status", "N R", ["R"], False),
        ("cens", "0 1", ["1"], False),
    ],
)
def test_a_code_is_the_event_for_sure_only_where_something_says_so(name, cells, events, sure):
    status = read_status(Column(name, pd.Series(cells.replace(",", "_").split())))
    assert status.events == [code.replace(",", "_") for code in events]
    assert (not status.unsure) == sure


def test_a_label_of_the_codebook_makes_the_event_sure():
    column = Column("status", pd.Series(["1", "2"]), "", {"1": "lebt", "2": "verstorben"})
    assert (read_status(column).events, read_status(column).unsure) == (["2"], "")


def test_dead_of_something_else_and_alive_with_disease_are_dead_and_alive():
    column = Column(
        "state",
        pd.Series(["Dead of disease", "Dead of other causes", "Alive with recurrence", "Alive"]),
    )
    status = read_status(column, key="os")
    assert len(status.events) == 2 and all(code.startswith("Dead") for code in status.events)
    assert not status.unsure


def test_of_progression_free_survival_several_states_may_be_events(tmp_path):
    created, study = made(tmp_path, table(pfs_months=MONTHS, pfs_event=DEAD * (1 + PLACE % 2)))
    assert study["endpoints"]["pfs"]["event_codes"] == ["1", "2"]
    assert "endpoints.pfs.event" in study["unconfirmed"]
    assert not guess(created, "endpoints", "pfs", "event").sure


def test_swapped_codes_are_told_by_the_data_in_new_and_in_check(tmp_path):
    created, _ = made(tmp_path, table(os_months=MONTHS, os_event=1 - DEAD))
    event = guess(created, "endpoints", "os", "event")
    assert not event.sure and "followed longer" in event.text  # though its name says event
    told = [p for p in read_study(created.folder).problems if "bear out" in p.expected]
    assert [(p.severity, p.column) for p in told] == [("warning", "os_event")]


def test_codes_that_the_data_bear_out_are_not_told(tmp_path):
    created, study = made(tmp_path, table(os_months=MONTHS, os_event=DEAD))
    assert guess(created, "endpoints", "os", "event").sure and not created.problems
    assert study["unconfirmed"] == ["data"]


def test_followed_longer_is_the_statistic_of_mann_and_whitney():
    """By hand: with events at 5 to 12 and ends at 1 to 8, 58 of 64 pairs (4 ties count half)."""
    event = pd.Series([1.0] * 8 + [0.0] * 8)
    time = pd.Series([*range(5, 13), *range(1, 9)], dtype=float)
    assert longer_with_event(time, event).startswith("those with the event are followed longer")
    assert longer_with_event(-time, event) == ""
    assert longer_with_event(time[:15], event[:15]) == ""  # too few to say so


def test_progressive_disease_without_progression_speaks_against():
    best = pd.Series(["PD"] * 8 + ["PR"] * 8)
    time = pd.Series([2.0] * 8 + [9.0] * 8)
    none = pd.Series([0.0] * 8 + [1.0] * 8)
    assert "8 of 8 with progressive disease" in progressive_without(time, none, best, True)
    assert progressive_without(time, 1 - none, best, True) == ""
    assert "half the follow-up" in progressive_without(time, none, best, False)


def test_dates_of_death_and_a_status_in_words_speak_against():
    event = pd.Series([0.0] * 10 + [1.0] * 10)
    died = pd.Series(["2020-01-02"] * 10 + [None] * 10, dtype=object)
    vital = pd.Series(["1: Dead"] * 10 + ["0: Alive"] * 10)
    time = pd.Series(range(20), dtype=float)
    found = speaks_against(
        time, event, {"Date of death": died, "vital": vital}, of_death=True, of_progression=False
    )
    assert any("10 of 10 with a date in 'Date of death'" in text for text in found)
    assert any("'vital' says dead or alive, and the opposite" in text for text in found)
    right = {"Date of death": died, "vital": vital}
    assert not speaks_against(time, 1 - event, right, of_death=True, of_progression=False)


# units


def test_a_unit_from_size_alone_is_unsure_and_one_for_all(tmp_path):
    _, study = made(tmp_path, table(os=MONTHS * 30, os_event=DEAD, pfs=MONTHS * 6, pfs_event=DEAD))
    assert {e["unit"] for e in study["endpoints"].values()} == {"days"}
    assert {"endpoints.os.unit", "endpoints.pfs.unit"} <= set(study["unconfirmed"])


@pytest.mark.parametrize(("decimals", "unit"), [(1, "months"), (3, "years")])
def test_times_of_a_few_units_are_no_sure_years(tmp_path, decimals, unit):
    time = (MONTHS / 4).round(1) + np.where(decimals == 1, 0, 0.013)
    created, study = made(tmp_path, table(os=time, os_event=DEAD))
    assert study["endpoints"]["os"]["unit"] == unit
    assert not guess(created, "endpoints", "os", "unit").sure


@pytest.mark.parametrize(
    ("unit", "per", "places"),
    [
        ("days", 1, 0),
        ("weeks", 7, 1),
        ("months", 30.4375, 1),
        ("months", 30.4375, 2),
        ("years", 365.25, 2),
        ("months", 30.4375, 0),
    ],
)
def test_dates_confirm_a_unit(unit, per, places):
    start = pd.Series(pd.Timestamp("2015-03-01") + pd.to_timedelta(PLACE * 11, "D"))
    days = pd.Series(np.linspace(40, 2400, N).round())
    dates = {
        "born": start - pd.Timedelta(days=20_000),
        "start": start,
        "death": (start + pd.to_timedelta(days, "D")).where(DEAD == 1),
        "last": (start + pd.to_timedelta(days, "D")).where(DEAD == 0),
    }
    assert unit_by_dates((days / per).round(places), dates) == (unit, "start", "death or last")
    assert unit_by_dates((days / per * 1.3).round(places), dates) is None


def test_dates_make_a_unit_sure_and_plus_one_does_not_matter(tmp_path):
    start = pd.Timestamp("2015-03-01") + pd.to_timedelta(PLACE * 11, "D")
    days = (MONTHS * 3).round().astype(int)
    frame = table(
        randdt=start, lastdt=start + pd.to_timedelta(days, "D"), time=days + 1, death=DEAD
    )
    created, study = made(tmp_path, frame)
    assert study["endpoints"]["os"]["unit"] == "days"
    assert guess(created, "endpoints", "os", "unit").sure


# pairs


@pytest.mark.parametrize(
    ("time", "state", "key"),
    [
        ("death.time", "death", "os"),
        ("relapse.time", "relapse", "rfs"),
        ("PFS (months)", "Progression or death", "pfs"),
        ("OS (months)", "Death", "os"),
        ("Progressionsfreies Überleben (Monate)", "Progress oder Tod", "pfs"),
        ("Gesamtüberleben (Monate)", "Verstorben", "os"),
        ("Survie globale (mois)", "Décès", "os"),
        ("Survie sans progression (mois)", "PFS_event", "pfs"),
        ("Supervivencia global (meses)", "Exitus", "os"),
        ("Supervivencia libre de progresión (meses)", "Progresión o muerte", "pfs"),
        ("Sopravvivenza globale (mesi)", "Decesso", "os"),
        ("Sopravvivenza libera da progressione (mesi)", "Progressione o decesso", "pfs"),
        ("SSP_mois", "SSP_evt", "pfs"),
        ("SLP_meses", "SLP_evento", "pfs"),
        ("Krankheitsfreies Überleben (Monate)", "Rezidiv oder Tod", "dfs"),
        ("Totale overleving (maanden)", "Overleden", "os"),
        ("Progressievrije overleving (mnd)", "Progressie of overlijden", "pfs"),
        ("Ziektevrije overleving (maanden)", "Recidief of overlijden", "dfs"),
    ],
)
def test_a_time_and_its_status_belong_together_in_six_languages(tmp_path, time, state, key):
    created, study = made(tmp_path, table(**{time: MONTHS, state: DEAD, "Age": AGE}))
    (found,) = study["endpoints"].items()
    assert (found[0], found[1]["time"], found[1]["event"]) == (key, time, state)
    if time not in ("death.time", "relapse.time"):
        assert found[1]["unit"] == "months" and guess(created, "endpoints", key, "unit").sure
    assert list(study["variables"]) == ["age"]


def test_numbers_of_times_and_statuses_agree(tmp_path):
    frame = table(time_1=MONTHS / 2, status_1=DEAD, time_2=MONTHS, status_2=PLACE % 2)
    _, study = made(tmp_path, frame)
    assert {(e["time"], e["event"]) for e in study["endpoints"].values()} == {
        ("time_1", "status_1"),
        ("time_2", "status_2"),
    }


def test_the_name_of_a_status_may_stand_within_that_of_its_time(tmp_path):
    _, study = made(tmp_path, table(edfoo=MONTHS, foo=DEAD, age=AGE))
    assert study["endpoints"]["os"]["time"] == "edfoo"
    assert "endpoints.os.label" in study["unconfirmed"] and list(study["variables"]) == ["age"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Disease-free survival", "dfs"),
        ("rezidivfreies Überleben", "rfs"),
        ("nodes", ""),
        ("supervivencia libre de eventos", "efs"),
        ("délai de récidive", "ttr"),
        ("position", ""),
        ("Fernmetastasenfreies Überleben", "dmfs"),
        ("progression-free interval", "pfs"),
        ("age at diagnosis", ""),
        ("Recurrence or death", "dfs"),
        ("tijd tot progressie", "ttp"),
        ("metastasevrije overleving", "mfs"),
    ],
)
def test_endpoints_have_names_in_six_languages(text, key):
    assert stem(text) == key


# what follows time zero


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("TRTDURD", PLACE % 37 + 3),
        ("Cumulative dose (mg)", PLACE % 31 * 10.0),
        ("cycles", PLACE % 7),
        ("DCDECOD", np.where(DEAD, "DEATH", "COMPLETED")),
        ("ae_max_grade", PLACE % 5),
        ("Reason off study", np.where(PLACE % 2, "done", "toxicity")),
        ("pfs_months", MONTHS / 2),
        ("PFS status", PLACE % 2),
        ("best_response", "PR"),
        ("vital", np.where(DEAD, "Dead", "Alive")),
        ("days_to_recurrence", PLACE % 50),
        ("bilirubin_week12", PLACE % 29 * 1.5),
        ("Dauer der Therapie", PLACE % 23),
        ("durée du traitement", PLACE % 23),
        ("Ansprechen", np.resize(["ja", "nein"], N)),
    ],
)
def test_what_follows_time_zero_is_named_and_never_baseline(tmp_path, name, cells):
    frame = table(os_months=MONTHS, os_event=DEAD, age=AGE, **{name: cells})
    frame.loc[3, name] = None
    created, study = made(tmp_path, frame)
    assert list(study["variables"]) == ["age"]
    assert [c["variable"] for c in study["cox"]["covariates"]] == ["age"]
    text = (created.folder / "study.yml").read_text("utf-8")
    assert "Left out" in text and name in text.replace("\n# ", " ")


@pytest.mark.parametrize(
    "name",
    [
        "tumour grade",
        "Grading",
        "prior response",
        "ECOG performance status",
        "er_status",
        "family history of death",
        "Stadium",
        "stage",
        "previous treatment duration",
    ],
)
def test_what_is_known_at_the_start_stays(tmp_path, name):
    frame = table(os_months=MONTHS, os_event=DEAD, age=AGE, **{name: PLACE // 3 % 3})
    _, study = made(tmp_path, frame)
    assert len(study["variables"]) == 2


def test_what_only_the_transplanted_have_follows_the_transplantation(tmp_path):
    done = PLACE % 3 > 0
    frame = table(
        futime=MONTHS * 30,
        death=DEAD,
        age=AGE,
        transplant=done.astype(int),
        wait_time=np.where(done, PLACE % 9 + 1, np.nan),
        mismatch=np.where(done & (PLACE % 10 > 1), PLACE % 4, np.nan),
    )
    _, study = made(tmp_path, frame)
    assert list(study["variables"]) == ["age"]


def test_a_second_column_of_responses_is_no_variable(tmp_path):
    best = np.resize(["CR", "PR", "SD", "PD"], N)
    _, study = made(
        tmp_path,
        table(os_months=MONTHS, os_event=DEAD, age=AGE, BOR=best, central=np.roll(best, 5)),
    )
    assert study["response"]["column"] == "BOR" and list(study["variables"]) == ["age"]


def test_the_arm_as_given_is_no_covariate_and_the_difference_is_told(tmp_path):
    given = ARM.copy()
    given[4] = "Drug"
    created, study = made(
        tmp_path,
        table(TRT=ARM, ATRT=given, os_months=MONTHS, os_event=DEAD, age=AGE).drop(columns="arm"),
    )
    assert study["columns"]["arm"] == "TRT" and list(study["variables"]) == ["age"]
    assert "'ATRT' is the arm again, and 1 of 60 patients differ" in created.found


def test_of_an_age_and_two_births_one_enters(tmp_path):
    frame = table(
        age_at_index=AGE,
        days_to_birth=-(AGE * 365.25).astype(int) - PLACE,
        year_of_birth=2015 - AGE,
        weight=AGE * 0.2 + PLACE % 17,
        os_months=MONTHS,
        os_event=DEAD,
    )
    _, study = made(tmp_path, frame)
    assert set(study["variables"]) == {"age_at_index", "weight"}


def test_two_numbers_that_go_together_are_not_in_one_model(tmp_path):
    frame = table(age=AGE, albumin=AGE * 2.0 + PLACE % 2, os_months=MONTHS, os_event=DEAD)
    _, study = made(tmp_path, frame)
    assert set(study["variables"]) == {"age", "albumin"}
    assert [c["variable"] for c in study["cox"]["covariates"]] == ["age"]


# what is unconfirmed


def test_an_answer_is_no_longer_unsure(tmp_path):
    def answer(question):
        kind = question.place[-1]
        return {"unit": ("weeks",), "event": question.guess}.get(kind)

    created, study = made(tmp_path, table(time=MONTHS, status=DEAD), ask=answer)
    assert study["endpoints"]["os"]["unit"] == "weeks"
    assert guess(created, "endpoints", "os", "unit").sure
    assert guess(created, "endpoints", "os", "event").sure
    assert "endpoints.os.label" in study["unconfirmed"]


def test_a_name_that_is_not_confirmed_is_not_printed(tmp_path):
    created, study = made(tmp_path, table(time=MONTHS, status=DEAD))
    assert study["endpoints"]["os"]["label"] == "Overall survival"
    loaded = load_cohort(created.folder).study
    assert loaded.endpoints["os"].label == "Time to event"
    path = created.folder / "study.yml"
    path.write_text(path.read_text("utf-8").replace("- endpoints.os.label\n", ""), "utf-8")
    assert load_cohort(created.folder).study.endpoints["os"].label == "Overall survival"


def test_one_endpoint_of_several_is_chosen_while_the_others_are_unconfirmed(tmp_path, monkeypatch):
    frame = table(os=MONTHS, os_event=DEAD, pfs=MONTHS / 2, pfs_event=DEAD)
    created, _ = made(tmp_path, frame)
    assert {"endpoints.os.unit", "endpoints.pfs.unit"} <= set(created.unconfirmed)
    cohort = load_cohort(created.folder)
    # nothing of the files is read again for it: a report does so for each of its results
    monkeypatch.setattr("cohortbook.cohort.cohort.load_cohort", None)
    chosen = cohort.choose(endpoints=["os"]).study
    assert "endpoints.os.unit" in chosen.unconfirmed
    assert "endpoints.pfs.unit" not in chosen.unconfirmed and list(chosen.endpoints) == ["os"]


def test_the_report_says_what_is_not_confirmed(tmp_path):
    from cohortbook.display.methods.manuscript import study_values

    created, _ = made(tmp_path, table(time=MONTHS, status=DEAD))
    values = study_values(load_cohort(created.folder))
    for key in ("notice", "caveat", "limitations"):
        assert "Not confirmed by the authors" in values[key] and "in months" in values[key]
    assert "not confirmed" in values["subtitle"]
    path = created.folder / "study.yml"
    head, _, rest = path.read_text("utf-8").partition("unconfirmed:\n")
    path.write_text(head + "unconfirmed: []\n" + rest.partition("\n\n")[2], "utf-8")
    assert "confirmed" not in "".join(study_values(load_cohort(created.folder)).values())


def test_an_unconfirmed_thing_that_is_none_is_an_error(tmp_path):
    from cohortbook.errors import StudyError

    created, _ = made(tmp_path, table(time=MONTHS, status=DEAD))
    path = created.folder / "study.yml"
    path.write_text(path.read_text("utf-8").replace("- data\n", "- dta\n"), "utf-8")
    with pytest.raises(StudyError, match="unconfirmed: no 'dta'; there are data"):
        load_cohort(created.folder)


def test_many_doubts_are_grouped_with_counts_the_worst_first():
    many = [Guess(("variables",), None, f"column {i}", False, "cells") for i in range(40)]
    lines = grouped([*many, Guess(("endpoints",), None, "swapped", False, "event")])
    assert lines[:2] == ["Which value is the event (1):", "  swapped"]
    assert lines[2] == "Cells read as something else (40):" and len(lines) == 4 + FEW
    assert lines[-1] == f"  and {40 - FEW} more, named in study.yml"


def test_a_wish_is_sure(tmp_path):
    created, study = made(
        tmp_path, table(week=MONTHS, dead=DEAD), Wishes(endpoints=("os:week:dead:1",), unit="weeks")
    )
    assert study["unconfirmed"] == ["data"]
    assert all(g.sure for g in created.guesses if g.place[0] == "endpoints")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("dead", ("1",)),
        ("DEAD", ("1",)),
        ("2", ("2",)),
        ("dead, lost", ("1", "2")),
        ("1, 2", ("1", "2")),
        ("ded", None),
        ("", None),
        ("4", None),
        ("dead, alive, lost", None),
        ("dead, dead", None),
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(typed, answer):
    options = (Option("1", "dead"), Option("0", "alive"), Option("2", "lost"))
    question = Question(("endpoints", "os", "event"), "Which?", options, ("1",), most=2)
    assert question.read(typed) == answer


def test_a_place_in_the_list_answers_where_no_value_is_a_number():
    options = (Option("a", "Apatinib"), Option("b", "Bevacizumab"))
    assert Question(("arms",), "Which?", options, ("a",)).read("2") == ("b",)


def terminal(monkeypatch, answers):
    """Answer what `new` asks on a terminal: by a word of the question, else with the guess."""
    from cohortbook.intake import command

    typed, said, question = [], [], [""]

    def echo(text=""):
        said.append(text)
        question[0] = text if text.rstrip().endswith("?") or text.startswith("\n") else question[0]

    def prompt(hint, default):
        asked = hint if hint.startswith("Write") else question[0]
        word = next((w for w in answers if w in asked and answers[w]), None)
        typed.append((asked.strip(), answers[word].pop(0) if word else default))
        return typed[-1][1]

    for name in ("stdin", "stdout"):
        monkeypatch.setattr(getattr(command.sys, name), "isatty", lambda: True, raising=False)
    monkeypatch.setattr(command.typer, "echo", echo)
    monkeypatch.setattr(command.typer, "prompt", prompt)
    return typed, said


def test_the_terminal_asks_again_and_shows_the_study_before_it_writes(tmp_path, monkeypatch):
    from cohortbook.intake.command import run

    typed, said = terminal(
        monkeypatch,
        {
            "which value": ["deed", "0"],
            "Write it": ["nonsense", "os", "yes"],
            "real": ["1"],
        },
    )
    table(time=MONTHS, status=DEAD).to_csv(tmp_path / "a.csv", index=False)
    assert run(tmp_path / "s", [tmp_path / "a.csv"], Wishes(), {}) == 0
    study = yaml.safe_load((tmp_path / "s" / "study.yml").read_text("utf-8"))
    assert study["endpoints"]["os"]["event_codes"] == ["0"]
    assert study["unconfirmed"] == []
    assert "UNSURE:" not in (tmp_path / "s" / "study.yml").read_text("utf-8")
    assert "  'deed' is no answer; write one as it stands in the list." in said
    assert "  There is no 'nonsense' to change." in said
    dead = int((DEAD == 0).sum())
    assert any(f"OS: {dead} deaths of {len(DEAD)}, median" in line for line in said)
    counts = [line for line in said if "patients, middle time" in line]
    assert counts[0].split("(")[1].startswith(f"{dead} patients")
    # asked once while unsure, and once more because it was named
    assert sum("which value" in asked for asked, _ in typed) == 3


def test_the_treatment_received_is_told_whatever_its_column_is_called(tmp_path):
    given = ARM.copy()
    given[[4, 9]] = ["Drug", "Placebo"]
    created, study = made(tmp_path, table(os_months=MONTHS, os_event=DEAD, received=given))
    assert not study["variables"]
    assert "'received' is the arm again, and 2 of 60 patients differ" in created.found


def test_another_coded_death_speaks_against():
    event = pd.Series([0.0] * 10 + [1.0] * 10)
    time = pd.Series(list(range(10)) * 2, dtype=float)
    died = pd.Series(["1"] * 10 + ["0"] * 10)
    kinds = {"of_death": True, "of_progression": False}
    assert speaks_against(time, event, {"died": died}, **kinds)
    assert not speaks_against(time, event, {"prior": died}, **kinds)


def test_synthetic_data_need_no_confirmation_of_being_real(tmp_path):
    from cohortbook.study.unconfirmed import sentence

    created, _ = made(tmp_path, table(os_months=MONTHS, os_event=DEAD))
    path = created.folder / "study.yml"
    path.write_text(path.read_text("utf-8") + "\nsynthetic: true\n", "utf-8")
    assert sentence(load_cohort(created.folder).study) == ""


@pytest.mark.parametrize(
    ("time", "state", "key"),
    [
        ("TTP (months)", "Progression", "ttp"),
        ("SLP_meses", "Progresión", "pfs"),
        ("SG_meses", "Exitus", "os"),
        ("Survival (months)", "Outcome", "os"),
        ("SurvivalDays", "Last state", "os"),
    ],
)
def test_a_status_may_bear_the_name_of_its_like(tmp_path, time, state, key):
    words = {"Outcome": ("Died", "Survived"), "Last state": ("DOD", "NED")}.get(state, ("1", "0"))
    created, study = made(tmp_path, table(**{time: MONTHS, state: np.where(DEAD, *words)}))
    assert list(study["endpoints"]) == [key]
    assert f"endpoints.{key}.label" not in study["unconfirmed"]
    assert study["endpoints"][key].get("event_codes", ["1"]) == [words[0]]
    assert guess(created, "endpoints", key, "time").sure


def test_of_pfs_with_a_status_of_progression_deaths_are_unsure(tmp_path):
    created, _ = made(tmp_path, table(PFS_months=MONTHS, Progression=DEAD))
    assert "deaths without one" in guess(created, "endpoints", "pfs", "event").text
    (tmp_path / "s2").mkdir()
    created, _ = made(tmp_path / "s2", table(PFS_months=MONTHS, **{"Progression or death": DEAD}))
    assert guess(created, "endpoints", "pfs", "event").sure


def test_two_codes_without_0_are_read_as_the_data_have_it(tmp_path):
    _, study = made(tmp_path, table(os_months=MONTHS, status=2 - DEAD))
    assert study["endpoints"]["os"]["event_codes"] == ["1"]
    assert "endpoints.os.event" in study["unconfirmed"]


def test_times_on_treatment_and_values_measured_again_follow_the_start(tmp_path):
    first = RNG.normal(300, 60, N).round()
    frame = table(
        os_months=MONTHS,
        os_event=DEAD,
        time_on_treatment=PLACE % 17 + 0.5,
        cd40=first,
        cd420=first + PLACE % 9,
        offtrt=PLACE % 2,
        etime1=np.where(PLACE < 30, PLACE + 1, np.nan),
        etime2=np.where(PLACE < 14, PLACE + 3, np.nan),
        etime3=np.where(PLACE < 8, PLACE + 9, np.nan),
    )
    _, study = made(tmp_path, frame)
    assert list(study["variables"]) == ["cd40"]


def test_a_time_without_a_name_for_its_status_is_told_by_the_data_and_unsure(tmp_path):
    _, study = made(tmp_path, table(week=MONTHS, caught=DEAD, age=AGE))
    assert study["endpoints"]["os"]["event"] == "caught"
    assert {"endpoints.os.label", "endpoints.os.time", "endpoints.os.event"} <= set(
        study["unconfirmed"]
    )
    assert list(study["variables"]) == ["age"]


def test_deaths_are_called_events_until_their_code_is_confirmed(tmp_path):
    created, study = made(tmp_path, table(os_months=MONTHS, os_status=DEAD))
    assert study["endpoints"]["os"]["events_label"] == "deaths"
    spec = load_cohort(created.folder).study.endpoints["os"]
    assert (spec.label, spec.events_label) == ("Overall survival", "events")
    path = created.folder / "study.yml"
    path.write_text(path.read_text("utf-8").replace("- endpoints.os.event\n", ""), "utf-8")
    assert load_cohort(created.folder).study.endpoints["os"].events_label == "deaths"


# what follows time zero, in names that are put together, and kinds of an event


@pytest.mark.parametrize(
    "name",
    [
        "Dosisreduktion",
        "Folgetherapie",
        "Abbruchgrund",
        "Toxizität Grad",
        "Toxicité grade max",
        "motivo_suspension",
        "riduzione_dose",
        "deuxième ligne",
        "segunda_linea",
        "second_line",
        "hospital_days",
        "ecog_at_progression",
        "Alter bei Rezidiv",
        "dosisreductie",
        "vervolgbehandeling",
        "reden stoppen",
        "bijwerking graad",
        "aantal kuren",
        "leeftijd bij recidief",
        "MMSE finale",
        "exit_status",
        "exitstat",
        "dose2_received",
    ],
)
def test_names_of_what_follows_in_six_languages_are_no_baseline(tmp_path, name):
    frame = table(**{name: PLACE % 3}, age=AGE, os_months=MONTHS, os_event=DEAD)
    created, study = made(tmp_path, frame)
    assert set(study["variables"]) == {"age"}
    assert set(study["endpoints"]) == {"os"}
    assert any("left out" in line and name in line for line in created.found)


@pytest.mark.parametrize("name", ["ecog_at_entry", "age_at_diagnosis", "prior_lines_of_therapy"])
def test_names_of_the_start_stay(tmp_path, name):
    frame = table(**{name: PLACE % 4, "x": 1}, os_months=MONTHS, os_event=DEAD)
    _, study = made(tmp_path, frame)
    assert list(study["variables"]) == [name]


def test_kinds_of_an_event_say_who_had_it(tmp_path):
    kind = np.where(DEAD == 1, 1 + PLACE % 3, 0)
    _, study = made(
        tmp_path, table(kind_of_it=kind, stage=PLACE % 3, os_months=MONTHS, os_event=DEAD)
    )
    assert set(study["variables"]) == {"stage"}


def test_a_guessed_unit_ends_nothing_after_death(tmp_path):
    early = np.where(PLACE % 4 > 0, MONTHS * 0.3, MONTHS)
    frame = table(
        OS_months=MONTHS, OS_event=DEAD, PFS=(early * 30.4375).round(), PFS_event=PLACE % 4 > 0
    )
    created, study = made(tmp_path, frame)
    assert study["endpoints"]["pfs"]["unit"] == "days"
    assert not guess(created, "endpoints", "pfs", "unit").sure
    assert not [p for p in created.problems if p.severity == "error"]


def test_a_response_at_a_visit_is_not_surely_the_best(tmp_path):
    cells = np.array(["CR", "PR", "SD", "PD"])[PLACE % 4]
    created, _ = made(tmp_path, table(recist_week8=cells, os_months=MONTHS, os_event=DEAD))
    assert any("its name says a visit" in doubt for doubt in created.doubts)
    assert "response.criteria" in created.unconfirmed


# what may be of the follow-up though no name says so: left out, UNSURE, and put back as answered


COUNTED = RNG.poisson(1.5, N)


@pytest.mark.parametrize(
    ("name", "cells", "word"),
    [
        ("ntumor", np.where(PLACE % 9, COUNTED + 1, 0), "counts tumours"),
        ("n_hosp_hf", COUNTED, "does not say when"),
        ("num_peritonitis", COUNTED, "does not say when"),
        ("seizure_count", COUNTED, "counts what may have happened"),
        ("dmin", (MONTHS * np.where(PLACE % 2, 0.05, 0.9)).round(2), "within the follow"),
        ("marker", (60 - 2 * MONTHS + RNG.normal(0, 1, N)).round(1), "goes with the time"),
        ("largest", np.where(DEAD == 1, AGE, 0), "with, or without"),
        ("psa_min", AGE, "may have been after"),
        ("necrosis_pct", AGE, "may have been after"),
        ("crpc", PLACE % 2, "may have been after"),
        ("pCR", np.resize(["ja", "nee"], N), "may have been after"),
        ("seroconverted", PLACE % 2, "may have been after"),
        ("vt_episodes", COUNTED, "counts what may have happened"),
        ("igg_d28", AGE, "as one of a visit"),
        ("nihss_24h", AGE, "as one of a visit"),
        ("disease_status", PLACE % 3, "of the start or of the end"),
        ("reversal_of_it", PLACE % 2, "may have been after"),
        ("seldom", np.where(PLACE % 11, DEAD, 1 - DEAD), "more closely than what is known"),
    ],
)
def test_what_may_be_of_the_follow_up_is_left_out_and_unsure(tmp_path, name, cells, word):
    created, study = made(tmp_path, table(time=MONTHS, death=DEAD, age=AGE[::-1], **{name: cells}))
    assert list(study["variables"]) == ["age"]
    text = (created.folder / "study.yml").read_text("utf-8")
    assert any(f"'{name}' is left out" in doubt and word in doubt for doubt in created.doubts)
    assert f"UNSURE: '{name}' is left out" in text


@pytest.mark.parametrize(
    "name",
    ["n_positive_nodes", "number_of_metastases", "n_prior_lines", "tumor_number", "n_children"],
)
def test_counts_of_what_is_there_at_time_zero_are_baseline(tmp_path, name):
    cells = COUNTED + (name == "tumor_number")
    _, study = made(tmp_path, table(time=MONTHS, death=DEAD, age=AGE, **{name: cells}))
    assert list(study["variables"]) == ["age", name]


def test_a_status_that_ends_where_a_suspected_time_is_the_follow_up_is_suspected_too(tmp_path):
    seen = PLACE % 10 != 3
    first = np.where(seen, MONTHS * RNG.uniform(0.3, 0.95, N), MONTHS).round(1)
    frame = table(time=MONTHS, death=DEAD, age=AGE, dmin=first, tumour=seen.astype(int))
    _, study = made(tmp_path, frame)
    assert list(study["variables"]) == ["age"]


def test_what_stands_beside_its_baseline_and_what_was_measured_at_a_visit_is_later(tmp_path):
    frame = table(
        time=MONTHS,
        death=DEAD,
        psa_baseline=AGE,
        psa_doubling=RNG.permutation(AGE),
        creat_m0=RNG.permutation(AGE) / 10,
        creat_m12=RNG.permutation(AGE) / 10,
    )
    created, study = made(tmp_path, frame)
    assert list(study["variables"]) == ["psa_baseline", "creat_m0"]
    assert any("is beside 'psa_baseline'" in doubt for doubt in created.doubts)


def test_a_suspected_column_is_put_back_by_an_answer(tmp_path):
    frame = table(time=MONTHS, death=DEAD, age=AGE, n_hosp=RNG.permutation(AGE) % 13)
    created, study = made(tmp_path, frame, answers={("variables", "n_hosp"): ("continuous",)})
    assert list(study["variables"]) == ["age", "n_hosp"]
    assert not any("n_hosp" in doubt for doubt in created.doubts)


@pytest.mark.parametrize(
    "name",
    ["nyha_final", "delta_crp", "SUBSEQ_THERAPY", "Lokalrezidiv", "Drainagetage", "sessions"],
)
def test_more_names_of_what_follows(tmp_path, name):
    cells = PLACE % 3
    _, study = made(tmp_path, table(time=MONTHS, death=DEAD, age=AGE, **{name: cells}))
    assert list(study["variables"]) == ["age"]


def test_years_by_a_short_name_are_the_time_and_a_mean_at_follow_up_is_not(tmp_path):
    frame = table(yrs=(MONTHS / 12).round(2), status=np.where(DEAD, "D", "C"), age=AGE)
    frame["kt_v_mean_fu"] = RNG.normal(1.4, 0.2, N).round(2)
    _, study = made(tmp_path, frame)
    assert study["endpoints"]["os"]["time"] == "yrs" and list(study["variables"]) == ["age"]


def test_dutch_cells_are_read(tmp_path):
    frame = table(
        geslacht=np.where(PLACE % 3, "v", "m"),
        leeftijd=AGE,
        roken=np.resize(["ja", "nee", "onbekend", "n.v.t."], N),
        best=np.resize(["complete respons", "partiële respons", "stabiele ziekte"], N),
        OS_maanden=MONTHS,
        levensstatus=np.where(DEAD, "overleden", "nog in leven"),
    )
    created, study = made(tmp_path, frame)
    assert study["endpoints"]["os"]["event_codes"] == ["overleden"]
    assert study["response"]["objective"] and "onbekend" in " ".join(created.doubts)
    labels = {key: v["label"] for key, v in study["variables"].items()}
    assert labels == {"sex": "Sex", "age": "Age", "roken": "Roken"}
    assert [one["label"] for one in study["variables"]["roken"]["levels"]] == ["No", "Yes"]


def test_a_yes_with_the_name_of_a_time_is_its_status(tmp_path):
    frame = table(days_to_infection=MONTHS * 30, infection=DEAD, exit_status=np.where(DEAD, 1, 2))
    _, study = made(tmp_path, frame)
    (found,) = study["endpoints"].values()
    assert (found["time"], found["event"]) == ("days_to_infection", "infection")
    assert not study["variables"]


@pytest.mark.parametrize("other", ["aids_event", "disease_status"])
def test_a_time_without_a_name_is_rather_of_the_death_and_unsure(tmp_path, other):
    _, study = made(tmp_path, table(time_months=MONTHS, **{other: PLACE % 2}, death=DEAD))
    assert [e["event"] for e in study["endpoints"].values()] == ["death"]
    assert "endpoints.os.time" in study["unconfirmed"]


def test_dates_as_years_with_a_fraction_are_no_variables(tmp_path):
    frame = table(time=MONTHS, death=DEAD, age=AGE, dodiag=(2004.03 + PLACE / 13).round(3))
    _, study = made(tmp_path, frame)
    assert list(study["variables"]) == ["age"]


def test_a_yes_only_in_those_with_a_date_may_be_what_happened_then(tmp_path):
    ill = RNG.permutation(N) < 20
    when = (pd.Timestamp("2015-03-01") + pd.to_timedelta(PLACE * 11, "D")).astype(str)
    frame = table(time=MONTHS, death=DEAD, age=AGE, liver=ill * 1, seen=np.where(ill, when, ""))
    created, study = made(tmp_path, frame)
    assert list(study["variables"]) == ["age"]
    assert any("only in those with a date in 'seen'" in doubt for doubt in created.doubts)


def test_a_share_of_the_follow_up_is_none_of_the_baseline(tmp_path):
    part = (MONTHS * RNG.uniform(0.5, 0.99, N)).round(1)
    frame = table(time=MONTHS, death=DEAD, age=AGE, length=part, share=(part / 40).round(3))
    _, study = made(tmp_path, frame)
    assert list(study["variables"]) == ["age"]


def test_without_an_endpoint_every_baseline_variable_is_unsure(tmp_path):
    created, study = made(tmp_path, table(age=AGE, hospital=PLACE % 2, agepn=AGE[::-1] % 13))
    assert "endpoints" not in study and {"age", "agepn"} <= set(study["variables"])
    named = {g.columns[0] for g in created.guesses if not g.sure and g.kind == "variable"}
    assert {"age", "agepn"} <= named


def test_what_follows_from_another_is_not_in_one_model_with_it(tmp_path):
    use = RNG.permutation(PLACE % 3)
    frame = table(age=AGE, use=use, recent=(use == 2) * 1, lines=PLACE % 30 + 1.0)
    frame = frame.assign(inverse=(10 / (frame["lines"] + 1)).round(4), time=MONTHS, death=DEAD)
    frame = pd.concat([frame.assign(id=frame["id"] + N * k) for k in range(3)])
    _, study = made(tmp_path, frame)
    chosen = [c["variable"] for c in study["cox"]["covariates"]]
    assert {"use", "lines"} <= set(chosen) and not {"recent", "inverse"} & set(chosen)
