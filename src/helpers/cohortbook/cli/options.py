"""What the commands share: options that several take, and how their texts are read."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ..build.request import FORMATS, SLIDES
from ..errors import CohortbookError

# Commands import what they need when they run: `--help` answers at once.

JOURNALS = sorted(
    path.stem for path in (Path(__file__).parents[1] / "study" / "journals").glob("*.yml")
)
StudyFolder = Annotated[
    Path, typer.Argument(help="A study folder: study.yml and its tables.", metavar="STUDY")
]
PagePort = Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")]
OpenBrowser = Annotated[
    bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Run every notebook, also those that did not change.")
]
Workers = Annotated[int, typer.Option(min=0, help="Notebooks run at a time; 0 is one a processor.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="[NOTEBOOK.]NAME=VALUE",
        help="Set a parameter of all notebooks that have it, or of one: "
        "03-survival.conf_level=0.9; may be given again. `report STUDY --settings` lists them.",
    ),
]


class Renderer(StrEnum):
    """Who makes the documents."""

    auto = "auto"
    quarto = "quarto"
    pandoc = "pandoc"


def formats_in(text: str, others: bool = False) -> tuple[str, ...]:
    """Read names of documents; `others` are those that only Quarto makes."""
    from ..build.render.quarto import is_format

    given = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    known = (*FORMATS, SLIDES) if others else FORMATS
    wrong = [name for name in given if name not in known and not (others and is_format(name))]
    if wrong or not given:
        raise CohortbookError(
            f"'{', '.join(wrong)}' is not a format.",
            "--formats",
            f"There are {', '.join(known)}{' and, with Quarto, its own' if others else ''}.",
        )
    return given


def names_in(text: str | None) -> list[str] | None:
    """Read names separated by commas; `none` is no name, and nothing given stays nothing."""
    if text is None:
        return None
    return [name.strip() for name in text.split(",") if name.strip() not in ("", "none")]


def pairs_in(settings: list[str]) -> dict[str, str]:
    pairs = {}
    for text in settings:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise CohortbookError(f"'{text}' is not NAME=VALUE.", "--set")
        pairs[name.strip()] = value.strip()
    return pairs


def write_to(
    write: Callable[[Any, Path], None], what: Any, path: Path, option: str = "--csv"
) -> None:
    """Write a file the user asked for; one that cannot be written is a message."""
    try:
        write(what, path)
    except OSError as error:
        raise CohortbookError(
            f"{path} cannot be written ({error.strerror}).", option, "Name another file."
        ) from None
