"""Build clean reports of extreme studies without rendering them, and read every sentence back.

    python tools/words_bed.py [--builds 200] [--seed 0]

Each build is a study of another kind (no events, one event, a separated arm, five endpoints, ties,
tiny arms, ...; `tests/extreme.py`) from another seed. Its notebooks run in this process; each
sentence that tells a statistic is held against `results.json` by code that makes no sentences
(`tests/sentence_reader.py`), and all words, captions and tables are looked through for what no
report may have. Every alarm is printed; the exit code is 1 if there was one. Some five seconds a
build on an idle core; the tests do a few.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from extreme import KINDS, write_study
from whole_report import alarms, whole_report


def read_one(kind: str, seed: int) -> list[str]:
    """Build one report and give its alarms."""
    folder = Path(tempfile.mkdtemp(prefix="words-"))
    try:
        return alarms(whole_report(write_study(kind, seed, folder / "study"), folder / "work"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str] | None = None) -> int:
    """Build and read; give the exit code."""
    parser = argparse.ArgumentParser(description="Read the reports of extreme studies back.")
    parser.add_argument("--builds", type=int, default=200, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of the first studies: %(default)s")
    options = parser.parse_args(arguments)
    alarmed = 0
    for number in range(options.builds):
        kind, seed = KINDS[number % len(KINDS)], options.seed + number // len(KINDS)
        found = read_one(kind, seed)
        alarmed += bool(found)
        print(f"{number + 1}: {kind}, seed {seed}: {len(found)} alarms", flush=True)
        for one in found:
            print(f"    {one}", flush=True)
    print(f"{options.builds} builds, {alarmed} with an alarm.")
    return int(bool(alarmed))


if __name__ == "__main__":
    raise SystemExit(main())
