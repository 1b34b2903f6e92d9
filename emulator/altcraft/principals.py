"""Who may open what, and how a request shows it: API tokens, resource tokens, tokens of subscribers, links.

https://guides.altcraft.com/en/developer-guide/api-interaction (API tokens),
…/application-push-notifications/2196103 (resource tokens), and https://github.com/altcraft/android-sdk (what
apps show: `rtoken@<resource token>`, or a JWT with the claim `matching`). Each finds its sandbox, and none
opens what is another's.
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
"""What a bearer begins with that is a resource token."""

SECRET, LINK = "secret:", "link:"
"""What the directory's names of secrets and of links begin with."""

HASH_HEAD = 16
"""How many characters of a link's hash name its resource."""

ALGORITHMS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


@dataclass(frozen=True)
class Grant:
    """What an API token opens."""

    token: str
    rights: frozenset[str] | None
    """What it may do; None for everything."""
    groups: frozenset[int] | None
    """The groups whose objects it sees; None for all."""

    def may(self, right: str) -> bool:
        """Return whether the token has a right. An empty one stands for none, which every token has."""
        return not right or self.rights is None or right in self.rights

    def sees(self, groups: list[int]) -> bool:
        """Return whether the token sees an object in these groups."""
        return self.groups is None or not self.groups.isdisjoint(groups)

    @property
    def principal(self) -> str:
        return self.token


@dataclass(frozen=True)
class OfResource:
    """What something of a resource opens."""

    resource_id: int
    secret: str
    """The secret that tokens of its subscribers are signed with; empty where it has none."""


class ResourceGrant(OfResource):
    """What a resource token opens."""


class SecretGrant(OfResource):
    """What a token that is signed with a resource's secret opens."""


class LinkGrant(OfResource):
    """What the links in a resource's pushes open."""


@dataclass(frozen=True)
class Caller:
    """What the launch links of triggers open, for nobody in particular."""

    token: str
    """The API token that the account's links are sealed with."""


@dataclass(frozen=True)
class Subscriber:
    """Who asks for a resource: one of its subscribers, whom a JWT names, or an app that knows its token."""

    resource_id: int
    matching: Mapping[str, Any] | None = None
    """The claim of the JWT that says which profile is meant; None where there is no JWT."""

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
    """Return what stands behind the question mark. Clients that take it for a parameter add a `=`."""
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
"""What a request shows, by what its operation asks for; an empty text for nothing."""


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
"""What a credential opens, and for whom. Each raises AltcraftError for one that opens nothing."""


def _admit_jwt(shown: str, directory: Directory) -> tuple[Claim, Subscriber]:
    """Return what a JWT opens: it names its resource's token as `kid`, or all secrets are tried.

    What it says of its times is not looked at: the client's clock made it, sandboxes have their own.
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
    """Return the claim that says which profile is meant: an object, or its JSON. Raises InvalidToken."""
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
    """Return what the hashes of links begin with that a token seals: a resource's, or the account's."""
    return sha256(f"links of {token}".encode()).hexdigest()[:HASH_HEAD]
