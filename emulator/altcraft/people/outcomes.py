"""Statuses of messages that change the status of their recipients.

https://guides.altcraft.com/en/developer-guide/objects/Subscription-status_2195807: an address that bounces
hard enters the global suppression list, too. The status of the subscription changes, or the global status if
the message went to an own address.
"""

from collections.abc import Sequence

from emulator.altcraft.people.changes import tell_of_statuses
from emulator.altcraft.people.values import COMPLAINED, HARDBOUNCED, UNSUBSCRIBED
from emulator.altcraft.tables.people import Subscription
from emulator.engine.engine import Turn
from emulator.sending.mail import SOFT
from emulator.sending.messages import Selection
from emulator.sending.outcomes import word_of
from emulator.storage.sqlite import json_text

WRITTEN_BACK = {"bounced": HARDBOUNCED, "complained": COMPLAINED, "unsubscribed": UNSUBSCRIBED}
"""The status that a recipient gets, by the status of the message."""


def write_back(turn: Turn, selection: Selection, chain: int) -> None:
    """Change the statuses of the recipients of messages that reached the status of a selection.

    `chain` is the chain of starts that sent them at this instant (`Run.chain`).
    """
    status = WRITTEN_BACK.get(selection.status)
    if status is None or word_of(selection.outcome) == SOFT:
        return
    where = {
        "job": selection.job_id,
        "channel": selection.channel,
        "first": selection.first,
        "last": selection.last,
        "outcome": selection.outcome,
        "reached": selection.status,
        "status": status,
    }
    subscriptions = [number for (number,) in turn.store.execute(_SUBSCRIPTIONS, where)]
    profiles = [profile_id for (profile_id,) in turn.store.execute(_PROFILES, where)]
    if status == HARDBOUNCED:
        turn.store.execute(_SUPPRESS, where)
    tell_of_statuses(turn, subscriptions, profiles, chain)


def unsubscribe(turn: Turn, subscription: Subscription) -> bool:
    """Set a subscription to unsubscribed; return whether it was not already."""
    moved = [number for (number,) in turn.store.execute(_UNSUBSCRIBE, (UNSUBSCRIBED, subscription.id))]
    tell_of_statuses(turn, moved)
    return bool(moved)


def leave(turn: Turn, subscription: Subscription, categories: Sequence[str]) -> None:
    """Remove categories from a subscription, which stays."""
    kept = [one for one in subscription.cats if one not in categories]
    turn.store.execute(_LEAVE, (json_text(kept), subscription.id))


_UNSUBSCRIBE = "UPDATE altcraft_subscription SET status = ?1 WHERE id = ?2 AND status <> ?1 RETURNING id"
_LEAVE = "UPDATE altcraft_subscription SET cats = ? WHERE id = ?"
_SUBSCRIPTIONS = """
    UPDATE altcraft_subscription SET status = :status WHERE status <> :status AND id IN (
        SELECT sent.subscription_id FROM altcraft_sent AS sent JOIN message ON message.id = sent.message_id
        WHERE message.job_id = :job AND message.channel = :channel AND message.outcome = :outcome
        AND message.position BETWEEN :first AND :last AND message.status = :reached
    ) RETURNING id
"""
_PROFILES = """
    UPDATE altcraft_profile SET status = :status WHERE status <> :status AND id IN (
        SELECT sent.profile_id FROM altcraft_sent AS sent JOIN message ON message.id = sent.message_id
        WHERE message.job_id = :job AND message.channel = :channel AND message.outcome = :outcome
        AND message.position BETWEEN :first AND :last AND message.status = :reached
        AND sent.subscription_id IS NULL
    ) RETURNING id
"""
_SUPPRESS = """
    INSERT OR IGNORE INTO altcraft_suppressed (list_id, kind, md5, value)
    SELECT list.id, CASE message.channel WHEN 'sms' THEN 'phone' ELSE 'email' END,
        md5(message.recipient), message.recipient
    FROM message JOIN altcraft_suppression_list AS list ON list.is_global
    WHERE :channel IN ('email', 'sms')
    AND message.job_id = :job AND message.channel = :channel AND message.outcome = :outcome
    AND message.position BETWEEN :first AND :last AND message.status = :reached
"""
