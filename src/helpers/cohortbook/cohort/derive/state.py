"""A study and its tables while they are resolved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from ...errors import Problem
from ...study.study import Study


@dataclass(frozen=True)
class Resolved:
    """A study and its tables (text, by role) while they are resolved, with what was noticed."""

    study: Study
    tables: dict[str, pd.DataFrame]
    show_ids: bool = False
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def with_table(self, role: str, table: pd.DataFrame) -> Resolved:
        """Put a table in the place of one."""
        return replace(self, tables={**self.tables, role: table})

    def with_study(self, **changed: object) -> Resolved:
        """Change keys of the study."""
        return replace(self, study=self.study.model_copy(update=changed))
