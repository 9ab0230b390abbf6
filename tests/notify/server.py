"""A local HTTP server on which the providers' stand-ins run."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

GONE_QUIET = -1
"""Answering with this status is taking the request and never answering, however long somebody waits."""


@dataclass(frozen=True)
class Request:
    """What arrived. Header names are in lower case; `target` is the path and query as they were sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def raw_query(self) -> str:
        return urlsplit(self.target).query

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))


Answer = tuple[int, bytes]
Provider = Callable[[Request], Answer]


@contextmanager
def serving(provider: Provider) -> Iterator[str]:
    """Serve a provider on this machine; its base URL."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, told = provider(Request(self.command, self.path, headers, body))
            if status == GONE_QUIET:
                ended.wait()
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(told)))
            if status in (301, 302, 307):
                self.send_header("Location", told.decode())
            self.end_headers()
            self.wfile.write(told)

        do_POST = do_PUT = do_GET = _answer  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
