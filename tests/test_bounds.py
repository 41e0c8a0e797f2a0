"""Hostile and damaged files: refused in words, before memory is taken, whatever a reader raises."""

import os
import re
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from PIL import Image
from pydicom import Dataset, Sequence
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless
from test_imaging import dicom
from tiny import study_folder

from cohortbook import bounds
from cohortbook.bounds import LIMITS, Limit, Unreadable, guarded, within
from cohortbook.cohort import registry
from cohortbook.cohort.cohort import load_cohort
from cohortbook.cohort.imaging.pictures import read_picture
from cohortbook.cohort.readers import SUFFIXES, read_file
from cohortbook.cohort.readers.table import UnreadableTable
from cohortbook.errors import StudyError
from cohortbook.study.cases import Panel
from cohortbook.study.study import load_study
from cohortbook.sweep.variant import _not_copied

ROOT = Path(__file__).parents[1]
SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<sheetData>%s</sheetData></worksheet>"
)
HEADER = b'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'


def limit(monkeypatch, name, most):
    monkeypatch.setitem(LIMITS, name, Limit(most, LIMITS[name].what, LIMITS[name].mend))


def refused(path, match):
    with pytest.raises(UnreadableTable, match=match) as error:
        read_file(path)
    assert error.value.mend and error.value.expected
    return error.value


def workbook(path, sheet=None, **parts):
    """Write a small workbook, parts of it replaced."""
    book = openpyxl.Workbook()
    book.active.append(["id", "x"])
    book.active.append([1, 2])
    book.save(path)
    parts = {"xl/worksheets/sheet1.xml": sheet, **parts}
    with zipfile.ZipFile(path) as old:
        content = {name: old.read(name) for name in old.namelist()}
    content |= {name: part for name, part in parts.items() if part is not None}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in content.items():
            new.writestr(name, part)
    return path


# --- the two places


def test_whatever_is_raised_becomes_one_kind_of_error():
    for error in (
        ValueError("x\ny"),
        KeyError(3),
        StopIteration(),
        RuntimeError("Symlink loop"),
        OSError(40, "Too many levels"),
        AssertionError(),
        RecursionError(),
        MemoryError(),
        Unreadable("a", "b", "c"),
        UnicodeDecodeError("utf-8", b"x", 0, 1, "no"),
    ):
        with pytest.raises(UnreadableTable) as found, guarded(UnreadableTable, "this", "Do that."):
            raise error
        assert found.value.expected and found.value.mend and "\n" not in found.value.found
    with pytest.raises(KeyboardInterrupt), guarded(UnreadableTable, "", ""):
        raise KeyboardInterrupt


def test_a_limit_names_both_sizes_and_the_way_out():
    within("text table", LIMITS["text table"].most)
    with pytest.raises(Unreadable) as error:
        within("text table", LIMITS["text table"].most + 1)
    assert error.value.expected == "at most 4 GiB of a text table"
    assert error.value.found == "4.1 GiB of a text table"
    assert "Parquet" in error.value.mend


def test_the_document_lists_every_limit_with_its_value():
    text = (ROOT / "docs" / "safety.md").read_text("utf-8")
    listed = set(re.findall(r"^\| ([^|]*) \| [^|]* \|$", text, re.MULTILINE))
    assert {found.shown for found in LIMITS.values()} <= listed


def test_limits_leave_room_for_registries():
    """Five million patients and fifty columns of five letters, as text and as Parquet."""
    within("text table", 5_000_000 * 50 * 6)
    within("text cells", 5_000_000 * 50)
    within("parquet cells", 50_000_000 * 50)
    within("sheet cells", 500_000 * 40)
    within("statistical cells", 2_000_000 * 100)


# --- text tables


@pytest.mark.parametrize(
    "text",
    ["sep=;", "sep=;\n", "SEP=\n", "sep=\n\n\n", ";;;\n;;;\n", '"', "\ufeff", "sep=;\n;\n;\n"],
)
def test_a_text_file_without_a_table_is_refused(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    refused(path, "expected")


def test_the_size_of_a_text_file_is_compared_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("id,x\n1,2\n3\n")
    for name, most in (("text table", 10), ("text cells", 5), ("columns", 1), ("uneven cells", 5)):
        with monkeypatch.context() as patch:
            limit(patch, name, most)
            refused(path, "at most")
    with monkeypatch.context() as patch:
        limit(patch, "text table", 10)
        patch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read"))
        refused(path, "at most")


def test_a_wide_header_over_many_short_rows_is_not_filled_up(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a," * 5000 + "b\n" + "1\n" * 20_000)
    refused(path, "100,[0-9]{3},001 cells of a text table whose rows differ")


# --- workbooks


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (b'<row r="1000000000"><c r="A1000000000"><v>1</v></c></row>', "rows of a sheet"),
        (
            b"".join(
                b'<row r="%d"><c r="A%d"><v>1</v></c><c r="XFD%d"><v>1</v></c></row>' % (n, n, n)
                for n in range(2, 1300)
            ),
            "cells of a sheet",
        ),
        (b'<row r="2"><c r="ZZZZZZZ2"><v>1</v></c></row>', "valid column name"),
    ],
)
def test_sheets_that_say_they_are_larger_than_they_are(tmp_path, rows, said):
    refused(workbook(tmp_path / "t.xlsx", SHEET % (HEADER + rows)), said)


def test_a_workbook_is_compared_with_the_limits_before_it_is_opened(tmp_path, monkeypatch):
    path = workbook(tmp_path / "t.xlsx")
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *_, **__: pytest.fail("it was opened"))
    for name, most in (
        ("workbook", 100),
        ("workbook parts", 3),
        ("sheet", 50),
        ("sheet rows", 1),
        ("sheet cells", 2),
        ("workbook part", 100),
    ):
        with monkeypatch.context() as patch:
            limit(patch, name, most)
            refused(path, "at most")
    sheet = SHEET % (HEADER + b'<row r="2">' + b"<c><v>1</v></c>" * 400_000 + b"</row>")
    with monkeypatch.context() as patch:
        limit(patch, "sheet row", 1 << 20)
        refused(workbook(path, sheet), "of one row of a sheet")
    texts = b'<?xml version="1.0"?>\n<x:sst xmlns:x="y">' + b"<si><t>abc</t></si>" * 1000
    with monkeypatch.context() as patch:
        limit(patch, "sheet texts", 10_000)
        refused(workbook(path, **{"xl/sharedStrings.xml": texts}), "texts, expanded")
    entity = b'<!DOCTYPE x [<!ENTITY a "aaa">]>' + SHEET % b"&a;"
    refused(workbook(path, entity), "document type")


def test_cells_that_are_formatted_and_empty_do_not_count(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "x"])
    book.active.append([1, 2])
    for row in (2, 3000):
        book.active.cell(row, 16_000).number_format = "0.00"
    book.save(tmp_path / "t.xlsx")
    assert read_file(tmp_path / "t.xlsx").frame.shape == (1, 2)


# --- SPSS, Stata, SAS, Parquet


def test_the_declared_size_of_a_statistical_file_is_compared_first(tmp_path, monkeypatch):
    frame = pd.DataFrame({"id": ["P1", "P2"], "x": [1.0, 2.0]})
    pyreadstat.write_sav(frame, tmp_path / "t.sav")
    pyreadstat.write_xport(frame, tmp_path / "t.xpt")
    for name, most in (("statistical cells", 3), ("columns", 1)):
        with monkeypatch.context() as patch:
            limit(patch, name, most)
            for ending in ("sav", "xpt"):  # the second does not declare its rows
                refused(tmp_path / f"t.{ending}", "at most")
    limit(monkeypatch, "statistical file", 10)
    refused(tmp_path / "t.sav", "at most")


def test_the_declared_size_of_a_parquet_file_is_compared_first(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"id": ["P1", "P2"], "x": [1.0, 2.0]}).to_parquet(path)
    for name, most in (("parquet cells", 3), ("parquet file", 10), ("columns", 1)):
        with monkeypatch.context() as patch:
            limit(patch, name, most)
            refused(path, "at most")


def test_a_registry_that_is_damaged_is_a_problem(tmp_path, monkeypatch):
    pytest.importorskip("duckdb")
    folder = study_folder(tmp_path / "tiny")
    pd.read_csv(folder / "patients.csv").to_parquet(folder / "patients.parquet")
    with (folder / "study.yml").open("a") as file:
        file.write("tables: {patients: patients.parquet}\n")
    content = bytearray((folder / "patients.parquet").read_bytes())
    content[4:200] = b"\xff" * 196
    (folder / "patients.parquet").write_bytes(content)
    monkeypatch.setattr(registry, "LARGE", 1)
    with pytest.raises(StudyError) as error:
        load_cohort(folder)
    assert error.value.problems[0].expected == "a Parquet file"


# --- pictures


def picture(folder, name, **more):
    with pytest.raises(StudyError) as error:
        read_picture(folder, Panel(file=name, label="x", **more))
    (problem,) = error.value.problems
    assert problem.expected and problem.mend and problem.file == name
    return f"{problem.expected}: {problem.found}"


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"PixelSpacing": ["0.7"]}, "two values in PixelSpacing"),
        ({"PixelSpacing": ["0.7", "0.5", "1"]}, "two values in PixelSpacing"),
        ({"WindowCenter": [], "WindowWidth": 5}, None),
        ({"Rows": 60_000, "Columns": 60_000}, "at most 40,000,000 pixels"),
        ({"NumberOfFrames": 0}, None),
        ({"RescaleSlope": "1e308"}, "finite values"),
    ],
)
def test_tags_of_another_number_of_values_are_named(tmp_path, tags, said):
    dicom(tmp_path / "a.dcm", **tags)
    if said is None:
        read_picture(tmp_path, Panel(file="a.dcm", label="x"))
    else:
        assert said in picture(tmp_path, "a.dcm")


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"LUTDescriptor": [0, 0, 16]},
        {"LUTDescriptor": [4, 0, 16], "LUTData": []},
    ],
)
@pytest.mark.parametrize("several", [0, 1])
def test_empty_look_up_tables_are_no_traceback(tmp_path, table, several):
    item = Dataset()
    for name, value in table.items():
        setattr(item, name, value)
    dicom(tmp_path / "a.dcm", ModalityLUTSequence=Sequence([item] * several))
    try:
        read_picture(tmp_path, Panel(file="a.dcm", label="x"))
    except StudyError as error:
        assert error.problems[0].mend


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("WindowCenter", b"abc "),
        ("PixelSpacing", b"a\\b "),
        ("WindowWidth", b"1e999 "),
    ],
)
def test_text_in_place_of_numbers_is_named(tmp_path, name, cell):
    value = {"PixelSpacing": ["7", "5"]}.get(name, "12345")
    dicom(tmp_path / "a.dcm", **{"WindowCenter": "1", "WindowWidth": "2", name: value})
    path = tmp_path / "a.dcm"
    written = "\\".join(value).encode() if isinstance(value, list) else value.encode()
    old = written + b" " * (len(written) % 2)
    content = path.read_bytes()
    at = content.rindex(old)
    path.write_bytes(content[:at] + cell[: len(old)].ljust(len(old)) + content[at + len(old) :])
    assert picture(tmp_path, "a.dcm")


def deflated(path, size):
    """Write a deflated DICOM file whose data expand to so many zeros, in little memory."""
    small = dicom(path)
    import pydicom

    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    del dataset.PixelData
    dataset.save_as(path, enforce_file_format=True)
    content = path.read_bytes()
    head = content.index(b"DICM") + 4
    length = 12 + int.from_bytes(content[head + 8 : head + 12], "little")
    body = zlib.decompress(content[head + length :], -zlib.MAX_WBITS)
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    tag = b"\xe0\x7f\x10\x00OW\x00\x00" + size.to_bytes(4, "little")
    first = stream.compress(body + tag) + stream.flush(zlib.Z_FULL_FLUSH)
    # after a full flush each piece stands for itself: one is made and repeated
    zeros = stream.compress(bytes(1 << 20)) + stream.flush(zlib.Z_FULL_FLUSH)
    path.write_bytes(content[: head + length] + first + zeros * (size >> 20) + stream.flush())
    return small


CHILD = """\
import sys
from pathlib import Path
from cohortbook.errors import StudyError
from cohortbook.cohort.imaging.pictures import read_picture
from cohortbook.study.cases import Panel
try:
    read_picture(Path(sys.argv[1]), Panel(file=sys.argv[2], label="x"))
except StudyError as error:
    print(error.problems[0])
(peak,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory as Linux tells it")
def test_a_deflated_picture_that_expands_without_end_takes_no_memory(tmp_path):
    deflated(tmp_path / "a.dcm", 3 << 30)
    assert (tmp_path / "a.dcm").stat().st_size < 4 << 20
    done = subprocess.run(
        [sys.executable, "-c", CHILD, tmp_path, "a.dcm"], capture_output=True, text=True, check=True
    )
    said, memory = done.stdout.strip().rsplit("\n", 1)
    assert "at most 512 MiB of a deflated DICOM file" in said
    assert int(memory) < 400, "of the file's 3 GiB"


def test_a_deflated_picture_of_usual_size_is_read(tmp_path):
    deflated(tmp_path / "a.dcm", 1 << 20)
    read_picture(tmp_path, Panel(file="a.dcm", label="x"))


def test_run_lengths_that_expand_beyond_their_picture_are_not_decoded(tmp_path, monkeypatch):
    import pydicom

    dicom(tmp_path / "a.dcm", values=np.zeros((8, 8), dtype=int))
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    dataset.compress(RLELossless)
    dataset.save_as(tmp_path / "b.dcm", enforce_file_format=True)
    read_picture(tmp_path, Panel(file="b.dcm", label="x"))
    head = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56)
    dataset.PixelData = encapsulate([head + b"\x81\x00" * 50_000])  # 6.4 MB of 128 bytes
    dataset.save_as(tmp_path / "c.dcm", enforce_file_format=True)
    monkeypatch.setattr("pydicom.pixels.pixel_array", lambda *_, **__: pytest.fail("decoded"))
    assert "run lengths of as many pixels" in picture(tmp_path, "c.dcm")


def png_of(width, height):
    """Give a picture of any size that is a few bytes."""

    def chunk(kind, data):
        return (
            len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
        )

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(100_000, 100_000), (2**31 - 1, 2**31 - 1), (40_000_001, 1)])
def test_a_picture_is_compared_with_the_limit_before_its_pixels_are_read(tmp_path, size):
    (tmp_path / "a.png").write_bytes(png_of(*size))
    assert "at most 40,000,000 pixels" in picture(tmp_path, "a.png")


def test_each_frame_of_a_picture_has_a_size_of_its_own(tmp_path, monkeypatch):
    small, large = (Image.new("L", (n, n)) for n in (4, 40))
    small.save(tmp_path / "a.tif", save_all=True, append_images=[large])
    limit(monkeypatch, "pixels", 100)
    read_picture(tmp_path, Panel(file="a.tif", label="x"))
    assert "at most 100 pixels" in picture(tmp_path, "a.tif", frame=2)
    limit(monkeypatch, "picture file", 10)
    assert "picture's file" in picture(tmp_path, "a.tif")


# --- YAML, names and links


@pytest.mark.parametrize(
    "value",
    [
        "!!timestamp x",
        "!!bool maybe",
        "!!int ''",
        "!!float x",
        "!!int 5",
        "!!binary x",
        "!!set {a: b}",
        "!!omap [a: b]",
        "!!pairs [a: b]",
        "!!python/none",
        "!x 1",
        '"\\ud800"',
        '"\\UFFFFFFFF"',
    ],
)
def test_tags_and_half_letters_are_problems_with_their_line(tmp_path, value):
    folder = study_folder(tmp_path / "tiny")
    with (folder / "study.yml").open("a") as file:
        file.write(f"cutoff: {value}\n")
    with pytest.raises(StudyError) as error:
        load_study(folder)
    (problem,) = error.value.problems
    assert problem.file == "study.yml" and problem.mend
    assert problem.row == len((folder / "study.yml").read_text().splitlines())


def test_a_study_file_is_not_read_if_it_is_large(tmp_path, monkeypatch):
    folder = study_folder(tmp_path / "tiny")
    limit(monkeypatch, "yaml file", 20)
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(StudyError, match="at most 20 bytes of YAML"):
        load_study(folder)


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_loops_of_links_are_problems(tmp_path):
    folder = study_folder(tmp_path / "tiny")
    (folder / "a.csv").symlink_to("b.csv")
    (folder / "b.csv").symlink_to("a.csv")
    (folder / "a.png").symlink_to("a.png")
    (folder / "loop").symlink_to(".")
    (folder / "sub").mkdir()
    (folder / "sub" / "up").symlink_to("..")
    with (folder / "study.yml").open("a") as file:
        file.write("tables: {patients: a.csv}\n")
    with pytest.raises(StudyError) as error:
        load_cohort(folder)
    (problem,) = error.value.problems
    assert problem.file == "a.csv" and "links" in problem.mend
    assert picture(folder, "a.png")
    assert _not_copied(str(folder), [p.name for p in folder.iterdir()]) == {
        "a.csv",
        "b.csv",
        "a.png",
        "loop",
    }
    assert _not_copied(str(folder / "sub"), ["up"]) == {"up"}


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 5000 + ".csv", "sub/", ".", "nul\x7f.csv"])
def test_names_that_no_file_has_are_problems(tmp_path, name):
    from cohortbook.cohort.tables_in import read_table

    found = read_table(study_folder(tmp_path / "tiny"), name)
    assert found.table is None and found.problems[0].mend
    if name.isprintable() and len(name) < 300:
        return
    assert picture(tmp_path, name[-300:])


@pytest.mark.parametrize("ending", SUFFIXES)
def test_a_folder_or_a_file_without_rights_is_no_traceback(tmp_path, ending):
    path = tmp_path / f"t{ending}"
    path.mkdir()
    refused(path, "expected")


def test_errors_are_shown_in_one_line_that_cannot_write_over_the_terminal():
    assert bounds.short(ValueError("a\n\x1b[31mb")) == "a [31mb"
    assert len(bounds.short(ValueError("x" * 5000))) == bounds.LONGEST
    assert bounds.short(ValueError()) == "ValueError"


def test_pixels_of_a_stored_picture_are_as_they_were(tmp_path):
    dicom(tmp_path / "a.dcm", WindowCenter=40, WindowWidth=400)
    found = read_picture(tmp_path, Panel(file="a.dcm", label="x"))
    # PS3.3 C.11.2.1.2.1 for 40 in a window of 40, 400: (40 - 39.5) / 399 + 0.5 = 0.50125
    assert found.pixels[0, 4] == np.rint(0.5012531 * 255)
