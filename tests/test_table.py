"""The table model: footnotes in reading order, everything escaped, formulas harmless."""

import csv
import json
import re

from cohortbook.display.layout.csv_rows import harmless
from cohortbook.display.layout.table import Cell, Row, Table


def table():
    rows = [
        Row(("Group",), group=True),
        Row(
            ("a <b>", Cell("1", ("first note",)), Cell("2", ("second note", "first note"))),
            indent=1,
        ),
    ]
    return Table(
        ["Name", "One", "Two"],
        rows,
        "Caption",
        notes=["General."],
        abbreviations={"ORR": "objective response rate", "b": "bold"},
    )


def test_footnotes_get_letters_in_order_of_reading():
    notes = table().html().partition("<tfoot>")[2]
    assert notes.index("<sup>a</sup>first note") < notes.index("<sup>b</sup>second note")
    assert "<sup>b,a</sup>" in table().html()


def test_html_is_escaped_and_semantic():
    html = table().html()
    assert "a &lt;b&gt;" in html
    assert html.count("<thead>") == html.count("<tfoot>") == 1
    assert 'colspan="3"' in html
    assert "<br" not in html


def test_only_abbreviations_in_use_are_explained():
    assert table().foot[-1] == ("", "b, bold.")


def test_a_head_is_not_broken_inside_brackets_nor_a_place_before_its_number():
    heads = ["Factor", "Univariable HR (95% CI)", "P value", "Log-rank P", "Gap (P < 5)"]
    row = Row((Cell("", links=(("tbl-x", "Table 6"), ("sec-y", "Section 5"))), "1", "2", "3", "4"))
    made = Table(heads, [row], "C.")
    shown = re.findall(r"<th [^>]*>([^<]*)</th>", made.html())
    assert [head.replace("\u00a0", "~") for head in shown] == [
        "Factor",
        "Univariable HR (95%~CI)",
        "P~value",
        "Log-rank~P",
        "Gap (P~&lt;~5)",
    ]
    assert "Table\u00a06</a>, <a" in made.html() and "Section\u00a05</a>" in made.html()
    assert made.plain()[0] == heads


def test_formulas_become_text():
    assert harmless("=cmd()") == "'=cmd()"
    assert harmless(" +1") == "' +1"
    assert harmless("−2.3") == "−2.3"


def test_export_writes_csv_and_json(tmp_path):
    hostile = Table(["A", "B"], [Row(("=1+1", "@x"))], "C\\_D")
    hostile.export(tmp_path / "tbl-x")
    text = (tmp_path / "tbl-x.csv").read_text("utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert rows == [["A", "B"], ["'=1+1", "'@x"]]
    assert json.loads((tmp_path / "tbl-x.json").read_text("utf-8"))["caption"] == "C_D"
