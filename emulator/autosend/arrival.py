"""The arrival of mails that the account sends to its own receiving addresses.

Inferred: such a mail is received when it is delivered, once for each of its messages, just as a mail from
elsewhere: it is stored as a received mail with a thread, and webhooks are notified.
"""

from collections.abc import Mapping
from typing import Any

from emulator.autosend.inbound import SOME_ORIGIN, receive
from emulator.autosend.sending.arriving import ARRIVE
from emulator.autosend.steering import content
from emulator.engine.engine import Handler, Turn
from emulator.sending.job_table import Job
from emulator.sending.messages import Message
from emulator.sending.source import source


def events() -> dict[str, Handler]:
    """Return the handler of the due event of a mail that arrives."""
    return {ARRIVE: _on_arrive}


def _on_arrive(turn: Turn, _: str, details: Mapping[str, Any]) -> None:
    message = turn.session.get_one(Message, details["message"])
    said = content(turn.session, message, turn.session.get_one(Job, message.job_id), SOME_ORIGIN)
    envelope = said.envelope
    assert envelope is not None
    assert envelope.sender is not None
    receive(turn, source(message, said, envelope), envelope.sender.email, [message.recipient])
