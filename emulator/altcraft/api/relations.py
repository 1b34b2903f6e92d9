"""Relations of profiles, with properties. The platform's administrator sets up the kinds of relations.

https://guides.altcraft.com/en/developer-guide/profiles/profile-relations
"""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import col, select

from emulator.altcraft import refusals
from emulator.altcraft.answers import NOT_MATCHED, check_resource
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find
from emulator.altcraft.models import Asking, Body, Code, Listing, Model, Reply
from emulator.altcraft.people import fields, relations
from emulator.altcraft.people.matching import FIVE_MODES, find_one, match_of
from emulator.altcraft.people.relations import Pair, Weights
from emulator.altcraft.tables.people import Database, Profile, Relation
from emulator.altcraft.values import Int64
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/relations", tags=["Profile relations"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="profiles.view")]
EditCall = Annotated[Call, Policy(right="profiles.edit", deduplicated="by id")]

NOT_FOUND = refuses(*NOT_MATCHED)


class Sought(Body):
    """The match values of a profile."""

    matching: str | None = Field(None, description="email, email_profile, phone, profile_id or custom")
    email: Any = None
    phone: Any = None
    profile_id: str | None = None
    field_name: str | None = Field(None, description="A field of the database, with matching `custom`")
    field_value: Any = None
    resource_id: Int64 | None = Field(None, description="The resource whose subscriptions are looked into")


class Between(Asking):
    """A request about the relation of two profiles."""

    rel_id: Int64 = Field(description="Relation id")
    profile_a: Sought = Field(description="The object, a profile of the relation's database A")
    profile_b: Sought = Field(description="The subject, a profile of its database B")


class MaybeWeighted(Between):
    weights: Weights = {}


class Weighted(Between):
    weights: Weights


class RelationOfPair(Code):
    """The ids of two profiles and of the kind of their relation, which may have been detached."""

    error_text: str = ""
    profile_a: str
    profile_b: str
    relation_id: int


@router.post("/attach", responses=NOT_FOUND)
async def attach_relation(call: EditCall, body: MaybeWeighted) -> RelationOfPair:
    """Relate two profiles, or set the given properties of their existing relation.

    The page was not read; inferred from those of its siblings.

    https://guides.altcraft.com/en/developer-guide/profiles/profile-relations
    """
    pair = _pair(call, body)
    relations.replace(call.turn, pair, body.weights)
    return RelationOfPair.of(pair)


@router.post("/edit", responses=NOT_FOUND)
async def overwrite_relation_properties(call: EditCall, body: Weighted) -> RelationOfPair:
    """Set the given properties of a relation; make the relation if there is none.

    https://guides.altcraft.com/en/v71/developer-guide/profiles/profile-relations/9406157
    """
    pair = _pair(call, body)
    relations.replace(call.turn, pair, body.weights)
    return RelationOfPair.of(pair)


@router.post("/strengthen", responses=NOT_FOUND)
async def modify_relation_properties(call: EditCall, body: Weighted) -> RelationOfPair:
    """Add to the properties of a relation that are numbers, and replace others; make it where there is none.

    https://guides.altcraft.com/en/developer-guide/profiles/profile-relations/9406155
    """
    pair = _pair(call, body)
    relations.strengthen(call.turn, pair, body.weights)
    return RelationOfPair.of(pair)


@router.post("/detach", responses=NOT_FOUND)
async def detach_relation(call: EditCall, body: Between) -> RelationOfPair:
    """Take the relation of two profiles away.

    https://guides.altcraft.com/en/developer-guide/profiles/profile-relations/9406152
    """
    pair = _pair(call, body)
    if not relations.detach(call.turn, pair):
        profiles = f"{pair.profile_a} and {pair.profile_b}"
        raise refusals.ObjectNotFound("relation", f"{pair.relation_id} of profiles {profiles}")
    return RelationOfPair.of(pair)


class RelationsOf(Sought, Asking):
    """A profile of the relation's database A."""

    rel_id: Int64 = Field(description="Relation id")


class PropertyAnswer(Model):
    value: bool | int | float | str


class RelationRow(Model):
    profile_id_a: str
    xxh_a: str
    profile_id_b: str
    xxh_b: str
    db_b: int
    props: dict[str, PropertyAnswer]


@router.post("/get", responses=NOT_FOUND)
async def get_profile_relations_info_list(call: ViewCall, body: RelationsOf) -> Listing[RelationRow]:
    """Return all relations of a profile, with the profiles that it is linked to and their properties.

    https://guides.altcraft.com/en/developer-guide/profiles/profile-relations/get-relations-list
    """
    relation, database, _ = _sides(call, body.rel_id)
    linked = relations.of_profile(call.db, relation.id, _profile(call, body, database))
    rows = [RelationRow.of(one, props=relations.shown(one.props)) for one in linked]
    return Listing(data=rows, total_count=len(rows))


class SummedRelations(Model):
    profile_id: str
    profile_xxh: str
    props: dict[str, PropertyAnswer]


@router.post("/get_counter", responses=NOT_FOUND)
async def get_profile_relations_info_counters(call: ViewCall, body: RelationsOf) -> Reply[SummedRelations]:
    """Return the sums of the numeric properties of a profile's relations.

    https://guides.altcraft.com/en/v71/developer-guide/profiles/profile-relations/9406159
    """
    relation, database, _ = _sides(call, body.rel_id)
    profile_id = _profile(call, body, database)
    profile = call.db.exec(select(Profile).where(col(Profile.id) == profile_id)).one()
    props = relations.shown(relations.sums(call.db, relation.id, profile_id))
    return Reply(data=SummedRelations(profile_id=profile_id, profile_xxh=profile.xxh, props=props))


def _sides(call: Call, relation_id: int) -> tuple[Relation, Database, Database]:
    """Return a relation with its two databases, both of which the token must see. Raises ObjectNotFound."""
    relation = call.db.get(Relation, relation_id)
    if relation is None:
        raise refusals.ObjectNotFound("relation", relation_id)
    database_a = find(call, Database, relation.database_a, "database")
    return relation, database_a, find(call, Database, relation.database_b, "database")


def _pair(call: Call, body: Between) -> Pair:
    """Return the two profiles of a request. Raises the refusals of `_profile`, and ObjectNotFound."""
    relation, database_a, database_b = _sides(call, body.rel_id)
    profile_a = _profile(call, body.profile_a, database_a, "profile_a.")
    return Pair(relation.id, profile_a, _profile(call, body.profile_b, database_b, "profile_b."))


def _profile(call: Call, sought: Sought, database: Database, place: str = "") -> str:
    """Return the id of the profile that match values find.

    Raises ObjectNotFound for a resource, IncorrectRequest, ProfileNotFound and ManyProfilesMatch.
    """
    check_resource(call, sought.resource_id)
    try:
        match = match_of(sought.model_dump(), fields.of_database(database), FIVE_MODES)
    except refusals.IncorrectRequest as problem:
        field, reason = problem.values
        raise refusals.IncorrectRequest(f"{place}{field}", reason) from problem
    return find_one(call.db, database.id, match)
