"""Segments, suppression lists, and queries to external data."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel
from sqlmodel import Field, Index

from emulator.altcraft.tables.account import Listable
from emulator.engine.clock import Millis
from emulator.storage.columns import JsonOf, OneOf, RowOf
from emulator.storage.tables import Table, json_list


class Segment(Listable, table=True):
    """Profiles chosen by hand (static), by conditions (dynamic), or by conditions at times (updatable)."""

    __tablename__ = "altcraft_segment"

    description: str = ""
    is_static: bool = True
    is_refreshed_daily: bool = False
    database_id: int = 0
    """The database of a static segment; the items of others name theirs."""
    items: list[dict[str, Any]] = json_list()
    """The conditions, one item for each database; a static segment has none."""
    refreshed_at: Millis = 0

    @property
    def kind(self) -> Literal["static", "dynamic", "updatable"]:
        """The kind: `static`, `dynamic` or `updatable`."""
        if not self.is_static:
            return "dynamic"
        return "updatable" if self.items else "static"

    @property
    def databases(self) -> list[int]:
        """The ids of the databases of its people."""
        return [item["list_id"] for item in self.items] if self.items else [self.database_id]


class SegmentMember(Table, table=True):
    """A profile that was in a static or an updatable segment at some time."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_segment_member"
    __table_args__ = (
        Index("altcraft_segment_member_profile", "profile_id"),
        {"sqlite_with_rowid": False},
    )

    segment_id: Annotated[int, RowOf("altcraft_segment")] = Field(primary_key=True)
    profile_id: Annotated[str, RowOf("altcraft_profile")] = Field(primary_key=True)
    is_member: bool = True
    """Whether it is in it now."""


class SuppressionList(Listable, table=True):
    __tablename__ = "altcraft_suppression_list"

    is_global: bool = False
    """Whether it holds for everything that is sent."""


class Suppressed(Table, table=True):
    """An entry of a suppression list: the MD5 of an address or a domain, and its text if that is known."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_suppressed"
    __table_args__ = {"sqlite_with_rowid": False}

    # Launches ask whether any list has an address, so the list is the last part of the key.
    kind: Annotated[str, OneOf("email", "phone", "domain")] = Field(primary_key=True)
    md5: str = Field(primary_key=True)
    list_id: Annotated[int, RowOf("altcraft_suppression_list")] = Field(primary_key=True)
    value: str | None = None


class Parameter(BaseModel):
    """A variable of a query's SQL text."""

    name: str
    type: str = ""
    title: str = ""
    options_type: str = ""


class DataQuery(Listable, table=True):
    """A query of an external database that segments can look in. It is kept, and never run."""

    __tablename__ = "altcraft_data_query"

    shortname: str
    description: str = ""
    connector_id: Annotated[int, RowOf("altcraft_connector")]
    column: str
    sql: str = ""
    cache_time_min: int = 0
    parameters: Annotated[list[dict[str, Any]], JsonOf(list[Parameter])] = json_list()


class Connector(Table, table=True):
    """An external database, which the platform's administrator sets up."""

    __tablename__ = "altcraft_connector"

    id: int = Field(primary_key=True)
    name: str
