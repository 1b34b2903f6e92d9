"""Keys, envelope, rate limit headers, idempotency: https://docs.autosend.com/api-reference/introduction."""

import pytest

from tests.autosend.campaigns import DRAFT
from tests.autosend.conftest import PROJECT_KEY, AutoSend

CAMPAIGN = "/campaigns/60d5ec49f1b2c72d9c8b4567"
ACCOUNT_KEY = "ASA_emulator000000000000"
OTHER_PROJECT = "66a0c1d2e3f4a5b6c7d8ab02"


@pytest.mark.parametrize(
    "headers", [{"Authorization": f"bearer {PROJECT_KEY}"}, {"Authorization": "", "x-api-key": PROJECT_KEY}]
)
def test_a_key_can_be_shown_in_two_ways(autosend: AutoSend, headers: dict[str, str]) -> None:
    assert autosend.call("GET", CAMPAIGN, headers=headers).status_code == 200


@pytest.mark.parametrize("value", ["", PROJECT_KEY, f"Basic {PROJECT_KEY}", "Bearer", "Bearer AS_other"])
def test_a_missing_or_wrong_key_is_401(autosend: AutoSend, value: str) -> None:
    answer = autosend.call("GET", CAMPAIGN, headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.json() == {"success": False, "error": {"message": "Unauthorized", "code": "UNAUTHORIZED"}}


@pytest.mark.parametrize(
    "project", [{}, {"x-project-id": "nope"}, {"x-project-id": "000000000000000000000000"}]
)
def test_an_account_key_without_a_project_of_its_own_is_403(
    autosend: AutoSend, project: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {ACCOUNT_KEY}"} | project
    answer = autosend.call("GET", CAMPAIGN, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_PERMISSIONS")


def test_what_belongs_to_another_project_does_not_exist(autosend: AutoSend) -> None:
    headers = {"Authorization": f"Bearer {ACCOUNT_KEY}", "x-project-id": OTHER_PROJECT}
    assert autosend.call("GET", CAMPAIGN, headers=headers).status_code == 404
    assert autosend.call("GET", "/campaigns", headers=headers).json()["data"]["campaigns"] == []
    stolen = DRAFT | {"templateId": "A-0f1e2d3c4b5a69788796", "toLists": []}
    assert autosend.call("POST", "/campaigns", stolen, headers=headers).status_code == 400


def test_while_the_limit_is_off_every_request_stands_alone(autosend: AutoSend) -> None:
    seen = [autosend.call("GET", CAMPAIGN).headers for _ in range(3)]
    assert [headers["x-ratelimit-remaining"] for headers in seen] == ["1", "1", "1"]
    assert {headers["x-ratelimit-limit"] for headers in seen} == {"2"}
    assert {headers["x-ratelimit-reset"] for headers in seen} == {"1773585001"}
    autosend.advance("1s")
    assert autosend.call("GET", CAMPAIGN).headers["x-ratelimit-remaining"] == "1"


@pytest.mark.parametrize("path", ["/nothing", CAMPAIGN])
def test_refusals_carry_the_rate_limit_too(autosend: AutoSend, path: str) -> None:
    answer = autosend.call("GET", path, headers={"Authorization": "Bearer nobody"})
    assert answer.headers["x-ratelimit-limit"] == "2"


def test_an_idempotency_key_gives_the_first_answer_for_24_hours(autosend: AutoSend) -> None:
    def create() -> str:
        answer = autosend.call("POST", "/campaigns", DRAFT, headers={"Idempotency-Key": "once"})
        return str(answer.json()["data"]["id"])

    first = create()
    autosend.advance("23h59m")
    assert create() == first
    autosend.advance("1m")
    assert create() != first


def test_a_refused_request_is_not_remembered(autosend: AutoSend) -> None:
    headers = {"Idempotency-Key": "again"}
    assert autosend.call("POST", "/campaigns", {}, headers=headers).status_code == 400
    assert autosend.call("POST", "/campaigns", DRAFT, headers=headers).status_code == 200


def test_what_is_remembered_is_deleted_after_a_day(autosend: AutoSend) -> None:
    autosend.call("POST", "/campaigns", DRAFT, headers={"Idempotency-Key": "once"})
    autosend.advance("24h")
    assert autosend.emulator.query("SELECT count(*) FROM autosend_idempotent_answer") == [(0,)]


@pytest.mark.parametrize(
    "query",
    [
        "campaigns?page=1_0",
        "campaigns?limit=1_0",
        "automations?page=1_0",
        "campaigns?page=%201",
        "webhooks?limit=2.0",
    ],
)
def test_a_number_in_a_query_has_digits_alone(autosend: AutoSend, query: str) -> None:
    answer = autosend.call("GET", f"/{query}")
    assert answer.status_code == 400
    [detail] = answer.json()["error"]["details"]
    assert detail["message"] == f"{detail['field']} must be an integer"


@pytest.mark.parametrize(
    "query",
    [
        "webhooks?isActive",
        "suppression-groups?includeGlobal",
        "suppression-groups?onlyGlobal",
        "contact-properties?includeReservedFields",
        "custom-fields?includeReservedFields",
        "inbound/messages?includeBlocked",
    ],
)
def test_a_flag_in_a_query_is_true_or_false_or_a_digit(autosend: AutoSend, query: str) -> None:
    answers = [
        [autosend.call("GET", f"/{query}={value}").status_code for value in values]
        for values in (("true", "false", "1", "0"), ("yes", "on", "T", "TRUE", "2", ""))
    ]
    assert answers == [[200] * 4, [400] * 6]


def test_a_whole_number_may_be_written_with_a_point(autosend: AutoSend) -> None:
    body = {"limit": 1.0, "page": 2.0}
    assert autosend.data("POST", "/suppression-groups/entries", body)["pagination"]["limit"] == 1


def test_a_delay_of_an_automation_may_be_written_with_a_point(autosend: AutoSend) -> None:
    email = {"type": "email", "email": {"subject": "Hi", "htmlTemplate": "<p>Hi</p>"}}
    steps = [{"type": "wait", "delay": {"value": 5.0, "unit": "mins"}}, email]
    made = autosend.data("POST", "/automations", {"name": "Series", "steps": steps}, 201)
    assert repr(made["steps"][0]["delay"]["value"]) == "5"
