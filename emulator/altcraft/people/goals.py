"""Goals that people reach elsewhere: on a site, in an app, in a shop. A pixel tells of them.

https://guides.altcraft.com/en/user-guide/pixels/9406180 (what goals are called). A goal is a change of its
profile: it stands in the history, and rules of segments look at it, whoever told of it.
"""

import re
from collections.abc import Mapping
from typing import Any

from emulator.altcraft.people.changes import Change
from emulator.engine.clock import Millis
from emulator.storage.sqlite import json_text

GOAL = re.compile(r"[A-Za-zА-Яа-яЁё0-9 \t$¢£¤¥€₽₴₸!#%&*+\-.,:;'=?@^_()\[\]/\\|]{1,128}")  # noqa: RUF001 -- Russian
MOST_DATA = 1024
"""How many bytes of JSON the data of a goal may have."""

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser/", "Yandex"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""What is in the `User-Agent` of a browser; that of an earlier one may have what later ones have, too."""


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
    """Return the change that somebody reached a goal, now or at some time.

    `about` is what else there is to tell; its `value` is a number.
    """
    return Change(profile_id, "goal", None, {"goal": name, "pixel_id": pixel_id, "data": data, **about}, at)


def browser(user_agent: str) -> str | None:
    """Return the name of a browser, None for one that is not known. The names are inferred."""
    return next((name for mark, name in BROWSERS if mark in user_agent), None)
