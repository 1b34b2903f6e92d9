"""Fault rules: what a client gets instead of its response. The rules act in order, never at random."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, PlainValidator
from pydantic_core import to_json
from starlette.responses import Response

from emulator.control.unmet import unmet
from emulator.control.values import (
    MAX_NUMBER,
    Chosen,
    Length,
    Number,
    Providers,
    Wanted,
    Whole,
    check_provider,
    duration_of,
    milliseconds,
    not_valid,
)
from emulator.engine.clock import MINUTE, Millis, iso_millis
from emulator.faults import rules as faults
from emulator.faults.effects import has_no_body
from emulator.faults.matching import STORED, Criteria
from emulator.gateway.openapi import refusals
from emulator.misspelt import not_known
from emulator.providers import Provider
from emulator.sandbox.aside import beside

LONGEST_WAIT = 5 * MINUTE

ACTIONS = ("error", "status", "slow_body", "truncate", "malform", "reset", "rate_limit")
ALWAYS_EXECUTED = ("slow_body", "truncate", "malform")
DURATIONS = ("delay", "slow_body", "lasts")

ERRORS = "; GET /_emulator/faults/errors lists them"

OUR_HEADERS = frozenset({"content-length", "transfer-encoding", "connection"})


def _short(text: str) -> str:
    if milliseconds(text) > LONGEST_WAIT:
        raise ValueError(f"must not be longer than {duration_of(LONGEST_WAIT)}")
    return text


Wait = Annotated[Length, AfterValidator(_short)]


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not faults.HEADER_NAME.fullmatch(name) or not faults.HEADER_VALUE.fullmatch(value):
            raise ValueError(f"{name[:80]!r} is not a header that HTTP can carry")
        if name.lower() in OUR_HEADERS:
            raise ValueError(f"{name} follows from the answer")
    return headers


def _body(body: Any) -> Any:
    if not isinstance(body, str | dict | list):
        raise ValueError("must be a text, or a JSON object or array")  # noqa: TRY004 -- pydantic's way
    return body


def _bytes(value: Any) -> bool | int:
    if not isinstance(value, int) or not 0 <= value <= MAX_NUMBER:
        raise ValueError("must be true or a number of bytes")
    return value


Body = Annotated[Any, PlainValidator(_body, json_schema_input_type=str | dict[str, Any] | list[Any])]
Bytes = Annotated[Any, PlainValidator(_bytes, json_schema_input_type=bool | NonNegativeInt)]


class RateLimit(Wanted):
    """A rate limit: so many requests pass in a window of the sandbox's clock, which the first one opens."""

    requests: Number = Field(description="How many requests pass in a window")
    per: Length = Field(description="How long a window is", examples=["1m"])


class FaultRule(Wanted):
    """The requests to match, and what they get: one action, a delay, or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "provider": "autosend",
                    "operation": "POST /v1/campaigns",
                    "match": {"body": {"name": {"contains": "March"}}},
                    "error": "RateLimitExceeded",
                    "times": 2,
                }
            ]
        }
    )

    provider: str
    operation: str | None = Field(
        None, description="As the catalogue writes it; every request to the provider where none is named"
    )
    match: Criteria = Field(Criteria(), description="What else must hold of a request")
    error: str | None = Field(
        None, description="Refuse with this documented error; /_emulator/faults/errors lists them"
    )
    status: Annotated[Whole, Field(gt=100, lt=600)] | None = Field(
        None, description="Answer this HTTP status; over SMTP, this code, such as 451"
    )
    body: Body | None = Field(None, description="The body beside `status`: a text, or JSON")
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(
        {}, description="Headers beside `status`"
    )
    slow_body: Wait | None = Field(None, description="The body arrives in pieces, over this long")
    truncate: Bytes | None = Field(
        None,
        description="The connection is closed after so many bytes of the body; true: after half of it",
    )
    malform: bool = Field(False, description="The body arrives whole, but is no valid JSON or XML")
    reset: bool = Field(False, description="The connection is reset, without an answer")
    rate_limit: RateLimit | None = Field(
        None, description="Refuse requests beyond it, with the provider's own headers and body"
    )
    delay: Wait | None = Field(None, description="Wait first, in the machine's time")
    executed: bool | None = Field(
        None, description="true: the operation is executed before the delay, although its answer may be lost"
    )
    after: Number = Field(0, description="Let so many requests pass first")
    times: Annotated[Whole, Field(ge=1, le=MAX_NUMBER)] | None = Field(
        None, description="Act so many times; by default always"
    )
    lasts: Length | None = Field(None, description="End so long after it was made, on the sandbox's clock")


class Fault(FaultRule):
    """A rule as it was sent, with its counters."""

    id: int
    matched: int = Field(description="How many requests matched it, whether it acted or not")
    hits: int = Field(description="How many requests it acted on")
    active: bool = Field(description="false once `times` or `lasts` is used up")
    problem: str = Field("", description="Why it matches nothing: an earlier version accepted its pattern")
    made_at: str = Field(description="The sandbox's time", examples=["2026-03-15T14:30:00.000Z"])


class FaultList(BaseModel):
    total: int
    faults: list[Fault]


class DocumentedError(BaseModel):
    """A refusal of a provider, with the name by which a rule refers to it."""

    name: str = Field(examples=["RateLimitExceeded"])
    status: int = Field(description="The HTTP status", examples=[429])
    body: Any = Field(description="An example of its body")


FaultNumber = Annotated[int, Path(examples=[1])]

router = APIRouter(prefix="/_emulator/faults", tags=["Faults"])


@router.get("", summary="List the fault rules", response_model=FaultList)
async def list_faults(sandbox: Chosen) -> Response:
    """Return all rules in the order in which requests are matched with them, with their counters."""
    with sandbox.turn() as turn:
        rules = [_counted(kept, sandbox.faults.rules[kept.id], turn.now) for kept in sandbox.faults.all(turn)]
    return await _shown(lambda: FaultList(total=len(rules), faults=[_fault(*one) for one in rules]))


@router.post("", summary="Add a fault rule", status_code=201, response_model=Fault)
async def add_fault(wanted: FaultRule, sandbox: Chosen, providers: Providers) -> Response:
    """Add a rule after the others. On each request, the first active rule that matches it acts."""
    rule = await beside(partial(_checked, wanted, providers))
    await sandbox.ready()
    sandbox.check_there()
    with sandbox.turn() as turn:
        made = _counted(sandbox.faults.add(turn, rule), rule, turn.now)
    return await _shown(partial(_fault, *made), 201)


@router.delete("", summary="Delete all fault rules", status_code=204)
async def delete_faults(sandbox: Chosen) -> None:
    """Delete all rules, so that every request gets its usual response again."""
    with sandbox.turn() as turn:
        sandbox.faults.clear(turn)


@router.get("/errors", summary="List the documented errors")
async def list_errors(
    providers: Providers,
    provider: Annotated[str | None, Query(description="Of this provider only")] = None,
) -> dict[str, list[DocumentedError]]:
    """Return the errors that a rule can name, by provider, with HTTP status and body."""
    check_provider(providers, provider)
    return {
        one.name: await beside(partial(_errors_of, one)) for one in providers if provider in {None, one.name}
    }


@router.get("/{number}", summary="Inspect a fault rule", response_model=Fault)
async def inspect_fault(number: FaultNumber, sandbox: Chosen) -> Response:
    """Return a rule with its counters."""
    with sandbox.turn() as turn:
        found = _counted(sandbox.faults.get(turn, number), sandbox.faults.rules[number], turn.now)
    return await _shown(partial(_fault, *found))


@router.delete("/{number}", summary="Delete a fault rule", status_code=204)
async def delete_fault(number: FaultNumber, sandbox: Chosen) -> None:
    """Delete a rule. The others keep their order and counters."""
    with sandbox.turn() as turn:
        sandbox.faults.delete(turn, number)


def _errors_of(provider: Provider) -> list[DocumentedError]:
    return [
        DocumentedError(name=error.__name__, status=status, body=body)
        for error, status, body in refusals(provider, list(provider.errors().values()))
    ]


async def _shown(make: Callable[[], BaseModel], status: int = 200) -> Response:
    """Return the response with the fields that were set, made on another thread: bodies may be long."""
    text = await beside(lambda: make().model_dump_json(exclude_unset=True))
    return Response(text, status, media_type="application/json")


def _checked(wanted: FaultRule, providers: Sequence[Provider]) -> faults.RequestFault:
    """Return the rule, also as it is stored. Raises Problem for a field that is not valid."""
    problems = list(_problems(wanted, providers))
    if problems:
        raise not_valid([{"field": field, "message": message} for field, message in problems])
    rule = _rule(wanted)
    _ = rule.written
    return rule


def _problems(rule: FaultRule, providers: Sequence[Provider]) -> Iterator[tuple[str, str]]:
    """Yield the errors of a rule whose single fields have a valid form: the field, and the reason.

    To know a provider's errors, all its sections are imported, which takes a second.
    """
    provider = _find(rule.provider, providers)
    if provider is None:
        yield "provider", not_known(rule.provider, [one.name for one in providers], "a provider")
    else:
        yield from _unknown_names(rule, provider)
        door = provider.door_of(rule.operation, rule.match.method)
        yield from door.unheeded(_rule(rule)) if door is not None else ()
        for field, reason in unmet(providers, rule.match, provider.name, rule.operation):
            yield f"match.{field}", reason
    for name in ("provider", "operation", "status"):
        if name in rule.match.model_fields_set:
            yield f"match.{name}", "is said beside match" if name != "status" else "there is no answer yet"
    yield from _contradictions(rule)
    try:
        json.dumps(rule.body, allow_nan=False)
        to_json({"faults": [{"body": rule.body}]})
    except (ValueError, RecursionError) as error:
        yield "body", f"can not be sent: {error}"


def _unknown_names(rule: FaultRule, provider: Provider) -> Iterator[tuple[str, str]]:
    if rule.operation is not None and rule.operation not in (operations := provider.operations()):
        yield "operation", not_known(rule.operation, operations, f"an operation of {provider.title}")
    if rule.error is not None and rule.error not in (errors := provider.errors()):
        yield "error", not_known(rule.error, list(errors), f"a documented error of {provider.title}") + ERRORS
    if rule.rate_limit is not None and provider.dialect.too_many(0) is None:
        yield (
            "rate_limit",
            f"{provider.title} documents no rate limit; say `status: 429` with the body you expect",
        )


def _contradictions(rule: FaultRule) -> Iterator[tuple[str, str]]:
    actions = [name for name in ACTIONS if faults.is_said(getattr(rule, name))]
    if not actions and rule.delay is None:
        yield "body", f"say one of {', '.join(ACTIONS)}, or delay"
    for name in actions[1:]:
        yield name, f"a rule has one action, and this one has {actions[0]}"
    for name in ("body", "headers"):
        if rule.status is None and name in rule.model_fields_set:
            yield name, "goes with status"
    if rule.status is not None and has_no_body(rule.status) and rule.body is not None:
        yield "body", f"an answer with status {rule.status} has none"
    if rule.executed is False and actions and actions[0] in ALWAYS_EXECUTED:
        yield "executed", f"{actions[0]} needs the real answer"
    if rule.executed and rule.rate_limit is not None:
        yield "executed", "what is beyond a rate limit is never executed"


def _find(name: str, providers: Sequence[Provider]) -> Provider | None:
    return next((provider for provider in providers if provider.name == name), None)


def _rule(wanted: FaultRule) -> faults.RequestFault:
    said = wanted.model_dump(exclude_unset=True)
    lengths = {name: milliseconds(said[name]) for name in DURATIONS if said.get(name) is not None}
    limit = wanted.rate_limit
    if limit is not None:
        said["rate_limit"] = {"requests": limit.requests, "per": milliseconds(limit.per)}
    return faults.RequestFault.model_validate(
        {name: value for name, value in (said | lengths).items() if faults.is_said(value)}
    )


def _counted(
    kept: faults.StoredFault, rule: faults.RequestFault, now: Millis
) -> tuple[faults.RequestFault, dict[str, Any]]:
    """Return a rule, and what is shown with it."""
    return rule, {
        "id": kept.id,
        "matched": kept.matched,
        "hits": kept.hits,
        "active": rule.problem is None and not kept.has_ended(rule, now),
        "made_at": iso_millis(kept.made_at),
    }


def _fault(rule: faults.RequestFault, counted: Mapping[str, Any]) -> Fault:
    said = rule.model_dump(exclude_unset=True)
    lengths = {name: duration_of(said[name]) for name in DURATIONS if name in said}
    if rule.rate_limit is not None:
        said["rate_limit"] = {"requests": rule.rate_limit.requests, "per": duration_of(rule.rate_limit.per)}
    if rule.problem is not None:
        said["problem"] = rule.problem
    return Fault.model_validate({**said, **lengths, **counted}, context={STORED: True})
