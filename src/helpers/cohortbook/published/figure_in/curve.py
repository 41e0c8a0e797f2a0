"""One curve of a figure, and the figure, as read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Curve:
    """One curve: times of its drops, survival after each, and times of censor marks."""

    times: list[float]
    survival: list[float]
    marks: list[float] = field(default_factory=list)
    at_risk: dict[float, int] = field(default_factory=dict)
    precision: float = 0.0  # of survival, as the file was written


@dataclass
class Figure:
    """A Kaplan-Meier figure as read."""

    curves: list[Curve]
    ticks: list[float]
