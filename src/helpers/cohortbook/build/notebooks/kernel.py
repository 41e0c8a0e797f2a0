"""The kernel of a build: this Python, started or copied, never a kernel that is looked up."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from subprocess import Popen
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from .template import Forked, Template

# a kernel that is told to end may say so on the terminal; what fails is raised, not logged
QUIET = "--IPKernelApp.log_level=50"
# "-P": a module beside the notebook must not stand for one of Python or of ours
LAUNCH = (sys.executable, "-P", "-m", f"{__package__}.recorded", QUIET)

SOCKET_PATH = 100  # bytes that the path of a socket may have, on every POSIX system


class ForkedProvisioner(LocalProvisioner):
    """Starts a kernel as a copy of a template process."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        # the copy runs already: of the command only what the kernel itself is told
        arguments = cmd[cmd.index(QUIET) :]
        fork = partial(self.parent.template.fork, arguments, kwargs["cwd"])
        self.process = await asyncio.get_running_loop().run_in_executor(None, fork)
        self.pid = self.pgid = self.process.pid
        return self.connection_info


def kernel_manager(
    folder: Path,
    sockets: Path,
    environment: dict[str, str],
    started: list[Popen | Forked] | None = None,
    forks: Template | None = None,
    record: Sequence[str] = (),
) -> type[AsyncKernelManager]:
    """Give a kernel manager class that starts this Python in `folder`.

    A kernel specification of the user named "python3" may be another Python: none is looked up.
    Patients' data pass between build and kernel: through files in `sockets` that only this user
    can open where the system has such and the folder's path is not too long for them, over the
    loopback interface elsewhere. The processes are added to `started`. With `forks` they are
    copies of that process, and their environment is its own. `record` asks the kernel to note
    what its notebook opens: see `recorded.option`.
    """

    class BuildKernelManager(AsyncKernelManager):
        template = forks

        def __init__(self, **traits) -> None:
            connection = sockets / f"{uuid.uuid4().hex[:12]}.json"
            # Jupyter adds the number of one of five channels to the name of the connection's file
            longest = len(os.fsencode(connection.with_suffix(""))) + len("-ipc-5")
            by_files = os.name == "posix" and longest <= SOCKET_PATH
            transport = {"transport": "ipc"} if by_files else {}
            super().__init__(**traits, **transport, connection_file=str(connection))

        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(
                argv=[*LAUNCH, "-f", "{connection_file}", *record],
                display_name="Python 3",
                language="python",
            )

        async def start_kernel(self, **kwargs) -> None:
            if forks:
                self.provisioner = ForkedProvisioner(
                    kernel_id="", kernel_spec=self.kernel_spec, parent=self
                )
            await super().start_kernel(**kwargs | {"cwd": str(folder), "env": environment})
            if started is not None:
                started.append(self.provisioner.process)

    return BuildKernelManager
