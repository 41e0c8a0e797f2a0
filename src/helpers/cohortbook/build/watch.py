"""Watching: files that are saved are built again, and a page in the browser shows the new report.

The page is a frame around the report as it was published, which itself holds nothing of this.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .files.folder import read_files
from .notebooks.reach import PACKAGE
from .project.quarto_files import SETTINGS, quarto_files
from .request import REPORT, Request
from .unchanged import files_opened

HERE = "127.0.0.1"
ALIVE = 15.0  # seconds after which a browser that says nothing is asked whether it is there
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Report, built as files are saved</title>
<style>html, body { margin: 0; height: 100%; } body { display: flex; flex-direction: column; }
iframe { border: 0; flex: 1; } pre { margin: 0; padding: 0.6rem 1rem; background: #8a2a00;
color: #fff; white-space: pre-wrap; max-height: 40vh; overflow: auto; } pre:empty { display: none; }
</style></head><body><pre id="said" role="status"></pre>
<iframe id="report" title="Report" src="report.html"></iframe>
<script>
const frame = document.getElementById("report"), said = document.getElementById("said");
new EventSource("events").onmessage = (event) => {
  said.textContent = JSON.parse(event.data).said;
  if (!said.textContent) frame.contentWindow.location.reload();
};
</script></body></html>
"""


def snapshot(request: Request) -> dict[str, tuple[int, int]]:
    """Give date and size of every file that a build reads, never of what it writes."""
    root, found = request.root, {}
    folders = [request.study, root / "notebooks", root / REPORT, PACKAGE]
    paths = [path for folder in folders for path in read_files(folder, request.final)]
    of_quarto = [root / name for name in (SETTINGS, *quarto_files(root))]
    for path in [*paths, *files_opened(request), *of_quarto]:
        try:
            about = path.stat()
        except OSError:  # an editor replaces a file while we look
            continue
        found[str(path)] = (about.st_mtime_ns, about.st_size)
    return found


class Watch:
    """Builds again when files have changed and are at rest, and tells the browsers.

    Parameters
    ----------
    look : function
        Gives the state of the files, anything that can be compared.
    build : function
        Builds; gives "" or why it failed.
    """

    def __init__(self, look: Callable[[], Any], build: Callable[[], str]) -> None:
        self.look, self.build = look, build
        self.built, self.seen = look(), None
        self.browsers: set[queue.SimpleQueue[str]] = set()

    def step(self) -> bool:
        """Look once; build if what changed is as it was at the last look. Say whether it built."""
        now = self.look()
        if now == self.built:
            self.seen = None
            return False
        # seen once more as it is: an editor may still be writing
        if now != self.seen:
            self.seen = now
            return False
        # before the build: what is saved while it runs is then a change again
        self.built, self.seen = now, None
        self.tell(self.build())
        return True

    def tell(self, said: str) -> None:
        """Tell every browser that a build is done ("") or why it failed."""
        for browser in list(self.browsers):
            browser.put(json.dumps({"said": said}))


class Server:
    """Serves an output folder to this machine only, with a page that reloads the report."""

    def __init__(self, folder: Path, watch: Watch, port: int = 0) -> None:
        self._server = ThreadingHTTPServer((HERE, port), _handler(folder, watch))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{HERE}:{self._server.server_port}/"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(folder: Path, watch: Watch) -> type[SimpleHTTPRequestHandler]:
    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(folder))

        def do_GET(self) -> None:
            names = {f"{name}:{self.server.server_port}" for name in (HERE, "localhost")}
            # Patients' results are served to this machine only; a name that leads here from
            # elsewhere would let another page read them.
            if self.headers.get("Host") not in names:  # a page elsewhere that pretends to be us
                self.send_error(HTTPStatus.FORBIDDEN)
            elif self.path == "/":
                self._send("text/html; charset=utf-8", PAGE.encode())
            elif self.path == "/events":
                self._events()
            else:
                super().do_GET()

        def list_directory(self, _path: str) -> None:
            self.send_error(HTTPStatus.NOT_FOUND)

        def end_headers(self) -> None:
            self.send_header("Cache-Control", "no-store")
            super().end_headers()

        def _send(self, kind: str, content: bytes) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _events(self) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            browser: queue.SimpleQueue[str] = queue.SimpleQueue()
            watch.browsers.add(browser)
            try:
                self.wfile.write(b": here\n\n")
                while True:
                    self.wfile.write(_event(browser))
                    self.wfile.flush()
            except OSError:  # the browser has gone
                pass
            finally:
                watch.browsers.discard(browser)

        def log_message(self, *_given: Any) -> None:
            """Say nothing on the terminal."""

    return Handler


def _event(browser: queue.SimpleQueue[str]) -> bytes:
    try:
        return f"data: {browser.get(timeout=ALIVE)}\n\n".encode()
    except queue.Empty:
        return b": still here\n\n"
