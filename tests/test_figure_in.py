"""Kaplan-Meier figures as vectors give back the times that made them."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cohortbook.analysis import survival
from cohortbook.cli.main import app
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.drawing.drawn import pdf_of_svg, vector
from cohortbook.display.figures.km import km_figure
from cohortbook.errors import StudyError
from cohortbook.published.figure_in import (
    Curve,
    guyot,
    patients_behind,
    read_figure,
    read_points,
)
from cohortbook.published.figure_in.patients import off_risk
from cohortbook.stats.km import kaplan_meier

FIGURES = Path(__file__).parent / "reference" / "km_figures"
DATA = pd.read_csv(FIGURES / "data.csv")


def drawn(path):
    """Draw the curves with lifelines and matplotlib as a user has it: in a process of its own."""
    code = "import sys, test_figure_in; test_figure_in.draw(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, path], cwd=Path(__file__).parent, check=True)


def draw(path):
    import matplotlib.pyplot as plt
    from lifelines import KaplanMeierFitter

    fig, ax = plt.subplots(figsize=(5, 4))
    for arm, rows in DATA.groupby("arm"):
        fit = KaplanMeierFitter().fit(rows["time"], rows["event"], label=arm)
        fit.plot_survival_function(ax=ax, ci_show=False, show_censors=True)
    ax.set_ylim(0, 1.02)
    ax.set_xlim(0, 40)
    fig.savefig(path)
    plt.close(fig)


@pytest.mark.parametrize("name", [
    "base.pdf", "survminer.pdf", "base.svg", "survminer.svg", "lifelines.pdf", "lifelines.svg",
])  # fmt: skip
def test_times_patients_and_events_are_those_that_made_the_figure(name, tmp_path):
    path = FIGURES / name
    if name.startswith("lifelines"):
        path = tmp_path / name
        drawn(path)
    assert_read(path)


def assert_read(path, precision=0.002):
    """Two curves with the events, survival, patients and marks of `DATA`."""
    figure = read_figure(path)
    assert len(figure.curves) == 2
    for _, rows in DATA.groupby("arm"):
        events = np.sort(rows.loc[rows["event"] == 1, "time"].unique())
        curve = next(c for c in figure.curves if len(c.times) == len(events))
        assert np.abs(np.array(curve.times) - events).max() < precision
        truth = kaplan_meier(rows["time"].to_numpy(), rows["event"].to_numpy())
        at = [truth.survival[truth.time <= t + 1e-9][-1] for t in events]
        assert np.abs(np.array(curve.survival) - at).max() < 0.001
        found = patients_behind(curve)
        assert (found.size, found.frame["event"].sum()) == (len(rows), rows["event"].sum())
        censored = np.sort(rows.loc[rows["event"] == 0, "time"].unique())
        assert np.abs(np.array(curve.marks)[:, None] - censored).min(axis=1).max() < 0.05


@pytest.mark.parametrize(
    ("suffix", "settings"),
    [
        # the 0 of the time axis stood among the numbers of survival
        ("svg", {"font.size": 7, "xtick.major.size": 3, "ytick.major.size": 3}),
        ("svg", {"xtick.direction": "in", "ytick.direction": "in", "ytick.minor.visible": True}),
        ("pdf", {"xtick.direction": "in", "ytick.direction": "in", "ytick.minor.visible": True}),
        ("pdf", {"font.size": 18}),  # the box of a letter reaches further below than above a digit
        ("pdf", {"xtick.major.size": 0, "ytick.major.size": 0}),
        ("svg", {"xtick.major.size": 0, "ytick.major.size": 0, "svg.fonttype": "none"}),
    ],
)
def test_settings_of_a_drawing_change_nothing_that_is_read(suffix, settings, tmp_path):
    import matplotlib

    path = tmp_path / f"figure.{suffix}"
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"backend": "agg"} | settings)
        draw(path)
    assert_read(path, 0.002 if settings.get("xtick.major.size", 3) else 0.02)


def axis_of(tmp_path, *numbers, log=False):
    """A figure whose axis of survival has these numbers at even places."""
    from matplotlib.figure import Figure

    fig = Figure((5, 4))
    ax = fig.subplots()
    ax.step([0, 5, 10, 15, 20], [1, 0.9, 0.7, 0.4, 0.3], where="post")
    if log:
        ax.set_yscale("log")
    ax.set_yticks([float(at) for at, _ in numbers], [told for _, told in numbers], minor=False)
    ax.set_xlim(0, 20)
    fig.savefig(tmp_path / "figure.svg")
    return tmp_path / "figure.svg"


@pytest.mark.parametrize(
    ("numbers", "log", "match"),
    [
        ([(0.3, "0.3"), (0.5, "0.5"), (1, "1")], True, "Unsure.*0.3, 0.5, 1 do not lie"),
        ([(0.4, "0.4"), (0.6, "0.5"), (0.8, "0.8"), (1, "1")], False, "Unsure.*do not lie"),
        ([(0.5, "0.5"), (1, "1")], True, "fewer than three"),
        ([(0.4, "1.0"), (0.6, "0.8"), (0.8, "0.6")], False, "Unsure"),
        ([(0.4, "0.45"), (0.6, "0.65"), (0.8, "0.85")], False, "Unsure.*begin at 1.05"),
    ],
)
def test_an_axis_that_may_be_read_wrongly_is_refused(numbers, log, match, tmp_path):
    with pytest.raises(StudyError, match=match):
        read_figure(axis_of(tmp_path, *numbers, log=log))


def test_numbers_at_risk_are_read_and_held_against_the_curve(tmp_path):
    path = tmp_path / "figure.pdf"
    shutil.copy(FIGURES / "survminer.pdf", path)
    curves = read_figure(path).curves
    risk = {t: int((DATA.loc[DATA["arm"] == "A", "time"] >= t).sum()) for t in (0, 10, 20, 30, 40)}
    assert risk in [curve.at_risk for curve in curves]
    run = CliRunner().invoke(app, ["audit", "--km", str(path)])
    assert (run.exit_code, run.output.count("numbers at risk fit")) == (0, 2)
    rows = pd.read_csv(tmp_path / "figure.patients.csv")
    assert len(rows) == len(DATA)
    assert rows["source"].str.contains("no row is a patient").all()


def test_a_number_at_risk_that_is_off_is_said(tmp_path):
    curve = next(c for c in read_figure(FIGURES / "survminer.pdf").curves if c.at_risk[0.0] == 40)
    found = patients_behind(curve)
    assert off_risk(curve, found) == []
    curve.at_risk[20.0] += 3
    assert off_risk(curve, found) == [(20.0, 10, 7)]


def test_what_is_no_vector_figure_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "x.pdf"
    path.write_text("no figure")
    with pytest.raises(StudyError, match="cannot be read"):
        read_figure(path)


@pytest.fixture(scope="module")
def own():
    """Our own figure of two curves that share levels and cross, with its cohort."""
    cohort = load_cohort("data/wei2026")
    given = {
        "curves": survival.curves(cohort, "os", True),
        "risk": survival.risk_table(cohort, "os", survival.tick_months(cohort, "os"), True),
        "results": survival.survival(cohort, "os"),
        "endpoint": "os",
    }
    return vector(km_figure([given], cohort.study).drawing).decode(), given


@pytest.mark.parametrize("suffix", [".svg", ".pdf"])
def test_our_own_figure_gives_back_its_cohort(own, suffix, tmp_path):
    text, given = own
    path = tmp_path / f"own{suffix}"
    path.write_bytes(text.encode() if suffix == ".svg" else pdf_of_svg(text))
    figure = read_figure(path)
    assert len(figure.curves) == given["curves"]["group"].nunique()
    for _, rows in given["curves"].groupby("group"):
        drops = rows[rows["n_event"] > 0]
        curve = next(c for c in figure.curves if len(c.times) == len(drops))
        assert np.abs(np.array(curve.times) - drops["time"]).max() < 0.001
        assert np.abs(np.array(curve.survival) - drops["survival"]).max() < 1e-5
        found = patients_behind(curve)
        assert off_risk(curve, found) == []
        assert found.frame["event"].sum() == drops["n_event"].sum()
        risk = given["risk"][given["risk"]["group"] == rows["group"].iloc[0]]
        assert list(curve.at_risk.values()) == risk["n_risk"].tolist()


def test_transforms_and_curves_of_a_path_are_followed(tmp_path):
    from cohortbook.published.figure_in.svg_path import moved, outlines, transform

    there = transform("translate(10 20) rotate(90) scale(2)")
    assert np.allclose(moved(there, (1, 0)), (10, 22))
    assert np.allclose(moved(transform("rotate(180, 5, 5)"), (0, 0)), (10, 10))
    assert outlines("m1 1h2v3l-1,-1zm5 5") == [
        ([(1, 1), (3, 1), (3, 4), (2, 3), (1, 1)], True), ([(6, 6)], True),
    ]  # fmt: skip
    (points, straight), = outlines("M0 0a5 5 0 0110 0L1e1-.5")  # fmt: skip
    assert (points[-2:], straight) == ([(10, 0), (10, -0.5)], False)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("<svg", "cannot be read"),
        ("<html/>", "It is <html>"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "No step curve"),
        ("<svg xmlns='http://www.w3.org/2000/svg'><g id='a'><use href='#a'/></g></svg>", "itself"),
        ("<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>", "No step"),
    ],
)
def test_an_svg_that_is_no_figure_is_refused(text, match, tmp_path):
    path = tmp_path / "x.svg"
    path.write_text(text)
    with pytest.raises(StudyError, match=match):
        read_figure(path)


@pytest.mark.parametrize(
    ("shift", "found"),
    [
        ("600 0", "different places"),
        ("0 500", "stand twice"),
        ("15 500", "beyond the axis"),  # its numbers are beside those of the first
    ],
)
def test_two_panels_are_refused(own, tmp_path, shift, found):
    path = tmp_path / "two.svg"
    inside = own[0][own[0].index("<svg") :]
    path.write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1200 1000' width='1200pt'>"
        f"{inside}<g transform='translate({shift})'>{inside}</g></svg>"
    )
    with pytest.raises(StudyError, match=f"Several panels.*{found}"):
        read_figure(path)


def test_clicked_points_give_what_ipdfromkm_gives_and_nearly_what_was_there(tmp_path):
    path = tmp_path / "clicked.csv"
    shutil.copy(FIGURES / "clicked.csv", path)
    run = CliRunner().invoke(app, ["audit", "--km", str(path)])
    assert (run.exit_code, run.output.count("numbers at risk fit")) == (0, 2), run.output
    ours = pd.read_csv(tmp_path / "clicked.patients.csv").rename(columns={"curve": "arm"})
    oracle = pd.read_csv(FIGURES / "clicked_patients.csv")
    assert ours["source"].str.contains("no row is a patient").all()
    for arm, rows in ours.groupby("arm"):
        other, true = oracle[oracle["arm"] == arm], DATA[DATA["arm"] == arm]
        assert len(rows) == len(other) == len(true)
        assert abs(rows["event"].sum() - other["event"].sum()) <= 1
        levels = [[level_at(part, at) for at in range(2, 24, 2)] for part in (rows, other, true)]
        away = np.abs(np.array(levels)[:2, None] - np.array(levels)[None, :])
        assert np.median(away[0, 1]) < 0.002
        assert away[0, 2].max() <= away[1, 2].max() < 0.04  # the oracle loses an event of B at 18
    ratio, oracles, true = (hazard_ratio(part) for part in (ours, oracle, DATA))
    assert ratio == pytest.approx(oracles, rel=0.01)
    assert abs(np.log(ratio / true)) < 0.1


def level_at(rows, at):
    """Survival of patients at a time."""
    found = kaplan_meier(rows["time"].to_numpy(float), rows["event"].to_numpy(int))
    return float(([1.0, *found.survival])[int((found.time <= at).sum())])


def hazard_ratio(rows):
    """Cox ratio of arm B against A."""
    from cohortbook.stats.cox import cox_fit

    second = (rows["arm"] == "B").to_numpy(float)[:, None]
    fit = cox_fit(rows["time"].to_numpy(float), rows["event"].to_numpy(int), second)
    return float(np.exp(fit.coef[0]))


def test_numbers_at_risk_are_met_but_for_what_rounding_leaves():
    draw, off = np.random.default_rng(1), []
    for _ in range(20):
        time, event = draw.exponential(10, 60), draw.random(60) < 0.7
        truth = kaplan_meier(time, event.astype(int))
        at = np.arange(0.5, 20, 0.5)
        share = [float(([1.0, *truth.survival])[int((truth.time <= t).sum())]) for t in at]
        risk = {float(t): int((time >= t).sum()) for t in (0, 4, 8, 12, 16)}
        curve = Curve(at.tolist(), share, at_risk=risk)
        found = guyot(curve, int(event[time < 20].sum()))
        assert len(found.frame) == 60
        assert (found.frame["time"].diff().dropna() >= 0).all()
        off += off_risk(curve, found)
        assert found.gap < 0.05
    assert len(off) <= 5
    assert all(abs(printed - met) <= 2 for _, printed, met in off)


def test_wrong_points_are_told_all_at_once(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("time,survival,arm,at_risk\n0,1,A,40\nx,0.9,A,\n2,120,A,3.5\n")
    with pytest.raises(StudyError) as told:
        read_points(path)
    text = str(told.value)
    assert all(cell in text for cell in ("row 3, time", "row 4, survival", "row 4, at_risk"))
    path.write_text("time,survival,arm,at_risk\n0,1,A,\n1,0.9,A,\n0,1,B,4\n")
    with pytest.raises(StudyError) as told:
        read_points(path)
    assert "arm A: found none; expected the number at risk at time 0" in str(told.value)
    assert "arm B: found 1; expected two points or more" in str(told.value)


def test_a_cohort_of_a_figure_is_labelled_synthetic_and_passes_check(tmp_path):
    path = tmp_path / "figure.pdf"
    shutil.copy(FIGURES / "survminer.pdf", path)
    folder = tmp_path / "cohort"
    run = CliRunner().invoke(app, ["audit", "--km", str(path), "--cohort", str(folder)])
    assert run.exit_code == 0, run.output
    cohort = load_cohort(folder)
    assert cohort.study.synthetic
    assert "rebuilt from the Kaplan-Meier figure figure.pdf" in cohort.study.texts.title
    assert len(cohort.patients) == len(DATA)
    assert "endpoints.event.unit" in (folder / "study.yml").read_text("utf-8")
    again = CliRunner().invoke(app, ["audit", "--km", str(path), "--cohort", str(folder)])
    assert again.exit_code == 1
    assert CliRunner().invoke(app, ["audit", str(path), "--cohort", str(folder)]).exit_code == 1
