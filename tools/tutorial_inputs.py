"""The exports that docs/tutorial.md works with: the same synthetic patients in four kinds of file.

    python tools/tutorial_inputs.py FOLDER

writes ward.csv, ward.sav, ward.xlsx and the ADaM tables adsl.xpt, adtte.xpt, adrs.xpt, adae.xpt.
Nobody in them is a patient.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
from pathlib import Path

import pandas as pd
import pyreadstat

N = 80
DAY = 30.4375
ARMS = ("Inhibitor", "Ablation + inhibitor")
FIRST, LAST, TYPO = ("Ana", "Ben", "Cleo", "Dan"), ("Moss", "Reed", "Hill", "Lake"), 17


def patients() -> pd.DataFrame:
    """Give one row a patient; times in months from the first dose."""
    draw = random.Random(21)
    rows = []
    for number in range(1, N + 1):
        arm = draw.randrange(2)
        death, out = draw.expovariate(1 / (14 + 8 * arm)), draw.uniform(8, 30)
        progression = draw.expovariate(1 / (6 + 4 * arm))
        os, pfs = min(death, out), min(death, progression, out)
        best = draw.choices(("CR", "PR", "SD", "PD"), ((1, 3, 4, 4), (2, 5, 4, 2))[arm])[0]
        rows.append(
            {
                "number": number,
                "name": f"{draw.choice(FIRST)} {draw.choice(LAST)}{number}",
                "arm": arm,
                "age": draw.randint(38, 82),
                "sex": draw.choice("MF"),
                "ecog": draw.choice((0, 0, 1)),
                "afp": round(draw.lognormvariate(4, 1.5), 1),
                "os": round(os + 0.05, 1),
                "dead": int(death <= out),
                "pfs": round(pfs + 0.05, 1),
                "event": int(min(death, progression) <= out),
                "progressed": progression < min(death, out),
                "best": best,
                "start": dt.date(2021, 1, 4) + dt.timedelta(days=9 * number),
                "rash": draw.choice((0, 0, 1, 2, 3)),
                "fatigue": draw.choice((0, 0, 0, 1, 2)),
            }
        )
    return pd.DataFrame(rows)


def write_csv(table: pd.DataFrame, folder: Path) -> None:
    """Write what a European spreadsheet exports: semicolons, decimal commas, a wrong age."""
    age = table["age"].where(table["number"] != TYPO, table["age"] * 10)
    out = pd.DataFrame(
        {
            "Patient no": table["number"],
            "Name": table["name"],
            "Treatment": table["arm"].map(dict(enumerate(ARMS))),
            "Age": age,
            "Sex": table["sex"],
            "ECOG": table["ecog"],
            "AFP (ng/ml)": table["afp"],
            "OS_months": table["os"],
            "Vital status": table["dead"].map({0: "alive", 1: "dead"}),
            "Best response": table["best"],
            "AE rash": table["rash"],
            "AE fatigue": table["fatigue"],
        }
    )
    out.to_csv(folder / "ward.csv", index=False, sep=";", decimal=",", encoding="cp1252")


def write_sav(table: pd.DataFrame, folder: Path) -> None:
    """Write an SPSS file: short names, labels, and 9999 for an AFP that was not measured."""
    out = pd.DataFrame(
        {
            "pid": table["number"],
            "grp": table["arm"] + 1,
            "sex": table["sex"].map({"M": 1, "F": 2}),
            "age": table["age"],
            "afp": table["afp"].where(table["number"] % 9 > 0, 9999),
            "ostime": table["os"],
            "osstat": table["dead"],
            "pfstime": table["pfs"],
            "pfsstat": table["event"],
        }
    ).astype(float)
    pyreadstat.write_sav(
        out,
        str(folder / "ward.sav"),
        column_labels={
            "pid": "Patient",
            "grp": "Treatment group",
            "sex": "Sex",
            "age": "Age (years)",
            "afp": "Alpha-fetoprotein (ng/ml)",
            "ostime": "Overall survival (months)",
            "osstat": "Death",
            "pfstime": "PFS (months)",
            "pfsstat": "Progression or death",
        },
        variable_value_labels={
            "grp": dict(enumerate(ARMS, 1)),
            "sex": {1: "Male", 2: "Female"},
            "osstat": {0: "censored", 1: "dead"},
            "pfsstat": {0: "censored", 1: "event"},
        },
        missing_ranges={"afp": [{"lo": 9999, "hi": 9999}]},
    )


def write_xlsx(table: pd.DataFrame, folder: Path) -> None:
    """Write a workbook: dates and a status on one sheet, adverse events on another."""

    def after(months: pd.Series) -> list[dt.date]:
        return [
            day + dt.timedelta(days=int(m * DAY))
            for day, m in zip(table["start"], months, strict=True)
        ]

    sheet = pd.DataFrame(
        {
            "Patient ID": table["number"].map("W{:03d}".format),
            "Arm": table["arm"].map(dict(enumerate(ARMS))),
            "Age": table["age"],
            "Sex": table["sex"],
            "First dose": table["start"],
            "Progression": after(table["pfs"]),
            "Last contact": after(table["os"]),
            "Status": table["dead"].map({0: "alive", 1: "dead"}),
        }
    )
    sheet["Progression"] = sheet["Progression"].where(table["progressed"])
    sheet = sheet.rename(
        columns={
            "First dose": "Date of first dose",
            "Progression": "Date of progression",
            "Last contact": "Date of last contact",
        }
    )
    events = [
        {"Patient ID": f"W{row.number:03d}", "Adverse event": term, "Grade": f"Grade {grade}"}
        for row in table.itertuples()
        for term, grade in (("Rash", row.rash), ("Fatigue", row.fatigue))
        if grade
    ]
    with pd.ExcelWriter(folder / "ward.xlsx") as book:
        sheet.to_excel(book, sheet_name="Patients", index=False)
        pd.DataFrame(events).to_excel(book, sheet_name="Adverse events", index=False)


def write_adam(table: pd.DataFrame, folder: Path) -> None:
    """Write the analysis tables of a trial as SAS transport files."""
    who = table["number"].map("WARD-{:03d}".format)
    arm = table["arm"].map(dict(enumerate(ARMS)))
    subjects = pd.DataFrame(
        {
            "USUBJID": who,
            "TRT01P": arm,
            "TRT01PN": table["arm"] + 1.0,
            "AGE": table["age"] * 1.0,
            "SEX": table["sex"],
            "ECOGBL": table["ecog"] * 1.0,
            "SAFFL": "Y",
        }
    )
    times = pd.concat(
        [
            pd.DataFrame(
                {
                    "USUBJID": who,
                    "PARAMCD": code,
                    "PARAM": name,
                    "AVAL": (time * DAY).round(),
                    "AVALU": "DAYS",
                    "CNSR": 1.0 - event,
                }
            )
            for code, name, time, event in (
                ("OS", "Overall survival", table["os"], table["dead"]),
                ("PFS", "Progression-free survival", table["pfs"], table["event"]),
            )
        ]
    )
    best = pd.DataFrame({"USUBJID": who, "PARAMCD": "BOR", "AVALC": table["best"]})
    events = pd.concat(
        [
            pd.DataFrame(
                {
                    "USUBJID": who,
                    "AEDECOD": term.upper(),
                    "AETOXGR": table[term].astype(str),
                    "TRTEMFL": "Y",
                }
            )[table[term] > 0]
            for term in ("rash", "fatigue")
        ]
    )
    for name, part in (("adsl", subjects), ("adtte", times), ("adrs", best), ("adae", events)):
        pyreadstat.write_xport(part, str(folder / f"{name}.xpt"), table_name=name.upper())


def main() -> None:
    """Write all files into the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    table = patients()
    for write in (write_csv, write_sav, write_xlsx, write_adam):
        write(table, folder)
    print(f"Wrote {len(list(folder.iterdir()))} files.")


if __name__ == "__main__":
    main()
