"""What is measured of a registry: what notebooks 01, 03 and 04 do with it.

python -m benchmarks._registry_run FOLDER text|typed

Prints what,name,value, as registry.R does.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from cohortbook.analysis.baseline import baseline
from cohortbook.analysis.cox import prognostic_factors, proportional_hazards
from cohortbook.analysis.survival import km_panel
from cohortbook.cohort import registry
from cohortbook.cohort.cohort import load_cohort
from cohortbook.display.figures.km import km_figure
from cohortbook.display.tables.baseline import baseline_table
from cohortbook.display.tables.cox import cox_table
from cohortbook.results import one, pick

NORMAL_QUANTILE = 1.959963984540054  # of 97.5 %


def main(study: Path, how: str) -> None:
    """Check, Table 1, curves and their figure, log-rank test, models and their test."""
    registry.LARGE = 0 if how == "typed" else sys.maxsize
    cohort = load_cohort(study)
    baseline_table(baseline(cohort), cohort.study, cohort.n_by_arm).html()
    panel = km_panel(cohort, "os")
    km_figure([panel], cohort.study).render("svg")
    results = prognostic_factors(cohort, "os")
    cox_table(results, cohort.study, "os").html()
    say(panel["results"], results, proportional_hazards(cohort, "os"))


def say(curves: pd.DataFrame, models: pd.DataFrame, tests: pd.DataFrame) -> None:
    """Print medians and log-rank test, the multivariable model, its test of proportionality."""
    for row in pick(curves, statistic="median", group=["0", "1"]).itertuples():
        for what, value in (
            ("median", row.estimate),
            ("0.95LCL", row.conf_low),
            ("0.95UCL", row.conf_high),
        ):
            print(what, row.group, value, sep=",")
    print(
        "logrank", "chi2", one(curves, statistic="logrank", group="difference")["estimate"], sep=","
    )
    hr = pick(models, analysis="cox_multivariable", statistic="hr")
    for row in hr[hr["note"] != "reference"].itertuples():
        width = np.log(row.conf_high / row.conf_low)
        print("coef", f"{row.term}{row.level}", np.log(row.estimate), sep=",")
        print("se", f"{row.term}{row.level}", width / 2 / NORMAL_QUANTILE, sep=",")
    for row in tests.itertuples():
        print("zph", row.term, row.estimate, sep=",")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
