"""Repeated headers: the first one counts, and of headers that are lists, all entries."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.altcraft.conftest import TOKEN, VIEW_ONLY
from tests.autosend.conftest import PROJECT_KEY
from tests.autosend.test_emails import MAIL
from tests.conftest import Emulator
from tests.rcs.conftest import LIVE_KEY

Pairs = Sequence[tuple[str, str]]

ADD = b'{"db_id": 1, "data": {}}'


def post(emulator: Emulator, path: str, content: bytes, *headers: tuple[str, str]) -> Any:
    return emulator.http.post(path, content=content, headers=list(headers))


def added(emulator: Emulator, *headers: tuple[str, str], content: bytes = ADD) -> Any:
    """Add a profile with exactly these headers; return the response."""
    usual = () if any(name == "Content-Type" for name, _ in headers) else (AS_JSON,)
    who = () if any(name == "Authorization" for name, _ in headers) else (MINE,)
    return post(emulator, "/api/v1.1/profiles/add", content, *usual, *who, *headers)


AS_JSON, AS_XML = ("Content-Type", "application/json"), ("Content-Type", "application/xml")
MINE, OTHER = ("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {VIEW_ONLY}")


def was_repeated(response: Any) -> bool:
    return not {"duplicate-request", "x-duplicate-request"}.isdisjoint(response.headers)


@pytest.mark.parametrize("name", ["Request-ID", "X-Request-ID"])
def test_altcraft_tells_a_repetition_by_the_first_id(emulator: Emulator, name: str) -> None:
    assert not was_repeated(added(emulator, (name, "a"), (name, "b")))
    assert was_repeated(added(emulator, (name, "a"), (name, "c")))
    assert not was_repeated(added(emulator, (name, "b")))


@pytest.mark.parametrize(
    ("first", "again", "is_same"),
    [
        ((MINE, OTHER), (MINE, OTHER), True),
        ((MINE, OTHER), (MINE,), True),
        ((MINE, MINE), (MINE, OTHER), True),
        ((AS_JSON, AS_XML), (AS_JSON,), True),
        ((("Accept", "text/a"), ("Accept", "text/b")), (("Accept", "text/a,text/b"),), True),
        ((("Accept", "text/a"), ("Accept", "text/b")), (("Accept", "text/b"),), False),
        ((("Accept", "text/a"), ("Accept", "text/b")), (("Accept", "text/a"), ("Accept", "text/c")), False),
    ],
)
def test_altcraft_tells_a_repetition_by_the_headers_that_count(
    emulator: Emulator, first: Pairs, again: Pairs, *, is_same: bool
) -> None:
    assert not was_repeated(added(emulator, *first))
    assert was_repeated(added(emulator, *again)) is is_same


@pytest.mark.parametrize(
    ("headers", "status"),
    [((MINE, ("Authorization", "Bearer nobody")), 0), ((("Authorization", "Bearer nobody"), MINE), 403)],
)
def test_altcraft_takes_the_first_token(emulator: Emulator, headers: Pairs, status: int) -> None:
    assert added(emulator, *headers).json()["error"] == status


def test_altcraft_reads_a_body_by_the_first_content_type(emulator: Emulator) -> None:
    assert added(emulator, AS_JSON, AS_XML).json()["error"] == 0
    xml = b"<xml><db_id>1</db_id><data/></xml>"
    assert "<error>0</error>" in added(emulator, AS_XML, AS_JSON, content=xml).text


def test_altcraft_answers_in_the_one_form_of_all_that_are_accepted(emulator: Emulator) -> None:
    both = (("Accept", "text/plain"), ("Accept", "application/xml"))
    assert added(emulator, *both).text.startswith("<xml>")


Said = Callable[[str], tuple[str, str]]
AUTOSEND: dict[str, Said] = {
    "Authorization": lambda key: ("Authorization", f"Bearer {key}"),
    "X-API-Key": lambda key: ("X-API-Key", key),
}


@pytest.mark.parametrize("said", AUTOSEND.values(), ids=AUTOSEND)
def test_autosend_takes_the_first_key(emulator: Emulator, said: Said) -> None:
    right, wrong = said(PROJECT_KEY), said("AS_nobody")
    assert emulator.http.get("/v1/templates", headers=[right, wrong]).status_code == 200
    assert emulator.http.get("/v1/templates", headers=[wrong, right]).status_code == 401


def test_autosend_tells_a_repetition_by_the_first_key(emulator: Emulator) -> None:
    def sent(*keys: str) -> str:
        names = [AUTOSEND["Authorization"](PROJECT_KEY), *(("Idempotency-Key", key) for key in keys)]
        answer = emulator.http.post("/v1/mails/send", json=MAIL, headers=names)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["emailId"])

    first = sent("a", "b")
    assert (sent("a"), sent("a", "c"), sent("b") == first) == (first, first, False)


def test_rcs_takes_the_first_key(emulator: Emulator) -> None:
    right, wrong = ("Authorization", f"Bearer {LIVE_KEY}"), ("Authorization", "Bearer nobody")
    assert emulator.http.get("/api/accounts/balance", headers=[right, wrong]).status_code == 200
    assert emulator.http.get("/api/accounts/balance", headers=[wrong, right]).status_code == 401
