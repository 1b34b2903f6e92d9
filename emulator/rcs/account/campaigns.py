"""Fixtures of campaigns and their past."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from emulator.engine.clock import SECOND, Millis
from emulator.engine.engine import Turn
from emulator.rcs import drafts, sending
from emulator.rcs.account.contacts import ListFixture, Phone
from emulator.rcs.account.parts import Id
from emulator.rcs.account.tariffs import Money
from emulator.rcs.channels import RCS, SMS
from emulator.rcs.contents import Recipient
from emulator.rcs.finishing import Finish
from emulator.rcs.prices import sms_complaint, utf16_length
from emulator.rcs.sends.content import MAX_TEXT, SmsText
from emulator.rcs.tables.account import Account
from emulator.rcs.violations import too_long
from emulator.sandbox.fixtures import Duration, Fixture, In, Moment, Place
from emulator.sending.job_table import Pace


class FallbackFixture(Fixture):
    sender: str
    text: SmsText


class CampaignFixture(Fixture):
    """A campaign and its past: `sent`, `paused` and `stopped` are lengths of time ago."""

    id: Id
    channel: Literal["rcs", "sms"] = "rcs"
    sender: str
    text: str = Field(min_length=1)
    phones: list[Phone] = []
    lists: Annotated[list[int], In("lists")] = []
    created: Moment | None = None
    """When it was made; earlier if the rest of its past needs more time before a clock's beginning."""
    sent: Duration | None = None
    starts_in: Duration | None = None
    moderation: Duration = sending.MODERATION
    first_batch_in: Duration | None = None
    pace: Pace | None = None
    estimate: Money = 0
    fallback: FallbackFixture | None = None
    paused: Duration | None = None
    stopped: Duration | None = None

    @model_validator(mode="after")
    def _has_one_beginning(self) -> "CampaignFixture":
        if (self.created is None) == (self.sent is None):
            raise ValueError("needs either created or sent")
        return self

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield complaints about no recipients, a past that some clocks do not allow, and a wrong content."""
        if not self.phones and not self.lists:
            yield ("phones",), "a campaign needs phones or lists"
        if self.created is not None and self.first_batch_in is None and self.starts_in is None:
            for name in ("paused", "stopped"):
                if getattr(self, name) is not None:
                    yield (name,), "needs first_batch_in, starts_in, or sent: else all may be sent before"
        problem = sms_complaint(self.text) if self.channel == SMS else _rcs_complaint(self.text)
        if problem is not None:
            yield ("text",), problem
        if self.channel == SMS and self.fallback is not None:
            yield ("fallback",), "is an SMS, which only stands in for messages of other channels"

    def store(self, turn: Turn, account: Account, lists: Mapping[int, ListFixture], tariff_code: int) -> None:
        created = self._made(turn.now)
        then = Turn(turn.store, turn.ids, created)
        draft = self._draft(turn, lists, tariff_code)
        row, _ = drafts.store_campaign(then, account, draft, campaign_id=self.id, pace=self.pace)
        row.calculated_price = self.estimate
        first_batch = 0
        if self.first_batch_in is not None:
            begins = created + sending.UNTIL_MODERATION + self.moderation
            first_batch = turn.now + self.first_batch_in - begins
        sending.launch(then, row, moderation=self.moderation, first_batch=first_batch)
        for field, action in (("paused", "starve"), ("stopped", "stop")):
            self.happened(turn, field, "rcs.action", sending.subject(row), action=action)

    def _made(self, now: Millis) -> Millis:
        """Return when it was made: early enough for what happened to it since, wherever the clock begins."""
        if self.created is None:
            return now - (self.sent or 0)
        after = [-ago for ago in (self.paused, self.stopped) if ago is not None]
        if self.first_batch_in is not None:
            after.append(self.first_batch_in)
        if not after:
            return self.created
        began = now + min(after) - SECOND
        return min(self.created, began - self.moderation - sending.UNTIL_MODERATION)

    def _draft(self, turn: Turn, lists: Mapping[int, ListFixture], tariff_code: int) -> drafts.Draft:
        listed = [phone for list_id in self.lists for phone in lists[list_id].all_phones()]
        finish = Finish(fills_in=bool(self.lists))
        return drafts.Draft(
            channel=self.channel,
            sender=self.sender,
            recipients=[Recipient(phone) for phone in dict.fromkeys((*self.phones, *listed))],
            tariff_code=tariff_code,
            options={"text": self.text} if self.channel == RCS else None,
            text=self.text if self.channel == SMS else None,
            fallback=drafts.Fallback(**self.fallback.model_dump(), finish=finish) if self.fallback else None,
            start_at=None if self.starts_in is None else turn.now + self.starts_in,
            finish=finish,
        )


def _rcs_complaint(text: str) -> str | None:
    return too_long(MAX_TEXT) if utf16_length(text) > MAX_TEXT else None
