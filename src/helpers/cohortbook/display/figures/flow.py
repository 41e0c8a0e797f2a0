"""Patient flow: boxes from screening to analysis, the arms in columns."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ...formats import markdown as md
from ...study.study import Study
from ..drawing.canvas import Canvas, Labels, clean, height_cm, width_cm
from ..drawing.figure import Figure
from ..drawing.style import DOUBLE_CM, INK, POINT, SMALL, Arms, tint

WIDE, GAP, PAD, EDGE = 7.4, 0.62, 0.16, 0.1
BETWEEN = 0.35  # three or more columns
STAGES = ("treatment", "response", "analysed")


@dataclass(frozen=True)
class _Text:
    """What stands in a box: bold lines, then items with their number flush right."""

    head: list[str]
    items: list[tuple[list[str], str]]

    @property
    def height(self) -> float:
        """Height of the box."""
        lines = sum(len(label) for label, _ in self.items)
        return 2 * PAD + len(self.head) * height_cm(POINT) + lines * height_cm(SMALL)


def flow_figure(table: pd.DataFrame, study: Study) -> Figure:
    """Draw the patient flow.

    Parameters
    ----------
    table : DataFrame
        From `analysis.flow.flow`: columns box, arm, role, label, n, note.
    study : Study

    Returns
    -------
    Figure
    """
    labels = Labels.of(study)
    labels.know(*table["label"])
    canvas = Canvas(DOUBLE_CM, _height(table, study, labels), study, labels)
    arms, middle = Arms.of(study), DOUBLE_CM / 2
    y = _before(canvas, table, middle)
    cohort = _text(table, "cohort", "", WIDE, labels)
    _box(canvas, cohort, middle - WIDE / 2, y, WIDE)
    y += cohort.height
    wide, lefts = _columns(len(arms.codes))
    split = y + GAP / 2
    canvas.line(middle, y, middle, split, color=INK)
    canvas.line(lefts[0] + wide / 2, split, lefts[-1] + wide / 2, split, color=INK)
    for left, code in zip(lefts, arms.codes, strict=True):
        _column(canvas, table, code, (left, wide), y + GAP, arms, split)
    return Figure.of(canvas, _caption(table, study), _alt(table, study), table)


def _columns(many: int) -> tuple[float, list[float]]:
    """Give how wide the arms' boxes are, and where each begins."""
    if many == 1:
        return WIDE, [(DOUBLE_CM - WIDE) / 2]
    room = DOUBLE_CM - 2 * EDGE
    wide = WIDE if many == 2 else (room - (many - 1) * BETWEEN) / many
    return wide, [EDGE + place * (room - wide) / (many - 1) for place in range(many)]


def _rows(table: pd.DataFrame, box: str, arm: str, role: str) -> pd.DataFrame:
    return table[(table["box"] == box) & (table["arm"] == arm) & (table["role"] == role)]


def _text(table: pd.DataFrame, box: str, arm: str, width: float, labels: Labels) -> _Text | None:
    """Lay out the text of one box; None if the flow does not have it."""
    head = _rows(table, box, arm, "box")
    if head.empty:
        return None
    row, room = head.iloc[0], width - 2 * PAD
    count = f"(n = {row['n']})"
    side = width_cm(count, POINT, bold=True) + 0.15
    lines = labels.wrap(row["label"], room - side, POINT, 3, bold=True)
    lines[-1] = f"{lines[-1]} {count}"
    items = []
    for item in _rows(table, box, arm, "item").itertuples():
        number = str(item.n)
        label = labels.wrap(item.label, room - 0.5 - width_cm(number, SMALL) - 0.2, SMALL, 3)
        items.append((label, number))
    return _Text(lines, items)


def _box(
    canvas: Canvas,
    text: _Text,
    left: float,
    top: float,
    width: float,
    color: str = INK,
    fill: str = "white",
) -> None:
    canvas.box(left, top, width, text.height, facecolor=fill, edgecolor=color, linewidth=0.8)
    y, centred = top + PAD, not text.items
    for line in text.head:
        x = left + width / 2 if centred else left + PAD
        canvas.text(
            x,
            y + height_cm(POINT) / 2,
            line,
            weight="bold",
            label="head",
            color=color,
            ha="center" if centred else "left",
        )
        y += height_cm(POINT)
    for label, number in text.items:
        canvas.text(
            left + width - PAD,
            y + height_cm(SMALL) / 2,
            number,
            size=SMALL,
            ha="right",
            label="count",
        )
        for line in label:
            canvas.text(left + PAD + 0.25, y + height_cm(SMALL) / 2, line, size=SMALL, label="item")
            y += height_cm(SMALL)


def _arrow(canvas: Canvas, x0: float, y0: float, x1: float, y1: float) -> None:
    canvas.line(x0, y0, x1, y1, color=INK)
    head = 0.07  # the tip of the arrowhead touches the box
    if y1 > y0:
        canvas.points([x1], [y1 - head], marker="v", markersize=4, color=INK)
    else:
        canvas.points([x1 - head], [y1], marker=">", markersize=4, color=INK)


def _before(canvas: Canvas, table: pd.DataFrame, middle: float) -> float:
    """Draw the boxes before the cohort; give where the cohort's box begins."""
    screened, excluded = (
        _text(table, box, "", WIDE, canvas.labels) for box in ("screened", "excluded")
    )
    y = EDGE
    if screened:
        _box(canvas, screened, middle - WIDE / 2, y, WIDE)
        y += screened.height
    if not screened and not excluded:
        return y
    below = y + (excluded.height if excluded else 0) + GAP + (0.2 if excluded else 0)
    _arrow(canvas, middle, y, middle, below)
    if excluded:
        left = DOUBLE_CM - EDGE - WIDE
        top = y + GAP / 2 + 0.1
        _box(canvas, excluded, left, top, WIDE)
        _arrow(canvas, middle, top + excluded.height / 2, left, top + excluded.height / 2)
    return below


def _column(
    canvas: Canvas,
    table: pd.DataFrame,
    code: str,
    column: tuple[float, float],
    y: float,
    arms: Arms,
    split: float,
) -> None:
    left, wide = column
    centre, above = left + wide / 2, split
    for place, name in enumerate(("arm", *STAGES)):
        text = _text(table, name, code, wide, canvas.labels)
        if text is None:
            continue
        _arrow(canvas, centre, above, centre, y)
        color = arms.color(code)
        _box(
            canvas,
            text,
            left,
            y,
            wide,
            color if place == 0 else INK,
            tint(color, 0.1) if place == 0 else "white",
        )
        above = y + _tallest(table, name, arms.codes, canvas.labels)
        # a shorter box leaves a gap to the row below: the arrow starts at its own edge
        y, above = above + GAP, y + text.height


def _tallest(table: pd.DataFrame, box: str, codes: list[str], labels: Labels) -> float:
    wide, _ = _columns(len(codes))
    texts = [_text(table, box, code, wide, labels) for code in codes]
    return max((text.height for text in texts if text), default=0.0)


def _height(table: pd.DataFrame, study: Study, labels: Labels) -> float:
    screened, excluded = (_text(table, box, "", WIDE, labels) for box in ("screened", "excluded"))
    height = EDGE + _text(table, "cohort", "", WIDE, labels).height
    if screened or excluded:
        height += (screened.height if screened else 0) + GAP
        height += excluded.height + 0.2 if excluded else 0
    for box in ("arm", *STAGES):
        tallest = _tallest(table, box, study.arm_codes, labels)
        height += tallest + GAP if tallest else 0
    return height + EDGE


def _caption(table: pd.DataFrame, study: Study) -> str:
    text = "Patient flow. Numbers from the cohort on are counted from the patient table"
    if study.other_arms == "exclude" or study.further_arms:
        text += ", and so are patients of further arms"
    text += "; those before it are from the study file." if "screened" in set(table["box"]) else "."
    notes = [md(note) for note in dict.fromkeys(table["note"]) if note]
    return " ".join([text, *notes])


def _alt(table: pd.DataFrame, study: Study) -> str:
    parts = []
    for row in table[table["role"] == "box"].itertuples():
        label = clean(row.label)
        if row.arm and row.box != "arm":
            label = f"{clean(study.arm_label(row.arm))}, {label.lower()}"
        items = _rows(table, row.box, row.arm, "item")
        detail = ", ".join(f"{clean(i.label).lower()} {i.n}" for i in items.itertuples())
        parts.append(f"{label} {row.n}" + (f" ({detail})" if detail else ""))
    return f"Patient flow. {'; '.join(parts)}."
