"""Checks of a study's tables against its study file: all problems at once, none mended silently.

Errors are found in the tables as text; warnings, which need numbers, in the typed patient table.
"""

from __future__ import annotations

import pandas as pd

from ...errors import Problem
from ...study.study import Study
from .children import EventChecks, MeasurementChecks
from .course import CourseChecks
from .entry import EntryChecks
from .evidence import EvidenceChecks
from .missing import missing_values
from .patients import PatientChecks, columns_of_numbers, columns_to_read, needed_columns
from .personal import Finding, personal_columns, personal_problems
from .response import ResponseChecks
from .values import ValueChecks

__all__ = [
    "Finding",
    "check_tables",
    "check_values",
    "columns_of_numbers",
    "columns_to_read",
    "missing_values",
    "needed_columns",
    "personal_columns",
    "personal_problems",
]

CHECKS = (PatientChecks, CourseChecks, ResponseChecks, EntryChecks, EvidenceChecks)
CHILDREN = {"adverse_events": EventChecks, "measurements": MeasurementChecks}


def check_tables(
    study: Study, tables: dict[str, pd.DataFrame], show_ids: bool = False
) -> list[Problem]:
    """Check raw (text) tables.

    Parameters
    ----------
    study : Study
    tables : dict
        Any of `patients`, `adverse_events`, `measurements`, as read by `read_table`.
    show_ids : bool
        Name patients by their identifier instead of their place in the patient table.

    Returns
    -------
    list of Problem
        In the order of the tables. A kind of problem that many rows have names the first of them
        and counts the rest.
    """
    problems: list[Problem] = []
    patients = tables.get("patients")
    if patients is not None:
        for checks in CHECKS:
            problems += checks(study, patients, show_ids).run()
    for role, checks in CHILDREN.items():
        if role in tables:
            problems += checks(study, tables[role], patients, show_ids).run()
    return problems


def check_values(study: Study, patients: pd.DataFrame, show_ids: bool = False) -> list[Problem]:
    """Look for what is possible but odd in a typed patient table (see `Cohort`): warnings."""
    return list(ValueChecks(study, patients, show_ids).run())
