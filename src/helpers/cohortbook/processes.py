"""Programs that end with the process that started them, and a process that ends when it is told to.

However a build ends, killed or not, nothing of it goes on: programs are run in a group of their
own beside a watcher that kills the group when its end of a pipe closes (POSIX), and our own
processes ask Linux to be killed when their parent dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

SECONDS = 0.8  # at most so long is tidied up by a process that was told to end
HOLD = 1.0  # and so long is waited for its main thread to stop
PR_SET_PDEATHSIG = 1
STOPPED = "Stopped."

# stdin is a pipe whose other end only the build holds: reading ends when the build does
WATCHED = """\
exec 3<&0
from=$1
shift
{ read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 &
watcher=$!
"$@" <"$from" 3<&-
code=$?
kill $watcher 2>/dev/null
exit $code
"""

_running: set[subprocess.Popen] = set()
_folders: set[Path] = set()
_ending = SimpleNamespace(message=STOPPED, obeys=False, held=threading.Event())


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    stdin: Path | None = None,
    timeout: float | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and give what it said; it ends with this process, however that ends.

    Parameters
    ----------
    command : sequence of str or Path
    cwd, timeout, env
        As for `subprocess.run`.
    stdin : Path, optional
        File that the program reads as its standard input; without one it finds that empty.

    Raises
    ------
    OSError
        If the program cannot be started.
    subprocess.TimeoutExpired
        If it was ended after `timeout` seconds, with all that it had started.
    """
    words = [os.fspath(word) for word in command]
    source = os.fspath(stdin or os.devnull)
    if os.name == "posix":
        if shutil.which(words[0]) is None:
            raise FileNotFoundError(2, "There is no such program", words[0])
        words = ["/bin/sh", "-c", WATCHED, "cohortbook", source, *words]
    with _alive(source) as given:
        process = subprocess.Popen(
            words,
            cwd=cwd,
            env=env,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        with ending_with_us(process):
            try:
                out, said = process.communicate(timeout=timeout)
            except BaseException:
                _kill(process)
                process.communicate()
                raise
    return subprocess.CompletedProcess(command, process.returncode, out, said)


@contextlib.contextmanager
def _alive(source: str) -> Iterator[int]:
    """Give what the started process has as stdin: on POSIX a pipe that closes when we end."""
    if os.name != "posix":
        with Path(source).open("rb") as file:
            yield file.fileno()
        return
    theirs, ours = os.pipe()
    try:
        yield theirs
    finally:
        os.close(theirs)
        os.close(ours)


@contextlib.contextmanager
def ending_with_us(process: subprocess.Popen) -> Iterator[None]:
    """Kill a process and its group if this one is told to end within the block."""
    _running.add(process)
    try:
        yield
    finally:
        _running.discard(process)


@contextlib.contextmanager
def removed_with_us(folder: Path) -> Iterator[None]:
    """Remove a folder if this process is told to end within the block."""
    _folders.add(folder)
    try:
        yield
    finally:
        _folders.discard(folder)


def kill_children() -> None:
    """Kill every program that is being run."""
    for process in list(_running):
        _kill(process)


def _kill(process: subprocess.Popen) -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()


def die_with_parent() -> None:
    """Ask the system to kill this process when its parent dies (Linux; elsewhere nothing)."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we had asked
        os._exit(1)


def say_when_stopped(message: str) -> None:
    """Set what is written on stderr when this process is told to end."""
    _ending.message = message


def obey_signals() -> None:
    """End within about two seconds of Ctrl-C, SIGTERM or SIGHUP, whatever is being done.

    Programs that run are killed, folders for what is thrown away are removed, and the exit code is
    128 and the signal's number (130 for Ctrl-C). A thread sees to it, so that a long computation in
    C does not delay it. A signal that was ignored when this process began stays ignored.
    """
    if _ending.obeys or threading.current_thread() is not threading.main_thread():
        return
    _ending.obeys = True
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    threading.Thread(target=_end_when_told, args=[told, _terminal()], daemon=True).start()
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _hold)


def _hold(*_given: object) -> None:
    """Keep the main thread where it is: it must neither publish nor report a failure now."""
    _ending.held.set()
    while True:
        time.sleep(60)


def _end_when_told(told: int, terminal: tuple[int, list] | None) -> None:
    watched = {int(getattr(signal, n)) for n in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
               if hasattr(signal, n)}  # fmt: skip
    while True:
        for number in os.read(told, 16):
            if number in watched:
                _end(number, terminal)


def _end(number: int, terminal: tuple[int, list] | None) -> None:
    late = threading.Timer(SECONDS + HOLD, os._exit, [128 + number])
    late.daemon = True
    late.start()
    try:
        shown = "\r\x1b[K\x1b[?25h" if os.isatty(2) else ""  # a bar may have hidden the cursor
        os.write(2, f"{shown}{_ending.message}\n".encode())
        if terminal:
            import termios

            termios.tcsetattr(terminal[0], termios.TCSANOW, terminal[1])
    except OSError:  # the terminal has gone
        pass
    kill_children()
    # a thread that is about to publish a folder must not find half of it
    if _ending.held.wait(HOLD):
        for folder in list(_folders):
            shutil.rmtree(folder, ignore_errors=True)
    os._exit(128 + number)


def _terminal() -> tuple[int, list] | None:
    """Give the settings of the terminal, which a question that is open has changed."""
    try:
        import termios

        return 0, termios.tcgetattr(0)
    except (ImportError, OSError, ValueError):
        return None
    except Exception as error:  # termios.error is no OSError
        if type(error).__name__ == "error":
            return None
        raise
