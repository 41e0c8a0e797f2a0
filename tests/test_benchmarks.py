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


def test_a_build_is_compared_in_time_work_and_memory(runner):
    from benchmarks import build
    from benchmarks._process import Measured

    found = {name: [Measured(9.0, 6.0, 1.0)] for name in (build.SAME, build.PROSE, build.ONE)}
    found |= {build.COLD: [Measured(9.0, 6.0, 1.0)], build.R: [Measured(6.0, 3.0, 1.0)]}
    text = build._text(found, 1, {build.COLD: 500.0, build.R: 100.0}, 0.2)
    assert f"| {build.COLD} | 9 | 1.5 | 6 | 2.0 | 500 |" in text
    assert f"| {build.R} | 6 | 1.0 | 3 | 1.0 | 100 |" in text
    assert "load was 0.2" in text
