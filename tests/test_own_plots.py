"""What a user's cells draw with pyplot, pandas and seaborn stands on the notebook's page."""

import json
import re
import shutil
from types import SimpleNamespace

import pytest
from tiny import WRITES, notebook, project

from cohortbook.build import report
from cohortbook.build.project import stage
from cohortbook.build.report import Request, Watcher, build

CELLS = (
    WRITES,
    "import matplotlib.pyplot as plt\nplt.plot([1, 2], [3, 4])\nplt.show()",
    "fig, ax = plt.subplots()\nax.bar([1, 2], [3, 4])\nfig",
    "import pandas as pd\npd.Series([3, 1, 2]).plot(kind='line')",
    "pd.DataFrame({'a': [1, 2], 'b': [2, 1]}).plot(subplots=True)",
    "plt.hist([1, 2, 2, 3])",
    "import pandas as pd, pathlib\npd.read_csv(pathlib.Path(study) / 'patients.csv').head(2)",
    "from cohortbook import start\ncohort, book = start('01-first', study, results_dir)\n"
    "print(len(cohort))",
    "#| label: fig-own\nfig, ax = plt.subplots()\nax.plot([1, 2], [4, 3])\n"
    "book.show('fig-own', ax, caption='Mine.', alt='A line that falls.')",
    "cohort.patients.head(3)",
)
BARE = (
    "from cohortbook import start\ncohort, book = start('02-second', study, results_dir)",
    "from matplotlib.figure import Figure\nfig = Figure(figsize=(3, 2))\n"
    "axes = fig.subplots()\nlines = axes.plot([1, 2])\nfig",
    "axes",
    "book.show('fig-bare', fig, caption='C.', alt='A.')",
    "import sys\nprint('matplotlib.pyplot' in sys.modules)",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = project(tmp_path_factory.mktemp("plots") / "project", *CELLS)
    notebook(root / "notebooks", "02-second", *BARE)
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            report,
            "render",
            lambda *_given: SimpleNamespace(paths=[], renderer="none", version="1", said=()),
        )
        patch.setattr(report, "check_figures", lambda *_given: [])
        patch.setattr(report, "choose_renderer", lambda *_: ("pandoc", "1"))
        patch.setattr(stage, "write_report_copy", lambda *pair: [shutil.copyfile(*pair).stem])
        build(Request(root / "data" / "tiny", root), Watcher(tell=told.append))
    return root / "_output" / "tiny", told


def cells_of(folder):
    content = json.loads((folder / "notebooks" / "01-first.ipynb").read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"][-len(CELLS) :]


def test_every_plot_is_kept_in_the_notebook_as_in_jupyterlab(built):
    cells = cells_of(built[0])
    for cell in cells[1:6]:
        assert any("image/png" in output.get("data", {}) for output in cell["outputs"]), cell


def test_the_words_for_a_plot_hold_a_digest_of_its_data(built):
    content = json.loads((built[0] / "notebooks" / "02-second.ipynb").read_text(encoding="utf-8"))
    words = ["".join(output["data"]["text/plain"])
             for cell in content["cells"] for output in cell.get("outputs", [])
             if "image/png" in output.get("data", {})]  # fmt: skip
    assert re.search(r"^<Figure size \d+x\d+ with 1 Axes, data [0-9a-f]{12}>$", words[0])


def test_a_bare_figure_or_axes_made_without_pyplot_is_seen_too(built):
    content = json.loads((built[0] / "notebooks" / "02-second.ipynb").read_text(encoding="utf-8"))
    outputs = [cell["outputs"] for cell in content["cells"] if cell["cell_type"] == "code"][-4:]
    assert ["image/png" in shown[0].get("data", {}) for shown in outputs] == [True] * 3 + [False]
    assert "".join(outputs[-1][0]["text"]) == "False\n"


def test_the_page_shows_each_plot_once_and_no_name_of_an_object(built):
    page = (built[0] / "notebooks" / "01-first.html").read_text(encoding="utf-8")
    assert page.count("<figure>") == 6
    told = re.sub(r'src="data:[^"]*"', "", page)
    assert not re.search(r"&lt;(Axes|Figure)|BarContainer", told)
    assert 'alt="A line that falls."' in page
    assert page.count('alt="Figure of this cell, without a description."') == 5


def test_an_own_figure_is_exported_beside_those_of_the_package(built):
    names = {path.name for path in (built[0] / "figures").glob("fig-own*")}
    assert names == {
        "fig-own.svg",
        "fig-own.pdf",
        "fig-own.png",
        "fig-own.tiff",
        "fig-own_600dpi.tiff",
    }
    # shown once, although pyplot knew it too
    outputs = cells_of(built[0])[8]["outputs"]
    assert len(outputs) == 1 and outputs[0]["metadata"]["cohortbook"]["caption"] == "Mine."


def test_rows_of_patients_are_told_with_their_cell_and_left_out(built):
    folder, told = built
    warned = [text for text in told if "rows of patients" in text]
    assert len(warned) == 1
    assert "01-first, cell [" in warned[0] and "cohort.patients.head(3)" in warned[0]
    assert warned[0].count("the output holds rows of patients") == 2
    for name in ("01-first.html", "01-first.ipynb"):
        text = (folder / "notebooks" / name).read_text(encoding="utf-8")
        assert text.count("Left out: rows of patients") == 2
        assert "os_months" not in text.replace("os_months\\n", "")
