"""A study file is data: it makes no objects, runs nothing, and cannot grow without end."""

import pytest

from cohortbook.study.yaml_in import YamlError, read_typed, read_yaml


def test_values_keep_the_form_in_which_they_are_written():
    text = "a: 010\nb: No\nc: 1.10\nd: 12:30\ne: 2024-01-01\nf: ~\ng:\nh: ''\n"
    assert read_yaml(text) == {
        "a": "010",
        "b": "No",
        "c": "1.10",
        "d": "12:30",
        "e": "2024-01-01",
        "f": None,
        "g": None,
        "h": "",
    }
    assert read_yaml("a: ~", nothing=False) == {"a": "~"}


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system ['true']", "!!python/name:os.system", "!x 1"]
)
def test_tags_make_no_objects(tag):
    with pytest.raises(YamlError, match="the tag"):
        read_yaml(f"a: {tag}")


def test_aliases_that_repeat_one_another_are_refused_at_once():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(YamlError, match="each alias written out") as error:
        read_yaml("\n".join(lines))
    assert error.value.line
    assert read_yaml("a: &x [1, 2]\nb: *x") == {"a": ["1", "2"], "b": ["1", "2"]}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: &x [*x]", "an alias inside"),
        ("[" * 5000, "without end"),
        ("a: 1\na: 2", "stands twice"),
        ("{a: " * 60 + "1" + "}" * 60, "without end"),
        ("a: [", "expected"),
        ("a: \x07", "special"),
        ("a: 1\n---\nb: 2", "another document"),
        ("x" * 2_000_001, "2,000,001 bytes"),
    ],
)
def test_what_cannot_be_read_is_one_error(text, what):
    with pytest.raises(YamlError, match=what):
        read_yaml(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (r'a: "\UFFFFFFFF"', "does not fit"),
        ("a: &x [*x]", "an alias inside"),
        ("a: !!python/name:os.system", "constructor"),
        ("[" * 5000, "without end|does not fit"),
    ],
)
def test_front_matter_that_cannot_be_read_is_one_error(text, what):
    with pytest.raises(YamlError, match=what):
        read_typed(text)


def test_aliases_of_front_matter_are_counted_written_out():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(YamlError, match="each alias written out"):
        read_typed("\n".join(lines))
    assert read_typed("a: &x [1, yes]\nb: *x") == {"a": [1, True], "b": [1, True]}
