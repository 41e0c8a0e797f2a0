"""What `audit --km` writes beside a figure and says of it: steps, patients, numbers at risk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .curve import Curve
from .guyot import guyot
from .patients import Patients, off_risk, patients_behind
from .points import Clicked, read_points
from .vector import read_figure

UNSURE = 0.1  # share censored without a mark beyond which a size that was not printed is doubted
LABEL = "rebuilt from a figure; no row is a patient's record"


@dataclass(frozen=True)
class Read:
    """One curve with its name and the patients behind it (None: none give it), and what is said."""

    name: str
    curve: Curve
    patients: Patients | None
    said: str


def read_and_write(path: str | Path) -> tuple[list[str], bool, int]:
    """Read a figure, or its clicked points; write NAME.steps.csv and NAME.patients.csv beside it.

    Returns
    -------
    tuple
        Lines to print, whether every curve has patients that its numbers at risk fit, and of how
        many curves patients were written (0: not of all).

    Raises
    ------
    StudyError
        If the file holds no Kaplan-Meier curve that can be read.
    """
    path = Path(path)
    read = _clicked(path) if path.suffix.lower() == ".csv" else _drawn(path)
    lines = [f"{one.name}: {one.said}." for one in read]
    steps = [pd.DataFrame({"curve": one.name, "time": one.curve.times,
                           "survival": one.curve.survival}) for one in read]  # fmt: skip
    _write(pd.concat(steps), path.with_suffix(".steps.csv"))
    lines.append(f"Steps: {path.with_suffix('.steps.csv')}")
    rows = patients_of(read)
    if len(rows):
        _write(rows, path.with_suffix(".patients.csv"))
        lines.append(
            f"Patients, {LABEL}: {path.with_suffix('.patients.csv')} (cohortbook new FOLDER --from "
            "this file makes a study of it)"
        )
    fits = all(one.patients and not off_risk(one.curve, one.patients) for one in read)
    return lines, fits, len(read) if all(one.patients for one in read) else 0


def patients_of(read: list[Read]) -> pd.DataFrame:
    """Give a row for each patient of all curves: id, time, event, curve, and that none is real."""
    people = [one.patients.frame.assign(curve=one.name) for one in read if one.patients]
    if not people:
        return pd.DataFrame()
    rows = pd.concat(people, ignore_index=True)
    rows.insert(0, "id", [f"F{k:04d}" for k in range(1, len(rows) + 1)])
    return rows.assign(source=LABEL)


def _drawn(path: Path) -> list[Read]:
    read = []
    for number, curve in enumerate(read_figure(path).curves, 1):
        found = patients_behind(curve)
        read.append(Read(f"curve {number}", curve, found, "; ".join(_said(curve, found))))
    return read


def _clicked(path: Path) -> list[Read]:
    read = []
    for one in read_points(path):
        found = guyot(one.curve, one.events)
        read.append(Read(one.arm, one.curve, found, "; ".join(_said_of_points(one, found))))
    return read


def _said_of_points(one: Clicked, found: Patients) -> Iterator[str]:
    events = int(found.frame["event"].sum())
    yield f"{len(one.curve.times)} points, {found.size} patients, {events} events"
    yield f"the rebuilt curve within {found.gap:.2g} of the points; times are as clicked"
    if one.events is None:
        yield "unsure after the last number at risk: no total of events is given"
    elif events != one.events:
        yield f"unsure: {one.events} events are printed"
    yield from _said_of_risk(one.curve, found)


def _said(curve: Curve, found: Patients | None) -> Iterator[str]:
    yield f"{len(curve.times)} steps, {len(curve.marks)} censor marks"
    if found is None:
        first = next(iter(curve.at_risk.values()), None)
        yield f"{first or 'no number of'} patients at first cannot give these steps"
        return
    yield (
        f"{found.size} patients, {int(found.frame['event'].sum())} events, the rebuilt curve "
        f"within {found.gap:.2g} of the drawn one"
    )
    if found.hidden:
        yield f"{found.hidden} censored without a mark of their own"
    if not curve.at_risk and found.hidden > UNSURE * found.size:
        yield "unsure: so many without a mark, and no numbers at risk to tell the size"
    yield from _said_of_risk(curve, found)


def _said_of_risk(curve: Curve, found: Patients) -> Iterator[str]:
    off = off_risk(curve, found)
    if off:
        yield "numbers at risk do not fit: " + ", ".join(
            f"{n} printed at {t:g}, {m} by the curve" for t, n, m in off
        )
    elif curve.at_risk:
        yield f"numbers at risk fit at all {len(curve.at_risk)} times"


def _write(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
