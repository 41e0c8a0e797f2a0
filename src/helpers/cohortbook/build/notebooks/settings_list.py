"""The parameters of each notebook, and what is in force for a study: `report --settings`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import Any

from ...display.methods.deviations import in_words
from ...formats import unescaped
from ...study.choices import CHOICES, study_with
from ...study.study import study_of
from .notebooks import ENDPOINT, SET_BY_BUILD, Notebook, asked

WIDE = 96
NOTHING = "nothing: the study has none such"


def settings_list(
    notebooks: Iterable[Notebook], settings: Mapping[str, str], said: Mapping[str, Any]
) -> str:
    """List every parameter of every notebook: name, value in force, what it decides and takes.

    Parameters
    ----------
    notebooks : iterable of Notebook
    settings : mapping
        What is set on the command line (see `asked`).
    said : mapping
        What the study file says.

    Raises
    ------
    ParameterError
        As a build would, for names and values that cannot be.
    """
    lines = ["Set one with --set NAME=VALUE, or for one notebook --set NOTEBOOK.NAME=VALUE."]
    for notebook, given in asked(notebooks, settings, said):
        in_force = {**notebook.parameters, **given}
        choices = {name: in_force[name] for name in CHOICES if name in in_force}
        # through the models that a build goes through: what is listed is what would be in force
        study = study_of(study_with(said, choices, notebook.stem))
        lines += ["", notebook.name]
        for name, value in in_force.items():
            if name in SET_BY_BUILD:
                continue
            if name in CHOICES:
                about = f"{CHOICES[name].says}; takes {CHOICES[name].takes}"
                shown = unescaped(in_words(study, name)) or NOTHING
            elif name == ENDPOINT:
                about = (
                    "the endpoint of this run; takes the name of one, and is then run for it alone"
                )
                shown = str(value)
            else:
                about, shown = (
                    "a parameter of this notebook; takes a value like its default",
                    f"{value!r}",
                )
            lines += wrap(f"{name}: {shown}", WIDE, initial_indent="  ", subsequent_indent="      ")
            lines += wrap(about, WIDE, initial_indent="      ", subsequent_indent="      ")
    return "\n".join(lines)
