"""The page that confirms a study: its answers are the terminal's, in a real browser, for this
machine only."""

import asyncio
import http.client
import json
import re
import shutil
import threading
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np
import pandas as pd
import pytest
import yaml

from cohortbook.cohort.cohort import read_study
from cohortbook.intake import Wishes, create_study
from cohortbook.page.server import Page
from cohortbook.page.state import Setup, SetupAgain
from cohortbook.page.view import column_rows
from cohortbook.study.parts import DEFAULT_READING
from cohortbook.study.yaml_in import read_yaml

ROOT = Path(__file__).parents[1]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
N = 60
PLACE = np.arange(N)
DEAD = (PLACE % 5 > 1).astype(int)
FRAME = pd.DataFrame(
    {
        "id": [f"K{i:03d}" for i in PLACE],
        "arm": np.where(PLACE % 2, "Drug", "Placebo"),
        "time": np.where(DEAD == 1, 40 + PLACE * 6, 200 + PLACE * 9),
        "status": DEAD,
        "age": 40 + PLACE % 37,
        "sex": np.where(PLACE % 3, "female", "male"),
        "dose_after_start": np.where(PLACE % 4, "full <b>dose</b>", "reduced"),
    }
)


class Served:
    """A page served in a thread."""

    def __init__(self, setup):
        self.setup, self.started = setup, threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)

    async def serve(self):
        self.page, self.loop = Page(self.setup), asyncio.get_running_loop()
        self.started.set()
        await self.page.serve()

    def __enter__(self):
        self.setup.open()
        self.thread.start()
        assert self.started.wait(20)
        return self

    def __exit__(self, *_error):
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.page.ended.set)
        self.thread.join(20)

    def ask(self, method="GET", path="", form=None, **headers):
        where = urlsplit(self.page.url)
        own = {"Origin": f"http://{where.netloc}"} if method == "POST" else {}
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
        body = urlencode(form, doseq=True) if form is not None else None
        sent = {"Content-Type": "application/x-www-form-urlencoded", **own, **headers}
        path = path if path.startswith("/") else where.path + path
        connection.request(method, path, body, {k: v for k, v in sent.items() if v is not None})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer, text


def setup_of(tmp_path, frame=FRAME, name="export.csv", wishes=None):
    path = tmp_path / name
    frame.to_csv(path, index=False)
    return Setup(tmp_path / "study", [path], wishes or Wishes(), DEFAULT_READING)


@pytest.fixture
def served(tmp_path):
    with Served(setup_of(tmp_path)) as page:
        yield page


def written(folder):
    return yaml.safe_load((folder / "study.yml").read_text("utf-8"))


# the answers


def test_the_page_writes_what_the_terminal_writes(tmp_path):
    setup = setup_of(tmp_path)
    setup.open()
    given = {
        ("endpoints", "time", "event"): ("0",),
        ("endpoints", "time", "unit"): ("weeks",),
        ("reference_arm",): ("Drug",),
        ("variables", "sex"): ("out",),
        ("data",): ("real",),
    }
    for place, values in given.items():
        setup.answer(place, values)
        assert not setup.wrong, setup.said
    setup.save()
    create_study(tmp_path / "terminal", setup.files, answers=given)
    for name in ("study.yml", "patients.csv"):
        assert (tmp_path / "study" / name).read_bytes() == (
            tmp_path / "terminal" / name
        ).read_bytes()


def test_an_answer_updates_what_depends_on_it(tmp_path):
    setup = setup_of(tmp_path)
    setup.open()
    before = setup.settled
    assert "endpoints.os.event" in before.draft.study["unconfirmed"]
    setup.answer(("endpoints", "time", "event"), ("0",))
    after = setup.settled.study.patients
    assert after["os_event"].tolist() == (1 - DEAD).tolist()
    assert "endpoints.os.event" not in setup.settled.draft.study["unconfirmed"]
    setup.answer(("variables", "age"), ("out",))
    study = setup.settled.draft.study
    assert "age" not in study["variables"]
    assert "age" not in json.dumps([study["baseline"], study.get("cox")])
    setup.take_back()
    assert "age" in setup.settled.draft.study["variables"]
    assert setup.settled.study.patients["os_event"].tolist() == (1 - DEAD).tolist()


def test_what_is_no_answer_is_told_and_changes_nothing(tmp_path):
    setup = setup_of(tmp_path)
    setup.open()
    before = setup.settled
    for place, values in {
        ("endpoints", "time", "event"): ("7",),
        ("endpoints", "time", "unit"): ("days", "weeks"),
        ("reference_arm",): (),
        ("nothing", "of", "this"): ("x",),
    }.items():
        setup.answer(place, values)
        assert setup.wrong and setup.settled is before, place


def test_three_arms_are_shown_with_the_two_commonest_and_not_taken_for_sure(tmp_path):
    three = FRAME.assign(arm=[["A", "B", "B", "C", "C"][i % 5] for i in PLACE])
    setup = setup_of(tmp_path, three)
    setup.open()
    draft = setup.settled.draft
    assert {arm["code"] for arm in draft.study["arms"]} == {"B", "C"}
    assert "arms" in draft.study["unconfirmed"]
    setup.answer(("arms",), ("A", "C"))
    draft = setup.settled.draft
    assert {arm["code"] for arm in draft.study["arms"]} == {"A", "C"}
    assert "arms" not in draft.study["unconfirmed"]


def test_a_study_that_somebody_else_changed_is_not_written_over(tmp_path):
    setup = setup_of(tmp_path)
    setup.open()
    setup.save()
    setup.answer(("texts", "title"), ("A better title",))
    setup.save()
    assert written(tmp_path / "study")["texts"]["title"] == "A better title"
    path = tmp_path / "study" / "study.yml"
    path.write_text(path.read_text("utf-8") + "# mine\n", "utf-8")
    setup.save()
    assert setup.wrong
    assert path.read_text("utf-8").endswith("# mine\n")


def test_nothing_is_left_beside_the_study(tmp_path):
    setup = setup_of(tmp_path)
    setup.open()
    setup.answer(("variables", "sex"), ("out",))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.csv"]
    setup.save()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.csv", "study"]


# a study that exists


def again(folder):
    setup = SetupAgain(folder, [folder / "study.yml"], Wishes(), DEFAULT_READING)
    setup.open()
    return setup


def test_of_a_study_that_exists_only_what_is_answered_changes(tmp_path):
    folder = tmp_path / "wei2026"
    shutil.copytree(ROOT / "data" / "wei2026", folder)
    before = (folder / "study.yml").read_text("utf-8")
    setup = again(folder)
    setup.answer(("endpoints", "os", "event"), ("0",))
    setup.answer(("endpoints", "pfs", "unit"), ("weeks",))
    setup.answer(("variables", "ecog"), ("out",))
    setup.answer(("arms", "ICI", "label"), ("Only: 'inhibitors' #1",))
    assert not setup.wrong, setup.said
    setup.save()
    after = (folder / "study.yml").read_text("utf-8")
    gone = [line for line in before.splitlines() if line not in after.splitlines()]
    assert len(gone) < 12
    assert [line for line in gone if line.lstrip().startswith("#")] == []
    old, new = read_yaml(before), read_yaml(after)
    assert new["endpoints"]["os"]["event_codes"] == ["0"]
    assert new["endpoints"]["pfs"].pop("unit") == "weeks"
    assert new["arms"][0]["label"] == "Only: 'inhibitors' #1"
    assert "ecog" not in json.dumps([new["variables"], new["baseline"], new["cox"]])
    for key in set(old) - {"endpoints", "variables", "baseline", "cox", "arms"}:
        assert new[key] == old[key], key
    events = read_study(folder).patients["os_event"]
    assert events.sum() == (read_study(ROOT / "data" / "wei2026").patients["os_event"] == 0).sum()


def test_a_later_page_confirms_what_new_could_only_guess(tmp_path):
    FRAME.to_csv(tmp_path / "export.csv", index=False)
    folder = create_study(tmp_path / "study", [tmp_path / "export.csv"]).folder
    assert "UNSURE: 'status' is read as" in (folder / "study.yml").read_text("utf-8")
    setup = again(folder)
    labels = {guess.place for guess in setup.settled.draft.guesses if not guess.sure}
    assert ("endpoints", "os", "event") in labels
    for what, value in (("event", "1"), ("unit", "days"), ("what", "pfs")):
        setup.answer(("endpoints", "os", what), (value,))
    setup.answer(("data",), ("real",))
    setup.save()
    study = written(folder)
    assert study["unconfirmed"] == []
    assert study["endpoints"]["os"]["short"] == "PFS"
    assert "UNSURE:" not in (folder / "study.yml").read_text("utf-8")
    assert again(folder).settled.draft.study["endpoints"]["os"]["short"] == "PFS"


def test_the_time_of_entry_is_no_variable(tmp_path):
    frame = FRAME.assign(entry=FRAME["time"] * 0.25)
    setup = setup_of(tmp_path, frame)
    setup.open()
    assert setup.settled.draft.study["entry"]["column"] == "entry"
    setup.save()
    for page in (setup, again(tmp_path / "study")):
        row = next(row for row in column_rows(page) if row.name == "entry")
        assert row.taken == "time of entry" and row.use is None and row.cox is None


def test_an_answer_that_breaks_a_study_is_not_taken(tmp_path):
    folder = tmp_path / "wei2026"
    shutil.copytree(ROOT / "data" / "wei2026", folder)
    setup = again(folder)
    before = setup.settled
    setup.answer(("endpoints", "os", "use"), ("no",))  # other keys name it
    assert setup.wrong and setup.settled is before
    setup.answer(("endpoints", "os", "status"), ("sex",))
    assert [p for p in setup.settled.study.problems if p.severity == "error"] or setup.wrong


TWO = FRAME.assign(
    site=np.where(PLACE % 3 == 1, "south", "north"),
    line=np.array(["first", "second", "third"])[PLACE % 3],
    pfs_days=(FRAME["time"] * 0.7).round(),
    pfs_event=np.where(PLACE % 4, 1, 0),
)


def study_of_one_endpoint(tmp_path):
    TWO.to_csv(tmp_path / "export.csv", index=False)
    wishes = Wishes(endpoints=("os:time:status:1",), unit="days")
    return create_study(tmp_path / "study", [tmp_path / "export.csv"], wishes).folder


def test_of_a_study_that_exists_the_arms_and_endpoints_become_those_that_new_would_write(tmp_path):
    setup = again(study_of_one_endpoint(tmp_path))
    setup.answer(("columns", "arm"), ("site",))
    setup.answer(("reference_arm",), ("south",))
    setup.add_endpoint("+1", "pfs_days", "pfs_event")
    assert not setup.wrong, setup.said
    setup.save()
    saved = written(setup.folder)
    wishes = Wishes(arm="site", reference="south")
    given = {("endpoints", "time", "unit"): ("days",), ("endpoints", "time", "event"): ("1",)}
    terminal = create_study(
        tmp_path / "terminal", [tmp_path / "export.csv"], wishes, answers=given
    ).folder
    new = written(terminal)
    for key in ("columns", "arms", "reference_arm"):
        assert yaml.safe_dump(saved[key]) == yaml.safe_dump(new[key]), key
    assert yaml.safe_dump(saved["endpoints"]["pfs"]) == yaml.safe_dump(new["endpoints"]["pfs"])
    assert list(saved["endpoints"]) == ["os", "pfs"]
    assert not {"site", "pfs_days", "pfs_event"} & set(saved["variables"])
    assert "endpoints.pfs.event" not in saved["unconfirmed"]  # its name says event
    # what was added is asked about like any other, and can be taken back
    setup.answer(("endpoints", "pfs", "event"), ("0",))
    assert setup.settled.draft.study["endpoints"]["pfs"]["event_codes"] == ["0"]
    before = read_study(setup.folder).patients["pfs_event"].sum()
    setup.save()
    assert read_study(setup.folder).patients["pfs_event"].sum() == N - before
    setup.answer(("endpoints", "pfs", "use"), ("no",))
    setup.save()
    assert list(written(setup.folder)["endpoints"]) == ["os"]


def test_of_three_arms_of_another_column_two_are_chosen(tmp_path):
    setup = again(study_of_one_endpoint(tmp_path))
    setup.answer(("columns", "arm"), ("line",))
    assert setup.settled.draft.study["other_arms"] == "exclude"
    setup.answer(("arms",), ("first", "third"))
    setup.answer(("reference_arm",), ("third",))
    setup.save()
    saved = written(setup.folder)
    assert {arm["code"] for arm in saved["arms"]} == {"first", "third"}
    assert (saved["reference_arm"], saved["other_arms"]) == ("third", "exclude")
    assert len(read_study(setup.folder).patients) == 40
    setup.answer(("columns", "arm"), ("arm",))
    assert "other_arms" not in setup.keys and setup.keys["reference_arm"] == "Placebo"


# who may ask


def test_without_the_token_there_is_nothing(served):
    assert served.ask(path="/")[0].status == 404
    assert served.ask(path="/page.js")[0].status == 404
    assert served.ask(path=f"/{'x' * 32}/")[0].status == 404
    assert served.ask()[0].status == 200
    assert len(served.page.token) >= 32


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": None},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ],
)
def test_another_origin_changes_nothing(served, headers):
    form = {"place": json.dumps(["variables", "sex"]), "value": "out"}
    answer, text = served.ask("POST", "answer", form, **headers)
    assert answer.status == 403
    assert text == "403\n"
    assert served.setup.answers == {}
    assert served.ask("POST", "answer", form)[0].status == 303
    assert served.setup.answers == {("variables", "sex"): ("out",)}


def test_a_name_that_points_here_is_not_served(served):
    assert served.ask(Host="evil.example")[0].status == 403
    assert served.ask(Host=f"localhost:{served.page.port}")[0].status == 403


def test_nothing_is_kept_loaded_from_elsewhere_or_allowed_to_others(served):
    answer, text = served.ask()
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    assert "http://" not in text.replace("http://127.0.0.1", "")
    assert "https://" not in text


@pytest.mark.parametrize(
    "form",
    [{}, {"place": "nonsense"}, {"place": "{}"}, {"place": "[1]", "value": "x"}],
)
def test_a_form_that_is_none_is_refused(served, form):
    assert served.ask("POST", "answer", form)[0].status == 400


def test_a_path_out_of_the_report_is_not_followed(served, tmp_path, monkeypatch):
    built = tmp_path / "out"
    built.mkdir()
    (built / "report.html").write_text("<p>report</p>")
    (tmp_path / "secret.txt").write_text("secret")
    (built / "link.txt").symlink_to(tmp_path / "secret.txt")
    monkeypatch.setattr(type(served.page.runs), "built", lambda _self: {"report": built})
    answer, text = served.ask(path="report/report.html")
    assert "<p>report</p>" in text
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert "allow-same-origin" not in answer.headers["Content-Security-Policy"]
    for path in ("report/../secret.txt", "report/%2e%2e/secret.txt", "report/link.txt"):
        assert served.ask(path=path)[0].status == 404


def test_what_the_file_holds_stays_text(tmp_path):
    hostile = '"><script>alert(1)</script>'
    frame = FRAME.rename(columns={"dose_after_start": hostile}).assign(
        arm=np.where(PLACE % 2, hostile, "Placebo")
    )
    with Served(setup_of(tmp_path, frame, "a<b>.csv")) as page:
        text = page.ask()[1]
        assert "<script>alert" not in text and "<b>" not in text
        assert "&lt;script&gt;alert(1)" in text
        assert "{{" not in text


# in a browser


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.skip("no Chromium on PATH")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_and_nothing_is_too_wide(served, browser, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    view = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    view.goto(served.page.url)
    view.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert [v["id"] for v in Axe().run(view).response["violations"]] == []
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    names = view.evaluate(
        "[...document.querySelectorAll('select, input:not([type=hidden]), button, a')]"
        ".filter(e => !(e.labels?.length || e.textContent.trim())).map(e => e.outerHTML)"
    )
    assert names == []
    view.close()


@pytest.mark.browser
def test_one_click_swaps_and_keys_alone_do_the_rest(served, browser):
    view = browser.new_page()
    asked = []
    view.on("request", lambda request: asked.append(request.url))
    view.goto(served.page.url)
    dead = int(DEAD.sum())
    view.get_by_text(f"{dead} deaths of {N}, median").wait_for()
    before = view.locator("svg.curves").inner_html()
    view.get_by_role("button", name="Swap event and censored of Overall survival").click()
    view.get_by_text(f"{N - dead} deaths of {N}, median").wait_for()
    assert view.locator("svg.curves").inner_html() != before
    # a variable is dropped with the keyboard, and the focus stays where it was
    use = view.get_by_label("Use of sex")
    use.focus()
    view.keyboard.press("End")
    view.get_by_text("Updated.").wait_for()
    view.get_by_label("Covariate, reference of sex").wait_for(state="detached")
    assert view.evaluate("document.activeElement.closest('form').id") == (
        view.get_by_label("Use of sex").evaluate("e => e.closest('form').id")
    )
    view.get_by_role("button", name="Save", exact=True).focus()
    view.keyboard.press("Enter")
    view.get_by_text("Saved in").wait_for()
    study = written(served.setup.folder)
    assert study["endpoints"]["os"]["event_codes"] == ["0"]
    assert "sex" not in study["variables"]
    assert all(url.startswith(served.page.url) for url in asked)
    view.close()


@pytest.mark.browser
def test_a_later_page_takes_another_arm_and_a_further_endpoint(tmp_path, browser):
    from axe_playwright_python.sync_playwright import Axe

    folder = study_of_one_endpoint(tmp_path)
    later = SetupAgain(folder, [folder / "study.yml"], Wishes(), DEFAULT_READING)
    with Served(later) as page:
        view = browser.new_page()
        view.goto(page.page.url)
        view.get_by_label("Column of the arm").select_option("site")
        view.get_by_text("40 patients").first.wait_for()
        view.get_by_text("Another endpoint").click()
        new = view.locator("form.endpoint-new")
        new.get_by_label("Time").select_option("pfs_days")
        new.get_by_label("Status").select_option("pfs_event")
        new.get_by_role("button", name="Add").click()
        view.get_by_role("heading", name="Progression-free survival").wait_for()
        view.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert [v["id"] for v in Axe().run(view).response["violations"]] == []
        view.get_by_role("button", name="Save", exact=True).click()
        view.get_by_text("Saved in").wait_for()
        view.close()
    assert written(folder)["columns"]["arm"] == "site"
    assert list(written(folder)["endpoints"]) == ["os", "pfs"]


@pytest.mark.browser
def test_the_page_runs_check_and_says_how_it_goes(served, browser):
    view = browser.new_page()
    view.goto(served.page.url)
    assert view.get_by_role("button", name="Check").is_disabled()
    view.get_by_role("button", name="Save", exact=True).click()
    view.get_by_text("Saved in").wait_for()
    view.get_by_role("button", name="Check").click()
    view.get_by_text("Check: done").wait_for(timeout=60_000)
    assert "patients.csv: UTF-8" in view.locator("pre.lines").text_content()
    view.close()


@pytest.mark.browser
def test_without_its_script_the_page_works_all_the_same(served, browser):
    context = browser.new_context(java_script_enabled=False)
    view = context.new_page()
    view.goto(served.page.url)
    view.get_by_label("Title of the report").fill("Two drugs <compared>")
    view.get_by_role("button", name="Set Title of the report").click()
    assert view.title() == "Two drugs <compared>: set up a study"
    view.get_by_label("weeks").check()
    view.get_by_role("button", name=re.compile("That is right ?: Unit of the time")).click()
    assert served.setup.answers["endpoints", "time", "unit"] == ("weeks",)
    context.close()


@pytest.mark.browser
def test_the_page_can_be_ended(tmp_path, browser):
    with Served(setup_of(tmp_path)) as page:
        view = browser.new_page()
        view.goto(page.page.url)
        view.get_by_role("button", name="End this page").click()
        page.thread.join(20)
        assert not page.thread.is_alive()
        view.close()
