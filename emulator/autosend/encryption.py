"""Encrypted request bodies: `{"encryptedData": "<JWE>"}`, for a key that GET /v1/jwks.json publishes.

https://docs.autosend.com/others/encrypted-payloads
"""

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json
from sqlmodel import Session, select

from emulator.autosend.refusals import InvalidEncryptedPayload
from emulator.autosend.tables.account import EncryptionKey
from emulator.gateway.json_bodies import parsed
from emulator.storage.tables import insertion_order

if TYPE_CHECKING:
    from joserfc.jwe import JWERegistry
    from joserfc.jwk import RSAKey

FIELD = "encryptedData"
KEY_ENCRYPTION, CONTENT_ENCRYPTION = "RSA-OAEP-256", "A256GCM"
PUBLIC = ("kty", "n", "e", "kid")
DESCRIBED = {"alg": KEY_ENCRYPTION, "use": "enc"}
NUMBERS = ("kty", "n", "e", "d", "p", "q", "dp", "dq", "qi")
LEAST_BITS = 2048
LONGEST = 40 * 1024 * 1024
"""The largest encrypted body, in bytes. The limit of whole requests is lower, except for mails."""


def published_keys(session: Session) -> list[dict[str, str]]:
    """Return the public parts of the keys as JWKs, the active key first."""
    keys = map(json.loads, _keys(session).values())
    return [{name: key[name] for name in PUBLIC} | DESCRIBED for key in keys]


def is_encrypted(payload: Any, announced: str) -> bool:
    """Return whether a body is encrypted, or is announced as encrypted by its `X-Payload-Encryption` header.

    Raises InvalidEncryptedPayload for an unknown encryption.
    """
    if announced.lower() not in {"", "none", "jwe"}:
        raise InvalidEncryptedPayload
    return announced.lower() == "jwe" or (isinstance(payload, dict) and FIELD in payload)


def opened(session: Session, payload: Any, key_id: str) -> Any:
    """Decrypt a body, and return its decoded JSON. Raises InvalidEncryptedPayload.

    The key is the one that the request names, or else the one that the token names, or else the active one.
    """
    token = payload.get(FIELD) if isinstance(payload, dict) else None
    if not isinstance(token, str):
        raise InvalidEncryptedPayload
    try:
        return parsed(_decrypted(_keys(session), token, key_id))
    except ValueError as problem:
        raise InvalidEncryptedPayload from problem


def check_key(jwk: dict[str, Any]) -> dict[str, Any]:
    """Return a key. Raises ValueError unless it is a private RSA key of 2048 bits or more with a `kid`."""
    if not isinstance(jwk.get("kid"), str) or not jwk["kid"]:
        raise ValueError("a key needs a kid")
    from joserfc.errors import JoseError  # noqa: PLC0415 -- see below

    try:
        key = _imported(json.dumps(jwk))
    except (JoseError, ValueError, TypeError, LookupError) as problem:
        raise ValueError(f"{jwk['kid']} is no usable RSA key: {problem}") from problem
    if not key.is_private or key.raw_value.key_size < LEAST_BITS:
        raise ValueError(f"{jwk['kid']} must be a private RSA key of {LEAST_BITS} bits or more")
    return jwk


def _keys(session: Session) -> dict[str, str]:
    """Return a sandbox's private keys by id: those of its fixture, or else the development keys."""
    stored = session.exec(select(EncryptionKey).order_by(insertion_order(EncryptionKey))).all()
    return {key.kid: key.jwk for key in stored} or _development_keys()


@cache
def _development_keys() -> dict[str, str]:
    text = Path(__file__).with_name("development_keys.json").read_text("ascii")
    return {key["kid"]: json.dumps(key) for key in json.loads(text)["keys"]}


def _decrypted(keys: dict[str, str], token: str, key_id: str) -> bytes:
    """Return the decrypted content of a token. Raises ValueError for any error."""
    from joserfc import jwe  # noqa: PLC0415 -- the library takes longer to import than all else here
    from joserfc.errors import JoseError  # noqa: PLC0415 -- see above

    try:
        wanted = key_id or _key_id(token) or next(iter(keys))
        content = jwe.decrypt_compact(token, _imported(keys[wanted]), registry=_registry()).plaintext
    except (JoseError, ValueError, TypeError, LookupError) as problem:
        raise ValueError("not for a key of this account") from problem
    return content or b""


def _key_id(token: str) -> str:
    """Return the `kid` in a token's header, an empty text if it has none."""
    from joserfc.util import urlsafe_b64decode  # noqa: PLC0415 -- see above

    header = from_json(urlsafe_b64decode(token.partition(".")[0].encode()))
    return str(header.get("kid") or "") if isinstance(header, dict) else ""


@cache
def _registry() -> "JWERegistry":
    from joserfc.jwe import JWERegistry  # noqa: PLC0415 -- see above

    registry = JWERegistry(algorithms=[KEY_ENCRYPTION, CONTENT_ENCRYPTION])
    registry.max_ciphertext_length = LONGEST
    return registry


@lru_cache(maxsize=64)
def _imported(jwk: str) -> "RSAKey":
    from joserfc.jwk import RSAKey  # noqa: PLC0415 -- see above

    return RSAKey.import_key({name: value for name, value in json.loads(jwk).items() if name in NUMBERS})
