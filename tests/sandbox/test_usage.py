"""How long a sandbox has been unused: the time that a request takes does not count."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator.engine import clock
from emulator.engine.clock import machine_pause, machine_seconds
from emulator.faults import effects
from emulator.sandbox import sandbox as sandbox_module
from emulator.sandbox import usage
from emulator.sandbox.turning import transacted
from tests.conftest import Emulator, Sandbox
from tests.receiver import Receiver, receiving

MAIL = {
    "from": {"email": "hello@example.com"},
    "to": {"email": "ann@example.com"},
    "subject": "S",
    "text": "T",
}


HOUR, MINUTE = 3600, 60


def set_clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    for module in (usage, clock):
        monkeypatch.setattr(module, "machine_seconds", lambda: seconds)


def send(kept: Sandbox, text: str = "T") -> None:
    answer = kept.http.post("/v1/mails/send", json=MAIL | {"text": text}, headers=kept.autosend)
    assert answer.status_code == 200


def advanced(kept: Sandbox, receiver: Receiver) -> None:
    kept.control("POST", "/webhooks/targets", json={"provider": "autosend", "url": receiver.url})
    send(kept)
    kept.advance("1m")


def replayed(kept: Sandbox, receiver: Receiver) -> None:
    react, receiver.react = receiver.react, bool
    advanced(kept, receiver)
    receiver.react = react
    kept.control("POST", "/webhooks/replay", json={})


def replayed_alone(kept: Sandbox, receiver: Receiver) -> None:
    react, receiver.react = receiver.react, bool
    advanced(kept, receiver)
    receiver.react = react
    sent = kept.control("GET", "/webhooks/deliveries").json()["deliveries"]
    kept.control("POST", f"/webhooks/deliveries/{sent[0]['id']}/replay")


def delayed(kept: Sandbox, _: Receiver) -> None:
    kept.control("POST", "/faults", json={"provider": "autosend", "delay": "1s"})
    send(kept)


def slowed(kept: Sandbox, _: Receiver) -> None:
    kept.control("POST", "/faults", json={"provider": "autosend", "slow_body": "1s"})
    send(kept)


def worked_on(kept: Sandbox, _: Receiver) -> None:
    send(kept, text="T" * 70_000)


@pytest.mark.slow
@pytest.mark.parametrize("use", [advanced, replayed, replayed_alone, delayed, slowed, worked_on])
def test_a_sandbox_is_used_for_as_long_as_a_request_takes(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, use: Callable[[Sandbox, Receiver], None]
) -> None:
    kept = emulator.sandbox("kept", fixtures="empty", expires_after="1h")
    begun = machine_seconds()

    def others_expire() -> Iterator[None]:
        """Let hours pass on the machine, and wait until an unused sandbox is deleted."""
        set_clock(monkeypatch, begun + 2 * HOUR)
        while "idle" in emulator.world.sandboxes:
            yield

    async def pause(_: float) -> None:
        for _moment in others_expire():
            await machine_pause(0)

    def work(*given: Any) -> Any:
        list(others_expire())
        return transacted(*given)

    monkeypatch.setattr(effects, "machine_pause", pause)
    monkeypatch.setattr(sandbox_module, "transacted", work)
    emulator.sandbox("idle", expires_after="1h")  # looked at after the other one
    with receiving() as receiver:
        receiver.react = lambda _: list(others_expire())
        use(kept, receiver)
    emulator.sandbox("idle", expires_after="1m")
    set_clock(monkeypatch, begun + 2 * HOUR + 2 * MINUTE)
    while "idle" in names(emulator):
        pass
    assert names(emulator) == ["default", "kept"]


def names(emulator: Emulator) -> list[str]:
    return [one["name"] for one in emulator.http.get("/_emulator/sandboxes").json()["sandboxes"]]
