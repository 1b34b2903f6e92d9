"""Encrypted Payloads: the public keys with which clients encrypt request bodies.

https://docs.autosend.com/others/encrypted-payloads
"""

from typing import Annotated

from fastapi import APIRouter

from emulator.autosend.dialect import Call, Policy
from emulator.autosend.encryption import published_keys
from emulator.autosend.models import Model
from emulator.gateway.route import OperationRoute

router = APIRouter(prefix="/v1/jwks.json", tags=["Encrypted Payloads"], route_class=OperationRoute)

PublicCall = Annotated[Call, Policy(key="none")]


class PublicKey(Model):
    """An RSA key as a JWK."""

    kty: str
    n: str
    e: str
    kid: str
    alg: str
    use: str


class PublicKeys(Model):
    """A JWK set, without the envelope that other responses have."""

    keys: list[PublicKey]


@router.get("")
async def public_keys_for_encrypted_bodies(call: PublicCall) -> PublicKeys:
    """Return the public keys, the active one first; without an API key, those of the default sandbox.

    https://docs.autosend.com/others/encrypted-payloads
    """
    return PublicKeys(keys=[PublicKey(**key) for key in published_keys(call.db)])
