"""Whoever asks for something first waits until it is made; everybody else is served meanwhile."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from httpx2 import Response

from emulator.app import Late
from emulator.control import docs
from emulator.gateway.sections import Sections
from emulator.providers import Provider
from tests.conftest import Emulator, in_process

PATIENCE = 30
"""Seconds after which what holds everybody up goes on, so that a failing test ends."""

CONTROL, AUTOSEND = "/_emulator/clock", "/v1/campaigns"
KEY = {"Authorization": "Bearer AS_emulator000000000000"}
NOBODY = {"provider": "rcs", "error": "Nothing"}


class Held:
    """A function that tells when it begins, and waits until it may go on."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.begins, self.may_go_on = Event(), Event()
        self.calls = 0

    def __call__(self, *arguments: Any) -> Any:
        self.calls += 1
        self.begins.set()
        assert self.may_go_on.wait(PATIENCE), "nobody was served meanwhile"
        return self._function(*arguments)


@pytest.fixture
def fresh() -> Iterator[Emulator]:
    """An emulator of which nothing was used yet."""
    with in_process() as emulator:
        yield emulator


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], Held]:
    def hold(owner: Any, name: str) -> Held:
        held = Held(getattr(owner, name))

        def waiting(*arguments: Any) -> Any:  # a method of its owner, which the object alone would not be
            return held(*arguments)

        monkeypatch.setattr(owner, name, waiting)
        return held

    return hold


def served_beside(
    emulator: Emulator, held: Held, ask: Callable[[], Response], other: Callable[[], Response]
) -> Response:
    """Ask for what is held, and for something else meanwhile; return the response to the first."""
    with ThreadPoolExecutor(1) as pool:
        asked: Future[Response] = pool.submit(ask)
        assert held.begins.wait(PATIENCE)
        assert other().status_code == 200
        assert not asked.done()
        held.may_go_on.set()
        return asked.result()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rcs", "control"])
def test_a_document_is_made_beside_other_requests(
    fresh: Emulator, hold: Callable[[Any, str], Held], name: str
) -> None:
    fresh.http.get(CONTROL)
    made = hold(docs, "provider_document" if name == "rcs" else "_control_document")
    shown = served_beside(
        fresh, made, lambda: fresh.http.get(f"/openapi/{name}.json"), lambda: fresh.http.get(CONTROL)
    )
    assert shown.json()["paths"]


@pytest.mark.slow
def test_a_document_that_two_ask_for_is_made_once(fresh: Emulator, hold: Callable[[Any, str], Held]) -> None:
    fresh.http.get(CONTROL)
    made = hold(docs, "_control_document")
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(fresh.http.get, "/openapi/control.json") for _ in range(2)]
        assert made.begins.wait(PATIENCE)
        assert fresh.http.get(CONTROL).status_code == 200
        made.may_go_on.set()
        assert [answer.result().status_code for answer in asked] == [200, 200]
    assert made.calls == 1


def test_a_section_is_imported_beside_other_requests(
    fresh: Emulator, hold: Callable[[Any, str], Held]
) -> None:
    fresh.http.get(CONTROL)
    imported = hold(Sections, "route")
    answer = served_beside(
        fresh, imported, lambda: fresh.http.get(AUTOSEND, headers=KEY), lambda: fresh.http.get(CONTROL)
    )
    assert answer.json()["success"] is True


def test_the_control_plane_is_made_beside_requests_to_a_provider(
    fresh: Emulator, hold: Callable[[Any, str], Held]
) -> None:
    fresh.http.get(AUTOSEND, headers=KEY)
    made = hold(Late, "load")
    answer = served_beside(
        fresh, made, lambda: fresh.http.get(CONTROL), lambda: fresh.http.get(AUTOSEND, headers=KEY)
    )
    assert answer.json()["mode"] == "frozen"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [("GET", "/_emulator/faults/errors", None, 200), ("POST", "/_emulator/faults", NOBODY, 422)],
)
def test_the_errors_of_all_sections_are_found_beside_other_requests(
    fresh: Emulator, hold: Callable[[Any, str], Held], method: str, path: str, body: Any, status: int
) -> None:
    fresh.http.get(CONTROL)
    found = hold(Provider, "errors")
    answer = served_beside(
        fresh,
        found,
        lambda: fresh.http.request(method, path, json=body),
        lambda: fresh.http.get(CONTROL),
    )
    assert answer.status_code == status


def test_a_rule_that_begins_with_a_restart_finds_its_error_beside_other_requests(
    fresh: Emulator, hold: Callable[[Any, str], Held]
) -> None:
    rule = {"provider": "autosend", "error": "NotFound"}
    assert fresh.http.post("/_emulator/faults", json=rule).status_code == 201
    found = hold(Provider, "errors")
    answer = served_beside(
        fresh, found, lambda: fresh.http.get(AUTOSEND, headers=KEY), lambda: fresh.http.get(CONTROL)
    )
    assert answer.status_code == 404
