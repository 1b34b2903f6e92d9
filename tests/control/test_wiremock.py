"""WireMock's admin API for the journal. The counts below are those that WireMock 3.13.2 returns."""

from base64 import b64decode
from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox

ADMIN = "/__admin"
BODY = (
    b'{"name":"x","n":5,"f":1.50,"b":true,"nul":null,"empty":[],"eo":{},"multi":"a\\nb",'
    b'"items":[{"id":1,"tags":["a","b"]},{"id":2}]}'
)


class WireMock:
    """A WireMock client of one sandbox, which received a POST and a GET."""

    def __init__(self, emulator: Emulator, box: Sandbox) -> None:
        self.http = emulator.http
        self.box = box
        key = box.autosend["Authorization"]
        pairs = [("Authorization", key), ("X-Two", "a"), ("X-Two", "b"), ("Cookie", "c=d; e=f; e=g")]
        headers = [*pairs, ("Content-Type", "application/json")]
        self.http.post("/v1/campaigns?a=1&b=2&b=3&c=%D0%BF", content=BODY, headers=headers)
        self.http.get("/v1/campaign", headers=pairs[:1])

    def ask(self, method: str, path: str, pattern: Any = None) -> Any:
        options = {} if pattern is None else {"json": pattern}
        return self.http.request(method, f"/_emulator/wiremock/{self.box.name}{ADMIN}{path}", **options)

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, pattern: Any) -> Any:
        answer = self.ask("POST", path, pattern)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def wiremock(emulator: Emulator) -> WireMock:
    return WireMock(emulator, emulator.sandbox("one", clock="frozen"))


def body(**operation: Any) -> Any:
    return {"bodyPatterns": [operation]}


def path(expression: str, **operation: Any) -> Any:
    return body(matchesJsonPath={"expression": expression} | operation if operation else expression)


def header(**operation: Any) -> Any:
    return {"headers": {"x-two": operation}}


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ({}, 2),
        ({"method": "ANY"}, 2),
        ({"method": "POST"}, 1),
        ({"method": "POST", "url": None}, 1),
        ({"url": "/v1/campaigns?a=1&b=2&b=3&c=%D0%BF"}, 1),
        ({"url": "/v1/campaigns"}, 0),
        ({"urlPath": "/v1/campaigns"}, 1),
        ({"urlPattern": "/v1/campaigns"}, 0),
        ({"urlPattern": "/v1/campaigns.*"}, 1),
        ({"urlPathPattern": "/v1/[a-z]+"}, 2),
        ({"urlPathTemplate": "/v1/{name}"}, 2),
        ({"urlPathTemplate": "/v1/{name}", "pathParameters": {"name": {"equalTo": "campaigns"}}}, 1),
        ({"queryParameters": {"b": {"equalTo": "3"}}}, 1),
        ({"queryParameters": {"B": {"equalTo": "3"}}}, 0),
        ({"queryParameters": {"c": {"equalTo": "п"}}}, 1),
        ({"queryParameters": {"z": {"absent": True}}}, 2),
        ({"cookies": {"c": {"equalTo": "d"}}}, 1),
        ({"cookies": {"e": {"equalTo": "g"}}}, 1),
        (header(equalTo="b"), 1),
        (header(equalTo="B"), 0),
        (header(equalTo="A", caseInsensitive=True), 1),
        (header(absent=True), 1),
        (header(doesNotMatch="b"), 2),
        (header(matches="[ab]"), 1),
        ({"headers": {"x-two": {"not": {"equalTo": "q"}}}}, 2),
        ({"headers": {"x-two": {"or": [{"equalTo": "q"}, {"equalTo": "a"}]}}}, 1),
        (header(hasExactly=[{"equalTo": "b"}, {"equalTo": "a"}]), 1),
        (header(hasExactly=[{"equalTo": "b"}]), 0),
        (header(includes=[{"equalTo": "b"}]), 1),
        (body(contains='"name"'), 1),
        (body(contains='"NAME"'), 0),
        (body(doesNotContain="name"), 1),
        (body(matches="\\{.*\\}"), 1),
        (body(matches="name"), 0),
        (body(doesNotMatch="x"), 2),
        (body(equalTo=BODY.decode()), 1),
        (body(absent=True), 1),
        (body(anything="x"), 2),
        (body(equalToJson=BODY.decode()), 1),
        (body(equalToJson={"name": "x"}), 0),
        (body(equalToJson={"name": "x", "n": 5.0}, ignoreExtraElements=True), 1),
        (body(equalToJson={"b": 1}, ignoreExtraElements=True), 0),
        (body(equalToJson={"items": [{"id": 1}]}, ignoreExtraElements=True), 1),
        (body(equalToJson={"items": [{"id": 2}, {"id": 1}]}, ignoreExtraElements=True), 0),
        (body(equalToJson={"items": [{"id": 2}]}, ignoreExtraElements=True, ignoreArrayOrder=True), 1),
        (body(equalToJson={"n": "${json-unit.any-number}"}, ignoreExtraElements=True), 1),
        (body(equalToJson={"n": "${json-unit.any-string}"}, ignoreExtraElements=True), 0),
        (path("$.name"), 1),
        (path("name"), 1),
        (path("$.1st"), 0),
        (path("$.n", equalTo="5.5"), 0),
        (path("$.nul"), 0),
        (path("$.empty"), 0),
        (path("$.eo"), 0),
        (path("$['name']"), 1),
        (path("$['name','n']"), 1),
        (path("$.items[*].id"), 1),
        (path("$.items[-1].id"), 1),
        (path("$.items[5]"), 0),
        (path("$.items[0:1]"), 1),
        (path("$..id"), 1),
        (path("$..nope"), 0),
        (path("$..*"), 1),
        (path("$.name.deep"), 0),
        (path("$[?(@.name == 'x')]"), 1),
        (path("$[?(@.name == 'y')]"), 0),
        (path("$[?(@.name =~ /X/i)]"), 1),
        (path("$[?(@.b == true)]"), 1),
        (path("$[?(@.n >= 5 && @.f < 2)]"), 1),
        (path("$.items[?(@.id > 1)]"), 1),
        (path("$.items[?(@.id == 7 || @.id == 2)]"), 1),
        (path("$.items[?(!@.tags)]"), 1),
        (path("$.items[?(@['id'] == 1)].tags[1]"), 1),
        (path("$.n", equalTo="5"), 1),
        (path("$.items[*].id", equalTo="1"), 1),
        (path("$.items[*].id", equalToJson="[1,2]"), 1),
        (path("$.items[0]", equalToJson={"id": 1}, ignoreExtraElements=True), 1),
        (path("$.items[0].tags", equalTo="a"), 1),
        (path("$.multi", matches="a.b"), 1),
        (path("$.nope", absent=True), 2),
        (path("$.nope", doesNotMatch="x"), 0),
        (path("$.nul", absent=True), 2),
    ],
)
def test_a_pattern_means_the_requests_that_wiremock_means(
    wiremock: WireMock, pattern: Any, count: int
) -> None:
    assert wiremock.post("/requests/count", pattern) == {"count": count, "requestJournalDisabled": False}
    assert len(wiremock.post("/requests/find", pattern)["requests"]) == count


@pytest.mark.parametrize(
    ("pattern", "pointer", "says"),
    [
        ({"nonsense": 1}, "/nonsense", "urlPathPattern"),
        ({"method": 5}, "/method", "text"),
        ([], "/", "object"),
        ({"headers": []}, "/headers", "object"),
        (header(like="a"), "/headers/x-two", "doesNotContain"),
        (header(equalTo="a", contains="b"), "/headers/x-two", "contains"),
        (header(equalTo=5), "/headers/x-two", "text"),
        (header(matches="("), "/headers/x-two", "regular expression"),
        (header(matches="a" * 1001), "/headers/x-two", "1000"),
        (header(absent=False), "/headers/x-two", "absent"),
        ({"headers": {"x-two": "a"}}, "/headers/x-two", "object"),
        (
            {"urlPathTemplate": "/v1/{a}", "pathParameters": {"b": {"equalTo": "c"}}},
            "/pathParameters/b",
            "{b}",
        ),
        ({"bodyPatterns": {"contains": "x"}}, "/bodyPatterns", "list"),
        (body(equalToXml="<a/>"), "/bodyPatterns/0", "matchesJsonPath"),
        (body(equalToJson="{"), "/bodyPatterns/0", "JSON"),
        (path("$["), "/bodyPatterns/0", "not understood"),
        (path("$.items.length()"), "/bodyPatterns/0", "not understood"),
        (path("$[?(@.a == )]"), "/bodyPatterns/0", "unexpected ')'"),
        (path(f"$[?({'(' * 400}@.a{')' * 400})]"), "/bodyPatterns/0", "too many conditions"),
        (path(f"$[?({'!' * 400}@.a)]"), "/bodyPatterns/0", "too many conditions"),
        (path("$" + ".a" * 500), "/bodyPatterns/0", "up to 1000"),
        (path("$[?(@.a =~ /(/)]"), "/bodyPatterns/0", "regular expression"),
        (body(matchesJsonPath={"equalTo": "x"}), "/bodyPatterns/0", "text"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_is(
    wiremock: WireMock, pattern: Any, pointer: str, says: str
) -> None:
    answer = wiremock.ask("POST", "/requests/count", pattern)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["source"]["pointer"] == pointer
    assert says in error["detail"]


def test_a_body_that_is_no_json_is_refused(wiremock: WireMock) -> None:
    json = {"Content-Type": "application/json"}
    answer = wiremock.http.post(f"{ADMIN}/requests/count", content=b"{", headers=json)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == 10


def test_requests_have_wiremocks_shape(wiremock: WireMock) -> None:
    listed = wiremock.get("/requests")
    assert (listed["meta"], listed["requestJournalDisabled"]) == ({"total": 2}, False)
    latest, first = listed["requests"]
    assert (latest["wasMatched"], latest["response"]["status"]) == (False, 404)
    assert latest["responseDefinition"]["fromConfiguredStub"] is False
    assert (first["wasMatched"], first["response"]["status"]) == (True, 400)
    assert b64decode(first["response"]["bodyAsBase64"]).decode() == first["response"]["body"]
    request = first["request"]
    assert request["url"] == "/v1/campaigns?a=1&b=2&b=3&c=%D0%BF"
    assert request["absoluteUrl"] == f"http://127.0.0.1:4610{request['url']}"
    assert (request["host"], request["port"], request["scheme"]) == ("127.0.0.1", 4610, "http")
    assert request["method"] == "POST"
    assert request["clientIp"]
    assert request["headers"]["Content-Type"] == "application/json"
    assert request["headers"]["X-Two"] == ["a", "b"]
    assert request["headers"]["Authorization"].startswith("Bearer AS_")
    assert request["cookies"] == {"c": "***", "e": ["***", "***"]}
    assert request["queryParams"]["b"] == {"key": "b", "values": ["2", "3"]}
    assert request["body"].encode() == BODY == b64decode(request["bodyAsBase64"])
    assert request["loggedDate"] == 1773585000000
    assert request["loggedDateString"] == "2026-03-15T14:30:00.000Z"


def test_one_request_is_found_by_its_id(wiremock: WireMock) -> None:
    listed = wiremock.get("/requests")["requests"]
    assert wiremock.get(f"/requests/{listed[0]['id']}") == listed[0]
    for unknown in ("00000000-0000-4000-8000-00000000ffff", "00000000-0000-4000-9000-000000000001", "nope"):
        assert wiremock.ask("GET", f"/requests/{unknown}").status_code == 404


def test_requests_are_listed_since_an_instant_and_up_to_a_limit(wiremock: WireMock) -> None:
    assert len(wiremock.get("/requests?limit=1")["requests"]) == 1
    assert len(wiremock.get("/requests?since=2026-03-15T14:29:59Z")["requests"]) == 2
    assert wiremock.get("/requests?since=2026-03-15T14:30:00Z")["requests"] == []
    assert len(wiremock.get("/requests?unmatched=true")["requests"]) == 1
    for wrong in (
        *("limit=x", "limit=-1", "since=yesterday", "since=0001-01-01T00:00:00Z", "limt=1"),
        *("since=20260315", "since=1773585000", "since=1773585000000", "since=2026", "since=1e9"),
    ):
        assert wiremock.ask("GET", f"/requests?{wrong}").status_code == 422, wrong


def test_requests_are_removed_by_pattern_and_by_id(wiremock: WireMock) -> None:
    removed = wiremock.post("/requests/remove", {"method": "GET"})["serveEvents"]
    assert [event["request"]["url"] for event in removed] == ["/v1/campaign"]
    (left,) = wiremock.get("/requests")["requests"]
    assert wiremock.ask("DELETE", f"/requests/{left['id']}").json() == {}
    assert wiremock.get("/requests")["requests"] == []


@pytest.mark.parametrize(
    ("method", "address"), [("DELETE", "/requests"), ("POST", "/requests/reset"), ("POST", "/reset")]
)
def test_the_journal_is_emptied(wiremock: WireMock, method: str, address: str) -> None:
    assert wiremock.ask(method, address).status_code == 200
    assert wiremock.get("/requests")["meta"] == {"total": 0}


def test_unmatched_are_those_that_no_operation_answered(wiremock: WireMock) -> None:
    key = wiremock.box.autosend
    wiremock.http.put("/v1/campaigns", headers=key)
    wiremock.http.post("/v1/mails/sent", headers=key)
    wiremock.http.post("/push/content/get", json={}, headers=wiremock.box.altcraft)
    unmatched = [request["url"] for request in wiremock.get("/requests/unmatched")["requests"]]
    assert unmatched == ["/push/content/get", "/v1/mails/sent", "/v1/campaigns", "/v1/campaign"]


def test_near_misses_of_unmatched_requests_name_documented_operations(wiremock: WireMock) -> None:
    (first, *_) = wiremock.get("/requests/unmatched/near-misses")["nearMisses"]
    assert first["request"]["url"] == "/v1/campaign"
    assert first["stubMapping"]["name"] == "List Campaigns"
    assert first["stubMapping"]["request"] == {"method": "GET", "urlPathTemplate": "/v1/campaigns"}


def test_near_misses_of_a_pattern_are_the_closest_requests(wiremock: WireMock) -> None:
    pattern = {"method": "GET", "urlPath": "/v1/campaigns"}
    misses = wiremock.post("/near-misses/request-pattern", pattern)["nearMisses"]
    assert [miss["request"]["method"] for miss in misses] == ["POST", "GET"]
    assert misses[0]["matchResult"]["distance"] < misses[1]["matchResult"]["distance"]
    assert misses[0]["requestPattern"] == pattern


def test_the_default_sandbox_is_asked_at_the_root_and_knows_who_had_no_credential(emulator: Emulator) -> None:
    http = emulator.http
    http.request("DELETE", f"{ADMIN}/requests")
    http.get("/v1/campaigns", headers={"Authorization": "Bearer AS_emulator000000000000"})
    http.get("/v1/contacts/1", headers={"Authorization": "Bearer AS_nobody0000000000000"})
    assert http.get(f"{ADMIN}/requests").json()["meta"] == {"total": 1}
    (stray,) = http.get(f"{ADMIN}/requests?unmatched=true").json()["requests"]
    assert stray["request"]["url"] == "/v1/contacts/1"
    assert http.get(f"{ADMIN}/requests/{stray['id']}").json() == stray
    assert http.request("DELETE", f"{ADMIN}/requests/{stray['id']}").status_code == 200
    assert http.get(f"{ADMIN}/requests/unmatched").json()["requests"] == []
    assert http.get(f"{ADMIN}/requests").json()["meta"] == {"total": 1}


def test_a_sandbox_is_named_by_parameter_or_path_and_sees_its_own_only(
    emulator: Emulator, wiremock: WireMock
) -> None:
    emulator.sandbox("other")
    for address, total in (
        (f"{ADMIN}/requests?sandbox=one", 2),
        (f"{ADMIN}/requests?sandbox=other", 0),
        (f"/_emulator/wiremock/other{ADMIN}/requests", 0),
    ):
        assert emulator.http.get(address).json()["meta"] == {"total": total}
    for address in (f"{ADMIN}/requests?sandbox=none", f"/_emulator/wiremock/none{ADMIN}/requests"):
        assert emulator.http.get(address).status_code == 404
