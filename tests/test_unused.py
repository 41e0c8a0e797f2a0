"""What nothing but tests calls is dead: every function, class and constant has a use elsewhere.

A name is used where the package, a tool, a benchmark, a notebook or an example of the docs says it
other than by defining or importing it. Names are not followed to what they mean: one that two
modules define is used where either is.
"""

import ast
import json
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "helpers" / "cohortbook"
# called by the class that a class derives from, or by IPython
BY_OTHERS = {
    "_render_traceback_", "_repr_html_", "_repr_markdown_", "handle_data", "handle_endtag",
    "handle_starttag", "ignore_aliases", "list_directory", "log_message", "terminate",
    "set_default_headers", "check_xsrf_cookie", "write_error",
}  # fmt: skip


def uses(source):
    """Give the names that a module says, its definitions and imports not counted."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.name.rpartition(".")[2]  # used under the other name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # a name in a short text is looked up by it: getattr, __all__, annotations
            yield from re.findall(r"\w+", node.value) if len(node.value) < 80 else ()


def definitions(source):
    """Give the names that a module defines: functions and classes not decorated, constants."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            yield node.name
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else ()
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_nothing_is_kept_for_tests_alone():
    used, defined = set(), defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text("utf-8")
        used.update(uses(source))
        for name in definitions(source):
            defined[name].append(path.relative_to(PACKAGE).as_posix())
    for folder in ("tools", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            used.update(uses(path.read_text("utf-8")))
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                used.update(re.findall(r"\w+", "".join(cell["source"])))
    for path in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]:
        for example in re.findall(r"```python\n(.*?)```", path.read_text("utf-8"), re.DOTALL):
            used.update(re.findall(r"\w+", example))
    known = used | BY_OTHERS
    dead = {
        name: places
        for name, places in defined.items()
        if name not in known and not name.startswith("__")
    }
    assert dead == {}
