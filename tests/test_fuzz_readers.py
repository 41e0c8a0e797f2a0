"""Files of every kind damaged at random: each is read, or refused in a message."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import fuzz_readers
from cohortbook.cohort.readers import SUFFIXES
from cohortbook.published.paper_in import SUFFIXES as PAPERS


@pytest.mark.parametrize("kind", fuzz_readers.KINDS)
def test_a_damaged_file_is_read_or_refused(kind, capsys):
    of_documents = kind in fuzz_readers.DOCUMENTS
    found = fuzz_readers.fuzz(kind, 15 if of_documents else 40, 30_001)
    assert found[fuzz_readers.FAULT] == 0, capsys.readouterr().out
    assert of_documents or found[fuzz_readers.REFUSED] > 5  # a browser's HTML is nearly anything


@pytest.mark.parametrize("kind", fuzz_readers.KINDS)
def test_what_is_damaged_was_whole(kind, tmp_path):
    name, make, _, read = fuzz_readers.KINDS[kind]
    (tmp_path / name).write_bytes(make())
    assert fuzz_readers.outcome(read, tmp_path / name) == (fuzz_readers.READ, "")


def test_every_kind_that_is_read_is_damaged():
    alike = {
        "tsv": "csv",
        "txt": "csv",
        "tab": "csv",
        "dat": "csv",
        "xlsm": "xlsx",
        "pq": "parquet",
    }
    kinds = {alike.get(suffix[1:], suffix[1:]) for suffix in SUFFIXES}
    read_otherwise = {"yaml", "dicom", "png", "jpg", "tif", *fuzz_readers.DOCUMENTS}
    assert kinds | read_otherwise == set(fuzz_readers.KINDS)
    papers = {{".xml": "jats"}.get(suffix, suffix[1:]) for suffix in PAPERS}
    assert papers - {"nxml", "htm", "xhtml"} <= fuzz_readers.DOCUMENTS.keys()


def test_a_traceback_and_a_lack_of_memory_would_be_found(tmp_path):
    def raises(error):
        def read(_path):
            raise error

        return fuzz_readers.outcome(read, tmp_path)[0]

    assert raises(KeyError("x")) == fuzz_readers.FAULT
    assert raises(fuzz_readers.Unreadable("x", "y", "not enough memory")) == fuzz_readers.FAULT
    assert raises(fuzz_readers.Unreadable("x", "y", "z")) == fuzz_readers.REFUSED


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux does")
@pytest.mark.parametrize("how", ["import os; os.abort()", "import time; time.sleep(600)"])
def test_a_reader_that_ends_its_process_or_never_ends_would_be_found(
    tmp_path, monkeypatch, capsys, how
):
    """The parent runs this in place of itself: one number is tried, then what is given happens."""
    script = tmp_path / "child.py"
    script.write_text(f"print('@ 1', flush=True)\n{how}\n")
    monkeypatch.setattr(fuzz_readers, "__file__", str(script))
    monkeypatch.setattr(fuzz_readers, "SECONDS", 3)
    assert fuzz_readers.watched("csv", 1, 1)[fuzz_readers.FAULT] == 1
    assert "--- csv 1:" in capsys.readouterr().out
