"""The directory: which credential belongs to which sandbox."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from emulator.sandbox.sandbox import Sandbox


@dataclass(frozen=True)
class Claim:
    """The sandbox that a credential opens, and what it may do there."""

    sandbox: Sandbox
    grant: Any
    """What the provider knows about the credential's holder."""


Place = tuple[str, str]
"""The name of a provider and one of its credentials."""


class CredentialTakenError(Exception):
    """A credential belongs to another sandbox already."""


class Directory:
    """The credentials of all sandboxes."""

    default: Sandbox
    """The sandbox that dates and handles requests that belong to no other."""

    def __init__(self, *, accepts_unknown: bool = False) -> None:
        self._accepts_unknown = accepts_unknown
        self._claims: dict[Place, Claim] = {}
        self._places: dict[str, list[Place]] = {}
        self._kinds: dict[tuple[str, type], dict[Place, Claim]] = {}
        """The claims by their provider and the kind of their grant."""

    def enter(self, sandbox: Sandbox, claims: Iterable[tuple[str, str, object]]) -> None:
        """Set the credentials of a sandbox: each with its provider, the credential and its grant.

        Raises CredentialTakenError, and changes nothing, where one belongs to another sandbox.
        """
        entries = {(provider, shown): Claim(sandbox, grant) for provider, shown, grant in claims}
        for place in entries:
            claim = self._claims.get(place)
            if claim is not None and claim.sandbox.name != sandbox.name:
                raise CredentialTakenError(f"{place[0]}: a credential is that of {claim.sandbox.name}")
        self.leave(sandbox.name)
        self._claims |= entries
        for place, claim in entries.items():
            self._kinds.setdefault((place[0], type(claim.grant)), {})[place] = claim
        self._places[sandbox.name] = list(entries)

    def leave(self, name: str) -> None:
        """Remove all credentials of a sandbox."""
        for place in self._places.pop(name, ()):
            claim = self._claims.pop(place)
            del self._kinds[place[0], type(claim.grant)][place]

    def find(self, provider: str, credential: str, kind: type = object) -> Claim | None:
        """Return the claim of a credential; None for one that was not issued here.

        Where unknown credentials are accepted, they have the claim of the default sandbox's first one. With
        `kind`, only credentials with such a grant are known.
        """
        claim = self._claims.get((provider, credential))
        if claim is None and self._accepts_unknown and credential:
            return self._usual(provider, kind)
        return claim if claim is not None and isinstance(claim.grant, kind) else None

    def provider_of(self, credential: str) -> str | None:
        """Return the provider that a credential opens; None for one that was not issued here."""
        providers = (provider for provider, _ in self._kinds)
        return next((provider for provider in providers if (provider, credential) in self._claims), None)

    def every(self, provider: str, kind: type) -> Iterator[Claim]:
        """Yield the claims of credentials with such a grant, those of the default sandbox first."""
        claims = self._kinds.get((provider, kind), {}).values()
        yield from (claim for claim in claims if claim.sandbox is self.default)
        yield from (claim for claim in claims if claim.sandbox is not self.default)

    def _usual(self, provider: str, kind: type) -> Claim | None:
        places = self._places.get(self.default.name, ())
        claims = (self._claims[place] for place in places if place[0] == provider)
        return next((claim for claim in claims if isinstance(claim.grant, kind)), None)

    def claims_of(self, name: str) -> list[tuple[str, str, object]]:
        """Return the credentials of a sandbox as `enter` takes them."""
        return [(*place, self._claims[place].grant) for place in self._places.get(name, ())]

    def credentials_of(self, name: str) -> list[Place]:
        """Return all credentials of a sandbox, each with its provider."""
        return self._places.get(name, [])
