"""The targets of webhooks."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from emulator.settings import Settings, shipped_fixtures
from tests.conftest import Emulator, Sandbox, in_process
from tests.control.webhooks.hooks import deliveries, mail, send, target, without_targets
from tests.receiver import Receiver


def test_a_target_can_be_changed_switched_off_and_deleted(box: Sandbox, receiver: Receiver) -> None:
    made = target(box, receiver, provider="rcs")
    path = f"/webhooks/targets/{made['id']}"
    changed = box.control("PATCH", path, json={"events": ["click"]}).json()
    assert changed["events"] == ["click"]
    box.control("PATCH", path, json={"events": [], "is_active": False})
    send(box)
    box.advance("1m")
    assert not [one for one in receiver.requests if one.json["reference"]]
    assert box.control("DELETE", path).status_code == 204
    assert box.control("GET", "/webhooks/targets").json()["total"] == 0


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"provider": "pigeon", "url": "http://127.0.0.1/"}, "provider"),
        ({"provider": "rcs"}, "url"),
        ({"provider": "rcs", "url": "ftp://127.0.0.1/"}, "url"),
        ({"provider": "rcs", "url": "http://x..example/"}, "url"),
        ({"provider": "rcs", "url": "127.0.0.1"}, "url"),
        ({"provider": "rcs", "url": "http://user:secret@127.0.0.1/"}, "url"),
        ({"provider": "rcs", "url": "http://127.0.0.1:99999/"}, "url"),
        ({"provider": "rcs", "url": "http://[::1/"}, "url"),
        ({"provider": "rcs", "url": "http://8.8.8.8/"}, "url"),
        ({"provider": "rcs", "url": "http://[2001:db8::1]/"}, "url"),
        ({"provider": "rcs", "url": "http://169.254.169.254/"}, "url"),
        ({"provider": "rcs", "url": "http://127.0.0.1/", "events": ["email.sent"]}, "events.0"),
        ({"provider": "rcs", "url": "http://127.0.0.1/", "settings": {"batch": 5}}, "settings.batch"),
        ({"provider": "altcraft", "url": "http://127.0.0.1/", "settings": {"batch": 0}}, "settings"),
        ({"provider": "altcraft", "url": "http://127.0.0.1/", "settings": {"pattern": "("}}, "settings"),
        ({"provider": "rcs", "url": "http://127.0.0.1/", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_target_is_refused(box: Sandbox, wanted: Any, field: str) -> None:
    answer = box.control("POST", "/webhooks/targets", json=wanted)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert box.control("GET", "/webhooks/targets").json()["total"] == 0


def test_a_target_is_not_led_to_an_address_that_nothing_is_sent_to(box: Sandbox, receiver: Receiver) -> None:
    path = f"/webhooks/targets/{target(box, receiver, provider='rcs')['id']}"
    answer = box.control("PATCH", path, json={"url": "http://8.8.8.8/", "is_active": False})
    assert [error["field"] for error in answer.json()["errors"]] == ["url"]
    (unchanged,) = box.control("GET", "/webhooks/targets").json()["targets"]
    assert (unchanged["url"], unchanged["is_active"]) == (receiver.url, True)


PUBLIC, EVER, LISTENING = "name the host in EMULATOR_WEBHOOK_HOSTS", "never sent to", "say 127.0.0.1"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("host", "advice"),
    [
        ("8.8.4.4", PUBLIC),
        ("169.254.169.254", EVER),
        ("100.100.100.200", EVER),
        ("[fe80::1]", EVER),
        ("[64:ff9b::a9fe:a9fe]", EVER),
        ("0.0.0.0", LISTENING),  # noqa: S104 -- nothing is bound
        ("[::]", LISTENING),
    ],
)
def test_a_forbidden_address_is_refused_with_what_helps(host: str, advice: str) -> None:
    with in_process(webhook_hosts="169.254.169.254,0.0.0.0,8.8.8.8") as emulator:
        wanted = {"provider": "autosend", "url": f"http://{host}/"}
        answer = emulator.http.post("/_emulator/webhooks/targets", json=wanted)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "url")
        assert advice in answer.json()["errors"][0]["message"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "host"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("8.8.8.8:80", "8.8.8.8:8080"),
        ("2001:4860:4860::8888", "[2001:4860:4860:0:0:0:0:8888]"),
        ("[2001:4860:4860:0::8888]", "[2001:4860:4860::8888]"),
    ],
)
def test_an_address_that_is_allowed_by_name_can_be_a_target(entry: str, host: str) -> None:
    wanted = {"provider": "rcs", "url": f"http://{host}/hooks"}
    with in_process(webhook_hosts=entry) as emulator:
        assert emulator.http.post("/_emulator/webhooks/targets", json=wanted).status_code == 201


@pytest.mark.parametrize("entry", ["Hooks.Example.COM", "hooks.example.com.", "hooks.example.com:80"])
def test_a_host_that_is_allowed_by_name_is_known_however_it_is_spelled(entry: str) -> None:
    assert Settings.model_validate({"webhook_hosts": entry}).webhook_hosts == ("hooks.example.com",)


@pytest.mark.parametrize("entry", ["*", ".example.com", "http://hooks.example.com", "a/b"])
def test_what_names_no_host_that_webhooks_may_go_to_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="name each host"):
        Settings.model_validate({"webhook_hosts": entry})


def test_a_target_that_its_provider_has_disabled_gets_events_once_it_is_active(
    box: Sandbox, receiver: Receiver
) -> None:
    made = target(box, receiver, provider="autosend", settings={"disabled": True})
    assert made["is_active"] is False
    changed = box.control("PATCH", f"/webhooks/targets/{made['id']}", json={"is_active": True}).json()
    assert (changed["is_active"], changed["settings"]) == (True, {})
    mail(box)
    box.advance("125s")
    assert receiver.requests


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/webhooks/targets/9"),
        ("DELETE", "/webhooks/targets/9"),
        ("GET", "/webhooks/deliveries/9"),
        ("POST", "/webhooks/deliveries/9/replay"),
        ("DELETE", "/webhooks/disturbances/9"),
    ],
)
def test_what_is_not_there_is_a_problem(box: Sandbox, method: str, path: str) -> None:
    answer = box.control(method, path, json={} if method == "PATCH" else None)
    assert answer.status_code == 404


def test_targets_and_deliveries_belong_to_one_sandbox(
    emulator: Emulator, box: Sandbox, receiver: Receiver
) -> None:
    other = without_targets(emulator.sandbox("other", clock="frozen"))
    target(box, receiver, provider="rcs")
    send(other)
    other.advance("1m")
    assert not receiver.requests
    assert other.control("GET", "/webhooks/targets").json()["total"] == 0


def _with_callbacks(account: Any, url: str) -> None:
    account["callback_url"] = url


def _with_webhook(account: Any, url: str) -> None:
    account["projects"][0]["webhooks"] = [
        {"url": url, "events": ["email.delivered"], "created": "2026-03-01T10:15:00Z"}
    ]


@pytest.mark.parametrize(
    ("provider", "listens", "act"), [("rcs", _with_callbacks, send), ("autosend", _with_webhook, mail)]
)
def test_nobody_is_told_of_the_past_of_a_fixture(
    box: Sandbox, receiver: Receiver, provider: str, listens: Callable[[Any, str], None], act: Any
) -> None:
    account = yaml.safe_load((shipped_fixtures() / "demo" / provider / "account.yaml").read_text("utf-8"))
    listens(account, receiver.url)
    said = box.control("POST", "/seed", json={"fixtures": {provider: yaml.safe_dump(account)}})
    assert said.status_code == 200, said.text
    box.advance("1ms")
    assert (deliveries(box), receiver.requests) == ([], [])
    act(box)
    box.advance("5m")
    assert deliveries(box)
