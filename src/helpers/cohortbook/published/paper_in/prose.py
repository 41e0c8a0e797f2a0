"""Numbers in sentences: ratios with limits and P, and counts with their denominators."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import Paragraph
from .texts import with_points

_NUMBER = r"(?:\d+(?:\.\d+)?|\.\d+)"
_P = r"[pP]\s*(?:-?\s*value\s*)?(?:of\s+)?(?:=|(?P<relation>[<>≤≥]))?\s*(?P<p>0?\.\d+|1\.0+)"
_LIMITS = rf"{_NUMBER}\s*(?:-|to|–)\s*{_NUMBER}\s*[;,)\]]"
_RATIO = re.compile(
    r"(?P<kind>\b(?:a?HR|hazard ratio|a?OR|odds ratio)\b)"
    r"(?P<between>[^.;\d]{0,40}?\s*(?:=|:|of|was|,|\[HR\]|\(HR\)|\s)\s*)"
    rf"(?P<estimate>{_NUMBER})\s*(?:[\(\[,;]?\s*(?:(?P<level>\d\d)\s*%\s*-?)?"
    rf"(?P<ci>CI|KI|IC|confidence interval|Konfidenzintervall)\s*(?:\[CI\])?[\s:,=\[\(]*"
    rf"|[\(\[]\s*(?={_LIMITS}))"
    rf"(?P<low>{_NUMBER})\s*(?:-|to|bis|,|–)\s*(?P<high>{_NUMBER})(?:[^.\d]{{0,12}}?{_P})?",
    re.I,
)
_BESIDE = re.compile(r"[\s=:,]*(?:of|was|is)?[\s=:,]*|\s*[\[(]a?(?:HR|OR)[\])][\s=:,]*", re.I)
_COMMA, _POINT = re.compile(r"(?<![\d.,])0,\d"), re.compile(r"\d\.\d")  # 0,03 is no thousand
_COUNTS = [
    re.compile(
        r"\b(?P<n>\d+)\s*(?:of|von|/|out of)\s*(?:the\s+)?(?P<all>\d+)\b"
        rf"(?:\s+(?:patients|cases|women|men))?\s*[\(\[,]\s*(?P<share>{_NUMBER})\s*%",
        re.I,
    ),
    re.compile(
        rf"\b(?P<n>\d+)\s*[\(\[](?P<share>{_NUMBER})\s*%[\)\]]\s*(?:of|von|out of)\s+"
        r"(?:the\s+)?(?P<all>\d+)\b",
        re.I,
    ),
    re.compile(
        rf"(?<![\d.])(?P<share>{_NUMBER})\s*%\s*[\(\[]\s*(?P<n>\d+)\s*(?:of|von|/|out of)\s*"
        r"(?:the\s+)?(?P<all>\d+)\b",
        re.I,
    ),
]


def prose(paragraphs: list[Paragraph]) -> Iterator[dict]:
    """Give a block for every sentence's ratio and every count with its denominator.

    What a sentence is about is not guessed: a ratio is named after its place, and counts bear
    their own denominators.
    """
    for number, paragraph in enumerate(paragraphs, start=1):
        commas = bool(_COMMA.search(paragraph.text)) and not _POINT.search(paragraph.text)
        text = with_points(paragraph.text, decimal_comma=commas)
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
        if not found["ci"] and not _BESIDE.fullmatch(found["between"]):
            continue  # two numbers in brackets are limits right beside the word only
        estimate, low, high = found["estimate"], found["low"], found["high"]
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
    every = sorted((f for form in _COUNTS for f in form.finditer(text)), key=lambda f: f.start())
    for k, found in enumerate(every, start=1):
        count, total = int(found["n"]), int(found["all"])
        # 3 of 10 (30%) is a count; 2009/11 (5%) would be none
        if 0 < total < 100_000 and count <= total:
            out.append(
                {
                    "term": f"text {number}, {k}",
                    "cells": {"overall": f"{count}/{total} ({found['share']}%)"},
                }
            )
    return out
