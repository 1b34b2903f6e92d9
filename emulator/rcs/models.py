"""The base classes of requests and responses of the RCS provider, and its envelopes.

A response is made of a row: `CampaignAnswer.of(campaign, statistics=…)`.
"""

from typing import Generic, TypeVar

from pydantic import ConfigDict

from emulator.gateway.rows import RowModel

T = TypeVar("T")


class Model(RowModel):
    """A part of a response."""


class Data(Model, Generic[T]):
    """The success envelope."""

    data: T


class Listing(Model, Generic[T]):
    """The success envelope of lists that have only a total, and no `meta`."""

    data: list[T]
    total: int


class Listed(Model, Generic[T]):
    """A list with its total, within `data`."""

    list: list[T]
    total: int


class PageInfo(Model):
    total: int
    limit: int
    offset: int


class Meta(Model):
    page: PageInfo


class Page(Model, Generic[T]):
    """The success envelope of lists with `meta`."""

    data: list[T]
    meta: Meta


class Body(Model):
    """A request body. Unknown fields are ignored, and shown in the journal."""

    model_config = ConfigDict(extra="ignore")
