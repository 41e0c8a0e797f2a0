"""Rebuild the cohort: ``python -m reconstruction rebuild --checkpoint DIR --out STUDY``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from pathlib import Path

import pandas as pd

from cohortbook.errors import CohortbookError

PUBLISHED = Path("data/wei2026/published.yml")
CHAIN = Path("data/wei2026/reconstruction/chain.yml")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="reconstruction",
        description=(
            "Search for 52 synthetic patients whose re-analysis gives back the printed tables. "
            "The same options give the same cohort; an interrupted run can go on."
        ),
    )
    commands = parser.add_subparsers(dest="command", required=True)
    rebuild = commands.add_parser("rebuild", help="run the recorded search and write the study")
    rebuild.add_argument(
        "--chain",
        type=Path,
        default=CHAIN,
        help="recorded stages, seeds and settings; default: %(default)s",
    )
    rebuild.add_argument("--out", type=Path, required=True, help="folder of the study")
    search = commands.add_parser("search", help="one run of the search")
    _settings(search)
    search.add_argument("--start", type=Path, help="core CSV to begin from (default: random)")
    search.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    search.add_argument("--out", type=Path, help="also write the best core table here")
    for command in (rebuild, search):
        command.add_argument(
            "--published",
            type=Path,
            default=PUBLISHED,
            help="printed results to aim at; default: %(default)s",
        )
        command.add_argument(
            "--checkpoint", type=Path, required=True, help="folder for the checkpoints"
        )
    return parser.parse_args(arguments)


def _settings(parser: argparse.ArgumentParser) -> None:
    """Add the settings of a run."""
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument(
        "--evaluations",
        type=int,
        default=200_000_000,
        help="cohorts to try, some 300,000 a second; default: %(default)s",
    )
    parser.add_argument("--hot", type=float, default=20.0, help="first temperature: %(default)s")
    parser.add_argument("--cold", type=float, default=0.4, help="last temperature: %(default)s")
    parser.add_argument("--deaths", type=int, default=24, help="aim; default: %(default)s")
    parser.add_argument("--pfs-events", type=int, default=44, help="aim; default: %(default)s")
    parser.add_argument(
        "--power",
        type=float,
        default=0.5,
        help="of the cost of rows that are far off; default: %(default)s",
    )
    parser.add_argument(
        "--pfs-weight", type=float, default=1.0, help="of all costs of PFS; default: %(default)s"
    )
    parser.add_argument(
        "--row-weight",
        action="append",
        default=[],
        type=_weight,
        dest="row_weights",
        metavar="ROW=WEIGHT",
        help="of one row, as os/univariable/afp_ge400=8",
    )
    parser.add_argument("--hold-women", action="store_true", help="keep a PFS event for each woman")
    parser.add_argument(
        "--combination-median", type=float, help="OS median to aim at in place of the printed one"
    )
    parser.add_argument(
        "--combination-weight",
        type=float,
        default=1.0,
        help="of that median, times the others': %(default)s",
    )
    parser.add_argument(
        "--strict",
        type=float,
        default=1.0,
        help="of the extra cost of rows that miss a goal: %(default)s",
    )
    parser.add_argument(
        "--rungs",
        type=int,
        default=1,
        help="cohorts at as many temperatures, which change places: %(default)s",
    )
    parser.add_argument(
        "--strict-fall",
        type=float,
        default=0.6,
        help="ratio of a rung's extra cost to the colder one's: %(default)s",
    )
    parser.add_argument(
        "--give-rung", type=int, help="give the cheapest cohort of this rung, 0 the coldest"
    )
    parser.add_argument(
        "--give-last",
        action="store_true",
        help="give the cohort in which the run ends, not the best",
    )
    parser.add_argument(
        "--logrank-os",
        type=float,
        default=1.0,
        help="weight of the log-rank P of OS in AFP >= 400: %(default)s",
    )
    parser.add_argument(
        "--logrank-low",
        type=float,
        default=1.0,
        help="weight of the log-rank P of PFS in AFP < 400: %(default)s",
    )
    parser.add_argument(
        "--pfs-groups",
        type=int,
        nargs=4,
        default=(-1, -1, -1, -1),
        metavar="EVENTS",
        help="PFS events to aim at by arm and AFP (ICI low, ICI high, combination low, high); "
        "-1: free",
    )
    parser.add_argument(
        "--leg",
        type=int,
        default=2_000_000,
        help="evaluations between two checkpoints: %(default)s",
    )
    parser.add_argument(
        "--weights",
        type=float,
        nargs=3,
        default=(1.0, 1.0, 0.5),
        metavar=("MEDIAN", "LOGRANK", "LOST"),
        help="of medians, log-rank tests of PFS and patients lost: %(default)s",
    )


def _weight(text: str) -> tuple[str, float]:
    row, _, weight = text.rpartition("=")
    return row, float(weight)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code is 1 when it cannot start."""
    options = parse(arguments)
    try:
        from . import score, targets

        goals = targets.load_targets(options.published)
        core = (_rebuild if options.command == "rebuild" else _search)(options, goals)
    except ImportError:
        print('The search needs numba: pip install "cohortbook[search]".', file=sys.stderr)
        return 1
    except CohortbookError as error:
        print(error, file=sys.stderr)
        return 1
    print(score.report(core, goals))
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _rebuild(options: argparse.Namespace, goals: object) -> pd.DataFrame:
    """Run the recorded search and write the study."""
    from . import chain

    recorded = chain.load_chain(options.chain)
    core = chain.run_chain(recorded, goals, options.checkpoint, _say)
    for path in chain.rebuild(recorded, core, options.out):
        _say(str(path))
    return core


def _search(options: argparse.Namespace, goals: object) -> pd.DataFrame:
    """Do one run, from a core table, from a random one or from a checkpoint."""
    from . import chain, search, start

    if options.resume:
        best = chain.resume(goals, options.checkpoint, _say)
    else:
        told = {item.name: getattr(options, item.name) for item in fields(search.Settings)}
        settings = search.Settings(
            **told
            | {name: tuple(told[name]) for name in search.PAIRS}
            | {"row_weights": dict(told["row_weights"])}
        )
        core = (
            pd.read_csv(options.start) if options.start else start.random_core(options.seed, goals)
        )
        best = chain.run_stage(settings, core, goals, options.checkpoint, _say)
    if options.out:
        best.to_csv(options.out, index=False, lineterminator="\n")
    return best


if __name__ == "__main__":
    sys.exit(main())
