"""The house style of figures: sizes in centimetres, type in points, colours from the study file."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.colors import to_hex, to_rgb

from ...study.study import Study
from .letters import families

SINGLE_CM, DOUBLE_CM = 8.0, 17.0
MAX_HEIGHT_CM = 21.5  # what leaves room for a caption on a journal's page
POINT = 8.0  # body type of every figure, at final size
SMALL = 7.0  # ticks, tables, notes: nothing in a figure is set smaller

INK, MUTED, RULE, FAINT = "#1A1A1A", "#5F5F5F", "#B8B8B8", "#EDEDED"

# Best to worst response: distinct for the colour-blind; hatching separates them in grey.
RESPONSE_RAMP = ("#01665E", "#5AB4AC", "#D6D2C4", "#B8651B")
NOT_EVALUABLE = "#FFFFFF"

RC = {
    "font.family": families(),
    "font.size": POINT,
    "text.color": INK,
    "text.parse_math": False,
    "text.hinting": "none",  # so that a line is as wide in a bitmap as it is in a vector file
    "axes.titlesize": POINT + 1,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": POINT,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "lines.linewidth": 1.2,
    "hatch.linewidth": 0.5,
    "svg.fonttype": "path",
    # matplotlib names clipping paths and markers by a random salt: two files would differ
    "svg.hashsalt": "cohortbook",
    # TrueType: many journals refuse the Type 3 fonts that are matplotlib's default
    "pdf.fonttype": 42,
    "figure.dpi": 110,
    "savefig.facecolor": "white",
}


def use() -> None:
    """Set the house style; the same values each time, so that any thread may call it."""
    mpl.rcParams.update(RC)


def tint(color: str, share: float) -> str:
    """Mix a colour with white; `share` of the colour is kept."""
    return to_hex([share * part + 1 - share for part in to_rgb(color)])


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

    def color(self, group: str) -> str:
        """Give the colour of an arm; anything else ("overall") is drawn in ink."""
        return self.colors.get(group, INK)

    def width(self, group: str) -> float:
        """Give the line width: the reference arm is thinner, so that grey copies stay legible."""
        return 1.1 if group == self.codes[0] else 1.7

    def dashes(self, group: str) -> tuple:
        """Give the line style: the reference arm is dashed, for grey copies."""
        return (0, (5, 1.2)) if group == self.codes[0] else "solid"


@dataclass(frozen=True)
class Look:
    """How a response category is filled."""

    color: str
    hatch: str = ""
    edge: str = INK


def response_looks(study: Study) -> dict[str, Look]:
    """Give each response category of the study its fill, from best to worst."""
    spec = study.response
    codes = [c.code for c in spec.categories if c.code != spec.not_evaluable]
    last = len(RESPONSE_RAMP) - 1
    looks = {}
    for place, code in enumerate(codes):
        step = round(place * last / max(len(codes) - 1, 1))
        # hatched: in a grey copy progression must not look like the category beside it
        worst = code not in {*spec.control, *spec.objective}
        looks[code] = Look(RESPONSE_RAMP[step], "//////" if worst else "")
    if spec.not_evaluable is not None:
        looks[spec.not_evaluable] = Look(NOT_EVALUABLE)
    return looks
