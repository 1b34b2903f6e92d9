"""Tokens, rights, groups, invalid input and repeated requests."""

import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings
from tests.altcraft.conftest import SUBACCOUNT, SUCCESS, TOKEN, VIEW_ONLY, Altcraft
from tests.conftest import BASE_URL, Emulator


@pytest.mark.parametrize(
    ("header", "body", "query", "code"),
    [
        (None, None, None, 401),
        ("", "", "", 401),
        (TOKEN, None, None, 0),
        (None, TOKEN, None, 0),
        (None, None, TOKEN, 0),
        (TOKEN, "nobody", "nobody", 0),
        ("nobody", TOKEN, TOKEN, 403),
        (None, TOKEN, "nobody", 0),
        (None, "nobody", TOKEN, 403),
        (None, ["nobody"], None, 403),
        (None, 12, None, 403),
    ],
)
def test_the_token_is_taken_from_the_header_then_the_body_then_the_url(
    emulator: Emulator, header: str | None, body: object, query: str | None, code: int
) -> None:
    headers = {} if header is None else {"Authorization": f"Bearer {header}"}
    content = {"id": 12} | ({} if body is None else {"token": body})
    url = "/api/v1.1/campaigns/get" + ("" if query is None else f"?token={query}")
    answer = emulator.http.post(url, json=content, headers=headers).json()
    assert answer["error"] == code
    assert (
        answer["error_text"]
        == {0: "Successful operation", 401: "API token required", 403: "Access denied"}[code]
    )


READS: list[tuple[str, dict[str, object]]] = [
    ("/campaigns/list", {}),
    ("/campaigns/get", {"id": 12}),
    ("/campaigns/log_v2", {"id": 12}),
    ("/campaigns/get_status", {"id": 12}),
    ("/campaigns/broadcasts/list", {}),
    ("/campaigns/broadcasts/get", {"id": 12}),
    ("/scampaigns/get", {"id": 8}),
    ("/scampaigns/get_status", {"id": 8}),
]
BROADCAST: dict[str, object] = {
    "name": "New",
    "data_type": "list",
    "data_id": 1,
    "content": [{"message_id": 1}],
}
CHANGES: list[tuple[str, dict[str, object]]] = [
    ("/campaigns/activate/", {"id": 12}),
    ("/campaigns/deactivate", {"id": 34}),
    ("/campaigns/clone", {"id": 12}),
    ("/campaigns/delete", {"id": 12}),
    ("/campaigns/broadcasts/add", BROADCAST | {"send_channel": "email"}),
    ("/campaigns/broadcasts/update", BROADCAST | {"id": 12}),
    ("/campaigns/broadcasts/start", {"id": 34}),
    ("/scampaigns/activate", {"id": 20, "activate_date": ""}),
    ("/scampaigns/completed", {"id": 8}),
    ("/scampaigns/deactivate", {"id": 8}),
]


@pytest.mark.parametrize(("path", "body"), READS)
def test_a_token_that_may_only_view_views(altcraft: Altcraft, path: str, body: dict[str, object]) -> None:
    assert altcraft.answer(path, token=VIEW_ONLY, **body)["error_text"] == "Successful operation"


@pytest.mark.parametrize(("path", "body"), [*CHANGES, ("/scampaigns/list", {})])
def test_a_token_that_may_only_view_changes_nothing(
    altcraft: Altcraft, path: str, body: dict[str, object]
) -> None:
    assert altcraft.refused(path, token=VIEW_ONLY, **body) == (403, "Access denied")


def test_the_right_is_checked_before_the_fields(altcraft: Altcraft) -> None:
    assert altcraft.refused("/campaigns/activate/", token=VIEW_ONLY)[0] == 403


@pytest.mark.parametrize(("path", "body"), [case for case in READS + CHANGES if "id" in case[1]])
def test_what_is_in_other_groups_does_not_exist(
    altcraft: Altcraft, path: str, body: dict[str, object]
) -> None:
    kind = (
        "campaign" if path.startswith("/scampaigns") else "broadcast" if "broadcasts" in path else "mailing"
    )
    text = f"Object not found: {kind} {body['id']}"
    assert altcraft.refused(path, token=SUBACCOUNT, **body) == (404, text)


def test_lists_hold_what_the_token_sees(altcraft: Altcraft) -> None:
    for path, numbers in (
        ("/campaigns/list", [70]),
        ("/campaigns/broadcasts/list", [70]),
        ("/scampaigns/list", [25]),
    ):
        answer = altcraft.answer(path, token=SUBACCOUNT)
        assert [row["id"] for row in answer["data"]] == numbers
        assert answer["total_count"] == 1


def test_an_audience_of_other_groups_does_not_exist(altcraft: Altcraft) -> None:
    override = {"override_source_type": "list", "override_source_id": 1, "run_now": True}
    assert altcraft.refused("/campaigns/activate/", token=SUBACCOUNT, id=70, **override) == (
        404,
        "Object not found: database 1",
    )
    override["override_source_id"] = 2
    assert altcraft.data("/campaigns/activate/", token=SUBACCOUNT, id=70, **override) is None


def test_what_a_token_makes_is_in_a_group_that_it_sees(altcraft: Altcraft) -> None:
    body = BROADCAST | {"data_id": 2, "send_channel": "email"}
    made = altcraft.data("/campaigns/broadcasts/add", token=SUBACCOUNT, **body)["saved_id"]
    rows = altcraft.data("/campaigns/list", from_id=made)
    assert rows[0]["groups"] == [{"id": 2, "name": "subaccount"}]


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("/campaigns/get", {}, "id: Field required"),
        ("/campaigns/get", {"id": None}, "id: Field required"),
        ("/campaigns/get", {"id": "twelve"}, "id: Input should be a valid integer"),
        ("/campaigns/get", {"id": 2**63}, "id: Input should be less than or equal to"),
        ("/campaigns/get", {"id": "9" * 5000}, "id: "),
        ("/campaigns/get", {"id": [12]}, "id: Input should be a valid integer"),
        ("/campaigns/list", {"limit": 0}, "limit: Input should be greater than or equal to 1"),
        ("/campaigns/list", {"groups_id": [2**64]}, "groups_id.0: "),
        ("/campaigns/list", {"ui_tags": ["a"] * 1001}, "ui_tags: "),
        ("/campaigns/list", {"is_active": "perhaps"}, "is_active: "),
        ("/campaigns/log_v2", {"id": 12, "from_time": "soon"}, "from_time: must be an RFC 3339 date-time"),
        ("/campaigns/activate/", {"id": 12, "override_source_type": "profile"}, "override_source_type: "),
        ("/campaigns/activate/", {"id": 12, "override_limit": -1}, "override_limit: "),
        ("/campaigns/broadcasts/add", BROADCAST, "send_channel: Field required"),
        ("/campaigns/broadcasts/add", BROADCAST | {"send_channel": "fax"}, "send_channel: "),
        ("/campaigns/broadcasts/add", BROADCAST | {"content": []}, "content: "),
        ("/campaigns/broadcasts/add", BROADCAST | {"content": {"subject": "x"}}, "content.0.message_id: "),
        ("/campaigns/broadcasts/add", BROADCAST | {"agllimit_percent": "nan"}, "agllimit_percent: "),
        ("/campaigns/broadcasts/add", BROADCAST | {"start_schedule": {"tz": "Mars"}}, "start_schedule.tz: "),
        ("/campaigns/broadcasts/add", BROADCAST | {"start_schedule": {"start_mins": [60]}}, "start_schedule"),
        (
            "/campaigns/broadcasts/add",
            BROADCAST | {"start_schedule": {"start_wdays": "Suday"}},
            "start_schedule.start_wdays.0: must be a day of the week such as Mo, Tue or Sunday",
        ),
        ("/scampaigns/list", {"state": "asleep"}, "state: "),
    ],
)
def test_the_first_thing_wrong_is_named(
    altcraft: Altcraft, path: str, body: dict[str, object], text: str
) -> None:
    code, found = altcraft.refused(path, **body)
    assert code == 400
    assert found.startswith(f"Incorrect request: {text}")


def test_other_content_types_are_refused(altcraft: Altcraft) -> None:
    answer = altcraft.send("/campaigns/get", f"token={TOKEN}&id=12", "application/x-www-form-urlencoded")
    assert answer.json()["error"] == 400
    assert answer.json()["error_text"].startswith("Incorrect request: Content-Type: ")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/v1.1/nothing", 404),
        ("GET", "/api/v1.1/nothing", 404),
        ("POST", "/api/v1.1/", 404),
        ("GET", "/api/v1.1/campaigns/get", 405),
        ("PUT", "/api/v1.1/campaigns/get", 405),
        ("DELETE", "/api/v1.1/campaigns/delete", 405),
        ("OPTIONS", "/api/v1.1/campaigns/get", 405),
        ("POST", "/api/v1.0/lists/1/nothing", 404),
        ("POST", "/push/content/get", 501),
        ("POST", "/event/nothing", 404),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
def test_what_no_operation_answers_has_its_real_http_status(
    altcraft: Altcraft, method: str, path: str, status: int, accept: str
) -> None:
    answer = altcraft.emulator.http.request(method, path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (status, accept)
    assert (f'"error":{status}' in answer.text) == (accept == "application/json")
    assert (f"<error>{status}</error>" in answer.text) == (accept == "application/xml")


def test_a_body_that_is_too_large_has_its_real_http_status(altcraft: Altcraft) -> None:
    answer = altcraft.send("/campaigns/get", b" " * (10 * 1024 * 1024 + 1), "application/json")
    assert (answer.status_code, answer.json()["error"]) == (413, 413)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/campaigns/activate/", "/campaigns/broadcasts/start"])
def test_requests_with_files_may_have_100_mb(altcraft: Altcraft, path: str) -> None:
    altcraft.data("/campaigns/activate/", id=12)
    attach = [{"name": "a.bin", "data": "A" * (12 * 1024 * 1024)}]
    assert altcraft.data(path, id=12, run_now=True, attach=attach) is None
    found = altcraft.emulator.http.get("/_emulator/messages?job=altcraft/mailing/12&limit=1").json()
    detail = altcraft.emulator.http.get(f"/_emulator/messages/{found['messages'][0]['id']}").json()
    assert [file["name"] for file in detail["attachments"]] == ["a.bin"]


@pytest.mark.parametrize("path", ["/campaigns/activate/", "/campaigns/broadcasts/start"])
def test_requests_with_files_have_a_limit_too(altcraft: Altcraft, path: str) -> None:
    declared = {"Content-Length": str(100 * 1024 * 1024 + 1)}
    answer = altcraft.send(path, b"{}", "application/json", **declared)
    assert (answer.status_code, answer.json()["error"]) == (413, 413)
    assert answer.json()["error_text"] == "Request is too large: more than 100 MB"


UNSET: dict[str, dict[str, object]] = {
    "/campaigns/activate/": {
        "run_now": "",
        "override_source_type": "",
        "override_source_id": "",
        "override_limit": "",
        "content": "",
        "attach": "",
    },
    "/campaigns/broadcasts/start": {
        "override_source_type": "",
        "override_source_id": 0,
        "override_limit": "",
    },
    "/campaigns/deactivate": {"abort_if_running": ""},
    "/campaigns/log_v2": {"from_time": "", "limit": ""},
    "/campaigns/clone": {"name": ""},
    "/campaigns/get": {"format": ""},
    "/campaigns/list": {
        "from_id": "",
        "limit": "",
        "type": "",
        "is_active": "",
        "ui_tags": "",
        "groups": "",
        "groups_id": "",
        "attributes": "",
    },
    "/scampaigns/list": {"state": "", "limit": ""},
    "/scampaigns/activate": {"id": 20, "start_date": "", "deactivate_date": "", "completed_date": ""},
}
"""Requests whose optional fields are empty texts, as some clients write fields that are not set."""


@pytest.mark.parametrize("path", UNSET)
def test_an_empty_text_is_an_unset_field(altcraft: Altcraft, path: str) -> None:
    altcraft.answer(path, **{"id": 34} | UNSET[path])


def test_an_empty_text_leaves_a_setting_as_it_is(altcraft: Altcraft) -> None:
    body = {"name": "n", "data_type": "list", "data_id": 1, "content": [{"message_id": 1}]}
    number = altcraft.data("/campaigns/broadcasts/add", send_channel="sms", limit=7, subid="S", **body)
    unset = dict.fromkeys(("limit", "subid", "is_active", "start_schedule", "push_sending_mode"), "")
    altcraft.data("/campaigns/broadcasts/update", id=number["saved_id"], **body, **unset)
    found = altcraft.data("/campaigns/broadcasts/get", id=number["saved_id"])
    assert (found["limit"], found["subid"], found["push_sending_mode"]) == (7, "S", "fanout")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/campaigns/get", "id"),
        ("/campaigns/broadcasts/add", "name"),
        ("/campaigns/broadcasts/add", "data_type"),
        ("/campaigns/broadcasts/add", "data_id"),
    ],
)
def test_an_empty_text_is_no_required_field(altcraft: Altcraft, path: str, field: str) -> None:
    settings = {"name": "n", "data_type": "list", "data_id": 1, "send_channel": "email"}
    body = settings | {"content": [{"message_id": 1}], field: ""}
    assert altcraft.refused(path, **body) == (400, f"Incorrect request: {field}: Field required")


def test_true_is_no_number(altcraft: Altcraft) -> None:
    settings = {"name": "n", "data_type": "list", "data_id": 1, "send_channel": "email"}
    body = settings | {"content": [{"message_id": 1}], "agllimit_percent": True}
    refusal = (400, "Incorrect request: agllimit_percent: Input should be a valid number")
    assert altcraft.refused("/campaigns/broadcasts/add", **body) == refusal


def test_http_statuses_can_mirror_the_codes() -> None:
    app = create_app(Settings(clock="frozen", altcraft_http_status="mirror"))
    with TestClient(app, base_url=BASE_URL, raise_server_exceptions=False) as http:
        for path, status in (
            ("/api/v1.1/campaigns/get", 404),
            ("/api/v1.1/nothing", 404),
            ("/push/content/get", 501),
            ("/api/v1.1/campaigns/list", 200),
        ):
            answer = http.post(path, json={"token": TOKEN, "id": 99})
            assert answer.status_code == status
            assert answer.json()["error"] == (0 if status == 200 else status)


def clones(altcraft: Altcraft) -> int:
    return int(altcraft.answer("/campaigns/list", from_id=180, groups_id=[0])["total_count"])


def test_a_repeated_request_is_answered_as_before_and_does_nothing(altcraft: Altcraft) -> None:
    before = clones(altcraft)
    headers = {"Request-ID": "0f8b2f5e"}
    first = altcraft.call("/campaigns/clone", id=12, headers=headers)
    again = altcraft.call("/campaigns/clone", id=12, headers=headers)
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["Duplicate-Request"] == "true"
    assert len(again.headers["Duplicate-Key"]) == 28
    assert "Duplicate-Request" not in first.headers
    assert clones(altcraft) == before + 1


def test_a_repeated_request_is_answered_in_the_form_of_the_first(altcraft: Altcraft) -> None:
    first = altcraft.xml("/campaigns/clone", "<id>12</id>", Request_ID="one")
    again = altcraft.call("/campaigns/clone", id=12, headers={"Request-ID": "one"})
    assert again.text == first.text
    assert again.headers["content-type"] == "application/xml"


def test_a_request_id_is_remembered_for_a_day_from_the_first_request(altcraft: Altcraft) -> None:
    headers = {"Request-ID": "one"}
    first = altcraft.call("/campaigns/clone", id=12, headers=headers)
    altcraft.advance("23h")
    assert altcraft.call("/campaigns/clone", id=12, headers=headers).json() == first.json()
    altcraft.advance("1h")
    later = altcraft.call("/campaigns/clone", id=12, headers=headers)
    assert later.json() != first.json()
    assert altcraft.call("/campaigns/clone", id=12, headers=headers).json() == later.json()


def test_what_is_remembered_is_deleted_after_a_day(altcraft: Altcraft) -> None:
    remembered = "SELECT count(*) FROM altcraft_remembered_answer"
    for number in range(3):
        altcraft.call("/campaigns/clone", id=12, headers={"Request-ID": str(number)})
        altcraft.advance("10h")
    assert altcraft.emulator.query(remembered) == [(2,)]
    altcraft.advance("18h")
    assert altcraft.emulator.query(remembered) == [(0,)]
    altcraft.call("/campaigns/clone", id=12, headers={"Request-ID": "0"})
    altcraft.advance("24h")
    assert altcraft.emulator.query(remembered) == [(0,)]


def test_the_old_names_of_the_headers_are_read(altcraft: Altcraft) -> None:
    headers = {"X-Request-ID": "0f8b2f5e"}
    first = altcraft.call("/campaigns/clone", id=12, headers=headers)
    again = altcraft.call("/campaigns/clone", id=12, headers=headers)
    assert again.content == first.content
    assert again.headers["X-Duplicate-Request"] == "true"
    assert len(again.headers["X-Duplicate-Key"]) == 28
    assert "Duplicate-Request" not in again.headers


@pytest.mark.parametrize("other", [{"headers": {"Request-ID": "two"}}, {"headers": None}])
def test_another_or_no_request_id_is_another_request(altcraft: Altcraft, other: dict[str, object]) -> None:
    first = altcraft.call("/campaigns/clone", id=12, headers={"Request-ID": "one"})
    assert altcraft.call("/campaigns/clone", id=12, **other).json() != first.json()  # type: ignore[arg-type]


def test_another_token_is_another_request(altcraft: Altcraft) -> None:
    headers = {"Request-ID": "one"}
    first = altcraft.call("/campaigns/clone", id=70, headers=headers)
    other = altcraft.call("/campaigns/clone", id=70, token=SUBACCOUNT, headers=headers)
    assert other.json() != first.json()


def test_refusals_are_not_remembered(altcraft: Altcraft) -> None:
    headers = {"Request-ID": "one"}
    assert altcraft.call("/campaigns/broadcasts/start", id=12, headers=headers).json()["error"] == 400
    altcraft.data("/campaigns/activate/", id=12)
    assert altcraft.call("/campaigns/broadcasts/start", id=12, headers=headers).json() == SUCCESS


def test_reads_are_never_repetitions(altcraft: Altcraft) -> None:
    headers = {"Request-ID": "one"}
    assert altcraft.call("/campaigns/get_status", id=12, headers=headers).json()["data"]["is_active"] is False
    altcraft.data("/campaigns/activate/", id=12)
    assert altcraft.call("/campaigns/get_status", id=12, headers=headers).json()["data"]["is_active"] is True
