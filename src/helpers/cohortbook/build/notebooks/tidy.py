"""An executed notebook as it is kept: the same bytes for the same results, and no machine paths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .bounds import KEPT, kept_text, left_out, overwritten
from .chatter import without_chatter
from .notebook_format import notebook_format

if TYPE_CHECKING:
    from nbformat import NotebookNode

nbformat = notebook_format()
ERROR_MARK = "papermill-error-cell-tag"
INJECTED = "injected-parameters"
ENDS_EARLY = (
    "NothingToDo"  # raised by cohortbook.session.book.start: the study lacks what is needed
)
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,16}")


def tidy(
    notebook: NotebookNode, shown: Mapping[str, Any], places: Mapping[str, str]
) -> NotebookNode:
    """Take out of an executed notebook what differs from run to run or from machine to machine.

    Parameters
    ----------
    notebook : NotebookNode
        As papermill left it; it is changed.
    shown : mapping
        Parameters to show in the injected cell, in place of the build's own paths.
    places : mapping
        Paths of this machine, and what to print for them; the longest are replaced first.
    """
    notebook.cells = [cell for cell in notebook.cells if ERROR_MARK not in _tags(cell)]
    for position, cell in enumerate(notebook.cells):
        # when and how long each cell ran: two runs of one notebook would never be the same bytes
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if INJECTED in _tags(cell):
            # papermill draws a name for the cell that it adds: two builds would differ by it
            cell.id = INJECTED
            cell.source = "# Parameters of this build\n" + "\n".join(
                f"{name} = {value!r}" for name, value in shown.items()
            )
        cell.setdefault("id", f"cell-{position}")
        if cell.cell_type == "code":
            cell.outputs = joined_streams(cell.outputs)
            cell.outputs = [_tidy_output(output, places) for output in without_chatter(cell)]
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def joined_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join what a cell printed, in as few outputs as there are streams, stdout first.

    How the text was cut into messages, and which stream's came first, differs from run to run.
    """
    out: list[NotebookNode] = []
    texts: dict[str, list[str]] = {}
    for output in outputs:
        if output.output_type != "stream":
            out.append(output)
            continue
        if output.name not in texts:
            out.append(output)
        texts.setdefault(output.name, []).append(output.text)
    for output in out:
        if output.output_type == "stream":
            output.text = overwritten("".join(texts[output.name]))
    for at in range(len(out) - 1):
        both = [one.get("name") for one in out[at : at + 2]]
        if both == ["stderr", "stdout"]:
            out[at], out[at + 1] = out[at + 1], out[at]
    return out


def ended_early(notebook: NotebookNode) -> bool:
    """Say whether a notebook stopped because the study has nothing for it."""
    return any(
        output.get("ename") == ENDS_EARLY
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )


def write_notebook(notebook: NotebookNode) -> str:
    """Give the notebook as text: keys sorted, one line end."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _tidy_output(output: NotebookNode, places: Mapping[str, str]) -> NotebookNode:
    if output.get("ename") == ENDS_EARLY:
        # a study that lacks something is no error: a traceback would look like one on the page
        output = nbformat.v4.new_output("stream", name="stdout", text=output.evalue + "\n")
    if output.output_type == "stream":
        # an object that shows its address is another one in each run
        output.text = ADDRESS.sub("0x0", without(kept_text(output.text), places))
    elif output.output_type == "error":
        output.evalue = without(kept_text(output.evalue), places)
        output.traceback = [without(kept_text(line), places) for line in output.traceback]
    else:
        for kind, data in output.get("data", {}).items():
            if isinstance(data, str) and not kind.startswith("image/"):
                output.data[kind] = ADDRESS.sub("0x0", without(_kept(kind, data), places))
    return output


def _kept(kind: str, text: str) -> str:
    """Bound a text; one that is cut in two is no HTML or JSON any more, it is left out whole."""
    if len(text) <= KEPT or kind == "text/plain":
        return kept_text(text)
    return left_out(text.count("\n") + 1, "line")


def without(text: str, places: Mapping[str, str]) -> str:
    """Replace paths of this machine, the longest first; the root folder itself is none."""
    # the longest first: the home folder is the beginning of the study's path
    for path in sorted(places, key=len, reverse=True):
        if len(path) > 1:
            text = text.replace(path, places[path])
    return text
