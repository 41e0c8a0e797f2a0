"""What a study asks to be derived, before anything is checked: events, times, response, arms.

`resolve` gives a study whose endpoints name a time and a 0/1 event, and tables that have them: all
floors above know nothing of dates, codes of status, or arms that were left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from ..errors import Problem
from ..study import Study


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


def resolve(
    study: Study, tables: dict[str, pd.DataFrame], show_ids: bool = False
) -> Resolved:
    """Join spellings, leave out further arms, find contradictions, derive endpoints and response.

    Parameters
    ----------
    study : Study
    tables : dict
        Tables as text, by role.
    show_ids : bool
        Name patients in problems by their identifier.

    Returns
    -------
    Resolved
        Equal to what was given where the study file asks for nothing.
    """
    from .arms import keep_two_arms
    from .contradictions import check_deaths
    from .endpoints import derive_endpoints
    from .response import derive_response
    from .spellings import join_spellings
    from .times import check_times

    state = Resolved(study, dict(tables), show_ids)
    if "patients" not in tables:
        return state
    state = join_spellings(state)
    state.problems.extend(check_times(state))
    for step in (keep_two_arms, check_deaths, derive_endpoints, derive_response):
        state = step(state)
    return state
