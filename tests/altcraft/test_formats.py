"""JSON and XML, both ways: https://guides.altcraft.com/en/developer-guide/api-interaction."""

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
    assert second.endswith("<next_from_id>42</next_from_id><total_count>24</total_count></xml>")


def test_an_empty_array_of_rows(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/campaigns/broadcasts/list", "<from_id>1000</from_id>").text
    assert answer == (
        "<xml><data/><error>0</error><error_text>Successful operation</error_text>"
        "<total_count>13</total_count></xml>"
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


@pytest.mark.parametrize("tags", ["<ui_tags/>", "<ui_tags></ui_tags>", "<ui_tags array='true'/>", ""])
def test_an_empty_element_means_nothing_was_said(altcraft: Altcraft, tags: str) -> None:
    answer = altcraft.xml("/campaigns/list", f"{tags}<format>json</format>").json()
    assert answer["total_count"] == 24


@pytest.mark.parametrize("tags", ['["b2c"]', '"b2c"', "null", "[]"])
def test_ways_to_write_an_array_in_json(altcraft: Altcraft, tags: str) -> None:
    answer = altcraft.send(
        "/campaigns/list", f'{{"token": "{TOKEN}", "ui_tags": {tags}}}', "text/json"
    ).json()
    assert answer["total_count"] == (2 if "b2c" in tags else 24)


@pytest.mark.parametrize(("number", "flag"), [(15, True), ("15", "true"), ("15", "1"), (15.0, 1)])
def test_numbers_and_flags_may_be_strings(altcraft: Altcraft, number: object, flag: object) -> None:
    assert altcraft.data("/campaigns/deactivate", id=number, abort_if_running=flag) is None
    assert altcraft.log(15)[-1] == "Campaign deactivated"


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
    assert answer.json()["total_count"] == 24


@pytest.mark.parametrize("path", ["get", "get/", "/get", "//get//"])
@pytest.mark.parametrize("version", ["v1.1", "v1.1/"])
def test_slashes_do_not_matter(emulator: Emulator, version: str, path: str) -> None:
    answer = emulator.http.post(f"/api/{version}/campaigns/{path}", json={"token": TOKEN, "id": 12})
    assert answer.json()["data"]["id"] == 12
