"""Baseline distributions: every value drawn, alike each time, whatever the values are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from figure_checks import assert_panels_stand_alone, assert_same_bytes, assert_sound, named, texts
from matplotlib.collections import PathCollection

from cohortbook.analysis.baseline import measured
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures import thin
from cohortbook.display.figures.distributions import distributions_figure


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/wei2026")


def dots(figure) -> list[float]:
    return [
        y
        for ax in figure.drawing.axes
        for points in ax.collections
        if isinstance(points, PathCollection)
        for y in points.get_offsets()[:, 1]
    ]


def test_each_dot_is_a_value_of_the_table(cohort):
    values = measured(cohort)
    age = values.loc[values["variable"] == "age", "value"]
    assert sorted(age) == sorted(cohort.patients["age"].dropna())
    figure = distributions_figure(values, cohort.study)
    assert_sound(figure)
    assert_panels_stand_alone(figure)
    assert np.allclose(sorted(dots(figure)), sorted(values["value"]))
    assert "On a logarithmic axis: AFP." in figure.caption


def test_a_long_name_is_whole_and_its_unit_stands_along_the_axis(cohort):
    real = load_cohort("data/hcc-cxcl17")
    figure = distributions_figure(measured(real), real.study)
    assert_panels_stand_alone(figure)
    shown = [text.get_text() for text in texts(figure)]
    assert "Peritumoral CXCL17" in shown and "Cells a field" in shown
    long = "Alanine aminotransferase at the first visit"
    variables = cohort.study.variables
    study = cohort.study.model_copy(
        update={
            "variables": variables | {"age": variables["age"].model_copy(update={"label": long})}
        }
    )
    figure = distributions_figure(measured(cohort), study)
    assert_sound(figure)
    assert long in " ".join(text.get_text() for text in texts(figure))


@pytest.mark.parametrize("further", [1, 3])
def test_names_of_more_than_two_arms_stand_apart(cohort, further):
    first = cohort.study.arms[0]
    others = [
        first.model_copy(update={"code": code, "label": f"Watchful waiting {code}"})
        for code in "xyz"[:further]
    ]
    study = cohort.study.model_copy(update={"arms": [*cohort.study.arms, *others]})
    values = measured(cohort)
    values["arm"] = np.resize(study.arm_codes, len(values))
    figure = distributions_figure(values, study)
    assert_sound(figure)
    names = [label for label in figure.drawing.axes[0].get_xticklabels() if label.get_text()]
    assert len(names) == 2 + further
    figure.drawing.canvas.draw()
    boxes = [label.get_window_extent() for label in names]
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_few_values_are_rows_of_dots_and_no_smooth_shape(cohort):
    values = measured(cohort)
    counts = values[values["variable"] == "tumours_value"]
    assert len(counts) == len(cohort.patients)
    figure = distributions_figure(counts, cohort.study)
    assert_sound(figure)
    assert sorted(dots(figure)) == sorted(counts["value"])
    assert len(named(figure, "median")) == len(cohort.study.arms)
    assert len(figure.drawing.axes[0].collections) == 2 * len(cohort.study.arms), "dots and median"
    assert "with the median alone" in figure.caption


def test_large_cohorts_have_no_dots(cohort):
    values = pd.concat([measured(cohort)] * 30)
    figure = distributions_figure(values, cohort.study)
    assert_sound(figure)
    assert dots(figure) == []
    assert "Each dot" not in figure.caption


def test_of_very_many_values_those_are_drawn_that_keep_the_shape(cohort, monkeypatch):
    rng = np.random.default_rng(8)
    arms = cohort.study.arm_codes
    values = pd.DataFrame(
        {
            "variable": "age",
            "arm": np.repeat(arms, [15_000, 45_000]),
            "value": np.r_[rng.normal(60, 8, 15_000), rng.gamma(9, 7, 45_000).round()],
        }
    )

    def outlines(figure):
        shapes = [shape for ax in figure.drawing.axes for shape in ax.collections]
        return [np.sort(shape.get_paths()[0].vertices, axis=0) for shape in shapes]

    thinned = distributions_figure(values, cohort.study)
    counts = thinned.data["arm"].value_counts()
    assert counts.to_dict() == dict.fromkeys(arms, thin.MOST_VALUES)
    for code, part in values.groupby("arm"):
        kept = thinned.data.loc[thinned.data["arm"] == code, "value"]
        assert kept.quantile([0, 0.25, 0.5, 0.75, 1]).to_numpy() == pytest.approx(
            part["value"].quantile([0, 0.25, 0.5, 0.75, 1]).to_numpy(), abs=0.01
        )
    monkeypatch.setattr(thin, "MOST_VALUES", len(values))
    whole = distributions_figure(values, cohort.study)
    for one, other in zip(outlines(thinned), outlines(whole), strict=True):
        # widths are shares of an arm's place, heights are years
        assert np.abs(one[:, 0] - other[:, 0]).max() < 0.005
        assert np.abs(one[:, 1] - other[:, 1]).max() < 0.01


def test_an_empty_arm_a_constant_and_no_value_are_drawn(cohort):
    values = measured(cohort)
    one_arm = values[values["arm"] == values["arm"].iloc[0]]
    for odd in (one_arm, values.assign(value=3.0), values.iloc[:1], values.iloc[:0]):
        assert_sound(distributions_figure(odd, cohort.study))


def test_the_same_values_give_the_same_bytes_and_leave_chance_alone(cohort):
    values = measured(cohort)
    np.random.seed(5)
    expected = np.random.random()
    np.random.seed(5)
    figures = [distributions_figure(values, cohort.study) for _ in range(2)]
    assert np.random.random() == expected
    assert_same_bytes(*figures)
