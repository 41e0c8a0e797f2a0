"""Each rule of coherence is seen to fire on data damaged for it, and on nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reconstruction.coherence import RULES, check_coherence

STUDY = Path(__file__).parents[1] / "data" / "wei2026"
NAMES = ["patients", "adverse_events", "measurements"]


class Data:
    """The three shipped tables, with shorthands to damage one cell of a chosen patient."""

    def __init__(self) -> None:
        self.patients, self.events, self.measured = (
            pd.read_csv(STUDY / f"{name}.csv") for name in NAMES
        )
        self.patients = self.patients.astype(
            {"start_date": object, "discontinuation_reason": object}
        )
        for table in (self.patients, self.events, self.measured):
            whole = table.select_dtypes("int64").columns
            table[whole] = table[whole].astype(float)

    def problems(self) -> list[str]:
        return check_coherence(self.patients, self.events, self.measured)

    def first(self, query: str) -> int:
        return self.patients.query(query).index[0]

    def set(self, query: str, **values: object) -> int:
        at = self.first(query)
        for column, value in values.items():
            self.patients.loc[at, column] = value
        return at

    def rows_of(self, table: pd.DataFrame, query: str) -> pd.Index:
        name = self.patients.loc[self.first(query), "patient_id"]
        return table.index[table["patient_id"] == name]

    def measure(self, query: str, which: int, **values: object) -> None:
        at = self.rows_of(self.measured, query)[which]
        for column, value in values.items():
            self.measured.loc[at, column] = value

    def event(self, query: str, **values: object) -> None:
        at = self.events.query(query).index[0]
        for column, value in values.items():
            self.events.loc[at, column] = value


def test_the_shipped_patients_are_coherent():
    assert Data().problems() == []


ICI, MWA = "arm == 'ICI'", "arm == 'MWA+ICI'"
STABLE = "best_response == 'SD' and progression == 1 and pd_new_lesion == 0"
NEW = "best_response == 'SD' and pd_new_lesion == 1"
PR, PD = "best_response == 'PR'", "best_response == 'PD'"
SD_CENSORED = "best_response == 'SD' and pfs_event == 0"
NE = "best_response == 'NE'"
ALIVE = "follow_up_status == 'alive at cut-off'"
TOXIC = "discontinuation_reason == 'toxicity'"
STOPPED = "discontinuation_reason == 'progression'"
DURING, AFTER = "relation == 'treatment'", "relation == 'procedure'"


def _no_severe_event(data: Data) -> None:
    rows = data.rows_of(data.events, TOXIC)
    data.events.loc[rows, "ctcae_grade"] = 1


def _twice(data: Data) -> None:
    data.patients = pd.concat([data.patients, data.patients.head(1)], ignore_index=True)


def _repeat_overlapping(data: Data) -> None:
    again = data.events.query("resolved_day > onset_day + 5").head(1)
    data.events = pd.concat(
        [data.events, again.assign(onset_day=again["onset_day"] + 1)], ignore_index=True
    )


def _procedure_without_ablation(data: Data) -> None:
    name = data.events.query(AFTER)["patient_id"].iloc[0]
    data.set(f"patient_id == '{name}'", ablation_months=np.nan)


def _no_visit_before_progression(data: Data) -> None:
    rows = data.rows_of(data.measured, NEW)
    data.measured = data.measured.drop(rows[1:-1])


def _drop(query: str, which: slice):
    def damage(data: Data) -> None:
        data.measured = data.measured.drop(data.rows_of(data.measured, query)[which])

    return damage


DAMAGE = {
    ("identity", "more than once"): _twice,
    ("identity", "adverse events but is no patient"): lambda d: d.event(DURING, patient_id="X1"),
    ("identity", "measurements but is no patient"): lambda d: d.measure(ICI, 1, patient_id="X1"),
    ("baseline_values", "arm is"): lambda d: d.set(ICI, arm="TACE"),
    ("baseline_values", "n_tumours is"): lambda d: d.set(ICI, n_tumours=4),
    ("baseline_values", "bilirubin_umol_l is"): lambda d: d.set(ICI, bilirubin_umol_l=0),
    ("baseline_values", "age is"): lambda d: d.set(ICI, age=7),
    ("time_order", "progression-free for"): lambda d: d.set(STABLE, pfs_months=60),
    ("time_order", "death is not"): lambda d: d.set("os_event == 1", pfs_event=0),
    ("time_order", "progression is not"): lambda d: d.set("progression == 1", pfs_event=0),
    ("time_order", "neither progression nor death"): lambda d: d.set(STABLE, progression=0),
    ("follow_up", "outside enrolment"): lambda d: d.set(ICI, start_date="2021-12-31"),
    ("follow_up", "beyond the cut-off"): lambda d: d.set(ALIVE, start_date="2024-01-31"),
    ("follow_up", "with os_event"): lambda d: d.set("os_event == 1", follow_up_status="lost"),
    ("follow_up", "follow-up ended on"): lambda d: d.set(ALIVE, follow_up_status="lost"),
    ("lesion_series", "no single baseline"): _drop(NE, slice(0, 1)),
    ("lesion_series", "after progression-free follow-up"): lambda d: d.measure(NE, 1, month=9),
    ("lesion_series", "baseline sum"): lambda d: d.measure(NE, 0, target_sum_mm=151.0),
    ("lesion_series", "baseline AFP"): lambda d: d.measure(ICI, 0, afp_ng_ml=1.0),
    ("lesion_series", "negative sum"): lambda d: d.measure(ICI, 1, afp_ng_ml=np.nan),
    ("best_change", "not evaluable, but"): lambda d: d.measure(NE, 1, target_sum_mm=20),
    ("best_change", "without a measurement"): lambda d: d.set(PR, best_change_pct=np.nan),
    ("best_change", "measured"): lambda d: d.set(STABLE, best_change_pct=-20.05),
    ("best_change", "PR with a best change"): lambda d: d.set(STABLE, best_response="PR"),
    ("best_change", "SD with a best change"): lambda d: d.set(PR, best_response="SD"),
    ("best_change", "CR with a best change"): lambda d: d.set(PR, best_response="CR"),
    ("best_change", "PD with a best change"): lambda d: d.set(STABLE, best_response="PD"),
    ("progression_shown", "before the recorded end"): lambda d: d.measure(
        STABLE, 1, target_sum_mm=300
    ),
    ("progression_shown", "not recorded"): lambda d: d.set(SD_CENSORED, pd_new_lesion=1),
    ("progression_shown", "but not evaluable"): lambda d: d.set(NE, pd_new_lesion=1),
    ("progression_shown", "no measurement at"): _drop(STABLE, slice(-1, None)),
    ("progression_shown", "neither, or both"): lambda d: d.set(NEW, pd_new_lesion=0),
    ("response_and_progression", "PD without"): lambda d: d.set(SD_CENSORED, best_response="PD"),
    ("response_and_progression", "did not show it"): lambda d: d.set(NEW, best_response="PD"),
    ("response_and_progression", "PD at a first"): lambda d: d.set(PD, pfs_months=4.1),
    ("response_and_progression", "before the first"): lambda d: d.set(SD_CENSORED, pfs_months=1.2),
    ("response_and_progression", "without an assessment"): _no_visit_before_progression,
    ("response_period", "a response period with"): lambda d: d.set(
        STABLE, response_start_months=1.4
    ),
    ("response_period", "not when imaging"): lambda d: d.set(PR, response_start_months=0.5),
    ("response_period", "has ended"): lambda d: d.set(PR, response_start_months=40),
    ("response_period", "not with progression"): lambda d: d.set(PR, response_end_months=5.05),
    ("response_period", "goes on after"): lambda d: d.set(PR, response_end_months=np.nan),
    ("treatment", "treated for"): lambda d: d.set(ICI, treatment_months=50),
    ("treatment", "or ended without one"): lambda d: d.set(STOPPED, discontinuation_reason=""),
    ("treatment", "did not reach the cut-off"): lambda d: d.set(
        "follow_up_status == 'lost'", treatment_ongoing=1, discontinuation_reason=""
    ),
    ("treatment", "discontinuation for"): lambda d: d.set(STOPPED, discontinuation_reason="cost"),
    ("treatment", "a progression that is not"): lambda d: d.set(
        "pfs_event == 0", discontinuation_reason="progression"
    ),
    ("treatment", "not when it came"): lambda d: d.set(STOPPED, treatment_months=0.8),
    ("treatment", "toxicity after progression"): lambda d: d.set(
        PD, discontinuation_reason="toxicity"
    ),
    ("treatment", "without an event of grade 3"): _no_severe_event,
    ("ablation", "arm without ablation"): lambda d: d.set(ICI, ablation_months=0.4),
    ("ablation", "months after baseline"): lambda d: d.set(MWA, ablation_months=1.0),
    ("ablation", "lesions ablated"): lambda d: d.set(MWA, n_ablated=3),
    ("adverse_events", "unknown event"): lambda d: d.event(DURING, ae_term="Liver abscess"),
    ("adverse_events", "of grade 5"): lambda d: d.event(DURING, ctcae_grade=5),
    ("adverse_events", "outside treatment"): lambda d: d.event(DURING, onset_day=900),
    ("adverse_events", "resolved on day"): lambda d: d.event(DURING, resolved_day=0),
    ("adverse_events", "recurs before"): _repeat_overlapping,
    ("procedure_events", "related to"): lambda d: d.event(DURING, relation="disease"),
    ("procedure_events", "only with them"): lambda d: d.event(DURING, hours_after_procedure=3),
    ("procedure_events", "pain not related"): lambda d: d.event(
        "ae_term == 'Post-ablation pain'", relation="treatment", hours_after_procedure=np.nan
    ),
    ("procedure_events", "did not have"): _procedure_without_ablation,
    ("procedure_events", "800.0 hours after"): lambda d: d.event(AFTER, hours_after_procedure=800),
    ("procedure_events", "on day"): lambda d: d.event(AFTER, onset_day=29),
}


@pytest.mark.parametrize(("rule", "text"), DAMAGE, ids=[": ".join(key) for key in DAMAGE])
def test_damage_is_found_by_its_rule(rule, text):
    data = Data()
    DAMAGE[rule, text](data)
    found = [problem for problem in data.problems() if problem.startswith(f"{rule}:")]
    assert any(text in problem for problem in found), data.problems()


def test_every_rule_is_damaged_at_least_once():
    assert {rule.__name__ for rule in RULES} | {"identity"} == {rule for rule, _ in DAMAGE}


def test_damage_stays_with_its_patient():
    data = Data()
    at = data.set(STABLE, pfs_months=60)
    name = data.patients.loc[at, "patient_id"]
    assert all(f": {name}: " in problem for problem in data.problems())
