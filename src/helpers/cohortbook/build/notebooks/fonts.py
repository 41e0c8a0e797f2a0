"""The list of fonts that matplotlib has in a build: those that come with it, whatever else is here.

matplotlib reads every font of a machine when it has no list yet: damaged ones make it talk on
stderr, and one that bears the name of another may be taken for it. The list is made once, by a
process of its own, and kept where kernels look for it. Of the machine it holds only the fonts with
letters that DejaVu Sans lacks (see `display.letters`).

Run as `python -m cohortbook.build.notebooks.fonts FILE`, with an empty folder as MPLCONFIGDIR.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ...processes import run
from ...scratch import scratch_folder

MADE = "own-fonts.txt"
SECONDS = 120
NAMES = "fontlist-*.json"


def own_fonts(folder: Path) -> None:
    """Make the list of fonts in `folder` if it is not there for this matplotlib.

    If it cannot be made nothing is: matplotlib then reads the fonts of the machine.
    """
    # a list of another version of matplotlib has another form, and may lack its fonts
    note = folder / MADE
    if note.is_file() and note.read_text(encoding="utf-8") == version("matplotlib"):
        return
    if not (made := _made(os.environ.get("HOME", ""))):
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (made, (MADE, version("matplotlib"))):
        # under another name until it is whole; the note comes last, so that a list without one
        # is made again
        unfinished = folder / f".{name}.{os.getpid()}"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(folder / name)


@cache
def _made(home: str) -> tuple[str, str] | None:
    """Give the list's name and text, made once for each home: what is installed there counts."""
    with scratch_folder() as scratch:
        environment = {**os.environ, "MPLCONFIGDIR": str(scratch), "MPLBACKEND": "agg"}
        made = scratch / "made"
        try:
            done = run([sys.executable, "-m", __name__, made], timeout=SECONDS, env=environment)
        except subprocess.TimeoutExpired:
            return None
        names = [path.name for path in scratch.glob(NAMES)]
        if done.returncode or len(names) != 1:
            return None
        return names[0], made.read_text("utf-8")


def write_list(target: Path) -> None:
    """Write the list of this process's matplotlib, but for the fonts of the machine."""
    import matplotlib
    from matplotlib import font_manager

    from ...display.drawing.letters import WIDER

    came_with_it = Path(matplotlib.get_data_path())
    fonts = font_manager.fontManager
    for kind in ("afmlist", "ttflist"):
        kept = [font for font in getattr(fonts, kind)
                if Path(font.fname).is_relative_to(came_with_it) or font.name in WIDER]  # fmt: skip
        setattr(fonts, kind, kept)
    font_manager.json_dump(fonts, target)


if __name__ == "__main__":
    write_list(Path(sys.argv[1]))
