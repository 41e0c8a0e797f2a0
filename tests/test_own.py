"""A user's own matplotlib figure, seaborn grid or data frame under a label of the report."""

from __future__ import annotations

import io
import subprocess
import sys

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as Drawing
from PIL import Image

from cohortbook.display.drawing.figure import Figure
from cohortbook.display.drawing.own import prepared
from cohortbook.errors import CohortbookError
from cohortbook.session.book import Book

WORDS = {"caption": "A *caption*.", "alt": "A line that rises."}
DRAW = """
def drawing():
    from matplotlib.figure import Figure
    fig = Figure(figsize=(4, 3), layout="constrained")
    left, right = fig.subplots(1, 2)
    left.plot([0, 1, 2], [1, 4, 2], label="a line")
    left.legend(loc="upper left", bbox_to_anchor=(-0.8, 1.3))
    left.set_title(r"$beta_1$")
    right.imshow([[0, 1], [2, 3]])
    right.bar([0, 1], [1, 2], hatch="//")
    return fig
"""
exec(DRAW)  # the same source for this process and for another


def draw():
    return drawing()  # noqa: F821


@pytest.fixture
def book(tmp_path):
    return Book("01-own", tmp_path)


def test_words_without_a_name_are_no_sentences_of_the_report(book):
    with pytest.raises(CohortbookError, match="no name by which the manuscript could quote them"):
        book.say("Survival was 99.9 months.")


def test_an_own_figure_is_exported_in_every_format_like_ours(book, tmp_path):
    shown = book.show("fig-own", draw(), **WORDS)
    written = {path.name for path in (tmp_path / "figures").iterdir()}
    assert written == {
        "fig-own.svg",
        "fig-own.pdf",
        "fig-own.png",
        "fig-own.tiff",
        "fig-own_600dpi.tiff",
        "fig-own.csv",
    }
    for name, dpi in (("fig-own.png", 300), ("fig-own.tiff", 300), ("fig-own_600dpi.tiff", 600)):
        with Image.open(tmp_path / "figures" / name) as picture:
            assert round(float(picture.info["dpi"][0])) == dpi
            assert picture.width == pytest.approx(shown.width_cm / 2.54 * dpi, abs=3)
    data, about = shown._repr_mimebundle_()
    assert data["image/png"] and data["image/svg+xml"]
    assert data["text/plain"] == about["cohortbook"]["alt"] == "A line that rises."
    assert about["cohortbook"]["caption"] == "A *caption*." and about["cohortbook"]["own"]


def test_what_stands_beyond_the_edge_is_kept():
    fig = Drawing(figsize=(2, 2))
    ax = fig.subplots()
    inside = prepared("fig-a", fig, **WORDS).width_cm
    ax.text(1.9, 0.5, "beyond the edge", transform=ax.transAxes)
    assert prepared("fig-a", fig, **WORDS).width_cm > inside + 2


def test_the_bytes_are_the_same_in_another_process_whatever_the_defaults_there():
    code = f"""{DRAW}
import hashlib, matplotlib
matplotlib.rcParams.update(matplotlib.rcParamsDefault)
from cohortbook.display.drawing.own import prepared
fig = prepared("fig-own", drawing(), "A caption.", "An alt.")
print([hashlib.sha256(fig.render(kind, 300)).hexdigest() for kind in ("svg", "pdf", "png", "tiff")])
"""
    once, again = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert once.stdout == again.stdout and len(once.stdout) > 200


def test_axes_arrays_of_axes_and_seaborn_grids_are_their_figure():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    import seaborn

    frame = pd.DataFrame({"x": [1, 2, 3], "y": [3, 1, 2], "g": ["a", "b", "a"]})
    with matplotlib.rc_context({"backend": "agg"}):
        before = pyplot.get_fignums()  # of tests that ran in this process
        given = [
            frame.plot(x="x", y="y"),
            frame[["x", "y"]].plot(subplots=True),
            seaborn.relplot(frame, x="x", y="y", col="g"),
            seaborn.jointplot(frame, x="x", y="y"),
            pyplot.figure().subfigures(1, 2)[0].subplots(),
        ]
        for shown in given:
            made = prepared("fig-own", shown, **WORDS)
            assert isinstance(made, Figure) and isinstance(made.drawing, Drawing)
        # shown once: pyplot has let go of them
        assert pyplot.get_fignums() == before


def test_a_frame_becomes_a_table_with_its_index(book, tmp_path):
    frame = pd.DataFrame(
        {"n": [3, 12], "mean": [1.25, np.nan], ("a", "b"): ["x", "=1+1"]},
        index=pd.Index(["Low", "High"], name="Group"),
    )
    table = book.show("tbl-own", frame, caption="Means.")
    assert table.plain() == [
        ["Group", "n", "mean", "a, b"],
        ["Low", "3", "1.25", "x"],
        ["High", "12", "", "=1+1"],
    ]
    assert "'=1+1" in (tmp_path / "tables" / "tbl-own.csv").read_text(encoding="utf-8-sig")
    assert (tmp_path / "tables" / "tbl-own.json").exists()
    many = frame.set_index("n", append=True)
    assert prepared("tbl-a", many, "C.", "").plain()[1][:2] == ["Low", "3"]
    counts = prepared("tbl-a", pd.DataFrame({"p": [0.00001234, 1234567.891]}), "C.", "")
    assert counts.plain() == [["p"], ["1.234e-05"], ["1234567.891"]]
    series = prepared("tbl-a", pd.Series([1, 2], ["a", "b"], name="n"), "C.", "")
    assert series.plain() == [["", "n"], ["a", "1"], ["b", "2"]]


@pytest.mark.parametrize(
    ("label", "thing", "words", "told"),
    [
        ("fig-own", "figure", {}, ["no caption", "no alternative text"]),
        ("fig-own", "figure", {"caption": "  ", "alt": "A line."}, ["no caption"]),
        ("tbl-own", "frame", {}, ["no caption"]),
        ("tbl-own", "figure", WORDS, ["Call it fig-own"]),
        ("fig-own", "frame", WORDS, ["Call it tbl-own"]),
        ("own", "figure", WORDS, ["'own' is not of the form fig-name"]),
        ("fig-own figure", "figure", WORDS, ["not of the form fig-name"]),
        ("fig-../x", "figure", WORDS, ["not of the form"]),
        ("fig-own", "nothing", WORDS, ["Nothing (None) is neither a figure nor a table"]),
        ("fig-own", "empty", WORDS, ["The figure is empty"]),
        ("fig-own", "poster", WORDS, ["at most 40 by 40 cm"]),
        ("fig own", "figure", {}, ["not of the form", "no caption", "no alternative text"]),
    ],
)
def test_what_is_wrong_is_told_at_once_in_plain_words(book, label, thing, words, told):
    poster = Drawing(figsize=(30, 20))
    poster.subplots()
    things = {
        "figure": draw(),
        "frame": pd.DataFrame({"a": [1]}),
        "nothing": None,
        "empty": Drawing(),
        "poster": poster,
    }
    with pytest.raises(CohortbookError) as error:
        book.show(label, things[thing], **words)
    assert all(part in str(error.value) for part in told), str(error.value)
    assert f'book.show("{label}", ...)' in str(error.value)


def test_words_given_with_a_figure_of_this_package_stand_in_place_of_its_own():
    ours = Figure(draw(), "Our caption.", "Our alt.", pd.DataFrame())
    assert prepared("fig-a", ours, "", "").caption == "Our caption."
    changed = prepared("fig-a", ours, "Yours.", "")
    assert (changed.caption, changed.alt) == ("Yours.", "Our alt.")
    assert Image.open(io.BytesIO(changed.render("png", 110))).width > 300
