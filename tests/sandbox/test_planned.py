"""Events that a fixture plans happen at the times that are shown, whenever a sandbox begins."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel

from emulator.engine.clock import DAY, MINUTE, PLANNED, Millis, from_datetime, machine_millis
from emulator.storage.columns import columns_marked
from emulator.storage.tables import tables
from tests.conftest import Emulator, Sandbox, in_process

pytestmark = pytest.mark.slow

BEGINS = "2026-05-01T10:20:30.123Z"
AGO = 47 * MINUTE + 11
"""How much older than a sandbox its template is."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with in_process() as running:
        yield running


def copied_late(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, now: Millis, **wanted: Any) -> Sandbox:
    """Make a sandbox that begins now, as a copy of an older template."""
    for moment in (now - AGO, now):
        monkeypatch.setattr("emulator.sandbox.world.machine_millis", lambda moment=moment: moment)
        box = emulator.sandbox(**({"clock": "frozen", "at": "now"} if moment < now else wanted))
    monkeypatch.undo()
    return box


def rows(emulator: Emulator, box: Sandbox, statement: str) -> list[Any]:
    store = emulator.world.sandboxes[box.name].store
    return emulator.on_the_loop(lambda: store.execute(statement).fetchall())


def ahead(emulator: Emulator, box: Sandbox) -> Counter[tuple[str, str, Millis]]:
    """Return the instants after a sandbox's beginning in all rows, by table and column."""
    now = from_datetime(datetime.fromisoformat(box.control("GET", "/clock").json()["now"]))
    columns = [
        (table.name, column.name)
        for table in SQLModel.metadata.sorted_tables
        if table.name != "sandbox_state"
        for column in table.columns
        if str(column.type) == "INTEGER"
    ]
    found = Counter[tuple[str, str, Millis]]()
    for table, column in columns:
        statement = (
            f'SELECT "{column}" FROM "{table}" WHERE "{column}" BETWEEN {now + 1} AND {now + 5000 * DAY}'  # noqa: S608 -- our own tables
        )
        found.update((table, column, instant) for (instant,) in rows(emulator, box, statement))
    return found


def test_what_lies_ahead_is_the_same_whatever_a_sandbox_is_copied_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with in_process() as emulator:
        now = from_datetime(datetime.fromisoformat(BEGINS))
        late = ahead(emulator, copied_late(emulator, monkeypatch, now, clock="frozen", at="now"))
        exact = ahead(emulator, emulator.sandbox(clock="frozen", at=BEGINS))
    assert late == exact
    planned = {
        (table.__tablename__, column) for table in tables() for column in columns_marked(table, PLANNED)
    }
    assert planned <= {(table, column) for table, column, _ in exact}


Watched = Callable[[Sandbox], tuple[str, object]]
"""A function that reads something planned: it returns the time that is shown, and the state."""


def autosend_campaign(box: Sandbox) -> tuple[str, object]:
    shown = box.http.get("/v1/campaigns/66a0c1d2e3f4a5b6c7d80005", headers=box.autosend).json()["data"]
    return shown["scheduledAt"], shown["status"] == "scheduled"


def rcs_campaign(box: Sandbox) -> tuple[str, object]:
    shown = box.http.get("/api/campaigns/5", headers=box.rcs).json()["data"]
    return shown["start_at"], shown["status"] == "scheduled"


def rcs_code(box: Sandbox) -> tuple[str, object]:
    place = "/api/2fa/authentications/0e7a1c52-0000-4000-a000-000000000001"
    shown = box.http.get(place, headers=box.rcs).json()["data"]
    return shown["expired_at"], shown["status"] == "pending"


def _of_club(box: Sandbox, path: str, email: str) -> Any:
    whom = {"loyalty_program_id": 12, "points_currency_eid": "stars", "matching": "email", "email": email}
    return box.http.post(f"/api/v1.1/loyalty/account/{path}", headers=box.altcraft, json=whom).json()["data"]


def altcraft_points_to_come(box: Sandbox) -> tuple[str, object]:
    last = max(row["activation_date"] for row in _of_club(box, "transactions", "ann@example.com"))
    return last, _of_club(box, "balance", "ann@example.com")["active_balance"]


def altcraft_points_to_go(box: Sandbox) -> tuple[str, object]:
    rows = _of_club(box, "transactions", "bob+opened@example.com")
    first = min(row["expiration_date"] for row in rows if row["expiration_date"])
    return first, _of_club(box, "balance", "bob+opened@example.com")["active_balance"]


def altcraft_promo_code(box: Sandbox) -> tuple[str, object]:
    said = {"loyalty_id": 5, "code": "CODE-3"}
    shown = box.http.post("/api/v1.1/promocodes/get", headers=box.altcraft, json=said).json()["data"]
    return shown["expire_date"], shown["is_expired"]


BEGUN = {
    "at an instant": {"clock": "frozen", "at": BEGINS},
    "now": {"clock": "frozen", "at": "now"},
    "as usual": {"clock": "frozen"},
    "with a real clock": {"clock": "real"},
}


@pytest.mark.parametrize("begun", BEGUN)
@pytest.mark.parametrize(
    "watched",
    [
        autosend_campaign,
        rcs_campaign,
        rcs_code,
        altcraft_points_to_come,
        altcraft_points_to_go,
        altcraft_promo_code,
    ],
)
def test_what_is_planned_comes_when_it_is_shown_to_come(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, watched: Watched, begun: str
) -> None:
    box = copied_late(emulator, monkeypatch, machine_millis(), **BEGUN[begun])
    box.control("POST", "/clock", json={"freeze": True})
    shown, before = watched(box)
    moment = datetime.fromisoformat(shown).replace(tzinfo=UTC)
    for place, is_before in ((moment - timedelta(seconds=1), True), (moment + timedelta(seconds=1), False)):
        assert box.control("POST", "/clock", json={"set": place.isoformat()}).status_code == 200
        assert (watched(box)[1] == before) is is_before
