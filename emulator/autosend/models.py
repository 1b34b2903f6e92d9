"""The base models of requests and responses: fields have Python's names here, and AutoSend's in JSON.

A response is made from a row: `SenderAnswer.of(sender)`. The fields of a request are stored in a row in a
similar way: `campaign.sqlmodel_update(body.said("lists"))`.
"""

import re
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from emulator.gateway.rows import RowModel

Data = TypeVar("Data")


class Model(RowModel):
    """A part of a response."""

    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))


class Reply(Model, Generic[Data]):
    """The envelope of a successful response."""

    success: bool = True
    data: Data


class MessageReply(Reply[Data], Generic[Data]):
    """The envelope of a successful response that also has a message."""

    message: str


class Done(Model):
    """The response to a successful deletion."""

    success: bool = True
    message: str


class Pagination(Model):
    page: int
    limit: int
    total: int
    pages: int


class Parameters(BaseModel):
    """The query parameters of a request. Unknown ones are allowed; the journal shows them as unread."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")

    @field_validator("page", "limit", mode="before", check_fields=False)
    @classmethod
    def _with_digits_alone(cls, value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch("[-+]?[0-9]+", value):
            raise ValueError("must be an integer")
        return value


class Body(BaseModel):
    """A request body with the documented names. Unknown fields are allowed; the journal shows them as unread.

    `"yes"` is not a boolean and `"5"` not a number; null in an optional field is as if it were left out.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", strict=True)
    telling_nulls: ClassVar[frozenset[str]] = frozenset()
    """The optional fields in which null means something else than leaving the field out."""

    def said(self, *without: str) -> dict[str, Any]:
        """Return the fields that the client sent, except `without`, by the names of columns."""
        return self.model_dump(exclude_unset=True, exclude={*without}, by_alias=False)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        if not isinstance(given, dict) or None not in given.values():
            return given
        optional = _optional_fields(cls)
        return {name: value for name, value in given.items() if value is not None or name not in optional}


@cache
def _optional_fields(body: type[Body]) -> frozenset[str]:
    """Return the names, as clients send them, of the optional fields in which null counts as left out."""
    return frozenset(
        spelling
        for name, field in body.model_fields.items()
        if not field.is_required() and name not in body.telling_nulls
        for spelling in _spellings(name, field)
    )


def _spellings(name: str, field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [str(alias or name)]
