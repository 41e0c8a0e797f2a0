"""One panel of a figure of curves: what it draws, where on the page, and the sizes of its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...results import pick
from ...study.study import Study
from ..drawing.canvas import width_cm
from ..drawing.style import DOUBLE_CM, SMALL

OVERALL, LOG_RANK = "overall", "Log-rank"
ROWS = {"n_risk": "At risk", "n_censored": "Censored", "n_events": "Events"}
LINE, AIR = 0.32, 0.12  # height of a row of the table and the space above each block, cm
TITLE, BELOW, GUTTER, RIGHT, EDGE = 0.6, 0.98, 1.65, 0.35, 0.05


@dataclass
class Panel:
    """One panel: what it draws, and where on the page."""

    curves: pd.DataFrame
    risk: pd.DataFrame
    results: pd.DataFrame
    endpoint: str
    population: str
    by_arm: bool
    title: str
    axis: str = ""
    told: list[str] | None = None
    letter: str = ""
    left: float = 0.0
    top: float = 0.0
    width: float = DOUBLE_CM
    plot: float = 5.0

    @property
    def groups(self) -> list[str]:
        """Groups in drawing order, those with a curve only."""
        return list(dict.fromkeys(self.curves["group"])) if len(self.curves) else []

    @property
    def rows(self) -> dict[str, str]:
        """Rows of the table: those that the numbers have."""
        return {name: label for name, label in ROWS.items() if name in self.risk}

    @property
    def height(self) -> float:
        """Height of title, plot and table."""
        blocks = max(len(self.groups), 1)
        block = (1 + len(self.rows)) * LINE + AIR
        return TITLE + self.plot + BELOW + blocks * block + 0.05

    @property
    def ticks(self) -> list[float]:
        """Months of the table, which are the ticks of the axis."""
        times = sorted({float(t) for t in self.risk["time"]}) if len(self.risk) else [0.0, 1.0]
        return self._thinned(times)

    def _thinned(self, times: list[float]) -> list[float]:
        """Leave out every second tick until the numbers have room."""
        numbers = (
            self.risk[list(self.rows)].to_numpy().ravel() if len(self.risk) else np.array([0.0])
        )
        widest = max((width_cm(printed(n), SMALL) for n in np.unique(numbers)), default=0.2) + 0.12
        room = self.width - GUTTER - RIGHT
        while len(times) > 2 and widest * (len(times) - 1) > room:
            times = times[::2]
        return times

    def of(self, group: str) -> pd.DataFrame:
        """Give one group's curve."""
        return self.curves[self.curves["group"] == group]

    def found(self, statistic: str, group: str) -> pd.Series | None:
        """Give one result of the panel, or None."""
        rows = pick(
            self.results,
            analysis="survival",
            endpoint=self.endpoint,
            population=self.population,
            statistic=statistic,
            group=group,
        )
        return rows.iloc[0] if len(rows) else None


@dataclass
class Drawn:
    """What was drawn in any panel, so that the caption names it and nothing else."""

    bands: bool = False
    medians: bool = False
    ticks: bool = False


@dataclass(frozen=True)
class Other:
    """Words of a caption for curves that are not Kaplan-Meier's of the arms (Markdown).

    `lead` is its first sentence; `about` the sentences after what is said of marks and bands.
    """

    lead: str
    about: tuple[str, ...] = ()
    kind: str = "Plot"


def printed(count: float, study: Study | None = None) -> str:
    """Print a count of the table; NaN is one below the smallest that is shown."""
    smallest = study.privacy.smallest_count if study else None
    return f"<{smallest or 50}" if np.isnan(count) else f"{count:.0f}"
