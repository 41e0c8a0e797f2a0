"""Figures as pictures, against stored ones; the data behind each, exactly.

The inputs are real data, or frames kept in `reference/pictures`, so that a new synthetic cohort
changes nothing here. Fonts come with matplotlib and text is drawn without hinting; what is left
between machines is the last bit of anti-aliasing, far below TOLERANCE (root mean square of the
difference, 0 to 255). After a change that is meant:

    python -m pytest tests/test_pictures.py --mpl-generate-path=tests/reference/pictures
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cohortbook.analysis import cases, cox, survival
from cohortbook.analysis.flow import flow
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.flow import flow_figure
from cohortbook.display.figures.forest import forest_figure
from cohortbook.display.figures.imaging import imaging_figure
from cohortbook.display.figures.km import km_figure
from cohortbook.display.figures.safety import safety_butterfly_figure
from cohortbook.display.figures.spider import spider_figure
from cohortbook.display.figures.subgroups import subgroup_forest_figure
from cohortbook.display.figures.swimmer import swimmer_figure
from cohortbook.display.figures.waterfall import waterfall_figure

STORED = Path(__file__).parent / "reference" / "pictures"
TOLERANCE = 2.0
compared = pytest.mark.mpl_image_compare(
    baseline_dir="reference/pictures",
    tolerance=TOLERANCE,
    savefig_kwargs={"dpi": 60},
    style={},
    deterministic=True,
)


@pytest.fixture(scope="module")
def synthetic():
    return load_cohort("data/wei2026")


@pytest.fixture(scope="module")
def real():
    return load_cohort("data/hcc-cxcl17")


def numbers(name: str) -> pd.DataFrame:
    return pd.read_csv(STORED / f"{name}.csv", float_precision="round_trip")


def exactly(figure, frame: pd.DataFrame) -> None:
    """The figure's data are the frame's cells, every digit."""
    shown = figure.data[list(frame.columns)].reset_index(drop=True)
    for column in frame:
        one, other = shown[column].to_numpy(), frame[column].to_numpy()
        assert len(one) == len(other)
        same = (one == other) | (pd.isna(one) & pd.isna(other))
        assert np.all(same), column


@compared
def test_kaplan_meier(real):
    ends = list(real.study.endpoints)[:2]
    panels = [
        {
            "curves": survival.curves(real, end),
            "results": survival.survival(real, end),
            "risk": survival.risk_table(real, end, [0, 12, 24, 36, 48, 60]),
            "endpoint": end,
            "title": real.study.endpoints[end].label,
        }
        for end in ends
    ]
    figure = km_figure(panels, real.study)
    drawn = pd.concat([p["curves"][p["curves"]["group"] != "overall"] for p in panels])
    exactly(figure, drawn[["time", "survival", "conf_low", "conf_high", "n_risk"]])
    return figure.drawing


@compared
def test_forest(real):
    end = next(iter(real.study.endpoints))
    factors = cox.prognostic_factors(real, end)
    parts = [factors[factors["analysis"] == f"cox_{kind}variable"] for kind in ("uni", "multi")]
    figure = forest_figure(*parts, real.study, end)
    exactly(figure, pd.concat([part[part["statistic"] == "hr"] for part in parts]))
    return figure.drawing


@compared
def test_flow(real):
    frame = flow(real)
    figure = flow_figure(frame, real.study)
    exactly(figure, frame)
    return figure.drawing


@compared
def test_waterfall(synthetic):
    frame = numbers("waterfall")
    figure = waterfall_figure(frame, synthetic.study)
    exactly(figure, frame[frame["change"].notna()])
    return figure.drawing


@compared
def test_swimmer(synthetic):
    frame = numbers("swimmer")
    figure = swimmer_figure(frame, synthetic.study)
    exactly(figure, frame)
    return figure.drawing


@compared
def test_spider(synthetic):
    frame = numbers("spider")
    figure = spider_figure(frame, synthetic.study)
    exactly(figure, frame)
    return figure.drawing


@compared
def test_butterfly(synthetic):
    frame = pd.read_csv(
        STORED / "butterfly.csv", keep_default_na=False, na_values={"estimate": "", "n": ""}
    )
    figure = safety_butterfly_figure(frame, synthetic.study)
    drawn = frame[frame["level"].isin(["any", "severe"]) & (frame["statistic"] == "patients")]
    drawn = drawn.rename(columns={"estimate": "patients"})
    percent = 100 * drawn["patients"] / drawn["n"]
    exactly(figure, drawn[["term", "group", "level", "patients", "n"]].assign(percent=percent))
    return figure.drawing


@compared
def test_imaging(synthetic):
    case = cases.imaging_cases(synthetic)[1]
    figure = imaging_figure(case, synthetic.study)
    exactly(figure, case.panels)
    shown = [axes.images[0].get_array() for axes in figure.drawing.axes]
    assert len(shown) == len(case.pictures)
    for drawn, picture in zip(shown, case.pictures.values(), strict=True):
        assert np.array_equal(drawn, picture.pixels)  # none is finer than print
    return figure.drawing


@compared
def test_subgroup_forest(real):
    end = next(iter(real.study.endpoints))
    frame = cox.subgroup_effects(real, end)
    figure = subgroup_forest_figure(frame, real.study, end)
    exactly(figure, frame)
    return figure.drawing
