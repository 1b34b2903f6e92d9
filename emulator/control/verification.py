"""Verification: how many requests matched, and which came close."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from emulator.control.entries import JournalEntry
from emulator.control.values import Duration, Wanted, Whole, limited
from emulator.control.watching import NearMiss, RequestWatch, TheScene, watch
from emulator.engine.clock import MINUTE
from emulator.faults.matching import Criteria

CLOSEST = 5
"""How many near misses a response shows."""

LONGEST_WATCH = 5 * MINUTE

Count = Annotated[Whole, Field(ge=0, le=1_000_000)]


class Verification(Wanted):
    """The requests to match, and how many there must be; at least one if no number is given."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "match": {
                        "operation": "POST /v1/campaigns",
                        "body": {"name": {"contains": "Sale"}, "from.email": "news@example.com"},
                    },
                    "exactly": 1,
                }
            ]
        }
    )

    match: Criteria = Field(Criteria(), description="Which requests are meant")
    exactly: Count | None = None
    at_least: Count | None = None
    at_most: Count | None = None
    never: Literal[True] | None = None
    within: Duration | None = Field(
        None,
        description="Watch for so long, up to 5m of the machine's time; fail as soon as there are too many",
    )

    @model_validator(mode="after")
    def _is_one_expectation(self) -> "Verification":
        said = [
            name for name in ("exactly", "at_least", "at_most", "never") if getattr(self, name) is not None
        ]
        if len(said) > 1 and said != ["at_least", "at_most"]:
            raise ValueError(f"{' and '.join(said)} exclude each other")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is more than at_most")
        if self.within is not None and self.most is None:
            raise ValueError("within needs never, at_most or exactly; /_emulator/wait waits for one to come")
        return self

    @property
    def least(self) -> int:
        """The smallest number of requests that passes."""
        if self.never or (self.at_most is not None and self.at_least is None):
            return 0
        if self.exactly is not None:
            return self.exactly
        return 1 if self.at_least is None else self.at_least

    @property
    def most(self) -> int | None:
        """The largest number of requests that passes; None for any number."""
        if self.never:
            return 0
        return self.at_most if self.exactly is None else self.exactly

    @property
    def expected(self) -> str:
        """The expected number in words: `exactly 1`, `at least 2, at most 5`."""
        if self.never:
            return "never"
        if self.exactly is not None:
            return f"exactly {self.exactly}"
        limits = [f"at most {self.at_most}"] if self.at_most is not None else []
        return ", ".join([f"at least {self.least}", *limits] if self.least or not limits else limits)


class Verdict(BaseModel):
    """The result of a verification."""

    passed: bool
    count: int = Field(description="How many requests match")
    unknown: int = Field(
        description="How many more may match: the journal had no room for them, or for their bodies. "
        "They count towards the most that there may be"
    )
    expected: str = Field(examples=["exactly 1"])
    matched: list[JournalEntry] = Field(
        description="The latest 100 of those that match, or as many as there have to be if that is more, "
        "the oldest first"
    )
    near_misses: list[NearMiss] = Field(
        description="Where there are too few, up to 5 others that come closest, the closest first"
    )


router = APIRouter(prefix="/_emulator/requests", tags=["Requests"])


@router.post("/verify", summary="Verify which requests were received")
async def verify_requests(wanted: Verification, scene: TheScene) -> Verdict:
    """Return whether the expected number of requests matched; if there are too few, the closest others."""
    requests, most = RequestWatch(scene, wanted.match, "match", wanted.least), wanted.most
    length = limited("within", wanted.within or "0s", LONGEST_WATCH)

    async def are_too_many() -> bool:
        return most is not None and await requests.look() + requests.unknown > most

    await watch(scene, are_too_many, length)
    too_many, count = await are_too_many(), await requests.look()
    too_few = count < wanted.least
    return Verdict(
        passed=not (too_few or too_many),
        count=count,
        unknown=requests.unknown,
        expected=wanted.expected,
        matched=await requests.matched(),
        near_misses=await requests.near_misses(CLOSEST) if too_few else [],
    )
