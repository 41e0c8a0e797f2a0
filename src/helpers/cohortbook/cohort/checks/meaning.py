"""What the cells of a status or a response say in words: dead, alive, progressive disease."""

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
        ),
    ),
}
DEAD = {
    "dod",
    "dwd",
    "dooc",
    "dead",
    "death",
    "died",
    "deceased",
    "expired",
    "verstorben",
    "gestorben",
    "tot",
    "tod",
    "décédé",
    "décédée",
    "décès",
    "mort",
    "morte",
    "fallecido",
    "fallecida",
    "muerto",
    "muerta",
    "muerte",
    "exitus",
    "éxitus",
    "deceduto",
    "deceduta",
    "decesso",
    "morto",
    "死亡",
    "已死亡",
}
ALIVE = {
    "ned",
    "awd",
    "survived",
    "survivor",
    "alive",
    "living",
    "lebt",
    "lebend",
    "am leben",
    "vivant",
    "vivante",
    "en vie",
    "vivo",
    "viva",
    "vivente",
    "in vita",
    "存活",
    "生存",
}
CODE = re.compile(r"^\d\s*[:=.-]\s*")


def plain(text: str) -> str:
    """Give a cell in lower case, without a code before a word: 1:DECEASED is deceased."""
    return CODE.sub("", unicodedata.normalize("NFKC", text).strip().casefold())


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


def vital(text: str) -> bool | None:
    """Say whether a cell means dead (True) or alive (False); None if neither."""
    word = plain(text)
    parts = set(re.findall(r"[^\W\d_]+", word))
    dead, alive = word in DEAD or bool(parts & DEAD), word in ALIVE or bool(parts & ALIVE)
    return None if dead == alive else dead


def is_response(cells: list[str]) -> bool:
    """Say whether different cells are categories of response: CR, PR, SD, PD."""
    found = [category(cell) for cell in cells]
    return 2 <= len(cells) <= 7 and all(found) and len({*found} & {"CR", "PR", "SD", "PD"}) >= 2
