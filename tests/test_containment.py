"""What a study folder cannot do: read outside itself, run code, or reach the network."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import sentence_project, study_folder

from cohortbook.build.report import Request, build
from cohortbook.cohort.cohort import load_cohort
from cohortbook.errors import StudyError

QUICK = {"renderer": "pandoc", "formats": ("html",)}


def refused(folder):
    with pytest.raises(StudyError) as error:
        load_cohort(folder)
    return error.value.problems


@pytest.mark.parametrize(
    "name", ["../secret.csv", "link.csv", "/etc/passwd", "sub/../../secret.csv"]
)
def test_a_study_reads_nothing_outside_its_folder(tmp_path, name):
    folder = study_folder(tmp_path / "tiny")
    secret = tmp_path / "secret.csv"
    shutil.copyfile(folder / "patients.csv", secret)
    (folder / "sub").mkdir()
    (folder / "link.csv").symlink_to(secret)
    with (folder / "study.yml").open("a") as file:
        file.write(f"tables: {{patients: {name}}}\n")
    (problem,) = refused(folder)
    assert problem.expected == "a file inside the study folder"


def test_a_study_folder_named_by_a_link_is_read(tmp_path):
    """What the command line names is the user's choice."""
    study_folder(tmp_path / "tiny")
    (tmp_path / "link").symlink_to(tmp_path / "tiny")
    assert len(load_cohort(tmp_path / "link")) == 6


PWNED = "import pathlib; pathlib.Path('pwned').touch()"


@pytest.mark.skipif(os.name != "posix", reason="such folder names are POSIX")
def test_names_and_settings_are_texts_in_the_kernel_and_never_code(tmp_path):
    root = sentence_project(tmp_path / "project", "print(repr(word), repr(study))")
    study = study_folder(tmp_path / f'x"; {PWNED}; "\n{PWNED.replace("/", "")}\n')
    word = f'"\n{PWNED}\n\'\'\' """ \\" \\\n{PWNED}'
    build(Request(study, root, root / "out", settings={"word": word}, **QUICK))
    cells = json.loads((root / "out" / "notebooks" / "01-first.ipynb").read_text())["cells"]
    printed = "".join(cells[-1]["outputs"][0]["text"])
    assert printed.startswith(repr(word))
    assert not list(tmp_path.rglob("pwned"))
    assert not Path("pwned").exists()


# imported by every Python of the test's build before anything else
CUT_OFF = """
import socket
connect, find = socket.socket.connect, socket.getaddrinfo
LOCAL = ("127.0.0.1", "::1", "localhost")
def only_here(self, address):
    if self.family != getattr(socket, "AF_UNIX", None) and address[0] not in LOCAL:
        open(r"{note}", "a").write(f"{address}\\n")
        raise OSError("the network is cut off")
    return connect(self, address)
def no_names(host, *given, **more):
    if host not in (*LOCAL, None, "", "0.0.0.0"):
        open(r"{note}", "a").write(f"{host}\\n")
        raise OSError("the network is cut off")
    return find(host, *given, **more)
socket.socket.connect = socket.socket.connect_ex = only_here
socket.getaddrinfo = no_names
"""


def test_a_build_asks_nothing_of_the_network(tmp_path):
    """A report is built by processes that write down whom they would call, and cannot."""
    note = tmp_path / "asked.txt"
    (tmp_path / "site").mkdir()
    text = CUT_OFF.replace("{note}", str(note))
    (tmp_path / "site" / "sitecustomize.py").write_text(text)
    code = "import socket; print(socket.getaddrinfo.__name__)"
    root = sentence_project(tmp_path / "project", code)
    code = (
        "import sys; from pathlib import Path; from cohortbook.build.report import Request, build\n"
        "build(Request(Path(sys.argv[1]), Path(sys.argv[2]), renderer='pandoc'))\n"
    )
    command = [sys.executable, "-c", code, root / "data" / "tiny", root]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [*_without_network(), *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    out = root / "_output" / "tiny"
    assert {p.name for p in out.glob("report.*")} == {"report.html", "report.pdf", "report.docx"}
    assert "no_names" in (out / "notebooks" / "01-first.ipynb").read_text(), "not cut off"
    assert not note.exists(), note.read_text()


def _without_network():
    """Give the words that start a process in a network of its own, where that is permitted."""
    words = ["unshare", "--net", "--map-root-user"]
    if not shutil.which(words[0]):
        return []
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if tried.returncode == 0 else []


def test_the_cut_is_a_cut(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(CUT_OFF.replace("{note}", str(tmp_path / "asked")))
    code = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "the network is cut off" in done.stderr
    assert (tmp_path / "asked").read_text()
    assert socket.getaddrinfo.__name__ != "no_names"


@pytest.mark.parametrize("name", ["9" * 290, '"a\\0b"', '""'])
def test_a_name_that_no_file_can_have_is_a_problem(tmp_path, name):
    folder = study_folder(tmp_path / "tiny")
    with (folder / "study.yml").open("a") as file:
        file.write(f"tables: {{patients: {name}}}\n")
    assert len(refused(folder)) == 1
