"""The study file of a draft as commented YAML."""

from __future__ import annotations

import textwrap

import yaml

from .draft import Draft

TOP = (
    "synthetic",
    "unconfirmed",
    "texts",
    "tables",
    "columns",
    "arms",
    "reference_arm",
    "other_arms",
    "cutoff",
    "after_cutoff",
    "leave_out_incomplete",
    "endpoints",
    "entry",
    "variables",
    "baseline",
    "cox",
    "response",
    "adverse_events",
    "measurements",
    "privacy",
    "statistics",
)
BY_ENTRY = ("endpoints", "variables")
SAID = {
    "unconfirmed": [
        "What could only be guessed and a report would print as fact. Until a line is "
        "deleted, the report says that it is not confirmed: mend the key where it is "
        "wrong, then delete the line (or all, as unconfirmed: []).",
        "data: that these are real patients, and not synthetic or example data.",
    ],
    "texts": ["What only the authors can know; printed as it stands."],
    "tables": ["Files beside this one."],
    "arms": ["The arms, the reference arm first. Colours are the same in every figure."],
    "reference_arm": ["Hazard ratios and differences are the other arm against this one."],
    "endpoints": ["Times to an event, in days, weeks, months or years."],
    "entry": ["When patients came under observation, where that was after time zero."],
    "variables": ["Baseline variables: kind, unit, levels in printing order."],
    "baseline": [
        "Rows of the baseline table in order. `test: false` leaves the P value out; "
        "`summary` may be median_range, median_iqr or mean_sd."
    ],
    "cox": ["Cox models: covariates beside the treatment, each with its reference level."],
    "response": ["Best overall response, from best to worst, and what counts as what."],
    "adverse_events": ["One row an event; patients are counted once a term, at the highest grade."],
    "measurements": ["Serial measurements, in months from time zero."],
    "privacy": ["Columns that look personal and may stay."],
    "statistics": ["r or spss: whose defaults are followed."],
}
MORE = """\
# What else a study file can say (subgroups, swimmer plot, reasons for stopping, flow, settings)
# stands with comments in data/wei2026/study.yml.
"""


def study_text(draft: Draft, files: list[str]) -> str:
    """Give `study.yml` with a comment above each key that says what was guessed and why."""
    head = [
        f"Written by `cohortbook new` from {', '.join(files)}.",
        "Lines with UNSURE name what could not be told from the data: read these first.",
    ]
    parts = ["".join(map(_comment, head))]
    for key in TOP:
        if key in draft.study:
            parts.append(_entry(draft, key))
    return "\n".join([*parts, MORE])


def _entry(draft: Draft, key: str) -> str:
    value = draft.study[key]
    lines = [*SAID.get(key, []), *draft.comments.get((key,), [])]
    text = "".join(map(_comment, lines))
    if key == "unconfirmed" and value:
        return text + f"{key}:\n" + "".join(f"- {place}\n" for place in value)
    if key not in BY_ENTRY or not value:
        return text + _dump({key: value})
    text += f"{key}:\n"
    for name, entry in value.items():
        above = "".join(_comment(line) for line in draft.comments.get((key, name), []))
        text += textwrap.indent(above + _dump({name: entry}), "  ")
    return text


def _comment(line: str) -> str:
    """Give a line as a comment; what a file holds can neither end it nor hide in it."""
    plain = "".join(c if c.isprintable() else " " for c in line)
    return "".join(f"# {part}\n" for part in textwrap.wrap(plain, 96, break_on_hyphens=False))


def _dump(content: dict[str, object]) -> str:
    nested = any(isinstance(value, dict | list) for value in content.values())
    return yaml.safe_dump(
        content,
        allow_unicode=True,
        sort_keys=False,
        width=98,
        default_flow_style=None if nested else False,
    )
