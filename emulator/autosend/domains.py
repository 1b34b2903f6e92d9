"""Sending domains: their names, their checks, and the daily limit of new ones.

https://docs.autosend.com/api-reference/domains. The labels of the name decide which records a check finds to
be right, just as a recipient's address decides the outcome of a mail (inferred): for `unverified.example.com`
none, for `pending.example.com` only that of ownership, for `nomx.example.com` all but the MX record for
receiving, and for every other domain all. A new domain can send 300 mails on its first day, and on each day
twice as many as on the day before (inferred: the documentation says that the limit rises by itself); days end
at midnight UTC, the first one too. The limit does not rise while a campaign that a threshold has paused waits
to be resumed.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, StringConstraints
from sqlmodel import Session

from emulator.autosend.complaints import INVALID
from emulator.autosend.tables.account import Domain, DomainDay
from emulator.engine.back import bring_forward
from emulator.engine.clock import DAY, SECOND, Millis
from emulator.engine.engine import Handler, Turn
from emulator.storage.session import look_up

FIRST_DAY = 300
NEW_FOR = 14
"""The number of days after which a domain has no daily limit any more."""

CHECK = "autosend.check_domain"
CHECK_TAKES = 5 * SECOND
CHECK_AGAIN_AFTER = 10 * SECOND
"""How long a client must wait between two requests for a check (inferred), if rate limits are enforced."""

UNVERIFIED, PENDING, WITHOUT_MX = "unverified", "pending", "nomx"
"""The labels that decide which records a check finds."""

Region = Literal["us-east-1", "us-east-2", "ap-south-1", "eu-central-1"]
DEFAULT_REGION: Region = "us-east-1"


def _checked_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(INVALID)
    return value.lower()


_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"({_LABEL}\.)+(?=[A-Za-z]){_LABEL}")

DomainName = Annotated[str, StringConstraints(max_length=253), AfterValidator(_checked_name)]
"""The name of a domain, in lower case."""


def sending_domain(session: Session, project_id: str, address: str) -> Domain | None:
    """Return the verified domain of a project that an address belongs to, or None."""
    name = address.rpartition("@")[2].lower()
    found = look_up(session, _VERIFIED, (project_id, name)).fetchone()
    return session.get(Domain, found[0]) if found else None


def limited(domain: Domain | None, now: Millis) -> str | None:
    """Return the id of a domain if it has a daily limit now, or else None."""
    return None if domain is None or daily_limit(domain, now) is None else domain.id


def room_today(turn: Turn, domain_id: str) -> int | None:
    """Return how many mails can still be sent from a domain today, None for no limit."""
    domain = turn.session.get(Domain, domain_id)
    limit = None if domain is None else daily_limit(domain, turn.now)
    if limit is None:
        return None
    day = turn.session.get(DomainDay, (domain_id, turn.now // DAY))
    return max(0, limit - (day.sent if day else 0))


def daily_limit(domain: Domain, now: Millis) -> int | None:
    """Return how many mails a domain can send today, None for no limit.

    If the clock was set back to before its verification, the limit of the first day holds.
    """
    held = domain.held_for // DAY + _days_since(domain.held_since, now)
    age = max(0, _days_since(domain.first_verified_at, now) - held)
    return FIRST_DAY * 2**age if domain.is_new and age < NEW_FOR else None


def count_sent(turn: Turn, domain_id: str, number: int) -> None:
    """Count sent mails towards the daily limit of a domain."""
    day = turn.session.get(DomainDay, (domain_id, turn.now // DAY))
    if day is None:
        turn.session.add(DomainDay(domain_id=domain_id, day=turn.now // DAY, sent=number))
    else:
        day.sent += number


def hold_limit(domain: Domain, now: Millis) -> None:
    """Stop the rise of a domain's daily limit."""
    if domain.held_since is None:
        domain.held_since = now


def release_limit(domain: Domain, now: Millis) -> None:
    """Let the daily limit of a domain rise again, from where it stopped."""
    if domain.held_since is not None:
        domain.held_for += _days_since(domain.held_since, now) * DAY
        domain.held_since = None


def _days_since(moment: Millis | None, now: Millis) -> int:
    """Return how many days (UTC) have begun since a moment; 0 without a moment, and for a future one."""
    return 0 if moment is None else max(0, now // DAY - moment // DAY)


def next_day(now: Millis) -> Millis:
    """Return the time at which the next day begins, in UTC."""
    return (now // DAY + 1) * DAY


def subject(domain: Domain) -> str:
    return f"autosend.domain:{domain.id}"


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of domains."""
    return {CHECK: _on_check}


def go_back(turn: Turn, was: Millis) -> None:
    """When the clock is set back, bring a running check forward: no new check begins before it ends."""
    bring_forward(turn, turn.now + CHECK_TAKES, [CHECK])


def wait_for_check(domain: Domain, now: Millis) -> Millis:
    """Return how long a client must still wait before it may request another check."""
    asked = domain.asked_to_verify_at
    return 0 if asked is None or now < asked else max(0, asked + CHECK_AGAIN_AFTER - now)


def begin_check(turn: Turn, domain: Domain) -> None:
    """Begin a check of the domain's records, which takes CHECK_TAKES, unless one is running already."""
    domain.asked_to_verify_at = turn.now
    if not domain.is_being_verified:
        domain.is_being_verified = True
        turn.schedule(turn.now + CHECK_TAKES, CHECK, subject(domain))


def _on_check(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    domain = turn.session.get_one(Domain, about.removeprefix("autosend.domain:"))
    domain.is_being_verified, domain.last_checked_at = False, turn.now
    labels = domain.name.split(".")
    if UNVERIFIED not in labels:
        _find_records(domain, turn.now, is_complete=PENDING not in labels)
    if domain.inbound_enabled_at is not None and WITHOUT_MX not in labels:
        domain.inbound_verified_at = domain.inbound_verified_at or turn.now


def _find_records(domain: Domain, now: Millis, *, is_complete: bool) -> None:
    """Store which records are right: that of ownership, or all. A record that was right once stays right."""
    domain.ownership_verified = True
    if is_complete:
        be_verified(domain, now)
    elif domain.status == "PENDING_CONFIGURATION":
        domain.status = "PENDING"


def be_verified(domain: Domain, now: Millis) -> None:
    """Mark all records of a domain as right. The times of an earlier verification stay."""
    domain.dkim_enabled = domain.mail_from_enabled = domain.dmarc_enabled = True
    domain.status = "VERIFIED"
    domain.verified_at = domain.verified_at or now
    domain.first_verified_at = domain.first_verified_at or domain.verified_at


_VERIFIED = "SELECT id FROM autosend_domain WHERE project_id = ? AND name = ? AND status = 'VERIFIED'"
