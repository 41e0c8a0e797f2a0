"""What `audit --km` writes beside a figure and says of it: steps, patients, numbers at risk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from .curve import Curve
from .patients import Patients, off_risk, patients_behind
from .vector import read_figure

UNSURE = 0.1  # share censored without a mark beyond which a size that was not printed is doubted
LABEL = "rebuilt from a figure; no row is a patient's record"


def read_and_write(path: str | Path) -> tuple[list[str], bool]:
    """Read a figure and write NAME.steps.csv and NAME.patients.csv beside it.

    Returns
    -------
    tuple
        Lines to print, and whether every curve has patients that its numbers at risk fit.

    Raises
    ------
    StudyError
        If the file holds no Kaplan-Meier curve that can be read.
    """
    path = Path(path)
    figure = read_figure(path)
    steps, people, lines, agrees = [], [], [], True
    for number, curve in enumerate(figure.curves, 1):
        name = f"curve {number}"
        steps.append(pd.DataFrame({"curve": name, "time": curve.times,
                                   "survival": curve.survival}))  # fmt: skip
        found = patients_behind(curve)
        told = list(_said(curve, found))
        agrees &= found is not None and not off_risk(curve, found)
        lines.append(f"{name}: {'; '.join(told)}.")
        if found is not None:
            people.append(found.frame.assign(curve=name))
    _write(pd.concat(steps), path.with_suffix(".steps.csv"))
    lines.append(f"Steps: {path.with_suffix('.steps.csv')}")
    if people:
        rows = pd.concat(people, ignore_index=True)
        rows.insert(0, "id", [f"F{k:04d}" for k in range(1, len(rows) + 1)])
        _write(rows.assign(source=LABEL), path.with_suffix(".patients.csv"))
        lines.append(
            f"Patients, {LABEL}: {path.with_suffix('.patients.csv')} (cohortbook new FOLDER --from "
            "this file makes a study of it)"
        )
    return lines, agrees


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
    off = off_risk(curve, found)
    if off:
        yield "numbers at risk do not fit: " + ", ".join(
            f"{n} printed at {t:g}, {m} by the curve" for t, n, m in off
        )
    elif curve.at_risk:
        yield f"numbers at risk fit at all {len(curve.at_risk)} times"


def _write(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
