"""Damage files of every kind that is read at random: each is read, or refused in words.

    python tools/fuzz_readers.py --count 2000 --seed 1
    python tools/fuzz_readers.py --kind dicom --count 10000 --seed 1

A fault is an error that is no message of the usual form, a reader that does not end, one that takes
the memory that its process may have, and one that takes the process with it. Each kind is damaged
by its bytes, and where it has an inside (the XML of a workbook, the tags of DICOM, the lines of
YAML), by that too. Each damage has its own seed.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import gzip
import io
import logging
import random
import resource
import select
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    RLELossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from cohortbook.bounds import Unreadable
from cohortbook.cohort.imaging.pictures import read_picture
from cohortbook.cohort.readers import read_file
from cohortbook.errors import CohortbookError
from cohortbook.study.cases import Panel
from cohortbook.study.study import load_study
from fuzz_documents import damaged_archive, documents

ROOT = Path(__file__).resolve().parents[1]
SAS = ROOT / "tests" / "reference" / "sas"
SECONDS = 60  # that one reader may take on a loaded machine
START = 600  # and that it may take to begin, where it waits for a processor
MEMORY = 6 << 30
FAULT, REFUSED, READ = "FAULT", "refused", "read"
WORDS = [
    b"",
    b"0",
    b"-1",
    b"1e9",
    b"1e400",
    b"nan",
    b"inf",
    b"9" * 30,
    b"\xff\xff\xff\xff",
    b"\0" * 4,
    b"\x7f\xff\xff\xff",
    b"A1",
    b"XFD1048576",
    b"ZZZZ1",
    b"A1000000000",
    b"../x",
    b"&amp;",
    b"<",
    b">",
    b'"',
    b"\n",
    b"\r",
    b";",
    b",",
    b"sep=;",
    b"sep=",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3",
    b"1.286",
    b"1,286",
    b"2024-02-31",
    b"\\",
    b"\x00",
    b"x" * 5000,
    b"1\\2\\3",
    b"true",
]
YAML = [
    "!!timestamp x",
    "!!bool maybe",
    "!!int ''",
    "!!float x",
    "!!binary x",
    "!!set {a}",
    "!!omap []",
    "!!python/object:os.system",
    "!x",
    "&a [*a]",
    "*a",
    '"\\ud800"',
    '"\\UFFFFFFFF"',
    '"\\0"',
    "? [a]\n: b",
    "<<: {a: b}",
    "%YAML 9.9",
    "---",
    "...",
    "|",
    ">+9",
    "{",
    "[",
    "'",
    '"',
    "@x",
    "`x",
    "\t",
    "a: b: c",
    "- - - -",
    "~",
    "2024-01-01",
    "0x1F",
    "1_000",
    ".inf",
    "\u2028",
    "\x07",
    "é",
]
STUDY = """\
synthetic: true
texts: {title: A study, limitations: [one, two]}
columns: {patient_id: id, arm: arm}
tables: {patients: patients.csv, reading: {patients: {decimal: ",", missing: ["999"]}}}
arms:
  - {code: A, label: Arm A, color: "#112233"}
  - {code: B, label: Arm B, color: "#445566"}
reference_arm: A
cutoff: 2024-06-30
endpoints:
  os: {label: Overall survival, short: OS, time: os, event: dead, milestones: [6, 12]}
variables:
  age: {label: Age, kind: continuous}
  old: {label: Old, kind: categorical, cut: age, at: [65], levels: [{code: "<65"}, {code: ">=65"}]}
cases: [{title: A patient, panels: [{file: a.png, label: CT, window: {center: 40, width: 400}}]}]
"""


# --- whole files to damage


def frame() -> pd.DataFrame:
    """Give a small table with numbers, texts, dates and empty cells."""
    return pd.DataFrame(
        {
            "id": [f"P{n}" for n in range(8)],
            "arm": list("ABABABAB"),
            "age": [50.5, 61, 47.25, None, 55, 66, 71, 39],
            "afp": ["3", "980", "1.286", "12.450"] * 2,
            "note": ["a", "", "b, c", 'd "e"', "µ", None, "肝", "x"],
        }
    )


def text_table() -> bytes:
    """Give it as a semicolon file."""
    return frame().to_csv(index=False, sep=";", decimal=",").encode()


def workbook() -> bytes:
    """Give it as a workbook of two sheets, with a formula and a date."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(list(frame()))
    for row in frame().itertuples(index=False):
        book.active.append([None if pd.isna(cell) else cell for cell in row])
    more = book.create_sheet("More")
    more.append(["a", pd.Timestamp("2024-01-31"), True])
    book.save(out)
    return out.getvalue()


def statistical(ending: str) -> bytes:
    """Give it as a file of SPSS, Stata or SAS."""
    if ending == "sas7bdat":
        return gzip.decompress(next(iter(sorted(SAS.glob("*.gz")))).read_bytes())
    writer = {
        "sav": "write_sav",
        "zsav": "write_sav",
        "dta": "write_dta",
        "xpt": "write_xport",
        "por": "write_por",
    }[ending]
    table = frame().fillna({"note": ""})
    if ending in ("xpt", "por"):
        table["note"] = "x"
    more = {"compress": True} if ending == "zsav" else {}
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / f"t.{ending}"
        getattr(pyreadstat, writer)(table, path, **more)
        return path.read_bytes()


def parquet() -> bytes:
    """Give it as Parquet."""
    out = io.BytesIO()
    frame().to_parquet(out, row_group_size=3)
    return out.getvalue()


def picture(kind: str) -> bytes:
    """Give a picture; the TIFF has two frames, the PNG a palette."""
    out = io.BytesIO()
    image = Image.fromarray(np.arange(12 * 9, dtype=np.uint8).reshape(12, 9))
    if kind == "TIFF":
        image.save(
            out, kind, save_all=True, append_images=[image.rotate(90)], compression="tiff_lzw"
        )
    else:
        (image.convert("P") if kind == "PNG" else image).save(out, kind)
    return out.getvalue()


def dicom(syntax=ExplicitVRLittleEndian, **tags) -> FileDataset:
    """Give a picture as DICOM with tags that windows, tables and spacings are read from."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["fuzz"])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax == RLELossless else syntax
    dataset = FileDataset("t.dcm", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta[0x00020002].value, meta[0x00020003].value
    dataset.Rows, dataset.Columns, dataset.NumberOfFrames = 6, 5, 2
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation, dataset.PixelSpacing = 0, [0.7, 0.5]
    dataset.WindowCenter, dataset.WindowWidth = [40, 50], [400, 350]
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    for name, value in tags.items():
        setattr(dataset, name, value)
    dataset.PixelData = np.arange(60, dtype="<u2").tobytes()
    if syntax == RLELossless:
        dataset.compress(RLELossless)
    return dataset


def saved(dataset: FileDataset) -> bytes:
    """Give a DICOM file's bytes."""
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


# --- damages


def damaged_bytes(content: bytes, rng: random.Random) -> bytes:
    """Cut a file off, or change, add, move or repeat some of its bytes."""
    out = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        at, kind = rng.randrange(len(out) + 1), rng.randrange(8)
        if kind == 0:
            del out[at:]
        elif kind <= 3 and at < len(out):
            out[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
        elif kind == 4:
            out[at : at + 4] = rng.choice([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"])
        elif kind == 5:
            out[at:at] = rng.choice(WORDS)
        elif kind == 6:
            del out[at : at + rng.randrange(1, 64)]
        else:
            out[at:at] = out[at : at + rng.randrange(1, 256)] * rng.choice([1, 2, 50])
    return bytes(out)


def damaged_words(content: bytes, rng: random.Random) -> bytes:
    """Put a word in place of a cell, a value or a tag of a text."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        ends = [at for at, byte in enumerate(content) if byte in b'<>"=;,:\n {}[]']
        if len(ends) < 2:
            return content
        place = rng.randrange(len(ends) - 1)
        word = rng.choice([*WORDS, *(text.encode() for text in YAML)])
        content = content[: ends[place] + 1] + word + content[ends[place + 1] :]
    return content


damaged_workbook = damaged_archive(damaged_words, damaged_bytes, "sheet", "workbook")


def damaged_yaml(content: bytes, rng: random.Random) -> bytes:
    """Put a word of YAML in place of a value, or damage lines and bytes."""
    if rng.random() < 0.2:
        return damaged_bytes(content, rng)
    lines = content.decode().splitlines()
    for _ in range(rng.choice([1, 1, 2, 3])):
        at = rng.randrange(len(lines))
        words = lines[at].split(" ")
        words[rng.randrange(len(words))] = rng.choice(YAML)
        lines[at] = " " * rng.choice([0, 0, 0, 1, 4]) + " ".join(words)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


TAG_VALUES = [
    None,
    "",
    "x",
    "1",
    "0",
    "-1",
    "1e400",
    "nan",
    "inf",
    "1\\2",
    "1\\2\\3",
    "a\\b",
    "\\",
    "0\\0",
    "99999999999",
    0,
    1,
    65535,
    [],
    [1],
    [1, 2],
    [0, 0],
    [1, 2, 3],
    b"",
    b"\0",
    "PALETTE COLOR",
    "MONOCHROME1",
    "RGB",
    "YBR_FULL",
    "SIGMOID",
]
TAGS = [
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "PixelAspectRatio",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "RescaleSlope",
    "RescaleIntercept",
    "PlanarConfiguration",
    "PixelData",
    "PatientName",
    "StudyDate",
    "BurnedInAnnotation",
    "LongitudinalTemporalInformationModified",
    "RedPaletteColorLookupTableDescriptor",
    "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor",
]


def damaged_dicom(content: bytes, rng: random.Random) -> bytes:
    """Give tags values of other kinds and numbers, empty tables among them, or damage bytes."""
    from pydicom import Dataset, Sequence

    syntax = rng.choice(
        [ExplicitVRLittleEndian] * 3 + [DeflatedExplicitVRLittleEndian, RLELossless]
    )
    if rng.random() < 0.35:
        return damaged_bytes(saved(dicom(syntax)), rng)
    dataset = dicom(syntax)
    for _ in range(rng.choice([1, 1, 2, 3])):
        name, value = rng.choice(TAGS), rng.choice(TAG_VALUES)
        try:
            if rng.random() < 0.15:
                item = Dataset()
                if rng.random() < 0.7:
                    item.LUTDescriptor = rng.choice([[0, 0, 16], [6, 0, 16], [1, 0], [], [6, 0, 3]])
                if rng.random() < 0.7:
                    item.LUTData = rng.choice([[], [1], list(range(6)), b""])
                items = [] if rng.random() < 0.3 else [item]
                setattr(
                    dataset, rng.choice(["ModalityLUTSequence", "VOILUTSequence"]), Sequence(items)
                )
                if rng.random() < 0.5:
                    del dataset.RescaleSlope, dataset.RescaleIntercept
            elif rng.random() < 0.15 and name in dataset:
                delattr(dataset, name)
            else:
                setattr(dataset, name, value)
                if rng.random() < 0.3 and name in dataset:
                    dataset[name].VR = rng.choice(["LO", "DS", "IS", "US", "UN", "SH", "FD", "AT"])
        except Exception:  # pydicom itself will not write it
            continue
    try:
        return saved(dataset)
    except Exception:
        return damaged_bytes(saved(dicom()), rng)


# --- reading


def read_table_file(path: Path) -> None:
    """Read a table as a study does."""
    read_file(path)


def read_image(path: Path) -> None:
    """Read a picture as a figure does, of TIFF and DICOM two frames."""
    for frame_number in (1, 2) if path.suffix in (".tif", ".dcm") else (1,):
        read_picture(path.parent, Panel(file=path.name, label="x", frame=frame_number))


def read_study_file(path: Path) -> None:
    """Read a study file."""
    load_study(path.parent)


Make, Damage, Read = (
    Callable[[], bytes],
    Callable[[bytes, random.Random], bytes],
    Callable[[Path], None],
)
PICTURES = {"PNG": "png", "JPEG": "jpg", "TIFF": "tif"}


def either(one: Damage, other: Damage) -> Damage:
    """Damage in one of two ways."""
    return lambda content, rng: (one if rng.random() < 0.5 else other)(content, rng)


KINDS: dict[str, tuple[str, Make, Damage, Read]] = {
    "csv": ("t.csv", text_table, either(damaged_words, damaged_bytes), read_table_file),
    "xlsx": ("t.xlsx", workbook, damaged_workbook, read_table_file),
    "parquet": ("t.parquet", parquet, damaged_bytes, read_table_file),
    "yaml": ("study.yml", STUDY.encode, damaged_yaml, read_study_file),
    "dicom": ("t.dcm", lambda: saved(dicom()), damaged_dicom, read_image),
    **{
        ending: (f"t.{ending}", lambda e=ending: statistical(e), damaged_bytes, read_table_file)
        for ending in ("sav", "zsav", "por", "dta", "xpt", "sas7bdat")
    },
    **{
        ending: (f"t.{ending}", lambda k=kind: picture(k), damaged_bytes, read_image)
        for kind, ending in PICTURES.items()
    },
}


DOCUMENTS = documents(damaged_bytes, damaged_words, damaged_yaml)
KINDS |= DOCUMENTS


def outcome(read: Read, path: Path) -> tuple[str, str]:
    """Read a file and say what followed, and if it is a fault, what it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read(path)
    except (Unreadable, CohortbookError) as error:
        said = str(error)
        if "not enough memory" in said:
            return FAULT, said
        return REFUSED, said
    except Exception:
        return FAULT, traceback.format_exc()
    return READ, ""


def fuzz(kind: str, count: int, seed: int, started=lambda _number: None) -> collections.Counter:
    """Damage `count` files of one kind; print each fault; give the number of each outcome."""
    name, make, damage, read = KINDS[kind]
    whole, outcomes = make(), collections.Counter()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / name
        for number in range(seed, seed + count):
            started(number)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # pydicom on the values that it is given
                path.write_bytes(damage(whole, random.Random(number)))
            what, why = outcome(read, path)
            outcomes[what] += 1
            if what == FAULT:
                print(f"--- {kind} {number}: {why}", flush=True)
    logging.disable(logging.NOTSET)
    return outcomes


# --- the command: each kind in a process of its own, which may end badly


def child(kind: str, count: int, seed: int) -> None:
    """Fuzz with little memory, saying which number is tried."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    found = fuzz(kind, count, seed, lambda number: print(f"@ {number}", flush=True))
    print("= " + " ".join(f"{what}:{n}" for what, n in found.items()), flush=True)


def watched(kind: str, count: int, seed: int) -> collections.Counter:
    """Run `child`; one that ends badly, or not at all, is a fault, and the next number follows."""
    total, first, last = collections.Counter(), seed, seed - 1
    while first < seed + count:
        with subprocess.Popen(
            [
                sys.executable,
                __file__,
                "--child",
                "--kind",
                kind,
                "--seed",
                str(first),
                "--count",
                str(seed + count - first),
            ],
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            stderr=subprocess.DEVNULL,
        ) as process:
            done, why = False, "the process ended"
            while True:
                patience = SECONDS if last >= first else START
                if not select.select([process.stdout], [], [], patience)[0]:
                    why = f"no end within {patience} s"
                    process.send_signal(signal.SIGKILL)
                    break
                line = process.stdout.readline()
                if not line:
                    break
                if line.startswith("@ "):
                    last = int(line[2:])
                elif line.startswith("= "):
                    done = True
                    total.update({w: int(n) for w, n in (x.split(":") for x in line[2:].split())})
                else:
                    print(line, end="", flush=True)
        if done:
            break
        print(f"--- {kind} {last}: {why} ({process.returncode})", flush=True)
        total[FAULT] += 1
        first = max(last, first) + 1
    return total


def main() -> int:
    """Run from the command line; the exit code is 1 if there were faults."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=sorted(KINDS), help="one kind; all if not given")
    parser.add_argument("--count", type=int, default=500, help="damages of each kind")
    parser.add_argument("--seed", type=int, default=1, help="the first; each damage has its own")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.kind, given.count, given.seed)
        return 0
    faults = 0
    for kind in [given.kind] if given.kind else KINDS:
        found = watched(kind, given.count, given.seed)
        faults += found[FAULT]
        print(
            f"{kind:10} " + ", ".join(f"{n} {what}" for what, n in sorted(found.items())),
            flush=True,
        )
    return 1 if faults else 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
