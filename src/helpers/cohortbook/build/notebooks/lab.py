"""JupyterLab as it is opened: where, at which folder, and with which of its own flags."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from ...study.study import STUDY_FILE

DEFAULT_STUDY = Path("data/wei2026")


def split_words(words: Sequence[str]) -> tuple[Path, list[str]]:
    """Tell the study folder from flags that are passed on to JupyterLab.

    It is the first word, or elsewhere a word that names a folder with a study file: what follows
    an unknown flag may be its value.
    """
    for place, word in enumerate(words):
        names_study = not word.startswith("-") and (Path(word) / STUDY_FILE).is_file()
        if names_study or (place == 0 and not word.startswith("-")):
            return Path(word), [*words[:place], *words[place + 1 :]]
    return DEFAULT_STUDY, list(words)


def open_at(root: Path, study: Path) -> Path:
    """Give the folder that is opened: it holds the study and the manuscript, if one can.

    For a study elsewhere that is the folder above both; the study alone where that would be
    the whole file system, or all homes.
    """
    root, study = root.resolve(), study.resolve()
    try:
        # JupyterLab shows one folder: links between study and manuscript work inside it only
        both = Path(os.path.commonpath([root, study]))
    except ValueError:  # two drives of Windows
        return study
    too_wide = both.parent == both or both in Path.home().resolve().parents
    return study if too_wide else both


def lab_command(folder: Path, notebooks: Path, flags: Sequence[str]) -> list[str]:
    """Give the command that opens JupyterLab in `folder`, its file browser at the notebooks.

    JupyterLab refuses to run as root unless it is told to: in a container there is nobody else.
    """
    inside = quote(notebooks.resolve().relative_to(folder).as_posix())
    given = list(flags)
    if getattr(os, "geteuid", lambda: 1)() == 0 and "--allow-root" not in given:
        given.append("--allow-root")
    return [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{inside}", *given,
    ]  # fmt: skip
