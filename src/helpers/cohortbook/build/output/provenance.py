"""Where a report comes from: study, data, code, versions, settings. No path, no time of day."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

from ...cohort.cohort import Cohort
from ...display import problems
from ...display.drawing import letters
from ...formats import markdown
from ...study.languages import load_language
from ...study.study import Study
from ...study.unconfirmed import DATA
from ..files.commit import Source
from ..notebooks.notebooks import ENDPOINT

PACKAGES = (
    "cohortbook",
    "lifelines",
    "matplotlib",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "seaborn",
    "statsmodels",
)


def provenance(
    cohort: Cohort,
    source: Source,
    renderer: tuple[str, str],
    parameters: dict[str, dict[str, Any]],
    extra_files: dict[str, str],
    settings_by_notebook: dict[str, Any] | None = None,
    added: dict[str, dict[str, str]] | None = None,
) -> dict[str, Any]:
    """Give the provenance of a report as it is written to `provenance.json`.

    Parameters
    ----------
    cohort : Cohort
    source : Source
    renderer : (str, str)
        Name and version.
    parameters : dict
        Notebook name to the parameters set on the command line.
    extra_files : dict
        SHA-256 of files of the study that the cohort itself does not read.
    settings_by_notebook : dict
        The settings that each notebook was made with (`in_force.InForce.facts`).
    added : dict, optional
        `notebooks` and `parts` that the study adds, by file, with the place where each stands.
    """
    study = cohort.study
    return {
        "cohortbook": version("cohortbook"),
        "study": {
            "name": cohort.folder.name if cohort.folder else "",
            "title": study.texts.title,
            "data": _data(study),
            "patients": len(cohort),
            "files_sha256": dict(sorted({**cohort.fingerprints, **extra_files}.items())),
        },
        "source": {"commit": source.commit, "changed": source.changed},
        "renderer": {"name": renderer[0], "version": renderer[1]},
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "fonts": _fonts(cohort),
        "settings": study.statistics.model_dump(),
        "settings_by_notebook": settings_by_notebook or {},
        "privacy": {
            **study.privacy.model_dump(exclude={"allowed"}),
            "allowed": [
                {"file": found.file, "column": found.column, "looks_like": found.looks_like}
                for found in cohort.personal
            ],
        },
        "added": added or {"notebooks": {}, "parts": {}},
        "parameters": {name: given for name, given in sorted(parameters.items()) if given},
    }


def _data(study: Study) -> str:
    if study.synthetic:
        return "synthetic"
    return "not confirmed to be real" if DATA in study.unconfirmed else "real"


def provenance_values(facts: dict[str, Any]) -> dict[str, str]:
    """Give the provenance as phrases and sentences for the manuscript (Markdown)."""
    study = facts["study"]
    hashes = study["files_sha256"]
    files = ", ".join(
        f"{markdown(name)} `{digest[:16]}`" for name, digest in hashes.items() if "/" not in name
    )
    inner = sum("/" in name and not _is_named(name) for name in hashes)
    files += f"; {inner} more in folders, in provenance.json" if inner else ""
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    settings = ", ".join(
        f"`{key} {_words(said)}`"
        for key, said in facts["settings"].items()
        if said not in ([], None)
    )
    files += _own_notebooks(hashes, facts["added"])
    renderer = f"{facts['renderer']['name']} {facts['renderer']['version']}".strip()
    return {
        "study": markdown(study["name"]),
        "commit": _commit(facts["source"]),
        "renderer": markdown(renderer),
        "data": f"The data are {study['data']} (study folder {markdown(study['name'])}). "
        f"SHA-256 of the files read, first 16 digits: {files}.",
        "software": f"Built from {_commit(facts['source'])} with Python {facts['python']} "
        f"and {packages}; rendered by {markdown(renderer)}.{_machine_font(facts['fonts'])}",
        "settings": f"Settings of the study file: {settings}.{_deviations(facts)}"
        f"{_set_parameters(facts)}",
        "privacy": _privacy(facts["privacy"]),
    }


def _is_notebook(name: str) -> bool:
    return name.startswith("notebooks/") and name.endswith(".ipynb")


def _is_named(name: str) -> bool:
    """Say whether the text names a file by itself: notebooks and parts of the manuscript."""
    return _is_notebook(name) or (name.startswith("report/") and name.endswith((".qmd", ".bib")))


def _own_notebooks(hashes: dict[str, str], added: dict[str, dict[str, str]]) -> str:
    """Name the notebooks and parts of the study folder, each with its fingerprint."""
    kinds: dict[str, list[str]] = {}
    for name, digest in hashes.items():
        if _is_named(name):
            kind = "added" if name in added["notebooks"] else "edited"
            kind = kind if _is_notebook(name) else "parts"
            kinds.setdefault(kind, []).append(f"{markdown(name)} `{digest[:16]}`")
    said = {
        "edited": "Edited notebooks of the study folder were run in place of the project's",
        "added": "The study folder adds notebooks",
        "parts": "It adds to the manuscript"
        if "added" in kinds
        else "The study folder adds to the manuscript",
    }
    return "".join(f". {said[kind]}: {', '.join(kinds[kind])}" for kind in said if kind in kinds)


def _fonts(cohort: Cohort) -> dict[str, str]:
    """Name the fonts of drawings: one that comes with this package, and a wider one."""
    language = load_language(cohort.study.language, cohort.folder)
    text = problems.printed_texts(cohort.study, cohort.adverse_events)
    text += language.letters if language else ""
    wider = (letters.wider_font() or "none") if letters.foreign(text) else ""
    return {
        "main": letters.MAIN,
        "packaged": wider if letters.packaged_font() else "",
        "machine": "" if letters.packaged_font() else wider,
        "without_glyph": letters.without_glyph(text),
    }


def _machine_font(fonts: dict[str, str]) -> str:
    text = ""
    if fonts["packaged"]:
        text += f" Letters that {fonts['main']} lacks are drawn with {fonts['packaged']}."
    if fonts["machine"] not in ("", "none"):
        text += (
            f" Letters that {fonts['main']} lacks are drawn with {markdown(fonts['machine'])} "
            "of this machine; elsewhere they may look different."
        )
    if fonts["without_glyph"]:
        text += (
            f" Letters for which the fonts of figures have no glyph "
            f"({len(fonts['without_glyph'])}) are shown as marks."
        )
    return text


def _privacy(facts: dict[str, Any]) -> str:
    text = (
        "Figures of single patients name them by their identifiers, as the study file asks."
        if facts["show_ids"]
        else "Patients are shown by study numbers, in the order of the table."
    )
    if facts["smallest_count"]:
        text += f" Counts from 1 to {facts['smallest_count'] - 1} are withheld."
    allowed = ", ".join(
        f"{markdown(found['column'])} in {markdown(found['file'])} ({found['looks_like']})"
        for found in facts["allowed"]
    )
    return text + (
        f" Columns that look personal and that the study allows in its files: {allowed}."
        if allowed
        else " No column of the study's files looks personal."
    )


def _commit(source: dict[str, Any]) -> str:
    if not source["commit"]:
        return f"an unknown commit (cohortbook {version('cohortbook')})"
    changed = " with uncommitted changes" if source["changed"] else ""
    return f"commit `{source['commit'][:12]}`{changed}"


def _set_parameters(facts: dict[str, Any]) -> str:
    given = [
        f"{markdown(name)} = {markdown(str(value))} ({notebook})"
        for notebook, values in facts["parameters"].items()
        for name, value in values.items()
        if name != ENDPOINT
    ]
    return f" Parameters set for this build: {'; '.join(given)}." if given else ""


def _deviations(facts: dict[str, Any]) -> str:
    """Name the notebooks that were not made with them; the Methods say in what they differ."""
    told = [name for name, found in facts["settings_by_notebook"].items() if "differ" in found]
    return f" Other settings were in force in {', '.join(told)} (see the Methods)." if told else ""


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ")
