"""The notebooks of a study as its regression tests: what they find, held against what is stored.

All notebooks that a report of the study runs are run: the project's, edited copies, the study's
own. What they find is kept in `expected/` in the study folder, one JSON file a notebook.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..cohort.cohort import load_cohort
from ..errors import CohortbookError
from .files.folder import EXPECTED
from .files.leftovers import building, lock_of
from .files.locks import only_one
from .files.publish import replace_text
from .notebooks import patient_rows
from .notebooks.expected import FORMAT, Difference, as_text, differences, record
from .report import Watcher, run_all, work_folder
from .request import Request

GONE = "is not run any more"


@dataclass(frozen=True)
class Outcome:
    """What came of a comparison.

    Attributes
    ----------
    folder : Path
        Where it is stored.
    stored : list of str
        Notebooks whose outputs were stored now, for the first time or because they are accepted.
    compared : list of str
        Notebooks that were compared.
    differences : list of Difference
    ignored : int
        Cells whose outputs do not count.
    """

    folder: Path
    stored: list[str] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    ignored: int = 0


def compare_study(request: Request, accept: bool, watcher: Watcher) -> Outcome:
    """Run the notebooks of a study and compare what they find with what is stored.

    Parameters
    ----------
    request : Request
    accept : bool
        Store what they find in place of what was stored.
    watcher : Watcher

    Raises
    ------
    CohortbookError
        If a notebook fails, or what is stored cannot be read. What is stored stays as it is.
    """
    final = request.final
    # under a name of its own: a build of the report is not in its way
    asked = replace(request, out=final.with_name(f"{final.name}-test"))
    cohort = load_cohort(asked.study)
    folder = asked.study / EXPECTED
    before = _stored(folder)
    with (
        only_one(lock_of(asked.final), tell=watcher.tell),
        building(asked.work),
        work_folder(asked) as work,
    ):
        runs = run_all(asked, cohort, work, watcher)
        # what is stored lies in the study folder, and is often put under version control
        patient_rows.guard([run.executed for run in runs], cohort)
        after = {run.notebook.name: record(run) for run in runs}
    outcome = Outcome(folder, ignored=sum(found["ignored"] for found in after.values()))
    for name, found in after.items():
        if accept or name not in before:
            if name not in before or as_text(before[name]) != as_text(found):
                # what is stored already is not written again: its date would tell of a change
                outcome.stored.append(name)
        else:
            outcome.compared.append(name)
            outcome.differences.extend(differences(name, before[name], found))
    gone = [name for name in before if name not in after]
    if not accept:
        outcome.differences.extend(
            Difference(name, "", "the notebook", "was run", GONE) for name in gone
        )
    _store(folder, {name: after[name] for name in outcome.stored}, gone if accept else [])
    return outcome


def _stored(folder: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            right = content["format"] == FORMAT
        except (ValueError, KeyError, TypeError):
            right = False
        if not right:
            raise CohortbookError(
                "This is not what `cohortbook test` has stored.",
                f"{folder.name}/{path.name}",
                "Get it back from your version control, or remove it: it is then stored anew.",
            )
        found[path.stem] = content
    return found


def _store(folder: Path, records: Mapping[str, Mapping[str, Any]], gone: list[str]) -> None:
    if records:
        folder.mkdir(exist_ok=True)
    for name, found in records.items():
        replace_text(folder / f"{name}.json", as_text(found))
    for name in gone:
        (folder / f"{name}.json").unlink()
