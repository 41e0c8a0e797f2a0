"""Sets of printed numbers that no data hold together: the conflicts that the auditor proves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from .. import Published
from ..audit import audit
from .aims import Table

ROW_CHECKS = ("ratio and interval", "P and interval", "events behind a hazard ratio")


@dataclass(frozen=True)
class Clash:
    """Printed numbers that cannot be together; `why` is the proof.

    `left_out` is what the search does not aim at, so that the rest can be met: the number that the
    finding names, and the limits and P of a ratio that cannot be.
    """

    keys: tuple[str, ...]
    why: str
    left_out: tuple[str, ...]


def proved(published: Published, table: Table) -> list[Clash]:
    """Give the sets of the survival table that the auditor proves to be impossible."""
    known = {aim.key for aim in table.aims()}
    found = audit(published)
    clashes = []
    for row in found[found["severity"] == "conflict"].itertuples():
        if row.key in known:
            keys = dict.fromkeys([row.key, *_with(row, table, known)])
            left_out = [row.key]
            if row.check == "hazard ratio and follow-up":  # limits and P imply the ratio
                left_out += [f"{row.key}:{x}" for x in ("conf_low", "conf_high", "p_value")]
            clashes.append(Clash(tuple(keys), row.proof, tuple(x for x in left_out if x in known)))
    return clashes


def _with(finding: pd.Series, table: Table, known: set[str]) -> Iterator[str]:
    """Give the other numbers that the proof of a finding reads."""
    if finding.check != "ratio and interval":  # there P is told beside, not needed
        yield from (key for key in finding.also.split("; ") if key)
    line = finding.key.partition(":")[0]
    if finding.check in ROW_CHECKS:
        parts = [line, f"{line}:conf_low", f"{line}:conf_high"]
        if finding.check == "P and interval":
            parts.append(f"{line}:p_value")
        yield from (key for key in parts if key in known)
    if finding.check == "log-rank and Cox":
        yield from _crude_row(finding.key, table)
    if finding.check == "Kaplan-Meier and events":
        yield from _same_curve(finding.key, table)


def _crude_row(key: str, table: Table) -> Iterator[str]:
    """Give ratio and limits of the crude row of the arms beside a log-rank test."""
    test = next(test for test in table.tests if test.p.key == key)
    for model in table.models:
        same = (model.analysis, model.endpoint, model.population) == (
            "cox_univariable", test.endpoint, test.population)  # fmt: skip
        if same and model.rows[0].term == (test.contrast or "arm"):
            parts = model.rows[0].parts
            yield from (parts[x].key for x in ("estimate", "conf_low", "conf_high") if x in parts)


def _same_curve(key: str, table: Table) -> Iterator[str]:
    """Give events and numbers at risk beside a percentage at a time."""
    for curve in table.curves:
        at = next((time for (_, time), aim in curve.aims.items() if aim.key == key), None)
        if at is not None:
            wanted = (("events", 0.0), ("events_by", at), ("at_risk", at))
            yield from (curve.aims[slot].key for slot in wanted if slot in curve.aims)
