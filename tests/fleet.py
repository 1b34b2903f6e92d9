"""A fleet: replicas on ports of loopback, and HAProxy in front of them as docs/scaling.md sets it up."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.server import STARTS_WITHIN, Server, free_port

HAPROXY = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SCALING = (Path(__file__).parent.parent / "docs" / "scaling.md").read_text()
REPLICAS = 4


@dataclass
class Fleet:
    url: str
    """The address of the balancer."""
    replicas: dict[str, Server]
    """The servers by their public URLs."""

    def kill(self, url: str) -> None:
        """End a replica at once, as if its machine broke down."""
        process = self.replicas[url].process
        process.kill()
        process.wait(STARTS_WITHIN)


def block(language: str) -> str:
    """Return the only code block in a language in docs/scaling.md."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", SCALING, re.MULTILINE | re.DOTALL)
    return str(found)


@contextmanager
def fleet(folder: Path, *options: str, **environment: str) -> Iterator[Fleet]:
    """Run replicas with these options behind a balancer whose files are in `folder`."""
    ports = [free_port() for _ in range(REPLICAS)]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    starting = [
        Server("--port", str(port), "--public-url", url, *options, **environment)
        for port, url in zip(ports, urls, strict=True)
    ]
    with ExitStack() as stack:
        replicas = {url: stack.enter_context(server) for url, server in zip(urls, starting, strict=True)}
        yield Fleet(stack.enter_context(balancer(folder, ports)), replicas)


@contextmanager
def balancer(folder: Path, ports: list[int]) -> Iterator[str]:
    """Run HAProxy in front of these ports, and yield its address. HAProxy inherits a listening socket."""
    assert HAPROXY
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        file = folder / "haproxy.cfg"
        file.write_text(configuration(listener.fileno(), ports))
        with subprocess.Popen([HAPROXY, "-db", "-f", file], pass_fds=[listener.fileno()]) as process:
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                process.terminate()


def configuration(listener: int, ports: list[int]) -> str:
    """Return the documented configuration, with addresses on loopback."""
    text = block("haproxy").replace("bind :4610", f"bind fd@{listener}")
    for number, port in enumerate(ports):
        text = text.replace(f"emulator-{number}.emulator:4610", f"127.0.0.1:{port}")
    return text
