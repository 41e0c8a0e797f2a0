"""A notebook's cells run here, without a kernel: what they name is given back."""

import json
from pathlib import Path

from cohortbook.session.cells import why_left_out

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def run_cells(name, study, **names):
    """Run the cells of a notebook for a study, but those whose needs it does not meet."""
    space = {"display": lambda *_: None} | names
    for cell in json.loads((NOTEBOOKS / name).read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        left_out = "cohort" in space and why_left_out(source, space["cohort"]) is not None
        if cell["cell_type"] == "code" and not left_out:
            exec(source, space)
        space |= {"study": str(study), "results_dir": ""} | names
    return space
