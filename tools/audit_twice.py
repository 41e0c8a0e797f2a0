"""Hold the printed results of the open papers to a second copy of the same tables.

    python tools/audit_twice.py [FOLDER]

FOLDER (tests/audit_papers if not given) holds one published.yml a paper, NAME.yml, and second.txt:
under `# NAME` one line an item (a variable with its levels, a summary, a ratio), `label: numbers`.
Numbers are compared as printed, item with item, whatever their order within it. It prints how many
numbers of which papers were copied twice and every item that one copy has and the other has not;
exit code 1 if there is any.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
ITEMS = ("counts", "summaries", "ratios", "survival")
PRINTED = (
    "p",
    "smd",
    "cells",
    "levels",
    "groups",
    "ci",
    "effects",
    "hr",
    "logrank",
    "median",
    "events",
)
NUMBER = re.compile(r"[<>]?\d*\.?\d+(?:/\d+)?")


def numbers(value: object) -> list[str]:
    """Give the numbers of a value of the file as printed, with a nought before a bare point."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers(part)]
    if isinstance(value, bool) or value is None:
        return []
    return [re.sub(r"^([<>]?)\.", r"\g<1>0.", number) for number in NUMBER.findall(str(value))]


def first_copy(path: Path) -> list[tuple[str, list[str]]]:
    """Give the items of a published.yml: where each stands, and its numbers in order of size."""
    items = []
    for block in yaml.safe_load(path.read_text("utf-8"))["blocks"]:
        for item in (item for kind in ITEMS for item in block.get(kind, [])):
            label = f"{block['where']}: {item.get('term', item.get('endpoint'))}"
            printed = {
                key: part for key, part in item.items() if key in PRINTED or "percent" in key
            }
            items.append((label, sorted(numbers(printed))))
    return items


def second_copy(path: Path) -> dict[str, list[tuple[str, list[str]]]]:
    """Give by paper the lines of second.txt: label, and its numbers in order of size."""
    papers: dict[str, list[tuple[str, list[str]]]] = {}
    rows: list[tuple[str, list[str]]] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# "):
            rows = papers.setdefault(line[2:], [])
        elif papers and line:
            label, _, printed = line.partition(": ")
            rows.append((label, sorted(printed.split())))
    return papers


def differences(folder: Path) -> list[str]:
    """Give every item of either copy that the other does not have."""
    told = []
    for paper, rows in second_copy(folder / "second.txt").items():
        left = first_copy(folder / f"{paper}.yml")
        for label, printed in rows:
            like = next((item for item in left if item[1] == printed), None)
            if like is None:
                told.append(f"{paper}, second copy, {label}: {' '.join(printed)}")
            else:
                left.remove(like)
        told += [f"{paper}, first copy, {label}: {' '.join(printed)}" for label, printed in left]
    return told


def main(folder: Path = ROOT / "tests" / "audit_papers") -> None:
    """Print what was copied twice and what differs."""
    twice = second_copy(folder / "second.txt")
    total = sum(len(printed) for rows in twice.values() for _, printed in rows)
    once = [path.stem for path in sorted(folder.glob("*.yml")) if path.stem not in twice]
    told = differences(folder)
    print(f"{total} numbers of {len(twice)} papers copied twice; once only: {', '.join(once)}")
    print("\n".join(told) or "The two copies agree.")
    sys.exit(bool(told))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
