"""Best overall response and the change of target lesions."""

from __future__ import annotations

from ..cohort.checks.meaning import CATEGORIES, category, is_response
from ..errors import CohortbookError
from ..study.unconfirmed import CRITERIA
from .after import is_visit
from .columns import Column
from .draft import Draft
from .questions import Option, Question
from .words import compact

NAMES = (
    "bestoverallresponse",
    "bestresponse",
    "bor",
    "response",
    "orr",
    "recist",
    "mrecist",
    "疗效",
    "最佳疗效",
    "缓解",
)
CRITERIA_KNOWN = ("RECIST 1.1", "mRECIST", "iRECIST")
CHANGE = ("change", "chg", "pchg", "变化")


def settle_response(draft: Draft, columns: dict[str, Column]) -> None:
    """Put the response into the draft if a column holds categories of response."""
    column = _column(draft, columns)
    if column is None:
        _derived(draft)
        return
    meaning = {code: category(column.shown(code)) for code in column.different}
    listed = sorted(
        (c for c in meaning if meaning[c]), key=lambda c: [*CATEGORIES].index(meaning[c])
    )
    entry = {
        "column": column.name,
        "criteria": "mRECIST" if "mrecist" in compact(column.text) else "RECIST 1.1",
        "categories": [{"code": c, "label": CATEGORIES[meaning[c]][0]} for c in listed],
        "objective": [c for c in listed if meaning[c] in ("CR", "PR")],
        "control": [c for c in listed if meaning[c] in ("CR", "PR", "SD")],
    }
    _not_evaluable(draft, column, meaning, entry)
    change = next((c for c in columns.values() if _is_change(c, draft)), None)
    if change is not None:
        entry["change"] = change.name
        draft.used.add(change.name)
    draft.study["response"] = entry
    draft.used.add(column.name)
    draft.keys |= {column.name, *([change.name] if change is not None else [])}
    draft.found.append(f"response: column '{column.name}'")
    if is_visit(column.name) and "best" not in compact(column.text):
        draft.unsure(
            "response",
            text=f"'{column.name}' is taken for the best response, and its name says a visit",
            columns=(column.name,),
            confirm=CRITERIA,
        )
    said = "recist" in compact(column.text)
    if not _criteria(draft, entry, said) and not said:
        draft.unsure("response", text="the criteria are taken for RECIST 1.1", confirm=CRITERIA)


def _criteria(draft: Draft, entry: dict, sure: bool) -> bool:
    """Put the criteria of response in; say whether somebody answered."""
    choice = draft.choose(
        Question(
            ("response", "criteria"),
            "By which criteria was the response judged?",
            tuple(Option(name, name) for name in CRITERIA_KNOWN),
            (entry["criteria"],),
            sure,
            free=True,
        )
    )
    entry["criteria"] = choice.value[0]
    return choice.answered


def _derived(draft: Draft) -> None:
    """Where target lesions were measured and no response was recorded, derive it."""
    if not draft.study.get("measurements", {}).get("size"):
        return
    draft.study["response"] = {
        "column": "best_response",
        "criteria": "RECIST 1.1",
        "derived": {"progression_from": "nadir", "least_growth": 5},
        "categories": [{"code": code, "label": name} for code, (name, _) in CATEGORIES.items()],
        "objective": ["CR", "PR"],
        "control": ["CR", "PR", "SD"],
        "not_evaluable": "NE",
    }
    draft.keys.add("best_response")
    draft.unsure(
        "response",
        text="no column holds the best response; it is derived from the sums "
        "of target lesions by RECIST 1.1, without new lesions and non-target lesions",
        confirm=CRITERIA,
    )


def _not_evaluable(draft: Draft, column: Column, meaning: dict, entry: dict) -> None:
    found = next((code for code in meaning if meaning[code] == "NE"), None)
    missing = int(column.cells.isna().sum())
    if missing and found is None:
        found = "NE"
        entry["categories"].append({"code": "NE", "label": CATEGORIES["NE"][0]})
    if found is not None:
        entry["not_evaluable"] = found
    if missing:
        entry["missing_is"] = found
        draft.unsure(
            "response",
            text=f"{missing} patients without a response count as not "
            "evaluable, and so as failures",
        )


def _column(draft: Draft, columns: dict[str, Column]) -> Column | None:
    wish = draft.wishes.response
    if wish and wish not in columns:
        raise CohortbookError(
            f"There is no column '{wish}'.", "--response", "There are: " + ", ".join(columns) + "."
        )
    free = [columns[wish]] if wish else [c for c in columns.values() if c.name not in draft.used]
    found = [c for c in free if _is_response(c)]
    if wish and not found:
        raise CohortbookError(
            f"'{wish}' does not hold CR, PR, SD, PD.",
            "--response",
            "Its cells: " + ", ".join(columns[wish].different[:10]) + ".",
        )
    return min(found, key=_rank, default=None)


def _rank(column: Column) -> int:
    names = (compact(column.name), compact(column.label))
    return next(
        (rank for rank, word in enumerate(NAMES) if any(word in name for name in names)), 99
    )


def _is_response(column: Column) -> bool:
    return is_response([column.shown(code) for code in column.different])


def _is_change(column: Column, draft: Draft) -> bool:
    if column.name in draft.used or not column.is_number or not column.about(CHANGE):
        return False
    values = column.numbers.dropna()
    return (
        bool(len(values)) and values.min() >= -100 and values.min() < 0 and not column.not_numbers
    )
