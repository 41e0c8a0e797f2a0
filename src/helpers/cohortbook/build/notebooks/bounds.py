"""How much of what a notebook prints is kept, and how much of it a page shows.

An executed notebook keeps nearly all of it. A page shows the beginning and the end, and says how
much is left out: pandoc reads printed text in a time that grows with its square, and nobody reads
twenty thousand lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

KEPT = 5_000_000  # characters that an executed notebook keeps of one output
NOTE = 500  # of them for saying what is left out
KEPT_OUTPUTS = 500  # outputs that it keeps of one cell: beyond a thousand at once ZeroMQ drops some
FIRST, LAST = 150, 50  # lines of an output on a page
WIDEST = 600  # characters of a line on a page
FIRST_OUTPUTS, LAST_OUTPUTS = 40, 10  # outputs of a cell on a page
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


def left_out(number: int, noun: str) -> str:
    """Say how many lines, characters or outputs are left out."""
    return f"[… {number:,} {noun}{'' if number == 1 else 's'} left out …]"


def short_text(text: str) -> str:
    """Give a printed text as a page shows it: the first and last lines, none of them too wide."""
    lines = text.split("\n")
    if len(lines) > FIRST + LAST + 1:
        lines = [*lines[:FIRST], left_out(len(lines) - FIRST - LAST, "line"), *lines[-LAST:]]
    return "\n".join(map(_short_line, lines))


def _short_line(line: str) -> str:
    if len(line) <= WIDEST:
        return line
    end = WIDEST // 4
    rest = len(line) - WIDEST
    return f"{line[: WIDEST - end]} {left_out(rest, 'character')} {line[-end:]}"


def short_list(outputs: list[Any], note: Callable[[str], Any]) -> list[Any]:
    """Give the first and last outputs of a cell, and between them a note of how many are not."""
    if len(outputs) <= FIRST_OUTPUTS + LAST_OUTPUTS + 1:
        return outputs
    said = left_out(len(outputs) - FIRST_OUTPUTS - LAST_OUTPUTS, "output")
    return [*outputs[:FIRST_OUTPUTS], note(said), *outputs[-LAST_OUTPUTS:]]


def kept_text(text: str, most: int = KEPT) -> str:
    """Give a text as an executed notebook keeps it: cut after the last whole line that fits."""
    if len(text) <= most:
        return text
    # a whole line, unless one line is all there is
    end = text.rfind("\n", 0, most) + 1 or most
    rest = text[end:]
    said = left_out(rest.count("\n"), "line") if "\n" in rest else left_out(len(rest), "character")
    return f"{text[:end]}\n{said}\n"


def plain(text: str) -> str:
    """Take the colours of a terminal out of a text."""
    return ESCAPE.sub("", text)


def overwritten(text: str) -> str:
    """Give a printed text as a terminal leaves it: what was printed over is gone."""
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


class Bounded:
    """Bounds what a kernel sends of a cell, so that neither build nor file grow without end."""

    def __init__(self, shell: Any) -> None:
        import sys

        self.streams = {stream: stream.write for stream in (sys.stdout, sys.stderr)}
        self.begin()
        for stream, write in self.streams.items():
            stream.write = self._bounded(stream, write)
        # in the kernel, where they arise: what is sent has to be held by the build
        shell.display_pub.register_hook(self._shown)
        shell.events.register("pre_run_cell", lambda *_: self.begin())
        shell.events.register("post_run_cell", lambda *_: self.end())

    def begin(self) -> None:
        """Begin to count at a cell."""
        self.size = dict.fromkeys(self.streams, 0)
        self.lost = {stream: [0, 0] for stream in self.streams}
        self.shown = 0

    def end(self) -> None:
        """Say what was left out of a cell."""
        for stream, (lines, characters) in self.lost.items():
            if characters:
                said = left_out(lines, "line") if lines else left_out(characters, "character")
                self.streams[stream](f"\n{said}\n")
        more = self.shown - KEPT_OUTPUTS
        if more > 0:
            next(iter(self.streams.values()))(f"{left_out(more, 'output')}\n")
        self.begin()

    def _bounded(self, stream: Any, write: Callable[[str], Any]) -> Callable[[str], Any]:
        def bounded(text: str) -> Any:
            # room for the note that says what is left out: bounded again, the note itself would be
            # cut
            room = KEPT - NOTE - self.size[stream]
            self.size[stream] += len(text)
            if len(text) <= room:
                return write(text)
            kept, rest = text[: max(room, 0)], text[max(room, 0) :]
            if kept:
                write(kept)
            self.lost[stream][0] += rest.count("\n")
            self.lost[stream][1] += len(rest)
            # what a stream answers: the cell need not know that nothing was kept
            return len(text)

        return bounded

    def _shown(self, message: dict[str, Any]) -> dict[str, Any] | None:
        if message.get("msg_type", message.get("header", {}).get("msg_type")) != "display_data":
            return message
        self.shown += 1
        return message if self.shown <= KEPT_OUTPUTS else None
