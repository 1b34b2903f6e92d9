"""When a sandbox's clock begins: now, at an instant, at the fixtures' epoch."""

import asyncio
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import ExpiredTokenError
from joserfc.jwk import RSAKey

from emulator.app import make_providers, make_world
from emulator.engine.clock import HOUR, machine_millis, to_datetime
from emulator.sandbox.world import World
from emulator.settings import Settings
from tests.conftest import Emulator, Sandbox

EPOCH = "2026-03-15T14:30:00.000Z"
MAY = "2026-05-01T00:00:00.000Z"
LAUNCHED = "altcraft/mailing/15"
"""A mailing that the fixture launches some time before the sandbox begins."""


def detail(box: Sandbox) -> Any:
    return box.http.get(f"/_emulator/sandboxes/{box.name}").json()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def newest_message(box: Sandbox) -> datetime:
    found = box.control("GET", "/messages", params={"limit": 1000}).json()["messages"]
    return max(moment(one["created_at"]) for one in found)


@pytest.mark.parametrize(
    ("at", "now"),
    [
        ("2026-05-01t00:00:00z", MAY),
        ("epoch", EPOCH),
        ("2026-05-01T00:00:00Z", MAY),
        ("2026-05-01T02:00:00+02:00", MAY),
        ("20260501T000000.000Z", MAY),
        ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
    ],
)
def test_a_frozen_clock_begins_at_an_instant(emulator: Emulator, at: str, now: str) -> None:
    made = detail(emulator.sandbox("box", clock="frozen", at=at))
    assert (made["now"], made["begins_at"], made["clock"]) == (now, now, "frozen")


def test_a_frozen_clock_begins_now(emulator: Emulator) -> None:
    before = to_datetime(machine_millis())
    made = detail(emulator.sandbox("box", clock="frozen", at="now"))
    assert before <= moment(made["now"]) <= to_datetime(machine_millis())
    assert made["begins_at"] == made["now"] == made["made_at"]


def test_without_an_instant_a_frozen_clock_begins_as_the_emulators(emulator: Emulator) -> None:
    made = detail(emulator.sandbox("box", clock="frozen"))
    assert (made["now"], made["begins_at"]) == (EPOCH, EPOCH)


def test_a_real_clock_begins_whenever_it_is(emulator: Emulator) -> None:
    for wanted in ({}, {"at": "now"}):
        made = detail(emulator.sandbox(None, clock="real", **wanted))
        assert (made["clock"], made["begins_at"]) == ("real", None)


def test_a_fast_clock_begins_at_an_instant(emulator: Emulator) -> None:
    box = emulator.sandbox("box", clock=60, at=MAY)
    assert moment(MAY) <= moment(detail(box)["now"]) < datetime(2026, 5, 1, 3, tzinfo=UTC)
    assert detail(box)["clock"] == "speed"


@pytest.mark.slow
@pytest.mark.parametrize("at", ["now", "2026-05-01T00:00:00Z", "epoch"])
def test_a_reset_begins_at_the_same_instant_again(emulator: Emulator, at: str) -> None:
    box = emulator.sandbox("box", clock="frozen", at=at)
    begun = detail(box)["now"]
    box.advance("3d")
    reset = box.control("POST", "/reset").json()
    assert (reset["now"], reset["begins_at"]) == (begun, begun)
    assert box.control("POST", "/reset", json={"seed": 7}).json()["now"] == begun


@pytest.mark.parametrize("at", ["now", "2026-05-01T00:00:00Z", "2031-01-01T00:00:00Z", "epoch"])
def test_what_is_due_in_the_fixtures_before_it_begins_has_happened(emulator: Emulator, at: str) -> None:
    box = emulator.sandbox("box", clock="frozen", at=at)
    assert box.advance("1ms")["fired"] == 0
    statuses = [box.control("GET", f"/jobs/{name}").json()["status"] for name in (LAUNCHED, "rcs/campaign/1")]
    assert statuses == ["running", "sending"]


@pytest.mark.parametrize("at", ["2026-05-01T00:00:00Z", "2031-01-01T00:00:00Z", "epoch"])
def test_the_history_in_the_fixtures_ends_where_it_begins(emulator: Emulator, at: str) -> None:
    box = emulator.sandbox("box", clock="frozen", at=at)
    begun = moment(detail(box)["now"])
    assert 0 <= (begun - newest_message(box)).total_seconds() < 3600


@pytest.mark.parametrize(("at", "passes"), [("now", True), ("epoch", False)])
def test_a_library_takes_the_tokens_of_a_sandbox_that_begins_now(
    emulator: Emulator, at: str, *, passes: bool
) -> None:
    box = emulator.sandbox("box", clock="frozen", at=at)
    body = {"api_key": box.environment["RCS_API_KEY"]}
    token = emulator.http.post("/api/auth/login", json=body).json()["bearer"]
    key = files("emulator.rcs").joinpath("development_key.pem").read_text()
    claims = jwt.decode(token, RSAKey.import_key(key), algorithms=["RS256"]).claims
    by_the_machines_clock = jwt.JWTClaimsRegistry(iat={"essential": True}, exp={"essential": True})
    if passes:
        by_the_machines_clock.validate(claims)
    else:
        with pytest.raises(ExpiredTokenError):
            by_the_machines_clock.validate(claims)


@pytest.mark.slow
def test_sandboxes_at_one_instant_are_alike_and_at_others_not(emulator: Emulator) -> None:
    boxes = [emulator.sandbox(None, clock="frozen", at=at) for at in (MAY, EPOCH, MAY)]
    first, other, second = map(newest_message, boxes)
    assert first == second != other


@pytest.mark.slow
@pytest.mark.parametrize("at", ["2000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_sandbox_at_the_ends_of_time_can_be_saved_and_restored(emulator: Emulator, at: str) -> None:
    box = emulator.sandbox("box", clock="frozen", at=at)
    assert box.control("POST", "/snapshots", json={"name": "end"}).status_code == 201
    assert box.control("POST", "/snapshots/end/restore").status_code == 200


def test_a_snapshot_goes_on_and_its_sandbox_begins_as_before(emulator: Emulator) -> None:
    box = emulator.sandbox("box", clock="frozen", at=MAY)
    other = emulator.sandbox("other", clock="frozen")
    other.advance("1h")
    assert other.control("POST", "/snapshots", json={"name": "later"}).status_code == 201
    assert box.control("POST", "/snapshots/later/restore").json()["now"] == "2026-03-15T15:30:00.000Z"
    assert detail(box)["begins_at"] == MAY
    assert box.control("POST", "/reset").json()["now"] == MAY


@pytest.mark.slow
def test_other_accounts_begin_at_the_same_instant(emulator: Emulator) -> None:
    box = emulator.sandbox("box", clock="frozen", at=MAY)
    box.advance("1h")
    assert box.control("POST", "/seed", json={}).json()["now"] == MAY
    assert box.control("POST", "/reset").json()["now"] == MAY


WRONG = [
    "",
    "tomorrow",
    "NOW",
    "2026-05-01",
    "2026-05-01T00:00:00",
    "2026-13-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "1999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-01:00",
    "0001-01-01T00:00:00+01:00",
    "1777593600000",
    "\u0662\u0660\u0662\u0666-05-01T00:00:00Z",
    "2026-05-01T00:00:00Z\0",
    "2026-05-01T00:00:00Z" * 20,
    1777593600000,
    True,
    ["now"],
    {"at": "now"},
]


@pytest.mark.parametrize("at", WRONG)
def test_what_is_no_instant_is_refused(emulator: Emulator, at: Any) -> None:
    body = {"name": "box", "clock": "frozen", "at": at}
    answer = emulator.http.post("/_emulator/sandboxes", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["at"]
    assert emulator.http.get("/_emulator/sandboxes/box").status_code == 404


@pytest.mark.parametrize("at", ["epoch", MAY])
def test_a_real_clock_can_not_begin_elsewhere(emulator: Emulator, at: str) -> None:
    answer = emulator.http.post("/_emulator/sandboxes", json={"clock": "real", "at": at})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "at"
    assert "real clock" in error["message"]


def world(**settings: Any) -> World:
    made = Settings(**settings)
    return make_world(made, make_providers(made))


def test_all_sandboxes_of_an_emulator_begin_where_it_is_told() -> None:
    made = world(clock="frozen", at=MAY)
    may = made.default.clock.now()
    assert to_datetime(may) == moment(MAY)
    assert asyncio.run(made.create()).clock.now() == may
    assert asyncio.run(made.create(clock="real")).clock.mode == "real"
    assert asyncio.run(made.create(at="epoch")).clock.now() != may
    assert may <= asyncio.run(made.create(clock="60")).clock.now() < may + HOUR


@pytest.mark.slow
def test_an_emulator_begins_now_and_each_of_its_sandboxes_when_it_is_made() -> None:
    made = world(clock="frozen", at="now")
    begun = made.default.clock.now()
    assert machine_millis() - HOUR < begun <= machine_millis()
    assert begun <= asyncio.run(made.create()).clock.now() <= machine_millis()
    asyncio.run(made.reset(made.default))
    assert made.default.clock.now() == begun


@pytest.mark.slow
def test_a_data_folder_keeps_where_its_sandboxes_begin(tmp_path: Any) -> None:
    first = world(clock="frozen", at=MAY, data=tmp_path)
    made = asyncio.run(first.create("box", at="now"))
    begun = made.clock.now()
    first.close()
    again = world(data=tmp_path)
    for name, instant in (("box", begun), ("default", None)):
        sandbox = again.sandboxes[name]
        asyncio.run(again.reset(sandbox))
        assert sandbox.clock.now() == (instant or sandbox.plan.begins_at)
        assert sandbox.clock.mode == "frozen"
    again.close()


@pytest.mark.parametrize(
    ("clock", "at"), [("real", "epoch"), ("real", MAY), ("frozen", "tomorrow"), ("60", "2026-05-01")]
)
def test_a_wrong_setting_is_refused(clock: str, at: str) -> None:
    with pytest.raises(ValueError, match="at"):
        Settings(clock=clock, at=at)
