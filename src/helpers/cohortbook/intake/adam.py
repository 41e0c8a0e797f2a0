"""CDISC ADaM tables: recognised by their columns, and brought into one row a patient."""

from __future__ import annotations

import re

import pandas as pd

from ..cohort.checks.meaning import category
from ..cohort.derive.dates import read_dates
from ..study.parts import MONTHS_PER
from .after import AFTER
from .columns import Column
from .draft import Draft
from .endpoints import milestones
from .questions import Option, Question
from .status import Status, held_against
from .units import DAYS_FROM, LONGEST_MONTHS, Unit, unit_by_dates
from .vocabulary import ENDPOINTS
from .words import compact, key_of

SUBJECT = "USUBJID"
ARMS = ("TRT01P", "TRT01A", "TRTP", "TRTA", "ARM", "ACTARM")
NOT_BASELINE = re.compile(
    r".*(DT|DTC|DTM|TM|FL|FN|DY|DUR)|STUDYID|DOMAIN|SITEID|INVID|SUBJID|TRT\d\d[AP]N?|TRT[AP]N?|TRTSEQ\w*"
    r"|ARM\w*|ACTARM\w*|TR\d\dP?G\d.*|DCS\w*|EOS\w*|EOT\w*|DTH\w*|LST\w*|AVAL\w*|PARAM\w*|CNSR"
    r"|STARTDT|ADT|ADY|EVNT\w*|CNSDT\w*|SRC\w*|VISIT\w*|.*DISC.*"
)
_AFTER = re.compile(r".*(DUR|DURD|DURM|DISC).*|DCS\w*|EOS\w*|EOT\w*|DTH\w*|LST\w*|CNSR|AVAL\w*")
UNITS = {
    "day": "days",
    "days": "days",
    "week": "weeks",
    "weeks": "weeks",
    "month": "months",
    "months": "months",
    "year": "years",
    "years": "years",
}
BEST = ("BOR", "CBOR", "BESTRESP", "BORIRC", "BORINV", "OVRLBEST")
SUMS = ("SDIAM", "SUMDIAM", "TRSUM", "SUMLD", "SLD", "LDIAMSUM", "SUMTL", "TLSUM")
SEVERITY = ("AETOXGR", "ATOXGR", "AETOXGRN", "ATOXGRN", "AESEV", "ASEV")


def kind_of(columns: dict[str, Column]) -> str | None:
    """Give ADSL, ADTTE, ADRS, ADTR or ADAE if a table has its columns; None if none."""
    has = {name.upper() for name in columns}
    if SUBJECT not in has:
        return None
    if {"PARAMCD", "AVAL", "CNSR"} <= has:
        return "ADTTE"
    if "AEDECOD" in has:
        return "ADAE"
    if {"PARAMCD", "AVALC"} <= has and _has_code(columns, BEST):
        return "ADRS"
    if {"PARAMCD", "AVAL", "ADY"} <= has and _has_code(columns, SUMS):
        return "ADTR"
    return "ADSL" if has & set(ARMS) and "PARAMCD" not in has else None


def _has_code(columns: dict[str, Column], codes: tuple[str, ...]) -> bool:
    cells = set(upper(columns)["PARAMCD"].different)
    return any(any(cell.upper().startswith(code) for code in codes) for cell in cells)


def upper(columns: dict[str, Column]) -> dict[str, Column]:
    """Give columns under their names in upper case, as the standard has them."""
    return {name.upper(): column for name, column in columns.items()}


def frame(columns: dict[str, Column]) -> pd.DataFrame:
    """Give columns as a table."""
    return pd.DataFrame({name: column.cells for name, column in columns.items()})


def settle_adam(draft: Draft, parts: dict[str, dict[str, Column]]) -> dict[str, Column]:
    """Put endpoints, events and measurements into the draft; give the patient columns.

    Parameters
    ----------
    draft : Draft
    parts : dict
        Columns in upper case by kind of table.

    Returns
    -------
    dict of Column
        One row a patient: ADSL (or what is constant in ADTTE), with AVAL and CNSR of each parameter
        of ADTTE and the best overall response of ADRS.
    """
    draft.found.append("CDISC ADaM tables: " + ", ".join(sorted(parts)))
    patients = _subjects(parts)
    draft.study["columns"]["patient_id"] = SUBJECT
    draft.used.add(SUBJECT)
    for name in patients:
        if name not in ARMS and _not_baseline(name, patients):
            draft.aside[name] = AFTER if _AFTER.fullmatch(name) else "no baseline value"
    draft.adam_arm = next(
        (name for name in ARMS if name in patients and len(patients[name].different) > 1), None
    )
    if "ADTTE" in parts:
        patients = _endpoints(draft, patients, parts["ADTTE"])
    if "ADRS" in parts:
        patients = _response(draft, patients, parts["ADRS"])
    if "ADAE" in parts:
        _events(draft, parts["ADAE"])
    if "ADTR" in parts:
        _measurements(draft, parts["ADTR"])
    return patients


def _subjects(parts: dict[str, dict[str, Column]]) -> dict[str, Column]:
    source = parts.get("ADSL") or parts.get("ADTTE") or next(iter(parts.values()))
    table = frame(source)
    same = table.groupby(SUBJECT, sort=False).nunique(dropna=False).le(1).all()
    kept = [SUBJECT, *(name for name in table if name != SUBJECT and same.get(name, False))]
    first = table[kept].drop_duplicates(SUBJECT).reset_index(drop=True)
    return {
        name: Column(
            name,
            first[name],
            source[name].label,
            source[name].level_labels,
            source[name].declared_date,
        )
        for name in kept
    }


def _not_baseline(name: str, patients: dict[str, Column]) -> bool:
    twin = name[:-1] if name.endswith("N") else ""
    return bool(NOT_BASELINE.fullmatch(name)) or twin in patients


def _of(columns: dict[str, Column], code: str) -> pd.DataFrame:
    """Give the rows of one parameter, one a subject where the standard flags which."""
    table = frame(columns)
    table = table[table["PARAMCD"] == code]
    if table[SUBJECT].duplicated().any() and "ANL01FL" in table:
        table = table[table["ANL01FL"] == "Y"]
    return table.drop_duplicates(SUBJECT)


def _endpoints(draft: Draft, patients, columns: dict[str, Column]) -> dict[str, Column]:
    codes = sorted(columns["PARAMCD"].different, key=lambda c: (_key(c) not in ("os", "pfs"), c))
    units = _units(draft, columns, codes)
    for code in codes:
        rows = _of(columns, code).set_index(SUBJECT)
        key = _key(code)
        time, event = f"{code}_AVAL", f"{code}_CNSR"
        for name, source in ((time, "AVAL"), (event, "CNSR")):
            patients[name] = Column(name, patients[SUBJECT].cells.map(rows[source]))
        draft.idents[key] = code
        answer = _unit_asked(draft, code, units[code], patients[time])
        units[code] = answer
        unit = answer.unit
        values = patients[time].numbers
        say = draft.sure if units[code].sure else draft.unsure
        say(
            "endpoints",
            key,
            "unit",
            value=unit,
            text=units[code].reason,
            kind="unit",
            evidence=units[code].evidence,
            columns=(time,),
            **({} if units[code].sure else {"confirm": f"endpoints.{key}.unit"}),
        )
        label = str(rows["PARAM"].iloc[0]) if "PARAM" in rows else code
        draft.study["endpoints"][key] = _entry(key, code, label) | {
            "time": time,
            "event": event,
            "event_codes": ["0"],
            "censored_codes": sorted(set(patients[event].different) - {"0"}) or ["1"],
            "unit": unit,
            "milestones": milestones(values, unit),
        }
        draft.events[key] = int((patients[event].cells == "0").sum())
        draft.comment("endpoints", key, text="CNSR 0 is an event, other values are censored.")
        status = held_against(
            Status(["0"], [], reason="by the standard"),
            key,
            patients[time],
            patients[event],
            patients,
        )
        say = draft.unsure if status.against else draft.sure
        say(
            "endpoints",
            key,
            "event",
            value=("0",),
            kind="event",
            evidence=status.against,
            text=f"CNSR of {code} is 0 for an event, by the standard",
            columns=(event,),
            **({"confirm": f"endpoints.{key}.event"} if status.against else {}),
        )
        draft.keys |= {f"{key}_time", f"{key}_event"}
        draft.used |= {time, event}
    return patients


def _unit_asked(draft: Draft, code: str, guess: Unit, time: Column) -> Unit:
    choice = draft.choose(
        Question(
            ("endpoints", code, "unit"),
            f"In what unit is AVAL of {code}? Middle {time.numbers.median():g}, longest "
            f"{time.numbers.max():g}.",
            tuple(Option(unit, unit) for unit in ("days", "weeks", "months", "years")),
            (guess.unit,),
            guess.sure,
        )
    )
    return Unit(choice.value[0], True, "as answered") if choice.answered else guess


def _key(code: str) -> str:
    plain = compact(code)
    known = next((key for key in ENDPOINTS if plain.startswith(key)), None)
    return known if plain == known else key_of(code, 1, set())


def _entry(key: str, code: str, label: str) -> dict[str, str]:
    text = re.sub(r"\s*\([^)]*\)\s*$", "", label).strip() or code
    known = ENDPOINTS.get(key)
    if known:
        return dict(zip(("label", "short", "event_label", "events_label"), known, strict=True))
    return {"label": text, "short": code, "event_label": "event", "events_label": "events"}


def _units(draft: Draft, columns: dict[str, Column], codes: list[str]) -> dict[str, Unit]:
    """Give the unit of each parameter: stated, by its dates, or one from size for all others."""
    found: dict[str, Unit] = {}
    for code in codes:
        rows = _of(columns, code)
        unit, sure = _unit(columns, rows)
        if draft.wishes.unit:
            found[code] = Unit(draft.wishes.unit, True, "stated")
        elif sure:
            found[code] = Unit(unit, True, "by AVALU or PARAM")
        elif {"STARTDT", "ADT"} <= set(rows):
            dates = {
                name: read_dates(rows[name], draft.wishes.dates).values
                for name in ("STARTDT", "ADT")
            }
            by_dates = unit_by_dates(pd.to_numeric(rows["AVAL"], errors="coerce"), dates)
            if by_dates:
                found[code] = Unit(by_dates[0], True, f"{code}: ADT less STARTDT is AVAL")
    rest = [code for code in codes if code not in found]
    values = pd.to_numeric(frame(columns)["AVAL"], errors="coerce")
    values = values[columns["PARAMCD"].cells.isin(rest)]
    guess = "days" if values.median() > DAYS_FROM or values.max() > LONGEST_MONTHS else "months"
    beside = next((found[code].unit for code in codes if code in found), None)
    for code in rest:
        text = f"the unit of {code} is not stated (AVALU); taken for {beside or guess}, "
        found[code] = Unit(
            beside or guess, False, text + ("as that of the others" if beside else "from its size")
        )
    return found


def _unit(columns: dict[str, Column], rows: pd.DataFrame) -> tuple[str, bool]:
    stated = set()
    if "AVALU" in rows:
        stated = {str(unit).casefold() for unit in rows["AVALU"].dropna()}
    if not stated and "PARAM" in rows:
        stated = set(re.findall(r"\((\w+)\)", str(rows["PARAM"].iloc[0]).casefold()))
    known = {UNITS[unit] for unit in stated if unit in UNITS}
    return (known.pop(), True) if len(known) == 1 else ("months", False)


def _response(draft: Draft, patients, columns: dict[str, Column]) -> dict[str, Column]:
    codes = columns["PARAMCD"].different
    code = next(c for known in BEST for c in codes if c.upper().startswith(known))
    rows = _of(columns, code).set_index(SUBJECT)
    cells = rows["AVALC"].map(lambda cell: category(str(cell)) or cell, na_action="ignore")
    patients["BOR"] = Column("BOR", patients[SUBJECT].cells.map(cells), "Best overall response")
    draft.found.append(f"response: from ADRS, PARAMCD {code}")
    return patients


def _events(draft: Draft, columns: dict[str, Column]) -> None:
    from .events import grade_name, grades

    table = frame(columns)
    if "TRTEMFL" in table:
        kept = table["TRTEMFL"] == "Y"
        draft.comment(
            "adverse_events",
            text=f"{int((~kept).sum())} events that are not treatment-"
            "emergent (TRTEMFL) are left out.",
        )
    else:
        kept = table["AEDECOD"].notna()
    grade = next((name for name in SEVERITY if name in columns), None)
    out = pd.DataFrame({"patient_id": table[SUBJECT], "ae_term": table["AEDECOD"]})
    name, criteria = grade_name(columns[grade]) if grade else ("ctcae_grade", "")
    out[name] = grades(columns[grade])[0] if grade else None
    draft.adverse = {"grade": name, **({"criteria": criteria} if criteria else {})}
    if "ASTDY" in columns:
        out["onset_day"] = columns["ASTDY"].cells
    draft.tables["adverse_events"] = out[kept & out["ae_term"].notna()].reset_index(drop=True)
    draft.found.append("adverse events: from ADAE")


def _measurements(draft: Draft, columns: dict[str, Column]) -> None:
    table = frame(columns)
    codes = columns["PARAMCD"].different
    code = next(c for known in SUMS for c in codes if c.upper().startswith(known))
    table = table[(table["PARAMCD"] == code) & table["AVAL"].notna() & table["ADY"].notna()]
    day = pd.to_numeric(table["ADY"], errors="coerce")
    # day 1 is the day of the first dose, and there is no day 0
    months = (day.where(day < 0, day - 1) * MONTHS_PER["days"]).round(2)
    size = table["AVAL"]
    if "AVALU" in table and set(table["AVALU"].dropna().str.casefold()) == {"cm"}:
        size = (pd.to_numeric(size, errors="coerce") * 10).map("{:g}".format)
    draft.tables["measurements"] = pd.DataFrame(
        {
            "patient_id": table[SUBJECT],
            "month": months.map("{:g}".format),
            "target_sum_mm": size,
        }
    ).reset_index(drop=True)
    draft.study["measurements"] = {"time": "month", "size": "target_sum_mm"}
    draft.found.append(f"target lesions: from ADTR, PARAMCD {code}")
