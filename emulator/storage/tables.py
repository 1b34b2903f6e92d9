"""The base of all tables, and the columns and conditions that they share."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from pydantic import ConfigDict
from sqlalchemy import ColumnElement, Integer, func, literal_column, or_, text
from sqlalchemy.orm import configure_mappers
from sqlalchemy.orm.attributes import instance_state
from sqlmodel import JSON, Column, Field, Index, SQLModel, select

from emulator.storage.sqlite import json_text


def configure_tables() -> None:
    """Let SQLAlchemy prepare the classes of all tables, as it does when the first row is loaded (40 ms)."""
    configure_mappers()


class Table(SQLModel):
    """The base class of tables. Rows are made and written without SQLAlchemy's unit of work (session.py).

    So defaults stand in the fields, and features of the unit of work are refused when the class is made:
    relationships, defaults of columns and of the database, `onupdate`.
    """

    model_config = ConfigDict(defer_build=True)  # type: ignore[assignment]
    IS_SINGLE: ClassVar[bool] = False
    """Whether there is one row, with the id 1; a snapshot with another is refused."""
    IS_FILLED: ClassVar[bool] = False
    """Whether there is always a row; a snapshot without one is refused."""
    KEPT: ClassVar[bool] = True
    """Whether the session keeps its rows. Others are written in sets by SQL, and read anew each time."""

    def __init__(self, **values: Any) -> None:
        """Make a row. Raises TypeError for names that are no columns, and where a column has no value.

        SQLModel would set field after field, which takes ten times as long.
        """
        own = self.__dict__
        plain, factories, names = _defaults(type(self))
        own.update(plain)
        for name, factory in factories:
            own[name] = factory()
        own.update(values)
        is_whole = len(own) == len(names) + OF_SQLALCHEMY and values.keys() <= names
        if not is_whole and not _is_filled_later.get():
            _complain(type(self), values)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Make a row of validated values, as SQLModel does: it fills a row that has none yet."""
        token = _is_filled_later.set(True)
        try:
            return super().model_validate(obj, **options)
        finally:
            _is_filled_later.reset(token)

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        if cls.__sqlmodel_relationships__:
            raise TypeError(f"{cls.__name__}: relationships are not followed here; say the other's id")
        for name, field in cls.model_fields.items():
            column, arguments = getattr(field, "sa_column", None), getattr(field, "sa_column_kwargs", None)
            said = vars(column) if isinstance(column, Column) else arguments
            for unused in UNUSED:
                if isinstance(said, dict) and said.get(unused) is not None:
                    raise TypeError(f"{cls.__name__}.{name}: {unused} is not used; give the field a default")

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Raise at once for an unknown attribute: SQLAlchemy asks every new row for some."""
            raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a column, without validation; SQLAlchemy notes the change if the session has the row."""
        own = self.__dict__
        if name in own and instance_state(self).key is None:
            own[name] = value
        else:
            object.__setattr__(self, name, value)


_is_filled_later = ContextVar("_is_filled_later", default=False)

UNUSED = ("default", "server_default", "onupdate", "server_onupdate")
OF_SQLALCHEMY = 1
"""How many attributes SQLAlchemy adds to a row's columns: its state."""


@cache
def _defaults(
    table: type[Table],
) -> tuple[dict[str, Any], list[tuple[str, Callable[..., Any]]], frozenset[str]]:
    """Return the defaults of fields, those that a factory makes, and the names of all fields."""
    fields = [(name, field) for name, field in table.model_fields.items() if not field.is_required()]
    made = [(name, field.default_factory) for name, field in fields if field.default_factory]
    plain = {name: field.default for name, field in fields if not field.default_factory}
    return plain, made, frozenset(table.model_fields)


def _complain(table: type[Table], values: Mapping[str, Any]) -> NoReturn:
    unknown = sorted(values.keys() - table.model_fields.keys())
    if unknown:
        raise TypeError(
            f"{table.__name__} has no column {unknown[0]}; it has {', '.join(table.model_fields)}"
        )
    required = [
        name for name, field in table.model_fields.items() if field.is_required() and name not in values
    ]
    raise TypeError(f"{table.__name__} needs {', '.join(required)}")


def load_tables(package: str) -> None:
    """Import a package or a module of tables: new databases have the tables that are imported."""
    loaded = import_module(package)
    for module in iter_modules(getattr(loaded, "__path__", ()), f"{package}."):
        import_module(module.name)


def tables(base: type[Table] = Table) -> Iterator[type[Table]]:
    """Yield the tables of all modules that are loaded."""
    for model in base.__subclasses__():
        if hasattr(model, "__table__"):
            yield model
        yield from tables(model)


def json_list() -> Any:
    """Make a column that holds a list."""
    return Field(default_factory=list, sa_type=JSON, nullable=False)


def json_object() -> Any:
    """Make a column that holds an object."""
    return Field(default_factory=dict, sa_type=JSON, nullable=False)


def json_or_none() -> Any:
    """Make a column that holds what can be written as JSON, or NULL."""
    return Field(default=None, sa_type=JSON(none_as_null=True), nullable=True)


def index_of_known(table: str, column: str) -> Index:
    """Make an index of the rows whose column is not NULL; the others take no room in it."""
    return Index(f"{table}_{column}", column, sqlite_where=text(f"{column} IS NOT NULL"))


def among(column: Any, values: Sequence[str | int]) -> ColumnElement[bool]:
    """Return the condition that a column has one of many values, however many there are."""
    # SQLite's JSON functions end a text at its first NUL.
    cut = [value for value in values if isinstance(value, str) and "\0" in value]
    if not cut:
        return _in_json(column, values)
    whole = _in_json(column, [value for value in values if not isinstance(value, str) or "\0" not in value])
    return or_(whole, _in_json(func.hex(column), [value.encode().hex().upper() for value in cut]))


def _in_json(column: Any, values: Sequence[str | int]) -> ColumnElement[bool]:
    listed = func.json_each(json_text(values)).table_valued("value")
    condition: ColumnElement[bool] = column.in_(select(listed.c.value))
    return condition


def insertion_order(table: type[SQLModel]) -> ColumnElement[int]:
    """Return the expression that orders a table's rows as they were made."""
    return literal_column(f'"{table.__tablename__}".rowid', Integer)


def contains(column: Any, part: str) -> ColumnElement[bool]:
    """Return the condition that a column has `part` in it, in upper or lower case."""
    return func.instr(func.casefold(column), part.casefold()) > 0
