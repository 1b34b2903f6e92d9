"""Jobs: campaigns and mailings of all providers, their states, and the moves between these states."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session

from emulator.control.finding import meant
from emulator.control.left_out import LeftOutList, left_out_list
from emulator.control.problems import Problem
from emulator.control.steering import NewJobPace, NewJobSettings, NewStatus, force_state
from emulator.control.values import (
    Chosen,
    Number,
    Providers,
    Whole,
    check_provider,
    check_word,
    invalid,
    named_or_all,
)
from emulator.engine.clock import iso_millis
from emulator.engine.engine import Turn
from emulator.misspelt import not_known, reason_within
from emulator.providers import Provider, senders_of
from emulator.sandbox.parts import kinds_of
from emulator.sending import journeys
from emulator.sending.counting import Counted, counted
from emulator.sending.mailbox import owners_of
from emulator.sending.steering import JobKind, JobView, LaunchView, find_job


class Job(BaseModel):
    """The summary of a campaign or mailing."""

    id: str = Field(examples=["autosend/campaign/60d5ec49f1b2c72d9c8b4567"])
    provider: str = Field(examples=["autosend"])
    kind: str = Field(examples=["campaign"])
    key: str = Field(description="Its id at the provider", examples=["60d5ec49f1b2c72d9c8b4567"])
    provider_ids: dict[str, str] = Field(
        description="This and other ids, such as that of its latest launch, by the provider's names for them",
        examples=[{"campaignId": "60d5ec49f1b2c72d9c8b4567"}],
    )
    name: str
    channel: str = Field(
        description="Empty where it has none of its own, as a domain, or a campaign of several mailings",
        examples=["email"],
        json_schema_extra={"enum": [""]},
    )
    status: str = Field(examples=["sending"])
    total: int = Field(
        description="How many messages it has. Not counted are those that replace others on another channel, "
        "and those from before a test brought it back to a draft: `messages?job=` finds these, too"
    )
    counts: dict[str, int] = Field(description="How many of them are in each status now")
    actions: list[str] = Field(description="The actions that its state allows", examples=[["pause", "abort"]])


class Move(BaseModel):
    """One move from a state to another, with the action that causes it."""

    model_config = ConfigDict(populate_by_name=True)

    before: str = Field(alias="from")
    action: str
    after: str = Field(alias="to")


class Launch(BaseModel):
    """One of the times that a job was launched, with the messages of that time alone."""

    started_at: str
    source: str = Field(description="Whom it went to, in the provider's words", examples=["segment 7"])
    provider_ids: dict[str, str] = Field(examples=[{"launch_id": "000000a10000000f69b6d0a4"}])
    total: int
    counts: dict[str, int]


class Step(BaseModel):
    """One step of an automation, or one node of a scenario."""

    key: str = Field(description="Its id at the provider, or its name there", examples=["Wait a day"])
    type: str = Field(examples=["delay"])
    people: int = Field(description="How many stand there now")


class Traveller(BaseModel):
    """A person who is or was in an automation or a scenario."""

    number: int = Field(description="Give the last one as `after` to go on from there")
    id: str = Field(description="The person's id at the provider", examples=["658997338e8f4032d92fdaaa"])
    address: str | None = Field(examples=["ann@example.com"])
    state: str = Field(description="In the provider's word", examples=["inside"])
    step: str | None = Field(description="Where the person stands", examples=["Wait a day"])
    entered_at: str


class TravellerList(BaseModel):
    total: int = Field(description="How many match, after the one that `after` names")
    people: list[Traveller] = Field(description="The first of them, in the order in which they entered")


class JobDetail(Job):
    """A job with its state machine."""

    launches: list[Launch] = Field(
        description="The first one first; empty for a job that is sent once, or was not launched yet"
    )
    settings: dict[str, Any] = Field(
        description="What can be set at `…/settings`, which depends on the kind of job",
        examples=[{"threshold_preset": "balanced"}],
    )
    steps: list[Step] = Field(description="Empty for a job that only sends")
    people: dict[str, int] = Field(
        description="How many people are or were in it, by their state", examples=[{"inside": 1}]
    )
    left_out: LeftOutList = Field(
        description="Who got no message of it, and why. There are those whom it made no message for, and "
        "those among its messages that did not leave as the recipient was suppressed, stopped or deleted"
    )
    states: list[str]
    moves: list[Move]
    pace: float | None = Field(
        description="How many messages a second it sends; null where it will have the pace of its "
        "provider, or where each of its mailings has a pace"
    )


class JobList(BaseModel):
    total: int
    jobs: list[Job]


JobProvider = Annotated[str, Path(examples=["autosend"])]
JobWord = Annotated[str, Path(description="The word for the kind", examples=["campaign"])]
JobKey = Annotated[str, Path(description="Its id at the provider", examples=["60d5ec49f1b2c72d9c8b4567"])]

router = APIRouter(prefix="/_emulator/jobs", tags=["Jobs"])


@router.get("", summary="List the jobs")
async def list_jobs(
    sandbox: Chosen,
    providers: Providers,
    provider: Annotated[str | None, Query(description="Of this provider alone")] = None,
    status: Annotated[str | None, Query(description="In this state alone")] = None,
    kind: Annotated[str | None, Query(description="Of this kind alone: `campaign`, `domain`")] = None,
    id_: Annotated[
        str | None,
        Query(alias="id", max_length=1000, description="Of the job, or of a launch or a message of it"),
    ] = None,
) -> JobList:
    """Return the campaigns and mailings of all providers, or of one, and others that are steered like them.

    These are RCS's requests to register a sender and templates of one-time passwords, which have no messages.
    AutoSend's account, projects, keys, domains and migrations are listed only if `kind` asks for them, as
    `organization`, `project`, `key`, `domain` or `migration`.
    """
    check_provider(providers, provider)
    asked = named_or_all(providers, provider)
    check_word("kind", kind, (one.kind for one in kinds_of(asked)), "a kind of jobs there")
    listed = [one for one in kinds_of(asked) if (one.is_sending if kind is None else one.kind == kind)]
    check_word("status", status, (state for one in listed for state in one.states()), "a state of jobs there")
    with sandbox.turn() as turn:
        jobs = [job for job in _all(turn, asked, listed) if status in {None, job.status}]
        if id_ is not None:
            owners = owners_of(turn.session, meant(turn, providers, id_))
            own = [job for job in jobs if id_ in {job.id, *job.provider_ids.values()}]
            jobs = own or [job for job in jobs if job.id in owners]
    return JobList(total=len(jobs), jobs=jobs)


@router.get("/{provider}/{kind}/{key}", summary="Inspect a job")
async def inspect_job(
    provider: JobProvider, kind: JobWord, key: JobKey, sandbox: Chosen, providers: Providers
) -> JobDetail:
    """Return a job with its state machine."""

    def inspect(turn: Turn) -> JobDetail:
        found, row = _find(turn, providers, provider, kind, key)
        return _detail(turn, providers, found, row)

    # Aside, as it is for all that returns a job in detail: that may count many people.
    return await sandbox.long_turn(inspect)


@router.get("/{provider}/{kind}/{key}/people", summary="Find people in a job")
async def find_people(
    provider: JobProvider,
    kind: JobWord,
    key: JobKey,
    sandbox: Chosen,
    providers: Providers,
    person: Annotated[
        str | None, Query(max_length=1000, description="Their id at the provider, or their address")
    ] = None,
    state: Annotated[str | None, Query(description="In this state alone: `inside`")] = None,
    after: Annotated[Number, Query(description="Go on behind this one")] = 0,
    limit: Annotated[Whole, Query(ge=1, le=1000, description="Return so many at most")] = 100,
) -> TravellerList:
    """Return the people who are or were in an automation or a scenario, and where each stands.

    Somebody who entered it more than once is listed as often. A job that only sends has no people.
    """

    def find(turn: Turn) -> TravellerList:
        found, row = _find(turn, providers, provider, kind, key)
        if found.journeys is None:
            return TravellerList(total=0, people=[])
        check_word("state", state, found.journeys.states, "a state of people there")
        total, people = journeys.travellers(
            turn.session, found.journeys, row.id, person, state, after=after, limit=limit
        )
        return TravellerList(total=total, people=[_traveller(one) for one in people])

    # Aside, because it may look through many people.
    return await sandbox.long_turn(find)


@router.post("/{provider}/{kind}/{key}/status", summary="Steer a job")
async def steer_job(
    provider: JobProvider,
    kind: JobWord,
    key: JobKey,
    wanted: NewStatus,
    sandbox: Chosen,
    providers: Providers,
) -> JobDetail:
    """Take an action on a job, or bring it to a state, without using the provider's API."""

    def steer(turn: Turn) -> JobDetail:
        found, row = _find(turn, providers, provider, kind, key)
        check_word("action", wanted.action, found.actions, "an action of such a job")
        check_word("status", wanted.status, found.lifecycle(row).states, "a state that it can have")
        if wanted.action is not None:
            found.act(turn, row, wanted.action)
        elif wanted.force:
            force_state(turn, found, row, wanted.status or "")
        else:
            found.bring(turn, row, wanted.status or "")
        return _detail(turn, providers, found, row)

    # Aside, because it may send to many.
    return await sandbox.long_turn(steer)


@router.post("/{provider}/{kind}/{key}/pace", summary="Set the pace of a job")
async def pace_job(
    provider: JobProvider,
    kind: JobWord,
    key: JobKey,
    wanted: NewJobPace,
    sandbox: Chosen,
    providers: Providers,
) -> JobDetail:
    """Set how many messages a second leave of one job, whether it is under way or has yet to begin."""

    def set_pace(turn: Turn) -> JobDetail:
        found, row = _find(turn, providers, provider, kind, key)
        found.set_pace(turn, row, wanted.pace)
        return _detail(turn, providers, found, row)

    return await sandbox.long_turn(set_pace)


@router.post("/{provider}/{kind}/{key}/settings", summary="Set the settings of a job")
async def set_job(
    provider: JobProvider,
    kind: JobWord,
    key: JobKey,
    wanted: NewJobSettings,
    sandbox: Chosen,
    providers: Providers,
) -> JobDetail:
    """Set what the provider's API can not set, such as the preset of a campaign's thresholds."""

    def change(turn: Turn) -> JobDetail:
        found, row = _find(turn, providers, provider, kind, key)
        found.set(turn, row, _checked(found, wanted.settings))
        return _detail(turn, providers, found, row)

    return await sandbox.long_turn(change)


def _traveller(one: journeys.Traveller) -> Traveller:
    return Traveller(
        number=one.number,
        id=one.id,
        address=one.address,
        state=one.state,
        step=one.step,
        entered_at=iso_millis(one.entered_at),
    )


def _checked(kind: JobKind[Any], settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings that were given, once their model accepts them. Raises Problem."""
    if kind.settings_model is None:
        raise Problem(409, f"A job of the kind {kind.kind} has no settings.")
    try:
        read = kind.settings_model.model_validate(settings, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(("settings", *map(str, first["loc"])))
        raise invalid(place, reason_within(first, first["loc"], kind.settings_model)) from error
    return read.model_dump(exclude_unset=True)


def _find(
    turn: Turn, providers: Sequence[Provider], provider: str, kind: str, key: str
) -> tuple[JobKind[Any], Any]:
    word, kinds = f"{provider}/{kind}", {one.word: one for one in kinds_of(providers)}
    if word not in kinds:
        raise Problem(404, f"{word[:120]!r} {not_known(word, list(kinds), 'a kind of job')}.")
    found = find_job(turn.session, kinds.values(), f"{word}/{key}")
    if found is None:
        raise Problem(404, f"There is no job {f'{word}/{key}'[:120]!r} in this sandbox.")
    return found


def _all(turn: Turn, providers: Sequence[Provider], kinds: Sequence[JobKind[Any]]) -> list[Job]:
    found = [(kind, row, kind.view(turn.session, row)) for kind in kinds for row in kind.rows(turn.session)]
    numbers = counted(turn.session, senders_of(providers), [view.job_ids for _, _, view in found])
    return [
        Job(**_fields(kind, row, view, number))
        for (kind, row, view), number in zip(found, numbers, strict=True)
    ]


def _detail(turn: Turn, providers: Sequence[Provider], kind: JobKind[Any], row: Any) -> JobDetail:
    lifecycle = kind.lifecycle(row)
    moves = [
        Move(before=before, action=action, after=after) for (before, action), after in lifecycle.moves.items()
    ]
    view, launches = kind.view(turn.session, row), kind.launches(turn.session, row)
    those = [view.job_ids, *((one.job_id,) for one in launches)]
    own, *of_launches = counted(turn.session, senders_of(providers), those)
    return JobDetail(
        **_fields(kind, row, view, own),
        launches=[_launch(one, number) for one, number in zip(launches, of_launches, strict=True)],
        settings=dict(kind.settings(turn.session, row)),
        **_journey(turn.session, kind, row),
        left_out=left_out_list(turn.session, kind, view),
        states=list(lifecycle.states),
        moves=moves,
        pace=kind.pace(turn.session, row),
    )


def _journey(session: Session, kind: JobKind[Any], row: Any) -> dict[str, Any]:
    """Return the steps of a job, and how many people are where, as fields of a JobDetail."""
    if kind.journeys is None:
        return {"steps": [], "people": {}}
    standing = journeys.by_step(session, kind.journeys, row.id)
    steps = [Step(key=one.key, type=one.type, people=standing.get(one.key, 0)) for one in kind.steps(row)]
    return {"steps": steps, "people": journeys.by_state(session, kind.journeys, row.id)}


def _launch(view: LaunchView, number: Counted) -> Launch:
    return Launch(
        started_at=iso_millis(view.at),
        source=view.source,
        provider_ids=dict(view.ids),
        total=number.total,
        counts=number.counts,
    )


def _fields(kind: JobKind[Any], row: Any, view: JobView, number: Counted) -> dict[str, Any]:
    return {
        "id": kind.name(view),
        "provider": kind.provider,
        "kind": kind.kind,
        "key": view.key,
        "provider_ids": dict(view.ids),
        "name": view.name,
        "channel": view.channel,
        "status": view.state,
        "total": number.total,
        "counts": number.counts,
        "actions": kind.possible(row),
    }
