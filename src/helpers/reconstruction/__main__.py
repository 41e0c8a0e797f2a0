"""Rebuild the cohort by search: ``python -m helpers.reconstruction --seed 1 --checkpoint DIR``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from ..errors import CohortbookError


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="helpers.reconstruction", description=(
        "Search for 52 synthetic patients whose re-analysis gives back the printed tables. "
        "The same options give the same cohort; an interrupted run goes on with --resume."))
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--evaluations", type=int, default=200_000_000,
                        help="cohorts to try, some 300,000 a second; default: %(default)s")
    parser.add_argument("--hot", type=float, default=20.0, help="first temperature: %(default)s")
    parser.add_argument("--cold", type=float, default=0.4, help="last temperature: %(default)s")
    parser.add_argument("--deaths", type=int, default=24, help="aim; default: %(default)s")
    parser.add_argument("--pfs-events", type=int, default=43, help="aim; default: %(default)s")
    parser.add_argument("--start", type=Path, help="core CSV to begin from (default: random)")
    parser.add_argument("--published", type=Path, default=Path("data/wei2026/published.yml"),
                        help="printed results to aim at; default: %(default)s")
    parser.add_argument("--checkpoint", type=Path, required=True,
                        help="folder for checkpoint.npz and best.csv")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--out", type=Path, help="also write the best core table here")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the search; the exit code is 1 when it cannot start."""
    options = parse(arguments)
    try:
        from . import score, search, start, targets
    except ImportError:
        print('The search needs numba: pip install "cohortbook[search]".', file=sys.stderr)
        return 1
    try:
        goals = targets.load_targets(options.published)
        problem = search.make_problem(goals, options.deaths, options.pfs_events)
        if options.resume:
            run = search.load(options.checkpoint)
        else:
            settings = search.Settings(options.seed, options.evaluations, options.hot,
                                       options.cold)
            core = (pd.read_csv(options.start) if options.start
                    else start.random_core(options.seed))
            run = search.begin(settings, core, problem)
        best = search.search(run, problem, options.checkpoint,
                             lambda line: print(line, flush=True))
    except CohortbookError as error:
        print(error, file=sys.stderr)
        return 1
    if options.out:
        best.to_csv(options.out, index=False, lineterminator="\n")
    print(score.report(best, goals))
    return 0


if __name__ == "__main__":
    sys.exit(main())
