"""A study to try: a copy of one that the project holds."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..errors import CohortbookError
from ..study.study import STUDY_FILE
from .files.folder import read_files

DATA = "data"
SCHEMA = "study.schema.json"
HOW_IT_WAS_MADE = "reconstruction"  # checkpoints of the synthetic cohort, which no report reads


def examples(root: Path) -> list[str]:
    """Name the studies that the project holds."""
    return sorted(path.parent.name for path in (root / DATA).glob(f"*/{STUDY_FILE}"))


def copy_example(root: Path, name: str, folder: Path) -> list[str]:
    """Copy a study of the project into a new or empty folder; give the names of its files.

    The schema of study.yml comes with it, so that editors complete its keys there too.

    Raises
    ------
    CohortbookError
        If there is no study of this name, or the folder holds files.
    """
    if name not in examples(root):
        raise CohortbookError(
            f"There is no example '{name}'.", "--study", f"There are {', '.join(examples(root))}."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CohortbookError(
            "An example is copied into a new or empty folder.", str(folder), "Name another."
        )
    source = (root / DATA / name).resolve()
    for path in read_files(source):
        inside = path.relative_to(source)
        if inside.parts[0] not in (HOW_IT_WAS_MADE, "notebooks"):
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / inside)
    shutil.copyfile(root / DATA / SCHEMA, folder / SCHEMA)
    study = folder / STUDY_FILE
    text = study.read_text(encoding="utf-8").replace(f"../{SCHEMA}", SCHEMA)
    study.write_text(text, encoding="utf-8", newline="\n")
    return [path.relative_to(folder.resolve()).as_posix() for path in read_files(folder)]
