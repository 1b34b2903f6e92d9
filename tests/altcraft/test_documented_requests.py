"""The documented requests, sent unchanged in JSON and in XML, get the documented responses."""

import pytest

from tests.altcraft.conftest import SUCCESS, Altcraft

WITH_DATA = "<xml><data/><error>0</error><error_text>Successful operation</error_text></xml>"
WITHOUT_DATA = "<xml><error>0</error><error_text>Successful operation</error_text></xml>"

ACTIVATE = """{
"token": "abcdefghijklmnqrstuvwxyz",
"id": 82,
"override_source_id": 1,
"override_source_type": "list",
"run_now": true
}"""
ACTIVATE_XML = """<xml>
<token>abcdefghijklmnqrstuvwxyz</token>
<id>82</id>
<override_source_id>1</override_source_id>
<override_source_type>list</override_source_type>
<run_now>true</run_now>
</xml>"""
DEACTIVATE = """{
"token": "abcdefghijklmnqrstuvwxyz",
"id": "15",
"abort_if_running": "true"
}"""
DEACTIVATE_XML = """<xml>
<token>abcdefghijklmnqrstuvwxyz</token>
<id>15</id>
<abort_if_running>true</abort_if_running>
</xml>"""
COMPLETE = """{
"token": "abcdefghijklmnqrstuvwxyz",
"id": 18
}"""
COMPLETE_XML = """<xml>
<token>abcdefghijklmnqrstuvwxyz</token>
<id>18</id>
</xml>"""


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/campaigns/activate/", ACTIVATE),
        ("/campaigns/deactivate", DEACTIVATE),
        ("/scampaigns/completed", COMPLETE),
    ],
)
def test_json(altcraft: Altcraft, path: str, body: str) -> None:
    answer = altcraft.send(path, body, "application/json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == SUCCESS


@pytest.mark.parametrize(
    ("path", "body", "documented"),
    [
        ("/campaigns/activate/", ACTIVATE_XML, WITH_DATA),
        ("/campaigns/deactivate", DEACTIVATE_XML, WITH_DATA),
        ("/scampaigns/completed", COMPLETE_XML, WITHOUT_DATA),
    ],
)
def test_xml(altcraft: Altcraft, path: str, body: str, documented: str) -> None:
    answer = altcraft.send(path, body, "application/xml")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml"
    assert answer.text == documented
