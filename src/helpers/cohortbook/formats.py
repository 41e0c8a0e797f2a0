"""The one policy for how numbers are printed: P values, intervals, counts, medians."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

NOT_REACHED = "NR"
NOT_ESTIMABLE = "not estimable"
EMPTY = "–"
WITHHELD = "withheld"
MINUS = "−"
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"  # letters of Chinese, as a range of a pattern
WIDE = Context(prec=400)  # the largest number has 309 digits before its point


def number(value: float, decimals: int = 1) -> str:
    """Print a number with fixed decimals, halves away from zero as SPSS and journals do."""
    if value is None or math.isnan(value):
        return EMPTY
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    # 12 significant digits first: 0.285 stored as 0.28499999999999998 is meant as 0.285
    exact = Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, WIDE)
    text = f"{exact:f}"
    if exact == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def significant(value: float, digits: int = 2) -> str:
    """Print a positive number with its leading digits, never as a power of ten: 0.0014, 12."""
    if value is None or math.isnan(value) or math.isinf(value) or value <= 0:
        return EMPTY
    return number(value, max(0, digits - 1 - math.floor(math.log10(value))))


USUAL_LEVEL = 0.05
LEAST_P = 0.001


def p_value(value: float, alpha: float = USUAL_LEVEL, decimals: int = 3) -> str:
    """Print a P value: three decimals, <0.001 and >0.999 at the ends, a dash if there is none.

    Some journals ask for two `decimals` from 0.01 on, and >0.99 at the end (Aguinis and others, BMJ
    Evid Based Med 2019, doi:10.1136/bmjebm-2019-111264, quote the New England Journal's rule).

    A value that three decimals would put on a level of significance, or across it, keeps as many
    as show on which side it is: 0.0498 beside "significant", 0.0504 beside "not significant".
    Journals ask that rounding never moves a P value across the level (AMA Manual of Style, 11th
    edition, 19.5). The levels are `alpha`, the study's own, and 0.05, which readers have in mind.
    """
    if value is None or math.isnan(value):
        return EMPTY
    least = min(LEAST_P, alpha)
    if value < least:
        return f"<{level(least)}"
    fewest = decimals if value >= 0.01 else 3 if value >= LEAST_P else 4
    for shown in range(fewest, _decimals(alpha) + 6):
        text = number(value, shown)
        if all(_same_side(float(text), value, at) for at in (alpha, USUAL_LEVEL)):
            return f">0.{'9' * shown}" if float(text) == 1 else text
    return number(value, max(fewest, _decimals(alpha)))  # the level itself


def _same_side(shown: float, value: float, at: float) -> bool:
    return shown != at and (shown < at) == (value < at)


def level(alpha: float) -> str:
    """Print a level of significance with all its decimals, two at least: 0.05, 0.025, 0.10."""
    return number(alpha, _decimals(alpha))


def _decimals(alpha: float) -> int:
    return max(2, -Decimal(f"{alpha:.12g}").normalize().as_tuple().exponent)


def p_equals(value: float, name: str = "*P*", alpha: float = USUAL_LEVEL, decimals: int = 3) -> str:
    """Print a P value for prose, with its relation sign: P = 0.031, P < 0.001."""
    text = p_value(value, alpha, decimals)
    if text == EMPTY:
        return f"{name} not estimable"
    if text[0] in "<>":
        return f"{name} {text[0]} {text[1:]}"
    return f"{name} = {text}"


def percent(count: float, total: float, decimals: int = 1) -> str:
    """Print the percentage of a count without its sign: 28.6, <0.1 for 1 of 4000."""
    return EMPTY if not total else percentage(100 * count / total, decimals)


WHOLE, NOISE = 100.0, 1e-9


def percentage(value: float, decimals: int = 1) -> str:
    """Print a percentage without its sign; 0.0 and 100.0 stand for none and all alone.

    What rounds to one of them and is not gets the nearest number that shows it: <0.1 and >99.9.
    """
    text = number(value, decimals)
    if value is None or math.isnan(value) or not NOISE < value < WHOLE - NOISE:
        return text
    least = 10.0**-decimals
    if text == number(0, decimals):
        return f"<{number(least, decimals)}"
    return f">{number(WHOLE - least, decimals)}" if text == number(WHOLE, decimals) else text


def n_percent(count: float, total: float) -> str:
    """Print a count with its percentage: 6 (28.6); a plain 0 for none."""
    if not total:
        return EMPTY
    return "0" if count == 0 else f"{int(count)} ({percent(count, total)})"


def count(value: float, mark: str = "") -> str:
    """Print a count; one that is not shown (NaN) as its mark, such as <5."""
    return (mark or WITHHELD) if math.isnan(value) else str(int(value))


def counted(value: int, noun: str, several: str = "") -> str:
    """Print a count in figures with its noun: 1 event, 12 events."""
    return f"{value} {noun if value == 1 else several or noun + 's'}"


def interval(
    low: float,
    high: float,
    decimals: int = 1,
    missing: str = NOT_REACHED,
    show: Callable[[float, int], str] = number,
) -> str:
    """Print confidence limits: 1.0–2.0; a limit that does not exist as `missing`.

    `show` prints one number: `percentage` for limits of a percentage.
    """

    def limit(value: float) -> str:
        return missing if value is None or math.isnan(value) else show(value, decimals)

    return f"{limit(low)}–{limit(high)}"


def ratio(value: float) -> str:
    """Print a hazard or odds ratio: three decimals below ten, fewer above; <0.001 near zero."""
    if value is None or math.isnan(value):
        return NOT_ESTIMABLE
    if math.isinf(value) or abs(value) >= 1000:
        return ">999" if value > 0 else MINUS + ">999"
    if 0 <= value < 0.0005:
        return "<0.001" if value else "0"
    return number(value, 3 if abs(value) < 10 else 2 if abs(value) < 100 else 1)


def ratio_interval(estimate: float, low: float, high: float) -> str:
    """Print a ratio with its limits: 0.392 (0.155–0.992)."""
    if estimate is None or math.isnan(estimate):
        return NOT_ESTIMABLE
    return f"{ratio(estimate)} ({ratio(low)}–{ratio(high)})"


def months(value: float) -> str:
    """Print a time in months; one that was not reached as NR."""
    return NOT_REACHED if value is None or math.isnan(value) else number(value, 1)


def months_interval(value: float, low: float, high: float) -> str:
    """Print a median with its limits: 16.8 (12.0–NR)."""
    return f"{months(value)} ({median_limits(value, low, high)})"


def median_limits(value: float, low: float, high: float, to: str = "–") -> str:
    """Print the limits of a median: 12.0–NR.

    A median that was reached while its limits were not has none that could be estimated: the curve
    fell from where nobody had the event to zero, and has no variance at either.
    """
    if not math.isnan(value) and math.isnan(low) and math.isnan(high):
        return NOT_ESTIMABLE
    return f"{months(low)}{to}{months(high)}"


def conf_label(conf_level: float) -> str:
    """Print the name of the interval: 95% CI."""
    return f"{100 * conf_level:.6g}% CI"


# control characters, marks and overrides of direction, tags and other invisible carriers of text;
# joiners stay: emoji, Persian and Indic scripts need them
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2061-\u206f"
    r"\ud800-\udfff\ufeff\ufff0-\ufffc\ufffe\uffff\U000e0000-\U000e0fff]"
)


def seen(text: object) -> str:
    """Leave out of a text what is not seen but changes how the rest is seen.

    One override of direction turns a whole paragraph round; control characters are not allowed in
    XML, and thus in Word files and drawings.
    """
    return _UNSEEN.sub("", str(text))


def visible(text: object) -> str:
    """Give a text from data or study file as one line; blanks of any kind become single spaces."""
    return " ".join(seen(text).split())


# marks; entities; what pandoc makes of colons, dashes and points; what begins a block or a list
_MARKDOWN = re.compile(
    r"[\\`*_{}\[\]<>#|~^$@\"]|&(?=#?\w+;)|:(?=:|[\w+-]+:)|--|\.\.\."
    r"|^[-+%]|^(?:\d+|[A-Za-z]|[ivxlcdm]+|[IVXLCDM]+)(?=[.)](?!\.\.))"
)
_ESCAPED = re.compile(r"\\([^A-Za-z0-9\s])")


def markdown(text: str) -> str:
    """Escape a text from data or study file so that Markdown prints it as it stands."""
    flat = visible(text)
    return _MARKDOWN.sub(_escaped, flat)


def _escaped(found: re.Match[str]) -> str:
    # what follows a leading number or letter is escaped: it would begin a list
    return found[0] + "\\" if found[0].isalnum() else "".join("\\" + c for c in found[0])


def unescaped(text: str) -> str:
    """Give Markdown without its escapes, for where nothing interprets it."""
    return _ESCAPED.sub(r"\1", text)
