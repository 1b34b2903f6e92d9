"""Promo codes: importing, attaching to profiles, activating, expiring.

https://guides.altcraft.com/en/developer-guide/promocodes. A program that reuses codes attaches one code to
many profiles, others to one. Detaching a code also ends its activation.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from sqlmodel import Session, select

from emulator.altcraft import refusals
from emulator.altcraft.tables.loyalty import LoyaltyProgram, PromoCode
from emulator.altcraft.webhooks import tell_of_profile
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.storage.session import look_up

Added = Literal["inserted", "duplicated", "discarded"]
"""The outcome of an imported code: it is new, known already, or the program has no room for it."""

KIND = "promo code"
"""The name of promo codes in texts of refusals."""


class Use(NamedTuple):
    """The use of a code: when it was last attached and activated, and how many profiles have it."""

    attached_at: Millis | None
    activated_at: Millis | None
    profiles: int


class Exported(NamedTuple):
    code: str
    attached: Millis | None
    activated: Millis | None


def import_codes(turn: Turn, program: LoyaltyProgram, codes: Iterable[str]) -> list[Added]:
    """Add codes to a program; return the outcome of each."""
    room = _room(turn, program)
    outcomes: list[Added] = []
    for code in codes:
        outcome = _add(turn, program, code, has_room=room > 0)
        room -= outcome == "inserted"
        outcomes.append(outcome)
    return outcomes


def _add(turn: Turn, program: LoyaltyProgram, code: str, *, has_room: bool) -> Added:
    if not has_room:
        is_known = turn.store.execute(_KNOWN, (program.id, code)).fetchone() is not None
        return "duplicated" if is_known else "discarded"
    is_new = turn.store.execute(_ADD, (program.id, code, turn.now)).rowcount > 0
    return "inserted" if is_new else "duplicated"


def _room(turn: Turn, program: LoyaltyProgram) -> int:
    """Return how many more codes a program has room for."""
    if not program.max_codes:
        return sys.maxsize
    (number,) = turn.store.execute(_COUNT, (program.id,)).fetchone()
    return program.max_codes - int(number)


def find_code(session: Session, program: LoyaltyProgram, code: str) -> PromoCode:
    """Return a code of a program. Raises ObjectNotFound."""
    found = _find(session, program, code)
    if found is None:
        raise refusals.ObjectNotFound(KIND, code)
    return found


def _find(session: Session, program: LoyaltyProgram, code: str) -> PromoCode | None:
    wanted = select(PromoCode).where(PromoCode.program_id == program.id, PromoCode.code == code)
    found: PromoCode | None = session.exec(wanted).first()
    return found


def use_of(session: Session, code: PromoCode) -> Use:
    return Use._make(look_up(session, _USE, (code.id,)).fetchone())


def is_expired(code: PromoCode, now: Millis) -> bool:
    return code.expires_at is not None and code.expires_at <= now


def export_all(session: Session, program: LoyaltyProgram) -> Iterator[Exported]:
    """Yield the codes of a program with their uses, the oldest first."""
    return map(Exported._make, look_up(session, _ALL, (program.id,)))


def attach(turn: Turn, program: LoyaltyProgram, profile_id: str, text: str | None = None) -> str:
    """Attach a code to a profile, or the oldest free code if none is named; return its text.

    An unknown code is imported. Raises AlreadyExists for an attached code that is not reused, ObjectNotFound
    if no code is free, WrongState for an expired code, TariffLimitReached if the program has no room for a
    new one.
    """
    code = _free(turn, program) if text is None else _find_or_import(turn, program, text)
    if is_expired(code, turn.meant):
        raise refusals.WrongState(KIND, code.code, "expired")
    if not program.reuses_codes and use_of(turn.session, code).profiles:
        raise refusals.AlreadyExists("attachment", code.code)
    if turn.store.execute(_ATTACH, (code.id, profile_id, turn.now)).rowcount:
        _send_event(turn, "promo_attach", code, profile_id)
    return code.code


def _free(turn: Turn, program: LoyaltyProgram) -> PromoCode:
    found = look_up(turn.session, _FREE, (program.id, turn.meant)).fetchone()
    if found is None:
        raise refusals.ObjectNotFound("free promo code of loyalty program", program.id)
    return turn.session.get_one(PromoCode, found[0])


def _find_or_import(turn: Turn, program: LoyaltyProgram, text: str) -> PromoCode:
    if _find(turn.session, program, text) is None and import_codes(turn, program, [text]) == ["discarded"]:
        raise refusals.TariffLimitReached
    return find_code(turn.session, program, text)


def activate(turn: Turn, program: LoyaltyProgram, text: str) -> None:
    """Activate a code for all profiles that have it. Raises ObjectNotFound, WrongState."""
    code = find_code(turn.session, program, text)
    _refuse_unusable(turn, code)
    if not _activate(turn, code):
        raise refusals.WrongState(KIND, text, "activated")


def activate_own(turn: Turn, program: LoyaltyProgram, profile_id: str, text: str) -> None:
    """Activate a code for one profile that has it. Raises ObjectNotFound, WrongState."""
    code = check_usable(turn, program, profile_id, text)
    turn.store.execute(_ACTIVATE_OWN, (turn.now, code.id, profile_id))
    _send_event(turn, "promo_activate", code, profile_id)


def check_usable(turn: Turn, program: LoyaltyProgram, profile_id: str, text: str) -> PromoCode:
    """Return a code that a profile has and can activate. Raises ObjectNotFound, WrongState."""
    code = find_code(turn.session, program, text)
    used = look_up(turn.session, _OWN, (code.id, profile_id)).fetchone()
    if used is None:
        raise refusals.WrongState(KIND, text, "not attached")
    if used[0] is not None:
        raise refusals.WrongState(KIND, text, "activated")
    _refuse_unusable(turn, code)
    return code


def _refuse_unusable(turn: Turn, code: PromoCode) -> None:
    """Raise WrongState for a code that can not be activated."""
    if not use_of(turn.session, code).profiles:
        raise refusals.WrongState(KIND, code.code, "not attached")
    if is_expired(code, turn.now):
        raise refusals.WrongState(KIND, code.code, "expired")


def _activate(turn: Turn, code: PromoCode) -> bool:
    """Activate the attachments of a code; return whether there was one that was not active."""
    activated = turn.store.execute(_ACTIVATE, (turn.now, code.id)).fetchall()
    for (profile_id,) in sorted(activated):
        _send_event(turn, "promo_activate", code, profile_id)
    return bool(activated)


def change(
    turn: Turn, program: LoyaltyProgram, text: str, *, activated: bool | None, expires_at: Millis | None
) -> None:
    """Change when a code expires, and then whether it is activated; None leaves either unchanged.

    Raises ObjectNotFound, and WrongState for a code that can not be activated.
    """
    code = find_code(turn.session, program, text)
    if expires_at is not None:
        code.expires_at = expires_at
    if activated:
        _refuse_unusable(turn, code)
        _activate(turn, code)
    elif activated is not None:
        turn.store.execute(_DEACTIVATE, (code.id,))


def detach(turn: Turn, program: LoyaltyProgram, profile_id: str, text: str) -> None:
    """Detach a code from the only profile that has it. Raises ObjectNotFound, WrongState."""
    code = find_code(turn.session, program, text)
    if use_of(turn.session, code).profiles > 1:
        raise refusals.WrongState(KIND, text, "attached to several profiles")
    if not turn.store.execute(_DETACH, (code.id, profile_id)).rowcount:
        raise refusals.WrongState(KIND, text, "not attached")


def _send_event(turn: Turn, type_: str, code: PromoCode, profile_id: str) -> None:
    tell_of_profile(turn, type_, profile_id, {"loyalty_id": code.program_id, "code": code.code})


_ADD = "INSERT OR IGNORE INTO altcraft_promo_code (program_id, code, created_at) VALUES (?, ?, ?)"
_KNOWN = "SELECT 1 FROM altcraft_promo_code WHERE program_id = ? AND code = ?"
_COUNT = "SELECT count(*) FROM altcraft_promo_code WHERE program_id = ?"
_USE = """
    SELECT max(attached_at), max(activated_at), count(*) FROM altcraft_promo_attachment WHERE code_id = ?
"""
_OWN = "SELECT activated_at FROM altcraft_promo_attachment WHERE code_id = ? AND profile_id = ?"
_ALL = """
    SELECT code.code, max(used.attached_at), max(used.activated_at) FROM altcraft_promo_code AS code
    LEFT JOIN altcraft_promo_attachment AS used ON used.code_id = code.id
    WHERE code.program_id = ? GROUP BY code.id ORDER BY code.id
"""
_FREE = """
    SELECT id FROM altcraft_promo_code AS code
    WHERE program_id = ?1 AND (expires_at IS NULL OR expires_at > ?2)
    AND NOT EXISTS (SELECT 1 FROM altcraft_promo_attachment AS used WHERE used.code_id = code.id)
    ORDER BY id LIMIT 1
"""
_ATTACH = """
    INSERT OR IGNORE INTO altcraft_promo_attachment (code_id, profile_id, attached_at) VALUES (?, ?, ?)
"""
_ACTIVATE = """
    UPDATE altcraft_promo_attachment SET activated_at = ? WHERE code_id = ? AND activated_at IS NULL
    RETURNING profile_id
"""
_ACTIVATE_OWN = "UPDATE altcraft_promo_attachment SET activated_at = ? WHERE code_id = ? AND profile_id = ?"
_DEACTIVATE = "UPDATE altcraft_promo_attachment SET activated_at = NULL WHERE code_id = ?"
_DETACH = "DELETE FROM altcraft_promo_attachment WHERE code_id = ? AND profile_id = ?"
