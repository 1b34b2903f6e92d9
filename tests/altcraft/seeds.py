"""Helpers for sandboxes with accounts of Altcraft that tests write."""

import json
from collections.abc import Callable
from typing import Any

from httpx2 import Response

from emulator.settings import shipped_fixtures
from emulator.yaml_text import read_yaml
from tests.conftest import Sandbox


def seeded(box: Sandbox, change: Callable[[Any], object] = lambda _: None, /, **more: Any) -> Response:
    """Seed a sandbox with the set `empty`, changed by a function, with `more` in some of its lists."""
    account: Any = read_yaml((shipped_fixtures() / "empty/altcraft/account.yaml").read_text("utf-8"))
    change(account)
    for name, parts in more.items():
        account[name] = [*account.get(name, []), *parts]
    text = json.dumps(account, default=str)
    response: Response = box.control("POST", "/seed", json={"fixtures": {"altcraft": text}})
    return response


def asked(box: Sandbox, path: str, **body: Any) -> Any:
    """Send a request to Altcraft in a sandbox; return the data of the response."""
    answer = box.http.post(f"/api/v1.1{path}", headers=box.altcraft, json=body).json()
    assert answer["error"] == 0, answer
    return answer["data"]
