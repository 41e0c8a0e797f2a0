"""Contradictions within a patient: times against status, response against lesions, and so on.

A rule looks at one patient's row, adverse events and measurements, and says in a sentence what
cannot be. `RULES` is the list of them; `coherence_events` holds those about adverse events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pandas as pd

from . import details_counts as paper
from .coherence_events import adverse_events, intolerable, procedure_events
from .details_baseline import DRUGS

Rule = Callable[[pd.Series, pd.DataFrame, pd.DataFrame], Iterator[str]]
NEAR = 0.011  # months and mm: a value rounded to hundredths equals itself within this
CODES = {
    "arm": paper.ARMS,
    "sex": ("M", "F"),
    "ecog": (0, 1),
    "hbsag": ("negative", "positive"),
    "hcv": ("negative", "positive"),
    "cnlc_stage": ("IIa", "IIb", "IIIb"),
    "n_tumours": (1, 2, 3),
    "pd1_inhibitor": tuple(DRUGS),
    "follow_up_status": ("died", "alive at cut-off", "lost"),
    "os_event": (0, 1),
    "pfs_event": (0, 1),
    "progression": (0, 1),
    "pd_new_lesion": (0, 1),
    "best_response": tuple(paper.RESPONSES),
    "treatment_ongoing": (0, 1),
}


def check_coherence(
    patients: pd.DataFrame, adverse_events: pd.DataFrame, measurements: pd.DataFrame
) -> list[str]:
    """Give every contradiction of the three tables, as "rule: patient: what cannot be".

    Parameters
    ----------
    patients, adverse_events, measurements : DataFrame
        As `complete` makes them or as pandas reads their CSV files. Months are 30.4375 days;
        events are coded 1; days count from the start of treatment, which is day 0.

    Returns
    -------
    list of str
        Empty when all patients are coherent.
    """
    problems = list(_tables(patients, adverse_events, measurements))
    for _, row in patients.drop_duplicates("patient_id").iterrows():
        name = row["patient_id"]
        own_events = adverse_events[adverse_events["patient_id"] == name]
        own = measurements[measurements["patient_id"] == name].sort_values("month")
        for rule in RULES:
            problems += [f"{rule.__name__}: {name}: {text}" for text in rule(row, own_events, own)]
    return problems


def given(value: object) -> bool:
    """Tell whether a cell holds a value."""
    return not (pd.isna(value) or value == "")


def _tables(
    patients: pd.DataFrame, events: pd.DataFrame, measurements: pd.DataFrame
) -> Iterator[str]:
    ids = patients["patient_id"]
    for name in ids[ids.duplicated()].unique():
        yield f"identity: {name}: appears more than once"
    for label, table in (("adverse events", events), ("measurements", measurements)):
        for name in sorted(set(table["patient_id"]) - set(ids)):
            yield f"identity: {name}: has {label} but is no patient"


def baseline_values(row: pd.Series, events: pd.DataFrame, own: pd.DataFrame) -> Iterator[str]:
    """Codes are known ones and numbers are possible."""
    for column, codes in CODES.items():
        if row[column] not in codes:
            yield f"{column} is {row[column]}"
    for column in ("afp_ng_ml", "bilirubin_umol_l", "alt_u_l"):
        if not row[column] > 0:
            yield f"{column} is {row[column]}"
    if not 18 <= row["age"] <= 100:
        yield f"age is {row['age']}"


def time_order(row: pd.Series, events: pd.DataFrame, own: pd.DataFrame) -> Iterator[str]:
    """Progression comes before death, and death ends progression-free survival."""
    if not 0 < row["pfs_months"] <= row["os_months"]:
        yield f"progression-free for {row['pfs_months']} of {row['os_months']} months"
    if row["os_event"] and not row["pfs_event"]:
        yield "death is not a progression-free survival event"
    if row["progression"] and not row["pfs_event"]:
        yield "progression is not a progression-free survival event"
    died_then = row["os_event"] and abs(row["pfs_months"] - row["os_months"]) < NEAR
    if row["pfs_event"] and not row["progression"] and not died_then:
        yield "an event that is neither progression nor death"


def follow_up(row: pd.Series, events: pd.DataFrame, own: pd.DataFrame) -> Iterator[str]:
    """Start, length and status of follow-up agree with the enrolment and the data cut-off."""
    start = date.fromisoformat(str(row["start_date"]))
    end = start + timedelta(days=paper.in_days(row["os_months"]))
    status = row["follow_up_status"]
    if not paper.FIRST_START <= start <= paper.LAST_START:
        yield f"treatment started on {start}, outside enrolment"
    if end > paper.CUTOFF:
        yield f"followed to {end}, beyond the cut-off"
    if (status == "died") != (row["os_event"] == 1):
        yield f"status {status} with os_event {row['os_event']}"
    if (status == "alive at cut-off") != (end == paper.CUTOFF and row["os_event"] == 0):
        yield f"status {status}, follow-up ended on {end}"


def lesion_series(row: pd.Series, events: pd.DataFrame, own: pd.DataFrame) -> Iterator[str]:
    """Measurements begin at baseline, fit eligibility and stop when progression-free time does."""
    months = own["month"].tolist()
    if not months or months[0] != 0 or len(set(months)) != len(months):
        yield "no single baseline measurement"
        return
    if months[-1] > row["pfs_months"] + NEAR:
        yield f"measured at {months[-1]} months, after progression-free follow-up"
    first = own.iloc[0]
    if not 0 < first["target_sum_mm"] <= paper.LARGEST_LESION_MM * row["n_tumours"]:
        yield f"baseline sum {first['target_sum_mm']} mm in {row['n_tumours']} lesions"
    if abs(first["afp_ng_ml"] - row["afp_ng_ml"]) > NEAR:
        yield f"baseline AFP {first['afp_ng_ml']} and {row['afp_ng_ml']}"
    if (own["target_sum_mm"] < 0).any() or not (own["afp_ng_ml"] > 0).all():
        yield "a negative sum, or an AFP that is missing or not positive"


def _changes(own: pd.DataFrame) -> pd.Series:
    """Give per cent change from baseline by month, for the assessments with a sum."""
    sums = own.set_index("month")["target_sum_mm"]
    return (100 * (sums / sums.iloc[0] - 1)).iloc[1:].dropna()


def best_change(row: pd.Series, events: pd.DataFrame, own: pd.DataFrame) -> Iterator[str]:
    """The best change is that of the measurements, and its category is the best response."""
    if not len(own):
        return
    response, stated, changes = row["best_response"], row["best_change_pct"], _changes(own)
    if response == "NE":
        if len(changes) or given(stated):
            yield "not evaluable, but target lesions were measured"
        return
    if not len(changes) or not given(stated):
        yield f"{response} without a measurement after baseline"
        return
    if abs(stated - changes.min()) > 0.051:
        yield f"best change {stated} %, measured {changes.min():.1f} %"
    grown = stated >= paper.GROWTH or row["pd_new_lesion"] == 1
    fits = {
        "CR": abs(stated + 100) < 0.051,
        "PR": -100 < stated <= paper.SHRINKAGE,
        "SD": paper.SHRINKAGE < stated < paper.GROWTH,
        "PD": grown and stated > paper.SHRINKAGE,
    }
    if not fits.get(response, True):
        yield f"{response} with a best change of {stated} %"


def progression_shown(row: pd.Series, events: pd.DataFrame, own: pd.DataFrame) -> Iterator[str]:
    """Imaging shows progression when it is recorded, and not before."""
    if not len(own) or row["best_response"] == "NE":
        if row["pd_new_lesion"] == 1:
            yield "a new lesion, but not evaluable"
        return
    changes, end = _changes(own), row["pfs_months"]
    before = changes[changes.index < end - NEAR]
    if (before >= paper.GROWTH).any():
        yield "the target sum had grown by 20 % before the recorded end"
    if not row["progression"]:
        if row["pd_new_lesion"] == 1 or (changes >= paper.GROWTH).any():
            yield "imaging shows a progression that is not recorded"
        return
    at_end = changes[changes.index >= end - NEAR]
    if at_end.empty:
        yield "no measurement at progression"
    elif (at_end.iloc[-1] >= paper.GROWTH) == (row["pd_new_lesion"] == 1):
        yield "progression is neither, or both, of growth and a new lesion"


def response_and_progression(
    row: pd.Series, events: pd.DataFrame, own: pd.DataFrame
) -> Iterator[str]:
    """Progressive disease is best only when the first assessment shows it; others come later."""
    response, end = row["best_response"], row["pfs_months"]
    if response == "PD":
        if not row["progression"]:
            yield "PD without progression"
        if (own["month"].between(NEAR, end - NEAR)).any():
            yield "PD, but an earlier assessment did not show it"
        if end > paper.LATEST_FIRST_PROGRESSION:
            yield f"PD at a first assessment after {end} months"
    elif response in ("CR", "PR", "SD") and end < paper.FIRST_ASSESSMENT:
        yield f"{response} within {end} months, before the first assessment"
    elif (
        response in ("CR", "PR", "SD")
        and row["progression"]
        and not (own["month"].between(paper.FIRST_ASSESSMENT - NEAR, end - NEAR).any())
    ):
        yield f"{response} without an assessment before progression"


def response_period(row: pd.Series, events: pd.DataFrame, own: pd.DataFrame) -> Iterator[str]:
    """A response starts at the assessment that first shows it and lasts until it is lost."""
    start, end = row["response_start_months"], row["response_end_months"]
    if row["best_response"] not in ("CR", "PR"):
        if given(start) or given(end):
            yield f"a response period with {row['best_response']}"
        return
    changes = _changes(own) if len(own) else pd.Series(dtype=float)
    shown = changes[changes <= paper.SHRINKAGE]
    if shown.empty or not given(start) or abs(start - shown.index[0]) > NEAR:
        yield f"response starts at {start} months, not when imaging first shows it"
    if given(start) and start >= row["pfs_months"]:
        yield "response starts after progression-free survival has ended"
    if given(end) and abs(end - row["pfs_months"]) > NEAR:
        yield f"response ends at {end} months, not with progression, death or censoring"
    if not given(end) and (row["pfs_event"] or row["follow_up_status"] != "alive at cut-off"):
        yield "response goes on after progression, death or loss"


def treatment(row: pd.Series, events: pd.DataFrame, own: pd.DataFrame) -> Iterator[str]:
    """Treatment stops once, for a reason that the patient has."""
    months, reason = row["treatment_months"], row["discontinuation_reason"]
    if not 0 < months <= row["os_months"]:
        yield f"treated for {months} of {row['os_months']} months"
    if (row["treatment_ongoing"] == 1) == given(reason):
        yield "treatment goes on with a reason for its end, or ended without one"
    if row["treatment_ongoing"] == 1 and (
        row["follow_up_status"] != "alive at cut-off" or months != row["os_months"]
    ):
        yield "treatment goes on, but follow-up did not reach the cut-off on it"
    if given(reason) and reason not in ("progression", "toxicity", "other"):
        yield f"discontinuation for {reason}"
    if reason == "progression" and not row["progression"]:
        yield "stopped for a progression that is not recorded"
    if reason == "progression" and not 0 <= months - row["pfs_months"] <= 1:
        yield "stopped for progression, but not when it came"
    if reason == "toxicity":
        if months > row["pfs_months"]:
            yield "stopped for toxicity after progression"
        if not intolerable(row, events):
            yield "stopped for toxicity without an event of grade 3, or grade 2 from treatment"


def ablation(row: pd.Series, events: pd.DataFrame, own: pd.DataFrame) -> Iterator[str]:
    """Only the combination arm was ablated, 10 to 14 days after baseline, one or two lesions."""
    when, count = row["ablation_months"], row["n_ablated"]
    if row["arm"] != "MWA+ICI":
        if given(when) or given(count):
            yield "ablated in the arm without ablation"
        return
    if not given(when) or not 10 <= paper.in_days(when) <= 14 or when > row["os_months"]:
        yield f"ablated {when} months after baseline"
    if not given(count) or count not in (1, 2) or count > row["n_tumours"]:
        yield f"{count} of {row['n_tumours']} lesions ablated"


RULES: tuple[Rule, ...] = (
    baseline_values,
    time_order,
    follow_up,
    lesion_series,
    best_change,
    progression_shown,
    response_and_progression,
    response_period,
    treatment,
    ablation,
    adverse_events,
    procedure_events,
)
