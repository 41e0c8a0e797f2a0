"""Cells of a notebook that say what they need: `#| needs: subgroups`.

A cell whose study lacks that says so in one line instead of running, in JupyterLab as in a build.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..sections import SECTIONS, omission

if TYPE_CHECKING:  # the build reads NEEDS before it loads pandas
    from ..cohort.cohort import Cohort

NEEDS = re.compile(r"^#\|\s*needs:\s*(.+?)\s*$", re.MULTILINE)


class Needs:
    """A step of IPython's reading of cells, for the notebook that runs.

    The cohort is the one that the notebook calls `cohort` now, which a cell may have made anew;
    `begun` where there is none. `changed` hears of each other one.
    """

    def __init__(self, begun: Cohort, changed: Callable[[Cohort], None]) -> None:
        self.cohort, self.changed = begun, changed

    def __call__(self, lines: list[str]) -> list[str]:
        now = _shell().user_ns.get("cohort") if _shell() else None
        if _is_cohort(now) and now is not self.cohort:
            self.cohort = now
            self.changed(now)
        told = why_left_out("".join(lines), self.cohort)
        return lines if told is None else [f"print({told!r})\n"]


def _is_cohort(value: Any) -> bool:
    from ..cohort.cohort import Cohort

    return isinstance(value, Cohort)


def why_left_out(source: str, cohort: Cohort) -> str | None:
    """Say why a cell is not run; None if the study has all that it needs."""
    for listed in NEEDS.findall(source):
        for name in (part.strip() for part in listed.split(",")):
            if name not in SECTIONS:
                return (
                    f"Left out: '{name}' is nothing that a cell can need; there are: "
                    f"{', '.join(sorted(SECTIONS))}."
                )
            told = omission(cohort, name)
            if told is not None:
                return told or f"Left out: the study has nothing for '{name}'."
    return None


def follow(cohort: Cohort, changed: Callable[[Cohort], None]) -> None:
    """Let the notebook that runs leave out the cells for which the study lacks what they need."""
    shell = _shell()
    if shell is None:
        return
    steps = shell.input_transformers_cleanup
    steps[:] = [step for step in steps if not isinstance(step, Needs)] + [Needs(cohort, changed)]


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
