"""Figures and tables by number, one workbook, every statistic: always the same bytes."""

import csv
import json
import math
import time

import pytest
from openpyxl import load_workbook
from tiny import notebook

from cohortbook.build.notebooks.execute import Run
from cohortbook.build.notebooks.notebooks import Notebook
from cohortbook.build.output import workbook
from cohortbook.build.output.exports import export_figures, export_statistics, export_tables
from cohortbook.build.output.row_text import printed, printed_p
from cohortbook.results import frame, row

HOSTILE = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "a\x07b", "患者", "x" * 40_000]


@pytest.fixture
def results(tmp_path):
    for label in ("tbl-b", "tbl-a"):
        stem = tmp_path / "tables" / label
        stem.parent.mkdir(exist_ok=True)
        rows = [[text, "1"] for text in HOSTILE]
        table = {"caption": "Cap", "columns": ["A", "B"], "rows": rows, "notes": ["=note"]}
        stem.with_suffix(".json").write_text(json.dumps(table))
        stem.with_suffix(".csv").write_text(label)
    (tmp_path / "figures").mkdir()
    for label in ("fig-a", "fig-b", "fig-unseen"):
        for kind in (".svg", ".pdf", ".png", ".tiff", "_600dpi.tiff", ".csv"):
            (tmp_path / "figures" / f"{label}{kind}").write_text(label)
    for kind in (".svg", "_600dpi.tiff"):
        (tmp_path / "figures" / f"fig-a_B{kind}").write_text("panel B of fig-a")
    return tmp_path


def test_figures_are_numbered_as_in_the_report(results, tmp_path):
    out = tmp_path / "out"
    names = export_figures(results, ["fig-b", "tbl-a", "fig-gone", "fig-a"], out)
    # fig-gone stands in the report as its second figure, although it has no files
    assert names == {"fig-b": "Figure_1", "fig-a": "Figure_3", "fig-unseen": "fig-unseen"}
    assert (out / "Figure_1.tiff").read_text() == "fig-b"
    assert len(list(out.iterdir())) == 3 * 5 + 2 + 1
    assert (out / "Figure_3_B.svg").read_text() == "panel B of fig-a"
    assert (out / "Figure_3_B_600dpi.tiff").exists()
    with (out / "figures.csv").open() as file:
        assert list(csv.reader(file))[1] == ["fig-b", "Figure_1"]


def test_no_cell_of_the_workbook_is_a_formula_and_all_are_legible(results, tmp_path):
    export_tables(results, ["tbl-b", "tbl-a"], tmp_path / "out")
    book = load_workbook(tmp_path / "out" / "tables.xlsx")
    assert book.sheetnames == ["Table 1", "Table 2"]
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert all(cell.quotePrefix for cell in cells if cell.data_type == "s")
    shown = [book["Table 1"].cell(3 + i, 1).value for i in range(len(HOSTILE))]
    assert shown[0] == HOSTILE[0]
    assert shown[5] == "ab"
    assert len(shown[7]) == workbook.LONGEST


def test_numbers_of_a_table_are_numbers_with_the_printed_decimals(tmp_path):
    cells = ["0.380", "−2.5", "52", "6 (28.6)", "<0.001", "-1", "+1", "007x", "", "–", "1e5"]
    table = {"caption": "C", "columns": ["A"] * 12, "rows": [["2020", *cells]], "notes": []}
    workbook.write_workbook({"T": table}, tmp_path / "t.xlsx")
    row = load_workbook(tmp_path / "t.xlsx")["T"][3]
    shown = [(cell.value, cell.number_format) for cell in row]
    assert shown[:4] == [("2020", "General"), (0.38, "0.000"), (-2.5, "0.0"), (52, "0")]
    assert {cell.data_type for cell in row[4:] if cell.value} == {"s"}


def test_numbers_with_a_decimal_comma_are_numbers_and_its_thousands_are_none(tmp_path):
    table = {"caption": "C", "columns": ["A"] * 4, "rows": [["x", "0,38", "2.024", "3 (0,5)"]],
             "machine_rows": [["x", "0.38", "2,024", "3 (0.5)"]], "notes": ["n"]}  # fmt: skip
    workbook.write_workbook({"T": table}, tmp_path / "t.xlsx")
    row = load_workbook(tmp_path / "t.xlsx")["T"][3]
    assert [cell.value for cell in row] == ["x", 0.38, "2.024", "3 (0,5)"]


def test_the_workbook_has_the_same_bytes_at_another_time(results, tmp_path):
    export_tables(results, ["tbl-a"], tmp_path / "one")
    time.sleep(2.1)  # a zip file counts time in steps of two seconds
    export_tables(results, ["tbl-a"], tmp_path / "two")
    one, two = (tmp_path / name / "tables.xlsx" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_every_statistic_is_written_with_its_key_exactly(tmp_path):
    run = Run(Notebook(notebook(tmp_path, "03-x")), tmp_path / "run")
    run.results.mkdir(parents=True)
    rows = [
        row("survival", "median", math.nan, endpoint="os", group="NA", conf_low=12.0),
        row("survival", "hr", 1 / 3, endpoint="os", conf_low=0.1, conf_high=0.9, p_value=0.0254),
    ]
    frame(rows).to_csv(run.results / "03-x.main.csv", index=False)
    (run.results / "03-x.other.csv").write_text("a,b\n1,2\n")
    out = tmp_path / "results.json"
    assert export_statistics([run], out, lambda _notebook, _frame: 0.025, {}) == 2
    second, first = json.loads(out.read_text())["statistics"]
    assert first["key"] == "survival/os/all/hr"
    assert first["estimate"] == 1 / 3, "the number must be exact"
    assert (first["printed"], first["printed_p"]) == ("0.333 (0.100–0.900)", "0.0254")
    assert second["group"] == "NA", "a group called NA is not a missing one"
    assert (second["estimate"], second["printed"]) == (None, "NR (12.0–NR)")


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ({"analysis": "a", "statistic": "percent", "estimate": 28.55}, "28.6"),
        ({"analysis": "a", "statistic": "n", "estimate": 6.0}, "6"),
        ({"analysis": "baseline", "statistic": "median", "estimate": 55.5}, "55.5"),
        ({"analysis": "a", "statistic": "smd", "estimate": math.nan}, "–"),
        ({"analysis": "survival", "statistic": "median", "estimate": 16.84}, "16.8"),
    ],
)
def test_printed_text_follows_the_policy(cells, text):
    assert printed(row(**cells)) == text
    assert printed_p(row(**cells), 0.05) == ""
