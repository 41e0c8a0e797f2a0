"""Small counts withheld from results, where the study file asks for it (`privacy.smallest_count`).

Each frame of results passes here before it is kept, shown or quoted. A count that is not shown is
NaN, and `note` says "<5" or "withheld"; what would give it away (its percentage, limits, P value,
standardised difference, ratio) is NaN too. docs/safety.md says what this protects and what not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..errors import CohortbookError
from ..formats import WITHHELD
from ..results import frame, pick
from ..stats.small_counts import Atoms, protect
from .counts import CONTROL, OBJECTIVE, best_responses, stopped
from .small_cells_marks import arms_of_groups, complements, hide, marked, protect_arms
from .small_cells_survival import coarse_curves, coarse_panel, survival_marks, withhold_survival

APPLIED = "small counts withheld below"  # of `DataFrame.attrs`: what has passed here


def withhold(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Withhold the small counts of a frame of results; the frame itself if the study shows all.

    Raises
    ------
    CohortbookError
        For a frame that no rule is known for, and for one of a part of the patients: it is refused
        rather than shown.
    """
    smallest = cohort.study.privacy.smallest_count
    if not smallest:
        return results
    if cohort.kept or cohort.population != "all":
        raise CohortbookError(
            "Beside the results of all patients those of a part tell small counts by subtraction.",
            "privacy.smallest_count",
            "Use all patients, or delete the key.",
        )
    out = _withheld(results, cohort)
    out.attrs[APPLIED] = smallest
    return out


def withhold_panels(panels: list[dict[str, object]], cohort: Cohort) -> list[dict[str, object]]:
    """Make the panels of a Kaplan-Meier figure (`survival.km_panel`) coarse; curves by arm alone.

    Numbers at risk of all patients beside those of the arms would tell, by subtraction, what
    rounding has taken off.

    Raises
    ------
    CohortbookError
        For the curves of a subgroup.
    """
    if not cohort.study.privacy.smallest_count:
        return panels
    if any(panel["population"] != "all" for panel in panels):
        raise _no_rule()
    shown = [panel for panel in panels if panel["by_arm"]] or panels
    return [
        coarse_panel(panel | {"results": withhold(panel["results"], cohort)}, cohort)
        for panel in shown
    ]


def withhold_curves(curves: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Make the steps of curves by arm (`survival.curves`) coarse."""
    smallest = cohort.study.privacy.smallest_count
    if not smallest:
        return curves
    out = coarse_curves(curves, smallest)
    out.attrs[APPLIED] = smallest
    return out


def refuse_small(results: pd.DataFrame, cohort: Cohort) -> None:
    """Refuse a frame that should have passed `withhold` and has not (CohortbookError)."""
    if results.attrs.get(APPLIED) != cohort.study.privacy.smallest_count and len(results):
        raise _no_rule()


def _withheld(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    if "box" in results:
        return _flow(results, cohort)
    kinds = set(results["analysis"]) if "analysis" in results else {""}
    # a new analysis has no rule until somebody has thought of one: refused, not shown
    rule = RULES.get(kinds.pop()) if len(kinds) == 1 else None
    if rule is None:
        raise _no_rule()
    return rule(results.copy(), cohort)


def _no_rule() -> CohortbookError:
    return CohortbookError(
        "There is no rule for the small counts of this result.",
        "privacy.smallest_count",
        "Leave the result out, or delete the key.",
    )


def _baseline(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    for term in dict.fromkeys(results["term"]):
        _baseline_term(results, cohort, term)
    # an extreme is the value of one patient
    hide(results, results["statistic"].isin(["min", "max"]))
    return results


def _baseline_term(results: pd.DataFrame, cohort: Cohort, term: str) -> None:
    own, groups = results["term"] == term, arms_of_groups(cohort)
    levels = [level for level in dict.fromkeys(results.loc[own, "level"]) if level]
    rest = [*(levels or ["known"]), None]
    counts = results[own & results["statistic"].isin(["n", "missing"])]
    atoms = {
        i: frozenset((arm, row["level"] or None) for arm in groups[row["group"]])
        for i, row in counts.iterrows()
    }
    published = [(atoms[i], int(counts.at[i, "estimate"])) for i in atoms]
    missing = [item for item in published if {what for _, what in item[0]} == {None}]
    marks = protect_arms(cohort, published, complements(missing, cohort, rest), rest)
    for i, counted in atoms.items():
        mark = marked(marks.get(counted), cohort)
        if not mark:
            continue
        row = results.loc[i]
        of_group = own & (results["group"] == row["group"])
        hide(
            results,
            of_group
            & (results["level"] == row["level"])
            & results["statistic"].isin([row["statistic"], "percent"]),
            mark,
        )
        if row["statistic"] == "missing":
            # a percentage or a denominator would tell how many are missing
            hide(results, of_group & (results["statistic"] == "percent"))
            results.loc[of_group, "n"] = np.nan
    for group, arms in groups.items():
        # a median of three is nearly their values
        known = int(cohort.patients.loc[cohort.patients["arm"].isin(arms), term].notna().sum())
        if known < cohort.study.privacy.smallest_count:
            hide(
                results,
                own & (results["group"] == group) & ~results["statistic"].isin(["n", "missing"]),
            )
    if marks:
        hide(results, own & (results["group"] == "difference"))


def _response_marks(cohort: Cohort, results: pd.DataFrame) -> dict[Atoms, str]:
    """Protect table and flow of the response together: they count the same patients."""
    spec, arms = cohort.study.response, cohort.study.arm_codes
    rest = [*(category.code for category in spec.categories), None]
    published = []
    # the rates and their complements are sums over the same categories: what one hides another
    # could tell, so they are protected in one go
    for arm in arms:
        found = pick(results, group=arm, statistic="n", population="all").set_index("term")
        count = {code: int(found.at[code, "estimate"]) for code in rest[:-1]}
        count[None] = cohort.n_by_arm[arm] - sum(count.values())
        unclear = {None} | ({spec.not_evaluable} if spec.not_evaluable is not None else set())
        for codes in (
            *([code] for code in rest),
            spec.objective,
            spec.control,
            set(rest) - unclear,
        ):
            atoms = frozenset((arm, code) for code in codes)
            published.append((atoms, sum(count[code] for _, code in atoms)))
    return protect_arms(cohort, published, complements(published, cohort, rest), rest)


def _response(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    spec, marks = cohort.study.response, _response_marks(cohort, results)
    members = {OBJECTIVE: spec.objective, CONTROL: spec.control}
    for term in dict.fromkeys(results["term"]):
        own, hidden = results["term"] == term, False
        for arm in cohort.study.arm_codes:
            atoms = frozenset((arm, code) for code in members.get(term, [term]))
            mark = marked(marks.get(atoms), cohort)
            if mark:
                hide(results, own & (results["group"] == arm), mark)
                hidden = True
        if hidden:
            hide(results, own & (results["group"] == "difference"))
    # who is not evaluable would follow from the denominators
    return results[results["population"] == "all"].reset_index(drop=True)


def _discontinuation_marks(cohort: Cohort) -> dict[Atoms, str]:
    """Protect table and flow of the reasons together."""
    items = [(arm, *found) for arm in cohort.study.arm_codes for found in stopped(cohort, arm)]
    published = [(frozenset([(arm, label)]), n) for arm, label, n in items]
    labels = {label for _, label, _ in items}
    return protect_arms(cohort, published, complements(published, cohort, labels), labels)


def _discontinuation(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    marks = _discontinuation_marks(cohort)
    for reason in cohort.study.discontinuation.reasons:
        own = results["term"] == reason.code
        for arm in cohort.study.arm_codes:
            mark = marked(marks.get(frozenset([(arm, f"Stopped: {reason.printed}")])), cohort)
            if mark:
                hide(results, own & (results["group"] == arm), mark)
                hide(results, own & (results["group"] == "difference"))
    return results


def _safety(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Any and severe events of a term, with those it leaves out and those between the two."""
    made_of = {"any": ("severe", "other"), "severe": ("severe",)}
    rest = ("severe", "other", "none")
    # those above the severe ones are a part of "other" that no rule protects
    results = results[results["level"].isin(list(made_of))].reset_index(drop=True)
    for term in dict.fromkeys(results["term"]):
        own = results["term"] == term
        found = results[own & (results["statistic"] == "patients")].set_index(["group", "level"])
        published, between = [], []
        for arm in cohort.study.arm_codes:
            count = {level: int(found.at[(arm, level), "estimate"]) for level in made_of}
            published += [
                (frozenset((arm, part) for part in made_of[level]), count[level])
                for level in made_of
            ]
            # nobody prints it, but a reader subtracts
            between.append((frozenset([(arm, "other")]), count["any"] - count["severe"]))
        marks = protect_arms(
            cohort, published, [*complements(published, cohort, rest), *between], rest
        )
        for level, parts in made_of.items():
            for arm in cohort.study.arm_codes:
                mark = marked(marks.get(frozenset((arm, part) for part in parts)), cohort)
                if mark:
                    at_level = own & (results["level"] == level)
                    hide(results, at_level & (results["group"] == arm), mark)
                    hide(results, at_level & (results["group"] == "difference"))
    return results


def _procedure(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    smallest = cohort.study.privacy.smallest_count
    counts = results[results["statistic"] == "patients"]
    for row in counts.itertuples():
        # nearly everybody tells of the few who did not
        few, most = 0 < row.estimate < smallest, 0 < row.n - row.estimate < smallest
        if few or most:
            cell = (results["term"] == row.term) & (results["level"] == row.level)
            hide(results, cell, f"<{smallest}" if few and not most else WITHHELD)
    return results


def _flow(boxes: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    out = boxes.astype({"n": object})
    for i, row in boxes.iterrows():
        mark = marked(_flow_mark(row, boxes, cohort), cohort)
        if mark:
            out.at[i, "n"] = mark
    # a note may count what a box does not
    return out.assign(note="")


def _flow_mark(row: pd.Series, boxes: pd.DataFrame, cohort: Cohort) -> str | None:
    study, item, arm = cohort.study, row["role"] == "item", row["arm"]
    if row["box"] in ("screened", "excluded"):
        return _excluded_marks(boxes, cohort).get(_excluded_atoms(row, boxes))
    if row["box"] == "treatment" and item:
        return _discontinuation_marks(cohort).get(frozenset([(arm, row["label"])]))
    if row["box"] == "response":
        spec, codes = study.response, [c.code for c in study.response.categories]
        unclear = row["label"] != "Response not recorded"
        kinds = (
            ([spec.not_evaluable] if unclear else [None])
            if item
            else [code for code in codes if code != spec.not_evaluable]
        )
        return _response_marks(cohort, frame(best_responses(cohort))).get(
            frozenset((arm, kind) for kind in kinds)
        )
    if row["box"] == "analysed" and item:
        # `analysis.flow` names an endpoint by its label, and those left out by its short name
        for name, spec in reversed(study.endpoints.items()):
            if row["label"] == spec.label:
                return survival_marks(cohort, name).of("patients", arm)
            if row["label"].endswith(f" status of {spec.short}"):
                return survival_marks(cohort, name).of("missing", arm)
    return None


def _excluded_atoms(row: pd.Series, boxes: pd.DataFrame) -> Atoms:
    items = boxes[(boxes["box"] == "excluded") & (boxes["role"] == "item")]
    return frozenset([row.name] if row["role"] == "item" else items.index)


def _excluded_marks(boxes: pd.DataFrame, cohort: Cohort) -> dict[Atoms, str]:
    rows = boxes[boxes["box"] == "excluded"]
    published = {_excluded_atoms(row, boxes): int(row["n"]) for _, row in rows.iterrows()}
    return protect(published, {}, cohort.study.privacy.smallest_count, {})


RULES: dict[str, Callable[[pd.DataFrame, Cohort], pd.DataFrame]] = {
    "baseline": _baseline,
    "response": _response,
    "discontinuation": _discontinuation,
    "safety": _safety,
    "procedure": _procedure,
    "survival": withhold_survival,
}
