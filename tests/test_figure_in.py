"""Kaplan-Meier figures as vectors give back the times that made them."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cohortbook.cli import app
from cohortbook.errors import StudyError
from cohortbook.published.figure_in import patients_behind, read_figure
from cohortbook.stats.km import kaplan_meier

FIGURES = Path(__file__).parent / "reference" / "km_figures"
DATA = pd.read_csv(FIGURES / "data.csv")


def drawn(path):
    """Draw the curves with lifelines and matplotlib."""
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


@pytest.mark.parametrize("name", ["base.pdf", "survminer.pdf", "lifelines.pdf"])
def test_times_patients_and_events_are_those_that_made_the_figure(name, tmp_path):
    path = FIGURES / name
    if name == "lifelines.pdf":
        path = tmp_path / name
        drawn(path)
    figure = read_figure(path)
    assert len(figure.curves) == 2
    for _, rows in DATA.groupby("arm"):
        events = np.sort(rows.loc[rows["event"] == 1, "time"].unique())
        curve = next(c for c in figure.curves if len(c.times) == len(events))
        assert np.abs(np.array(curve.times) - events).max() < 0.002
        truth = kaplan_meier(rows["time"].to_numpy(), rows["event"].to_numpy())
        at = [truth.survival[truth.time <= t + 1e-9][-1] for t in events]
        assert np.abs(np.array(curve.survival) - at).max() < 0.001
        found = patients_behind(curve)
        assert (found.size, found.frame["event"].sum()) == (len(rows), rows["event"].sum())
        censored = np.sort(rows.loc[rows["event"] == 0, "time"].unique())
        assert np.abs(np.array(curve.marks)[:, None] - censored).min(axis=1).max() < 0.05


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
    from cohortbook.published.figure_in.report import _off

    curve = next(c for c in read_figure(FIGURES / "survminer.pdf").curves if c.at_risk[0.0] == 40)
    found = patients_behind(curve)
    assert _off(curve, found) == []
    curve.at_risk[20.0] += 3
    assert _off(curve, found) == [(20.0, 10, 7)]


def test_what_is_no_vector_figure_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "x.pdf"
    path.write_text("no figure")
    with pytest.raises(StudyError, match="cannot be read"):
        read_figure(path)
