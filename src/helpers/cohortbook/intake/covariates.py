"""Baseline variables: their kinds, labels, levels and units; covariates of the Cox models."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from ..cohort.checks.patients import OLDEST
from .columns import Column
from .draft import Draft
from .words import (
    AFTER_BASELINE,
    NAMES_BY_NUMBER,
    NOT_TIME,
    REMARKS,
    compact,
    is_baseline_status,
    is_sex,
    key_of,
    label_of,
    level_label,
    mentions,
    words,
)

FIRST = (
    "age",
    "年龄",
    "sex",
    "gender",
    "性别",
    "ecog",
    "performance",
    "karnofsky",
    "karno",
    "stage",
    "分期",
    "grade",
)
MOST_MISSING = 0.2
EVENTS_EACH, FEWEST = 10, 2
FEWEST_IN_LEVEL = 5
RARE_REFERENCE = 0.05
OUTSIDE = 0.05  # of a range's patients, at either end
MOST_VARIABLES = 40
SIGNIFICANT = 3
MANY_OLD, FEW_OLD, MOST_OLD = 10, 0.01, 0.1  # shares of the ages that may be errors
WITHIN = 0.99  # of the times of what happened during follow-up
WIDE = 2  # a hazard ratio is for at most this part of the range of half the patients


def settle_variables(draft: Draft, columns: dict[str, Column]) -> None:
    """Put the baseline variables, the baseline table and the covariates into the draft."""
    left_out: dict[str, list[str]] = {}
    kept: dict[str, Column] = {}
    follow_up = _follow_up(draft, columns)
    arm = columns.get(draft.study["columns"].get("arm", ""))
    arm = None if arm is None else draft.of_arms(arm.cells)
    for place, whole in enumerate(columns.values(), start=1):
        if whole.name in draft.used:
            continue
        column = whole  # with what is known of it already, unless patients are left out
        if draft.kept is not None:
            column = replace(whole, cells=draft.of_arms(whole.cells))
        reason = "remarks" if whole.about(REMARKS) else _unusable(column)
        reason = reason or _after_start(whole, follow_up)
        reason = reason or "differs between the rows of a patient" * (whole.name in draft.varying)
        if not reason and len(kept) >= MOST_VARIABLES:
            reason = f"beyond the first {MOST_VARIABLES} variables"
        if reason:
            left_out.setdefault(reason, []).append(column.name)
            continue
        key = key_of(column.name, place, draft.keys | {draft.study["columns"].get("arm", "arm")})
        draft.keys.add(key)
        kept[key] = column
        draft.study["variables"][key] = _variable(draft, key, column)
    for reason, names in left_out.items():
        draft.comment("variables", text=f"Left out ({reason}): {', '.join(names)}")
    draft.study["baseline"] = [{"variable": key} for key in kept]
    count = len(kept)
    draft.found.append(f"{count} baseline variable{'s' if count != 1 else ''}")
    _covariates(draft, kept, arm)


def _follow_up(draft: Draft, columns: dict[str, Column]) -> pd.Series | None:
    """Give the time of the first endpoint that has one."""
    timed = [e["time"] for e in draft.study.get("endpoints", {}).values() if "time" in e]
    return draft.of_arms(columns[timed[0]].numbers) if timed else None


def _after_start(column: Column, follow_up: pd.Series | None) -> str:
    """Say that a column is the time of what some had during follow-up; "" if it is not.

    It is named as a time, many lack it, and in hardly any patient it lies beyond the follow-up.
    """
    named = "time" in words(column.name) or compact(column.name).endswith("time")
    if follow_up is None or not named or not column.is_number or column.about(NOT_TIME):
        return ""
    both = column.numbers.notna() & follow_up.notna()
    within = (column.numbers[both] <= follow_up[both]).mean() if both.any() else 0
    many = column.cells.isna().mean() > MOST_MISSING and column.whole
    return "seems to be known only after time zero" if many and within >= WITHIN else ""


def _is_arm(column: Column, arm: pd.Series | None) -> bool:
    """Say whether each value occurs in one arm only, as those of a second column of the arm do."""
    if arm is None or not column.is_categorical:
        return False
    return bool((arm.groupby(column.cells).nunique() <= 1).all())


def _unusable(column: Column) -> str:
    """Say why a column is no baseline variable; "" if it is one."""
    if len(column.different) < 2:
        return "one value only" if len(column.known) else "empty"
    if column.is_date:
        return "dates"
    if mentions(column.name, AFTER_BASELINE) and not is_baseline_status(column.name):
        return "seems to be known only after time zero"
    if not column.is_categorical and not column.is_number:
        return "text"
    return _naming(column) if column.is_number and column.whole else ""


def _naming(column: Column) -> str:
    """Say that whole numbers name rows, cases or places and measure nothing."""
    if column.is_categorical:
        return ""
    named = words(column.name) & NAMES_BY_NUMBER or compact(column.name) in ("no", "nr")
    return "numbers the rows" if _counts_up(column) else "numbers that are names" * bool(named)


def _counts_up(column: Column) -> bool:
    values = column.numbers.dropna()
    return len(values) > 10 and bool((values.diff().dropna() == 1).all())


def _variable(draft: Draft, key: str, column: Column) -> dict[str, object]:
    label, unit = label_of(column.name, column.label)
    entry: dict[str, object] = {"label": label}
    if column.is_categorical:
        entry["kind"] = "categorical"
        entry["levels"] = [_level(column, code) for code in column.levels]
        if _bare_numbers(column):
            draft.comment("variables", key, text="Say what the codes mean, as label of each level.")
    else:
        entry |= {"kind": "continuous", "decimals": _decimals(column)}
        if unit == "years" and not _in_years(column):
            unit = "months" if column.numbers.max() <= 12 * OLDEST else "days"
            draft.unsure(
                "variables",
                key,
                text=f"'{column.name}' goes up to {column.numbers.max():g} and is taken for {unit}",
            )
        if unit:
            entry["unit"] = unit
        if column.not_numbers:
            shown = ", ".join(column.not_numbers[:5])
            draft.unsure(
                "variables",
                key,
                text=f"'{column.name}': cells that are no numbers were "
                f"left empty in patients.csv: {shown}",
            )
    if column.name != key:
        entry["column"] = column.name
    missing = int(column.cells.isna().sum())
    if missing:
        draft.comment("variables", key, text=f"{missing} of {len(column.cells)} missing.")
    return entry


def _in_years(column: Column) -> bool:
    """Say whether no more than some errors would be older than people become."""
    older = column.numbers.dropna() > OLDEST
    return bool(older.mean() <= (FEW_OLD if older.sum() >= MANY_OLD else MOST_OLD))


def _level(column: Column, code: str) -> dict[str, str]:
    shown = column.shown(code)
    sex = is_sex(column.name) or is_sex(column.label)
    label = level_label(shown, sex).replace("<=", "≤").replace(">=", "≥")
    return {"code": code, "label": label} if label != code else {"code": code}


def _bare_numbers(column: Column) -> bool:
    return column.is_number and not column.level_labels


def _decimals(column: Column) -> int:
    """Choose the decimals of a summary: those of the cells, within three significant digits."""
    cells = column.known.astype(str)
    digits = pd.Series([len(cell.partition(".")[2]) for cell in cells])
    middle = float(column.numbers.abs().median())
    before = math.floor(math.log10(middle)) + 1 if middle > 0 else 0
    return int(max(0, min(digits.median(), 2, SIGNIFICANT - before)))


def _covariates(draft: Draft, kept: dict[str, Column], arm: pd.Series | None) -> None:
    """Choose covariates, ten events of the first endpoint for each parameter, usual ones first."""
    endpoints = draft.study.get("endpoints")
    if not endpoints:
        return
    reach = draft.events.get(next(iter(endpoints)), 0) // EVENTS_EACH - 1
    room = max(FEWEST, reach)
    chosen, used = [], 0
    for key in _in_order(kept):
        column = kept[key]
        needs = len(column.levels) - 1 if column.is_categorical else 1
        banded = any(key.startswith(f"{other}_") for other in chosen)  # age, age_group
        banded = banded or any(_bands(column, kept[other]) for other in chosen)
        if banded or _sparse(column) or _is_arm(column, arm) or used + needs > room:
            continue
        chosen.append(key)
        used += needs
    if not chosen:
        return
    draft.study["cox"] = {"covariates": [_covariate(kept, key) for key in chosen]}
    rest = [key for key in kept if key not in chosen]
    draft.comment(
        "cox",
        text=f"Covariates as far as the events reach (ten for each parameter), "
        f"{FEWEST} at least, the "
        "usual ones first; few missing, no rare level, none "
        "that cuts another into ranges or tells the arm. Choose by what is known before.",
    )
    if rest:
        draft.comment("cox", text="Not among them: " + ", ".join(rest))


def _covariate(kept: dict[str, Column], key: str) -> dict[str, str | float]:
    column = kept[key]
    if column.is_categorical:
        return {"variable": key, "reference": _reference(column)}
    per = _per(column.numbers)
    return {"variable": key} if per == 1 else {"variable": key, "per": per}


def _reference(column: Column) -> str:
    """Choose the first level, or the commonest where the first is too rare to compare with."""
    shares = column.known.value_counts(normalize=True)
    first = column.levels[0]
    return first if shares[first] >= RARE_REFERENCE else str(shares.idxmax())


def _bands(column: Column, number: Column) -> bool:
    """Say whether a factor is a number cut into ranges: nodes, and more than four nodes.

    One patient in twenty of each range may lie outside it: tables have errors.
    """
    if not column.is_categorical or number.is_categorical or len(column.levels) < 2:
        return False
    both = column.cells.notna() & number.numbers.notna()
    values = number.numbers[both].groupby(column.cells[both])
    ranges = pd.DataFrame({"low": values.quantile(OUTSIDE), "high": values.quantile(1 - OUTSIDE)})
    ranges = ranges.sort_values("low")
    apart = ranges["high"].to_numpy()[:-1] < ranges["low"].to_numpy()[1:]
    return len(ranges) > 1 and bool(apart.all())


def _per(values: pd.Series) -> float:
    """Choose 10, 100 ... units where half the patients lie further apart than two of them."""
    spread = float(values.quantile(0.75) - values.quantile(0.25))
    return 10.0 ** max(0, math.floor(math.log10(spread / WIDE))) if spread > 0 else 1


def _in_order(kept: dict[str, Column]) -> Iterator[str]:
    usual = [
        next((i for i, word in enumerate(FIRST) if mentions(column.name, (word,))), 99)
        for column in kept.values()
    ]
    yield from (key for _, key in sorted(zip(usual, kept, strict=True), key=lambda item: item[0]))


def _sparse(column: Column) -> bool:
    if column.cells.isna().mean() > MOST_MISSING:
        return True
    return column.is_categorical and column.known.value_counts().min() < FEWEST_IN_LEVEL
