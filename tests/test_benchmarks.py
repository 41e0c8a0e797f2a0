"""The runner of the benchmarks: parts are found, sections replace themselves, ratios agree."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def runner(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    yield __import__("benchmarks.__main__", fromlist=["parts"])
    for name in [name for name in sys.modules if name.startswith("benchmarks")]:
        del sys.modules[name]


def test_each_module_is_a_part_with_a_title_and_a_run(runner):
    assert {"cox", "cox_large"} <= set(runner.parts())
    assert "_table" not in runner.parts()


def test_a_section_replaces_itself_and_leaves_the_others(runner, monkeypatch, tmp_path):
    page = tmp_path / "benchmarks.md"
    monkeypatch.setattr(runner, "PAGE", page)
    for name, text in (("one", "first"), ("two", "second"), ("one", "third \\1")):
        runner.write(name, text)
    written = page.read_text("utf-8")
    assert "first" not in written
    assert written.index("third \\1") < written.index("second")


def test_a_ratio_is_the_median_of_the_rounds_ratios(runner):
    from benchmarks._table import ratio_rows

    rows = ratio_rows({"ours": [1.0, 2.0, 4.0], "other": [3.0, 4.0, 40.0]}, "ours")
    assert rows == [["ours", "2", "1.0"], ["other", "4", "3.0"]]
