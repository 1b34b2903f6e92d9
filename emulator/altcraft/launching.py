"""Requests that start triggers and scenarios: their recipients, and the values for messages.

https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2196177 and
…/developer-guide/automation-scenarios/2195668
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import Field, JsonValue

from emulator.altcraft import refusals, tasks
from emulator.altcraft.answers import Items, Outcomes, TaskStarted, Whom, check_resource, outcome
from emulator.altcraft.choosing.queries import bounded, query_of
from emulator.altcraft.dialect import WITH_FILES, Call, Policy, is_in_xml
from emulator.altcraft.listing import seen_resources, shown_resources
from emulator.altcraft.models import Body, Reply, TableAsJson
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.items import object_of, read_items
from emulator.altcraft.people.matching import (
    FIELDS,
    FIVE_MODES,
    MODES,
    check_shared,
    find_each,
    find_one,
    match_of,
)
from emulator.altcraft.people.rounds import Written
from emulator.altcraft.people.showing import ADDRESS
from emulator.altcraft.people.values import is_said, read_email, read_phone
from emulator.altcraft.people.writing import Writing, write_profile, write_profiles
from emulator.altcraft.refusals import AltcraftError, IncorrectRequest
from emulator.altcraft.tables.people import Database
from emulator.altcraft.triggers import Given, SentTo
from emulator.altcraft.values import Flag, GivenFile, Int64, Listed, Words
from emulator.storage.session import look_up


def starting(area: str) -> Policy:
    """Return the policy of requests that start triggers (`mailings`) or scenarios (`scenarios`)."""
    return Policy(
        right=f"{area}.run", deduplicated="by id", body_limit=WITH_FILES, has_table=True, is_long=True
    )


def importing(area: str) -> Policy:
    """Return the policy of requests that import people and start something of an area for them."""
    return Policy(
        right=f"{area}.run",
        further_right="profiles.edit",
        deduplicated="by id",
        body_limit=WITH_FILES,
        has_table=True,
        is_long=True,
    )


READ_ADDRESS: Mapping[str, Callable[[Any], str | None]] = {"email": read_email, "sms": read_phone}

NOT_FOUND = (refusals.ObjectNotFound, refusals.WrongState)
NOT_MATCHED = (*NOT_FOUND, refusals.ProfileNotFound, refusals.ManyProfilesMatch)
NOT_WRITTEN = (*NOT_MATCHED, refusals.AlreadyExists, refusals.IncorrectField, refusals.InvalidField)
"""The refusals of launches: in bulk, of one that matches, and with an import."""


class Launched(TableAsJson):
    """The values of a launch for its messages."""

    content: dict[str, JsonValue] = Field({}, description="Values for `apicontent` variables of templates")
    attach: Listed[GivenFile] = Field([], description="Files for the messages")
    custom_data: dict[str, JsonValue] = Field({}, description="Passed on to action hooks")

    @property
    def given(self) -> Given:
        return Given(self.content, self.attach, self.custom_data)


class SubscriptionFilter(Body):
    """The one subscription that is to be sent to."""

    email: Words | None = None
    phone: Words | None = None
    subscription_id: Words | None = Field(None, description="Of a push subscription")
    provider: Words = ""
    not_strict: Flag = Field(False, description="Whether a profile without it is sent to as usual")

    def wanted(self, channel: str | None = None) -> SentTo:
        """Return the wanted subscription, on the given channel, or on the channel of the given address.

        Raises IncorrectRequest for a missing or invalid address.
        """
        addresses = {"email": self.email, "sms": self.phone, "push": self.subscription_id}
        usual = "push" if self.provider else "email"
        meant = channel or next((one for one, address in addresses.items() if address), usual)
        named = f"subscription_filter.{ADDRESS[meant]}"
        if not (address := addresses[meant]):
            raise IncorrectRequest(named, "Field required")
        return SentTo(meant, _stored(meant, address, named), self.provider, self.not_strict)


def _stored(channel: str, address: str, named: str) -> str:
    """Return an address in the form of subscriptions. Raises IncorrectRequest."""
    try:
        return READ_ADDRESS.get(channel, str)(address) or address
    except ValueError as problem:
        raise IncorrectRequest(named, str(problem)) from problem


class Aimed(Launched, Whom):
    """A launch for the profile that matches, or for all that a query selects."""

    custom_request: dict[str, Any] | None = Field(
        None, description="Whom it goes to, in MongoDB's syntax, instead of a match"
    )
    subscription_filter: SubscriptionFilter | None = None

    def given_for(self, channel: str | None) -> Given:
        """Return the values of the launch for messages on a channel, or on any. Raises IncorrectRequest."""
        wanted = self.subscription_filter.wanted(channel) if self.subscription_filter else None
        return self.given.having(wanted=wanted)


def people_of(call: Call, database: Database, body: Aimed) -> list[str]:
    """Return the ids of the profiles of a launch. Raises AltcraftError."""
    if body.custom_request is None or body.matching:
        match = match_of(body.said(), of_database(database), FIVE_MODES)
        check_resource(call, body.resource_id)
        return [find_one(call.db, database.id, match)]
    if body.subscription_filter is not None:
        raise IncorrectRequest("subscription_filter", "is for a match, not for custom_request")
    return _selected(call, database, body.custom_request)


def _selected(call: Call, database: Database, query: dict[str, Any]) -> list[str]:
    """Return the ids of the profiles that a query selects, the oldest first. Raises IncorrectRequest."""
    selected = query_of(
        database, query, named="custom_request", resources=shown_resources(call), is_all_text=is_in_xml(call)
    )
    with bounded("custom_request"):
        rows = look_up(call.db, _CHOSEN.format(selected=selected.sql), dict(selected.parameters)).fetchall()
    return [number for (number,) in rows]


class Imported(Launched, Whom):
    """The fields of requests that import profiles with a launch."""

    db_id: Int64 | None = Field(
        None, description="Database id, as older examples have it: it is known without"
    )
    skip_triggers: Flag = Field(False, description="Whether nothing else is started by the import")
    skip_invalid_subscriptions: Flag = Field(False, description="Whether those that are wrong are left out")
    detect_geo: Flag = Field(False, description="Whether places are looked up by `_regip` or `_ip`")

    def writing(self, call: Call, database: Database) -> tuple[Drafting, Writing]:
        """Return the drafting and the writing for the profiles of a request.

        Raises IncorrectRequest for another database than the trigger's or scenario's, and ObjectNotFound.
        """
        if self.db_id not in {None, database.id}:
            raise IncorrectRequest("db_id", f"what is started is of database {database.id}")
        check_resource(call, self.resource_id)
        resources = seen_resources(call)
        drafting = Drafting(database, resources, skips_invalid=self.skip_invalid_subscriptions)
        silent = self.skip_triggers
        writing = Writing(database, resources, "import", detect_geo=self.detect_geo, is_silent=silent)
        return drafting, writing


class ImportedOne(Imported):
    data: dict[str, Any] = Field({}, description="Fields of the database, and `subscriptions`")


class ImportedMany(Imported):
    data: Items = Field(description="Profiles: their fields, or objects with these in `data`")


def import_one(call: Call, database: Database, body: ImportedOne) -> str:
    """Change the profile that matches, or make one; return its id. Raises AltcraftError."""
    drafting, writing = body.writing(call, database)
    match = match_of(body.said("data"), drafting.fields, data=body.data)
    return write_profile(call.turn, writing, drafting.draft(body.data, match)).profile_id


def import_many(call: Call, database: Database, body: ImportedMany) -> list[Written]:
    """Do the same for many profiles; return the outcome of each. Raises AltcraftError."""
    drafting, writing = body.writing(call, database)
    return write_profiles(call.turn, writing, read_items(drafting, body.data, body.said("data")))


def those_written(written: Sequence[Written]) -> list[str]:
    """Return the ids of the profiles that were stored, each once."""
    return list(dict.fromkeys(one.profile_id for one in written if one.error is None))


def outcomes_of(written: Sequence[Written]) -> Outcomes:
    return Outcomes(result=[outcome(one) for one in written])


def begin_task(
    call: Call, result: list[Any], rows: int, errors: Sequence[Mapping[str, Any]] = ()
) -> Reply[TaskStarted]:
    """Begin a task that comes to the outcomes of many launches."""
    found = {"errors": list(errors), "total": rows, "result": result}
    return Reply(data=TaskStarted(task_id=tasks.start(call.turn, found, rows=rows)))


class Batch(Launched, Whom):
    """Launches for many profiles."""

    data: Items = Field(description="Whom it goes to: a match or a `custom_request` each")
    custom_request: dict[str, Any] | None = Field(None, description="That of items which say nobody")


class Group(NamedTuple):
    """Profiles of a batch that share the data for hooks."""

    people: list[str]
    custom_data: Mapping[str, Any]


def read_batch(call: Call, database: Database, body: Batch) -> tuple[list[Group], list[Mapping[str, Any]]]:
    """Return the profiles of a batch's items, in groups, and the errors of wrong items.

    Successive items with the same data for hooks are one group. Raises AltcraftError.
    """
    check_resource(call, body.resource_id)
    fields, shared = of_database(database), body.said("data")
    check_shared(shared, fields)
    usual = None if _says_whom(shared) else body.custom_request
    errors, found = list[Mapping[str, Any]](), list[tuple[Any, Mapping[str, Any]]]()
    for given in body.data:
        try:
            item = {name: value for name, value in object_of(given).items() if is_said(value)}
            own = _custom_data(item, body)
            query = item.get("custom_request", None if _says_whom(item) else usual)
            found.append(
                (match_of({**shared, **item}, fields, MODES), own)
                if query is None or "matching" in item or (body.matching and _says_whom(item))
                else (_selected(call, database, query), own)
            )
        except AltcraftError as error:
            errors.append({"error": error.status, "error_text": error.message})
    by_match = find_each(call.db, database.id, [whom for whom, _ in found if not isinstance(whom, list)])
    groups: list[Group] = []
    for whom, own in found:
        ids = by_match.get(whom, []) if not isinstance(whom, list) else whom
        people = ids if isinstance(whom, list) or len(ids) == 1 else []
        if groups and groups[-1].custom_data == own:
            groups[-1].people.extend(people)
        else:
            groups.append(Group(list(people), own))
    return groups, errors


def _custom_data(item: Mapping[str, Any], body: Batch) -> Mapping[str, Any]:
    """Return the data for hooks of an item, else that of the request. Raises IncorrectRequest."""
    own = item.get("custom_data") or body.custom_data
    if not isinstance(own, dict):
        raise IncorrectRequest("custom_data", "Input should be a valid object")
    return own


def _says_whom(said: Mapping[str, Any]) -> bool:
    return any(is_said(said.get(name)) for name in ("matching", *FIELDS))


_CHOSEN = "SELECT id FROM altcraft_profile WHERE id IN ({selected}) ORDER BY number"
