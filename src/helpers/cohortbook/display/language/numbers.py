"""Numbers in finished words, as a language prints them: decimal mark, ranges, P."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...study.languages import Numbers

# what is no number though it looks like one: code, attributes, addresses, keys, shortcodes
NO_NUMBER = re.compile(
    r"`[^`]*`|\{\{<.*?>\}\}|\]\([^)]*\)|\{[^{}]*\}|@[\w:-]+|https?://\S+|\b10\.\d{4,}/\S+"
    r"|\bversions? \d[\w.]*|\d+(?:\.\d+){2,}|[A-Za-z_]\d[\d.]*"
)
NUMBER = re.compile(r"(?<![\w.,])([1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.(\d+))?(?![\w]|\.\d)")
PERCENT = re.compile(r"(?<=\d)%")
RANGE = re.compile(r"(?<=[\d%∞])–(?=[\d<>−∞]|NR\b)|(?<=\bNR)–(?=NR\b)")
# "0,5, 0,3" is hard to read, and so is "0,5, 95 % CI"
BETWEEN_DECIMALS = re.compile(r"(?<=\d)(,\d+[%)]?), (?=[−<>]?\d+,\d|\d+\s?% CI)")
P = re.compile(r"(?<![\w-])(\*?)P(\*?)(?![\w-])(?: ?([=<>≥]) ?(?=\d))?")


def printed(text: str, style: Numbers, kept: re.Pattern[str] | None = None) -> str:
    """Print the numbers of a finished text in a style; what `kept` matches stays as it is."""
    if style == Numbers():
        return text
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[0])
        return f"\ue000{len(held) - 1}\ue001"

    for pattern in filter(None, (kept, NO_NUMBER)):
        text = pattern.sub(hold, text)
    for pattern, made in _rules(style):
        text = pattern.sub(made, text)
    while "\ue000" in text:  # what is held may hold something itself
        text = re.sub("\ue000(\\d+)\ue001", lambda found: held[int(found[1])], text)
    return text


def _rules(style: Numbers) -> list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]]:
    def number(found: re.Match[str]) -> str:
        whole = found[1].replace(",", style.thousands)
        return whole + (style.decimal + found[2] if found[2] else "")

    def p(found: re.Match[str]) -> str:
        sign = f"{style.relation}{found[3]}{style.relation}" if found[3] else ""
        return f"{found[1]}{style.p}{found[2]}{sign}"

    rules: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]]
    rules = [(NUMBER, number), (RANGE, style.through), (PERCENT, style.percent), (P, p)]
    return [*rules, (BETWEEN_DECIMALS, r"\1; ")] if style.decimal == "," else rules
