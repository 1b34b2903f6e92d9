"""The people of a fixture: databases with their profiles, resources with their subscribers, relations.

Profiles that the file names are stored and refused by the same rules as those of the API. Generated ones are
stored by a few statements for many.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, cycle
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator
from xxhash import xxh64_hexdigest

from emulator.altcraft.account.parts import Grouped, Named
from emulator.altcraft.people.changes import Change, record
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.people.exporting import FileFormat, export
from emulator.altcraft.people.fields import OF_PROFILES, WITH_COLUMNS
from emulator.altcraft.people.relations import Weights
from emulator.altcraft.people.rows import PROFILE_NUMBERS, SUBSCRIPTION_NUMBERS
from emulator.altcraft.people.values import read_email
from emulator.altcraft.people.writing import Writing, write_profiles
from emulator.altcraft.refusals import ProfileNotFound
from emulator.altcraft.tables.mailings import SendChannel
from emulator.altcraft.tables.people import Channel, Database, Relation, Resource
from emulator.altcraft.tables.tasks import Task
from emulator.altcraft.tasks import Exported
from emulator.engine.clock import SECOND
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Duration, Fixture, Generated, In, Place, Unique, repeated
from emulator.storage.insertion import Insertion, sliced
from emulator.storage.sqlite import json_text

FieldType = Literal[
    "unicode", "int", "float", "bool", "enum", "date", "ip", "tags", "object", "arr_object", "version"
]  # fmt: skip

RESERVED = OF_PROFILES.keys() | WITH_COLUMNS.keys() | {"id", "subscriptions"}


class FieldFixture(Fixture):
    """A field of a database or a resource."""

    name: Annotated[str, Unique()] = Field(pattern=r"^[^\W\d][\w ]*$")
    type: FieldType
    title: str = ""
    values: dict[str, int] = {}
    """The names of an enum's values, with their numbers."""

    @model_validator(mode="after")
    def _has_values(self) -> "FieldFixture":
        if (self.type == "enum") != bool(self.values):
            raise ValueError("an enum, and no other, has values")
        if self.name in RESERVED:
            raise ValueError("is a standard field")
        return self


class ResourceFixture(Grouped):
    channels: list[Channel] = Field(min_length=1)
    databases: Annotated[list[int], In("databases")] = []
    url: str = ""
    tracking_domain: str = ""
    token: str = ""
    secret: str = ""
    categories: list[str] = []
    fields: list[FieldFixture] = []
    raises_priority: bool = False
    policy_id: Annotated[int, In("policies")] = Field(0, alias="policy")


class Subscribing(Fixture):
    """Subscriptions of all people of a database, on channels on which they have an address."""

    resource: Annotated[int, In("resources")]
    channels: list[SendChannel] = ["email"]
    providers: list[str] = Field(["android-firebase"], min_length=1)
    """The providers of push subscriptions; people get them in turn."""

    def check(self, resource: Resource, database: Database) -> None:
        """Raise FixtureError unless the resource has the database and the channels."""
        if database.id not in resource.databases:
            raise self.wrong(f"resource {resource.id} does not have database {database.id}", "resource")
        for place, channel in enumerate(self.channels):
            if channel not in resource.channels:
                raise self.wrong(f"resource {resource.id} does not have {channel}", "channels", place)


class ProfileFixture(Fixture):
    """A profile, with the data that an import has."""

    data: dict[str, Any]


class GeneratedPeople(Generated):
    """Many similar profiles; each field takes the values of its list in turn."""

    fields: dict[str, Annotated[list[Any], Field(min_length=1)]] = {}


class ExportFixture(Fixture):
    """A file that something was exported to some time ago, and the task that made it."""

    ago: Duration
    task: Annotated[UUID, Unique("tasks")]
    file: Annotated[UUID, Unique("files")]

    def store(self, turn: Turn, made: Exported) -> None:
        """Store the file and the task with their times in the past; they are kept as long as any."""
        made.file.task_id, at = str(self.task), turn.now - self.ago
        task = Task(id=str(self.task), at=at, ends_at=at + SECOND, result=dict(made.result))
        turn.session.add_all([task, made.file])


class ProfilesExportFixture(ExportFixture):
    """The file of an earlier export of a database's profiles."""

    file_format: FileFormat = Field("csv", alias="format")


class DatabaseFixture(Grouped):
    description: str = ""
    tags: list[str] = []
    suppress_id: Annotated[int, In("suppression_lists")] = Field(0, alias="suppression_list")
    fields: list[FieldFixture] = []
    is_open: bool = Field(False, alias="open")
    profiles: list[str | ProfileFixture] = []
    """E-mails, or profiles with their data."""
    generate: GeneratedPeople | None = None
    """Generated profiles, whose histories do not record how they were made."""
    subscribe: list[Subscribing] = []
    exports: list[ProfilesExportFixture] = []


class RelatedFixture(Fixture):
    """A relation between two profiles, which are named by their e-mails."""

    a: str
    b: str
    weights: Weights = {}


class RelationFixture(Named):
    """A kind of relation, and the pairs of profiles that have it."""

    database_a: Annotated[int, In("databases")]
    database_b: Annotated[int, In("databases")]
    pairs: list[RelatedFixture] = []

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield repeated pairs."""
        for place in repeated((pair.a.strip().lower(), pair.b.strip().lower()) for pair in self.pairs):
            yield ("pairs", place), "the same two are there before"


class PixelFixture(Named):
    """A pixel, by which a site or an app reports goals of a database's people."""

    database_id: Annotated[int, In("databases")] = Field(alias="database")


def load_people(
    turn: Turn,
    databases: Sequence[DatabaseFixture],
    resources: Sequence[ResourceFixture],
    relations: Sequence[RelationFixture],
) -> None:
    """Store databases, resources and all profiles. Raises FixtureError for data that does not fit."""
    stored = {one.id: one.row(Resource) for one in resources}
    turn.session.add_all(stored.values())
    turn.session.add_all(one.row(Relation) for one in relations)
    for fixture in databases:
        database = fixture.row(Database)
        turn.session.add(database)
        _write_out(turn, fixture, database, stored)
        if fixture.generate:
            _generate(turn, fixture, fixture.generate, Drafting(database, stored))
        for subscribing in fixture.subscribe:
            subscribing.check(stored[subscribing.resource], database)
            _subscribe(turn, database.id, stored[subscribing.resource], subscribing)
        for past in fixture.exports:
            past.store(turn, _exported(turn, database, past))
    for relation in relations:
        for pair in relation.pairs:
            _relate(turn, relation, pair)


def find_people(turn: Turn, database_id: int, emails: Sequence[str]) -> list[str | None]:
    """Return for each e-mail the id of the database's profile that has it; None if nobody has it.

    E-mails are compared in lower case, without white space around them.
    """
    sought = json_text([email.strip().lower() for email in emails])
    return [found for (found,) in turn.store.execute(_FOUND, (database_id, sought))]


def find_person(turn: Turn, database_id: int, email: str) -> str:
    """Return the id of the profile of a database that has an e-mail. Raises ProfileNotFound."""
    (found,) = find_people(turn, database_id, [email])
    if found is None:
        raise ProfileNotFound(f"email={email}")
    return found


def _relate(turn: Turn, relation: RelationFixture, pair: RelatedFixture) -> None:
    """Relate two profiles. Raises FixtureError where one of them does not exist."""
    sides = {"a": (relation.database_a, pair.a), "b": (relation.database_b, pair.b)}
    people = []
    for side, (database_id, email) in sides.items():
        with pair.storing(side):
            people.append(find_person(turn, database_id, email))
    turn.store.execute(_RELATED, (relation.id, json_text(pair.weights), *people))


def _write_out(
    turn: Turn, fixture: DatabaseFixture, database: Database, resources: Mapping[int, Resource]
) -> None:
    """Store the profiles that the file names. A profile that is only an e-mail gets a phone."""
    drafting = Drafting(database, resources)
    upcoming = count(turn.ids.upcoming(PROFILE_NUMBERS))
    drafts = []
    for place, (one, number) in enumerate(zip(fixture.profiles, upcoming, strict=False)):
        data = {"email": one, "phones": [_phone(number)]} if isinstance(one, str) else one.data
        with fixture.storing("profiles", place):
            drafts.append(drafting.draft(data))
    for place, written in enumerate(write_profiles(turn, Writing(database, resources, "add"), drafts)):
        if written.error is not None:
            raise fixture.wrong(written.error, "profiles", place)


def _generate(turn: Turn, fixture: DatabaseFixture, wanted: GeneratedPeople, drafting: Drafting) -> None:
    """Store generated profiles, except those whose e-mail somebody has already."""
    values = {name: _stored(fixture, drafting, name, listed) for name, listed in wanted.fields.items()}
    try:
        read_email(first_email := next(wanted.recipients()))
    except ValueError as problem:
        raise fixture.wrong(f"{first_email} {problem}", "generate", "pattern") from problem
    places = count()
    for emails in sliced(email.strip().lower() for email in wanted.recipients()):
        known = {email for (email,) in turn.store.execute(_KNOWN, (fixture.id, json_text(emails)))}
        new = [email for email in emails if email not in known]
        first = turn.ids.reserve(PROFILE_NUMBERS, len(new))
        phones = [_phone(number) for number in range(first, first + len(new))]
        ids = turn.ids.hexes("altcraft.profile", len(new))
        rows = (
            (
                profile_id,
                email,
                json_text([phone]),
                xxh64_hexdigest(email.encode()),
                json_text(_fields_of(values, place)),
            )
            for email, phone, profile_id, place in zip(new, phones, ids, places, strict=False)
        )
        _PROFILES.run(turn.store, first, (fixture.id, 0, False, turn.now, turn.now), rows)
        _PHONES.run(turn.store, 0, (fixture.id,), zip(phones, ids, strict=True))


def _stored(fixture: DatabaseFixture, drafting: Drafting, name: str, listed: Sequence[Any]) -> list[Any]:
    """Return the values of a generated field in their stored forms. Raises FixtureError."""
    if None in listed:
        raise fixture.wrong("null is no value", "generate", "fields", name, listed.index(None))
    stored = []
    for place, one in enumerate(listed):
        with fixture.storing("generate", "fields", name, place):
            values, _ = drafting.fields.read({name: one}, frozenset())
        if name not in values:
            raise fixture.wrong("is to change a value, and there is none", "generate", "fields", name, place)
        stored.append(values[name])
    return stored


def _fields_of(values: Mapping[str, Sequence[Any]], place: int) -> dict[str, Any]:
    return {name: listed[place % len(listed)] for name, listed in values.items()}


def _phone(number: int) -> str:
    return f"+7900{number:07}"


def _subscribe(turn: Turn, database_id: int, resource: Resource, wanted: Subscribing) -> None:
    """Subscribe everybody in a database on the wanted channels on which they have an address.

    A subscription gets the lowest priority of its profile, or the highest if its resource raises it.
    """
    for channel in wanted.channels:
        where = {"database": database_id, "resource": resource.id, "channel": channel}
        providers = cycle(wanted.providers if channel == "push" else [""])
        shared = (database_id, resource.id, channel, turn.now, 0, False, "{}", "[]", "", "")
        for people in sliced(turn.store.execute(_PEOPLE, where)):
            if resource.raises_priority:
                turn.store.execute(_GIVE_WAY, (json_text([profile_id for profile_id, *_ in people]),))
            first = turn.ids.reserve(SUBSCRIPTION_NUMBERS, len(people))
            hashes = turn.ids.hexes("altcraft.subscription", len(people), 8)
            coming = zip(people, count(first), hashes, providers, strict=False)
            rows = (
                (number, profile_id, address, provider, hash_id, 0 if resource.raises_priority else last)
                for (profile_id, address, last), number, hash_id, provider in coming
            )
            _SUBSCRIPTIONS.run(turn.store, 0, shared, rows)
            _record(turn, first, first + len(people) - 1)


def _record(turn: Turn, first: int, last: int) -> None:
    """Write new subscriptions into the histories of their profiles; generated profiles have no history."""
    told = turn.store.execute(_TOLD, (first, last)).fetchall()
    changes = (
        Change(
            profile_id,
            "subscribe",
            number,
            {"channel": bool(is_first_there), "contact": bool(is_new), "sub": True, "status": False},
        )
        for profile_id, number, is_first_there, is_new in told
    )
    record(turn, changes)


def _exported(turn: Turn, database: Database, past: ProfilesExportFixture) -> Exported:
    rows = turn.store.execute(
        "SELECT id FROM altcraft_profile WHERE database_id = ? ORDER BY number", (database.id,)
    )
    return export(
        turn.session,
        [profile_id for (profile_id,) in rows],
        databases=[database],
        source=("database", database.id),
        file_format=past.file_format,
        file_id=str(past.file),
    )


_PROFILES = Insertion(
    "altcraft_profile",
    "number",
    ("database_id", "status", "is_test", "created_at", "updated_at"),
    ("id", "email", "phones", "xxh", "fields"),
)
_PHONES = Insertion("altcraft_phone_number", None, ("database_id",), ("phone", "profile_id"))
_SUBSCRIPTIONS = Insertion(
    "altcraft_subscription",
    None,
    (
        "database_id", "resource_id", "channel", "registered_at",
        "status", "is_deleted", "fields", "cats", "ip", "url",
    ),
    ("id", "profile_id", "address", "provider", "hash_id", "priority"),
)  # fmt: skip
_FOUND = """
    SELECT profile.id FROM json_each(?2) AS said
    LEFT JOIN altcraft_profile AS profile ON profile.database_id = ?1 AND profile.email = said.value
    ORDER BY said.key
"""
_TOLD = """
    SELECT own.profile_id, own.id, sum(other.channel = own.channel) = 1, sum(other.address = own.address) = 1
    FROM altcraft_subscription AS own
    JOIN altcraft_subscription AS other ON other.profile_id = own.profile_id AND other.id <= own.id
    WHERE own.id BETWEEN ? AND ?
    AND EXISTS (SELECT 1 FROM altcraft_past AS past WHERE past.profile_id = own.profile_id)
    GROUP BY own.id ORDER BY own.id
"""
_RELATED = "INSERT INTO altcraft_related (relation_id, props, profile_a, profile_b) VALUES (?, ?, ?, ?)"
_KNOWN = """
    SELECT email FROM altcraft_profile
    WHERE database_id = ? AND email IN (SELECT value FROM json_each(?))
"""
_PEOPLE = """
    SELECT id, address, (
        SELECT coalesce(max(priority), -1) + 1 FROM altcraft_subscription WHERE profile_id = people.id
    )
    FROM (
        SELECT number, id, CASE :channel
            WHEN 'email' THEN email
            WHEN 'sms' THEN json_extract(phones, '$[0]')
            ELSE 'push-' || id
        END AS address
        FROM altcraft_profile WHERE database_id = :database
    ) AS people
    WHERE address IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM altcraft_subscription
        WHERE profile_id = people.id AND resource_id = :resource AND channel = :channel
        AND address = people.address
    ) ORDER BY number
"""
_GIVE_WAY = """
    UPDATE altcraft_subscription SET priority = priority + 1
    WHERE profile_id IN (SELECT value FROM json_each(?))
"""
