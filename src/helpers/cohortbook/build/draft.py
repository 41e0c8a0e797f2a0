"""A draft for a first look: the study as it is, with what resamples and refits left out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..errors import CohortbookError
from ..processes import removed_with_us
from ..study.study import STUDY_FILE, load_study
from .files.leftovers import DRAFT
from .files.locks import only_one
from .notebooks.cache import digest
from .request import Request
from .where import made_in

KEY = "draft: true"
FORMATS = ("html",)


@contextmanager
def drafted(request: Request) -> Iterator[Request]:
    """Give the request of a draft: HTML only, of a copy of the study that says that it is one.

    The copy shares the files of the study; it lies in `_build` under the study's name and is
    removed at the end. The output is `_output/NAME-draft` unless one is named.

    Raises
    ------
    CohortbookError
        If the study file cannot be used.
    """
    study = request.study.resolve()
    load_study(study)
    out = draft_output(request)
    # always in one place: an output folder belongs to the study that it was built from
    copy = request.work / "_build" / f"{DRAFT}{digest(str(study))[:12]}" / study.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    with only_one(copy.parent.with_suffix(".lock")), removed_with_us(copy.parent):
        try:
            try:
                _copy(study, copy, out.resolve())
            except OSError as error:
                raise CohortbookError(
                    f"{error.strerror or error}.",
                    str(error.filename or copy),
                    "A draft needs a copy of the study in _build.",
                ) from error
            yield replace(request, study=copy, out=out, formats=FORMATS)
        finally:
            shutil.rmtree(copy.parent, ignore_errors=True)


def draft_output(request: Request) -> Path:
    """Give the output folder of a draft: `_output/NAME-draft` unless one is named."""
    study = request.study.resolve()
    return request.out or made_in(request.root, study) / f"{study.name}-draft"


def _copy(study: Path, copy: Path, out: Path) -> None:
    """Link the files of a study into a folder, and write its study file with one key more."""
    shutil.rmtree(copy, ignore_errors=True)
    for path in sorted(study.rglob("*")):
        if not path.is_file() or path.resolve().is_relative_to(out) or path.name == STUDY_FILE:
            continue
        target = copy / path.relative_to(study)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target)
        except OSError:  # another file system, or one without links
            shutil.copyfile(path, target)
    copy.mkdir(parents=True, exist_ok=True)
    text = (study / STUDY_FILE).read_text(encoding="utf-8-sig")
    # by line, not by YAML: comments and order stay, and messages name the right line
    lines = [line for line in text.splitlines() if not line.startswith("draft:")]
    (copy / STUDY_FILE).write_text("\n".join([*lines, KEY, ""]), encoding="utf-8", newline="\n")
