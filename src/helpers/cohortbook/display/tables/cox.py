"""Table of prognostic factors: univariable and multivariable Cox models side by side."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ... import formats
from ...results import one, pick
from ...study.study import Study
from ..layout.table import Cell, Row, Table
from ..sentences import competing, entry
from ..words import lower, p_text
from .common import of_one_arm, sentence, variable_label

MOST_OF_TWO = 2  # a factor of two levels has one contrast, whichever way it is coded
MODELS = ("cox_univariable", "cox_multivariable")
CODINGS = {
    "indicator": "Univariable rows of factors with several levels compare the level with all other "
    "levels, one model a level; multivariable rows compare it with the reference level.",
    "reference": "Rows of factors with several levels compare the level with the reference level, "
    "univariable and multivariable alike.",
}


def cox_table(results: pd.DataFrame, study: Study, endpoint: str) -> Table:
    """Lay out hazard ratios of one endpoint.

    Parameters
    ----------
    results : DataFrame
        From `analysis.cox.prognostic_factors`: rows with analysis "cox_univariable" and
        "cox_multivariable", statistic "hr" (reference levels have note "reference"), and
        "factor_p" for factors of several levels.
    study : Study
    endpoint : str
        Key of the endpoint.
    """
    conf, part = formats.conf_label(study.statistics.conf_level), pick(results, endpoint=endpoint)
    rows: list[Row] = []
    for term in dict.fromkeys(pick(part, statistic="hr")["term"]):
        rows += _term_rows(pick(part, term=term), study, term)
    label = lower(formats.markdown(study.endpoints[endpoint].label))
    return Table(
        columns=[
            "Factor",
            "Events / patients",
            f"Univariable HR ({conf})",
            "P value",
            f"Multivariable HR ({conf})",
            "P value",
        ],
        rows=rows,
        caption=f"Prognostic factors for {label}: Cox proportional hazards models.",
        notes=_notes(part, study),
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[2.0, 0.85, 1.95, 0.75, 1.95, 0.75],
    )


def influence_table(moved: pd.DataFrame, study: Study) -> Table:
    """Lay out the patients who move the multivariable model most.

    Parameters
    ----------
    moved : DataFrame
        From `analysis.cox_checks.influence`, of any number of endpoints.
    study : Study
    """
    conf = formats.conf_label(study.statistics.conf_level)
    rows: list[Row] = []
    for endpoint, part in moved.groupby("endpoint", sort=False):
        patients = [_patient(part, study, endpoint, number)
                    for number in pick(part, statistic="time")["group"]]  # fmt: skip
        if patients:
            rows.append(Row((study.endpoints[endpoint].label,), group=True))
        if study.compares and patients:
            rows.append(Row((formats.EMPTY, "Nobody left out", "", *_treatment(part, "", study))))
        rows += patients
    without = " HR without: the model fitted again without the patient." if study.compares else ""
    table = Table(
        columns=[
            "Study number",
            "Arm, time and outcome",
            "Coefficient moved most (dfbetas)",
            f"{study.exposure_label}'s adjusted HR without ({conf})",
            "P value",
        ],
        rows=rows,
        caption="Patients who move a coefficient of the multivariable models most.",
        notes=[
            "Study numbers are places in the patient table. Dfbetas: the change of the coefficient "
            "that the patient makes, in standard errors; patients above 2 / √n are shown, at most "
            f"five for each endpoint, the farthest first.{without}",
        ],
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[0.7, 2.7, 2.4, 1.4, 0.6],
        left=(0, 1, 2),
    )
    return of_one_arm(table, study, 3, 4)


def interactions_table(results: pd.DataFrame, study: Study, endpoint: str) -> Table:
    """Lay out the tests of interaction of one endpoint (`analysis.cox.subgroup_effects`)."""
    part, rows = pick(results, endpoint=endpoint), []
    for _, test in pick(part, statistic="interaction").iterrows():
        ratios = pick(part, statistic="hr", term=test["term"])
        levels = "; ".join(
            f"{study.level_label(r['term'], r['level'])} "
            f"{formats.ratio_interval(r['estimate'], r['conf_low'], r['conf_high'])}"
            for _, r in ratios.iterrows()
        )
        notes = (sentence(test["note"]),) if test["note"] else ()
        degrees = formats.number(test["estimate"], 0)
        rows.append(
            Row(
                (
                    variable_label(study, test["term"]),
                    levels,
                    degrees,
                    Cell(p_text(test["p_value"], study), notes),
                )
            )
        )
    conf = formats.conf_label(study.statistics.conf_level)
    label = lower(formats.markdown(study.endpoints[endpoint].label))
    return Table(
        ["Factor", f"HR within its levels ({conf})", "Degrees of freedom", "P of interaction"],
        rows if _has_estimate(part) else [],
        f"Tests of interaction of the {formats.markdown(study.texts.exposure)} with each factor, "
        f"for {label}.",
        notes=[
            "Wald tests in a model with the factor, the "
            f"{study.texts.exposure} and their product; exploratory, and not adjusted for their "
            "number. Two levels are compared by this test, not by their own P values.",
        ],
        abbreviations=study.texts.abbreviations
        | {"HR": "hazard ratio", "CI": "confidence interval"},
        widths=[1.6, 3.6, 0.8, 0.9],
        left=(0, 1),
    )


def _has_estimate(part: pd.DataFrame) -> bool:
    """Say whether an effect within a level, or a test of interaction, could be computed."""
    within = pick(part, statistic="hr")
    known = within.loc[within["term"] != "all", "estimate"].notna()
    return bool(known.any() or pick(part, statistic="interaction")["p_value"].notna().any())


def _patient(part: pd.DataFrame, study: Study, endpoint: str, number: str) -> Row:
    own = pick(part, group=number)
    time, event = (one(own, statistic=name) for name in ("time", "event"))
    outcome = f"{formats.months(time['estimate'])} months, "
    outcome += study.endpoints[endpoint].event_label if event["estimate"] else "censored"
    changes = pick(own, statistic="dfbetas")
    most = changes.loc[changes["estimate"].abs().idxmax()]
    coefficient = f"{_coefficient(most, study)} ({formats.number(most['estimate'], 2)})"
    arm = study.arm_label(time["level"])
    return Row((number, f"{arm}, {outcome}", coefficient, *_treatment(own, number, study)))


def _coefficient(result: pd.Series, study: Study) -> str:
    if result["term"] == "arm":
        return study.exposure_label
    label = study.variables[result["term"]].label
    level = result["level"]
    return f"{label}: {study.level_label(result['term'], level)}" if level else label


def _treatment(part: pd.DataFrame, number: str, study: Study) -> tuple[str, str]:
    if pick(part, statistic="hr_without", group=number).empty:
        return "", ""
    found = one(part, statistic="hr_without", group=number)
    shown = formats.ratio_interval(found["estimate"], found["conf_low"], found["conf_high"])
    return shown, p_text(found["p_value"], study)


def _term_rows(part: pd.DataFrame, study: Study, term: str) -> Iterator[Row]:
    levels = list(dict.fromkeys(pick(part, statistic="hr")["level"]))
    if levels == [""]:
        label = f"{study.variables[term].label}, per {study.per_units(term)}"
        yield Row((label, *_cells(part, "", study)))
        return
    label = study.exposure_label if term == "arm" else variable_label(study, term)
    crude, adjusted = (_factor_p(part, model, study) for model in MODELS)
    yield Row((label, "", "", crude, "", adjusted))
    alone = study.cox.univariable_coding == "indicator" and len(levels) > MOST_OF_TWO
    for level in levels:
        name = study.arm_label(level) if term == "arm" else study.level_label(term, level)
        yield Row((name, *_cells(part, level, study, alone)), indent=1)


def _cells(
    part: pd.DataFrame, level: str, study: Study, alone: bool = False
) -> Iterator[Cell | str]:
    """Print a level's counts and both models.

    `alone`: each level was compared with all others, so that the univariable models of the factor
    have no reference level.
    """
    crude, adjusted = (_hr(part, model, level) for model in MODELS)
    yield _events(crude if crude is not None else adjusted)
    if alone and crude is not None and crude["note"] == "reference":
        crude = None
    for result in (crude, adjusted):
        yield from _hr_cells(result, study)


def _hr(part: pd.DataFrame, model: str, level: str) -> pd.Series | None:
    found = pick(part, analysis=model, statistic="hr", level=level)
    return None if found.empty else found.iloc[0]


def _events(result: pd.Series | None) -> str:
    if result is None or pd.isna(result["n"]):
        return ""
    return f"{int(result['n_events'])} / {int(result['n'])}"


def _hr_cells(result: pd.Series | None, study: Study) -> tuple[Cell | str, Cell | str]:
    if result is None:
        return formats.EMPTY, formats.EMPTY
    if result["note"] == "reference":
        return "1 (reference)", ""
    shown = formats.ratio_interval(result["estimate"], result["conf_low"], result["conf_high"])
    notes = (sentence(result["note"]),) if result["note"] else ()
    return Cell(shown, notes), p_text(result["p_value"], study)


def _factor_p(part: pd.DataFrame, model: str, study: Study) -> str | Cell:
    found = pick(part, analysis=model, statistic="factor_p")
    if found.empty:
        return ""
    return Cell(
        p_text(found.iloc[0]["p_value"], study),
        ("Wald test of all levels together.",),
    )


def _notes(part: pd.DataFrame, study: Study) -> list[str]:
    model = pick(part, analysis=MODELS[1], statistic="events_per_parameter")
    notes = [f"Cox models with {study.statistics.ties.title()}'s handling of ties; Wald P values."]
    if len(pick(part, statistic="factor_p")):
        notes.append(CODINGS[study.cox.univariable_coding])
    if not model.empty:
        notes.append(model.iloc[0]["note"])
    cautions = [
        competing.plain_note(study, part["endpoint"], model=True),
        entry.note(study, model=True),
    ]
    return [*notes, *filter(None, cautions)]
