"""The report of a failing test: requests and messages of its sandbox, and requests that went elsewhere."""

import re
from pathlib import Path

import pytest

from tests.server import Server
from tests.team import run_tests

pytestmark = pytest.mark.slow


def test_a_failing_test_shows_what_its_sandbox_received(server: Server, tmp_path: Path) -> None:
    source = """
def test_fails(emulator):
    campaigns(emulator, "?colour=red")
    job = "autosend/campaign/66a0c1d2e3f4a5b6c7d80001"
    emulator.jobs.act(job, "publish")
    emulator.clock.until(job=job, status="sent")
    assert False

def test_receives_nothing(emulator):
    assert False
"""
    said = run_tests(tmp_path, source, "--emulator-url", server.url, "--emulator-fixtures", "demo").stdout
    assert "2 failed" in said
    assert "- emulator: what sandbox main-" in said
    assert re.search(r"^fixtures demo, clock frozen at 20.*Z, next event at 20.*Z$", said, re.MULTILINE)
    assert "#1 GET /v1/campaigns?colour=red -> 200, nobody read query.colour" in said
    assert re.search(r"^message #\d+ autosend email to reader\d+@example.com: sent$", said, re.MULTILINE)
    assert "no request" in said


def test_a_failing_test_shows_why_its_requests_were_refused(server: Server, tmp_path: Path) -> None:
    source = """
from urllib.error import HTTPError

def post(emulator, provider, path, body, credential):
    headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
    address = emulator.base_urls[provider] + path
    try:
        urlopen(Request(address, body, headers=headers)).read()
    except HTTPError as refused:
        refused.read()

def test_fails(emulator):
    key, token = emulator.credentials["autosend"], emulator.credentials["altcraft"]
    post(emulator, "autosend", "/campaigns", b'{"name": 7}', key)
    post(emulator, "autosend", "/campaign", b'{}', key)
    post(emulator, "altcraft", "/campaigns/get", b'{"id": 999999, "token": "%s"}' % token.encode(), token)
    assert False
"""
    said = run_tests(tmp_path, source, "--emulator-url", server.url).stdout
    assert "#1 POST /v1/campaigns -> 400" in said
    assert re.search(r'^    refused: {"success":false.*name', said, re.MULTILINE)
    assert "#2 POST /v1/campaign -> 404, no such operation; nearest: POST /v1/campaigns" in said
    assert '    {"id": 999999, "token": "***"}\n    refused: {"data":null,"error":404' in said


def test_a_failing_test_shows_whom_its_jobs_left_out(server: Server, tmp_path: Path) -> None:
    source = """
import json

def post(emulator, path, **body):
    bearer = {"Authorization": f"Bearer {emulator.credentials['rcs']}", "Content-Type": "application/json"}
    address = emulator.base_urls["rcs"] + path
    return json.load(urlopen(Request(address, json.dumps(body).encode(), bearer)))["data"]

def test_fails(emulator):
    phones = [380671000000 + number for number in range(7)]
    post(emulator, "/api/stoplist/attach", phones=phones, types=["rcs"])
    post(emulator, "/api/campaigns/rcs/send", phones=[{"number": str(one)} for one in phones],
         sender="my_agent", options={"text": "Hi"})
    assert False
"""
    demo = ("--emulator-url", server.url, "--emulator-fixtures", "demo")
    said = run_tests(tmp_path, source, *demo).stdout
    named = ", ".join(f"38067100000{number}" for number in range(5))
    assert [line.partition(" left out ")[2] for line in said.splitlines() if " left out " in line] == [
        f"7 because of the stop list: {named}, …"
    ]


POST = """
import json
from urllib.error import HTTPError

def post(emulator, key, path="/mails/send"):
    people = {"from": {"email": "hello@example.com"}, "to": {"email": "ann@example.com"}}
    mail = {**people, "subject": "Order 77", "text": "Shipped."}
    bearer = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        urlopen(Request(emulator.base_urls["autosend"] + path, json.dumps(mail).encode(), bearer)).read()
    except (HTTPError, ConnectionError) as refused:
        return refused
"""


def test_a_failing_test_shows_what_went_elsewhere_since_it_began(server: Server, tmp_path: Path) -> None:
    source = """
def test_passes(emulator):
    post(emulator, "AS_before")
    post(emulator, "AS_emulator000000000000", "/before")

def test_fails(emulator):
    post(emulator, "AS_wrong")
    post(emulator, "AS_emulator000000000000")
    for _ in range(8):
        post(emulator, "")
    assert False
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert "no request" in said
    elsewhere = [line.partition(" meanwhile")[2] for line in said.splitlines() if " meanwhile" in line]
    assert elsewhere[0] == ")"
    assert "(4 earlier requests of no sandbox meanwhile)" in said
    assert {line.rpartition(" -> ")[2] for line in elsewhere[1:6]} == {"401, no credential"}
    assert re.fullmatch(r": #\d+ POST /v1/mails/send -> 200", elsewhere[6])
    assert len(elsewhere) == 7
    assert "(the base URLs and credentials that lead to this sandbox are in its `environment`)" in said


def test_a_failing_test_shows_what_missed_a_providers_paths(server: Server, tmp_path: Path) -> None:
    source = """
def test_fails(emulator):
    emulator.base_urls["autosend"] = emulator.base_urls["autosend"].removesuffix("/v1")
    post(emulator, emulator.credentials["autosend"])
    assert False
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert re.search(
        r"meanwhile: #\d+ POST /mails/send -> 404, .*nearest: POST /v1/mails/send, path of no provider", said
    )


def test_a_reset_of_the_default_sandbox_hides_nothing(server: Server, tmp_path: Path) -> None:
    source = """
def test_fails(emulator, emulator_server):
    emulator_server.sandbox().reset()
    post(emulator, "AS_emulator000000000000")
    assert False
"""
    with server.client() as client:
        for _ in range(3):
            client.get("/v1/campaigns", headers={"Authorization": "Bearer AS_emulator000000000000"})
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert "of sandbox default meanwhile: #1 POST /v1/mails/send -> 200" in said


def test_a_failing_test_shows_messages_where_no_journal_is_kept(tmp_path: Path) -> None:
    sends = "post(emulator, emulator.environment['AUTOSEND_API_KEY'])"
    source = f"def test_fails(emulator):\n    {sends}\n    assert False\n"
    with Server(EMULATOR_JOURNAL_ENTRIES="0") as running:
        said = run_tests(tmp_path, POST + source, "--emulator-url", running.url).stdout
    assert "(no more is known: The journal is switched off" in said
    assert re.search(r"message #\d+ autosend email to", said)


def test_a_failing_test_shows_the_unknown_credential_of_a_request(server: Server, tmp_path: Path) -> None:
    source = "def test_fails(emulator):\n    post(emulator, 'AS_wrong')\n    assert False\n"
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert re.search(r"of no sandbox meanwhile: #\d+ POST .* -> 401, unknown credential \S+", said)


def test_a_failing_test_says_how_much_it_does_not_show(server: Server, tmp_path: Path) -> None:
    source = """
def test_fails(emulator):
    for _ in range(23):
        post(emulator, emulator.credentials["autosend"])
    assert False
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert "(3 earlier requests)\n#4 POST" in said
    assert "(3 earlier messages)\nmessage #" in said


def test_a_failing_test_names_the_fault_rules_that_acted(server: Server, tmp_path: Path) -> None:
    source = """
def test_fails(emulator):
    key = emulator.credentials["autosend"]
    emulator.faults.add("autosend", status=503, times=1)
    emulator.faults.add("autosend", reset=True, times=1)
    post(emulator, key)
    post(emulator, key)
    assert False
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert "#1 POST /v1/mails/send -> 503 (fault rule 1)\n" in said
    assert "#2 POST /v1/mails/send -> no answer (fault rule 2)\n" in said


def test_a_failing_test_shows_the_deliveries_of_webhooks(server: Server, tmp_path: Path) -> None:
    source = """
def test_fails(emulator):
    emulator.webhooks.add("autosend", "http://127.0.0.1:9/hooks", ["email.sent"])
    post(emulator, emulator.credentials["autosend"])
    emulator.clock.advance("1m")
    assert False
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert re.search(
        r"^delivery #\d+ email.sent to http://127.0.0.1:9/hooks: failed, ConnectError", said, re.MULTILINE
    )


def test_a_failing_test_shows_all_types_of_a_batch(server: Server, tmp_path: Path) -> None:
    source = """
def test_fails(emulator):
    wanted = ["campaign_start", "send"]
    emulator.webhooks.add("altcraft", "http://127.0.0.1:9/hooks", wanted, settings={"batch": 3})
    launch = {"token": emulator.credentials["altcraft"], "id": 91, "run_now": True}
    place, kind = emulator.base_urls["altcraft"] + "/campaigns/activate", {"Content-Type": "application/json"}
    urlopen(Request(place, json.dumps(launch).encode(), kind)).read()
    emulator.clock.advance("1m")
    assert False
"""
    options = ("--emulator-url", server.url, "--emulator-fixtures", "demo")
    said = run_tests(tmp_path, POST + source, *options).stdout
    assert re.search(r"^delivery #\d+ campaign_start, send to http://127.0.0.1:9/hooks", said, re.MULTILINE)


@pytest.mark.parametrize("scope", ["module", "session"])
def test_a_failing_test_shows_the_sandbox_that_is_a_fixture_of_it(
    server: Server, tmp_path: Path, scope: str
) -> None:
    source = f"""
import pytest
from emulator.testing import sandbox

@pytest.fixture(scope={scope!r})
def shop(emulator_server):
    with sandbox(emulator_server) as made:
        yield made

@pytest.fixture
def client(shop):
    return shop.base_urls

def test_fails(client, shop):
    campaigns(shop)
    post(shop, "AS_wrong")
    assert False

def test_has_none(emulator_server):
    assert False
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert said.count("emulator: what sandbox") == 1
    assert "#1 GET /v1/campaigns -> 200" in said
    assert "of no sandbox meanwhile: " in said


def test_a_failing_test_of_unittest_shows_the_sandbox_that_it_took(server: Server, tmp_path: Path) -> None:
    source = """
import unittest
import pytest

class Orders(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def take(self, emulator):
        self.sandbox = emulator

    def test_fails(self):
        campaigns(self.sandbox)
        self.fail()
"""
    said = run_tests(tmp_path, source, "--emulator-url", server.url).stdout
    assert "#1 GET /v1/campaigns -> 200" in said


def test_a_failing_test_says_so_where_the_emulator_can_not_be_asked(server: Server, tmp_path: Path) -> None:
    source = "def test_fails(emulator):\n    emulator.delete()\n    assert False\n"
    said = run_tests(tmp_path, source, "--emulator-url", server.url).stdout
    assert said.count("(no more is known: There is no sandbox") == 1


def test_a_refusal_in_a_test_shows_no_code_of_the_connection(server: Server, tmp_path: Path) -> None:
    source = """
def test_jobs(emulator):
    emulator.jobs.get("rcs/campaign/999999")

def test_lists(emulator):
    emulator.requests.list(method="NOTHING")
"""
    said = run_tests(tmp_path, source, "--emulator-url", server.url).stdout
    assert said.count("ControlError: ") >= 2
    assert "connection.py" not in said
    assert "pages.py" not in said


def test_an_emulator_that_can_not_be_reached_is_told_without_code(tmp_path: Path) -> None:
    source = "def test_asks(emulator):\n    assert emulator\n"
    said = run_tests(tmp_path, source, "--emulator-url", "http://127.0.0.1:1").stdout
    assert "UnreachableError: No emulator answers at http://127.0.0.1:1 (Connection refused)" in said
    assert "client.py" not in said
    assert "connection.py" not in said


def test_a_test_that_passes_or_fails_by_itself_has_no_such_section(server: Server, tmp_path: Path) -> None:
    source = "def test_fails():\n    assert False\n\ndef test_passes(emulator):\n    campaigns(emulator)\n"
    said = run_tests(tmp_path, source, "--emulator-url", server.url).stdout
    assert "1 failed, 1 passed" in said
    assert "what sandbox" not in said


UNREAD = """
def test_passes(emulator):
    for _ in range(2):
        campaigns(emulator, "?colour=red")
"""


def test_a_test_that_passes_warns_of_fields_that_nobody_read(server: Server, tmp_path: Path) -> None:
    said = run_tests(tmp_path, UNREAD, "--emulator-url", server.url, "-W", "default").stdout
    assert "1 passed, 1 warning" in said
    assert "UnreadWarning: GET /v1/campaigns: nobody read query.colour" in said


def test_fields_that_nobody_read_can_be_errors(server: Server, tmp_path: Path) -> None:
    options = ("--emulator-url", server.url, "-W", "error::emulator.client.UnreadWarning")
    assert "1 passed, 1 error" in run_tests(tmp_path, UNREAD, *options).stdout


def test_no_test_warns_of_what_was_refused_or_where_nobody_can_be_asked(
    server: Server, tmp_path: Path
) -> None:
    source = """
def test_refused(emulator):
    post(emulator, emulator.credentials["autosend"], "/campaigns")

def test_gone(emulator):
    campaigns(emulator, "?colour=red")
    emulator.delete()
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert re.search("2 passed in", said)
