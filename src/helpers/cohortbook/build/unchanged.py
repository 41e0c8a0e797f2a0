"""Is the report that stands in the output folder the one that a build would make again?

Everything that decides a report is compared by content with what it was when the report was
published, and every published file with its hash then. Only if all agree is nothing done.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from .files.commit import digest, file_hash, read_source
from .files.folder import EXPECTED, read_files
from .files.publish import beside, replace_text
from .notebooks.cache import PACKAGE, installed
from .notebooks.named import may_read
from .notebooks.own_notebooks import notebooks_of
from .notebooks.reads import Around, changed
from .project.quarto_files import PROFILE, SETTINGS, quarto_files
from .request import REPORT, Report, Request

QUARTO, VARIABLES = SETTINGS, "_variables.yml"


def inputs(request: Request) -> dict[str, str]:
    """Give everything that decides a report, by name, as hashes: no data are read into memory.

    The whole study folder counts, but for hidden files, an output folder in it and what is stored
    to be compared with, every file of this package, and what the notebooks name. What they opened
    beside is noted with the report.
    """
    source = request.source or read_source(request.root)
    notebooks = notebooks_of(request.root, request.study)
    parts = {
        "formats": ",".join(request.formats),
        "for submission": str(request.for_submission),
        "journal": request.journal,
        # "auto" takes Quarto as soon as it is installed: another program, another report
        "renderer": f"{request.renderer} {_program('quarto')} {os.environ.get(PROFILE, '')}",
        "parameters": json.dumps(dict(request.settings), sort_keys=True),
        "study folder": str(request.study.resolve()),
        "source": f"{source.commit} {source.changed} {source.epoch}",
        "versions": installed(),
        **{f"notebook {found.name}": found.code for found in notebooks},
    }
    hashed = {name: digest(text) for name, text in parts.items()}
    hashed |= {
        f"data {name}": found
        for name, found in files(request.study, request.final).items()
        if not name.startswith(f"{EXPECTED}/")
    }
    hashed |= {
        f"data {name}": file_hash(path)
        for notebook in notebooks
        for name, path in may_read(notebook, request.study, request.final).items()
        if f"data {name}" not in hashed
    }
    hashed |= {f"report {name}": found for name, found in files(request.root / REPORT).items()}
    hashed |= {f"helpers {name}": found for name, found in files(PACKAGE).items()}
    of_project = [QUARTO, *quarto_files(request.root)]
    return hashed | {name: file_hash(request.root / name) for name in of_project}


def files(folder: Path, output: Path | None = None) -> dict[str, str]:
    """Give the SHA-256 of every file of `read_files`, by its path in the folder."""
    folder = folder.resolve()
    return {
        path.relative_to(folder).as_posix(): file_hash(path) for path in read_files(folder, output)
    }


def note(request: Request, report: Report, given: dict[str, str]) -> None:
    """Remember what a report was built from, unless that has changed meanwhile."""
    place = beside(request.final, "built.json")
    # something was saved while it was built: what the report shows is not known to be of either
    if inputs(request) != given or report.reads is None:
        place.unlink(missing_ok=True)
        return
    text = {
        "inputs": given,
        # the output too: a file that somebody edited or removed there is made again
        "files": files(request.final),
        "root": _root(request),
        "documents": [path.name for path in report.documents],
        "renderer": report.renderer,
        "notebooks": list(report.reasons),
        "statistics": report.statistics,
        "misfits": list(report.misfits),
        "reads": dict(report.reads),
    }
    replace_text(place, json.dumps(text, indent=1))


def published(request: Request) -> Report | None:
    """Give the published report if a build would make the same one again, or None."""
    noted = _noted(request)
    if (
        noted is None
        or noted["inputs"] != inputs(request)
        or noted["root"] != _root(request)
        or noted["files"] != files(request.final)
        or "reads" not in noted
        or changed(noted["reads"], Around(request.study, request.final))
    ):
        return None
    return Report(
        request.final,
        [request.final / name for name in noted["documents"]],
        noted["renderer"],
        dict.fromkeys(noted["notebooks"], ""),
        noted["statistics"],
        tuple(noted.get("misfits", ())),
        noted["reads"],
    )


def files_opened(request: Request) -> list[Path]:
    """Give the files that the notebooks of the last report opened, wherever they are."""
    reads = (_noted(request) or {}).get("reads", {})
    study = request.study.resolve()
    return [study / name.partition(" ")[2] for name in reads if name.startswith("file ")]


def _noted(request: Request) -> dict[str, Any] | None:
    place = beside(request.final, "built.json")
    try:
        return json.loads(place.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return None


def _root(request: Request) -> str:
    """The values that `quarto preview` shows at the root: those of the study built last."""
    path = request.root / VARIABLES
    return file_hash(path) if path.is_file() else ""


def _program(name: str) -> str:
    """Name an installed program so that another version has another name; it is not started."""
    path = shutil.which(name)
    if path is None:
        return ""
    about = Path(path).resolve().stat()
    text = f"{path} {about.st_size} {about.st_mtime_ns} {about.st_ino}"
    return hashlib.sha256(text.encode()).hexdigest()
