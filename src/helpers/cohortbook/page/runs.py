"""`check` and `report` as the page runs them: a program of its own, its lines as they come."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from ..build.request import Request, project_root
from ..processes import ending_with_us

COMMANDS = {
    "check": ("check",),
    "draft": ("report", "--draft"),
    "report": ("report",),
}
MOST_LINES = 400
WIDE = "110"  # letters of a line of tables


@dataclass
class Runs:
    """Runs one command at a time on a study and keeps what it said."""

    study: Path
    kind: str = ""
    lines: list[str] = field(default_factory=list)
    code: int | None = None
    process: subprocess.Popen | None = None

    @property
    def running(self) -> bool:
        """Whether a command runs."""
        return bool(self.kind) and self.code is None

    def start(self, kind: str) -> bool:
        """Begin a command; False if one runs already."""
        if self.running or kind not in COMMANDS:
            return False
        self.kind, self.lines, self.code = kind, [], None
        threading.Thread(target=self._run, args=(COMMANDS[kind],), daemon=True).start()
        return True

    def stop(self) -> None:
        """End the command that runs, with all that it started."""
        if self.running and self.process is not None:
            self.process.terminate()

    def _run(self, words: tuple[str, ...]) -> None:
        command = [sys.executable, "-m", "cohortbook.entry", words[0], str(self.study), *words[1:]]
        environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": WIDE, "PYTHONUNBUFFERED": "1"}
        try:
            with (
                subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                    env=environment,
                    start_new_session=os.name == "posix",
                ) as process,
                ending_with_us(process),
            ):
                self.process = process
                for line in process.stdout:
                    self.lines = [*self.lines[-MOST_LINES:], line.rstrip()]
            self.code = process.returncode
        except OSError as error:
            self.lines = [*self.lines, f"It could not be started: {error.strerror}."]
            self.code = 1

    def built(self) -> dict[str, Path]:
        """Give the folders of the report and of its draft, where there is one."""
        final = Request(self.study, project_root()).final
        folders = {"report": final, "draft": final.with_name(f"{final.name}-draft")}
        return {
            name: folder for name, folder in folders.items() if (folder / "report.html").is_file()
        }
