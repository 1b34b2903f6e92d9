"""Batches that wait for more events, when the clock is set back."""

from collections.abc import Mapping

from sqlmodel import select

from emulator.engine.back import bring_forward
from emulator.engine.clock import SECOND, Millis
from emulator.engine.engine import Turn
from emulator.webhooks.events import BATCH_OVER, GATHERING, Delivery, Hooks, subject
from emulator.webhooks.targets import Target


def go_back(hooks: Mapping[str, Hooks], turn: Turn, was: Millis) -> None:
    """Send open batches no later than one that begins now would be sent, as new events go into them."""
    gathering = select(Delivery).where(Delivery.state == GATHERING)
    for delivery in turn.session.exec(gathering).all():
        target = turn.session.get_one(Target, delivery.target_id)
        settings = {**hooks[delivery.provider].settings, **target.settings}
        latest = turn.now + round(settings["timeout"] * SECOND)
        bring_forward(turn, latest, [BATCH_OVER], subject=subject(delivery))
