"""The people of the account: databases with profiles, resources with subscriptions, relations, pixels."""

from typing import Annotated, Any, ClassVar, Literal, get_args

from sqlmodel import Field, Index, text

from emulator.altcraft.tables.account import Listable
from emulator.engine.clock import Millis
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, json_list, json_object

Channel = Literal["email", "sms", "push", "telegram_bot", "whatsapp", "viber", "notify"]


STATUSES = ("subscribed", "unsubscribed", "complained", "hardbounced", "unconfirmed", "suspended", "invalid")
"""The statuses of subscriptions and profiles; their numbers are their places."""

Status = Annotated[int, Field(ge=0, lt=len(STATUSES))]


class Database(Listable, table=True):
    __tablename__ = "altcraft_database"

    description: str = ""
    suppress_id: int = 0
    """The suppression list that holds back its people; 0 for none."""
    fields: list[dict[str, Any]] = json_list()
    """The fields beside the standard ones: `name`, `title`, `type`, and `values` of an enum."""
    is_open: bool = False
    """Whether fields that are in no list are kept, too, typed by their values."""


class Profile(Table, table=True):
    """A person in a database. Its own addresses have columns, all other fields stand in `fields`."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_profile"
    __table_args__ = (
        Index(
            "altcraft_profile_email",
            "database_id",
            "email",
            unique=True,
            sqlite_where=text("email IS NOT NULL"),
        ),
        Index("altcraft_profile_order", "database_id", "xxh", "created_at"),
    )

    number: int = Field(primary_key=True)
    """The number of the profile, in the order of creation."""
    id: str = Field(unique=True)
    database_id: Annotated[int, RowOf("altcraft_database")] = Field(index=True)
    """Its index finds the profiles of a database in the order in which they are stored."""
    email: str | None = None
    phones: list[str] = json_list()
    status: Status = 0
    """The global status, which holds for all that the person has subscribed to."""
    is_test: bool = False
    xxh: str
    """The xxHash64 of the e-mail, or of the id where there is none."""
    fields: dict[str, Any] = json_object()
    """The values of all other fields, as `fields.py` stores them."""
    created_at: Millis
    updated_at: Millis


class PhoneNumber(Table, table=True):
    """A phone of a profile, to find it by."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_phone_number"
    __table_args__ = (
        Index("altcraft_phone_number_profile", "profile_id"),
        {"sqlite_with_rowid": False},
    )

    database_id: int = Field(primary_key=True)
    phone: str = Field(primary_key=True)
    profile_id: str = Field(primary_key=True)


class Resource(Listable, table=True):
    """A resource, such as a site or an app, to which people subscribe."""

    __tablename__ = "altcraft_resource"

    channels: list[str] = json_list()
    databases: list[int] = json_list()
    """The databases whose people can subscribe."""
    url: str = ""
    tracking_domain: str = ""
    token: str = ""
    """The resource token, the credential of subscribers' browsers and apps."""
    secret: str = ""
    """The secret that tokens of subscribers (JWT) are signed with."""
    categories: list[str] = json_list()
    fields: list[dict[str, Any]] = json_list()
    """The custom fields of subscriptions, in the form of `Database.fields`."""
    raises_priority: bool = False
    """Whether a new subscription goes before all others of its profile."""
    policy_id: int = 0
    """The sending policy of its mailings that have none of their own; 0 for the account's."""


class Subscription(Table, table=True):
    """A subscription of a profile: its address on a channel of a resource."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_subscription"
    __table_args__ = (
        Index("altcraft_subscription_place", "profile_id", "resource_id", "channel", "address", unique=True),
        Index("altcraft_subscription_address", "database_id", "channel", "address"),
        Index("altcraft_subscription_resource", "resource_id", "database_id", "channel", "status"),
        Index("altcraft_subscription_page", "resource_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    profile_id: Annotated[str, RowOf("altcraft_profile")]
    database_id: Annotated[int, RowOf("altcraft_database")]
    resource_id: Annotated[int, RowOf("altcraft_resource")]
    channel: Annotated[str, OneOf(*get_args(Channel))]
    address: str
    """The e-mail, the phone, or the id of a push subscription or a chat."""
    provider: str = ""
    """The provider of a push subscription."""
    status: Status = 0
    priority: int = 0
    """0 is the highest."""
    fields: dict[str, Any] = json_object()
    cats: list[str] = json_list()
    is_deleted: bool = False
    hash_id: str
    registered_at: Millis
    ip: str = ""
    url: str = ""


class Past(Table, table=True):
    """An entry of a profile's history, except events of messages, which are changes of their statuses."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_past"
    __table_args__ = (
        Index(
            "altcraft_past_order",
            text("json_extract(details, '$.order_id')"),
            sqlite_where=text("action = 'ordered'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    profile_id: str = Field(index=True)
    action: str
    at: Millis
    subscription_id: int | None = None
    details: dict[str, Any] = json_object()
    is_silent: bool = False
    """Whether it starts nothing, as the request had `skip_triggers`."""
    place: int = 0
    """The last change of a message's status before it."""
    copy_of: int | None = None
    """The entry of another profile that it was copied from, when this profile was split off."""


class Relation(Table, table=True):
    """A kind of relation, which the platform's administrator sets up: between profiles of two databases."""

    __tablename__ = "altcraft_relation"

    id: int = Field(primary_key=True)
    name: str
    database_a: Annotated[int, RowOf("altcraft_database")]
    database_b: Annotated[int, RowOf("altcraft_database")]


class Related(Table, table=True):
    """A relation between two profiles, with its properties."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_related"
    __table_args__ = (
        Index("altcraft_related_pair", "profile_a", "relation_id", "profile_b", unique=True),
        Index("altcraft_related_profile_b", "profile_b"),
    )

    number: int | None = Field(default=None, primary_key=True)
    """The number of the relation, in the order of creation."""
    relation_id: Annotated[int, RowOf("altcraft_relation")]
    profile_a: Annotated[str, RowOf("altcraft_profile")]
    profile_b: Annotated[str, RowOf("altcraft_profile")]
    props: dict[str, Any] = json_object()


class Pixel(Table, table=True):
    """A pixel, which reports goals of a database's people. The platform's administrator sets it up."""

    __tablename__ = "altcraft_pixel"

    id: int = Field(primary_key=True)
    name: str
    database_id: Annotated[int, RowOf("altcraft_database")]
