"""What every notebook starts with: the cohort, and the book its results are kept in."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .cohort import Cohort, load_cohort
from .results import ResultBook


class Book(ResultBook):
    """A notebook's results, figures and tables; in a build they are also written to files."""

    def omit(self, section: str, sentence: str) -> str:
        """Leave a section of the manuscript out, with one plain sentence in its place."""
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{self.notebook}.omitted.json"
            left_out = json.loads(path.read_text("utf-8")) if path.exists() else {}
            text = json.dumps(left_out | {section: sentence}, ensure_ascii=False, sort_keys=True)
            path.write_text(text, encoding="utf-8")
        return sentence

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
