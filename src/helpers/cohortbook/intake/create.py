"""From the files of an export to a study folder: read, guess, check, write; all or nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ..cohort.cohort import StudyFiles, read_study
from ..cohort.derive.dates import read_dates
from ..errors import CohortbookError, Problem
from ..scratch import clear_abandoned, scratch_folder
from ..study.parts import DEFAULT_READING, Reading
from ..study.study import STUDY_FILE
from ..study.unconfirmed import ADVERSE, DATA, READING
from .adam import kind_of, settle_adam
from .arms import settle_arms
from .columns import Column
from .covariates import settle_variables
from .draft import Draft, Wishes
from .endpoints import settle_endpoints
from .events import wide_events
from .guess import Guess, worst_first
from .overview import overview
from .questions import Answers, Ask, Option, Question, nobody
from .response import settle_response
from .tables import Source, adam_parts, patient_columns, read_sources, without
from .two_times import join_times
from .vocabulary import HOSPITAL_ID
from .words import compact
from .write import study_text

TRIES = 4
MOST_WRONG = 0.1
LONGEST_CELL = 100  # letters; a column with a longer cell holds free text
NAMED = 8  # columns that are named in a line
TABLES = {
    "patients": "patients.csv",
    "adverse_events": "adverse_events.csv",
    "measurements": "measurements.csv",
}


@dataclass(frozen=True)
class Created:
    """A study folder that was written: what was found, what is unsure, and what `check` says."""

    folder: Path
    read: tuple[str, ...]
    found: tuple[str, ...]
    guesses: tuple[Guess, ...]
    unconfirmed: tuple[str, ...]
    problems: tuple[Problem, ...]
    patients: int

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is unsure, that which changes results most first."""
        return tuple(guess.text for guess in worst_first(self.guesses))


@dataclass(frozen=True)
class LeftOut:
    """What a first look at the written study said must not be in it: columns, and why."""

    personal: dict[str, str]
    wrong: dict[str, str]
    pseudonyms: bool = False

    def __len__(self) -> int:
        return len(self.personal) + len(self.wrong) + self.pseudonyms


def create_study(
    folder: Path,
    files: Sequence[Path],
    wishes: Wishes | None = None,
    reading: Reading = DEFAULT_READING,
    ask: Ask = nobody,
    answers: Answers | None = None,
    review: Callable[[Draft, StudyFiles], bool] | None = None,
) -> Created:
    """Write a study folder from the files of an export.

    The study is written, read as `check` reads it, and written again without the columns that look
    personal and without optional columns that do not pass; then the folder appears as a whole.

    Parameters
    ----------
    folder : Path
        Must not exist.
    files : sequence of Path
    wishes : Wishes, optional
        What is known already.
    reading : Reading
        How the files are read, where that must be stated.
    ask : function
        Asked a `Question` where something is not sure; gives the values of an answer, or None.
    answers : dict, optional
        What is answered already, by the place of the question; answers given to `ask` are put in.
    review : function, optional
        Shown the draft before it is written; False makes it again with the answers of then.

    Raises
    ------
    CohortbookError
        Nothing is written then.
    """
    wishes = wishes or Wishes()
    if folder.exists():
        raise CohortbookError("This folder exists already.", str(folder), "Name a new one.")
    sources = without(read_sources(files, reading), wishes.without)
    folder.parent.mkdir(parents=True, exist_ok=True)
    answers = {} if answers is None else answers
    names = [path.name for path in files]
    with scratch_folder_beside(folder) as scratch:
        while True:
            settled = settle(scratch, sources, names, wishes, ask, answers)
            if review is None or review(settled.draft, settled.study):
                break
        shutil.move(settled.folder, folder)
    draft = settled.draft
    return Created(
        folder,
        what_was_read(sources),
        (*overview(draft, settled.study), *draft.found),
        tuple(draft.guesses),
        tuple(draft.study["unconfirmed"]),
        tuple(settled.study.problems),
        len(draft.tables["patients"]),
    )


def what_was_read(sources: Sequence[Source]) -> tuple[str, ...]:
    """Say of each table how it was read."""
    return tuple(f"{s.name}: {'; '.join([*s.facts, f'{s.rows} rows'])}." for s in sources)


@contextmanager
def scratch_folder_beside(folder: Path) -> Iterator[Path]:
    """Give a scratch folder on the disk of a study; one of a dead process is removed."""
    clear_abandoned(".new-", folder.parent)  # it would hold patients' data
    with scratch_folder(".new-", folder.parent) as scratch:
        yield scratch


@dataclass(frozen=True)
class Settled:
    """A draft that was written into a scratch folder and read as `check` reads it."""

    folder: Path
    draft: Draft
    study: StudyFiles
    left_out: LeftOut


def settle(
    scratch: Path,
    sources: Sequence[Source],
    files: Sequence[str],
    wishes: Wishes,
    ask: Ask,
    answers: Answers,
    shown: bool = False,
    left_out: LeftOut | None = None,
) -> Settled:
    """Draft, write and read a study until what must not be in it is left out.

    `left_out` says what is known already to be left out, `shown` that a page shows the draft.
    """
    left_out = left_out or LeftOut({}, {}, wishes.pseudonyms)
    for _ in range(TRIES):
        draft = draft_study(sources, wishes, left_out, ask, answers, shown)
        made = Path(tempfile.mkdtemp(dir=scratch)) / "study"
        write_folder(made, draft, files)
        study = read_study(made)
        more = _to_leave_out(study, draft, left_out)
        if len(more) == len(left_out):
            break
        left_out = more
    return Settled(made, draft, study, left_out)


def draft_study(
    sources: Sequence[Source],
    wishes: Wishes,
    left_out: LeftOut,
    ask: Ask = nobody,
    answers: Answers | None = None,
    shown: bool = False,
) -> Draft:
    """Draft a study from what the sources hold and from what was answered."""
    draft = Draft(wishes, ask, {} if answers is None else answers, shown=shown)
    draft.study |= {
        "texts": {},
        "tables": {},
        "columns": {},
        "endpoints": {},
        "variables": {},
    }
    for source in sources:
        for doubt in source.doubts:
            draft.unsure("tables", text=doubt, kind="cells")
    parts = adam_parts(sources)
    columns = settle_adam(draft, parts) if parts else patient_columns(draft, sources)
    if parts:
        _name_unused(draft, sources, parts)
    _free_text(draft, columns)
    _leave_out(draft, columns, left_out)
    if draft.adam_arm and not wishes.arm and not wishes.single_arm:
        draft.wishes = replace(wishes, arm=draft.adam_arm)
    settle_arms(draft, columns)
    draft.study["texts"]["title"] = _title(draft)
    if not draft.study["endpoints"] or wishes.endpoints:
        columns = columns if wishes.endpoints else join_times(draft, columns)
        settle_endpoints(draft, columns)
    _incomplete(draft, columns)
    settle_response(draft, columns)
    who = columns[draft.study["columns"]["patient_id"]].cells
    if "adverse_events" not in draft.tables:
        wide = wide_events(draft, columns, who)
        if wide is not None:
            draft.tables["adverse_events"] = wide
    settle_variables(draft, columns)
    _finish(draft, columns, left_out)
    for source in sources:
        _unsure_numbers(draft, source.unsure)
    draft.study["unconfirmed"] = _unconfirmed(draft)
    return draft


def _unsure_numbers(draft: Draft, unsure: dict[str, str]) -> None:
    """Say which numbers may be others above the keys that use them."""
    for column, said in unsure.items():
        path = next(
            (
                (part, key)
                for part, words in (("variables", ("column",)), ("endpoints", ("time", "event")))
                for key, entry in draft.study[part].items()
                if column
                in (entry.get(word, key if part == "variables" else None) for word in words)
            ),
            ("tables",),
        )
        draft.unsure(
            *path,
            text=f"{said}; write the study again with --decimal or --thousands "
            "(a point or a comma) to settle it",
            confirm=READING,
        )


def _name_unused(
    draft: Draft, sources: Sequence[Source], parts: dict[str, dict[str, Column]]
) -> None:
    """Name the tables beside those of ADaM that were used."""
    taken = {kind_of(source.columns): source.name for source in reversed(sources)}
    for source in sources:
        kind = kind_of(source.columns)
        if kind not in parts or taken[kind] != source.name:
            draft.unsure(
                "tables",
                text=f"{source.name} was not used: "
                + (f"a second {kind}" if kind else "no table of ADaM that is read"),
            )


def _title(draft: Draft) -> str:
    """Give a working title; the authors will have a better one."""
    draft.comment(
        "texts",
        text="A working title. To do: say as `source` where the data come from; "
        "if no row is a patient, write `synthetic: true` above.",
    )
    reference = draft.study["reference_arm"]
    labels = {arm["code"]: arm["label"] for arm in draft.study["arms"]}
    others = [label for code, label in labels.items() if code != reference]
    made = f"{others[0]} compared with {labels[reference]}" if others else "Study of one arm"
    question = Question(
        ("texts", "title"),
        "What is the title of the report?",
        (),
        (draft.wishes.title or made,),
        sure=True,
        free=True,
    )
    return draft.choose(question).value[0]


def data_question(said: str = "") -> Question:
    """Ask whether the data are of patients; `said` is what is known of it."""
    options = (
        Option("real", "yes, of real patients"),
        Option("synthetic", "no, synthetic or example data"),
        Option("", "not said; the report says that it is not confirmed"),
    )
    return Question(("data",), "Are these data of real patients?", options, (said,), bool(said))


def _of_patients(draft: Draft) -> None:
    """Ask whether the data are of patients: every report says so or says that it is not known."""
    choice = draft.choose(data_question())
    if choice.value != ("",):
        draft.unconfirmed.remove(DATA)
    if choice.value == ("synthetic",):
        draft.study["synthetic"] = True


def _incomplete(draft: Draft, columns: dict[str, Column]) -> None:
    """Where some have a status and no time, or a time and no status, decide for all of them."""
    told = []
    for entry in draft.study.get("endpoints", {}).values():
        if "time" in entry:
            known = [draft.of_arms(columns[entry[key]].cells).notna() for key in ("time", "event")]
            count = int((known[0] != known[1]).sum())
            told += [f"{count} of {entry['short']}"] if count else []
    if told:
        draft.study["leave_out_incomplete"] = True
        draft.unsure(
            "leave_out_incomplete",
            kind="patients",
            text="patients with a status and no "
            f"time, or a time and no status ({', '.join(told)}), are left out of the "
            "endpoint and counted in the flow",
        )


def _free_text(draft: Draft, columns: dict[str, Column]) -> None:
    """Take columns of free text out: they may say anything, and are no variables."""
    names = [
        c.name
        for c in columns.values()
        if c.name not in draft.used
        and not c.is_number
        and len(c.known)
        and c.known.str.len().max() > LONGEST_CELL
        and c.name not in draft.wishes.keep
    ]
    for name in names:
        del columns[name]
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        listed = ", ".join(f"'{name}'" for name in names[:NAMED]) + more
        draft.unsure(
            "privacy",
            text=f"free text was not copied: {listed}; --keep COLUMN would keep one",
            columns=names,
        )


def _leave_out(draft: Draft, columns: dict[str, Column], left_out: LeftOut) -> None:
    for name, why in left_out.personal.items():
        if columns.pop(name, None) is not None:
            draft.unsure(
                "privacy",
                text=f"'{name}' looks like {why} and was not copied; --keep '{name}' would keep it",
            )
    for name, why in left_out.wrong.items():
        if name in columns:
            draft.used.add(name)
            draft.unsure("variables", text=f"'{name}' was left out: {why}")


def _finish(draft: Draft, columns: dict[str, Column], left_out: LeftOut) -> None:
    """Make the tables that are written, and the keys that name them."""
    who = draft.study["columns"]["patient_id"]
    table = pd.DataFrame({name: _cleaned(draft, column) for name, column in columns.items()})
    tables = {"patients": table, **draft.tables}
    known = set(table[who])
    for role in ("adverse_events", "measurements"):
        if role in tables:
            child = tables[role]
            strange = ~child["patient_id"].isin(known)
            if strange.any():
                draft.unsure(
                    role,
                    text=f"{int(strange.sum())} rows of patients who are not in the "
                    "patient table are left out",
                )
            tables[role] = child[~strange].rename(columns={"patient_id": who})
    if left_out.pseudonyms:
        tables = _pseudonyms(draft, tables, who)
    draft.tables = tables
    draft.study["tables"] = {role: TABLES[role] for role in TABLES if role in tables}
    if "adverse_events" in tables:
        events = _event_keys(tables["adverse_events"]) | draft.adverse
        draft.study["adverse_events"] = events
        if "criteria" not in events and tables["adverse_events"][events["grade"]].notna().any():
            draft.unsure(
                "adverse_events",
                text="the grades are taken for those of CTCAE, which no name says",
                confirm=ADVERSE,
            )
    if draft.wishes.keep:
        kept = [name for name in draft.wishes.keep if name in table]
        draft.study["privacy"] = {"allowed": kept}
    elif ("privacy",) in draft.comments:
        draft.study["privacy"] = {"allowed": []}
    draft.study["statistics"] = {"preset": "r"}
    _of_patients(draft)


def _unconfirmed(draft: Draft) -> list[str]:
    """Keep what is about parts that the study has."""
    endpoints = {f"endpoints.{key}" for key in draft.study.get("endpoints", {})}
    return [
        place
        for place in draft.unconfirmed
        if not place.startswith("endpoints.") or place.rpartition(".")[0] in endpoints
    ]


def _cleaned(draft: Draft, column: Column) -> pd.Series:
    """Write dates as yyyy-mm-dd; empty the cells of a continuous variable that are no numbers."""
    if column.is_date:
        return _iso(draft, column)
    entry = next(
        (v for k, v in draft.study["variables"].items() if v.get("column", k) == column.name), None
    )
    if entry and entry["kind"] == "continuous" and column.not_numbers:
        return column.cells.where(column.numbers.notna())
    return column.cells


def _iso(draft: Draft, column: Column) -> pd.Series:
    found = read_dates(column.cells, draft.wishes.dates)
    if not found.sure and column.name in draft.used:
        draft.unsure(
            "columns",
            text=f"dates such as {column.known.iloc[0]} in '{column.name}' are "
            "read with the day first; --dates mdy reads the month first",
            confirm=READING,
        )
    # what is no date stays as it is, for check to name
    return found.values.dt.strftime("%Y-%m-%d").where(found.values.notna(), column.cells)


def _event_keys(table: pd.DataFrame) -> dict[str, object]:
    counts = (
        table.groupby("ae_term")[table.columns[0]]
        .nunique()
        .sort_values(ascending=False, kind="stable")
    )
    shown, rest = list(counts.index[:15]), list(counts.index[15:])
    return {
        "term": "ae_term",
        "grade": "ctcae_grade",
        **{key: key for key in ("onset_day", "relation") if key in table},
        "terms": shown,
        **({"other_terms": rest} if rest else {}),
    }


def _pseudonyms(draft: Draft, tables: dict[str, pd.DataFrame], who: str):
    """Number the patients in the order of the table; the numbers lead back to the export only."""
    ids = tables["patients"][who]
    width = len(str(len(ids)))
    number = {cell: f"P{place:0{width}d}" for place, cell in enumerate(ids, start=1)}
    draft.comment(
        "columns",
        text=f"The identifiers of '{who}' were replaced: P{1:0{width}d} is the "
        "first patient of the export, and so on.",
    )
    draft.study["columns"]["patient_id"] = "patient_id"
    return {role: _renamed(table, who, number) for role, table in tables.items()}


def _renamed(table: pd.DataFrame, who: str, number: dict[str, str]) -> pd.DataFrame:
    others = table.drop(columns=[who, *({"patient_id"} & set(table) - {who})])
    return pd.concat([table[who].map(number).rename("patient_id"), others], axis=1)


def write_folder(folder: Path, draft: Draft, files: Sequence[str]) -> None:
    """Write tables and study file of a draft into a new folder."""
    folder.mkdir()
    for role, table in draft.tables.items():
        table.to_csv(folder / TABLES[role], index=False, lineterminator="\n", encoding="utf-8")
    text = study_text(draft, list(files))
    (folder / STUDY_FILE).write_text(text, encoding="utf-8", newline="\n")


def _to_leave_out(study: StudyFiles, draft: Draft, before: LeftOut) -> LeftOut:
    """Add the columns that look personal, and the optional ones whose cells do not pass."""
    who = study.study.columns.patient_id
    personal = {
        f.column: f.looks_like
        for f in study.personal
        if not f.allowed and f.file == TABLES["patients"] and f.column != who
    }
    named = compact(who) in HOSPITAL_ID and who not in draft.wishes.keep
    named |= any(f.column == who and not f.allowed for f in study.personal)
    entry = draft.study.get("entry", {}).get("column")
    needed = {who, study.study.columns.arm, entry} | {
        value
        for e in draft.study.get("endpoints", {}).values()
        for key in ("time", "event", "start", "end")
        for value in [e.get(key)]
        if value
    }
    rows: dict[str, int] = {}
    for p in study.problems:
        if p.severity == "error" and p.file == TABLES["patients"]:
            rows[p.column] = rows.get(p.column, 0) + p.times
    # a few bad cells are for the user to mend; a column full of them was misunderstood
    wrong = {
        column: f"{count} of its cells do not pass as what it seems to be"
        for column, count in rows.items()
        if column not in needed | set(personal)
        and column in draft.tables["patients"]
        and count > MOST_WRONG * len(draft.tables["patients"])
    }
    return LeftOut(
        {**before.personal, **personal}, {**before.wrong, **wrong}, before.pseudonyms or named
    )
