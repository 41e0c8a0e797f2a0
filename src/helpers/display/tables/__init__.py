"""Tables of the report: tidy results in, one finished table out. No statistic is computed here."""

from .baseline import baseline_table
from .cox import cox_table
from .published import findings_table, published_table, tests_table
from .response import response_table
from .robustness import added_covariates_table
from .safety import discontinuation_table, procedure_table, safety_table
from .survival import median_table

__all__ = [
    "added_covariates_table",
    "baseline_table",
    "cox_table",
    "discontinuation_table",
    "findings_table",
    "median_table",
    "procedure_table",
    "published_table",
    "response_table",
    "safety_table",
    "tests_table",
]
