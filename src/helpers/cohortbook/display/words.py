"""Small words that sentences share: lists, verdicts, counts."""

from __future__ import annotations

import re

import pandas as pd

from .. import formats
from ..formats import markdown as md
from ..results import mark_of
from ..study import journals
from ..study.study import Study

NAMES = re.compile(r"\w+[-–][A-Z]")
# words that begin with the letter of a vowel and the sound of w or y
CONSONANT = re.compile(r"one\b|once\b|eu|uni(?!n|m)|us(?!h)", re.IGNORECASE)
NUMBER_WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def listed(items: list[str]) -> str:
    """Join words: a; a and b; a, b and c."""
    if len(items) <= 1:
        return "".join(items)
    return ", ".join(items[:-1]) + " and " + items[-1]


def clauses(items: list[str]) -> str:
    """Join parts of a sentence that hold commas themselves: a; b, and c."""
    return ", and ".join(filter(None, ["; ".join(items[:-1]), *items[-1:]]))


def counted(count: int, noun: str, plural: str = "") -> str:
    """Print a count with its noun: one patient, 12 patients."""
    if count == 0:
        return f"no {plural or noun + 's'}"
    word = NUMBER_WORDS[count] if count < len(NUMBER_WORDS) else str(count)
    return f"{word} {noun if count == 1 else plural or noun + 's'}"


def arm(study: Study, code: str) -> str:
    """Give an arm's label for Markdown prose."""
    return md(study.arm_label(code))


def everybody(study: Study) -> str:
    """Name the patients of a study together, where there are further arms those of the two."""
    return "both arms" if len(study.all_arms) > len(study.arms) else "all patients"


def number_word(count: int) -> str:
    """Print a small number as a word: none, one, two ... 12."""
    return NUMBER_WORDS[count] if count < len(NUMBER_WORDS) else str(count)


def part_of(part: int, whole: int, noun: str) -> str:
    """Print a part of a counted whole in one style: two of eight models, 8 of 12 models."""
    return f"{number_beside(part, whole)} of {counted(whole, noun)}"


def number_beside(part: int, whole: int) -> str:
    """Print a part as a word where its whole is one, and as a figure where that is one."""
    return number_word(part) if part == 0 or whole < len(NUMBER_WORDS) else str(part)


def lower(text: str) -> str:
    """Start a label in lower case for running text: not an abbreviation (AFP) or a letter with a
    meaning (T stage, C-reactive protein, Z2), nor two names (Child-Pugh).
    """
    kept = not text[1:2].islower() or not text[:1].isalpha() or NAMES.match(text)
    return text if kept else text[:1].lower() + text[1:]


def with_article(noun: str) -> str:
    """Put a or an before a noun, by its sound: a one-arm trial, a European cohort."""
    vowel = noun[:1].lower() in "aeiou" and not CONSONANT.match(noun)
    return f"{'an' if vowel else 'a'} {noun}"


def capital(text: str) -> str:
    """Start with a capital letter."""
    return text[:1].upper() + text[1:]


def significant(p_value: float, study: Study) -> bool | None:
    """Say whether P is below the study's alpha; None where there is no P."""
    return None if pd.isna(p_value) else bool(p_value < study.statistics.alpha)


def calls_significant(study: Study) -> bool:
    """Say whether the study asks that tests are called significant or not."""
    return study.texts.style == "significance"


def below(study: Study) -> str:
    """Name the level for what lies under it: below the significance level, *P* below 0.05."""
    return f"below {formats.level(study.statistics.alpha)}"


def closing(what: str, p_value: float, study: Study) -> str:
    """End a sentence with a test's verdict where the study asks for it, or if there is no test."""
    if calls_significant(study) or significant(p_value, study) is None:
        return f"; {what} {verdict(p_value, study)}"
    return ""


def verdict(p_value: float, study: Study) -> str:
    """Give the plain verdict of a test."""
    found = significant(p_value, study)
    if found is None:
        return "could not be tested"
    return "was statistically significant" if found else "was not statistically significant"


def p_decimals(study: Study) -> int:
    """Give the decimals of a P value from 0.01 on: the study's own, else its journal's."""
    return study.statistics.p_decimals or journals.p_decimals(study.journal)


def p_text(p_value: float, study: Study) -> str:
    """Print a P value so that its side of the study's alpha is seen, as its journal prints them."""
    return formats.p_value(p_value, study.statistics.alpha, p_decimals(study))


def p_equals(p_value: float, study: Study, name: str = "*P*") -> str:
    """Print a P value for prose, with its relation sign; its side of the study's alpha is seen."""
    return formats.p_equals(p_value, name, study.statistics.alpha, p_decimals(study))


def exposures(study: Study) -> str:
    """Give whose hazard ratio it is, for Markdown prose: treatment's."""
    return f"{md(study.texts.exposure)}'s"


def hr(result: pd.Series, study: Study) -> str:
    """Print a hazard ratio with its limits for prose."""
    if pd.isna(result["estimate"]):
        return "hazard ratio not estimable"
    return f"HR {formats.ratio(result['estimate'])}, {ratio_limits(result, study)}"


def hr_with_p(result: pd.Series, study: Study) -> str:
    """Print a hazard ratio for prose with the rest in brackets: 0.39 (95% CI 0.16 to 0.98; P)."""
    return (
        f"{formats.ratio(result['estimate'])} ({ratio_limits(result, study)}; "
        f"{p_equals(result['p_value'], study)})"
    )


SAME = "the same"


def ratio_side(ratio: float) -> str:
    """Say on which side of one a hazard ratio lies as it is printed: lower, higher, the same."""
    if formats.ratio(ratio) == formats.ratio(1.0):
        return SAME
    return "lower" if ratio < 1 else "higher"


def ratio_limits(result: pd.Series, study: Study) -> str:
    """Print the limits of a ratio for prose: 95% CI 0.16 to 0.98."""
    conf = formats.conf_label(study.statistics.conf_level)
    return f"{conf} {formats.ratio(result['conf_low'])} to {formats.ratio(result['conf_high'])}"


def median(result: pd.Series, study: Study) -> str:
    """Print a median survival time with its limits for prose; limits only if one was reached."""
    conf = formats.conf_label(study.statistics.conf_level)
    numbers = (result[name] for name in ("estimate", "conf_low", "conf_high"))
    limits = f"{conf} {formats.median_limits(*numbers, to=' to ')}"
    if result[["estimate", "conf_low", "conf_high"]].isna().all():
        return "not reached"
    if pd.isna(result["estimate"]):
        return f"not reached ({limits})"
    return f"{formats.months(result['estimate'])} months ({limits})"


def hidden_share(result: pd.Series) -> str:
    """Say of a count that is withheld how many it is of: <5 of 21; "" for one that is shown."""
    mark = mark_of(result)
    if not mark:
        return ""
    of = "" if pd.isna(result["n"]) else f" of {int(result['n'])}"
    return f"{md(mark)}{of}" if mark != formats.WITHHELD else f"an unstated number{of}"


def was(count: int) -> str:
    """Give the verb for a count: none was, one was, two were."""
    return "was" if count <= 1 else "were"
