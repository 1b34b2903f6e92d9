"""Making of credentials: those of each sandbox's accounts, and random tokens for our own pages."""

import re
import secrets
from hashlib import sha256


def reissued(credential: str, tag: str) -> str:
    """Return a credential of the same form that is derived from this one and `tag`.

    Everything up to the last `_` or `:` stays; the rest becomes hex digits, or ten digits if it is a number.
    """
    found = re.fullmatch(r"(.*[_:])?(.*)", credential, re.DOTALL)
    assert found is not None
    head, rest = found[1] or "", found[2]
    digest = sha256(f"{tag}/{credential}".encode()).hexdigest()
    if rest.isdecimal():
        return f"{head}{1_000_000_000 + int(digest[:12], 16) % 1_000_000_000}"
    return head + digest[: max(LEAST_SECRET, min(len(rest), len(digest)))]


def kind_of(credential: str) -> str:
    """Return what a credential begins with, such as `live` or `account`; empty where it is all secret."""
    found = re.match(r"([A-Za-z]+)[_:]", credential)
    return found[1] if found else ""


LEAST_SECRET = 20
"""How many hex digits a credential has at least."""


def machine_token() -> str:
    """Return a token that is really random, for our own pages; it is never part of a provider's response."""
    return secrets.token_urlsafe(24)
