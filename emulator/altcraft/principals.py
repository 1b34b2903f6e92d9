"""The credentials of requests, and what they open: API tokens, resource tokens, JWTs of subscribers, links.

https://guides.altcraft.com/en/developer-guide/api-interaction (API tokens),
…/application-push-notifications/2196103 (resource tokens), and https://github.com/altcraft/android-sdk (what
apps show: `rtoken@<resource token>`, or a JWT with the claim `matching`). Each finds its sandbox, and opens
only operations for its kind.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import unquote

from emulator.altcraft import refusals
from emulator.gateway import call as gateway
from emulator.gateway.json_bodies import decoded
from emulator.sandbox.directory import Claim, Directory
from emulator.storage.sqlite import json_text

Opener = Literal["API token", "resource token", "subscriber", "link", "launch link"]
"""The kinds of credentials: of clients, of resources, of apps (a resource token or a JWT), in links."""

RESOURCE_TOKEN = "rtoken@"  # noqa: S105 -- the word before one
"""The prefix of a bearer that is a resource token."""

SECRET, LINK = "secret:", "link:"
"""The prefixes of the directory's names of secrets and of links."""

HASH_HEAD = 16
"""The number of characters of a link's hash that identify its resource or account."""

ALGORITHMS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


@dataclass(frozen=True)
class Grant:
    """The grant of an API token."""

    token: str
    rights: frozenset[str] | None
    """The rights of the token; None for all rights."""
    groups: frozenset[int] | None
    """The groups whose objects it sees; None for all."""

    def may(self, right: str) -> bool:
        """Return whether the token has a right. Every token has the empty right."""
        return not right or self.rights is None or right in self.rights

    def sees(self, groups: list[int]) -> bool:
        """Return whether the token sees an object in these groups."""
        return self.groups is None or not self.groups.isdisjoint(groups)

    @property
    def principal(self) -> str:
        return self.token


@dataclass(frozen=True)
class OfResource:
    """A grant for the operations of a resource."""

    resource_id: int
    secret: str
    """The secret that signs JWTs of its subscribers; empty if it has none."""


class ResourceGrant(OfResource):
    """The grant of a resource token."""


class SecretGrant(OfResource):
    """The grant of a JWT that is signed with a resource's secret."""


class LinkGrant(OfResource):
    """The grant of the links in a resource's pushes."""


@dataclass(frozen=True)
class Caller:
    """The grant of launch links of triggers, which name no caller."""

    token: str
    """The API token that the account's links are sealed with."""


@dataclass(frozen=True)
class Subscriber:
    """The one who asks for a resource: a subscriber, named by a JWT, or an app with the resource token."""

    resource_id: int
    matching: Mapping[str, Any] | None = None
    """The claim of the JWT that names the profile; None without a JWT."""

    @property
    def principal(self) -> str:
        return f"resource {self.resource_id} {'' if self.matching is None else json_text(self.matching)}"


def bearer(call: gateway.Call) -> str:
    """Return the token in a request's header, or an empty text."""
    scheme, _, token = call.headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _api_token(call: gateway.Call) -> str:
    in_body = call.payload.get("token") if isinstance(call.payload, dict) else None
    return bearer(call) or str(in_body or call.query_params.get("token", ""))


def _resource_token(call: gateway.Call) -> str:
    token = call.payload.get("resource_token") if isinstance(call.payload, dict) else None
    return token if isinstance(token, str) else ""


def _of_subscriber(call: gateway.Call) -> str:
    return bearer(call) or call.headers.get("authorization", "").strip()


def _hash(call: gateway.Call) -> str:
    """Return the text after the question mark. Clients that take it for a parameter add a `=`."""
    return unquote(call.url.query).strip("/=")


def _launch_hash(call: gateway.Call) -> str:
    return str(call.path_params["hash"])


SHOWN: Mapping[Opener, Callable[[gateway.Call], str]] = {
    "API token": _api_token,
    "resource token": _resource_token,
    "subscriber": _of_subscriber,
    "link": _hash,
    "launch link": _launch_hash,
}
"""The function that returns a request's credential, by its kind; an empty text if there is none."""


def _admit_client(shown: str, directory: Directory) -> tuple[Claim, Grant]:
    if not shown:
        raise refusals.TokenRequired
    claim = directory.find("altcraft", shown, Grant)
    if claim is None:
        raise refusals.AccessDenied
    return claim, claim.grant


def _admit_resource(shown: str, directory: Directory) -> tuple[Claim, Subscriber]:
    if not shown:
        raise refusals.IncorrectRequest("resource_token", "Field required")
    claim = directory.find("altcraft", shown, ResourceGrant)
    if claim is None:
        raise refusals.AccessDenied
    return claim, Subscriber(claim.grant.resource_id)


def _admit_subscriber(shown: str, directory: Directory) -> tuple[Claim, Subscriber]:
    if not shown:
        raise refusals.TokenRequired
    if not shown.startswith(RESOURCE_TOKEN):
        return _admit_jwt(shown, directory)
    claim = directory.find("altcraft", shown.removeprefix(RESOURCE_TOKEN), ResourceGrant)
    if claim is None:
        raise refusals.InvalidToken
    return claim, Subscriber(claim.grant.resource_id)


def _admit_link(shown: str, directory: Directory) -> tuple[Claim, Subscriber]:
    claim = directory.find("altcraft", LINK + shown[:HASH_HEAD], LinkGrant)
    if claim is None:
        raise refusals.UnknownLink
    return claim, Subscriber(claim.grant.resource_id)


def _admit_launch(shown: str, directory: Directory) -> tuple[Claim, Caller]:
    claim = directory.find("altcraft", LINK + shown[:HASH_HEAD], Caller)
    if claim is None:
        raise refusals.UnknownLink
    return claim, claim.grant


ADMITTED: Mapping[Opener, Callable[[str, Directory], tuple[Claim, Grant | Subscriber | Caller]]] = {
    "API token": _admit_client,
    "resource token": _admit_resource,
    "subscriber": _admit_subscriber,
    "link": _admit_link,
    "launch link": _admit_launch,
}
"""The function that returns a credential's claim, and its grant or subscriber. Raises AltcraftError."""


def _admit_jwt(shown: str, directory: Directory) -> tuple[Claim, Subscriber]:
    """Return the claim of a JWT. Its `kid` is the resource token; without it, all secrets are tried.

    The times in a JWT are ignored: they come from the client's clock, and sandboxes have their own.
    """
    headers, payload = _parts(shown)
    named = headers.get("kid")
    if named is None:
        claims = directory.every("altcraft", SecretGrant)
    else:
        found = directory.find("altcraft", str(named), ResourceGrant)
        claims = iter([found] if found else [])
    content, _, signature = shown.encode().rpartition(b".")
    algorithm = ALGORITHMS.get(str(headers.get("alg")))
    for claim in claims:
        secret = claim.grant.secret
        if algorithm and secret and hmac.compare_digest(_signature(secret, content, algorithm), signature):
            return claim, Subscriber(claim.grant.resource_id, _matching(payload))
    raise refusals.InvalidToken


def _parts(shown: str) -> tuple[Mapping[str, Any], bytes]:
    """Return the headers and the payload of a JWT. Raises InvalidToken."""
    from joserfc import jws  # noqa: PLC0415 -- the library takes longer to load than all else here
    from joserfc.errors import JoseError  # noqa: PLC0415 -- see above

    try:
        signed = jws.extract_compact(shown.encode("ascii"))
    except (JoseError, ValueError, TypeError) as problem:
        raise refusals.InvalidToken from problem
    if not isinstance(signed.protected, dict):
        raise refusals.InvalidToken
    return signed.protected, signed.payload


def _signature(secret: str, content: bytes, algorithm: str) -> bytes:
    """Return a signature as a JWT has it. The library would take 40 µs for each secret that is tried."""
    return urlsafe_b64encode(hmac.digest(secret.encode(), content, algorithm)).rstrip(b"=")


def _matching(payload: bytes) -> Mapping[str, Any]:
    """Return the claim `matching`, which is an object or its JSON text. Raises InvalidToken."""
    try:
        claims = decoded(payload)
        said = claims.get("matching") if isinstance(claims, dict) else None
        matching = decoded(said) if isinstance(said, str) else said
    except ValueError as problem:
        raise refusals.InvalidToken from problem
    if not isinstance(matching, dict) or not matching:
        raise refusals.InvalidToken
    return matching


def secret_name(secret: str) -> str:
    """Return the directory's name of a resource's secret."""
    return SECRET + secret


def hash_head(token: str) -> str:
    """Return the beginning of the hashes of links that a token seals, of a resource or an account."""
    return sha256(f"links of {token}".encode()).hexdigest()[:HASH_HEAD]
