"""Every provider responds in its own dialect, on all of its paths and to any request."""

from typing import Any

import pytest
from httpx2 import Response

from emulator.app import make_providers
from emulator.gateway.catalogue import Operation
from emulator.gateway.json_bodies import MAX_NAMES, MAX_VALUES
from emulator.gateway.policy import MEBIBYTE
from emulator.settings import Settings
from tests.conftest import Emulator

PROVIDERS = {provider.name: provider for provider in make_providers(Settings())}
KEYS = {
    "altcraft": {"Authorization": "Bearer abcdefghijklmnqrstuvwxyz"},
    "rcs": {"Authorization": "Bearer live_emulator000000000000"},
    "autosend": {"Authorization": "Bearer AS_emulator000000000000"},
}
POSTS = {
    "altcraft": "/api/v1.1/campaigns/get",
    "rcs": "/api/campaigns/rcs/send",
    "autosend": "/v1/campaigns",
}
MALFORMED = {
    "altcraft": (400, "Incorrect request: body: Malformed JSON: number out of range"),
    "rcs": (400, "Syntax error"),
}
UNKNOWN = {"altcraft": "/api/v1.1/nothing", "rcs": "/api/nothing", "autosend": "/v1/nothing"}
JSON = {"Content-Type": "application/json"}

REAL = {404, 405, 413, 500, 501}
"""The codes that no operation of Altcraft has: for them, the HTTP status is the code."""

each_provider = pytest.mark.parametrize("provider", sorted(PROVIDERS))


def refusal(provider: str, answer: Response) -> tuple[int, str]:
    """Return the code and the text of a refusal, after checking that it is in the provider's dialect."""
    body: Any = answer.json()
    match provider:
        case "altcraft":
            assert answer.status_code == (body["error"] if body["error"] in REAL else 200)
            assert set(body) == {"data", "error", "error_text"}
            assert body["data"] is None
            return body["error"], body["error_text"]
        case "rcs":
            assert set(body) <= {"message", "errors"}
            return answer.status_code, body["message"]
        case _:
            assert body["success"] is False
            assert set(body["error"]) >= {"message", "code"}
            return answer.status_code, body["error"]["message"]


@each_provider
def test_an_unknown_path(emulator: Emulator, provider: str) -> None:
    answer = emulator.http.post(UNKNOWN[provider], json={}, headers=KEYS[provider])
    assert refusal(provider, answer)[0] == 404


@each_provider
def test_a_wrong_method(emulator: Emulator, provider: str) -> None:
    answer = emulator.http.request("PUT", POSTS[provider], json={}, headers=KEYS[provider])
    assert refusal(provider, answer)[0] == (404 if provider == "autosend" else 405)


@pytest.mark.parametrize(
    ("provider", "method", "path", "allowed"),
    [
        ("altcraft", "PUT", "/api/v1.1/campaigns/get", "POST"),
        ("altcraft", "GET", "/push_subscribe", "POST"),
        ("altcraft", "DELETE", "/subscription/push/status", "GET, HEAD"),
        ("rcs", "GET", "/api/campaigns/rcs/send", "POST"),
        ("rcs", "PATCH", "/api/contacts", "GET, HEAD, POST"),
        ("rcs", "POST", "/api/contacts/5", "DELETE, GET, HEAD, PUT"),
        ("autosend", "PUT", "/v1/campaigns", None),
        ("rcs", "POST", "/api/nothing", None),
    ],
)
def test_a_refused_method_comes_with_those_that_the_path_takes(
    emulator: Emulator, provider: str, method: str, path: str, allowed: str | None
) -> None:
    answer = emulator.http.request(method, path, json={}, headers=KEYS[provider])
    assert answer.status_code == (405 if allowed else 404)
    assert answer.headers.get("Allow") == allowed


@each_provider
def test_a_path_that_begins_with_two_slashes_is_an_unknown_one(emulator: Emulator, provider: str) -> None:
    url = f"{emulator.http.base_url}/{POSTS[provider]}"
    answer = emulator.http.post(url, json={}, headers=KEYS[provider])
    assert refusal(provider, answer)[0] == 404


@each_provider
@pytest.mark.parametrize("body", [b"{", b"[1,", b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xff\xfe", b"nonsense"])
def test_a_malformed_body(emulator: Emulator, provider: str, body: bytes) -> None:
    answer = emulator.http.post(POSTS[provider], content=body, headers=KEYS[provider] | JSON)
    assert refusal(provider, answer)[0] == 400


@each_provider
def test_a_body_nested_beyond_reason(emulator: Emulator, provider: str) -> None:
    body = b"[" * 100_000 + b"]" * 100_000
    answer = emulator.http.post(POSTS[provider], content=body, headers=KEYS[provider] | JSON)
    assert refusal(provider, answer)[0] == 400


@pytest.mark.parametrize("provider", ["altcraft", "rcs"])
@pytest.mark.parametrize("padding", [0, MEBIBYTE])
@pytest.mark.parametrize("number", [b"1e999", b'[1.5, "", {"b": -1e999}]'])
def test_a_number_that_no_double_holds_is_malformed(
    emulator: Emulator, provider: str, number: bytes, padding: int
) -> None:
    body = b'{"a": [0, [], {}, %b]}' % number + b" " * padding
    answer = emulator.http.post(POSTS[provider], content=body, headers=KEYS[provider] | JSON)
    assert refusal(provider, answer) == MALFORMED[provider]


@each_provider
@pytest.mark.parametrize(("number", "code"), [(MAX_VALUES - 1, 401), (MAX_VALUES, 400)])
def test_a_body_of_endless_values_is_not_decoded(
    emulator: Emulator, provider: str, number: int, code: int
) -> None:
    body = b'{"a":[' + b",".join([b"1"] * number) + b"]}"
    answer = emulator.http.post(POSTS[provider], content=body, headers=JSON)
    assert refusal(provider, answer)[0] == code


@pytest.mark.slow
@each_provider
@pytest.mark.parametrize(("colon", "parts"), [(":", 1), (" : ", 1), (":", 1000)])
@pytest.mark.parametrize(("number", "code"), [(MAX_NAMES - 1000, 401), (MAX_NAMES + 1000, 400)])
def test_a_body_of_endless_names_is_not_decoded(
    emulator: Emulator, provider: str, number: int, code: int, colon: str, parts: int
) -> None:
    size = number // parts
    objects = (
        ",".join(f'"n{name}"{colon}1' for name in range(part * size, (part + 1) * size))
        for part in range(parts)
    )
    body = f'{{"a":[{",".join(f"{{{one}}}" for one in objects)}]}}'.encode()
    answer = emulator.http.post(POSTS[provider], content=body, headers=JSON)
    assert refusal(provider, answer)[0] == code


@pytest.mark.slow
@each_provider
def test_names_that_come_again_are_as_many_as_values_are(emulator: Emulator, provider: str) -> None:
    one = "{" + ",".join(f'"name{name}":"10:{name}"' for name in range(50)) + "}"
    body = f'{{"a":[{",".join([one] * 10_000)}]}}'.encode()
    answer = emulator.http.post(POSTS[provider], content=body, headers=JSON)
    assert refusal(provider, answer)[0] == 401


@each_provider
@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true"])
def test_a_body_that_is_no_object(emulator: Emulator, provider: str, body: bytes) -> None:
    answer = emulator.http.post(POSTS[provider], content=body, headers=KEYS[provider] | JSON)
    assert refusal(provider, answer)[0] in {400, 422}


@each_provider
def test_a_wrong_content_type(emulator: Emulator, provider: str) -> None:
    headers = KEYS[provider] | {"Content-Type": "text/csv"}
    answer = emulator.http.post(POSTS[provider], content=b"a,b", headers=headers)
    assert refusal(provider, answer)[0] == (415 if provider == "rcs" else 400)


@each_provider
def test_a_body_over_the_limit(emulator: Emulator, provider: str) -> None:
    body = b" " * (10 * MEBIBYTE + 1)
    answer = emulator.http.post(POSTS[provider], content=body, headers=KEYS[provider] | JSON)
    assert refusal(provider, answer)[0] == 413


@each_provider
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nobody"}, {"Authorization": "nonsense"}])
def test_no_or_an_unknown_credential(emulator: Emulator, provider: str, headers: dict[str, str]) -> None:
    path = "/api/v1.1/campaigns/get" if provider == "altcraft" else POSTS[provider]
    answer = emulator.http.post(path, json={"id": 15}, headers=headers)
    assert refusal(provider, answer)[0] in {401, 403}


@each_provider
def test_the_credential_is_checked_before_the_fields(emulator: Emulator, provider: str) -> None:
    answer = emulator.http.post(POSTS[provider], json={"id": "x", "phones": 5})
    assert refusal(provider, answer)[0] == 401


@each_provider
def test_the_syntax_is_checked_before_the_credential(emulator: Emulator, provider: str) -> None:
    answer = emulator.http.post(POSTS[provider], content=b"{", headers=JSON)
    assert refusal(provider, answer)[0] == 400


UNBUILT = [
    pytest.param(provider.name, operation, id=f"{provider.name} {operation.key}")
    for provider in PROVIDERS.values()
    for operation in provider.catalogue.routable()
    if not provider.sections.serves(operation)
]


@pytest.mark.parametrize(("provider", "operation"), UNBUILT)
def test_an_operation_that_is_not_built_says_so(
    emulator: Emulator, provider: str, operation: Operation
) -> None:
    path = operation.route.replace("{", "").replace("}", "")
    answer = emulator.http.request(operation.method, path, headers=KEYS[provider])
    code, text = refusal(provider, answer)
    assert code == 501
    assert operation.title in text


@each_provider
def test_a_crash_of_our_own_is_answered_in_dialect(
    emulator: Emulator, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(PROVIDERS[provider].dialect), "repeated", crash)
    answer = emulator.http.post(POSTS[provider], json={"id": 15}, headers=KEYS[provider])
    assert refusal(provider, answer)[0] == 500
