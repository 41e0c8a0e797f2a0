"""Run the source notebooks in place, for the default study, and store their outputs.

What differs from run to run or from machine to machine is taken out, so that a changed file means
a changed result. `make test` compares these outputs with fresh ones.

    python tools/refresh_notebooks.py [NAME ...]      all notebooks, or those named: 03-survival
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from jupyter_core.utils import ensure_event_loop
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from cohortbook.build.files.publish import replace_text
from cohortbook.build.notebooks.environment import kernel_environment
from cohortbook.build.notebooks.kernel import kernel_manager
from cohortbook.build.notebooks.notebooks import Notebook, find_notebooks
from cohortbook.build.notebooks.tidy import tidy, write_notebook

ROOT = Path(__file__).resolve().parents[1]


def refresh(notebook: Notebook, scratch: Path) -> str:
    """Run one notebook and write it back; give "" or why it failed."""
    content = nbformat.read(notebook.path, as_version=4)
    environment = kernel_environment(scratch, ROOT / ".cache")
    manager = kernel_manager(notebook.path.parent, scratch, environment)
    client = NotebookClient(
        content,
        kernel_name="python3",
        kernel_manager_class=manager,
        timeout=None,
        coalesce_streams=True,
    )
    try:
        client.execute()
    except CellExecutionError as error:
        if error.ename == "NothingToDo":
            print(f"{notebook.name}: {error.evalue or 'nothing to do for this study'}", flush=True)
            return ""
        return f"{notebook.name}: {error}"
    finally:
        ensure_event_loop().close()
    hidden = {str(ROOT): "..", str(Path.home()): "~"}
    replace_text(notebook.path, write_notebook(tidy(content, {}, hidden)))
    print(f"{notebook.name} done", flush=True)
    return ""


def main(names: list[str]) -> int:
    """Refresh the notebooks named, or all; give the exit code."""
    found = {notebook.name: notebook for notebook in find_notebooks(ROOT / "notebooks")}
    unknown = [name for name in names if name not in found]
    if unknown:
        print(f"No notebook {', '.join(unknown)}; there are {', '.join(found)}.", file=sys.stderr)
        return 1
    wanted = [found[name] for name in names or found]
    with tempfile.TemporaryDirectory(prefix="cohort-") as scratch, ThreadPoolExecutor(2) as pool:
        failures = list(pool.map(lambda notebook: refresh(notebook, Path(scratch)), wanted))
    for failure in filter(None, failures):
        print(failure, file=sys.stderr)
    return 1 if any(failures) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
