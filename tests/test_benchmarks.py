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
    panels = build.R + build.PANELS
    found |= {
        build.COLD: [Measured(9.0, 6.0, 1.0)],
        build.R: [Measured(6.0, 3.0, 1.0)],
        panels: [Measured(18.0, 12.0, 1.0)],
    }
    names = {f"fig-survival-os{part}.svg" for part in ("", "_A")}
    files = {
        build.COLD: names | {"fig-bootstrap.svg"},
        build.R: {"fig-survival-os.svg"},
        panels: names,
    }
    peaks = {build.COLD: 500.0, build.R: 100.0, panels: 200.0}
    text = build._text(found, 1, peaks, 0.2, files)
    assert f"| {build.COLD} | 3 | 9 | 1.5 | 0.5 | 6 | 2.0 | 0.5 | 500 |" in text
    assert f"| {build.R} | 1 | 6 | 1.0 | 0.3 | 3 | 1.0 | 0.2 | 100 |" in text
    assert "1.5 times the wall time and 2.0 times the CPU time of the plain R script" in text
    assert "Of the 3 figure files of cohortbook 2 are of these notebooks, 1 of them whole" in text
    assert "files of the same names" in text
    assert "load was 0.2" in text
    assert f"{panels} differs in 1 of them" in build._same(
        files | {panels: {"fig-survival-os.svg"}}
    )
