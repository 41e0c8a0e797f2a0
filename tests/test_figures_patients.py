"""Figures with a mark for each patient: drawn data, order, soundness at 52 and 227 patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from figure_checks import (
    assert_panels_stand_alone,
    assert_same_bytes,
    assert_sound,
    line_data,
    named,
    one_patient,
    words,
)
from matplotlib.container import BarContainer

from cohortbook.analysis.flow import flow
from cohortbook.analysis.lanes import lanes
from cohortbook.analysis.lesions import case_numbers, case_series, course, waterfall
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.cases import case_series_figure
from cohortbook.display.figures.flow import flow_figure
from cohortbook.display.figures.spider import spider_figure
from cohortbook.display.figures.swimmer import swimmer_figure
from cohortbook.display.figures.waterfall import waterfall_figure

MANY = 227


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/wei2026")


def many(table: pd.DataFrame, sort: list[str], ascending: list[bool]) -> pd.DataFrame:
    """The same patients over and over, 227 of them, in the order of the figure."""
    out = pd.concat([table] * 5, ignore_index=True).iloc[:MANY]
    return out.assign(number=range(1, MANY + 1)).sort_values(sort, ascending=ascending)


def bars(figure, label: str | None = None) -> list:
    found = [
        c
        for axes in figure.drawing.axes
        for c in axes.containers
        if isinstance(c, BarContainer) and (label is None or c.get_label() == label)
    ]
    return [patch for container in found for patch in container.patches]


def test_waterfall_bars_are_the_changes_in_order(cohort):
    table = waterfall(cohort)
    figure = waterfall_figure(table, cohort.study)
    assert_sound(figure)
    drawn = table.dropna(subset=["change"])
    assert [bar.get_height() for bar in bars(figure)] == drawn["change"].tolist()
    assert words(figure, "number") == drawn["number"].astype(str).tolist()
    for code in cohort.study.arm_codes:
        change = drawn.loc[drawn["arm"] == code, "change"]
        assert change.is_monotonic_decreasing
        assert f"{len(change)} patients from" in figure.alt
        assert f"{(change <= -30).sum()} at or below −30%" in figure.alt


def test_waterfall_at_227_patients_marks_what_is_cut(cohort):
    table = many(waterfall(cohort), ["arm", "change"], [True, False])
    table.iloc[0, table.columns.get_loc("change")] = 164.0
    figure = waterfall_figure(table, cohort.study)
    assert_sound(figure)
    assert max(bar.get_height() for bar in bars(figure)) == 100
    assert len(named(figure, "beyond")) == 1
    assert figure.data["beyond"].sum() == 1
    assert figure.data["change"].max() == 164
    assert "cut at 100%" in figure.caption


def test_waterfall_dots_are_the_progressions_by_new_lesion(cohort):
    table = waterfall(cohort)
    figure = waterfall_figure(table, cohort.study)
    worst = table[(table["new_lesion"] == 1) & (table["response"] == "PD")]
    assert len(named(figure, "new-lesion")) == len(worst)


def test_waterfall_without_any_change_is_a_note(cohort):
    table = waterfall(cohort).assign(change=np.nan)
    figure = waterfall_figure(table, cohort.study)
    assert_sound(figure)
    assert "nobody measured" in figure.alt


@pytest.mark.parametrize("size", ["small", "large"])
def test_swimmer_lanes_are_the_times_of_the_frame(cohort, size):
    table = lanes(cohort)
    if size == "large":
        order = table["arm"].map({c: i for i, c in enumerate(cohort.study.arm_codes)})
        table = many(table.assign(_a=order), ["_a", "end"], [True, False]).drop(columns="_a")
    figure = swimmer_figure(table, cohort.study)
    assert_sound(figure)
    assert [bar.get_width() for bar in bars(figure, "treatment")] == table["treatment"].tolist()
    for column in ("response_start", "response_end", "progression"):
        drawn = line_data(figure, column)[:, 0]
        assert np.array_equal(drawn, table[column], equal_nan=True)
    died = table["end"].where(table["died"] == 1)
    assert np.array_equal(line_data(figure, "death")[:, 0], died, equal_nan=True)
    assert len(line_data(figure, "ongoing")) == (table["ongoing"] == 1).sum()
    for code in cohort.study.arm_codes:
        rows = table[table["arm"] == code]
        assert f"{len(rows)} patients, {rows['response_start'].notna().sum()} with a resp" in (
            figure.alt
        )


def test_swimmer_without_response_or_progression_is_drawn(cohort):
    table = lanes(cohort)
    nothing = ["response_start", "response_end", "progression", "ongoing", "treatment"]
    figure = swimmer_figure(table.assign(**dict.fromkeys(nothing, np.nan)), cohort.study)
    assert_sound(figure)
    assert "Response starts" not in words(figure, "legend")
    assert_sound(swimmer_figure(table.iloc[:1], cohort.study))
    assert_sound(swimmer_figure(table.iloc[:0], cohort.study))


@pytest.mark.parametrize("folder", ["data/wei2026", "data/hcc-cxcl17"])
def test_flow_boxes_print_the_counts_of_the_frame(folder):
    cohort = load_cohort(folder)
    table = flow(cohort)
    figure = flow_figure(table, cohort.study)
    assert_sound(figure)
    boxes, items = (table[table["role"] == role] for role in ("box", "item"))
    assert sorted(t.rsplit("n = ")[1].rstrip(")") for t in words(figure, "head")) == sorted(
        boxes["n"].astype(str)
    )
    assert sorted(words(figure, "count")) == sorted(items["n"].astype(str))
    assert f"Included in the cohort {len(cohort)}" in figure.alt


def test_flow_with_screening_and_long_reasons_is_sound(cohort):
    reason = "Extrahepatic progression with more than three active tumours at screening " * 3
    before = pd.DataFrame(
        [
            {
                "box": "screened",
                "arm": "",
                "role": "box",
                "label": "Screened",
                "n": 143,
                "note": "",
            },
            {"box": "excluded", "arm": "", "role": "box", "label": "Excluded", "n": 91, "note": ""},
            {
                "box": "excluded",
                "arm": "",
                "role": "item",
                "label": reason,
                "n": 44,
                "note": "Doubt.",
            },
        ]
    )
    figure = flow_figure(pd.concat([before, flow(cohort)]), cohort.study)
    assert_sound(figure)
    assert "Doubt." in figure.caption
    assert "143" in figure.alt


def test_spider_lines_are_the_measurements(cohort):
    table = course(cohort)
    figure = spider_figure(table, cohort.study)
    assert_sound(figure)
    assert_panels_stand_alone(figure, "Time (months)")
    assert words(figure, "key") == ["Ablation"] * 2, "what the diamonds are, in each such panel"
    measured = table[table["kind"] == "measurement"]
    lines = named(figure, "patient")
    assert len(lines) == len(measured.groupby(["number", "measure"], observed=True))
    size = measured[measured["measure"] == "size"]
    drawn = np.concatenate([line.get_ydata() for line in lines])
    assert np.isin(size["change"].to_numpy(), drawn).all()
    marks = table[table["kind"] == "procedure"]
    assert len(line_data(figure, "procedure")) == len(marks)
    assert_sound(
        spider_figure(
            pd.concat(
                [
                    table.assign(number=table["number"] + 52 * k, change=table["change"] * (1 + k))
                    for k in range(4)
                ]
            ),
            cohort.study,
        )
    )


def test_spider_of_one_arm_letters_its_panels_in_turn(cohort):
    one = cohort.study.model_copy(update={"arms": cohort.study.arms[:1]})
    table = course(cohort)
    figure = spider_figure(table[table["arm"] == one.arms[0].code], one)
    assert list(figure.panels) == ["A", "B"]


def test_spider_without_measurements_or_with_one_kind_is_drawn(cohort):
    table = course(cohort)
    assert_sound(spider_figure(table.iloc[:0], cohort.study))
    assert_sound(spider_figure(table[table["measure"] == "marker"], cohort.study))
    zero = table.assign(value=0.0, change=np.nan)
    assert_sound(spider_figure(zero, cohort.study))


def test_case_series_is_one_patient_with_the_procedure_marked(cohort):
    table = one_patient(cohort)
    number = table["number"].iloc[0]
    figure = case_series_figure(table, cohort.study, letters="IJ")
    assert_sound(figure)
    for measure in ("size", "marker"):
        rows = table[(table["measure"] == measure) & (table["kind"] == "measurement")]
        assert np.array_equal(line_data(figure, measure), rows[["time", "value"]])
    time = table.loc[table["kind"] == "procedure", "time"].iloc[0]
    assert {line.get_xdata()[0] for line in named(figure, "procedure")} == {time}
    assert figure.drawing.axes[1].get_yscale() == "log"
    assert f"Patient {number}:" in figure.alt
    identifier = cohort.patients["patient_id"].iloc[number - 1]
    assert identifier not in figure.alt + figure.caption + figure.data.to_csv()


def test_case_series_of_one_point_or_none_is_drawn(cohort):
    table = one_patient(cohort)
    assert_sound(case_series_figure(table.iloc[:1], cohort.study))
    assert_sound(case_series_figure(table.iloc[:0], cohort.study))
    assert_sound(case_series_figure(table.assign(value=0.0), cohort.study))


def test_the_same_frames_give_the_same_bytes(cohort):
    for make, table in (
        (waterfall_figure, waterfall(cohort)),
        (swimmer_figure, lanes(cohort)),
        (flow_figure, flow(cohort)),
    ):
        assert_same_bytes(make(table, cohort.study), make(table, cohort.study))


@pytest.fixture(scope="module", params=["P", "Centre 7 / Ward <b> no. "], ids=["short", "long"])
def with_ids(cohort, request):
    """The cohort whose figures name patients by their ids, as the study file asks."""
    study = cohort.study.model_copy(
        update={
            "privacy": cohort.study.privacy.model_copy(update={"show_ids": True}),
            "measurements": cohort.study.measurements.model_copy(update={"cases": []}),
            "cases": [],
        }
    )
    renamed = {"patients": cohort.patients, "measurements": cohort.measurements}
    renamed = {
        name: table.assign(patient_id=request.param + table["patient_id"].str.removeprefix("P"))
        for name, table in renamed.items()
    }
    return replace(cohort, study=study, **renamed)


def test_ids_stand_in_figures_only_where_the_study_asks(cohort, with_ids):
    ids = set(with_ids.patients["patient_id"])
    bars_shown = waterfall_figure(waterfall(with_ids), with_ids.study)
    lanes_shown = swimmer_figure(lanes(with_ids), with_ids.study)
    number = case_numbers(with_ids)[0]
    case = case_series_figure(case_series(with_ids, number), with_ids.study)
    for figure in (bars_shown, lanes_shown, case):
        assert_sound(figure)
        assert "study number" not in figure.caption
    shown = [text.split("…")[0] for text in words(bars_shown, "number")]
    assert all(any(name.startswith(text) for name in ids) for text in shown)
    assert shown[0] not in words(waterfall_figure(waterfall(cohort), cohort.study), "number")
    ticks = [
        text.get_text() for axes in lanes_shown.drawing.axes for text in axes.get_yticklabels()
    ]
    assert any(name.startswith(ticks[0].split("…")[0]) for name in ids)
    assert number in ids
    assert number in case.alt
