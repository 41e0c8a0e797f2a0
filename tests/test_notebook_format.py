"""Notebooks are read and written without the grammar of addresses that JupyterLab brings."""

import subprocess
import sys

import pytest

GRAMMAR = "rfc3987_syntax"
READS = """\
import sys
from cohortbook.build.notebooks.notebook_format import GRAMMAR, notebook_format
nbformat = notebook_format()
from papermill import execute_notebook
print(GRAMMAR in sys.modules, "lark" in sys.modules)
book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("a", id="a")])
nbformat.validate(book)
book.cells[0].cell_type = "nonsense"
try:
    nbformat.validate(book)
except nbformat.ValidationError:
    print("refused")
import rfc3987_syntax
print(rfc3987_syntax.is_valid_syntax("iri", "https://example.org/"))
"""


def test_a_process_that_runs_notebooks_does_not_compile_it_and_others_may_have_it():
    pytest.importorskip(GRAMMAR)
    done = subprocess.run([sys.executable, "-c", READS], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["False False", "refused", "True"]
