"""One analysis for each endpoint of a study, stacked."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ..cohort.cohort import Cohort


def each_endpoint(analyse: Callable[[Cohort, str], pd.DataFrame], cohort: Cohort) -> pd.DataFrame:
    """Stack what an analysis gives for each endpoint, in the order of the study file."""
    parts = [analyse(cohort, endpoint) for endpoint in cohort.study.endpoints]
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
