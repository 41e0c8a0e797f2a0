"""How much to believe the treatment's effect: one module a question, all asked of one model."""

from .bootstrap import bootstrap, bootstrap_draws, bootstrap_panels
from .covariates import added_covariates
from .landmark import landmarks
from .leave_one_out import leave_one_out, leave_one_out_summary
from .response import response_robustness
from .restricted import restricted_means
from .sparse import sparse_data
from .specification import (
    specification_choices,
    specification_curve,
    specification_summary,
)
from .tests import adjusted_tests, all_tests
from .verdict import verdict
from .weighting import balance, e_values, weighting

__all__ = [
    "added_covariates",
    "adjusted_tests",
    "all_tests",
    "balance",
    "bootstrap",
    "bootstrap_draws",
    "bootstrap_panels",
    "e_values",
    "landmarks",
    "leave_one_out",
    "leave_one_out_summary",
    "response_robustness",
    "restricted_means",
    "sparse_data",
    "specification_choices",
    "specification_curve",
    "specification_summary",
    "verdict",
    "weighting",
]
