"""The build of the default study, beside plain scripts that make its tables and figures."""

from __future__ import annotations

import json
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
    found: dict[str, list[Measured]] = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="cohortbook-benchmark-") as folder:
            for name, one in _round(Path(folder)).items():
                found.setdefault(name, []).append(one)
    with tempfile.TemporaryDirectory(prefix="cohortbook-benchmark-") as folder:
        peak = peak_together(_ours(_copied(Path(folder))), ROOT)
    return _text(found, rounds, peak)


def _round(folder: Path) -> dict[str, Measured]:
    root = _copied(folder)
    study, made = str(root / "data" / "wei2026"), folder / "plain"
    made.mkdir()
    here = Path(__file__).parent
    found = {COLD: measure(_ours(root), ROOT)}
    if shutil.which("Rscript"):
        script = ["Rscript", "--vanilla", str(here / "build.R"), study, str(made)]
        found[R] = measure(script, ROOT)
    found[PLAIN] = measure([sys.executable, str(here / "_build_plain.py"), study, str(made)], ROOT)
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


def _text(found: dict[str, list[Measured]], rounds: int, peak: float) -> str:
    whole = {name: found[name] for name in (COLD, R, PLAIN) if name in found}
    wall = {name: [one.wall for one in runs] for name, runs in whole.items()}
    cpu = medians({name: [one.cpu for one in runs] for name, runs in whole.items()})
    rows = [[name, seconds, f"{cpu[name]:.3g}", ratio]
            for name, seconds, ratio in ratio_rows(wall, R if R in wall else PLAIN)]
    after = [[name, f"{medians({name: [one.wall for one in found[name]]})[name]:.3g}",
              f"{medians({name: [one.cpu for one in found[name]]})[name]:.3g}"]
             for name in (SAME, PROSE, ONE)]
    return "\n\n".join([
        f"Medians of {rounds} interleaved rounds; processes of a program are counted together. The "
        "plain scripts make the tables and figures in the same formats, without journal panels, "
        "the specification curve, the bootstrap, exports or a document.",
        table(["program", "wall s", "CPU s", "wall, times the script's"], rows),
        "After the first build:",
        table(["change", "wall s", "CPU s"], after),
        f"Peak memory of a cold build: {peak:.0f} MB, all processes together, shared memory "
        "counted once.",
    ])


def child(root: Path) -> None:
    """Build as the command line does."""
    from helpers.build.request import Request
    from helpers.build.unchanged import published

    request = Request(root / "data" / "wei2026", root, renderer="pandoc")
    if published(request) is None:
        from helpers.build.report import build

        build(request)


if __name__ == "__main__":
    child(Path(sys.argv[1]))
