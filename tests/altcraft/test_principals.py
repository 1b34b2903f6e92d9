"""Rights of principals: API tokens, resource tokens, JWTs of subscribers; and the sandbox of each one."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest

from tests.altcraft.apps import ANN, APP, BLOG, BY_EMAIL, SECRETS, SHOP, App, signed
from tests.altcraft.conftest import TOKEN, Altcraft
from tests.conftest import Emulator

STATUS = "/subscription/push/status/"


def shown(altcraft: Altcraft, authorization: str | None, path: str = STATUS) -> tuple[int, Any]:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = altcraft.emulator.http.get(path, headers=headers)
    return answer.status_code, answer.json()


def refused(altcraft: Altcraft, authorization: str | None) -> tuple[int, str]:
    status, content = shown(altcraft, authorization)
    assert content == {"error": status, "error_text": content["error_text"]}
    return status, content["error_text"]


def made_of(*parts: str) -> str:
    return ".".join(urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)


def test_a_jwt_means_the_profile_of_its_claim(altcraft: Altcraft) -> None:
    assert App(altcraft, BY_EMAIL).status()["id"] == ANN


def test_the_claim_may_be_json_in_a_text(altcraft: Altcraft) -> None:
    claim = '{"db_id": 1, "matching": "profile_id", "profile_id": "' + ANN + '"}'
    assert App(altcraft, claim).status()["id"] == ANN


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("headers", [{}, {"kid": APP}])
def test_a_jwt_is_signed_with_the_secret_of_its_resource(
    altcraft: Altcraft, alg: str, headers: dict[str, str]
) -> None:
    token = signed(BY_EMAIL, SECRETS[APP], alg=alg, **headers)
    status, content = shown(altcraft, f"Bearer {token}")
    assert (status, content["profile"]["id"]) == (200, ANN)


@pytest.mark.parametrize(
    "token",
    [
        signed(BY_EMAIL, "a secret that is nobody's"),
        signed(BY_EMAIL, SECRETS[BLOG], kid=APP),
        signed(BY_EMAIL, SECRETS[BLOG], kid="2fHLS9YR9daS-unknown"),
        signed(BY_EMAIL, SECRETS[BLOG], kid=TOKEN),
        signed({}),
        signed(None),
        signed("no JSON"),
        signed([1]),
        signed("[1]"),
        made_of('{"alg": "none"}', '{"matching": {"db_id": 1}}', ""),
        made_of('{"alg": ["HS256"]}', "{}", "x"),
        made_of("[]", "{}", "x"),
        signed(BY_EMAIL)[:-2],
        signed(BY_EMAIL) + "ü",
        signed(BY_EMAIL).replace(".", ".e", 1),
        "no.jwt",
        "rtoken@unknown",
        "rtoken@",
        f"rtoken@{TOKEN}",
        f"rtoken@secret:{SECRETS[BLOG]}",
        TOKEN,
        BLOG,
    ],
)
def test_a_bad_token_is_401(altcraft: Altcraft, token: str) -> None:
    answer = altcraft.emulator.http.get(STATUS, headers=[(b"Authorization", f"Bearer {token}".encode())])
    assert (answer.status_code, answer.json()) == (401, {"error": 401, "error_text": "Invalid token"})


def test_no_token_at_all_is_401(altcraft: Altcraft) -> None:
    assert refused(altcraft, None) == (401, "API token required")
    assert refused(altcraft, "Basic YTpi") == (401, "Invalid token")


@pytest.mark.parametrize("token", [BLOG, f"rtoken@{BLOG}", signed(BY_EMAIL), f"secret:{SECRETS[BLOG]}"])
def test_an_app_opens_nothing_of_the_api(altcraft: Altcraft, token: str) -> None:
    assert altcraft.refused("/databases/list/", token=token) == (403, "Access denied")


@pytest.mark.parametrize(
    ("claim", "refusal"),
    [
        ({"db_id": 3}, (400, "Incorrect request: db_id: is no database of the resource")),
        ({"db_id": [1]}, (400, "Incorrect request: db_id: is no database of the resource")),
        ({"db_id": None}, (400, "Incorrect request: db_id: Field required")),
        ({"email": None}, (400, "Incorrect request: email: Field required")),
        ({"email": {"a": [1]}}, (400, "Incorrect request: email: is no text")),
        (
            {"resource_id": {"a": 1}, "email": "nobody"},
            (400, "Incorrect request: email: is no e-mail address"),
        ),
    ],
)
def test_a_claim_that_means_nobody_is_refused(
    altcraft: Altcraft, claim: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert App(altcraft, BY_EMAIL | claim).refused(STATUS) == refusal


def test_an_unknown_mode_is_refused(altcraft: Altcraft) -> None:
    for mode in ("telepathy", ["email"], {"a": 1}):
        status, text = App(altcraft, BY_EMAIL | {"matching": mode}).refused(STATUS)
        assert (status, text.partition("must be")[0]) == (400, "Incorrect request: matching: ")


def test_the_mode_beside_the_token_is_that_of_the_token(altcraft: Altcraft) -> None:
    refusal = (400, "Incorrect request: matching_mode: is not that of the token")
    assert App(altcraft, BY_EMAIL).status(matching_mode="email")["id"] == ANN
    assert App(altcraft, BY_EMAIL).refused(STATUS, matching_mode="phone") == refusal
    assert App(altcraft).refused(STATUS, matching_mode="email") == refusal
    assert App(altcraft).status(matching_mode="push_sub") is None


def test_sandboxes_have_credentials_of_their_own(emulator: Emulator) -> None:
    boxes = [emulator.sandbox("one"), emulator.sandbox("two")]
    secrets = [box.environment["ALTCRAFT_JWT_SECRET"] for box in boxes]
    tokens = [box.environment["ALTCRAFT_RESOURCE_TOKEN_26"] for box in boxes]
    assert len({SECRETS[BLOG], *secrets}) == len({APP, *tokens}) == 3
    for box, secret, token in zip(boxes, secrets, tokens, strict=True):
        for bearer in (signed(BY_EMAIL, secret), f"rtoken@{token}"):
            answer = emulator.http.get(STATUS, headers={"Authorization": f"Bearer {bearer}"})
            assert answer.status_code == 200, answer.text
        requests = box.control("GET", "/requests").json()["requests"]
        assert [one["operation"] for one in requests] == ["GET /subscription/push/status/"] * 2


def test_a_deleted_sandbox_takes_its_credentials_with_it(emulator: Emulator) -> None:
    box = emulator.sandbox("one")
    token = signed(BY_EMAIL, box.environment["ALTCRAFT_JWT_SECRET"])
    assert emulator.http.delete("/_emulator/sandboxes/one").status_code == 204
    answer = emulator.http.get(STATUS, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_a_sandbox_keeps_its_credentials_when_a_snapshot_is_restored(emulator: Emulator) -> None:
    box = emulator.sandbox("one")
    assert emulator.http.post("/_emulator/snapshots", json={"name": "of-default"}).status_code == 201
    restored = box.control("POST", "/snapshots/of-default/restore")
    assert restored.status_code == 200, restored.text
    after = box.control("GET", "/sandboxes/one").json()
    assert after["environment"] == box.environment
    token = signed(
        BY_EMAIL, box.environment["ALTCRAFT_JWT_SECRET_26"], kid=box.environment["ALTCRAFT_RESOURCE_TOKEN_26"]
    )
    answer = emulator.http.get(STATUS, headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["profile"]["id"] == ANN


def test_a_sandbox_says_its_tokens_and_secrets(emulator: Emulator) -> None:
    detail = emulator.http.get("/_emulator/sandboxes/default").json()
    environment = detail["environment"]
    assert environment["ALTCRAFT_RESOURCE_TOKEN"] == environment["ALTCRAFT_RESOURCE_TOKEN_1"] == BLOG
    assert environment["ALTCRAFT_JWT_SECRET"] == environment["ALTCRAFT_JWT_SECRET_1"] == SECRETS[BLOG]
    assert detail["access"]["altcraft"]["credentials"][0] == TOKEN
    assert {BLOG, SHOP, APP} <= set(detail["access"]["altcraft"]["credentials"])


def test_resource_tokens_do_not_appear_in_the_journal(altcraft: Altcraft) -> None:
    App(altcraft).status()
    text = altcraft.emulator.http.get("/_emulator/requests").text
    assert BLOG not in text
