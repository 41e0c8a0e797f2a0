"""The command line: messages without tracebacks, exit codes, a quick start."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import study_folder

from cohortbook.cli import main as cli
from cohortbook.cli import notebooks as of_notebooks
from cohortbook.errors import NotebookError
from cohortbook.study.choices import CHOICES
from cohortbook.study.schema import schema_text

ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line here; give exit code, output and error output."""

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["cohortbook", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(ended.value.code or 0), out, err

    return command


@pytest.fixture
def study(tmp_path):
    return study_folder(tmp_path / "tiny")


def test_help_names_every_verb(run):
    code, out, _ = run("--help")
    assert code == 0
    for verb in ("report", "new", "example", "check", "audit", "sweep", "lab", "schema", "version"):
        assert verb in out


@pytest.mark.parametrize(
    "verb", ["report", "new", "example", "check", "audit", "sweep", "lab", "schema"]
)
def test_each_verb_has_help(run, verb):
    assert run(verb, "--help")[0] == 0


def test_help_starts_without_the_heavy_libraries():
    code = (
        "import sys, cohortbook.cli.main\n"
        "heavy = {'pandas', 'numpy', 'matplotlib', 'papermill', 'nbformat', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_sound_study_is_checked_without_what_only_analyses_need():
    code = (
        "import sys\nfrom cohortbook import load_cohort\n"
        f"load_cohort({str(Path(__file__).parents[1] / 'data' / 'hcc-cxcl17')!r})\n"
        "print(sorted({'scipy.stats', 'scipy.optimize', 'matplotlib.figure'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_check_of_a_good_study_says_so(run, study):
    code, out, _ = run("check", study)
    assert code == 0
    assert "6 patients read; 0 errors" in out


def test_check_shows_all_problems_writes_them_and_ends_with_1(run, study, tmp_path):
    table = study / "patients.csv"
    table.write_text(table.read_text().replace("1,A,50", "1,[red]=A,fifty"))
    code, out, _ = run("check", study, "--csv", tmp_path / "problems.csv")
    assert code == 1
    assert "2 errors" in out
    with (tmp_path / "problems.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    errors = [row for row in rows if row["severity"] == "error"]
    assert {row["column"] for row in errors} == {"arm", "age"}
    assert "[red]=A" in {row["found"] for row in rows}


def test_no_problem_is_a_formula_when_opened_in_a_spreadsheet(run, study, tmp_path):
    table = study / "patients.csv"
    table.write_text(table.read_text().replace("1,A,50", "1,A,=cmd()"))
    run("check", study, "--csv", tmp_path / "problems.csv")
    text = (tmp_path / "problems.csv").read_text(encoding="utf-8-sig")
    assert "'=cmd()" in text


def test_a_folder_without_study_file_is_one_message(run, tmp_path):
    code, _, err = run("check", tmp_path)
    assert code == 1
    assert err.startswith("Error: ")
    assert "study.yml" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--formats", "html,odx"], "'odx' is not a format"),
        (["--formats", "odt", "--renderer", "pandoc"], "makes html, pdf, docx, pptx, not odt"),
        (["--formats", ""], "There are html, pdf, docx"),
        (["--set", "depth"], "not NAME=VALUE"),
        (["--set", "study=/etc"], "set by the build itself"),
        (["--set", "no_such_parameter=1"], "No notebook has a parameter 'no_such_parameter'"),
    ],
)
def test_report_refuses_what_it_does_not_know_before_it_runs(run, study, tmp_path, words, message):
    code, _, err = run("report", study, "--out", tmp_path / "out", *words)
    assert code == 1
    assert message in err
    assert not (tmp_path / "out").exists()


def test_a_failed_notebook_is_a_message_and_exit_code_1(run, study, monkeypatch):
    def fails(*_given):
        raise NotebookError("cell [3] tbl-x raised, at: 1 / 0\n  ZeroDivisionError", "01-cohort")

    monkeypatch.setattr("cohortbook.build.report.build", fails)
    code, _, err = run("report", study)
    assert code == 1
    assert err.startswith("Error: 01-cohort: cell [3] tbl-x raised")


def test_lab_without_jupyterlab_says_how_to_get_it(run, study, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, _, err = run("lab", study)
    assert code == 1
    assert "make lab" in err


def test_the_exported_schema_is_up_to_date():
    stored = (ROOT / "data" / "study.schema.json").read_text(encoding="utf-8")
    assert stored == schema_text(), "run: make schema"


def test_schema_is_printed_or_written(run, tmp_path):
    assert run("schema")[1] == schema_text()
    run("schema", "--out", tmp_path / "s.json")
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == schema_text()


def test_version(run):
    assert run("version")[1].strip().count(".") == 2


PRINTED = """\
groups: {{A: 40, B: 40}}
blocks:
  - {{where: Table 1, counts: [{{term: "[x]", cells: {{A: {}}}}}]}}
"""


@pytest.mark.parametrize(
    ("cell", "code"),
    [("6 (15.0)", 0), ("six", 1), ("6 (17.5)", 3)],
    ids=["consistent", "unreadable", "finding"],
)
def test_audit_says_by_its_exit_code_what_it_found(run, tmp_path, cell, code):
    path = tmp_path / "published.yml"
    path.write_text(PRINTED.format(cell))
    ended, out, err = run("audit", path, "--csv", tmp_path / "found.csv")
    assert ended == code
    assert (tmp_path / "found.csv").exists() == (code != 1)
    assert ("6 of 40 is 15.0%" in " ".join(out.split())) == (code == 3)
    assert ("'six' is not a cell" in err) == (code == 1)


def test_audit_writes_its_findings_for_a_spreadsheet(run, tmp_path):
    (tmp_path / "published.yml").write_text(PRINTED.format("6 (17.5)"))
    run("audit", tmp_path, "--csv", tmp_path / "found.csv")
    with (tmp_path / "found.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["mend"] == "15.0 instead of 17.5, or 7 instead of 6"
    assert float(row["implied_low"]) == 15


PAPER = """<article><body><sec><table-wrap><label>Table 1</label><caption><p>Baseline, n (%)</p>
</caption><table><thead>
<tr><th>Variable</th><th>A (n=40)</th><th>B (n=50)</th><th>P</th></tr></thead>
<tbody><tr><td>Male</td><td>25 (62.5)</td><td>24 (48.0)</td><td>{}</td></tr></tbody></table>
</table-wrap></sec></body></article>"""


@pytest.mark.parametrize(("p", "code"), [("0.17", 0), ("0.57", 3)])
def test_audit_reads_a_paper_and_leaves_its_draft(run, tmp_path, p, code):
    paper = tmp_path / "paper.xml"
    paper.write_text(PAPER.format(p))
    ended, out, _ = run("audit", paper)
    assert ended == code
    assert "5 printed numbers" not in out and "7 printed numbers read" in " ".join(out.split())
    draft = tmp_path / "paper.published.yml"
    assert run("audit", draft)[0] == code
    with (tmp_path / "paper.cells.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["status"] for r in rows].count("read") == 3
    draft.write_text(draft.read_text() + "# mended\n")
    ended, _, err = run("audit", paper)
    assert ended == 1 and "exists" in err
    assert draft.read_text().endswith("# mended\n")
    assert run("audit", paper, "--draft", tmp_path / "other.yml")[0] == code


def test_a_paper_that_is_none_is_a_message(run, tmp_path):
    (tmp_path / "x.docx").write_text("no")
    code, _, err = run("audit", tmp_path / "x.docx")
    assert code == 1 and "a DOCX file" in err


def test_a_file_that_cannot_be_written_is_a_message(run, study, tmp_path):
    code, _, err = run("check", study, "--csv", tmp_path / "nowhere" / "x.csv")
    assert code == 1
    assert "cannot be written" in err


@pytest.mark.parametrize(
    ("age", "code", "last"),
    [
        ("61", 0, "Next: read study.yml, then cohortbook report"),
        ("610", 3, "Not ready for a report: cohortbook check"),
    ],
)
def test_new_says_by_its_exit_code_whether_the_study_is_ready(run, tmp_path, age, code, last):
    rows = [f"P{i},{'AB'[i % 2]},{50 + i % 9},{i + 1},{i % 3 % 2}" for i in range(60)]
    rows[4] = rows[4].replace(",54,", f",{age},")
    (tmp_path / "export.csv").write_text("\n".join(["id,arm,age,os_months,os_event", *rows]))
    ended, out, _ = run("new", tmp_path / "study", "--from", tmp_path / "export.csv")
    assert (ended, out.splitlines()[-1].startswith(last)) == (code, True), out
    assert (tmp_path / "study" / "study.yml").is_file()
    assert run("new", tmp_path / "study", "--from", tmp_path / "export.csv")[0] == 1


@pytest.mark.parametrize(
    "words",
    [
        ("schema", "--out", "{file}/x.json"),
        ("new", "{file}/new", "--from", "{study}/patients.csv"),
        ("report", "{study}", "--out", "{file}/report"),
    ],
)
def test_what_cannot_be_written_is_a_message(run, study, tmp_path, words):
    file = tmp_path / "file"
    file.write_text("not a folder")
    code, _, err = run(*(word.format(file=file, study=study) for word in words))
    assert code == 1
    assert err.startswith("Error: ") and str(file) in err


def test_version_and_completion_are_options_too(run):
    assert run("--version")[1] == run("version")[1]
    assert "--install-completion" in run("--help")[1]


def test_help_names_the_journals(run):
    from cohortbook.study.journals import journal_names

    said = "".join(run("report", "--help")[1].replace("│", "").split())
    assert all(name in said for name in journal_names())


@pytest.fixture
def opened(run, monkeypatch):
    """Give the words with which JupyterLab would be started."""

    def command(*words):
        given = []
        monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
        monkeypatch.setattr(of_notebooks, "_become", given.extend)
        code, out, err = run("lab", *words)
        assert code == 0, err
        return given, out

    return command


def test_lab_passes_the_flags_of_jupyterlab_on(opened, study, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    flags = ["--no-browser", "--port", "8899", "--allow-root", "--LabApp.news_url=", study]
    given, out = opened(*flags)
    assert given[1:3] == ["-m", "jupyterlab"]
    assert set(given[5:]) == {"--no-browser", "--port=8899", "--allow-root", "--LabApp.news_url="}
    from cohortbook.build.notebooks.lab import open_at

    folder = open_at(ROOT, study)
    assert f"--ServerApp.root_dir={folder}" in given
    assert any(word.startswith("--LabApp.default_url=/lab/tree/") for word in given)
    # which of the two depends on where the clone and the temporary folder are
    assert ("The manuscript is elsewhere" in out) != (ROOT / "report").is_relative_to(folder)


def test_lab_opens_the_project_where_study_tables_and_manuscript_are(opened, monkeypatch):
    monkeypatch.chdir(ROOT)
    given, out = opened("--no-browser")
    assert f"--ServerApp.root_dir={ROOT}" in given
    assert (ROOT / "report" / "index.qmd").is_file() and (ROOT / "data/wei2026/study.yml").is_file()
    assert "elsewhere" not in out


def test_lab_works_as_root(opened, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("os.geteuid", lambda: 0, raising=False)
    assert opened()[0].count("--allow-root") == 1
    assert opened("--allow-root")[0].count("--allow-root") == 1


def test_lab_opens_the_folder_above_study_and_manuscript_but_no_whole_disk(tmp_path, monkeypatch):
    from cohortbook.build.notebooks.lab import open_at

    monkeypatch.setenv("HOME", str(tmp_path / "home" / "me"))
    project, study = tmp_path / "home" / "me" / "clone", tmp_path / "home" / "me" / "study"
    assert open_at(project, study) == tmp_path / "home" / "me"
    assert open_at(project, project / "data" / "x") == project
    assert open_at(project, tmp_path / "home" / "other") == tmp_path / "home" / "other"


def test_settings_are_listed_with_what_is_in_force(run):
    given = ("--set", "03-survival.conf_level=0.9", "--set", "terms=Rash")
    code, out, _ = run("report", ROOT / "data" / "wei2026", "--settings", *given)
    assert code == 0
    for name, choice in CHOICES.items():
        assert choice.says in " ".join(out.split()), name
    survival = out.partition("\n03-survival\n")[2].partition("\n\n")[0]
    assert "conf_level: 90% CI" in survival and "conf_type: plain scale" in survival
    assert "conf_level: 95% CI" in out.partition("\n02-response\n")[2].partition("\n\n")[0]
    assert "terms: Rash\n" in out
    assert "\n04-prognostic-factors-os\n" in out and "\n04-prognostic-factors-pfs\n" in out


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("conf_levl=0.9", "Did you mean 'conf_level'?"),
        ("03-survivl.conf_level=0.9", "Did you mean '03-survival'?"),
        ("03-survival.conf_level=2", "a number from 0.51 to 0.999"),
        ("03-survival.endpoints=dfs", "did you mean 'pfs'?"),
        ("04-prognostic-factors.covariates=ecog=7", "a level of ecog"),
        ("study=x", "set by the build itself"),
        ("conf_level", "is not NAME=VALUE"),
    ],
)
def test_a_wrong_setting_writes_nothing(run, tmp_path, setting, message):
    out = tmp_path / "out"
    for more in (["--settings"], []):
        study = ROOT / "data" / "wei2026"
        code, _, told = run("report", study, "--out", out, "--set", setting, *more)
        assert code == 1 and message in " ".join(told.split())
    assert not out.exists()
