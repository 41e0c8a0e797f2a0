"""Personal data in a study's files: by the name of a column, and by what its cells look like.

Columns that the study does not use count too: they lie in the file that is passed on. What is
found is a question, not a proof, and a table without findings may still identify a patient.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...errors import Problem
from ...study.answers import answer
from ...study.names import nearest
from ...study.study import STUDY_FILE, Study
from .personal_ids import china, is_national_id
from .personal_names import ADDRESS, BIRTH, EMAIL, ID, NAME, PHONE, RECORD, kind_by_name

SAMPLE = 2000  # rows, evenly spaced, whose cells are looked at
FEWEST = 3  # different cells that a judgement by content needs
NAMES_NEED = 5
DIFFERENT = 0.7  # share of different cells in a column of names; categories repeat
FIRST_LOOK = 60
YEARS = 20  # between early and late dates of birth; enrolment takes fewer

PHONES = re.compile(
    r"(?:\+|00)\d[\d ()./-]{7,18}|(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}-\d{7,8}"
    r"|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|\(?0[1-9]\d{1,3}\)?[ -]?\d{3,4}[ -]?\d{3,4}"
    r"|0\d(?:[ .]\d\d){4}",
    re.A,
)
EMAILS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
CHINESE_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)", re.A)
TNM = r"(?!T\d[A-Z]?N\d)"  # the stage T2N0M0 has the form of a Canadian postcode
POSTCODES = re.compile(TNM + r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d)", re.A)
STREETS = re.compile(
    r"\d+[A-Za-z]?,? +(?:[\w.'-]+ +){1,4}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard"
    r"|blvd|court|ct|place|square|terrace|close|crescent|way)\b.*"
    r"|[\w. -]*(?:stra(?:ß|ss)e|str\.|weg|straat|gatan|vej) +\d+.*"
    r"|.*[省市区县].*(?:[路街道巷弄村镇乡].*\d|\d+[号室栋]).*",
    re.I,
)
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁"
    "魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎"
    "易常武乔贺赖龚文张劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭許鄧呂蘇盧蔣賈葉閻鐘譚鄒陸龍萬錢湯賴龔"
)
CHINESE_NAMES = re.compile(f"[{SURNAMES}][\u4e00-\u9fff·]{{1,3}}")
WESTERN_NAMES = re.compile(r"[A-ZÀ-Þ][\w'’.-]*,?(?: +[A-ZÀ-Þ][\w'’.-]*){1,3}")
DATES = re.compile(
    r"((?:18|19|20)\d\d)(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|[-/.年](?:0?[1-9]|1[0-2])[-/.月](?:0?[1-9]|[12]\d|3[01])日?(?:[ T].*)?)"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/. ](?:0?[1-9]|[12]\d|3[01]|[A-Za-z]{3})[-/. ]((?:18|19|20)\d\d)",
    re.A,
)

NOTHING_SAID = {"", "na"}


@dataclass(frozen=True)
class Finding:
    """A column that looks personal: what it seems to hold, why, and whether the study allows it."""

    file: str
    column: str
    looks_like: str
    why: str
    allowed: bool


def personal_columns(study: Study, tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """Find the columns of all tables that look personal.

    Parameters
    ----------
    study : Study
        Names what is allowed under `privacy.allowed`.
    tables : dict
        Tables as text, by role.
    """
    found = []
    for role, table in tables.items():
        file = getattr(study.tables, role)
        for column in table.columns:
            kind, why = _judge(study, str(column), table[column])
            if kind:
                allowed = column in study.privacy.allowed
                found.append(Finding(file, str(column), kind, why, allowed))
    return found


def personal_problems(
    study: Study, tables: dict[str, pd.DataFrame], findings: Iterable[Finding]
) -> Iterator[Problem]:
    """Give an error for each finding that the study does not allow; no cell is quoted."""
    for item in findings:
        if not item.allowed:
            yield Problem(
                item.file,
                "no personal data",
                "Delete the column from the file; if it may stay, list it under privacy.allowed "
                f"in {STUDY_FILE}.",
                f"a column that looks like {item.looks_like} ({item.why})",
                column=item.column,
            )
    columns = {str(column) for table in tables.values() for column in table}
    for column in study.privacy.allowed:
        if tables and column not in columns:
            yield Problem(
                STUDY_FILE,
                "columns that the tables have",
                f"Take it out{nearest(column, columns)}.",
                column,
                column="privacy.allowed",
                severity="warning",
            )


def _yes_or_no(cells: pd.Series) -> bool:
    """Say whether the cells say yes, no or nothing: of whom is not in them."""
    return all(
        text.casefold() in NOTHING_SAID or answer(text) is not None
        for text in map(str, cells.dropna().unique())
    )


def _judge(study: Study, column: str, cells: pd.Series) -> tuple[str, str]:
    kind = kind_by_name(column)
    is_id = column == study.columns.patient_id
    if kind and not (is_id and kind == RECORD) and not _yes_or_no(cells):
        return kind, "by its name"
    texts, looked_at = _sample(cells)
    for kind, seen in _seen_anywhere(texts):
        if seen:
            return kind, f"{seen} of {len(texts)} different cells looked at"
    if len(texts) < FEWEST or column in _coded(study):
        return "", ""
    padded = is_id and all(text.startswith("0") for text in texts)
    for kind, needed, share, fits in CONTENTS:
        if (kind == NAME and len(texts) < DIFFERENT * looked_at) or (kind == PHONE and padded):
            continue
        count = _count(texts, fits)
        if count >= max(needed, share * len(texts)):
            return kind, f"{count} of {len(texts)} different cells looked at"
    if _looks_like_births(texts):
        return BIRTH, f"dates that lie more than {YEARS} years apart"
    return "", ""


def _count(texts: list[str], fits: Callable[[str], bool]) -> int:
    """Count the texts that fit; if none of a few does, do not look at the others."""
    few = texts[:: max(1, len(texts) // FIRST_LOOK)]
    return sum(map(fits, texts)) if any(map(fits, few)) else 0


def _sample(cells: pd.Series) -> tuple[list[str], int]:
    """Give the different texts of evenly spaced rows, and how many rows these were."""
    known = cells.dropna()
    if len(known) > SAMPLE:
        known = known.iloc[np.linspace(0, len(known) - 1, SAMPLE).astype(int)]
    texts = dict.fromkeys(str(text).strip() for text in known.tolist())
    return [text for text in texts if text], len(known)


def _seen_anywhere(texts: list[str]) -> Iterator[tuple[str, int]]:
    """One of these is enough, wherever it stands in a cell."""
    yield EMAIL, sum("@" in text and EMAILS.search(text) is not None for text in texts)
    yield (
        ID,
        sum(
            any(china(found) for found in CHINESE_ID.findall(text))
            for text in texts
            if len(text) > 17
        ),
    )


def _all_of(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


# kind, fewest matching cells, their share of the different cells, and what a cell must be
CONTENTS: tuple[tuple[str, int, float, Callable[[str], bool]], ...] = (
    (ID, FEWEST, 0.5, is_national_id),
    (PHONE, FEWEST, 0.5, _all_of(PHONES)),
    (ADDRESS, FEWEST, 0.5, _all_of(POSTCODES)),
    (ADDRESS, FEWEST, 0.5, _all_of(STREETS)),
    (NAME, NAMES_NEED, 0.7, _all_of(CHINESE_NAMES)),
    (NAME, NAMES_NEED, 0.8, _all_of(WESTERN_NAMES)),
)


def _looks_like_births(texts: list[str]) -> bool:
    found = [DATES.fullmatch(text) for text in texts]
    years = [int(m[1] or m[2]) for m in found if m]
    if len(years) < max(NAMES_NEED, 0.8 * len(texts)):
        return False
    early, late = np.quantile(years, [0.1, 0.9])
    return late - early > YEARS


def _coded(study: Study) -> set[str]:
    """Columns whose cells are codes that the study file lists."""
    coded = {v.column or name for name, v in study.variables.items() if v.kind == "categorical"}
    if study.response:
        coded.add(study.response.column)
    if study.adverse_events:
        coded.add(study.adverse_events.term)
    return coded | {study.columns.arm}
