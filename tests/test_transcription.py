"""The default study's published.yml against a second transcription of the paper.

`reference/wei2026_tables.tsv` and `wei2026_text.tsv` were taken from the paper in its own order,
apart from published.yml, which groups the same numbers by variable and arm.
"""

import csv
import re
from pathlib import Path

import pytest

from cohortbook.published import load_published

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "tests" / "reference"
WORDS = {"none of 52": "0/52", "none": "0", "not observed": "0", "not significant": ">0.05"}
ARMS = {"ICI": "ICIs", "MWA+ICI": "MWA + ICIs"}
MODELS = {"cox_univariable": "crude", "cox_multivariable": "adjusted"}
BASELINE = {
    "age_group": "Age category, years", "sex": "Sex", "ecog": "ECOG performance status",
    "hbsag": "Hepatitis B surface antigen", "hcv": "Hepatitis C virus antibody", "afp": "AFP",
    "cnlc": "CNLC stage", "bilirubin": "Total bilirubin", "alt": "Alanine aminotransferase",
    "tumours": "Number of active tumors",
}  # fmt: skip
LEVELS = {
    "M": "Male", "F": "Female", "negative": "Negative", "positive": "Positive", ">=65": "≥65",
    "<400": "<400 ng/ml", ">=400": "≥400 ng/ml", "<=20": "≤20 μmol/l", ">20": ">20 μmol/l",
    "<50": "<50 U/l", ">=50": "≥50 U/l", "NE": "Not assessable",
}  # fmt: skip
FACTORS = {
    "age": "Age (per year)", "sex": "Sex (male/female)", "ecog": "ECOG performance status (0/1)",
    "hbsag": "Hepatitis B surface antigen", "afp": "AFP (<400/≥400 ng/ml)",
    "bilirubin": "Total bilirubin", "alt": "Alanine aminotransferase",
    "tumours": "Number of active tumors", "arm": "Treatment (MWA + ICIs vs. ICIs)",
}  # fmt: skip


def transcribed(part):
    path = REFERENCE / f"wei2026_{part}.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def second():
    rows = transcribed("tables")
    out = {}
    for row in rows:
        label = row["row"].replace("AFP(", "AFP (")
        out[row["table"], label, row["column"]] = row["printed"].rstrip("%")
    assert len(out) == len(rows)
    return out


def counts(block):
    for item in block.counts:
        for level, cells in item.lines().items():
            name = LEVELS.get(level, level)
            if block.where == "Table I":
                name = f"{BASELINE[item.term]}: {name}"
            for arm, text in cells.items():
                yield row_column(block, item, level, name, ARMS[arm]), text.rstrip("%")
        for level, text in item.p_values().items():
            name = BASELINE.get(item.term, item.term)
            yield row_column(block, item, level or "", name, "P"), text


def row_column(block, item, level, name, column):
    if block.where == "Table V":
        return item.term, f"{level} {column}"
    return (item.term or name if block.where == "Table II" else name), column


def ratios(block):
    for item in block.ratios:
        label, model = FACTORS.get(item.term, f"CNLC stage: {item.level}"), MODELS[block.analysis]
        yield (label, f"{model} HR"), item.hr
        yield (label, f"{model} P"), item.p


def first(table):
    blocks = [b for b in load_published(ROOT / "data" / "wei2026").blocks if b.where == table]
    for block in blocks:
        for item in block.summaries:
            for arm, text in [*item.groups.items(), ("P", item.p)]:
                yield ("Median age, years (range)", ARMS.get(arm, arm)), text
        yield from counts(block)
        yield from ratios(block)


@pytest.mark.parametrize("table", ["Table I", "Table II", "Table III", "Table IV", "Table V"])
def test_both_transcriptions_of_a_table_are_the_same(table):
    ours = dict(first(table))
    theirs = {key[1:]: text for key, text in second().items() if key[0] == table}
    assert ours == theirs


def numbers(printed):
    """What a printed cell holds, whatever its order: 9.7% (3/31) is 3/31 (9.7)."""
    found = re.findall(r"[<>]?\d+\.?\d*", WORDS.get(printed, printed))
    return frozenset((text.strip("0123456789."), float(text.strip("<>"))) for text in found)


def printed_in(block):
    """Every cell of a block, as text."""
    yield from block.sizes.values()
    for item in block.counts:
        for cells in item.lines().values():
            yield from cells.values()
        yield from item.p_values().values()
    for item in block.summaries:
        yield from (*item.groups.values(), item.p)
    for item in block.survival:
        yield from (*item.median.values(), item.logrank)
    for item in block.ratios:
        yield from (item.hr, item.p)


def test_both_transcriptions_of_the_running_text_are_the_same():
    ours, theirs = {}, {}
    for block in load_published(ROOT / "data" / "wei2026").blocks:
        if not block.where.startswith("Table"):
            place = block.where.removesuffix(" (second paragraph)")
            ours.setdefault(place, set()).update(numbers(str(t)) for t in printed_in(block) if t)
    for row in transcribed("text"):
        theirs.setdefault(row["where"], set()).add(numbers(row["printed"]))
    assert len(theirs) == 14
    assert ours == theirs
