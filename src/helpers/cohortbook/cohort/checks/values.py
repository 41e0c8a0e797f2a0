"""What is possible but odd: few events, empty levels, odd units, implausible values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...errors import Problem
from ...study.names import wrong_cut_labels
from ...study.parts import Endpoint, Variable, rising
from ...study.study import STUDY_FILE, Study
from .checker import Checker, study_numbers

FEW = 10  # events of an endpoint in both arms together
LONGEST = {"days": 50 * 365.25, "weeks": 50 * 52.2, "months": 600, "years": 50}
# the middle time of a cohort in this unit above which a smaller unit is likely
LONG = {"weeks": 1000, "months": 150, "years": 20}
SHORTER = {"weeks": "days", "months": "days", "years": "months"}
FAR = 5.0  # interquartile ranges beyond the quartiles
ENOUGH = 12  # values needed to call one of them far from the others
MANY = 12  # levels that are all numbers


class ValueChecks(Checker):
    """Warnings about a typed patient table."""

    def __init__(self, study: Study, patients: pd.DataFrame, show_ids: bool = False) -> None:
        super().__init__(
            study, study.tables.patients, patients, study_numbers(study, patients), show_ids
        )
        self.id_column = "patient_id"

    def run(self) -> Iterator[Problem]:
        yield from self._small_arms()
        for name, endpoint in self.study.endpoints.items():
            yield from self._events(name, endpoint)
            yield from self._unit(name, endpoint)
        yield from self._scales()
        for name, variable in self.study.variables.items():
            if variable.cut:
                yield from self._cut_points(name, variable)
            if variable.kind == "categorical":
                yield from self._levels(name)
            else:
                yield from self._far(name, variable.column or name)

    def _small_arms(self) -> Iterator[Problem]:
        """The size of an arm stands in every table; it cannot be withheld."""
        smallest = self.study.privacy.smallest_count or 0
        for code, n in self.table["arm"].value_counts().items():
            if 0 < n < smallest:
                yield self.column_problem(
                    self.study.columns.arm,
                    f"{n} patients in arm '{code}'",
                    f"{smallest} patients or more, as privacy.smallest_count asks",
                    "Small counts of so small an arm cannot be withheld: build no report of it.",
                )

    def _events(self, name: str, endpoint: Endpoint) -> Iterator[Problem]:
        event = self.table[f"{name}_event"]
        known = event.notna() & self.table[f"{name}_time"].notna()
        if not known.any():
            yield self.column_problem(
                endpoint.event,
                "nobody with both",
                f"a time and a status of {endpoint.short}",
                "Fill the cells, or take the endpoint out of study.yml.",
            )
            return
        count = int((event[known] == 1).sum())
        if count < FEW:
            yield self._warn(
                endpoint.event,
                f"{count} events",
                f"{FEW} events or more of {endpoint.short}",
                "Read every interval and model of this endpoint with care.",
            )
            return
        for arm in self.study.arms:
            if not (event[known & (self.table["arm"] == arm.code)] == 1).any():
                yield self._warn(
                    endpoint.event,
                    f"no event in arm '{arm.code}'",
                    "events in both arms",
                    "See whether 1 means event; a hazard ratio cannot be estimated.",
                )

    def _unit(self, name: str, endpoint: Endpoint) -> Iterator[Problem]:
        time = self._as_given(name, endpoint)
        if not len(time):
            return
        mend = "Check 'unit' of this endpoint in study.yml."
        unit, middle, last = endpoint.unit, float(time.median()), float(time.max())
        if unit in LONG and middle > LONG[unit]:
            yield self._warn(
                endpoint.time,
                f"a middle value of {middle:g} {unit}",
                f"times in {unit}, but these look like {SHORTER[unit]}",
                mend,
            )
        elif last > LONGEST[unit]:
            yield self._warn(
                endpoint.time,
                f"up to {last:g} {unit}",
                "times of at most fifty years",
                f"Correct the largest times. {mend}",
            )
        elif unit == "days" and (time % 1 != 0).any() and middle < 100:
            yield self._warn(
                endpoint.time,
                f"fractions, with a middle value of {middle:g} days",
                "whole days, but these look like months",
                mend,
            )

    def _scales(self) -> Iterator[Problem]:
        """Endpoints of one cohort have middle times of one order."""
        middle = {}
        for name, endpoint in self.study.endpoints.items():
            time = self.table[f"{name}_time"]
            if time.gt(0).any():
                middle[endpoint.time] = float(time[time > 0].median())
        if len(middle) < 2:
            return
        shortest, longest = (pick(middle, key=middle.get) for pick in (min, max))
        if middle[longest] > 25 * middle[shortest]:
            yield self._warn(
                longest,
                f"a middle value {middle[longest] / middle[shortest]:.0f} times that of {shortest}",
                "times of one order in all endpoints",
                "Check 'unit' of both endpoints in study.yml.",
            )

    def _cut_points(self, name: str, variable: Variable) -> Iterator[Problem]:
        """Where the median stands among the cut-points is known only now."""
        known = self.table[variable.cut].dropna()
        points = variable.cut_points(known) if len(known) else []
        if not rising(points):
            yield Problem(
                STUDY_FILE,
                f"cut-points that rise, with the median of {variable.cut} in its place",
                "Put 'median' where it belongs among the cut-points, or take it out.",
                ", ".join(f"{point:g}" for point in points),
                column=f"variables.{name}.at",
            )
        elif points and "median" in variable.at:
            for line in wrong_cut_labels(self.study, name, points):
                yield Problem(
                    STUDY_FILE,
                    "labels that fit the median, which the table gives",
                    "Mend the label, or leave numbers out of it: they are then added.",
                    line,
                    column=f"variables.{name}.levels",
                )

    def _levels(self, name: str) -> Iterator[Problem]:
        variable, column = self.study.variables[name], self.study.variables[name].column or name
        counts = self.table[name].value_counts()
        for level in self.study.levels(name):
            if not counts.get(level, 0):
                yield self._warn(
                    column,
                    f"no patient with '{level}'",
                    f"patients in each level of {name}",
                    "Take the level out of study.yml, or check its code.",
                )
        codes = pd.to_numeric(pd.Series(self.study.levels(name)), errors="coerce")
        if not variable.cut and len(codes) >= MANY and codes.notna().all():
            yield self._warn(
                column,
                f"{len(codes)} levels that are numbers",
                "categories of a few levels",
                "If these are measurements, say kind: continuous.",
            )

    def _far(self, name: str, column: str) -> Iterator[Problem]:
        """Values far from all others, on the plain and on the logarithmic scale: a lost comma."""
        value = self.table[name]
        known = value[np.isfinite(value)]
        if len(known) < ENOUGH:
            return
        bad = _beyond(value, known)
        positive = known[known > 0]
        if len(positive) >= ENOUGH and (known >= 0).mean() > 0.9:
            with np.errstate(all="ignore"):
                log = np.log(value.where(value > 0))
                bad &= _beyond(log, np.log(positive)) | (value <= 0)
        for position in np.flatnonzero(bad)[:20]:
            yield Problem(
                self.file,
                "a value like the others (half lie from "
                f"{known.quantile(0.25):g} to {known.quantile(0.75):g})",
                "See whether a decimal point or a unit went wrong.",
                f"{value.iloc[position]:g}",
                self.line(position),
                self._patient(position),
                column,
                "warning",
            )

    def _as_given(self, name: str, endpoint: Endpoint) -> pd.Series:
        """Give times in the unit of the file, to the decimals that months have kept."""
        return (self.table[f"{name}_time"].dropna() / self.study.months_in(endpoint.unit)).round(6)

    def _warn(self, column: str, found: str, expected: str, mend: str) -> Problem:
        return self.column_problem(column, found, expected, mend, "warning")


def _beyond(value: pd.Series, known: pd.Series) -> pd.Series:
    low, high = known.quantile([0.25, 0.75])
    spread = high - low
    if not spread > 0:
        return pd.Series(False, index=value.index)
    return (value < low - FAR * spread) | (value > high + FAR * spread)
