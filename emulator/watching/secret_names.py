"""The names of fields and headers that hold secrets, however words are joined: `apiKey`, `x-api-key`."""

import re
from functools import lru_cache

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")

WHOLE = frozenset({"token", "pass", "bearer", "jwt"})
"""Names that hold secrets only if nothing precedes them: `page_token` holds none."""

ENDINGS = (
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "credentials",
    "authorization",
    "authorisation",
    *(f"{kind}key" for kind in ("api", "private", "secret", "access", "signing", "encryption", "auth")),
    *(f"{kind}key" for kind in ("master", "service", "shared", "hmac", "subscription")),
    *(f"{kind}token" for kind in ("access", "auth", "authentication", "authorization", "refresh", "bearer")),
    *(f"{kind}token" for kind in ("session", "api", "client", "user", "security", "secret", "csrf", "xsrf")),
    *(f"{kind}token" for kind in ("oauth", "jwt", "admin", "service", "private", "personal", "login")),
    *(f"{kind}token" for kind in ("reset", "verification", "webhook", "bot", "control", "master", "id")),
)
"""The endings of names that hold secrets, with their words joined: `clientSecret`, `dkim_private_key`."""

OF_HEADERS = ("token", "secret", "password", "session", "sessionid")
"""Endings of secret names among headers alone. Fields of such names are often content: `push_token`."""

LAST_IN_HEADERS = frozenset({"key", "sid", "auth", "pass"})
"""Last words of secret names among headers alone: `X-Functions-Key`."""

OPEN_KEYS = frozenset({"idempotency", "websocket", "surrogate", "cache", "public"})
"""The kinds of keys in headers that are no secrets."""


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Return whether a field or header of this name usually holds a secret."""
    words = _words(name)
    joined = "".join(words)
    return joined in WHOLE or any(_ends_with(words, joined, ending) for ending in ENDINGS)


@lru_cache(maxsize=4096)
def is_secret_header(name: str) -> bool:
    """Return whether a header of this name holds a secret; this is so for more names than of fields."""
    words = _words(name.lower())
    if words[-1:] == ["key"] and OPEN_KEYS & {*words}:
        return False
    is_kind = "".join(words).endswith(OF_HEADERS) or bool(LAST_IN_HEADERS & {*words[-1:]})
    return is_kind or is_secret_name(name)


def _words(name: str) -> list[str]:
    words = [word.lower() for word in WORD.findall(name)]
    return words[1:] if words[:1] == ["x"] else words


def _ends_with(words: list[str], joined: str, ending: str) -> bool:
    """Return whether the last words make up the ending; `bid_token` does not end with `id_token`."""
    if not joined.endswith(ending):
        return False
    starts = {len("".join(words[place:])) for place in range(len(words))}
    return len(ending) in starts or len(words) == 1
