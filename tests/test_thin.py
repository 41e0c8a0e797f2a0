"""Curves of very many patients look as they are and cost no more than the page can show."""

import numpy as np
import pandas as pd
import pytest

from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures import thin
from cohortbook.display.figures.spider import spider_figure
from cohortbook.display.figures.swimmer import swimmer_figure
from cohortbook.display.figures.waterfall import waterfall_figure
from cohortbook.stats import spread as points_of

N = 50_000


@pytest.fixture(scope="module")
def curve():
    """A curve of 50,000 steps with limits, one event or censoring at each."""
    rng = np.random.default_rng(5)
    event = rng.integers(0, 2, N).astype(float)
    survival = np.cumprod(1 - event / np.arange(N, 0, -1) * 0.9)
    return pd.DataFrame(
        {
            "time": np.sort(rng.uniform(0, 120, N)),
            "survival": survival,
            "conf_low": survival * 0.99,
            "conf_high": np.minimum(survival * 1.01, 1),
            "n_event": event,
            "n_censor": 1 - event,
            "n_risk": np.arange(N, 0, -1),
        }
    )


def at(curve, times, column):
    place = np.searchsorted(curve["time"], times, side="right") - 1
    return curve[column].to_numpy()[place]


def test_no_line_moves_by_more_than_a_place_of_the_page(curve):
    out = thin.thinned(curve, 120.0)
    assert len(out) < 4 * thin.COLUMNS
    times = out["time"].to_numpy()
    for column in thin.HEIGHTS:
        # at the steps kept the heights are the same; between them the curve stays in its place
        assert (at(curve, times, column) == out[column]).all()
        away = np.abs(at(curve, curve["time"], column) - at(out, curve["time"], column))
        assert away.max() <= 1 / thin.LINES
    gaps = np.diff(times)[np.diff(np.floor(times / 120 * thin.COLUMNS)) == 0]
    assert (gaps <= 120 / thin.COLUMNS).all()


def test_the_ends_and_the_numbers_of_events_and_censorings_stay(curve):
    out = thin.thinned(curve, 120.0)
    assert out["time"].iloc[0] == curve["time"].iloc[0]
    assert out["time"].iloc[-1] == curve["time"].iloc[-1]
    for count in ("n_event", "n_censor"):
        assert out[count].sum() == curve[count].sum()


def test_a_curve_of_few_steps_is_left_as_it_is(curve):
    few = curve.iloc[: thin.MOST_ROWS]
    assert thin.thinned(few, 120.0) is few


def test_of_very_many_marks_one_a_millimetre_is_kept(curve):
    kept = thin.marks(curve, 120.0)
    assert len(kept) <= thin.MARKS + 1
    assert (np.diff(np.floor(kept["time"] / 120 * thin.MARKS)) >= 1).all()
    few = curve.iloc[:100]
    assert len(thin.marks(few, 120.0)) == int((few["n_censor"] > 0).sum())


def test_points_that_cover_one_another_are_drawn_once_and_the_cloud_stays():
    rng = np.random.default_rng(3)
    points = pd.DataFrame({"x": rng.uniform(size=N), "y": rng.normal(size=N)})
    out = points_of.spread(points, "x", "y")
    assert len(out) < N / 2
    for name, steps in (("x", points_of.ACROSS), ("y", points_of.UP)):
        place = (points[name].max() - points[name].min()) / steps
        # whoever was left out has a neighbour that is drawn within a place
        assert abs(out[name].min() - points[name].min()) <= place
        assert abs(out[name].max() - points[name].max()) <= place
    few = points.head(100)
    assert points_of.spread(few, "x", "y") is few
    level = points_of.spread(points.assign(y=1.0), "x", "y")
    assert len(level) == pytest.approx(points_of.ACROSS, abs=1)


@pytest.fixture(scope="module")
def study():
    return load_cohort("data/wei2026").study


def arms_of(study, n):
    return np.repeat(study.arm_codes, [n // 4, n - n // 4])


def test_of_very_many_bars_those_are_drawn_that_keep_the_outline(study):
    rng = np.random.default_rng(2)
    change = rng.uniform(-100, 100, 20_000)
    table = pd.DataFrame(
        {
            "number": range(1, 20_001),
            "arm": arms_of(study, 20_000),
            "response": np.where(change < -30, "PR", "SD"),
            "change": change,
            "new_lesion": 0,
        }
    )
    table.loc[:99, "change"] = np.nan
    table = table.sort_values(["arm", "change"], ascending=[True, False])
    figure = waterfall_figure(table, study)
    assert f"Of 19,900 patients {len(figure.data)} are drawn" in figure.caption
    assert "100 patients are not shown" in figure.caption
    assert len(figure.data) <= thin.MOST_BARS + 2
    for code in study.arm_codes:
        full = table.loc[table["arm"] == code, "change"].dropna().to_numpy()
        drawn = figure.data.loc[figure.data["arm"] == code, "change"].to_numpy()
        assert len(drawn) / len(figure.data) == pytest.approx(len(full) / 19_900, abs=0.01)
        assert (drawn[0], drawn[-1]) == (full[0], full[-1])
        places = np.linspace(0, 1, len(full))
        moved = np.interp(places, np.linspace(0, 1, len(drawn)), drawn) - full
        assert np.abs(moved).max() < 1.5, "percentage points, of 200 on the axis"


def test_of_very_many_lanes_and_lines_as_many_as_can_be_read_are_drawn(study):
    n = 4000
    end = np.linspace(60, 1, n)
    nothing = dict.fromkeys(("response_start", "response_end", "progression"), np.nan)
    lanes = pd.DataFrame(
        {
            "number": range(1, n + 1),
            "arm": arms_of(study, n),
            "response": "",
            "treatment": end / 2,
            "ongoing": 0.0,
            **nothing,
            "end": end,
            "died": 1.0,
        }
    )
    figure = swimmer_figure(lanes, study)
    assert figure.data["arm"].value_counts().to_dict() == dict.fromkeys(
        study.arm_codes, thin.MOST_LANES
    )
    assert f"Of 4,000 patients {2 * thin.MOST_LANES} are drawn" in figure.caption
    assert figure.data["end"].max() == 60 and "3000 patients" in figure.alt

    change = np.r_[np.zeros(n), np.linspace(-90, 90, n)]
    course = pd.DataFrame(
        {
            "number": np.tile(lanes["number"], 2),
            "arm": np.tile(lanes["arm"], 2),
            "measure": "size",
            "kind": "measurement",
            "time": np.repeat([0.0, 3.0], n),
            "value": 50 + change / 2,
            "change": change,
        }
    )
    figure = spider_figure(course, study)
    assert figure.data["number"].nunique() == 2 * thin.MOST_LINES
    assert (figure.data["change"].min(), figure.data["change"].max()) == (-90, 90)
    assert f"Of 4,000 patients {2 * thin.MOST_LINES} are drawn" in figure.caption
