"""Kaplan-Meier figures drawn as vectors, read back: steps, censor marks, numbers at risk, patients.

Only what the figure holds is read: the corners of its curves to the precision they were written
with. Scanned figures are refused, as nothing is traced from pixels; points that were clicked along
their curves can be given instead.
"""

from .curve import Curve, Figure
from .guyot import guyot
from .patients import Patients, patients_behind
from .points import read_points
from .vector import read_figure

__all__ = ["Curve", "Figure", "Patients", "guyot", "patients_behind", "read_figure", "read_points"]
