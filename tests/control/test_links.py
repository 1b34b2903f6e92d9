"""Signed links: their targets are public, so only the emulator can make them."""

import hmac
from typing import Any

import pytest

from emulator.sandbox.links import make_link
from tests.conftest import BASE_URL, Emulator, Sandbox, in_process

PREFIX = "/_emulator/links"
MAIL = {
    "from": {"email": "hello@example.com"},
    "to": {"email": "ada@example.com"},
    "subject": "Hello",
    "html": "<p>x</p>",
    "unsubscribeGroupId": "7QK2M",
}


def signed(emulator: Emulator, provider: str, path: str, expires: int | None = None) -> str:
    """Return a link of the default sandbox, as the emulator makes it."""
    return emulator.on_the_loop(
        lambda: make_link(emulator.world.default.store.session, BASE_URL, provider, path, expires)
    )


def unsubscribing(box: Sandbox) -> str:
    """Send a mail, and return its link to unsubscribe."""
    assert box.http.post("/v1/mails/send", json=MAIL, headers=box.autosend).status_code == 200
    box.advance("5s")
    (mail,) = box.control("GET", "/messages", params={"recipient": "ada@example.com"}).json()["messages"]
    shown = box.control("GET", f"/messages/{mail['id']}").json()
    return str(shown["headers"]["List-Unsubscribe"]).strip("<>")


NUMBERS = ["99999999999999999999999", str(2**63), str(2**63 - 1), "-1", "0", "1.0", "٣", "²", "", " 1", "007"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", ["unsubscribe", "file", "attachment", "message", "nothing"])
@pytest.mark.parametrize("number", [*NUMBERS, "1/x", "é", "a\0b"])
def test_a_link_to_nothing_is_a_problem(emulator: Emulator, method: str, kind: str, number: str) -> None:
    answer = emulator.http.request(method, signed(emulator, "autosend", f"{kind}/{number}"))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("provider", ["altcraft", "rcs", "autosend", "nobody"])
def test_a_link_to_a_message_of_another_provider_leads_nowhere(emulator: Emulator, provider: str) -> None:
    rcs = {"Authorization": "Bearer live_emulator000000000000"}
    text = {"options": {"text": "Hello"}, "sender": "emulator", "phone": {"number": "380671000001"}}
    assert emulator.http.post("/api/messages/rcs/send", json=text, headers=rcs).status_code == 200
    message, *_ = emulator.http.get("/_emulator/messages?provider=rcs").json()["messages"]
    link = signed(emulator, provider, f"unsubscribe/{message['id']}")
    assert emulator.http.get(link).status_code == 404
    assert emulator.http.post(link).status_code == 404


@pytest.mark.parametrize("until", ["", "999999999999999"])
@pytest.mark.parametrize("key", ["", "1", "7", "one", "links of 7"])
@pytest.mark.parametrize("seed", [None, 7])
def test_the_seed_signs_nothing(emulator: Emulator, seed: int | None, key: str, until: str) -> None:
    link = unsubscribing(emulator.sandbox("one", clock="frozen", seed=seed))
    place = link.partition(PREFIX)[2].partition("?")[0]
    signature = hmac.digest(key.encode(), f"{place[1:]}?{until}".encode(), "sha256").hex()[:32]
    forged = f"{PREFIX}{place}?expires={until}&signature={signature}"
    assert emulator.http.post(forged).status_code == 404


@pytest.mark.parametrize("signature", ["", "0", "é", "٣" * 32, "\0", "f" * 65])
@pytest.mark.parametrize("expires", ["", "-1", "9" * 15, "9" * 40, "٣", "x"])
def test_a_link_is_refused_that_is_not_ours(emulator: Emulator, signature: str, expires: str) -> None:
    answer = emulator.http.get(
        f"{PREFIX}/default/autosend/unsubscribe/1", params={"signature": signature, "expires": expires}
    )
    assert answer.status_code == 404


def test_the_link_of_a_sandbox_opens_nothing_in_another(emulator: Emulator) -> None:
    one, other = emulator.sandbox("one", clock="frozen"), emulator.sandbox("other", clock="frozen")
    link = unsubscribing(one)
    assert one.http.get(link).status_code == 200
    unsubscribing(other)
    assert one.http.get(link.replace("/one/", "/other/")).status_code == 404


def test_a_sandbox_made_anew_under_a_name_has_other_links(emulator: Emulator) -> None:
    before = unsubscribing(emulator.sandbox("one", clock="frozen", seed=None))
    assert emulator.http.delete("/_emulator/sandboxes/one").status_code == 204
    assert unsubscribing(emulator.sandbox("one", clock="frozen", seed=None)) != before
    assert emulator.http.get(before).status_code == 404


def test_the_same_explicit_seed_gives_the_same_links(emulator: Emulator) -> None:
    before = unsubscribing(emulator.sandbox("one", clock="frozen", seed=7))
    assert emulator.http.delete("/_emulator/sandboxes/one").status_code == 204
    assert unsubscribing(emulator.sandbox("one", clock="frozen", seed=7)) == before
    assert emulator.http.delete("/_emulator/sandboxes/one").status_code == 204
    assert unsubscribing(emulator.sandbox("one", clock="frozen", seed=8)) != before


@pytest.mark.parametrize(("path", "wanted"), [("/reset", {}), ("/seed", {"fixtures": {}})])
def test_a_seed_that_is_given_later_decides_the_links(
    emulator: Emulator, path: str, wanted: dict[str, Any]
) -> None:
    before = unsubscribing(emulator.sandbox("one", clock="frozen", seed=7))
    assert emulator.http.delete("/_emulator/sandboxes/one").status_code == 204
    one = emulator.sandbox("one", clock="frozen", seed=None)
    assert one.control("POST", path, json=wanted | {"seed": 7}).status_code == 200
    assert unsubscribing(one) == before


def test_links_hold_over_a_reset(emulator: Emulator) -> None:
    box = emulator.sandbox("one", clock="frozen", seed=None)
    link = unsubscribing(box)
    assert box.control("POST", "/reset").status_code == 200
    assert unsubscribing(box) == link


@pytest.mark.slow
def test_a_snapshot_keeps_no_key_and_brings_none(emulator: Emulator) -> None:
    one, other = emulator.sandbox("one", clock="frozen"), emulator.sandbox("other", clock="frozen")
    link, own = unsubscribing(one), unsubscribing(other)
    one.control("POST", "/snapshots", json={"name": "with-a-mail"})
    assert other.control("POST", "/snapshots/with-a-mail/restore").status_code == 200
    assert one.http.get(own).status_code == 200
    assert one.http.get(link).status_code == 200
    assert one.http.get(link.replace("/one/", "/other/")).status_code == 404


def link_of_a_server(**settings: Any) -> str:
    """Start a server, and return a link of its default sandbox."""
    with in_process(**settings) as emulator:
        session = emulator.world.default.store.session
        return emulator.on_the_loop(lambda: make_link(session, BASE_URL, "autosend", "unsubscribe/1"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, False),
        ({"seed": 7}, {"seed": 7}, True),
        ({"seed": 7}, {"seed": 8}, False),
        ({"seed": 7, "control_token": "a"}, {"seed": 7, "control_token": "a"}, True),
        ({"seed": 7, "control_token": "a"}, {"seed": 7, "control_token": "b"}, False),
    ],
)
def test_two_servers_have_the_same_links_if_their_seed_and_token_are_given(
    one: dict[str, Any], other: dict[str, Any], *, same: bool
) -> None:
    assert (link_of_a_server(**one) == link_of_a_server(**other)) is same
