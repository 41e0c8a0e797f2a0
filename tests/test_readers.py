"""Files of every kind become the same text cells; what was found out about them is said."""

import datetime as dt
import gzip
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
import yaml
from openpyxl.chart import BarChart
from tiny import PATIENTS, study_folder

from cohortbook.cohort.cohort import load_cohort, read_study
from cohortbook.cohort.readers import large, read_file
from cohortbook.cohort.readers.delimited import decode, find_separator
from cohortbook.cohort.readers.table import UnreadableTable
from cohortbook.errors import StudyError
from cohortbook.study.parts import Reading

CHINESE = "编号,性别,组别\n1,男,微波消融\n2,女,免疫治疗\n"


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def cells(table):
    return table.frame.fillna("").to_dict("list")


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with byte order mark"),
        ("gb18030", "GB18030"),
        ("utf-16", "UTF-16-LE with byte order mark"),
    ],
)
def test_chinese_text_is_read_in_every_encoding(tmp_path, encoding, said):
    table = read_file(write(tmp_path / "t.csv", CHINESE, encoding))
    assert cells(table) == {
        "编号": ["1", "2"],
        "性别": ["男", "女"],
        "组别": ["微波消融", "免疫治疗"],
    }
    assert said in table.facts


@pytest.mark.parametrize("word", ["Müller", "Größe über 5", "français été", "niño ÅÄÖ", "Łódź"])
def test_western_letters_are_not_taken_for_chinese(word):
    encoding = "cp1250" if "Ł" in word else "latin-1"
    assert "Latin-1" in decode(f"id,name\n1,{word}\n".encode(encoding))[1]


def test_a_stated_encoding_wins_and_a_wrong_one_is_refused(tmp_path):
    path = write(tmp_path / "t.csv", "a,b\nŁ,1\n", "cp1250")
    assert cells(read_file(path, Reading(encoding="cp1250")))["a"] == ["Ł"]
    with pytest.raises(UnreadableTable, match="utf-8"):
        read_file(path, Reading(encoding="utf-8"))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found_although_cells_hold_others(separator):
    rows = [["id", "note", "x"], ["1", '"a, b; c"', "2"], ["2", '"d"', "3"]]
    assert find_separator("\n".join(separator.join(row) for row in rows)) == separator


def test_blanks_separate_where_nothing_else_does(tmp_path):
    table = read_file(write(tmp_path / "t.dat", 'id  group time\n a "no drug"   3.5 \nb  drug 4\n'))
    assert cells(table) == {"id": ["a", "b"], "group": ["no drug", "drug"], "time": ["3.5", "4"]}
    assert "separator blanks" in table.facts
    assert find_separator("diagnosis\ncancer of the liver\nhepatitis\n") != " "


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
def test_row_names_that_r_writes_without_a_name_above_are_a_column(tmp_path, separator):
    rows = [["time", "status"], *([str(row), "9", "0"] for row in range(12))]
    table = read_file(write(tmp_path / "t.txt", "\n".join(map(separator.join, rows)) + "\n"))
    assert list(table.frame) == ["column_1", "time", "status"]
    assert table.frame["column_1"].iloc[-1] == "11"


def test_decimal_commas_become_points(tmp_path):
    table = read_file(write(tmp_path / "t.csv", "id;x;y;z\n1;3,5;1.234,5;7\n2;10,25;12,0;1,234\n"))
    assert cells(table) == {
        "id": ["1", "2"],
        "x": ["3.5", "10.25"],
        "y": ["1234.5", "12.0"],
        "z": ["7", "1.234"],
    }
    assert "decimal comma" in table.facts


def test_thousands_marks_are_taken_out(tmp_path):
    table = read_file(write(tmp_path / "t.csv", 'id,afp\n1,"12,345.6"\n2,"1,200"\n3,8.5\n'))
    assert cells(table)["afp"] == ["12345.6", "1200", "8.5"]
    assert "decimal point, thousands separated by commas" in table.facts


def test_a_number_that_can_be_read_in_two_ways_is_a_doubt(tmp_path):
    path = write(tmp_path / "t.csv", 'id,x\n1,"1,234"\n2,"7"\n')
    assert "1,234 is read as 1234" in read_file(path).unsure["x"]
    stated = read_file(path, Reading(decimal=","))
    assert cells(stated)["x"] == ["1.234", "7"]
    assert stated.unsure == {}


def test_text_with_commas_and_dotted_dates_stay(tmp_path):
    table = read_file(write(tmp_path / "t.csv", "id;d;t\n1;01.02.2024;a, b\n2;03.04.2024;c,1\n"))
    assert cells(table)["d"] == ["01.02.2024", "03.04.2024"]
    assert cells(table)["t"] == ["a, b", "c,1"]


def test_quotes_line_ends_and_missing_cells(tmp_path):
    text = 'id,note,x\r\n1,"two\nlines ""q""",NA\r\n2, b ,.\r\n'
    table = read_file(write(tmp_path / "t.csv", text))
    assert cells(table) == {"id": ["1", "2"], "note": ['two\nlines "q"', "b"], "x": ["", ""]}


def test_further_missing_codes_can_be_stated(tmp_path):
    path = write(tmp_path / "t.csv", "id,x\n1,999\n2,5\n")
    assert cells(read_file(path, Reading(missing=["999"])))["x"] == ["", "5"]


def test_titles_empty_rows_and_columns_are_left_out_and_rows_keep_their_numbers(tmp_path):
    text = "Export of the registry,,,\n,,,\nid,x,y,\n1,2,3,\n,,,\n2,5,6,\n,,,\n"
    table = read_file(write(tmp_path / "t.csv", text))
    assert cells(table) == {"id": ["1", "2"], "x": ["2", "5"], "y": ["3", "6"]}
    assert table.frame.attrs["rows"] == [4, 6]
    assert "header in row 3" in table.facts


def test_double_and_missing_names_are_made_single_and_said(tmp_path):
    table = read_file(write(tmp_path / "t.csv", "id,x,x,\n1,2,3,4\n2,5,6,7\n"))
    assert list(table.frame) == ["id", "x", "x_2", "column_4"]
    assert any("second column 'x'" in doubt for doubt in table.doubts)


def test_short_rows_are_filled_and_long_rows_refused(tmp_path):
    assert cells(read_file(write(tmp_path / "a.csv", "a,b\n1\n2,3\n")))["b"] == ["", "3"]
    with pytest.raises(UnreadableTable, match="3 cells in row 3"):
        read_file(write(tmp_path / "b.csv", "a,b\n1,2\n1,2,3\n"))


@pytest.mark.parametrize("content", [b"", b"  \n", b"a,b\n", b"\x00\x01\x02\x03"])
@pytest.mark.parametrize("ending", ["csv", "xlsx", "sav", "dta", "sas7bdat", "xpt", "parquet"])
def test_damaged_and_empty_files_are_refused_in_words(tmp_path, ending, content):
    path = tmp_path / f"t.{ending}"
    path.write_bytes(content)
    with pytest.raises(UnreadableTable):
        read_file(path)


def test_a_file_of_sas_gives_its_rows_dates_and_times(tmp_path):
    reference = Path(__file__).parent / "reference" / "sas"
    path = tmp_path / "sample.sas7bdat"
    path.write_bytes(gzip.decompress((reference / "sample.sas7bdat.gz").read_bytes()))
    table = read_file(path)
    told = pd.read_csv(reference / "sample.csv", dtype=str, encoding="utf-8-sig")
    assert list(table.frame) == list(told)
    for column in ("mychar", "mynum", "mylabl", "myord"):
        assert table.frame[column].tolist() == told[column].tolist()
    assert table.dates == {"mydate", "dtime"}
    for column in ("mydate", "dtime"):
        # written by pandas from numbers of SAS, told as text: the same moments
        found, expected = (
            [None if pd.isna(day) else str(day).replace("T", " ")[:10] for day in frame[column]]
            for frame in (table.frame, told)
        )
        assert found == expected
    assert table.frame["dtime"][0] == "2018-05-06 10:10:10"
    assert table.frame["mytime"][0] == "10:10:10"


def test_a_kind_that_is_not_read_says_what_to_do(tmp_path):
    with pytest.raises(UnreadableTable, match=r"save it as \.xlsx"):
        read_file(write(tmp_path / "t.xls", "x"))


def workbook(path, rows, title="Data"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.create_sheet("Notes").append(["only", "words"])
    book.save(path)
    return path


def test_excel_gives_dates_numbers_and_truth_values(tmp_path):
    rows = [
        ["id", "day", "x", "dead"],
        [1, dt.date(2024, 3, 1), 0.1 + 0.2, True],
        [2, dt.datetime(2024, 3, 2, 13, 30), 12.0, False],
    ]
    table = read_file(workbook(tmp_path / "t.xlsx", rows))
    assert cells(table) == {
        "id": ["1", "2"],
        "day": ["2024-03-01", "2024-03-02 13:30:00"],
        "x": ["0.3", "12"],
        "dead": ["1", "0"],
    }
    assert table.dates == {"day"}
    assert table.facts[0] == "sheet 'Data' of 2"


def test_rows_that_a_filter_hides_are_read_and_told(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["id", "x"], [1, 2], [2, 5], [3, 7]])
    assert not read_file(path).doubts
    book = openpyxl.load_workbook(path)
    for row in (2, 4, 90):  # the last holds nothing
        book.active.row_dimensions[row].hidden = True
    book.save(path)
    table = read_file(path)
    assert len(table.frame) == 3
    assert table.doubts == (
        "the sheet hides 2 rows, as a filter does; they are read like the others",
    )


def test_excel_sheet_by_name_and_a_wrong_name(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["id"], [1]], "First")
    book = openpyxl.load_workbook(path)
    book["Notes"].append(["a", "b"])
    book.save(path)
    assert cells(read_file(path, Reading(sheet="Notes"))) == {"only": ["a"], "words": ["b"]}
    with pytest.raises(UnreadableTable, match="'First', 'Notes'"):
        read_file(path, Reading(sheet="Third"))


def test_dates_are_those_of_their_column_where_columns_and_titles_are_left_out(tmp_path):
    rows = [
        [None, dt.date(2025, 1, 1)],
        [None, "id", "day", "x"],
        [None, 1, dt.date(2024, 3, 1), 7],
        [None, 2, dt.date(2024, 3, 2), 8],
    ]
    table = read_file(workbook(tmp_path / "t.xlsx", rows))
    assert list(table.frame) == ["id", "day", "x"]
    assert table.dates == {"day"}


def rewritten(path, change):
    """Change the XML of a workbook's first sheet."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, change(data) if name.endswith("sheet1.xml") else data)
    return path


@pytest.mark.parametrize("size", [b'<dimension ref="A1"/>', b""])
def test_what_a_sheet_says_of_its_own_size_does_not_cut_it(tmp_path, size):
    path = workbook(tmp_path / "t.xlsx", [["id", "x", "y"], [1, 2, 3], [2, 5]])
    rewritten(path, lambda xml: re.sub(rb"<dimension [^>]*/>", size, xml))
    frame = read_file(path).frame
    assert frame.shape == (2, 3) and frame["y"].isna().tolist() == [False, True]


def test_a_sheet_that_is_damaged_inside_the_workbook_is_named_as_such(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["id", "x"], [1, 2], [2, 5]])
    rewritten(path, lambda xml: xml[: len(xml) // 2])
    with pytest.raises(UnreadableTable, match="an Excel workbook"):
        read_file(path)


def test_a_sheet_of_a_chart_is_no_table(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["id", "x"], [1, 2]])
    book = openpyxl.load_workbook(path)
    book.create_chartsheet("Chart").add_chart(BarChart())
    book.save(path)
    with pytest.raises(UnreadableTable, match="no such sheet"):
        read_file(path, Reading(sheet="Chart"))


def test_a_formula_without_value_is_not_an_empty_cell(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["id", "x"], [1, "=1+1"]])
    with pytest.raises(UnreadableTable, match="formula without a stored value in B2"):
        read_file(path)


def labelled(path, writer, **more):
    frame = pd.DataFrame({"pid": [1.0, 2.0, 3.0], "arm": [1.0, 2.0, 2.0], "afp": [3.5, 99.0, 7.0]})
    writer(frame, str(path), column_labels=["Patient", "Treatment", "AFP"], **more)
    return path


@pytest.mark.parametrize("ending", ["sav", "dta"])
def test_spss_and_stata_keep_codes_and_give_labels(tmp_path, ending):
    path = labelled(
        tmp_path / f"t.{ending}",
        getattr(pyreadstat, f"write_{ending}"),
        variable_value_labels={"arm": {1: "ICI", 2: "MWA + ICI"}},
    )
    table = read_file(path)
    assert cells(table)["arm"] == ["1", "2", "2"]
    assert table.levels["arm"] == {"1": "ICI", "2": "MWA + ICI"}
    assert table.labels["arm"] == "Treatment"


def test_values_that_spss_declares_missing_are_missing_and_said(tmp_path):
    path = labelled(
        tmp_path / "t.sav", pyreadstat.write_sav, missing_ranges={"afp": [{"lo": 90, "hi": 99}]}
    )
    table = read_file(path)
    assert cells(table)["afp"] == ["3.5", "", "7"]
    assert "declared missing in afp: 90 to 99 (1 cells)" in table.facts


def test_por_and_xpt_are_read(tmp_path):
    frame = pd.DataFrame({"PID": [1.0, 2.0], "AGE": [61.5, np.nan], "SEX": ["M", "F"]})
    pyreadstat.write_por(frame, str(tmp_path / "t.por"))
    pyreadstat.write_xport(frame, str(tmp_path / "t.xpt"))
    for name in ("t.por", "t.xpt"):
        table = read_file(tmp_path / name)
        assert cells(table) == {"PID": ["1", "2"], "AGE": ["61.5", ""], "SEX": ["M", "F"]}


def test_single_precision_of_stata_is_not_spelt_out(tmp_path):
    frame = pd.DataFrame({"x": np.array([12.3, 0.1], dtype=np.float32)})
    frame.to_stata(tmp_path / "t.dta", write_index=False)
    assert cells(read_file(tmp_path / "t.dta"))["x"] == ["12.3", "0.1"]


def test_statistical_dates_are_dates(tmp_path):
    frame = pd.DataFrame({"day": [dt.date(2024, 3, 1), None], "x": [1.0, 2.0]})
    pyreadstat.write_sav(frame, str(tmp_path / "t.sav"))
    table = read_file(tmp_path / "t.sav")
    assert cells(table)["day"] == ["2024-03-01", ""]
    assert table.dates == {"day"}


def test_parquet_is_read(tmp_path):
    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "n": pd.array([3, None], dtype="Int64"),
            "dead": [True, False],
            "sex": pd.Categorical(["M", "F"]),
            "day": pd.to_datetime(["2024-03-01", None]),
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    assert cells(read_file(tmp_path / "t.parquet")) == {
        "id": ["1", "2"],
        "n": ["3", ""],
        "dead": ["1", "0"],
        "sex": ["M", "F"],
        "day": ["2024-03-01", ""],
    }


WRITERS = {
    "patients.xlsx": lambda frame, path: frame.to_excel(path, index=False),
    "patients.sav": lambda frame, path: pyreadstat.write_sav(frame, str(path)),
    "patients.dta": lambda frame, path: pyreadstat.write_dta(frame, str(path)),
    "patients.parquet": lambda frame, path: frame.to_parquet(path),
}


def with_table(folder, name):
    raw = yaml.safe_load((folder / "study.yml").read_text())
    raw["tables"] = {"patients": name}
    (folder / "study.yml").write_text(yaml.safe_dump(raw))


@pytest.mark.parametrize("name", WRITERS)
def test_a_study_gives_the_same_cohort_from_any_kind_of_file(tmp_path, name):
    folder = study_folder(tmp_path / "tiny")
    expected = load_cohort(folder)
    WRITERS[name](pd.read_csv(folder / "patients.csv"), folder / name)
    with_table(folder, name)
    found = load_cohort(folder)
    pd.testing.assert_frame_equal(found.patients, expected.patients)
    assert name in read_study(folder).notes[0]
    assert set(found.fingerprints) == {"study.yml", name}


def test_a_wrong_cell_is_named_by_the_row_of_the_file(tmp_path):
    folder = study_folder(tmp_path / "tiny")
    text = "Registry\n\n" + PATIENTS.replace("2,A,60", "\n2,A,sixty")
    (folder / "patients.csv").write_text(text)
    with pytest.raises(StudyError) as error:
        load_cohort(folder)
    (problem,) = error.value.problems
    assert (problem.row, problem.column, problem.found) == (6, "age", "sixty")


def test_the_study_file_states_how_a_table_is_read(tmp_path):
    folder = study_folder(tmp_path / "tiny")
    path = folder / "patients.csv"
    path.write_text(path.read_text().replace("1,A,50", "1,A,-9"))
    raw = yaml.safe_load((folder / "study.yml").read_text())
    raw["tables"] = {"reading": {"patients": {"missing": ["-9"]}}}
    (folder / "study.yml").write_text(yaml.safe_dump(raw))
    assert np.isnan(load_cohort(folder).patients["age"][0])


LARGE_TEXT = (
    "id,arm,x,other,y\n"
    + "".join(
        f'{n}, A ,"{n},{n % 10}",free "".text,{n % 7}.5\n'.replace('free ""', "free")
        for n in range(60)
    )
    + "60,B,NA,x@y,.\n"
)


@pytest.mark.parametrize("used", [["id", "arm", "x", "y"], ["id", "y"]])
def test_a_large_file_gives_the_same_cells_of_the_columns_that_are_used(
    tmp_path, monkeypatch, used
):
    path = write(tmp_path / "t.csv", LARGE_TEXT)
    whole = read_file(path)
    monkeypatch.setattr(large, "LARGE", 0)
    part = read_file(path, Reading(), used)
    assert part.facts == whole.facts
    assert list(part.frame) == list(whole.frame)
    for name in used:
        assert cells(part)[name] == cells(whole)[name]
    assert part.frame["other"].iloc[-1] == "x@y"


@pytest.mark.parametrize(
    "text",
    [
        "Title\nid,x\n1,2\n",
        "id,x\n1,2\n,3\n",
        "id,x\n1,2\n\n3,4\n",
        "id,id\n1,2\n",
        "id,x\n1\n2,3\n",
        'id,"x\ny"\n1,2\n',
        "id,x\n",
    ],
)
def test_a_large_file_that_is_not_tidy_is_read_row_by_row(monkeypatch, text):
    monkeypatch.setattr(large, "LARGE", 0)
    assert large.read_large(text, ",", Reading(), ["id"]) is None


def test_a_large_parquet_file_is_read_as_a_small_one_and_keeps_unused_columns_as_they_are(
    tmp_path, monkeypatch
):
    frame = pd.DataFrame(
        {
            "id": [f"P{i}" for i in range(6)],
            "n": [1.0, np.nan, 2.5, 2.5, 1e-7, 3.0],
            "f": np.array([0.1, 0.2, 0.1, np.nan, 1, 2], dtype=np.float32),
            "sex": pd.Categorical(["M", None, " F ", "M", "NA", "F"]),
            "dead": pd.array([True, None, False, True, False, True], dtype="boolean"),
            "list": [[1], [2], None, [1], [3], [4]],
            "lab": np.arange(6) / 7,
        }
    )
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=2)
    small = read_file(tmp_path / "t.parquet").frame
    assert small["n"].fillna("").tolist() == ["1", "", "2.5", "2.5", "1e-07", "3"]
    assert small["f"].fillna("").tolist() == ["0.1", "0.2", "0.1", "", "1", "2"]
    assert small["sex"].fillna("").tolist() == ["M", "", "F", "M", "", "F"]
    assert small["dead"].fillna("").tolist() == ["1", "", "0", "1", "0", "1"]
    assert small["list"].fillna("").tolist() == ["[1]", "[2]", "", "[1]", "[3]", "[4]"]
    monkeypatch.setattr("cohortbook.cohort.readers.parquet.LARGE", 5)
    large = read_file(tmp_path / "t.parquet", used=["id", "n", "sex"]).frame
    assert list(large) == list(small)
    pd.testing.assert_frame_equal(large[["id", "n", "sex"]], small[["id", "n", "sex"]])
    assert large["lab"].dtype == pd.ArrowDtype(pa.float64()), "nothing of it became text"


def test_personal_data_in_unused_columns_of_a_large_parquet_file_are_found(tmp_path, monkeypatch):
    folder = study_folder(tmp_path / "tiny")
    frame = pd.read_csv(folder / "patients.csv")
    frame["surname"] = "Muster"
    frame["born"] = pd.to_datetime([f"{1930 + 6 * i}-03-01" for i in range(len(frame))])
    frame.to_parquet(folder / "patients.parquet")
    with_table(folder, "patients.parquet")
    monkeypatch.setattr("cohortbook.cohort.readers.parquet.LARGE", 5)
    assert {item.column for item in read_study(folder).personal} == {"surname", "born"}
