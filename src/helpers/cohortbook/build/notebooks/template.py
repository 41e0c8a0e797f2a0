"""A process that has imported what notebooks import, and becomes a kernel by forking.

Starting a kernel costs seconds of imports, the same in each. Here they are done once, and every
kernel is a copy of this process: it starts at once and shares the memory of the libraries. Linux
only: elsewhere a process that has loaded such libraries cannot be forked safely.

The study is read here too, once for all.

Run as `python -m cohortbook.build.notebooks.template SOCKET STUDY MODULE...`; `Template` is the
other end.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterable
from pathlib import Path

from ...processes import die_with_parent, ending_with_us

PACKAGE = "cohortbook"
AVAILABLE = sys.platform == "linux"
ALWAYS = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "pandas",
)
READ_BY_NOTEBOOKS = ("verbs", "session", "display", "analysis", "stats", "formats.py", "results.py")
LARGE = ("matplotlib.figure", "scipy.optimize", "scipy.sparse", "scipy.stats")  # imported late
LONGEST = 65536  # bytes of a request
GRACE = 0.5  # seconds


class Forked:
    """A forked kernel as its starter sees it: what `subprocess.Popen` says of a process."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, alive: int) -> None:
        self.pid = pid
        self._alive = alive  # a pipe whose other end the kernel holds until it ends
        self.returncode: int | None = None

    def poll(self, seconds: float | None = 0) -> int | None:
        """Give None while it runs, 0 when it has ended, however it did."""
        if self.returncode is None and select.select([self._alive], [], [], seconds)[0]:
            os.close(self._alive)
            self.returncode = 0
        return self.returncode

    def wait(self) -> int | None:
        """Wait for its end."""
        return self.poll(None)

    def send_signal(self, signum: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            # it may have ended since it was asked
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signum)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class Template:
    """The template process of a build, from the build's side; it ends with its context."""

    def __init__(
        self, environment: dict[str, str], modules: Iterable[str], study: Path | None = None
    ) -> None:
        self._ours, theirs = socket.socketpair()
        self._one_at_a_time = threading.Lock()
        self._ending = contextlib.ExitStack()
        with theirs:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    __name__,
                    str(theirs.fileno()),
                    str(study or ""),
                    *modules,
                ],
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def __enter__(self) -> Template:
        self._ending.enter_context(ending_with_us(self.process))
        return self

    def __exit__(self, *_error) -> None:
        self._ending.close()
        self._ours.close()  # which ends it, unless it is still busy importing
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def fork(self, arguments: list[str], folder: str) -> Forked:
        """Start a kernel in a folder; waits until everything is imported.

        Raises
        ------
        OSError
            If the template has died.
        """
        request = json.dumps([arguments, folder]).encode()
        with self._one_at_a_time:
            self._ours.sendall(request)
            # with the number of the process comes the end of a pipe that closes when it ends: a
            # process that is not our child cannot be waited for
            answer, files, *_ = socket.recv_fds(self._ours, 32, 1)
        if not answer:
            raise OSError("The process that kernels are copied from has died")
        return Forked(int(answer), files[0])


def serve(channel: socket.socket, study: str, modules: Iterable[str]) -> None:
    """Import, read, then fork a kernel for each request until the build closes its end."""
    # a kernel ends when its parent does: this process, which ends with the build
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    die_with_parent()
    for name in (*ALWAYS, *modules):
        with contextlib.suppress(Exception):  # the notebook that imports it says what is wrong
            importlib.import_module(name)
    if figure := sys.modules.get(f"{PACKAGE}.display.drawing.figure"):
        # what the first drawing of a process costs is paid once
        figure.rehearse()
    session = sys.modules.get(f"{PACKAGE}.session.book")
    if session and study:
        session.read_ahead(study)
    gc.collect()
    # objects that are here now are never looked at again: a copy that collects would write to
    # every page of memory that it shares with this process
    gc.freeze()
    while request := channel.recv(LONGEST):
        _reap()
        arguments, folder = json.loads(request)
        theirs, alive = os.pipe()
        pid = os.fork()
        if not pid:
            # else the build would not hear that the template has died while this kernel lives
            channel.close()
            os.close(theirs)
            _become_kernel(arguments, folder)
        os.close(alive)
        socket.send_fds(channel, [str(pid).encode()], [theirs])
        os.close(theirs)
    _reap()


def _reap() -> None:
    """Let the kernels that have ended go; their processor time counts as ours."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become_kernel(arguments: list[str], folder: str) -> None:
    """Be a kernel until it is told to end; never return to the template."""
    die_with_parent()
    # a group of its own, which Jupyter signals as a whole (`pgid` in `kernel`)
    os.setsid()
    os.chdir(folder)
    sys.argv = ["ipykernel_launcher", *arguments]
    try:
        from .recorded import launch

        launch(arguments)
    except Exception:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        os._exit(0)  # without taking apart, object by object, what was copied


def modules_of(sources: Iterable[str]) -> list[str]:
    """Give the modules that these Python sources import from this package, and those in turn.

    Verbs import figures, and what is large, only when they are called: all that they may import is
    here, so that it is loaded once and not by every kernel.
    """
    from .reach import reachable

    found: set[str] = set()
    for source in sources:
        paths = [Path(name) for name in reachable([source]) or ()]
        shown = [path for path in paths if path.parts[0] in READ_BY_NOTEBOOKS]
        found |= {".".join((PACKAGE, *path.with_suffix("").parts)) for path in shown}
    names = {name.removesuffix(".__init__") for name in found}
    return sorted(names | (set(LARGE) if names else set()))


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as build:
        serve(build, sys.argv[2], sys.argv[3:])
