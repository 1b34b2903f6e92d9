"""The sending of campaigns and single messages: moderation, pace, money, substitutes.

https://telcowwt.com/documentations/rest-api/rcs-api/ (general rules and statuses).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlmodel import func, select

from emulator.engine.clock import SECOND, Millis
from emulator.engine.engine import Handler, Turn
from emulator.rcs import curfew
from emulator.rcs.channels import CHANNELS
from emulator.rcs.clicks import click
from emulator.rcs.finishing import store_finished
from emulator.rcs.money import charge, put_aside
from emulator.rcs.outcomes import FALLS_BACK, OUTCOMES, OUTCOMES_INSTEAD, WITHHELD, outcome_for
from emulator.rcs.recipients import choose_stop_listed
from emulator.rcs.substitutes import substitutes
from emulator.rcs.tables.account import Account
from emulator.rcs.tables.campaigns import Campaign, Dispatch, move
from emulator.rcs.tables.contacts import PHONE
from emulator.rcs.webhooks import CLICK, RcsCallbacks
from emulator.sending.job_table import Job, job_of
from emulator.sending.messages import (
    MESSAGE_IDS,
    Message,
    Selection,
    add_messages,
    note_again,
    outcomes_of,
    price_of,
)
from emulator.sending.outcomes import FORCED, GROUP, Outcome, script
from emulator.sending.rules import OutcomeRule, is_registered, rules_of
from emulator.webhooks.announcing import announce_change
from emulator.webhooks.senders import HookedSender

UNTIL_MODERATION = SECOND
MODERATION = 2 * SECOND


class DispatchSender(HookedSender):
    """The base class of the senders of campaigns and single messages."""

    contents = Dispatch
    phones = PHONE
    sent = "sent"
    delivered = "delivered"
    outcomes = OUTCOMES
    marks = frozenset({CLICK})
    hooks = RcsCallbacks()
    pays_for_queue: ClassVar[bool]
    """Whether the price of a message is reserved while it waits in the queue."""

    def outcome_named(self, channel: str, word: str) -> str | None:
        name = f"{channel}.{word}"
        return name if name in OUTCOMES else None

    def ruled(self, rules: list[OutcomeRule], job: Job, channel: str, recipient: str) -> str | None:
        """Return the outcome that rules give to a message; they also say which phones have the service."""
        without = CHANNELS[channel].not_a_user
        if without is None:
            return super().ruled(rules, job, channel, recipient)
        registered = is_registered(rules, self.family, channel, recipient, job)
        if registered is False:
            return f"{channel}.{without}"
        name = super().ruled(rules, job, channel, recipient)
        if name is None and registered and outcome_for(channel, recipient) == f"{channel}.{without}":
            return f"{channel}.delivered"
        return name

    def scripts(self, message: Message) -> Mapping[str, Outcome]:
        outcomes = OUTCOMES if message.parent_id is None else OUTCOMES_INSTEAD
        return {name: one for name, one in outcomes.items() if name.startswith(f"{message.channel}.")}

    def script(self, turn: Turn, job: Job, selection: Selection) -> Outcome:
        """Return the outcome that the selected messages follow, ended by their validity."""
        dispatch = turn.session.get_one(Dispatch, job.id)
        stands_in = selection.channel != job.channel
        outcomes = OUTCOMES_INSTEAD if stands_in else OUTCOMES
        lifetime = dispatch.fallback_lifetime if stands_in else dispatch.lifetime
        return script(outcomes, selection.outcome).within(lifetime, arrived=self.delivered, expired="expired")

    def withhold(self, turn: Turn, job: Job, first: int, last: int) -> int:
        """Let messages to phones that have come on the stop list fail, without substitutes."""
        if turn.session.get_one(Dispatch, job.id).check_stop_list:
            place = Selection(job.id, job.channel, first, last, WITHHELD, self.queued)
            if choose_stop_listed(turn, place):
                self.follow(turn, job, place, 0)
        return 0

    def settle(self, turn: Turn, job: Job, selection: Selection, before: str) -> None:
        channel, status = selection.channel, selection.status
        aside = self._is_put_aside(job, channel, status) - self._is_put_aside(job, channel, before)
        charged = CHANNELS[channel].charged
        due = (status in charged) - (before in charged)
        if aside or due:
            dispatch, price = turn.session.get_one(Dispatch, job.id), price_of(turn, selection)
            put_aside(turn, dispatch, aside * price)
            charge(turn, dispatch, due * price)

    def _is_put_aside(self, job: Job, channel: str, status: str) -> bool:
        """Return whether the price of the job's messages in this status is reserved."""
        if status == self.queued:
            return self.pays_for_queue and channel == job.channel
        is_dropped = status == "sending" and job.state == "stopped"
        return CHANNELS[channel].is_put_aside(status) and not is_dropped

    def changed(
        self, turn: Turn, job: Job, selection: Selection, number: int, *, is_first: bool = True
    ) -> None:
        is_replaced = selection.status in FALLS_BACK and selection.outcome != WITHHELD
        if selection.channel != job.channel or not is_replaced or job.state == "stopped":
            return
        dispatch = turn.session.get_one(Dispatch, job.id)
        if dispatch.fallback_sender is None:
            return
        account = turn.session.get_one(Account, dispatch.account_id)
        after = curfew.wait(account, turn.now) if dispatch.respects_curfew else 0
        if after:
            name = f"{self.provider}.fall_back"
            turn.schedule(turn.now + after, name, job.subject, rows=number, **selection._asdict())
        else:
            self._fall_back(turn, job, dispatch, selection)

    def events(self) -> dict[str, Handler]:
        return super().events() | {f"{self.provider}.fall_back": self._on_fall_back}

    def act_as_recipients(self, turn: Turn, selection: Selection, mark: str) -> None:
        """Press buttons or follow links; messages without any are left as they are."""
        for message in click(turn, selection):
            announce_change(turn, self.hooks, message, note_again(turn, message, mark, None, is_first=False))

    def _fall_back(self, turn: Turn, job: Job, dispatch: Dispatch, selection: Selection) -> None:
        """Send the substitutes of the selected messages, as far as the stop list allows."""
        channel, group = dispatch.fallback_channel, turn.ids.upcoming(MESSAGE_IDS)
        rules = rules_of(turn.session)
        found = substitutes(turn, dispatch, selection.messages(turn.session), self.queued)
        new = []
        for message, _ in found:
            outcome = message.outcome
            if outcome != WITHHELD:
                outcome = self.ruled(rules, job, channel, message.recipient) or outcome
            new.append(message._replace(outcome=f"{outcome}{GROUP}{group}"))
        first_id = add_messages(turn, job.id, channel, new, len(new))
        store_finished(turn, [one.recipient for one in found], first_id, channel, dispatch.campaign_id)
        for name in dict.fromkeys(message.outcome for message in new):
            place = Selection(job.id, channel, selection.first, selection.last, name, self.queued)
            self.follow(turn, job, place, 0)

    def _on_fall_back(self, turn: Turn, about: str, details: Mapping[str, Any]) -> None:
        """Send the substitutes that had to wait for the end of a curfew."""
        job = job_of(turn, about)
        self._fall_back(turn, job, turn.session.get_one(Dispatch, job.id), Selection(**details))


class CampaignSender(DispatchSender):
    provider = "rcs"
    queued = "scheduled"
    pays_for_queue = False

    def affordable(self, turn: Turn, job: Job, first: int, last: int) -> int:
        dispatch = turn.session.get_one(Dispatch, job.id)
        funds = turn.session.get_one(Account, dispatch.account_id).available
        prices = turn.store.execute(_PRICES, (job.id, job.channel, first, last))
        for paid, (price, status) in enumerate(prices):
            if status == self.queued:
                funds -= price
                if funds < 0:
                    return paid
        return last - first + 1

    def go_on(self, turn: Turn, job: Job) -> None:
        self._take_back(turn, job)
        super().go_on(turn, job)

    def hold(self, turn: Turn, job: Job) -> None:
        self._take_back(turn, job)
        super().hold(turn, job)

    def rush(self, turn: Turn, job: Job) -> None:
        self._take_back(turn, job)
        super().rush(turn, job)

    def _take_back(self, turn: Turn, job: Job) -> None:
        """Let messages leave that a stop held back after their hand-over; reserve their price again."""
        if job.state != "stopped":
            return
        put_aside(turn, turn.session.get_one(Dispatch, job.id), _price_of_dropped(turn, job))
        job.state = "held" if job.left < job.total else "over"
        for name in outcomes_of(turn, job.id, job.channel, 0, job.total - 1, "sending"):
            if name != FORCED:
                step: dict[str, Any] = {"outcome": name, "step": 1, "handed_over": turn.now}
                place: dict[str, Any] = {"channel": job.channel, "first": 0, "last": job.total - 1}
                turn.schedule(turn.now, f"{self.provider}.step", job.subject, rows=job.total, **place, **step)

    def starved(self, turn: Turn, job: Job) -> None:
        starve(turn, campaign_of(turn, job))

    def emptied(self, turn: Turn, job: Job) -> None:
        campaign = campaign_of(turn, job)
        move(campaign, "finish")
        campaign.finished_at = turn.now


class SingleSender(DispatchSender):
    """The sender of single messages: one is only accepted if its price could be reserved."""

    provider = "rcs.single"
    queued = "accepted"
    pays_for_queue = True


_PRICES = """
    SELECT price, status FROM message
    WHERE job_id = ? AND channel = ? AND position BETWEEN ? AND ? ORDER BY position
"""

CAMPAIGNS = CampaignSender()
SINGLES = SingleSender()


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of campaigns and messages."""
    return (
        CAMPAIGNS.events()
        | SINGLES.events()
        | {
            "rcs.moderate": _on_moderate,
            "rcs.judge": _on_judge,
            "rcs.begin": _on_begin,
            "rcs.action": _on_action,
            "rcs.balance": _on_balance,
        }
    )


def launch(
    turn: Turn, campaign: Campaign, *, moderation: Millis = MODERATION, first_batch: Millis = 0
) -> None:
    """Start a new campaign: first moderation, then sending; the first batch leaves after `first_batch`."""
    details: dict[str, Any] = {"moderation": moderation, "first_batch": first_batch}
    if campaign.status == "creation":
        turn.schedule(turn.now + UNTIL_MODERATION, "rcs.moderate", subject(campaign), **details)
    elif turn.session.get_one(Dispatch, campaign.job_id).is_spam:
        turn.schedule(turn.now + UNTIL_MODERATION + moderation, "rcs.judge", subject(campaign), **details)
    else:
        turn.schedule(
            campaign.start_at, "rcs.begin", subject(campaign), rows=_first_batch(turn, campaign), **details
        )


def moderate(
    turn: Turn, campaign: Campaign, *, moderation: Millis = MODERATION, first_batch: Millis = 0
) -> None:
    """Begin the moderation of a campaign, which takes `moderation` milliseconds."""
    move(campaign, "moderate")
    _forget_plans(turn, campaign)
    details: dict[str, Any] = {"moderation": moderation, "first_batch": first_batch}
    rows = _first_batch(turn, campaign)
    turn.schedule(turn.now + moderation, "rcs.judge", subject(campaign), rows=rows, **details)


def _first_batch(turn: Turn, campaign: Campaign) -> int:
    """Return how many messages leave when the campaign begins."""
    return job_of_campaign(turn, campaign).next_batch


def refuse(turn: Turn, campaign: Campaign) -> None:
    """End a campaign that does not pass moderation."""
    move(campaign, "refuse")
    drop_queue(turn, campaign)


def begin(turn: Turn, campaign: Campaign, action: str, first_batch: Millis = 0) -> None:
    """Begin to send, by the action `accept` after moderation or `begin` at the campaign's time."""
    move(campaign, action)
    campaign.real_start_at = turn.now
    _forget_plans(turn, campaign)
    CAMPAIGNS.start(turn, job_of_campaign(turn, campaign), after=first_batch)


def stop(turn: Turn, campaign: Campaign) -> None:
    """End the campaign for good: queued messages never leave, and later failures get no substitutes."""
    move(campaign, "stop")
    campaign.finished_at = turn.now
    drop_queue(turn, campaign)


def renew(turn: Turn, campaign: Campaign) -> None:
    """Resume a campaign that was paused when the money ran out."""
    move(campaign, "renew")
    CAMPAIGNS.start(turn, job_of_campaign(turn, campaign))


def starve(turn: Turn, campaign: Campaign) -> None:
    """Pause the campaign until it is renewed."""
    move(campaign, "starve")
    CAMPAIGNS.hold(turn, job_of_campaign(turn, campaign))


def subject(campaign: Campaign) -> str:
    return f"rcs.campaign:{campaign.id}"


def job_of_campaign(turn: Turn, campaign: Campaign) -> Job:
    return turn.session.get_one(Job, campaign.job_id)


def campaign_of(turn: Turn, job: Job) -> Campaign:
    return turn.session.get_one(Campaign, turn.session.get_one(Dispatch, job.id).campaign_id)


def _forget_plans(turn: Turn, campaign: Campaign) -> None:
    """Cancel the due events that lead to the beginning of the campaign."""
    turn.cancel(subject(campaign), "rcs.moderate", "rcs.judge", "rcs.begin")


def drop_queue(turn: Turn, campaign: Campaign) -> None:
    """Stop the queue, and release the price of messages that were handed over but have not left."""
    _forget_plans(turn, campaign)
    job = job_of_campaign(turn, campaign)
    if job.state == "stopped":
        return
    CAMPAIGNS.stop(turn, job)
    put_aside(turn, turn.session.get_one(Dispatch, job.id), -_price_of_dropped(turn, job))


def _price_of_dropped(turn: Turn, job: Job) -> int:
    """Return the price of messages that had been handed over, but not left, when the queue was dropped."""
    dropped = select(func.coalesce(func.sum(Message.price), 0)).where(
        Message.job_id == job.id, Message.channel == job.channel, Message.status == "sending"
    )
    return turn.session.exec(dropped).one()


def _on_moderate(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    moderate(turn, _campaign_about(turn, about), **details)


def _on_judge(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    campaign = _campaign_about(turn, about)
    if turn.session.get_one(Dispatch, campaign.job_id).is_spam:
        refuse(turn, campaign)
    else:
        begin(turn, campaign, "accept", details["first_batch"])


def _on_begin(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    begin(turn, _campaign_about(turn, about), "begin", details["first_batch"])


def _on_action(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Stop or pause a campaign at the time that a fixture says."""
    campaign = _campaign_about(turn, about)
    if details["action"] == "stop":
        stop(turn, campaign)
    else:
        starve(turn, campaign)


def _on_balance(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Set the balance that a fixture says, whatever the past campaigns have cost."""
    account = turn.session.get_one(Account, details["account_id"])
    account.money = details["money"]


def _campaign_about(turn: Turn, about: str) -> Campaign:
    return turn.session.get_one(Campaign, int(about.removeprefix("rcs.campaign:")))
