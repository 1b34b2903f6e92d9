"""Fixture files: the account that a fresh sandbox holds, as readable YAML.

With an invalid file, the server does not start: the error names the file, the place in it and the reason.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    ValidationError,
    create_model,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from emulator import spelling
from emulator.engine.clock import (
    DAY,
    HOUR,
    MINUTE,
    NO_SUCH_INSTANT,
    SECOND,
    Millis,
    from_datetime,
    is_written_as_instant,
)
from emulator.engine.engine import Turn
from emulator.sandbox.fixture_content import endless, unstorable, untrue
from emulator.sandbox.fixture_refusals import refused
from emulator.sandbox.fixture_text import MAX_DEPTH, complaints, no_yaml, too_deep
from emulator.sandbox.refusal import ProviderError
from emulator.storage.tables import Table
from emulator.yaml_text import read_yaml

DEMO, EMPTY = "demo", "empty"
SETS = (DEMO, EMPTY)
"""The names of the sets of fixtures that come with the emulator."""


MISSING = (
    "is missing: a folder of accounts has one for each provider; "
    "`emulator fixtures check empty` says where there is one to copy"
)


class FixtureError(Exception):
    """Fixtures can not be used. Its text names the file, the place and the reason."""


def folder_of(fixtures: str, shipped: Path) -> Path:
    """Return the folder of a set, which is in the shipped one, or the folder itself. Raises FixtureError."""
    if fixtures in SETS:
        return shipped / fixtures
    folder = Path(fixtures)
    if not folder.is_dir():
        raise FixtureError(f"{fixtures}: is neither a folder nor one of {', '.join(SETS)}")
    return folder


def fixture_file(folder: Path, provider: str) -> Path:
    """Return the file of a provider's account in a folder of fixtures: nothing else there is read."""
    return folder / provider / "account.yaml"


RowT = TypeVar("RowT", bound=Table)

Place = tuple[int | str, ...]
"""The way from the root of a file, or from a part of it, to a part."""


class Fixture(BaseModel):
    """A part of a fixture file. Unknown names are refused, so that typing errors are noticed.

    A model that becomes a row of a table has fields with the names of the columns. Where the file has another
    name for one, that is the field's alias.
    """

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Show defaults that are lengths of time as files write them."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, field in cls.model_fields.items():
            is_length = any(getattr(said, "func", None) is length_of for said in field.metadata)
            if is_length and not field.is_required():
                properties[field.alias or name]["default"] = written_length(field.default)
        return schema

    _origin: tuple[Path, Place] | None = PrivateAttr(None)
    """The file that it stands in, and the place in it."""

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield the contradictions between its parts: the places, from this part on, and the reasons."""
        yield from ()

    def wrong(self, reason: object, *within: int | str) -> FixtureError:
        """Return the error that something in this part can not be stored."""
        if self._origin is None:  # it was not read from a file
            return FixtureError(str(reason))
        file, place = self._origin
        return wrong_at(file, (*place, *within), str(reason))

    def happened(self, turn: Turn, field: str, name: str, subject: str, **details: Any) -> None:
        """Schedule an event for as long ago as `field` says; if it crashes, the error names the field."""
        ago: Millis | None = getattr(self, field)
        if ago is not None:
            place = None if self._origin is None else (*self._origin[1], field)
            turn.schedule(turn.now - ago, name, subject, place=place, **details)

    @contextmanager
    def storing(self, *within: int | str) -> Iterator[None]:
        """Raise FixtureError, with the place, where this part or one within it is refused in the block."""
        try:
            yield
        except ProviderError as refusal:
            raise self.wrong(refusal, *within) from refusal

    def row(self, table: type[RowT], **more: Any) -> RowT:
        """Make a row of the table from the fields that are its columns, and from the values in `more`."""
        return table(**self.model_dump(include=set(table.model_fields) - more.keys()), **more)


def wrong_at(file: Path, place: Place, reason: str) -> FixtureError:
    """Return the error about a place in a file, with its line."""
    return FixtureError(complaints(file, file.read_text("utf-8"), [(place, reason)]))


F = TypeVar("F", bound=Fixture)


@dataclass(frozen=True)
class In:
    """Says of a field that it names a row, or rows, of a list: `Annotated[int, In("databases")]`.

    The list is that of the nearest part around the field that has one. In an optional field, null, 0 and ""
    name no row.
    """

    rows: str
    key: str = "id"
    """The field by which rows are named."""


@dataclass(frozen=True)
class Unique:
    """Says of a field that no two parts of a list have the same value: `Annotated[str, Unique()]`.

    A field called `id` is unique without this, among the parts of all lists of that name. In an optional
    field, null and "" are no values.
    """

    among: str = ""
    """A word for fields of different parts: no two of them in the whole file have the same value."""


def with_columns(table: type[Table], *names: str, **renamed: str) -> Callable[[type[F]], type[F]]:
    """Return a decorator that adds columns of a table to a fixture model, with their types and defaults.

    `renamed` are columns that have another name in the file: `preview="preview_text"`. Fields that have
    another type or default in the file, or that the loading code reads, are declared in the class itself.
    """
    aliases = {name: name for name in names} | {column: alias for alias, column in renamed.items()}
    fields: dict[str, Any] = {}
    for name, alias in aliases.items():
        column = table.model_fields[name]
        default = column.get_default(call_default_factory=True)
        fields[name] = (column.annotation, Field(default, alias=alias))

    def extended(model: type[F]) -> type[F]:
        place, text = model.__module__, model.__doc__
        return create_model(model.__name__, __base__=model, __module__=place, __doc__=text, **fields)

    return extended


UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}

MOST_DAYS = "9999"


def length_of(value: object) -> Millis:
    """Return a length of time such as `90s`, `15m`, `2h` or `3d`. Raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,5})([smhd])", str(value))
    if not found:
        raise ValueError("must be a number and a unit, such as 90s, 15m, 2h or 3d")
    if found[2] == "d" and len(found[1]) > len(MOST_DAYS):
        raise ValueError(
            f"must be at most {MOST_DAYS}d: what is longer ago was before 1970 in the earliest sandbox"
        )
    return int(found[1]) * UNITS[found[2]]


def written_length(length: Millis) -> str:
    """Return a length of time, of whole seconds, as files write it, in its largest unit."""
    unit = max(
        (unit for unit in UNITS if length % UNITS[unit] == 0 and length), key=UNITS.__getitem__, default="s"
    )
    return f"{length // UNITS[unit]}{unit}"


MOMENT = "must be a date and time with its zone, such as 2026-03-01T10:00:00Z"


def _moment(value: object) -> Millis:
    if isinstance(value, str) and ":" in value:  # a quoted one; a date without a time is no point in time
        with suppress(ValueError):
            value = spelling.instant(value)
    if not isinstance(value, datetime) or value.tzinfo is None:
        is_none = isinstance(value, str) and is_written_as_instant(value)
        raise ValueError(NO_SUCH_INSTANT if is_none else MOMENT)
    try:
        return from_datetime(value)
    except OverflowError as error:
        raise ValueError(str(error)) from error


Length = Annotated[str, Field(pattern="^([0-9]{1,5}[smh]|[0-9]{1,4}d)$", examples=["90s"])]
"""A length of time as it is written in files."""

Duration = Annotated[Millis, BeforeValidator(length_of, json_schema_input_type=Length)]
"""A length of time in milliseconds, written `90s`, `15m`, `2h` or `3d`."""

Moment = Annotated[Millis, BeforeValidator(_moment, json_schema_input_type=datetime)]
"""A point in time, written as a YAML timestamp or an ISO 8601 text: `2026-03-01T10:00:00Z`, quoted or not."""


def repeated(values: Iterable[object]) -> Iterator[int]:
    """Yield the places of values that have occurred before; None is no value."""
    seen: set[object] = set()
    for place, value in enumerate(values):
        if value in seen:
            yield place
        seen |= set() if value is None else {value}


class MaybeDefault(Protocol):
    is_default: bool


def further_defaults(name: str, parts: Sequence[MaybeDefault]) -> Iterator[tuple[Place, str]]:
    """Yield the complaints about default parts of a list after the first one."""
    for place in [place for place, part in enumerate(parts) if part.is_default][1:]:
        yield (name, place, "default"), f"only one of the {name} can be the default one"


class Numbered(Protocol):
    id: int


def count_on(turn: Turn, kind: str, parts: Sequence[Numbered]) -> None:
    """Count the ids of new rows on from the highest one in the file."""
    turn.ids.begin(kind, max((part.id for part in parts), default=0))


class Generated(Fixture):
    """Many similar recipients, for large tests: `{n}` in the pattern is a number from 1 to `count`."""

    count: int = Field(ge=1, le=10_000_000)
    pattern: str = Field(pattern=r"\{n\}")

    def recipients(self) -> Iterator[str]:
        return (self.pattern.replace("{n}", str(number)) for number in range(1, self.count + 1))

    def ends(self) -> tuple[str, str]:
        """Return the first of the recipients and the last, which is the longest."""
        return self.pattern.replace("{n}", "1"), self.pattern.replace("{n}", str(self.count))


class Accounts:
    """The accounts that a provider's sandboxes begin with: a package with a model of their fixture files.

    The package has `AccountFixture`, and `load`, which stores one. It is imported when a template has to be
    built, as few starts have to (docs/decisions/0038-templates-that-stay.md).
    """

    def __init__(self, package: str) -> None:
        self.package = package

    @property
    def fixture(self) -> type[Fixture]:
        model: type[Fixture] = import_module(self.package).AccountFixture
        return model

    def load(self, turn: Turn, file: Path) -> None:
        """Load the account from a fixture file into a template. Raises FixtureError."""
        import_module(self.package).load(turn, file)


def read_fixture(file: Path, model: type[F]) -> F:
    """Return the content of `file` as a `model`. Raises FixtureError."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError as error:
        raise FixtureError(f"{file}: {MISSING}") from error
    except OSError as error:
        raise FixtureError(f"{file}: can not be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FixtureError(f"{file}:{line}: is not UTF-8") from error
    try:
        if deep := too_deep(text):
            raise FixtureError(f"{file}:{deep}: is nested deeper than {MAX_DEPTH} levels")
        content = read_yaml(text)
    except yaml.YAMLError as error:
        raise FixtureError(no_yaml(file, text, error)) from error
    if "*" in text and (problem := endless(content, len(text))):
        raise FixtureError(complaints(file, text, [problem]))
    try:
        fixture = model.model_validate(content, extra="forbid")
    except ValidationError as error:
        raise FixtureError(complaints(file, text, refused(error.errors(), content, model))) from error
    if problems := [*untrue(content, fixture), *_problems(file, (fixture,), (), set())]:
        raise FixtureError(complaints(file, text, problems))
    return fixture


def _problems(
    file: Path, parts: tuple[Fixture, ...], place: Place, seen: set[object]
) -> Iterator[tuple[Place, str]]:
    """Note where the innermost of nested parts, and those in it, stand; yield the complaints about them.

    `seen` has the unique values that were found so far.
    """
    part = parts[-1]
    part._origin = file, place  # noqa: SLF001 -- the reader of the file sets it
    for name, field in type(part).model_fields.items():
        value, here = getattr(part, name), (*place, field.alias or name)
        many = isinstance(value, list)
        for number, one in enumerate(value if many else [value]):
            there = (*here, number) if many else here
            if isinstance(one, Fixture):
                yield from _problems(file, (*parts, one), there, seen)
            elif problem := _problem(parts, field, one):
                yield there, problem
            else:
                yield from unstorable(one, there)
        if (value or field.is_required()) and (own := _scope(part, name, field, place)) is not None:
            if (own, value) in seen:
                yield here, f"another one has the same {here[-1]}: {value}"
            seen.add((own, value))
    for within, reason in part.contradictions():
        yield (*place, *within), reason


def _problem(parts: tuple[Fixture, ...], field: FieldInfo, one: object) -> str:
    """Return what is wrong with a value of the innermost part; an empty text if nothing is."""
    for said in field.metadata:
        if isinstance(said, In) and (one or field.is_required()) and one not in _known_names(parts, said):
            return f"there is no {one or repr(one)} among the {said.rows.replace('_', ' ')}"
    return ""


def _scope(part: Fixture, name: str, field: FieldInfo, place: Place) -> object:
    """Return the scope in which the value of a field has to be unique; None if it need not be."""
    for said in field.metadata:
        if isinstance(said, Unique):
            return said.among or (type(part), name, place[:-1])
    return (type(part), _names(place)) if name == "id" else None


def _names(place: Place) -> Place:
    """Return a place without the numbers in lists."""
    return tuple(one for one in place if isinstance(one, str))


def _known_names(parts: tuple[Fixture, ...], said: In) -> set[object]:
    """Return the names of the rows that a field of the innermost part can refer to."""
    around = reversed(parts[:-1] or parts)  # the root refers to its own lists
    rows = next(getattr(part, said.rows) for part in around if said.rows in type(part).model_fields)
    return {getattr(row, said.key) for row in rows}
