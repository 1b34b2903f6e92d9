"""Fault rules: which requests get something else than their usual response, and what.

Nothing is random: a rule acts on the first requests that match it, or after a number of them, or for
a time. The rules of a sandbox are rows of its database: a snapshot has them, a reset clears them.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic import Field as PydanticField
from sqlmodel import Field

from emulator.engine.clock import EARLIEST, LATEST, Millis
from emulator.engine.engine import Turn
from emulator.faults.matching import STORED, Criteria, Seen
from emulator.patterns import TooMuchWorkError, effort
from emulator.storage.store import Store
from emulator.storage.tables import Table

MOST_RULES = 1000
MOST_TEXT = 4 * 1024 * 1024
"""How many characters the rules of a sandbox have together: they are read in one go, while others wait."""

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
CONTINUE, LAST_STATUS = 100, 599


class UnknownFaultError(Exception):
    """There is no rule with this number."""


class TooManyFaultsError(Exception):
    """The sandbox has MOST_RULES rules already, or they would have more than MOST_TEXT characters."""


class RateLimit(BaseModel):
    """How many requests pass in a window of `per` milliseconds."""

    model_config = ConfigDict(defer_build=True)

    requests: int
    per: Millis


class RequestFault(BaseModel):
    """A fault rule: which requests it matches, what it does to them, and for how many or how long."""

    model_config = ConfigDict(defer_build=True)

    provider: str
    operation: str | None = None
    match: Criteria = PydanticField(default_factory=Criteria)
    error: str | None = None
    status: int | None = None
    body: str | dict[str, Any] | list[Any] | None = None
    headers: dict[str, str] = {}
    slow_body: Millis | None = None
    truncate: bool | int | None = None
    """How many bytes of the body are sent; True for half of them."""
    malform: bool = False
    reset: bool = False
    rate_limit: RateLimit | None = None
    delay: Millis = 0
    executed: bool = False
    after: int = 0
    times: int | None = None
    lasts: Millis | None = None

    @cached_property
    def problem(self) -> str | None:
        """Why no request can match the rule: only an earlier version took its pattern; else None."""
        problem = self.match.problem()
        return problem and f"match.{problem}"

    def check(self) -> None:
        """Raise ValueError for a length of time, a status or a header that is not possible."""
        for length in (self.delay, self.slow_body or 0, self.lasts or 0):
            if not 0 <= length <= LATEST:
                raise ValueError(f"{length} is no length of time")
        if self.status is not None and not CONTINUE < self.status <= LAST_STATUS:
            raise ValueError(f"{self.status} is no HTTP status")
        for name, value in self.headers.items():
            if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
                raise ValueError(f"{name[:80]!r} is not a header that HTTP can carry")

    def means(self, seen: Seen) -> bool:
        """Return whether a request matches the rule; False where comparing them takes too long."""
        if self.problem is not None:
            return False
        if self.provider != seen.provider or self.operation not in {None, seen.operation}:
            return False
        try:
            return self.match.meets(seen)
        except TooMuchWorkError:
            return False

    @cached_property
    def written(self) -> str:
        """The rule as JSON, with only the fields that were set."""
        return json.dumps(self.model_dump(exclude_unset=True))

    @classmethod
    def read(cls, written: str) -> "RequestFault":
        """Return the rule that `written` wrote. Raises ValueError."""
        return cls.model_validate(json.loads(written), context={STORED: True})


def is_said(value: object) -> bool:
    """Return whether a field of a rule asks for an action: `false` does not, 0 bytes do."""
    return value is not None and value is not False


@dataclass(slots=True)
class RateWindow:
    """How much of a rate limit is used, including the current request."""

    limit: int
    used: int
    ends: Millis

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit


class StoredFault(Table, table=True):
    """The row of a rule in its sandbox, with its counters."""

    __tablename__ = "fault_rule"

    id: int = Field(primary_key=True)
    """Its number, and its place in the order of rules."""
    written: str
    """A JSON object."""
    made_at: Millis
    matched: int = 0
    """How many requests matched the rule."""
    hits: int = 0
    """How many requests it acted on."""
    window_ends: Millis = 0
    window_used: int = 0

    def has_ended(self, rule: RequestFault, now: Millis) -> bool:
        """Return whether the rule has acted `times` times, or its time `lasts` is over."""
        if rule.times is not None and self.hits >= rule.times:
            return True
        return rule.lasts is not None and now >= self.made_at + rule.lasts

    def count_in_window(self, limit: RateLimit, now: Millis) -> RateWindow:
        """Count a request in the current window, or in a new one that it opens; return that window."""
        if not self.window_ends - limit.per <= now < self.window_ends:
            self.window_ends, self.window_used = now + limit.per, 0
        self.window_used += 1
        return RateWindow(limit.requests, self.window_used, self.window_ends)


@dataclass
class Judgement:
    """What the rules decide about a request."""

    number: int = 0
    rule: RequestFault | None = None
    """The rule that acts on the request; None where none does."""
    window: RateWindow | None = None
    """The rate limit that counts the request: of several, the one with the least room."""


class Faults:
    """The rules of one sandbox, in the order in which they were made."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._rules: dict[int, RequestFault] | None = None

    @property
    def rules(self) -> Mapping[int, RequestFault]:
        """The rules by number, read from the database when first needed and kept until they change."""
        if self._rules is None:
            rows = self._store().execute("SELECT id, written FROM fault_rule ORDER BY id")
            self._rules = {number: RequestFault.read(written) for number, written in rows}
        return self._rules

    def forget(self) -> None:
        """Drop the rules that were read, so that they are read again when next needed."""
        self._rules = None

    def add(self, turn: Turn, rule: RequestFault) -> StoredFault:
        """Store a rule and return its row. Raises TooManyFaultsError."""
        number, length = turn.store.execute(_SIZE).fetchone()
        if number >= MOST_RULES:
            raise TooManyFaultsError(f"There are {MOST_RULES} fault rules; delete one.")
        if length + len(rule.written) > MOST_TEXT:
            raise TooManyFaultsError(
                f"The fault rules would have more than {MOST_TEXT} characters together; delete one."
            )
        kept = StoredFault(id=turn.ids.number("fault"), written=rule.written, made_at=turn.now)
        turn.session.add(kept)
        self.forget()
        return kept

    def all(self, turn: Turn) -> list[StoredFault]:
        return [turn.session.get_one(StoredFault, number) for number in self.rules]

    def get(self, turn: Turn, number: int) -> StoredFault:
        """Return the row of a rule. Raises UnknownFaultError."""
        if number not in self.rules:
            raise UnknownFaultError(f"There is no fault rule {number}.")
        return turn.session.get_one(StoredFault, number)

    def delete(self, turn: Turn, number: int) -> None:
        """Delete a rule. Raises UnknownFaultError."""
        turn.session.delete(self.get(turn, number))
        self.forget()

    def clear(self, turn: Turn) -> None:
        turn.store.rewrite("DELETE FROM fault_rule")
        self.forget()

    def judge(
        self, turn: Turn, seen: Seen, suffers: Callable[[RequestFault], bool] = lambda _: True
    ) -> Judgement:
        """Count a request with every rule that matches it; return the first of them that acts on it.

        Rules for which `suffers` is false, as their action can not be done to it, do not match.
        """
        judgement = Judgement()
        with effort():
            meant = [number for number, rule in self.rules.items() if suffers(rule) and rule.means(seen)]
        for number in meant:
            rule, kept = self.rules[number], turn.session.get_one(StoredFault, number)
            kept.matched += 1
            may_act = kept.matched > rule.after and not kept.has_ended(rule, turn.now)
            if may_act and judgement.rule is None:
                _let_act(judgement, kept, rule, turn.now)
        return judgement


def go_back(turn: Turn, was: Millis) -> None:
    """After the clock was set back, let rules keep the time that they had left; ended ones stay ended."""
    turn.store.rewrite(_GO_BACK, (EARLIEST, was - turn.now))


def _let_act(judgement: Judgement, kept: StoredFault, rule: RequestFault, now: Millis) -> None:
    """Let a rule act on the request, unless there is still room in the rule's rate limit."""
    if rule.rate_limit is not None:
        window = kept.count_in_window(rule.rate_limit, now)
        if judgement.window is None or window.remaining <= judgement.window.remaining:
            judgement.window = window
        if not window.is_exceeded:
            return
    kept.hits += 1
    judgement.number, judgement.rule = kept.id, rule


_SIZE = "SELECT count(*), coalesce(sum(length(written)), 0) FROM fault_rule"
_GO_BACK = """
    UPDATE fault_rule SET made_at = max(?, made_at - ?)
    WHERE instr(written, '"lasts"') AND json_extract(written, '$.lasts') IS NOT NULL
"""
