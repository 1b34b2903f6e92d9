"""The first request for something waits until it is made; other requests are served meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from emulator.app import Late
from emulator.control import docs
from emulator.gateway.sections import Sections
from emulator.providers import Provider
from tests.conftest import Emulator, in_process
from tests.held import PATIENCE, held_by, served_beside

pytestmark = pytest.mark.slow

CONTROL, AUTOSEND = "/_emulator/clock", "/v1/campaigns"
KEY = {"Authorization": "Bearer AS_emulator000000000000"}
NOBODY = {"provider": "rcs", "error": "Nothing"}


@pytest.fixture
def fresh() -> Iterator[Emulator]:
    """An emulator that has received no request."""
    with in_process() as emulator:
        yield emulator


@pytest.mark.parametrize("name", ["rcs", "control"])
def test_a_document_is_made_beside_other_requests(
    fresh: Emulator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fresh.http.get(CONTROL)
    made = held_by(monkeypatch, docs, "provider_document" if name == "rcs" else "_control_document")
    shown = served_beside(
        made, lambda: fresh.http.get(f"/openapi/{name}.json"), lambda: fresh.http.get(CONTROL)
    )
    assert shown.json()["paths"]


def test_a_document_that_two_ask_for_is_made_once(fresh: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.http.get(CONTROL)
    made = held_by(monkeypatch, docs, "_control_document")
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(fresh.http.get, "/openapi/control.json") for _ in range(2)]
        assert made.begins.wait(PATIENCE)
        assert fresh.http.get(CONTROL).status_code == 200
        made.may_go_on.set()
        assert [answer.result().status_code for answer in asked] == [200, 200]
    assert made.calls == 1


def test_a_section_is_imported_beside_other_requests(
    fresh: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.http.get(CONTROL)
    imported = held_by(monkeypatch, Sections, "route")
    answer = served_beside(
        imported, lambda: fresh.http.get(AUTOSEND, headers=KEY), lambda: fresh.http.get(CONTROL)
    )
    assert answer.json()["success"] is True


def test_the_control_plane_is_made_beside_requests_to_a_provider(
    fresh: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.http.get(AUTOSEND, headers=KEY)
    made = held_by(monkeypatch, Late, "load")
    answer = served_beside(
        made, lambda: fresh.http.get(CONTROL), lambda: fresh.http.get(AUTOSEND, headers=KEY)
    )
    assert answer.json()["mode"] == "frozen"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [("GET", "/_emulator/faults/errors", None, 200), ("POST", "/_emulator/faults", NOBODY, 422)],
)
def test_the_errors_of_all_sections_are_found_beside_other_requests(
    fresh: Emulator, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: Any, status: int
) -> None:
    fresh.http.get(CONTROL)
    found = held_by(monkeypatch, Provider, "errors")
    answer = served_beside(
        found,
        lambda: fresh.http.request(method, path, json=body),
        lambda: fresh.http.get(CONTROL),
    )
    assert answer.status_code == status


def test_a_rule_that_begins_with_a_restart_finds_its_error_beside_other_requests(
    fresh: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = {"provider": "autosend", "error": "NotFound"}
    assert fresh.http.post("/_emulator/faults", json=rule).status_code == 201
    found = held_by(monkeypatch, Provider, "errors")
    answer = served_beside(
        found, lambda: fresh.http.get(AUTOSEND, headers=KEY), lambda: fresh.http.get(CONTROL)
    )
    assert answer.status_code == 404
