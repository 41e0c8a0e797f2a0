"""The settings in force, as a table, and what they make of the methods, in words."""

from __future__ import annotations

from ..cohort.cohort import Cohort
from ..display.language.shown import table_in
from ..display.language.speech import speech_of
from ..display.layout.table import Table
from ..display.methods import settings as display
from ..errors import ParameterError
from ..study.names import nearest
from .given import takes
from .result import Sentences, said_in

METHODS = {
    "comparison": display.comparison_methods,
    "response": display.response_methods,
    "survival": display.survival_methods,
    "cox": display.cox_methods,
    "safety": display.safety_methods,
    "robustness": display.robustness_methods,
    "competing": display.competing_methods,
    "missing": display.missing_methods,
    "weighted": display.weighted_methods,
    "changing": display.changing_methods,
    "splines": display.spline_methods,
    "model": display.model_methods,
    "late_treatment": display.late_treatment_methods,
}


@takes("the settings of a study file", frames=False)
def settings(cohort: Cohort) -> Table:
    """Show the settings that a notebook works with, those of its parameters included.

    >>> from cohortbook import load_cohort, settings
    >>> settings(load_cohort("data/wei2026").choose(ties="efron")).rows[-4].cells
    ('Ties in Cox models', 'Efron')
    """
    return table_in(display.settings_table(cohort), speech_of(cohort))


@takes("the settings of a study file", frames=False)
def how(cohort: Cohort, analysis: str) -> Sentences:
    """Say in words how an analysis is made under the settings in force.

    >>> from cohortbook import how, load_cohort
    >>> how(load_cohort("data/wei2026"), "safety")[:44]
    'Adverse events were graded by CTCAE version '

    Parameters
    ----------
    cohort : Cohort
    analysis : {"comparison", "response", "survival", "cox", "safety", "robustness",
        "late_treatment", "competing", "missing", "changing", "splines", "weighted"}
        "late_treatment", "competing", "missing", "weighted", "model"}
    """
    if analysis not in METHODS:
        raise ParameterError(
            f"There is no analysis '{analysis}'{nearest(str(analysis), METHODS)}.",
            mend=f"There are {', '.join(METHODS)}.",
        )
    return said_in(Sentences({analysis: METHODS[analysis](cohort.study)}, cohort))
