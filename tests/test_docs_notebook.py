"""The tasks of docs/notebook.md run as they stand, one after another in one notebook."""

import re
import shlex
import shutil

from edited import own_shell
from tiny import ROOT

from cohortbook.build.notebooks.notebooks import asked, find_notebooks
from cohortbook.cli import _pairs
from cohortbook.study.study import study_keys

PAGE = (ROOT / "docs" / "notebook.md").read_text("utf-8")


def test_ten_tasks_of_three_to_eight_lines_run_and_show_something(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "data" / "wei2026", tmp_path / "data" / "wei2026")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert len(re.findall(r"^## \d+\. ", PAGE, re.MULTILINE)) == 10
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 9
    with own_shell() as shell:
        for block in blocks:
            code = [line for line in block.splitlines() if line and "import" not in line]
            assert 1 <= len(code) <= 8, block
            ran = shell.run_cell(block, store_history=False)
            assert ran.success, (block, ran.error_in_exec)
            assert ran.result is not None or "export" in block
        assert (tmp_path / "_output" / "mine" / "curves.svg").is_file()
        assert (tmp_path / "_output" / "mine" / "models.csv").is_file()
        book = shell.user_ns["book"]
        assert book.values["treatment_os"] == "The treatment went with longer survival."


def test_the_settings_of_the_command_are_taken():
    (console,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    words = shlex.split(console.replace("\\\n", " ").splitlines()[-1].removeprefix("$ "))
    given = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
    said = study_keys(ROOT / "data" / "wei2026")
    found = {
        notebook.name: parameters
        for notebook, parameters in asked(find_notebooks(ROOT / "notebooks"), _pairs(given), said)
    }
    assert found["03-survival"] == {"conf_level": 0.9}
    assert found["04-prognostic-factors-os"]["covariates"] == ["age", "ecog=1"]
