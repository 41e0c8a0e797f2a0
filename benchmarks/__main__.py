"""Run parts of the benchmarks and print their tables: python -m benchmarks [PART ...] [--write].

A part is a module of this package with `TITLE` and `run(rounds)`, which gives the Markdown of its
section. `--write` puts the sections into docs/benchmarks.md, each between its own two marks.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def parts() -> dict[str, str]:
    """Give the parts there are and their modules; a module that starts with _ is none."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    return {name: f"benchmarks.{name}" for name in sorted(names) if not name.startswith("_")}


def main() -> None:
    """Run the parts asked for."""
    known = parts()
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("part", nargs="*", help="of " + ", ".join(known))
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    asked = parser.parse_args()
    unknown = [name for name in asked.part if name not in known]
    if unknown:
        parser.error(f"no part {', '.join(unknown)}: there are {', '.join(known)}")
    for name in asked.part or known:
        module = importlib.import_module(known[name])
        text = f"## {module.TITLE}\n\n{module.run(asked.rounds).strip()}\n"
        print(text, flush=True)
        if asked.write:
            write(name, text)


def write(name: str, text: str) -> None:
    """Put a section into the page, in the place of the one it had or at the end."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    page = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else "# Benchmarks\n"
    section = f"{begin}\n\n{text}\n{end}\n"
    old = re.compile(re.escape(begin) + ".*?" + re.escape(end) + "\n", re.DOTALL)
    page = old.sub(lambda _: section, page) if old.search(page) else f"{page.rstrip()}\n\n{section}"
    PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
