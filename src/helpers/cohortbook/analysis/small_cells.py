"""Small counts withheld from results, where the study file asks for it (`privacy.smallest_count`).

Each frame of results passes here before it is kept, shown or quoted. A count that is not shown is
NaN, and `note` says "<5" or "withheld"; what would give it away (its percentage, limits, P value,
standardised difference, ratio) is NaN too. docs/safety.md says what this protects and what not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort
from ..errors import CohortbookError
from ..formats import WITHHELD
from ..results import OVERALL, frame, pick
from ..stats.small_counts import FEW, Atoms, protect
from .counts import CONTROL, OBJECTIVE, best_responses, stopped

ESTIMATES = ["estimate", "conf_low", "conf_high", "p_value"]
Count = tuple[Atoms, int]


def withhold(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Withhold the small counts of a frame of results; the frame itself if the study shows all.

    Raises
    ------
    CohortbookError
        For a frame that no rule is known for: it is refused rather than shown.
    """
    smallest = cohort.study.privacy.smallest_count
    if not smallest:
        return results
    if "box" in results:
        return _flow(results, cohort)
    kinds = set(results["analysis"]) if "analysis" in results else {""}
    rule = RULES.get(kinds.pop()) if len(kinds) == 1 else None
    if rule is None:
        raise CohortbookError(
            "There is no rule for the small counts of this result.",
            "privacy.smallest_count",
            "Leave the result out, or delete the key.",
        )
    return rule(results.copy(), cohort)


def marked(mark: str | None, cohort: Cohort) -> str:
    """Give a mark of `stats.small_counts` as it is printed; "" for a count that is shown."""
    return f"<{cohort.study.privacy.smallest_count}" if mark == FEW else mark or ""


def coarse_curves(curves: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Let curves fall in steps of at least `smallest` events, without counts and censor marks.

    A curve ends at the last such step. Columns as of `survival.curves`.
    """
    parts = [curves.iloc[:0]]
    for _, curve in curves.groupby("group", sort=False):
        kept, since = [0], 0.0
        for place, events in enumerate(curve["n_event"]):
            since += events
            if since >= smallest:
                kept.append(place)
                since = 0.0
        part = curve.iloc[list(dict.fromkeys(kept))]
        parts.append(part.assign(n_risk=np.nan, n_event=0.0, n_censor=0.0))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def coarse_risk(risk: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Round the counts under a curve down to multiples of `smallest`; NaN is "fewer, not none"."""
    out = risk.copy()
    for column in ("n_risk", "n_censored", "n_events"):
        counts = out[column].astype(float)
        rounded = np.floor(counts / smallest) * smallest
        out[column] = rounded.where((counts == 0) | (counts >= smallest))
    return out


def _groups(cohort: Cohort) -> dict[str, list[str]]:
    codes = cohort.study.arm_codes
    return {OVERALL: codes} | {code: [code] for code in codes}


def _protect(
    cohort: Cohort, published: Iterable[Count], hidden: Iterable[Count], rest: Iterable[object]
) -> dict[Atoms, str]:
    """Protect counts of atoms (arm, what); `rest` names all kinds of atom that make up an arm."""
    fixed = {frozenset((code, what) for what in rest): n for code, n in cohort.n_by_arm.items()}
    return protect(dict(published), fixed, cohort.study.privacy.smallest_count, dict(hidden))


def _complements(published: Iterable[Count], cohort: Cohort, rest: Iterable[object]) -> list[Count]:
    """Give the patients whom a count leaves out, of the same arms."""
    rest, found = list(rest), []
    for atoms, count in published:
        arms = {arm for arm, _ in atoms}
        everyone = frozenset((arm, what) for arm in arms for what in rest)
        found.append((everyone - atoms, sum(cohort.n_by_arm[arm] for arm in arms) - count))
    return found


def _hide(results: pd.DataFrame, rows: pd.Series, note: str = WITHHELD) -> None:
    results.loc[rows, ESTIMATES] = np.nan
    results.loc[rows, "note"] = note


def _baseline(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    for term in dict.fromkeys(results["term"]):
        _baseline_term(results, cohort, term)
    _hide(results, results["statistic"].isin(["min", "max"]))
    return results


def _baseline_term(results: pd.DataFrame, cohort: Cohort, term: str) -> None:
    own, groups = results["term"] == term, _groups(cohort)
    levels = [level for level in dict.fromkeys(results.loc[own, "level"]) if level]
    rest = [*(levels or ["known"]), None]
    counts = results[own & results["statistic"].isin(["n", "missing"])]
    atoms = {
        i: frozenset((arm, row["level"] or None) for arm in groups[row["group"]])
        for i, row in counts.iterrows()
    }
    published = [(atoms[i], int(counts.at[i, "estimate"])) for i in atoms]
    missing = [item for item in published if {what for _, what in item[0]} == {None}]
    marks = _protect(cohort, published, _complements(missing, cohort, rest), rest)
    for i, counted in atoms.items():
        mark = marked(marks.get(counted), cohort)
        if not mark:
            continue
        row = results.loc[i]
        of_group = own & (results["group"] == row["group"])
        _hide(
            results,
            of_group
            & (results["level"] == row["level"])
            & results["statistic"].isin([row["statistic"], "percent"]),
            mark,
        )
        if row["statistic"] == "missing":
            # a percentage or a denominator would tell how many are missing
            _hide(results, of_group & (results["statistic"] == "percent"))
            results.loc[of_group, "n"] = np.nan
    for group, arms in groups.items():
        known = int(cohort.patients.loc[cohort.patients["arm"].isin(arms), term].notna().sum())
        if known < cohort.study.privacy.smallest_count:
            _hide(
                results,
                own & (results["group"] == group) & ~results["statistic"].isin(["n", "missing"]),
            )
    if marks:
        _hide(results, own & (results["group"] == "difference"))


def _response_marks(cohort: Cohort, results: pd.DataFrame) -> dict[Atoms, str]:
    """Protect table and flow of the response together: they count the same patients."""
    spec, arms = cohort.study.response, cohort.study.arm_codes
    rest = [*(category.code for category in spec.categories), None]
    published = []
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
    return _protect(cohort, published, _complements(published, cohort, rest), rest)


def _response(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    spec, marks = cohort.study.response, _response_marks(cohort, results)
    members = {OBJECTIVE: spec.objective, CONTROL: spec.control}
    for term in dict.fromkeys(results["term"]):
        own, hidden = results["term"] == term, False
        for arm in cohort.study.arm_codes:
            atoms = frozenset((arm, code) for code in members.get(term, [term]))
            mark = marked(marks.get(atoms), cohort)
            if mark:
                _hide(results, own & (results["group"] == arm), mark)
                hidden = True
        if hidden:
            _hide(results, own & (results["group"] == "difference"))
    # who is not evaluable would follow from the denominators
    return results[results["population"] == "all"].reset_index(drop=True)


def _discontinuation_marks(cohort: Cohort) -> dict[Atoms, str]:
    """Protect table and flow of the reasons together."""
    items = [(arm, *found) for arm in cohort.study.arm_codes for found in stopped(cohort, arm)]
    published = [(frozenset([(arm, label)]), n) for arm, label, n in items]
    labels = {label for _, label, _ in items}
    return _protect(cohort, published, _complements(published, cohort, labels), labels)


def _discontinuation(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    marks = _discontinuation_marks(cohort)
    for reason in cohort.study.discontinuation.reasons:
        own = results["term"] == reason.code
        for arm in cohort.study.arm_codes:
            mark = marked(marks.get(frozenset([(arm, f"Stopped: {reason.printed}")])), cohort)
            if mark:
                _hide(results, own & (results["group"] == arm), mark)
                _hide(results, own & (results["group"] == "difference"))
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
            between.append((frozenset([(arm, "other")]), count["any"] - count["severe"]))
        marks = _protect(
            cohort, published, [*_complements(published, cohort, rest), *between], rest
        )
        for level, parts in made_of.items():
            for arm in cohort.study.arm_codes:
                mark = marked(marks.get(frozenset((arm, part) for part in parts)), cohort)
                if mark:
                    at_level = own & (results["level"] == level)
                    _hide(results, at_level & (results["group"] == arm), mark)
                    _hide(results, at_level & (results["group"] == "difference"))
    return results


def _procedure(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    smallest = cohort.study.privacy.smallest_count
    counts = results[results["statistic"] == "patients"]
    for row in counts.itertuples():
        few, most = 0 < row.estimate < smallest, 0 < row.n - row.estimate < smallest
        if few or most:
            cell = (results["term"] == row.term) & (results["level"] == row.level)
            _hide(results, cell, f"<{smallest}" if few and not most else WITHHELD)
    return results


def _survival_marks(cohort: Cohort, endpoint: str) -> dict[Atoms, str]:
    """Protect patients and events of an endpoint, in its table and in the flow."""
    data, published, rest = cohort.survival(endpoint), [], ("event", "censored", "missing")
    for arms in _groups(cohort).values():
        part = data[data["arm"].isin(arms)]
        for what, n in (("event", int(part["event"].sum())), (None, len(part))):
            kinds = [what] if what else ["event", "censored"]
            published.append((frozenset((arm, kind) for arm in arms for kind in kinds), n))
    hidden = _complements(published, cohort, rest)
    hidden += [
        (
            frozenset((arm, "censored") for arm in arms),
            int((data.loc[data["arm"].isin(arms), "event"] == 0).sum()),
        )
        for arms in _groups(cohort).values()
    ]
    return _protect(cohort, published, hidden, rest)


def _survival(results: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    # competing states are a part of the censored that no rule protects
    shown = (results["population"] == "all") & (results["statistic"] != "competing")
    results = results[shown].reset_index(drop=True)
    for endpoint in dict.fromkeys(results["endpoint"]):
        marks = _survival_marks(cohort, endpoint)
        for group, arms in _groups(cohort).items():
            _survival_group(results, cohort, endpoint, group, arms, marks)
    return results


def _survival_group(results, cohort: Cohort, endpoint: str, group: str, arms, marks) -> None:
    own = (results["endpoint"] == endpoint) & (results["group"] == group)
    shown = {
        "n_events": marked(marks.get(frozenset((arm, "event") for arm in arms)), cohort),
        "n": marked(
            marks.get(frozenset((arm, kind) for arm in arms for kind in ("event", "censored"))),
            cohort,
        ),
    }
    _hide(results, own & _small_milestones(results, cohort, endpoint, arms))
    versus = (results["endpoint"] == endpoint) & (results["group"] == "difference")
    for column, mark in shown.items():
        if mark:
            results.loc[own, column] = np.nan
            notes = results.loc[own, "note"].str.replace(r"(?<=[^;])$", ";", regex=True)
            results.loc[own, "note"] = notes + f"{column} {mark};"
            results.loc[versus, ["n", "n_events"]] = np.nan
    if shown["n_events"]:
        _hide(results, own & (results["statistic"] == "events"), shown["n_events"])
        # limits of a ratio are as wide as the events are few
        _hide(results, versus)


def _small_milestones(results: pd.DataFrame, cohort: Cohort, endpoint: str, arms) -> pd.Series:
    """Find the milestones before which few had the event, or after which few are left."""
    data, smallest = cohort.survival(endpoint), cohort.study.privacy.smallest_count
    data = data[data["arm"].isin(arms)]

    def small(level: str) -> bool:
        before = data["time"] <= float(level)
        counts = (int((before & (data["event"] == 1)).sum()), int((~before).sum()))
        return any(0 < count < smallest for count in counts)

    timed = results["statistic"].isin(["survival", "event_percent"])
    return timed & results["level"].map(lambda level: bool(level) and small(level))


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
        names = [name for name, spec in study.endpoints.items() if spec.label == row["label"]]
        marks = _survival_marks(cohort, names[-1]) if names else {}
        return marks.get(frozenset((arm, kind) for kind in ("event", "censored")))
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
    "survival": _survival,
}
