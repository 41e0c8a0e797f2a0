"""Rates of response."""

from __future__ import annotations

import pandas as pd

from .... import formats
from ....results import one
from ....study.study import Study
from ...words import hidden_share
from .. import response


def rates(results: pd.DataFrame, study: Study) -> str:
    """Give the objective response rate, of a study of response alone the disease control rate too.

    With the difference of the arms, without the names of tests.
    """
    terms = ["ORR"] if study.endpoints else list(response.NAMES)
    return " ".join(response.rate(results, study, term, brief=True) for term in terms)


def concluded(results: pd.DataFrame, study: Study) -> str:
    """Give the objective response rate of one arm with its limits; "" of two, or if withheld."""
    if study.compares:
        return ""
    keys = {"term": "ORR", "population": "all", "group": study.reference_arm}
    count, share = (one(results, statistic=name, **keys) for name in ("n", "percent"))
    if hidden_share(count):
        return ""
    conf = formats.conf_label(study.statistics.conf_level)
    limits = " to ".join(formats.percentage(share[f"conf_{end}"]) for end in ("low", "high"))
    return (
        f"The {response.NAMES['ORR']} was {formats.percent(count['estimate'], count['n'])}% "
        f"({conf} {limits})."
    )
