"""A kernel that notes what its notebook opens, and bounds what it prints.

Run as `python -m cohortbook.build.notebooks.recorded ARGUMENTS...`; `--record` gives what to note,
as JSON in base64.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

from ... import opened
from .bounds import Bounded

OPTION = "--record"


def option(
    target: Path, study: Path, notebooks: Path, ignored: list[Path], results: Path | None = None
) -> list[str]:
    """Give the arguments of a kernel whose record goes to `target`, its results to `results`."""
    asked = {
        "results": str(results or ""),
        "target": str(target),
        "study": str(study),
        "inputs": [str(study), str(notebooks)],
        "ignored": [str(path) for path in ignored],
    }
    # a kernel manager fills in what stands in braces
    return [OPTION, base64.b64encode(json.dumps(asked).encode()).decode()]


def launch(arguments: list[str]) -> None:
    """Be a kernel until it is told to end."""
    from ipykernel.kernelapp import IPKernelApp

    asked = None
    if OPTION in arguments:
        at = arguments.index(OPTION)
        asked = json.loads(base64.b64decode(arguments[at + 1]))
        arguments = arguments[:at] + arguments[at + 2 :]
        os.environ[opened.STUDY] = asked["study"]
        if asked["results"]:
            os.environ[opened.RESULTS] = asked["results"]
    app = IPKernelApp.instance()
    app.initialize(arguments)
    if asked:
        record = opened.Record(Path(asked["target"]), asked["inputs"], asked["ignored"])
        opened.begin(record)
        app.shell.events.register("post_run_cell", lambda *_: record.write())
        Bounded(app.shell)
    app.start()


if __name__ == "__main__":
    launch(sys.argv[1:])
