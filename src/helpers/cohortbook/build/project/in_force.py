"""The settings that each part of a report was made with: read from its results, not from a file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...cohort.cohort import Cohort
from ...display.methods.deviations import SAID, in_words, told
from ...display.words import listed
from ...formats import markdown
from ...study.study import Study, study_of
from ..notebooks.execute import Run
from .merge import Gathered

SECTIONS = {
    "cohort": "Patients",
    "response": "Response",
    "survival": "Survival",
    "prognostic_factors": "Prognostic factors",
    "safety": "Safety",
    "robustness": "Robustness of the findings",
    "competing_events": "Events that compete",
    "missing_data": "Missing covariates",
    "weighted_curves": "Arms made alike",
    "changing_effects": "Effects that may change with time; continuous covariates",
    "prognostic_model": "Prognostic model",
    "late_treatment": "Treatment that began during follow-up",
    "published_results": "Comparison with published results",
}
"""Names of the notebooks' sections, by their names in the manuscript."""
TESTED = [name for name in SECTIONS if name != "published_results"]


@dataclass(frozen=True)
class InForce:
    """What was in force for each notebook of a build, and for each of its outputs.

    Attributes
    ----------
    cohort : Cohort
        As the study file has it.
    runs : sequence of Run
    used : mapping
        Notebook as it was run to its outputs, each with what differs (`used.used_by`).
    embeds : function
        Says whether the report shows a figure or table, by its label.
    """

    cohort: Cohort
    runs: Sequence[Run]
    used: Mapping[str, Mapping[str, dict[str, Any]]]
    embeds: Callable[[str], bool] = lambda _label: True

    @classmethod
    def of(
        cls,
        cohort: Cohort,
        runs: Sequence[Run],
        gathered: Gathered,
        embeds: Callable[[str], bool] = lambda _label: True,
    ) -> InForce:
        """Read what the notebooks kept with their outputs."""
        return cls(cohort, runs, gathered.used, embeds)

    def study(self, variable: str) -> Study:
        """Give the study as most outputs of a notebook were made with it."""
        outputs = [
            used
            for run in self._runs(variable)
            for used in self.used.get(run.notebook.name, {}).values()
        ]
        return self._study(self._most(outputs))

    @cached_property
    def sentences(self) -> list[str]:
        """Say of each notebook and output what was made with settings that are not the file's."""
        found: list[str] = []
        same: dict[tuple[str, str], list[Run]] = {}
        for run in self.runs:
            outputs = self.used.get(run.notebook.name, {})
            most = self._most(list(outputs.values()))
            where = self._section(run)
            text = told(most, self.cohort.study, self._study(most))
            if text:
                same.setdefault((run.notebook.variable, text), []).append(run)
            found += self._exceptions(where, outputs, most)
        whole = [f"{self._sections(runs)}: {text}." for (_, text), runs in same.items()]
        return [*self._endpoints_left_out(), *whole, *dict.fromkeys(found)]

    def _endpoints_left_out(self) -> Iterator[str]:
        """Say of a notebook that is asked of each endpoint that it was asked of fewer."""
        specs = self.cohort.study.endpoints
        asked: dict[str, list[str]] = {}
        for run in self.runs:
            if run.notebook.endpoint in specs:
                asked.setdefault(run.notebook.variable, []).append(run.notebook.endpoint)
        for variable, names in asked.items():
            if len(names) < len(specs):
                now, all_ = (
                    listed([markdown(specs[n].short) for n in some]) for some in (names, specs)
                )
                yield f"{SECTIONS.get(variable, variable)}: endpoints: {now} instead of {all_}."

    @cached_property
    def levels(self) -> dict[str, dict[str, float]]:
        """Give significance level and level of intervals by section: of those that have them."""
        found: dict[str, dict[str, float]] = {}
        for name in ("alpha", "conf_level"):
            by_value: dict[tuple[str, float], list[Run]] = {}
            for run in self.runs:
                outputs = list(self.used.get(run.notebook.name, {}).values())
                if outputs and run.notebook.variable in TESTED and name in run.notebook.parameters:
                    value = getattr(self._study(self._most(outputs)).statistics, name)
                    by_value.setdefault((run.notebook.variable, value), []).append(run)
            found[name] = {self._sections(runs): value for (_, value), runs in by_value.items()}
        return found

    def alpha(self, notebook: str, output: str) -> float:
        """Give the significance level that an output was made with."""
        used = self.used.get(notebook, {}).get(output, {})
        return self._study(used).statistics.alpha

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Give the choices in force of each notebook, and what differs of its outputs, as data."""
        found: dict[str, Any] = {}
        for run in self.runs:
            outputs = self.used.get(run.notebook.name, {})
            study = self._study(self._most(list(outputs.values())))
            choices = {
                name: in_words(study, name) for name in SAID if name in run.notebook.parameters
            }
            differ = {
                name: told(used, self.cohort.study, self._study(used))
                for name, used in outputs.items()
                if used
            }
            found[run.notebook.name] = {"choices": choices} | ({"differ": differ} if differ else {})
        return found

    def _runs(self, variable: str) -> list[Run]:
        return [run for run in self.runs if run.notebook.variable == variable]

    def _section(self, run: Run) -> str:
        name = SECTIONS.get(run.notebook.variable, markdown(run.notebook.stem))
        endpoint = self.cohort.study.endpoints.get(run.notebook.endpoint)
        return f"{name}, {markdown(endpoint.short)}" if endpoint else name

    def _sections(self, runs: Sequence[Run]) -> str:
        """Name the section of runs of one notebook, and their endpoints where not all are meant."""
        first = runs[0].notebook
        if len(runs) == len(self._runs(first.variable)):
            return SECTIONS.get(first.variable, markdown(first.stem))
        return "; ".join(self._section(run) for run in runs)

    def _exceptions(
        self, where: str, outputs: Mapping[str, dict[str, Any]], most: dict[str, Any]
    ) -> list[str]:
        """Say of single outputs that they were made otherwise than the rest of their notebook."""
        found: dict[str, list[str]] = {}
        for name, used in outputs.items():
            if used != most:
                text = told(used, self.cohort.study, self._study(used))
                found.setdefault(text or "the settings of the study file", []).append(name)
        return [f"{where}, {self._places(names)}: {text}." for text, names in found.items()]

    def _places(self, names: Sequence[str]) -> str:
        """Name outputs: figures and tables of the report by reference, anything else by name."""
        floats = [name for name in names if name.startswith(("fig-", "tbl-"))]
        linked = [f"@{name}" for name in floats if self.embeds(name)]
        others = [name for name in floats if not self.embeds(name)]
        rest = [name for name in names if name not in floats]
        own = [f"`{name}`" for name in [*others, *rest]]
        if linked and rest and not others:
            return f"{listed(linked)} with their text and numbers ({listed(own)})"
        return listed([*linked, *own])

    def _most(self, outputs: list[dict[str, Any]]) -> dict[str, Any]:
        if not outputs:
            return {}
        # in their own order, which is that of variables and endpoints
        keys = [json.dumps(used) for used in outputs]
        return json.loads(Counter(keys).most_common(1)[0][0])

    def _study(self, used: Mapping[str, Any]) -> Study:
        """Give the study behind an output; its file's where nothing differs."""
        said = used.get("said")
        if not said:
            return self.cohort.study
        changed = study_of(dict(said))
        # what was derived when the tables were read has no part in words about settings
        kept = {name: getattr(self.cohort.study, name) for name in ("flow",)}
        return changed.model_copy(update=kept)
