"""Forest plots, adverse events and the figures of robustness: drawn numbers equal the frames'."""

from __future__ import annotations

import itertools

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
from matplotlib.container import BarContainer

from cohortbook import formats
from cohortbook.analysis import cox, cox_checks
from cohortbook.analysis.safety import safety
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.balance import balance_figure
from cohortbook.display.figures.bootstrap import bootstrap_density_figure
from cohortbook.display.figures.forest import forest_figure
from cohortbook.display.figures.published import published_figure
from cohortbook.display.figures.rows import log_marks, mark_label
from cohortbook.display.figures.safety import safety_butterfly_figure
from cohortbook.display.figures.schoenfeld import schoenfeld_figure
from cohortbook.display.figures.specification import specification_curve_figure
from cohortbook.display.figures.subgroups import subgroup_forest_figure
from cohortbook.results import frame, pick, row

NAN = float("nan")


@pytest.fixture(scope="module", params=["data/wei2026", "data/hcc-cxcl17"])
def cohort(request):
    return load_cohort(request.param)


@pytest.fixture(scope="module")
def study():
    return load_cohort("data/wei2026").study


@pytest.fixture(scope="module")
def factors(cohort):
    return cox.prognostic_factors(cohort, "os")


def sides(results):
    return (pick(results, analysis="cox_univariable"), pick(results, analysis="cox_multivariable"))


def test_forest_draws_every_ratio_once_and_prints_it(cohort, factors):
    crude, adjusted = sides(factors)
    figure = forest_figure(crude, adjusted, cohort.study, "os")
    assert_sound(figure)
    told = pd.concat([crude, adjusted]).query("statistic == 'hr' and note != 'reference'")
    drawn = line_data(figure, "estimate")[:, 0]
    assert np.allclose(np.sort(drawn), np.sort(told["estimate"].dropna()))
    printed = [
        formats.ratio_interval(*r) for r in told[["estimate", "conf_low", "conf_high"]].to_numpy()
    ]
    assert sorted(words(figure, "hr")) == sorted(printed)
    assert sorted(words(figure, "p")) == sorted(map(formats.p_value, told["p_value"]))
    assert all(text in figure.alt for text in printed)
    assert words(figure, "label")[0] == "Age (per year)", "as in the table"


def test_forest_lines_run_from_limit_to_limit_within_the_axis(cohort, factors):
    crude, adjusted = sides(factors)
    figure = forest_figure(crude, adjusted, cohort.study, "os")
    ends = figure.drawing.axes[0].get_xlim()
    told = pd.concat([crude, adjusted]).query("statistic == 'hr' and note != 'reference'")
    told = told[np.isfinite(told["conf_low"])]
    drawn = [line.get_xdata() for line in named(figure, "interval")]
    expected = np.clip(told[["conf_low", "conf_high"]], *ends).to_numpy()
    assert np.allclose(np.sort(np.array(drawn), axis=0), np.sort(expected, axis=0))
    assert figure.drawing.axes[1].get_xlim() == ends
    assert ("arrowhead" in figure.caption) == bool(named(figure, "cut"))


def test_levels_coded_against_all_others_are_not_called_versus_the_reference(study):
    rows = [
        row(
            "cox_univariable",
            "hr",
            e,
            endpoint="os",
            term="cnlc",
            level=level,
            note=note,
            conf_low=e / 2,
            conf_high=e * 2,
            p_value=0.2,
        )
        for level, e, note in (("IIa", 1.0, "reference"), ("IIb", 1.4, ""), ("IIIb", 0.7, ""))
    ]
    figure = forest_figure(frame(rows), frame([]), study, "os")
    assert study.cox.univariable_coding == "indicator"
    assert words(figure, "label") == ["CNLC stage", "IIb", "IIIb"]
    assert "against all others" in figure.caption


def test_forest_with_extreme_and_missing_ratios_is_drawn(study):
    given = [(1e9, 1e-9, NAN), (NAN, NAN, NAN), (0.001, 1e-7, 200.0), (np.inf, 1.0, np.inf)]
    rows = [
        row(
            "cox_multivariable",
            "hr",
            e,
            conf_low=low,
            conf_high=high,
            endpoint="os",
            term="cnlc",
            level=f"L{i}",
        )
        for i, (e, low, high) in enumerate(given)
    ]
    figure = forest_figure(frame([]), frame(rows), study, "os")
    assert_sound(figure)
    assert named(figure, "cut") and "in an arrowhead go on" in figure.caption
    assert_sound(forest_figure(frame([]), frame([]), study, "os"))


def test_subgroup_forest_draws_the_effects_and_prints_interactions(cohort):
    results = cox.subgroup_effects(cohort, "os")
    figure = subgroup_forest_figure(results, cohort.study, "os")
    assert_sound(figure)
    ratios, tests = pick(results, statistic="hr"), pick(results, statistic="interaction")
    limits = figure.drawing.axes[0].get_xlim()
    inside = ratios["estimate"].between(*limits)
    drawn = line_data(figure, "estimate")[:, 0]
    assert np.allclose(np.sort(drawn), np.sort(ratios.loc[inside, "estimate"]))
    assert words(figure, "p")[-len(tests) :] == [formats.p_value(p) for p in tests["p_value"]]
    events = pick(results, statistic="events")
    assert words(figure, "counts") == [
        f"{e:.0f}/{n:.0f}" for e, n in events[["estimate", "n"]].to_numpy()
    ]
    other, reference = cohort.study.comparison_arm.label, cohort.study.reference.label
    side = "Favours" if cohort.study.compares_treatments else "Lower hazard:"
    assert words(figure, "favours") == [f"← {side} {other}", f"{side} {reference} →"]
    assert_sound(subgroup_forest_figure(results.iloc[:0], cohort.study, "os"))


def test_subgroups_say_why_they_have_no_ratio_and_no_test(cohort):
    results = cox.subgroup_effects(cohort, "os")
    known = results[results["estimate"].notna()]
    factor = known["term"][known["statistic"] == "interaction"].iloc[0]
    unknown = (known["term"] == factor) & known["statistic"].isin(["hr", "interaction"])
    lost = known.assign(
        estimate=known["estimate"].mask(unknown), note=known["note"].mask(unknown, "why")
    )
    caption = subgroup_forest_figure(lost, cohort.study, "os").caption
    assert caption.endswith(" Not estimable, or – for *P* interaction: why.")
    assert "Not estimable" not in subgroup_forest_figure(known, cohort.study, "os").caption


def test_butterfly_bars_are_the_percentages(study):
    cohort = load_cohort("data/wei2026")
    results = safety(cohort)
    figure = safety_butterfly_figure(results, study)
    assert_sound(figure)
    counts = pick(results, statistic="patients")
    for axes, code in zip(figure.drawing.axes, study.arm_codes, strict=True):
        for level in ("any", "severe"):
            found = [
                c for c in axes.containers if isinstance(c, BarContainer) and c.get_label() == level
            ]
            rows = counts[(counts["group"] == code) & (counts["level"] == level)]
            expected = 100 * rows["estimate"] / rows["n"]
            drawn = [patch.get_width() for patch in found[0].patches]
            assert np.allclose(sorted(drawn), sorted(expected))
    assert words(figure, "term")[-1] == "Any of these"
    one = counts[(counts["term"] == "Fatigue") & (counts["level"] == "any")].iloc[0]
    assert formats.n_percent(one["estimate"], one["n"]) in figure.alt


def test_butterfly_without_events_is_a_note(study):
    cohort = load_cohort("data/wei2026")
    results = safety(cohort)
    assert_sound(safety_butterfly_figure(results.iloc[:0], study))
    assert_sound(safety_butterfly_figure(results.assign(estimate=0.0), study))
    assert_sound(safety_butterfly_figure(results.assign(n=0.0, estimate=0.0), study))


def specifications(n_ties: int = 3) -> pd.DataFrame:
    rng, rows = np.random.default_rng(3), []
    sets = (
        ("breslow", "efron", "exact")[:n_ties],
        ("none", "all", "a rather long name " * 5),
        ("everyone", "evaluable only"),
        range(6),
    )
    for i, (ties, adjusted, patients, landmark) in enumerate(itertools.product(*sets)):
        e, se = np.exp(rng.normal(-0.6, 0.4)), rng.uniform(0.3, 0.6)
        rows.append(
            {
                "specification": i,
                "estimate": e,
                "conf_low": e * np.exp(-2 * se),
                "conf_high": e * np.exp(2 * se),
                "p_value": rng.uniform(0, 0.2),
                "primary": i == 7,
                "ties": ties,
                "adjusted_for": adjusted,
                "patients": patients,
                "landmark": landmark,
            }
        )
    return pd.DataFrame(rows)


def test_specification_curve_rises_and_shows_each_choice(study):
    table = specifications()
    table.loc[4, "estimate"] = NAN
    figure = specification_curve_figure(table, study)
    assert_sound(figure)
    drawn = named(figure, "estimate")[0].get_offsets()[:, 1]
    assert np.allclose(drawn, np.sort(table["estimate"].dropna()))
    assert line_data(figure, "primary")[0, 1] == table.loc[7, "estimate"]
    dots = sum(len(d.get_offsets()) for d in named(figure, "dots"))
    assert dots == 4 * (len(table) - 1)
    assert f"{len(table) - 1} estimates" in figure.alt
    assert f"main analysis gave {formats.ratio(table.loc[7, 'estimate'])}" in figure.alt
    assert "One specification could not" in figure.caption
    assert "combination of choices" in figure.caption
    numbers = ["specification", "estimate", "conf_low", "conf_high", "p_value", "primary"]
    sets = table[numbers].assign(age=True)
    assert "every set of covariates" in specification_curve_figure(sets, study).caption
    assert_sound(specification_curve_figure(table.iloc[:0], study))
    assert_sound(specification_curve_figure(pd.concat([table] * 10), study))


def test_bootstrap_panels_hold_the_draws_and_the_interval(study):
    rng = np.random.default_rng(1)
    draws = pd.DataFrame({"term": "OS", "value": np.exp(rng.normal(-1, 0.4, 800))})
    summary = pd.DataFrame(
        [
            {"term": "OS", "estimate": 0.39, "conf_low": 0.16, "conf_high": 0.98, "scale": "log"},
            {
                "term": "none drawn",
                "estimate": 1.0,
                "conf_low": NAN,
                "conf_high": NAN,
                "scale": "log",
            },
        ]
    )
    figure = bootstrap_density_figure(draws, summary, study)
    assert_sound(figure)
    heights = [patch.get_height() for patch in figure.drawing.axes[0].patches]
    assert 0.99 * 800 <= sum(heights) <= 800
    assert line_data(figure, "estimate")[0, 0] == 0.39
    assert sorted({x for x, _ in line_data(figure, "limit")}) == [0.16, 0.98]
    assert "0.390 (0.160–0.980)" in figure.alt
    assert words(figure, "told")[0] == "HR 0.390 (bootstrap 95% CI 0.160–0.980)"
    low, high = figure.drawing.axes[0].get_xlim()
    assert low < 1 < high, "no effect is always in sight"
    same = draws.assign(value=0.4)
    assert_sound(bootstrap_density_figure(same, summary.assign(scale="linear"), study))
    fewer = draws.iloc[:300].assign(term="none drawn")
    uneven = bootstrap_density_figure(pd.concat([draws, fewer]), summary, study)
    assert uneven.caption.startswith("Distribution of each estimate over 300 to 800 bootstrap s")
    assert_sound(bootstrap_density_figure(draws.iloc[:0], summary.iloc[:0], study))


def test_schoenfeld_panels_hold_residuals_smooth_and_p(study):
    rng, terms = np.random.default_rng(2), [("age", ""), ("cnlc", "IIb"), ("arm", "MWA+ICI")]
    points = pd.DataFrame(
        [
            {
                "term": t,
                "level": v,
                "time": x,
                "transformed": x / (x + 5),
                "residual": rng.normal(),
                "constant": 0.2,
            }
            for t, v in terms
            for x in range(1, 20)
        ]
    )
    smooth = points.assign(estimate=0.1, conf_low=-0.4, conf_high=0.6)
    tests = frame(
        [
            row("ph", "zph", 1.0, term=t, p_value=p)
            for t, p in (("age", 0.031), ("cnlc", 0.5), ("arm", 0.0002), ("GLOBAL", 0.04))
        ]
    )
    figure = schoenfeld_figure(points, smooth, tests, study)
    assert_sound(figure)
    assert_panels_stand_alone(figure, "Time (months)")
    assert np.array_equal(line_data(figure, "residual"), points[["transformed", "residual"]])
    assert words(figure, "p") == ["P = 0.031", "IIb, P = 0.500", "MWA + ICIs, P < 0.001"]
    assert "global test P = 0.040" in figure.alt
    assert_sound(schoenfeld_figure(points.iloc[:0], smooth.iloc[:0], tests.iloc[:0], study))
    assert_sound(schoenfeld_figure(points, smooth.iloc[:0], tests, study))


@pytest.mark.parametrize(
    ("limits", "room", "marks"),
    [
        ((0.02, 13), 3.7, [0.03, 0.1, 0.3, 1, 3, 10]),
        ((0.4, 4), 1.8, [0.5, 1, 2]),
        ((0.7, 1.4), 5, [0.8, 1, 1.2]),
        ((1e-6, 20), 8, [1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1, 1, 10]),
    ],
)
def test_marks_of_a_logarithmic_axis_are_a_regular_series(limits, room, marks):
    assert log_marks(limits, room) == marks
    assert [mark_label(mark) for mark in (1e-5, 0.001, 0.3)] == ["10⁻⁵", "0.001", "0.3"]


def test_schoenfeld_panels_of_a_study_are_sound_and_stand_alone(cohort):
    tests = cox.proportional_hazards(cohort, "os")
    figure = schoenfeld_figure(*cox_checks.schoenfeld(cohort, "os"), tests, cohort.study)
    assert_sound(figure)
    assert_panels_stand_alone(figure, "Time (months)")
    terms = {(r.term, r.level) for r in figure.data.itertuples()}
    assert len(figure.panels) == len(terms)


def test_balance_points_are_absolute_differences(study):
    table = pd.DataFrame(
        {
            "term": ["age", "sex", "ecog"],
            "level": ["", "F", "1"],
            "unweighted": [0.05, -0.42, NAN],
            "weighted": [-0.02, 0.11, NAN],
        }
    )
    figure = balance_figure(table, study)
    assert_sound(figure)
    assert line_data(figure, "unweighted")[:2, 0].tolist() == [0.42, 0.05]
    assert line_data(figure, "weighted")[:2, 0].tolist() == [0.11, 0.02]
    assert "1 of 2" in figure.caption
    assert_sound(balance_figure(table[["term", "unweighted"]], study))
    assert_sound(balance_figure(table.iloc[:0], study))


def published() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "key": "os/hr",
                "label": "OS",
                "quantity": "Hazard ratio",
                "scale": "log",
                "printed": 0.585,
                "printed_low": 0.155,
                "printed_high": 0.992,
                "recomputed": 0.392,
                "recomputed_low": 0.156,
                "recomputed_high": 0.984,
                "agrees": False,
            },
            {
                "key": "os/median",
                "label": "Median OS",
                "quantity": "Months",
                "scale": "linear",
                "printed": 11.0,
                "printed_low": NAN,
                "printed_high": NAN,
                "recomputed": 11.0,
                "recomputed_low": 9.1,
                "recomputed_high": NAN,
                "agrees": True,
            },
        ]
    )


def test_published_pairs_stand_at_their_values(study):
    figure = published_figure(published(), study)
    assert_sound(figure)
    assert line_data(figure, "estimate")[:, 0].tolist() == [0.585, 0.392, 11.0, 11.0]
    assert words(figure, "told") == ["0.585 → 0.392", "11.0 → 11.0"]
    assert "1 of 2 agree" in figure.caption
    assert figure.alt.count("differs") == 1
    assert_sound(published_figure(published().iloc[:0], study))
    assert_sound(published_figure(published()[["key", "printed", "recomputed", "agrees"]], study))


def test_the_same_frames_give_the_same_bytes(cohort, factors):
    def make(kind: int):
        if kind == 0:
            return forest_figure(*sides(factors), cohort.study, "os")
        if kind == 1:
            return specification_curve_figure(specifications(1), cohort.study)
        return published_figure(published(), cohort.study)

    for kind in range(3):
        assert_same_bytes(make(kind), make(kind))
