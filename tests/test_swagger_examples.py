"""The examples that Swagger UI fills in can be executed: each operation's example, on a fresh emulator."""

import json
from typing import Any

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


def filled_in(described: dict[str, Any], place: str) -> dict[str, Any]:
    """Return the example values of an operation's parameters in `place`: path, query or header."""
    return {
        parameter["name"]: parameter["example"]
        for parameter in described.get("parameters", ())
        if parameter["in"] == place and "example" in parameter
    }


@pytest.mark.parametrize(("provider", "method", "path"), CASES, ids=lambda part: part)
def test_the_example_of_an_operation_succeeds(
    emulator: Emulator, documents: dict[str, Any], provider: str, method: str, path: str
) -> None:
    shown = documents[provider]
    described = shown["paths"][path][method.lower()]
    (scheme,) = described.get("security", shown["security"])[0]
    headers = {"Authorization": f"Bearer {shown['x-emulator-credentials'][scheme]}"}
    for name, value in filled_in(described, "path").items():
        path = path.replace(f"{{{name}}}", str(value))
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    content = None if body is None else json.dumps(body)
    answer = emulator.http.request(
        method,
        path,
        params=filled_in(described, "query"),
        content=content,
        headers=headers | ({} if body is None else {"Content-Type": "application/json"}),
    )
    assert str(answer.status_code) in described["responses"], answer.text
    assert answer.status_code < 300, answer.text
    if provider == "altcraft" and answer.headers["content-type"] == "application/json":
        assert answer.json().get("error", 0) == 0
