"""The log-rank P against the Cox row of the same contrast.

At each event let q be the chance, under the fitted model, that it falls in the arm of interest,
and p the share of that arm at risk, so that q / (1 - q) = HR p / (1 - p). The Cox estimate makes
the sum of (event - q) zero and its information, 1 / SE^2, is the sum of q (1 - q). The log-rank
statistic is U^2 / V with U = sum (q - p) and V = sum p (1 - p). With D = q + HR (1 - q),
q - p = q (1 - q)(HR - 1) / D and p (1 - p) = q (1 - q) HR / D^2, so that

    U^2 / V = (HR - 1)^2 / (HR SE^2) * mean(1/D)^2 / mean(1/D^2),

means weighted by q (1 - q). The last factor is at most 1 (Cauchy and Schwarz) and, D lying
between 1 and HR, at least 4 HR / (1 + HR)^2 (Kantorovich). Whatever the censoring, and however
the shares at risk run, without ties

    4 tanh(b/2)^2 / SE^2  <=  log-rank chi-squared  <=  4 sinh(b/2)^2 / SE^2,   b = log HR.

Ties shrink V by (n - d) / (n - 1) at each event time, d of n at risk dying, and so can only
raise the statistic of a Breslow fit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from scipy import stats

from .. import Published, key_of
from ..blocks import DIFFERENCE, NONE, Block, Ratio, Survival, read_ratio
from ..printed import Printed, read_number
from .findings import Finding, with_sign
from .wald import Span, Wald

Z_SLACK = 0.05  # shift of the log-rank z that Efron's way with ties can make, whatever its size
LIGHT_TIES, HEAVY_TIES = 0.1, 0.25  # share of those at risk with the event at one time
ARM = "arm"


@dataclass(frozen=True)
class _Contrast:
    """A printed log-rank P and the printed Cox row of the same arms and endpoint."""

    published: Published
    block: Block
    item: Survival
    cox: Block
    ratio: Ratio

    @property
    def p(self) -> Printed:
        """The log-rank P."""
        return read_number(self.item.logrank, self.block.decimals.get("p"))

    @property
    def key(self) -> str:
        """Its name in our own results."""
        return key_of("p_value", **self.item.keys, group=DIFFERENCE, statistic="logrank")


def log_rank(published: Published) -> Iterator[Finding]:
    """Check each log-rank P against the univariable Cox row of the same endpoint and arms."""
    rows = list(_cox_rows(published))
    for block in published.blocks:
        for item in block.survival:
            for cox, ratio in rows if item.logrank not in NONE else ():
                if (cox.endpoint, cox.population, ratio.term) == (
                    item.endpoint,
                    item.population,
                    item.contrast or ARM,
                ):
                    yield from _check(_Contrast(published, block, item, cox, ratio))


def chi_squared_bounds(wald: Wald, p: Printed | None = None) -> Span:
    """Bound the tie-free log-rank chi-squared, the rounding of the printed numbers allowed for.

    A printed Wald P that agrees with the row gives z = b / SE more finely than the limits do.
    """
    size, error = wald.log_ratio(), wald.standard_error()
    bounds = Span((2 * math.tanh(size.low / 2) / error.high) ** 2,
                  (2 * math.sinh(size.high / 2) / error.low) ** 2)  # fmt: skip
    row = wald.p_value()
    if p is None or not p.agrees(row.low, row.high):
        return bounds
    least, most = (float(stats.chi2.isf(min(x, 1.0), 1)) for x in (p.high, p.low))
    half = max(size.high / 2, 1e-12)
    return Span(max(bounds.low, least * (math.tanh(half) / half) ** 2),
                min(bounds.high, most * (math.sinh(half) / half) ** 2))  # fmt: skip


def _cox_rows(published: Published) -> Iterator[tuple[Block, Ratio]]:
    seen = set()
    for block in published.blocks:
        for item in block.ratios:
            printed = (block.endpoint, block.population, item.term, item.level, item.hr)
            # one level of several: the log-rank test is of all of them
            levels = {x.level for x in block.ratios if x.term == item.term}
            if block.analysis == "cox_univariable" and len(levels) < 2 and printed not in seen:
                seen.add(printed)
                yield block, item


def _check(contrast: _Contrast) -> Iterator[Finding]:
    """Compare the print with the bounds."""
    estimate, low, high = read_ratio(contrast.cox, contrast.ratio)
    if estimate is None or low is None or high is None:
        return
    level = contrast.cox.conf_level or contrast.published.conf_level
    wald = Wald(estimate, low, high, level)
    if not (wald.usable and wald.possible):
        return
    own = (
        read_number(contrast.ratio.p, contrast.cox.decimals.get("p"))
        if contrast.ratio.p not in NONE
        else None
    )
    bounds = chi_squared_bounds(wald, own)
    implied = Span(*(float(stats.chi2.sf(x, 1)) for x in (bounds.high, bounds.low)))
    if contrast.p.agrees(implied.low, implied.high):
        return
    near = [2 * float(stats.norm.sf(z)) for z in (
        float(stats.norm.isf(implied.low / 2)) + Z_SLACK,
        max(0.0, float(stats.norm.isf(implied.high / 2)) - Z_SLACK))]  # fmt: skip
    if contrast.p.agrees(*near):
        return
    # Cohorts whose times are in days or tenths of a month have a few ties.
    if contrast.p.high < implied.low and _ties_needed(contrast.p, bounds) <= LIGHT_TIES:
        return
    yield _finding(contrast, bounds, implied)


def _ties_needed(p: Printed, bounds: Span) -> float:
    """Give the share of those at risk who must have the event at each time to give the print."""
    return 1 - bounds.high / float(stats.chi2.isf(min(p.high, 1.0), 1))


def _finding(contrast: _Contrast, bounds: Span, implied: Span) -> Finding:
    """Word a P beyond the bounds."""
    p, too_small = contrast.p, contrast.p.high < implied.low
    edge = implied.low if too_small else implied.high
    at = f"{'at least' if too_small else 'at most'} {edge:.{_digits(p, edge)}f}"
    row = contrast.ratio.hr.replace("-", "–")
    says = (
        f"A log-rank P {with_sign(p.text)} is printed. Beside the Cox row {row} "
        f"({contrast.cox.where}) it is, without ties, {at}, whatever the censoring, if both are "
        "of the same patients."
    )
    severity = "conflict"
    proof = (
        "the log-rank chi-squared is within 4 tanh²(b/2)/SE² and 4 sinh²(b/2)/SE² of the Cox row, "
        f"{bounds.low:.2f} to {bounds.high:.2f}"
    )
    if too_small:
        share = _ties_needed(p, bounds)
        severity = "conflict" if share > HEAVY_TIES else "unusual"
        says += (
            f" Ties could give it only if some {100 * share:.0f}% of those at risk had the event "
            f"at each event time.{_same_as_adjusted(contrast)}"
        )
    proof = proof if severity == "conflict" else ""
    mend = f"{edge:.{_digits(p, edge)}f} or {'more' if too_small else 'less'} instead of {p.text}"
    return Finding(
        contrast.key, contrast.block.where, "log-rank and Cox", p.text, at, says, mend,
        severity, implied.low, implied.high, p.gap(implied.low, implied.high), proof,
    )  # fmt: skip


def _digits(p: Printed, edge: float) -> int:
    """Give decimals enough to show the bound beside the print."""
    return max(p.decimals, 1 - math.floor(math.log10(max(edge, 1e-12))))


def _same_as_adjusted(contrast: _Contrast) -> str:
    """Say so if the print equals the P of the adjusted Cox row of this contrast."""
    wanted = ("cox_multivariable", contrast.item.endpoint, contrast.item.population)
    for block in contrast.published.blocks:
        for ratio in block.ratios:
            same = (block.analysis, block.endpoint, block.population) == wanted
            if same and ratio.term == contrast.ratio.term and ratio.p == contrast.p.text:
                return f" {ratio.p} is also the Wald P of the adjusted model."
    return ""
