"""The names of fields and headers that hold secrets, however words are joined: `apiKey`, `x-api-key`."""

import re
from functools import lru_cache

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")

WHOLE = frozenset({"token", "pass", "bearer", "jwt"})
"""Names that hold secrets, but of which others are made that do not: `page_token`."""

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
"""How names end that hold secrets, with their words joined: `clientSecret`, `dkim_private_key`."""


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Return whether a field or header of this name usually holds a secret."""
    words = [word.lower() for word in WORD.findall(name)]
    if words[:1] == ["x"]:
        del words[0]
    joined = "".join(words)
    return joined in WHOLE or any(_ends_with(words, joined, ending) for ending in ENDINGS)


def _ends_with(words: list[str], joined: str, ending: str) -> bool:
    """Return whether the last words make up the ending; `bid_token` does not end with `id_token`."""
    if not joined.endswith(ending):
        return False
    starts = {len("".join(words[place:])) for place in range(len(words))}
    return len(ending) in starts or len(words) == 1
