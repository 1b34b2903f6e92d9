"""FastAPI's features in a section: they work as documented, or are refused with an explanation."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends
from starlette.testclient import TestClient

from emulator.app import assemble, make_world
from emulator.autosend import autosend
from emulator.gateway.catalogue import Catalogue, Operation
from emulator.gateway.problems import SectionError
from emulator.gateway.route import OperationRoute
from emulator.gateway.sections import Sections
from emulator.settings import Settings
from tests.conftest import BASE_URL
from tests.gateway.house import features

HOUSE = Path(__file__).with_name("house")
KEY = {"Authorization": "Bearer AS_emulator000000000000"}


def row(method: str, path: str) -> Operation:
    return Operation("features", method, path, "A Feature", "", "documented", "full", "full")


CATALOGUE = Catalogue([row(next(iter(route.methods)), route.path) for route in features.router.routes])  # type: ignore[attr-defined]


@pytest.fixture
def done() -> list[str]:
    features.done.clear()
    return features.done


@pytest.fixture
def http() -> Iterator[TestClient]:
    """An emulator whose AutoSend has only the section of features."""
    settings = Settings(clock="frozen")
    sections = Sections("tests.gateway.house", HOUSE, CATALOGUE)
    provider = replace(autosend(), catalogue=CATALOGUE, sections=sections)
    app = assemble(settings, [provider], make_world(settings, [provider]))
    with TestClient(app, base_url=BASE_URL, headers=KEY) as client:
        yield client


def sender_count(http: TestClient) -> int:
    http.post("/_emulator/snapshots", json={"name": "now"})
    with http.stream("GET", "/_emulator/snapshots/now") as answer:
        database = sqlite3.connect(":memory:")
        database.deserialize(answer.read())
        count: int = database.execute("SELECT count(*) FROM autosend_sender").fetchone()[0]
        database.close()
    return count


@pytest.mark.slow
def test_a_dependency_is_solved_with_its_own_parameters(http: TestClient, done: list[str]) -> None:
    assert http.get("/v1/features/depends?limit=5").json() == {"size": 5, "door": "door"}
    assert done == ["opened", "closed"]


def test_a_parameter_of_a_dependency_is_refused_in_dialect(http: TestClient) -> None:
    answer = http.get("/v1/features/depends?limit=0")
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["field"] == "limit"


def test_a_dependency_can_be_a_part_of_a_function(http: TestClient) -> None:
    assert http.get("/v1/features/partial?shade=dark").json() == {"colour": "dark blue"}


def test_a_dependency_can_refuse(http: TestClient, done: list[str]) -> None:
    answer = http.get("/v1/features/refused")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "AUTHENTICATED_SENDER_NOT_FOUND")
    assert done == []


def test_headers_and_cookies_are_read(http: TestClient) -> None:
    answer = http.get("/v1/features/header", headers={"X-Colour": "red", "Cookie": "user=ada"})
    assert answer.json() == {"colour": "red", "user": "ada"}


def test_a_header_that_is_missing_is_refused_in_dialect(http: TestClient) -> None:
    answer = http.get("/v1/features/header")
    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == [{"field": "x-colour", "message": "x-colour is required"}]


@pytest.mark.slow
def test_a_background_task_runs_after_the_transaction(http: TestClient, done: list[str]) -> None:
    before = sender_count(http)
    assert http.post("/v1/features/background").json() == {"started": True}
    assert done == [f"saw {before + 1} senders"]


def test_headers_cookies_and_status_of_the_response_can_be_set(http: TestClient) -> None:
    answer = http.get("/v1/features/response")
    assert (answer.status_code, answer.json()) == (202, {"is": "a dictionary"})
    assert answer.headers["x-colour"] == "blue"
    assert answer.cookies["user"] == "ada"
    assert "x-ratelimit-limit" in answer.headers


def test_a_response_can_be_streamed(http: TestClient) -> None:
    assert http.get("/v1/features/stream").text == "0\n1\n2\n"


def test_a_response_model_shapes_the_response(http: TestClient) -> None:
    assert http.get("/v1/features/model").json() == {"name": "/v1/features/model"}


def test_a_policy_is_said_beside_the_call(http: TestClient) -> None:
    assert http.get("/v1/features/public", headers={"Authorization": ""}).json()["success"] is True
    assert http.get("/v1/features/response", headers={"Authorization": ""}).status_code == 401


@pytest.mark.parametrize(
    ("asked", "answer"),
    [("7.json", 7), ("7", "7"), ("7.xml", "7.xml"), (".json", ".json"), ("a%2Fb", "a/b")],
)
def test_a_parameter_can_be_a_part_of_a_segment(http: TestClient, asked: str, answer: object) -> None:
    assert http.get(f"/v1/features/receipts/{asked}").json() == answer


def test_the_address_of_an_operation_is_found_by_its_name(http: TestClient) -> None:
    answer = http.get("/v1/features/links/ann%20b")
    assert answer.json() == [f"{BASE_URL}/v1/features/links/ann%20b", "/v1/features/partial"]


@pytest.mark.parametrize("wrong", [{"name": "nothing"}, {"name": "links"}, {"name": "part", "more": "x"}])
def test_an_address_that_there_is_not_is_a_crash(
    http: TestClient, wrong: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert http.get("/v1/features/links/x", params=wrong).status_code == 500
    assert "NoMatchFound" in caplog.text


@pytest.mark.slow
def test_an_endpoint_that_waits_is_refused_and_nothing_is_kept(
    http: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    before = sender_count(http)
    answer = http.get("/v1/features/wait")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert "waited inside of its transaction" in caplog.text
    assert sender_count(http) == before


def test_an_exception_of_http_is_no_refusal(http: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    assert http.get("/v1/features/exception").status_code == 500
    assert "raise one of its refusals" in caplog.text


def test_a_form_is_not_read_a_second_time(http: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    assert http.post("/v1/features/form", json={"name": "ann"}).status_code == 500
    assert "it is the call's `payload`" in caplog.text


@pytest.mark.slow
def test_the_document_comes_from_the_same_routes(http: TestClient) -> None:
    paths = http.get("/openapi/autosend.json").json()["paths"]
    shown = paths["/v1/features/header"]["get"]
    assert shown["summary"] == "A Feature"
    assert {"x-colour", "user"} == {parameter["name"] for parameter in shown["parameters"]}
    assert "/v1/features/unlisted" not in paths
    assert "SenderNotFound" in str(paths["/v1/features/refused"]["get"]["responses"]["404"])


def sections_of(folder: Path, text: str) -> Sections:
    (folder / "wrong.py").write_text(text)
    known = Catalogue([row("GET", "/v1/things"), row("GET", "/v1/things/{file:path}")])
    return Sections("wrong", folder, known)


PLAIN = 'router = APIRouter(prefix="/v1/things")\n'
GET = '@router.get("")\nasync def things(): ...\n'
ROUTER = 'router = APIRouter(prefix="/v1/things", route_class=OperationRoute)\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ROUTER + '@router.get("/other")\nasync def other(): ...\n', "is in no row of the catalogue"),
        (ROUTER + "@router.get(PATH)\nasync def other(): ...\n", "write the path as a text"),
        (ROUTER + '@router.get("")\ndef things(): ...\n', "an endpoint is `async def`"),
        (ROUTER + 2 * '@router.get("")\nasync def things(): ...\n', "is declared in wrong.wrong too"),
        (
            ROUTER + '@router.get("/{file:path}")\nasync def file(): ...\n',
            "write `{name}`, one in each segment",
        ),
        ("router = APIRouter(route_class=OperationRoute)\n" + GET, "prefix first"),
        (f"router = APIRouter(deps=[Depends(one)], prefix='/v1')\n{GET}", "prefix first"),
        ("from fastapi import APIRouter, Form\n" + ROUTER, "1: the dialect decodes forms"),
        (
            "\nfrom fastapi import (\n    APIRouter,\n    UploadFile,\n)\n" + ROUTER,
            "2: the dialect decodes forms",
        ),
        (PLAIN + '@router.get("")\nasync def things(): ...\n', "has `route_class=OperationRoute`"),
        (ROUTER + '@router.websocket("/feed")\nasync def feed(): ...\n', r'`@router.post\("/path"\)`'),
        (ROUTER + 'router.add_api_route("", things)\n', "2: a section has one router"),
        (ROUTER + "router.include_router(other)\n", "2: a section has one router"),
        (ROUTER + 'more = APIRouter(prefix="/v1/more")\n', "2: a section has one router"),
        (ROUTER + 'more: APIRouter = APIRouter(prefix="/v1/more")\n', "2: a section has one router"),
    ],
    ids=[
        "no row",
        "no text",
        "def",
        "twice",
        "converter",
        "no prefix",
        "prefix behind a call",
        "form",
        "upload",
        "plain",
        "websocket",
        "added",
        "included",
        "another",
        "another with a type",
    ],
)
def test_a_route_that_can_not_be_served_stops_the_start(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SectionError, match=sentence):
        sections_of(tmp_path, text)


@pytest.mark.parametrize("again", ["/v1/things/{id}", "/v1/things/{code}"])
def test_two_rows_with_the_same_requests_stop_the_start(tmp_path: Path, again: str) -> None:
    known = Catalogue([row("GET", "/v1/things/{id}"), row("POST", "/v1/things/{id}"), row("GET", again)])
    with pytest.raises(
        SectionError, match=rf"the rows GET /v1/things/\{{id\}} .* and GET {re.escape(again)} "
    ):
        Sections("empty", tmp_path, known)


def blocking() -> int:
    return 1


class Blocking:
    def __call__(self) -> int:
        return 1


ASYNC = "locking: write `async def`"


@pytest.mark.parametrize(
    ("dependency", "sentence"),
    [
        (blocking, ASYNC),
        (Blocking, "Blocking: depend on an `async def` that makes it"),
        (Blocking(), ASYNC),
        (partial(blocking), ASYNC),
        (partial(Blocking()), ASYNC),
    ],
    ids=["function", "class", "instance", "part of a function", "part of an instance"],
)
def test_a_dependency_that_would_need_a_thread_is_refused(dependency: Any, sentence: str) -> None:
    async def endpoint(one: int = Depends(dependency)) -> int:
        return one

    router = APIRouter(route_class=OperationRoute)
    with pytest.raises(SectionError, match=sentence):
        router.get("/v1/things")(endpoint)
