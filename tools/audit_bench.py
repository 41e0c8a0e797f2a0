"""Measure the auditor on printed results of open papers, each finding judged with its reason.

    python tools/audit_bench.py [FOLDER]

FOLDER (tests/audit_papers if not given) holds one published.yml a paper, NAME.yml, and judged.csv
(paper, key, check, verdict, reason). It prints the tables of docs/audit.md: findings by severity
and verdict, how many conflicts are true, and which true causes were found.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from cohortbook.published import load_published
from cohortbook.published.audit import SEVERITIES, audit

ROOT = Path(__file__).resolve().parents[1]
VERDICTS = ("true", "rounding", "missing", "explained", "not judged")


def findings_of(folder: Path) -> tuple[pd.DataFrame, int]:
    """Give the findings on every paper of a folder with their verdicts, and the numbers read."""
    judged = pd.read_csv(folder / "judged.csv", dtype=str)
    verdicts = {(r.paper, r.key, r.check): r.verdict for r in judged.itertuples()}
    parts, numbers = [], 0
    for path in sorted(folder.glob("*.yml")):
        published = load_published(path)
        numbers += len(published.statistics())
        found = audit(published).assign(paper=path.stem)
        if found.empty:
            continue
        found["verdict"] = [
            verdicts.get((path.stem, r.key, r.check), "not judged") for r in found.itertuples()
        ]
        parts.append(found)
    return pd.concat(parts, ignore_index=True), numbers


def causes_found(folder: Path, found: pd.DataFrame) -> pd.DataFrame:
    """Give the true causes with whether any finding has their key, and how grave it is."""
    judged = pd.read_csv(folder / "judged.csv", dtype=str)
    severity: dict[tuple[str, str], str] = {}
    for row in found.itertuples():
        for key in (row.key, *row.also.split("; ")):
            severity.setdefault((row.paper, key), row.severity)
    true = judged[judged["verdict"] == "true"].copy()
    true["found"] = [severity.get((r.paper, r.key), "not found") for r in true.itertuples()]
    return true


def main(folder: Path = ROOT / "tests" / "audit_papers") -> None:
    """Print the tables."""
    found, numbers = findings_of(folder)
    papers = len(list(folder.glob("*.yml")))
    print(f"{papers} papers, {numbers} printed numbers, {len(found)} findings\n")
    print("| severity | " + " | ".join(VERDICTS) + " | of them true |")
    print("|---" * (len(VERDICTS) + 2) + "|")
    for severity in SEVERITIES:
        part = found[found["severity"] == severity]
        counts = [int((part["verdict"] == verdict).sum()) for verdict in VERDICTS]
        share = f"{100 * counts[0] / len(part):.0f} %" if len(part) else ""
        print(f"| {severity} | " + " | ".join(map(str, counts)) + f" | {share} |")
    true = causes_found(folder, found)
    print("\n| check | true causes | called conflict | found |")
    print("|---|---|---|---|")
    for check, part in [*true.groupby("check"), ("all", true)]:
        conflicts = int((part["found"] == "conflict").sum())
        told = int((part["found"] != "not found").sum())
        print(f"| {check} | {len(part)} | {conflicts} | {told} |")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
