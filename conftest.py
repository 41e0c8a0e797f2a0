"""Tests do not depend on the fonts of the machine, nor on what libraries say on stderr."""

import os
from pathlib import Path

from cohortbook.build.notebooks.environment import fonts_folder
from cohortbook.build.notebooks.fonts import own_fonts

KEPT = Path(__file__).parent / ".cache"


def pytest_sessionstart():
    own_fonts(fonts_folder(KEPT))
    os.environ["MPLCONFIGDIR"] = str(fonts_folder(KEPT))


def pytest_collectstart(collector):
    if getattr(collector, "skip_compare", None):
        collector.skip_compare += ("stderr",)
