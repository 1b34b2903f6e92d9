"""Keys and tokens: https://bsg.world/documentations/rest-api/general-principles/authentication/."""

import base64
import hmac
import json
from importlib.resources import files
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.rcs.conftest import INVALID, LIVE_KEY, Rcs

ACCOUNT_ID = 4500001
NOW = 1_773_585_000
DAYS_30 = 2_592_000


def bearer(rcs: Rcs, key: str = LIVE_KEY) -> str:
    answer = rcs.emulator.http.post("/api/auth/login", json={"api_key": key})
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"bearer"}
    return str(answer.json()["bearer"])


def with_header(rcs: Rcs, value: str) -> tuple[int, str | None]:
    answer = rcs.emulator.http.get("/api/accounts/balance", headers={"Authorization": value})
    return answer.status_code, answer.json().get("message")


def part(token: str, number: int) -> Any:
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def encoded(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


CLAIMS = {"iat": NOW, "exp": NOW + DAYS_30, "roles": [], "id": ACCOUNT_ID}


@pytest.mark.parametrize("key", ["live_emulator000000000000", "test_emulator000000000000"])
def test_login_exchanges_a_key_for_a_token(rcs: Rcs, key: str) -> None:
    token = bearer(rcs, key)
    assert part(token, 0) == {"typ": "JWT", "alg": "RS256"}
    assert part(token, 1) == CLAIMS
    assert with_header(rcs, f"Bearer {token}") == (200, None)


def test_the_same_login_gets_the_same_token(rcs: Rcs) -> None:
    assert bearer(rcs) == bearer(rcs)


@pytest.mark.parametrize("scheme", ["Bearer", "Bearer:", "bearer"])
def test_the_word_before_the_token_may_have_a_colon(rcs: Rcs, scheme: str) -> None:
    assert with_header(rcs, f"{scheme} {bearer(rcs)}") == (200, None)


def test_a_key_works_without_login(rcs: Rcs) -> None:
    assert with_header(rcs, f"Bearer {LIVE_KEY}") == (200, None)


def test_a_wrong_key_can_not_log_in(rcs: Rcs) -> None:
    answer = rcs.emulator.http.post("/api/auth/login", json={"api_key": "live_nobody"})
    assert answer.status_code == 401
    assert answer.json() == {"message": "Invalid credentials.", "errors": []}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "This value should not be blank."),
        ({"api_key": ""}, "This value should not be blank."),
        ({"api_key": 5}, "This value should be of type string."),
    ],
)
def test_login_needs_a_key(rcs: Rcs, body: Any, text: str) -> None:
    answer = rcs.emulator.http.post("/api/auth/login", json=body)
    assert answer.status_code == 422
    assert answer.json() == {"message": INVALID, "errors": {"api_key": [text]}}


def test_what_leads_tokens_to_the_account_is_no_key(rcs: Rcs) -> None:
    name = f"account:{ACCOUNT_ID}"
    assert rcs.emulator.http.post("/api/auth/login", json={"api_key": name}).status_code == 401
    assert with_header(rcs, f"Bearer {name}") == (401, "Invalid JWT Token")


def test_refresh_gives_a_new_token_and_keeps_the_old_one(rcs: Rcs) -> None:
    old = bearer(rcs)
    rcs.advance("29d")
    answer = rcs.call("POST", "/auth/refresh", headers={"Authorization": f"Bearer {old}"})
    new = answer.json()["bearer"]
    assert part(new, 1)["exp"] == NOW + 29 * 86400 + DAYS_30
    assert with_header(rcs, f"Bearer {old}")[0] == 200
    rcs.advance("2d")
    assert with_header(rcs, f"Bearer {old}") == (401, "Expired JWT Token")
    assert with_header(rcs, f"Bearer {new}") == (200, None)


def test_a_token_expires_after_30_days_of_the_sandbox(rcs: Rcs) -> None:
    token = bearer(rcs)
    rcs.advance("29d23h59m59s")
    assert with_header(rcs, f"Bearer {token}") == (200, None)
    rcs.advance("1s")
    assert with_header(rcs, f"Bearer {token}") == (401, "Expired JWT Token")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic bGl2ZQ==", LIVE_KEY])
def test_no_token(rcs: Rcs, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = rcs.emulator.http.get("/api/accounts/balance", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"message": "JWT Token not found", "errors": []}


def own_key() -> RSAKey:
    return RSAKey.import_key((files("emulator.rcs") / "development_key.pem").read_text("ascii"))


def hmac_signed(text: str, key: bytes) -> str:
    signature = hmac.digest(key, text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def forgeries() -> dict[str, str]:
    """Return forged tokens, which must be refused."""
    genuine = jwt.encode({"typ": "JWT", "alg": "RS256"}, CLAIMS, own_key())
    header, claims, signature = genuine.split(".")
    public = own_key().as_pem(private=False)
    return {
        "no token": "nonsense",
        "three parts": "a.b.c",
        "empty parts": "..",
        "no signature": f"{header}.{claims}.",
        "another signature": f"{header}.{claims}.{signature[:-4]}AAAA",
        "other claims": f"{header}.{encoded(CLAIMS | {'id': 1})}.{signature}",
        "alg none": f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{claims}.",
        "alg none with a signature": f"{encoded({'alg': 'none'})}.{claims}.{signature}",
        "alg that is no text": f"{encoded({'alg': ['RS256']})}.{claims}.{signature}",
        "HMAC with the public key": hmac_signed(encoded({"alg": "HS256"}) + "." + claims, public),
        "another key": jwt.encode({"alg": "RS256"}, CLAIMS, RSAKey.generate_key(2048)),
        "another account": jwt.encode({"alg": "RS256"}, CLAIMS | {"id": 7}, own_key()),
        "no account": jwt.encode({"alg": "RS256"}, {"exp": NOW + 60}, own_key()),
        "no expiry": jwt.encode({"alg": "RS256"}, {"id": ACCOUNT_ID}, own_key()),
    }


@pytest.mark.slow
def test_a_forged_token_is_refused(rcs: Rcs) -> None:
    answers = {name: with_header(rcs, f"Bearer {token}") for name, token in forgeries().items()}
    assert answers == dict.fromkeys(answers, (401, "Invalid JWT Token"))


def test_balance(rcs: Rcs) -> None:
    assert rcs.data("GET", "/accounts/balance") == {"balance": 1000.0, "currency": "USD", "credit": 0.0}


def test_a_refreshed_token_is_another_one(rcs: Rcs) -> None:
    old = rcs.call("POST", "/auth/login", {"api_key": LIVE_KEY}).json()["bearer"]
    new = rcs.call("POST", "/auth/refresh", headers={"Authorization": f"Bearer {old}"}).json()["bearer"]
    assert new != old
    assert rcs.call("GET", "/accounts/balance", headers={"Authorization": f"Bearer {new}"}).status_code == 200
