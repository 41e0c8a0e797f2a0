"""Sentences about the duration of response: among how many responders, and by arm."""

from __future__ import annotations

import pandas as pd

from ...formats import markdown as md
from ...results import one, pick
from ...study.study import Study
from ..words import arm, counted, lower, median, was
from .survival import by_arm


def told(results: pd.DataFrame, study: Study, among: Study) -> dict[str, str]:
    """Give each part by its name; `among` is the study of the responders."""
    counts = pick(results, statistic="responders").set_index("group")
    responders = int(counts.loc["overall", "estimate"])
    if not responders:
        return {
            "duration": "Nobody responded, so no response has a duration.",
            "duration_by_arm": "",
        }
    parts = [
        f"{counts.loc[code, 'estimate']:.0f} of {counts.loc[code, 'n']:.0f} with {arm(study, code)}"
        for code in reversed(study.arm_codes)
        if study.compares
    ]
    end = among.endpoints["dor"]
    text = (
        f"{counts.loc['overall', 'estimate']:.0f} of {counts.loc['overall', 'n']:.0f} patients "
        f"responded{f' ({parts[0]}, {parts[1]})' if parts else ''}"
    )
    overall = pick(results, statistic="median", group="overall")
    if overall.empty:
        return {"duration": f"{text}, and the duration of none is known.", "duration_by_arm": ""}
    events = counted(int(overall.iloc[0]["n_events"]), *_names(end))
    text += (
        f"; median {lower(md(end.label))} was {median(overall.iloc[0], study)}, with {events} "
        f"among {counted(int(overall.iloc[0]['n']), 'responder')}."
    )
    lost = int(one(results, statistic="without_start", group="overall")["estimate"])
    if lost:
        noun = counted(lost, "responder")
        text += f" Of {noun} the start or the end of the response {was(lost)} not known."
    return {"duration": text, "duration_by_arm": _by_arm(results, study, among)}


def _names(end) -> tuple[str, str]:
    return md(end.event_label), md(end.events_label)


def _by_arm(results: pd.DataFrame, study: Study, among: Study) -> str:
    """Compare the arms as survival does, and say what the comparison is not."""
    if not study.compares:
        return ""
    compared = by_arm(results.assign(analysis="survival"), among)
    return (
        f"Among responders: {lower(compared)} Responders are selected after time zero, so that "
        "this describes them and is no effect of treatment."
    )
