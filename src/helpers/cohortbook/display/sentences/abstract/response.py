"""Rates of response."""

from __future__ import annotations

import pandas as pd

from ....study.study import Study
from .. import response


def rates(results: pd.DataFrame, study: Study) -> str:
    """Give the objective response rate, of a study of response alone the disease control rate too.

    With the difference of the arms, without the names of tests.
    """
    terms = ["ORR"] if study.endpoints else list(response.NAMES)
    return " ".join(response.rate(results, study, term, brief=True) for term in terms)
