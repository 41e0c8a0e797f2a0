"""Abbreviations that a text uses, with what they mean."""

from __future__ import annotations

import re

from ...formats import markdown as md
from ...formats import unescaped
from ...study.study import Study
from ..language.speech import Speech

LETTER = r"[^\W_\u2e80-\u9fff]"  # or digit; Chinese has no blanks around an abbreviation
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
        text, times = re.subn(rf"(?<!{LETTER}){re.escape(short)}(?!{LETTER})", " ", text)
        if times:
            found.add(short)
    return {short: meanings[short] for short in sorted(found, key=lambda s: (s.lower(), s))}


def explained(found: dict[str, str], marks: tuple[str, str, str] = (", ", "; ", ".")) -> str:
    """Print abbreviations with their meanings: CI, confidence interval; HR, hazard ratio.

    `marks` stand before a meaning, between two and at the end; there is none of no abbreviation.
    """
    before, between, end = marks
    text = between.join(f"{short}{before}{meaning}" for short, meaning in found.items())
    return text and text + end


def of_manuscript(texts: list[str], study: Study, speech: Speech | None = None) -> str:
    """Give the paragraph (Markdown) that explains those of the running text; "" if it has none.

    Parameters
    ----------
    texts : list of str
        The sentences of the manuscript.
    study : Study
        Its `texts.abbreviations` come before what the report knows itself.
    speech : Speech, optional
        The language of the study, if that is not English.
    """
    found = used(unescaped(" ".join(texts)), OF_THE_REPORT | study.texts.abbreviations)
    escaped = {md(short): md(meaning) for short, meaning in found.items()}
    if not found:
        return ""
    if speech is None:
        return f"**Abbreviations.** {explained(escaped)}"
    said = {short: speech.text(meaning) for short, meaning in escaped.items()}
    return f"{speech.text('**Abbreviations.**')} {explained(said, speech.language.explains)}"
