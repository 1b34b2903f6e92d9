"""A client's server, which receives webhooks."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """The received requests, and the responses to them: in order, the last one again and again."""

    url: str = ""
    requests: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=lambda: [(200, {}, b"OK")])

    refused: bytes = b"nothing at all"
    """Requests whose body contains these bytes get the status 500 in any case."""

    react: Callable[[Received], object] = bool
    """The function that is called with each request before the response."""

    def answer(self, *statuses: int) -> None:
        self.answers = [(status, {}, b"OK") for status in statuses]

    def next_answer(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if self.refused in body:
            return 500, {}, b"no"
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def types(self) -> list[str]:
        """The types of the received events of AutoSend, in order."""
        return [request.json["type"] for request in self.requests]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver on a free port for the block."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(self.path, headers, self.rfile.read(length))
            receiver.requests.append(received)
            receiver.react(received)
            status, extra, body = receiver.next_answer(received.body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **extra}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815 -- the base class's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
