"""Refusals of merging and splitting: nothing is changed, however far they have come."""

from typing import Any

import pytest

from emulator.altcraft.people.matching import MODES
from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft
from tests.altcraft.test_merging import ANN, BOB, EVE, NEW, change, everything, keep, person, split

NO_OBJECT = "Input should be a valid object"


def incorrect(name: str, reason: str) -> tuple[int, str]:
    return 400, f"Incorrect request: {name}: {reason}"


def exists(email: str) -> tuple[int, str]:
    return 409, f"Already exists: profile email={email}"


MANY = {"phone": "+79001234567"}


@pytest.mark.parametrize("path", ["merge", "split"])
@pytest.mark.parametrize(
    ("source", "destination", "more", "refusal"),
    [
        ({"email": "x@example.com"}, NEW, {}, (404, "Object not found: profile email=x@example.com")),
        ({"profile_id": "0"}, NEW, {}, (404, "Object not found: profile profile_id=0")),
        (ANN, {"profile_id": "0"}, {}, (404, "Object not found: profile profile_id=0")),
        (MANY, NEW, {}, (409, "More than one profile matches: phone=+79001234567")),
        (ANN, MANY, {}, (409, "More than one profile matches: phone=+79001234567")),
        (ANN | {"db_id": 9}, NEW, {}, (404, "Object not found: database 9")),
        (ANN, NEW | {"db_id": 9}, {}, (404, "Object not found: database 9")),
        (ANN, NEW | {"resource_id": 9}, {}, (404, "Object not found: resource 9")),
        (ANN, NEW, {"data": {"email": "subscriber1@example.com"}}, exists("subscriber1@example.com")),
        (ANN, NEW, {"data": {"unknown": 1}}, (440, 'with field "unknown": Incorrect field')),
        (ANN, NEW, {"data": {"_bdate": "x"}}, (440, 'with field "_bdate": Incorrect field')),
        (
            ANN,
            NEW,
            {"data": {"subscriptions": [{}]}},
            (440, 'field "subscriptions.resource_id" is not valid: resource not found'),
        ),
        (ANN, NEW, {"data": {"email": {"action": [1]}}}, (440, 'with field "email": Incorrect field')),
        (ANN, NEW, {"data": []}, incorrect("data", "Input should be a valid object")),
        (ANN, NEW, {"subscriptions": 1}, incorrect("subscriptions", "Input should be a valid boolean")),
        (
            ANN,
            NEW,
            {"subscription_filters": {"status": "gone"}},
            incorrect("subscription_filters.status.0", "is no status"),
        ),
        (
            ANN,
            NEW,
            {"subscription_filters": {"status": [[0]]}},
            incorrect("subscription_filters.status.0", "is no status"),
        ),
        (ANN, NEW, {"subscription_filters": 1}, incorrect("subscription_filters", NO_OBJECT)),
        (ANN, {"db_id": 3}, {}, incorrect("email", "Field required")),
        (
            ANN,
            {"db_id": 3, "matching": "email_sub", "email": "a@example.com"},
            {},
            incorrect("resource_id", "Field required"),
        ),
        (ANN | {"matching": "name"}, NEW, {}, incorrect("matching", f"must be one of {', '.join(MODES)}")),
    ],
)
def test_all_or_nothing_is_done(
    altcraft: Altcraft,
    path: str,
    source: Any,
    destination: Any,
    more: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    for one in (ANN, BOB):
        altcraft.emulator.query(
            "INSERT INTO altcraft_phone_number (database_id, phone, profile_id) VALUES (1, ?, ?)",
            MANY["phone"],
            person(altcraft, **one)["id"],
        )
    keep(altcraft)
    before = everything(altcraft)
    sides = {"source": [BOB, source], "destination": destination}
    if path == "split":
        sides = {"source": source, "destination": [{"db_id": 3, "email": "localhost"}, destination]}
    assert altcraft.refused(f"/profiles/{path}", **({"db_id": 1} | sides | more)) == refusal
    assert everything(altcraft) == before


def test_an_email_that_somebody_else_has_is_not_taken(altcraft: Altcraft) -> None:
    change(altcraft, {"db_id": 3, "email": "subscriber1@example.com"}, email="ann@example.com")
    before = everything(altcraft)
    destination = {"db_id": 3, "email": "localhost"}
    refusal = altcraft.refused("/profiles/merge", db_id=1, source=[ANN], destination=destination)
    assert refusal == exists("ann@example.com")
    assert everything(altcraft) == before


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"db_id": None}, "db_id: Field required"),
        ({"source": []}, "source: must have at least 1 item"),
        ({"source": None}, "source: Field required"),
        ({"source": ["ann@example.com"]}, f"source.0: {NO_OBJECT}"),
        ({"source": [{"email": ["a"]}]}, "source.0.email: Input should be a valid string"),
        ({"source": [{"email": "a"}]}, "email: is no e-mail address"),
        ({"destination": None}, "destination: Field required"),
        ({"destination": [NEW]}, f"destination: {NO_OBJECT}"),
    ],
)
def test_wrong_requests_are_refused(altcraft: Altcraft, body: dict[str, Any], refusal: str) -> None:
    whole = {"db_id": 1, "source": [ANN], "destination": NEW} | body
    assert altcraft.refused("/profiles/merge", **whole) == (400, f"Incorrect request: {refusal}")


def test_a_split_needs_a_database_somewhere(altcraft: Altcraft) -> None:
    nowhere: dict[str, Any] = {"source": {"email": "ann@example.com"}, "destination": [NEW]}
    assert altcraft.refused("/profiles/split", **nowhere) == incorrect("db_id", "Field required")
    assert len(split(altcraft, **nowhere, db_id=1)) == 1


@pytest.mark.parametrize(
    ("token", "refusal"),
    [(VIEW_ONLY, (403, "Access denied")), (SUBACCOUNT, (404, "Object not found: database 1"))],
)
def test_tokens_without_right_or_group_are_refused(
    altcraft: Altcraft, token: str, refusal: tuple[int, str]
) -> None:
    body = {"db_id": 1, "source": [ANN], "destination": EVE}
    assert altcraft.refused("/profiles/merge", token=token, **body) == refusal
    assert altcraft.refused("/profiles/split", token=token, source=ANN, destination=[EVE]) == refusal
