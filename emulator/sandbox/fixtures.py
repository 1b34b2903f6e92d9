"""Fixture files: the account that a fresh sandbox holds, as readable YAML.

With an invalid file, the server does not start: the error names the file, the place in it and the reason.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from emulator.engine.clock import DAY, HOUR, MINUTE, SECOND, Millis, from_datetime
from emulator.engine.engine import Turn
from emulator.storage.tables import Table
from emulator.yaml_text import read_nodes, read_yaml

DEMO, EMPTY = "demo", "empty"
SETS = (DEMO, EMPTY)
"""The names of the sets of fixtures that come with the emulator."""


class FixtureError(Exception):
    """Fixtures can not be used. Its text names the file, the place and the reason."""


def folder_of(fixtures: str, shipped: Path) -> Path:
    """Return the folder of a set, which is in the shipped one, or the folder named. Raises FixtureError."""
    if fixtures in SETS:
        return shipped / fixtures
    folder = Path(fixtures)
    if not folder.is_dir():
        raise FixtureError(f"{fixtures}: is neither a folder nor one of {', '.join(SETS)}")
    return folder


RowT = TypeVar("RowT", bound=Table)


class Fixture(BaseModel):
    """A part of a fixture file. Unknown names are refused, so that typing errors are noticed.

    A model that becomes a row of a table has fields with the names of the columns. Where the file has another
    name for one, that is the field's alias.
    """

    model_config = ConfigDict(extra="forbid")

    def row(self, table: type[RowT], **more: Any) -> RowT:
        """Make a row of the table from the fields that are its columns, and from the values in `more`."""
        return table(**self.model_dump(include=set(table.model_fields) - more.keys()), **more)


F = TypeVar("F", bound=Fixture)


@dataclass(frozen=True)
class In:
    """Says of a field that it names a row, or rows, of a list: `Annotated[int, In("databases")]`.

    The list is that of the nearest part around the field that has one. Nothing, 0 and "" name no row.
    """

    rows: str
    key: str = "id"
    """What rows are named by."""


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


def length_of(value: object) -> Millis:
    """Return a length of time such as `90s`, `15m`, `2h` or `3d`. Raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,5})([smhd])", str(value))
    if not found:
        raise ValueError("must be a number and a unit, such as 90s, 15m, 2h or 3d")
    return int(found[1]) * UNITS[found[2]]


def _moment(value: object) -> Millis:
    if isinstance(value, str) and ":" in value:  # a quoted one; a date without a time is no point in time
        with suppress(ValueError):
            value = datetime.fromisoformat(value)
    try:
        if isinstance(value, datetime):
            return from_datetime(value)
    except OverflowError as error:
        raise ValueError(str(error)) from error
    raise ValueError("must be a date and time, such as 2026-03-01T10:00:00Z")


MAX_DEPTH = 50

Pace = Annotated[float, Field(ge=1e-6, le=1e6, allow_inf_nan=False)]
"""Messages a second."""

Length = Annotated[str, Field(pattern="^[0-9]{1,5}[smhd]$", examples=["90s"])]
"""A length of time as it is written in files."""

Duration = Annotated[Millis, BeforeValidator(length_of, json_schema_input_type=Length)]
"""A length of time in milliseconds, written `90s`, `15m`, `2h` or `3d`."""

Moment = Annotated[Millis, BeforeValidator(_moment, json_schema_input_type=datetime)]
"""A point in time, written as a YAML timestamp or an ISO 8601 text: `2026-03-01T10:00:00Z`, quoted or not."""


class Generated(Fixture):
    """Many recipients alike, for tests of size: `{n}` in the pattern is a number from 1 to `count`."""

    count: int = Field(ge=1, le=10_000_000)
    pattern: str = Field(pattern=r"\{n\}")

    def recipients(self) -> Iterator[str]:
        return (self.pattern.replace("{n}", str(number)) for number in range(1, self.count + 1))


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

    def load(self, turn: Turn, folder: Path) -> None:
        """Load the account from a fixture folder into a template. Raises FixtureError."""
        import_module(self.package).load(turn, folder)


def read_fixture(file: Path, model: type[F]) -> F:
    """Return the content of `file` as a `model`. Raises FixtureError."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FixtureError(f"{file}: can not be read ({error})") from error
    if _depth(text) > MAX_DEPTH:
        raise FixtureError(f"{file}: is nested deeper than {MAX_DEPTH} brackets")
    try:
        content = read_yaml(text)
    except yaml.YAMLError as error:
        raise FixtureError(f"{file}: is not YAML: {' '.join(str(error).split())}") from error
    try:
        fixture = model.model_validate(content)
    except ValidationError as error:
        problems = [(problem["loc"], problem["msg"]) for problem in error.errors()]
        raise FixtureError(_complaints(file, text, problems)) from error
    if lost := list(_lost_names((fixture,), ())):
        raise FixtureError(_complaints(file, text, lost))
    return fixture


Place = tuple[int | str, ...]
"""The way from the root of a file to a part of it."""


def _lost_names(parts: tuple[Fixture, ...], place: Place) -> Iterator[tuple[Place, str]]:
    """Yield where the innermost of nested parts, and those in it, name rows that do not exist."""
    for name, field in type(parts[-1]).model_fields.items():
        value, here = getattr(parts[-1], name), (*place, field.alias or name)
        many = isinstance(value, list)
        for number, one in enumerate(value if many else [value]):
            there = (*here, number) if many else here
            if isinstance(one, Fixture):
                yield from _lost_names((*parts, one), there)
            for said in field.metadata:
                if isinstance(said, In) and one and one not in _named(parts, said):
                    yield there, f"there is no {one} among the {said.rows.replace('_', ' ')}"


def _named(parts: tuple[Fixture, ...], said: In) -> set[object]:
    """Return what the rows are named that a field of the innermost part can name."""
    around = reversed(parts[:-1])
    rows = next(getattr(part, said.rows) for part in around if said.rows in type(part).model_fields)
    return {getattr(row, said.key) for row in rows}


def _depth(text: str) -> int:
    """Return roughly how deep brackets are nested: the YAML reader crashes on too many levels."""
    steps = (1 if character in "[{" else -1 for character in text if character in "[]{}")
    return max(accumulate(steps), default=0)


def _complaints(file: Path, text: str, problems: Iterable[tuple[Place, str]]) -> str:
    root = read_nodes(text)
    return "\n".join(f"{file}:{_line(root, place)}: {_dotted(place)}: {said}" for place, said in problems)


def _dotted(place: Place) -> str:
    return ".".join(str(part) for part in place) or "(the whole file)"


def _line(node: Any, place: Place) -> int:
    """Return the number of the line with the deepest part of `place` that the file has."""
    for part in place:
        child = _child(node, part)
        if child is None:
            break
        node = child
    return int(node.start_mark.line) + 1 if node is not None else 1


def _child(node: Any, part: int | str) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part]
    return None
