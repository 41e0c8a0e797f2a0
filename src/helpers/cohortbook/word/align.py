"""Which paragraph of a changed document is which of the report: also moved, split and joined ones.

Paragraphs with the same words are found first, in order and then anywhere; then those most alike.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from ..build.render.docx_text import Block, Piece

LIKE, LIKE_HERE = 0.5, 0.3  # share of words in common: anywhere, and between the same neighbours
MANY, NEAR = 400_000, 0.02  # pairs beyond which only those near one another are compared
PART_OF_IT = 0.6  # share of a paragraph's words that came from another, where that was split
WORD = re.compile(r"\w+")


@dataclass
class Edited:
    """A paragraph as a reader sees it with all tracked changes taken."""

    pieces: list[Piece]
    old: str
    authors: set[str] = field(default_factory=set)
    style: str = ""
    listed: bool = False

    @property
    def text(self) -> str:
        """Its words."""
        return "".join(piece.text for piece in self.pieces)


@dataclass
class Pair:
    """Paragraphs of the report (positions) and what became of them: none, one or several.

    One without `base` is new; `torn` is the paragraph of the report that its words were cut from.
    """

    base: list[int]
    edited: list[int]
    moved: bool = False
    torn: int | None = None


def edited_paragraphs(blocks: Sequence[Block]) -> list[Edited]:
    """Give the paragraphs with text; one whose end was deleted goes on with the next."""
    found: list[Edited] = []
    waiting: Edited | None = None
    paragraphs = [block for block in blocks if block.kind == "paragraph"]
    for position, block in enumerate(paragraphs):
        old = block.old
        if block.end_inserted and position + 1 < len(paragraphs):
            old += paragraphs[position + 1].old
        one = Edited(block.new_pieces, old, set(block.authors), block.style, block.listed)
        if waiting:
            one = Edited(
                [*waiting.pieces, *one.pieces],
                waiting.old or one.old,
                waiting.authors | one.authors,
                waiting.style,
                waiting.listed,
            )
            waiting = None
        if block.end_deleted and one.text.strip():
            waiting = one
        elif one.text.strip():
            found.append(one)
    return [*found, waiting] if waiting else found


def plain(text: str) -> str:
    """Give a text such that blanks of any kind are alike, for comparing."""
    return " ".join(text.replace("\u2060", "").replace("\u2011", "-").split())


def align(base: Sequence[str], edited: Sequence[Edited]) -> list[Pair]:
    """Pair the paragraphs of a report with those of a changed document.

    Parameters
    ----------
    base : sequence of str
        Texts of the report's paragraphs.
    edited : sequence of Edited

    Returns
    -------
    list of Pair
        In the order of the document; what the document has no more comes last.
    """
    keys = [plain(text) for text in base]
    new, old = [plain(one.text) for one in edited], [plain(one.old) for one in edited]
    taken: dict[int, int] = {}
    # first as it reads now; who only tracked a change has the old words too
    for texts in (new, old):
        _in_order(keys, texts, taken)
        _anywhere(keys, texts, taken)
    _alike(keys, new, old, taken)
    pairs = {there: Pair([here], [there]) for here, there in taken.items()}
    left = [here for here in range(len(base)) if here not in taken]
    left = _joined(keys, new, taken, left, pairs)
    _split(keys, new, pairs)
    covered = {there for pair in pairs.values() for there in pair.edited}
    for there in range(len(edited)):
        if there not in covered:
            pairs[there] = Pair([], [there], torn=_torn(there, keys, new, pairs.values()))
    ordered = [pairs[there] for there in sorted(pairs)]
    _mark_moved(ordered)
    return [*ordered, *(Pair([here], []) for here in left)]


def _in_order(keys: Sequence[str], texts: Sequence[str], taken: dict[int, int]) -> None:
    used = set(taken.values())
    here = [k for k in range(len(keys)) if k not in taken]
    there = [k for k in range(len(texts)) if k not in used]
    # autojunk would take a line that stands often, such as a heading, for noise
    matcher = SequenceMatcher(
        None, [keys[k] for k in here], [texts[k] for k in there], autojunk=False
    )
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            taken[here[block.a + step]] = there[block.b + step]


def _anywhere(keys: Sequence[str], texts: Sequence[str], taken: dict[int, int]) -> None:
    used = set(taken.values())
    free: dict[str, list[int]] = {}
    for there, text in enumerate(texts):
        if there not in used:
            free.setdefault(text, []).append(there)
    for here, key in enumerate(keys):
        if here not in taken and free.get(key):
            taken[here] = free[key].pop(0)


def _alike(
    keys: Sequence[str], new: Sequence[str], old: Sequence[str], taken: dict[int, int]
) -> None:
    """Pair what is left by the share of words in common, the most alike first."""
    used = set(taken.values())
    there = [k for k in range(len(new)) if k not in used]
    bags = {k: (_bag(new[k]), _bag(old[k])) for k in there}
    found = []
    left = [k for k in range(len(keys)) if k not in taken]
    # of very many, as where all was pasted anew, every pair would take minutes
    crowded = len(left) * len(there) > MANY
    for here in left:
        low, high = _between(here, taken)
        bag = _bag(keys[here])
        for k in there:
            if crowded and abs(k / len(new) - here / len(keys)) > NEAR:
                continue
            like = max(_common(bag, one) for one in bags[k])
            inside = low < k < high
            if like >= (LIKE_HERE if inside else LIKE):
                # of two that are as alike the one between the same neighbours
                found.append((like + 0.1 * inside, here, k))
    for _, here, k in sorted(found, key=lambda one: (-one[0], one[1], one[2])):
        if here not in taken and k not in used:
            taken[here] = k
            used.add(k)


def _between(here: int, taken: dict[int, int]) -> tuple[float, float]:
    before = [taken[k] for k in taken if k < here]
    after = [taken[k] for k in taken if k > here]
    return max(before, default=-1), min(after, default=float("inf"))


def _bag(text: str) -> Counter[str]:
    return Counter(WORD.findall(text.casefold()))


def _common(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    if not total:
        return 0.0
    return 2 * sum(min(count, other[word]) for word, count in one.items()) / total


def _share(part: Counter[str], whole: Counter[str]) -> float:
    """Give the share of the words of `part` that `whole` has."""
    total = part.total()
    return sum(min(count, whole[w]) for w, count in part.items()) / total if total else 0.0


def _joined(
    keys: Sequence[str],
    new: Sequence[str],
    taken: dict[int, int],
    left: Sequence[int],
    pairs: dict[int, Pair],
) -> list[int]:
    """Find paragraphs whose words now stand in the one before or after; give the rest."""
    rest = []
    for here in left:
        for neighbour in (here - 1, here + 1):
            there = taken.get(neighbour)
            if there is None:
                continue
            base = " ".join(keys[one] for one in pairs[there].base)
            # what the neighbour has beyond its own words: a paragraph joined to it left them there
            more = _bag(new[there]) - _bag(base)
            if _share(_bag(keys[here]), more) >= PART_OF_IT:
                pairs[there].base = sorted([*pairs[there].base, here])
                taken[here] = there
                break
        else:
            rest.append(here)
    return rest


def _split(keys: Sequence[str], new: Sequence[str], pairs: dict[int, Pair]) -> None:
    """Find paragraphs that were broken: what is beside one has words that it lacks."""
    used: set[int] = set()
    for there in sorted(pairs):
        pair = pairs[there]
        whole = _bag(" ".join(keys[here] for here in pair.base))
        for step in (1, -1):
            other = there + step
            while 0 <= other < len(new) and other not in pairs and other not in used:
                # what is lacking so far: each further piece must explain some of it
                missing = whole - _bag(" ".join(new[k] for k in pair.edited))
                if _share(_bag(new[other]), missing) < PART_OF_IT:
                    break
                pair.edited = sorted([*pair.edited, other])
                used.add(other)
                other += step


def _torn(there: int, keys: Sequence[str], new: Sequence[str], pairs: Iterable[Pair]) -> int | None:
    """Find the paragraph that has these words in one piece, and no longer has them here."""
    became = {here: pair.edited for pair in pairs for here in pair.base}
    words = _bag(new[there])
    for here, key in enumerate(keys):
        if words and new[there] in key:
            missing = _bag(key) - _bag(" ".join(new[k] for k in became.get(here, [])))
            if words <= missing:
                return here
    return None


def _mark_moved(ordered: Sequence[Pair]) -> None:
    """Mark the fewest pairs that are not in the report's order."""
    placed = [(position, pair.base[0]) for position, pair in enumerate(ordered) if pair.base]
    tails: list[int] = []
    chain: list[int] = []
    before: dict[int, int | None] = {}
    for index, (_, here) in enumerate(placed):
        # longest rising subsequence, by patience: what is in it stayed, the rest was moved
        place = bisect_left(tails, here)
        before[index] = chain[place - 1] if place else None
        if place == len(tails):
            tails.append(here)
            chain.append(index)
        else:
            tails[place], chain[place] = here, index
    kept, step = set(), chain[-1] if chain else None
    while step is not None:
        kept.add(step)
        step = before[step]
    for index, (position, _) in enumerate(placed):
        ordered[position].moved = index not in kept
