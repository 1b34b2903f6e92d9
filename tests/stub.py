"""A stand-in for the control plane: it records requests, and returns the response that a test sets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Stub:
    """The received requests, and the response."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[tuple[str, Any]] = []
        """Method and path, and decoded body, of each request."""
        self.headers: list[dict[str, str]] = []
        self.answer: Any = None
        self.status = 200
        self.media_type = "application/json"

    @property
    def last(self) -> tuple[str, Any]:
        return self.asked[-1]


@contextmanager
def stub_server() -> Iterator[Stub]:
    """Run a stub on a free port for the block."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            if self.raw_requestline and self.parse_request():
                self._answer()
            self.close_connection = True

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            stub.asked.append((f"{self.command} {self.path}", json.loads(body) if body else None))
            stub.headers.append(dict(self.headers))
            content = stub.answer if isinstance(stub.answer, bytes) else json.dumps(stub.answer).encode()
            self.send_response(stub.status)
            self.send_header("Content-Type", stub.media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub = Stub(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
