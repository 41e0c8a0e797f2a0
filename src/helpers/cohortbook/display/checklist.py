"""The reporting checklist: what is asked, where the report answers, what the authors still owe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..study.study import Study
from .layout.table import Cell, Row, Table

OWN_WORDS = "Items are in our own words; what counts is the wording of the source."


def checklist_table(checklist: Mapping[str, Any], study: Study, places: Mapping[str, str]) -> Table:
    """Fill the checklist in.

    Parameters
    ----------
    checklist : mapping
        `caption`, `version`, `source`, and `items`, each with `item` and `asks`, and where they
        apply `where` (labels), `needs` (keys of the study file's texts) and `owed` (what the
        authors must write).
    study : Study
    places : mapping
        Label to the words that name it, such as "Section 1.1", of all that the report shows.
    """
    items: Sequence[Mapping[str, Any]] = checklist["items"]
    rows = [_row(item, study, places) for item in items]
    owing = [str(item["item"]) for item in items if _owed(item, study, places)]
    note = f"The authors still owe something on items {', '.join(owing)}." if owing else ""
    return Table(
        ["Item", "What is asked", "Where in this report", "Owed by the authors"],
        rows,
        checklist["caption"],
        [f"{checklist['version']}: {checklist['source']}.", OWN_WORDS, note],
        widths=[0.5, 3.8, 2.8, 2.4],
        left=(0, 1, 2, 3),
    )


def _row(item: Mapping[str, Any], study: Study, places: Mapping[str, str]) -> Row:
    found = tuple((label, places[label]) for label in _labels(item, places))
    owed = _owed(item, study, places)
    return Row((item["item"], item["asks"], Cell("" if found else "–", links=found), owed or "–"))


def _owed(item: Mapping[str, Any], study: Study, places: Mapping[str, str]) -> str:
    """Give what the authors owe; an item that the study file settles is not owed."""
    needs = item.get("needs", ())
    settled = bool(needs) and all(getattr(study.texts, key) for key in needs)
    answered = bool(_labels(item, places))
    if settled:
        return ""
    return item.get("owed", "") or ("" if answered else "Not part of this study's data.")


def _labels(item: dict[str, Any], places: Mapping[str, str]) -> list[str]:
    """Give the labels of an item that the report has; fig-survival-* is all that begin so."""
    wanted = item.get("where", ())
    return list(
        dict.fromkeys(
            label
            for one in wanted
            for label in places
            if label == one or (one.endswith("*") and label.startswith(one[:-1]))
        )
    )
