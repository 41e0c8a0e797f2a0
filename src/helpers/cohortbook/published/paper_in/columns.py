"""What the columns of a table hold, by their heads: labels, groups, P values, ratios, limits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .model import PaperTable
from .numbers import is_statistic, read, read_p

P_HEAD = re.compile(r"(?:^|[^a-z])p(?:$|[^a-z])|p[- ]?val|^sig\b|signific", re.I)
RATIO_HEAD = re.compile(
    r"(?:^|[^A-Za-z])a?(?:HR|OR|RR)s?(?:$|[^A-Za-z])|(?i:(?:hazard|odds|risk)s? ratio|"
    r"relative risk|exp ?\(b)"
)
LIMITS_HEAD = re.compile(
    r"\d\d(?:\.\d)? ?% ?c\.? ?[il]\b|confidence (?:interval|limit)|^c\.?i\.?$", re.I
)
LIMITS_START = re.compile(
    r"(?:\d\d(?:\.\d)? ?% ?)?(?:c\.? ?[il]\b|confidence (?:interval|limit))", re.I
)
END_HEAD = re.compile(r"(lower|upper|low|high|lcl|ucl|ll|ul)(?: (?:limit|bound|ci))?", re.I)
SMD_HEAD = re.compile(r"\ba?smd\b|standardi[sz]ed (?:mean )?diff", re.I)
OTHER_HEAD = re.compile(
    r"χ|\bchi\b|chi-|statistic|^[tzfuh]$|[tzf][ -]value|coef|^s\.?e\.?$|β|^beta$|"
    r"^df$|^wald$",
    re.I,
)
INTERACTION = re.compile(r"interact|heterogen|\btrend\b", re.I)
PAIR_HEAD = re.compile(r"\bvs\b|\bversus\b|\bv\.? ", re.I)
LABEL_HEAD = re.compile(
    r"variab|characteris|factor|parameter|categor|subgroup|level|item|event|"
    r"toxicit|term|^grade$|outcome",
    re.I,
)
SIZE = re.compile(
    r"[\(\[,;:]?\s*\bn\s*[=:]\s*(\d[\d,]*(?:\.\d+)?)\s*(?:\(\s*100(?:\.0+)?\s*%?\s*\))?"
    r"\s*[\)\]]?",
    re.I,
)
WEIGHTED = re.compile(r"\bweight(?:ed|ing)\b|\biptw\b", re.I)
PATIENTS = re.compile(r"[\(\[,]\s*(\d+)\s+(?:patients|subjects|cases)\s*[\)\]]?", re.I)
SUB = re.compile(
    r"(?:(?:no\.?|number|n)(?: of)? ?)?(?:patients|cases|subjects|events)?,? ?(?:n|no\.?|number)?"
    r" ?[(,]? ?%? ?\)?|count|percent(?:age)?|mean ?(?:±|\() ?sd\)?|median ?\((?:iqr|range)\)|value",
    re.I,
)
PERCENT_HEAD = re.compile(r"\(?%\)?|percent(?:age)?|rate ?\(%\)", re.I)
MOST_LABELS = 3  # columns of labels: species, variable, level
WHOLE = re.compile(
    r"(?:total|all|overall|whole|entire|all patients|total patients|"
    r"(?:whole|entire|total|overall) (?:cohort|population|sample))",
    re.I,
)


@dataclass
class Column:
    """One column: its heads from the top, and what it holds."""

    index: int
    heads: tuple[str, ...]
    role: str = "other"
    group: str = ""
    size: int | None = None
    top: str = ""
    percent_of: int | None = None  # the column whose counts these percentages are of
    level: str = ""  # where the group stands above: any grade, grade 3 or more
    weighted: bool = False  # patients are weighted: the head says it, or its size is no whole one

    @property
    def head(self) -> str:
        """Its own head, the lowest."""
        return self.heads[-1] if self.heads else ""

    @property
    def all_heads(self) -> str:
        """All of its heads in one text."""
        return " ".join(self.heads)


@dataclass
class Layout:
    """The columns of a table by what they hold."""

    columns: list[Column] = field(default_factory=list)
    heads: int = 0

    def of(self, role: str) -> list[Column]:
        """Give the columns of one role."""
        return [column for column in self.columns if column.role == role]


def layout(table: PaperTable, texts: list[list[str]]) -> Layout:
    """Find out what each column of a table holds.

    Parameters
    ----------
    table : PaperTable
    texts : list of list of str
        The texts of its cells, points and thousands made plain.
    """
    heads = head_rows(table, texts)
    shown = _spread_heads(texts[:heads])
    width = len(texts[0]) if texts else 0
    columns = []
    for j in range(width):
        own: list[str] = []
        for i in range(heads):
            text = shown[i][j]
            full = len(set(shown[i])) == 1 and width > 1
            if text and not full and (not own or own[-1] != text):
                own.append(text)
        columns.append(Column(j, tuple(own)))
    body = texts[heads:]
    for column in columns:
        labels = all(other.role == "label" for other in columns[: column.index])
        column.role = _role(column, [row[column.index] for row in body], labels)
    _groups(columns)
    return Layout(columns, heads)


def _spread_heads(heads: list[list[str]]) -> list[list[str]]:
    """Let a head reach over blanks beside it, as one that spans would, where heads are below."""
    spread = [list(row) for row in heads]
    for row, below in zip(spread, heads[1:], strict=False):
        for j in range(2, len(row)):
            if not row[j] and below[j] and below[j - 1]:
                row[j] = row[j - 1]
    return spread


def head_rows(table: PaperTable, texts: list[list[str]]) -> int:
    """Count the head rows: those told, or those before the first with statistics."""
    if table.heads:
        return table.heads
    for i, row in enumerate(texts):
        if any(is_statistic(text) and not SIZE.search(text) for text in row[1:]):
            return _without_body(texts, i)
    return 1


def _without_body(texts: list[list[str]], first: int) -> int:
    """Take back rows before the first statistics that are names of variables or references."""
    while first > 1 and texts[first - 1][0] and _is_body(texts[first - 1]):
        first -= 1
    return first


def _is_body(row: list[str]) -> bool:
    """Tell whether a row without statistics names a variable or a reference, and is no head."""
    kinds = [read(text).kind for text in row[1:]]
    if any(
        kind == "reference" and text[0] == "1" for kind, text in zip(kinds, row[1:], strict=True)
    ):
        return True
    rest = [text for kind, text in zip(kinds, row[1:], strict=True)
            if kind not in ("empty", "reference")]  # fmt: skip
    return all(text == row[0] for text in rest)


def _role(column: Column, cells: list[str], after_labels: bool) -> str:
    """Name what a column holds, by its head and its cells.

    `after_labels`: all columns to its left hold labels.
    """
    filled = [text for text in cells if read(text).kind != "empty"]
    return (
        "label"
        if column.index == 0
        else _by_head(column, filled) or _by_cells(column, filled, after_labels)
    )


def _by_head(column: Column, filled: list[str]) -> str:
    """Name what a column holds, if its head tells it."""
    head, above, role = column.head, column.all_heads, ""
    end = END_HEAD.fullmatch(head)
    if SIZE.search(head):
        role = ""
    elif SMD_HEAD.search(head):
        role = "smd"
    elif end and LIMITS_HEAD.search(above):
        role = "lower" if end[1].lower() in ("lower", "low", "lcl", "ll") else "upper"
    elif LIMITS_START.match(head) and not _kinds(filled, "spread"):
        role = "limits"
    elif P_HEAD.search(head) or (P_HEAD.search(above) and not head):
        good = sum(read_p(text) is not None for text in filled)
        own = not INTERACTION.search(head)  # else P is of no row's own comparison
        role = "p" if own and filled and good >= len(filled) / 2 else "other"
    elif RATIO_HEAD.search(head):
        role = "ratio"
    elif LIMITS_HEAD.search(head):
        role = "ratio" if RATIO_HEAD.search(above) and _kinds(filled, "spread") else "limits"
    elif OTHER_HEAD.search(head) or (PAIR_HEAD.search(head) and _all_p(filled)):
        role = "other"
    return role


def _by_cells(column: Column, filled: list[str], after_labels: bool) -> str:
    """Name what a column holds by its cells: labels, or a group of patients."""
    numbers = sum(is_statistic(text) for text in filled)
    bare = all(read(text).kind in ("text", "number", "limits") for text in filled)
    second = after_labels and column.index < MOST_LABELS and not SIZE.search(column.head)
    named = LABEL_HEAD.search(column.head) and bare
    if second and (named or (not column.head and numbers < len(filled) / 2)):
        return "label"
    if filled and numbers < len(filled) / 3:
        return "label" if second else "other"
    return "group" if filled else "other"


def _all_p(cells: list[str]) -> bool:
    return bool(cells) and all(read_p(text) is not None for text in cells)


def _kinds(cells: list[str], kind: str) -> bool:
    return sum(read(text).kind == kind for text in cells) >= max(1, len(cells) / 2)


def _groups(columns: list[Column]) -> None:
    """Name the groups, find their sizes, and put percentages beside their counts."""
    before: Column | None = None
    for column in columns:
        column.top = " ".join(column.heads[:-1])
        if column.role != "group":
            before = None if column.role == "label" else before
            continue
        names = list(column.heads)
        while len(names) > 1 and SUB.fullmatch(_named(names[-1])):
            names.pop()
        column.group, column.size = _named(names[-1] if names else ""), None
        for head in reversed(column.heads):
            found = SIZE.search(head) or PATIENTS.search(head)
            if found:
                size = found[1].replace(",", "")
                column.size = int(size) if size.isdigit() else None
                break
        column.weighted = bool(WEIGHTED.search(column.all_heads)) or bool(
            SIZE.search(column.all_heads) and column.size is None
        )
        if not column.group and len(names) > 1:
            column.group = _named(names[-2])
        column.top = " ".join(_named(name) for name in names[:-1])
        if WHOLE.fullmatch(column.group):
            column.group = "overall"
        percent = PERCENT_HEAD.fullmatch(column.head)
        if percent and before is not None and before.group == column.group:
            column.role, column.percent_of = "percent", before.index
            continue
        before = column
    groups = [column for column in columns if column.role == "group"]
    _levels(groups)
    names = [(column.group, column.level) for column in groups]
    if len(set(names)) == len(names):
        for column in columns:
            if column.role == "group":
                column.top = ""


def _levels(groups: list[Column]) -> None:
    """Take the spanning heads for the groups, if they bear the sizes and what is below repeats."""
    below = [column.group for column in groups]
    tops = {column.top for column in groups}
    sized = all(column.size and not SIZE.search(column.head) for column in groups)
    if groups and sized and "" not in tops and len(set(below)) < len(below) and len(tops) > 1:
        for column in groups:
            column.group, column.level, column.top = column.top, column.group, ""
            if WHOLE.fullmatch(column.group):
                column.group = "overall"


def _named(head: str) -> str:
    """Give a head without the size in it."""
    return PATIENTS.sub("", SIZE.sub("", head)).strip(" ,;:")
