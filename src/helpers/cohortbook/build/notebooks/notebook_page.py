"""An executed notebook as a static page, so that a number or figure can lead to what made it."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
from pathlib import Path
from string import Template
from typing import Any

from ...errors import RenderError
from ...processes import run
from ...scratch import scratch_folder
from ..project.report_copy import ABOUT, HTML, LABEL, MARKDOWN, PNG, SVG, joined, read_executed
from .bounds import left_out, plain, short_list, short_text

FOLDER = "notebooks"
PLAIN = "text/plain"
MOST = {HTML: 300_000, MARKDOWN: 10_000}  # characters of an output that is not this package's
SECONDS = 300  # for one page
# how Python names the axes, lines and figures that a plotting call gives back
DRAWN = re.compile(
    r"<(?:[\w.]+\.)?(?:Axes\w*|Figure|Line2D|\w*Container|\w*Grid|\w*Collection|Text|Rectangle)\b"
)
UNDESCRIBED = "Figure of this cell, without a description."
SCROLLING = '<div class="%s-scroll" tabindex="0" role="group" aria-label="%s">'
CURRENT = ' aria-current="page"'


def write_pages(executed: list[Path], report: Path, out: Path) -> None:
    """Write a page beside each executed notebook's copy in `out`.

    Parameters
    ----------
    executed : list of Path
        Executed notebooks in the order of reading.
    report : Path
        The report's sources: `templates/notebook.html` and `styles.css`.
    out : Path
        Takes `{name}.html`.

    Raises
    ------
    RenderError
        With pandoc's own message.
    """
    template = Template((report / "templates" / "notebook.html").read_text(encoding="utf-8"))
    styles = (report / "styles.css").read_text(encoding="utf-8")
    names = [path.stem for path in executed]
    for path in executed:
        notebook = read_executed(path)
        page = template.substitute(
            name=html.escape(path.stem),
            styles=styles,
            notebooks=_links(path.stem, names),
            body=_body(simplified(notebook)),
        )
        (out / f"{path.stem}.html").write_text(page, encoding="utf-8", newline="\n")


def anchors_by_count(notebook: dict[str, Any]) -> dict[int, str]:
    """Give for each executed cell, by its execution count, its name on the page."""
    return {
        cell["execution_count"]: anchor(cell, position)
        for position, cell in enumerate(notebook["cells"])
        if cell.get("execution_count")
    }


def anchor(cell: dict[str, Any], position: int) -> str:
    """Give the name of a cell on its page: its label, or one made of its identifier."""
    label = LABEL.search(joined(cell["source"])) if cell["cell_type"] == "code" else None
    # a cell that shows several figures is labelled fig-name-*
    return label[1].strip("\"'").removesuffix("-*") if label else f"cell-{cell.get('id', position)}"


def simplified(notebook: dict[str, Any]) -> dict[str, Any]:
    """Give a notebook whose cells are named by their anchors and show one form of each output."""
    cells: list[dict[str, Any]] = []
    for position, cell in enumerate(notebook["cells"]):
        named = {**cell, "id": anchor(cell, position), "metadata": {}}
        if cell["cell_type"] == "code":
            outputs = _outputs(cell)
            told = [joined(one["data"][MARKDOWN]) for one in outputs if MARKDOWN in one["data"]]
            named["outputs"] = [one for one in outputs if MARKDOWN not in one["data"]]
            cells += [named, *_told(named["id"], told)]
        else:
            cells.append(named)
    return {**notebook, "cells": cells}


def _told(name: str, texts: list[str]) -> list[dict[str, Any]]:
    """Give what a cell says in Markdown as a cell of text: pandoc drops Markdown among outputs."""
    if not texts:
        return []
    return [
        {
            "cell_type": "markdown",
            "id": f"{name}-says",
            "metadata": {},
            "source": "::: {.says}\n" + "\n\n".join(texts) + "\n:::",
        }
    ]


def _outputs(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """Give each output in its best form, of pictures not what Python calls them, nor one twice."""
    shown, pictures = [], set()
    drawn = any({SVG, PNG} & set(output.get("data", {})) for output in cell["outputs"])
    for output in cell["outputs"]:
        data = output.get("data", {})
        picture = joined(data.get(SVG) or data.get(PNG) or "")
        # a cell that shows a figure and ends with it has it twice
        if picture and picture in pictures:
            continue
        pictures |= {picture} - {""}
        if drawn and set(data) == {PLAIN} and DRAWN.search(joined(data[PLAIN])):
            continue
        shown.append(_one_form(output) if "data" in output else _printed(output))
    return short_list(shown, _as_text)


def _one_form(output: dict[str, Any]) -> dict[str, Any]:
    data, about = output["data"], output.get("metadata", {}).get(ABOUT, {})
    # the form that says most: a table as HTML, not as the text of a terminal
    kind = next((kind for kind in (SVG, PNG, HTML, MARKDOWN, PLAIN) if kind in data), PLAIN)
    text = joined(data.get(kind, ""))
    if ABOUT not in output.get("metadata", {}) and len(text) > MOST.get(kind, len(text)):
        said = left_out(text.count("\n") + 1, "line") if kind == HTML else text
        plain_form = joined(data.get(PLAIN, "")) if kind == HTML else ""
        return _as_text("\n".join(part for part in (plain_form, said) if part))
    if kind == PLAIN:
        return _as_text(text)
    if kind in (SVG, PNG):
        plain = joined(data.get(PLAIN, ""))
        alt = about.get("alt") or (UNDESCRIBED if DRAWN.search(plain) else plain)
        kind, text = HTML, _picture(kind, text, alt)
    elif kind == HTML:
        text = f"{SCROLLING % ('table', 'Table')}{text}</div>"
    return {**output, "data": {kind: text}, "metadata": {}}


def _printed(output: dict[str, Any]) -> dict[str, Any]:
    """Give a stream or a traceback as text."""
    if output["output_type"] == "stream":
        return _as_text(joined(output["text"]), output["name"])
    return _as_text("\n".join(output.get("traceback") or [output.get("evalue", "")]), "error")


def _as_text(text: str, kind: str = "") -> dict[str, Any]:
    """Give an output that shows bounded text; pandoc is not let to read it, see `bounds`."""
    shown = html.escape(short_text(plain(text)), quote=False).rstrip("\n")
    block = (
        f'<pre class="{kind}"><code>{shown}</code></pre>'
        if kind
        else f"<pre><code>{shown}</code></pre>"
    )
    return {"output_type": "display_data", "data": {HTML: block}, "metadata": {}}


def _picture(kind: str, text: str, alt: str) -> str:
    code = base64.b64encode(text.encode("utf-8")).decode() if kind == SVG else "".join(text.split())
    source = f"data:{kind};base64,{code}"
    image = f'<img src="{source}" alt="{html.escape(" ".join(alt.split()))}">'
    return f"<figure>{SCROLLING % ('figure', 'Figure')}{image}</div></figure>"


def _body(notebook: dict[str, Any]) -> str:
    """Let pandoc read a notebook, with no access to files or network."""
    import pypandoc

    command = [
        pypandoc.get_pandoc_path(),
        # notebooks of a study are anybody's: pandoc must not read files that they name
        "--sandbox",
        "--from=ipynb",
        "--to=html5",
        "--mathml",
        "--wrap=none",
    ]
    with scratch_folder() as folder:
        source = folder / "notebook.ipynb"
        source.write_text(json.dumps(notebook), encoding="utf-8")
        try:
            done = run(command, stdin=source, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise RenderError(
                f"The page of a notebook took more than {SECONDS} s.",
                "pandoc",
                "Let its cells show less.",
            ) from None
    if done.returncode:
        raise RenderError(done.stderr.strip() or "pandoc stopped.", "pandoc")
    return done.stdout


def _links(name: str, names: list[str]) -> str:
    """Give links to all notebooks, the one that is open marked."""
    return "\n".join(
        f'<li><a href="{html.escape(other)}.html"{CURRENT if other == name else ""}>'
        f"{html.escape(other)}</a></li>"
        for other in names
    )
