"""Buyers: the profiles of orders, found or made in the market's database."""

from collections.abc import Sequence

from emulator.altcraft.people.drafts import Draft
from emulator.altcraft.people.matching import Match, find_each
from emulator.altcraft.people.values import NO_EMAIL
from emulator.altcraft.people.writing import Writing, write_profiles
from emulator.altcraft.refusals import AltcraftError, ManyProfilesMatch
from emulator.engine.engine import Turn

Buyer = str | AltcraftError
"""The id of a profile, or the error of looking it up or making it."""


def find_or_make(turn: Turn, writing: Writing, matches: Sequence[Match]) -> list[Buyer]:
    """Return for each match the profile that it finds, or a new one, made as by an import.

    Found profiles are not changed. Equal matches are one profile, but each `localhost` is a new one.
    """
    found = find_each(turn.session, writing.database.id, matches)
    people = [(match, place if match.value == NO_EMAIL else 0) for place, match in enumerate(matches)]
    new = [(match, place) for match, place in dict.fromkeys(people) if not found[match]]
    made = write_profiles(turn, writing, [Draft(match) for match, _ in new])
    buyers: dict[tuple[Match, int], Buyer] = {
        person: written.error or written.profile_id for person, written in zip(new, made, strict=True)
    }
    return [buyers[person] if person in buyers else _one_of(found[person[0]], person[0]) for person in people]


def _one_of(ids: Sequence[str], match: Match) -> Buyer:
    return ids[0] if len(ids) == 1 else ManyProfilesMatch(match.shown)
