"""What a study's report says in its language, and what of it has no words there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...cohort.cohort import Cohort
from ...formats import HAN, markdown, visible
from ...sections import PUBLISHED_FILE
from ...study.languages import Language, Numbers, load_language
from ...study.model import Model
from ...study.study import Study
from ...study.yaml_in import read_yaml_file
from .listed import of_one_kind
from .numbers import printed
from .patterns import Patterns, words_of
from .places import COUNTS, Labels, same_places

# code, shortcodes, references, attributes, addresses: for the renderer, not for the reader
MARKS = re.compile(
    r"`[^`]*`|\{\{<.*?>\}\}|\[(?:[^\[\]]*?@[\w:-]+[^\[\]]*)\]|@[\w:*-]+|\]\([^)]*\)|\{[.#][^{}]*\}"
    r"|https?://\S+|\b[\w/\\-]+\.(?:csv|yml|json|xlsx|sav|dta|parquet|ipynb|qmd|bib|png|jpe?g|tiff?|dcm)\b"
    r"|(?<!\w)\d+[a-z](?!\w)"  # an item of a list
)
ENDS = re.compile(
    r"(?:(?<=[.!?。！？])(?<!\bno\.)|(?<=\.\*\*))[ \t]+(?=\S)|\n+"  # a run-in heading ends too
    r"|(?<=>\}\})[ \t]+(?=[@A-Z]|\{\{<)"
)
AS_IT_IS = re.compile(r"\d[.,]\d|(?<![\w-])P(?![\w-])")  # of the study's own words
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
LETTER = re.compile(rf"[A-Za-z\u00c0-\u024f{HAN}]")
PERCENT_AFTER_HAN = re.compile(rf"(?<=[{HAN}]) \(%\)")
AFTER_HAN = re.compile(rf"(?<=[{HAN}]) \(([^()]*[A-Za-z{HAN}][^()]*)\)")  # no number alone
BRACKETS = re.compile(r"[()\[\]]")
DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
PARTS = re.compile(r"; |, and ")
OF_NUMBERS = re.compile(r"(?<=[\w%)]) \(([\d.,/%<>=−～–≥≤ -]*\d[\d.,/%<>=−～–≥≤ -]*)\)")
IN_BRACKETS = re.compile(r"\([^()]*\)")
NUMBERED = re.compile(r"\d[\d.]*[a-z]?(?:, \d[\d.]*[a-z]?)+")
IN_WORDS = ("max_length=10000", "max_length=200)")  # of a text or label, and of a code
SHORTENED = re.compile(r"\w*…\w*")
WORDED = re.compile(r"[^\W\d_]{3}")
BARE = re.compile(r"\d[\d.]*(?:, | and |\.?$)")  # a number that is an item of its own
MOST_IN_ITEM = 4
NO_LABELS = Labels(())
ARM = "1"  # the first kind of labels
FEW = 200  # values of a column of words; more are identifiers or free text


class Speech:
    """A language as one study speaks it."""

    def __init__(
        self,
        language: Language,
        own: Iterable[str] = (),
        units: Iterable[str] = (),
        labels: Labels = NO_LABELS,
    ) -> None:
        self.language = language
        self.own = frozenset(filter(None, own))
        self.units = frozenset(filter(None, units))
        self.labels = labels
        self.missing: Counter[str] = Counter()
        self._patterns = Patterns(language.words)
        self._own = _any_of(word for word in self.own if LETTER.search(word))
        self._own_words = {word for text in self.own for word in words_of(text)}
        self._of_own = _any_of(word for word in self.own if AS_IT_IS.search(word))
        self._said: dict[str, str | None] = {}
        self._torn: dict[str, bool] = {}
        self._results: set[str] = set()

    def with_plain_numbers(self) -> Speech:
        """Give the same speech with numbers as machines read them."""
        return _plain_numbers(self)

    def text(self, text: str) -> str:
        """Give a finished text in the language; what has no words there is marked and counted."""
        if not self.language.words:
            return printed(text, self.language.numbers, self._of_own)
        if not text.strip():
            return text
        text = text.replace("\u00a0", " ")  # what is not to be broken in English
        whole = None if ENDS.search(text) else self._phrase(text)
        if whole is not None and self._says_the_same(text, whole):
            return self._result(whole)
        return self._result("".join(self._sentences(text)))

    def drawn(self, text: str) -> str:
        """Do the same for a text of a figure, which may be a piece of one that was said before."""
        if text in self._results:
            return text
        # a number is not printed twice: 0,391 would be read as a thousand
        whole = self._phrase(text) if self.language.words else None
        if whole is not None:
            return self.text(text)
        if all(self._is_piece(line) for line in text.split("\n")):
            return text
        return self._last_line(text) or self.text(text)

    def _last_line(self, text: str) -> str:
        """Give the last line of a label with its count, "care (n = 16)"; "" where it is none."""
        line, _, count = text.removesuffix(")").rpartition(" (")
        said = self._phrase(count) if line and self._is_piece(line) else None
        return f"{line} ({said})" if said else ""

    def _result(self, text: str) -> str:
        self._results.add(text)
        return text

    def _is_piece(self, text: str) -> bool:
        """Say whether a text is a line, or a shortened form, of another."""
        pieces = [piece.strip() for piece in text.split("…") if piece.strip()]
        known = self._results | self.own if self.language.words else self._results
        if any(all(piece in whole for piece in pieces) for whole in known):
            return True
        left = text
        for whole in sorted(known, key=len, reverse=True) if self.language.words else ():
            left = left.replace(whole, " ")
        return not LATIN.search(left) and left != text

    def _sentences(self, text: str) -> Iterator[str]:
        """Give the sentences of a text, each the shortest beginning of what is left with words."""
        start, last = 0, len(text)
        ends = [(found.start(), found.end()) for found in ENDS.finditer(text)] + [(last, last)]
        while start < last:
            left = [(end, after) for end, after in ends if end > start]
            said = ((end, after, self._phrase(text[start:end])) for end, after in left)
            fits = (
                (end, after, found)
                for end, after, found in said
                if found is not None and self._says_the_same(text[start:end], found)
            )
            end, after, found = next(fits, (*left[0], None))
            found = self._without_words(text[start:end]) if found is None else found
            gap = text[end:after]
            of_language = "\n" not in gap and gap and not found.endswith(".")
            yield found + (self.language.between_sentences if of_language else gap)
            start = after

    def _says_the_same(self, english: str, other: str) -> bool:
        """Say whether a translation has the same numbers, each beside the same label."""
        return same_numbers(english, other) and same_places(
            _plain(english), _plain(other), self.labels
        )

    def _without_words(self, text: str) -> str:
        self.missing[text] += 1
        return self.language.untranslated.format(text=text)

    def _phrase(self, text: str) -> str | None:
        """Give one phrase or sentence in the language; None where it has no words."""
        if text not in self._said:
            self._said[text] = None  # a phrase in itself has none
            self._said[text] = self._found(text)
        return self._said[text]

    def _found(self, text: str) -> str | None:
        inner = text.strip()
        if inner != text:
            found = self._phrase(inner) if inner else ""
            return None if found is None else text.replace(inner, found) if inner else text
        if text in self.own or text in self._patterns.exact:
            return text if text in self.own else self._patterns.exact[text]
        words = {*words_of(SHORTENED.sub(" ", MARKS.sub(" ", text)))}
        own = self._of_own_words(text) if words <= self._own_words else None
        if own is not None and not self._ends_apart(text):
            return own
        if not (_whole(text) and self._patterns.knows(words - self._own_words)):
            return own
        found = self._filled(text)
        found = self._list(text) if found is None else found
        return own if found is None else found

    def _of_own_words(self, text: str) -> str | None:
        """Give what is of the study's own words and numbers alone."""
        left = MARKS.sub(" ", text)
        left = self._own.sub(" ", left) if self._own else left
        if LATIN.search(left):
            return None
        return printed(self._separated(text), self.language.numbers, self._of_own)

    def _ends_apart(self, text: str) -> bool:
        """Say whether a unit or the point of a sentence ends a text of the study's own words."""
        ended = text.endswith(".") and not any(text in whole for whole in self.own)
        return ended or text.rpartition(", ")[2] in self.units

    def _filled(self, text: str) -> str | None:
        """Give a text by the first pattern that fits."""
        patterns = self._patterns.fitting(text)
        if between := _between_parts(text):
            # a phrase does not begin in one part of a list and end in another
            patterns = (one for one in patterns if between.search("\ue000".join(one.literals)))
        filled = (pattern.fill(text, self._in_slot) for pattern in patterns)
        return next((one for one in filled if one is not None), None)

    def _separated(self, text: str) -> str:
        """Put separators and brackets of the language between words of the study, not within."""
        text, brackets = self._parted(text), self.language.brackets
        if brackets[0].startswith(" "):
            return text
        return PERCENT_AFTER_HAN.sub("(%)", AFTER_HAN.sub(r"\1".join(brackets), text))

    def _parted(self, text: str) -> str:
        lists = self.language.lists
        if NUMBERED.fullmatch(text):
            return text.replace(", ", lists.get(", ", ", "))
        if not self._own or not self._own.search(text):
            text = text.replace("`, ", "`" + lists.get(", ", ", "))
            return text.replace("; ", lists.get("; ", "; "))
        pair = text.split(", ")
        if len(pair) == 2 and self.own.issuperset(pair):  # English lists of two have "and"
            arms = all(self.labels.kind.get(one) == ARM for one in pair)  # of three, the first two
            return (lists.get(", ", ", ") if arms else self.language.explains[0]).join(pair)
        parts = re.split(f"({self._own.pattern})", text)
        for separator, other in lists.items():
            parts[::2] = [part.replace(separator, other) for part in parts[::2]]
        return "".join(parts)

    def _in_slot(self, slot: str, text: str, moves: bool) -> str | None:
        """Give what stands in a slot; of one that is named so only the study's own, or a number.

        What is named raw is a name that may be a word, and stays as it is.
        """
        kind = slot.rstrip("0123456789")
        if kind in ("own", "unit"):
            known = text in self.units if kind == "unit" else self._is_own(text)
            return text if known else None
        if kind == "raw":
            return text
        of_sentence = re.search(r"\d\.$", text)  # a point that is not the number's
        if (kind == "num" and LETTER.search(text)) or (of_sentence and not LATIN.search(text)):
            return None
        torn = moves and (self._is_torn(text) or (text.endswith(".") and text not in self.own))
        found = None if torn else self._phrase(text)
        return found and OF_NUMBERS.sub(r"\1".join(self.language.brackets), found)

    def _is_own(self, text: str) -> bool:
        """Say whether a text is one of the study's own, or one with its middle left out."""
        first, shortened, last = text.partition("…")
        return text in self.own or bool(
            shortened and any(own.startswith(first) and own.endswith(last) for own in self.own)
        )

    def _is_torn(self, text: str) -> bool:
        """Say whether a text has parts of several lists, which must not be moved as one."""
        if text not in self._torn:
            self._torn[text] = not of_one_kind(text, self._own)
        return self._torn[text]

    def _list(self, text: str) -> str | None:
        """Give a list, each of whose items has words, with the separators of the language."""
        for separator, other in self.language.lists.items():
            at = text.find(separator, 1)
            for _ in range(MOST_IN_ITEM):  # an item may hold the separator itself
                if at < 0:
                    break
                left = text[at + len(separator) :]
                # "months 2, 3 and 6": a number alone is of the item before it
                torn = WORDED.search(text[:at]) and BARE.match(left)
                head = None if torn else self._item(text[:at])
                rest = self._phrase(left) if head is not None else None
                if rest is not None:
                    return f"{head}{other}{rest}"
                at = text.find(separator, at + 1)
        return None

    def _item(self, text: str) -> str | None:
        """Give the beginning of a list, itself a list of the study's own words or not."""
        items = text.split(", ")
        if len(items) == 2 and self.own.issuperset(items):
            return self.language.lists.get(", ", ", ").join(items)
        return self._phrase(text)


def same_numbers(english: str, other: str) -> bool:
    """Say whether two texts hold the same numbers; a count may be a word in English."""
    before, after = (Counter(DIGITS.findall(_plain(text))) for text in (english, other))
    words = Counter(word.lower() for word in words_of(english))
    spelled = Counter({str(n): words[word] for n, word in enumerate(COUNTS, 1) if words[word]})
    return not before - after and not (after - before) - spelled


def _whole(text: str) -> bool:
    """Say whether each bracket of a text is closed in it: half of a phrase has no words."""
    depth = 0
    for letter in BRACKETS.findall(text):
        depth += 1 if letter in "([" else -1
        if depth < 0:
            return False
    return depth == 0


def _between_parts(text: str) -> re.Pattern[str] | None:
    """Give what a pattern of a text must hold that has parts outside of brackets; None if none."""
    before = ""
    while before != text:  # what is in the innermost brackets first
        before, text = text, IN_BRACKETS.sub("", text)
    separators = {found for found in PARTS.findall(text)}
    if not separators:
        return None
    return re.compile("|".join([*map(re.escape, sorted(separators)), r"[.;:]$|[.:] "]))


def _plain(text: str) -> str:
    return MARKS.sub(" ", text)


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """Give a pattern for any of some words as whole ones, the longest first."""
    found = sorted({*words}, key=lambda word: (-len(word), word))
    parts = (
        (r"(?<!\w)" if word[0].isascii() and word[0].isalnum() else "")
        + re.escape(word)
        + (r"(?!\w)" if word[-1].isascii() and word[-1].isalnum() else "")
        for word in found
    )
    return re.compile("|".join(parts)) if found else None


def speech_of(cohort: Cohort) -> Speech | None:
    """Give the speech of a cohort's study; None where its report is in English.

    Its own words, which are not translated, are the texts of the study file and the distinct values
    of the columns of words.
    """
    study = cohort.study
    language = load_language(study.language, cohort.folder)
    if language is None:
        return None
    own = own_words(study, [*_values(cohort.patients), *_values(cohort.adverse_events)])
    # a name that a sentence may hold is no word of a language
    names = {*study.variables, *study.endpoints, cohort.folder.name if cohort.folder else ""}
    names -= {*words_of(" ".join(language.words))}
    own |= names | {markdown(name) for name in names}
    own |= _published(study.language, cohort.folder)
    units = frozenset(spec.unit for spec in study.variables.values())
    return _speech(study.language, cohort.folder, frozenset(own), units, labels_of(study))


@lru_cache(maxsize=8)
def _published(name: str, folder: Path | None) -> frozenset[str]:
    """Give the texts of the study's published results that the language has no words for."""
    path = folder / PUBLISHED_FILE if folder else None
    if path is None or not path.is_file():
        return frozenset()
    read = read_yaml_file(path)
    texts = {visible(text) for text in _flat(read) if isinstance(text, str)}
    texts |= {sentence for text in texts for sentence in re.split(r"(?<=[.!?]) ", text)}
    kept = {text for text in texts if len(words_of(text)) > 1} - load_language(
        name, folder
    ).words.keys()
    return frozenset(kept | {markdown(text) for text in kept})


@lru_cache(maxsize=64)
def _speech(
    name: str,
    folder: Any,
    own: frozenset[str],
    units: frozenset[str],
    labels: tuple[frozenset[str], ...],
) -> Speech:
    return Speech(load_language(name, folder), own, units, Labels(labels))


@lru_cache(maxsize=64)
def _plain_numbers(speech: Speech) -> Speech:
    plain = speech.language.model_copy(update={"numbers": Numbers()})
    return Speech(plain, speech.own, speech.units, speech.labels)


def labels_of(study: Study) -> tuple[frozenset[str], ...]:
    """Give what numbers stand beside: labels of arms, of endpoints, and of variables and levels."""
    endpoints, variables = study.endpoints.values(), study.variables.values()
    kinds = (
        [arm.label for arm in (*study.arms, *study.further_arms)],
        [text for spec in endpoints for text in (spec.label, spec.short)],
        [
            text
            for spec in variables
            for text in (spec.label, *(level.printed for level in spec.levels))
        ],
    )
    return tuple(frozenset(form for text in kind for form in _forms(text)) for kind in kinds)


def _forms(text: str) -> set[str]:
    shown = visible(text)
    forms = {shown, shown[:1].lower() + shown[1:]}
    return forms | {markdown(form) for form in forms}


def own_words(study: Study, data: Iterable[str] = ()) -> set[str]:
    """Give the texts of a study, in the forms in which sentences have them."""
    found = {visible(text) for text in [*_texts(study), *data]}
    found |= {level.printed for spec in study.variables.values() for level in spec.levels}
    found |= {spec.events_label for spec in study.endpoints.values()}
    found |= {study.per_units(name) for name, spec in study.variables.items() if spec.unit}
    for text in list(found):
        first = text[:1]
        found |= {first.lower() + text[1:], first.upper() + text[1:], text.lower()}
    return found | {markdown(text) for text in found}


def _texts(part: Model) -> Iterator[str]:
    """Give what a part of a study file says in words or codes, and not what this package sets."""
    for name in part.model_fields_set:
        value, field = getattr(part, name), type(part).model_fields[name]
        for inner in _flat(value):
            if isinstance(inner, Model):
                yield from _texts(inner)
            elif isinstance(inner, str) and _in_words(field):
                yield inner


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):  # an abbreviation and what it means
                yield key
            yield from _flat(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _flat(inner)
    else:
        yield value


def _in_words(field: Any) -> bool:
    """Say whether a key takes a text or a code: no name, column or one of a few words."""
    return any(most in f"{field.annotation} {field.metadata}" for most in IN_WORDS)


def _values(frame: Any) -> set[str]:
    """Give the words in the columns of a table that hold few different ones."""
    if frame is None:
        return set()
    kinds = frame.select_dtypes(["object", "category"])
    return {
        str(value)
        for name in kinds
        if (found := kinds[name].dropna().unique()).size <= FEW
        for value in found
        if LATIN.search(str(value))
    }
