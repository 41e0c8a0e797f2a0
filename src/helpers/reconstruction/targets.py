"""What the search must give back: Tables III and IV, medians, log-rank and age of Wei et al. 2026.

Oncology Letters, DOI 10.3892/ol.2026.15633.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

ENDPOINTS = ("os", "pfs")
MODELS = ("univariable", "multivariable")
# Columns of the design matrix; each is 1 for the second label, age is in years.
TERMS = (
    "age", "female", "ecog_1", "hbsag_positive", "afp_ge400", "cnlc_IIb", "cnlc_IIIb",
    "tbil_gt20", "alt_ge50", "tumours_2_3", "combination",
)
Z_975 = float(norm.ppf(0.975))

# HR, lower and upper 95% limit, P; univariable then multivariable, in the order of TERMS.
# The univariable treatment row of OS has 0.392, the centre of its printed interval: print has
# 0.585, which cannot belong to 0.155-0.992.
TABLE_3 = (
    ((1.040, 0.994, 1.089, 0.090), (1.025, 0.972, 1.082, 0.363)),
    ((1.091, 0.324, 3.669, 0.888), (0.772, 0.185, 3.225, 0.723)),
    ((1.777, 0.755, 4.180, 0.188), (1.592, 0.544, 4.658, 0.395)),
    ((0.778, 0.231, 2.615, 0.685), (0.435, 0.101, 1.871, 0.263)),
    ((2.558, 1.011, 6.467, 0.047), (5.912, 1.669, 20.941, 0.006)),
    ((1.396, 0.608, 3.207, 0.432), (0.903, 0.214, 3.799, 0.889)),
    ((0.728, 0.314, 1.688, 0.459), (1.604, 0.380, 6.761, 0.520)),
    ((1.447, 0.633, 3.310, 0.381), (2.154, 0.783, 5.924, 0.137)),
    ((0.928, 0.406, 2.122, 0.860), (1.093, 0.411, 2.908, 0.858)),
    ((1.044, 0.411, 2.651, 0.928), (1.046, 0.315, 3.477, 0.942)),
    ((0.392, 0.155, 0.992, 0.046), (0.176, 0.048, 0.642, 0.008)),
)
TABLE_4 = (
    ((1.000, 0.971, 1.030, 0.997), (1.010, 0.976, 1.045, 0.578)),
    ((0.691, 0.289, 1.656, 0.408), (0.398, 0.134, 1.184, 0.098)),
    ((1.060, 0.573, 1.960, 0.853), (0.779, 0.360, 1.685, 0.527)),
    ((0.943, 0.368, 2.416, 0.903), (0.510, 0.169, 1.543, 0.233)),
    ((2.276, 1.188, 4.361, 0.013), (4.327, 1.853, 10.106, 0.001)),
    ((1.082, 0.582, 2.013, 0.802), (0.803, 0.274, 2.357, 0.690)),
    ((0.843, 0.453, 1.569, 0.589), (1.368, 0.504, 3.713, 0.539)),
    ((1.023, 0.557, 1.878, 0.943), (0.891, 0.450, 1.763, 0.740)),
    ((1.068, 0.585, 1.949, 0.831), (0.790, 0.389, 1.605, 0.515)),
    ((1.266, 0.619, 2.590, 0.519), (1.512, 0.588, 3.887, 0.391)),
    ((0.386, 0.198, 0.753, 0.005), (0.270, 0.122, 0.595, 0.001)),
)

# Median months by endpoint: all, ICI, MWA+ICI, then both arms within AFP >= 400.
GROUPS = ("all", "ICI", "MWA+ICI", "ICI, AFP >= 400", "MWA+ICI, AFP >= 400")
MEDIANS = {"os": (15.1, 11.0, 16.8, 9.0, 17.0), "pfs": (6.0, 4.0, 9.0, 2.5, 8.0)}

# Log-rank P between the arms: all, AFP >= 400, AFP < 400 (None: "no significant difference").
LOGRANK = {"os": (0.008, 0.042, None), "pfs": ("<0.001", "<0.001", None)}

AGE_P = 0.555
OVERALL_AGE_MEDIAN = 58.5


@dataclass(frozen=True)
class Targets:
    """The published survival statistics as arrays.

    Attributes
    ----------
    hr : ndarray, shape (2 endpoints, 2 models, 11 terms, 4)
        Hazard ratio, its 95% limits and P, in the order of ENDPOINTS, MODELS and TERMS.
    medians : ndarray, shape (2 endpoints, 5 groups)
        Months, in the order of GROUPS.
    """

    hr: np.ndarray
    medians: np.ndarray


def load_targets() -> Targets:
    """Give the published statistics that the search aims at."""
    hr = np.array([np.swapaxes(np.array(table), 0, 1) for table in (TABLE_3, TABLE_4)])
    return Targets(hr=hr, medians=np.array([MEDIANS[name] for name in ENDPOINTS]))


def row_targets(targets: Targets) -> np.ndarray:
    """Turn hazard ratios into what the cost of a row reads, shape (2, 2, 11, 8).

    The last axis holds: log HR, log lower, log upper, printed P, P implied by HR and interval,
    its slope against |z|, |z|, and the scale (age is per year, hence 8 times more exact).
    """
    hr, low, high, p = np.moveaxis(targets.hr, -1, 0)
    z = np.abs(np.log(hr)) / (np.log(high / low) / (2 * Z_975))
    scale = np.ones_like(z)
    scale[..., TERMS.index("age")] = 8.0
    implied, slope = 2 * norm.sf(z), 2 * norm.pdf(z)
    rows = (np.log(hr), np.log(low), np.log(high), p, implied, slope, z, scale)
    return np.ascontiguousarray(np.stack(rows, axis=-1))
