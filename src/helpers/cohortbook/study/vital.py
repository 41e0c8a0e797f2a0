"""What the words of an export say of life and death, in seven languages.

English, German, French, Spanish, Italian, Dutch and Chinese. The one vocabulary of vital status:
what reads a cell, a code, a label or the name of a column for it, reads it here.
"""

from __future__ import annotations

import re
import unicodedata

# of a patient who died, in a cell
DEAD = {
    *("dead", "died", "deceased", "expired", "demised", "succumbed", "killed", "fatal", "lethal"),
    *("passed away", "dod", "dwd", "dooc", "death"),
    *("tot", "tod", "todesfall", "verstorben", "verstorbene", "verstorbener", "gestorben", "letal"),
    *("décédé", "décédée", "décédés", "décédées", "décès", "mort", "morts", "mortes"),
    *("fallecido", "fallecida", "fallecidos", "fallecidas", "fallecimiento", "falleció", "murió"),
    *("muerto", "muerta", "muertos", "muertas", "muerte", "difunto", "difunta", "defunción"),
    *("exitus", "éxitus", "óbito", "obitus"),
    *("deceduto", "deceduta", "deceduti", "decesso", "morto", "morta", "morte", "defunto"),
    *("overleden", "overledene", "overlijden", "dood", "doden", "overleed"),
    *("死亡", "已故", "去世", "病逝", "病故", "亡故", "身亡", "过世"),
}
ALONE = {"tot", "expired", "killed", "letal", "fatal", "lethal"}  # tot_bili, fatal_toxicity
# of death, in the name of a column or of an event
DEATH = DEAD - ALONE | {
    *("deaths", "decease", "deathdate", "dth", "dthdt", "dthdtc", "dthfl", "mortality"),
    *("todesdatum", "todestag", "todeszeitpunkt", "sterbedatum", "sterbetag", "ableben"),
    *("overlijdensdatum", "sterftedatum", "sterfdatum", "sterfte", "mortaliteit", "doodsoorzaak"),
    *("mortalité", "mortalidad", "mortalità", "mortalität", "死因"),
}
ALIVE = {
    *("alive", "living", "lives", "lived", "survived", "survivor", "surviving", "ned", "awd"),
    *("lebt", "lebend", "lebendig", "lebende", "am leben", "überlebt", "überlebend"),
    *("vivant", "vivante", "vivants", "vivantes", "en vie", "survivant", "survivante"),
    *("vivo", "viva", "vivos", "vivas", "con vida", "sobreviviente", "superviviente"),
    *("vivente", "viventi", "vivi", "in vita", "sopravvissuto", "sopravvissuta"),
    *("levend", "in leven", "leeft", "nog in leven"),
    *("存活", "生存", "健在", "在世", "活着", "尚存"),
}
NOT = (
    r"(?:not?|never|non|nicht|kein|keine|nie|pas|jamais|sin|ni|senza|sans|without"
    r"|niet|geen|nooit|zonder|nog niet|niet meer"
    r"|no longer|not yet|not known to be|nicht mehr|noch nicht|pas encore|non ancora|todavia no)"
)
AFTER_NOT = (
    r"(?: (?:nicht mehr|nicht|niet meer|niet|pas encore|pas)(?![a-z])| (?:no|false|nein|non|nee)$)"
)
GLUED = r"(?:date?s?|dtc?|datum|time?|tm|flag|fl|ind|status|stat|event|yn)?"  # deathdt
NOT_CHINESE = r"(?:未|没有|没|无|非|不)"
CHINESE = re.compile(r"[\u3400-\u9fff]")
CODE = re.compile(r"^\d\s*[:=.-]\s*")


def bare(text: str) -> str:
    """Give a text in lower case without accents and marks, its words between single blanks."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", text)
    plain = unicodedata.normalize("NFKD", apart.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", plain))


def spelt(words: set[str]) -> set[str]:
    """Give words as they are and without their accents, as many exports write them."""
    return words | {bare(word) for word in words}


def _any_of(words: set[str], glued: str = "") -> re.Pattern[str]:
    plain = sorted({bare(word) for word in words}, key=len, reverse=True)
    chinese = "|".join(word for word in plain if CHINESE.search(word))
    others = "|".join(word for word in plain if not CHINESE.search(word))
    return re.compile(
        rf"(?:(?<![a-z])(?P<no>{NOT}) )?(?<![a-z])(?:{others}){glued}(?![a-z])(?P<not>{AFTER_NOT})?"
        rf"|(?P<no_zh>{NOT_CHINESE})?(?:{chinese})"
    )


_DEAD, _ALIVE, _DEATH = _any_of(DEAD), _any_of(ALIVE), _any_of(DEATH, GLUED)


def plain(text: str) -> str:
    """Give a cell in lower case, without a code before a word: 1:DECEASED is deceased."""
    return CODE.sub("", unicodedata.normalize("NFKC", text).strip().casefold())


def vital(text: str) -> bool | None:
    """Say whether a cell means dead (True) or alive (False); None if neither, or both."""
    word = bare(plain(text))
    dead = {not _denied(found) for found in _DEAD.finditer(word)}
    dead |= {_denied(found) for found in _ALIVE.finditer(word)}
    return dead.pop() if len(dead) == 1 else None


def says_death(text: str) -> bool:
    """Say whether a code, label or column name speaks of death: death_date, DeathDate, Exitus."""
    if vital(text) is False:
        return False
    if bare(plain(text)) in ALONE:
        return True
    return any(not _denied(found) for found in _DEATH.finditer(bare(text)))


def _denied(found: re.Match[str]) -> bool:
    return any(found[name] for name in ("no", "not", "no_zh"))
