"""The last output is whole until the new one is in its place, whatever happens in between."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cohortbook.build.files import publish as module
from cohortbook.build.files.locks import only_one
from cohortbook.build.files.publish import (
    claim,
    new_folder,
    publish,
    recover,
    remember,
    replace_text,
)
from cohortbook.errors import CohortbookError


def folder(path, text):
    path.mkdir(parents=True)
    (path / "provenance.json").write_text(text)
    return path


def text(path):
    return (path / "provenance.json").read_text()


def names(path):
    return sorted(p.name for p in path.iterdir())


@pytest.fixture(params=["in one step", "in two steps"])
def way(request, monkeypatch):
    if request.param == "in two steps":
        monkeypatch.setattr(module, "_swap", lambda a, b: False)


@pytest.mark.usefixtures("way")
def test_a_new_folder_takes_the_place_of_the_old_one_and_leaves_nothing(tmp_path):
    final = folder(tmp_path / "out", "old")
    made = new_folder(final)
    (made / "provenance.json").write_text("new")
    publish(made, final)
    assert text(final) == "new"
    assert names(tmp_path) == ["out"]


def test_the_first_folder_is_published(tmp_path):
    made = new_folder(tmp_path / "deep" / "out")
    publish(made, tmp_path / "deep" / "out")
    assert names(tmp_path / "deep") == ["out"]


def test_if_the_second_step_fails_the_old_folder_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_swap", lambda a, b: False)
    final = folder(tmp_path / "out", "old")
    with pytest.raises(OSError):
        publish(tmp_path / ".out.new-gone", final)
    assert text(final) == "old"


def test_what_a_kill_between_the_two_steps_left_is_recovered(tmp_path):
    folder(tmp_path / ".out.old-1", "old")
    folder(tmp_path / ".out.new-2", "half")
    recover(tmp_path / "out")
    assert names(tmp_path) == ["out"]
    assert text(tmp_path / "out") == "old"


def test_what_a_kill_after_the_two_steps_left_is_removed(tmp_path):
    folder(tmp_path / "out", "new")
    folder(tmp_path / ".out.old-1", "old")
    recover(tmp_path / "out")
    assert names(tmp_path) == ["out"]
    assert text(tmp_path / "out") == "new"


def test_a_build_killed_at_any_moment_leaves_a_whole_output(tmp_path):
    """Another process publishes for ever and is killed; what stands is one of its outputs."""
    final = tmp_path / "out"
    code = (
        "import sys; from pathlib import Path; from cohortbook.build.files.publish import *\n"
        "final, n = Path(sys.argv[1]), 0\n"
        "while True:\n"
        "    recover(final); made = new_folder(final); n += 1\n"
        "    for i in range(20): (made / f'{i}').write_text(str(n))\n"
        "    (made / 'provenance.json').write_text(str(n)); publish(made, final)\n"
    )
    for pause in (0.05, 0.11, 0.17):
        child = subprocess.Popen([sys.executable, "-c", code, str(final)])
        while not final.exists():
            time.sleep(0.01)
        time.sleep(pause)
        child.kill()
        child.wait()
        recover(final)
        assert names(tmp_path) == ["out"]
        assert {p.read_text() for p in final.iterdir()} == {text(final)}
        assert len(names(final)) == 21


def test_files_that_are_no_report_are_never_replaced(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.docx").write_text("mine")
    with pytest.raises(CohortbookError, match="not a report"):
        claim(tmp_path / "thesis", tmp_path)


def test_two_study_folders_of_one_name_do_not_share_an_output(tmp_path):
    one, two = tmp_path / "one" / "tiny", tmp_path / "two" / "tiny"
    for study in (one, two):
        study.mkdir(parents=True)
        (study / "study.yml").write_text("")
    final = folder(tmp_path / "_output" / "tiny", "x")
    remember(final, one)
    claim(final, one)
    with pytest.raises(CohortbookError, match="--out"):
        claim(final, two)
    (one / "study.yml").unlink()  # the first study was moved away: its name is free
    claim(final, two)


def test_a_text_file_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "a.yml"
    for content in ("one", "two"):
        replace_text(path, content)
        assert path.read_text() == content
    assert names(tmp_path) == ["a.yml"]


def test_a_second_build_waits_and_then_gives_up_with_a_message(tmp_path):
    told = []
    with (
        only_one(tmp_path / "x.lock"),
        pytest.raises(CohortbookError, match="still running"),
        only_one(tmp_path / "x.lock", wait=0.3, tell=told.append),
    ):
        pass
    assert told == ["Another build of this study is running; waiting for it."]
    with only_one(tmp_path / "x.lock", wait=0):
        pass


@pytest.mark.skipif(os.name != "posix", reason="uses POSIX signals")
def test_the_lock_of_a_killed_build_is_free(tmp_path):
    code = (
        "import sys, time; from pathlib import Path\n"
        "from cohortbook.build.files.locks import only_one\n"
        "with only_one(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)\n"
    )
    path = tmp_path / "x.lock"
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        child.wait()
        with only_one(path, wait=0):
            pass


def test_a_shared_file_is_one_file_or_else_a_copy(tmp_path, monkeypatch):
    source = tmp_path / "one"
    source.write_bytes(b"1")
    module.share(source, tmp_path / "two")
    assert source.samefile(tmp_path / "two")
    monkeypatch.setattr(module.os, "link", lambda *_: (_ for _ in ()).throw(OSError()))
    module.share(source, tmp_path / "three")
    assert (tmp_path / "three").read_bytes() == b"1"
    assert not source.samefile(tmp_path / "three")


def test_a_text_that_cannot_be_written_leaves_the_old_one_and_nothing_beside_it(tmp_path):
    path = tmp_path / "note.json"
    replace_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        replace_text(path, "\ud800")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("note.json", "old")]
