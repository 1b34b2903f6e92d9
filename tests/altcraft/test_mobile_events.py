"""Events of mobile apps: forms in several parts, the profiles that they are about, and what they change."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.altcraft.apps import ANDROID, ANN, APP, BLOG, BY_EMAIL, App
from tests.altcraft.conftest import TOKEN, Altcraft
from tests.altcraft.test_mobile_sdk import NEW, field, subscriptions
from tests.altcraft.test_runs import messages

PATH = "/event/post"
PIXEL: dict[str, str] = {"i": "7", "tr": "px", "t": "open", "v": "2"}
PREFIX = "Platform profile processing error: "
HEAD = b'--x\r\nContent-Disposition: form-data; name="wn"'
BOB = "bob+opened@example.com"
DEVICE = {"resource_id": 1, "channel": "push", "provider": ANDROID, "subscription_id": "dev-1"}


def post(
    altcraft: Altcraft, app: App, parts: Mapping[str, object], query: Mapping[str, str] = PIXEL
) -> tuple[int, Any]:
    """Send an event as the SDK does; parts that are no texts become JSON."""
    texts = {"wn": "cart", **parts}
    written = {
        name: (None, one if isinstance(one, str) else json.dumps(one))
        for name, one in texts.items()
        if one is not None
    }
    answer = altcraft.emulator.http.post(PATH, params=dict(query), headers=app.headers, files=written)
    return answer.status_code, answer.json()


def noted(altcraft: Altcraft, app: App, **parts: object) -> str:
    """Send an event; return the id of the profile that it is recorded for."""
    status, content = post(altcraft, app, parts)
    assert status == 200, content
    assert (content["error"], content["error_text"]) == (0, "")
    return str(content["profile"]["id"])


def goals(altcraft: Altcraft, profile_id: str) -> list[dict[str, Any]]:
    rows = altcraft.emulator.query(
        "SELECT details FROM altcraft_past WHERE profile_id = ? AND action = 'goal' ORDER BY id", profile_id
    )
    return [json.loads(details) for (details,) in rows]


def test_an_event_is_a_goal_of_the_person(altcraft: Altcraft) -> None:
    parts = {"tz": "+0300", "t": "1767225600", "wd": {"sum": 10.5}, "cs": "mail", "aci": ""}
    assert noted(altcraft, App(altcraft, BY_EMAIL), **parts) == ANN
    about = {"t": "1767225600", "tz": "+0300", "cs": "mail"}
    assert goals(altcraft, ANN) == [{"goal": "cart", "pixel_id": 7, "data": {"sum": 10.5}} | about]


def test_segments_know_the_goal(altcraft: Altcraft) -> None:
    noted(altcraft, App(altcraft, BY_EMAIL))
    rule = {"type": "goal", "name": "cart", "operator": "exist", "value": [{"name": "pixel_id", "value": 7}]}
    segment = altcraft.data(
        "/segments/add/",
        name="Carts",
        is_static=False,
        segment=[{"list_id": 1, "condition": "and", "queries": [rule]}],
    )
    assert altcraft.data("/segments/get/", id=segment["saved_id"])["count"] == 1


def test_fields_of_the_profile_change(altcraft: Altcraft) -> None:
    noted(altcraft, App(altcraft, BY_EMAIL), pf={"LOYALTY_SCORE": {"action": "incr", "value": 1}})
    assert field(altcraft, ANN, "LOYALTY_SCORE") == 501


def test_a_subscription_is_added(altcraft: Altcraft) -> None:
    said = DEVICE | {
        "status": "suspended",
        "priority": 3,
        "custom_fields": {"_os": "iOS"},
        "cats": ["news"],
    }
    noted(altcraft, App(altcraft, BY_EMAIL), sn=said)
    (row,) = subscriptions(altcraft, ANN)
    assert (row["status"], row["priority"], row["cats"]) == ("suspended", 3, ["news"])
    assert row["custom_fields"] == {"_os": "iOS"}


@pytest.mark.parametrize(
    "sn",
    [
        {"resource_id": 1, "channel": "email", "email": "other@example.com"},
        {"resource_id": 1, "channel": "sms", "phone": "+79005551122"},
        {"resource_id": 26, "channel": "telegram_bot", "cc_data": {"id": 7}},
        {"resource_id": 26, "channel": "whatsapp", "cc_data": {"phone": "+79005551122"}},
        DEVICE,
    ],
)
def test_whoever_has_the_subscription_is_meant_or_made(altcraft: Altcraft, sn: dict[str, Any]) -> None:
    app = App(altcraft)
    made = noted(altcraft, app, sn=sn)
    assert noted(altcraft, app, sn=sn) == made != ANN
    assert len(goals(altcraft, made)) == 2
    rows = altcraft.data("/subscriptions/list", db_id=1, profile_id=made)
    assert [row["channel"] for row in rows] == [sn["channel"]]


def test_a_subscription_without_a_channel_is_on_that_of_its_address(altcraft: Altcraft) -> None:
    made = noted(altcraft, App(altcraft), sn={"resource_id": 26, "cc_data": {"id": 7}})
    rows = altcraft.data("/subscriptions/list", db_id=1, profile_id=made)
    assert [row["channel"] for row in rows] == ["telegram_bot"]


def test_match_values_come_first(altcraft: Altcraft) -> None:
    bob = altcraft.data("/profiles/get/", db_id=1, email=BOB)["id"]
    App(altcraft, BY_EMAIL).subscribe()
    parts = {"ma": {"email": BOB}, "mm": "email", "sn": DEVICE}
    assert noted(altcraft, App(altcraft, BY_EMAIL), **parts) == bob
    assert noted(altcraft, App(altcraft), ma={"db_id": 1, "email": BOB}) == bob


def test_then_the_token(altcraft: Altcraft) -> None:
    parts = {"ma": {"email": "nobody@example.com"}, "mm": "email"}
    assert noted(altcraft, App(altcraft, BY_EMAIL), **parts) == ANN


def test_then_the_subscription(altcraft: Altcraft) -> None:
    App(altcraft, BY_EMAIL).subscribe()
    assert noted(altcraft, App(altcraft, NEW), sn=DEVICE) == ANN


@pytest.mark.parametrize("form", ["{}", '"{}"', '{{"smid": "{}"}}'])
def test_then_the_message(altcraft: Altcraft, form: str) -> None:
    message = messages(altcraft.emulator, 92)[0]
    uid = altcraft.emulator.http.get(f"/_emulator/messages/{message['id']}").json()["payload"]["push"]["_uid"]
    profile_id = message["provider_ids"]["profile_id"]
    for smid in (message["provider_id"], uid):
        assert noted(altcraft, App(altcraft, None, APP), mi=form.format(smid)) == profile_id
    status, content = post(altcraft, App(altcraft, None, BLOG), {"mi": uid})
    assert (status, content["error_text"]) == (400, "Incorrect request: ma: Field required")


def test_else_somebody_is_made_of_the_match_values(altcraft: Altcraft) -> None:
    parts = {"ma": {"db_id": 1, "email": "new@example.com"}, "mm": "email", "pf": {"_fname": "Nora"}}
    made = noted(altcraft, App(altcraft), **parts)
    assert (field(altcraft, made, "email"), field(altcraft, made, "_fname")) == ("new@example.com", "Nora")
    assert noted(altcraft, App(altcraft, NEW)) == made


def test_nobody_is_made_of_a_token_alone(altcraft: Altcraft) -> None:
    assert post(altcraft, App(altcraft, NEW), {}) == (
        404,
        {"error": 404, "error_text": "Object not found: profile email=new@example.com"},
    )


def test_parts_that_are_json_may_come_in_json(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    assert app.profile(PATH, {"wn": "cart", "wd": {"a": 1}, "pf": {"_fname": "Anna"}}, **PIXEL)["id"] == ANN
    assert goals(altcraft, ANN) == [{"goal": "cart", "pixel_id": 7, "data": {"a": 1}}]


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"wn": None}, "Incorrect request: wn: Field required"),
        ({"wn": "x" * 129}, None),
        ({"wn": "a<b>"}, None),
        ({"wd": {"a": {"b": 1}}}, "Incorrect request: wd: must be flat"),
        ({"wd": {"a": [1]}}, "Incorrect request: wd: must be flat"),
        ({"wd": {"a": "x" * 1020}}, "Incorrect request: wd: must have at most 1024 bytes of JSON"),
        ({"wd": "{"}, None),
        ({"wd": "[1]"}, None),
        ({"wd": '{"a": NaN}'}, None),
        ({"ma": "email"}, None),
        ({"ma": "{}", "mm": "telepathy"}, None),
        ({"ma": {"db_id": 3, "email": "a@b.c"}}, "Incorrect request: db_id: is no database of the resource"),
        ({"pf": {"nothing": 1}}, f'{PREFIX}with field "nothing": Incorrect field'),
        (
            {"sn": {"resource_id": 99}},
            f'{PREFIX}field "subscriptions.resource_id" is not valid: resource not found',
        ),
        ({"sn": {"resource_id": [1]}}, None),
        ({"sn": {"resource_id": 10**30}}, None),
        ({"sn": {"resource_id": 1, "channel": ["push"]}}, None),
        ({"sn": {"resource_id": 1, "channel": "push"}}, None),
        ({"sn": DEVICE | {"cats": ["sports"]}}, None),
        ({"sn": DEVICE | {"custom_fields": "x"}}, None),
    ],
)
def test_what_is_wrong_is_400_and_changes_nothing(
    altcraft: Altcraft, parts: dict[str, object], text: str | None
) -> None:
    status, content = post(altcraft, App(altcraft, BY_EMAIL), parts)
    assert (status, content["error"]) == (400, 400)
    assert text in {None, content["error_text"]}
    assert goals(altcraft, ANN) == []
    assert subscriptions(altcraft, ANN) == []


def test_a_pixel_is_needed(altcraft: Altcraft) -> None:
    status, content = post(altcraft, App(altcraft, BY_EMAIL), {}, {})
    assert (status, content["error_text"]) == (400, "Incorrect request: i: Field required")
    assert post(altcraft, App(altcraft, BY_EMAIL), {}, {"i": ""})[0] == 400
    assert post(altcraft, App(altcraft, BY_EMAIL), {}, {"i": "spring"})[0] == 200


@pytest.mark.parametrize("number", ["99", "9"], ids=["unknown", "of another database"])
def test_the_number_of_a_pixel_is_one_of_the_database(altcraft: Altcraft, number: str) -> None:
    status, content = post(altcraft, App(altcraft, BY_EMAIL), {"pf": {"_fname": "New"}}, {"i": number})
    assert (status, content["error"]) == (404, 404)
    assert content["error_text"] == f"Object not found: pixel {number}"
    assert goals(altcraft, ANN) == []
    assert altcraft.data("/profiles/get", db_id=1, email="ann@example.com")["_fname"] == "Ann"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--x\r\n\r\n--x--"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"nothing"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            HEAD + b"\r\n\r\n\xff\r\n--x--\r\n",
        ),
        (
            "multipart/form-data; boundary=x",
            HEAD + b"\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\na\r\n--y--\r\n--x--\r\n",
        ),
        (
            "multipart/form-data; boundary=x",
            HEAD.replace(b"name", b"name*=punycode''-" + b"a" * 50 + b"; x") + b"\r\n\r\na\r\n--x--\r\n",
        ),
        ("multipart/mixed; boundary=x", b"--x\r\n\r\n--x--"),
        ("text/plain", b"wn=cart"),
    ],
)
def test_a_malformed_form_is_400(altcraft: Altcraft, content_type: str, body: bytes) -> None:
    headers = App(altcraft, BY_EMAIL).headers | {"Content-Type": content_type}
    answer = altcraft.emulator.http.post(PATH, params=PIXEL, headers=headers, content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, 400)


def test_no_other_operation_takes_a_form(altcraft: Altcraft) -> None:
    http, parts = altcraft.emulator.http, {"token": (None, TOKEN), "id": (None, "15")}
    answer = http.post("/api/v1.1/campaigns/get", files=parts)
    text = "Incorrect request: Content-Type: must be application/json or application/xml"
    assert answer.json() == {"data": None, "error": 400, "error_text": text}
    answer = http.post("/profile/update", files=parts, headers=App(altcraft, BY_EMAIL).headers)
    assert (answer.status_code, answer.json()) == (400, {"error": 400, "error_text": text})


def test_a_form_over_a_megabyte_is_413(altcraft: Altcraft) -> None:
    status, content = post(altcraft, App(altcraft, BY_EMAIL), {"wd": "x" * (1024 * 1024)})
    assert (status, content) == (413, {"error": 413, "error_text": "Request is too large: more than 1 MB"})
