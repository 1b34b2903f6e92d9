"""Types, dependencies and helpers that the endpoints of the control plane share."""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Path, Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from starlette.requests import Request

from emulator import spelling
from emulator.control.problems import UNCHANGED, Problem
from emulator.engine.clock import DAY, HOUR, LATEST, MINUTE, SECOND, Millis, from_datetime, iso_millis
from emulator.engine.engine import Turn
from emulator.gateway.origin import origin_of
from emulator.gateway.request_log import note
from emulator.misspelt import not_known
from emulator.providers import Provider
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.world import DEFAULT_SANDBOX, World
from emulator.storage.tables import Table

Row = TypeVar("Row", bound=Table)

UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
LONGEST_DURATION = 40
PIECE = re.compile(r"([0-9]+)(ms|s|m|h|d)")

MAX_NUMBER = 2**63 - 1
"""The largest integer that SQLite can store."""


LONGEST_QUOTE = 30
"""How many characters are quoted of what stands before a wrong one."""


class Wanted(BaseModel):
    """The base of request models. Unknown fields are refused, so that a misspelt name is noticed."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        """Refuse lone surrogates: JSON can contain them, but no response can be encoded with them."""
        try:
            json.dumps(value, ensure_ascii=False, default=str).encode()
        except RecursionError:
            raise ValueError("is nested too deep") from None
        except UnicodeEncodeError as error:
            before = error.object[: error.start][-LONGEST_QUOTE:]
            raise ValueError(f"is not Unicode: half a character stands behind {before!r}") from error
        return value


def _moment(text: Any) -> Any:
    """Refuse numbers, also as text, which pydantic takes for seconds or milliseconds since 1970."""
    if not isinstance(text, str) or re.fullmatch(r"[\s\d.+-]*", text):
        raise ValueError(MOMENT)
    return text


MOMENT = "must be a time with its zone, such as 2026-03-15T14:30:00Z"
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]


def _duration(text: Any) -> Any:
    is_one = isinstance(text, str) and len(text) <= LONGEST_DURATION
    if not is_one or not re.fullmatch(rf"(?:{PIECE.pattern})+", text):
        raise ValueError("must be text of numbers and units, such as 500ms, 90s, 15m, 2h, 3d or 1d12h")
    if milliseconds(text) > LATEST:
        raise ValueError(f"must not be longer than {LATEST // DAY}d")
    return text


Duration = Annotated[str, Field(max_length=LONGEST_DURATION, examples=["2m"]), BeforeValidator(_duration)]
"""A length of time: `500ms`, `90s`, `15m`, `2h`, `3d`, `1d12h`."""


def _lasting(text: str) -> str:
    if milliseconds(text) == 0:
        raise ValueError("must be longer than nothing")
    return text


Length = Annotated[Duration, AfterValidator(_lasting)]
"""A length of time of at least a millisecond."""


def plain(form: re.Pattern[str], said: str) -> BeforeValidator:
    """Return a validator of numbers, whose texts have a form; `said` is the message about others.

    It refuses what pydantic takes for a number, too: true and false, and texts such as `1_000` and ` 7 `.
    """

    def check(value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError("must be a number")  # noqa: TRY004 -- pydantic wants a ValueError
        if isinstance(value, str) and not form.fullmatch(value):
            raise ValueError(said)
        return value

    return BeforeValidator(check)


PlainNumber = plain(spelling.DECIMAL, "must be a number")
Whole = Annotated[int, plain(spelling.INTEGER, "must be a whole number")]
"""An integer."""

Number = Annotated[Whole, Field(ge=0, le=MAX_NUMBER)]
"""A non-negative integer that SQLite can store."""

RowNumber = Annotated[Number, Path(examples=[1])]
"""The number of a row in the path."""

ProviderName = Annotated[str, Path(examples=["rcs"])]
"""A provider's name in the path."""

Order = Literal["oldest", "newest"]
"""Which items come first in a list."""

NAME = r"[a-z0-9][a-z0-9._-]{0,62}"
NAMED = "must be at most 63 small letters, digits, '.', '_' and '-', and begin with a letter or a digit"


def shaped(pattern: str, said: str) -> AfterValidator:
    """Return a validator that refuses texts that do not match a pattern; `said` is its message."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(said)
        return text

    return AfterValidator(check)


Name = Annotated[
    str, shaped(NAME, NAMED), Field(examples=["checkout"], json_schema_extra={"pattern": f"^{NAME}$"})
]
"""A valid name of a sandbox or snapshot."""


async def _world(request: Request) -> World:
    world: World = request.app.state.world
    return world


async def _providers(request: Request) -> Sequence[Provider]:
    providers: Sequence[Provider] = request.app.state.providers
    return providers


async def _origin(request: Request) -> str:
    return origin_of(request)


TheWorld = Annotated[World, Depends(_world)]
Providers = Annotated[Sequence[Provider], Depends(_providers)]
Origin = Annotated[str, Depends(_origin)]
"""The address that base URLs and links in responses begin with: see `origin_of`."""


async def _chosen(
    request: Request,
    world: TheWorld,
    sandbox: Annotated[str, Query(description="The name of the sandbox")] = DEFAULT_SANDBOX,
) -> Sandbox:
    found = await free_sandbox(world, sandbox)
    note(request.scope, found)
    return found


async def free_sandbox(world: World, name: str) -> Sandbox:
    """Return the sandbox with this name, once no long work is under way in it. Raises Problem."""
    found = find_sandbox(world, name)
    if found.aside.is_busy or found.has_long_work:
        await found.ready()
        found = find_sandbox(world, name)
    return found


Chosen = Annotated[Sandbox, Depends(_chosen)]
"""The sandbox that a request names."""


def milliseconds(duration: str) -> Millis:
    return sum(int(number) * UNITS[unit] for number, unit in PIECE.findall(duration))


def limited(field: str, duration: str, longest: Millis) -> Millis:
    """Return a duration in milliseconds. Raises Problem if it is longer than `longest`."""
    length = milliseconds(duration)
    if length > longest:
        raise invalid(field, f"must not be longer than {duration_of(longest)}")
    return length


def duration_of(length: Millis) -> str:
    """Return a length of time as text in one unit, the largest that fits: `1500ms`, `90s`, `36h`."""
    for unit, size in reversed(UNITS.items()):
        if length and length % size == 0:
            return f"{length // size}{unit}"
    return "0s"


def instant(field: str, moment: Any) -> Millis:
    """Return a date and time in milliseconds. Raises Problem for one that providers' formats can not hold."""
    try:
        return from_datetime(moment)
    except OverflowError as error:
        raise invalid(field, str(error)) from error


def shown(moment: Millis | None) -> str | None:
    return None if moment is None else iso_millis(moment)


def provider_named(providers: Iterable[Provider], name: str, field: str = "provider") -> Provider:
    """Return the provider with this name. Raises Problem, which names the field, if there is none."""
    known = {provider.name: provider for provider in providers}
    if name in known:
        return known[name]
    raise invalid(field, not_known(name, list(known), "a provider"))


def check_provider(
    providers: Iterable[Provider], name: str | None, field: str = "provider", *, others: Collection[str] = ()
) -> None:
    """Raise Problem, which names the field, if a filter names neither a provider nor one of `others`.

    None stands for any provider.
    """
    if name is not None and name not in others:
        provider_named(providers, name, field)


def named_or_all(providers: Sequence[Provider], name: str | None) -> Sequence[Provider]:
    """Return the provider with this name, all where none is named."""
    return [one for one in providers if name in {None, one.name}]


def check_word(field: str, word: str | None, known: Iterable[str], kind: str) -> None:
    """Raise Problem, which names the field, if the word of a filter is not known; None stands for any."""
    if word is not None and word not in (words := list(dict.fromkeys(known))):
        raise invalid(field, not_known(word, words, kind))


OF_EVERYTHING = "is a part of everything: leave it out to match any"


def is_in_everything(part: str | None) -> bool:
    """Return whether a text to search for is blank, and so a part of everything; None searches for none."""
    return part is not None and not part.strip()


def check_part(field: str, part: str | None) -> None:
    """Raise Problem, which names the field, if a text to search for is a part of everything."""
    if is_in_everything(part):
        raise invalid(field, OF_EVERYTHING)


def check_kind(field: str, job: str, words: Iterable[str]) -> None:
    """Raise Problem, which names the field, unless a job is of one of these kinds, `rcs/campaign`."""
    check_word(field, "/".join(job.split("/")[:2]), words, "a kind of job")


def find_row(turn: Turn, table: type[Row], number: int, kind: str) -> Row:
    """Return the row with this number. Raises Problem, which names its kind, if there is none."""
    row: Row | None = turn.session.get(table, number)
    if row is None:
        raise Problem(404, f"There is no {kind} {number}.")
    return row


def find_sandbox(world: World, name: str) -> Sandbox:
    """Return the sandbox with this name, and note that it is used. Raises Problem if there is none."""
    sandbox = world.sandboxes.get(name)
    if sandbox is None:
        raise Problem(
            404, f"There is no sandbox {name[:80]!r}{_elsewhere(world)}. There are: {_listed(world)}"
        )
    sandbox.touch()
    return sandbox


def _elsewhere(world: World) -> str:
    if world.public_url is None:
        return ""
    return (
        f" at {world.public_url}. In a fleet, a sandbox is known to the replica that made it alone, whose "
        "address is its `url`; without a data folder, it ends with the replica"
    )


def _listed(world: World) -> str:
    return ", ".join(sorted(world.sandboxes)[:20])


def invalid(field: str, message: str) -> Problem:
    """Return the problem for one invalid field."""
    return not_valid([{"field": field, "message": message}])


def not_valid(errors: list[dict[str, str]]) -> Problem:
    """Return the problem for invalid fields, each with what is wrong with it."""
    return Problem(422, f"The request is not valid{UNCHANGED}.", errors)
