"""Printed numbers as data: reading them, and the two files that ship."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cohortbook.errors import StudyError
from cohortbook.published import Published, load_published
from cohortbook.published.audit import audit
from cohortbook.published.printed import PrintedError, read_cell, read_number, read_spread

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wei():
    return load_published(ROOT / "data" / "wei2026").frame().set_index(["key", "where"])


@given(st.decimals(0, 1000, places=3), st.integers(0, 3))
def test_every_number_agrees_with_its_own_rounding(value, decimals):
    assert read_number(f"{value:.{decimals}f}").agrees(float(value))


def test_a_dropped_zero_is_meant():
    assert read_number("4.18").agrees(4.184)
    meant = read_number("4.18", decimals=3)
    assert not meant.agrees(4.184) and meant.agrees(4.1804)
    assert (meant.low, meant.high) == pytest.approx((4.1795, 4.1805))
    assert read_number("20.9412", decimals=3).decimals == 4


@pytest.mark.parametrize(
    ("text", "low", "high"), [("<0.001", 0, 0.001), (">0.999", 0.999, float("inf"))]
)
def test_bounds(text, low, high):
    assert (read_number(text).low, read_number(text).high) == (low, high)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("26 (83.9)", {"count": 26, "percent": 83.9}),
        ("6/21 (28.6%)", {"count": 6, "total": 21, "percent": 28.6}),
        ("3/31", {"count": 3, "total": 31}),
        ("9.7%", {"percent": 9.7}),
        ("81.0", {"percent": 81}),
        ("0", {"count": 0}),
        ("50%", {"percent": 50}),
    ],
)
def test_cells(text, want):
    assert {name: printed.value for name, printed in read_cell(text).items()} == want


def test_spreads():
    assert [p.value for p in read_spread("59 (48-71)")] == [59, 48, 71]
    assert [p.value for p in read_spread("0.585 (0.155–0.992)")] == [0.585, 0.155, 0.992]
    assert read_spread("14.5 (11.0-NR)")[2] is None
    assert [p.value for p in read_spread("0.176")] == [0.176]


@pytest.mark.parametrize("text", ["abc", "12 of 30", "(12)"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(PrintedError):
        read_cell(text)
    with pytest.raises(PrintedError):
        read_spread(f"{text} (1-")


def test_the_paper_has_all_its_numbers(wei):
    assert wei["kind"].value_counts().to_dict() == {
        "count": 164, "percent": 114, "limit": 102, "p_value": 90, "ratio": 53, "time": 18,
        "number": 9,
    }  # fmt: skip
    per_table = wei.groupby("where").size()
    assert per_table[["Table I", "Table II", "Table III", "Table IV", "Table V"]].tolist() == [
        102, 28, 88, 88, 87,
    ]  # fmt: skip
    assert wei.index.is_unique


@pytest.mark.parametrize(
    ("key", "where", "printed"),
    [
        ("baseline/all/cnlc/difference/p_value", "Table I", "0.895"),
        ("baseline/all/sex/F/MWA+ICI/percent", "Table I", "4.8"),
        ("response/all/DCR/difference/p_value", "Table II", "0.031"),
        ("cox_univariable/os/all/arm/MWA+ICI/difference/hr", "Table III", "0.585"),
        ("cox_multivariable/pfs/all/age/difference/hr:conf_high", "Table IV", "1.045"),
        ("safety/all/Transaminitis/severe/MWA+ICI/patients", "Table V", "7"),
        ("survival/pfs/all/overall/median", "Results, long-term efficacy", "6.0"),
        ("discontinuation/all/toxicity/ICI/percent", "Results, discontinuation", "16.1"),
    ],
)  # fmt: skip
def test_keys_of_the_paper(wei, key, where, printed):
    assert wei.loc[(key, where), "printed"] == printed


def test_the_second_study_has_its_abstract():
    frame = load_published(ROOT / "data" / "hcc-cxcl17").frame().set_index("key")
    assert frame.loc["survival/rfs/all/60/high/event_percent", "value"] == 77.7
    assert frame.loc["cox_multivariable/os/all/arm/high/difference/hr", "value"] == 2.066


def test_all_problems_of_a_file_are_told_at_once(tmp_path):
    path = tmp_path / "published.yml"
    path.write_text(
        "groups: {A: 3, B: 4}\nblocks:\n"
        "  - {where: T1, counts: [{term: sex, cells: {A: many}}]}\n"
        "  - {where: T2, survival: [{endpoint: os, logrank: small}]}\n"
    )
    with pytest.raises(StudyError, match="2 problems") as caught:
        load_published(path)
    assert [problem.column for problem in caught.value.problems] == ["T1", "T2"]


def test_form_and_numbers_are_told_together_each_with_its_place(tmp_path):
    (tmp_path / "published.yml").write_text(
        "groups: {A: x}\nbloks: []\nblocks:\n"
        "  - where: Table 1\n    counts:\n"
        "      - {term: a, cels: {A: 1}}\n      - {cells: {A: many, B: few}}\n"
        "  - where: Table 2\n    survival: [{endpoint: os, logrank: small}, "
        "{endpoint: os, median: {A: long}}]\n"
    )
    with pytest.raises(StudyError) as caught:
        load_published(tmp_path)
    told = [(p.column, p.found) for p in caught.value.problems]
    assert ("Table 1, counts, item 1, cels", "cels") in told
    assert "did you mean 'blocks'?" in str(caught.value)
    assert "did you mean 'cells'?" in str(caught.value)
    for word in ("'x'", "'many'", "'small'", "'long'"):
        assert any(word in found for _, found in told), word


def test_a_key_that_stands_twice_is_told_with_its_row(tmp_path):
    path = tmp_path / "published.yml"
    path.write_text("groups: {A: 3}\nblocks:\n  - where: T\n    sizes: {A: 3}\n    sizes: {A: 4}\n")
    with pytest.raises(StudyError, match="row 5: found the key 'sizes' stands twice"):
        load_published(path)


BROKEN = [
    "",
    "- 1",
    "a: &a [*a]",
    "? [a, b]\n: 1",
    '!!python/object/apply:os.system ["true"]',
    "groups: {A: 0}\nblocks: []",
    "groups: {}\nblocks: []",
    "groups: [A, B]\nblocks: null",
    "groups: {A: 1}\nalpha: high\nconf_level: 95\nblocks: {}",
    "groups: [",
    "groups: {A: 1}\nblocks: []\nmore: 1",
    "just text",
    "groups: {A: 1}\nblocks: [{where: T, sizes: {A: 1.5}}]",
    "groups: {A: 1}\nblocks: [{where: T, sizes: {B: 1}}]",
    "groups: {A: 1}\nblocks: [{where: T, counts: [{term: x}]}]",
    "groups: {A: 1}\nblocks: [{where: T, counts: [{term: x, levels: {a: {A: 1}}, p: {b: 1}}]}]",
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_of_another_form_is_a_problem_not_a_traceback(tmp_path, text):
    path = tmp_path / "published.yml"
    path.write_text(text)
    with pytest.raises(StudyError):
        load_published(tmp_path)
    with pytest.raises(StudyError):
        load_published(tmp_path / "nowhere.yml")


def test_another_encoding_is_a_problem(tmp_path):
    (tmp_path / "published.yml").write_bytes("groups: {Bénin: 1}".encode("latin-1"))
    with pytest.raises(StudyError, match="YAML in UTF-8"):
        load_published(tmp_path)


def test_printed_numbers_keep_their_zeros_and_words_stay_words(tmp_path):
    path = tmp_path / "published.yml"
    path.write_text(
        "groups: {No: 3, Yes: 4}\nblocks:\n  - {where: T, ratios: [{term: x, p: 0.380}]}\n"
    )
    published = load_published(path)
    assert isinstance(published, Published) and list(published.groups) == ["No", "Yes"]
    assert published.frame().loc[0, ["printed", "decimals"]].tolist() == ["0.380", 3]


@pytest.mark.parametrize(
    ("read", "text", "way"),
    [
        (read_number, "0,03", "with a point"),
        (read_number, "1,234", "without a mark"),
        (read_number, "NS", '">0.05"'),
        (read_number, "P = 0.03", "without its letter"),
        (read_number, "0.03a", "footnotes"),
        (read_cell, "26 [83.9]", "round"),
        (read_cell, "61.2 ± 9.8", "mean (sd)"),
        (read_spread, "0.57 [0.38, 0.91]", "round"),
    ],
)
def test_a_number_that_is_refused_says_how_to_write_it(read, text, way):
    with pytest.raises(PrintedError, match=re.escape(way)):
        read(text)


ROW, CELL = 'ratios: [{term: a, hr: "%s"}]', 'counts: [{term: a, cells: {A: "%s"}}]'
P_VALUE = 'counts: [{term: a, cells: {A: 1}, p: "%s"}]'


@pytest.mark.parametrize(
    ("item", "text", "way"),
    [
        (P_VALUE, "1.3×10-5", "Powers of ten"),
        (P_VALUE, "≤0.001", '"<0.001"'),
        (CELL, "12 of 40", '"12/40"'),
        (CELL, "83.9 (26)", "count stands first"),
        (ROW, "1 (Ref)", "leave its row out"),
        (ROW, "not reached", '"NR"'),
        (ROW, "16.8 (12.0, -)", '"NR"'),
        (ROW, "HR 0.57 (0.38-0.91)", "Words and units"),
        (ROW, "0.57 (0.38-0.91", "bracket is missing"),
    ],
)
def test_the_way_to_write_a_number_is_its_mend(tmp_path, item, text, way):
    (tmp_path / "published.yml").write_text(
        f"groups: {{A: 40, B: 38}}\nblocks:\n  - {{where: T, {item % text}}}\n", "utf-8"
    )
    with pytest.raises(StudyError) as told:
        load_published(tmp_path)
    assert way in told.value.problems[0].mend


GROUPS = "groups: {A: 40, B: 38, C: 20}\ntogether: {B or C: [B, C]}"


def read(blocks, groups=GROUPS):
    return Published.model_validate(yaml.load(f"{groups}\nblocks:\n{blocks}", yaml.BaseLoader))


def test_a_cell_that_is_a_dash_is_not_printed():
    found = read('  - {where: T, counts: [{term: a, cells: {A: 3, B: "–", C: ""}}]}').frame()
    assert found["group"].tolist() == ["A"]


def test_columns_of_several_arms_are_their_sum():
    row = "  - {where: T, counts: [{term: a, cells: {A: 3 (7.5), B: 4, C: 5, B or C: %s}}]}"
    assert audit(read(row % "9 (15.5)")).empty  # of 58
    off = audit(read(row % "10 (17.2)")).iloc[0]
    assert (off["check"], off["severity"], off["implied"]) == ("sum", "conflict", "9")
    assert "B and C" in off["message"] and "4 + 5 = 9" in off["proof"]
    with pytest.raises(ValueError, match="what is no group"):
        Published.model_validate({"groups": {"A": 1}, "together": {"x": ["A", "D"]}, "blocks": []})


def test_a_table_without_sizes_has_no_denominators():
    row = "  - {where: T%s, counts: [{term: a, cells: {A: 9 (30.0)}}]}"
    assert audit(read(row % ""))["check"].tolist() == ["patients recorded"]  # 9 of 30
    assert audit(read(row % ", sizes: {A: null}")).empty


def test_levels_add_up_to_the_one_that_the_file_names():
    row = "  - {where: T, counts: [{term: a, total: some, levels: {x: {A: 3}, y: {A: 4}, " \
        "some: {A: %s}}}]}"  # fmt: skip
    assert audit(read(row % 7)).empty
    assert audit(read(row % 8))["proof"].tolist()[0].startswith("3 + 4 = 7")
    with pytest.raises(ValueError, match="does not have: none"):
        read("  - {where: T, counts: [{term: a, total: none, levels: {x: {A: 3}}}]}")


def test_the_level_of_an_interval_is_that_of_its_block():
    row = (
        "  - {where: F, survival: [{endpoint: os, logrank: 0.04}]}\n"
        "  - {where: T, analysis: cox_univariable, endpoint: os%s, ratios: [{term: arm, level: B, "
        "hr: 0.60 (0.40-0.90), p: 0.04}]}"
    )
    two = "groups: {A: 40, B: 38}"
    assert audit(read(row % ", conf_level: 0.9", two)).empty  # SE 0.247, z 2.07
    assert {"P and interval", "log-rank and Cox"} <= set(audit(read(row % "", two))["check"])
