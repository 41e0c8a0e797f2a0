"""A finished build as it is compared: its statistics, its settings, the words of its report."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from ..bounds import Unreadable, file_within, guarded, within
from ..build.render.docx_text import W
from ..errors import CohortbookError

RESULTS, DOCUMENT, PAGE = "results.json", "report.docx", "report.html"
PROVENANCE = "provenance.json"
EXPECTED = "the results.json of a build"
MEND = "Name an output folder, or its results.json."
ALPHA = 0.05  # where a build does not say it
NEEDED = ("key", "notebook", "frame", "analysis", "estimate", "p_value", "n", "n_events")


@dataclass(frozen=True)
class Build:
    """What one build found.

    `statistics` are rows of results.json by (notebook, frame, key, method, how many times before);
    `title` is "" where the build does not say it.
    """

    place: Path
    statistics: Mapping[tuple[str, ...], Mapping[str, Any]]
    settings: Mapping[str, Any]
    alpha: float
    title: str = ""

    def words(self) -> str | None:
        """Give the words of the report, blanks alike; None if there is no document to read."""
        folder = self.place if self.place.is_dir() else self.place.parent
        try:
            with guarded(Unreadable, "the document of a build", "Build it again."):
                return _words(folder)
        except Unreadable as error:
            said = f"Found {error.found}; expected {error.expected}."
            raise CohortbookError(said, str(folder), error.mend) from None


def _words(folder: Path) -> str | None:
    if (folder / DOCUMENT).is_file():
        file_within("document", folder / DOCUMENT)
        with zipfile.ZipFile(folder / DOCUMENT) as archive:
            within("document part", archive.getinfo("word/document.xml").file_size)
            root = ET.fromstring(archive.read("word/document.xml"))
        texts = ["".join(t.text or "" for t in p.iter(f"{W}t")) for p in root.iter(f"{W}p")]
    elif (folder / PAGE).is_file():
        page = (folder / PAGE).read_text("utf-8")
        page = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
        texts = [re.sub(r"<[^>]+>", "", page)]
    else:
        return None
    return " ".join(" ".join(texts).split())


def load_build(place: Path) -> Build:
    """Read a build.

    Parameters
    ----------
    place : Path
        An output folder, or its results.json.

    Raises
    ------
    CohortbookError
        If it is none.
    """
    path = place / RESULTS if place.is_dir() else place
    try:
        with guarded(Unreadable, EXPECTED, MEND):
            file_within("results", path)
            found = json.loads(path.read_text("utf-8"))
            rows = [dict(row) for row in found["statistics"]]
            if not all(name in row for row in rows for name in NEEDED):
                raise Unreadable(EXPECTED, MEND, "statistics without their columns")
            settings = found.get("settings") or {}
    except Unreadable as error:
        said = f"Found {error.found}; expected {error.expected}."
        raise CohortbookError(said, str(place), error.mend) from None
    return Build(place, dict(_named(rows)), settings, _alpha(settings), _title(path.parent))


def of_two_studies(old: Build, new: Build) -> str:
    """Say that two builds have other titles; nothing if they are alike or one is not known."""
    if not old.title or not new.title or old.title == new.title:
        return ""
    return f"They may be of two studies, for their titles differ: ‘{old.title}’ and ‘{new.title}’."


def _title(folder: Path) -> str:
    """Give the title that the provenance of a build has; "" if there is none to read."""
    try:
        with guarded(Unreadable, "the provenance of a build", MEND):
            file_within("results", folder / PROVENANCE)
            return str(json.loads((folder / PROVENANCE).read_text("utf-8"))["study"]["title"])
    except Unreadable:
        return ""


def _named(rows: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Name each row; a key may stand in several frames, and several times for several methods."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        name = tuple(str(row.get(part, "")) for part in ("notebook", "frame", "key", "method"))
        seen[name] = seen.get(name, 0) + 1
        yield (*name, str(seen[name])), row


def _alpha(settings: Mapping[str, Any]) -> float:
    for said in settings.values():
        choices = said.get("choices", {}) if isinstance(said, Mapping) else {}
        try:
            return float(choices["alpha"])
        except (KeyError, TypeError, ValueError):
            continue
    return ALPHA
