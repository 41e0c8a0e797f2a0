"""The house style of figures: sizes in centimetres, type in points, colours from the study file."""

from __future__ import annotations

from dataclasses import dataclass

from ..study import Study

SINGLE_CM, DOUBLE_CM = 8.0, 17.0
POINT = 8.0  # body type of every figure, at final size

RC = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": POINT,
    "axes.titlesize": POINT + 1,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": POINT,
    "xtick.labelsize": POINT - 1,
    "ytick.labelsize": POINT - 1,
    "legend.fontsize": POINT - 1,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.2,
    "svg.fonttype": "path",
    "svg.hashsalt": "cohortbook",
    "pdf.fonttype": 42,
    "figure.dpi": 110,
    "savefig.facecolor": "white",
}


@dataclass(frozen=True)
class Arms:
    """How the arms are drawn: codes (reference arm first), labels and colours by code."""

    codes: list[str]
    labels: dict[str, str]
    colors: dict[str, str]

    @classmethod
    def of(cls, study: Study) -> Arms:
        """Read labels and colours from the study file."""
        return cls(
            study.arm_codes,
            {arm.code: arm.label for arm in study.arms},
            {arm.code: arm.color for arm in study.arms},
        )
