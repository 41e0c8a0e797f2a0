"""A plain data frame made into a cohort: its columns are named, by the part that each plays.

Everything that is wrong with names and values is told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from ..cohort.cohort import Cohort, cohort_of
from ..cohort.readers.cells import text_of
from ..errors import ParameterError, StudyError
from ..study.names import nearest

UNITS = ("days", "weeks", "months", "years")
PALETTE = ("#2F6DB5", "#C8372D")
ENDPOINT = "endpoint"
OF_ENDPOINT = ("time", "event", "competing", "entry", "unseen")
TYPED = ("arm", "patient_id", *(f"{ENDPOINT}_{name}" for name in OF_ENDPOINT))
RESPONSES = {  # from best to worst; the last is not evaluable
    "CR": "Complete response",
    "PR": "Partial response",
    "SD": "Stable disease",
    "PD": "Progressive disease",
    "NE": "Not evaluable",
}

ROLES = {
    "by": "Arms, one or two values; the first (of a categorical, or sorted) is the reference.",
    "time": "Time from time zero, a number of 0 or more.",
    "event": "1 (or True) = event, 0 (or False) = censored.",
    "entry": "Time at which the patient came under observation, in `unit`; 0 = from time zero on.",
    "competing": "Values of `event` that are competing events, as in [2].",
    "unit": "Unit of times: days, weeks, months or years; results are in months.",
    "covariates": 'Covariates beside the arm: "age/10" is for ten units, "sex=F" has a reference.',
    "subgroups": 'Levels of columns, as in ["sex=F"].',
    "variables": "What is described: numbers are continuous, anything else has levels.",
    "start": "Time at which the treatment that the arms differ in began, in `unit`; empty = never.",
    "grace": "Month by which it should have begun.",
    "risk_month": "Month by which the risk is predicted.",
    "best": "Best overall response: CR, PR, SD, PD or NE (not evaluable).",
    "change": "Best change of the target lesions, in per cent of the first measurement.",
    "reason": "Why treatment was stopped; empty = it was not.",
    "duration": "Duration of treatment, in months.",
    "id": "The patient, in this frame and in the one of events or measurements.",
    "events": "A data frame, one row an adverse event.",
    "term": "Of the events: what it was.",
    "grade": "Of the events: CTCAE grade, 1 to 5.",
    "hours": "Of the events: hours since the procedure that it came from; empty = none.",
    "measurements": "A data frame, one row a patient and time.",
    "visit": "Of the measurements: months from time zero.",
    "size": "Of the measurements: sum of the target lesions, in mm.",
    "marker": "Of the measurements: a tumour marker.",
}
"""What a column, or an argument beside the columns, is; by the name of the argument."""

NO_COLUMNS = {"unit", "competing", "grace", "risk_month", "events", "measurements"}
LISTS = ("variables", "covariates", "subgroups")
OF = {
    "events": ("term", "grade", "hours"),
    "measurements": ("visit", "size", "marker"),
}
NUMBERS = ("entry", "start", "change", "duration", "grade", "hours", "visit", "size", "marker")


def cohort_of_frame(data: pd.DataFrame, told: Mapping[str, Any]) -> tuple[Cohort, dict[Any, str]]:
    """Make a cohort of a data frame.

    Parameters
    ----------
    data : DataFrame
        One row a patient.
    told : mapping
        Roles (`ROLES`) to columns, or what else they take; None is not told.

    Returns
    -------
    (Cohort, dict)
        And the name of the variable that each described column became.

    Raises
    ------
    ParameterError
        For columns that are not there or cannot be what they are said to be: all of them.
    StudyError
        For values that contradict one another, with every problem.
    """
    read = _Frame(data, {role: value for role, value in told.items() if value is not None})
    said = read.said()
    read.refuse()
    try:
        return cohort_of(said, read.tables()), read.names
    except StudyError as error:
        raise StudyError([read.in_own_words(found) for found in error.problems]) from None


def listed(names: Sequence[Any] | str | None) -> list[Any]:
    """Give names as a list; one alone may stand as it is."""
    if names is None:
        return []
    return [names] if isinstance(names, str | int) else list(names)


@dataclass(frozen=True)
class _Covariate:
    """A covariate taken apart: a column, and "=reference" or "/units" behind it."""

    column: Any
    reference: str | None = None
    per: str | None = None

    @classmethod
    def of(cls, word: Any, data: pd.DataFrame) -> _Covariate:
        if word in data:
            return cls(word)
        column, _, reference = (part.strip() for part in str(word).partition("="))
        column, _, per = (part.strip() for part in column.partition("/"))
        return cls(column, reference or None, per or None)


class _Frame:
    """A frame as it is read: what is told of it, the names it gets, and what is wrong with it."""

    def __init__(self, data: pd.DataFrame, told: dict[str, Any]) -> None:
        self.data, self.told = data, told
        self.found: list[tuple[str, str]] = []
        if data.columns.nlevels > 1:
            self.wrong("The columns of this frame have several levels.", "Give each one name.")
        elif data.empty:
            self.wrong("The data frame has no rows.", "Give one row a patient.")
        self.refuse()
        self.covariates = [_Covariate.of(word, data) for word in listed(told.get("covariates"))]
        groups = [str(word).partition("=")[0].strip() for word in listed(told.get("subgroups"))]
        self.described = list(dict.fromkeys(listed(told.get("variables"))))
        used = [*self.described, *(one.column for one in self.covariates), *groups]
        self.used = list(dict.fromkeys(used))
        self.known = self._known_columns()
        self.own = self._own_names()
        self.names = _names(self.used, {*TYPED, *self.own.values()})

    def wrong(self, what: str, mend: str) -> None:
        if (what, mend) not in self.found:
            self.found.append((what, mend))

    def refuse(self) -> None:
        """Tell all that was found until now."""
        if not self.found:
            return
        if len(self.found) == 1:
            raise ParameterError(self.found[0][0], mend=self.found[0][1])
        mends = [mend for _, mend in self.found]
        lines = [f"{len(mends)} problems found."]
        for place, (what, mend) in enumerate(self.found):
            # what several need, such as the list of columns, is said of the last of them
            lines.append(what if mend in mends[place + 1 :] else f"{what} {mend}")
        raise ParameterError("\n".join(lines))

    def _known_columns(self) -> set[str]:
        """Look for each named column; give the roles whose columns are there."""
        known = set()
        for role in self.told:
            home = next((frame for frame, roles in OF.items() if role in roles), None)
            if role in OF:
                self._check_table(role)
                continue
            table, where = self.told.get(home), f" of '{home}'"
            if home is None:
                table, where = self.data, ""
            if role in NO_COLUMNS or role in LISTS or self._has(table, self.told[role], where):
                known.add(role)
        self.used = [column for column in self.used if self._has(self.data, column)]
        texts = [str(column) for column in self.used]
        for column in sorted({text for text in texts if texts.count(text) > 1}):
            self.wrong(f"Two columns are called '{column}'.", "Give each a name of its own.")
        return known

    def _check_table(self, role: str) -> None:
        table = self.told[role]
        if not isinstance(table, pd.DataFrame):
            self.wrong(f"'{role}' is no data frame.", f"Give one: {ROLES[role][2:]}")
        elif "id" not in self.told:
            self.wrong(f"The patients of '{role}' are not named.", "Name their column: id=...")
        else:
            self._has(table, self.told["id"], f" of '{role}'")

    def _has(self, data: Any, column: Any, where: str = "") -> bool:
        if not isinstance(data, pd.DataFrame):
            return False
        try:
            there = column in data
        except TypeError:  # a Series or a list in place of a name
            self.wrong(f"A column is named by its name, not by a {type(column).__name__}.", "")
            return False
        if not there:
            known = ", ".join(map(str, data))[:300]
            self.wrong(
                f"There is no column '{column}'{where}{nearest(str(column), map(str, data))}.",
                f"Columns: {known}.",
            )
        elif (data.columns == column).sum() > 1:
            many = (data.columns == column).sum()
            self.wrong(f"There are {many} columns '{column}'.", "Give each column its own name.")
            return False
        return there

    def _own_names(self) -> dict[str, str]:
        """Name the columns of the table that is made, by role: like none of the frame's."""
        theirs, own = {str(column) for column in self.data}, {}
        for role in ROLES:
            name = f"{role}_"
            while name in theirs:
                name += "_"
            own[role] = name
        return own

    # what a study file would say of it

    def said(self) -> dict[str, Any]:
        """Give the keys of a study file for what is told; `wrong` has what cannot be."""
        variables = {self.names[column]: self._variable(column) for column in self.used}
        said: dict[str, Any] = {
            "texts": {"title": "A data frame"},
            "columns": {"patient_id": self.own["id"], "arm": self.own["by"]},
            **self._arms(),
            "variables": {name: spec for name, spec in variables.items() if spec},
            "baseline": [{"variable": self.names[c]} for c in self.described if c in self.names],
        }
        for role in NUMBERS:
            self._check_numbers(role)
        self._check_ids()
        for part in (self._of_time, self._of_response, self._of_harm, self._of_measurements):
            said |= part(variables)
        return said

    def _arms(self) -> dict[str, Any]:
        values = ["all"]
        if "by" in self.told and "by" not in self.known:
            return {}
        if "by" in self.known:
            column = self.data[self.told["by"]]
            missing = sum(text is None for text in _texts(column))
            if missing:
                self._lacks("by", missing)
            values = [str(text_of(value)) for value in self._values(self.told["by"]) or ()]
            if not 1 <= len(values) <= len(PALETTE):
                self.wrong(
                    f"'{self.told['by']}' has {len(values)} values; arms are one or two.",
                    "Keep the rows of two of them, or name another column.",
                )
                return {}
        every = "by" not in self.told
        arms = [
            {"code": value, "label": "All patients" if every else value, "color": colour}
            for value, colour in zip(values, PALETTE, strict=False)
        ]
        return {"arms": arms, "reference_arm": values[0]}

    def _of_time(self, variables: dict[str, dict[str, Any]]) -> dict[str, Any]:
        unit = self.told.get("unit", "months")
        if unit not in UNITS:
            takes = f"It takes {', '.join(UNITS[:-1])} or {UNITS[-1]}."
            self.wrong(f"'unit' cannot be {unit!r}.", takes)
        if ("time" in self.told) != ("event" in self.told):
            self.wrong(
                "An endpoint needs both 'time' and 'event'.",
                "Name the columns of the time and of 1 = event, 0 = censored.",
            )
        said: dict[str, Any] = {}
        # without a time there is no model, but weights and imputation ask for covariates alone
        if self.covariates or "time" in self.told:
            said["cox"] = {"covariates": self._covariates(variables)}
        if {"time", "event"} <= self.known:
            self._check_endpoint()
            event = self.told["event"]
            competing = [str(text_of(code)) for code in listed(self.told.get("competing"))]
            said["endpoints"] = {
                ENDPOINT: {
                    "label": f"Time to {event}",
                    "short": str(event)[:40],
                    "time": self.own["time"],
                    "event": self.own["event"],
                    "event_label": "event",
                    "unit": unit,
                }
                | ({"competing_codes": competing, "censored_codes": ["0"]} if competing else {})
            }
            if "entry" in self.known:
                said["entry"] = {"column": self.own["entry"]}
                missing = int(self.data[self.told["entry"]].isna().sum())
                if missing:
                    self._lacks("entry", missing)
        if isinstance(self.told.get("risk_month"), int | float):
            said["model"] = {"horizon": self.told["risk_month"]}
        elif "risk_month" in self.told:
            self.wrong("The month of the risk is no number.", "As in risk_month=24.")
        if "start" in self.known and isinstance(self.told.get("grace"), int | float):
            said["treatment_start"] = {
                "column": self.own["start"], "unit": unit, "grace": self.told["grace"]
            }  # fmt: skip
        elif "start" in self.told:
            self.wrong("The grace period is not named.", "As in grace=3, in months.")
        return said

    def _check_endpoint(self) -> None:
        """Refuse columns that are no times and no events."""
        time, event = self.told["time"], self.told["event"]
        for role in ("time", "event"):
            missing = int(self.data[self.told[role]].isna().sum())
            if missing:
                self._lacks(role, missing)
        if _is_date(self.data[time]):
            self.wrong(
                f"'{time}' holds dates or durations, not numbers.",
                "Give the time as a number, such as (end - start).dt.days with unit='days'.",
            )
            return
        numbers = pd.to_numeric(self.data[time], errors="coerce")[self.data[time].notna()]
        wrong = int((~(numbers >= 0) | np.isinf(numbers)).sum())
        if wrong:
            of = f"{wrong} of {len(self.data)} rows"
            self.wrong(f"{of} have a '{time}' that is no time of 0 or more.", "Correct them.")
        present = self.data[event].dropna()
        texts = [str(text_of(value)) for value in listed(self.told.get("competing"))]
        rest = present[[text not in texts for text in _texts(_as_flag(present))]]
        if not pd.to_numeric(rest, errors="coerce").isin([0, 1]).all():
            seen = ", ".join(map(str, rest.drop_duplicates()[:5]))
            self.wrong(
                f"'{event}' has other values than 1 = event and 0 = censored: {seen}.",
                f"Say which is the event, as in data[{event!r}] == {rest.tolist()[0]!r}.",
            )

    def _covariates(self, variables: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        found = []
        for one in self.covariates:
            spec = variables.get(self.names.get(one.column, ""))
            if not spec:
                continue
            self._check_covariate(one, spec)
            item = {"variable": self.names[one.column]}
            item |= {"reference": one.reference} if one.reference else {}
            found.append(item | ({"per": _number(one.per)} if _number(one.per) else {}))
        return found

    def _check_covariate(self, one: _Covariate, spec: dict[str, Any]) -> None:
        column, levels = one.column, [level["code"] for level in spec.get("levels", [])]
        if self.data[column].nunique() < 2:
            self.wrong(
                f"'{column}' is the same in all rows, so that nothing can be estimated of it.",
                "Leave it out of the covariates.",
            )
        if one.reference and one.reference not in levels:
            mend = f"Levels: {', '.join(levels)[:300]}." if levels else "It holds numbers."
            self.wrong(f"'{one.reference}' is no level of '{column}'.", mend)
        if one.per and not _number(one.per):
            self.wrong(f"'{column}' cannot be for {one.per!r} units.", f"As in '{column}/10'.")

    def _of_response(self, _variables: object) -> dict[str, Any]:
        said: dict[str, Any] = {}
        if "best" in self.known:
            said["response"] = self._response()
        elif "change" in self.told:
            self.wrong("The best response is not named.", "Name its column: best=...")
        if "duration" in self.known and "event" in self.known:
            said["swimmer"] = {"treatment": self.own["duration"], "survival": ENDPOINT}
        if "reason" in self.known:
            reasons = [{"code": str(text_of(one))} for one in self._values(self.told["reason"])]
            said["discontinuation"] = {"column": self.own["reason"], "reasons": reasons}
        return said

    def _response(self) -> dict[str, Any]:
        best, texts = self.told["best"], _texts(self.data[self.told["best"]])
        missing = texts.count(None)
        if missing:
            self.wrong(
                f"{missing} of {len(texts)} rows have no '{best}'.",
                f"Write NE where it was not evaluable: data[{best!r}].fillna('NE').",
            )
        others = [text for text in dict.fromkeys(texts) if text and text not in RESPONSES]
        if others:
            self.wrong(
                f"'{best}' has other values than {', '.join(RESPONSES)}: {', '.join(others[:5])}.",
                f"Write them so: data[{best!r}].replace({{{others[0]!r}: 'PR'}}).",
            )
        unclear = "NE" in texts
        return {
            "column": self.own["best"],
            "criteria": "the categories as given",
            "categories": [
                {"code": code, "label": label}
                for code, label in RESPONSES.items()
                if code != "NE" or unclear
            ],
            "objective": ["CR", "PR"],
            "control": ["CR", "PR", "SD"],
            "not_evaluable": "NE" if unclear else None,
            "change": self.own["change"] if "change" in self.known else None,
        }

    def _of_harm(self, _variables: object) -> dict[str, Any]:
        if not self._has_all("events", "id", "term", "grade"):
            return {}
        terms = sorted(set(_texts(self.told["events"][self.told["term"]])) - {None})
        said: dict[str, Any] = {
            "term": self.own["term"], "grade": self.own["grade"], "terms": terms
        }  # fmt: skip
        if "hours" in self.known:
            values = self._values(self.told["by"]) if "by" in self.known else ["all"]
            said |= {
                "procedure_hours": self.own["hours"],
                "procedure_arm": str(text_of(values[-1])),
            }
        return {"adverse_events": said, "tables": {"adverse_events": "events"}}

    def _of_measurements(self, _variables: object) -> dict[str, Any]:
        if not self._has_all("measurements", "id", "visit"):
            return {}
        said = {"time": self.own["visit"]}
        said |= {role: self.own[role] for role in ("size", "marker") if role in self.known}
        said |= {f"{role}_label": str(self.told[role]) for role in said if role != "time"}
        return {"measurements": said, "tables": {"measurements": "measurements"}}

    def _has_all(self, frame: str, *roles: str) -> bool:
        """Say whether a second frame and its columns are named; some of them only are wrong."""
        if frame not in self.told:
            return False
        lacking = [role for role in roles if role not in self.told and role != "id"]
        for role in lacking:
            self.wrong(f"The column '{role}' of '{frame}' is not named.", f"As in {role}='...'.")
        return not lacking and set(roles) <= self.known

    # columns

    def _variable(self, column: Any) -> dict[str, Any]:
        """Describe a column: numbers are continuous; true and false, and text, are levels."""
        data, kinds = self.data[column], pd.api.types
        if _is_date(data) or kinds.is_complex_dtype(data):
            self.wrong(
                f"'{column}' holds dates, durations or complex numbers, which are not described.",
                "Make numbers of them, such as years since a date, or name other columns.",
            )
            return {}
        about = {"label": str(column), "column": str(column)}
        if data.isna().all() or (kinds.is_numeric_dtype(data) and not kinds.is_bool_dtype(data)):
            return {**about, "kind": "continuous"}
        levels = [{"code": str(text_of(value))} for value in self._values(column)]
        return {**about, "kind": "categorical", "levels": levels} if levels else {}

    def _values(self, column: Any) -> list[Any]:
        """Give the values of a column: in the order of a categorical that occur, else sorted."""
        data = self.data[column]
        try:
            present = data[[text is not None for text in _texts(data)]].unique()
        except TypeError:  # lists and the like
            self.wrong(
                f"'{column}' holds values that are no numbers, texts, or true and false.",
                "Leave it out, or make a column of its values.",
            )
            return []
        if isinstance(data.dtype, pd.CategoricalDtype):
            return [value for value in data.cat.categories if value in set(present)]
        return sorted(present, key=lambda value: (str(type(value)), value))

    def _lacks(self, role: str, missing: int) -> None:
        column = self.told[role]
        self.wrong(
            f"{missing} of {len(self.data)} rows have no '{column}'.",
            f"Fill them, or leave them out: data.dropna(subset=[{column!r}]).",
        )

    def _check_numbers(self, role: str) -> None:
        if role not in self.known:
            return
        table, column = self._table_of(role), self.told[role]
        present = table[column].dropna()
        wrong = int(pd.to_numeric(present, errors="coerce").isna().sum())
        if wrong or _is_date(table[column]):
            wrong = wrong or len(present)
            of = f"{wrong} of {len(table)} rows"
            self.wrong(f"{of} have a '{column}' that is no number.", f"{ROLES[role]}")

    def _table_of(self, role: str) -> pd.DataFrame:
        home = next((frame for frame, roles in OF.items() if role in roles), None)
        return self.told[home] if home else self.data

    def _check_ids(self) -> None:
        if "id" not in self.known:
            return
        texts = _texts(self.data[self.told["id"]])
        if None in texts:
            self._lacks("id", texts.count(None))
        twice = len(texts) - len(set(texts)) - max(0, texts.count(None) - 1)
        if twice:
            self.wrong(
                f"{twice} rows repeat the '{self.told['id']}' of another.",
                "Give one row a patient.",
            )

    # the tables that are read

    def tables(self) -> dict[str, pd.DataFrame]:
        """Give the tables as text, by role, as they would be read from files."""
        patients: dict[str, Any] = {
            self.own["id"]: _texts(self.data[self.told["id"]])
            if "id" in self.known
            else [str(place) for place in range(1, len(self.data) + 1)],
            self.own["by"]: _texts(self.data[self.told["by"]]) if "by" in self.told else "all",
        }
        for column in self.used:
            patients[str(column)] = _texts(self.data[column])
        for role in ("time", "entry", "start", "best", "change", "reason", "duration"):
            if role in self.known:
                patients[self.own[role]] = _texts(self.data[self.told[role]])
        if "event" in self.known:
            patients[self.own["event"]] = _texts(_as_flag(self.data[self.told["event"]]))
        tables = {"patients": pd.DataFrame(patients, dtype="object")}
        for frame, name in (("events", "adverse_events"), ("measurements", "measurements")):
            if frame in self.told:
                roles = ("id", *(role for role in OF[frame] if role in self.known))
                data = {self.own[role]: _texts(self.told[frame][self.told[role]]) for role in roles}
                tables[name] = pd.DataFrame(data, dtype="object")
        return tables

    def in_own_words(self, found: Any) -> Any:
        """Name a frame and its column where a problem names a file and ours."""
        columns = {
            self.own[role]: str(self.told[role])
            for role in self.told
            if role not in NO_COLUMNS and role not in LISTS
        }
        file = found.file if found.file in OF else "data frame"
        return replace(found, file=file, column=columns.get(found.column, found.column))


def _names(columns: Iterable[Any], taken: set[str]) -> dict[Any, str]:
    """Give each column a name as study files have them, no two alike."""
    found: dict[Any, str] = {}
    for column in columns:
        name = plain = _name(column)
        number = 2
        while name in found.values() or name in taken:
            name = f"{plain[:36]}_{number}"
            number += 1
        found[column] = name
    return found


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if value > 0 and np.isfinite(value) else None


def _is_date(column: pd.Series) -> bool:
    kinds = pd.api.types
    return bool(
        kinds.is_datetime64_any_dtype(column)
        or kinds.is_timedelta64_dtype(column)
        or any(isinstance(value, date | timedelta) for value in column.dropna().head(1))
    )


def _as_flag(column: pd.Series) -> pd.Series:
    return column.astype("Int64") if pd.api.types.is_bool_dtype(column) else column


def _texts(column: pd.Series) -> list[str | None]:
    """Give cells as text; None where one is missing, or empty as a cell of a file may be."""
    texts = [None if _missing(value) else str(text_of(value)) for value in column]
    return [text if text and text.strip() else None for text in texts]


def _missing(value: Any) -> bool:
    return bool(np.isscalar(value) or value is None or value is pd.NaT or value is pd.NA) and bool(
        pd.isna(value)
    )


def _name(column: Any) -> str:
    """Give a name as study files have them: lower case, letters first."""
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in str(column).lower())
    return ("v_" + plain if not plain[:1].isalpha() else plain)[:40]
