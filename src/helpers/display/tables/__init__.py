"""Tables of the report: tidy results in, one finished table out. No statistic is computed here."""

from .baseline import baseline_table
from .cox import cox_table, influence_table
from .published import findings_table, published_table, tests_table
from .response import response_table
from .robustness_models import (
    added_covariates_table,
    estimates_table,
    landmark_table,
    leave_one_out_table,
    specification_table,
    weights_table,
)
from .robustness_results import (
    adjusted_tests_table,
    response_robustness_table,
    restricted_table,
    verdict_table,
)
from .safety import discontinuation_table, procedure_table, safety_table
from .survival import median_table

__all__ = [
    "added_covariates_table",
    "adjusted_tests_table",
    "baseline_table",
    "cox_table",
    "discontinuation_table",
    "estimates_table",
    "findings_table",
    "influence_table",
    "landmark_table",
    "leave_one_out_table",
    "median_table",
    "procedure_table",
    "published_table",
    "response_robustness_table",
    "response_table",
    "restricted_table",
    "safety_table",
    "specification_table",
    "tests_table",
    "verdict_table",
    "weights_table",
]
