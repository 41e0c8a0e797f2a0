"""Best overall response against the change of target lesions and against progression."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...errors import Problem
from .patients import PatientTable

COMPLETE = "CR"


class ResponseChecks(PatientTable):
    """Percentages that contradict the response, by the limits that the study sets.

    Progression may come from new lesions or from lesions that are no targets, and a confirmed
    response needs a second scan: what only these could explain is a warning where the study says
    so, an error where nothing can explain it.
    """

    def run(self) -> Iterator[Problem]:
        spec = self.study.response
        if not spec or not self.has(spec.column, spec.change):
            return
        best, change = self.table[spec.column], self.number(spec.change)
        change = change.where(change >= -100)  # what is below is no change: found elsewhere
        yield from self._responders(spec, best, change)
        yield from self._stable(spec, best, change)
        yield from self._progressed(spec, best, change)
        if spec.not_evaluable is not None:
            yield from self._contradict(
                (best == spec.not_evaluable) & change.notna(),
                "no change, for it is not evaluable",
                "warning",
            )

    def _responders(self, spec, best: pd.Series, change: pd.Series) -> Iterator[Problem]:
        objective = best.isin(spec.objective)
        yield from self._contradict(
            objective & (change > spec.shrinkage), f"a change of {spec.shrinkage:g} % or less"
        )
        if COMPLETE in spec.objective:
            fits = change <= spec.shrinkage
            yield from self._contradict(
                (best == COMPLETE) & fits & (change != -100),
                "-100 % in a complete response",
                "warning",
            )
            yield from self._contradict(
                objective & (best != COMPLETE) & (change == -100),
                "a complete response, for no target lesion is left",
                "warning",
            )

    def _stable(self, spec, best: pd.Series, change: pd.Series) -> Iterator[Problem]:
        stable = best.isin(set(spec.control) - set(spec.objective))
        yield from self._contradict(
            stable & (change >= spec.growth), f"a change below {spec.growth:g} %"
        )
        yield from self._contradict(
            stable & (change <= spec.shrinkage),
            f"a change above {spec.shrinkage:g} %",
            "warning" if spec.confirmed else "error",
            " If a response had to be confirmed by a second scan, say response.confirmed: true.",
        )

    def _progressed(self, spec, best: pd.Series, change: pd.Series) -> Iterator[Problem]:
        known = [level.code for level in spec.categories]
        progressed = best.isin(set(known) - set(spec.control) - {spec.not_evaluable})
        if self.has(spec.new_lesion):
            progressed &= self.number(spec.new_lesion) != 1
        shrunk = change <= spec.shrinkage
        yield from self._contradict(
            progressed & shrunk,
            f"a change above {spec.shrinkage:g} %, or a new lesion",
            "error" if self.has(spec.new_lesion) else "warning",
        )
        yield from self._contradict(
            progressed & ~shrunk & (change < spec.growth),
            f"a change of {spec.growth:g} % or more, or a new lesion",
            "warning",
        )

    def _contradict(
        self, bad: pd.Series, expected: str, severity: str = "error", more: str = ""
    ) -> Iterator[Problem]:
        spec = self.study.response
        yield from self.rows(
            bad,
            spec.change,
            expected,
            f"Correct the change or the response.{more}",
            severity,
            (spec.column,),
        )
