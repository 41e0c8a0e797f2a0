"""What Wei et al. 2026 printed and the synthetic study must equal: counts, dates, rules.

Oncology Letters, DOI 10.3892/ol.2026.15633. The counts of its tables are read from the study's
`published.yml`; they are by arm, in the order of ARMS. Dates and rules are typed here.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cohortbook.published import load_published
from cohortbook.published.blocks import Block, Counts
from cohortbook.published.printed import read_cell, read_spread

PUBLISHED = Path(__file__).parents[2] / "data" / "wei2026" / "published.yml"

CUTOFF = date(2025, 6, 30)
FIRST_START, LAST_START = date(2022, 1, 1), date(2024, 1, 31)
DAYS_A_MONTH = 30.4375

_paper = load_published(PUBLISHED)
ARMS = tuple(_paper.groups)
SIZES = dict(_paper.groups)


def _block(where: str) -> Block:
    return next(block for block in _paper.blocks if block.where == where)


def _line(block: Block, term: str) -> Counts:
    return next(item for item in block.counts if item.term == term)


def _counts(cells: dict[str, str]) -> tuple[int, ...]:
    """Give the patients of a line by arm."""
    return tuple(int(read_cell(cells[arm])["count"].value) for arm in ARMS)


def _levels(block: Block, term: str) -> dict[str, tuple[int, ...]]:
    return {level: _counts(cells) for level, cells in _line(block, term).lines().items()}


def _whole(text: str) -> tuple[int, ...]:
    """Give median, lowest and highest of "59 (48-71)"."""
    return tuple(int(number.value) for number in read_spread(text))


# the columns of the core, with 1 = yes, and the levels that Table I prints for their values
_COLUMNS = {
    "sex": ("sex", {"M": "M", "F": "F"}),
    "ecog": ("ecog", {0: "0", 1: "1"}),
    "hbsag": ("hbsag", {0: "negative", 1: "positive"}),
    "hcv": ("hcv", {0: "negative", 1: "positive"}),
    "afp400": ("afp", {0: "<400", 1: ">=400"}),
    "cnlc": ("cnlc", {"IIa": "IIa", "IIb": "IIb", "IIIb": "IIIb"}),
    "tbil_gt20": ("bilirubin", {0: "<=20", 1: ">20"}),
    "alt_ge50": ("alt", {0: "<50", 1: ">=50"}),
    "ntum_2_3": ("tumours", {0: "1", 1: "2-3"}),
}

# Table I: core column -> value -> patients by arm.
_table_1 = _block("Table I")
TABLE_1 = {
    column: {value: _levels(_table_1, term)[printed] for value, printed in values.items()}
    for column, (term, values) in _COLUMNS.items()
}
AGE_SUMMARY = {  # median, lowest, highest
    arm: _whole(text) for arm, text in _table_1.summaries[0].groups.items()
}
AGE_65_OR_MORE = dict(zip(ARMS, _levels(_table_1, "age_group")[">=65"], strict=True))

# Table II
RESPONSES = _levels(_block("Table II"), "")

# Results, safety profile: permanent discontinuation by reason
DISCONTINUED = {
    reason: _levels(_block("Results, discontinuation"), reason)[""]
    for reason in ("progression", "toxicity")
}

# Table V: term -> (any grade by arm, grade 3-4 by arm)
TABLE_5 = {
    item.term: (_counts(item.levels["any"]), _counts(item.levels["severe"]))
    for item in _block("Table V").counts
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
