"""The segments, suppression lists and queries to external data of a fixture."""

from collections.abc import Sequence
from itertools import chain, count
from typing import Annotated, Literal

from pydantic import Field, model_validator

from emulator.altcraft.account.conditions import ItemFixture
from emulator.altcraft.account.parts import Grouped, Named
from emulator.altcraft.account.people import ExportFixture, find_people
from emulator.altcraft.choosing import refreshing, suppression
from emulator.altcraft.choosing.items import stored
from emulator.altcraft.choosing.members import change_members
from emulator.altcraft.choosing.segments import Checking
from emulator.altcraft.choosing.suppression import Kind
from emulator.altcraft.people.changes import Change, record
from emulator.altcraft.refusals import AltcraftError, IncorrectRequest, ProfileNotFound
from emulator.altcraft.tables.choosing import Segment, SuppressionList
from emulator.altcraft.values import Name, Text
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Generated, In, Unique
from emulator.storage.insertion import sliced
from emulator.storage.sqlite import json_text


class SegmentFixture(Grouped):
    """A static segment of profiles that are named, or one of conditions: items as segments/get shows them."""

    description: str = ""
    tags: list[str] = []
    database_id: Annotated[int, In("databases")] = Field(0, alias="database")
    profiles: list[str] = []
    """The e-mails of its profiles."""
    generate: Generated | None = None
    items: list[ItemFixture] = []
    kind: Literal["static", "dynamic", "updatable"] = "static"
    is_refreshed_daily: bool = Field(False, alias="refreshed_daily")

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> "SegmentFixture":
        if (self.kind == "static") == bool(self.items):
            raise ValueError("a static segment has profiles, others have items")
        if self.items and (self.profiles or self.generate):
            raise ValueError("a segment with items has no profiles of its own")
        if self.kind == "static" and not self.database_id:
            raise ValueError("a static segment has a database")
        return self

    def store_members(self, turn: Turn, segment: Segment) -> None:
        """Store the members, and write it into their histories. Raises FixtureError for unknown e-mails."""
        generated = self.generate.recipients() if self.generate else ()
        places = count()
        for emails in sliced(chain(self.profiles, generated)):
            found = find_people(turn, self.database_id, emails)
            for email, profile_id, place in zip(emails, found, places, strict=False):
                if profile_id is None:
                    is_named = place < len(self.profiles)
                    within = ("profiles", place) if is_named else ("generate", "pattern")
                    raise self.wrong(ProfileNotFound(f"email={email}"), *within)
            people = [profile_id for profile_id in found if profile_id is not None]
            entered = change_members(turn, segment, people, is_member=True)
            told = turn.store.execute(_TOLD, (json_text(entered),)).fetchall()
            details = {"segment_id": self.id}
            record(turn, (Change(profile_id, "entered", details=details) for (profile_id,) in told))


class SuppressionFixture(Grouped):
    tags: list[str] = []
    is_global: bool = Field(False, alias="global")
    emails: list[str] = []
    phones: list[str] = []
    domains: list[str] = []
    exports: list[ExportFixture] = []

    def store(self, turn: Turn) -> None:
        """Store the list with its entries, and with the files of its exports. Raises FixtureError."""
        row = self.row(SuppressionList)
        turn.session.add(row)
        listed: dict[Kind, list[str]] = {"email": self.emails, "phone": self.phones, "domain": self.domains}
        for kind, texts in listed.items():
            for place, text in enumerate(texts):
                try:
                    suppression.add(turn, row.id, kind, [suppression.read_entry(kind, text)])
                except ValueError as problem:
                    raise self.wrong(f"{text!r} {problem}", f"{kind}s", place) from problem
        for past in self.exports:
            past.store(turn, suppression.export(turn.session, row, list(listed), str(past.file)))


class ConnectorFixture(Named):
    pass


class ParameterFixture(Fixture):
    """A variable of the SQL text."""

    name: Name
    type: Text = ""
    title: Text = ""
    options_type: Text = ""


class QueryFixture(Grouped):
    shortname: Annotated[Name, Unique()]
    description: str = ""
    connector_id: Annotated[int, In("connectors")] = Field(alias="connector")
    column: Name
    sql: str = ""
    cache_time_min: int = Field(0, ge=0)
    parameters: list[ParameterFixture] = []


def load_segments(turn: Turn, segments: Sequence[SegmentFixture]) -> None:
    """Store segments with their members; check all conditions before updatable ones choose theirs."""
    rows = [
        one.row(Segment, is_static=one.kind != "dynamic", refreshed_at=turn.now, items=stored(one.items))
        for one in segments
    ]
    turn.session.add_all(rows)
    for fixture, row in zip(segments, rows, strict=True):
        fixture.store_members(turn, row)
    for fixture, row in zip(segments, rows, strict=True):
        try:
            Checking(turn.session, turn.now, _sees_all, row.id).check(fixture.items)
        except AltcraftError as refusal:
            reason, within = _reason_of(refusal)
            raise fixture.wrong(reason, "items", *within) from refusal
    for row in rows:
        if row.kind == "updatable":
            refreshing.refresh(turn, row)
            refreshing.plan_from_beginning(turn, row)


def _reason_of(refusal: AltcraftError) -> tuple[str, list[int | str]]:
    """Return the reason of a refusal of items, and the path of the wrong field within the items."""
    place, reason = refusal.place, str(refusal)
    if isinstance(refusal, IncorrectRequest):
        place, reason = map(str, refusal.values)
    within = place.removeprefix("segment").split(".")[1:]
    return reason, [int(one) if one.isdecimal() else one for one in within]


def _sees_all(groups: list[int]) -> bool:
    return True


_TOLD = """
    SELECT value FROM json_each(?)
    WHERE EXISTS (SELECT 1 FROM altcraft_past WHERE profile_id = value) ORDER BY key
"""
