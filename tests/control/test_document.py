"""The control plane's document: what its operations answer, and the examples by which they are tried."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox

METHODS = {"get", "post", "put", "patch", "delete"}
RUN = "/_emulator/jobs/{provider}/{kind}/{key}"


@pytest.fixture
def document(emulator: Emulator) -> Any:
    return emulator.http.get("/openapi/control.json").json()


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield the operations with their method and path."""
    for path, methods in document["paths"].items():
        for method in METHODS & methods.keys():
            yield method, path, methods[method]


def example(parameter: Any) -> Any:
    return (parameter["schema"].get("examples") or [None])[0]


def tried(emulator: Emulator, document: Any, method: str, path: str, sandbox: str | None = None) -> Any:
    """Send the request that Swagger UI sends without typing, or with a sandbox where it takes one."""
    described = document["paths"][path][method]
    for parameter in described.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(example(parameter)))
    content = described.get("requestBody", {}).get("content", {}).get("application/json")
    body = None if content is None else content.get("example") or _example_of(document, content["schema"])
    takes_one = any(parameter["name"] == "sandbox" for parameter in described.get("parameters", ()))
    params = {"sandbox": sandbox} if sandbox and takes_one else {}
    return emulator.http.request(method, path, json=body, params=params, follow_redirects=False)


def _example_of(document: Any, schema: Any) -> Any:
    (reference,) = [one["$ref"] for one in (schema, *schema.get("anyOf", ())) if "$ref" in one]
    return document["components"]["schemas"][reference.rpartition("/")[2]]["examples"][0]


@pytest.mark.slow
def test_every_parameter_that_is_needed_has_an_example(document: Any) -> None:
    without = [
        f"{method} {path} {parameter['name']}"
        for method, path, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if parameter.get("required") and example(parameter) is None
    ]
    assert without == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/_emulator/sandboxes/{name}"),
        ("get", RUN),
        ("get", f"{RUN}/people"),
        ("post", f"{RUN}/status"),
        ("post", f"{RUN}/pace"),
        ("post", f"{RUN}/settings"),
        ("get", "/_emulator/messages/{message_id}"),
        ("get", "/_emulator/messages/{message_id}/html"),
        ("get", "/_emulator/messages/{message_id}/raw"),
        ("post", "/_emulator/messages/{message_id}/status"),
        ("get", "/_emulator/balances/{provider}"),
        ("post", "/_emulator/balances/{provider}"),
        ("patch", "/_emulator/webhooks/targets/{target_id}"),
        ("delete", "/_emulator/webhooks/targets/{target_id}"),
        ("get", "/_emulator/s/{domain}/{slug}"),
    ],
)
def test_the_example_of_an_operation_is_something_that_there_is(
    emulator: Emulator, document: Any, method: str, path: str
) -> None:
    answer = tried(emulator, document, method, path)
    assert answer.status_code < 400, answer.text
    assert str(answer.status_code) in document["paths"][path][method]["responses"]


@pytest.mark.slow
def test_no_example_of_a_body_is_refused_as_not_valid(emulator: Emulator, document: Any) -> None:
    refused = {}
    for method, path, operation in operations(document):
        if "application/json" in operation.get("requestBody", {}).get("content", {}):
            answer = tried(emulator, document, method, path, emulator.sandbox(clock="frozen", seed=None).name)
            if answer.status_code in {400, 422}:
                refused[path] = answer.text
    assert refused == {}


def test_fields_and_parameters_of_known_words_say_which_there_are(document: Any) -> None:
    schemas = document["components"]["schemas"]
    providers, channels = (
        ["altcraft", "rcs", "autosend"],
        ["email", "sms", "push", "rcs", "viber", "whatsapp"],
    )
    for schema, field, words in (
        ("Message", "provider", providers),
        ("NewRule", "channel", channels),
        ("Job", "channel", [*channels, ""]),
        ("JournalEntry", "provider", [*providers, "emulator"]),
        ("ClockState", "mode", ["real", "frozen", "speed"]),
        ("Message", "role", ["to", "cc", "bcc"]),
    ):
        shown = schemas[schema]["properties"][field]
        assert shown.get("anyOf", [shown])[0]["enum"] == words, (schema, field)
    assert "domain" in schemas["JobDetail"]["properties"]["kind"]["enum"]


PLACES = [
    "sandboxes",
    "clock",
    "outcomes",
    "jobs",
    "pace",
    "messages",
    "balances",
    "webhooks/targets",
    "requests",
]


@pytest.mark.parametrize(
    "path", [*PLACES, *(f"jobs?kind={kind}" for kind in ("domain", "key", "otp_template"))]
)
def test_only_words_of_the_document_are_shown(emulator: Emulator, document: Any, path: str) -> None:
    emulator.http.put("/_emulator/clock")  # refused, and so in the journal
    answer = emulator.http.get(f"/_emulator/{path}")
    operation = document["paths"][f"/_emulator/{path.partition('?')[0]}"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert list(unsaid(document, schema, answer.json())) == []


def unsaid(document: Any, schema: Any, value: Any) -> Iterator[Any]:
    """Yield the texts in a value that are none of those that the document says there can be."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, dict):
        for name, one in schema.get("properties", {}).items():
            yield from unsaid(document, one, value[name])
    elif isinstance(value, list):
        for item in value:
            yield from unsaid(document, schema["items"], item)
    elif value is not None:
        words = [word for one in schema.get("anyOf", [schema]) for word in one.get("enum", ())]
        yield from [value] if words and value not in words else []


def test_parameters_that_name_a_provider_say_which_there_are(document: Any) -> None:
    choices = {}
    for method, path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "provider":
                schema = parameter["schema"]
                choices[method, path] = schema.get("anyOf", [schema])[0]["enum"]
    assert choices.pop(("get", "/_emulator/requests")) == ["altcraft", "rcs", "autosend", "emulator"]
    assert len(choices) > 10
    assert all(found == ["altcraft", "rcs", "autosend"] for found in choices.values())


@pytest.mark.parametrize(
    ("path", "status", "media_type"),
    [
        ("/_emulator/messages/{message_id}/html", "200", "text/html"),
        ("/_emulator/messages/{message_id}/raw", "200", "message/rfc822"),
        ("/_emulator/s/{domain}/{slug}", "404", "application/json"),
        ("/_emulator/s/{domain}/{slug}", "404", "application/problem+json"),
        ("/_emulator/links/{sandbox}/{provider}/{path}", "200", "text/html"),
    ],
)
def test_what_an_operation_answers_is_in_the_document(
    document: Any, path: str, status: str, media_type: str
) -> None:
    assert media_type in document["paths"][path]["get"]["responses"][status]["content"]


@pytest.mark.parametrize(
    "path", ["/_emulator/s/{domain}/{slug}", "/_emulator/links/{sandbox}/{provider}/{path}"]
)
def test_a_link_is_documented_to_lead_elsewhere(document: Any, path: str) -> None:
    assert "302" in document["paths"][path]["get"]["responses"]


def test_the_refusals_of_a_sandbox_that_goes_and_of_a_full_folder_are_in_the_document(document: Any) -> None:
    for _, path, operation in operations(document):
        assert {"410", "503", "507"} <= operation["responses"].keys(), path


@pytest.mark.slow
def test_a_status_that_can_be_set_is_one_of_the_statuses_of_a_message(emulator: Emulator) -> None:
    box: Sandbox = emulator.sandbox("one", clock="frozen")
    box.advance("1d")
    detail = box.control("GET", "/messages/1").json()
    for status in detail["statuses"]:
        wanted = {"status": status, "force": True}
        assert box.control("POST", "/messages/1/status", json=wanted).json()["status"] == status
    refused = box.control("POST", "/messages/1/status", json={"status": "queued", "force": True})
    assert refused.status_code == 409
