"""What an editor shows of the installed package: names, arguments, docstrings; fast, anywhere."""

import subprocess
import sys

import pytest

JEDI = """
import jedi
names = [found.name for found in jedi.Script("from cohortbook import k").complete()]
call = jedi.Script("from cohortbook import km\\nkm(").get_signatures()[0]
inside = jedi.Script("from cohortbook.stats.km import kap").complete()
print(names, [found.name for found in inside])
print([given.name for given in call.params][:2], "Kaplan and Meier" in call.docstring())
"""
KERNEL = """
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import cohortbook; from cohortbook import km")
with provisionalcompleter():
    for code in ("from cohortbook import k", "cohortbook.k", "cohortbook.km(endp"):
        print([found.text for found in shell.Completer.completions(code, len(code))])
found = shell.object_inspect("cohortbook.km")
print("Kaplan and Meier" in found["docstring"], "endpoint" in found["definition"])
"""
HEAVY = ("matplotlib", "scipy.stats", "scipy.optimize", "seaborn", "papermill", "IPython")


@pytest.fixture
def said(tmp_path):
    """Give what Python prints in an empty folder, with the package as it is installed."""

    def run(code):
        words = [sys.executable, "-c", code]
        return subprocess.run(
            words, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.splitlines()

    return run


def test_an_editor_completes_names_and_shows_signature_and_docstring(said):
    assert said(JEDI) == ["['km'] ['kaplan_meier', 'KaplanMeier']", "['cohort', 'endpoint'] True"]


def test_a_notebook_completes_names_and_arguments_and_shows_the_help(said):
    assert said(KERNEL) == ["['km']", "['km']", "['endpoint=']", "True True"]


def test_a_verb_is_imported_without_what_only_drawing_and_fitting_need(said):
    """Anywhere, in an empty notebook: as fast as pandas and a few modules of our own."""
    loaded = f"[name for name in {HEAVY} if name in sys.modules]"
    assert said(f"import sys\nfrom cohortbook import km\nprint({loaded})") == ["[]"]
    assert said(f"import sys\nimport cohortbook\nprint('pandas' in sys.modules, {loaded})") == [
        "False []"
    ]


def test_a_module_called_helpers_beside_a_notebook_is_the_user_s_own(tmp_path, said):
    (tmp_path / "helpers.py").write_text("def mine():\n    return 'mine'\n")
    code = "from helpers import mine\nfrom cohortbook import km\nprint(mine(), km.__module__)"
    assert said(code) == ["mine cohortbook.verbs.survival"]
