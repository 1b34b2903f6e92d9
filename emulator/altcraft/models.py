"""The base of requests and responses of Altcraft, and its envelope.

A response is made of a row: `MailingRow.of(mailing, groups=…)`.
"""

from typing import Any, ClassVar, Generic, TypeVar, get_origin

from pydantic import ConfigDict, Field, model_validator

from emulator.altcraft.formats import EmptyElement
from emulator.altcraft.values import Form
from emulator.gateway.rows import RowModel

SUCCESS = "Successful operation"
"""The `error_text` of most responses."""

Data = TypeVar("Data")
Row = TypeVar("Row")


class Model(RowModel):
    """A part of a response."""


class Body(Model):
    """A part of a request, with the documented names. Unknown names are ignored, and shown in the journal.

    Null and an empty text count as a field that is left out: clients in typed languages send them for fields
    that are not set. An empty XML element is an empty array for a list, and an empty object for a required
    dict. A field of type Any keeps an empty text.
    """

    model_config = ConfigDict(extra="ignore")
    NULLABLE: ClassVar[frozenset[str]] = frozenset()
    """The fields to which null and an empty text mean something."""

    def said(self, *without: str) -> dict[str, Any]:
        """Return the given fields, except those in `without`, by the names of columns.

        Nested objects also have the defaults of what the client left out.
        """
        return self.model_dump(include=self.model_fields_set.difference(without), by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _without_unset(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        return {
            name: {} if isinstance(value, EmptyElement) and cls._needs_object(name) else value
            for name, value in content.items()
            if cls._says_something(name, value)
        }

    @classmethod
    def _says_something(cls, name: str, value: object) -> bool:
        if name in cls.NULLABLE:
            return True
        if value == "":
            return cls._can_be_empty(name, is_element=isinstance(value, EmptyElement))
        return value is not None

    @classmethod
    def _can_be_empty(cls, name: str, *, is_element: bool) -> bool:
        annotation = cls.model_fields[name].annotation if name in cls.model_fields else None
        return annotation is Any or (
            is_element and (get_origin(annotation) is list or cls._needs_object(name))
        )

    @classmethod
    def _needs_object(cls, name: str) -> bool:
        field = cls.model_fields.get(name)
        return field is not None and field.is_required() and get_origin(field.annotation) is dict


class Code(Model):
    """The response of operations without `data`: the code, and other keys beside it."""

    error: int = 0
    error_text: str = SUCCESS


class Saved(Model):
    """The `data` of a response that creates or changes an object."""

    saved_id: int


class Reply(Model, Generic[Data]):
    """The success envelope."""

    data: Data
    error: int = 0
    error_text: str = SUCCESS


class Listing(Reply[list[Row]], Generic[Row]):
    """The success envelope of some of many rows, or of all."""

    total_count: int


class Page(Reply[list[Row]], Generic[Row]):
    """The success envelope of a page, with the `from_id` of the next page."""

    next_from_id: int
    total_count: int


class Done(Reply[None]):
    """The success envelope of operations that return nothing."""

    data: None = None


class WithToken(Body):
    token: Any = Field(None, description="API token; may come as a bearer header or in the URL instead")


class Asking(WithToken):
    """The base of all requests."""

    format: Form = Field(None, description="Form of the response")


class TableAsJson(Asking):
    """The base of requests whose documentation names `csv` as a form; it is read as `json`."""

    @model_validator(mode="before")
    @classmethod
    def _table_as_json(cls, content: Any) -> Any:
        is_table = isinstance(content, dict) and content.get("format") == "csv"
        return {**content, "format": "json"} if is_table else content
