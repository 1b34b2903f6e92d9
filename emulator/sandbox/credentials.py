"""Credentials that are made here: those of each sandbox's accounts, and that of our own pages."""

import re
import secrets
from hashlib import sha256


def reissued(credential: str, tag: str) -> str:
    """Return a credential that looks like this one, and is that of `tag` alone.

    What comes before the last `_` or `:` stays; the rest becomes hex digits, or digits where it is a number.
    """
    found = re.fullmatch(r"(.*[_:])?(.*)", credential, re.DOTALL)
    assert found is not None
    head, rest = found[1] or "", found[2]
    digest = sha256(f"{tag}/{credential}".encode()).hexdigest()
    if rest.isdecimal():
        return f"{head}{1_000_000_000 + int(digest[:12], 16) % 1_000_000_000}"
    return head + digest[: max(LEAST_SECRET, min(len(rest), len(digest)))]


LEAST_SECRET = 20
"""How many digits a credential has at least."""


def machine_token() -> str:
    """Return a secret of the machine's own chance, for our own pages; never part of a provider's answer."""
    return secrets.token_urlsafe(24)
