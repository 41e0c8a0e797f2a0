"""What two builds found differently: patients, events, verdicts, settings, every statistic."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..study.changes import differences as different_settings
from .builds import Build

CHANGED, NEW, GONE = "changed", "new", "gone"
NUMBERS = ("estimate", "conf_low", "conf_high", "p_value", "n", "n_events")
SAME = 1e-9  # relative difference of two runs of the same arithmetic on other machines
PATIENTS, EVENTS, VERDICTS = "patients", "events", "verdicts"
COUNTS = {"n": PATIENTS, "patients": PATIENTS, "events": EVENTS}  # statistics that count
SIGNIFICANCE, STATISTICS, SETTINGS = "significance", "statistics", "settings"
SECTIONS = {
    PATIENTS: "Patients",
    EVENTS: "Events",
    VERDICTS: "Verdicts",
    SIGNIFICANCE: "P values that crossed the level of significance",
    SETTINGS: "Settings",
    STATISTICS: "Statistics",
}


@dataclass(frozen=True)
class Difference:
    """One number that differs. `before` and `after` are as printed; empty where there is none."""

    section: str
    kind: str
    name: str
    column: str
    before: str
    after: str
    was: float | None = None
    now: float | None = None
    notebook: str = ""


def differences(old: Build, new: Build) -> list[Difference]:
    """Compare two builds.

    Parameters
    ----------
    old, new : Build

    Returns
    -------
    list of Difference
        By section. Each statistic that differs in any number stands in `statistics`, once for each
        number; the sections before it pick out what a reader asks for first.
    """
    found: dict[str, dict[tuple[str, ...], Difference]] = {name: {} for name in SECTIONS}
    names = dict.fromkeys([*old.statistics, *new.statistics])
    for name in names:
        was, now = old.statistics.get(name), new.statistics.get(name)
        for one in _row(was, now, old.alpha, new.alpha):
            found[one.section].setdefault((one.name, one.column, one.before, one.after), one)
    for path, (before, after) in different_settings(old.settings, new.settings).items():
        one = Difference(SETTINGS, CHANGED, path, "", _said(before), _said(after))
        found[SETTINGS][(path,)] = one
    return [one for section in SECTIONS for one in found[section].values()]


def _row(
    was: Mapping[str, Any] | None, now: Mapping[str, Any] | None, alpha: float, new_alpha: float
) -> Iterator[Difference]:
    row = now or was or {}
    key, notebook = str(row["key"]), str(row["notebook"])
    if was is None or now is None:
        kind = NEW if was is None else GONE
        texts = ("", _printed(row)) if was is None else (_printed(row), "")
        verdict = VERDICTS if row["analysis"] == "verdict" else STATISTICS
        yield Difference(verdict, kind, key, "", *texts, notebook=notebook)
        return
    changed = [name for name in NUMBERS if not _same(was.get(name), now.get(name))]
    for column in changed:
        texts = _text(was, column), _text(now, column)
        numbers = _number(was.get(column)), _number(now.get(column))
        yield Difference(STATISTICS, CHANGED, key, column, *texts, *numbers, notebook)
        section = {"n": PATIENTS, "n_events": EVENTS}.get(column)
        if column == "estimate":
            section = COUNTS.get(str(row.get("statistic")))
        if section and row["analysis"] != "verdict":
            yield Difference(section, CHANGED, _who(row), column, *texts, *numbers, notebook)
    if row["analysis"] == "verdict" and (changed or was.get("note") != now.get("note")):
        name = " ".join(part for part in (key, str(row.get("method") or "")) if part)
        yield Difference(VERDICTS, CHANGED, name, "", _verdict(was), _verdict(now),
                         notebook=notebook)  # fmt: skip
    if _crossed(was, now, alpha, new_alpha):
        texts = _text(was, "p_value"), _text(now, "p_value")
        yield Difference(SIGNIFICANCE, CHANGED, key, "p_value", *texts, _number(was["p_value"]),
                         _number(now["p_value"]), notebook)  # fmt: skip


def _who(row: Mapping[str, Any]) -> str:
    """Name the patients that a number is of."""
    parts = (row["analysis"], row.get("endpoint"), row.get("population"), row.get("group"))
    return "/".join(str(part) for part in parts if part)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)  # infinities stand as text
    except (TypeError, ValueError):
        return None


def _same(one: Any, other: Any) -> bool:
    a, b = _number(one), _number(other)
    if a is None or b is None:
        return a is b
    return a == b or math.isclose(a, b, rel_tol=SAME, abs_tol=1e-12)


def _crossed(was: Mapping[str, Any], now: Mapping[str, Any], alpha: float, new: float) -> bool:
    a, b = _number(was["p_value"]), _number(now["p_value"])
    return a is not None and b is not None and (a < alpha) != (b < new)


def _printed(row: Mapping[str, Any]) -> str:
    p = f"P {row['printed_p']}" if row.get("printed_p") else ""
    counts = [f"{noun} {_plain(row[name])}" for name, noun in (("n", "n"), ("n_events", "events"))
              if row.get(name) is not None]  # fmt: skip
    return ", ".join(part for part in (str(row.get("printed") or ""), p, *counts) if part)


def _text(row: Mapping[str, Any], column: str) -> str:
    if column == "estimate" and row.get("printed"):
        return str(row["printed"])
    if column == "p_value" and row.get("printed_p"):
        return str(row["printed_p"])
    return _plain(row.get(column))


def _verdict(row: Mapping[str, Any]) -> str:
    """Say a verdict's row: a finding, a check of it, or how many checks it survived."""
    note, estimate = str(row.get("note") or ""), _number(row.get("estimate"))
    text = _printed(row)
    if row.get("statistic") == "survived":
        text = f"survived {_plain(estimate)} of {_plain(row.get('n'))} checks"
    elif row.get("statistic") == "check":
        text = {1.0: "conclusion stays", 0.0: "conclusion changes"}.get(estimate, _plain(estimate))
    return "; ".join(part for part in (text, note) if part)


def _plain(value: Any) -> str:
    number = _number(value)
    return "" if number is None else f"{number:.6g}"


def _said(value: Any) -> str:
    return "" if value is None else str(value)
