"""The language of templates: variables, conditions, and what stays as it is written."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.messages import messages, sent

BLOG, APP, TEXTS = 1, 26, 36


def text_to_ann(altcraft: Altcraft, text: str, launch: Any = None, **settings: Any) -> str:
    """Return the text of a mail to ann@example.com."""
    ann, _ = sent(altcraft, {"text": text}, launch=launch, **settings)
    assert ann["recipient"] == "ann@example.com"
    return str(ann["text"])


def profile_id(altcraft: Altcraft) -> str:
    return str(altcraft.data("/profiles/get/", db_id=1, email="ann@example.com")["id"])


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("lead.email", "ann@example.com"),
        ("lead.phones", "+79000000001"),
        ("lead._fname", "Ann"),
        ("lead._bdate", "1990-07-06T11:15:25.526Z"),
        ("lead._lat", "34.77"),
        ("lead._md5", "257c57037d384ae37ea27a07e8a01665"),
        ("lead.LOYALTY_SCORE", "500"),
        ("lead_custom.LOYALTY_SCORE", "500"),
        ("lead.fname", "Ann"),
        ("lead.lname", "Ivanova"),
        ("lead.phone", "+79000000001"),
        ("lead.birthdate", "1990-07-06T11:15:25.526Z"),
        ("subscription.email", "ann@example.com"),
        ("subscription.email_domain", "example.com"),
        ("subscription.emails", "ann@example.com"),
        ("subscription.phones", "+79000000001"),
        ('subscription_field("sms" "phone")', "+79000000001"),
        ('subscription_field("sms" "phone" 36)', "+79000000001"),
        ('subscription_field("sms" "phone" 1)', ""),
        ('subscription_field("email" "domain_group" 1)', "other"),
        ('subscription_field("push" "provider")', "google"),
        ('subscription_field("fax" "number")', ""),
        ("apicontent.order.id", "A-17"),
        ("apicontent.tags", "cars, cats"),
        ("apicontent.is_paid", "true"),
        ("apicontent.sum", "7"),
        ("apicontent.order", '{"id":"A-17"}'),
        ("attribute_value.season", "spring, summer"),
        ("segname", "Regulars"),
        ("msg_type", "email"),
        ("datenow", "2026-03-15"),
        ("yearlong", "2026"),
        ("minutes", "30"),
        ("ampm", "PM"),
        ("lead._region", ""),
        ("lead.gender", ""),
        ("lead._fname.first", ""),
        ("subscription.my_field", ""),
        ("json.price", ""),
        ("workflow_name", ""),
    ],
)
def test_variables(altcraft: Altcraft, variable: str, text: str) -> None:
    content = {"order": {"id": "A-17"}, "tags": ["cars", "cats"], "is_paid": True, "sum": 7.0, "none": None}
    attributes = {"season": ["spring", "summer"]}
    found = text_to_ann(
        altcraft,
        f"[{{{variable}}}|{{ {variable} }}]",
        {"content": content},
        resource_id=BLOG,
        attributes=attributes,
    )
    assert found == f"[{text}|{text}]"


def test_the_ids_of_whom_and_what_a_message_is_about(altcraft: Altcraft) -> None:
    text = "{lead._id} {lead._xxh} {campid} {subscription.hash_id}"
    (ann, _) = sent(altcraft, {"text": text}, resource_id=BLOG)
    profile = altcraft.data("/profiles/get/", db_id=1, email="ann@example.com")
    (hash_id,) = {one["hash_id"] for one in profile["subscriptions"] if one["channel"] == "email"}
    campaign = ann["provider_ids"]["campaign_id"]
    assert ann["text"] == f"{profile['id']} {profile['_xxh']} {campaign} {hash_id}"


def test_fields_of_the_subscription_that_is_sent_to(altcraft: Altcraft) -> None:
    subscription = {"resource_id": BLOG, "channel": "email", "email": "ann@example.com"}
    altcraft.answer(
        "/subscriptions/set",
        db_id=1,
        profile_id=profile_id(altcraft),
        **subscription,
        custom_fields={"my_field": 7},
    )
    assert text_to_ann(altcraft, "{subscription.my_field}", resource_id=BLOG) == "7"
    assert text_to_ann(altcraft, '{subscription_field("email" "my_field")}') == "7"


def test_the_subscription_of_the_highest_priority_is_named(altcraft: Altcraft) -> None:
    person = {"db_id": 1, "profile_id": profile_id(altcraft), "resource_id": BLOG, "channel": "sms"}
    altcraft.answer("/subscriptions/set", **person, phone="+79000000777", priority=5)
    assert text_to_ann(altcraft, '{subscription_field("sms" "phone")}') == "+79000000001"
    assert text_to_ann(altcraft, '{subscription_field("sms" "phone" 1)}') == "+79000000777"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("lead._fname", True),
        ("lead._region", False),
        ("apicontent.zero", True),
        ("apicontent.empty", False),
        ('lead._fname equal "Ann"', True),
        ('lead._fname equal "ann"', False),
        ('"Ann" equal lead._fname', True),
        ('lead._region equal ""', True),
        ("lead.LOYALTY_SCORE equal 500", True),
        ('lead.LOYALTY_SCORE equal "500"', True),
        ("lead.LOYALTY_SCORE equal 50", False),
        ("apicontent.score equal lead.LOYALTY_SCORE", True),
        ('lead._lname contains "van"', True),
        ('lead._lname contains "xy"', False),
        ('lead._region contains ""', False),
        ('apicontent.tags contains "cars"', True),
        ('apicontent.tags contains "car"', False),
        ('"cars" in apicontent.tags', True),
        ("lead._city in apicontent.cities", True),
        ('lead._city in "Beijing, Omsk"', True),
        ('lead._fname and lead._city equal "Beijing"', True),
        ("lead._fname and lead._region", False),
        ("lead._region or lead._fname", True),
        ("lead._region or apicontent.empty", False),
        ("lead._fname and (lead._region or (lead._lname and lead._city))", True),
        ("(lead._fname and lead._region) or lead._city", True),
        ('(lead._fname equal "Ann")', True),
        ('subscription_field("email" "domain") equal "example.com"', True),
        ('lead._fname equal "or"', False),
    ],
)
def test_conditions(altcraft: Altcraft, condition: str, *, holds: bool) -> None:
    values = {"zero": 0, "empty": "", "score": 500, "tags": ["cars"], "cities": ["Omsk", "Beijing"]}
    text = f"<{{if {condition}}}yes {{lead._fname}}{{else}}no{{end}}>"
    assert text_to_ann(altcraft, text, {"content": values}) == ("<yes Ann>" if holds else "<no>")


def test_conditions_are_nested_and_need_no_else(altcraft: Altcraft) -> None:
    inner = '{if lead._city equal "Omsk"}Omsk{else}{if lead._city}elsewhere{end}{end}'
    assert text_to_ann(altcraft, f"{{if lead._fname}}1 {inner}{{end}}{{if lead._region}}2{{end}}") == (
        "1 elsewhere"
    )


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "lead._fname and",
        "lead._fname and lead._lname and lead._city",
        "lead._fname and (lead._lname",
        "lead._fname lead._lname",
        "not lead._fname",
        '"Ann"',
        'lead._fname == "Ann"',
        "lead._fname equal",
        "lead",
        "user.name",
        "lead._fname equal (lead._lname)",
        "(" * 30 + "lead._fname" + ")" * 30,
    ],
)
def test_a_condition_that_can_not_be_parsed_shows_neither_branch(altcraft: Altcraft, condition: str) -> None:
    text = f"<{{if {condition}}}yes{{if lead._fname}}!{{end}}{{else}}no{{end}}>"
    assert text_to_ann(altcraft, text) == "<>"


def test_a_condition_without_an_end_can_not_be_parsed(altcraft: Altcraft) -> None:
    assert text_to_ann(altcraft, "1{if lead._fname}2{if lead._lname}3{end}4") == "1"


@pytest.mark.parametrize(
    "text",
    [
        "{for item in json.items}{item.name}{end}",
        "{upper(lead._fname)}",
        "p {color: red} .a{b:c;d:e}",
        "{}{ }{{}}}{",
        "{else}{end}",
        "{lead}{lead.}{campid.x}{user.name}",
        "{if lead._fname",
        "{subscription_field(email)}",
        '{"a": [1, {"b": "{x}"}]}',
        "{LEAD._fname}",
        "{lead._fname\n}",
    ],
)
def test_what_is_no_tag_stays_as_it_is_written(altcraft: Altcraft, text: str) -> None:
    assert text_to_ann(altcraft, text) == text


def test_values_are_not_looked_at_for_tags(altcraft: Altcraft) -> None:
    content = {"a": "{lead._fname}{if lead._fname}", "b": "<b>&"}
    assert text_to_ann(altcraft, "{apicontent.a}{apicontent.b}", {"content": content}) == (
        "{lead._fname}{if lead._fname}<b>&"
    )


def warnings(altcraft: Altcraft, mailing: int) -> list[str]:
    log = altcraft.data("/campaigns/log_v2", id=mailing)
    return [line["message"] for line in log if line["level"] == "WARNING"]


def test_the_log_says_once_a_run_what_is_wrong(altcraft: Altcraft) -> None:
    text = "{if lead.x and}a{end} {if lead.x and}b{end} {for x in y} {css:red} {nothing} {lead._fname}"
    fields = {"subject": "{if (}c{end}", "text": text}
    (ann, _) = sent(altcraft, fields, own={"subject": "{upper(x)}"})
    number = int(ann["provider_ids"]["campaign_id"])
    found = [
        "Content: unknown tags, which stay as they are: {upper(x)}",
        "Template 47: conditions that can not be parsed: {if (}, {if lead.x and}",
        "Template 47: unknown tags, which stay as they are: {for x in y}, {nothing}",
    ]
    assert warnings(altcraft, number) == found
    copy = altcraft.data("/campaigns/clone", id=number)["saved_id"]
    altcraft.data("/campaigns/activate/", id=copy, run_now=True)
    assert warnings(altcraft, copy) == found
    assert len(messages(altcraft, copy)) == 2


def test_the_log_names_some_of_very_many_tags(altcraft: Altcraft) -> None:
    (ann, _) = sent(altcraft, {"text": "".join(f"{{{'x' * 200}{number}}}" for number in range(30))})
    (line,) = warnings(altcraft, int(ann["provider_ids"]["campaign_id"]))
    assert line.endswith("…, and 20 more")
    assert len(line) < 1500


@pytest.mark.slow
def test_a_template_without_the_channel_says_nothing(altcraft: Altcraft) -> None:
    number = altcraft.data("/templates/add", name="SMS", channels=[{"sid": "sms", "fields": {"sms": "Hi"}}])
    content = [{"message_id": number["saved_id"]}]
    altcraft.data(
        "/campaigns/broadcasts/update", id=12, name="n", data_type="list", data_id=1, content=content
    )
    altcraft.data("/campaigns/activate/", id=12, run_now=True)
    (first, *_) = messages(altcraft, 12)
    assert (first["subject"], first["text"], first["html"]) == ("", "", False)
    (line,) = warnings(altcraft, 12)
    assert line == "Template 47 says nothing on the channel email"


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("{apicontent.long}" * 200, {"long": "x" * 100_000}),
        ('{if apicontent.long contains "y"}{end}' * 200, {"long": "x" * 100_000}),
        ('{if "y" in apicontent.many}{end}' * 200, {"many": ["x"] * 50_000}),
    ],
)
def test_a_text_that_costs_too_much_stays_as_it_is_written(
    altcraft: Altcraft, text: str, content: dict[str, Any]
) -> None:
    assert text_to_ann(altcraft, text, {"content": content}) == text
