"""Encrypted request bodies: the keys that they are made with.

https://docs.autosend.com/others/encrypted-payloads
"""

from emulator.autosend.encryption import published_keys
from emulator.autosend.wire import Call
from emulator.core.model import Model
from emulator.core.section import Section

section = Section("Encrypted Payloads", "/v1/jwks.json")


class PublicKey(Model):
    """An RSA key as a JWK."""

    kty: str
    n: str
    e: str
    kid: str
    alg: str
    use: str


class PublicKeys(Model):
    """A JWK set, without the envelope of other answers."""

    keys: list[PublicKey]


@section.get()
async def public_keys_for_encrypted_bodies(call: Call) -> PublicKeys:
    """Answer the public keys, the active one first. Without an API key they are those of the default sandbox.

    https://docs.autosend.com/others/encrypted-payloads
    """
    return PublicKeys(keys=[PublicKey(**key) for key in published_keys(call.db)])
