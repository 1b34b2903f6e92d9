"""Models of requests and responses that are made of rows."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Self

from pydantic import BaseModel


class RowModel(BaseModel):
    """A part of a response whose fields have the names of a row's columns."""

    @classmethod
    def of(cls, row: BaseModel | tuple[Any, ...], **more: Any) -> Self:
        """Return a model made of the attributes of a row that have its fields' names, and of `more`."""
        loaded = row.__dict__ if isinstance(row, BaseModel) else {}
        own = {
            # SQLAlchemy keeps a loaded column's value in `__dict__`, and loads it when asked by `getattr`.
            name: loaded[name] if name in loaded else getattr(row, name)
            for name in _shared(cls, type(row))
            if name not in more
        }
        return cls.model_validate(own | more)

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> Collection[str]:  # noqa: ARG003 -- a contract's
        """Return the names of the fields that have no effect beside the others in this part of a request."""
        return ()


@cache
def _shared(model: type[BaseModel], source: type[BaseModel | tuple[Any, ...]]) -> list[str]:
    """Return the names that are fields of a model and attributes of a source's instances."""
    described = source.model_fields if issubclass(source, BaseModel) else ()
    return [name for name in model.model_fields if name in described or hasattr(source, name)]
