"""SMTP mails as the journal and fault rules see them: as requests whose method is `SMTP`.

The envelope stands in the headers `mail-from` and `rcpt-to`, the message in the body, and the reply in the
response, with its code as the status. A rule with an SMTP code as its status replies with that code, any
other rule with the SMTP reply that is closest to its HTTP status.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from emulator.engine.clock import SECOND, machine_pause
from emulator.faults.doors import Door
from emulator.faults.matching import Seen
from emulator.faults.rules import RequestFault
from emulator.sandbox.refusal import ProviderError
from emulator.sandbox.sandbox import Sandbox
from emulator.sending.headers import in_one_line
from emulator.watching.journal import Entry, packed

CODES: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "535 5.7.8",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "552 5.3.4",
    HTTPStatus.TOO_MANY_REQUESTS: "450 4.7.0",
    421: "421 4.3.2",
    450: "450 4.2.0",
    451: "451 4.3.0",
    452: "452 4.3.1",
    454: "454 4.7.0",
    455: "455 4.5.0",
    530: "530 5.7.0",
    534: "534 5.7.9",
    535: "535 5.7.8",
    550: "550 5.7.1",
    551: "551 5.1.6",
    552: "552 5.3.4",
    553: "553 5.1.3",
    554: "554 5.6.0",
    555: "555 5.5.4",
}
"""The replies by HTTP status and by SMTP code; 421 and 451 are both, and count as SMTP codes.

For other statuses, the reply is FOR_NOW from 500 on, and FOR_GOOD below.
"""
FOR_GOOD, FOR_NOW = "550 5.7.1", "451 4.3.0"

FIRST_REFUSAL = 400
"""From this code on, a reply is a refusal."""

SMTP = Door(
    name="SMTP",
    things="mails over SMTP",
    path="/",
    headers=frozenset({"mail-from", "rcpt-to", "content-type"}),
    first_refusal=FIRST_REFUSAL,
)


class Lost(Exception):  # noqa: N818 -- what a fault rule wants, and no error
    """The connection is to be reset."""


def entry_of(key: str, client: str, message: bytes, sender: str, recipients: Sequence[str]) -> Entry:
    """Return the journal's entry of a mail that has no reply yet."""
    head = [
        (b"mail-from", sender.encode()),
        (b"rcpt-to", ", ".join(recipients).encode()),
        (b"content-type", b"message/rfc822"),
    ]
    return Entry(
        provider="autosend",
        method=SMTP.name,
        path=SMTP.path,
        query=b"",
        request_head=packed(head),
        client=client,
        operation=SMTP.name,
        credential=key,
        request_body=message,
        find_unread=lambda _: [],
    )


def write_down(sandbox: Sandbox, entry: Entry, reply: str) -> None:
    """Add a mail to its sandbox's journal, with the reply; an empty reply means that there was none."""
    if not entry.is_under_way:
        entry.at = sandbox.clock.now()
    entry.status, entry.answer_body = int(reply[:3] or 0), reply.encode()
    entry.is_refused = entry.status >= FIRST_REFUSAL
    if sandbox.journal.is_on:
        sandbox.journal.add(entry)
        if sandbox.feed.has_listeners:
            sandbox.feed.publish("request", entry.summary())


def judged(sandbox: Sandbox, entry: Entry) -> RequestFault | None:
    """Return the fault rule that acts on a mail, None where none does."""
    if not sandbox.faults.rules:
        return None
    with sandbox.turn() as turn:
        judgement = sandbox.faults.judge(turn, Seen.of(entry), SMTP.suffers)
    if judgement.rule is not None:
        entry.faults.append(judgement.number)
    return judgement.rule


async def instead(
    sandbox: Sandbox, rule: RequestFault, entry: Entry, errors: Mapping[str, type[ProviderError]]
) -> str | None:
    """Wait as long as a rule says; return its reply, None if it keeps the usual one. Raises Lost."""
    generation = sandbox.generation
    if rule.delay:
        sandbox.journal.begin(entry, sandbox.clock.now())
        await machine_pause(rule.delay / SECOND)
    if rule.reset or sandbox.generation != generation:
        raise Lost
    if rule.error is not None:
        error = errors[rule.error].example()
        return _reply(error.status, str(error))
    if rule.rate_limit is not None:
        return _reply(HTTPStatus.TOO_MANY_REQUESTS, "Rate limit exceeded")
    if rule.status is None:
        return None
    return _reply(rule.status, rule.body if isinstance(rule.body, str) else "")


def _reply(status: int, text: str) -> str:
    usual = FOR_NOW if status >= HTTPStatus.INTERNAL_SERVER_ERROR else FOR_GOOD
    said = in_one_line(text) or f"Refused by a rule with status {status}"
    return f"{CODES.get(status, usual)} {said}"
