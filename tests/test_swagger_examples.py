"""The examples that Swagger UI fills in can be executed: each operation's example, on a fresh emulator."""

import json
from itertools import chain
from typing import Any

import httpx2
import pytest

from emulator.app import make_providers
from emulator.settings import Settings
from tests.conftest import Emulator

pytestmark = pytest.mark.slow

METHODS = {"get", "post", "put", "patch", "delete"}
CASES = [
    (provider.name, route.verb, route.path)
    for provider in make_providers(Settings())
    for route in provider.sections.routes
]


@pytest.fixture(scope="module")
def documents(running: Emulator) -> dict[str, Any]:
    """The OpenAPI documents by provider, of a fresh emulator."""
    running.reset()
    return {name: running.http.get(f"/openapi/{name}.json").json() for name in {name for name, *_ in CASES}}


def test_every_operation_is_shown(documents: dict[str, Any]) -> None:
    shown = {
        (name, method.upper(), path)
        for name, document in documents.items()
        for path, methods in document["paths"].items()
        for method in METHODS & methods.keys()
    }
    assert shown == set(CASES)


def test_nothing_is_filled_in_that_may_be_left_out(emulator: Emulator, documents: dict[str, Any]) -> None:
    control = emulator.http.get("/openapi/control.json").json()
    filled = [
        f"{path} {parameter['name']}"
        for document in (*documents.values(), control)
        for path, methods in document["paths"].items()
        for method in METHODS & methods.keys()
        for parameter in methods[method].get("parameters", ())
        if not parameter.get("required") and '"examples":' in json.dumps(parameter["schema"])
    ]
    assert filled == []


def filled_in(described: dict[str, Any], place: str) -> dict[str, Any]:
    """Return the example values of an operation's parameters in `place`: path, query or header.

    The fields of an object are parameters of their own, as OpenAPI has it.
    """
    filled: dict[str, Any] = {}
    for parameter in described.get("parameters", ()):
        if parameter["in"] == place and "example" in parameter:
            value = parameter["example"]
            filled |= value if isinstance(value, dict) else {parameter["name"]: value}
    return filled


@pytest.mark.parametrize(("provider", "method", "path"), CASES, ids=lambda part: part)
def test_the_example_of_an_operation_succeeds(
    emulator: Emulator, documents: dict[str, Any], provider: str, method: str, path: str
) -> None:
    described = documents[provider]["paths"][path][method.lower()]
    body = shown_body(described, "application/json")
    answer = executed(emulator, documents, (provider, method, path), body and json.dumps(body), "json")
    assert str(answer.status_code) in described["responses"], answer.text
    assert answer.status_code < 300, answer.text
    if provider == "altcraft" and answer.headers["content-type"] == "application/json":
        assert answer.json().get("error", 0) == 0


IN_XML = [case for case in CASES if case[0] == "altcraft" and case[1] == "POST"]


@pytest.mark.parametrize(("provider", "method", "path"), IN_XML, ids=lambda part: part)
def test_so_does_the_one_in_xml(
    emulator: Emulator, documents: dict[str, Any], provider: str, method: str, path: str
) -> None:
    body = shown_body(documents[provider]["paths"][path][method.lower()], "application/xml")
    if body is not None:
        answer = executed(emulator, documents, (provider, method, path), body, "xml")
        assert answer.status_code < 300, answer.text
        assert "<error>" not in answer.text or "<error>0</error>" in answer.text


def shown_body(described: dict[str, Any], media_type: str) -> Any:
    return described.get("requestBody", {}).get("content", {}).get(media_type, {}).get("example")


def executed(
    emulator: Emulator, documents: dict[str, Any], case: tuple[str, str, str], body: str | None, form: str
) -> httpx2.Response:
    """Send an operation's request as Swagger UI does, with the parameters and the credential filled in."""
    provider, method, path = case
    shown = documents[provider]
    described = shown["paths"][path][method.lower()]
    headers = {}
    for scheme in chain.from_iterable(described.get("security", shown["security"])):
        headers["Authorization"] = f"Bearer {shown['x-emulator-credentials'][scheme]}"
    for name, value in filled_in(described, "path").items():
        path = path.replace(f"{{{name}}}", str(value))
    return emulator.http.request(
        method,
        path,
        params=filled_in(described, "query"),
        content=body,
        headers=headers | ({} if body is None else {"Content-Type": f"application/{form}"}),
    )
