"""Printed numbers: one policy, tried at its edges."""

import math

import pytest

from cohortbook import formats


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0004, "<0.001"),
        (0.001, "0.001"),
        (0.0494, "0.049"),
        (0.9996, ">0.999"),
        (1.0, ">0.999"),
        (math.nan, "–"),
        (0.5, "0.500"),
    ],
)
def test_p_value(value, shown):
    assert formats.p_value(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.996, ">0.99"),
        (0.2, "0.20"),
        (0.012, "0.01"),
        (0.0096, "0.010"),
        (0.0049, "0.005"),
        (0.0004, "<0.001"),
        (0.0481, "0.048"),
        (0.0521, "0.052"),
        (math.nan, "–"),
    ],
)
def test_two_decimals_of_a_p_value_from_one_hundredth_on(value, shown):
    assert formats.p_value(value, decimals=2) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0495, "0.0495"),
        (0.0498, "0.0498"),
        (0.05, "0.050"),
        (0.050416, "0.0504"),
        (0.04996, "0.04996"),
        (0.0505, "0.051"),
        (0.05 + 1e-12, "0.050"),
    ],
)
def test_a_p_value_near_the_level_prints_on_its_side_of_it(value, shown):
    assert formats.p_value(value) == shown


@pytest.mark.parametrize(
    ("value", "alpha", "shown"),
    [
        (0.0253, 0.025, "0.0253"),
        (0.02497, 0.025, "0.02497"),
        (0.025, 0.025, "0.025"),
        (0.0498, 0.025, "0.0498"),
        (0.01245, 0.0124, "0.0125"),
        (0.0124, 0.0124, "0.0124"),
        (0.0103, 0.01, "0.0103"),
        (0.0101, 0.025, "0.010"),
        (0.00104, 0.001, "0.00104"),
        (0.0007, 0.0005, "0.0007"),
        (0.0004, 0.0005, "<0.0005"),
        (3e-5, 5e-8, "0.00003"),
    ],
)
def test_a_p_value_prints_on_its_side_of_the_studys_own_level_too(value, alpha, shown):
    assert formats.p_value(value, alpha) == shown


@pytest.mark.parametrize(
    ("alpha", "shown"),
    [(0.05, "0.05"), (0.025, "0.025"), (0.1, "0.10"), (0.0005, "0.0005"), (5e-8, "0.00000005")],
)
def test_a_level_of_significance_is_not_rounded(alpha, shown):
    assert formats.level(alpha) == shown


def test_p_equals_has_its_sign():
    assert formats.p_equals(0.031) == "*P* = 0.031"
    assert formats.p_equals(0.00001) == "*P* < 0.001"
    assert formats.p_equals(math.nan) == "*P* not estimable"


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (0.285, 2, "0.29"),
        (2.675, 2, "2.68"),
        (-0.04, 1, "0.0"),
        (-2.35, 1, "−2.4"),
        (math.inf, 1, "∞"),
        (math.nan, 1, "–"),
    ],
)
def test_number_rounds_halves_away_from_zero(value, decimals, shown):
    assert formats.number(value, decimals) == shown


@pytest.mark.parametrize(
    ("median", "shown"),
    [
        ((16.8, 12.0, math.nan), "16.8 (12.0–NR)"),
        ((math.nan, 5.0, math.nan), "NR (5.0–NR)"),
        ((41.4, math.nan, math.nan), "41.4 (not estimable)"),
    ],
)
def test_limits_of_a_median_are_reached_or_not_or_not_estimable(median, shown):
    assert formats.months_interval(*median) == shown


def test_counts_and_percentages():
    assert formats.n_percent(6, 21) == "6 (28.6)"
    assert formats.n_percent(0, 21) == "0"
    assert formats.n_percent(0, 0) == "–"


def test_what_was_not_reached_says_so():
    assert formats.months_interval(16.8, 12, math.nan) == "16.8 (12.0–NR)"
    assert formats.ratio_interval(math.nan, math.nan, math.nan) == "not estimable"
    assert formats.ratio(12345) == ">999"
    assert (formats.ratio(0), formats.ratio(0.0001)) == ("0", "<0.001")


@pytest.mark.parametrize(
    "text",
    [
        "*a*",
        "_b_",
        "{{< include x >}}",
        "<script>",
        "# head",
        "[x](y)",
        "a -- b",
        "- item",
        "1. one",
        "1) one",
        "0.05",
        "30.4375 days",
        "1... 2",
        "$x$",
        "@fig-x",
        "`code`",
        "a. b",
        "iv) x",
        "R&D &lt;b&gt;",
        "% x",
        ":smile: x",
        "::: x",
    ],
)
def test_markdown_prints_hostile_text_as_it_stands(text):
    import pypandoc

    shown = pypandoc.convert_text(formats.markdown(text), "plain", format="markdown+emoji").strip()
    assert shown == text
    assert formats.unescaped(formats.markdown(text)) == text


def test_what_is_not_seen_but_changes_what_is_seen_is_left_out():
    assert formats.visible("a\u202eb\u2066c\x00d\ufeffe\x0bf\n g") == "abcde f g"
    family = "\U0001f468\u200d\U0001f469 肝癌 שלום"
    assert formats.visible(family) == family
    assert formats.markdown("\u202e*x*") == "\\*x\\*"


@pytest.mark.parametrize(
    ("level", "label"),
    [(0.95, "95% CI"), (0.975, "97.5% CI"), (0.9975, "99.75% CI"), (0.58, "58% CI")],
)
def test_an_interval_is_named_by_its_whole_level(level, label):
    assert formats.conf_label(level) == label


@pytest.mark.parametrize(
    ("count", "total", "shown"),
    [
        (3999, 4000, ">99.9"),
        (1, 4000, "<0.1"),
        (4000, 4000, "100.0"),
        (0, 4000, "0.0"),
        (1998, 2000, "99.9"),
        (2, 4000, "0.1"),
        (1999, 2000, ">99.9"),
        (1, 2001, "<0.1"),
        (999_999_999, 1_000_000_000, ">99.9"),
        (1, 1_000_000_000, "<0.1"),
    ],
)
def test_a_share_that_is_not_none_or_all_is_not_printed_as_one(count, total, shown):
    assert formats.percent(count, total) == shown
    wanted = f"{count} ({shown})" if count else "0"
    assert formats.n_percent(count, total) == wanted


def test_a_percentage_at_the_edge_keeps_its_decimals_and_survives_binary_noise():
    assert formats.percentage(99.6, 0) == ">99"
    assert formats.percentage(0.004, 2) == "<0.01"
    assert formats.percentage(100 - 1e-13) == "100.0"
    assert formats.percentage(math.nan) == "–"
    assert formats.interval(99.1, 99.97, show=formats.percentage) == "99.1–>99.9"


def test_printed_results_and_differences_at_the_edge():
    from cohortbook.build.output.row_text import printed
    from cohortbook.results import row

    limits = {"conf_low": 99.2, "conf_high": 99.99}
    assert printed(row("survival", "survival", 99.96, **limits)) == ">99.9 (99.2–>99.9)"
    assert printed(row("baseline", "percent", 0.025)) == "<0.1"
    assert printed(row("response", "risk_difference", 0.02)) == "0.0"


def test_a_limit_of_any_size_is_printed():
    assert formats.number(6.25e49, 3) == "625" + "0" * 47 + ".000"
    assert formats.number(-1.7e308, 0) == formats.MINUS + "17" + "0" * 307
