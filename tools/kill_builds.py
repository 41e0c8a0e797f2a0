"""Kill builds at random moments, and see that nothing is left of them and nothing of a report lost.

    python tools/kill_builds.py --kills 200 --seed 1

A tiny project is built once without disturbance. Then builds are killed by SIGKILL, SIGTERM or
SIGINT, sent to the process or to its group, at a random moment. After each:

- the last report is whole;
- no process of the build lives on (found by a variable of the environment, Linux);
- one that was told to end did so within two seconds, with a plain message and exit code 130 or 143.

Every few kills a build runs to its end: its report must equal the first byte by byte, and nothing
that killed builds left may be there after it.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from tiny import contents, sentence_project

START = """
import sys
from pathlib import Path
from cohortbook.processes import obey_signals
obey_signals()
from cohortbook.build import request
root = Path(sys.argv.pop(1))
request.project_root = lambda: root
from cohortbook.entry import main
main()
"""
CELL = """\
import time, matplotlib.pyplot as plt
figure = plt.figure()
figure.savefig(results_dir + "/page.png", metadata={"Software": None})
time.sleep(0.3)
print("done")
"""
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
MARK = "COHORTBOOK_KILLED_BUILD"
PROMPT = 2.0  # seconds
SLOW = 60.0  # a process that has not ended then is killed, and is a fault


@dataclass
class Field:
    """A project to build in, with a folder for temporary files of its own."""

    root: Path
    temporary: Path
    patience: float = PROMPT
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def out(self) -> Path:
        return self.root / "_output" / "tiny"

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a build as the leader of a group of its own."""
        command = [
            sys.executable,
            "-c",
            START,
            str(self.root),
            "report",
            str(self.root / "data" / "tiny"),
            "--renderer",
            "pandoc",
            *words,
        ]
        return subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "TMPDIR": str(self.temporary), MARK: self.mark},
        )

    def alive(self) -> list[str]:
        """Give the processes that builds here have started and that still run."""
        return [f"{pid} {name}" for pid, name in self._processes()]

    def _processes(self):
        wanted = f"{MARK}={self.mark}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name), (folder / "comm").read_text().strip()
            except OSError:
                continue

    def end_all(self) -> None:
        """Kill what was left, so that one fault is not counted twice."""
        for pid, _ in self._processes():
            os.kill(pid, signal.SIGKILL)

    def left(self) -> list[str]:
        """Give what killed builds have left in the project and among the temporary files."""
        runs = self.root / ".cache" / "notebooks" / "runs"
        found = [
            *self.temporary.glob("cohortbook-*"),
            *self.out.parent.glob(".*.new-*"),
            *self.out.parent.glob(".*.old-*"),
            *self.root.glob(".*.new-*"),
            *runs.glob(".*"),
            *(path for path in (self.root / "_build").glob("tiny-*") if path.is_dir()),
        ]
        return sorted(path.name for path in found)


def killed(field: Field, sent: signal.Signals, group: bool, after: float, fresh: bool) -> list[str]:
    """Kill a build after some seconds; give what is wrong then."""
    process = field.start(*(["--fresh"] if fresh else ["--set", f"word={uuid.uuid4().hex}"]))
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        (os.killpg if group else os.kill)(process.pid, sent)
    begun = time.monotonic()
    try:
        _, said = process.communicate(timeout=SLOW)
    except subprocess.TimeoutExpired:
        field.end_all()
        return [f"not obeyed within {SLOW:.0f} s"]
    took, code = time.monotonic() - begun, process.returncode
    found = []
    if sent is not signal.SIGKILL and code != 0:
        if not _in_python_itself(said):
            if code != 128 + sent:
                found.append(f"exit code {code}: {said[-300:]}")
            if "Traceback" in said or "Stopped" not in said:
                found.append(f"no plain message: {said[-300:]}")
        if took > field.patience:
            found.append(f"ended after {took:.1f} s")
    until = time.monotonic() + field.patience
    while (living := field.alive()) and time.monotonic() < until:
        time.sleep(0.05)
    if living:
        found.append(f"still running: {', '.join(living)}")
        field.end_all()
    return found


def _in_python_itself(said: str) -> bool:
    """Say whether a process was stopped before a line of ours ran."""
    return "Stopped" not in said and f"{os.sep}helpers{os.sep}" not in said


def built(field: Field, expected: dict[str, str] | None) -> list[str]:
    """Build to the end; give what is wrong then."""
    process = field.start("--fresh")
    _, said = process.communicate()
    found = [] if process.returncode == 0 else [f"exit code {process.returncode}: {said}"]
    if expected is not None and contents(field.out) != expected:
        now = contents(field.out)
        names = sorted(n for n in expected.keys() | now.keys() if expected.get(n) != now.get(n))
        found.append(f"not the same bytes: {', '.join(names)}")
    if left := field.left():
        found.append(f"not cleared: {', '.join(left)}")
    return found


def kill_builds(
    kills: int, seed: int, folder: Path, patience: float = PROMPT, every: int = 8
) -> collections.Counter[str]:
    """Kill builds; print each fault and count what was done.

    Parameters
    ----------
    kills, seed : int
    folder : Path
        An empty folder to work in.
    patience : float
        Seconds in which a build that is told to end has to, and its programs with it.
    every : int
        A build runs to its end after about so many kills, and after the last.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what runs behind
        signal.signal(signal.SIGINT, signal.default_int_handler)  # builds would not see it either
    chance, count = random.Random(seed), collections.Counter()
    temporary = folder / "tmp"
    temporary.mkdir()
    field = Field(sentence_project(folder / "project", CELL), temporary, patience)

    def note(what: str, faults: list[str]) -> None:
        count["faults"] += len(faults)
        for fault in faults:
            print(f"{what}: {fault}", flush=True)

    begun = time.monotonic()
    note("first build", built(field, None))
    seconds = time.monotonic() - begun
    expected = {name: found for name, found in contents(field.out).items()}
    for number in range(1, kills + 1):
        sent, group = chance.choice(SIGNALS), chance.random() < 0.5
        fresh, after = chance.random() < 0.7, chance.uniform(0, 1.05 * seconds)
        what = f"kill {number}: {sent.name}{' to the group' * group} after {after:.2f} s"
        note(what, killed(field, sent, group, after, fresh))
        count[f"{sent.name}{' group' * group}"] += 1
        count["left folders for the next build"] += bool(field.left())
        if contents(field.out) != expected and not _finished(field, expected):
            note(what, ["the last report is not whole"])
        if number == kills or chance.random() < 1 / every:
            note(f"build after kill {number}", built(field, expected))
            count["builds to the end"] += 1
    return count


def _finished(field: Field, expected: dict[str, str]) -> bool:
    """Say whether a report of another word was published whole, and put back the first.

    A build that is killed in its last moments has published.
    """
    now = contents(field.out)
    whole = now.keys() == expected.keys() and all(now.values())
    return whole and not built(field, expected)


def main() -> None:
    """Kill as many builds as are asked for; exit code 1 if there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--patience",
        type=float,
        default=PROMPT,
        help="seconds in which a build has to end (more on a loaded machine)",
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        count = kill_builds(asked.kills, asked.seed, Path(folder).resolve(), asked.patience)
    print(", ".join(f"{name} {number}" for name, number in sorted(count.items())))
    sys.exit(1 if count["faults"] else 0)


if __name__ == "__main__":
    main()
