"""Labels that are too long for a figure stay apart, with their direction and unit."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import tiny
from figure_checks import assert_sound, texts, words

import cohortbook
from cohortbook.analysis import cox, survival
from cohortbook.analysis.baseline import measured
from cohortbook.analysis.lanes import lanes
from cohortbook.analysis.lesions import course, waterfall
from cohortbook.analysis.safety import safety
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.drawing import letters
from cohortbook.display.drawing.canvas import Labels, clean, width_cm
from cohortbook.display.drawing.shorten import ELLIPSIS, could_be, shortened
from cohortbook.display.figures.balance import balance_figure
from cohortbook.display.figures.bootstrap import bootstrap_density_figure
from cohortbook.display.figures.distributions import distributions_figure
from cohortbook.display.figures.forest import forest_figure
from cohortbook.display.figures.km import km_figure
from cohortbook.display.figures.published import published_figure
from cohortbook.display.figures.safety import safety_butterfly_figure
from cohortbook.display.figures.schoenfeld import schoenfeld_figure
from cohortbook.display.figures.specification import specification_curve_figure
from cohortbook.display.figures.spider import spider_figure
from cohortbook.display.figures.subgroups import subgroup_forest_figure
from cohortbook.display.figures.sweep import sweep_forest_figure
from cohortbook.display.figures.swimmer import swimmer_figure
from cohortbook.display.figures.waterfall import waterfall_figure
from cohortbook.study.model import LONGEST_LABEL, _short

FAMILIES = {
    "end": "Lenvatinib 8 or 12 mg once daily, with transarterial chemoembolisation number {}",
    "one middle letter": "Lenvatinib 8 or 12 mg once daily of batch {} with chemoembolisation too",
    "beginning": "{} of lenvatinib 8 or 12 mg once daily with transarterial chemoembolisation",
    "one word": "Transarterialchemoembolisation{}withlenvatiniboncedailyuntilprogression",
    "Chinese": "接受仑伐替尼每日一次八毫克或十二毫克联合经动脉化疗栓塞治疗的患者第{}组无其他治疗",
    "digits": "Cluster of differentiation, marker number 10000000000000000000000000000000{}",
}
ROOMS = (6.0, 4.0, 3.0, 2.05, 1.5)


def family(pattern: str, n: int = 8) -> list[str]:
    return [
        pattern.format("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i] if "digits" not in pattern else i)
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/wei2026")


@pytest.mark.parametrize("pattern", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("n", [2, 8])
def test_labels_that_are_alike_stay_apart_in_any_room(pattern, n):
    names = family(pattern, n)
    labels = Labels(*names)
    for room in ROOMS:
        shown = [labels.fit(name, room, 7) for name in names]
        assert len(set(shown)) == n, (room, shown)
        assert all(width_cm(form, 7) <= room + 1e-9 for form in shown)
        for name, form in zip(names, shown, strict=True):
            if "[" not in form:
                assert [full for full in names if could_be(form, clean(full))] == [name]
    told = labels.caption
    assert all(name in told for name in names)  # in full


def test_what_fits_is_left_as_it_is_and_nothing_is_told():
    labels = Labels("Control", "Treated")
    assert labels.fit("Control", 3.0, 7) == "Control"
    assert labels.fit("Age", 3.0, 7, tail=" (years)") == "Age (years)"
    assert labels.caption == ""


def test_a_short_text_is_no_form_of_a_longer_one():
    names = ["Lenvatinib", "Lenvatinib with transarterial chemoembolisation and ablation"]
    labels = Labels(*names)
    shown = [labels.fit(name, 2.5, 7) for name in names]
    assert shown[0] == names[0] and shown[1] != shown[0]
    assert could_be(shown[1], names[1]) and not could_be(shown[1], names[0])


def test_without_a_form_of_its_own_a_text_gets_a_number_that_the_caption_explains():
    names = ["x" * 60, "x" * 61, "x" * 62]
    labels = Labels(*names)
    shown = [labels.fit(name, 2.0, 7) for name in names]
    assert [form[-3:] for form in shown] == ["[1]", "[2]", "[3]"]
    assert names[2] in labels.caption
    assert shortened(names[0], 2.0, lambda text: width_cm(text, 7), names) is None


def test_texts_that_differ_in_letters_without_a_glyph_are_told_apart_by_a_number():
    names = ["\U000f0000 arm", "\U000f0001 arm"]
    labels = Labels(*names)
    shown = [labels.fit(name, 5.0, 7) for name in names]
    assert shown == [f"{letters.MISSING_GLYPH} arm [{i}]" for i in (1, 2)]
    assert "[1\\]” is" in labels.caption and names[1] in labels.caption


def test_direction_and_unit_are_kept_however_little_room_there_is():
    names = family(FAMILIES["end"], 2)
    labels = Labels(*names)
    for room in (6.0, 4.0, 3.0):
        both = [labels.fit(names[i], room, 7, against=names[1 - i]) for i in (0, 1)]
        assert both[0] != both[1] and all(" vs " in text for text in both)
        left, right = both[0].split(" vs ")
        assert could_be(left, names[0]) and could_be(right, names[1])
        unit = labels.fit(names[0], room, 7, tail=" (per 10 ng/ml)")
        assert unit.endswith(" (per 10 ng/ml)") and width_cm(unit, 7) <= room + 1e-9
    lead = labels.fit(names[0], 4.0, 7, lead="Favours ")
    assert lead.startswith("Favours ") and width_cm(lead, 7) <= 4.0


def test_lines_are_broken_before_a_text_is_shortened_in_its_middle():
    labels = Labels("One word and another", "无" * 60)
    assert labels.wrap("One word and another", 2.0, 7, 2) == ["One word and", "another"]
    lines = labels.wrap("无" * 60, 4.0, 7, 2)  # no space to break at
    assert len(lines) == 2 and all(width_cm(line, 7) <= 4.0 for line in lines)


def test_a_label_of_a_novel_keeps_both_its_ends():
    long = [f"{'word ' * 60}{end}" for end in ("alone", "with ablation")]
    kept = [_short(text) for text in long]
    assert kept[0] != kept[1] and all(len(text) <= LONGEST_LABEL for text in kept)
    assert _short("a" * LONGEST_LABEL) == "a" * LONGEST_LABEL


def alike(cohort, pattern: str):
    """The study with arms, variables, levels, categories and endpoints that begin and end alike."""
    study, number = cohort.study, iter(range(10**6))

    def name() -> dict[str, str]:
        return {"label": pattern.format(f"{next(number):03d}")}

    variables = {
        key: variable.model_copy(
            update=name()
            | {"levels": [level.model_copy(update=name()) for level in variable.levels]}
        )
        for key, variable in study.variables.items()
    }
    response = study.response.model_copy(
        update={"categories": [c.model_copy(update=name()) for c in study.response.categories]}
    )
    return study.model_copy(
        update={
            "arms": [arm.model_copy(update=name()) for arm in study.arms],
            "variables": variables,
            "response": response,
        }
    )


def drawn(cohort, study):
    """Figures with many labels, and the name of the texts that must differ within each."""
    factors = cox.prognostic_factors(cohort, "os")
    events = safety(cohort)
    pattern = study.arms[0].label
    other = events["term"] != "any_term"
    events["term"] = events["term"].where(~other, pattern + events["term"])
    given = {
        "curves": survival.curves(cohort, "os"),
        "results": survival.survival(cohort, "os"),
        "risk": survival.risk_table(cohort, "os", [0, 12, 24]),
        "endpoint": "os",
    }
    yield (
        forest_figure(
            factors[factors["analysis"] == "cox_univariable"],
            factors[factors["analysis"] == "cox_multivariable"],
            study,
            "os",
        ),
        "label",
    )
    yield subgroup_forest_figure(cox.subgroup_effects(cohort, "os"), study, "os"), "label"
    yield km_figure([given], study), "heading"
    yield km_figure([given], study), "name"
    yield waterfall_figure(waterfall(cohort), study), "legend"
    yield safety_butterfly_figure(events, study), "term"
    yield swimmer_figure(lanes(cohort), study), None
    yield spider_figure(course(cohort), study), None
    yield distributions_figure(measured(cohort), study), None


@pytest.mark.parametrize("family_name", ["end", "one middle letter", "one word", "Chinese"])
def test_no_two_labels_of_a_figure_look_alike(cohort, family_name):
    study = alike(cohort, FAMILIES[family_name])
    for figure, label in drawn(cohort, study):
        assert_sound(figure)
        shown = words(figure, label) if label else []
        assert len(shown) == len(set(shown)), (label, shown)
        cut = [text.get_text() for text in texts(figure) if ELLIPSIS in text.get_text()]
        assert bool(cut) == ("Shortened here" in figure.caption)
        told = figure.caption.replace("\\", "")
        for text in cut:
            form = re.sub(r"^(Favours|Lower hazard:|[←→]) ?(Favours |Lower hazard: )?", "", text)
            form = re.split(r" vs | \((?:per|n =)| →|, P ", form)[0]
            assert form.split(" (")[0] in told, (text, told)


def test_the_forest_keeps_reference_and_unit(cohort):
    study = alike(cohort, FAMILIES["end"])
    factors = cox.prognostic_factors(cohort, "os")
    figure = forest_figure(
        factors[factors["analysis"] == "cox_univariable"],
        factors[factors["analysis"] == "cox_multivariable"],
        study,
        "os",
    )
    shown = words(figure, "label")
    plain = words(
        forest_figure(
            factors[factors["analysis"] == "cox_univariable"],
            factors[factors["analysis"] == "cox_multivariable"],
            cohort.study,
            "os",
        ),
        "label",
    )
    assert [" vs " in text for text in shown] == [" vs " in text for text in plain]
    units = [re.search(r" \([^()]*\)$", text) for text in plain]
    assert any(units)
    assert [m[0] if m else "" for m in units] == [
        (re.search(r" \([^()]*\)$", text) or [""])[0] for text in shown
    ]


def frames_of(names: list[str], study):
    """Figures made of plain frames, with the name of their labels."""
    n = len(names)
    ratios = pd.DataFrame({"estimate": 1.0 + np.arange(n), "conf_low": 0.5, "conf_high": 20.0})
    yield (
        balance_figure(pd.DataFrame({"term": names, "unweighted": np.arange(n) / 10}), study),
        "label",
    )
    yield (
        published_figure(
            pd.DataFrame({"key": names, "printed": 1.0, "recomputed": 1.0, "agrees": True}), study
        ),
        "label",
    )
    yield (
        specification_curve_figure(
            ratios.assign(specification=range(n), p_value=0.2, primary=False, endpoint=names), study
        ),
        "choice",
    )
    draws = pd.DataFrame({"term": np.repeat(names, 50), "value": np.tile(np.arange(1, 51), n)})
    yield bootstrap_density_figure(draws, ratios.assign(term=names), study), None
    results = {
        name: pd.DataFrame(
            [
                {
                    "analysis": "survival",
                    "statistic": "hr",
                    "group": "difference",
                    "estimate": 0.5,
                    "conf_low": 0.3,
                    "conf_high": 0.9,
                    "n": 20,
                    "n_events": 10,
                }
            ]
        )
        for name in names
    }
    yield sweep_forest_figure(results, study), "point"


@pytest.mark.parametrize("family_name", FAMILIES)
def test_rows_of_other_figures_do_not_look_alike(cohort, family_name):
    names = family(FAMILIES[family_name], 4)
    for figure, label in frames_of(names, cohort.study):
        assert_sound(figure)
        titles = [text.get_text() for text in figure.drawing.texts if text.get_weight() == "bold"]
        shown = words(figure, label) if label else [t for t in titles if len(t) > 1]
        assert len(shown) == len(set(shown)) == 4, (label, shown)


def test_panels_of_residuals_keep_their_p_and_stay_apart(cohort):
    study = alike(cohort, FAMILIES["end"])
    term = next(name for name, v in study.variables.items() if len(v.levels) > 2)
    levels = study.levels(term)[1:]
    residuals = pd.DataFrame(
        {
            "term": term,
            "level": np.repeat(levels, 5),
            "residual": 0.1,
            "time": np.tile(np.arange(1.0, 6), len(levels)),
        }
    )
    residuals["transformed"] = residuals["time"]
    smooth = pd.DataFrame(
        columns=["term", "level", "time", "transformed", "estimate", "conf_low", "conf_high"],
        dtype=float,
    )
    tests = pd.DataFrame({"statistic": ["zph"], "term": [term], "p_value": [0.2]})
    figure = schoenfeld_figure(residuals, smooth, tests, study)
    shown = words(figure, "p")
    assert len(set(shown)) == len(levels) and all(text.endswith(", P = 0.200") for text in shown)
    assert "smooth curve" not in figure.caption and "dashed line" not in figure.caption


PATTERNS = {
    "end": "Survival without progression, relapse or second cancer as judged by {}",
    "middle": "Survival without progression, relapse or {} death judged by central radiologists",
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_endpoints_that_look_alike_are_told_apart_in_curves_and_tables(tmp_path, pattern):
    """Each has a figure of its own: no title or axis of one is that of another."""
    names = {key: pattern.format(key) for key in ("centre", "second", "trial")}
    folder = tiny.study_folder(tmp_path / "alike")
    ends = {"time": "os_months", "event": "os_event"}
    tiny.edit(
        folder,
        lambda raw: raw.update(
            endpoints={k: {"label": v, "short": v, **ends} for k, v in names.items()}
        ),
    )
    alike, begins, told = load_cohort(folder), pattern[:5], []
    for key, full in names.items():
        figure = cohortbook.km(alike, key).figure()
        assert_sound(figure)
        shown = {text.get_text() for text in texts(figure) if text.get_text().startswith(begins)}
        assert len(shown) == 2, "|".join(text.get_text() for text in texts(figure))
        assert f"estimates of {full[0].lower()}{full[1:]}." in figure.caption
        assert all(text.removesuffix(" (%)") in figure.caption for text in shown)
        assert not any(other in figure.caption for other in names.values() if other != full)
        told += shown
    assert len(told) == len(set(told)), told
    rows = cohortbook.survival(alike).table().rows
    assert [str(row.cells[0]) for row in rows if row.group] == list(names.values())
