"""The entries of suppression lists: added, searched and removed."""

from hashlib import md5
from typing import Any

import pytest

from tests.altcraft.conftest import SUCCESS, Altcraft

PARTNERS, UNUSED = 2, 3
CODE = {"error": 0, "error_text": "Successful operation"}


def hashed(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def listed(altcraft: Altcraft, kind: str, value: str, number: int = UNUSED) -> bool:
    field = "value" if kind == "phone" else kind
    return bool(altcraft.answer(f"/suppresses/{kind}_check", id=number, **{field: value})["matched"])


def test_an_email_is_added_without_data(altcraft: Altcraft) -> None:
    assert altcraft.answer("/suppresses/email_add", id=UNUSED, email="ann@example.org") == CODE
    assert listed(altcraft, "email", "ann@example.org")


def test_the_xml_of_an_added_email_has_no_data_either(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/suppresses/email_add", "<id>3</id><email>ann@example.org</email>").text
    assert answer == "<xml><error>0</error><error_text>Successful operation</error_text></xml>"


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("domain", "domain", "Example.ORG"),
        ("phone", "value", "+79000000001"),
        ("phone", "value", "8 (900) 1"),
    ],
)
def test_a_domain_or_a_phone_is_the_name_in_the_answer(
    altcraft: Altcraft, kind: str, field: str, value: str
) -> None:
    assert altcraft.data(f"/suppresses/{kind}_add", id=UNUSED, **{field: value}) == {value: True}
    assert listed(altcraft, kind, value)


@pytest.mark.parametrize(
    ("path", "sent", "shown"),
    [
        ("/suppresses/domain_add", "<domain>example.org</domain>", "<example.org>true</example.org>"),
        (
            "/suppresses/domain_add",
            "<domain>1.example.org</domain>",
            '<item name="1.example.org">true</item>',
        ),
        ("/suppresses/phone_add", "<value>+79000000001</value>", '<item name="+79000000001">true</item>'),
    ],
)
def test_a_name_that_xml_can_not_have_is_an_attribute(
    altcraft: Altcraft, path: str, sent: str, shown: str
) -> None:
    assert f"<data>{shown}</data>" in altcraft.xml(path, f"<id>3</id>{sent}").text


def test_a_phone_may_be_a_number(altcraft: Altcraft) -> None:
    assert altcraft.data("/suppresses/phone_add", id=UNUSED, value=79000000001) == {"79000000001": True}
    assert listed(altcraft, "phone", "+7 900 000-00-01")


@pytest.mark.parametrize(
    ("kind", "added", "asked"),
    [
        ("email", " Ann@Example.ORG ", "ann@example.org"),
        ("domain", "Example.ORG", "example.org "),
        ("phone", "8 (900) 000-00-01", "+89000000001"),
        ("email", hashed("ann@example.org"), "Ann@example.org"),
        ("email", "Ann@example.org", hashed("ann@example.org").upper()),
        ("domain", hashed("example.org"), "example.org"),
        ("phone", hashed("+79000000001"), "79000000001"),
        ("phone", "79000000001", hashed("+79000000001")),
    ],
)
def test_entries_are_found_however_they_are_written(
    altcraft: Altcraft, kind: str, added: str, asked: str
) -> None:
    field = "value" if kind == "phone" else kind
    assert not listed(altcraft, kind, asked)
    altcraft.answer(f"/suppresses/{kind}_add", id=UNUSED, **{field: added})
    assert listed(altcraft, kind, asked)
    altcraft.answer(f"/suppresses/{kind}_remove", id=UNUSED, **{field: asked})
    assert not listed(altcraft, kind, asked)


@pytest.mark.parametrize(
    ("path", "field", "values", "totals"),
    [
        (
            "/suppresses/emails_add",
            "emails",
            [
                "new@example.org",
                "NEW@example.org",
                "stop@example.org",
                "nobody",
                "localhost",
                hashed("b@x.org"),
            ],
            {"total_count": 6, "total_duplicated": 2, "total_imported": 2, "total_updated": 0},
        ),
        (
            "/suppresses/domains_add",
            "domains",
            [
                "example.org",
                "Blocked.example.org",
                "no domain",
                "ann@example.org",
                ".",
                hashed("example.org"),
            ],
            {"total_count": 6, "total_duplicated": 2, "total_imported": 1, "total_updated": 0},
        ),
        (
            "/suppresses/phones_add",
            "values",
            ["+79000000001", 79000000001, "+79009999999", "none", "1", hashed("+79000000002")],
            {"total_count": 6, "total_duplicated": 2, "total_imported": 2, "total_invalid": 2},
        ),
    ],
)
def test_many_are_added_and_counted(
    altcraft: Altcraft, path: str, field: str, values: list[Any], totals: dict[str, int]
) -> None:
    assert altcraft.answer(path, id=PARTNERS, **{field: values}) == CODE | totals
    again = altcraft.answer(path, id=PARTNERS, **{field: values})
    known = totals["total_duplicated"] + totals["total_imported"]
    assert again == CODE | totals | {"total_imported": 0, "total_duplicated": known}


def test_many_in_xml(altcraft: Altcraft) -> None:
    values = "<values>+79000000001</values><values>+79000000002</values>"
    assert altcraft.xml("/suppresses/phones_add", f"<id>3</id>{values}").text == (
        "<xml><error>0</error><error_text>Successful operation</error_text><total_count>2</total_count>"
        "<total_duplicated>0</total_duplicated><total_imported>2</total_imported>"
        "<total_invalid>0</total_invalid></xml>"
    )


@pytest.mark.parametrize("sent", ["<emails>a@x.org</emails>", "<emails array='true'>a@x.org</emails>"])
def test_one_of_many_in_xml(altcraft: Altcraft, sent: str) -> None:
    answer = altcraft.xml("/suppresses/emails_add", f"<id>3</id>{sent}").text
    assert "<total_imported>1</total_imported>" in answer


def test_as_many_fit_as_the_body_holds(altcraft: Altcraft) -> None:
    emails = [f"customer{number}@example.com" for number in range(10_000)]
    answer = altcraft.answer("/suppresses/emails_add", id=UNUSED, emails=emails)
    assert (answer["total_count"], answer["total_imported"]) == (10_000, 10_000)


def test_none_are_added(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/suppresses/emails_add", id=UNUSED, emails=[])
    assert (answer["total_count"], answer["total_imported"]) == (0, 0)


def test_an_item_of_another_type_fails_the_request_whole(altcraft: Altcraft) -> None:
    refusal = altcraft.refused("/suppresses/emails_add", id=UNUSED, emails=["ann@example.org", {"a": 1}])
    assert refusal == (400, "Incorrect request: emails.1: Input should be a valid string")
    assert not listed(altcraft, "email", "ann@example.org")


@pytest.mark.parametrize(
    ("email", "by_email", "by_domain"),
    [
        ("stop@example.org", True, False),
        ("ann@blocked.example.org", False, True),
        ("ann@BLOCKED.example.org", False, True),
        ("ann@example.org", False, False),
        (hashed("stop@example.org"), True, False),
        (hashed("ann@blocked.example.org"), False, False),
    ],
)
def test_a_check_of_an_email_looks_at_its_domain_too(
    altcraft: Altcraft,
    email: str,
    by_email: bool,  # noqa: FBT001 -- a table's column
    by_domain: bool,  # noqa: FBT001 -- a table's column
) -> None:
    assert altcraft.answer("/suppresses/email_check", id=PARTNERS, email=email) == CODE | {
        "matched": by_email or by_domain,
        "email_matched": by_email,
        "domain_matched": by_domain,
        "phone_matched": False,
    }


def test_a_check_looks_at_one_list(altcraft: Altcraft) -> None:
    assert listed(altcraft, "email", "stop@example.org", PARTNERS)
    assert not listed(altcraft, "email", "stop@example.org", UNUSED)


def test_a_check_of_a_domain_has_one_flag_in_json_and_all_in_xml(altcraft: Altcraft) -> None:
    body: dict[str, Any] = {"id": PARTNERS, "domain": "blocked.example.org"}
    assert altcraft.answer("/suppresses/domain_check", **body) == CODE | {"matched": True}
    answer = altcraft.call("/suppresses/domain_check", format="xml", **body).text
    for flag, value in [("matched", "true"), ("domain_matched", "true"), ("email_matched", "false")]:
        assert f"<{flag}>{value}</{flag}>" in answer
    assert "<phone_matched>false</phone_matched>" in answer


def test_a_check_of_a_phone_has_all_flags(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/suppresses/phone_check", id=PARTNERS, value="8 900 999-99-99")
    assert answer["matched"] is False
    answer = altcraft.answer("/suppresses/phone_check", id=PARTNERS, value="7 900 999-99-99")
    flags = {"matched": True, "phone_matched": True, "email_matched": False, "domain_matched": False}
    assert answer == CODE | flags


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("/suppresses/email_remove", {"email": "stop@example.org"}, CODE),
        ("/suppresses/domain_remove", {"domain": "blocked.example.org"}, SUCCESS),
        ("/suppresses/phone_remove", {"value": "+79009999999"}, SUCCESS),
    ],
)
def test_removing_what_is_not_listed_is_a_success(
    altcraft: Altcraft, path: str, body: dict[str, str], answer: dict[str, object]
) -> None:
    for _ in range(2):
        assert altcraft.answer(path, id=PARTNERS, **body) == answer


@pytest.mark.parametrize("kind", ["email", "domain", "phone"])
def test_all_of_a_kind_are_removed_and_counted(altcraft: Altcraft, kind: str) -> None:
    others = {"email", "domain", "phone"} - {kind}
    values = {"email": "stop@example.org", "domain": "blocked.example.org", "phone": "+79009999999"}
    assert altcraft.answer(f"/suppresses/{kind}s_remove", id=PARTNERS) == CODE | {"removed_count": 1}
    assert altcraft.answer(f"/suppresses/{kind}s_remove", id=PARTNERS) == CODE | {"removed_count": 0}
    assert not listed(altcraft, kind, values[kind], PARTNERS)
    assert all(listed(altcraft, other, values[other], PARTNERS) for other in others)


@pytest.mark.parametrize("action", ["add", "check", "remove"])
@pytest.mark.parametrize(
    ("kind", "field", "value", "wanted"),
    [
        ("email", "email", "nobody", "an e-mail address"),
        ("email", "email", "localhost", "an e-mail address"),
        ("domain", "domain", "no domain", "a domain"),
        ("domain", "domain", "ann@example.org", "a domain"),
        ("domain", "domain", "x" * 256, "a domain"),
        ("phone", "value", "1", "a phone number"),
        ("phone", "value", "+1234567890123456", "a phone number"),
    ],
)
def test_what_can_not_be_listed_is_refused(
    altcraft: Altcraft, action: str, kind: str, field: str, value: str, wanted: str
) -> None:
    refusal = altcraft.refused(f"/suppresses/{kind}_{action}", id=UNUSED, **{field: value})
    assert refusal == (400, f"Incorrect request: {field}: must be {wanted} or its MD5")
