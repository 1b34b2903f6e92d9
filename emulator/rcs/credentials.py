"""The credentials of an account: those that open a sandbox, and values that are unique per sandbox."""

from collections.abc import Iterator

from sqlmodel import Session

from emulator.rcs.dialect import Grant, account_credential, account_number
from emulator.storage.session import look_up
from emulator.storage.store import Store


def grants(session: Session) -> Iterator[tuple[str, Grant]]:
    """Return the account's keys, the live ones first, as in the fixture."""
    for key, account_id in look_up(session, _KEYS, ()):
        yield key, Grant(account_id, key)


def names(session: Session) -> Iterator[tuple[str, Grant]]:
    """Return the name by which the directory finds the sandbox of the account's tokens."""
    for (account_id,) in look_up(session, "SELECT id FROM rcs_account", ()):
        yield account_credential(account_id), Grant(account_id, None)


def issued(store: Store) -> list[str]:
    """Return the account's keys in the order of the fixture, and the name for its tokens."""
    keys = [key for (key,) in store.execute("SELECT key FROM rcs_api_key ORDER BY rowid")]
    return keys + [account_credential(number) for (number,) in store.execute("SELECT id FROM rcs_account")]


def reissue(store: Store, old: str, new: str) -> None:
    """Replace a key, or the number of the account."""
    numbers = account_number(new), account_number(old)
    if numbers[0] is None:
        store.rewrite("UPDATE rcs_api_key SET key = ? WHERE key = ?", (new, old))
        return
    store.rewrite("UPDATE rcs_account SET id = ? WHERE id = ?", numbers)
    store.rewrite("UPDATE rcs_api_key SET account_id = ? WHERE account_id = ?", numbers)
    store.rewrite("UPDATE rcs_dispatch SET account_id = ? WHERE account_id = ?", numbers)


_KEYS = "SELECT key, account_id FROM rcs_api_key ORDER BY key LIKE 'test%', rowid"
