"""What stands in a figure, as data: the same for the same numbers, another for other numbers."""

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from cohortbook.display.drawing.artists import digest_of, drawn_data


def line(axes, change=0.0):
    axes.plot([0, 1, 2], [1, 2 + change, 3])


def bars(axes, change=0.0):
    axes.bar(["a", "b"], [3, 1 + change])


def points(axes, change=0.0):
    axes.scatter([1, 2, 3], [4, 5, 6 + change], c=[1, 2, 3])


def area(axes, change=0.0):
    axes.fill_between([0, 1], [0, 0], [1, 2 + change])


def picture(axes, change=0.0):
    axes.imshow(np.array([[1.0, 2.0], [3.0, 4.0 + change]]))


def pie(axes, change=0.0):
    axes.pie([1, 2 + change])


def errors(axes, change=0.0):
    axes.errorbar([1, 2], [3, 4], yerr=[1, 1 + change])


def words(axes, change=0.0):
    axes.annotate(f"n = {7 + change:g}", (0, 0), xytext=(1, 1), arrowprops={"arrowstyle": "->"})


def colours(axes, change=0.0):
    axes.scatter([1, 2], [3, 4], c=[1, 2 + change])


ALL = (line, bars, points, area, picture, pie, errors, words, colours)


def drawn(draw, change=0.0, **how):
    figure = Figure(**how)
    draw(figure.subplots(), change)
    return figure


@pytest.mark.parametrize("draw", ALL)
def test_the_same_numbers_give_the_same_whatever_size_font_and_whether_it_was_drawn(draw):
    plain = digest_of(drawn(draw))
    large = drawn(draw, figsize=(11, 3), dpi=300)
    with matplotlib.rc_context({"font.size": 17, "font.family": "serif"}):
        large.draw_without_rendering()
        assert digest_of(large) == plain == digest_of(large)


@pytest.mark.parametrize("draw", ALL)
def test_one_other_number_gives_another(draw):
    assert digest_of(drawn(draw)) != digest_of(drawn(draw, 0.001))


def test_how_a_sum_was_rounded_does_not_count():
    assert digest_of(drawn(line)) == digest_of(drawn(line, 4e-15))


def test_labels_titles_and_legends_count():
    def named(**how):
        figure = drawn(line)
        axes = figure.axes[0]
        axes.set(**how)
        return digest_of(figure)

    found = {named(), named(title="T"), named(xlabel="x"), named(ylabel="y"), named(ylabel="z")}
    assert len(found) == 5


def test_points_are_given_in_the_units_of_the_data():
    found = drawn_data(drawn(bars))
    patches = found[found["kind"] == "patch"]
    assert patches["y"].max() == 3 and patches["y"].min() == 0
    assert "a, b" in set(found["text"])


def test_missing_values_and_dates_can_be_drawn():
    figure = Figure()
    axes = figure.subplots()
    axes.plot(np.array(["2024-01-01", "2024-02-01"], dtype="datetime64[D]"), [1, np.nan])
    axes.plot(np.ma.masked_greater([1.0, 9.0], 5), [1, 2])
    found = drawn_data(figure)
    assert found[found["kind"] == "line"]["y"].isna().sum() == 1
    assert found[found["kind"] == "line"]["x"].isna().sum() == 1
    assert digest_of(Figure())
