"""The features of every operation of AutoSend: keys, general refusals, rate limit headers.

https://docs.autosend.com/api-reference/errors, …/rate-limits and …/introduction.
"""

import re
from typing import Any

import pytest
from httpx2 import Response

from emulator.app import make_providers
from emulator.gateway.examples import Example, load_examples
from emulator.settings import Settings
from tests.autosend.conftest import ACCOUNT_KEY, PROJECT_KEY
from tests.conftest import Emulator

pytestmark = pytest.mark.slow

EXAMPLES = list(load_examples("autosend").values())
PROVIDER = next(provider for provider in make_providers(Settings()) if provider.name == "autosend")
each_operation = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.key)
GENERAL: dict[str, tuple[int, dict[str, Any]]] = {
    "PlanUpgradeRequired": (
        402,
        {"message": "Please upgrade your plan to access these resources.", "code": "PLAN_UPGRADE_REQUIRED"},
    ),
    "NotFound": (404, {"message": "The requested resource was not found.", "code": "NOT_FOUND"}),
    "RateLimitExceeded": (
        429,
        {"message": "Rate limit exceeded", "code": "RATE_LIMIT_EXCEEDED", "retryAfter": 1},
    ),
    "InternalServerError": (
        500,
        {"message": "Something went wrong on our end", "code": "INTERNAL_SERVER_ERROR"},
    ),
}


def is_public(example: Example) -> bool:
    return example.key == "GET /v1/jwks.json"


def is_of_account(example: Example) -> bool:
    return example.url.startswith("/v1/account/")


def ask(emulator: Emulator, example: Example, **headers: str) -> Response:
    return emulator.http.request(
        example.method, example.url, params=example.query, json=example.body, headers=headers
    )


def usual(emulator: Emulator, example: Example) -> Response:
    return ask(emulator, example, Authorization=f"Bearer {example.credential or PROJECT_KEY}")


def test_every_operation_is_here() -> None:
    assert len(EXAMPLES) == len(PROVIDER.catalogue.routable())


@each_operation
def test_no_or_an_unknown_key_is_unauthorized(emulator: Emulator, example: Example) -> None:
    for headers in ({}, {"Authorization": "Bearer AS_nobody0000000000000"}, {"Authorization": PROJECT_KEY}):
        answer = ask(emulator, example, **headers)
        if is_public(example) and "AS_nobody" not in str(headers):
            assert answer.status_code == 200
        elif example.url.startswith("/v1/inbound/"):
            assert answer.status_code == 401
            assert answer.json() == {"success": False, "error": {"message": "Invalid or missing API key"}}
        else:
            assert answer.status_code == 401
            error = {"message": "Unauthorized", "code": "UNAUTHORIZED"}
            assert answer.json() == {"success": False, "error": error}


@each_operation
def test_an_account_key_needs_the_project(emulator: Emulator, example: Example) -> None:
    key = f"Bearer {ACCOUNT_KEY}"
    for headers in ({}, {"x-project-id": "000000000000000000000000"}, {"x-project-id": "nope"}):
        answer = ask(emulator, example, Authorization=key, **headers)
        if is_of_account(example):
            assert answer.status_code != 401
        elif not is_public(example):
            assert answer.status_code == 403
            assert answer.json()["error"]["code"] == "INSUFFICIENT_PERMISSIONS"


@each_operation
@pytest.mark.parametrize("name", GENERAL)
def test_a_general_refusal_looks_as_documented(emulator: Emulator, example: Example, name: str) -> None:
    rule = {"provider": "autosend", "operation": example.key, "error": name}
    assert emulator.http.post("/_emulator/faults", json=rule).status_code == 201
    status, error = GENERAL[name]
    answer = usual(emulator, example)
    assert (answer.status_code, answer.json()) == (status, {"success": False, "error": error})


@each_operation
def test_every_answer_tells_the_rate_limit(emulator: Emulator, example: Example) -> None:
    for answer in (usual(emulator, example), ask(emulator, example)):
        assert answer.headers["x-ratelimit-limit"] == "2"
        assert answer.headers["x-ratelimit-remaining"] in {"0", "1", "2"}
        assert answer.headers["x-ratelimit-reset"] == "1773585001"


@pytest.mark.parametrize(
    "example", [one for one in EXAMPLES if one.body is not None], ids=lambda example: example.key
)
def test_a_body_that_is_no_object_is_refused(emulator: Emulator, example: Example) -> None:
    key = f"Bearer {example.credential or PROJECT_KEY}"
    headers = {"Authorization": key, "Content-Type": "application/json"}
    for content in (b"{", b"[]", b"null", b'"text"', b"7"):
        answer = emulator.http.request(example.method, example.url, content=content, headers=headers)
        assert (answer.status_code, answer.json()["success"]) == (400, False), content


ID_IN_PATH = re.compile(r"{(id|\w+Id)}")
WRONG_VALUES = re.compile(r"\w+ /v1/(contacts/{id}|account/projects/|inbound/)|DELETE /v1/templates/")
"""Operations that answer 400 to a malformed id; the one on templates does so to any unknown id."""


@pytest.mark.parametrize(
    "example",
    [one for one in EXAMPLES if ID_IN_PATH.search(one.key)],
    ids=lambda example: example.key,
)
def test_an_id_that_can_be_none_is_a_wrong_value_where_that_is_documented_and_unknown_elsewhere(
    emulator: Emulator, example: Example
) -> None:
    path = re.sub(r"{\w+}", "0", ID_IN_PATH.sub("abc", example.key.split()[1]))
    key = {"Authorization": f"Bearer {example.credential or PROJECT_KEY}"}
    answer = emulator.http.request(example.method, path, json=example.body, headers=key)
    assert answer.status_code == (400 if WRONG_VALUES.match(example.key) else 404), answer.text
