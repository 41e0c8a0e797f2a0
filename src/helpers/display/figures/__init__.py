"""Figures: tidy frames and the study in, `Figure` (drawing, caption, alternative text) out."""

from .balance import balance_figure
from .bootstrap import bootstrap_density_figure
from .cases import case_series_figure
from .distributions import distributions_figure
from .flow import flow_figure
from .forest import forest_figure
from .imaging import imaging_figure
from .km import km_figure
from .published import published_figure
from .safety import safety_butterfly_figure
from .schoenfeld import schoenfeld_figure
from .specification import specification_curve_figure
from .spider import spider_figure
from .subgroups import subgroup_forest_figure
from .swimmer import swimmer_figure
from .waterfall import waterfall_figure

__all__ = [
    "balance_figure",
    "bootstrap_density_figure",
    "case_series_figure",
    "distributions_figure",
    "flow_figure",
    "forest_figure",
    "imaging_figure",
    "km_figure",
    "published_figure",
    "safety_butterfly_figure",
    "schoenfeld_figure",
    "specification_curve_figure",
    "spider_figure",
    "subgroup_forest_figure",
    "swimmer_figure",
    "waterfall_figure",
]
