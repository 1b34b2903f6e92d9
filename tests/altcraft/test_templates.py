"""Templates: made, changed, shown, listed and deleted; test_refused_templates.py has what is refused."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft

HELLO, NEWS, BYE, UNUSED, CATALOGUE = 6, 7, 9, 10, 22
"""Templates of the account; an active mailing sends the last one."""

SMS = {"sid": "sms", "fields": {"sms": "Hi"}}
EMAIL = {"sid": "email", "fields": {"subject": "Hello", "html": "<p>Hi</p>", "from_email": "me@example.com"}}
NEW: dict[str, Any] = {"name": "New", "channels": [SMS]}

SHOWN_SMS = {
    "id": 2,
    "sid": "sms",
    "fields": {"sms": "Hi", "sms_max_count": 0, "add_sms_url_scheme": False},
    "presets": None,
}


def added(altcraft: Altcraft, **body: Any) -> int:
    return int(altcraft.data("/templates/add", **NEW | body)["saved_id"])


def template(altcraft: Altcraft, number: int, **body: Any) -> Any:
    return altcraft.data("/templates/get", id=number, **body)


def ids(altcraft: Altcraft, **filters: Any) -> list[int]:
    return [row["id"] for row in altcraft.data("/templates/list", **filters)]


def test_a_template_is_shown_as_it_was_made(altcraft: Altcraft) -> None:
    number = added(
        altcraft,
        descr="To all",
        channels=[SMS, EMAIL],
        json_url="https://example.com/values.json",
        ui_tags=["b2c"],
        groups=[2, 0],
        is_draft=True,
        is_confirm="true",
        suppress_id="3",
    )
    email: dict[str, Any] = {
        "text": "",
        "html": "<p>Hi</p>",
        "is_amp": False,
        "amp": "",
        "subject": "Hello",
        "from_email": "me@example.com",
        "from_name": "",
        "replyto_email": "",
        "replyto_name": "",
        "is_not_inline": False,
        "attach": [],
    }
    assert template(altcraft, number) == {
        "id": 47,
        "updated_user": "olga@example.com",
        "update_time": "2026-03-15T14:30:00.000Z",
        "name": "New",
        "description": "To all",
        "channels": [SHOWN_SMS, {"id": 1, "sid": "email", "fields": email, "presets": None}],
        "json_url": "https://example.com/values.json",
        "is_draft": True,
        "is_confirm": True,
        "ui_tags": ["b2c"],
        "groups": [{"id": 2, "name": "subaccount"}, {"id": 0, "name": "main"}],
        "suppress_id": 3,
    }


def test_a_template_needs_a_name_and_a_channel_alone(altcraft: Altcraft) -> None:
    unset: dict[str, Any] = {"descr": "", "json_url": None, "groups": [], "is_draft": "", "suppress_id": 0}
    shown = template(altcraft, added(altcraft, **unset))
    assert shown["channels"] == [SHOWN_SMS]
    assert (shown["description"], shown["json_url"], shown["is_draft"]) == ("", "", False)
    assert (shown["suppress_id"], shown["groups"]) == (0, [{"id": 0, "name": "main"}])


@pytest.mark.parametrize(
    ("channel", "number", "fields"),
    [
        (
            {"sid": "push", "fields": {"title": "Hi", "click_url_new": {"uniq": "true"}}},
            4,
            {
                "title": "Hi",
                "body": "",
                "icon": "",
                "click_url": "",
                "click_url_new": {"uniq": True},
                "custom_push_json_raw": "{}",
            },
        ),
        (
            {"sid": "sms", "fields": {"sms": "Hi", "sms_max_count": "2", "further": [1], "nothing": None}},
            2,
            {"sms": "Hi", "sms_max_count": 2, "add_sms_url_scheme": False, "further": [1]},
        ),
        ({"sid": "telegram_bot", "fields": {"text": "Hi"}}, 8, {"text": "Hi"}),
    ],
    ids=["push", "fields that are not documented", "a channel that is not documented"],
)
def test_channels_have_fields_of_their_own(
    altcraft: Altcraft, channel: dict[str, Any], number: int, fields: dict[str, Any]
) -> None:
    (shown,) = template(altcraft, added(altcraft, channels=[channel]))["channels"]
    assert shown == {"id": number, "sid": channel["sid"], "fields": fields, "presets": None}


def test_some_channels_alone_are_shown(altcraft: Altcraft) -> None:
    for wanted, found in ((["sms"], ["sms"]), ("email", ["email"]), (["push"], []), ([], ["email", "sms"])):
        shown = template(altcraft, HELLO, channel_sid=wanted)["channels"]
        assert [channel["sid"] for channel in shown] == found


def test_the_variables_of_the_shown_channels_are_listed(altcraft: Altcraft) -> None:
    subject = "{if lead.level equal 3}Dear {lead._fname}{else}{apicontent.order.id}{end} {lead._fname} {css}"
    email = {
        "sid": "email",
        "fields": {"subject": subject, "from_name": "{campid}", "html": "{if lead.x and}"},
    }
    sms = {"sid": "sms", "fields": {"sms": '{subscription_field("email" "domain")} {segname}'}}
    number = added(altcraft, channels=[email, sms])
    assert "variables" not in template(altcraft, number)
    of_mail = ["lead.level", "lead._fname", "apicontent.order.id", "campid"]
    of_text = ["subscription_field", "segname"]
    assert template(altcraft, number, get_variable=True)["variables"] == of_mail + of_text
    assert template(altcraft, number, get_variable=True, channel_sid="sms")["variables"] == of_text


def test_templates_are_listed(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/templates/list", from_id=9, limit=1)
    assert answer == {
        "data": [
            {
                "id": BYE,
                "name": "Bye",
                "channels": ["email", "sms"],
                "updated_user": "olga@example.com",
                "is_draft": True,
                "is_confirm": False,
                "ui_tags": ["b2c"],
                "groups": [{"id": 0, "name": "main"}],
            }
        ],
        "error": 0,
        "error_text": "Successful operation",
        "total_count": 27,
    }


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"channel": "push"}, [27]),
        ({"channel": "sms"}, [HELLO, BYE, UNUSED, 27]),
        ({"channel": "email", "limit": 3}, [1, HELLO, NEWS]),
        ({"channel": "custom_channel"}, []),
        ({"ui_tags": ["b2c"]}, [BYE]),
        ({"groups": ["shops"]}, [43]),
        ({"groups_id": [2]}, [1, 43]),
        ({"from_id": 44}, [44, 45, 46]),
    ],
)
def test_the_list_is_filtered(altcraft: Altcraft, filters: dict[str, object], found: list[int]) -> None:
    assert ids(altcraft, **filters) == found


def test_an_update_keeps_what_is_left_out(altcraft: Altcraft) -> None:
    settings = {"descr": "To all", "ui_tags": ["b2c"], "groups": [1], "is_draft": True, "suppress_id": 3}
    number = added(altcraft, **settings)
    before = template(altcraft, number)
    altcraft.advance("1h")
    saved = altcraft.data("/templates/update", id=str(number), **NEW | {"name": "Newer"})
    assert saved == {"saved_id": number}
    changed = {"name": "Newer", "update_time": "2026-03-15T15:30:00.000Z"}
    assert template(altcraft, number) == before | changed


def test_an_update_replaces_channels_and_lists_whole(altcraft: Altcraft) -> None:
    number = added(altcraft, channels=[SMS, EMAIL], ui_tags=["a", "b"], groups=[0, 1], suppress_id=3)
    lists = {"ui_tags": [], "groups": [], "suppress_id": 0}
    altcraft.data("/templates/update", id=number, **NEW | lists)
    shown = template(altcraft, number)
    assert (shown["channels"], shown["ui_tags"]) == ([SHOWN_SMS], [])
    assert (shown["groups"], shown["suppress_id"]) == ([{"id": 0, "name": "main"}], 0)


def test_a_deleted_template_is_gone_and_its_id_is_not_used_again(altcraft: Altcraft) -> None:
    number = added(altcraft)
    deleted = altcraft.answer("/templates/delete", id=number)
    assert deleted == {"data": number, "error": 0, "error_text": "Successful operation"}
    for path in ("get", "delete"):
        refusal = altcraft.refused(f"/templates/{path}", id=number)
        assert refusal == (404, f"Object not found: template {number}")
    assert added(altcraft) == number + 1


def test_a_template_of_an_active_mailing_is_not_deleted(altcraft: Altcraft) -> None:
    refusal = (400, f"Incorrect request: template {CATALOGUE} is in use")
    assert altcraft.refused("/templates/delete", id=CATALOGUE) == refusal
    altcraft.data("/campaigns/deactivate", id=15)
    assert altcraft.data("/templates/delete", id=CATALOGUE) == CATALOGUE


def test_each_template_of_an_active_split_test_is_in_use(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=51)
    for number in (33, 34):
        refusal = (400, f"Incorrect request: template {number} is in use")
        assert altcraft.refused("/templates/delete", id=number) == refusal


def sent(altcraft: Altcraft, template_id: int) -> int:
    """Launch mailing 12 with a template, and return how many messages it has."""
    settings = {"name": "News", "data_type": "list", "data_id": 1, "content": [{"message_id": template_id}]}
    altcraft.data("/campaigns/broadcasts/update", id=12, **settings)
    altcraft.data("/campaigns/activate/", id=12, run_now=True)
    return int(altcraft.emulator.http.get("/_emulator/jobs/altcraft/mailing/12").json()["total"])


@pytest.mark.parametrize(
    ("path", "entry", "held"),
    [
        ("email_add", {"email": "ann@example.com"}, 1),
        ("domain_add", {"domain": "example.com"}, 40),
        ("phone_add", {"value": "+79000000001"}, 0),
    ],
)
def test_the_suppression_list_of_a_template_holds_people_back(
    altcraft: Altcraft, path: str, entry: dict[str, str], held: int
) -> None:
    altcraft.answer(f"/suppresses/{path}", id=3, **entry)
    number = added(altcraft, channels=[EMAIL], suppress_id=3)
    assert sent(altcraft, number) == 40 - held


def test_a_suppression_list_of_a_template_is_in_use(altcraft: Altcraft) -> None:
    number = added(altcraft, suppress_id=3)
    refusal = (400, "Incorrect request: suppression list 3 is in use")
    assert altcraft.refused("/suppresses/delete", id=3) == refusal
    altcraft.data("/templates/delete", id=number)
    altcraft.data("/suppresses/delete", id=3)


def test_templates_in_xml(altcraft: Altcraft) -> None:
    channel = "<channels array = 'true'><sid>sms</sid><fields><sms>Hi {campid}</sms></fields></channels>"
    answer = altcraft.xml("/templates/add", f"<name>New</name>{channel}<groups array='true'>2</groups>").text
    assert answer == (
        "<xml><data><saved_id>47</saved_id></data><error>0</error>"
        "<error_text>Successful operation</error_text></xml>"
    )
    shown = altcraft.xml("/templates/get", "<id>47</id><get_variable>true</get_variable>").text
    assert shown == (
        "<xml><data><id>47</id><updated_user>olga@example.com</updated_user>"
        "<update_time>2026-03-15T14:30:00.000Z</update_time><name>New</name><description/>"
        "<channels><id>2</id><sid>sms</sid><fields><sms>Hi {campid}</sms><sms_max_count>0</sms_max_count>"
        "<add_sms_url_scheme>false</add_sms_url_scheme></fields><presets/></channels><json_url/>"
        "<is_draft>false</is_draft><is_confirm>false</is_confirm><ui_tags/>"
        "<groups><id>2</id><name>subaccount</name></groups><suppress_id>0</suppress_id>"
        "<variables>campid</variables></data>"
        "<error>0</error><error_text>Successful operation</error_text></xml>"
    )
    listed = altcraft.xml("/templates/list", "<from_id>47</from_id>").text
    assert "<data><id>47</id><name>New</name><channels>sms</channels><updated_user>" in listed
    deleted = altcraft.xml("/templates/delete", "<id>47</id>").text
    assert (
        deleted == "<xml><data>47</data><error>0</error><error_text>Successful operation</error_text></xml>"
    )


def test_a_refusal_in_xml(altcraft: Altcraft) -> None:
    assert altcraft.xml("/templates/add", "<name>New</name><channels/>").text == (
        "<xml><data/><error>400</error><error_text>Incorrect request: channels: "
        "must have at least 1 item</error_text></xml>"
    )


def test_a_repeated_addition_is_one_template(altcraft: Altcraft) -> None:
    headers = {"Request-ID": "new"}
    assert added(altcraft, headers=headers) == added(altcraft, headers=headers)
    assert altcraft.answer("/templates/list")["total_count"] == 28


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/templates/add", "/templates/update"])
def test_templates_may_have_files_of_100_mb(altcraft: Altcraft, path: str) -> None:
    file = {"name": "a.bin", "data": "A" * (12 * 1024 * 1024)}
    channel = {"sid": "email", "fields": {"subject": "Hi", "attach": [file]}}
    number = altcraft.data(path, id=UNUSED, name="With a file", channels=[channel])["saved_id"]
    (shown,) = template(altcraft, number)["channels"]
    assert shown["fields"]["attach"] == [file]


def test_a_template_is_in_its_sandbox_alone(altcraft: Altcraft) -> None:
    box = altcraft.emulator.sandbox()
    added(altcraft)
    other = box.http.post("/api/v1.1/templates/get", json={"id": 47}, headers=box.altcraft).json()
    assert (other["error"], other["error_text"]) == (404, "Object not found: template 47")
