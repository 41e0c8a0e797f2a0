"""From an export to a study folder: `cohortbook new`.

What a column is follows from its name, its labels and its cells. Each guess stands in the study
file with its reason, and nothing is kept that cannot be read and checked.
"""

from .create import Created, create_study
from .draft import Wishes

__all__ = ["Created", "Wishes", "create_study"]
