"""The credentials of an account: those that open a sandbox, and those that each sandbox gets anew."""

import json
from collections.abc import Iterator

from sqlmodel import Session

from emulator.altcraft.principals import (
    LINK,
    SECRET,
    Caller,
    Grant,
    LinkGrant,
    ResourceGrant,
    SecretGrant,
    hash_head,
    secret_name,
)
from emulator.storage.session import look_up
from emulator.storage.store import Store


def grants(session: Session) -> Iterator[tuple[str, Grant | ResourceGrant]]:
    """Yield the account's tokens in the order of the fixture, then resource tokens, each with its grant."""
    rows = look_up(session, "SELECT token, rights, groups FROM altcraft_token ORDER BY number", ())
    for token, *listed in rows:
        rights, groups = (None if text is None else frozenset(json.loads(text)) for text in listed)
        yield token, Grant(token, rights, groups)
    for number, token, secret in _resources(session):
        if token:
            yield token, ResourceGrant(number, secret)


def launch_token(session: Session) -> str:
    """Return the token that the launch links of the account's triggers are sealed with: its first."""
    token: str = look_up(session, "SELECT token FROM altcraft_token ORDER BY number LIMIT 1", ()).fetchone()[
        0
    ]
    return token


def names(session: Session) -> Iterator[tuple[str, SecretGrant | LinkGrant | Caller]]:
    """Yield the directory's names of secrets and of links, each with its grant."""
    token = launch_token(session)
    yield LINK + hash_head(token), Caller(token)
    for number, token, secret in _resources(session):
        if secret:
            yield secret_name(secret), SecretGrant(number, secret)
        if token:
            yield LINK + hash_head(token), LinkGrant(number, secret)


def environment(session: Session) -> dict[str, str]:
    """Return environment variables for resources' tokens and secrets: the first one's, and each by id."""
    found: dict[str, str] = {}
    for number, token, secret in _resources(session):
        for name, value in (("ALTCRAFT_RESOURCE_TOKEN", token), ("ALTCRAFT_JWT_SECRET", secret)):
            if value:
                found.setdefault(name, value)
                found[f"{name}_{number}"] = value
    return found


def _resources(session: Session) -> Iterator[tuple[int, str, str]]:
    yield from look_up(session, "SELECT id, token, secret FROM altcraft_resource ORDER BY id", ())


RESOURCE = "resource:"
"""The prefix of resource tokens among the values that each sandbox gets anew."""


def issued(store: Store) -> list[str]:
    """Return the account's tokens in the order of the fixture, then the tokens and secrets of resources."""
    resources = store.execute("SELECT token, secret FROM altcraft_resource ORDER BY id").fetchall()
    return [
        *(token for (token,) in store.execute("SELECT token FROM altcraft_token ORDER BY number")),
        *(f"{RESOURCE}{token}" for token, _ in resources if token),
        *dict.fromkeys(secret_name(secret) for _, secret in resources if secret),
    ]


def reissue(store: Store, old: str, new: str) -> None:
    """Replace a token, or the token or the secret of a resource."""
    value = new.removeprefix(RESOURCE).removeprefix(SECRET)
    for prefix, statement in _REISSUES.items():
        if old.startswith(prefix):
            store.rewrite(statement, (value, old.removeprefix(prefix)))


_REISSUES = {
    "": "UPDATE altcraft_token SET token = ? WHERE token = ?",
    RESOURCE: "UPDATE altcraft_resource SET token = ? WHERE token = ?",
    SECRET: "UPDATE altcraft_resource SET secret = ? WHERE secret = ?",
}
"""The statement that replaces a value, by the prefix of its name."""
