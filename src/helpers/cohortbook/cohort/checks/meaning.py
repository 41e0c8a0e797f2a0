"""What the cells of a response say in words: complete response, progressive disease."""

from __future__ import annotations

import re
import unicodedata

# category: label, and how it is written
CATEGORIES = {
    "CR": (
        "Complete response",
        (
            "cr",
            "completeresponse",
            "complete",
            "icr",
            "完全缓解",
            "komplettremission",
            "réponsecomplète",
            "respuestacompleta",
            "rispostacompleta",
            "completerespons",
            "completeremissie",
            "volledigerespons",
        ),
    ),
    "PR": (
        "Partial response",
        (
            "pr",
            "partialresponse",
            "partial",
            "部分缓解",
            "teilremission",
            "partielleremission",
            "réponsepartielle",
            "respuestaparcial",
            "rispostaparziale",
            "partiëlerespons",
            "partielerespons",
            "gedeeltelijkerespons",
        ),
    ),
    "SD": (
        "Stable disease",
        (
            "sd",
            "stabledisease",
            "stable",
            "noncrnonpd",
            "疾病稳定",
            "稳定",
            "stabileerkrankung",
            "maladiestable",
            "enfermedadestable",
            "malattiastabile",
            "stabieleziekte",
            "stabiel",
        ),
    ),
    "PD": (
        "Progressive disease",
        (
            "pd",
            "progressivedisease",
            "progression",
            "progressive",
            "疾病进展",
            "进展",
            "progress",
            "maladieprogressive",
            "enfermedadprogresiva",
            "progresión",
            "malattiaprogressiva",
            "progressione",
            "progressieveziekte",
            "progressie",
            "progressief",
        ),
    ),
    "NE": (
        "Not evaluable",
        (
            "ne",
            "notevaluable",
            "nonevaluable",
            "unevaluable",
            "notassessed",
            "unknown",
            "na",
            "nd",
            "无法评估",
            "不可评估",
            "未评估",
            "nichtbeurteilbar",
            "nonévaluable",
            "noevaluable",
            "nonvalutabile",
            "nietevalueerbaar",
            "nietbeoordeelbaar",
            "nietteevalueren",
        ),
    ),
}


def category(text: str) -> str | None:
    """Give the category (CR, PR, SD, PD, NE) that a cell or value label names; None if none."""
    short = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
    return next(
        (
            code
            for code, (_, known) in CATEGORIES.items()
            if short in known or any(short == code.casefold() + k for k in known)
        ),
        None,
    )


def is_response(cells: list[str]) -> bool:
    """Say whether different cells are categories of response: CR, PR, SD, PD."""
    if not 2 <= len(cells) <= 7:
        return False
    found = [category(cell) for cell in cells]
    return all(found) and len({*found} & {"CR", "PR", "SD", "PD"}) >= 2
