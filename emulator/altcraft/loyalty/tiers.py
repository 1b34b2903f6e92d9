"""Tiers, which members reach by their active balance.

https://guides.altcraft.com/en/developer-guide/loyalty/tiers. Tiers of cumulative groups are kept for good.
"""

from typing import NamedTuple

from sqlmodel import Session

from emulator.altcraft.tables.loyalty import Cents, TierGroup
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.storage.session import look_up


class Reached(NamedTuple):
    tier_id: int
    tier_eid: str
    tier_order: int
    reached_at: Millis


def settle(turn: Turn, currency_id: int, profile_id: str, active: Cents) -> None:
    """Give a member the tiers of an active balance, and take away the lost tiers of balance groups."""
    turn.store.execute(_REACH, (profile_id, turn.now, currency_id, active))
    turn.store.execute(_LOSE, (profile_id, currency_id, active))


def reached(session: Session, group: TierGroup, profile_id: str) -> list[Reached]:
    """Return the tiers of a group that a member has, the lowest first."""
    return [Reached._make(row) for row in look_up(session, _REACHED, (profile_id, group.id))]


_REACH = """
    INSERT OR IGNORE INTO altcraft_reached_tier (profile_id, tier_id, reached_at)
    SELECT ?1, tier.id, ?2 FROM altcraft_tier AS tier
    JOIN altcraft_tier_group AS tiers ON tiers.id = tier.group_id
    WHERE tiers.currency_id = ?3 AND tier.points <= ?4
"""
_LOSE = """
    DELETE FROM altcraft_reached_tier WHERE profile_id = ?1 AND tier_id IN (
        SELECT tier.id FROM altcraft_tier AS tier
        JOIN altcraft_tier_group AS tiers ON tiers.id = tier.group_id
        WHERE tiers.currency_id = ?2 AND tier.points > ?3 AND tiers.kind = 'balance'
    )
"""
_REACHED = """
    SELECT tier.id, tier.external_id, tier.place, reached.reached_at FROM altcraft_reached_tier AS reached
    JOIN altcraft_tier AS tier ON tier.id = reached.tier_id
    WHERE reached.profile_id = ? AND tier.group_id = ? ORDER BY tier.place
"""
REMOVAL = (
    """
    DELETE FROM altcraft_reached_tier WHERE profile_id = ? AND tier_id IN (
        SELECT tier.id FROM altcraft_tier AS tier
        JOIN altcraft_tier_group AS tiers ON tiers.id = tier.group_id WHERE tiers.program_id = ?
    )
    """,
)
