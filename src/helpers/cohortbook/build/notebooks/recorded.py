"""A kernel that notes what its notebook opens, and bounds what it prints.

Run as `python -m cohortbook.build.notebooks.recorded ARGUMENTS...`; `--record` gives what to note,
as JSON in base64.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ... import opened
from .bounds import Bounded

OPTION = "--record"
STDERR = 2  # the file, whatever sys.stderr is


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
    with _quiet():
        # before the record begins: what the kernel itself opens is no input of the notebook
        app.initialize(arguments)
    if asked:
        record = opened.Record(Path(asked["target"]), asked["inputs"], asked["ignored"])
        opened.begin(record)
        # after each cell: a kernel that is killed leaves what it had opened until then
        app.shell.events.register("post_run_cell", lambda *_: record.write())
        Bounded(app.shell)
    app.start()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Let what the kernel itself says from now on, its tracebacks without memory say, go nowhere.

    What cells say has its own way to the notebook. A kernel that cannot even begin says why.
    """
    said = os.dup(STDERR)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), STDERR)
    try:
        yield
    except BaseException:
        os.dup2(said, STDERR)
        raise
    finally:
        os.close(said)


if __name__ == "__main__":
    launch(sys.argv[1:])
