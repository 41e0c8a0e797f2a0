"""Points that were clicked along the curves of a scanned figure, from a CSV.

Columns: time, survival (a proportion or per cent), arm; at_risk, the number that is printed under
that time (a row of it needs no survival); events, the total of the arm (once an arm).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import Problem, StudyError
from .curve import Curve

NUMBERS = ("time", "survival", "at_risk", "events")
MOST_ROWS = 100_000
MEND = "Write the columns time, survival, arm, at_risk, events; docs/audit.md has an example."


@dataclass(frozen=True)
class Clicked:
    """The points of one arm, with what the paper prints of it."""

    arm: str
    curve: Curve
    events: int | None


def read_points(path: Path) -> list[Clicked]:
    """Read digitised points of one arm or several.

    Raises
    ------
    StudyError
        With every row that is wrong.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, nrows=MOST_ROWS)
    except (ValueError, UnicodeDecodeError) as error:
        found = f"It cannot be read: {error}"
        raise StudyError([Problem(str(path), "a CSV of points", MEND, found)]) from None
    missing = [c for c in ("time", "survival") if c not in frame]
    if missing:
        found = f"columns {', '.join(map(str, frame.columns))}"
        raise StudyError([Problem(str(path), f"a column {' and '.join(missing)}", MEND, found)])
    problems: list[Problem] = []
    values = {c: _numbers(path, frame, c, problems) for c in NUMBERS}
    if problems:
        raise StudyError(problems)
    table = pd.DataFrame(values)
    arms = frame["arm"].str.strip() if "arm" in frame else pd.Series("all", frame.index)
    percent = table["survival"].max() > 1.5
    found = [_arm(path, str(arm), table[arms == arm], percent, problems) for arm in arms.unique()]
    if problems:
        raise StudyError(problems)
    return [one for one in found if one is not None]


def _numbers(path: Path, frame: pd.DataFrame, column: str, problems: list[Problem]) -> pd.Series:
    """Give a column as numbers; what is none is a problem."""
    cells = frame[column].str.strip() if column in frame else pd.Series("", frame.index)
    values = pd.to_numeric(cells, errors="coerce")
    whole = column in ("at_risk", "events")
    wrong = (cells != "") & ~np.isfinite(values)
    wrong |= values < (-np.inf if column == "time" else 0)
    wrong |= (values > 100) & (column == "survival")
    wrong |= whole & values.notna() & (values != values.round())
    wrong |= (cells == "") & (column == "time")
    expected = {"time": "a number", "survival": "0 to 1, or 0 to 100 %"}.get(
        column, "a whole number"
    )
    problems.extend(
        Problem(f"{path}, row {row + 2}, {column}", expected, "Mend the cell.", repr(cells[row]))
        for row in frame.index[wrong]
    )
    return values


def _arm(
    path: Path, arm: str, rows: pd.DataFrame, percent: bool, problems: list[Problem]
) -> Clicked | None:
    """Give the points of one arm in order; clicks that rise again are taken down."""
    points = rows.dropna(subset=["survival"]).sort_values(["time", "survival"],
                                                          ascending=[True, False])  # fmt: skip
    share = np.minimum.accumulate(points["survival"].to_numpy() / (100 if percent else 1))
    share = np.minimum(share, 1.0)
    time = np.maximum(points["time"].to_numpy(), 0.0)
    risk = rows.dropna(subset=["at_risk"]).sort_values("time")
    events = rows["events"].dropna().unique()
    place = f"{path}, arm {arm}"
    if len(points) < 2:
        problems.append(Problem(place, "two points or more", MEND, f"{len(points)}"))
    if risk.empty or (risk["time"].iloc[0] > 0 or risk["at_risk"].iloc[0] < 1):
        mend = "Write the number of patients as at_risk of time 0."
        problems.append(Problem(place, "the number at risk at time 0", mend, "none"))
    if (np.diff(risk["at_risk"]) > 0).any():
        problems.append(Problem(place, "numbers at risk that do not rise", "Mend them.", "a rise"))
    if len(events) > 1:
        problems.append(Problem(place, "one total of events", MEND, f"{len(events)}"))
    if problems:
        return None
    at_risk = {max(float(t), 0.0): int(n) for t, n in zip(risk["time"], risk["at_risk"],
                                                          strict=True)}  # fmt: skip
    curve = Curve(time.tolist(), share.tolist(), at_risk=at_risk)
    return Clicked(arm, curve, int(events[0]) if len(events) else None)
