"""Abbreviations that a text uses, with what they mean."""

from __future__ import annotations

import re

from ...formats import markdown as md
from ...formats import unescaped
from ...study.study import Study

# what the report's own sentences use; a study file may call one of them something else
OF_THE_REPORT = {
    "BCa": "bias-corrected and accelerated",
    "CI": "confidence interval",
    "CTCAE": "Common Terminology Criteria for Adverse Events",
    "HR": "hazard ratio",
    "NR": "not reached",
    "RECIST": "Response Evaluation Criteria in Solid Tumours",
    "mRECIST": "modified Response Evaluation Criteria in Solid Tumours",
}


def used(text: str, meanings: dict[str, str]) -> dict[str, str]:
    """Give the abbreviations that stand in a text as whole words, in alphabetical order.

    One may hold other marks than letters and digits; PD-L1 does not hold PD.
    """
    found = set()
    for short in sorted(meanings, key=len, reverse=True):
        text, times = re.subn(rf"(?<![^\W_]){re.escape(short)}(?![^\W_])", " ", text)
        if times:
            found.add(short)
    return {short: meanings[short] for short in sorted(found, key=lambda s: (s.lower(), s))}


def explained(found: dict[str, str]) -> str:
    """Print abbreviations with their meanings: CI, confidence interval; HR, hazard ratio."""
    return "; ".join(f"{short}, {meaning}" for short, meaning in found.items())


def of_manuscript(texts: list[str], study: Study) -> str:
    """Give the paragraph (Markdown) that explains those of the running text; "" if it has none.

    Parameters
    ----------
    texts : list of str
        The sentences of the manuscript.
    study : Study
        Its `texts.abbreviations` come before what the report knows itself.
    """
    found = used(unescaped(" ".join(texts)), OF_THE_REPORT | study.texts.abbreviations)
    escaped = {md(short): md(meaning) for short, meaning in found.items()}
    return f"**Abbreviations.** {explained(escaped)}." if found else ""
