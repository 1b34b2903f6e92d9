"""The public URL: all responses name the server by it, whatever `Host` the request has."""

import json
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from emulator.settings import Settings
from tests.assembled import assembled
from tests.conftest import BASE_URL

PUBLIC = "https://emulator-2.ci.example/fleet"
RECEIVED = "66b1c2d3e4f5a6b7c8d9f001"


@pytest.fixture
def public() -> Iterator[TestClient]:
    with assembled(public_url=PUBLIC) as http:
        yield http


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://emulator-0.emulator:4610", "http://emulator-0.emulator:4610"),
        ("HTTPS://Emulator-0.CI.example/", "https://emulator-0.ci.example"),
        ("http://10.0.0.7:4610", "http://10.0.0.7:4610"),
        ("http://[::1]:4610/", "http://[::1]:4610"),
        ("http://[FD00:0:0::0007]:4610", "http://[fd00::7]:4610"),
        ("https://ci.example/emulators/0/", "https://ci.example/emulators/0"),
    ],
)
def test_it_is_an_address(given: str, kept: str) -> None:
    assert Settings(public_url=given).public_url == kept


@pytest.mark.parametrize(
    "given",
    [
        "emulator-0.emulator:4610",
        "ftp://emulator-0",
        "tcp://10.0.0.7:4610",
        "http://",
        "http://$(POD_NAME).emulator:4610",
        "http://ann:secret@emulator-0",
        "http://emulator-0:0",
        "http://emulator-0:99999",
        "http://emulator-0:port",
        "http://[::x]",
        "http://emulator-0/a//b",
        "http://emulator-0/a b",
        "http://emulator-0/?replica=0",
        "http://emulator-0/#0",
    ],
)
def test_what_is_none_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="is no address of a server"):
        Settings(public_url=given)


@pytest.mark.slow
def test_a_sandbox_names_it_and_nothing_else(public: TestClient) -> None:
    made = public.post("/_emulator/sandboxes", json={"name": "checkout"}).json()
    assert made["url"] == PUBLIC
    assert {name: way["base_url"] for name, way in made["access"].items()} == {
        "altcraft": f"{PUBLIC}/api/v1.1",
        "rcs": PUBLIC,
        "autosend": f"{PUBLIC}/v1",
    }
    assert made["environment"]["EMULATOR_URL"] == PUBLIC
    assert made["environment"]["AUTOSEND_BASE_URL"] == f"{PUBLIC}/v1"
    assert f"export RCS_BASE_URL={PUBLIC}\n" in made["environment_block"]
    assert "127.0.0.1" not in json.dumps(made)


@pytest.mark.slow
def test_a_sandbox_names_no_replica_where_there_is_no_fleet() -> None:
    with assembled() as http:
        made = http.post("/_emulator/sandboxes").json()
    assert (made["url"], made["environment"]["EMULATOR_URL"]) == (None, BASE_URL)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/sandboxes/default", None),
        ("POST", "/reset", None),
        ("POST", "/seed", {"fixtures": {}}),
    ],
)
def test_so_do_all_that_answer_a_sandbox(public: TestClient, method: str, path: str, body: Any) -> None:
    found = public.request(method, f"/_emulator{path}", json=body).json()
    assert (found["url"], found["environment"]["RCS_BASE_URL"]) == (PUBLIC, PUBLIC)


def send(http: TestClient) -> int:
    """Send a mail with an unsubscribe link and a file, and return its number."""
    mail = {
        "from": {"email": "hello@example.com"},
        "to": {"email": "ann@example.com"},
        "subject": "Order 77",
        "html": "<p>Shipped. <a href='{{unsubscribe}}'>No more</a></p>",
        "attachments": [{"fileName": "bill.txt", "content": "QmlsbA==", "contentType": "text/plain"}],
    }
    key = {"Authorization": "Bearer AS_emulator000000000000"}
    assert http.post("/v1/mails/send", json=mail, headers=key).status_code == 200
    (found,) = http.get("/_emulator/messages?latest=true&recipient=ann@example.com").json()["messages"]
    return int(found["id"])


@pytest.mark.slow
@pytest.mark.parametrize("form", ["", "/html", "/raw"])
def test_links_in_messages_lead_there(public: TestClient, form: str) -> None:
    text = (
        public.get(f"/_emulator/messages/{send(public)}{form}").text.replace("=\n", "").replace("=\r\n", "")
    )
    assert f"{PUBLIC}/_emulator/links/default/autosend/unsubscribe/" in text.replace("=3D", "=")
    assert BASE_URL not in text


@pytest.mark.slow
def test_messages_that_were_waited_for_have_their_links(public: TestClient) -> None:
    send(public)
    wanted = {"message": {"text": "No more"}, "timeout": "1s"}
    found = public.post("/_emulator/wait", json=wanted)
    assert found.status_code == 200, found.text
    assert BASE_URL not in found.text


def test_links_in_a_providers_responses_lead_there(public: TestClient) -> None:
    key = {"Authorization": "Bearer AS_emulator000000000000"}
    source = public.get(f"/v1/inbound/messages/{RECEIVED}/raw", headers=key)
    assert source.json()["data"]["url"].startswith(f"{PUBLIC}/_emulator/links/default/autosend/")


@pytest.mark.slow
def test_a_link_that_names_it_is_followed_here(public: TestClient) -> None:
    html = public.get(f"/_emulator/messages/{send(public)}/html").text
    link = html.split("href='")[1].split("'")[0]
    assert public.get(unescape(link).removeprefix(PUBLIC)).status_code == 200


@pytest.mark.slow
def test_requests_for_its_host_are_let_in(public: TestClient) -> None:
    for host, status in (("emulator-2.ci.example", 200), ("ci.example", 403)):
        assert public.get("/_emulator/sandboxes", headers={"Host": host}).status_code == status


@pytest.mark.slow
def test_the_documents_name_it(public: TestClient) -> None:
    for name in ("altcraft", "rcs", "autosend", "control"):
        assert public.get(f"/openapi/{name}.json").json()["servers"][0] == {"url": PUBLIC}
    with assembled() as http:
        assert "servers" not in http.get("/openapi/rcs.json").json()


@pytest.mark.slow
def test_the_health_checks_and_the_console_say_it(public: TestClient) -> None:
    assert public.get("/readyz?verbose").json()["public_url"] == PUBLIC
    assert f">{PUBLIC}</" in public.get("/").text


@pytest.mark.slow
def test_a_sandbox_of_another_replica_is_not_known(public: TestClient) -> None:
    for path in ("/sandboxes/theirs", "/messages?sandbox=theirs", "/wiremock/theirs/__admin/requests"):
        answer = public.get(f"/_emulator{path}")
        assert answer.status_code == 404
        assert f"no sandbox 'theirs' at {PUBLIC}. In a fleet, a sandbox is known" in answer.json()["detail"]
