"""Audit papers in which nothing is inconsistent, then the same papers with one digit changed.

    python tools/audit_consistent.py FOLDER [--show] [--damage N]

FOLDER holds one published.yml a paper, printed from data by tests/reference/audit_tables/make.R:
whatever is called a conflict there is a false alarm. It prints the findings by severity and check,
and the false alarms in ten thousand printed numbers.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import pandas as pd

from cohortbook.published import load_published
from cohortbook.published.audit import SEVERITIES, audit


def findings_of(folder: Path) -> tuple[pd.DataFrame, int, int]:
    """Give the findings on every paper of a folder, the papers and the numbers read."""
    parts, numbers, papers = [], 0, 0
    for path in sorted(folder.glob("*.yml")):
        published = load_published(path)
        numbers += len(published.statistics())
        papers += 1
        found = audit(published).assign(paper=path.stem)
        parts += [] if found.empty else [found]
    return pd.concat(parts, ignore_index=True), papers, numbers


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true", help="print every finding")
    options = parser.parse_args()
    found, papers, numbers = findings_of(options.folder)
    print(f"{papers} papers, {numbers} printed numbers, {len(found)} findings\n")
    print("| check | " + " | ".join(SEVERITIES) + " |")
    print("|---" * (len(SEVERITIES) + 1) + "|")
    for check, part in [*found.groupby("check"), ("all", found)]:
        seen = Counter(part["severity"])
        print(f"| {check} | " + " | ".join(str(seen[x]) for x in SEVERITIES) + " |")
    conflicts = int((found["severity"] == "conflict").sum())
    print(f"\nfalse alarms (conflicts): {conflicts}, {1e4 * conflicts / numbers:.2f} in 10,000")
    if options.show:
        for row in found.itertuples():
            print(f"\n[{row.severity}] {row.paper} {row.where} {row.key}\n  {row.message}")
            if row.proof:
                print(f"  proof: {row.proof}")


if __name__ == "__main__":
    main()
