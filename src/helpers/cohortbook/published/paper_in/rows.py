"""The rows of a table made items of printed results: variables with levels, lines, summaries."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .columns import Column, Layout
from .model import PaperTable
from .numbers import Reading, is_statistic, ratio_text, read, read_p

_MEAN = re.compile(r"\bmean|average|± ?(?:sd|s\.d)|\bsd\b|standard deviation", re.I)
_ERROR = re.compile(r"± ?se\b|\bsem\b|standard error", re.I)
_MEDIAN = re.compile(r"median", re.I)
_IQR = re.compile(r"\biqr\b|interquartile|inter-quartile|q1|25th|quartile|p25", re.I)
_RANGE = re.compile(r"\brange|\bmin\b|\bmax\b|minimum|maximum", re.I)
_CI = re.compile(r"\bci\b|confidence", re.I)
_PERCENT = re.compile(r"%|percent|\brate", re.I)
_N_PERCENT = re.compile(r"\b(?:n|no\.?|nos\.?|number)(?: of \w+)?[\s,(\[]{1,3}%", re.I)
_SUFFIX = re.compile(
    r"[,:]?\s*[\(\[]?\s*(?:\b(?:n|no\.?|number))?\s*[\(\[,]?\s*%\s*[\)\]]*$|"
    r"[,:;]?\s*[\(\[]?\s*\b(?:mean|median)\b.*$|(?:[,:]\s*|\s+|[\(\[])n[\)\]]?$",
    re.I,
)
_SIZES = re.compile(
    r"(?:n|no\.?|number|no\.? of patients|number of patients|patients|cases|"
    r"total|total patients|sample size)(?:\s*\(?%?\)?)?",
    re.I,
)
_LEVELS = re.compile(r"[\(\[]([^()\[\]]+(?:/[^()\[\]/]+)+)[\)\]]|([\w<>≤≥ +-]+(?:/[\w<>≤≥ +-]+)+)")
_AGAINST = re.compile(r"(.*?)\s*[\(\[,:]\s*([^()\[\]]*\b(?:vs\.?|versus)\b.*?)[\)\]]?")
_P_ROW = re.compile(r"^p\b|\bp[ -]?(?:for )?(?:trend|value|interaction|heterogeneity)", re.I)
_RATE = re.compile(r"%|percent|rate|\borr\b|\bdcr\b|\bpcr\b|response|disease control", re.I)
_SURVIVAL = re.compile(r"\b(?:os|pfs|dfs|rfs|efs|ttp)\b|survival|progression", re.I)
_AT = re.compile(r"(\d+(?:\.\d+)?)[ -]?(year|yr|month|mo)s?\b", re.I)
_OF_ALL = re.compile(r"/\s*(?:n|total|all|patients|no)|n/n|no\./|of (?:all|total)|evaluable", re.I)
CLOSE_PERCENT = 1.5

READ, NO_STATISTIC, NOT_UNDERSTOOD = "read", "not a statistic", "not understood"


@dataclass
class Note:
    """What became of one cell."""

    row: int
    column: int
    text: str
    status: str
    why: str = ""
    key: str = ""


@dataclass
class Found:
    """What the rows of one set of groups gave."""

    counts: list[dict] = field(default_factory=list)
    summaries: list[dict] = field(default_factory=list)
    survival: list[dict] = field(default_factory=list)
    ratios: dict[int, list[dict]] = field(default_factory=dict)  # by the column of the ratio
    sizes: dict[str, int | None] = field(default_factory=dict)
    weighted: bool = False


@dataclass
class Open:
    """A variable whose levels are being read."""

    term: str
    label: str
    indent: int
    p: str = ""
    smd: str = ""
    item: dict | None = None
    beside: bool = False  # its levels stand in a column of their own


class Reader:
    """Reads the body of one table, row by row, and says of every cell what became of it."""

    def __init__(self, table: PaperTable, texts: list[list[str]], plan: Layout) -> None:
        self.table, self.texts, self.plan = table, texts, plan
        self.notes: dict[tuple[int, int], Note] = {}
        self.context = " ".join([table.caption, table.notes])
        self.labels = [c.index for c in plan.of("label")] or [0]
        body = table.rows[plan.heads :]
        indents = {row[0].indent for row in body if row}
        self.indented = len(indents) > 1
        self.form = ""

    # -- accounts ---------------------------------------------------------------------------

    def note(self, row: int, column: int, status: str, why: str = "", key: str = "") -> None:
        """Say what became of a cell."""
        text = self.table.rows[row][column].text
        self.notes[row, column] = Note(row, column, text, status, why, key)

    def account(self) -> list[Note]:
        """Give a note for every cell; what was not read is no statistic, or not understood."""
        heads = {text for row in self.texts[: self.plan.heads] for text in row}
        for i, row in enumerate(self.table.rows):
            for j, cell in enumerate(row):
                if (i, j) in self.notes:
                    continue
                text = self.texts[i][j]
                if i < self.plan.heads:
                    self.note(i, j, NO_STATISTIC, "a head")
                elif cell.copy:
                    self.note(i, j, NO_STATISTIC, "repeats a cell that spans")
                elif j in self.labels:
                    self.note(i, j, NO_STATISTIC, "a label")
                elif read(text).kind == "empty":
                    self.note(i, j, NO_STATISTIC, "nothing printed")
                elif read(text).kind == "reference":
                    self.note(i, j, NO_STATISTIC, "the reference")
                elif text in heads:
                    self.note(i, j, NO_STATISTIC, "a head")
                elif not re.search(r"\d", text):
                    self.note(i, j, NO_STATISTIC, "text")
                else:
                    self.note(i, j, NOT_UNDERSTOOD, "no place was found for it")
        return [self.notes[key] for key in sorted(self.notes)]

    # -- rows -------------------------------------------------------------------------------

    def read_set(self, groups: list[Column], others: list[Column]) -> Found:
        """Read the rows for one set of groups, with the P and SMD columns that belong to it."""
        found, open_ = Found(), None
        for column in groups:
            if column.size is not None or column.weighted:
                found.sizes[column.group] = column.size
            found.weighted |= column.weighted
        for i in range(self.plan.heads, len(self.texts)):
            open_ = self._row(i, groups, others, found, open_)
        self._close(open_, found)
        return found

    def _label(self, i: int) -> tuple[str, str]:
        """Give the label of a row, and its level where the last column of labels has one.

        Where there are three columns, those before the last are the label; a blank means that the
        one above still holds.
        """
        texts = [self.texts[i][j] for j in self.labels]
        if len(texts) == 1:
            return texts[0], ""
        if len(texts) > 2 and texts[-1]:
            for k, j in enumerate(self.labels[:-1]):
                above = (self.texts[x][j] for x in range(i, self.plan.heads - 1, -1))
                texts[k] = texts[k] or next((text for text in above if text), "")
        return " ".join(text for text in texts[:-1] if text), texts[-1]

    def _row(
        self, i: int, groups: list[Column], others: list[Column], found: Found, open_: Open | None
    ) -> Open | None:
        label, level = self._label(i)
        cells = {g.index: self.texts[i][g.index] for g in groups}
        filled = {
            j: t
            for j, t in cells.items()
            if read(t).kind != "empty" and not self.table.rows[i][j].copy
        }
        statistics = {j: t for j, t in filled.items() if is_statistic(t)}
        p, smd = self._beside(i, others)
        indent = self.table.rows[i][self.labels[0]].indent
        if level:
            if open_ is None or label not in ("", open_.label):
                self._close(open_, found)
                open_ = Open(_term(label), label, indent, beside=True)
            return self._level(i, level, groups, statistics, (p, smd), found, open_)
        if not statistics:
            if filled or not label:
                return open_
            self._close(open_, found)
            return Open(_term(label), label, indent, self._take(p), self._take(smd))
        if _SIZES.fullmatch(label) and i <= self.plan.heads + 1 and not found.counts:
            return self._sizes(i, groups, statistics, found)
        if open_ is not None and self._belongs(i, open_, indent, label, statistics, bool(p)):
            return self._level(i, label, groups, statistics, (p, smd), found, open_)
        self._close(open_, found)
        self._direct(i, label, groups, statistics, (p, smd), found)
        return None

    def _belongs(
        self, i: int, open_: Open, indent: int, label: str, statistics: dict[int, str], has_p: bool
    ) -> bool:
        """Tell whether a row is a level of the variable that was opened above it."""
        if self.indented or open_.beside:
            return indent > open_.indent
        if _MEAN.search(label) or _MEDIAN.search(label):
            return bool(open_.item is None)
        counted = all(
            read(t).kind in ("count", "count ci", "number", "fraction", "percent", "percent first")
            for t in statistics.values()
        )
        return counted and not (has_p and open_.item is not None and not open_.item.get("by_level"))

    def _sizes(
        self, i: int, groups: list[Column], statistics: dict[int, str], found: Found
    ) -> Open | None:
        for g in groups:
            reading = read(statistics.get(g.index, ""))
            if reading.kind in ("number", "count") and reading.parts[0].isdigit():
                found.sizes.setdefault(g.group, int(reading.parts[0]))
                g.size = g.size or int(reading.parts[0])
                self.note(i, g.index, READ, key=f"sizes/{g.group}")
        return None

    def _beside(self, i: int, others: list[Column]) -> tuple[tuple, tuple]:
        """Give the P value and SMD of a row with their places (empty if there is none)."""
        p, smd = (), ()
        for column in others:
            text = self.texts[i][column.index]
            if self.table.rows[i][column.index].copy or read(text).kind == "empty":
                continue
            if column.role == "p" and not p:
                value = read_p(text)
                if value is None:
                    self.note(i, column.index, NOT_UNDERSTOOD, "no P value")
                else:
                    p = (value, i, column.index)
            elif column.role == "smd" and not smd and read(text).kind == "number":
                smd = (text, i, column.index)
        return p, smd

    def _take(self, given: tuple) -> str:
        """Take a P value or SMD, and note that it was read."""
        if not given:
            return ""
        self.note(given[1], given[2], READ)
        return given[0]

    # -- items ------------------------------------------------------------------------------

    def _level(
        self,
        i: int,
        level: str,
        groups: list[Column],
        statistics: dict[int, str],
        beside: tuple,
        found: Found,
        open_: Open,
    ) -> Open:
        """Read a row as one level of the variable that is open."""
        label = f"{open_.label} {level}"
        if _summary(statistics) or _MEAN.search(level) or _MEDIAN.search(level):
            self._direct(i, level, groups, statistics, beside, found, open_)
            return open_
        cells = self._counts(i, label, groups, statistics)
        if not cells:
            return open_
        if open_.item is None:
            open_.item = {"term": open_.term, "levels": {}, "p": open_.p, "smd": open_.smd}
            found.counts.append(open_.item)
        name = _unique(level, open_.item["levels"])
        first = not open_.item["levels"]
        open_.item["levels"][name] = cells
        p, smd = (self._take(x) for x in beside)
        if p and first and not open_.item["p"]:
            open_.item["first_p"] = (name, p)
        elif p:
            open_.item.setdefault("by_level", {})[name] = p
        if smd and first and not open_.item["smd"]:
            open_.item["first_smd"] = (name, smd)
        elif smd:
            open_.item.setdefault("smd_by_level", {})[name] = smd
        return open_

    def _close(self, open_: Open | None, found: Found) -> None:
        """Settle whether a P value beside the first level is of that level or of all."""
        if open_ is None or open_.item is None:
            return
        item = open_.item
        for first, by, name in (("first_p", "by_level", "p"), ("first_smd", "smd_by_level", "smd")):
            one, many = item.pop(first, None), item.pop(by, {})
            if many and one:
                item[name] = {one[0]: one[1]} | many
            elif many:
                item[name] = many
            elif one:
                item[name] = one[1]

    def _direct(
        self,
        i: int,
        label: str,
        groups: list[Column],
        statistics: dict[int, str],
        beside: tuple,
        found: Found,
        open_: Open | None = None,
    ) -> None:
        """Read a row that stands for itself: a line of counts, or a continuous variable."""
        label_all = f"{open_.label} {label}" if open_ else label
        term = _term(open_.label if open_ else label)
        split = None if open_ else self._split(i, label, groups, statistics)
        if split:
            found.counts.append(split | {"p": self._take(beside[0]), "smd": self._take(beside[1])})
            return
        summary = self._form(label_all, statistics)
        if summary in ("mean (sd)", "median (min-max)", "median (q1-q3)"):
            cells = self._cells(i, groups, statistics, _centre(summary), summary)
            if cells:
                p = self._take(beside[0]) or (open_.p if open_ and open_.item is None else "")
                found.summaries.append(
                    {
                        "term": term,
                        "form": summary,
                        "groups": cells,
                        "p": p,
                        "smd": self._take(beside[1]),
                    }
                )
            return
        if summary == "median (ci)":
            cells = self._cells(i, groups, statistics, _centre(summary), summary)
            if cells:
                found.survival.append(
                    {"endpoint": term, "median": cells, "logrank": self._take(beside[0])}
                )
            return
        if summary == "rate (ci)":
            self._rates(i, label_all, groups, statistics, beside, found)
            return
        cells = self._counts(i, label_all, groups, statistics)
        if cells:
            readings = {g.group: read(statistics.get(g.index, "")) for g in groups}
            limits = {
                g: f"{r.parts[3]}-{r.parts[4]}"
                for g, r in readings.items()
                if r.kind == "count ci" and g in cells
            }
            p, smd = (self._take(x) for x in beside)
            own = _term(label_all) if open_ else term
            found.counts.append({"term": own, "cells": cells, "ci": limits, "p": p, "smd": smd})

    def _rates(
        self,
        i: int,
        label: str,
        groups: list[Column],
        statistics: dict[int, str],
        beside: tuple,
        found: Found,
    ) -> None:
        """Read percentages with their limits: of survival at a time, or of responses."""
        cells = self._cells(i, groups, statistics, _centre("rate (ci)"), "rate (ci)")
        if not cells:
            return
        at = _AT.search(label)
        if at and _SURVIVAL.search(label):
            months = float(at[1]) * (12 if at[2].lower().startswith("y") else 1)
            item = {"endpoint": _term(label), "survival_percent": {f"{months:g}": cells}}
            found.survival.append(item | {"logrank": self._take(beside[0])})
            return
        parts = {g: re.fullmatch(r"(\S+) \((\S+)\)", text) for g, text in cells.items()}
        item = {
            "term": _term(label),
            "cells": {g: f"{m[1]}%" if m else f"{cells[g]}%" for g, m in parts.items()},
            "ci": {g: m[2] for g, m in parts.items() if m},
        }
        found.counts.append(item | {"p": self._take(beside[0])})

    def _cells(
        self,
        i: int,
        groups: list[Column],
        statistics: dict[int, str],
        write: Callable[[Reading], str | None],
        what: str,
    ) -> dict[str, str]:
        cells = {}
        for g in groups:
            if g.index not in statistics:
                continue
            text = write(read(statistics[g.index]))
            if text is None:
                self.note(i, g.index, NOT_UNDERSTOOD, f"not of the form {what}")
            else:
                cells[g.group] = text
                self.note(i, g.index, READ, key=g.group)
        return cells

    def _form(self, label: str, statistics: dict[int, str]) -> str:
        """Name the form of a continuous row ("" if its cells are counts)."""
        kinds = {read(t).kind for t in statistics.values()}
        heads = " ".join(c.all_heads for c in self.plan.of("group"))
        if "mean" in kinds:
            return "" if _ERROR.search(f"{label} {self.context}") else "mean (sd)"
        if "spread" in kinds:
            return self._spread_form(label, heads)
        told = f"{heads} {self.context}"
        means = kinds & {"pair", "count"} and _MEAN.search(label) and not _PERCENT.search(label)
        pairs = "pair" in kinds and not _PERCENT.search(label) and _MEAN.search(told)
        if means or pairs:
            return "mean (sd)"
        return "median (min-max)" if kinds == {"number"} and _MEDIAN.search(label) else ""

    def _spread_form(self, label: str, heads: str) -> str:
        """Name the form of a number with two others, by what stands nearest to it."""
        limits = _CI.search(f"{label} {heads}") or _CI.search(self.table.caption)
        if _MEDIAN.search(label) and (
            _CI.search(label) or (_SURVIVAL.search(label) and (limits or _CI.search(self.context)))
        ):
            return "median (ci)"
        if limits and _RATE.search(label) and not _MEDIAN.search(label):
            return "rate (ci)"
        for text in (label, heads, self.context):
            iqr, range_, limits = (x.search(text) for x in (_IQR, _RANGE, _CI))
            if iqr and not range_:
                return "median (q1-q3)"
            if range_ and not iqr and not limits:
                return "median (min-max)"
        return "unknown"

    def _counts(
        self, i: int, label: str, groups: list[Column], statistics: dict[int, str]
    ) -> dict[str, str]:
        """Read the cells of a row as counts and percentages."""
        cells = {}
        for g in groups:
            if g.index not in statistics:
                continue
            percent = next((c for c in self.plan.of("percent") if c.percent_of == g.index), None)
            beside = self.texts[i][percent.index] if percent else ""
            signed = f"{label} (n, %)" if "%" in statistics[g.index] else label
            # of lesions or events, the percentages of all arms are of more than the patients
            others = any(_fits(read(statistics[o.index]), o) for o in groups
                         if o is not g and o.index in statistics)  # fmt: skip
            reading = read(statistics[g.index])
            text, why = self._count(reading, signed, g, read(beside), others)
            if text is None:
                self.note(i, g.index, NOT_UNDERSTOOD, why)
                continue
            cells[g.group] = text
            self.note(i, g.index, READ, key=g.group)
            if percent and is_statistic(beside):
                self.note(i, percent.index, READ, key=g.group)
        return cells

    def _count(
        self, reading: Reading, label: str, g: Column, beside: Reading, others: bool
    ) -> tuple[str | None, str]:
        """Write one cell as the file has counts (None, and why, if it is none)."""
        parts, kind = reading.parts, reading.kind
        text, why = None, f"a {kind} whose meaning neither label nor head tells"
        if kind == "fraction":
            a, b, percent = parts
            told = g.size == int(b) or _OF_ALL.search(f"{label} {g.all_heads} {self.table.caption}")
            if int(a) <= int(b) and (percent or told):
                text = f"{a}/{b}" + (f" ({percent})" if percent else "")
            why = "two numbers whose meaning the label does not tell"
        elif kind == "percent":
            text = f"{parts[0]}%"
        elif kind == "percent first":
            count, share = int(parts[1]), float(parts[0])
            if g.size and abs(100 * count / g.size - share) <= CLOSE_PERCENT:
                text = f"{parts[1]} ({parts[0]})"
            why = "a number and one in brackets, which do not fit as percentage and count"
        elif kind == "count ci":
            head = f"{parts[0]}/{parts[1]}" if parts[1] else parts[0]
            text = f"{head} ({parts[2]})"
        elif kind == "count":
            if parts[1].startswith("<"):
                text = parts[0]
            elif self._is_percent(int(parts[0]), float(parts[1]), label, g, others):
                text = f"{parts[0]} ({parts[1]})"
            why = "a number and one in brackets, which is not its percentage"
        elif kind == "number":
            text = self._bare(parts[0], label, g, beside)
        return text, why

    def _bare(self, number: str, label: str, g: Column, beside: Reading) -> str | None:
        """Write a bare number: a count, with the percentage of its own column, or a percentage."""
        heads = f"{g.head} {label}"
        percent = _PERCENT.search(f"{g.all_heads} {label}")
        if not number.isdigit():
            return f"{number}%" if percent else None
        if beside.kind in ("number", "percent"):
            return f"{number} ({beside.parts[0]})"
        alone = _PERCENT.search(heads) and not re.search(r"\bn\b|no\.", heads, re.I)
        return f"{number}%" if alone else number

    def _is_percent(self, count: int, percent: float, label: str, g: Column, others: bool) -> bool:
        """Tell whether the number in brackets is the percentage of the one before it.

        Patients not recorded can only make it larger than that of all: a smaller one is a
        percentage if that is printed, as `n (%)` or in the cell, and those of `others` in the row
        are of their groups: then it is a wrong one.
        """
        heads = f"{g.all_heads} {self.texts[0][0] if self.texts else ''}"
        if g.size:
            gap = percent - 100 * count / g.size
            if abs(gap) <= CLOSE_PERCENT:
                return True
            continuous = _MEAN.search(label) or _MEDIAN.search(label)
            of_heads = _N_PERCENT.search(heads) and not _PERCENT.search(label)
            said = others and not continuous and (_N_PERCENT.search(label) or of_heads)
            if (gap < 0 or count > g.size) and not said:
                return False
        own = f"{label} {heads}"
        mixed = _MEAN.search(self.context) or _MEDIAN.search(self.context)
        told = own if mixed else f"{own} {self.context}"
        return bool(_PERCENT.search(told)) and percent <= 100

    def _split(
        self, i: int, label: str, groups: list[Column], statistics: dict[int, str]
    ) -> dict | None:
        """Read 30/20 beside "Sex (male/female)" as two levels."""
        found = _LEVELS.search(label)
        if not found:
            return None
        levels = [x.strip() for x in (found[1] or found[2]).split("/")]
        texts = [statistics.get(g.index, "") for g in groups]
        if not all(re.fullmatch(r"\d+(?:\s*/\s*\d+)+", text) for text in texts):
            return None
        values = [[x.strip() for x in text.split("/")] for text in texts]
        if len(set(levels)) != len(levels) or any(len(v) != len(levels) for v in values):
            return None
        for g in groups:
            self.note(i, g.index, READ, key=g.group)
        names = [g.group for g in groups]
        return {
            "term": _term(label[: found.start()] or label),
            "levels": {
                x: {name: v[k] for name, v in zip(names, values, strict=True)}
                for k, x in enumerate(levels)
            },
        }

    # -- ratios -----------------------------------------------------------------------------

    def read_ratios(self, ratio: Column, limits: list[Column], p: Column | None) -> list[dict]:
        """Read the rows of one model: ratios with limits in one cell or two, and P values.

        A row of the reference opens a variable, unless its name stands above.
        """
        items: list[dict] = []
        variable, indent, levels = "", 0, 0
        for i in range(self.plan.heads, len(self.texts)):
            label, level = self._label(i)
            own_indent = self.table.rows[i][self.labels[0]].indent
            copied = self.table.rows[i][ratio.index].copy
            kind = "empty" if copied else read(self.texts[i][ratio.index]).kind
            if _P_ROW.search(level or label):
                value = self._p(i, ratio)
                if value:
                    items.append(
                        {
                            "term": _term(variable or label),
                            "level": "",
                            "hr": "",
                            "p": value,
                            "row": "p",
                        }
                    )
                continue
            text, rest = self._ratio(i, ratio, limits)
            value = self._p(i, p)
            if level:
                variable = label or variable
            elif label and len(self.labels) > 1 and not self._inside(own_indent, indent):
                variable, indent, levels = ("" if text else label), own_indent, 0
            elif kind == "empty" and not text and label and not self._inside(own_indent, indent):
                variable, indent, levels = label, own_indent, 0
            elif self.indented and own_indent <= indent and label and kind != "reference":
                variable = ""
            elif kind == "reference" and (not variable or (levels and not self.indented)):
                variable, levels = label, 0
            if kind == "text" and not text and not level and not self._inside(own_indent, indent):
                variable = ""  # "NS" in place of a ratio is of the row itself
            if kind not in ("empty", "reference"):
                levels += 1
            if not text and not value:
                continue
            term, own = self._names(variable, label, level)
            own = "" if not text else own
            items.append({"term": term, "level": own, "hr": f"{text}{rest}", "p": value})
        items = _joint(items)
        for item in items:
            item.pop("row", None)  # a P value of its own row, as that of a trend
        return _distinct(items)

    def _inside(self, own: int, indent: int) -> bool:
        """Tell whether a row without a ratio is a level set in below its variable."""
        return self.indented and own > indent

    def _names(self, variable: str, label: str, level: str) -> tuple[str, str]:
        if level:
            return _term(variable or label), level
        if variable and variable != label:
            return _term(variable), label
        found = _AGAINST.fullmatch(label)
        return (_term(found[1]), found[2]) if found else (_term(label), "")

    def _ratio(self, i: int, ratio: Column, limits: list[Column]) -> tuple[str, str]:
        if self.table.rows[i][ratio.index].copy:
            return "", ""
        reading = read(self.texts[i][ratio.index])
        if reading.kind == "spread":
            self.note(i, ratio.index, READ)
            return ratio_text(reading.parts), ""
        if reading.kind != "number":
            return "", ""
        beside = self._limits(i, limits)
        if beside.kind == "empty" and float(reading.parts[0]) == 1:
            self.note(i, ratio.index, NO_STATISTIC, "the reference")
            return "", ""
        self.note(i, ratio.index, READ)
        if beside.kind == "limits":
            for column in limits:
                self.note(i, column.index, READ)
            return reading.parts[0], f" ({beside.parts[0]}-{beside.parts[1]})"
        return reading.parts[0], ""

    def _limits(self, i: int, limits: list[Column]) -> Reading:
        """Read the limits beside a ratio, from one column or from two."""
        readings = [read(self.texts[i][column.index]) for column in limits]
        if len(readings) == 2 and all(r.kind == "number" for r in readings):
            return Reading("limits", (readings[0].parts[0], readings[1].parts[0]))
        return readings[0] if len(readings) == 1 else Reading("empty")

    def _p(self, i: int, p: Column | None) -> str:
        if p is None or self.table.rows[i][p.index].copy:
            return ""
        value = read_p(self.texts[i][p.index])
        if value is None:
            return ""
        self.note(i, p.index, READ)
        return value


def _joint(items: list[dict]) -> list[dict]:
    """Take P values beside some levels only as those of the variable, not of the levels."""
    by_term: dict[str, list[dict]] = {}
    for item in items:
        by_term.setdefault(item["term"], []).append(item)
    for term, same in by_term.items():
        levels = [item for item in same if item["hr"] and item["level"]]
        with_p = [item for item in levels if item["p"]]
        alone = [item for item in same if item["p"] and not item["hr"] and "row" not in item]
        if len(levels) == len(alone) == 1 and not with_p:
            levels[0]["p"] = alone[0]["p"]  # two levels have one P
            items[:] = [item for item in items if item is not alone[0]]
            continue
        if len(levels) < 2 or not with_p or len(with_p) == len(levels):
            continue
        for item in with_p:
            place = next(k for k, other in enumerate(items) if other is item)
            items.insert(place, {"term": term, "level": "", "hr": "", "p": item["p"]})
            item["p"] = ""
    return items


def _summary(statistics: dict[int, str]) -> bool:
    """Tell whether the cells of a row are of a continuous variable."""
    kinds = [read(text).kind for text in statistics.values()]
    return bool(kinds) and all(kind in ("mean", "spread") for kind in kinds)


def _centre(form: str) -> Callable[[Reading], str | None]:
    """Give the way to write a mean or median with what stands beside it."""
    if form == "mean (sd)":
        kinds = ("mean", "pair", "count")
        return lambda r: f"{r.parts[0]} ({r.parts[1]})" if r.kind in kinds else None
    return lambda r: (
        ratio_text(r.parts) if r.kind == "spread" else r.parts[0] if r.kind == "number" else None
    )


def _term(label: str) -> str:
    """Give the name of a variable: its label without what says how it is printed."""
    short = _SUFFIX.sub("", label).strip(" ,:;-")
    return short or label.strip() or "unnamed"


def _unique(name: str, taken: dict) -> str:
    """Give a name that is not taken yet."""
    if name not in taken:
        return name
    return next(f"{name} ({k})" for k in range(2, 1000) if f"{name} ({k})" not in taken)


def _distinct(items: list[dict]) -> list[dict]:
    """Give items with the same names different ones."""
    seen: dict[tuple[str, str], int] = {}
    for item in items:
        key = (item["term"], item.get("level", ""))
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            item["term"] += f" ({seen[key]})"
    return items


def _fits(reading: Reading, g: Column) -> bool:
    """Say whether a cell is a count with its percentage of the group."""
    if reading.kind != "count" or not g.size or reading.parts[1].startswith("<"):
        return False
    return abs(float(reading.parts[1]) - 100 * int(reading.parts[0]) / g.size) <= CLOSE_PERCENT
