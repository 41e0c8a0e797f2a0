"""Who responded, and for how long they did: the cohort of the responders alone."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ..cohort.cohort import Cohort
from ..study.parts import Endpoint

ENDPOINT = "dor"


def responders(cohort: Cohort) -> Cohort:
    """Give the responders with a known start, and "dor" as the only endpoint of their study.

    Its time (months) is the time to the endpoint that ends a response less that to the first
    response. Patients with an objective response whose start, time or event is missing are left
    out.
    """
    cohort.refuse_entry()
    spec, patients = cohort.study.response.duration, cohort.patients
    end = cohort.study.endpoints[spec.endpoint]
    start = patients[spec.start] * cohort.study.months_in(spec.unit)
    time, event = (patients[f"{spec.endpoint}_{what}"] for what in ("time", "event"))
    # a start that was rounded may lie a moment behind the end
    lasted = (time - start).round(9).clip(lower=0.0)
    known = objective(cohort) & lasted.notna() & event.notna()
    endpoint = Endpoint(
        label="Duration of response", short="DoR", time=f"{ENDPOINT}_time",
        event=f"{ENDPOINT}_event", event_label=end.event_label, events_label=end.events_label,
        milestones=spec.milestones,
    )  # fmt: skip
    study = cohort.study.model_copy(
        update={"endpoints": {ENDPOINT: endpoint}, "primary": None, "subgroups": []}
    )
    table = patients.assign(**{endpoint.time: lasted, endpoint.event: event})
    return replace(cohort, study=study, patients=table[known].reset_index(drop=True))


def objective(cohort: Cohort) -> pd.Series:
    """Say of each patient whether the best response counts as objective."""
    spec = cohort.study.response
    return cohort.patients[spec.column].isin(spec.objective)
