"""Matching of requests: the criteria that verification, waiting and fault rules share."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self, TypeAlias
from urllib.parse import parse_qsl

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationInfo,
    model_validator,
)
from pydantic_core import to_json

from emulator.patterns import LONGEST, TooMuchWorkError, UnusablePatternError, effort, pattern, spend
from emulator.watching.journal import OWN_PAGES, Entry, by_name
from emulator.watching.redaction import masked

ESCAPE = b"\\u"
"""How an escaped character begins in JSON."""

INDEX = re.compile("[0-9]{1,9}")
"""A step to an element of a list."""

VALUE = 200
"""What it costs to look at a value in a body, in the steps of `spend`."""

Scalar: TypeAlias = str | int | float | bool | None


def _scalar(value: Any) -> Any:
    if not isinstance(value, Scalar):
        raise ValueError("must be a text, a number, true, false or null")  # noqa: TRY004 -- pydantic's way
    return value


@dataclass
class Seen:
    """The data of a request that criteria are compared with."""

    provider: str
    operation: str | None
    method: str
    path: str
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    credential: str = ""
    body: bytes = b""
    payload: Any = None
    """The decoded body."""
    status: int | None = None
    """The HTTP status of the response; None while there is none yet."""

    @classmethod
    def of(cls, entry: Entry, payload: Any = None, status: int | None = None) -> "Seen":
        """Return the data of a journal entry; `payload` is its decoded body, if criteria need it."""
        return cls(
            provider=entry.provider,
            operation=entry.operation,
            method=entry.method,
            path=entry.path,
            query=entry.query,
            headers=entry.request_headers,
            credential=entry.credential,
            body=entry.request_body,
            payload=payload,
            status=status,
        )

    @cached_property
    def parameters(self) -> dict[str, list[str]]:
        return by_name(parse_qsl(self.query.decode("latin-1"), keep_blank_values=True))

    @cached_property
    def header_values(self) -> dict[str, list[str]]:
        """The headers' values by name, in lower case."""
        return by_name(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in self.headers
        )

    @cached_property
    def text(self) -> str:
        """What `text` criteria search: method, address and body, and the body without JSON's escapes."""
        address = f"{self.method} {self.path}?{self.query.decode('latin-1')}"
        plain = to_json(self.payload).decode() if ESCAPE in self.body and self.payload is not None else ""
        return f"{address}\n{self.body.decode('utf-8', 'replace')}\n{plain}"


def _checked(text: str, info: ValidationInfo) -> str:
    """Return a pattern. Raises ValueError for an unusable one, unless it comes from a stored rule."""
    if not (info.context or {}).get(STORED):
        pattern(text)
    return text


Pattern = Annotated[str, Field(max_length=LONGEST), AfterValidator(_checked)]
"""A regular expression that is searched for anywhere in a text."""

STORED = "stored"
"""The key of the validation context for stored criteria: their patterns may be refused by this version."""


class Expectation(BaseModel):
    """The conditions that a value is expected to meet: all that are given must hold."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    equals: Annotated[Scalar, BeforeValidator(_scalar)] = Field(
        None, description="The value itself; a number and its text are the same"
    )
    contains: str | None = Field(None, description="A part of the text")
    matches: Pattern | None = Field(None, description="A regular expression that fits somewhere")
    absent: bool | None = Field(None, description="true: there is no such value; false: there is one")

    @model_validator(mode="after")
    def _says_something(self) -> "Expectation":
        if not self.model_fields_set:
            raise ValueError("say equals, contains, matches or absent")
        return self

    def holds(self, values: Sequence[Any]) -> bool:
        """Return whether one of the values found at a place meets the expectation."""
        if self.absent is not None and self.absent == bool(values):
            return False
        if self.model_fields_set <= {"absent"}:
            return True
        return any(self._fits(value) for value in values)

    def contradiction(self) -> str | None:
        """Return why no value can ever meet the expectation; None where one may."""
        if self.absent and self.model_fields_set - {"absent"}:
            return "can not be absent and have a value"
        try:
            is_met = "equals" not in self.model_fields_set or self._fits(self.equals)
        except TooMuchWorkError:
            return None
        return None if is_met else "can not be what it equals and meet the others"

    def _fits(self, value: Any) -> bool:
        if "equals" in self.model_fields_set and not _is_same(value, self.equals):
            return False
        text = str(_plain(value))
        spend(len(text))
        if self.contains is not None and self.contains not in text:
            return False
        return self.matches is None or pattern(self.matches).is_in(text)


def _is_same(value: Any, wanted: Any) -> bool:
    """Return whether a value is the wanted one: `100.0` is 100, as JSON does not distinguish them."""
    if _is_number(value) and _is_number(wanted):
        return bool(value == wanted)
    return bool(_plain(value) == _plain(wanted))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    """Return a boolean or number as text, because XML and queries have nothing else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _expectation(value: Any) -> Any:
    return value if isinstance(value, dict | Expectation) else {"equals": value}


Expected = Annotated[Expectation, BeforeValidator(_expectation, json_schema_input_type=Scalar | Expectation)]
"""An expectation, or a plain value, which the request's value must equal."""


GROUPS = ("query", "headers", "body")
"""The criteria that map names to expectations."""


class Criteria(BaseModel):
    """The requests to match. All criteria that are given must be met; without any, every request matches."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    provider: str | None = Field(None, examples=["autosend"], json_schema_extra={"enum": [OWN_PAGES]})
    operation: str | None = Field(
        None, description="As the catalogue writes it", examples=["POST /v1/campaigns/{campaignId}/abort"]
    )
    method: str | None = Field(None, examples=["POST"])
    path: Expected | None = Field(None, description="The path, without the query")
    query: dict[str, Expected] = Field(
        {}, description="Parameters by name; of one that comes twice, either value"
    )
    headers: dict[str, Expected] = Field(
        {}, description="Headers by name, in whatever case; of one that comes twice, either value"
    )
    body: dict[str, Expected] = Field(
        {}, description="Fields of the body by place: `from.email`, `phones.0.number`, `phones.*.number`"
    )
    credential: str | None = Field(
        None,
        description="The credential that the client showed, in full or as the journal shows it",
        examples=["AS_emul…"],
    )
    status: int | None = Field(None, strict=True, description="The HTTP status of the answer; 0: none came")
    text: str | None = Field(None, description="A part of the address or the body, in whatever case")

    @model_validator(mode="wrap")
    @classmethod
    def _is_small(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Refuse criteria whose patterns take too long to compile."""
        try:
            with effort():
                return validate(value)
        except TooMuchWorkError as error:
            raise ValueError(f"has too many or too large patterns: {error}") from error

    def problem(self) -> str | None:
        """Return why a pattern of stored criteria can not be compared; None if all can."""
        alone = {"path": self.path} if self.path is not None else {}
        named = {f"{group}.{name}": one for group in GROUPS for name, one in getattr(self, group).items()}
        for name, expected in (alone | named).items():
            try:
                pattern(expected.matches or "")
            except UnusablePatternError as error:
                return f"{name}.matches {error}"
        return None

    def misses(self, seen: Seen) -> list[str]:
        """Return which of the criteria a request does not meet: `method`, `body.from.email`."""
        return [name for name, holds in self._judged(seen) if not holds]

    def said(self) -> int:
        """Return how many criteria are given."""
        grouped = len(self.query) + len(self.headers) + len(self.body)
        return grouped + len(self.model_fields_set - {"query", "headers", "body"})

    def meets(self, seen: Seen) -> bool:
        return all(holds for _, holds in self._judged(seen))

    def _judged(self, seen: Seen) -> Iterator[tuple[str, bool]]:
        for name in ("provider", "operation", "status"):
            wanted = getattr(self, name)
            if wanted is not None:
                yield name, wanted == getattr(seen, name)
        if self.credential is not None:
            yield "credential", _is_same_credential(self.credential, seen.credential)
        if self.method is not None:
            yield "method", self.method.upper() == seen.method
        if self.path is not None:
            yield "path", self.path.holds([seen.path])
        if self.text is not None:
            yield "text", self.text.casefold() in seen.text.casefold()
        for name, wanted in self.query.items():
            yield f"query.{name}", wanted.holds(seen.parameters.get(name, []))
        for name, wanted in self.headers.items():
            yield f"headers.{name}", wanted.holds(seen.header_values.get(name.lower(), []))
        for place, wanted in self.body.items():
            yield f"body.{place}", wanted.holds(list(values_at(seen.payload, place.split("."))))


def _is_same_credential(wanted: str, credential: str) -> bool:
    """Return whether a credential is the wanted one; requests from a snapshot have only its beginning."""
    return wanted in {credential, masked(credential)} or credential == masked(wanted)


def values_at(value: Any, place: Sequence[str]) -> Iterator[Any]:
    """Yield the values at a place in decoded JSON; the step `*` stands for every element or field."""
    if not place:
        yield value
        return
    step, *further = place
    if step == "*":
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        spend(VALUE * len(children))
        for child in children:
            yield from values_at(child, further)
    elif isinstance(value, dict) and step in value:
        yield from values_at(value[step], further)
    elif isinstance(value, list) and INDEX.fullmatch(step) and int(step) < len(value):
        yield from values_at(value[int(step)], further)
