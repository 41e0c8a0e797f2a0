"""What goes to a journal and to a colleague: figures and tables by number, and every statistic."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ...display.layout.csv_rows import write_rows
from ...results import COLUMNS, NUMBERS, key_of, plain_number
from ..notebooks.execute import Run
from .row_text import printed, printed_p
from .workbook import write_workbook

KINDS = {"Figure": "fig-", "Table": "tbl-"}
PICTURE = re.compile(r"((?:_[A-Z])?(?:_\d+dpi)?\.(?:svg|pdf|png|tiff))")


def export_figures(results: Path, order: Sequence[str], out: Path) -> dict[str, str]:
    """Copy figures as Figure_1.svg and so on, in the order of the report, with a manifest.

    A panel is Figure_1_A.svg, a TIFF of another resolution Figure_1_600dpi.tiff. Figures that the
    report does not show keep their label as name.

    Returns
    -------
    dict
        Label to file name without ending.
    """
    names = _numbered("Figure", order, _labels(results / "figures", "csv"))
    out.mkdir(parents=True, exist_ok=True)
    for label, name in names.items():
        for path in sorted((results / "figures").glob(f"{label}*")):
            ending = PICTURE.fullmatch(path.name.removeprefix(label))
            if ending:
                shutil.copyfile(path, out / f"{name}{ending[1]}")
    write_rows(out / "figures.csv", [("label", "file"), *names.items()])
    return names


def export_tables(results: Path, order: Sequence[str], out: Path) -> dict[str, str]:
    """Copy tables as Table_1.csv and so on, and write all of them into `tables.xlsx`.

    Returns
    -------
    dict
        Label to file name without ending.
    """
    names = _numbered("Table", order, _labels(results / "tables", "json"))
    out.mkdir(parents=True, exist_ok=True)
    sheets = {}
    for label, name in names.items():
        shutil.copyfile(results / "tables" / f"{label}.csv", out / f"{name}.csv")
        table = json.loads((results / "tables" / f"{label}.json").read_text(encoding="utf-8"))
        sheets[name.replace("_", " ")] = table
    write_workbook(sheets, out / "tables.xlsx")
    write_rows(out / "tables.csv", [("label", "file"), *names.items()])
    return names


def _labels(folder: Path, ending: str) -> list[str]:
    return sorted(path.stem for path in folder.glob(f"*.{ending}"))


def _numbered(noun: str, order: Sequence[str], present: Iterable[str]) -> dict[str, str]:
    present = list(present)
    # one that the report shows and that cannot be exported has its number all the same
    shown = [label for label in order if label.startswith(KINDS[noun])]
    numbers = {label: f"{noun}_{number}" for number, label in enumerate(shown, 1)}
    names = {label: name for label, name in numbers.items() if label in present}
    return names | {label: label for label in present if label not in names}


def export_statistics(
    runs: Sequence[Run],
    path: Path,
    alpha: Callable[[str, str], float],
    settings: Mapping[str, Any] | None = None,
    p_decimals: int = 3,
) -> int:
    """Write every statistic of every tidy frame to one JSON file, sorted by key.

    Each has its key, the notebook and frame it comes from, the numbers unrounded, and the text
    that is printed, a P value such that its side of the significance level is seen: `alpha` gives
    the one that was in force, of a notebook and a frame. Frames with other columns
    than `cohortbook.results.COLUMNS` are left out.

    `settings` are those that each notebook was made with, and what differs of single outputs;
    `p_decimals` those of a P value from 0.01 on.

    Returns
    -------
    int
        How many statistics were written.
    """
    rows = [row for run in runs for row in _statistics(run, alpha, p_decimals)]
    rows.sort(key=lambda row: (row["key"], row["notebook"], row["frame"]))
    found = {"statistics": rows, "settings": dict(settings or {})}
    text = json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return len(rows)


def _statistics(
    run: Run, alpha: Callable[[str, str], float], p_decimals: int
) -> Iterable[dict[str, Any]]:
    name = run.notebook.name
    for path in sorted(run.results.glob(f"{name}.*.csv")):
        frame = path.stem.removeprefix(f"{name}.")
        level = alpha(name, frame)
        for row in _read_tidy(path):
            yield {
                "key": key_of(row),
                "notebook": name,
                "frame": frame,
                **{column: plain_number(row[column]) for column in COLUMNS},
                "printed": printed(row),
                "printed_p": printed_p(row, level, p_decimals),
            }


def _read_tidy(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        if next(csv.reader(file), None) != COLUMNS:
            return []
    texts = {column: str for column in COLUMNS if column not in NUMBERS}
    frame = pd.read_csv(
        path,
        dtype=texts,
        keep_default_na=False,
        float_precision="round_trip",
        na_values={column: ["", "nan"] for column in NUMBERS},
    )
    return frame.to_dict("records")
