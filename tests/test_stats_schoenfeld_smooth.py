"""The smooth of Schoenfeld residuals and dfbetas against R's plot.cox.zph and residuals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cohortbook.stats.cox import cox_fit
from cohortbook.stats.schoenfeld_smooth import natural_spline, smooth_effect
from cohortbook.stats.zph import cox_zph

REFERENCE = Path(__file__).parent / "reference"
NAMES = ["karno", "age", "prior"]


@pytest.fixture(scope="module", params=["breslow", "efron"])
def both(request):
    """Give our fit and R's values, with one handling of ties."""
    data = pd.read_csv(REFERENCE / "veteran.csv")
    x = np.column_stack([data["karno"], data["age"], data["prior"] == "yes"])
    fit = cox_fit(data["time"], data["event"], x, names=NAMES, ties=request.param)
    values = pd.read_csv(REFERENCE / "cox_checks.csv")
    return fit, values[values["ties"] == request.param]


def of_r(values, what, term):
    return values[(values["what"] == what) & (values["term"] == term)]["value"].to_numpy()


@pytest.mark.parametrize("column", range(3))
def test_the_curve_and_its_error_are_those_of_r(both, column):
    fit, values = both
    curve = smooth_effect(fit, cox_zph(fit), column)
    assert curve.estimate == pytest.approx(of_r(values, "smooth", NAMES[column]), rel=1e-9)
    assert curve.std_err == pytest.approx(of_r(values, "smooth_se", NAMES[column]), rel=1e-9)


@pytest.mark.parametrize("column", range(3))
def test_dfbetas_are_those_of_r(both, column):
    fit, values = both
    want = of_r(values, "dfbetas", NAMES[column])
    assert fit.dfbeta(standardised=True)[:, column] == pytest.approx(want, abs=1e-9)


def test_a_natural_spline_is_straight_beyond_its_ends_and_holds_straight_lines():
    x = np.linspace(0, 1, 50)
    basis = natural_spline(x)
    line = basis @ np.linalg.lstsq(basis, 2 * x - 1, rcond=None)[0]
    assert line == pytest.approx(2 * x - 1, abs=1e-10)
    assert np.linalg.matrix_rank(basis) == 4


def test_too_few_event_times_give_no_curve():
    time = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    event = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    fit = cox_fit(time, event, np.array([[0.0, 1, 0, 1, 0, 1, 1, 0]]).T)
    assert smooth_effect(fit, cox_zph(fit), 0).estimate.size == 0
