"""JSON and XML in requests and responses: https://guides.altcraft.com/en/developer-guide/api-interaction."""

import pytest
from httpx2 import Response

from tests.altcraft.conftest import TOKEN, Altcraft
from tests.conftest import Emulator

AS_JSON = f'{{"token": "{TOKEN}", "id": 12}}'
AS_XML = f"<xml><token>{TOKEN}</token><id>12</id></xml>"
STATUS_XML = (
    "<xml><data><is_active>false</is_active><is_completed>false</is_completed><status>Inactive</status></data>"
    "<error>0</error><error_text>Successful operation</error_text></xml>"
)


def form_of(answer: Response) -> str:
    return answer.headers["content-type"].removeprefix("application/")


@pytest.mark.parametrize(
    ("body", "content_type", "form"),
    [
        (AS_JSON, "application/json", "json"),
        (AS_JSON, "text/json; charset=utf-8", "json"),
        (AS_XML, "application/xml", "xml"),
        (AS_XML, "TEXT/XML; charset=UTF-8", "xml"),
        (f'<?xml version="1.0" encoding="UTF-8" ?>\n{AS_XML}', "application/xml", "xml"),
        (AS_JSON, None, "json"),
        (AS_XML, None, "xml"),
        (f"\n  {AS_XML}", None, "xml"),
        (f"\ufeff{AS_XML}", None, "xml"),
    ],
)
def test_an_answer_has_the_form_of_its_request(
    altcraft: Altcraft, body: str, content_type: str | None, form: str
) -> None:
    answer = altcraft.send("/campaigns/get_status", body, content_type)
    assert form_of(answer) == form
    assert "Successful operation" in answer.text


@pytest.mark.parametrize(
    ("query", "body", "content_type", "accept", "form"),
    [
        ("", AS_JSON, "application/json", "application/xml", "xml"),
        ("", AS_XML, "application/xml", "application/json", "json"),
        ("", AS_XML, "application/xml", "text/html, text/json;q=0.9", "json"),
        ("", AS_XML, "application/xml", "application/json, application/xml", "xml"),
        ("", AS_XML, "application/xml", "*/*", "xml"),
        ("?format=xml", AS_JSON, "application/json", "application/json", "xml"),
        ("?format=json", AS_XML, "application/xml", "application/xml", "json"),
        (
            "?format=json",
            AS_XML.replace("<id>", "<format>xml</format><id>"),
            "application/xml",
            "*/*",
            "json",
        ),
        ("", AS_JSON.replace('"id"', '"format": "xml", "id"'), "application/json", "*/*", "xml"),
        ("", AS_XML.replace("<id>", "<format>json</format><id>"), "text/xml", "text/xml", "json"),
    ],
)
def test_the_url_comes_before_the_body_and_the_body_before_accept(
    altcraft: Altcraft, query: str, body: str, content_type: str, accept: str, form: str
) -> None:
    answer = altcraft.send(f"/campaigns/get_status{query}", body, content_type, Accept=accept)
    assert form_of(answer) == form
    assert "Successful operation" in answer.text


def test_an_answer_in_xml(altcraft: Altcraft) -> None:
    assert altcraft.send("/campaigns/get_status", AS_XML, "application/xml").text == STATUS_XML


def test_arrays_are_repeated_elements_and_empty_ones_empty_elements(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/campaigns/list", "<from_id>40</from_id><limit>2</limit>").text
    first, second = answer.split("</data><data>")
    assert "<ui_tags/>" in first
    assert "<ui_tags>b2c</ui_tags><ui_tags>prices</ui_tags>" in second
    assert "<groups><id>0</id><name>main</name></groups>" in second
    assert second.endswith("<next_from_id>42</next_from_id><total_count>25</total_count></xml>")


def test_an_empty_array_of_rows(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/campaigns/broadcasts/list", "<from_id>1000</from_id>").text
    assert answer == (
        "<xml><data/><error>0</error><error_text>Successful operation</error_text>"
        "<total_count>14</total_count></xml>"
    )


def test_refusals_in_xml(altcraft: Altcraft) -> None:
    assert altcraft.xml("/campaigns/get", "<id>99</id>").text == (
        "<xml><data/><error>404</error><error_text>Object not found: mailing 99</error_text></xml>"
    )
    assert altcraft.xml("/scampaigns/activate", "<id>22</id><start_date/>").text == (
        "<xml><error>400</error><error_text>Incorrect request: campaign 22 is completed</error_text></xml>"
    )


@pytest.mark.parametrize("query", ["?format=csv", "?format=XML"])
def test_an_unknown_format_is_refused_in_the_form_of_the_request(altcraft: Altcraft, query: str) -> None:
    answer = altcraft.send(f"/campaigns/get{query}", AS_XML, "application/xml")
    assert "<error>400</error><error_text>Incorrect request: format: " in answer.text
    code, text = altcraft.refused("/campaigns/get", id=12, format="csv")
    assert (code, text[:27]) == (400, "Incorrect request: format: ")


@pytest.mark.parametrize(
    "tags",
    [
        "<ui_tags>b2c</ui_tags><ui_tags>nothing</ui_tags>",
        "<ui_tags array='true'>b2c</ui_tags>",
        "<ui_tags array = 'true' >b2c</ui_tags>",
        "<ui_tags>b2c</ui_tags>",
        '<ui_tags colour="red">b2c</ui_tags>',
        "<ui_tags><![CDATA[b2c]]></ui_tags>",
    ],
)
def test_ways_to_write_an_array_in_xml(altcraft: Altcraft, tags: str) -> None:
    answer = altcraft.xml("/campaigns/list", f"{tags}<format>json</format>").json()
    assert [row["id"] for row in answer["data"]] == [34, 41]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("  two  ", "two"),
        ("<![CDATA[  two  ]]>", "  two  "),
        ("\n  <![CDATA[ two\n]]>\n", " two\n"),
        ("one <![CDATA[ & ]]> two ", "one  &  two"),
        ("<![CDATA[ ]]>", " "),
        ("<![CDATA[]]>", ""),
    ],
)
def test_white_space_at_the_ends_of_a_value_is_kept_in_cdata(
    altcraft: Altcraft, written: str, value: str
) -> None:
    altcraft.xml(
        "/profiles/add", f"<db_id>1</db_id><data><email>c@x.org</email><_fname>{written}</_fname></data>"
    )
    assert altcraft.data("/profiles/get", db_id=1, email="c@x.org").get("_fname") == value


def test_cdata_of_white_space_may_stand_between_elements(altcraft: Altcraft) -> None:
    assert "<id>12</id>" in altcraft.xml("/campaigns/get", "<![CDATA[ ]]><id>12</id><![CDATA[]]>").text


@pytest.mark.parametrize("tags", ["<ui_tags/>", "<ui_tags></ui_tags>", "<ui_tags array='true'/>", ""])
def test_an_empty_element_means_nothing_was_said(altcraft: Altcraft, tags: str) -> None:
    answer = altcraft.xml("/campaigns/list", f"{tags}<format>json</format>").json()
    assert answer["total_count"] == 25


@pytest.mark.parametrize("tags", ['["b2c"]', '"b2c"', "null", "[]"])
def test_ways_to_write_an_array_in_json(altcraft: Altcraft, tags: str) -> None:
    answer = altcraft.send(
        "/campaigns/list", f'{{"token": "{TOKEN}", "ui_tags": {tags}}}', "text/json"
    ).json()
    assert answer["total_count"] == (2 if "b2c" in tags else 25)


@pytest.mark.parametrize("number", [15, "15"])
@pytest.mark.parametrize("flag", [True, "true", "True"])
def test_numbers_and_flags_may_be_strings(altcraft: Altcraft, number: object, flag: object) -> None:
    assert altcraft.data("/campaigns/deactivate", id=number, abort_if_running=flag) is None


@pytest.mark.parametrize("number", ["1_5", "15.0", 15.0, " 15", "+15", True, "fifteen"])
def test_what_is_no_integer_is_no_id(altcraft: Altcraft, number: object) -> None:
    refusal = (400, "Incorrect request: id: Input should be a valid integer")
    assert altcraft.refused("/campaigns/deactivate", id=number) == refusal


@pytest.mark.parametrize("flag", ["yes", "1", 1, 1.0, "t"])
def test_what_is_not_true_or_false_is_no_flag(altcraft: Altcraft, flag: object) -> None:
    refusal = (400, "Incorrect request: run_now: Input should be a valid boolean")
    assert altcraft.refused("/campaigns/activate/", id=12, run_now=flag) == refusal


SETTINGS = (
    "<name>n</name><data_type>list</data_type><data_id>1</data_id>"
    "<content><message_id>1</message_id></content>"
)


def test_an_empty_element_empties_arrays_and_leaves_texts(altcraft: Altcraft) -> None:
    content = [{"message_id": 1}]
    settings = {"name": "n", "data_type": "list", "data_id": 1, "content": content, "send_channel": "email"}
    lists = {"blind_carbon_copy": ["x@y"], "custom_tracking_domains": ["a.b"]}
    number = altcraft.data("/campaigns/broadcasts/add", **settings, **lists, subid="SUB")["saved_id"]
    emptied = "<subid></subid><blind_carbon_copy/><custom_tracking_domains>\n</custom_tracking_domains>"
    altcraft.xml("/campaigns/broadcasts/update", f"<id>{number}</id>{SETTINGS}{emptied}")
    found = altcraft.data("/campaigns/broadcasts/get", id=number)
    assert (found["subid"], found["blind_carbon_copy"], found["custom_tracking_domains"]) == ("SUB", [], [])


def test_an_empty_element_passes_a_deprecated_channel_field(altcraft: Altcraft) -> None:
    fields = f"{SETTINGS}<send_channel>sms</send_channel><content_type></content_type>"
    answer = altcraft.xml("/campaigns/broadcasts/add", fields, Accept="application/json").json()
    found = altcraft.data("/campaigns/broadcasts/get", id=answer["data"]["saved_id"])
    assert found["channel"] == "email"


def test_xml_may_be_indented(altcraft: Altcraft) -> None:
    fields = "\n  <id>\n    12\n  </id>\n  <run_now>\n    true\n  </run_now>\n"
    assert "<error>0</error>" in altcraft.xml("/campaigns/activate/", fields).text
    assert altcraft.status(12) == "Running"


@pytest.mark.parametrize(
    ("date", "right"),
    [
        ("2027-03-01T06:00:00Z", True),
        ("2027-03-01t06:00:00.123456789z", True),
        ("2027-03-01T06:00:00+03:00", True),
        ("2027-03-01T06:00:00", False),
        ("2027-03-01", False),
        ("20270301T060000Z", False),
        ("2027-02-30T06:00:00Z", False),
        ("soon", False),
    ],
)
def test_dates_are_rfc_3339(altcraft: Altcraft, date: str, right: bool) -> None:  # noqa: FBT001 -- a table's column
    answer = altcraft.call("/scampaigns/activate", id=20, start_date=date).json()
    assert answer["error"] == (0 if right else 400)


def test_the_zero_time_of_go_is_a_date(altcraft: Altcraft) -> None:
    assert altcraft.data("/campaigns/log_v2", id=12, from_time="0001-01-01T00:00:00Z") == []


def test_the_charset_of_the_content_type_counts(altcraft: Altcraft) -> None:
    body = f"<xml><token>{TOKEN}</token><id>12</id><name>Весна</name></xml>".encode("windows-1251")
    answer = altcraft.send("/campaigns/clone", body, "application/xml; charset=windows-1251")
    assert "<error>0</error>" in answer.text


@pytest.mark.slow
def test_a_document_of_endless_elements_is_refused(altcraft: Altcraft) -> None:
    assert "<error>400</error>" in altcraft.xml("/campaigns/get", "<q/>" * 300_001).text


@pytest.mark.parametrize(
    ("accept", "form"),
    [("application/xml;q=0", "json"), ("application/xml;q=0.9, application/json;q=0", "xml")],
)
def test_a_form_that_accept_rules_out_is_not_wanted(altcraft: Altcraft, accept: str, form: str) -> None:
    answer = altcraft.call("/campaigns/get", id=12, headers={"Accept": accept})
    assert answer.headers["content-type"] == f"application/{form}"


@pytest.mark.parametrize("name", ["Tom & <b>Jerry</b> \"'", "Здравствуйте, 世界 🎉", "]]>"])
def test_any_text_survives_xml(altcraft: Altcraft, name: str) -> None:
    copy = altcraft.data("/campaigns/clone", id=12, name=name)["saved_id"]
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    again = altcraft.xml("/campaigns/clone", f"<id>12</id><name>{escaped}</name><format>json</format>").json()
    assert altcraft.data("/campaigns/get", id=again["data"]["saved_id"])["name"] == name
    escaped = escaped.replace('"', "&quot;").replace("'", "&apos;")
    assert f"<name>{escaped}</name>" in altcraft.xml("/campaigns/get", f"<id>{copy}</id>").text


def test_characters_that_xml_can_not_hold_are_replaced(altcraft: Altcraft) -> None:
    copy = altcraft.data("/campaigns/clone", id=12, name="nul \x00, bell \x07, \ufffe")["saved_id"]
    answer = altcraft.xml("/campaigns/get", f"<id>{copy}</id>").text
    assert "<name>nul \ufffd, bell \ufffd, \ufffd</name>" in answer


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("doctype", "<!DOCTYPE xml><xml><id>12</id></xml>"),
        (
            "attributes",
            "<xml" + "".join(f' a{number}="1"' for number in range(10_000)) + "><id>12</id></xml>",
        ),
        ("external", '<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml><id>12</id></xml>'),
        ("entity", '<!DOCTYPE xml [<!ENTITY a "aaaaaaaa">]><xml><id>&a;</id></xml>'),
        (
            "laughs",
            '<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><id>&b;</id></xml>',
        ),
        ("undeclared", "<xml><id>&nobody;</id></xml>"),
        ("depth", "<xml>" + "<a>" * 60 + "</a>" * 60 + "</xml>"),
        ("endless depth", "<xml>" + "<a>" * 100_000),
        ("unclosed", "<xml><id>12</id>"),
        ("two roots", "<xml/><xml/>"),
        ("other root", "<request><id>12</id></request>"),
        ("text", "<xml>twelve</xml>"),
        ("mixed", "<xml><id>12</id>twelve</xml>"),
        ("encoding", '<?xml version="1.0" encoding="nonsense"?><xml><id>12</id></xml>'),
        ("bytes", b"<xml><id>\xff\xfe</id></xml>"),
        ("control", "<xml><id>\x00</id></xml>"),
        ("mark", "<xml><id>\x0212\x02</id></xml>"),
        ("mark by number", "<xml><id>&#2;12</id></xml>"),
    ],
)
def test_dangerous_and_malformed_xml_is_refused(altcraft: Altcraft, path: str, content: str | bytes) -> None:
    answer = altcraft.send("/campaigns/get", content, "application/xml", Authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    assert answer.text.startswith("<xml><data/><error>400</error><error_text>Incorrect request: body: ")


def test_depth_up_to_the_limit_is_accepted(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/campaigns/get", "<id>12</id>" + "<a>" * 49 + "</a>" * 49)
    assert "<id>12</id>" in answer.text


@pytest.mark.parametrize("body", [b"", b"{}", b"<xml/>", b"<xml>\n</xml>"])
def test_an_empty_body_is_an_empty_object(altcraft: Altcraft, body: bytes) -> None:
    answer = altcraft.send("/campaigns/list?format=json", body, None, Authorization=f"Bearer {TOKEN}")
    assert answer.json()["total_count"] == 25


@pytest.mark.parametrize("path", ["get", "get/", "/get", "//get//"])
@pytest.mark.parametrize("version", ["v1.1", "v1.1/"])
def test_slashes_do_not_matter(emulator: Emulator, version: str, path: str) -> None:
    answer = emulator.http.post(f"/api/{version}/campaigns/{path}", json={"token": TOKEN, "id": 12})
    assert answer.json()["data"]["id"] == 12
