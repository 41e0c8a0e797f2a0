"""What of a Quarto project the built-in renderer does not read: it is named, not passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..project.quarto_files import BRAND, EXTENSIONS, SETTINGS, settings
from .pandoc import METADATA

# settings that it reads, or that only tell Quarto what it does anyway
READ = {
    *METADATA,
    "project",
    "profile",
    "execute",
    "notebook-links",
    "notebook-view",
    "crossref.title-delim",
    "crossref.fig-prefix",
    "crossref.tbl-prefix",
    "crossref.sec-prefix",
    "format.html.output-file",
    "format.html.include-in-header",
    "format.html.toc-location",
    "format.html.format-links",
    "format.html.embed-resources",
    "format.html.html-math-method",
    "format.html.toc",
    "format.html.toc-depth",
    "format.typst.output-file",
    "format.typst.citeproc",
    "format.typst.pdf-standard",
    "format.typst.font-paths",
    "format.typst.template-partials",
    "format.docx.output-file",
    "format.docx.citeproc",
    "format.docx.reference-doc",
}
# settings of the project that make of Quarto's page what the built-in one is anyway
OURS = {"format.html.theme": "litera"}


def unread(project: Path) -> list[str]:
    """Name the settings and files of a project that only Quarto reads.

    Parameters
    ----------
    project : Path
        See `render.render`.

    Returns
    -------
    list of str
        Such as "format.html.theme" and "_brand.yml".
    """
    given = settings(project)
    own = [f"filters: {path}" for path in _filters(given) if not (project / path).is_file()
           or not path.startswith("report/filters/")]  # fmt: skip
    found = [
        key
        for key, value in _keys(given)
        if key not in READ and key != "filters" and OURS.get(key) != value
    ] + own
    return found + [name for name in (BRAND, EXTENSIONS) if (project / name).exists()]


def told(project: Path) -> list[str]:
    """Give the sentence that says so; none if all is read."""
    found = unread(project)
    if not found:
        return []
    return [
        f"The built-in renderer does not read {', '.join(found)} ({SETTINGS} and files beside it); "
        "Quarto does, where it is installed."
    ]


def _filters(given: Mapping[str, Any]) -> Iterator[str]:
    for one in given.get("filters") or []:
        yield str(one.get("path", "") if isinstance(one, dict) else one)


def _keys(given: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give settings by dotted name, each as far as something known goes."""
    for name, value in given.items():
        key = f"{prefix}{name}"
        # only where we read something deeper down: else the whole branch is one thing not read
        deeper = isinstance(value, dict) and any(one.startswith(f"{key}.") for one in READ)
        if deeper and key not in READ:
            yield from _keys(value, f"{key}.")
        else:
            yield key, value
