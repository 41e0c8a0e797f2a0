"""Which damages of a printed paper can be seen at all: is there data that print so?

Worked out apart from the auditor and in the other direction. For a row of a Cox model, log ratios
and standard errors on a fine grid are printed, and a print that comes up is possible. Counts fix
their P value. What no printed number bears on (the P value of a continuous variable) can be seen
only if it is no possible value.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from scipy import stats

Paper = dict[str, Any]
GRID = 400
Z = float(stats.norm.isf(0.025))
LIGHT_TIES = 0.1  # as the auditor allows; heavier ties are unusual and reported


def detectable(paper: Paper, path: tuple) -> bool:
    """Tell whether the numbers beside the damaged one exclude it (`path`: within the blocks)."""
    block = paper["blocks"][path[0]]
    item = block[path[1]][path[2]]
    names = [step for step in path if isinstance(step, str)]
    text = _at(paper["blocks"], path)
    if names[0] == "counts":
        return not _p_of_counts(paper, block, item, text) if "p" in names else True
    if names[0] == "summaries":
        return not _possible(text) if "p" in names else not _ages(paper, item["groups"])
    if names[0] == "ratios":
        rows = _grid(item, block)
        return not (len(rows) and _possible(item["p"]) and _log_rank_fits(paper))
    return not _log_rank_fits(paper) if "logrank" in names else not _between(item["median"])


def _at(node: Any, path: tuple) -> Any:
    for step in path:
        node = node[step]
    return node


def _number(text: str) -> tuple[str, float, float]:
    """Read a printed number: its relation, and the values that round to it."""
    relation = text[0] if text[0] in "<>" else "="
    digits = text.lstrip("<>")
    half = 0.0 if relation != "=" else 0.5 * 10.0 ** -len(digits.partition(".")[2])
    return relation, float(digits) - half, float(digits) + half


def _possible(text: str) -> bool:
    """Tell whether a text can be a P value, printed as P values are."""
    relation, low, high = _number(text)
    if relation != "=":
        return text in ("<0.001", ">0.999", "<0.002", "<0.005", ">0.099", ">0.899")
    return low <= 1 and high > 0 and float(text) != 0


def _fits(text: str, p: Any) -> Any:
    """Tell which P values print so."""
    relation, low, high = _number(text)
    if relation == "<":
        return p < high
    return p > low if relation == ">" else (p >= low - 1e-9) & (p <= high + 1e-9)


def _p_of_counts(paper: Paper, block: Paper, item: Paper, text: str) -> bool:
    arms = list(paper["groups"])
    rows = [[int(cells[arm].split()[0]) for arm in arms] for cells in item["levels"].values()]
    if item.get("test", block.get("test")) == "fisher":
        rows.append([paper["groups"][arm] - rows[0][i] for i, arm in enumerate(arms)])
    table = np.array([row for row in rows if any(row)])
    if len(table) < 2:
        return True
    expected = np.outer(table.sum(1), table.sum(0)) / table.sum()
    exact = item.get("test") == "fisher" or (len(table) == 2 and (expected < 5).any())
    found = (
        stats.fisher_exact(table)[1]
        if exact
        else stats.chi2_contingency(table, correction=False)[1]
    )
    return _possible(text) and bool(_fits(text, found))


def _ages(paper: Paper, groups: dict[str, str]) -> bool:
    """Tell whether whole years can have these medians and ranges."""
    read = {g: [float(x) for x in re.findall(r"[\d.]+", text)] for g, text in groups.items()}
    sizes = paper["groups"] | {"overall": sum(paper["groups"].values())}
    for group, (median, low, high) in read.items():
        if not low <= median <= high or (median * 2) % 1 or (sizes[group] % 2 and median % 1):
            return False
    whole, arms = read["overall"], [read[arm] for arm in paper["groups"]]
    extremes = whole[1] == min(a[1] for a in arms) and whole[2] == max(a[2] for a in arms)
    return extremes and min(a[0] for a in arms) <= whole[0] <= max(a[0] for a in arms)


def _between(median: dict[str, str]) -> bool:
    """Tell whether the median of all is between those of the arms, where all are printed."""
    if len(median) < 3:
        return True
    whole, *arms = (float(median[g]) for g in ("overall", *(g for g in median if g != "overall")))
    return min(arms) - 0.1 <= whole <= max(arms) + 0.1


def _grid(ratio: Paper, block: Paper) -> np.ndarray:
    """List the (log ratio, standard error) on a fine grid that give every print of a Cox row."""
    numbers = [_number(x) for x in re.findall(r"[\d.]+", ratio["hr"])]
    if len(numbers) < 3 or numbers[0][2] <= 0 or numbers[1][2] <= 0:
        return np.empty((0, 2))
    (_, e0, e1), (_, l0, l1), (_, h0, h1) = numbers
    if h0 <= l1:
        return np.empty((0, 2))
    tiny = 1e-6
    size = np.linspace(math.log(max(e0, tiny)), math.log(e1), GRID)
    errors = [math.log(h0 / l1) / (2 * Z), math.log(h1 / max(l0, tiny)) / (2 * Z)]
    b, error = (x.ravel() for x in np.meshgrid(size, np.linspace(*errors, GRID)))
    slack = 1e-9
    keep = _fits(ratio["p"], 2 * stats.norm.sf(np.abs(b) / error))
    for sign, low, high in ((-1, l0, l1), (1, h0, h1)):
        limit = np.exp(b + sign * Z * error)
        keep &= (limit >= low - slack) & (limit <= high + slack)
    return np.column_stack([b[keep], error[keep]])


def _log_rank_fits(paper: Paper) -> bool:
    """Tell whether the log-rank P is within the bounds of the crude row of the arms."""
    text = next(b for b in paper["blocks"] if b.get("survival"))["survival"][0]["logrank"]
    crude = next(b for b in paper["blocks"] if b.get("analysis") == "cox_univariable")
    arm = next((row for row in crude["ratios"] if row["term"] == "arm"), None)
    rows = _grid(arm, crude) if arm else []
    if not _possible(text):
        return False
    if not len(rows):
        return True
    b, error = rows.T
    least, most = ((2 * f(b / 2) / error) ** 2 for f in (np.tanh, np.sinh))
    low = stats.chi2.sf(most.max() / (1 - LIGHT_TIES), 1)
    high = stats.chi2.sf(least.min(), 1)
    relation, first, last = _number(text)
    first, last = (0.0 if relation == "<" else first), (1.0 if relation == ">" else last)
    return first <= high and last >= low
