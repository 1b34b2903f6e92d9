"""How profiles and subscriptions look in responses.

https://guides.altcraft.com/en/developer-guide/profiles/2195482 (a profile), …/profiles/subscriptions/2195522
(a subscription in a list) and …/objects/Subscription-status_2195807 (its extended form, in profiles).
"""

from collections.abc import Mapping
from hashlib import md5
from typing import Any

from emulator import spelling
from emulator.altcraft.tables.people import STATUSES, Profile, Subscription
from emulator.engine.clock import iso_millis

EVENTS = ("send", "deliv", "open", "click", "unsub", "confirm")
"""The events for which profiles have flags: `open` for e-mail, with a suffix (`open_sms`) for others."""

EVENT_SUFFIXES = {"email": "", "sms": "_sms", "push": "_push"}
"""The suffix of an event's name in flags and rules, by channel. Other channels have none of these."""

ADDRESS = {"email": "email", "sms": "phone", "push": "subscription_id"}
"""The field of a subscription that has the address, by channel. Other channels have it in `cc_data`."""

DOMAIN_GROUPS = {"yahoo.com": "Yahoo! (US)"}
"""The group of each domain; all other domains are in `other`."""


def hashed(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def domain_group(domain: str) -> str:
    return DOMAIN_GROUPS.get(domain, "other")


def channel_data(subscription: Subscription) -> dict[str, Any]:
    """Return the address of a subscription as it stands beside the channel."""
    address = subscription.address
    match subscription.channel:
        case "email":
            return {"email": address}
        case "sms":
            return {"phone": address}
        case "push":
            return {"provider": subscription.provider, "subscription_id": address}
        case "telegram_bot":
            return {"cc_data": {"id": _chat(address)}}
    return {"cc_data": {"phone": address}}


def _chat(address: str) -> int | str:
    """Return the id of a chat of Telegram: a number, or a text that is not how a number is written."""
    number = spelling.integer(address)
    return address if number is None or str(number) != address else number


def flat(subscription: Subscription) -> dict[str, Any]:
    """Return a subscription as lists show it."""
    return _target(subscription) | channel_data(subscription) | _settings(subscription)


def _target(subscription: Subscription) -> dict[str, Any]:
    return {"resource_id": subscription.resource_id, "channel": subscription.channel}


def _settings(subscription: Subscription) -> dict[str, Any]:
    return {
        "priority": subscription.priority,
        "status": STATUSES[subscription.status],
        "custom_fields": with_values(subscription.fields),
        "cats": subscription.cats,
    }


def registered(subscription: Subscription) -> dict[str, Any]:
    """Return the fields that only the extended form has: hash, deletion, registration."""
    info: dict[str, Any] = {"date": iso_millis(subscription.registered_at)}
    info |= {name: value for name, value in (("ip", subscription.ip), ("url", subscription.url)) if value}
    return {"hash_id": subscription.hash_id, "is_delete": subscription.is_deleted, "reg_info": info}


def extended(subscription: Subscription) -> dict[str, Any]:
    """Return a subscription as profiles show it: with an object for the data of its channel."""
    is_telegram = subscription.channel == "telegram_bot"
    shown = _target(subscription) | (channel_data(subscription) if is_telegram else {})
    data = {} if is_telegram else _data_of_channel(subscription)
    return shown | _settings(subscription) | data | registered(subscription)


def _data_of_channel(subscription: Subscription) -> dict[str, Any]:
    if subscription.channel == "email":
        domain = subscription.address.rpartition("@")[2]
        group, md5 = domain_group(domain), hashed(subscription.address)
        return {
            "email_data": channel_data(subscription) | {"domain": domain, "domain_group": group, "md5": md5}
        }
    if subscription.channel == "push":
        return {"push_data": channel_data(subscription)}
    return {"phone_data": {"phone": subscription.address}}


def with_values(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that hold something."""
    return {name: value for name, value in stored.items() if value is not None}


def shown_profile(profile: Profile, activity: Mapping[str, str]) -> dict[str, Any]:
    """Return a profile's fields and its flags of events, without its subscriptions."""
    shown: dict[str, Any] = {
        **with_values(profile.fields),
        "id": profile.id,
        "_status": profile.status,
        "_is_test": profile.is_test,
        "_xxh": profile.xxh,
        "_createtime": iso_millis(profile.created_at),
        "_updatetime": iso_millis(profile.updated_at),
    }
    if profile.email:
        domain = profile.email.rpartition("@")[2]
        shown |= {
            "email": profile.email,
            "_md5": hashed(profile.email),
            "_emaildomain": domain,
            "_domaingroup": domain_group(domain),
        }
    if profile.phones:
        shown["phones"] = profile.phones
    for event in EVENTS:
        for suffix in EVENT_SUFFIXES.values():
            name = f"_{event}{suffix}"
            shown[f"{name}_exist"] = name in activity
            if name in activity:
                shown[f"{name}_date"] = activity[name]
    return shown
