"""Two builds compared, and claims to reviewers checked: each difference once, no claim untrue."""

import csv
import json
import zipfile

import pytest
from typer.testing import CliRunner

from cohortbook.cli.main import app
from cohortbook.errors import CohortbookError
from cohortbook.review.builds import load_build
from cohortbook.review.differences import differences
from cohortbook.review.response import respond
from cohortbook.review.written import as_csv, as_markdown, as_text


def row(key, estimate=None, p=None, n=None, n_events=None, **more):
    analysis, *_, statistic = key.split("/")
    printed = "" if estimate is None else f"{estimate:.2f}"
    return {
        "key": key, "notebook": "03-survival", "frame": "survival", "analysis": analysis,
        "endpoint": "os", "population": "all", "term": "", "level": "", "group": "A",
        "statistic": statistic, "estimate": estimate, "conf_low": None, "conf_high": None,
        "p_value": p, "n": n, "n_events": n_events, "method": "", "note": "",
        "printed": printed, "printed_p": "" if p is None else f"{p:.3f}",
    } | more  # fmt: skip


OLD = [
    row("survival/os/hr", 0.5, 0.0401, 50, 20),
    row("survival/os/median", 12.0, n=50),
    row("survival/os/rmst", 10.0),
    row("verdict/os/survived", 3, n=4),
    row("survival/os/=gone", 1.0),
]
NEW = [
    row("survival/os/hr", 0.6, 0.0601, 50, 24),
    row("survival/os/median", 12.0, n=52),
    row("survival/os/rmst", 10.0000000000001),
    row("verdict/os/survived", 1, n=4),
    row("survival/os/fresh", 2.0),
]


def written(folder, rows, words="", alpha="0.05"):
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"03-survival": {"choices": {"alpha": alpha}}}
    text = json.dumps({"statistics": rows, "settings": settings})
    (folder / "results.json").write_text(text)
    if words:
        (folder / "report.html").write_text(f"<style>p{{x}}</style><p>{words}</p>")
    return folder


@pytest.fixture
def builds(tmp_path):
    return written(tmp_path / "old", OLD, "It was so."), written(
        tmp_path / "new", NEW, "It was so. It is <i>now</i> clear."
    )


@pytest.fixture
def pair(builds):
    return tuple(map(load_build, builds))


def found(pair):
    return {(d.section, d.name, d.column): (d.before, d.after) for d in differences(*pair)}


def test_every_number_that_differs_is_said_once_and_no_other(pair):
    assert found(pair) == {
        ("patients", "survival/os/all/A", "n"): ("50", "52"),
        ("events", "survival/os/all/A", "n_events"): ("20", "24"),
        ("verdicts", "verdict/os/survived", ""): (
            "survived 3 of 4 checks",
            "survived 1 of 4 checks",
        ),
        ("significance", "survival/os/hr", "p_value"): ("0.040", "0.060"),
        ("statistics", "survival/os/hr", "estimate"): ("0.50", "0.60"),
        ("statistics", "survival/os/hr", "p_value"): ("0.040", "0.060"),
        ("statistics", "survival/os/hr", "n_events"): ("20", "24"),
        ("statistics", "survival/os/median", "n"): ("50", "52"),
        ("statistics", "verdict/os/survived", "estimate"): ("3.00", "1.00"),
        ("statistics", "survival/os/=gone", ""): ("1.00", ""),
        ("statistics", "survival/os/fresh", ""): ("", "2.00"),
    }


def test_a_build_does_not_differ_from_itself(pair):
    assert differences(pair[1], pair[1]) == []


def test_the_other_way_round_before_and_after_change_places(pair):
    back = {key: (b, a) for key, (a, b) in found(pair[::-1]).items()}
    assert back == found(pair)


def test_another_level_of_significance_is_a_setting_and_crosses(tmp_path):
    old = load_build(written(tmp_path / "a", OLD))
    new = load_build(written(tmp_path / "b", OLD, alpha="0.01"))
    assert [(d.section, d.before, d.after) for d in differences(old, new)] == [
        ("significance", "0.040", "0.040"),
        ("settings", "0.05", "0.01"),
    ]


def test_as_text_markdown_and_csv(pair):
    all_of_them = differences(*pair)
    assert "survival/os/hr p_value: 0.040 → 0.060" in as_text(all_of_them)
    assert "| survival/os/hr | p\\_value | 0.040 | 0.060 |" in as_markdown(all_of_them)
    rows = list(csv.DictReader(as_csv(all_of_them).splitlines()))
    assert len(rows) == len(all_of_them)
    assert {(r["name"], r["was"], r["now"]) for r in rows} >= {("survival/os/hr", "0.5", "0.6")}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"statistics": [1]}', '{"statistics": [{}]}', "[" * 100_000]
)
def test_what_is_no_build_is_a_message(tmp_path, text):
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(CohortbookError, match=r"expected the results\.json of a build"):
        load_build(tmp_path)
    with pytest.raises(CohortbookError):
        load_build(tmp_path / "none")


def answer(pair, claim, old=True):
    text = f"# Reviewer 1\n\n1. Why?\n\n> So: {claim}.\n"
    return respond(text, pair[1], pair[0] if old else None)


def test_limits_are_told_with_their_estimate_and_not_again(tmp_path):
    def of(name, estimate, low, high):
        printed = f"{estimate:.2f} ({low:.2f}–{high:.2f})"
        limits = {"conf_low": low, "conf_high": high, "printed": printed}
        return load_build(written(tmp_path / name, [row("survival/os/hr", estimate, **limits)]))

    old, new = of("old", 0.5, 0.2, 0.9), of("new", 0.6, 0.3, 0.9)
    claim = "## Why?\n> {changed: survival/os/hr}\n"
    assert "> estimate 0.50 (0.20–0.90) → 0.60 (0.30–0.90) (`" in respond(claim, new, old).text
    wider = of("wider", 0.6, 0.25, 0.9)
    assert "> lower limit 0.3 → 0.25 (`" in respond(claim, wider, new).text


@pytest.mark.parametrize(
    ("claim", "says"),
    [
        ("{changed: survival/os/hr}", "estimate 0.50 → 0.60, P 0.040 → 0.060"),
        ("{changed: survival/*/hr}", "(`survival/os/hr`)"),
        ("{same: survival/os/rmst}", "> So: unchanged."),
        ("{new: survival/os/fresh}", "2.00"),
        ("{gone: survival/os/=gone}", "1.00 → –"),
        ("{value: survival/os/hr}", "0.60, P 0.060 (`survival/os/hr`)"),
        ("{words: It is now clear.}", "“It is now clear.”"),
    ],
)
def test_a_claim_that_holds_says_what_it_means(pair, claim, says):
    made = answer(pair, claim)
    assert made.wrong == [] and says in made.text and made.claims == 1


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("{changed: survival/os/rmst}", "same in both"),
        ("{changed: survival/os/fresh}", "it is new"),
        ("{same: survival/os/*}", "survival/os/hr"),
        ("{new: survival/os/hr}", "it is changed"),
        ("{gone: survival/os/hr}", "it is changed"),
        ("{changed: survival/os/hrr}", "near it is survival/os/hr."),
        ("{words: It was so.}", "old report has these words"),
        ("{words: It was not so.}", "does not have"),
        ("{change: x}", "There is no 'change'"),
        ("{changed: }", "names nothing"),
    ],
)
def test_a_claim_that_does_not_hold_is_named_with_its_line(pair, claim, why):
    (wrong,) = answer(pair, claim).wrong
    assert wrong.line == 5 and why in wrong.why


def test_without_the_earlier_build_a_change_cannot_be_claimed(pair):
    assert "--before" in answer(pair, "{changed: survival/os/hr}", old=False).wrong[0].why
    assert answer(pair, "{value: survival/os/hr}", old=False).wrong == []


def test_a_point_without_an_answer_is_named(pair):
    text = "# R\n\n## Major\n\n1. One?\n\n> Yes.\n\n2. Two?\n\n## Minor\n\n> All done.\n"
    assert [(one.line, one.what) for one in respond(text, *pair[::-1]).wrong] == [(9, "2. Two?")]


def test_the_commands_and_their_exit_codes(builds, tmp_path):
    run, (old, new) = CliRunner().invoke, builds
    assert run(app, ["diff", str(old), str(old)]).exit_code == 0
    done = run(app, ["diff", str(old), str(new / "results.json"), "--csv", str(tmp_path / "d.csv")])
    assert done.exit_code == 3 and (tmp_path / "d.csv").is_file()
    reviews, target = tmp_path / "reviews.md", tmp_path / "answer.md"
    given = ["response", str(reviews), str(tmp_path), "--out", str(new), "--before", str(old)]
    reviews.write_text("1. Why?\n\n> Look: {changed: survival/os/hr}\n")
    assert run(app, [*given, "--to", str(target)]).exit_code == 0
    assert "0.50 → 0.60" in target.read_text("utf-8")
    target.unlink()
    reviews.write_text("1. Why?\n\n> Look: {changed: survival/os/rmst}\n")
    assert run(app, [*given, "--to", str(target)]).exit_code == 3
    assert not target.exists()


def test_two_builds_of_other_titles_are_told_to_be_perhaps_of_two_studies(builds):
    def told():
        return CliRunner().invoke(app, ["diff", *map(str, builds)]).stderr

    for folder, title in zip(builds, ("Lung", "Liver"), strict=True):
        assert not told()
        (folder / "provenance.json").write_text(json.dumps({"study": {"title": title}}))
    assert "of two studies, for their titles differ: ‘Lung’ and ‘Liver’" in told()
    (builds[1] / "provenance.json").write_text("{")
    assert not told()


def test_words_are_looked_for_in_the_docx_first(builds, tmp_path):
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    for folder, words in zip(builds, ("old", "new words"), strict=True):
        with zipfile.ZipFile(folder / "report.docx", "w") as archive:
            archive.writestr(
                "word/document.xml",
                f'<w:document xmlns:w="{space}"><w:p><w:r><w:t>{words}</w:t></w:r></w:p>'
                "</w:document>",
            )
    pair = tuple(map(load_build, builds))
    assert answer(pair, "{words: new words}").wrong == []


def test_a_damaged_document_is_a_message(pair):
    (pair[0].place / "report.docx").write_bytes(b"PK no zip")
    with pytest.raises(CohortbookError, match="Build it again"):
        pair[0].words()
