"""Finding profiles by the match values of requests.

https://guides.altcraft.com/en/developer-guide/37848489. Eleven modes look in profiles' own addresses, in
subscriptions or in fields. One statement looks up many values of a mode.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlmodel import Session

from emulator.altcraft.people.fields import FieldList
from emulator.altcraft.people.values import NO_EMAIL, READERS, is_said, read_email, read_id, read_phone
from emulator.altcraft.refusals import IncorrectField, IncorrectRequest, ManyProfilesMatch, ProfileNotFound
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

MODES = (
    "email",
    "email_profile",
    "email_sub",
    "phone",
    "phone_sub",
    "profile_id",
    "push_sub",
    "custom",
    "custom_sub",
    "email_phone",
    "email_phone_sub",
)
"""All modes, in the order of the documentation."""

EMAIL_PHONE_ID_CUSTOM = ("email", "phone", "profile_id", "custom")
"""The modes of deletions, promo codes and loyalty."""

FIVE_MODES = ("email", "email_profile", "phone", "profile_id", "custom")
"""The modes of goals and relations."""

FIELDS = ("email", "phone", "profile_id", "field_name", "field_value", "provider", "subscription_id")
"""The names of match values, beside `matching` and `resource_id`."""

INFERRED = (
    ("email", "email"),
    ("phone", "phone"),
    ("profile_id", "profile_id"),
    ("field_name", "custom"),
    ("subscription_id", "push_sub"),
)
"""The mode of a request without `matching`, by the first of these names that it has."""

OWN = {"email": "email", "email_profile": "email", "phone": "phones"}
"""The modes that can take the address from the profile's data, and the field that has it."""

OBJECTS = frozenset({"object", "arr_object"})
"""The types of fields that profiles can not be found by."""

UNSOUGHT = re.compile(r'["\\\x00-\x1f]')
"""The characters that SQLite's JSON paths can not hold in a name."""


class Match(NamedTuple):
    """What finds a profile: a mode and a value in its stored form."""

    mode: str
    value: Any
    """The e-mail, the phone, the id or the value of a field; a tuple for a mode with two, and for tags."""
    field: str = ""
    """The name of the field of `custom` and `custom_sub`."""
    resource_id: int | None = None

    @property
    def shown(self) -> str:
        """The match in texts of refusals: `email=ann@example.com`."""
        value = self.value
        if self.mode in {"email_phone", "email_phone_sub"}:
            return f"email={value[0]}" if value[0] else f"phone={value[1]}"
        if self.mode == "push_sub":
            return f"subscription_id={value[1]}"
        name = {"profile_id": "profile_id", "custom": self.field, "custom_sub": self.field}.get(self.mode)
        shown = ", ".join(value) if isinstance(value, tuple) else READERS["unicode"](value)
        return f"{name or self.mode.partition('_')[0]}={shown}"


def by_id(profile_id: str) -> Match:
    """Return what finds a profile by its id."""
    return Match("profile_id", read_id(profile_id))


def match_of(
    said: Mapping[str, Any],
    fields: FieldList,
    modes: Sequence[str] = MODES,
    data: Mapping[str, Any] | None = None,
) -> Match:
    """Return the match of a request, or of an item of a batch. Raises IncorrectRequest.

    `data` is the profile's data in requests that write: its address is the match if there is no other.
    """
    mode = said["matching"] if is_said(said.get("matching")) else _inferred(said, modes)
    if mode is None:
        return _by_own_address(data or {}, ("email", "phone"), _resource_id(said))
    if mode not in modes:
        raise IncorrectRequest("matching", f"must be one of {', '.join(modes)}")
    resource_id = _resource_id(said)
    if data and mode in OWN and not is_said(said.get(mode.removesuffix("_profile"))):
        return _by_own_address(data, (mode,), resource_id)
    if mode in {"custom", "custom_sub"}:
        return Match(mode, _custom_value(said, fields, mode), str(_needed(said, "field_name")), resource_id)
    return Match(mode, _value(said, mode), "", resource_id)


def _resource_id(said: Mapping[str, Any]) -> int | None:
    value = said.get("resource_id")
    try:
        return int(READERS["int"](value)) if is_said(value) else None
    except ValueError as problem:
        raise IncorrectRequest("resource_id", str(problem)) from problem


def _by_own_address(data: Mapping[str, Any], modes: Sequence[str], resource_id: int | None) -> Match:
    """Return the match by the e-mail or first phone in a profile's data, in the order of the modes.

    Raises IncorrectRequest if there is no address, and IncorrectField if it is invalid.
    """
    for mode in modes:
        name = OWN[mode]
        value = _to_be_set(data.get(name))
        if name == "phones" and isinstance(value, list):
            value = next(iter(value), None)
        if not value:
            continue
        try:
            read = read_phone(value) if mode == "phone" else read_email(value) or NO_EMAIL
        except ValueError as problem:
            raise IncorrectField(name) from problem
        return Match(mode, read, "", resource_id)
    raise IncorrectRequest(modes[0].removesuffix("_profile"), "Field required")


def _to_be_set(value: Any) -> Any:
    """Return the value that a field is set to, plainly or by an object with the action `set`."""
    return value.get("value") if isinstance(value, dict) and value.get("action") == "set" else value


def check_shared(said: Mapping[str, Any], fields: FieldList) -> None:
    """Raise IncorrectRequest if a batch's shared `matching` or `field_name` does not exist."""
    if is_said(said.get("matching")) and said["matching"] not in MODES:
        raise IncorrectRequest("matching", f"must be one of {', '.join(MODES)}")
    name = said.get("field_name")
    if said.get("matching") == "custom" and is_said(name) and fields.get(str(name)) is None:
        raise IncorrectRequest("field_name", "is no field of the database")


def _inferred(said: Mapping[str, Any], modes: Sequence[str]) -> str | None:
    return next((mode for name, mode in INFERRED if mode in modes and is_said(said.get(name))), None)


def _needed(said: Mapping[str, Any], name: str) -> Any:
    value = said.get(name)
    if not is_said(value):
        raise IncorrectRequest(name, "Field required")
    return value


def _value(said: Mapping[str, Any], mode: str) -> Any:
    match mode:
        case "email" | "email_profile" | "email_sub":
            return _email(said)
        case "phone" | "phone_sub":
            return _phone(said)
        case "profile_id":
            return read_id(str(_needed(said, "profile_id")))
        case "push_sub":
            return str(_needed(said, "provider")), str(_needed(said, "subscription_id"))
    email = _email(said) if said.get("email") else ""
    phone = _phone(said) if said.get("phone") else ""
    if not email and not phone:
        raise IncorrectRequest("email", "Field required")
    return email, phone


def _email(said: Mapping[str, Any]) -> str:
    try:
        return read_email(_needed(said, "email")) or NO_EMAIL
    except ValueError as problem:
        raise IncorrectRequest("email", str(problem)) from problem


def _phone(said: Mapping[str, Any]) -> str:
    try:
        return read_phone(_needed(said, "phone"))
    except ValueError as problem:
        raise IncorrectRequest("phone", str(problem)) from problem


def _custom_value(said: Mapping[str, Any], fields: FieldList, mode: str) -> Any:
    """Return the value of a field in its stored form; of tags, the ones that must all be there."""
    value, name = _needed(said, "field_value"), str(_needed(said, "field_name"))
    if mode == "custom_sub":
        if not re.fullmatch(r"\w+", name) or not isinstance(value, str | int | float):
            raise IncorrectRequest("field_name", "is no field of subscriptions")
        return as_text(value)
    field = fields.get(name, value)
    if field is None or UNSOUGHT.search(name):
        raise IncorrectRequest("field_name", "is no field of the database")
    if field.type in OBJECTS:
        place = "field_name" if name in fields.fields else "field_value"
        raise IncorrectRequest(place, "objects match nobody")
    if field.type == "tags":
        listed = value.split(",") if isinstance(value, str) else value
        value = [str(tag).strip() for tag in (listed if isinstance(listed, list) else [listed])]
    try:
        stored = field.reader(value)
    except (ValueError, OverflowError) as problem:
        raise IncorrectRequest("field_value", str(problem)) from problem
    if stored == []:
        raise IncorrectRequest("field_value", "names no tag")
    return tuple(stored) if isinstance(stored, list) else stored


def as_text(value: Any) -> str:
    """Return the value of a field of subscriptions as SQLite writes it; whole numbers have no fraction."""
    is_whole = isinstance(value, bool) or (isinstance(value, float) and value.is_integer())
    return str(int(value) if is_whole else value)


def spellings(value: Any) -> tuple[Any, ...]:
    """Return a value, and the value of another type that equals it in an undeclared field.

    XML has only texts: a text `5` or `true` also finds the number or the flag, and the reverse.
    """
    if not isinstance(value, str):
        return value, str(value).lower() if isinstance(value, bool) else as_text(value)
    for kind in ("int", "float", "bool"):
        try:
            return value, READERS[kind](value)
        except ValueError:
            continue
    return (value,)


def find_one(session: Session, database_id: int, match: Match) -> str:
    """Return the id of the one profile that matches. Raises ProfileNotFound and ManyProfilesMatch."""
    found = find_each(session, database_id, [match])[match]
    if not found:
        raise ProfileNotFound(match.shown)
    if len(found) > 1:
        raise ManyProfilesMatch(match.shown)
    return found[0]


def find_each(session: Session, database_id: int, matches: Iterable[Match]) -> dict[Match, list[str]]:
    """Return the ids of the profiles that each match finds, in the order in which they were made."""
    found: dict[Match, list[str]] = {match: [] for match in matches}
    kinds: dict[tuple[str, str, int | None], list[Match]] = {}
    for match in found:
        kinds.setdefault((match.mode, match.field, match.resource_id), []).append(match)
    for (mode, field, resource_id), alike in kinds.items():
        place = _Place(session, database_id, resource_id)
        values = [match.value for match in alike]
        found.update(zip(alike, place.find(mode, field, values), strict=True))
    return found


class _Place(NamedTuple):
    """The database, and the resource if any, in which profiles are looked up."""

    session: Session
    database_id: int
    resource_id: int | None

    def find(self, mode: str, field: str, values: Sequence[Any]) -> list[list[str]]:
        """Return the ids of the profiles that each value finds by a mode."""
        match mode:
            case "email":
                found = self._own_first(_BY_EMAIL, "email", values)
            case "phone":
                found = self._own_first(_BY_PHONE, "sms", values)
            case "email_sub" | "phone_sub":
                found = self._subscribed("email" if mode == "email_sub" else "sms", values)
            case "push_sub":
                found = self._each(
                    _BY_PUSH, [f"{kind}\n{token}" for kind, token in values], (self.resource_id,)
                )
            case "custom":
                found = self._by_field(field, values)
            case "custom_sub":
                found = self._each(_BY_OWN_FIELD, values, (json_path(field), self.resource_id))
            case "email_phone" | "email_phone_sub":
                found = self._either(mode, values)
            case _:
                found = self._each(_BY_EMAIL if mode == "email_profile" else _BY_ID, values)
        return found

    def _each(self, statement: str, values: Sequence[Any], more: tuple[Any, ...] = ()) -> list[list[str]]:
        """Return the ids for each value, by one statement that returns pairs of a value and an id."""
        found: dict[Any, list[str]] = {}
        for value, profile_id in look_up(
            self.session, statement, (self.database_id, json_text(list(values)), *more)
        ):
            found.setdefault(value, []).append(profile_id)
        return [found.get(value, []) for value in values]

    def _subscribed(self, channel: str, values: Sequence[Any]) -> list[list[str]]:
        return self._each(_BY_SUBSCRIPTION, values, (channel, self.resource_id))

    def _own_first(self, statement: str, channel: str, values: Sequence[Any]) -> list[list[str]]:
        """Return the profiles with each address as their own or, if there are none, in a subscription."""
        own = self._each(statement, values)
        rest = [value for value, ids in zip(values, own, strict=True) if not ids]
        others = dict(zip(rest, self._subscribed(channel, rest), strict=True)) if rest else {}
        return [ids or others[value] for value, ids in zip(values, own, strict=True)]

    def _by_field(self, field: str, values: Sequence[Any]) -> list[list[str]]:
        """Return the profiles with each value in a field; a tuple is tags that must all be there."""
        plain = (value for value in values if not isinstance(value, tuple))
        equal = self._having(_BY_FIELD, field, (one for value in plain for one in spellings(value)))
        tags = (tag for value in values if isinstance(value, tuple) for tag in value)
        tagged = self._having(_BY_TAG, field, tags)
        return [
            _in_all([tagged[tag] for tag in value])
            if isinstance(value, tuple)
            else list(next((equal[one] for one in spellings(value) if equal[one]), ()))
            for value in values
        ]

    def _having(self, statement: str, field: str, values: Iterable[Any]) -> dict[Any, dict[str, None]]:
        """Return the ids of the profiles with each value in a field, by one pass over all profiles."""
        wanted = list(dict.fromkeys(values))
        found = self._each(statement, wanted, (json_path(field),)) if wanted else []
        return {value: dict.fromkeys(ids) for value, ids in zip(wanted, found, strict=True)}

    def _either(self, mode: str, values: Sequence[Any]) -> list[list[str]]:
        """Return the profiles with each e-mail or, if there are none, with each phone."""
        emails, phones = [email for email, _ in values], [phone for _, phone in values]
        if mode == "email_phone":
            found = self._each(_BY_EMAIL, emails), self._each(_BY_PHONE, phones)
        else:
            found = self._subscribed("email", emails), self._subscribed("sms", phones)
        return [by_email or by_phone for by_email, by_phone in zip(*found, strict=True)]


def _in_all(groups: Sequence[Mapping[str, None]]) -> list[str]:
    """Return the ids that are in all groups, in their order."""
    fewest, *others = sorted(groups, key=len)
    return [one for one in fewest if all(one in other for other in others)]


def json_path(name: str) -> str:
    """Return SQLite's path of a member of a JSON object. Quotes in its name are not escaped."""
    return f'$."{name}"'


_BY_ID = """
    SELECT id, id FROM altcraft_profile WHERE +database_id = ?1 AND id IN (SELECT value FROM json_each(?2))
"""
"""The plus keeps SQLite from using the index of databases, which would read all of one's profiles."""
_BY_EMAIL = """
    SELECT email, id FROM altcraft_profile
    WHERE database_id = ?1 AND email IN (SELECT value FROM json_each(?2))
"""
_BY_PHONE = """
    SELECT own.phone, own.profile_id FROM altcraft_phone_number AS own
    JOIN altcraft_profile AS profile ON profile.id = own.profile_id
    WHERE own.database_id = ?1 AND own.phone IN (SELECT value FROM json_each(?2)) ORDER BY profile.number
"""
_BY_SUBSCRIPTION = """
    SELECT DISTINCT address, profile_id FROM altcraft_subscription
    WHERE database_id = ?1 AND channel = ?3 AND NOT is_deleted
    AND address IN (SELECT value FROM json_each(?2)) AND (?4 IS NULL OR resource_id = ?4) ORDER BY id
"""
_BY_PUSH = """
    SELECT DISTINCT provider || char(10) || address, profile_id FROM altcraft_subscription
    WHERE database_id = ?1 AND channel = 'push' AND NOT is_deleted
    AND address IN (SELECT substr(value, instr(value, char(10)) + 1) FROM json_each(?2))
    AND provider || char(10) || address IN (SELECT value FROM json_each(?2))
    AND (?3 IS NULL OR resource_id = ?3) ORDER BY id
"""
_BY_FIELD = """
    SELECT json_extract(fields, ?3), id FROM altcraft_profile
    WHERE database_id = ?1 AND json_extract(fields, ?3) IN (SELECT value FROM json_each(?2)) ORDER BY number
"""
_BY_TAG = """
    SELECT DISTINCT tag.value, profile.id FROM altcraft_profile AS profile, json_each(fields, ?3) AS tag
    WHERE database_id = ?1 AND tag.value IN (SELECT value FROM json_each(?2)) ORDER BY number
"""
_OWN_FIELD = """
    coalesce(CAST(json_extract(fields, ?3) AS TEXT), iif(channel IN ('email', 'sms', 'push'), NULL, address))
"""
_BY_OWN_FIELD = f"""
    SELECT DISTINCT {_OWN_FIELD}, profile_id FROM altcraft_subscription
    WHERE database_id = ?1 AND NOT is_deleted AND (?4 IS NULL OR resource_id = ?4)
    AND {_OWN_FIELD} IN (SELECT value FROM json_each(?2)) ORDER BY id
"""  # noqa: S608 -- our own
"""On custom channels, the address stands in for a field that the subscription does not have."""
