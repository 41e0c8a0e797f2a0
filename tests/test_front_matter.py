"""Front matter that a person writes: what is no YAML is a message, whatever its tags say."""

import pytest

from cohortbook.build.notebooks.front import read_front
from cohortbook.errors import RenderError
from cohortbook.study.yaml_in import YamlError, read_typed

DAMAGED = ["!!timestamp x", "!!bool maybe", "!!int ''", "!!float x", "[", "!!python/object:a.b {}"]


@pytest.mark.parametrize("value", DAMAGED)
def test_a_value_that_its_tag_does_not_fit_is_a_message(value):
    with pytest.raises(YamlError):
        read_typed(f"title: {value}")
    front = read_front(f"---\nafter: survival\ntitle: {value}\n---\n\nText.", "report/mine.qmd")
    assert [wrong.what[:16] for wrong in front.wrong] == ["This is not YAML"]


def test_a_damaged_settings_file_of_the_report_names_its_line(tmp_path):
    from cohortbook.build.project.quarto_files import settings

    (tmp_path / "_quarto.yml").write_text("project:\n  type: [\n")
    with pytest.raises(RenderError, match=r"_quarto\.yml:\d: This is not YAML"):
        settings(tmp_path)
