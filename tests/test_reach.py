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
    assert not {"cli/main.py", "build/render/render.py"} & set(sources)


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


# what is edited, and the notebooks that are then run, by their numbers: those that draw, print or
# say it, and no others
RERUN = {
    "display/figures/distributions": "01",
    "display/figures/flow": "01",
    "display/figures/cases": "02",
    "display/figures/imaging": "02",
    "display/figures/spider": "02",
    "display/figures/swimmer": "02",
    "display/sentences/duration": "02",
    "display/tables/duration": "02",
    "display/figures/waterfall": "02",
    "display/figures/km_panel": "02 03 04 08 09 12",
    "display/figures/km_words": "02 03 04 08 09 12",
    "display/figures/km": "02 03 04 08 09 12",
    "display/figures/forest": "04",
    "display/figures/schoenfeld": "04",
    "display/figures/subgroups": "04",
    "display/figures/safety": "05",
    "display/figures/balance": "06 12",
    "display/figures/bootstrap": "06",
    "display/figures/checks": "06",
    "display/figures/restricted": "06",
    "display/figures/specification": "06",
    "display/figures/published": "07",
    "display/figures/sweep": "",
    "display/tables/baseline": "01",
    "display/tables/response": "02",
    "display/tables/survival": "02 03",
    "display/tables/cox": "04",
    "display/tables/safety": "05",
    "display/tables/robustness_models": "06",
    "display/tables/robustness_results": "06",
    "display/tables/published": "07",
    "display/figures/competing_events": "09",
    "display/tables/competing_events": "09",
    "display/sentences/competing_events": "09",
    "analysis/competing": "09 13",
    "display/figures/missing": "10",
    "display/tables/missing": "10",
    "display/sentences/missing": "10",
    "analysis/imputed": "10",
    "analysis/several_arms": "03 04",
    "display/figures/several_arms": "03 04",
    "display/tables/several_arms": "03 04",
    "display/sentences/several_arms": "03 04",
    "display/sentences/pairs": "02 03 04",
    "display/sentences/follow_up": "02 03 04",
    "analysis/stratified": "03 04",
    "display/tables/stratified": "03 04",
    "display/sentences/stratified": "03 04",
    "display/figures/weighted": "12",
    "display/tables/weighted": "12",
    "display/sentences/weighted": "12",
    "analysis/weighted_survival": "12",
    "display/figures/changing": "11",
    "display/tables/changing": "11",
    "display/sentences/changing": "11",
    "analysis/nonproportional": "11",
    "display/figures/continuous": "11",
    "display/tables/continuous": "11",
    "display/sentences/continuous": "11",
    "analysis/continuous": "11",
    "display/figures/prognostic_model": "13",
    "display/tables/prognostic_model": "13",
    "display/sentences/prognostic_model": "13",
    "analysis/prediction": "13",
    "stats/penalised": "13",
    "display/figures/late_treatment": "08",
    "display/tables/late_treatment": "08",
    "display/sentences/late_treatment": "08",
    "analysis/time_dependent": "08",
    "stats/clone_censor": "08",
    "display/tables/sweep": "",
    "display/sentences/cohort": "01",
    "display/sentences/response": "02",
    "display/sentences/cases": "02",
    "display/sentences/survival": "02 03",
    "display/sentences/cox": "04",
    "display/sentences/safety": "05",
    "display/sentences/robustness": "06",
    "display/sentences/verdict": "06",
    "display/sentences/published": "07",
    "analysis/flow": "01",
    "analysis/lanes": "02",
    "analysis/lesions": "02",
    "analysis/cases": "02",
    "analysis/survival_parts": "02 03",
    "analysis/cox_checks": "04",
    "analysis/robustness/bootstrap": "06",
    # what a paper printed is held against all that is computed; adjusted tests are of every family
    "analysis/baseline": "01 07",
    "analysis/response": "02 06 07",
    "analysis/survival": "02 03 04 06 07 08 09 12",
    "analysis/safety": "05 07",
    "published/audit/wald": "07",
    "stats/schoenfeld_smooth": "04",
    "stats/firth": "06",
    # drawn alike by several
    "display/figures/rows": "02 03 04 05 06 07 08 10 11 12",
    "display/figures/estimates": "02 03 04 05 06 07",  # results without a figure of their own
    "display/tables/tidy": "01 02 04 06",
    "display/figures/thin": "01 02 03 04 08 09 12",
    "display/drawing/ticks": "01 02",
    # nothing that a notebook shows
    "build/render/docx": "",
    "build/output/workbook": "",
    "display/methods/manuscript": "",
    "intake/create": "",
    "cli/main": "",
}


@pytest.fixture(scope="module")
def keys():
    """Give the files in the cache key of each notebook, by its number."""
    return {found.stem[:2]: helper_sources(found.sources) for found in find_notebooks(NOTEBOOKS)}


@pytest.mark.parametrize("module", RERUN)
def test_an_edit_reruns_only_the_notebooks_that_show_it(module, keys):
    assert (PACKAGE / f"{module}.py").is_file()
    found = [number for number, sources in keys.items() if f"{module}.py" in sources]
    assert found == RERUN[module].split()


def test_every_figure_is_in_the_list_and_drawn_by_one_notebook(keys):
    names = ("__init__", "balance", "estimates", "km", "km_panel", "km_words", "rows", "thin",
             "several_arms")  # fmt: skip
    shared = {f"display/figures/{name}" for name in names}
    figures = {
        f"display/figures/{path.stem}" for path in (PACKAGE / "display/figures").glob("*.py")
    }
    assert figures - set(RERUN) == {"display/figures/__init__"}
    assert all(len(RERUN[name].split()) <= 1 for name in figures - shared)
