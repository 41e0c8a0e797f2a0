"""A page measured in centimetres from its top left corner, on which figures are laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...formats import visible
from ...study.study import Study
from ..language.now import drawn
from .letters import advance, clean
from .shorten import Measure, Names
from .style import FAINT, INK, MUTED, POINT, RULE, SMALL, use

if TYPE_CHECKING:  # loaded by whoever draws: tables only measure
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle
    from matplotlib.text import Text

CM_PER_INCH = 2.54
CM_PER_POINT = CM_PER_INCH / 72
SAFETY = 1.01  # kerning and rounding may widen a line a little
LONGEST = 400  # letters of a text that may be drawn
SYNTHETIC = "Synthetic data"


def width_cm(text: str, size: float = POINT, bold: bool = False) -> float:
    """Measure a line of text as it is drawn in centimetres, a little on the safe side."""
    return _width(drawn(text), size, bold)


def _width(text: str, size: float, bold: bool) -> float:
    return SAFETY * size * CM_PER_POINT * sum(advance(letter, bold) for letter in text)


def height_cm(size: float = POINT) -> float:
    """Give the height of a line of text, with its leading."""
    return 1.25 * size * CM_PER_POINT


def at_most(text: object, room: float, size: float = POINT) -> float:
    """Give the width that a line takes once it is shortened to `room` centimetres."""
    return min(_width(said(text), size, False), room)


def said(text: object) -> str:
    """Give a text as one line that can be drawn, in the language that is drawn in."""
    return clean(drawn(visible(text)))


@dataclass(frozen=True)
class Region:
    """A rectangle of a page in centimetres, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


class Labels:
    """The texts of a figure that may be too long, each shortened against all others.

    All must be known before the first is shortened. Texts that differ only in letters that no font
    here has are told apart by a number.
    """

    def __init__(self, *texts: object) -> None:
        self._names = Names()
        self._alike: dict[str, list[str]] = {}  # texts by how they are drawn
        self.know(*texts)

    @classmethod
    def of(cls, study: Study | None) -> Labels:
        """Begin with the names of the arms, which may stand in every figure."""
        return cls(*(arm.label for arm in study.arms) if study else ())

    def know(self, *texts: object) -> None:
        """Tell which texts stand in the figure, so that none is shortened to look like another."""
        for text in map(str, texts):
            same = self._alike.setdefault(_line(text), [])
            same += [text] if text not in same else []
        self._names.add(self._line(text) for text in texts)
        self._names.add(self._line(text) for same in self._alike.values() for text in same)

    def _line(self, text: object) -> str:
        line = _line(text)
        same = self._alike.get(line, [])
        return (
            f"{line} [{same.index(str(text)) + 1}]" if len(same) > 1 and str(text) in same else line
        )

    def fit(
        self,
        text: object,
        room: float,
        size: float = POINT,
        bold: bool = False,
        lead: str = "",
        against: object = "",
        tail: str = "",
    ) -> str:
        """Shorten a text in its middle until it fits in `room` centimetres.

        `lead` stands before it and `tail`, such as a unit, after it; both are kept. So is
        " vs `against`", in which the other text may be shortened too.
        """

        def measure(part: str) -> float:
            return _width(part, size, bold)

        lead, tail = drawn(lead), drawn(tail)
        # What belongs to the unit would leave no room for the name itself.
        if measure(tail) > 0.6 * room:  # a unit that is a sentence
            tail = f" {self._fit(tail.strip(), 0.6 * room, measure)}"
        between = drawn(" vs ") if against else ""
        room -= measure(lead) + measure(tail) + measure(between)
        parts = [text, against] if against else [text]
        shares = _shares([measure(self._line(part)) for part in parts], room)
        shown = [self._fit(part, share, measure) for part, share in zip(parts, shares, strict=True)]
        return f"{lead}{between.join(shown)}{tail}"

    def _fit(self, text: object, room: float, measure: Measure) -> str:
        form = self._names.form(self._line(text), room, measure)
        self.keep(text, form)
        return form

    def form(self, text: object, room: float, size: float = POINT, bold: bool = False) -> str:
        """Do as `fit`, for a form that may find no place; `keep` it once it is drawn."""
        return self._names.form(self._line(text), room, lambda part: _width(part, size, bold))

    def keep(self, text: object, form: str) -> None:
        """Let the caption give in full a text that is drawn in a form."""
        if form != _line(text):
            self._names.keep(str(text), form)

    def wrap(
        self,
        text: object,
        room: float,
        size: float = POINT,
        lines: int = 2,
        bold: bool = False,
        tail: str = "",
    ) -> list[str]:
        """Break a text into at most `lines` lines of `room` centimetres; shorten it if need be."""

        def measure(part: str) -> float:
            return _width(part, size, bold)

        full, tail = self._line(text), drawn(tail)
        broken = _broken(full + tail, room, measure)
        total = lines * room - measure(tail)
        while len(broken) > lines and total > 0.1 * room:
            form = self._names.form(full, total, measure)
            broken = _broken(form + tail, room, measure)
            # a little less each time: where a line breaks decides whether the whole fits, not its
            # length alone
            total *= 0.96
            if len(broken) <= lines:
                self.keep(text, form)
        return broken[:lines]

    @property
    def caption(self) -> str:
        """The sentence (Markdown) that gives shortened texts in full; "" if there are none."""
        return self._names.caption


class Canvas:
    """A drawing of fixed size in centimetres.

    Nothing is moved after it was placed, so what was measured stays true and the same input gives
    the same bytes. A study of synthetic data says so in the bottom right corner.
    """

    def __init__(
        self, width: float, height: float, study: Study | None = None, labels: Labels | None = None
    ) -> None:
        from matplotlib.figure import Figure as Drawing

        use()
        self.labels = labels or Labels.of(study)
        self.titles: list[tuple[str, Region]] = []  # lettered panels, of no height yet
        self.width, marked = width, bool(study and study.synthetic)
        self.height = height + (height_cm(SMALL) if marked else 0)
        self.drawing = Drawing(figsize=(self.width / CM_PER_INCH, self.height / CM_PER_INCH))
        if marked:
            self.text(
                width - 0.05,
                self.height - 0.05,
                SYNTHETIC,
                size=SMALL,
                color=MUTED,
                ha="right",
                va="bottom",
                style="italic",
                label=SYNTHETIC,
            )
        self.foot = self.height - height

    def know(self, *texts: object) -> None:
        """Tell which texts stand in the figure beside the arms."""
        self.labels.know(*texts)

    def fit(
        self, text: object, room: float, size: float = POINT, bold: bool = False, **parts: Any
    ) -> str:
        """Shorten a text in its middle until it fits in `room`; see `Labels.fit`."""
        return self.labels.fit(text, room, size, bold, **parts)

    def axes(self, left: float, top: float, width: float, height: float, **kw: Any) -> Axes:
        """Add axes by the position of their frame."""
        box = (
            left / self.width,
            1 - (top + height) / self.height,
            width / self.width,
            height / self.height,
        )
        return self.drawing.add_axes(box, **kw)

    def text(
        self, x: float, y: float, text: object, size: float = POINT, color: str = INK, **kw: Any
    ) -> Text:
        """Write one line; mathematics and line breaks in the text are not interpreted."""
        kw = {"ha": "left", "va": "center"} | kw
        return self.drawing.text(
            x / self.width,
            1 - y / self.height,
            said(text),
            fontsize=size,
            color=color,
            # a $ in a study's text is a dollar
            parse_math=False,
            **kw,
        )

    def line(self, x0: float, y0: float, x1: float, y1: float, **kw: Any) -> Line2D:
        """Draw a straight line on the page."""
        from matplotlib.lines import Line2D

        kw = {"color": RULE, "linewidth": 0.6} | kw
        return self.drawing.add_artist(
            Line2D(
                [x0 / self.width, x1 / self.width],
                [1 - y0 / self.height, 1 - y1 / self.height],
                **kw,
            )
        )

    def points(self, x: list[float], y: list[float], **kw: Any) -> Line2D:
        """Draw a line, or markers, through points on the page."""
        from matplotlib.lines import Line2D

        return self.drawing.add_artist(
            Line2D([v / self.width for v in x], [1 - v / self.height for v in y], **kw)
        )

    def box(self, left: float, top: float, width: float, height: float, **kw: Any) -> Rectangle:
        """Draw a rectangle on the page."""
        from matplotlib.patches import Rectangle

        kw = {"facecolor": FAINT, "edgecolor": "none", "linewidth": 0.6} | kw
        corner = (left / self.width, 1 - (top + height) / self.height)
        return self.drawing.add_artist(
            Rectangle(corner, width / self.width, height / self.height, **kw)
        )

    def y_label(self, x: float, top: float, height: float, text: object) -> Text:
        """Write the label of an upright axis at a fixed place, however wide its numbers are."""
        return self.text(
            x,
            top + height / 2,
            self.fit(text, height + 0.4),
            rotation=90,
            ha="center",
            label="y-label",
        )

    def panel_title(
        self,
        x: float,
        y: float,
        letter: str,
        title: object,
        room: float,
        right: float | None = None,
        tail: str = "",
    ) -> None:
        """Write a panel's letter and title, both bold, with the letter outdented.

        `room` is the title's; `right` is where the panel ends if it does not reach to its neighbour
        or to the edge of the page; `tail` ends the title and is never shortened.
        """
        gap = 0.0
        if letter:
            end = self.width if right is None else min(right, self.width)
            self.titles.append((letter, Region(x - 0.1, y - 0.25, end - x + 0.1, 0.0)))
            self.text(x, y, letter, size=POINT + 2, weight="bold")
            gap = 0.45
        shown = self.fit(title, room - gap, POINT, bold=True, tail=tail)
        self.text(x + gap, y, shown, size=POINT, weight="bold")

    @property
    def panels(self) -> dict[str, Region]:
        """The rectangle of each lettered panel: to the next panel on its right and the row below.

        The foot, where synthetic data are marked, belongs to none; one panel alone is the figure.
        """
        # rounded: titles of one row are computed each from its own panel
        tops = sorted({round(place.top, 2) for _, place in self.titles})
        ends = dict(zip(tops, [*tops[1:], self.height - self.foot], strict=False))
        regions = {}
        for letter, place in self.titles:
            row_top = round(place.top, 2)
            row = [p.left for _, p in self.titles if round(p.top, 2) == row_top]
            start = 0.0 if place.left == min(row) else place.left
            # a panel ends where its neighbour begins, also where its own drawing ends before
            end = min(x for x in (*row, place.left + place.width) if x > place.left)
            upper = max(place.top, 0.0)
            regions[letter] = Region(start, upper, end - start, ends[row_top] - upper)
        return regions if len(regions) > 1 else {}


def axes_text(ax: Axes, x: float, y: float, text: object, size: float = SMALL, **kw: Any) -> Text:
    """Write one line in an axes; mathematics and line breaks in the text are not interpreted."""
    return ax.text(x, y, said(text), fontsize=size, parse_math=False, **kw)


def _line(text: object) -> str:
    """Give a text as one line, of a novel only beginning and end."""
    text = said(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}…{text[-LONGEST // 2 :]}"


def _shares(wanted: list[float], room: float) -> list[float]:
    """Divide the room of a line between its texts: one that wants less than its half gets it."""
    if len(wanted) == 1:
        return [room]
    if sum(wanted) <= room:
        return wanted
    return [
        min(want, max(room / 2, room - other))
        for want, other in zip(wanted, reversed(wanted), strict=True)
    ]


def _broken(text: str, room: float, measure: Measure) -> list[str]:
    """Break a text into lines, at spaces; a word wider than a line is broken between letters."""
    lines = [""]
    for word in text.split(" "):
        line = f"{lines[-1]} {word}".strip()
        if measure(line) <= room:
            lines[-1] = line
            continue
        if measure(word) <= room:
            lines.append(word)
            continue
        lines[-1] += " " * bool(lines[-1])
        for letter in word:
            if measure(lines[-1] + letter) > room and lines[-1]:
                lines.append("")
            lines[-1] += letter
    return [line.strip() for line in lines if line.strip()] or [""]


def labelled(ax: Axes, x: str = "", y: str = "") -> None:
    """Label the axes with texts that may come from a study file."""
    if x:
        ax.set_xlabel(said(x), parse_math=False, labelpad=2)
    if y:
        ax.set_ylabel(said(y), parse_math=False, labelpad=3)
