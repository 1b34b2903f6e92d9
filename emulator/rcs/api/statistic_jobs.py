"""Statistic jobs, which collect the prices and the statuses of messages, in one row for each.

github.com/bsgworld/go-sdk v2/api/openapi.yaml. A part of the older API under a new path: every response has
status 200, and an error code in its body.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Path
from pydantic import BeforeValidator, Field, model_validator

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals, statistics
from emulator.rcs.countries import country_code
from emulator.rcs.dialect import Call, LongCall, UnguardedCall
from emulator.rcs.models import Body, Model
from emulator.rcs.periods import REST_OF_A_SECOND
from emulator.rcs.statistic_rows import StatisticRowAnswer, rows_of
from emulator.rcs.tables.statistics import StatisticJob
from emulator.rcs.values import MAX_ID, Integer, Moment, PhoneNumber, digits
from emulator.rcs.violations import BLANK

router = APIRouter(prefix="/api/stat", tags=["Statistics"], route_class=OperationRoute)

Key = Annotated[str, Path(alias="id", description="The job's `key`.")]


class StatisticsError(refusals.RcsError):
    """A refusal of the older API: `{"error", "errorDescription"}`, with status 200."""

    status: ClassVar[int] = 200
    code: ClassVar[int]

    def body(self) -> dict[str, Any]:
        return {"error": self.code, "errorDescription": self.message}


def statistics_error(name: str, code: int, text: str, inferred: str = "") -> type[StatisticsError]:
    return StatisticsError.named(name, code=code, text=text, inferred=inferred)


# The documentation has code 0 here: only the missing key tells that no job was made.
TooManyJobs = statistics_error("TooManyJobs", 0, "Maximum count of exports reached")
InvalidTimeFrame = statistics_error("InvalidTimeFrame", 86, "Invalid time frame", "text")
FileNotFound = statistics_error("FileNotFound", 90, "File not found")
FileNotReady = statistics_error("FileNotReady", 91, "File not ready", "text")
FileIsEmpty = statistics_error("FileIsEmpty", 93, "File is empty", "text")


class JobCreated(Model):
    error: Literal[0] = 0
    key: str


class JobDeleted(Model):
    error: Literal[0] = 0
    errorDescription: str = "No errors"


class JobAnswer(Model):
    key: str
    request: dict[str, Any]
    status: str


class JobList(Model):
    error: Literal[0] = 0
    result: list[JobAnswer]


class JobResult(Model):
    error: Literal[0] = 0
    result: list[StatisticRowAnswer]


Source = Literal["api", "web", "smpp", "xml", "http", "json"]
Status = Literal[
    "Delivered",
    "Rejected",
    "Scheduled",
    "Moderation",
    "Accepted",
    "Sending",
    "Sent",
    "Expired",
    "Failed",
    "Undelivered",
    "Unknown",
]
OF_IDS = frozenset({"type", "message_id"})
WITHOUT_EFFECT = frozenset({"sl_clicks"})


class NewStatisticJob(Body):
    """The messages to look for: by their ids, or by parameters. An empty text counts as none."""

    type: Literal["message", "params"]
    message_id: list[Annotated[Integer, Field(ge=1, le=MAX_ID)]] | None = Field(None, min_length=1)
    time_in_from: Moment | None = None
    time_in_to: Moment | None = None
    time_sent_from: Moment | None = None
    time_sent_to: Moment | None = None
    phones: list[PhoneNumber] | None = None
    sender: Source | None = None
    source: Source | None = None
    country: str | None = None
    operator_id: Annotated[str, BeforeValidator(digits)] | None = None
    status: Status | None = None
    sl_clicks: Annotated[str, BeforeValidator(digits)] | None = None
    sl_clicks_comp: Literal["=", ">", "<"] | None = None
    sl_clicks_count: Annotated[Integer, Field(ge=0, le=MAX_ID)] | None = None

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> Collection[str]:
        return WITHOUT_EFFECT | _ignored(content)

    @model_validator(mode="before")
    @classmethod
    def _leaves_out_what_says_nothing(cls, content: Any) -> Any:
        if not isinstance(content, Mapping):
            return content
        ignored = _ignored(content)
        return {name: value for name, value in content.items() if value != "" and name not in ignored}

    def check(self) -> None:
        """Raise GivenDataInvalid for missing fields, InvalidTimeFrame for a reversed time frame."""
        needed = ["message_id"] if self.type == "message" else ["time_in_from", "time_in_to"]
        if self.sl_clicks_comp or self.sl_clicks_count is not None:
            needed += ["sl_clicks_comp", "sl_clicks_count"]
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise refusals.GivenDataInvalid({name: [BLANK] for name in missing})
        frames = (self.time_in_from, self.time_in_to), (self.time_sent_from, self.time_sent_to)
        if any(since is not None and until is not None and until < since for since, until in frames):
            raise InvalidTimeFrame

    def request(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request as the list of jobs shows it."""
        known = type(self).model_fields.keys() - OF_IDS
        said = {name: value for name, value in content.items() if name in known and value not in ("", None)}
        return {"message_ids": self.message_id} if self.type == "message" else said

    def criteria(self) -> dict[str, Any]:
        """Return the criteria for messages, by the names in `statistics.CONDITIONS`."""
        if self.type == "message":
            return {"message_ids": self.message_id}
        found: dict[str, Any] = {
            "time_in_from": self.time_in_from,
            "time_in_to": _whole_second(self.time_in_to),
            "time_sent_from": self.time_sent_from,
            "time_sent_to": _whole_second(self.time_sent_to),
            "phones": self.phones or None,
            "sender": SOURCES.get(self.sender or "", self.sender),
            "source": SOURCES.get(self.source or "", self.source),
            "country": None if self.country is None else country_code(self.country) or NOWHERE,
            "operator_id": self.operator_id,
            "statuses": None if self.status is None else statistics.statuses_shown_as(self.status),
            COMPARED.get(self.sl_clicks_comp or "", ""): self.sl_clicks_count,
        }
        return {name: value for name, value in found.items() if value is not None}


SOURCES: Mapping[str, str] = {"api": "rest"}
"""The sources that have another name in messages."""
COMPARED: Mapping[str, str] = {"=": "clicks", ">": "more_clicks", "<": "fewer_clicks"}
NOWHERE = "-"


def _ignored(content: Mapping[str, Any]) -> frozenset[str]:
    """Return the fields that do not belong to the type of the job, and are ignored."""
    if content.get("type") == "message":
        return frozenset(NewStatisticJob.model_fields.keys() - OF_IDS)
    return frozenset({"message_id"})


def _whole_second(until: int | None) -> int | None:
    return None if until is None else until + REST_OF_A_SECOND


@router.post("/jobs", responses=refuses(refusals.GivenDataInvalid, TooManyJobs, InvalidTimeFrame))
async def create_statistic_job(call: UnguardedCall, body: NewStatisticJob) -> JobCreated:
    """Start a job that collects the prices and statuses of messages.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, stat_jobs_create
    """
    body.check()
    if not statistics.has_room(call.db):
        raise TooManyJobs
    job = statistics.create(call.turn, body.request(call.payload), body.criteria())
    return JobCreated(key=job.key)


@router.get("/jobs")
async def statistic_jobs(call: Call) -> JobList:
    """Return the account's jobs, the oldest first.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, stat_jobs_list
    """
    asked_by = {"user_id": str(call.account.id)}
    jobs = statistics.jobs_of(call.db)
    return JobList(result=[JobAnswer.of(job, request=job.request | asked_by) for job in jobs])


@router.get("/jobs/{id}", responses=refuses(FileNotFound, FileNotReady, FileIsEmpty))
async def job_result(call: LongCall, key: Key) -> JobResult:
    """Return the rows that a job has collected: one for each message.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, stat_jobs_show
    """
    job = _found(call, key)
    if job.status != "Done":
        raise FileNotReady
    rows = rows_of(call.db, job, call.account.currency)
    if not rows:
        raise FileIsEmpty
    return JobResult(result=rows)


@router.delete("/jobs/{id}", responses=refuses(FileNotFound))
async def delete_job_result(call: LongCall, key: Key) -> JobDeleted:
    """Delete a job, done or not, with its rows.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, stat_jobs_delete
    """
    statistics.delete(call.turn, _found(call, key))
    return JobDeleted()


def _found(call: Call, key: str) -> StatisticJob:
    job = statistics.find_job(call.db, key)
    if job is None:
        raise FileNotFound
    return job
