"""A notebook's cache key holds the helpers that its imports reach, and no others."""

import subprocess
import sys
from pathlib import Path

import pytest

from cohortbook.build.notebooks.cache import helper_sources
from cohortbook.build.notebooks.notebooks import find_notebooks
from cohortbook.build.notebooks.reach import PACKAGE, reachable

NOTEBOOKS = PACKAGE.parents[2] / "notebooks"


def test_imports_are_followed_through_packages_and_functions():
    found = reachable(["from cohortbook.analysis.survival import km_panel"])
    assert {"__init__.py", "analysis/__init__.py", "analysis/survival.py"} <= found
    assert "stats/km.py" in found, "imported by what is imported"
    assert "analysis/safety.py" not in found


def test_a_module_named_in_an_import_from_its_package_is_reached():
    assert "display/sentences/cox.py" in reachable(["from cohortbook.display.sentences import cox"])


@pytest.mark.parametrize("source", ["%run other.ipynb", "import_module(name)", "exec(text)"])
def test_what_cannot_be_known_reaches_everything(source):
    assert reachable([source]) is None
    sources = helper_sources([source])
    assert {"study/study.py", "analysis/safety.py", "build/notebooks/execute.py"} <= set(sources)
    assert not {"cli.py", "build/render/render.py"} & set(sources)


def test_what_runs_a_notebook_counts_for_every_notebook():
    assert {"build/notebooks/execute.py", "build/notebooks/template.py"} <= set(
        helper_sources(["x = 1"])
    )


def test_the_notebooks_load_nothing_that_was_not_foreseen():
    """Their import statements are run, and what they loaded is compared."""
    sources = [source for found in find_notebooks(NOTEBOOKS) for source in found.sources]
    lines = [line for source in sources for line in source.splitlines()]
    imports = "\n".join(line for line in lines if line.startswith(("import ", "from ")))
    code = (
        f"{imports}\nimport sys\nprint(*(m.__file__ for n, m in sys.modules.items() "
        "if n.split('.')[0] == 'cohortbook'), sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {Path(line).relative_to(PACKAGE).as_posix() for line in done.stdout.splitlines()}
    assert loaded <= reachable(sources)
