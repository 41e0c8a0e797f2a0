"""Kaplan-Meier figures drawn as vectors, read back: steps, censor marks, numbers at risk, patients.

Only what the figure holds is read: the corners of its curves to the precision they were written
with. Scanned figures are refused; nothing is traced from pixels.
"""

from .curve import Curve, Figure
from .patients import Patients, patients_behind
from .vector import read_figure

__all__ = ["Curve", "Figure", "Patients", "patients_behind", "read_figure"]
