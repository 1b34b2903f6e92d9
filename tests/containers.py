"""A stand-in for a container engine, as far as Testcontainers ask it: Docker's API over TCP.

Whatever the image, what runs in place of a container is this code, with the settings that the Dockerfile
gives it and those that the client adds. Port 4610 is published as the port at which it listens.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
ENDS_WITHIN = 30
VERSION = {"ApiVersion": "1.44", "MinAPIVersion": "1.24", "Version": "25.0.0", "Os": "linux", "Arch": "amd64"}


def instructions() -> list[str]:
    """Return the instructions of the Dockerfile, each in one line."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line]


def said(instruction: str) -> str:
    """Return what the image's last instruction of this name says."""
    return [line for line in instructions() if line.startswith(f"{instruction} ")][-1].partition(" ")[2]


def image_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in said("ENV").split())


def image_ports() -> list[str]:
    return said("EXPOSE").split()


def image_command(*arguments: str) -> list[str]:
    """Return the command that a container runs, with this Python's `emulator` for the image's."""
    program, *first = json.loads(said("ENTRYPOINT"))
    assert program == "emulator"
    return [sys.executable, "-m", "emulator", *first, *(arguments or json.loads(said("CMD")))]


class Container:
    """One `container`: a process once it is started."""

    def __init__(self, number: int, wanted: dict[str, Any]) -> None:
        self.id = f"{number:064x}"
        self.wanted = wanted
        self.process: subprocess.Popen[str] | None = None
        self.line = ""
        self.port = ""

    def start(self) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("EMULATOR_")}
        given = dict(entry.split("=", 1) for entry in self.wanted.get("Env") or [])
        self.process = subprocess.Popen(
            image_command(*(self.wanted.get("Cmd") or [])),
            env=clean | image_environment() | given | {"EMULATOR_PORT": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        found = re.search(r"emulator ready: http://\S+:(\d+)", self.line)
        assert found, self.line
        self.port = found[1]

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=ENDS_WITHIN)

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
        """What clients asked containers to be, in order."""

    @property
    def environment(self) -> dict[str, str]:
        """What lets Testcontainers of any language use it."""
        return {
            "DOCKER_HOST": f"tcp://127.0.0.1:{self.server_address[1]}",
            "TESTCONTAINERS_RYUK_DISABLED": "true",
            "TESTCONTAINERS_CONNECTION_MODE": "docker_host",
            "TESTCONTAINERS_HOST_OVERRIDE": "127.0.0.1",
        }

    def create(self, wanted: dict[str, Any]) -> Container:
        self.made.append(wanted)
        container = Container(len(self.made), wanted)
        self.containers[container.id] = container
        return container


class Api(BaseHTTPRequestHandler):
    """The few requests that Testcontainers make."""

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
            line = self._container(path).line.encode()
            self._answer(200, b"\1\0\0\0" + len(line).to_bytes(4, "big") + line, "application/octet-stream")
        else:
            self._json(200, self._container(path).details)

    def do_POST(self) -> None:
        path = self._path()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == "/containers/create":
            self._json(201, {"Id": self.server.create(json.loads(body)).id, "Warnings": []})
            return
        container = self._container(path)
        if path.endswith("/start"):
            container.start()
        else:
            container.stop()
        self._answer(204)

    def do_DELETE(self) -> None:
        container = self._container(self._path())
        container.stop()
        del self.server.containers[container.id]
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
    """Run the stand-in for the block. What is still running then, is ended."""
    running = Engine()
    thread = Thread(target=running.serve_forever)
    thread.start()
    try:
        yield running
    finally:
        running.shutdown()
        thread.join()
        running.server_close()
        for container in running.containers.values():
            container.stop()
