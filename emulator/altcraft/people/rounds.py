"""The rounds in which drafts are written: one that may match what another writes waits for it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.altcraft.people.changes import Change
from emulator.altcraft.people.drafts import Draft, SubscriptionDraft
from emulator.altcraft.people.matching import Match, as_text, spellings
from emulator.altcraft.people.values import NO_EMAIL
from emulator.altcraft.refusals import AltcraftError


@dataclass
class Written:
    """The outcome of a draft: the profile's id, or the error for which nothing of it was stored."""

    profile_id: str = ""
    error: AltcraftError | None = None
    is_new: bool = False
    changes: list[Change] = field(default_factory=list)


ANY = "any"
"""Stands for values that are not known yet, such as those of a profile that a draft replaces."""


Drafted = tuple[Draft, Written]


def rounds(waiting: Sequence[Drafted]) -> Iterator[list[Drafted]]:
    """Yield drafts in rounds. A round ends before a draft whose match may find what the round writes."""
    sought_by = [_sought(draft.match) if draft.match else [] for draft, _ in waiting]
    looked_at = {kind for sought in sought_by for kind, _ in sought}
    together: list[Drafted] = []
    touched: set[tuple[str, Any]] = set()
    for drafted, sought in zip(waiting, sought_by, strict=True):
        draft, kinds = drafted[0], {kind for kind, _ in sought}
        if not touched.isdisjoint([*sought, *((kind, ANY) for kind in kinds)]):
            yield together
            together, touched = [], set()
        together.append(drafted)
        said = _written(draft, looked_at)
        touched.update(sought, said)
        if draft.match:
            told = set[str]() if _is_one_of_several(draft.match) else kinds
            touched.update((kind, ANY) for kind, _ in said if kind not in told)
    if together:
        yield together


def _is_one_of_several(match: Match) -> bool:
    """Return whether the match is by tags, of which a profile may have others."""
    return match.mode == "custom" and isinstance(match.value, tuple)


def _sought(match: Match) -> list[tuple[str, Any]]:
    """Return the values that a match looks for, by their kinds."""
    match match.mode:
        case "custom":
            values = match.value if isinstance(match.value, tuple) else (match.value,)
            return [(f"field {match.field}", one) for value in values for one in spellings(value)]
        case "custom_sub":
            return [(f"{OWN_FIELD}{match.field}", match.value)]
        case "email_phone" | "email_phone_sub":
            pairs = zip(("email", "phone"), match.value, strict=True)
            return [(kind, value) for kind, value in pairs if value and value != NO_EMAIL]
        case "push_sub":
            return [("push", match.value[1])]
    return [] if match.value == NO_EMAIL else [(match.mode.partition("_")[0], match.value)]


def _written(draft: Draft, looked_at: Collection[str]) -> list[tuple[str, Any]]:
    """Return the values that a draft writes and other drafts may match, of the kinds in `looked_at`."""
    said = [("email", draft.own["email"])] if draft.own.get("email") else []
    said += [("phone", phone) for phone in draft.own.get("phones", ())]
    said += [(_KINDS.get(one.channel, "phone"), one.address) for one in draft.subscriptions]
    said = [(kind, value) for kind, value in said if kind in looked_at]
    for name, value in draft.values.items():
        if f"field {name}" in looked_at:
            listed = value if isinstance(value, list) else [value]
            said += [(f"field {name}", one) for one in listed if isinstance(one, str | int | float)]
    changed = (f"field {change.field.name}" for change in draft.changes)
    said += [(kind, ANY) for kind in changed if kind in looked_at]
    own = [kind for kind in looked_at if kind.startswith(OWN_FIELD)]
    return said + [pair for kind in own for one in draft.subscriptions for pair in _said_of_own(one, kind)]


def _said_of_own(one: SubscriptionDraft, kind: str) -> Iterator[tuple[str, Any]]:
    """Yield the values by which a subscription's field, or the address in its place, may be matched."""
    name = kind.removeprefix(OWN_FIELD)
    if name in one.values:
        yield kind, as_text(one.values[name])
    if any(change.field.name == name for change in one.changes):
        yield kind, ANY
    yield kind, one.address


OWN_FIELD = "subscription field "
"""The prefix of kinds that are fields of subscriptions."""


_KINDS = {"email": "email", "push": "push"}
