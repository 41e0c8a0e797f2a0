"""Parameters are checked by name and type before anything runs."""

import json
from pathlib import Path

import pytest
from tiny import notebook

from cohortbook.build.notebooks.notebooks import asked, find_notebooks
from cohortbook.errors import NotebookError, ParameterError

ROOT = Path(__file__).parents[1]


def shared_among(notebooks, settings, said=None):
    """Give each notebook's parameters, by its name."""
    return {n.name: parameters for n, parameters in asked(notebooks, settings, said or {})}


@pytest.fixture
def notebooks(tmp_path):
    own = 'study = "x"\nresults_dir = ""\ndepth = 3\nrate = 0.5  # share\nfull: bool = False\n'
    notebook(tmp_path, "01-one", parameters=own)
    notebook(tmp_path, "02-two-words", parameters='study = "x"\nresults_dir = ""\nname = "a"\n')
    return find_notebooks(tmp_path)


def test_a_notebook_is_known_in_the_manuscript_without_its_number(notebooks):
    assert [n.variable for n in notebooks] == ["one", "two_words"]


def test_only_the_notebook_that_has_a_parameter_receives_it(notebooks):
    shared = shared_among(notebooks, {"depth": "4", "rate": "1", "full": "True", "name": "7"})
    assert shared == {
        "01-one": {"depth": 4, "rate": 1.0, "full": True},
        "02-two-words": {"name": "7"},
    }
    assert isinstance(shared["01-one"]["rate"], float)


def test_an_unknown_parameter_is_refused_by_name_with_the_nearest(notebooks):
    with pytest.raises(ParameterError, match=r"'dept'.*'depth'"):
        shared_among(notebooks, {"dept": "4"})


def test_without_a_near_name_all_names_are_given(notebooks):
    with pytest.raises(ParameterError, match="There are: depth, full, name, rate"):
        shared_among(notebooks, {"xyzzy": "4"})


@pytest.mark.parametrize("name", ["study", "results_dir"])
def test_what_the_build_sets_cannot_be_set(notebooks, name):
    with pytest.raises(ParameterError, match="set by the build"):
        shared_among(notebooks, {name: "/etc"})


@pytest.mark.parametrize("text", ["four", "__import__('os').getcwd()", "4.5", "[1]"])
def test_a_value_of_another_type_is_refused_and_never_evaluated(notebooks, text):
    with pytest.raises(ParameterError, match=r"01-one.*depth"):
        shared_among(notebooks, {"depth": text})


@pytest.mark.parametrize("default", ["3 * 4", "{[1]: 2}", "{{}}", "-'a'"])
def test_a_computed_default_is_refused(tmp_path, default):
    notebook(tmp_path, "01-x", parameters=f"depth = {default}\n")
    with pytest.raises(ParameterError, match="plain value"):
        shared_among(find_notebooks(tmp_path), {})


def test_two_notebooks_of_one_name_are_refused(tmp_path):
    notebook(tmp_path, "01-a-b")
    notebook(tmp_path, "02-a_b")
    with pytest.raises(NotebookError, match="same name"):
        find_notebooks(tmp_path)


def test_stored_outputs_have_no_part_in_what_decides_the_results(tmp_path, notebooks):
    path = tmp_path / "01-one.ipynb"
    before = notebooks[0].code
    path.write_text(path.read_text().replace('"outputs": []', '"outputs": [{"x": 1}]'))
    assert find_notebooks(tmp_path)[0].code == before


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_the_cells_of_our_notebooks_are_short(path):
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code" and not cell["metadata"].get("tags"):
            lines = "".join(cell["source"]).splitlines()
            code = [
                line
                for line in lines
                if line.strip() and not line.startswith(("#|", "import ", "from "))
            ]
            assert len(code) <= 5, "\n".join(lines)
            assert max(map(len, lines)) <= 100, "\n".join(lines)


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"nbformat": 3, "worksheets": []}'])
def test_a_file_that_is_no_notebook_is_a_message(text, tmp_path):
    (tmp_path / "01-one.ipynb").write_text(text)
    with pytest.raises(NotebookError, match=r"01-one\.ipynb: This is not a notebook file"):
        shared_among(find_notebooks(tmp_path), {})


def test_a_cell_of_parameters_that_is_not_python_is_a_message(tmp_path):
    notebook(tmp_path, "01-one", parameters="depth = (\n")
    with pytest.raises(ParameterError, match="01-one: The cell of parameters is not Python"):
        shared_among(find_notebooks(tmp_path), {})


SAID = {"endpoints": {"os": {}, "pfs": {}}}


@pytest.fixture
def each(tmp_path):
    own = 'study = "x"\nresults_dir = ""\nendpoint = None\ndepth = 3\n'
    notebook(tmp_path, "04-factors", parameters=own)
    notebook(tmp_path, "05-other", parameters='study = "x"\ndepth = 1\n')
    return find_notebooks(tmp_path)


def test_a_notebook_that_asks_of_an_endpoint_is_run_once_for_each(each):
    assert shared_among(each, {}, SAID) == {
        "04-factors-os": {"endpoint": "os"},
        "04-factors-pfs": {"endpoint": "pfs"},
        "05-other": {},
    }
    assert shared_among(each, {}) == {"04-factors": {}, "05-other": {}}, "a study without endpoints"


def test_a_parameter_can_be_set_for_one_notebook_and_for_one_run_of_it(each):
    found = shared_among(
        each, {"depth": "4", "04-factors.depth": "5", "04-factors-pfs.depth": "6"}, SAID
    )
    assert [found[name]["depth"] for name in sorted(found)] == [5, 6, 4]


def test_one_endpoint_alone_can_be_asked_for(each):
    found = shared_among(each, {"04-factors.endpoint": "pfs"}, SAID)
    assert list(found) == ["04-factors-pfs", "05-other"]
    with pytest.raises(ParameterError, match=r"no endpoint 'pfss'.*'pfs'"):
        shared_among(each, {"04-factors.endpoint": "pfss"}, SAID)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("04-factor.depth", r"no notebook '04-factor'.*'04-factors'"),
        ("05-other.dept", r"05-other has no parameter 'dept'.*'depth'"),
    ],
)
def test_a_wrong_place_or_name_is_refused_with_the_nearest(each, name, told):
    with pytest.raises(ParameterError, match=told):
        shared_among(each, {name: "1"}, SAID)
