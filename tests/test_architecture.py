"""Imports go down only; prose holds no typed number."""

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HELPERS = ROOT / "src" / "helpers"
FLOORS = [
    {"processes"}, {"errors", "scratch", "yaml_in"}, {"study_model"},
    {"study_cases", "study_parts", "journals"},
    {"study_names"}, {"study"},
    {"parallel", "readers", "imaging"},
    {"stats", "tables_in", "checks", "formats", "results"},
    {"derive", "registry"}, {"cohort"}, {"intake", "sections", "printed", "schema"},
    {"published"}, {"audit"}, {"analysis"}, {"display"},
    {"session"}, {"reconstruction"}, {"build"}, {"sweep"}, {"cli"}, {"entry", "__main__"},
]
FLOOR = {name: height for height, floor in enumerate(FLOORS) for name in floor}


def imported(path):
    """Give the top-level names inside helpers that a module imports."""
    depth = len(path.relative_to(HELPERS).parts)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                parts = path.relative_to(HELPERS).with_suffix("").parts[: depth - node.level]
                parts += tuple((node.module or "").split(".")) if node.module else ()
                yield from [parts[0]] if parts else [alias.name for alias in node.names]
            elif (node.module or "").startswith("helpers."):
                yield node.module.split(".")[1]


@pytest.mark.parametrize(
    "path", sorted(HELPERS.rglob("*.py")), ids=lambda path: str(path.relative_to(HELPERS))
)
def test_imports_go_down_only(path):
    own = path.relative_to(HELPERS).with_suffix("").parts[0]
    if own == "__init__":
        return
    assert own in FLOOR, f"{own} has no floor yet: add it to FLOORS"
    for name in imported(path):
        assert name == own or FLOOR[name] < FLOOR[own], f"{own} imports {name}, which is above it"


# a digit is allowed in names of things: notebook files, labels, citation keys, headings of formats
ALLOWED = re.compile(
    r"\{\{<.*?>\}\}|@[\w-]+|#[\w-]+|`[^`]*`|\.published\.yml|two-by-two|\{[^}]*\}|\]\([^)]*\)"
)


def digits(text):
    return re.findall(r"\d[\d.,]*", ALLOWED.sub("", text))


@pytest.mark.parametrize("path", sorted((ROOT / "report").rglob("*.qmd")), ids=lambda p: p.name)
def test_no_number_is_typed_in_the_manuscript(path):
    body = re.sub(r"\A---\n.*?\n---\n", "", path.read_text("utf-8"), flags=re.S)
    assert digits(body) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.name
)
def test_no_number_is_typed_in_notebook_prose(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    prose = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    assert digits(prose) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.name
)
def test_notebooks_define_nothing_and_keep_cells_short(path):
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        lines = [line for line in source.splitlines() if line and not line.startswith(("#|", "#"))]
        tree = ast.parse(source)
        kinds = (ast.FunctionDef, ast.ClassDef)
        assert not any(isinstance(node, kinds) for node in ast.walk(tree))
        assert len(lines) <= 6, source
