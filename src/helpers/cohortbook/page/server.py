"""The server of the page: this machine only, a random token in the address, no other origin.

Every request must name this server as its Host and bear the token; one that changes something must
come from the page itself. Nothing is kept by the browser, nothing is loaded from elsewhere, and a
report is shown in an origin of its own.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.template import Loader
from tornado.web import Application, HTTPError, RequestHandler

from ..build.where import project_root
from ..errors import CohortbookError
from ..study.unconfirmed import told
from . import view
from .runs import Runs
from .state import Setup

HERE = "127.0.0.1"
FILES = Path(__file__).parent
ASSETS = {"page.css": "text/css", "page.js": "text/javascript", "styles.css": "text/css"}
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# its scripts run, in an origin that is not that of the page
REPORT_POLICY = "sandbox allow-scripts allow-popups allow-downloads; frame-ancestors 'none'"
LARGEST = 1 << 20  # bytes of a request


class Page:
    """The page of one study, served until it is ended.

    Parameters
    ----------
    setup : Setup
        Opened.
    port : int
        0 takes any that is free.
    """

    def __init__(self, setup: Setup, port: int = 0) -> None:
        self.setup, self.runs = setup, Runs(setup.folder)
        self.token = secrets.token_urlsafe(24)
        self.ended = asyncio.Event()
        sockets = bind_sockets(port, HERE)
        self.port = sockets[0].getsockname()[1]
        self.templates = Loader(str(FILES))
        self._server = HTTPServer(self._application(), max_body_size=LARGEST)
        self._server.add_sockets(sockets)

    @property
    def base(self) -> str:
        """The path that everything lies under."""
        return f"/{self.token}/"

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{HERE}:{self.port}{self.base}"

    async def serve(self) -> None:
        """Serve until somebody ends the page."""
        try:
            await self.ended.wait()
            await asyncio.sleep(0.2)  # the last answer is on its way
        finally:
            self.runs.stop()
            self._server.stop()
            await self._server.close_all_connections()

    def _application(self) -> Application:
        given = {"page": self}
        under = rf"/{self.token}"
        return Application(
            [
                (rf"{under}/", Shown, given),
                (rf"{under}/run", Progress, given),
                (rf"{under}/(answer|endpoint|save|back|run|stop|end)", Changed, given),
                (rf"{under}/({'|'.join(ASSETS)})", Asset, given),
                (rf"{under}/(report|draft)/(.*)", Built, given),
                (r".*", Nothing, given),
            ],
            log_function=lambda _handler: None,
        )

    def html(self) -> bytes:
        """Give the page as it is now."""
        setup, draft = self.setup, self.setup.settled.draft

        def ask(place: tuple[str, ...], label: str = "") -> bytes:
            one = view.control(draft, place, label)
            return b"" if one is None else form(one)

        def form(one: view.Control) -> bytes:
            return self.templates.load("control.html").generate(control=one, base=self.base)

        not_copied = [g.text for g in draft.guesses if g.kind == "privacy"]
        return self.templates.load("setup.html").generate(
            base=self.base,
            title=draft.study["texts"]["title"],
            about=setup.name,
            read=setup.read,
            found=draft.found,
            arms=view.arms(setup),
            cards=view.endpoint_cards(setup),
            dropped=view.dropped(setup),
            more=view.new_endpoint(setup),
            rows=view.column_rows(setup),
            not_copied=not_copied,
            doubts=view.doubts(setup),
            unconfirmed=told(setup.settled.study.study),
            problems=view.problems(setup),
            said=setup.said,
            wrong=setup.wrong,
            folder=setup.folder,
            unsaved=setup.unsaved,
            is_saved=bool(setup.saved),
            is_new=setup.is_new,
            can_undo=bool(setup.before),
            ask=ask,
            form=form,
            **self.progress(),
        )

    def progress(self) -> dict[str, Any]:
        """Give what a command that runs says, and which reports there are."""
        names = {"report": "report", "draft": "draft"}
        built = [(kind, names[kind]) for kind in self.runs.built()] if self.setup.saved else []
        return {"run": self.runs, "running": self.runs.running, "built": built}

    def change(self, what: str, given: Callable[[str], list[str]]) -> None:
        """Do what a form of the page asks for."""
        setup = self.setup
        setup.said, setup.wrong = "", False
        if what == "answer":
            own = [text for text in given("own") if text]
            setup.answer(_place(given("place")), tuple(own or given("value")))
        elif what == "endpoint":
            setup.add_endpoint(*(given(key)[0] for key in ("ident", "time", "status")))
        elif what == "save":
            setup.save()
        elif what == "back":
            setup.take_back()
        elif what == "run":
            if setup.saved and not self.runs.start(given("kind")[0]):
                setup.said = "Another command runs still."
        elif what == "stop":
            self.runs.stop()


def _place(texts: list[str]) -> tuple[str, ...]:
    try:
        place = json.loads(texts[0])
    except (IndexError, ValueError):
        raise HTTPError(400) from None
    if not isinstance(place, list) or not all(isinstance(part, str) for part in place):
        raise HTTPError(400)
    return tuple(place)


class Handler(RequestHandler):
    """What every request must be, and what every answer says."""

    def initialize(self, page: Page) -> None:
        """Take the page that is served."""
        self.page = page

    def set_default_headers(self) -> None:
        """Keep nothing, load nothing from elsewhere, show it in no frame."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")

    def prepare(self) -> None:
        """Refuse what does not come from this machine's own page."""
        own = f"{HERE}:{self.page.port}"
        if self.request.headers.get_list("Host") != [own]:
            raise HTTPError(403)
        if self.request.method == "POST":
            origin = self.request.headers.get("Origin")
            site = self.request.headers.get("Sec-Fetch-Site", "same-origin")
            if origin != f"http://{own}" or site != "same-origin":
                raise HTTPError(403)

    def check_xsrf_cookie(self) -> None:
        """There is no cookie: the token in the address and the origin say who asks."""

    def write_error(self, status_code: int, **_given: Any) -> None:
        """Say no more than the number."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code}\n")


class Nothing(Handler):
    """Whatever does not bear the token."""

    def prepare(self) -> None:
        """Refuse it."""
        super().prepare()
        raise HTTPError(404)


class Shown(Handler):
    """The page."""

    async def get(self) -> None:
        """Show it."""
        self.finish(await _beside(self.page.html))


class Progress(Handler):
    """What a command says while it runs."""

    def get(self) -> None:
        """Show the lines."""
        template = self.page.templates.load("run.html")
        self.finish(template.generate(base=self.page.base, **self.page.progress()))

    async def post(self) -> None:
        """Begin a command."""
        await _done(self, "run")


class Changed(Handler):
    """What the forms of the page ask for."""

    async def post(self, what: str) -> None:
        """Do it, and show the page again."""
        await _done(self, what)


async def _done(handler: Handler, what: str) -> None:
    page = handler.page
    try:
        await _beside(partial(page.change, what, handler.get_body_arguments))
    except IndexError:
        raise HTTPError(400) from None
    if what == "end":
        text = "The page has ended. What was saved is in its folder."
        handler.finish(
            page.templates.load("wrong.html").generate(base=page.base, title="Ended", text=text)
        )
        page.ended.set()
        return
    handler.redirect(page.base, status=303)


class Asset(Handler):
    """Styles and the script: the report's own styles, and what the page adds."""

    def get(self, name: str) -> None:
        """Give one."""
        folder = project_root() / "report" if name == "styles.css" else FILES
        self.set_header("Content-Type", f"{ASSETS[name]}; charset=utf-8")
        self.finish((folder / name).read_bytes())


class Built(Handler):
    """The report that was built, and the files beside it."""

    def get(self, kind: str, name: str) -> None:
        """Give one file of the output folder."""
        folder = self.page.runs.built().get(kind)
        path = (folder / name).resolve() if folder else None
        if path is None or not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise HTTPError(404)
        self.set_header("Content-Security-Policy", REPORT_POLICY)
        self.set_header("Content-Type", KINDS.get(path.suffix, "application/octet-stream"))
        self.finish(path.read_bytes())


async def _beside(work: Callable[[], Any]) -> Any:
    """Do something long in a thread, so that progress is shown meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


async def served(setup: Setup, port: int, say: Callable[[str], None]) -> None:
    """Open a page and serve it until it is ended; `say` is told where it is.

    Raises
    ------
    CohortbookError
        If the port cannot be used.
    """
    try:
        page = Page(setup, port)
    except OSError as error:
        raise CohortbookError(
            f"The port cannot be used ({error.strerror}).", f"--port {port}", "Name another."
        ) from None
    say(page.url)
    await page.serve()
