"""Whether a cohort is still as it was derived: its study, and the rows of its tables.

A study or a table that was changed by hand no longer fits what was derived from it (levels behind
cut-points, endpoints, the arms), so that nothing is computed of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..errors import ParameterError

LARGEST = 100_000  # rows of a table that is looked at again with every result
TABLES = ("patients", "adverse_events", "measurements")
MEND = {
    "patients": "Leave patients out with cohort.drop(ids, why=...) or cohort.keep(mask, why=...); "
    "mend a value in the file of the study. New columns may be added.",
    "adverse_events": "Mend the file of the study.",
    "measurements": "Mend the file of the study.",
}


@dataclass(frozen=True)
class Seal:
    """What a cohort was when it was derived: study, keys of the study file, and its tables.

    `tables` are columns and a hash by name; a large table has none.
    """

    study: Any
    said: Any
    tables: Mapping[str, tuple[tuple[Any, ...], str]]

    @classmethod
    def of(cls, study: Any, said: Any, **tables: pd.DataFrame | None) -> Seal:
        """Seal what was just derived."""
        seen = {
            name: (tuple(table), digest_of(table, table))
            for name, table in tables.items()
            if table is not None and len(table) <= LARGEST
        }
        return cls(study, said, seen)


def digest_of(table: pd.DataFrame, columns: Iterable[Any]) -> str:
    """Give a hash of columns of a table, values and their order; it is the same in any process."""
    found = hashlib.sha256()
    for name in columns:
        values = table[name].to_numpy()
        plain = values.dtype.kind in "biufmM"
        said = values.tobytes() if plain else repr(values.tolist()).encode()
        found.update(f"{name}|{values.dtype}|".encode() + said)
    return found.hexdigest()


def refuse_changed(cohort: Any) -> None:
    """Refuse a cohort that was changed after it was derived.

    Raises
    ------
    ParameterError
        Saying what was changed, and how to ask for it instead.
    """
    seal = cohort.seal
    if seal is None:
        return
    if seal.study is not cohort.study or seal.said is not cohort.said:
        raise ParameterError(
            "This cohort was given another study than the one its data were derived with.",
            "cohort",
            'Make it anew: cohort.with_study({"statistics.ties": "efron"}) derives everything '
            "under the changed keys.",
        )
    for name, (columns, digest) in seal.tables.items():
        table = getattr(cohort, name)
        known = table is not None and set(columns) <= set(table)
        if not known or digest_of(table, columns) != digest:
            raise ParameterError(
                f"cohort.{name} was changed after it was derived from the files, and what was "
                "derived of it would no longer fit.",
                "cohort",
                MEND[name],
            )
