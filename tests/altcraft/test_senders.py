"""Senders and virtual senders: listed, made, changed, copied and deleted."""

import json
from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft

MTA, GATE = 1, 2
MIXED, GATE_ALONE = 1, 2
SUCCESS = {"error": 0, "error_text": "Successful operation"}
SHARE = {"sender_id": MTA, "percent": 100}
NEW: dict[str, Any] = {"name": "New", "email_rules": [], "sms_rules": []}

OF_MIXED = {
    "type": "default",
    "value": "",
    "senders": [
        {
            "sender_id": MTA,
            "percent": 100,
            "from_email": "news@example.com",
            "from_name": "News",
            "replyto_email": "help@example.com",
        }
    ],
}


def rule(*shares: object, type: object = "default", **more: object) -> dict[str, Any]:  # noqa: A002 -- the wire's
    return {"type": type, "senders": list(shares or [SHARE])} | more


def added(altcraft: Altcraft, **body: Any) -> int:
    return int(altcraft.data("/vsenders/add", **NEW | body)["saved_id"])


def virtual(altcraft: Altcraft, number: int, **body: Any) -> Any:
    return altcraft.data("/vsenders/get", id=number, **body)


def test_senders_are_listed(altcraft: Altcraft) -> None:
    gate = {"channel": "sms", "id": GATE, "name": "SMS gate", "type": "bulksms_com"}
    answer = altcraft.answer("/senders/list")
    assert answer["data"] == [{"channel": "email", "id": MTA, "name": "Main MTA", "type": "akmta"}, gate]
    assert (answer["next_from_id"], answer["total_count"]) == (3, 2)
    page = altcraft.answer("/senders/list", from_id=2, limit="5")
    assert (page["data"], page["next_from_id"], page["total_count"]) == ([gate], 3, 2)
    assert altcraft.answer("/senders/list", limit=1)["next_from_id"] == 2
    assert altcraft.answer("/senders/list", from_id=9)["next_from_id"] == 9


def test_virtual_senders_are_listed_with_their_channels(altcraft: Altcraft) -> None:
    added(altcraft)
    answer = altcraft.answer("/vsenders/list")
    assert answer == SUCCESS | {
        "data": [
            {"id": MIXED, "name": "Mixed", "email_channel": True, "sms_channel": False},
            {"id": GATE_ALONE, "name": "SMS gate alone", "email_channel": False, "sms_channel": True},
            {"id": 3, "name": "New", "email_channel": False, "sms_channel": False},
        ],
        "total_count": 3,
    }
    assert [row["id"] for row in altcraft.data("/vsenders/list", from_id=2, limit=1)] == [GATE_ALONE]


def test_a_virtual_sender_is_shown_as_it_was_made(altcraft: Altcraft) -> None:
    shares = [SHARE | {"percent": 30, "from_name": "Shop"}, SHARE | {"percent": "70"}]
    mails = [
        rule(*shares),
        rule(type="to_domain", value=" Gmail.com"),
        rule(type="from_domain", value="example.com"),
        rule(type="group_id", value="2"),
    ]
    texts = [rule({"sender_id": GATE, "percent": 100, "from_name": "Shop"})]
    shown = virtual(altcraft, added(altcraft, email_rules=mails, sms_rules=texts))
    assert (shown["id"], shown["name"]) == (3, "New")
    values = [(one["type"], one["value"]) for one in shown["email_rules"]]
    assert values == [
        ("default", ""),
        ("to_domain", "gmail.com"),
        ("from_domain", "example.com"),
        ("group_id", 2),
    ]
    empty = {"from_email": "", "from_name": "", "replyto_email": ""}
    assert shown["email_rules"][0]["senders"] == [
        {"sender_id": MTA, "percent": 30} | empty | {"from_name": "Shop"},
        {"sender_id": MTA, "percent": 70} | empty,
    ]
    (own,) = shown["sms_rules"]
    assert own["senders"] == [{"sender_id": GATE, "percent": 100} | empty | {"from_name": "Shop"}]


def test_an_update_replaces_the_rules(altcraft: Altcraft) -> None:
    texts = [rule({"sender_id": GATE, "percent": 100})]
    saved = altcraft.data("/vsenders/update", id="1", name="Texts", email_rules=[], sms_rules=texts)
    assert saved == {"saved_id": MIXED}
    shown = virtual(altcraft, MIXED)
    assert (shown["name"], shown["email_rules"], len(shown["sms_rules"])) == ("Texts", [], 1)


def test_a_copy_has_the_rules_of_the_original(altcraft: Altcraft) -> None:
    assert altcraft.data("/vsenders/clone", id=MIXED, name="Mixed 2") == {"saved_id": 3}
    assert virtual(altcraft, 3) == {"id": 3, "name": "Mixed 2", "email_rules": [OF_MIXED], "sms_rules": []}
    altcraft.data("/vsenders/update", id=MIXED, **NEW)
    assert virtual(altcraft, 3)["email_rules"] == [OF_MIXED]
    assert virtual(altcraft, altcraft.data("/vsenders/clone", id=3)["saved_id"])["name"] == "Clone of Mixed 2"


def test_a_deleted_virtual_sender_is_gone_and_its_id_is_not_used_again(altcraft: Altcraft) -> None:
    number = added(altcraft)
    assert altcraft.answer("/vsenders/delete", id=number) == SUCCESS
    for path in ("get", "delete", "clone"):
        refusal = altcraft.refused(f"/vsenders/{path}", id=number)
        assert refusal == (404, f"Object not found: virtual sender {number}")
    assert added(altcraft) == number + 1


def test_a_virtual_sender_of_an_active_mailing_is_not_deleted(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=40)
    refusal = (400, f"Incorrect request: virtual sender {GATE_ALONE} is in use")
    assert altcraft.refused("/vsenders/delete", id=GATE_ALONE) == refusal
    altcraft.data("/campaigns/deactivate", id=40)
    altcraft.answer("/vsenders/delete", id=GATE_ALONE)


BEGINNINGS = {400: "Incorrect request", 404: "Object not found"}
TYPES = "'default', 'group_id', 'from_domain' or 'to_domain'"


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"name": ""}, 400, "name: Field required"),
        ({"email_rules": None}, 400, "email_rules: Field required"),
        ({"sms_rules": ""}, 400, "sms_rules: Field required"),
        ({"email_rules": [{}]}, 400, "email_rules.0.type: Field required"),
        ({"email_rules": [{"type": "default"}]}, 400, "email_rules.0.senders: Field required"),
        (
            {"email_rules": [{"type": "default", "senders": []}]},
            400,
            "email_rules.0.senders: the percents must sum to 100",
        ),
        ({"email_rules": [rule(type="region")]}, 400, f"email_rules.0.type: Input should be {TYPES}"),
        (
            {"sms_rules": [rule(type="to_domain", value="example.com")]},
            400,
            "sms_rules.0.type: Input should be 'default', 'group_id' or 'from_domain'",
        ),
        ({"email_rules": [rule(type="to_domain")]}, 400, "email_rules.0.value: must be a domain"),
        ({"email_rules": [rule(type="to_domain", value=7)]}, 400, "email_rules.0.value: must be a domain"),
        ({"email_rules": [rule(type="group_id")]}, 400, "email_rules.0.value: must be the id of a group"),
        (
            {"email_rules": [rule(type="group_id", value=True)]},
            400,
            "email_rules.0.value: must be the id of a group",
        ),
        (
            {"email_rules": [rule(SHARE | {"percent": 60}, SHARE | {"percent": 41})]},
            400,
            "email_rules.0.senders: the percents must sum to 100",
        ),
        (
            {"sms_rules": [rule({"sender_id": GATE, "percent": 99})]},
            400,
            "sms_rules.0.senders: the percents must sum to 100",
        ),
        (
            {"email_rules": [rule(SHARE | {"percent": 101})]},
            400,
            "email_rules.0.senders.0.percent: Input should be less than or equal to 100",
        ),
        (
            {"email_rules": [rule(SHARE | {"percent": 99.5})]},
            400,
            "email_rules.0.senders.0.percent: Input should be a valid integer",
        ),
        (
            {"email_rules": [rule(SHARE | {"from_email": "me"})]},
            400,
            "email_rules.0.senders.0.from_email: must be an e-mail address",
        ),
        (
            {"email_rules": [rule(SHARE | {"from_name": "a\nb"})]},
            400,
            "email_rules.0.senders.0.from_name: must be one line",
        ),
        ({"email_rules": [rule(SHARE | {"sender_id": 9})]}, 404, "sender 9"),
        ({"email_rules": [rule(SHARE | {"sender_id": GATE})]}, 400, "email_rules: sender 2 is of sms"),
        ({"sms_rules": [rule()]}, 400, "sms_rules: sender 1 is of email"),
        ({"email_rules": [rule(type="group_id", value="7")]}, 404, "group 7"),
        (
            {"sms_rules": [rule({"sender_id": GATE, "percent": 100}, type="group_id", value=7)]},
            404,
            "group 7",
        ),
    ],
)
def test_rules_that_do_not_fit_are_refused(
    altcraft: Altcraft, body: dict[str, object], code: int, text: str
) -> None:
    refusal = (code, f"{BEGINNINGS[code]}: {text}")
    assert altcraft.refused("/vsenders/add", **NEW | body) == refusal
    assert altcraft.refused("/vsenders/update", id=MIXED, **NEW | body) == refusal
    assert altcraft.answer("/vsenders/list")["total_count"] == 2
    assert virtual(altcraft, MIXED)["email_rules"] == [OF_MIXED]


@pytest.mark.parametrize("path", ["get", "update", "clone", "delete"])
@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        (None, (400, "Incorrect request: id: Field required")),
        ([1], (400, "Incorrect request: id: Input should be a valid integer")),
        (9, (404, "Object not found: virtual sender 9")),
    ],
)
def test_a_virtual_sender_is_named_by_its_id(
    altcraft: Altcraft, path: str, number: object, refusal: tuple[int, str]
) -> None:
    assert altcraft.refused(f"/vsenders/{path}", **NEW, id=number) == refusal


@pytest.mark.parametrize("path", ["add", "update", "clone", "delete"])
def test_changing_needs_the_right_to_edit(altcraft: Altcraft, path: str) -> None:
    assert altcraft.refused(f"/vsenders/{path}", token=VIEW_ONLY, id=MIXED, **NEW) == (403, "Access denied")
    assert virtual(altcraft, MIXED, token=VIEW_ONLY)["name"] == "Mixed"
    assert altcraft.answer("/vsenders/list", token=VIEW_ONLY)["total_count"] == 2
    assert altcraft.answer("/senders/list", token=VIEW_ONLY)["total_count"] == 2


def test_senders_are_in_no_group(altcraft: Altcraft) -> None:
    assert altcraft.answer("/senders/list", token=SUBACCOUNT)["total_count"] == 2
    assert virtual(altcraft, MIXED, token=SUBACCOUNT)["name"] == "Mixed"


def test_virtual_senders_in_xml(altcraft: Altcraft) -> None:
    own = "<senders array='true'><sender_id>1</sender_id><percent>100</percent></senders>"
    rules = f"<email_rules array ='true'><type>default</type><value/>{own}</email_rules><sms_rules/>"
    assert altcraft.xml("/vsenders/add", f"<name>New</name>{rules}").text == (
        "<xml><data><saved_id>3</saved_id></data><error>0</error>"
        "<error_text>Successful operation</error_text></xml>"
    )
    assert altcraft.xml("/vsenders/get", "<id>3</id>").text == (
        "<xml><data><id>3</id><name>New</name><email_rules><type>default</type><value/><senders>"
        "<sender_id>1</sender_id><percent>100</percent><from_email/><from_name/><replyto_email/></senders>"
        "</email_rules><sms_rules/></data><error>0</error><error_text>Successful operation</error_text></xml>"
    )
    deleted = altcraft.xml("/vsenders/delete", "<id>3</id>").text
    assert deleted == "<xml><error>0</error><error_text>Successful operation</error_text></xml>"
    listed = altcraft.xml("/senders/list", "<limit>1</limit>").text
    assert listed == (
        "<xml><data><channel>email</channel><id>1</id><name>Main MTA</name><type>akmta</type></data>"
        "<error>0</error><error_text>Successful operation</error_text><next_from_id>2</next_from_id>"
        "<total_count>2</total_count></xml>"
    )


def test_a_repeated_copy_is_one_virtual_sender(altcraft: Altcraft) -> None:
    for _ in range(2):
        altcraft.call("/vsenders/clone", id=MIXED, headers={"Request-ID": "copy"})
    assert altcraft.answer("/vsenders/list")["total_count"] == 3


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ({"type": "default"}, "sender 1 is of sms"),
        ({"type": "group_id", "value": 7}, "Object not found: group 7"),
    ],
)
def test_a_fixture_names_senders_of_the_channel_and_groups(
    altcraft: Altcraft, kind: dict[str, object], problem: str
) -> None:
    account = f"""
user: olga@example.com
pace: 1
tokens: [{{token: "00000000000000000000000000000001", rights: all}}]
groups: [{{id: 0, name: main}}]
senders: [{{id: 1, name: Gate, channel: sms, type: bulksms_com}}]
virtual_senders:
  - {{id: 1, name: Mixed, email_rules: [{json.dumps(rule(**kind))}]}}
"""
    box = altcraft.emulator.sandbox()
    answer = box.control("POST", "/seed", json={"fixtures": {"altcraft": account}})
    assert answer.status_code == 422
    assert "account.yaml:8: virtual_senders.0.email_rules: " in answer.text
    assert problem in answer.text
