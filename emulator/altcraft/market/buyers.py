"""Who orders: found in the market's database, or made there."""

from collections.abc import Sequence

from emulator.altcraft.people.drafts import Draft
from emulator.altcraft.people.matching import Match, find_each
from emulator.altcraft.people.writing import Writing, write_profiles
from emulator.altcraft.refusals import AltcraftError, ManyProfilesMatch
from emulator.engine.engine import Turn

Buyer = str | AltcraftError
"""The id of a profile, or why there is none."""


def find_or_make(turn: Turn, writing: Writing, matches: Sequence[Match]) -> dict[Match, Buyer]:
    """Return the profile that each match finds, or that is made of it as an import makes it.

    Somebody who is found is left as it is.
    """
    found = find_each(turn.session, writing.database.id, matches)
    new = [match for match, ids in found.items() if not ids]
    made = write_profiles(turn, writing, [Draft(match) for match in new])
    buyers: dict[Match, Buyer] = {
        match: written.error or written.profile_id for match, written in zip(new, made, strict=True)
    }
    for match, ids in found.items():
        if ids:
            buyers[match] = ids[0] if len(ids) == 1 else ManyProfilesMatch(match.shown)
    return buyers
