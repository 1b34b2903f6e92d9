"""The courier: makes the attempts that are due, and stores their results.

An attempt waits for the network, so it is never part of a transaction: one turn reads what is to be sent, and
another, later, writes the result. Deliveries of a sandbox to one address go one after the other, in the order
in which they were due. Each sandbox has a fair share of the requests under way; a delivery that waits for its
turn is read and timed only when that comes.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from emulator.engine.clock import Millis, machine_millis, machine_pause, machine_wait_for
from emulator.engine.engine import Turn
from emulator.storage.failures import StorageError
from emulator.webhooks.events import DELIVERED, SENDING, Attempt, Delivery, Hooks, record_attempt
from emulator.webhooks.outbound import LARGEST_ANSWER, Answer, Outbound, Outgoing
from emulator.webhooks.places import Places

T = TypeVar("T")

LONGEST_SETTLING = 30.0
"""How many seconds `settle` waits for deliveries at most."""

LONGEST_EARLIER = 5.0
"""How many seconds `let_earlier_end` waits at most: a receiver may be waiting for its caller."""

LONGEST_ENDING = 2.0
"""How many seconds `close` waits at most: deliveries without a response are sent again by the next server."""

PAUSE = 5.0
"""After how many seconds a sandbox's file that could not be used is tried again."""

MACHINE_TIME, SANDBOX_TIME = "machine", "sandbox"
"""The clocks that can date webhooks: receivers compare a date with their own clock, the machine's."""

logger = logging.getLogger("emulator")


class Busy(Protocol):
    """Long work on a sandbox, which others wait for."""

    async def free(self) -> None: ...


class Outbox(Protocol):
    """The part of a sandbox that a courier uses."""

    @property
    def name(self) -> str: ...

    @property
    def generation(self) -> int:
        """How often the sandbox began anew: deliveries taken before that are not attempted after it."""

    @property
    def webhook_timestamp(self) -> str | None:
        """By whose clock its webhooks are dated: `machine` or `sandbox`; None for the emulator's setting."""

    @property
    def outbox(self) -> deque[int]:
        """The ids of the deliveries to attempt."""

    @property
    def aside(self) -> Busy: ...

    async def ready(self) -> None:
        """Wait until no long work is under way, and none is due."""

    def turn(self) -> AbstractContextManager[Turn]: ...

    def catch_up(self) -> None: ...


class Courier:
    """Delivers the webhooks of all sandboxes."""

    def __init__(self, hooks: Mapping[str, Hooks], outbound: Outbound, timestamp: str) -> None:
        self._hooks = hooks
        self._timestamp = timestamp
        self._outbound = outbound
        self._places = Places()
        self._lanes: dict[Place, Lane] = {}

    def check(self, url: str) -> None:
        """Raise ForbiddenAddressError for an address of a target to which no delivery can be made."""
        self._outbound.check(url)

    def collect(self, sandbox: Outbox) -> None:
        """Take all deliveries from a sandbox's outbox, and start attempting them."""
        while sandbox.outbox:
            number = sandbox.outbox[0]
            with sandbox.turn() as turn:
                delivery = turn.session.get(Delivery, number)
                url = delivery.url if delivery is not None else None
            sandbox.outbox.popleft()  # not before: if the file can not be read, it has to stay
            if url is not None:
                self._put(sandbox, url, number)

    async def let_earlier_end(self, sandbox: Outbox, patience: float = LONGEST_EARLIER) -> float:
        """Wait for the deliveries under way, for `patience` seconds at most; return how many seconds it took.

        Nobody waits any more for deliveries that have not ended by then: their receivers may wait for the
        caller (docs/decisions/0053-receivers-that-move-the-clock.md).
        """
        self.collect(sandbox)
        lanes = [lane for place, lane in self._lanes.items() if place.is_of(sandbox) and not lane.is_left]
        attempts = {lane.attempt: lane for lane in lanes if lane.attempt is not None}
        if not attempts:
            return 0
        waited = await machine_wait_for(attempts, patience)
        for attempt, lane in attempts.items():
            lane.is_left = not attempt.done()
        return waited

    async def attempt_all(self, sandbox: Outbox) -> None:
        """Wait until the deliveries just handed over are attempted, as a move of the clock does."""
        await self.let_earlier_end(sandbox)
        await self.settle(sandbox)

    async def settle(self, sandbox: Outbox, patience: float = LONGEST_SETTLING) -> float:
        """Wait until no delivery that is due by the sandbox's clock is left, for `patience` seconds at most.

        Deliveries that nobody waits for any more, and those behind them, stay. Returns how many seconds it
        took.
        """
        generation, waited = sandbox.generation, 0.0
        while sandbox.generation == generation:
            await sandbox.ready()
            sandbox.catch_up()
            self.collect(sandbox)
            lanes = [lane for place, lane in self._lanes.items() if place.is_of(sandbox)]
            tasks = [lane.task for lane in lanes if not lane.is_left]
            if not tasks or waited >= patience:
                break
            waited += await machine_wait_for(tasks, patience - waited)
        return waited

    def outstanding(self, sandbox: Outbox) -> int:
        """Return how many deliveries that are due by the sandbox's clock are not attempted yet."""
        lanes = (lane for place, lane in self._lanes.items() if place.is_of(sandbox))
        return len(sandbox.outbox) + sum(len(lane.numbers) for lane in lanes)

    def under_way(self, sandbox: Outbox) -> set[int]:
        """Return the ids of the deliveries that are being attempted, also of those dropped meanwhile."""
        lanes = (lane for place, lane in self._lanes.items() if place.is_of(sandbox))
        return {lane.numbers[0] for lane in lanes if lane.attempt is not None}

    async def close(self) -> None:
        """Let the attempts under way end, for LONGEST_ENDING at most, and close the HTTP client.

        Those that have not ended then, or not begun, stay in the state `sending`.
        """
        for lane in self._lanes.values():
            lane.end()
        tasks = [lane.task for lane in self._lanes.values()]
        if tasks:
            await machine_wait_for(tasks, LONGEST_ENDING)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._outbound.close()

    def _put(self, sandbox: Outbox, url: str, number: int) -> None:
        place = Place(sandbox, sandbox.generation, url)
        lane = self._lanes.get(place)
        if lane is not None:
            lane.numbers.append(number)
            return
        task = asyncio.get_running_loop().create_task(self._drive(place))
        self._lanes[place] = Lane(deque([number]), task)

    async def _drive(self, place: "Place") -> None:
        """Make the attempts of a lane, one after the other."""
        lane, sandbox = self._lanes[place], place.sandbox
        try:
            while lane.numbers:
                number = lane.numbers[0]
                try:
                    async with self._places.place((sandbox, place.generation)):
                        with lane.under_way():
                            await self._attempt(sandbox, place.generation, number)
                except Exception:
                    logger.exception("sandbox %s: delivery %s could not be attempted", sandbox.name, number)
                lane.numbers.popleft()
        finally:
            del self._lanes[place]

    async def _attempt(self, sandbox: Outbox, generation: int, number: int) -> None:
        sending = await self._in_turn(sandbox, generation, partial(self._prepared, sandbox, number))
        if sending is not None:
            answer = await self._outbound.send(sending.request)
            await self._in_turn(sandbox, generation, partial(self._record, sending, answer))

    async def _in_turn(self, sandbox: Outbox, generation: int, work: Callable[[Turn], T]) -> T | None:
        """Run work in a turn and return its result; None if the sandbox began anew.

        While the sandbox's file can not be used, wait and try again, so that no response is lost.
        """
        while True:
            try:
                await sandbox.ready()
                if sandbox.generation != generation:
                    return None
                with sandbox.turn() as turn:
                    return work(turn)
            except StorageError as error:
                logger.error("sandbox %s: %s", sandbox.name, error)  # noqa: TRY400 -- its text says all
            await machine_pause(PAUSE)

    def _prepared(self, sandbox: Outbox, number: int, turn: Turn) -> "Sending | None":
        """Return the attempt to make of a delivery, None where it is not to be sent any more."""
        delivery = turn.session.get(Delivery, number)
        if delivery is None or delivery.state != SENDING:
            return None
        hooks = self._hooks[delivery.provider]
        sent_at = machine_millis()
        dated = turn.now if (sandbox.webhook_timestamp or self._timestamp) == SANDBOX_TIME else sent_at
        headers = hooks.headers(delivery, max(0, dated - (delivery.backdated_by or 0)))
        if delivery.is_corrupt and hooks.signature in headers:
            headers[hooks.signature] = _corrupted(headers[hooks.signature])
        return Sending(number, turn.now, sent_at, _outgoing(delivery, hooks, headers))

    def _record(self, sending: "Sending", answer: Answer, turn: Turn) -> None:
        delivery = turn.session.get_one(Delivery, sending.number)
        hooks, is_fetched = self._hooks[delivery.provider], delivery.method == "GET"
        at = min(sending.at, turn.now)  # the clock may have been set back meanwhile
        attempt = Attempt(
            delivery_id=sending.number,
            number=0,
            at=at,
            sent_at=sending.sent_at,
            took=turn.now - at,
            duration=answer.duration,
            request_headers=dict(sending.request.headers),
            status=answer.status,
            error=answer.error,
            answer_headers=answer.headers,
            answer_body="" if is_fetched else answer.content.decode("utf-8", "replace"),
        )
        record_attempt(turn, hooks, delivery, attempt)
        if is_fetched and delivery.state == DELIVERED:
            hooks.keep_file(turn, delivery, answer.headers, answer.content)


class Sending(NamedTuple):
    """An attempt that is under way."""

    number: int
    """The id of its delivery."""
    at: Millis
    """By the sandbox's clock."""
    sent_at: Millis
    """In the machine's time."""
    request: Outgoing


class Place(NamedTuple):
    """An address that a sandbox sends to: after a reset, deliveries do not wait for those from before it."""

    sandbox: Outbox
    generation: int
    url: str

    def is_of(self, sandbox: Outbox) -> bool:
        return self.sandbox is sandbox and self.generation == sandbox.generation


@dataclass
class Lane:
    """The deliveries to one place."""

    numbers: deque[int]
    """Their ids."""
    task: asyncio.Task[None]
    """Makes their attempts."""
    attempt: asyncio.Future[None] | None = None
    """Ends with the attempt that is under way."""
    is_left: bool = False
    """Whether nobody waits for that attempt any more."""

    def end(self) -> None:
        """Begin no further attempt."""
        if self.attempt is None:
            self.task.cancel()
        else:
            self.numbers = deque([self.numbers[0]])

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Set `attempt` for the block, which makes one."""
        attempt = self.attempt = asyncio.get_running_loop().create_future()
        try:
            yield
        finally:
            attempt.cancel()
            self.attempt, self.is_left = None, False


def _outgoing(delivery: Delivery, hooks: Hooks, headers: Mapping[str, str]) -> Outgoing:
    most = hooks.largest_file if delivery.method == "GET" else LARGEST_ANSWER
    body = delivery.body.encode()
    return Outgoing(delivery.method, delivery.url, headers, body, hooks.timeout, most)


def _corrupted(signature: str) -> str:
    """Return a wrong signature of the same form."""
    return signature[:-1] + ("0" if signature[-1] != "0" else "1")
