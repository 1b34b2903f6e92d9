"""The messages about invalid fields, in every operation: AutoSend's words, and none of pydantic's.

https://docs.autosend.com/api-reference/errors
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from typing import Any

import pytest

from emulator.app import make_providers
from emulator.gateway.examples import Example, load_examples
from emulator.settings import Settings
from tests.autosend.conftest import PROJECT_KEY, AutoSend
from tests.conftest import Emulator

EXAMPLES = list(load_examples("autosend").values())
each_operation = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.key)

FORMS = re.compile(
    r"""
    \S+\ is\ required
    | \S+\ must\ be\ an?\ (string|number|integer|boolean|object|array)
    | \S+\ must\ be\ an\ object\ with\ email
    | \S+\ must\ be\ one\ of:\ .+
    | \S+\ must\ be\ at\ (most|least)\ [0-9.]+(\ characters)?
    | \S+\ must\ contain\ at\ (most|least)\ \d+\ items
    | Invalid\ (value|email\ format)
    """,
    re.VERBOSE,
)
"""The messages about the type and the form of a value."""
OTHERS = re.compile(
    r"""
    Either\ .+\ (is\ required|must\ be\ empty)
    | (Authenticated\ sender|Contact\ list|Custom\ field|Event|Suppression\ group)\ not\ found.*
    | (Branch|Step|Template)\ (not\ found.*|content\ is\ required)
    | branches\ must\ be\ in\ a\ branch\ step
    | An\ automation\ can\ have\ at\ most\ .+
    | Not\ found:\ .+
    | Malformed\ template:\ .+
    | \S+\ is\ a\ reserved\ name
    | (A\ sender|At\ least\ one\ list)\ is\ required\ to\ publish\ a\ campaign
    | \S+\ is\ required\ when\ sendMode\ is\ \w+
    | Subject\ is\ required\ without\ a\ templateId
    | The\ domain\ of\ the\ sender\ is\ not\ verified
    | Contacts\ can\ not\ be\ added\ to\ a\ segment.*
    | File\ type\ is\ not\ allowed.*
    | Property\ ".+"\ must\ be\ unique
    """,
    re.VERBOSE | re.DOTALL,
)
"""Messages about values that have the right type and form."""
LEAKS = re.compile(
    r"Input should|Field required|Value error|should (be|have|match)"
    r"|a valid (string|dictionary|list|integer|boolean)"
    r"|validation error|pydantic|line \d+ column|EOF while"
)
WRONG: list[Any] = [
    None,
    True,
    7.5,
    -1,
    10**12,
    "",
    "text",
    "x" * 30_000,
    [],
    ["text"],
    [{}],
    [7] * 1500,
    {},
    {"a": []},
    "no\nline",
]
MISSING = object()


def wrong_bodies(example: Example, names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the example's body without each documented field, and with each wrong value in it."""
    for place in names:
        for value in (MISSING, *WRONG):
            body = deepcopy(example.body)
            put(body, place.split("."), value)
            yield place, body


def put(body: Any, place: list[str], value: Any) -> None:
    """Set or remove a field, and make what contains it; `*` stands for the only item of a list."""
    for name, after in pairwise(place):
        empty: Any = [{}] if after == "*" else {}
        if name == "*":
            body[:] = body[:1] if body and isinstance(body[0], dict) else [{}]
            body = body[0]
        else:
            body[name] = body.get(name) if isinstance(body.get(name), type(empty)) else empty
            body = body[name]
    if place[-1] == "*":
        body[:] = [] if value is MISSING else [value]
    elif value is MISSING:
        body.pop(place[-1], None)
    else:
        body[place[-1]] = value


def places(document: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> Iterator[str]:
    """Yield the paths of all fields of a schema."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for part in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from places(document, part, depth)
    for name, field in schema.get("properties", {}).items():
        yield name
        if depth < DEEPEST:
            yield from (f"{name}.{inner}" for inner in places(document, field, depth + 1))
    if "items" in schema:
        yield "*"
        yield from (f"*.{inner}" for inner in places(document, schema["items"], depth))


DEEPEST = 4


@pytest.fixture(scope="module")
def document(running: Emulator) -> dict[str, Any]:
    found: dict[str, Any] = running.http.get("/openapi/autosend.json").json()
    return found


def messages(answer: Any) -> list[str]:
    """Return the messages of a refusal's details."""
    error = answer.json().get("error")
    details = error.get("details", []) if isinstance(error, dict) else []
    return [detail["message"] for detail in details]


def check(answer: Any, about: object) -> None:
    assert "INTERNAL_SERVER_ERROR" not in answer.text, about
    assert not LEAKS.search(answer.text), (about, answer.text)
    for message in messages(answer) if answer.status_code == 400 else ():
        assert FORMS.fullmatch(message) or OTHERS.fullmatch(message), (about, message)


def test_every_operation_is_walked() -> None:
    provider = next(one for one in make_providers(Settings()) if one.name == "autosend")
    assert len(EXAMPLES) == len(provider.catalogue.routable()) == 106


@pytest.mark.slow
@each_operation
def test_a_wrong_body_is_refused_in_autosends_words(
    emulator: Emulator, document: dict[str, Any], example: Example
) -> None:
    operation = document["paths"][example.key.partition(" ")[2]][example.method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    headers = {
        "Authorization": f"Bearer {example.credential or PROJECT_KEY}",
        "Content-Type": "application/json",
    }
    for place, body in wrong_bodies(example, dict.fromkeys(places(document, schema))):
        answer = emulator.http.request(
            example.method, example.url, params=example.query, content=json.dumps(body), headers=headers
        )
        check(answer, (place, str(body)[:300]))


def parameters(document: dict[str, Any], example: Example, where: str) -> list[str]:
    operation = document["paths"][example.key.partition(" ")[2]][example.method.lower()]
    return [one["name"] for one in operation.get("parameters", ()) if one["in"] == where]


TEXTS = [
    "",
    "text",
    "7.5",
    "-1",
    "0",
    "1e400",
    "99999999999999999999",
    "x" * 3000,
    "[]",
    "{}",
    "null",
    "true",
    "2026-13-01",
]


@pytest.mark.slow
@each_operation
def test_a_wrong_query_is_refused_in_autosends_words(
    emulator: Emulator, document: dict[str, Any], example: Example
) -> None:
    headers = {"Authorization": f"Bearer {example.credential or PROJECT_KEY}"}
    for name in parameters(document, example, "query"):
        for value in TEXTS:
            query = example.query | {name: value}
            answer = emulator.http.request(
                example.method, example.url, params=query, json=example.body, headers=headers
            )
            check(answer, (name, value[:50]))
            if example.url.startswith("/v1/inbound/") and answer.status_code == 400:
                assert answer.json()["error"]["message"] == "Invalid value"
                assert "details" not in answer.json()["error"]


@each_operation
def test_a_wrong_id_is_refused_in_autosends_words(
    emulator: Emulator, document: dict[str, Any], example: Example
) -> None:
    headers = {"Authorization": f"Bearer {example.credential or PROJECT_KEY}"}
    template = example.key.partition(" ")[2]
    for name in parameters(document, example, "path"):
        for value in ("x", "7", "-1", "a" * 24, "A" * 3000, "%00", "%22%27", "66a0c1d2e3f4a5b6c7d8aaa"):
            url = template.replace(f"{{{name}}}", value)
            for other, filled in example.path.items():
                url = url.replace(f"{{{other}}}", str(filled))
            answer = emulator.http.request(
                example.method, url, params=example.query, json=example.body, headers=headers
            )
            check(answer, (name, value[:50]))


@pytest.mark.parametrize("content", ["{", "[1,]", "nope", '{"a": NaN}', '{"a": 1}}', "\ud83d", '"\\ud800"'])
def test_what_is_no_json_is_refused_with_one_detail(autosend: AutoSend, content: str) -> None:
    headers = {"Authorization": f"Bearer {PROJECT_KEY}", "Content-Type": "application/json"}
    sent = content.encode("utf-8", "surrogatepass")
    answer = autosend.emulator.http.post("/v1/contacts", content=sent, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        {
            "message": "Validation failed",
            "code": "VALIDATION_FAILED",
            "details": [{"field": "body", "message": "Invalid JSON"}],
        },
    )


def test_what_can_not_be_unpacked_is_refused_in_as_few_words(autosend: AutoSend) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = autosend.call("POST", "/contacts", headers=headers, content=b"no gzip")
    assert answer.json()["error"]["details"] == [{"field": "body", "message": "Malformed gzip"}]


SEND = {
    "from": {"email": "news@example.com"},
    "to": {"email": "a@example.org"},
    "subject": "Hi",
    "html": "<p>Hi",
}
EVENT = {"propertyName": "n", "type": "number", "suggestedValues": ["x"]}
LETTER = {"name": "A", "steps": [{"type": "email", "email": {"subject": "x" * 999}}]}
LONG = "must be at most {} characters"
CONTACT = {"email": "new@example.com"}
TOLD: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("POST", "/contacts", {}, "email", "email is required"),
    ("POST", "/contacts", {"email": None}, "email", "email must be a string"),
    ("POST", "/contacts", {"email": "nobody"}, "email", "Invalid email format"),
    (
        "POST",
        "/contacts",
        {"email": "a@example.org", "customFields": []},
        "customFields",
        "customFields must be an object",
    ),
    ("POST", "/contacts/email", {"email": "a@example.org", "mobile": "1"}, "mobile", "Invalid value"),
    (
        "POST",
        "/contacts",
        {"email": "a@example.org", "customFields": {"seats": "x"}},
        "customFields.seats",
        "customFields.seats must be a number",
    ),
    (
        "POST",
        "/contacts",
        {"email": "a@example.org", "customFields": {"a": []}},
        "customFields.a",
        "Invalid value",
    ),
    (
        "POST",
        "/contacts",
        {"email": "a@example.org", "firstName": "x" * 501},
        "firstName",
        "firstName must be at most 500 characters",
    ),
    (
        "POST",
        "/contacts/bulk-update",
        {"contacts": [{"email": "a@example.org"}] * 101},
        "contacts",
        "contacts must contain at most 100 items",
    ),
    ("POST", "/contacts/bulk-update", {"contacts": []}, "contacts", "contacts must contain at least 1 items"),
    ("POST", "/contacts/bulk-update", {"contacts": [{}]}, "contacts.0.email", "contacts.0.email is required"),
    ("POST", "/contacts/bulk-update", {"contacts": {}}, "contacts", "contacts must be an array"),
    ("POST", "/contacts/bulk-update", {"contacts": ["a"]}, "contacts.0", "contacts.0 must be an object"),
    ("POST", "/mails/send", SEND | {"to": "a@example.org"}, "to", "to must be an object with email"),
    ("POST", "/mails/send", SEND | {"to": [SEND["to"]] * 2}, "to", "to must be an object with email"),
    ("POST", "/mails/send", SEND | {"trackingOpen": "yes"}, "trackingOpen", "trackingOpen must be a boolean"),
    ("POST", "/mails/send", SEND | {"scheduledAt": "soon"}, "scheduledAt", "Invalid value"),
    ("POST", "/mails/send", SEND | {"headers": {"X-A": 1}}, "headers.X-A", "headers.X-A must be a string"),
    ("POST", "/mails/send", SEND | {"headers": {"str": 1}}, "headers.str", "headers.str must be a string"),
    ("POST", "/contacts", CONTACT | {"customFields": {"str": [1]}}, "customFields.str", "Invalid value"),
    ("POST", "/contacts", CONTACT | {"customFields": {"bool": {}}}, "customFields.bool", "Invalid value"),
    (
        "POST",
        "/mails/send",
        SEND | {"attachments": [{"fileName": "a.txt", "content": "?"}]},
        "attachments.0.content",
        "Invalid value",
    ),
    ("POST", "/campaigns", {"name": "", "subject": "Hi"}, "name", "name is required"),
    ("POST", "/campaigns", {"from": "a@example.org"}, "from", "from must be an object with email"),
    (
        "POST",
        "/campaigns",
        {"name": "A", "subject": "Hi", "dailyBatchSize": 0},
        "dailyBatchSize",
        "dailyBatchSize must be at least 1",
    ),
    (
        "POST",
        "/campaigns",
        {"name": "A", "subject": "Hi", "dailyBatchSize": 1.5},
        "dailyBatchSize",
        "dailyBatchSize must be an integer",
    ),
    (
        "POST",
        "/campaigns",
        {"name": "A", "subject": "Hi", "sendMode": "later"},
        "sendMode",
        "sendMode must be one of: immediate, scheduled, gradual",
    ),
    ("POST", "/mails/send", SEND | {"subject": "x" * 999}, "subject", f"subject {LONG.format(998)}"),
    ("POST", "/senders", {"email": "a@b.org", "name": "x" * 201}, "name", f"name {LONG.format(200)}"),
    ("POST", "/automations", LETTER, "steps.0.email.subject", f"steps.0.email.subject {LONG.format(998)}"),
    ("POST", "/domains", {"domain": "https://example.com/"}, "domain", "Invalid value"),
    ("POST", "/contact-lists", {"name": "x" * 201}, "name", "name must be at most 200 characters"),
    (
        "POST",
        "/contact-lists",
        {"name": "S", "type": "segment"},
        "filterCriteria",
        "filterCriteria is required",
    ),
    (
        "POST",
        "/events",
        {"eventName": "a_b", "properties": [EVENT]},
        "properties.0.suggestedValues",
        "Invalid value",
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "field", "message"), TOLD, ids=str)
def test_a_detail_names_the_field_and_what_is_wrong(
    autosend: AutoSend, method: str, path: str, body: dict[str, Any], field: str, message: str
) -> None:
    answer = autosend.call(method, path, body)
    assert answer.status_code == 400, answer.text
    assert {"field": field, "message": message} in answer.json()["error"]["details"]


CONDITION = {"field": "firstName", "fieldType": "string", "operator": "equals", "value": "Ada"}


@pytest.mark.parametrize(
    ("changed", "place", "message"),
    [
        ({"operator": "more"}, "operator", "operator must be one of: equals, not_equals, contains, "),
        ({"fieldType": "number"}, "value", "value must be a number"),
        ({"value": 7}, "value", "value must be a string"),
        ({"value": ""}, "value", "value is required"),
        ({"fieldType": "date"}, "value", "Invalid value"),
        ({"field": 'a"b'}, "field", "Invalid value"),
        ({"fieldType": "text"}, "fieldType", "fieldType must be one of: string, number, boolean, date"),
    ],
)
def test_conditions_of_segments_and_automations_are_told_alike(
    autosend: AutoSend, changed: dict[str, Any], place: str, message: str
) -> None:
    criteria = {"logicalOperator": "AND", "groups": [CONDITION | changed]}
    segment = {"name": "S", "type": "segment", "filterCriteria": criteria}
    automation = {"name": "A", "entryCriteria": {"type": "contact_created", "filterCriteria": criteria}}
    for path, body, inside in (
        ("/contact-lists", segment, "filterCriteria.groups.0."),
        ("/automations", automation, "entryCriteria.filterCriteria.groups.0."),
    ):
        detail = autosend.call("POST", path, body).json()["error"]["details"][0]
        told = message if message == "Invalid value" else inside + message
        assert (detail["field"], detail["message"][: len(told)]) == (inside + place, told)
