"""Notebooks executed by papermill, several at a time, each in a kernel and folder of its own."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from subprocess import Popen
from typing import Any

from ... import errors
from ...errors import NotebookError
from ...scratch import scratch_folder
from .environment import fonts_folder, kernel_environment
from .fonts import own_fonts
from .notebook_format import notebook_format
from .notebooks import Notebook
from .raised import cell_name, failing_line, further_in
from .reach import PACKAGE
from .reads import OPENED
from .recorded import option
from .template import AVAILABLE, Forked, Template, modules_of

START_SECONDS = 120
# files that a user does not mend: of installed packages, of Python, of this package
ENVIRONMENT = rf"site-packages|dist-packages|[\\/]lib[\\/]python3|{re.escape(str(PACKAGE))}"


@dataclass(frozen=True)
class Run:
    """One notebook to be run.

    Attributes
    ----------
    notebook : Notebook
    folder : Path
        Takes `{name}.ipynb`, the executed notebook, and `results/`, what it writes.
    parameters : dict
        Beside `study` and `results_dir`, which the run sets.
    """

    notebook: Notebook
    folder: Path
    parameters: dict[str, Any] = field(default_factory=dict)

    def again(self) -> Run:
        """The same run of the notebook as its file is now."""
        return replace(self, notebook=Notebook(self.notebook.path, self.notebook.endpoint))

    @property
    def results(self) -> Path:
        return self.folder / "results"

    @property
    def executed(self) -> Path:
        return self.folder / f"{self.notebook.name}.ipynb"

    @property
    def opened(self) -> Path:
        """What the kernel noted that the notebook opened."""
        return self.folder / OPENED


@dataclass(frozen=True)
class Place:
    """Where notebooks run.

    Attributes
    ----------
    study : Path
        The study folder.
    shown_study : str
        How the executed notebooks name it: no machine path.
    scratch : Path
        Where kernels may write what is thrown away.
    cache : Path
        Where matplotlib keeps its list of fonts.
    hidden : dict
        Paths of this machine, and what the executed notebooks print for them.
    """

    study: Path
    shown_study: str
    scratch: Path
    cache: Path
    hidden: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kernels:
    """The kernels of a build: where they are spoken to, what they copy, and their processes."""

    sockets: Path
    template: Template | None = None
    started: list[Popen | Forked] = field(default_factory=list)


Progress = Callable[[str, str], None]  # a notebook's name, and "started" or "done"


def silent(_name: str, _state: str) -> None:
    """Report no progress."""


@contextmanager
def prepared(notebooks: Sequence[Notebook], study: Path, cache: Path) -> Iterator[Template | None]:
    """Begin to import what the kernels will need, and to read the study.

    None where there is nothing to run, or kernels cannot be copied.
    """
    if not notebooks or not AVAILABLE:
        yield None
        return
    own_fonts(fonts_folder(cache))
    modules = modules_of("\n".join(notebook.sources) for notebook in notebooks)
    with (
        scratch_folder() as scratch,
        Template(kernel_environment(scratch, cache), modules, study) as template,
    ):
        yield template


def run_notebooks(
    runs: Sequence[Run],
    place: Place,
    workers: int = 0,
    progress: Progress = silent,
    template: Template | None = None,
) -> None:
    """Run notebooks, several at a time.

    Parameters
    ----------
    runs : sequence of Run
    place : Place
    workers : int
        How many at a time; 0 is one a processor.
    progress : function
        Told the name of each notebook when it starts and when it is done.
    template : Template, optional
        What `prepared` began; without it each kernel is started anew.

    Raises
    ------
    NotebookError
        For the first notebook, in their order, with a cell that raised. The others that had begun
        are waited for, no further one is begun.
    """
    if not runs:
        return
    workers = min(workers or _processors(), len(runs))
    own_fonts(fonts_folder(place.cache))
    with (
        # a socket's path may have about a hundred characters: not inside the project
        scratch_folder() as sockets,
        ThreadPoolExecutor(workers, thread_name_prefix="notebook") as pool,
    ):
        kernels = Kernels(sockets, template)
        begun = {
            run.notebook.name: pool.submit(_run_one, run, place, kernels, progress)
            # the longest first: begun last, it would run alone at the end
            for run in sorted(runs, key=_work, reverse=True)
        }
        futures = {begun[run.notebook.name]: run for run in runs}
        try:
            _stop_at_first_error(futures)
        except KeyboardInterrupt:
            _stop_now(futures, kernels)
            raise
    for future in futures:
        future.result()


def _work(run: Run) -> int:
    """Guess how long a notebook takes, from its length: the longest goes first."""
    return len("".join(run.notebook.sources))


def _stop_at_first_error(futures: Mapping[Future, Run]) -> None:
    for future in as_completed(futures):
        if future.exception() is not None:
            for other in futures:
                other.cancel()
            # in the order of the notebooks, not of time: the same mistake gives the same message
            failed = [f for f in futures if not f.cancelled() and f.exception() is not None]
            failed[0].result()


def _stop_now(futures: Mapping[Future, Run], kernels: Kernels) -> None:
    for future in futures:
        future.cancel()
    for process in kernels.started:
        process.kill()


def _processors() -> int:
    count = getattr(os, "process_cpu_count", None)
    if count:
        return count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run_one(run: Run, place: Place, kernels: Kernels, progress: Progress) -> None:
    from jupyter_core.utils import ensure_event_loop

    progress(run.notebook.name, "started")
    run.results.mkdir(parents=True)
    parameters = {
        **{
            name: value
            for name, value in _paths(run, place).items()
            if name in run.notebook.parameters
        },
        **run.parameters,
    }
    try:
        executed = _papermill(run, place, kernels, parameters)
    finally:
        ensure_event_loop().close()  # Jupyter opens one in this thread and leaves it open
    _keep(run, place, executed)
    if not run.opened.is_file():  # what it opened is not known: it is not kept
        # no JSON: `settled` takes it for damaged
        run.opened.write_text("", encoding="utf-8")
    progress(run.notebook.name, "done")


def _paths(run: Run, place: Place) -> dict[str, str]:
    return {"study": str(place.study), "results_dir": str(run.results)}


def _papermill(run: Run, place: Place, kernels: Kernels, parameters: dict[str, Any]):
    """Execute; give the notebook, or raise NotebookError with the executed copy beside."""
    # imports that a build which runs nothing can do without
    nbformat = notebook_format()
    from papermill import execute_notebook
    from papermill.exceptions import PapermillExecutionError

    from .kernel import kernel_manager
    from .tidy import ended_early

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what fails is raised
    environment = kernel_environment(place.scratch, place.cache)
    # what was read when the build was planned, not what an editor has saved since
    # a copy of its own: papermill writes into what it is given
    source = nbformat.reads(json.dumps(run.notebook.content), as_version=4)
    _without_outputs(source)
    begun: list[str] = []
    try:
        return execute_notebook(
            source,
            # papermill fills in what stands in braces
            str(run.executed).replace("{", "{{").replace("}", "}}"),
            parameters,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            start_timeout=START_SECONDS,
            kernel_manager_class=kernel_manager(
                run.notebook.path.parent,
                kernels.sockets,
                environment,
                kernels.started,
                kernels.template,
                _asked(run, place, kernels),
            ),
            coalesce_streams=False,  # its search is quadratic in long lines: see tidy
            on_cell_execute=lambda cell, cell_index: begun.append(cell.source),
        )
    except PapermillExecutionError as error:
        executed = nbformat.read(run.executed, as_version=4)
        if ended_early(executed):
            return executed
        raise _notebook_error(run, place, error) from None
    # before the next: a full disk is no fault of the kernel's, and says what it is
    except OSError:
        raise  # a full disk: not the kernel's fault
    except Exception as error:
        raise _kernel_error(run, begun, error) from error


def _asked(run: Run, place: Place, kernels: Kernels) -> list[str]:
    """Ask for a record of what the notebook opens, the build's own folders apart."""
    own = [run.folder, place.scratch, place.cache, kernels.sockets]
    return option(run.opened, place.study, run.notebook.path.parent, own, run.results)


def _kernel_error(run: Run, begun: list[str], error: Exception) -> NotebookError:
    """Say in which cell a kernel died: the last of those that were begun."""
    where = f"{cell_name(begun[-1], len(begun), verb='ran')}\n  " if begun else ""
    return NotebookError(
        f"{where}The kernel failed: {type(error).__name__}: {error}",
        run.notebook.name,
        "It may have run out of memory; run the notebook in `make lab` to see.",
    )


def _without_outputs(source) -> None:
    """Forget what is stored in the source, so that no old output can pass for a new one."""
    for cell in source.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def _notebook_error(run: Run, place: Place, error) -> NotebookError:
    from .tidy import without

    message = without(str(error.evalue).strip(), place.hidden)
    # our own errors speak for themselves; any other is named by its class
    if not _is_ours(error):
        message = f"{error.ename}: {message}" if message else error.ename
    said = error.traceback or []
    line = failing_line(error.source, error.exec_count, said)
    inner = further_in(error.exec_count, said, ENVIRONMENT)
    inner = f" ({without(inner, place.hidden)})" if inner else ""
    return NotebookError(
        f"{cell_name(error.source, error.exec_count, line)}\n  {message}{inner}",
        run.notebook.name,
    )


def _is_ours(error) -> bool:
    return isinstance(getattr(errors, error.ename, None), type)


def _keep(run: Run, place: Place, executed) -> None:
    from .tidy import tidy, write_notebook

    shown = {"study": place.shown_study, **run.parameters}
    hidden = {str(run.results): "results", **place.hidden}
    run.executed.write_text(write_notebook(tidy(executed, shown, hidden)), encoding="utf-8")
