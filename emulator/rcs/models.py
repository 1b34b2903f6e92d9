"""The base of requests and responses of the RCS provider, and its envelopes.

A response is made of a row: `CampaignAnswer.of(campaign, statistics=…)`.
"""

from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Model(BaseModel):
    """A part of a response."""

    @classmethod
    def of(cls, row: object, **more: Any) -> Self:
        """Make it of the attributes of a row that have its fields' names, and of what else it shows."""
        own = {
            name: getattr(row, name) for name in cls.model_fields if name not in more and hasattr(row, name)
        }
        return cls.model_validate(own | more)


class Data(Model, Generic[T]):
    """The success envelope."""

    data: T


class PageInfo(Model):
    total: int
    limit: int
    offset: int


class Meta(Model):
    page: PageInfo


class Page(Model, Generic[T]):
    """The success envelope of lists."""

    data: list[T]
    meta: Meta


class Body(Model):
    """A request body: names as documented, unknown ones let through for the journal to show."""

    model_config = ConfigDict(extra="ignore")
