"""Reading a paper: each format, each form of a table, and every cell accounted for."""

import importlib
from collections import Counter
from pathlib import Path

import pytest

from cohortbook.errors import StudyError
from cohortbook.published import load_published
from cohortbook.published.audit import audit
from cohortbook.published.paper_in import draft_of, read_paper
from cohortbook.published.paper_in.columns import SIZE
from cohortbook.published.paper_in.model import Paper, Paragraph
from cohortbook.published.paper_in.numbers import read, read_p
from cohortbook.published.paper_in.texts import commas_are_points, plain, with_points

FORMATS = ("xml", "html", "docx", "pdf")


@pytest.fixture(scope="module")
def files():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[1] / "tools"))
        yield importlib.import_module("paper_files")


@pytest.fixture(params=FORMATS)
def make(request, tmp_path, files):
    """Give a function from tables to a draft, for each format."""

    def made(*tables, paragraphs=()):
        path = files.MAKERS[request.param](tmp_path / f"p.{request.param}", tables, paragraphs)
        draft = draft_of(read_paper(path))
        known = {"read", "not a statistic", "not understood"}
        assert set(draft.account["status"]) <= known
        return draft

    return made


def numbers(draft):
    """Every printed number of a draft, by key."""
    return {s.key: s.printed.value for s in draft.published().statistics()}


BASELINE = (
    "Table 1",
    "Baseline characteristics",
    [
        [
            "Variable",
            "Control (n = 40)",
            "Treated (n=1,238)",
            "Total (N = 1278)",
            "<italic>P</italic>",
        ]
    ],
    [
        [
            "Age, years, median (range)",
            "59 (48–71)",
            "60.5 (40–80)",
            "60 (40–80)",
            "0.555<sup>a</sup>",
        ],
        ["BMI, mean ± SD", "23.1 ± 3.2", "24.0±3.5", "23.8 ± 3.4", "NS"],
        ["Sex, n (%)", "", "", "", "0.380"],
        ["\u2003Male", "30 (75.0)", "900 (72.7)", "930 (72.8)", ""],
        ["\u2003Female", "10 (25.0)", "338 (27.3)", "348 (27.2)", ""],
        ["Stage (I/II/III)", "10/20/10", "300/600/338", "310/620/348", "&lt;0.001*"],
        ["Cirrhosis", "20 (50.0%)", "1,200 (96.9%)", "1,220 (95.5%)", "P = .85"],
    ],
    "",
)


def test_a_baseline_table(make):
    draft = make(BASELINE)
    found = numbers(draft)
    assert draft.content["groups"] == {"Control": 40, "Treated": 1238}
    assert found["baseline/all/Age, years/Treated/median"] == 60.5
    assert found["baseline/all/Age, years/Control/max"] == 71
    assert found["baseline/all/Age, years/difference/p_value"] == 0.555
    assert found["baseline/all/BMI/Treated/sd"] == 3.5
    assert found["baseline/all/Sex/Female/overall/percent"] == 27.2
    assert found["baseline/all/Sex/difference/p_value"] == 0.38
    assert found["baseline/all/Stage/III/Treated/n"] == 338
    assert found["baseline/all/Cirrhosis/Treated/n"] == 1200
    assert found["baseline/all/Cirrhosis/difference/p_value"] == 0.85
    assert (draft.account["status"] == "not understood").sum() == 0
    assert Counter(draft.account["status"])["read"] == 23


COX = (
    "Table 2",
    "Cox regression analysis of overall survival",
    [["Factor__2", "Univariable|2", "Multivariable|3"], ["HR (95% CI)", "P", "HR", "95% CI", "P"]],
    [
        ["Age (≥60 vs &lt;60)", "1.20 (0.80–1.80)", "0.38", "1.10", "0.70–1.73", "0.68"],
        ["Stage", "", "0.01", "", "", ""],
        ["\u2003I", "1 (Ref)", "", "Reference", "", ""],
        ["\u2003II", "1.50 [1.10, 2.05]", "0.010", "1.40", "1.00 to 1.96", "0.05"],
        ["AFP", "1·05 (1·01–1·09)", "0·02", "-", "-", "-"],
    ],
    "",
)


def test_two_models_beside_each_other(make):
    draft = make(COX)
    found = numbers(draft)
    assert found["cox_univariable/os/all/Age/≥60 vs <60/difference/hr:conf_high"] == 1.8
    assert found["cox_multivariable/os/all/Stage/II/difference/hr:conf_low"] == 1.0
    assert found["cox_multivariable/os/all/Stage/II/difference/hr:conf_high"] == 1.96
    assert found["cox_univariable/os/all/AFP/difference/hr"] == 1.05
    assert found["cox_univariable/os/all/Stage/difference/hr:p_value"] == 0.01
    assert (draft.account["status"] == "not understood").sum() == 0


def test_two_columns_of_labels_and_cells_that_span_rows(make):
    table = (
        "Table 1",
        "Characteristics, n (%)",
        [["Variable", "Category", "A (n=40)", "B (n=50)", "p-value"]],
        [
            ["Sex__2", "Male", "30 (75)", "35 (70)", "0.60__2"],
            ["Female", "10 (25)", "15 (30)"],
            ["ECOG__2", "0", "22 (55)", "20 (40)", "0.16__2"],
            ["1", "18 (45)", "30 (60)"],
        ],
        "",
    )
    found = numbers(make(table))
    assert found["baseline/all/Sex/Female/B/n"] == 15
    assert found["baseline/all/ECOG/1/A/percent"] == 45
    assert found["baseline/all/ECOG/difference/p_value"] == 0.16


def test_counts_and_percentages_in_columns_of_their_own(make):
    table = (
        "Table 3",
        "Adverse events",
        [["Event__2", "A (n = 40)|2", "B (n = 50)|2", "P__2"], ["n", "%", "n", "%"]],
        [
            ["Rash", "12", "30.0", "10", "20.0", "0.27"],
            ["Fever", "4", "10.0", "15", "30.0", "0.021"],
        ],
        "",
    )
    found = numbers(make(table))
    assert found["safety/all/Rash/A/percent"] == 30
    assert found["safety/all/Fever/B/patients"] == 15
    assert found["safety/all/Fever/difference/p_value"] == 0.021


def test_grades_below_the_arms_are_levels(make):
    table = (
        "Table 3",
        "Adverse events, n (%)",
        [["Event__2", "A (n = 40)|2", "B (n = 50)|2"], ["Any", "Grade 3-4", "Any", "Grade 3-4"]],
        [["Rash", "12 (30.0)", "2 (5.0)", "10 (20.0)", "0"]],
        "",
    )
    found = numbers(make(table))
    assert found["safety/all/Rash/Grade 3-4/A/patients"] == 2
    assert found["safety/all/Rash/Any/B/percent"] == 20


def test_before_and_after_matching_are_two_populations(make):
    table = (
        "Table 1",
        "Baseline, n (%)",
        [
            ["Variable__2", "Before matching|4", "After matching|4"],
            ["A (n=100)", "B (n=50)", "P", "SMD", "A (n=40)", "B (n=40)", "P", "SMD"],
        ],
        [
            [
                "Male",
                "70 (70.0)",
                "30 (60.0)",
                "0.22",
                "0.211",
                "25 (62.5)",
                "24 (60.0)",
                "0.82",
                "0.051",
            ]
        ],
        "",
    )
    draft = make(table)
    found = numbers(draft)
    assert found["baseline/before_matching/Male/A/n"] == 70
    assert found["baseline/after_matching/Male/B/percent"] == 60
    assert found["baseline/after_matching/Male/difference/smd"] == 0.051
    assert found["baseline/before_matching/Male/difference/p_value"] == 0.22
    assert audit(draft.published()).empty


def test_decimal_commas(make):
    table = (
        "Table 1",
        "Baseline",
        [["Variable", "A (n=40)", "B (n=50)", "P"]],
        [
            ["Weight, mean ± SD", "71,5 ± 9,2", "70,1 ± 8,8", "0,461"],
            ["Male, n (%)", "25 (62,5)", "24 (48,0)", "0,17"],
        ],
        "",
    )
    found = numbers(make(table))
    assert found["baseline/all/Weight/A/mean"] == 71.5
    assert found["baseline/all/Male/A/percent"] == 62.5
    assert found["baseline/all/Male/difference/p_value"] == 0.17


def test_what_is_not_understood_is_listed_and_never_guessed(make):
    table = (
        "Table 1",
        "Baseline",
        [["Variable", "A (n=40)", "B (n=50)", "χ2", "P"]],
        [
            ["CEA", "3.5 (1.2–8.8)", "4.0 (1.0–9.9)", "", "0.2"],
            ["LDH", "210.5 (12.1)", "200.1 (10.2)", "", "0.3"],
            ["Male", "25 (62.5)", "24 (48.0)", "1.88", "0.17"],
        ],
        "",
    )
    draft = make(table)
    left = draft.account[draft.account["status"] == "not understood"]
    assert {"3.5 (1.2-8.8)", "210.5 (12.1)", "1.88"} <= set(left["text"])
    assert "baseline/all/CEA/A/median" not in numbers(draft)
    assert set(left["row"]) == {2, 3, 4}


def test_sizes_in_a_row_and_pairwise_p_of_three_arms(make):
    table = (
        "Table 1",
        "Baseline, n (%)",
        [["Variable", "A", "B", "C", "P", "P (A vs B)", "P (A vs C)"]],
        [
            ["No. of patients", "40", "50", "60", "", "", ""],
            ["Male", "25 (62.5)", "24 (48.0)", "30 (50.0)", "0.33", "0.17", "0.22"],
        ],
        "",
    )
    draft = make(table)
    assert draft.content["groups"] == {"A": 40, "B": 50, "C": 60}
    assert numbers(draft)["baseline/all/Male/difference/p_value"] == 0.33
    left = draft.account[draft.account["status"] == "not understood"]
    assert set(left["text"]) == {"0.17", "0.22"}


PAIRS = (
    "Table 1",
    "Baseline characteristics",
    [["Variable", "A (n = 60)", "B (n = 58)", "C (n = 62)", "P", "A vs B", "A vs C"]],
    [["Sex (male/female)", "40/20", "30/28", "33/29", "0.19", "0.10", "0.13"]],
    "",
)
BLANKS = (
    "Table 2",
    "Baseline before and after matching",
    [["Variable", "Before", "", "", "After", "", ""], ["", "A", "B", "P", "A", "B", "P"]],
    [["Age, mean ± SD", "61.2 ± 9.8", "58.9 ± 9.1", "0.12", "60.3 ± 9.7", "60.1 ± 9.9", "0.92"]],
    "",
)


def test_p_of_pairs_hide_no_levels_and_blanks_beside_a_head_are_its_own(make):
    draft = make(PAIRS, BLANKS)
    found = numbers(draft)
    assert [found[f"baseline/all/Sex/male/{arm}/n"] for arm in "ABC"] == [40, 30, 33]
    assert found["baseline/all/Sex/difference/p_value"] == 0.19
    p = {key: value for key, value in found.items() if "Age" in key and "p_value" in key}
    assert {0.12} == {value for key, value in p.items() if "after" not in key}
    assert {0.92} == {value for key, value in p.items() if "after" in key}
    why = draft.account[draft.account["text"].isin(["0.10", "0.13"])]
    assert set(why["status"]) == {"not understood"}


MIXED = (
    "Table 3",
    "Univariable analysis of overall survival",
    [["Variable", "Category", "HR (95% CI)", "P", "P for interaction"]],
    [
        ["Sex", "Male", "1 (Ref)", "", ""],
        ["", "Female", "0.57 (0.38–0.91)", "0.02", "0.44"],
        ["Age (per year)", "", "1.02 (1.00–1.04)", ".046", ""],
        ["AFP", "", "NS", "NS", ""],
    ],
    "",
)
WEIGHTED = (
    "Table 4",
    "Response of weighted patients",
    [["", "A (n = 98.7)", "B (n = 101.2)", "P"]],
    [
        ["Male, n (%)", "60.3 (61.1)", "62.0 (61.3)", "0.97"],
        ["Objective response rate (95% CI)", "40.0% (27.6–53.5)", "24.1% (13.9–37.2)", "0.065"],
    ],
    "",
)


def test_a_row_without_a_level_is_its_own_and_weighted_patients_have_no_size(make):
    draft = make(MIXED, WEIGHTED)
    ratios, response = draft.content["blocks"][0]["ratios"], draft.content["blocks"][-1]
    assert [(row["term"], row.get("level", ""), row["p"]) for row in ratios] == [
        ("Sex", "Female", "0.02"), ("Age (per year)", "", ".046"), ("AFP", "", ">0.05"),
    ]  # fmt: skip
    assert response["weighted"] and response["sizes"] == {"A": None, "B": None}
    assert response["counts"][0]["ci"] == {"A": "27.6-53.5", "B": "13.9-37.2"}
    left = set(draft.account.loc[draft.account["status"] == "not understood", "text"])
    assert left == {"0.44", "60.3 (61.1)", "62.0 (61.3)", "0.97"}


def test_outcomes_with_their_limits(make):
    table = (
        "Table 2",
        "Efficacy",
        [["Outcome", "Chemo or RT (n = 42)", "Drug P (n=40)", "P"]],
        [
            ["ORR, % (95% CI)", "28.6 (15.7–44.6)", "45.0 (29.3–61.5)", "0.12"],
            ["DCR, n (%) [95% CI]", "30 (71.4) [55.4–84.3]", "32 (80.0) [64.4–90.9]", "0.36"],
            ["Median OS, months (95% CI)", "12.3 (10.1–14.5)", "16.8 (12.0–NR)", "0.008"],
            ["1-year OS, % (95% CI)", "52.1 (35.0–66.8)", "64.0 (47.0–77.0)", ""],
        ],
        "",
    )
    draft = make(table)
    found = numbers(draft)
    assert found["response/all/ORR, % (95% CI)/Drug P/percent:conf_high"] == 61.5
    assert found["response/all/DCR, n (%) [95% CI]/Chemo or RT/n"] == 30
    assert found["survival/Median OS, months (95% CI)/all/Chemo or RT/median:conf_low"] == 10.1
    assert found["survival/1-year OS, % (95% CI)/all/12/Drug P/survival_percent"] == 64
    assert (draft.account["status"] == "not understood").sum() == 0


def test_limits_in_two_columns_and_p_before_the_ratio(make):
    table = (
        "Table 3",
        "Logistic regression",
        [["Variable__2", "Sig.__2", "Exp(B)__2", "95.0% CI for Exp(B)|2"], ["Lower", "Upper"]],
        [["Age", "0.030", "1.05", "1.01", "1.09"], ["Sex", "0.210", "0.70", "0.40", "1.22"]],
        "",
    )
    found = numbers(make(table))
    assert found["logistic_univariable/table_3/all/Age/difference/or:conf_high"] == 1.09
    assert found["logistic_univariable/table_3/all/Sex/difference/or:p_value"] == 0.21


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("stroke", ["none", "0.5pt"])
def test_tables_of_pdf_without_rules_with_a_grid_and_in_two_columns(tmp_path, columns, stroke):
    typst = pytest.importorskip("typst")
    words = "Patients were treated and followed until death or the data cut-off. " * 20
    rows = "[Male], [25 (62.5)], [24 (48.0)], [0.17], [Fever], [4 (10.0)], [15 (30.0)], [0.021],"
    text = f"""#set page(width: 595pt, height: 842pt, margin: 45pt, columns: {columns})
#set text(size: 8pt)
{words} Table 1 shows it. {words}

*Table 1* Baseline characteristics, n (%)
#table(columns: 4, stroke: {stroke}, inset: (x: 4pt, y: 3pt), [Variable], [A (n = 40)],
[B (n = 50)], [P], {rows} [Rash], [20 (50.0)], [25 (50.0)], [1.00])

{words}"""
    path = tmp_path / "p.pdf"
    path.write_bytes(typst.compile(text.encode()))
    draft = draft_of(read_paper(path))
    found = numbers(draft)
    assert found["baseline/all/Fever/B/percent"] == 30
    assert found["baseline/all/Male/difference/p_value"] == 0.17
    assert Counter(draft.account["status"])["read"] == 9
    assert set(draft.account["page"]) == {1}


def test_numbers_of_sentences(make):
    text = (
        "The HR was 0.57 (95% CI, 0.38–0.91; <italic>P</italic> = 0.02), and 12 of 40 patients "
        "(30.0%) responded; hazard ratio 1·10 [95% CI 0·70 to 1·73], p&lt;0·001."
    )
    draft = make(paragraphs=[text])
    values = sorted(s.printed.value for s in draft.published().statistics())
    assert values == sorted([0.57, 0.38, 0.91, 0.02, 12, 40, 30.0, 1.10, 0.70, 1.73, 0.001])
    found = audit(draft.published())
    assert found["check"].tolist().count("ratio and interval") == 1


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("adjusted HR 0.67 [0.53-0.85], p = 0.001", [0.67, 0.53, 0.85, 0.001]),
        ("Die Hazard Ratio betrug 0,69 (95 %-KI 0,55–0,87; p = 0,002).", [0.69, 0.55, 0.87, 0.002]),
        ("77 (51.7%) of 149 died, and 57.9% (22/38) responded", [77, 149, 51.7, 22, 38, 57.9]),
        ("Es starben 168 von 315 (53,3 %); p = 0,04.", [168, 315, 53.3]),
        ("HR 0.8 (IQR 0.7-0.9); median OS 12.1 (9.8-15.0); HRs of 0.6 (n = 4)", []),
        ("Sensitivity 0.81 (0.70-0.90); the OR was given for 12 (3-40) sites or 45 (57.7%)", []),
    ],
)
def test_forms_of_numbers_in_sentences(text, values):
    paper = Paper({}, [], [Paragraph("Results", text)])
    found = [s.printed.value for s in draft_of(paper).published().statistics()]
    assert sorted(found) == sorted(values)


def test_a_wrong_percentage_is_read_where_it_is_called_one_and_sums_are_told(make):
    head = ["Response", "A (n = 40)", "B (n = 38)"]
    rows = [["CR", "3 (7.5%)", "5 (13.2%)"], ["PR", "11 (27.5%)", "16 (42.1%)"]]
    rows += [["ORR", "15 (35.0%)", "22 (57.9%)"], ["LVEF (%)", "35 (9)", "36 (8)"]]
    draft = make(("Table 2", "Tumour response", [head], rows, ""))
    found = audit(draft.published())
    assert sorted(found["check"]) == ["percentage and count", "sum", "sum"]
    assert (found["severity"] == "conflict").all()
    assert "35 (9)" in set(draft.account.loc[draft.account["status"] == "not understood", "text"])


def test_percentages_of_lesions_and_events_are_no_wrong_ones_of_patients(make):
    head = ["Variable, n (%)", "A (n = 50)", "B (n = 40)"]
    rows = [
        ["Male", "30 (60.0%)", "20 (50.0%)"],
        ["Tumours on the left", "30 (37.5%)", "20 (33.3%)"],
    ]
    rows += [
        ["Bleeding, n (% of events)", "12 (6.0)", "8 (8.0)"],
        ["Cycles", "120 (80.0)", "90 (75.0)"],
    ]
    draft = make(("Table 1", "Characteristics", [head], rows, ""))
    assert audit(draft.published()).empty
    assert (draft.account["status"] == "not understood").sum() == 6


def test_a_page_that_does_not_say_its_encoding_is_utf_8(tmp_path):
    page = tmp_path / "p.html"
    page.write_text("<html><body><p>The HR was 0.52, 95% CI 0.37–0.74.</p></body></html>", "utf-8")
    (block,) = draft_of(read_paper(page)).content["blocks"]
    assert block["ratios"][0]["hr"] == "0.52 (0.37-0.74)"


def test_the_draft_can_be_written_and_read_again(make, tmp_path):
    draft = make(BASELINE, COX)
    path = tmp_path / "draft.yml"
    path.write_text(draft.text(), "utf-8")
    assert {s.key for s in load_published(path).statistics()} == set(numbers(draft))


def test_every_cell_is_accounted_for(make):
    draft = make(BASELINE)
    assert len(draft.account) == 8 * 5
    assert not draft.account.duplicated(["where", "row", "column"]).any()
    assert (draft.account["status"] == "read").sum() == 23


# -- texts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("26 (83.9)", "count"),
        ("26 (83.9%)", "count"),
        ("6/21 (28.6)", "fraction"),
        ("9.7%", "percent"),
        ("28.6% (6)", "percent first"),
        ("30 (71.4) [55.4-84.3]", "count ci"),
        ("30/42 (71.4%; 95% CI 55.4-84.3)", "count ci"),
        ("61.2 ± 9.8", "mean"),
        ("59 (48-71)", "spread"),
        ("0.57 [0.38, 0.91]", "spread"),
        ("0.57 (95% CI 0.38 to 0.91)", "spread"),
        ("16.8 (12.0-NR)", "spread"),
        ("0.38-0.91", "limits"),
        ("(0.38, 0.91)", "limits"),
        ("61.2 (9.8)", "pair"),
        ("1 (Ref)", "reference"),
        ("Reference", "reference"),
        ("-", "empty"),
        ("12", "number"),
        ("12*", "number"),
        ("Chemotherapy", "text"),
        ("26 (83.9)a", "count"),
    ],
)
def test_kinds_of_cells(text, kind):
    assert read(text).kind == kind


@pytest.mark.parametrize(
    ("text", "p"),
    [
        ("0.031", "0.031"),
        ("<0.001", "<0.001"),
        ("P = .85", ".85"),
        ("p<0.05*", "<0.05"),
        ("NS", ">0.05"),
        ("0.03a", "0.03"),
        ("≤0.001", "<0.001"),
        ("12", None),
        ("1.000", "1.000"),
        ("yes", None),
    ],
)
def test_p_values(text, p):
    assert read_p(text) == p


def test_plain_texts():
    assert plain("0·57\u2009(0·38–0·91)") == "0.57 (0.38-0.91)"
    assert with_points("1,234 (24.7)", decimal_comma=False) == "1234 (24.7)"
    assert with_points("12,5 (8,1)", decimal_comma=True) == "12.5 (8.1)"
    assert commas_are_points(["12,5", "0,034"])
    assert not commas_are_points(["12,5", "3.4", "0,1"])
    assert not commas_are_points(["1,234", "65 (40,80)"])
    assert SIZE.search("Arm A (n = 1,238)")[1] == "1,238"


def test_files_that_are_no_papers_are_told(tmp_path):
    for name, content in (("a.xml", "<x/>"), ("a.docx", "no"), ("a.txt", "x"), ("a.xml", "")):
        path = tmp_path / name
        path.write_text(content)
        with pytest.raises(StudyError):
            read_paper(path)
    with pytest.raises(StudyError):
        read_paper(tmp_path / "none.xml")
