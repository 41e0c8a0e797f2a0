"""The build of the default study, beside plain scripts that make its tables and figures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ._figure_files import exported, of_notebooks, whole, written
from ._process import Measured, measure, peak_together
from ._table import medians, ratio_rows, table

TITLE = "The report of the default study"
ROOT = Path(__file__).parents[1]
COPIED = ("notebooks", "report", "data/wei2026", "_quarto.yml")
COMPARED = ("01", "02", "03", "04", "05")  # notebooks whose figures and tables the scripts make
COLD, R, PLAIN = "cohortbook, nothing cached", "plain R script", "plain lifelines + matplotlib"
PANELS = " with panels"
SCRIPTS = (R, R + PANELS, PLAIN, PLAIN + PANELS)
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
        root = _copied(Path(folder))
        programs = _programs(root, Path(folder))
        peaks = {name: peak_together(command, ROOT) for name, command in programs.items()}
        files = {name: written(_made(Path(folder), name)) for name in programs if name != COLD}
        files[COLD] = exported(root / "_output" / "wei2026")
    return _text(found, rounds, peaks, busy, files)


def _programs(root: Path, folder: Path) -> dict[str, list[str]]:
    """Give the commands that are compared; what the plain scripts write goes into `folder`."""
    study, here = str(root / "data" / "wei2026"), Path(__file__).parent
    start = {
        R: ["Rscript", "--vanilla", str(here / "build.R")],
        PLAIN: [sys.executable, str(here / "_build_plain.py")],
    }
    programs = {COLD: _ours(root)}
    for name in SCRIPTS:
        script = name.removesuffix(PANELS)
        if script == PLAIN or r_is_there():
            made = _made(folder, name)
            made.mkdir(parents=True)
            programs[name] = [*start[script], study, str(made)]
            if name != script:
                programs[name].append("panels")
    return programs


def _made(folder: Path, name: str) -> Path:
    return folder / "made" / name


def r_is_there() -> bool:
    """Say whether R is installed, with the packages that the script needs."""
    if not shutil.which("Rscript"):
        return False
    needed = ["Rscript", "-e", "library(survival); library(png)"]
    return subprocess.run(needed, capture_output=True, check=False).returncode == 0


def _round(folder: Path, number: int) -> dict[str, Measured]:
    root = _copied(folder)
    programs = list(_programs(root, folder).items())
    first = number % len(programs)  # each program comes first in turn
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
    found: dict[str, list[Measured]],
    rounds: int,
    peaks: dict[str, float],
    busy: float,
    files: dict[str, set[str]],
) -> str:
    programs = [name for name in (COLD, *SCRIPTS) if name in found]
    script = R if R in programs else PLAIN
    ratios = {
        (kind, base): ratio_rows(
            {name: [getattr(one, kind) for one in found[name]] for name in programs}, base
        )
        for kind in ("wall", "cpu")
        for base in (script, script + PANELS)
    }
    rows = []
    for place, name in enumerate(programs):
        cells = [name, str(len(files[name]))]
        for kind in ("wall", "cpu"):
            _, seconds, to_whole = ratios[kind, script][place]
            cells += [seconds, to_whole, ratios[kind, script + PANELS][place][2]]
        rows.append([*cells, f"{peaks[name]:.0f}"])
    _, _, _, wall, wall_panels, _, cpu, cpu_panels, _ = rows[0]
    after = [
        [
            name,
            f"{medians({name: [one.wall for one in found[name]]})[name]:.3g}",
            f"{medians({name: [one.cpu for one in found[name]]})[name]:.3g}",
        ]
        for name in (SAME, PROSE, ONE)
    ]
    return "\n\n".join(
        [
            f"Medians of {rounds} interleaved rounds on {os.cpu_count()} processors, whose load "
            f"was {busy:.1f} before; ratios are medians of the rounds' ratios. Processes of a "
            "program are counted together. The plain scripts make the tables and figures of "
            f"notebooks {COMPARED[0]} to {COMPARED[-1]}, at the same size, each figure in the same "
            "files (SVG, PDF, PNG, TIFF of 300 and 600 dpi); with panels, each lettered panel in "
            "files of its own too, as the report has it. They make no robustness analyses, no "
            "comparison with published results, no other exports and no document.",
            table(
                [
                    "program",
                    "figure files",
                    "wall s",
                    f"times {script}",
                    f"times it{PANELS}",
                    "CPU s",
                    f"times {script}",
                    f"times it{PANELS}",
                    "peak MB",
                ],
                rows,
            ),
            f"{_same(files)} With nothing cached, cohortbook takes {wall} times the wall time and "
            f"{cpu} times the CPU time of the {script} of whole figures, and {wall_panels} and "
            f"{cpu_panels} times those of the one that makes the panels too.",
            "After the first build:",
            table(["change", "wall s", "CPU s"], after),
            "Peak memory is of all processes of a program together, shared memory counted once, in "
            "one further run.",
        ]
    )


def _same(files: dict[str, set[str]]) -> str:
    """Say how many figure files are of the notebooks compared, and whether each script has them."""
    notebooks = [
        path for path in (ROOT / "notebooks").glob("*.ipynb") if path.name.startswith(COMPARED)
    ]
    shared = of_notebooks(files[COLD], notebooks)
    apart = {
        name: (shared if name.endswith(PANELS) else whole(shared)) ^ files[name]
        for name in SCRIPTS
        if name in files
    }
    told = [f"{name} differs in {len(names)} of them" for name, names in apart.items() if names]
    return (
        f"Of the {len(files[COLD])} figure files of cohortbook {len(shared)} are of these "
        f"notebooks, {len(whole(shared))} of them whole figures; "
        f"{', '.join(told) or 'the scripts write files of the same names'}."
    )


def child(root: Path) -> None:
    """Build as the command line does."""
    from cohortbook.build.notebooks.begin import begun
    from cohortbook.build.request import Request
    from cohortbook.build.unchanged import published

    request = Request(root / "data" / "wei2026", root, renderer="pandoc")
    if published(request) is None:
        with begun(request) as template:
            from cohortbook.build.report import Watcher, build

            build(request, Watcher(), template)


if __name__ == "__main__":
    child(Path(sys.argv[1]))
