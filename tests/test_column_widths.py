"""Columns of tables: as wide as asked, and never too narrow for a number or a word."""

import re

import pytest

from cohortbook.display.drawing.canvas import width_cm
from cohortbook.display.layout.column_widths import PADDING, TYPE, needed, shares
from cohortbook.display.layout.table import Row, Table


def test_widths_that_suffice_stay_as_they_were_asked():
    assert shares([2, 1, 1], [3, 2, 2], total=16) == pytest.approx([50, 25, 25])


def test_what_a_column_lacks_comes_from_those_with_room_to_spare():
    found = shares([5, 4, 1], [2, 2, 3], total=10)  # 5, 4 and 1 cm; 2 cm are lacking, 5 to spare
    assert found == pytest.approx([38, 32, 30])
    assert sum(found) == pytest.approx(100)


def test_too_little_room_is_shared_by_need():
    assert shares([1, 1], [10, 30], total=20) == pytest.approx([25, 75])


def test_a_number_with_limits_stays_whole_and_words_are_broken_between():
    interval, sentence = "0.393 (0.157–0.988)", "leaving one patient out; restricted mean survival"
    assert needed("HR", [interval], words=False) == width_cm(interval, TYPE) + PADDING
    for words, cell in ((True, sentence), (False, sentence)):
        assert needed("X", [cell], words) == pytest.approx(width_cm("restricted", TYPE) + PADDING)
    assert needed("X", ["Age"], True, [2]) > needed("X", ["Age"], True, [0])


def test_chinese_is_broken_between_letters_and_its_numbers_stay_whole():
    cell = "区间0.155～0.992的几何中点（P值）为0.391。原文P=0.895"
    assert needed("因", [cell], True) == pytest.approx(width_cm("0.155～0.992", TYPE) + PADDING)
    assert needed("对P影响最大者（剔除后P）", [], True) == pytest.approx(
        width_cm("对P影响最大者", TYPE, bold=True) + PADDING
    )


def test_a_chinese_sentence_takes_no_room_from_the_numbers_beside_it():
    rows = [Row(("性别：P值", "0.895", "0.877", "原文P=0.895；由原文频数作检验得0.877。" * 9))] * 2
    table = Table(["统计量", "原文值", "推算值", "原因"], rows, "C.", widths=[3, 1, 1, 6])
    wide = [float(width) for width in re.findall(r'<col style="width:([\d.]+)%', table.html())]
    assert min(wide[1:3]) * 17 / 100 >= width_cm("原文值", TYPE, bold=True) + PADDING
    assert wide[3] > 40


def test_a_table_gives_a_narrow_column_what_it_needs():
    rows = [Row(("Overall survival", "<0.001", "Survives all of the checks that were made"))] * 2
    table = Table(["Finding", "P value", "Conclusion"], rows, "C.", widths=[2, 0.2, 2])
    wide = [float(width) for width in re.findall(r'<col style="width:([\d.]+)%', table.html())]
    assert wide[1] * 17 / 100 >= width_cm("<0.001", TYPE)
    assert sum(wide) == pytest.approx(100, abs=0.2)
