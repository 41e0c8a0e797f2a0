"""A report is of one study: a notebook that takes another is refused, with its name and cell."""

import dataclasses

import pytest
from test_execute import execute
from tiny import notebook, study_folder

from cohortbook.cohort.cohort import load_cohort
from cohortbook.errors import CohortbookError, NotebookError
from cohortbook.session.book import Book, start

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
START = (
    "from cohortbook.session.book import start\ncohort, book = start('01-a', study, results_dir)"
)
OTHER = "import pathlib\nother = str(pathlib.Path(study).parent / 'other')"
MIXED = {
    "study is set and start called": ("study = other\n" + START, 2 + 1),
    "start is called with another": (START.replace("study,", "other,"), 2),
    "another is loaded": (
        "from cohortbook.cohort.cohort import load_cohort\nload_cohort(other)",
        2,
    ),
    "study is set and something said": ("study = other\nbook.say(a='b')", 2),
    "study is set and a frame saved": (
        "from cohortbook.results import frame\nstudy = other\nbook.save('a', frame([]))",
        3,
    ),
    "the book is given another": (
        "import dataclasses\nbook.cohort = dataclasses.replace(cohort, folder=pathlib.Path(other))",
        2,
    ),
}


@pytest.mark.parametrize("kind", MIXED)
def test_another_study_in_a_build_is_refused_with_notebook_and_cell(tmp_path, kind):
    for name in ("tiny", "other"):
        study_folder(tmp_path / "data" / name)
    code, line = MIXED[kind]
    notebook(tmp_path / "notebooks", "01-a", START, OTHER, code)
    with pytest.raises(NotebookError) as caught:
        execute(tmp_path)
    said = str(caught.value)
    assert f"01-a: cell [5], line {line} raised" in said
    assert "found the study" in said and "expected" in said and "data/tiny" in said
    assert "Traceback" not in said and str(tmp_path) not in said


def test_a_notebook_of_one_study_may_call_other_things_study(tmp_path):
    study_folder(tmp_path / "data" / "tiny")
    code = "for study in ('Smith', 'Lee'): book.say(a=study)\nbook.cohort = cohort"
    notebook(tmp_path / "notebooks", "01-a", START, code, START.replace("study,", "cohort.folder,"))
    (run,) = execute(tmp_path)
    assert (run.results / "01-a.values.json").is_file()


def test_the_book_knows_its_cohort_outside_of_a_build_too(tmp_path):
    one, two = (study_folder(tmp_path / name) for name in ("one", "two"))
    cohort, book = start("01-a", str(one), str(tmp_path / "results"))
    book.cohort = dataclasses.replace(cohort, population="a subgroup")
    with pytest.raises(CohortbookError, match=r"01-a, cell \[0\]: found the study .*two; expected"):
        book.cohort = load_cohort(two)
    with pytest.raises(CohortbookError, match="found the study"):
        start("01-a", str(two), str(tmp_path / "results"))
    start("02-b", str(two), str(tmp_path / "elsewhere"))
    assert Book("03-c").cohort is None
