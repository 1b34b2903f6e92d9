"""Checks of sends against what is stored: whether what a request names exists, and is not used yet."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session

from emulator.engine.clock import DAY, SECOND, Millis
from emulator.rcs import refusals
from emulator.rcs.channels import SMS
from emulator.rcs.contents import Recipient
from emulator.rcs.dialect import Call
from emulator.rcs.drafts import Fallback
from emulator.rcs.recipients import phones_of_lists
from emulator.rcs.sends.content import MAX_PHONES, AlternativeChannel, Options, Phone
from emulator.rcs.tables.account import Account, Agent
from emulator.rcs.values import stamp
from emulator.rcs.violations import ALREADY_USED, INVALID, Violations, at_least, at_most, too_many_contacts
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

START_WITHIN = 30
"""Within how many days a campaign must start; today is the first of them."""

UKRAINE = "380"
NOT_VERIFIED = "Phone number is not verified"


def check_sends(account: Account) -> None:
    """Raise NotForThisAccount in demo mode."""
    if account.mode == "demo":
        raise refusals.NotForThisAccount


def check_mode(account: Account, phones: Sequence[str], place: str) -> None:
    """Raise NotForThisAccount in demo mode, and GivenDataInvalid in test mode for unverified phones.

    Args:
        account: The account that sends.
        phones: The phones to send to.
        place: The name of the field that holds a phone, with `{}` for its index.
    """
    check_sends(account)
    found = {place.format(index): [NOT_VERIFIED] for index in _unverified(account, phones)}
    if found:
        raise refusals.GivenDataInvalid(found)


def _unverified(account: Account, phones: Sequence[str]) -> list[int]:
    """Return the indexes of the phones that are not verified, for an account in test mode."""
    if account.mode != "test":
        return []
    verified = set(account.verified_phones)
    return [index for index, phone in enumerate(phones) if phone not in verified]


def check_phones(
    session: Session, phones: Sequence[Phone], place: str = "phones", field: str = "number"
) -> None:
    """Raise GivenDataInvalid for a phone or reference that appears twice, or that an earlier message has."""
    numbers: set[str] = set()
    references = _known_references(session, phones)
    found: Violations = {}
    for index, phone in enumerate(phones):
        if phone.number in numbers:
            found[f"{place}{index}{field}"] = [ALREADY_USED]
        if phone.reference_id in references:
            found[f"{place}{index}reference_id"] = [ALREADY_USED]
        numbers.add(phone.number)
        if phone.reference_id is not None:
            references.add(phone.reference_id)
    if found:
        raise refusals.GivenDataInvalid(found)


def named(call: Call, phones: Sequence[Phone], place: str = "phones") -> list[Recipient]:
    """Return the recipients for the phones of a campaign. Raises as `check_mode` and `check_phones` do."""
    check_mode(call.account, [phone.number for phone in phones], f"{place}{{}}number")
    check_phones(call.db, phones, place)
    return [phone.recipient for phone in phones]


def named_alone(call: Call, phone: Phone) -> list[Recipient]:
    """Return the recipient of one message. Raises as `check_mode` does, and for a used reference."""
    check_mode(call.account, [phone.number], "phonenumber")
    if _known_references(call.db, [phone]):
        raise refusals.GivenDataInvalid({"phonereference_id": [ALREADY_USED]})
    return [phone.recipient]


def listed(
    call: Call, list_ids: Sequence[int], limit: int = MAX_PHONES, place: str = "groups"
) -> list[Recipient]:
    """Return the recipients in the lists of a campaign. Raises as `check_mode` and `recipients_of` do."""
    check_sends(call.account)
    recipients = recipients_of(call.db, list_ids, limit, place)
    if _unverified(call.account, [recipient.phone for recipient in recipients]):
        raise refusals.GivenDataInvalid({place: [NOT_VERIFIED]})
    return recipients


def recipients_of(
    session: Session, list_ids: Sequence[int], limit: int = MAX_PHONES, place: str = "groups"
) -> list[Recipient]:
    """Return the recipients in these lists. Raises ContactGroupNotFound and GivenDataInvalid."""
    phones = phones_of_lists(session, list_ids)
    if len(phones) > limit:
        raise refusals.GivenDataInvalid({place: [too_many_contacts(limit)]})
    return [Recipient(phone) for phone in phones]


def check_start(start_at: Millis | None, now: Millis) -> None:
    """Raise GivenDataInvalid for a time in the past, or after the last day on which a campaign may start."""
    earliest = now - now % SECOND
    latest = (now // DAY + START_WITHIN) * DAY - SECOND
    if start_at is None or earliest <= start_at <= latest:
        return
    text = at_least(stamp(earliest)) if start_at < earliest else at_most(stamp(latest))
    raise refusals.GivenDataInvalid({"start_at": [text]})


def check_agent(session: Session, name: str, place: str = "sender") -> None:
    """Raise GivenDataInvalid unless the account has an active agent of this name."""
    agent = session.get(Agent, name)
    if agent is None or not agent.is_active:
        raise refusals.GivenDataInvalid({place: ["Sender not found"]})


def check_sender(session: Session, channel: str, name: str, place: str) -> None:
    """Raise GivenDataInvalid unless the account has an active sender of this name for SMS or Viber."""
    check_senders(session, channel, {place: name})


def check_senders(session: Session, channel: str, names: Mapping[str, str]) -> None:
    """Do the same for the senders of many messages, by the names of the fields that hold them."""
    known = _known_senders(session, channel, set(names.values()))
    found = {place: ["Sender not found"] for place, name in names.items() if name not in known}
    if found:
        raise refusals.GivenDataInvalid(found)


def has_sender(session: Session, channel: str, name: str) -> bool:
    """Return whether the account has an active sender of this name for SMS or Viber."""
    return name in _known_senders(session, channel, {name})


def _known_senders(session: Session, channel: str, names: set[str]) -> set[str]:
    return {name for name in names if look_up(session, _ACTIVE_SENDER, (name, channel)).fetchone()}


def checked_fallback(session: Session, alternative: AlternativeChannel | None) -> Fallback | None:
    """Return the substitute for a message. Raises GivenDataInvalid for an unknown sender."""
    if alternative is None:
        return None
    check_sender(session, SMS, alternative.sms.sender, "alternative_channelsmssender")
    return alternative.sms.fallback


def check_call_buttons(options: Options, recipients: Sequence[Recipient], place: str = "options") -> None:
    """Raise GivenDataInvalid if a button would let a recipient in Ukraine call abroad."""
    if not any(recipient.phone.startswith(UKRAINE) for recipient in recipients):
        return
    found = {
        f"{place}cards{row}suggestions{column}phone": [INVALID]
        for row, card in enumerate(options.cards or [])
        for column, button in enumerate(card.suggestions or [])
        if button.is_call and not (button.phone or "").startswith(UKRAINE)
    }
    if found:
        raise refusals.GivenDataInvalid(found)


def _known_references(session: Session, phones: Sequence[Phone]) -> set[str]:
    """Return the references of the phones that earlier messages already have."""
    wanted = [phone.reference_id for phone in phones if phone.reference_id is not None]
    return {reference for (reference,) in look_up(session, _KNOWN_REFERENCES, (json_text(wanted),))}


_ACTIVE_SENDER = "SELECT 1 FROM rcs_sender WHERE name = ? AND type = ? AND status = 'active'"
_KNOWN_REFERENCES = """
    SELECT reference FROM message JOIN rcs_dispatch ON rcs_dispatch.job_id = message.job_id
    WHERE reference IN (SELECT value FROM json_each(?))
"""
