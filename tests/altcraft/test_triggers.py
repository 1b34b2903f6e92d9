"""Trigger mailings, their settings: https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft

TRIGGER: dict[str, Any] = {
    "name": "Parcel sent",
    "trigger_type": "api_call",
    "list_id": 1,
    "content": [{"message_id": 41}],
    "send_channel": "email",
}


NO_EVENT = "must be an event of the history, such as open, click_sms or import"


def made(altcraft: Altcraft, **settings: Any) -> int:
    return int(altcraft.data("/campaigns/triggers/add/", **(TRIGGER | settings))["saved_id"])


def settings_of(altcraft: Altcraft, mailing: int) -> Any:
    return altcraft.data("/campaigns/triggers/get", id=mailing)


def test_the_list_names_what_starts_them(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/campaigns/triggers/list/")
    assert [(row["id"], row["type"]) for row in answer["data"]] == [
        (27, "api_call"),
        (60, "api_call"),
        (61, "api_call"),
    ]
    assert answer["total_count"] == 3
    assert [row["type"] for row in altcraft.data("/campaigns/list", type="trigger")] == ["trigger"] * 3


def test_only_push_triggers_list_providers(altcraft: Altcraft) -> None:
    push = made(altcraft, send_channel="push", resource_id=26)
    rows = {row["id"]: row for row in altcraft.data("/campaigns/triggers/list/")}
    assert rows[push]["providers"] == []
    assert "providers" not in rows[60]


def test_the_list_can_be_filtered(altcraft: Altcraft) -> None:
    active = altcraft.data("/campaigns/triggers/list/", is_active=True)
    assert [row["id"] for row in active] == [27, 60]
    assert altcraft.answer("/campaigns/triggers/list/", groups_id=[2])["total_count"] == 0


def test_a_new_one_has_the_settings_that_it_was_given(altcraft: Altcraft) -> None:
    found = settings_of(altcraft, made(altcraft, subid="parcel", skip_minutes=15, resource_id=1))
    assert found["name"] == "Parcel sent"
    assert (found["trigger_type"], found["list_id"], found["resource_id"]) == ("api_call", 1, 1)
    assert (found["subid"], found["skip_minutes"], found["is_active"]) == ("parcel", 15, False)
    assert [template["message_id"] for template in found["content"]] == [41]


def test_smart_fields_have_other_names_in_requests(altcraft: Altcraft) -> None:
    names = {"is_random_trk_prefix": True, "custom_trk_domain": ["t.example.com"]}
    found = settings_of(altcraft, made(altcraft, **names))
    assert found["is_random_tracking_prefix"] is True
    assert found["custom_tracking_domains"] == ["t.example.com"]


def test_the_only_database_of_its_resource_is_its_own(altcraft: Altcraft) -> None:
    assert settings_of(altcraft, made(altcraft, list_id=None, resource_id=36))["list_id"] == 1


def test_the_launch_link_is_on_the_tracking_domain_of_its_resource(altcraft: Altcraft) -> None:
    on_domain, on_server = made(altcraft, resource_id=1), made(altcraft)
    assert settings_of(altcraft, on_domain)["call_url"].startswith("tracking.example.org/trg/")
    assert settings_of(altcraft, on_server)["call_url"].startswith("127.0.0.1:4610/trg/")
    assert settings_of(altcraft, on_server)["call_url"].endswith("/<email|md5|xxh>")


@pytest.mark.parametrize(
    "settings",
    [
        {"trigger_type": "action", "action": "click_sms"},
        {"trigger_type": "update", "update_query": [{"fieldname": "CRM_ID", "fieldtype": "int"}]},
        {"trigger_type": "pixel", "pixel_id": 1, "goal": "cart"},
        {"trigger_type": "subscribe", "is_new_ch": True, "channel": 2},
        {"trigger_type": "subscribe", "is_new_ch": True, "channel": 0},
    ],
)
def test_a_type_has_settings_of_its_own(altcraft: Altcraft, settings: dict[str, Any]) -> None:
    found = settings_of(altcraft, made(altcraft, **settings))
    for name, value in settings.items():
        if name == "update_query":
            assert found[name] == [one | {"operator": None, "value": None} for one in value]
        else:
            assert found[name] == value


def test_the_channel_of_subscriptions_may_be_named(altcraft: Altcraft) -> None:
    mailing = made(altcraft, trigger_type="subscribe", is_new_sub=True, channel="push")
    assert settings_of(altcraft, mailing)["channel"] == 4
    altcraft.data(
        "/campaigns/triggers/update/", id=mailing, **TRIGGER | {"trigger_type": "subscribe", "channel": "0"}
    )
    assert settings_of(altcraft, mailing)["channel"] == 0
    refused = altcraft.refused(
        "/campaigns/triggers/add/", **TRIGGER | {"trigger_type": "subscribe", "channel": 8}
    )
    assert refused == (400, "Incorrect request: channel: Input should be 'email', 'sms' or 'push'")


def test_a_number_of_update_query_that_is_sent_as_a_text_is_shown_as_one(altcraft: Altcraft) -> None:
    change = {"fieldname": "CRM_ID", "fieldtype": "int", "operator": "equal", "value": "5"}
    mailing = made(altcraft, trigger_type="update", update_query=[change])
    assert settings_of(altcraft, mailing)["update_query"] == [change | {"value": 5}]


def test_other_types_do_not_show_them(altcraft: Altcraft) -> None:
    assert {"action", "update_query", "pixel_id", "is_new_ch", "channel"}.isdisjoint(
        settings_of(altcraft, 60)
    )


def test_an_update_keeps_what_it_does_not_say(altcraft: Altcraft) -> None:
    mailing = made(altcraft, subid="parcel", skip_minutes=15)
    changes = {**TRIGGER, "name": "Parcel on its way", "send_channel": "sms"}
    del changes["list_id"]
    assert altcraft.data("/campaigns/triggers/update/", id=mailing, **changes) == {"saved_id": mailing}
    found = settings_of(altcraft, mailing)
    assert (found["name"], found["send_channel"], found["list_id"]) == ("Parcel on its way", "email", 1)
    assert (found["subid"], found["skip_minutes"]) == ("parcel", 15)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"trigger_type": "pixel", "pixel_id": 7, "goal": "sale"}, {"pixel_id": 1}),
        ({"trigger_type": "subscribe", "is_new_sub": True, "channel": 2}, {"is_new_contact": True}),
    ],
)
def test_an_update_keeps_the_settings_of_its_type(
    altcraft: Altcraft, settings: dict[str, Any], said: dict[str, Any]
) -> None:
    trigger = made(altcraft, **settings)
    needed = {"id": trigger, "name": "Parcel sent", "content": TRIGGER["content"]}
    altcraft.data("/campaigns/triggers/update/", **needed, trigger_type=settings["trigger_type"], **said)
    assert settings_of(altcraft, trigger).items() >= (settings | said).items()


@pytest.mark.parametrize("resource_id", [0, 24, 36])
def test_an_update_keeps_the_database_where_its_resource_does_not_exclude_it(
    altcraft: Altcraft, resource_id: int
) -> None:
    trigger = made(altcraft, list_id=2, resource_id=1)
    needed = {"id": trigger, "name": "Parcel sent", "content": TRIGGER["content"]}
    altcraft.data("/campaigns/triggers/update/", **needed, trigger_type="api_call", resource_id=resource_id)
    assert settings_of(altcraft, trigger)["list_id"] == (1 if resource_id == 36 else 2)


def test_another_type_replaces_the_settings_of_the_old_one(altcraft: Altcraft) -> None:
    mailing = made(altcraft, trigger_type="action", action="open")
    altcraft.data("/campaigns/triggers/update/", id=mailing, **TRIGGER)
    assert "action" not in settings_of(altcraft, mailing)


def test_a_copy_is_inactive(altcraft: Altcraft) -> None:
    copy = altcraft.data("/campaigns/triggers/clone", id=60)["saved_id"]
    found = settings_of(altcraft, copy)
    assert (found["name"], found["is_active"], found["subid"]) == ("Clone of Order paid", False, "API")
    assert found["call_url"] != settings_of(altcraft, 60)["call_url"]


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("get", {"id": 12}, (404, "Object not found: trigger 12")),
        ("clone", {"id": 12}, (404, "Object not found: trigger 12")),
        ("update/", TRIGGER | {"id": 12}, (404, "Object not found: trigger 12")),
        ("add/", TRIGGER | {"list_id": 99}, (404, "Object not found: database 99")),
        ("add/", TRIGGER | {"resource_id": 99}, (404, "Object not found: resource 99")),
        ("add/", TRIGGER | {"list_id": None}, (400, "Incorrect request: list_id: Field required")),
        (
            "add/",
            TRIGGER | {"list_id": None, "resource_id": 1},
            (400, "Incorrect request: list_id: Field required"),
        ),
        ("add/", TRIGGER | {"trigger_type": "action"}, (400, "Incorrect request: action: Field required")),
        (
            "add/",
            TRIGGER | {"trigger_type": "update"},
            (400, "Incorrect request: update_query: Field required"),
        ),
        ("add/", TRIGGER | {"trigger_type": "pixel"}, (400, "Incorrect request: pixel_id: Field required")),
        (
            "add/",
            TRIGGER | {"trigger_type": "action", "action": "yawn"},
            (400, f"Incorrect request: action: {NO_EVENT}"),
        ),
    ],
)
def test_refusals(altcraft: Altcraft, path: str, body: dict[str, Any], refusal: tuple[int, str]) -> None:
    assert altcraft.refused(f"/campaigns/triggers/{path}", **body) == refusal


@pytest.mark.parametrize("path", ["list/", "get", "add/", "update/", "clone", "start/", "start_batch"])
def test_the_form_csv_is_read_as_json(altcraft: Altcraft, path: str) -> None:
    said: dict[str, Any] = {"id": 60, "trigger_id": 60, "email": "ann@example.com", "data": []}
    said |= TRIGGER if path in {"add/", "update/"} else {}
    assert altcraft.answer(f"/campaigns/triggers/{path}", format="csv", **said)["error"] == 0
    assert altcraft.answer(f"/campaigns/triggers/{path}?format=csv", **said)["error"] == 0


@pytest.mark.parametrize("path", ["broadcasts/list", "regulars/list/", "get", "activate/"])
def test_other_mailings_know_no_csv(altcraft: Altcraft, path: str) -> None:
    code, text = altcraft.refused(f"/campaigns/{path}", format="csv", id=12)
    assert (code, text.split(": ")[:2]) == (400, ["Incorrect request", "format"])


@pytest.mark.parametrize("path", ["add/", "update/", "clone"])
def test_changes_need_their_right(altcraft: Altcraft, path: str) -> None:
    refusal = altcraft.refused(f"/campaigns/triggers/{path}", token=VIEW_ONLY, **TRIGGER, id=60)
    assert refusal == (403, "Access denied")


def test_a_token_sees_the_triggers_of_its_groups_alone(altcraft: Altcraft) -> None:
    assert altcraft.data("/campaigns/triggers/list/", token=SUBACCOUNT) == []
    assert altcraft.refused("/campaigns/triggers/get", token=SUBACCOUNT, id=60)[0] == 404
