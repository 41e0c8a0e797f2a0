"""Damage studies at random and look for tracebacks, wrong numbers and lost outputs.

    python tools/fuzz.py --count 10000 --seed 1

Each damage changes a study file or a table in one to three ways (cells, rows, columns, lines, keys,
bytes). What must follow is one of two things: at least one problem is reported, or the study loads
and its counts are those of an independent reading of the damaged files, made here with nothing but
the standard library. A report that exists must stay as it was.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import csv
import io
import math
import random
import sys
import tempfile
import traceback
from pathlib import Path

import yaml

from cohortbook.analysis.baseline import baseline
from cohortbook.analysis.response import response
from cohortbook.analysis.safety import safety
from cohortbook.analysis.survival import survival
from cohortbook.build.report import Request, build
from cohortbook.cohort.cohort import load_cohort
from cohortbook.errors import CohortbookError, StudyError
from cohortbook.results import pick

ROOT = Path(__file__).resolve().parents[1]
STUDY = """\
synthetic: true
texts: {title: A study to damage, population: some disease}
tables: {patients: patients.csv, adverse_events: events.csv, measurements: lesions.csv}
columns: {patient_id: id, arm: arm}
arms:
  - {code: A, label: Arm A, color: "#112233"}
  - {code: B, label: Arm B, color: "#445566"}
reference_arm: A
endpoints:
  os: {label: Overall survival, short: OS, time: os, event: dead, milestones: [6, 12]}
  pfs: {label: Progression-free survival, short: PFS, time: pfs, event: event}
variables:
  age: {label: Age, kind: continuous, unit: years}
  old: {label: Old, kind: categorical, cut: age, at: [65], levels: [{code: "<65"}, {code: ">=65"}]}
  sex: {label: Sex, kind: categorical, levels: [{code: M, label: Male}, {code: F, label: Female}]}
  stage: {label: Stage, kind: categorical, levels: [{code: "1"}, {code: "2"}, {code: "3"}]}
baseline:
  - {variable: age, summary: mean_sd}
  - {variable: old}
  - {variable: sex}
  - {variable: stage}
cox: {covariates: [{variable: age}, {variable: sex, reference: M}]}
response:
  column: best
  criteria: RECIST 1.1
  categories: [{code: CR}, {code: PR}, {code: SD}, {code: PD}, {code: NE}]
  objective: [CR, PR]
  control: [CR, PR, SD]
  not_evaluable: NE
  change: change
adverse_events: {term: term, grade: grade, onset_day: day, terms: [Rash, Fever, Cough]}
measurements: {time: month, size: size}
statistics: {preset: r}
"""
CHANGE = {"CR": -100.0, "PR": -45.0, "SD": 5.0, "PD": 40.0}
MISSING = {"", "NA", "N/A", "NaN", "nan", ".", "NULL", "#N/A", "<NA>"}
CELLS = [
    "",
    " ",
    "NA",
    ".",
    "0",
    "1",
    "2",
    "-1",
    "1e3",
    "1e400",
    "inf",
    "-inf",
    "nan",
    "1,5",
    "1.5",
    "1.234,5",
    "0x1F",
    "1_0",
    "١٢",
    "１",
    "³",
    "M",
    "m",
    " M ",
    "F\t",
    "A",
    "B",
    "C",
    "a",
    "PR",
    "SD",
    "NE",
    "=1+1",
    "<65",
    "2024-01-01",
    "31/12/2024",
    "true",
    "None",
    "\x00",
    "\x1b[31m",
    "\u202e",
    "肝癌",
    "\U0001f9ea",
    "x" * 300,
    '"',
    '""',
    "a,b",
    "a;b",
    "a\nb",
    "-0",
    "+3",
    "01",
    "1.0",
    "1.",
    "1e-320",
    "999999999999999999999",
    "12 months",
    "5O",
    "'1",
    "#REF!",
    "Rash",
    "rash",
    "P01",
    "P02",
]
VALUES = [
    "",
    "null",
    "~",
    "[]",
    "{}",
    "x",
    "0",
    "-1",
    "1e999",
    ".nan",
    "true",
    "No",
    "'",
    '"',
    "*x",
    "&x 1",
    "!!python/object:os.system",
    "!x 1",
    "|",
    ">",
    "- a",
    "a: b",
    "[a, [b]]",
    "age",
    "sex",
    "os",
    "A",
    "B",
    "C",
    "median",
    "../x.csv",
    "/etc/passwd",
    "patients.csv",
    "categorical",
    "continuous",
    "r",
    "spss",
    "9" * 400,
    "\t",
    "\u2028",
    "\x07",
    "#",
    "2024-01-01",
    "010",
    "{{x}}",
    "%",
]


def small_study(rng: random.Random) -> dict[str, str]:
    """Give the files of a consistent study of sixteen patients, by name."""
    patients, events, lesions = [], [], []
    for number in range(1, 17):
        end = round(rng.uniform(2, 30), 1)
        dead = rng.random() < 0.7
        pfs = end if dead and rng.random() < 0.3 else round(end * rng.uniform(0.3, 0.9), 1)
        best = rng.choice([*CHANGE, "NE"])
        change = CHANGE.get(best, "")
        patients.append(
            [
                f"P{number:02}",
                "AB"[number % 2],
                rng.randrange(35, 85),
                rng.choice("MF"),
                rng.randrange(1, 4),
                end,
                int(dead),
                pfs,
                1,
                best,
                change,
            ]
        )
        for _ in range(rng.randrange(3)):
            events.append(
                [
                    f"P{number:02}",
                    rng.choice(["Rash", "Fever", "Cough"]),
                    rng.randrange(1, 5),
                    rng.randrange(1, 50),
                ]
            )
        lesions += [[f"P{number:02}", 0, 50], [f"P{number:02}", 1.5, 45]]
    header = [
        "id",
        "arm",
        "age",
        "sex",
        "stage",
        "os",
        "dead",
        "pfs",
        "event",
        "best",
        "change",
    ]
    return {
        "study.yml": STUDY,
        "patients.csv": _csv([header, *patients]),
        "events.csv": _csv([["id", "term", "grade", "day"], *events]),
        "lesions.csv": _csv([["id", "month", "size"], *lesions]),
    }


def _csv(rows: list[list[object]], separator: str = ",") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n", delimiter=separator).writerows(rows)
    return buffer.getvalue()


# --- damages: each takes the content of a file and gives it damaged


def damage_table(text: str, rng: random.Random) -> str:
    """Change cells, rows or columns of a table."""
    rows = list(csv.reader(io.StringIO(text)))
    if not rows:
        return text
    row = rng.randrange(len(rows))
    column = rng.randrange(len(rows[0])) if rows[0] else 0
    kind = rng.randrange(14)
    if kind <= 5 and column < len(rows[row]):
        rows[row][column] = rng.choice(CELLS)
    elif kind == 6:
        del rows[row]
    elif kind == 7:
        rows.insert(rng.randrange(len(rows) + 1), list(rows[row]))
    elif kind == 8:
        rows = [cells[:column] + cells[column + 1 :] for cells in rows]
    elif kind == 9:
        rows = [[*cells, cells[column] if column < len(cells) else ""] for cells in rows]
    elif kind == 10:
        body = rows[1:]
        rng.shuffle(body)
        rows[1:] = body
    elif kind == 11:
        rows[row] = rows[row][:column] if rng.random() < 0.5 else [*rows[row], "extra"]
    elif kind == 12:
        rows.insert(row, [""] * len(rows[0]))
    else:
        return _csv(rows, rng.choice(";\t|"))
    return _csv(rows)


def damage_lines(text: str, rng: random.Random) -> str:
    """Change lines or values of a study file."""
    lines = text.splitlines() or [""]
    at = rng.randrange(len(lines))
    kind = rng.randrange(7)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(rng.randrange(len(lines)), lines[at])
    elif kind == 2:
        lines[at] = " " * rng.randrange(5) + lines[at].strip()
    elif kind == 3:
        words = lines[at].split(" ")
        words[rng.randrange(len(words))] = rng.choice(VALUES)
        lines[at] = " ".join(words)
    else:
        return _damage_keys(text, rng)
    return "\n".join(lines) + "\n"


def _damage_keys(text: str, rng: random.Random) -> str:
    try:
        raw = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return text
    places = list(_places(raw))
    if not places:
        return text
    node, key = rng.choice(places)
    if rng.random() < 0.3:
        del node[key]
    elif rng.random() < 0.3 and isinstance(node, dict):
        node[str(key)[::-1] + "x"] = node.pop(key)
    else:
        node[key] = rng.choice([*VALUES, 0, -1, 1.5, None, True, [], {}, ["a"], {"a": 1}])
    return yaml.safe_dump(raw, sort_keys=False, allow_unicode=True)


def _places(node):
    for key, value in list(
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    ):
        yield node, key
        yield from _places(value)


def damage_bytes(content: bytes, rng: random.Random) -> bytes:
    """Cut a file off, put bytes in, or write it in another encoding."""
    kind, at = rng.randrange(5), rng.randrange(len(content) + 1)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return (
            content[:at]
            + bytes(rng.randrange(256) for _ in range(rng.randrange(1, 6)))
            + content[at:]
        )
    if kind == 2:
        return b"" if rng.random() < 0.3 else content * 2
    encoding = rng.choice(["utf-8-sig", "utf-16", "latin-1", "gb18030"])
    return content.decode("utf-8", "replace").encode(encoding, "replace")


def damaged(files: dict[str, str], rng: random.Random) -> tuple[dict[str, bytes], str]:
    """Damage files one to three times; give them, and what was done."""
    out = {name: text.encode("utf-8") for name, text in files.items()}
    done = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        name = rng.choice([*out, "patients.csv", "study.yml"])
        if rng.random() < 0.12:
            out[name], how = damage_bytes(out[name], rng), "bytes"
        else:
            text = out[name].decode("utf-8", "surrogateescape")
            change = damage_lines if name == "study.yml" else damage_table
            try:
                text = change(text, rng)
            except (csv.Error, IndexError, ValueError):  # damaged too much already
                continue
            out[name], how = text.encode("utf-8", "surrogateescape"), change.__name__
        done.append(f"{how} {name}")
    return out, ", ".join(done)


# --- the independent reading


def expected_counts(folder: Path) -> dict[tuple, float] | None:
    """Count the damaged files by hand; None where they are not what this reader understands."""
    raw = yaml.load((folder / "study.yml").read_text("utf-8-sig"), Loader=yaml.BaseLoader)
    tables = raw.get("tables") or {}
    patients = _read(folder / tables.get("patients", "patients.csv"))
    if patients is None or raw.get("other_arms") == "exclude":
        return None
    columns = {"patient_id": "patient_id", "arm": "arm", **(raw.get("columns") or {})}
    arms = [arm["code"] for arm in raw["arms"]]
    arm_of = {p.get(columns["patient_id"]): p.get(columns["arm"]) for p in patients}
    if columns["arm"] not in patients[0]:
        return None
    counts: dict[tuple, float] = {("arm", arm): list(arm_of.values()).count(arm) for arm in arms}
    for item in raw.get("baseline") or []:
        _count_variable(counts, raw["variables"], item["variable"], patients, columns, arms)
    for name, end in (raw.get("endpoints") or {}).items():
        _count_events(counts, name, end, patients, columns, arms)
    _count_response(counts, raw.get("response"), patients, columns, arms)
    _count_terms(counts, folder, raw, columns, arm_of, arms)
    return counts


def _count_variable(counts, variables, name, patients, columns, arms) -> None:
    spec = variables[name]
    if spec.get("cut"):
        return
    column = spec.get("column") or name
    for arm in arms:
        cells = [p.get(column) for p in patients if p[columns["arm"]] == arm]
        known = [cell for cell in cells if cell is not None]
        if spec["kind"] == "categorical":
            for level in spec["levels"]:
                counts["level", name, level["code"], arm] = known.count(level["code"])
        elif known:
            counts["mean", name, arm] = sum(map(float, known)) / len(known)


def _count_events(counts, name, end, patients, columns, arms) -> None:
    if not (end.get("time") and end.get("event")) or end.get("event_codes"):
        return
    for arm in arms:
        both = [
            p
            for p in patients
            if p[columns["arm"]] == arm
            and p.get(end["time"]) is not None
            and p.get(end["event"]) is not None
        ]
        counts["n", name, arm] = len(both)
        counts["events", name, arm] = sum(float(p[end["event"]]) == 1 for p in both)


def _count_response(counts, spec, patients, columns, arms) -> None:
    if not spec or spec.get("derived") or spec.get("missing_is"):
        return
    for arm in arms:
        best = [p.get(spec["column"]) for p in patients if p[columns["arm"]] == arm]
        for category in spec["categories"]:
            counts["response", category["code"], arm] = best.count(category["code"])


def _count_terms(counts, folder, raw, columns, arm_of, arms) -> None:
    spec, name = raw.get("adverse_events"), (raw.get("tables") or {}).get("adverse_events")
    events = _read(folder / name) if spec and name else None
    if not events:
        return
    term = spec.get("term", "ae_term")
    terms = spec.get("terms") or sorted({e[term] for e in events if e.get(term)})
    for wanted in terms:
        for arm in arms:
            counts["term", wanted, arm] = len(
                {
                    event[columns["patient_id"]]
                    for event in events
                    if event.get(term) == wanted and arm_of.get(event[columns["patient_id"]]) == arm
                }
            )


def _read(path: Path) -> list[dict[str, str | None]] | None:
    """Read a plain table in UTF-8 with commas; None if it is not plain."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    rows = [row for row in rows if any(row)]
    if len(rows) < 2 or "," not in text.partition("\n")[0]:
        return None
    header, body = rows[0], rows[1:]
    if len(set(header)) < len(header) or "" in header or any(len(r) > len(header) for r in body):
        return None
    return [
        {
            name: None if cell in MISSING else cell
            for name, cell in zip(header, [*row, *[""] * len(header)], strict=False)
        }
        for row in body
    ]


def found_counts(folder: Path) -> dict[tuple, float]:
    """Give the same counts as the analyses have them."""
    cohort = load_cohort(folder)
    study, arms = cohort.study, cohort.study.arm_codes
    counts: dict[tuple, float] = {("arm", arm): n for arm, n in cohort.n_by_arm.items()}
    for row in pick(baseline(cohort), group=arms, statistic=["n", "mean"]).itertuples():
        kind = ("mean", row.term) if row.statistic == "mean" else ("level", row.term, row.level)
        counts[*kind, row.group] = row.estimate
    for name in study.endpoints:
        for row in pick(survival(cohort, name), statistic="median", group=arms).itertuples():
            counts["n", name, row.group] = row.n
            counts["events", name, row.group] = row.n_events
    if study.response:
        for row in pick(response(cohort), statistic="n", group=arms, population="all").itertuples():
            counts["response", row.term, row.group] = row.estimate
    if cohort.adverse_events is not None:
        found = pick(safety(cohort), statistic="patients", level="any", group=arms)
        for row in found.itertuples():
            counts["term", row.term, row.group] = row.estimate
    return counts


def differences(folder: Path) -> tuple[int, list[str]]:
    """Compare both readings; give how many numbers were compared, and those that differ."""
    found, expected = found_counts(folder), expected_counts(folder)
    if expected is None:
        return 0, []
    both = [key for key in expected if key in found]
    wrong = [
        f"{key}: {found[key]}, by hand {expected[key]}"
        for key in both
        if not math.isclose(found[key], expected[key], rel_tol=1e-9, abs_tol=1e-9)
    ]
    return len(both), wrong


def outcome(files: dict[str, bytes], folder: Path) -> tuple[str, str]:
    """Write the files and say what followed, and if it is a fault, what it is."""
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    try:
        compared, wrong = differences(folder)
    except StudyError as error:
        return ("reported", "") if error.problems else ("FAULT", "an error without a problem")
    except CohortbookError as error:
        return "reported", str(error)
    except Exception:
        return "FAULT", traceback.format_exc()
    if wrong:
        return "FAULT", "wrong numbers\n" + "\n".join(wrong)
    return ("same numbers", "") if compared else ("loaded, not comparable", "")


def project(root: Path) -> Path:
    """Make a project of this one's notebooks and report, so that a build gets to the study."""
    # something is kept: no process begins to import what only a sound study needs
    (root / ".cache" / "notebooks" / "runs" / "other").mkdir(parents=True)
    for name in ("notebooks", "report", "_quarto.yml"):
        (root / name).symlink_to(ROOT / name)
    return root


def loses_output(folder: Path, root: Path) -> bool:
    """Say whether a build of a study that has errors touches the report that is there."""
    out = root / "out"
    out.mkdir(exist_ok=True)
    (out / "provenance.json").write_text("{}")
    with contextlib.suppress(CohortbookError):
        build(Request(folder, root, out, renderer="pandoc"))
    return {path.name: path.read_bytes() for path in out.iterdir()} != {"provenance.json": b"{}"}


def fuzz(count: int, seed: int, show: bool = False) -> collections.Counter:
    """Damage `count` studies; print each fault with its seed; give the number of each outcome."""
    outcomes: collections.Counter = collections.Counter()
    with tempfile.TemporaryDirectory() as place:
        folder, root = Path(place) / "study", project(Path(place) / "root")
        folder.mkdir()
        for number in range(seed, seed + count):
            rng = random.Random(number)
            files, done = damaged(small_study(rng), rng)
            what, why = outcome(files, folder)
            if what == "reported" and number % 20 == 0 and loses_output(folder, root):
                what, why = "FAULT", "the last report was touched"
            outcomes[what] += 1
            if what == "FAULT" or show:
                print(f"--- {number}: {done}: {what}\n{why}", flush=True)
    return outcomes


def main() -> int:
    """Run from the command line; the exit code is 1 if there were faults."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="the first; each damage has its own")
    parser.add_argument("--show", action="store_true", help="print every damage, not only faults")
    given = parser.parse_args()
    outcomes = fuzz(given.count, given.seed, given.show)
    for what, n in sorted(outcomes.items()):
        print(f"{n:7} {what}")
    return 1 if outcomes["FAULT"] else 0


if __name__ == "__main__":
    sys.exit(main())
