"""Ratios: the estimate against its interval, and the P value against both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .. import Published, key_of
from ..blocks import DIFFERENCE, NONE, Block, Ratio, read_ratio
from ..printed import Printed, read_number
from .findings import Finding, Severity, listing, p_span, p_text, printed_elsewhere, span
from .p_from_counts import DRIFT
from .slips import CUT, slip_of
from .wald import Span, Wald

OTHER_LEVELS = (0.90, 0.99, 0.975, 0.995, 0.95)
CONTINUOUS = 1.25  # how far the z of score or likelihood ratio may be from Wald's, in the extreme
STRATIFIED = 1.15  # and how far that of a stratified test of the arms
MANY = 3  # skewed rows of one block that show another kind of limits


@dataclass(frozen=True)
class RatioRow:
    """One printed ratio with its limits and P value."""

    published: Published
    block: Block
    item: Ratio
    wald: Wald
    p: Printed | None

    @property
    def key(self) -> str:
        """Its name in our own results."""
        return self.key_of("estimate")

    def key_of(self, column: str) -> str:
        """Name one of its columns: a limit, the P value."""
        return key_of(column, **self.block.keys, term=self.item.term, level=self.item.level,
                      group=DIFFERENCE, statistic=self.block.ratio_kind)  # fmt: skip

    @property
    def name(self) -> str:
        """The row as a message names it."""
        return " ".join(x for x in (self.item.term, self.item.level) if x)

    @property
    def noun(self) -> str:
        """What the ratio is."""
        return {"hr": "a hazard ratio", "or": "an odds ratio"}[self.block.ratio_kind]

    @property
    def binary(self) -> bool:
        """Tell whether the row compares two levels, so that bounds without the data hold."""
        return bool(self.item.level) or self.item.term == "arm"


def ratios(published: Published) -> Iterator[Finding]:
    """Check each ratio against the geometric middle of its interval, and P against both.

    Limits and P by Wald's method are what SPSS, R, SAS and Stata print for Cox models: on the log
    scale the estimate is the middle, and P follows from the width. Odds ratios may have profile
    or exact limits, which are skewed; P may be of the score or likelihood-ratio test. One row
    gives one finding.
    """
    tables: dict[tuple[str, str], list[tuple[RatioRow, Finding]]] = {}
    usable: dict[tuple[str, str], int] = {}
    for block in published.blocks:
        # the models of one logistic analysis have their limits from one program
        table = (block.analysis, "") if block.ratio_kind == "or" else (block.analysis, block.where)
        rows = [ratio_row(published, block, item) for item in block.ratios]
        usable[table] = usable.get(table, 0) + sum(row is not None for row in rows)
        tables.setdefault(table, []).extend(
            (row, finding) for row in rows if row is not None for finding in _check(row)
        )
    for table, found in tables.items():
        yield from _with_skewed_joined(found, usable[table])


def _with_skewed_joined(found: list[tuple[RatioRow, Finding]], usable: int) -> Iterator[Finding]:
    """Give the findings of one table, its skewed limits as one if they are so many.

    What beside them may be of the same limits, as a slip of rounding or P a little off, is not
    told again.
    """
    odds = any(row.block.ratio_kind == "or" for row, _ in found)
    skewed = [row for row, finding in found if _is_skewed(row, finding)]
    if len(skewed) < MANY or (2 * len(skewed) < usable and not odds):
        yield from (finding for _, finding in found)
        return
    yield _all_skewed(skewed)
    for row, finding in found:
        same = row in skewed or (odds and finding.severity != "conflict" and row.wald.possible
                                 and row.wald.profile_possible()
                                 and row.wald.p_agrees(row.p, loose=True))  # fmt: skip
        if not same:
            yield finding


def ratio_row(published: Published, block: Block, item: Ratio) -> RatioRow | None:
    """Read a row that has an estimate and both limits (None: it has not)."""
    estimate, low, high = read_ratio(block, item)
    if estimate is None or low is None or high is None or estimate.relation != "=":
        return None
    wald = Wald(estimate, low, high, block.conf_level or published.conf_level)
    p = read_number(item.p, block.decimals.get("p")) if item.p not in NONE else None
    return RatioRow(published, block, item, wald, p)


def _check(row: RatioRow) -> Iterator[Finding]:
    wald = row.wald
    if not wald.possible:
        yield _impossible(row)
    elif not wald.usable:
        return
    elif not wald.centred():
        yield _off_centre(row)
    elif row.p is not None and not _p_fits(row, wald):
        yield _off_p(row)


def _p_fits(row: RatioRow, wald: Wald) -> bool:
    """Tell whether the printed P is that of the test which the file names."""
    kind = row.block.p_kind
    implied = wald.p_value()
    if kind == "one-sided":
        implied = Span(implied.low / 2, implied.high / 2)
    elif kind != "wald":
        implied = wald.other_p()
        if not row.binary:
            return True  # the spread of the covariate is not known
    return row.p.agrees(implied.low, implied.high)


# -- limits ---------------------------------------------------------------------------------


def _impossible(row: RatioRow) -> Finding:
    wald = row.wald
    limits = f"{wald.low.text}–{wald.high.text}"
    order = wald.low.low > wald.high.high
    proof = "the lower limit is above the upper one" if order else \
        "no interval of any kind leaves out its own estimate"  # fmt: skip
    return Finding(
        row.key, row.block.where, "ratio and interval", wald.estimate.text, f"between {limits}",
        f"A ratio of {wald.estimate.text} is printed with the interval {limits}.",
        _mend_centre(wald, row.p), proof=proof, subject=row.name,
    )  # fmt: skip


def _off_centre(row: RatioRow) -> Finding:
    wald, estimate = row.wald, row.wald.estimate
    centre = wald.centre()
    middle = span(centre.low, centre.high, estimate.decimals)
    severity, why, proof = _why_off_centre(row)
    also: tuple[str, ...] = ()
    off_p = row.p is not None and not _p_fits(row, wald)
    if off_p:
        implied = wald.p_value()
        why += (
            f" The printed P, {row.p.text}, follows from neither: the interval alone would give "
            f"{p_span(implied.low, implied.high, row.p.decimals)}."
        )
        also = (row.key_of("p_value"),)
    return Finding(
        row.key, row.block.where, "ratio and interval", estimate.text, middle,
        f"The interval {wald.low.text}–{wald.high.text} has its geometric middle at "
        f"{middle}; {row.noun} of {estimate.text} is printed with it. {why.strip()}".strip(),
        _mend_centre(wald, row.p), severity, centre.low, centre.high,
        estimate.gap(centre.low, centre.high), proof, also, row.name,
    )  # fmt: skip


def _why_off_centre(row: RatioRow) -> tuple[Severity, str, str]:
    """Find what else could give the three numbers."""
    slip = _slipped(row)
    if slip:
        return "rounding", slip, ""
    wald = row.wald
    middle = Span((wald.low.low + wald.high.low) / 2, (wald.low.high + wald.high.high) / 2)
    if wald.estimate.agrees(middle.low, middle.high) and wald.p_agrees(row.p, loose=True):
        return "fits only if", "It fits only if the limits were made on the ratio scale.", ""
    skewed = wald.profile_possible()
    if row.block.ratio_kind == "or" and (skewed or not row.binary):
        return "fits only if", (
            "It fits only if the limits are profile or exact ones, which are skewed."
        ), ""  # fmt: skip
    limits = f"{wald.low.text}·{wald.high.text}"
    proof = (
        f"the square root of {limits} is {span(wald.centre().low, wald.centre().high, 4)}: "
        "symmetric limits of no log ratio"
    )
    if not skewed and row.binary:
        proof += "; limits of the profile likelihood cannot be so skewed either"
    return "conflict", "", proof


def _slipped(row: RatioRow) -> str:
    """Name the one number that, not rounded but cut off or rounded up, makes the row agree."""
    numbers = [row.wald.estimate, row.wald.low, row.wald.high]
    for i, (name, number) in enumerate(zip(("ratio", "lower limit", "upper limit"), numbers,
                                           strict=True)):  # fmt: skip
        if number.relation != "=":
            continue
        unit = 10.0**-number.decimals
        for how, shift in (("cut off instead of rounded", 0.5), ("rounded up", -0.5)):
            moved = list(numbers)
            moved[i] = replace(number, value=number.value + shift * unit)
            other = Wald(*moved, row.wald.conf_level)
            if other.usable and other.possible and other.centred() and \
                    (row.p is None or _p_fits(row, other)):  # fmt: skip
                return f"It fits if the {name} was {how}."
    return ""


def _is_skewed(row: RatioRow, finding: Finding) -> bool:
    """Tell whether a finding is of limits skewed as those of the profile likelihood may be."""
    return finding.check == "ratio and interval" and row.wald.possible \
        and finding.severity in ("conflict", "fits only if") \
        and row.wald.profile_possible() and row.wald.p_agrees(row.p, loose=True)  # fmt: skip


def _all_skewed(rows: list[RatioRow]) -> Finding:
    """Word rows of one block whose limits are all skewed: one cause."""
    first = rows[0]
    centre = first.wald.centre()
    names = listing(row.name for row in rows)
    return Finding(
        first.key, first.block.where, "ratio and interval", first.wald.estimate.text,
        span(centre.low, centre.high, first.wald.estimate.decimals),
        f"The intervals of {len(rows)} rows ({names}) are skewed about their ratios. They fit only "
        "if the limits are of the profile likelihood, exact or by bootstrap.",
        "the kind of limits", "fits only if", centre.low, centre.high,
        first.wald.estimate.gap(centre.low, centre.high), "", tuple(row.key for row in rows[1:]),
    )  # fmt: skip


def _mend_centre(wald: Wald, p: Printed | None) -> str:
    """Name the one number whose change makes ratio and interval agree, and P if possible."""
    e, low, high = wald.estimate.value, wald.low.value, wald.high.value
    if min(e, low, high) <= 0:
        return ""
    options = [
        ("a ratio", wald.estimate, (low * high) ** 0.5),
        ("a lower limit", wald.low, e * e / high),
        ("an upper limit", wald.high, e * e / low),
    ]
    texts, whole = [], []
    for position, (name, printed, value) in enumerate(options):
        text = f"{name} of {printed.like(value)} instead of {printed.text}"
        texts.append(text)
        numbers = [wald.estimate, wald.low, wald.high]
        numbers[position] = read_number(printed.like(value), printed.decimals)
        changed = Wald(*numbers, wald.conf_level)
        if p is not None and changed.usable:
            implied = changed.p_value()
            if p.agrees(implied.low, implied.high):
                whole.append(text)
    rest = [text for text in texts[:1] if text not in whole]
    return " or ".join([text + " (which also agrees with P)" for text in whole] + rest)


# -- P --------------------------------------------------------------------------------------


def _off_p(row: RatioRow) -> Finding:
    wald, p = row.wald, row.p
    implied: Span = wald.p_value()
    right = p_span(implied.low, implied.high, p.decimals)
    severity, why, proof = _why_off_p(row, implied)
    why += printed_elsewhere(p, row.key_of("p_value"), row.block.where, row.published.statistics())
    return Finding(
        row.key_of("p_value"), row.block.where, "P and interval", p.text, right,
        f"By Wald's test, the ratio and its interval imply P of {right}; {p.text} is "
        f"printed. {why}".strip(),
        f"{p_text(implied.low, p.decimals)} instead of {p.text}",
        severity, implied.low, implied.high, p.gap(implied.low, implied.high), proof,
        subject=row.name,
    )  # fmt: skip


def _why_off_p(row: RatioRow, implied: Span) -> tuple[Severity, str, str]:
    """Find what else could give the printed P beside this interval."""
    p, own = row.p, row.wald.other_p()
    kind = slip_of(p, implied.low, implied.high)
    if kind:
        how = f"{kind} instead of rounded" if kind == CUT else kind
        return "rounding", f"It fits if it was {how}.", ""
    other = _other_p(row, implied, own)
    if other:
        return "fits only if", f"It fits only if {other}.", ""
    same_side = (implied.high < row.published.alpha) == (p.value < row.published.alpha)
    if p.gap(implied.low, implied.high) < DRIFT and same_side and p.relation == "=":
        return "unusual", "It is off in the last decimals, as after a change of one number.", ""
    decimals = max(p.decimals, 3)
    proof = (
        f"Wald's P is {p_span(implied.low, implied.high, decimals)}; score and likelihood-ratio P "
        f"are within {p_span(own.low, own.high, decimals)} for two levels; nor one-sided, nor an "
        "interval of another level"
    )
    return "conflict", "", proof


def _other_p(row: RatioRow, implied: Span, own: Span) -> str:
    """Name another test, or another confidence level, that gives the printed P."""
    p, wald = row.p, row.wald
    if p.agrees(own.low, own.high):
        return "P is of the score (log-rank) or likelihood-ratio test"
    if p.agrees(implied.low / 2, implied.high / 2):
        return "P is one-sided"
    for level in OTHER_LEVELS:
        at = replace(wald, conf_level=level).p_value()
        if level != wald.conf_level and p.agrees(at.low, at.high):
            return f"the interval is one of {100 * level:g}%"
    if row.item.term == "arm" and wald.p_agrees(p, factor=STRATIFIED):
        return "P is of a stratified or adjusted test, or the ratio is"
    return _kind_of_limits(row)


def _kind_of_limits(row: RatioRow) -> str:
    """Name limits or tests that give nearly Wald's P, as profile limits of an odds ratio do."""
    p, wald = row.p, row.wald
    if row.block.ratio_kind == "or" and wald.p_agrees(p, factor=STRATIFIED):
        return "the limits are profile or exact ones"
    if not row.binary and wald.p_agrees(p, factor=CONTINUOUS):
        return "P is of the score or likelihood-ratio test of a skewed variable"
    return ""
