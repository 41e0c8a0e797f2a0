"""Baseline variables: their kinds, labels, levels and units; covariates of the Cox models."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from ..cohort.checks.patients import OLDEST
from .after import AFTER, OUTCOME, follows, goes_with, later_of, repeated
from .arms import INDICATED
from .columns import Column
from .draft import Draft
from .questions import Option, Question
from .same import arm_again, same_as, too_near
from .suspects import suspected
from .vocabulary import ARM, NAMES_BY_NUMBER, NOT_TIME, REMARKS
from .words import compact, is_sex, key_of, label_of, level_label, mentions, words

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
MOST_CATEGORIES = 30
MOST_COMPARED = 80  # columns that are held against one another
LONGER = 9  # letters by which a second name of the arm is longer: actual_arm
SIGNIFICANT = 3
CATEGORIES, NUMBER, OUT = "categorical", "continuous", "out"
IN = "in"  # a covariate without a reference level
AGES = {"age", "alter", "edad", "âge", "età", "leeftijd"}
MANY_OLD, FEW_OLD, MOST_OLD = 10, 0.01, 0.1  # shares of the ages that may be errors
CENTURIES = 1850, 2100
DATES = "dates"
FIRST_DAY = 4000  # of a calendar that begins in 1960 or 1970
NO_ENDPOINT = "there is no endpoint to hold it against"
WITHIN = 0.99  # of the times of what happened during follow-up
WIDE = 2  # a hazard ratio is for at most this part of the range of half the patients


def settle_variables(draft: Draft, columns: dict[str, Column]) -> None:
    """Put the baseline variables, the baseline table and the covariates into the draft."""
    left_out: dict[str, list[str]] = {}
    kept: dict[str, Column] = {}
    free = [c for c in columns.values() if c.name not in draft.used]
    # with what is known of them already, unless patients are left out
    compared = {
        c.name: c if draft.kept is None else replace(c, cells=draft.of_arms(c.cells)) for c in free
    }
    reasons = _reasons(draft, columns, compared)
    doubts = _doubts(draft, columns, compared, reasons)
    reasons |= doubts
    for place, whole in enumerate(columns.values(), start=1):
        if whole.name in draft.used:
            continue
        column, reason = compared[whole.name], reasons.get(whole.name, "")
        if not reason and len(kept) >= MOST_VARIABLES:
            reason = f"beyond the first {MOST_VARIABLES} variables"
        kind, answered = _kind(draft, column, reason, sure=whole.name not in doubts)
        if answered:
            reason = "as answered" if kind == OUT else ""
        if reason:
            if column.name in doubts and not answered:
                draft.unsure(
                    "variables",
                    text=f"'{column.name}' is left out: it {reason}; if it was known at time "
                    "zero, put it under variables and baseline",
                    kind="variable",
                    columns=(column.name,),
                )
                continue
            left_out.setdefault(reason, []).append(column.name)
            draft.sure(
                "variables",
                value=None,
                text=f"left out: {reason}",
                kind="left out",
                columns=(column.name,),
            )
            continue
        key = key_of(column.name, place, draft.keys | {draft.study["columns"].get("arm", "arm")})
        draft.keys.add(key)
        kept[key] = column
        draft.study["variables"][key] = variable_entry(draft, key, column, kind)
        why = reasons.get(whole.name, "")
        if why:
            draft.comment("variables", key, text=f"Put back as answered; left out before: {why}.")
        known = {"value": kind, "kind": "variable", "columns": (column.name,)}
        if answered or draft.study.get("endpoints"):
            text = "a baseline variable, as answered" if answered else "a baseline variable"
            draft.sure("variables", key, text=text, **known)
        else:
            text = f"'{column.name}' is taken for a baseline variable; {NO_ENDPOINT}"
            draft.unsure("variables", key, text=text, **known)
    for reason, names in left_out.items():
        draft.comment("variables", text=f"Left out ({reason}): {', '.join(names)}")
    draft.study["baseline"] = [{"variable": key} for key in kept]
    _covariates(draft, kept, _arm(draft, columns))


def _doubts(
    draft: Draft, columns: dict[str, Column], compared: dict[str, Column], reasons: dict[str, str]
) -> dict[str, str]:
    """Say of columns without a reason why they may be of the follow-up nevertheless."""
    times, events = _outcomes(draft, columns)
    for name, reason in reasons.items():
        column = compared[name]
        if reason in (AFTER, OUTCOME) and len(column.different) == 2:
            events[name] = (column.cells == column.levels[1]).where(column.cells.notna())
    rest = {name: column for name, column in compared.items() if name not in reasons}
    left_out = {name: compared[name] for name in reasons}
    dates = {name: column for name, column in left_out.items() if reasons[name] == DATES}
    return suspected(rest, times, events, left_out, dates)


def _kind(draft: Draft, column: Column, reason: str, *, sure: bool) -> tuple[str, bool]:
    """Ask what a column is as a baseline variable: its kind or OUT, and whether answered."""
    guess = CATEGORIES if column.is_categorical else NUMBER
    question = kind_question(column, OUT if reason else guess)
    choice = draft.choose(replace(question, sure=sure))
    return choice.value[0], choice.answered


def kind_question(column: Column, guess: str) -> Question:
    """Ask what a column is as a baseline variable: a number, categories, or none."""
    possible = [Option(OUT, "left out")]
    if 2 <= len(column.different) <= MOST_CATEGORIES:
        possible.insert(0, Option(CATEGORIES, "categories"))
    if len(column.different) >= 2 and column.is_number:
        possible.insert(0, Option(NUMBER, "a number"))
    return Question(
        ("variables", column.name),
        f"What is '{column.name}'?",
        tuple(possible),
        (guess,),
        sure=True,
    )


def _reasons(
    draft: Draft, columns: dict[str, Column], compared: dict[str, Column]
) -> dict[str, str]:
    """Say of each column that is no baseline variable why not."""
    times, events = _outcomes(draft, columns)
    arm = _arm(draft, columns)
    found = {}
    for name, column in compared.items():
        reason = "remarks" if column.about(REMARKS) else ""
        reason = reason or _unusable(column) or _arm_again(draft, column, arm)
        reason = reason or _after_start(column, times) or follows(column, times, events)
        reason = reason or draft.aside.get(name, "")
        reason = reason or (
            "differs between the rows of a patient" if name in draft.varying else ""
        )
        if reason:
            found[name] = reason
    for name, first in later_of(compared).items():
        found.setdefault(name, f"measured again after '{first}'")
    for name in repeated(compared):
        found.setdefault(name, "seems to be of events that repeat")
    after = (AFTER, OUTCOME, *{text for text in found.values() if text.startswith("measured")})
    later = {name: c for name, c in compared.items() if found.get(name) in after}
    for name, column in compared.items():
        if name not in found and (reason := goes_with(column, later)):
            found[name] = reason
    rest = {name: c for name, c in compared.items() if name not in found}
    told: dict[str, Column] = {}
    for name in [*_in_order(rest)][:MOST_COMPARED]:
        other = same_as(rest[name], told)
        if other and _one_thing(rest[name], told[other]):
            found[name] = f"says the same as '{other}'"
        else:
            told[name] = rest[name]
    return found


def _arm(draft: Draft, columns: dict[str, Column]) -> pd.Series | None:
    arm = columns.get(draft.study["columns"].get("arm", ""))
    return None if arm is None else draft.of_arms(arm.cells)


def _one_thing(column: Column, other: Column) -> bool:
    """Say whether two columns that go together are one thing: sex and sexn, age and birth year."""
    one, two = compact(column.name), compact(other.name)
    born = any(
        word in name
        for name in (one, two)
        for word in ("birth", "geburt", "naiss", "nacim", "nascita", "geboorte", "yob", "jahrgang")
    )
    ages = column.about(AGES) and other.about(AGES)
    return born or ages or one.startswith(two) or two.startswith(one)


def _outcomes(
    draft: Draft, columns: dict[str, Column]
) -> tuple[dict[str, pd.Series], dict[str, pd.Series]]:
    """Give times, and events as 1 and 0, of the endpoints that have both as columns."""
    times, events = {}, {}
    for key, entry in draft.study.get("endpoints", {}).items():
        if "time" in entry:
            times[key] = draft.of_arms(columns[entry["time"]].numbers)
        if "event" in entry:
            cells = draft.of_arms(columns[entry["event"]].cells)
            event = cells.isin(entry.get("event_codes", ["1"])).astype(float)
            events[key] = event.where(cells.notna())
    return times, events


def _arm_again(draft: Draft, column: Column, arm: pd.Series | None) -> str:
    """Say that a column is the arm once more; a difference is told."""
    found = arm_again(column, arm)
    if not found:
        return ""
    alike, both = found
    mine, own = compact(column.name), compact(draft.study["columns"]["arm"])
    cells = {cell.casefold() for cell in column.different}
    arms = set() if arm is None else {str(cell).casefold() for cell in arm.dropna()}
    in_words = cells <= arms and not cells <= INDICATED and max(map(len, cells)) > 1
    longer = mine.startswith(own) or mine.endswith(own)
    like = in_words or (longer and len(mine) <= len(own) + LONGER)
    if (
        not like
        and mine not in ARM
        and not any(
            mine.startswith(word) or mine.endswith(word) for word in ("trt", "treatment", "arm")
        )
    ):
        return ""  # some other thing that goes with the arm: described, and no covariate
    if alike < both:
        differ = f"{both - alike} of {both} patients differ"
        draft.found.append(f"'{column.name}' is the arm again, and {differ}")
        return f"is the arm in nearly all patients; {differ}"
    return "says the arm again"


def _after_start(column: Column, times: dict[str, pd.Series]) -> str:
    """Say that a column is the time of what some had during follow-up; "" if it is not.

    It is named as a time, many lack it, and in hardly any patient it lies beyond the follow-up.
    """
    named = "time" in words(column.name) or compact(column.name).endswith("time")
    if not times or not named or not column.is_number or column.about(NOT_TIME):
        return ""
    follow_up = next(iter(times.values()))
    both = column.numbers.notna() & follow_up.notna()
    within = (column.numbers[both] <= follow_up[both]).mean() if both.any() else 0
    many = column.cells.isna().mean() > MOST_MISSING and column.whole
    return AFTER if many and within >= WITHIN else ""


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
        return DATES
    if _days_of_calendar(column):
        return "days of a calendar"
    if _years_with_parts(column):
        return DATES
    if not column.is_categorical and not column.is_number:
        return "text"
    return _naming(column) if column.is_number and column.whole else ""


def _days_of_calendar(column: Column) -> bool:
    values = column.numbers.dropna()
    return (
        column.is_number
        and column.whole
        and len(values) >= MANY_OLD * 5
        and values.min() > FIRST_DAY
        and values.min() > values.max() / 2
    )


def _years_with_parts(column: Column) -> bool:
    """Say whether numbers are dates as years with a fraction: 1998.92."""
    values = column.numbers.dropna()
    return (
        column.is_number
        and not column.whole
        and len(values) >= MANY_OLD
        and bool(values.between(*CENTURIES).all())
    )


def _naming(column: Column) -> str:
    """Say that whole numbers name rows, cases or places and measure nothing."""
    if column.is_categorical:
        return ""
    named = words(column.name) & NAMES_BY_NUMBER or compact(column.name) in ("no", "nr")
    return "numbers the rows" if _counts_up(column) else "numbers that are names" * bool(named)


def _counts_up(column: Column) -> bool:
    values = column.numbers.dropna()
    return len(values) > 10 and bool((values.diff().dropna() == 1).all())


def label_question(column: Column, guess: str) -> Question:
    """Ask for the name of a variable."""
    return Question(
        ("labels", column.name),
        f"What is '{column.name}' called in the report?",
        (),
        (guess,),
        sure=True,
        free=True,
    )


def variable_entry(draft: Draft, key: str, column: Column, kind: str) -> dict[str, object]:
    label, unit = label_of(column.name, column.label)
    entry: dict[str, object] = {"label": draft.choose(label_question(column, label)).value[0]}
    if kind == CATEGORIES:
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
                confirm=f"variables.{key}.unit",
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
    guessed, used = [], 0
    for key in _in_order(kept):
        column = kept[key]
        needs = len(column.levels) - 1 if column.is_categorical else 1
        banded = any(key.startswith(f"{other}_") for other in guessed)  # age, age_group
        banded = banded or any(_bands(column, kept[other]) for other in guessed)
        banded = banded or any(too_near(column, kept[other]) for other in guessed)
        again = arm_again(column, arm) or _is_arm(column, arm)
        if banded or again or _sparse(column) or used + needs > room:
            continue
        guessed.append(key)
        used += needs
    references = {key: _asked(draft, key, kept[key], key in guessed) for key in _in_order(kept)}
    chosen = [key for key, reference in references.items() if reference != OUT]
    if not chosen:
        return
    draft.study["cox"] = {
        "covariates": [_covariate(draft, kept, key, references[key]) for key in chosen]
    }
    rest = [key for key in kept if key not in chosen]
    draft.comment(
        "cox",
        text=f"Covariates as far as the events reach (ten for each parameter), "
        f"{FEWEST} at least, the usual ones first; few missing, no rare level, none "
        "that tells the arm, cuts another into ranges or goes with it too closely. Choose by "
        "what is known before.",
    )
    if rest:
        draft.comment("cox", text="Not among them: " + ", ".join(rest))


def _asked(draft: Draft, key: str, column: Column, guessed: bool) -> str:
    """Ask for the reference level of a covariate; IN for a number, OUT for none."""
    categories = draft.study["variables"][key]["kind"] == CATEGORIES
    guess = (_reference(column) if categories else IN) if guessed else ""
    return draft.choose(covariate_question(column, categories, guess)).value[0] or OUT


def covariate_question(column: Column, categories: bool, guess: str) -> Question:
    """Ask for the reference level of a covariate, or whether a number is one."""
    options = [Option(IN, "in the model")]
    if categories:
        counts = column.known.value_counts()
        options = [
            Option(code, column.shown(code), f"{counts[code]} patients") for code in column.levels
        ]
    return Question(
        ("cox", column.name),
        f"Is '{column.name}' a covariate, and against which level?",
        (*options, Option("", "not in the model")),
        (guess,),
        sure=True,
    )


def _covariate(
    draft: Draft, kept: dict[str, Column], key: str, reference: str
) -> dict[str, str | float]:
    column = kept[key]
    if draft.study["variables"][key]["kind"] == CATEGORIES:
        return {"variable": key, "reference": reference}
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
