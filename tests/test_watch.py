"""What is saved is built again, once it is at rest, and the browser is told."""

import http.client
import json
import shutil
from urllib.parse import urlsplit

import pytest
from tiny import project, sentence_project

from cohortbook.build.report import build
from cohortbook.build.request import Request
from cohortbook.build.watch import Server, Watch, snapshot

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "out"
    made.mkdir()
    (made / "report.html").write_text("<p>First</p>")
    return made


def rebuilds(folder, state):
    """Give a watch over `state`, whose builds write the state into the report."""

    def build():
        (folder / "report.html").write_text(f"<p>{state['saved']}</p>")
        return state.get("fails", "")

    return Watch(lambda: state["saved"], build)


def get(server, path, host=None):
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    connection.request("GET", path, headers={"Host": host or place.netloc})
    return connection.getresponse()


def test_only_what_changed_and_is_at_rest_is_built(folder):
    state = {"saved": 1}
    watch = rebuilds(folder, state)
    assert not watch.step()
    state["saved"] = 2
    assert not watch.step(), "it may still be written"
    state["saved"] = 3
    assert not watch.step()
    assert watch.step()
    assert not watch.step()
    assert "3" in (folder / "report.html").read_text()


def test_a_browser_hears_of_each_build_and_sees_the_new_report(folder):
    state = {"saved": 1}
    watch = rebuilds(folder, state)
    with Server(folder, watch) as server:
        events = get(server, "/events")
        assert events.readline() == b": here\n"
        events.readline()
        for saved, said in ((2, ""), (3, "01-cohort: cell [3] raised")):
            state |= {"saved": saved, "fails": said}
            watch.step()
            watch.step()
            told = json.loads(events.readline().removeprefix(b"data: "))
            assert told == {"said": said}
            events.readline()
            assert get(server, "/report.html").read().decode() == f"<p>{saved}</p>"


def test_the_report_is_served_as_it_was_published(folder):
    with Server(folder, Watch(lambda: 0, lambda: "")) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert get(server, "/report.html").read() == (folder / "report.html").read_bytes()
        assert b"EventSource" in get(server, "/").read()
        assert get(server, "/report.html").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/figures/"])
def test_nothing_outside_the_folder_is_served_and_no_list(folder, path):
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "figures").mkdir()
    with Server(folder, Watch(lambda: 0, lambda: "")) as server:
        assert get(server, path).status == 404


def test_another_site_cannot_read_the_report_through_its_own_name(folder):
    with Server(folder, Watch(lambda: 0, lambda: "")) as server:
        assert get(server, "/report.html", host="evil.example").status == 403


def test_every_file_that_a_build_reads_is_looked_at(tmp_path):
    root = project(tmp_path / "p")
    request = Request(root / "data" / "tiny", root)
    for name in (
        "notebooks/01-first.ipynb",
        "report/index.qmd",
        "data/tiny/patients.csv",
        "_quarto.yml",
    ):
        before = snapshot(request)
        with (root / name).open("a") as file:
            file.write(" ")
        assert snapshot(request) != before, name
    before = snapshot(request)
    (root / "notebooks" / ".01-first.swp").write_text("")
    assert snapshot(request) == before, "what an editor keeps beside a file"


def test_a_hidden_folder_above_the_study_hides_nothing_and_one_in_it_all(tmp_path):
    root = project(tmp_path / ".work" / "p")
    study = root / "data" / "tiny"
    before = snapshot(Request(study, root))
    assert str(study / "patients.csv") in before
    head = study / ".git" / "refs" / "remotes" / "origin" / "main"
    head.parent.mkdir(parents=True)
    head.write_text("what a fetch writes")
    assert snapshot(Request(study, root)) == before


def test_a_report_within_the_study_folder_does_not_ask_for_another(tmp_path):
    root = project(tmp_path / "p")
    request = Request(root / "data" / "tiny", root, root / "data" / "tiny" / "report")
    before = snapshot(request)
    request.final.mkdir()
    (request.final / "report.html").write_text("built")
    assert snapshot(request) == before


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH")
def test_the_page_in_a_browser_shows_what_was_saved(tmp_path):
    from playwright.sync_api import sync_playwright

    root = sentence_project(tmp_path / "p", "print(1)")
    request = Request(root / "data" / "tiny", root, renderer="pandoc", formats=("html",))
    watch = Watch(lambda: snapshot(request), lambda: build(request) and "")
    build(request)
    with Server(request.final, watch) as server, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(server.url)
        report = page.frame_locator("#report")
        report.get_by_text("One sentence.").wait_for()
        while not watch.browsers:
            page.wait_for_timeout(20)
        source = root / "report" / "index.qmd"
        source.write_text(source.read_text().replace("One sentence.", "Another sentence."))
        while not watch.step():
            pass
        report.get_by_text("Another sentence.").wait_for()
        browser.close()
