"""What the search must give back: the survival statistics of `published.yml`, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import norm

from cohortbook.errors import CohortbookError
from cohortbook.published import load_published
from cohortbook.published.printed import Printed

from .details_counts import PUBLISHED

ENDPOINTS = ("os", "pfs")
MODELS = ("univariable", "multivariable")
# Columns of the design matrix; each is 1 for the second label, age is in years.
TERMS = (
    "age",
    "female",
    "ecog_1",
    "hbsag_positive",
    "afp_ge400",
    "cnlc_IIb",
    "cnlc_IIIb",
    "tbil_gt20",
    "alt_ge50",
    "tumours_2_3",
    "combination",
)
PRINTED_TERMS = (
    "age",
    "sex/F",
    "ecog/1",
    "hbsag/positive",
    "afp/>=400",
    "cnlc/IIb",
    "cnlc/IIIb",
    "bilirubin/>20",
    "alt/>=50",
    "tumours/2-3",
    "arm/MWA+ICI",
)
GROUPS = ("all", "ICI", "MWA+ICI", "ICI, AFP >= 400", "MWA+ICI, AFP >= 400")
PRINTED_GROUPS = ("all/overall", "all/ICI", "all/MWA+ICI", "afp_high/ICI", "afp_high/MWA+ICI")
POPULATIONS = ("all", "afp_high", "afp_low")
Z_975 = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Targets:
    """The published survival statistics.

    Attributes
    ----------
    hr : ndarray, shape (2 endpoints, 2 models, 11 terms, 4)
        Hazard ratio, its 95 % limits and P, in the order of ENDPOINTS, MODELS and TERMS. A ratio
        that its own interval excludes is replaced by the centre of the interval.
    medians : ndarray, shape (2 endpoints, 5 groups)
        Months, in the order of GROUPS.
    logrank : list of 2 lists of 3 (relation, P)
        Between the arms in POPULATIONS: ("=", 0.042), ("<", 0.001) or (">", 0.05).
    """

    hr: np.ndarray
    medians: np.ndarray
    logrank: list[list[tuple[str, float]]]


def load_targets(path: Path = PUBLISHED) -> Targets:
    """Read the published statistics that the search aims at.

    Raises
    ------
    CohortbookError
        If the file cannot be read or lacks a statistic.
    """
    printed = {item.key: item.printed for item in load_published(path).statistics()}
    try:
        return Targets(
            hr=np.array(
                [
                    [
                        [
                            _ratio(printed, f"cox_{model}/{endpoint}/all/{term}/difference/hr")
                            for term in PRINTED_TERMS
                        ]
                        for model in MODELS
                    ]
                    for endpoint in ENDPOINTS
                ]
            ),
            medians=np.array(
                [
                    [
                        printed[f"survival/{endpoint}/{group}/median"].value
                        for group in PRINTED_GROUPS
                    ]
                    for endpoint in ENDPOINTS
                ]
            ),
            logrank=[
                [
                    (found.relation, found.value)
                    for found in (
                        printed[f"survival/{endpoint}/{population}/difference/logrank:p_value"]
                        for population in POPULATIONS
                    )
                ]
                for endpoint in ENDPOINTS
            ],
        )
    except KeyError as missing:
        raise CohortbookError(f"the statistic {missing} is missing.", str(path)) from None


def _ratio(printed: dict[str, Printed], key: str) -> list[float]:
    """Give HR, limits and P of a row; the HR as its interval implies it when they conflict."""
    hr, low, high, p = (printed[key + part] for part in ("", ":conf_low", ":conf_high", ":p_value"))
    if not low.low * high.low <= hr.high**2 or not hr.low**2 <= low.high * high.high:
        return [round(float(np.sqrt(low.value * high.value)), 3), low.value, high.value, p.value]
    return [hr.value, low.value, high.value, p.value]


def row_targets(targets: Targets) -> np.ndarray:
    """Turn hazard ratios into what the cost of a row reads, shape (2, 2, 11, 8).

    The last axis holds: log HR, log lower, log upper, printed P, P implied by HR and interval,
    its slope against |z|, |z|, and the scale (age is per year, hence 4 times more exact).
    """
    hr, low, high, p = np.moveaxis(targets.hr, -1, 0)
    z = np.abs(np.log(hr)) / (np.log(high / low) / (2 * Z_975))
    scale = np.ones_like(z)
    scale[..., TERMS.index("age")] = 4.0
    implied, slope = 2 * norm.sf(z), 2 * norm.pdf(z)
    rows = (np.log(hr), np.log(low), np.log(high), p, implied, slope, z, scale)
    return np.ascontiguousarray(np.stack(rows, axis=-1))
