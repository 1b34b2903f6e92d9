"""Removing targets: their open deliveries are dropped, and the log of all their deliveries stays."""

from sqlmodel import col, select

from emulator.engine.engine import Turn
from emulator.storage.sqlite import json_text
from emulator.webhooks.events import GATHERING, HELD, SENDING, WAITING, Delivery, drop, subject
from emulator.webhooks.targets import Target


def remove_target(turn: Turn, target: Target) -> None:
    """Delete a target and drop its open deliveries. All its deliveries keep its settings, for replays."""
    open_ones = select(Delivery).where(
        Delivery.target_id == target.id, col(Delivery.state).in_([GATHERING, WAITING, SENDING, HELD])
    )
    for delivery in turn.session.exec(open_ones):
        turn.cancel(subject(delivery))
        drop(turn, delivery)
    turn.store.rewrite(_KEEP_SETTINGS, (json_text(target.settings), target.id))
    turn.session.delete(target)


_KEEP_SETTINGS = "UPDATE webhook_delivery SET kept_settings = ? WHERE target_id = ?"
