"""Languages of the report, a file each: how numbers are printed, words and sentence patterns."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator

from ...errors import CohortbookError
from ..expected import expected
from ..model import Model, Text
from ..yaml_in import YamlError, read_yaml_file

ENGLISH = "en"
FOLDER = Path(__file__).parent
OWN = ".yml"  # how the name of a file in the study folder ends
SLOT = re.compile(r"\{([a-z][a-z_0-9]*)\}")


class Numbers(Model):
    """How numbers are printed in words, tables and figures; exports for machines keep the point."""

    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", "\u00a0", "\u202f", ""] = ","
    percent: Text = Field("%", description="What follows the number, its blank included.")
    through: Text = Field("–", description="Between the ends of a range.")
    p: Text = Field("P", description="The letter of P values.")
    relation: Text = Field(" ", description="What stands around =, < and > beside P.")


class Language(Model):
    """One language.

    `words` has the English text, or its pattern with slots in braces, and the text in this language
    with the same slots. A language without words prints the numbers only.
    """

    label: Text = Field(description="What it is called, in English.")
    tag: Text = Field("en", description="Of the documents, such as zh-CN (BCP 47).")
    numbers: Numbers = Numbers()
    between_sentences: Text = " "
    lists: dict[Text, Text] = Field(
        default_factory=dict, description="Separators of lists: ', ' and ' and ' and the like."
    )
    explains: tuple[Text, Text, Text] = Field(
        (", ", "; ", "."), description="Before, between and after meanings of abbreviations."
    )
    brackets: tuple[Text, Text] = Field((" (", ")"), description="Around numbers in a sentence.")
    untranslated: Text = Field("[English] {text}", description="How what has no words is marked.")
    like: Text = Field("", description="A language whose file is read first.")
    letters: Text = Field("", description="Some of its letters: a font with them is needed.")
    words: dict[Text, Text] = Field(default_factory=dict)

    @field_validator("words")
    @classmethod
    def _same_slots(cls, words: dict[str, str]) -> dict[str, str]:
        wrong = [
            english
            for english, other in words.items()
            if sorted(SLOT.findall(english)) != sorted(SLOT.findall(other))
        ]
        if wrong:
            raise ValueError(f"other slots than in English: {'; '.join(wrong[:5])}")
        return words


def language_names() -> list[str]:
    """Give the names of all languages, English first."""
    return [ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.yml"))]


def language_files(name: str, folder: Path | None = None) -> list[Path]:
    """Give the files that a language is read from; none of English."""
    if name == ENGLISH:
        return []
    path = (folder or Path()) / name if name.endswith(OWN) else FOLDER / f"{name}.yml"
    like = str(_read(path).get("like", ""))
    return [*(language_files(like) if like else []), path]


@cache
def load_language(name: str, folder: Path | None = None) -> Language | None:
    """Read a language; None for English.

    Parameters
    ----------
    name : str
        Of a language of the package, or of a YAML file in the study folder.
    folder : Path, optional
        The study folder.

    Raises
    ------
    CohortbookError
        If there is no such file, or it is not one of a language.
    """
    said: dict[str, Any] = {}
    files = language_files(name, folder)
    for path in files:
        read = _read(path)
        said |= read | {"words": {**said.get("words", {}), **read.get("words", {})}}
    try:
        return Language.model_validate(said) if files else None
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {expected(item)}"
            if item["type"] != "value_error"
            else item["msg"].removeprefix("Value error, ")
            for item in error.errors()[:5]
        )
        raise CohortbookError(f"{told}.", files[-1].name, "See docs/languages.md.") from None


@cache
def _read(path: Path) -> dict[str, Any]:
    try:
        if path.parent == FOLDER:  # ours is checked, and large: read fast
            return yaml.load(path.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        found = read_yaml_file(path)
    except OSError as error:
        raise CohortbookError(
            f"{error.strerror or error}.",
            path.name,
            f"`language` is one of {', '.join(language_names())}, or a file of the study folder.",
        ) from None
    except YamlError as error:
        raise CohortbookError(str(error), path.name, "See docs/languages.md.") from None
    if not isinstance(found, dict):
        raise CohortbookError("It has no keys and values.", path.name, "See docs/languages.md.")
    return found
