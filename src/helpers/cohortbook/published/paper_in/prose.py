"""Numbers in sentences: ratios with limits and P, and counts with their denominators."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import Paragraph
from .texts import with_points

_N = r"(\d+(?:\.\d+)?|\.\d+)"
_P = r"[pP]\s*(?:-?\s*value\s*)?(?:of\s+)?(?:=|(?P<relation>[<>≤≥]))?\s*(?P<p>0?\.\d+|1\.0+)"
_RATIO = re.compile(
    r"(?P<kind>\b(?:a?HR|hazard ratio|a?OR|odds ratio)\b)[^.;\d]{0,40}?\s*(?:=|:|of|was|,|\[HR\]|"
    r"\(HR\)|\s)\s*"
    rf"{_N}\s*[\(\[,;]?\s*(?:(?P<level>\d\d)\s*%\s*)?(?:CI|confidence interval)\s*(?:\[CI\])?"
    rf"[\s:,=\[\(]*{_N}\s*(?:-|to|,|–)\s*{_N}(?:[^.\d]{{0,12}}?{_P})?",
    re.I,
)
_COUNT = re.compile(
    r"\b(\d+)\s*(?:of|/|out of)\s*(?:the\s+)?(\d+)\b(?:\s+(?:patients|cases|women|men))?\s*"
    rf"[\(\[,]\s*{_N}\s*%",
    re.I,
)


def prose(paragraphs: list[Paragraph]) -> Iterator[dict]:
    """Give a block for every sentence's ratio and every count with its denominator.

    What a sentence is about is not guessed: a ratio is named after its place, and counts bear
    their own denominators.
    """
    for number, paragraph in enumerate(paragraphs, start=1):
        text = with_points(paragraph.text, decimal_comma=False)
        where = (
            paragraph.where
            if paragraph.where == "Abstract"
            else f"{paragraph.where}, paragraph {number}"
        )
        yield from _ratios(text, where, number)
        counts = _counts(text, number)
        if counts:
            yield {"where": where, "analysis": "text", "counts": counts, "page": paragraph.page}


def _ratios(text: str, where: str, number: int) -> Iterator[dict]:
    for k, found in enumerate(_RATIO.finditer(text), start=1):
        estimate, low, high = found[2], found[4], found[5]
        odds = "od" in found["kind"].lower() or found["kind"].upper().endswith("OR")
        item = {"term": f"ratio {k}", "level": "", "hr": f"{estimate} ({low}-{high})"}
        if found["p"]:
            relation = {"≤": "<", "≥": ">"}.get(found["relation"] or "", found["relation"] or "")
            item["p"] = f"{relation}{found['p']}"
        block = {
            "where": where,
            "analysis": "logistic_text" if odds else "cox_text",
            "endpoint": f"text {number}",
            "ratios": [item],
        }
        if found["level"] and found["level"] != "95":
            block["conf_level"] = int(found["level"]) / 100
        yield block


def _counts(text: str, number: int) -> list[dict]:
    out = []
    for k, found in enumerate(_COUNT.finditer(text), start=1):
        count, total = int(found[1]), int(found[2])
        # 3 of 10 (30%) is a count; 2009/11 (5%) would be none
        if 0 < total < 100_000 and count <= total:
            out.append(
                {
                    "term": f"text {number}, {k}",
                    "cells": {"overall": f"{count}/{total} ({found[3]}%)"},
                }
            )
    return out
