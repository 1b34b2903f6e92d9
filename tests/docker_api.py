"""A stand-in for a container engine: the part of Docker's API over TCP that Testcontainers uses.

In place of a container of any image, it runs a server of this code, with the settings of the Dockerfile and
those that the client adds. The server's port is published for port 4610.
"""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from tests.image import container

VERSION = {"ApiVersion": "1.44", "MinAPIVersion": "1.24", "Version": "25.0.0", "Os": "linux", "Arch": "amd64"}


class Container:
    """A container: once it is started, a server."""

    def __init__(self, number: int, wanted: dict[str, Any]) -> None:
        self.id = f"{number:064x}"
        self.wanted = wanted
        environment = dict(entry.split("=", 1) for entry in wanted.get("Env") or [])
        self._make = partial(container, environment, wanted.get("Cmd") or [])
        self.running = ExitStack()
        self.port = ""
        self.log = b""

    def start(self) -> None:
        server = self.running.enter_context(self._make())
        self.port = server.url.rpartition(":")[2]
        self.log = "".join(server.output).encode()

    @property
    def details(self) -> dict[str, Any]:
        published = [{"HostIp": "0.0.0.0", "HostPort": self.port}]  # noqa: S104 -- as Docker says it
        exposed = self.wanted.get("ExposedPorts") or {}
        return {
            "Id": self.id,
            "Name": f"/{self.id[-6:]}",
            "Image": self.wanted["Image"],
            "Config": {"Image": self.wanted["Image"], "Labels": self.wanted.get("Labels") or {}},
            "State": {"Status": "running" if self.port else "created", "Running": bool(self.port)},
            "HostConfig": {"NetworkMode": "bridge"},
            "NetworkSettings": {
                "Ports": {port: published if port.startswith("4610") else None for port in exposed},
                "Networks": {"bridge": {"IPAddress": "172.17.0.2", "NetworkID": "bridge"}},
            },
        }


class Engine(ThreadingHTTPServer):
    """The engine, on a free port of this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Api)
        self.containers: dict[str, Container] = {}
        self.made: list[dict[str, Any]] = []
        """The bodies of the requests to create containers, in order."""

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that let Testcontainers of any language use the engine."""
        return {
            "DOCKER_HOST": f"tcp://127.0.0.1:{self.server_address[1]}",
            "TESTCONTAINERS_RYUK_DISABLED": "true",
            "TESTCONTAINERS_CONNECTION_MODE": "docker_host",
            "TESTCONTAINERS_HOST_OVERRIDE": "127.0.0.1",
        }

    def create(self, wanted: dict[str, Any]) -> Container:
        self.made.append(wanted)
        made = Container(len(self.made), wanted)
        self.containers[made.id] = made
        return made


class Api(BaseHTTPRequestHandler):
    """The few requests that Testcontainers sends."""

    server: Engine

    def do_GET(self) -> None:
        path = self._path()
        if path == "/_ping":
            self._answer(200, b"OK", "text/plain")
        elif path in {"/version", "/info"}:
            self._json(200, VERSION | {"OperatingSystem": "stand-in", "ServerVersion": "25.0.0"})
        elif path.startswith("/images/"):
            self._json(200, {"Id": "sha256:0", "RepoTags": [], "Config": {"ExposedPorts": {}}})
        elif path.startswith("/networks") or path == "/containers/json":
            self._json(200, [])
        elif path.endswith("/logs"):
            log = self._container(path).log
            self._answer(200, b"\1\0\0\0" + len(log).to_bytes(4, "big") + log, "application/octet-stream")
        else:
            self._json(200, self._container(path).details)

    def do_POST(self) -> None:
        path = self._path()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == "/containers/create":
            self._json(201, {"Id": self.server.create(json.loads(body)).id, "Warnings": []})
            return
        meant = self._container(path)
        if path.endswith("/start"):
            meant.start()
        else:
            meant.running.close()
        self._answer(204)

    def do_DELETE(self) -> None:
        meant = self._container(self._path())
        meant.running.close()
        del self.server.containers[meant.id]
        self._answer(204)

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def _path(self) -> str:
        return re.sub(r"^/v1\.\d+", "", urlsplit(self.path).path)

    def _container(self, path: str) -> Container:
        return self.server.containers[path.split("/")[2]]

    def _json(self, status: int, content: object) -> None:
        self._answer(status, json.dumps(content).encode(), "application/json")

    def _answer(self, status: int, body: bytes = b"", kind: str = "") -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def engine() -> Iterator[Engine]:
    """Run the stand-in for the block, and end the containers that still run after it."""
    running = Engine()
    thread = Thread(target=running.serve_forever)
    thread.start()
    try:
        yield running
    finally:
        running.shutdown()
        thread.join()
        running.server_close()
        for left in running.containers.values():
            left.running.close()
