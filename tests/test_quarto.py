"""Quarto as its users have it: its own files beside `_quarto.yml`, its other formats, its warnings.

What needs Quarto itself is skipped where there is none; the rest is held with a stand-in that
writes down what it was asked and what lay before it.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from urllib.parse import unquote
from urllib.request import urlopen

import pypandoc
import pytest
from lxml import etree
from rendering import NO_QUARTO, ROOT, make_project

from cohortbook.build.project.links import put_beside
from cohortbook.build.project.parts import (
    note_absent,
    note_sections,
    refresh_sections,
    write_sections,
)
from cohortbook.build.project.quarto_files import (
    carry,
    link_watched,
    profiles,
    quarto_files,
    settings,
)
from cohortbook.build.project.sources import COPIES, MAIN, PARTS, read_text
from cohortbook.build.render.quarto import find_quarto, is_format, render_quarto
from cohortbook.build.render.render import render
from cohortbook.build.render.unread import told, unread
from cohortbook.errors import RenderError

DTD = "COHORTBOOK_JATS_DTD"  # JATS-archivearticle1.dtd of JATS 1.2, which its publisher gives away

STAND_IN = """#!/bin/sh
[ "$1" = --version ] && echo 1.99 && exit
out=_output/_quarto/report
mkdir -p $out
(echo "$*"; echo "profile=$QUARTO_PROFILE"; find . -type f | sort
cat report/index.qmd) > $out/report.$WRITES
echo 'WARN: the extension is old' >&2
echo '[WARNING] Could not fetch resource _generated/sections/x.qmd' >&2
echo 'WARN: PDF standard validation requested but verapdf is not installed.' >&2
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("quarto") / "project")


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Put a program called quarto on PATH that writes one document."""
    program = tmp_path / "bin" / "quarto"
    program.parent.mkdir()
    program.write_text(STAND_IN, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("QUARTO_PROFILE", raising=False)
    monkeypatch.setenv("WRITES", "html")


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".").replace("_dash_", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def both(tmp_path):
    """A project and a study, each with files of Quarto's."""
    root, study = tmp_path / "root", tmp_path / "study"
    write(
        root,
        _quarto_dot_yml="lang: en\ncss: look.css\nformat: {html: {toc: true}}\n"
        "project:\n  output-dir: _output/_quarto\n  resources:\n    - extra\n",
        look_dot_css="",
        extra__a_dot_txt="",
        _output___quarto__old_dot_html="",
        _brand_dot_yml="logo: logo.png\n",
        logo_dot_png="",
        _extensions__acs___extension_dot_yml="title: ACS\n",
        secret_dot_txt="",
    )
    (root / "_quarto-fast.yml").write_text("lang: de\n")
    write(
        study,
        _quarto_dot_yml="lang: fr\nformat: {html: {theme: [cosmo, mine.scss]}}\n",
        mine_dot_scss="",
        patients_dot_csv="id\n1\n",
        report___metadata_dot_yml="author: A. Author\n",
        _brand_dot_yml="color: {primary: red}\n",
    )
    return root, study


def test_what_quarto_would_find_is_carried_along(both, tmp_path):
    root, study = both
    assert quarto_files(root) == [
        "_brand.yml",
        "_extensions/acs/_extension.yml",
        "_quarto-fast.yml",
        "extra/a.txt",
        "logo.png",
        "look.css",
    ]
    project = tmp_path / "project"
    carry(root, study, project)
    found = {p.relative_to(project).as_posix() for p in project.rglob("*") if p.is_file()}
    assert found == {*quarto_files(root), "mine.scss", "report/_metadata.yml", "_quarto-study.yml"}
    assert "red" in (project / "_brand.yml").read_text()  # the study's comes last


def test_settings_of_profile_study_and_folder_come_before_the_projects(both, tmp_path, monkeypatch):
    root, study = both
    project = tmp_path / "project"
    carry(root, study, project)
    write(project, _quarto_dot_yml=(root / "_quarto.yml").read_text())
    monkeypatch.delenv("QUARTO_PROFILE", raising=False)
    assert profiles(project) == ["study"]
    given = settings(project)
    assert (given["lang"], given["author"]) == ("fr", "A. Author")
    assert given["format"]["html"] == {"toc": True, "theme": ["cosmo", "mine.scss"]}
    monkeypatch.setenv("QUARTO_PROFILE", "fast")
    assert profiles(project) == ["fast", "study"]
    assert settings(project)["lang"] == "de"


@pytest.mark.parametrize("language", ["fr", "zh-Hans"])
def test_no_report_is_half_in_another_language(project, tmp_path, language):
    copy = shutil.copytree(project, tmp_path / "copy")
    write(copy, report___metadata_dot_yml=f"lang: {language}\n")
    with pytest.raises(RenderError, match="is written in English"):
        render(copy, tmp_path / "out", "pandoc", ("docx",))


def test_a_study_cannot_put_itself_in_the_place_of_the_manuscript(both, tmp_path):
    root, study = both
    write(study, report__index_dot_qmd="x", _quarto_dot_yml="css: report/index.qmd\n")
    with pytest.raises(RenderError, match=r"names report/index\.qmd"):
        carry(root, study, tmp_path / "project")


@pytest.mark.parametrize("text", ["lang: [\n", "just words\n"])
def test_settings_of_a_study_that_are_none_are_named(both, tmp_path, text):
    root, study = both
    write(study, _quarto_dot_yml=text)
    with pytest.raises(RenderError, match=r"STUDY/_quarto\.yml|_quarto\.yml"):
        carry(root, study, tmp_path / "project")
        settings(tmp_path / "project")


def test_quarto_gets_all_of_it_and_its_warnings_are_told(stand_in, both, tmp_path):
    root, study = both
    project = tmp_path / "project"
    carry(root, study, project)
    write(project, _quarto_dot_yml=(root / "_quarto.yml").read_text())
    write(project, report__index_dot_qmd="Text.\n")
    made, said = render_quarto(project, tmp_path / "work", ("html",))
    words = made[0].read_text().splitlines()
    assert words[:2] == ["render report/index.qmd --to html", "profile=study"]
    assert {"./_brand.yml", "./extra/a.txt", "./_quarto-study.yml"} <= set(words)
    assert said == [
        "Quarto (html): WARN: the extension is old",
        "Quarto (html): [WARNING] Could not fetch resource report/sections/x.qmd",
    ]


def test_values_without_blanks_beside_them_stand_in_the_abstract_before_quarto_reads_it(
    stand_in, project, tmp_path
):
    copy = shutil.copytree(project, tmp_path / "copy")
    main = copy / "report" / "index.qmd"
    text = main.read_text()
    main.write_text(text.replace("Some text.", "{{< var study.empty >}}文{{< var cohort.p >}}文"))
    made, _ = render_quarto(copy, tmp_path / "work", ("html",))
    seen = made[0].read_text()
    assert "**Background.** 文*P* = 0.050文 {{< var study.hostile >}}" in seen.replace(
        "\u00a0", " "
    )
    assert main.read_text() != text and "0.050" not in main.read_text()


def test_what_stopped_quarto_is_told_and_not_its_trace(stand_in, project, tmp_path):
    trace = "\n".join(f"\t...filters/jog.lua:{line}: in upvalue 'recurse'" for line in range(40))
    said = (
        f"pandoc --to latex\nFATAL An error occurred:\nNo rsvg-convert.\nstack traceback:\n{trace}"
    )
    program = tmp_path / "bin" / "quarto"
    with program.open("a", encoding="utf-8") as file:
        file.write(f"cat >&2 <<'END'\n{said}\nEND\nexit 1\n")
    with pytest.raises(RenderError) as caught:
        render_quarto(project, tmp_path, ["html"])
    assert str(caught.value).endswith(":\nFATAL An error occurred:\nNo rsvg-convert.")


def test_other_formats_have_a_folder(stand_in, project, tmp_path, monkeypatch):
    monkeypatch.setenv("WRITES", "xml")
    result = render(project, tmp_path / "out", "quarto", ("jats",))
    assert result.paths == [tmp_path / "out" / "jats"]
    assert "--to jats" in (tmp_path / "out" / "jats" / "report.xml").read_text()


def test_the_built_in_renderer_names_what_it_does_not_read(both, tmp_path, monkeypatch):
    monkeypatch.delenv("QUARTO_PROFILE", raising=False)
    root, study = both
    project = tmp_path / "project"
    carry(root, study, project)
    write(project, _quarto_dot_yml=(root / "_quarto.yml").read_text())
    expected = ["css", "format.html.theme", "_brand.yml", "_extensions"]
    assert unread(project) == expected
    assert all(name in told(project)[0] for name in expected)


def test_of_the_projects_own_settings_all_is_read(project):
    assert told(project) == []


@pytest.mark.parametrize("name", ["jats", "gfm", "acs-pdf", "ieee-typst"])
def test_names_of_formats_that_quarto_may_know(name):
    assert is_format(name) and is_format(f"{name}+smart")
    assert not is_format(f"{name}x")


def test_gitignore_has_the_lines_that_quarto_would_add():
    lines = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/.quarto/", "**/*.quarto_ipynb"} <= set(lines)


def test_what_quarto_renders_at_the_root_links_to_files_that_it_publishes(tmp_path):
    final, generated = tmp_path / "out", tmp_path / "_generated"
    write(final, figures__Figure_1_dot_svg="", figures__Figure_1_dot_tiff="", report_dot_html="")
    write(final, notebooks__a_dot_html="", notebooks__a_dot_ipynb="")
    files = [["SVG", "figures/Figure_1.svg"], ["TIFF", "figures/Figure_1.tiff"]]
    write(generated, links_dot_json=json.dumps({"floats": {"fig-a": {"files": files}}}))
    put_beside(final, generated)
    found = json.loads((generated / "links.json").read_text())
    assert found["floats"]["fig-a"]["files"] == files[:1]
    assert sorted(p.name for p in (generated / "beside").rglob("*.*")) == ["Figure_1.svg", "a.html"]
    assert (tmp_path / "report" / found["base"] / files[0][1]).resolve().is_file()
    assert "_generated/beside" in settings(ROOT)["project"]["resources"]


@pytest.fixture
def built(tmp_path):
    """A project at its root after a build: a part for each endpoint, and one as it stands."""
    root = make_project(tmp_path / "root")
    write(root, report__sections__each_dot_qmd="An endpoint: {{< var cohort.p_* >}}.\n")
    shutil.copyfile(root / COPIES / "survival.qmd", root / PARTS / "survival.qmd")
    shutil.rmtree(root / COPIES)
    write_sections(root, {}, [], ["os", "pfs"])
    note_sections(root, {}, [], ["os", "pfs"])
    main = root / MAIN
    main.write_text(f"{main.read_text()}\n{{{{< include ../_generated/sections/each.qmd >}}}}\n")
    link_watched(root, [path for path in (root / "report").rglob("*.qmd") if path != main])
    return root


def refreshed(root):
    """Run what Quarto runs before it renders, as it does; give the program as it ended."""
    script = ["--from", "markdown", "--to", "plain", "--lua-filter", "report/filters/refresh.lua"]
    command = [pypandoc.get_pandoc_path(), *script]
    return subprocess.run(command, check=False, cwd=root, input="", capture_output=True, text=True)


def test_before_quarto_renders_parts_that_were_edited_are_written_again(built):
    write(built, report__sections__each_dot_qmd="Edited: {{< var cohort.p_* >}}.\n")
    unedited = built / COPIES / "survival.qmd"
    unedited.write_text("As the build left it.\n")
    assert refreshed(built).returncode == 0
    shown = (built / COPIES / "each.qmd").read_text()
    assert shown == "Edited: {{< var cohort.p_os >}}.\n\nEdited: {{< var cohort.p_pfs >}}.\n"
    assert unedited.read_text() == "As the build left it.\n"
    assert refresh_sections(built) == []


def test_a_part_that_cannot_be_read_is_named_before_quarto_renders(built):
    (built / PARTS / "each.qmd").write_bytes(b"One.\n\xff\n")
    ended = refreshed(built)
    assert ended.returncode == 1 and "report/sections/each.qmd:2" in ended.stderr


def test_what_a_study_adds_is_named_where_quarto_does_not_find_it(built):
    assert refreshed(built).stderr == ""
    note_absent(built / "_generated", ["STUDY/report/mine.qmd", "Chinese"])
    ended = refreshed(built)
    assert ended.returncode == 0
    assert "and `cohortbook report` does: STUDY/report/mine.qmd, Chinese" in ended.stderr
    assert refresh_sections(built) == []


def test_where_nothing_was_built_nothing_is_refreshed(tmp_path):
    root = make_project(tmp_path / "root")
    ended = refreshed(root)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_what_quarto_watches_is_no_part_of_the_project(built):
    watched = built / "_extensions" / "watched" / "report" / "sections" / "each.qmd"
    assert watched.resolve() == (built / PARTS / "each.qmd").resolve()
    assert not [name for name in quarto_files(built) if name.startswith("_extensions")]


def test_where_nothing_was_built_quarto_names_what_to_do():
    first = read_text(ROOT / "report" / "index.qmd", "").partition("{{< include ")[2]
    assert first.startswith("../_generated/build-a-report-first.qmd ")


# Quarto itself ---------------------------------------------------------------------------------


@NO_QUARTO
def test_jats_and_markdown_are_those_of_quarto(project, tmp_path):
    result = render(project, tmp_path, "quarto", ("jats", "gfm"))
    assert [path.name for path in result.paths] == ["jats", "gfm"]
    article = etree.parse(tmp_path / "jats" / "index.xml", etree.XMLParser(no_network=True))
    named = {found.get("rid") for found in article.iter("xref")}
    known = {found.get("id") for found in article.iter("*")}
    assert named <= known
    for picture in article.iter("graphic"):
        place = picture.get("{http://www.w3.org/1999/xlink}href")
        assert (tmp_path / "jats" / place).is_file()
    if os.environ.get(DTD):
        dtd = etree.DTD(os.environ[DTD])
        assert dtd.validate(article), dtd.error_log.filter_from_errors()
    text = (tmp_path / "gfm" / "index.md").read_text()
    assert re.findall(r"^#+ (\d[\d.]*) ", text, re.MULTILINE)[:2] == ["1", "1.1"]


def test_a_theme_of_another_name_is_named_where_it_is_not_read(project, tmp_path):
    copy = shutil.copytree(project, tmp_path / "copy")
    write(copy, _quarto_dash_study_dot_yml="format: {html: {theme: litera}}\n")
    assert unread(copy) == []
    write(copy, _quarto_dash_study_dot_yml="format: {html: {theme: cosmo}}\n")
    assert unread(copy) == ["format.html.theme"]


@NO_QUARTO
@pytest.mark.parametrize("theme", ["", "default"])
def test_page_contents_and_notes_are_quartos_and_floats_the_reports(project, tmp_path, theme):
    copy = shutil.copytree(project, tmp_path / "copy")
    if theme:
        write(copy, _quarto_dash_study_dot_yml=f"format: {{html: {{theme: {theme}}}}}\n")
    links = {"order": [], "floats": {}, "notebooks": [["01", "a.html"]], "files": []}
    write(copy, _generated__links_dot_json=json.dumps(links))
    result = render(copy, tmp_path, "quarto", ("html",))
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="quarto-content"' in html and 'id="quarto-sidebar-toc-left"' in html
    assert 'class="callout callout-style-' in html and 'class="page with-toc' not in html
    assert html.count('<figure id="fig-') == 2 and html.count('id="sec-abstract"') == 1
    # the styles of the theme and of the floats, in the page itself
    styles = unquote(html)
    assert "--bs-body-bg" in styles and "figure.float" in styles
    assert html.index('class="visually-hidden-focusable"') < html.index('<details class="files"')
    assert result.said == ()


@NO_QUARTO
def test_no_value_of_the_abstract_is_lost(project, tmp_path):
    copy = shutil.copytree(project, tmp_path / "copy")
    main = copy / "report" / "index.qmd"
    glued = "{{< var cohort.p >}}文{{< var cohort.p >}}{{< var cohort.p >}}文"
    main.write_text(main.read_text().replace("Some text.", glued))
    render(copy, tmp_path, "quarto", ("html",))
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    abstract = html.partition('id="sec-abstract"')[2].partition("Results.")[0]
    assert abstract.count("0.050") == 3 and "文<em>P</em>" in abstract


@NO_QUARTO
def test_the_template_of_a_journal_takes_the_place_of_ours(project, tmp_path):
    copy = shutil.copytree(project, tmp_path / "copy")
    write(
        copy,
        _extensions__mine___extension_dot_yml="title: M\nauthor: A\nversion: 1.0.0\ncontributes:\n"
        "  formats:\n    typst:\n      template-partials: [typst-template.typ, typst-show.typ]\n",
        _extensions__mine__typst_dash_template_dot_typ="#let mine(doc) = { set heading(numbering: "
        '"1.")\n doc }\n',
        _extensions__mine__typst_dash_show_dot_typ="#show: mine\n",
    )
    made = render(copy, tmp_path, "quarto", ("mine-typst",)).paths[0]
    pypdf = pytest.importorskip("pypdf")
    text = pypdf.PdfReader(made / "index.pdf").pages[0].extract_text()
    assert "Survival of 52 patients" not in text  # this template has no title
    assert "This is a note" in text


@contextmanager
def previewed(root, target):
    """Run Quarto's preview of a project; give a function that fetches the page."""
    log = root / "preview.log"
    command = [find_quarto(), "preview", *target, "--no-browser"]
    with log.open("w") as file:
        program = subprocess.Popen(
            command, cwd=root, stdout=file, stderr=file, stdin=subprocess.DEVNULL,
            start_new_session=True, env=os.environ | {"NO_COLOR": "1"},
        )  # fmt: skip
    try:
        started = within(200, lambda: re.search(r"Browse at \w+://[^/]+/", log.read_text()))
        assert started, log.read_text()
        port = started[0].rpartition(":")[2]
        yield lambda: urlopen(f"http://127.0.0.1:{port}report/report.html").read().decode()
    finally:
        os.killpg(program.pid, signal.SIGTERM)
        program.wait()


def within(seconds, found):
    """Ask twice a second; give the first answer that is one, or None."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := found():
            return answer
        time.sleep(0.5)
    return None


@NO_QUARTO
@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
@pytest.mark.parametrize("target", [["report/index.qmd"], []], ids=["document", "project"])
def test_the_preview_shows_an_edit_of_an_included_part(built, target):
    with previewed(built, target) as page:
        assert "An endpoint:" in page()
        write(built, report__sections__each_dot_qmd="Edited words: {{< var cohort.p_* >}}.\n")
        assert within(200, lambda: page().count("Edited words:") == 2)
