"""How RCS campaigns and single messages are sent: moderation, pace, money, SMS in their stead.

https://telcowwt.com/documentations/rest-api/rcs-api/ (general rules and statuses).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlmodel import col, func, select

from emulator.engine.clock import SECOND, Millis
from emulator.engine.engine import Handler, Turn
from emulator.rcs.outcomes import ENDINGS_OF_SUBSTITUTES, FALLS_BACK, OUTCOMES, SMS_ENDINGS
from emulator.rcs.prices import pricing, rates_of
from emulator.rcs.recipients import stop_listed
from emulator.rcs.tables import RCS, SMS, Account, Campaign, Dispatch, move
from emulator.rcs.webhooks import CLICK, RcsCallbacks
from emulator.sending.jobs import Job
from emulator.sending.messages import Message, NewMessage, Selection, add_messages, price_of
from emulator.sending.outcomes import Outcome, Step
from emulator.sending.rules import deciding_rule, rules_of
from emulator.webhooks.senders import HookedSender

UNTIL_MODERATION = SECOND
MODERATION = 2 * SECOND

UNPAID = frozenset({*FALLS_BACK, "unknown"})
"""The statuses in which an RCS message ends without being charged."""

CHARGED_AT = {RCS: "delivered", SMS: "sent"}


class DispatchSender(HookedSender):
    """What campaigns and single messages have in common."""

    sent = "sent"
    delivered = "delivered"
    outcomes = OUTCOMES
    marks = frozenset({CLICK})
    hooks = RcsCallbacks()
    reserves_at: ClassVar[str | None]
    """The status in which a message's price is reserved; None where that is done before it is queued."""

    def outcome_named(self, channel: str, word: str) -> str | None:
        name = f"{channel}.{word}"
        return name if name in OUTCOMES else None

    def scripts(self, channel: str) -> Mapping[str, Outcome]:
        return {
            name: one for name, one in OUTCOMES.items() if name.startswith(f"{channel}.") or ".after." in name
        }

    def delay(self, turn: Turn, job: Job, step: Step) -> Millis:
        if step.status != "expired":
            return step.after
        return turn.session.get_one(Dispatch, job.id).lifetime

    def changed(self, turn: Turn, job: Job, selection: Selection, number: int) -> None:
        dispatch = turn.session.get_one(Dispatch, job.id)
        if selection.channel == job.channel:
            self._settle(turn, dispatch, selection)
            if selection.status in FALLS_BACK and job.state != "stopped":
                self._fall_back(turn, job, dispatch, selection)
        elif selection.status == CHARGED_AT[selection.channel]:
            _charge(turn, dispatch, price_of(turn, selection))

    def _settle(self, turn: Turn, dispatch: Dispatch, selection: Selection) -> None:
        """Reserve, charge or release the price of the messages, as their new status says."""
        if selection.status == self.reserves_at:
            _reserve(turn, dispatch, price_of(turn, selection))
        elif selection.status == CHARGED_AT[dispatch.channel]:
            price = price_of(turn, selection)
            _reserve(turn, dispatch, -price)
            _charge(turn, dispatch, price)
        elif dispatch.channel == RCS and selection.status in UNPAID:
            _reserve(turn, dispatch, -price_of(turn, selection))

    def _fall_back(self, turn: Turn, job: Job, dispatch: Dispatch, selection: Selection) -> None:
        """Send what stands in for each of the selected messages, as far as stop list and money allow."""
        if dispatch.fallback_sender is None:
            return
        messages = selection.messages(turn.session)
        channel = dispatch.fallback_channel
        new = [
            self._ruled(turn, job, channel, message)
            for message in _substitutes(turn, dispatch, messages, status=self.queued)
        ]
        add_messages(turn, job.id, channel, new)
        for name in dict.fromkeys(message.outcome for message in new):
            place = Selection(job.id, channel, selection.first, selection.last, name, self.queued)
            self.follow(turn, job, place, 0)

    def _ruled(self, turn: Turn, job: Job, channel: str, message: NewMessage) -> NewMessage:
        """Let a rule that a test made decide what becomes of a message that stands in for another."""
        rule = deciding_rule(rules_of(turn.session), self.family, channel, message.recipient, job.owner)
        if rule is None or rule.outcome not in ENDINGS_OF_SUBSTITUTES:
            return message
        _, after, status = message.outcome.partition(".after.")
        return message._replace(outcome=rule.name(f"{rule.outcome}{after}{status}"))


class CampaignSender(DispatchSender):
    provider = "rcs"
    queued = "scheduled"
    reserves_at = "sending"

    def affordable(self, turn: Turn, job: Job, first: int, last: int) -> int:
        dispatch = turn.session.get_one(Dispatch, job.id)
        funds = turn.session.get_one(Account, dispatch.account_id).available
        prices = turn.session.exec(
            select(Message.price)
            .where(Message.job_id == job.id, Message.channel == job.channel)
            .where(col(Message.position).between(first, last))
            .order_by(col(Message.position))
        )
        for paid, price in enumerate(prices):
            funds -= price
            if funds < 0:
                return paid
        return last - first + 1

    def starved(self, turn: Turn, job: Job) -> None:
        starve(turn, campaign_of(turn, job))

    def emptied(self, turn: Turn, job: Job) -> None:
        campaign = campaign_of(turn, job)
        move(campaign, "finish")
        campaign.finished_at = turn.now


class SingleSender(DispatchSender):
    """A single message is only accepted when its price could be reserved."""

    provider = "rcs.single"
    queued = "accepted"
    reserves_at = None


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
    """Start a new campaign: moderation, then sending, whose first batch leaves after `first_batch`."""
    details = {"moderation": moderation, "first_batch": first_batch}
    if campaign.status == "creation":
        turn.schedule(turn.now + UNTIL_MODERATION, "rcs.moderate", subject(campaign), **details)
    elif is_spam(turn.session.get_one(Dispatch, campaign.job_id)):
        turn.schedule(turn.now + UNTIL_MODERATION + moderation, "rcs.judge", subject(campaign), **details)
    else:
        turn.schedule(campaign.start_at, "rcs.begin", subject(campaign), **details)


def moderate(
    turn: Turn, campaign: Campaign, *, moderation: Millis = MODERATION, first_batch: Millis = 0
) -> None:
    """Begin the moderation of a campaign, which takes as long as `moderation` says."""
    move(campaign, "moderate")
    _forget_plans(turn, campaign)
    details = {"moderation": moderation, "first_batch": first_batch}
    turn.schedule(turn.now + moderation, "rcs.judge", subject(campaign), **details)


def refuse(turn: Turn, campaign: Campaign) -> None:
    """End a campaign that does not pass moderation."""
    move(campaign, "refuse")
    _drop_queue(turn, campaign)


def begin(turn: Turn, campaign: Campaign, action: str, first_batch: Millis = 0) -> None:
    """Begin to send: `accept` after moderation, `begin` at the campaign's time."""
    move(campaign, action)
    campaign.real_start_at = turn.now
    _forget_plans(turn, campaign)
    CAMPAIGNS.start(turn, job_of_campaign(turn, campaign), after=first_batch)


def stop(turn: Turn, campaign: Campaign) -> None:
    """End the campaign for good: what waits never goes out, and nothing stands in for what fails later."""
    move(campaign, "stop")
    campaign.finished_at = turn.now
    _drop_queue(turn, campaign)


def renew(turn: Turn, campaign: Campaign) -> None:
    """Go on where the money ran out."""
    move(campaign, "renew")
    CAMPAIGNS.start(turn, job_of_campaign(turn, campaign))


def starve(turn: Turn, campaign: Campaign) -> None:
    """Pause the campaign until it is renewed."""
    move(campaign, "starve")
    CAMPAIGNS.hold(turn, job_of_campaign(turn, campaign))


def is_spam(dispatch: Dispatch) -> bool:
    """Return whether moderation refuses the text."""
    options = dispatch.options or {}
    texts = [dispatch.text, options.get("text"), *(card.get("text") for card in options.get("cards") or [])]
    return any("spam" in text.lower() for text in texts if text)


def subject(campaign: Campaign) -> str:
    return f"rcs.campaign:{campaign.id}"


def job_of_campaign(turn: Turn, campaign: Campaign) -> Job:
    return turn.session.get_one(Job, campaign.job_id)


def campaign_of(turn: Turn, job: Job) -> Campaign:
    return turn.session.get_one(Campaign, turn.session.get_one(Dispatch, job.id).campaign_id)


def _reserve(turn: Turn, dispatch: Dispatch, price: int) -> None:
    account = turn.session.get_one(Account, dispatch.account_id)
    account.reserved += price


def _charge(turn: Turn, dispatch: Dispatch, price: int) -> None:
    account = turn.session.get_one(Account, dispatch.account_id)
    account.money -= price
    dispatch.charged += price


def _substitutes(turn: Turn, dispatch: Dispatch, messages: list[Message], status: str) -> list[NewMessage]:
    """Return the messages that stand in for others, where stop list and money allow one."""
    phones, channel = [message.recipient for message in messages], dispatch.fallback_channel
    unwanted = stop_listed(turn.session, phones, channel) if dispatch.fallback_check_stop_list else set()
    rates = rates_of(turn.session, dispatch.tariff_code)
    price_at = pricing(channel, dispatch.fallback_text, dispatch.fallback_options)
    funds = turn.session.get_one(Account, dispatch.account_id).available
    new = []
    for message in messages:
        price = price_at(rates.rate(message.recipient))
        if message.recipient not in unwanted and price <= funds:
            funds -= price
            new.append(_substitute(message, price, status))
    return new


def _substitute(message: Message, price: int, status: str) -> NewMessage:
    ending = SMS_ENDINGS.get(message.recipient[-3:], "delivered")
    return NewMessage(
        position=message.position,
        recipient=message.recipient,
        outcome=f"{ending}.after.{message.status}",
        status=status,
        reference=message.reference,
        parent_id=message.id,
        country=message.country,
        price=price,
    )


def _forget_plans(turn: Turn, campaign: Campaign) -> None:
    """Cancel the due events that lead to the beginning of the campaign."""
    for name in ("rcs.moderate", "rcs.judge", "rcs.begin"):
        turn.cancel(subject(campaign), name)


def _drop_queue(turn: Turn, campaign: Campaign) -> None:
    """Stop the queue. Messages that were handed over but have not left are not paid for."""
    turn.cancel(subject(campaign))
    job = job_of_campaign(turn, campaign)
    CAMPAIGNS.stop(turn, job)
    dropped = select(func.coalesce(func.sum(Message.price), 0)).where(
        Message.job_id == job.id, Message.channel == job.channel, Message.status == CAMPAIGNS.reserves_at
    )
    _reserve(turn, turn.session.get_one(Dispatch, job.id), -turn.session.exec(dropped).one())


def _on_moderate(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    moderate(turn, _campaign_about(turn, about), **details)


def _on_judge(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    campaign = _campaign_about(turn, about)
    if is_spam(turn.session.get_one(Dispatch, campaign.job_id)):
        refuse(turn, campaign)
    else:
        begin(turn, campaign, "accept", details["first_batch"])


def _on_begin(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    begin(turn, _campaign_about(turn, about), "begin", details["first_batch"])


def _on_action(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Stop or pause a campaign when a fixture says that it happened."""
    campaign = _campaign_about(turn, about)
    if details["action"] == "stop":
        stop(turn, campaign)
    else:
        starve(turn, campaign)


def _on_balance(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Make the account's money what a fixture says, whatever its campaigns have cost by then."""
    account = turn.session.get_one(Account, details["account_id"])
    account.money = details["money"]


def _campaign_about(turn: Turn, about: str) -> Campaign:
    return turn.session.get_one(Campaign, int(about.removeprefix("rcs.campaign:")))
