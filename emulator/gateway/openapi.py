"""The OpenAPI document of a provider: FastAPI's document of the routes, with additions.

Titles, addresses and evidence come from the catalogue; requests and responses from the
examples; refusals from the errors that each operation names.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.types import Message

from emulator.gateway.catalogue import Operation
from emulator.gateway.examples import Example, load_examples
from emulator.gateway.policy import Policy
from emulator.gateway.route import OperationRoute, Refused
from emulator.gateway.schema_words import in_words_of_openapi, reworded
from emulator.providers import Provider
from emulator.sandbox.refusal import ProviderError

OFFERED = "x-emulator-credentials"
"""The key in the document for the credentials that Swagger UI fills in, by security scheme."""


def provider_document(provider: Provider) -> dict[str, Any]:
    """Return the OpenAPI document of a provider."""
    routes = [route for route in provider.sections.routes if route.include_in_schema]
    document = get_openapi(
        title=f"{provider.title} (emulated)",
        version=provider.version,
        description=_description(provider),
        routes=routes,
        tags=[{"name": title} for title in dict.fromkeys(tag for route in routes for tag in route.tags)],
    )
    schemas, components = own_schemas(document), document["components"]
    scheme, other_scheme = _scheme(provider), f"{provider.name}-other-credential"
    document["security"] = [{scheme: []}]
    offered: dict[str, str] = {}
    examples = load_examples(provider.name)
    for route in routes:
        described = document["paths"][route.path][route.verb.lower()]
        operation = provider.catalogue.operation(route.verb, route.path)
        _describe(described, provider, operation)
        example = examples.get(operation.key)
        if example is not None:
            _show_request(described, example, provider, route)
            if example.credential is not None:
                offered[other_scheme] = example.credential
                described["security"] = [{other_scheme: []}]
        if route.policy is not None and not route.policy.has_bearer:
            described["security"] = []
        name, schema = provider.dialect.refusal_form(route.policy)
        schemas[name] = dict(schema)
        _show_answers(described, example, provider, route)
    components["securitySchemes"] = {name: dict(provider.security) for name in (scheme, *offered)}
    worded: dict[str, Any] = reworded(document, in_words_of_openapi)
    return worded | {OFFERED: offered}


def own_schemas(document: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas of FastAPI's document without those of its own refusals, which are never sent.

    Generators of clients name classes by titles, so a schema that has one form in requests and another in
    responses gets two titles.
    """
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for name, schema in schemas.items():
        if name.endswith(("-Input", "-Output")):
            schema["title"] = name.replace("-", "")
    return schemas


def with_credential(document: Mapping[str, Any], provider: Provider, credential: str) -> dict[str, Any]:
    """Return a provider's document with the credential that Swagger UI fills in for most operations."""
    return {**document, OFFERED: {_scheme(provider): credential, **document[OFFERED]}}


def _scheme(provider: Provider) -> str:
    """Return the name of a security scheme: Swagger UI keeps entered credentials by it for all documents."""
    return f"{provider.name}-credential"


def _description(provider: Provider) -> str:
    """Return the introduction of the document: the provider and, folded, how its entities change."""
    if not provider.lifecycles:
        return provider.description
    explanation = "What each action makes of each state; nothing where it is refused:"
    tables = (lifecycle.markdown() for lifecycle in provider.lifecycles)
    folded = ["<details><summary>States and actions</summary>", explanation, *tables, "</details>"]
    return "\n\n".join([provider.description, *folded])


def _describe(described: dict[str, Any], provider: Provider, operation: Operation) -> None:
    sentence = described.get("description", "").partition("\n\n")[0]
    described["description"] = f"{sentence}\n\nEvidence: {operation.evidence}."
    described["x-evidence"] = operation.evidence
    address = operation.address or provider.documentation
    described["externalDocs"] = {
        "url": address if address.startswith("https://") else f"https://{address}",
        "description": "Documentation",
    }


def _show_request(
    described: dict[str, Any], example: Example, provider: Provider, route: OperationRoute
) -> None:
    values = {**example.path, **example.query}
    for parameter in described.get("parameters", ()):
        if parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]
        elif parameter["schema"].get("type") == "object":  # of any names
            parameter["example"] = dict(example.query)
    content = described.get("requestBody", {}).get("content")
    if content is None or example.body is None:
        return
    content["application/json"]["example"] = example.body
    for media_type, text in provider.dialect.request_forms(route.policy, example.body).items():
        content[media_type] = {"schema": content["application/json"]["schema"], "example": text}


def _show_answers(
    described: dict[str, Any],
    example: Example | None,
    provider: Provider,
    route: OperationRoute,
) -> None:
    answers = described["responses"]
    answers.pop("422", None)
    for status, said in route.responses.items():
        if not isinstance(said, Refused):
            continue
        if str(status) == str(route.status_code or 200):  # it refuses with the status of a success
            answers[str(status)]["description"] = "Successful Response"
        else:  # a provider may refuse under another HTTP status than the refusal's
            answers.pop(str(status), None)
    if example is not None and example.answer is not None:
        _add_answer(answers, example.status, ("documented", ""), example.answer, provider, route)
    refusal, _ = provider.dialect.refusal_form(route.policy)
    for error, status, body in refusals(provider, [*route.errors, *provider.general_errors], route.policy):
        evidence = "" if error.evidence() == "documented" else error.evidence()
        _add_answer(answers, status, (error.__name__, evidence), body, provider, route)
        if not isinstance(body, str):
            _allow_refusal(answers[str(status)]["content"], refusal)


def _add_answer(
    answers: dict[str, Any],
    status: int,
    named: tuple[str, str],
    body: Any,
    provider: Provider,
    route: OperationRoute,
) -> None:
    """Add an example response with its name and, where it is not simply documented, its evidence."""
    name, evidence = named
    answer = answers.setdefault(str(status), {"description": "Refused"})
    content = answer.setdefault("content", {})
    others = provider.dialect.response_forms
    forms: Mapping[str, Any] = (
        {"text/plain": body}
        if isinstance(body, str)
        else {"application/json": body, **others(route.policy, body)}
    )
    for media_type, value in forms.items():
        example = {"summary": f"{name} ({evidence})"} if evidence else {}
        content.setdefault(media_type, {}).setdefault("examples", {})[name] = example | {"value": value}


def _allow_refusal(content: dict[str, Any], name: str) -> None:
    """Extend the schemas of a status's responses by the schema of refusals with this name."""
    refusal = {"$ref": f"#/components/schemas/{name}"}
    for media_type, form in content.items():
        schema = form.get("schema")
        if media_type == "text/plain":
            form["schema"] = {"type": "string"}
            continue
        if schema is None or schema == refusal:
            form["schema"] = refusal
        elif refusal not in schema.get("anyOf", ()):
            form["schema"] = {"anyOf": [schema, refusal]}


async def _no_body() -> Message:
    return {"type": "http.disconnect"}


def refusals(
    provider: Provider, errors: Sequence[type[ProviderError]], policy: Policy | None = None
) -> Iterator[tuple[type[ProviderError], int, Any]]:
    """Yield each class of refusals with the HTTP status and the body that the dialect gives its example.

    The dialect refuses as in an operation with this policy; without one, with the provider's usual policy.
    """
    dialect = provider.dialect
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    nobody = dialect.call(scope, _no_body, provider=provider.name, policy=policy or dialect.usual_policy)
    for error in dict.fromkeys(errors):
        rendered = dialect.refuse(nobody, error.example())
        text = bytes(rendered.body).decode()
        is_text = rendered.media_type == "text/plain"
        yield error, rendered.status_code, text if is_text else json.loads(text)
