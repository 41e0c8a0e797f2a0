"""Best overall response from serial sums of target lesions, by the rules of RECIST and mRECIST."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...study.parts import Recist

COMPLETE, PARTIAL, STABLE, PROGRESSIVE, NOT_EVALUABLE = "CR", "PR", "SD", "PD", "NE"
SAME = 1e-9  # sums of decimals: 0.1 + 0.2 is 0.3
BEST_FIRST = (COMPLETE, PARTIAL, STABLE, PROGRESSIVE, NOT_EVALUABLE)


def visit_responses(
    sums: Sequence[float],
    new_lesions: Sequence[bool],
    rule: Recist,
    shrinkage: float = -30,
    growth: float = 20,
) -> list[str]:
    """Give the response at each visit after the baseline.

    Parameters
    ----------
    sums : sequence of float
        Sum of the diameters of the target lesions in mm, the baseline first; NaN = not measured.
    new_lesions : sequence of bool
        Whether a new lesion was seen, as long as `sums`.
    rule : Recist
        What growth is measured from, and its least size in mm.
    shrinkage, growth : float
        Change in percent at which a lesion responds or progresses.

    Returns
    -------
    list of str
        CR: no target lesion is left. PD: a new lesion, or growth by at least `growth` percent and
        `least_growth` mm from the smallest sum so far (the baseline included) or from the baseline.
        PR: a change from baseline at or below `shrinkage`. SD: neither. NE: not measured, or no
        baseline to measure from.

    References
    ----------
    Eisenhauer EA et al. New response evaluation criteria in solid tumours: revised RECIST guideline
    (version 1.1). Eur J Cancer 2009; 45: 228-247. Lencioni R, Llovet JM. Modified RECIST (mRECIST)
    assessment for hepatocellular carcinoma. Semin Liver Dis 2010; 30: 52-60.
    """
    baseline = nadir = float(sums[0]) if len(sums) else np.nan
    found = []
    for size, new in zip(sums[1:], new_lesions[1:], strict=True):
        origin = nadir if rule.progression_from == "nadir" else baseline
        found.append(_at_visit(float(size), bool(new), baseline, origin, rule, shrinkage, growth))
        if not np.isnan(size):
            nadir = min(nadir, float(size))
    return found


def best_response(visits: Sequence[str]) -> str:
    """Give the best of the responses up to the first progression; NE if nothing could be judged.

    Confirmation by a second scan is not asked for.
    """
    until = list(visits[: visits.index(PROGRESSIVE) + 1]) if PROGRESSIVE in visits else list(visits)
    return min(until, key=BEST_FIRST.index, default=NOT_EVALUABLE)


def _at_visit(
    size: float,
    new: bool,
    baseline: float,
    origin: float,
    rule: Recist,
    shrinkage: float,
    growth: float,
) -> str:
    if new:
        return PROGRESSIVE
    if np.isnan(size) or np.isnan(baseline) or baseline <= 0:
        return NOT_EVALUABLE
    if size == 0:
        return COMPLETE
    grown = size - origin
    back = origin == 0  # a lesion that comes back after complete response is progression
    if back or (100 * grown >= growth * origin - SAME and grown >= rule.least_growth - SAME):
        return PROGRESSIVE
    if 100 * (size - baseline) <= shrinkage * baseline + SAME:
        return PARTIAL
    return STABLE
