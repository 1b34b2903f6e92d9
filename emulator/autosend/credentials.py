"""The credentials of an account: API keys and SMTP passwords, which open its sandbox."""

from collections.abc import Iterator

from sqlmodel import Session

from emulator.autosend.dialect import Grant
from emulator.storage.session import look_up
from emulator.storage.store import Store


def grants(session: Session) -> Iterator[tuple[str, Grant]]:
    """Yield the account's API keys with their grants: project keys before account keys, as in the fixture."""
    for key, organization, project in look_up(session, _KEYS, ()):
        yield key, Grant(key, organization, project)


def smtp_grants(session: Session) -> Iterator[tuple[str, Grant]]:
    """Yield the passwords of the SMTP relay with their grants."""
    for key, organization, project in look_up(session, _SMTP_KEYS, ()):
        yield key, Grant(key, organization, project, is_smtp=True)


def environment(session: Session) -> dict[str, str]:
    """Return environment variables: the relay's password, and the keys of accounts to import from."""
    keys = [("AUTOSEND_SMTP_KEY", key) for key, _ in smtp_grants(session)]
    keys += [(f"AUTOSEND_{provider.upper()}_KEY", key) for provider, key in look_up(session, _FOREIGN, ())]
    return dict(reversed(keys))


def issued(store: Store) -> list[str]:
    """Return the account's keys in the order of the fixture."""
    return [key for (key,) in store.execute("SELECT key FROM autosend_api_key ORDER BY rowid")]


def reissue(store: Store, old: str, new: str) -> None:
    """Replace a key by another one."""
    store.rewrite("UPDATE autosend_api_key SET key = ? WHERE key = ?", (new, old))


_KEYS = """
    SELECT key, organization_id, project_id FROM autosend_api_key
    WHERE NOT is_smtp AND (project_id IS NULL OR project_id IN (SELECT id FROM autosend_project))
    ORDER BY project_id IS NULL, rowid
"""
_SMTP_KEYS = "SELECT key, organization_id, project_id FROM autosend_api_key WHERE is_smtp ORDER BY rowid"
_FOREIGN = "SELECT provider, key FROM autosend_foreign_account ORDER BY rowid"
