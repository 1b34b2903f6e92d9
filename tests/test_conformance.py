"""Every operation answers its documented example as documented.

The cases are the examples that Swagger UI shows (emulator/<provider>/examples/), made from the
documentation. Each is sent to a fresh emulator as it stands there.
"""

from typing import Any

import pytest

from emulator.app import make_providers
from emulator.gateway.examples import Example, load_examples
from emulator.settings import Settings
from tests.conftest import Emulator

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
    assert differences(example.answer, answer.json()) == []


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_built_operation_has_an_example(provider: Any) -> None:
    built = {f"{route.verb} {route.path}" for route in provider.sections.routes}
    assert built == set(load_examples(provider.name))


def differences(documented: Any, answered: Any, place: str = "answer") -> list[str]:
    """Answer where an answer lacks what is documented, or has it as another type."""
    if documented is None or answered is None:
        return []
    if isinstance(documented, dict) and isinstance(answered, dict):
        found = [f"{place}.{name} is missing" for name in documented if name not in answered]
        for name in documented.keys() & answered.keys():
            found += differences(documented[name], answered[name], f"{place}.{name}")
        return found
    if isinstance(documented, list) and isinstance(answered, list):
        if documented and not answered:
            return [f"{place} is empty"]
        return differences(documented[0], answered[0], f"{place}[0]") if documented else []
    if _kind(documented) != _kind(answered):
        return [f"{place} is {answered!r}, documented as {documented!r}"]
    return []


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__
