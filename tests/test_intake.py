"""`new`: what a column is follows from names, labels and cells; each guess can be overruled."""

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml

from cohortbook.cohort.cohort import load_cohort
from cohortbook.errors import CohortbookError
from cohortbook.intake import Wishes, create_study
from cohortbook.intake.columns import Column
from cohortbook.intake.command import read_with
from cohortbook.intake.endpoints import read_status
from cohortbook.intake.response import category
from cohortbook.intake.words import key_of, label_of, stem

N = 40
RNG = np.random.default_rng(1)
ARM = np.arange(N) % 2
MONTHS = np.round(RNG.exponential(14, N) + 0.5, 1)
DEAD = (np.arange(N) % 3 > 0).astype(int)
AGE = RNG.integers(40, 80, N)


def base(**columns):
    return pd.DataFrame(
        {
            "id": [f"A{i:02d}" for i in range(N)],
            "arm": np.where(ARM, "MWA + ICI", "ICI"),
            "age": AGE,
            "os_months": MONTHS,
            "os_event": DEAD,
            **columns,
        }
    )


def many(**columns):
    """200 patients who all died: room for any covariate."""
    place = np.arange(200)
    return pd.DataFrame(
        {
            "id": [f"p{i}" for i in place],
            "arm": np.where(place % 2, "A", "B"),
            "os_months": place % 50 + 1.5,
            "os_event": 1,
            **columns,
        }
    )


def made(tmp_path, frame, *more, wishes=None, **kw):
    path = tmp_path / "export.csv"
    if frame is not None:
        frame.to_csv(path, index=False)
    files = [path] if frame is not None else []
    created = create_study(tmp_path / "study", [*files, *more], wishes, **kw)
    return created, yaml.safe_load((created.folder / "study.yml").read_text("utf-8"))


def test_a_plain_export_becomes_a_study_that_loads(tmp_path):
    created, study = made(tmp_path, base(sex=np.where(ARM, "M", "F")))
    assert not [p for p in created.problems if p.severity == "error"]
    assert study["columns"] == {"patient_id": "id", "arm": "arm"}
    assert [arm["code"] for arm in study["arms"]] == ["ICI", "MWA + ICI"]
    cohort = load_cohort(created.folder)
    np.testing.assert_allclose(cohort.patients["os_time"], MONTHS)
    assert list(study["variables"]) == ["age", "sex"]


def test_times_and_states_that_begin_with_one_letter_are_endpoints_and_no_covariates(tmp_path):
    later = MONTHS + 5.5
    frame = base(rtime=MONTHS, recur=ARM, dtime=later, death=DEAD, pstat=DEAD, ptime=MONTHS)
    _, study = made(tmp_path, frame.drop(columns=["os_months", "os_event"]))
    found = {key: (e["time"], e["event"]) for key, e in study["endpoints"].items()}
    assert found == {"rfs": ("rtime", "recur"), "os": ("dtime", "death"), "ttp": ("ptime", "pstat")}
    assert list(study["variables"]) == ["age"]
    assert study["endpoints"]["os"]["unit"] == "months"


def test_a_status_known_at_the_start_is_a_covariate_and_no_event(tmp_path):
    frame = base(performance_status=ARM, er_status=DEAD, vital_status=DEAD)
    _, study = made(tmp_path, frame.rename(columns={"os_months": "time"}).drop(columns="os_event"))
    assert study["endpoints"]["os"]["event"] == "vital_status"
    assert list(study["variables"]) == ["age", "performance_status", "er_status"]


def test_the_study_file_says_why_and_what_is_unsure(tmp_path):
    frame = base().rename(columns={"os_months": "time", "os_event": "status"})
    created, _ = made(tmp_path, frame)
    text = (created.folder / "study.yml").read_text("utf-8")
    assert "# UNSURE: 'time' with 'status' is taken for overall survival" in text
    assert any("overall survival" in doubt for doubt in created.doubts)


def test_arms_of_yes_and_no_are_named_after_their_column(tmp_path):
    _, study = made(tmp_path, base(arm=np.where(ARM, "yes", "no")).rename(columns={"arm": "trt"}))
    assert study["texts"]["title"] == "Trt yes compared with Trt no"


def test_no_is_the_reference_of_yes_without_a_doubt(tmp_path):
    """Also where the patients with yes come first in the file and in the alphabet of labels."""
    created, study = made(tmp_path, base(arm=np.where(ARM, "no", "yes")))
    assert study["reference_arm"] == "no"
    assert not any("reference arm" in doubt for doubt in created.doubts)


def test_arms_that_are_a_sex_have_its_words(tmp_path):
    frame = base().drop(columns="arm").assign(sex=np.where(ARM, "F", "M"))
    created, study = made(tmp_path, frame, wishes=Wishes(arm="sex"))
    assert [arm["label"] for arm in study["arms"]] == ["Male", "Female"]
    assert not any("codes for names" in doubt for doubt in created.doubts)


def test_an_endpoint_of_ones_own_is_named_as_a_time(tmp_path):
    frame = base(week=MONTHS, arrest=DEAD, gfs_time=MONTHS).drop(columns="os_months")
    _, study = made(
        tmp_path, frame, wishes=Wishes(endpoints=("arrest:week:arrest", "gfs:gfs_time:os_event"))
    )
    arrest, gfs = (study["endpoints"][key] for key in ("arrest", "gfs"))
    assert [arrest[k] for k in ("label", "short", "event_label")] == [
        "Time to arrest",
        "Arrest",
        "arrest",
    ]
    assert [gfs[k] for k in ("label", "short", "event_label")] == ["GFS", "GFS", "event"]


def test_two_endpoints_of_one_kind_have_names_of_their_own(tmp_path):
    frame = base(irc=np.array(MONTHS) / 2)
    _, study = made(
        tmp_path, frame, wishes=Wishes(endpoints=("pfs:os_months:os_event", "pfs_irc:irc:os_event"))
    )
    assert [e["short"] for e in study["endpoints"].values()] == ["PFS", "PFS irc"]
    assert len({e["label"] for e in study["endpoints"].values()}) == 2


def test_a_number_and_its_ranges_are_not_both_covariates(tmp_path):
    nodes = np.arange(200) % 9
    node4 = (nodes > 4).astype(int)
    node4[0] = 1  # an error of the table
    frame = many(nodes=nodes, node4=node4, other=nodes % 2)
    _, study = made(tmp_path, frame)
    assert [c["variable"] for c in study["cox"]["covariates"]] == ["nodes", "other"]


def test_a_name_that_begins_like_another_is_a_covariate_of_its_own(tmp_path):
    place = np.arange(200)
    frame = many(
        stage_II=place % 3 % 2,
        stage_III=place % 5 % 2,
        age=place % 41 + 30,
        age_group=place % 41 > 20,
    )
    _, study = made(tmp_path, frame)
    assert [c["variable"] for c in study["cox"]["covariates"]] == ["age", "stage_ii", "stage_iii"]


def test_a_rare_first_level_is_no_reference(tmp_path):
    place = np.arange(200)
    extent = np.select([place < 6, place < 50], [1, 2], 3)
    _, study = made(tmp_path, many(extent=extent, stage=place % 3 + 1))
    chosen = {c["variable"]: c.get("reference") for c in study["cox"]["covariates"]}
    assert chosen == {"stage": "1", "extent": "3"}


def test_arms_that_are_bare_codes_are_named_after_their_column(tmp_path):
    created, study = made(tmp_path, base(arm=np.where(ARM, 2, 1)).rename(columns={"arm": "trt"}))
    assert [arm["label"] for arm in study["arms"]] == ["Trt 1", "Trt 2"]
    assert study["texts"]["title"] == "Trt 2 compared with Trt 1"
    assert any("the arms have codes for names" in doubt for doubt in created.doubts)


def test_of_two_times_the_one_without_gaps_goes_with_the_status(tmp_path):
    frame = base().drop(columns=["os_months", "os_event"])
    frame = frame.assign(futime=MONTHS, death=DEAD, txtime=np.where(ARM, MONTHS / 2, np.nan))
    _, study = made(tmp_path, frame)
    assert study["endpoints"]["os"]["time"] == "futime"


@pytest.mark.parametrize(
    ("cells", "decimals"),
    [
        ([51.9323, 48.1111, 60.2507], 1),
        ([0.52, 0.61, 0.35], 2),
        ([1214.5, 980.25, 11552.0], 0),
        ([61, 72, 55], 0),
    ],
)
def test_decimals_stay_within_three_significant_digits(tmp_path, cells, decimals):
    marker = np.resize(cells, N) + np.arange(N) / 1000 * (decimals > 0)
    _, study = made(tmp_path, base(marker=marker))
    assert study["variables"]["marker"].get("decimals", 0) == decimals


def test_nothing_is_written_over_and_nothing_left_behind(tmp_path):
    (tmp_path / "study").mkdir()
    with pytest.raises(CohortbookError, match="exists already"):
        made(tmp_path, base())
    with pytest.raises(CohortbookError, match="no column 'treatmnt'"):
        create_study(tmp_path / "other", [tmp_path / "export.csv"], Wishes(arm="treatmnt"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.csv", "study"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no idea what this is\n12 or less\n5\n", "All of it is one column"),
        ("2,6,1\n2,7,0\n1,9,1\n", "columns have no names"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, said):
    (tmp_path / "export.csv").write_text(text)
    with pytest.raises(CohortbookError, match=said):
        create_study(tmp_path / "study", [tmp_path / "export.csv"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"decimal": "x"}, "--decimal: 'x' cannot be used. It takes '.' or ','."),
        ({"separator": "ab"}, "--separator: 'ab' cannot be used. It takes a text; most letters: 1"),
        ({"decimal": ".", "thousands": "."}, "--decimal, --thousands: '.' is both"),
    ],
)
def test_an_option_that_cannot_be_is_told_in_plain_words(given, said):
    with pytest.raises(CohortbookError) as error:
        read_with(given)
    assert str(error.value).startswith(said)


def test_names_and_telephones_are_not_copied_unless_asked(tmp_path):
    people = [f"{'王李张刘陈'[i % 5]}{'伟芳娜敏静磊军洋'[i // 5]}" for i in range(N)]
    frame = base(姓名=people, phone=[f"138{10000000 + i * 7919}" for i in range(N)])
    created, _ = made(tmp_path, frame)
    written = pd.read_csv(created.folder / "patients.csv")
    assert not {"姓名", "phone"} & set(written)
    assert sum("not copied" in doubt for doubt in created.doubts) == 2
    kept = create_study(tmp_path / "kept", [tmp_path / "export.csv"], Wishes(keep=("phone",)))
    assert "phone" in pd.read_csv(kept.folder / "patients.csv")


def test_hospital_numbers_become_pseudonyms_in_every_table(tmp_path):
    frame = base().rename(columns={"id": "住院号"})
    events = pd.DataFrame(
        {"住院号": ["A03", "A05"], "不良反应": ["Rash", "Fever"], "分级": ["2级", "3级"]}
    )
    events.to_csv(tmp_path / "ae.csv", index=False)
    created, study = made(tmp_path, frame, tmp_path / "ae.csv")
    assert study["columns"]["patient_id"] == "patient_id"
    written = pd.read_csv(created.folder / "adverse_events.csv", dtype=str)
    assert written.to_dict("list") == {
        "patient_id": ["P04", "P06"],
        "ae_term": ["Rash", "Fever"],
        "ctcae_grade": ["2", "3"],
    }
    assert "A03" not in (created.folder / "patients.csv").read_text()


def test_chinese_names_in_gb18030_get_keys_and_labels(tmp_path):
    frame = pd.DataFrame(
        {
            "编号": range(N),
            "治疗组": np.where(ARM, "联合", "单纯"),
            "性别": np.where(ARM, "男", "女"),
            "年龄(岁)": AGE,
            "生存时间(月)": MONTHS,
            "生存状态": np.where(DEAD, "死亡", "存活"),
        }
    )
    frame.to_csv(tmp_path / "export.csv", index=False, encoding="gb18030")
    _, study = made(tmp_path, None, tmp_path / "export.csv")
    assert study["variables"]["age"] == {
        "label": "Age",
        "kind": "continuous",
        "decimals": 0,
        "unit": "years",
        "column": "年龄(岁)",
    }
    assert study["variables"]["sex"]["levels"][0] == {"code": "男", "label": "Male"}
    assert study["endpoints"]["os"]["event_codes"] == ["死亡"]
    assert study["reference_arm"] == "单纯"


def test_labels_of_spss_are_used(tmp_path):
    frame = pd.DataFrame(
        {
            "pid": np.arange(N) + 1.0,
            "grp": ARM + 1.0,
            "ostime": MONTHS,
            "osstat": DEAD + 1.0,
            "v7": AGE * 1.0,
        }
    )
    pyreadstat.write_sav(
        frame,
        str(tmp_path / "x.sav"),
        column_labels={"grp": "Treatment group", "v7": "Age (years)", "ostime": "OS (months)"},
        variable_value_labels={
            "grp": {1: "ICI", 2: "MWA + ICI"},
            "osstat": {1: "alive", 2: "dead"},
        },
    )
    created, study = made(tmp_path, None, tmp_path / "x.sav")
    assert study["arms"][1] == {"code": "2", "label": "MWA + ICI", "color": "#C8372D"}
    assert study["endpoints"]["os"]["event_codes"] == ["2"]
    assert study["variables"]["v7"]["label"] == "Age"
    np.testing.assert_array_equal(load_cohort(created.folder).patients["os_event"], DEAD)


def test_three_arms_are_refused_with_the_way_to_choose_two(tmp_path):
    frame = base(arm=np.array(["Obs", "Lev", "Lev+5FU"])[np.arange(N) % 3])
    with pytest.raises(CohortbookError, match=r"3 arms: Lev \(13\); Lev\+5FU \(13\); Obs \(14\)"):
        made(tmp_path, frame)
    created, study = made(tmp_path, frame, wishes=Wishes(arms=("Obs", "Lev+5FU")))
    assert study["other_arms"] == "exclude"
    assert study["reference_arm"] == "Obs"
    cohort = load_cohort(created.folder)
    assert len(cohort) == int((frame["arm"] != "Lev").sum())


def test_wide_adverse_events_become_rows(tmp_path):
    frame = base(ae_rash=np.where(ARM, 2, 0), ae_dry_mouth=[3, *[0] * (N - 1)])
    created, study = made(tmp_path, frame)
    events = load_cohort(created.folder).adverse_events
    assert events["ae_term"].value_counts().to_dict() == {"Rash": N // 2, "Dry mouth": 1}
    assert study["adverse_events"]["terms"] == ["Rash", "Dry mouth"]


def test_response_in_words_and_missing_ones(tmp_path):
    words = ["Complete response", "Partial response", "stable disease", "PD", None]
    created, study = made(tmp_path, base(best_response=[words[i % 5] for i in range(N)]))
    spec = study["response"]
    assert spec["objective"] == ["Complete response", "Partial response"]
    assert (spec["not_evaluable"], spec["missing_is"]) == ("NE", "NE")
    assert (load_cohort(created.folder).patients["best_response"] == "NE").sum() == N // 5


def test_dates_and_status_become_endpoints(tmp_path):
    start = pd.Timestamp("2021-01-15") + pd.to_timedelta(np.arange(N) * 9, unit="D")
    end = start + pd.to_timedelta(MONTHS.astype(int) * 30, unit="D")
    frame = base(
        first_dose=start.strftime("%d/%m/%Y"),
        last_contact=end.strftime("%d/%m/%Y"),
        vital_status=np.where(DEAD, "dead", "alive"),
    )
    frame = frame.drop(columns=["os_months", "os_event"])
    created, study = made(tmp_path, frame, wishes=Wishes(cutoff="2023-01-01"))
    assert study["endpoints"]["os"]["start"] == "first_dose"
    assert pd.read_csv(created.folder / "patients.csv")["first_dose"][0] == "2021-01-15"
    time = load_cohort(created.folder).patients["os_time"]
    expected = np.minimum((end - start).days, (pd.Timestamp("2023-01-01") - start).days) / 30.4375
    np.testing.assert_allclose(time, expected, atol=1e-8)


def adam(tmp_path):
    who = [f"S-{i:02d}" for i in range(N)]
    subjects = pd.DataFrame(
        {
            "USUBJID": who,
            "TRT01P": np.where(ARM, "Drug", "Placebo"),
            "TRT01PN": ARM + 1.0,
            "AGE": AGE * 1.0,
            "SAFFL": "Y",
        }
    )
    pyreadstat.write_xport(subjects, str(tmp_path / "adsl.xpt"))
    pd.DataFrame(
        {
            "USUBJID": who,
            "PARAMCD": "OS",
            "PARAM": "Overall survival",
            "AVAL": (MONTHS * 30.4375).round(),
            "AVALU": "DAYS",
            "CNSR": 1 - DEAD,
        }
    ).to_csv(tmp_path / "adtte.csv", index=False)
    pd.DataFrame({"USUBJID": who, "PARAMCD": "BOR", "AVALC": np.where(ARM, "PR", "SD")}).to_csv(
        tmp_path / "adrs.csv", index=False
    )
    pd.DataFrame(
        {
            "USUBJID": who[:4],
            "AEDECOD": ["RASH"] * 4,
            "AETOXGR": [1, 2, 3, 4],
            "TRTEMFL": ["Y", "Y", "N", "Y"],
        }
    ).to_csv(tmp_path / "adae.csv", index=False)
    return [tmp_path / name for name in ("adsl.xpt", "adtte.csv", "adrs.csv", "adae.csv")]


def test_adam_tables_are_recognised_and_cnsr_is_inverted(tmp_path):
    created, study = made(tmp_path, None, *adam(tmp_path))
    assert study["endpoints"]["os"]["event_codes"] == ["0"]
    cohort = load_cohort(created.folder)
    np.testing.assert_array_equal(cohort.patients["os_event"], DEAD)
    np.testing.assert_allclose(cohort.patients["os_time"], (MONTHS * 30.4375).round() / 30.4375)
    assert study["reference_arm"] == "Placebo"
    assert list(cohort.patients["BOR"][:2]) == ["SD", "PR"]
    assert len(cohort.adverse_events) == 3
    assert set(study["variables"]) == {"age"}


def test_a_row_for_each_endpoint_becomes_one_row_a_patient(tmp_path):
    long = pd.concat(
        [
            base(
                etype=kind,
                os_months=MONTHS + kind,
                os_event=DEAD if kind == 1 else 1 - DEAD,
                depth=AGE * kind,
            )
            for kind in (1, 2)
        ]
    )
    long = long.rename(columns={"os_months": "time", "os_event": "status"}).sort_values("id")
    created, study = made(tmp_path, long)
    assert created.patients == N
    assert [e["time"] for e in study["endpoints"].values()] == ["time_1", "time_2"]
    assert list(study["variables"]) == ["age"]  # depth_1 and depth_2 are no baseline variables


def test_repeated_patients_are_refused(tmp_path):
    frame = base()
    with pytest.raises(CohortbookError, match=r"these patients only: A00, A01, A02\. Corr"):
        made(tmp_path, pd.concat([frame, frame.iloc[:3]]))
    with pytest.raises(CohortbookError, match=r"in several rows\. Give a table with one"):
        made(tmp_path, pd.concat([frame, frame.iloc[:9]]))


def test_hostile_names_stay_harmless_in_the_study_file(tmp_path):
    hostile = "x: [}\n# arms:\n- {{< include /etc/passwd >}} =cmd() '\" \u202e"
    created, study = made(tmp_path, base(**{hostile: np.where(ARM, "a: b", "- c #")}))
    assert not [p for p in created.problems if p.severity == "error"]
    variable = next(v for k, v in study["variables"].items() if k != "age")
    assert {level["code"] for level in variable["levels"]} == {"a: b", "- c #"}


def test_answers_on_a_terminal_win_over_guesses(tmp_path):
    asked = []

    def ask(question):
        asked.append(question.place)
        return ("B",) if question.place == ("reference_arm",) else question.guess

    _, study = made(tmp_path, many(), ask=ask)
    assert study["reference_arm"] == "B"
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(
    ("name", "cells", "events"),
    [
        ("status", "1 2", ["2"]),
        ("event", "0 1", ["1"]),
        ("CNSR", "0 1", ["0"]),
        ("death", "Yes No", ["Yes"]),
        ("vital", "alive dead", ["dead"]),
        ("状态", "失访 死亡", ["死亡"]),
        ("status", "0 1 2", ["2"]),
        ("alive", "yes no", ["no"]),
        ("dead", "TRUE FALSE", ["TRUE"]),
    ],
)
def test_codes_of_a_status(name, cells, events):
    assert read_status(Column(name, pd.Series(cells.split()))).events == events


def test_the_code_of_an_event_that_is_stated_leaves_all_others_censored(tmp_path):
    cause = 1 + np.arange(N) % 3
    created, study = made(
        tmp_path, base(cause=cause), wishes=Wishes(endpoints=("css:os_months:cause:1",))
    )
    assert not [p for p in created.problems if p.severity == "error"]
    assert study["endpoints"]["css"]["event_codes"] == ["1"]
    assert study["endpoints"]["css"]["censored_codes"] == ["2", "3"]
    assert load_cohort(created.folder).patients["css_event"].sum() == (cause == 1).sum()
    with pytest.raises(CohortbookError, match="'4' does not occur in 'cause'"):
        create_study(
            tmp_path / "more",
            [tmp_path / "export.csv"],
            Wishes(endpoints=("css:os_months:cause:4",)),
        )


def test_of_three_states_without_0_those_with_the_longest_times_are_alive():
    state, time = (
        Column(name, pd.Series(cells.split()))
        for name, cells in (("status", "1 3 2 2 1 3"), ("time", "5 9 30 40 7 2"))
    )
    status = read_status(state, time)
    assert (status.events, status.censored) == (["1", "3"], ["2"])
    assert "longest times" in status.unsure


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("os_months", "os"),
        ("OSTime", "os"),
        ("rfstime", "rfs"),
        ("PFS.event", "pfs"),
        ("无进展生存时间", "pfs"),
        ("time", ""),
        ("position", ""),
        ("death", "os"),
        ("dose", ""),
    ],
)
def test_endpoint_of_a_name(name, expected):
    assert stem(name) == expected


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("CR", "CR"),
        ("complete response", "CR"),
        ("部分缓解", "PR"),
        ("pd", "PD"),
        ("Not evaluable", "NE"),
        ("Yes", None),
    ],
)
def test_category_of_a_cell(cell, code):
    assert category(cell) == code


def test_keys_are_valid_and_single():
    taken = set()
    names = ("Größe (cm)", "肝脏", "2nd", "性别", "性别")
    keys = [key_of(name, place, taken) for place, name in enumerate(names)]
    assert keys == ["groe_cm", "column_1", "x_2nd", "sex", "sex_2"]


def test_label_and_unit_of_a_name():
    assert label_of("afp_value") == ("AFP value", "")
    assert label_of("x", "Bilirubin (μmol/l)") == ("Bilirubin", "μmol/l")
    assert label_of("Stage (AJCC)") == ("Stage (AJCC)", "")


def test_ranges_are_levels_in_rising_order_and_wide_numbers_are_counted_in_tens(tmp_path):
    sizes = np.array(["20-50", "<=20", ">50"])[np.arange(N) % 3]
    _, study = made(tmp_path, base(size=sizes, afp=np.arange(N) * 7 % 41 * 20.0))
    assert study["variables"]["size"]["levels"] == [
        {"code": "<=20", "label": "≤20"},
        {"code": "20-50"},
        {"code": ">50"},
    ]
    per = {c["variable"]: c.get("per") for c in study["cox"]["covariates"]}
    assert per["afp"] == 100
    assert per["age"] in (None, 10)


def test_a_wrong_time_is_for_check_to_name(tmp_path):
    created, study = made(tmp_path, base(os_months=[-3, "about 9", *MONTHS[2:]]))
    assert study["endpoints"]["os"]["time"] == "os_months"
    found = [p.found for p in created.problems if p.severity == "error"]
    assert sorted(found) == ["-3", "about 9"]


def test_letters_for_a_time_and_its_event_are_endpoints(tmp_path):
    frame = base(T=MONTHS, E=DEAD).drop(columns=["os_months", "os_event"])
    _, study = made(tmp_path, frame)
    assert (study["endpoints"]["os"]["time"], study["endpoints"]["os"]["event"]) == ("T", "E")
    (tmp_path / "more").mkdir()
    frame = frame.drop(columns=["T", "E"]).assign(
        t1=MONTHS, d1=DEAD, t2=MONTHS / 2, d2=ARM, z2=np.arange(N) // 2 % 2, d3=1 - ARM
    )
    created, study = made(tmp_path / "more", frame)
    found = {key: (e["time"], e["event"]) for key, e in study["endpoints"].items()}
    assert found == {"t1": ("t1", "d1"), "t2": ("t2", "d2")}
    assert "say what 't2' with 'd2' is" in created.doubts
    assert list(study["variables"]) == ["age", "z2"]


def test_a_time_without_a_status_is_named_and_no_baseline_variable(tmp_path):
    frame = base(time=MONTHS).drop(columns=["os_months", "os_event"])
    created, study = made(tmp_path, frame)
    assert "endpoints" not in study and list(study["variables"]) == ["age"]
    assert any("'time' could be a time to an event" in doubt for doubt in created.doubts)


def test_days_of_a_calendar_are_no_time(tmp_path):
    frame = many(death=11_000 + np.arange(200), status=1).drop(columns=["os_months", "os_event"])
    created, study = made(tmp_path, frame)
    assert "endpoints" not in study
    assert any("no endpoint was recognised" in doubt for doubt in created.doubts)


def test_times_of_what_happened_on_the_way_are_no_baseline_variables(tmp_path):
    days = np.arange(200) + 30
    frame = many(
        futime=days, death=1, txtime=np.where(days % 3, days // 2, np.nan), protime=days % 7 + 9
    ).drop(columns=["os_months", "os_event"])
    created, study = made(tmp_path, frame)
    assert list(study["variables"]) == ["protime"]
    text = (created.folder / "study.yml").read_text("utf-8")
    assert "Left out (seems to be known only after time zero): txtime" in text


def test_ages_beyond_those_of_people_are_in_months(tmp_path):
    created, study = made(tmp_path, base(age=AGE * 12))
    assert study["variables"]["age"]["unit"] == "months"
    assert any("is taken for months" in doubt for doubt in created.doubts)
    assert not [p for p in created.problems if p.severity == "error"]


def test_numbers_of_cases_and_places_measure_nothing(tmp_path):
    place = np.arange(200)
    _, study = made(
        tmp_path,
        many(
            **{
                "case.id": place * 7 % 199,
                "inst": place % 23,
                "marker": place % 23,
                "site": place % 2,
            }
        ),
    )
    assert list(study["variables"]) == ["marker", "site"]


def test_a_second_column_of_the_arm_is_no_covariate(tmp_path):
    dose = np.where(np.arange(200) % 2, "20 mg", np.where(np.arange(200) % 4, "placebo", "sham"))
    _, study = made(tmp_path, many(dose=dose, stage=np.arange(200) % 3))
    assert [c["variable"] for c in study["cox"]["covariates"]] == ["stage"]


def test_what_the_patients_of_other_arms_lack_does_not_count(tmp_path):
    place = np.arange(200)
    arm = np.select([place < 60, place < 130], ["A", "B"], "")
    frame = many(marker=np.where(arm != "", place % 3, np.nan)).assign(arm=arm)
    created, study = made(tmp_path, frame)
    assert study["other_arms"] == "exclude"
    assert [c["variable"] for c in study["cox"]["covariates"]] == ["marker"]
    assert "missing." not in (created.folder / "study.yml").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "values", "reference"),
    [
        ("x", ["Maintained", "Nonmaintained"], "Nonmaintained"),
        ("what", ["Drug", "Placebo"], "Placebo"),
        ("treat", ["1", "2"], "1"),
    ],
)
def test_the_arm_is_found_by_its_values_too(tmp_path, name, values, reference):
    frame = base(arm=np.where(ARM, *values), sex=np.where(DEAD, "f", "m"))
    created, study = made(tmp_path, frame.rename(columns={"arm": name}))
    assert study["columns"]["arm"] == name and study["reference_arm"] == reference
    assert any("by its values only" in doubt for doubt in created.doubts) == (name != "treat")


def test_an_arm_may_have_a_longer_name_and_remarks_are_none(tmp_path):
    remarks = np.where(np.arange(N) % 3 == 0, "", np.where(DEAD, "see notes", "ok"))
    frame = base(remarks=remarks).rename(columns={"arm": "Randomisation arm (code)"})
    created, study = made(tmp_path, frame)
    assert study["columns"]["arm"] == "Randomisation arm (code)"
    assert any("by a word of its name only" in doubt for doubt in created.doubts)
    assert list(study["variables"]) == ["age"]
    (tmp_path / "more").mkdir()
    frame = base(remarks=remarks).rename(columns={"arm": "prior treatment"})
    frame["prior treatment"] = ARM
    assert made(tmp_path / "more", frame)[1]["columns"]["arm"] == "all_patients"


def test_one_factor_of_yes_and_no_is_not_the_arm(tmp_path):
    frame = base(diabetes=ARM).drop(columns="arm")
    assert made(tmp_path, frame)[1]["columns"]["arm"] == "all_patients"


@pytest.mark.parametrize("name", ["pidnum", "seqno", "Pat.-Nr.", "lfd. Nr", "Nr pacjenta"])
def test_numbers_of_patients_identify_them(tmp_path, name):
    frame = base(id=np.arange(N) * 3 + 1).rename(columns={"id": name})
    assert made(tmp_path, frame)[1]["columns"]["patient_id"] == name


def test_dates_grown_together_with_dt_are_understood(tmp_path):
    start = pd.Timestamp("2011-02-03") + pd.to_timedelta(np.arange(N) * 9, "D")
    frame = base(
        RANDDT=start,
        LASTDT=start + pd.to_timedelta((MONTHS * 30).astype(int), "D"),
        DTHFL=np.where(DEAD, "Y", "N"),
    ).drop(columns=["os_months", "os_event"])
    _, study = made(tmp_path, frame.rename(columns={"arm": "grp"}))
    os = study["endpoints"]["os"]
    assert (os["start"], os["end"], os["event"]) == ("RANDDT", "LASTDT", "DTHFL")


def test_an_entry_and_a_date_of_death_are_an_endpoint(tmp_path):
    entry = pd.Timestamp("2001-02-03") + pd.to_timedelta(np.arange(N) * 9, "D")
    last = entry + pd.to_timedelta((MONTHS * 30).astype(int), "D")
    frame = base(
        **{"entry.dt": entry, "last.dt": last, "death.dt": pd.Series(last).where(DEAD == 1)}
    ).astype(str)
    frame = frame.replace("NaT", "").drop(columns=["os_months", "os_event"])
    created, _ = made(tmp_path, frame)
    assert load_cohort(created.folder).patients["os_event"].sum() == DEAD.sum()


@pytest.mark.parametrize(
    ("name", "month"),
    [("visit_days", 12 / 365.25), ("weeks", 84 / 365.25), ("visit_month", 1), ("years", 12)],
)
def test_measurements_have_times_in_the_unit_of_their_column(tmp_path, name, month):
    visits = pd.DataFrame(
        {
            "id": [f"A{i // 2:02d}" for i in range(2 * N)],
            name: [0, 1] * N,
            "target_size": [50, 40] * N,
        }
    )
    visits.to_csv(tmp_path / "visits.csv", index=False)
    created, _ = made(tmp_path, base().assign(os_months=MONTHS + 24), tmp_path / "visits.csv")
    table = pd.read_csv(created.folder / "measurements.csv")
    assert table["month"].max() == pytest.approx(month, abs=1e-3)
