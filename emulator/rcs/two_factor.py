"""One-time passwords: making, sending, entering and expiry of codes.

https://telcowwt.com/documentations/rest-api/2fa-api/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from emulator.engine.clock import MINUTE, SECOND
from emulator.engine.engine import Handler, Turn
from emulator.rcs import drafts
from emulator.rcs.channels import NOT_YET_SENT, SMS
from emulator.rcs.contents import Recipient
from emulator.rcs.money import cost
from emulator.rcs.prices import UNKNOWN_COUNTRY, active_tariff, rates_of
from emulator.rcs.tables.account import Account
from emulator.rcs.tables.two_factor import SOURCE, OtpSend, OtpSession, OtpTemplate
from emulator.sending.messages import Message
from emulator.storage.tables import among

PLACEHOLDER = "{code2fa}"
MODERATION = MINUTE
UNWANTED = "reject"
"""The word by which a template is rejected, in upper or lower case."""
TEMPLATE_IDS = "rcs.otp_template"

SESSION = "rcs.otp:"
TEMPLATE = "rcs.otp_template:"


def send_code(turn: Turn, account: Account, session: OtpSession, code: str | None = None) -> None:
    """Send a code, or a new one if none is given; a code that was sent before is void.

    Raises ExistsOnStopList and InsufficientFunds.
    """
    session.code = code or _code(turn, session.code_digits)
    message_id, _ = drafts.send_message(turn, account, draft_of(turn.session, session))
    job_id = turn.session.get_one(Message, message_id).job_id
    turn.session.add(OtpSend(job_id=job_id, session_id=session.id, code=session.code))
    session.expired_at = turn.now + session.code_lifetime * SECOND
    turn.cancel(f"{SESSION}{session.id}")
    turn.schedule(session.expired_at, "rcs.otp_expiry", f"{SESSION}{session.id}")


def draft_of(session: Session, otp: OtpSession) -> drafts.Draft:
    """Return the draft of the message with the code of a session."""
    text, fallback = otp.message_text.replace(PLACEHOLDER, otp.code), None
    lifetime = otp.code_lifetime * SECOND
    if otp.sender_alt is not None:
        fallback = drafts.Fallback(otp.sender_alt, text, lifetime, channel=SMS)
    return drafts.Draft(
        channel=otp.channel,
        sender=otp.sender,
        recipients=[Recipient(otp.recipient)],
        tariff_code=active_tariff(session, None),
        text=text,
        options=None if otp.channel == SMS else {},
        lifetime=lifetime,
        fallback=fallback,
        source=SOURCE,
    )


def country_of(session: Session, phone: str) -> str:
    """Return the country of a phone, by the default tariff's price or by the numbering plan."""
    rates = rates_of(session, active_tariff(session, None))
    return rates.rate(phone).country or UNKNOWN_COUNTRY


def enter(turn: Turn, session: OtpSession, code: str) -> bool:
    """Try a code; return whether it is the right one. The last allowed wrong try ends the session."""
    if code == session.code:
        finish(turn, session, "verified")
        return True
    session.tries += 1
    if session.tries >= session.code_max_tries:
        finish(turn, session, "failed")
    return False


def finish(turn: Turn, session: OtpSession, status: str) -> None:
    """End a session with a status, and cancel its expiry."""
    turn.cancel(f"{SESSION}{session.id}")
    session.status, session.finished_at = status, turn.now


def messages_of(session: Session, session_ids: Sequence[str]) -> dict[str, list[Message]]:
    """Return the messages of sessions, with substitutes, in order."""
    statement = (
        select(OtpSend.session_id, Message)
        .join(Message, col(Message.job_id) == col(OtpSend.job_id))
        .where(among(OtpSend.session_id, session_ids))
        .order_by(col(Message.id))
    )
    found: dict[str, list[Message]] = {session_id: [] for session_id in session_ids}
    for session_id, message in session.exec(statement):
        found[session_id].append(message)
    return found


def price_of(messages: Sequence[Message]) -> int:
    """Return the price of those messages that were sent."""
    return sum(cost(one.channel, one.status, one.price) for one in messages if one.status not in NOT_YET_SENT)


def request_template(turn: Turn, template: OtpTemplate) -> None:
    """Store a template that waits for moderation."""
    turn.session.add(template)
    put_template(turn, template, "requested")


def put_template(turn: Turn, template: OtpTemplate, status: str) -> None:
    """Set the status of a template; if it is `requested`, schedule its moderation."""
    about = f"{TEMPLATE}{template.id}"
    turn.cancel(about)
    template.status, template.updated_at = status, turn.now
    if status == "requested":
        turn.schedule(turn.now + MODERATION, "rcs.otp_moderation", about)


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of sessions and templates."""
    return {"rcs.otp_expiry": _on_expiry, "rcs.otp_moderation": _on_moderation}


def _code(turn: Turn, digits: int) -> str:
    return f"{int(turn.ids.hex('rcs.otp_code', 16), 16) % 10**digits:0{digits}d}"


def _on_expiry(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    session = turn.session.get_one(OtpSession, about.removeprefix(SESSION))
    if session.status == "pending" and session.expired_at <= turn.meant:
        session.status, session.finished_at = "expired", session.expired_at


def _on_moderation(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    template = turn.session.get_one(OtpTemplate, int(about.removeprefix(TEMPLATE)))
    is_unwanted = UNWANTED in f"{template.name} {template.text}".casefold()
    put_template(turn, template, "rejected" if is_unwanted else "approved")
