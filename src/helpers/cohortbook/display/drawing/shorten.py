"""Texts that are too long for their place in a figure: shortened so that they stay apart.

A text loses its middle, since labels tend to differ at their end ("... alone", "... with ablation")
or at their beginning. Where that would leave two texts of a figure alike, what differs is kept too.
A shortened text can be read as one of the figure's texts only: the test is whether another of them
has the same pieces in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ...formats import markdown as md

ELLIPSIS = "…"
SHARES = (0.5, 0.6, 0.4, 0.7, 0.3, 0.85, 0.15)  # of the room that the beginning takes
WORDS = 5  # of these shares, those tried first for an end of whole words
WINDOWS = (40, 24, 16, 10, 6, 4, 3, 2, 1)  # letters kept of what differs
CONTEXT = (4, 2, 1, 0)  # letters kept beside them
AT_A_WORD = 5  # letters given up so that a cut falls between words
MOST_TOLD = 100  # shortened texts that a caption gives in full

Measure = Callable[[str], float]
Span = tuple[int, int]


def shortened(text: str, room: float, measure: Measure, others: Iterable[str] = ()) -> str | None:
    """Shorten a text in its middle until it fits, so that it cannot be taken for another.

    Parameters
    ----------
    text : str
        One line.
    room : float
        In the unit of `measure`, which gives the width of a text and adds up over its letters.
    others : iterable of str
        The other texts of the figure, in full.

    Returns
    -------
    str or None
        None if no shortened form that fits tells it from the others.
    """
    if measure(text) <= room:
        return text
    # in their order: two builds shorten alike
    rivals = [other for other in dict.fromkeys(others) if other != text]
    widths, mark = [measure(letter) for letter in text], measure(ELLIPSIS)
    for kept in _ways(text, rivals, room, widths, mark):
        form = _render(text, kept)
        if form.strip(ELLIPSIS) and not any(could_be(form, rival) for rival in rivals):
            return form
    return None


def could_be(form: str, text: str) -> bool:
    """Say whether a shortened form could stand for a text: its pieces occur in this order."""
    first, *rest = form.split(ELLIPSIS)
    if not rest:
        return form == text
    *middle, last = rest
    if not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return at <= end


def _ways(
    text: str, rivals: list[str], room: float, widths: list[float], mark: float
) -> Iterator[list[bool]]:
    """Give the letters that are kept: beginning and end, then also what differs."""
    cuts = [kept for share in SHARES if (kept := _grown(text, [], share, room, widths, mark))]
    words = [_at_words(text, kept) for kept in cuts]
    # whole words at the end first: half a word there reads as another word
    yield from (kept for kept in words[:WORDS] if _ends_with_words(text, kept))
    for pair in zip(words, cuts, strict=True):
        yield from pair
    plain = _grown(text, [], 0.5, room, widths, mark)
    form = _render(text, plain) if plain else ELLIPSIS
    # only those that would be confused: to tell a text from all others may take more room than
    # there is
    alike = [rival for rival in rivals if could_be(form, rival)]
    spans = list(dict.fromkeys(_differs(text, rival) for rival in alike))
    for longest in WINDOWS:
        for context in CONTEXT:
            windows = [
                (
                    max(start - context, 0),
                    min(start + min(end - start, longest) + context, len(text)),
                )
                for start, end in spans
            ]
            for share in SHARES[:3]:
                kept = _grown(text, windows, share, room, widths, mark)
                if kept:
                    yield kept


def _differs(text: str, other: str) -> Span:
    """Give the part of a text between what it has in common with another at both ends."""
    most = min(len(text), len(other))
    start = next((i for i in range(most) if text[i] != other[i]), most)
    end = next((i for i in range(most - start) if text[-1 - i] != other[-1 - i]), most - start)
    return start, len(text) - end


def _grown(
    text: str, windows: list[Span], share: float, room: float, widths: list[float], mark: float
) -> list[bool] | None:
    """Keep the windows, and of beginning and end what there is room for; None if there is none."""
    n = len(text)
    kept = [False] * n
    for start, end in windows:
        kept[start:end] = [True] * (end - start)
    left, right = 0, n

    def width() -> float:
        gaps = sum(not kept[i] and (i == 0 or kept[i - 1]) for i in range(n))
        return sum(w for w, k in zip(widths, kept, strict=True) if k) + gaps * mark

    if width() > room:
        return None
    head = tail = 0.0
    while left < right:
        # letter by letter to the side that has less than its share: both ends are as long as can
        # be
        first = head * (1 - share) <= tail * share
        place = left if first else right - 1
        was, kept[place] = kept[place], True
        if width() > room:
            kept[place] = was
            break
        if first:
            head, left = head + widths[place], left + 1
        else:
            tail, right = tail + widths[place], right - 1
    return kept


def _at_words(text: str, kept: list[bool]) -> list[bool]:
    """Move a cut of beginning and end to the nearest end of a word, if that is near."""
    out = list(kept)
    left = out.index(False) if False in out else len(out)
    right = len(out) - out[::-1].index(False) if False in out else 0
    for i in range(left, max(left - AT_A_WORD, 1), -1):
        if i < len(text) and text[i] == " ":
            out[i:left] = [False] * (left - i)
            break
    for i in range(right, min(right + AT_A_WORD, len(text) - 1)):
        if text[i - 1] == " ":
            out[right:i] = [False] * (i - right)
            break
    return out


def _ends_with_words(text: str, kept: list[bool]) -> bool:
    """Say whether what is kept of the end begins with a whole word."""
    start = len(kept) - kept[::-1].index(False) if False in kept else 0
    return 0 < start < len(text) and text[start - 1] == " "


def _render(text: str, kept: list[bool]) -> str:
    pieces, gap = [], False
    for letter, keep in zip(text, kept, strict=True):
        if keep:
            pieces.append(letter)
        elif not gap:
            pieces.append(ELLIPSIS)
        gap = not keep
    return ELLIPSIS.join(piece.strip() for piece in "".join(pieces).split(ELLIPSIS))


class Names:
    """The texts of one figure, each of which is shortened against all others.

    All of them must be known before the first is shortened. What was shortened is kept for the
    caption.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = dict.fromkeys(texts)
        self._forms: dict[str, list[str]] = {}  # by the text in full

    def add(self, texts: Iterable[str]) -> None:
        """Let further texts stand in the figure."""
        self._texts |= dict.fromkeys(texts)

    def form(self, text: str, room: float, measure: Measure) -> str:
        """Give a text as it fits in `room`; one that nothing else tells apart gets a number.

        `keep` the form if it is drawn.
        """
        form = shortened(text, room, measure, self._texts)
        return self._numbered(text, room, measure) if form is None else form

    def keep(self, full: str, form: str) -> None:
        """Keep for the caption how a text is drawn that is not drawn in full."""
        forms = self._forms.setdefault(full, [])
        forms += [form] if form not in forms else []

    def _numbered(self, text: str, room: float, measure: Measure) -> str:
        self._texts.setdefault(text)
        # by its place in the figure, which is the same in every build
        number = f"[{list(self._texts).index(text) + 1}]"
        head = text
        while head and measure(f"{head}{ELLIPSIS}{number}") > room:
            head = head[:-1].rstrip()
        return f"{head}{ELLIPSIS}{number}" if head else number

    @property
    def caption(self) -> str:
        """The sentence (Markdown) that gives shortened texts in full; "" if there are none."""
        told = [
            f"{' and '.join(f'“{md(form)}”' for form in forms)} "
            f"{'is' if len(forms) == 1 else 'are'} {md(text)}"
            for text, forms in self._forms.items()
        ]
        further = len(told) - MOST_TOLD
        if further > 0:
            told = [*told[:MOST_TOLD], f"and {further} further"]
        return f"Shortened here: {'; '.join(told)}." if told else ""
