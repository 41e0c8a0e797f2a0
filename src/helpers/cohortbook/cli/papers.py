"""`audit`: the printed numbers of a paper, its tables or its curves, held against one another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..build.request import near
from ..errors import CohortbookError
from .options import write_to

if TYPE_CHECKING:
    from ..published import Published


def audit(
    published: Annotated[
        Path,
        typer.Argument(help="A published.yml, the folder that holds one, or a paper: .xml (JATS), "
                       ".html, .docx, .pdf.", metavar="PUBLISHED"),
    ],
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Also write the findings to this file.")
    ] = None,
    km: Annotated[
        bool,
        typer.Option("--km", help="The file is a Kaplan-Meier figure, PDF or SVG drawn as vectors, "
                     "or a CSV of points clicked along its curves: its steps, and "
                     "the patients behind them, are written beside it."),
    ] = False,
    cohort: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Of a figure: also write a study folder of the "
                     "patients, labelled synthetic; with --witness: where the witness goes "
                     "(default: NAME.witness beside the file). It must not exist."),
    ] = None,
    witness: Annotated[
        bool,
        typer.Option("--witness", help="Search a synthetic cohort that gives the printed survival "
                     "table, or the smallest set of numbers that cannot be held together."),
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the search for a witness.", min=0)] = 1,
    evaluations: Annotated[
        int | None,
        typer.Option(help="Cohorts that the search for a witness tries. Default: as many as about "
                     "two minutes allow.", min=1),
    ] = None,
    draft: Annotated[
        Path | None,
        typer.Option(help="Of a paper: write the draft of its published.yml here. Default: beside "
                     "the paper, as NAME.published.yml."),
    ] = None,
) -> None:  # fmt: skip
    """Compare the printed numbers of a paper with one another; no patient data are needed.

    Of a paper itself the numbers are read first, into a draft of published.yml and an account of
    every cell (NAME.cells.csv): confirm the draft, mend it, and audit it in its turn.

    Ends with exit code 0 if all of them can hold together, 1 if the file cannot be read, and 3 if
    there are findings. docs/published.md says how to write the file, docs/audit.md what is checked.
    """
    if km:
        from ..published.figure_in.report import read_and_write

        lines, agrees, curves = read_and_write(published)
        typer.echo("\n".join(lines))
        written = cohort is None or _cohort_of_figure(cohort, published, curves)
        raise typer.Exit(0 if agrees and written else 3)
    if cohort and not witness:
        raise CohortbookError(
            "A cohort is written of a figure, or as a witness.", "--cohort",
            "Give --km or --witness too.",
        )  # fmt: skip
    from ..display.findings import print_findings, write_findings
    from ..published import load_published
    from ..published.audit import audit as find
    from ..published.paper_in import SUFFIXES

    if published.suffix.lower() in SUFFIXES:
        published = _read_paper(published, draft)
    printed = load_published(published)
    if witness:
        raise typer.Exit(0 if _witness(printed, published, cohort, seed, evaluations) else 3)
    findings = find(printed)
    if csv_file:
        write_to(write_findings, findings, csv_file)
    print_findings(findings, len(printed.statistics()))
    if len(findings):
        raise typer.Exit(3)


def _witness(
    printed: Published, path: Path, folder: Path | None, seed: int, evaluations: int | None
) -> bool:
    """Search a witness and write the nearest cohort; tell whether it gives the whole table."""
    try:
        from ..published.witness.find import find_witness
        from ..published.witness.report import lines_of
        from ..published.witness.write import write_witness
    except ModuleNotFoundError as error:
        if error.name != "numba":
            raise
        raise CohortbookError(
            "The search for a witness needs numba.", "--witness",
            'pip install "cohortbook[search]"',
        ) from None  # fmt: skip
    path = path / "published.yml" if path.is_dir() else path
    folder = folder or path.with_suffix(".witness")
    if folder.exists():
        raise CohortbookError(f"{folder} exists.", "--cohort", "Name another folder, or move it.")
    found = find_witness(printed, seed, evaluations, typer.echo, path)
    written = write_witness(found, printed, folder)
    typer.echo("\n".join(lines_of(found, written, str(near(folder)))))
    return found.complete


def _cohort_of_figure(folder: Path, figure: Path, curves: int) -> bool:
    """Write a study of the patients behind a figure; tell whether it is ready for a report."""
    from ..intake import Wishes
    from ..intake.command import run

    if not curves:
        typer.echo("No study is written: of a curve no patients are known.")
        return False
    wishes = Wishes(
        arm="curve" if curves > 1 else None,
        endpoints=("event:time:event",),
        title=f"Patients rebuilt from the Kaplan-Meier figure {figure.name}",
        single_arm=curves == 1,
    )
    rows = [figure.with_suffix(".patients.csv")]
    return not run(folder, rows, wishes, {}, {("data",): ("synthetic",)})


def _read_paper(paper: Path, draft: Path | None) -> Path:
    """Read a paper into a draft of its printed results, beside it; give the draft's path."""
    from ..display.paper_read import print_account, write_account
    from ..published.paper_in import draft_of, read_paper

    target = draft or paper.with_suffix(".published.yml")
    if target.exists():
        raise CohortbookError(
            f"{target} exists and may have been mended by hand.", "",
            f"Audit it (`cohortbook audit {target}`), or name another file with --draft.",
        )  # fmt: skip
    made = draft_of(read_paper(paper))
    write_to(lambda what, path: path.write_text(what, "utf-8"), made.text(), target, "--draft")
    stem = target.name.removesuffix(".yml").removesuffix(".published")
    cells = target.with_name(f"{stem}.cells.csv")
    write_to(write_account, made.account, cells, "--draft")
    print_account(made.account, made.columns)
    for note in made.notes:
        typer.echo(f"not read: {note}")
    typer.echo(f"Draft: {near(target)}; every cell: {near(cells)}.")
    return target
