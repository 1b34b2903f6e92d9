"""Records each operation's responses to its example and to invalid forms of it, and compares two records.

    python -m tests.golden record before.json     on one version
    python -m tests.golden compare before.json    on another: prints the differences, exit code 1

A third argument selects the requests whose names contain it: `compare before.json /v1/campaigns`.
Each request goes to a sandbox that was just reset, on a frozen clock, so that a record depends only on the
code. A change of the code's structure must not change a single byte of it.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import yaml
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings

PACKAGE = Path(__file__).parent.parent / "emulator"
CREDENTIALS = {
    "altcraft": "abcdefghijklmnqrstuvwxyz",
    "autosend": "AS_emulator000000000000",
    "rcs": "live_emulator000000000000",
}
IRRELEVANT = frozenset({"date", "server"})
BROKEN_QUERY = {
    "page": "minus",
    "limit": "-1",
    "from_id": "x",
    "sort": "nothing",
    "page[limit]": "0",
    "verbose": "1",
}
OTHER_METHOD = {"GET": "DELETE", "POST": "GET", "PUT": "GET", "PATCH": "POST", "DELETE": "PUT"}
PROGRESS_EVERY = 500

Record = dict[str, list[Any]]
"""Status, headers and body of each response, by the name of its request."""


@dataclass(frozen=True)
class Asked:
    """One request of a record."""

    name: str
    method: str
    url: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes | None
    times: int = 1
    """How often the request is sent; the last response is recorded."""


def requests() -> Iterator[Asked]:
    """Yield every request of a record."""
    for provider, credential in CREDENTIALS.items():
        for file in sorted((PACKAGE / provider / "examples").glob("*.yaml")):
            for key, case in yaml.safe_load(file.read_text("utf-8")).items():
                yield from _of_operation(key, case, credential)
        yield from _of_no_operation(provider, credential)


def _of_operation(key: str, case: dict[str, Any], credential: str) -> Iterator[Asked]:
    method, _, path = key.partition(" ")
    url, strange = (
        _filled(path, case.get("path", {})),
        _filled(path, dict.fromkeys(case.get("path", {}), "..%2Fx")),
    )
    headers = {"authorization": f"Bearer {case.get('credential', credential)}"}
    query, body = case.get("query", {}), case.get("body")
    for name, content in _bodies(body):
        for label, added in (("", {}), (" with a broken query", BROKEN_QUERY)):
            sent = None if content is None else json.dumps(content).encode()
            typed = headers if sent is None else headers | {"content-type": "application/json"}
            yield Asked(f"{key}: {name}{label}", method, url, query | added, typed, sent)
        if path.startswith("/api/v1.1/") and isinstance(content, dict):
            typed = headers | {"content-type": "application/xml"}
            yield Asked(
                f"{key}: {name} as XML", method, url, query, typed, f"<xml>{_xml(content)}</xml>".encode()
            )
    sent, typed = json.dumps(body).encode(), headers | {"content-type": "application/json"}
    yield Asked(
        f"{key}: without a credential", method, url, query, {"content-type": "application/json"}, b"{}"
    )
    stranger = {"authorization": "Bearer AS_nobody", "content-type": "application/json"}
    yield Asked(f"{key}: with a wrong credential", method, url, query, stranger, b"{}")
    yield Asked(f"{key}: strange ids", method, strange, query, typed, sent)
    yield Asked(f"{key}: without a body", method, url, query, headers, None)
    yield Asked(f"{key}: no JSON", method, url, query, typed, b'{"a": ')
    yield Asked(f"{key}: plain text", method, url, query, headers | {"content-type": "text/plain"}, b"hello")
    yield Asked(f"{key}: no content type", method, url, query, headers, sent)
    yield Asked(f"{key}: another method", OTHER_METHOD[method], url, query, typed, sent)
    yield Asked(f"{key}: asks for XML", method, url, query, typed | {"accept": "application/xml"}, sent)
    marked = typed | {"request-id": "7", "idempotency-key": "7"}
    yield Asked(f"{key}: sent twice", method, url, query, typed, sent, 2)
    yield Asked(f"{key}: sent twice with a mark", method, url, query, marked, sent, 2)


def _of_no_operation(provider: str, credential: str) -> Iterator[Asked]:
    headers = {"authorization": f"Bearer {credential}", "content-type": "application/json"}
    paths = {"altcraft": "/api/v1.1/nothing", "autosend": "/v1/nothing", "rcs": "/api/nothing"}
    for method in OTHER_METHOD:
        yield Asked(f"{provider}: {method} an unknown path", method, paths[provider], {}, headers, b"{}")
        yield Asked(
            f"{provider}: {method} an unknown path, no JSON", method, paths[provider], {}, headers, b"{"
        )


def _bodies(body: Any) -> Iterator[tuple[str, Any]]:
    """Yield the documented body, and eight invalid ones, each with a name."""
    yield "its example", body
    names = list(body) if isinstance(body, dict) else ["name"]
    for label, value in (
        ("nulls", None),
        ("arrays", [[]]),
        ("texts", "text"),
        ("negative numbers", -1),
    ):
        yield label, dict.fromkeys(names, value)
    yield "an empty object", {}
    yield "an array", [1, "two"]
    yield "a text", "text"
    yield "a number", 7


def _filled(path: str, values: dict[str, Any]) -> str:
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", str(value))
    return path


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(_element(name, item) for name, item in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else escape(str(value))


def _element(name: str, value: Any) -> str:
    items = value if isinstance(value, list) else [value]
    return "".join(f"<{name}>{_xml(item)}</{name}>" for item in items)


def record(part: str) -> Record:
    """Send every request whose name contains `part`, and return the responses."""
    found: Record = {}
    app = create_app(Settings(clock="frozen", seed=1))
    with TestClient(app, base_url="http://127.0.0.1:4610", raise_server_exceptions=False) as http:
        for name in ("altcraft", "rcs", "autosend", "control") if not part else ():
            found[f"document: {name}"] = [
                200,
                [],
                json.dumps(http.get(f"/openapi/{name}.json").json(), indent=1),
            ]
        for number, asked in enumerate(asked for asked in requests() if part in asked.name):
            if number % PROGRESS_EVERY == 0:
                print(f"{number} requests", file=sys.stderr, flush=True)
            assert http.post("/_emulator/reset").status_code == 200
            for _ in range(asked.times):
                answer = http.request(
                    asked.method, asked.url, params=asked.query, headers=asked.headers, content=asked.body
                )
            listed = [[name, value] for name, value in answer.headers.multi_items() if name not in IRRELEVANT]
            seen = http.get("/_emulator/requests", params={"limit": 1}).json()
            del seen["unclaimed"]  # it counts earlier requests, as no reset clears it
            found[asked.name] = [answer.status_code, sorted(listed), answer.text, seen]
    return found


def differences(before: Record, after: Record) -> Iterator[str]:
    """Yield the differences between two records, in words."""
    for name in before.keys() | after.keys():
        if name not in before or name not in after:
            yield f"{name}: only {'before' if name in before else 'after'}"
            continue
        pairs = zip(("status", "headers", "body", "journal"), before[name], after[name], strict=False)
        for part, old, new in pairs:
            if old != new:
                yield f"{name}: {part}\n  - {old}\n  + {new}"


def main() -> None:
    command, file, *part = sys.argv[1:]
    made = record("".join(part))
    if command == "record":
        Path(file).write_text(json.dumps(made))
        print(f"{len(made)} answers in {file}")
        return
    recorded: Record = json.loads(Path(file).read_text())
    before = {name: answer for name, answer in recorded.items() if "".join(part) in name}
    found = sorted(differences(before, made))
    print(*found, sep="\n")
    print(f"{len(made)} answers compared, {len(found)} differences")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
