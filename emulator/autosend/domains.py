"""Sending domains: whether one is verified, and how much a new one may send.

https://docs.autosend.com/api-reference/domains. A new domain sends 300 mails on its first day, and each
day twice as many as on the day before (inferred: the documentation says that the limit rises by itself).
"""

from sqlmodel import Session

from emulator.autosend.tables.account import Domain, DomainDay
from emulator.core.clock import DAY, Millis
from emulator.core.engine import Turn
from emulator.core.session import look_up

FIRST_DAY = 300
NEW_FOR = 14
"""Days after which a domain has no daily limit any more."""


def sending_domain(session: Session, project_id: str, address: str) -> Domain | None:
    """Answer the verified domain of a project that an address belongs to."""
    name = address.rpartition("@")[2].lower()
    found = look_up(session, _VERIFIED, (project_id, name)).fetchone()
    return session.get(Domain, found[0]) if found else None


def limited_domain(session: Session, project_id: str, address: str, now: Millis) -> str | None:
    """Answer the domain that an address belongs to, where that has a daily limit."""
    domain = sending_domain(session, project_id, address)
    return None if domain is None or daily_limit(domain, now) is None else domain.id


def room_today(turn: Turn, domain_id: str) -> int | None:
    """Answer how many mails may still leave from a domain today, None for any number."""
    domain = turn.session.get(Domain, domain_id)
    limit = None if domain is None else daily_limit(domain, turn.now)
    if limit is None:
        return None
    day = turn.session.get(DomainDay, (domain_id, turn.now // DAY))
    return max(0, limit - (day.sent if day else 0))


def daily_limit(domain: Domain, now: Millis) -> int | None:
    age = (now - (domain.verified_at or now)) // DAY
    return FIRST_DAY * 2**age if domain.is_new and age < NEW_FOR else None


def count_sent(turn: Turn, domain_id: str, number: int) -> None:
    """Count mails that left against the limit of a domain."""
    place = (domain_id, turn.now // DAY)
    day = turn.session.get(DomainDay, place) or DomainDay(domain_id=place[0], day=place[1])
    day.sent += number
    turn.session.add(day)


def next_day(now: Millis) -> Millis:
    """Answer when the next day begins, UTC."""
    return (now // DAY + 1) * DAY


_VERIFIED = "SELECT id FROM autosend_domain WHERE project_id = ? AND name = ? AND status = 'VERIFIED'"
