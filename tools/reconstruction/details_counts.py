"""What Wei et al. 2026 printed and the synthetic study must equal: counts, dates, rules.

Oncology Letters, DOI 10.3892/ol.2026.15633. Counts are by arm, in the order of ARMS.
"""

from __future__ import annotations

from datetime import date

ARMS = ("ICI", "MWA+ICI")
SIZES = {"ICI": 31, "MWA+ICI": 21}

CUTOFF = date(2025, 6, 30)
FIRST_START, LAST_START = date(2022, 1, 1), date(2024, 1, 31)
DAYS_A_MONTH = 30.4375

# Table I: core column -> value -> patients by arm.
TABLE_1 = {
    "sex": {"M": (26, 20), "F": (5, 1)},
    "ecog": {0: (13, 12), 1: (18, 9)},
    "hbsag": {0: (3, 3), 1: (28, 18)},
    "hcv": {0: (28, 18), 1: (3, 3)},
    "afp400": {0: (13, 6), 1: (18, 15)},
    "cnlc": {"IIa": (5, 3), "IIb": (12, 7), "IIIb": (14, 11)},
    "tbil_gt20": {0: (13, 9), 1: (18, 12)},
    "alt_ge50": {0: (17, 8), 1: (14, 13)},
    "ntum_2_3": {0: (23, 15), 1: (8, 6)},
}
AGE_SUMMARY = {"ICI": (59, 48, 71), "MWA+ICI": (58, 47, 69)}  # median, lowest, highest
AGE_65_OR_MORE = {"ICI": 10, "MWA+ICI": 6}

# Table II
RESPONSES = {"CR": (1, 2), "PR": (2, 4), "SD": (13, 11), "PD": (13, 3), "NE": (2, 1)}

# Results, safety profile: permanent discontinuation by reason
DISCONTINUED = {"progression": (19, 11), "toxicity": (5, 3)}

# Table V: term -> (any grade by arm, grade 3-4 by arm)
TABLE_5 = {
    "Fatigue": ((2, 0), (0, 0)),
    "Transaminitis": ((11, 7), (0, 7)),
    "Fever": ((2, 4), (0, 0)),
    "Diarrhea": ((13, 8), (0, 0)),
    "Pneumonitis": ((2, 4), (0, 0)),
    "Hyperbilirubinemia": ((20, 18), (3, 5)),
    "Hypothyroidism": ((2, 0), (0, 0)),
    "Pruritus": ((11, 2), (0, 0)),
    "Rash": ((11, 2), (0, 0)),
    "Hyperthyroidism": ((1, 0), (0, 0)),
    "Hypoalbuminemia": ((11, 13), (0, 0)),
    "Nausea": ((1, 0), (0, 0)),
}
PAIN = "Post-ablation pain"  # named in the text, without a count

SAFETY_DAYS = 90  # adverse events count up to this many days after the last dose
PROCEDURE_HOURS = 720  # the later of the two windows after ablation ends at 30 days
SHRINKAGE, GROWTH = -30.0, 20.0  # mRECIST, per cent of the baseline sum
LARGEST_LESION_MM = 50.0
FIRST_ASSESSMENT = 1.4  # months; six weeks, the least that can show stable disease
LATEST_FIRST_PROGRESSION = 4.0  # months; a first scan later than this is no first assessment


def by_arm(counts: tuple[int, int], arm: str) -> int:
    """Give the count of one arm."""
    return counts[ARMS.index(arm)]


def in_days(months: float) -> int:
    """Turn months from time zero into whole days."""
    return round(months * DAYS_A_MONTH)
