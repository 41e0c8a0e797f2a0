"""Imports go down only, between rooms and between modules; prose holds no typed number."""

import ast
import json
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "helpers" / "cohortbook"
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def floors():
    """Give the order of the house, the highest floor first, from the list in CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]*`[^|]*) \| [^|]* \|$", text.split("## The house")[1], re.M)
    return [re.findall(r"`(\w+)`", row) for row in rows]


def imported(name):
    """Give the modules of the package that a module imports, by their dotted names."""
    path = MODULES[name]
    own = path.relative_to(PACKAGE).parent.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        base = own[: len(own) - node.level + 1] if node.level else None
        above = tuple(node.module.split(".")) if node.module else ()
        if base is None:
            if above[:1] != (PACKAGE.name,):
                continue
            base, above = (), above[1:]
        for alias in node.names:
            inside = ".".join([*base, *above, alias.name])
            yield inside if inside in MODULES else ".".join([*base, *above])


def test_the_list_of_the_house_names_every_room():
    listed = [room for floor in floors() for room in floor]
    assert sorted(listed) == sorted({name.split(".")[0] for name in MODULES} - {"__init__"})


@pytest.mark.parametrize("name", [name for name in MODULES if name != "__init__"])
def test_imports_go_down_only(name):
    height = {room: -place for place, floor in enumerate(floors()) for room in floor}
    own = name.split(".")[0]
    for other in filter(None, imported(name)):  # what the package itself says of its names is free
        room = other.split(".")[0]
        assert room == own or height[room] < height[own], f"{own} imports {room}, which is above it"


def test_no_module_imports_itself_by_way_of_others():
    graph = {name: set(imported(name)) - {name, ""} for name in MODULES if name != "__init__"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(f"a circle: {' > '.join(error.args[1])}") from None


def test_no_package_imports_all_of_its_members():
    for name, path in MODULES.items():
        if path.name == "__init__.py" and name != "__init__":
            members = {
                one
                for one in MODULES
                if one.startswith(f"{name}.") and one.count(".") == name.count(".") + 1
            }
            taken = members & set(imported(name))
            assert len(members) < 5 or len(taken) < len(members) - 1, f"{name} imports {taken}"


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


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.name)
def test_no_number_is_typed_in_notebook_prose(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    prose = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    assert digits(prose) == []


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.name)
def test_notebooks_define_nothing_and_keep_cells_short(path):
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code" or "parameters" in cell["metadata"].get("tags", []):
            continue  # one choice a line, however many there are
        source = "".join(cell["source"])
        lines = [line for line in source.splitlines() if line and not line.startswith(("#|", "#"))]
        tree = ast.parse(source)
        kinds = (ast.FunctionDef, ast.ClassDef)
        assert not any(isinstance(node, kinds) for node in ast.walk(tree))
        assert len(lines) <= 5, source


def words_and_lines(path):
    """Count the words of prose of a notebook, and its lines of code without the parameters."""
    words = lines = 0
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            words += len(re.findall(r"\w[\w'’-]*", source))
        elif "parameters" not in cell["metadata"].get("tags", []):
            lines += sum(bool(line) and line[0] != "#" for line in source.splitlines())
    return words, lines


def test_notebooks_have_about_fifteen_words_of_prose_a_line_of_code():
    counts = [words_and_lines(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    share = sum(words for words, _ in counts) / sum(lines for _, lines in counts)
    assert 13 <= share <= 18, share
    assert all(words / lines > 10 for words, lines in counts), counts


MADE = re.compile(r"^(\w+) = (?:book\.save\(\"\w+\", )?([a-z_]+(?:\.[a-z_]+)?)(?:\(|\)$)", re.M)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.name)
def test_each_result_is_shown_where_it_is_made(path):
    """Its frame, its table or its figure stands in the same section as the cell that makes it."""
    section: list[str] = []
    made: list[tuple[str, list[str]]] = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            section = [] if re.search("^## ", source, re.M) else section
            continue
        section.append(source)
        if "tags" not in cell["metadata"]:
            # the sentence of a result is no result, nor is a study or a book
            made += [
                (name, section)
                for name, verb in MADE.findall(source)
                if name not in ("told", "curves") and not verb.startswith("start")
            ]
    assert made
    for name, cells in made:
        shown = rf"^{name}$|\b{name}\.(table|figure)\("
        assert any(re.search(shown, source, re.M) for source in cells), name


def test_contributing_names_files_that_are_there():
    """What there is to read and to touch for a figure, a test, a notebook and so on exists."""
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## To add something")[1]
    table = table.split("\n## ")[0]
    named = re.findall(r"`((?:\w+/)*[\w.*-]+\.(?:py|qmd|lua|typ|yml)|(?:\w+/)+)`", table)
    assert len(named) > 20
    for name in named:
        if name.startswith(("display/figures/NAME", "study.yml")):
            continue
        places = (ROOT, PACKAGE, PACKAGE.parent, PACKAGE / "build" / "render")
        assert any(any(place.glob(name.rstrip("/"))) for place in places), name
    rows = [row for row in table.splitlines() if row.startswith("| a")]
    assert len(rows) == 7
