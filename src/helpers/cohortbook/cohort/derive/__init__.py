"""What a study asks to be derived, before anything is checked: events, times, response, arms.

`resolve` gives a study whose endpoints name a time and a 0/1 event, and tables that have them: all
floors above know nothing of dates, codes of status, or arms that were left out.
"""

from __future__ import annotations

import pandas as pd

from ...study.study import Study
from .arms import keep_two_arms
from .endpoints import derive_endpoints
from .response import derive_response
from .state import Resolved
from .times import check_times


def resolve(study: Study, tables: dict[str, pd.DataFrame], show_ids: bool = False) -> Resolved:
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
    from .contradictions import check_deaths
    from .spellings import join_spellings

    state = Resolved(study, dict(tables), show_ids)
    if "patients" not in tables:
        return state
    state = join_spellings(state)
    state.problems.extend(list(check_times(state)))  # which adds the bad dates to them itself
    for step in (keep_two_arms, check_deaths, derive_endpoints, derive_response):
        state = step(state)
    from .starts import derive_entry, derive_start

    return derive_entry(derive_start(state))
