"""Try the reader of papers: tables of random content and style, written in four formats, read back.

    cd tools && python paper_trial.py [papers] [seed]

Each paper has a baseline table, a table of adverse events and a Cox table, in styles drawn by
chance (signs, dashes, decimal points, labels set in or in two columns, percentages in columns of
their own, limits in one cell or two, marks of footnotes). It prints, by format, how many of the
printed numbers were read, and how many of the numbers that were called read are right.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from cohortbook.published.paper_in import draft_of, read_paper
from paper_files import MAKERS, Rows, Table

NAMES = [
    "Sex",
    "Smoking",
    "Stage",
    "ECOG PS",
    "Child-Pugh class",
    "HBV infection",
    "Histology",
    "Tumour site",
    "Differentiation",
    "Vascular invasion",
]
LEVELS = [
    ["Male", "Female"],
    ["Never", "Former", "Current"],
    ["I", "II", "III", "IV"],
    ["0", "1", "2"],
    ["A", "B"],
    ["Yes", "No"],
    ["Adenocarcinoma", "Squamous", "Other"],
    ["Left", "Right"],
    ["Well", "Moderate", "Poor"],
    ["Absent", "Present"],
]
EVENTS = ["Rash", "Fatigue", "Nausea", "Diarrhoea", "Fever", "Neutropenia", "AST increased"]
CONTINUOUS = ["Age, years", "BMI", "AFP, ng/mL", "Tumour size, cm", "Albumin, g/L"]
Truth = Counter[tuple[str, ...]]


class Style:
    """How one paper prints."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.point = str(rng.choice([".", ".", ".", "·"]))
        self.dash = str(rng.choice(["-", "–", " to ", "–"]))
        self.percent = str(rng.choice(["", "%"]))
        self.brackets = ("(", ")") if rng.random() < 0.7 else ("[", "]")
        self.label_columns = int(rng.choice([1, 1, 2]))
        self.inset = bool(rng.random() < 0.7)
        self.own_column = bool(rng.random() < 0.2)
        self.limits_apart = bool(rng.random() < 0.4)
        self.mark = str(rng.choice(["", "<sup>a</sup>", "*", "<sup>1</sup>"]))
        self.zero = bool(rng.random() < 0.8)

    def number(self, value: float, decimals: int) -> tuple[str, str]:
        """Print a number: as the paper has it, and as it must be read."""
        text = f"{value:.{decimals}f}"
        return text.replace(".", self.point), text

    def p(self) -> tuple[str, str]:
        """Print a P value."""
        value = float(self.rng.random() ** 2)
        if value < 0.001:
            return "&lt;0" + self.point + "001", "<0.001"
        text = f"{value:.{int(self.rng.integers(2, 4))}f}"
        text = text if self.zero else text.replace("0.", ".", 1)
        mark = self.mark if self.rng.random() < 0.2 else ""
        return text.replace(".", self.point) + mark, text

    def count(self, count: int, size: int) -> tuple[list[str], list[str]]:
        """Print a count with its percentage."""
        shown, percent = self.number(100 * count / size, 1)
        if self.own_column:
            return [str(count), shown], [str(count), percent]
        return [f"{count} {self.brackets[0]}{shown}{self.percent}{self.brackets[1]}"], [
            str(count),
            percent,
        ]


def arms_of(rng: np.random.Generator) -> dict[str, int]:
    """Draw two or three arms."""
    names = [["Control", "Treated"], ["Group A", "Group B"], ["Placebo", "Low dose", "High dose"]]
    chosen = names[int(rng.integers(len(names)))]
    return {name: int(rng.integers(25, 400)) for name in chosen}


def heads_of(style: Style, arms: dict[str, int], two: int) -> Rows:
    """Give the heads of a table of arms."""
    form = str(style.rng.choice(["{} (n = {})", "{} (N={})", "{}, n={}"]))
    label = ["Variable", "Category"][: style.label_columns] if two else ["Variable"]
    names = [form.format(name, size) for name, size in arms.items()]
    if style.own_column:
        return [
            [*(f"{x}__2" for x in label), *(f"{x}|2" for x in names), "<italic>P</italic>__2"],
            [x for _ in names for x in ("n", "%")],
        ]
    return [[*label, *names, "<italic>P</italic> value"]]


def baseline(style: Style, arms: dict[str, int], truth: Truth) -> Table:
    """Make a baseline table."""
    rng, body = style.rng, []
    blank = [""] * (len(arms) * (2 if style.own_column else 1))
    two = style.label_columns == 2
    mean, median = "mean ± SD", str(rng.choice(["median (range)", "median (IQR)"]))
    for name in rng.permutation(CONTINUOUS)[:3] if not style.own_column else ():
        form = mean if rng.random() < 0.5 else median
        cells = []
        for arm in arms:
            a, b = style.number(rng.uniform(20, 90), 1), style.number(rng.uniform(2, 15), 1)
            c = style.number(rng.uniform(91, 200), 1)
            cells.append(
                f"{a[0]} ± {b[0]}" if form == mean else f"{a[0]} ({b[0]}{style.dash}{c[0]})"
            )
            for part in (a, b) if form == mean else (a, b, c):
                truth["Table 1", arm, part[1]] += 1
        shown, p = style.p()
        truth["Table 1", "P", p] += 1
        body.append([f"{name}, {form}", *([""] if two else []), *cells, shown])
    for k in rng.permutation(len(NAMES))[: int(rng.integers(3, 7))]:
        levels = LEVELS[k]
        shares = {
            arm: rng.multinomial(size, rng.dirichlet(np.full(len(levels), 3.0)))
            for arm, size in arms.items()
        }
        shown, p = style.p()
        truth["Table 1", "P", p] += 1
        if not two:
            body.append([f"{NAMES[k]}, n (%)", *blank, shown])
        for i, level in enumerate(levels):
            cells = []
            for arm, size in arms.items():
                printed, right = style.count(int(shares[arm][i]), size)
                cells += printed
                for part in right:
                    truth["Table 1", arm, part] += 1
            inset = "\u2003" if style.inset else ""
            if two:
                first = [f"{NAMES[k]}__{len(levels)}"] if i == 0 else []
                p_cell = [f"{shown}__{len(levels)}"] if i == 0 else []
                body.append([*first, level, *cells, *p_cell])
            else:
                body.append([inset + level, *cells, ""])
    return (
        "Table 1",
        "Baseline characteristics of the patients",
        heads_of(style, arms, two),
        body,
        "",
    )


def safety(style: Style, arms: dict[str, int], truth: Truth) -> Table:
    """Make a table of adverse events."""
    body = []
    for name in EVENTS[: int(style.rng.integers(3, 8))]:
        cells = []
        for arm, size in arms.items():
            printed, right = style.count(int(style.rng.integers(0, size)), size)
            cells += printed
            for part in right:
                truth["Table 2", arm, part] += 1
        shown, p = style.p()
        truth["Table 2", "P", p] += 1
        body.append([name, *cells, shown])
    return "Table 2", "Adverse events, n (%)", heads_of(style, arms, 0), body, "By Fisher's test."


def cox(style: Style, truth: Truth) -> Table:
    """Make a Cox table with one or two models."""
    rng = style.rng
    models = ["Univariable", "Multivariable"][: int(rng.integers(1, 3))]
    width = 3 if style.limits_apart else 2
    low = ["HR", "95% CI", "P"] if style.limits_apart else ["HR (95% CI)", "P value"]
    heads = [["Factor__2", *(f"{m} analysis|{width}" for m in models)], low * len(models)]
    body = []
    for k in rng.permutation(len(NAMES))[: int(rng.integers(3, 7))]:
        levels = LEVELS[k]
        body.append([NAMES[k], *[""] * (width * len(models))])
        for i, level in enumerate(levels):
            row = [f"\u2003{level}"]
            for _ in models:
                row += _ratio(style, truth, i == 0)
            body.append(row)
    return "Table 3", "Cox regression analysis of overall survival", heads, body, ""


def _ratio(style: Style, truth: Truth, reference: bool) -> list[str]:
    """Print one ratio with its limits and P."""
    rng = style.rng
    if reference:
        text = str(rng.choice(["1", "Reference", "1.00 (ref)"])).replace(".", style.point)
        return [text, *[""] * (2 if style.limits_apart else 1)]
    ratio = float(np.exp(rng.normal(0, 0.6)))
    error = float(rng.uniform(0.1, 0.5))
    numbers = [style.number(ratio * float(np.exp(z * error)), 2) for z in (0, -1.96, 1.96)]
    for number in numbers:
        truth["Table 3", "ratio", number[1]] += 1
    shown, p = style.p()
    truth["Table 3", "P", p] += 1
    (a, _), (b, _), (c, _) = numbers
    open_, close = style.brackets
    if style.limits_apart:
        return [a, f"{b}{style.dash}{c}", shown]
    return [f"{a} {open_}{b}{style.dash}{c}{close}", shown]


def paper(seed: int) -> tuple[list[Table], Truth]:
    """Make one paper and the numbers that it prints."""
    rng = np.random.default_rng(seed)
    style, truth = Style(rng), Counter()
    arms = arms_of(rng)
    return [baseline(style, arms, truth), safety(style, arms, truth), cox(style, truth)], truth


def read_back(draft: Any) -> Truth:
    """Give the numbers of a draft by table and group."""
    found: Truth = Counter()
    for item in draft.published().statistics():
        if item.statistic == "n" and item.analysis == "flow":
            continue
        group = item.group
        if item.kind in ("ratio", "limit"):
            group = "ratio"
        elif item.kind == "p_value":
            group = "P"
        found[item.where, group, item.printed.text.rstrip("%")] += 1
    return found


def main(papers: int = 100, seed: int = 5000) -> None:
    """Run the trial and print its table."""
    print("| format | numbers printed | read | of those read, right | cells not understood |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for suffix, make in MAKERS.items():
            printed, right, given, left = 0, 0, 0, 0
            for i in range(papers):
                tables, truth = paper(seed + i)
                draft = draft_of(read_paper(make(Path(folder) / f"p{i}.{suffix}", tables)))
                found = read_back(draft)
                printed += sum(truth.values())
                given += sum(found.values())
                same = sum((truth & found).values())
                right += same
                left += int((draft.account["status"] == "not understood").sum())
                if "--show" in sys.argv and (truth - found or found - truth):
                    print(suffix, seed + i, dict(truth - found), dict(found - truth))
            print(
                f"| {suffix} | {printed} | {right} ({100 * right / printed:.1f} %) | "
                f"{100 * right / max(given, 1):.2f} % | {left} |"
            )


if __name__ == "__main__":
    main(*map(int, [x for x in sys.argv[1:] if not x.startswith("--")]))
