"""What every notebook starts with: the cohort, and the book its results are kept in."""

from __future__ import annotations

import os
from pathlib import Path

from .cohort import Cohort, load_cohort
from .results import ResultBook


class Book(ResultBook):
    """A notebook's results, figures and tables; in a build they are also written to files."""

    def show(self, label: str, shown):
        """Give a figure or table back for display, and in a build export it under its label."""
        if self.folder:
            shown.publish = True
            kind = "figures" if label.startswith("fig-") else "tables"
            shown.export(self.folder / kind / label)
        return shown


def start(notebook: str, study: str, results_dir: str = "") -> tuple[Cohort, Book]:
    """Load the study of a notebook and open its book.

    Parameters
    ----------
    notebook : str
        The notebook's name, such as "03-survival".
    study : str
        The study folder.
    results_dir : str
        Where a build keeps results; empty while editing, when nothing is written.

    Returns
    -------
    (Cohort, Book)
    """
    import matplotlib as mpl

    from .display.style import RC

    mpl.use("agg")
    mpl.rcParams.update(RC)
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    return load_cohort(study), Book(notebook, Path(results_dir) if results_dir else None)
