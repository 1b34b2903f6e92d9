"""The examples that Swagger UI fills in can be executed: each operation's example, on a fresh emulator."""

import json
from typing import Any

import pytest

from emulator.app import make_providers
from emulator.gateway.openapi import provider_document
from emulator.providers import Provider
from emulator.settings import Settings
from tests.conftest import Emulator

pytestmark = pytest.mark.slow

PROVIDERS = {provider.name: provider for provider in make_providers(Settings())}
METHODS = ("get", "post", "put", "patch", "delete")


def operations(provider: Provider) -> list[Any]:
    """Return method, path and description of each operation that Swagger UI shows for a provider."""
    document = provider_document(provider, "")
    return [
        pytest.param(provider.name, method, path, described, id=f"{provider.name} {method.upper()} {path}")
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if method in METHODS
    ]


CASES = [case for provider in PROVIDERS.values() for case in operations(provider)]


def filled_in(described: dict[str, Any], place: str) -> dict[str, Any]:
    """Return the example values of an operation's parameters in `place`: path, query or header."""
    return {
        parameter["name"]: parameter["example"]
        for parameter in described.get("parameters", ())
        if parameter["in"] == place and "example" in parameter
    }


@pytest.mark.parametrize(("provider", "method", "path", "described"), CASES)
def test_the_example_of_an_operation_succeeds(
    emulator: Emulator, provider: str, method: str, path: str, described: dict[str, Any]
) -> None:
    shown = emulator.http.get(f"/openapi/{provider}.json").json()
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
