"""Hold the stored outputs of real studies against other machines: `cohortbook test`, many ways.

Each study is copied, its outputs are stored, and it is tested again, every notebook run anew, under
other locales, time zones, hash seeds, numbers of cores and widths of the terminal. Nothing may be
said to have changed, and what is accepted must be the same bytes.

    python tools/stable_tests.py data/wei2026 data/hcc-cxcl17    # ten minutes a study
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ELSEWHERE = {
    "german letters and commas, Tokyo, one core, a narrow terminal": {
        "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1", "COLUMNS": "31",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "WORKERS": "1", "TERM": "dumb",
    },
    "turkish letters, Honolulu, more workers, a wide terminal with colours": {
        "LANG": "tr_TR.UTF-8", "LC_NUMERIC": "fr_FR.UTF-8", "TZ": "Pacific/Honolulu",
        "PYTHONHASHSEED": "77", "COLUMNS": "300", "LINES": "9", "OPENBLAS_NUM_THREADS": "4",
        "OMP_NUM_THREADS": "4", "WORKERS": "3", "FORCE_COLOR": "1", "MPLBACKEND": "svg",
    },
    "no locale": {"LC_ALL": "C", "LANG": "C", "TZ": "UTC", "PYTHONHASHSEED": "0", "WORKERS": "2"},
}  # fmt: skip


def test_study(study: Path, *words: str, **elsewhere: str) -> str:
    """Run `cohortbook test` on a copy, as a command; give what it printed.

    Raises
    ------
    SystemExit
        With all that it printed, if it found a difference.
    """
    workers = elsewhere.pop("WORKERS", "2")
    command = [sys.executable, "-m", "cohortbook.entry", "test", str(study), *words]
    command += ["--workers", workers]
    environment = os.environ | elsewhere
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{study.name}, {' '.join(words)}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def stored(study: Path) -> dict[str, bytes]:
    """Give what is stored of a study, by file."""
    return {path.name: path.read_bytes() for path in sorted((study / "expected").iterdir())}


def hold(study: Path, ways: dict[str, dict[str, str]], accept: bool = True) -> list[str]:
    """Test a study under each way; give a line for each that agreed."""
    told = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / study.name
        shutil.copytree(study, copy, ignore=shutil.ignore_patterns("expected"))
        test_study(copy)
        before = stored(copy)
        for name, elsewhere in ways.items():
            test_study(copy, "--fresh", **elsewhere)
            if accept:  # kept from the run before: only stored again
                test_study(copy, "--accept", **elsewhere)
            if stored(copy) != before:
                raise SystemExit(f"{study.name}, {name}: other bytes were stored")
            told.append(f"{study.name}, {len(before)} notebooks: the same under {name}")
    return told


if __name__ == "__main__":
    for given in sys.argv[1:] or ["data/wei2026", "data/hcc-cxcl17"]:
        print(*hold(Path(given), ELSEWHERE), sep="\n", flush=True)
