"""The wheel holds the project: installed, it makes reports where there is no clone."""

import importlib.metadata
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest
import tiny
from pypdf import PdfReader

from cohortbook.build import where
from cohortbook.build.example import copy_example, examples
from cohortbook.build.request import Request
from cohortbook.errors import CohortbookError

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel with what is installed here; nothing is fetched."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Install it into a folder that stands before the clone on the path; give the folder."""
    folder = tmp_path_factory.mktemp("site")
    if importlib.util.find_spec("pip"):
        options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder)]
        subprocess.run([*command, str(wheel)], check=True)
    else:  # an environment that uv made
        zipfile.ZipFile(wheel).extractall(folder)
    return folder


@pytest.fixture
def run(installed, tmp_path):
    """Give the command of the installed package, run in an empty folder by somebody new."""
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir(exist_ok=True)
    home.mkdir(exist_ok=True)
    places = {"PYTHONPATH": str(installed), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("XDG", "COHORTBOOK", "GIT"))}

    how = {"cwd": here, "env": {**keep, **places}, "text": True}

    def line(words):
        return [sys.executable, "-P", "-m", "cohortbook.entry", *words]

    def command(*words):
        return subprocess.run(line(words), capture_output=True, check=False, **how)

    def begin(*words):
        return subprocess.Popen(
            line(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=hears_interrupts if os.name == "posix" else None,  # noqa: PLW1509
            **how,
        )

    command.begin = begin
    return command


def sources(folder):
    """Give what a folder holds and no build or editor left there."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.parts)
    }


def test_the_wheel_holds_notebooks_manuscript_and_studies(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {"_quarto.yml", "data/study.schema.json", "data/wei2026/study.yml"}
    wanted |= {"data/hcc-cxcl17/patients.csv", *sources("notebooks"), *sources("report")}
    assert {f"cohortbook/project/{name}" for name in wanted} <= inside
    assert not [name for name in inside if "reconstruction" in name or name.endswith(".pyc")]
    assert "cohortbook/study/journals/generic.yml" in inside
    tops = {name.split("/")[0] for name in inside}
    assert all(top.startswith("cohortbook") for top in tops), "nothing beside the package"


@pytest.mark.build
def test_the_installed_package_makes_and_tests_a_report_anywhere(run, installed, tmp_path):
    """The study is outside any project, the home is empty, the package is only read."""
    tiny.study_folder(tmp_path / "here" / "mine")
    before = tiny.contents(installed)
    checked = run("check", "mine")
    assert checked.returncode == 0, checked.stderr
    built = run("report", "mine")
    assert built.returncode == 0, built.stderr
    made = tmp_path / "here" / "_output" / "mine"
    page = (made / "report.html").read_text("utf-8")
    assert "Tiny study" in page
    assert "Tiny study" in PdfReader(made / "report.pdf").pages[0].extract_text()
    words = zipfile.ZipFile(made / "report.docx").read("word/document.xml").decode("utf-8")
    assert "Tiny study" in words
    version = importlib.metadata.version("cohortbook")
    assert f"an unknown commit (cohortbook {version})" in " ".join(page.split())
    facts = json.loads((made / "provenance.json").read_text("utf-8"))
    assert facts["source"]["commit"] == ""
    again = run("report", "mine")
    assert "Nothing has changed" in again.stdout, "what is kept is found again"
    if sys.platform == "linux":
        assert (tmp_path / "home" / ".cache" / "cohortbook" / ".cache" / "notebooks").is_dir()
    # its outputs are stored, and the same again
    stored, compared = run("test", "mine"), run("test", "mine")
    assert (stored.returncode, compared.returncode) == (0, 0), stored.stderr + compared.stderr
    assert (tmp_path / "here" / "mine" / "expected" / "01-cohort.json").is_file()
    assert tiny.contents(installed) == before
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["_output", "mine"]


@pytest.mark.build
@pytest.mark.skipif(importlib.util.find_spec("jupyterlab") is None, reason="no JupyterLab")
def test_the_installed_package_opens_jupyterlab_on_a_server(run, tmp_path):
    """Without a browser: it is asked by HTTP, sees the study and its notebooks, and ends."""
    tiny.study_folder(tmp_path / "here" / "mine")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["lab", "mine", "--no-browser", f"--port={port}", "--IdentityProvider.token=known"]
    address = f"http://127.0.0.1:{port}/api/{{}}?token=known"
    with run.begin(*words) as server:
        try:
            seen = asked(server, address.format("contents/notebooks"))
            kernel = {"data": b'{"name": "python3"}', "method": "POST"}
            asked(server, urllib.request.Request(address.format("kernels"), **kernel))
            children = lives(server.pid)
            server.send_signal(signal.SIGINT)  # Ctrl-C
            out, _ = server.communicate(timeout=60)
        finally:
            server.kill()
    assert children or sys.platform != "linux", "a kernel runs in a process of its own"
    patience = time.monotonic() + 30  # a kernel looks once a second whether its server is there
    while any(lives(pid, itself=True) for pid in children) and time.monotonic() < patience:
        time.sleep(0.2)
    assert not [pid for pid in children if lives(pid, itself=True)], "children end with it"
    names = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {item["name"] for item in seen["content"]} >= names, out
    assert "Traceback" not in out


def hears_interrupts():
    """Undo what a shell does to programs that it runs behind: these ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def lives(pid, *, itself=False):
    """Name the running children of a process, or with `itself` this one (Linux; else none)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has ended meanwhile
            continue
        if state != "Z" and pid == int(stat.parent.name if itself else parent):
            found.append(int(stat.parent.name))
    return found


def asked(server, address):
    """Ask a server until it answers or has ended."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(address) as answer:
                return json.loads(answer.read())
        except OSError:
            time.sleep(0.2)
    raise AssertionError(server.communicate()[0])


def test_other_verbs_of_the_installed_package(run, installed, tmp_path):
    before = tiny.contents(installed)
    copied = run("example", "tried")
    assert copied.returncode == 0, copied.stderr
    assert "tried/study.yml" in copied.stdout
    assert run("check", "tried").returncode == 0
    printed = run("audit", "tried")
    assert printed.returncode == 3, printed.stderr  # what that paper printed has findings
    here = tmp_path / "here"
    (here / "export.csv").write_text(tiny.PATIENTS, encoding="utf-8")
    words = ["--id", "patient_id", "--arm", "arm", "--reference", "A"]
    words += ["--endpoint", "os:os_months:os_event", "--unit", "months"]
    written = run("new", "fresh", "--from", "export.csv", *words)
    assert written.returncode in (0, 3), written.stderr
    assert (here / "fresh" / "study.yml").is_file()
    opened = run("lab", "tried", "--copy")
    assert opened.returncode == 0, opened.stderr
    names = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {path.name for path in (here / "tried" / "notebooks").iterdir()} == names
    assert tiny.contents(installed) == before


def test_the_package_itself_is_never_edited(run, installed):
    inside = installed / "cohortbook" / "project" / "data" / "wei2026"
    refused = run("lab", str(inside), "--copy")
    assert refused.returncode == 1
    assert "cohortbook example" in refused.stderr
    assert not (inside / "notebooks").exists()


def test_a_clone_one_stands_in_is_the_project_and_a_study_folder_is_not(monkeypatch, tmp_path):
    monkeypatch.setattr(where, "PACKAGE", tmp_path / "lib" / "site-packages" / "cohortbook")
    packaged = tiny.project(tmp_path / "packaged")
    monkeypatch.setattr(where, "PACKAGED", packaged)
    study = tiny.study_folder(tmp_path / "mine")
    (study / "notebooks").mkdir()
    (study / "report").mkdir()  # a part of the manuscript of its own
    (study / "report" / "index.qmd").write_text("mine")
    monkeypatch.chdir(study)
    assert where.project_root() == packaged
    clone = tiny.project(tmp_path / "clone")
    (clone / "below").mkdir()
    monkeypatch.chdir(clone / "below")
    assert where.project_root() == clone


def test_where_a_packaged_project_writes(monkeypatch, tmp_path):
    root, study = tmp_path / "lib" / "project", tmp_path / "studies" / "mine"
    monkeypatch.setattr(where, "PACKAGED", root)
    monkeypatch.setenv("COHORTBOOK_CACHE", str(tmp_path / "kept"))
    request = Request(study, root)
    assert request.final == tmp_path / "studies" / "_output" / "mine"
    assert request.work == tmp_path / "kept"
    monkeypatch.chdir(tmp_path)
    assert Request(root / "data" / "wei2026", root).final == tmp_path / "_output" / "wei2026"
    clone = Request(study, tmp_path / "clone")
    assert (clone.final, clone.work) == (tmp_path / "clone/_output/mine", tmp_path / "clone")


def test_a_cache_folder_that_cannot_be_made_is_a_message(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(where, "PACKAGED", tmp_path)
    monkeypatch.setenv("COHORTBOOK_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(CohortbookError, match="COHORTBOOK_CACHE"):
        where.kept_in(tmp_path)


def test_an_example_is_a_study_that_needs_nothing_of_the_project(tmp_path):
    assert examples(ROOT) == ["hcc-cxcl17", "wei2026"]
    files = copy_example(ROOT, "wei2026", tmp_path / "tried")
    assert {"study.yml", "patients.csv", "cases/before-1.dcm"} <= set(files)
    assert not [name for name in files if name.startswith("reconstruction")]
    assert "$schema=study.schema.json" in (tmp_path / "tried" / "study.yml").read_text("utf-8")
    with pytest.raises(CohortbookError, match="new or empty"):
        copy_example(ROOT, "wei2026", tmp_path / "tried")
    with pytest.raises(CohortbookError, match="hcc-cxcl17, wei2026"):
        copy_example(ROOT, "wei2025", tmp_path / "other")
