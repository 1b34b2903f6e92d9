"""The access that each kind of key gives: https://docs.autosend.com/api-reference/introduction."""

from typing import Any

import pytest

from emulator.autosend import autosend as provider
from emulator.gateway.examples import load_examples
from tests.autosend.conftest import ACCOUNT_KEY, OTHER_PROJECT, PROJECT_KEY, AutoSend

SHOP = "66a0c1d2e3f4a5b6c7d8aaaa"
SMTP_KEY = "AS_emulatorsmtp000000000"
UNAUTHORIZED = {"success": False, "error": {"message": "Unauthorized", "code": "UNAUTHORIZED"}}
FORBIDDEN = {
    "success": False,
    "error": {
        "message": "Insufficient permissions to access these resources.",
        "code": "INSUFFICIENT_PERMISSIONS",
    },
}

ROUTES = [route for route in provider().sections.routes if not route.path.startswith("/v1/account/")]
ONE_OF_THE_PROJECT = [
    example
    for key, example in load_examples("autosend").items()
    if key in {f"{route.verb} {route.path}" for route in ROUTES} and example.method == "GET" and example.path
]


@pytest.mark.parametrize("example", ONE_OF_THE_PROJECT, ids=lambda example: example.key)
def test_what_belongs_to_another_project_is_not_found(autosend: AutoSend, example: Any) -> None:
    def status(headers: dict[str, str]) -> int:
        path = example.url.removeprefix("/v1")
        return autosend.call("GET", path, headers=headers, params=example.query).status_code

    assert (status({}), status(OTHER_PROJECT)) == (200, 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {PROJECT_KEY}"},
        {"Authorization": "", "x-api-key": PROJECT_KEY},
        {"Authorization": f"Bearer {PROJECT_KEY}", "x-project-id": SHOP},
        {"Authorization": f"Bearer {ACCOUNT_KEY}", "x-project-id": SHOP},
        {"Authorization": "", "x-api-key": ACCOUNT_KEY, "X-Project-Id": SHOP},
    ],
    ids=[
        "project key",
        "as x-api-key",
        "it names its own project",
        "account key",
        "account key as x-api-key",
    ],
)
def test_a_key_opens_its_project(autosend: AutoSend, headers: dict[str, str]) -> None:
    senders = autosend.call("GET", "/senders", headers=headers).json()["data"]["senders"]
    assert [sender["email"] for sender in senders] == ["hello@example.com", "news@example.org"]


@pytest.mark.parametrize("path", ["/senders", "/account/projects"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": PROJECT_KEY},
        {"Authorization": f"Token {PROJECT_KEY}"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer AS_unknown0000000000000"},
        {"Authorization": "Bearer ASA_unknown0000000000000", "x-project-id": SHOP},
        {"Authorization": f"Bearer {PROJECT_KEY.lower()}"},
        {"Authorization": f"Bearer {SMTP_KEY}"},
        {"Authorization": "", "x-api-key": "AS_unknown0000000000000"},
    ],
    ids=["none", "bare", "scheme", "empty", "unknown", "unknown account", "case", "SMTP", "x-api-key"],
)
def test_what_is_no_key_is_401(autosend: AutoSend, path: str, headers: dict[str, str]) -> None:
    answer = autosend.call("GET", path, headers=headers)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("project", [{}, {"x-project-id": "nope"}, {"x-project-id": "0" * 24}])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "/senders", None), ("GET", "/templates/search", None), ("POST", "/domains", {})],
)
def test_an_account_key_has_to_name_one_of_its_projects(
    autosend: AutoSend, method: str, path: str, body: Any, project: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {ACCOUNT_KEY}"} | project
    answer = autosend.call(method, path, body, headers=headers)
    assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


def test_a_project_key_can_not_name_another_project(autosend: AutoSend) -> None:
    headers = {"Authorization": f"Bearer {PROJECT_KEY}", "x-project-id": OTHER_PROJECT["x-project-id"]}
    answer = autosend.call("GET", "/senders", headers=headers)
    assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


def test_an_account_key_can_name_its_project_in_the_body(autosend: AutoSend) -> None:
    body = {"emails": ["ada@example.com"], "projectId": SHOP}
    headers = {"Authorization": f"Bearer {ACCOUNT_KEY}"}
    answer = autosend.call("POST", "/contacts/search/emails", body, headers=headers)
    assert [one["projectId"] for one in answer.json()["data"]["contacts"]] == [SHOP]
