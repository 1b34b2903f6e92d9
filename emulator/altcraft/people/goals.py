"""Goals that people reach on a site, in an app or in a shop, and that a pixel reports.

https://guides.altcraft.com/en/user-guide/pixels/9406180 (names of goals). A goal is a change of its profile:
it is written into the history, where rules of segments find it.
"""

import re
from collections.abc import Mapping
from typing import Any

from emulator.altcraft.people.changes import Change
from emulator.engine.clock import Millis
from emulator.storage.sqlite import json_text

GOAL = re.compile(r"[A-Za-zА-Яа-яЁё0-9 \t$¢£¤¥€₽₴₸!#%&*+\-.,:;'=?@^_()\[\]/\\|]{1,128}")  # noqa: RUF001 -- Russian
MOST_DATA = 1024
"""The most bytes of a goal's data as JSON."""

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser/", "Yandex"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""The mark of each browser in its `User-Agent`. The first mark found counts: Edge also has Chrome's."""


def read_goal(value: str) -> str:
    """Return the name of a goal. Raises ValueError."""
    if GOAL.fullmatch(value) is None:
        raise ValueError("must have up to 128 letters, digits, spaces and common signs")
    return value


def check_size(data: Mapping[str, Any]) -> None:
    """Raise ValueError for more data than a goal may have."""
    if len(json_text(data).encode()) > MOST_DATA:
        raise ValueError(f"must have at most {MOST_DATA} bytes of JSON")


def reached(
    profile_id: str,
    name: str,
    pixel_id: int | str,
    data: Mapping[str, Any],
    about: Mapping[str, Any],
    at: Millis | None = None,
) -> Change:
    """Return the change that a profile reached a goal, now or at an instant.

    `about` has further details for the history; its `value` is a number.
    """
    return Change(profile_id, "goal", None, {"goal": name, "pixel_id": pixel_id, "data": data, **about}, at)


def browser(user_agent: str) -> str | None:
    """Return the name of a browser, None for one that is not known. The names are inferred."""
    return next((name for mark, name in BROWSERS if mark in user_agent), None)
