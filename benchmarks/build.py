"""The build of the default study, beside plain scripts that make its tables and figures."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from ._process import Measured, measure, peak_together
from ._table import medians, ratio_rows, table

TITLE = "The report of the default study"
ROOT = Path(__file__).parents[1]
COPIED = ("notebooks", "report", "data/wei2026", "_quarto.yml")
COLD, R, PLAIN = "cohortbook, nothing cached", "plain R script", "plain lifelines + matplotlib"
SAME, PROSE, ONE = "nothing changed", "prose changed", "one notebook changed"


def run(rounds: int) -> str:
    """Measure cold builds and what changes cost, rounds interleaved; give Markdown."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    found: dict[str, list[Measured]] = {}
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="cohortbook-benchmark-") as folder:
            for name, one in _round(Path(folder), number).items():
                found.setdefault(name, []).append(one)
    with tempfile.TemporaryDirectory(prefix="cohortbook-benchmark-") as folder:
        programs = _programs(_copied(Path(folder)), Path(folder))
        peaks = {name: peak_together(command, ROOT) for name, command in programs.items()}
    return _text(found, rounds, peaks, busy)


def _programs(root: Path, folder: Path) -> dict[str, list[str]]:
    """Give the commands that are compared; what the plain scripts write goes to `folder`."""
    study, made, here = str(root / "data" / "wei2026"), folder / "plain", Path(__file__).parent
    made.mkdir()
    programs = {
        COLD: _ours(root),
        R: ["Rscript", "--vanilla", str(here / "build.R"), study, str(made)],
        PLAIN: [sys.executable, str(here / "_build_plain.py"), study, str(made)],
    }
    return {name: programs[name] for name in programs if name != R or shutil.which("Rscript")}


def _round(folder: Path, number: int) -> dict[str, Measured]:
    root = _copied(folder)
    programs = list(_programs(root, folder).items())
    first = number % len(programs)  # each program comes first in one round of three
    turns = programs[first:] + programs[:first]
    found = {name: measure(command, ROOT) for name, command in turns}
    found[SAME] = measure(_ours(root), ROOT)
    with (root / "report" / "index.qmd").open("a", encoding="utf-8") as file:
        file.write("\nOne more sentence.\n")
    found[PROSE] = measure(_ours(root), ROOT)
    _change(root / "notebooks" / "05-safety.ipynb")
    found[ONE] = measure(_ours(root), ROOT)
    return found


def _copied(folder: Path) -> Path:
    root = folder / "project"
    for name in COPIED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, root / name)
    return root


def _change(notebook: Path) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cell = next(cell for cell in content["cells"] if cell["cell_type"] == "markdown")
    cell["source"] = [*cell["source"], "\n\nOne more sentence."]
    notebook.write_text(json.dumps(content), encoding="utf-8")


def _ours(root: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.build", str(root)]


def _text(
    found: dict[str, list[Measured]], rounds: int, peaks: dict[str, float], busy: float
) -> str:
    whole = {name: found[name] for name in (COLD, R, PLAIN) if name in found}
    base = R if R in whole else PLAIN
    wall = ratio_rows({name: [one.wall for one in runs] for name, runs in whole.items()}, base)
    cpu = ratio_rows({name: [one.cpu for one in runs] for name, runs in whole.items()}, base)
    rows = [[name, seconds, ratio, *work[1:], f"{peaks[name]:.0f}"]
            for (name, seconds, ratio), work in zip(wall, cpu, strict=True)]
    after = [[name, f"{medians({name: [one.wall for one in found[name]]})[name]:.3g}",
              f"{medians({name: [one.cpu for one in found[name]]})[name]:.3g}"]
             for name in (SAME, PROSE, ONE)]
    return "\n\n".join([
        f"Medians of {rounds} interleaved rounds on {os.cpu_count()} processors, whose load was "
        f"{busy:.1f} before; ratios are medians of the rounds' ratios to the {base}. Processes of "
        "a program are counted together. The plain scripts make the tables and figures in the same "
        "formats, without journal panels, the specification curve, the bootstrap, exports or a "
        "document.",
        table(["program", "wall s", "ratio", "CPU s", "ratio", "peak MB"], rows),
        "After the first build:",
        table(["change", "wall s", "CPU s"], after),
        "Peak memory is of all processes of a program together, shared memory counted once, in one "
        "further run.",
    ])


def child(root: Path) -> None:
    """Build as the command line does."""
    from helpers.build.begin import begun
    from helpers.build.request import Request
    from helpers.build.unchanged import published

    request = Request(root / "data" / "wei2026", root, renderer="pandoc")
    if published(request) is None:
        with begun(request) as template:
            from helpers.build.report import Watcher, build

            build(request, Watcher(), template)


if __name__ == "__main__":
    child(Path(sys.argv[1]))
