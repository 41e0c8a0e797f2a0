"""What a notebook opened while it ran: its results depend on it, so a build must know.

Python's audit events tell of files opened, folders listed, modules loaded, databases, programs and
network connections. `os.stat` has no such event and is wrapped, for a file that was looked for and
was not there decides too; so do variables of the environment. Files of the environment itself are
left out: its versions count as a whole. What C code opens by itself raises no event: see
`build.named`.
"""

# A Path would raise the very events that are noted here:
# ruff: noqa: PTH100, PTH118, PTH120
from __future__ import annotations

import importlib.util
import json
import os
import re
import stat
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

STUDY = "COHORTBOOK_STUDY"
"""Variable of the environment in which a build names its study to the notebooks' kernels."""
RESULTS = "COHORTBOOK_RESULTS"
"""Where a build keeps the results of a notebook whose cell of parameters does not say it."""
SYSTEM = (
    "/proc",
    "/dev",
    "/sys",
    "/etc",
    "/lib",
    "/lib64",
    "/bin",
    "/sbin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/bin",
    "/usr/sbin",
    "/usr/share",
    "/usr/local/lib",
    "/usr/local/share",
    "/System",
    "/Library",
    "/var/cache/fontconfig",
)
# the module whose function was called on behalf of somebody else
BETWEEN = {"os", "_collections_abc", "collections.abc"}
WORD = re.compile(r"""[^\s"'()<>|;,=]+""")
_raw_stat = os.stat


class Record:
    """What was opened, by kind and name, each with what `stamp` said of it at the first time.

    Parameters
    ----------
    target : Path
        The file that takes the record.
    inputs : iterable of str
        Folders that count wherever they lie: the study's, the notebook's.
    ignored : iterable of str
        Folders of the build's own.
    """

    def __init__(self, target: Path, inputs: Iterable[str], ignored: Iterable[str]) -> None:
        self.target = target
        self.inputs, self.ignored = _folders(inputs), _folders(ignored)
        self.environment = _folders(_environment())
        self.found: dict[str, dict[str, Any]] = {
            kind: {} for kind in ("file", "folder", "variable", "network")
        }
        self.made: set[str] = set()
        self.set_here: set[str] = set()
        self.modules: set[str] = set()
        self.paused = False
        self._written = ""

    def file(self, path: Any, making: bool = False) -> None:
        """Note a file that is opened or looked for; one that the notebook makes is no input."""
        place = self._place(path)
        if place is None:
            return
        if place.endswith(".pyc"):
            with suppress(ValueError, NotImplementedError):
                place = importlib.util.source_from_cache(place)
        if making:
            if place not in self.found["file"]:
                self.made.add(place)
        elif not self._was_made(place):
            self.found["file"].setdefault(place, stamp(place))

    def folder(self, path: Any) -> None:
        """Note a folder whose names are read."""
        place = self._place(os.curdir if path in (None, "", b"") else path)
        if place is not None and not self._was_made(place):
            self.found["folder"].setdefault(place, None)

    def variable(self, name: str) -> None:
        """Note a variable of the environment; one that the notebook itself set is no input."""
        if not self.paused and name not in self.set_here:
            self.found["variable"].setdefault(name, None)

    def network(self, address: Any) -> None:
        """Note a connection: what comes through it may differ each time."""
        if not self.paused:
            self.found["network"].setdefault(str(address), None)

    def write(self) -> None:
        """Write the record, if there is more than when it was last written."""
        # a copy at one stroke: another thread may import while the pairs of a list are made
        for name, module in sys.modules.copy().items():
            if name not in self.modules:
                self.modules.add(name)
                file = getattr(module, "__file__", None)
                if isinstance(file, str):
                    self.file(file)
        text = json.dumps(self.found)
        if text != self._written:
            with self.pausing():
                self.target.write_text(text, encoding="utf-8")
            self._written = text

    @contextmanager
    def pausing(self) -> Iterator[None]:
        """Note nothing in a block."""
        before, self.paused = self.paused, True
        try:
            yield
        finally:
            self.paused = before

    def of_user(self, file: str) -> bool:
        """Say whether code is a notebook's or of a module outside of the environment."""
        return not (file.startswith("<frozen") or _inside(os.path.abspath(file), self.environment))

    def _place(self, path: Any) -> str | None:
        """Give a path in full, or None for what does not count."""
        if self.paused or isinstance(path, int) or path is None:
            return None
        try:
            place = os.path.abspath(os.fsdecode(path))
        except (TypeError, ValueError, OSError):
            return None
        if _inside(place, self.ignored) or f"{os.sep}ipykernel_" in place:
            return None
        counts = _inside(place, self.inputs) or not _inside(place, self.environment)
        return place if counts else None

    def _was_made(self, place: str) -> bool:
        return place in self.made or any(os.fspath(up) in self.made for up in Path(place).parents)


def stamp(path: str) -> list[int] | None:
    """Give date and size of a file, by which a change while a notebook runs is seen."""
    try:
        about = _raw_stat(path)
    except (OSError, ValueError):
        return None
    return [about.st_mtime_ns, about.st_size]


_records: list[Record] = []


def begin(record: Record) -> None:
    """Begin to note in this process; that cannot be ended, only paused."""
    _records.append(record)
    _wrap_stat(record)
    _wrap_environment(record)
    record.modules |= set(sys.modules)
    sys.addaudithook(lambda event, given: _heard(record, event, given))
    record.write()


@contextmanager
def unrecorded() -> Iterator[None]:
    """Note nothing in a block: what it reads is known to the build anyway."""
    if not _records:
        yield
        return
    with _records[-1].pausing():
        yield


def _heard(record: Record, event: str, given: tuple[Any, ...]) -> None:
    hear = EVENTS.get(event)
    if hear and not record.paused:
        hear(record, given)


def _opened(record: Record, given: tuple[Any, ...]) -> None:
    path, _, flags = given
    record.file(path, making=bool((flags or 0) & (os.O_TRUNC | os.O_EXCL)))


def _listed(record: Record, given: tuple[Any, ...]) -> None:
    # the search for a module lists every folder on its way
    if not _file_of(sys._getframe(3)).startswith("<frozen importlib"):
        record.folder(given[0])


def _connected(record: Record, given: tuple[Any, ...]) -> None:
    frame = sys._getframe(3)
    if isinstance(given[1], tuple) and frame.f_code.co_name != "socketpair":
        record.network(":".join(map(str, given[1][:2])))


def _started(record: Record, given: tuple[Any, ...]) -> None:
    """Note the files that a program is called with."""
    words = []
    for part in given[:2]:
        for text in [part] if isinstance(part, str | bytes) else part or []:
            with suppress(TypeError):
                decoded = os.fsdecode(text)
                words += [decoded, *WORD.findall(decoded)]
    for word in words:
        with suppress(ValueError, OSError):
            if stat.S_ISREG(_raw_stat(word).st_mode):
                record.file(word)


EVENTS = {
    "open": _opened,
    "os.listdir": _listed,
    "os.scandir": _listed,
    "os.mkdir": lambda record, given: record.file(given[0], making=True),
    "sqlite3.connect": lambda record, given: record.file(given[0]),
    "socket.connect": _connected,
    "subprocess.Popen": _started,
    "os.system": _started,
    "os.posix_spawn": _started,
    "os.exec": _started,
}


def _wrap_stat(record: Record) -> None:
    def noted(path: Any, *given: Any, **named: Any) -> os.stat_result:
        if named.get("dir_fd") is None:
            record.file(path)
        return _raw_stat(path, *given, **named)

    noted.__doc__ = _raw_stat.__doc__
    for able in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks):
        if _raw_stat in able:
            able.add(noted)
    os.stat = noted


def _wrap_environment(record: Record) -> None:
    kind = type(os.environ)

    class Environment(kind):
        """The environment, noting which variables a notebook reads."""

        def __getitem__(self, name: str) -> str:
            if _asked_by_user(record):
                record.variable(name)
            return super().__getitem__(name)

        def __iter__(self) -> Iterator[str]:
            if _asked_by_user(record):
                record.variable("*")
            return super().__iter__()

        def __setitem__(self, name: str, value: str) -> None:
            record.set_here.add(name)
            super().__setitem__(name, value)

        def __delitem__(self, name: str) -> None:
            record.set_here.add(name)
            super().__delitem__(name)

    os.environ.__class__ = Environment


def _asked_by_user(record: Record) -> bool:
    frame = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") in BETWEEN:
        frame = frame.f_back
    return frame is not None and record.of_user(_file_of(frame))


def _file_of(frame: Any) -> str:
    return frame.f_code.co_filename if frame else ""


def _environment() -> Iterator[str]:
    yield from SYSTEM
    paths = sysconfig.get_paths()
    yield from (paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts"))
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix}:
        yield from (os.path.join(prefix, name) for name in ("lib", "lib64", "bin", "etc", "share"))
    yield os.path.dirname(os.path.abspath(__file__))


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    """Give folders as beginnings of the paths in them, as written and with links followed."""
    both = {
        form for path in paths if path for form in (os.path.abspath(path), os.path.realpath(path))
    }
    return tuple(sorted(both))


def _inside(place: str, folders: tuple[str, ...]) -> bool:
    return any(place == folder or place.startswith(folder + os.sep) for folder in folders)
