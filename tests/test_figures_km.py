"""Kaplan-Meier figures: what is drawn equals the frames; nothing overlaps, whatever the cohort."""

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
    words,
)
from tiny import edit, study_folder

from cohortbook import formats
from cohortbook.analysis import survival
from cohortbook.analysis.small_cells import withhold_panels
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.drawing.place import Box, Steps
from cohortbook.display.figures import km
from cohortbook.display.figures.km import km_figure
from cohortbook.display.sentences.survival import by_arm as survival_by_arm
from cohortbook.display.tables.survival import median_table
from cohortbook.results import one

STUDIES = {"wei2026": "data/wei2026", "hcc": "data/hcc-cxcl17"}


@pytest.fixture(scope="module", params=STUDIES)
def cohort(request):
    return load_cohort(STUDIES[request.param])


def panel(cohort, endpoint: str, by_arm: bool = True, **changes) -> dict:
    ticks = survival.tick_months(cohort, endpoint)
    return {
        "curves": survival.curves(cohort, endpoint, by_arm),
        "risk": survival.risk_table(cohort, endpoint, ticks, by_arm),
        "results": survival.survival(cohort, endpoint),
        "endpoint": endpoint,
        "population": cohort.population,
        "by_arm": by_arm,
        "title": endpoint.upper(),
    } | changes


def four(cohort) -> list[dict]:
    first, second = list(cohort.study.endpoints)[:2]
    return [
        panel(cohort, first, False),
        panel(cohort, second, False),
        panel(cohort, first),
        panel(cohort, second),
    ]


def test_one_to_four_panels_are_sound(cohort):
    panels = four(cohort)
    for n in (1, 3, 4):
        figure = km_figure(panels[-n:], cohort.study)
        assert_sound(figure)
        if n > 1:
            assert_panels_stand_alone(figure, "Time (months)")
        assert set(figure.data["panel"]) == set("ABCD"[:n])


def test_steps_bands_and_censor_marks_are_those_of_the_frame(cohort):
    given = panel(cohort, "os")
    figure = km_figure([given], cohort.study)
    for place, code in enumerate(cohort.study.arm_codes):
        curve = given["curves"][given["curves"]["group"] == code]
        drawn = line_data(figure, f"curve-{place}")
        assert np.array_equal(drawn, curve[["time", "survival"]] * [1, 100])
        marks = line_data(figure, f"censored-{place}")
        assert np.array_equal(marks[:, 0], curve.loc[curve["n_censor"] > 0, "time"])
        band = named(figure, f"band-{place}")[0].get_paths()[0].vertices[:, 1]
        limits = curve[["conf_low", "conf_high"]].to_numpy() * 100
        assert np.isclose(band.min(), np.nanmin(limits))
        assert np.isclose(band.max(), np.nanmax(limits))


def test_the_table_stands_under_its_ticks_and_holds_the_counts(cohort):
    given = panel(cohort, "os")
    figure = km_figure([given], cohort.study)
    axes = figure.drawing.axes[0]
    ticks = axes.get_xticks()
    for place, code in enumerate(cohort.study.arm_codes):
        rows = given["risk"][given["risk"]["group"] == code].set_index("time")
        for column in ("n_risk", "n_censored", "n_events"):
            cells = named(figure, f"{column}-{place}")
            assert [cell.get_text() for cell in cells] == [
                f"{rows.loc[t, column]:.0f}" for t in ticks
            ]
            under = axes.transData.transform([(t, 0) for t in ticks])[:, 0]
            at = [cell.get_transform().transform(cell.get_position())[0] for cell in cells]
            assert np.allclose(under, at, atol=0.01)


def test_corner_and_alternative_text_say_the_result(cohort):
    given = panel(cohort, "os")
    figure = km_figure([given], cohort.study)
    hr = one(given["results"], statistic="hr")
    test = one(given["results"], statistic="logrank")
    corner = words(figure, "comparison")
    assert formats.ratio(hr["estimate"]) in corner[0]
    assert formats.ratio(hr["conf_high"]) in corner[0]
    assert corner[1] == f"Log-rank {formats.p_equals(test['p_value'], 'P')}"
    for code in cohort.study.arm_codes:
        median = one(given["results"], statistic="median", group=code)
        assert f"{cohort.study.arm_label(code)} median {formats.months(median['estimate'])}" in (
            figure.alt
        )
        assert f"{median['n_events']:.0f} events in {median['n']:.0f} patients" in figure.alt
    assert formats.ratio(hr["estimate"]) in figure.alt


def test_a_comparison_too_wide_for_any_free_place_is_broken_rather_than_laid_over_a_curve():
    late = Steps([0, 2.8, 3.2, 3.8, 4.2], [4.0, 3.3, 2.6, 1.4, 0.1])
    early = Steps([0, 0.6, 1.0, 1.8, 2.4, 4.8], [4.0, 3.2, 2.5, 1.4, 0.8, 0.3])
    plot, text = Box(0.1, 0.05, 6, 4), ["HR 7.788 (95% CI 5.090–11.91)", "Log-rank P < 0.001"]
    words_shown, box = km._roomiest(text, plot, [late, early], [], [])
    assert words_shown == ["HR 7.788", "(95% CI 5.090–11.91)", "Log-rank P < 0.001"]
    assert not any(line.meets(box) for line in (late, early))
    level = [Steps([0, 6.1], [height, height]) for height in (0.5, 1.2, 1.9, 2.6, 3.4)]
    assert not any(line.meets(km._roomiest(text, plot, level, [], [])[1]) for line in level)


def test_the_caption_tells_panels_of_one_title_apart(cohort):
    caption = km_figure(four(cohort), cohort.study).caption
    name = next(iter(cohort.study.endpoints)).upper()
    assert f"(A) {name}, all patients together." in caption
    assert f"(C) {name}, by arm." in caption
    assert "by arm" not in km_figure(four(cohort)[2:], cohort.study).caption


def test_medians_that_were_reached_have_a_line_and_no_others(cohort):
    given = panel(cohort, "os")
    figure = km_figure([given], cohort.study)
    for place, code in enumerate(cohort.study.arm_codes):
        median = one(given["results"], statistic="median", group=code)["estimate"]
        lines = named(figure, f"median-{place}")
        if np.isnan(median):
            assert not lines
        else:
            assert lines[0].get_xdata()[0] == median


def test_arms_have_the_colours_of_the_study_file(cohort):
    figure = km_figure([panel(cohort, "os")], cohort.study)
    for place, code in enumerate(cohort.study.arm_codes):
        color = next(arm.color for arm in cohort.study.arms if arm.code == code)
        assert named(figure, f"curve-{place}")[0].get_color() == color
        assert named(figure, "heading")[place].get_color() == color


def test_the_same_frames_give_the_same_bytes(cohort):
    assert_same_bytes(*(km_figure([panel(cohort, "os")], cohort.study) for _ in range(2)))


def test_synthetic_data_say_so(cohort):
    figure = km_figure([panel(cohort, "os")], cohort.study)
    shown = [text.get_text() for text in figure.drawing.texts]
    assert ("Synthetic data" in shown) == cohort.study.synthetic


def test_subgroups_are_sound(cohort):
    for subgroup in cohort.study.subgroups:
        part = cohort.subgroup(subgroup)
        assert_sound(km_figure([panel(part, e) for e in cohort.study.endpoints], cohort.study))


def variant(cohort, **columns):
    return replace(cohort, patients=cohort.patients.assign(**columns))


def test_no_events_one_event_and_an_empty_arm_are_drawn(cohort):
    nobody = variant(cohort, os_event=0.0)
    assert_sound(km_figure([panel(nobody, "os")], cohort.study))
    one_event = variant(cohort, os_event=[1.0] + [0.0] * (len(cohort) - 1))
    assert_sound(km_figure([panel(one_event, "os")], cohort.study))
    code = cohort.study.arm_codes[0]
    single = replace(cohort, patients=cohort.patients[cohort.patients["arm"] == code])
    given = panel(single, "os", results=survival.survival(cohort, "os").iloc[:0])
    figure = km_figure([given], cohort.study)
    assert_sound(figure)
    assert len(words(figure, "heading")) == 1
    empty = given | {"curves": given["curves"].iloc[:0], "risk": given["risk"].iloc[:0]}
    assert_sound(km_figure([empty], cohort.study))


def test_ticks_are_thinned_before_numbers_meet(cohort):
    given = panel(cohort, "os")
    longest = given["curves"]["time"].max()
    ticks = list(np.linspace(0, longest, 60).round(2))
    risk = survival.risk_table(cohort, "os", ticks)
    risk[["n_risk", "n_events"]] += 123456
    assert_sound(km_figure([given | {"risk": risk}], cohort.study))


def test_a_missing_result_leaves_the_corner_empty(cohort):
    given = panel(cohort, "os")
    figure = km_figure([given | {"results": given["results"].iloc[:0]}], cohort.study)
    assert words(figure, "comparison") == []
    assert isinstance(figure.data, pd.DataFrame)


def test_an_abbreviation_keeps_its_capitals_in_the_caption(cohort):
    endpoints = {
        name: spec.model_copy(update={"label": "GFS"})
        for name, spec in list(cohort.study.endpoints.items())[:1]
    }
    study = cohort.study.model_copy(update={"endpoints": endpoints})
    named_so = replace(cohort, study=study)
    figure = km_figure([panel(named_so, next(iter(endpoints)))], study)
    assert "estimates of GFS." in figure.caption


def follow(tmp_path, rows: str, **settings) -> object:
    """A cohort of two arms, C and T, from lines of arm, months and death."""
    folder = study_folder(tmp_path / "given")
    lines = [f"{i},{line}" for i, line in enumerate(rows.split(), 1)]
    (folder / "patients.csv").write_text("\n".join(["patient_id,arm,months,dead", *lines]) + "\n")
    edit(
        folder,
        lambda raw: raw.update(
            variables={},
            arms=[
                {"code": "C", "label": "Control", "color": "#2F6DB5"},
                {"code": "T", "label": "Treated", "color": "#C8372D"},
            ],
            reference_arm="C",
            endpoints={
                "os": {
                    "label": "Overall survival",
                    "short": "OS",
                    "time": "months",
                    "event": "dead",
                }
            },
            **settings,
        ),
    )
    return load_cohort(folder)


AT_ZERO = "C,0,1 C,0,1 C,4,0 C,6,1 T,3,1 T,5,0 T,8,1 T,9,0"


def test_events_at_time_0_are_a_drop_from_100_percent_which_the_table_tells(tmp_path):
    cohort = follow(tmp_path, AT_ZERO)
    figure = km_figure(
        [survival.km_panel(cohort, "os"), survival.km_panel(cohort, "os", False)], cohort.study
    )
    assert_sound(figure)
    overall = line_data(figure, "curve-overall")
    assert overall[:2].tolist() == [[0, 100], [0, 75]]
    assert line_data(figure, "curve-0")[:2].tolist() == [[0, 100], [0, 50]]
    assert line_data(figure, "curve-1")[0].tolist() == [0, 100]
    first = {
        label: words(figure, label)[0]
        for label in ("n_risk-overall", "n_events-overall", "n_risk-0", "n_events-0", "n_events-1")
    }
    assert first == {
        "n_risk-overall": "8",
        "n_events-overall": "2",
        "n_risk-0": "4",
        "n_events-0": "2",
        "n_events-1": "0",
    }
    assert "Events at time 0 are drawn as a fall at 0" in figure.caption
    # the curve that R's survfit gives: 0.75, 0.625, 0.41667, 0.20833 at 0, 3, 6, 8
    table = survival.curves(cohort, "os", by_arm=False)
    falls = table[table["n_event"] > 0]
    assert falls["time"].tolist() == [0, 3, 6, 8]
    assert falls["survival"].tolist() == pytest.approx([0.75, 0.625, 0.625 * 2 / 3, 0.625 / 3])


def test_a_curve_without_an_event_at_time_0_starts_with_one_point(tmp_path):
    cohort = follow(tmp_path, AT_ZERO.replace("0,1", "0,0"))
    table = survival.curves(cohort, "os", by_arm=False)
    assert table["time"].tolist()[:2] == [0, 3] and table["n_censor"].iloc[0] == 2
    figure = km_figure([survival.km_panel(cohort, "os")], cohort.study)
    assert "time 0" not in figure.caption


def test_fewer_events_at_time_0_than_may_be_shown_are_no_drop(tmp_path):
    cohort = follow(tmp_path, AT_ZERO + " T,2,1 C,2,1 C,3,1", privacy={"smallest_count": 5})
    (panel,) = withhold_panels([survival.km_panel(cohort, "os", False)], cohort)
    assert panel["curves"]["survival"].iloc[0] == 1  # two died at 0, which would be told by 0.82
    assert panel["curves"]["survival"].iloc[1] < 0.6
    assert "n_events" not in panel["risk"]


@pytest.mark.parametrize(("preset", "want"), [("r", 9.0), ("spss", 9.0)])
def test_the_median_of_a_curve_that_ends_on_one_half_is_the_same_everywhere(tmp_path, preset, want):
    rows = "C,2,1 C,9,1 C,13,0 C,18,0 T,2,1 T,9,1 T,13,0 T,40,0"  # R 4.2.2 prints 9
    cohort = follow(tmp_path, rows, statistics={"preset": preset})
    results = survival.survival(cohort, "os")
    medians = results[(results["statistic"] == "median")]
    assert medians["estimate"].tolist() == [want] * 3
    figure = km_figure([survival.km_panel(cohort, "os")], cohort.study)
    assert [text.split(" (")[0] for text in words(figure, "median")] == ["median 9.0 months"] * 2
    assert line_data(figure, "median-0")[:, 0].tolist() == [9, 9]
    assert "median 9.0 months" in figure.alt
    table = median_table(results, cohort.study).text()
    assert "9.0 (" in table and "13.5" not in table and "24.5" not in table
    assert "9.0 months" in survival_by_arm(results, cohort.study)


@pytest.mark.parametrize(
    ("bands", "medians"), [(True, True), (False, True), (True, False), (False, False)]
)
def test_the_caption_names_what_was_drawn_and_nothing_else(cohort, bands, medians):
    figure = km_figure([panel(cohort, "os")], cohort.study, bands=bands, medians=medians)
    assert ("haded areas" in figure.caption) == bands == bool(named(figure, "band-0"))
    assert ("roken lines" in figure.caption) == medians == bool(named(figure, "half"))
    assert "ertical ticks are censored patients" in figure.caption
    everybody = variant(cohort, os_event=[1.0] * len(cohort))
    assert "ticks" not in km_figure([panel(everybody, "os")], cohort.study).caption


def test_the_caption_names_no_ratio_that_is_not_written(cohort):
    given = panel(cohort, "os")
    figure = km_figure([given | {"results": given["results"].iloc[:0]}], cohort.study)
    assert "Hazard ratio" not in figure.caption and "*P*" not in figure.caption
