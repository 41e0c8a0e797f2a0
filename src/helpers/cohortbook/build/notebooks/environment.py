"""The environment of a kernel: cut off from the settings of the user's home."""

from __future__ import annotations

import os
from pathlib import Path

# Results must not depend on how many processors a machine has, nor on the order of a hash.
FIXED = {
    # as in JupyterLab: what a cell draws with pyplot stands under it
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "315532800",
    "TZ": "UTC",
    # or the debugger, which nobody asked for, warns in the output of the first cell
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "LC_ALL": "C.UTF-8",
    "COLUMNS": "100",
    "NO_COLOR": "1",
}


def fonts_folder(settings: Path) -> Path:
    """Give the folder where matplotlib keeps its list of fonts."""
    return settings / "matplotlib"


def kernel_environment(scratch: Path, settings: Path) -> dict[str, str]:
    """Give the environment of a kernel.

    Parameters
    ----------
    scratch : Path
        Where IPython may write; it goes with the build.
    settings : Path
        Where matplotlib keeps its list of fonts from one build to the next. A `matplotlibrc` in
        the user's home would change the figures and is not read.
    """
    own = {"IPYTHONDIR": str(scratch / "ipython"), "MPLCONFIGDIR": str(fonts_folder(settings))}
    # what is left out could change a figure, a warning or what runs first, on this machine alone
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("MPL", "MATPLOTLIB", "PYTHONWARNINGS", "PYTHONSTARTUP", "IPYTHON"))
    }
    return inherited | FIXED | own
