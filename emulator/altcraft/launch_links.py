"""The links of API 1.0 that start a trigger: its hash and a recipient, in a path of the tracking host.

https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2195917 (`call_url`). They need no
credential: a hash belongs to one trigger of one account.
"""

from sqlmodel import Session

from emulator.altcraft.credentials import launch_token
from emulator.altcraft.opaque import seal, unseal
from emulator.altcraft.principals import HASH_HEAD, hash_head
from emulator.altcraft.tables.mailings import Mailing
from emulator.altcraft.tables.people import Resource
from emulator.storage.session import look_up

HASH_REST = 32


def call_url(session: Session, mailing: Mailing, host: str) -> str:
    """Return the link of a trigger, on the tracking domain of its resource, else on the server's host."""
    resource = session.get(Resource, mailing.resource_id) if mailing.resource_id else None
    domain = resource.tracking_domain if resource else ""
    token = launch_token(session)
    rest = seal(_kind(token), mailing.id, HASH_REST)
    return f"{domain or host}/trg/{hash_head(token)}{rest}/<email|md5|xxh>"


def trigger_of(session: Session, token: str, shown: str) -> Mailing | None:
    """Return the trigger of a hash; None if the account has no trigger with it."""
    number = unseal(_kind(token), shown[HASH_HEAD:], HASH_REST)
    mailing = session.get(Mailing, number) if number is not None else None
    return mailing if mailing is not None and mailing.kind == "trigger" else None


def recipient_of(session: Session, database_id: int, shown: str) -> str | None:
    """Return the id of the profile with an e-mail, with the MD5 of one, or with a hash (`_xxh`)."""
    found = look_up(session, _RECIPIENT, (database_id, shown.strip().lower())).fetchone()
    return found[0] if found else None


def _kind(token: str) -> str:
    """Return the kind of sealed numbers. It contains the token, so nobody without it can make a hash."""
    return f"trigger of {token}"


_RECIPIENT = """
    SELECT id FROM altcraft_profile
    WHERE database_id = ?1 AND (email = ?2 OR xxh = ?2 OR (length(?2) = 32 AND md5(email) = ?2))
    ORDER BY number LIMIT 1
"""
