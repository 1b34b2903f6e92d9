"""Bearer tokens: JSON Web Tokens for 30 days, signed with a development key.

https://bsg.world/documentations/rest-api/general-principles/authentication/; the claims are those
of the token that the vendor's OpenAPI shows.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.engine.clock import DAY, SECOND, Millis

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey

LIFETIME = 30 * DAY
ALGORITHM = "RS256"


@dataclass(frozen=True)
class Token:
    """The claims of a genuine token."""

    account_id: int
    expires: Millis


def issue(account_id: int, now: Millis) -> str:
    """Make a token for an account. The same account and second give the same token."""
    from joserfc import jwt  # noqa: PLC0415 -- the library takes longer to load than all else here

    issued = now // SECOND
    claims = {"iat": issued, "exp": issued + LIFETIME // SECOND, "roles": [], "id": account_id}
    return jwt.encode({"typ": "JWT", "alg": ALGORITHM}, claims, _key())


@lru_cache(maxsize=1024)
def read(token: str) -> Token | None:
    """Return the claims of a token, which may have expired; None if it was not signed here."""
    from joserfc import jwt  # noqa: PLC0415 -- see above
    from joserfc.errors import JoseError  # noqa: PLC0415 -- see above

    try:
        claims = jwt.decode(token, _key(), algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, TypeError):
        return None
    return _token(claims)


def _token(claims: dict[str, Any]) -> Token | None:
    account_id, expires = claims.get("id"), claims.get("exp")
    if not isinstance(account_id, int) or not isinstance(expires, int):
        return None
    return Token(account_id, expires * SECOND)


@cache
def _key() -> "RSAKey":
    from joserfc.jwk import RSAKey  # noqa: PLC0415 -- see above

    return RSAKey.import_key(Path(__file__).with_name("development_key.pem").read_text("ascii"))
