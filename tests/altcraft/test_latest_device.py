"""The push subscription that is the newest one of a profile, also after the clock was set back."""

from typing import Any

from tests.altcraft.apps import BY_EMAIL, App
from tests.altcraft.conftest import Altcraft
from tests.altcraft.messages import sent

A_WEEK_BEFORE = "2026-03-08T10:00:00Z"


def set_back(altcraft: Altcraft) -> None:
    answer = altcraft.emulator.http.post("/_emulator/clock", json={"set": A_WEEK_BEFORE})
    assert answer.status_code == 200


def reached(altcraft: Altcraft) -> list[str]:
    """Send a push to Ann's newest device; return the devices that get it."""
    settings: dict[str, Any] = {"resource_id": 1, "push_sending_mode": "last"}
    pushes = sent(altcraft, {"title": "Hi", "body": "Hi"}, "push", **settings)
    return [one["recipient"] for one in pushes if one["recipient"].startswith("dev-")]


def test_the_newest_device_is_that_of_the_earlier_time(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    app.subscribe("dev-later")
    set_back(altcraft)
    app.subscribe("dev-now")
    altcraft.advance("1h")
    assert reached(altcraft) == ["dev-now"]


def test_of_devices_of_a_later_time_the_last_one_is_the_newest(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    for token in ("dev-3", "dev-1", "dev-2"):
        altcraft.advance("1s")
        app.subscribe(token)
    set_back(altcraft)
    assert reached(altcraft) == ["dev-2"]
    assert app.status()["subscription"]["subscription_id"] == "dev-2"
