"""Edit a report's DOCX five hundred times at random, take each back, build again, and look.

`python tools/word_edits.py [HOW MANY] [FIRST SEED]`: no value may change, no comment be lost, and
each edit that was accepted must stand in the next DOCX. A quarter of an hour for five hundred.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from docx_edits import build, missing_after, report, wrong_with


def main(count: int = 500, first: int = 0) -> int:
    """Try `count` seeds; give how many went wrong."""
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project, study = report(folder)
        docx = build(project, folder / "out")
        for seed in range(first, first + count):
            here = folder / str(seed)
            here.mkdir()
            own, other = (shutil.copytree(study, here / which) for which in ("one", "two"))
            wrong = wrong_with(seed, docx, own, here)
            wrong += missing_after(seed, docx, other, project, here)
            failed += bool(wrong)
            for line in wrong:
                print(f"seed {seed}: {line}")
            shutil.rmtree(here)
    print(f"{count} seeds, {failed} went wrong.")
    return failed


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:]))))
