"""Encrypted request bodies: https://docs.autosend.com/others/encrypted-payloads."""

import json
from typing import Any

import pytest
from httpx2 import Response
from joserfc import jwe
from joserfc.jwk import OctKey, RSAKey
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings, shipped_fixtures
from tests.autosend.conftest import ACCOUNT_KEY, OTHER_PROJECT, AutoSend
from tests.conftest import BASE_URL, Emulator, Sandbox

REFUSED = {
    "success": False,
    "error": {"message": "Invalid encrypted payload", "code": "INVALID_ENCRYPTED_PAYLOAD", "status": 400},
}
JWE = {"X-Payload-Encryption": "jwe"}
GRACE = {"email": "grace@example.com", "firstName": "Grace"}
ACTIVE, EARLIER = "key_2026_06", "key_2025_12"
HEADER = {"alg": "RSA-OAEP-256", "enc": "A256GCM"}


class Large(jwe.JWERegistry):
    max_ciphertext_length = 10_000_000


def keys(autosend: AutoSend, **headers: str) -> list[dict[str, Any]]:
    answer = autosend.emulator.http.get("/v1/jwks.json", headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["keys"]
    return found


def test_who_needs_no_key_has_no_rate_limit() -> None:
    app = create_app(Settings(clock="frozen", autosend_rate_limit=True))
    with TestClient(app, base_url=BASE_URL) as http:
        answers = [http.get("/v1/jwks.json") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert {answer.headers["x-ratelimit-remaining"] for answer in answers} == {"2"}


def encrypted(autosend: AutoSend, content: Any, key: int = 0, **header: str | None) -> dict[str, str]:
    """Return a body encrypted as a client does it: with published key number `key`, named in the header."""
    return encrypted_with(keys(autosend)[key], content, **header)


def encrypted_with(jwk: dict[str, Any], content: Any, **header: str | None) -> dict[str, str]:
    merged = {**HEADER, "kid": jwk["kid"], **header}
    whole = {name: value for name, value in merged.items() if value is not None}
    plain = content if isinstance(content, bytes) else json.dumps(content).encode()
    registry = Large(algorithms=[value for name, value in whole.items() if name != "kid"])
    key = RSAKey.import_key(jwk | {"alg": whole["alg"]})
    return {"encryptedData": jwe.encrypt_compact(whole, plain, key, registry=registry)}


def post(autosend: AutoSend, body: Any, **headers: str) -> Response:
    return autosend.call("POST", "/contacts", body, headers=JWE | headers)


def seed(box: Sandbox, key: dict[str, Any]) -> Response:
    """Fill a sandbox with an account that has this encryption key."""
    text = (shipped_fixtures() / "demo" / "autosend" / "account.yaml").read_text()
    text += f"\nencryption_keys: [{json.dumps(key)}]\n"
    answer: Response = box.control("POST", "/seed", json={"fixtures": {"autosend": text}})
    return answer


def test_the_active_key_comes_first_and_no_private_part_leaves(autosend: AutoSend) -> None:
    found = keys(autosend)
    assert [key["kid"] for key in found] == [ACTIVE, EARLIER]
    for key in found:
        assert key.keys() == {"kty", "n", "e", "kid", "alg", "use"}
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RSA-OAEP-256", "enc")
        public = RSAKey.import_key(key)
        assert not public.is_private
        assert public.raw_value.key_size == 2048


def test_the_keys_are_public_and_a_key_that_is_shown_must_exist(autosend: AutoSend) -> None:
    assert keys(autosend) == keys(autosend, Authorization=f"Bearer {ACCOUNT_KEY}")
    nobody = {"Authorization": "Bearer AS_000000000000000000000"}
    assert autosend.emulator.http.get("/v1/jwks.json", headers=nobody).status_code == 401


@pytest.mark.parametrize("key", [0, 1], ids=[ACTIVE, EARLIER])
def test_a_body_is_opened_with_the_key_that_its_token_names(autosend: AutoSend, key: int) -> None:
    answer = post(autosend, encrypted(autosend, GRACE, key))
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["firstName"] == "Grace"


def test_the_header_names_the_key_before_the_token_does(autosend: AutoSend) -> None:
    unnamed = encrypted(autosend, GRACE, 1, kid=None)
    assert post(autosend, unnamed).json() == REFUSED
    assert post(autosend, encrypted(autosend, GRACE, 1), **{"X-Key-Id": ACTIVE}).json() == REFUSED
    assert post(autosend, unnamed, **{"X-Key-Id": EARLIER}).status_code == 200


def test_without_any_name_the_active_key_is_taken(autosend: AutoSend) -> None:
    assert post(autosend, encrypted(autosend, GRACE, kid=None)).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"X-Payload-Encryption": "none"}, {"X-Payload-Encryption": "JWE"}])
def test_a_body_with_encrypted_data_is_opened_whatever_the_header(
    autosend: AutoSend, headers: dict[str, str]
) -> None:
    answer = autosend.call("POST", "/contacts", encrypted(autosend, GRACE), headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("headers", [{}, {"X-Payload-Encryption": "none"}])
def test_a_plain_body_stays_one(autosend: AutoSend, headers: dict[str, str]) -> None:
    assert autosend.call("POST", "/contacts", GRACE, headers=headers).status_code == 200


def test_every_method_takes_encrypted_bodies(autosend: AutoSend) -> None:
    fields = encrypted(autosend, {"customFields": {"plan": "pro"}})
    path = "/contacts/email/ada@example.com/custom-fields"
    changed = autosend.call("PATCH", path, fields, headers=JWE).json()["data"]
    assert changed["customFields"]["plan"] == "pro"
    draft = encrypted(autosend, {"name": "n", "subject": "s", "htmlTemplate": "h"})
    assert autosend.call("POST", "/campaigns", draft, headers=JWE).json()["data"]["name"] == "n"


@pytest.mark.slow
def test_a_mail_is_sent_encrypted(autosend: AutoSend) -> None:
    mail = {"to": {"email": "ada@example.com"}, "from": {"email": "hello@example.com"}}
    body = encrypted(autosend, mail | {"subject": "Secret", "html": "<p>Hi</p>" * 20_000})
    answer = autosend.call("POST", "/mails/send", body, headers=JWE)
    assert answer.status_code == 200, answer.text
    assert autosend.messages("ada@example.com")[-1]["subject"] == "Secret"


def test_a_request_without_a_body_needs_no_encryption(autosend: AutoSend) -> None:
    assert autosend.call("GET", "/contacts/66c1d2e3f4a5b6c7d8e90001", headers=JWE).status_code == 200


def test_what_is_inside_is_checked_like_a_plain_body(autosend: AutoSend) -> None:
    answer = post(autosend, encrypted(autosend, {"email": "nobody"}))
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["field"] == "email"
    assert post(autosend, encrypted(autosend, [])).json()["error"]["code"] == "VALIDATION_FAILED"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "plain@example.com"},
        [],
        "text",
        {"encryptedData": None},
        {"encryptedData": 5},
        {"encryptedData": ""},
        {"encryptedData": "a.b.c.d.e"},
        {"encryptedData": "...."},
        {"encryptedData": "eyJhbGciOiJub25lIn0...."},
        {"encryptedData": "W10.W10.W10.W10.W10"},
        {"encryptedData": "ключ"},
        {"encryptedData": "." * 100_000},
    ],
)
def test_what_is_no_token_is_refused(autosend: AutoSend, body: Any) -> None:
    answer = post(autosend, body)
    assert (answer.status_code, answer.json()) == (400, REFUSED)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "RSA-OAEP"},
        {"enc": "A128GCM"},
        {"enc": "A256CBC-HS512"},
        {"kid": "key_of_nobody"},
        {"zip": "DEF"},
    ],
)
def test_other_algorithms_and_keys_are_refused(autosend: AutoSend, header: dict[str, Any]) -> None:
    answer = post(autosend, encrypted(autosend, GRACE, **header))
    assert (answer.status_code, answer.json()) == (400, REFUSED)


def test_a_token_for_a_shared_secret_is_refused(autosend: AutoSend) -> None:
    secret = OctKey.generate_key(256)
    token = jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM", "kid": ACTIVE}, b"{}", secret)
    assert post(autosend, {"encryptedData": token}).json() == REFUSED


@pytest.mark.parametrize("content", [b"", b"no JSON", b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_what_holds_no_json_is_refused(autosend: AutoSend, content: bytes) -> None:
    assert post(autosend, encrypted(autosend, content)).json() == REFUSED


def test_a_damaged_token_is_refused_and_nothing_is_stored(autosend: AutoSend) -> None:
    body = encrypted(autosend, GRACE)
    head, _, tag = body["encryptedData"].rpartition(".")
    damaged = {"encryptedData": f"{head}.{tag[::-1]}"}
    assert post(autosend, damaged).json() == REFUSED
    found = autosend.data("POST", "/contacts/search/emails", {"emails": ["grace@example.com"]})
    assert found == {"contacts": []}


def test_an_encryption_that_does_not_exist_is_refused(autosend: AutoSend) -> None:
    answer = autosend.call("POST", "/contacts", GRACE, headers={"X-Payload-Encryption": "pgp"})
    assert (answer.status_code, answer.json()) == (400, REFUSED)


def test_a_large_body_is_opened_and_one_over_the_limit_is_not_read(autosend: AutoSend) -> None:
    emails = [f"{'x' * 40}{number}@example.com" for number in range(8_000)]
    body = encrypted(autosend, {"emails": emails})
    assert autosend.call("POST", "/contacts/search/emails", body, headers=JWE).status_code == 200
    over = {"encryptedData": "a" * 10 * 1024 * 1024}
    assert post(autosend, over).status_code == 413


def test_the_credential_is_checked_before_the_encryption(autosend: AutoSend) -> None:
    answer = autosend.emulator.http.post("/v1/contacts", json={"encryptedData": "x"}, headers=JWE)
    assert answer.status_code == 401


def test_account_keys_send_encrypted_bodies_too(autosend: AutoSend) -> None:
    answer = post(autosend, encrypted(autosend, GRACE), **OTHER_PROJECT)
    assert answer.json()["data"]["projectId"] == OTHER_PROJECT["x-project-id"]


def test_an_encrypted_body_may_name_the_project_of_an_account_key(autosend: AutoSend) -> None:
    project = OTHER_PROJECT["x-project-id"]
    body = encrypted(autosend, GRACE | {"projectId": project})
    answer = post(autosend, body, Authorization=OTHER_PROJECT["Authorization"])
    assert (answer.status_code, answer.json()["data"]["projectId"]) == (200, project)


def test_the_journal_keeps_the_body_encrypted_and_shows_the_beginning_of_its_token(
    autosend: AutoSend,
) -> None:
    body = encrypted(autosend, GRACE)
    post(autosend, body)
    kept = autosend.emulator.http.get("/_emulator/requests").json()["requests"][-1]
    assert json.loads(kept["request_body"]) == {"encryptedData": f"{body['encryptedData'][:7]}…"}
    assert kept["unread"] == []


@pytest.mark.slow
def test_keys_of_the_fixture_take_the_place_of_those_made_for_tests(emulator: Emulator) -> None:
    box = emulator.sandbox("mine")
    own = RSAKey.generate_key(2048, {"kid": "mine"})
    assert seed(box, own.as_dict(private=True)).status_code == 200
    (key,) = box.http.get("/v1/jwks.json", headers=box.autosend).json()["keys"]
    assert (key["kid"], key["n"]) == ("mine", own.as_dict()["n"])
    answer = box.http.post("/v1/contacts", json=encrypted_with(key, GRACE), headers=box.autosend)
    assert answer.status_code == 200, answer.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "key",
    [
        {"kid": "x", "kty": "oct", "k": "AAAA"},
        {"kid": "x", "kty": "RSA", "n": "AQ", "e": "AQAB"},
        {"kid": "x"},
        {"kty": "RSA"},
        RSAKey.generate_key(2048, {"kid": "x"}).as_dict(private=False),
    ],
)
def test_a_fixture_with_what_is_no_key_is_refused(emulator: Emulator, key: dict[str, Any]) -> None:
    answer = seed(emulator.sandbox("mine"), key)
    assert answer.status_code == 422, answer.text
    assert "encryption_keys" in answer.text
