"""AutoSend's own rate limit, when it is enforced: https://docs.autosend.com/api-reference/rate-limit."""

from collections.abc import Callable, Iterator

import pytest
from httpx2 import Response

from tests.autosend.conftest import PROJECT_KEY
from tests.conftest import Emulator, in_process

KEY = {"Authorization": f"Bearer {PROJECT_KEY}"}
JSON = KEY | {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def limiting() -> Iterator[Emulator]:
    with in_process(autosend_rate_limit=True, fixtures="empty") as emulator:
        yield emulator


@pytest.fixture
def limited(limiting: Emulator) -> Emulator:
    limiting.reset()
    return limiting


def malformed(limited: Emulator) -> Response:
    return limited.http.post("/v1/contacts", content=b"{", headers=JSON)


def not_json(limited: Emulator) -> Response:
    return limited.http.post("/v1/contacts", content=b"{}", headers=KEY | {"Content-Type": "text/plain"})


def packed_wrongly(limited: Emulator) -> Response:
    return limited.http.post("/v1/contacts", content=b"{}", headers=JSON | {"Content-Encoding": "gzip"})


def packed_strangely(limited: Emulator) -> Response:
    return limited.http.post("/v1/contacts", content=b"{}", headers=JSON | {"Content-Encoding": "zstd"})


def too_large(limited: Emulator) -> Response:
    return limited.http.post("/v1/contacts", content=b" " * (10 * 2**20 + 1), headers=JSON)


def lost(limited: Emulator) -> Response:
    return limited.http.get("/v1/nothing", headers=KEY)


def with_a_wrong_method(limited: Emulator) -> Response:
    return limited.http.delete("/v1/campaigns", headers=KEY)


def invalid(limited: Emulator) -> Response:
    return limited.http.post("/v1/contacts", json={}, headers=KEY)


REFUSED = [
    (malformed, 400),
    (not_json, 400),
    (packed_wrongly, 400),
    (packed_strangely, 415),
    (too_large, 413),
    (lost, 404),
    (with_a_wrong_method, 404),
    (invalid, 400),
]


@pytest.mark.parametrize(("ask", "status"), REFUSED, ids=[ask.__name__ for ask, _ in REFUSED])
def test_a_request_with_a_key_counts_whatever_it_is_refused_for(
    limited: Emulator, ask: Callable[[Emulator], Response], status: int
) -> None:
    answers = [ask(limited) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [status] * 2
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0"]
    assert limited.http.get("/v1/campaigns", headers=KEY).status_code == 429
    limited.advance("1s")
    assert limited.http.get("/v1/campaigns", headers=KEY).status_code == 200


def test_a_request_that_can_not_be_read_is_told_so_when_there_are_too_many(limited: Emulator) -> None:
    assert [malformed(limited).status_code for _ in range(4)] == [400] * 4


def test_a_request_without_a_key_that_is_known_counts_for_nobody(limited: Emulator) -> None:
    unknown = {"Authorization": "Bearer AS_nobody0000000000000", "Content-Type": "application/json"}
    for headers in (unknown, {"Content-Type": "application/json"}):
        answers = [limited.http.post("/v1/contacts", content=b"{", headers=headers) for _ in range(3)]
        assert {answer.headers["x-ratelimit-remaining"] for answer in answers} == {"2"}
    assert limited.http.get("/v1/campaigns", headers=KEY).headers["x-ratelimit-remaining"] == "1"
