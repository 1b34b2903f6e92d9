"""Every operation responds to its documented example as documented.

The cases are the examples that Swagger UI shows (emulator/<provider>/examples/), made from the
documentation. Each is sent unchanged to a fresh emulator, and its response is compared with the
documented one field by field, in both directions. The allowed differences are listed in
tests/conformance/<provider>.yaml; a difference that is not listed fails the test, and so does a listed
one that no longer exists.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.app import make_providers
from emulator.gateway.examples import Example, load_examples
from emulator.settings import Settings
from tests.conftest import Emulator

DIFFERENCES = Path(__file__).parent / "conformance"
PROVIDERS = make_providers(Settings())
CASES = [
    pytest.param(provider.name, example, id=f"{provider.name} {example.key}")
    for provider in PROVIDERS
    for example in load_examples(provider.name).values()
]
CREDENTIALS = {
    "altcraft": {},
    "autosend": {"Authorization": "Bearer AS_emulator000000000000"},
    "rcs": {"Authorization": "Bearer live_emulator000000000000"},
}


def headers_of(provider: str, example: Example) -> dict[str, str]:
    own = {} if example.credential is None else {"Authorization": f"Bearer {example.credential}"}
    return CREDENTIALS[provider] | own


@pytest.mark.parametrize(("provider", "example"), CASES)
def test_the_documented_example_gets_the_documented_answer(
    emulator: Emulator, provider: str, example: Example
) -> None:
    answer = emulator.http.request(
        example.method,
        example.url,
        params=example.query,
        json=example.body,
        headers=headers_of(provider, example),
    )
    assert answer.status_code == example.status, answer.text
    if example.status == NO_CONTENT:
        assert answer.content == b""
        return
    if not example.is_json:
        assert answer.headers["content-type"] == example.media_type
        return
    is_text = answer.headers["content-type"].startswith("text/plain")
    found = differences(example.answer, answer.text if is_text else answer.json())
    assert found == allowed(provider).get(example.key, {}), (
        f"correct operation or example, or list it in tests/conformance/{provider}.yaml: {example.key}"
    )


NO_CONTENT = 204


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_built_operation_has_an_example(provider: Any) -> None:
    built = {f"{route.verb} {route.path}" for route in provider.sections.routes}
    shown = load_examples(provider.name).keys()
    assert not built - shown, f"write what is documented into emulator/{provider.name}/examples/"
    assert not shown - built, "no section serves it"


def test_every_listed_difference_is_of_an_operation() -> None:
    for provider in PROVIDERS:
        assert allowed(provider.name).keys() <= load_examples(provider.name).keys()


@cache
def allowed(provider: str) -> dict[str, dict[str, set[str]]]:
    content = yaml.safe_load((DIFFERENCES / f"{provider}.yaml").read_text("utf-8"))
    return {
        operation: {difference: set(places) for difference, places in listed.items()}
        for operation, listed in content.items()
    }


def differences(documented: Any, received: Any, place: str = "") -> dict[str, set[str]]:
    """Return the places where a response differs from the documented one, by the kind of difference.

    All items of a list have the same place: `data.steps[].id`.
    """
    found: dict[str, set[str]] = {}
    if isinstance(documented, dict) and isinstance(received, dict):
        note(found, "lacks", (inside(place, name) for name in documented.keys() - received.keys()))
        note(found, "adds", (inside(place, name) for name in received.keys() - documented.keys()))
        for name in documented.keys() & received.keys():
            join(found, differences(documented[name], received[name], inside(place, name)))
    elif isinstance(documented, list) and isinstance(received, list):
        if len(documented) != len(received):
            note(found, "other length", [place])
        for one, other in zip(documented, received, strict=False):
            join(found, differences(one, other, f"{place}[]"))
    elif kind(documented) != kind(received):
        null = documented is None or received is None
        note(found, "null on one side" if null else "other type", [place])
    elif documented != received:
        note(found, "other value", [place])
    return found


def inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def note(found: dict[str, set[str]], difference: str, places: Iterable[str]) -> None:
    for place in places:
        found.setdefault(difference, set()).add(place)


def join(found: dict[str, set[str]], more: dict[str, set[str]]) -> None:
    for difference, places in more.items():
        note(found, difference, places)


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__
