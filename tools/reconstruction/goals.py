"""The goals of the reconstruction, and which of them core tables reach, as a table.

``python -m reconstruction.goals CORE.csv [CORE.csv ...]``
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .score import summary
from .targets import PUBLISHED, load_targets

Found = dict[str, float]


@dataclass(frozen=True)
class Goal:
    """A goal: what is asked, the key of `score.summary` it reads, and when it holds."""

    asked: str
    key: str
    holds: Callable[[float], bool]
    digits: int = 0


GOALS = (
    # first what a reader sees: counts, medians, and what a test is said to show
    Goal("Table I: contradictions, none", "table_1_problems", lambda n: n == 0),
    Goal("age, Mann-Whitney P 0.555", "age_p", lambda p: abs(p - 0.555) < 0.0005, 3),
    Goal("medians exact by both rules, 10", "medians_both_rules", lambda n: n == 10),
    Goal("log-rank P, PFS, below 0.001", "logrank_pfs_all", lambda p: p < 0.001, 5),
    Goal(
        "log-rank P, PFS, AFP >= 400, below 0.001", "logrank_pfs_afp_high", lambda p: p < 0.001, 5
    ),
    Goal("log-rank P, PFS, AFP < 400, above 0.05", "logrank_pfs_afp_low", lambda p: p > 0.05, 3),
    Goal(
        "log-rank P, OS, AFP >= 400, 0.042",
        "logrank_os_afp_high",
        lambda p: abs(p - 0.042) < 0.0005,
        4,
    ),
    Goal("log-rank P, OS, AFP < 400, above 0.05", "logrank_os_afp_low", lambda p: p > 0.05, 3),
    # then the ratios and their P
    Goal("hazard ratios within 1.5 %, 44 of 44", "hr_within_1.5", lambda n: n == 44),
    Goal("P on the printed side of 0.05, 44 of 44", "p_side", lambda n: n == 44),
    # then their limits
    Goal("ratios and limits within 5 %, 132 of 132", "within_5", lambda n: n == 132),
    Goal("rms error of ratios and limits, at most 1.3 %", "rms", lambda x: x <= 1.3, 2),
)
FURTHER = (  # wishes that a ladder counts too when it chooses among cohorts
    Goal("ratios and limits within 2 %, of 132", "within_2", lambda n: n >= 120),
    Goal("P within 0.02 of print, of 44", "p_within_0.02", lambda n: n >= 40),
    Goal("rms error at most 1.1 %", "rms", lambda x: x <= 1.1),
)
STATED = {  # for the record, without a goal
    "ratios and limits within 2 %, of 132": ("within_2", 0),
    "P within 0.02 of print, of 44": ("p_within_0.02", 0),
    "log-rank P, OS, printed 0.008, which cannot be met": ("logrank_os_all", 3),
    "largest error of a ratio, %": ("worst_hr", 2),
    "largest error of a ratio or limit, %": ("worst", 2),
    "ratios and limits equal at print's decimals, of 132": ("exact", 0),
    "P equal at print's decimals, of 44": ("p_exact", 0),
    "deaths": ("deaths", 0),
    "PFS events": ("pfs_events", 0),
    "lost to follow-up before month 17": ("lost_before_17_months", 0),
    "largest correlation of two covariates": ("correlation", 2),
}


def missed(found: Found, goals: Iterable[Goal] = GOALS) -> list[str]:
    """Name the goals that a summary does not reach."""
    return [goal.asked for goal in goals if not goal.holds(found[goal.key])]


def scoreboard(summaries: dict[str, Found]) -> pd.DataFrame:
    """Give goals by core tables: what was found, with a cross where the goal is missed."""
    rows = {
        goal.asked: [
            f"{found[goal.key]:.{goal.digits}f}" + ("" if goal.holds(found[goal.key]) else " ✗")
            for found in summaries.values()
        ]
        for goal in GOALS
    }
    rows["goals reached"] = [
        f"{len(GOALS) - len(missed(found))} of {len(GOALS)}" for found in summaries.values()
    ]
    rows |= {
        text: [f"{found[key]:.{digits}f}" for found in summaries.values()]
        for text, (key, digits) in STATED.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(summaries))


def markdown(table: pd.DataFrame) -> str:
    """Give a scoreboard as a Markdown table."""
    head = ["", *table.columns]
    lines = [
        head,
        ["---"] * len(head),
        *([name, *row] for name, row in zip(table.index, table.to_numpy(), strict=True)),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the scoreboard of core tables; the exit code is 1 when the first misses a goal."""
    parser = argparse.ArgumentParser(
        prog="reconstruction.goals",
        description=("Compare core tables with the goals of the reconstruction."),
    )
    parser.add_argument("core", type=Path, nargs="+")
    parser.add_argument("--published", type=Path, default=PUBLISHED, help="default: %(default)s")
    options = parser.parse_args(arguments)
    targets = load_targets(options.published)
    found = {path.stem: summary(pd.read_csv(path), targets) for path in options.core}
    print(markdown(scoreboard(found)))
    return int(bool(missed(next(iter(found.values())))))


if __name__ == "__main__":
    raise SystemExit(main())
