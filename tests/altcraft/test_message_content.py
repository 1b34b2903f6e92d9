"""The content of messages: on each channel, their senders, and the time of their templates."""

from collections import Counter
from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.messages import html, launched, messages, sent

BLOG, APP, TEXTS = 1, 26, 36
MIXED, GATE_ALONE = 1, 2
MTA, GATE = 1, 2


def source(altcraft: Altcraft, message: Any) -> str:
    return str(altcraft.emulator.http.get(f"/_emulator/messages/{message['id']}/raw").text)


def test_a_mail_says_what_its_template_says(altcraft: Altcraft) -> None:
    fields = {
        "subject": "Hello {lead._fname}",
        "html": "<p>Dear {lead._fname},</p>",
        "text": "Dear {lead._fname},",
        "from_email": "me@example.com",
        "from_name": "Me, for {lead._fname}",
        "replyto_email": "you@example.com",
        "replyto_name": "You",
        "attach": [{"name": "price.pdf", "data": "JVBERi0x"}],
    }
    ann, bob = sent(altcraft, fields, launch={"attach": [{"name": "own.txt"}]})
    assert (ann["subject"], ann["text"], html(altcraft, ann)) == (
        "Hello Ann",
        "Dear Ann,",
        "<p>Dear Ann,</p>",
    )
    assert (bob["subject"], bob["text"]) == ("Hello ", "Dear ,")
    assert ann["sender"] == '"Me, for Ann" <me@example.com>'
    assert ann["headers"] == {"Reply-To": "You <you@example.com>"}
    assert [file["name"] for file in ann["attachments"]] == ["price.pdf", "own.txt"]
    whole = source(altcraft, ann)
    assert "Subject: Hello Ann" in whole
    assert 'From: "Me, for Ann" <me@example.com>' in whole


def test_a_value_breaks_no_header(altcraft: Altcraft) -> None:
    fields = {"subject": "{apicontent.a}!", "from_email": "me@example.com", "from_name": "{apicontent.a}"}
    ann, _ = sent(altcraft, fields, launch={"content": {"a": "1\r\nBcc: x@example.com"}})
    assert ann["subject"] == "1 Bcc: x@example.com!"
    assert ann["sender"] == '"1 Bcc: x@example.com" <me@example.com>'


def test_an_sms_is_its_text(altcraft: Altcraft) -> None:
    ann, _ = sent(altcraft, {"sms": "{lead._fname}: {subscription.phone}"}, "sms", resource_id=TEXTS)
    assert (ann["subject"], ann["text"]) == ("Ann: +79000000001", "Ann: +79000000001")
    assert (ann["sender"], ann["html"]) == ("", False)


def test_a_push_has_a_title_and_an_address(altcraft: Altcraft) -> None:
    fields = {
        "title": "For {lead._fname}",
        "body": "On {subscription.pushes}",
        "icon": "https://example.com/{msg_type}.png",
        "click_url": "https://example.com/?to={lead._fname}",
    }
    ann, _ = sent(altcraft, fields, "push", resource_id=APP)
    assert (ann["subject"], ann["text"]) == ("For Ann", f"On {ann['recipient']}")
    push = ann["payload"]["push"]
    assert {name: push[name] for name in ("title", "body", "icon", "click_url")} == {
        "title": "For Ann",
        "body": f"On {ann['recipient']}",
        "icon": "https://example.com/push.png",
        "click_url": "https://example.com/?to=Ann",
    }
    assert {"_uid", "hub_link", "launch_id"} <= push.keys()
    assert (push["_ac_push"], push["_title"], push["_body"]) == (True, "For Ann", ann["text"])
    assert (push["_icon"], push["_click_action"]) == (push["icon"], push["click_url"])
    assert "https://example.com/?to=Ann" in ann["links"]


def test_what_the_mailing_says_goes_before_the_template(altcraft: Altcraft) -> None:
    fields = {"subject": "Hello", "from_email": "me@example.com", "from_name": "Me", "html": "<p>Hi</p>"}
    own = {"subject": "Dear {lead._fname}", "from_name": "Us", "replyto_email": "help@example.com"}
    ann, _ = sent(altcraft, fields, own=own)
    assert (ann["subject"], ann["sender"]) == ("Dear Ann", "Us <me@example.com>")
    assert ann["headers"] == {"Reply-To": "help@example.com"}
    assert html(altcraft, ann) == "<p>Hi</p>"


def test_messages_keep_what_their_template_said(altcraft: Altcraft) -> None:
    ann, _ = sent(altcraft, {"subject": "Hello", "html": "<p>Hi</p>"})
    channels = [{"sid": "email", "fields": {"subject": "Bye", "html": "<p>Bye</p>"}}]
    altcraft.data("/templates/update", id=47, name="Mine", channels=channels)
    later, _ = launched(altcraft, 47)
    assert (later["subject"], html(altcraft, later)) == ("Bye", "<p>Bye</p>")
    altcraft.data("/templates/delete", id=47)
    mailing = int(ann["provider_ids"]["campaign_id"])
    assert [one["subject"] for one in messages(altcraft, mailing)] == ["Hello", "Hello"]
    assert html(altcraft, ann) == "<p>Hi</p>"


@pytest.mark.slow
def test_messages_that_are_still_queued_keep_it_too(altcraft: Altcraft) -> None:
    channels = [{"sid": "email", "fields": {"subject": "Later"}}]
    altcraft.data("/templates/update", id=22, name="Spring catalogue", channels=channels)
    altcraft.advance("2h")
    assert {one["subject"] for one in messages(altcraft, 15)} == {"Spring catalogue"}


def test_runs_share_what_a_template_said(altcraft: Altcraft) -> None:
    kept = "SELECT count(*) FROM altcraft_edition WHERE template_id = 47"
    sent(altcraft, {"subject": "Hello"})
    launched(altcraft, 47)
    assert altcraft.emulator.query(kept) == [(1,)]
    channels = [{"sid": "email", "fields": {"subject": "Hello"}}]
    altcraft.data("/templates/update", id=47, name="Mine", channels=channels)
    launched(altcraft, 47)
    assert altcraft.emulator.query(kept) == [(2,)]


@pytest.mark.slow
def test_the_templates_of_a_split_test_have_their_turns(altcraft: Altcraft) -> None:
    found = messages(altcraft, 52)
    assert Counter((one["subject"], one["provider_ids"]["message_id"]) for one in found) == {
        ("Long", "35"): 20,
        ("Short", "36"): 20,
    }


def test_rules_count_the_templates_of_a_split_test_apart(altcraft: Altcraft) -> None:
    for template in (35, 36):
        value = [{"name": "message_id", "value": template}, {"name": "campaign_id", "value": 52}]
        query = {"type": "action", "name": "send", "operator": "exist", "value": value}
        item = {"list_id": 1, "condition": "and", "queries": [query]}
        number = altcraft.data("/segments/add/", name="Got it", segment=[item])["saved_id"]
        assert altcraft.data("/segments/get/", id=number)["count"] == 40


@pytest.mark.parametrize(
    ("search", "total"),
    [
        ({"subject": "spring catalogue"}, 40),
        ({"text": "Our catalogue is there"}, 40),
        ({"subject": "Long", "job": "altcraft/mailing/52"}, 20),
        ({"text": "A long letter", "job": "altcraft/mailing/52"}, 20),
        ({"text": "News from Moscow", "job": "altcraft/mailing/92"}, 5),
        ({"text": "blog.example.org", "job": "altcraft/mailing/92"}, 10),
        ({"subject": "Digest of"}, 0),
    ],
)
def test_messages_are_found_by_what_they_say(altcraft: Altcraft, search: dict[str, str], total: int) -> None:
    params: dict[str, Any] = {"provider": "altcraft", "limit": 1} | search
    assert altcraft.emulator.http.get("/_emulator/messages", params=params).json()["total"] == total


def share(sender: int, percent: int, **more: Any) -> dict[str, Any]:
    return {"sender_id": sender, "percent": percent} | more


def virtual_sender(altcraft: Altcraft, *rules: dict[str, Any], channel: str = "email") -> int:
    body: dict[str, Any] = {"email_rules": [], "sms_rules": []} | {f"{channel}_rules": list(rules)}
    return int(altcraft.data("/vsenders/add", name="Mine", **body)["saved_id"])


def test_a_virtual_sender_says_whom_a_mail_is_from(altcraft: Altcraft) -> None:
    fields = {"from_email": "me@example.com", "from_name": "Me", "replyto_name": "You"}
    own = {"from_name": "Us"}
    ann, _ = sent(altcraft, fields, own=own, virtual_sender_id=MIXED)
    assert ann["sender"] == "Us <news@example.com>"
    assert ann["headers"] == {"Reply-To": "You <help@example.com>"}


def test_a_virtual_sender_says_whom_an_sms_is_from(altcraft: Altcraft) -> None:
    ann, _ = sent(altcraft, {"sms": "Hi"}, "sms", resource_id=TEXTS, virtual_sender_id=GATE_ALONE)
    assert ann["sender"] == "Shop"


def test_the_rules_of_the_start_of_a_run_hold(altcraft: Altcraft) -> None:
    ann, _ = sent(altcraft, {"subject": "Hi"}, virtual_sender_id=MIXED)
    altcraft.data("/vsenders/update", id=MIXED, name="Mixed", email_rules=[], sms_rules=[])
    (again, _) = messages(altcraft, int(ann["provider_ids"]["campaign_id"]))
    assert again["sender"] == ann["sender"] == "News <news@example.com>"


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"type": "to_domain", "value": "Example.com"}, True),
        ({"type": "to_domain", "value": "example.org"}, False),
        ({"type": "from_domain", "value": "example.net"}, True),
        ({"type": "from_domain", "value": "example.com"}, False),
        ({"type": "group_id", "value": 0}, True),
        ({"type": "group_id", "value": 2}, False),
    ],
)
def test_the_rule_that_fits_goes_before_that_for_all(
    altcraft: Altcraft, rule: dict[str, Any], *, fits: bool
) -> None:
    usual = {"type": "default", "senders": [share(MTA, 100, from_name="Usual")]}
    own = rule | {"senders": [share(MTA, 100, from_name="Special")]}
    number = virtual_sender(altcraft, usual, own)
    ann, _ = sent(altcraft, {"from_email": "me@example.net"}, virtual_sender_id=number)
    assert ann["sender"] == f"{'Special' if fits else 'Usual'} <me@example.net>"


@pytest.mark.slow
def test_senders_have_their_shares_of_people(altcraft: Altcraft) -> None:
    senders = [share(MTA, 25, from_name="A"), share(MTA, 75, from_name="B"), share(MTA, 0, from_name="C")]
    number = virtual_sender(altcraft, {"type": "default", "senders": senders})
    runs = [
        {one["recipient"]: one["sender"] for one in messages(altcraft, mailing)}
        for mailing in (launch_to_customers(altcraft, number), launch_to_customers(altcraft, number))
    ]
    assert runs[0] == runs[1]
    counted = Counter(runs[0].values())
    assert counted.keys() == {"A <me@example.com>", "B <me@example.com>"}
    assert 4 <= counted["A <me@example.com>"] <= 16


def launch_to_customers(altcraft: Altcraft, number: int) -> int:
    fields = {"from_email": "me@example.com"}
    settings: dict[str, Any] = {"data_type": "list", "data_id": 1, "virtual_sender_id": number}
    template = altcraft.data("/templates/add", name="Mine", channels=[{"sid": "email", "fields": fields}])
    return int(launched(altcraft, template["saved_id"], **settings)[0]["provider_ids"]["campaign_id"])
