"""Replicas of a fleet: servers with the same settings except for their public URLs."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.assembled import assembled

pytestmark = pytest.mark.slow

FIRST, SECOND = "http://emulator-0.emulator:4610", "http://emulator-1.emulator:4610"
MAIL = {
    "from": {"email": "hello@example.com"},
    "to": {"email": "ann@example.com"},
    "subject": "Order 77",
    "text": "Shipped.",
}


def make(http: TestClient, **wanted: Any) -> Any:
    return http.post("/_emulator/sandboxes", json=wanted).json()


def credentials_of(**settings: object) -> set[str]:
    """Return all credentials of the second sandbox that is made."""
    with assembled(**settings) as http:
        make(http)
        access = make(http)["access"]
    return {credential for way in access.values() for credential in way["credentials"]}


def mail_id_of(**settings: object) -> str:
    """Return the id of the first mail in the first sandbox that is made."""
    with assembled(**settings) as http:
        key = make(http)["access"]["autosend"]["credentials"][0]
        sent = http.post("/v1/mails/send", json=MAIL, headers={"Authorization": f"Bearer {key}"})
    return str(sent.json()["data"]["emailId"])


@pytest.mark.parametrize("given", [{}, {"seed": 7}])
def test_they_give_out_no_credential_twice(given: dict[str, object]) -> None:
    first, second = credentials_of(public_url=FIRST, **given), credentials_of(public_url=SECOND, **given)
    assert first & second == set()


@pytest.mark.parametrize("given", [{}, {"seed": 7}])
def test_ids_of_their_sandboxes_do_not_meet(given: dict[str, object]) -> None:
    assert mail_id_of(public_url=FIRST, **given) != mail_id_of(public_url=SECOND, **given)


def test_one_that_is_started_again_gives_the_same_ids() -> None:
    assert mail_id_of(public_url=FIRST) == mail_id_of(public_url=FIRST)


def test_one_that_is_started_again_gives_the_same_credentials_to_who_asked_for_a_seed() -> None:
    assert credentials_of(public_url=FIRST, seed=7) == credentials_of(public_url=FIRST, seed=7)


def test_one_that_is_started_again_does_not_take_those_of_its_lost_sandboxes() -> None:
    assert credentials_of(public_url=FIRST) & credentials_of(public_url=FIRST) == set()


def test_a_reset_keeps_the_credentials() -> None:
    with assembled(public_url=FIRST) as http:
        made = make(http, name="checkout")
        assert http.post("/_emulator/reset?sandbox=checkout").json()["access"] == made["access"]


def test_what_belongs_to_one_is_unknown_to_the_others_in_the_providers_words() -> None:
    with assembled(public_url=FIRST) as first, assembled(public_url=SECOND) as second:
        shown = {name: way["credentials"][0] for name, way in make(first, name="ours")["access"].items()}
        make(second, name="ours")
        mails, rcs, altcraft = (f"Bearer {shown[name]}" for name in ("autosend", "rcs", "altcraft"))
        answers = [
            second.get("/v1/campaigns", headers={"Authorization": mails}),
            second.get("/api/campaigns", headers={"Authorization": rcs}),
            second.post("/api/v1.1/campaigns/get", json={"id": 40}, headers={"Authorization": altcraft}),
        ]
        unknown = [
            second.get("/v1/campaigns", headers={"Authorization": "Bearer AS_nobody0000000000000"}),
            second.get("/api/campaigns", headers={"Authorization": "Bearer live_nobody"}),
            second.post("/api/v1.1/campaigns/get", json={"id": 40}, headers={"Authorization": "Bearer x"}),
        ]
        assert [(one.status_code, one.json()) for one in answers] == [
            (one.status_code, one.json()) for one in unknown
        ]
        assert second.get("/_emulator/requests?sandbox=ours").json()["total"] == 0
