"""The kernel of a build: this Python, cut off from the settings of the user's home."""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path
from subprocess import Popen

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

# Results must not depend on how many processors a machine has, nor on the order of a hash.
FIXED = {
    "MPLBACKEND": "agg",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "315532800",
    "TZ": "UTC",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "LC_ALL": "C.UTF-8",
    "COLUMNS": "100",
    "NO_COLOR": "1",
}
# a kernel that is told to end may say so on the terminal; what fails is raised, not logged
LAUNCH = (sys.executable, "-m", "ipykernel_launcher", "--IPKernelApp.log_level=50")


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
    own = {"IPYTHONDIR": str(scratch / "ipython"), "MPLCONFIGDIR": str(settings / "matplotlib")}
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("MPL", "MATPLOTLIB", "PYTHONWARNINGS", "PYTHONSTARTUP", "IPYTHON"))
    }
    return inherited | FIXED | own


def kernel_manager(
    folder: Path, sockets: Path, environment: dict[str, str], started: list[Popen] | None = None
) -> type[AsyncKernelManager]:
    """Give a kernel manager class that starts this Python in `folder`.

    A kernel specification of the user named "python3" may be another Python: none is looked up.
    Patients' data pass between build and kernel: through files in `sockets` that only this user
    can open where the system has such, over the loopback interface on Windows. The processes
    are added to `started`.
    """

    class BuildKernelManager(AsyncKernelManager):
        def __init__(self, **traits) -> None:
            connection = sockets / f"{uuid.uuid4().hex[:12]}.json"
            transport = {"transport": "ipc"} if os.name == "posix" else {}
            super().__init__(**traits, **transport, connection_file=str(connection))

        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(
                argv=[*LAUNCH, "-f", "{connection_file}"],
                display_name="Python 3",
                language="python",
            )

        async def start_kernel(self, **kwargs) -> None:
            await super().start_kernel(**kwargs | {"cwd": str(folder), "env": environment})
            if started is not None:
                started.append(self.provisioner.process)

    return BuildKernelManager
