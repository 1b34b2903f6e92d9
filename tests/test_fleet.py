"""Four servers behind a real load balancer: each server owns its sandboxes, and clients find their own."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest

from emulator.client import Control, ControlError, SandboxClient, UnreachableError
from tests.fleet import HAPROXY, REPLICAS, Fleet, fleet
from tests.server import run_alone

pytestmark = [pytest.mark.slow, pytest.mark.skipif(HAPROXY is None, reason="needs HAProxy")]

EACH = 50
TOKEN = "sesame"


def start(folder: Path) -> AbstractContextManager[Fleet]:
    """Run a fleet whose servers require a token."""
    return fleet(folder, "--fixtures", "empty", "--clock", "frozen", EMULATOR_CONTROL_TOKEN=TOKEN)


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with start(tmp_path_factory.mktemp("fleet")) as running:
        yield running


def send(sandbox: SandboxClient, recipient: str) -> None:
    """Send a mail as a client of AutoSend does."""
    mail = {
        "from": {"email": "hello@example.com"},
        "to": {"email": recipient},
        "subject": "Order 77",
        "text": "Shipped.",
    }
    headers = {"Authorization": f"Bearer {sandbox.credentials['autosend']}"}
    url = f"{sandbox.base_urls['autosend']}/mails/send"
    assert httpx2.post(url, json=mail, headers=headers, timeout=60).status_code == 200


def use(url: str, number: int) -> SandboxClient:
    """Create a sandbox through the balancer, send a mail in it, and check that it has only this mail."""
    sandbox = Control(url, TOKEN).create(f"team-{number}")
    recipient = f"reader-{number}@example.com"
    send(sandbox, recipient)
    sandbox.clock.advance("1m")
    assert [message["recipient"] for message in sandbox.messages.list(after=0)] == [recipient]
    sandbox.requests.verify(method="POST", path="/v1/mails/send", exactly=1)
    return sandbox


def test_sandboxes_are_made_at_all_replicas_and_share_nothing(four: Fleet) -> None:
    with ThreadPoolExecutor(16) as threads:
        made = list(threads.map(lambda number: use(four.url, number), range(REPLICAS * EACH)))
    names = {sandbox.name for sandbox in made}
    places = Counter(sandbox.url for sandbox in made)
    assert places.keys() == four.replicas.keys()
    assert min(places.values()) >= EACH // 2  # a server that answers the balancer's check slowly gets fewer
    for name in ("autosend", "rcs", "altcraft"):
        assert len({sandbox.credentials[name] for sandbox in made}) == len(made)
    for sandbox in made:
        assert [message["recipient"] for message in sandbox.messages.list(after=0)] == [
            f"reader-{sandbox.name.removeprefix('team-')}@example.com"
        ]
    for url in four.replicas:
        known = {sandbox["name"] for sandbox in Control(url, TOKEN).sandboxes()}
        assert known & names == {sandbox.name for sandbox in made if sandbox.url == url}


def test_a_replica_that_ends_takes_its_sandboxes_along_and_nothing_else(tmp_path: Path) -> None:
    with start(tmp_path) as mortal:
        control = Control(mortal.url, TOKEN)
        lost, *others = [control.create() for _ in range(REPLICAS)]
        others = [sandbox for sandbox in others if sandbox.url != lost.url]
        mortal.kill(lost.url)
        said = (
            f"No emulator answers at {lost.url} .* a replica of {mortal.url}. If it ended, so did its sandbox"
        )
        with pytest.raises(UnreachableError, match=said):
            lost.messages.list()
        for sandbox in others:
            send(sandbox, "ann@example.com")
            assert sandbox.messages.list()
        new = [control.create() for _ in range(REPLICAS)]
        assert lost.url not in {sandbox.url for sandbox in new}


def test_the_other_replicas_know_nothing_of_a_sandbox(four: Fleet) -> None:
    sandbox = Control(four.url, TOKEN).create("checkout")
    for url in four.replicas.keys() - {sandbox.url}:
        with pytest.raises(ControlError, match=f"no sandbox 'checkout' at {url}. In a fleet") as raised:
            Control(url, TOKEN).sandbox("checkout")
        assert raised.value.status == 404


def test_exec_gives_a_command_the_replica_of_its_sandbox(four: Fleet) -> None:
    show = ("--", sys.executable, "-m", "emulator", "sandbox", "show", "--json")
    for _ in range(2):
        said = run_alone("exec", "--url", four.url, "--sandbox", "mine", *show, EMULATOR_CONTROL_TOKEN=TOKEN)
        found = json.loads(said.stdout)
        assert (found["name"], found["url"] in four.replicas) == ("mine", True)
        assert found["environment"]["EMULATOR_URL"] == found["url"]


def test_the_pytest_plugin_goes_on_at_the_replica(four: Fleet, tmp_path: Path) -> None:
    source = """
import pytest

@pytest.mark.parametrize("number", range(8))
def test_it(emulator, number):
    assert emulator.messages.list() == []
    assert emulator.base_urls["rcs"] == emulator.url
    print("at", emulator.url)
"""
    (tmp_path / "test_it.py").write_text(source)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-n0",
        "-rP",
        "--rootdir",
        str(tmp_path),
    ]
    said = subprocess.run(
        [*command, tmp_path / "test_it.py", "--emulator-url", four.url],
        env={"PATH": "", "EMULATOR_CONTROL_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    places = [line.removeprefix("at ") for line in said.stdout.splitlines() if line.startswith("at ")]
    assert (len(places), set(places)) == (8, set(four.replicas))
