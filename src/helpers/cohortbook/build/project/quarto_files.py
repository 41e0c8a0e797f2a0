"""What a Quarto project has beside `_quarto.yml`, of the project and of the study: carried along.

Extensions, brand, profiles, metadata of a folder, and every file that one of these names. A study
may have them too: its `_quarto.yml` is then one more profile, whose settings come before those of
the project. Quarto reads all of it; the built-in renderer, settings alone.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...errors import RenderError

SETTINGS = "_quarto.yml"
METADATA = "report/_metadata.yml"
STUDY_SHOWN = "STUDY/"
STUDY = "study"  # the profile that is made of a study's own settings
PROFILE = "QUARTO_PROFILE"
BRAND, EXTENSIONS = "_brand.yml", "_extensions"
WATCHED = f"{EXTENSIONS}/watched"  # links, of which nothing is read
BESIDE = ("_quarto-*.yml", "_quarto*.yml.local", BRAND, "_brand", EXTENSIONS, METADATA)
# a part of the manuscript has its own way in, and nothing takes the place of these
NOT_CARRIED = (".qmd", ".ipynb", ".bib")
MADE = ("_output", "_generated", "_build")  # by a build
WORD = re.compile(r"\"([^\"\n]+)\"|'([^'\n]+)'|([^\s\"',\[\]{}]+)")
RESOURCES = re.compile(r"^[ \t]*resources:[^\n]*(?:\n[ \t]*-[^\n]*)*", re.MULTILINE)
NAMEABLE = re.compile(r"[^\0\n<>:|?\"{}]{1,200}")


def quarto_files(folder: Path) -> list[str]:
    """Give what a folder has of a Quarto project beside `_quarto.yml`, by name in the folder.

    Parameters
    ----------
    folder : Path
        The project, or a study.

    Returns
    -------
    list of str
        Files, with the files of folders, and those that are named in its YAML.
    """
    folder = folder.resolve()
    found = {path for pattern in BESIDE for path in folder.glob(pattern)}
    told = [one for one in (folder / SETTINGS, *found) if one.suffix in (".yml", ".local")]
    found |= {path for one in told if one.is_file() for path in _named_in(one, folder)}
    files = {path for one in found for path in _files_in(one)}
    names = sorted(path.relative_to(folder).as_posix() for path in files)
    return [name for name in names if not name.startswith(f"{WATCHED}/")]


def carry(root: Path, study: Path | None, project: Path) -> None:
    """Copy them into a project that is laid out to be rendered; those of the study come last.

    Raises
    ------
    RenderError
        If a file of the study would take the place of a part of the manuscript.
    """
    _copy(root, quarto_files(root), project)
    if study is None:
        return
    own = quarto_files(study)
    wrong = [name for name in own if Path(name).suffix in NOT_CARRIED]
    if wrong:
        raise RenderError(
            f"{STUDY_SHOWN}{SETTINGS} names {wrong[0]}.",
            STUDY_SHOWN + SETTINGS,
            "A part of the manuscript says its place in its own first lines.",
        )
    _copy(study, own, project)
    if (study / SETTINGS).is_file():
        shutil.copyfile(study / SETTINGS, project / f"_quarto-{STUDY}.yml")


def link_watched(root: Path, files: Iterable[Path]) -> None:
    """Put links to files of a project where Quarto's preview sees that they are edited.

    It watches the document, and all files in `_extensions`, but not what a document includes. Not
    where the system has no symbolic links.

    Parameters
    ----------
    root : Path
        Takes `_extensions/watched/`, in place of what is there.
    files : iterable of Path
        Files of the project.
    """
    folder = root / WATCHED
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        for path in files:
            link = folder / path.relative_to(root)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(os.path.relpath(path, link.parent))


def profiles(project: Path) -> list[str]:
    """Give the profiles in force, the first before others: those asked for, then the study's."""
    asked = os.environ.get(PROFILE, "").replace(",", " ").split()
    if not asked:
        default = _read(project / SETTINGS).get("profile", {})
        default = default.get("default", []) if isinstance(default, dict) else []
        asked = [default] if isinstance(default, str) else list(default)
    of_study = [STUDY] if (project / f"_quarto-{STUDY}.yml").is_file() else []
    return list(dict.fromkeys([*asked, *of_study]))


def settings(project: Path) -> dict[str, Any]:
    """Read `_quarto.yml` with what profiles and the report's `_metadata.yml` say otherwise.

    Raises
    ------
    RenderError
        If one of them is no YAML, or the first is missing.
    """
    if not (project / SETTINGS).is_file():
        raise RenderError(f"There is no {SETTINGS}.", str(project))
    found = _read(project / SETTINGS)
    for name in [*(f"_quarto-{name}.yml" for name in reversed(profiles(project))), METADATA]:
        found = _merged(found, _read(project / name))
    return found


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    from ...study.yaml_in import YamlError, read_typed

    shown = path.name
    if path.name == f"_quarto-{STUDY}.yml":
        shown = STUDY_SHOWN + SETTINGS
    try:
        found = read_typed(path.read_text(encoding="utf-8")) or {}
    except YamlError as error:
        where = f"{shown}:{error.line}" if error.line else shown
        raise RenderError(
            f"This is not YAML ({error.what}).", where, "Correct that line."
        ) from None
    if not isinstance(found, dict):
        raise RenderError(
            "This is no list of settings.", shown, "Write `name: value` in each line."
        )
    return found


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Put settings over others, as Quarto does: groups are joined, lists are added up."""
    found = dict(below)
    for name, value in above.items():
        old = found.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            found[name] = _merged(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            found[name] = [*old, *(one for one in value if one not in old)]
        else:
            found[name] = value
    return found


def _named_in(path: Path, folder: Path) -> Iterator[Path]:
    """Give what the words of a YAML file name in the folder: files, and folders as resources.

    It is not parsed: this is asked at each build, also when there is nothing to do.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    of_resources = {word for found in RESOURCES.findall(text) for word in _words(found)}
    for word in _words(text):
        start = folder if word.startswith("/") else path.parent
        for found in _at(start, word.strip("/"), folder):
            if found.is_file() or word in of_resources:
                yield found


def _words(text: str) -> set[str]:
    return {next(filter(None, found), "") for found in WORD.findall(text)}


def _at(start: Path, word: str, folder: Path) -> Iterator[Path]:
    """Give what a word names: a file, a folder or, with stars, several; never a hidden one."""
    parts = Path(word).parts
    hidden = any(part.startswith(".") for part in parts if part != "..")
    if not parts or hidden or parts[0] in MADE or not NAMEABLE.fullmatch(word):
        return
    starred = "*" in word
    named = start.glob(word) if starred and ".." not in parts else [start / word]
    for path in (one.resolve() for one in named):
        if path != folder and path.is_relative_to(folder) and path.exists():
            yield path


def _files_in(path: Path) -> Iterator[Path]:
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        inside = file.relative_to(path).parts
        if file.is_file() and not any(part.startswith(".") for part in inside):
            yield file


def _copy(source: Path, names: list[str], project: Path) -> None:
    for name in names:
        target = project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target)
